//! `--data`: a file, a directory of files, or symbols in the store.

use crate::args::{DataArgs, Which};
use crate::failure::Failure;
use crate::output;
use sixbtc_market::{
    Bars, ImportOptions, MarketError, Store, Timeframe, fill_gaps_flat, gaps, open_all,
};
use std::path::Path;

/// Series read for a command, with remarks for the user.
pub struct Series {
    /// The bars of each symbol.
    pub bars: Vec<Bars>,
    /// What a user must know of the data.
    pub remarks: Vec<String>,
}

/// Turns a market error into a failure with the right exit code.
// by value: it stands in `map_err`
#[allow(clippy::needless_pass_by_value)]
pub fn market(e: MarketError) -> Failure {
    match e {
        MarketError::Io { .. } | MarketError::Denied { .. } => Failure::outside(e.to_string()),
        _ => Failure::input(e.to_string()),
    }
}

/// A timeframe as typed.
pub fn timeframe(text: &str) -> Result<Timeframe, Failure> {
    text.parse::<Timeframe>().map_err(market)
}

/// A day or a time, UTC, in ms.
pub fn instant(text: &str) -> Result<i64, Failure> {
    use chrono::{DateTime, NaiveDate, NaiveDateTime};
    if let Ok(d) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(d
            .and_time(chrono::NaiveTime::MIN)
            .and_utc()
            .timestamp_millis());
    }
    for form in [
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%d %H:%M:%S",
    ] {
        if let Ok(t) = NaiveDateTime::parse_from_str(text.trim_end_matches('Z'), form) {
            return Ok(t.and_utc().timestamp_millis());
        }
    }
    DateTime::parse_from_rfc3339(text)
        .map(|t| t.timestamp_millis())
        .map_err(|_| {
            Failure::input(format!(
                "`{text}` is not a day or time; write 2024-01-31 or 2024-01-31T12:00Z"
            ))
        })
}

/// Reads what `--data` names. A strategy on `wanted` needs bars of that length or finer.
pub fn load(args: &DataArgs, wanted: Option<Timeframe>) -> Result<Series, Failure> {
    let which = &args.which;
    let path = Path::new(&args.data);
    let mut remarks = Vec::new();
    let mut bars = if path.exists() {
        from_files(path, which, wanted)?
    } else {
        from_store(args, wanted)?
    };
    for b in &mut bars {
        if which.fill_gaps == "flat" {
            let before = b.len();
            *b = fill_gaps_flat(b);
            if b.len() > before {
                remarks.push(format!(
                    "{}: {} missing bars were filled flat",
                    b.symbol,
                    b.len() - before
                ));
            }
        } else {
            let holes = gaps(b);
            if !holes.is_empty() {
                let missing: u64 = holes.iter().map(|g| g.missing).sum();
                remarks.push(format!(
                    "{}: {} gaps, {missing} bars missing",
                    b.symbol,
                    holes.len()
                ));
            }
        }
    }
    let empty: Vec<&str> = bars
        .iter()
        .filter(|b| b.is_empty())
        .map(|b| b.symbol.as_str())
        .collect();
    if !empty.is_empty() {
        return Err(Failure::input(format!(
            "there are no bars of {} to run on",
            empty.join(", ")
        )));
    }
    Ok(Series { bars, remarks })
}

fn from_files(path: &Path, which: &Which, wanted: Option<Timeframe>) -> Result<Vec<Bars>, Failure> {
    // `--tf` names the clock to evaluate on; the file itself tells how long its bars are
    let options = ImportOptions {
        symbol: which.symbol.clone(),
        timeframe: None,
        repair: false,
    };
    let found = match open_all(path, &options) {
        Ok(found) => found,
        Err(first) => match which.tf.as_deref().map(timeframe).transpose()? {
            Some(tf) => open_all(
                path,
                &ImportOptions {
                    timeframe: Some(tf),
                    ..options
                },
            )
            .map_err(|_| market(first))?,
            None => return Err(market(first)),
        },
    };
    for f in &found {
        if f.off_grid > 0 {
            output::note(&format!(
                "note: {} bars of {} do not open on the UTC grid",
                f.off_grid, f.bars.symbol
            ));
        }
    }
    let mut bars: Vec<Bars> = found.into_iter().map(|f| f.bars).collect();
    if let Some(w) = wanted {
        // of several lengths of one symbol the longest that still serves is the quickest
        bars.sort_by(|a, b| {
            (&a.symbol, serves(b, w), b.timeframe).cmp(&(&b.symbol, serves(a, w), a.timeframe))
        });
        bars.dedup_by(|later, kept| later.symbol == kept.symbol);
    }
    Ok(bars)
}

fn serves(b: &Bars, wanted: Timeframe) -> bool {
    wanted.ms() % b.timeframe.ms() == 0
}

fn from_store(args: &DataArgs, wanted: Option<Timeframe>) -> Result<Vec<Bars>, Failure> {
    let which = &args.which;
    let looks_like_file = args.data.contains(['/', '\\', '.']);
    if looks_like_file {
        return Err(Failure::input(format!(
            "there is no file or directory `{}`",
            args.data
        )));
    }
    let store = Store::new(&which.store);
    if !which.store.is_dir() {
        return Err(Failure::input(format!(
            "`{}` is neither a file nor a directory, and there is no candle store at `{}`; import one with \
             `sixbtc data import FILE`, or name it with --store",
            args.data,
            which.store.display()
        )));
    }
    let tf = match (which.tf.as_deref(), wanted) {
        (Some(t), _) => timeframe(t)?,
        (None, Some(w)) => w,
        (None, None) => return Err(Failure::input("say which bars of the store: `--tf 1h`")),
    };
    let mut out = Vec::new();
    for symbol in args
        .data
        .split(',')
        .map(str::trim)
        .filter(|s| !s.is_empty())
    {
        out.push(
            store
                .load_or_resample(symbol, tf, None, None)
                .map_err(market)?
                .bars,
        );
    }
    Ok(out)
}
