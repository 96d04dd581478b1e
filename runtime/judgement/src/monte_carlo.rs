//! What else could have come of the same trades.
//!
//! The order in which trades came is one of many; the trades themselves are a sample. Shuffling the order shows how deep the
//! same trades could have fallen on the way to the same end; drawing trades with replacement (a bootstrap, Efron 1979; in
//! blocks, Politis and Romano 1994) shows where they could have ended.

use crate::bootstrap::Resamples;
use crate::distribution::{Distribution, quantile};
use crate::draw::Draw;
use crate::error::{JudgementError, enough, finite, require};
use crate::permutation::clopper_pearson;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// What the numbers of trades are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcomes {
    /// Profits in money, added up: sizes do not follow equity.
    Money,
    /// Profits as fractions of the equity before the trade, compounded.
    Growth,
}

/// How trades are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Drawing {
    /// All trades once, in another order.
    Shuffle,
    /// As many trades, with replacement, in blocks of so many neighbours in the mean; 1 for independent trades, more to
    /// keep series of losses together.
    Bootstrap(f64),
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MonteCarloOptions {
    /// What the numbers of trades are.
    pub outcomes: Outcomes,
    /// How trades are drawn.
    pub drawing: Drawing,
    /// Equity before the first trade.
    pub capital: f64,
    /// Fraction of the capital: at or below it a run is ruined and trades no more. 0 or more, below 1.
    pub ruin: f64,
    /// Number of runs.
    pub runs: usize,
    /// Steps of the fan at most.
    pub steps: usize,
    /// Chooses the draws.
    pub seed: u64,
}

impl Default for MonteCarloOptions {
    /// 10,000 shuffles of money from 10,000, ruined at half of it, a fan of 100 steps.
    fn default() -> Self {
        Self {
            outcomes: Outcomes::Money,
            drawing: Drawing::Shuffle,
            capital: 10_000.0,
            ruin: 0.5,
            runs: 10_000,
            steps: 100,
            seed: 1,
        }
    }
}

/// Quantiles of equity after so many trades.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FanStep {
    /// Trades made.
    pub trades: usize,
    /// 5th percentile of equity.
    pub p05: f64,
    /// 25th percentile.
    pub p25: f64,
    /// Median.
    pub p50: f64,
    /// 75th percentile.
    pub p75: f64,
    /// 95th percentile.
    pub p95: f64,
    /// Equity of the trades as they came.
    pub real: f64,
}

/// What came of the runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MonteCarlo {
    /// Runs made.
    pub runs: usize,
    /// Trades a run.
    pub trades: usize,
    /// Equity on the way.
    pub fan: Vec<FanStep>,
    /// Equity at the end.
    pub final_equity: Distribution,
    /// Deepest fall from the highest equity before, a fraction of that, on closed trades.
    pub max_drawdown: Distribution,
    /// Most trades without a profit in a row.
    pub longest_losing_streak: Distribution,
    /// Most trades from a peak until equity passed it again, or to the end.
    pub longest_under_water: Distribution,
    /// Share of runs that were ruined.
    pub ruin: f64,
    /// Lower end of its 95 % interval (Clopper and Pearson 1934).
    pub ruin_low: f64,
    /// Upper end.
    pub ruin_high: f64,
    /// Share of runs that end below the capital.
    pub loss: f64,
    /// The trades as they came.
    pub real: PathFigures,
    /// Share of runs whose drawdown is at least as deep as the real one: near 1, the real order was lucky.
    pub deeper: f64,
}

/// Figures of one order of trades.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PathFigures {
    /// Equity at the end.
    pub final_equity: f64,
    /// Deepest fall, see [`MonteCarlo::max_drawdown`].
    pub max_drawdown: f64,
    /// See [`MonteCarlo::longest_losing_streak`].
    pub longest_losing_streak: usize,
    /// See [`MonteCarlo::longest_under_water`].
    pub longest_under_water: usize,
    /// Whether it was ruined.
    pub ruined: bool,
}

/// Runs the trades many times over. At least 2 trades and 1 run.
pub fn monte_carlo(
    trades: &[f64],
    options: &MonteCarloOptions,
) -> Result<MonteCarlo, JudgementError> {
    check(trades, options)?;
    let marks = marks(trades.len(), options.steps);
    let mut real_equity = Vec::with_capacity(marks.len());
    let real = walk(trades.iter().copied(), options, &marks, &mut real_equity);
    let resamples = match options.drawing {
        Drawing::Shuffle => None,
        Drawing::Bootstrap(mean_block) => Some(Resamples::stationary(
            trades.len(),
            mean_block,
            options.runs,
            options.seed,
        )?),
    };
    let runs: Vec<(PathFigures, Vec<f64>)> = (0..options.runs)
        .into_par_iter()
        .map_init(
            || trades.to_vec(),
            |order, run| {
                let mut equity = Vec::with_capacity(marks.len());
                let figures = match &resamples {
                    Some(resamples) => {
                        let drawn = resamples.of(run).map(|trade| trades[trade]);
                        walk(drawn, options, &marks, &mut equity)
                    }
                    None => {
                        order.copy_from_slice(trades);
                        Draw::new(options.seed, run as u64).shuffle(order);
                        walk(order.iter().copied(), options, &marks, &mut equity)
                    }
                };
                (figures, equity)
            },
        )
        .collect();
    let fan = marks
        .par_iter()
        .enumerate()
        .map(|(step, &trades)| {
            let mut equity: Vec<f64> = runs.iter().map(|(_, equity)| equity[step]).collect();
            equity.sort_by(f64::total_cmp);
            let at = |p| quantile(&equity, p);
            FanStep {
                trades,
                p05: at(0.05),
                p25: at(0.25),
                p50: at(0.5),
                p75: at(0.75),
                p95: at(0.95),
                real: real_equity[step],
            }
        })
        .collect();
    let of = |figure: fn(&PathFigures) -> f64| {
        Distribution::of(&runs.iter().map(|(f, _)| figure(f)).collect::<Vec<f64>>())
    };
    let count =
        |holds: &dyn Fn(&PathFigures) -> bool| runs.iter().filter(|(f, _)| holds(f)).count();
    let n = options.runs as f64;
    let ruined = count(&|f| f.ruined);
    let (ruin_low, ruin_high) = clopper_pearson(ruined, options.runs, 0.95)?;
    Ok(MonteCarlo {
        runs: options.runs,
        trades: trades.len(),
        fan,
        final_equity: of(|f| f.final_equity)?,
        max_drawdown: of(|f| f.max_drawdown)?,
        longest_losing_streak: of(|f| f.longest_losing_streak as f64)?,
        longest_under_water: of(|f| f.longest_under_water as f64)?,
        ruin: ruined as f64 / n,
        ruin_low,
        ruin_high,
        loss: count(&|f| f.final_equity < options.capital) as f64 / n,
        real,
        deeper: count(&|f| f.max_drawdown >= real.max_drawdown) as f64 / n,
    })
}

fn check(trades: &[f64], options: &MonteCarloOptions) -> Result<(), JudgementError> {
    enough("trades", 2, trades.len())?;
    finite("trades", trades)?;
    enough("runs", 1, options.runs)?;
    enough("steps of the fan", 1, options.steps)?;
    require(
        options.capital > 0.0 && options.capital.is_finite(),
        "the capital must be above 0",
    )?;
    require(
        (0.0..1.0).contains(&options.ruin),
        "ruin is a fraction of the capital from 0 to below 1",
    )
}

/// Numbers of trades at which the fan looks: 0, the end, and evenly between.
fn marks(trades: usize, steps: usize) -> Vec<usize> {
    let steps = steps.min(trades);
    (0..=steps).map(|i| i * trades / steps).collect()
}

fn walk(
    trades: impl Iterator<Item = f64>,
    options: &MonteCarloOptions,
    marks: &[usize],
    fan: &mut Vec<f64>,
) -> PathFigures {
    let ruin = options.capital * options.ruin;
    let (mut equity, mut peak, mut peak_at) = (options.capital, options.capital, 0);
    let (mut streak, mut made) = (0, 0);
    let mut figures = PathFigures {
        final_equity: equity,
        max_drawdown: 0.0,
        longest_losing_streak: 0,
        longest_under_water: 0,
        ruined: false,
    };
    let mut marks = marks.iter().peekable();
    let mut mark = |made: usize, equity: f64| {
        while marks.next_if(|at| **at <= made).is_some() {
            fan.push(equity);
        }
    };
    mark(0, equity);
    for trade in trades {
        made += 1;
        if !figures.ruined {
            equity = match options.outcomes {
                Outcomes::Money => equity + trade,
                Outcomes::Growth => equity * (1.0 + trade),
            };
            streak = if trade > 0.0 { 0 } else { streak + 1 };
            figures.longest_losing_streak = figures.longest_losing_streak.max(streak);
            if equity >= peak {
                peak = equity;
                peak_at = made;
            } else {
                figures.max_drawdown = figures.max_drawdown.max((peak - equity) / peak);
                figures.longest_under_water = figures.longest_under_water.max(made - peak_at);
            }
            figures.ruined = equity <= ruin;
        }
        mark(made, equity);
    }
    figures.final_equity = equity;
    figures
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::RUIN;
    use proptest::prelude::*;

    fn some_trades() -> Vec<f64> {
        let mut draw = Draw::new(4, 0);
        (0..200).map(|_| 30.0 + 300.0 * draw.normal()).collect()
    }

    #[test]
    fn a_short_path_by_hand() {
        let options = MonteCarloOptions {
            capital: 100.0,
            ruin: 0.2,
            ..MonteCarloOptions::default()
        };
        let mut fan = Vec::new();
        let path = walk(
            [50.0, -60.0, -15.0, 75.0, -50.0, -90.0, 40.0].into_iter(),
            &options,
            &[0, 2, 7],
            &mut fan,
        );
        // 100 150 90 75 150 100 10, then no more
        assert_eq!(fan, [100.0, 90.0, 10.0]);
        assert_eq!((path.final_equity, path.ruined), (10.0, true));
        assert_eq!(path.max_drawdown, 140.0 / 150.0);
        assert_eq!(
            (path.longest_losing_streak, path.longest_under_water),
            (2, 2)
        );
        let growth = MonteCarloOptions {
            outcomes: Outcomes::Growth,
            ..options
        };
        let path = walk([1.0, -0.5].into_iter(), &growth, &[], &mut Vec::new());
        assert_eq!((path.final_equity, path.max_drawdown), (100.0, 0.5));
    }

    #[test]
    fn shuffles_end_where_the_trades_end() {
        let trades = some_trades();
        let options = MonteCarloOptions {
            runs: 500,
            steps: 50,
            ..MonteCarloOptions::default()
        };
        let shuffled = monte_carlo(&trades, &options).unwrap();
        let end = 10_000.0 + trades.iter().sum::<f64>();
        assert_eq!(shuffled.ruin, 0.0);
        assert!(
            (shuffled.final_equity.min - end).abs() < 1e-6
                && shuffled.final_equity.deviation < 1e-6
        );
        assert_eq!(
            (
                shuffled.fan.len(),
                shuffled.fan[50].trades,
                shuffled.fan[0].p50
            ),
            (51, 200, 10_000.0)
        );
        assert!(shuffled.max_drawdown.deviation > 0.0);
        let growth: Vec<f64> = trades.iter().map(|t| t / 10_000.0).collect();
        let grown = monte_carlo(
            &growth,
            &MonteCarloOptions {
                outcomes: Outcomes::Growth,
                ..options
            },
        )
        .unwrap();
        assert!(grown.final_equity.deviation < 1e-6);
    }

    #[test]
    fn bootstrap_spreads_as_theory_says() {
        let trades = some_trades();
        let options = MonteCarloOptions {
            drawing: Drawing::Bootstrap(1.0),
            runs: 20_000,
            ruin: 0.0,
            ..MonteCarloOptions::default()
        };
        let drawn = monte_carlo(&trades, &options).unwrap();
        let (mean, deviation) = crate::distribution::mean_and_deviation(&trades);
        // the sum of 200 independent draws: mean 200 μ, deviation √200 σ (population)
        let spread = deviation * (199.0f64 / 200.0).sqrt() * 200f64.sqrt();
        assert!(
            (drawn.final_equity.mean - 10_000.0 - 200.0 * mean).abs()
                < 5.0 * spread / 20_000f64.sqrt()
        );
        assert!((drawn.final_equity.deviation / spread - 1.0).abs() < 5.0 / 40_000f64.sqrt());
    }

    #[test]
    fn gambler_s_ruin() {
        // ±1 with equal chance from 10, absorbed at 5 or after 200 steps: P(min ≤ −5) = 2 P(S > 5) + P(S = 5) by
        // reflection = 2 P(S ≥ 6) for an even number of steps
        let trades = [1.0, -1.0];
        let coins: Vec<f64> = (0..200).map(|i| trades[i % 2]).collect();
        let options = MonteCarloOptions {
            drawing: Drawing::Bootstrap(1.0),
            runs: 20_000,
            capital: 10.0,
            ruin: 0.5,
            ..MonteCarloOptions::default()
        };
        let drawn = monte_carlo(&coins, &options).unwrap();
        assert!(
            (drawn.ruin - RUIN).abs() < 4.0 * (RUIN * (1.0 - RUIN) / 20_000.0).sqrt(),
            "{}",
            drawn.ruin
        );
        assert!(drawn.ruin_low < drawn.ruin && drawn.ruin < drawn.ruin_high);
    }

    #[test]
    fn any_number_of_threads() {
        let trades = some_trades();
        for drawing in [Drawing::Shuffle, Drawing::Bootstrap(4.0)] {
            let options = MonteCarloOptions {
                drawing,
                runs: 300,
                ..MonteCarloOptions::default()
            };
            let on = |threads| {
                rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .build()
                    .unwrap()
                    .install(|| monte_carlo(&trades, &options).unwrap())
            };
            assert_eq!(on(1), on(3));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let base = MonteCarloOptions::default();
        assert!(monte_carlo(&[1.0], &base).is_err());
        assert!(monte_carlo(&[1.0, f64::NAN], &base).is_err());
        for bad in [
            MonteCarloOptions {
                capital: 0.0,
                ..base
            },
            MonteCarloOptions { ruin: 1.0, ..base },
            MonteCarloOptions { runs: 0, ..base },
            MonteCarloOptions { steps: 0, ..base },
            MonteCarloOptions {
                drawing: Drawing::Bootstrap(0.5),
                ..base
            },
        ] {
            assert!(monte_carlo(&[1.0, 2.0], &bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn fans_do_not_cross(trades in prop::collection::vec(-500.0f64..500.0, 2..60), steps in 1usize..80, seed in any::<u64>()) {
            let options = MonteCarloOptions { runs: 50, steps, seed, ..MonteCarloOptions::default() };
            let result = monte_carlo(&trades, &options).unwrap();
            prop_assert_eq!(result.fan.last().unwrap().trades, trades.len());
            prop_assert_eq!(result.fan.last().unwrap().real, result.real.final_equity);
            for step in &result.fan {
                prop_assert!(step.p05 <= step.p25 && step.p25 <= step.p50 && step.p50 <= step.p75 && step.p75 <= step.p95);
            }
            prop_assert!(result.max_drawdown.min >= 0.0);
        }
    }
}
