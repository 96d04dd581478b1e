//! One test for each thing that goes wrong, on a script.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

mod exchange;
mod stage;
#[path = "../../engine/tests/support/mod.rs"]
mod support;
mod world;

use sixbtc_abi::*;
use sixbtc_live::desk::*;
use sixbtc_live::money::{Rules, Tick, float};
use sixbtc_live::order::*;
use stage::*;
use support::*;
use world::*;

const QUIET: u64 = 0;

fn units(n: f64) -> OrderPlan {
    OrderPlan {
        size: Some(Sizing::Units(Value::Const(n))),
        ..plan()
    }
}

/// Rests at 99 for eight bars.
fn resting() -> OrderPlan {
    let mut plan = plan();
    plan.entries[0].order = EntryOrder::Limit {
        price: Value::Const(99.0),
        bars: Value::Const(8.0),
    };
    plan
}

fn orders(batch: &Batch) -> &[Plan] {
    match &batch.work {
        Work::Orders { orders, .. } => orders,
        _ => &[],
    }
}

fn has(batch: &Batch, what: &str) -> bool {
    orders(batch).iter().any(|o| kind(o.role) == what)
}

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

// ---- force-close, halt, gate

#[test]
fn a_force_close_is_tried_until_flat_and_ends_only_by_a_person() {
    let mut st = Stage::new(&[ENTER, ENTER, ENTER]);
    st.long();
    let start = st.world.now;
    st.world.rule = Some(Box::new(move |batch, now| {
        match (has(batch, "leave"), now - start) {
            (true, ..20_000) => Fate::Unsent("no connection"),
            (true, ..40_000) => Fate::Instead(Answer::Refused("busy".to_owned())),
            _ => Fate::Heard,
        }
    }));
    st.tell(&Event::Force("drawdown".to_owned()));
    st.wait(10_000);
    st.restart();
    st.wait(25_000);
    assert_eq!(st.position(0), d("1"), "its stop stands as long as it does");
    st.wait(120_000);
    assert_eq!((st.position(0), st.open().len()), (d("0"), 0));
    assert!(st.sent("leave") > 3);
    st.close();
    st.price(100.0);
    st.restart();
    st.wait(5_000);
    assert_eq!(st.sent("enter"), 1, "forced is forced, after a restart too");
    st.tell(&Event::Resume);
    st.close();
    st.price(100.0);
    st.wait(5_000);
    assert_eq!(st.sent("enter"), 2);
    st.end();
}

#[test]
fn forced_closes_what_is_not_ours_as_well() {
    let mut st = Stage::with(cases(&plan(), &[&[QUIET, ENTER]]), |w| {
        w.exchange.positions[0] = d("5");
    });
    st.world.settings.unprotected = i64::MAX;
    st.price(100.0);
    st.assert_alerted(Severity::Critical, "quarantine");
    st.close();
    st.price(100.0);
    st.wait(60_000);
    assert!(st.world.sends.is_empty(), "nothing is opened to mend it");
    st.world.rule = Some(Box::new(|batch, now| {
        let first = has(batch, "clear") && now < 3_700_000;
        if first {
            Fate::Unsent("429")
        } else {
            Fate::Heard
        }
    }));
    st.tell(&Event::Force("a person".to_owned()));
    st.wait(120_000);
    assert_eq!(st.position(0), d("0"));
    st.tell(&Event::Resume);
    st.tell(&Event::Release { symbol: 0 });
    st.wait(60_000);
    assert!(st.desk().state().quarantine.is_empty());
    st.close();
    st.price(100.0);
    st.wait(5_000);
    assert_eq!(st.position(0), d("1"));
}

#[test]
fn a_halt_takes_entries_back_and_leaves_stops() {
    let mut st = Stage::with(
        cases(
            &resting(),
            &[&[ENTER, SHORT, QUIET], &[SHORT, QUIET, QUIET]],
        ),
        |_| (),
    );
    st.prices(&[100.0, 100.0]);
    st.close();
    st.prices(&[100.0, 100.0]);
    st.wait(5_000);
    assert_eq!((st.sent("enter"), st.position(1)), (2, d("-1")));
    st.world.halted = Some(st.world.now);
    st.tell(&Event::Halt("enough".to_owned()));
    st.wait(5_000);
    assert_eq!(st.open().iter().filter(|o| o.0 == "enter").count(), 0);
    assert_eq!(st.open().len(), 2, "stop and target of the other");
    st.close();
    st.restart();
    st.prices(&[100.0, 102.1]);
    st.wait(5_000);
    assert_eq!(st.sent("enter"), 2);
    st.end();
    assert_eq!(st.reasons(), [ExitReason::Stop]);
}

#[test]
fn a_gate_takes_entries_back_until_it_opens() {
    let mut st = Stage::with(cases(&resting(), &[&[ENTER, QUIET]]), |_| ());
    st.price(100.0);
    st.close();
    st.price(100.0);
    st.wait(5_000);
    st.tell(&Event::Gate(Some("data are old".to_owned())));
    st.wait(5_000);
    assert_eq!(st.open(), []);
    st.tell(&Event::Gate(None));
    st.wait(5_000);
    assert_eq!(st.open()[0], ("enter", d("1"), d("99")));
    st.price(99.0);
    st.wait(5_000);
    assert_eq!(st.position(0), d("1"));
    st.end();
}

// ---- caps

fn capped(change: impl FnOnce(&mut Caps), enter: usize) -> Stage {
    let row: &[u64] = &[ENTER, QUIET];
    let rows = vec![row; 2];
    let mut st = Stage::with(cases(&plan(), &rows), |w| change(&mut w.settings.caps));
    st.prices(&[100.0, 100.0]);
    st.close();
    st.prices(&[100.0, 100.0]);
    st.wait(10_000);
    assert_eq!(st.sent("enter"), enter);
    st.assert_alerted(Severity::Critical, "entries are stopped");
    st.restart();
    assert!(st.desk().state().killed.is_some(), "it survives");
    st.world.halted = Some(st.world.now);
    st.wait(10_000);
    assert_eq!(st.sent("enter"), enter);
    st
}

#[test]
fn every_cap_stops_entries_until_a_person_resumes() {
    capped(|c| c.notional_a_day = d("150"), 1).end();
    capped(|c| c.orders_a_minute = 4, 1).end();
    capped(|c| c.open = 3, 1).end();
    capped(|c| c.position = d("99"), 0).end();
    let mut st = capped(|c| c.notional_a_day = d("150"), 1);
    st.world.halted = None;
    st.tell(&Event::Resume);
    st.wait(1_000);
    assert!(!st.desk().state().stopped());
    st.end();
}

#[test]
fn targets_that_are_refused_for_ever_do_not_run_away() {
    let mut st = Stage::with(cases(&plan(), &[&[ENTER, QUIET]]), |w| {
        w.settings.caps.orders_a_minute = 10;
        let text = "Order has invalid price.";
        w.exchange.refuse = Some(Box::new(move |p| {
            matches!(p.role, Role::Take { .. }).then_some(text)
        }));
    });
    st.long();
    st.wait(600_000);
    assert!(st.sent("take") < 25, "{}", st.sent("take"));
    assert_eq!(st.open(), [("guard", d("1"), d("98"))]);
    st.end();
}

// ---- refusals

fn refuses(role: &'static str, text: &'static str) -> impl FnOnce(&mut World<'static>) {
    move |w| {
        w.exchange.refuse = Some(Box::new(move |p| {
            (role.is_empty() || kind(p.role) == role).then_some(text)
        }));
    }
}

#[test]
fn a_lot_whose_stop_is_refused_is_left() {
    let mut st = Stage::with(cases(&plan(), &[&[ENTER, QUIET]]), |w| {
        w.exchange.refuse = Some(Box::new(|p| {
            matches!(p.kind, Kind::Stop { .. }).then_some("Invalid TP/SL price.")
        }));
    });
    st.long();
    st.wait(20_000);
    assert_eq!(st.position(0), d("0"));
    assert_eq!(
        st.sent("protect"),
        2,
        "and the one that came with the entry"
    );
    st.assert_alerted(Severity::Critical, "cannot be protected");
    st.end();
    assert_eq!(st.reasons(), [ExitReason::Stop]);
}

#[test]
fn an_exchange_that_refuses_everything_is_not_stormed() {
    let mut st = Stage::with(
        cases(&plan(), &[&[ENTER, QUIET]]),
        refuses("", "Must deposit."),
    );
    st.long();
    st.wait(60_000);
    assert_eq!(st.world.sends.len(), 2, "leverage and the entry");
    st.assert_alerted(Severity::Warning, "was refused: Must deposit. (entry)");
    st.end();
}

#[test]
fn fewer_answers_than_orders() {
    for items in [
        vec![],
        vec![Item {
            oid: None,
            told: Told::Open,
        }],
    ] {
        let mut st = Stage::new(&[ENTER, QUIET]);
        let said = Answer::Items(items);
        st.world.rule = Some(Box::new(move |batch, _| {
            if has(batch, "enter") {
                Fate::Said(said.clone())
            } else {
                Fate::Heard
            }
        }));
        st.long();
        st.wait(10_000);
        assert_eq!((st.sent("enter"), st.lots(0)), (1, 1));
        st.end();
    }
    // one error stands for all of a request
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.world.rule = Some(Box::new(move |batch, _| {
        if has(batch, "enter") {
            let told = Told::Refused("Order has zero size.".to_owned());
            Fate::Instead(Answer::Items(vec![Item { oid: None, told }]))
        } else {
            Fate::Heard
        }
    }));
    st.long();
    st.wait(10_000);
    assert_eq!((st.sent("enter"), st.lots(0)), (1, 0));
    st.end();
}

// ---- the network

#[test]
fn an_answer_that_is_lost_is_asked_for() {
    for fate in [Fate::Deaf, Fate::Lost, Fate::Twice] {
        let mut st = Stage::new(&[ENTER, EXIT, QUIET]);
        let rule = fate.clone();
        let mut met = std::collections::BTreeSet::new();
        // each kind of order meets it once
        st.world.rule = Some(Box::new(move |batch, _| {
            let first = orders(batch).first().map(|o| kind(o.role));
            if met.insert(first) {
                rule.clone()
            } else {
                Fate::Heard
            }
        }));
        st.long();
        st.wait(40_000);
        assert_eq!(st.position(0), d("1"), "{fate:?}");
        st.close();
        st.price(100.0);
        st.wait(40_000);
        assert_eq!(st.position(0), d("0"), "{fate:?}");
        st.end();
        assert_eq!(st.trades(), [(100.0, 100.0, 1.0)], "{fate:?}");
    }
}

#[test]
fn while_an_order_is_uncertain_its_market_gets_no_other_entry() {
    let mut st = Stage::with(cases(&plan(), &[&[ENTER, SHORT, QUIET]]), |_| ());
    st.world.rule = Some(Box::new(|batch, _| {
        if has(batch, "enter") {
            Fate::Lost
        } else {
            Fate::Heard
        }
    }));
    st.price(100.0);
    st.close();
    st.price(100.0);
    st.wait(9_000);
    assert_eq!(st.sent("enter"), 1);
    st.end();
}

#[test]
fn a_storm_of_429_keeps_exits_and_drops_old_entries() {
    let mut st = Stage::with(
        cases(&plan(), &[&[ENTER, EXIT, QUIET], &[QUIET, ENTER, QUIET]]),
        |_| (),
    );
    st.prices(&[100.0, 100.0]);
    st.close();
    st.prices(&[100.0, 100.0]);
    st.wait(5_000);
    st.close();
    let start = st.world.now;
    st.world.rule = Some(Box::new(move |_, now| {
        if now - start < 90_000 {
            Fate::Unsent("429")
        } else {
            Fate::Heard
        }
    }));
    st.prices(&[100.0, 100.0]);
    st.wait(200_000);
    assert_eq!(st.position(0), d("0"), "left as soon as that could be");
    assert_eq!(st.position(1), d("0"), "too late to enter");
    assert!(st.world.sends.len() < 40, "{}", st.world.sends.len());
    st.end();
}

#[test]
fn short_of_requests_only_what_makes_positions_smaller_is_sent() {
    let mut st = Stage::with(
        cases(&plan(), &[&[ENTER, QUIET, QUIET], &[QUIET, ENTER, QUIET]]),
        |_| (),
    );
    st.prices(&[100.0, 100.0]);
    st.tell(&Event::Short(true));
    st.close();
    st.prices(&[100.0, 100.0]);
    st.wait(5_000);
    assert_eq!(st.world.sends.len(), 0);
    st.tell(&Event::Short(false));
    st.wait(5_000);
    st.tell(&Event::Short(true));
    assert_eq!(st.position(0), d("1"));
    st.exchange(|e| e.cancel_all("canceled"));
    st.wait(5_000);
    assert_eq!(
        st.open(),
        [("protect", d("1"), d("98"))],
        "the stop, not the target"
    );
    st.close();
    st.prices(&[100.0, 100.0]);
    st.wait(5_000);
    assert_eq!(st.sent("enter"), 1);
    st.tell(&Event::Force("a person".to_owned()));
    st.wait(5_000);
    assert_eq!(st.position(0), d("0"));
    st.tell(&Event::Short(false));
    st.end();
}

#[test]
fn a_silent_channel_is_made_up_for_by_asking() {
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.world.faults.dropped = 100;
    st.long();
    st.wait(10_000);
    assert_eq!(st.lots(0), 1);
    st.price(105.1);
    st.wait(40_000);
    assert_eq!(st.lots(0), 0);
    st.end();
    assert_eq!(st.trades(), [(100.0, 105.0, 1.0)]);
}

#[test]
fn frames_of_long_ago_change_nothing() {
    let mut st = Stage::new(&[ENTER, EXIT, QUIET]);
    st.world.faults = Faults {
        doubled: 50,
        slow: true,
        ..Faults::none()
    };
    st.long();
    st.wait(20_000);
    st.close();
    st.price(100.0);
    st.wait(20_000);
    st.end();
    for restarted in [false, true] {
        if restarted {
            st.restart();
            st.wait(60_000);
        }
        let old: Vec<Event> = { st.world.heard.iter() }
            .filter(|e| matches!(e, Event::Update { .. } | Event::Fill(_)))
            .cloned()
            .collect();
        assert!(old.len() > 8);
        let before = st.desk().state().clone();
        for event in old.iter().rev() {
            st.tell(event);
        }
        assert_eq!(&before, st.desk().state());
    }
    st.end();
    assert_eq!(st.trades().len(), 1);
}

// ---- partial fills

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
    let mut st = Stage::with(cases(&resting(), &[&[ENTER, QUIET]]), |_| ());
    st.price(100.0);
    st.close();
    st.price(100.0);
    st.wait(3_000);
    st.exchange(|e| {
        e.depth = d("0.4");
        e.trade(0, 99.0);
        e.depth = d("1");
    });
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
    st.close();
    st.price(100.0);
    st.wait(120_000);
    assert_eq!(st.position(0), d("0"));
    assert!(st.sent("leave") > 3);
    st.end();
    let units: f64 = st.trades().iter().map(|t| t.2).sum();
    assert!((units - 1.0).abs() < 1e-9);
}

// ---- races

#[test]
fn what_filled_before_its_cancellation_is_no_mistake() {
    let mut st = Stage::with(cases(&resting(), &[&[ENTER, ENTER, QUIET]]), |_| ());
    st.price(100.0);
    st.close();
    st.price(100.0);
    st.wait(3_000);
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

// ---- what others do to the account

#[test]
fn a_position_closed_from_outside_is_closed_and_not_turned() {
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.long();
    st.exchange(|e| e.foreign(0, d("-0.4"), d("101"), false));
    st.wait(5_000);
    let stop = st.open()[0];
    assert_eq!((st.lots(0), stop.1, stop.2), (1, d("0.6"), d("98")));
    st.exchange(|e| e.foreign(0, d("-0.6"), d("102"), false));
    st.wait(60_000);
    assert_eq!((st.lots(0), st.sent("enter"), st.sent("leave")), (0, 1, 0));
    st.assert_alerted(Severity::Warning, "closed from outside");
    st.end();
}

#[test]
fn a_liquidation_closes_the_book() {
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.long();
    st.exchange(|e| e.foreign(0, d("-0.25"), d("95"), true));
    st.wait(5_000);
    assert_eq!(st.open()[0].1, d("0.75"), "the stop follows what is left");
    st.exchange(|e| e.foreign(0, d("-0.75"), d("94"), true));
    st.wait(60_000);
    assert_eq!((st.lots(0), st.sent("leave")), (0, 0));
    st.assert_alerted(Severity::Critical, "by the exchange");
    st.end();
    assert_eq!(st.reasons(), [ExitReason::Liquidation; 2]);
}

#[test]
fn a_trade_that_is_not_ours_is_quarantined() {
    let mut st = Stage::new(&[ENTER, EXIT, ENTER, ENTER]);
    st.world.settings.unprotected = i64::MAX;
    st.long();
    st.exchange(|e| e.foreign(0, d("2"), d("100"), false));
    st.wait(60_000);
    st.assert_alerted(Severity::Critical, "belong to no lot");
    assert!(
        st.open().iter().any(|o| o.2 == d("98")),
        "our lot keeps its stop"
    );
    st.close();
    st.price(100.0);
    st.wait(5_000);
    assert_eq!(
        (st.position(0), st.lots(0)),
        (d("2"), 0),
        "ours is left, theirs is not touched"
    );
    st.close();
    st.price(100.0);
    st.wait(60_000);
    assert_eq!(st.sent("enter"), 1);
    st.exchange(|e| e.foreign(0, d("-2"), d("100"), false));
    st.wait(60_000);
    st.tell(&Event::Release { symbol: 0 });
    st.close();
    st.price(100.0);
    st.wait(60_000);
    assert_eq!((st.position(0), st.lots(0)), (d("1"), 1));
    st.end();
}

#[test]
fn a_position_that_vanished_is_not_chased() {
    let mut st = Stage::new(&[ENTER, EXIT, ENTER]);
    st.long();
    st.exchange(|e| {
        e.cancel_all("canceled");
        e.positions[0] = d("0");
    });
    st.wait(600_000);
    st.assert_alerted(Severity::Critical, "quarantine");
    let sent = st.world.sends.len();
    assert!(sent < 40, "{sent}");
    st.close();
    st.price(100.0);
    st.wait(600_000);
    assert_eq!(
        st.world.sends.len(),
        sent,
        "what is not there is neither protected nor left"
    );
    st.tell(&Event::Release { symbol: 0 });
    st.wait(60_000);
    assert_eq!((st.lots(0), st.desk().state().quarantine.len()), (0, 0));
    st.close();
    st.price(100.0);
    st.wait(10_000);
    assert_eq!(st.position(0), d("1"));
}

#[test]
fn a_dead_mans_switch_that_fired_is_made_good_first_thing() {
    for restarted in [false, true] {
        let mut st = Stage::new(&[ENTER, QUIET]);
        st.long();
        st.world.exchange.now = st.world.now;
        st.world.exchange.cancel_all("scheduledCancel");
        if restarted {
            st.world.exchange.news.clear();
            st.restart();
        }
        st.world.spread();
        st.wait(if restarted { 4_000 } else { 1_000 });
        assert_eq!(st.open()[0], ("protect", d("1"), d("98")), "{restarted}");
        st.wait(10_000);
        assert_eq!(st.open().len(), 2);
        st.end();
    }
}

#[test]
fn an_order_that_the_exchange_forgot_is_placed_again() {
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.long();
    st.exchange(|e| {
        let stop = { e.open_orders() }.find(|o| kind(o.plan.role) == "guard");
        let cloid = stop.unwrap().plan.cloid;
        e.orders.remove(&cloid);
    });
    st.wait(50_000);
    st.assert_alerted(Severity::Critical, "does not know");
    assert_eq!(st.open()[0], ("protect", d("1"), d("98")));
    st.end();
}

#[test]
fn funding_is_booked_once_and_in_any_order() {
    let mut st = Stage::new(&[ENTER, EXIT, QUIET]);
    st.tell(&Event::Tick);
    let pay = |time, amount| Event::Funding {
        symbol: 0,
        amount,
        time,
    };
    st.tell(&pay(-5, 100.0));
    st.long();
    let now = st.world.now;
    for (time, amount) in [
        (now, 1.0),
        (now - 5, 2.0),
        (now, 1.0),
        (now + 9, -0.5),
        (now - 5, 2.0),
    ] {
        st.tell(&pay(time, amount));
        st.restart();
    }
    st.world.moved = -2.5;
    st.wait(5_000);
    st.close();
    st.price(100.0);
    st.end();
    assert_eq!(st.world.trades()[0].funding, 2.5);
}

// ---- odd sizes, odd times, odd rules

fn rules(change: impl FnOnce(&mut Rules)) -> Rules {
    let mut rules = Rules {
        tick: Tick::Step(d("0.1")),
        lot: d("0.001"),
        min_notional: d("10"),
        max_leverage: 50,
    };
    change(&mut rules);
    rules
}

#[test]
fn what_is_below_the_smallest_size_is_as_good_as_flat() {
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.world.settings.unprotected = i64::MAX;
    st.long();
    st.exchange(|e| e.foreign(0, d("-0.95"), d("100"), false));
    st.tell(&Event::Rules {
        symbol: 0,
        rules: rules(|r| r.lot = d("0.1")),
        closing: false,
    });
    st.wait(5_000);
    assert_eq!((st.lots(0), st.position(0)), (0, d("0.05")));
    st.assert_alerted(Severity::Warning, "written off");
    st.wait(120_000);
    assert!(!st.alerted("quarantine"));
}

#[test]
fn lots_too_small_for_an_order_of_their_own_are_closed_together() {
    let mut plan = units(0.06);
    plan.limits.pyramid = Some(Value::Const(2.0));
    let mut st = Stage::with(cases(&plan, &[&[ENTER, ENTER, EXIT, QUIET]]), |w| {
        w.rules[0].min_notional = d("0");
    });
    st.long();
    st.close();
    st.price(100.0);
    st.wait(5_000);
    assert_eq!(st.lots(0), 2);
    st.world.exchange.min_notional = d("10");
    st.tell(&Event::Rules {
        symbol: 0,
        rules: rules(|_| ()),
        closing: false,
    });
    st.close();
    st.price(100.0);
    st.wait(5_000);
    assert_eq!(
        (st.lots(0), st.position(0), st.sent("leave")),
        (0, d("0"), 1)
    );
    st.end();
    assert_eq!(st.trades().len(), 2);
}

#[test]
fn an_entry_that_is_too_small_is_not_sent() {
    let mut st = Stage::with(cases(&units(0.05), &[&[ENTER, QUIET]]), |_| ());
    st.long();
    assert_eq!(st.sent("enter"), 0);
    st.end();
}

#[test]
fn rules_change_under_way() {
    let mut st = Stage::with(
        cases(&plan(), &[&[QUIET, ENTER, QUIET], &[QUIET, ENTER, QUIET]]),
        |_| (),
    );
    st.prices(&[100.0, 100.0]);
    st.close();
    st.tell(&Event::Rules {
        symbol: 0,
        rules: rules(|r| r.tick = Tick::Step(d("3"))),
        closing: false,
    });
    st.tell(&Event::Rules {
        symbol: 1,
        rules: rules(|_| ()),
        closing: true,
    });
    st.close();
    st.prices(&[100.0, 100.0]);
    st.wait(10_000);
    assert_eq!((st.position(0), st.position(1)), (d("1"), d("0")));
    assert_eq!(
        st.open(),
        [("guard", d("1"), d("96")), ("take", d("1"), d("105"))]
    );
    st.end();
}

#[test]
fn while_only_what_rests_is_taken_entries_wait_and_exits_rest() {
    let mut st = Stage::new(&[ENTER, EXIT, QUIET]);
    st.price(100.0);
    st.close();
    st.world.exchange.post_only_until = st.world.now + 20_000;
    st.price(100.0);
    st.wait(10_000);
    assert_eq!(st.position(0), d("0"));
    st.wait(40_000);
    assert_eq!(st.position(0), d("1"), "within its window an entry waits");
    st.close();
    st.world.exchange.post_only_until = st.world.now + 180_000;
    st.price(100.0);
    st.wait(30_000);
    let rests = |st: &Stage| st.open().iter().any(|o| o.0 == "leave");
    for _ in 0..60 {
        if rests(&st) {
            break;
        }
        st.wait(1_000);
    }
    assert!(rests(&st));
    assert_eq!(
        st.open().iter().filter(|o| o.2 == d("98")).count(),
        1,
        "the stop stands"
    );
    st.price(100.0);
    st.wait(5_000);
    assert_eq!(st.position(0), d("0"));
    st.end();
}

#[test]
fn a_clock_that_jumps() {
    const DAY: i64 = 24 * HOUR;
    for jump in [5_000, -5_000, 3 * DAY, -3 * DAY, 10 * DAY] {
        let mut st = Stage::new(&[ENTER, EXIT, ENTER, QUIET]);
        st.world.settings.unprotected = i64::MAX;
        st.long();
        st.world.skew = jump;
        st.wait(30_000);
        st.world.skew = 0;
        st.wait(120_000);
        assert_eq!((st.position(0), st.lots(0)), (d("1"), 1), "{jump}");
        st.close();
        st.price(100.0);
        st.wait(90_000);
        assert_eq!((st.position(0), st.lots(0)), (d("0"), 0), "{jump}");
        st.restart();
        st.close();
        st.price(100.0);
        st.wait(30_000);
        assert_eq!((st.position(0), st.lots(0)), (d("1"), 1), "{jump}");
        st.end();
    }
}

/// Nothing of an order's fate hangs on the wrong time it was sent at.
#[test]
fn an_order_under_way_when_the_clock_comes_back() {
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.price(100.0);
    st.close();
    st.world.skew = 40_000;
    let mut first = true;
    st.world.rule = Some(Box::new(move |batch, _| {
        if has(batch, "enter") && std::mem::take(&mut first) {
            Fate::Lost
        } else {
            Fate::Heard
        }
    }));
    st.price(100.0);
    assert_eq!(st.sent("enter"), 1);
    st.world.skew = -3_600_000;
    st.wait(5_000);
    st.restart();
    st.wait(90_000);
    assert!(
        st.desk().calm(),
        "{:#?}",
        st.desk().orders().collect::<Vec<_>>()
    );
    st.end();
}

// ---- a trailing stop

#[test]
fn a_trailing_stop_moves_by_steps_and_never_leaves_a_gap() {
    let mut plan = plan();
    for entry in &mut plan.entries {
        entry.bracket.targets.clear();
        entry.bracket.trail = Some(TrailLeg {
            distance: Distance::Percent(Value::Const(0.02)),
            after: None,
        });
    }
    let closes = [100.0, 100.2, 101.0, 101.2, 103.0, 102.0];
    let mut cases = cases(&plan, &[&[ENTER, QUIET, QUIET, QUIET, QUIET, QUIET]]);
    for (row, close) in cases[0].rows.iter_mut().zip(closes) {
        *row = (close, close, close, close, row.4);
    }
    let mut st = Stage::with(cases, |w| w.settings.stop_every = 10_000);
    st.long();
    // from here on, not a moment
    st.world.settings.unprotected = 0;
    let stop = |st: &Stage| {
        let open = st.open();
        let stops: Vec<_> = open.iter().filter(|o| o.0 != "take").collect();
        assert_eq!(stops.len(), 1, "{open:?}");
        float(stops[0].2)
    };
    let mut seen = vec![stop(&st)];
    for close in &closes[1..] {
        st.price(*close);
        st.close();
        st.price(*close);
        st.wait(5_000);
        seen.push(stop(&st));
    }
    // 100.2 and 101.2 would not have moved it by half a percent, 102 is no better
    assert_eq!(seen, [98.0, 98.0, 98.9, 98.9, 100.9, 100.9]);
    // each was confirmed before the one before was cancelled
    st.price(100.8);
    st.end();
    assert_eq!(st.reasons(), [ExitReason::Trail]);
}

// ---- I7: a restart anywhere reaches the same state

#[derive(Debug, PartialEq)]
struct Outcome {
    positions: Vec<rust_decimal::Decimal>,
    trades: Vec<(f64, f64, f64)>,
    reasons: Vec<ExitReason>,
    open: Vec<(rust_decimal::Decimal, rust_decimal::Decimal)>,
    stopped: bool,
    quarantine: usize,
    cash: f64,
}

fn outcome(st: &mut Stage) -> Outcome {
    st.wait(200_000);
    if st.desk().state().quarantine.is_empty() {
        st.end();
    }
    let mut open: Vec<_> = st.open().iter().map(|o| (o.1, o.2)).collect();
    open.sort_unstable();
    Outcome {
        positions: st.world.exchange.positions.clone(),
        trades: st.trades(),
        reasons: st.reasons(),
        open,
        stopped: st.desk().state().stopped(),
        quarantine: st.desk().state().quarantine.len(),
        cash: st.desk().live().cash(),
    }
}

/// Lives a script with the process ending at its first, its second … its last command.
fn at_every_command(stage: impl Fn() -> Stage, script: impl Fn(&mut Stage)) {
    let mut st = stage();
    script(&mut st);
    let (expected, count) = (outcome(&mut st), st.world.commands);
    assert!(count > 10);
    for at in 0..count {
        let mut st = stage();
        st.world.crash_at = Some(at);
        script(&mut st);
        let found = outcome(&mut st);
        assert_eq!(st.world.crashes, 1, "at {at}");
        assert_eq!(
            expected, found,
            "the process ended at command {at} of {count}"
        );
    }
}

#[test]
fn restart_anywhere_in_a_life_with_stop_target_and_exit() {
    let stage = || Stage::new(&[ENTER, EXIT, SHORT, QUIET]);
    at_every_command(stage, |st| {
        st.long();
        st.wait(30_000);
        st.close();
        st.price(100.0);
        st.wait(30_000);
        st.close();
        st.price(100.0);
        st.wait(30_000);
        st.price(102.1);
        st.wait(30_000);
    });
}

#[test]
fn restart_anywhere_while_turning() {
    at_every_command(
        || Stage::new(&[ENTER, SHORT, ENTER, QUIET]),
        |st| {
            st.long();
            st.wait(30_000);
            for _ in 0..2 {
                st.close();
                st.price(100.0);
                st.wait(30_000);
            }
            st.price(105.1);
        },
    );
}

#[test]
fn restart_anywhere_while_forced() {
    let rows: [&[u64]; 2] = [&[ENTER, ENTER, QUIET], &[ENTER, QUIET, QUIET]];
    at_every_command(
        || Stage::with(cases(&plan(), &rows), |_| ()),
        |st| {
            st.prices(&[100.0, 100.0]);
            st.close();
            st.prices(&[100.0, 100.0]);
            st.wait(30_000);
            st.tell(&Event::Force("drawdown".to_owned()));
            st.wait(30_000);
            st.close();
            st.prices(&[100.0, 100.0]);
            st.wait(30_000);
        },
    );
}

#[test]
fn restart_anywhere_while_halted_with_an_entry_at_rest() {
    at_every_command(
        || Stage::with(cases(&resting(), &[&[ENTER, QUIET]]), |_| ()),
        |st| {
            st.price(100.0);
            st.close();
            st.price(100.0);
            st.wait(10_000);
            st.tell(&Event::Halt("enough".to_owned()));
            st.wait(10_000);
        },
    );
}

#[test]
fn restart_anywhere_around_a_part_of_an_entry() {
    at_every_command(
        || Stage::with(cases(&resting(), &[&[ENTER, QUIET]]), |_| ()),
        |st| {
            st.price(100.0);
            st.close();
            st.price(100.0);
            st.wait(30_000);
            st.exchange(|e| {
                e.depth = d("0.4");
                e.trade(0, 99.0);
                e.depth = d("1");
            });
            st.wait(150_000);
            st.price(103.96);
        },
    );
}

#[test]
fn restart_anywhere_around_a_liquidation() {
    at_every_command(
        || Stage::new(&[ENTER, QUIET]),
        |st| {
            st.long();
            st.wait(30_000);
            st.exchange(|e| e.foreign(0, d("-0.25"), d("95"), true));
            st.wait(30_000);
            st.exchange(|e| e.foreign(0, d("-0.75"), d("94"), true));
            st.wait(30_000);
        },
    );
}

#[test]
fn restart_anywhere_around_a_foreign_position_and_its_release() {
    at_every_command(
        || Stage::new(&[ENTER, QUIET]),
        |st| {
            st.world.settings.unprotected = i64::MAX;
            st.long();
            st.wait(30_000);
            st.exchange(|e| e.foreign(0, d("2"), d("100"), false));
            st.wait(90_000);
            st.exchange(|e| e.foreign(0, d("-2"), d("100"), false));
            st.wait(90_000);
            st.tell(&Event::Release { symbol: 0 });
            st.wait(90_000);
            assert_eq!((st.position(0), st.lots(0)), (d("1"), 1));
        },
    );
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
    let mut st = Stage::with(cases(&plan, &[&[ENTER, QUIET, ENTER, EXIT, QUIET]]), |_| ());
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

// ---- what an adversarial reader found

fn reconciled(st: &Stage) -> usize {
    let looks = |e: &&Event| matches!(e, Event::Reconciled(_));
    st.world.heard.iter().filter(looks).count()
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
fn what_stays_missing_is_asked_for_less_and_less() {
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.long();
    let guard = st
        .desk()
        .orders()
        .find(|o| kind(o.plan.role) == "guard" || o.plan.reduces);
    let (cloid, oid) = guard.map(|o| (o.plan.cloid, o.oid.unwrap())).unwrap();
    let before = reconciled(&st);
    let (told, stamp) = (Told::Filled(None), st.world.now);
    st.tell(&Event::Update {
        cloid,
        seen: Seen { oid, told, stamp },
    });
    st.wait(50_000);
    assert!(
        reconciled(&st) - before <= 7,
        "{}",
        reconciled(&st) - before
    );
    st.wait(240_000);
    assert!(
        reconciled(&st) - before <= 18,
        "{}",
        reconciled(&st) - before
    );
}

#[test]
fn a_snapshot_of_fills_of_days_ago_changes_nothing() {
    let mut quiet = vec![QUIET; 30];
    let mut other = quiet.clone();
    (quiet[0], other[27]) = (ENTER, ENTER);
    let mut st = Stage::with(cases(&plan(), &[&quiet, &other]), |_| ());
    st.prices(&[100.0, 100.0]);
    st.close();
    st.prices(&[100.0, 100.0]);
    st.wait(3_000);
    st.world.exchange.depth = d("0.5");
    st.prices(&[105.0, 100.0]);
    st.world.exchange.depth = d("1");
    st.wait(3_000);
    assert_eq!(st.position(0), d("0.5"));
    for _ in 1..29 {
        st.prices(&[100.0, 100.0]);
        st.wait(40_000);
        st.close();
    }
    st.prices(&[100.0, 100.0]);
    st.wait(40_000);
    assert_eq!(st.position(1), d("1"));
    let forgets = |st: &Stage| {
        st.world
            .exchange
            .fills
            .iter()
            .filter(|f| f.time < st.desk().state().forgotten)
            .count()
    };
    st.close();
    assert!(forgets(&st) > 1, "numbers have been forgotten");
    let before = st.desk().state().clone();
    let fills = st.world.exchange.fills.clone();
    for fill in fills {
        st.tell(&Event::Fill(fill));
    }
    assert_eq!(&before, st.desk().state());
    st.end();
}

#[test]
fn a_child_at_work_without_a_number_is_asked_for() {
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.world.faults.dropped = 100;
    st.world.rule = Some(Box::new(|batch, _| {
        if has(batch, "enter") {
            let filled = Told::Filled(Some(d("1")));
            let items = [filled, Told::Open].map(|told| Item { oid: None, told });
            Fate::Said(Answer::Items(items.to_vec()))
        } else {
            Fate::Heard
        }
    }));
    st.price(100.0);
    st.close();
    st.price(100.0);
    st.wait(10_000);
    assert!(st.desk().orders().any(|o| o.plan.reduces && o.alive()));
    assert!(st.desk().orders().all(|o| o.oid.is_some()));
    st.end();
}

#[test]
fn fills_ahead_of_the_answer_make_one_stop() {
    let mut st = Stage::new(&[ENTER, QUIET]);
    // it is there, and nobody says so
    st.world.rule = Some(Box::new(|batch, _| {
        if has(batch, "enter") {
            Fate::Lost
        } else {
            Fate::Heard
        }
    }));
    st.price(100.0);
    st.close();
    st.price(100.0);
    let cloid = st.desk().orders().find(|o| kind(o.plan.role) == "enter");
    let cloid = cloid.map(|o| o.plan.cloid).unwrap();
    assert_eq!(st.sent("guard"), 1, "the one beside it");
    for tid in 0..12 {
        st.world.exchange.positions[0] += d("0.05");
        let fill = Fill {
            tid,
            oid: 5_000,
            cloid: Some(cloid),
            symbol: 0,
            buys: true,
            size: d("0.05"),
            price: d("100"),
            fee: d("0"),
            time: st.world.now,
            liquidates: false,
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

#[test]
fn a_wanted_stop_beyond_the_market_leaves_though_a_looser_one_stands() {
    let mut plan = plan();
    for entry in &mut plan.entries {
        entry.bracket.targets.clear();
        entry.bracket.trail = Some(TrailLeg {
            distance: Distance::Percent(Value::Const(0.02)),
            after: None,
        });
    }
    let mut cases = cases(&plan, &[&[ENTER, QUIET, QUIET]]);
    for (row, close) in cases[0].rows.iter_mut().zip([100.0, 103.0, 103.0]) {
        *row = (close, close, close, close, row.4);
    }
    let mut st = Stage::with(cases, |_| ());
    st.long();
    assert_eq!(st.open()[0].2, d("98"));
    // it falls below the new level before that can be placed
    st.price(100.5);
    st.close();
    st.price(100.5);
    st.wait(15_000);
    assert_eq!((st.position(0), st.lots(0)), (d("0"), 0));
    st.end();
    assert_eq!(st.reasons(), [ExitReason::Trail]);
}

#[test]
fn entries_to_both_sides_that_both_fill_close_each_other() {
    let mut plan = plan();
    for (entry, price) in plan.entries.iter_mut().zip([101.0, 99.5]) {
        entry.order = EntryOrder::Stop {
            price: Value::Const(price),
            bars: Value::Const(8.0),
        };
    }
    let mut st = Stage::with(cases(&plan, &[&[ENTER | SHORT, QUIET, QUIET]]), |_| ());
    st.price(100.0);
    st.close();
    st.price(100.0);
    st.wait(5_000);
    assert_eq!(st.open().len(), 2, "{:?}", st.open());
    st.world.exchange.now = st.world.now;
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

#[test]
fn a_transfer_counts_once() {
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.price(100.0);
    let before = st.desk().live().cash();
    let event = Event::Transferred {
        id: "0x1".to_owned(),
        amount: 250.0,
        time: st.world.now,
    };
    st.tell(&event);
    st.restart();
    st.tell(&event);
    assert_eq!(st.desk().live().cash() - before, 250.0);
}

#[test]
fn each_lifts_what_it_stopped() {
    let mut st = Stage::new(&[ENTER, QUIET, ENTER, ENTER]);
    st.long();
    let (source, why) = ("drawdown".to_owned(), "20 %".to_owned());
    let force = true;
    st.tell(&Event::Halt("a person".to_owned()));
    let lift = Event::Lift {
        source: source.clone(),
    };
    st.tell(&Event::Stop { source, why, force });
    st.wait(5_000);
    assert_eq!(st.position(0), d("0"), "everything is left");
    st.restart();
    assert!(st.desk().state().forcing());
    st.tell(&lift);
    assert!(!st.desk().state().forcing() && st.desk().state().stopped());
    st.tell(&Event::Stop {
        source: "equity".to_owned(),
        why: String::new(),
        force: false,
    });
    st.tell(&Event::Resume);
    assert!(
        st.desk().state().stopped(),
        "a person does not lift the others'"
    );
    st.tell(&Event::Lift {
        source: "equity".to_owned(),
    });
    assert!(!st.desk().state().stopped());
    st.end();
}

#[test]
fn cancellations_that_fail_are_tried_ever_later() {
    let mut st = Stage::with(cases(&resting(), &[&[ENTER, QUIET]]), |_| ());
    st.price(100.0);
    st.close();
    st.price(100.0);
    st.wait(3_000);
    st.world.rule = Some(Box::new(|batch, _| match batch.work {
        Work::Cancel(_) => Fate::Unsent("429"),
        _ => Fate::Heard,
    }));
    let cancels = |st: &Stage| {
        let is = |b: &Batch| matches!(b.work, Work::Cancel(_));
        st.world.sends.iter().filter(|s| is(&s.1)).count()
    };
    st.tell(&Event::Halt("enough".to_owned()));
    st.wait(300_000);
    assert!((8..20).contains(&cancels(&st)), "{}", cancels(&st));
    st.world.rule = None;
    st.wait(31_000);
    assert_eq!(st.open(), []);
    st.end();
}

#[test]
fn numbers_that_cannot_be_do_no_harm() {
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.long();
    let before = st.desk().state().clone();
    let huge = rust_decimal::Decimal::MAX;
    let fill = |size, price, fee| Fill {
        tid: 1,
        oid: 1,
        cloid: None,
        symbol: 0,
        buys: true,
        size,
        price,
        fee,
        time: i64::MAX / 4,
        liquidates: false,
    };
    let one = d("1");
    for (size, price, fee) in [
        (huge, huge, one),
        (one, huge, one),
        (huge, one, one),
        (one, one, huge),
        (-one, one, one),
        (d("1000000000000"), d("1000000000000"), one),
    ] {
        st.tell(&Event::Fill(fill(size, price, fee)));
        st.tell(&Event::Fills(vec![fill(size, price, fee)]));
    }
    st.tell(&Event::Prices(vec![Some(huge)]));
    let order = st.desk().orders().find(|o| o.alive()).unwrap();
    let (cloid, oid) = (order.plan.cloid, order.oid.unwrap());
    for told in [
        Told::Filled(Some(huge)),
        Told::Filled(Some(-huge)),
        Told::Ended {
            why: String::new(),
            filled: Some(huge),
        },
    ] {
        let seen = Seen {
            oid,
            told,
            stamp: 0,
        };
        st.tell(&Event::Update { cloid, seen });
    }
    let rules = Rules {
        lot: huge,
        ..st.world.rules[0]
    };
    st.tell(&Event::Rules {
        symbol: 0,
        rules,
        closing: false,
    });
    assert_eq!(&before, st.desk().state());
    st.tell(&Event::Reconciled(Reconciled {
        asked: st.world.now,
        open: Vec::new(),
        positions: vec![huge],
        fills: Vec::new(),
    }));
    st.end();
}
