//! A log file that is rotated by size.
//!
//! It stays right when others touch it: a file that was renamed or deleted is made again, and two processes that write the same
//! log rotate it once. (The usual crates assert that nobody else does, and end the program.)

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// `NAME.log`, with `NAME.log.1` (the youngest) to `NAME.log.N` beside it.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    limit: u64,
    kept: u32,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    written: u64,
}

impl LogFile {
    /// A file that is rotated once it has `limit` bytes, with so many old ones kept. Nothing is touched before the first line.
    pub fn new(path: PathBuf, limit: u64, kept: u32) -> Self {
        Self {
            path,
            limit,
            kept,
            open: None,
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens or makes the file, and its directory.
    ///
    /// # Errors
    /// When the place cannot be written.
    pub fn open(&mut self) -> io::Result<()> {
        if let Some(dir) = self.path.parent() {
            std::fs::create_dir_all(dir)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path)?;
        let written = file.metadata()?.len();
        self.open = Some(Open { file, written });
        Ok(())
    }

    /// Writes a line with its end, whole.
    ///
    /// # Errors
    /// When the disk does not take it; the next line tries anew.
    pub fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let done = self.try_write(line);
        if done.is_err() {
            self.open = None;
        }
        done
    }

    fn try_write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.open.as_ref().is_none_or(|o| !self.is_ours(&o.file)) {
            self.open()?;
        }
        if self.open.as_ref().is_some_and(|o| o.written >= self.limit) {
            self.rotate()?;
        }
        if let Some(open) = &mut self.open {
            // one call: lines of two processes do not mix
            open.file.write_all(line)?;
            open.written += line.len() as u64;
        }
        Ok(())
    }

    /// Whether what we hold open is what the name stands for.
    fn is_ours(&self, file: &File) -> bool {
        use std::os::unix::fs::MetadataExt;
        match (file.metadata(), std::fs::metadata(&self.path)) {
            (Ok(held), Ok(named)) => held.ino() == named.ino() && held.dev() == named.dev(),
            _ => false,
        }
    }

    fn rotate(&mut self) -> io::Result<()> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        open.file.lock()?;
        // another process may have rotated while this one waited
        if self.is_ours(&open.file) && open.file.metadata()?.len() >= self.limit {
            if self.kept == 0 {
                std::fs::remove_file(&self.path)?;
            } else {
                for n in (1..self.kept).rev() {
                    // a gap, as a kill in the middle leaves, closes itself
                    rename_if_there(&self.old(n), &self.old(n + 1))?;
                }
                std::fs::rename(&self.path, self.old(1))?;
            }
        }
        self.open()
    }

    fn old(&self, n: u32) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{n}"));
        name.into()
    }
}

fn rename_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::rename(from, to) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(dir)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn old_files_are_kept_up_to_their_number_and_lines_stay_whole() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = LogFile::new(dir.path().join("logs/x.log"), 100, 3);
        for n in 0..100 {
            log.write(format!("line {n:03}\n").as_bytes()).unwrap();
        }
        let logs = dir.path().join("logs");
        assert_eq!(names(&logs), ["x.log", "x.log.1", "x.log.2", "x.log.3"]);
        let mut all = String::new();
        for name in ["x.log.3", "x.log.2", "x.log.1", "x.log"] {
            let text = std::fs::read_to_string(logs.join(name)).unwrap();
            assert!(text.len() <= 108 && text.ends_with('\n'));
            all.push_str(&text);
        }
        // nothing is lost between the oldest that is kept and the youngest
        let first: usize = all[5..8].parse().unwrap();
        let expected: Vec<String> = (first..100).map(|n| format!("line {n:03}")).collect();
        assert_eq!(all.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn two_that_write_the_same_log_rotate_it_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.log");
        let (mut a, mut b) = (
            LogFile::new(path.clone(), 100, 50),
            LogFile::new(path.clone(), 100, 50),
        );
        for n in 0..100 {
            let log = if n % 3 == 0 { &mut a } else { &mut b };
            log.write(format!("line {n:03}\n").as_bytes()).unwrap();
        }
        let mut lines: Vec<String> = names(dir.path())
            .iter()
            .flat_map(|n| {
                let text = std::fs::read_to_string(dir.path().join(n)).unwrap();
                text.lines().map(str::to_owned).collect::<Vec<_>>()
            })
            .collect();
        lines.sort();
        assert_eq!(lines.len(), 100);
        assert_eq!(lines[99], "line 099");
        assert!(names(dir.path()).len() <= 10, "{:?}", names(dir.path()));
    }

    #[test]
    fn a_file_that_was_taken_away_is_made_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.log");
        let mut log = LogFile::new(path.clone(), 1000, 2);
        log.write(b"a\n").unwrap();
        std::fs::rename(&path, dir.path().join("elsewhere")).unwrap();
        log.write(b"b\n").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"b\n");
        std::fs::remove_dir_all(dir.path()).unwrap();
        log.write(b"c\n").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"c\n");
    }

    #[test]
    fn a_place_that_cannot_be_written_is_an_error_and_no_more() {
        let dir = tempfile::tempdir().unwrap();
        let blocked = dir.path().join("logs");
        std::fs::write(&blocked, "a file where the directory should be").unwrap();
        let mut log = LogFile::new(blocked.join("x.log"), 1000, 2);
        assert!(log.write(b"a\n").is_err());
        std::fs::remove_file(&blocked).unwrap();
        log.write(b"b\n").unwrap();
    }
}
