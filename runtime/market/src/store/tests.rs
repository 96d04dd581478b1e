//! The store keeps what it is given.

use super::*;
use crate::synth::{SynthOptions, synth};
use proptest::prelude::*;

fn bars(symbol: &str, count: usize) -> Bars {
    let options = SynthOptions {
        bars: count,
        gap_chance: 0.02,
        timeframe: Timeframe::M15,
        ..SynthOptions::default()
    };
    Bars {
        symbol: symbol.to_owned(),
        ..synth(&options).unwrap()
    }
}

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::new(dir.path().join("data"));
    (dir, store)
}

#[test]
fn what_is_put_is_listed_and_loaded() {
    let (_dir, store) = store();
    assert_eq!(store.list().unwrap(), vec![]);
    let one = bars("BTC", 500);
    let entry = store.put(&one, "a test").unwrap();
    store.put(&bars("xyz:NVDA/..", 100), "a test").unwrap();
    let names: Vec<String> = store
        .list()
        .unwrap()
        .into_iter()
        .map(|e| e.symbol + " " + &e.timeframe)
        .collect();
    assert_eq!(names, ["BTC 15m", "xyz:NVDA/.. 15m"]);
    assert_eq!(
        (entry.rows, entry.hash.as_str()),
        (500, one.hash().as_str())
    );
    assert!(entry.missing() > 0);
    let found = store.load("BTC", Timeframe::M15, None, None).unwrap();
    assert_eq!(found.bars, one);
    let (from, to) = (one.time[100], one.time[200]);
    assert_eq!(
        store
            .load("BTC", Timeframe::M15, Some(from), Some(to))
            .unwrap()
            .bars,
        one.slice(100..200)
    );
    assert_eq!(store.verify("BTC", Timeframe::M15).unwrap(), entry);
    let missing = store
        .load("BTC", Timeframe::H1, None, None)
        .unwrap_err()
        .to_string();
    insta::assert_snapshot!(missing, @"no 1h bars of `BTC` in the store (there are 15m); `sixbtc data import` or `sixbtc data fetch` adds them");
}

#[test]
fn merging_counts_what_is_new_and_the_new_wins() {
    let (_dir, store) = store();
    let all = bars("BTC", 300);
    store.put(&all.slice(0..200), "first").unwrap();
    let mut rest = all.slice(150..300);
    rest.volume[0] += 1.0;
    let merged = store.merge(&rest, "second").unwrap();
    assert_eq!(
        (merged.added, merged.replaced, merged.unchanged),
        (100, 1, 49)
    );
    assert_eq!(merged.entry.source, "second");
    let again = store.merge(&rest, "third").unwrap();
    assert_eq!((again.added, again.replaced, again.unchanged), (0, 0, 150));
    assert_eq!(again.entry, merged.entry);
    let found = store.load("BTC", Timeframe::M15, None, None).unwrap().bars;
    assert_eq!(found.time, all.time);
    assert!((found.volume[150] - all.volume[150] - 1.0).abs() < 1e-9);
}

#[test]
fn longer_bars_are_made_from_stored_ones() {
    let (_dir, store) = store();
    let base = bars("BTC", 500);
    store.put(&base, "a test").unwrap();
    let hours = store
        .load_or_resample("BTC", Timeframe::H1, None, None)
        .unwrap()
        .bars;
    assert_eq!(hours, resample(&base, Timeframe::H1).unwrap());
    let later = store
        .load_or_resample("BTC", Timeframe::H1, Some(hours.time[3] + 1), None)
        .unwrap()
        .bars;
    assert_eq!(later, hours.slice(4..hours.len()));
    store
        .resample("BTC", Timeframe::M15, Timeframe::H1)
        .unwrap();
    assert_eq!(
        store.timeframes("BTC").unwrap(),
        [Timeframe::M15, Timeframe::H1]
    );
    assert!(matches!(
        store.load_or_resample("BTC", Timeframe::M1, None, None),
        Err(MarketError::Coarser { .. })
    ));
    assert!(matches!(
        store.load_or_resample("ETH", Timeframe::M1, None, None),
        Err(MarketError::NotStored { .. })
    ));
    store.remove("BTC", Timeframe::H1).unwrap();
    assert_eq!(store.timeframes("BTC").unwrap(), [Timeframe::M15]);
}

#[test]
fn a_json_file_that_does_not_match_is_made_anew() {
    let (_dir, store) = store();
    let entry = store.put(&bars("BTC", 50), "a test").unwrap();
    let json = store.path("BTC", Timeframe::M15).with_extension("json");
    for broken in [
        "",
        "{}",
        "[1",
        &serde_json::to_string(&Entry {
            hash: "0".into(),
            ..entry.clone()
        })
        .unwrap(),
    ] {
        fs::write(&json, broken).unwrap();
        assert_eq!(store.entry("BTC", Timeframe::M15).unwrap(), entry);
        assert_eq!(
            serde_json::from_slice::<Entry>(&fs::read(&json).unwrap()).unwrap(),
            entry
        );
    }
}

#[test]
fn changed_content_is_noticed_and_can_be_accepted() {
    let (_dir, store) = store();
    let good = bars("BTC", 50);
    store.put(&good, "a test").unwrap();
    // The footer of the good file over other prices: what a flipped bit on the disk amounts to.
    let path = store.path("BTC", Timeframe::M15);
    let mut bytes = fs::read(&path).unwrap();
    let needle = good.volume[7].to_le_bytes();
    let at = bytes
        .windows(8)
        .position(|window| window == needle)
        .unwrap();
    bytes[at] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(
        store.verify("BTC", Timeframe::M15),
        Err(MarketError::HashMismatch { .. })
    ));
    let repaired = store.repair("BTC", Timeframe::M15).unwrap();
    assert!(repaired.hash_renewed && repaired.repairs.is_clean());
    store.verify("BTC", Timeframe::M15).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(
        store.verify("BTC", Timeframe::M15),
        Err(MarketError::Truncated { .. })
    ));
}

#[test]
fn bad_bars_are_not_stored_and_old_ones_stay() {
    let (_dir, store) = store();
    let good = bars("BTC", 50);
    store.put(&good, "a test").unwrap();
    let mut bad = good.clone();
    bad.high[3] = f64::NAN;
    assert!(matches!(
        store.put(&bad, "bad"),
        Err(MarketError::Flaw { .. })
    ));
    assert!(matches!(
        store.put(&good.slice(0..0), "bad"),
        Err(MarketError::Empty { .. })
    ));
    assert_eq!(
        store.load("BTC", Timeframe::M15, None, None).unwrap().bars,
        good
    );
}

#[test]
fn writers_take_turns() {
    let (_dir, store) = store();
    let all = bars("BTC", 400);
    std::thread::scope(|scope| {
        for part in 0..4 {
            let (store, all) = (&store, &all);
            scope.spawn(move || {
                store
                    .merge(&all.slice(part * 100..part * 100 + 100), "part")
                    .unwrap()
            });
        }
    });
    assert_eq!(
        store.load("BTC", Timeframe::M15, None, None).unwrap().bars,
        all
    );
}

proptest! {
    #[test]
    fn any_symbol_has_a_directory_of_its_own(symbol in "\\PC{0,20}") {
        let name = file_name(&symbol);
        prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_%".contains(&b)));
        prop_assert!(!name.is_empty());
        if !symbol.is_empty() {
            prop_assert_eq!(symbol_of(&name), symbol);
        }
    }
}
