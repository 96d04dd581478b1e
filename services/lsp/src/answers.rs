//! Requests about a document.
// Handlers have one shape, parameters by value and an answer that may fail, so that one dispatcher serves all.
#![allow(clippy::needless_pass_by_value, clippy::unnecessary_wraps)]

use crate::lines::Encoding;
use crate::protocol::{
    At, AtAll, Of, Since, View, Within, completion_kind, diagnostic, file_of, location, markup,
    symbol_kind,
};
use crate::runs::Figure;
use crate::server::{Refusal, Seen, Server};
use gen_lsp_types::Uri;
use lsp_server::{ErrorCode, Request, Response};
use sbt_ide::{ActionKind, HintKind, Outline, Place};
use serde_json::{Value, json};

type Answer = Result<Value, Refusal>;

impl Seen {
    /// The text for answers.
    pub fn view(&self, encoding: Encoding) -> View<'_> {
        View {
            text: self.analysis.text(),
            lines: &self.lines,
            encoding,
        }
    }
}

impl Server {
    /// Dispatches a request about a document or the workspace.
    pub fn about(&mut self, r: Request) -> Option<Response> {
        match r.method.as_str() {
            "textDocument/hover" => self.answer(r, Self::hover),
            "textDocument/completion" => self.answer(r, Self::completion),
            "completionItem/resolve" => self.answer(r, Self::resolve),
            "textDocument/signatureHelp" => self.answer(r, Self::signature),
            "textDocument/definition" => self.answer(r, Self::definition),
            "textDocument/references" => self.answer(r, Self::references),
            "textDocument/documentHighlight" => self.answer(r, Self::highlight),
            "textDocument/documentSymbol" => self.answer(r, Self::symbols),
            "workspace/symbol" => self.answer(r, Self::workspace_symbols),
            "textDocument/prepareRename" => self.answer(r, Self::prepare_rename),
            "textDocument/rename" => self.answer(r, Self::rename),
            "textDocument/formatting" => self.answer(r, Self::format),
            "textDocument/rangeFormatting" => self.answer(r, Self::format_range),
            "textDocument/onTypeFormatting" => self.answer(r, Self::format_typed),
            "textDocument/foldingRange" => self.answer(r, Self::folds),
            "textDocument/selectionRange" => self.answer(r, Self::selections),
            "textDocument/inlayHint" => self.answer(r, Self::hints),
            "textDocument/codeAction" => self.answer(r, Self::actions),
            "textDocument/documentLink" => self.answer(r, Self::links),
            "textDocument/semanticTokens/full" => self.answer(r, Self::colours_full),
            "textDocument/semanticTokens/full/delta" => self.answer(r, Self::colours_delta),
            "textDocument/semanticTokens/range" => self.answer(r, Self::colours_range),
            "textDocument/prepareCallHierarchy" => self.answer(r, Self::prepare_calls),
            "callHierarchy/incomingCalls" => self.answer(r, Self::incoming),
            "callHierarchy/outgoingCalls" => self.answer(r, Self::outgoing),
            other => Some(Response::new_err(
                r.id,
                ErrorCode::MethodNotFound as i32,
                format!("`{other}` is not known"),
            )),
        }
    }

    /// A document and an offset in it.
    pub fn place(&mut self, p: &At) -> Result<(Seen, usize), Refusal> {
        let seen = self.see(&p.text_document.uri)?;
        let offset = seen
            .lines
            .offset(seen.analysis.text(), p.position, self.client.encoding);
        Ok((seen, offset))
    }

    fn hover(&mut self, p: At) -> Answer {
        let (seen, at) = self.place(&p)?;
        let view = seen.view(self.client.encoding);
        Ok(seen.analysis.hover(at).map_or(Value::Null, |h| {
            json!({ "contents": markup(&h.text, self.client.markdown), "range": view.range(h.start, h.end) })
        }))
    }

    fn completion(&mut self, p: At) -> Answer {
        let (seen, at) = self.place(&p)?;
        let modules = Self::modules_beside(&seen);
        let view = seen.view(self.client.encoding);
        // a space alone asks only where a word is sure to follow
        let spaced = p
            .context
            .as_ref()
            .and_then(|c| c.get("triggerCharacter"))
            .is_some_and(|c| c == " ");
        let mut list = seen.analysis.complete(at, &modules);
        if spaced && list.len() > 60 {
            list.clear();
        }
        let mut range = None;
        let items: Vec<Value> = list
            .iter()
            .map(|c| {
                let same = range
                    .as_ref()
                    .is_some_and(|(s, e, _)| (*s, *e) == (c.start, c.end));
                if !same {
                    range = Some((c.start, c.end, json!(view.range(c.start, c.end))));
                }
                let range = range.as_ref().map(|r| r.2.clone());
                let plain = if c.template && !self.client.snippets {
                    c.label.clone()
                } else {
                    c.insert.clone()
                };
                let mut item = json!({
                    "label": c.label,
                    "kind": completion_kind(c.kind),
                    "sortText": format!("{:02}{}", c.rank, c.label),
                    "textEdit": { "range": range, "newText": plain },
                });
                if c.template && self.client.snippets {
                    item["insertTextFormat"] = json!(2);
                }
                if !c.detail.is_empty() {
                    item["detail"] = json!(c.detail);
                }
                if !c.doc.is_empty() {
                    item["documentation"] = markup(&c.doc, self.client.markdown);
                }
                item
            })
            .collect();
        Ok(json!({ "isIncomplete": false, "items": items }))
    }

    fn resolve(&mut self, mut item: Value) -> Answer {
        let doc = item
            .get("label")
            .and_then(Value::as_str)
            .filter(|_| item.get("documentation").is_none())
            .and_then(sbt_ide::documentation);
        if let Some(doc) = doc {
            item["documentation"] = markup(&doc, self.client.markdown);
        }
        Ok(item)
    }

    fn signature(&mut self, p: At) -> Answer {
        let (seen, at) = self.place(&p)?;
        Ok(seen.analysis.signature(at).map_or(Value::Null, |s| {
            // labels are counted in UTF-16, whatever positions are counted in
            let units = |end: usize| s.label.get(..end).unwrap_or("").encode_utf16().count();
            let parameters: Vec<Value> = s
                .parameters
                .iter()
                .map(|(a, b)| json!({ "label": [units(*a), units(*b)] }))
                .collect();
            let mut signature = json!({ "label": s.label, "parameters": parameters });
            if !s.doc.is_empty() {
                signature["documentation"] = markup(&s.doc, self.client.markdown);
            }
            if let Some(active) = s.active {
                signature["activeParameter"] = json!(active);
            }
            json!({ "signatures": [signature], "activeSignature": 0, "activeParameter": s.active.unwrap_or(s.parameters.len()) })
        }))
    }

    /// A place as a location of the protocol.
    pub fn located(&self, uri: &str, seen: &Seen, place: &Place) -> Option<Value> {
        let encoding = self.client.encoding;
        if let Place::Here { start, end } = place {
            let range = seen.view(encoding).range(*start, *end);
            return Some(json!({ "uri": uri, "range": range }));
        }
        if let Place::Module { name, .. } = place
            && let Some(d) = self.documents.at(std::path::Path::new(name))
        {
            let (s, e) = place.range();
            return Some(json!({ "uri": d.uri, "range": d.range(s, e, encoding) }));
        }
        let (path, text) = file_of(place)?;
        Some(location(&path, &text, place.range(), encoding))
    }

    fn definition(&mut self, p: At) -> Answer {
        let (seen, at) = self.place(&p)?;
        let found = seen
            .analysis
            .definition(at)
            .and_then(|d| self.located(&p.text_document.uri, &seen, &d));
        Ok(found.unwrap_or(Value::Null))
    }

    fn highlight(&mut self, p: At) -> Answer {
        let (seen, at) = self.place(&p)?;
        let view = seen.view(self.client.encoding);
        let list: Vec<Value> = seen
            .analysis
            .highlights(at)
            .iter()
            .map(|h| json!({ "range": view.range(h.start, h.end), "kind": if h.write { 3 } else { 2 } }))
            .collect();
        Ok(json!(list))
    }

    fn symbols(&mut self, p: Of) -> Answer {
        let seen = self.see(&p.text_document.uri)?;
        let view = seen.view(self.client.encoding);
        let list: Vec<Value> = seen
            .analysis
            .outline()
            .iter()
            .map(|o| outline(&view, o))
            .collect();
        Ok(json!(list))
    }

    fn format(&mut self, p: Of) -> Answer {
        let seen = self.see(&p.text_document.uri)?;
        Ok(json!(
            seen.view(self.client.encoding)
                .edits(&seen.analysis.format())
        ))
    }

    /// Offsets of a range.
    fn within(&mut self, p: &Within) -> Result<(Seen, usize, usize), Refusal> {
        let seen = self.see(&p.text_document.uri)?;
        let text = seen.analysis.text();
        let a = seen.lines.offset(text, p.range.start, self.client.encoding);
        let b = seen.lines.offset(text, p.range.end, self.client.encoding);
        Ok((seen, a.min(b), a.max(b)))
    }

    fn format_range(&mut self, p: Within) -> Answer {
        let (seen, a, b) = self.within(&p)?;
        let edits = seen.analysis.format_range(a, b);
        Ok(json!(seen.view(self.client.encoding).edits(&edits)))
    }

    fn format_typed(&mut self, p: At) -> Answer {
        let (seen, at) = self.place(&p)?;
        let typed =
            p.ch.as_deref()
                .and_then(|c| c.chars().next())
                .unwrap_or('\n');
        let edits = seen.analysis.format_typed(at, typed);
        Ok(json!(seen.view(self.client.encoding).edits(&edits)))
    }

    fn folds(&mut self, p: Of) -> Answer {
        let seen = self.see(&p.text_document.uri)?;
        let list: Vec<Value> = seen
            .analysis
            .folds()
            .iter()
            .map(|f| {
                let (first, last) = (seen.lines.line(f.start), seen.lines.line(f.end));
                // the line of the closing bracket stays visible
                let last = if f.comment {
                    last
                } else {
                    last.saturating_sub(1).max(first)
                };
                let mut fold = json!({ "startLine": first, "endLine": last });
                if f.comment {
                    fold["kind"] = json!("comment");
                }
                fold
            })
            .collect();
        Ok(json!(list))
    }

    fn selections(&mut self, p: AtAll) -> Answer {
        let seen = self.see(&p.text_document.uri)?;
        let view = seen.view(self.client.encoding);
        let list: Vec<Value> = p
            .positions
            .iter()
            .map(|at| {
                let offset = seen.lines.offset(view.text, *at, view.encoding);
                let mut out = Value::Null;
                for (s, e) in seen.analysis.selections(offset).iter().rev() {
                    let mut next = json!({ "range": view.range(*s, *e) });
                    if !out.is_null() {
                        next["parent"] = out;
                    }
                    out = next;
                }
                out
            })
            .collect();
        Ok(json!(list))
    }

    fn hints(&mut self, p: Within) -> Answer {
        let (seen, a, b) = self.within(&p)?;
        let view = seen.view(self.client.encoding);
        let list: Vec<Value> = seen
            .analysis
            .hints(a, b)
            .iter()
            .map(|h| {
                let kind = h.kind == HintKind::Type;
                json!({
                    "position": view.range(h.at, h.at).start,
                    "label": h.text,
                    "kind": if kind { 1 } else { 2 },
                    "paddingLeft": false,
                    "paddingRight": !kind,
                })
            })
            .collect();
        Ok(json!(list))
    }

    fn actions(&mut self, p: Within) -> Answer {
        let (seen, a, b) = self.within(&p)?;
        if seen.library {
            return Ok(json!([]));
        }
        let uri = &p.text_document.uri;
        let view = seen.view(self.client.encoding);
        let list: Vec<Value> = seen
            .analysis
            .actions(a, b)
            .iter()
            .map(|x| {
                let kind = match x.kind {
                    ActionKind::Fix => "quickfix",
                    ActionKind::FixAll => "source.fixAll",
                    ActionKind::Extract => "refactor.extract",
                };
                let mut action = json!({
                    "title": x.title,
                    "kind": kind,
                    "edit": { "changes": { uri.as_str(): view.edits(&x.edits) } },
                });
                if let Some(d) = x.message.and_then(|i| seen.analysis.diagnostics().get(i)) {
                    action["diagnostics"] = json!([diagnostic(&view, &Uri(uri.clone()), d)]);
                    action["isPreferred"] = json!(!x.guess);
                }
                action
            })
            .collect();
        Ok(json!(list))
    }

    fn links(&mut self, p: Of) -> Answer {
        let seen = self.see(&p.text_document.uri)?;
        let view = seen.view(self.client.encoding);
        let list: Vec<Value> = seen
            .analysis
            .links()
            .iter()
            .filter_map(|l| {
                let target = seen.analysis.definition(l.start)?;
                let location = self.located(&p.text_document.uri, &seen, &target)?;
                Some(json!({
                    "range": view.range(l.start, l.end),
                    "target": location["uri"],
                    "tooltip": l.module,
                }))
            })
            .collect();
        Ok(json!(list))
    }

    fn colours(&self, seen: &Seen, start: usize, end: usize) -> Vec<u32> {
        let view = seen.view(self.client.encoding);
        let mut out = Vec::new();
        let (mut line, mut column) = (0, 0);
        for t in seen.analysis.highlight(start, end) {
            let range = view.range(t.start, t.end);
            let at = range.start;
            let same = at.line == line;
            out.extend([
                at.line - line,
                if same {
                    at.character - column
                } else {
                    at.character
                },
                range.end.character - at.character,
                t.kind as u32,
                t.modifiers,
            ]);
            (line, column) = (at.line, at.character);
        }
        out
    }

    fn colours_full(&mut self, p: Of) -> Answer {
        let seen = self.see(&p.text_document.uri)?;
        let data = self.colours(&seen, 0, usize::MAX);
        let id = self.keep_colours(p.text_document.uri, data.clone());
        Ok(json!({ "resultId": id.to_string(), "data": data }))
    }

    fn keep_colours(&mut self, uri: String, data: Vec<u32>) -> u64 {
        let id = self.colours.get(&uri).map_or(1, |c| c.0 + 1);
        self.colours.insert(uri, (id, data));
        id
    }

    fn colours_delta(&mut self, p: Since) -> Answer {
        let uri = p.text_document.uri;
        let seen = self.see(&uri)?;
        let data = self.colours(&seen, 0, usize::MAX);
        let before = self
            .colours
            .get(&uri)
            .filter(|c| c.0.to_string() == p.previous_result_id)
            .map(|c| c.1.clone());
        let id = self.keep_colours(uri, data.clone()).to_string();
        let Some(before) = before else {
            return Ok(json!({ "resultId": id, "data": data }));
        };
        let head = before.iter().zip(&data).take_while(|(a, b)| a == b).count();
        let most = before.len().min(data.len()) - head;
        let tail = before
            .iter()
            .rev()
            .zip(data.iter().rev())
            .take(most)
            .take_while(|(a, b)| a == b)
            .count();
        let edits = if head == before.len() && head == data.len() {
            json!([])
        } else {
            json!([{
                "start": head,
                "deleteCount": before.len() - head - tail,
                "data": data[head..data.len() - tail],
            }])
        };
        Ok(json!({ "resultId": id, "edits": edits }))
    }

    fn colours_range(&mut self, p: Within) -> Answer {
        let (seen, a, b) = self.within(&p)?;
        Ok(json!({ "data": self.colours(&seen, a, b) }))
    }

    /// Lenses of the figures of a program.
    pub fn lenses(&self, uri: &str, seen: &Seen, figures: &[Figure]) -> Value {
        let view = seen.view(self.client.encoding);
        let mut out = Vec::new();
        for f in figures {
            let range = view.range(f.start, f.start);
            let arguments = json!([uri, f.strategy]);
            let command = if f.ran {
                "sixbtc.openReport"
            } else {
                "sixbtc.explainData"
            };
            out.push(json!({
                "range": range,
                "command": { "title": f.text, "command": command, "arguments": arguments },
            }));
            if f.ran {
                for (title, command) in [
                    ("open report", "sixbtc.openReport"),
                    ("sweep", "sixbtc.sweep"),
                ] {
                    out.push(json!({
                        "range": range,
                        "command": { "title": title, "command": command, "arguments": arguments },
                    }));
                }
            }
        }
        json!(out)
    }
}

fn outline(view: &View<'_>, o: &Outline) -> Value {
    let mut out = json!({
        "name": if o.name.is_empty() { "(no name)" } else { &o.name },
        "kind": symbol_kind(o.kind),
        "range": view.range(o.full.0.min(o.span.0), o.full.1.max(o.span.1)),
        "selectionRange": view.range(o.span.0, o.span.1),
    });
    if !o.detail.is_empty() {
        out["detail"] = json!(o.detail);
    }
    if !o.children.is_empty() {
        out["children"] = json!(
            o.children
                .iter()
                .map(|c| outline(view, c))
                .collect::<Vec<_>>()
        );
    }
    out
}
