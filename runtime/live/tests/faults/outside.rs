//! What others do to the account.

use crate::*;

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
    st.bar(5_000);
    assert_eq!(
        (st.position(0), st.lots(0)),
        (d("2"), 0),
        "ours is left, theirs is not touched"
    );
    st.bar(60_000);
    assert_eq!(st.sent("enter"), 1);
    st.exchange(|e| e.foreign(0, d("-2"), d("100"), false));
    st.wait(60_000);
    st.tell(&Event::Release { symbol: 0 });
    st.bar(60_000);
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
    st.bar(600_000);
    assert_eq!(
        st.world.sends.len(),
        sent,
        "what is not there is neither protected nor left"
    );
    st.tell(&Event::Release { symbol: 0 });
    st.wait(60_000);
    assert_eq!((st.lots(0), st.desk().state().quarantine.len()), (0, 0));
    st.bar(10_000);
    assert_eq!(st.position(0), d("1"));
}

#[test]
fn a_position_that_is_ahead_of_its_fills_is_no_quarantine_and_no_entry_either() {
    for restarted in [false, true] {
        let mut st = Stage::new(&[ENTER, EXIT, ENTER, QUIET]);
        st.long();
        st.wait(20_000);
        // the exchange tells the position of a fill whose row comes a second later
        st.exchange(|e| e.positions[0] = d("0.5"));
        if restarted {
            st.restart();
        }
        st.wait(1_000);
        st.exchange(|e| e.positions[0] = d("1"));
        st.wait(60_000);
        assert!(!st.alerted("quarantine"), "{:?}", st.world.alerts);
        st.bar(10_000);
        st.bar(10_000);
        assert_eq!(
            (st.position(0), st.sent("enter")),
            (d("1"), 2),
            "{restarted}"
        );
        st.end();
    }
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
