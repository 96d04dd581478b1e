//! Symbol and timeframe as a file's name tells them: `BTCUSDT-1m-2024-01.csv`, `ETH_15m.parquet`.

use crate::timeframe::Timeframe;
use std::path::Path;

/// What a name tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Named {
    /// The symbol.
    pub symbol: Option<String>,
    /// Timeframes, in the order they stand there.
    pub timeframes: Vec<Timeframe>,
}

/// Currencies that follow a coin as a token of their own: `BTC-USD`, `BTC_USDT`.
const QUOTES: [&str; 7] = ["usd", "usdt", "usdc", "busd", "eur", "fdusd", "perp"];

/// Words that say where data come from or what they are, not what is traded.
const WORDS: [&str; 30] = [
    "binance",
    "bitstamp",
    "bitfinex",
    "bybit",
    "coinbase",
    "kraken",
    "okx",
    "hyperliquid",
    "gemini",
    "kucoin",
    "klines",
    "kline",
    "candles",
    "candle",
    "ohlc",
    "ohlcv",
    "bars",
    "futures",
    "um",
    "cm",
    "spot",
    "data",
    "hist",
    "historical",
    "history",
    "utc",
    "sample",
    "monthly",
    "full",
    "csv",
];

/// Reads a file's name; extensions do not count.
pub(super) fn read(path: &Path) -> Named {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let mut stem = name.as_str();
    while let Some((front, extension)) = stem.rsplit_once('.') {
        let known = ["csv", "gz", "zip", "txt", "tsv", "parquet", "pq"];
        if front.is_empty() || !known.contains(&extension.to_ascii_lowercase().as_str()) {
            break;
        }
        stem = front;
    }
    let mut named = Named::default();
    let mut words: Vec<&str> = Vec::new();
    let mut count = "";
    for token in stem
        .split(|c: char| !c.is_alphanumeric())
        .filter(|t| !t.is_empty())
    {
        // `15-min`: the number stands apart from its unit.
        let apart = (token.len() > 1)
            .then(|| timeframe(&format!("{count}{token}")))
            .flatten();
        count = if token.len() <= 3 && token.bytes().all(|b| b.is_ascii_digit()) {
            token
        } else {
            ""
        };
        if let Some(timeframe) = apart.or_else(|| timeframe(token)) {
            named.timeframes.push(timeframe);
        } else if token.chars().any(char::is_alphabetic)
            && !WORDS.contains(&token.to_lowercase().as_str())
        {
            words.push(token);
        }
    }
    if let [first, rest @ ..] = words.as_slice() {
        // A name all in lower case was typed in haste; `kPEPE` was not.
        let proper = |word: &str| {
            if word.chars().any(char::is_uppercase) {
                word.to_owned()
            } else {
                word.to_uppercase()
            }
        };
        let quote = rest
            .first()
            .filter(|word| QUOTES.contains(&word.to_lowercase().as_str()));
        named.symbol = Some(proper(first) + &quote.map(|quote| proper(quote)).unwrap_or_default());
    }
    named
}

/// `15m`, `1H`, `1min`, `4hour`, `1hr`, `daily`, `hourly`, `d`.
fn timeframe(token: &str) -> Option<Timeframe> {
    if let Ok(exact) = token.parse() {
        return Some(exact);
    }
    let lower = token.to_lowercase();
    let digits = lower.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = lower.split_at(digits);
    let unit = match unit {
        "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hour" | "hours" | "hourly" => "h",
        "d" | "day" | "days" | "daily" => "d",
        "w" | "week" | "weeks" | "weekly" => "w",
        _ => return None,
    };
    let count = if count.is_empty() { "1" } else { count };
    format!("{count}{unit}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_world() {
        for (name, symbol, timeframe) in [
            ("BTCUSDT-1m-2024-01.csv", Some("BTCUSDT"), Some("1m")),
            ("BTCUSD-30m.csv.gz", Some("BTCUSD"), Some("30m")),
            ("ETH_15m.parquet", Some("ETH"), Some("15m")),
            ("Binance_BTCUSDT_d.csv", Some("BTCUSDT"), Some("1d")),
            ("Bitstamp_BTCUSD_1h.csv", Some("BTCUSD"), Some("1h")),
            ("BTC-USD-1h.csv", Some("BTCUSD"), Some("1h")),
            ("btc.csv", Some("BTC"), None),
            ("kPEPE-1H.csv", Some("kPEPE"), Some("1h")),
            ("1INCHUSDT-5m-2024-01-15.zip", Some("1INCHUSDT"), Some("5m")),
            (
                "bitstampUSD_1-min_data_2012-01-01_to_2021-03-31.csv",
                Some("bitstampUSD"),
                Some("1m"),
            ),
            ("BTC_15-min_2020.csv", Some("BTC"), Some("15m")),
            ("synth_1m.csv", Some("SYNTH"), Some("1m")),
            ("2024-01.csv", None, None),
            ("15m.parquet", None, Some("15m")),
            (".csv", None, None),
        ] {
            let named = read(Path::new(name));
            assert_eq!(named.symbol.as_deref(), symbol, "{name}");
            assert_eq!(
                named.timeframes.first().map(ToString::to_string).as_deref(),
                timeframe,
                "{name}"
            );
        }
    }
}
