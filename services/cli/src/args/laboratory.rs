//! What people type for `walkforward` and `validate`.

use super::{DataArgs, RunArgs};
use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

/// `sixbtc walkforward`
#[derive(Debug, Clone, ClapArgs)]
pub struct WalkforwardArgs {
    /// Program.
    pub file: PathBuf,
    /// Bars.
    #[command(flatten)]
    pub data: DataArgs,
    /// Settings of the runs. A parameter that is fixed is not refitted.
    #[command(flatten)]
    pub run: RunArgs,
    /// How parameters are chosen.
    #[command(flatten)]
    pub fit: FitArgs,
    /// The windows.
    #[command(flatten)]
    pub windows: WindowArgs,
    /// Where trials are counted.
    #[command(flatten)]
    pub ledger: LedgerArgs,
    /// Write a report as one HTML file.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// How parameters are chosen.
#[derive(Debug, Clone, ClapArgs)]
pub struct FitArgs {
    /// What to make as large as possible: a figure such as `sharpe`, or an expression such as `sharpe - 2*max_drawdown`.
    #[arg(long, default_value = "sharpe", value_name = "EXPR")]
    pub objective: String,
    /// Points with fewer trades count only where no point has as many.
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub min_trades: u32,
    /// How points are chosen.
    #[arg(long, value_enum, default_value_t = FitSearch::Grid)]
    pub search: FitSearch,
    /// Where the points come from.
    #[arg(long, value_enum, default_value_t = SpaceArg::Program)]
    pub space: SpaceArg,
    /// Points of a search other than the whole grid.
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    pub budget: u64,
    /// Seed of all that is drawn.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
}

/// How points are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum FitSearch {
    /// Every point.
    #[default]
    Grid,
    /// Points drawn by chance.
    Random,
    /// Points that cover the space evenly.
    Sobol,
    /// Generations of points.
    Genetic,
}

/// Where points come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum SpaceArg {
    /// The ranges of the program and of --param.
    #[default]
    Program,
    /// The pipeline's stops, targets, time exits and leverages of the timeframe, for the parameters `sl`, `tp`, `exit` and
    /// `leverage`; all others stay as they are.
    Pipeline,
}

/// `sixbtc validate`
#[derive(Debug, Clone, ClapArgs)]
pub struct ValidateArgs {
    /// Program.
    pub file: PathBuf,
    /// Bars.
    #[command(flatten)]
    pub data: DataArgs,
    /// Settings of the runs. A parameter that is fixed is not chosen.
    #[command(flatten)]
    pub run: RunArgs,
    /// How parameters are chosen.
    #[command(flatten)]
    pub fit: FitArgs,
    /// How the time is divided.
    #[command(flatten)]
    pub split: SplitArgs,
    /// The windows of the walk forward.
    #[command(flatten)]
    pub windows: WindowArgs,
    /// Permutations of the bars, 1 to 1,000.
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub permutations: u32,
    /// Repeat the whole choice on each permutation of the in-sample bars, instead of running the chosen parameters over
    /// permutations of the out-of-sample bars.
    #[arg(long)]
    pub refit: bool,
    /// Noisy markets, 1 to 1,000.
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub noisy: u32,
    /// Run every stage even after one that the pipeline refuses at.
    #[arg(long)]
    pub all: bool,
    /// Look at the sealed span. A lineage may do so once for each stretch of bars.
    #[arg(long, conflicts_with = "no_ledger")]
    pub open_seal: bool,
    /// What the strategy descends from: all versions of one idea share it. Without it, the strategy's name.
    #[arg(long, value_name = "NAME")]
    pub lineage: Option<String>,
    /// Where trials and looks are counted.
    #[command(flatten)]
    pub ledger: LedgerArgs,
    /// Write a report as one HTML file.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// How the time is divided, from the end backwards: sealed, out-of-sample, in-sample.
#[derive(Debug, Clone, ClapArgs)]
pub struct SplitArgs {
    /// Days in-sample.
    #[arg(long, default_value_t = 120, value_name = "DAYS")]
    pub in_sample_days: u32,
    /// Days out-of-sample.
    #[arg(long, default_value_t = 60, value_name = "DAYS")]
    pub out_of_sample_days: u32,
    /// Days kept sealed, when the data is long enough; 0 keeps none.
    #[arg(long, default_value_t = 30, value_name = "DAYS")]
    pub sealed_days: u32,
    /// Let the in-sample span begin with the data.
    #[arg(long)]
    pub whole_history: bool,
}

/// The windows of a walk forward.
#[derive(Debug, Clone, ClapArgs)]
pub struct WindowArgs {
    /// How many test windows the data is cut into.
    #[arg(long, default_value_t = 8, value_name = "N", conflicts_with_all = ["train", "test"])]
    pub windows: u32,
    /// How many times as long as a test the (first) in-sample window is.
    #[arg(long, default_value_t = 3.0, value_name = "X", conflicts_with_all = ["train", "test"])]
    pub ratio: f64,
    /// Length of the in-sample window, e.g. 180d or 5000 (bars).
    #[arg(long, requires = "test", value_name = "LENGTH")]
    pub train: Option<String>,
    /// Length of a test window, e.g. 30d or 1000 (bars).
    #[arg(long, requires = "train", value_name = "LENGTH")]
    pub test: Option<String>,
    /// Begin every in-sample window with the data instead of moving it along.
    #[arg(long)]
    pub anchored: bool,
    /// Bars dropped at the end of each in-sample window; without it, one in a hundred of a test window.
    #[arg(long, value_name = "BARS")]
    pub purge: Option<u32>,
    /// Bars left out before each test besides; without it, as many as are purged.
    #[arg(long, value_name = "BARS")]
    pub embargo: Option<u32>,
}

/// Where trials are counted.
#[derive(Debug, Clone, ClapArgs, Default)]
pub struct LedgerArgs {
    /// The ledger of trials; without it, `.sixbtc/trials.jsonl` beside the data.
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
    /// Neither read nor write a ledger: only the trials of this command are counted.
    #[arg(long, conflicts_with = "ledger")]
    pub no_ledger: bool,
}
