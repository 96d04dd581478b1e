//! What people type to look after private keys. Never a key: command lines are seen by every program of the machine.

use super::SettingsArgs;
use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use sixbtc_exchange::keys::Role;
use std::path::PathBuf;

/// What can be done with the key file.
#[derive(Debug, Subcommand)]
pub enum KeysAction {
    /// List the keys: name, role, addresses, expiry. A key itself is never shown.
    #[command(after_help = "Example:\n  sixbtc keys list")]
    List(SettingsArgs),
    /// Take in a private key: 64 hexadecimal digits from standard input, or from a file.
    #[command(
        after_help = "Examples:\n  sixbtc keys import main --role master < key.txt\n  sixbtc keys import Bot-001 --role agent --subaccount 0x… --valid-until 2027-05-01 --key-file agent.key"
    )]
    Import(ImportArgs),
    /// Make the key of a new agent, and print the address that the master account has to approve.
    #[command(after_help = "Example:\n  sixbtc keys new-agent Bot-001 --subaccount 0x…")]
    NewAgent(NewAgentArgs),
    /// Take a key out, for good. The address of an agent is remembered, so that it is never used again.
    #[command(after_help = "Example:\n  sixbtc keys remove Bot-001")]
    Remove(RemoveArgs),
    /// Lock the key file with another passphrase, from standard input or from a file.
    #[command(
        after_help = "Example:\n  sixbtc keys change-passphrase --new-file /etc/sixbtc/passphrase.new"
    )]
    ChangePassphrase(ChangeArgs),
}

impl KeysAction {
    /// Which settings it runs with.
    pub fn settings(&self) -> &SettingsArgs {
        match self {
            Self::List(settings) => settings,
            Self::Import(a) => &a.settings,
            Self::NewAgent(a) => &a.settings,
            Self::Remove(a) => &a.settings,
            Self::ChangePassphrase(a) => &a.settings,
        }
    }
}

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoleArg {
    /// The account itself: everything, withdrawing too.
    Master,
    /// Approved by an account to trade for it.
    Agent,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Master => Self::Master,
            RoleArg::Agent => Self::Agent,
        }
    }
}

/// Who an agent trades for.
#[derive(Debug, ClapArgs)]
pub struct WhoseArgs {
    /// The master account; without it, the only one whose key is in the file.
    #[arg(long, value_name = "ADDRESS")]
    pub account: Option<String>,
    /// The subaccount that an agent trades for; without it, the account itself.
    #[arg(long, value_name = "ADDRESS")]
    pub subaccount: Option<String>,
}

/// `sixbtc keys import`
#[derive(Debug, ClapArgs)]
pub struct ImportArgs {
    /// What the key is called: 1 to 16 letters, digits, `-`, `_` or `.`
    pub name: String,
    /// What it may do.
    #[arg(long, value_enum)]
    pub role: RoleArg,
    /// Whose it is.
    #[command(flatten)]
    pub whose: WhoseArgs,
    /// When the exchange stops accepting an agent: 2027-05-01, or milliseconds since 1970.
    #[arg(long, value_name = "TIME")]
    pub valid_until: Option<String>,
    /// A file with the key, which only its owner may read, instead of standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "env")]
    pub key_file: Option<PathBuf>,
    /// Take the key of `SIXBTC_HYPERLIQUID__PRIVATE_KEY`, or of the keyring.
    #[arg(long)]
    pub env: bool,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// `sixbtc keys new-agent`
#[derive(Debug, ClapArgs)]
pub struct NewAgentArgs {
    /// What the agent is called: 1 to 16 letters, digits, `-`, `_` or `.`
    pub name: String,
    /// Whose it is.
    #[command(flatten)]
    pub whose: WhoseArgs,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// `sixbtc keys remove`
#[derive(Debug, ClapArgs)]
pub struct RemoveArgs {
    /// Its name or its address.
    pub key: String,
    /// Take out the key of an account too, which nothing brings back.
    #[arg(long)]
    pub yes: bool,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// `sixbtc keys change-passphrase`
#[derive(Debug, ClapArgs)]
pub struct ChangeArgs {
    /// A file with the new passphrase or identity of age, which only its owner may read, instead of standard input.
    #[arg(long, value_name = "FILE")]
    pub new_file: Option<PathBuf>,
    /// Settings.
    #[command(flatten)]
    pub settings: SettingsArgs,
}
