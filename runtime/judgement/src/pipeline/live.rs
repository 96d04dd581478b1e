//! Live score and retirement: whether a strategy that trades is still the one that was tested.

use super::gates::{Comparison, Gate, Gates, Measure, ThresholdError, Unit};
use super::number;
use super::score::{ScoreFigures, ScoreWeights, score};
use serde::{Deserialize, Serialize};

/// When a live strategy is retired.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetirementRules {
    /// Live trades before anything is judged. Default 10.
    pub min_trades: u64,
    /// Live days before a score or a frequency is judged. Default 7.
    pub min_days: f64,
    /// Least live score. Default 35.
    pub min_score: f64,
    /// Largest relative loss of score against the test. Default 0.40.
    pub max_degradation: f64,
    /// Deepest drawdown of the strategy's capital. Default 0.25.
    pub max_drawdown: f64,
    /// Longest losing streak that is still borne: this many losses in a row retire. Default 10.
    pub losing_streak: u64,
    /// Largest relative shortfall of trades a day against the test. Default 0.50.
    pub max_shortfall: f64,
}

impl Default for RetirementRules {
    fn default() -> Self {
        Self {
            min_trades: 10,
            min_days: 7.0,
            min_score: 35.0,
            max_degradation: 0.40,
            max_drawdown: 0.25,
            losing_streak: 10,
            max_shortfall: 0.50,
        }
    }
}

impl RetirementRules {
    /// Checks every value; the error names it and what would be right.
    pub fn check(&self) -> Result<(), ThresholdError> {
        for (name, value, highest, right) in [
            ("min_days", self.min_days, f64::MAX, "0 days or more"),
            ("min_score", self.min_score, 100.0, "a score from 0 to 100"),
            (
                "max_degradation",
                self.max_degradation,
                1.0,
                "a fraction from 0 to 1",
            ),
            (
                "max_drawdown",
                self.max_drawdown,
                1.0,
                "a fraction from 0 to 1",
            ),
            (
                "max_shortfall",
                self.max_shortfall,
                1.0,
                "a fraction from 0 to 1",
            ),
        ] {
            if !(0.0..=highest).contains(&value) {
                return Err(ThresholdError { name, value, right });
            }
        }
        if self.losing_streak == 0 {
            return Err(ThresholdError {
                name: "losing_streak",
                value: 0.0,
                right: "at least 1",
            });
        }
        Ok(())
    }
}

/// A closed live trade.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LiveTrade {
    /// Profit after fees and funding, in quote currency.
    pub pnl: f64,
    /// Size × entry price, in quote currency.
    pub notional: f64,
}

/// Figures of live trading, from closed trades in the order of closing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LiveFigures {
    /// Closed trades.
    pub trades: u64,
    /// Days since the first could have been made.
    pub days: f64,
    /// Expectancy of a trade: mean return of notional.
    #[serde(deserialize_with = "number::read")]
    pub expectancy: f64,
    /// Mean / standard deviation (n) of returns of notional × √(trades a day × 365); 0 under 3 trades or without spread.
    #[serde(deserialize_with = "number::read")]
    pub sharpe: f64,
    /// Share of trades with a profit.
    #[serde(deserialize_with = "number::read")]
    pub win_rate: f64,
    /// Deepest fall of capital + profits from its peak, a fraction of the peak. Of capital, not of cumulated profit: a first
    /// profit of one that is given back is no drawdown of all.
    #[serde(deserialize_with = "number::read")]
    pub drawdown: f64,
    /// Losses in a row at the end.
    pub losing: u64,
}

impl LiveFigures {
    /// From the capital the strategy was given and its closed trades over `days` days. `flows` of capital are the caller's: the
    /// capital is what it was at the start.
    pub fn of(capital: f64, days: f64, trades: &[LiveTrade]) -> Self {
        let n = trades.len() as f64;
        let (mut sum, mut squares, mut wins) = (0.0, 0.0, 0.0);
        let (mut equity, mut peak, mut drawdown) = (capital, capital, 0.0_f64);
        let mut losing = 0;
        for trade in trades {
            let of_notional = trade.pnl / trade.notional;
            sum += of_notional;
            squares += of_notional * of_notional;
            if trade.pnl > 0.0 {
                wins += 1.0;
                losing = 0;
            } else {
                losing += 1;
            }
            equity += trade.pnl;
            peak = f64::max(peak, equity);
            drawdown = drawdown.max((peak - equity) / peak);
        }
        let mean = sum / n;
        let deviation = (squares / n - mean * mean).max(0.0).sqrt();
        let sharpe = if trades.len() >= 3 && deviation > 0.0 && days > 0.0 {
            mean / deviation * (n / days * 365.0).sqrt()
        } else {
            0.0
        };
        Self {
            trades: trades.len() as u64,
            days,
            expectancy: mean,
            sharpe,
            win_rate: wins / n,
            drawdown,
            losing,
        }
    }

    /// Trades a day.
    pub fn frequency(&self) -> f64 {
        self.trades as f64 / self.days
    }

    /// What a live score is made of: there is no recency in live trading.
    pub fn score_figures(&self) -> ScoreFigures {
        ScoreFigures {
            expectancy: self.expectancy,
            sharpe: self.sharpe,
            win_rate: self.win_rate,
            drawdown: self.drawdown,
            degradation: None,
        }
    }
}

/// What the test promised.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Promise {
    /// The figures the strategy's score was made of.
    pub figures: ScoreFigures,
    /// Trades a day of the test, over the symbols the strategy really trades.
    pub frequency: f64,
}

/// Whether a live strategy stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveJudgement {
    /// Live score, 0 to 100; `None` before there are enough trades and days.
    pub score: Option<f64>,
    /// Score of the test on the same scale: without recency.
    pub promised: f64,
    /// Whether it is to be retired.
    pub retire: bool,
    /// The triggers that were judged; those that do not pass are the reasons. Empty before there are enough trades.
    pub triggers: Gates,
}

const fn live(
    name: &'static str,
    what: &'static str,
    unit: Unit,
    comparison: Comparison,
) -> Measure {
    Measure {
        name,
        what,
        unit,
        comparison,
    }
}

const SCORE: Measure = live("score", "the live score", Unit::Number, Comparison::AtLeast);
const DEGRADATION: Measure = live(
    "degradation",
    "the relative loss of score against the test",
    Unit::Percent,
    Comparison::AtMost,
);
const DRAWDOWN: Measure = live(
    "drawdown",
    "the deepest drawdown of the capital",
    Unit::Percent,
    Comparison::AtMost,
);
const STREAK: Measure = live(
    "losing_streak",
    "the number of losses in a row",
    Unit::Count,
    Comparison::AtMost,
);
const SHORTFALL: Measure = live(
    "frequency",
    "the shortfall of trades a day against the test",
    Unit::Percent,
    Comparison::AtMost,
);

/// Judges a live strategy against what its test promised.
///
/// Nothing is judged under [`RetirementRules::min_trades`]. Then the drawdown and the losing streak are; the score, its
/// degradation and the frequency need [`RetirementRules::min_days`] too. Both scores are without recency, so an unchanged
/// strategy shows no degradation.
pub fn judge(
    figures: &LiveFigures,
    promise: &Promise,
    rules: &RetirementRules,
    weights: &ScoreWeights,
) -> LiveJudgement {
    let promised = score(&promise.figures.without_recency(), weights);
    let enough = figures.trades >= rules.min_trades;
    let long_enough = enough && figures.days >= rules.min_days;
    let live = long_enough.then(|| score(&figures.score_figures(), weights));
    let mut triggers: Vec<Gate> = Vec::new();
    if let Some(live) = live {
        triggers.push(SCORE.judge("live", live, rules.min_score));
        // a promise of nothing cannot be broken
        if promised > 0.0 {
            let lost = (promised - live) / promised;
            triggers.push(DEGRADATION.judge("live", lost, rules.max_degradation));
        }
    }
    if enough {
        triggers.push(DRAWDOWN.judge("live", figures.drawdown, rules.max_drawdown));
        let borne = rules.losing_streak.saturating_sub(1) as f64;
        triggers.push(STREAK.judge("live", figures.losing as f64, borne));
    }
    if long_enough && promise.frequency > 0.0 {
        let short = 1.0 - figures.frequency() / promise.frequency;
        triggers.push(SHORTFALL.judge("live", short, rules.max_shortfall));
    }
    let triggers = Gates(triggers);
    LiveJudgement {
        score: live,
        promised,
        retire: !triggers.passed(),
        triggers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PROMISE: Promise = Promise {
        figures: ScoreFigures {
            expectancy: 0.05,
            sharpe: 1.5,
            win_rate: 0.6,
            drawdown: 0.09,
            degradation: Some(0.3),
        },
        frequency: 1.0,
    };

    fn as_promised() -> LiveFigures {
        LiveFigures {
            trades: 30,
            days: 30.0,
            expectancy: 0.05,
            sharpe: 1.5,
            win_rate: 0.6,
            drawdown: 0.09,
            losing: 2,
        }
    }

    fn judged(figures: &LiveFigures) -> LiveJudgement {
        judge(
            figures,
            &PROMISE,
            &RetirementRules::default(),
            &ScoreWeights::default(),
        )
    }

    fn reasons(figures: &LiveFigures) -> Vec<String> {
        judged(figures)
            .triggers
            .refusals()
            .map(|g| g.name.clone())
            .collect()
    }

    #[test]
    fn a_strategy_that_keeps_its_promise_shows_no_degradation() {
        let judged = judged(&as_promised());
        assert_eq!(judged.score, Some(judged.promised));
        assert!(!judged.retire);
        assert_eq!(judged.triggers.0.len(), 5);
        assert_eq!(
            judged.triggers.find("live.degradation").unwrap().figure,
            0.0
        );
    }

    #[test]
    fn each_trigger_retires() {
        let base = as_promised();
        let weak = LiveFigures {
            expectancy: 0.01,
            sharpe: 0.8,
            ..base
        };
        assert_eq!(reasons(&weak), ["live.score", "live.degradation"]);
        let fallen = LiveFigures {
            drawdown: 0.26,
            ..base
        };
        assert_eq!(reasons(&fallen), ["live.drawdown"]);
        for (losing, n) in [(9, 0), (10, 1)] {
            assert_eq!(reasons(&LiveFigures { losing, ..base }).len(), n);
        }
        let rare = LiveFigures { days: 61.0, ..base };
        assert_eq!(reasons(&rare), ["live.frequency"]);
    }

    #[test]
    fn too_little_is_not_judged() {
        let few = LiveFigures {
            trades: 9,
            drawdown: 0.9,
            losing: 9,
            ..as_promised()
        };
        assert_eq!((judged(&few).score, judged(&few).retire), (None, false));
        let early = LiveFigures {
            days: 6.9,
            ..as_promised()
        };
        let judged = judged(&early);
        assert_eq!((judged.score, judged.triggers.0.len()), (None, 2));
    }

    #[test]
    fn live_figures_by_hand() {
        let trade = |pnl| LiveTrade {
            pnl,
            notional: 100.0,
        };
        let figures = LiveFigures::of(
            50.0,
            4.0,
            &[trade(10.0), trade(-20.0), trade(-4.0), trade(2.0)],
        );
        assert_eq!((figures.trades, figures.losing), (4, 0));
        assert_eq!(figures.win_rate, 0.5);
        // of the capital of 60 at the peak, not of the profit of 10
        assert_eq!(figures.drawdown, 0.4);
        assert!((figures.expectancy + 0.03).abs() < 1e-15);
        let deviation = ((0.01 + 0.04 + 0.001_6 + 0.000_4) / 4.0 - 0.000_9_f64).sqrt();
        assert!((figures.sharpe + 0.03 / deviation * 365f64.sqrt()).abs() < 1e-9);
        let none = LiveFigures::of(50.0, 4.0, &[]);
        assert!(none.expectancy.is_nan() && none.drawdown == 0.0);
    }

    #[test]
    fn rules_are_checked() {
        assert!(RetirementRules::default().check().is_ok());
        let wrong = RetirementRules {
            max_drawdown: 25.0,
            ..RetirementRules::default()
        };
        assert_eq!(wrong.check().unwrap_err().name, "max_drawdown");
    }

    proptest! {
        #[test]
        fn a_better_strategy_is_never_retired_where_a_worse_stays(
            expectancy in -0.05f64..0.1, drawdown in 0f64..0.5, losing in 0u64..15, more in 0f64..0.05,
        ) {
            let worse = LiveFigures { expectancy, drawdown, losing, ..as_promised() };
            for better in [
                LiveFigures { expectancy: expectancy + more, ..worse },
                LiveFigures { drawdown: (drawdown - more).max(0.0), ..worse },
                LiveFigures { losing: losing / 2, ..worse },
            ] {
                prop_assert!(judged(&worse).retire || !judged(&better).retire);
            }
        }
    }
}
