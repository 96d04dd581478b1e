//! Giving a name of the program another one, when that changes no meaning.

use crate::analysis::Analysis;
use crate::index::{Occurrence, SymbolKind, Target};
use crate::language;
use sbt_grammar::is_reserved;

/// Why a name is not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenameError {
    /// Nothing with a name stands there.
    Nothing,
    /// The name belongs to the library or to the language.
    NotYours(String),
    /// The new name is no name.
    NotAName(String),
    /// The new name is a word of the language.
    Keyword(String),
    /// The new name belongs to the language or its library.
    BuiltIn(String),
    /// Something else has that name where this one is used.
    Taken(String),
}

impl std::fmt::Display for RenameError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("there is no name here"),
            Self::NotYours(n) => write!(f, "`{n}` belongs to the library and keeps its name"),
            Self::NotAName(n) => write!(
                f,
                "`{n}` is not a name: names are letters, digits and `_`, and do not begin with a digit"
            ),
            Self::Keyword(n) => write!(f, "`{n}` is a word of the language"),
            Self::BuiltIn(n) => write!(f, "`{n}` is a name of the language or its library"),
            Self::Taken(n) => write!(f, "something else is called `{n}` here"),
        }
    }
}

impl std::error::Error for RenameError {}

impl Analysis {
    /// The name that would be renamed at an offset.
    pub fn renameable(&self, offset: usize) -> Result<&Occurrence, RenameError> {
        let Some(o) = self.occurrence(offset) else {
            return Err(RenameError::Nothing);
        };
        match &o.target {
            Target::Symbol(_) | Target::Module { .. } => Ok(o),
            _ => Err(RenameError::NotYours(self.named(o))),
        }
    }

    fn named(&self, o: &Occurrence) -> String {
        self.text.get(o.start..o.end).unwrap_or("").to_owned()
    }

    /// Whether the name at an offset may become `new`; the places of this file that change.
    pub fn rename(&self, offset: usize, new: &str) -> Result<Vec<(usize, usize)>, RenameError> {
        let o = self.renameable(offset)?;
        let same = self.named(o) == new;
        if !same {
            self.free(&o.target, new)?;
        }
        Ok(self
            .uses_of(&o.target)
            .into_iter()
            .map(|h| (h.start, h.end))
            .collect())
    }

    /// Whether a definition that other files use may be called `new` in this one.
    pub fn free_for_export(&self, new: &str) -> Result<(), RenameError> {
        let taken = self.index().symbols.iter().any(|s| s.name == new);
        if taken || self.callable(new).is_some() {
            return Err(RenameError::Taken(new.to_owned()));
        }
        Ok(())
    }

    fn free(&self, target: &Target, new: &str) -> Result<(), RenameError> {
        let mut chars = new.chars();
        let first = chars
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        if !first || !chars.all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(RenameError::NotAName(new.to_owned()));
        }
        if is_reserved(new) {
            return Err(RenameError::Keyword(new.to_owned()));
        }
        let index = self.index();
        let symbol = match target {
            Target::Symbol(n) => index.symbols.get(*n),
            _ => None,
        };
        let kind = symbol.map(|s| s.kind);
        // a part is only ever named behind its owner
        let part = matches!(kind, Some(SymbolKind::Member | SymbolKind::Output))
            || matches!(target, Target::Module { part: Some(_), .. });
        let label = kind == Some(SymbolKind::Label);
        if part || label {
            let me = symbol.map(|s| (s.parent, s.scope));
            let taken = index.symbols.iter().any(|s| {
                s.name == new
                    && Some((s.parent, s.scope)) == me
                    && (s.kind == SymbolKind::Label) == label
            });
            return if taken {
                Err(RenameError::Taken(new.to_owned()))
            } else {
                Ok(())
            };
        }
        if language::value_doc(new).is_some()
            || language::function(new).is_some()
            || language::type_doc(new).is_some()
        {
            return Err(RenameError::BuiltIn(new.to_owned()));
        }
        let global = symbol.is_none_or(|s| s.scope.0 == 0);
        if self.library_module_of(new).is_some() {
            // a value may share a library name, but then a reader, and a use without brackets, would mistake it
            return Err(RenameError::BuiltIn(new.to_owned()));
        }
        let scope = symbol.map_or((0, self.text.len()), |s| s.scope);
        let overlaps = |s: &crate::index::Symbol| s.scope.0 < scope.1 && scope.0 < s.scope.1;
        let visible = |k: SymbolKind| {
            !matches!(
                k,
                SymbolKind::Member | SymbolKind::Output | SymbolKind::Label | SymbolKind::Test
            )
        };
        let mine = symbol.map(|s| s.span);
        let taken = index.symbols.iter().any(|s| {
            s.name == new && visible(s.kind) && Some(s.span) != mine && (global || overlaps(s))
        });
        let in_module = self.own_callables().iter().any(|(n, _)| n == new);
        if taken || in_module {
            return Err(RenameError::Taken(new.to_owned()));
        }
        Ok(())
    }
}
