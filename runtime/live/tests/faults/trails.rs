//! Stops that move.

use crate::*;

/// Long at the first close, with a stop that trails by 2 % through bars that stand at these closes.
fn trailing(closes: &[f64]) -> Vec<Case> {
    let mut plan = plan();
    for entry in &mut plan.entries {
        entry.bracket.targets.clear();
        entry.bracket.trail = Some(TrailLeg {
            distance: Distance::Percent(Value::Const(0.02)),
            after: None,
        });
    }
    let mut flags = vec![QUIET; closes.len()];
    flags[0] = ENTER;
    let mut cases = cases(&plan, &[&flags]);
    for (row, close) in cases[0].rows.iter_mut().zip(closes) {
        *row = (*close, *close, *close, *close, row.4);
    }
    cases
}

#[test]
fn a_trailing_stop_moves_by_steps_and_never_leaves_a_gap() {
    let closes = [100.0, 100.2, 101.0, 101.2, 103.0, 102.0];
    let mut st = Stage::with(trailing(&closes), |w| w.settings.stop_every = 10_000);
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

#[test]
fn a_wanted_stop_beyond_the_market_leaves_though_a_looser_one_stands() {
    let mut st = Stage::with(trailing(&[100.0, 103.0, 103.0]), |_| ());
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
