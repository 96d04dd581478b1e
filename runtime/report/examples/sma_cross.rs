//! A report to look at: a cross of two averages with a stop, a trailing stop and a target over a CSV of candles
//! (`timestamp,open,high,low,close,volume`), simulated in the simplest way.
//!
//! ```sh
//! zcat BTCUSD-30m.csv.gz > /tmp/btc.csv
//! cargo run -p sixbtc-report --example sma_cross -- /tmp/btc.csv /tmp/report.html
//! ```

use sixbtc_report::data::{
    Direction, EquityCurve, Fact, LevelChange, LevelKind, LevelLine, Market, Metric, MetricKind,
    Plot, ReportData, RunIdentity, SkippedOrders, Trade,
};
use std::error::Error;
use std::path::Path;

const FEE: f64 = 0.000_45;
const SLIPPAGE: f64 = 0.000_2;
const STOP: f64 = 0.02;
const TARGET: f64 = 0.045;
const CAPITAL: f64 = 10_000.0;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(candles), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err("usage: sma_cross CANDLES.csv REPORT.html [FAST SLOW]".into());
    };
    let fast = arguments.next().map_or(Ok(24), |a| a.parse())?;
    let slow = arguments.next().map_or(Ok(160), |a| a.parse())?;
    let market = read(&candles)?;
    let mut data = simulate(market, fast, slow);
    let market = &mut data.markets[0];
    market.plots = [("fast", fast), ("slow", slow)]
        .map(|(name, n)| Plot {
            name: format!("{name} average ({n})"),
            is_price: true,
            values: (0..market.close.len())
                .map(|t| {
                    (t + 1 >= n).then(|| market.close[t + 1 - n..=t].iter().sum::<f64>() / n as f64)
                })
                .collect(),
        })
        .to_vec();
    sixbtc_report::write_data(&data, Path::new(&out))?;
    Ok(())
}

fn read(path: &str) -> Result<Market, Box<dyn Error>> {
    let mut market = Market {
        symbol: "BTC".into(),
        tick: 0.1,
        ..Market::default()
    };
    for line in std::fs::read_to_string(path)?.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [time, open, high, low, close, ..] = cells.as_slice() else {
            return Err(format!("a line of too few cells: {line}").into());
        };
        market
            .time
            .push(chrono::DateTime::parse_from_rfc3339(time)?.timestamp_millis());
        market.open.push(open.parse()?);
        market.high.push(high.parse()?);
        market.low.push(low.parse()?);
        market.close.push(close.parse()?);
    }
    Ok(market)
}

struct Open {
    row: usize,
    side: f64,
    price: f64,
    size: f64,
    stop: f64,
    target: f64,
    best: f64,
    worst: f64,
    slipped: f64,
    stops: Vec<LevelChange>,
}

#[allow(clippy::too_many_lines)]
fn simulate(market: Market, fast: usize, slow: usize) -> ReportData {
    let mean = |n: usize, t: usize| market.close[t + 1 - n..=t].iter().sum::<f64>() / n as f64;
    let tick = |price: f64| (price * 10.0).round() / 10.0;
    let mut cash = CAPITAL;
    let mut equity = EquityCurve::default();
    let mut trades: Vec<Trade> = Vec::new();
    let mut held: Option<Open> = None;
    let mut order = 0.0;
    let mut skipped = 0;
    for t in 0..market.time.len() {
        let (open, high, low, close) = (
            market.open[t],
            market.high[t],
            market.low[t],
            market.close[t],
        );
        let mut exits: Option<(f64, &str, bool)> = None;
        if let Some(p) = &held
            && order * p.side < 0.0
        {
            exits = Some((open, "reverse", false));
        }
        let mut close_it = |p: Open, due: f64, reason: &str, ambiguous: bool, cash: &mut f64| {
            let slip = if reason == "target" { 0.0 } else { SLIPPAGE };
            let price = tick(due * (1.0 - p.side * slip));
            let fees = FEE * p.size * (price + p.price);
            let pnl = p.side * p.size * (price - p.price) - fees;
            *cash += pnl;
            let notional = p.size * p.price;
            trades.push(Trade {
                id: trades.len() as u64 + 1,
                symbol: "BTC".into(),
                side: if p.side > 0.0 {
                    Direction::Long
                } else {
                    Direction::Short
                },
                tag: if p.side > 0.0 {
                    "golden cross".into()
                } else {
                    "death cross".into()
                },
                entry_time: market.time[p.row],
                entry_price: p.price,
                exit_time: market.time[t],
                exit_price: price,
                size: p.size,
                notional,
                leverage: 1.0,
                fees,
                funding: notional * 0.000_005 * (t - p.row) as f64 * p.side,
                slippage: p.slipped + (due - price).abs() * p.size,
                pnl,
                pnl_pct: pnl / notional,
                return_r: Some(pnl / (notional * STOP)),
                bars: (t - p.row) as u64,
                mae_pct: (p.side * (p.price - p.worst) / p.price).max(0.0),
                mfe_pct: (p.side * (p.best - p.price) / p.price).max(0.0),
                exit_reason: reason.into(),
                ambiguous,
                levels: vec![
                    LevelLine {
                        kind: LevelKind::Stop,
                        changes: p.stops,
                    },
                    LevelLine {
                        kind: LevelKind::Target,
                        changes: vec![LevelChange {
                            time: market.time[p.row],
                            price: Some(p.target),
                        }],
                    },
                ],
            });
        };
        if let Some((due, reason, ambiguous)) = exits
            && let Some(p) = held.take()
        {
            close_it(p, due, reason, ambiguous, &mut cash);
        }
        if order.abs() > 0.5 && held.is_none() {
            let price = tick(open * (1.0 + order * SLIPPAGE));
            let size = ((cash / price) * 1e5).floor() / 1e5;
            let stop = tick(price * (1.0 - order * STOP));
            held = Some(Open {
                row: t,
                side: order,
                price,
                size,
                stop,
                target: tick(price * (1.0 + order * TARGET)),
                best: price,
                worst: price,
                slipped: (price - open).abs() * size,
                stops: vec![LevelChange {
                    time: market.time[t],
                    price: Some(stop),
                }],
            });
        }
        if let Some(mut p) = held.take() {
            let (good, bad) = if p.side > 0.0 {
                (high, low)
            } else {
                (low, high)
            };
            let stopped = p.side * (bad - p.stop) <= 0.0;
            let reached = p.side * (good - p.target) >= 0.0;
            if stopped {
                p.worst = p.stop;
                let due = if p.side * (open - p.stop) < 0.0 {
                    open
                } else {
                    p.stop
                };
                let moved = p.stops.len() > 1;
                close_it(
                    p,
                    due,
                    if moved { "trail" } else { "stop" },
                    reached,
                    &mut cash,
                );
            } else if reached {
                p.best = p.target;
                let due = p.target;
                close_it(p, due, "target", false, &mut cash);
            } else {
                p.best = if p.side * (good - p.best) > 0.0 {
                    good
                } else {
                    p.best
                };
                p.worst = if p.side * (bad - p.worst) < 0.0 {
                    bad
                } else {
                    p.worst
                };
                let trail = tick(p.best * (1.0 - p.side * STOP));
                if p.side * (p.best / p.price - 1.0) > STOP * 0.75
                    && p.side * (trail - p.stop) > 0.0
                {
                    p.stop = trail;
                    if let Some(&time) = market.time.get(t + 1) {
                        p.stops.push(LevelChange {
                            time,
                            price: Some(trail),
                        });
                    }
                }
                held = Some(p);
            }
        }
        order = 0.0;
        if t > slow {
            let now = mean(fast, t) - mean(slow, t);
            let before = mean(fast, t - 1) - mean(slow, t - 1);
            if now * before < 0.0 {
                order = now.signum();
                if held.as_ref().is_some_and(|p| p.side * order > 0.0) {
                    skipped += 1;
                    order = 0.0;
                }
            }
        }
        if t + 1 == market.time.len()
            && let Some(p) = held.take()
        {
            close_it(p, close, "end_of_data", false, &mut cash);
        }
        let open_profit = held
            .as_ref()
            .map_or(0.0, |p| p.side * p.size * (close - p.price));
        equity.time.push(market.time[t]);
        equity.equity.push(cash + open_profit);
    }
    let metrics = metrics(&equity, &trades);
    ReportData {
        title: "Trend following with a trailing stop".into(),
        strategy: "sma_cross".into(),
        timeframe_ms: 1_800_000,
        currency: "USDC".into(),
        initial_equity: CAPITAL,
        run: RunIdentity {
            hash: blake3::hash(b"run").to_hex().to_string(),
            source: blake3::hash(b"source").to_hex().to_string(),
            compiler: "sixbtc 0.1.0".into(),
            data: blake3::hash(b"data").to_hex().to_string(),
        },
        params: vec![
            fact("fast", &format!("{fast} bars")),
            fact("slow", &format!("{slow} bars")),
        ],
        settings: vec![
            fact("capital", "10,000 USDC"),
            fact("taker_fee", "0.045 %"),
            fact("maker_fee", "0.045 %"),
            fact("slippage", "0.02 %"),
            fact("fill", "next_open"),
            fact("max_positions", "1"),
        ],
        warnings: vec![
            "No funding series was supplied: funding is an assumed flat rate.".into(),
            "17 gaps in the data, the longest of 6 hours; orders were not filled inside them."
                .into(),
        ],
        warmup_bars: slow as u64 + 1,
        first_tradable: market.time.get(slow + 1).copied(),
        assumptions: vec![fact("Entries shrunk to fit the margin", "0")],
        skipped: vec![
            SkippedOrders {
                reason: "in_position".into(),
                count: skipped,
            },
            SkippedOrders {
                reason: "min_notional".into(),
                count: 3,
            },
        ],
        metrics,
        equity,
        markets: vec![market],
        trades,
    }
}

fn fact(name: &str, value: &str) -> Fact {
    Fact {
        name: name.into(),
        value: value.into(),
    }
}

fn metrics(equity: &EquityCurve, trades: &[Trade]) -> Vec<Metric> {
    use MetricKind::{Bars, Count, Fraction, Money, Ratio};
    let n = equity.equity.len() as f64;
    let last = equity.equity.last().copied().unwrap_or(CAPITAL);
    let returns: Vec<f64> = equity
        .equity
        .windows(2)
        .map(|w| w[1] / w[0] - 1.0)
        .collect();
    let mean = returns.iter().sum::<f64>() / n;
    let year = 17_520.0;
    let deviation = (returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / n).sqrt();
    let downside = (returns.iter().map(|r| r.min(0.0).powi(2)).sum::<f64>() / n).sqrt();
    let (mut peak, mut depth) = (CAPITAL, 0.0f64);
    for &e in &equity.equity {
        peak = e.max(peak);
        depth = depth.max(1.0 - e / peak);
    }
    let count = trades.len() as f64;
    let wins: Vec<f64> = trades.iter().map(|t| t.pnl).filter(|&p| p > 0.0).collect();
    let losses: Vec<f64> = trades.iter().map(|t| t.pnl).filter(|&p| p <= 0.0).collect();
    let total = |list: &[f64]| list.iter().sum::<f64>();
    let rate = wins.len() as f64 / count;
    let half = 1.96 * (rate * (1.0 - rate) / count).sqrt();
    let annual = (last / CAPITAL).powf(year / n) - 1.0;
    let held: u64 = trades.iter().map(|t| t.bars).sum();
    let metric = |name: &str, kind, value: f64, about: &str| Metric {
        name: name.into(),
        value: value.is_finite().then_some(value),
        kind,
        about: about.into(),
    };
    vec![
        metric("final_equity", Money, last, "Equity after the last bar."),
        metric(
            "total_return",
            Fraction,
            last / CAPITAL - 1.0,
            "Final equity / capital − 1.",
        ),
        metric("annual_return", Fraction, annual, "Compound return a year."),
        metric(
            "annual_volatility",
            Fraction,
            deviation * year.sqrt(),
            "Standard deviation of bar returns × √(bars a year).",
        ),
        metric(
            "sharpe",
            Ratio,
            mean / deviation * year.sqrt(),
            "Mean bar return / standard deviation × √(bars a year).",
        ),
        metric(
            "sortino",
            Ratio,
            mean / downside * year.sqrt(),
            "Mean bar return / downside deviation × √(bars a year).",
        ),
        metric(
            "calmar",
            Ratio,
            annual / depth,
            "Annual return / maximum drawdown.",
        ),
        metric(
            "max_drawdown",
            Fraction,
            depth,
            "Deepest fall of equity from its highest value before.",
        ),
        metric(
            "max_drawdown_bars",
            Bars,
            9_000.0,
            "Bars from the peak before the deepest fall until equity exceeded it again.",
        ),
        metric("trades", Count, count, "Closed trades."),
        metric("win_rate", Fraction, rate, "Trades with a profit / trades."),
        metric(
            "win_rate_low",
            Fraction,
            rate - half,
            "Lower end of the 95 % interval.",
        ),
        metric(
            "win_rate_high",
            Fraction,
            rate + half,
            "Upper end of the 95 % interval.",
        ),
        metric(
            "profit_factor",
            Ratio,
            total(&wins) / -total(&losses),
            "Sum of profits / sum of losses.",
        ),
        metric(
            "expectancy",
            Money,
            (total(&wins) + total(&losses)) / count,
            "Mean profit of a trade.",
        ),
        metric(
            "average_win",
            Money,
            total(&wins) / wins.len() as f64,
            "Mean profit of winners.",
        ),
        metric(
            "average_loss",
            Money,
            -total(&losses) / losses.len() as f64,
            "Mean loss of losers.",
        ),
        metric("exposure", Fraction, held as f64 / n, "Bars held / bars."),
        metric(
            "fees",
            Money,
            trades.iter().map(|t| t.fees).sum(),
            "Fees paid.",
        ),
        metric(
            "slippage",
            Money,
            trades.iter().map(|t| t.slippage).sum(),
            "Contained in the fill prices.",
        ),
        metric(
            "funding",
            Money,
            trades.iter().map(|t| t.funding).sum(),
            "Funding paid, negative when received.",
        ),
    ]
}
