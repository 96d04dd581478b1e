//! Timestamps as files write them.
//!
//! Epoch numbers tell their unit by their size: from 1973 on, seconds have at most 11 digits, milliseconds 12 to 14,
//! microseconds 15 to 17, nanoseconds more. Text is ISO-8601 or a close relative with the year first; without a zone it
//! is UTC. Dates with the year last are ambiguous (03/04/2024) and not read.

use crate::calendar::{Date, days_from_date, days_in_month};
use crate::timeframe::DAY;

/// What an error says a timestamp should be.
pub(super) const WANTED: &str =
    "a timestamp (ISO-8601 with the year first, or an epoch in s, ms, us or ns)";

/// An epoch number in ms, its unit told by its size; `None` below 1973 in seconds.
pub(super) fn from_epoch(number: i64) -> Option<i64> {
    match number {
        100_000_000..100_000_000_000 => Some(number * 1_000),
        100_000_000_000..100_000_000_000_000 => Some(number),
        100_000_000_000_000..100_000_000_000_000_000 => Some(number / 1_000),
        100_000_000_000_000_000.. => Some(number / 1_000_000),
        _ => None,
    }
}

/// Reads timestamps of one column; remembers the last date, because neighbours share it.
#[derive(Default)]
pub(super) struct Stamps {
    date: [u8; 10],
    midnight: i64,
}

impl Stamps {
    /// Time in ms of a field, or `None` when it is no timestamp.
    #[inline]
    pub(super) fn read(&mut self, field: &[u8]) -> Option<i64> {
        if (9..=19).contains(&field.len()) && field.iter().all(u8::is_ascii_digit) {
            let number = field.iter().fold(0i64, |n, b| {
                n.wrapping_mul(10).wrapping_add(i64::from(b - b'0'))
            });
            return from_epoch(number);
        }
        self.read_iso(field).or_else(|| read_any(field))
    }

    /// The exact shape `2024-01-31T09:15:00Z`, with a space for the T and without the Z too.
    #[inline]
    fn read_iso(&mut self, field: &[u8]) -> Option<i64> {
        let rest = match field {
            [rest @ .., b'Z'] if field.len() == 20 => rest,
            _ if field.len() == 19 => field,
            _ => return None,
        };
        let (date, clock) = rest.split_first_chunk::<10>()?;
        let &[separator, h1, h2, b':', m1, m2, b':', s1, s2] = clock else {
            return None;
        };
        if separator != b'T' && separator != b' ' {
            return None;
        }
        if *date != self.date {
            self.midnight = read_any(date)?;
            self.date = *date;
        }
        let two = |a: u8, b: u8| {
            let (a, b) = (a.wrapping_sub(b'0'), b.wrapping_sub(b'0'));
            (a < 10 && b < 10).then(|| i64::from(a) * 10 + i64::from(b))
        };
        let (hour, minute, second) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
        (hour < 24 && minute < 60 && second < 60)
            .then_some(self.midnight + hour * 3_600_000 + minute * 60_000 + second * 1_000)
    }
}

/// Reads any shape, with spaces around it.
pub(super) fn read_any(field: &[u8]) -> Option<i64> {
    let text = field.trim_ascii();
    let numeric = |b: &u8| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+');
    if text.first() != Some(&b'+')
        && text.iter().all(numeric)
        && let Some(time) = read_number(text)
    {
        return Some(time);
    }
    let mut rest = Cursor(text);
    let midnight = rest.date()?;
    if rest.0.is_empty() {
        return Some(midnight);
    }
    if !rest.skip(|b| b == b'T' || b == b't') && rest.skip_all(b' ') == 0 {
        return None;
    }
    let clock = rest.clock()?;
    rest.skip_all(b' ');
    Some(midnight + clock - rest.zone()?)
}

/// `20240131`, `1706692500`, `1706692500.0`, `1.7066925e9`.
fn read_number(text: &[u8]) -> Option<i64> {
    if text.len() == 8 && text.iter().all(u8::is_ascii_digit) {
        return Cursor(text).date();
    }
    let text = std::str::from_utf8(text).ok()?;
    if let Ok(number) = text.parse::<i64>() {
        return from_epoch(number);
    }
    let number = text
        .parse::<f64>()
        .ok()
        .filter(|n| (1e8..9e18).contains(n))?;
    let unit = if number < 1e11 {
        1e3
    } else if number < 1e14 {
        1.0
    } else if number < 1e17 {
        1e-3
    } else {
        1e-6
    };
    Some((number * unit).round() as i64)
}

/// Reads from the front of a text.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn skip(&mut self, wanted: impl Fn(u8) -> bool) -> bool {
        match self.0.split_first() {
            Some((&first, rest)) if wanted(first) => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn skip_all(&mut self, byte: u8) -> usize {
        let mut count = 0;
        while self.skip(|b| b == byte) {
            count += 1;
        }
        count
    }

    /// A whole number of `least..=most` digits.
    fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let digits = self
            .0
            .iter()
            .take(most)
            .take_while(|b| b.is_ascii_digit())
            .count();
        if digits < least {
            return None;
        }
        let (number, rest) = self.0.split_at(digits);
        self.0 = rest;
        Some(number.iter().fold(0, |n, b| n * 10 + i64::from(b - b'0')))
    }

    /// `2024-01-31`, `2024/1/31`, `2024.01.31` or `20240131`, as ms of its midnight.
    fn date(&mut self) -> Option<i64> {
        let year = self.number(4, 4)?;
        let separator = self
            .0
            .first()
            .copied()
            .filter(|b| matches!(b, b'-' | b'/' | b'.'));
        let (month, day) = if let Some(separator) = separator {
            self.skip(|b| b == separator);
            let month = self.number(1, 2)?;
            if !self.skip(|b| b == separator) {
                return None;
            }
            (month, self.number(1, 2)?)
        } else {
            (self.number(2, 2)?, self.number(2, 2)?)
        };
        let (year, month, day) = (year as i32, month as u32, day as u32);
        let exists = (1900..2263).contains(&year) && (1..=12).contains(&month) && day >= 1;
        (exists && day <= days_in_month(year, month))
            .then(|| days_from_date(Date { year, month, day }) * DAY)
    }

    /// `9:15`, `09:15:00`, `09:15:00.250`, `0915` or `091500`, in ms.
    fn clock(&mut self) -> Option<i64> {
        let hour = self.number(1, 2)?;
        let colons = self.skip(|b| b == b':');
        let minute = self.number(2, 2)?;
        let more = if colons {
            self.skip(|b| b == b':')
        } else {
            self.0.first().is_some_and(u8::is_ascii_digit)
        };
        let second = if more { self.number(2, 2)? } else { 0 };
        let mut milli = 0;
        if more && self.skip(|b| b == b'.' || b == b',') {
            let digits = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
            let fraction = self.0.get(..digits).filter(|f| !f.is_empty())?;
            // Bars open on whole seconds; what lies below a millisecond is the writer's rounding.
            for place in 0..3 {
                milli = milli * 10 + fraction.get(place).map_or(0, |b| i64::from(b - b'0'));
            }
            self.0 = &self.0[digits..];
        }
        (hour < 24 && minute < 60 && second < 60)
            .then_some(hour * 3_600_000 + minute * 60_000 + second * 1_000 + milli)
    }

    /// Nothing, `Z`, `UTC`, `GMT`, `+05:30`, `-0400`, `+00`: the offset in ms. Nothing may follow.
    fn zone(&mut self) -> Option<i64> {
        if matches!(self.0, b"" | b"Z" | b"z" | b"UTC" | b"GMT" | b"utc") {
            return Some(0);
        }
        let sign = if self.skip(|b| b == b'+') {
            1
        } else if self.skip(|b| b == b'-') {
            -1
        } else {
            return None;
        };
        let hour = self.number(2, 2)?;
        let colon = self.skip(|b| b == b':');
        let minute = if colon || !self.0.is_empty() {
            self.number(2, 2)?
        } else {
            0
        };
        (self.0.is_empty() && hour <= 14 && minute < 60)
            .then_some(sign * (hour * 60 + minute) * 60_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::iso;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<String> {
        Stamps::default().read(text.as_bytes()).map(iso)
    }

    #[test]
    fn shapes_that_are_read() {
        for text in [
            "2024-02-29T09:15:00Z",
            "2024-02-29T09:15:00",
            "2024-02-29 09:15:00",
            "2024-02-29 09:15",
            "2024-2-29 9:15",
            "2024/02/29 09:15:00.000",
            "2024.02.29 09:15",
            "2024-02-29T09:15:00.000Z",
            "2024-02-29T09:15:00+00:00",
            "2024-02-29T11:15:00+02:00",
            "2024-02-29 04:45:00-0430",
            "2024-02-29T09:15Z",
            "2024-02-29 09:15:00 UTC",
            "20240229T091500Z",
            "20240229 091500",
            "20240229 09:15:00",
            " 2024-02-29T09:15:00Z ",
            "1709198100",
            "1709198100000",
            "1709198100000000",
            "1709198100000000000",
            "1709198100.0",
            "1.7091981e9",
            "1709198100000.0",
            "2024-02-29 09:15:00+00",
            "2024-02-29T09:15:00.0000009Z",
            "2024-02-29 09:15:00,000",
        ] {
            assert_eq!(
                read(text).as_deref(),
                Some("2024-02-29T09:15:00Z"),
                "{text}"
            );
        }
        for text in [
            "2024-02-29",
            "2024/2/29",
            "20240229",
            "2024.02.29",
            "1709164800",
        ] {
            assert_eq!(
                read(text).as_deref(),
                Some("2024-02-29T00:00:00Z"),
                "{text}"
            );
        }
        assert_eq!(
            read("2024-02-29T09:15:00.250Z").as_deref(),
            Some("2024-02-29T09:15:00.250Z")
        );
    }

    #[test]
    fn shapes_that_are_refused() {
        for text in [
            "",
            "x",
            "29/02/2024",
            "02/29/2024 09:15",
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-02-30T00:00:00Z",
            "2024-02-29T24:00:00Z",
            "2024-02-29T23:60:00Z",
            "2024-02-29T23:59:60Z",
            "2024-02-29T",
            "2024-02-29Z",
            "2024-02-29T09",
            "2024-02/29",
            "99999999",
            "5",
            "-1709198100",
            "1e300",
            "nan",
            "inf",
            "2024-02-29T09:15:00+15:00",
            "2024-02-29T09:15:00+02:00x",
            "2024-02-29T09:15:00Zx",
            "+2024-02-29",
            "2024-02-29T09:15:00.Z",
            "0x10",
            "18446744073709551617",
            "2024-02-29T-9:15:00Z",
            "2024-02-29T09:1a:00Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_remembered_date_is_not_taken_for_another() {
        let mut stamps = Stamps::default();
        let first = stamps.read(b"2024-02-29T00:00:00Z").unwrap();
        assert_eq!(stamps.read(b"2024-02-29T00:01:00Z"), Some(first + 60_000));
        assert_eq!(
            stamps.read(b"2024-03-01T00:01:00Z"),
            Some(first + DAY + 60_000)
        );
        assert_eq!(stamps.read(b"2024-02-30T00:01:00Z"), None);
        assert_eq!(stamps.read(b"2024-02-29T00:02:00Z"), Some(first + 120_000));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(ms in -2_000_000_000_000i64..9_000_000_000_000) {
            prop_assert_eq!(Stamps::default().read(iso(ms).as_bytes()), Some(ms));
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = Stamps::default().read(&bytes);
        }

        #[test]
        fn any_near_timestamp_is_survived(text in "[0-9TZ:+./ -]{0,30}") {
            let _ = Stamps::default().read(text.as_bytes());
        }
    }
}
