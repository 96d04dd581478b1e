//! Layout as edits, so that cursors and folds survive it.

use crate::analysis::Analysis;

/// A piece of text to be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The new text.
    pub new: String,
}

/// Applies edits that do not overlap.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|e| (e.start, e.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for e in sorted {
        if e.start < at {
            continue;
        }
        out.push_str(text.get(at..e.start).unwrap_or(""));
        out.push_str(&e.new);
        at = e.end;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}

impl Analysis {
    /// Edits that bring the program into its one layout; none when it does not parse.
    pub fn format(&self) -> Vec<Edit> {
        match sbt_syntax::format(&self.text) {
            Ok(new) => line_edits(&self.text, &new),
            Err(_) => Vec::new(),
        }
    }

    /// Edits of the layout that touch the lines of a range.
    pub fn format_range(&self, start: usize, end: usize) -> Vec<Edit> {
        let (start, end) = (self.clamp(start), self.clamp(end.max(start)));
        let from = self.text[..start].rfind('\n').map_or(0, |i| i + 1);
        let to = self.text[end..]
            .find('\n')
            .map_or(self.text.len(), |i| end + i + 1);
        self.format()
            .into_iter()
            .filter(|e| from <= e.start && e.end <= to)
            .collect()
    }

    /// Edits after a newline or a `}` was typed: the lines of the block that ended there. When the program does not parse yet,
    /// a new line is indented as deep as the braces before it say.
    pub fn format_typed(&self, offset: usize, typed: char) -> Vec<Edit> {
        let at = self.clamp(offset);
        if typed == '}' {
            let open = self.selections(at);
            let (start, end) = open
                .iter()
                .find(|(s, e)| *e >= at && self.text.get(*s..*e).is_some_and(|t| t.contains('{')))
                .copied()
                .unwrap_or((at, at));
            return self.format_range(start, end.min(at));
        }
        let line = self.text[..at].rfind('\n').map_or(0, |i| i + 1);
        let mut out = Vec::new();
        if line > 0 {
            // the line before is complete now; what follows the cursor stays as it is
            let before = self.text[..line - 1].rfind('\n').map_or(0, |i| i + 1);
            out = self
                .format()
                .into_iter()
                .filter(|e| {
                    before <= e.start
                        && e.end <= line
                        && e.new.contains('\n') == self.text[e.start..e.end].contains('\n')
                })
                .collect();
        }
        let rest = self.text[line..]
            .find(|c: char| c != ' ' && c != '\t')
            .map_or(self.text.len(), |i| line + i);
        let mut depth: usize = 0;
        for t in self.tokens.iter().take_while(|t| (t.end as usize) <= line) {
            match t.token {
                sbt_grammar::Token::LBrace => depth += 1,
                sbt_grammar::Token::RBrace => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if self.text[rest..].starts_with('}') {
            depth = depth.saturating_sub(1);
        }
        let indent = "  ".repeat(depth);
        if self.text[line..rest] != indent && out.iter().all(|e| e.end <= line) {
            out.push(Edit {
                start: line,
                end: rest,
                new: indent,
            });
        }
        out
    }
}

/// Edits line by line. A line that only changed its spaces is replaced alone, so that an edit touches no line that it need not.
pub(crate) fn line_edits(old: &str, new: &str) -> Vec<Edit> {
    if old == new {
        return Vec::new();
    }
    let a = Lines::of(old);
    let b = Lines::of(new);
    let mut out = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < a.text.len() || j < b.text.len() {
        let (next_i, next_j) = match (a.bare.get(i), b.bare.get(j)) {
            (Some(x), Some(y)) if x == y => (i + 1, j + 1),
            _ => ahead(&a, &b, i, j),
        };
        let same = next_i == i + 1 && next_j == j + 1 && a.text[i] == b.text[j];
        if !same {
            out.push(Edit {
                start: a.starts[i],
                end: a.starts[next_i],
                new: b.text[j..next_j].concat(),
            });
        }
        (i, j) = (next_i, next_j);
    }
    out
}

/// Lines of a text.
struct Lines<'t> {
    text: Vec<&'t str>,
    /// Without spaces.
    bare: Vec<String>,
    /// First bytes, and the end.
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let mut starts = vec![0];
        let mut at = 0;
        for l in &lines {
            at += l.len();
            starts.push(at);
        }
        Self {
            bare: lines
                .iter()
                .map(|l| l.chars().filter(|c| !c.is_whitespace()).collect())
                .collect(),
            text: lines,
            starts,
        }
    }
}

/// The nearest pair of lines with the same words, or the ends.
fn ahead(a: &Lines<'_>, b: &Lines<'_>, i: usize, j: usize) -> (usize, usize) {
    /// How far a line is searched for.
    const REACH: usize = 40;
    for sum in 1..=2 * REACH {
        for di in 0..=sum.min(REACH) {
            if let (Some(x), Some(y)) = (a.bare.get(i + di), b.bare.get(j + sum - di))
                && x == y
                && !x.is_empty()
            {
                return (i + di, j + sum - di);
            }
        }
    }
    (a.text.len(), b.text.len())
}
