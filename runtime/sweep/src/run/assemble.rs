//! From parts to the one finished file, and back from it.

use super::Found;
use crate::error::SweepError;
use crate::space::Space;
use crate::store::{
    Columns, Disk, Identity, Meta, Parts, Writer, failure, listed, parts_dir, read_results,
    remove_parts, temporary,
};
use std::ops::Range;
use std::path::Path;

/// When the finished file is there already: reads it into `found`, clears away what a kill may have left of the parts, and
/// yields the number of excluded points.
pub(super) fn finished(
    disk: &dyn Disk,
    out: &Path,
    identity: &Identity,
    found: &mut Found<'_>,
) -> Result<Option<u64>, SweepError> {
    crate::store::is_parquet(out)?;
    if !disk.is_file(out) {
        return Ok(None);
    }
    let file = read_results(out).map_err(|e| match e {
        SweepError::NotResults { path, why } => SweepError::NotResults {
            path,
            why: format!("{why}; name another file with --out, or delete it"),
        },
        other => other,
    })?;
    let differences = identity.differences(file.identity());
    if !differences.is_empty() {
        return Err(SweepError::Foreign {
            path: out.display().to_string(),
            differences: listed(&differences),
        });
    }
    let pruned = file.pruned();
    for chunk in file {
        let chunk = chunk?;
        let rows = chunk.len();
        let figures: Vec<f64> = (0..rows)
            .flat_map(|r| {
                chunk
                    .figures
                    .iter()
                    .map(move |c| c.get(r).copied().unwrap_or(f64::NAN))
            })
            .collect();
        found.take(&chunk.numbers, &figures);
    }
    remove_parts(disk, &parts_dir(out))?;
    Ok(Some(pruned))
}

/// What is needed to write the file.
pub(super) struct Assembly<'a> {
    pub disk: &'a dyn Disk,
    pub space: &'a Space,
    pub out: &'a Path,
    /// Stages of which the rows are written, with the places they cover.
    pub stages: &'a [(u32, Range<u64>)],
}

impl Assembly<'_> {
    /// Streams all parts into the file and removes them.
    pub(super) fn write(
        &self,
        parts: Parts<'_>,
        columns: Columns,
        identity: Identity,
        pruned: u64,
    ) -> Result<(), SweepError> {
        let written = self.stream(&parts, columns, identity, pruned);
        if written.is_err() {
            // room for others; that it fails too changes nothing
            let _ = self.disk.remove(&temporary(self.out));
            return written;
        }
        parts.remove()
    }

    fn stream(
        &self,
        parts: &Parts<'_>,
        columns: Columns,
        identity: Identity,
        pruned: u64,
    ) -> Result<(), SweepError> {
        let dir = parts_dir(self.out);
        let failed = || failure(&dir, self.out, "written");
        let mut writer = Writer::create(self.disk, self.out, &columns).map_err(failed())?;
        let width = columns.figures.len().max(1);
        let mut point = vec![0.0; self.space.width()];
        let mut points = 0;
        for (stage, places) in self.stages {
            let mut at = places.start;
            for (start, end) in parts.stretches(*stage)? {
                let part = parts.load(*stage, start, end)?;
                let (Some(part), true) = (part, start == at) else {
                    return Err(damaged(&dir));
                };
                for (number, row) in part.numbers.iter().zip(part.figures.chunks_exact(width)) {
                    self.space.point_into(*number, &mut point);
                    writer.row(*number, &point, row).map_err(failed())?;
                    points += 1;
                }
                at = end;
            }
            if at != places.end {
                return Err(damaged(&dir));
            }
        }
        let meta = Meta {
            identity,
            columns,
            points,
            pruned,
        };
        writer.finish(self.disk, self.out, &meta).map_err(failed())
    }
}

fn damaged(dir: &Path) -> SweepError {
    SweepError::NotResults {
        path: dir.display().to_string(),
        why: "a part was damaged or removed while the sweep ran; run the same command again, only that part is made anew".into(),
    }
}
