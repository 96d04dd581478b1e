//! Files that only their owner may read.

use super::KeysError;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Larger than any key file or secret; anything above is something else.
const MOST: u64 = 4 << 20;

/// Reads a file that nobody else may read. What was read is wiped when dropped.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeysError> {
    let failed = |source: std::io::Error| {
        if source.kind() == ErrorKind::NotFound {
            return KeysError::Missing { path: path.into() };
        }
        KeysError::Disk {
            path: path.into(),
            action: "read it",
            source,
        }
    };
    let file = File::open(path).map_err(failed)?;
    // of the file that was opened, not of whatever has its name by now
    let about = file.metadata().map_err(failed)?;
    if about.is_dir() {
        return Err(failed(ErrorKind::IsADirectory.into()));
    }
    if let Some(mode) = too_wide(&about) {
        return Err(KeysError::Wide {
            path: path.into(),
            mode,
        });
    }
    if about.len() > MOST {
        return Err(KeysError::Foreign {
            path: path.into(),
            why: "it is far too large",
        });
    }
    // room for everything from the start: a buffer that grows leaves copies
    let mut bytes = Zeroizing::new(Vec::with_capacity(about.len() as usize + 64));
    file.take(MOST).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

#[cfg(unix)]
fn too_wide(about: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = about.permissions().mode() & 0o7777;
    (about.is_file() && mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn too_wide(_: &fs::Metadata) -> Option<u32> {
    None
}

/// Opens or makes a file that only its owner may read.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

/// Holds a lock on a file beside this one until dropped, so that two programs do not change it at once. Waits for the other.
pub(super) fn lock(path: &Path) -> Result<File, KeysError> {
    let beside = sibling(&resolved(path), ".lock");
    let locked = options()
        .create(true)
        .truncate(false)
        .open(&beside)
        .and_then(|file| file.lock().map(|()| file));
    locked.map_err(|source| KeysError::Disk {
        path: beside,
        action: "lock it",
        source,
    })
}

/// The new content of a file, on disk under another name.
pub(super) struct Prepared {
    written: PathBuf,
    target: PathBuf,
}

/// Writes the new content of a file beside it, down to the disk. Call it with the file's [`lock`] held.
pub(super) fn prepare(path: &Path, content: &[u8]) -> Result<Prepared, KeysError> {
    let target = resolved(path);
    let written = sibling(&target, ".new");
    let failed = |source| KeysError::Disk {
        path: written.clone(),
        action: "write it",
        source,
    };
    // of a program that was killed at this point
    match fs::remove_file(&written) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(failed(e)),
        _ => {}
    }
    let mut file = options().create_new(true).open(&written).map_err(failed)?;
    let done = file.write_all(content).and_then(|()| file.sync_all());
    if let Err(e) = done {
        let _ = fs::remove_file(&written);
        return Err(failed(e));
    }
    Ok(Prepared { written, target })
}

impl Prepared {
    /// Puts it in the place of the old one: afterwards, the new content is there whatever happens to the machine.
    pub(super) fn commit(self) -> Result<(), KeysError> {
        let directory = match self.target.parent() {
            Some(d) if !d.as_os_str().is_empty() => d,
            _ => Path::new("."),
        };
        let done = fs::rename(&self.written, &self.target)
            .and_then(|()| File::open(directory)?.sync_all());
        done.map_err(|source| {
            let _ = fs::remove_file(&self.written);
            KeysError::Disk {
                path: self.target.clone(),
                action: "replace it",
                source,
            }
        })
    }
}

/// A link stays a link: what it leads to is locked and replaced.
fn resolved(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.into())
}

fn sibling(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(ending);
    path.with_file_name(name)
}
