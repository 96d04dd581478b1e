//! The journal of one account on the disk: what was decided is there before anything is done about it.
//!
//! A write that fails, or a disk that says that it failed, ends the account: nothing is written any more, and so nothing is sent.
//! Whether the last record is there is then decided by reading the file again.

use crate::disk::{Disk, DiskError, Machine, Medium, replaced};
use serde::de::DeserializeOwned;
use sixbtc_live::journal::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A journal shorter than this is not begun anew after a snapshot: it costs two waits for the disk.
pub const LONG: u64 = 1 << 20;

/// A journal that is open for writing.
pub struct JournalFile {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    strategy: String,
    medium: Box<dyn Medium>,
    length: u64,
    broken: bool,
}

impl std::fmt::Debug for JournalFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JournalFile")
            .field("path", &self.path)
            .field("length", &self.length)
            .field("broken", &self.broken)
            .finish_non_exhaustive()
    }
}

impl JournalFile {
    /// Opens the journal of a strategy, or begins one. An end that was never finished is cut off; damage before it, another
    /// strategy's journal and one of another version are refused.
    pub fn open<T: DeserializeOwned>(
        path: &Path,
        strategy: &str,
    ) -> Result<(Self, Read<T>), DiskError> {
        Self::open_on(Arc::new(Machine), path, strategy)
    }

    /// The same on a given disk.
    pub fn open_on<T: DeserializeOwned>(
        disk: Arc<dyn Disk>,
        path: &Path,
        strategy: &str,
    ) -> Result<(Self, Read<T>), DiskError> {
        let found = disk.read(path).map_err(DiskError::of(path, "read it"))?;
        let bytes = match found {
            Some(bytes) => bytes,
            None => {
                let header = journal::header(strategy);
                // in one piece: a journal never has half a header
                replaced(&*disk, path, &[&header]).map_err(DiskError::of(path, "begin it"))?;
                header
            }
        };
        let read = journal::read::<T>(&bytes, strategy).map_err(|source| DiskError::Journal {
            path: path.to_owned(),
            source,
        })?;
        let mut medium = disk
            .append(path)
            .map_err(DiskError::of(path, "open it for writing"))?;
        if read.torn {
            medium
                .cut(read.good_len as u64)
                .and_then(|()| medium.sync())
                .map_err(DiskError::of(path, "cut off its torn end"))?;
        }
        let file = Self {
            disk,
            path: path.to_owned(),
            strategy: strategy.to_owned(),
            medium,
            length: read.good_len as u64,
            broken: false,
        };
        Ok((file, read))
    }

    /// Writes records, as [`journal::encode`] makes them, and returns when they are on the disk. After an error every further
    /// call fails.
    pub fn append(&mut self, records: &[u8]) -> Result<(), DiskError> {
        self.whole()?;
        let written = self.medium.write(records);
        let synced = written
            .map_err(DiskError::of(&self.path, "write to it"))
            .and_then(|()| {
                let synced = self.medium.sync();
                synced.map_err(DiskError::of(&self.path, "bring it to the disk"))
            });
        match synced {
            Ok(()) => {
                self.length += records.len() as u64;
                Ok(())
            }
            Err(e) => {
                self.broken = true;
                Err(e)
            }
        }
    }

    /// Begins the journal anew: every record is in a snapshot that is on the disk.
    pub fn restart(&mut self) -> Result<(), DiskError> {
        self.whole()?;
        let header = journal::header(&self.strategy);
        let begun = replaced(&*self.disk, &self.path, &[&header])
            .and_then(|()| self.disk.append(&self.path));
        match begun {
            Ok(medium) => {
                self.medium = medium;
                self.length = header.len() as u64;
                Ok(())
            }
            Err(source) => {
                // the old one or the new one has the name: the one that is open may be neither
                self.broken = true;
                Err(DiskError::of(&self.path, "begin it anew")(source))
            }
        }
    }

    /// Its length, bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn whole(&self) -> Result<(), DiskError> {
        if self.broken {
            return Err(DiskError::Broken {
                path: self.path.clone(),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::testing::{Fault, Faulty};
    use sixbtc_live::journal::{JournalError, encode};
    use std::fs;

    type Record = (u64, String);

    fn record(n: u64) -> Record {
        (n, "x".repeat(n as usize * 5))
    }

    fn open(path: &Path) -> Result<(JournalFile, Read<Record>), DiskError> {
        JournalFile::open(path, "s1")
    }

    fn write(file: &mut JournalFile, n: u64) -> Result<(), DiskError> {
        file.append(&encode(&record(n)).unwrap())
    }

    #[test]
    fn what_was_written_is_read_after_any_cut() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let (mut file, read) = open(&path).unwrap();
        assert_eq!((read.records, read.torn), (vec![], false));
        let mut ends = vec![file.length() as usize];
        for n in 0..5 {
            write(&mut file, n).unwrap();
            ends.push(file.length() as usize);
        }
        drop(file);
        let whole = fs::read(&path).unwrap();
        for cut in ends[0]..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let (mut file, read) = open(&path).unwrap();
            let good = ends.iter().filter(|e| **e <= cut).count() - 1;
            assert_eq!(read.records.len(), good, "cut at {cut}");
            // it goes on behind the last whole record
            write(&mut file, 9).unwrap();
            drop(file);
            let (_, again) = open(&path).unwrap();
            let mut expected: Vec<Record> = (0..good as u64).map(record).collect();
            expected.push(record(9));
            assert_eq!((again.records, again.torn), (expected, false));
        }
    }

    #[test]
    fn damage_and_other_strategies_are_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let (mut file, _) = open(&path).unwrap();
        for n in 0..5 {
            write(&mut file, n).unwrap();
        }
        drop(file);
        let whole = fs::read(&path).unwrap();
        let mut damaged = whole.clone();
        damaged[30] ^= 4;
        fs::write(&path, &damaged).unwrap();
        let told = open(&path).unwrap_err();
        assert!(told.is_damage(), "{told}");
        let shown = told.to_string();
        assert!(shown.contains("damaged at byte"), "{shown}");
        assert_eq!(fs::read(&path).unwrap(), damaged);
        fs::write(&path, &whole).unwrap();
        let other = JournalFile::open::<Record>(&path, "s2").unwrap_err();
        assert!(
            matches!(&other, DiskError::Journal { source: JournalError::Other(s), .. } if s == "s1"),
            "{other}"
        );
    }

    #[test]
    fn a_new_beginning_holds_only_what_comes_after_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let (mut file, _) = open(&path).unwrap();
        write(&mut file, 1).unwrap();
        file.restart().unwrap();
        write(&mut file, 2).unwrap();
        drop(file);
        let (_, read) = open(&path).unwrap();
        assert_eq!(read.records, [record(2)]);
    }

    /// Every operation of the disk fails once, in each way: an append that was not confirmed may be there or not, one that was is
    /// there, and after an error nothing more is written.
    #[test]
    fn whatever_fails_what_was_confirmed_stays_and_nothing_follows() {
        for fault in [
            Fault::Full(0),
            Fault::Full(3),
            Fault::Full(13),
            Fault::Failed,
        ] {
            for at in 0.. {
                let dir = tempfile::tempdir().unwrap();
                let path = dir.path().join("journal");
                let disk = Faulty::default();
                disk.fail(at, fault);
                let (mut confirmed, mut failed, mut begun) = (Vec::new(), 0, Vec::new());
                match JournalFile::open_on::<Record>(Arc::new(disk.clone()), &path, "s1") {
                    Err(_) => failed += 1,
                    Ok((mut file, _)) => {
                        for n in 0..6 {
                            if n == 3 && confirmed.len() == 3 {
                                match file.restart() {
                                    Ok(()) => confirmed.clear(),
                                    // the old one or the new one is there
                                    Err(_) => failed += 1,
                                }
                            }
                            match write(&mut file, n) {
                                Ok(()) => {
                                    assert_eq!(failed, 0, "written after an error");
                                    confirmed.push(record(n));
                                }
                                Err(e) => {
                                    failed += 1;
                                    assert!(
                                        failed == 1 || matches!(e, DiskError::Broken { .. }),
                                        "{e}"
                                    );
                                    begun.push(record(n));
                                }
                            }
                        }
                    }
                }
                if failed == 0 {
                    assert!(at > 20, "only {at} operations");
                    break;
                }
                let (mut file, read) = open(&path).unwrap();
                let lost_by_restart = read.records.is_empty() && confirmed.len() == 3;
                assert!(
                    read.records.starts_with(&confirmed) || lost_by_restart,
                    "{fault:?} at {at}: {:?}",
                    disk.log()
                );
                assert!(read.records.len() <= confirmed.len() + 1);
                write(&mut file, 77).unwrap();
            }
        }
    }

    #[test]
    fn no_room_is_told_from_a_failing_disk() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let disk = Faulty::default();
        let (mut file, _) =
            JournalFile::open_on::<Record>(Arc::new(disk.clone()), &path, "s1").unwrap();
        disk.fail(0, Fault::Full(5));
        let told = write(&mut file, 1).unwrap_err();
        assert!(told.is_full() && !told.is_damage(), "{told}");
        let (mut file, _) =
            JournalFile::open_on::<Record>(Arc::new(disk.clone()), &path, "s1").unwrap();
        disk.fail(1, Fault::Failed);
        let told = write(&mut file, 1).unwrap_err();
        assert!(!told.is_full(), "{told}");
        assert!(told.to_string().contains("bring it to the disk"), "{told}");
    }

    /// `/dev/full` takes nothing: the real error of a real disk without room.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_real_disk_without_room_says_so() {
        let mut full = Machine.append(Path::new("/dev/full")).unwrap();
        let source = full.write(b"x").unwrap_err();
        let told = DiskError::of(Path::new("journal"), "write to it")(source);
        assert!(told.is_full(), "{told}");
    }
}
