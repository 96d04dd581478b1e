//! Who calls whom.

use crate::analysis::{Analysis, Place};
use crate::index::{SymbolKind, Target};
use crate::walk;
use sbt_syntax::ast::Item;

/// A definition, or a strategy or test that calls some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallItem {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// Where its name stands.
    pub place: Place,
    /// Bytes of all of it, in the same file.
    pub full: (usize, usize),
}

/// A caller or a callee with the places of the calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The other end.
    pub item: CallItem,
    /// Bytes of the names at the calls, in the caller's file.
    pub sites: Vec<(usize, usize)>,
}

impl Analysis {
    /// The definition whose name stands at an offset.
    pub fn call_item(&self, offset: usize) -> Option<CallItem> {
        let o = self.occurrence(offset)?;
        self.call_item_of(&o.target)
    }

    fn call_item_of(&self, target: &Target) -> Option<CallItem> {
        match target {
            Target::Symbol(n) => {
                let s = self.index().symbols.get(*n)?;
                let callable = matches!(
                    s.kind,
                    SymbolKind::Indicator
                        | SymbolKind::Function
                        | SymbolKind::Strategy
                        | SymbolKind::Portfolio
                );
                callable.then(|| CallItem {
                    name: s.name.clone(),
                    kind: s.kind,
                    place: Place::Here {
                        start: s.span.0,
                        end: s.span.1,
                    },
                    full: s.full,
                })
            }
            Target::Module {
                item, part: None, ..
            }
            | Target::Library {
                item, part: None, ..
            } => {
                let c = self.callable(item)?;
                let place = c.place.clone()?;
                let full = place.range();
                Some(CallItem {
                    name: c.name,
                    kind: if c.keyword == "fn" {
                        SymbolKind::Function
                    } else {
                        SymbolKind::Indicator
                    },
                    place,
                    full,
                })
            }
            _ => None,
        }
    }

    /// Items of this file that call the definition whose name stands at an offset.
    pub fn incoming(&self, offset: usize) -> Vec<Call> {
        match self.occurrence(offset) {
            Some(o) => self.callers(&o.target),
            None => Vec::new(),
        }
    }

    /// Items of this file that call a definition of elsewhere: of the module called `module`, or of the library's `library`.
    pub fn callers_of(&self, module: Option<&str>, library: Option<&str>, name: &str) -> Vec<Call> {
        let found = self.index().occurrences.iter().find(|o| match &o.target {
            Target::Module {
                file,
                item,
                part: None,
            } => {
                item == name
                    && module == Some(self.checked.sources.name(sbt_diagnostics::FileId(*file)))
            }
            Target::Library {
                module: m,
                item,
                part: None,
            } => item == name && library == Some(*m),
            _ => false,
        });
        found.map_or_else(Vec::new, |o| self.callers(&o.target))
    }

    fn callers(&self, target: &Target) -> Vec<Call> {
        let mut out: Vec<Call> = Vec::new();
        for item in &self.file.items {
            let span = walk::item_span(item);
            let full = (span.start as usize, span.end as usize);
            let sites: Vec<(usize, usize)> = self
                .index()
                .occurrences
                .iter()
                .filter(|o| {
                    o.target == *target && !o.definition && full.0 <= o.start && o.end <= full.1
                })
                .map(|o| (o.start, o.end))
                .collect();
            if !sites.is_empty()
                && let Some(item) = self.item_of(item, full)
            {
                out.push(Call { item, sites });
            }
        }
        out
    }

    fn item_of(&self, item: &Item, full: (usize, usize)) -> Option<CallItem> {
        let (name, kind, span) = match item {
            Item::Strategy(s) => (&s.name.name, SymbolKind::Strategy, s.name.span),
            Item::Portfolio(s) => (&s.name.name, SymbolKind::Portfolio, s.name.span),
            Item::Indicator(i) => (&i.name.name, SymbolKind::Indicator, i.name.span),
            Item::Func(f) => (&f.name.name, SymbolKind::Function, f.name.span),
            Item::Test(t) => (&t.name, SymbolKind::Test, t.span),
            _ => return None,
        };
        Some(CallItem {
            name: name.clone(),
            kind,
            place: self.place(span),
            full,
        })
    }

    /// What the item whose name stands at an offset calls: definitions of this file, of modules and of the library.
    pub fn outgoing(&self, offset: usize) -> Vec<Call> {
        let Some(me) = self.call_item(offset) else {
            return Vec::new();
        };
        if !matches!(me.place, Place::Here { .. }) {
            return Vec::new();
        }
        let mut out: Vec<Call> = Vec::new();
        for o in &self.index().occurrences {
            if o.definition || o.start < me.full.0 || o.end > me.full.1 {
                continue;
            }
            let Some(item) = self.call_item_of(&o.target) else {
                continue;
            };
            match out.iter_mut().find(|c| c.item == item) {
                Some(c) => c.sites.push((o.start, o.end)),
                None => out.push(Call {
                    item,
                    sites: vec![(o.start, o.end)],
                }),
            }
        }
        out
    }
}
