//! What a backtest means, rule by rule. Every case also runs bar by bar and cut into single rows, with equal bits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

mod support;

use sixbtc_abi::*;
use sixbtc_engine::{
    Engine, EquityMode, FillAt, RunSettings, SkipReason, SymbolSetup, Trade, liquidation_price,
};
use sixbtc_market::{Bar, Bars, Funding, SymbolSpec, Timeframe};
use support::*;

fn percent(p: f64) -> Level {
    Level::Percent(Value::Const(p))
}

fn stop(p: f64) -> Bracket {
    Bracket {
        stops: vec![percent(p)],
        ..Bracket::default()
    }
}

fn stop_and_target(s: f64, t: f64) -> Bracket {
    Bracket {
        targets: vec![target(percent(t), None)],
        ..stop(s)
    }
}

/// Decision to enter long at the close of a bar at 100.
const GO: Row = (100.0, 100.0, 100.0, 100.0, ENTER);
const GO_SHORT: Row = (100.0, 100.0, 100.0, 100.0, SHORT);

/// Runs and expects one trade.
#[track_caller]
fn one(c: &Case) -> Trade {
    let o = c.run();
    assert_eq!(o.trades.len(), 1, "{:#?}", o.trades);
    o.trades[0]
}

#[test]
fn orders_are_masked_off_until_the_warm_up_is_over() {
    let mut c = case(simple(), &[GO, GO, GO, at(101.0), at(102.0)]);
    c.warmup = 2;
    let t = one(&c);
    assert_eq!((t.entry_row, t.entry_price), (3, 101.0));
    // What was not allowed is not an order that was skipped.
    assert_eq!(c.run().skipped.total(), 0);
}

#[test]
fn market_entries_and_signal_exits_fill_at_the_next_open_plus_slippage() {
    let rows = [
        GO,
        (102.0, 103.0, 101.0, 102.5, EXIT),
        (105.0, 106.0, 104.0, 105.0, 0),
    ];
    let t = one(&case(simple(), &rows).settings(|s| s.slippage = 0.01));
    assert_eq!((t.entry_row, t.entry_price), (1, 102.0 * 1.01));
    assert_eq!(
        (t.exit_row, t.exit_price, t.exit_reason),
        (2, 105.0 * 0.99, ExitReason::Signal)
    );
    assert!((t.slippage - (1.02 + 1.05)).abs() < 1e-12);
    let short = [GO_SHORT, (102.0, 103.0, 101.0, 102.5, EXIT), at(105.0)];
    let t = one(&case(simple(), &short).settings(|s| s.slippage = 0.01));
    assert_eq!((t.entry_price, t.exit_price), (102.0 * 0.99, 105.0 * 1.01));
}

/// Data whose open equals the previous close hides the difference: these bars gap.
#[test]
fn filling_at_the_close_is_told_from_the_next_open_on_gapped_data() {
    let rows = [
        GO,
        (110.0, 110.0, 110.0, 110.0, EXIT),
        (90.0, 90.0, 90.0, 90.0, 0),
    ];
    let next = one(&case(simple(), &rows));
    assert_eq!(
        (next.entry_price, next.exit_price, next.pnl),
        (110.0, 90.0, -20.0)
    );
    let close = one(&case(simple(), &rows).settings(|s| s.fill = FillAt::Close));
    assert_eq!(
        (close.entry_price, close.exit_price, close.pnl),
        (100.0, 110.0, 10.0)
    );
    assert_eq!(
        (close.entry_row, close.exit_row, close.exit_at_close),
        (0, 1, true)
    );
}

#[test]
fn a_fill_is_rounded_to_the_tick_against_the_order() {
    let rows = [GO, (100.0, 100.0, 100.0, 100.0, EXIT), at(100.0)];
    let c = case(simple(), &rows).settings(|s| {
        s.slippage = 0.000_5;
        s.round_prices = true;
    });
    let t = one(&c);
    assert_eq!((t.entry_price, t.exit_price), (100.1, 99.9));
    let still = one(&case(simple(), &rows).settings(|s| s.round_prices = true));
    assert_eq!((still.entry_price, still.exit_price), (100.0, 100.0));
}

#[test]
fn at_the_open_exits_come_before_entries_so_a_position_reverses_on_one_open() {
    let rows = [
        GO,
        flag(at(100.0), EXIT | SHORT),
        (97.0, 98.0, 96.0, 97.0, 0),
        at(95.0),
    ];
    let o = case(simple(), &rows).run();
    let [a, b] = o.trades.as_slice() else {
        panic!("{:?}", o.trades)
    };
    assert_eq!(
        (a.exit_row, a.exit_price, a.exit_reason),
        (2, 97.0, ExitReason::Signal)
    );
    assert_eq!((b.side, b.entry_row, b.entry_price), (Side::Short, 2, 97.0));
}

#[test]
fn an_entry_to_the_other_side_closes_the_position_first() {
    let rows = [
        GO,
        flag(at(100.0), SHORT),
        (97.0, 98.0, 96.0, 97.0, 0),
        at(95.0),
    ];
    let o = case(simple(), &rows).run();
    assert_eq!(
        (o.trades[0].exit_reason, o.trades[0].exit_price),
        (ExitReason::Reverse, 97.0)
    );
    assert_eq!(
        (o.trades[1].side, o.trades[1].entry_price),
        (Side::Short, 97.0)
    );
}

#[test]
fn entries_to_both_sides_on_one_bar_are_a_conflict_and_the_first_wins() {
    let o = case(
        simple(),
        &[flag(at(100.0), ENTER | SHORT), at(100.0), at(100.0)],
    )
    .run();
    assert_eq!((o.trades.len(), o.trades[0].side), (1, Side::Long));
    assert_eq!(o.skipped.get(SkipReason::Conflict), 1);
}

#[test]
fn the_bar_of_entry_is_protected_too() {
    let rows = [GO, (100.0, 101.0, 94.0, 99.0, 0), at(99.0)];
    let t = one(&case(with(&stop(0.05)), &rows));
    assert_eq!(
        (t.entry_row, t.exit_row, t.exit_price, t.exit_reason),
        (1, 1, 95.0, ExitReason::Stop)
    );
    assert_eq!((t.bars, t.mae_pct), (0, 5.0));
    assert_eq!(t.return_r, -1.0);
}

#[test]
fn a_stop_fills_at_its_price_with_slippage_and_the_taker_fee() {
    let rows = [GO, at(100.0), (98.0, 98.0, 94.0, 97.0, 0)];
    let c = case(with(&stop(0.05)), &rows).settings(|s| {
        s.slippage = 0.01;
        s.taker_fee = 0.001;
        s.maker_fee = 0.5e-3;
    });
    let t = one(&c);
    // Measured from the actual fill of 101.
    assert_eq!(t.exit_price, 101.0 * 0.95 * 0.99);
    assert_eq!(t.fees, 101.0 * 0.001 + t.exit_price * 0.001);
    let short = [GO_SHORT, at(100.0), (102.0, 106.0, 102.0, 103.0, 0)];
    let t = one(&case(with(&stop(0.05)), &short));
    assert_eq!((t.exit_price, t.pnl), (105.0, -5.0));
}

#[test]
fn a_gapped_stop_fills_at_the_open() {
    let rows = [GO, at(100.0), (90.0, 96.0, 89.0, 95.0, 0)];
    assert_eq!(one(&case(with(&stop(0.05)), &rows)).exit_price, 90.0);
    let short = [GO_SHORT, at(100.0), (110.0, 110.0, 104.0, 104.0, 0)];
    assert_eq!(one(&case(with(&stop(0.05)), &short)).exit_price, 110.0);
}

#[test]
fn a_touched_stop_is_triggered() {
    let rows = [GO, at(100.0), (98.0, 98.0, 95.0, 97.0, 0)];
    assert_eq!(
        one(&case(with(&stop(0.05)), &rows)).exit_reason,
        ExitReason::Stop
    );
}

#[test]
fn a_target_fills_at_its_price_without_slippage_and_with_the_maker_fee() {
    let rows = [GO, at(100.0), (101.0, 112.0, 101.0, 111.0, 0)];
    let c = case(with(&stop_and_target(0.05, 0.1)), &rows).settings(|s| {
        s.taker_fee = 0.001;
        s.maker_fee = 0.000_5;
    });
    let t = one(&c);
    assert_eq!(
        (t.exit_price, t.exit_reason),
        (100.0 * 1.1, ExitReason::Target)
    );
    assert_eq!(t.fees, 100.0 * 0.001 + t.exit_price * 0.000_5);
    assert_eq!(t.slippage, 0.0);
    let gap = [GO, at(100.0), (115.0, 116.0, 114.0, 115.0, 0)];
    assert_eq!(
        one(&case(with(&stop_and_target(0.05, 0.1)), &gap)).exit_price,
        115.0
    );
}

#[test]
fn when_one_bar_touches_both_the_worse_outcome_is_taken_and_counted() {
    let rows = [GO, at(100.0), (100.0, 112.0, 94.0, 111.0, 0)];
    let c = case(with(&stop_and_target(0.05, 0.1)), &rows);
    let o = c.run();
    let t = o.trades[0];
    assert_eq!(
        (t.exit_price, t.exit_reason, t.ambiguous),
        (95.0, ExitReason::Stop, true)
    );
    assert_eq!((o.counters.ambiguous, o.counters.decided_by_finer), (1, 0));
    // An open beyond one of them leaves no doubt.
    let gap = [GO, at(100.0), (111.0, 112.0, 94.0, 95.0, 0)];
    let t = one(&case(with(&stop_and_target(0.05, 0.1)), &gap));
    assert_eq!((t.exit_price, t.ambiguous), (111.0, false));
}

fn finer(bars: &[(i64, f64, f64, f64, f64)]) -> Bars {
    let mut out = Bars::new("X", Timeframe::M15);
    for &(quarter, open, high, low, close) in bars {
        out.push(Bar {
            time: quarter * 900_000,
            open,
            high,
            low,
            close,
            volume: 1.0,
        });
    }
    out
}

#[test]
fn finer_bars_decide_what_was_touched_first() {
    let rows = [GO, at(100.0), (100.0, 112.0, 94.0, 100.0, 0), at(100.0)];
    let mut c = case(with(&stop_and_target(0.05, 0.1)), &rows);
    c.finer = Some(finer(&[
        (8, 100.0, 104.0, 99.0, 103.0),
        (9, 103.0, 112.0, 102.0, 105.0),
        (10, 105.0, 105.0, 94.0, 100.0),
    ]));
    let o = c.run();
    assert_eq!(
        (o.trades[0].exit_reason, o.trades[0].exit_price),
        (ExitReason::Target, 100.0 * 1.1)
    );
    assert_eq!((o.counters.ambiguous, o.counters.decided_by_finer), (0, 1));
    // The finer bar is ambiguous too: the worse outcome.
    c.finer = Some(finer(&[
        (8, 100.0, 104.0, 99.0, 103.0),
        (9, 103.0, 112.0, 94.0, 105.0),
    ]));
    let o = c.run();
    assert_eq!(
        (o.trades[0].exit_reason, o.trades[0].ambiguous),
        (ExitReason::Stop, true)
    );
    // Finer bars that never get there are not of this bar.
    c.finer = Some(finer(&[(8, 100.0, 104.0, 99.0, 103.0)]));
    assert_eq!(c.run().trades[0].exit_reason, ExitReason::Stop);
    // A finer bar that opens beyond the stop fills there.
    c.finer = Some(finer(&[
        (8, 100.0, 101.0, 96.0, 96.0),
        (9, 94.5, 112.0, 94.0, 105.0),
    ]));
    assert_eq!(c.run().trades[0].exit_price, 94.5);
}

#[test]
fn percentages_and_multiples_are_measured_from_the_actual_entry_fill() {
    let bracket = Bracket {
        targets: vec![target(Level::Risk(Value::Const(2.0)), None)],
        ..stop(0.1)
    };
    let rows = [GO, (120.0, 121.0, 119.0, 120.0, 0), at(120.0)];
    let o = case(with(&bracket), &rows)
        .settings(|s| {
            s.slippage = 0.001;
            s.round_prices = true;
        })
        .run();
    let t = &o.trades[0];
    assert_eq!(t.entry_price, 120.2);
    let level = o.levels_of(t)[0];
    assert_eq!((level.time, level.stop), (HOUR, 120.2 * 0.9));
    assert!((level.target - (120.2 + 2.0 * 12.02)).abs() < 1e-9);
}

#[test]
fn the_tightest_of_several_stops_holds() {
    let bracket = Bracket {
        stops: vec![percent(0.1), percent(0.05), percent(0.2)],
        ..Bracket::default()
    };
    let rows = [GO, at(100.0), (98.0, 98.0, 80.0, 90.0, 0)];
    assert_eq!(one(&case(with(&bracket), &rows)).exit_price, 95.0);
}

#[test]
fn a_trailing_stop_moves_only_on_confirmed_bars() {
    let trail = TrailLeg {
        distance: Distance::Price(Value::Const(5.0)),
        after: None,
    };
    let bracket = Bracket {
        trail: Some(trail),
        ..Bracket::default()
    };
    // The bar that makes the high of 110 falls to 104 within: the trail of 105 is not there yet, 95 is.
    let rows = [
        GO,
        at(100.0),
        (100.0, 110.0, 101.0, 109.0, 0),
        (109.0, 109.0, 104.0, 106.0, 0),
    ];
    let o = case(with(&bracket), &rows).run();
    let t = o.trades[0];
    assert_eq!(
        (t.exit_row, t.exit_price, t.exit_reason),
        (3, 105.0, ExitReason::Trail)
    );
    let levels: Vec<_> = o
        .levels_of(&t)
        .iter()
        .map(|l| (l.time / HOUR, l.stop))
        .collect();
    assert_eq!(levels, [(1, 95.0), (3, 105.0)]);
}

#[test]
fn a_trail_starts_after_its_travel_and_only_tightens() {
    let trail = TrailLeg {
        distance: Distance::Price(Value::Out(Phase::Signal, 0)),
        after: Some(Distance::Risk(Value::Const(1.0))),
    };
    let bracket = Bracket {
        trail: Some(trail),
        ..stop(0.1)
    };
    let rows = [
        GO,
        at(100.0),
        (100.0, 109.0, 100.0, 108.0, 0),
        (108.0, 111.0, 108.0, 110.0, 0),
        (110.0, 111.0, 108.5, 110.0, 0),
        (110.0, 110.0, 107.0, 107.0, 0),
    ];
    // The distance widens on the bar after the start: the stop stays.
    let c = case(with(&bracket), &rows).columns(vec![vec![3.0, 3.0, 3.0, 3.0, 9.0, 3.0]]);
    let o = c.run();
    let t = o.trades[0];
    assert_eq!(
        (t.exit_row, t.exit_price, t.exit_reason),
        (5, 108.0, ExitReason::Trail)
    );
    assert_eq!(o.levels_of(&t).last().unwrap().time, 4 * HOUR);
}

#[test]
fn the_stop_moves_to_breakeven_once() {
    let bracket = Bracket {
        breakeven: Some(Distance::Risk(Value::Const(1.0))),
        ..stop(0.05)
    };
    let rows = [
        GO,
        at(100.0),
        (100.0, 105.0, 99.0, 104.0, 0),
        (104.0, 104.0, 96.0, 97.0, 0),
    ];
    let t = one(&case(with(&bracket), &rows));
    assert_eq!(
        (t.exit_row, t.exit_price, t.exit_reason),
        (3, 100.0, ExitReason::Stop)
    );
}

#[test]
fn exit_after_n_bars_closes_at_the_open_of_the_bar_n_bars_after_the_entry_bar() {
    let bracket = Bracket {
        exits: vec![ExitTrigger::After(Value::Const(3.0))],
        ..Bracket::default()
    };
    let rows = [
        GO,
        at(101.0),
        at(102.0),
        at(103.0),
        (104.0, 120.0, 90.0, 105.0, 0),
        at(106.0),
    ];
    let t = one(&case(with(&bracket), &rows));
    assert_eq!(
        (t.entry_row, t.exit_row, t.exit_price, t.exit_reason),
        (1, 4, 104.0, ExitReason::Time)
    );
    assert_eq!(t.bars, 3);
    // The extremes of a bar that is left at its open are none of the trade.
    assert_eq!((t.mae_pct, t.mfe_pct), (0.0, 100.0 * (3.0 / 101.0)));
}

/// A time exit that is looked at before the stop of an earlier moment makes results optimistic.
#[test]
fn a_stop_within_the_last_bar_comes_before_the_time_exit_at_the_next_open() {
    let bracket = Bracket {
        exits: vec![ExitTrigger::After(Value::Const(2.0))],
        ..stop(0.05)
    };
    let rows = [GO, at(100.0), (100.0, 100.0, 94.0, 100.0, 0), at(110.0)];
    let t = one(&case(with(&bracket), &rows));
    assert_eq!(
        (t.exit_row, t.exit_price, t.exit_reason),
        (2, 95.0, ExitReason::Stop)
    );
}

fn resting(order: EntryOrder, bracket: &Bracket) -> OrderPlan {
    let mut plan = with(bracket);
    for e in &mut plan.entries {
        e.order = order;
    }
    plan
}

fn limit(price: f64, bars: f64) -> EntryOrder {
    EntryOrder::Limit {
        price: Value::Const(price),
        bars: Value::Const(bars),
    }
}

fn breakout(price: f64, bars: f64) -> EntryOrder {
    EntryOrder::Stop {
        price: Value::Const(price),
        bars: Value::Const(bars),
    }
}

#[test]
fn a_limit_entry_needs_the_range_to_trade_through_by_one_tick() {
    let ticks = |s: &mut RunSettings| s.round_prices = true;
    let rows = |low: f64| [GO, (99.0, 99.5, low, 98.0, 0), at(99.0)];
    let plan = || resting(limit(98.0, 1.0), &Bracket::default());
    assert_eq!(
        case(plan(), &rows(98.0)).settings(ticks).run().trades.len(),
        0
    );
    let t = one(&case(plan(), &rows(97.9)).settings(ticks));
    assert_eq!((t.entry_row, t.entry_price, t.slippage), (1, 98.0, 0.0));
    let touch = case(plan(), &rows(98.0)).settings(|s| {
        s.round_prices = true;
        s.touch_fills = true;
    });
    assert_eq!(one(&touch).entry_price, 98.0);
    // A maker.
    let fee = case(plan(), &rows(97.0)).settings(|s| s.maker_fee = 0.001);
    assert_eq!(fee.run().counters.fees, 98.0 * 0.001);
}

#[test]
fn a_stop_entry_fills_by_touch_with_slippage() {
    let rows = [GO, (101.0, 103.0, 100.0, 102.0, 0), at(104.0)];
    let c = case(resting(breakout(103.0, 1.0), &Bracket::default()), &rows)
        .settings(|s| s.slippage = 0.01);
    assert_eq!(one(&c).entry_price, 103.0 * 1.01);
    let none = case(resting(breakout(103.1, 1.0), &Bracket::default()), &rows);
    assert_eq!(none.run().trades.len(), 0);
}

#[test]
fn resting_entries_fill_at_an_open_beyond_their_price() {
    let rows = [GO, (95.0, 96.0, 94.0, 95.0, 0), at(95.0)];
    assert_eq!(
        one(&case(resting(limit(98.0, 1.0), &Bracket::default()), &rows)).entry_price,
        95.0
    );
    let rows = [GO, (105.0, 106.0, 104.0, 105.0, 0), at(105.0)];
    assert_eq!(
        one(&case(
            resting(breakout(103.0, 1.0), &Bracket::default()),
            &rows
        ))
        .entry_price,
        105.0
    );
}

#[test]
fn resting_entries_live_for_their_bars_and_are_replaced_when_issued_again() {
    let rows = |flags: u64| {
        [
            GO,
            at(100.0),
            flag(at(100.0), flags),
            at(100.0),
            (100.0, 100.0, 97.0, 98.0, 0),
            at(98.0),
        ]
    };
    let plan = || resting(limit(98.0, 3.0), &Bracket::default());
    let o = case(plan(), &rows(0)).run();
    assert_eq!((o.trades.len(), o.skipped.get(SkipReason::Expired)), (0, 1));
    let o = case(plan(), &rows(ENTER)).run();
    assert_eq!(
        (o.trades.len(), o.skipped.get(SkipReason::Replaced)),
        (1, 1)
    );
    assert_eq!(o.trades[0].entry_row, 4);
    // What still rests at the end is counted too.
    let o = case(plan(), &rows(0)[..3]).run();
    assert_eq!(o.skipped.get(SkipReason::EndOfData), 1);
}

#[test]
fn on_the_bar_of_a_limit_fill_the_stop_is_certain_and_the_target_is_not() {
    let bracket = stop_and_target(0.05, 0.05);
    // Falls through the limit at 98 down to 93: the stop of 93.1 was reached after it.
    let rows = [GO, (100.0, 100.0, 93.0, 95.0, 0), at(95.0)];
    let t = one(&case(resting(limit(98.0, 1.0), &bracket), &rows));
    assert_eq!(
        (t.exit_row, t.exit_reason, t.ambiguous),
        (1, ExitReason::Stop, false)
    );
    // The high of 103.5 may have come before the fill: the target of 102.9 waits, and the trade says so.
    let rows = [
        GO,
        (100.0, 103.5, 97.0, 99.0, 0),
        (99.0, 105.0, 99.0, 104.0, 0),
    ];
    let t = one(&case(resting(limit(98.0, 1.0), &bracket), &rows));
    assert_eq!(
        (t.exit_row, t.exit_reason, t.ambiguous),
        (2, ExitReason::Target, true)
    );
    // A close beyond the target proves it.
    let rows = [GO, (100.0, 103.5, 97.0, 103.2, 0), at(103.0)];
    let t = one(&case(resting(limit(98.0, 1.0), &bracket), &rows));
    assert_eq!(
        (t.exit_row, t.exit_reason, t.ambiguous),
        (1, ExitReason::Target, false)
    );
}

#[test]
fn on_the_bar_of_a_stop_entry_the_target_is_certain_and_the_stop_is_assumed() {
    let bracket = stop_and_target(0.05, 0.05);
    let rows = [GO, (101.0, 110.0, 100.0, 107.0, 0), at(107.0)];
    let t = one(&case(resting(breakout(103.0, 1.0), &bracket), &rows));
    assert_eq!(
        (t.exit_row, t.exit_reason, t.ambiguous),
        (1, ExitReason::Target, false)
    );
    let rows = [GO, (101.0, 104.0, 97.0, 103.0, 0), at(103.0)];
    let t = one(&case(resting(breakout(103.0, 1.0), &bracket), &rows));
    assert_eq!(
        (t.exit_row, t.exit_reason, t.ambiguous),
        (1, ExitReason::Stop, true)
    );
}

#[test]
fn finer_bars_order_the_entry_and_its_target() {
    let bracket = stop_and_target(0.05, 0.05);
    let rows = [GO, (100.0, 103.5, 97.0, 99.0, 0), at(99.0)];
    let mut c = case(resting(limit(98.0, 1.0), &bracket), &rows);
    c.finer = Some(finer(&[
        (4, 100.0, 100.0, 97.0, 98.0),
        (5, 98.0, 103.5, 98.0, 99.0),
    ]));
    let o = c.run();
    assert_eq!(
        (o.trades[0].exit_row, o.trades[0].exit_reason),
        (1, ExitReason::Target)
    );
    assert_eq!(
        (o.trades[0].ambiguous, o.counters.decided_by_finer),
        (false, 1)
    );
}

#[test]
fn breakouts_on_both_sides_rest_together_and_only_one_fills_on_a_bar() {
    let mut plan = simple();
    plan.entries[0].order = breakout(103.0, 2.0);
    plan.entries[1].order = breakout(97.0, 2.0);
    let rows = [
        flag(at(100.0), ENTER | SHORT),
        (100.0, 104.0, 96.0, 100.0, 0),
        (100.0, 100.0, 96.0, 98.0, 0),
        at(98.0),
    ];
    let o = case(plan, &rows).run();
    assert_eq!(o.trades.len(), 2);
    assert_eq!(
        (
            o.trades[0].side,
            o.trades[0].exit_row,
            o.trades[0].exit_reason
        ),
        (Side::Long, 2, ExitReason::Reverse)
    );
    assert_eq!(
        (o.trades[1].side, o.trades[1].entry_price),
        (Side::Short, 97.0)
    );
}

#[test]
fn partial_targets_close_their_part_of_the_original_size() {
    let bracket = Bracket {
        targets: vec![
            target(percent(0.05), Some(0.5)),
            target(percent(0.1), Some(0.25)),
            target(percent(0.2), None),
        ],
        ..stop(0.05)
    };
    let rows = [
        GO,
        at(100.0),
        (101.0, 106.0, 101.0, 106.0, 0),
        (106.0, 111.0, 106.0, 110.0, 0),
        (110.0, 121.0, 110.0, 120.0, 0),
    ];
    let mut plan = with(&bracket);
    plan.size = Some(Sizing::Units(Value::Const(4.0)));
    let o = case(plan, &rows).run();
    let parts: Vec<_> = o
        .trades
        .iter()
        .map(|t| (t.id, t.lot, t.size, t.exit_row))
        .collect();
    assert_eq!(parts, [(1, 1, 2.0, 2), (2, 1, 1.0, 3), (3, 1, 1.0, 4)]);
    assert!((o.trades.iter().map(|t| t.pnl).sum::<f64>() - (10.0 + 10.0 + 20.0)).abs() < 1e-9);
    // Both on one bar, then the rest at the stop.
    let rows = [
        GO,
        at(100.0),
        (101.0, 112.0, 101.0, 106.0, 0),
        (106.0, 106.0, 94.0, 95.0, 0),
    ];
    let mut plan = with(&bracket);
    plan.size = Some(Sizing::Units(Value::Const(4.0)));
    let o = case(plan, &rows).run();
    assert_eq!(
        o.trades.iter().map(|t| t.exit_reason).collect::<Vec<_>>(),
        [ExitReason::Target, ExitReason::Target, ExitReason::Stop]
    );
    // Parts that together are the whole leave no dust.
    let halves = Bracket {
        targets: vec![
            target(percent(0.05), Some(0.5)),
            target(percent(0.1), Some(0.5)),
        ],
        ..Bracket::default()
    };
    let mut plan = with(&halves);
    plan.size = Some(Sizing::Units(Value::Const(0.003)));
    let o = case(plan, &[GO, at(100.0), at(112.0)])
        .settings(|s| s.round_to_lot = true)
        .run();
    assert_eq!(
        o.trades.iter().map(|t| t.size).collect::<Vec<_>>(),
        [0.001, 0.002]
    );
}

#[test]
fn an_entry_on_the_side_held_is_ignored_and_counted() {
    let o = case(
        simple(),
        &[GO, GO, GO, GO, flag(at(100.0), EXIT), at(100.0)],
    )
    .run();
    assert_eq!(
        (o.trades.len(), o.skipped.get(SkipReason::InPosition)),
        (1, 3)
    );
}

/// Left and entered again on one bar: both happen, at one open.
#[test]
fn a_position_left_at_an_open_can_be_entered_again_at_it() {
    let o = case(
        simple(),
        &[GO, flag(at(100.0), ENTER | EXIT), at(101.0), at(102.0)],
    )
    .run();
    assert_eq!(o.trades.len(), 2);
    assert_eq!((o.trades[0].exit_row, o.trades[1].entry_row), (2, 2));
    assert_eq!(o.skipped.total(), 0);
    // A time exit counts as leaving as well.
    let bracket = Bracket {
        exits: vec![ExitTrigger::After(Value::Const(1.0))],
        ..Bracket::default()
    };
    let o = case(with(&bracket), &[GO, GO, GO, at(101.0), at(102.0)]).run();
    assert_eq!(
        o.trades
            .iter()
            .map(|t| (t.entry_row, t.exit_row))
            .collect::<Vec<_>>(),
        [(1, 2), (2, 3), (3, 4)]
    );
}

#[test]
fn pyramiding_adds_up_to_its_limit_at_its_distance() {
    let mut plan = with(&stop(0.5));
    plan.limits.pyramid = Some(Value::Const(3.0));
    plan.limits.pyramid_every = Some(Distance::Price(Value::Const(5.0)));
    let on = |p: f64| flag(at(p), ENTER);
    let rows = [
        on(100.0),
        on(104.0),
        on(105.0),
        on(108.0),
        on(111.0),
        on(130.0),
        flag(at(120.0), EXIT),
        at(120.0),
    ];
    let o = case(plan, &rows).run();
    // The second waits for 5 above the fill at 104, which the close of 111 is, and fills at 130.
    assert_eq!(
        o.trades
            .iter()
            .map(|t| (t.entry_row, t.entry_price))
            .collect::<Vec<_>>(),
        [(1, 104.0), (5, 130.0)]
    );
    assert_eq!(o.skipped.get(SkipReason::PyramidDistance), 4);
    let mut plan = simple();
    plan.limits.pyramid = Some(Value::Const(2.0));
    let o = case(plan, &[on(100.0), on(100.0), on(100.0), at(100.0)]).run();
    assert_eq!(
        (o.trades.len(), o.skipped.get(SkipReason::InPosition)),
        (2, 1)
    );
}

#[test]
fn no_entry_is_taken_during_the_cooldown() {
    let mut plan = simple();
    plan.limits.cooldown = Some(Value::Const(2.0));
    let rows = [GO, flag(at(100.0), EXIT), GO, GO, GO, at(100.0), at(100.0)];
    let o = case(plan, &rows).run();
    // Left at row 2; rows 3 and 4 are refused, row 5 is not.
    assert_eq!(
        o.trades.iter().map(|t| t.entry_row).collect::<Vec<_>>(),
        [1, 5]
    );
    assert_eq!(o.skipped.get(SkipReason::Cooldown), 2);
}

#[test]
fn entries_in_a_period_are_limited() {
    let mut plan = with(&Bracket {
        exits: vec![ExitTrigger::After(Value::Const(1.0))],
        ..Bracket::default()
    });
    plan.limits.trades = Some((Value::Const(2.0), 4 * HOUR));
    let rows = [GO; 9];
    let o = case(plan, &rows).run();
    // Rows 1, 2 in the first four hours; 4, 5 in the next; 8 in the third.
    assert_eq!(
        o.trades.iter().map(|t| t.entry_row).collect::<Vec<_>>(),
        [1, 2, 4, 5, 8]
    );
    assert_eq!(o.skipped.get(SkipReason::TradesPerPeriod), 3);
}

#[test]
fn an_exit_at_a_price_rests_for_the_next_bar_as_limit_or_stop() {
    let mut plan = simple();
    plan.exits.push(ExitPlan {
        scope: ExitScope::All,
        trigger: ExitTrigger::At(Value::Out(Phase::Signal, 0)),
    });
    let rows = [GO, at(100.0), (100.0, 104.0, 99.0, 101.0, 0), at(101.0)];
    // 103 above the close: a limit.
    let t = one(&case(plan.clone(), &rows).columns(vec![vec![0.0, 103.0, 0.0, 0.0]]));
    assert_eq!(
        (t.exit_row, t.exit_price, t.exit_reason),
        (2, 103.0, ExitReason::Target)
    );
    // 99.5 below: a stop.
    let t = one(&case(plan.clone(), &rows).columns(vec![vec![0.0, 99.5, 0.0, 0.0]]));
    assert_eq!(
        (t.exit_row, t.exit_price, t.exit_reason),
        (2, 99.5, ExitReason::Stop)
    );
    // Only for the next bar.
    let t = one(&case(plan, &rows).columns(vec![vec![103.0, f64::NAN, 0.0, 0.0]]));
    assert_eq!(t.exit_reason, ExitReason::EndOfData);
}

#[test]
fn a_session_exit_is_called_so_and_scopes_hold() {
    let mut plan = simple();
    plan.exits = vec![ExitPlan {
        scope: ExitScope::Side(Side::Short),
        trigger: ExitTrigger::When {
            cond: BIT(1),
            reason: ExitReason::Session,
        },
    }];
    let t = one(&case(
        plan.clone(),
        &[GO_SHORT, flag(at(100.0), EXIT), at(99.0)],
    ));
    assert_eq!((t.exit_row, t.exit_reason), (2, ExitReason::Session));
    assert_eq!(
        one(&case(plan, &[GO, flag(at(100.0), EXIT), at(99.0)])).exit_reason,
        ExitReason::EndOfData
    );
}

#[test]
fn at_the_end_open_positions_close_at_the_last_close() {
    let c = case(simple(), &[GO, at(100.0), (100.0, 105.0, 99.0, 103.0, 0)]).settings(|s| {
        s.taker_fee = 0.001;
        s.slippage = 0.01;
    });
    let o = c.run();
    let t = o.trades[0];
    assert_eq!(
        (t.exit_row, t.exit_price, t.exit_at_close),
        (2, 103.0 * 0.99, true)
    );
    assert_eq!(t.exit_reason, ExitReason::EndOfData);
    assert!((o.curve.last() - 10_000.0 - t.pnl).abs() < 1e-9);
    // A decision that nothing followed.
    let o = case(simple(), &[at(100.0), GO]).run();
    assert_eq!(
        (o.trades.len(), o.skipped.get(SkipReason::EndOfData)),
        (0, 1)
    );
}

/// Not on twice the entry notional.
#[test]
fn fees_are_charged_on_each_fills_own_notional() {
    let rows = [GO, flag(at(100.0), EXIT), at(150.0)];
    let c = case(simple(), &rows).settings(|s| s.taker_fee = 0.001);
    let o = c.run();
    assert_eq!(o.trades[0].fees, 100.0 * 0.001 + 150.0 * 0.001);
    assert_eq!(o.counters.fees, o.trades[0].fees);
    assert_eq!(o.trades[0].pnl, 50.0 - o.trades[0].fees);
    assert_eq!(o.counters.traded, 250.0);
}

#[test]
fn longs_pay_positive_funding_on_the_notional_at_the_mark() {
    let rows = [
        GO,
        at(100.0),
        at(110.0),
        flag(at(120.0), EXIT),
        at(120.0),
        at(120.0),
    ];
    let mut c = case(simple(), &rows);
    // Due at the end of rows 0, 1, 2; the entry at the open of row 1 comes after the first.
    c.funding = Some(Funding {
        time: vec![HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR],
        rate: vec![1.0, 0.001, 0.002, 1.0],
    });
    let o = c.run();
    let due = 0.001 * 100.0 + 0.002 * 110.0;
    assert!((o.trades[0].funding - due).abs() < 1e-12);
    assert!((o.trades[0].pnl - (20.0 - due)).abs() < 1e-12);
    assert!((o.curve.equity()[1] - (10_000.0 - 0.1)).abs() < 1e-9);
    let mut short = case(
        simple(),
        &[
            GO_SHORT,
            at(100.0),
            at(110.0),
            flag(at(120.0), EXIT),
            at(120.0),
        ],
    );
    short.funding = c.funding.clone();
    assert!((short.run().trades[0].funding + due).abs() < 1e-12);
    assert_eq!(
        c.settings(|s| s.funding = false).run().counters.funding,
        0.0
    );
}

fn geared(leverage: f64) -> OrderPlan {
    let mut plan = simple();
    plan.limits.leverage = Some(Value::Const(leverage));
    plan.size = Some(Sizing::Equity(Value::Const(leverage)));
    plan
}

#[test]
fn a_position_is_liquidated_at_the_maintenance_margin() {
    let rows = [GO, at(100.0), (100.0, 100.0, 88.0, 95.0, 0), at(95.0)];
    let c = case(geared(10.0), &rows);
    let o = c.run();
    let t = o.trades[0];
    let price = liquidation_price(1.0, 100.0, 1_000.0, 10_000.0, 20.0);
    assert_eq!(
        (t.exit_reason, t.exit_price),
        (ExitReason::Liquidation, price)
    );
    assert!((price - 90.0 / 0.975).abs() < 1e-9);
    assert_eq!(o.counters.liquidations, 1);
    // Leverage 1 has no liquidation price.
    assert_eq!(
        one(&case(geared(1.0), &rows)).exit_reason,
        ExitReason::EndOfData
    );
    assert_eq!(
        case(geared(10.0), &rows)
            .settings(|s| s.liquidation = false)
            .run()
            .counters
            .liquidations,
        0
    );
}

#[test]
fn a_liquidation_in_a_gap_fills_at_the_open_and_loses_the_margin_at_most() {
    let gap = [GO, at(100.0), (91.0, 92.0, 90.0, 91.0, 0), at(91.0)];
    assert_eq!(one(&case(geared(10.0), &gap)).exit_price, 91.0);
    let crash = [GO, at(100.0), (50.0, 50.0, 50.0, 50.0, 0), at(50.0)];
    let o = case(geared(10.0), &crash)
        .settings(|s| s.taker_fee = 0.001)
        .run();
    let t = o.trades[0];
    assert_eq!(t.exit_reason, ExitReason::Liquidation);
    let margin = t.notional / 10.0;
    // Only the entry fee is lost beyond the margin: it was paid before.
    assert!((t.pnl + margin + t.notional * 0.001).abs() < 1e-6, "{t:?}");
    assert!((o.curve.last() + t.notional * 0.001).abs() < 1e-6);
    // A signal exit due at such an open comes too late.
    let late = [GO, flag(at(100.0), EXIT), at(50.0), at(50.0)];
    assert_eq!(
        one(&case(geared(10.0), &late)).exit_reason,
        ExitReason::Liquidation
    );
    let short = {
        let mut plan = geared(10.0);
        plan.size = Some(Sizing::Equity(Value::Const(5.0)));
        case(plan, &[GO_SHORT, at(100.0), at(200.0), at(200.0)]).run()
    };
    assert!((short.curve.last() - 5_000.0).abs() < 1e-6);
}

#[test]
fn a_stop_nearer_than_the_liquidation_price_comes_first() {
    let mut plan = geared(10.0);
    plan.entries[0].bracket = stop(0.05);
    let rows = [GO, at(100.0), (100.0, 100.0, 80.0, 95.0, 0)];
    assert_eq!(one(&case(plan, &rows)).exit_reason, ExitReason::Stop);
}

#[test]
fn risk_sizing_loses_the_risk_at_the_stop() {
    let mut plan = with(&stop(0.05));
    plan.size = Some(Sizing::Risk(Value::Const(0.01)));
    let t = one(&case(plan, &[GO, at(100.0), (100.0, 100.0, 90.0, 91.0, 0)]));
    assert!((t.pnl + 100.0).abs() < 1e-9);
    assert!((t.notional - 2_000.0).abs() < 1e-9);
    // The compiler rules it out; the engine refuses it all the same.
    let mut plan = simple();
    plan.size = Some(Sizing::Risk(Value::Const(0.01)));
    let o = case(plan, &[GO, at(100.0), at(100.0)]).run();
    assert_eq!((o.trades.len(), o.skipped.get(SkipReason::NoStop)), (0, 1));
}

#[test]
fn equity_for_sizing_counts_open_profit_unless_told_otherwise() {
    let mut plan = simple();
    plan.limits.pyramid = Some(Value::Const(2.0));
    plan.size = Some(Sizing::Equity(Value::Const(0.5)));
    let rows = [GO, at(100.0), flag(at(120.0), ENTER), at(120.0), at(120.0)];
    let marked = case(plan.clone(), &rows).run();
    assert_eq!(marked.trades[1].notional, 5_500.0);
    let realised = case(plan, &rows)
        .settings(|s| s.equity_mode = EquityMode::Realised)
        .run();
    assert_eq!(realised.trades[1].notional, 5_000.0);
}

#[test]
fn the_margin_is_capped_at_equity_over_max_positions() {
    let mut plan = simple();
    plan.size = Some(Sizing::Equity(Value::Const(1.0)));
    let o = case(plan, &[GO, at(100.0), at(100.0)])
        .settings(|s| s.max_positions = 10)
        .run();
    assert_eq!((o.trades[0].notional, o.counters.capped), (1_000.0, 1));
}

#[test]
fn leverage_is_the_smallest_of_setting_limit_and_symbol() {
    let leverage = |setting, limit: Option<f64>, most| {
        let mut plan = simple();
        plan.limits.leverage = limit.map(Value::Const);
        let c = case(plan, &[GO, at(100.0), at(100.0)])
            .settings(|s: &mut RunSettings| s.leverage = setting)
            .spec(|s| s.max_leverage = most);
        one(&c).leverage
    };
    assert_eq!(leverage(None, None, 20.0), 1.0);
    assert_eq!(leverage(None, Some(3.0), 20.0), 3.0);
    assert_eq!(leverage(Some(5.0), Some(3.0), 20.0), 3.0);
    assert_eq!(leverage(Some(5.0), None, 20.0), 5.0);
    assert_eq!(leverage(Some(50.0), None, 20.0), 20.0);
}

#[test]
fn orders_that_are_not_finite_are_dropped_and_counted() {
    let nan = vec![vec![f64::NAN; 3]];
    let rows = [GO, at(100.0), at(100.0)];
    let out = Value::Out(Phase::Signal, 0);
    let price = resting(
        EntryOrder::Limit {
            price: out,
            bars: Value::Const(1.0),
        },
        &Bracket::default(),
    );
    let stopless = with(&Bracket {
        stops: vec![Level::Price(out)],
        ..Bracket::default()
    });
    let aimless = with(&Bracket {
        targets: vec![target(Level::Price(out), None)],
        ..Bracket::default()
    });
    let multiple = with(&Bracket {
        targets: vec![target(Level::Risk(Value::Const(1.0)), None)],
        ..Bracket::default()
    });
    let mut sizeless = simple();
    sizeless.size = Some(Sizing::Units(out));
    for (plan, reason) in [
        (price, SkipReason::PriceNotFinite),
        (stopless, SkipReason::PriceNotFinite),
        (aimless, SkipReason::PriceNotFinite),
        (multiple, SkipReason::PriceNotFinite),
        (sizeless, SkipReason::SizeNotFinite),
    ] {
        let o = case(plan, &rows).columns(nan.clone()).run();
        assert_eq!(
            (o.trades.len(), o.skipped.get(reason), o.skipped.total()),
            (0, 1, 1),
            "{reason:?}"
        );
    }
}

#[test]
fn a_stop_on_the_wrong_side_of_the_fill_drops_the_order() {
    let plan = with(&Bracket {
        stops: vec![Level::Price(Value::Const(99.0))],
        ..Bracket::default()
    });
    // The open gaps through the stop that the decision had in mind.
    let o = case(plan, &[GO, at(98.0), at(98.0)]).run();
    assert_eq!(
        (o.trades.len(), o.skipped.get(SkipReason::StopSide)),
        (0, 1)
    );
}

#[test]
fn the_bracket_phase_sees_the_decision_bar_and_the_actual_fill() {
    let mut plan = simple();
    plan.entries[0].bracket.stops = vec![Level::Price(Value::Out(Phase::Bracket, 0))];
    let c = case(plan, &[GO, at(110.0), (110.0, 110.0, 100.0, 105.0, 0)])
        .columns(vec![vec![7.0, 1.0, 1.0]])
        .kernel(|k| {
            k.manifest.bracket_values = 1;
            k.bracket = |signal, entry, out| out[0] = entry - signal[0];
        });
    let t = one(&c);
    assert_eq!((t.exit_price, t.exit_reason), (103.0, ExitReason::Stop));
}

#[test]
fn the_position_phase_sees_the_position_after_the_bars_fills() {
    let mut plan = simple();
    plan.exits = vec![ExitPlan {
        scope: ExitScope::All,
        trigger: ExitTrigger::When {
            cond: Cond {
                phase: Phase::Position,
                bit: 0,
            },
            reason: ExitReason::Signal,
        },
    }];
    let c = case(plan, &[GO, at(100.0), at(105.0), at(111.0), at(112.0)]).kernel(|k| {
        k.manifest.position_flags = 1;
        k.position = |_, _, p, _| {
            if p.side == 0.0 {
                assert_eq!(*p, PositionInputs::default());
            } else {
                assert_eq!((p.entry, p.size), (100.0, 1.0));
                assert!((p.equity - 10_000.0 - p.profit * 100.0).abs() < 1e-9);
            }
            u64::from(p.profit > 0.1 && p.bars == 2.0)
        };
    });
    let t = one(&c);
    assert_eq!((t.exit_row, t.exit_price), (4, 112.0));
}

#[test]
fn a_plan_that_does_not_fit_its_kernel_is_refused() {
    let mut wrong = simple();
    wrong.size = Some(Sizing::Units(Value::Scalar(3)));
    assert!(case(wrong, &[GO]).run_as(1, true).is_err());
    let mut wrong = simple();
    wrong.entries[0].order = EntryOrder::Limit {
        price: Value::Out(Phase::Bracket, 0),
        bars: Value::Const(1.0),
    };
    assert!(case(wrong, &[GO]).run_as(1, true).is_err());
    assert!(
        case(simple(), &[GO])
            .settings(|s| s.capital = f64::NAN)
            .run_as(1, true)
            .is_err()
    );
}

/// A symbol of a portfolio: its rows, from a first hour on.
fn together(settings: &RunSettings, plan: OrderPlan, series: &[&[Row]]) -> sixbtc_engine::Outcome {
    let kernel = Script::new(plan);
    let constants = Constants::default();
    let specs: Vec<SymbolSpec> = (0..series.len())
        .map(|i| SymbolSpec::new(format!("S{i}"), 0.1))
        .collect();
    let setups: Vec<_> = specs
        .iter()
        .map(|spec| SymbolSetup {
            spec,
            warmup: 0,
            funding: None,
            finer: None,
        })
        .collect();
    let mut engine = Engine::new(&kernel, &constants, settings, Timeframe::H1, &setups).unwrap();
    let all: Vec<Columns> = series.iter().map(|rows| columns(rows)).collect();
    let blocks: Vec<_> = all
        .iter()
        .enumerate()
        .map(|(s, c)| c.block(s, 0..c.time.len(), &[]))
        .collect();
    engine
        .advance(&mut vec![State::default(); series.len()], &blocks)
        .unwrap();
    engine.finish()
}

#[test]
fn at_most_max_positions_in_the_order_of_the_symbol_list() {
    let settings = RunSettings {
        max_positions: 2,
        ..free()
    };
    let rows: &[Row] = &[GO, at(100.0), at(100.0)];
    let o = together(&settings, simple(), &[rows, rows, rows]);
    assert_eq!(
        o.trades.iter().map(|t| t.symbol).collect::<Vec<_>>(),
        [0, 1]
    );
    assert_eq!(o.skipped.get(SkipReason::MaxPositions), 1);
}

#[test]
fn an_exit_at_an_open_frees_the_place_for_an_entry_at_the_same_open() {
    let settings = RunSettings {
        max_positions: 1,
        ..free()
    };
    let first: &[Row] = &[at(100.0), GO, at(100.0), at(100.0)];
    let second: &[Row] = &[GO, flag(at(100.0), EXIT), at(100.0), at(100.0)];
    let o = together(&settings, simple(), &[first, second]);
    assert_eq!(
        o.trades
            .iter()
            .map(|t| (t.symbol, t.entry_row))
            .collect::<Vec<_>>(),
        [(1, 1), (0, 2)]
    );
}

/// What happens within one symbol's bar is later than every symbol's open.
#[test]
fn a_stop_within_a_bar_frees_no_place_at_the_open_of_that_bar() {
    let settings = RunSettings {
        max_positions: 1,
        ..free()
    };
    let first: &[Row] = &[GO, at(100.0), (100.0, 100.0, 90.0, 91.0, 0), at(91.0)];
    let second: &[Row] = &[at(100.0), GO, at(100.0), at(100.0)];
    let o = together(&settings, with(&stop(0.05)), &[first, second]);
    assert_eq!(o.trades.len(), 1);
    assert_eq!(o.skipped.get(SkipReason::MaxPositions), 1);
}

#[test]
fn symbols_share_one_equity() {
    let settings = RunSettings {
        max_positions: 2,
        ..free()
    };
    let mut plan = simple();
    plan.size = Some(Sizing::Equity(Value::Const(0.5)));
    let first: &[Row] = &[GO, at(100.0), at(150.0), at(150.0)];
    let second: &[Row] = &[at(100.0), at(100.0), GO, at(100.0)];
    let o = together(&settings, plan, &[first, second]);
    let later = o.trades.iter().find(|t| t.symbol == 1).unwrap();
    // Half of 10 000 and the open profit of 2 500.
    assert_eq!(later.notional, 6_250.0);
    let points: Vec<_> = o.curve.points(&o.clock).collect();
    assert_eq!(
        (points[2].equity, points[2].cash, points[2].exposure),
        (12_500.0, 10_000.0, 7_500.0)
    );
}

#[test]
fn margin_beyond_the_free_equity_skips_the_order() {
    let mut plan = simple();
    plan.limits.pyramid = Some(Value::Const(9.0));
    plan.size = Some(Sizing::Equity(Value::Const(0.4)));
    let o = case(plan, &[GO, GO, GO, at(100.0), at(100.0)]).run();
    assert_eq!(
        (o.trades.len(), o.skipped.get(SkipReason::FreeEquity)),
        (2, 1)
    );
}

#[test]
fn open_losses_show_in_the_curve() {
    let o = case(
        simple(),
        &[GO, at(100.0), at(60.0), flag(at(130.0), EXIT), at(130.0)],
    )
    .run();
    assert_eq!(
        o.curve.equity(),
        [10_000.0, 10_000.0, 9_960.0, 10_030.0, 10_030.0]
    );
    let time: Vec<i64> = (0..5).collect();
    let worst = o
        .curve
        .points(&time)
        .map(|p| p.drawdown)
        .fold(0.0, f64::max);
    assert_eq!(worst, 0.004);
}

#[test]
fn settings_can_reproduce_backtesting_py() {
    let mut plan = simple();
    plan.size = Some(Sizing::Equity(Value::Const(0.5)));
    let rows = [GO, flag(at(33.0), EXIT), at(35.0)];
    let t = one(&case(plan, &rows).settings(|s| *s = RunSettings::like_backtesting_py(0.002)));
    assert_eq!((t.entry_price, t.exit_price), (33.0, 35.0));
    // Fractional units, no lot.
    assert_eq!(t.size, 5_000.0 / 33.0);
    assert_eq!(t.fees, t.size * 33.0 * 0.002 + t.size * 35.0 * 0.002);
}
