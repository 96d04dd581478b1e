//! Windows of a walk forward: where parameters are fitted, where they are tested.

use crate::error::LabError;
use crate::subject::Span;
use sixbtc_market::Timeframe;

/// Where in-sample windows begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// All are equally long and move along.
    #[default]
    Rolling,
    /// All begin with the data and grow.
    Anchored,
}

/// How long windows are.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lengths {
    /// So many test windows over the whole data, the first in-sample window `ratio` times as long as a test window.
    Count {
        /// Test windows, at least 1.
        windows: u32,
        /// In-sample length / test length, above 0.
        ratio: f64,
    },
    /// Lengths in bars; as many test windows as fit, the last of them ends with the data.
    Bars {
        /// Of the (first) in-sample window.
        in_sample: u32,
        /// Of a test window.
        test: u32,
    },
}

/// How a span of time is cut into windows.
///
/// Test windows touch each other and the last ends with the data, so that their curves are one curve. Between an in-sample
/// window and its test lie `purge + embargo` bars that belong to neither: `purge` for decisions whose outcome reaches into
/// the test, `embargo` for what neighbouring bars tell of each other (López de Prado 2018, chapter 7). A run over a span
/// reads no bar after it and closes what it holds at its last close, so both guard against serial dependence only.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct WindowPlan {
    /// Rolling or anchored.
    pub scheme: Scheme,
    /// Lengths.
    pub lengths: Lengths,
    /// Bars dropped at the end of each in-sample window; absent: one in a hundred of its test window, rounded up.
    pub purge: Option<u32>,
    /// Bars left out before each test window besides; absent: as many.
    pub embargo: Option<u32>,
}

impl Default for WindowPlan {
    fn default() -> Self {
        Self {
            scheme: Scheme::Rolling,
            lengths: Lengths::Count {
                windows: 8,
                ratio: 3.0,
            },
            purge: None,
            embargo: None,
        }
    }
}

/// One refit and its test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Window {
    /// Where the parameters are chosen.
    pub in_sample: Span,
    /// Where they are tested.
    pub test: Span,
}

impl WindowPlan {
    /// Cuts a span into windows, in the order of time.
    ///
    /// # Errors
    /// [`LabError::Plan`] for lengths of nothing, [`LabError::TooShort`] when no window fits.
    pub fn cut(&self, span: Span, clock: Timeframe) -> Result<Vec<Window>, LabError> {
        let bar = clock.ms();
        let all = span.bars(clock);
        let (windows, test, in_sample) = match self.lengths {
            Lengths::Count { windows, ratio } => {
                if windows == 0 {
                    return Err(plan("the number of windows", &windows, "at least 1"));
                }
                if !(ratio > 0.0 && ratio.is_finite()) {
                    return Err(plan("the ratio of in-sample to test", &ratio, "above 0"));
                }
                let test = (all as f64 / (f64::from(windows) + ratio)).floor() as i64;
                let in_sample = all - i64::from(windows) * test;
                (i64::from(windows), test, in_sample - self.gap(test))
            }
            Lengths::Bars { in_sample, test } => {
                if test == 0 || in_sample == 0 {
                    return Err(plan("the length of a window", &0, "at least 1 bar"));
                }
                let test = i64::from(test);
                let room = all - i64::from(in_sample) - self.gap(test);
                (room.div_euclid(test), test, i64::from(in_sample))
            }
        };
        let gap = self.gap(test);
        if windows < 1 || test < 2 || in_sample < 2 {
            return Err(LabError::TooShort {
                what: "a walk forward of these windows",
                needed: in_sample.max(2) + gap + test.max(2) * windows.max(1),
                given: all,
            });
        }
        let end = span.from + all * bar;
        Ok((0..windows)
            .map(|k| {
                let from = end - (windows - k) * test * bar;
                let fitted = from - gap * bar;
                Window {
                    in_sample: Span {
                        from: match self.scheme {
                            Scheme::Rolling => fitted - in_sample * bar,
                            Scheme::Anchored => span.from,
                        },
                        to: fitted,
                    },
                    test: Span {
                        from,
                        to: from + test * bar,
                    },
                }
            })
            .collect())
    }

    /// Bars between an in-sample window and a test of so many bars.
    fn gap(&self, test: i64) -> i64 {
        let share = (test.max(0) + 99) / 100;
        let purge = self.purge.map_or(share, i64::from);
        purge + self.embargo.map_or(purge, i64::from)
    }
}

fn plan(name: &'static str, value: &dyn std::fmt::Display, right: &'static str) -> LabError {
    LabError::Plan {
        name,
        value: value.to_string(),
        right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const H: i64 = 3_600_000;

    #[test]
    fn windows_of_a_count_fill_the_data() {
        let plan = WindowPlan {
            lengths: Lengths::Count {
                windows: 4,
                ratio: 2.0,
            },
            purge: Some(3),
            embargo: Some(2),
            ..WindowPlan::default()
        };
        let span = Span {
            from: 0,
            to: 600 * H,
        };
        let cut = plan.cut(span, Timeframe::H1).unwrap();
        assert_eq!(cut.len(), 4);
        assert_eq!(
            cut[0].in_sample,
            Span {
                from: 0,
                to: 195 * H
            }
        );
        assert_eq!(
            cut[0].test,
            Span {
                from: 200 * H,
                to: 300 * H
            }
        );
        assert_eq!(cut[3].test.to, 600 * H);
        assert_eq!(cut[3].in_sample.from, 300 * H);
        let grown = WindowPlan {
            scheme: Scheme::Anchored,
            ..plan
        }
        .cut(span, Timeframe::H1)
        .unwrap();
        assert!(grown.iter().all(|w| w.in_sample.from == 0));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let span = Span {
            from: 0,
            to: 50 * H,
        };
        let of = |lengths| {
            WindowPlan {
                lengths,
                ..WindowPlan::default()
            }
            .cut(span, Timeframe::H1)
            .unwrap_err()
            .to_string()
        };
        assert!(
            of(Lengths::Bars {
                in_sample: 100,
                test: 10
            })
            .contains("112 bars")
        );
        assert!(
            of(Lengths::Count {
                windows: 0,
                ratio: 1.0
            })
            .contains("at least 1")
        );
        assert!(
            of(Lengths::Count {
                windows: 1,
                ratio: f64::NAN
            })
            .contains("above 0")
        );
    }

    proptest! {
        #[test]
        fn windows_never_overlap_what_they_are_tested_on(
            bars in 10i64..5_000,
            windows in 1u32..20,
            ratio in 0.2f64..10.0,
            fixed in any::<bool>(),
            in_sample in 2u32..800,
            test in 2u32..300,
            anchored in any::<bool>(),
            purge in prop::option::of(0u32..20),
            embargo in prop::option::of(0u32..20),
        ) {
            let plan = WindowPlan {
                scheme: if anchored { Scheme::Anchored } else { Scheme::Rolling },
                lengths: if fixed { Lengths::Bars { in_sample, test } } else { Lengths::Count { windows, ratio } },
                purge,
                embargo,
            };
            let span = Span { from: 7 * H, to: (7 + bars) * H };
            if let Ok(cut) = plan.cut(span, Timeframe::H1) {
                prop_assert_eq!(cut.last().unwrap().test.to, span.to);
                for pair in cut.windows(2) {
                    prop_assert_eq!(pair[0].test.to, pair[1].test.from);
                }
                for w in &cut {
                    prop_assert!(w.in_sample.from >= span.from);
                    prop_assert!(w.in_sample.from < w.in_sample.to);
                    let gap = plan.gap((w.test.to - w.test.from) / H);
                    prop_assert_eq!(w.test.from - w.in_sample.to, gap * H);
                }
            }
        }
    }
}
