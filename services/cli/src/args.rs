//! What people type.

mod config;
mod db;
mod generate;
mod keys;
mod laboratory;
#[cfg(test)]
mod page_tests;
mod services;
mod stops;
mod sweep;
mod venue;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

pub use config::{ConfigAction, ShowArgs};
pub use db::DbAction;
pub use generate::{GenerateArgs, SideArg, SourceArg};
pub use keys::{ChangeArgs, ImportArgs, KeysAction, NewAgentArgs, RemoveArgs, WhoseArgs};
pub use laboratory::{
    FitArgs, FitSearch, LedgerArgs, SpaceArg, SplitArgs, ValidateArgs, WalkforwardArgs, WindowArgs,
};
pub use services::{
    ConsoleArg, InstallArgs, RunServiceArgs, ServiceAction, SettingsArgs, UpArgs, UpProfile,
};
pub use stops::{CloseAllArgs, HaltArgs, ParityArgs, ResumeArgs, ScopeArgs};
pub use sweep::{SearchArg, SweepAction, SweepArgs, SweepCommand};
pub use venue::{CoinArg, VenueArgs};

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
    /// Look after the database of the services: schema, backup, restore, check.
    #[command(
        after_help = "Examples:\n  sixbtc db backup sixbtc-2026-01-01.db\n  sixbtc db restore sixbtc-2026-01-01.db --database postgres://sixbtc@localhost/sixbtc\n  sixbtc db check"
    )]
    Db {
        /// What to do.
        #[command(subcommand)]
        action: DbAction,
    },
    /// Look after private keys: list, take in, make agents, take out. A key is never printed.
    #[command(
        after_help = "Examples:\n  sixbtc keys import main --role master < key.txt\n  sixbtc keys new-agent Bot-001 --subaccount 0x…\n  sixbtc keys list"
    )]
    Keys {
        /// What to do.
        #[command(subcommand)]
        action: KeysAction,
    },
    /// Make strategies of a source, offline; the same seed makes the same programs.
    Generate(GenerateArgs),
    /// Run the whole factory in one process, on paper; needs nothing installed.
    Up(UpArgs),
    /// Run the simulated Hyperliquid: every client of the real one can trade there, with candles for prices.
    Venue(VenueArgs),
    /// Show how the factory is: services, queues, what refuses, the pool, what trades.
    #[command(after_help = "Example:\n  sixbtc status --format json")]
    Status(SettingsArgs),
    /// Open no new positions, of everything or of one subaccount or strategy; what is open is managed as ever.
    Halt(HaltArgs),
    /// Close every position at market, and open none until somebody resumes.
    CloseAll(CloseAllArgs),
    /// Lift a stop.
    Resume(ResumeArgs),
    /// List the stops in force.
    #[command(after_help = "Example:\n  sixbtc stops --format json")]
    Stops(SettingsArgs),
    /// Show live trades beside those of the simulation.
    Parity(ParityArgs),
    /// Run one service until it is stopped.
    #[command(
        after_help = "Examples:\n  sixbtc run generator\n  sixbtc run backtester --database postgres://sixbtc@db/sixbtc --set logging.level=DEBUG"
    )]
    Run(RunServiceArgs),
    /// Services under a supervisor.
    Service {
        /// What to do.
        #[command(subcommand)]
        action: ServiceAction,
    },
    /// Settings of the services: what is in force and why, what is wrong, what can be set.
    Config {
        /// What to do.
        #[command(subcommand)]
        action: ConfigAction,
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
    /// Which backend runs it; without it Cranelift, and for sweeps of many points LLVM where it is built in.
    #[arg(long, value_enum)]
    pub backend: Option<BackendArg>,
}

impl RunArgs {
    /// The backend of a run that is made once.
    pub fn backend(&self) -> sbt_driver::Backend {
        self.backend.unwrap_or_default().into()
    }

    /// The backend of a sweep of so many points: compiling with LLVM takes longer and pays from some number on.
    pub fn backend_of_sweep(&self, points: u128) -> sbt_driver::Backend {
        const MANY: u128 = 1_000;
        let llvm = sbt_driver::Backend::Llvm;
        match self.backend {
            None if points >= MANY && sbt_driver::Backend::BUILT_IN.contains(&llvm) => llvm,
            _ => self.backend(),
        }
    }
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

/// An exchange that candles come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ExchangeArg {
    /// Perpetual futures in USDT, back to their listing.
    #[default]
    Binance,
    /// The newest 5,000 bars of each length.
    Hyperliquid,
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
    /// Download candles of perpetual futures into the store.
    #[command(
        after_help = "Example:\n  sixbtc data fetch BTC,ETH,kPEPE --tf 15m,1h --days 180\n\nA second download fetches only what is \
                      new; one that was stopped goes on where it was."
    )]
    Fetch {
        /// Coins by their names at Hyperliquid: BTC,ETH or BTC ETH; a thousand PEPE is kPEPE.
        #[arg(required = true, value_delimiter = ',')]
        symbols: Vec<String>,
        /// Lengths of the bars.
        #[arg(long, value_delimiter = ',', default_value = "15m")]
        tf: Vec<String>,
        /// Days back from now.
        #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        days: u32,
        /// Where from.
        #[arg(long, value_enum, default_value_t)]
        source: ExchangeArg,
        /// Base address of the exchange, instead of its public one.
        #[arg(long)]
        url: Option<String>,
        /// Fetch funding rates too.
        #[arg(long)]
        funding: bool,
        /// The directory of the candle store.
        #[arg(long, default_value = "data")]
        out: PathBuf,
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
