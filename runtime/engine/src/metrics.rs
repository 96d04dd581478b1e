//! Figures of a run, from its equity curve (one sample a base bar) and its trades.
//!
//! Returns are simple returns between neighbouring samples, the first against the capital. Years have 365 days. The
//! risk-free rate is 0. A figure that does not exist (no trades, no losses, no spread) is NaN and is written as `null`.

use crate::curve::{EquityCurve, Span};
use crate::normal;
use crate::tally::Tally;
use crate::trade::{Counters, Trade};
use sixbtc_market::Timeframe;

/// How a figure is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// A fraction, shown as percent.
    Fraction,
    /// A plain number.
    Ratio,
    /// Quote currency.
    Money,
    /// A whole number.
    Count,
    /// A number of bars.
    Bars,
}

/// A figure with its description.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    /// Stable name, as in `report.json`.
    pub name: &'static str,
    /// Its value; NaN when it does not exist.
    pub value: f64,
    /// How to show it.
    pub kind: MetricKind,
    /// Meaning, formula and source.
    pub about: &'static str,
}

macro_rules! metrics {
    ($($(#[doc = $doc:literal])+ $name:ident: $kind:ident,)+) => {
        /// All figures of a run. Money is in quote currency; fractions are fractions (`0.12` is 12 %).
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct Metrics {
            $($(#[doc = $doc])+ pub $name: f64,)+
        }

        impl Metrics {
            /// Every figure missing.
            pub const NONE: Self = Self { $($name: f64::NAN,)+ };

            /// All figures in stable order.
            pub fn list(&self) -> Vec<Metric> {
                vec![$(Metric {
                    name: stringify!($name),
                    value: self.$name,
                    kind: MetricKind::$kind,
                    about: concat!($($doc),+).trim_ascii(),
                },)+]
            }

            /// Names of all figures in stable order.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            /// Values of all figures, in the order of [`Metrics::NAMES`].
            pub fn values(&self) -> [f64; Self::NAMES.len()] {
                [$(self.$name),+]
            }

            /// A figure by its stable name.
            pub fn get(&self, name: &str) -> Option<f64> {
                match name {
                    $(stringify!($name) => Some(self.$name),)+
                    _ => None,
                }
            }
        }
    };
}

metrics! {
    /// Final equity.
    final_equity: Money,
    /// `final equity / capital − 1`.
    total_return: Fraction,
    /// Compound return a year: `(final equity / capital)^(1 / years) − 1`, years = samples / bars a year.
    annual_return: Fraction,
    /// Standard deviation (n − 1) of bar returns × √(bars a year).
    annual_volatility: Fraction,
    /// Mean bar return / standard deviation (n − 1) × √(bars a year) (Sharpe 1994).
    sharpe: Ratio,
    /// Mean bar return / downside deviation × √(bars a year); downside deviation = √(mean of min(return, 0)²) (Sortino 1994).
    sortino: Ratio,
    /// Annual return / maximum drawdown (Young 1991).
    calmar: Ratio,
    /// Deepest fall of equity from its highest value before, a fraction of that value. Open losses count.
    max_drawdown: Fraction,
    /// Bars from the peak before the deepest fall until equity reached it again, or to the end of the run.
    max_drawdown_bars: Bars,
    /// Bars from the bottom of the deepest fall until equity reached the peak again; missing when it never did.
    recovery_bars: Bars,
    /// Longest time under water: bars from any peak until equity reached it again, or to the end of the run.
    longest_drawdown_bars: Bars,
    /// Closed trades (parts of positions).
    trades: Count,
    /// Trades with a profit / trades.
    win_rate: Fraction,
    /// Lower end of the 95 % interval of the win rate (Wilson 1927).
    win_rate_low: Fraction,
    /// Upper end of the 95 % interval of the win rate (Wilson 1927).
    win_rate_high: Fraction,
    /// Sum of profits / sum of losses.
    profit_factor: Ratio,
    /// Mean profit of a trade.
    expectancy: Money,
    /// Mean profit of the trades with a profit.
    average_win: Money,
    /// Mean loss of the trades without a profit, 0 or more.
    average_loss: Money,
    /// Largest profit of a trade.
    best_trade: Money,
    /// Smallest profit (largest loss) of a trade.
    worst_trade: Money,
    /// Mean number of bars a trade lasted.
    average_bars: Bars,
    /// Mean profit in multiples of the initial risk, over the trades that had a stop.
    average_r: Ratio,
    /// Bars at whose close something was held / bars.
    exposure: Fraction,
    /// Notional of all fills / mean equity / years.
    turnover: Ratio,
    /// Fees paid.
    fees: Money,
    /// Cost of slippage and tick rounding, contained in the fill prices.
    slippage: Money,
    /// Funding paid, negative when received.
    funding: Money,
    /// Most trades without a profit in a row.
    longest_losing_streak: Count,
    /// `|95th percentile| / |5th percentile|` of daily (UTC) returns, linear interpolation (as in empyrical).
    tail_ratio: Ratio,
    /// Third standardised moment of bar returns.
    skew: Ratio,
    /// Fourth standardised moment of bar returns, 3 for a normal distribution.
    kurtosis: Ratio,
    /// Kelly (1956) fraction of trades: `win rate − (1 − win rate) / (average win / average loss)`.
    kelly: Fraction,
    /// System quality number (Tharp): `√trades × mean profit / standard deviation (n − 1) of profits`.
    sqn: Ratio,
    /// Probability that the true Sharpe is above 0, given length, skew and kurtosis (Bailey and López de Prado 2012).
    probabilistic_sharpe: Fraction,
    /// Probability that the true Sharpe is above the best expected of as many trials without any skill (Bailey and López de Prado 2014).
    deflated_sharpe: Fraction,
    /// Trials that the deflated Sharpe allows for.
    trials: Count,
    /// The reference system's Sharpe: mean / standard deviation (n) of trade returns (of notional) × √(trades a year, at most 365); 0 under 3 trades; a total return under −50 % caps it at −2 × |return|; a positive one with a negative total return becomes 0.
    reference_sharpe: Ratio,
    /// The reference system's expectancy: `win rate × mean win − (1 − win rate) × mean loss`, returns of notional.
    reference_expectancy: Fraction,
    /// The reference system's drawdown: on equity realised by closed trades only.
    reference_drawdown: Fraction,
}

/// How many alternatives were tried before this run was chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trials {
    /// Their number, this run included.
    pub count: u64,
    /// Variance of their Sharpe ratios *a bar* (not annualised).
    pub variance: f64,
}

impl Default for Trials {
    fn default() -> Self {
        Self {
            count: 1,
            variance: 0.0,
        }
    }
}

/// Computes all figures in one pass over the curve and one over the trades.
///
/// `time` are the open times of the bars sampled by the curve.
pub fn metrics(
    curve: &EquityCurve,
    time: &[i64],
    timeframe: Timeframe,
    trades: &[Trade],
    counters: &Counters,
    trials: Trials,
) -> Metrics {
    let mut tally = Tally::new(curve.capital());
    for trade in trades {
        tally.add(trade.pnl, trade.notional, trade.bars, trade.return_r);
    }
    metrics_of(curve, time, timeframe, &tally, counters, trials)
}

/// As [`metrics()`], of trades that have been counted already.
pub(crate) fn metrics_of(
    curve: &EquityCurve,
    time: &[i64],
    timeframe: Timeframe,
    tally: &Tally,
    counters: &Counters,
    trials: Trials,
) -> Metrics {
    let mut m = Metrics::NONE;
    let bars_a_year = timeframe.bars_per_year();
    let bars = curve.len() as f64;
    let years = bars / bars_a_year;
    let walk = Walk::over(curve);
    let capital = curve.capital();

    m.final_equity = curve.last();
    m.total_return = curve.last() / capital - 1.0;
    m.max_drawdown = walk.fall.depth;
    m.max_drawdown_bars = walk.fall.bars as f64;
    m.recovery_bars = walk.fall.recovery.map_or(f64::NAN, |bars| bars as f64);
    m.longest_drawdown_bars = walk.longest as f64;
    m.fees = counters.fees;
    m.slippage = counters.slippage;
    m.funding = counters.funding;
    m.trials = trials.count as f64;
    if !curve.is_empty() {
        m.annual_return = annual(curve.last() / capital, years);
        m.exposure = curve.held() as f64 / bars;
        m.turnover = counters.traded / (walk.sum / bars) / years;
        m.calmar = ratio(m.annual_return, m.max_drawdown);
    }

    let returns = Moments::of(&walk);
    let year = bars_a_year.sqrt();
    m.annual_volatility = returns.deviation * year;
    m.sharpe = ratio(returns.mean, returns.deviation) * year;
    m.sortino = ratio(returns.mean, (walk.down2 / bars).sqrt()) * year;
    m.skew = returns.skew;
    m.kurtosis = returns.kurtosis;
    let estimate = returns.sharpe();
    m.probabilistic_sharpe = estimate.probability_above(0.0);
    m.deflated_sharpe = estimate.probability_above(expected_best_sharpe(trials));
    m.tail_ratio = tail_ratio(daily_returns(curve, time));
    tally.figures(&mut m, years);
    m
}

/// The figures that [`money_metrics`] yields: all that need no sample of the equity between trades.
pub const MONEY_FIGURES: [&str; 25] = [
    "final_equity",
    "total_return",
    "annual_return",
    "trades",
    "win_rate",
    "win_rate_low",
    "win_rate_high",
    "profit_factor",
    "expectancy",
    "average_win",
    "average_loss",
    "best_trade",
    "worst_trade",
    "average_bars",
    "average_r",
    "fees",
    "slippage",
    "funding",
    "longest_losing_streak",
    "kelly",
    "sqn",
    "trials",
    "reference_sharpe",
    "reference_expectancy",
    "reference_drawdown",
];

/// The figures of a run that ended with `equity` after `bars` samples, without its curve: bit for bit what [`metrics()`] says
/// of [`MONEY_FIGURES`], all others are missing.
pub(crate) fn money_metrics(
    equity: f64,
    bars: usize,
    timeframe: Timeframe,
    tally: &Tally,
    counters: &Counters,
    trials: Trials,
) -> Metrics {
    let mut m = Metrics::NONE;
    let bars = bars as f64;
    let years = bars / timeframe.bars_per_year();
    let capital = tally.capital();
    m.final_equity = equity;
    m.total_return = equity / capital - 1.0;
    m.fees = counters.fees;
    m.slippage = counters.slippage;
    m.funding = counters.funding;
    m.trials = trials.count as f64;
    if bars > 0.0 {
        m.annual_return = annual(equity / capital, years);
    }
    tally.figures(&mut m, years);
    m
}

/// `a / b`, missing when `b` is 0 or no number.
pub(crate) fn ratio(a: f64, b: f64) -> f64 {
    if b > 0.0 { a / b } else { f64::NAN }
}

/// Growth a year.
fn annual(growth: f64, years: f64) -> f64 {
    if growth > 0.0 {
        libm::pow(growth, 1.0 / years) - 1.0
    } else {
        -1.0
    }
}

/// The deepest fall.
#[derive(Debug, Clone, Copy, Default)]
struct Fall {
    depth: f64,
    bars: usize,
    recovery: Option<usize>,
}

/// Power sums of the bar returns, and drawdowns.
#[derive(Debug, Clone, Copy, Default)]
struct Walk {
    rows: usize,
    /// Σ equity.
    sum: f64,
    /// Σ r, Σ r², Σ r³, Σ r⁴. Flat bars add nothing.
    powers: [f64; 4],
    /// Σ min(r, 0)².
    down2: f64,
    fall: Fall,
    longest: usize,
}

/// Drawdown bookkeeping: a division only at each new peak, not at each bar.
struct Water {
    peak: f64,
    peak_row: usize,
    trough: f64,
    trough_row: usize,
}

impl Walk {
    fn over(curve: &EquityCurve) -> Self {
        let mut walk = Self::default();
        let mut last = curve.capital();
        // The capital is a sample before the first bar; rows count from 1 so that it can be row 0.
        let mut water = Water {
            peak: last,
            peak_row: 0,
            trough: last,
            trough_row: 0,
        };
        for span in curve.spans() {
            match span {
                Span::Flat(rows, equity) => {
                    walk.add(last, equity);
                    walk.rows += 1;
                    water.sample(&mut walk, equity);
                    walk.rows += rows - 1;
                    // A flat stretch at the peak moves the peak along: being level is not being under water.
                    if equity >= water.peak {
                        water.peak_row = walk.rows;
                    }
                    walk.sum += equity * rows as f64;
                    last = equity;
                }
                Span::Held(values) => {
                    let mut sum = 0.0;
                    for &equity in values {
                        walk.add(last, equity);
                        walk.rows += 1;
                        water.sample(&mut walk, equity);
                        sum += equity;
                        last = equity;
                    }
                    walk.sum += sum;
                }
            }
        }
        water.close(&mut walk, false);
        walk
    }

    #[inline]
    fn add(&mut self, from: f64, to: f64) {
        let r = if from > 0.0 { to / from - 1.0 } else { 0.0 };
        let r2 = r * r;
        self.powers[0] += r;
        self.powers[1] += r2;
        self.powers[2] += r2 * r;
        self.powers[3] += r2 * r2;
        self.down2 += if r < 0.0 { r2 } else { 0.0 };
    }
}

impl Water {
    #[inline]
    fn sample(&mut self, walk: &mut Walk, equity: f64) {
        if equity >= self.peak {
            if self.trough < self.peak {
                self.close(walk, true);
            }
            self.peak = equity;
            self.peak_row = walk.rows;
            self.trough = equity;
        } else if equity < self.trough {
            self.trough = equity;
            self.trough_row = walk.rows;
        }
    }

    /// Ends the fall that began at the peak.
    fn close(&mut self, walk: &mut Walk, recovered: bool) {
        if self.trough >= self.peak {
            return;
        }
        let bars = walk.rows - self.peak_row;
        walk.longest = walk.longest.max(bars);
        let depth = (self.peak - self.trough) / self.peak;
        if depth > walk.fall.depth {
            walk.fall = Fall {
                depth,
                bars,
                recovery: recovered.then(|| walk.rows - self.trough_row),
            };
        }
    }
}

/// Shape of the bar returns.
#[derive(Debug, Clone, Copy)]
struct Moments {
    n: f64,
    mean: f64,
    /// With n − 1.
    deviation: f64,
    skew: f64,
    kurtosis: f64,
}

impl Moments {
    fn of(walk: &Walk) -> Self {
        let n = walk.rows as f64;
        let [s1, s2, s3, s4] = walk.powers;
        let mean = s1 / n;
        let (m2, m3, m4) = (s2 / n, s3 / n, s4 / n);
        // Bar returns have a mean that is tiny beside their spread, so power sums lose nothing; where they would (returns
        // all alike) the spread is noise and counts as none.
        let variance = m2 - mean * mean;
        let variance = if variance > m2 * 1e-12 { variance } else { 0.0 };
        let central3 = m3 - 3.0 * mean * m2 + 2.0 * mean * mean * mean;
        let central4 =
            m4 - 4.0 * mean * m3 + 6.0 * mean * mean * m2 - 3.0 * mean * mean * mean * mean;
        Self {
            n,
            mean,
            deviation: (variance * n / (n - 1.0)).sqrt(),
            skew: ratio(central3, variance * variance.sqrt()),
            kurtosis: ratio(central4, variance * variance),
        }
    }

    fn sharpe(&self) -> SharpeEstimate {
        SharpeEstimate {
            samples: self.n,
            sharpe: ratio(self.mean, self.deviation),
            skew: self.skew,
            kurtosis: self.kurtosis,
        }
    }
}

/// A measured Sharpe ratio with what its uncertainty depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SharpeEstimate {
    /// Number of returns.
    pub samples: f64,
    /// Mean / standard deviation (n − 1) of a return, *not* annualised.
    pub sharpe: f64,
    /// Third standardised moment.
    pub skew: f64,
    /// Fourth standardised moment, 3 for a normal distribution.
    pub kurtosis: f64,
}

impl SharpeEstimate {
    /// Variance of the estimate × (samples − 1): `1 − skew SR + (kurtosis − 1) / 4 SR²` (Mertens 2002); NaN when the
    /// moments contradict each other.
    pub fn spread(&self) -> f64 {
        let spread =
            1.0 - self.skew * self.sharpe + (self.kurtosis - 1.0) / 4.0 * self.sharpe * self.sharpe;
        if spread > 0.0 { spread } else { f64::NAN }
    }

    /// Probability that the true Sharpe ratio is above a benchmark (not annualised either):
    /// `Φ((SR − SR*) √(n − 1) / √spread)` (Bailey and López de Prado 2012).
    pub fn probability_above(&self, benchmark: f64) -> f64 {
        normal::cdf((self.sharpe - benchmark) * (self.samples - 1.0).sqrt() / self.spread().sqrt())
    }
}

/// The highest Sharpe ratio (a bar) to expect of so many trials without skill:
/// `√variance × ((1 − γ) Φ⁻¹(1 − 1/N) + γ Φ⁻¹(1 − 1/(N e)))`, γ = Euler–Mascheroni (Bailey and López de Prado 2014).
pub fn expected_best_sharpe(trials: Trials) -> f64 {
    expected_best_of(trials.count as f64, trials.variance)
}

/// [`expected_best_sharpe`] of a number of trials that need not be whole (dependent trials count as fewer independent
/// ones); between one and two, where the approximation fails, on the line from 0 to the value for two.
pub fn expected_best_of(trials: f64, variance: f64) -> f64 {
    const GAMMA: f64 = 0.577_215_664_901_532_9;
    let best = |n: f64| {
        let high = normal::quantile(1.0 - 1.0 / n);
        let higher = normal::quantile(1.0 - 1.0 / (n * std::f64::consts::E));
        (1.0 - GAMMA) * high + GAMMA * higher
    };
    let best = if trials >= 2.0 {
        best(trials)
    } else if trials > 1.0 {
        (trials - 1.0) * best(2.0)
    } else {
        return 0.0;
    };
    variance.sqrt() * best
}

/// 95 % interval of a share of `n` (Wilson 1927).
pub fn wilson(wins: f64, n: f64) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    if n <= 0.0 {
        return (f64::NAN, f64::NAN);
    }
    let p = wins / n;
    let z2 = Z * Z;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

/// Returns between the last samples of neighbouring UTC days; the first against the capital.
pub fn daily_returns(curve: &EquityCurve, time: &[i64]) -> Vec<f64> {
    let rows = time.len().min(curve.len());
    let time = &time[..rows];
    let mut ends = Vec::new();
    let mut row = 0;
    // A day's bars are usually as many as those of the day before: look there first, search only when it is not so.
    let mut guess = 1;
    while row < rows {
        let next_day = Timeframe::D1.next(time[row]);
        let end = row + guess;
        let fits =
            end <= rows && time[end - 1] < next_day && time.get(end).is_none_or(|&t| t >= next_day);
        let end = if fits {
            end
        } else {
            row + time[row..].partition_point(|&t| t < next_day)
        };
        guess = end - row;
        ends.push(end - 1);
        row = end;
    }
    let mut returns = Vec::with_capacity(ends.len());
    let (mut last, mut start) = (curve.capital(), 0);
    let mut ends = ends.into_iter().peekable();
    for span in curve.spans() {
        let len = match span {
            Span::Flat(rows, _) => rows,
            Span::Held(values) => values.len(),
        };
        while let Some(end) = ends.next_if(|&end| end < start + len) {
            let equity = match span {
                Span::Flat(_, equity) => equity,
                Span::Held(values) => values[end - start],
            };
            returns.push(if last > 0.0 { equity / last - 1.0 } else { 0.0 });
            last = equity;
        }
        start += len;
    }
    returns
}

fn tail_ratio(mut returns: Vec<f64>) -> f64 {
    if returns.is_empty() {
        return f64::NAN;
    }
    returns.sort_by(f64::total_cmp);
    let percentile = |p: f64| {
        let at = p * (returns.len() - 1) as f64;
        let low = at.floor() as usize;
        let high = (low + 1).min(returns.len() - 1);
        returns[low] + (at - low as f64) * (returns[high] - returns[low])
    };
    ratio(percentile(0.95).abs(), percentile(0.05).abs())
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;
