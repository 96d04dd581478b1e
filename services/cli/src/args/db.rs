//! What people type to look after the store.

use super::SettingsArgs;
use clap::Subcommand;
use std::path::PathBuf;

/// What can be done with the database.
#[derive(Debug, Subcommand)]
pub enum DbAction {
    /// Bring the schema up to date; make the database if there is none.
    Migrate(SettingsArgs),
    /// Write a backup of this instant, while work goes on: one `SQLite` file, whichever database it comes from.
    Backup {
        /// The new file.
        file: PathBuf,
        /// Which database.
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Put a backup into a new, empty database, of either kind.
    Restore {
        /// The backup.
        file: PathBuf,
        /// Which database.
        #[command(flatten)]
        settings: SettingsArgs,
    },
    /// Look for damage and for rows that contradict each other; exit code 1 when there are any.
    Check(SettingsArgs),
}

impl DbAction {
    /// Which settings it runs with.
    pub fn settings(&self) -> &SettingsArgs {
        match self {
            Self::Migrate(settings)
            | Self::Check(settings)
            | Self::Backup { settings, .. }
            | Self::Restore { settings, .. } => settings,
        }
    }
}
