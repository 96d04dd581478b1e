//! Random modules: always well formed, mostly nonsense, rich in what goes wrong.

use super::{Rng, awkward};
use crate::module::{FrameId, Module, Node, Ty, ValueId};
use crate::op::{BinaryOp, CmpOp, FoldKind, Op, PositionField, UnaryOp, WindowKind};
use sixbtc_abi::{Column, FrameSpec, OutputSpec, ParamKind, ParamSpec, Unit};

/// How large and how wild a random module is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// About how many signal nodes a frame.
    pub nodes: usize,
    /// Frames beside the clock, at most.
    pub frames: usize,
    /// Longest delay or window.
    pub length: u32,
    /// Whether there are a position and a bracket phase.
    pub position: bool,
    /// Whether there are folds.
    pub folds: bool,
    /// Whether to use transcendental functions and awkward constants.
    pub wild: bool,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            nodes: 30,
            frames: 2,
            length: 9,
            position: true,
            folds: true,
            wild: true,
        }
    }
}

/// An admissible value for each parameter.
pub fn random_params(rng: &mut Rng, module: &Module) -> Vec<f64> {
    module
        .params
        .iter()
        .map(|p| rng.pick(&p.values).unwrap_or(p.default))
        .collect()
}

/// A random module; the same for the same seed and size.
pub fn random_module(rng: &mut Rng, size: &Size) -> Module {
    let mut maker = Maker {
        rng,
        size,
        m: Module::default(),
        pool: Vec::new(),
        open: Vec::new(),
        frame: 0,
        phase: Phase::Signal,
    };
    maker.module();
    maker.m
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Signal,
    Position,
    Bracket,
}

/// A node that may be read.
#[derive(Clone, Copy)]
struct Known {
    id: ValueId,
    ty: Ty,
    frame: u16,
    /// Fixed for the run, readable everywhere.
    fixed: bool,
    /// Depends on the index of the fold under way.
    local: bool,
}

struct Maker<'a> {
    rng: &'a mut Rng,
    size: &'a Size,
    m: Module,
    pool: Vec<Known>,
    /// Recurrences without their `next`.
    open: Vec<ValueId>,
    frame: u16,
    phase: Phase,
}

impl Maker<'_> {
    fn module(&mut self) {
        self.m.name = "random".into();
        self.frames();
        self.fixed_nodes();
        let frames = self.m.frames.len() as u16;
        for frame in (0..frames).rev() {
            self.frame = frame;
            let columns = self.m.frames[frame as usize].columns.clone();
            for column in columns {
                self.add(Op::Field(column), Ty::F64, false, false);
            }
            if frame == 0 {
                for g in 1..frames {
                    for _ in 0..=self.rng.below(3) {
                        let there: Vec<Known> = self
                            .pool
                            .iter()
                            .copied()
                            .filter(|k| k.frame == g && !k.fixed)
                            .collect();
                        if let Some(k) = self.rng.pick(&there) {
                            self.add(Op::Current(k.id), k.ty, false, false);
                        }
                    }
                }
            }
            self.nodes(self.size.nodes);
            self.close_all();
        }
        self.frame = 0;
        self.signal_outputs();
        if self.size.position {
            self.later_phases();
        }
        self.fixed_outputs();
    }

    fn frames(&mut self) {
        const BASE: i64 = 60_000;
        const ALL: [Column; 7] = [
            Column::Close,
            Column::Open,
            Column::High,
            Column::Low,
            Column::Volume,
            Column::MinuteOfDay,
            Column::InSession,
        ];
        let others = self.rng.below(self.size.frames + 1);
        for frame in 0..=others {
            let mut columns: Vec<Column> = ALL[..=self.rng.below(ALL.len())].to_vec();
            let turn = self.rng.below(columns.len());
            columns.rotate_left(turn);
            if frame == 0 {
                // scheduling may ask for it: with it here, the same bars do before and after
                columns.push(Column::Time);
            }
            let multiple = if frame == 0 {
                1
            } else {
                [1, 3, 5, 15][self.rng.below(4)]
            };
            let symbol = (frame > 0 && self.rng.once_in(2)).then(|| "OTHER".to_owned());
            self.m.frames.push(FrameSpec {
                symbol,
                period_ms: BASE * multiple,
                columns,
            });
        }
    }

    fn fixed_nodes(&mut self) {
        for index in 0..self.rng.below(4) {
            let whole = self.rng.once_in(2);
            let values: Vec<f64> = if whole {
                (1..=self.size.length).map(f64::from).collect()
            } else {
                vec![0.25, 0.5, 1.5, 2.0]
            };
            let kind = if whole {
                ParamKind::Whole(Unit::Bars)
            } else {
                ParamKind::Number(Unit::Number)
            };
            self.m.params.push(ParamSpec {
                name: format!("p{index}"),
                kind,
                default: values[0],
                range: (values[0], values[values.len() - 1]),
                values,
            });
            self.add(Op::Param(index as u16), Ty::F64, true, false);
        }
        for length in [0, 1, 1, 2, 3, self.size.length] {
            self.add(Op::Const(f64::from(length)), Ty::F64, true, false);
        }
        for _ in 0..3 {
            let c = if self.size.wild && self.rng.once_in(2) {
                awkward(self.rng)
            } else {
                self.rng.below(1000) as f64 / 64.0
            };
            self.add(Op::Const(c), Ty::F64, true, false);
        }
        self.add(Op::Bool(true), Ty::Bool, true, false);
        self.add(Op::Bool(false), Ty::Bool, true, false);
        for _ in 0..3 {
            let a = self.fixed();
            let b = self.fixed();
            let op =
                [BinaryOp::Add, BinaryOp::Sub, BinaryOp::Mul, BinaryOp::Max][self.rng.below(4)];
            self.add(Op::Binary(op, a, b), Ty::F64, true, false);
        }
    }

    fn add(&mut self, op: Op, ty: Ty, fixed: bool, local: bool) -> ValueId {
        let frame = if fixed { 0 } else { self.frame };
        let id = self.m.push(Node {
            op,
            ty,
            frame: FrameId(frame),
        });
        self.pool.push(Known {
            id,
            ty,
            frame,
            fixed,
            local,
        });
        id
    }

    fn choose(&mut self, ty: Ty, which: impl Fn(&Known) -> bool) -> Option<Known> {
        let frame = self.frame;
        let fit = |k: &Known| k.ty == ty && (k.fixed || k.frame == frame) && which(k);
        // prefer what was made lately, so that the graph grows deep
        if !self.rng.once_in(3) {
            let late = self.pool.len().saturating_sub(12);
            let candidates: Vec<Known> = self.pool[late..]
                .iter()
                .copied()
                .filter(|k| fit(k))
                .collect();
            if let Some(k) = self.rng.pick(&candidates) {
                return Some(k);
            }
        }
        let candidates: Vec<Known> = self.pool.iter().copied().filter(|k| fit(k)).collect();
        self.rng.pick(&candidates)
    }

    /// Any node of the frame, old ones as likely as new ones.
    fn anywhere(&mut self, ty: Ty) -> ValueId {
        let frame = self.frame;
        let fit = |k: &Known| k.ty == ty && (k.fixed || k.frame == frame);
        let candidates: Vec<Known> = self.pool.iter().copied().filter(fit).collect();
        self.rng.pick(&candidates).unwrap_or(self.pool[0]).id
    }

    fn any(&mut self, ty: Ty) -> Known {
        match self.choose(ty, |_| true) {
            Some(k) => k,
            None => self.pool[0],
        }
    }

    /// A number fixed for the run.
    fn fixed(&mut self) -> ValueId {
        let fixed: Vec<Known> = self
            .pool
            .iter()
            .copied()
            .filter(|k| k.fixed && k.ty == Ty::F64)
            .collect();
        match self.rng.pick(&fixed) {
            Some(k) => k.id,
            None => self.m.push(Node {
                op: Op::Const(1.0),
                ty: Ty::F64,
                frame: FrameId(0),
            }),
        }
    }

    fn max(&mut self) -> u32 {
        if self.rng.once_in(3) {
            1
        } else {
            1 + self.rng.below(self.size.length as usize) as u32
        }
    }

    fn nodes(&mut self, many: usize) {
        for _ in 0..many {
            match self.rng.below(20) {
                0 => {
                    self.add(Op::Row, Ty::F64, false, false);
                }
                1 => self.repeat(),
                2..=3 if self.phase != Phase::Bracket => self.recurrence(),
                4 if self.phase != Phase::Bracket => self.average(),
                5..=6 if self.phase != Phase::Bracket => self.window(),
                7..=9 if self.phase != Phase::Bracket => self.delay(),
                10 if self.size.folds => self.fold(0),
                11 => self.close_one(),
                _ => {
                    self.pointwise();
                }
            }
        }
    }

    /// The same node once more, for sharing to find.
    fn repeat(&mut self) {
        let ty = if self.rng.once_in(3) {
            Ty::Bool
        } else {
            Ty::F64
        };
        let known = self.any(ty);
        let op = self.m.node(known.id).op;
        if !matches!(op, Op::FoldVar | Op::Rec { .. } | Op::Fold { .. }) {
            let id = self.m.push(Node {
                op,
                ty: known.ty,
                frame: FrameId(known.frame),
            });
            self.pool.push(Known { id, ..known });
        }
    }

    fn pointwise(&mut self) -> Known {
        const PLAIN: [UnaryOp; 9] = [
            UnaryOp::Neg,
            UnaryOp::Abs,
            UnaryOp::Sqrt,
            UnaryOp::Floor,
            UnaryOp::Ceil,
            UnaryOp::Round,
            UnaryOp::Trunc,
            UnaryOp::Sign,
            UnaryOp::Exp,
        ];
        const WILD: [UnaryOp; 11] = [
            UnaryOp::Log,
            UnaryOp::Log10,
            UnaryOp::Sin,
            UnaryOp::Cos,
            UnaryOp::Tan,
            UnaryOp::Asin,
            UnaryOp::Acos,
            UnaryOp::Atan,
            UnaryOp::Sinh,
            UnaryOp::Cosh,
            UnaryOp::Tanh,
        ];
        const TWO: [BinaryOp; 9] = [
            BinaryOp::Add,
            BinaryOp::Sub,
            BinaryOp::Mul,
            BinaryOp::Div,
            BinaryOp::Mod,
            BinaryOp::Min,
            BinaryOp::Max,
            BinaryOp::Pow,
            BinaryOp::Atan2,
        ];
        const COMPARE: [CmpOp; 6] = [
            CmpOp::Eq,
            CmpOp::Ne,
            CmpOp::Lt,
            CmpOp::Le,
            CmpOp::Gt,
            CmpOp::Ge,
        ];
        const LOGIC: [BinaryOp; 3] = [BinaryOp::And, BinaryOp::Or, BinaryOp::Xor];
        let (mut a, mut b) = (self.any(Ty::F64), self.any(Ty::F64));
        if self.rng.once_in(4) {
            // an operand that tempts to simplify
            let c = [0.0, -0.0, 1.0, -1.0, 2.0, f64::NAN, f64::INFINITY][self.rng.below(7)];
            let id = self.m.push(Node {
                op: Op::Const(c),
                ty: Ty::F64,
                frame: FrameId(0),
            });
            let constant = Known {
                id,
                ty: Ty::F64,
                frame: 0,
                fixed: true,
                local: false,
            };
            if self.rng.once_in(2) {
                a = constant;
            } else {
                b = constant;
            }
        }
        let (p, q) = (self.any(Ty::Bool), self.any(Ty::Bool));
        let wild = self.size.wild;
        let (op, ty, read): (Op, Ty, Vec<Known>) = match self.rng.below(10) {
            0 => (Op::Unary(PLAIN[self.rng.below(9)], a.id), Ty::F64, vec![a]),
            1 if wild => (Op::Unary(WILD[self.rng.below(11)], a.id), Ty::F64, vec![a]),
            2 => (Op::Select(p.id, a.id, b.id), Ty::F64, vec![p, a, b]),
            3 => {
                if self.rng.once_in(3) {
                    (Op::Unary(UnaryOp::Not, p.id), Ty::Bool, vec![p])
                } else {
                    (
                        Op::Binary(LOGIC[self.rng.below(3)], p.id, q.id),
                        Ty::Bool,
                        vec![p, q],
                    )
                }
            }
            4..=5 => (
                Op::Cmp(COMPARE[self.rng.below(6)], a.id, b.id),
                Ty::Bool,
                vec![a, b],
            ),
            6 => match self.rng.below(5) {
                0 => (Op::Unary(UnaryOp::ToFloat, p.id), Ty::F64, vec![p]),
                1 => (Op::Unary(UnaryOp::IsFinite, a.id), Ty::Bool, vec![a]),
                2 => (Op::Select(p.id, q.id, p.id), Ty::Bool, vec![p, q]),
                3 => {
                    let c = self.any(Ty::F64);
                    (Op::Fma(a.id, b.id, c.id), Ty::F64, vec![a, b, c])
                }
                _ => (Op::Binary(BinaryOp::Sub, a.id, b.id), Ty::F64, vec![a, b]),
            },
            _ => (
                Op::Binary(TWO[self.rng.below(if wild { 9 } else { 7 })], a.id, b.id),
                Ty::F64,
                vec![a, b],
            ),
        };
        let fixed = read.iter().all(|k| k.fixed);
        let local = read.iter().any(|k| k.local);
        let id = self.add(op, ty, fixed, local);
        Known {
            id,
            ty,
            frame: if fixed { 0 } else { self.frame },
            fixed,
            local,
        }
    }

    fn delay(&mut self) {
        let ty = if self.rng.once_in(4) {
            Ty::Bool
        } else {
            Ty::F64
        };
        let Some(x) = self.choose(ty, |k| !k.local) else {
            return;
        };
        let n = if self.rng.once_in(4) {
            self.any(Ty::F64)
        } else {
            self.constant_length()
        };
        let max = self.max();
        self.add(
            Op::Hist {
                x: x.id,
                n: n.id,
                max,
            },
            ty,
            x.fixed && n.fixed,
            n.local,
        );
    }

    fn constant_length(&mut self) -> Known {
        let fixed: Vec<Known> = self
            .pool
            .iter()
            .copied()
            .filter(|k| k.fixed && k.ty == Ty::F64)
            .collect();
        self.rng.pick(&fixed).unwrap_or(self.pool[0])
    }

    fn window(&mut self) {
        const KINDS: [WindowKind; 8] = [
            WindowKind::Sum,
            WindowKind::Mean,
            WindowKind::SquaredDeviations,
            WindowKind::Max,
            WindowKind::Min,
            WindowKind::MaxAgo,
            WindowKind::MinAgo,
            WindowKind::Kth,
        ];
        let kind = KINDS[self.rng.below(8)];
        let x = self.any(Ty::F64);
        let k = if kind == WindowKind::Kth {
            self.any(Ty::F64)
        } else {
            x
        };
        let n = self.fixed();
        let exact = self.phase == Phase::Signal && kind.is_sum() && self.rng.once_in(3);
        let max = self.max();
        self.add(
            Op::Window {
                kind,
                x: x.id,
                k: k.id,
                n,
                max,
                exact,
            },
            Ty::F64,
            false,
            false,
        );
    }

    fn recurrence(&mut self) {
        let ty = if self.rng.once_in(4) {
            Ty::Bool
        } else {
            Ty::F64
        };
        let init = self.any(ty);
        let start = self.fixed();
        let rec = self.m.push(Node {
            op: Op::Rec {
                init: init.id,
                start,
                next: init.id,
            },
            ty,
            frame: FrameId(self.frame),
        });
        self.open.push(rec);
        for _ in 0..=self.rng.below(2) {
            let n = if self.rng.once_in(3) {
                self.any(Ty::F64).id
            } else {
                self.constant_length().id
            };
            let max = self.max();
            self.add(Op::Prev { rec, n, max }, ty, false, false);
        }
    }

    /// An exponential average, as strategies have them; twice the same is one after sharing.
    fn average(&mut self) {
        let x = self.any(Ty::F64).id;
        let (start, alpha, one) = (self.fixed(), self.fixed(), self.fixed());
        let times = 1 + self.rng.below(2);
        let fused = self.rng.once_in(2);
        for _ in 0..times {
            let frame = FrameId(self.frame);
            let rec = self.m.push(Node {
                op: Op::Rec {
                    init: x,
                    start,
                    next: x,
                },
                ty: Ty::F64,
                frame,
            });
            let mut node = |op| {
                self.m.push(Node {
                    op,
                    ty: Ty::F64,
                    frame,
                })
            };
            let prev = node(Op::Prev {
                rec,
                n: one,
                max: 1,
            });
            let next = if fused {
                let step = node(Op::Binary(BinaryOp::Mul, alpha, x));
                node(Op::Fma(prev, start, step))
            } else {
                let change = node(Op::Binary(BinaryOp::Sub, x, prev));
                let step = node(Op::Binary(BinaryOp::Mul, alpha, change));
                node(Op::Binary(BinaryOp::Add, prev, step))
            };
            self.m.nodes[rec.index()].op = Op::Rec {
                init: x,
                start,
                next,
            };
            self.pool.push(Known {
                id: rec,
                ty: Ty::F64,
                frame: self.frame,
                fixed: false,
                local: false,
            });
        }
    }

    fn close_one(&mut self) {
        if let Some(rec) = self.open.pop() {
            let node = *self.m.node(rec);
            let Op::Rec { init, start, .. } = node.op else {
                return;
            };
            let next = self.choose(node.ty, |k| k.id > rec).map_or(init, |k| k.id);
            self.m.nodes[rec.index()].op = Op::Rec { init, start, next };
            self.pool.push(Known {
                id: rec,
                ty: node.ty,
                frame: node.frame.0,
                fixed: false,
                local: false,
            });
        }
    }

    fn close_all(&mut self) {
        while !self.open.is_empty() {
            self.close_one();
        }
    }

    fn fold(&mut self, depth: usize) {
        let kept = self.pool.len();
        let outer_local: Vec<bool> = self.pool.iter().map(|k| k.local).collect();
        let (lo, hi) = (self.any(Ty::F64), self.any(Ty::F64));
        let var = self.m.push(Node {
            op: Op::FoldVar,
            ty: Ty::F64,
            frame: FrameId(0),
        });
        self.pool.push(Known {
            id: var,
            ty: Ty::F64,
            frame: self.frame,
            fixed: false,
            local: true,
        });
        if self.phase != Phase::Bracket
            && let Some(x) = self.choose(Ty::F64, |k| !k.local)
        {
            let max = self.max();
            self.add(
                Op::Hist {
                    x: x.id,
                    n: var,
                    max,
                },
                Ty::F64,
                false,
                true,
            );
        }
        for _ in 0..=self.rng.below(4) {
            self.pointwise();
        }
        if depth == 0 && self.rng.once_in(3) {
            self.fold(1);
        }
        let (kind, ty) = [
            (FoldKind::Sum, Ty::F64),
            (FoldKind::Max, Ty::F64),
            (FoldKind::Min, Ty::F64),
            (FoldKind::All, Ty::Bool),
            (FoldKind::Any, Ty::Bool),
            (FoldKind::Count, Ty::Bool),
        ][self.rng.below(6)];
        let body = self.any(ty);
        self.pool.truncate(kept);
        let max = 1 + self.rng.below(4) as u32;
        let result = if matches!(kind, FoldKind::All | FoldKind::Any) {
            Ty::Bool
        } else {
            Ty::F64
        };
        let local = outer_local.iter().any(|l| *l);
        let frame = self.frame;
        let op = Op::Fold {
            kind,
            var,
            lo: lo.id,
            hi: hi.id,
            max,
            body: body.id,
        };
        let id = self.m.push(Node {
            op,
            ty: result,
            frame: FrameId(frame),
        });
        self.pool.push(Known {
            id,
            ty: result,
            frame,
            fixed: false,
            local,
        });
    }

    fn named(&mut self, id: ValueId) {
        let name = format!("v{}", self.m.values.len());
        self.m.values.push((
            OutputSpec {
                name,
                unit: Unit::Number,
            },
            id,
        ));
        let lookback = self.fixed();
        self.m.lookback.push(lookback);
    }

    fn signal_outputs(&mut self) {
        // many of them, so that little of what goes wrong stays hidden
        for _ in 0..4 + self.rng.below(20) {
            let id = self.anywhere(Ty::F64);
            self.named(id);
        }
        for bit in 0..self.rng.below(6) {
            let id = self.anywhere(Ty::Bool);
            self.m.flags.push((format!("f{bit}"), id));
        }
    }

    fn later_phases(&mut self) {
        const FIELDS: [PositionField; 6] = [
            PositionField::Side,
            PositionField::Bars,
            PositionField::Entry,
            PositionField::Profit,
            PositionField::Size,
            PositionField::Equity,
        ];
        let signal = self.pool.len();
        self.phase = Phase::Position;
        for field in &FIELDS[..=self.rng.below(6)] {
            self.add(Op::Position(*field), Ty::F64, false, false);
        }
        self.nodes(self.size.nodes / 2);
        self.close_all();
        for _ in 0..self.rng.below(9) {
            let id = self.anywhere(Ty::F64);
            self.m.position_values.push(id);
            let id = self.anywhere(Ty::Bool);
            self.m.position_flags.push(id);
        }
        self.pool.truncate(signal);
        self.phase = Phase::Bracket;
        self.add(Op::Entry, Ty::F64, false, false);
        self.nodes(self.size.nodes / 3);
        for _ in 0..self.rng.below(6) {
            let id = self.anywhere(Ty::F64);
            self.m.bracket_values.push(id);
        }
    }

    fn fixed_outputs(&mut self) {
        for _ in 0..self.rng.below(3) {
            let id = self.fixed();
            self.m.scalars.push(id);
        }
        if self.rng.once_in(2) {
            let id = self.fixed();
            self.m.warmup = Some(id);
        }
    }
}
