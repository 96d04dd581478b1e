use super::super::mandate::{Mandate, Market, Reading};
use super::super::settings::AccountSettings;
use super::super::universe::Asset;
use super::*;
use sbt_driver::{Backend, NoFiles, check, compile};
use sixbtc_engine::RunSettings;
use sixbtc_exchange::wire::Address;
use sixbtc_market::{SynthOptions, synth};
use std::collections::HashMap;
use std::sync::Arc;

const PROGRAM: &str = "#sbt 1
strategy T \"Reads several clocks and another symbol.\" {
  on 1h
  let slow = on 4h: ema(close, 20)
  let top = on 1d: high
  let leader = on 4h of LEAD: close > sma(close, 10)
  enter long when close crosses above slow and leader {
    stop 2%
    exit after 12
  }
  enter short when close < slow and close < top and weekday == monday {
    stop 2%
  }
  exit when rsi(close, 14) > 60
  size risk 2%
}
";

fn series(seed: u64, symbol: &str, bars: usize) -> Bars {
    let whole = synth(&SynthOptions {
        symbol: symbol.into(),
        seed,
        bars,
        timeframe: Timeframe::H1,
        ..SynthOptions::default()
    })
    .unwrap();
    // holes, other ones in each series
    let mut holed = Bars::new(symbol, Timeframe::H1);
    for row in 0..whole.len() {
        if !(row + seed as usize).is_multiple_of(41) {
            holed.push(whole.get(row).unwrap());
        }
    }
    holed
}

fn mandate(data: &[Bars]) -> Mandate {
    let checked = check(&NoFiles, "t", PROGRAM, &HashMap::new());
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
        timeframe: Timeframe::H1,
        markets: data[..2].iter().enumerate().map(market).collect(),
        readings: vec![Reading {
            symbol: "LEAD".into(),
            price_scale: data[2].price_scale(),
        }],
        anchor: data.iter().map(|b| b.time[0]).min().unwrap(),
        from: data[0].time[700],
        settings: AccountSettings::default(),
    }
}

fn data() -> Vec<Bars> {
    vec![
        series(1, "AAA", 2_000),
        series(2, "BBB", 2_000),
        series(3, "LEAD", 2_000),
    ]
}

/// What is said from `from` on, bar by bar: by market and time.
fn stepped(
    signals: &mut Signals<'_>,
    data: &[Bars],
    from: i64,
    until: i64,
) -> Vec<(usize, i64, u64, Vec<u64>)> {
    let mut said = Vec::new();
    let tail: Vec<Bars> = data.iter().map(|b| b.between(Some(from), None)).collect();
    each_instant(&tail, until, |time, bars| {
        signals.step(time, bars)?;
        for m in (0..2).filter(|m| bars[*m].is_some()) {
            let out = signals.said(m).unwrap();
            let values = out.values.iter().map(|v| v[0].to_bits()).collect();
            said.push((m, time, out.flags[0], values));
        }
        Ok(())
    })
    .unwrap();
    said
}

#[test]
fn bar_by_bar_says_what_the_whole_history_says() {
    let data = data();
    let mandate = mandate(&data);
    let bound = mandate.bind(&data).unwrap();
    let end = data[0].end().unwrap();
    let mut signals = Signals::new(&bound).unwrap();
    signals.warm(&data, mandate.from).unwrap();
    let said = stepped(&mut signals, &data, mandate.from, end);
    assert!(said.len() > 2_000 && said.iter().any(|s| s.2 != 0));
    let find = |name: &str| mandate.find(name).and_then(|i| data.get(i));
    for (m, bars) in data.iter().enumerate().take(2) {
        let manifest = mandate.kernel.manifest();
        let scale = Some(mandate.scale(m));
        let frames = FrameSet::build_scaled(manifest, bars, &find, scale).unwrap();
        let (_, whole) = sixbtc_abi::run_whole(&*mandate.kernel, &frames.input(), &[]).unwrap();
        for (_, time, flags, values) in said.iter().filter(|s| s.0 == m) {
            let row = bars.time.binary_search(time).unwrap();
            assert_eq!(*flags, whole.flags[row], "{m} {time}");
            let bits: Vec<u64> = whole.values.iter().map(|v| v[row].to_bits()).collect();
            assert_eq!(*values, bits, "{m} {time}");
        }
    }
}

#[test]
fn a_memory_goes_on_where_it_was_and_is_checked_against_history() {
    let data = data();
    let mandate = mandate(&data);
    let bound = mandate.bind(&data).unwrap();
    let (middle, end) = (data[0].time[1_300], data[0].end().unwrap());
    let mut first = Signals::new(&bound).unwrap();
    first.warm(&data, mandate.from).unwrap();
    stepped(&mut first, &data, mandate.from, middle);
    let (states, stages) = (first.states.clone(), first.stage_words());
    let expected = stepped(&mut first, &data, middle, end);
    let mut second = Signals::new(&bound).unwrap();
    second.check(&data, middle, &states, &stages).unwrap();
    second.fill(&data, middle).unwrap();
    second.restore(states.clone(), &stages).unwrap();
    assert_eq!(stepped(&mut second, &data, middle, end), expected);
    // a bar that was another when it was decided on
    let mut rewritten = data.clone();
    rewritten[0].close[1_250] *= 1.001;
    rewritten[0].high[1_250] *= 1.002;
    let fresh = Signals::new(&bound).unwrap();
    let error = fresh
        .check(&rewritten, middle, &states, &stages)
        .unwrap_err();
    assert!(error.to_string().contains("AAA"), "{error}");
    // and of another shape
    let mut short = states;
    short[0].words.pop();
    assert!(second.restore(short, &stages).is_err());
}
