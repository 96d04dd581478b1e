//! Which bars a strategy is chosen on, tested on, and never shown until the end.
//!
//! From the end of the data backwards: the sealed span, the out-of-sample span, the in-sample span. Between two spans the earlier
//! loses its last bars (purge: a position entered there could still be open in the later span) and the later loses its first
//! (embargo: what indicators remember of the earlier span). López de Prado, *Advances in Financial Machine Learning* (2018),
//! chapter 7.

use super::spaces::longest_exit;
use serde::{Deserialize, Serialize};
use sixbtc_market::Timeframe;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Least bars of the in-sample span.
pub const MIN_IN_SAMPLE_BARS: i64 = 100;

/// Least bars of the out-of-sample span, and of the sealed one.
pub const MIN_OUT_OF_SAMPLE_BARS: i64 = 20;

/// A stretch of time, from the open of its first bar to the open of the first bar that no longer belongs to it. Milliseconds
/// since the epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// First open.
    pub from: i64,
    /// First open that no longer belongs to it.
    pub to: i64,
}

impl Span {
    /// Bars of a timeframe that fit, holes not taken out.
    pub fn bars(self, timeframe: Timeframe) -> i64 {
        self.to.saturating_sub(self.from).max(0) / timeframe.ms()
    }

    /// Length in days of 24 hours.
    pub fn days(self) -> f64 {
        self.to.saturating_sub(self.from) as f64 / DAY as f64
    }

    /// Whether some moment belongs to both.
    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }
}

/// When a span is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sealing {
    /// When enough is left for both other spans.
    #[default]
    WhenLongEnough,
    /// Always; too short data is an error.
    Always,
    /// Never.
    Never,
}

/// How data is split.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SplitSettings {
    /// Days of the in-sample span. Default 120.
    pub in_sample_days: u32,
    /// Days of the out-of-sample span. Default 60.
    pub out_of_sample_days: u32,
    /// Days of the sealed span. Default 30.
    pub sealed_days: u32,
    /// When a span is sealed. Default when long enough.
    pub sealing: Sealing,
    /// Whether the in-sample span reaches back to the first bar instead of its days. Default false.
    pub whole_history: bool,
    /// Share of the in-sample and out-of-sample days that must be there; under the whole, both shrink in proportion. Also the
    /// share of bars a symbol must have. Default 0.80: 144 of 180 days.
    pub min_coverage: f64,
    /// Bars purged before a boundary; absent (the default): the longest documented time exit of the timeframe.
    pub purge_bars: Option<u32>,
    /// Bars of embargo after a boundary; absent (the default): 1 % of the in-sample bars.
    pub embargo_bars: Option<u32>,
}

impl Default for SplitSettings {
    fn default() -> Self {
        Self {
            in_sample_days: 120,
            out_of_sample_days: 60,
            sealed_days: 30,
            sealing: Sealing::WhenLongEnough,
            whole_history: false,
            min_coverage: 0.80,
            purge_bars: None,
            embargo_bars: None,
        }
    }
}

/// The spans of a range of data, purge and embargo taken out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// Parameters are chosen here.
    pub in_sample: Span,
    /// They are tested here.
    pub out_of_sample: Span,
    /// Looked at once, at the end. `None` when nothing is sealed.
    pub sealed: Option<Span>,
    /// Bars taken from the end of the earlier span at each boundary.
    pub purge_bars: u32,
    /// Bars taken from the start of the later span at each boundary.
    pub embargo_bars: u32,
}

/// Why data cannot be split.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SplitError {
    /// There is too little of it.
    #[error(
        "{days:.1} days of data are too few: {least:.0} are needed ({coverage:.0} % of {whole} in-sample and out-of-sample days{and})"
    )]
    TooShort {
        /// Days there are.
        days: f64,
        /// Days that are needed.
        least: f64,
        /// Least share of them, in percent.
        coverage: f64,
        /// In-sample and out-of-sample days together.
        whole: u32,
        /// What comes on top, in words.
        and: &'static str,
    },
    /// A span has too few bars.
    #[error(
        "the {span} span has {bars} bars of {timeframe} after purge and embargo, at least {least} are needed: give more days or a shorter timeframe"
    )]
    TooFewBars {
        /// Which span.
        span: &'static str,
        /// Its bars.
        bars: i64,
        /// The timeframe.
        timeframe: String,
        /// Bars that are needed.
        least: i64,
    },
    /// A setting makes no sense.
    #[error("split setting `{name}` is {value}, it must be {right}")]
    Setting {
        /// Its name.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What would be right.
        right: &'static str,
    },
}

impl SplitSettings {
    /// Checks every value.
    pub fn check(&self) -> Result<(), SplitError> {
        for (name, days) in [
            ("in_sample_days", self.in_sample_days),
            ("out_of_sample_days", self.out_of_sample_days),
            ("sealed_days", self.sealed_days),
        ] {
            let optional = name == "sealed_days" && self.sealing == Sealing::Never;
            if !(1..=36_500).contains(&days) && !optional {
                return Err(SplitError::Setting {
                    name,
                    value: f64::from(days),
                    right: "from 1 to 36500 days",
                });
            }
        }
        if !(self.min_coverage > 0.0 && self.min_coverage <= 1.0) {
            return Err(SplitError::Setting {
                name: "min_coverage",
                value: self.min_coverage,
                right: "a fraction above 0, at most 1",
            });
        }
        Ok(())
    }

    /// Least time of the in-sample and out-of-sample spans together.
    fn least(&self) -> i64 {
        (self.wanted() as f64 * self.min_coverage).ceil() as i64
    }

    fn wanted(&self) -> i64 {
        (i64::from(self.in_sample_days) + i64::from(self.out_of_sample_days)) * DAY
    }
}

/// Splits the range `data` of bars of one timeframe.
///
/// A symbol with fewer days than asked, but enough of them, gets shorter spans in the same proportion; the sealed span never
/// shrinks. All boundaries lie on the timeframe's grid.
pub fn split(
    data: Span,
    timeframe: Timeframe,
    settings: &SplitSettings,
) -> Result<Split, SplitError> {
    settings.check()?;
    let bar = timeframe.ms();
    let from = timeframe.floor(data.from.saturating_add(bar - 1));
    let to = timeframe.floor(data.to);
    let sealed_ms = i64::from(settings.sealed_days) * DAY;
    let whole = to.saturating_sub(from);
    let long_enough = whole >= settings.least().saturating_add(sealed_ms);
    let seals = match settings.sealing {
        Sealing::Always => true,
        Sealing::Never => false,
        Sealing::WhenLongEnough => long_enough,
    };
    let end = if seals {
        timeframe.floor(to.saturating_sub(sealed_ms))
    } else {
        to
    };
    let left = end.saturating_sub(from);
    if left < settings.least() {
        let sealed = if seals { sealed_ms } else { 0 };
        return Err(SplitError::TooShort {
            days: whole.max(0) as f64 / DAY as f64,
            least: (settings.least() + sealed) as f64 / DAY as f64,
            coverage: settings.min_coverage * 100.0,
            whole: settings.in_sample_days + settings.out_of_sample_days,
            and: if seals { " and the sealed span" } else { "" },
        });
    }
    let shrink = (left as f64 / settings.wanted() as f64).min(1.0);
    let out_ms = f64::from(settings.out_of_sample_days) * DAY as f64 * shrink;
    let middle = timeframe.floor(end.saturating_sub(out_ms as i64));
    let in_ms = f64::from(settings.in_sample_days) * DAY as f64 * shrink;
    let start = if settings.whole_history {
        from
    } else {
        timeframe
            .floor(middle.saturating_sub(in_ms as i64))
            .max(from)
    };
    let purge = settings
        .purge_bars
        .unwrap_or_else(|| longest_exit(timeframe));
    let one_percent = ((middle - start) / bar).max(0) as f64 * 0.01;
    let embargo = settings
        .embargo_bars
        .unwrap_or_else(|| one_percent.ceil() as u32);
    let (before, after) = (i64::from(purge) * bar, i64::from(embargo) * bar);
    let split = Split {
        in_sample: Span {
            from: start,
            to: middle - before,
        },
        out_of_sample: Span {
            from: middle + after,
            to: if seals { end - before } else { end },
        },
        sealed: seals.then_some(Span {
            from: end + after,
            to,
        }),
        purge_bars: purge,
        embargo_bars: embargo,
    };
    split.enough(timeframe)?;
    Ok(split)
}

impl Split {
    fn enough(&self, timeframe: Timeframe) -> Result<(), SplitError> {
        let mut spans = vec![
            ("in-sample", self.in_sample, MIN_IN_SAMPLE_BARS),
            ("out-of-sample", self.out_of_sample, MIN_OUT_OF_SAMPLE_BARS),
        ];
        spans.extend(self.sealed.map(|s| ("sealed", s, MIN_OUT_OF_SAMPLE_BARS)));
        for (span, stretch, least) in spans {
            let bars = stretch.bars(timeframe);
            if bars < least {
                return Err(SplitError::TooFewBars {
                    span,
                    bars,
                    timeframe: timeframe.to_string(),
                    least,
                });
            }
        }
        Ok(())
    }

    /// Whether a symbol with `present` bars from the start of the in-sample to the end of the out-of-sample span has enough of
    /// them to take part.
    pub fn covers(&self, present: u64, timeframe: Timeframe, settings: &SplitSettings) -> bool {
        let span = Span {
            from: self.in_sample.from,
            to: self.out_of_sample.to,
        };
        present as f64 >= span.bars(timeframe) as f64 * settings.min_coverage
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: i64 = 1_700_006_400_000; // 2023-11-15 00:00 UTC

    fn days(n: i64) -> Span {
        Span {
            from: START,
            to: START + n * DAY,
        }
    }

    fn day(time: i64) -> f64 {
        (time - START) as f64 / DAY as f64
    }

    #[test]
    fn the_defaults_seal_the_last_thirty_days() {
        let split = split(days(400), Timeframe::H1, &SplitSettings::default()).unwrap();
        // purge: 32 bars; embargo: 1 % of 2 880
        assert_eq!((split.purge_bars, split.embargo_bars), (32, 29));
        assert_eq!(day(split.in_sample.from), 190.0);
        assert_eq!(split.in_sample.bars(Timeframe::H1), 120 * 24 - 32);
        assert_eq!(split.out_of_sample.bars(Timeframe::H1), 60 * 24 - 29 - 32);
        let sealed = split.sealed.unwrap();
        assert_eq!(day(sealed.to), 400.0);
        assert_eq!(sealed.bars(Timeframe::H1), 30 * 24 - 29);
    }

    #[test]
    fn short_data_is_not_sealed_and_shrinks_in_proportion() {
        let plain = SplitSettings {
            purge_bars: Some(0),
            embargo_bars: Some(0),
            ..SplitSettings::default()
        };
        let spans = |n| {
            let s = split(days(n), Timeframe::M15, &plain).unwrap();
            (
                s.in_sample.days(),
                s.out_of_sample.days(),
                s.sealed.is_some(),
            )
        };
        assert_eq!(spans(210), (120.0, 60.0, true));
        assert_eq!(spans(174), (96.0, 48.0, true));
        assert!(!spans(173).2);
        assert_eq!(spans(144), (96.0, 48.0, false));
        let error = split(days(143), Timeframe::M15, &plain).unwrap_err();
        assert_eq!(
            error.to_string(),
            "143.0 days of data are too few: 144 are needed (80 % of 180 in-sample and out-of-sample days)"
        );
        let always = SplitSettings {
            sealing: Sealing::Always,
            ..plain
        };
        let error = split(days(173), Timeframe::M15, &always).unwrap_err();
        assert!(error.to_string().contains("174 are needed"), "{error}");
        let never = SplitSettings {
            sealing: Sealing::Never,
            sealed_days: 0,
            ..plain
        };
        assert!(
            split(days(900), Timeframe::M15, &never)
                .unwrap()
                .sealed
                .is_none()
        );
    }

    #[test]
    fn the_whole_history_on_request() {
        let all = SplitSettings {
            whole_history: true,
            ..SplitSettings::default()
        };
        let split = split(days(1_000), Timeframe::H1, &all).unwrap();
        assert_eq!(day(split.in_sample.from), 0.0);
        assert_eq!(split.embargo_bars, (910 * 24_u32).div_ceil(100));
    }

    #[test]
    fn few_bars_are_refused_by_span() {
        let error = split(days(1_000), Timeframe::W1, &SplitSettings::default()).unwrap_err();
        assert!(matches!(
            error,
            SplitError::TooFewBars {
                span: "in-sample",
                ..
            }
        ));
        let daily = split(days(1_000), Timeframe::D1, &SplitSettings::default()).unwrap();
        assert_eq!(daily.in_sample.bars(Timeframe::D1), 113);
        let greedy = SplitSettings {
            purge_bars: Some(u32::MAX),
            ..SplitSettings::default()
        };
        assert!(split(days(1_000), Timeframe::H1, &greedy).is_err());
    }

    #[test]
    fn symbols_with_holes_are_counted_by_bars() {
        let settings = SplitSettings::default();
        let split = split(days(400), Timeframe::H1, &settings).unwrap();
        let expected = (split.out_of_sample.to - split.in_sample.from) / Timeframe::H1.ms();
        let least = (expected as f64 * 0.8).ceil() as u64;
        assert!(split.covers(least, Timeframe::H1, &settings));
        assert!(!split.covers(least - 1, Timeframe::H1, &settings));
    }

    #[test]
    fn settings_are_checked_and_read_back() {
        for (settings, name) in [
            (
                SplitSettings {
                    in_sample_days: 0,
                    ..SplitSettings::default()
                },
                "in_sample_days",
            ),
            (
                SplitSettings {
                    min_coverage: f64::NAN,
                    ..SplitSettings::default()
                },
                "min_coverage",
            ),
        ] {
            let error = split(days(400), Timeframe::H1, &settings).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
        let text = serde_json::to_string(&SplitSettings::default()).unwrap();
        let back: SplitSettings = serde_json::from_str(&text).unwrap();
        assert_eq!(back, SplitSettings::default());
    }

    proptest! {
        #[test]
        fn spans_lie_in_order_on_the_grid_and_never_touch(
            length in 100i64..2_000, off in 0i64..DAY, seconds in prop::sample::select(vec![300i64, 900, 3_600, 7_200, 14_400]),
            purge in prop::option::of(0u32..200), embargo in prop::option::of(0u32..200), whole_history in any::<bool>(),
        ) {
            let timeframe = Timeframe::from_ms(seconds * 1_000).unwrap();
            let data = Span { from: START + off, to: START + off + length * DAY };
            let settings = SplitSettings { purge_bars: purge, embargo_bars: embargo, whole_history, ..SplitSettings::default() };
            let answer = split(data, timeframe, &settings);
            if let Err(SplitError::TooShort { .. }) = answer {
                prop_assert!(length <= 144);
            }
            if let Ok(s) = answer {
                let bar = timeframe.ms();
                let gap = i64::from(s.purge_bars + s.embargo_bars) * bar;
                let mut spans = vec![s.in_sample, s.out_of_sample];
                spans.extend(s.sealed);
                prop_assert!(spans[0].from >= data.from && spans[spans.len() - 1].to <= data.to);
                for span in &spans {
                    prop_assert!(span.from < span.to);
                    prop_assert!(timeframe.opens_at(span.from) && timeframe.opens_at(span.to));
                }
                for pair in spans.windows(2) {
                    prop_assert!(!pair[0].overlaps(pair[1]));
                    prop_assert_eq!(pair[1].from - pair[0].to, gap);
                }
            }
        }
    }
}
