//! Well-known indicators and strategies as IR, in the standard library's formulas, and synthetic bars for them.

#![allow(dead_code)] // each user takes a part

use sbt_ir::{
    BinaryOp, CmpOp, FoldKind, FrameId, Module, Node, Op, Program, Ty, UnaryOp, ValueId, WindowKind,
};
use sixbtc_abi::{Column, Frame, FrameSpec, Input, OutputSpec, ParamKind, ParamSpec, Unit};
use std::collections::HashMap;

/// Builds a module on one frame, every node once.
#[derive(Default)]
pub struct Maker {
    module: Module,
    known: HashMap<String, ValueId>,
}

impl Maker {
    pub fn new(name: &str) -> Self {
        let columns = vec![Column::Open, Column::High, Column::Low, Column::Close];
        let frame = FrameSpec {
            symbol: None,
            period_ms: 60_000,
            columns,
        };
        Self {
            module: Module {
                name: name.into(),
                frames: vec![frame],
                ..Module::default()
            },
            known: HashMap::new(),
        }
    }

    pub fn op(&mut self, op: Op) -> ValueId {
        let ty = match op {
            Op::Bool(_)
            | Op::Cmp(..)
            | Op::Unary(UnaryOp::Not | UnaryOp::IsFinite, _)
            | Op::Binary(BinaryOp::And | BinaryOp::Or | BinaryOp::Xor, ..)
            | Op::Fold {
                kind: FoldKind::All | FoldKind::Any,
                ..
            } => Ty::Bool,
            _ => Ty::F64,
        };
        let key = format!("{op:?}");
        if let Some(id) = self.known.get(&key) {
            return *id;
        }
        let id = self.module.push(Node {
            op,
            ty,
            frame: FrameId(0),
        });
        self.known.insert(key, id);
        id
    }

    /// A node that is never shared.
    pub fn fresh(&mut self, op: Op) -> ValueId {
        self.module.push(Node {
            op,
            ty: Ty::F64,
            frame: FrameId(0),
        })
    }

    pub fn fold(
        &mut self,
        kind: FoldKind,
        var: ValueId,
        lo: ValueId,
        hi: ValueId,
        max: u32,
        body: ValueId,
    ) -> ValueId {
        self.op(Op::Fold {
            kind,
            var,
            lo,
            hi,
            max,
            body,
        })
    }

    pub fn num(&mut self, x: f64) -> ValueId {
        self.op(Op::Const(x))
    }

    pub fn field(&mut self, column: Column) -> ValueId {
        self.op(Op::Field(column))
    }

    pub fn bin(&mut self, op: BinaryOp, a: ValueId, b: ValueId) -> ValueId {
        self.op(Op::Binary(op, a, b))
    }

    pub fn cmp(&mut self, op: CmpOp, a: ValueId, b: ValueId) -> ValueId {
        self.op(Op::Cmp(op, a, b))
    }

    pub fn past(&mut self, x: ValueId, n: u32) -> ValueId {
        let rows = self.num(f64::from(n));
        self.op(Op::Hist { x, n: rows, max: n })
    }

    pub fn window(&mut self, kind: WindowKind, x: ValueId, n: u32, exact: bool) -> ValueId {
        let rows = self.num(f64::from(n));
        self.op(Op::Window {
            kind,
            x,
            k: x,
            n: rows,
            max: n,
            exact,
        })
    }

    pub fn sma(&mut self, x: ValueId, n: u32, exact: bool) -> ValueId {
        self.window(WindowKind::Mean, x, n, exact)
    }

    /// `e = fma(e[1], 1 − a, x·a)` from the simple average; `first` is the row of the first value.
    pub fn smooth(&mut self, x: ValueId, n: u32, a: f64, first: u32, exact: bool) -> ValueId {
        let init = self.sma(x, n, exact);
        let start = self.num(f64::from(first));
        let one = self.num(1.0);
        let keep = self.num(1.0 - a);
        let a = self.num(1.0 - (1.0 - a));
        let rec = self.module.push(Node {
            op: Op::Rec {
                init,
                start,
                next: init,
            },
            ty: Ty::F64,
            frame: FrameId(0),
        });
        let before = self.op(Op::Prev {
            rec,
            n: one,
            max: 1,
        });
        let step = self.bin(BinaryOp::Mul, x, a);
        let next = self.op(Op::Fma(before, keep, step));
        self.module.nodes[rec.index()].op = Op::Rec { init, start, next };
        rec
    }

    pub fn ema(&mut self, x: ValueId, n: u32, first: u32, exact: bool) -> ValueId {
        self.smooth(x, n, 2.0 / (f64::from(n) + 1.0), first, exact)
    }

    pub fn rma(&mut self, x: ValueId, n: u32, first: u32, exact: bool) -> ValueId {
        self.smooth(x, n, 1.0 / f64::from(n), first, exact)
    }

    pub fn rsi(&mut self, x: ValueId, n: u32) -> ValueId {
        let before = self.past(x, 1);
        let d = self.bin(BinaryOp::Sub, x, before);
        let zero = self.num(0.0);
        let up = self.bin(BinaryOp::Max, d, zero);
        let minus = self.op(Op::Unary(UnaryOp::Neg, d));
        let down = self.bin(BinaryOp::Max, minus, zero);
        let (up, down) = (self.rma(up, n, n, true), self.rma(down, n, n, true));
        let total = self.bin(BinaryOp::Add, up, down);
        let none = self.cmp(CmpOp::Eq, total, zero);
        let part = self.bin(BinaryOp::Div, up, total);
        let (hundred, fifty) = (self.num(100.0), self.num(50.0));
        let percent = self.bin(BinaryOp::Mul, hundred, part);
        self.op(Op::Select(none, fifty, percent))
    }

    pub fn true_range(&mut self) -> ValueId {
        let (high, low, close) = (
            self.field(Column::High),
            self.field(Column::Low),
            self.field(Column::Close),
        );
        let before = self.past(close, 1);
        let top = self.bin(BinaryOp::Max, high, before);
        let bottom = self.bin(BinaryOp::Min, low, before);
        self.bin(BinaryOp::Sub, top, bottom)
    }

    /// `if x == 0 then 0 else 100 (y / x)`
    pub fn percent_of(&mut self, y: ValueId, x: ValueId) -> ValueId {
        let (zero, hundred) = (self.num(0.0), self.num(100.0));
        let none = self.cmp(CmpOp::Eq, x, zero);
        let part = self.bin(BinaryOp::Div, y, x);
        let percent = self.bin(BinaryOp::Mul, hundred, part);
        self.op(Op::Select(none, zero, percent))
    }

    pub fn adx(&mut self, n: u32) -> ValueId {
        let (high, low) = (self.field(Column::High), self.field(Column::Low));
        let (high1, low1) = (self.past(high, 1), self.past(low, 1));
        let up = self.bin(BinaryOp::Sub, high, high1);
        let down = self.bin(BinaryOp::Sub, low1, low);
        let zero = self.num(0.0);
        let mut moves = Vec::new();
        for (a, b) in [(up, down), (down, up)] {
            let more = self.cmp(CmpOp::Gt, a, b);
            let some = self.cmp(CmpOp::Gt, a, zero);
            let counts = self.bin(BinaryOp::And, more, some);
            moves.push(self.op(Op::Select(counts, a, zero)));
        }
        let range = self.true_range();
        let range = self.rma(range, n, n, true);
        let plus = self.rma(moves[0], n, n, true);
        let minus = self.rma(moves[1], n, n, true);
        let (plus, minus) = (self.percent_of(plus, range), self.percent_of(minus, range));
        let apart = self.bin(BinaryOp::Sub, plus, minus);
        let apart = self.op(Op::Unary(UnaryOp::Abs, apart));
        let together = self.bin(BinaryOp::Add, plus, minus);
        let dx = self.percent_of(apart, together);
        self.rma(dx, n, 2 * n - 1, false)
    }

    pub fn flag(&mut self, name: &str, id: ValueId) {
        self.module.flags.push((name.into(), id));
    }

    pub fn value(&mut self, name: &str, id: ValueId) {
        let zero = self.num(0.0);
        self.module.values.push((
            OutputSpec {
                name: name.into(),
                unit: Unit::Other,
            },
            id,
        ));
        self.module.lookback.push(zero);
    }

    pub fn program(self) -> Program {
        sbt_opt::schedule(self.module).unwrap()
    }
}

/// Crosses of two simple averages whose lengths are parameters.
pub fn cross_by_parameters() -> Program {
    let mut m = Maker::new("cross");
    let close = m.field(Column::Close);
    let mut averages = Vec::new();
    for (at, (name, most)) in [("fast", 101), ("slow", 600)].into_iter().enumerate() {
        m.module.params.push(ParamSpec {
            name: name.into(),
            kind: ParamKind::Whole(Unit::Bars),
            default: 10.0,
            range: (1.0, f64::from(most)),
            values: vec![],
        });
        let n = m.op(Op::Param(at as u16));
        averages.push(m.op(Op::Window {
            kind: WindowKind::Mean,
            x: close,
            k: close,
            n,
            max: most,
            exact: true,
        }));
    }
    let (fast, slow) = (averages[0], averages[1]);
    let (fast1, slow1) = (m.past(fast, 1), m.past(slow, 1));
    for (name, now, before) in [("up", CmpOp::Gt, CmpOp::Le), ("down", CmpOp::Lt, CmpOp::Ge)] {
        let now = m.cmp(now, fast, slow);
        let before = m.cmp(before, fast1, slow1);
        let cross = m.bin(BinaryOp::And, now, before);
        m.flag(name, cross);
    }
    m.program()
}

/// Each bar by itself: two comparisons of its prices, no memory.
pub fn stateless() -> Program {
    let mut m = Maker::new("stateless");
    let (open, high, close) = (
        m.field(Column::Open),
        m.field(Column::High),
        m.field(Column::Close),
    );
    let up = m.cmp(CmpOp::Gt, close, open);
    let at_top = m.cmp(CmpOp::Ge, close, high);
    let both = m.bin(BinaryOp::And, up, at_top);
    m.flag("enter", both);
    m.program()
}

/// Names of [`program`].
pub const NAMES: [&str; 10] = [
    "w1", "w2", "sma30", "ema30", "rsi14", "atr14", "bbands20", "macd", "adx14", "stoch",
];

/// A program by name.
pub fn program(name: &str) -> Program {
    let mut m = Maker::new(name);
    let close = m.field(Column::Close);
    match name {
        "w1" => {
            let (fast, slow) = (m.sma(close, 10, true), m.sma(close, 30, true));
            let (fast1, slow1) = (m.past(fast, 1), m.past(slow, 1));
            for (name, now, before) in
                [("up", CmpOp::Gt, CmpOp::Le), ("down", CmpOp::Lt, CmpOp::Ge)]
            {
                let now = m.cmp(now, fast, slow);
                let before = m.cmp(before, fast1, slow1);
                let cross = m.bin(BinaryOp::And, now, before);
                m.flag(name, cross);
            }
        }
        "w2" => {
            let rsi = m.rsi(close, 14);
            let forty = m.num(40.0);
            let low = m.cmp(CmpOp::Lt, rsi, forty);
            let ema = m.ema(close, 200, 199, true);
            let above = m.cmp(CmpOp::Gt, close, ema);
            let both = m.bin(BinaryOp::And, low, above);
            m.flag("enter", both);
        }
        "sma30" => {
            let x = m.sma(close, 30, true);
            m.value("sma", x);
        }
        "ema30" => {
            let x = m.ema(close, 30, 29, true);
            m.value("ema", x);
        }
        "rsi14" => {
            let x = m.rsi(close, 14);
            m.value("rsi", x);
        }
        "atr14" => {
            let range = m.true_range();
            let x = m.rma(range, 14, 14, true);
            m.value("atr", x);
        }
        "bbands20" => {
            let mid = m.sma(close, 20, true);
            let squares = m.window(WindowKind::SquaredDeviations, close, 20, false);
            let (n, two) = (m.num(20.0), m.num(2.0));
            let variance = m.bin(BinaryOp::Div, squares, n);
            let deviation = m.op(Op::Unary(UnaryOp::Sqrt, variance));
            let d = m.bin(BinaryOp::Mul, two, deviation);
            let (top, low) = (m.bin(BinaryOp::Add, mid, d), m.bin(BinaryOp::Sub, mid, d));
            for (name, x) in [("mid", mid), ("top", top), ("low", low)] {
                m.value(name, x);
            }
        }
        "macd" => {
            let (fast, slow) = (m.ema(close, 12, 25, true), m.ema(close, 26, 25, true));
            let line = m.bin(BinaryOp::Sub, fast, slow);
            let signal = m.ema(line, 9, 33, false);
            let histogram = m.bin(BinaryOp::Sub, line, signal);
            for (name, x) in [("line", line), ("signal", signal), ("hist", histogram)] {
                m.value(name, x);
            }
        }
        "adx14" => {
            let x = m.adx(14);
            m.value("adx", x);
        }
        _ => {
            let (high, low) = (m.field(Column::High), m.field(Column::Low));
            let low_end = m.window(WindowKind::Min, low, 5, false);
            let top = m.window(WindowKind::Max, high, 5, false);
            let width = m.bin(BinaryOp::Sub, top, low_end);
            let above = m.bin(BinaryOp::Sub, close, low_end);
            let fast = m.percent_of(above, width);
            let k = m.sma(fast, 3, false);
            let d = m.sma(k, 3, false);
            m.value("k", k);
            m.value("d", d);
        }
    }
    m.program()
}

/// A program of about that many nodes, of what strategies are made of.
pub fn large(nodes: usize) -> Program {
    let mut m = Maker::new("large");
    let close = m.field(Column::Close);
    let mut n = 5;
    while m.module.nodes.len() < nodes {
        let ema = m.ema(close, n, n, true);
        let rsi = m.rsi(ema, n);
        let low = m.window(WindowKind::Min, rsi, n, false);
        let near = m.cmp(CmpOp::Lt, rsi, low);
        m.flag("near", near);
        n += 7;
    }
    m.program()
}

/// Synthetic one-minute bars: a random walk in ticks of 0.01.
pub struct Walk {
    pub time: Vec<i64>,
    pub columns: [Vec<f64>; 4],
}

impl Walk {
    pub fn new(rows: usize) -> Self {
        let mut seed = 0x9e37_79b9_7f4a_7c15u64;
        let mut below = move |n: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            (seed % n) as i64
        };
        let mut close = 5_000_000i64;
        let mut columns: [Vec<f64>; 4] = Default::default();
        let time = (0..rows as i64)
            .map(|at| 1_577_836_800_000 + 60_000 * at)
            .collect();
        for _ in 0..rows {
            let open = close;
            close = (open + below(4001) - 2000).max(1000);
            let bar = [
                open,
                open.max(close) + below(1000),
                (open.min(close) - below(1000)).max(1),
                close,
            ];
            for (column, ticks) in columns.iter_mut().zip(bar) {
                column.push(ticks as f64 / 100.0);
            }
        }
        Self { time, columns }
    }

    pub fn input(&self) -> Input<'_> {
        let columns = self.columns.iter().map(Vec::as_slice).collect();
        Input {
            frames: vec![Frame {
                time: &self.time,
                columns,
                confirmed: &[],
                price_scale: 100.0,
            }],
        }
    }
}
