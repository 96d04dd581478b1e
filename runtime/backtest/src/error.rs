//! Why a backtest could not be run or written.

use sixbtc_abi::KernelError;
use sixbtc_engine::EngineError;
use sixbtc_market::MarketError;
use std::path::PathBuf;

/// A backtest that could not be run, written or read back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BacktestError {
    /// The kernel refused the parameters or its input.
    #[error(transparent)]
    Kernel(#[from] KernelError),
    /// The data does not give what the strategy reads.
    #[error(transparent)]
    Market(#[from] MarketError),
    /// Settings or order plan make no sense.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// There is nothing to run over.
    #[error("no bars of {symbol} lie in the time asked for")]
    NoBars {
        /// The symbol.
        symbol: String,
    },
    /// A universe names a symbol that the data does not have.
    #[error("the universe names {name}, of which there are no bars; the data has {known}")]
    UnknownSymbol {
        /// The name.
        name: String,
        /// The symbols of the data.
        known: String,
    },
    /// A portfolio without the kernels that run before its last.
    #[error("a portfolio of {wanted} stages came with {given}")]
    Stages {
        /// How many kernels there are.
        given: usize,
        /// How many there should be.
        wanted: usize,
    },
    /// A figure that no run yields.
    #[error("there is no figure `{name}`")]
    Figure {
        /// The name.
        name: String,
    },
    /// A sweep bar by bar of a strategy that came whole.
    #[error("the strategy was not split for a sweep")]
    NotSplit,
    /// No symbol at all.
    #[error("a backtest needs the bars of at least one symbol")]
    NoSymbols,
    /// A list that must be parallel to the symbols is not.
    #[error("{what} are given for {given} symbols, the run has {symbols}")]
    Parallel {
        /// What is given.
        what: &'static str,
        /// For how many.
        given: usize,
        /// How many there are.
        symbols: usize,
    },
    /// Intrabar bars that are not finer than the clock or do not divide it.
    #[error("intrabar bars of {symbol} are {finer}, which does not divide the strategy's {clock}")]
    Intrabar {
        /// The symbol.
        symbol: String,
        /// Their timeframe.
        finer: String,
        /// The strategy's clock.
        clock: String,
    },
    /// A file could not be written or read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that is no report of ours.
    #[error("{}: not a report of a backtest: {reason}", path.display())]
    Report {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}
