//! Recurrences: `rec x = e init v settle s`, alone or of each other, and the unfinished bar of a coarser clock.

use crate::check::Checker;
use crate::graph::{Deps, FrameId, Node, NodeId, NodeKind, Prim};
use crate::interval::Interval;
use crate::program::{Val, type_name};
use crate::scope::Bound;
use crate::unit::{Dim, Kind, Rate, Type};
use sbt_diagnostics::{Diagnostic, Span};
use sbt_syntax::ast::{Decl, Expr};
use sixbtc_abi::Column;
use std::collections::HashSet;

impl<'a> Checker<'a> {
    /// The unfinished recurrence that a name stands for, if it does: (scope level, slot).
    pub(crate) fn open_rec(&mut self, name: &str) -> Option<(usize, usize)> {
        for level in (0..self.scopes.len()).rev() {
            if let Some(b) = self.scopes[level].names.get_mut(name) {
                return match b.bound {
                    Bound::Rec(slot) => {
                        b.used = true;
                        Some((level, slot))
                    }
                    Bound::Val(_) => None,
                };
            }
            if self.scopes[level].barrier {
                return None;
            }
        }
        None
    }

    /// A recurrence named without an index while it (or its group) is being built.
    pub(crate) fn bare_rec(&mut self, level: usize, slot: usize, span: Span) -> Val {
        let r = &self.scopes[level].recs[slot];
        if r.done {
            return r.node.map_or(Val::Error, Val::One);
        }
        if !r.active {
            self.finish_rec(level, slot, span);
            return self.scopes[level].recs[slot]
                .node
                .map_or(Val::Error, Val::One);
        }
        let mut path: Vec<(String, Span)> = self.scopes[level]
            .recs
            .iter()
            .filter(|r| r.active)
            .map(|r| (r.name.name.clone(), r.name.span))
            .collect();
        let name = self.scopes[level].recs[slot].name.name.clone();
        if let Some(start) = path.iter().position(|p| p.0 == name) {
            path.rotate_left(start);
        }
        let mut chain: Vec<String> = path.iter().map(|p| format!("`{}`", p.0)).collect();
        chain.push(format!("`{name}`"));
        let mut d = Diagnostic::error("E0311", span, format!("`{name}` depends on its own value of the same bar"))
            .here("needs a value that is just being computed")
            .note(format!("the loop is {}", chain.join(" → ")))
            .note("every loop must pass through a bar that has gone by, so that there is an order of evaluation")
            .help(format!("read the bar before: `{name}[1]`"))
            .guess(span, format!("{name}[1]"), "read the bar before");
        for (n, s) in path.iter().filter(|p| p.0 != name) {
            d = d.label(*s, format!("`{n}` is part of the loop"));
        }
        self.fail(d)
    }

    /// `x[n]` of an unfinished recurrence.
    pub(crate) fn rec_history(
        &mut self,
        level: usize,
        slot: usize,
        n: NodeId,
        max: u32,
        span: Span,
    ) -> Val {
        let least = self.g.node(n).interval.lo;
        if least < 1.0 && self.g.node(n).rate <= Rate::Run {
            return self.bare_rec(level, slot, span);
        }
        let Some(rec) = self.declare_rec(level, slot, span) else {
            return Val::Error;
        };
        let (ty, frame) = (self.g.node(rec).ty, self.g.node(rec).frame);
        if frame != self.frame {
            return self.fail(
                Diagnostic::error("E0342", span, "this recurrence lives on another clock")
                    .here("belongs to another clock"),
            );
        }
        if self.g.node(n).deps.fold != 0 && least < 1.0 {
            return self.bare_rec(level, slot, span);
        }
        let zero = self.g.zero();
        let shift = self.g.node(rec).shift;
        let deps = Deps {
            fold: self.g.node(n).deps.fold,
            ..Deps::default()
        };
        let (nl, ns) = (self.g.node(n).lookback, self.g.node(n).settled);
        let rows = (self.g.rows_max(zero, nl), self.g.rows_max(zero, ns));
        Val::One(self.g.intern(Node {
            kind: NodeKind::Prev {
                rec,
                n,
                max: max.max(1),
            },
            ty,
            rate: Rate::Series,
            frame,
            lookback: rows.0,
            settled: rows.1,
            interval: if ty == Type::Bool {
                Interval::new(0.0, 1.0)
            } else {
                Interval::ALL
            },
            exact: false,
            shift,
            settling: true,
            deps,
        }))
    }

    /// Makes the node of a recurrence from its initial value.
    fn declare_rec(&mut self, level: usize, slot: usize, span: Span) -> Option<NodeId> {
        if let Some(n) = self.scopes[level].recs[slot].node {
            return Some(n);
        }
        let Decl::Rec {
            name,
            ty,
            init,
            settle,
            ..
        } = self.scopes[level].recs[slot].decl
        else {
            return None;
        };
        if self.scopes[level].recs[slot].init_rows.is_some() {
            if self.scopes[level].recs[slot].body_rows.is_some() {
                return None; // its first value failed already
            }
            self.report(
                Diagnostic::error(
                    "E0313",
                    span,
                    format!("the first value of `{}` is made of itself", name.name),
                )
                .here("does not exist yet")
                .help("`init` gives the value of the first bar from other values"),
            );
            return None;
        }
        let zero = self.g.zero();
        self.scopes[level].recs[slot].init_rows = Some((zero, zero));
        let first = self.one(init);
        let first = match ty {
            Some(t) => {
                let mut dims = self.dims;
                let want = self.formal_type(t, &mut dims, false)?;
                let variable = matches!(t.name.as_str(), "num" | "num2");
                match (self.g.node(first).ty, want) {
                    // `num` is whatever the call made it: whole or not is no matter
                    (Type::Num(d), Type::Num(w))
                        if variable && d.kind != Kind::Zero && d.is_plain() && w.is_plain() =>
                    {
                        first
                    }
                    _ => self.fit(first, want, init.span, "the first value"),
                }
            }
            None => first,
        };
        let node = self.g.node(first).clone();
        if node.ty == Type::Error {
            self.scopes[level].recs[slot].body_rows = Some((zero, zero));
            return None;
        }
        let settle = match settle {
            Some(e) => {
                let (s, _) = self.number(e);
                if self.g.node(s).rate == Rate::Series {
                    self.not_fixed(e.span, s, "the settling time");
                }
                Some(self.g.rows_of(s))
            }
            None => None,
        };
        let frame = self.frame;
        // the row numbers become known when the body is; until then they are nodes to be patched
        let hole = |c: &mut Self| {
            c.g.push(Node {
                kind: NodeKind::Prim(Prim::As, vec![zero]),
                ty: Type::Num(Dim::BARS),
                rate: Rate::Run,
                frame: FrameId(0),
                lookback: zero,
                settled: zero,
                interval: Interval::NON_NEGATIVE,
                exact: false,
                shift: Some(0.0),
                settling: false,
                deps: Deps::default(),
            })
        };
        let (start, settled) = (hole(self), hole(self));
        let rec = self.g.push(Node {
            kind: NodeKind::Rec {
                init: first,
                start,
                next: first,
            },
            ty: node.ty,
            rate: Rate::Series,
            frame,
            lookback: start,
            settled,
            interval: if node.ty == Type::Bool {
                Interval::new(0.0, 1.0)
            } else {
                Interval::ALL
            },
            exact: false,
            shift: node.shift,
            settling: true,
            deps: node.deps,
        });
        let r = &mut self.scopes[level].recs[slot];
        r.node = Some(rec);
        r.ty = node.ty;
        r.init_rows = Some((node.lookback, node.settled));
        r.settle = settle;
        Some(rec)
    }

    /// Builds the body of a recurrence, and closes its group when nothing is left open.
    pub(crate) fn finish_rec(&mut self, level: usize, slot: usize, span: Span) {
        // names above the body's own scope are not in reach of the body
        let above: Vec<_> = self.scopes.drain(level + 1..).collect();
        self.scopes[level].recs[slot].active = true;
        let declared = self.declare_rec(level, slot, span);
        if let Decl::Rec { value, .. } = self.scopes[level].recs[slot].decl {
            self.rec_body(level, slot, declared, value);
        }
        let r = &mut self.scopes[level].recs[slot];
        r.active = false;
        r.done = true;
        let open = self.scopes[level]
            .recs
            .iter()
            .any(|r| r.node.is_some() && !r.done);
        if !open {
            self.close_group(level);
        }
        self.scopes.extend(above);
    }

    fn rec_body(&mut self, level: usize, slot: usize, rec: Option<NodeId>, value: &'a Expr) {
        let next = self.one(value);
        let Some(rec) = rec else { return };
        let (want, have) = (self.g.node(rec).ty, self.g.node(next).ty);
        if have == Type::Error {
            self.scopes[level].recs[slot].body_rows = Some((self.g.zero(), self.g.zero()));
            return;
        }
        let Some(ty) = Self::common_type(want, have) else {
            let (p, q) = (
                type_name(want, &self.defs.enum_list),
                type_name(have, &self.defs.enum_list),
            );
            let d = Diagnostic::error(
                "E0201",
                value.span,
                format!("the recurrence starts as {p} and goes on as {q}"),
            )
            .here(q)
            .help("make both of one kind");
            self.report(d);
            self.scopes[level].recs[slot].body_rows = Some((self.g.zero(), self.g.zero()));
            return;
        };
        let node = self.g.node(next).clone();
        if node.deps.entry {
            self.report(
                Diagnostic::error("E0312", value.span, "`entry` has no history")
                    .here("exists only at the moment of the fill"),
            );
        }
        if node.deps.fold != 0 {
            self.report(
                Diagnostic::error(
                    "E0214",
                    value.span,
                    "a recurrence cannot depend on a fold's index",
                )
                .here("would need one memory for each step of the fold"),
            );
        }
        self.scopes[level].recs[slot].body_rows = Some((node.lookback, node.settled));
        let interval = self.rec_interval(rec, next);
        // a weighted mean of its past and a value moves as the value does
        let shift = node
            .shift
            .or_else(|| self.g.node(self.weighted_toward(rec, next)?).shift);
        let r = self.g.node_mut(rec);
        if let NodeKind::Rec { next: slot, .. } = &mut r.kind {
            *slot = next;
        }
        r.ty = ty;
        r.interval = interval;
        r.deps.position |= node.deps.position;
        r.shift = match (r.shift, shift) {
            (Some(a), Some(b)) if a.to_bits() == b.to_bits() => Some(a),
            _ => None,
        };
        let name = self.scopes[level].recs[slot].name;
        if self.calls.is_empty() && !self.reads_itself(next, rec, &mut HashSet::new()) {
            let group = self.scopes[level]
                .recs
                .iter()
                .filter(|r| r.node.is_some())
                .count();
            if group == 1 {
                self.report(
                    Diagnostic::warning(
                        "W1102",
                        name.span,
                        format!("`{}` never reads its own past", name.name),
                    )
                    .here("not a recurrence")
                    .help(format!("write `let {} = …`", name.name)),
                );
            }
        }
    }

    fn reads_itself(&self, id: NodeId, rec: NodeId, seen: &mut HashSet<NodeId>) -> bool {
        if !seen.insert(id) {
            return false;
        }
        match &self.g.node(id).kind {
            NodeKind::Prev { rec: r, .. } => *r == rec,
            NodeKind::Prim(_, args) => args.iter().any(|a| self.reads_itself(*a, rec, seen)),
            NodeKind::Select(a, b, c) => [*a, *b, *c]
                .iter()
                .any(|a| self.reads_itself(*a, rec, seen)),
            NodeKind::Hist { x, .. } | NodeKind::Window { x, .. } => {
                self.reads_itself(*x, rec, seen)
            }
            NodeKind::Fold { body, .. } => self.reads_itself(*body, rec, seen),
            NodeKind::Rec { init, next, .. } if *next != id => {
                self.reads_itself(*init, rec, seen) || self.reads_itself(*next, rec, seen)
            }
            _ => false,
        }
    }

    /// All recurrences of the group share their first row: the first on which every initial value exists and, one bar
    /// later, everything else the bodies read.
    fn close_group(&mut self, level: usize) {
        let members: Vec<usize> = (0..self.scopes[level].recs.len())
            .filter(|i| {
                let r = &self.scopes[level].recs[*i];
                r.done
                    && r.node
                        .is_some_and(|n| self.is_hole(self.g.node(n).lookback))
            })
            .collect();
        let holes: Vec<(NodeId, NodeId)> = members
            .iter()
            .filter_map(|i| self.scopes[level].recs[*i].node)
            .map(|n| (self.g.node(n).lookback, self.g.node(n).settled))
            .collect();
        let zero = self.g.zero();
        let (mut start, mut settled) = (zero, zero);
        for i in &members {
            let r = &self.scopes[level].recs[*i];
            let (Some(init), Some(body), settle) = (r.init_rows, r.body_rows, r.settle) else {
                continue;
            };
            let (mut bl, mut bs) = body;
            for (l, s) in &holes {
                bl = self.substitute(bl, *l, zero);
                bs = self.substitute(bs, *s, zero);
                bs = self.substitute(bs, *l, zero);
            }
            let minus = self.g.rows(-1.0);
            let before = self.g.rows_add(bl, minus);
            start = self.g.rows_max(start, init.0);
            start = self.g.rows_max(start, before);
            let s = self.g.rows_max(init.1, bs);
            let s = self.g.rows_max(s, start);
            let s = match settle {
                Some(extra) => self.g.rows_add(s, extra),
                None => s,
            };
            settled = self.g.rows_max(settled, s);
        }
        settled = self.g.rows_max(settled, start);
        for (i, (l, s)) in members.iter().zip(&holes) {
            self.g.node_mut(*l).kind = NodeKind::Prim(Prim::As, vec![start]);
            self.g.node_mut(*l).interval = self.g.node(start).interval;
            self.g.node_mut(*s).kind = NodeKind::Prim(Prim::As, vec![settled]);
            self.g.node_mut(*s).interval = self.g.node(settled).interval;
            let Some(n) = self.scopes[level].recs[*i].node else {
                continue;
            };
            let node = self.g.node_mut(n);
            node.lookback = start;
            node.settled = settled;
            if let NodeKind::Rec { start: slot, .. } = &mut node.kind {
                *slot = start;
            }
        }
        for i in 0..self.scopes[level].recs.len() {
            let (done, name, node) = {
                let r = &self.scopes[level].recs[i];
                (r.done, r.name.name.clone(), r.node)
            };
            if done && let Some(b) = self.scopes[level].names.get_mut(&name) {
                b.bound = Bound::Val(node.map_or(Val::Error, Val::One));
                let (span, val) = (b.span, node.map_or(Val::Error, Val::One));
                self.fact(span, &name, &val, None);
            }
        }
    }

    fn is_hole(&self, id: NodeId) -> bool {
        matches!(&self.g.node(id).kind, NodeKind::Prim(Prim::As, a) if a[0] == NodeId(0))
    }

    /// A recurrence made by the compiler.
    fn own_rec(
        &mut self,
        init: NodeId,
        interval: Interval,
        next: impl FnOnce(&mut Self, NodeId) -> NodeId,
    ) -> NodeId {
        let zero = self.g.zero();
        let node = self.g.node(init).clone();
        let rec = self.g.push(Node {
            kind: NodeKind::Rec {
                init,
                start: zero,
                next: init,
            },
            interval,
            exact: false,
            settling: false,
            frame: self.frame,
            rate: Rate::Series,
            ..node.clone()
        });
        let one = self.num(1.0, Dim::BARS);
        let past = self.g.intern(Node {
            kind: NodeKind::Prev {
                rec,
                n: one,
                max: 1,
            },
            interval,
            exact: false,
            frame: self.frame,
            rate: Rate::Series,
            ..node
        });
        let value = next(self, past);
        if let NodeKind::Rec { next, .. } = &mut self.g.node_mut(rec).kind {
            *next = value;
        }
        rec
    }

    /// `forming(1d)`
    pub(crate) fn forming(&mut self, arg: &'a Expr, span: Span) -> Val {
        let (n, dim) = self.number(arg);
        let Some(dim) = dim else { return Val::Error };
        let ms = match (dim.kind, self.g.as_const(n)) {
            (Kind::Duration, Some(ms)) if ms > 0.0 => ms as i64,
            _ => {
                return self.fail(
                    Diagnostic::error("E0345", arg.span, "`forming` takes a timeframe")
                        .here("such as `1d`"),
                );
            }
        };
        if self.frame != FrameId(0) {
            return self.fail(
                Diagnostic::error(
                    "E0348",
                    span,
                    "an unfinished bar cannot be read on a coarser clock",
                )
                .here("move this out of the `on` block")
                .note("inside `on` every bar is confirmed"),
            );
        }
        if ms <= self.base_ms() {
            return self.fail(
                Diagnostic::error(
                    "E0340",
                    arg.span,
                    "`forming` needs a coarser timeframe than the strategy's clock",
                )
                .here("not coarser than the base clock")
                .note("the base clock's own bars are always finished when they are seen"),
            );
        }
        if ms % self.base_ms() != 0 {
            return self.fail(
                Diagnostic::error(
                    "E0341",
                    arg.span,
                    "this is not a whole multiple of the strategy's clock",
                )
                .here("bars would not line up"),
            );
        }
        Val::Forming(ms)
    }

    /// A price or the volume of the unfinished bar: a fold of the base bars seen since its start.
    pub(crate) fn forming_field(&mut self, ms: i64, field: &str) -> NodeId {
        if field == "close" {
            return self.field(Column::Close);
        }
        let time = self.field(Column::Time);
        let duration = Type::Num(Dim::of(Kind::Duration));
        // weeks start on Monday; the epoch was a Thursday
        let offset = if ms % (7 * 86_400_000) == 0 {
            4.0 * 86_400_000.0
        } else {
            0.0
        };
        let offset = self.num(offset, Dim::of(Kind::Duration));
        let shifted = self.prim(Prim::Sub, &[time, offset], duration);
        let period = self.num(ms as f64, Dim::of(Kind::Duration));
        let ratio = self.prim(Prim::Div, &[shifted, period], Type::Num(Dim::FLOAT));
        let id = self.prim(Prim::Floor, &[ratio], Type::Num(Dim::INT));
        let one = self.num(1.0, Dim::BARS);
        let before = self.hist(id, one, 1);
        let fresh = self.prim(Prim::Ne, &[id, before], Type::Bool);
        let column = match field {
            "open" => Column::Open,
            "high" => Column::High,
            "low" => Column::Low,
            _ => Column::Volume,
        };
        let x = self.field(column);
        let (ty, interval) = (self.g.node(x).ty, self.g.node(x).interval);
        let rec = self.own_rec(x, interval, |c, past| {
            let grown = match column {
                Column::Open => past,
                Column::High => c.prim(Prim::Max, &[past, x], ty),
                Column::Low => c.prim(Prim::Min, &[past, x], ty),
                _ => c.prim(Prim::Add, &[past, x], ty),
            };
            c.select(fresh, x, grown, ty)
        });
        // the first coarser bar may have begun before the data: settled after one whole bar
        let m = self.g.rows((ms / self.base_ms()) as f64);
        self.g.node_mut(rec).settled = m;
        rec
    }
}
