//! Evaluators and disks for the tests of sweeps.
#![allow(dead_code)]

use sixbtc_abi::{ParamKind, ParamSpec, Unit};
use sixbtc_sweep::{
    Admitted, Disk, Evaluate, EvaluateError, Identity, Lock, Points, RealDisk, Sink,
};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// A parameter over whole numbers `0..n`, as a sweep sees it.
pub fn param(name: &str, n: u32) -> ParamSpec {
    ParamSpec {
        name: name.into(),
        kind: ParamKind::Whole(Unit::Number),
        default: 0.0,
        range: (0.0, f64::from(n - 1)),
        values: (0..n).map(f64::from).collect(),
    }
}

pub fn params(lengths: &[u32]) -> Vec<ParamSpec> {
    lengths
        .iter()
        .enumerate()
        .map(|(i, n)| param(&format!("p{i}"), *n))
        .collect()
}

/// The Rosenbrock function turned over, so that its top lies where all parameters are at 3 fifths of their axes; points whose
/// sum is a multiple of `excludes` break a condition.
pub struct Rosenbrock {
    pub figures: Vec<String>,
    pub excludes: u64,
    pub batch: usize,
    /// Points evaluated.
    pub count: AtomicU64,
    /// Every point evaluated.
    pub seen: Mutex<Vec<Vec<f64>>>,
}

impl Rosenbrock {
    pub fn new(excludes: u64, batch: usize) -> Self {
        Self {
            figures: ["sharpe", "max_drawdown", "trades"]
                .map(String::from)
                .to_vec(),
            excludes,
            batch,
            count: AtomicU64::new(0),
            seen: Mutex::new(Vec::new()),
        }
    }

    pub fn value(point: &[f64]) -> f64 {
        let scaled: Vec<f64> = point.iter().map(|v| v / 5.0 - 2.0).collect();
        -scaled
            .windows(2)
            .map(|w| 100.0 * (w[1] - w[0] * w[0]).powi(2) + (1.0 - w[0]).powi(2))
            .sum::<f64>()
    }
}

impl Evaluate for Rosenbrock {
    fn figures(&self) -> &[String] {
        &self.figures
    }

    fn admits(&self, point: &[f64]) -> Result<Admitted, EvaluateError> {
        let sum: f64 = point.iter().sum();
        if self.excludes > 0 && (sum as u64).is_multiple_of(self.excludes) {
            return Ok(Admitted::No(format!("sum % {} != 0", self.excludes)));
        }
        Ok(Admitted::Yes)
    }

    fn evaluate(&self, points: Points<'_>, out: &mut [f64]) -> Result<(), EvaluateError> {
        for (point, row) in points.iter().zip(out.chunks_exact_mut(3)) {
            self.count.fetch_add(1, Ordering::Relaxed);
            self.seen.lock().unwrap().push(point.to_vec());
            let trades = point.iter().sum::<f64>();
            row[0] = if trades % 7.0 == 0.0 {
                f64::NAN
            } else {
                Self::value(point)
            };
            row[1] = (trades * 0.37).sin().abs();
            row[2] = trades;
        }
        Ok(())
    }

    fn batch(&self) -> usize {
        self.batch
    }
}

pub fn identity(program: &str) -> Identity {
    let mut i = Identity::default();
    i.set("program", program);
    i.set("setting slippage", "0.0005");
    i
}

/// A disk that dies at its `k`-th operation: that one is done by half and all after it fail, as when the process is killed.
pub struct Dying {
    left: Arc<AtomicU64>,
    kind: io::ErrorKind,
}

impl Dying {
    pub fn at(k: u64, kind: io::ErrorKind) -> Self {
        Self {
            left: Arc::new(AtomicU64::new(k)),
            kind,
        }
    }

    pub fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }
}

/// Whether the operation may go on; an error when the disk is dead.
fn tick(left: &AtomicU64, kind: io::ErrorKind) -> io::Result<()> {
    let before = left
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| {
            Some(n.saturating_sub(1))
        })
        .unwrap();
    if before == 0 {
        Err(kind.into())
    } else {
        Ok(())
    }
}

struct DyingSink {
    inner: Box<dyn Sink>,
    left: Arc<AtomicU64>,
    kind: io::ErrorKind,
}

impl io::Write for DyingSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(e) = tick(&self.left, self.kind) {
            // half of it got through
            let _ = self.inner.write(&bytes[..bytes.len() / 2]);
            let _ = self.inner.flush();
            return Err(e);
        }
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl Sink for DyingSink {
    fn sync(&mut self) -> io::Result<()> {
        tick(&self.left, self.kind)?;
        self.inner.sync()
    }
}

impl Disk for Dying {
    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        tick(&self.left, self.kind)?;
        RealDisk.make_dir(dir)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn Sink>> {
        tick(&self.left, self.kind)?;
        Ok(Box::new(DyingSink {
            inner: RealDisk.create(path)?,
            left: Arc::clone(&self.left),
            kind: self.kind,
        }))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        tick(&self.left, self.kind)?;
        RealDisk.read(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        tick(&self.left, self.kind)?;
        RealDisk.rename(from, to)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        tick(&self.left, self.kind)?;
        RealDisk.sync_dir(dir)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        tick(&self.left, self.kind)?;
        RealDisk.remove(path)
    }

    fn remove_dir(&self, dir: &Path) -> io::Result<()> {
        tick(&self.left, self.kind)?;
        RealDisk.remove_dir(dir)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        tick(&self.left, self.kind)?;
        RealDisk.list(dir)
    }

    fn is_file(&self, path: &Path) -> bool {
        RealDisk.is_file(path)
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Lock>> {
        tick(&self.left, self.kind)?;
        RealDisk.lock(path)
    }
}
