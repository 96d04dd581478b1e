//! Bars from Parquet files, columns found by name.

use super::columns::{self, Role};
use super::stamp;
use super::table::{Places, Table};
use crate::error::{MarketError, Place};
use crate::timeframe::DAY;
use ::parquet::basic::{Compression, ConvertedType, Encoding, LogicalType, TimeUnit, Type};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{ByteArray, DataType, Int96};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::{ColumnChunkMetaData, KeyValue};
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::schema::types::ColumnDescriptor;
use rayon::prelude::*;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Footer entries of files that this crate writes.
pub(crate) const SYMBOL_KEY: &str = "sixbtc.symbol";
/// Length of a bar in ms.
pub(crate) const TIMEFRAME_KEY: &str = "sixbtc.timeframe_ms";
/// [`crate::Bars::hash`] of the content.
pub(crate) const HASH_KEY: &str = "sixbtc.hash";
/// Where the bars came from.
pub(crate) const SOURCE_KEY: &str = "sixbtc.source";

/// How the pages lie.
pub(crate) const LAYOUT_KEY: &str = "sixbtc.layout";
/// Every column chunk is one plain page without levels: its values are the last bytes of the chunk.
pub(crate) const LAYOUT_PLAIN: &str = "plain-1";

/// A column, converted.
enum Column {
    Times(Vec<i64>),
    Numbers(Vec<f64>),
}

/// Opens the file and reads its footer.
pub(crate) fn footer(path: &Path) -> Result<SerializedFileReader<File>, MarketError> {
    let file = File::open(path).map_err(|error| MarketError::io(path, "open it", error))?;
    let size = file
        .metadata()
        .map_err(|error| MarketError::io(path, "read it", error))?
        .len();
    if size == 0 {
        return Err(MarketError::Empty {
            path: path.to_owned(),
        });
    }
    if size < 12 || !ends_whole(&file, size) {
        return Err(MarketError::Truncated {
            path: path.to_owned(),
            format: "Parquet",
        });
    }
    SerializedFileReader::new(file).map_err(|error| damaged(path, &error))
}

/// Whether the last four bytes are the mark that ends every Parquet file.
fn ends_whole(file: &File, size: u64) -> bool {
    let mut mark = [0; 4];
    let mut file = file;
    let read = file
        .seek(SeekFrom::Start(size - 4))
        .and_then(|_| file.read_exact(&mut mark));
    read.is_ok() && (&mark == b"PAR1" || &mark == b"PARE")
}

/// A value among the footer's entries.
pub(crate) fn entry(reader: &SerializedFileReader<File>, key: &str) -> Option<String> {
    let entries = reader.metadata().file_metadata().key_value_metadata()?;
    entries
        .iter()
        .find(|KeyValue { key: k, .. }| k == key)
        .and_then(|entry| entry.value.clone())
}

fn damaged(path: &Path, error: &ParquetError) -> MarketError {
    match error {
        ParquetError::EOF(_) => MarketError::Truncated {
            path: path.to_owned(),
            format: "Parquet",
        },
        ParquetError::NYI(what) => MarketError::Unsupported {
            path: path.to_owned(),
            what: format!("the Parquet file uses a feature that is not read ({what})"),
            remedy: "write it with Snappy, LZ4, zstd, gzip or no compression",
        },
        other => MarketError::Corrupt {
            path: path.to_owned(),
            format: "Parquet",
            detail: other.to_string(),
        },
    }
}

/// Reads the columns of a bar, each on a thread of its own.
pub(super) fn read(path: &Path) -> Result<Table, MarketError> {
    let reader = footer(path)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let names: Vec<String> = schema
        .columns()
        .iter()
        .map(|column| column.name().to_owned())
        .collect();
    let roles =
        columns::resolve(&names, |_, _| false).map_err(|missing| MarketError::MissingColumn {
            path: path.to_owned(),
            missing: missing.column,
            found: columns::listed(&names),
            remedy: missing.remedy,
        })?;
    // Room for what the footer promises, as far as a damaged one is not believed.
    let rows = reader
        .metadata()
        .file_metadata()
        .num_rows()
        .clamp(0, 1 << 26) as usize;
    let symbol = entry(&reader, SYMBOL_KEY);
    let period = entry(&reader, TIMEFRAME_KEY).and_then(|text| text.parse().ok());
    let wanted: Vec<(usize, Role)> = roles
        .into_iter()
        .enumerate()
        .filter(|(_, role)| !matches!(role, Role::Skip | Role::Symbol))
        .collect();
    drop(reader);
    let columns: Vec<(Role, Column)> = wanted
        .into_par_iter()
        .map(|(index, role)| Ok((role, read_safely(path, index, role, rows)?)))
        .collect::<Result<_, MarketError>>()?;
    let mut table = Table {
        parts: vec![(0, Places::Rows)],
        symbol,
        period,
        ..Table::default()
    };
    for (role, column) in columns {
        match (role, column) {
            (Role::Time, Column::Times(times)) => table.time = times,
            (Role::Open, Column::Numbers(numbers)) => table.open = numbers,
            (Role::High, Column::Numbers(numbers)) => table.high = numbers,
            (Role::Low, Column::Numbers(numbers)) => table.low = numbers,
            (Role::Close, Column::Numbers(numbers)) => table.close = numbers,
            (Role::Volume, Column::Numbers(numbers)) => table.volume = numbers,
            _ => {}
        }
    }
    let lengths = [
        table.open.len(),
        table.high.len(),
        table.low.len(),
        table.close.len(),
        table.volume.len(),
    ];
    if lengths.iter().any(|&length| length != table.time.len()) {
        return Err(MarketError::Truncated {
            path: path.to_owned(),
            format: "Parquet",
        });
    }
    Ok(table)
}

/// Reads a column. The decoders of the Parquet library trust what a page says of itself and panic on some damaged files;
/// here that is one more way of saying that the file is damaged.
fn read_safely(path: &Path, index: usize, role: Role, rows: usize) -> Result<Column, MarketError> {
    catch_unwind(AssertUnwindSafe(|| read_column(path, index, role, rows))).unwrap_or_else(|_| {
        let detail = format!("column {} does not decode", name_of(role));
        Err(MarketError::Corrupt {
            path: path.to_owned(),
            format: "Parquet",
            detail,
        })
    })
}

fn read_column(path: &Path, index: usize, role: Role, rows: usize) -> Result<Column, MarketError> {
    // A reader of its own: clones of one open file share a position.
    let reader = footer(path)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let about = About {
        path,
        name: name_of(role),
        descriptor: &schema.column(index),
    };
    if about.descriptor.max_rep_level() > 0 {
        return Err(about.unsupported("holds lists"));
    }
    let mut column = match role {
        Role::Time => Column::Times(Vec::with_capacity(rows)),
        _ => Column::Numbers(Vec::with_capacity(rows)),
    };
    let mut direct = (entry(&reader, LAYOUT_KEY).as_deref() == Some(LAYOUT_PLAIN))
        .then(|| File::open(path))
        .transpose()
        .map_err(|error| MarketError::io(path, "open it", error))?;
    for group in 0..reader.num_row_groups() {
        if let Some(file) = &mut direct
            && let Some((start, count)) =
                plain_values(reader.metadata().row_group(group).column(index))
        {
            let read = match &mut column {
                Column::Times(times) => read_words(file, start, count, times, i64::from_le_bytes),
                Column::Numbers(numbers) => {
                    read_words(file, start, count, numbers, f64::from_le_bytes)
                }
            };
            read.map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => MarketError::Truncated {
                    path: path.to_owned(),
                    format: "Parquet",
                },
                _ => MarketError::io(path, "read it", error),
            })?;
            continue;
        }
        let chunk = reader
            .get_row_group(group)
            .and_then(|group| group.get_column_reader(index))
            .map_err(|error| damaged(path, &error))?;
        match &mut column {
            Column::Times(times) => about.times(chunk, times)?,
            Column::Numbers(numbers) => about.numbers(chunk, numbers)?,
        }
    }
    Ok(column)
}

/// Where the values of a chunk of the plain layout lie: first byte and number. `None` when the footer describes anything
/// else; then the general reader decides what it is.
fn plain_values(chunk: &ColumnChunkMetaData) -> Option<(u64, usize)> {
    let is_wide = matches!(chunk.column_type(), Type::INT64 | Type::DOUBLE);
    let is_required =
        chunk.column_descr().max_def_level() == 0 && chunk.column_descr().max_rep_level() == 0;
    let is_millis = match chunk.column_descr().logical_type_ref() {
        Some(LogicalType::Timestamp(timestamp)) => timestamp.unit == TimeUnit::MILLIS,
        other => other.is_none() && chunk.column_type() == Type::DOUBLE,
    };
    let is_plain = chunk.compression() == Compression::UNCOMPRESSED
        && chunk.dictionary_page_offset().is_none()
        && chunk
            .encodings()
            .all(|encoding| matches!(encoding, Encoding::PLAIN | Encoding::RLE));
    if !(is_wide && is_required && is_millis && is_plain) {
        return None;
    }
    let (start, length) = (
        u64::try_from(chunk.data_page_offset()).ok()?,
        u64::try_from(chunk.compressed_size()).ok()?,
    );
    let count = u64::try_from(chunk.num_values()).ok()?;
    let values = count.checked_mul(8)?;
    // A page's header takes some dozens of bytes, with statistics a little more.
    let header = length.checked_sub(values)?;
    (1..512)
        .contains(&header)
        .then_some((start.checked_add(header)?, usize::try_from(count).ok()?))
}

/// Reads little-endian words through a buffer that stays in the cache.
fn read_words<T>(
    file: &mut File,
    start: u64,
    count: usize,
    into: &mut Vec<T>,
    word: impl Fn([u8; 8]) -> T,
) -> io::Result<()> {
    file.seek(SeekFrom::Start(start))?;
    let mut buffer = vec![0u8; 1 << 17];
    let mut left = count;
    while left > 0 {
        let now = left.min(buffer.len() / 8);
        let bytes = &mut buffer[..now * 8];
        file.read_exact(bytes)?;
        into.extend(bytes.as_chunks::<8>().0.iter().map(|bytes| word(*bytes)));
        left -= now;
    }
    Ok(())
}

fn name_of(role: Role) -> &'static str {
    match role {
        Role::Open => "open",
        Role::High => "high",
        Role::Low => "low",
        Role::Close => "close",
        Role::Volume => "volume",
        _ => "time",
    }
}

/// A column while it is read, for messages.
struct About<'a> {
    path: &'a Path,
    name: &'static str,
    descriptor: &'a ColumnDescriptor,
}

impl About<'_> {
    fn unsupported(&self, what: &str) -> MarketError {
        MarketError::Unsupported {
            path: self.path.to_owned(),
            what: format!("column {} {what}", self.name),
            remedy: "store times as timestamps, integers or text and prices as doubles",
        }
    }

    fn bad(&self, row: usize, text: &str, wanted: &'static str) -> MarketError {
        let (path, place) = (self.path.to_owned(), Place::Row(row as u64 + 1));
        MarketError::Field {
            path,
            place,
            column: self.name,
            text: text.to_owned(),
            wanted,
        }
    }

    /// All values of a chunk, appended to those before.
    fn values<T: DataType>(
        &self,
        mut chunk: ColumnReaderImpl<T>,
        into: &mut Vec<T::T>,
    ) -> Result<(), MarketError> {
        let optional = self.descriptor.max_def_level() > 0;
        let mut levels: Vec<i16> = Vec::new();
        loop {
            levels.clear();
            let before = into.len();
            let (records, values, _) = chunk
                .read_records(1 << 20, optional.then_some(&mut levels), None, into)
                .map_err(|error| damaged(self.path, &error))?;
            if records == 0 {
                return Ok(());
            }
            if values < records {
                let first = levels
                    .iter()
                    .position(|&level| level < self.descriptor.max_def_level());
                return Err(self.bad(before + first.unwrap_or(0), "(empty)", "a value"));
            }
        }
    }

    /// Appends a chunk of any numeric type.
    fn numbers(&self, chunk: ColumnReader, into: &mut Vec<f64>) -> Result<(), MarketError> {
        let unit = self.decimal_unit();
        match chunk {
            ColumnReader::DoubleColumnReader(chunk) => self.values(chunk, into)?,
            ColumnReader::FloatColumnReader(chunk) => {
                let mut narrow = Vec::new();
                self.values(chunk, &mut narrow)?;
                // The shortest digits of an f32 are the decimal price it was made from; widening the bits would give
                // 4367.10009765625 for 4367.1.
                into.extend(
                    narrow
                        .iter()
                        .map(|n| n.to_string().parse().unwrap_or(f64::NAN)),
                );
            }
            ColumnReader::Int64ColumnReader(chunk) => {
                let mut whole = Vec::new();
                self.values(chunk, &mut whole)?;
                into.extend(whole.iter().map(|&n| n as f64 / unit));
            }
            ColumnReader::Int32ColumnReader(chunk) => {
                let mut whole = Vec::new();
                self.values(chunk, &mut whole)?;
                into.extend(whole.iter().map(|&n| f64::from(n) / unit));
            }
            ColumnReader::ByteArrayColumnReader(chunk) if self.is_text() => {
                let mut texts: Vec<ByteArray> = Vec::new();
                self.values(chunk, &mut texts)?;
                for text in &texts {
                    let text = String::from_utf8_lossy(text.data());
                    let number = text
                        .trim()
                        .parse()
                        .map_err(|_| self.bad(into.len(), &text, "a number"))?;
                    into.push(number);
                }
            }
            _ => return Err(self.unsupported("has a type that holds no prices")),
        }
        Ok(())
    }

    /// Appends a chunk of any type that holds times.
    fn times(&self, chunk: ColumnReader, into: &mut Vec<i64>) -> Result<(), MarketError> {
        match chunk {
            ColumnReader::Int64ColumnReader(chunk) => {
                let first = into.len();
                self.values(chunk, into)?;
                match self.time_unit() {
                    Some(TimeUnit::MILLIS) => {}
                    Some(TimeUnit::MICROS) => into[first..]
                        .iter_mut()
                        .for_each(|t| *t = t.div_euclid(1_000)),
                    Some(TimeUnit::NANOS) => into[first..]
                        .iter_mut()
                        .for_each(|t| *t = t.div_euclid(1_000_000)),
                    None => {
                        for (row, time) in into.iter_mut().enumerate().skip(first) {
                            let number = *time;
                            *time = stamp::from_epoch(number)
                                .ok_or_else(|| self.bad(row, &number.to_string(), stamp::WANTED))?;
                        }
                    }
                }
            }
            ColumnReader::Int32ColumnReader(chunk) => {
                let mut days = Vec::new();
                self.values(chunk, &mut days)?;
                let is_date = matches!(self.descriptor.logical_type_ref(), Some(LogicalType::Date))
                    || self.descriptor.converted_type() == ConvertedType::DATE;
                for day in days {
                    // A plain 32-bit integer is an epoch in seconds.
                    let time = if is_date {
                        Some(i64::from(day) * DAY)
                    } else {
                        stamp::from_epoch(i64::from(day))
                    };
                    into.push(
                        time.ok_or_else(|| self.bad(into.len(), &day.to_string(), stamp::WANTED))?,
                    );
                }
            }
            ColumnReader::DoubleColumnReader(chunk) => {
                let mut numbers = Vec::new();
                self.values(chunk, &mut numbers)?;
                for number in numbers {
                    let text = number.to_string();
                    let time = stamp::read_any(text.as_bytes());
                    into.push(time.ok_or_else(|| self.bad(into.len(), &text, stamp::WANTED))?);
                }
            }
            ColumnReader::Int96ColumnReader(chunk) => {
                let mut times: Vec<Int96> = Vec::new();
                self.values(chunk, &mut times)?;
                into.extend(times.iter().map(Int96::to_millis));
            }
            ColumnReader::ByteArrayColumnReader(chunk) if self.is_text() => {
                let mut texts: Vec<ByteArray> = Vec::new();
                self.values(chunk, &mut texts)?;
                let mut stamps = stamp::Stamps::default();
                for text in &texts {
                    let time = stamps.read(text.data());
                    let shown = || String::from_utf8_lossy(text.data()).into_owned();
                    into.push(time.ok_or_else(|| self.bad(into.len(), &shown(), stamp::WANTED))?);
                }
            }
            _ => return Err(self.unsupported("has a type that holds no times")),
        }
        Ok(())
    }

    fn is_text(&self) -> bool {
        self.descriptor.physical_type() == Type::BYTE_ARRAY
            && !matches!(
                self.descriptor.logical_type_ref(),
                Some(LogicalType::Decimal { .. })
            )
            && self.descriptor.converted_type() != ConvertedType::DECIMAL
    }

    /// The unit that the type declares.
    fn time_unit(&self) -> Option<TimeUnit> {
        match self.descriptor.logical_type_ref() {
            Some(LogicalType::Timestamp(timestamp)) => Some(timestamp.unit),
            _ => match self.descriptor.converted_type() {
                ConvertedType::TIMESTAMP_MILLIS => Some(TimeUnit::MILLIS),
                ConvertedType::TIMESTAMP_MICROS => Some(TimeUnit::MICROS),
                _ => None,
            },
        }
    }

    /// `10^scale` of a decimal type, 1 for plain integers.
    fn decimal_unit(&self) -> f64 {
        if self.descriptor.converted_type() == ConvertedType::DECIMAL {
            10f64.powi(self.descriptor.type_scale())
        } else {
            1.0
        }
    }
}
