//! What the interpreter promises, on modules written by hand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::float_cmp,
    clippy::format_push_string
)]

use sbt_ir::interp::{bind, check_params, evaluate};
use sbt_ir::{InterpKernel, Layout, Module, Program, Stage, ValueId};
use sixbtc_abi::{Frame, Input, Kernel, KernelError, Outputs, ParamKind, ParamSpec, Unit};

fn module(text: &str) -> Module {
    let m: Module = format!("frame {{symbol none period_ms 60000 columns [close]}}\n{text}")
        .parse()
        .unwrap();
    sbt_ir::verify(&m).unwrap();
    m
}

/// A program without scheduling: enough for what the interpreter reads.
fn program(m: Module) -> Program {
    let stages = m.stages();
    let order = m.evaluation_order(&m.roots(), |_| 0).unwrap();
    let of = |stage| {
        order
            .iter()
            .copied()
            .filter(|id| stages[id.index()] == stage)
            .collect::<Vec<ValueId>>()
    };
    let (run, signal) = (of(Stage::Run), vec![of(Stage::Signal)]);
    Program {
        run,
        signal,
        stages: stages.clone(),
        module: m,
        ..Program::default()
    }
}

fn bars<'a>(time: &'a [i64], close: &'a [f64]) -> Input<'a> {
    Input {
        frames: vec![Frame {
            time,
            columns: vec![close],
            confirmed: &[],
            price_scale: 100.0,
        }],
    }
}

fn prices(rows: usize) -> Vec<f64> {
    (0..rows)
        .map(|row| ((row * 7919 % 613) as f64 / 7.0).sin() * 100.0)
        .collect()
}

const WINDOWS: [&str; 8] = [
    "sum",
    "mean",
    "squared_deviations",
    "max",
    "min",
    "max_ago",
    "min_ago",
    "kth",
];

fn windows(n: usize) -> Module {
    let mut text = format!("%0 = field close\n%1 = const {n}\n");
    for (at, kind) in WINDOWS.iter().enumerate() {
        let k = if *kind == "kth" { ", %1" } else { "" };
        text += &format!("%{} = window.{kind} %0{k}, %1 max {n}\n", at + 2);
    }
    for at in 0..WINDOWS.len() {
        text += &format!(
            "value {{name \"v{at}\" unit number}} %{} lookback %1\n",
            at + 2
        );
    }
    module(&text)
}

#[test]
fn a_full_window_does_not_know_where_the_run_began() {
    let close = prices(80);
    // a gap in the middle
    let time: Vec<i64> = (0..80)
        .map(|row: i64| (row + if row > 40 { 13 } else { 0 }) * 60_000 - 1_200_000)
        .collect();
    for n in [1, 2, 5, 16] {
        let m = windows(n);
        let whole = evaluate(&m, &[], &bars(&time, &close)).unwrap();
        for start in [1, 7, 30, 45] {
            let late = evaluate(&m, &[], &bars(&time[start..], &close[start..])).unwrap();
            for (at, kind) in WINDOWS.iter().enumerate() {
                let id = ValueId(at as u32 + 2);
                let bits = |column: &[f64]| column.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                assert_eq!(
                    bits(&whole.column(id).unwrap()[start + n..]),
                    bits(&late.column(id).unwrap()[n..]),
                    "{kind} of {n} from {start}"
                );
            }
        }
    }
}

#[test]
fn windows_agree_with_plain_statistics() {
    let close = prices(60);
    let time: Vec<i64> = (0..60).map(|row| row * 60_000).collect();
    let n = 9;
    let all = evaluate(&windows(n), &[], &bars(&time, &close)).unwrap();
    for t in n..60 {
        let rows = &close[t + 1 - n..=t];
        let sum: f64 = rows.iter().sum();
        let mean = sum / n as f64;
        let deviations: f64 = rows.iter().map(|x| (x - mean) * (x - mean)).sum();
        let mut sorted = rows.to_vec();
        sorted.sort_by(f64::total_cmp);
        let ago = |x: f64| {
            rows.iter()
                .rev()
                .position(|v| v.total_cmp(&x).is_eq())
                .unwrap() as f64
        };
        let wanted = [
            sum,
            mean,
            deviations,
            sorted[n - 1],
            sorted[0],
            ago(sorted[n - 1]),
            ago(sorted[0]),
            sorted[n - 1],
        ];
        for (at, want) in wanted.into_iter().enumerate() {
            let found = all.column(ValueId(at as u32 + 2)).unwrap()[t];
            assert!(
                (found - want).abs() <= 1e-9 * (1.0 + want.abs()),
                "{} at {t}: {found}, not {want}",
                WINDOWS[at]
            );
        }
    }
}

#[test]
fn extremes_and_ranks_leave_nan_out() {
    let m = windows(3);
    let nan = f64::NAN;
    let close = [nan, 2.0, nan, nan, nan, -0.0];
    let time: Vec<i64> = (0..6).map(|row| row * 60_000).collect();
    let all = evaluate(&m, &[], &bars(&time, &close)).unwrap();
    let column = |kind: &str| {
        let at = WINDOWS.iter().position(|k| *k == kind).unwrap();
        all.column(ValueId(at as u32 + 2)).unwrap().to_vec()
    };
    let inf = f64::INFINITY;
    assert_eq!(column("max")[..5], [-inf, 2.0, 2.0, 2.0, -inf]);
    assert_eq!(column("min")[..5], [inf, 2.0, 2.0, 2.0, inf]);
    assert_eq!(column("max_ago"), [0.0, 0.0, 1.0, 2.0, 0.0, 0.0]);
    assert_eq!(column("max")[5].to_bits(), 0, "no negative zero");
    assert!(column("kth")[3].is_nan(), "NaN is ordered last");
}

#[test]
fn whole_ticks_add_exactly() {
    let text = "%0 = field close %1 = const 3
        %2 = window.sum %0, %1 max 3 exact
        value {name \"v\" unit price} %2 lookback %1";
    let m = module(text);
    let close = [0.1, 0.2, 0.3, 0.1, 0.2];
    let time: Vec<i64> = (0..5).map(|row| row * 60_000).collect();
    let sum = evaluate(&m, &[], &bars(&time, &close))
        .unwrap()
        .column(ValueId(2))
        .unwrap()
        .to_vec();
    assert_eq!(sum[2..], [0.6, 0.6, 0.6]);
}

#[test]
fn parameters_are_checked_by_name() {
    let spec = |kind, range, values: &[f64]| ParamSpec {
        name: "p".into(),
        kind,
        default: 2.0,
        range,
        values: values.to_vec(),
    };
    let reason = |spec: ParamSpec, params: &[f64]| match check_params(&[spec], params) {
        Ok(()) => "fine".to_owned(),
        Err(KernelError::Param { name, reason }) => format!("{name}: {reason}"),
        Err(other) => panic!("{other}"),
    };
    let whole = || spec(ParamKind::Whole(Unit::Bars), (2.0, 9.0), &[2.0, 9.0]);
    assert_eq!(reason(whole(), &[5.0]), "fine");
    assert_eq!(reason(whole(), &[5.5]), "p: 5.5 is not a whole number");
    assert_eq!(reason(whole(), &[10.0]), "p: 10 is outside 2..9");
    assert_eq!(
        reason(whole(), &[f64::NAN]),
        "p: NaN is not a number it can take"
    );
    assert_eq!(reason(whole(), &[]), "p: has no value");
    assert_eq!(
        reason(whole(), &[2.0, 3.0]),
        "#2: unknown; the strategy has 1 parameters"
    );
    let choice = || {
        spec(
            ParamKind::Choice(vec!["a".into(), "b".into()]),
            (0.0, 1.0),
            &[],
        )
    };
    assert_eq!(reason(choice(), &[1.0]), "fine");
    assert_eq!(reason(choice(), &[0.5]), "p: 0.5 is none of its 2 choices");
    let frames = || spec(ParamKind::Timeframe, (1.0, 9.0), &[1.0, 9.0]);
    assert_eq!(reason(frames(), &[9.0]), "fine");
    assert_eq!(
        reason(frames(), &[3.0]),
        "p: 3 ms is none of its timeframes"
    );
    let switch = || spec(ParamKind::Bool, (0.0, 1.0), &[]);
    assert_eq!(
        reason(switch(), &[0.5]),
        "p: 0.5 is neither 0 (false) nor 1 (true)"
    );
}

#[test]
fn binding_evaluates_what_is_fixed() {
    let m = module(
        "param {name \"n\" kind whole(bars) default 4 range (1, 9) values []}
         %0 = param 0  %1 = const 2  %2 = mul %0, %1  %3: bool = lt %0, %2  %4 = const 5  %5: bool = lt %0, %4
         %6 = index  %7 = const 0  %8 = fold.sum %6, %7, %0, %6 max 9
         %9 = field close
         require \"n < 5\" %5
         value {name \"v\" unit price} %9 lookback %2
         scalar %8  scalar %2
         warmup %2",
    );
    let p = program(m);
    let constants = bind(&p, &[4.0]).unwrap();
    assert_eq!(constants.scalars, [6.0, 8.0]);
    assert_eq!((constants.warmup, constants.lookback), (8, vec![8]));
    assert_eq!(
        bind(&p, &[6.0]),
        Err(KernelError::Require {
            condition: "n < 5".into()
        })
    );
}

#[test]
fn a_kernel_refuses_what_does_not_fit() {
    let m = module("%0 = field close %1 = const 0\nvalue {name \"v\" unit price} %0 lookback %1");
    let kernel = InterpKernel::new(program(m)).unwrap();
    let constants = kernel.bind(&[]).unwrap();
    let time = [0, 60_000];
    let close = [1.0, 2.0];
    let mut out = Outputs::new(kernel.manifest(), 2);
    let mut state = kernel.new_state(&constants);
    let mut run = |input: &Input<'_>, rows, out: &mut Outputs| {
        kernel.run(input, &[0], rows, &constants, &mut state, out)
    };
    let shape = |r: Result<(), KernelError>| matches!(r, Err(KernelError::Shape(_)));
    assert!(
        shape(run(&bars(&time, &close[..1]), 0..2, &mut out)),
        "short column"
    );
    assert!(
        shape(run(&bars(&time, &close), 1..2, &mut out)),
        "not the next row"
    );
    assert!(
        shape(run(&bars(&time, &close), 0..3, &mut out)),
        "more rows than bars"
    );
    assert!(
        shape(run(&bars(&time, &close), 0..2, &mut Outputs::default())),
        "no room"
    );
    assert!(run(&bars(&time, &close), 0..2, &mut out).is_ok());
    assert!(
        shape(run(&bars(&time, &close), 0..2, &mut out)),
        "the same rows again"
    );
    let flat = sixbtc_abi::PositionInputs::default();
    let step = kernel.position((0, &[]), &flat, &constants, &mut state, &mut []);
    assert!(shape(step.map(drop)), "no values");
}

#[test]
fn the_layout_counts_what_is_kept() {
    let m = module(
        "%0 = field close  %1 = const 1  %2 = const 5  %3 = sqrt %0
         %4 = hist %0, %2 max 5
         %5 = hist %3, %2 max 5
         %6 = hist %3, %1 max 1
         %7 = window.sum %3, %2 max 5
         %8 = rec %0, %1, %10
         %9 = prev %8, %1 max 1
         %10 = add %9, %7
         %11 = window.max %0, %2 max 5
         value {name \"a\" unit number} %4 lookback %1
         value {name \"b\" unit number} %5 lookback %1
         value {name \"c\" unit number} %6 lookback %1
         value {name \"d\" unit number} %10 lookback %1
         value {name \"e\" unit number} %11 lookback %1",
    );
    let p = program(m);
    let layout = Layout::new(&p);
    let mut rings: Vec<(u32, usize)> = layout.rings.iter().map(|r| (r.of.0, r.size)).collect();
    rings.sort_unstable();
    assert_eq!(
        rings,
        [(3, 8), (8, 1)],
        "one ring for all readers; none for a raw field"
    );
    assert_eq!(layout.history, [5]);
    assert_eq!(layout.windows.len(), 2);
    assert_eq!(
        layout.guarded,
        [ValueId(9)],
        "%10 is an output, so that the 0 before the first row shows"
    );
    let manifest = layout.manifest(&p);
    assert_eq!(manifest.state_bytes, layout.words * 8);
    assert!(manifest.ops_per_bar > 8);
}
