//! Entries that wait for a price to follow: watched by the desk, or resting at the exchange.

use crate::*;

fn resting_breakout() -> Stage {
    Stage::with(cases(&breakout(), &[&[ENTER, QUIET]]), |w| {
        w.settings.stop_entries = StopEntries::Resting;
    })
}

/// Waiting at 100; from here on, not a moment without a stop.
fn watching() -> Stage {
    let mut st = Stage::of(&breakout(), &[ENTER, QUIET]);
    st.begin(3_000);
    st.world.settings.unprotected = 0;
    assert_eq!(st.sent("enter"), 0, "nothing waits at the exchange");
    st
}

#[test]
fn a_watched_entry_brings_its_stop() {
    let mut st = watching();
    st.price(100.9);
    st.wait(5_000);
    assert_eq!(st.sent("enter"), 0);
    st.price(101.2);
    st.wait(5_000);
    assert_eq!((st.sent("enter"), st.position(0)), (1, d("1")));
    let (_, batch) = { st.world.sends.iter() }
        .find(|(_, b)| has(b, "enter"))
        .unwrap();
    assert!(has(batch, "guard"));
    st.price(106.5);
    st.end();
    let closed = st.world.noted.values().next().unwrap();
    let opening = closed.opening.unwrap();
    assert_eq!((opening.due, opening.price), (101.0, 101.2));
}

#[test]
fn a_price_that_is_reached_between_two_looks_is_seen() {
    let mut st = watching();
    // heard at the moment of the last look
    st.world.exchange.prices[0] = Some(101.1);
    st.tell(&Event::Prices(vec![Some(d("101.1"))]));
    assert_eq!(st.sent("enter"), 1);
    st.wait(1_000);
    st.end();
}

#[test]
fn a_watched_entry_that_fires_while_the_process_is_down_opens_nothing() {
    let mut st = watching();
    st.while_down(60_000, |e| {
        e.trade(0, 101.5);
        assert_eq!(e.positions[0], d("0"));
        e.trade(0, 100.5);
    });
    st.wait(60_000);
    assert_eq!((st.position(0), st.sent("enter")), (d("0"), 0));
    // still there, it is made late and with its stop
    st.while_down(60_000, |e| e.trade(0, 101.5));
    st.wait(60_000);
    assert_eq!((st.position(0), st.sent("guard")), (d("1"), 1));
    st.end();
}

#[test]
fn a_watched_entry_is_not_made_far_beyond_its_price() {
    let mut st = watching();
    st.price(102.2);
    st.wait(20_000);
    assert_eq!(st.sent("enter"), 0);
    st.price(101.9);
    st.wait(5_000);
    assert_eq!(st.position(0), d("1"), "back within its bound");
    st.end();
}

#[test]
fn a_watched_entry_goes_out_again_when_it_was_not_sent() {
    let mut st = watching();
    let until = st.world.now + 10_000;
    st.world.rule = Some(Box::new(move |batch, now| {
        if has(batch, "enter") && now < until {
            Fate::Unsent("no connection")
        } else {
            Fate::Heard
        }
    }));
    st.price(101.2);
    st.wait(60_000);
    assert_eq!(st.position(0), d("1"));
    assert!((2..8).contains(&st.sent("enter")), "{}", st.sent("enter"));
    st.end();
}

/// The window of the other form: what fires while no process runs has no stop until one does.
#[test]
fn a_resting_stop_entry_has_no_stop_while_the_process_is_down() {
    let mut st = resting_breakout();
    st.begin(3_000);
    assert_eq!(st.open(), [("enter", d("1"), d("101"))]);
    st.while_down(20_000, |e| e.trade(0, 101.0));
    assert_eq!((st.position(0), st.open()), (d("1"), vec![]));
    st.wait(4_000);
    let stop = st.open()[0];
    assert_eq!((stop.0, stop.1, stop.2), ("protect", d("1"), d("98.9")));
    st.end();
}

/// The same window for a part of an entry at rest: its stop wakes when all of it has filled.
#[test]
fn a_part_of_an_entry_has_no_stop_while_the_process_is_down() {
    let mut st = Stage::of(&resting(), &[ENTER, QUIET]);
    st.begin(3_000);
    st.while_down(20_000, |e| {
        e.depth = d("0.4");
        e.trade(0, 99.0);
        e.depth = d("1");
    });
    let works = |st: &Stage| {
        let is = |o: &&exchange::Kept| o.at == At::Open && kind(o.plan.role) == "guard";
        st.world.exchange.open_orders().filter(is).count()
    };
    assert_eq!((st.position(0), works(&st)), (d("0.4"), 0));
    st.wait(4_000);
    assert_eq!(works(&st), 1);
    st.end();
}

#[test]
fn changing_the_form_takes_the_other_one_back() {
    let mut st = resting_breakout();
    st.begin(3_000);
    st.reopen(|settings| settings.stop_entries = StopEntries::Watched);
    st.wait(10_000);
    assert_eq!(st.open(), []);
    st.price(101.0);
    st.wait(5_000);
    assert_eq!((st.position(0), st.sent("enter")), (d("1"), 2));
    st.end();
}
