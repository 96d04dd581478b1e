//! Counting trades: one pass, several runs side by side.

// all sides of a condition are cheaper than a branch, and a branch is no part of a wide register
#![allow(clippy::needless_bitwise_bool)]

use crate::metrics::{Metrics, ratio, wilson};

/// What the trades of several runs come to, counted in the order of closing, the runs side by side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tally<const N: usize = 1> {
    capital: f64,
    n: [f64; N],
    wins: [f64; N],
    profit: [f64; N],
    loss: [f64; N],
    /// Σ pnl².
    sum2: [f64; N],
    bars: [f64; N],
    streak: [f64; N],
    longest: [f64; N],
    r_sum: [f64; N],
    r_count: [f64; N],
    /// Profits and losses as fractions of the entry's notional, their sum and the sum of their squares.
    won: [f64; N],
    lost: [f64; N],
    returns: [f64; N],
    returns2: [f64; N],
    /// Equity by closed trades alone.
    realised: [f64; N],
    peak: [f64; N],
    fall: [f64; N],
    best: [f64; N],
    worst: [f64; N],
}

impl<const N: usize> Tally<N> {
    pub fn new(capital: f64) -> Self {
        Self {
            capital,
            n: [0.0; N],
            wins: [0.0; N],
            profit: [0.0; N],
            loss: [0.0; N],
            sum2: [0.0; N],
            bars: [0.0; N],
            streak: [0.0; N],
            longest: [0.0; N],
            r_sum: [0.0; N],
            r_count: [0.0; N],
            won: [0.0; N],
            lost: [0.0; N],
            returns: [0.0; N],
            returns2: [0.0; N],
            realised: [capital; N],
            peak: [capital; N],
            fall: [0.0; N],
            best: [f64::NEG_INFINITY; N],
            worst: [f64::INFINITY; N],
        }
    }

    /// Counts a trade of each run that has one: its profit, notional at the entry, length in bars, and profit in multiples
    /// of the risk (NaN: none).
    #[inline(always)]
    #[allow(clippy::inline_always)]
    pub fn add_lanes(
        &mut self,
        live: [bool; N],
        pnl: [f64; N],
        notional: [f64; N],
        bars: [f64; N],
        return_r: [f64; N],
    ) {
        let if_ = |yes: bool, x: f64| if yes { x } else { 0.0 };
        let more = |a: f64, b: f64| if a > b { a } else { b };
        for i in 0..N {
            let (live, pnl) = (live[i], pnl[i]);
            let of_notional = pnl / notional[i];
            let won = live & (pnl > 0.0);
            let lost = live & !won;
            let one = if_(live, 1.0);
            self.n[i] += one;
            self.wins[i] += if_(won, 1.0);
            self.profit[i] += if_(won, pnl);
            self.won[i] += if_(won, of_notional);
            self.loss[i] -= if_(lost, pnl);
            self.lost[i] -= if_(lost, of_notional);
            let streak = if lost {
                self.streak[i] + 1.0
            } else {
                self.streak[i]
            };
            self.streak[i] = if won { 0.0 } else { streak };
            self.longest[i] = more(self.streak[i], self.longest[i]);
            self.sum2[i] += if_(live, pnl * pnl);
            self.best[i] = if live & (pnl > self.best[i]) {
                pnl
            } else {
                self.best[i]
            };
            self.worst[i] = if live & (pnl < self.worst[i]) {
                pnl
            } else {
                self.worst[i]
            };
            self.bars[i] += if_(live, bars[i]);
            let r = live & !return_r[i].is_nan();
            self.r_sum[i] += if_(r, return_r[i]);
            self.r_count[i] += if_(r, 1.0);
            self.returns[i] += if_(live, of_notional);
            self.returns2[i] += if_(live, of_notional * of_notional);
            self.realised[i] += if_(live, pnl);
            self.peak[i] = more(self.realised[i], self.peak[i]);
            self.fall[i] = more(
                (self.peak[i] - self.realised[i]) / self.peak[i],
                self.fall[i],
            );
        }
    }

    /// The tally of one of the runs.
    pub fn lane(&self, i: usize) -> Tally {
        Tally {
            capital: self.capital,
            n: [self.n[i]],
            wins: [self.wins[i]],
            profit: [self.profit[i]],
            loss: [self.loss[i]],
            sum2: [self.sum2[i]],
            bars: [self.bars[i]],
            streak: [self.streak[i]],
            longest: [self.longest[i]],
            r_sum: [self.r_sum[i]],
            r_count: [self.r_count[i]],
            won: [self.won[i]],
            lost: [self.lost[i]],
            returns: [self.returns[i]],
            returns2: [self.returns2[i]],
            realised: [self.realised[i]],
            peak: [self.peak[i]],
            fall: [self.fall[i]],
            best: [self.best[i]],
            worst: [self.worst[i]],
        }
    }
}

impl Tally {
    /// Equity at the start.
    pub fn capital(&self) -> f64 {
        self.capital
    }

    /// Counts a trade.
    #[inline]
    pub fn add(&mut self, pnl: f64, notional: f64, bars: u32, return_r: f64) {
        self.add_lanes([true], [pnl], [notional], [f64::from(bars)], [return_r]);
    }

    /// Writes the figures of trades; `m.total_return` must be there.
    pub fn figures(&self, m: &mut Metrics, years: f64) {
        let n = self.n[0];
        m.trades = n;
        m.longest_losing_streak = self.longest[0];
        m.reference_sharpe = 0.0;
        m.reference_drawdown = self.fall[0];
        if n < 1.0 {
            return;
        }
        let (wins, profit, loss) = (self.wins[0], self.profit[0], self.loss[0]);
        let losses = n - wins;
        m.win_rate = wins / n;
        (m.win_rate_low, m.win_rate_high) = wilson(wins, n);
        m.profit_factor = ratio(profit, loss);
        m.expectancy = (profit - loss) / n;
        m.average_win = ratio(profit, wins);
        m.average_loss = ratio(loss, losses);
        m.best_trade = self.best[0];
        m.worst_trade = self.worst[0];
        m.average_bars = self.bars[0] / n;
        m.average_r = ratio(self.r_sum[0], self.r_count[0]);
        m.kelly = m.win_rate - (1.0 - m.win_rate) / ratio(m.average_win, m.average_loss);
        let variance = (self.sum2[0] - n * m.expectancy * m.expectancy) / (n - 1.0);
        m.sqn = n.sqrt() * ratio(m.expectancy, variance.sqrt());

        let part = |share: f64, sum: f64, count: f64| {
            if count > 0.0 {
                share * (sum / count)
            } else {
                0.0
            }
        };
        m.reference_expectancy =
            part(m.win_rate, self.won[0], wins) - part(1.0 - m.win_rate, self.lost[0], losses);
        if n >= 3.0 {
            let mean = self.returns[0] / n;
            let deviation = (self.returns2[0] / n - mean * mean).max(0.0).sqrt();
            let a_year = (n / years).min(365.0);
            let sharpe = if deviation > 0.0 {
                mean / deviation * a_year.sqrt()
            } else {
                0.0
            };
            m.reference_sharpe = if m.total_return < -0.5 {
                sharpe.min(-2.0 * m.total_return.abs())
            } else if sharpe > 0.0 && m.total_return < 0.0 {
                0.0
            } else {
                sharpe
            };
        }
    }
}
