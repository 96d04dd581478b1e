//! What each word is, for colours.

use crate::analysis::Analysis;
use crate::index::{SymbolKind, Target};
use crate::language;
use sbt_grammar::{Token as Lex, WordClass, classify};

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HighlightKind {
    /// A word of the language.
    Keyword,
    /// A comment.
    Comment,
    /// A text.
    String,
    /// A number with its unit.
    Number,
    /// An operator.
    Operator,
    /// A value.
    Variable,
    /// A parameter.
    Parameter,
    /// A function or indicator.
    Function,
    /// A strategy.
    Class,
    /// An enum.
    Enum,
    /// A member of an enum.
    EnumMember,
    /// A part of a record.
    Property,
    /// A type.
    Type,
    /// A module.
    Namespace,
    /// A label or the header.
    Decorator,
}

/// Names of the kinds, in their order.
pub const TOKEN_TYPES: &[&str] = &[
    "keyword",
    "comment",
    "string",
    "number",
    "operator",
    "variable",
    "parameter",
    "function",
    "class",
    "enum",
    "enumMember",
    "property",
    "type",
    "namespace",
    "decorator",
];

/// Names of the modifiers, from the lowest bit.
pub const MODIFIERS: &[&str] = &["definition", "readonly", "defaultLibrary", "documentation"];

/// A coloured piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// What it is.
    pub kind: HighlightKind,
    /// Bits of [`MODIFIERS`].
    pub modifiers: u32,
}

const DEFINITION: u32 = 1;
const READONLY: u32 = 2;
const LIBRARY: u32 = 4;
const DOCUMENTATION: u32 = 8;

impl Analysis {
    /// Colours of the text between two offsets.
    pub fn highlight(&self, start: usize, end: usize) -> Vec<Token> {
        let index = self.index();
        let links = self.links();
        let mut out = Vec::new();
        let mut next = 0;
        for t in &self.tokens {
            let (from, to) = (t.start as usize, t.end as usize);
            if to < start || from > end {
                continue;
            }
            let (kind, modifiers) = match t.token {
                Lex::Comment | Lex::BlockComment => (HighlightKind::Comment, 0),
                Lex::Doc => (HighlightKind::Comment, DOCUMENTATION),
                Lex::Str | Lex::OpenStr => (HighlightKind::String, 0),
                Lex::Number | Lex::Percent | Lex::Risk | Lex::Bars | Lex::Timeframe => {
                    (HighlightKind::Number, 0)
                }
                Lex::Header | Lex::Label => (HighlightKind::Decorator, 0),
                Lex::Word => {
                    if links.iter().any(|l| l.start <= from && to <= l.end) {
                        (HighlightKind::Namespace, 0)
                    } else {
                        while index.occurrences.get(next).is_some_and(|o| o.start < from) {
                            next += 1;
                        }
                        match index.occurrences.get(next).filter(|o| o.start == from) {
                            Some(o) => {
                                let (k, m) = self.kind_of(&o.target);
                                (k, m | if o.definition { DEFINITION } else { 0 })
                            }
                            None => match self.unread(t.text(&self.text)) {
                                Some(kind) => kind,
                                None => continue,
                            },
                        }
                    }
                }
                Lex::Newline
                | Lex::LParen
                | Lex::RParen
                | Lex::LBracket
                | Lex::RBracket
                | Lex::LBrace
                | Lex::RBrace
                | Lex::Comma
                | Lex::Colon
                | Lex::Dot => continue,
                token if token.is_foreign() => continue,
                _ => (HighlightKind::Operator, 0),
            };
            // no token of a protocol may go over a line end
            let mut at = from;
            for line in self.text[from..to].split_inclusive('\n') {
                let stop = at + line.trim_end_matches(['\n', '\r']).len();
                if stop > at {
                    out.push(Token {
                        start: at,
                        end: stop,
                        kind,
                        modifiers,
                    });
                }
                at += line.len();
            }
        }
        out
    }

    /// What a word is that the tree does not know, because its statement cannot be read yet.
    fn unread(&self, word: &str) -> Option<(HighlightKind, u32)> {
        if classify(word) != WordClass::Name {
            return Some((HighlightKind::Keyword, 0));
        }
        if language::value_doc(word).is_some() {
            return Some((HighlightKind::Variable, LIBRARY | READONLY));
        }
        let library = language::function(word).is_some() || self.library_module_of(word).is_some();
        library.then_some((HighlightKind::Function, LIBRARY))
    }

    fn kind_of(&self, t: &Target) -> (HighlightKind, u32) {
        match t {
            Target::Symbol(n) => {
                let kind = self.index().symbols.get(*n).map(|s| s.kind);
                match kind {
                    Some(SymbolKind::Strategy | SymbolKind::Portfolio | SymbolKind::Test) => {
                        (HighlightKind::Class, 0)
                    }
                    Some(SymbolKind::Indicator | SymbolKind::Function) => {
                        (HighlightKind::Function, 0)
                    }
                    Some(SymbolKind::Enum) => (HighlightKind::Enum, 0),
                    Some(SymbolKind::Member) => (HighlightKind::EnumMember, 0),
                    Some(SymbolKind::Parameter | SymbolKind::Formal) => {
                        (HighlightKind::Parameter, READONLY)
                    }
                    Some(SymbolKind::Output) => (HighlightKind::Property, 0),
                    Some(SymbolKind::Label) => (HighlightKind::Decorator, 0),
                    _ => (HighlightKind::Variable, READONLY),
                }
            }
            Target::Module { part: Some(_), .. } => (HighlightKind::Property, 0),
            Target::Library { part: Some(_), .. } | Target::BuiltinPart { .. } => {
                (HighlightKind::Property, LIBRARY)
            }
            Target::Module { item, .. } => {
                let kind = if self.callable(item).is_some() {
                    HighlightKind::Function
                } else {
                    HighlightKind::Enum
                };
                (kind, 0)
            }
            Target::Library { .. } => (HighlightKind::Function, LIBRARY),
            Target::Builtin(name) if language::function(name).is_some() => {
                (HighlightKind::Function, LIBRARY)
            }
            Target::Builtin(name) if language::value_doc(name).is_some() => {
                (HighlightKind::Variable, LIBRARY | READONLY)
            }
            Target::Builtin(_) | Target::Type(_) => (HighlightKind::Type, LIBRARY),
        }
    }
}
