//! Which points are evaluated, and in which order.

mod genetic;
mod grid;
mod halving;
mod noise;
mod random;
mod sobol;

use crate::error::SweepError;
use crate::evaluate::{Admitted, Evaluate};
use crate::space::Space;
use std::collections::{BTreeMap, BTreeSet};

use grid::check_grid;
pub use sobol::Sobol;

/// Draws in a row that a `require` may exclude before a search gives up.
const DRAWS_IN_VAIN: u64 = 2_000_000;

/// How points are chosen. All are deterministic: the same space, budget and seed give the same points in the same order.
#[derive(Debug, Clone, PartialEq)]
pub enum Search {
    /// Every point of a grid or of a list.
    Grid,
    /// So many points drawn without repetition.
    Random {
        /// Points to evaluate.
        budget: u64,
        /// Seed of the draw.
        seed: u64,
    },
    /// So many points of the Sobol sequence, which covers the space more evenly than chance; at most 64 parameters may vary.
    Sobol {
        /// Points to evaluate.
        budget: u64,
    },
    /// Generations of points: parents by tournament among the best so far, uniform crossover, mutation by steps along the
    /// axes. No point is evaluated twice.
    Genetic {
        /// Points to evaluate.
        budget: u64,
        /// Seed of all choices.
        seed: u64,
        /// Points a generation; at least 4.
        population: usize,
    },
    /// Successive halving (Jamieson and Talwalkar 2016): random points on the shortest span of the data, the best part of
    /// them on the next longer one, and so on; the results are those on the last, whole span.
    Halving {
        /// Points on the first span.
        budget: u64,
        /// Seed of the draw.
        seed: u64,
        /// One in so many goes on to the next span; at least 2.
        keep_one_in: u64,
    },
}

impl Search {
    /// Its name on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Random { .. } => "random",
            Self::Sobol { .. } => "sobol",
            Self::Genetic { .. } => "genetic",
            Self::Halving { .. } => "halving",
        }
    }

    /// Whether later points depend on what earlier ones were worth.
    pub fn is_adaptive(&self) -> bool {
        matches!(self, Self::Genetic { .. } | Self::Halving { .. })
    }

    /// The search in words, e.g. `random, seed 7, budget 20,000`.
    pub fn describe(&self) -> String {
        let n = |v: &u64| crate::space::count_text(u128::from(*v));
        match self {
            Self::Grid => "grid".into(),
            Self::Random { budget, seed } => format!("random, seed {seed}, budget {}", n(budget)),
            Self::Sobol { budget } => format!("sobol, budget {}", n(budget)),
            Self::Genetic {
                budget,
                seed,
                population,
            } => format!(
                "genetic, seed {seed}, budget {}, population {population}",
                n(budget)
            ),
            Self::Halving {
                budget,
                seed,
                keep_one_in,
            } => format!(
                "halving, seed {seed}, budget {}, keeps one in {keep_one_in}",
                n(budget)
            ),
        }
    }

    /// What makes this search this one. Objectives belong to it where they steer it.
    pub(crate) fn identity(&self, objectives: &[String], into: &mut BTreeMap<String, String>) {
        into.insert("search".into(), self.describe());
        if self.is_adaptive() {
            into.insert("objective".into(), objectives.join("; "));
        }
    }

    /// Begins the search over a space.
    pub(crate) fn begin<'a>(
        &self,
        space: &'a Space,
        evaluator: &'a dyn Evaluate,
        spans: usize,
    ) -> Result<Box<dyn Propose + 'a>, SweepError> {
        let budget = match self {
            Self::Grid => 1,
            Self::Random { budget, .. }
            | Self::Sobol { budget }
            | Self::Genetic { budget, .. }
            | Self::Halving { budget, .. } => *budget,
        };
        if budget == 0 {
            return Err(SweepError::Use(
                "a budget of 0 points leaves nothing to do".into(),
            ));
        }
        if space.is_list() && *self != Self::Grid {
            return Err(SweepError::Use(format!(
                "a list of points is evaluated whole; it does not go with `--search {}`",
                self.name()
            )));
        }
        space.numbers()?;
        let gate = Gate::new(space, evaluator);
        Ok(match *self {
            Self::Grid => Box::new(Once::range(check_grid(space, evaluator)?)),
            Self::Random { budget, seed } => {
                let mut draw = random::Draw::new(gate, seed)?;
                let points = draw.take(budget)?;
                Box::new(Once::list(points, draw.gate.pruned()))
            }
            Self::Sobol { budget } => {
                let (points, pruned) = sobol::points(gate, budget)?;
                Box::new(Once::list(points, pruned))
            }
            Self::Genetic {
                budget,
                seed,
                population,
            } => Box::new(genetic::Genetic::new(gate, budget, seed, population)?),
            Self::Halving {
                budget,
                seed,
                keep_one_in,
            } => Box::new(halving::Halving::new(
                gate,
                budget,
                seed,
                keep_one_in,
                spans,
            )?),
        })
    }
}

/// Points to be evaluated together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Points {
    /// All points of the space; a `require` may still exclude some.
    All(u64),
    /// These, which every `require` admits.
    These(Vec<u64>),
}

impl Points {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::All(n) => *n,
            Self::These(list) => list.len() as u64,
        }
    }

    /// The number of the point at a place.
    pub(crate) fn number(&self, at: u64) -> u64 {
        match self {
            Self::All(_) => at,
            Self::These(list) => list.get(at as usize).copied().unwrap_or(u64::MAX),
        }
    }
}

/// A step of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stage {
    /// What to evaluate.
    pub points: Points,
    /// On which of the evaluators.
    pub span: usize,
    /// Whether these evaluations belong to the results.
    pub kept: bool,
}

/// A search under way.
pub(crate) trait Propose {
    /// The next stage; `told` are the points of the one before with what they are worth, in order (only for searches that
    /// adapt).
    fn next(&mut self, told: &[(u64, f64)]) -> Result<Option<Stage>, SweepError>;

    /// Points that were left out so far because a `require` excludes them.
    fn pruned(&self) -> u64;

    /// Evaluations the whole search makes, at most.
    fn total(&self) -> u64;
}

/// A search of one stage.
struct Once {
    stage: Option<Stage>,
    total: u64,
    pruned: u64,
}

impl Once {
    fn range(count: u64) -> Self {
        Self::of(Points::All(count), 0)
    }

    fn list(points: Vec<u64>, pruned: u64) -> Self {
        Self::of(Points::These(points), pruned)
    }

    fn of(points: Points, pruned: u64) -> Self {
        Self {
            total: points.len(),
            stage: Some(Stage {
                points,
                span: 0,
                kept: true,
            }),
            pruned,
        }
    }
}

impl Propose for Once {
    fn next(&mut self, _: &[(u64, f64)]) -> Result<Option<Stage>, SweepError> {
        Ok(self.stage.take())
    }

    fn pruned(&self) -> u64 {
        self.pruned
    }

    fn total(&self) -> u64 {
        self.total
    }
}

/// Lets points through that the program's conditions admit, and counts the others.
struct Gate<'a> {
    space: &'a Space,
    evaluator: &'a dyn Evaluate,
    pruned: u64,
    in_vain: u64,
    conditions: BTreeSet<String>,
}

impl<'a> Gate<'a> {
    fn new(space: &'a Space, evaluator: &'a dyn Evaluate) -> Self {
        Self {
            space,
            evaluator,
            pruned: 0,
            in_vain: 0,
            conditions: BTreeSet::new(),
        }
    }

    /// Whether a point is admitted.
    fn admits(&mut self, number: u64) -> Result<bool, SweepError> {
        match self.space.admits(self.evaluator, number)? {
            Admitted::Yes => {
                self.in_vain = 0;
                Ok(true)
            }
            Admitted::No(condition) => {
                self.pruned += 1;
                self.in_vain += 1;
                if self.conditions.len() < 8 {
                    self.conditions.insert(condition);
                }
                Ok(false)
            }
        }
    }

    /// Whether so many points were excluded in a row that none seems to be left.
    fn gives_up(&self) -> bool {
        self.in_vain >= DRAWS_IN_VAIN
    }

    fn none_left(&self) -> SweepError {
        no_point(self.pruned, &self.conditions)
    }

    fn pruned(&self) -> u64 {
        self.pruned
    }
}

fn no_point(tried: u64, conditions: &BTreeSet<String>) -> SweepError {
    let named: Vec<String> = conditions
        .iter()
        .map(|c| format!("`require {c}`"))
        .collect();
    SweepError::NoPoint {
        tried,
        conditions: named.join(" or "),
    }
}
