//! How a delimited text is made up: its delimiter and which column is which.

use super::columns::{self, Role};
use super::csv::Origin;
use super::stamp;
use super::table::Table;
use crate::error::MarketError;

/// How the lines are made up.
pub(super) struct Layout {
    pub delimiter: u8,
    /// Numbers have a comma for the decimal point.
    pub decimal_comma: bool,
    /// Role of each field.
    pub roles: Vec<Role>,
    /// Fields up to and including the last one needed.
    pub needed: usize,
    /// The header, to recognise it when files were put end to end.
    pub header: Option<Vec<u8>>,
    /// Only positions tell which price is which.
    pub positional: bool,
}

/// The character that separates the fields of a line: the most frequent one; a comma only where no other occurs, because
/// it may be a decimal comma.
pub(super) fn delimiter(line: &[u8]) -> Option<u8> {
    let count = |wanted: u8| memchr::memchr_iter(wanted, line).count();
    let with = |least: usize| {
        [b';', b'\t', b'|', b',']
            .into_iter()
            .find(|&d| count(d) >= least)
    };
    with(4).or_else(|| with(1))
}

/// Whether a line holds values: a timestamp first, and a number behind it (or a time of day).
pub(super) fn is_first_row(fields: &[String]) -> bool {
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
pub(super) fn headerless(
    origin: Origin<'_>,
    delimiter: u8,
    fields: &[String],
) -> Result<Layout, MarketError> {
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

/// Files with a header.
pub(super) fn named(
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

/// Finds out which of four unnamed price columns is which. The first is the open in every layout in use; the others follow
/// as high, low, close, or close, high, low, or low, high, close. The one order in which no row has crossed prices is it.
pub(super) fn settle_order(origin: Origin<'_>, table: &mut Table) -> Result<(), MarketError> {
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
