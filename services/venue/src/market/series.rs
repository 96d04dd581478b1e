//! A coin's bars on the time of the market: shifted, and wrapped around if so chosen.

use super::settings::{AtEnd, PlayerSettings};
use crate::engine::{Instrument, Millis};
use rust_decimal::Decimal;
use sixbtc_market::{Bar, Bars, Funding, Timeframe};
use std::sync::Arc;

const WEEK: Millis = 7 * 86_400_000;

/// What is played of one coin.
#[derive(Debug, Clone)]
pub struct CoinSeries {
    /// Rules of the market; its name is the coin.
    pub instrument: Instrument,
    /// Its bars; nothing finer is known.
    pub bars: Arc<Bars>,
    /// Exact: step to which a simulation rounds fills, quote currency.
    pub tick: f64,
    /// Rates of funding; without a series they are the formula's (realistic) or 0 (exact).
    pub funding: Option<Arc<Funding>>,
}

impl CoinSeries {
    /// A coin with the rules it has at the real exchange ([`super::instrument_of`]) and the tick its own prices show.
    pub fn new(coin: &str, bars: Arc<Bars>) -> Self {
        let price = bars.close.last().copied().unwrap_or_default();
        Self {
            instrument: super::instrument_of(coin, price),
            tick: 1.0 / bars.price_scale(),
            bars,
            funding: None,
        }
    }
}

/// Why there is no market.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlayerError {
    /// No coins at all.
    #[error("a market needs the bars of one coin at least")]
    NoCoins,
    /// A coin without bars.
    #[error("there are no bars of {0}")]
    NoBars(String),
    /// A coin twice.
    #[error("{0} is there twice")]
    Twice(String),
    /// A bar whose numbers are none.
    #[error("the bar of {coin} at {time} has a price or volume that no market has")]
    Number {
        /// Coin.
        coin: String,
        /// Open time, ms.
        time: Millis,
    },
    /// A bar that cannot stand where it is: out of order, overlapping, or with a range that does not hold its prices.
    #[error(
        "the bar of {coin} at {time} does not fit: times must rise by a bar at least, and low ≤ open, close ≤ high"
    )]
    Shape {
        /// Coin.
        coin: String,
        /// Open time, ms.
        time: Millis,
    },
}

/// A bar in decimals, as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    /// Open time on the market's clock.
    pub time: Millis,
    /// First price.
    pub open: Decimal,
    /// Highest price.
    pub high: Decimal,
    /// Lowest price.
    pub low: Decimal,
    /// Last price.
    pub close: Decimal,
    /// Coins traded.
    pub volume: Decimal,
}

/// The decimal that a binary number is written as in its shortest form, which is the one it was read from.
pub fn decimal(x: f64) -> Option<Decimal> {
    let found: Decimal = x.is_finite().then(|| format!("{x}").parse().ok())??;
    (found.is_zero() == (x == 0.0)).then_some(found.normalize())
}

/// A coin's bars on the time of the market. Rows are counted over all rounds.
#[derive(Debug, Clone)]
pub struct Series {
    pub coin: CoinSeries,
    pub tick: Decimal,
    /// Its place among the coins of the market, and how many these are.
    pub turn: (usize, usize),
    shift: Millis,
    /// How much later each round begins; `None`: there is one round.
    period: Option<Millis>,
}

impl Series {
    pub fn new(
        coin: CoinSeries,
        settings: &PlayerSettings,
        span: Millis,
        turn: (usize, usize),
    ) -> Result<Self, PlayerError> {
        check(&coin)?;
        let tick = decimal(coin.tick).filter(|tick| *tick >= Decimal::ZERO);
        Ok(Self {
            turn,
            tick: tick.unwrap_or_default(),
            coin,
            shift: settings.shift,
            // whole weeks, so that every longer candle begins where it began in the round before
            period: (settings.at_end == AtEnd::Wrap)
                .then(|| (span.max(1) + WEEK - 1) / WEEK * WEEK),
        })
    }

    pub fn name(&self) -> &str {
        &self.coin.instrument.name
    }

    pub fn timeframe(&self) -> Timeframe {
        self.coin.bars.timeframe
    }

    /// Appends bars behind the last one; those that are there already are passed over.
    pub fn extend(&mut self, more: &Bars) -> Result<(), PlayerError> {
        let mut bars = Bars::clone(&self.coin.bars);
        let from = bars.time.last().map_or(i64::MIN, |last| last + 1);
        bars.append(&more.between(Some(from), None));
        let coin = CoinSeries {
            bars: Arc::new(bars),
            ..self.coin.clone()
        };
        check(&coin)?;
        self.coin = coin;
        Ok(())
    }

    fn rows(&self) -> usize {
        self.coin.bars.len()
    }

    /// Open time of a row.
    pub fn time(&self, row: usize) -> Option<Millis> {
        let rows = self.rows();
        let round = (row / rows) as Millis;
        if round > 0 && self.period.is_none() {
            return None;
        }
        let later = self.period.unwrap_or(0).checked_mul(round)?;
        Some(self.coin.bars.time[row % rows] + self.shift + later)
    }

    /// The bar of a row, in binary numbers.
    pub fn bar(&self, row: usize) -> Option<Bar> {
        let time = self.time(row)?;
        let bar = self.coin.bars.get(row % self.rows())?;
        Some(Bar { time, ..bar })
    }

    /// The bar of a row.
    pub fn whole(&self, row: usize) -> Option<Whole> {
        let bar = self.bar(row)?;
        Some(Whole {
            time: bar.time,
            open: decimal(bar.open)?,
            high: decimal(bar.high)?,
            low: decimal(bar.low)?,
            close: decimal(bar.close)?,
            volume: decimal(bar.volume)?,
        })
    }

    /// The first row that opens at `time` or later. With one round: the number of rows when there is none.
    pub fn row_at(&self, time: Millis) -> usize {
        let rows = self.rows();
        let local = time - self.shift;
        let bars = &self.coin.bars;
        let first = bars.time[0];
        let round = match self.period {
            Some(period) if local > first => (local - first).div_euclid(period),
            _ => 0,
        };
        let within = local - round * self.period.unwrap_or(0);
        let row = bars.time.partition_point(|t| *t < within);
        usize::try_from(round).unwrap_or(0) * rows + row
    }

    /// End of the last bar; `None` when there is always another.
    pub fn end(&self) -> Option<Millis> {
        if self.period.is_some() {
            return None;
        }
        self.coin.bars.end().map(|end| end + self.shift)
    }

    /// Rate of the first payment of funding after `time`; 0 when the series has none.
    pub fn rate_after(&self, time: Millis) -> Option<Decimal> {
        let funding = self.coin.funding.as_ref()?;
        let mut local = time - self.shift;
        if let (Some(period), Some(first)) = (self.period, self.coin.bars.time.first()) {
            local = first + (local - first).rem_euclid(period);
        }
        let next = funding.time.partition_point(|t| *t <= local);
        let rate = funding.rate.get(next).copied().unwrap_or_default();
        let most = Decimal::new(4, 2);
        Some(decimal(rate).unwrap_or_default().clamp(-most, most))
    }
}

/// Largest number that is a price: the engine refuses more.
const LARGEST: f64 = 1e11;

fn check(coin: &CoinSeries) -> Result<(), PlayerError> {
    let name = || coin.instrument.name.clone();
    let bars = &coin.bars;
    if bars.is_empty() {
        return Err(PlayerError::NoBars(name()));
    }
    let mut last = None;
    for row in 0..bars.len() {
        let Some(bar) = bars.get(row) else { continue };
        let good = |x: f64| (1e-7..LARGEST).contains(&x) && decimal(x).is_some();
        let volume = (0.0..1e18).contains(&bar.volume) && decimal(bar.volume).is_some();
        if ![bar.open, bar.high, bar.low, bar.close]
            .into_iter()
            .all(good)
            || !volume
        {
            return Err(PlayerError::Number {
                coin: name(),
                time: bar.time,
            });
        }
        let holds = bar.low <= bar.open.min(bar.close) && bar.high >= bar.open.max(bar.close);
        if !holds || last.is_some_and(|last| bar.time < last + bars.timeframe.ms()) {
            return Err(PlayerError::Shape {
                coin: name(),
                time: bar.time,
            });
        }
        last = Some(bar.time);
    }
    Ok(())
}
