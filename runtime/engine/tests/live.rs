//! A strategy whose orders are filled as a simulation would fill them makes the simulation's trades, to the bit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

mod support;

use proptest::prelude::*;
use sixbtc_abi::*;
use sixbtc_engine::grid::Grid;
use sixbtc_engine::live::{Filled, Live, Means, Purpose, Saved, Wanted};
use sixbtc_engine::{FillAt, RunSettings, SymbolSetup, Trade};
use sixbtc_market::Timeframe;
use support::random::*;
use support::twin::{constants, facts, setup, simulated};
use support::*;

/// An exchange that knows the next bar of each symbol.
struct Exchange<'c> {
    cases: &'c [Case],
    settings: RunSettings,
}

impl Exchange<'_> {
    fn price(&self, w: &Wanted, due: f64, slips: bool) -> f64 {
        let tick = Grid::new(self.cases[w.symbol].spec.tick);
        let sign = if w.buys { 1.0 } else { -1.0 };
        let slippage = if slips { self.settings.slippage } else { 0.0 };
        tick.against(due * (1.0 + sign * slippage), w.buys)
    }

    fn fill(&self, w: &Wanted, due: f64, time: i64, taker: bool) -> Filled {
        Filled {
            size: w.size,
            price: self.price(w, due, taker),
            due,
            fee: if taker {
                self.settings.taker_fee
            } else {
                self.settings.maker_fee
            },
            time,
            inside: false,
        }
    }

    /// Orders at market, until nothing more is wanted at this open.
    fn open(&self, live: &mut Live<'_>, row: usize, time: i64) {
        let open = |s: usize| self.cases[s].rows.get(row).map(|r| r.0);
        let prices: Vec<Option<f64>> = (0..self.cases.len()).map(open).collect();
        loop {
            let wanted = live.wanted(&prices).unwrap();
            assert_eq!(
                wanted,
                live.wanted(&prices).unwrap(),
                "asking changes nothing"
            );
            let now = |w: &&Wanted| w.means == Means::Market && prices[w.symbol].is_some();
            let Some(w) = wanted.iter().find(now) else {
                return;
            };
            let fill = self.fill(w, prices[w.symbol].unwrap(), time, true);
            match w.purpose {
                Purpose::Enter { .. } => {
                    assert!(!live.entered(w.symbol, w.purpose, fill).unwrap().unprotected);
                }
                Purpose::Leave { lot } => {
                    let left = live.left(w.symbol, lot, fill, w.reason.unwrap()).unwrap();
                    assert_eq!(left, 0.0);
                }
                other => panic!("{other:?} at market"),
            }
        }
    }

    fn standing(live: &mut Live<'_>, s: usize) -> Vec<Wanted> {
        let mut all = live.wanted(&[]).unwrap();
        all.retain(|w| w.symbol == s && w.means != Means::Market);
        all
    }

    /// Stops and targets of a symbol within a bar: the open, then the worse side, then the better one.
    fn within(&self, live: &mut Live<'_>, s: usize, row: usize, time: i64) {
        let Some(&(open, high, low, ..)) = self.cases[s].rows.get(row) else {
            return;
        };
        let touched =
            |live: &mut Live<'_>, only: Option<u32>, protects: bool, up: f64, down: f64| {
                let mut found: Option<(Wanted, f64)> = None;
                for w in Self::standing(live, s) {
                    let (Purpose::Protect { lot } | Purpose::Take { lot, .. }) = w.purpose else {
                        continue;
                    };
                    if only.is_some_and(|only| only != lot) {
                        continue;
                    }
                    // an order that closes and buys belongs to a short position
                    let sign = if w.buys { -1.0 } else { 1.0 };
                    let (best, worst) = if sign > 0.0 { (up, down) } else { (-down, -up) };
                    match (w.purpose, w.means) {
                        (Purpose::Protect { .. }, Means::Stop(at)) if protects => {
                            let level = sign * at;
                            if worst <= level && found.as_ref().is_none_or(|f| level > f.1) {
                                found = Some((w, level));
                            }
                        }
                        (Purpose::Take { .. }, Means::Limit(at))
                            if !protects && sign * at <= best && found.is_none() =>
                        {
                            found = Some((w, sign * at));
                        }
                        _ => {}
                    }
                }
                found.map(|f| f.0)
            };
        let close = |live: &mut Live<'_>, w: &Wanted, due: f64, taker: bool| {
            let (Purpose::Protect { lot } | Purpose::Take { lot, .. }) = w.purpose else {
                panic!("{w:?}");
            };
            let fill = self.fill(w, due, time, taker);
            live.left(s, lot, fill, w.reason.unwrap()).unwrap();
        };
        let level = |w: &Wanted| match w.means {
            Means::Stop(at) | Means::Limit(at) => at,
            Means::Market => panic!("{w:?}"),
        };
        let lots: Vec<u32> = live.lots(s).map(|l| l.0).collect();
        for lot in lots {
            while let Some(w) = touched(live, Some(lot), true, open, open) {
                close(live, &w, open, true);
            }
            while let Some(w) = touched(live, Some(lot), false, open, open) {
                close(live, &w, open, false);
            }
        }
        while let Some(w) = touched(live, None, true, high, low) {
            close(live, &w, level(&w), true);
        }
        while let Some(w) = touched(live, None, false, high, low) {
            close(live, &w, level(&w), false);
        }
    }
}

fn plain(cases: &mut [Case]) {
    support::twin::plain(cases);
    support::twin::at_market(cases);
}

fn traded(cases: &[Case]) -> (Vec<Trade>, f64) {
    interrupted(cases, usize::MAX)
}

/// Trades, with the process ending and another one going on every so many rows.
fn interrupted(cases: &[Case], every: usize) -> (Vec<Trade>, f64) {
    let constants = constants(cases);
    let settings = &cases[0].settings;
    let setups: Vec<SymbolSetup<'_>> = cases.iter().map(setup).collect();
    let fresh = || {
        let kernel = &cases[0].kernel;
        Live::new(kernel, &constants, settings, Timeframe::H1, &setups).unwrap()
    };
    let mut live = fresh();
    let mut trades = Vec::new();
    let exchange = Exchange {
        cases,
        settings: settings.clone(),
    };
    let mut states = vec![State::default(); cases.len()];
    let all: Vec<Columns> = cases.iter().map(|c| columns(&c.rows)).collect();
    let rows = cases.iter().map(|c| c.rows.len()).max().unwrap();
    for row in 0..rows {
        let time = row as i64 * HOUR;
        exchange.open(&mut live, row, time);
        for s in 0..cases.len() {
            exchange.within(&mut live, s, row, time);
        }
        let values: Vec<Vec<Vec<f64>>> = cases
            .iter()
            .map(|c| {
                c.values
                    .iter()
                    .map(|v| v.get(row..=row).unwrap_or_default().to_vec())
                    .collect()
            })
            .collect();
        let blocks: Vec<_> = (0..cases.len())
            .filter(|&s| row < cases[s].rows.len())
            .map(|s| all[s].block(s, row..row + 1, &values[s]))
            .collect();
        live.closed(&mut states, &blocks).unwrap();
        if row % every == every - 1 {
            let bytes = rmp_serde::to_vec(&live.save()).unwrap();
            let saved: Saved = rmp_serde::from_slice(&bytes).unwrap();
            trades.extend(live.take_trades());
            live = fresh();
            live.restore(&saved).unwrap();
            assert_eq!(rmp_serde::to_vec(&live.save()).unwrap(), bytes);
        }
    }
    let equity = live.equity();
    trades.extend(live.take_trades());
    (trades, equity)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn one_symbol_filled_as_simulated_trades_as_simulated(seed: u64, n in 1usize..150) {
        let mut cases = [random(seed, n)];
        plain(&mut cases);
        let ((a, before), (b, after)) = (simulated(&cases), traded(&cases));
        prop_assert_eq!(facts(&a), facts(&b));
        prop_assert_eq!(before.to_bits(), after.to_bits());
    }

    #[test]
    fn a_process_that_ends_changes_nothing(seed: u64, n in 1usize..120, every in 1usize..30) {
        let mut cases = portfolio(seed, n);
        plain(&mut cases);
        let ((mut a, before), (mut b, after)) = (traded(&cases), interrupted(&cases, every));
        // each process numbers the trades that it closes
        for t in a.iter_mut().chain(&mut b) {
            t.id = 0;
        }
        prop_assert_eq!(facts(&a), facts(&b));
        prop_assert_eq!(before.to_bits(), after.to_bits());
    }

    #[test]
    fn symbols_of_one_account_filled_as_simulated_trade_as_simulated(seed: u64, n in 1usize..120) {
        let mut cases = portfolio(seed, n);
        plain(&mut cases);
        let ((mut a, before), (mut b, after)) = (simulated(&cases), traded(&cases));
        // within a bar symbols have no order among each other
        let order = |t: &Trade| (t.exit_time, t.symbol, t.lot);
        a.sort_by_key(order);
        b.sort_by_key(order);
        for t in a.iter_mut().chain(&mut b) {
            t.id = 0;
        }
        for (x, y) in facts(&a).iter().zip(&facts(&b)) {
            prop_assert_eq!(x, y);
        }
        prop_assert_eq!(a.len(), b.len());
        prop_assert!((before - after).abs() <= 1e-9 * before.abs());
    }
}

/// The random cases trade at all.
#[test]
fn random_cases_reach_every_way_out() {
    let mut reasons = std::collections::BTreeSet::new();
    for seed in 0..300 {
        let mut cases = [random(seed, 150)];
        plain(&mut cases);
        reasons.extend(traded(&cases).0.iter().map(|t| t.exit_reason.name()));
    }
    let expected = ["reverse", "signal", "stop", "target", "time", "trail"];
    for reason in expected {
        assert!(reasons.contains(reason), "{reason} of {reasons:?}");
    }
}

/// A resting entry that is decided anew takes the place of the one before, whose order may have filled meanwhile.
#[test]
fn an_entry_that_was_decided_anew_may_fill_as_it_was_before() {
    let mut plan = simple();
    plan.entries[0].order = EntryOrder::Limit {
        price: Value::Const(90.0),
        bars: Value::Const(8.0),
    };
    let c = case(
        plan,
        &[flag(at(100.0), ENTER), flag(at(100.0), ENTER), at(100.0)],
    );
    let cases = [c];
    let constants = constants(&cases);
    let setups: Vec<SymbolSetup<'_>> = cases.iter().map(setup).collect();
    let settings = RunSettings {
        fill: FillAt::NextOpen,
        ..cases[0].settings.clone()
    };
    let mut live = Live::new(
        &cases[0].kernel,
        &constants,
        &settings,
        Timeframe::H1,
        &setups,
    )
    .unwrap();
    let all = columns(&cases[0].rows);
    let mut states = [State::default()];
    for row in 0..3 {
        live.closed(&mut states, &[all.block(0, row..row + 1, &[])])
            .unwrap();
    }
    let purpose = |decided| Purpose::Enter { entry: 0, decided };
    let wanted: Vec<Purpose> = live
        .wanted(&[])
        .unwrap()
        .iter()
        .map(|w| w.purpose)
        .collect();
    assert_eq!(wanted, [purpose(2 * HOUR)]);
    let fill = Filled {
        size: 1.0,
        price: 90.0,
        due: 90.0,
        fee: 0.0,
        time: 2 * HOUR,
        inside: true,
    };
    live.retain_late(|s, p| (s, p) == (0, purpose(HOUR)));
    assert!(live.entered(0, purpose(HOUR), fill).is_ok());
    assert!(
        live.entered(0, purpose(HOUR), fill).is_err(),
        "it fills once"
    );
    live.retain_late(|_, _| false);
    assert!(live.dropped(0, purpose(2 * HOUR)));
}
