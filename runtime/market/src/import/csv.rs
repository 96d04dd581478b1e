//! Bars from delimited text.
//!
//! Made for speed on the usual file: whole lines are taken from a one-megabyte buffer, numbers are read digit by digit
//! into an integer and divided once by a power of ten, which rounds correctly as long as both are exact (Clinger, "How to
//! read floating point numbers accurately", 1990); everything else takes a slower way.

use super::columns::{self, Role};
use super::stamp::{self, Stamps};
use super::table::{Places, Table};
use crate::error::{MarketError, Place};
use std::io::Read;
use std::path::Path;

/// Bytes read at once. A line that is longer is no line of bars.
const BUFFER: usize = 1 << 20;

/// Lines of comment or title that may stand before the header.
const PREAMBLE: usize = 32;

/// Powers of ten that are exact in an f64.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Where a text comes from, for messages and sizes.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    pub path: &'a Path,
    /// Name inside an archive.
    pub entry: Option<&'a str>,
    /// Bytes of text to come, or an estimate.
    pub size: u64,
}

impl Origin<'_> {
    fn place(&self, line: u64) -> Place {
        self.entry.map_or(Place::Line(line), |name| Place::Entry {
            name: name.to_owned(),
            line,
        })
    }
}

/// How the lines are made up.
struct Layout {
    delimiter: u8,
    /// Numbers have a comma for the decimal point.
    decimal_comma: bool,
    /// Role of each field.
    roles: Vec<Role>,
    /// Fields up to and including the last one needed.
    needed: usize,
    /// The header, to recognise it when files were put end to end.
    header: Option<Vec<u8>>,
    /// Only positions tell which price is which.
    positional: bool,
}

/// Reads a text to its end. `truncated` turns a failure to read into the error that fits the container.
pub(super) fn read(
    origin: Origin<'_>,
    input: &mut dyn Read,
    failed: &dyn Fn(std::io::Error) -> MarketError,
) -> Result<Table, MarketError> {
    let mut lines = Lines {
        input,
        failed,
        buffer: vec![0; BUFFER],
        start: 0,
        end: 0,
        done: false,
        number: 0,
    };
    lines.fill(origin)?;
    lines.check_encoding(origin)?;
    let layout = lines.read_layout(origin)?;
    let mut rows = Rows::new(origin, layout, lines.number + 1, lines.start_length());
    while let Some(line) = lines.next(origin)? {
        rows.read(line)?;
    }
    rows.finish()
}

/// Lines out of a buffer over an input.
struct Lines<'r> {
    input: &'r mut dyn Read,
    failed: &'r dyn Fn(std::io::Error) -> MarketError,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    done: bool,
    /// Lines taken so far.
    number: u64,
}

impl Lines<'_> {
    /// Moves what is left to the front and reads until the buffer is full or the input ends.
    fn fill(&mut self, origin: Origin<'_>) -> Result<(), MarketError> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.buffer.len() {
            return Err(MarketError::Unsupported {
                path: origin.path.to_owned(),
                what: format!(
                    "line {} does not end within a megabyte, so this is no CSV file",
                    self.number + 1
                ),
                remedy: "supply CSV text or Parquet",
            });
        }
        while self.end < self.buffer.len() && !self.done {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.done = true,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err((self.failed)(error)),
            }
        }
        Ok(())
    }

    /// The next line without its end, or `None` after the last.
    fn next(&mut self, origin: Origin<'_>) -> Result<Option<&[u8]>, MarketError> {
        let length = loop {
            if let Some(length) = memchr::memchr(b'\n', &self.buffer[self.start..self.end]) {
                break length;
            }
            if self.done {
                if self.start == self.end {
                    return Ok(None);
                }
                // The last line may lack its end.
                let rest = self.start..self.end;
                self.start = self.end;
                self.number += 1;
                return Ok(Some(without_return(&self.buffer[rest])));
            }
            self.fill(origin)?;
        };
        let line = self.start..self.start + length;
        self.start += length + 1;
        self.number += 1;
        Ok(Some(without_return(&self.buffer[line])))
    }

    /// Refuses UTF-16 and binary files, and steps over a UTF-8 mark.
    fn check_encoding(&mut self, origin: Origin<'_>) -> Result<(), MarketError> {
        let head = &self.buffer[..self.end];
        let refuse = |what| {
            Err(MarketError::Encoding {
                path: origin.path.to_owned(),
                place: Place::File,
                what,
            })
        };
        if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
            return refuse("the text is UTF-16");
        }
        if head.iter().take(4096).any(|&byte| byte == 0) {
            return refuse("the file is binary or UTF-16, not plain text");
        }
        if head.starts_with(&[0xEF, 0xBB, 0xBF]) {
            self.start = 3;
        }
        if self.buffer[self.start..self.end].trim_ascii().is_empty() && self.done {
            return Err(MarketError::Empty {
                path: origin.path.to_owned(),
            });
        }
        Ok(())
    }

    /// Reads titles, comments and the header, and stops before the first row.
    fn read_layout(&mut self, origin: Origin<'_>) -> Result<Layout, MarketError> {
        for _ in 0..PREAMBLE {
            let (before, number) = (self.start, self.number);
            let Some(line) = self.next(origin)? else {
                return Err(MarketError::Empty {
                    path: origin.path.to_owned(),
                });
            };
            let Some(delimiter) = delimiter(line).filter(|_| !line.starts_with(b"#")) else {
                continue;
            };
            let line = line.to_vec();
            let place = origin.place(number + 1);
            let text = std::str::from_utf8(&line).map_err(|_| not_utf8(origin, place))?;
            let fields: Vec<String> = split(text.as_bytes(), delimiter)
                .map(from_utf8_lossy)
                .collect();
            let is_header = columns::is_header(&fields);
            if !is_header && fields.len() < 5 {
                continue;
            }
            if !is_header && is_first_row(&fields) {
                // Only a refill could have moved it, and the buffer was filled for this.
                self.start = before;
                self.number = number;
                return headerless(origin, delimiter, &fields);
            }
            let first_row = self.peek(delimiter);
            return named(origin, delimiter, &fields, &line, &first_row);
        }
        Err(MarketError::Unsupported {
            path: origin.path.to_owned(),
            what: "no line among the first has fields separated by comma, semicolon, tab or |"
                .into(),
            remedy: "supply CSV text with a header line such as time,open,high,low,close,volume",
        })
    }

    /// Fields of the line that comes next, as far as it is in the buffer.
    fn peek(&self, delimiter: u8) -> Vec<String> {
        let rest = &self.buffer[self.start..self.end];
        let line = rest
            .split(|&b| b == b'\n')
            .map(without_return)
            .find(|line| !line.trim_ascii().is_empty());
        split(line.unwrap_or_default(), delimiter)
            .map(from_utf8_lossy)
            .collect()
    }

    /// Length of the line that comes next: what the number of rows is estimated from.
    fn start_length(&self) -> usize {
        let rest = &self.buffer[self.start..self.end];
        memchr::memchr(b'\n', rest).unwrap_or(rest.len()) + 1
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn from_utf8_lossy(field: &[u8]) -> String {
    String::from_utf8_lossy(bare(field)).into_owned()
}

fn not_utf8(origin: Origin<'_>, place: Place) -> MarketError {
    MarketError::Encoding {
        path: origin.path.to_owned(),
        place,
        what: "the text is not valid UTF-8",
    }
}

/// The character that separates the fields of a line: the most frequent one; a comma only where no other occurs, because
/// it may be a decimal comma.
fn delimiter(line: &[u8]) -> Option<u8> {
    let count = |wanted: u8| memchr::memchr_iter(wanted, line).count();
    let with = |least: usize| {
        [b';', b'\t', b'|', b',']
            .into_iter()
            .find(|&d| count(d) >= least)
    };
    with(4).or_else(|| with(1))
}

/// A field without spaces and quotes around it.
fn bare(field: &[u8]) -> &[u8] {
    let field = field.trim_ascii();
    field
        .strip_prefix(b"\"")
        .and_then(|f| f.strip_suffix(b"\""))
        .map_or(field, <[u8]>::trim_ascii)
}

/// Fields of a line; a delimiter inside double quotes separates nothing.
fn split(line: &[u8], delimiter: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        let end = field_end(line, 0, delimiter);
        rest = line.get(end + 1..);
        Some(&line[..end])
    })
}

/// Index of the delimiter that ends the field beginning at `start`, or the length of the line.
fn field_end(line: &[u8], start: usize, delimiter: u8) -> usize {
    let rest = &line[start..];
    let mut from = 0;
    if rest.first() == Some(&b'"') {
        from = memchr::memchr(b'"', &rest[1..]).map_or(0, |close| close + 2);
    }
    memchr::memchr(delimiter, &rest[from..]).map_or(line.len(), |at| start + from + at)
}

/// Whether a line holds values: a timestamp first, and a number behind it (or a time of day).
fn is_first_row(fields: &[String]) -> bool {
    let Some(([first, second], _)) = fields.split_first_chunk::<2>() else {
        return false;
    };
    stamp::read_any(first.as_bytes()).is_some()
        && (second.replace(',', ".").parse::<f64>().is_ok() || is_clock(second))
}

fn is_clock(text: &str) -> bool {
    text.contains(':') && stamp::read_any(format!("2000-01-01 {text}").as_bytes()).is_some()
}

/// Files without a header: date and five numbers, or the twelve columns of Binance's archive.
fn headerless(origin: Origin<'_>, delimiter: u8, fields: &[String]) -> Result<Layout, MarketError> {
    use Role::{Clock, Close, Date, High, Low, Open, Skip, Time, Volume};
    let mut count = fields.len();
    if fields.last().is_some_and(String::is_empty) {
        count -= 1;
    }
    let split = is_clock(&fields[1]);
    let (mut roles, positional) = match (count, split) {
        (6, false) => (vec![Time, Open, High, Low, Close, Volume], true),
        (7, true) => (vec![Date, Clock, Open, High, Low, Close, Volume], true),
        (12, false) => (
            vec![
                Time, Open, High, Low, Close, Volume, Skip, Skip, Skip, Skip, Skip, Skip,
            ],
            false,
        ),
        (5, false) => {
            return Err(MarketError::MissingColumn {
                path: origin.path.to_owned(),
                missing: "volume",
                found: "5 columns without a header".into(),
                remedy: "add a column of volumes (zeros when they are unknown) and a header line",
            });
        }
        _ => {
            let reason = format!("{count} columns without a header do not tell which is which");
            return Err(MarketError::AmbiguousColumns {
                path: origin.path.to_owned(),
                reason,
            });
        }
    };
    roles.resize(fields.len(), Skip);
    Ok(layout(delimiter, roles, None, positional))
}

fn named(
    origin: Origin<'_>,
    delimiter: u8,
    names: &[String],
    header: &[u8],
    first_row: &[String],
) -> Result<Layout, MarketError> {
    let field = |index: usize| first_row.get(index).map_or("", String::as_str);
    let split_clock =
        |date: usize, clock: usize| !field(date).contains(':') && is_clock(field(clock));
    let roles =
        columns::resolve(names, split_clock).map_err(|missing| MarketError::MissingColumn {
            path: origin.path.to_owned(),
            missing: missing.column,
            found: columns::listed(names),
            remedy: missing.remedy,
        })?;
    Ok(layout(delimiter, roles, Some(header.to_vec()), false))
}

fn layout(delimiter: u8, roles: Vec<Role>, header: Option<Vec<u8>>, positional: bool) -> Layout {
    let needed = roles
        .iter()
        .rposition(|&role| role != Role::Skip)
        .map_or(0, |last| last + 1);
    // Where the comma is free, semicolons separate because the comma is the decimal point.
    let decimal_comma = delimiter == b';';
    Layout {
        delimiter,
        decimal_comma,
        roles,
        needed,
        header,
        positional,
    }
}

/// Collects rows.
struct Rows<'a> {
    origin: Origin<'a>,
    layout: Layout,
    table: Table,
    stamps: Stamps,
    first_line: u64,
    /// Lines that held no row.
    skips: u64,
    skipped: Vec<(usize, u64)>,
    symbol: Vec<u8>,
}

impl<'a> Rows<'a> {
    fn new(origin: Origin<'a>, layout: Layout, first_line: u64, line_length: usize) -> Self {
        // A little more than the first line's length suggests; a wrong estimate costs a copy, not correctness.
        let rows = (origin.size as usize / line_length.max(12)).min(1 << 27);
        let rows = rows + rows / 16 + 16;
        let column = || Vec::with_capacity(rows);
        let table = Table {
            time: Vec::with_capacity(rows),
            open: column(),
            high: column(),
            low: column(),
            close: column(),
            volume: column(),
            ..Table::default()
        };
        let (skips, skipped, symbol) = (0, Vec::new(), Vec::new());
        Self {
            origin,
            layout,
            table,
            stamps: Stamps::default(),
            first_line,
            skips,
            skipped,
            symbol,
        }
    }

    /// Line of the row that is being read.
    fn place(&self) -> Place {
        self.origin
            .place(self.first_line + self.table.rows() as u64 + self.skips)
    }

    fn skip(&mut self) {
        self.skips += 1;
        self.skipped.push((self.table.rows(), self.skips));
    }

    fn read(&mut self, line: &[u8]) -> Result<(), MarketError> {
        let delimiter = self.layout.delimiter;
        let mut values = [0.0f64; 5];
        let (mut time, mut date) = (0, &line[..0]);
        let mut at = 0;
        for column in 0..self.layout.needed {
            if at > line.len() {
                return self.short(line);
            }
            let role = self.layout.roles[column];
            let slot = match role {
                Role::Open => 0,
                Role::High => 1,
                Role::Low => 2,
                Role::Close => 3,
                Role::Volume => 4,
                _ => {
                    let end = field_end(line, at, delimiter);
                    let field = &line[at..end];
                    at = end + 1;
                    match role {
                        Role::Time => match self
                            .stamps
                            .read(field)
                            .or_else(|| self.stamps.read(bare(field)))
                        {
                            Some(read) => time = read,
                            None => return self.no_time(line, field),
                        },
                        Role::Date => date = field,
                        Role::Clock => {
                            let joined = [bare(date), b" ", bare(field)].concat();
                            match stamp::read_any(&joined) {
                                Some(read) => time = read,
                                None => return self.no_time(line, &joined),
                            }
                        }
                        Role::Symbol => self.same_symbol(field)?,
                        _ => {}
                    }
                    continue;
                }
            };
            if let Some((value, next)) = number(line, at, delimiter) {
                values[slot] = value;
                at = next;
                continue;
            }
            let end = field_end(line, at, delimiter);
            match slow_number(&line[at..end], self.layout.decimal_comma) {
                Some(value) => values[slot] = value,
                None => return self.no_number(line, role, &line[at..end]),
            }
            at = end + 1;
        }
        if at <= line.len() || self.layout.needed < self.layout.roles.len() {
            self.check_rest(line, at)?;
        }
        let table = &mut self.table;
        table.time.push(time);
        table.open.push(values[0]);
        table.high.push(values[1]);
        table.low.push(values[2]);
        table.close.push(values[3]);
        table.volume.push(values[4]);
        Ok(())
    }

    /// Behind the last field needed there must be as many as the header has; one empty one more is forgiven.
    fn check_rest(&self, line: &[u8], at: usize) -> Result<(), MarketError> {
        let rest = line.get(at..);
        let more = rest.map_or(0, |rest| split(rest, self.layout.delimiter).count());
        let (found, expected) = (self.layout.needed + more, self.layout.roles.len());
        let trailing =
            found == expected + 1 && line.trim_ascii_end().ends_with(&[self.layout.delimiter]);
        if found == expected || trailing || (found + 1 == expected && self.last_is_unnamed()) {
            return Ok(());
        }
        Err(MarketError::Fields {
            path: self.origin.path.to_owned(),
            place: self.place(),
            expected,
            found,
        })
    }

    /// Whether the header ends with a delimiter that the rows may lack.
    fn last_is_unnamed(&self) -> bool {
        self.layout
            .header
            .as_ref()
            .is_some_and(|h| h.trim_ascii_end().ends_with(&[self.layout.delimiter]))
    }

    /// A line with too few fields: nothing at all, a comment, or an error.
    fn short(&mut self, line: &[u8]) -> Result<(), MarketError> {
        if self.holds_no_row(line) {
            self.skip();
            return Ok(());
        }
        Err(MarketError::Fields {
            path: self.origin.path.to_owned(),
            place: self.place(),
            expected: self.layout.roles.len(),
            found: split(line, self.layout.delimiter).count(),
        })
    }

    fn holds_no_row(&self, line: &[u8]) -> bool {
        let blank = |b: &u8| b.is_ascii_whitespace() || *b == self.layout.delimiter;
        line.iter().all(blank)
            || line.starts_with(b"#")
            || self.layout.header.as_deref() == Some(line)
    }

    fn no_time(&mut self, line: &[u8], field: &[u8]) -> Result<(), MarketError> {
        if split(line, self.layout.delimiter).count() < self.layout.needed
            || self.holds_no_row(line)
        {
            return self.short(line);
        }
        self.bad_field("time", field, stamp::WANTED)
    }

    fn no_number(&mut self, line: &[u8], role: Role, field: &[u8]) -> Result<(), MarketError> {
        if split(line, self.layout.delimiter).count() < self.layout.needed {
            return self.short(line);
        }
        let column = match role {
            Role::Open => "open",
            Role::High => "high",
            Role::Low => "low",
            Role::Close => "close",
            _ => "volume",
        };
        self.bad_field(column, field, "a number")
    }

    fn bad_field(
        &self,
        column: &'static str,
        field: &[u8],
        wanted: &'static str,
    ) -> Result<(), MarketError> {
        let place = self.place();
        let Ok(text) = std::str::from_utf8(field) else {
            return Err(not_utf8(self.origin, place));
        };
        let text: String = text.trim().chars().take(60).collect();
        let text = if text.is_empty() {
            "(empty)".to_owned()
        } else {
            text
        };
        Err(MarketError::Field {
            path: self.origin.path.to_owned(),
            place,
            column,
            text,
            wanted,
        })
    }

    fn same_symbol(&mut self, field: &[u8]) -> Result<(), MarketError> {
        if self.table.time.is_empty() {
            self.symbol = field.to_vec();
        } else if self.symbol != field {
            return Err(MarketError::SeveralSymbols {
                path: self.origin.path.to_owned(),
                place: self.place(),
                first: from_utf8_lossy(&self.symbol),
                other: from_utf8_lossy(field),
            });
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Table, MarketError> {
        if self.layout.positional {
            settle_order(self.origin, &mut self.table)?;
        }
        let entry = self.origin.entry.map(str::to_owned);
        let places = Places::Lines {
            entry,
            first: self.first_line,
            skipped: self.skipped,
        };
        self.table.parts = vec![(0, places)];
        Ok(self.table)
    }
}

/// A plain decimal number at the start of a field and the index behind its delimiter, or `None` when it takes more care:
/// a sign, an exponent, quotes, spaces, or more digits than an f64 holds exactly.
#[inline]
fn number(line: &[u8], start: usize, delimiter: u8) -> Option<(f64, usize)> {
    let rest = line.get(start..)?;
    let (mut mantissa, mut index) = (0u64, 0);
    let mut digits = |index: &mut usize| {
        while let Some(digit) = rest
            .get(*index)
            .map(|b| b.wrapping_sub(b'0'))
            .filter(|d| *d < 10)
        {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
            *index += 1;
        }
    };
    digits(&mut index);
    let (mut read, mut decimals) = (index, 0);
    if rest.get(index) == Some(&b'.') {
        index += 1;
        let first = index;
        digits(&mut index);
        decimals = index - first;
        read += decimals;
    }
    let ended = rest.get(index).is_none_or(|&b| b == delimiter);
    // 18 digits cannot overflow the integer, and 2^53 is the last one that is exact as an f64.
    if !ended || read == 0 || read > 18 || mantissa > 1 << 53 {
        return None;
    }
    Some((mantissa as f64 / TENS[decimals], start + index + 1))
}

/// Any other number, correctly rounded too.
fn slow_number(field: &[u8], decimal_comma: bool) -> Option<f64> {
    let text = std::str::from_utf8(bare(field)).ok()?;
    // Adding zero turns −0 into 0, so that equal data have equal bits.
    if decimal_comma {
        return text
            .replace(',', ".")
            .parse::<f64>()
            .ok()
            .map(|value| value + 0.0);
    }
    text.parse::<f64>().ok().map(|value| value + 0.0)
}

/// Finds out which of four unnamed price columns is which. The first is the open in every layout in use; the others follow
/// as high, low, close, or close, high, low, or low, high, close. The one order in which no row has crossed prices is it.
fn settle_order(origin: Origin<'_>, table: &mut Table) -> Result<(), MarketError> {
    let [a, b, c, d] = [&table.open, &table.high, &table.low, &table.close];
    let fits = |high: &[f64], low: &[f64], inner: [&[f64]; 2]| {
        (0..high.len()).all(|i| {
            inner
                .iter()
                .all(|price| low[i] <= price[i] && price[i] <= high[i])
        })
    };
    let usual = fits(b, c, [a, d]);
    let close_first = fits(c, d, [a, b]);
    let low_first = fits(c, b, [a, d]);
    match (usual, close_first, low_first) {
        // Where none fits, the usual order lets the check name the first bad row.
        (true | false, false, false) => {}
        (false, true, false) => {
            let Table {
                high, low, close, ..
            } = table;
            std::mem::swap(high, close);
            // high: low, low: high, close: close.
            std::mem::swap(high, low);
        }
        (false, false, true) => std::mem::swap(&mut table.high, &mut table.low),
        _ => {
            return Err(MarketError::AmbiguousColumns {
                path: origin.path.to_owned(),
                reason: "the prices fit more than one order of columns".into(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_round_as_the_standard_library_does(text in "[0-9]{0,20}(\\.[0-9]{0,20})?") {
            let line = format!("{text},");
            if let Some((value, next)) = number(line.as_bytes(), 0, b',') {
                prop_assert_eq!(value.to_bits(), text.parse::<f64>().unwrap().to_bits());
                prop_assert_eq!(next, line.len());
            }
        }

        #[test]
        fn shortest_digits_take_the_fast_way(ticks in 1u64..1_000_000_000_000, decimals in 0usize..9) {
            let value = ticks as f64 / TENS[decimals];
            let text = value.to_string();
            prop_assert_eq!(number(text.as_bytes(), 0, b',').map(|(v, _)| v.to_bits()), Some(value.to_bits()));
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let origin = Origin { path: Path::new("x.csv"), entry: None, size: 0 };
            let failed = |_| MarketError::Empty { path: "x.csv".into() };
            let _ = read(origin, &mut bytes.as_slice(), &failed);
            let text = [b"time,open,high,low,close,volume\n".as_slice(), &bytes].concat();
            let _ = read(origin, &mut text.as_slice(), &failed);
        }

        #[test]
        fn any_near_csv_is_survived(text in "([0-9]{1,3}[.,;\\t\"\n]{0,2}){0,60}") {
            let origin = Origin { path: Path::new("x.csv"), entry: None, size: 0 };
            let failed = |_| MarketError::Empty { path: "x.csv".into() };
            let _ = read(origin, &mut text.as_bytes(), &failed);
        }
    }
}
