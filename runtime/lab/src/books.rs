//! The books of the laboratory on disk: what was tried, and how often the sealed span was looked at.
//!
//! Both are files of one JSON value a line that are only ever appended to, under a lock of the file, so that several programs may
//! keep one book.

use crate::error::LabError;
use sixbtc_judgement::pipeline::ledger::{TrialLedger, TrialRecord, lines};
use sixbtc_judgement::pipeline::seal::{Granted, Look, LookBudget, Seal};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Ledger of trials and book of looks, beside each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Books {
    trials: PathBuf,
    looks: PathBuf,
}

impl Books {
    /// The ledger in this file, the looks in `looks.jsonl` beside it. Neither need exist.
    pub fn at(trials: impl Into<PathBuf>) -> Self {
        let trials = trials.into();
        Self {
            looks: trials.with_file_name("looks.jsonl"),
            trials,
        }
    }

    /// The ledger's file.
    pub fn path(&self) -> &Path {
        &self.trials
    }

    /// All trials so far; none without a file.
    ///
    /// # Errors
    /// [`LabError::Io`], and [`LabError::Book`] for a file that is no ledger.
    pub fn trials(&self) -> Result<TrialLedger, LabError> {
        let Some(text) = read(&self.trials)? else {
            return Ok(TrialLedger::default());
        };
        let (ledger, _) = TrialLedger::decode(&text).map_err(|e| book(&self.trials, &e))?;
        Ok(ledger)
    }

    /// Enters trials; those that stand there already are not entered again. Returns the ledger as it then is.
    ///
    /// # Errors
    /// As of [`Books::trials`]; also when a run of the same identity stands there with other results.
    pub fn enter(&self, records: &[TrialRecord]) -> Result<TrialLedger, LabError> {
        let mut open = Locked::open(&self.trials)?;
        let (mut ledger, read) =
            TrialLedger::decode(&open.text).map_err(|e| book(&self.trials, &e))?;
        let mut new = String::new();
        for record in records {
            let entered = ledger
                .enter(record.clone())
                .map_err(|e| book(&self.trials, &e))?;
            if entered == sixbtc_judgement::pipeline::ledger::Entered::New {
                new.push_str(&lines::encode(record).map_err(|e| book(&self.trials, &e))?);
            }
        }
        open.append(read.whole, &new)?;
        Ok(ledger)
    }

    /// Asks for a look at a sealed span and writes it down before it is made.
    ///
    /// # Errors
    /// [`LabError::Sealed`] when no look is left; as of [`Books::trials`].
    pub fn look(&self, look: Look, budget: &LookBudget) -> Result<Granted, LabError> {
        let mut open = Locked::open(&self.looks)?;
        let (mut seal, read) = Seal::decode(&open.text).map_err(|e| book(&self.looks, &e))?;
        let line = lines::encode(&look).map_err(|e| book(&self.looks, &e))?;
        let granted = seal.look(look, budget)?;
        if granted != Granted::Again {
            open.append(read.whole, &line)?;
        }
        Ok(granted)
    }
}

fn book(path: &Path, why: &dyn std::fmt::Display) -> LabError {
    LabError::Book {
        path: path.to_owned(),
        why: why.to_string(),
    }
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> LabError {
    let path = path.to_owned();
    move |source| LabError::Io {
        path: path.clone(),
        source,
    }
}

fn read(path: &Path) -> Result<Option<String>, LabError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(io(path)(e)),
    }
}

/// A file that nobody else writes while it is open.
struct Locked<'p> {
    path: &'p Path,
    file: File,
    text: String,
}

impl<'p> Locked<'p> {
    fn open(path: &'p Path) -> Result<Self, LabError> {
        if let Some(dir) = path.parent().filter(|d| !d.as_os_str().is_empty()) {
            std::fs::create_dir_all(dir).map_err(io(path))?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(io(path))?;
        file.lock().map_err(io(path))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io(path))?;
        Ok(Self {
            path,
            file,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        })
    }

    /// Appends whole lines behind the whole lines there are: a torn last line, left by a writer that died, goes.
    fn append(&mut self, whole: usize, lines: &str) -> Result<(), LabError> {
        if lines.is_empty() {
            return Ok(());
        }
        let fail = io(self.path);
        self.file.set_len(whole as u64).map_err(&fail)?;
        self.file
            .seek(SeekFrom::Start(whole as u64))
            .map_err(&fail)?;
        self.file.write_all(lines.as_bytes()).map_err(&fail)?;
        self.file.sync_data().map_err(&fail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixbtc_judgement::pipeline::ledger::Scope;
    use sixbtc_judgement::pipeline::split::Span;

    fn record(run: &str, sharpes: &[f64]) -> TrialRecord {
        TrialRecord::of(run, "line", "program", "BTC", sharpes.iter().copied())
    }

    #[test]
    fn trials_are_entered_once() {
        let dir = tempfile::tempdir().unwrap();
        let books = Books::at(dir.path().join(".sixbtc/trials.jsonl"));
        assert_eq!(books.trials().unwrap().tally(Scope::All).points, 0);
        books.enter(&[record("a", &[0.1, 0.2])]).unwrap();
        books
            .enter(&[record("a", &[0.1, 0.2]), record("b", &[0.3])])
            .unwrap();
        assert_eq!(books.trials().unwrap().tally(Scope::All).points, 3);
        let conflict = books.enter(&[record("b", &[0.4])]).unwrap_err();
        assert!(conflict.to_string().contains("trials.jsonl"));
    }

    #[test]
    fn a_torn_line_is_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("trials.jsonl");
        let books = Books::at(&path);
        books.enter(&[record("a", &[0.1, 0.2])]).unwrap();
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str("{\"format\":1,\"run\":\"b");
        std::fs::write(&path, text).unwrap();
        books.enter(&[record("c", &[0.3])]).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 2);
        std::fs::write(&path, "no ledger\n").unwrap();
        assert!(books.trials().unwrap_err().to_string().contains("line 1"));
    }

    #[test]
    fn looks_are_spent() {
        let dir = tempfile::tempdir().unwrap();
        let books = Books::at(dir.path().join("trials.jsonl"));
        let look = |run: &str| Look {
            run: run.into(),
            lineage: "line".into(),
            data: "BTC".into(),
            span: Span { from: 0, to: 10 },
        };
        let budget = LookBudget::default();
        assert!(matches!(
            books.look(look("a"), &budget).unwrap(),
            Granted::New { left: 0, .. }
        ));
        assert_eq!(books.look(look("a"), &budget).unwrap(), Granted::Again);
        assert!(matches!(
            books.look(look("b"), &budget),
            Err(LabError::Sealed(_))
        ));
    }
}
