//! Positions of the protocol and byte offsets.

use gen_lsp_types::{Position, Range};

/// How columns are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// Code units of UTF-16, what every editor knows.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// Its name in the protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
            Self::Utf32 => "utf-32",
        }
    }

    fn width(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
            Self::Utf32 => 1,
        }
    }
}

/// Where the lines of a text begin. Lines end with LF, CRLF or CR.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// Reads the line ends of a text.
    pub fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (i, b) in bytes.iter().enumerate() {
            let ends = match b {
                b'\n' => true,
                b'\r' => bytes.get(i + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends {
                starts.push(i + 1);
            }
        }
        Self { starts }
    }

    /// The line that an offset lies in.
    pub fn line(&self, offset: usize) -> usize {
        self.starts
            .partition_point(|s| *s <= offset)
            .saturating_sub(1)
    }

    /// Start of a line and the end of its text, without the line end.
    fn bounds(&self, text: &str, line: usize) -> (usize, usize) {
        let start = self.starts.get(line).copied().unwrap_or(text.len());
        let next = self.starts.get(line + 1).copied().unwrap_or(text.len());
        let body = text.get(start..next).unwrap_or("");
        (start, start + body.trim_end_matches(['\n', '\r']).len())
    }

    /// The offset of a position. One beyond its line is moved to the line's end, one beyond the text to the text's end, one
    /// inside a character to the character's start.
    pub fn offset(&self, text: &str, at: Position, encoding: Encoding) -> usize {
        let line = at.line as usize;
        if line >= self.starts.len() {
            return text.len();
        }
        let (start, end) = self.bounds(text, line);
        let body = text.get(start..end).unwrap_or("");
        let wanted = at.character as usize;
        if encoding == Encoding::Utf16 && body.is_ascii() {
            return start + wanted.min(body.len());
        }
        let mut units = 0;
        for (i, c) in body.char_indices() {
            let next = units + encoding.width(c);
            if next > wanted {
                return start + i;
            }
            units = next;
        }
        end
    }

    /// The position of an offset.
    pub fn position(&self, text: &str, offset: usize, encoding: Encoding) -> Position {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line(offset);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let before = text.get(start..offset).unwrap_or("");
        let character: usize = before.chars().map(|c| encoding.width(c)).sum();
        Position {
            line: line as u32,
            character: character as u32,
        }
    }

    /// The range between two offsets.
    pub fn range(&self, text: &str, start: usize, end: usize, encoding: Encoding) -> Range {
        Range {
            start: self.position(text, start, encoding),
            end: self.position(text, end, encoding),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn columns_count_code_units() {
        let text = "a\u{1F600}é\r\nx\ry\n";
        let lines = Lines::of(text);
        for (encoding, column) in [
            (Encoding::Utf8, 7),
            (Encoding::Utf16, 4),
            (Encoding::Utf32, 3),
        ] {
            let end = lines.position(text, 7, encoding);
            assert_eq!(end, at(0, column));
            assert_eq!(lines.offset(text, end, encoding), 7);
        }
        assert_eq!(lines.position(text, 9, Encoding::Utf16), at(1, 0));
        assert_eq!(lines.position(text, 11, Encoding::Utf16), at(2, 0));
    }

    #[test]
    fn wrong_positions_are_moved_to_the_nearest() {
        let text = "ab\ncd";
        let lines = Lines::of(text);
        assert_eq!(lines.offset(text, at(0, 99), Encoding::Utf16), 2);
        assert_eq!(lines.offset(text, at(9, 0), Encoding::Utf16), 5);
        let smile = "\u{1F600}";
        let lines = Lines::of(smile);
        assert_eq!(lines.offset(smile, at(0, 1), Encoding::Utf16), 0);
        assert_eq!(lines.position(smile, 2, Encoding::Utf16), at(0, 0));
    }
}
