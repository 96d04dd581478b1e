//! Results as Parquet, written column by column.

use super::columns::{Columns, GROUP, Stored};
use super::disk::Sink;
use parquet::basic::{Compression, ZstdLevel};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::sync::Arc;

pub(crate) struct ParquetWriter {
    file: SerializedFileWriter<Box<dyn Sink>>,
    columns: Columns,
    numbers: Vec<u64>,
    /// Values of the group under way: parameters, then figures.
    values: Vec<Vec<f64>>,
}

impl ParquetWriter {
    pub(crate) fn new(sink: Box<dyn Sink>, columns: &Columns) -> io::Result<Self> {
        let level = ZstdLevel::try_new(3).map_err(into_io)?;
        let properties = WriterProperties::builder()
            .set_created_by("sixbtc".to_owned())
            .set_compression(Compression::ZSTD(level))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .set_max_row_group_row_count(Some(GROUP))
            .build();
        let schema = parse_message_type(&schema(columns)).map_err(into_io)?;
        let file = SerializedFileWriter::new(sink, Arc::new(schema), Arc::new(properties))
            .map_err(into_io)?;
        Ok(Self {
            file,
            numbers: Vec::new(),
            values: vec![Vec::new(); columns.params.len() + columns.figures.len()],
            columns: columns.clone(),
        })
    }

    pub(crate) fn row(&mut self, number: u64, point: &[f64], figures: &[f64]) -> io::Result<()> {
        self.numbers.push(number);
        for (column, value) in self.values.iter_mut().zip(point.iter().chain(figures)) {
            column.push(*value);
        }
        if self.numbers.len() == GROUP {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.numbers.is_empty() {
            return Ok(());
        }
        let mut group = self.file.next_row_group().map_err(into_io)?;
        let mut at = 0_usize;
        while let Some(mut column) = group.next_column().map_err(into_io)? {
            let values = at.checked_sub(1).and_then(|i| self.values.get(i));
            let stored = at.checked_sub(1).and_then(|i| self.columns.params.get(i));
            let wrote = match (column.untyped(), values) {
                (ColumnWriter::Int64ColumnWriter(w), None) => {
                    let numbers: Vec<i64> = self.numbers.iter().map(|n| n.cast_signed()).collect();
                    w.write_batch(&numbers, None, None)
                }
                (ColumnWriter::Int64ColumnWriter(w), Some(v)) => {
                    let whole: Vec<i64> = v.iter().map(|x| *x as i64).collect();
                    w.write_batch(&whole, None, None)
                }
                (ColumnWriter::BoolColumnWriter(w), Some(v)) => {
                    let truths: Vec<bool> = v.iter().map(|x| *x != 0.0).collect();
                    w.write_batch(&truths, None, None)
                }
                (ColumnWriter::ByteArrayColumnWriter(w), Some(v)) => {
                    let text = |x: &f64| stored.map_or_else(String::new, |p| p.text(*x));
                    let texts: Vec<ByteArray> = v
                        .iter()
                        .map(|x| ByteArray::from(text(x).into_bytes()))
                        .collect();
                    w.write_batch(&texts, None, None)
                }
                (ColumnWriter::DoubleColumnWriter(w), Some(v)) => w.write_batch(v, None, None),
                _ => Err(ParquetError::General(
                    "a column of another type than its schema".into(),
                )),
            };
            wrote.map_err(into_io)?;
            column.close().map_err(into_io)?;
            at += 1;
        }
        group.close().map_err(into_io)?;
        self.numbers.clear();
        self.values.iter_mut().for_each(Vec::clear);
        Ok(())
    }

    pub(crate) fn finish(mut self, entries: &BTreeMap<String, String>) -> io::Result<()> {
        self.flush()?;
        for (key, value) in entries {
            self.file
                .append_key_value_metadata(KeyValue::new(key.clone(), value.clone()));
        }
        // not `into_inner`, which hides that the disk was full
        self.file.finish().map_err(into_io)?;
        self.file.inner_mut().sync()
    }
}

fn schema(columns: &Columns) -> String {
    let mut text = String::from("message sweep { required int64 point (INTEGER(64,false)); ");
    for param in &columns.params {
        let (kind, note) = match param.stored {
            Stored::Number => ("double", ""),
            Stored::Whole => ("int64", ""),
            Stored::Bool => ("boolean", ""),
            Stored::Choice(_) | Stored::Time => ("binary", " (STRING)"),
        };
        // writing into a string cannot fail
        let _ = write!(text, "required {kind} {}{note}; ", param.column);
    }
    for figure in &columns.figures {
        let _ = write!(text, "required double {figure}; ");
    }
    text.push('}');
    text
}

/// The disk's own error out of the Parquet writer's, so that a full disk is called a full disk.
pub(crate) fn into_io(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}
