//! A strategy with a long memory, and two markets with holes.

use crate::account::universe::Asset;
use crate::account::{AccountSettings, Mandate, Market};
use sbt_driver::{Backend, NoFiles, check as checked, compile};
use sixbtc_engine::RunSettings;
use sixbtc_exchange::wire::Address;
use sixbtc_market::{Bars, SynthOptions, Timeframe, synth};
use std::collections::HashMap;
use std::sync::Arc;

const PROGRAM: &str = "#sbt 1
strategy T \"Remembers for ever.\" {
  on 15m
  let slow = on 4h: ema(close, 20)
  enter long when close crosses above ema(close, 50) and close > slow {
    stop 2%
    exit after 12
  }
  exit when rsi(close, 14) > 60
  size risk 2%
}
";
pub const STEP: i64 = 900_000;
/// A month.
pub const MONTH: i64 = 30 * 96;

fn series(seed: u64, symbol: &str) -> Bars {
    let whole = synth(&SynthOptions {
        symbol: symbol.into(),
        seed,
        bars: 600 + MONTH as usize,
        timeframe: Timeframe::M15,
        ..SynthOptions::default()
    })
    .unwrap();
    let mut holed = Bars::new(symbol, Timeframe::M15);
    for row in 0..whole.len() {
        // nothing was traded: no bar
        if !(row + seed as usize).is_multiple_of(97) {
            holed.push(whole.get(row).unwrap());
        }
    }
    holed
}

pub fn mandate(data: &[Bars]) -> Mandate {
    let checked = checked(&NoFiles, "t", PROGRAM, &HashMap::new());
    assert!(checked.is_ok(), "{:?}", checked.diagnostics);
    let compiled = compile(&checked.hir.strategies[0], Backend::Cranelift).unwrap();
    let market = |(number, bars): (usize, &Bars)| {
        let asset = Asset {
            number: number as u32,
            coin: bars.symbol.clone(),
            size_decimals: 3,
            max_leverage: 20,
            only_isolated: false,
            delisted: false,
        };
        Market::new(&bars.symbol, asset, bars.price_scale(), 10.0)
    };
    Mandate {
        name: "t".into(),
        program: checked.hash.clone(),
        user: Address::ZERO,
        agent: Address::ZERO,
        kernel: Arc::from(compiled.kernel),
        params: Vec::new(),
        run: RunSettings::default(),
        timeframe: Timeframe::M15,
        markets: data.iter().enumerate().map(market).collect(),
        readings: Vec::new(),
        anchor: data.iter().map(|b| b.time[0]).min().unwrap(),
        from: data[0].time[0] + 600 * STEP,
        settings: AccountSettings::default(),
    }
}

pub fn data() -> Vec<Bars> {
    vec![series(1, "AAA"), series(2, "BBB")]
}
