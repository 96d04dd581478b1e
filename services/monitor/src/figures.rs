//! What a strategy does at the market, on the scale of its test.

use rust_decimal::prelude::ToPrimitive as _;
use sixbtc_core::model::{Figures, Millis, Strategy, TradeRow};
use sixbtc_judgement::pipeline::gates::SharpeKind;
use sixbtc_judgement::pipeline::live::{
    LiveFigures, LiveJudgement, LiveTrade, Promise, RetirementRules, judge,
};
use sixbtc_judgement::pipeline::score::{ScoreFigures, ScoreWeights};

const DAY: i64 = 86_400_000;

/// Live figures from closed trades, in any order. `capital` is what the strategy began with, `since` and `now` are market
/// times.
///
/// The Sharpe ratio is of the kind that scores the tests: of equity, from its returns day by day (days without a trade count, as
/// they do in a test), or of trades. Drawdown is of capital plus realised profit.
pub fn live_figures(
    capital: f64,
    since: Millis,
    now: Millis,
    rows: &[TradeRow],
    kind: SharpeKind,
) -> LiveFigures {
    let mut closed: Vec<(Millis, i64, LiveTrade)> = rows
        .iter()
        .filter_map(|row| {
            let exit = row.exit.as_ref()?;
            let notional = (row.entry.entry_price * row.entry.size).to_f64()?;
            let pnl = exit.pnl.to_f64()?;
            Some((exit.closed_at, row.id, LiveTrade { pnl, notional }))
        })
        .collect();
    closed.sort_by_key(|(at, id, _)| (*at, *id));
    let days = (now - since).max(0) as f64 / DAY as f64;
    let trades: Vec<LiveTrade> = closed.iter().map(|(_, _, t)| *t).collect();
    let mut figures = LiveFigures::of(capital, days, &trades);
    if kind == SharpeKind::Equity {
        let flows = closed.iter().map(|(at, _, t)| (*at, t.pnl));
        figures.sharpe = daily_sharpe(capital, since, now, flows);
    }
    figures
}

/// Mean / standard deviation (n) of daily returns × √365; 0 under 3 whole days or without spread.
fn daily_sharpe(
    capital: f64,
    since: Millis,
    now: Millis,
    profits: impl Iterator<Item = (Millis, f64)>,
) -> f64 {
    let first = since.div_euclid(DAY);
    let days = now.div_euclid(DAY) - first;
    if days < 3 {
        return 0.0;
    }
    let mut by_day = vec![0.0; days as usize];
    for (at, pnl) in profits {
        // of today, which is not over, nothing is said; what closed before the first day belongs to it
        let day = (at.div_euclid(DAY) - first).max(0) as usize;
        if let Some(sum) = by_day.get_mut(day) {
            *sum += pnl;
        }
    }
    let mut equity = capital;
    let mut returns = Vec::with_capacity(by_day.len());
    for pnl in by_day {
        returns.push(if equity > 0.0 { pnl / equity } else { 0.0 });
        equity += pnl;
    }
    let n = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / n;
    let variance = returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / n;
    if variance > 0.0 {
        mean / variance.sqrt() * 365f64.sqrt()
    } else {
        0.0
    }
}

/// The figures as the store keeps them: what does not exist without trades is 0 there.
pub fn kept(figures: &LiveFigures, capital: f64, pnl: f64) -> Figures {
    let known = |v: f64| if v.is_finite() { v } else { 0.0 };
    Figures {
        trades: figures.trades,
        win_rate: known(figures.win_rate),
        expectancy: known(figures.expectancy),
        sharpe: known(figures.sharpe),
        max_drawdown: known(figures.drawdown),
        total_return: known(pnl / capital),
        days: figures.days,
    }
}

/// What the test promised, without recency; `None` for a strategy that reached the market without figures.
pub fn promise(strategy: &Strategy) -> Option<Promise> {
    let expected = strategy.expected?;
    Some(Promise {
        figures: ScoreFigures {
            expectancy: expected.expectancy,
            sharpe: expected.sharpe,
            win_rate: expected.win_rate,
            drawdown: expected.max_drawdown,
            degradation: None,
        },
        frequency: if expected.days > 0.0 {
            expected.trades as f64 / expected.days
        } else {
            0.0
        },
    })
}

/// Whether a strategy is to be retired, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The judgement of what it did.
    pub judgement: LiveJudgement,
    /// It hardly trades: so many trades were to be expected by now. Under the least number of trades nothing else is judged,
    /// and a strategy that never trades would keep its place for ever.
    pub silent: Option<f64>,
}

impl Verdict {
    /// Whether it is to be retired.
    pub fn retire(&self) -> bool {
        self.judgement.retire || self.silent.is_some()
    }

    /// The triggers that were pulled, in words.
    pub fn reasons(&self) -> Vec<String> {
        let pulled = self.judgement.triggers.refusals().map(|g| g.name.clone());
        let silent = self.silent.map(|_| "live.frequency".to_owned());
        pulled.chain(silent).collect()
    }
}

/// Judges live figures.
pub fn verdict(
    figures: &LiveFigures,
    promise: &Promise,
    rules: &RetirementRules,
    weights: &ScoreWeights,
) -> Verdict {
    let expected = promise.frequency * figures.days;
    // so many expected that even one trade under the least number is too large a shortfall
    let few = figures.trades < rules.min_trades
        && figures.days >= rules.min_days
        && expected * (1.0 - rules.max_shortfall) >= rules.min_trades as f64;
    Verdict {
        judgement: judge(figures, promise, rules, weights),
        silent: few.then_some(expected),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;
    use sixbtc_core::model::{NewTrade, Side, TradeExit};
    use uuid::Uuid;

    fn row(id: i64, closed_at: Millis, pnl: i64) -> TradeRow {
        TradeRow {
            id,
            entry: NewTrade {
                strategy: Uuid::nil(),
                strategy_name: String::new(),
                subaccount: 1,
                position_id: id.to_string(),
                symbol: "BTC".into(),
                side: Side::Long,
                opened_at: closed_at - 1,
                entry_price: Decimal::from(100),
                size: Decimal::ONE,
                entry_order: None,
                stop: None,
                target: None,
                leverage: 1,
                entry_fee: Decimal::ZERO,
                why: String::new(),
            },
            exit: Some(TradeExit {
                closed_at,
                exit_price: Decimal::from(100 + pnl),
                exit_order: None,
                reason: "target".into(),
                exit_fee: Decimal::ZERO,
                funding: Decimal::ZERO,
                slippage: Decimal::ZERO,
                pnl: Decimal::from(pnl),
            }),
        }
    }

    const PROMISE: Promise = Promise {
        figures: ScoreFigures {
            expectancy: 0.05,
            sharpe: 1.5,
            win_rate: 0.6,
            drawdown: 0.09,
            degradation: None,
        },
        frequency: 2.0,
    };

    #[test]
    fn drawdown_is_of_capital_and_the_order_of_rows_does_not_matter() {
        let rows = [row(2, 2 * DAY, -30), row(1, DAY, 10), row(3, 3 * DAY, 0)];
        let f = live_figures(100.0, 0, 4 * DAY, &rows, SharpeKind::Trade);
        assert!((f.drawdown - 30.0 / 110.0).abs() < 1e-12);
        assert_eq!((f.trades, f.losing, f.days), (3, 2, 4.0));
        assert!((f.expectancy + 0.2 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn daily_sharpe_counts_quiet_days() {
        let rows = [row(1, DAY + 5, 10), row(2, 3 * DAY + 5, 11)];
        let f = live_figures(100.0, 0, 4 * DAY + 9, &rows, SharpeKind::Equity);
        // returns 0, 0.1, 0, 0.1
        assert!((f.sharpe - 365f64.sqrt()).abs() < 1e-9);
        assert!(
            live_figures(100.0, 0, 2 * DAY, &rows, SharpeKind::Equity)
                .sharpe
                .abs()
                < f64::EPSILON
        );
        assert!(
            live_figures(100.0, 0, 9 * DAY, &[], SharpeKind::Equity)
                .sharpe
                .abs()
                < f64::EPSILON
        );
    }

    #[test]
    fn nothing_is_not_a_number_in_the_store() {
        let none = live_figures(100.0, 0, DAY, &[], SharpeKind::Equity);
        let kept = kept(&none, 100.0, 0.0);
        assert_eq!((kept.win_rate, kept.expectancy, kept.trades), (0.0, 0.0, 0));
        let text = serde_json::to_string(&kept).unwrap();
        assert_eq!(serde_json::from_str::<Figures>(&text).unwrap(), kept);
    }

    #[test]
    fn a_strategy_that_never_trades_loses_its_place() {
        let rules = RetirementRules::default();
        let weights = ScoreWeights::default();
        let after = |days: i64| {
            let none = live_figures(100.0, 0, days * DAY, &[], SharpeKind::Equity);
            verdict(&none, &PROMISE, &rules, &weights)
        };
        assert!(!after(9).retire());
        assert_eq!(after(10).reasons(), ["live.frequency"]);
        assert_eq!(after(10).silent, Some(20.0));
    }

    #[test]
    fn ten_losses_in_a_row_retire_and_nine_do_not() {
        let lost = |n: i64| -> Vec<TradeRow> { (0..n).map(|i| row(i, i * DAY / 4, -1)).collect() };
        let judged = |rows: &[TradeRow]| {
            let f = live_figures(1_000.0, 0, 5 * DAY, rows, SharpeKind::Equity);
            verdict(
                &f,
                &PROMISE,
                &RetirementRules::default(),
                &ScoreWeights::default(),
            )
        };
        assert!(!judged(&lost(9)).retire());
        assert_eq!(judged(&lost(10)).reasons(), ["live.losing_streak"]);
    }
}
