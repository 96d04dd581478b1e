//! Why keys cannot be had.

use super::{BadKey, BadUnlock, EntryError};
use std::path::PathBuf;

/// A key file that cannot be read or written, or a change that it does not take.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// No such file.
    #[error("there is no file {}", .path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Others than its owner may read or write it.
    #[error("{} is open to others (mode {mode:04o}): `chmod 600 {}`", .path.display(), .path.display())]
    Wide {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The disk refused.
    #[error("{}: could not {action}: {source}", .path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// Cut off, or changed since it was written.
    #[error("{} is damaged: {why}; put a backup of it in its place", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How that shows.
        why: String,
    },
    /// Written by something else.
    #[error("{} is no key file of sixbtc: {why}", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// How that shows.
        why: &'static str,
    },
    /// Written by a later version.
    #[error("{} was written by a newer sixbtc ({found}; this one reads {known})", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: String,
        /// What is understood here.
        known: &'static str,
    },
    /// It does not open.
    #[error("{} does not open with this {secret}: it is the wrong one, or the first lines of the file are damaged", .path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What was tried: `passphrase` or `identity`.
        secret: &'static str,
    },
    /// A passphrase where an identity is needed, or the other way round.
    #[error("{} is locked by {locked}, not by {given}", .path.display())]
    OtherLock {
        /// The file.
        path: PathBuf,
        /// What opens it.
        locked: &'static str,
        /// What was tried.
        given: &'static str,
    },
    /// Opening it would take more memory than we give it.
    #[error("{} asks for a work factor of {needs}, more than the {most} that is allowed here", .path.display())]
    Work {
        /// The file.
        path: PathBuf,
        /// Its factor: the logarithm of the work, base 2.
        needs: u8,
        /// The largest that is done.
        most: u8,
    },
    /// It could not be encrypted.
    #[error("the keys cannot be sealed: {0}")]
    Seal(String),
    /// What should open it cannot be used.
    #[error(transparent)]
    Unlock(#[from] BadUnlock),
    /// A key that is none.
    #[error(transparent)]
    Key(#[from] BadKey),
    /// What was to be changed cannot be.
    #[error(transparent)]
    Entry(#[from] EntryError),
}
