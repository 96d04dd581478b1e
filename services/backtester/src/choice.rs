//! How parameters are chosen: the rank of the pipeline over a sweep from event to event.
//!
//! A sweep of many symbols on one account is an order faster when it is asked only for what trades and cash tell. So
//! combinations are ranked by figures of trades; what is chosen is then judged by the equity curve. The ledger of trials needs
//! to know how Sharpe ratios of the equity spread over the space: they are computed by plain runs of a sample of the points,
//! drawn by the bits of the points alone.

use sixbtc_abi::Split;
use sixbtc_backtest::sweep::{Sweep, SweepInput};
use sixbtc_engine::RunSettings;
use sixbtc_judgement::pipeline::score::{RankFigures, rank};
use sixbtc_lab::{Evaluators, Fit, Fitted, LabError, Span, Subject, Watch, best, evaluate_all};
use sixbtc_sweep::{Admitted, Evaluate, EvaluateError, Points};

/// Figures of trades and cash that a choice needs.
const FIGURES: [&str; 5] = [
    "trades",
    "reference_expectancy",
    "reference_sharpe",
    "win_rate",
    "reference_drawdown",
];

/// Points whose Sharpe ratio of the equity is computed, about.
const SAMPLE: usize = 32;

/// Chooses the point of the highest rank among those with enough trades.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// All points.
    pub points: Vec<Vec<f64>>,
    /// Points with fewer trades are chosen only when no point has as many.
    pub least_trades: u32,
}

impl Fit for Ranked {
    fn fit(&self, evaluator: &dyn Evaluate, watch: &dyn Watch) -> Result<Fitted, LabError> {
        let table = evaluate_all(&self.points, evaluator, watch)?;
        let figure = |row, name| table.get(row, name);
        let scores: Vec<f64> = (0..table.len())
            .map(|row| {
                if figure(row, "trades") < 1.0 {
                    return f64::NAN;
                }
                rank(&RankFigures {
                    edge: figure(row, "reference_expectancy"),
                    sharpe: figure(row, "reference_sharpe"),
                    win_rate: figure(row, "win_rate"),
                    drawdown: figure(row, "reference_drawdown"),
                })
            })
            .collect();
        let enough: Vec<f64> = scores
            .iter()
            .enumerate()
            .map(|(row, score)| {
                if figure(row, "trades") < f64::from(self.least_trades) {
                    f64::NAN
                } else {
                    *score
                }
            })
            .collect();
        let chosen = best(&enough).or_else(|| best(&scores)).unwrap_or(0);
        Ok(Fitted {
            table,
            scores,
            best: chosen,
        })
    }

    /// The Sharpe ratio of the equity: what the tests of noise, delay and order compare. The rank would not do, for half of a
    /// rank is left of a strategy that loses.
    fn score(&self, figure: &dyn Fn(&str) -> f64) -> f64 {
        figure("sharpe")
    }

    fn effort(&self) -> u64 {
        self.points.len() as u64
    }

    fn objective(&self) -> String {
        "the Sharpe ratio".to_owned()
    }
}

/// Evaluates by a sweep for money figures, and a sample of the points for the Sharpe ratio of the equity.
pub struct Sweeping<'a> {
    split: &'a Split,
    settings: RunSettings,
    money: Vec<String>,
    names: Vec<String>,
    /// The span on which the sample is drawn: the choice that the ledger counts.
    sampled: Span,
    /// One point in so many is sampled.
    share: u64,
}

impl<'a> Sweeping<'a> {
    /// For so many points.
    pub fn new(split: &'a Split, settings: &RunSettings, sampled: Span, points: usize) -> Self {
        let money: Vec<String> = FIGURES.map(str::to_owned).to_vec();
        let mut names = money.clone();
        names.push("sharpe".to_owned());
        Self {
            split,
            settings: settings.clone(),
            money,
            names,
            sampled,
            share: (points / SAMPLE).max(1) as u64,
        }
    }
}

impl Evaluators for Sweeping<'_> {
    fn over<'s>(
        &'s self,
        subject: &Subject<'s>,
        span: Span,
    ) -> Result<Box<dyn Evaluate + 's>, LabError> {
        let run = subject.input(&[], span, &self.settings);
        let sweep = Sweep::new(SweepInput::new(self.split, run, &self.money))?;
        Ok(Box::new(Sampled {
            of: self,
            subject: *subject,
            span,
            share: (span == self.sampled).then_some(self.share),
            sweep,
        }))
    }
}

struct Sampled<'s> {
    of: &'s Sweeping<'s>,
    subject: Subject<'s>,
    span: Span,
    share: Option<u64>,
    sweep: Sweep<'s>,
}

impl Evaluate for Sampled<'_> {
    fn figures(&self) -> &[String] {
        &self.of.names
    }

    fn admits(&self, point: &[f64]) -> Result<Admitted, EvaluateError> {
        self.sweep.admits(point)
    }

    fn evaluate(&self, points: Points<'_>, out: &mut [f64]) -> Result<(), EvaluateError> {
        let width = self.of.names.len();
        let count = out.len() / width;
        let mut money = vec![f64::NAN; count * self.of.money.len()];
        self.sweep.evaluate(points, &mut money)?;
        let rows = out.chunks_exact_mut(width);
        for (k, (row, known)) in rows.zip(money.chunks_exact(width - 1)).enumerate() {
            row[..width - 1].copy_from_slice(known);
            let point = points.get(k).unwrap_or_default();
            row[width - 1] = match self.share {
                Some(share) if draws(point).is_multiple_of(share) => {
                    let run = self.subject.run_with(point, self.span, &self.of.settings);
                    run.map_err(|e| EvaluateError(e.to_string()))?
                        .metrics
                        .sharpe
                }
                _ => f64::NAN,
            };
        }
        Ok(())
    }

    fn batch(&self) -> usize {
        self.sweep.batch()
    }
}

/// A number of a point's bits, the same wherever the point stands (FNV-1a, finished as murmur3 does).
fn draws(point: &[f64]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for value in point {
        for byte in value.to_bits().to_le_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixbtc_lab::Unwatched;

    /// Points are their own figures.
    struct Mirror(Vec<String>);

    impl Evaluate for Mirror {
        fn figures(&self) -> &[String] {
            &self.0
        }
        fn admits(&self, _: &[f64]) -> Result<Admitted, EvaluateError> {
            Ok(Admitted::Yes)
        }
        fn evaluate(&self, points: Points<'_>, out: &mut [f64]) -> Result<(), EvaluateError> {
            out.copy_from_slice(points.values);
            Ok(())
        }
    }

    fn chosen(rows: &[[f64; 5]], least_trades: u32) -> usize {
        let fit = Ranked {
            points: rows.iter().map(|r| r.to_vec()).collect(),
            least_trades,
        };
        let mirror = Mirror(FIGURES.map(str::to_owned).to_vec());
        fit.fit(&mirror, &Unwatched).unwrap().best
    }

    #[test]
    fn the_highest_rank_with_enough_trades() {
        let (poor, good, few) = (
            [100.0, 0.001, 0.5, 0.5, 0.2],
            [100.0, 0.02, 1.5, 0.5, 0.1],
            [5.0, 0.09, 3.0, 0.9, 0.0],
        );
        assert_eq!(chosen(&[poor, good, few], 50), 1);
        assert_eq!(chosen(&[poor, good, few], 1), 2);
        // nobody has enough: the best of them all the same
        assert_eq!(chosen(&[few, poor], 1_000), 0);
        let none = [0.0, f64::NAN, 0.0, f64::NAN, 0.0];
        assert_eq!(chosen(&[none, poor], 1_000), 1);
    }

    #[test]
    fn a_sample_is_about_its_share() {
        let points = (0..1_015).map(|i| [f64::from(i % 5) * 0.01, f64::from(i / 5)]);
        let drawn = points.filter(|p| draws(p).is_multiple_of(31)).count();
        assert!((16..=64).contains(&drawn), "{drawn}");
    }
}
