//! What all hand-written bounds share: the default settings as constants, rounding, and the figures of a list of trades.
//!
//! The operations and their order are those of the engine, so that equal paths give equal bits.

/// A market's columns.
#[derive(Clone, Copy)]
pub struct Market<'a> {
    pub open: &'a [f64],
    pub high: &'a [f64],
    pub low: &'a [f64],
    pub close: &'a [f64],
}

pub const CAPITAL: f64 = 10_000.0;
pub const TAKER: f64 = 0.000_45;
pub const MAKER: f64 = 0.000_15;
pub const SLIPPAGE: f64 = 0.000_5;
/// Ticks a unit of price.
pub const TICKS: f64 = 10_000.0;
/// Lots a unit.
pub const LOTS: f64 = 100_000.0;
pub const RISK: f64 = 0.02;
pub const POSITIONS: f64 = 10.0;
pub const LEAST_NOTIONAL: f64 = 10.0;
pub const MOST_LEVER: f64 = 20.0;

/// A price bought at, rounded up to the tick.
#[inline(always)]
pub fn bought(price: f64) -> f64 {
    let steps = price * TICKS;
    let near = steps.round();
    (if (steps - near).abs() <= 1e-6 {
        near
    } else {
        steps.ceil()
    }) / TICKS
}

/// A price sold at, rounded down to the tick.
#[inline(always)]
pub fn sold(price: f64) -> f64 {
    let steps = price * TICKS;
    let near = steps.round();
    (if (steps - near).abs() <= 1e-6 {
        near
    } else {
        steps.floor()
    }) / TICKS
}

/// The largest whole number of lots in `units`.
#[inline(always)]
pub fn lots(units: f64) -> f64 {
    let steps = (units * LOTS).floor();
    if steps / LOTS > units {
        (steps - 1.0) / LOTS
    } else if (steps + 1.0) / LOTS <= units {
        (steps + 1.0) / LOTS
    } else {
        steps / LOTS
    }
}

/// What every point yields. Names are those of the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Figures {
    pub total_return: f64,
    pub trades: f64,
    pub win_rate: f64,
    pub expectancy: f64,
    pub profit_factor: f64,
    pub reference_sharpe: f64,
    pub reference_drawdown: f64,
}

impl Figures {
    pub const NAMES: [&'static str; 7] = [
        "total_return",
        "trades",
        "win_rate",
        "expectancy",
        "profit_factor",
        "reference_sharpe",
        "reference_drawdown",
    ];

    pub fn all(&self) -> [f64; 7] {
        [
            self.total_return,
            self.trades,
            self.win_rate,
            self.expectancy,
            self.profit_factor,
            self.reference_sharpe,
            self.reference_drawdown,
        ]
    }
}

/// Sums over trades.
#[derive(Debug, Clone, Copy)]
pub struct Tally {
    pub cash: f64,
    pub trades: f64,
    pub wins: f64,
    pub profit: f64,
    pub loss: f64,
    pub returns: f64,
    pub returns2: f64,
    pub realised: f64,
    pub peak: f64,
    pub drawdown: f64,
}

impl Tally {
    pub const START: Self = Self {
        cash: CAPITAL,
        trades: 0.0,
        wins: 0.0,
        profit: 0.0,
        loss: 0.0,
        returns: 0.0,
        returns2: 0.0,
        realised: CAPITAL,
        peak: CAPITAL,
        drawdown: 0.0,
    };

    /// Counts a trade; the cash is its caller's business.
    #[inline(always)]
    pub fn add(&mut self, pnl: f64, notional: f64) {
        let share = pnl / notional;
        self.trades += 1.0;
        if pnl > 0.0 {
            self.wins += 1.0;
            self.profit += pnl;
        } else {
            self.loss -= pnl;
        }
        self.returns += share;
        self.returns2 += share * share;
        self.realised += pnl;
        self.peak = f64::max(self.peak, self.realised);
        self.drawdown = f64::max(self.drawdown, (self.peak - self.realised) / self.peak);
    }

    /// The figures over `years`.
    pub fn figures(&self, years: f64) -> Figures {
        let n = self.trades;
        let total_return = self.cash / CAPITAL - 1.0;
        let none = if n > 0.0 { 0.0 } else { f64::NAN };
        let mut sharpe = 0.0;
        if n >= 3.0 {
            let mean = self.returns / n;
            let deviation = (self.returns2 / n - mean * mean).max(0.0).sqrt();
            if deviation > 0.0 {
                sharpe = mean / deviation * (n / years).min(365.0).sqrt();
            }
            if total_return < -0.5 {
                sharpe = sharpe.min(-2.0 * total_return.abs());
            } else if sharpe > 0.0 && total_return < 0.0 {
                sharpe = 0.0;
            }
        }
        Figures {
            total_return,
            trades: n,
            win_rate: self.wins / n,
            expectancy: (self.profit - self.loss) / n,
            profit_factor: none
                + if self.loss > 0.0 {
                    self.profit / self.loss
                } else {
                    f64::NAN
                },
            reference_sharpe: sharpe,
            reference_drawdown: self.drawdown,
        }
    }
}
