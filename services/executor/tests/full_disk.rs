//! The disk has no room at the n-th write of the journal, for each n: the account stops and says so, nothing is sent that is not on
//! the disk, what protects stays at the exchange; and when there is room again it goes on without a loss.
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
use stage::{BUSY, CAPITAL, FROM, MINUTE, World};
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

/// Plays some minutes with no room at the given write. `false`: there were not so many writes.
fn play(at: u64) -> bool {
    let dir = directory();
    let mut world = World::new(dir.path(), BUSY, false);
    world.full_at = Some(at);
    let mut process = world.start();
    let mut full = false;
    while world.hand.now() < FROM + 4 * MINUTE {
        process.feed(&world);
        let ended = loop {
            match process.poll() {
                Ok(true) => {}
                Ok(false) => break None,
                Err(ended) => break Some(ended),
            }
        };
        if let Some(ended) = ended {
            assert!(!full, "write {at}: a second time: {ended:?}");
            full = true;
            stopped(&world, at, &ended);
            world.full_at = None;
            process = world.start();
        }
        world.pass(500);
    }
    if !full {
        return false;
    }
    process
        .to
        .try_send(Input::Force("the test ends".into()))
        .unwrap();
    for _ in 0..120 {
        process.feed(&world);
        while process.poll().unwrap() {}
        world.pass(500);
    }
    assert_eq!(world.position(), Decimal::ZERO, "write {at}");
    assert_eq!(world.open_orders(), 0, "write {at}");
    let trades = world.shelf.trades.lock().unwrap();
    let booked: f64 = trades.values().map(|c| c.trade.pnl).sum();
    let equity: f64 = world.equity().try_into().unwrap();
    let won = equity - CAPITAL as f64;
    assert!(
        (won - booked).abs() < 0.01,
        "write {at}: the venue says {won}, the books {booked}"
    );
    true
}

/// It says what is wrong, and for a minute nothing is sent and nothing is taken away.
fn stopped(world: &World, at: u64, ended: &Ended) {
    let Ended::Disk(error) = ended else {
        panic!("write {at}: {ended:?}");
    };
    assert!(error.is_full(), "{error}");
    let told = world.shelf.reports.lock().unwrap();
    let said = told
        .iter()
        .any(|r| format!("{r:?}").contains("Make room on the disk"));
    assert!(said, "write {at}: nobody was told");
    drop(told);
    let sent = world.actions.load(Ordering::SeqCst);
    for _ in 0..120 {
        world.pass(500);
        assert!(
            world.protected() >= world.position(),
            "write {at}: {} held, stops for {}",
            world.position(),
            world.protected()
        );
    }
    assert_eq!(world.actions.load(Ordering::SeqCst), sent, "write {at}");
}

#[test]
fn a_full_disk_at_any_write_of_the_journal_stops_the_account_and_loses_nothing() {
    let mut stopped = 0;
    while play(stopped) {
        stopped += 1;
    }
    println!("the disk was full at each of {stopped} writes of the journal: 0 lost, 0 naked");
    assert!(stopped > 10, "{stopped}");
}
