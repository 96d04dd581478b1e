//! From the checked graph to IR: units fall away, recurrences are tied, and orders get the outputs they refer to.

use crate::module::{FrameId, Module, Node, Ty, ValueId};
use crate::op::{BinaryOp, CmpOp, FoldKind, Op, PositionField, UnaryOp, WindowKind};
use sbt_hir::graph::{self, Graph, NodeId, NodeKind, Prim};
use sbt_hir::program::{
    Claim, Distance, Entry, EntryOrder, ExitWhen, Level, Scope, Sizing, Strategy, Test, Universe,
};
use sbt_hir::unit::Type;
use sixbtc_abi as abi;
use std::collections::HashMap;

/// Lowers a strategy, or the last stage of a portfolio.
pub fn strategy(s: &Strategy) -> Module {
    orders(s).0
}

/// A portfolio in stages: the modules that run before the last, the last, and what happens between and after them. `None`
/// for a strategy.
pub fn portfolio(s: &Strategy) -> Option<(Vec<Module>, Module, abi::PortfolioPlan)> {
    let p = s.portfolio.as_ref()?;
    let (module, count, holds) = orders(s);
    let mut modules = Vec::with_capacity(p.stages);
    let mut stages = Vec::with_capacity(p.stages);
    let mut universe = match &p.universe {
        Universe::All => abi::Universe::All,
        Universe::Symbols(names) => abi::Universe::Symbols(names.clone()),
        Universe::Top(..) => abi::Universe::Top {
            count: count.unwrap_or(abi::Value::Const(0.0)),
            score: 0,
        },
    };
    for stage in 0..p.stages {
        let mut l = Lowering::new(&s.graph);
        l.module.name = format!("{} stage {}", s.name, stage + 1);
        l.module.frames.clone_from(&s.frames);
        l.module.session.clone_from(&s.session);
        l.module.params.clone_from(&s.params);
        if let (0, Universe::Top(_, by), abi::Universe::Top { score, .. }) =
            (stage, &p.universe, &mut universe)
        {
            *score = l.settled_column(*by, "universe");
        }
        let mut compared = Vec::new();
        for (column, cross) in p.crosses.iter().enumerate() {
            if cross.stage == Some(stage) {
                compared.push(abi::CrossSpec {
                    kind: cross.kind,
                    value: l.settled_column(cross.arg, cross.kind.name()),
                    column: column as u16,
                });
            }
        }
        modules.push(l.finish());
        stages.push(compared);
    }
    let plan = abi::PortfolioPlan {
        universe,
        stages,
        holds,
        every_ms: p.every_ms,
    };
    Some((modules, module, plan))
}

/// The module of the orders, the number of symbols of a ranked universe, and what is held.
fn orders(s: &Strategy) -> (Module, Option<abi::Value>, Vec<abi::HoldPlan>) {
    let mut l = Lowering::new(&s.graph);
    l.module.name.clone_from(&s.name);
    l.module.title.clone_from(&s.title);
    l.module.frames.clone_from(&s.frames);
    l.module.session.clone_from(&s.session);
    l.module.params.clone_from(&s.params);
    for (text, n) in &s.requires {
        let v = l.value(*n);
        l.module.requires.push((text.clone(), v));
    }
    let entries = s.entries.iter().map(|e| l.entry(e)).collect();
    let exits = s
        .exits
        .iter()
        .map(|x| abi::ExitPlan {
            scope: match x.scope {
                Scope::All => abi::ExitScope::All,
                Scope::Side(side) => abi::ExitScope::Side(side),
                Scope::Entry(k) => abi::ExitScope::Entry(k),
            },
            trigger: l.trigger(x.when),
        })
        .collect();
    let size = s.size.map(|z| l.sizing(z));
    let limits = abi::Limits {
        leverage: s.limits.leverage.map(|n| l.number(n, "leverage")),
        pyramid: s.limits.pyramid.map(|n| l.number(n, "pyramid")),
        pyramid_every: s
            .limits
            .pyramid_every
            .map(|d| l.distance(d, "pyramid every")),
        cooldown: s.limits.cooldown.map(|n| l.number(n, "cooldown")),
        trades: s.limits.trades.map(|(n, ms)| (l.number(n, "trades"), ms)),
    };
    l.module.plan = abi::OrderPlan {
        entries,
        exits,
        size,
        limits,
    };
    for (text, n) in &s.alerts {
        let bit = l.flag(*n, &format!("alert {text}")).bit;
        l.module.alerts.push((text.clone(), bit));
    }
    for (name, n) in &s.plots {
        let k = l.column(*n, name);
        l.module.plots.push(k);
    }
    let mut count = None;
    let mut holds = Vec::new();
    if let Some(p) = &s.portfolio {
        if let Universe::Top(n, _) = p.universe {
            count = Some(l.number(n, "size of the universe"));
        }
        for h in &p.holds {
            holds.push(abi::HoldPlan {
                top: h.top,
                count: l.number(h.count, "number held"),
                score: l.number(h.score, "score"),
                side: h.side,
                weight: h.weight.map(|w| l.number(w, "weight")),
            });
        }
    }
    let warmup = l.value(s.warmup);
    l.module.warmup = Some(warmup);
    (l.finish(), count, holds)
}

/// Lowers the values of an expression; they are the module's values, in order.
pub fn expression(graph: &Graph, frames: &[abi::FrameSpec], values: &[(String, NodeId)]) -> Module {
    let mut l = Lowering::new(graph);
    l.module.frames = frames.to_vec();
    l.module.name = "expression".into();
    for (name, n) in values {
        l.push_column(*n, name);
    }
    l.finish()
}

/// Lowers a test: the module's values are its claims, in order (truth as 0 or 1).
pub fn test(t: &Test) -> Module {
    let mut l = Lowering::new(&t.graph);
    l.module.frames.clone_from(&t.frames);
    l.module.name.clone_from(&t.name);
    for (i, a) in t.asserts.iter().enumerate() {
        let n = match &a.what {
            Claim::Holds(n) | Claim::Is(n, _) => *n,
        };
        l.push_column(n, &format!("claim {i}"));
    }
    l.finish()
}

struct Lowering<'g> {
    graph: &'g Graph,
    module: Module,
    done: HashMap<NodeId, ValueId>,
    /// Recurrences whose body is not lowered yet.
    open: Vec<(ValueId, NodeId)>,
    columns: HashMap<ValueId, u16>,
    flags: HashMap<ValueId, u8>,
    position_columns: HashMap<ValueId, u16>,
    bracket_columns: HashMap<ValueId, u16>,
    scalars: HashMap<ValueId, u16>,
}

/// What a value needs beyond bars and parameters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    Run,
    Bars,
    Position,
    Entry,
}

impl<'g> Lowering<'g> {
    fn new(graph: &'g Graph) -> Self {
        Self {
            graph,
            module: Module::default(),
            done: HashMap::new(),
            open: Vec::new(),
            columns: HashMap::new(),
            flags: HashMap::new(),
            position_columns: HashMap::new(),
            bracket_columns: HashMap::new(),
            scalars: HashMap::new(),
        }
    }

    fn finish(mut self) -> Module {
        // a stage reads the comparisons of earlier ones only
        let Module { frames, nodes, .. } = &mut self.module;
        for frame in frames {
            frame.columns.retain(|c| {
                !matches!(c, abi::Column::Cross(_))
                    || nodes
                        .iter()
                        .any(|n| matches!(n.op, Op::Field(f) if f == *c))
            });
        }
        self.module
    }

    /// A value column whose lookback is the row on which it has settled.
    fn settled_column(&mut self, n: NodeId, name: &str) -> u16 {
        let k = self.push_column(n, name);
        let settled = self.value(self.graph.node(n).settled);
        self.module.lookback[usize::from(k)] = settled;
        k
    }

    /// Lowers a node and ties every recurrence it led to.
    fn value(&mut self, id: NodeId) -> ValueId {
        let v = self.visit(id);
        while let Some((rec, next)) = self.open.pop() {
            let body = self.visit(next);
            if let Op::Rec { next, .. } = &mut self.module.nodes[rec.index()].op {
                *next = body;
            }
        }
        v
    }

    fn push(&mut self, op: Op, ty: Ty, frame: graph::FrameId) -> ValueId {
        self.module.push(Node {
            op,
            ty,
            frame: FrameId(frame.0),
        })
    }

    fn visit(&mut self, id: NodeId) -> ValueId {
        if let Some(v) = self.done.get(&id) {
            return *v;
        }
        let node = self.graph.node(id);
        let ty = if node.ty == Type::Bool {
            Ty::Bool
        } else {
            Ty::F64
        };
        let op = match &node.kind {
            NodeKind::Number(v) => Op::Const(v.get()),
            NodeKind::Bool(b) => Op::Bool(*b),
            NodeKind::Param(i) => Op::Param(*i),
            NodeKind::Field(c) => Op::Field(*c),
            NodeKind::Row => Op::Row,
            NodeKind::Prim(Prim::As, args) => {
                let v = self.visit(args[0]);
                self.done.insert(id, v);
                return v;
            }
            NodeKind::Prim(op, args) => self.prim(*op, args),
            NodeKind::Select(c, a, b) => Op::Select(self.visit(*c), self.visit(*a), self.visit(*b)),
            NodeKind::Hist { x, n, max } => Op::Hist {
                x: self.visit(*x),
                n: self.visit(*n),
                max: *max,
            },
            NodeKind::Rec { init, start, next } => {
                let (first, start) = (self.visit(*init), self.visit(*start));
                // the visit of the first value cannot have led here: it is made before the recurrence
                let v = self.push(
                    Op::Rec {
                        init: first,
                        start,
                        next: first,
                    },
                    ty,
                    node.frame,
                );
                self.done.insert(id, v);
                self.open.push((v, *next));
                return v;
            }
            NodeKind::Prev { rec, n, max } => Op::Prev {
                rec: self.visit(*rec),
                n: self.visit(*n),
                max: *max,
            },
            NodeKind::Window {
                kind,
                x,
                k,
                n,
                max,
                exact,
            } => Op::Window {
                kind: window(*kind),
                x: self.visit(*x),
                k: self.visit(*k),
                n: self.visit(*n),
                max: *max,
                exact: *exact,
            },
            NodeKind::Fold {
                kind,
                var,
                lo,
                hi,
                max,
                body,
            } => Op::Fold {
                kind: fold(*kind),
                var: self.visit(*var),
                lo: self.visit(*lo),
                hi: self.visit(*hi),
                max: *max,
                body: self.visit(*body),
            },
            NodeKind::FoldVar(_) => Op::FoldVar,
            NodeKind::Current(x) => Op::Current(self.visit(*x)),
            NodeKind::Position(f) => Op::Position(position(*f)),
            NodeKind::Entry => Op::Entry,
        };
        let v = self.push(op, ty, node.frame);
        self.done.insert(id, v);
        v
    }

    fn prim(&mut self, op: Prim, args: &[NodeId]) -> Op {
        let v: Vec<ValueId> = args.iter().map(|a| self.visit(*a)).collect();
        if let Some(b) = binary(op) {
            return Op::Binary(b, v[0], v[1]);
        }
        if op == Prim::Fma {
            return Op::Fma(v[0], v[1], v[2]);
        }
        if let Some(c) = compare(op) {
            return Op::Cmp(c, v[0], v[1]);
        }
        Op::Unary(unary(op), v[0])
    }

    /// What a lowered value needs; a recurrence needs what its body needs.
    fn need(&self, v: ValueId) -> Need {
        let mut seen = vec![false; self.module.nodes.len()];
        let mut stack = vec![v];
        let mut out = Need::Run;
        while let Some(v) = stack.pop() {
            if std::mem::replace(&mut seen[v.index()], true) {
                continue;
            }
            let op = self.module.node(v).op;
            out = out.max(match op {
                Op::Field(_)
                | Op::Row
                | Op::Rec { .. }
                | Op::Prev { .. }
                | Op::Window { .. }
                | Op::Hist { .. }
                | Op::Current(_) => Need::Bars,
                Op::Position(_) => Need::Position,
                Op::Entry => Need::Entry,
                _ => Need::Run,
            });
            op.each_operand(|x| stack.push(x));
        }
        out
    }

    fn flag(&mut self, n: NodeId, name: &str) -> abi::Cond {
        let v = self.value(n);
        if self.need(v) == Need::Position {
            let bit = match self.module.position_flags.iter().position(|f| *f == v) {
                Some(i) => i,
                None => {
                    self.module.position_flags.push(v);
                    self.module.position_flags.len() - 1
                }
            };
            return abi::Cond {
                phase: abi::Phase::Position,
                bit: bit as u8,
            };
        }
        let next = self.module.flags.len() as u8;
        let bit = *self.flags.entry(v).or_insert(next);
        if bit == next {
            self.module.flags.push((name.into(), v));
        }
        abi::Cond {
            phase: abi::Phase::Signal,
            bit,
        }
    }

    /// The value column of a node, added when new.
    fn column(&mut self, n: NodeId, name: &str) -> u16 {
        let v = self.value(n);
        if let Some(k) = self.columns.get(&v) {
            return *k;
        }
        self.push_column(n, name)
    }

    /// A value column of its own, even if the value has one already.
    fn push_column(&mut self, n: NodeId, name: &str) -> u16 {
        let v = self.value(n);
        let node = self.graph.node(n);
        let unit = match node.ty {
            Type::Bool => abi::Unit::Bool,
            Type::Num(d) => d.unit(),
            _ => abi::Unit::Number,
        };
        let k = self.module.values.len() as u16;
        self.columns.entry(v).or_insert(k);
        let frame = self.graph.node(n).frame;
        let number = match self.module.node(v).ty {
            Ty::F64 => v,
            Ty::Bool => self.push(Op::Unary(UnaryOp::ToFloat, v), Ty::F64, frame),
        };
        self.module.values.push((
            abi::OutputSpec {
                name: name.into(),
                unit,
            },
            number,
        ));
        let lookback = self.value(node.lookback);
        self.module.lookback.push(lookback);
        k
    }

    /// A number the order plan refers to.
    fn number(&mut self, n: NodeId, name: &str) -> abi::Value {
        if let Some(v) = self.graph.as_const(n) {
            return abi::Value::Const(v);
        }
        let v = self.value(n);
        match self.need(v) {
            Need::Run => {
                let next = self.module.scalars.len() as u16;
                let k = *self.scalars.entry(v).or_insert(next);
                if k == next {
                    self.module.scalars.push(v);
                }
                abi::Value::Scalar(k)
            }
            Need::Bars => abi::Value::Out(abi::Phase::Signal, self.column(n, name)),
            Need::Position => {
                let next = self.module.position_values.len() as u16;
                let k = *self.position_columns.entry(v).or_insert(next);
                if k == next {
                    self.module.position_values.push(v);
                }
                abi::Value::Out(abi::Phase::Position, k)
            }
            Need::Entry => {
                let next = self.module.bracket_values.len() as u16;
                let k = *self.bracket_columns.entry(v).or_insert(next);
                if k == next {
                    self.module.bracket_values.push(v);
                }
                abi::Value::Out(abi::Phase::Bracket, k)
            }
        }
    }

    fn level(&mut self, l: Level, name: &str) -> abi::Level {
        match l {
            Level::Percent(n) => abi::Level::Percent(self.number(n, name)),
            Level::Price(n) => abi::Level::Price(self.number(n, name)),
            Level::Risk(n) => abi::Level::Risk(self.number(n, name)),
        }
    }

    fn distance(&mut self, d: Distance, name: &str) -> abi::Distance {
        match d {
            Distance::Percent(n) => abi::Distance::Percent(self.number(n, name)),
            Distance::Price(n) => abi::Distance::Price(self.number(n, name)),
            Distance::Risk(n) => abi::Distance::Risk(self.number(n, name)),
        }
    }

    fn sizing(&mut self, s: Sizing) -> abi::Sizing {
        match s {
            Sizing::Risk(n) => abi::Sizing::Risk(self.number(n, "risk")),
            Sizing::Equity(n) => abi::Sizing::Equity(self.number(n, "part of equity")),
            Sizing::TargetVol(t, v) => abi::Sizing::TargetVol {
                target: self.number(t, "target volatility"),
                vol: self.number(v, "volatility"),
            },
            Sizing::Units(n) => abi::Sizing::Units(self.number(n, "units")),
            Sizing::Notional(n) => abi::Sizing::Notional(self.number(n, "notional")),
        }
    }

    fn trigger(&mut self, x: ExitWhen) -> abi::ExitTrigger {
        match x {
            ExitWhen::Cond(n) => abi::ExitTrigger::When {
                cond: self.flag(n, "exit"),
                reason: abi::ExitReason::Signal,
            },
            ExitWhen::SessionEnd(n) => abi::ExitTrigger::When {
                cond: self.flag(n, "session end"),
                reason: abi::ExitReason::Session,
            },
            ExitWhen::After(n) => abi::ExitTrigger::After(self.number(n, "exit after")),
            ExitWhen::At(n) => abi::ExitTrigger::At(self.number(n, "exit at")),
        }
    }

    fn entry(&mut self, e: &Entry) -> abi::EntryPlan {
        let when = self.flag(e.when, &format!("enter {}", e.tag));
        let order = match e.order {
            EntryOrder::Market => abi::EntryOrder::Market,
            EntryOrder::Limit(p, n) => abi::EntryOrder::Limit {
                price: self.number(p, "limit price"),
                bars: self.number(n, "limit bars"),
            },
            EntryOrder::Stop(p, n) => abi::EntryOrder::Stop {
                price: self.number(p, "stop price"),
                bars: self.number(n, "stop bars"),
            },
        };
        let bracket = abi::Bracket {
            stops: e.stops.iter().map(|l| self.level(*l, "stop")).collect(),
            breakeven: e.breakeven.map(|d| self.distance(d, "breakeven")),
            targets: e
                .targets
                .iter()
                .map(|(l, part)| abi::TargetLeg {
                    level: self.level(*l, "target"),
                    closing: part.map(|n| self.number(n, "closing")),
                })
                .collect(),
            trail: e.trail.map(|(d, a)| abi::TrailLeg {
                distance: self.distance(d, "trail"),
                after: a.map(|a| self.distance(a, "trail after")),
            }),
            exits: e.exits.iter().map(|x| self.trigger(*x)).collect(),
        };
        let size = e.size.map(|s| self.sizing(s));
        abi::EntryPlan {
            side: e.side,
            tag: e.tag.clone(),
            when,
            order,
            size,
            bracket,
        }
    }
}

fn binary(op: Prim) -> Option<BinaryOp> {
    Some(match op {
        Prim::Add => BinaryOp::Add,
        Prim::Sub => BinaryOp::Sub,
        Prim::Mul => BinaryOp::Mul,
        Prim::Div => BinaryOp::Div,
        Prim::Mod => BinaryOp::Mod,
        Prim::Min => BinaryOp::Min,
        Prim::Max => BinaryOp::Max,
        Prim::Pow => BinaryOp::Pow,
        Prim::Atan2 => BinaryOp::Atan2,
        Prim::And => BinaryOp::And,
        Prim::Or => BinaryOp::Or,
        Prim::Xor => BinaryOp::Xor,
        _ => return None,
    })
}

fn compare(op: Prim) -> Option<CmpOp> {
    Some(match op {
        Prim::Eq => CmpOp::Eq,
        Prim::Ne => CmpOp::Ne,
        Prim::Lt => CmpOp::Lt,
        Prim::Le => CmpOp::Le,
        Prim::Gt => CmpOp::Gt,
        Prim::Ge => CmpOp::Ge,
        _ => return None,
    })
}

fn unary(op: Prim) -> UnaryOp {
    match op {
        Prim::Neg => UnaryOp::Neg,
        Prim::Abs => UnaryOp::Abs,
        Prim::Sqrt => UnaryOp::Sqrt,
        Prim::Floor => UnaryOp::Floor,
        Prim::Ceil => UnaryOp::Ceil,
        Prim::Round => UnaryOp::Round,
        Prim::Sign => UnaryOp::Sign,
        Prim::Exp => UnaryOp::Exp,
        Prim::Log => UnaryOp::Log,
        Prim::Log10 => UnaryOp::Log10,
        Prim::Sin => UnaryOp::Sin,
        Prim::Cos => UnaryOp::Cos,
        Prim::Tan => UnaryOp::Tan,
        Prim::Asin => UnaryOp::Asin,
        Prim::Acos => UnaryOp::Acos,
        Prim::Atan => UnaryOp::Atan,
        Prim::Sinh => UnaryOp::Sinh,
        Prim::Cosh => UnaryOp::Cosh,
        Prim::Tanh => UnaryOp::Tanh,
        Prim::Not => UnaryOp::Not,
        Prim::ToFloat => UnaryOp::ToFloat,
        Prim::IsFinite => UnaryOp::IsFinite,
        // binary operations were handled before; `As` never gets here
        _ => UnaryOp::Trunc,
    }
}

fn window(k: graph::WindowKind) -> WindowKind {
    match k {
        graph::WindowKind::Sum => WindowKind::Sum,
        graph::WindowKind::Mean => WindowKind::Mean,
        graph::WindowKind::SquaredDeviations => WindowKind::SquaredDeviations,
        graph::WindowKind::Max => WindowKind::Max,
        graph::WindowKind::Min => WindowKind::Min,
        graph::WindowKind::MaxAgo => WindowKind::MaxAgo,
        graph::WindowKind::MinAgo => WindowKind::MinAgo,
        graph::WindowKind::Kth => WindowKind::Kth,
    }
}

fn fold(k: graph::FoldKind) -> FoldKind {
    match k {
        graph::FoldKind::Sum => FoldKind::Sum,
        graph::FoldKind::Max => FoldKind::Max,
        graph::FoldKind::Min => FoldKind::Min,
        graph::FoldKind::All => FoldKind::All,
        graph::FoldKind::Any => FoldKind::Any,
        graph::FoldKind::Count => FoldKind::Count,
    }
}

fn position(f: graph::PositionField) -> PositionField {
    match f {
        graph::PositionField::Side => PositionField::Side,
        graph::PositionField::Bars => PositionField::Bars,
        graph::PositionField::Entry => PositionField::Entry,
        graph::PositionField::Profit => PositionField::Profit,
        graph::PositionField::Size => PositionField::Size,
        graph::PositionField::Equity => PositionField::Equity,
    }
}
