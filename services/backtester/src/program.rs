//! A row's program, compiled for a sweep over given points.

use crate::prepare::Prepared;
use crate::rules::Rules;
use crate::space::{Named, PointsError, swept};
use sbt_driver::docs::{Kind, entry};
use sbt_driver::{CompileError, NoFiles, check, compile_split};
use sixbtc_abi::{ParamSpec, Split};
use sixbtc_core::model::NewStrategy;
use sixbtc_market::Timeframe;
use std::collections::{BTreeSet, HashMap};

/// A compiled program and the points it is tried with.
pub struct Program {
    /// The strategy, split by the parameters that vary.
    pub split: Split,
    /// The points.
    pub points: Vec<Vec<f64>>,
    /// Hash of the text and all it uses.
    pub hash: String,
    /// Indicators that it computes.
    pub indicators: u32,
}

/// Why a program cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It has errors, or is not one strategy.
    #[error("the program cannot be read: {0}")]
    Text(String),
    /// It cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// There is nothing to try.
    #[error(transparent)]
    Points(#[from] PointsError),
}

/// Which points a program is tried with.
#[derive(Debug, Clone, Copy)]
pub enum Tried<'a> {
    /// Those of the space that its recipe names.
    Space(&'a Prepared),
    /// The parameters chosen before, by name.
    Chosen(Option<&'a serde_json::Value>),
}

impl Program {
    /// Reads, checks, compiles.
    ///
    /// # Errors
    /// [`ProgramError`]; a program that went through the validator has none but an empty space.
    pub fn of(
        made: &NewStrategy,
        clock: Timeframe,
        tried: Tried<'_>,
        rules: &Rules,
    ) -> Result<Self, ProgramError> {
        let checked = check(&NoFiles, "strategy.sbt", &made.text, &HashMap::new());
        if let Some(error) = checked.diagnostics.iter().find(|d| d.is_error()) {
            let text = format!("{}: {}", error.code.0, error.message);
            return Err(ProgramError::Text(text));
        }
        let [strategy] = checked.hir.strategies.as_slice() else {
            let count = checked.hir.strategies.len();
            return Err(ProgramError::Text(format!("it holds {count} strategies")));
        };
        let points = match tried {
            Tried::Space(prepared) => {
                let named = Named::of(&made.recipe)?;
                let atr = if named.needs_atr() {
                    prepared.median_atr()
                } else {
                    f64::NAN
                };
                named.points(&strategy.params, clock, atr, rules.whole_space)?
            }
            Tried::Chosen(params) => vec![chosen(&strategy.params, params)],
        };
        Ok(Self {
            split: compile_split(strategy, &swept(&points), rules.backend)?,
            points,
            indicators: indicators(&made.text),
            hash: checked.hash,
        })
    }
}

/// Parameters by name in the program's order; what is not named has its default.
fn chosen(specs: &[ParamSpec], params: Option<&serde_json::Value>) -> Vec<f64> {
    let given = |name: &str| params.and_then(|p| p.get(name)?.as_f64());
    specs
        .iter()
        .map(|s| given(&s.name).unwrap_or(s.default))
        .collect()
}

/// Parameters by name.
pub fn by_name(specs: &[ParamSpec], point: &[f64]) -> serde_json::Value {
    specs
        .iter()
        .zip(point)
        .map(|(s, v)| (s.name.clone(), serde_json::Value::from(*v)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Words that stand before a parenthesis and call nothing.
const WORDS: [&str; 8] = ["and", "or", "not", "when", "if", "then", "else", "at"];

/// Different calls of indicators, and of a module's functions, in a program's text: what its simplicity is measured by. A
/// block of the library counts as one, whatever it is made of.
fn indicators(text: &str) -> u32 {
    let mut calls = BTreeSet::new();
    for (at, _) in text.match_indices('(') {
        let head = &text[..at];
        let start = head
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
            .map_or(0, |i| {
                i + head[i..].chars().next().map_or(1, char::len_utf8)
            });
        let name = &head[start..];
        let starts_well = name.chars().next().is_some_and(char::is_alphabetic);
        let counts = match entry(name) {
            Some(e) => match e.kind {
                Kind::Indicator => true,
                Kind::Function => e.family == "windows",
                _ => false,
            },
            None => starts_well && !WORDS.contains(&name),
        };
        if counts {
            let end = text[at..].find(')').map_or(text.len(), |i| at + i);
            calls.insert(&text[start..end]);
        }
    }
    calls.len() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indicators_are_counted_once_each() {
        let text = "enter long when rsi(close, 14) < 30 and (rsi(close, 14) > 5 or ema(close, 9) > abs(close))";
        assert_eq!(indicators(text), 2);
        assert_eq!(
            indicators("enter long when rsi_below(14, 30) and (hour < 3)"),
            1
        );
        assert_eq!(indicators(""), 0);
    }
}
