//! Portfolios: what is held against a plain re-telling of the rules, and laws that hold for all of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::float_cmp,
    clippy::cast_precision_loss,
    clippy::needless_range_loop
)]

use sbt_driver::{Backend, Compiled, NoFiles, check, compile};
use sixbtc_backtest::{BacktestError, BacktestInput, BacktestResult, run_backtest};
use sixbtc_engine::RunSettings;
use sixbtc_market::{Bar, Bars, Timeframe};
use std::collections::{BTreeMap, HashMap};

const DAY: i64 = 86_400_000;

fn codes(text: &str) -> Vec<&'static str> {
    let c = check(&NoFiles, "t.sbt", text, &HashMap::new());
    c.diagnostics.iter().map(|d| d.code.0).collect()
}

fn portfolio(body: &str) -> String {
    format!("#sbt 1\n\nportfolio t {{\n  on 1d\n{body}\n}}\n")
}

fn compiled(text: &str, backend: Backend) -> Compiled {
    let c = check(&NoFiles, "t.sbt", text, &HashMap::new());
    assert!(c.is_ok(), "{:?}", c.diagnostics);
    compile(&c.hir.strategies[0], backend).unwrap()
}

/// A walk of daily bars from `first` on, without the days in `gaps`.
fn walk(symbol: &str, seed: u64, first: i64, days: i64, gaps: &[i64]) -> Bars {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut bars = Bars::new(symbol, Timeframe::D1);
    let mut price = 50.0 + 100.0 * next();
    let cents = |x: f64| (x * 100.0).round() / 100.0;
    for day in first..first + days {
        let open = cents(price * (0.99 + 0.02 * next()));
        let close = cents(open * (0.95 + 0.1 * next())).max(1.0);
        let high = cents(open.max(close) * (1.0 + 0.02 * next()));
        let low = cents(open.min(close) * (1.0 - 0.02 * next()));
        let volume = (1_000.0 * next()).round();
        price = close;
        if !gaps.contains(&day) {
            bars.push(Bar {
                time: day * DAY,
                open,
                high,
                low,
                close,
                volume,
            });
        }
    }
    bars
}

/// Five symbols: one listed later, one that ends earlier, two with gaps on days of rebalancing among others.
fn market(days: i64) -> Vec<Bars> {
    // day 4 of the epoch is a Monday
    vec![
        walk("AAA", 1, 4, days, &[]),
        walk("BBB", 2, 4, days, &[31, 32, 38, 60]),
        walk("CCC", 3, 40, days - 36, &[]),
        walk("DDD", 4, 4, days / 2, &[]),
        walk("EEE", 5, 6, days - 2, &[24, 52, 53, 54, 66, 67, 80]),
    ]
}

fn plain() -> RunSettings {
    RunSettings {
        round_prices: false,
        round_to_lot: false,
        min_notional: Some(0.0),
        liquidation: false,
        ..RunSettings::default()
    }
}

fn run(kernel: &Compiled, data: &[Bars], settings: &RunSettings) -> BacktestResult {
    let params: Vec<f64> = kernel.manifest().params.iter().map(|p| p.default).collect();
    run_backtest(&BacktestInput::new(
        &*kernel.kernel,
        &params,
        data,
        settings,
    ))
    .unwrap()
}

/// All that a run decided and did, by the names of symbols; NaN prints alike.
fn told(r: &BacktestResult) -> Vec<String> {
    let name = |s: u16| r.symbols[usize::from(s)].symbol.clone();
    let mut out: Vec<String> = r
        .holdings
        .iter()
        .map(|h| {
            let shares: Vec<String> = h
                .shares
                .iter()
                .map(|s| {
                    (
                        name(s.symbol),
                        format!("{} {:?} {:?}", s.hold, s.score, s.weight),
                    )
                })
                .collect::<BTreeMap<_, _>>()
                .into_iter()
                .map(|(n, s)| format!("{n} {s}"))
                .collect();
            format!("{} {:?} {shares:?}", h.time, h.exposure)
        })
        .collect();
    out.extend(r.trades.iter().map(|t| {
        let mut t = *t;
        let symbol = name(t.symbol);
        t.symbol = 0;
        format!("{symbol} {t:?}")
    }));
    out
}

fn equity(r: &BacktestResult, data: &[Bars]) -> Vec<(i64, u64)> {
    r.equity(data)
        .iter()
        .map(|p| (p.time, p.equity.to_bits()))
        .collect()
}

const PROGRAMS: [&str; 5] = [
    "  universe top 3 by median(volume * close, 10)\n\n  let score = returns(close, 8)\n\n  hold top 2 by score rebalance every 1w weight 1 / stdev(returns(close), 10)\n\n  size target vol 20%\n  limit leverage 2",
    "  universe {AAA, BBB, CCC, EEE}\n\n  let score = sma(rank(returns(close, 5)) + rank(cross_zscore(volume)), 3)\n  let calm = on 1d of AAA: close > sma(close, 20)\n\n  hold top 1 by score as long rebalance every 1w weight (if calm then 1 else 0)\n  hold bottom 1 by score as short rebalance every 1w\n\n  size 80% of equity",
    "  let strength = rank(on 1w: close / close[1])\n  rec smooth = 0.8 * smooth[1] + 0.2 * (if is_finite(strength) then strength else 0.5) init 0.5\n\n  hold top 2 by smooth weight smooth\n\n  size money(4000)",
    "  universe top 4 by volume\n\n  param n: int = 2 in 1..3\n\n  let strong = rank(close / close[4]) > 0.5\n\n  enter long when strong and close > close[1] {\n    stop 4%\n    target 6%\n  }\n  exit long when rank(close / close[4]) < 0.4 and n > 0\n\n  size 25% of equity",
    "  universe {AAA, EEE}\n\n  let r = rank(close)\n\n  enter long when position.is_flat and r == 1\n  exit long when r < 1\n\n  size 30% of equity",
];

#[test]
fn backends_agree_and_stepping_is_running() {
    let data = market(200);
    for body in PROGRAMS {
        let text = portfolio(body);
        let native = compiled(&text, Backend::Cranelift);
        let settings = RunSettings::default();
        let whole = run(&native, &data, &settings);
        assert!(!whole.trades.is_empty(), "{body}");
        let oracle = run(&compiled(&text, Backend::Interpreter), &data, &settings);
        assert_eq!(told(&whole), told(&oracle), "{body}");
        assert_eq!(equity(&whole, &data), equity(&oracle, &data), "{body}");
        let params: Vec<f64> = native.manifest().params.iter().map(|p| p.default).collect();
        for rows in [1, 7] {
            let mut input = BacktestInput::new(&*native.kernel, &params, &data, &settings);
            input.rows_at_once = rows;
            let stepped = run_backtest(&input).unwrap();
            assert_eq!(told(&whole), told(&stepped), "{rows} {body}");
            assert_eq!(
                equity(&whole, &data),
                equity(&stepped, &data),
                "{rows} {body}"
            );
        }
    }
}

#[test]
fn the_order_of_the_files_does_not_matter() {
    let data = market(200);
    let turned: Vec<Bars> = [3, 1, 4, 0, 2].map(|i: usize| data[i].clone()).into();
    for body in PROGRAMS {
        let kernel = compiled(&portfolio(body), Backend::Cranelift);
        let settings = RunSettings::default();
        let (a, b) = (
            run(&kernel, &data, &settings),
            run(&kernel, &turned, &settings),
        );
        assert_eq!(told(&a), told(&b), "{body}");
        assert_eq!(equity(&a, &data), equity(&b, &turned), "{body}");
    }
}

#[test]
fn nothing_depends_on_the_future() {
    let data = market(200);
    for body in PROGRAMS {
        let kernel = compiled(&portfolio(body), Backend::Cranelift);
        let settings = RunSettings::default();
        let whole = run(&kernel, &data, &settings);
        for cut in [50, 77, 120, 181] {
            let until = cut * DAY;
            // every symbol's bars after the cut become another walk
            let scrambled: Vec<Bars> = data
                .iter()
                .enumerate()
                .map(|(i, bars)| {
                    let other = walk(&bars.symbol, 90 + i as u64, 4, 210, &[cut + 3, cut + 9]);
                    let mut mixed = Bars::new(bars.symbol.clone(), Timeframe::D1);
                    let copy = |from: &Bars, into: &mut Bars, after: bool| {
                        for k in 0..from.len() {
                            if (from.time[k] > until) == after {
                                into.push(Bar {
                                    time: from.time[k],
                                    open: from.open[k],
                                    high: from.high[k],
                                    low: from.low[k],
                                    close: from.close[k],
                                    volume: from.volume[k],
                                });
                            }
                        }
                    };
                    copy(bars, &mut mixed, false);
                    copy(&other, &mut mixed, true);
                    mixed
                })
                .collect();
            let other = run(&kernel, &scrambled, &settings);
            let decided = |r: &BacktestResult| -> Vec<String> {
                let mut upto = r.clone();
                upto.holdings.retain(|h| h.time <= until);
                upto.trades
                    .retain(|t| t.exit_time <= until && t.exit_reason.name() != "end_of_data");
                told(&upto)
            };
            assert_eq!(decided(&whole), decided(&other), "{cut} {body}");
            let known = |r: &BacktestResult, d: &[Bars]| -> Vec<(i64, u64)> {
                let all = equity(r, d);
                all.into_iter().filter(|p| p.0 <= until).collect()
            };
            assert_eq!(
                known(&whole, &data),
                known(&other, &scrambled),
                "{cut} {body}"
            );
        }
    }
}

/// `hold top 1 by close / close[3] rebalance every 1w` with 30 % of equity, told again without a kernel or an engine:
/// units in hand, one price a fill. Returns what is held after each decision, and the equity of every day.
fn oracle(data: &[Bars], s: &RunSettings) -> (Vec<(i64, Option<usize>)>, Vec<f64>) {
    let n = data.len();
    let (mut cash, mut units, mut closes) = (s.capital, vec![0.0; n], vec![f64::NAN; n]);
    let mut orders: Vec<Option<f64>> = vec![None; n];
    let (mut choices, mut curve) = (Vec::new(), Vec::new());
    let first = data.iter().map(|b| b.time[0]).min().unwrap();
    let last = data.iter().map(|b| b.time[b.len() - 1]).max().unwrap();
    let mut seen: Option<i64> = None;
    let mut time = first;
    while time <= last {
        let row: Vec<Option<usize>> = data
            .iter()
            .map(|b| b.time.iter().position(|t| *t == time))
            .collect();
        if row.iter().all(Option::is_none) {
            time += DAY;
            continue;
        }
        let worth = |cash: f64, units: &[f64], closes: &[f64]| {
            let held = (0..n).filter(|&i| units[i] > 0.0);
            cash + held.map(|i| units[i] * closes[i]).sum::<f64>()
        };
        let before = worth(cash, &units, &closes);
        for i in 0..n {
            if let (Some(k), Some(part)) = (row[i], orders[i]) {
                let price = data[i].open[k] * (1.0 - s.slippage);
                let sold = units[i] - before * part / price;
                if units[i] > 0.0 && sold > 0.0 {
                    cash += sold * price * (1.0 - s.taker_fee);
                    units[i] -= sold;
                }
            }
        }
        let after = worth(cash, &units, &closes);
        for i in 0..n {
            if let (Some(k), Some(part)) = (row[i], orders[i]) {
                let price = data[i].open[k] * (1.0 + s.slippage);
                let bought = after * part / price - units[i];
                if part > 0.0 && bought > 0.0 {
                    cash -= bought * price * (1.0 + s.taker_fee);
                    units[i] += bought;
                }
                orders[i] = None;
            }
        }
        for i in 0..n {
            if let Some(k) = row[i] {
                closes[i] = data[i].close[k];
            }
        }
        curve.push(worth(cash, &units, &closes));
        // weeks begin on day 4 of the epoch
        let week = |end: i64| (end - 4 * DAY).div_euclid(7 * DAY);
        let end = time + DAY;
        if week(end) > week(seen.unwrap_or(end - DAY)) {
            let mut best: Option<(f64, usize)> = None;
            for i in 0..n {
                if let Some(k) = row[i].filter(|k| *k >= 3) {
                    let score = data[i].close[k] / data[i].close[k - 3];
                    if best.is_none_or(|b| score > b.0) {
                        best = Some((score, i));
                    }
                }
            }
            for i in 0..n {
                orders[i] = match best {
                    Some((_, b)) if b == i => Some(0.3),
                    _ if units[i] > 0.0 => Some(0.0),
                    _ => None,
                };
            }
            choices.push((time, best.map(|b| b.1)));
        }
        seen = Some(end);
        time += DAY;
    }
    (choices, curve)
}

#[test]
fn a_simple_portfolio_is_what_a_plain_account_does() {
    let data = market(300);
    let text =
        portfolio("  hold top 1 by close / close[3] rebalance every 1w\n\n  size 30% of equity");
    let settings = plain();
    let result = run(&compiled(&text, Backend::Cranelift), &data, &settings);
    let (choices, curve) = oracle(&data, &settings);
    let held: Vec<(i64, Option<usize>)> = result
        .holdings
        .iter()
        .map(|h| (h.time, h.shares.first().map(|s| usize::from(s.symbol))))
        .collect();
    assert_eq!(held, choices);
    assert!(choices.len() > 40);
    let ours: Vec<f64> = result.equity(&data).iter().map(|p| p.equity).collect();
    assert_eq!(ours.len(), curve.len());
    // the last sample is after everything was closed
    for (day, (a, b)) in ours.iter().zip(&curve).enumerate().take(curve.len() - 1) {
        assert!((a / b - 1.0).abs() < 1e-9, "day {day}: {a} and {b}");
    }
    let pnl: f64 = result.trades.iter().map(|t| t.pnl).sum();
    assert!((settings.capital + pnl - ours[ours.len() - 1]).abs() < 1e-6);
    assert!(
        result
            .trades
            .iter()
            .any(|t| t.exit_reason.name() == "rebalance")
    );
}

#[test]
fn a_later_listing_is_not_held_before_it_has_settled() {
    let data = market(120);
    let text = portfolio("  hold top 5 by returns(close, 10) rebalance every 1w");
    let result = run(&compiled(&text, Backend::Cranelift), &data, &plain());
    let first = result
        .holdings
        .iter()
        .find(|h| h.shares.iter().any(|s| s.symbol == 2))
        .unwrap();
    // listed on day 40, ten returns later on day 50, decided on the Sunday after
    assert_eq!(first.time, 52 * DAY);
    for h in &result.holdings {
        let sum: f64 = h.shares.iter().map(|s| s.weight).sum();
        assert!(h.shares.is_empty() || (sum - 1.0).abs() < 1e-12);
    }
}

#[test]
fn target_volatility_is_capped_by_leverage() {
    let data = market(150);
    let run_with = |size: &str| {
        let text = portfolio(&format!(
            "  hold top 2 by returns(close, 10) rebalance every 1w\n\n  {size}"
        ));
        run(&compiled(&text, Backend::Cranelift), &data, &plain())
    };
    let low = run_with("size target vol 10%\n  limit leverage 3");
    let high = run_with("size target vol 500%\n  limit leverage 3");
    let exposures = |r: &BacktestResult| -> Vec<f64> {
        let held = r.holdings.iter().filter(|h| !h.shares.is_empty());
        held.map(|h| h.exposure).collect()
    };
    assert!(exposures(&low).iter().all(|e| *e > 0.0 && *e < 1.0));
    assert!(exposures(&high).iter().all(|e| *e == 3.0));
    assert!(
        high.equity(&data)
            .iter()
            .all(|p| p.exposure < 4.0 * p.equity.max(1.0) || p.equity < 5_000.0)
    );
}

#[test]
fn names_of_the_universe_are_found_or_refused() {
    let mut data = market(80);
    data[0].symbol = "AAAUSD".into();
    let settings = plain();
    let text = portfolio("  universe {AAA}\n\n  hold top 1 by close");
    let result = run(&compiled(&text, Backend::Cranelift), &data, &settings);
    assert!(result.trades.iter().all(|t| t.symbol == 0) && !result.trades.is_empty());
    let text = portfolio("  universe {AAA, XYZ}\n\n  hold top 1 by close");
    let kernel = compiled(&text, Backend::Cranelift);
    let failed = run_backtest(&BacktestInput::new(&*kernel.kernel, &[], &data, &settings));
    let Err(e @ BacktestError::UnknownSymbol { .. }) = failed else {
        panic!("{failed:?}");
    };
    assert_eq!(
        e.to_string(),
        "the universe names XYZ, of which there are no bars; the data has AAAUSD, BBB, CCC, DDD, EEE"
    );
}

#[test]
fn nonsense_is_refused() {
    for (body, code) in [
        ("  hold top 0 by close", "E0612"),
        ("  universe top 0 by volume\n  hold top 1 by close", "E0612"),
        ("  universe {AAA, AAA}\n  hold top 1 by close", "E0613"),
        (
            "  universe {AAA}\n  universe {BBB}\n  hold top 1 by close",
            "E0613",
        ),
        (
            "  universe top 3 by rank(close)\n  hold top 1 by close",
            "E0905",
        ),
        (
            "  rec r = rank(close / close[1] + r[1]) init 0\n  hold top 1 by r",
            "E0905",
        ),
        ("  hold top 1 by on 1w: rank(close)", "E0904"),
        ("  hold top 1 by sum(i in 0..<3: rank(close[i]))", "E0904"),
        ("  enter long when rank(position.profit) > 0", "E0904"),
        ("  hold top 1 by position.profit", "E0617"),
        (
            "  hold top 1 by close\n  exit long when close > open",
            "E0906",
        ),
        ("  hold top 1 by close\n  size risk 1%", "E0906"),
        ("  hold top 1 by close\n  size quantity(1)", "E0906"),
        ("  hold top 1 by close\n  limit pyramid 2", "E0906"),
        ("  hold top 1 by close rebalance every 1h", "E0340"),
        (
            "  hold top 1 by close\n  size percent(close / open / 10) of equity",
            "E0203",
        ),
        ("  let x = close", "E0610"),
    ] {
        assert!(
            codes(&portfolio(body)).contains(&code),
            "{body}: {:?}",
            codes(&portfolio(body))
        );
    }
    let strategy = "#sbt 1\n\nstrategy t {\n  on 1d\n  enter long when rank(close) > 0\n}\n";
    assert_eq!(codes(strategy), ["E0903"]);
    let named = portfolio("  let rank = rank(close)\n  hold top 1 by rank");
    assert!(codes(&named).is_empty(), "{:?}", codes(&named));
    // an indicator may compare when a portfolio calls it
    let shared = "#sbt 1\n\nindicator strength(n: bars) -> float {\n  give rank(returns(close, n))\n}\n\n\
        portfolio t {\n  on 1d\n\n  hold top 1 by strength(9)\n}\n";
    assert!(codes(shared).is_empty(), "{:?}", codes(shared));
}
