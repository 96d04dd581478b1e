//! The normal form of a program, as a hash: equal for programs that differ in words, names, defaults and order alone.
//!
//! It is taken of the optimised intermediate representation, in which constants are folded and equal values are one. A
//! node's hash is made of its operation and of its operands' hashes: operands of commutative operations are sorted, chains
//! of `and` and of `or` are sets, `a > b` is `b < a`. Recurrences refer to themselves, so that their hashes are refined
//! round by round until no two more can be told apart (as the partition of Moore's minimisation of automata, 1956). Names
//! of strategy, parameters, labels and values do not count, nor do titles, plots, alerts and the defaults of parameters
//! that have a range: the sweep chooses among the range.

use sbt_hir::Strategy;
use sbt_ir::{BinaryOp, CmpOp, Module, Op, ValueId};
use sixbtc_abi::{
    Cond, EntryOrder, ExitTrigger, Level, OrderPlan, ParamSpec, Phase, Sizing, Value,
};
use std::collections::{BTreeSet, HashMap, HashSet};

/// A program's normal form.
#[derive(Debug, Clone)]
pub struct Normal {
    /// 32 hexadecimal digits.
    pub hash: String,
    /// The optimised program.
    pub module: Module,
    /// By node: its hash.
    nodes: Vec<u128>,
}

/// The normal form of a checked strategy; the error is a defect of the compiler.
pub fn of(strategy: &Strategy) -> Result<Normal, String> {
    let module = sbt_opt::simplify(sbt_ir::lower::strategy(strategy)).map_err(|e| e.to_string())?;
    Ok(of_module(module))
}

/// The normal form of a module that is optimised already.
pub fn of_module(module: Module) -> Normal {
    let alike = params(&module, None);
    let nodes = hashes(&module, &alike);
    let distinct: HashSet<u128> = alike.iter().copied().collect();
    let nodes = if distinct.len() == alike.len() {
        nodes
    } else {
        // parameters with one range are told apart by the order in which the orders read them
        let order = param_order(&module, &nodes);
        hashes(&module, &params(&module, Some(&order)))
    };
    let mut h = Words::new("program");
    surroundings(&module, &nodes, &mut h);
    plan(&module, &nodes, &mut h, &mut |c, h| {
        h.word(cond(&module, &nodes, c));
    });
    Normal {
        hash: format!("{:032x}", h.done()),
        module,
        nodes,
    }
}

impl Normal {
    /// The hash of everything but the conditions of the signal phase, for which `signal` writes what they did.
    pub fn but_for_signals(&self, mut signal: impl FnMut(u8) -> u128) -> u128 {
        let mut h = Words::new("behaviour");
        surroundings(&self.module, &self.nodes, &mut h);
        plan(&self.module, &self.nodes, &mut h, &mut |c, h| {
            h.word(match c.phase {
                Phase::Signal => signal(c.bit),
                _ => cond(&self.module, &self.nodes, c),
            });
        });
        h.done()
    }
}

/// Words to be hashed.
pub(crate) struct Words(Vec<u8>);

impl Words {
    pub(crate) fn new(kind: &str) -> Self {
        let mut words = Self(Vec::with_capacity(64));
        words.text(kind);
        words
    }

    fn text(&mut self, text: &str) {
        self.0.extend((text.len() as u32).to_le_bytes());
        self.0.extend(text.as_bytes());
    }

    fn number(&mut self, value: f64) {
        self.0.extend(value.to_bits().to_le_bytes());
    }

    fn word(&mut self, word: u128) {
        self.0.extend(word.to_le_bytes());
    }

    pub(crate) fn bits(&mut self, words: &[u64]) {
        for word in words {
            self.0.extend(word.to_le_bytes());
        }
    }

    pub(crate) fn done(&self) -> u128 {
        let hash = blake3::hash(&self.0);
        let mut first = [0; 16];
        first.copy_from_slice(&hash.as_bytes()[..16]);
        u128::from_le_bytes(first)
    }
}

fn params(module: &Module, order: Option<&HashMap<u16, u32>>) -> Vec<u128> {
    let one = |(at, spec): (usize, &ParamSpec)| {
        let mut h = Words::new("param");
        h.text(&format!("{:?}", spec.kind));
        h.number(spec.range.0);
        h.number(spec.range.1);
        spec.values.iter().for_each(|v| h.number(*v));
        if let Some(order) = order {
            h.word(
                order
                    .get(&(at as u16))
                    .map_or(u128::MAX, |o| u128::from(*o)),
            );
        }
        h.done()
    };
    module.params.iter().enumerate().map(one).collect()
}

/// The place of each parameter in the order in which the orders read them, operands of commutative operations by their hash.
fn param_order(module: &Module, nodes: &[u128]) -> HashMap<u16, u32> {
    let mut order = HashMap::new();
    let mut seen = vec![false; module.nodes.len()];
    let mut stack: Vec<ValueId> = Vec::new();
    let mut read = |root: ValueId| {
        stack.push(root);
        while let Some(id) = stack.pop() {
            if std::mem::replace(&mut seen[id.index()], true) {
                continue;
            }
            let op = module.node(id).op;
            if let Op::Param(p) = op {
                let next = order.len() as u32;
                order.entry(p).or_insert(next);
            }
            let mut operands = Vec::with_capacity(4);
            op.each_operand(|v| operands.push(v));
            if commutes(op) {
                operands.sort_by_key(|v| nodes[v.index()]);
            }
            stack.extend(operands.into_iter().rev());
        }
    };
    for (_, id) in &module.requires {
        read(*id);
    }
    let mut values = Vec::new();
    let mut nothing = Words::new("");
    each_root(module, &mut nothing, &mut |id, _| values.push(id));
    values.into_iter().for_each(&mut read);
    order
}

fn commutes(op: Op) -> bool {
    matches!(
        op,
        Op::Binary(
            BinaryOp::Add | BinaryOp::Mul | BinaryOp::And | BinaryOp::Or | BinaryOp::Xor,
            ..
        ) | Op::Cmp(CmpOp::Eq | CmpOp::Ne, ..)
            | Op::Fma(..)
    )
}

/// By node: its hash.
fn hashes(module: &Module, params: &[u128]) -> Vec<u128> {
    let frames: Vec<u128> = module
        .frames
        .iter()
        .map(|f| {
            let mut h = Words::new("frame");
            h.text(f.symbol.as_deref().unwrap_or(""));
            h.word(f.period_ms as u128);
            h.done()
        })
        .collect();
    let many = module.nodes.len();
    let mut fold_of: Vec<Option<usize>> = vec![None; many];
    for (at, node) in module.nodes.iter().enumerate() {
        if let Op::Fold { var, .. } = node.op {
            fold_of[var.index()] = Some(at);
        }
    }
    let cyclic: Vec<usize> = (0..many)
        .filter(|at| matches!(module.nodes[*at].op, Op::Rec { .. } | Op::FoldVar))
        .collect();
    // what does not depend on a recurrence is the same in every round
    let mut settled = vec![true; many];
    for (at, node) in module.nodes.iter().enumerate() {
        settled[at] = !matches!(node.op, Op::Rec { .. } | Op::FoldVar);
        node.op.each_operand(|v| {
            if v.index() < at {
                settled[at] &= settled[v.index()];
            } else {
                settled[at] = false;
            }
        });
    }
    let mut hash = vec![0u128; many];
    let mut guess: HashMap<usize, u128> = cyclic
        .iter()
        .map(|at| {
            let index = module.nodes[*at].op == Op::FoldVar;
            (*at, Words::new(if index { "index" } else { "rec" }).done())
        })
        .collect();
    let mut told_apart = 0;
    let mut first = true;
    loop {
        for at in 0..many {
            if let Some(guess) = guess.get(&at) {
                hash[at] = *guess;
            } else if first || !settled[at] {
                hash[at] = node_hash(module, at, &hash, params, &frames);
            }
        }
        first = false;
        if cyclic.is_empty() {
            return hash;
        }
        let mut next = HashMap::with_capacity(cyclic.len());
        for &at in &cyclic {
            let mut h = Words::new("cycle");
            h.word(hash[at]);
            h.word(
                frames
                    .get(usize::from(module.nodes[at].frame.0))
                    .copied()
                    .unwrap_or(0),
            );
            match module.nodes[at].op {
                Op::Rec { init, start, next } => {
                    for v in [init, start, next] {
                        h.word(hash[v.index()]);
                    }
                }
                _ => h.word(fold_of[at].map_or(0, |fold| hash[fold])),
            }
            next.insert(at, h.done());
        }
        guess = next;
        let apart = guess.values().collect::<HashSet<_>>().len();
        if apart == told_apart {
            return hash;
        }
        told_apart = apart;
    }
}

fn node_hash(module: &Module, at: usize, hash: &[u128], params: &[u128], frames: &[u128]) -> u128 {
    let node = &module.nodes[at];
    let of = |v: ValueId| hash[v.index()];
    let frame = |f: sbt_ir::FrameId| frames.get(usize::from(f.0)).copied().unwrap_or(0);
    match node.op {
        Op::Const(c) => constant(c),
        Op::Param(p) => params.get(usize::from(p)).copied().unwrap_or(0),
        Op::Bool(b) => {
            let mut h = Words::new("bool");
            h.word(u128::from(b));
            h.done()
        }
        Op::Field(column) => {
            let mut h = Words::new("field");
            h.text(&format!("{column:?}"));
            h.word(frame(node.frame));
            h.done()
        }
        Op::Row => {
            let mut h = Words::new("row");
            h.word(frame(node.frame));
            h.done()
        }
        Op::Binary(op @ (BinaryOp::And | BinaryOp::Or), ..) => {
            let leaves = chain(module, ValueId(at as u32), op, hash);
            if let (1, Some(only)) = (leaves.len(), leaves.first()) {
                return *only;
            }
            let mut h = Words::new(if op == BinaryOp::And { "and" } else { "or" });
            for leaf in leaves {
                h.word(leaf);
            }
            h.done()
        }
        Op::Cmp(op @ (CmpOp::Gt | CmpOp::Ge), a, b) => {
            let mirrored = if op == CmpOp::Gt {
                CmpOp::Lt
            } else {
                CmpOp::Le
            };
            let mut h = Words::new(&format!("{mirrored:?}"));
            h.word(of(b));
            h.word(of(a));
            h.done()
        }
        op => {
            let mut h = Words::new("node");
            match op {
                Op::Unary(op, _) => h.text(&format!("{op:?}")),
                Op::Binary(op, ..) => h.text(&format!("{op:?}")),
                Op::Cmp(op, ..) => {
                    h = Words::new(&format!("{op:?}"));
                }
                Op::Fma(..) => h.text("fma"),
                Op::Select(..) => h.text("select"),
                // the proven bounds follow from the lengths
                Op::Hist { .. } => h.text("hist"),
                Op::Prev { .. } => h.text("prev"),
                Op::Window { kind, exact, .. } => {
                    h.text(&format!("{kind:?}"));
                    h.word(u128::from(exact && kind.is_sum()));
                    h.word(frame(node.frame));
                }
                Op::Fold { kind, .. } => h.text(&format!("fold {kind:?}")),
                Op::Current(x) => {
                    h.text("current");
                    h.word(frame(module.node(x).frame));
                }
                Op::Position(field) => h.text(&format!("position {field:?}")),
                Op::Entry => h.text("entry"),
                _ => {}
            }
            let mut operands = Vec::with_capacity(4);
            op.each_operand(|v| operands.push(of(v)));
            if commutes(op) && operands.len() >= 2 {
                operands[..2].sort_unstable();
            }
            for v in operands {
                h.word(v);
            }
            h.done()
        }
    }
}

fn constant(c: f64) -> u128 {
    let mut h = Words::new("const");
    h.number(sbt_ir::interp::scalar::canonical(c));
    h.done()
}

/// What a chain of one connective joins, each once.
fn chain(module: &Module, root: ValueId, connective: BinaryOp, hash: &[u128]) -> BTreeSet<u128> {
    let mut leaves = BTreeSet::new();
    let mut seen = HashSet::new();
    let mut stack = vec![root];
    while let Some(id) = stack.pop() {
        if !seen.insert(id) {
            continue;
        }
        match module.node(id).op {
            Op::Binary(op, a, b) if op == connective => stack.extend([a, b]),
            _ => {
                leaves.insert(hash[id.index()]);
            }
        }
    }
    leaves
}

/// Session and conditions on parameters.
fn surroundings(module: &Module, nodes: &[u128], h: &mut Words) {
    let clock = module.frames.first();
    h.text(clock.and_then(|f| f.symbol.as_deref()).unwrap_or(""));
    h.word(clock.map_or(0, |f| f.period_ms) as u128);
    if let Some(s) = &module.session {
        h.text(&format!("{s:?}"));
    }
    let requires: BTreeSet<u128> = module
        .requires
        .iter()
        .map(|(_, id)| nodes[id.index()])
        .collect();
    for r in requires {
        h.word(r);
    }
}

/// The node behind a condition.
fn node_of(module: &Module, c: Cond) -> Option<ValueId> {
    let bit = usize::from(c.bit);
    match c.phase {
        Phase::Signal => module.flags.get(bit).map(|f| f.1),
        Phase::Position => module.position_flags.get(bit).copied(),
        Phase::Bracket => None,
    }
}

fn cond(module: &Module, nodes: &[u128], c: Cond) -> u128 {
    node_of(module, c).map_or(0, |id| nodes[id.index()])
}

/// Writes what the orders are: their kinds as text, their numbers and conditions as hashes.
fn plan(
    module: &Module,
    nodes: &[u128],
    h: &mut Words,
    conditions: &mut dyn FnMut(Cond, &mut Words),
) {
    let mut value = |v: Value, h: &mut Words| {
        let hash = match v {
            Value::Const(c) => constant(c),
            other => place(module, other).map_or(0, |id| nodes[id.index()]),
        };
        h.word(hash);
    };
    walk(&module.plan, h, &mut value, conditions);
}

/// The node behind a number of the plan; none behind a constant.
fn place(module: &Module, v: Value) -> Option<ValueId> {
    let at = |i: u16| usize::from(i);
    match v {
        Value::Const(_) => None,
        Value::Scalar(i) => module.scalars.get(at(i)).copied(),
        Value::Out(Phase::Signal, i) => module.values.get(at(i)).map(|v| v.1),
        Value::Out(Phase::Position, i) => module.position_values.get(at(i)).copied(),
        Value::Out(Phase::Bracket, i) => module.bracket_values.get(at(i)).copied(),
    }
}

/// Calls `f` for every node that the orders read, in order.
fn each_root(module: &Module, h: &mut Words, f: &mut dyn FnMut(ValueId, &mut Words)) {
    let f = std::cell::RefCell::new(f);
    walk(
        &module.plan,
        h,
        &mut |v, h| {
            if let Some(id) = place(module, v) {
                (f.borrow_mut())(id, h);
            }
        },
        &mut |c, h| {
            if let Some(id) = node_of(module, c) {
                (f.borrow_mut())(id, h);
            }
        },
    );
}

type OnValue<'f> = &'f mut dyn FnMut(Value, &mut Words);
type OnCond<'f> = &'f mut dyn FnMut(Cond, &mut Words);

fn walk(plan: &OrderPlan, h: &mut Words, value: OnValue<'_>, conditions: OnCond<'_>) {
    for e in &plan.entries {
        h.text(&format!("enter {:?}", e.side));
        conditions(e.when, h);
        match &e.order {
            EntryOrder::Market => h.text("market"),
            EntryOrder::Limit { price, bars } => {
                h.text("limit");
                value(*price, h);
                value(*bars, h);
            }
            EntryOrder::Stop { price, bars } => {
                h.text("stop order");
                value(*price, h);
                value(*bars, h);
            }
        }
        sizing(e.size.as_ref(), h, value);
        let b = &e.bracket;
        for stop in &b.stops {
            h.text("stop");
            level(stop, h, value);
        }
        if let Some(d) = &b.breakeven {
            h.text("breakeven");
            distance(d, h, value);
        }
        for leg in &b.targets {
            h.text("target");
            level(&leg.level, h, value);
            if let Some(part) = leg.closing {
                h.text("closing");
                value(part, h);
            }
        }
        if let Some(leg) = &b.trail {
            h.text("trail");
            distance(&leg.distance, h, value);
            if let Some(after) = &leg.after {
                h.text("after");
                distance(after, h, value);
            }
        }
        for exit in &b.exits {
            trigger(exit, h, value, conditions);
        }
    }
    for exit in &plan.exits {
        h.text(&format!("exit {:?}", exit.scope));
        trigger(&exit.trigger, h, value, conditions);
    }
    sizing(plan.size.as_ref(), h, value);
    let limits = &plan.limits;
    for (name, limit) in [
        ("leverage", limits.leverage),
        ("pyramid", limits.pyramid),
        ("cooldown", limits.cooldown),
        ("trades", limits.trades.map(|t| t.0)),
    ] {
        if let Some(v) = limit {
            h.text(name);
            value(v, h);
        }
    }
    if let Some(d) = &limits.pyramid_every {
        distance(d, h, value);
    }
    if let Some((_, period)) = limits.trades {
        h.word(period as u128);
    }
}

fn trigger(t: &ExitTrigger, h: &mut Words, value: OnValue<'_>, conditions: OnCond<'_>) {
    match t {
        ExitTrigger::When { cond, reason } => {
            h.text(reason.name());
            conditions(*cond, h);
        }
        ExitTrigger::After(v) => {
            h.text("after");
            value(*v, h);
        }
        ExitTrigger::At(v) => {
            h.text("at");
            value(*v, h);
        }
    }
}

fn level(l: &Level, h: &mut Words, value: OnValue<'_>) {
    let (kind, v) = match l {
        Level::Percent(v) => ("percent", v),
        Level::Price(v) => ("price", v),
        Level::Risk(v) => ("risk", v),
    };
    h.text(kind);
    value(*v, h);
}

fn distance(d: &sixbtc_abi::Distance, h: &mut Words, value: OnValue<'_>) {
    use sixbtc_abi::Distance;
    let (kind, v) = match d {
        Distance::Percent(v) => ("percent", v),
        Distance::Price(v) => ("price", v),
        Distance::Risk(v) => ("risk", v),
    };
    h.text(kind);
    value(*v, h);
}

fn sizing(s: Option<&Sizing>, h: &mut Words, value: OnValue<'_>) {
    let Some(s) = s else { return };
    let (kind, first, second) = match s {
        Sizing::Risk(v) => ("size risk", v, None),
        Sizing::Equity(v) => ("size equity", v, None),
        Sizing::TargetVol { target, vol } => ("size volatility", target, Some(vol)),
        Sizing::Units(v) => ("size units", v, None),
        Sizing::Notional(v) => ("size notional", v, None),
    };
    h.text(kind);
    value(*first, h);
    if let Some(v) = second {
        value(*v, h);
    }
}
