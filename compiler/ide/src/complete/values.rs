//! Completions where a value is wanted.

use super::{Completion, CompletionKind, List, is_value};
use crate::callable::{library_symbols, module_symbols};
use crate::hover::item_text;
use crate::index::{Symbol, SymbolKind};
use crate::language;
use crate::outline::symbol_word;
use sbt_grammar::Token;

impl List<'_> {
    /// Arguments of the call around the cursor that have not been given.
    pub(super) fn arguments(&mut self) {
        let Some(call) = self.context.calls.last().cloned() else {
            return;
        };
        let fresh = self
            .context
            .last()
            .is_some_and(|t| matches!(t.token, Token::LParen | Token::Comma));
        if !fresh {
            return;
        }
        let Some(c) = self.a.callable(&call.callee) else {
            return;
        };
        if c.origin == crate::callable::Origin::Builtin {
            return;
        }
        for f in c
            .formals
            .iter()
            .skip(call.position.saturating_sub(call.given.len()))
        {
            if !call.given.contains(&f.name) {
                let item = self.add(
                    &format!("{} =", f.name),
                    CompletionKind::Argument,
                    &f.written(),
                    1,
                );
                item.insert = format!("{} = ", f.name);
            }
        }
    }

    /// Values visible at an offset: name and type.
    pub(super) fn visible(&self, at: usize) -> Vec<(String, String)> {
        let mut out: Vec<(String, String)> = Vec::new();
        for s in &self.a.index().symbols {
            if is_value(s.kind)
                && s.scope.0 <= at
                && at <= s.scope.1
                && !out.iter().any(|o| o.0 == s.name)
            {
                let ty = self
                    .a
                    .fact_at(s.span.0, s.span.1)
                    .map_or_else(String::new, |f| f.ty.clone());
                out.push((s.name.clone(), ty));
            }
        }
        out
    }

    /// Everything that has a value.
    pub(super) fn values(&mut self, at: usize) {
        let being_defined = self.defined_here();
        let locals: Vec<(String, String, SymbolKind)> = self
            .a
            .index()
            .symbols
            .iter()
            .filter(|s| is_value(s.kind) && s.scope.0 <= at && at <= s.scope.1)
            .map(|s: &Symbol| {
                let ty = self
                    .a
                    .fact_at(s.span.0, s.span.1)
                    .map_or_else(|| symbol_word(s.kind).to_owned(), |f| f.ty.clone());
                (s.name.clone(), ty, s.kind)
            })
            .collect();
        for (name, ty, kind) in locals {
            if being_defined.contains(&name) && kind == SymbolKind::Value {
                continue;
            }
            let kind = if matches!(kind, SymbolKind::Parameter | SymbolKind::Formal) {
                CompletionKind::Parameter
            } else {
                CompletionKind::Value
            };
            if !self.out.iter().any(|c| c.label == name) {
                self.add(&name, kind, &ty, 2);
            }
        }
        let brackets = !self.a.text()[self.context.end..].starts_with('(');
        for (name, kind) in self.a.own_callables() {
            match kind {
                SymbolKind::Enum => {
                    self.add(&name, CompletionKind::Enum, "enum", 3);
                }
                _ => {
                    let Some(c) = self.a.callable(&name) else {
                        continue;
                    };
                    let formals: Vec<String> = c
                        .formals
                        .iter()
                        .filter(|f| f.default.is_none())
                        .map(|f| f.name.clone())
                        .collect();
                    let doc = item_text(Some(c.clone()), &name, None);
                    let item = self.add(&name, CompletionKind::Function, &c.signature(), 3);
                    item.doc = doc;
                    call_template(item, &formals, brackets);
                }
            }
        }
        let days = self.context.has(self.a.text(), "weekday");
        let sides = self.context.has(self.a.text(), "side");
        for v in language::values() {
            let wanted = match v.ty {
                "Weekday" => days || v.name == "weekday",
                _ if matches!(v.name, "long" | "short") => sides,
                _ => true,
            };
            if wanted {
                self.add(v.name, CompletionKind::Value, v.ty, 4);
            }
        }
        for f in language::functions() {
            let formals: Vec<String> = f.formals.iter().map(|x| x.0.to_owned()).collect();
            let shown: Vec<String> = f
                .formals
                .iter()
                .map(|x| format!("{}: {}", x.0, x.1))
                .collect();
            let detail = format!("{}({}) -> {}", f.name, shown.join(", "), f.returns);
            let item = self.add(f.name, CompletionKind::Function, &detail, 5);
            call_template(item, &formals, brackets);
        }
        let used: Vec<_> = self.a.uses().flat_map(module_symbols).collect();
        for s in used.iter().chain(library_symbols()) {
            if s.head.starts_with("enum") {
                self.add(s.name, CompletionKind::Enum, "enum of the library", 6);
                continue;
            }
            let detail = s.head.split_once(' ').map_or("", |h| h.1);
            let formals = head_formals(detail);
            let item = self.add(s.name, CompletionKind::Function, detail, 6);
            call_template(item, &formals, brackets);
        }
    }

    /// Names that the statement under the cursor defines: a `let` cannot read itself.
    pub(super) fn defined_here(&self) -> Vec<String> {
        let text = self.a.text();
        if self.context.word(text, 0) != "let" {
            return Vec::new();
        }
        self.context
            .statement
            .iter()
            .skip(1)
            .take_while(|t| t.token != Token::Assign)
            .map(|t| t.text(text).to_owned())
            .collect()
    }
}

/// Names of the parameters that a head shows, without those that have a default.
fn head_formals(head: &str) -> Vec<String> {
    let Some(inner) = head
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(") ->").map(|x| x.0))
    else {
        return Vec::new();
    };
    inner
        .split(", ")
        .filter(|f| !f.contains('='))
        .filter_map(|f| f.split_once(':').map(|x| x.0.trim().to_owned()))
        .collect()
}

fn call_template(c: &mut Completion, formals: &[String], brackets: bool) {
    if !brackets {
        return;
    }
    let places: Vec<String> = formals
        .iter()
        .enumerate()
        .map(|(i, f)| format!("${{{}:{f}}}", i + 1))
        .collect();
    c.insert = format!("{}({})$0", c.label, places.join(", "));
    c.template = true;
}
