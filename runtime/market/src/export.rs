//! Bars to files, never half-written.

use crate::bars::Bars;
use crate::calendar::iso;
use crate::error::MarketError;
use crate::import::parquet::{
    HASH_KEY, LAYOUT_KEY, LAYOUT_PLAIN, SOURCE_KEY, SYMBOL_KEY, TIMEFRAME_KEY,
};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::data_type::{DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Times are milliseconds UTC; nothing is optional, so that a reader copies whole columns.
const SCHEMA: &str = "message bars {
    required int64 time (TIMESTAMP(MILLIS, true));
    required double open;
    required double high;
    required double low;
    required double close;
    required double volume;
}";

/// Rows of a row group.
const GROUP: usize = 1 << 20;

/// Whether a Parquet file is made to be read fast or to be small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Plain columns: a reader only copies. 48 bytes a bar.
    Fast,
    /// zstd over bytes split by significance: about half as large, and several times slower to open.
    Small,
}

/// Writes `time,open,high,low,close,volume`, times in ISO-8601 UTC, prices with the shortest digits that read back to the
/// same f64.
pub fn write_csv(bars: &Bars, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "time,open,high,low,close,volume")?;
    for row in 0..bars.len() {
        let (time, open, high) = (iso(bars.time[row]), bars.open[row], bars.high[row]);
        let (low, close, volume) = (bars.low[row], bars.close[row], bars.volume[row]);
        writeln!(out, "{time},{open},{high},{low},{close},{volume}")?;
    }
    Ok(())
}

/// Writes Parquet with the columns of [`write_csv`]; symbol, timeframe, content hash and source stand in the footer.
pub fn write_parquet(
    bars: &Bars,
    source: &str,
    packing: Packing,
    out: &mut (dyn Write + Send),
) -> io::Result<()> {
    let entry = |key: &str, value: String| KeyValue::new(key.to_owned(), value);
    let mut entries = vec![
        entry(SYMBOL_KEY, bars.symbol.clone()),
        entry(TIMEFRAME_KEY, bars.timeframe.ms().to_string()),
        entry(HASH_KEY, bars.hash()),
        entry(SOURCE_KEY, source.to_owned()),
    ];
    if packing == Packing::Fast {
        entries.push(entry(LAYOUT_KEY, LAYOUT_PLAIN.to_owned()));
    }
    let properties = WriterProperties::builder()
        .set_created_by("sixbtc".to_owned())
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_write_batch_size(1 << 16)
        .set_max_row_group_row_count(Some(GROUP))
        .set_key_value_metadata(Some(entries));
    let properties = match packing {
        // One page a column and group: what the layout entry promises.
        Packing::Fast => properties
            .set_encoding(Encoding::PLAIN)
            .set_compression(Compression::UNCOMPRESSED)
            .set_data_page_size_limit(1 << 30)
            .set_data_page_row_count_limit(GROUP),
        Packing::Small => properties
            .set_encoding(Encoding::BYTE_STREAM_SPLIT)
            .set_compression(Compression::ZSTD(ZstdLevel::default())),
    };
    let schema = Arc::new(parse_message_type(SCHEMA).map_err(into_io)?);
    let mut writer =
        SerializedFileWriter::new(out, schema, Arc::new(properties.build())).map_err(into_io)?;
    for first in (0..bars.len()).step_by(GROUP) {
        let rows = first..(first + GROUP).min(bars.len());
        let mut group = writer.next_row_group().map_err(into_io)?;
        write_column::<Int64Type, _>(&mut group, &bars.time[rows.clone()])?;
        for column in [&bars.open, &bars.high, &bars.low, &bars.close, &bars.volume] {
            write_column::<DoubleType, _>(&mut group, &column[rows.clone()])?;
        }
        group.close().map_err(into_io)?;
    }
    writer.close().map_err(into_io)?;
    Ok(())
}

fn write_column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
) -> io::Result<()> {
    if let Some(mut column) = group.next_column().map_err(into_io)? {
        column
            .typed::<T>()
            .write_batch(values, None, None)
            .map_err(into_io)?;
        column.close().map_err(into_io)?;
    }
    Ok(())
}

/// The disk's own error out of the Parquet writer's, so that a full disk is called a full disk.
fn into_io(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}

/// Writes bars to a file whose name says how: `.csv`, `.csv.gz` or `.parquet`. A file of that name is replaced, and only
/// once the new one is whole and on the disk.
pub fn export(bars: &Bars, path: impl AsRef<Path>, source: &str) -> Result<(), MarketError> {
    let path = path.as_ref();
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    let ends = |end: &str| name.ends_with(end);
    if ends(".parquet") {
        write_whole(path, |out| write_parquet(bars, source, Packing::Fast, out))
    } else if ends(".csv") {
        write_whole(path, |out| write_csv(bars, out))
    } else if ends(".csv.gz") {
        write_whole(path, |out| {
            let mut packed = flate2::write::GzEncoder::new(out, flate2::Compression::default());
            write_csv(bars, &mut packed)?;
            packed.finish().map(drop)
        })
    } else {
        Err(MarketError::Unsupported {
            path: path.to_owned(),
            what: "the name does not say in which format to write".into(),
            remedy: "let it end in .csv, .csv.gz or .parquet",
        })
    }
}

/// Writes a file under another name, brings it to the disk and gives it its name at last: whatever happens in between, the
/// old content stays.
pub(crate) fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), MarketError> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    if path.is_dir() {
        return Err(MarketError::IsDirectory {
            path: path.to_owned(),
        });
    }
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let unique = COUNT.fetch_add(1, Ordering::Relaxed);
    let unfinished = path.with_file_name(format!(".{name}.{}-{unique}.tmp", std::process::id()));
    let written = (|| {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&unfinished)?;
        let mut out = BufWriter::with_capacity(1 << 18, file);
        write(&mut out)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&unfinished, path)?;
        // The name is on the disk only once its directory is.
        match path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            Some(parent) => File::open(parent)?.sync_all(),
            None => File::open(".")?.sync_all(),
        }
    })();
    written.map_err(|error| {
        let _ = fs::remove_file(&unfinished);
        MarketError::io(path, "write it", error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{ImportOptions, open};
    use crate::synth::{SynthOptions, synth};

    #[test]
    fn a_failing_write_leaves_the_old_file_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("X-1h.csv");
        fs::write(&path, "old").unwrap();
        let error = write_whole(&path, |out| {
            out.write_all(&vec![b'x'; 1 << 20])?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        });
        assert!(matches!(error, Err(MarketError::Io { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn every_format_reads_back_to_the_same_bits() {
        let dir = tempfile::tempdir().unwrap();
        let options = SynthOptions {
            bars: 3_000,
            gap_chance: 0.01,
            open_jump: 0.3,
            ..SynthOptions::default()
        };
        let bars = synth(&options).unwrap();
        for name in ["SYNTH-1h.csv", "SYNTH-1h.csv.gz", "SYNTH-1h.parquet"] {
            let path = dir.path().join(name);
            export(&bars, &path, "test").unwrap();
            let found = open(&path, &ImportOptions::default()).unwrap();
            assert_eq!(found.bars.hash(), bars.hash(), "{name}");
        }
        let mut small = Vec::new();
        write_parquet(&bars, "test", Packing::Small, &mut small).unwrap();
        let path = dir.path().join("small.parquet");
        fs::write(&path, &small).unwrap();
        let found = open(&path, &ImportOptions::default()).unwrap();
        assert_eq!(found.bars.hash(), bars.hash());
        assert!(matches!(
            export(&bars, dir.path().join("x.xlsx"), ""),
            Err(MarketError::Unsupported { .. })
        ));
        assert!(matches!(
            export(&bars, dir.path().join("no/x.csv"), ""),
            Err(MarketError::NotFound { .. })
        ));
    }
}
