//! A program as an editor sees it: read once, checked once, asked many times.

use crate::index::Index;
use sbt_diagnostics::{Diagnostic, FileId, Span};
use sbt_driver::{Checked, World, check_parsed};
use sbt_grammar::{Lexed, Token};
use sbt_hir::program::Fact;
pub use sbt_syntax::Memory;
use sbt_syntax::ast;
use std::collections::HashMap;
use std::sync::OnceLock;

/// A place in a source: the program, a module that it uses, or the library.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In the program itself, bytes.
    Here {
        /// First byte.
        start: usize,
        /// One past the last byte.
        end: usize,
    },
    /// In a module of the user, by the name that [`World::module`] gave it.
    Module {
        /// Its name.
        name: String,
        /// First byte.
        start: usize,
        /// One past the last byte.
        end: usize,
    },
    /// In a module of the library.
    Library {
        /// Its path as `use` writes it.
        module: String,
        /// First byte.
        start: usize,
        /// One past the last byte.
        end: usize,
    },
}

impl Place {
    /// Its bytes.
    pub fn range(&self) -> (usize, usize) {
        match self {
            Self::Here { start, end }
            | Self::Module { start, end, .. }
            | Self::Library { start, end, .. } => (*start, *end),
        }
    }
}

/// A program, parsed and checked.
pub struct Analysis {
    pub(crate) text: String,
    pub(crate) file: ast::File,
    pub(crate) tokens: Vec<Lexed>,
    pub(crate) checked: Checked,
    modules: OnceLock<Vec<ModuleFile>>,
    index: OnceLock<Index>,
    facts: OnceLock<HashMap<(u32, u32), usize>>,
}

/// A module of the user's that the program uses itself, parsed.
pub(crate) struct ModuleFile {
    pub id: FileId,
    pub file: ast::File,
}

impl Analysis {
    /// Reads and checks a program. Never fails: what is wrong is in [`Analysis::diagnostics`].
    pub fn new(world: &dyn World, name: &str, text: &str) -> Self {
        Self::of(world, name, text, sbt_syntax::parse(text, FileId(0)))
    }

    /// [`Analysis::new`] for a document that is being edited: statements that stood in the text before are not parsed again.
    pub fn again(memory: &mut Memory, world: &dyn World, name: &str, text: &str) -> Self {
        let parsed = sbt_syntax::parse_with(memory, text, FileId(0));
        Self::of(world, name, text, parsed)
    }

    fn of(
        world: &dyn World,
        name: &str,
        text: &str,
        (file, found): (ast::File, Vec<Diagnostic>),
    ) -> Self {
        let none: HashMap<String, i64> = HashMap::new();
        let checked = check_parsed(world, name, text, &file, found, &none);
        Self {
            text: text.to_owned(),
            tokens: sbt_grammar::lex(text),
            file,
            checked,
            modules: OnceLock::new(),
            index: OnceLock::new(),
            facts: OnceLock::new(),
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the checker found, with its sources and typed programs.
    pub fn checked(&self) -> &Checked {
        &self.checked
    }

    /// All messages, in source order; those of other files stand at the `use`.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.checked.diagnostics
    }

    /// Modules of the user's that the program itself uses; a file sees no names of modules that those use.
    pub(crate) fn modules(&self) -> &[ModuleFile] {
        self.modules.get_or_init(|| {
            let named = |path: &str| {
                let used = self.checked.modules.iter().find(|m| m.path == path)?;
                // one text for each module of the user's, and one for each that has errors
                let most = self.uses().count() + self.checked.modules.len() + 1;
                (1..=most as u32)
                    .map(FileId)
                    .find(|id| self.checked.sources.name(*id) == used.name)
            };
            self.uses()
                .filter_map(named)
                .map(|id| ModuleFile {
                    id,
                    file: sbt_syntax::parse(self.checked.sources.text(id), id).0,
                })
                .collect()
        })
    }

    /// Paths of `use`.
    pub(crate) fn uses(&self) -> impl Iterator<Item = &str> {
        self.file.items.iter().filter_map(|i| match i {
            ast::Item::Use(u) => Some(u.path.as_str()),
            _ => None,
        })
    }

    /// The module of the library that defines a name here: one that the program uses, else the prelude's.
    pub(crate) fn library_module_of(&self, name: &str) -> Option<&'static str> {
        self.uses()
            .filter_map(sbt_driver::library_module)
            .find_map(|shelf| shelf.text(name))
            .or_else(|| sbt_driver::item_text(name))
            .map(|(module, _)| module)
    }

    /// Names of the program with their uses.
    pub(crate) fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(self))
    }

    /// What the checker knows about a piece of the text; of several facts one with a warm-up.
    pub(crate) fn fact_at(&self, start: usize, end: usize) -> Option<&Fact> {
        let facts = &self.checked.hir.facts;
        let places = self.facts.get_or_init(|| {
            let mut places: HashMap<(u32, u32), usize> = HashMap::new();
            for (i, f) in facts.iter().enumerate() {
                let at = (f.span.start, f.span.end);
                if f.warmup.is_some() || !places.contains_key(&at) {
                    places.insert(at, i);
                }
            }
            places
        });
        facts.get(*places.get(&(start as u32, end as u32))?)
    }

    /// Where a span of the checker lies.
    pub(crate) fn place(&self, span: Span) -> Place {
        let (start, end) = (span.start as usize, span.end as usize);
        if span.file == FileId(0) {
            return Place::Here { start, end };
        }
        Place::Module {
            name: self.checked.sources.name(span.file).to_owned(),
            start,
            end,
        }
    }

    /// The nearest place that exists at or before an offset.
    pub(crate) fn clamp(&self, offset: usize) -> usize {
        let mut at = offset.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// The text of a span of the program.
    pub(crate) fn slice(&self, span: Span) -> &str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    /// The token that an offset touches; a word is preferred to punctuation.
    pub(crate) fn token_at(&self, offset: usize) -> Option<Lexed> {
        let at = self.clamp(offset) as u32;
        let first = self.tokens.partition_point(|t| t.end < at);
        let touching = self.tokens[first..]
            .iter()
            .take_while(|t| t.start <= at)
            .filter(|t| t.token != Token::Newline);
        let mut best: Option<Lexed> = None;
        for t in touching {
            let better = match best {
                None => true,
                Some(b) => {
                    let name = |t: &Lexed| matches!(t.token, Token::Word | Token::Label);
                    name(t) || !name(&b)
                }
            };
            if better {
                best = Some(*t);
            }
        }
        best
    }
}
