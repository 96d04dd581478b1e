//! What people type for `run` and `service`.

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use sixbtc_core::daemon::ServiceName;
use std::path::PathBuf;

/// Which settings services run with.
#[derive(Debug, Clone, Default, ClapArgs)]
pub struct SettingsArgs {
    /// The file with settings; without it `SIXBTC_CONFIG`, else sixbtc.toml, if it is there.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Change a setting: `--set active_pool.max_size=50`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// The store: `sqlite://FILE` or `postgres://USER@HOST/NAME`; the password comes from the environment.
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
}

impl SettingsArgs {
    /// All `key=value`, in their order of precedence.
    pub fn assignments(&self) -> Vec<String> {
        let database = self
            .database
            .iter()
            .map(|url| format!("database.url={url}"));
        self.set.iter().cloned().chain(database).collect()
    }
}

/// `sixbtc run`
#[derive(Debug, ClapArgs)]
pub struct RunServiceArgs {
    /// Which: generator, validator, backtester, rotator, executor, monitor, scheduler, metrics, api, frontend or docs.
    #[arg(value_parser = service)]
    pub service: ServiceName,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// What goes to standard error besides the log file.
    #[arg(long, value_enum, default_value_t = ConsoleArg::Text)]
    pub console: ConsoleArg,
}

/// `sixbtc up`
#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Examples:\n  sixbtc up --profile demo\n  sixbtc up --data-dir factory --seconds 300 --format json"
)]
pub struct UpArgs {
    /// Where settings, store, candles and logs are; made when it is not there.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub data_dir: PathBuf,
    /// What a directory without sixbtc.toml begins with: ordinary gates, or gates so loose that everything can be seen.
    #[arg(long, value_enum, default_value_t = UpProfile::Standard)]
    pub profile: UpProfile,
    /// Trade at a simulated Hyperliquid on this machine, as at the real one: over the network, order by order. Without it, strategies
    /// trade on accounts that fill as a backtest does.
    #[arg(long)]
    pub paper: bool,
    /// Let `/control/…` of the simulated exchange change its prices, accounts and faults: to see what the services make of it.
    #[arg(long, requires = "paper")]
    pub control: bool,
    /// Stop after so many seconds.
    #[arg(long, value_name = "N")]
    pub seconds: Option<u64>,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// Gates of a new directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UpProfile {
    /// The documented ones.
    Standard,
    /// So loose that what passes them proves nothing.
    Demo,
}

/// What goes to the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ConsoleArg {
    /// Nothing, unless the log file cannot be written.
    Off,
    /// Lines for people.
    Text,
    /// An object in each line.
    Json,
}

/// Work on the services as a whole.
#[derive(Debug, Subcommand)]
pub enum ServiceAction {
    /// Write what a supervisor needs to run all services.
    #[command(
        after_help = "Examples:\n  sixbtc service install --supervisor\n  sixbtc service install --systemd --user sixbtc --print"
    )]
    Install(InstallArgs),
    /// List the services: priority, restart policy, stop wait, port.
    #[command(after_help = "Example:\n  sixbtc service list")]
    List,
}

/// `sixbtc service install`
#[derive(Debug, ClapArgs)]
#[command(group = clap::ArgGroup::new("for").required(true).multiple(false))]
pub struct InstallArgs {
    /// For supervisord: DIR/supervisor/sixbtc.conf with the group `sixbtc`, and a supervisord.conf that runs it alone.
    #[arg(long, group = "for")]
    pub supervisor: bool,
    /// For systemd: DIR/systemd/ with a hardened unit for each service and sixbtc.target.
    #[arg(long, group = "for")]
    pub systemd: bool,
    /// The directory in which services run: settings, store, candles, logs.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub dir: PathBuf,
    /// The file with settings, where it is not DIR/sixbtc.toml.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The user that runs the services.
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// Only print.
    #[arg(long)]
    pub print: bool,
}

fn service(text: &str) -> Result<ServiceName, String> {
    ServiceName::read(text).ok_or_else(|| {
        let names = ServiceName::ALL.iter().map(|s| s.as_str());
        format!(
            "there is no service `{text}`{}",
            crate::commands::hint(text, names)
        )
    })
}
