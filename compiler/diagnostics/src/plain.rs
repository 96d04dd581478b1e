//! One line a message, for logs and editors that read compilers' output.

use crate::place::{line_column, range};
use crate::{Diagnostic, Severity, SourceMap};
use std::fmt::Write;

/// `file:line:column: error[E0002]: message`, one line for each message, each ended by a line feed.
pub fn plain(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let span = diagnostic
            .labels
            .first()
            .map(|l| l.span)
            .unwrap_or_default();
        let at = line_column(sources.text(span.file), range(sources, span).start);
        let severity = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        // Writing to a string can't fail.
        let _ = writeln!(
            out,
            "{}:{}:{}: {severity}[{}]: {}",
            sources.name(span.file),
            at.line,
            at.column,
            diagnostic.code.0,
            diagnostic.message
        );
    }
    out
}
