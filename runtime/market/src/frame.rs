//! The columns that a compiled strategy reads, made from bars.

use crate::bars::Bars;
use crate::calendar::{Date, date_from_days, weekday};
use crate::error::MarketError;
use crate::resample::resample_until;
use crate::session::{Session, SessionColumns};
use crate::timeframe::{DAY, Timeframe};
use sixbtc_abi::{Column, Frame, Input, Manifest};
use std::borrow::Cow;

/// All series that a kernel reads, with the derived columns computed. Borrows bars where it can.
#[derive(Debug, Clone)]
pub struct FrameSet<'a> {
    frames: Vec<Series<'a>>,
}

/// One frame: its bars, the order of its columns and those that had to be computed.
#[derive(Debug, Clone)]
struct Series<'a> {
    bars: Cow<'a, Bars>,
    columns: Vec<Source>,
    computed: Vec<Vec<f64>>,
    confirmed: Vec<u32>,
    price_scale: f64,
}

/// Where a column is.
#[derive(Debug, Clone, Copy)]
enum Source {
    Open,
    High,
    Low,
    Close,
    Volume,
    Computed(usize),
    /// Supplied by the caller of [`FrameSet::input_with`].
    Cross(usize),
}

impl<'a> FrameSet<'a> {
    /// Prepares what the manifest asks for. `base` are bars of the symbol traded; `others` finds the bars of another symbol
    /// by name. Bars finer than a frame are resampled, coarser ones are refused.
    ///
    /// A row of a frame other than 0 is confirmed at the first row of frame 0 that ends at or after the row's own end,
    /// even when the last finer bars of it are missing.
    pub fn build(
        manifest: &Manifest,
        base: &'a Bars,
        others: &dyn Fn(&str) -> Option<&'a Bars>,
    ) -> Result<Self, MarketError> {
        Self::build_scaled(manifest, base, others, None)
    }

    /// As [`FrameSet::build`], with the [`Bars::price_scale`] of `base` where the caller knows it already: finding it reads
    /// all prices, which takes as long as a run.
    pub fn build_scaled(
        manifest: &Manifest,
        base: &'a Bars,
        others: &dyn Fn(&str) -> Option<&'a Bars>,
        scale: Option<f64>,
    ) -> Result<Self, MarketError> {
        let session = manifest.session.as_ref().map(Session::new).transpose()?;
        let base_scale = scale.unwrap_or_else(|| base.price_scale());
        let mut frames: Vec<Series<'a>> = Vec::with_capacity(manifest.frames.len());
        for spec in &manifest.frames {
            let (source, price_scale) = match &spec.symbol {
                Some(name) if *name != base.symbol => {
                    let found = others(name).ok_or_else(|| MarketError::SymbolNotSupplied {
                        symbol: name.clone(),
                        base: base.symbol.clone(),
                    })?;
                    (found, found.price_scale())
                }
                _ => (base, base_scale),
            };
            let period = Timeframe::from_ms(spec.period_ms)
                .ok_or(MarketError::Period { ms: spec.period_ms })?;
            let bars = if source.timeframe == period {
                Cow::Borrowed(source)
            } else {
                // what has ended by the clock's last close is confirmed then, whether or not another symbol traded again
                let until = frames
                    .first()
                    .and_then(|clock| clock.bars.end())
                    .unwrap_or(i64::MIN);
                Cow::Owned(resample_until(source, period, until)?)
            };
            let confirmed = frames
                .first()
                .map_or_else(Vec::new, |clock| confirmed(&clock.bars, &bars));
            let (columns, computed) = columns(&spec.columns, &bars, session.as_ref())?;
            frames.push(Series {
                bars,
                columns,
                computed,
                confirmed,
                price_scale,
            });
        }
        if frames.is_empty() {
            return Err(MarketError::Manifest("it reads no series"));
        }
        Ok(Self { frames })
    }

    /// What the kernel reads, borrowed.
    pub fn input(&self) -> Input<'_> {
        self.input_with(&[])
    }

    /// What the kernel of a portfolio reads, borrowed: `cross` are the columns [`Column::Cross`] by their numbers, each as
    /// long as the strategy's own clock. One that is missing is read as an empty column, which kernels refuse.
    pub fn input_with<'s>(&'s self, cross: &'s [Vec<f64>]) -> Input<'s> {
        self.input_over(|number| cross.get(number).map_or(&[][..], Vec::as_slice))
    }

    /// As [`FrameSet::input_with`], the columns found by their numbers.
    pub fn input_over<'s>(&'s self, cross: impl Fn(usize) -> &'s [f64]) -> Input<'s> {
        let frames = self.frames.iter().map(|frame| {
            let bars = &frame.bars;
            let column = |source: &Source| match *source {
                Source::Open => bars.open.as_slice(),
                Source::High => &bars.high,
                Source::Low => &bars.low,
                Source::Close => &bars.close,
                Source::Volume => &bars.volume,
                Source::Computed(index) => &frame.computed[index],
                Source::Cross(number) => cross(number),
            };
            Frame {
                time: &bars.time,
                columns: frame.columns.iter().map(column).collect(),
                confirmed: &frame.confirmed,
                price_scale: frame.price_scale,
            }
        });
        Input {
            frames: frames.collect(),
        }
    }

    /// Bars of the strategy's own clock: what orders fill against.
    pub fn base(&self) -> &Bars {
        &self.frames[0].bars
    }

    /// Bars of a frame of the manifest, if it exists.
    pub fn bars(&self, frame: usize) -> Option<&Bars> {
        self.frames.get(frame).map(|series| series.bars.as_ref())
    }

    /// Rows of the strategy's own clock.
    pub fn rows(&self) -> usize {
        self.base().len()
    }
}

/// For each bar of the clock, how many bars of the other series have ended by its end. Never falls.
pub fn confirmed(clock: &Bars, other: &Bars) -> Vec<u32> {
    let (length, other_length) = (clock.timeframe.ms(), other.timeframe.ms());
    let mut count = 0;
    let ended = clock.time.iter().map(|open| {
        while count < other.len() && other.time[count] + other_length <= open + length {
            count += 1;
        }
        count as u32
    });
    ended.collect()
}

/// Finds or computes the columns of a frame.
fn columns(
    wanted: &[Column],
    bars: &Bars,
    session: Option<&Session>,
) -> Result<(Vec<Source>, Vec<Vec<f64>>), MarketError> {
    let mut computed = Vec::new();
    let mut sessions: Option<SessionColumns> = None;
    let mut sources = Vec::with_capacity(wanted.len());
    for &column in wanted {
        let values = match column {
            Column::Open => {
                sources.push(Source::Open);
                continue;
            }
            Column::High => {
                sources.push(Source::High);
                continue;
            }
            Column::Low => {
                sources.push(Source::Low);
                continue;
            }
            Column::Close => {
                sources.push(Source::Close);
                continue;
            }
            Column::Volume => {
                sources.push(Source::Volume);
                continue;
            }
            Column::Cross(number) => {
                sources.push(Source::Cross(usize::from(number)));
                continue;
            }
            Column::Time => bars.time.iter().map(|&t| t as f64).collect(),
            Column::MinuteOfDay => minutes_of_day(&bars.time),
            Column::Weekday => by_day(&bars.time, |day| weekday(day) as f64),
            Column::Day => by_date(&bars.time, |date| f64::from(date.day)),
            Column::Month => by_date(&bars.time, |date| f64::from(date.month)),
            Column::Year => by_date(&bars.time, |date| f64::from(date.year)),
            Column::InSession | Column::SessionStart | Column::SessionEnd => {
                let session =
                    session.ok_or(MarketError::Manifest("it reads its session, but has none"))?;
                // All three come out of one pass; each is handed over, and made again should it be asked for twice.
                let mut all = sessions.take().unwrap_or_default();
                if slot(&mut all, column).len() != bars.len() {
                    all = session.columns(&bars.time, bars.timeframe.ms());
                }
                let values = std::mem::take(slot(&mut all, column));
                sessions = Some(all);
                values
            }
        };
        sources.push(Source::Computed(computed.len()));
        computed.push(values);
    }
    Ok((sources, computed))
}

/// The one of the three columns that is meant.
fn slot(columns: &mut SessionColumns, column: Column) -> &mut Vec<f64> {
    match column {
        Column::InSession => &mut columns.inside,
        Column::SessionStart => &mut columns.start,
        _ => &mut columns.end,
    }
}

/// Rows from `row` on that lie on the same UTC day, at least one.
fn rows_of_day(time: &[i64], row: usize) -> usize {
    let until = (time[row].div_euclid(DAY) + 1) * DAY;
    time[row..].partition_point(|&t| t < until).max(1)
}

/// Minutes since midnight. A day is short enough for 32 bits, in which the division runs in lanes.
fn minutes_of_day(time: &[i64]) -> Vec<f64> {
    let mut out = Vec::with_capacity(time.len());
    while out.len() < time.len() {
        let row = out.len();
        let midnight = time[row].div_euclid(DAY) * DAY;
        let day = &time[row..row + rows_of_day(time, row)];
        out.extend(
            day.iter()
                .map(|t| f64::from((t - midnight) as u32 / 60_000)),
        );
    }
    out
}

/// A value that is fixed for a UTC day, computed once a day.
fn by_day(time: &[i64], value: impl Fn(i64) -> f64) -> Vec<f64> {
    let mut out = Vec::with_capacity(time.len());
    while out.len() < time.len() {
        let row = out.len();
        out.resize(
            row + rows_of_day(time, row),
            value(time[row].div_euclid(DAY)),
        );
    }
    out
}

fn by_date(time: &[i64], value: impl Fn(Date) -> f64) -> Vec<f64> {
    by_day(time, |day| value(date_from_days(day)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bars::Bar;
    use proptest::prelude::*;
    use sixbtc_abi::{FrameSpec, SessionSpec};

    fn series(symbol: &str, timeframe: Timeframe, opens: impl IntoIterator<Item = i64>) -> Bars {
        let mut bars = Bars::new(symbol, timeframe);
        for index in opens {
            let p = 100.0 + index as f64 / 4.0;
            let time = index * timeframe.ms();
            bars.push(Bar {
                time,
                open: p,
                high: p + 1.0,
                low: p - 1.0,
                close: p,
                volume: 1.0,
            });
        }
        bars
    }

    fn manifest(frames: Vec<FrameSpec>) -> Manifest {
        Manifest {
            frames,
            ..Manifest::default()
        }
    }

    fn spec(symbol: Option<&str>, timeframe: Timeframe, columns: &[Column]) -> FrameSpec {
        FrameSpec {
            symbol: symbol.map(str::to_owned),
            period_ms: timeframe.ms(),
            columns: columns.to_vec(),
        }
    }

    #[test]
    fn an_hour_is_confirmed_at_its_last_quarter() {
        let base = series("BTC", Timeframe::M15, 0..10);
        let manifest = manifest(vec![
            spec(None, Timeframe::M15, &[Column::Close, Column::High]),
            spec(None, Timeframe::H1, &[Column::Close]),
        ]);
        let frames = FrameSet::build(&manifest, &base, &|_| None).unwrap();
        let input = frames.input();
        assert_eq!(
            input.frames[0].columns,
            vec![base.close.as_slice(), &base.high]
        );
        assert!(input.frames[0].confirmed.is_empty());
        assert_eq!(input.frames[1].confirmed, [0, 0, 0, 1, 1, 1, 1, 2, 2, 2]);
        assert_eq!(input.frames[1].columns[0], [100.75, 101.75]);
        assert_eq!(
            (input.frames[0].price_scale, input.frames[1].price_scale),
            (100.0, 100.0)
        );
    }

    #[test]
    fn an_hour_with_missing_quarters_is_confirmed_late_but_whole() {
        // 00:00, 00:15, then nothing before 01:30.
        let base = series("BTC", Timeframe::M15, [0, 1, 6, 7]);
        let manifest = manifest(vec![
            spec(None, Timeframe::M15, &[Column::Close]),
            spec(None, Timeframe::H1, &[Column::Close]),
        ]);
        let frames = FrameSet::build(&manifest, &base, &|_| None).unwrap();
        assert_eq!(frames.input().frames[1].confirmed, [0, 0, 1, 2]);
        assert_eq!(frames.input().frames[1].columns[0], [100.25, 101.75]);
    }

    #[test]
    fn other_symbols_are_found_by_name_and_resampled() {
        let base = series("BTC", Timeframe::H1, 0..8);
        let eth = series("ETH", Timeframe::M30, 3..16);
        let manifest = manifest(vec![
            spec(Some("BTC"), Timeframe::H1, &[Column::Close]),
            spec(Some("ETH"), Timeframe::H1, &[Column::Open]),
            spec(Some("ETH"), Timeframe::H4, &[Column::Open]),
        ]);
        let frames =
            FrameSet::build(&manifest, &base, &|name| (name == "ETH").then_some(&eth)).unwrap();
        let input = frames.input();
        assert_eq!(input.frames[1].time[0], 3_600_000);
        assert_eq!(input.frames[1].confirmed, [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(input.frames[2].confirmed, [0, 0, 0, 1, 1, 1, 1, 2]);
        let missing = FrameSet::build(&manifest, &base, &|_| None)
            .unwrap_err()
            .to_string();
        insta::assert_snapshot!(missing, @"the strategy reads `ETH`, which is not among the data; supply it beside `BTC`");
    }

    #[test]
    fn finer_data_become_the_clock_and_coarser_are_refused() {
        let base = series("BTC", Timeframe::M15, 0..12);
        let hourly = manifest(vec![spec(None, Timeframe::H1, &[Column::Close])]);
        let frames = FrameSet::build(&hourly, &base, &|_| None).unwrap();
        assert_eq!(frames.rows(), 3);
        let minutes = manifest(vec![spec(None, Timeframe::M1, &[Column::Close])]);
        assert!(matches!(
            FrameSet::build(&minutes, &base, &|_| None),
            Err(MarketError::Coarser { .. })
        ));
        assert!(matches!(
            FrameSet::build(&manifest(vec![]), &base, &|_| None),
            Err(MarketError::Manifest(_))
        ));
    }

    #[test]
    fn calendar_and_session_columns() {
        // 2024-02-28T12:00Z is hour 474_756 of the epoch; a leap day follows.
        let base = series("BTC", Timeframe::H1, 474_756..474_756 + 60);
        let columns = [
            Column::Time,
            Column::MinuteOfDay,
            Column::Weekday,
            Column::Day,
            Column::Month,
            Column::Year,
            Column::InSession,
            Column::SessionStart,
            Column::SessionEnd,
        ];
        let mut wanted = manifest(vec![spec(None, Timeframe::H1, &columns)]);
        assert!(matches!(
            FrameSet::build(&wanted, &base, &|_| None),
            Err(MarketError::Manifest(_))
        ));
        wanted.session = Some(SessionSpec {
            start_minute: 540,
            end_minute: 600,
            tz: "Europe/Rome".into(),
        });
        let frames = FrameSet::build(&wanted, &base, &|_| None).unwrap();
        let at = |row: usize| -> Vec<f64> {
            frames.input().frames[0]
                .columns
                .iter()
                .map(|c| c[row])
                .collect()
        };
        assert_eq!(
            at(0),
            [
                1_709_121_600_000.0,
                720.0,
                2.0,
                28.0,
                2.0,
                2024.0,
                0.0,
                0.0,
                0.0
            ]
        );
        assert_eq!(
            at(20),
            [
                1_709_193_600_000.0,
                480.0,
                3.0,
                29.0,
                2.0,
                2024.0,
                1.0,
                1.0,
                1.0
            ]
        );
        assert_eq!(
            at(36),
            [
                1_709_251_200_000.0,
                0.0,
                4.0,
                1.0,
                3.0,
                2024.0,
                0.0,
                0.0,
                0.0
            ]
        );
    }

    proptest! {
        #[test]
        fn confirmation_never_sees_the_future(
            present in prop::collection::vec(any::<bool>(), 1..200),
            cut in any::<prop::sample::Index>(),
        ) {
            let base = series("BTC", Timeframe::M15, (0..).zip(&present).filter(|(_, p)| **p).map(|(i, _)| i));
            prop_assume!(!base.is_empty());
            let wanted = manifest(vec![
                spec(None, Timeframe::M15, &[Column::Close]),
                spec(None, Timeframe::H1, &[Column::Close, Column::Volume]),
            ]);
            let part = base.slice(0..cut.index(base.len()) + 1);
            let (whole, part_set) = (
                FrameSet::build(&wanted, &base, &|_| None).unwrap(),
                FrameSet::build(&wanted, &part, &|_| None).unwrap(),
            );
            let (whole, seen) = (whole.input(), part_set.input());
            let rows = part.len();
            prop_assert_eq!(&whole.frames[1].confirmed[..rows], seen.frames[1].confirmed);
            let confirmed = seen.frames[1].confirmed[rows - 1] as usize;
            for column in 0..2 {
                prop_assert_eq!(&whole.frames[1].columns[column][..confirmed], &seen.frames[1].columns[column][..confirmed]);
            }
        }
    }
}
