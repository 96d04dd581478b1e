//! An account is killed at every one of its waits – each in a run of its own – and started again: nothing is lost, doubled,
//! forgotten, or left without its stop.
//!
//! Waits in which nothing has happened since the one before are one and the same state. A kill before a write to the disk leaves
//! half of the record there. `KILLS=all` (or a number of runs) `cargo test -p sixbtc-executor --test kills -- --nocapture`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod stage;

use rust_decimal::Decimal;
use sixbtc_executor::account::Input;
use sixbtc_executor::task::Ended;
use stage::{BUSY, FROM, MINUTE, World};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// A directory whose syncs cost nothing, where there is one.
fn directory() -> tempfile::TempDir {
    let fast = PathBuf::from("/dev/shm");
    if fast.is_dir() {
        tempfile::tempdir_in(fast).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

/// What a run showed.
#[derive(Debug, Default)]
struct Seen {
    /// Waits that were told apart.
    waits: u64,
    /// The longest time without a stop, ms, that a position stood at the venue.
    naked: i64,
    trades: usize,
    actions: u64,
    killed: bool,
}

/// Plays some minutes, killed at the given wait, and lets all come to rest.
fn play(kill: Option<u64>, torn: bool, down: i64) -> Seen {
    let dir = directory();
    let world = World::new(dir.path(), BUSY, torn);
    let mut process = Some(world.start());
    let mut seen = Seen::default();
    let (mut last, mut naked_since) = (u64::MAX, None);
    let mut down_until = 0;
    let until = FROM + 9 * MINUTE;
    let mut forced = false;
    let end = until + 2 * MINUTE;
    let largest = Decimal::new(2_050, 0) / Decimal::new(19_900, 0);
    loop {
        let now = world.hand.now();
        if process.is_none() && now >= down_until {
            process = Some(world.start());
        }
        if let Some(p) = &mut process {
            p.feed(&world);
            let mut killed = false;
            loop {
                let more = match p.poll() {
                    Ok(more) => more,
                    Err(ended) => panic!("kill {kill:?}: it ended: {ended:?}"),
                };
                let steps = world.steps.load(Ordering::SeqCst);
                if steps != last {
                    last = steps;
                    let at = seen.waits;
                    seen.waits += 1;
                    if kill == Some(at) && !seen.killed {
                        killed = true;
                        break;
                    }
                }
                if !more {
                    break;
                }
            }
            if killed {
                seen.killed = true;
                process = None;
                down_until = now + down;
            }
        }
        let position = world.position();
        assert!(
            position >= Decimal::ZERO && position <= largest,
            "kill {kill:?}: a position of {position}"
        );
        // what is closed at market within the same instant needs no stop any more
        if world.protected() < position {
            let since = *naked_since.get_or_insert(now);
            seen.naked = seen.naked.max(now - since);
        } else {
            naked_since = None;
        }
        if now >= until
            && let Some(p) = &process
            && !forced
        {
            forced = true;
            p.to.try_send(Input::Stop {
                source: "test".into(),
                why: "it ends".into(),
                force: true,
            })
            .unwrap();
        }
        // killed after it was told: a person would see that it still trades, and say it again
        if forced && process.is_none() {
            forced = false;
        }
        if now >= end && process.is_some() {
            break;
        }
        world.pass(500);
    }
    let mut p = process.unwrap();
    p.stop.cancel();
    let ended = loop {
        match p.poll() {
            Ok(true) => {}
            Ok(false) => world.pass(500),
            Err(ended) => break ended,
        }
    };
    assert!(matches!(ended, Ended::Stopped), "{ended:?}");
    assert_eq!(world.position(), Decimal::ZERO, "kill {kill:?}");
    assert_eq!(world.open_orders(), 0, "kill {kill:?}");
    let trades = world.shelf.trades.lock().unwrap();
    seen.trades = trades.len();
    seen.actions = world.actions.load(Ordering::SeqCst);
    // what the books say was won is what the venue's account says
    let booked: f64 = trades.values().map(|c| c.trade.pnl).sum();
    let equity: f64 = world.equity().try_into().unwrap();
    let won = equity - stage::CAPITAL as f64;
    assert!(
        (won - booked).abs() < 0.01,
        "kill {kill:?}: the venue says {won}, the books {booked}: {trades:#?}"
    );
    seen
}

#[test]
fn an_undisturbed_run_trades() {
    let seen = play(None, false, 0);
    println!("{seen:?}");
    assert!(seen.trades >= 3 && seen.waits > 100, "{seen:?}");
    assert_eq!(seen.naked, 0);
}

#[test]
fn killed_at_every_wait() {
    let whole = play(None, false, 0);
    let most = match std::env::var("KILLS").as_deref() {
        Ok("all") => u64::MAX,
        Ok(number) => number.parse().unwrap(),
        Err(_) => 150,
    };
    // short of all of them, evenly over the run, and always the same ones
    let every = (whole.waits / most.max(1)).max(1);
    let (mut runs, mut naked, mut trades) = (0, 0, (usize::MAX, 0));
    for at in (0..whole.waits).step_by(every as usize) {
        for (torn, down) in [(false, 1_000), (true, 20_000)] {
            let seen = play(Some(at), torn, down);
            assert!(seen.killed, "wait {at} of {} was not there", whole.waits);
            runs += 1;
            naked = naked.max(seen.naked - down);
            trades = (trades.0.min(seen.trades), trades.1.max(seen.trades));
        }
    }
    println!(
        "{runs} runs, killed at {} of {} waits, down for 1 s and 20 s (the latter with a torn record): 0 lost, 0 doubled; \
         {}..{} trades (undisturbed: {}); longest without a stop beyond the time down: {naked} ms",
        runs / 2,
        whole.waits,
        trades.0,
        trades.1,
        whole.trades
    );
    assert!(naked <= 3_000, "{naked}");
}

/// A machine whose clock is minutes or days wrong enters nothing and says so; one that goes wrong in the middle of a trade still
/// leaves it.
#[test]
fn a_wrong_clock_enters_nothing_and_still_leaves() {
    for wrong in [300_000, -300_000, 3 * 86_400_000, -3 * 86_400_000, 5_000] {
        let dir = directory();
        let mut world = World::new(dir.path(), BUSY, false);
        world.skew = wrong;
        let mut p = world.start();
        while world.hand.now() < FROM + 5 * MINUTE {
            p.feed(&world);
            while p.poll().unwrap() {}
            world.pass(500);
            assert_eq!(world.position(), Decimal::ZERO, "off by {wrong} ms");
        }
        assert_eq!(world.shelf.trades.lock().unwrap().len(), 0);
        let told = world.shelf.reports.lock().unwrap();
        let said = told.iter().any(|r| format!("{r:?}").contains("clock"));
        assert!(
            said || wrong.abs() < 10_000,
            "off by {wrong} ms and nobody was told: {told:?}"
        );
    }
    let dir = directory();
    let mut world = World::new(dir.path(), BUSY, false);
    let mut p = world.start();
    while world.position().is_zero() {
        p.feed(&world);
        while p.poll().unwrap() {}
        world.pass(500);
    }
    // killed, and the machine comes back with its clock four minutes ahead
    drop(p);
    world.skew = 240_000;
    let mut p = world.start();
    for _ in 0..(6 * 120) {
        p.feed(&world);
        while p.poll().unwrap() {}
        world.pass(500);
    }
    assert_eq!(world.position(), Decimal::ZERO);
    assert_eq!(world.shelf.trades.lock().unwrap().len(), 1);
}

/// What has no answer is asked again, and what was asked before is not waited for beside it.
#[test]
fn questions_that_nobody_answers_do_not_pile_up() {
    let dir = directory();
    let world = World::new(dir.path(), BUSY, false);
    let mut p = world.start();
    let mut run = |seconds: i64| {
        let mut most = 0;
        for _ in 0..2 * seconds {
            p.feed(&world);
            while p.poll().unwrap() {}
            most = most.max(world.questions.flying.load(Ordering::SeqCst));
            world.pass(500);
        }
        most
    };
    run(90);
    assert!(!world.position().is_zero());
    world.questions.mute.store(true, Ordering::SeqCst);
    let most = run(300);
    assert!((1..=12).contains(&most), "{most} under way at once");
    world.questions.mute.store(false, Ordering::SeqCst);
    let before = world.shelf.trades.lock().unwrap().len();
    run(600);
    assert!(world.shelf.trades.lock().unwrap().len() > before);
    assert!(world.questions.flying.load(Ordering::SeqCst) <= 2);
}
