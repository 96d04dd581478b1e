//! The snapshot of one account on the disk: replaced as a whole or not at all.

use crate::disk::{Disk, DiskError, Machine, replaced};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The first bytes.
const MAGIC: [u8; 4] = *b"6bSn";
/// The version of the frame.
const VERSION: u16 = 1;
/// Bytes before the name: magic, version, length of the name.
const FRONT: usize = 8;

/// Where a snapshot lies.
#[derive(Clone)]
pub struct SnapshotFile {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    strategy: String,
}

impl std::fmt::Debug for SnapshotFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SnapshotFile")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl SnapshotFile {
    /// The snapshot of a strategy at this path, which need not be there yet.
    pub fn new(path: &Path, strategy: &str) -> Self {
        Self::on(Arc::new(Machine), path, strategy)
    }

    /// The same on a given disk.
    pub fn on(disk: Arc<dyn Disk>, path: &Path, strategy: &str) -> Self {
        Self {
            disk,
            path: path.to_owned(),
            strategy: strategy.to_owned(),
        }
    }

    /// What was saved last; `None` before the first time. Anything that is not whole, or not of this strategy, is refused: the
    /// old one stays until a new one is whole, so that this is damage and no crash.
    pub fn read(&self) -> Result<Option<Vec<u8>>, DiskError> {
        let found = self
            .disk
            .read(&self.path)
            .map_err(DiskError::of(&self.path, "read it"))?;
        let Some(bytes) = found else {
            return Ok(None);
        };
        self.payload(&bytes)
            .map(|p| Some(p.to_vec()))
            .map_err(|why| DiskError::Snapshot {
                path: self.path.clone(),
                why,
            })
    }

    fn payload<'a>(&self, bytes: &'a [u8]) -> Result<&'a [u8], String> {
        let short = || "the snapshot is cut short".to_owned();
        let (body, sum) = bytes.split_last_chunk::<4>().ok_or_else(short)?;
        if body.first_chunk::<4>() != Some(&MAGIC) {
            return Err("this is no snapshot of an account".into());
        }
        if crc32fast::hash(body).to_le_bytes() != *sum {
            return Err("the snapshot is damaged".into());
        }
        let front = body.first_chunk::<FRONT>().ok_or_else(short)?;
        let version = u16::from_le_bytes([front[4], front[5]]);
        if version != VERSION {
            return Err(format!(
                "the snapshot has version {version}, this program knows {VERSION}"
            ));
        }
        let end = FRONT + usize::from(u16::from_le_bytes([front[6], front[7]]));
        let name = body.get(FRONT..end).ok_or_else(short)?;
        if name != self.strategy.as_bytes() {
            let name = String::from_utf8_lossy(name);
            return Err(format!("the snapshot belongs to strategy `{name}`"));
        }
        Ok(&body[end..])
    }

    /// Puts a new one in the place of the old one, and returns when it is on the disk. After an error the old one stands.
    pub fn save(&self, payload: &[u8]) -> Result<(), DiskError> {
        let name = self.strategy.as_bytes();
        let name = &name[..name.len().min(usize::from(u16::MAX))];
        let mut front = MAGIC.to_vec();
        front.extend(VERSION.to_le_bytes());
        front.extend((name.len() as u16).to_le_bytes());
        front.extend(name);
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&front);
        hasher.update(payload);
        let sum = hasher.finalize().to_le_bytes();
        replaced(&*self.disk, &self.path, &[&front, payload, &sum])
            .map_err(DiskError::of(&self.path, "save it"))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::testing::{Fault, Faulty};
    use std::fs;

    #[test]
    fn the_last_one_is_read_and_damage_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = SnapshotFile::new(&dir.path().join("snapshot"), "s1");
        assert_eq!(file.read().unwrap(), None);
        file.save(b"one").unwrap();
        file.save(b"two").unwrap();
        assert_eq!(file.read().unwrap().unwrap(), b"two");
        let other = SnapshotFile::new(file.path(), "s2").read().unwrap_err();
        assert!(
            other.to_string().ends_with("belongs to strategy `s1`"),
            "{other}"
        );
        let whole = fs::read(file.path()).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            fs::write(file.path(), bytes).unwrap();
            assert!(file.read().unwrap_err().is_damage(), "bit {bit}");
        }
        for cut in 0..whole.len() {
            fs::write(file.path(), &whole[..cut]).unwrap();
            assert!(file.read().is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn whatever_fails_the_old_one_or_the_new_one_is_there() {
        for fault in [Fault::Full(0), Fault::Full(2), Fault::Failed] {
            for at in 0.. {
                let dir = tempfile::tempdir().unwrap();
                let path = dir.path().join("snapshot");
                SnapshotFile::new(&path, "s1").save(b"old").unwrap();
                let disk = Faulty::default();
                let file = SnapshotFile::on(Arc::new(disk.clone()), &path, "s1");
                disk.fail(at, fault);
                let saved = file.save(b"new");
                let found = SnapshotFile::new(&path, "s1").read().unwrap().unwrap();
                if saved.is_ok() {
                    assert_eq!(found, b"new");
                    assert!(at > 4);
                    break;
                }
                assert_eq!(found, b"old", "{fault:?} at {at}");
                SnapshotFile::new(&path, "s1").save(b"next").unwrap();
            }
        }
    }
}
