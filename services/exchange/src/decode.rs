//! Reading answers. Numbers that are money come as text and must be plain decimals: anything else is a broken answer.

use crate::Millis;
use serde_json::Value;
use sixbtc_market::{Bar, Bars, Timeframe, check};

/// What is wrong with an answer, for a message.
pub(crate) type Wrong = String;

/// The longest decimal that is believed.
const LONGEST: usize = 40;

/// A plain decimal such as `0.00001234` or `-3`: no exponent, no spaces, no `NaN`. The nearest f64.
pub(crate) fn decimal(text: &str) -> Result<f64, Wrong> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && digits.bytes().filter(|b| *b == b'.').count() <= 1
        && digits.bytes().any(|b| b.is_ascii_digit())
        && text.len() <= LONGEST;
    if !plain {
        return Err(format!("`{}` is no decimal number", shortened(text)));
    }
    text.parse()
        .map_err(|_| format!("`{}` is no decimal number", shortened(text)))
}

/// A decimal that came as text.
pub(crate) fn decimal_of(value: Option<&Value>, what: &str) -> Result<f64, Wrong> {
    match value {
        Some(Value::String(text)) => decimal(text).map_err(|why| format!("{what}: {why}")),
        Some(other) => Err(format!(
            "{what} is `{}`, not a number as text",
            shortened(&other.to_string())
        )),
        None => Err(format!("{what} is missing")),
    }
}

/// A whole number that came as one.
pub(crate) fn integer_of(value: Option<&Value>, what: &str) -> Result<i64, Wrong> {
    value.and_then(Value::as_i64).ok_or_else(|| {
        format!(
            "{what} is {}, not a whole number",
            value.map_or("missing".to_owned(), |v| format!(
                "`{}`",
                shortened(&v.to_string())
            ))
        )
    })
}

/// Reads JSON of a given shape.
pub(crate) fn json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Wrong> {
    serde_json::from_slice(body)
        .map_err(|error| format!("not the JSON that was asked for: {error}"))
}

/// The first 120 characters, without what would upset a terminal.
pub(crate) fn shortened(text: &str) -> String {
    const MOST: usize = 120;
    let mut short: String = text
        .chars()
        .take(MOST)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(MOST).is_some() {
        short.push('…');
    }
    short
}

/// A row as it came.
pub(crate) struct Row {
    /// The bar.
    pub bar: Bar,
    /// Last millisecond of it.
    pub ends: Millis,
}

/// What a page must be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    /// What the bars will be called.
    pub coin: &'a str,
    /// Their length.
    pub timeframe: Timeframe,
    /// First open asked for.
    pub from: Millis,
    /// First open not asked for.
    pub to: Millis,
    /// What time it is.
    pub now: Millis,
    /// Whether the bar before the first may be there too: some send the one that contains the start.
    pub bar_before: bool,
}

/// Rows as bars: closed ones only, in order, of equal times the last. Rows that were not asked for, that are of another length
/// or that cannot be prices make the whole page wrong.
pub(crate) fn page(rows: Vec<Row>, frame: Frame<'_>) -> Result<Bars, Wrong> {
    let length = frame.timeframe.ms();
    let mut bars = Bars::with_capacity(frame.coin, frame.timeframe, rows.len());
    for Row { bar, ends } in rows {
        let time = bar.time;
        if ends != time + length - 1 {
            return Err(format!(
                "the bar at {time} ends at {ends}: it is not of {}",
                frame.timeframe
            ));
        }
        if !frame.timeframe.opens_at(time) {
            return Err(format!("no {} bar opens at {time}", frame.timeframe));
        }
        if frame.bar_before && (frame.from - length..frame.from).contains(&time) {
            continue;
        }
        // The forming bar is sent whatever was asked.
        if time + length > frame.now {
            continue;
        }
        if time < frame.from || time >= frame.to {
            return Err(format!(
                "the bar at {time} was not asked for ({} to {})",
                frame.from, frame.to
            ));
        }
        bars.push(bar);
    }
    check::repair(&mut bars);
    match check::check(&bars) {
        None => Ok(bars),
        Some((row, flaw)) => Err(format!(
            "the bar at {} cannot be: {flaw}",
            bars.time.get(row).copied().unwrap_or_default()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_plain_decimals_are_numbers() {
        for good in ["0", "1.5", "-0.0001", "93071.10000000", ".5", "5."] {
            assert!(decimal(good).is_ok(), "{good}");
        }
        let long = "1".repeat(41);
        for bad in [
            "", "-", ".", "1e5", "NaN", "inf", " 1", "1 ", "1,5", "+1", "0x10", "1.2.3", "--1",
            &long,
        ] {
            assert!(decimal(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn decimals_keep_every_bit(value in 1e-9f64..1e12) {
            prop_assert_eq!(decimal(&format!("{value}")).unwrap().to_bits(), value.to_bits());
        }

        #[test]
        fn no_text_upsets_the_reader(text in any::<String>()) {
            let _ = decimal(&text);
            prop_assert!(shortened(&text).chars().count() <= 121);
        }
    }

    fn row(time: i64, close: f64) -> Row {
        Row {
            bar: Bar {
                time,
                open: close,
                high: close,
                low: close,
                close,
                volume: 1.0,
            },
            ends: time + 59_999,
        }
    }

    fn frame() -> Frame<'static> {
        Frame {
            coin: "BTC",
            timeframe: Timeframe::M1,
            from: 0,
            to: 600_000,
            now: 300_000,
            bar_before: false,
        }
    }

    #[test]
    fn pages_are_sorted_and_the_forming_bar_is_left_out() {
        let rows = vec![
            row(60_000, 2.0),
            row(0, 1.0),
            row(60_000, 3.0),
            row(240_000, 5.0),
            row(300_000, 6.0),
        ];
        let bars = page(rows, frame()).unwrap();
        assert_eq!(bars.time, [0, 60_000, 240_000]);
        assert_eq!(bars.close, [1.0, 3.0, 5.0]);
    }

    #[test]
    fn pages_that_cannot_be_are_refused() {
        let wrong = |rows| page(rows, frame()).unwrap_err();
        let early = Frame {
            to: 60_000,
            ..frame()
        };
        let behind = page(vec![row(60_000, 1.0)], early).unwrap_err();
        assert!(behind.contains("not asked for"), "{behind}");
        assert!(wrong(vec![row(-60_000, 1.0)]).contains("not asked for"));
        assert!(wrong(vec![row(1, 1.0)]).contains("opens at"));
        assert!(wrong(vec![row(0, 0.0)]).contains("cannot be"));
        let mut longer = row(0, 1.0);
        longer.ends += 60_000;
        assert!(wrong(vec![longer]).contains("not of 1m"));
    }

    #[test]
    fn the_bar_that_contains_the_start_may_be_there() {
        let frame = Frame {
            from: 60_000,
            bar_before: true,
            ..frame()
        };
        let bars = page(vec![row(0, 1.0), row(60_000, 2.0)], frame).unwrap();
        assert_eq!(bars.time, [60_000]);
        assert!(page(vec![row(-60_000, 1.0)], frame).is_err());
    }
}
