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
