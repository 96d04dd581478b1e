//! Which column of a file is what, by name.

use std::fmt::Write;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Not needed.
    Skip,
    /// Open time, date and time of day together or a number.
    Time,
    /// Open time, the date alone; the time of day is in [`Role::Clock`].
    Date,
    /// Open time, the time of day alone.
    Clock,
    Open,
    High,
    Low,
    Close,
    Volume,
    Symbol,
}

/// Why columns do not make bars.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Missing {
    /// Name of the column that is not there.
    pub column: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// Names of the open time, best first: where several are there, the most explicit one wins.
const OPEN_TIMES: [&str; 24] = [
    "open_time",
    "opentime",
    "open_timestamp",
    "candle_begin_time",
    "start_time",
    "starttime",
    "period_start",
    "timestamp",
    "unix_timestamp",
    "unix",
    "epoch",
    "mts",
    "datetime",
    "date_time",
    "gmt_time",
    "time_utc",
    "time",
    "timestamp_utc",
    "ts",
    "t",
    "start",
    "begin",
    "date",
    "index_level_0",
];
const CLOSE_TIMES: [&str; 7] = [
    "close_time",
    "closetime",
    "close_timestamp",
    "end_time",
    "endtime",
    "period_end",
    "end",
];
const OPENS: [&str; 5] = ["open", "o", "open_price", "price_open", "first"];
const HIGHS: [&str; 5] = ["high", "h", "high_price", "price_high", "max"];
const LOWS: [&str; 5] = ["low", "l", "low_price", "price_low", "min"];
const CLOSES: [&str; 5] = ["close", "c", "close_price", "price_close", "last"];
const VOLUMES: [&str; 8] = [
    "volume",
    "vol",
    "v",
    "base_volume",
    "basevolume",
    "volume_base",
    "base_asset_volume",
    "volume_traded",
];
const SYMBOLS: [&str; 5] = ["symbol", "ticker", "pair", "coin", "instrument"];

/// A name as people mean it: lower case, words joined by one underscore, without brackets and quotes.
fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.trim().chars() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
    }
    out.truncate(out.trim_end_matches('_').len());
    out
}

/// Whether a line is a header: it names a time and a price, or at least two columns of a bar.
pub(super) fn is_header(names: &[String]) -> bool {
    let known = [
        &OPEN_TIMES[..],
        &CLOSE_TIMES,
        &OPENS,
        &HIGHS,
        &LOWS,
        &CLOSES,
        &VOLUMES,
    ]
    .concat();
    names
        .iter()
        .filter(|name| known.contains(&plain(name).as_str()))
        .count()
        >= 2
}

/// The role of each named column. `split_clock` tells whether the first row holds a bare date in column `.0` and a time of
/// day in column `.1`, for files that keep the two apart.
pub(super) fn resolve(
    names: &[String],
    split_clock: impl Fn(usize, usize) -> bool,
) -> Result<Vec<Role>, Missing> {
    let mut plain: Vec<String> = names.iter().map(|name| plain(name)).collect();
    // Hyperliquid and Binance streams name open and close time `t` and `T`.
    let short = |wanted: &str| names.iter().position(|name| name == wanted);
    if let (Some(_), Some(end)) = (short("t"), short("T")) {
        "close_time".clone_into(&mut plain[end]);
    }
    let find = |wanted: &[&str]| {
        wanted
            .iter()
            .find_map(|want| plain.iter().position(|name| name == want))
    };
    let mut roles = vec![Role::Skip; names.len()];
    match (find(&["date", "day"]), find(&["time", "clock"])) {
        (Some(date), Some(clock)) if split_clock(date, clock) => {
            roles[date] = Role::Date;
            roles[clock] = Role::Clock;
        }
        _ => match find(&OPEN_TIMES) {
            Some(time) => roles[time] = Role::Time,
            None if find(&CLOSE_TIMES).is_some() => {
                return Err(Missing {
                    column: "the open time",
                    remedy: "bars are named by their open, and this file has closing times only: add an open_time column",
                });
            }
            None => {
                return Err(Missing {
                    column: "the open time",
                    remedy: "name it `time` in the header",
                });
            }
        },
    }
    // "Volume BTC", "Volume_(BTC)": sources that give base and quote volume put the base first.
    let volume =
        find(&VOLUMES).or_else(|| plain.iter().position(|name| name.starts_with("volume_")));
    let volume = volume.or_else(|| find(&["tickvol", "tick_volume"]));
    for (role, found, column, remedy) in [
        (
            Role::Open,
            find(&OPENS),
            "open",
            "name it `open` in the header",
        ),
        (
            Role::High,
            find(&HIGHS),
            "high",
            "name it `high` in the header",
        ),
        (Role::Low, find(&LOWS), "low", "name it `low` in the header"),
        (
            Role::Close,
            find(&CLOSES),
            "close",
            "name it `close` in the header",
        ),
        (
            Role::Volume,
            volume,
            "volume",
            "add a column `volume` (zeros when it is unknown)",
        ),
    ] {
        roles[found.ok_or(Missing { column, remedy })?] = role;
    }
    if let Some(symbol) = find(&SYMBOLS) {
        roles[symbol] = Role::Symbol;
    }
    Ok(roles)
}

/// Names for an error message, shortened.
pub(super) fn listed(names: &[String]) -> String {
    let mut out = names
        .iter()
        .take(12)
        .map(|n| n.trim())
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > 12 {
        let _ = write!(out, ", and {} more", names.len() - 12);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{Close, High, Low, Open, Skip, Symbol, Time, Volume};

    fn names(header: &str) -> Vec<String> {
        header.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn headers_of_the_world() {
        for (header, roles) in [
            (
                "timestamp,open,high,low,close,volume",
                vec![Time, Open, High, Low, Close, Volume],
            ),
            (
                "Date,Open,High,Low,Close,Adj Close,Volume",
                vec![Time, Open, High, Low, Close, Skip, Volume],
            ),
            (
                "t,T,s,i,o,c,h,l,v,n",
                vec![Time, Skip, Skip, Skip, Open, Close, High, Low, Volume, Skip],
            ),
            (
                "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore",
                vec![
                    Time, Open, High, Low, Close, Volume, Skip, Skip, Skip, Skip, Skip, Skip,
                ],
            ),
            (
                "unix,date,symbol,open,high,low,close,Volume BTC,Volume USD",
                vec![Time, Skip, Symbol, Open, High, Low, Close, Volume, Skip],
            ),
            (
                "<DATE>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<TICKVOL>,<VOL>,<SPREAD>",
                vec![Time, Open, High, Low, Close, Skip, Volume, Skip],
            ),
            (
                "Gmt time,Open,High,Low,Close,Volume ",
                vec![Time, Open, High, Low, Close, Volume],
            ),
            (
                "close_time,open_time,close,high,low,open,VOLUME",
                vec![Skip, Time, Close, High, Low, Open, Volume],
            ),
        ] {
            assert!(is_header(&names(header)), "{header}");
            assert_eq!(resolve(&names(header), |_, _| false), Ok(roles), "{header}");
        }
        let split = resolve(&names("date,time,o,h,l,c,v"), |_, _| true).unwrap();
        assert_eq!(split[..2], [Role::Date, Role::Clock]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let missing = |header: &str| resolve(&names(header), |_, _| false).unwrap_err().column;
        assert_eq!(missing("open,high,low,close,volume"), "the open time");
        assert_eq!(
            missing("close_time,open,high,low,close,volume"),
            "the open time"
        );
        assert_eq!(missing("time,open,high,low,volume"), "close");
        assert_eq!(missing("time,open,high,low,close"), "volume");
        assert!(!is_header(&names("1,2,3,4,5,6")));
        assert!(!is_header(&names("2024-01-01,2,3,4,5,6")));
    }
}
