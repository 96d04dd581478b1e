//! The candles that programs are run on.

use sixbtc_market::{Bars, ImportOptions, Timeframe, open_all};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Candles in memory.
pub struct Loaded {
    /// The bars of each file.
    pub bars: Vec<Bars>,
    /// Their content hashes.
    pub hashes: Vec<String>,
    /// Their price scales.
    pub scales: Vec<f64>,
}

impl Loaded {
    /// Which series serve a clock: of several lengths of one symbol the longest that divides it; all when none does, so that
    /// the run can say why.
    pub fn serving(&self, clock: Timeframe) -> Vec<usize> {
        let serves = |i: &usize| clock.ms() % self.bars[*i].timeframe.ms() == 0;
        let mut order: Vec<usize> = (0..self.bars.len()).collect();
        order.sort_by_key(|i| {
            let b = &self.bars[*i];
            (
                b.symbol.clone(),
                !serves(i),
                std::cmp::Reverse(b.timeframe.ms()),
            )
        });
        order.dedup_by(|later, kept| self.bars[*later].symbol == self.bars[*kept].symbol);
        order
    }
}

/// What was read, and the file as it was then.
struct Kept {
    path: PathBuf,
    stamp: Option<(SystemTime, u64)>,
    loaded: Loaded,
}

/// Sets of candles that are kept: those of a strategy and those of a portfolio beside it.
const KEPT: usize = 2;

/// Reads candles and keeps those read last.
#[derive(Default)]
pub struct Loader {
    kept: Vec<Kept>,
}

/// What tells a changed file from an unchanged one.
fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

impl Loader {
    /// The candles of a file or directory.
    pub fn load(&mut self, path: &Path) -> Result<&Loaded, String> {
        let now = stamp(path);
        let known = self.kept.iter().position(|k| k.path == path);
        let at = match known {
            Some(i) if now.is_some() && self.kept[i].stamp == now => i,
            stale => {
                if let Some(i) = stale {
                    self.kept.remove(i);
                }
                self.kept.truncate(KEPT - 1);
                self.kept.insert(
                    0,
                    Kept {
                        path: path.to_path_buf(),
                        stamp: now,
                        loaded: read(path)?,
                    },
                );
                0
            }
        };
        Ok(&self.kept[at].loaded)
    }
}

fn read(path: &Path) -> Result<Loaded, String> {
    let found = open_all(path, &ImportOptions::default()).map_err(|e| e.to_string())?;
    let bars: Vec<Bars> = found
        .into_iter()
        .map(|f| f.bars)
        .filter(|b| !b.is_empty())
        .collect();
    if bars.is_empty() {
        return Err(format!("there are no candles in {}", path.display()));
    }
    Ok(Loaded {
        hashes: bars.iter().map(Bars::hash).collect(),
        scales: bars.iter().map(Bars::price_scale).collect(),
        bars,
    })
}

/// What a strategy is run on: a portfolio wants all symbols beside the file that was found.
pub fn for_strategy(found: &Path, portfolio: bool) -> &Path {
    match found.parent() {
        Some(dir) if portfolio && found.is_file() => dir,
        _ => found,
    }
}

/// The data of a workspace: what the setting names, else the first file of candles in a usual place.
pub fn find(setting: Option<&str>, roots: &[PathBuf], document: Option<&Path>) -> Option<PathBuf> {
    let beside = document.and_then(Path::parent).map(Path::to_path_buf);
    let places: Vec<PathBuf> = roots.iter().cloned().chain(beside).collect();
    if let Some(name) = setting.filter(|s| !s.trim().is_empty()) {
        let path = Path::new(name);
        if path.is_absolute() {
            return Some(path.to_path_buf());
        }
        let found = places.iter().map(|r| r.join(path)).find(|p| p.exists());
        return Some(found.unwrap_or_else(|| path.to_path_buf()));
    }
    for root in &places {
        for dir in ["data", "data/sample", "tests/data/sample"] {
            if let Some(file) = first_file(&root.join(dir)) {
                return Some(file);
            }
        }
    }
    None
}

fn first_file(dir: &Path) -> Option<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir)
        .ok()?
        .flatten()
        .map(|e| e.path())
        .filter(|p| {
            let name = p
                .file_name()
                .map(|n| n.to_string_lossy().to_lowercase())
                .unwrap_or_default();
            [".csv", ".csv.gz", ".csv.zip", ".parquet"]
                .iter()
                .any(|end| name.ends_with(end))
        })
        .collect();
    files.sort();
    files.into_iter().next()
}
