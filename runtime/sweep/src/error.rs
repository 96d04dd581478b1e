//! What can go wrong in a sweep, said so that the reader can act on it.

use crate::evaluate::EvaluateError;
use std::path::PathBuf;

/// A parameter, a range or a list of points that does not fit the strategy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpaceError {
    /// The strategy has no parameter of that name.
    #[error("the strategy has no parameter `{name}`{hint}")]
    Unknown {
        /// As it was written.
        name: String,
        /// The nearest name, or all of them.
        hint: String,
    },
    /// A parameter is given twice.
    #[error("parameter `{0}` is given twice")]
    Twice(String),
    /// A value or range that cannot be read, or is not admissible.
    #[error("parameter `{name}`: {why}")]
    Value {
        /// The parameter.
        name: String,
        /// What is wrong and what would be right.
        why: String,
    },
    /// The strategy has no parameters.
    #[error(
        "the strategy has no parameters, so there is nothing to sweep; `sixbtc backtest` runs it once"
    )]
    NoParameters,
    /// More points than can be numbered.
    #[error(
        "the space has more than 1.8 × 10^19 points, more than can be numbered; coarsen a step or fix a parameter (`--param name=value`)"
    )]
    Unnumbered,
    /// A file of points that cannot be used.
    #[error("the list of points, line {line}: {why}")]
    List {
        /// Line in the file, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
}

/// An objective that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectiveError {
    /// It cannot be read.
    #[error("the objective `{text}` cannot be read: {why}")]
    Syntax {
        /// As it was written.
        text: String,
        /// What is wrong.
        why: String,
    },
    /// It names a figure that does not exist.
    #[error("the objective `{text}` names `{name}`, which is no figure{hint}")]
    Unknown {
        /// As it was written.
        text: String,
        /// The name.
        name: String,
        /// The nearest name, or all of them.
        hint: String,
    },
}

/// Why a sweep did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The space does not fit.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// The objective does not fit.
    #[error(transparent)]
    Objective(#[from] ObjectiveError),
    /// The simulation refused.
    #[error("{0}")]
    Evaluate(#[from] EvaluateError),
    /// Search, budget or shard do not fit together.
    #[error("{0}")]
    Use(String),
    /// Too many points to try them all.
    #[error(
        "the space has {points} points; a grid of more than {limit} is not tried. Draw some of them with `--search random --budget 100000` (or sobol, genetic, halving), coarsen a step, or fix a parameter"
    )]
    TooMany {
        /// Points of the space, as people write them.
        points: String,
        /// The limit, as people write it.
        limit: String,
    },
    /// No point satisfies the conditions of the program.
    #[error(
        "no point is left: all {tried} points tried break {conditions}. Widen a range or relax the condition"
    )]
    NoPoint {
        /// Points tried.
        tried: u64,
        /// The `require`s that excluded them.
        conditions: String,
    },
    /// Results of another sweep lie where these are to go.
    #[error(
        "{path} holds the results of another sweep; what differs:\n{differences}\nName another file with --out, or delete that one"
    )]
    Foreign {
        /// Where.
        path: String,
        /// One line for each difference.
        differences: String,
    },
    /// Another process works on the same results.
    #[error("another sweep is writing to `{0}`; wait for it or name another file")]
    Busy(String),
    /// The disk is full. Finished parts are kept.
    #[error(
        "the disk is full: `{path}` could not be written. All finished parts are kept in `{parts}`; free some space and run the same command again"
    )]
    Full {
        /// What was being written.
        path: String,
        /// Where the finished parts are.
        parts: String,
    },
    /// The disk failed.
    #[error("`{path}` could not be {verb}: {source}")]
    Io {
        /// Which file or directory.
        path: String,
        /// What was tried: `read`, `written`, `removed` …
        verb: &'static str,
        /// Why not.
        source: std::io::Error,
    },
    /// A file that is no result of a sweep, or a damaged one.
    #[error("`{path}` is not a result of `sixbtc sweep`: {why}")]
    NotResults {
        /// Which file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// Shards that do not make up one sweep.
    #[error("{0}")]
    Shards(String),
    /// The threads could not be started.
    #[error("no threads could be started: {0}")]
    Threads(String),
}

impl SweepError {
    pub(crate) fn io(
        path: impl Into<PathBuf>,
        verb: &'static str,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            path: path.display().to_string(),
            verb,
            source,
        }
    }

    /// Whether the cause lies outside: disk or machine, not what was asked for.
    pub fn is_outside(&self) -> bool {
        match self {
            Self::Full { .. } | Self::Threads(_) | Self::Busy(_) => true,
            // a file that is not there was misnamed
            Self::Io { source, .. } => source.kind() != std::io::ErrorKind::NotFound,
            _ => false,
        }
    }
}

/// The nearest of some names as a hint, or all of them when none is near.
pub(crate) fn hint<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> String {
    let mut all: Vec<&str> = names.collect();
    all.sort_unstable();
    let distance = |n: &&&str| strsim::damerau_levenshtein(n, name);
    match all.iter().min_by_key(distance) {
        None => "; there are none".into(),
        Some(near) if distance(&near) * 2 <= near.len().max(name.len()) => {
            format!("; did you mean `{near}`?")
        }
        Some(_) => format!("; there are {}", all.join(", ")),
    }
}
