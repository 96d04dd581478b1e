//! Laws of the engine on random plans, flags and prices.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

mod support;

use proptest::prelude::*;
use sixbtc_abi::*;
use sixbtc_engine::{Engine, Outcome, SymbolSetup};
use sixbtc_market::Timeframe;
use support::oracle::Oracle;
use support::random::*;
use support::*;

/// The engine against the plain restatement of the rules, bit for bit.
fn agrees(c: &Case, outcome: &Outcome) -> Result<(), TestCaseError> {
    let plan = &c.kernel.manifest.plan;
    let mut oracle = Oracle::new(plan, &c.settings, &c.spec, c.funding.as_ref(), c.warmup);
    for (i, r) in c.rows.iter().enumerate() {
        let row: Vec<f64> = c.values.iter().map(|v| v[i]).collect();
        oracle.bar(i as i64 * HOUR, (r.0, r.1, r.2, r.3), r.4, &row);
    }
    oracle.finish();
    for (i, (t, o)) in outcome.trades.iter().zip(&oracle.closed).enumerate() {
        prop_assert_eq!(
            (
                t.entry,
                t.entry_row as usize,
                t.exit_row as usize,
                t.exit_reason,
                t.ambiguous
            ),
            (o.entry, o.entry_row, o.exit_row, o.reason, o.ambiguous),
            "trade {}: {:?} {:?}",
            i,
            t,
            o
        );
        for (what, a, b) in [
            ("entry", t.entry_price, o.entry_price),
            ("exit", t.exit_price, o.exit_price),
            ("size", t.size, o.size),
            ("pnl", t.pnl, o.pnl),
            ("mae", t.mae_pct, o.mae),
            ("mfe", t.mfe_pct, o.mfe),
        ] {
            prop_assert!(
                a.to_bits() == b.to_bits(),
                "trade {} {}: {} or {}: {:?} {:?}",
                i,
                what,
                a,
                b,
                t,
                o
            );
        }
    }
    prop_assert_eq!(outcome.trades.len(), oracle.closed.len());
    prop_assert_eq!(outcome.skipped, oracle.skips);
    let equity = outcome.curve.equity();
    prop_assert_eq!(equity.len(), oracle.equity.len());
    for (i, (a, b)) in equity.iter().zip(&oracle.equity).enumerate() {
        prop_assert!(a.to_bits() == b.to_bits(), "equity {}: {} or {}", i, a, b);
    }
    prop_assert_eq!(outcome.counters.fees.to_bits(), oracle.fees.to_bits());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_is_the_plain_restatement_of_the_rules(seed: u64, n in 1usize..400) {
        let c = random(seed, n);
        agrees(&c, &c.run_as(usize::MAX / 2, true).unwrap())?;
    }

    #[test]
    fn skipping_and_any_cut_into_blocks_give_the_same_bits(seed: u64, n in 1usize..300, cut in 1usize..100) {
        let c = random(seed, n);
        let whole = c.run_as(usize::MAX / 2, true).unwrap();
        same(&whole, &c.run_as(usize::MAX / 2, false).unwrap());
        same(&whole, &c.run_as(cut, true).unwrap());
        same(&whole, &c.run_as(cut, false).unwrap());
    }

    #[test]
    fn money_is_conserved(seed: u64, n in 1usize..300) {
        let c = random(seed, n);
        let o = c.run_as(64, true).unwrap();
        let pnl: f64 = o.trades.iter().map(|t| t.pnl).sum();
        prop_assert!((o.curve.last() - c.settings.capital - pnl).abs() < 1e-9 * c.settings.capital);
        let fees: f64 = o.trades.iter().map(|t| t.fees).sum();
        let funding: f64 = o.trades.iter().map(|t| t.funding).sum();
        let slippage: f64 = o.trades.iter().map(|t| t.slippage).sum();
        prop_assert!((fees - o.counters.fees).abs() < 1e-6);
        prop_assert!((funding - o.counters.funding).abs() < 1e-6);
        prop_assert!((slippage - o.counters.slippage).abs() < 1e-6);
        let gross: f64 = o.trades.iter().map(|t| t.side.sign() * (t.exit_price - t.entry_price) * t.size).sum();
        prop_assert!((gross - fees - funding - pnl).abs() < 1e-6);
    }

    #[test]
    fn no_fill_outside_the_bar_but_for_slippage_and_the_tick(seed: u64, n in 1usize..300) {
        let c = random(seed, n);
        let o = c.run_as(64, true).unwrap();
        let slack = |p: f64| p * c.settings.slippage + c.spec.tick * 1.000_01;
        for t in &o.trades {
            for (row, price) in [(t.entry_row, t.entry_price), (t.exit_row, t.exit_price)] {
                let r = c.rows[row as usize];
                if t.exit_reason == ExitReason::Liquidation && row == t.exit_row {
                    // A gap through the liquidation price fills no worse than what the margin bears.
                    continue;
                }
                prop_assert!(price <= r.1 + slack(price) && price >= r.2 - slack(price), "{t:?} {r:?}");
            }
        }
    }

    #[test]
    fn a_liquidation_loses_the_isolated_margin_at_most(seed: u64, n in 1usize..300) {
        let mut c = random(seed, n);
        c.kernel.manifest.plan.limits.leverage = Some(Value::Const(40.0));
        c.spec.max_leverage = 50.0;
        for e in &mut c.kernel.manifest.plan.entries {
            e.bracket.stops.clear();
            e.size = None;
        }
        c.kernel.manifest.plan.size = Some(Sizing::Equity(Value::Const(8.0)));
        let o = c.run_as(64, true).unwrap();
        // Parts of one liquidation share the exit row; their position's margin is the sum over them.
        let mut by_row: std::collections::BTreeMap<u32, (f64, f64)> = std::collections::BTreeMap::new();
        for t in o.trades.iter().filter(|t| t.exit_reason == ExitReason::Liquidation) {
            let slot = by_row.entry(t.exit_row).or_default();
            let exit_fee = t.fees - t.notional * c.settings.taker_fee.max(c.settings.maker_fee);
            slot.0 += t.side.sign() * (t.exit_price - t.entry_price) * t.size - exit_fee.max(0.0);
            slot.1 += t.notional / t.leverage;
        }
        for (row, (lost, margin)) in by_row {
            prop_assert!(-lost <= margin * (1.0 + 1e-9) + 1e-9, "row {row}: {lost} of {margin}");
        }
    }

    #[test]
    fn doubling_prices_halves_sizes_and_changes_no_money(seed: u64, n in 1usize..300) {
        let mut c = random(seed, n);
        c.settings.round_to_lot = false;
        // five figures are no fixed part of a price
        c.spec.order_prices = None;
        let d = &mut Dice(seed ^ 1);
        let size = d.pick(&[Sizing::Equity(Value::Const(0.9)), Sizing::Notional(Value::Const(1_000.0))]);
        let plan = &mut c.kernel.manifest.plan;
        plan.size = Some(size);
        if plan.limits.pyramid_every.is_some() {
            plan.limits.pyramid_every = Some(Distance::Percent(Value::Const(0.01)));
        }
        let relative = |leg: &mut Distance| *leg = Distance::Percent(Value::Const(0.01));
        for e in &mut plan.entries {
            if let Some(leg) = &mut e.bracket.trail {
                relative(&mut leg.distance);
                if let Some(after) = &mut leg.after {
                    relative(after);
                }
            }
            if let Some(leg) = &mut e.bracket.breakeven {
                relative(leg);
            }
        }
        let mut twice = random(seed, n);
        twice.kernel.manifest.plan = c.kernel.manifest.plan.clone();
        twice.settings = c.settings.clone();
        twice.spec.tick = c.spec.tick * 2.0;
        twice.spec.order_prices = None;
        for r in &mut twice.rows {
            *r = (r.0 * 2.0, r.1 * 2.0, r.2 * 2.0, r.3 * 2.0, r.4);
        }
        for i in [0, 2] {
            for v in &mut twice.values[i] {
                *v *= 2.0;
            }
        }
        let (a, b) = (c.run_as(64, true).unwrap(), twice.run_as(64, true).unwrap());
        prop_assert_eq!(a.trades.len(), b.trades.len());
        for (x, y) in a.trades.iter().zip(&b.trades) {
            prop_assert!((x.size - 2.0 * y.size).abs() <= 1e-9 * x.size);
            prop_assert!((x.pnl - y.pnl).abs() <= 1e-6);
        }
    }
}

fn many(cases: &[Case], cut: i64, order: &[usize], skipping: bool) -> Outcome {
    let kernel = &cases[0].kernel;
    let constants = Constants::default();
    let setups: Vec<SymbolSetup<'_>> = cases
        .iter()
        .map(|c| SymbolSetup {
            spec: &c.spec,
            warmup: 0,
            funding: c.funding.as_ref(),
            finer: None,
        })
        .collect();
    let mut engine = Engine::new(
        kernel,
        &constants,
        &cases[0].settings,
        Timeframe::H1,
        &setups,
    )
    .unwrap();
    if !skipping {
        engine = engine.without_skipping();
    }
    let mut states = vec![State::default(); cases.len()];
    let all: Vec<Columns> = cases.iter().map(|c| columns(&c.rows)).collect();
    let longest = cases.iter().map(|c| c.rows.len()).max().unwrap() as i64;
    let mut from = 0;
    while from < longest {
        let to = (from + cut).min(longest);
        let cutting: Vec<_> = cases
            .iter()
            .map(|c| {
                let rows = (from as usize).min(c.rows.len())..(to as usize).min(c.rows.len());
                let values: Vec<Vec<f64>> =
                    c.values.iter().map(|v| v[rows.clone()].to_vec()).collect();
                (rows, values)
            })
            .collect();
        let blocks: Vec<_> = order
            .iter()
            // a symbol without rows has an empty block, or none
            .filter(|&&s| from % 2 == 0 || !cutting[s].0.is_empty())
            .map(|&s| all[s].block(s, cutting[s].0.clone(), &cutting[s].1))
            .collect();
        engine.advance(&mut states, &blocks).unwrap();
        from = to;
    }
    engine.finish()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_portfolio_depends_neither_on_cuts_nor_on_the_order_of_blocks(seed: u64, n in 1usize..200, cut in 1i64..80) {
        let cases = portfolio(seed, n);
        let whole = many(&cases, i64::MAX / 2, &[0, 1, 2], true);
        same(&whole, &many(&cases, cut, &[0, 1, 2], true));
        same(&whole, &many(&cases, cut, &[2, 0, 1], true));
        same(&whole, &many(&cases, cut, &[0, 1, 2], false));
        let pnl: f64 = whole.trades.iter().map(|t| t.pnl).sum();
        prop_assert!((whole.curve.last() - 10_000.0 - pnl).abs() < 1e-5);
        prop_assert_eq!(whole.clock.len(), whole.curve.len());
        // Never more positions at once than allowed.
        for time in &whole.clock {
            let mut open: Vec<u16> = whole.trades.iter()
                .filter(|t| t.entry_time < *time && t.exit_time > *time).map(|t| t.symbol).collect();
            open.sort_unstable();
            open.dedup();
            prop_assert!(open.len() <= 2);
        }
    }

    #[test]
    fn a_portfolio_of_one_that_trades_is_that_one(seed: u64, n in 1usize..200) {
        let mut cases = portfolio(seed, n);
        for c in &mut cases[1..] {
            c.rows.truncate(n.saturating_sub(21).max(1));
            for v in &mut c.values {
                v.truncate(c.rows.len());
            }
            for r in &mut c.rows {
                r.4 = 0;
            }
        }
        let alone = cases[0].run_as(50, true).unwrap();
        let together = many(&cases, 50, &[0, 1, 2], true);
        prop_assert_eq!(format!("{:?}", alone.trades), format!("{:?}", together.trades));
        prop_assert_eq!(alone.curve.equity(), together.curve.equity());
        prop_assert_eq!(alone.skipped, together.skipped);
    }
}

/// The random cases reach what they are meant to reach.
#[test]
fn random_cases_reach_every_outcome() {
    let mut reasons = std::collections::BTreeMap::new();
    let mut skips = std::collections::BTreeMap::new();
    let (mut ambiguous, mut capped, mut trades) = (0, 0, 0);
    for seed in 0..600 {
        let o = random(seed * 7919, 300).run_as(100, true).unwrap();
        for t in &o.trades {
            *reasons.entry(t.exit_reason).or_insert(0) += 1;
        }
        for (reason, n) in o.skipped.counted() {
            *skips.entry(reason).or_insert(0) += n;
        }
        ambiguous += o.counters.ambiguous;
        capped += o.counters.capped;
        trades += o.trades.len();
    }
    assert_eq!(reasons.len(), 9, "{reasons:?}");
    assert!(skips.len() >= 14, "{skips:?}");
    assert!(
        ambiguous > 100 && capped > 100 && trades > 5_000,
        "{ambiguous} {capped} {trades}"
    );
}
