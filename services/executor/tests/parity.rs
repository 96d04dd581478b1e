//! A month of the sample data, replayed through the exchange and an account at full speed, against the backtester's trades.
//!
//! Short form: twenty strategies of the cookbook, two coins, some days. `PARITY=all cargo test -p sixbtc-executor --test parity --
//! --nocapture` runs all of them on four coins and the whole month, `PARITY=pin_bar,turtle` some of them; it prints how the trades
//! compare.
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
const DAY: i64 = 86_400_000;
const COINS: [&str; 4] = ["BTC", "ETH", "LTC", "XRP"];
/// What the short form runs.
const SOME: [&str; 20] = [
    "bollinger_fade",
    "breakeven_runner",
    "chandelier_trail",
    "day_range_breakout",
    "ema_cross",
    "ema_pullback",
    "engulfing_reversal",
    "ichimoku_cloud",
    "keltner_ride",
    "macd_momentum",
    "narrow_range",
    "night_hold",
    "obv_trend",
    "pin_bar",
    "ratio_reversion",
    "regime_switch",
    "rsi_dip",
    "squeeze_release",
    "supertrend_flip",
    "time_stop",
];
const CAPITAL: u64 = 100_000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sample(coins: &[&str], to: i64) -> Vec<Bars> {
    let one = |coin: &&str| {
        let path = root().join(format!("tests/data/sample/{coin}USD-30m.csv.gz"));
        let options = sixbtc_market::ImportOptions::default();
        let mut bars = sixbtc_market::open(&path, &options).unwrap().bars;
        bars.symbol = format!("{coin}USD");
        bars.between(None, Some(to))
    };
    coins.iter().map(one).collect()
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
fn played(
    program: &Program,
    data: &[Bars],
    clock: Timeframe,
    to: i64,
) -> Option<(Played, Mandate)> {
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
    while time < to {
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

fn tested(program: &Program, data: &[Bars], mandate: &Mandate, to: i64) -> Vec<Trade> {
    let settings = run_settings(data.len());
    let specs: Vec<_> = mandate.markets.iter().map(|m| m.spec.clone()).collect();
    let scales: Vec<f64> = mandate.markets.iter().map(|m| m.price_scale).collect();
    let mut input = BacktestInput::new(&*program.kernel, &program.params, data, &settings);
    input.specs = &specs;
    input.price_scales = &scales;
    input.from = Some(FROM);
    input.to = Some(to);
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

/// How a trade differs from its twin in the test. Each has a rule, which is computed: [`Comparison`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    /// In nothing, to the bit.
    Same,
    /// In its size alone, and that as the equities of the two runs differ: something before it is of a class below.
    Size,
    /// Which of two reasons that hold at one price and time is named.
    Reason,
    /// The exchange took the position where its margin ran out; the test does not liquidate.
    Liquidated,
    /// Two entries that rest to both sides are reached within one bar: the test takes them in the order of the plan, the exchange
    /// in that of the price's way.
    BothSides,
    /// The entry could be placed only when the position before it was left within the same bar, and the market was beyond its
    /// price by then: the exchange refuses to wait for it.
    NotYet,
    /// It follows from one before it in the same symbol that only one side had, while that was held.
    Follows,
    /// It is not there, or is another.
    Unexplained,
}

fn class(live: &Trade, test: &Trade) -> Class {
    let same = |a: f64, b: f64| a.to_bits() == b.to_bits();
    let alike = live.side == test.side
        && live.entry_time == test.entry_time
        && live.exit_time == test.exit_time
        && same(live.entry_price, test.entry_price)
        && same(live.exit_price, test.exit_price);
    if !alike {
        return Class::Unexplained;
    }
    if live.exit_reason != test.exit_reason {
        return Class::Reason;
    }
    if !same(live.size, test.size) {
        return Class::Size;
    }
    Class::Same
}

/// The trades of a strategy on both sides.
struct Comparison<'a> {
    program: &'a Program,
    mandate: &'a Mandate,
    data: &'a [Bars],
    live: &'a [Trade],
    test: &'a [Trade],
    alerts: &'a [String],
}

impl Comparison<'_> {
    fn bars(&self, t: &Trade) -> &Bars {
        let name = &self.mandate.markets[usize::from(t.symbol)].symbol;
        self.data.iter().find(|b| b.symbol == *name).unwrap()
    }

    /// What a trade is worth to the equity while it is open, at the close before a bar.
    fn open_worth(&self, t: &Trade, at: i64) -> f64 {
        let bars = self.bars(t);
        let row = bars.time.partition_point(|time| *time < at);
        let plan = &self.program.kernel.manifest().plan.entries;
        let limit = { plan.get(usize::from(t.entry)) }
            .is_some_and(|e| matches!(e.order, sixbtc_abi::EntryOrder::Limit { .. }));
        let fee = if limit { 0.000_15 } else { 0.000_45 };
        let paid = t.size * t.entry_price * fee;
        t.side.sign() * (bars.close[row - 1] - t.entry_price) * t.size - paid
    }

    /// All equities that an entry at a bar may have been sized by: what was there at its open, with any part of what other lots
    /// did within the bar.
    fn equities(&self, trades: &[Trade], of: &Trade) -> Vec<f64> {
        let at = of.entry_time;
        let mut all = vec![CAPITAL as f64];
        let others = trades
            .iter()
            .filter(|t| t.lot != of.lot && t.entry_time <= at);
        for t in others {
            let mut may = Vec::new();
            if t.entry_time == at {
                may.push(0.0);
            }
            if t.exit_time >= at {
                may.push(self.open_worth(t, at));
            }
            if t.exit_time <= at {
                may.push(t.pnl);
            }
            all = all
                .iter()
                .flat_map(|sum| may.iter().map(move |m| sum + m))
                .collect();
            assert!(all.len() <= 100_000, "too much happened within a bar");
        }
        all
    }

    /// Whether a size is what the other equity makes of it, to the lot to which both are rounded down. Nothing else is allowed
    /// for: two runs take what happens to several symbols within one bar in two orders, and each of these has its equity.
    fn sized(&self, live: &Trade, test: &Trade) -> Result<f64, String> {
        let lot = self.mandate.markets[usize::from(test.symbol)].spec.lot;
        let (lives, tests) = (
            self.equities(self.live, live),
            self.equities(self.test, test),
        );
        let fits = |money: f64| {
            let (least, most) = (test.size * money - lot, (test.size + lot) * money);
            least - 1e-9 * test.size <= live.size && live.size <= most + 1e-9 * test.size
        };
        let money = { lives.iter() }.flat_map(|l| tests.iter().map(move |t| l / t));
        let off = |m: &f64| (live.size / test.size - m).abs();
        let nearest = money.min_by(|a, b| off(a).total_cmp(&off(b))).unwrap();
        if fits(nearest) {
            return Ok((live.size / test.size - 1.0).abs());
        }
        Err(format!(
            "size of {} for equity of {nearest}",
            live.size / test.size
        ))
    }

    /// Whether an entry rests at a price.
    fn rests(&self, t: &Trade) -> bool {
        let plan = &self.program.kernel.manifest().plan.entries;
        { plan.get(usize::from(t.entry)) }
            .is_some_and(|e| e.order != sixbtc_abi::EntryOrder::Market)
    }

    /// Whether the range of the bar of an entry reaches its price before slippage.
    fn reached(&self, t: &Trade, bar: i64) -> bool {
        let bars = self.bars(t);
        let Ok(row) = bars.time.binary_search(&bar) else {
            return false;
        };
        let spec = &self.mandate.markets[usize::from(t.symbol)].spec;
        let level = t.entry_price / (1.0 + t.side.sign() * 0.000_5);
        bars.low[row] <= level + spec.tick && level - spec.tick <= bars.high[row]
    }

    /// Where the isolated margin of a position runs out.
    fn liquidated(&self, t: &Trade) -> bool {
        let most = self.mandate.markets[usize::from(t.symbol)]
            .spec
            .max_leverage;
        let sign = t.side.sign();
        let price = (sign - 1.0 / t.leverage) * t.entry_price / (sign - 0.5 / most);
        let bars = self.bars(t);
        let Ok(row) = bars.time.binary_search(&t.exit_time) else {
            return false;
        };
        t.exit_reason == ExitReason::Liquidation
            && if sign > 0.0 {
                bars.low[row] <= price
            } else {
                bars.high[row] >= price
            }
    }

    /// Whether the exchange refused an entry in a trade's symbol within its bar.
    fn refused(&self, t: &Trade) -> bool {
        let symbol = &self.mandate.markets[usize::from(t.symbol)].symbol;
        let bar = t.entry_time..t.entry_time + self.mandate.timeframe.ms();
        self.alerts.iter().any(|alert| {
            let at: i64 = alert.split(' ').next().unwrap().parse().unwrap();
            bar.contains(&at) && alert.contains(&format!("in {symbol} ")) && alert.contains("TP/SL")
        })
    }

    fn about(&self, t: &Trade) -> String {
        format!(
            "{} {:?} entry {} at {} size {} exit {} at {} ({:?}, leverage {})",
            self.mandate.markets[usize::from(t.symbol)].symbol,
            t.side,
            t.entry_time,
            t.entry_price,
            t.size,
            t.exit_time,
            t.exit_price,
            t.exit_reason,
            t.leverage
        )
    }

    /// Why a trade has no twin, before anything that follows from another.
    fn lone(&self, is_live: bool, t: &Trade) -> Class {
        let (own, other) = if is_live {
            (self.live, self.test)
        } else {
            (self.test, self.live)
        };
        let same_entry =
            |o: &&Trade| o.symbol == t.symbol && o.entry_time == t.entry_time && o.entry == t.entry;
        let liquidated = |o: &Trade| self.liquidated(o);
        let both = |o: &Trade| {
            o.symbol == t.symbol
                && o.entry_time == t.entry_time
                && o.side != t.side
                && [o, t]
                    .iter()
                    .all(|x| self.rests(x) && self.reached(x, t.entry_time))
        };
        let left_before =
            |o: &Trade| o.symbol == t.symbol && o.exit_time == t.entry_time && o.lot < t.lot;
        if liquidated(t) || other.iter().filter(same_entry).any(liquidated) {
            Class::Liquidated
        } else if other.iter().any(both) {
            Class::BothSides
        } else if !is_live && self.rests(t) && own.iter().any(left_before) && self.refused(t) {
            Class::NotYet
        } else {
            Class::Unexplained
        }
    }

    /// How the trades compare, those that nothing explains, and by how much sizes are off at most.
    fn compared(&self) -> (BTreeMap<Class, usize>, Vec<String>, f64) {
        let name = &self.program.name;
        let key = |t: &Trade| {
            (
                t.exit_time,
                t.symbol,
                t.entry_time,
                t.entry,
                t.exit_price.to_bits(),
            )
        };
        let (mut left, mut test) = (self.live.to_vec(), self.test.to_vec());
        left.sort_by_key(key);
        test.sort_by_key(key);
        let mut counts = BTreeMap::new();
        let (mut odd, mut alone, mut most) = (Vec::new(), Vec::new(), 0.0f64);
        for twin in &test {
            let best = { left.iter().enumerate() }
                .filter(|(_, t)| t.symbol == twin.symbol && t.entry == twin.entry)
                .map(|(i, t)| (class(t, twin), i))
                .min();
            let Some((mut found, at)) = best.filter(|(found, _)| *found != Class::Unexplained)
            else {
                alone.push((false, *twin));
                continue;
            };
            let mine = left.remove(at);
            match self.sized(&mine, twin) {
                _ if found == Class::Same => {}
                Ok(by) => most = most.max(by),
                Err(why) => {
                    odd.push(format!("{name}: {why}: {}", self.about(twin)));
                    found = Class::Unexplained;
                }
            }
            *counts.entry(found).or_default() += 1;
        }
        alone.extend(left.into_iter().map(|t| (true, t)));
        alone.sort_by_key(|(_, t)| (t.symbol, t.entry_time, t.exit_time));
        // until when a symbol's trades may differ, for one that was there on one side only
        let mut until: BTreeMap<u16, i64> = BTreeMap::new();
        for (is_live, trade) in alone {
            let follows = { until.get(&trade.symbol) }.is_some_and(|end| trade.entry_time <= *end);
            let class = match self.lone(is_live, &trade) {
                Class::Unexplained if follows => Class::Follows,
                class => class,
            };
            if class == Class::Unexplained {
                let side = if is_live { "live" } else { "in the test" };
                odd.push(format!("{name}: only {side}: {}", self.about(&trade)));
            } else {
                let end = until.entry(trade.symbol).or_default();
                *end = (*end).max(trade.exit_time);
            }
            *counts.entry(class).or_default() += 1;
        }
        (counts, odd, most)
    }
}

#[test]
fn live_trades_are_those_of_the_backtest() {
    let names: Vec<String> = match std::env::var("PARITY") {
        Err(_) => SOME.map(str::to_owned).to_vec(),
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
    let (coins, days) = match std::env::var("PARITY") {
        Err(_) => (&COINS[..2], 10),
        Ok(_) => (&COINS[..], 31),
    };
    let to = FROM + days * DAY;
    let sample = sample(coins, to);
    let mut totals: BTreeMap<Class, usize> = BTreeMap::new();
    let (mut strategies, mut unexplained) = (0, Vec::new());
    for name in names {
        let program = program(&name);
        let period = program.kernel.manifest().frames[0].period_ms;
        let clock = Timeframe::from_ms(period).unwrap();
        let data: Vec<Bars> = sample.iter().map(|b| resample(b, clock).unwrap()).collect();
        let began = std::time::Instant::now();
        let Some((played, mandate)) = played(&program, &data, clock, to) else {
            continue;
        };
        check_decisions(&program, &data, &mandate, &played.decided);
        let test = tested(&program, &data, &mandate, to);
        let comparison = Comparison {
            program: &program,
            mandate: &mandate,
            data: &data,
            live: &played.trades,
            test: &test,
            alerts: &played.alerts,
        };
        let (counts, odd, most) = comparison.compared();
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
    let all: usize = totals.values().sum();
    println!("{strategies} strategies traded, {all} trades: {totals:?}");
    assert!(unexplained.is_empty(), "{} unexplained", unexplained.len());
    assert!(strategies > 0);
}
