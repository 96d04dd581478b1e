//! The shapes of requests, and from answers of `sbt-ide` to answers of the protocol.

use crate::cache;
use crate::documents::Change;
use crate::lines::{Encoding, Lines};
use crate::paths::uri_of;
use gen_lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity,
    DiagnosticTag, Location, Message, Position, Range, Uri,
};
use sbt_diagnostics::{FileId, Severity, Span};
use sbt_ide::{Analysis, CompletionKind, Edit, Place, SymbolKind};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A document by its URI.
#[derive(Debug, Deserialize)]
pub struct Id {
    /// The URI.
    pub uri: String,
    /// The version, where the editor tells it.
    pub version: Option<i32>,
}

/// A request about a document.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Of {
    /// The document.
    pub text_document: Id,
}

/// A request about a place.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct At {
    /// The document.
    pub text_document: Id,
    /// The place.
    pub position: Position,
    /// The new name of a rename.
    pub new_name: Option<String>,
    /// The character typed.
    pub ch: Option<String>,
    /// Options of a search for references.
    pub context: Option<Value>,
}

/// A request about several places.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AtAll {
    /// The document.
    pub text_document: Id,
    /// The places.
    pub positions: Vec<Position>,
}

/// A request about a range.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Within {
    /// The document.
    pub text_document: Id,
    /// The range.
    pub range: Range,
}

/// A request for the changes to colours.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Since {
    /// The document.
    pub text_document: Id,
    /// The answer that the editor has.
    pub previous_result_id: String,
}

/// A document that was opened.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    /// The document.
    pub text_document: OpenedText,
}

/// The text of an opened document.
#[derive(Debug, Deserialize)]
pub struct OpenedText {
    /// The URI.
    pub uri: String,
    /// The version.
    pub version: i32,
    /// The text.
    pub text: String,
}

/// A document that was changed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// The document.
    pub text_document: Id,
    /// What changed, in order.
    pub content_changes: Vec<Change>,
}

/// A search through the workspace.
#[derive(Debug, Deserialize)]
pub struct Query {
    /// What is searched.
    pub query: String,
}

/// A command.
#[derive(Debug, Deserialize)]
pub struct Execute {
    /// Its name.
    pub command: String,
    /// Its arguments.
    #[serde(default)]
    pub arguments: Vec<Value>,
}

/// An item of a call hierarchy.
#[derive(Debug, Deserialize)]
pub struct OfItem {
    /// The item.
    pub item: gen_lsp_types::CallHierarchyItem,
}

/// A text as an editor sees it.
pub struct View<'a> {
    /// The text.
    pub text: &'a str,
    /// Its lines.
    pub lines: &'a Lines,
    /// How columns are counted.
    pub encoding: Encoding,
}

impl View<'_> {
    /// The range between two offsets.
    pub fn range(&self, start: usize, end: usize) -> Range {
        self.lines.range(self.text, start, end, self.encoding)
    }

    /// Edits of the protocol.
    pub fn edits(&self, edits: &[Edit]) -> Vec<Value> {
        edits
            .iter()
            .map(|e| json!({ "range": self.range(e.start, e.end), "newText": e.new }))
            .collect()
    }
}

/// The path and text of the file that a place lies in; nothing for the document itself.
pub fn file_of(place: &Place) -> Option<(PathBuf, String)> {
    match place {
        Place::Here { .. } => None,
        Place::Module { name, .. } => {
            let path = PathBuf::from(name);
            let bytes = std::fs::read(&path).ok()?;
            Some((path, String::from_utf8_lossy(&bytes).into_owned()))
        }
        Place::Library { module, .. } => Some((
            cache::library_file(module).ok()?,
            sbt_std::module(module)?.text.to_owned(),
        )),
    }
}

/// A message of the compiler as one of the protocol.
pub fn diagnostic(view: &View<'_>, uri: &Uri, d: &sbt_diagnostics::Diagnostic) -> Diagnostic {
    let range = |s: Span| view.range(s.start as usize, (s.end as usize).max(s.start as usize));
    let mut text = d.message.clone();
    for (lead, parts) in [("", &d.notes), ("help: ", &d.help)] {
        for p in parts {
            text.push('\n');
            text.push_str(lead);
            text.push_str(p);
        }
    }
    let related: Vec<DiagnosticRelatedInformation> = d
        .labels
        .iter()
        .filter(|l| !l.primary && l.span.file == FileId(0) && !l.text.is_empty())
        .map(|l| {
            DiagnosticRelatedInformation::new(
                Location {
                    uri: uri.clone(),
                    range: range(l.span),
                },
                l.text.clone(),
            )
        })
        .collect();
    Diagnostic {
        range: range(d.span()),
        severity: Some(match d.severity {
            Severity::Error => DiagnosticSeverity::Error,
            Severity::Warning => DiagnosticSeverity::Warning,
        }),
        code: Some(Code::String(d.code.0.to_owned())),
        code_description: crate::pages::page(d.code.0).map(|path| CodeDescription {
            href: uri_of(&path),
        }),
        source: Some("sbt".to_owned()),
        message: Message::String(text),
        tags: matches!(d.code.0, "W1101" | "W1102" | "W1103")
            .then(|| vec![DiagnosticTag::Unnecessary]),
        related_information: (!related.is_empty()).then_some(related),
        data: None,
    }
}

/// All messages of a program.
pub fn diagnostics(view: &View<'_>, uri: &str, a: &Analysis) -> Vec<Diagnostic> {
    let uri = Uri(uri.to_owned());
    a.diagnostics()
        .iter()
        .map(|d| diagnostic(view, &uri, d))
        .collect()
}

/// The number of a symbol's kind in the protocol.
pub fn symbol_kind(kind: SymbolKind) -> u32 {
    match kind {
        SymbolKind::Strategy | SymbolKind::Portfolio => 5,
        SymbolKind::Indicator | SymbolKind::Function => 12,
        SymbolKind::Enum => 10,
        SymbolKind::Member => 22,
        SymbolKind::Test => 6,
        SymbolKind::Parameter | SymbolKind::Formal => 14,
        SymbolKind::Value | SymbolKind::Recurrence | SymbolKind::Step => 13,
        SymbolKind::Label => 24,
        SymbolKind::Output => 8,
    }
}

/// The number of a completion's kind in the protocol.
pub fn completion_kind(kind: CompletionKind) -> u32 {
    match kind {
        CompletionKind::Keyword => 14,
        CompletionKind::Snippet => 15,
        CompletionKind::Value => 6,
        CompletionKind::Parameter => 21,
        CompletionKind::Function => 3,
        CompletionKind::Enum => 13,
        CompletionKind::Member => 20,
        CompletionKind::Field => 5,
        CompletionKind::Unit => 11,
        CompletionKind::Module => 9,
        CompletionKind::Type => 25,
        CompletionKind::Label => 18,
        CompletionKind::Argument => 10,
    }
}

/// Markdown, or its text for an editor without.
pub fn markup(text: &str, markdown: bool) -> Value {
    if markdown {
        json!({ "kind": "markdown", "value": text })
    } else {
        let plain: Vec<&str> = text.lines().filter(|l| !l.starts_with("```")).collect();
        json!({ "kind": "plaintext", "value": plain.join("\n").trim() })
    }
}

/// A place in a file.
pub fn location(path: &Path, text: &str, at: (usize, usize), encoding: Encoding) -> Value {
    let lines = Lines::of(text);
    json!({ "uri": uri_of(path), "range": lines.range(text, at.0, at.1, encoding) })
}
