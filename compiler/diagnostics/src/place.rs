//! Byte offsets to lines and columns.

use crate::{SourceMap, Span};
use std::ops::Range;

/// A place as people count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters (Unicode scalar values).
    pub column: usize,
}

/// Line and column of a byte offset. An offset past the end, or inside a character, is moved back to the nearest
/// boundary. Lines end with LF, CRLF or CR.
pub fn line_column(text: &str, offset: usize) -> LineColumn {
    let before = &text[..floor(text, offset)];
    let mut line = 1;
    let mut start = 0;
    let bytes = before.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        // A CR counts unless an LF follows it, which then counts.
        if *byte == b'\n' || (*byte == b'\r' && text.as_bytes().get(at + 1) != Some(&b'\n')) {
            line += 1;
            start = at + 1;
        }
    }
    LineColumn {
        line,
        column: before[start..].chars().count() + 1,
    }
}

/// The span as a range that exists in the text: ordered, inside, on character boundaries.
pub(crate) fn range(sources: &SourceMap, span: Span) -> Range<usize> {
    let text = sources.text(span.file);
    let start = floor(text, span.start as usize);
    let end = floor(text, span.end as usize).max(start);
    start..end
}

fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_and_every_kind_of_line_end() {
        let text = "ä b\r\nc\rd\n";
        let at = |offset| {
            (
                line_column(text, offset).line,
                line_column(text, offset).column,
            )
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(1), (1, 1));
        assert_eq!(at(2), (1, 2));
        assert_eq!(at(6), (2, 1));
        assert_eq!(at(8), (3, 1));
        assert_eq!(at(10), (4, 1));
        assert_eq!(at(99), (4, 1));
    }
}
