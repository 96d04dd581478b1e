//! `let` and the binding of names.

use crate::check::Checker;
use crate::graph::FrameId;
use crate::program::Val;
use crate::scope::{BUILTIN_NAMES, Binding, Bound, RecSlot, list_names};
use crate::unit::Type;
use sbt_diagnostics::{Diagnostic, Span};
use sbt_syntax::ast::{self, Decl, Ident};

impl<'a> Checker<'a> {
    /// Binds a name in the innermost scope.
    pub(crate) fn bind(
        &mut self,
        name: &str,
        bound: Bound,
        frame: FrameId,
        span: Span,
        param: bool,
    ) {
        let in_library = self
            .calls
            .last()
            .is_some_and(|c| c.2 == crate::scope::Origin::Prelude);
        let taken = BUILTIN_NAMES.contains(&name) || crate::call::BUILTIN_FUNCTIONS.contains(&name);
        if !in_library && taken && !crate::portfolio::FREE_AS_NAMES.contains(&name) {
            self.report(
                Diagnostic::error("E0105", span, format!("`{name}` is already a built-in name"))
                    .here("choose another name")
                    .note("the meaning of a built-in name is the same in every program, so that a reader can trust it"),
            );
        }
        let Some(scope) = self.scopes.last_mut() else {
            return;
        };
        if let Some(earlier) = scope.names.get(name) {
            let earlier = earlier.span;
            self.report(
                Diagnostic::error("E0104", span, format!("`{name}` is defined twice"))
                    .here("second definition")
                    .label(earlier, "first definition")
                    .note("a name keeps its value; there are no assignments"),
            );
            return;
        }
        scope.order.push(name.to_string());
        scope.names.insert(
            name.to_string(),
            Binding {
                bound,
                frame,
                span,
                used: false,
                param,
            },
        );
    }

    /// Declarations of a body in order. Recurrences are known to each other from the start.
    pub(crate) fn decls(&mut self, decls: &'a [Decl]) {
        for d in decls {
            if let Decl::Rec { .. } = d {
                self.announce_rec(d);
            }
        }
        for d in decls {
            self.decl(d);
        }
    }

    /// Makes a `rec` known by name before its turn comes.
    pub(crate) fn announce_rec(&mut self, d: &'a Decl) {
        let Decl::Rec { name, .. } = d else { return };
        let Some(scope) = self.scopes.last_mut() else {
            return;
        };
        let slot = scope.recs.len();
        scope.recs.push(RecSlot {
            decl: d,
            name,
            node: None,
            ty: Type::Error,
            active: false,
            done: false,
            body_rows: None,
            init_rows: None,
            settle: None,
        });
        let frame = self.frame;
        self.bind(&name.name, Bound::Rec(slot), frame, name.span, false);
    }

    /// One declaration.
    pub(crate) fn decl(&mut self, d: &'a Decl) {
        match d {
            Decl::Let {
                names,
                tuple,
                ty,
                value,
                span,
            } => self.let_(names, *tuple, ty.as_ref(), value, *span),
            Decl::Rec { name, .. } => {
                let level = self.scopes.len() - 1;
                let slot = self.scopes[level]
                    .recs
                    .iter()
                    .position(|r| std::ptr::eq(r.decl, d));
                if let Some(slot) = slot
                    && !self.scopes[level].recs[slot].done
                    && !self.scopes[level].recs[slot].active
                {
                    self.finish_rec(level, slot, name.span);
                }
            }
        }
    }

    fn let_(
        &mut self,
        names: &'a [Ident],
        tuple: bool,
        ty: Option<&'a ast::TypeExpr>,
        value: &'a ast::Expr,
        span: Span,
    ) {
        let val = self.value(value);
        let frame = self.frame;
        if !tuple {
            let Some(name) = names.first() else { return };
            let val = match (ty, val) {
                (Some(t), val) if val != Val::Error => {
                    let mut dims = [None, None];
                    match self.formal_type(t, &mut dims, false) {
                        Some(want) => {
                            let n = self.single(val, value.span);
                            Val::One(self.fit(n, want, value.span, &format!("`{}`", name.name)))
                        }
                        None => Val::Error,
                    }
                }
                (
                    _,
                    val @ (Val::One(_)
                    | Val::Record(_)
                    | Val::Optional(..)
                    | Val::Forming(_)
                    | Val::Error),
                ) => val,
                (_, other) => Val::One(self.single(other, value.span)),
            };
            self.fact(name.span, &name.name, &val, None);
            self.bind(&name.name, Bound::Val(val), frame, name.span, false);
            return;
        }
        let fields = match val {
            Val::Record(fields) => fields,
            Val::Error => {
                for n in names {
                    self.bind(&n.name, Bound::Val(Val::Error), frame, n.span, false);
                }
                return;
            }
            _ => Vec::new(),
        };
        if fields.len() != names.len() {
            let have: Vec<String> = fields.iter().map(|f| f.0.clone()).collect();
            let d = if fields.is_empty() {
                Diagnostic::error(
                    "E0202",
                    span,
                    "this is a single value and cannot be taken apart",
                )
                .here("one value")
            } else {
                Diagnostic::error(
                    "E0202",
                    span,
                    format!("{} names for {} values", names.len(), fields.len()),
                )
                .here("numbers differ")
                .help(format!("the outputs are {}", list_names(&have)))
            };
            self.report(d);
            for n in names {
                self.bind(&n.name, Bound::Val(Val::Error), frame, n.span, false);
            }
            return;
        }
        for (n, (_, node)) in names.iter().zip(fields) {
            let val = Val::One(node);
            self.fact(n.span, &n.name, &val, None);
            self.bind(&n.name, Bound::Val(val), frame, n.span, false);
        }
    }

    /// Warns of names of the innermost scope that nothing reads.
    pub(crate) fn warn_unused(&mut self) {
        let Some(scope) = self.scopes.last() else {
            return;
        };
        let unused: Vec<(String, Span, bool)> = scope
            .order
            .iter()
            .filter_map(|n| scope.names.get(n).map(|b| (n, b)))
            .filter(|(n, b)| !b.used && !n.starts_with('_'))
            .map(|(n, b)| (n.clone(), b.span, b.param))
            .collect();
        for (name, span, param) in unused {
            let what = if param { "parameter" } else { "value" };
            self.diags.push(
                Diagnostic::warning("W1101", span, format!("the {what} `{name}` is never used"))
                    .here("not used")
                    .help(format!("remove it, or name it `_{name}` to keep it")),
            );
        }
    }
}
