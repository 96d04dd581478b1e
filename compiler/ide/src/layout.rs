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
                        && !e.new.contains('\n') == !self.text[e.start..e.end].contains('\n')
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

/// The least runs of whole lines that differ.
pub(crate) fn line_edits(old: &str, new: &str) -> Vec<Edit> {
    if old == new {
        return Vec::new();
    }
    let a: Vec<&str> = old.split_inclusive('\n').collect();
    let b: Vec<&str> = new.split_inclusive('\n').collect();
    let mut starts = Vec::with_capacity(a.len() + 1);
    let mut at = 0;
    for l in &a {
        starts.push(at);
        at += l.len();
    }
    starts.push(at);
    let mut out = Vec::new();
    diff(&a, &b, 0, 0, &starts, &mut out);
    out
}

/// Lines compared one by one as long as they match anew soon; else one edit for the rest.
fn diff(a: &[&str], b: &[&str], mut i: usize, mut j: usize, starts: &[usize], out: &mut Vec<Edit>) {
    /// How far a line is searched for.
    const REACH: usize = 40;
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            i += 1;
            j += 1;
            continue;
        }
        // the nearest pair of equal lines ahead
        let mut next = (a.len(), b.len());
        'search: for sum in 1..=2 * REACH {
            for di in 0..=sum.min(REACH) {
                let dj = sum - di;
                if let (Some(x), Some(y)) = (a.get(i + di), b.get(j + dj))
                    && x == y
                    && !x.trim().is_empty()
                {
                    next = (i + di, j + dj);
                    break 'search;
                }
            }
        }
        out.push(Edit {
            start: starts[i],
            end: starts[next.0],
            new: b[j..next.1].concat(),
        });
        (i, j) = next;
    }
}
