//! Scores: the 0–100 score of a strategy, its robustness, and the rank of combinations within a sweep.
//!
//! Every part is first brought to 0..=1, then weighed, so a score is bounded and grows with each figure. A part that does not
//! exist counts as 0: what was not shown earns nothing.

use super::gates::{Examination, SharpeKind, ThresholdError};
use super::number::{self, share};
use serde::{Deserialize, Serialize};

/// Weights and full marks of the score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScoreWeights {
    /// Weight of the expectancy. Default 0.40.
    pub expectancy: f64,
    /// Weight of the Sharpe ratio. Default 0.25.
    pub sharpe: f64,
    /// Weight of the win rate. Default 0.10.
    pub win_rate: f64,
    /// Weight of a small drawdown. Default 0.15.
    pub drawdown: f64,
    /// Weight of recency: how little the out-of-sample Sharpe lost. Default 0.10.
    pub recency: f64,
    /// Expectancy of full marks, a fraction of notional. Default 0.10.
    pub full_expectancy: f64,
    /// Sharpe ratio of full marks. Default 3.
    pub full_sharpe: f64,
    /// Drawdown without marks. Default 0.30.
    pub no_drawdown: f64,
}

impl Default for ScoreWeights {
    fn default() -> Self {
        Self {
            expectancy: 0.40,
            sharpe: 0.25,
            win_rate: 0.10,
            drawdown: 0.15,
            recency: 0.10,
            full_expectancy: 0.10,
            full_sharpe: 3.0,
            no_drawdown: 0.30,
        }
    }
}

impl ScoreWeights {
    /// Checks that weights are 0 or more and sum to 1, and that full marks are above 0.
    pub fn check(&self) -> Result<(), ThresholdError> {
        let weights = [
            ("expectancy", self.expectancy),
            ("sharpe", self.sharpe),
            ("win_rate", self.win_rate),
            ("drawdown", self.drawdown),
            ("recency", self.recency),
        ];
        for (name, value) in weights {
            if !(0.0..=1.0).contains(&value) {
                let right = "a weight from 0 to 1";
                return Err(ThresholdError { name, value, right });
            }
        }
        let sum: f64 = weights.iter().map(|(_, w)| w).sum();
        if (sum - 1.0).abs() > 1e-9 {
            return Err(ThresholdError {
                name: "sum of the weights",
                value: sum,
                right: "1",
            });
        }
        for (name, value) in [
            ("full_expectancy", self.full_expectancy),
            ("full_sharpe", self.full_sharpe),
            ("no_drawdown", self.no_drawdown),
        ] {
            if !(value.is_finite() && value > 0.0) {
                let right = "a number above 0";
                return Err(ThresholdError { name, value, right });
            }
        }
        Ok(())
    }
}

/// The figures a score is made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScoreFigures {
    /// Expectancy of a trade, a fraction of its notional.
    #[serde(deserialize_with = "number::read")]
    pub expectancy: f64,
    /// Sharpe ratio a year.
    #[serde(deserialize_with = "number::read")]
    pub sharpe: f64,
    /// Share of trades with a profit.
    #[serde(deserialize_with = "number::read")]
    pub win_rate: f64,
    /// Deepest drawdown, a fraction of the peak.
    #[serde(deserialize_with = "number::read")]
    pub drawdown: f64,
    /// Relative loss of Sharpe out-of-sample; `None` where the notion does not apply, as in live trading: the other weights
    /// then share the whole, so that such a score reaches 100 as well.
    pub degradation: Option<f64>,
}

impl ScoreFigures {
    /// Of an examination: in-sample figures, and the degradation. The same for the first test and for every retest.
    pub fn of(examination: &Examination, kind: SharpeKind) -> Self {
        let inside = &examination.in_sample;
        Self {
            expectancy: inside.expectancy,
            sharpe: inside.sharpe(kind),
            win_rate: inside.win_rate,
            drawdown: inside.drawdown,
            degradation: Some(examination.degradation(kind)),
        }
    }

    /// The same without recency: what a live score may be compared with.
    #[must_use]
    pub fn without_recency(self) -> Self {
        Self {
            degradation: None,
            ..self
        }
    }
}

/// The score, 0 to 100:
/// `100 × (.40 expectancy / .10 + .25 Sharpe / 3 + .10 win rate + .15 (1 − drawdown / .30) + .10 (0.5 − degradation))`, every
/// part within 0..=1; without a degradation divided by the weights that remain.
pub fn score(figures: &ScoreFigures, weights: &ScoreWeights) -> f64 {
    let w = weights;
    let parts = w.expectancy * share(figures.expectancy / w.full_expectancy)
        + w.sharpe * share(figures.sharpe / w.full_sharpe)
        + w.win_rate * share(figures.win_rate)
        + w.drawdown * share(1.0 - figures.drawdown / w.no_drawdown);
    let without = w.expectancy + w.sharpe + w.win_rate + w.drawdown;
    let of_one = match figures.degradation {
        Some(degradation) => parts + w.recency * share(0.5 - degradation),
        None if without > 0.0 => parts / without,
        None => 0.0,
    };
    100.0 * share(of_one)
}

/// Weights of the robustness.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RobustnessWeights {
    /// Weight of `out-of-sample Sharpe / in-sample Sharpe`. Default 0.50.
    pub ratio: f64,
    /// Weight of the number of trades. Default 0.35.
    pub significance: f64,
    /// Weight of simplicity, `1 / indicators`. Default 0.15.
    pub simplicity: f64,
    /// Trades of full marks. Default 150.
    pub full_trades: f64,
}

impl Default for RobustnessWeights {
    fn default() -> Self {
        Self {
            ratio: 0.50,
            significance: 0.35,
            simplicity: 0.15,
            full_trades: 150.0,
        }
    }
}

/// Robustness, 0 to 1: `.50 min(1, out-of-sample / in-sample Sharpe) + .35 min(1, trades / 150) + .15 / indicators`.
///
/// Trades are those of both spans. `indicators` is the number of indicators the program really computes, as its compiler counts
/// them; a program without any is as simple as one with one. An in-sample Sharpe that is not above 0 earns nothing for the ratio.
pub fn robustness(
    examination: &Examination,
    indicators: u32,
    kind: SharpeKind,
    weights: &RobustnessWeights,
) -> f64 {
    let ratio = 1.0 - examination.degradation(kind);
    let trades = examination.in_sample.trades + examination.out_of_sample.trades;
    weights.ratio * share(ratio)
        + weights.significance * share(trades as f64 / weights.full_trades)
        + weights.simplicity / f64::from(indicators.max(1))
}

/// The figures a combination of a sweep is ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RankFigures {
    /// Expectancy of a trade as a fraction of its notional. A fraction already: dividing it by the capital, as the original
    /// does, leaves nothing of half the rank.
    #[serde(deserialize_with = "number::read")]
    pub edge: f64,
    /// Sharpe ratio a year.
    #[serde(deserialize_with = "number::read")]
    pub sharpe: f64,
    /// Share of trades with a profit.
    #[serde(deserialize_with = "number::read")]
    pub win_rate: f64,
    /// Deepest drawdown, a fraction of the peak.
    #[serde(deserialize_with = "number::read")]
    pub drawdown: f64,
}

/// Rank of a combination, 0 to 1: `.50 edge / 10 % + .25 Sharpe / 3 + .15 win rate + .10 (1 − drawdown)`, every part within
/// 0..=1.
pub fn rank(figures: &RankFigures) -> f64 {
    0.50 * share(figures.edge / 0.10)
        + 0.25 * share(figures.sharpe / 3.0)
        + 0.15 * share(figures.win_rate)
        + 0.10 * share(1.0 - figures.drawdown)
}

/// Position and rank of the best of several combinations; the first of equals, so the order of a sweep decides, not of threads.
pub fn best<'a>(combinations: impl IntoIterator<Item = &'a RankFigures>) -> Option<(usize, f64)> {
    let mut best: Option<(usize, f64)> = None;
    for (i, figures) in combinations.into_iter().enumerate() {
        let rank = rank(figures);
        if best.is_none_or(|(_, highest)| rank > highest) {
            best = Some((i, rank));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::super::gates::Figures;
    use super::*;
    use proptest::prelude::*;

    const GOOD: ScoreFigures = ScoreFigures {
        expectancy: 0.02,
        sharpe: 1.5,
        win_rate: 0.5,
        drawdown: 0.12,
        degradation: Some(0.2),
    };

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-12, "{a} is not {b}");
    }

    #[test]
    fn a_score_by_hand() {
        // 100 × (.40 × .2 + .25 × .5 + .10 × .5 + .15 × .6 + .10 × .3) = 8 + 12.5 + 5 + 9 + 3
        near(score(&GOOD, &ScoreWeights::default()), 37.5);
        // without recency: 34.5 of 90
        near(
            score(&GOOD.without_recency(), &ScoreWeights::default()),
            34.5 / 0.9,
        );
    }

    #[test]
    fn perfect_figures_reach_100_on_both_scales() {
        let perfect = ScoreFigures {
            expectancy: 0.2,
            sharpe: 4.0,
            win_rate: 1.0,
            drawdown: 0.0,
            degradation: Some(-0.6),
        };
        near(score(&perfect, &ScoreWeights::default()), 100.0);
        near(
            score(&perfect.without_recency(), &ScoreWeights::default()),
            100.0,
        );
    }

    #[test]
    fn what_was_not_shown_earns_nothing() {
        let nothing = ScoreFigures {
            expectancy: f64::NAN,
            sharpe: f64::NAN,
            win_rate: f64::NAN,
            drawdown: f64::NAN,
            degradation: Some(f64::NAN),
        };
        assert_eq!(score(&nothing, &ScoreWeights::default()), 0.0);
    }

    #[test]
    fn weights_are_checked() {
        assert!(ScoreWeights::default().check().is_ok());
        let heavy = ScoreWeights {
            sharpe: 0.5,
            ..ScoreWeights::default()
        };
        assert_eq!(heavy.check().unwrap_err().name, "sum of the weights");
        let none = ScoreWeights {
            full_sharpe: 0.0,
            ..ScoreWeights::default()
        };
        assert_eq!(none.check().unwrap_err().name, "full_sharpe");
    }

    fn pair(inside: f64, outside: f64, trades: u64) -> Examination {
        let figures = |sharpe, trades| Figures {
            bars: 1_000,
            coins: 5,
            trades,
            equity_sharpe: sharpe,
            trade_sharpe: sharpe,
            win_rate: 0.5,
            expectancy: 0.004,
            drawdown: 0.1,
        };
        Examination {
            in_sample: figures(inside, trades),
            out_of_sample: figures(outside, 30),
        }
    }

    #[test]
    fn robustness_by_hand() {
        let w = RobustnessWeights::default();
        let of = |pair, n| robustness(&pair, n, SharpeKind::Equity, &w);
        // .50 × .75 + .35 × 120/150 + .15 / 2
        near(of(pair(2.0, 1.5, 90), 2), 0.375 + 0.28 + 0.075);
        near(of(pair(1.0, 3.0, 500), 0), 1.0);
        near(of(pair(1.0, -3.0, 500), 3), 0.40);
        near(of(pair(-1.0, 3.0, 500), 3), 0.40);
    }

    #[test]
    fn the_edge_is_half_of_the_rank() {
        let figures = RankFigures {
            edge: 0.02,
            sharpe: 1.5,
            win_rate: 0.5,
            drawdown: 0.1,
        };
        // .50 × .2 + .25 × .5 + .15 × .5 + .10 × .9
        near(rank(&figures), 0.39);
        let better = RankFigures {
            edge: 0.04,
            ..figures
        };
        near(rank(&better) - rank(&figures), 0.1);
        assert_eq!(best(&[figures, better, better]).unwrap().0, 1);
        assert_eq!(best(&[]), None);
    }

    fn figure() -> impl Strategy<Value = f64> {
        prop_oneof![8 => -2f64..5.0, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY), 1 => Just(f64::NEG_INFINITY)]
    }

    proptest! {
        #[test]
        fn scores_are_bounded(
            expectancy in figure(), sharpe in figure(), win_rate in figure(), drawdown in figure(),
            degradation in prop::option::of(figure()), indicators in 0u32..50, trades in 0u64..1_000,
        ) {
            let figures = ScoreFigures { expectancy, sharpe, win_rate, drawdown, degradation };
            let score = score(&figures, &ScoreWeights::default());
            prop_assert!((0.0..=100.0).contains(&score));
            let rank = rank(&RankFigures { edge: expectancy, sharpe, win_rate, drawdown });
            prop_assert!((0.0..=1.0 + 1e-12).contains(&rank));
            let robust = robustness(&pair(sharpe, expectancy, trades), indicators, SharpeKind::Equity, &RobustnessWeights::default());
            prop_assert!((0.0..=1.0 + 1e-12).contains(&robust));
        }

        #[test]
        fn scores_grow_with_every_figure(
            x in -0.1f64..0.2, sharpe in -1f64..4.0, win_rate in 0f64..1.0, drawdown in 0f64..0.6, degradation in -1f64..1.0,
            more in 0f64..1.0, recent in any::<bool>(),
        ) {
            let w = ScoreWeights::default();
            let base = ScoreFigures { expectancy: x, sharpe, win_rate, drawdown, degradation: recent.then_some(degradation) };
            for better in [
                ScoreFigures { expectancy: x + more, ..base },
                ScoreFigures { sharpe: sharpe + more, ..base },
                ScoreFigures { win_rate: win_rate + more, ..base },
                ScoreFigures { drawdown: drawdown - more, ..base },
                ScoreFigures { degradation: base.degradation.map(|d| d - more), ..base },
            ] {
                prop_assert!(score(&better, &w) >= score(&base, &w));
            }
        }

        #[test]
        fn robustness_falls_with_indicators_and_grows_with_trades(n in 0u32..50, trades in 0u64..300, more in 0u64..100) {
            let w = RobustnessWeights::default();
            let of = |trades, n| robustness(&pair(1.0, 0.8, trades), n, SharpeKind::Equity, &w);
            prop_assert!(of(trades, n + 1) <= of(trades, n));
            prop_assert!(of(trades + more, n) >= of(trades, n));
        }
    }
}
