//! Messages for programs: stable names, byte offsets, repairs that can be applied.

use crate::place::{line_column, range};
use crate::{Diagnostic, Severity, SourceMap, Span};
use serde::Serialize;

/// A message as `--format json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JsonDiagnostic {
    /// `E0301`
    pub code: String,
    /// `error` or `warning`.
    pub severity: Severity,
    /// One line.
    pub message: String,
    /// Places; the first is what the message is about.
    pub spans: Vec<JsonSpan>,
    /// Why, then what to do.
    pub notes: Vec<String>,
    /// What to do, in words.
    pub help: Vec<String>,
    /// A repair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<JsonFix>,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JsonSpan {
    /// File name as given.
    pub file: String,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Line of `start`, from 1.
    pub line: usize,
    /// Column of `start`, from 1, in characters.
    pub column: usize,
    /// What there is to say about it; may be empty.
    pub label: String,
}

/// A repair: the bytes `start..end` of the file of the first span become `replace`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JsonFix {
    /// First byte replaced.
    pub start: usize,
    /// One past the last byte replaced.
    pub end: usize,
    /// The new text.
    pub replace: String,
    /// What the repair does.
    pub title: String,
    /// Whether it is only the likeliest of several readings.
    pub guess: bool,
}

/// The messages as values to serialise. Spans are clamped to their files. A repair of another file than the message's
/// is left out, because `fix` names no file.
pub fn json(diagnostics: &[Diagnostic], sources: &SourceMap) -> Vec<JsonDiagnostic> {
    diagnostics.iter().map(|d| one(d, sources)).collect()
}

fn one(diagnostic: &Diagnostic, sources: &SourceMap) -> JsonDiagnostic {
    let mut labels: Vec<_> = diagnostic.labels.iter().collect();
    labels.sort_by_key(|l| !l.primary);
    let file = labels.first().map(|l| l.span.file);
    JsonDiagnostic {
        code: diagnostic.code.0.to_owned(),
        severity: diagnostic.severity,
        message: diagnostic.message.clone(),
        spans: labels
            .iter()
            .map(|l| place(l.span, &l.text, sources))
            .collect(),
        notes: diagnostic.notes.clone(),
        help: diagnostic.help.clone(),
        fix: diagnostic
            .fix
            .as_ref()
            .filter(|fix| Some(fix.span.file) == file)
            .map(|fix| {
                let range = range(sources, fix.span);
                JsonFix {
                    start: range.start,
                    end: range.end,
                    replace: fix.replace.clone(),
                    title: fix.title.clone(),
                    guess: fix.guess,
                }
            }),
    }
}

fn place(span: Span, label: &str, sources: &SourceMap) -> JsonSpan {
    let range = range(sources, span);
    let at = line_column(sources.text(span.file), range.start);
    JsonSpan {
        file: sources.name(span.file).to_owned(),
        start: range.start,
        end: range.end,
        line: at.line,
        column: at.column,
        label: label.to_owned(),
    }
}
