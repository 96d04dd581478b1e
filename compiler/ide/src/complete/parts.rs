//! Completions after a dot, and members of enums.

use super::{CompletionKind, List, is_value};
use crate::callable::shelf;
use crate::language;
use sbt_grammar::Token;
use sbt_hir::Library;
use sbt_syntax::ast::Item;

impl List<'_> {
    /// Parts of what stands before the dot.
    pub(super) fn fields(&mut self, at: usize) {
        let text = self.a.text();
        let tokens = &self.context.statement;
        let Some(base) = tokens.len().checked_sub(2).and_then(|i| tokens.get(i)) else {
            return;
        };
        let name = match base.token {
            Token::Word => base.text(text).to_owned(),
            Token::RParen => {
                let mut depth = 0;
                let mut open = None;
                for (i, t) in tokens[..tokens.len() - 1].iter().enumerate().rev() {
                    match t.token {
                        Token::RParen => depth += 1,
                        Token::LParen => {
                            depth -= 1;
                            if depth == 0 {
                                open = Some(i);
                                break;
                            }
                        }
                        _ => {}
                    }
                }
                match open
                    .and_then(|i| i.checked_sub(1))
                    .and_then(|i| tokens.get(i))
                {
                    Some(t) if t.token == Token::Word => t.text(text).to_owned(),
                    _ => return,
                }
            }
            _ => return,
        };
        let call = base.token == Token::RParen;
        for (n, ty, doc) in self.parts_of(&name, call, at) {
            let kind = if ty.is_empty() {
                CompletionKind::Member
            } else {
                CompletionKind::Field
            };
            self.add(&n, kind, &ty, 0).doc = doc;
        }
    }

    pub(super) fn parts_of(
        &self,
        name: &str,
        call: bool,
        at: usize,
    ) -> Vec<(String, String, String)> {
        let index = self.a.index();
        let local = index.symbols.iter().enumerate().rfind(|(_, s)| {
            s.name == name && s.scope.0 <= at && at <= s.scope.1 && is_value(s.kind)
        });
        if !call && let Some((_, s)) = local {
            if let Some(f) = self.a.fact_at(s.span.0, s.span.1) {
                if let Some(inner) = f.ty.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
                    return inner
                        .split(", ")
                        .filter_map(|p| p.split_once(": "))
                        .map(|(n, t)| (n.to_owned(), t.to_owned(), String::new()))
                        .collect();
                }
                if f.ty.ends_with('?') {
                    return vec![(
                        "present".into(),
                        "bool".into(),
                        "Whether the value is there.".into(),
                    )];
                }
            }
            // `let today = forming(1d)` has no fact of its own
            let value = self
                .a
                .text()
                .get(s.full.0..s.full.1)
                .and_then(|t| t.split_once('='))
                .map_or("", |t| t.1.trim());
            let callee: String = value
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            return if callee.is_empty() || callee == name {
                Vec::new()
            } else {
                self.parts_of(&callee, true, s.scope.0)
            };
        }
        if matches!(name, "position" | "session") {
            return language::parts()
                .iter()
                .filter(|p| p.of == name)
                .map(|p| (p.name.to_owned(), p.ty.to_owned(), p.doc.to_owned()))
                .collect();
        }
        if let Some(c) = self.a.callable(name) {
            return c
                .outputs
                .into_iter()
                .map(|(n, t)| (n, t, String::new()))
                .collect();
        }
        if name == "Weekday" {
            return language::values()
                .iter()
                .filter(|v| v.ty == "Weekday" && v.name != "weekday")
                .map(|v| (v.name.to_owned(), String::new(), String::new()))
                .collect();
        }
        self.enum_members(name)
            .into_iter()
            .map(|n| (n, String::new(), String::new()))
            .collect()
    }

    pub(super) fn enum_members(&self, name: &str) -> Vec<String> {
        let files = std::iter::once(&self.a.file).chain(self.a.modules().iter().map(|m| &m.file));
        for file in files {
            for item in &file.items {
                if let Item::Enum(e) = item
                    && e.name.name == name
                {
                    return e.members.iter().map(|m| m.name.clone()).collect();
                }
            }
        }
        let module = self.a.library_module_of(name);
        match module.and_then(shelf).and_then(|s| s.item(name)) {
            Some(Item::Enum(e)) => e.members.iter().map(|m| m.name.clone()).collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn members_of_param(&mut self) {
        let text = self.a.text();
        let ty = self
            .context
            .statement
            .iter()
            .skip_while(|t| t.token != Token::Colon)
            .nth(1)
            .map_or("", |t| t.text(text))
            .to_owned();
        for m in self.enum_members(&ty) {
            self.add(&m, CompletionKind::Member, &ty, 0);
        }
    }
}
