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

/// Reads candles and keeps those read last.
#[derive(Default)]
pub struct Loader {
    kept: Option<(PathBuf, Option<(SystemTime, u64)>, Loaded)>,
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
        let fresh = self
            .kept
            .as_ref()
            .is_some_and(|(p, s, _)| p == path && *s == now && now.is_some());
        if !fresh {
            self.kept = None;
            let found = open_all(path, &ImportOptions::default()).map_err(|e| e.to_string())?;
            let bars: Vec<Bars> = found
                .into_iter()
                .map(|f| f.bars)
                .filter(|b| !b.is_empty())
                .collect();
            if bars.is_empty() {
                return Err(format!("there are no candles in {}", path.display()));
            }
            let loaded = Loaded {
                hashes: bars.iter().map(Bars::hash).collect(),
                scales: bars.iter().map(Bars::price_scale).collect(),
                bars,
            };
            self.kept = Some((path.to_path_buf(), now, loaded));
        }
        self.kept
            .as_ref()
            .map(|k| &k.2)
            .ok_or_else(|| "the data could not be kept".into())
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
