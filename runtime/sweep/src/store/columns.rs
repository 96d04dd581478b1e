//! The columns of a result, and the writer that fills them.

use super::csv::CsvWriter;
use super::disk::Disk;
use super::identity::Identity;
use super::parquet::ParquetWriter;
use crate::axis::show;
use crate::error::SweepError;
use crate::space::Space;
use serde::{Deserialize, Serialize};
use sixbtc_abi::ParamKind;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Rows that are encoded at once: what a result needs in memory while it is written or read.
pub(crate) const GROUP: usize = 1 << 14;

/// Version of the file's layout.
const SCHEMA: &str = "1";
const SCHEMA_KEY: &str = "sixbtc.schema";
const COLUMNS_KEY: &str = "sixbtc.columns";
const POINTS_KEY: &str = "sixbtc.points";
const PRUNED_KEY: &str = "sixbtc.pruned";

/// How the values of a parameter are stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stored {
    /// A number; percentages as fractions.
    Number,
    /// A whole number.
    Whole,
    /// A truth value.
    Bool,
    /// A name of these.
    Choice(Vec<String>),
    /// A length of time as text.
    Time,
}

/// A parameter's column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ParamColumn {
    /// The parameter.
    pub name: String,
    /// The column: the parameter's name, or `param_name` where a figure has that name too.
    pub column: String,
    /// How it is stored.
    pub stored: Stored,
}

impl ParamColumn {
    /// A value as text.
    pub(crate) fn text(&self, value: f64) -> String {
        match &self.stored {
            Stored::Number | Stored::Whole => value.to_string(),
            Stored::Bool => show(&ParamKind::Bool, value),
            Stored::Time => show(&ParamKind::Timeframe, value),
            Stored::Choice(names) => show(&ParamKind::Choice(names.clone()), value),
        }
    }

    /// A value out of its text.
    pub(crate) fn value(&self, text: &str) -> Option<f64> {
        match &self.stored {
            Stored::Number | Stored::Whole => text.parse().ok(),
            Stored::Bool => text.parse::<bool>().ok().map(|b| f64::from(u8::from(b))),
            Stored::Time => crate::axis::length_ms(text),
            Stored::Choice(names) => names.iter().position(|n| n == text).map(|i| i as f64),
        }
    }
}

/// All columns after `point`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Columns {
    pub params: Vec<ParamColumn>,
    pub figures: Vec<String>,
}

impl Columns {
    pub(crate) fn of(space: &Space, figures: &[String]) -> Self {
        let column = |name: &String| {
            if name == "point" || figures.contains(name) {
                format!("param_{name}")
            } else {
                name.clone()
            }
        };
        let params = space.axes().iter().map(|axis| ParamColumn {
            name: axis.name.clone(),
            column: column(&axis.name),
            stored: match &axis.kind {
                ParamKind::Number(_) => Stored::Number,
                ParamKind::Whole(_) => Stored::Whole,
                ParamKind::Bool => Stored::Bool,
                ParamKind::Choice(names) => Stored::Choice(names.clone()),
                ParamKind::Timeframe => Stored::Time,
            },
        });
        Self {
            params: params.collect(),
            figures: figures.to_vec(),
        }
    }
}

/// What a result says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meta {
    pub identity: Identity,
    pub columns: Columns,
    /// Rows.
    pub points: u64,
    /// Points excluded by a `require`.
    pub pruned: u64,
}

impl Meta {
    /// As named texts, in order.
    pub(crate) fn entries(&self) -> Result<BTreeMap<String, String>, serde_json::Error> {
        let mut all = self.identity.facts.clone();
        all.insert(SCHEMA_KEY.into(), SCHEMA.into());
        all.insert(COLUMNS_KEY.into(), serde_json::to_string(&self.columns)?);
        all.insert(POINTS_KEY.into(), self.points.to_string());
        all.insert(PRUNED_KEY.into(), self.pruned.to_string());
        Ok(all)
    }

    /// Out of named texts; says what is missing.
    pub(crate) fn from_entries(mut all: BTreeMap<String, String>) -> Result<Self, String> {
        let mut take = |key: &str| all.remove(key).ok_or_else(|| format!("`{key}` is missing"));
        let schema = take(SCHEMA_KEY)?;
        if schema != SCHEMA {
            return Err(format!(
                "its layout is version {schema}; this program reads version {SCHEMA}"
            ));
        }
        let columns = serde_json::from_str(&take(COLUMNS_KEY)?).map_err(|e| e.to_string())?;
        let number = |text: String| text.parse::<u64>().map_err(|e| e.to_string());
        let (points, pruned) = (number(take(POINTS_KEY)?)?, number(take(PRUNED_KEY)?)?);
        Ok(Self {
            identity: Identity { facts: all },
            columns,
            points,
            pruned,
        })
    }
}

/// Whether a file of results is Parquet; CSV otherwise.
pub(crate) fn is_parquet(path: &Path) -> Result<bool, SweepError> {
    let ends = |e: &str| path.extension().is_some_and(|x| x.eq_ignore_ascii_case(e));
    match (ends("parquet"), ends("csv")) {
        (true, _) => Ok(true),
        (_, true) => Ok(false),
        _ => Err(SweepError::Use(format!(
            "`{}` should end in .parquet or .csv, which says how results are written",
            path.display()
        ))),
    }
}

/// Where a CSV says what a Parquet file says in its footer: `OUT.meta.json`.
pub(crate) fn meta_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".meta.json");
    PathBuf::from(name)
}

/// Where a result is written before it gets its name.
pub(crate) fn temporary(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".unfinished");
    PathBuf::from(name)
}

/// Writes a result row by row. The same rows give the same bytes, however they come in.
pub(crate) enum Writer {
    Parquet(Box<ParquetWriter>),
    Csv(Box<CsvWriter>),
}

impl Writer {
    /// A new file in place of `path`, named [`temporary`] until [`Writer::finish`].
    pub(crate) fn create(disk: &dyn Disk, path: &Path, columns: &Columns) -> io::Result<Self> {
        let sink = disk.create(&temporary(path))?;
        Ok(if is_parquet(path).unwrap_or(false) {
            Self::Parquet(Box::new(ParquetWriter::new(sink, columns)?))
        } else {
            Self::Csv(Box::new(CsvWriter::new(sink, columns)?))
        })
    }

    /// Appends a row.
    pub(crate) fn row(&mut self, number: u64, point: &[f64], figures: &[f64]) -> io::Result<()> {
        match self {
            Self::Parquet(w) => w.row(number, point, figures),
            Self::Csv(w) => w.row(number, point, figures),
        }
    }

    /// Ends the file and gives it its name.
    pub(crate) fn finish(self, disk: &dyn Disk, path: &Path, meta: &Meta) -> io::Result<()> {
        let entries = meta.entries().map_err(io::Error::other)?;
        match self {
            Self::Parquet(w) => w.finish(&entries)?,
            Self::Csv(w) => {
                w.finish()?;
                // first, so that a named result always has it
                let beside = meta_path(path);
                let mut file = disk.create(&temporary(&beside))?;
                file.write_all(&serde_json::to_vec_pretty(&entries).map_err(io::Error::other)?)?;
                file.sync()?;
                disk.rename(&temporary(&beside), &beside)?;
            }
        }
        disk.rename(&temporary(path), path)?;
        disk.sync_dir(parent(path))
    }
}

/// The directory of a file.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}
