//! Conditions of the catalogues: what they call, with which arguments, and what may stand beside them.

use super::argument::{Argument, rounded};
use crate::draw::Draw;
use crate::source::SourceError;
use serde::{Deserialize, Serialize};
use sixbtc_abi::Side;

/// The side that a condition speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaks {
    /// For rising prices.
    Long,
    /// For falling prices.
    Short,
    /// Says that something happens, not where to.
    Both,
}

impl Speaks {
    /// Whether it may stand in a condition of that side.
    pub fn fits(self, side: Side) -> bool {
        self == Self::Both || self.is(side)
    }

    /// Whether it speaks for that side alone.
    pub fn is(self, side: Side) -> bool {
        matches!(
            (self, side),
            (Self::Long, Side::Long) | (Self::Short, Side::Short)
        )
    }
}

/// A condition of a catalogue.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Condition {
    /// Its name in the catalogue.
    pub id: String,
    /// Read aloud, with arguments in braces.
    pub says: String,
    /// The side that it speaks for.
    pub side: Speaks,
    /// Where it is defined; visible without `use` when absent.
    #[serde(default)]
    pub module: Option<String>,
    /// The definition; the last bar of the day when absent.
    #[serde(default)]
    pub call: Option<String>,
    /// What it reads of the position, its first argument.
    #[serde(default)]
    pub position: Option<String>,
    /// Arguments, in order.
    #[serde(default)]
    pub args: Vec<Argument>,
    /// Pairs of arguments that make sense in rising order alone.
    #[serde(default)]
    pub ascending: Vec<[String; 2]>,
    /// Indicators that it looks at.
    #[serde(default)]
    pub families: Vec<String>,
    /// The condition that says the same of the other side.
    #[serde(default)]
    pub mirror: Option<String>,
}

/// A condition with its arguments, as a recipe keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    /// Which condition.
    pub id: String,
    /// Its arguments, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<f64>,
}

impl Chosen {
    /// Makes the values those that were written: see [`rounded`].
    pub fn settle(&mut self) {
        for value in &mut self.args {
            *value = rounded(*value);
        }
    }
}

impl Condition {
    /// The condition with arguments drawn from their lists.
    pub fn draw(&self, draw: &mut Draw) -> Chosen {
        for _ in 0..32 {
            let args: Vec<f64> = self.args.iter().map(|a| a.draw(draw)).collect();
            if self.ordered(&args) {
                return self.with(args);
            }
        }
        self.with(self.args.iter().map(|a| a.default).collect())
    }

    /// The condition with these arguments.
    pub fn with(&self, args: Vec<f64>) -> Chosen {
        Chosen {
            id: self.id.clone(),
            args,
        }
    }

    /// Each argument moved by up to a fifth with the given chance. What comes out is as well-typed as what went in.
    pub fn nudge(&self, chosen: &Chosen, chance: f64, draw: &mut Draw) -> Chosen {
        let args: Vec<f64> = self
            .args
            .iter()
            .zip(&chosen.args)
            .map(|(a, &value)| {
                if draw.chance(chance) {
                    a.nudge(value, draw)
                } else {
                    value
                }
            })
            .collect();
        if self.ordered(&args) {
            self.with(args)
        } else {
            chosen.clone()
        }
    }

    /// Whether the arguments rise where they have to.
    pub fn ordered(&self, args: &[f64]) -> bool {
        let value = |name: &String| {
            let at = self.args.iter().position(|a| a.name == *name)?;
            args.get(at)
        };
        self.ascending.iter().all(|[low, high]| {
            value(low)
                .zip(value(high))
                .is_some_and(|(low, high)| low < high)
        })
    }

    /// Whether the arguments are as many, of the types and within the ranges that the condition has.
    pub fn check(&self, chosen: &Chosen) -> Result<(), SourceError> {
        if self.args.len() != chosen.args.len() {
            let (id, want, have) = (&self.id, self.args.len(), chosen.args.len());
            return Err(SourceError::Recipe(format!(
                "{id} takes {want} arguments, not {have}"
            )));
        }
        for (argument, value) in self.args.iter().zip(&chosen.args) {
            argument.check(*value)?;
        }
        if self.ordered(&chosen.args) {
            Ok(())
        } else {
            Err(SourceError::Recipe(format!(
                "the arguments of {} do not rise",
                self.id
            )))
        }
    }

    /// The condition as an expression of the language.
    pub fn expression(&self, chosen: &Chosen, bar_minutes: u64) -> String {
        let Some(call) = &self.call else {
            return format!("hour * 60 + minute >= {}", 1440 - bar_minutes.min(1440));
        };
        let args: Vec<String> = self
            .position
            .iter()
            .cloned()
            .chain(
                self.args
                    .iter()
                    .zip(&chosen.args)
                    .map(|(a, v)| a.literal(*v)),
            )
            .collect();
        format!("{call}({})", args.join(", "))
    }

    /// The condition as a clause of a sentence.
    pub fn sentence(&self, chosen: &Chosen) -> String {
        let mut says = self.says.clone();
        for (argument, value) in self.args.iter().zip(&chosen.args) {
            says = says.replace(&format!("{{{}}}", argument.name), &argument.spoken(*value));
        }
        says
    }

    /// How many choices of arguments the lists leave.
    pub fn choices(&self) -> u64 {
        let mut args = vec![0usize; self.args.len()];
        let mut count = 0;
        loop {
            let values: Vec<f64> = self
                .args
                .iter()
                .zip(&args)
                .filter_map(|(a, &at)| a.values.get(at).copied())
                .collect();
            count += u64::from(self.ordered(&values));
            // counts up like an odometer
            let Some(at) = (0..args.len()).find(|&i| args[i] + 1 < self.args[i].values.len())
            else {
                return count;
            };
            args[at] += 1;
            args[..at].fill(0);
        }
    }

    /// Whether the two look at the same indicator.
    pub fn shares_family(&self, other: &Self) -> bool {
        self.families.iter().any(|f| other.families.contains(f))
    }
}
