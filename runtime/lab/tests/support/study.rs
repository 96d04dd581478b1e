//! Strategies without skill, and a market with an edge that is known.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code)]

use sixbtc_engine::RunSettings;
use sixbtc_judgement::draw::Draw;
use sixbtc_judgement::pipeline::ledger::{Scope, TrialLedger};
use sixbtc_judgement::pipeline::split::{Sealing, SplitSettings, split};
use sixbtc_lab::validate::StageName;
use sixbtc_lab::{
    ByRuns, Market, Naming, Seeking, Subject, Tried, Unwatched, ValidatePlan, Validation, validate,
};
use sixbtc_market::{Bar, Bars, Timeframe};
use sixbtc_sweep::{Objective, Search, Space};
use std::fmt::Write;

const HOUR: i64 = 3_600_000;

/// Hourly bars whose drift turns its sign every `half` bars: `edge` a bar up, then as much down. The logarithm of each bar
/// deviates by `noise` besides. An edge of 0 is a random walk.
pub fn market(bars: usize, half: usize, edge: f64, noise: f64, seed: u64) -> Market {
    let mut draw = Draw::new(seed, 0);
    let mut all = Bars::with_capacity("WALK", Timeframe::H1, bars);
    let tick = |price: f64| (price * 100.0).round() / 100.0;
    let mut log = 0.0_f64;
    for i in 0..bars {
        let drift = if (i / half).is_multiple_of(2) {
            edge
        } else {
            -edge
        };
        let open = 30_000.0 * libm::exp(log);
        log += drift + noise * draw.normal() - noise * noise / 2.0;
        let close = 30_000.0 * libm::exp(log);
        let wick = |draw: &mut Draw| 1.0 + 0.3 * noise * draw.normal().abs();
        all.push(Bar {
            time: 1_577_836_800_000 + i as i64 * HOUR,
            open: tick(open),
            high: tick(open.max(close) * wick(&mut draw)),
            low: tick(open.min(close) / wick(&mut draw)),
            close: tick(close),
            volume: 1.0 + draw.uniform(),
        });
    }
    Market::of(vec![all])
}

/// A strategy drawn from templates of several families, with a grid of parameters of its own.
pub fn strategy(seed: u64) -> String {
    let mut draw = Draw::new(seed, 1);
    let mut range = |name: &str, low: usize, span: usize, step: usize| {
        let from = low + draw.below(span);
        let to = from + 2 * step;
        format!("  param {name}: bars = {from} in {from}..{to} step {step}\n")
    };
    let mut text = String::from("#sbt 1\n\nstrategy random {\n  on 1h\n\n");
    let (params, body) = match seed % 6 {
        0 => (
            range("fast", 3, 12, 4) + &range("slow", 30, 50, 15),
            "enter long when sma(close, fast) crosses above sma(close, slow)\n  exit long when sma(close, fast) crosses below sma(close, slow)",
        ),
        1 => (
            range("n", 8, 25, 6) + &range("wait", 4, 20, 6),
            "enter long when rsi(close, n) crosses above 35 {\n    exit after wait\n  }",
        ),
        2 => (
            range("n", 10, 50, 12) + &range("back", 5, 20, 5),
            "enter long when close > highest(high, n)[1]\n  exit long when close < lowest(low, back)[1]",
        ),
        3 => (
            range("n", 6, 40, 8) + &range("wait", 3, 20, 5),
            "enter short when close > highest(high, n)[1] {\n    exit after wait\n  }",
        ),
        4 => (
            range("n", 5, 40, 9) + &range("m", 40, 60, 20),
            "enter long when close > sma(close, n) and close > sma(close, m)\n  exit long when close < sma(close, n)\n  enter short when close < sma(close, n) and close < sma(close, m)\n  exit short when close > sma(close, n)",
        ),
        _ => (
            range("n", 5, 30, 7) + &range("wait", 6, 30, 8),
            "enter long when close < close[n] * 0.99 {\n    exit after wait\n  }",
        ),
    };
    let _ = write!(text, "{params}\n  {body}\n  size 100% of equity\n}}\n");
    text
}

/// A follower of the drift of [`market`].
pub const FOLLOWER: &str = "#sbt 1

strategy follower {
  on 1h

  param n: bars = 10 in 6..18 step 3

  enter long when close > sma(close, n)
  exit long when close < sma(close, n)
  enter short when close < sma(close, n)
  exit short when close > sma(close, n)
  size 100% of equity
}
";

/// Runs the stages that ask whether a result is more than luck. Trading costs nothing, so that what has no skill has an
/// expectation of nothing, not of a loss.
pub fn judged(text: &str, market: &Market, before: &TrialLedger, seed: u64) -> Validation {
    let compiled = super::program(text);
    let settings = RunSettings {
        taker_fee: 0.0,
        maker_fee: 0.0,
        slippage: 0.0,
        max_positions: 1,
        ..RunSettings::default()
    };
    let subject = Subject::new(&*compiled.kernel, market, &settings);
    let days = |share: f64| (market.bars[0].len() as f64 / 24.0 * share) as u32;
    let split = split(
        subject.span().unwrap(),
        Timeframe::H1,
        &SplitSettings {
            in_sample_days: days(0.65),
            out_of_sample_days: days(0.34),
            sealing: Sealing::Never,
            ..SplitSettings::default()
        },
    )
    .unwrap();
    let plan = ValidatePlan {
        seed,
        only: Some(StageName::STATISTICAL.to_vec()),
        permutation_stop: Some(8),
        resamples: 500,
        blocks: 10,
        ..ValidatePlan::new(split, Naming::of(&subject))
    };
    let fit = Seeking {
        tried: Tried::Space(
            Space::grid(&compiled.manifest().params, &[]).unwrap(),
            Search::Grid,
        ),
        objective: Objective::parse("sharpe").unwrap(),
        least_trades: 10,
    };
    validate(&subject, &plan, &fit, &ByRuns, before, &Unwatched).unwrap()
}

/// What became of many strategies without skill.
#[derive(Debug, Default)]
pub struct Study {
    /// Strategies judged.
    pub strategies: usize,
    /// Those that every statistical gate let through.
    pub passed: usize,
    /// Those whose best point in-sample alone would have convinced somebody who does not count trials: a probability of
    /// 95 % that its Sharpe ratio is above 0.
    pub naive: usize,
    /// For each gate how many passed it.
    pub by_gate: std::collections::BTreeMap<String, usize>,
    /// Trials in the ledger at the end.
    pub trials: u64,
    /// Deflated Sharpe of each.
    pub deflated: Vec<f64>,
}

/// Judges strategies on random walks, each on one of its own, all in one ledger.
pub fn noise_study(strategies: usize, bars: usize, seed: u64) -> Study {
    let mut study = Study::default();
    let mut ledger = TrialLedger::default();
    for k in 0..strategies as u64 {
        let market = market(bars, 1, 0.0, 0.01, seed + k);
        let v = judged(&strategy(seed * 1_000 + k), &market, &ledger, k);
        for record in &v.made {
            // the same points on another walk are another trial
            ledger.enter(record.clone()).unwrap();
        }
        study.strategies += 1;
        study.passed += usize::from(v.passed());
        let fitted = v.evidence.fitted.as_ref().unwrap();
        let naive = fitted.table.get(fitted.best, "probabilistic_sharpe");
        study.naive += usize::from(naive >= 0.95);
        for gate in v.gates().filter(|g| g.passes()) {
            *study.by_gate.entry(gate.name.clone()).or_default() += 1;
        }
        study
            .deflated
            .push(v.evidence.statistics.deflated_sharpe.unwrap_or(f64::NAN));
    }
    study.trials = ledger.tally(Scope::All).points;
    study
}
