//! What people type.

mod sweep;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

pub use sweep::{SearchArg, SweepAction, SweepArgs, SweepCommand};

/// Compile, check and backtest trading strategies written in .sbt.
#[derive(Debug, Parser)]
#[command(
    name = "sixbtc",
    version,
    about,
    propagate_version = true,
    disable_help_subcommand = true
)]
pub struct Args {
    /// How answers are printed.
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// For programs: stable JSON alone on stdout.
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a commented strategy that compiles and runs.
    #[command(after_help = "Example:\n  sixbtc new breakout --template breakout")]
    New {
        /// Name of the strategy; the file is NAME.sbt.
        name: String,
        /// What to start from.
        #[arg(long, value_enum, default_value_t = Template::Cross)]
        template: Template,
    },
    /// Show all problems of programs; print warm-up, memory and operations a bar.
    #[command(after_help = "Example:\n  sixbtc check strategies/*.sbt")]
    Check {
        /// Programs.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Prove by experiment that no decision changes when later bars are cut, shuffled or replaced (needs --data).
        #[arg(long)]
        prefix: bool,
        /// Measure how much another start of the history would change values and decisions (needs --data).
        #[arg(long)]
        recursive: bool,
        /// Bars for the experiments.
        #[command(flatten)]
        data: OptionalData,
    },
    /// Bring programs into the one canonical layout.
    #[command(after_help = "Example:\n  sixbtc fmt --check strategies/*.sbt")]
    Fmt {
        /// Only tell whether something would change (exit code 1).
        #[arg(long)]
        check: bool,
        /// Programs.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Apply the repairs that diagnostics suggest.
    #[command(after_help = "Example:\n  sixbtc fix --dry-run strategies/*.sbt")]
    Fix {
        /// Show what would change, change nothing (exit code 1 when something would).
        #[arg(long)]
        dry_run: bool,
        /// Apply guesses too: the likeliest reading where there are several (a misspelt name, a lag of the wrong sign).
        #[arg(long)]
        guess: bool,
        /// Rewrite for this edition of the language.
        #[arg(long)]
        edition: Option<u32>,
        /// Programs.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Explain a diagnostic: wrong program, why, right program.
    #[command(after_help = "Example:\n  sixbtc explain E0301")]
    Explain {
        /// The code; without it, the list of all codes.
        code: Option<String>,
    },
    /// Say what a name of the library or of the language means; without one, list all names.
    #[command(
        after_help = "Example:\n  sixbtc doc rsi\n  sixbtc doc --search bollinger bands\n  sixbtc doc --llm"
    )]
    Doc {
        /// The name: an indicator, a function, a built-in, a word of the language.
        name: Option<String>,
        /// Find names by words.
        #[arg(long, num_args = 1.., value_name = "WORDS", conflicts_with = "name")]
        search: Vec<String>,
        /// Print the language on one page, for the prompt of a model.
        #[arg(long, conflicts_with_all = ["name", "search"])]
        llm: bool,
        /// Print the grammar that a sampler of a model follows (GBNF).
        #[arg(long, conflicts_with_all = ["name", "search", "llm"])]
        gbnf: bool,
    },
    /// Run the `test` blocks in the interpreter and every backend.
    #[command(after_help = "Example:\n  sixbtc test strategies/*.sbt\n  sixbtc test --std")]
    Test {
        /// Programs.
        files: Vec<PathBuf>,
        /// The tests of the standard library.
        #[arg(long)]
        std: bool,
    },
    /// Show what the compiler made of a program.
    #[command(after_help = "Example:\n  sixbtc inspect sma.sbt --emit ir")]
    Inspect {
        /// Program.
        file: PathBuf,
        /// Which stage.
        #[arg(long, value_enum, default_value_t = Emit::Ir)]
        emit: Emit,
        /// Whose assembly `--emit asm` shows: Cranelift's or LLVM's.
        #[arg(long, value_enum, default_value_t = BackendArg::Cranelift)]
        backend: BackendArg,
    },
    /// Evaluate an expression over data; CSV on stdout.
    #[command(
        after_help = "Example:\n  sixbtc eval 'rsi(close, 14)' --data BTCUSD-30m.csv.gz --tf 1h"
    )]
    Eval {
        /// The expression.
        expr: String,
        /// Bars.
        #[command(flatten)]
        data: DataArgs,
        /// Write to this file instead of stdout.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Which backend evaluates.
        #[arg(long, value_enum, default_value_t = BackendArg::Cranelift)]
        backend: BackendArg,
    },
    /// Run a strategy over data and print the summary.
    #[command(
        after_help = "Example:\n  sixbtc backtest sma.sbt --data BTCUSD-30m.csv.gz --out report/"
    )]
    Backtest {
        /// Program.
        file: PathBuf,
        /// Bars.
        #[command(flatten)]
        data: DataArgs,
        /// Settings of the run.
        #[command(flatten)]
        run: RunArgs,
        /// Write report.html, report.json, trades.csv and equity.csv into this directory.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Evaluate every point of the parameters' ranges, or search among them; rank them by an objective.
    #[command(
        after_help = "Examples:\n  sixbtc sweep sma.sbt --data BTCUSD-30m.csv.gz\n  sixbtc sweep sma.sbt --data BTCUSD-30m.csv.gz --param fast=5..30:5 --param slow=50,100,200 --objective 'sharpe - 2*max_drawdown'\n  sixbtc sweep sma.sbt --data BTCUSD-30m.csv.gz --search genetic --budget 500 --out points.parquet\n  sixbtc sweep merge all.parquet shard-1.parquet shard-2.parquet"
    )]
    Sweep(SweepCommand),
    /// Choose parameters on window after window and test each choice on what comes next.
    #[command(
        after_help = "Example:\n  sixbtc walkforward sma.sbt --data BTCUSD-30m.csv.gz --windows 8 --report walk.html"
    )]
    Walkforward(WalkforwardArgs),
    /// Judge a strategy by every gate of the pipeline and of the laboratory; exit code 1 when one refuses.
    #[command(
        after_help = "Example:\n  sixbtc validate sma.sbt --data BTCUSD-30m.csv.gz --all --report validation.html"
    )]
    Validate(ValidateArgs),
    /// Put runs side by side.
    #[command(after_help = "Example:\n  sixbtc compare report-a/ report-b/")]
    Compare {
        /// Directories or report.json files of runs.
        #[arg(required = true, num_args = 2..)]
        runs: Vec<PathBuf>,
    },
    /// The candle store.
    Data {
        /// What to do.
        #[command(subcommand)]
        action: DataAction,
    },
    /// Print completions for a shell.
    #[command(after_help = "Example:\n  sixbtc completions bash > /etc/bash_completion.d/sixbtc")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Where bars come from.
#[derive(Debug, Clone, ClapArgs)]
pub struct DataArgs {
    /// A file, a directory of files, or symbols in the store (BTC,ETH).
    #[arg(long)]
    pub data: String,
    /// Which bars, and what they are called.
    #[command(flatten)]
    pub which: Which,
}

/// Where bars come from, if they are needed.
#[derive(Debug, Clone, ClapArgs)]
pub struct OptionalData {
    /// A file, a directory of files, or symbols in the store (BTC,ETH).
    #[arg(long)]
    pub data: Option<String>,
    /// Which bars, and what they are called.
    #[command(flatten)]
    pub which: Which,
}

/// Which bars.
#[derive(Debug, Clone, ClapArgs, Default)]
pub struct Which {
    /// Name of the symbol of a lone file, where its name does not tell.
    #[arg(long)]
    pub symbol: Option<String>,
    /// Timeframe: of the file, of the bars in the store, or to evaluate on.
    #[arg(long)]
    pub tf: Option<String>,
    /// First day or time (UTC), e.g. 2024-01-01.
    #[arg(long)]
    pub from: Option<String>,
    /// First day or time not to use any more (UTC).
    #[arg(long)]
    pub to: Option<String>,
    /// The directory of the candle store.
    #[arg(long, default_value = "data")]
    pub store: PathBuf,
    /// What to do about missing bars: `keep` them missing or make them `flat`.
    #[arg(long, default_value = "keep", value_parser = ["keep", "flat"])]
    pub fill_gaps: String,
}

/// Settings of a run.
#[derive(Debug, Clone, ClapArgs, Default)]
pub struct RunArgs {
    /// A parameter: --param fast=10; a sweep takes --param fast=5..30:5 and --param fast=5,10,20 too.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub params: Vec<String>,
    /// Change a setting of the run: --set slippage=0.001.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Finer bars that decide when stop and target lie in one bar: a timeframe of the store, or a file.
    #[arg(long)]
    pub intrabar: Option<String>,
    /// Funding rates (CSV: time, rate).
    #[arg(long)]
    pub funding: Option<PathBuf>,
    /// Which strategy of the file, where it holds several.
    #[arg(long)]
    pub strategy: Option<String>,
    /// Which backend runs it.
    #[arg(long, value_enum, default_value_t = BackendArg::Cranelift)]
    pub backend: BackendArg,
}

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
    #[arg(long, value_enum, default_value_t = SearchArg::Grid)]
    pub search: SearchArg,
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
pub enum SearchArg {
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

/// Backends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Default)]
pub enum BackendArg {
    /// Native code.
    #[default]
    Cranelift,
    /// Faster code, slower to make; only in builds with `--features llvm`.
    Llvm,
    /// The slow and simple oracle.
    Interpreter,
}

/// Starting points of `new`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Template {
    /// Two averages cross.
    Cross,
    /// RSI reversion with stop and target.
    Reversion,
    /// Channel breakout with an ATR trail.
    Breakout,
}

/// Stages to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Emit {
    /// Tokens of the lexer.
    Tokens,
    /// Syntax tree.
    Ast,
    /// Checked graph.
    Hir,
    /// IR as lowered and optimised.
    Ir,
    /// Cranelift's IR.
    Clif,
    /// LLVM's IR.
    Llvm,
    /// Machine code.
    Asm,
}

/// Work on the candle store.
#[derive(Debug, Subcommand)]
pub enum DataAction {
    /// Read files into the store.
    #[command(after_help = "Example:\n  sixbtc data import BTCUSDT-1m-2024-*.zip --symbol BTC")]
    Import {
        /// Files or directories.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Sort rows and drop duplicates (the last stays) instead of refusing the file.
        #[arg(long)]
        repair: bool,
        /// Symbol and timeframe where the file does not tell; the store.
        #[command(flatten)]
        which: StoreArgs,
    },
    /// List what the store holds.
    List {
        /// The store.
        #[command(flatten)]
        which: StoreArgs,
    },
    /// Check hashes, order, prices and gaps of what the store holds.
    Verify {
        /// The store; one symbol or all.
        #[command(flatten)]
        which: StoreArgs,
    },
    /// Sort, drop duplicates and renew the metadata of a series.
    Repair {
        /// The store; one symbol or all.
        #[command(flatten)]
        which: StoreArgs,
    },
    /// Make coarser bars of stored ones.
    #[command(after_help = "Example:\n  sixbtc data resample --symbol BTC --tf 30m --to-tf 4h")]
    Resample {
        /// Source series.
        #[command(flatten)]
        which: StoreArgs,
        /// Timeframe to make.
        #[arg(long)]
        to_tf: String,
    },
    /// Make synthetic bars from a seed.
    #[command(
        after_help = "Example:\n  sixbtc data synth --bars 100000 --tf 1m --seed 7 --out synth.parquet"
    )]
    Synth {
        /// How many bars.
        #[arg(long, default_value_t = 17_280)]
        bars: usize,
        /// Seed: the same seed gives the same bars.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Where to write (.csv, .csv.gz, .parquet); into the store without it.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Symbol, timeframe, store.
        #[command(flatten)]
        which: StoreArgs,
    },
    /// Write stored bars to a file (.csv, .csv.gz, .parquet).
    Export {
        /// Source series.
        #[command(flatten)]
        which: StoreArgs,
        /// File to write.
        #[arg(long)]
        out: PathBuf,
    },
}

/// A series of the store.
#[derive(Debug, Clone, ClapArgs)]
pub struct StoreArgs {
    /// Symbol.
    #[arg(long)]
    pub symbol: Option<String>,
    /// Timeframe.
    #[arg(long)]
    pub tf: Option<String>,
    /// The directory of the candle store.
    #[arg(long, default_value = "data")]
    pub store: PathBuf,
}
