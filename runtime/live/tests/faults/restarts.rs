//! A restart anywhere reaches the same state.

use crate::*;

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
        st.bar(30_000);
        st.bar(30_000);
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
                st.bar(30_000);
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
            st.begin(30_000);
            st.tell(&Event::Force("drawdown".to_owned()));
            st.wait(30_000);
            st.bar(30_000);
        },
    );
}

#[test]
fn restart_anywhere_while_halted_with_an_entry_at_rest() {
    at_every_command(
        || Stage::of(&resting(), &[ENTER, QUIET]),
        |st| {
            st.begin(10_000);
            st.tell(&Event::Halt("enough".to_owned()));
            st.wait(10_000);
        },
    );
}

#[test]
fn restart_anywhere_around_a_part_of_an_entry() {
    at_every_command(
        || Stage::of(&resting(), &[ENTER, QUIET]),
        |st| {
            st.begin(30_000);
            st.trade_part("0.4", 99.0);
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

#[test]
fn restart_anywhere_around_a_stop_entry() {
    for form in [StopEntries::Watched, StopEntries::Resting] {
        let stage = || {
            Stage::with(cases(&breakout(), &[&[ENTER, EXIT, QUIET]]), |w| {
                w.settings.stop_entries = form;
            })
        };
        at_every_command(stage, |st| {
            st.begin(30_000);
            st.price(101.0);
            st.wait(30_000);
            st.bar(30_000);
        });
    }
}
