//! The candle store: one Parquet file a symbol and timeframe, with a small JSON file beside it.
//!
//! ```text
//! data/BTC/15m.parquet    the bars; hash and source stand in the footer
//! data/BTC/15m.json       rows, first, last, gaps, hash, source: made anew whenever it does not match the footer
//! ```
//!
//! A file is replaced only by one that is whole and on the disk, so a crash or a full disk leaves the old data. Writers of
//! one symbol take turns by a lock file.

use crate::bars::Bars;
use crate::check::{self, Gap, Repairs};
use crate::error::MarketError;
use crate::export::{Packing, write_parquet, write_whole};
use crate::import::parquet::{HASH_KEY, SOURCE_KEY, entry, footer};
use crate::import::{ImportOptions, Imported, open};
use crate::resample::resample;
use crate::timeframe::Timeframe;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Version of the JSON file's layout.
const SCHEMA: u32 = 1;

/// A directory of candles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    root: PathBuf,
}

/// What the store knows of one series without opening it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Version of this layout, 1.
    pub schema: u32,
    /// The symbol.
    pub symbol: String,
    /// The timeframe, as text such as `15m`.
    pub timeframe: String,
    /// Number of bars.
    pub rows: usize,
    /// Open of the first bar, ms.
    pub first: i64,
    /// Open of the last bar, ms.
    pub last: i64,
    /// Holes, in order of time.
    pub gaps: Vec<Gap>,
    /// [`Bars::hash`] of the content.
    pub hash: String,
    /// Where the bars came from, as the writer said.
    pub source: String,
}

impl Entry {
    /// The timeframe as a value.
    pub fn timeframe(&self) -> Result<Timeframe, MarketError> {
        self.timeframe.parse()
    }

    /// Bars missing in all holes.
    pub fn missing(&self) -> u64 {
        self.gaps.iter().map(|gap| gap.missing).sum()
    }

    fn of(bars: &Bars, hash: String, source: &str) -> Self {
        Self {
            schema: SCHEMA,
            symbol: bars.symbol.clone(),
            timeframe: bars.timeframe.to_string(),
            rows: bars.len(),
            first: bars.time.first().copied().unwrap_or_default(),
            last: bars.time.last().copied().unwrap_or_default(),
            gaps: check::gaps(bars),
            hash,
            source: source.to_owned(),
        }
    }
}

/// What [`Store::merge`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The series afterwards.
    pub entry: Entry,
    /// Bars that are new.
    pub added: usize,
    /// Bars that were there with other values and now have the new ones.
    pub replaced: usize,
    /// Bars that were there just so.
    pub unchanged: usize,
}

/// What [`Store::repair`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// The series afterwards.
    pub entry: Entry,
    /// Rows sorted and duplicates dropped.
    pub repairs: Repairs,
    /// Whether the stored hash was wrong and is now that of the content.
    pub hash_renewed: bool,
}

impl Store {
    /// The store in a directory, which is made when something is first written.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Its directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// File of a series, whether it exists or not.
    pub fn path(&self, symbol: &str, timeframe: Timeframe) -> PathBuf {
        self.directory(symbol).join(format!("{timeframe}.parquet"))
    }

    fn directory(&self, symbol: &str) -> PathBuf {
        self.root.join(file_name(symbol))
    }

    /// All series, by symbol and timeframe. An absent directory is an empty store.
    pub fn list(&self) -> Result<Vec<Entry>, MarketError> {
        let mut found = Vec::new();
        for directory in listed(&self.root)? {
            if !directory.is_dir() {
                continue;
            }
            for file in listed(&directory)? {
                if let Some(timeframe) = timeframe_of(&file) {
                    found.push((timeframe, Self::describe(&file, timeframe)?));
                }
            }
        }
        found.sort_by(|(a_length, a), (b_length, b)| {
            (&a.symbol, a_length).cmp(&(&b.symbol, b_length))
        });
        Ok(found.into_iter().map(|(_, entry)| entry).collect())
    }

    /// Timeframes stored of a symbol, shortest first.
    pub fn timeframes(&self, symbol: &str) -> Result<Vec<Timeframe>, MarketError> {
        let mut all: Vec<Timeframe> = listed(&self.directory(symbol))?
            .iter()
            .filter_map(|file| timeframe_of(file))
            .collect();
        all.sort_unstable();
        Ok(all)
    }

    /// What is known of one series.
    pub fn entry(&self, symbol: &str, timeframe: Timeframe) -> Result<Entry, MarketError> {
        Self::describe(&self.existing(symbol, timeframe)?, timeframe)
    }

    /// Bars whose open lies in `[from, to)`, ms, checked; an absent bound is open.
    pub fn load(
        &self,
        symbol: &str,
        timeframe: Timeframe,
        from: Option<i64>,
        to: Option<i64>,
    ) -> Result<Imported, MarketError> {
        let mut found = read(
            &self.existing(symbol, timeframe)?,
            Some(symbol),
            timeframe,
            false,
        )?;
        if from.is_some() || to.is_some() {
            found.bars = found.bars.between(from, to);
            found.gaps = check::gaps(&found.bars);
        }
        Ok(found)
    }

    /// [`Store::load`], or the same out of the longest finer series that divides the timeframe when it is not stored itself.
    pub fn load_or_resample(
        &self,
        symbol: &str,
        timeframe: Timeframe,
        from: Option<i64>,
        to: Option<i64>,
    ) -> Result<Imported, MarketError> {
        let stored = self.timeframes(symbol)?;
        let Some(&source) = stored
            .iter()
            .rev()
            .find(|&&finer| finer <= timeframe && timeframe.holds(finer))
        else {
            return match stored.first() {
                Some(&have) if have > timeframe => Err(MarketError::Coarser {
                    symbol: symbol.to_owned(),
                    have,
                    want: timeframe,
                }),
                Some(&have) => Err(MarketError::Uneven {
                    symbol: symbol.to_owned(),
                    have,
                    want: timeframe,
                }),
                None => Err(self.not_stored(symbol, timeframe)),
            };
        };
        if source == timeframe {
            return self.load(symbol, timeframe, from, to);
        }
        // From the open of the longer bar that contains `from`, so that no bar is made of a part.
        let mut found = self.load(symbol, source, from.map(|from| timeframe.floor(from)), to)?;
        found.bars = resample(&found.bars, timeframe)?.between(from, to);
        found.gaps = check::gaps(&found.bars);
        Ok(found)
    }

    /// Stores a series in place of what was there. The bars are checked first.
    pub fn put(&self, bars: &Bars, source: &str) -> Result<Entry, MarketError> {
        let _turn = self.lock(&bars.symbol)?;
        self.write(bars, source)
    }

    /// Adds bars to a series; at equal times the new ones win.
    pub fn merge(&self, bars: &Bars, source: &str) -> Result<Merged, MarketError> {
        let _turn = self.lock(&bars.symbol)?;
        let path = self.path(&bars.symbol, bars.timeframe);
        if !path.exists() {
            let entry = self.write(bars, source)?;
            return Ok(Merged {
                entry,
                added: bars.len(),
                replaced: 0,
                unchanged: 0,
            });
        }
        let mut all = read(&path, Some(&bars.symbol), bars.timeframe, false)?.bars;
        let before = all.len();
        all.append(bars);
        let repairs = check::repair(&mut all);
        let unchanged = repairs.duplicates - repairs.conflicting;
        if unchanged == bars.len() {
            let entry = Self::describe(&path, bars.timeframe)?;
            return Ok(Merged {
                entry,
                added: 0,
                replaced: 0,
                unchanged,
            });
        }
        let added = all.len() - before;
        let entry = self.write(&all, source)?;
        Ok(Merged {
            entry,
            added,
            replaced: repairs.conflicting,
            unchanged,
        })
    }

    /// Reads a series whole and compares: every rule, and the hash it was stored with.
    pub fn verify(&self, symbol: &str, timeframe: Timeframe) -> Result<Entry, MarketError> {
        let path = self.existing(symbol, timeframe)?;
        let bars = read(&path, Some(symbol), timeframe, false)?.bars;
        let reader = footer(&path)?;
        let found = bars.hash();
        if let Some(stored) = entry(&reader, HASH_KEY).filter(|stored| *stored != found) {
            let short = |hash: &str| hash.chars().take(12).collect();
            return Err(MarketError::HashMismatch {
                path,
                stored: short(&stored),
                found: short(&found),
            });
        }
        Ok(Entry::of(
            &bars,
            found,
            &entry(&reader, SOURCE_KEY).unwrap_or_default(),
        ))
    }

    /// Sorts rows, keeps the last of equal times, and renews hash and JSON file. Rows with impossible values are not
    /// touched: they stay an error that names them.
    pub fn repair(&self, symbol: &str, timeframe: Timeframe) -> Result<Repaired, MarketError> {
        let _turn = self.lock(symbol)?;
        let path = self.existing(symbol, timeframe)?;
        let found = read(&path, Some(symbol), timeframe, true)?;
        let reader = footer(&path)?;
        let source = entry(&reader, SOURCE_KEY).unwrap_or_default();
        let hash_renewed =
            entry(&reader, HASH_KEY).is_none_or(|stored| stored != found.bars.hash());
        drop(reader);
        let entry = self.write(&found.bars, &source)?;
        Ok(Repaired {
            entry,
            repairs: found.repairs,
            hash_renewed,
        })
    }

    /// Stores a longer timeframe made from a shorter one that is stored.
    pub fn resample(
        &self,
        symbol: &str,
        from: Timeframe,
        to: Timeframe,
    ) -> Result<Entry, MarketError> {
        let found = self.load(symbol, from, None, None)?;
        self.put(
            &resample(&found.bars, to)?,
            &format!("resampled from {from}"),
        )
    }

    /// Removes a series.
    pub fn remove(&self, symbol: &str, timeframe: Timeframe) -> Result<(), MarketError> {
        let _turn = self.lock(symbol)?;
        let path = self.existing(symbol, timeframe)?;
        let _ = fs::remove_file(path.with_extension("json"));
        fs::remove_file(&path).map_err(|error| MarketError::io(&path, "remove it", error))
    }

    fn write(&self, bars: &Bars, source: &str) -> Result<Entry, MarketError> {
        let path = self.path(&bars.symbol, bars.timeframe);
        if bars.is_empty() {
            return Err(MarketError::Empty { path });
        }
        if let Some((row, flaw)) = check::check(bars) {
            return Err(MarketError::Flaw {
                path,
                place: crate::error::Place::Row(row as u64 + 1),
                flaw,
            });
        }
        write_whole(&path, |out| write_parquet(bars, source, Packing::Fast, out))?;
        let entry = Entry::of(bars, bars.hash(), source);
        write_entry(&path, &entry)?;
        Ok(entry)
    }

    /// The JSON file when it belongs to the Parquet file, else one made anew.
    fn describe(path: &Path, timeframe: Timeframe) -> Result<Entry, MarketError> {
        let reader = footer(path)?;
        let stored = entry(&reader, HASH_KEY);
        let beside: Option<Entry> = fs::read(path.with_extension("json"))
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok());
        if let Some(beside) = beside
            && beside.schema == SCHEMA
            && stored.as_deref() == Some(&beside.hash)
            && beside.timeframe == timeframe.to_string()
        {
            return Ok(beside);
        }
        let source = entry(&reader, SOURCE_KEY).unwrap_or_default();
        drop(reader);
        let symbol = path
            .parent()
            .and_then(Path::file_name)
            .map(|name| symbol_of(&name.to_string_lossy()));
        let bars = read(path, symbol.as_deref(), timeframe, false)?.bars;
        let entry = Entry::of(&bars, stored.unwrap_or_else(|| bars.hash()), &source);
        // A store that may only be read is described all the same.
        let _ = write_entry(path, &entry);
        Ok(entry)
    }

    fn existing(&self, symbol: &str, timeframe: Timeframe) -> Result<PathBuf, MarketError> {
        let path = self.path(symbol, timeframe);
        if path.exists() {
            Ok(path)
        } else {
            Err(self.not_stored(symbol, timeframe))
        }
    }

    fn not_stored(&self, symbol: &str, timeframe: Timeframe) -> MarketError {
        let stored = self.timeframes(symbol).unwrap_or_default();
        let mut have = String::new();
        for one in &stored {
            let _ = write!(
                have,
                "{}{one}",
                if have.is_empty() { "there are " } else { ", " }
            );
        }
        if have.is_empty() {
            have = format!("`{}` has nothing of this symbol", self.root.display());
        }
        MarketError::NotStored {
            symbol: symbol.to_owned(),
            timeframe,
            have,
        }
    }

    /// Waits for other writers of the symbol. The lock ends with the file handle, also when a process dies.
    fn lock(&self, symbol: &str) -> Result<File, MarketError> {
        let directory = self.directory(symbol);
        fs::create_dir_all(&directory)
            .map_err(|error| MarketError::io(&directory, "make it", error))?;
        let path = directory.join(".lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let file = file.map_err(|error| MarketError::io(&path, "open it", error))?;
        file.lock()
            .map_err(|error| MarketError::io(&path, "lock it", error))?;
        Ok(file)
    }
}

fn write_entry(path: &Path, entry: &Entry) -> Result<(), MarketError> {
    let path = path.with_extension("json");
    let json = serde_json::to_vec_pretty(entry)
        .map_err(|error| MarketError::io(&path, "write it", error.into()))?;
    write_whole(&path, |out| out.write_all(&json))
}

fn read(
    path: &Path,
    symbol: Option<&str>,
    timeframe: Timeframe,
    repair: bool,
) -> Result<Imported, MarketError> {
    open(
        path,
        &ImportOptions {
            symbol: symbol.map(str::to_owned),
            timeframe: Some(timeframe),
            repair,
        },
    )
}

/// Paths in a directory, none when it does not exist.
fn listed(directory: &Path) -> Result<Vec<PathBuf>, MarketError> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| MarketError::io(directory, "list it", error))?,
    };
    let paths: Result<Vec<PathBuf>, _> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect();
    paths.map_err(|error| MarketError::io(directory, "list it", error))
}

/// Timeframe of a stored file by its name, `None` for other files.
fn timeframe_of(path: &Path) -> Option<Timeframe> {
    let name = path.file_name()?.to_str()?;
    name.strip_suffix(".parquet")?.parse().ok()
}

/// A directory name for a symbol: letters, digits and `-_` stand for themselves, all else (`/`, `:`, dots, a letter that a
/// file system would not tell from another) as `%` and two hexadecimal digits a byte.
fn file_name(symbol: &str) -> String {
    let mut name = String::with_capacity(symbol.len());
    for byte in symbol.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            name.push(char::from(byte));
        } else {
            let _ = write!(name, "%{byte:02X}");
        }
    }
    if name.is_empty() {
        "%".to_owned()
    } else {
        name
    }
}

/// The symbol of a directory name.
fn symbol_of(name: &str) -> String {
    let digits: HashMap<u8, u8> = (0..16u8)
        .map(|d| (b"0123456789ABCDEF"[d as usize], d))
        .collect();
    let bytes = name.as_bytes();
    let (mut symbol, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let pair = (
            bytes.get(at + 1).and_then(|b| digits.get(b)),
            bytes.get(at + 2).and_then(|b| digits.get(b)),
        );
        if let (b'%', (Some(high), Some(low))) = (bytes[at], pair) {
            symbol.push(high * 16 + low);
            at += 3;
        } else {
            symbol.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&symbol).into_owned()
}

#[cfg(test)]
mod tests;
