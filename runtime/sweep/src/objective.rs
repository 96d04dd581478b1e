//! What a sweep seeks: expressions over figures.

use crate::error::{ObjectiveError, hint};
use crate::formula::Formula;

/// Something to make as large as possible: a figure, or an expression of figures.
///
/// `sharpe`, `sharpe - 2*max_drawdown`, `min(sharpe, 3)`; operators `+ - * /`, functions `min max pow abs sqrt log exp`. To make
/// something small, put a minus before it (`-max_drawdown`) or write `min:max_drawdown`; `max:` may be written too. A figure
/// that does not exist makes the objective missing.
#[derive(Debug, Clone)]
pub struct Objective {
    text: String,
    formula: Formula,
    /// `-1` for `min:`.
    sign: f64,
}

impl Objective {
    /// Reads an objective.
    ///
    /// # Errors
    /// When it is empty or no expression; names are checked by [`Objective::over`].
    pub fn parse(text: &str) -> Result<Self, ObjectiveError> {
        let text = text.trim();
        let syntax = |why: String| ObjectiveError::Syntax {
            text: text.to_owned(),
            why,
        };
        let (sign, body) = match (text.strip_prefix("min:"), text.strip_prefix("max:")) {
            (Some(body), _) => (-1.0, body),
            (_, Some(body)) => (1.0, body),
            _ => (1.0, text),
        };
        let formula = Formula::parse(body).map_err(&syntax)?;
        if formula.names().is_empty() {
            return Err(syntax(
                "it names no figure; write one such as `sharpe`".into(),
            ));
        }
        Ok(Self {
            text: text.to_owned(),
            formula,
            sign,
        })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The figures it needs, each once.
    pub fn figures(&self) -> &[String] {
        self.formula.names()
    }

    /// Makes it ready to be read off rows of these figures.
    ///
    /// # Errors
    /// When it names a figure that is not among them; the nearest one is suggested.
    pub fn over(&self, figures: &[String]) -> Result<Seek, ObjectiveError> {
        let place = |name: &String| {
            figures
                .iter()
                .position(|f| f == name)
                .ok_or_else(|| ObjectiveError::Unknown {
                    text: self.text.clone(),
                    name: name.clone(),
                    hint: hint(name, figures.iter().map(String::as_str)),
                })
        };
        Ok(Seek {
            places: self.figures().iter().map(place).collect::<Result<_, _>>()?,
            objective: self.clone(),
        })
    }
}

/// The figures that an objective needs, each once.
///
/// # Errors
/// When the text is no objective.
pub fn figures_needed(objective: &str) -> Result<Vec<String>, ObjectiveError> {
    Ok(Objective::parse(objective)?.figures().to_vec())
}

/// An objective over rows of known figures.
#[derive(Debug, Clone)]
pub struct Seek {
    objective: Objective,
    places: Vec<usize>,
}

impl Seek {
    /// The objective.
    pub fn objective(&self) -> &Objective {
        &self.objective
    }

    /// What a row of figures is worth, more is better; NaN when a figure is missing.
    pub fn value(&self, figures: &[f64]) -> f64 {
        let named = |name: usize| {
            let place = self.places.get(name);
            place
                .and_then(|p| figures.get(*p))
                .copied()
                .unwrap_or(f64::NAN)
        };
        self.objective.sign * self.objective.formula.value(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        [
            "sharpe",
            "max_drawdown",
            "trades",
            "max_drawdown_bars",
            "exposure",
        ]
        .map(String::from)
        .to_vec()
    }

    fn worth(text: &str, figures: &[f64]) -> f64 {
        Objective::parse(text)
            .unwrap()
            .over(&names())
            .unwrap()
            .value(figures)
    }

    #[test]
    fn expressions_of_figures() {
        let row = [2.0, 0.25, 40.0, 300.0, 0.5];
        for (text, value) in [
            ("sharpe", 2.0),
            ("sharpe - 2*max_drawdown", 1.5),
            ("min(sharpe, 3)", 2.0),
            ("min(sharpe, 1.5)", 1.5),
            ("max(sharpe, max_drawdown_bars) - trades", 260.0),
            ("-max_drawdown", -0.25),
            ("min:max_drawdown", -0.25),
            ("max: sharpe", 2.0),
            ("sharpe / max_drawdown / 2", 4.0),
            ("sharpe - max_drawdown - 1", 0.75),
            ("sharpe - (max_drawdown - 1)", 2.75),
            ("sqrt(trades * 2.5)", 10.0),
            ("sharpe * abs(-trades)", 80.0),
            ("log(exp(sharpe))", 2.0),
            ("pow(sharpe, 3) + exposure", 8.5),
            ("-sharpe + 1", -1.0),
            ("min(sharpe, 3) * min(trades / 100, 1)", 0.8),
        ] {
            assert!(
                (worth(text, &row) - value).abs() < 1e-12,
                "{text}: {}",
                worth(text, &row)
            );
        }
    }

    #[test]
    fn a_missing_figure_makes_the_objective_missing() {
        let row = [f64::NAN, 0.25, 40.0, 300.0, 0.5];
        for text in [
            "sharpe",
            "min(sharpe, 3)",
            "max(3, sharpe)",
            "sharpe - max_drawdown",
            "min:sharpe",
        ] {
            assert!(worth(text, &row).is_nan(), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let said = |text: &str| {
            Objective::parse(text)
                .and_then(|o| o.over(&names()))
                .map_or_else(|e| e.to_string(), |_| String::new())
        };
        assert_eq!(
            said("sharp - trades"),
            "the objective `sharp - trades` names `sharp`, which is no figure; did you mean `sharpe`?"
        );
        assert!(said("").contains("it is empty"));
        assert!(said("min:").contains("it is empty"));
        assert!(said("2 + 3").contains("it names no figure"));
        assert_eq!(
            said("sharpe ^ 2"),
            "the objective `sharpe ^ 2` cannot be read: `^` means nothing here; there are + - * / ( ) and the functions min, \
             max, pow, abs, sqrt, log, exp"
        );
        assert_eq!(
            figures_needed("trades * sharpe + sharpe").unwrap(),
            ["trades", "sharpe"]
        );
    }
}
