//! Source order, without what merely follows from something else.

use crate::{Diagnostic, Severity};

/// Sorts messages into source order and drops repetitions and consequences: of several messages about exactly the same
/// place only those of the earliest stage remain, since a name error explains the type error it causes. Stages are the
/// hundreds of the code: syntax E00, names E01, types E02, and so on; lints come last.
pub fn sort_and_dedup(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by(|a, b| key(a).cmp(&key(b)));
    let mut kept: Vec<Diagnostic> = Vec::new();
    for diagnostic in diagnostics {
        let hidden = kept
            .iter()
            .rev()
            .take_while(|k| k.span() == diagnostic.span())
            .any(|k| {
                let repeated = k.code == diagnostic.code && k.message == diagnostic.message;
                repeated || (k.severity == Severity::Error && stage(k) != stage(&diagnostic))
            });
        if !hidden {
            kept.push(diagnostic);
        }
    }
    kept
}

fn key(d: &Diagnostic) -> (u32, u32, u32, Severity, &str) {
    let span = d.span();
    (span.file.0, span.start, span.end, d.severity, d.code.0)
}

/// `E03` of `E0301`.
fn stage(d: &Diagnostic) -> &str {
    d.code.0.get(..3).unwrap_or(d.code.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FileId, Span};

    fn codes(diagnostics: Vec<Diagnostic>) -> Vec<&'static str> {
        sort_and_dedup(diagnostics)
            .iter()
            .map(|d| d.code.0)
            .collect()
    }

    fn at(start: usize, end: usize) -> Span {
        Span::new(FileId(0), start, end)
    }

    #[test]
    fn source_order() {
        let found = vec![
            Diagnostic::error("E0401", at(9, 12), "b"),
            Diagnostic::warning("W1101", at(2, 3), "a"),
            Diagnostic::error("E0101", Span::new(FileId(1), 0, 1), "c"),
        ];
        assert_eq!(codes(found), ["W1101", "E0401", "E0101"]);
    }

    #[test]
    fn consequences_on_the_same_place_are_hidden() {
        let found = vec![
            Diagnostic::error("E0401", at(4, 9), "unlike dimensions"),
            Diagnostic::error("E0101", at(4, 9), "unknown name"),
            Diagnostic::error("E0101", at(4, 9), "unknown name"),
            Diagnostic::warning("W1201", at(4, 9), "never true"),
            Diagnostic::error("E0401", at(4, 10), "elsewhere"),
        ];
        assert_eq!(codes(found), ["E0101", "E0401"]);
    }

    #[test]
    fn two_findings_of_one_stage_remain() {
        let found = vec![
            Diagnostic::error("E0603", at(0, 5), "no stop"),
            Diagnostic::error("E0607", at(0, 5), "wrong side"),
        ];
        assert_eq!(codes(found), ["E0603", "E0607"]);
    }
}
