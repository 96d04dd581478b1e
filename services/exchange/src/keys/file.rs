//! The file with keys: `keys.age`.

use super::unlock::{Unlock, WorkFactor};
use super::{Contents, KeysError, codec, private};
use std::path::{Path, PathBuf};

/// A key file by its path. It is read and replaced as a whole; beside it stand `….lock`, held while it is changed, and for moments
/// `….new`, its next content.
#[derive(Debug, Clone)]
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// The file at this path, which need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is one.
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Opens it. Errors: it is not there, others may read it, it is damaged, foreign or newer, or the secret is the wrong one.
    pub fn read(&self, unlock: &Unlock) -> Result<Contents, KeysError> {
        let sealed = private::read(&self.path)?;
        codec::open(&sealed, unlock, &self.path)
    }

    /// Changes it: reads, lets `change` work on the contents, and replaces the file if that succeeds. A file that is not there is
    /// made. A change that was returned from is on disk; one that was not has left the file as it was.
    pub fn edit<T, E: From<KeysError>>(
        &self,
        unlock: &Unlock,
        work: WorkFactor,
        change: impl FnOnce(&mut Contents) -> Result<T, E>,
    ) -> Result<T, E> {
        let _held = private::lock(&self.path)?;
        let mut contents = match self.read(unlock) {
            Ok(contents) => contents,
            Err(KeysError::Missing { .. }) => {
                unlock.strong().map_err(KeysError::from)?;
                Contents::default()
            }
            Err(e) => return Err(e.into()),
        };
        let done = change(&mut contents)?;
        self.replace(&contents, unlock, work)?;
        Ok(done)
    }

    /// Locks it with another secret.
    pub fn relock(&self, old: &Unlock, new: &Unlock, work: WorkFactor) -> Result<(), KeysError> {
        new.strong()?;
        let _held = private::lock(&self.path)?;
        let contents = self.read(old)?;
        self.replace(&contents, new, work)
    }

    fn replace(
        &self,
        contents: &Contents,
        unlock: &Unlock,
        work: WorkFactor,
    ) -> Result<(), KeysError> {
        let sealed = codec::seal(contents, unlock, work)?;
        private::prepare(&self.path, &sealed)?.commit()
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
