//! Parts of values: results of an indicator, members of an enum, parts of what is built in.

use super::{Builder, SymbolKind, Target};
use crate::callable::shelf;
use crate::language;
use sbt_diagnostics::FileId;
use sbt_hir::Library;
use sbt_syntax::ast::{Expr, ExprKind, Item, Rets};

/// Where an indicator's results or an enum's members are found.
pub(super) enum Record<'a> {
    Here(usize),
    Module(FileId, &'a str),
    Library(&'static str, &'a str),
    Builtin(&'static str),
}

impl<'a> Builder<'a> {
    /// What has the parts of a value, found by following names to what they were given.
    pub(super) fn record(&self, e: &'a Expr, depth: usize) -> Option<Record<'a>> {
        if depth > 20 {
            return None;
        }
        match &e.kind {
            ExprKind::Paren(x) => self.record(x, depth + 1),
            ExprKind::Index { base, .. } => self.record(base, depth + 1),
            ExprKind::On { body, of, .. } => match self.record(body, depth + 1) {
                None if of.is_some() => Some(Record::Builtin("optional")),
                other => other,
            },
            ExprKind::Call { callee, .. } if callee.name == "forming" => {
                Some(Record::Builtin("forming"))
            }
            ExprKind::Call { callee, .. } => self.definition(&callee.name),
            ExprKind::Name(name) => match self.local(name) {
                Some(n) => self.values.get(&n).and_then(|v| self.record(v, depth + 1)),
                None if name == "position" => Some(Record::Builtin("position")),
                None if name == "session" => Some(Record::Builtin("session")),
                None => self.definition(name),
            },
            _ => None,
        }
    }

    fn definition(&self, name: &'a str) -> Option<Record<'a>> {
        match self.global(name)? {
            Target::Symbol(n) => Some(Record::Here(n)),
            Target::Module { file, .. } => Some(Record::Module(FileId(file), name)),
            Target::Library { module, .. } => Some(Record::Library(module, name)),
            _ => None,
        }
    }

    pub(super) fn part(&self, r: &Record<'_>, name: &str) -> Option<Target> {
        match r {
            Record::Here(n) => self
                .out
                .symbols
                .iter()
                .position(|s| {
                    s.parent == Some(*n) && s.name == name && s.kind != SymbolKind::Formal
                })
                .map(Target::Symbol),
            Record::Module(file, item) => {
                let m = self.a.modules().iter().find(|m| m.id == *file)?;
                let has = m.file.items.iter().any(|i| has_part(i, item, name));
                has.then(|| Target::Module {
                    file: file.0,
                    item: (*item).to_owned(),
                    part: Some(name.to_owned()),
                })
            }
            Record::Library(module, item) => {
                let has = has_part(shelf(module)?.item(item)?, item, name);
                has.then(|| Target::Library {
                    module,
                    item: (*item).to_owned(),
                    part: Some(name.to_owned()),
                })
            }
            Record::Builtin(of) => language::part_doc(of, name).map(|_| Target::BuiltinPart {
                of: (*of).to_owned(),
                part: name.to_owned(),
            }),
        }
    }
}

/// Whether an item of that name has the part.
pub(super) fn has_part(item: &Item, name: &str, part: &str) -> bool {
    match item {
        Item::Indicator(i) if i.name.name == name => match &i.rets {
            Rets::Many(list) => list.iter().any(|(id, _)| id.name == part),
            Rets::One(_) => false,
        },
        Item::Enum(e) if e.name.name == name => e.members.iter().any(|m| m.name == part),
        _ => false,
    }
}
