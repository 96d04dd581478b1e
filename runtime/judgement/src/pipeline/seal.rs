//! The sealed span and its budget of looks.
//!
//! A span that may be looked at again after every change is an in-sample span with another name. So each look is counted for
//! the data and the lineage of the strategy, and refused when the budget is used up. The same run looked at again shows nothing
//! new and costs nothing. Fresh bars are a fresh span: only looks at spans that overlap in time count.

use super::ledger::LineError;
use super::ledger::lines;
use super::split::Span;
use serde::{Deserialize, Serialize};

/// One look at a sealed span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// Identity of the run: hash of program, parameters, data and settings.
    pub run: String,
    /// Lineage of the strategy: all its changed versions share it.
    pub lineage: String,
    /// Which data: the symbols and where they come from, the same as bars are added.
    pub data: String,
    /// The sealed span.
    pub span: Span,
}

/// How many looks there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LookBudget {
    /// Looks of one lineage at one span. Default 1: a strategy without skill passes a test of its sign half of the time, one
    /// of three tries passes seven times of eight.
    pub per_lineage: u32,
    /// Looks of all lineages at one span; absent (the default): counted, not limited.
    pub per_data: Option<u32>,
}

impl Default for LookBudget {
    fn default() -> Self {
        Self {
            per_lineage: 1,
            per_data: None,
        }
    }
}

/// What a look was granted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Granted {
    /// A new look. It is to be written before the sealed bars are read, so that a run that dies has looked.
    New {
        /// Looks the lineage has left.
        left: u32,
        /// Looks of all lineages at this span, this one included.
        of_all: u32,
    },
    /// The same run has looked before.
    Again,
}

/// Why a look is refused.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The lineage has no look left.
    #[error(
        "the seal holds: lineage `{lineage}` has looked {used} of {budget} times at this span of `{data}`; what it shows now \
         would be chosen by it. Wait for new bars, or start a new lineage with another idea"
    )]
    Lineage {
        /// The lineage.
        lineage: String,
        /// The data.
        data: String,
        /// Looks made.
        used: u32,
        /// Looks there are.
        budget: u32,
    },
    /// The data has no look left.
    #[error(
        "the seal holds: this span of `{data}` was looked at {used} of {budget} times by all lineages; wait for new bars"
    )]
    Data {
        /// The data.
        data: String,
        /// Looks made.
        used: u32,
        /// Looks there are.
        budget: u32,
    },
    /// A look does not say what is looked at.
    #[error("a look at the sealed span needs a {0}")]
    Unnamed(&'static str),
    /// A line cannot be read.
    #[error(transparent)]
    Line(#[from] LineError),
}

/// All looks so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seal {
    looks: Vec<Look>,
}

impl Seal {
    /// Looks in the order they were made.
    pub fn looks(&self) -> &[Look] {
        &self.looks
    }

    /// Looks of a lineage at spans of the data that overlap `span`.
    pub fn used(&self, lineage: &str, data: &str, span: Span) -> u32 {
        self.count(|l| l.lineage == lineage && l.data == data && l.span.overlaps(span))
    }

    /// Looks of all lineages at spans of the data that overlap `span`.
    pub fn used_by_all(&self, data: &str, span: Span) -> u32 {
        self.count(|l| l.data == data && l.span.overlaps(span))
    }

    fn count(&self, holds: impl Fn(&Look) -> bool) -> u32 {
        u32::try_from(self.looks.iter().filter(|l| holds(l)).count()).unwrap_or(u32::MAX)
    }

    /// What a look would be granted as, without making it.
    pub fn ask(&self, look: &Look, budget: &LookBudget) -> Result<Granted, SealError> {
        for (name, value) in [
            ("run", &look.run),
            ("lineage", &look.lineage),
            ("data set", &look.data),
        ] {
            if value.is_empty() {
                return Err(SealError::Unnamed(name));
            }
        }
        if self.looks.contains(look) {
            return Ok(Granted::Again);
        }
        let used = self.used(&look.lineage, &look.data, look.span);
        if used >= budget.per_lineage {
            return Err(SealError::Lineage {
                lineage: look.lineage.clone(),
                data: look.data.clone(),
                used,
                budget: budget.per_lineage,
            });
        }
        let all = self.used_by_all(&look.data, look.span);
        if let Some(most) = budget.per_data
            && all >= most
        {
            return Err(SealError::Data {
                data: look.data.clone(),
                used: all,
                budget: most,
            });
        }
        Ok(Granted::New {
            left: budget.per_lineage - used - 1,
            of_all: all + 1,
        })
    }

    /// Makes a look. The caller appends [`lines::encode`] of it to the file when it is [`Granted::New`], and only then reads the
    /// sealed bars.
    pub fn look(&mut self, look: Look, budget: &LookBudget) -> Result<Granted, SealError> {
        let granted = self.ask(&look, budget)?;
        if granted != Granted::Again {
            self.looks.push(look);
        }
        Ok(granted)
    }

    /// The looks of a file, whatever budget they were made under, and how much of the file holds whole lines.
    pub fn decode(text: &str) -> Result<(Self, lines::Read<Look>), SealError> {
        let read = lines::decode::<Look>(text)?;
        let mut seal = Self::default();
        for look in &read.values {
            if !seal.looks.contains(look) {
                seal.looks.push(look.clone());
            }
        }
        Ok((seal, read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn look(run: &str, lineage: &str, from: i64) -> Look {
        Look {
            run: run.into(),
            lineage: lineage.into(),
            data: "BTC ETH".into(),
            span: Span {
                from,
                to: from + 30,
            },
        }
    }

    #[test]
    fn one_look_and_no_more() {
        let mut seal = Seal::default();
        let budget = LookBudget::default();
        assert_eq!(
            seal.look(look("r1", "a", 0), &budget).unwrap(),
            Granted::New { left: 0, of_all: 1 }
        );
        assert_eq!(
            seal.look(look("r1", "a", 0), &budget).unwrap(),
            Granted::Again
        );
        let error = seal.look(look("r2", "a", 0), &budget).unwrap_err();
        assert!(
            error.to_string().contains("has looked 1 of 1 times"),
            "{error}"
        );
        // a day later most of the span is the same
        assert!(seal.look(look("r2", "a", 1), &budget).is_err());
        // another lineage has its own look, fresh bars are a fresh span
        assert_eq!(
            seal.look(look("r3", "b", 0), &budget).unwrap(),
            Granted::New { left: 0, of_all: 2 }
        );
        assert!(seal.look(look("r4", "a", 30), &budget).is_ok());
        assert_eq!(seal.looks().len(), 3);
    }

    #[test]
    fn all_lineages_together_may_be_limited() {
        let mut seal = Seal::default();
        let budget = LookBudget {
            per_lineage: 5,
            per_data: Some(2),
        };
        for run in ["1", "2"] {
            seal.look(look(run, run, 0), &budget).unwrap();
        }
        let error = seal.look(look("3", "3", 0), &budget).unwrap_err();
        assert!(matches!(
            error,
            SealError::Data {
                used: 2,
                budget: 2,
                ..
            }
        ));
        let unnamed = Look {
            lineage: String::new(),
            ..look("4", "", 0)
        };
        assert!(matches!(
            seal.ask(&unnamed, &budget),
            Err(SealError::Unnamed("lineage"))
        ));
    }

    #[test]
    fn looks_are_read_back_whatever_the_budget_is_now() {
        let mut seal = Seal::default();
        let mut file = String::new();
        let generous = LookBudget {
            per_lineage: 9,
            per_data: None,
        };
        for run in ["1", "2", "3"] {
            let look = look(run, "a", 0);
            seal.look(look.clone(), &generous).unwrap();
            file.push_str(&lines::encode(&look).unwrap());
        }
        let (back, read) = Seal::decode(&format!("{file}{{\"run\"")).unwrap();
        assert_eq!((&back, read.torn), (&seal, true));
        assert!(
            back.ask(&look("4", "a", 0), &LookBudget::default())
                .is_err()
        );
        assert!(Seal::decode("{}\n").is_err());
    }

    proptest! {
        #[test]
        fn no_order_of_asking_exceeds_the_budget(
            asked in prop::collection::vec((0u8..6, 0u8..3, 0i64..60), 0..40), per_lineage in 0u32..4,
        ) {
            let budget = LookBudget { per_lineage, per_data: None };
            let mut seal = Seal::default();
            for (run, lineage, from) in asked {
                let lineage = lineage.to_string();
                let wanted = look(&run.to_string(), &lineage, from);
                let before = seal.used(&lineage, "BTC ETH", wanted.span);
                match seal.look(wanted.clone(), &budget) {
                    Ok(Granted::New { left, .. }) => prop_assert_eq!(before + 1 + left, per_lineage),
                    Ok(Granted::Again) => prop_assert!(seal.looks().contains(&wanted)),
                    Err(_) => prop_assert!(before >= per_lineage),
                }
            }
        }
    }
}
