//! Every operation and every window against the interpreter, bit for bit, on numbers that find mistakes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod programs;

use super::{CompileError, CompiledKernel, compile, compile_baseline};
use programs::Maker;
use sbt_ir::{BinaryOp, CmpOp, FoldKind, InterpKernel, Op, Program, Stage, UnaryOp, WindowKind};
use sixbtc_abi::{Column, Frame, Input, Kernel, KernelError, Outputs};

const NUMBERS: [f64; 26] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    0.1,
    3.0,
    100.25,
    -7.75,
    1e-300,
    5e-324,
    -5e-324,
    f64::MIN_POSITIVE,
    1e300,
    -1e300,
    f64::MAX,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    4_503_599_627_370_495.5,
    9_007_199_254_740_993.0,
    709.9,
];

/// All pairs of [`NUMBERS`], with gaps in time.
struct Pairs {
    time: Vec<i64>,
    columns: Vec<Vec<f64>>,
}

impl Pairs {
    fn new() -> Self {
        let count = NUMBERS.len();
        let rows = count * count;
        let at = |row: usize, by: usize| NUMBERS[(row / by) % count];
        let columns = vec![
            (0..rows).map(|r| at(r, 1)).collect(),
            (0..rows).map(|r| at(r, count)).collect(),
            (0..rows).map(|r| at(r * 7 + 3, 1)).collect(),
            (0..rows)
                .map(|r| 100.0 + ((r * 37) % 101) as f64 / 100.0)
                .collect(),
        ];
        let mut t = -55 * 60_000;
        let time = (0..rows)
            .map(|r| {
                t += 60_000 * if r % 11 == 10 { 1 + (r % 50) as i64 } else { 1 };
                t
            })
            .collect();
        Self { time, columns }
    }

    fn input(&self) -> Input<'_> {
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

fn run(kernel: &dyn Kernel, pairs: &Pairs) -> Outputs {
    let constants = kernel.bind(&[]).unwrap();
    let mut state = kernel.new_state(&constants);
    let rows = pairs.time.len();
    let mut out = Outputs::new(kernel.manifest(), rows);
    kernel
        .run(
            &pairs.input(),
            &[],
            0..rows,
            &constants,
            &mut state,
            &mut out,
        )
        .unwrap();
    out
}

fn agrees(program: &Program) {
    let pairs = Pairs::new();
    let wanted = run(&InterpKernel::new(program.clone()).unwrap(), &pairs);
    for compiled in [compile, compile_baseline] {
        agree(program, &pairs, &wanted, &compiled(program).unwrap());
    }
}

fn agree(program: &Program, pairs: &Pairs, wanted: &Outputs, kernel: &CompiledKernel) {
    let got = run(kernel, pairs);
    let names = program.module.values.iter().map(|v| &v.0.name);
    for ((got, wanted), name) in got.values.iter().zip(&wanted.values).zip(names) {
        for (row, (got, wanted)) in got.iter().zip(wanted).enumerate() {
            let inputs = pairs.columns.iter().map(|c| c[row]).collect::<Vec<_>>();
            assert_eq!(
                got.to_bits(),
                wanted.to_bits(),
                "{name} at row {row}: {got:e}, not {wanted:e}, of {inputs:?}"
            );
        }
    }
    assert_eq!(got.flags, wanted.flags);
}

#[test]
fn operations_on_awkward_numbers() {
    use BinaryOp as B;
    use UnaryOp as U;
    let mut m = Maker::new("operations");
    let (a, b) = (m.field(Column::Open), m.field(Column::High));
    let unary = [
        U::Neg,
        U::Abs,
        U::Sqrt,
        U::Floor,
        U::Ceil,
        U::Round,
        U::Trunc,
        U::Sign,
        U::Exp,
        U::Log,
        U::Log10,
        U::Sin,
        U::Cos,
        U::Tan,
        U::Asin,
        U::Acos,
        U::Atan,
        U::Sinh,
        U::Cosh,
        U::Tanh,
    ];
    for op in unary {
        let x = m.op(Op::Unary(op, a));
        m.value(&format!("{op:?}"), x);
    }
    for op in [
        B::Add,
        B::Sub,
        B::Mul,
        B::Div,
        B::Mod,
        B::Min,
        B::Max,
        B::Pow,
        B::Atan2,
    ] {
        let x = m.bin(op, a, b);
        m.value(&format!("{op:?}"), x);
    }
    let third = m.field(Column::Low);
    let product = m.bin(B::Mul, a, b);
    let minus = m.op(Op::Unary(U::Neg, product));
    let turned = m.op(Op::Unary(U::Neg, b));
    for (x, y, z) in [
        (a, b, third),
        (third, b, a),
        (a, b, minus),
        (a, turned, product),
        (turned, turned, third),
        (a, a, turned),
    ] {
        let fused = m.op(Op::Fma(x, y, z));
        m.value(&format!("fma {} {} {}", x.0, y.0, z.0), fused);
    }
    let finite = m.op(Op::Unary(U::IsFinite, a));
    m.flag("finite", finite);
    let mut last = finite;
    for op in [
        CmpOp::Eq,
        CmpOp::Ne,
        CmpOp::Lt,
        CmpOp::Le,
        CmpOp::Gt,
        CmpOp::Ge,
    ] {
        let c = m.cmp(op, a, b);
        m.flag(&format!("{op:?}"), c);
        let chosen = m.op(Op::Select(c, a, b));
        m.value(&format!("select {op:?}"), chosen);
        for both in [B::And, B::Or, B::Xor] {
            let mixed = m.bin(both, c, last);
            let negated = m.op(Op::Unary(U::Not, mixed));
            let chosen = m.op(Op::Select(negated, b, a));
            m.value(&format!("select not {both:?} {op:?}"), chosen);
            m.flag("mixed", mixed);
        }
        let number = m.op(Op::Unary(U::ToFloat, c));
        m.value("number", number);
        last = c;
    }
    let row = m.op(Op::Row);
    m.value("row", row);
    agrees(&m.program());
}

#[test]
fn windows_over_gaps_and_awkward_numbers() {
    use WindowKind as W;
    let kinds = [
        W::Sum,
        W::Mean,
        W::SquaredDeviations,
        W::Max,
        W::Min,
        W::MaxAgo,
        W::MinAgo,
        W::Kth,
    ];
    for n in [1, 2, 3, 5, 8, 21] {
        let mut m = Maker::new("windows");
        let fields = [Column::Open, Column::Low, Column::Close].map(|c| m.field(c));
        let made = m.bin(BinaryOp::Sub, fields[2], fields[1]);
        let made_of_prices = m.bin(BinaryOp::Add, fields[2], fields[2]);
        let fixed = m.num(0.25);
        for x in fields.into_iter().chain([made, made_of_prices, fixed]) {
            for kind in kinds {
                for exact in [false, true] {
                    let rows = m.num(f64::from(n));
                    let k = if kind == W::Kth { fields[2] } else { x };
                    let window = m.op(Op::Window {
                        kind,
                        x,
                        k,
                        n: rows,
                        max: n,
                        exact,
                    });
                    m.value(&format!("{kind:?} {n} exact {exact} of {}", x.0), window);
                }
            }
        }
        agrees(&m.program());
    }
}

#[test]
fn delays_and_folds() {
    let mut m = Maker::new("folds");
    let (close, open) = (m.field(Column::Close), m.field(Column::Open));
    let made = m.bin(BinaryOp::Add, close, close);
    for n in [0, 1, 2, 3, 4, 9] {
        for x in [close, open, made] {
            let past = m.past(x, n);
            m.value(&format!("{}[{n}]", x.0), past);
        }
    }
    let moving = m.op(Op::Hist {
        x: made,
        n: open,
        max: 6,
    });
    m.value("moving", moving);
    // the bounds are numbers of the program, or change by bar; short ones are unrolled, long ones loops
    for (from, to) in [
        (0.0, 5.0),
        (-1.5, 2.9),
        (3.0, 1.0),
        (0.0, 40.0),
        (f64::NAN, 3.0),
        (0.0, f64::INFINITY),
    ] {
        for kind in [
            FoldKind::Sum,
            FoldKind::Max,
            FoldKind::Min,
            FoldKind::All,
            FoldKind::Any,
            FoldKind::Count,
        ] {
            for by_bar in [false, true] {
                let lo = m.num(from);
                let hi = if by_bar { open } else { m.num(to) };
                let var = m.fresh(Op::FoldVar);
                let past = m.op(Op::Hist {
                    x: made,
                    n: var,
                    max: 45,
                });
                let part = m.bin(BinaryOp::Mul, past, var);
                let truth = m.cmp(CmpOp::Gt, part, made);
                let numeric = matches!(kind, FoldKind::Sum | FoldKind::Max | FoldKind::Min);
                let body = if numeric { part } else { truth };
                let fold = m.fold(kind, var, lo, hi, 42, body);
                let truth = matches!(kind, FoldKind::All | FoldKind::Any);
                let fold = if truth {
                    m.op(Op::Unary(UnaryOp::ToFloat, fold))
                } else {
                    fold
                };
                m.value(&format!("{kind:?} {from}..{to} {by_bar}"), fold);
            }
        }
    }
    agrees(&m.program());
}

/// Windows that only seed a recurrence go another way than the others.
#[test]
fn recurrences_seeded_by_windows() {
    for n in [1, 2, 5, 9] {
        let mut m = Maker::new("seeds");
        let (close, open) = (m.field(Column::Close), m.field(Column::Open));
        let made = m.bin(BinaryOp::Sub, close, open);
        let (huge, small) = (m.num(1e300), m.num(2.5));
        for (at, x) in [close, open, made, huge, small].into_iter().enumerate() {
            for exact in [false, true] {
                for first in [0, n, 40] {
                    let rec = m.smooth(x, n, 0.25, first, exact);
                    m.value(&format!("{at} of {n} from {first}, exact {exact}"), rec);
                }
            }
        }
        agrees(&m.program());
    }
}

#[test]
fn what_cannot_be_compiled_is_refused() {
    let mut m = Maker::new("refused");
    let close = m.field(Column::Close);
    let sum = m.window(WindowKind::Sum, close, 5, false);
    m.value("sum", sum);
    let good = m.program();
    assert!(compile(&good).is_ok());

    let mut timeless = good.clone();
    timeless.module.frames[0].period_ms = 0;
    assert!(matches!(
        compile(&timeless),
        Err(CompileError::Unsupported { .. })
    ));

    let mut unscheduled = good.clone();
    unscheduled.signal[0].clear();
    assert!(matches!(
        compile(&unscheduled),
        Err(CompileError::NotScheduled(_))
    ));

    let mut stageless = good.clone();
    stageless.stages.clear();
    assert!(matches!(
        compile(&stageless),
        Err(CompileError::NotScheduled(_))
    ));

    let mut many = good;
    let truth = many.module.push(sbt_ir::Node {
        op: Op::Bool(true),
        ty: sbt_ir::Ty::Bool,
        frame: sbt_ir::FrameId(0),
    });
    many.stages.push(Stage::Run);
    many.module.flags = vec![("yes".into(), truth); 65];
    assert!(matches!(
        compile(&many),
        Err(CompileError::TooMany { limit: 64, .. })
    ));
}

#[test]
fn wrong_use_is_refused() {
    let mut m = Maker::new("wrong");
    let close = m.field(Column::Close);
    let mean = m.sma(close, 4, true);
    m.value("mean", mean);
    let kernel = compile(&m.program()).unwrap();
    let constants = kernel.bind(&[]).unwrap();
    let fresh = kernel.new_state(&constants);
    let pairs = Pairs::new();
    let input = pairs.input();
    let mut out = Outputs::new(kernel.manifest(), 10);
    let shape = |result: Result<(), KernelError>| {
        assert!(matches!(result, Err(KernelError::Shape(_))), "{result:?}");
    };

    // rows that do not exist, do not continue the state, do not fit the buffers
    let rows = pairs.time.len();
    shape(kernel.run(
        &input,
        &[],
        rows..rows + 1,
        &constants,
        &mut fresh.clone(),
        &mut out,
    ));
    shape(kernel.run(&input, &[], 1..5, &constants, &mut fresh.clone(), &mut out));
    shape(kernel.run(&input, &[], 0..11, &constants, &mut fresh.clone(), &mut out));
    // a column too few, or too short
    let mut few = input.clone();
    few.frames[0].columns.pop();
    shape(kernel.run(&few, &[], 0..5, &constants, &mut fresh.clone(), &mut out));
    let mut short = input.clone();
    short.frames[0].columns[3] = &pairs.columns[3][..4];
    shape(kernel.run(&short, &[], 0..5, &constants, &mut fresh.clone(), &mut out));
    shape(kernel.run(
        &Input { frames: vec![] },
        &[],
        0..5,
        &constants,
        &mut fresh.clone(),
        &mut out,
    ));
    // constants or state of another kernel
    let mut others = constants.clone();
    others.slots.push(0);
    shape(kernel.run(&input, &[], 0..5, &others, &mut fresh.clone(), &mut out));
    let mut state = fresh.clone();
    state.words.push(0);
    shape(kernel.run(&input, &[], 0..5, &constants, &mut state, &mut out));
    // rows in front dropped that the window still reads
    let mut state = fresh.clone();
    kernel
        .run(&input, &[], 0..8, &constants, &mut state, &mut out)
        .unwrap();
    let mut later = input.clone();
    later.frames[0].time = &pairs.time[6..];
    for (column, whole) in later.frames[0].columns.iter_mut().zip(&pairs.columns) {
        *column = &whole[6..];
    }
    shape(kernel.run(&later, &[6], 8..9, &constants, &mut state.clone(), &mut out));
    // nothing to do is fine
    kernel
        .run(&input, &[], 8..8, &constants, &mut state, &mut out)
        .unwrap();
    assert!(kernel.bracket(&[], 1.0, &constants, &mut []).is_err());
    assert!(kernel.bracket(&[1.0], 1.0, &constants, &mut []).is_ok());
}

#[test]
fn a_state_that_was_tampered_with_stays_in_bounds() {
    let mut m = Maker::new("tampered");
    let (close, open) = (m.field(Column::Close), m.field(Column::Open));
    let made = m.bin(BinaryOp::Sub, close, open);
    for kind in [
        WindowKind::Sum,
        WindowKind::SquaredDeviations,
        WindowKind::MaxAgo,
        WindowKind::Min,
        WindowKind::Kth,
    ] {
        let window = m.window(kind, made, 5, false);
        m.value("window", window);
    }
    let kernel = compile(&m.program()).unwrap();
    let constants = kernel.bind(&[]).unwrap();
    let pairs = Pairs::new();
    let input = pairs.input();
    let mut out = Outputs::new(kernel.manifest(), 20);
    let mut state = kernel.new_state(&constants);
    kernel
        .run(&input, &[], 0..20, &constants, &mut state, &mut out)
        .unwrap();
    for at in 0..state.words.len() {
        for word in [
            0,
            1,
            19,
            40,
            u64::MAX,
            i64::MIN as u64,
            i64::MAX as u64,
            f64::NAN.to_bits(),
            1 << 40,
        ] {
            let mut bad = state.clone();
            bad.words[at] = word;
            // refused, or computed to nonsense within bounds
            let _ = kernel.run(&input, &[], 20..40, &constants, &mut bad, &mut out);
        }
    }
}
