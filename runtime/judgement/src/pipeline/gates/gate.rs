//! One gate's answer: what was measured, what was asked, by how much it passes or fails.

use crate::pipeline::number;
use serde::{Deserialize, Serialize};

/// Which side of the threshold passes; the threshold itself always does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// The figure must be the threshold or more.
    AtLeast,
    /// The figure must be the threshold or less.
    AtMost,
}

/// What a gate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The figure reaches the threshold.
    Pass,
    /// It does not.
    Fail,
    /// There is no figure. What was not shown does not pass.
    Missing,
}

/// Whether a gate decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Without it the whole is refused.
    Deciding,
    /// Reported beside the others; never refuses.
    Informing,
}

/// How figures of a gate are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A plain number.
    Number,
    /// A fraction, written as percent.
    Percent,
    /// A whole number.
    Count,
}

impl Unit {
    /// The number as people write it, without needless zeros.
    pub fn write(self, x: f64) -> String {
        let (x, sign, digits) = match self {
            Self::Number => (x, "", 4),
            Self::Percent => (x * 100.0, " %", 3),
            Self::Count => (x, "", 0),
        };
        if !x.is_finite() {
            return "unknown".to_owned();
        }
        let text = format!("{x:.digits$}");
        let text = if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.')
        } else {
            &text
        };
        let text = if text == "-0" { "0" } else { text };
        format!("{text}{sign}")
    }
}

/// One gate and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Stable name, `stage.figure`.
    pub name: String,
    /// What is measured, in words.
    pub what: String,
    /// What was measured; NaN (`null`) when it does not exist.
    #[serde(deserialize_with = "number::read")]
    pub figure: f64,
    /// What was asked.
    #[serde(deserialize_with = "number::read")]
    pub threshold: f64,
    /// Which side passes.
    pub comparison: Comparison,
    /// How both are written.
    pub unit: Unit,
    /// Whether it decides.
    pub weight: Weight,
    /// The answer.
    pub verdict: Verdict,
    /// How far the figure lies on the passing side: 0 exactly at the threshold, negative by what is missing, NaN without a
    /// figure. In the figure's own unit.
    #[serde(deserialize_with = "number::read")]
    pub distance: f64,
    /// The answer in words.
    pub explanation: String,
}

/// What a gate measures, before there is a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Measure {
    pub name: &'static str,
    /// Subject of the explanation: "Sharpe ratio a year".
    pub what: &'static str,
    pub unit: Unit,
    pub comparison: Comparison,
}

impl Measure {
    /// The gate's answer to a figure.
    pub fn judge(&self, stage: &str, figure: f64, threshold: f64) -> Gate {
        let distance = match self.comparison {
            Comparison::AtLeast => figure - threshold,
            Comparison::AtMost => threshold - figure,
        };
        let verdict = if distance.is_nan() {
            Verdict::Missing
        } else if distance >= 0.0 {
            Verdict::Pass
        } else {
            Verdict::Fail
        };
        let (asked, short) = match self.comparison {
            Comparison::AtLeast => ("at least", "short"),
            Comparison::AtMost => ("at most", "too much"),
        };
        let write = |x| self.unit.write(x);
        let limit = write(threshold);
        let explanation = match verdict {
            Verdict::Missing => {
                format!(
                    "{} does not exist; {asked} {limit} has to be shown",
                    self.what
                )
            }
            Verdict::Pass => format!(
                "{} is {}; {asked} {limit} is asked: met with {} to spare",
                self.what,
                write(figure),
                write(distance)
            ),
            Verdict::Fail => format!(
                "{} is {}; {asked} {limit} is asked: {} {short}",
                self.what,
                write(figure),
                write(-distance)
            ),
        };
        Gate {
            name: format!("{stage}.{}", self.name),
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
}

impl Gate {
    /// Whether it passes.
    pub fn passes(&self) -> bool {
        self.verdict == Verdict::Pass
    }

    /// Whether it refuses the whole.
    pub fn refuses(&self) -> bool {
        self.weight == Weight::Deciding && !self.passes()
    }

    /// What is missing to pass, 0 when it passes, NaN without a figure. In the figure's own unit.
    pub fn missing(&self) -> f64 {
        if self.distance.is_nan() {
            f64::NAN
        } else {
            (-self.distance).max(0.0)
        }
    }

    /// [`Gate::distance`] as a share of the threshold, so that gates of different units compare; as it is at a threshold of 0.
    pub fn relative(&self) -> f64 {
        let size = self.threshold.abs();
        if size > 0.0 {
            self.distance / size
        } else {
            self.distance
        }
    }

    /// The same, reported only.
    #[must_use]
    pub(crate) fn informing(mut self) -> Self {
        self.weight = Weight::Informing;
        self
    }

    /// The same with a further sentence.
    #[must_use]
    pub(crate) fn because(mut self, why: &str) -> Self {
        self.explanation.push_str(". ");
        self.explanation.push_str(why);
        self
    }
}

/// The answers of several gates, in the order of asking.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Gates(pub Vec<Gate>);

impl Gates {
    /// Whether no deciding gate refuses.
    pub fn passed(&self) -> bool {
        !self.0.iter().any(Gate::refuses)
    }

    /// The deciding gates that are not passed.
    pub fn refusals(&self) -> impl Iterator<Item = &Gate> {
        self.0.iter().filter(|g| g.refuses())
    }

    /// A gate by its stable name.
    pub fn find(&self, name: &str) -> Option<&Gate> {
        self.0.iter().find(|g| g.name == name)
    }

    /// The deciding gate that lies nearest to its threshold or farthest on the wrong side, relative to it; one without a figure
    /// before all others. The first thing to mend.
    pub fn weakest(&self) -> Option<&Gate> {
        let key = |g: &Gate| {
            let relative = g.relative();
            if relative.is_nan() {
                f64::NEG_INFINITY
            } else {
                relative
            }
        };
        self.0
            .iter()
            .filter(|g| g.weight == Weight::Deciding)
            .min_by(|a, b| key(a).total_cmp(&key(b)))
    }

    /// Appends the answers of others.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHARPE: Measure = Measure {
        name: "sharpe",
        what: "the Sharpe ratio",
        unit: Unit::Number,
        comparison: Comparison::AtLeast,
    };
    const FALL: Measure = Measure {
        name: "drawdown",
        what: "the drawdown",
        unit: Unit::Percent,
        comparison: Comparison::AtMost,
    };

    #[test]
    fn answers_in_words() {
        let fail = SHARPE.judge("in_sample", 0.21, 0.3);
        assert_eq!(fail.name, "in_sample.sharpe");
        assert_eq!(
            fail.explanation,
            "the Sharpe ratio is 0.21; at least 0.3 is asked: 0.09 short"
        );
        assert!((fail.missing() - 0.09).abs() < 1e-15);
        let pass = FALL.judge("in_sample", 0.125, 0.5);
        assert_eq!(
            pass.explanation,
            "the drawdown is 12.5 %; at most 50 % is asked: met with 37.5 % to spare"
        );
        assert_eq!((pass.missing(), pass.relative()), (0.0, 0.75));
        let none = SHARPE.judge("in_sample", f64::NAN, 0.3);
        assert_eq!(none.verdict, Verdict::Missing);
        assert_eq!(
            none.explanation,
            "the Sharpe ratio does not exist; at least 0.3 has to be shown"
        );
        assert!(none.refuses() && none.missing().is_nan());
    }

    #[test]
    fn numbers_as_people_write_them() {
        for (unit, x, text) in [
            (Unit::Number, 0.30, "0.3"),
            (Unit::Number, -0.000_01, "0"),
            (Unit::Percent, 0.002, "0.2 %"),
            (Unit::Percent, 0.35, "35 %"),
            (Unit::Count, 120.0, "120"),
            (Unit::Count, 100.4, "100"),
            (Unit::Number, f64::INFINITY, "unknown"),
        ] {
            assert_eq!(unit.write(x), text);
        }
    }

    #[test]
    fn the_weakest_gate_is_the_first_to_mend() {
        let gates = Gates(vec![
            SHARPE.judge("a", 0.27, 0.3),
            FALL.judge("a", 0.6, 0.5),
            SHARPE.judge("b", -9.0, 0.3).informing(),
        ]);
        assert!(!gates.passed());
        assert_eq!(gates.weakest().unwrap().name, "a.drawdown");
        assert_eq!(gates.refusals().count(), 2);
        assert!(gates.find("b.sharpe").is_some());
        assert!(Gates(vec![gates.0[2].clone()]).passed());
        assert!(Gates::default().passed() && Gates::default().weakest().is_none());
    }

    #[test]
    fn a_gate_is_read_back_with_what_it_lacks() {
        let none = SHARPE.judge("a", f64::NAN, 0.3);
        let text = serde_json::to_string(&none).unwrap();
        assert!(text.contains(r#""figure":null"#));
        let back: Gate = serde_json::from_str(&text).unwrap();
        assert!(back.figure.is_nan() && back.distance.is_nan());
        assert_eq!(back.explanation, none.explanation);
    }

    proptest! {
        #[test]
        fn the_distance_is_zero_only_at_the_threshold(figure in -10f64..10.0, threshold in -10f64..10.0) {
            for measure in [SHARPE, FALL] {
                let gate = measure.judge("s", figure, threshold);
                prop_assert_eq!(gate.distance == 0.0, figure == threshold);
                prop_assert_eq!(gate.passes(), gate.distance >= 0.0);
                let at = measure.judge("s", threshold, threshold);
                prop_assert!(at.distance == 0.0 && at.passes());
            }
        }

        #[test]
        fn a_better_figure_never_fails_where_a_worse_passes(a in -10f64..10.0, b in -10f64..10.0, threshold in -10f64..10.0) {
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(!SHARPE.judge("s", low, threshold).passes() || SHARPE.judge("s", high, threshold).passes());
            prop_assert!(!FALL.judge("s", high, threshold).passes() || FALL.judge("s", low, threshold).passes());
        }
    }
}
