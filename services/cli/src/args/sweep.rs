//! What people type after `sixbtc sweep`.

use super::{DataArgs, LedgerArgs, RunArgs};
use clap::{ArgMatches, Args as ClapArgs, Command, Error, FromArgMatches, Subcommand, ValueEnum};
use std::path::PathBuf;

/// `sixbtc sweep`
// By hand: the derive macro has no word for arguments that are required unless there is a subcommand.
#[derive(Debug, Clone)]
pub enum SweepCommand {
    /// A sweep.
    Sweep(Box<SweepArgs>),
    /// Work on results.
    Results(SweepAction),
}

impl ClapArgs for SweepCommand {
    fn augment_args(command: Command) -> Command {
        SweepAction::augment_subcommands(SweepArgs::augment_args(command))
            .subcommand_required(false)
            .arg_required_else_help(false)
            .args_conflicts_with_subcommands(true)
            .subcommand_negates_reqs(true)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SweepCommand {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        if matches.subcommand_name().is_some() {
            SweepAction::from_arg_matches(matches).map(Self::Results)
        } else {
            let sweep = SweepArgs::from_arg_matches(matches)?;
            Ok(Self::Sweep(Box::new(sweep)))
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Work on results.
#[derive(Debug, Clone, Subcommand)]
pub enum SweepAction {
    /// Put the shards of a sweep together; the result is that of one run without shards, byte for byte.
    #[command(after_help = "Example:\n  sixbtc sweep merge all.parquet shard-*.parquet")]
    Merge {
        /// The result.
        out: PathBuf,
        /// The shards.
        #[arg(required = true)]
        shards: Vec<PathBuf>,
    },
}

/// A sweep.
#[derive(Debug, Clone, ClapArgs)]
pub struct SweepArgs {
    /// Program.
    pub file: PathBuf,
    /// Bars.
    #[command(flatten)]
    pub data: DataArgs,
    /// Settings of the runs.
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub ledger: LedgerArgs,
    /// How points are chosen; without it, all of them.
    #[arg(long, value_enum)]
    pub search: Option<SearchArg>,
    /// A CSV of the points to evaluate: a header with names of parameters, a point a line.
    #[arg(long, value_name = "FILE")]
    pub points: Option<PathBuf>,
    /// Points to evaluate (halving: to begin with); 1000 without it.
    #[arg(long, value_name = "N")]
    pub budget: Option<u64>,
    /// Seed of all that is drawn.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
    /// Points of a generation of the genetic search.
    #[arg(long, default_value_t = 48, value_name = "N")]
    pub population: usize,
    /// What to make as large as possible: a figure or an expression of figures; several make a Pareto front.
    #[arg(
        long,
        default_value = "sharpe",
        value_name = "EXPR",
        allow_hyphen_values = true
    )]
    pub objective: Vec<String>,
    /// How many of the best points are shown.
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub top: usize,
    /// Figures in the result: `all`, or names separated by commas; those of the objectives always belong.
    #[arg(long, value_name = "LIST")]
    pub metrics: Option<String>,
    /// Write every point to this file, .parquet or .csv; a run that was stopped or killed continues there.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write a report as one HTML file.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Evaluate one of several stretches of the points, e.g. 2/5; `sixbtc sweep merge` puts them together.
    #[arg(long, value_name = "I/N", requires = "out")]
    pub shard: Option<String>,
    /// Tell how the sweep would be run, and run nothing.
    #[arg(long)]
    pub explain: bool,
    /// Threads; 0 takes all there are. Changes no result.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub threads: usize,
}

/// How points are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SearchArg {
    /// Every point.
    Grid,
    /// Every point of the file that --points names.
    List,
    /// Points drawn without repetition.
    Random,
    /// Points of the Sobol sequence, more even than chance.
    Sobol,
    /// Generations that inherit from the best before them.
    Genetic,
    /// Many points on a ninth of the time, a third of them on a third of it, a ninth of them on all of it.
    Halving,
}
