//! Expressions that know their type, unit and bounds, so that only well-typed programs are put together.
//!
//! Templates come from catalogues: an expression of the language over named parameters. [`Typed::fill`] puts literals in their
//! place and asks the checker for type and bounds, once for each text. Operations between expressions are offered only where
//! the language has them.

use crate::intervals::{Truth, truth};
use crate::source::SourceError;
use sbt_diagnostics::FileId;
use sbt_hir::unit::Type;
use std::collections::{BTreeSet, HashMap};
use std::sync::{LazyLock, Mutex, PoisonError};

/// An expression with what is known about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    /// Its text.
    pub text: String,
    /// Its type and unit.
    pub ty: Type,
    /// Bounds that it never leaves.
    pub bounds: (f64, f64),
    /// What is known of it as a condition; open for what is none.
    pub truth: Truth,
}

/// What the checker knows of a text; most texts come again and again.
type Known = HashMap<String, Option<(Type, (f64, f64), Truth)>>;

static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

/// Texts remembered at most.
const MOST_KNOWN: usize = 100_000;

impl Typed {
    /// An expression of the prelude.
    pub fn read(text: &str) -> Result<Self, SourceError> {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > MOST_KNOWN {
            known.clear();
        }
        let facts = *known.entry(text.to_owned()).or_insert_with(|| facts(text));
        drop(known);
        let Some((ty, bounds, truth)) = facts else {
            return Err(SourceError::Wrong(format!("`{text}` does not check")));
        };
        Ok(Self {
            text: text.to_owned(),
            ty,
            bounds,
            truth,
        })
    }

    /// A template with literals in place of the names of its parameters.
    pub fn fill(template: &str, values: &[(&str, String)]) -> Result<Self, SourceError> {
        Self::read(&filled(template, values)?)
    }

    /// Whether it is a condition.
    pub fn is_condition(&self) -> bool {
        self.ty == Type::Bool
    }

    /// The same value under narrower bounds that are known otherwise.
    #[must_use]
    pub fn within(mut self, low: f64, high: f64) -> Self {
        self.bounds = (self.bounds.0.max(low), self.bounds.1.min(high));
        self
    }
}

/// A template with literals in place of the names of its parameters. Only names that stand for values are replaced: a field
/// such as `.k` or the name of a function stays.
pub fn filled(template: &str, values: &[(&str, String)]) -> Result<String, SourceError> {
    let mut out = String::with_capacity(template.len() + 16);
    let mut rest = template;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let word = first.is_ascii_alphanumeric() || first == '_';
        let length = if word {
            rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (piece, after) = rest.split_at(length);
        let called = after.trim_start().starts_with('(');
        let value = values
            .iter()
            .find(|(name, _)| *name == piece && before != '.' && !called);
        out.push_str(value.map_or(piece, |(_, v)| v));
        if !first.is_whitespace() {
            before = first;
        }
        rest = after;
    }
    match sbt_syntax::parse_expr(&out, FileId(0)) {
        Ok(_) => Ok(out),
        Err(found) => Err(SourceError::Wrong(format!(
            "`{out}`: {}",
            found.first().map_or("", |d| d.message.as_str())
        ))),
    }
}

fn facts(text: &str) -> Option<(Type, (f64, f64), Truth)> {
    // the clock does not matter to types and bounds
    let (checked, _, _) = sbt_driver::expression(text, 3_600_000);
    let e = checked?;
    let (_, id) = e.values.first()?;
    let node = e.graph.node(*id);
    let truth = if node.ty == Type::Bool {
        truth(&e.graph, *id)
    } else {
        Truth::Open
    };
    Some((node.ty, (node.interval.lo, node.interval.hi), truth))
}

/// All of these conditions. Without any there is no condition.
pub fn all(conditions: &[String]) -> Option<String> {
    let distinct: Vec<&String> = {
        let mut seen = BTreeSet::new();
        conditions.iter().filter(|c| seen.insert(*c)).collect()
    };
    if distinct.is_empty() {
        return None;
    }
    Some(
        distinct
            .iter()
            .map(|c| c.as_str())
            .collect::<Vec<_>>()
            .join(" and "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_and_fields_and_functions_are_not() {
        let values = [("k", "14".to_owned()), ("d", "3".to_owned())];
        assert_eq!(
            filled("stoch(k, d).k + k * (d - 1)", &values).unwrap(),
            "stoch(14, 3).k + 14 * (3 - 1)"
        );
        let values = [("rsi", "5".to_owned())];
        assert_eq!(filled("rsi(close, rsi)", &values).unwrap(), "rsi(close, 5)");
        assert!(filled("rsi(close,", &values).is_err());
    }

    #[test]
    fn the_checker_tells_type_and_bounds() {
        let rsi = Typed::fill("rsi(close, n)", &[("n", "14".into())]).unwrap();
        assert_eq!(rsi.bounds, (0.0, 100.0));
        assert!(!rsi.is_condition());
        let never = Typed::read("rsi(close, 14) > 120").unwrap();
        assert!(never.is_condition() && never.truth == Truth::Never);
        assert!(Typed::read("rsi(close, 14) > close").is_err());
    }
}
