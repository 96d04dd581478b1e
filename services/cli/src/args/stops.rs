//! What people type to stop trading and to let it go on.

use super::SettingsArgs;
use clap::Args as ClapArgs;

/// What a stop concerns; everything that trades, without any of these.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(group = clap::ArgGroup::new("whom").multiple(false))]
pub struct ScopeArgs {
    /// One subaccount alone, by number.
    #[arg(long, value_name = "N", group = "whom")]
    pub subaccount: Option<i64>,
    /// One strategy alone, by its identity.
    #[arg(long, value_name = "ID", group = "whom")]
    pub strategy: Option<uuid::Uuid>,
}

/// `sixbtc halt`
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Examples:\n  sixbtc halt --reason 'exchange is acting up'\n  sixbtc halt --subaccount 3 --reason 'looks odd'\n  sixbtc halt --file --reason 'the database is gone'"
)]
pub struct HaltArgs {
    /// What is halted.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// Why, for those who find it.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Write the file KILL into the data directory instead of the store: works without a database, stops all entries.
    #[arg(long, conflicts_with = "whom")]
    pub file: bool,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// `sixbtc close-all`
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Examples:\n  sixbtc close-all --yes --reason 'going home'\n  sixbtc close-all --yes --strategy 0193e7a2-7b5c-7c3a-9d51-0a4f6b1c2d3e --reason 'wrong program'"
)]
pub struct CloseAllArgs {
    /// What is closed.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// Why, for those who find it.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Positions are really closed at market, at whatever it costs.
    #[arg(long, required = true)]
    pub yes: bool,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// `sixbtc parity`
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Examples:\n  sixbtc parity\n  sixbtc parity --strategy 0193e7a2-7b5c-7c3a-9d51-0a4f6b1c2d3e --days 30\n  sixbtc parity --format json"
)]
pub struct ParityArgs {
    /// One strategy alone, by its identity: every trade beside its twin.
    #[arg(long, value_name = "ID")]
    pub strategy: Option<uuid::Uuid>,
    /// Days of trades, back from the newest.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// `sixbtc resume`
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Examples:\n  sixbtc resume\n  sixbtc resume --subaccount 3 --cause drawdown\n  sixbtc resume --file"
)]
pub struct ResumeArgs {
    /// Whose stop is lifted.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// Which stop: `operator`, or one that was raised by itself, such as `drawdown`. What was lost is then measured anew.
    #[arg(long, value_name = "CAUSE", default_value = "operator")]
    pub cause: String,
    /// Of the whole system rather than of the portfolio: `stale_data` …
    #[arg(long, group = "whom")]
    pub system: bool,
    /// Every stop of every scope, and the file KILL.
    #[arg(long, conflicts_with_all = ["whom", "cause", "file"])]
    pub all: bool,
    /// Remove the file KILL alone.
    #[arg(long, conflicts_with_all = ["whom", "cause"])]
    pub file: bool,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsArgs,
}
