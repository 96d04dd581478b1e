//! Finished stretches of a sweep, each in a file of its own that is whole or not there.

use super::disk::{Disk, Lock};
use super::identity::Identity;
use crate::error::SweepError;
use std::io;
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"6BTSWP01";
const HEADER: usize = 48;
const HASH: usize = 32;

/// A stretch of a stage with what its points yielded. Points that a `require` excludes have no row.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Part {
    /// Which stage of the search.
    pub stage: u32,
    /// First place of the stretch in its stage.
    pub start: u64,
    /// First place behind it.
    pub end: u64,
    /// Points left out because a `require` excludes them.
    pub pruned: u64,
    /// Numbers of the points.
    pub numbers: Vec<u64>,
    /// Their figures, row after row.
    pub figures: Vec<f64>,
}

/// `OUT.parts`, the directory of the parts of a result.
pub(crate) fn parts_dir(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".parts");
    PathBuf::from(name)
}

/// The parts of one result.
pub(crate) struct Parts<'a> {
    disk: &'a dyn Disk,
    dir: PathBuf,
    width: usize,
    /// Never read: it is the holding that matters.
    _lock: Lock,
}

impl<'a> Parts<'a> {
    /// Begins, or continues what was begun under the same identity. Parts have `width` figures a point.
    pub(crate) fn open(
        disk: &'a dyn Disk,
        out: &Path,
        identity: &Identity,
        width: usize,
    ) -> Result<Self, SweepError> {
        let dir = parts_dir(out);
        let named = dir.clone();
        let failed = |verb| failure(&named, &named, verb);
        disk.make_dir(&dir).map_err(failed("made"))?;
        let lock = disk
            .lock(&dir.join("lock"))
            .map_err(failed("locked"))?
            .ok_or_else(|| SweepError::Busy(out.display().to_string()))?;
        let parts = Self {
            disk,
            dir,
            width,
            _lock: lock,
        };
        let manifest = parts.dir.join("manifest.json");
        if disk.is_file(&manifest) {
            let bytes = disk
                .read(&manifest)
                .map_err(failure(&parts.dir, &manifest, "read"))?;
            let there: Identity =
                serde_json::from_slice(&bytes).map_err(|e| SweepError::NotResults {
                    path: manifest.display().to_string(),
                    why: e.to_string(),
                })?;
            let differences = identity.differences(&there);
            if !differences.is_empty() {
                return Err(SweepError::Foreign {
                    path: parts.dir.display().to_string(),
                    differences: listed(&differences),
                });
            }
        } else {
            // nothing says whose these are
            for path in disk.list(&parts.dir).map_err(failed("read"))? {
                if path.extension().is_some_and(|e| e == "part" || e == "tmp") {
                    disk.remove(&path)
                        .map_err(failure(&parts.dir, &path, "removed"))?;
                }
            }
            let text = serde_json::to_vec_pretty(identity).map_err(|e| SweepError::NotResults {
                path: manifest.display().to_string(),
                why: e.to_string(),
            })?;
            parts.write_whole(&manifest, &[&text])?;
        }
        Ok(parts)
    }

    /// The stretches of a stage that are there, in order. Stretches that overlap an earlier one are removed.
    pub(crate) fn stretches(&self, stage: u32) -> Result<Vec<(u64, u64)>, SweepError> {
        let all = self
            .disk
            .list(&self.dir)
            .map_err(failure(&self.dir, &self.dir, "read"))?;
        let mut found = Vec::new();
        let mut covered = 0;
        for path in all {
            let Some((s, start, end)) = parse_name(&path) else {
                continue;
            };
            if s != stage {
                continue;
            }
            if start < covered || start >= end {
                self.disk
                    .remove(&path)
                    .map_err(failure(&self.dir, &path, "removed"))?;
                continue;
            }
            covered = end;
            found.push((start, end));
        }
        Ok(found)
    }

    /// A part; none when it is damaged, and then it is removed so that it is made again.
    pub(crate) fn load(
        &self,
        stage: u32,
        start: u64,
        end: u64,
    ) -> Result<Option<Part>, SweepError> {
        let path = self.path(stage, start, end);
        let bytes = self
            .disk
            .read(&path)
            .map_err(failure(&self.dir, &path, "read"))?;
        let part =
            decode(&bytes, self.width).filter(|p| (p.stage, p.start, p.end) == (stage, start, end));
        if part.is_none() {
            self.disk
                .remove(&path)
                .map_err(failure(&self.dir, &path, "removed"))?;
        }
        Ok(part)
    }

    /// Keeps a part.
    pub(crate) fn keep(&self, part: &Part) -> Result<(), SweepError> {
        let (header, body) = encode(part, self.width);
        let mut hasher = blake3::Hasher::new();
        hasher.update(&header).update(&body);
        let path = self.path(part.stage, part.start, part.end);
        self.write_whole(&path, &[&header, &body, hasher.finalize().as_bytes()])
    }

    /// Removes all parts and their directory. Called when the result itself is safely on disk.
    pub(crate) fn remove(self) -> Result<(), SweepError> {
        remove_parts(self.disk, &self.dir)
    }

    fn path(&self, stage: u32, start: u64, end: u64) -> PathBuf {
        self.dir
            .join(format!("{stage:08}-{start:020}-{end:020}.part"))
    }

    fn write_whole(&self, path: &Path, pieces: &[&[u8]]) -> Result<(), SweepError> {
        let failed = |verb| failure(&self.dir, path, verb);
        let temp = path.with_extension("tmp");
        let written = || -> io::Result<()> {
            let mut file = self.disk.create(&temp)?;
            for piece in pieces {
                file.write_all(piece)?;
            }
            file.sync()
        }();
        if let Err(e) = written {
            // room for others; that it fails too changes nothing
            let _ = self.disk.remove(&temp);
            return Err(failed("written")(e));
        }
        self.disk.rename(&temp, path).map_err(failed("written"))?;
        self.disk.sync_dir(&self.dir).map_err(failed("written"))
    }
}

/// Removes a directory of parts that is no longer needed; that it is gone already is no error.
pub(crate) fn remove_parts(disk: &dyn Disk, dir: &Path) -> Result<(), SweepError> {
    let failed = |path: &Path| failure(dir, path, "removed");
    let mut all = disk.list(dir).map_err(failed(dir))?;
    if all.is_empty() && !dir.is_dir() {
        return Ok(());
    }
    // the manifest goes last: as long as there is a part, it says whose it is
    all.sort_by_key(|p| {
        (
            p.file_name().is_some_and(|n| n == "manifest.json"),
            p.clone(),
        )
    });
    // another process that found the finished file may be at the same work
    let gone = |done: io::Result<()>| match done {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    };
    for path in all {
        gone(disk.remove(&path)).map_err(failed(&path))?;
    }
    gone(disk.remove_dir(dir)).map_err(failed(dir))
}

/// An error of the disk; a full one gets words of its own.
pub(crate) fn failure(
    parts: &Path,
    path: &Path,
    verb: &'static str,
) -> impl FnOnce(io::Error) -> SweepError + use<> {
    let (parts, path) = (parts.display().to_string(), path.to_path_buf());
    move |e| match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => SweepError::Full {
            path: path.display().to_string(),
            parts,
        },
        _ => SweepError::io(path, verb)(e),
    }
}

/// Differences as lines of a message.
pub(crate) fn listed(differences: &[String]) -> String {
    let lines: Vec<String> = differences.iter().map(|d| format!("  {d}")).collect();
    lines.join("\n")
}

fn parse_name(path: &Path) -> Option<(u32, u64, u64)> {
    if path.extension()? != "part" {
        return None;
    }
    let mut numbers = path.file_stem()?.to_str()?.split('-');
    let stage = numbers.next()?.parse().ok()?;
    let start = numbers.next()?.parse().ok()?;
    let end = numbers.next()?.parse().ok()?;
    numbers.next().is_none().then_some((stage, start, end))
}

fn encode(part: &Part, width: usize) -> (Vec<u8>, Vec<u8>) {
    let mut header = Vec::with_capacity(HEADER);
    header.extend(MAGIC);
    header.extend(part.stage.to_le_bytes());
    header.extend((width as u32).to_le_bytes());
    for n in [part.start, part.end, part.pruned, part.numbers.len() as u64] {
        header.extend(n.to_le_bytes());
    }
    let mut body = Vec::with_capacity((part.numbers.len() + part.figures.len()) * 8);
    part.numbers
        .iter()
        .for_each(|n| body.extend(n.to_le_bytes()));
    part.figures
        .iter()
        .for_each(|f| body.extend(f.to_bits().to_le_bytes()));
    (header, body)
}

fn decode(bytes: &[u8], width: usize) -> Option<Part> {
    let body_end = bytes.len().checked_sub(HASH)?;
    let (content, hash) = bytes.split_at_checked(body_end)?;
    if blake3::hash(content).as_bytes() != hash || content.get(..8)? != MAGIC {
        return None;
    }
    let u32_at = |at: usize| {
        Some(u32::from_le_bytes(
            content.get(at..at + 4)?.try_into().ok()?,
        ))
    };
    let u64_at = |at: usize| {
        Some(u64::from_le_bytes(
            content.get(at..at + 8)?.try_into().ok()?,
        ))
    };
    if u32_at(12)? as usize != width {
        return None;
    }
    let rows = u64_at(40)? as usize;
    let body = content.get(HEADER..)?;
    if body.len() != rows.checked_mul(width + 1)?.checked_mul(8)? {
        return None;
    }
    let (numbers, figures) = body.split_at_checked(rows * 8)?;
    let words = |b: &[u8]| {
        b.chunks_exact(8)
            .map(|w| w.try_into().map_or(0, u64::from_le_bytes))
            .collect::<Vec<u64>>()
    };
    Some(Part {
        stage: u32_at(8)?,
        start: u64_at(16)?,
        end: u64_at(24)?,
        pruned: u64_at(32)?,
        numbers: words(numbers),
        figures: words(figures).into_iter().map(f64::from_bits).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::disk::RealDisk;
    use super::*;

    fn part() -> Part {
        Part {
            stage: 3,
            start: 10,
            end: 14,
            pruned: 2,
            numbers: vec![10, 13],
            figures: vec![1.5, f64::NAN, -0.0, f64::INFINITY],
        }
    }

    fn identity(v: &str) -> Identity {
        let mut i = Identity::default();
        i.set("program", v);
        i
    }

    #[test]
    fn a_part_reads_back_and_a_damaged_one_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("r.csv");
        let parts = Parts::open(&RealDisk, &out, &identity("a"), 2).unwrap();
        parts.keep(&part()).unwrap();
        assert_eq!(parts.stretches(3).unwrap(), [(10, 14)]);
        assert_eq!(parts.stretches(2).unwrap(), []);
        let back = parts.load(3, 10, 14).unwrap().unwrap();
        assert_eq!(back.numbers, part().numbers);
        let bits = |p: &Part| p.figures.iter().map(|f| f.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back), bits(&part()));
        let path = parts.path(3, 10, 14);
        let mut bytes = std::fs::read(&path).unwrap();
        for at in [0, 9, 30, 50, bytes.len() - 1] {
            bytes[at] ^= 1;
            std::fs::write(&path, &bytes).unwrap();
            assert_eq!(parts.load(3, 10, 14).unwrap(), None);
            bytes[at] ^= 1;
        }
        for length in [0, 8, 40, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..length]).unwrap();
            assert_eq!(parts.load(3, 10, 14).unwrap(), None);
        }
        parts.remove().unwrap();
        assert!(!parts_dir(&out).exists());
    }

    #[test]
    fn another_identity_is_refused_and_two_processes_too() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("r.csv");
        let parts = Parts::open(&RealDisk, &out, &identity("a"), 2).unwrap();
        assert!(matches!(
            Parts::open(&RealDisk, &out, &identity("a"), 2),
            Err(SweepError::Busy(_))
        ));
        drop(parts);
        let Err(SweepError::Foreign { differences, .. }) =
            Parts::open(&RealDisk, &out, &identity("b"), 2)
        else {
            panic!("another program was taken");
        };
        assert_eq!(differences, "  program: a there, b here");
    }
}
