//! What an account keeps on disk, and how the disk is waited for without holding up anybody else.

use crate::disk::DiskError;
use crate::journal_file::{JournalFile, LONG};
use crate::lock::{AccountLock, LockError};
use crate::snapshot_file::SnapshotFile;
use async_trait::async_trait;
use serde::de::DeserializeOwned;
use std::path::Path;

/// Brings to disk what an account wants there.
#[async_trait]
pub trait Keeper: Send {
    /// Appends records to the journal, and returns when they are on the disk.
    async fn append(&mut self, records: Vec<u8>) -> Result<(), DiskError>;

    /// Puts a state in the place of the last one, and returns when it is on the disk. Every record that was appended is
    /// contained in it.
    async fn save(&mut self, state: Vec<u8>) -> Result<(), DiskError>;
}

/// Journal, snapshot and lock of one account.
#[derive(Debug)]
pub struct Files {
    journal: JournalFile,
    snapshot: SnapshotFile,
    // given back last
    _lock: Option<AccountLock>,
}

/// What was found on disk.
#[derive(Debug)]
pub struct Found<T> {
    /// The last state that was saved.
    pub state: Option<Vec<u8>>,
    /// Records of the journal, oldest first; those that the state contains are passed over by whoever reads them.
    pub records: Vec<T>,
    /// Whether the journal had an end that was never finished.
    pub torn: bool,
}

/// Why the files of an account are not opened.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// Somebody else trades for it.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The disk, or what is on it.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl Files {
    /// Opens the files of a strategy on an account: takes the account's lock, then reads. `directory` is the account's, `strategy`
    /// the name under which it trades there.
    pub fn open<T: DeserializeOwned>(
        directory: &Path,
        strategy: &str,
        who: &str,
    ) -> Result<(Self, Found<T>), FilesError> {
        let lock = AccountLock::take(directory, who)?;
        let here = directory.join(file_name(strategy));
        std::fs::create_dir_all(&here).map_err(DiskError::of(&here, "make it"))?;
        let (journal, snapshot) = (here.join("journal"), here.join("snapshot"));
        let snapshot = SnapshotFile::new(&snapshot, strategy);
        let state = snapshot.read()?;
        if state.is_some() && !journal.exists() {
            return Err(DiskError::Missing { path: journal }.into());
        }
        let (journal, read) = JournalFile::open(&journal, strategy)?;
        if read.torn {
            tracing::warn!(path = %journal.path().display(), "the journal's last record was never finished and is left out");
        }
        let files = Self {
            journal,
            snapshot,
            _lock: Some(lock),
        };
        let found = Found {
            state,
            records: read.records,
            torn: read.torn,
        };
        Ok((files, found))
    }

    /// Files without a lock, for tests that fail their disk.
    pub fn of(journal: JournalFile, snapshot: SnapshotFile) -> Self {
        Self {
            journal,
            snapshot,
            _lock: None,
        }
    }

    /// Appends records; see [`Keeper::append`].
    pub fn append(&mut self, records: &[u8]) -> Result<(), DiskError> {
        self.journal.append(records)
    }

    /// Saves a state; see [`Keeper::save`].
    pub fn save(&mut self, state: &[u8]) -> Result<(), DiskError> {
        self.snapshot.save(state)?;
        if self.journal.length() > LONG {
            self.journal.restart()?;
        }
        Ok(())
    }
}

/// A name that any file system takes.
fn file_name(strategy: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '_'
        }
    };
    strategy.chars().map(plain).take(120).collect()
}

/// Files on a thread that may wait for the disk.
pub struct OnThread(Option<Files>);

impl OnThread {
    /// These files.
    pub fn new(files: Files) -> Self {
        Self(Some(files))
    }

    async fn work(
        &mut self,
        work: impl FnOnce(&mut Files) -> Result<(), DiskError> + Send + 'static,
    ) -> Result<(), DiskError> {
        let lost = || DiskError::Broken {
            path: "the journal".into(),
        };
        // gone when an earlier call did not come back: then nothing is written any more
        let mut files = self.0.take().ok_or_else(lost)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&mut files);
            (files, done)
        });
        let (files, done) = done.await.map_err(|_| lost())?;
        self.0 = Some(files);
        done
    }
}

#[async_trait]
impl Keeper for OnThread {
    async fn append(&mut self, records: Vec<u8>) -> Result<(), DiskError> {
        self.work(move |files| files.append(&records)).await
    }

    async fn save(&mut self, state: Vec<u8>) -> Result<(), DiskError> {
        self.work(move |files| files.save(&state)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixbtc_live::journal::encode;

    type Record = (u64, String);

    fn open(directory: &Path) -> Result<(Files, Found<Record>), FilesError> {
        Files::open(directory, "s1/17", "executor@here:1:2")
    }

    #[test]
    fn an_account_is_opened_once_and_finds_what_it_left() {
        let dir = tempfile::tempdir().unwrap();
        let (mut files, found) = open(dir.path()).unwrap();
        assert_eq!((found.state, found.records.len()), (None, 0));
        files.append(&encode(&(1u64, "one")).unwrap()).unwrap();
        files.save(b"state").unwrap();
        files.append(&encode(&(2u64, "two")).unwrap()).unwrap();
        let told = open(dir.path()).unwrap_err();
        assert!(matches!(told, FilesError::Lock(_)), "{told}");
        drop(files);
        let (files, found) = open(dir.path()).unwrap();
        assert_eq!(found.state.as_deref(), Some(b"state".as_slice()));
        assert_eq!(found.records.len(), 2);
        drop(files);
        // somebody deletes the journal: what was done since the snapshot is not known
        std::fs::remove_file(dir.path().join("s1_17/journal")).unwrap();
        let told = open(dir.path()).unwrap_err();
        assert!(
            matches!(&told, FilesError::Disk(d) if d.is_damage()),
            "{told}"
        );
    }

    #[test]
    fn a_long_journal_begins_anew_after_a_snapshot() {
        let dir = tempfile::tempdir().unwrap();
        let (mut files, _) = open(dir.path()).unwrap();
        let long = encode(&(1u64, "x".repeat(LONG as usize))).unwrap();
        files.append(&long).unwrap();
        files.save(b"state").unwrap();
        files.append(&encode(&(2u64, "two")).unwrap()).unwrap();
        drop(files);
        let (_, found) = open(dir.path()).unwrap();
        assert_eq!(found.records, [(2, "two".to_owned())]);
    }

    #[tokio::test]
    async fn who_does_not_wait_for_the_disk_writes_nothing_more() {
        let dir = tempfile::tempdir().unwrap();
        let (files, _) = open(dir.path()).unwrap();
        let mut keeper = OnThread::new(files);
        keeper
            .append(encode(&(1u64, "one")).unwrap())
            .await
            .unwrap();
        {
            let mut given_up = Box::pin(keeper.append(encode(&(2u64, "two")).unwrap()));
            let _ = futures_util::poll!(&mut given_up);
        }
        let told = keeper.append(Vec::new()).await.unwrap_err();
        assert!(matches!(told, DiskError::Broken { .. }));
    }
}
