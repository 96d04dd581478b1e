//! Names across files: references, renames, symbols of the workspace, calls.
// Handlers have one shape, parameters by value and an answer that may fail, so that one dispatcher serves all.
#![allow(clippy::needless_pass_by_value, clippy::unnecessary_wraps)]

use crate::lines::Lines;
use crate::paths::{path_of, uri_of};
use crate::protocol::{At, OfItem, Query, file_of, location, symbol_kind};
use crate::server::{Refusal, Seen, Server};
use sbt_ide::{Analysis, Call, CallItem, Place};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

type Answer = Result<Value, Refusal>;

/// Files that a search looks into at most.
const FILES: usize = 2_000;
/// Directories that hold no programs.
const SKIPPED: [&str; 4] = ["target", "node_modules", ".git", "reports"];
/// Symbols that a search answers with at most.
const SYMBOLS: usize = 500;

impl Server {
    /// Paths that a `use` in this document could name.
    pub fn modules_beside(seen: &Seen) -> Vec<String> {
        let Some(dir) = seen.path.as_deref().and_then(Path::parent) else {
            return Vec::new();
        };
        let mut files = Vec::new();
        programs(dir, 3, &mut files);
        files
            .iter()
            .filter(|f| Some(f.as_path()) != seen.path.as_deref())
            .filter_map(|f| {
                f.strip_prefix(dir)
                    .ok()?
                    .to_str()?
                    .strip_suffix(".sbt")
                    .map(|p| p.replace('\\', "/"))
            })
            .filter(|p| {
                p.split('/').all(|part| {
                    part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                        && !part.starts_with(|c: char| c.is_ascii_digit())
                })
            })
            .collect()
    }

    /// All programs of the workspace: open documents, and files below its folders.
    fn everything(&mut self, near: Option<&Path>) -> Vec<(String, Arc<Analysis>, Lines)> {
        let mut out = Vec::new();
        for uri in self.documents.uris() {
            if let Ok(seen) = self.see(&uri)
                && !seen.library
            {
                out.push((uri, seen.analysis, seen.lines));
            }
        }
        let mut files = Vec::new();
        let roots: Vec<PathBuf> = if self.client.roots.is_empty() {
            near.and_then(Path::parent)
                .map(Path::to_path_buf)
                .into_iter()
                .collect()
        } else {
            self.client.roots.clone()
        };
        for root in roots {
            programs(&root, 8, &mut files);
        }
        files.sort();
        files.dedup();
        for file in files {
            if self.documents.at(&file).is_some() {
                continue;
            }
            let uri = uri_of(&file).0;
            if let Ok(seen) = self.see(&uri)
                && !seen.library
            {
                out.push((uri, seen.analysis, seen.lines));
            }
        }
        out
    }

    /// Uses of the name at a place, by document: URI, analysis, lines, byte ranges, and whether each defines it.
    fn uses(&mut self, p: &At) -> Result<Vec<Uses>, Refusal> {
        let (seen, at) = self.place(p)?;
        let uri = p.text_document.uri.clone();
        let own = seen.analysis.highlights(at);
        let mut out = vec![Uses {
            uri: uri.clone(),
            analysis: seen.analysis.clone(),
            lines: seen.lines.clone(),
            places: own.iter().map(|h| (h.start, h.end, h.write)).collect(),
        }];
        let Some((module, item, part)) = seen.analysis.exported(at) else {
            return Ok(out);
        };
        let home = match &module {
            Some(name) => PathBuf::from(name),
            None => match &seen.path {
                Some(p) => p.clone(),
                None => return Ok(out),
            },
        };
        let home_name = home.display().to_string();
        for (other, analysis, lines) in self.everything(Some(&home)) {
            if other == uri {
                continue;
            }
            let here = path_of(&other).as_deref() == Some(&home);
            let wanted = if here { None } else { Some(home_name.as_str()) };
            let found = analysis.uses_of_export(wanted, &item, part.as_deref());
            if !found.is_empty() {
                out.push(Uses {
                    uri: other,
                    analysis,
                    lines,
                    places: found.iter().map(|h| (h.start, h.end, h.write)).collect(),
                });
            }
        }
        Ok(out)
    }

    /// `textDocument/references`
    pub fn references(&mut self, p: At) -> Answer {
        let declared = p
            .context
            .as_ref()
            .and_then(|c| c.get("includeDeclaration"))
            .and_then(Value::as_bool)
            .unwrap_or(true);
        let encoding = self.client.encoding;
        let mut out = Vec::new();
        for u in self.uses(&p)? {
            for (s, e, write) in &u.places {
                if declared || !write {
                    let range = u.lines.range(u.analysis.text(), *s, *e, encoding);
                    out.push(json!({ "uri": u.uri, "range": range }));
                }
            }
        }
        let (seen, at) = self.place(&p)?;
        if declared
            && let Some(place @ Place::Library { .. }) = seen.analysis.definition(at)
            && let Some(l) = self.located(&p.text_document.uri, &seen, &place)
        {
            out.push(l);
        }
        Ok(json!(out))
    }

    /// `textDocument/prepareRename`
    pub fn prepare_rename(&mut self, p: At) -> Answer {
        let (seen, at) = self.place(&p)?;
        if seen.library {
            return Err(Refusal::Refused("the library cannot be changed".into()));
        }
        let o = seen
            .analysis
            .renameable(at)
            .map_err(|e| Refusal::Refused(e.to_string()))?;
        let text = seen.analysis.text();
        Ok(json!({
            "range": seen.view(self.client.encoding).range(o.start, o.end),
            "placeholder": text.get(o.start..o.end).unwrap_or(""),
        }))
    }

    /// `textDocument/rename`
    pub fn rename(&mut self, p: At) -> Answer {
        let refused = |e: sbt_ide::RenameError| Refusal::Refused(e.to_string());
        let (seen, at) = self.place(&p)?;
        if seen.library {
            return Err(Refusal::Refused("the library cannot be changed".into()));
        }
        let new = p.new_name.clone().unwrap_or_default();
        seen.analysis.rename(at, &new).map_err(refused)?;
        let exported = seen.analysis.exported(at);
        let encoding = self.client.encoding;
        let mut changes = Map::new();
        for u in self.uses(&p)? {
            if u.uri != p.text_document.uri && exported.as_ref().is_some_and(|e| e.2.is_none()) {
                u.analysis
                    .free_for_export(&new)
                    .map_err(|e| Refusal::Refused(format!("{e} (in {})", u.uri)))?;
            }
            let edits: Vec<Value> = u
                .places
                .iter()
                .map(|(s, e, _)| {
                    let range = u.lines.range(u.analysis.text(), *s, *e, encoding);
                    json!({ "range": range, "newText": new })
                })
                .collect();
            changes.insert(u.uri, json!(edits));
        }
        Ok(json!({ "changes": changes }))
    }

    /// `workspace/symbol`
    pub fn workspace_symbols(&mut self, p: Query) -> Answer {
        let wanted = p.query.to_lowercase();
        let encoding = self.client.encoding;
        let mut out = Vec::new();
        for (uri, analysis, lines) in self.everything(None) {
            for top in analysis.outline() {
                let children = top.children.iter().map(|c| (c, top.name.as_str()));
                for (o, container) in std::iter::once((&top, "")).chain(children) {
                    if matches(&o.name, &wanted) && out.len() < SYMBOLS {
                        let range = lines.range(analysis.text(), o.span.0, o.span.1, encoding);
                        out.push(json!({
                            "name": o.name,
                            "kind": symbol_kind(o.kind),
                            "containerName": container,
                            "location": { "uri": uri, "range": range },
                        }));
                    }
                }
            }
        }
        if !wanted.is_empty() {
            for s in sbt_ide::library_symbols() {
                if out.len() >= SYMBOLS {
                    break;
                }
                if matches(s.name, &wanted) {
                    let place = Place::Library {
                        module: s.module.to_owned(),
                        start: s.span.0,
                        end: s.span.1,
                    };
                    if let Some((path, text)) = file_of(&place) {
                        out.push(json!({
                            "name": s.name,
                            "kind": 12,
                            "containerName": format!("std/{}", s.module),
                            "location": location(&path, &text, s.span, encoding),
                        }));
                    }
                }
            }
        }
        Ok(json!(out))
    }

    fn call_item(&self, uri: &str, seen: &Seen, item: &CallItem) -> Option<Value> {
        let at = self.located(uri, seen, &item.place)?;
        let range = if matches!(item.place, Place::Here { .. }) {
            json!(
                seen.view(self.client.encoding)
                    .range(item.full.0, item.full.1)
            )
        } else {
            at["range"].clone()
        };
        Some(json!({
            "name": item.name,
            "kind": symbol_kind(item.kind),
            "uri": at["uri"],
            "range": range,
            "selectionRange": at["range"],
        }))
    }

    /// `textDocument/prepareCallHierarchy`
    pub fn prepare_calls(&mut self, p: At) -> Answer {
        let (seen, at) = self.place(&p)?;
        let item = seen
            .analysis
            .call_item(at)
            .and_then(|i| self.call_item(&p.text_document.uri, &seen, &i));
        Ok(item.map_or(Value::Null, |i| json!([i])))
    }

    fn item_place(p: &OfItem) -> At {
        At {
            text_document: crate::protocol::Id {
                uri: p.item.uri.0.clone(),
                version: None,
            },
            position: p.item.selection_range.start,
            new_name: None,
            ch: None,
            context: None,
        }
    }

    fn call(&self, uri: &str, seen: &Seen, c: &Call, key: &str) -> Option<Value> {
        let view = seen.view(self.client.encoding);
        let ranges: Vec<_> = c.sites.iter().map(|(s, e)| view.range(*s, *e)).collect();
        Some(json!({ key: self.call_item(uri, seen, &c.item)?, "fromRanges": ranges }))
    }

    /// `callHierarchy/incomingCalls`
    pub fn incoming(&mut self, p: OfItem) -> Answer {
        let at = Self::item_place(&p);
        let (seen, offset) = self.place(&at)?;
        let name = p.item.name.clone();
        let home = seen.path.clone();
        let home_name = home.as_ref().map(|h| h.display().to_string());
        let mut out = Vec::new();
        if !seen.library {
            for c in seen.analysis.incoming(offset) {
                out.extend(self.call(&at.text_document.uri, &seen, &c, "from"));
            }
        }
        for (uri, analysis, lines) in self.everything(home.as_deref()) {
            if uri == at.text_document.uri {
                continue;
            }
            // callers elsewhere reach it through the module's name, or as an item of the library
            let library = if seen.library {
                home.as_deref().and_then(crate::cache::library_module)
            } else {
                None
            };
            let calls = analysis.callers_of(home_name.as_deref(), library.as_deref(), &name);
            let other = Seen {
                analysis,
                lines,
                path: path_of(&uri),
                library: false,
            };
            for c in calls {
                out.extend(self.call(&uri, &other, &c, "from"));
            }
        }
        Ok(json!(out))
    }

    /// `callHierarchy/outgoingCalls`
    pub fn outgoing(&mut self, p: OfItem) -> Answer {
        let at = Self::item_place(&p);
        let (seen, offset) = self.place(&at)?;
        let mut out = Vec::new();
        for c in seen.analysis.outgoing(offset) {
            out.extend(self.call(&at.text_document.uri, &seen, &c, "to"));
        }
        Ok(json!(out))
    }
}

/// Uses of a name in a document.
struct Uses {
    uri: String,
    analysis: Arc<Analysis>,
    lines: Lines,
    places: Vec<(usize, usize, bool)>,
}

/// Whether the letters of a query stand in a name, in their order.
fn matches(name: &str, query: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    query.chars().all(|q| letters.any(|l| l == q))
}

/// Programs below a directory.
fn programs(dir: &Path, depth: usize, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return;
    };
    for entry in entries.flatten() {
        if out.len() >= FILES {
            return;
        }
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            if depth > 0 && !name.starts_with('.') && !SKIPPED.contains(&name.as_ref()) {
                programs(&path, depth - 1, out);
            }
        } else if path.extension().is_some_and(|e| e == "sbt") {
            out.push(path);
        }
    }
}
