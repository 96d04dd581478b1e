//! What the tests of a live twin share: cases that both sides can run, the simulation's trades, and what is compared.

use super::*;
use sixbtc_engine::{Engine, FillAt, RunSettings, SymbolSetup, Trade};
use sixbtc_market::Timeframe;

/// Cases without what only a simulation has: finer bars, funding and liquidation of its own, fills at a close. All have the
/// settings of the first.
pub fn plain(cases: &mut [Case]) {
    let settings = RunSettings {
        fill: FillAt::NextOpen,
        liquidation: false,
        funding: false,
        round_prices: true,
        record_levels: false,
        ..cases[0].settings.clone()
    };
    for c in cases {
        (c.funding, c.finer) = (None, None);
        c.settings = settings.clone();
    }
}

/// Every entry at market.
pub fn at_market(cases: &mut [Case]) {
    for c in cases {
        for entry in &mut c.kernel.manifest.plan.entries {
            entry.order = EntryOrder::Market;
        }
    }
}

pub fn setup(c: &Case) -> SymbolSetup<'_> {
    SymbolSetup {
        spec: &c.spec,
        warmup: c.warmup,
        funding: None,
        finer: None,
    }
}

pub fn constants(cases: &[Case]) -> Constants {
    Constants {
        scalars: cases[0].scalars.clone(),
        ..Constants::default()
    }
}

/// Trades of the simulation but for those that the end of the data closes, and its equity.
pub fn simulated(cases: &[Case]) -> (Vec<Trade>, f64) {
    let constants = constants(cases);
    let setups: Vec<SymbolSetup<'_>> = cases.iter().map(setup).collect();
    let (kernel, settings) = (&cases[0].kernel, &cases[0].settings);
    let mut engine = Engine::new(kernel, &constants, settings, Timeframe::H1, &setups).unwrap();
    let mut states = vec![State::default(); cases.len()];
    let all: Vec<Columns> = cases.iter().map(|c| columns(&c.rows)).collect();
    let blocks: Vec<_> = (0..cases.len())
        .map(|s| all[s].block(s, 0..cases[s].rows.len(), &cases[s].values))
        .collect();
    engine.advance(&mut states, &blocks).unwrap();
    let equity = engine.equity();
    let mut trades = engine.finish().trades;
    trades.retain(|t| t.exit_reason != ExitReason::EndOfData);
    (trades, equity)
}

/// Trades without what only a simulation can know: whether a bar was ambiguous.
pub fn facts(trades: &[Trade]) -> Vec<String> {
    let plain = |t: &Trade| Trade {
        ambiguous: false,
        ..*t
    };
    trades.iter().map(|t| format!("{:?}", plain(t))).collect()
}
