//! Results read back, a stretch of rows at a time.

use super::columns::{Columns, GROUP, Meta, Stored, is_parquet, meta_path};
use super::identity::Identity;
use crate::error::SweepError;
use parquet::column::reader::ColumnReader;
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Rows of a result as columns of equal length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chunk {
    /// Numbers of the points.
    pub numbers: Vec<u64>,
    /// A column a parameter, as the numbers that a kernel takes.
    pub params: Vec<Vec<f64>>,
    /// A column a figure; NaN where it does not exist.
    pub figures: Vec<Vec<f64>>,
}

impl Chunk {
    fn empty(columns: &Columns) -> Self {
        Self {
            numbers: Vec::new(),
            params: vec![Vec::new(); columns.params.len()],
            figures: vec![Vec::new(); columns.figures.len()],
        }
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }
}

/// The result of a sweep on disk. Iterating yields its rows in order, some thousands at a time.
pub struct ResultsFile {
    meta: Meta,
    path: String,
    rows: Rows,
}

enum Rows {
    Parquet {
        file: SerializedFileReader<File>,
        group: usize,
    },
    Csv {
        lines: std::io::Lines<BufReader<File>>,
        line: usize,
    },
}

/// Opens a result, Parquet or CSV by its name.
///
/// # Errors
/// When it cannot be read or is no result of a sweep. A CSV needs its `.meta.json` beside it.
pub fn read_results(path: impl AsRef<Path>) -> Result<ResultsFile, SweepError> {
    let path = path.as_ref();
    let shown = path.display().to_string();
    let not = |why: String| SweepError::NotResults {
        path: shown.clone(),
        why,
    };
    let open = |p: &Path| File::open(p).map_err(SweepError::io(p, "read"));
    if is_parquet(path)? {
        let handle = open(path)?;
        let file = guarded(|| SerializedFileReader::new(handle).map_err(|e| e.to_string()))
            .map_err(&not)?;
        let mut entries = BTreeMap::new();
        for e in file
            .metadata()
            .file_metadata()
            .key_value_metadata()
            .into_iter()
            .flatten()
        {
            entries.insert(e.key.clone(), e.value.clone().unwrap_or_default());
        }
        let meta = Meta::from_entries(entries).map_err(&not)?;
        return Ok(ResultsFile {
            meta,
            path: shown,
            rows: Rows::Parquet { file, group: 0 },
        });
    }
    let beside = meta_path(path);
    let handle = open(path)?;
    let text = std::fs::read(&beside).map_err(|e| match e.kind() {
        ErrorKind::NotFound => not(format!("`{}` is missing", beside.display())),
        _ => SweepError::io(&beside, "read")(e),
    })?;
    let entries = serde_json::from_slice(&text).map_err(|e| not(e.to_string()))?;
    let meta = Meta::from_entries(entries).map_err(&not)?;
    let mut lines = BufReader::new(handle).lines();
    // the header
    lines
        .next()
        .transpose()
        .map_err(SweepError::io(path, "read"))?;
    Ok(ResultsFile {
        meta,
        path: shown,
        rows: Rows::Csv { lines, line: 1 },
    })
}

impl ResultsFile {
    /// What made these results.
    pub fn identity(&self) -> &Identity {
        &self.meta.identity
    }

    /// Names of the parameters.
    pub fn params(&self) -> Vec<&str> {
        self.meta
            .columns
            .params
            .iter()
            .map(|p| p.name.as_str())
            .collect()
    }

    /// Names of the figures.
    pub fn figures(&self) -> &[String] {
        &self.meta.columns.figures
    }

    /// Rows in all.
    pub fn points(&self) -> u64 {
        self.meta.points
    }

    /// Points that a `require` excluded.
    pub fn pruned(&self) -> u64 {
        self.meta.pruned
    }

    pub(crate) fn meta(&self) -> &Meta {
        &self.meta
    }

    fn chunk(&mut self) -> Result<Option<Chunk>, SweepError> {
        let columns = &self.meta.columns;
        let read = match &mut self.rows {
            Rows::Parquet { file, group } => {
                let at = *group;
                *group += 1;
                if at >= file.num_row_groups() {
                    return Ok(None);
                }
                guarded(|| row_group(file, at, columns))
            }
            Rows::Csv { lines, line } => csv_rows(lines, line, columns),
        };
        match read {
            Ok(chunk) if chunk.is_empty() => Ok(None),
            Ok(chunk) => Ok(Some(chunk)),
            Err(why) => Err(SweepError::NotResults {
                path: self.path.clone(),
                why,
            }),
        }
    }
}

impl Iterator for ResultsFile {
    type Item = Result<Chunk, SweepError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.chunk().transpose()
    }
}

/// The Parquet reader panics on some damaged files: for us they are damaged files.
fn guarded<T>(read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err("the file is damaged".into()))
}

fn row_group(
    file: &SerializedFileReader<File>,
    at: usize,
    columns: &Columns,
) -> Result<Chunk, String> {
    let group = file.get_row_group(at).map_err(|e| e.to_string())?;
    let rows = usize::try_from(group.metadata().num_rows()).map_err(|e| e.to_string())?;
    let mut chunk = Chunk::empty(columns);
    if group.num_columns() != 1 + columns.params.len() + columns.figures.len() {
        return Err("it has other columns than it says".into());
    }
    for i in 0..group.num_columns() {
        let mut reader = group.get_column_reader(i).map_err(|e| e.to_string())?;
        let short = || format!("column {i} ends early");
        let stored = i.checked_sub(1).and_then(|p| columns.params.get(p));
        let values: Vec<f64> = match (&mut reader, stored.map(|p| &p.stored)) {
            (ColumnReader::Int64ColumnReader(r), which) => {
                let mut v = Vec::with_capacity(rows);
                r.read_records(rows, None, None, &mut v)
                    .map_err(|e| e.to_string())?;
                if i == 0 {
                    chunk.numbers = v.iter().map(|n| n.cast_unsigned()).collect();
                    if chunk.numbers.len() != rows {
                        return Err(short());
                    }
                    continue;
                }
                if which != Some(&Stored::Whole) {
                    return Err("a column has another type than it says".into());
                }
                v.into_iter().map(|n| n as f64).collect()
            }
            (ColumnReader::BoolColumnReader(r), Some(Stored::Bool)) => {
                let mut v = Vec::with_capacity(rows);
                r.read_records(rows, None, None, &mut v)
                    .map_err(|e| e.to_string())?;
                v.into_iter().map(|b| f64::from(u8::from(b))).collect()
            }
            (ColumnReader::DoubleColumnReader(r), None | Some(Stored::Number)) => {
                let mut v = Vec::with_capacity(rows);
                r.read_records(rows, None, None, &mut v)
                    .map_err(|e| e.to_string())?;
                v
            }
            (ColumnReader::ByteArrayColumnReader(r), Some(Stored::Choice(_) | Stored::Time)) => {
                let mut v = Vec::with_capacity(rows);
                r.read_records(rows, None, None, &mut v)
                    .map_err(|e| e.to_string())?;
                v.iter()
                    .map(|b| {
                        let text = b.as_utf8().map_err(|e| e.to_string())?;
                        let value = stored.and_then(|p| p.value(text));
                        value.ok_or_else(|| format!("`{text}` is no value of its parameter"))
                    })
                    .collect::<Result<_, _>>()?
            }
            _ => return Err("a column has another type than it says".into()),
        };
        if values.len() != rows {
            return Err(short());
        }
        let slot = match i - 1 {
            p if p < columns.params.len() => chunk.params.get_mut(p),
            f => chunk.figures.get_mut(f - columns.params.len()),
        };
        if let Some(slot) = slot {
            *slot = values;
        }
    }
    Ok(chunk)
}

fn csv_rows(
    lines: &mut std::io::Lines<BufReader<File>>,
    line: &mut usize,
    columns: &Columns,
) -> Result<Chunk, String> {
    let mut chunk = Chunk::empty(columns);
    let width = 1 + columns.params.len() + columns.figures.len();
    for text in lines.by_ref().take(GROUP) {
        *line += 1;
        let text = text.map_err(|e| e.to_string())?;
        let cells: Vec<&str> = text.split(',').collect();
        let bad = |what: &str| format!("line {line}: {what}");
        let (Some((number, rest)), true) = (cells.split_first(), cells.len() == width) else {
            return Err(bad(
                "it has another number of values than the header has names",
            ));
        };
        chunk
            .numbers
            .push(number.parse().map_err(|_| bad("the point is no number"))?);
        let (params, figures) = rest.split_at(columns.params.len());
        for ((cell, column), slot) in params.iter().zip(&columns.params).zip(&mut chunk.params) {
            let value = column.value(cell);
            slot.push(
                value.ok_or_else(|| bad(&format!("`{cell}` is no value of `{}`", column.name)))?,
            );
        }
        for (cell, slot) in figures.iter().zip(&mut chunk.figures) {
            let value = if cell.is_empty() {
                Ok(f64::NAN)
            } else {
                cell.parse()
            };
            slot.push(value.map_err(|_| bad(&format!("`{cell}` is no number")))?);
        }
    }
    Ok(chunk)
}
