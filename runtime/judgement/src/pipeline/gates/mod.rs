//! Gates of the pipeline: what a strategy must show in-sample, out-of-sample and once on the sealed span.

mod figures;
mod gate;
mod thresholds;

pub use figures::{Combined, Examination, Figures, IN_SAMPLE_WEIGHT, bonus};
pub(crate) use gate::Measure;
pub use gate::{Comparison, Gate, Gates, Unit, Verdict, Weight};
pub use thresholds::{
    GateThresholds, SealedThresholds, SharpeKind, SpanThresholds, ThresholdError, TradeCounts,
};

use Comparison::{AtLeast, AtMost};
use sixbtc_market::Timeframe;

const fn measure(
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

const BARS: Measure = measure("bars", "the number of bars", Unit::Count, AtLeast);
const COINS: Measure = measure(
    "coins",
    "the number of symbols with enough data",
    Unit::Count,
    AtLeast,
);
const TRADES: Measure = measure("trades", "the number of trades", Unit::Count, AtLeast);
const EQUITY_SHARPE: Measure = measure(
    "equity_sharpe",
    "the Sharpe ratio of the equity curve",
    Unit::Number,
    AtLeast,
);
const TRADE_SHARPE: Measure = measure(
    "trade_sharpe",
    "the Sharpe ratio of pooled trades",
    Unit::Number,
    AtLeast,
);
const WIN_RATE: Measure = measure("win_rate", "the win rate", Unit::Percent, AtLeast);
const EXPECTANCY: Measure = measure(
    "expectancy",
    "the expectancy of a trade",
    Unit::Percent,
    AtLeast,
);
const DRAWDOWN: Measure = measure("drawdown", "the deepest drawdown", Unit::Percent, AtMost);
const INTERVAL: Measure = measure(
    "win_rate_interval",
    "half the 95 % interval of the win rate",
    Unit::Percent,
    AtMost,
);
const DEGRADATION: Measure = measure(
    "degradation",
    "the relative loss of Sharpe from in-sample to out-of-sample",
    Unit::Percent,
    AtMost,
);
const SCORE: Measure = measure("score", "the score", Unit::Number, AtLeast);
const ROBUSTNESS: Measure = measure("robustness", "the robustness", Unit::Number, AtLeast);

/// Gates of the in-sample span. Both Sharpe ratios stand in the list; the one that does not decide informs.
pub fn in_sample(figures: &Figures, timeframe: Timeframe, thresholds: &GateThresholds) -> Gates {
    span(
        "in_sample",
        figures,
        timeframe,
        &thresholds.in_sample,
        thresholds.sharpe,
    )
}

/// Gates of the out-of-sample span, degradation included.
pub fn out_of_sample(
    examination: &Examination,
    timeframe: Timeframe,
    thresholds: &GateThresholds,
) -> Gates {
    let stage = "out_of_sample";
    let mut gates = span(
        stage,
        &examination.out_of_sample,
        timeframe,
        &thresholds.out_of_sample,
        thresholds.sharpe,
    );
    let degradation = examination.degradation(thresholds.sharpe);
    gates
        .0
        .push(DEGRADATION.judge(stage, degradation, thresholds.max_degradation));
    gates
}

/// Gates of the sealed span. They ask for confirmation only: thirty days are too few for another selection.
pub fn sealed(figures: &Figures, timeframe: Timeframe, thresholds: &GateThresholds) -> Gates {
    let asked = &thresholds.sealed;
    let trades = f64::from(asked.min_trades.of(timeframe));
    Gates(vec![
        TRADES.judge("sealed", figures.trades as f64, trades),
        EXPECTANCY.judge("sealed", figures.expectancy, asked.min_expectancy),
        DRAWDOWN.judge("sealed", figures.drawdown, asked.max_drawdown),
        EQUITY_SHARPE
            .judge("sealed", figures.equity_sharpe, 0.0)
            .informing(),
        TRADE_SHARPE
            .judge("sealed", figures.trade_sharpe, 0.0)
            .informing(),
    ])
}

/// Gate of the score at the door of the pool.
pub fn score(score: f64, thresholds: &GateThresholds) -> Gate {
    SCORE.judge("pool", score, thresholds.min_score)
}

/// Gate of the robustness at the door of the pool.
pub fn robustness(robustness: f64, thresholds: &GateThresholds) -> Gate {
    ROBUSTNESS.judge("pool", robustness, thresholds.min_robustness)
}

fn span(
    stage: &str,
    figures: &Figures,
    timeframe: Timeframe,
    asked: &SpanThresholds,
    kind: SharpeKind,
) -> Gates {
    let trades = f64::from(asked.min_trades.of(timeframe));
    let equity = EQUITY_SHARPE.judge(stage, figures.equity_sharpe, asked.min_sharpe);
    let trade = TRADE_SHARPE.judge(stage, figures.trade_sharpe, asked.min_sharpe);
    let (equity, trade) = match kind {
        SharpeKind::Equity => (equity, trade.informing()),
        SharpeKind::Trade => (equity.informing(), trade),
    };
    Gates(vec![
        BARS.judge(stage, figures.bars as f64, asked.min_bars as f64),
        COINS.judge(stage, f64::from(figures.coins), f64::from(asked.min_coins)),
        TRADES.judge(stage, figures.trades as f64, trades),
        equity,
        trade,
        WIN_RATE.judge(stage, figures.win_rate, asked.min_win_rate),
        EXPECTANCY.judge(stage, figures.expectancy, asked.min_expectancy),
        DRAWDOWN.judge(stage, figures.drawdown, asked.max_drawdown),
        INTERVAL.judge(stage, figures.win_rate_interval(), asked.max_interval),
    ])
}

#[cfg(test)]
mod tests;
