//! Statistical gates: they ask the more, the more was tried.
//!
//! The best of N combinations without skill has a Sharpe ratio that grows with N. The deflated Sharpe compares with that one
//! instead of with 0, so its gate tightens by itself as the ledger counts on; the permutation gate divides its p by the number
//! of programs of the lineage that were tested so.

use super::gates::{Comparison, Gate, Gates, Measure, ThresholdError, Unit};
use serde::{Deserialize, Serialize};
use sixbtc_engine::metrics::expected_best_sharpe;
use sixbtc_engine::{Trials, normal};
use sixbtc_market::Timeframe;

/// Thresholds of the statistical gates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StatisticalThresholds {
    /// Least deflated Sharpe: the probability that the true ratio is above the best to expect of all trials without skill.
    /// Default 0.95, the usual one error in twenty.
    pub min_deflated_sharpe: f64,
    /// Largest probability of backtest overfitting. 0.5 is a choice that says nothing; default 0.20, a choice that still lands
    /// in the better half four times of five.
    pub max_overfitting: f64,
    /// Largest p of the permutation test, before it is divided by the programs tested. Default 0.05.
    pub max_permutation_p: f64,
    /// Largest p of the test for superior predictive ability over the whole sweep. Default 0.05.
    pub max_spa_p: f64,
    /// Least walk-forward efficiency: annual return of refitted tests / of their fits. Default 0.5 (Pardo 2008).
    pub min_walk_forward_efficiency: f64,
    /// Least share of walk-forward tests with a profit. Default 0.5: more good stretches than bad, so that not one carries all.
    pub min_profitable_folds: f64,
    /// Least expectancy of a trade (a fraction of notional) at [`Self::stress`] × slippage. Default 0: still no loss.
    pub min_stressed_expectancy: f64,
    /// By how much slippage is multiplied for the cost stress. Default 2.
    pub stress: f64,
    /// How much worse the median neighbour may be than the chosen point, a fraction of its result. Default 0.30.
    pub max_neighbour_drop: f64,
    /// Least ratio of bars there are to bars that would make the Sharpe ratio significant (minimum track record). Default 1.
    pub min_track_record: f64,
}

impl Default for StatisticalThresholds {
    fn default() -> Self {
        Self {
            min_deflated_sharpe: 0.95,
            max_overfitting: 0.20,
            max_permutation_p: 0.05,
            max_spa_p: 0.05,
            min_walk_forward_efficiency: 0.5,
            min_profitable_folds: 0.5,
            min_stressed_expectancy: 0.0,
            stress: 2.0,
            max_neighbour_drop: 0.30,
            min_track_record: 1.0,
        }
    }
}

impl StatisticalThresholds {
    /// Checks every value; the error names it and what would be right.
    pub fn check(&self) -> Result<(), ThresholdError> {
        for (name, value) in [
            ("min_deflated_sharpe", self.min_deflated_sharpe),
            ("max_overfitting", self.max_overfitting),
            ("max_permutation_p", self.max_permutation_p),
            ("max_spa_p", self.max_spa_p),
            ("min_profitable_folds", self.min_profitable_folds),
        ] {
            if !(0.0..=1.0).contains(&value) {
                let right = "a probability or share from 0 to 1";
                return Err(ThresholdError { name, value, right });
            }
        }
        for (name, value) in [
            (
                "min_walk_forward_efficiency",
                self.min_walk_forward_efficiency,
            ),
            ("min_stressed_expectancy", self.min_stressed_expectancy),
            ("max_neighbour_drop", self.max_neighbour_drop),
            ("min_track_record", self.min_track_record),
        ] {
            if !value.is_finite() {
                let right = "a finite number";
                return Err(ThresholdError { name, value, right });
            }
        }
        if !(self.stress.is_finite() && self.stress >= 1.0) {
            return Err(ThresholdError {
                name: "stress",
                value: self.stress,
                right: "1 or more",
            });
        }
        Ok(())
    }
}

/// A permutation test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PermutationEvidence {
    /// `(1 + as good) / (1 + permutations)`.
    pub p: f64,
    /// Permutations made.
    pub permutations: u64,
    /// Programs of the lineage that were tested by permutation on this data, this one included.
    pub tested: u64,
}

/// How long the track record is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrackRecord {
    /// Bars there are.
    pub bars: f64,
    /// Bars that would make the Sharpe ratio significant; infinite when it is not above its benchmark.
    pub needed: f64,
}

/// What was found about one strategy; `None` for what was not examined.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Evidence {
    /// Deflated Sharpe, allowing for every trial of the ledger.
    pub deflated_sharpe: Option<f64>,
    /// Trials it allows for.
    pub trials: u64,
    /// Probability of backtest overfitting.
    pub overfitting: Option<f64>,
    /// Permutation test.
    pub permutation: Option<PermutationEvidence>,
    /// p of the test for superior predictive ability.
    pub spa_p: Option<f64>,
    /// Walk-forward efficiency.
    pub walk_forward_efficiency: Option<f64>,
    /// Share of walk-forward tests with a profit.
    pub profitable_folds: Option<f64>,
    /// Expectancy of a trade at stressed slippage, a fraction of notional.
    pub stressed_expectancy: Option<f64>,
    /// How much worse the median neighbour is than the chosen point, a fraction of its result.
    pub neighbour_drop: Option<f64>,
    /// Track record.
    pub track_record: Option<TrackRecord>,
}

/// A statistical gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatisticalGate {
    /// Deflated Sharpe.
    DeflatedSharpe,
    /// Probability of backtest overfitting.
    Overfitting,
    /// Permutation test.
    Permutation,
    /// Superior predictive ability.
    Spa,
    /// Walk-forward efficiency.
    WalkForwardEfficiency,
    /// Share of walk-forward tests with a profit.
    ProfitableFolds,
    /// Cost stress.
    CostStress,
    /// Plateau.
    Plateau,
    /// Minimum track record.
    TrackRecord,
}

impl StatisticalGate {
    /// All gates, in the order of asking.
    pub const ALL: [Self; 9] = [
        Self::DeflatedSharpe,
        Self::Overfitting,
        Self::Permutation,
        Self::Spa,
        Self::WalkForwardEfficiency,
        Self::ProfitableFolds,
        Self::CostStress,
        Self::Plateau,
        Self::TrackRecord,
    ];

    /// What question it answers, and why it is asked.
    pub fn reason(self) -> &'static str {
        match self {
            Self::DeflatedSharpe => {
                "Is it better than the best of as many tries without skill? A thousand combinations make a good Sharpe ratio by \
                 luck alone."
            }
            Self::Overfitting => {
                "Does what is best on one half of the data stay good on the other? Judges the choosing, not the chosen."
            }
            Self::Permutation => {
                "Does it earn more than on the same bars in another order? Drift and volatility alone are no edge."
            }
            Self::Spa => {
                "Does the best of the sweep beat doing nothing by more than the luck of the whole sweep?"
            }
            Self::WalkForwardEfficiency => {
                "Does refitting carry over to the stretch that follows? Replaces growing windows that share their data."
            }
            Self::ProfitableFolds => "Or does one lucky stretch carry all?",
            Self::CostStress => {
                "Is there still a profit when fills are worse than assumed? An edge thinner than its costs is none."
            }
            Self::Plateau => {
                "Are the neighbouring parameters good too? A peak that stands alone is a coincidence of that history."
            }
            Self::TrackRecord => {
                "Are there enough bars for a Sharpe ratio of this size to be told from none?"
            }
        }
    }

    pub(crate) fn measure(self) -> Measure {
        use Comparison::{AtLeast, AtMost};
        let (name, what, unit, comparison) = match self {
            Self::DeflatedSharpe => (
                "deflated_sharpe",
                "the deflated Sharpe",
                Unit::Percent,
                AtLeast,
            ),
            Self::Overfitting => (
                "overfitting",
                "the probability of overfitting",
                Unit::Percent,
                AtMost,
            ),
            Self::Permutation => (
                "permutation",
                "the p of the permutation test",
                Unit::Number,
                AtMost,
            ),
            Self::Spa => (
                "spa",
                "the p of superior predictive ability",
                Unit::Number,
                AtMost,
            ),
            Self::WalkForwardEfficiency => (
                "walk_forward_efficiency",
                "the walk-forward efficiency",
                Unit::Percent,
                AtLeast,
            ),
            Self::ProfitableFolds => (
                "profitable_folds",
                "the share of walk-forward tests with a profit",
                Unit::Percent,
                AtLeast,
            ),
            Self::CostStress => (
                "cost_stress",
                "the expectancy of a trade at stressed slippage",
                Unit::Percent,
                AtLeast,
            ),
            Self::Plateau => (
                "plateau",
                "the fall from the chosen point to its median neighbour",
                Unit::Percent,
                AtMost,
            ),
            Self::TrackRecord => (
                "track_record",
                "the number of bars to the number needed",
                Unit::Percent,
                AtLeast,
            ),
        };
        Measure {
            name,
            what,
            unit,
            comparison,
        }
    }

    /// Its threshold before anything tightens it.
    pub fn threshold(self, thresholds: &StatisticalThresholds) -> f64 {
        let t = thresholds;
        match self {
            Self::DeflatedSharpe => t.min_deflated_sharpe,
            Self::Overfitting => t.max_overfitting,
            Self::Permutation => t.max_permutation_p,
            Self::Spa => t.max_spa_p,
            Self::WalkForwardEfficiency => t.min_walk_forward_efficiency,
            Self::ProfitableFolds => t.min_profitable_folds,
            Self::CostStress => t.min_stressed_expectancy,
            Self::Plateau => t.max_neighbour_drop,
            Self::TrackRecord => t.min_track_record,
        }
    }

    fn figure(self, evidence: &Evidence) -> Option<f64> {
        let e = evidence;
        match self {
            Self::DeflatedSharpe => e.deflated_sharpe,
            Self::Overfitting => e.overfitting,
            Self::Permutation => e.permutation.map(|p| p.p),
            Self::Spa => e.spa_p,
            Self::WalkForwardEfficiency => e.walk_forward_efficiency,
            Self::ProfitableFolds => e.profitable_folds,
            Self::CostStress => e.stressed_expectancy,
            Self::Plateau => e.neighbour_drop,
            Self::TrackRecord => e.track_record.map(|t| t.bars / t.needed),
        }
    }
}

/// All statistical gates of a strategy. What was not examined is missing and does not pass.
pub fn judge(evidence: &Evidence, thresholds: &StatisticalThresholds) -> Gates {
    let gates = StatisticalGate::ALL.map(|gate| judge_one(gate, evidence, thresholds));
    Gates(gates.into())
}

/// One statistical gate.
pub fn judge_one(
    gate: StatisticalGate,
    evidence: &Evidence,
    thresholds: &StatisticalThresholds,
) -> Gate {
    let figure = gate.figure(evidence).unwrap_or(f64::NAN);
    let asked = gate.threshold(thresholds);
    let judge = |asked| gate.measure().judge("statistics", figure, asked);
    match (gate, evidence.permutation) {
        (StatisticalGate::Permutation, Some(test)) => {
            let asked = permutation_threshold(asked, test.tested);
            let answer = judge(asked);
            let least = 1.0 / (test.permutations as f64 + 1.0);
            if least > asked {
                let enough = (1.0 / asked).ceil() - 1.0;
                let why = format!(
                    "{} permutations cannot show less than {}: make at least {enough:.0}",
                    test.permutations,
                    Unit::Number.write(least)
                );
                answer.because(&why)
            } else if test.tested > 1 {
                let why = format!(
                    "The limit is divided by the {} programs tested so",
                    test.tested
                );
                answer.because(&why)
            } else {
                answer
            }
        }
        (StatisticalGate::DeflatedSharpe, _) if evidence.deflated_sharpe.is_some() => {
            let answer = judge(asked);
            answer.because(&format!("It allows for {} trials", evidence.trials.max(1)))
        }
        _ => judge(asked),
    }
}

/// The largest p of a permutation test when `tested` programs of the lineage were: `p / tested` (Bonferroni).
pub fn permutation_threshold(p: f64, tested: u64) -> f64 {
    p / tested.max(1) as f64
}

/// The Sharpe ratio a year from which the deflated Sharpe reaches `confidence`, of normal returns over `bars` bars: what so many
/// trials demand. Infinite where no ratio does (a handful of bars), NaN for a confidence outside 0 to 1.
///
/// Solves `(SR − SR*) √(n − 1) = z √(1 + SR² / 2)` for the larger root, SR* the best to expect of the trials (Bailey and López
/// de Prado 2014).
pub fn required_sharpe(trials: Trials, bars: f64, timeframe: Timeframe, confidence: f64) -> f64 {
    let best = expected_best_sharpe(trials);
    let z = normal::quantile(confidence);
    if z.is_nan() || best.is_nan() {
        return f64::NAN;
    }
    let n = bars - 1.0;
    let a = n - z * z / 2.0;
    if a <= 0.0 {
        return f64::INFINITY;
    }
    // a SR² − 2 n SR* SR + n SR*² − z² = 0
    let inside = (n * best).powi(2) - a * (n * best * best - z * z);
    let root = inside.max(0.0).sqrt();
    let a_bar = if z >= 0.0 {
        (n * best + root) / a
    } else {
        (n * best - root) / a
    };
    a_bar * timeframe.bars_per_year().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn convincing() -> Evidence {
        Evidence {
            deflated_sharpe: Some(0.98),
            trials: 1_015,
            overfitting: Some(0.1),
            permutation: Some(PermutationEvidence {
                p: 0.01,
                permutations: 999,
                tested: 1,
            }),
            spa_p: Some(0.03),
            walk_forward_efficiency: Some(0.7),
            profitable_folds: Some(0.75),
            stressed_expectancy: Some(0.001),
            neighbour_drop: Some(0.1),
            track_record: Some(TrackRecord {
                bars: 11_520.0,
                needed: 4_000.0,
            }),
        }
    }

    #[test]
    fn convincing_evidence_passes_and_none_does_not() {
        let thresholds = StatisticalThresholds::default();
        let gates = judge(&convincing(), &thresholds);
        assert!(gates.passed(), "{gates:?}");
        assert_eq!(gates.0.len(), 9);
        let nothing = judge(&Evidence::default(), &thresholds);
        assert_eq!(nothing.refusals().count(), 9);
    }

    #[test]
    fn each_piece_of_evidence_has_its_gate() {
        let thresholds = StatisticalThresholds::default();
        let c = convincing();
        for (evidence, name) in [
            (
                Evidence {
                    deflated_sharpe: Some(0.94),
                    ..c
                },
                "statistics.deflated_sharpe",
            ),
            (
                Evidence {
                    overfitting: Some(0.21),
                    ..c
                },
                "statistics.overfitting",
            ),
            (
                Evidence {
                    spa_p: Some(0.06),
                    ..c
                },
                "statistics.spa",
            ),
            (
                Evidence {
                    walk_forward_efficiency: Some(0.4),
                    ..c
                },
                "statistics.walk_forward_efficiency",
            ),
            (
                Evidence {
                    profitable_folds: Some(0.4),
                    ..c
                },
                "statistics.profitable_folds",
            ),
            (
                Evidence {
                    stressed_expectancy: Some(-1e-6),
                    ..c
                },
                "statistics.cost_stress",
            ),
            (
                Evidence {
                    neighbour_drop: Some(0.31),
                    ..c
                },
                "statistics.plateau",
            ),
            (
                Evidence {
                    track_record: Some(TrackRecord {
                        bars: 10.0,
                        needed: f64::INFINITY,
                    }),
                    ..c
                },
                "statistics.track_record",
            ),
        ] {
            let gates = judge(&evidence, &thresholds);
            let refused: Vec<&str> = gates.refusals().map(|g| g.name.as_str()).collect();
            assert_eq!(refused, [name]);
        }
    }

    #[test]
    fn the_permutation_gate_tightens_with_programs_tested() {
        let test = |p, permutations, tested| {
            let evidence = Evidence {
                permutation: Some(PermutationEvidence {
                    p,
                    permutations,
                    tested,
                }),
                ..convincing()
            };
            judge_one(
                StatisticalGate::Permutation,
                &evidence,
                &StatisticalThresholds::default(),
            )
        };
        assert!(test(0.02, 999, 2).passes());
        let third = test(0.02, 999, 3);
        assert_eq!(
            third.explanation,
            "the p of the permutation test is 0.02; at most 0.0167 is asked: 0.0033 too much. The limit is divided by the 3 \
             programs tested so"
        );
        let few = test(1.0 / 101.0, 100, 10);
        assert!(
            few.explanation
                .ends_with("100 permutations cannot show less than 0.0099: make at least 199")
        );
        assert!(!few.passes());
    }

    #[test]
    fn more_trials_demand_more() {
        let demanded = |count| {
            let trials = Trials {
                count,
                variance: 1.0 / 11_520.0,
            };
            required_sharpe(trials, 11_520.0, Timeframe::M15, 0.95)
        };
        // one trial: z √((1 + SR²/2) / (n − 1)) a bar, 2.87 a year over 120 days of 15m bars
        assert!((demanded(1) - 2.869).abs() < 0.001, "{}", demanded(1));
        assert!(demanded(10) > demanded(1) && demanded(1_015) > demanded(10));
        assert!(demanded(1_000_000) > demanded(1_015));
        assert_eq!(
            required_sharpe(Trials::default(), 2.0, Timeframe::M15, 0.95),
            f64::INFINITY
        );
    }

    #[test]
    fn thresholds_are_checked_and_read_back() {
        let good = StatisticalThresholds::default();
        assert!(good.check().is_ok());
        let text = serde_json::to_string(&good).unwrap();
        assert_eq!(
            serde_json::from_str::<StatisticalThresholds>(&text).unwrap(),
            good
        );
        let wrong = StatisticalThresholds {
            max_spa_p: 5.0,
            ..good
        };
        assert_eq!(wrong.check().unwrap_err().name, "max_spa_p");
        let wrong = StatisticalThresholds {
            stress: 0.5,
            ..good
        };
        assert_eq!(wrong.check().unwrap_err().name, "stress");
    }

    proptest! {
        /// The demanded ratio is where the probability of being above the expected best is the confidence.
        #[test]
        fn the_demanded_ratio_has_the_demanded_confidence(
            count in 1u64..1_000_000, bars in 500f64..100_000.0, confidence in 0.5f64..0.999,
        ) {
            let trials = Trials { count, variance: 1.0 / bars };
            let demanded = required_sharpe(trials, bars, Timeframe::H1, confidence);
            let sharpe = demanded / Timeframe::H1.bars_per_year().sqrt();
            let spread = 1.0 + sharpe * sharpe / 2.0;
            let z = (sharpe - expected_best_sharpe(trials)) * (bars - 1.0).sqrt() / spread.sqrt();
            prop_assert!((normal::cdf(z) - confidence).abs() < 1e-9);
        }

        #[test]
        fn the_demanded_ratio_grows_with_trials(count in 1u64..100_000, more in 1u64..100_000) {
            let of = |count| required_sharpe(Trials { count, variance: 1e-4 }, 10_000.0, Timeframe::H1, 0.95);
            prop_assert!(of(count + more) >= of(count));
        }
    }
}
