//! Random bars.

use super::{Rng, awkward};
use sixbtc_abi::{Column, Frame, FrameSpec, Input};

/// One frame's bars.
#[derive(Debug, Clone, Default)]
struct Series {
    time: Vec<i64>,
    columns: Vec<Vec<f64>>,
    confirmed: Vec<u32>,
}

/// Bars for all frames of a module.
#[derive(Debug, Clone, Default)]
pub struct Bars {
    frames: Vec<Series>,
    price_scale: f64,
}

impl Bars {
    /// As a kernel reads them.
    pub fn input(&self) -> Input<'_> {
        self.input_from(&[])
    }

    /// With the first `offset` rows of each frame dropped.
    pub fn input_from(&self, offset: &[usize]) -> Input<'_> {
        let first = offset.first().copied().unwrap_or(0);
        let frame = |(at, s): (usize, &'_ Series)| -> (usize, usize) {
            (at, offset.get(at).copied().unwrap_or(0).min(s.time.len()))
        };
        let frames = self
            .frames
            .iter()
            .enumerate()
            .map(|pair| {
                let (at, from) = frame(pair);
                let s = &self.frames[at];
                Frame {
                    time: &s.time[from..],
                    columns: s.columns.iter().map(|c| &c[from..]).collect(),
                    confirmed: s.confirmed.get(first..).unwrap_or(&[]),
                    price_scale: self.price_scale,
                }
            })
            .collect();
        Input { frames }
    }

    /// Rows of frame 0.
    pub fn rows(&self) -> usize {
        self.frames.first().map_or(0, |f| f.time.len())
    }

    /// Rows of a frame that are confirmed at the end of a row of frame 0.
    pub fn confirmed(&self, frame: usize, row: usize) -> usize {
        self.frames
            .get(frame)
            .and_then(|f| f.confirmed.get(row))
            .map_or(0, |c| *c as usize)
    }
}

/// Bars with gaps: prices walk in whole ticks of 0.01 with many ties; other frames are independent series with gaps of
/// their own. With `wild`, some values are NaN, infinite, huge or tiny.
pub fn random_bars(rng: &mut Rng, frames: &[FrameSpec], rows: usize, wild: bool) -> Bars {
    let mut bars = Bars {
        frames: Vec::new(),
        price_scale: 100.0,
    };
    let base = frames.first().map_or(60_000, |f| f.period_ms);
    // sometimes before the epoch: blocks are cut toward minus infinity
    let origin = if rng.once_in(4) {
        -37 * base
    } else {
        1_600_000_020_000 / base * base
    };
    let clock = times(rng, origin, base, |made, _| made < rows);
    let end = clock.last().map_or(origin, |t| t + base);
    for (at, spec) in frames.iter().enumerate() {
        let time = if at == 0 {
            clock.clone()
        } else {
            let start = (origin - 3 * spec.period_ms * rng.below(2) as i64)
                .div_euclid(spec.period_ms)
                * spec.period_ms;
            times(rng, start, spec.period_ms, |_, t| t + spec.period_ms <= end)
        };
        let confirmed = if at == 0 {
            Vec::new()
        } else {
            let ended =
                |bar: &i64| time.partition_point(|t| t + spec.period_ms <= bar + base) as u32;
            clock.iter().map(ended).collect()
        };
        let columns = columns(rng, &time, &spec.columns, wild);
        bars.frames.push(Series {
            time,
            columns,
            confirmed,
        });
    }
    bars
}

fn times(
    rng: &mut Rng,
    origin: i64,
    period: i64,
    mut more: impl FnMut(usize, i64) -> bool,
) -> Vec<i64> {
    let mut time = Vec::new();
    let mut t = origin;
    while more(time.len(), t) {
        time.push(t);
        let gap = match rng.below(20) {
            0 => 2 + rng.below(3),
            1 if rng.once_in(3) => 40,
            _ => 1,
        };
        t += period * gap as i64;
    }
    time
}

fn columns(rng: &mut Rng, time: &[i64], columns: &[Column], wild: bool) -> Vec<Vec<f64>> {
    let mut made = vec![Vec::with_capacity(time.len()); columns.len()];
    let mut close: i64 = 10_000 + rng.below(100) as i64;
    for &t in time {
        let open = close + rng.below(3) as i64 - 1;
        close = (open + rng.below(9) as i64 - 4).max(10);
        let high = open.max(close) + rng.below(4) as i64;
        let low = open.min(close) - rng.below(4) as i64;
        let volume = rng.below(1000);
        for (values, column) in made.iter_mut().zip(columns) {
            let minute = t.div_euclid(60_000);
            let value = match column {
                Column::Open => open as f64 / 100.0,
                Column::High => high as f64 / 100.0,
                Column::Low => low as f64 / 100.0,
                Column::Close => close as f64 / 100.0,
                Column::Volume => volume as f64 / 8.0,
                Column::Time => t as f64,
                Column::MinuteOfDay => minute.rem_euclid(1440) as f64,
                Column::Weekday => (minute.div_euclid(1440) + 3).rem_euclid(7) as f64,
                Column::Day => (minute.div_euclid(1440).rem_euclid(28) + 1) as f64,
                Column::Month => (minute.div_euclid(1440 * 30).rem_euclid(12) + 1) as f64,
                Column::Year => (1970 + minute.div_euclid(1440 * 365)) as f64,
                Column::InSession => f64::from(u8::from(minute.rem_euclid(1440) < 900)),
                Column::SessionStart => f64::from(u8::from(minute.rem_euclid(60) == 0)),
                Column::SessionEnd => f64::from(u8::from(minute.rem_euclid(60) == 59)),
                Column::Cross(_) => volume as f64 / 1000.0,
            };
            let price = matches!(
                column,
                Column::Open | Column::High | Column::Low | Column::Close | Column::Volume
            );
            values.push(if wild && price && rng.once_in(12) {
                awkward(rng)
            } else {
                value
            });
        }
    }
    made
}
