//! No more entries rest than there is room for positions.

use crate::*;

fn entries(st: &Stage) -> usize {
    st.open().iter().filter(|o| o.0 == "enter").count()
}

/// These flags, with room for so many positions.
fn with_room(flags: &[&[u64]], most: u32) -> Stage {
    let mut cases = cases(&resting(), flags);
    for case in &mut cases {
        case.settings.max_positions = most;
    }
    Stage::with(cases, |_| ())
}

#[test]
fn no_more_entries_rest_than_there_is_room_for_positions() {
    let mut st = with_room(&[&[ENTER, QUIET, QUIET][..]; 3], 2);
    st.prices(&[100.0; 3]);
    st.close();
    st.prices(&[100.0; 3]);
    st.wait(5_000);
    assert_eq!(entries(&st), 2);
    // both fill at once, as they may
    st.prices(&[98.9; 3]);
    st.wait(5_000);
    let held = |st: &Stage| (0..3).filter(|s| !st.position(*s).is_zero()).count();
    assert_eq!((held(&st), entries(&st)), (2, 0));
    // one reaches its target, and the third has its room
    st.prices(&[104.0, 100.0, 100.0]);
    st.wait(5_000);
    assert_eq!((held(&st), entries(&st)), (1, 1));
    st.end();
}

#[test]
fn an_entry_at_market_takes_the_room_of_one_that_only_rests() {
    // who is long rests, who is short does not
    let mut st = with_room(&[&[QUIET, SHORT, QUIET], &[ENTER, QUIET, QUIET]], 1);
    st.prices(&[100.0; 2]);
    st.close();
    st.prices(&[100.0; 2]);
    st.wait(5_000);
    assert_eq!(entries(&st), 1);
    st.close();
    st.prices(&[100.0; 2]);
    st.wait(10_000);
    assert_eq!((st.position(0), st.position(1)), (d("-1"), d("0")));
    assert_eq!(entries(&st), 0);
    st.end();
}

/// An entry goes out just before the next bar closes, whose close decides another one.
fn entered_just_before_the_next_close(change: impl FnOnce(&mut Stage)) -> Stage {
    let mut st = Stage::with(cases(&plan(), &[&[ENTER, ENTER, QUIET]]), |w| {
        w.settings.entry_window = 10 * 3_600_000;
    });
    st.close();
    st.wait(2 * 3_600_000 - 3_000 - st.world.now);
    assert_eq!(st.sent("enter"), 0, "there was no price");
    change(&mut st);
    st.price(100.0);
    assert_eq!(st.sent("enter"), 1);
    st.close();
    st.price(100.0);
    st
}

#[test]
fn an_entry_waits_for_the_fate_of_the_one_before() {
    // it arrives and fills, and its answer is not heard
    let mut st = entered_just_before_the_next_close(|st| {
        st.world.rule = Some(on("enter", Fate::Deaf));
        st.world.faults.dropped = 100;
    });
    assert_eq!((st.sent("enter"), st.position(0)), (1, d("1")));
    st.world.faults.dropped = 0;
    st.wait(60_000);
    assert_eq!((st.sent("enter"), st.lots(0)), (1, 1));
    st.end();
}

#[test]
fn an_entry_waits_for_the_fills_of_the_one_before() {
    // the answer says that it filled, and its fills come late
    let mut st = entered_just_before_the_next_close(|st| st.world.faults.dropped = 100);
    st.wait(2_000);
    assert_eq!((st.sent("enter"), st.position(0)), (1, d("1")));
    st.world.faults.dropped = 0;
    st.wait(60_000);
    assert_eq!((st.sent("enter"), st.lots(0)), (1, 1));
    st.end();
}

#[test]
fn an_entry_is_made_when_the_one_before_never_arrived() {
    let mut st = entered_just_before_the_next_close(|st| {
        let mut first = true;
        st.world.rule = Some(Box::new(move |batch, _| {
            let lost = has(batch, "enter") && std::mem::take(&mut first);
            if lost { Fate::Lost } else { Fate::Heard }
        }));
    });
    assert_eq!((st.sent("enter"), st.position(0)), (1, d("0")));
    st.wait(60_000);
    assert_eq!(
        (st.sent("enter"), st.position(0), st.lots(0)),
        (2, d("1"), 1)
    );
    st.end();
}
