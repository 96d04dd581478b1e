//! Odd sizes, odd rules, odd times.

use crate::*;

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
    st.bar(5_000);
    assert_eq!(st.lots(0), 2);
    st.world.exchange.min_notional = d("10");
    st.tell(&Event::Rules {
        symbol: 0,
        rules: rules(|_| ()),
        closing: false,
    });
    st.bar(5_000);
    assert_eq!(
        (st.lots(0), st.position(0), st.sent("leave")),
        (0, d("0"), 1)
    );
    st.end();
    assert_eq!(st.trades().len(), 2);
}

#[test]
fn an_entry_that_is_too_small_is_not_sent() {
    let mut st = Stage::of(&units(0.05), &[ENTER, QUIET]);
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
    st.bar(10_000);
    assert_eq!((st.position(0), st.position(1)), (d("1"), d("0")));
    assert_eq!(
        st.open(),
        [("guard", d("1"), d("96")), ("take", d("1"), d("105"))]
    );
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
        st.bar(90_000);
        assert_eq!((st.position(0), st.lots(0)), (d("0"), 0), "{jump}");
        st.restart();
        st.bar(30_000);
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
