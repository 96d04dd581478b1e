//! What is judged: the figures of a run over a span, and the two spans of one examination.

use super::SharpeKind;
use crate::pipeline::number;
use serde::{Deserialize, Serialize};
use sixbtc_engine::Metrics;

/// Weight of the in-sample span in combined figures; out-of-sample has the rest.
pub const IN_SAMPLE_WEIGHT: f64 = 0.4;

/// Figures of one run over one span.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Bars of the span.
    pub bars: u64,
    /// Symbols with enough data in the span.
    pub coins: u32,
    /// Closed trades.
    pub trades: u64,
    /// Sharpe ratio a year of the equity curve, bar by bar.
    #[serde(deserialize_with = "number::read")]
    pub equity_sharpe: f64,
    /// Sharpe ratio a year of pooled trades, as the original computes it.
    #[serde(deserialize_with = "number::read")]
    pub trade_sharpe: f64,
    /// Share of trades with a profit.
    #[serde(deserialize_with = "number::read")]
    pub win_rate: f64,
    /// Expectancy of a trade, a fraction of its notional.
    #[serde(deserialize_with = "number::read")]
    pub expectancy: f64,
    /// Deepest fall of equity from its peak, open losses included, a fraction of the peak.
    #[serde(deserialize_with = "number::read")]
    pub drawdown: f64,
}

impl Figures {
    /// From the figures of a run over `bars` bars of `coins` symbols.
    pub fn of(metrics: &Metrics, bars: u64, coins: u32) -> Self {
        Self {
            bars,
            coins,
            trades: metrics.trades as u64,
            equity_sharpe: metrics.sharpe,
            trade_sharpe: metrics.reference_sharpe,
            win_rate: metrics.win_rate,
            expectancy: metrics.reference_expectancy,
            drawdown: metrics.max_drawdown,
        }
    }

    /// The Sharpe ratio of a kind.
    pub fn sharpe(&self, kind: SharpeKind) -> f64 {
        match kind {
            SharpeKind::Equity => self.equity_sharpe,
            SharpeKind::Trade => self.trade_sharpe,
        }
    }

    /// Half the 95 % interval of the win rate: `1.96 × √(WR (1 − WR) / trades)`; 1 when every trade won or lost, because the
    /// formula knows no doubt there; NaN without trades.
    pub fn win_rate_interval(&self) -> f64 {
        let rate = self.win_rate;
        if self.trades == 0 || rate.is_nan() {
            return f64::NAN;
        }
        if rate <= 0.0 || rate >= 1.0 {
            return 1.0;
        }
        1.96 * (rate * (1.0 - rate) / self.trades as f64).sqrt()
    }
}

/// Both spans of *one* examination. They are judged together, so figures of an older test cannot be mixed in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Examination {
    /// In-sample.
    pub in_sample: Figures,
    /// Out-of-sample.
    pub out_of_sample: Figures,
}

/// Figures of both spans in one, 40 % in-sample and 60 % out-of-sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Combined {
    /// Sharpe ratio of the deciding kind, weighed.
    #[serde(deserialize_with = "number::read")]
    pub sharpe: f64,
    /// Win rate, weighed.
    #[serde(deserialize_with = "number::read")]
    pub win_rate: f64,
    /// Expectancy, weighed.
    #[serde(deserialize_with = "number::read")]
    pub expectancy: f64,
    /// The deeper of the two drawdowns: a mean would hide one.
    #[serde(deserialize_with = "number::read")]
    pub drawdown: f64,
    /// Trades of both.
    pub trades: u64,
    /// `.4 × p(in) + .6 × p(out) × (1 + bonus)`, p = `.5 Sharpe + .3 expectancy + .2 win rate`. Informs only.
    #[serde(deserialize_with = "number::read")]
    pub figure_of_merit: f64,
}

impl Examination {
    /// Relative loss of Sharpe: `(in − out) / in`; negative when out-of-sample is better. NaN where the in-sample Sharpe is not
    /// above 0: nothing can degrade from there.
    pub fn degradation(&self, kind: SharpeKind) -> f64 {
        let (inside, outside) = (self.in_sample.sharpe(kind), self.out_of_sample.sharpe(kind));
        if inside > 0.0 {
            (inside - outside) / inside
        } else {
            f64::NAN
        }
    }

    /// What out-of-sample adds to the figure of merit: [`bonus`] of the degradation.
    pub fn bonus(&self, kind: SharpeKind) -> f64 {
        bonus(self.degradation(kind))
    }

    /// Both spans in one.
    pub fn combined(&self, kind: SharpeKind) -> Combined {
        let (a, b) = (&self.in_sample, &self.out_of_sample);
        let weigh = |x: f64, y: f64| IN_SAMPLE_WEIGHT * x + (1.0 - IN_SAMPLE_WEIGHT) * y;
        let merit = |f: &Figures| 0.5 * f.sharpe(kind) + 0.3 * f.expectancy + 0.2 * f.win_rate;
        let drawdown = if a.drawdown.is_nan() || b.drawdown.is_nan() {
            f64::NAN
        } else {
            a.drawdown.max(b.drawdown)
        };
        Combined {
            sharpe: weigh(a.sharpe(kind), b.sharpe(kind)),
            win_rate: weigh(a.win_rate, b.win_rate),
            expectancy: weigh(a.expectancy, b.expectancy),
            drawdown,
            trades: a.trades + b.trades,
            figure_of_merit: weigh(merit(a), merit(b) * (1.0 + self.bonus(kind))),
        }
    }
}

/// Out-of-sample bonus of a degradation d: `min(0.20, |d| / 2)` where out-of-sample is as good or better, else `−0.10 × d`.
pub fn bonus(degradation: f64) -> f64 {
    if degradation <= 0.0 {
        (degradation.abs() / 2.0).min(0.20)
    } else {
        -0.10 * degradation
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn figures(sharpe: f64, win_rate: f64, trades: u64) -> Figures {
        Figures {
            bars: 1_000,
            coins: 5,
            trades,
            equity_sharpe: sharpe,
            trade_sharpe: sharpe / 2.0,
            win_rate,
            expectancy: 0.004,
            drawdown: 0.1,
        }
    }

    #[test]
    fn the_interval_of_a_win_rate() {
        let interval = figures(1.0, 0.5, 100).win_rate_interval();
        assert!((interval - 0.098).abs() < 1e-12);
        assert_eq!(figures(1.0, 1.0, 100).win_rate_interval(), 1.0);
        assert_eq!(figures(1.0, 0.0, 100).win_rate_interval(), 1.0);
        assert!(figures(1.0, 0.5, 0).win_rate_interval().is_nan());
    }

    #[test]
    fn degradation_and_bonus() {
        let pair = |a, b| Examination {
            in_sample: figures(a, 0.5, 100),
            out_of_sample: figures(b, 0.5, 100),
        };
        let kind = SharpeKind::Equity;
        assert_eq!(pair(2.0, 1.5).degradation(kind), 0.25);
        assert_eq!(pair(2.0, 1.5).bonus(kind), -0.025);
        assert_eq!(pair(1.0, 1.2).bonus(kind), 0.099_999_999_999_999_98);
        assert_eq!(pair(1.0, 3.0).bonus(kind), 0.20);
        assert!(pair(0.0, 3.0).degradation(kind).is_nan());
        assert_eq!(pair(2.0, 1.5).degradation(SharpeKind::Trade), 0.25);
    }

    #[test]
    fn combined_figures_by_hand() {
        let pair = Examination {
            in_sample: figures(2.0, 0.5, 100),
            out_of_sample: Figures {
                drawdown: 0.3,
                expectancy: 0.002,
                ..figures(1.5, 0.6, 50)
            },
        };
        let combined = pair.combined(SharpeKind::Equity);
        assert!((combined.sharpe - 1.7).abs() < 1e-12);
        assert!((combined.win_rate - 0.56).abs() < 1e-12);
        assert!((combined.expectancy - 0.002_8).abs() < 1e-12);
        assert_eq!((combined.drawdown, combined.trades), (0.3, 150));
        // .4 × 1.1012 + .6 × .8706 × .975
        assert!((combined.figure_of_merit - (0.440_48 + 0.6 * 0.870_6 * 0.975)).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn the_bonus_is_bounded_and_falls_with_degradation(a in -5f64..5.0, b in -5f64..5.0) {
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(bonus(low) >= bonus(high));
            prop_assert!(bonus(low) <= 0.20);
        }

        #[test]
        fn intervals_shrink_with_trades(rate in 0.01f64..0.99, n in 1u64..10_000) {
            prop_assert!(figures(1.0, rate, n).win_rate_interval() > figures(1.0, rate, n + 1).win_rate_interval());
        }
    }
}
