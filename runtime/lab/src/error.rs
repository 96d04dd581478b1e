//! Why the laboratory could not do its work.

use sixbtc_abi::KernelError;
use sixbtc_backtest::BacktestError;
use sixbtc_judgement::pipeline::seal::SealError;
use sixbtc_sweep::EvaluateError;
use std::path::PathBuf;

/// An experiment that could not be made. A strategy that fails its gates is no error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// A run was refused.
    #[error(transparent)]
    Backtest(#[from] BacktestError),
    /// The kernel refused the parameters.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// Points could not be evaluated.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// The data is too short for what was asked.
    #[error("{what} needs at least {needed} bars, the data has {given}")]
    TooShort {
        /// The experiment.
        what: &'static str,
        /// Bars it needs.
        needed: i64,
        /// Bars there are.
        given: i64,
    },
    /// A plan that makes no sense.
    #[error("{name} is {value}, it must be {right}")]
    Plan {
        /// Which of its numbers.
        name: &'static str,
        /// Its value.
        value: String,
        /// What would be right.
        right: &'static str,
    },
    /// No point of the space may be run.
    #[error("no point of the parameter space is admitted: {why}")]
    NoPoint {
        /// What excludes them.
        why: String,
    },
    /// The figure to maximise is unknown.
    #[error("there is no figure `{name}` to maximise")]
    NoFigure {
        /// Its name.
        name: String,
    },
    /// A space, an objective or a search that does not fit.
    #[error("{0}")]
    Search(String),
    /// A file of the laboratory could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file of the laboratory does not hold what it should.
    #[error("{}: {why}", path.display())]
    Book {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The seal holds.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// The user asked to stop.
    #[error("stopped")]
    Stopped,
}
