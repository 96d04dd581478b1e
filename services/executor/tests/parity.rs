//! A month of the sample data, replayed through the exchange and an account at full speed, against the backtester's trades.
//!
//! Short form: a few strategies of the cookbook. `PARITY=all cargo test -p sixbtc-executor --test parity -- --nocapture` runs all
//! that trade within the month and prints how the trades compare.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod support;

use rust_decimal::Decimal;
use sbt_driver::{Backend, NoFiles, check, compile};
use sixbtc_abi::{Kernel, Outputs};
use sixbtc_backtest::{BacktestInput, run_backtest};
use sixbtc_engine::{ExitReason, RunSettings, Trade};
use sixbtc_executor::account::universe::Universe;
use sixbtc_executor::account::{AccountSettings, Decided, Input, Mandate, Market};
use sixbtc_live::desk::StopEntries;
use sixbtc_live::money::decimal;
use sixbtc_market::{Bars, FrameSet, Timeframe, resample};
use sixbtc_venue::engine::Settings;
use sixbtc_venue::host::{Host, HostSettings, Limits, Net};
use sixbtc_venue::market::{CoinSeries, Player, PlayerSettings};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use support::*;

/// 2018-01-10 and 2018-02-10: a fall by half and a bounce, so that stops are hit and both sides trade.
const FROM: i64 = 1_515_542_400_000;
const TO: i64 = FROM + 31 * 86_400_000;
const COINS: [&str; 4] = ["BTC", "ETH", "LTC", "XRP"];
const CAPITAL: u64 = 100_000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sample() -> Vec<Bars> {
    let one = |coin: &&str| {
        let path = root().join(format!("tests/data/sample/{coin}USD-30m.csv.gz"));
        let options = sixbtc_market::ImportOptions::default();
        let mut bars = sixbtc_market::open(&path, &options).unwrap().bars;
        bars.symbol = format!("{coin}USD");
        bars.between(None, Some(TO))
    };
    COINS.iter().map(one).collect()
}

/// The exchange's name of it.
fn coin(bars: &Bars) -> &str {
    bars.symbol.strip_suffix("USD").unwrap()
}

struct Program {
    name: String,
    kernel: Arc<dyn Kernel>,
    params: Vec<f64>,
    hash: String,
}

fn program(name: &str) -> Program {
    let text = std::fs::read_to_string(root().join(format!("docs/cookbook/{name}.sbt"))).unwrap();
    let checked = check(&NoFiles, name, &text, &HashMap::new());
    assert!(checked.is_ok(), "{name}: {:?}", checked.diagnostics);
    let compiled = compile(&checked.hir.strategies[0], Backend::Cranelift).unwrap();
    let params = compiled.manifest().params.iter().map(|p| p.default);
    Program {
        name: name.to_owned(),
        params: params.collect(),
        hash: checked.hash.clone(),
        kernel: Arc::from(compiled.kernel),
    }
}

fn run_settings(markets: usize) -> RunSettings {
    RunSettings {
        capital: CAPITAL as f64,
        max_positions: markets as u32,
        funding: false,
        liquidation: false,
        ..RunSettings::default()
    }
}

/// How patient an account is at an exchange that answers at once.
fn instant() -> AccountSettings {
    let mut settings = AccountSettings::default();
    let desk = &mut settings.desk;
    // as a simulation has it
    desk.beyond_room = true;
    desk.stop_better = Decimal::ZERO;
    desk.stop_every = 0;
    desk.resize = Decimal::ZERO;
    desk.entry_cap = Decimal::new(10, 2);
    // as a simulation assumes
    desk.stop_entries = StopEntries::Resting;
    desk.leave_cap = Decimal::new(20, 2);
    desk.stop_cap = Decimal::new(50, 2);
    desk.caps.orders_a_minute = 100_000;
    desk.caps.open = 100_000;
    desk.caps.notional_a_day = Decimal::new(1_000_000_000_000, 0);
    settings.clock_silence = 4 * 86_400_000;
    settings
}

struct Played {
    trades: Vec<Trade>,
    decided: Vec<Decided>,
    alerts: Vec<String>,
}

/// Plays a strategy through venue and account.
fn played(program: &Program, data: &[Bars], clock: Timeframe) -> Option<(Played, Mandate)> {
    let coins: Vec<CoinSeries> = data
        .iter()
        .map(|bars| CoinSeries::new(coin(bars), Arc::new(bars.clone())))
        .collect();
    let settings = PlayerSettings {
        start: Some(FROM),
        ..PlayerSettings::exact()
    };
    let turns = settings.turns(clock.ms(), coins.len());
    let rules = settings.rules(Settings {
        budget_enforced: false,
        ..Settings::default()
    });
    let player = Player::new(coins, settings).unwrap();
    let host = HostSettings {
        limits: Limits::none(),
        idle_ms: i64::MAX / 2,
        ..HostSettings::default()
    };
    let mut host = Host::new(rules, host, Some(Box::new(player)), FROM).unwrap();
    // more than the engine counts with: where it opens with all of its equity, the exchange asks for a little more margin
    let who = deposit(&mut host, FROM, 1, 3 * CAPITAL);
    let (universe, odd) = Universe::read(&host.exchange().meta());
    assert!(odd.is_empty());
    let mut markets: Vec<Market> = data
        .iter()
        .map(|bars| {
            let asset = universe.find(&bars.symbol).unwrap().clone();
            Market::new(&bars.symbol, asset, bars.price_scale(), 10.0)
        })
        .collect();
    markets.sort_by(|a, b| a.symbol.cmp(&b.symbol));
    let mandate = Mandate {
        name: program.name.clone(),
        program: program.hash.clone(),
        user: who.user,
        agent: who.agent.address(),
        kernel: Arc::clone(&program.kernel),
        params: program.params.clone(),
        run: run_settings(markets.len()),
        timeframe: clock,
        markets,
        readings: Vec::new(),
        anchor: data[0].time[0],
        from: FROM,
        settings: instant(),
    };
    let bound = match mandate.bind(data) {
        Ok(bound) => bound,
        Err(why) => {
            println!("{:24} not traded: {why}", program.name);
            return None;
        }
    };
    let mut net = Net::new(host);
    let mut seat = Seat::new(&bound, who, data.to_vec(), 1);
    let length = clock.ms();
    seat.patience = i64::MAX / 2;
    seat.start(&mut net, FROM);
    let open_at = |time: i64| -> Vec<(String, Decimal)> {
        let price = |bars: &Bars| {
            let row = bars.time.binary_search(&time).ok()?;
            Some((coin(bars).to_owned(), decimal(bars.open[row])?))
        };
        data.iter().filter_map(price).collect()
    };
    let mut time = FROM;
    let mut price = open_at(FROM);
    while time < TO {
        // the open: orders that were decided on the close before
        for at in [0, 1_000, 5_000] {
            settle(&mut seat, &mut net, time + at, &price);
        }
        for at in &turns[1..] {
            settle(&mut seat, &mut net, time + at + 1, &price);
        }
        time += length;
        price = open_at(time);
        net.run(time);
        seat.on(Input::Prices(price.clone()), &mut net, time);
        seat.bars_closed(time, &mut || Some(0));
    }
    let alerts = seat.alerts.iter().map(|(at, a)| format!("{at} {}", a.what));
    let played = Played {
        trades: seat.trades.values().map(|c| c.trade).collect(),
        alerts: alerts.collect(),
        decided: std::mem::take(&mut seat.decided),
    };
    assert!(seat.account.is_some());
    drop(seat);
    drop(bound);
    Some((played, mandate))
}

/// Lets everything happen that happens at a time.
fn settle(seat: &mut Seat<'_>, net: &mut Net, now: i64, price: &[(String, Decimal)]) {
    net.run(now);
    for round in 0.. {
        let some = seat.deliver(net, now);
        if !some {
            seat.on(Input::Prices(price.to_vec()), net, now);
            if !seat.deliver(net, now) {
                return;
            }
        }
        assert!(round < 400, "it never rests");
    }
}

fn tested(program: &Program, data: &[Bars], mandate: &Mandate) -> Vec<Trade> {
    let settings = run_settings(data.len());
    let specs: Vec<_> = mandate.markets.iter().map(|m| m.spec.clone()).collect();
    let scales: Vec<f64> = mandate.markets.iter().map(|m| m.price_scale).collect();
    let mut input = BacktestInput::new(&*program.kernel, &program.params, data, &settings);
    input.specs = &specs;
    input.price_scales = &scales;
    input.from = Some(FROM);
    input.to = Some(TO);
    let mut trades = run_backtest(&input).unwrap().trades;
    trades.retain(|t| t.exit_reason != ExitReason::EndOfData);
    trades
}

/// The signals of the whole history at once, as far as they were decided on live.
fn check_decisions(program: &Program, data: &[Bars], mandate: &Mandate, decided: &[Decided]) {
    if program.kernel.manifest().portfolio.is_some() {
        return;
    }
    let find = |name: &str| {
        let symbols = data.iter().map(|b| b.symbol.as_str());
        data.get(sixbtc_market::symbol::named(symbols, name)?)
    };
    let mut compared = 0;
    for (m, bars) in data.iter().enumerate() {
        let manifest = program.kernel.manifest();
        let scale = mandate.markets[m].price_scale;
        let frames = FrameSet::build_scaled(manifest, bars, &find, Some(scale)).unwrap();
        let constants = program.kernel.bind(&program.params).unwrap();
        let mut state = program.kernel.new_state(&constants);
        let mut out = Outputs::new(manifest, bars.len());
        let offset = vec![0; manifest.frames.len()];
        let rows = 0..bars.len();
        let input = frames.input();
        let kernel = &program.kernel;
        kernel
            .run(&input, &offset, rows, &constants, &mut state, &mut out)
            .unwrap();
        for said in decided.iter().filter(|d| d.market == m) {
            let row = bars.time.binary_search(&said.time).unwrap();
            assert_eq!(said.flags, out.flags[row], "{} {}", program.name, said.time);
            let bits: Vec<u64> = out.values.iter().map(|v| v[row].to_bits()).collect();
            assert_eq!(said.values, bits, "{} {}", program.name, said.time);
            compared += 1;
        }
    }
    assert!(compared > 0, "{}", program.name);
}

/// How a trade differs from its twin in the test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    /// In nothing.
    Same,
    /// Its size: equity was another by what earlier trades differed.
    Size,
    /// Its exit price, by less than a step of the exchange's grid of five figures.
    Grid,
    /// The exchange took the position, which the test did not: leverage above 1 and a fall by half.
    Liquidated,
    /// A target that was reached already when it was placed: the exchange takes it at its quote, with slippage.
    AtOnce,
    /// A stop entry whose price was reached already when it was to be placed: the exchange refuses it.
    Met,
    /// It follows from one before it that the other side had or had not.
    Follows,
    /// Which of two reasons that hold at one price and time is named.
    Reason,
    /// It is not there, or is another.
    Unexplained,
}

/// A step of the exchange's grid at a price.
fn step(price: f64, decimals: u32) -> f64 {
    let figures = 10f64.powi(price.log10().floor() as i32 - 4);
    figures.max(10f64.powi(-(6 - decimals as i32))).min(1.0)
}

fn class(live: &Trade, test: &Trade, mandate: &Mandate) -> Class {
    let decimals = mandate.markets[usize::from(test.symbol)]
        .asset
        .size_decimals;
    let near = |a: f64, b: f64, by: f64| (a - b).abs() <= by;
    let same = |a: f64, b: f64| near(a, b, 1e-9 * b.abs());
    let grid = |a: f64, b: f64| near(a, b, step(b, decimals) * 1.01);
    if live.side != test.side
        || live.entry_time != test.entry_time
        || live.exit_time != test.exit_time
        || !grid(live.entry_price, test.entry_price)
    {
        return Class::Unexplained;
    }
    if !grid(live.exit_price, test.exit_price) {
        let slipped = test.exit_price * (1.0 - test.side.sign() * 0.0005);
        let target = |t: &Trade| t.exit_reason == ExitReason::Target;
        let at_once = target(live)
            && target(test)
            && live.entry_time == live.exit_time
            && near(live.exit_price, slipped, step(slipped, decimals) * 1.01);
        return if at_once {
            Class::AtOnce
        } else {
            Class::Unexplained
        };
    }
    if !same(live.entry_price, test.entry_price) || !same(live.exit_price, test.exit_price) {
        return Class::Grid;
    }
    if live.exit_reason != test.exit_reason {
        return Class::Reason;
    }
    if !same(live.size, test.size) {
        return Class::Size;
    }
    Class::Same
}

/// Realised equity before a time.
fn equity(trades: &[Trade], before: i64) -> f64 {
    let closed = trades.iter().filter(|t| t.exit_time < before);
    CAPITAL as f64 + closed.map(|t| t.pnl).sum::<f64>()
}

/// How live trades and those of the test compare, and those that nothing explains.
fn compared(
    program: &Program,
    (live, test): (&[Trade], &[Trade]),
    mandate: &Mandate,
    alerts: &[String],
) -> (BTreeMap<Class, usize>, Vec<String>, f64) {
    let key = |t: &Trade| {
        (
            t.exit_time,
            t.symbol,
            t.entry_time,
            t.entry,
            t.exit_price.to_bits(),
        )
    };
    let (mut left, mut test) = (live.to_vec(), test.to_vec());
    left.sort_by_key(key);
    test.sort_by_key(key);
    let mut counts = BTreeMap::new();
    let mut odd = Vec::new();
    let mut alone: Vec<(bool, Trade)> = Vec::new();
    let mut most = 0.0f64;
    let about = |t: &Trade| {
        format!(
            "{} {:?} entry {} at {} size {} exit {} at {} ({:?})",
            mandate.markets[usize::from(t.symbol)].symbol,
            t.side,
            t.entry_time,
            t.entry_price,
            t.size,
            t.exit_time,
            t.exit_price,
            t.exit_reason
        )
    };
    for twin in &test {
        let best = left
            .iter()
            .enumerate()
            .filter(|(_, t)| t.symbol == twin.symbol && t.entry == twin.entry)
            .map(|(i, t)| (class(t, twin, mandate), i))
            .min();
        let Some((found, at)) = best.filter(|(found, _)| *found != Class::Unexplained) else {
            alone.push((false, *twin));
            continue;
        };
        let mine = left.remove(at);
        // sizes follow from equity, and of entries by risk from the distance of a stop that the grid moved
        let drift = (mine.size / twin.size - 1.0).abs();
        let at = twin.entry_time;
        let money = (equity(live, at) / equity(&test, at) - 1.0).abs();
        most = most.max(drift);
        if drift > money + 0.02 {
            odd.push(format!(
                "{}: size off by {drift}, equity by {money}: {}",
                program.name,
                about(twin)
            ));
        }
        *counts.entry(found).or_default() += 1;
    }
    alone.extend(left.into_iter().map(|t| (true, t)));
    alone.sort_by_key(|(_, t)| (t.symbol, t.entry_time, t.exit_time));
    // until when a symbol's trades may differ, for one that was there on one side only
    let mut until: BTreeMap<u16, i64> = BTreeMap::new();
    let length = mandate.timeframe.ms();
    for (is_live, trade) in alone {
        let symbol = &mandate.markets[usize::from(trade.symbol)].symbol;
        let refused = alerts.iter().any(|alert| {
            let at: i64 = alert.split(' ').next().unwrap().parse().unwrap();
            let within = (trade.entry_time - length..=trade.entry_time + length).contains(&at);
            within && alert.contains(&format!("in {symbol} ")) && alert.contains("TP/SL")
        });
        let plan = &program.kernel.manifest().plan.entries;
        let stops = plan
            .get(usize::from(trade.entry))
            .is_some_and(|e| matches!(e.order, sixbtc_abi::EntryOrder::Stop { .. }));
        let follows =
            { until.get(&trade.symbol) }.is_some_and(|end| trade.entry_time <= end + length);
        let taken = |t: &Trade| t.exit_reason == ExitReason::Liquidation;
        let after_taken = live
            .iter()
            .any(|t| taken(t) && t.symbol == trade.symbol && t.entry_time <= trade.entry_time);
        let class = if taken(&trade) || after_taken {
            Class::Liquidated
        } else if refused && stops {
            Class::Met
        } else if follows {
            Class::Follows
        } else {
            let side = if is_live { "live" } else { "in the test" };
            odd.push(format!("{}: only {side}: {}", program.name, about(&trade)));
            Class::Unexplained
        };
        if class != Class::Unexplained {
            let end = until.entry(trade.symbol).or_default();
            *end = (*end).max(trade.exit_time);
        }
        *counts.entry(class).or_default() += 1;
    }
    (counts, odd, most)
}

#[test]
fn live_trades_are_those_of_the_backtest() {
    let names: Vec<String> = match std::env::var("PARITY") {
        Err(_) => ["rsi_dip", "engulfing_reversal"]
            .map(str::to_owned)
            .to_vec(),
        Ok(all) if all == "all" => {
            let files = std::fs::read_dir(root().join("docs/cookbook")).unwrap();
            let mut names: Vec<String> = files
                .filter_map(|f| {
                    let path = f.unwrap().path();
                    let stem = path.file_stem()?.to_str()?.to_owned();
                    path.extension().is_some_and(|e| e == "sbt").then_some(stem)
                })
                .collect();
            names.sort();
            names
        }
        Ok(some) => some.split(',').map(str::to_owned).collect(),
    };
    let sample = sample();
    let mut totals: BTreeMap<Class, usize> = BTreeMap::new();
    let (mut strategies, mut unexplained) = (0, Vec::new());
    for name in names {
        let program = program(&name);
        let period = program.kernel.manifest().frames[0].period_ms;
        let clock = Timeframe::from_ms(period).unwrap();
        let data: Vec<Bars> = sample.iter().map(|b| resample(b, clock).unwrap()).collect();
        let began = std::time::Instant::now();
        let Some((played, mandate)) = played(&program, &data, clock) else {
            continue;
        };
        check_decisions(&program, &data, &mandate, &played.decided);
        let test = tested(&program, &data, &mandate);
        let trades = (played.trades.as_slice(), test.as_slice());
        let (counts, odd, most) = compared(&program, trades, &mandate, &played.alerts);
        if !test.is_empty() {
            strategies += 1;
        }
        println!(
            "{name:24} {clock:>4} live {:4} test {:4} {counts:?} sizes off by {:.2} % at most, {:.1} s",
            played.trades.len(),
            test.len(),
            100.0 * most,
            began.elapsed().as_secs_f64()
        );
        if !odd.is_empty() {
            for alert in played.alerts.iter().take(12) {
                println!("    {alert}");
            }
        }
        for line in odd.iter().take(12) {
            println!("    {line}");
        }
        for (class, n) in counts {
            *totals.entry(class).or_default() += n;
        }
        unexplained.extend(odd);
    }
    println!("{strategies} strategies traded: {totals:?}");
    assert!(unexplained.is_empty(), "{} unexplained", unexplained.len());
    assert!(strategies > 0);
}
