//! Bars from delimited text.
//!
//! Made for speed on the usual file: whole lines are taken from a one-megabyte buffer, numbers are read digit by digit
//! into an integer and divided once by a power of ten, which rounds correctly as long as both are exact (Clinger, "How to
//! read floating point numbers accurately", 1990); everything else takes a slower way.

use super::columns::{self, Role};
use super::fields::{bare, field_end, number, slow_number, split};
use super::layout::{Layout, delimiter, headerless, is_first_row, named, settle_order};
use super::stamp::{self, Stamps};
use super::table::{Places, Table};
use crate::error::{MarketError, Place};
use std::io::Read;
use std::path::Path;

/// Bytes read at once. A line that is longer is no line of bars.
const BUFFER: usize = 1 << 20;

/// Lines of comment or title that may stand before the header.
const PREAMBLE: usize = 32;

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
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
