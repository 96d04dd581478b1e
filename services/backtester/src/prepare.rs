//! From candles to the market that a strategy is judged on: which symbols take part, and which bars are never looked at.

use crate::rules::Rules;
use sixbtc_core::candles::Series;
use sixbtc_judgement::pipeline::split::{Split, SplitError, split};
use sixbtc_lab::{Market, Span};
use sixbtc_market::{Bars, SymbolSpec, Timeframe};
use std::sync::Arc;

/// A market cut to what a judgement may see.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// The bars: none of the sealed span is among them.
    pub market: Market,
    /// How time is divided; the sealed span is known by its place alone.
    pub split: Split,
    /// Hash over the hashes of all bars.
    pub dataset: String,
    /// Symbols that were asked for.
    pub asked: usize,
    /// Symbols without enough bars.
    pub left_out: Vec<String>,
    /// The clock.
    pub clock: Timeframe,
}

/// Why there is nothing to judge on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DataError {
    /// No symbol has bars.
    #[error("none of the {asked} symbols has candles of {clock}")]
    None {
        /// Symbols asked for.
        asked: usize,
        /// The clock.
        clock: Timeframe,
    },
    /// Too little time.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// Too few symbols.
    #[error(
        "{covered} of {asked} symbols have {least:.0} % of the bars, {needed} are needed; without enough: {left_out}"
    )]
    Coverage {
        /// With enough bars.
        covered: usize,
        /// Asked for.
        asked: usize,
        /// Least.
        needed: usize,
        /// Share of bars, percent.
        least: f64,
        /// Names of those without.
        left_out: String,
    },
}

impl DataError {
    /// The figure and threshold of the gate that refuses for it.
    pub fn figures(&self) -> (&'static str, f64, f64) {
        match self {
            Self::None { .. } => ("data.symbols", 0.0, 1.0),
            Self::Split(SplitError::TooShort { days, least, .. }) => ("data.days", *days, *least),
            Self::Split(_) => ("data.bars", 0.0, 1.0),
            Self::Coverage {
                covered, needed, ..
            } => ("data.symbols", *covered as f64, *needed as f64),
        }
    }
}

/// Divides the time that the symbols' bars cover and cuts them: before `horizon` (the market's present), after the warm-up,
/// and not into the sealed span. Symbols with too few bars stay out.
///
/// # Errors
/// [`DataError`].
pub fn prepare(
    symbols: &[(String, Option<Arc<Series>>)],
    clock: Timeframe,
    horizon: Option<i64>,
    specs: &dyn Fn(&str, f64) -> SymbolSpec,
    rules: &Rules,
) -> Result<Prepared, DataError> {
    let asked = symbols.len();
    // a bar belongs to the past when it has ended
    let to = horizon.map(|h| clock.floor(h));
    let known: Vec<(&String, Option<(&Series, Bars)>)> = symbols
        .iter()
        .map(|(name, series)| {
            let cut = series.as_ref().map(|s| (&**s, s.bars.between(None, to)));
            (name, cut.filter(|(_, bars)| !bars.is_empty()))
        })
        .collect();
    let all = || known.iter().filter_map(|(_, k)| k.as_ref());
    let first = all().filter_map(|(_, b)| b.time.first()).min();
    let last = all().filter_map(|(_, b)| b.end()).max();
    let (Some(&first), Some(last)) = (first, last) else {
        return Err(DataError::None { asked, clock });
    };
    let span = Span {
        from: clock.floor(first),
        to: last,
    };
    let divided = split(span, clock, &rules.split)?;
    let day = 86_400_000;
    let from = divided.in_sample.from - i64::from(rules.history_days) * day;
    let seen = Span {
        from: divided.in_sample.from,
        to: divided.out_of_sample.to,
    };
    let least = seen.bars(clock) as f64 * rules.split.min_coverage;
    let mut left_out = Vec::new();
    let (mut bars, mut hashes, mut scales, mut rules_of) = (vec![], vec![], vec![], vec![]);
    for (name, cut) in &known {
        let enough = cut
            .as_ref()
            .filter(|(_, b)| b.rows(Some(seen.from), Some(seen.to)).len() as f64 >= least);
        let Some((series, cut)) = enough else {
            left_out.push((*name).clone());
            continue;
        };
        let cut = cut.between(Some(from), Some(seen.to));
        hashes.push(cut.hash());
        scales.push(series.scale());
        rules_of.push(specs(name, 1.0 / series.scale()));
        bars.push(cut);
    }
    let needed = asked.min(rules.min_symbols as usize).max(1);
    if bars.len() < needed {
        return Err(DataError::Coverage {
            covered: bars.len(),
            asked,
            needed,
            least: rules.split.min_coverage * 100.0,
            left_out: left_out.join(", "),
        });
    }
    let mut hasher = blake3::Hasher::new();
    for hash in &hashes {
        hasher.update(hash.as_bytes());
    }
    Ok(Prepared {
        dataset: hasher.finalize().to_hex().to_string(),
        market: Market {
            bars,
            hashes,
            scales,
            specs: rules_of,
        },
        split: divided,
        asked,
        left_out,
        clock,
    })
}

impl Prepared {
    /// The median ATR(14) as a fraction of the close, over the in-sample bars of all symbols.
    pub fn median_atr(&self) -> f64 {
        let span = self.split.in_sample;
        let mut all = Vec::new();
        for bars in &self.market.bars {
            let rows = bars.rows(Some(span.from), Some(span.to));
            let mut atr = 0.0;
            for (n, i) in rows.enumerate().skip(1) {
                let (high, low, close) = (bars.high[i], bars.low[i], bars.close[i]);
                let before = bars.close[i - 1];
                let range = (high - low)
                    .max((high - before).abs())
                    .max((low - before).abs());
                // Wilder's average of 14, begun with the mean of the first
                atr += (range - atr) / n.min(14) as f64;
                if n >= 14 && close > 0.0 {
                    all.push(atr / close);
                }
            }
        }
        if all.is_empty() {
            return f64::NAN;
        }
        let middle = all.len() / 2;
        *all.select_nth_unstable_by(middle, f64::total_cmp).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixbtc_market::{SynthOptions, synth};

    fn series(symbol: &str, days: usize, seed: u64) -> (String, Option<Arc<Series>>) {
        let bars = synth(&SynthOptions {
            symbol: symbol.into(),
            bars: days * 24,
            seed,
            ..SynthOptions::default()
        })
        .unwrap();
        (symbol.into(), Some(Arc::new(Series::of(bars))))
    }

    fn spec(name: &str, tick: f64) -> SymbolSpec {
        SymbolSpec::new(name, tick)
    }

    fn prepared(
        symbols: &[(String, Option<Arc<Series>>)],
        horizon: Option<i64>,
    ) -> Result<Prepared, DataError> {
        prepare(symbols, Timeframe::H1, horizon, &spec, &Rules::default())
    }

    #[test]
    fn sealed_bars_are_not_even_loaded() {
        let found = prepared(&[series("A", 300, 1)], None).unwrap();
        let sealed = found.split.sealed.unwrap();
        assert!(found.market.bars[0].end().unwrap() <= sealed.from);
        // a day of it is embargo
        assert!((28.0..=30.0).contains(&sealed.days()));
        assert!(found.median_atr() > 0.0);
    }

    #[test]
    fn the_future_of_a_replay_is_not_seen() {
        let all = series("A", 400, 1);
        let end = all.1.as_ref().unwrap().bars.end().unwrap();
        let present = end - 60 * 86_400_000 + 1;
        let found = prepared(std::slice::from_ref(&all), Some(present)).unwrap();
        assert!(found.split.sealed.unwrap().to <= present);
    }

    #[test]
    fn symbols_without_enough_bars_stay_out() {
        let mut all: Vec<_> = (0..5).map(|i| series(&format!("S{i}"), 300, i)).collect();
        all.push(("GONE".into(), None));
        let young = Arc::new(Series::of(
            all[0]
                .1
                .as_ref()
                .unwrap()
                .bars
                .slice(300 * 24 - 50 * 24..300 * 24),
        ));
        all.push(("YOUNG".into(), Some(young)));
        let found = prepared(&all, None).unwrap();
        assert_eq!(found.left_out, ["GONE", "YOUNG"]);
        assert_eq!((found.asked, found.market.bars.len()), (7, 5));
        let few = prepared(&all[3..], None).unwrap_err();
        assert_eq!(few.figures(), ("data.symbols", 2.0, 4.0));
        assert_eq!(
            prepared(&all[5..6], None).unwrap_err().figures().0,
            "data.symbols"
        );
        let short = prepared(&[series("A", 60, 1)], None).unwrap_err();
        assert_eq!(short.figures().0, "data.days");
    }
}
