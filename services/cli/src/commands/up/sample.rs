//! The candles that come with the program: two years of four symbols, so that everything runs without a network.

use crate::data::market;
use crate::failure::Failure;
use flate2::read::GzDecoder;
use sixbtc_market::import::read_csv;
use sixbtc_market::{Bars, ImportOptions, Store};
use std::io::Read;

/// Compressed CSV of each symbol on 30 minutes.
const FILES: [(&str, &[u8]); 4] = [
    file(
        "BTCUSD",
        include_bytes!("../../../../../tests/data/sample/BTCUSD-30m.csv.gz"),
    ),
    file(
        "ETHUSD",
        include_bytes!("../../../../../tests/data/sample/ETHUSD-30m.csv.gz"),
    ),
    file(
        "LTCUSD",
        include_bytes!("../../../../../tests/data/sample/LTCUSD-30m.csv.gz"),
    ),
    file(
        "XRPUSD",
        include_bytes!("../../../../../tests/data/sample/XRPUSD-30m.csv.gz"),
    ),
];

const fn file(symbol: &'static str, bytes: &'static [u8]) -> (&'static str, &'static [u8]) {
    (symbol, bytes)
}

/// The symbols, by the volume they had.
pub fn symbols() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(symbol, _)| *symbol)
}

/// Puts the candles into a store that has none. Returns whether there are sample candles in it now.
pub fn unpack(store: &Store) -> Result<bool, Failure> {
    let there = store.list().map_err(market)?;
    if !there.is_empty() {
        return Ok(there.iter().all(|e| e.source == SOURCE));
    }
    for bars in bars()? {
        store.put(&bars, SOURCE).map_err(market)?;
    }
    Ok(true)
}

/// The candles themselves.
pub fn bars() -> Result<Vec<Bars>, Failure> {
    let read = |(symbol, packed): &(&str, &[u8])| {
        let mut text = Vec::new();
        GzDecoder::new(*packed)
            .read_to_end(&mut text)
            .map_err(|e| Failure::defect(format!("the sample data of {symbol}: {e}")))?;
        let name = format!("{symbol}-30m.csv");
        let read = read_csv(&name, &text, &ImportOptions::default()).map_err(market)?;
        Ok(read.bars)
    };
    FILES.iter().map(read).collect()
}

/// What the store says of where they came from.
const SOURCE: &str = "sample data of sixbtc";
