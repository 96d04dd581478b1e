//! Answers and frames that are lost, late, told twice, or make no sense.

use crate::*;

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
        st.bar(40_000);
        assert_eq!(st.position(0), d("0"), "{fate:?}");
        st.end();
        assert_eq!(st.trades(), [(100.0, 100.0, 1.0)], "{fate:?}");
    }
}

#[test]
fn while_an_order_is_uncertain_its_market_gets_no_other_entry() {
    let mut st = Stage::new(&[ENTER, SHORT, QUIET]);
    st.world.rule = Some(on("enter", Fate::Lost));
    st.begin(9_000);
    assert_eq!(st.sent("enter"), 1);
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
    st.bar(20_000);
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

#[test]
fn a_snapshot_of_fills_of_days_ago_changes_nothing() {
    let mut quiet = vec![QUIET; 30];
    let mut other = quiet.clone();
    (quiet[0], other[27]) = (ENTER, ENTER);
    let mut st = Stage::with(cases(&plan(), &[&quiet, &other]), |_| ());
    st.begin(3_000);
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
    let filled = Told::Filled(Some(d("1")));
    let items = [filled, Told::Open].map(|told| Item { oid: None, told });
    st.world.rule = Some(on("enter", Fate::Said(Answer::Items(items.to_vec()))));
    st.begin(10_000);
    assert!(st.desk().orders().any(|o| o.plan.reduces && o.alive()));
    assert!(st.desk().orders().all(|o| o.oid.is_some()));
    st.end();
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
fn numbers_that_cannot_be_do_no_harm() {
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.long();
    let before = st.desk().state().clone();
    let huge = rust_decimal::Decimal::MAX;
    let fill = |size, price, fee| Fill {
        size,
        price,
        fee,
        time: i64::MAX / 4,
        ..any_fill(1)
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

/// Of each order the exchange says a word that nobody has taught us.
#[test]
fn a_person_ends_what_the_exchange_calls_by_unknown_names() {
    // one that may never have arrived
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.world.mute = true;
    st.world.rule = Some(on("enter", Fate::Lost));
    st.price(100.0);
    st.close();
    st.world.exchange.refuse = Some(Box::new(|_| Some("a new name")));
    st.price(100.0);
    st.wait(120_000);
    assert!(!st.desk().calm());
    st.tell(&Event::Release { symbol: 0 });
    st.wait(5_000);
    assert!(st.desk().calm());
    st.world.mute = false;
    st.end();

    // a stop that is not among the open orders any more
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.world.settings.unprotected = i64::MAX;
    st.long();
    st.world.mute = true;
    st.exchange(|e| {
        let stop = { e.orders.values_mut() }.find(|o| kind(o.plan.role) == "guard");
        stop.unwrap().at = At::Ended("a new name");
    });
    let mut questions = Vec::new();
    for _ in 0..4 {
        st.wait(120_000);
        questions.push(st.world.questions);
    }
    let lately = questions[3] - questions[2];
    assert!(lately <= 6, "asked less and less: {questions:?}");
    assert!(!st.open().iter().any(|o| o.2 == d("98")));
    st.tell(&Event::Release { symbol: 0 });
    st.wait(5_000);
    assert_eq!(st.open()[0], ("protect", d("1"), d("98")));
    st.world.mute = false;
    st.end();
}

#[test]
fn alerts_with_numbers_that_change_are_few() {
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.long();
    let before = st.world.alerts.len();
    for tid in 0..1_000 {
        let fill = Fill {
            size: -d("1"),
            ..any_fill(tid)
        };
        st.tell(&Event::Fill(fill));
    }
    let told = st.world.alerts.len() - before;
    assert!((1..=8).contains(&told), "{told}");
    st.end();
}
