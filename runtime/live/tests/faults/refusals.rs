//! What the exchange or the network does not take, and how often it is tried again.

use crate::*;

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
        st.world.rule = Some(on("enter", Fate::Said(Answer::Items(items))));
        st.long();
        st.wait(10_000);
        assert_eq!((st.sent("enter"), st.lots(0)), (1, 1));
        st.end();
    }
    // one error stands for all of a request
    let mut st = Stage::new(&[ENTER, QUIET]);
    let told = Told::Refused("Order has zero size.".to_owned());
    let refused = Answer::Items(vec![Item { oid: None, told }]);
    st.world.rule = Some(on("enter", Fate::Instead(refused)));
    st.long();
    st.wait(10_000);
    assert_eq!((st.sent("enter"), st.lots(0)), (1, 0));
    st.end();
}

#[test]
fn a_storm_of_429_keeps_exits_and_drops_old_entries() {
    let mut st = Stage::with(
        cases(&plan(), &[&[ENTER, EXIT, QUIET], &[QUIET, ENTER, QUIET]]),
        |_| (),
    );
    st.begin(5_000);
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
    st.bar(5_000);
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
    st.bar(5_000);
    assert_eq!(st.sent("enter"), 1);
    st.tell(&Event::Force("a person".to_owned()));
    st.wait(5_000);
    assert_eq!(st.position(0), d("0"));
    st.tell(&Event::Short(false));
    st.end();
}

#[test]
fn cancellations_that_fail_are_tried_ever_later() {
    let mut st = Stage::of(&resting(), &[ENTER, QUIET]);
    st.begin(3_000);
    st.world.rule = Some(Box::new(|batch, _| match batch.work {
        Work::Cancel(_) => Fate::Unsent("429"),
        _ => Fate::Heard,
    }));
    st.tell(&Event::Halt("enough".to_owned()));
    st.wait(300_000);
    assert!((8..20).contains(&cancels(&st)), "{}", cancels(&st));
    st.world.rule = None;
    st.wait(31_000);
    assert_eq!(st.open(), []);
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
fn while_requests_are_short_entries_are_taken_back_by_few() {
    let mut st = Stage::with(
        cases(&resting(), &[&[ENTER, QUIET], &[ENTER, QUIET]]),
        |_| (),
    );
    st.begin(3_000);
    st.tell(&Event::Short(true));
    st.wait(5_000);
    assert_eq!(cancels(&st), 0, "what stands costs no request");
    st.world.rule = Some(Box::new(|_, _| Fate::Unsent("429")));
    st.tell(&Event::Halt("enough".to_owned()));
    st.wait(100_000);
    assert!((5..=11).contains(&cancels(&st)), "{}", cancels(&st));
    st.world.rule = None;
    st.wait(31_000);
    assert_eq!(st.open(), [], "though requests are still short");
    st.end();
}

#[test]
fn while_requests_are_short_targets_stay_as_they_are() {
    let mut st = Stage::new(&[ENTER, QUIET]);
    st.long();
    st.tell(&Event::Short(true));
    st.exchange(|e| e.foreign(0, d("-0.4"), d("100"), false));
    st.wait(100_000);
    assert_eq!(cancels(&st), 0, "what only closes does no harm");
    assert!(st.open().contains(&("protect", d("0.6"), d("98"))));
    st.tell(&Event::Short(false));
    st.wait(5_000);
    assert_eq!(
        st.open(),
        [("protect", d("0.6"), d("98")), ("take", d("0.6"), d("105"))]
    );
    st.end();
}
