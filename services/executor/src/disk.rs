//! The few things that a journal and a snapshot ask of a disk, so that a test can put a failing one in its place.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// A file that is written at its end.
pub trait Medium: Send {
    /// Writes at the end. On an error, a part may have been written.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns when everything that was written is on the disk. After an error nobody knows what is there: the system may have
    /// dropped what it could not write, and a second call would say that all is well.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to a length.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

/// A disk.
pub trait Disk: Send + Sync {
    /// All of a file; `None` when there is none.
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>>;

    /// An empty file of this name, in the place of any other.
    fn create(&self, path: &Path) -> io::Result<Box<dyn Medium>>;

    /// A file that is there, to be written at its end.
    fn append(&self, path: &Path) -> io::Result<Box<dyn Medium>>;

    /// Gives a file the name of another one, which it replaces, and returns when the directory is on the disk.
    fn replace(&self, from: &Path, to: &Path) -> io::Result<()>;
}

/// The disk of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Machine;

impl Medium for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// Files that only their owner may read: they tell what is traded.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

impl Disk for Machine {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn Medium>> {
        match fs::remove_file(path) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let file = options().append(true).create_new(true).open(path)?;
        Ok(Box::new(file))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn Medium>> {
        Ok(Box::new(options().append(true).open(path)?))
    }

    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)?;
        File::open(directory(to))?.sync_all()
    }
}

fn directory(of: &Path) -> &Path {
    match of.parent() {
        Some(d) if !d.as_os_str().is_empty() => d,
        _ => Path::new("."),
    }
}

/// Writes a file beside another and puts it in its place: afterwards the old one is there or the new one, whatever happens to
/// the machine.
pub(crate) fn replaced(disk: &dyn Disk, path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let beside = sibling(path, ".new");
    let mut file = disk.create(&beside)?;
    for part in parts {
        file.write(part)?;
    }
    file.sync()?;
    drop(file);
    disk.replace(&beside, path)
}

/// A name beside a file.
pub(crate) fn sibling(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(ending);
    path.with_file_name(name)
}

/// Why something of an account is not on the disk.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// The disk did not do it.
    #[error("{path}: cannot {action}: {source}", path = path.display())]
    Disk {
        /// Which file.
        path: PathBuf,
        /// What was to be done.
        action: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The journal cannot be trusted.
    #[error("{path}: {source}", path = path.display())]
    Journal {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: sixbtc_live::journal::JournalError,
    },
    /// The snapshot cannot be trusted.
    #[error("{path}: {why}", path = path.display())]
    Snapshot {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// There is a snapshot but no journal: what was done since the snapshot is not known.
    #[error("{path} is gone, but a snapshot stands beside it: what was done since then is not known. Bring the journal back, or move the directory away and let the strategy begin anew", path = path.display())]
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// An earlier error: nothing is written any more.
    #[error("{path}: nothing is written after an error", path = path.display())]
    Broken {
        /// Which file.
        path: PathBuf,
    },
}

impl DiskError {
    pub(crate) fn of(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Disk {
            path,
            action,
            source,
        }
    }

    /// Whether there was no room.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Disk { source, .. }
            if matches!(source.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge))
    }

    /// Whether a person has to look before the account can go on.
    pub fn is_damage(&self) -> bool {
        !matches!(self, Self::Disk { .. } | Self::Broken { .. })
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! A disk that fails when it is told to.

    use super::{Disk, Machine, Medium};
    use std::io::{self, ErrorKind};
    use std::path::Path;
    use std::sync::{Arc, Mutex};

    /// How an operation fails.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Fault {
        /// No room; a write gets so many of its bytes onto the disk.
        Full(usize),
        /// The disk says that it failed.
        Failed,
    }

    #[derive(Debug, Default)]
    struct Plan {
        /// Operations so far, and which of them fails.
        done: usize,
        fails: Option<(usize, Fault)>,
        log: Vec<&'static str>,
    }

    /// Fails at its n-th operation and at none other.
    #[derive(Debug, Clone, Default)]
    pub struct Faulty(Arc<Mutex<Plan>>);

    impl Faulty {
        /// Fails at the n-th operation from now, counted from 0.
        pub fn fail(&self, at: usize, how: Fault) {
            let mut plan = self.0.lock().unwrap();
            plan.fails = Some((plan.done + at, how));
        }

        /// What was done so far.
        pub fn log(&self) -> Vec<&'static str> {
            self.0.lock().unwrap().log.clone()
        }

        fn next(&self, what: &'static str) -> Option<Fault> {
            let mut plan = self.0.lock().unwrap();
            plan.log.push(what);
            let at = plan.done;
            plan.done += 1;
            plan.fails.filter(|(n, _)| *n == at).map(|(_, how)| how)
        }

        fn turn(&self, what: &'static str) -> io::Result<()> {
            match self.next(what) {
                None => Ok(()),
                Some(fault) => Err(error(fault)),
            }
        }
    }

    fn error(fault: Fault) -> io::Error {
        match fault {
            Fault::Full(_) => ErrorKind::StorageFull.into(),
            Fault::Failed => io::Error::other("input/output error"),
        }
    }

    struct Watched {
        inner: Box<dyn Medium>,
        plan: Faulty,
    }

    impl Medium for Watched {
        fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
            match self.plan.next("write") {
                None => self.inner.write(bytes),
                Some(fault) => {
                    let part = match fault {
                        Fault::Full(n) => n.min(bytes.len()),
                        Fault::Failed => 0,
                    };
                    self.inner.write(&bytes[..part])?;
                    Err(error(fault))
                }
            }
        }

        fn sync(&mut self) -> io::Result<()> {
            self.plan.turn("sync")?;
            self.inner.sync()
        }

        fn cut(&mut self, length: u64) -> io::Result<()> {
            self.plan.turn("cut")?;
            self.inner.cut(length)
        }
    }

    impl Disk for Faulty {
        fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
            self.turn("read")?;
            Machine.read(path)
        }

        fn create(&self, path: &Path) -> io::Result<Box<dyn Medium>> {
            self.turn("create")?;
            let inner = Machine.create(path)?;
            let plan = self.clone();
            Ok(Box::new(Watched { inner, plan }))
        }

        fn append(&self, path: &Path) -> io::Result<Box<dyn Medium>> {
            self.turn("append")?;
            let inner = Machine.append(path)?;
            let plan = self.clone();
            Ok(Box::new(Watched { inner, plan }))
        }

        fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.turn("replace")?;
            Machine.replace(from, to)
        }
    }
}
