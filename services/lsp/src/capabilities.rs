//! What the server can do, and what the editor can.

use crate::lines::Encoding;
use crate::paths::path_of;
use sbt_ide::{MODIFIERS, TOKEN_TYPES};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Commands that the server performs.
pub const COMMANDS: [&str; 3] = ["sixbtc.openReport", "sixbtc.sweep", "sixbtc.explainData"];

/// What the editor can, and what it was started with.
#[derive(Debug, Default)]
// each is a capability of the protocol, and a yes or no
#[allow(clippy::struct_excessive_bools)]
pub struct Client {
    /// How columns are counted.
    pub encoding: Encoding,
    /// Shows Markdown.
    pub markdown: bool,
    /// Fills in templates.
    pub snippets: bool,
    /// Opens documents when asked.
    pub show_document: bool,
    /// Asks for lenses anew when told.
    pub refresh_lenses: bool,
    /// Watches files when told.
    pub watch: bool,
    /// Folders of the workspace.
    pub roots: Vec<PathBuf>,
    /// The `sixbtc.data` option.
    pub data: Option<String>,
}

impl Client {
    /// Reads the parameters of `initialize`; what is missing or odd is taken as absent.
    pub fn of(params: &Value) -> Self {
        let has = |path: &str| params.pointer(path).and_then(Value::as_bool) == Some(true);
        let encodings: Vec<&str> = params
            .pointer("/capabilities/general/positionEncodings")
            .and_then(Value::as_array)
            .map(|l| l.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        // bytes need no counting; UTF-16 is what every editor knows
        let encoding = if encodings.contains(&"utf-8") {
            Encoding::Utf8
        } else if encodings.contains(&"utf-16") || encodings.is_empty() {
            Encoding::Utf16
        } else if encodings.contains(&"utf-32") {
            Encoding::Utf32
        } else {
            Encoding::Utf16
        };
        let markdown = params
            .pointer("/capabilities/textDocument/hover/contentFormat")
            .and_then(Value::as_array)
            .is_none_or(|l| l.iter().any(|f| f == "markdown"));
        let mut roots: Vec<PathBuf> = params
            .get("workspaceFolders")
            .and_then(Value::as_array)
            .map(|l| {
                l.iter()
                    .filter_map(|f| f.get("uri").and_then(Value::as_str))
                    .filter_map(path_of)
                    .collect()
            })
            .unwrap_or_default();
        if roots.is_empty()
            && let Some(root) = params.get("rootUri").and_then(Value::as_str)
        {
            roots.extend(path_of(root));
        }
        Self {
            encoding,
            markdown,
            snippets: has("/capabilities/textDocument/completion/completionItem/snippetSupport"),
            show_document: has("/capabilities/window/showDocument/support"),
            refresh_lenses: has("/capabilities/workspace/codeLens/refreshSupport"),
            watch: has("/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration"),
            roots,
            data: params.get("initializationOptions").and_then(data_option),
        }
    }
}

/// `sixbtc.data` in options or settings, however they are nested.
pub fn data_option(options: &Value) -> Option<String> {
    [
        options.pointer("/sixbtc/data"),
        options.get("sixbtc.data"),
        options.get("data"),
    ]
    .into_iter()
    .flatten()
    .find_map(|v| v.as_str().map(str::to_owned))
    .filter(|s| !s.is_empty())
}

/// The answer to `initialize`.
pub fn initialize_result(encoding: Encoding) -> Value {
    json!({
        "serverInfo": { "name": "sixbtc-lsp", "version": env!("CARGO_PKG_VERSION") },
        "capabilities": {
            "positionEncoding": encoding.name(),
            "textDocumentSync": { "openClose": true, "change": 2, "save": false },
            "hoverProvider": true,
            "completionProvider": {
                "triggerCharacters": [".", "#", "/", " "],
                "resolveProvider": true,
            },
            "signatureHelpProvider": { "triggerCharacters": ["(", ","], "retriggerCharacters": [")"] },
            "definitionProvider": true,
            "referencesProvider": true,
            "documentHighlightProvider": true,
            "documentSymbolProvider": true,
            "workspaceSymbolProvider": true,
            "codeActionProvider": {
                "codeActionKinds": ["quickfix", "refactor.extract", "source.fixAll"],
            },
            "codeLensProvider": { "resolveProvider": false },
            "documentLinkProvider": { "resolveProvider": false },
            "documentFormattingProvider": true,
            "documentRangeFormattingProvider": true,
            "documentOnTypeFormattingProvider": {
                "firstTriggerCharacter": "\n",
                "moreTriggerCharacter": ["}"],
            },
            "renameProvider": { "prepareProvider": true },
            "foldingRangeProvider": true,
            "selectionRangeProvider": true,
            "inlayHintProvider": true,
            "callHierarchyProvider": true,
            "semanticTokensProvider": {
                "legend": { "tokenTypes": TOKEN_TYPES, "tokenModifiers": MODIFIERS },
                "range": true,
                "full": { "delta": true },
            },
            "executeCommandProvider": { "commands": COMMANDS },
            "workspace": {
                "workspaceFolders": { "supported": true, "changeNotifications": true },
            },
            "experimental": { "preview": true },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_initialize_is_of_the_protocol() {
        let value = initialize_result(Encoding::Utf16);
        let typed: gen_lsp_types::InitializeResult = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(typed).unwrap(), value);
    }

    #[test]
    fn options_are_found_however_they_are_nested() {
        for o in [
            json!({ "sixbtc": { "data": "x" } }),
            json!({ "sixbtc.data": "x" }),
            json!({ "data": "x" }),
        ] {
            assert_eq!(data_option(&o).as_deref(), Some("x"));
        }
        assert_eq!(data_option(&json!({ "data": 3 })), None);
    }
}
