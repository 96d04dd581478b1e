//! What can stand at the cursor.

pub(crate) mod context;
mod parts;
mod snippets;
mod values;

use crate::analysis::Analysis;
use crate::callable::of_library;
use crate::hover::item_text;
use crate::index::SymbolKind;
use crate::language;
use context::{Block, Context, infix};
use sbt_grammar::Token;

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
        return Some(
            format!("`{ty}`\n\n{doc}")
                .trim_start_matches("``\n\n")
                .to_owned(),
        );
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
    fn add(
        &mut self,
        label: &str,
        kind: CompletionKind,
        detail: &str,
        rank: u8,
    ) -> &mut Completion {
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
        if self.out.iter().any(|c| c.label == phrase) {
            return;
        }
        let word = phrase.split(' ').next().unwrap_or(phrase);
        let doc = language::keyword(word).map_or_else(String::new, |e| e.summary.clone());
        self.add(phrase, CompletionKind::Keyword, "", 1).doc = doc;
    }

    fn keywords(&mut self, phrases: &[&str]) {
        for p in phrases {
            self.keyword(p);
        }
    }

    fn snippets(&mut self, list: &[snippets::Snippet]) {
        for (label, detail, template) in list {
            let c = self.add(label, CompletionKind::Snippet, detail, 0);
            (*template).clone_into(&mut c.insert);
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
            ("enter", "enter") => {
                return self.keywords(&["long when", "short when", "long", "short"]);
            }
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
            ("size" | "enter", "size") => {
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
            ("size" | "enter", "of") => return self.keywords(&["equity"]),
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
            ("rebalance" | "hold", "rebalance") => return self.keywords(&["every"]),
            ("hold", "hold") => return self.keywords(&["top", "bottom"]),
            ("hold", "as") => return self.keywords(&["long", "short"]),
            ("universe", "universe") => return self.keywords(&["top"]),
            ("let" | "rec" | "param" | "strategy" | "indicator" | "fn" | "enum" | "test", w)
                if w == head =>
            {
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
        let Some(t) =
            self.a.tokens.iter().find(|t| {
                t.end as usize == at && matches!(t.token, Token::Number | Token::BadNumber)
            })
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
                    self.add(
                        "#sbt 1",
                        CompletionKind::Keyword,
                        "the header of every program",
                        0,
                    );
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
                self.add("give", CompletionKind::Keyword, "the results", 0)
                    .insert = "give ".into();
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

    fn type_position(&self, head: &str) -> bool {
        let Some(t) = self.context.last() else {
            return false;
        };
        match t.token {
            Token::Arrow => true,
            Token::Colon => match head {
                "param" | "let" | "rec" => !self.context.has(self.a.text(), "="),
                "indicator" | "fn" => !self.context.has(self.a.text(), "sum"),
                _ => false,
            },
            _ => false,
        }
    }

    fn types(&mut self) {
        for (name, doc) in language::TYPES {
            (*doc).clone_into(&mut self.add(name, CompletionKind::Type, "", 0).doc);
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
                "when"
                    | "if"
                    | "then"
                    | "else"
                    | "and"
                    | "or"
                    | "not"
                    | "mod"
                    | "in"
                    | "above"
                    | "below"
                    | "init"
                    | "settle"
                    | "give"
                    | "plot"
                    | "require"
                    | "assert"
                    | "step"
                    | "after"
                    | "for"
                    | "closing"
                    | "risk"
                    | "vol"
                    | "leverage"
                    | "pyramid"
                    | "cooldown"
                    | "trades"
                    | "stop"
                    | "target"
                    | "trail"
                    | "by"
                    | "weight"
                    | "every"
                    | "limit"
                    | "top"
                    | "bottom"
                    | "forall"
                    | "at"
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
            "enter" | "alert" if !has("when") => next.push("when"),
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
