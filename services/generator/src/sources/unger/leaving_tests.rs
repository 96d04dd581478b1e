//! Each mechanism leaves when it should and not before: hand-made bars through the engine, long and mirrored short.

use super::*;
use crate::recipe::Space;
use crate::write::{Written, write};
use sbt_ir::InterpKernel;
use serde_json::json;
use sixbtc_abi::Kernel;
use sixbtc_backtest::{BacktestInput, run_backtest};
use sixbtc_engine::{ExitReason, RunSettings, Trade};
use sixbtc_market::{Bar, Bars, SynthOptions, synth};

/// Open, high, low, close.
type Candle = (f64, f64, f64, f64);

/// Bars of 100 before anything happens: the exit condition looks ten bars back.
const CALM: usize = 30;
/// The row of the entry's fill, at 101: one candle after the calm closes at 101, above the high before.
const FILL: u32 = 31;

fn settings() -> RunSettings {
    RunSettings {
        taker_fee: 0.0,
        maker_fee: 0.0,
        slippage: 0.0,
        funding: false,
        ..RunSettings::default()
    }
}

fn trades(written: &Written, bars: &Bars) -> Vec<Trade> {
    let program = sbt_opt::schedule(written.normal.module.clone()).unwrap();
    let kernel = InterpKernel::new(program).unwrap();
    let params: Vec<f64> = kernel.manifest().params.iter().map(|p| p.default).collect();
    let settings = settings();
    let data = [bars.clone()];
    run_backtest(&BacktestInput::new(&kernel, &params, &data, &settings))
        .unwrap()
        .trades
}

fn written(parts: serde_json::Value, side: Side) -> Written {
    let recipe = Recipe {
        source: SourceName::Unger,
        bred: false,
        timeframe: "1h".into(),
        side,
        regime: None,
        space: Space::Own,
        parts,
        parents: Vec::new(),
        origin: None,
    };
    write(&Unger::new().unwrap().make(&recipe).unwrap()).unwrap()
}

/// Enters on a close beyond the bar before; the target is 4 %, the exit condition a close on the wrong side of that of ten bars
/// ago, which is 100 for long enough, and the trail as given. With two sides the other one waits for prices that never come.
fn program(mechanism: Mechanism, trail: (f64, f64), side: Side, mirrored: bool) -> Written {
    let plan = |long: bool| {
        let mut plan = match (long, long == mirrored) {
            (true, false) => json!({"entry": {"id": "BRK_01"}}),
            (false, false) => json!({"entry": {"id": "BRK_02"}}),
            (true, true) => json!({"entry": {"id": "REV_01", "args": [5.0, 20.0]}}),
            (false, true) => json!({"entry": {"id": "REV_02", "args": [5.0, 20.0]}}),
        };
        if mechanism.uses_exit() {
            plan["exit"] = json!({"id": if long { "EXT_07" } else { "EXT_08" }});
        }
        plan
    };
    let plans = match side {
        Side::Long => json!([plan(true)]),
        Side::Short => json!([plan(false)]),
        Side::Both => json!([plan(true), plan(false)]),
    };
    let mut parts = json!({
        "plans": plans,
        "mechanism": mechanism.id(),
        "stop": {"id": "SL_01", "args": [20.0]},
        "leverage": 2.0,
    });
    if mechanism.uses_target() {
        parts["target"] = json!({"id": "TP_01", "args": [4.0]});
    }
    if mechanism.uses_trail() {
        parts["trail"] = json!({"id": "TS_01", "args": [trail.0, trail.1]});
    }
    written(parts, side)
}

fn bars(script: &[Candle], mirrored: bool) -> Bars {
    let mut bars = Bars::new("X", "1h".parse().unwrap());
    let calm = std::iter::repeat_n((100.0, 100.0, 100.0, 100.0), CALM);
    let candles = calm
        .chain([(100.0, 101.0, 100.0, 101.0)])
        .chain(script.iter().copied());
    for (row, (open, high, low, close)) in candles.enumerate() {
        let flip = |p: f64| if mirrored { 200.0 - p } else { p };
        let (high, low) = if mirrored { (low, high) } else { (high, low) };
        bars.push(Bar {
            time: row as i64 * 3_600_000,
            open: flip(open),
            high: flip(high),
            low: flip(low),
            close: flip(close),
            volume: 1_000.0,
        });
    }
    bars
}

/// Runs a script after the fill, on each side alone and on both, and compares how the first trade ends: bars after the fill,
/// and why.
fn leaves(
    mechanism: Mechanism,
    trail: (f64, f64),
    script: &[Candle],
    bar: u32,
    reason: ExitReason,
) {
    for (side, mirrored) in [
        (Side::Long, false),
        (Side::Short, true),
        (Side::Both, false),
        (Side::Both, true),
    ] {
        let written = program(mechanism, trail, side, mirrored);
        let trades = trades(&written, &bars(script, mirrored));
        let first = trades.first().expect("a trade");
        assert_eq!(first.entry_row, FILL, "{side} {mirrored}");
        assert_eq!(
            (first.exit_row - FILL, first.exit_reason),
            (bar, reason),
            "{side} {mirrored}\n{}",
            written.text
        );
    }
}

const TIGHT: (f64, f64) = (1.0, 2.0);
/// Begins only beyond the target.
const WIDE: (f64, f64) = (3.0, 5.0);

/// The exit condition holds, then not; nothing else happens.
const SIGNAL_ALONE: [Candle; 3] = [
    (101.0, 102.0, 98.0, 99.0),
    (99.0, 102.0, 99.0, 101.0),
    (101.0, 102.0, 100.5, 101.5),
];
/// The target is touched on the second bar, and nothing else happens.
const TARGET_ALONE: [Candle; 4] = [
    (101.0, 104.9, 100.9, 104.5),
    (104.5, 105.5, 104.3, 105.2),
    (105.2, 105.4, 104.8, 105.0),
    (105.0, 105.3, 104.9, 105.1),
];
/// The trail (1 % after 2 %) is passed on the second bar, below the target, and the exit condition never holds.
const TRAIL_ALONE: [Candle; 4] = [
    (101.0, 104.0, 100.5, 103.9),
    (103.9, 103.9, 102.0, 102.5),
    (102.5, 103.0, 102.0, 102.8),
    (102.8, 102.9, 102.3, 102.6),
];
/// The exit condition holds on the first bar and no more; then the trail begins, and is passed on the third.
const SIGNAL_THEN_TRAIL: [Candle; 5] = [
    (101.0, 101.2, 98.0, 99.0),
    (99.0, 104.0, 99.0, 103.9),
    (103.9, 104.0, 102.0, 102.5),
    (102.5, 103.0, 102.0, 102.8),
    (102.8, 102.9, 102.3, 102.6),
];
/// The exit condition holds, then the target is touched, later the condition holds again.
const TARGET_THEN_SIGNAL: [Candle; 6] = [
    (101.0, 102.0, 98.0, 99.0),
    (99.0, 105.5, 99.0, 103.0),
    (103.0, 103.0, 101.0, 101.0),
    (101.0, 101.0, 98.0, 99.0),
    (99.0, 99.5, 99.0, 99.2),
    (99.2, 99.3, 98.9, 99.0),
];

#[test]
fn mechanism_1_leaves_at_the_target_alone() {
    leaves(
        Mechanism::Target,
        TIGHT,
        &TARGET_ALONE,
        1,
        ExitReason::Target,
    );
    leaves(
        Mechanism::Target,
        TIGHT,
        &TARGET_THEN_SIGNAL,
        1,
        ExitReason::Target,
    );
    leaves(
        Mechanism::Target,
        TIGHT,
        &SIGNAL_ALONE,
        2,
        ExitReason::EndOfData,
    );
    leaves(
        Mechanism::Target,
        TIGHT,
        &TRAIL_ALONE,
        3,
        ExitReason::EndOfData,
    );
}

#[test]
fn mechanism_2_leaves_on_the_condition_alone() {
    leaves(Mechanism::Exit, TIGHT, &SIGNAL_ALONE, 1, ExitReason::Signal);
    leaves(
        Mechanism::Exit,
        TIGHT,
        &TARGET_ALONE,
        3,
        ExitReason::EndOfData,
    );
    leaves(
        Mechanism::Exit,
        TIGHT,
        &TRAIL_ALONE,
        3,
        ExitReason::EndOfData,
    );
}

#[test]
fn mechanism_3_leaves_by_the_trail_alone() {
    leaves(Mechanism::Trail, TIGHT, &TRAIL_ALONE, 1, ExitReason::Trail);
    leaves(
        Mechanism::Trail,
        TIGHT,
        &SIGNAL_THEN_TRAIL,
        2,
        ExitReason::Trail,
    );
    leaves(
        Mechanism::Trail,
        TIGHT,
        &SIGNAL_ALONE,
        2,
        ExitReason::EndOfData,
    );
    leaves(
        Mechanism::Trail,
        TIGHT,
        &TARGET_ALONE,
        3,
        ExitReason::EndOfData,
    );
}

#[test]
fn mechanism_4_leaves_at_the_target_or_on_the_condition() {
    let it = Mechanism::TargetOrExit;
    leaves(it, TIGHT, &TARGET_ALONE, 1, ExitReason::Target);
    leaves(it, TIGHT, &SIGNAL_ALONE, 1, ExitReason::Signal);
    leaves(it, TIGHT, &TRAIL_ALONE, 3, ExitReason::EndOfData);
}

#[test]
fn mechanism_5_leaves_on_the_condition_once_the_target_was_touched() {
    let it = Mechanism::TargetAndExit;
    // the condition held before: not armed then; the touch does not leave by itself; the condition does, four bars after the fill
    leaves(it, TIGHT, &TARGET_THEN_SIGNAL, 4, ExitReason::Signal);
    leaves(it, TIGHT, &TARGET_ALONE, 3, ExitReason::EndOfData);
    leaves(it, TIGHT, &SIGNAL_ALONE, 2, ExitReason::EndOfData);
}

#[test]
fn what_was_armed_ends_with_the_position() {
    // after the first trade another begins, in which the condition holds and the target was not touched
    let mut script = TARGET_THEN_SIGNAL[..5].to_vec();
    script.extend([
        (99.0, 100.6, 99.0, 100.5),
        (100.5, 100.6, 98.0, 98.5),
        (98.5, 98.6, 98.0, 98.2),
        (98.2, 98.3, 98.0, 98.1),
    ]);
    for (side, mirrored) in [(Side::Long, false), (Side::Short, true)] {
        let written = program(Mechanism::TargetAndExit, TIGHT, side, mirrored);
        let trades = trades(&written, &bars(&script, mirrored));
        assert_eq!(trades.len(), 2, "{trades:?}");
        assert_eq!(trades[0].exit_row, FILL + 4);
        assert_eq!(trades[1].exit_reason, ExitReason::EndOfData);
        assert_eq!(trades[1].entry_row, FILL + 6);
    }
    // the same for a condition that arms a trail
    let mut script = SIGNAL_THEN_TRAIL[..3].to_vec();
    script.extend([
        (102.5, 102.5, 102.4, 102.5),
        (102.5, 103.2, 102.5, 103.1),
        (103.1, 107.0, 103.0, 106.8),
        (106.8, 106.8, 104.0, 104.2),
        (104.2, 104.3, 104.0, 104.2),
    ]);
    let written = program(Mechanism::ExitAndTrail, TIGHT, Side::Long, false);
    let trades = trades(&written, &bars(&script, false));
    assert_eq!(trades.len(), 2, "{trades:?}");
    assert_eq!(trades[0].exit_row, FILL + 3);
    assert_eq!(trades[1].exit_reason, ExitReason::EndOfData);
}

#[test]
fn mechanism_6_leaves_at_the_target_or_by_the_trail() {
    let it = Mechanism::TargetOrTrail;
    leaves(it, WIDE, &TARGET_ALONE, 1, ExitReason::Target);
    leaves(it, TIGHT, &TRAIL_ALONE, 1, ExitReason::Trail);
    leaves(it, TIGHT, &SIGNAL_ALONE, 2, ExitReason::EndOfData);
}

#[test]
fn mechanism_7_leaves_on_the_condition_or_by_the_trail() {
    let it = Mechanism::ExitOrTrail;
    leaves(it, TIGHT, &SIGNAL_ALONE, 1, ExitReason::Signal);
    leaves(it, TIGHT, &TRAIL_ALONE, 1, ExitReason::Trail);
    leaves(it, WIDE, &TARGET_ALONE, 3, ExitReason::EndOfData);
}

#[test]
fn mechanism_8_leaves_by_the_trail_once_the_condition_held() {
    let it = Mechanism::ExitAndTrail;
    // the condition arms on the bar of the fill, the close passes the trail two bars later
    leaves(it, TIGHT, &SIGNAL_THEN_TRAIL, 3, ExitReason::Signal);
    leaves(it, TIGHT, &TRAIL_ALONE, 3, ExitReason::EndOfData);
    leaves(it, TIGHT, &SIGNAL_ALONE, 2, ExitReason::EndOfData);
    leaves(it, TIGHT, &TARGET_ALONE, 3, ExitReason::EndOfData);
}

#[test]
fn mechanism_9_leaves_on_any() {
    let it = Mechanism::Any;
    leaves(it, WIDE, &TARGET_ALONE, 1, ExitReason::Target);
    leaves(it, TIGHT, &SIGNAL_ALONE, 1, ExitReason::Signal);
    leaves(it, TIGHT, &TRAIL_ALONE, 1, ExitReason::Trail);
}

#[test]
fn mechanism_10_leaves_by_the_trail_or_on_the_condition_once_the_target_was_touched() {
    let it = Mechanism::TargetAndExitOrTrail;
    leaves(it, TIGHT, &TRAIL_ALONE, 1, ExitReason::Trail);
    leaves(it, WIDE, &TARGET_THEN_SIGNAL, 4, ExitReason::Signal);
    leaves(it, WIDE, &TARGET_ALONE, 3, ExitReason::EndOfData);
    leaves(it, TIGHT, &SIGNAL_ALONE, 2, ExitReason::EndOfData);
}

#[test]
fn mechanism_11_leaves_at_the_target_or_by_the_trail_once_the_condition_held() {
    let it = Mechanism::ExitAndTrailOrTarget;
    leaves(it, WIDE, &TARGET_ALONE, 1, ExitReason::Target);
    leaves(it, TIGHT, &SIGNAL_THEN_TRAIL, 3, ExitReason::Signal);
    leaves(it, TIGHT, &TRAIL_ALONE, 3, ExitReason::EndOfData);
    leaves(it, TIGHT, &SIGNAL_ALONE, 2, ExitReason::EndOfData);
}

#[test]
fn the_stop_protects_every_mechanism() {
    let script = [(101.0, 101.5, 80.0, 100.5), (100.5, 101.0, 100.5, 100.8)];
    for mechanism in Mechanism::ALL {
        leaves(mechanism, TIGHT, &script, 0, ExitReason::Stop);
    }
}

#[test]
fn the_day_ends_at_its_last_bar() {
    let parts = json!({
        "plans": [{"entry": {"id": "BRK_01"}, "exit": {"id": "EXT_10"}}],
        "mechanism": 2, "stop": {"id": "SL_01", "args": [20.0]}, "leverage": 2.0,
    });
    let written = written(parts, Side::Long);
    assert!(
        written.text.contains("hour * 60 + minute >= 1380"),
        "{}",
        written.text
    );
    let quiet = [(101.0, 101.0, 101.0, 101.0); 30];
    let trades = trades(&written, &bars(&quiet, false));
    // the data begin at midnight: row 47 is the last hour of the second day, the order fills at midnight
    assert_eq!(trades[0].exit_row, 48);
    assert_eq!(trades[0].exit_reason, ExitReason::Signal);
}

#[test]
fn a_goal_that_is_waited_for_is_the_level_of_the_leg() {
    let bars = synth(&SynthOptions {
        bars: 3_000,
        timeframe: "1h".parse().unwrap(),
        annual_vol: 0.9,
        seed: 11,
        ..SynthOptions::default()
    })
    .unwrap();
    let catalogue = Catalogue::read().unwrap();
    let mut compared = 0;
    for side in [Side::Long, Side::Short] {
        for stop in &catalogue.stops {
            for target in &catalogue.targets {
                let mut parts = json!({
                    "plans": [{"entry": {"id": if side == Side::Long { "BRK_03" } else { "BRK_04" }, "args": [50.0]}}],
                    "mechanism": 1,
                    "stop": {"id": stop.id, "args": [stop.arg.default]},
                    "target": {"id": target.id, "args": [target.arg.default]},
                    "leverage": 2.0,
                });
                let by_leg = trades(&written(parts.clone(), side), &bars);
                parts["mechanism"] = json!(5);
                parts["plans"][0]["exit"] = json!({"id": "EXT_09", "args": [2.0]});
                let by_condition = trades(&written(parts, side), &bars);
                for leg in by_leg
                    .iter()
                    .filter(|t| t.exit_reason == ExitReason::Target)
                {
                    let Some(other) = by_condition.iter().find(|t| t.entry_row == leg.entry_row)
                    else {
                        continue;
                    };
                    // touched on the bar of the leg's fill: left at the next open, or as soon as it was held for two bars
                    let expected = leg.exit_row.max(leg.entry_row + 2) + 1;
                    if other.exit_reason == ExitReason::Signal {
                        assert_eq!(other.exit_row, expected, "{} {}", stop.id, target.id);
                        compared += 1;
                    } else {
                        // the stop came first, after the touch
                        assert!(other.exit_row >= leg.exit_row && other.exit_row <= expected);
                    }
                }
            }
        }
    }
    println!("{compared} trades compared");
    assert!(compared > 200, "{compared}");
}
