//! What a validation does, and what it asks.

use crate::error::LabError;
use crate::subject::Span;
use crate::windows::WindowPlan;
use serde::{Deserialize, Serialize};
use sixbtc_judgement::noise::NoiseOptions;
use sixbtc_judgement::pipeline::gates::GateThresholds;

/// How the time is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spans {
    /// Where parameters are chosen.
    pub in_sample: Span,
    /// Where the choice is judged.
    pub out_of_sample: Span,
    /// What nobody looked at; absent when none is kept.
    pub sealed: Option<Span>,
}

impl Spans {
    /// In-sample and out-of-sample together: the time that is examined.
    pub fn examined(&self) -> Span {
        Span {
            from: self.in_sample.from,
            to: self.out_of_sample.to,
        }
    }

    /// Divides a span: `sealed` of it (a fraction) is kept at the end, `out_of_sample` of what remains before that, the rest is
    /// in-sample. Borders lie on bars of `bar_ms`.
    ///
    /// # Errors
    /// [`LabError::Plan`] for fractions that leave nothing, [`LabError::TooShort`] for a span of a few bars.
    pub fn divide(
        span: Span,
        bar_ms: i64,
        out_of_sample: f64,
        sealed: f64,
    ) -> Result<Self, LabError> {
        for (name, value) in [
            ("the out-of-sample share", out_of_sample),
            ("the sealed share", sealed),
        ] {
            let least = if name.contains("sealed") { 0.0 } else { 1e-6 };
            if !(value >= least && value < 0.9) {
                return Err(LabError::Plan {
                    name,
                    value: value.to_string(),
                    right: "a fraction below 0.9",
                });
            }
        }
        let bars = (span.to - span.from) / bar_ms;
        let kept = (bars as f64 * sealed).round() as i64;
        let outside = ((bars - kept) as f64 * out_of_sample).round() as i64;
        let inside = bars - kept - outside;
        if inside < 2 || outside < 2 {
            return Err(LabError::TooShort {
                what: "a validation",
                needed: 10,
                given: bars,
            });
        }
        let at = |bar: i64| span.from + bar * bar_ms;
        Ok(Self {
            in_sample: Span {
                from: span.from,
                to: at(inside),
            },
            out_of_sample: Span {
                from: at(inside),
                to: at(inside + outside),
            },
            sealed: (kept > 0).then(|| Span {
                from: at(inside + outside),
                to: span.to,
            }),
        })
    }
}

/// What the laboratory's own gates ask. Those of the pipeline stand in [`GateThresholds`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Largest p-value of the permutation test, of White's reality check and of Hansen's test. Default 0.05.
    pub max_p: f64,
    /// Least probability that the Sharpe ratio is above 0, and above what the best of all trials shows without skill.
    /// Default 0.95.
    pub min_sharpe_probability: f64,
    /// Largest probability of backtest overfitting. Default 0.5: the best in-sample must not be worse than the median
    /// outside more often than not.
    pub max_overfitting: f64,
    /// Largest share of resampled trade lists that lose. Default 0.05.
    pub max_loss: f64,
    /// Largest 95th percentile of the drawdown over shuffled trades. Default 0.5.
    pub max_drawdown: f64,
    /// Least share of the objective that is kept when entries come one bar late. Default 0.5; half of it two bars late.
    pub min_kept_late: f64,
    /// Least total return when costs are doubled. Default 0.
    pub min_return_costly: f64,
    /// Least share of noisy markets on which half of the objective is kept. Default 0.8.
    pub min_kept_noisy: f64,
    /// Largest drop from the chosen parameters to the median of their neighbours. Default 0.5.
    pub max_drop: f64,
    /// Least walk-forward efficiency. Default 0.5.
    pub min_efficiency: f64,
    /// Least share of test windows with a profit. Default 0.5.
    pub min_profitable: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_p: 0.05,
            min_sharpe_probability: 0.95,
            max_overfitting: 0.5,
            max_loss: 0.05,
            max_drawdown: 0.5,
            min_kept_late: 0.5,
            min_return_costly: 0.0,
            min_kept_noisy: 0.8,
            max_drop: 0.5,
            min_efficiency: 0.5,
            min_profitable: 0.5,
        }
    }
}

/// What is repeated on each permutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permuted {
    /// The chosen parameters are run over the out-of-sample bars in other orders; the history before stays. They were chosen
    /// without these bars, so no choice has to be repeated.
    #[default]
    OutOfSample,
    /// The whole choice is repeated over the in-sample bars in other orders, and the best is compared with the best. Costs a
    /// sweep a permutation.
    Refit,
}

/// Everything a validation does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValidatePlan {
    /// How the time is divided.
    pub spans: Spans,
    /// Seed of all that is drawn.
    pub seed: u64,
    /// Thresholds of the pipeline.
    pub thresholds: GateThresholds,
    /// Thresholds of the laboratory.
    pub limits: Limits,
    /// Windows of the walk forward over the examined time.
    pub windows: WindowPlan,
    /// Permutations. Default 100.
    pub permutations: usize,
    /// What is repeated on each.
    pub permuted: Permuted,
    /// Stop permuting once so many permutations were at least as good (Besag and Clifford 1991); absent: never.
    pub permutation_stop: Option<usize>,
    /// Noisy markets. Default 50.
    pub noisy: usize,
    /// The noise.
    pub noise: NoiseOptions,
    /// Points whose returns are compared in the tests of the choice, at most; of more, as many at equal distances and the
    /// chosen one. Default 200.
    pub candidates: usize,
    /// Blocks of the combinatorial cross-validation, even. Default 12.
    pub blocks: usize,
    /// Resamples of the reality check. Default 1,000.
    pub resamples: usize,
    /// Runs of the Monte Carlo. Default 2,000.
    pub monte_carlo: usize,
    /// Cuts of the proof that nothing looks ahead. Default 10.
    pub cuts: usize,
    /// Indicators of the program, for the robustness' simplicity; absent when unknown.
    pub indicators: Option<u32>,
    /// Whether to look at the sealed span. Every look is spent: whoever calls counts them.
    pub open_seal: bool,
    /// Go on after a failure that decides.
    pub everything: bool,
    /// Only these stages (those they need besides are made, but not judged); absent: all.
    pub only: Option<Vec<super::StageName>>,
}

impl ValidatePlan {
    /// The documented validation of a divided time.
    pub fn new(spans: Spans) -> Self {
        Self {
            spans,
            seed: 1,
            thresholds: GateThresholds::default(),
            limits: Limits::default(),
            windows: WindowPlan::default(),
            permutations: 100,
            permuted: Permuted::OutOfSample,
            permutation_stop: None,
            noisy: 50,
            noise: NoiseOptions::default(),
            candidates: 200,
            blocks: 12,
            resamples: 1_000,
            monte_carlo: 2_000,
            cuts: 10,
            indicators: None,
            open_seal: false,
            everything: false,
            only: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_divided_on_bars() {
        let span = Span { from: 0, to: 1_000 };
        let s = Spans::divide(span, 10, 1.0 / 3.0, 0.1).unwrap();
        assert_eq!(s.in_sample, Span { from: 0, to: 600 });
        assert_eq!(s.out_of_sample, Span { from: 600, to: 900 });
        assert_eq!(s.sealed, Some(Span { from: 900, to: 1_000 }));
        assert_eq!(s.examined(), Span { from: 0, to: 900 });
        assert_eq!(Spans::divide(span, 10, 0.5, 0.0).unwrap().sealed, None);
        assert!(Spans::divide(span, 10, 0.0, 0.0).is_err());
        assert!(Spans::divide(span, 10, 0.3, 1.5).is_err());
        assert!(Spans::divide(span, 400, 0.3, 0.0).is_err());
    }
}
