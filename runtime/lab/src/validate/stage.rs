//! Stages of a validation and their gates.

use serde::{Deserialize, Serialize};
use sixbtc_judgement::pipeline::gates::{Comparison, Gate, Gates, Unit, Verdict, Weight};

/// The stages, in the order they run: what costs little comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageName {
    /// No decision knows the future.
    LookAhead,
    /// Gates in-sample, after the parameters were chosen there.
    InSample,
    /// Gates out-of-sample.
    OutOfSample,
    /// The pool's score.
    Score,
    /// The pipeline's robustness.
    Robustness,
    /// Neighbours of the chosen parameters.
    Plateau,
    /// How sure the Sharpe ratio is, alone and as the best of all trials.
    Sharpe,
    /// Other orders and draws of the same trades.
    MonteCarlo,
    /// Later entries.
    Delay,
    /// Higher costs.
    Costs,
    /// Prices with noise.
    Noise,
    /// Whether choosing the best is overfitting, and whether the best is more than luck.
    Overfitting,
    /// Bars in other orders.
    Permutation,
    /// Refits that walk forward.
    WalkForward,
    /// The span that nobody looked at.
    Sealed,
}

impl StageName {
    /// All, in their order.
    pub const ALL: [Self; 15] = [
        Self::LookAhead,
        Self::InSample,
        Self::OutOfSample,
        Self::Score,
        Self::Robustness,
        Self::Plateau,
        Self::Sharpe,
        Self::MonteCarlo,
        Self::Delay,
        Self::Costs,
        Self::Noise,
        Self::Overfitting,
        Self::Permutation,
        Self::WalkForward,
        Self::Sealed,
    ];

    /// Those that ask whether a result is more than luck, without the pipeline's levels.
    pub const STATISTICAL: [Self; 3] = [Self::Sharpe, Self::Overfitting, Self::Permutation];

    /// Its stable name, the first part of its gates' names.
    pub fn name(self) -> &'static str {
        match self {
            Self::LookAhead => "look_ahead",
            Self::InSample => "in_sample",
            Self::OutOfSample => "out_of_sample",
            Self::Score => "score",
            Self::Robustness => "robustness",
            Self::Plateau => "plateau",
            Self::Sharpe => "sharpe",
            Self::MonteCarlo => "monte_carlo",
            Self::Delay => "delay",
            Self::Costs => "costs",
            Self::Noise => "noise",
            Self::Overfitting => "overfitting",
            Self::Permutation => "permutation",
            Self::WalkForward => "walk_forward",
            Self::Sealed => "sealed",
        }
    }

    /// Whether a failure ends a validation that was not asked for everything: the pipeline refuses there, and what follows
    /// costs more.
    pub fn ends(self) -> bool {
        matches!(
            self,
            Self::LookAhead | Self::InSample | Self::OutOfSample | Self::Score
        )
    }
}

/// What became of a stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "why")]
pub enum Outcome {
    /// It was run; its gates say what came of it.
    Run,
    /// It was not run.
    NotRun(String),
    /// It asks nothing of such a strategy.
    NotApplicable(String),
}

/// A stage with its gates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Which.
    pub stage: StageName,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Its gates; none unless it was run.
    pub gates: Gates,
}

impl Stage {
    /// Whether a gate of it refuses.
    pub fn failed(&self) -> bool {
        !self.gates.passed()
    }

    pub(crate) fn run(stage: StageName, gates: Vec<Gate>) -> Self {
        Self {
            stage,
            outcome: Outcome::Run,
            gates: Gates(gates),
        }
    }

    pub(crate) fn not_run(stage: StageName, why: impl Into<String>) -> Self {
        Self {
            stage,
            outcome: Outcome::NotRun(why.into()),
            gates: Gates::default(),
        }
    }

    pub(crate) fn not_applicable(stage: StageName, why: impl Into<String>) -> Self {
        Self {
            stage,
            outcome: Outcome::NotApplicable(why.into()),
            gates: Gates::default(),
        }
    }
}

/// What a gate of the laboratory measures.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    pub stage: StageName,
    pub name: &'static str,
    /// Subject of the sentence, e.g. `the p-value of the permutation test`.
    pub what: &'static str,
    pub unit: Unit,
    pub comparison: Comparison,
}

impl Asked {
    pub fn at_least(stage: StageName, name: &'static str, what: &'static str, unit: Unit) -> Self {
        Self {
            stage,
            name,
            what,
            unit,
            comparison: Comparison::AtLeast,
        }
    }

    pub fn at_most(stage: StageName, name: &'static str, what: &'static str, unit: Unit) -> Self {
        Self {
            comparison: Comparison::AtMost,
            ..Self::at_least(stage, name, what, unit)
        }
    }

    /// The gate's answer; `meaning` is a further sentence for people.
    pub fn judge(self, figure: f64, threshold: f64, meaning: &str) -> Gate {
        let (distance, asked) = match self.comparison {
            Comparison::AtLeast => (figure - threshold, "at least"),
            Comparison::AtMost => (threshold - figure, "at most"),
        };
        let limit = self.unit.write(threshold);
        let (verdict, mut explanation) = if distance.is_nan() {
            (
                Verdict::Missing,
                format!(
                    "{} does not exist; {asked} {limit} has to be shown",
                    self.what
                ),
            )
        } else {
            let verdict = if distance >= 0.0 {
                Verdict::Pass
            } else {
                Verdict::Fail
            };
            (
                verdict,
                format!(
                    "{} is {}; {asked} {limit} is asked",
                    self.what,
                    self.unit.write(figure)
                ),
            )
        };
        if !meaning.is_empty() {
            explanation.push_str(": ");
            explanation.push_str(meaning);
        }
        Gate {
            name: format!("{}.{}", self.stage.name(), self.name),
            what: self.what.to_owned(),
            figure,
            threshold,
            comparison: self.comparison,
            unit: self.unit,
            weight: Weight::Deciding,
            verdict,
            distance,
            explanation,
        }
    }

    /// The same, reported only.
    pub fn inform(self, figure: f64, threshold: f64, meaning: &str) -> Gate {
        Gate {
            weight: Weight::Informing,
            ..self.judge(figure, threshold, meaning)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_says_what_it_saw() {
        let asked = Asked::at_most(
            StageName::Permutation,
            "p_value",
            "the p-value",
            Unit::Number,
        );
        let fail = asked.judge(0.2, 0.05, "20 of 100 were as good");
        assert_eq!(fail.verdict, Verdict::Fail);
        assert!((fail.distance + 0.15).abs() < 1e-12);
        assert_eq!(fail.name, "permutation.p_value");
        assert_eq!(
            fail.explanation,
            "the p-value is 0.2; at most 0.05 is asked: 20 of 100 were as good"
        );
        assert!(asked.judge(0.05, 0.05, "").passes());
        assert!(asked.judge(f64::NAN, 0.05, "").refuses());
        assert!(!asked.inform(f64::NAN, 0.05, "").refuses());
    }

    #[test]
    fn stages_have_names_of_their_own() {
        for (i, a) in StageName::ALL.iter().enumerate() {
            assert!(
                StageName::ALL[..i]
                    .iter()
                    .all(|b| b.name() != a.name() && b < a)
            );
        }
    }
}
