//! A run as a preview panel draws it: candles, fills, equity, plots.

use serde_json::{Value, json};
use sixbtc_abi::Side;
use sixbtc_backtest::BacktestResult;
use sixbtc_market::Bars;

/// Candles that a preview shows at most; of more, the last.
const MOST: usize = 5_000;

/// A number, or null where there is none.
fn number(x: f64) -> Value {
    if x.is_finite() { json!(x) } else { Value::Null }
}

/// The preview of the first symbol of a run. `data` are the bars that the run was given; times are ms since the epoch, UTC.
pub fn json(r: &BacktestResult, data: &[Bars], from: Option<i64>, to: Option<i64>) -> Value {
    let Some(bars) = r.bars(data, 0) else {
        return Value::Null;
    };
    let traded = r.rows.first().cloned().unwrap_or(0..bars.len());
    let wanted = bars.rows(from, to);
    let start = wanted.start.max(traded.start);
    let end = wanted.end.min(traded.end).max(start);
    let truncated = end - start > MOST;
    let rows = if truncated {
        end - MOST..end
    } else {
        start..end
    };
    let column = |x: &[f64]| -> Vec<Value> {
        x.get(rows.clone())
            .unwrap_or(&[])
            .iter()
            .map(|v| number(*v))
            .collect()
    };
    let time = bars.time.get(rows.clone()).unwrap_or(&[]);
    let (first, last) = (
        time.first().copied().unwrap_or(i64::MAX),
        time.last().copied().unwrap_or(i64::MIN),
    );
    let shown = |t: i64| first <= t && t <= last;
    let side = |s: Side| if s == Side::Long { "long" } else { "short" };
    let mut signals = Vec::new();
    for t in r.trades.iter().filter(|t| t.symbol == 0) {
        let tag = r.tags.get(usize::from(t.entry)).map_or("", String::as_str);
        if shown(t.entry_time) {
            signals.push((
                t.entry_time,
                json!({
                    "time": t.entry_time, "price": number(t.entry_price), "side": side(t.side),
                    "kind": "entry", "tag": tag, "trade": t.id,
                }),
            ));
        }
        if shown(t.exit_time) {
            signals.push((
                t.exit_time,
                json!({
                    "time": t.exit_time, "price": number(t.exit_price), "side": side(t.side),
                    "kind": "exit", "tag": tag, "trade": t.id,
                    "reason": t.exit_reason.name(), "pnl": number(t.pnl),
                }),
            ));
        }
    }
    signals.sort_by_key(|s| s.0);
    let equity: Vec<Value> = r
        .equity(data)
        .iter()
        .filter(|p| shown(p.time))
        .map(|p| json!([p.time, number(p.equity)]))
        .collect();
    let plots: Vec<Value> = r
        .plots
        .iter()
        .filter(|p| p.symbol == 0)
        .map(|p| {
            let values: Vec<Value> = rows
                .clone()
                .map(|row| {
                    row.checked_sub(traded.start)
                        .and_then(|i| p.values.get(i))
                        .map_or(Value::Null, |v| number(*v))
                })
                .collect();
            json!({ "name": p.name, "unit": format!("{:?}", p.unit).to_lowercase(), "values": values })
        })
        .collect();
    json!({
        "schema": 1,
        "strategy": r.name,
        "title": r.title,
        "symbol": bars.symbol,
        "timeframe": r.timeframe.to_string(),
        "truncated": truncated,
        "candles": {
            "time": time,
            "open": column(&bars.open),
            "high": column(&bars.high),
            "low": column(&bars.low),
            "close": column(&bars.close),
            "volume": column(&bars.volume),
        },
        "signals": signals.into_iter().map(|s| s.1).collect::<Vec<_>>(),
        "equity": equity,
        "plots": plots,
        "summary": {
            "trades": r.trades.len(),
            "totalReturn": number(r.metrics.total_return),
            "sharpe": number(r.metrics.sharpe),
            "maxDrawdown": number(r.metrics.max_drawdown),
            "finalEquity": number(r.metrics.final_equity),
        },
    })
}
