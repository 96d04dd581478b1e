//! Fills: of parts, of both sides, before anybody said so.

use crate::*;

#[test]
fn a_whole_life() {
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.long();
    assert_eq!(st.position(0), d("1"));
    assert_eq!(
        st.open(),
        [("guard", d("1"), d("98")), ("take", d("1"), d("105"))]
    );
    st.price(105.1);
    st.end();
    assert_eq!(st.trades(), [(100.0, 105.0, 1.0)]);
    assert_eq!(st.world.alerts, []);
}

/// What a comparison with its simulated twin needs, restarts included.
#[test]
fn a_trade_tells_how_it_was_opened_and_closed() {
    for restarted in [false, true] {
        let mut st = Stage::new(&[ENTER, QUIET, QUIET]);
        st.long();
        st.exchange(|e| e.foreign(0, d("-0.25"), d("101"), false));
        if restarted {
            st.close();
            st.restart();
        }
        st.wait(5_000);
        st.price(105.1);
        st.end();
        let fills = &st.world.exchange.fills;
        let told: Vec<_> = st.world.noted.values().collect();
        assert_eq!((told.len(), fills.len()), (2, 3));
        for (closed, fill) in told.iter().zip(&fills[1..]) {
            let opening = closed.opening.unwrap();
            assert_eq!(Some(opening.cloid), fills[0].cloid);
            assert_eq!((opening.decided, opening.time), (HOUR, fills[0].time));
            assert_eq!((opening.due, opening.price), (100.0, 100.0));
            let fee = |f: &Fill| float(f.fee / (f.size * f.price));
            assert_eq!((opening.fee, closed.fee), (fee(&fills[0]), fee(fill)));
            assert_eq!((closed.cloid, closed.time), (fill.cloid, fill.time));
            assert_eq!(closed.due, float(fill.price));
        }
        assert!(st.desk().state().openings.is_empty());
    }
}

#[test]
fn the_part_of_an_entry_that_filled_has_its_own_stop() {
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.world.faults.thin = 100;
    st.long();
    assert_eq!(st.position(0), d("0.3"));
    assert_eq!(
        st.open(),
        [("protect", d("0.3"), d("98")), ("take", d("0.3"), d("105"))]
    );
    st.price(97.9);
    st.end();
    assert_eq!(st.trades().len(), 1);
}

#[test]
fn a_resting_entry_that_fills_in_part_is_protected_at_once() {
    let mut st = Stage::of(&resting(), &[ENTER, QUIET]);
    st.begin(3_000);
    st.trade_part("0.4", 99.0);
    st.wait(2_000);
    assert_eq!(
        st.open(),
        [
            ("enter", d("0.6"), d("99")),
            ("guard", d("0.4"), d("97")),
            ("guard", d("1"), d("97"))
        ]
    );
    // it does not rest for ever
    st.wait(70_000);
    assert_eq!(
        st.open(),
        [("guard", d("0.4"), d("97")), ("take", d("0.4"), d("103.9"))]
    );
    st.price(96.9);
    st.end();
    assert_eq!(st.reasons(), [ExitReason::Stop]);
}

#[test]
fn an_exit_that_fills_in_parts_goes_on_until_flat() {
    let mut st = Stage::new(&[ENTER, EXIT, QUIET]);
    st.long();
    st.world.faults.thin = 100;
    st.bar(120_000);
    assert_eq!(st.position(0), d("0"));
    assert!(st.sent("leave") > 3);
    st.end();
    let units: f64 = st.trades().iter().map(|t| t.2).sum();
    assert!((units - 1.0).abs() < 1e-9);
}

#[test]
fn what_filled_before_its_cancellation_is_no_mistake() {
    let mut st = Stage::of(&resting(), &[ENTER, ENTER, QUIET]);
    st.begin(3_000);
    // nobody hears of the fill, and the entry is decided anew
    st.world.faults.dropped = 100;
    st.world.exchange.trade(0, 99.0);
    st.world.spread();
    st.world.faults.dropped = 0;
    st.close();
    st.wait(10_000);
    assert_eq!((st.position(0), st.lots(0)), (d("1"), 1));
    assert!(!st.alerted("quarantine"), "{:?}", st.world.alerts);
    st.wait(60_000);
    assert_eq!(st.position(0), d("1"));
    st.end();
}

#[test]
fn a_target_that_fills_while_its_lot_is_left() {
    let mut st = Stage::new(&[ENTER, EXIT, QUIET]);
    st.long();
    st.close();
    st.world.faults.dropped = 100;
    st.world.exchange.trade(0, 105.0);
    st.world.spread();
    st.world.faults.dropped = 0;
    st.wait(60_000);
    st.end();
    assert_eq!(st.trades(), [(100.0, 105.0, 1.0)]);
}

#[test]
fn a_stop_that_fired_while_the_process_was_down() {
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.long();
    st.world.exchange.now = st.world.now;
    st.world.exchange.trade(0, 97.5);
    st.world.exchange.news.clear();
    st.restart();
    st.wait(5_000);
    assert_eq!(st.lots(0), 0);
    st.end();
    assert_eq!(
        (st.trades(), st.reasons()),
        (vec![(100.0, 97.5, 1.0)], vec![ExitReason::Stop])
    );
}

#[test]
fn a_stop_that_was_cut_to_the_position_is_settled() {
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.long();
    st.world.exchange.now = st.world.now;
    st.world.exchange.depth = d("0.5");
    st.world.exchange.trade(0, 105.0);
    st.world.exchange.depth = d("1");
    st.world.exchange.trade(0, 97.5);
    assert_eq!(st.position(0), d("0"));
    st.world.exchange.news.clear();
    st.restart();
    st.wait(20_000);
    assert_eq!((st.lots(0), st.sent("leave")), (0, 0));
    assert!(st.desk().calm());
    let before = reconciled(&st);
    st.wait(120_000);
    assert!(reconciled(&st) - before <= 5, "no more than usual");
    st.end();
    assert_eq!(
        st.trades(),
        [(100.0, 105.0, 0.5), (100.0, 97.5, 0.5)],
        "each part at its own price"
    );
}

#[test]
fn fills_ahead_of_the_answer_make_one_stop() {
    let mut st = Stage::new(&[ENTER, QUIET]);
    // it is there, and nobody says so
    st.world.rule = Some(on("enter", Fate::Lost));
    st.price(100.0);
    st.close();
    st.price(100.0);
    let cloid = st.desk().orders().find(|o| kind(o.plan.role) == "enter");
    let cloid = cloid.map(|o| o.plan.cloid).unwrap();
    assert_eq!(st.sent("guard"), 1, "the one beside it");
    for tid in 0..12 {
        st.world.exchange.positions[0] += d("0.05");
        let fill = Fill {
            cloid: Some(cloid),
            size: d("0.05"),
            time: st.world.now,
            ..any_fill(tid)
        };
        st.tell(&Event::Fill(fill));
    }
    assert_eq!(st.sent("guard"), 1, "the answer is on its way");
    st.wait(1_500);
    assert_eq!(st.sent("guard"), 2);
    assert_eq!(st.open(), [("guard", d("0.6"), d("98"))]);
}

#[test]
fn a_target_that_many_take_from_neither_sprays_stops_nor_halts() {
    let mut st = Stage::with(cases(&plan(), &[&[ENTER, QUIET]]), |w| {
        w.settings.caps.orders_a_minute = 20;
    });
    st.long();
    let target = st
        .world
        .exchange
        .open_orders()
        .find(|o| kind(o.plan.role) == "take");
    let cloid = target.map(|o| o.plan.cloid).unwrap();
    for _ in 0..40 {
        st.exchange(|e| e.fill(cloid, d("0.02"), d("105"), false));
    }
    assert!(st.sent("protect") <= 4, "{}", st.sent("protect"));
    assert!(!st.desk().state().stopped());
    st.wait(12_000);
    let stop = st.open()[0];
    assert_eq!((stop.1, stop.2), (d("0.2"), d("98")));
    st.end();
}

/// Entries above and below the market rest.
fn both_sides() -> Stage {
    let mut plan = plan();
    for (entry, price) in plan.entries.iter_mut().zip([101.0, 99.5]) {
        entry.order = EntryOrder::Stop {
            price: Value::Const(price),
            bars: Value::Const(8.0),
        };
    }
    let mut st = Stage::with(cases(&plan, &[&[ENTER | SHORT, QUIET, QUIET]]), |w| {
        w.settings.stop_entries = StopEntries::Resting;
    });
    st.begin(5_000);
    assert_eq!(st.open().len(), 2, "{:?}", st.open());
    st.world.exchange.now = st.world.now;
    st
}

#[test]
fn entries_to_both_sides_that_both_fill_close_each_other() {
    let mut st = both_sides();
    st.world.exchange.trade(0, 101.0);
    st.world.exchange.trade(0, 99.5);
    st.world.spread();
    assert_eq!(st.position(0), d("0"));
    st.wait(60_000);
    assert_eq!((st.lots(0), st.open().len()), (0, 0));
    assert!(st.sent("leave") + st.sent("protect") <= 4);
    assert!(st.desk().state().quarantine.is_empty());
    st.end();
    assert!(
        st.trades().contains(&(101.0, 99.5, 1.0)),
        "{:?}",
        st.trades()
    );
    // one trade: the second entry closed what the first had opened, and nothing was left of it to open
    assert_eq!(st.reasons(), [ExitReason::Reverse]);
    assert_eq!(st.trades().len(), 1);
}

/// What closed a part of the lot before the second entry did is booked before it, though it is heard of later.
#[test]
fn an_entry_to_the_other_side_is_booked_after_what_closed_before_it() {
    let mut st = both_sides();
    st.world.exchange.trade(0, 101.0);
    st.world.exchange.foreign(0, d("-0.4"), d("100"), false);
    st.world.exchange.trade(0, 99.5);
    let heard = |n: &News| !matches!(n, News::Fill(fill) if fill.cloid.is_none());
    st.world.exchange.news.retain(heard);
    st.world.spread();
    assert_eq!(st.position(0), d("-0.4"));
    st.wait(10_000);
    assert!(st.desk().state().quarantine.is_empty());
    assert_eq!(st.lots(0), 1);
    assert_eq!(
        st.trades(),
        [(101.0, 100.0, 0.4), (101.0, 99.5, 0.6)],
        "each part at its own price"
    );
    assert!(
        st.open()
            .iter()
            .any(|o| o.0 == "protect" && o.1 == d("0.4"))
    );
    st.end();
}

/// The engine's units are binary: what a part leaves of a lot is off by their last bits, and no trade of the next lot.
#[test]
fn the_rest_of_a_lot_is_not_taken_from_the_next_one() {
    let mut plan = units(19.755);
    plan.limits.pyramid = Some(Value::Const(2.0));
    for entry in &mut plan.entries {
        entry.bracket.targets = vec![
            target(Level::Percent(Value::Const(0.01)), Some(0.5)),
            target(Level::Percent(Value::Const(0.05)), None),
        ];
    }
    let mut st = Stage::of(&plan, &[ENTER, QUIET, ENTER, EXIT, QUIET]);
    st.long();
    st.price(101.0);
    st.wait(5_000);
    assert_eq!(st.position(0), d("9.878"));
    let held: Vec<_> = st.desk().live().lots(0).map(|l| l.1).collect();
    assert!(held[0] != 9.878, "{held:?}");
    st.close();
    st.price(100.5);
    st.close();
    st.price(100.5);
    st.wait(5_000);
    assert_eq!(st.lots(0), 2);
    st.close();
    st.price(100.5);
    st.wait(20_000);
    assert_eq!((st.lots(0), st.position(0)), (0, d("0")));
    st.end();
    assert_eq!(st.trades().len(), 3, "{:?}", st.trades());
}
