//! Shards put together.

use super::columns::{Meta, Writer, is_parquet, temporary};
use super::disk::Disk;
use super::identity::SHARD;
use super::parts::{failure, listed};
use super::read::{ResultsFile, read_results};
use crate::error::SweepError;
use crate::shard::Shard;
use std::path::{Path, PathBuf};

/// What was put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merged {
    /// Shards read.
    pub shards: u32,
    /// Rows written.
    pub points: u64,
    /// Points that a `require` excluded.
    pub pruned: u64,
}

/// Writes the result that one run without shards would have written, byte for byte.
///
/// # Errors
/// When a shard is missing, stands twice or belongs to another sweep, a file cannot be read, or the disk fails.
pub fn merge(disk: &dyn Disk, out: &Path, shards: &[PathBuf]) -> Result<Merged, SweepError> {
    is_parquet(out)?;
    let mut open: Vec<(Shard, &Path, ResultsFile)> = Vec::new();
    for path in shards {
        if path == out {
            return Err(SweepError::Shards(format!(
                "`{}` is both a shard and the result; name another file for the result",
                out.display()
            )));
        }
        let file = read_results(path)?;
        let shard = file
            .identity()
            .facts
            .get(SHARD)
            .and_then(|s| s.parse().ok());
        let Some(shard) = shard else {
            return Err(SweepError::Shards(format!(
                "`{}` is no shard: it was not made with --shard",
                path.display()
            )));
        };
        open.push((shard, path, file));
    }
    let Some((first, first_path, first_file)) = open.first() else {
        return Err(SweepError::Shards(
            "there are no shards to put together".into(),
        ));
    };
    let (of, whole) = (first.of, first_file.identity().whole());
    for (shard, path, file) in &open {
        let differences = whole.differences(&file.identity().whole());
        if !differences.is_empty() || file.meta().columns != first_file.meta().columns {
            return Err(SweepError::Shards(format!(
                "`{}` and `{}` are not of one sweep; what differs:\n{}",
                path.display(),
                first_path.display(),
                listed(&differences)
            )));
        }
        if shard.of != of {
            return Err(SweepError::Shards(format!(
                "`{}` is shard {shard}, `{}` is shard {first}: they were cut differently",
                path.display(),
                first_path.display()
            )));
        }
    }
    for index in 1..=of {
        let mut of_it = open.iter().filter(|o| o.0.index == index);
        match (of_it.next(), of_it.next()) {
            (None, _) => return Err(SweepError::Shards(format!("shard {index}/{of} is missing"))),
            (Some(a), Some(b)) => {
                return Err(SweepError::Shards(format!(
                    "shard {index}/{of} is there twice: `{}` and `{}`",
                    a.1.display(),
                    b.1.display()
                )));
            }
            _ => {}
        }
    }
    open.sort_by_key(|o| o.0.index);
    let merged = write(disk, out, open, whole);
    if merged.is_err() {
        // room for others; that it fails too changes nothing
        let _ = disk.remove(&temporary(out));
    }
    merged
}

fn write(
    disk: &dyn Disk,
    out: &Path,
    open: Vec<(Shard, &Path, ResultsFile)>,
    whole: super::identity::Identity,
) -> Result<Merged, SweepError> {
    let failed = |verb| failure(out, out, verb);
    let (mut points, mut pruned, of) = (0, 0, open.len() as u32);
    let mut columns = None;
    let mut writer = None;
    for (_, _, file) in open {
        pruned += file.pruned();
        let columns = columns.get_or_insert_with(|| file.meta().columns.clone());
        let writer = match &mut writer {
            Some(w) => w,
            none => none.insert(Writer::create(disk, out, columns).map_err(failed("written"))?),
        };
        let (mut point, mut figures) = (Vec::new(), Vec::new());
        for chunk in file {
            let chunk = chunk?;
            for (row, number) in chunk.numbers.iter().enumerate() {
                point.clear();
                figures.clear();
                point.extend(chunk.params.iter().filter_map(|c| c.get(row)));
                figures.extend(chunk.figures.iter().filter_map(|c| c.get(row)));
                writer
                    .row(*number, &point, &figures)
                    .map_err(failed("written"))?;
                points += 1;
            }
        }
    }
    if let (Some(writer), Some(columns)) = (writer, columns) {
        let meta = Meta {
            identity: whole,
            columns,
            points,
            pruned,
        };
        writer.finish(disk, out, &meta).map_err(failed("written"))?;
    }
    Ok(Merged {
        shards: of,
        points,
        pruned,
    })
}
