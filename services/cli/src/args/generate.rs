//! What `sixbtc generate` takes.

use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

/// Arguments of `generate`.
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Examples:\n  sixbtc generate pandas_ta -n 20 --seed 7 --out strategies\n  sixbtc generate unger -n 5 --timeframe 1h --side short --dry-run\n  sixbtc generate --recipe strategies/PtaStrat_MOM_0a1b2c3d.recipe.json"
)]
pub struct GenerateArgs {
    /// Who makes them.
    #[arg(value_enum, required_unless_present = "recipe")]
    pub source: Option<SourceArg>,
    /// How many.
    #[arg(short = 'n', long = "count", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub count: u32,
    /// The same seed makes the same programs.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Their clock; by turns 15m, 30m, 1h and 2h without it.
    #[arg(long, value_name = "TF")]
    pub timeframe: Option<String>,
    /// Their side; by turns all that the source can take without it.
    #[arg(long, value_enum)]
    pub side: Option<SideArg>,
    /// Write NAME.sbt and NAME.recipe.json into this directory instead of printing programs.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Only tell what would be made.
    #[arg(long)]
    pub dry_run: bool,
    /// Make the program of this recipe again, to the byte.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["source", "seed", "timeframe", "side"])]
    pub recipe: Option<PathBuf>,
}

/// Sources that need nothing but themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum SourceArg {
    /// Building blocks.
    PatternGen,
    /// Coherent parts: entry, filters, stop, target, exits.
    Unger,
    /// Indicators and conditions.
    PandasTa,
}

/// Sides of a strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SideArg {
    /// Buys only.
    Long,
    /// Sells short only.
    Short,
    /// Both.
    Both,
}
