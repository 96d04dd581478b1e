//! The bars of the sweeps, from fixed seeds.

use crate::money::Market;
use sixbtc_market::{Bars, SynthOptions, Timeframe, synth};

/// Bars a symbol of W3: 180 days.
pub const QUARTERS: usize = 17_280;
/// Bars of W4.
pub const MINUTES: usize = 100_000;

/// Symbols of fifteen-minute bars, dearer and wilder from one to the next.
pub fn quarters(symbols: usize, rows: usize) -> Vec<Bars> {
    (0..symbols)
        .map(|k| {
            synth(&SynthOptions {
                symbol: format!("SYM{k:02}"),
                seed: 7_000 + k as u64,
                bars: rows,
                timeframe: Timeframe::M15,
                start_price: 10.0 * (1 + k) as f64,
                annual_vol: 0.5 + 0.02 * k as f64,
                tick: 0.0001,
                ..SynthOptions::default()
            })
            .unwrap()
        })
        .collect()
}

/// One symbol of one-minute bars.
pub fn minutes(rows: usize) -> Bars {
    synth(&SynthOptions {
        seed: 20_260_101,
        bars: rows,
        timeframe: Timeframe::M1,
        start_price: 30_000.0,
        annual_vol: 0.65,
        tick: 0.01,
        persistence: 0.9995,
        ..SynthOptions::default()
    })
    .unwrap()
}

/// Columns as the bounds read them.
pub fn market(bars: &Bars) -> Market<'_> {
    Market {
        open: &bars.open,
        high: &bars.high,
        low: &bars.low,
        close: &bars.close,
    }
}

/// Length of the bars in years, as figures count them.
pub fn years(bars: &Bars) -> f64 {
    bars.len() as f64 / bars.timeframe.bars_per_year()
}
