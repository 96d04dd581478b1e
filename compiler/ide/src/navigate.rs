//! Going to definitions, finding uses, links.

use crate::analysis::{Analysis, Place};
use crate::callable::{library_place, part_span};
use crate::index::{Occurrence, SymbolKind, Target};
use sbt_diagnostics::FileId;
use sbt_syntax::ast::{Item, Span};

/// A use of the name under the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Highlighted {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Defined here rather than read.
    pub write: bool,
}

/// A piece of the text that leads elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The module's path as written.
    pub module: String,
}

impl Analysis {
    /// Where the name at an offset is defined.
    pub fn definition(&self, offset: usize) -> Option<Place> {
        let offset = self.clamp(offset);
        if let Some(o) = self.index().at(offset) {
            return self.defined_at(&o.target);
        }
        let link = self
            .links()
            .into_iter()
            .find(|l| l.start <= offset && offset <= l.end)?;
        if sbt_std::module(&link.module).is_some() {
            return Some(Place::Library {
                module: link.module,
                start: 0,
                end: 0,
            });
        }
        let used = self
            .checked
            .modules
            .iter()
            .find(|m| m.path == link.module)?;
        Some(Place::Module {
            name: used.name.clone(),
            start: 0,
            end: 0,
        })
    }

    pub(crate) fn defined_at(&self, t: &Target) -> Option<Place> {
        match t {
            Target::Symbol(n) => self.index().symbols.get(*n).map(|s| Place::Here {
                start: s.span.0,
                end: s.span.1,
            }),
            Target::Module { file, item, part } => {
                let span = self.module_item(FileId(*file), item, part.as_deref())?;
                Some(self.place(span))
            }
            Target::Library { module, item, part } => library_place(module, item, part.as_deref()),
            Target::Builtin(_) | Target::Type(_) | Target::BuiltinPart { .. } => None,
        }
    }

    fn module_item(&self, file: FileId, name: &str, part: Option<&str>) -> Option<Span> {
        let m = self.modules().iter().find(|m| m.id == file)?;
        m.file.items.iter().find_map(|i| {
            let id = match i {
                Item::Indicator(x) => &x.name,
                Item::Func(x) => &x.name,
                Item::Enum(x) => &x.name,
                _ => return None,
            };
            if id.name != name {
                return None;
            }
            match part {
                Some(p) => part_span(i, p),
                None => Some(id.span),
            }
        })
    }

    /// The name at an offset.
    pub fn occurrence(&self, offset: usize) -> Option<&Occurrence> {
        self.index().at(self.clamp(offset))
    }

    /// Places in this file where the same thing is named, the definition among them.
    pub fn highlights(&self, offset: usize) -> Vec<Highlighted> {
        let Some(o) = self.occurrence(offset) else {
            return Vec::new();
        };
        self.uses_of(&o.target)
    }

    /// Places in this file that name a target.
    pub(crate) fn uses_of(&self, target: &Target) -> Vec<Highlighted> {
        self.index()
            .occurrences
            .iter()
            .filter(|x| x.target == *target)
            .map(|x| Highlighted {
                start: x.start,
                end: x.end,
                write: x.definition,
            })
            .collect()
    }

    /// What an editor must look for in other files when the name at an offset is one that others can `use`: the name of the
    /// module that defines it (absent when it is this file), the definition and the part of it.
    pub fn exported(&self, offset: usize) -> Option<(Option<String>, String, Option<String>)> {
        match &self.occurrence(offset)?.target {
            Target::Symbol(n) => {
                let symbols = &self.index().symbols;
                let s = symbols.get(*n)?;
                match s.kind {
                    SymbolKind::Indicator | SymbolKind::Function | SymbolKind::Enum => {
                        Some((None, s.name.clone(), None))
                    }
                    SymbolKind::Member | SymbolKind::Formal | SymbolKind::Output => {
                        let p = symbols.get(s.parent?)?;
                        Some((None, p.name.clone(), Some(s.name.clone())))
                    }
                    _ => None,
                }
            }
            Target::Module { file, item, part } => Some((
                Some(self.checked.sources.name(FileId(*file)).to_owned()),
                item.clone(),
                part.clone(),
            )),
            _ => None,
        }
    }

    /// Places in this file that name a definition of the module called `module`, or of this file itself.
    pub fn uses_of_export(
        &self,
        module: Option<&str>,
        item: &str,
        part: Option<&str>,
    ) -> Vec<Highlighted> {
        let index = self.index();
        let wanted = |t: &Target| match (t, module) {
            (Target::Symbol(n), None) => index.symbols.get(*n).is_some_and(|s| match part {
                None => s.name == item && s.parent.is_none() && s.scope.0 == 0,
                Some(p) => {
                    s.name == p
                        && s.parent
                            .and_then(|x| index.symbols.get(x))
                            .is_some_and(|x| x.name == item)
                }
            }),
            (
                Target::Module {
                    file,
                    item: i,
                    part: p,
                },
                Some(m),
            ) => i == item && p.as_deref() == part && self.checked.sources.name(FileId(*file)) == m,
            _ => false,
        };
        index
            .occurrences
            .iter()
            .filter(|o| wanted(&o.target))
            .map(|o| Highlighted {
                start: o.start,
                end: o.end,
                write: o.definition,
            })
            .collect()
    }

    /// Paths of `use`, which lead to modules.
    pub fn links(&self) -> Vec<Link> {
        self.file
            .items
            .iter()
            .filter_map(|i| match i {
                Item::Use(u) => {
                    let end = u.span.end as usize;
                    // the span may begin with the keyword
                    let text = self.slice(u.span);
                    let start = text
                        .rfind(&u.path)
                        .map_or(u.span.start as usize, |at| u.span.start as usize + at);
                    Some(Link {
                        start,
                        end: end.max(start),
                        module: u.path.clone(),
                    })
                }
                _ => None,
            })
            .collect()
    }

    /// Names of the modules that this program uses, as [`sbt_driver::World::module`] gave them.
    pub fn module_names(&self) -> Vec<String> {
        self.checked
            .modules
            .iter()
            .filter(|m| !m.library)
            .map(|m| m.name.clone())
            .collect()
    }
}
