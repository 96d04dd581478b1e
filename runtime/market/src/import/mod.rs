//! Bars from files: CSV in the usual shapes, plain, gzipped or zipped, and Parquet. What a file is, its first bytes tell,
//! not its name.
//!
//! Everything is checked before it is handed out. What is wrong or ambiguous is refused with one message that names file,
//! line and remedy; nothing is guessed and nothing invented.

mod columns;
mod csv;
mod fields;
mod funding;
mod layout;
mod name;
pub(crate) mod parquet;
mod spacing;
mod stamp;
mod table;

use crate::bars::Bars;
use crate::calendar::iso;
use crate::check::{self, Flaw, Gap, Repairs};
use crate::error::MarketError;
use crate::timeframe::Timeframe;
use flate2::read::MultiGzDecoder;
use spacing::{off_grid, settle_timeframe};
use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use table::Table;

pub use funding::open_funding;

/// What the user says about a file.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// Name of the symbol; else the file tells.
    pub symbol: Option<String>,
    /// Length of the bars; else name and spacing tell. It must agree with the spacing.
    pub timeframe: Option<Timeframe>,
    /// Sort rows and keep the last of equal times, instead of refusing the file.
    pub repair: bool,
}

/// What a file held.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The bars, checked.
    pub bars: Bars,
    /// Holes between them.
    pub gaps: Vec<Gap>,
    /// What [`ImportOptions::repair`] did.
    pub repairs: Repairs,
    /// Bars that do not open on the timeframe's UTC grid, such as days that begin in another time zone.
    pub off_grid: usize,
    /// The file, or the files when several of a directory held one symbol.
    pub files: Vec<PathBuf>,
}

/// Opens a data file.
///
/// # Examples
/// ```no_run
/// use sixbtc_market::import::{ImportOptions, open};
/// let found = open("BTCUSDT-1m-2024-01.zip", &ImportOptions::default())?;
/// println!("{} {} bars of {}", found.bars.len(), found.bars.timeframe, found.bars.symbol);
/// # Ok::<(), sixbtc_market::MarketError>(())
/// ```
pub fn open(path: impl AsRef<Path>, options: &ImportOptions) -> Result<Imported, MarketError> {
    let path = path.as_ref();
    let table = read_table(path)?;
    finish(path, table, options)
}

/// Opens a file, or every data file of a directory (not of the directories inside): one symbol a file, in order of symbol
/// and timeframe. Several files of one symbol and timeframe, such as monthly archives, are joined; they must not overlap.
pub fn open_all(
    path: impl AsRef<Path>,
    options: &ImportOptions,
) -> Result<Vec<Imported>, MarketError> {
    let path = path.as_ref();
    let about = fs::metadata(path).map_err(|error| MarketError::io(path, "open it", error))?;
    if !about.is_dir() {
        return Ok(vec![open(path, options)?]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| MarketError::io(path, "list it", error))? {
        let entry = entry.map_err(|error| MarketError::io(path, "list it", error))?;
        if is_data_file(&entry.path()) {
            files.push(entry.path());
        }
    }
    files.sort();
    let mut all: Vec<Imported> = Vec::new();
    for file in &files {
        let found = open(file, options)?;
        let same = |other: &&mut Imported| {
            other.bars.symbol == found.bars.symbol && other.bars.timeframe == found.bars.timeframe
        };
        match all.iter_mut().find(same) {
            Some(other) => join(other, found)?,
            None => all.push(found),
        }
    }
    if all.is_empty() {
        return Err(MarketError::NoFiles {
            path: path.to_owned(),
        });
    }
    for found in &mut all {
        found.gaps = check::gaps(&found.bars);
    }
    all.sort_by(|a, b| (&a.bars.symbol, a.bars.timeframe).cmp(&(&b.bars.symbol, b.bars.timeframe)));
    Ok(all)
}

fn is_data_file(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    let ends = [
        ".csv", ".txt", ".tsv", ".csv.gz", ".txt.gz", ".tsv.gz", ".zip", ".parquet", ".pq",
    ];
    !name.starts_with('.') && path.is_file() && ends.iter().any(|end| name.ends_with(end))
}

/// Joins two files of one symbol and timeframe.
fn join(one: &mut Imported, other: Imported) -> Result<(), MarketError> {
    let mut bars = one.bars.clone();
    bars.append(&other.bars);
    let repairs = check::repair(&mut bars);
    if repairs.duplicates > 0 {
        let again = other
            .bars
            .time
            .iter()
            .find(|time| one.bars.time.binary_search(time).is_ok());
        return Err(MarketError::Overlap {
            first: one.files.first().cloned().unwrap_or_default(),
            second: other.files.first().cloned().unwrap_or_default(),
            symbol: bars.symbol,
            timeframe: bars.timeframe,
            time: again.map(|time| iso(*time)).unwrap_or_default(),
        });
    }
    if let Some((row, flaw)) = check::first_bad_time(&bars) {
        let path = other.files.first().cloned().unwrap_or_default();
        let place = crate::error::Place::Row(row as u64 + 1);
        return Err(MarketError::Flaw { path, place, flaw });
    }
    one.bars = bars;
    one.off_grid += other.off_grid;
    one.files.extend(other.files);
    one.repairs.moved += other.repairs.moved;
    one.repairs.duplicates += other.repairs.duplicates;
    one.repairs.conflicting += other.repairs.conflicting;
    Ok(())
}

/// Formats, told apart by their first bytes.
enum Format {
    Text,
    Gzip,
    Zip,
    Parquet,
}

/// Opens a file for reading, refusing directories and empty files.
fn open_file(path: &Path) -> Result<(File, u64), MarketError> {
    let file = File::open(path).map_err(|error| MarketError::io(path, "open it", error))?;
    let about = file
        .metadata()
        .map_err(|error| MarketError::io(path, "read it", error))?;
    if about.is_dir() {
        return Err(MarketError::IsDirectory {
            path: path.to_owned(),
        });
    }
    if about.is_file() && about.len() == 0 {
        return Err(MarketError::Empty {
            path: path.to_owned(),
        });
    }
    Ok((file, about.len()))
}

fn format_of(path: &Path, file: &mut File) -> Result<Format, MarketError> {
    let mut head = [0u8; 4];
    let mut length = 0;
    while length < 4 {
        match file
            .read(&mut head[length..])
            .map_err(|error| MarketError::io(path, "read it", error))?
        {
            0 => break,
            count => length += count,
        }
    }
    file.seek(SeekFrom::Start(0))
        .map_err(|error| MarketError::io(path, "read it", error))?;
    Ok(match head {
        [0x1f, 0x8b, ..] => Format::Gzip,
        [b'P', b'K', 3, 4] | [b'P', b'K', 5, 6] => Format::Zip,
        [b'P', b'A', b'R', b'1'] => Format::Parquet,
        [b'P', b'A', b'R', b'E'] => {
            return Err(MarketError::Unsupported {
                path: path.to_owned(),
                what: "the Parquet file is encrypted".into(),
                remedy: "write it without encryption",
            });
        }
        _ => Format::Text,
    })
}

/// Reads whatever the file is into columns.
fn read_table(path: &Path) -> Result<Table, MarketError> {
    let (mut file, size) = open_file(path)?;
    match format_of(path, &mut file)? {
        Format::Parquet => parquet::read(path),
        Format::Zip => read_zip(path, file),
        Format::Gzip => with_text(path, file, size, true, &mut |origin, input, failed| {
            csv::read(origin, input, failed)
        }),
        Format::Text => with_text(path, file, size, false, &mut |origin, input, failed| {
            csv::read(origin, input, failed)
        }),
    }
}

/// A reader of one text.
type TextReader<'r, T> = &'r mut dyn FnMut(
    csv::Origin<'_>,
    &mut dyn Read,
    &dyn Fn(io::Error) -> MarketError,
) -> Result<T, MarketError>;

/// Hands the text of a plain or gzipped file to a reader.
fn with_text<T>(
    path: &Path,
    file: File,
    size: u64,
    gzip: bool,
    reader: TextReader<'_, T>,
) -> Result<T, MarketError> {
    if gzip {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => MarketError::Truncated {
                path: path.to_owned(),
                format: "gzip",
            },
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => MarketError::Corrupt {
                path: path.to_owned(),
                format: "gzip",
                detail: error.to_string(),
            },
            _ => MarketError::io(path, "read it", error),
        };
        // Candles shrink to about a quarter.
        let origin = csv::Origin {
            path,
            entry: None,
            size: size.saturating_mul(4),
        };
        return reader(
            origin,
            &mut MultiGzDecoder::new(BufReader::with_capacity(1 << 18, file)),
            &failed,
        );
    }
    let failed = |error| MarketError::io(path, "read it", error);
    let mut file = file;
    reader(
        csv::Origin {
            path,
            entry: None,
            size,
        },
        &mut file,
        &failed,
    )
}

/// Reads every CSV of an archive, one behind the other in order of name.
fn read_zip(path: &Path, file: File) -> Result<Table, MarketError> {
    let damaged = |error: &zip::result::ZipError| match error {
        zip::result::ZipError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            MarketError::Truncated {
                path: path.to_owned(),
                format: "zip",
            }
        }
        zip::result::ZipError::InvalidArchive(why)
            if why.contains("end of central directory") || why.contains("EOCD") =>
        {
            MarketError::Truncated {
                path: path.to_owned(),
                format: "zip",
            }
        }
        zip::result::ZipError::UnsupportedArchive(what) => MarketError::Unsupported {
            path: path.to_owned(),
            what: format!("the zip file uses a feature that is not read ({what})"),
            remedy: "unpack it, or zip it with plain deflate and no password",
        },
        other => MarketError::Corrupt {
            path: path.to_owned(),
            format: "zip",
            detail: other.to_string(),
        },
    };
    let mut archive =
        zip::ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(&error))?;
    let mut entries: Vec<(String, usize)> = Vec::new();
    for index in 0..archive.len() {
        let Some(name) = archive.name_for_index(index) else {
            continue;
        };
        let name = name.map_err(|error| damaged(&error))?.into_owned();
        let lower = name.to_lowercase();
        if !lower.starts_with("__macosx/")
            && [".csv", ".txt", ".tsv"]
                .iter()
                .any(|end| lower.ends_with(end))
        {
            entries.push((name, index));
        }
    }
    entries.sort();
    let mut whole: Option<Table> = None;
    for (name, index) in &entries {
        let mut entry = archive.by_index(*index).map_err(|error| damaged(&error))?;
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => MarketError::Truncated {
                path: path.to_owned(),
                format: "zip",
            },
            _ => MarketError::Corrupt {
                path: path.to_owned(),
                format: "zip",
                detail: error.to_string(),
            },
        };
        let entry_name = (entries.len() > 1).then_some(name.as_str());
        let origin = csv::Origin {
            path,
            entry: entry_name,
            size: entry.size(),
        };
        let table = csv::read(origin, &mut entry, &failed)?;
        match &mut whole {
            Some(whole) => whole.append(table),
            None => whole = Some(table),
        }
    }
    whole.ok_or_else(|| MarketError::Unsupported {
        path: path.to_owned(),
        what: "the zip file holds no .csv or .txt file".into(),
        remedy: "zip the CSV file itself",
    })
}

/// Finds symbol and timeframe, mends if asked, and checks.
fn finish(path: &Path, mut table: Table, options: &ImportOptions) -> Result<Imported, MarketError> {
    if table.rows() == 0 {
        return Err(MarketError::Empty {
            path: path.to_owned(),
        });
    }
    let named = name::read(path);
    let symbol = options
        .symbol
        .clone()
        .or_else(|| table.symbol.take())
        .or(named.symbol);
    let symbol = symbol.ok_or_else(|| MarketError::UnknownSymbol {
        path: path.to_owned(),
    })?;
    let parts = std::mem::take(&mut table.parts);
    let period = table.period;
    let mut bars = Bars {
        symbol,
        // Until the spacing is known: one second, so that only disorder and equal times are errors.
        timeframe: Timeframe::from_ms(1_000).ok_or(MarketError::Period { ms: 1_000 })?,
        time: table.time,
        open: table.open,
        high: table.high,
        low: table.low,
        close: table.close,
        volume: table.volume,
    };
    let places = Table {
        parts,
        ..Table::default()
    };
    let refuse = |(row, flaw): (usize, Flaw)| MarketError::Flaw {
        path: path.to_owned(),
        place: places.place(row),
        flaw,
    };
    // Values are checked before rows move, so that the line is the one in the file.
    let bad_values = check::first_bad_values(&bars);
    let mut repairs = Repairs::default();
    if options.repair {
        if let Some(bad) = bad_values {
            return Err(refuse(bad));
        }
        repairs = check::repair(&mut bars);
    } else {
        let bad_time =
            check::first_bad_time(&bars).filter(|(_, flaw)| !matches!(flaw, Flaw::Overlap { .. }));
        if let Some(first) = [bad_time, bad_values]
            .into_iter()
            .flatten()
            .min_by_key(|(row, _)| *row)
        {
            return Err(refuse(first));
        }
    }
    let claims = match (options.timeframe, period.and_then(Timeframe::from_ms)) {
        (Some(given), _) => vec![(given, "--tf")],
        (None, Some(stored)) => vec![(stored, "the file's footer")],
        (None, None) => named
            .timeframes
            .iter()
            .map(|&timeframe| (timeframe, "the file name"))
            .collect(),
    };
    bars.timeframe = settle_timeframe(path, &bars, &claims, options.timeframe.is_some())?;
    if let Some(bad) = check::first_bad_time(&bars) {
        return Err(refuse(bad));
    }
    let off_grid = off_grid(&bars);
    let gaps = check::gaps(&bars);
    Ok(Imported {
        bars,
        gaps,
        repairs,
        off_grid,
        files: vec![path.to_owned()],
    })
}

/// Reads bars from text in memory, as if it were a file of that name: for tests and for tools without a file.
pub fn read_csv(name: &str, text: &[u8], options: &ImportOptions) -> Result<Imported, MarketError> {
    let path = Path::new(name);
    let failed = |error| MarketError::io(path, "read it", error);
    let origin = csv::Origin {
        path,
        entry: None,
        size: text.len() as u64,
    };
    let table = csv::read(origin, &mut Cursor::new(text), &failed)?;
    finish(path, table, options)
}
