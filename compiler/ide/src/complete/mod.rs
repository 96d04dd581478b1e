//! What can stand at the cursor.

pub(crate) mod context;
mod snippets;

use crate::analysis::Analysis;
use crate::callable::{library_symbols, module_symbols, of_library};
use crate::hover::item_text;
use crate::index::{Symbol, SymbolKind};
use crate::language;
use crate::outline::symbol_word;
use context::{Block, Context, infix};
use sbt_grammar::Token;
use sbt_syntax::ast::Item;

/// What a completion is, for its picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompletionKind {
    /// A word of the language.
    Keyword,
    /// A template of a statement.
    Snippet,
    /// A value.
    Value,
    /// A parameter.
    Parameter,
    /// A function or indicator.
    Function,
    /// An enum.
    Enum,
    /// A member of an enum.
    Member,
    /// A part of a record.
    Field,
    /// A literal with a unit.
    Unit,
    /// A module.
    Module,
    /// A type.
    Type,
    /// A label of an entry.
    Label,
    /// A named argument.
    Argument,
}

/// Something that can stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What is shown.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// More: type or signature.
    pub detail: String,
    /// Markdown; empty when [`documentation`] has it.
    pub doc: String,
    /// What is inserted, with `${1:…}` where there is something to fill in.
    pub insert: String,
    /// Whether `insert` has such places.
    pub template: bool,
    /// First byte replaced.
    pub start: usize,
    /// One past the last byte replaced.
    pub end: usize,
    /// Place in the list: smaller is nearer to what is probably meant.
    pub rank: u8,
}

/// The documentation of a library item or built-in name, for a completion that is looked at.
pub fn documentation(name: &str) -> Option<String> {
    if let Some((ty, doc)) = language::value_doc(name) {
        return Some(format!("`{ty}`\n\n{doc}"));
    }
    if let Some(f) = language::function(name) {
        return Some(f.doc.to_owned());
    }
    let module = sbt_driver::item_text(name).map(|(m, _)| m).or_else(|| {
        sbt_std::modules()
            .iter()
            .map(|m| m.path)
            .find(|m| sbt_driver::library_module(m).is_some_and(|s| s.text(name).is_some()))
    })?;
    of_library(module, name).map(|c| item_text(Some(c), name, None))
}

struct List<'a> {
    a: &'a Analysis,
    context: Context,
    out: Vec<Completion>,
}

impl Analysis {
    /// What can stand at an offset. `modules` are the paths of the user's modules that a `use` could name.
    pub fn complete(&self, offset: usize, modules: &[String]) -> Vec<Completion> {
        let Some(context) = Context::of(self, offset) else {
            return Vec::new();
        };
        let mut list = List {
            a: self,
            context,
            out: Vec::new(),
        };
        list.fill(self.clamp(offset), modules);
        list.out
    }
}

impl List<'_> {
    fn add(&mut self, label: &str, kind: CompletionKind, detail: &str, rank: u8) -> &mut Completion {
        let (start, end) = (self.context.start, self.context.end);
        let n = self.out.len();
        self.out.push(Completion {
            label: label.to_owned(),
            kind,
            detail: detail.to_owned(),
            doc: String::new(),
            insert: label.to_owned(),
            template: false,
            start,
            end,
            rank,
        });
        &mut self.out[n]
    }

    fn keyword(&mut self, phrase: &str) {
        let doc = language::keyword_doc(phrase.split(' ').next().unwrap_or(phrase)).unwrap_or("");
        self.add(phrase, CompletionKind::Keyword, "", 1).doc = doc.to_owned();
    }

    fn keywords(&mut self, phrases: &[&str]) {
        for p in phrases {
            self.keyword(p);
        }
    }

    fn snippets(&mut self, list: &[snippets::Snippet]) {
        for (label, detail, template) in list {
            let c = self.add(label, CompletionKind::Snippet, detail, 0);
            c.insert = (*template).to_owned();
            c.template = true;
            c.doc = format!("```sbt\n{}\n```", snippets::plain(template));
        }
    }

    fn fill(&mut self, at: usize, modules: &[String]) {
        let text = self.a.text();
        let head = self.context.word(text, 0);
        let last = self.context.last();
        let word = last.map_or("", |t| t.text(text));
        if head == "use" {
            self.modules(modules);
            return;
        }
        if last.is_some_and(|t| t.token == Token::Dot) {
            self.fields(at);
            return;
        }
        if self.context.prefix.starts_with('#') {
            self.labels(at);
            return;
        }
        if self.number(at, word) {
            return;
        }
        if self.context.statement.is_empty() {
            self.statement();
            return;
        }
        match (head, word) {
            (_, "on" | "per") | ("hold", "every") => {
                self.timeframes();
                return;
            }
            ("enter", "enter") => return self.keywords(&["long when", "short when", "long", "short"]),
            ("enter", "long" | "short") if self.context.statement.len() == 2 => {
                return self.keywords(&["when"]);
            }
            ("exit", "exit") => {
                self.keywords(&["when", "after", "at", "at session end"]);
                if self.context.block != Block::Legs {
                    self.keywords(&["long", "short", "long when", "short when"]);
                    self.labels(at);
                }
                return;
            }
            ("exit", "long" | "short") if self.context.statement.len() == 2 => {
                return self.keywords(&["when", "after", "at", "at session end"]);
            }
            (_, "crosses") => {
                self.keywords(&["above", "below"]);
                self.values(at);
                return;
            }
            (_, "at") if head == "enter" => return self.keywords(&["limit", "stop"]),
            ("exit", "at") => {
                self.keywords(&["session end"]);
                self.values(at);
                return;
            }
            ("size", "size") | ("enter", "size") => {
                self.keywords(&["risk", "target vol"]);
                for (l, d) in [
                    ("100% of equity", "a share of the equity"),
                    ("money()", "quote currency"),
                    ("quantity()", "units"),
                ] {
                    self.add(l, CompletionKind::Value, d, 2);
                }
                self.values(at);
                return;
            }
            ("size", "of") | ("enter", "of") => return self.keywords(&["equity"]),
            ("limit", "limit") if self.context.block != Block::Legs => {
                return self.keywords(&["leverage", "cooldown", "pyramid", "trades"]);
            }
            ("stop", "stop") => {
                self.keywords(&["to breakeven after", "at"]);
                self.values(at);
                return;
            }
            ("stop", "to") => return self.keywords(&["breakeven after"]),
            ("stop", "breakeven") => return self.keywords(&["after"]),
            ("rebalance", "rebalance") | ("hold", "rebalance") => return self.keywords(&["every"]),
            ("hold", "hold") => return self.keywords(&["top", "bottom"]),
            ("hold", "as") => return self.keywords(&["long", "short"]),
            ("universe", "universe") => return self.keywords(&["top"]),
            ("let" | "rec" | "param" | "strategy" | "indicator" | "fn" | "enum" | "test", w) if w == head => {
                return;
            }
            _ => {}
        }
        if self.type_position(head) {
            self.types();
            return;
        }
        if self.value_follows() {
            self.arguments();
            self.values(at);
            self.keywords(&["if", "not", "on", "true", "false"]);
            if head == "param" && word != ":" {
                self.members_of_param();
            }
        } else {
            self.clauses(head);
        }
    }

    /// A number before the cursor asks for its unit.
    fn number(&mut self, at: usize, word: &str) -> bool {
        let Some(t) = self
            .a
            .tokens
            .iter()
            .find(|t| t.end as usize == at && matches!(t.token, Token::Number | Token::BadNumber))
        else {
            return self.bars(word);
        };
        let digits: String = t
            .text(self.a.text())
            .chars()
            .take_while(|c| c.is_ascii_digit() || matches!(c, '.' | '_'))
            .collect();
        let (start, end) = (t.start as usize, t.end as usize);
        let before = self
            .context
            .statement
            .iter()
            .rev()
            .find(|x| (x.end as usize) <= start)
            .map_or("", |x| x.text(self.a.text()));
        let clock = matches!(before, "on" | "per");
        let whole = !digits.contains('.');
        let mut offer = |label: String, detail: &str| {
            let c = self.add(&label, CompletionKind::Unit, detail, 0);
            (c.start, c.end) = (start, end);
        };
        if !clock {
            offer(format!("{digits}%"), "percent");
            if whole {
                offer(format!("{digits} bars"), "bars");
            }
            offer(format!("{digits}R"), "multiple of the risk");
        }
        if whole {
            for (unit, name) in [
                ("m", "minutes"),
                ("h", "hours"),
                ("d", "days"),
                ("w", "weeks"),
                ("s", "seconds"),
            ] {
                offer(format!("{digits}{unit}"), name);
            }
        }
        true
    }

    /// `48 |` asks for `bars`.
    fn bars(&mut self, word: &str) -> bool {
        let whole = !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
        if whole && "bars".starts_with(&self.context.prefix) {
            self.add("bars", CompletionKind::Unit, "a count of bars", 0);
        }
        false
    }

    fn statement(&mut self) {
        match self.context.block {
            Block::Top => {
                if self.a.file.edition.is_none() {
                    self.add("#sbt 1", CompletionKind::Keyword, "the header of every program", 0);
                }
                self.snippets(snippets::ITEMS);
            }
            Block::Strategy => self.snippets(snippets::STRATEGY),
            Block::Portfolio => {
                self.snippets(snippets::PORTFOLIO);
                self.snippets(snippets::STRATEGY);
            }
            Block::Indicator => {
                self.snippets(snippets::DECLARATIONS);
                self.add("give", CompletionKind::Keyword, "the results", 0).insert = "give ".into();
            }
            Block::On => self.snippets(snippets::DECLARATIONS),
            Block::Legs => self.snippets(snippets::LEGS),
            Block::Test => {
                self.snippets(snippets::TEST);
                self.snippets(snippets::DECLARATIONS);
            }
            Block::Enum | Block::Set => {}
        }
        let text = self.a.text();
        let head = self.context.before.first().map_or("", |t| t.text(text));
        match head {
            "enter" if self.context.block == Block::Strategy => {
                self.keywords(&["at limit", "at stop"]);
            }
            "rec" => self.keywords(&["init", "settle"]),
            "hold" => self.keywords(&["rebalance every", "weight"]),
            _ => {}
        }
    }

    fn timeframes(&mut self) {
        for (rank, tf) in snippets::TIMEFRAMES.iter().enumerate() {
            self.add(tf, CompletionKind::Unit, "timeframe", rank as u8);
        }
        let at = self.context.start;
        for (name, ty) in self.visible(at) {
            if ty == "duration" {
                self.add(&name, CompletionKind::Parameter, "timeframe parameter", 0);
            }
        }
    }

    fn modules(&mut self, user: &[String]) {
        let text = self.a.text();
        // a path is one thing to an editor, although its parts are words
        let begin = self
            .context
            .statement
            .get(1)
            .map_or(self.context.start, |t| t.start as usize);
        let line_end = text[begin..]
            .find(['\n', '\r', ' '])
            .map_or(text.len(), |i| begin + i);
        let end = line_end.max(self.context.end);
        let own = user.iter().map(|p| (p.as_str(), "a file of yours"));
        let std = sbt_std::modules()
            .iter()
            .filter(|m| !sbt_std::PRELUDE.contains(&m.path))
            .map(|m| (m.path, "library"));
        let all: Vec<(&str, &str)> = own.chain(std).collect();
        for (path, detail) in all {
            let c = self.add(path, CompletionKind::Module, detail, 0);
            (c.start, c.end) = (begin, end);
        }
    }

    fn labels(&mut self, at: usize) {
        let names: Vec<String> = self
            .a
            .index()
            .symbols
            .iter()
            .filter(|s| s.kind == SymbolKind::Label && s.scope.0 <= at && at <= s.scope.1)
            .map(|s| format!("#{}", s.name))
            .collect();
        for n in names {
            self.add(&n, CompletionKind::Label, "entry", 0);
        }
    }

    /// Parts of what stands before the dot.
    fn fields(&mut self, at: usize) {
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
                match open.and_then(|i| i.checked_sub(1)).and_then(|i| tokens.get(i)) {
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

    fn parts_of(&self, name: &str, call: bool, at: usize) -> Vec<(String, String, String)> {
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
                    return vec![("present".into(), "bool".into(), "Whether the value is there.".into())];
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
            return language::PARTS
                .iter()
                .filter(|p| p.0 == name)
                .map(|p| (p.1.to_owned(), p.2.to_owned(), p.3.to_owned()))
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
            return language::VALUES
                .iter()
                .filter(|v| v.1 == "Weekday" && v.0 != "weekday")
                .map(|v| (v.0.to_owned(), String::new(), String::new()))
                .collect();
        }
        self.enum_members(name)
            .into_iter()
            .map(|n| (n, String::new(), String::new()))
            .collect()
    }

    fn enum_members(&self, name: &str) -> Vec<String> {
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
        Vec::new()
    }

    fn members_of_param(&mut self) {
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

    fn type_position(&self, head: &str) -> bool {
        let Some(t) = self.context.last() else {
            return false;
        };
        match t.token {
            Token::Arrow => true,
            Token::Colon => match head {
                "param" | "let" | "rec" => {
                    !self.context.has(self.a.text(), "=")
                }
                "indicator" | "fn" => !self.context.has(self.a.text(), "sum"),
                _ => false,
            },
            _ => false,
        }
    }

    fn types(&mut self) {
        for (name, doc) in language::TYPES {
            self.add(name, CompletionKind::Type, "", 0).doc = (*doc).to_owned();
        }
        for (name, kind) in self.a.own_callables() {
            if kind == SymbolKind::Enum {
                self.add(&name, CompletionKind::Enum, "enum", 0);
            }
        }
    }

    /// Whether a value is wanted next (else something that follows one).
    fn value_follows(&self) -> bool {
        let Some(t) = self.context.last() else {
            return true;
        };
        let text = t.text(self.a.text());
        match t.token {
            Token::Word => matches!(
                text,
                "when" | "if" | "then" | "else" | "and" | "or" | "not" | "mod" | "in" | "above"
                    | "below" | "init" | "settle" | "give" | "plot" | "require" | "assert"
                    | "step" | "after" | "for" | "closing" | "risk" | "vol" | "leverage"
                    | "pyramid" | "cooldown" | "trades" | "stop" | "target" | "trail" | "by"
                    | "weight" | "every" | "limit" | "top" | "bottom" | "forall" | "at"
            ),
            Token::LParen
            | Token::LBracket
            | Token::LBrace
            | Token::Comma
            | Token::Assign
            | Token::Colon
            | Token::DotDot
            | Token::DotDotLess => true,
            other => infix(other),
        }
    }

    fn clauses(&mut self, head: &str) {
        let text = self.a.text();
        let has = |w: &str| self.context.has(text, w);
        let mut next: Vec<&str> = Vec::new();
        match head {
            "enter" if !has("when") => next.push("when"),
            "enter" => {
                if !has("at") {
                    next.extend(["at limit", "at stop"]);
                } else if !has("for") {
                    next.push("for");
                }
                next.push("size");
            }
            "param" if has("in") && !has("step") => next.push("step"),
            "param" if !has("in") => next.push("in"),
            "rec" if !has("init") => next.push("init"),
            "rec" => next.push("settle"),
            "target" => next.push("closing"),
            "trail" => next.push("after"),
            "exit" if !has("when") && !has("after") && !has("at") => {
                next.extend(["when", "after", "at session end"]);
            }
            "size" => next.push("of equity"),
            "limit" if has("pyramid") => next.push("every"),
            "limit" if has("trades") => next.push("per"),
            "on" if self.context.block == Block::Strategy => next.extend(["session", "of"]),
            "universe" => next.push("by"),
            "hold" => next.extend(["by", "as long", "rebalance every", "weight"]),
            "assert" => next.push("is"),
            "alert" if !has("when") => next.push("when"),
            _ => {}
        }
        if has("if") && !has("then") {
            next.push("then");
        } else if has("then") && !has("else") {
            next.push("else");
        }
        self.keywords(&next);
        if !matches!(head, "on" | "use" | "enum") {
            self.keywords(&["and", "or", "crosses above", "crosses below", "in", "mod"]);
        }
    }

    /// Arguments of the call around the cursor that have not been given.
    fn arguments(&mut self) {
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
        for f in c.formals.iter().skip(call.position.saturating_sub(call.given.len())) {
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
    fn visible(&self, at: usize) -> Vec<(String, String)> {
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
    fn values(&mut self, at: usize) {
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
                    let formals: Vec<String> =
                        c.formals.iter().filter(|f| f.default.is_none()).map(|f| f.name.clone()).collect();
                    let doc = item_text(Some(c.clone()), &name, None);
                    let item = self.add(&name, CompletionKind::Function, &c.signature(), 3);
                    item.doc = doc;
                    call_template(item, &formals, brackets);
                }
            }
        }
        for (name, ty, _) in language::VALUES {
            if *ty != "Weekday" || self.context.has(self.a.text(), "weekday") || *name == "weekday" {
                self.add(name, CompletionKind::Value, ty, 4);
            }
        }
        for f in language::functions() {
            let formals: Vec<String> = f.formals.iter().map(|x| x.0.to_owned()).collect();
            let shown: Vec<String> = f.formals.iter().map(|x| format!("{}: {}", x.0, x.1)).collect();
            let detail = format!("{}({}) -> {}", f.name, shown.join(", "), f.returns);
            let item = self.add(f.name, CompletionKind::Function, &detail, 5);
            call_template(item, &formals, brackets);
        }
        let used: Vec<_> = self.a.uses().flat_map(module_symbols).collect();
        for s in used.iter().chain(library_symbols()) {
            if s.head.starts_with("enum") {
                continue;
            }
            let detail = s.head.split_once(' ').map_or("", |h| h.1);
            let formals = head_formals(detail);
            let item = self.add(s.name, CompletionKind::Function, detail, 6);
            call_template(item, &formals, brackets);
        }
    }

    /// Names that the statement under the cursor defines: a `let` cannot read itself.
    fn defined_here(&self) -> Vec<String> {
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

/// Whether a symbol can stand where a value is wanted.
fn is_value(kind: SymbolKind) -> bool {
    matches!(
        kind,
        SymbolKind::Parameter
            | SymbolKind::Formal
            | SymbolKind::Value
            | SymbolKind::Recurrence
            | SymbolKind::Step
    )
}
