//! A strategy whose orders stand at the exchange, in a market played exactly, makes the simulation's trades.
//!
//! No executor and no network in between: what [`Live`] wants is placed, what fills is told. Strategies and bars are random.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::float_cmp,
    clippy::panic,
    clippy::print_stdout
)]

#[path = "../../../runtime/engine/tests/support/mod.rs"]
mod support;

use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};
use sixbtc_abi::*;
use sixbtc_engine::live::{Filled, Live, Means, Purpose, Wanted};
use sixbtc_engine::{Engine, FillAt, RunSettings, SymbolSetup, Trade};
use sixbtc_exchange::wire::action::Cancel;
use sixbtc_exchange::wire::exchange::{Done, OrderAnswer, Response};
use sixbtc_exchange::wire::{Action, Address, Grouping, OrderKind, OrderWire, Tif, Tpsl};
use sixbtc_market::{Bar, Bars, OrderPrices, Timeframe};
use sixbtc_venue::engine::{Exchange, Instrument, Request, Settings};
use sixbtc_venue::host::Source;
use sixbtc_venue::market::{CoinSeries, Player, PlayerSettings};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use support::random::*;
use support::*;

const ALICE: Address = Address([0xa1; 20]);
/// The market's clock when the strategy's says 0: whole weeks.
const BEGIN: i64 = 2800 * 7 * 24 * HOUR;
const TICK: f64 = 0.1;

fn decimal(x: f64) -> Decimal {
    format!("{x}").parse().unwrap()
}

fn float(x: Decimal) -> f64 {
    x.to_string().parse().unwrap()
}

/// Of fixed size, one position at a time: sizes do not hang on the last digit of an earlier fill. Entries at market, unless they
/// may rest.
fn plain(case: &mut Case, rests: bool) {
    let plan = &mut case.kernel.manifest.plan;
    for entry in &mut plan.entries {
        if !rests {
            entry.order = EntryOrder::Market;
        }
        entry.size = None;
    }
    plan.size = Some(Sizing::Units(Value::Const(1.0)));
    plan.limits.pyramid = None;
    plan.limits.leverage = Some(Value::Const(2.0));
    case.funding = None;
    case.settings = RunSettings {
        fill: FillAt::NextOpen,
        liquidation: false,
        funding: false,
        round_prices: true,
        round_to_lot: true,
        record_levels: false,
        max_positions: 1,
        touch_fills: case.settings.touch_fills,
        ..RunSettings::default()
    };
    case.spec.max_leverage = 20.0;
    // what the exchange takes of an instrument whose sizes have three decimals
    case.spec.order_prices = Some(OrderPrices {
        figures: 5,
        decimals: 3,
    });
}

fn simulated(case: &Case) -> Vec<Trade> {
    let constants = Constants {
        scalars: case.scalars.clone(),
        ..Constants::default()
    };
    let setup = setup(case);
    let mut engine = Engine::new(
        &case.kernel,
        &constants,
        &case.settings,
        Timeframe::H1,
        &[setup],
    )
    .unwrap();
    let all = columns(&case.rows);
    let block = all.block(0, 0..case.rows.len(), &case.values);
    engine.advance(&mut [State::default()], &[block]).unwrap();
    let mut trades = engine.finish().trades;
    trades.retain(|t| t.exit_reason != ExitReason::EndOfData);
    trades
}

fn setup(case: &Case) -> SymbolSetup<'_> {
    SymbolSetup {
        spec: &case.spec,
        warmup: case.warmup,
        funding: None,
        finer: None,
    }
}

fn instrument() -> Instrument {
    Instrument::new("X", 3, 20)
}

/// What stands at the exchange for a purpose.
#[derive(Debug, Clone, PartialEq)]
struct Placed {
    oid: u64,
    wanted: Wanted,
    level: Decimal,
    size: Decimal,
}

struct Trader<'a> {
    live: Live<'a>,
    ex: Exchange,
    player: Player,
    settings: RunSettings,
    placed: BTreeMap<Purpose, Placed>,
    /// Orders at market and others, by number.
    purposes: BTreeMap<u64, Wanted>,
    told: usize,
    nonce: u64,
    now: i64,
    /// Orders that the exchange refused, with its words.
    refused: Vec<String>,
    /// What rested at the beginning of each bar.
    rested: Vec<Vec<Wanted>>,
}

impl Trader<'_> {
    fn to(&mut self, until: i64) -> bool {
        let Some((time, feeds)) = self.player.next(BEGIN + until) else {
            self.now = BEGIN + until;
            return false;
        };
        self.now = time;
        self.ex.feed(time, &feeds).unwrap();
        true
    }

    fn ask(&mut self, action: &Action) -> Response {
        self.nonce = (self.nonce + 1).max(self.now as u64);
        let request = Request {
            signer: ALICE,
            vault: None,
            nonce: self.nonce,
            expires_after: None,
            action,
        };
        self.ex.apply(self.now, &request).response
    }

    /// On the exchange's grid: stops against the favour of the order, limits (asked with the other side) in it, so that no bar of
    /// a coarser grid touches the one and not the other.
    fn level(price: f64, buys: bool) -> Decimal {
        let way = if buys {
            RoundingStrategy::ToPositiveInfinity
        } else {
            RoundingStrategy::ToNegativeInfinity
        };
        let price = decimal(price);
        let decimals = if price >= Decimal::ONE_HUNDRED { 2 } else { 3 };
        price.round_dp_with_strategy(decimals, way).normalize()
    }

    /// Where an order rests, if it does.
    fn resting(w: &Wanted) -> Option<Decimal> {
        match w.means {
            Means::Market => None,
            Means::Limit(at) => Some(Self::level(at, !w.buys)),
            Means::Stop(at) => Some(Self::level(at, w.buys)),
        }
    }

    fn place(&mut self, w: &Wanted) -> Option<u64> {
        let size = decimal(w.size).normalize();
        let far = |px: f64| Self::level(if w.buys { px * 1.3 } else { px * 0.7 }, w.buys);
        let (p, t) = match w.means {
            Means::Market => {
                let mid = float(self.ex.markets()[0].oracle_px);
                (far(mid), OrderKind::Limit { tif: Tif::Ioc })
            }
            Means::Limit(at) => (Self::level(at, !w.buys), OrderKind::Limit { tif: Tif::Gtc }),
            Means::Stop(at) => {
                let trigger = OrderKind::Trigger {
                    is_market: true,
                    trigger_px: Self::level(at, w.buys),
                    tpsl: Tpsl::Sl,
                };
                (far(at), trigger)
            }
        };
        let order = OrderWire {
            a: 0,
            b: w.buys,
            p,
            s: size,
            r: w.reduces,
            t,
            c: None,
        };
        let answer = self.ask(&Action::grouped(vec![order], Grouping::Na));
        let Response::Ok(Done::Order(mut done)) = answer else {
            panic!("{answer:?}");
        };
        match done.statuses.remove(0) {
            OrderAnswer::Resting { oid, .. } | OrderAnswer::Filled { oid, .. } => {
                self.purposes.insert(oid, *w);
                Some(oid)
            }
            // a stop that the market is beyond already: what it protects is left, and what it opens is opened
            OrderAnswer::Error(text) if text.starts_with("Invalid TP/SL price.") => {
                let means = Means::Market;
                self.place(&Wanted { means, ..*w })
            }
            OrderAnswer::Error(text) => {
                self.refused
                    .push(format!("{text} {:?} {:?}", w.purpose, w.means));
                None
            }
            other => panic!("{other:?}"),
        }
    }

    /// Tells the strategy what filled.
    fn hear(&mut self, row: usize) {
        let fills: Vec<_> = self
            .ex
            .account(ALICE)
            .unwrap()
            .fills
            .iter()
            .cloned()
            .collect();
        for fill in &fills[self.told..] {
            let w = self.purposes[&fill.oid];
            let filled = Filled {
                size: float(fill.sz),
                price: float(fill.px),
                due: float(fill.px),
                fee: if fill.crossed {
                    self.settings.taker_fee
                } else {
                    self.settings.maker_fee
                },
                time: row as i64 * HOUR,
                inside: fill.time > BEGIN + row as i64 * HOUR + HOUR / 8 - 1,
            };
            match w.purpose {
                Purpose::Enter { .. } => {
                    self.live.entered(0, w.purpose, filled).unwrap();
                }
                Purpose::Protect { lot } | Purpose::Take { lot, .. } | Purpose::Leave { lot } => {
                    self.live.left(0, lot, filled, w.reason.unwrap()).unwrap();
                }
            }
            self.placed.retain(|_, placed| placed.oid != fill.oid);
        }
        self.told = fills.len();
    }

    /// Lets what should stand at the exchange stand there.
    fn sync(&mut self, row: usize, price: f64) {
        loop {
            let wanted = self.live.wanted(&[Some(price)]).unwrap();
            let now = wanted.iter().find(|w| w.means == Means::Market);
            let Some(w) = now.copied() else { break };
            // what protects a lot that is left now would be in the way of its own exit
            self.cancel_all_but(&wanted, true);
            if self.place(&w).is_none() {
                return;
            }
            self.hear(row);
        }
        let wanted = self.live.wanted(&[Some(price)]).unwrap();
        self.cancel_all_but(&wanted, false);
        let before = self.told;
        for w in wanted {
            let Some(level) = Self::resting(&w) else {
                continue;
            };
            if self.placed.contains_key(&w.purpose) {
                continue;
            }
            if let Some(oid) = self.place(&w)
                && self.ex.order(oid).is_some()
            {
                let placed = Placed {
                    oid,
                    wanted: w,
                    level,
                    size: decimal(w.size).normalize(),
                };
                self.placed.insert(w.purpose, placed);
            }
        }
        self.hear(row);
        if self.told > before {
            self.sync(row, price);
        }
    }

    fn cancel_all_but(&mut self, wanted: &[Wanted], leaving: bool) {
        let stays = |placed: &Placed| {
            wanted.iter().any(|w| {
                w.purpose == placed.wanted.purpose
                    && Self::resting(w) == Some(placed.level)
                    && decimal(w.size).normalize() == placed.size
                    && !(leaving && w.reduces)
            })
        };
        let gone: Vec<Placed> = self
            .placed
            .values()
            .filter(|p| !stays(p))
            .cloned()
            .collect();
        for placed in gone {
            self.placed.remove(&placed.wanted.purpose);
            let cancel = Cancel {
                a: 0,
                o: placed.oid,
            };
            self.ask(&Action::cancel(vec![cancel]));
        }
    }
}

struct Played {
    trades: Vec<Trade>,
    refused: Vec<String>,
    rested: Vec<Vec<Wanted>>,
}

/// The same at the exchange, with what it refused.
fn traded(case: &Case) -> Played {
    let constants = Constants {
        scalars: case.scalars.clone(),
        ..Constants::default()
    };
    let setups = [setup(case)];
    let live = Live::new(
        &case.kernel,
        &constants,
        &case.settings,
        Timeframe::H1,
        &setups,
    )
    .unwrap();
    let mut bars = Bars::new("X", Timeframe::H1);
    for (row, (open, high, low, close, _)) in case.rows.iter().enumerate() {
        bars.push(Bar {
            time: row as i64 * HOUR,
            open: *open,
            high: *high,
            low: *low,
            close: *close,
            volume: 1.0,
        });
    }
    let series = CoinSeries {
        instrument: instrument(),
        bars: Arc::new(bars),
        tick: TICK,
        funding: None,
    };
    let played = PlayerSettings {
        shift: BEGIN,
        slippage: decimal(case.settings.slippage),
        touch_fills: case.settings.touch_fills,
        ..PlayerSettings::exact()
    };
    let player = Player::new(vec![series], played).unwrap();
    let rules = player.settings().rules(Settings {
        budget_enforced: false,
        min_notional: Decimal::ONE,
        ..Settings::default()
    });
    let mut ex = Exchange::new(rules, BEGIN - 1);
    for (instrument, px) in player.listings() {
        ex.list(instrument, px).unwrap();
    }
    ex.deposit(BEGIN - 1, ALICE, decimal(case.settings.capital))
        .unwrap();
    let mut trader = Trader {
        live,
        ex,
        player,
        settings: case.settings.clone(),
        placed: BTreeMap::new(),
        purposes: BTreeMap::new(),
        told: 0,
        nonce: 0,
        now: BEGIN - 1,
        refused: Vec::new(),
        rested: Vec::new(),
    };
    let all = columns(&case.rows);
    let mut states = [State::default()];
    for row in 0..case.rows.len() {
        let time = row as i64 * HOUR;
        while trader.to(time) {}
        trader.hear(row);
        trader.sync(row, case.rows[row].0);
        let rests = trader.placed.values().map(|p| p.wanted).collect();
        trader.rested.push(rests);
        while trader.to(time + HOUR - 1) {
            trader.hear(row);
            trader.sync(row, case.rows[row].0);
        }
        let values: Vec<Vec<f64>> = case.values.iter().map(|v| v[row..=row].to_vec()).collect();
        let block = all.block(0, row..row + 1, &values);
        trader.live.closed(&mut states, &[block]).unwrap();
        assert_eq!(trader.ex.imbalance(), Decimal::ZERO);
    }
    Played {
        trades: trader.live.take_trades(),
        refused: trader.refused,
        rested: trader.rested,
    }
}

/// Difference of a trade from its twin that no rule explains.
fn difference(a: &Trade, b: &Trade) -> Option<String> {
    let near = |a: f64, b: f64| (a - b).abs() <= TICK * 1.001;
    let same = a.side == b.side
        && a.entry == b.entry
        && (a.entry_time, a.exit_time) == (b.entry_time, b.exit_time)
        && a.exit_reason == b.exit_reason
        && (a.size - b.size).abs() < 1e-9
        && near(a.entry_price, b.entry_price)
        && near(a.exit_price, b.exit_price);
    (!same).then(|| format!("simulated {a:?}\n  traded {b:?}"))
}

/// Trades of a random strategy that are alike, or the first that is not.
fn compare(seed: u64, n: usize) -> Result<Vec<Trade>, String> {
    let mut case = random(seed, n);
    plain(&mut case, false);
    let simulated = simulated(&case);
    let Played {
        trades: traded,
        refused,
        ..
    } = traded(&case);
    for (a, b) in simulated.iter().zip(&traded) {
        if let Some(text) = difference(a, b) {
            return Err(format!("{text}\n  refused: {refused:?}"));
        }
    }
    if simulated.len() == traded.len() {
        return Ok(traded);
    }
    let (a, b) = (simulated.len(), traded.len());
    Err(format!("{a} simulated, {b} traded; refused: {refused:?}"))
}

/// Why a strategy whose entries rest trades otherwise at the exchange, from the first bar on which it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    /// It does not.
    Alike,
    /// An entry that rests against the position reverses it in a simulation; at the exchange it is not placed before the
    /// position is left.
    Against,
    /// Several entries are reached within one bar: a simulation takes them in the order of the plan and refuses what there is no
    /// room for, the exchange fills them in the order of the price's way, two of them before anybody can withdraw the other.
    Several,
    /// An entry and the way out of the position before it are reached within one bar: the order could not stand when the bar
    /// began.
    NotYet,
    /// Nothing of it.
    Unexplained,
}

/// What happened on a bar: entries and exits, by time.
fn deeds(trades: &[Trade]) -> BTreeMap<i64, Vec<String>> {
    let mut all: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    let tick = |x: f64| (x / TICK).round();
    for t in trades {
        let into = format!("into {:?} {} at {}", t.side, t.entry, tick(t.entry_price));
        let here = all.entry(t.entry_time).or_default();
        // a position that is left in parts was opened once
        if !here.contains(&into) {
            here.push(into);
        }
        let out = (t.exit_reason, tick(t.exit_price), (t.size * 1e3).round());
        let out = format!("out of {:?} {} by {out:?}", t.side, t.entry);
        all.entry(t.exit_time).or_default().push(out);
    }
    for here in all.values_mut() {
        here.sort();
    }
    all
}

fn why(seed: u64, n: usize) -> (Why, String) {
    let mut case = random(seed, n);
    plain(&mut case, true);
    let simulated = simulated(&case);
    let played = traded(&case);
    let (a, b) = (deeds(&simulated), deeds(&played.trades));
    let mut times: Vec<i64> = a.keys().chain(b.keys()).copied().collect();
    times.sort_unstable();
    let Some(time) = times.into_iter().find(|t| a.get(t) != b.get(t)) else {
        return (Why::Alike, String::new());
    };
    let row = (time / HOUR) as usize;
    let (open, high, low, ..) = case.rows[row];
    let reached = |w: &&Wanted| match w.means {
        Means::Limit(at) | Means::Stop(at) => {
            low <= at && at <= high
                || w.means == Means::Stop(at) && { if w.buys { open >= at } else { open <= at } }
                || w.means == Means::Limit(at) && { if w.buys { open <= at } else { open >= at } }
        }
        Means::Market => true,
    };
    let rested = &played.rested[row];
    let found: Vec<&Wanted> = rested.iter().filter(reached).collect();
    let plan = &case.kernel.manifest.plan.entries;
    let rests = |t: &Trade| plan[usize::from(t.entry)].order != EntryOrder::Market;
    let enters = |t: &&Trade| t.entry_time == time && rests(t);
    let reverses = simulated
        .iter()
        .any(|t| t.exit_time == time && t.exit_reason == ExitReason::Reverse);
    let into = simulated
        .iter()
        .filter(enters)
        .chain(played.trades.iter().filter(enters));
    let into: Vec<&Trade> = into.collect();
    let mut entries: BTreeSet<u16> = into.iter().map(|t| t.entry).collect();
    entries.extend(found.iter().filter_map(|w| match w.purpose {
        Purpose::Enter { entry, .. } => Some(entry),
        _ => None,
    }));
    let stood = |t: &Trade| {
        rested
            .iter()
            .any(|w| matches!(w.purpose, Purpose::Enter { entry, .. } if entry == t.entry))
    };
    let leaves = simulated
        .iter()
        .chain(&played.trades)
        .any(|t| t.exit_time == time);
    let at_market = { simulated.iter() }.any(|t| t.entry_time == time && !rests(t));
    let class = if reverses && !at_market {
        Why::Against
    } else if entries.len() > 1 {
        Why::Several
    } else if leaves && into.iter().any(|t| !stood(t)) {
        Why::NotYet
    } else {
        Why::Unexplained
    };
    let text = format!(
        "{seed}: bar {row} {:?}\n  simulated {:?}\n  traded {:?}\n  rested {rested:?}\n  refused {:?}",
        case.rows[row],
        a.get(&time),
        b.get(&time),
        played.refused
    );
    (class, text)
}

/// `PARITY=400 cargo test -p sixbtc-venue --test parity -- --nocapture rest` looks at as many strategies.
#[test]
fn entries_that_rest_differ_for_reasons_that_have_a_name() {
    let seeds = std::env::var("PARITY").map_or(60, |n| n.parse().unwrap());
    let mut counts = BTreeMap::new();
    let mut odd = Vec::new();
    for seed in 0..seeds {
        let (class, text) = why(seed, 150);
        *counts.entry(class).or_insert(0) += 1;
        if class == Why::Unexplained {
            odd.push(text);
        }
    }
    println!("{seeds} random strategies: {counts:?}");
    for text in odd.iter().take(12) {
        println!("{text}");
    }
    assert!(odd.is_empty(), "{} unexplained", odd.len());
    let alike = counts.get(&Why::Alike).copied().unwrap_or_default();
    assert!(alike * 5 > seeds * 3, "{alike} of {seeds} alike");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn entries_at_market_trade_as_simulated(seed: u64, n in 1usize..150) {
        let compared = compare(seed, n);
        prop_assert!(compared.is_ok(), "{}", compared.unwrap_err());
    }
}

/// The random strategies trade at all, and leave in every way.
#[test]
fn every_way_out_is_alike() {
    let mut reasons = BTreeMap::new();
    for seed in 0..100 {
        let trades = compare(seed, 150).unwrap_or_else(|text| panic!("{seed}: {text}"));
        for trade in trades {
            *reasons.entry(trade.exit_reason.name()).or_insert(0) += 1;
        }
    }
    println!("{reasons:?}");
    for reason in ["reverse", "signal", "stop", "target", "time", "trail"] {
        assert!(
            reasons.get(reason).is_some_and(|n| *n > 20),
            "{reason} of {reasons:?}"
        );
    }
}
