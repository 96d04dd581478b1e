//! What can be wrong with market data.

use crate::check::Flaw;
use crate::timeframe::Timeframe;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Where in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    File,
    /// A line of text, from 1; the header counts.
    Line(u64),
    /// A row of a table without lines, from 1.
    Row(u64),
    /// A line of a file inside an archive.
    Entry {
        /// Name of the file inside the archive.
        name: String,
        /// Its line, from 1.
        line: u64,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => Ok(()),
            Self::Line(line) => write!(f, ", line {line}"),
            Self::Row(row) => write!(f, ", row {row}"),
            Self::Entry { name, line } => write!(f, ", `{name}` line {line}"),
        }
    }
}

/// A problem with market data: one message that names the place and the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MarketError {
    /// Text that is not a timeframe.
    #[error("`{text}` is not a timeframe: {reason}")]
    Timeframe {
        /// What was written.
        text: String,
        /// What would be right.
        reason: &'static str,
    },
    /// No such file or directory.
    #[error("`{}` does not exist; check the path, or `sixbtc data list` for what is stored", .path.display())]
    NotFound {
        /// The path as given.
        path: PathBuf,
    },
    /// The user may not read or write it.
    #[error("`{}`: permission denied; make it accessible to this user (chmod, chown) and try again", .path.display())]
    Denied {
        /// The path as given.
        path: PathBuf,
    },
    /// A directory where a file belongs.
    #[error("`{}` is a directory, but a file is expected here; name one of the files in it", .path.display())]
    IsDirectory {
        /// The path as given.
        path: PathBuf,
    },
    /// Any other failure of the disk.
    #[error("`{}`: cannot {action}: {source}; the data on disk is unchanged", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried, a verb with its object.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// No bytes, or only a header.
    #[error("`{}` holds no bars; a data file has a header line and one line a bar", .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A directory without candle files.
    #[error(
        "`{}` holds no candle files; they end in .csv, .txt, .csv.gz, .zip or .parquet, one symbol a file",
        .path.display()
    )]
    NoFiles {
        /// The directory.
        path: PathBuf,
    },
    /// Text that is not UTF-8.
    #[error("`{}`{place}: {what}; save the file as UTF-8 text", .path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
        /// Where.
        place: Place,
        /// What it is instead.
        what: &'static str,
    },
    /// A file that stops early.
    #[error("`{}`: the {format} file is cut short; copy or download it again", .path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Name of the format.
        format: &'static str,
    },
    /// A file whose structure is broken.
    #[error("`{}`: the {format} file is damaged ({detail}); copy or download it again", .path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Name of the format.
        format: &'static str,
        /// What the decoder said.
        detail: String,
    },
    /// A feature of a format that is not read.
    #[error("`{}`: {what}; {remedy}", .path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What was met.
        what: String,
        /// What to do instead.
        remedy: &'static str,
    },
    /// A column that must be there is not.
    #[error("`{}`: no column for {missing} (found: {found}); {remedy}", .path.display())]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        missing: &'static str,
        /// Names that are there.
        found: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Columns that cannot be told apart.
    #[error("`{}`: {reason}; add a header line such as time,open,high,low,close,volume", .path.display())]
    AmbiguousColumns {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A line with too few or too many fields.
    #[error("`{}`{place}: {found} fields where {expected} are expected; the line is cut short or shifted: correct or \
             remove it", .path.display())]
    Fields {
        /// The file.
        path: PathBuf,
        /// Where.
        place: Place,
        /// As many as the header has.
        expected: usize,
        /// As many as there are.
        found: usize,
    },
    /// A field that does not read as what it should be.
    #[error("`{}`{place}: {column} is `{text}`, not {wanted}; correct or remove the line", .path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// Where.
        place: Place,
        /// Name of the column.
        column: &'static str,
        /// What is written there.
        text: String,
        /// What should be.
        wanted: &'static str,
    },
    /// A row that breaks a rule every bar must obey.
    #[error("`{}`{place}: {flaw}; {}", .path.display(), .flaw.remedy())]
    Flaw {
        /// The file.
        path: PathBuf,
        /// Where.
        place: Place,
        /// The rule and the values.
        flaw: Flaw,
    },
    /// Rows of several symbols in one file.
    #[error(
        "`{}`{place}: the symbol changes from `{first}` to `{other}`; split the file into one file a symbol",
        .path.display()
    )]
    SeveralSymbols {
        /// The file.
        path: PathBuf,
        /// Where.
        place: Place,
        /// Symbol of the first row.
        first: String,
        /// Symbol of this row.
        other: String,
    },
    /// Neither name nor content tells the symbol.
    #[error("`{}`: the file name tells no symbol; give it, as in --symbol BTC", .path.display())]
    UnknownSymbol {
        /// The file.
        path: PathBuf,
    },
    /// Neither name nor content tells the timeframe.
    #[error("`{}`: neither name nor spacing tells the timeframe; give it, as in --tf 15m", .path.display())]
    UnknownTimeframe {
        /// The file.
        path: PathBuf,
    },
    /// Name or option and content disagree on the timeframe.
    #[error(
        "`{}`: {claimed_by} says {claimed}, but the bars are mostly {spacing} apart; {}",
        .path.display(),
        if *.from_option { "leave out --tf to import them as they are, then resample" }
        else { "rename the file or give the timeframe with --tf" }
    )]
    TimeframeContradiction {
        /// The file.
        path: PathBuf,
        /// Who says it.
        claimed_by: &'static str,
        /// What it says.
        claimed: Timeframe,
        /// The most frequent distance of opens, as text.
        spacing: String,
        /// Whether an explicit option said it.
        from_option: bool,
    },
    /// Bars longer than the ones wanted.
    #[error(
        "`{symbol}` has {have} bars, and {want} bars cannot be made from longer ones; supply {want} data or finer"
    )]
    Coarser {
        /// The symbol.
        symbol: String,
        /// What there is.
        have: Timeframe,
        /// What is wanted.
        want: Timeframe,
    },
    /// Bars that do not fit into the ones wanted.
    #[error(
        "`{symbol}` has {have} bars, which do not divide {want} bars evenly; supply data whose length does"
    )]
    Uneven {
        /// The symbol.
        symbol: String,
        /// What there is.
        have: Timeframe,
        /// What is wanted.
        want: Timeframe,
    },
    /// A period of a strategy that is no timeframe.
    #[error("a bar of {ms} ms is no timeframe; it must be whole seconds between 1s and 52w")]
    Period {
        /// The length asked for.
        ms: i64,
    },
    /// A strategy reads a symbol that was not supplied.
    #[error(
        "the strategy reads `{symbol}`, which is not among the data; supply it beside `{base}`"
    )]
    SymbolNotSupplied {
        /// The symbol wanted.
        symbol: String,
        /// The symbol traded.
        base: String,
    },
    /// A strategy without a frame, or one that reads the session without having one.
    #[error("the compiled strategy is not complete: {0}")]
    Manifest(&'static str),
    /// Session hours that do not read.
    #[error("`{text}` is not a session: {reason}")]
    Session {
        /// What was written.
        text: String,
        /// What would be right.
        reason: &'static str,
    },
    /// A time zone that the IANA data does not know.
    #[error("`{name}` is not a time zone; use an IANA name such as UTC or America/New_York")]
    Timezone {
        /// What was written.
        name: String,
    },
    /// The store has no such series.
    #[error(
        "no {timeframe} bars of `{symbol}` in the store ({have}); `sixbtc data import` or `sixbtc data fetch` adds them"
    )]
    NotStored {
        /// The symbol.
        symbol: String,
        /// The timeframe.
        timeframe: Timeframe,
        /// What the store has of the symbol, as text.
        have: String,
    },
    /// A stored file is not what was stored.
    #[error(
        "`{}`: the content does not match the hash it was stored with ({stored} stored, {found} found); fetch it again, \
         or `sixbtc data repair` to accept it as it is",
        .path.display()
    )]
    HashMismatch {
        /// The file.
        path: PathBuf,
        /// Hash in the file's metadata, its first 12 digits.
        stored: String,
        /// Hash of the content, its first 12 digits.
        found: String,
    },
    /// Two files claim the same bars.
    #[error(
        "`{}` and `{}` both hold {symbol} {timeframe} bars of the same time ({time}); keep one of them",
        .first.display(), .second.display()
    )]
    Overlap {
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
        /// The symbol of both.
        symbol: String,
        /// The timeframe of both.
        timeframe: Timeframe,
        /// First open that both have, ISO-8601.
        time: String,
    },
    /// Settings of the generator that make no market.
    #[error("cannot make synthetic bars: {0}")]
    Synth(&'static str),
}

impl MarketError {
    /// Sorts a failure of the disk into the kind that tells the user most.
    pub(crate) fn io(path: &Path, action: &'static str, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { path },
            io::ErrorKind::PermissionDenied => Self::Denied { path },
            io::ErrorKind::IsADirectory => Self::IsDirectory { path },
            _ => Self::Io {
                path,
                action,
                source,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_the_disk_are_told_apart() {
        let shown = |kind: io::ErrorKind| {
            MarketError::io(Path::new("data/BTC/1h.parquet"), "write it", kind.into()).to_string()
        };
        insta::assert_snapshot!(shown(io::ErrorKind::PermissionDenied), @"`data/BTC/1h.parquet`: permission denied; make it accessible to this user (chmod, chown) and try again");
        insta::assert_snapshot!(shown(io::ErrorKind::StorageFull), @"`data/BTC/1h.parquet`: cannot write it: no storage space; the data on disk is unchanged");
        insta::assert_snapshot!(shown(io::ErrorKind::NotFound), @"`data/BTC/1h.parquet` does not exist; check the path, or `sixbtc data list` for what is stored");
    }
}
