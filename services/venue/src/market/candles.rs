//! Candles: closed ones with the source's numbers, the running one as far as the path has come.

use super::path;
use super::series::{Series, decimal};
use super::settings::PlayerSettings;
use crate::engine::Millis;
use rust_decimal::Decimal;
use sixbtc_exchange::wire::info::Candle;
use sixbtc_market::Timeframe;
use sixbtc_market::calendar::{Date, date_from_days, days_from_date};

const DAY: Millis = 86_400_000;

/// Candles of one answer, at most.
const MOST: usize = 5000;

/// A length of candles: fixed, or a month.
#[derive(Debug, Clone, Copy)]
enum Length {
    Fixed(Timeframe),
    Month,
}

impl Length {
    fn of(interval: &str, base: Timeframe) -> Option<Self> {
        if interval == "1M" {
            return Some(Self::Month).filter(|_| Timeframe::D1.holds(base));
        }
        let fixed: Timeframe = interval.parse().ok()?;
        fixed.holds(base).then_some(Self::Fixed(fixed))
    }

    fn floor(self, time: Millis) -> Millis {
        match self {
            Self::Fixed(timeframe) => timeframe.floor(time),
            Self::Month => {
                let date = date_from_days(time.div_euclid(DAY));
                days_from_date(Date { day: 1, ..date }) * DAY
            }
        }
    }

    /// End of the candle that begins at `open`.
    fn end(self, open: Millis) -> Millis {
        match self {
            Self::Fixed(timeframe) => open + timeframe.ms(),
            Self::Month => {
                let date = date_from_days(open.div_euclid(DAY));
                let (year, month) = if date.month == 12 {
                    (date.year + 1, 1)
                } else {
                    (date.year, date.month + 1)
                };
                days_from_date(Date {
                    year,
                    month,
                    day: 1,
                }) * DAY
            }
        }
    }
}

/// A candle in the making. Joined as `sixbtc_market::resample` joins bars, volumes added in binary numbers in their order.
struct Making {
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
    trades: u64,
}

impl Making {
    fn add(&mut self, bar: &Self) {
        self.high = if bar.high > self.high {
            bar.high
        } else {
            self.high
        };
        self.low = if bar.low < self.low {
            bar.low
        } else {
            self.low
        };
        self.close = bar.close;
        self.volume += bar.volume;
        self.trades += bar.trades;
    }
}

/// See [`crate::host::Source::candles`]. Empty for an interval that cannot be made of the bars.
pub fn candles(
    series: &Series,
    settings: &PlayerSettings,
    interval: &str,
    (from, to): (Millis, Millis),
    now: Millis,
) -> Vec<Candle> {
    let base = series.timeframe();
    let Some(length) = Length::of(interval, base) else {
        return Vec::new();
    };
    // the newest that one answer holds; a month has 28 days at least
    let each = match length {
        Length::Fixed(timeframe) => timeframe.ms(),
        Length::Month => 28 * DAY,
    };
    let to = to.min(now);
    let from = from.max(to.saturating_sub(each.saturating_mul(MOST as Millis)));
    if from > to {
        return Vec::new();
    }
    let mut row = series.row_at(length.floor(from));
    let mut found: Vec<Candle> = Vec::new();
    let mut made: Option<(Millis, Making)> = None;
    while let Some(time) = series.time(row).filter(|time| *time <= now) {
        let open = length.floor(time);
        if open > to {
            break;
        }
        let Some(bar) = part(series, settings, row, now) else {
            break;
        };
        match &mut made {
            Some((at, making)) if *at == open => making.add(&bar),
            _ => {
                found.extend(made.take().and_then(|m| told(series, interval, length, &m)));
                made = Some((open, bar));
            }
        }
        row += 1;
    }
    found.extend(made.and_then(|m| told(series, interval, length, &m)));
    if found.len() > MOST {
        found.drain(..found.len() - MOST);
    }
    found
}

/// A row as far as it has come by `now`: all of it when it has closed.
fn part(series: &Series, settings: &PlayerSettings, row: usize, now: Millis) -> Option<Making> {
    let bar = series.bar(row)?;
    let length = series.timeframe().ms();
    let steps = match settings.mode {
        super::Mode::Realistic => path::steps(length, settings) as u64,
        super::Mode::Exact => 1,
    };
    if now >= bar.time + length {
        return Some(Making {
            open: bar.open,
            high: bar.high,
            low: bar.low,
            close: bar.close,
            volume: bar.volume,
            trades: if bar.volume > 0.0 { steps } else { 0 },
        });
    }
    let path = path::prices(series, row, settings);
    let seen: Vec<Decimal> = path
        .iter()
        .filter(|(offset, _)| bar.time + offset <= now)
        .map(|(_, px)| *px)
        .collect();
    let float = |px: Decimal| px.to_string().parse::<f64>().ok();
    let open = seen.first().copied()?;
    let close = seen.last().copied()?;
    Some(Making {
        open: float(open)?,
        high: float(seen.iter().copied().max()?)?,
        low: float(seen.iter().copied().min()?)?,
        close: float(close)?,
        volume: bar.volume * seen.len() as f64 / path.len() as f64,
        trades: seen.len() as u64,
    })
}

fn told(
    series: &Series,
    interval: &str,
    length: Length,
    (open, made): &(Millis, Making),
) -> Option<Candle> {
    Some(Candle {
        t: *open,
        close_time: length.end(*open) - 1,
        s: series.name().to_owned(),
        i: interval.to_owned(),
        o: decimal(made.open)?,
        c: decimal(made.close)?,
        h: decimal(made.high)?,
        l: decimal(made.low)?,
        v: decimal(made.volume)?,
        n: made.trades,
    })
}
