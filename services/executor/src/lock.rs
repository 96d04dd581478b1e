//! One executor an account: a lock on its directory, held while the process lives.
//!
//! The lock is the system's (`flock`), so that it ends with its process, however that dies. It works between the processes of one
//! machine; between machines the lease in the store decides, and a journal that lies elsewhere is noticed by its [`mark`].

use crate::disk::{Disk as _, DiskError, Machine, replaced};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// The right to trade for an account on this machine. Ends when dropped.
#[derive(Debug)]
pub struct AccountLock {
    path: PathBuf,
    // closing it gives the right back
    _file: File,
}

/// Why this process may not trade for an account.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another one does.
    #[error("{directory} is traded by {holder}: one executor trades for an account; end that one first", directory = directory.display())]
    Held {
        /// The account's directory.
        directory: PathBuf,
        /// Who, as it wrote itself down.
        holder: String,
    },
    /// The disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl AccountLock {
    /// Takes the lock of a directory, which is made if need be. `who` is written into it for people: `executor@host:pid:start`.
    pub fn take(directory: &Path, who: &str) -> Result<Self, LockError> {
        fs::create_dir_all(directory).map_err(DiskError::of(directory, "make it"))?;
        let path = directory.join("lock");
        let failed = |action| DiskError::of(&path, action);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed("open it"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.take(200).read_to_string(&mut holder);
                let holder = holder.lines().next().unwrap_or("").trim().to_owned();
                return Err(LockError::Held {
                    directory: directory.to_owned(),
                    holder: if holder.is_empty() {
                        "another process".into()
                    } else {
                        holder
                    },
                });
            }
            Err(TryLockError::Error(e)) => return Err(failed("lock it")(e).into()),
        }
        // only for people: a disk without room must not keep an account from being looked after
        let line = format!("process {} ({who})\n", std::process::id());
        let noted = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(line.as_bytes()));
        if let Err(e) = noted {
            tracing::warn!(path = %path.display(), error = %e, "the lock's holder is not noted");
        }
        Ok(Self { path, _file: file })
    }

    /// The file that is locked.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The mark of a directory with journals: made once, the same for as long as the directory is the same. The store keeps the mark of
/// the directory in which a strategy's journal was begun, so that an executor with another disk does not begin a second one.
pub fn mark(directory: &Path) -> Result<String, DiskError> {
    fs::create_dir_all(directory).map_err(DiskError::of(directory, "make it"))?;
    let path = directory.join("mark");
    let read = || Machine.read(&path).map_err(DiskError::of(&path, "read it"));
    if let Some(found) = read()? {
        return Ok(String::from_utf8_lossy(&found).trim().to_owned());
    }
    let mark = uuid::Uuid::new_v4().to_string();
    replaced(&Machine, &path, &[mark.as_bytes()]).map_err(DiskError::of(&path, "write it"))?;
    Ok(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_refused_until_the_first_has_ended() {
        let dir = tempfile::tempdir().unwrap();
        let account = dir.path().join("0xabc");
        let first = AccountLock::take(&account, "executor@here:1:2").unwrap();
        let told = AccountLock::take(&account, "executor@here:3:4").unwrap_err();
        let shown = told.to_string();
        assert!(matches!(told, LockError::Held { .. }));
        let pid = std::process::id();
        assert!(
            shown.contains(&format!("traded by process {pid} (executor@here:1:2)")),
            "{shown}"
        );
        // another account is free
        AccountLock::take(&dir.path().join("0xdef"), "executor@here:3:4").unwrap();
        drop(first);
        AccountLock::take(&account, "executor@here:3:4").unwrap();
    }

    #[test]
    fn a_directory_keeps_its_mark() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        let first = mark(&a).unwrap();
        assert_eq!(mark(&a).unwrap(), first);
        assert_ne!(mark(&b).unwrap(), first);
    }
}
