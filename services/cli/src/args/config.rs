//! What people type for `config`.

use super::SettingsArgs;
use clap::{Args as ClapArgs, Subcommand};

/// Work on settings.
#[derive(Debug, Subcommand)]
pub enum ConfigAction {
    /// Show the settings that are in force.
    #[command(
        after_help = "Examples:\n  sixbtc config show\n  sixbtc config show active_pool risk.emergency --origin"
    )]
    Show(ShowArgs),
    /// Check the settings: all that is wrong, each with its place (exit code 2 when something is).
    #[command(after_help = "Example:\n  sixbtc config check --config sixbtc.toml")]
    Check(SettingsArgs),
    /// Show what is not as built in (exit code 1 when something is not).
    #[command(after_help = "Example:\n  sixbtc config diff")]
    Diff(SettingsArgs),
    /// Print the JSON schema of a file of settings.
    #[command(after_help = "Example:\n  sixbtc config schema > settings.schema.json")]
    Schema,
    /// Print the reference of all settings, in Markdown.
    #[command(after_help = "Example:\n  sixbtc config reference | less")]
    Reference,
}

/// `sixbtc config show`
#[derive(Debug, ClapArgs)]
pub struct ShowArgs {
    /// Sections or keys, such as `risk` or `active_pool.max_size`; all without any.
    #[arg(value_name = "KEY")]
    pub keys: Vec<String>,
    /// Say where each value comes from.
    #[arg(long)]
    pub origin: bool,
    /// Which settings.
    #[command(flatten)]
    pub settings: SettingsArgs,
}
