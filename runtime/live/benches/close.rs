//! From a closed bar to the orders that follow from it: one strategy on 30 markets, a third of them with a lot whose stop
//! trails, a third with an entry at rest, the others about to enter, after 300 bars of such a life. What is measured is
//! [`Desk::closed`], then what its commands are as bytes; signing and sending are not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::wildcard_imports,
    missing_docs
)]

#[path = "../tests/exchange/mod.rs"]
mod exchange;
#[path = "../../engine/tests/support/mod.rs"]
mod support;

use exchange::*;
use rust_decimal::Decimal;
use sixbtc_abi::*;
use sixbtc_engine::{FillAt, SymbolSetup};
use sixbtc_live::desk::*;
use sixbtc_live::journal;
use sixbtc_live::money::{Rules, decimal};
use sixbtc_market::Timeframe;
use std::sync::LazyLock;
use std::time::Instant;
use support::*;

const MARKETS: usize = 30;
const BARS: usize = 300;
const MINUTE: i64 = 60_000;

fn plan() -> OrderPlan {
    let mut plan = with(&Bracket {
        stops: vec![Level::Percent(Value::Const(0.02))],
        targets: vec![target(Level::Percent(Value::Const(0.05)), None)],
        trail: Some(TrailLeg {
            distance: Distance::Percent(Value::Const(0.02)),
            after: None,
        }),
        ..Bracket::default()
    });
    let mut rests = plan.entries[0].clone();
    rests.when = BIT(3);
    rests.order = EntryOrder::Limit {
        price: Value::Const(90.0),
        bars: Value::Const(40.0),
    };
    plan.entries.push(rests);
    plan
}

struct Life {
    setup: Setup<'static>,
    snapshot: Snapshot,
    bar: usize,
    prices: Vec<f64>,
    now: i64,
}

/// The flags of a market in a bar: a third each hold, rest and turn.
fn flags(s: usize, bar: usize) -> u64 {
    match s % 3 {
        0 if bar.is_multiple_of(7) => ENTER,
        1 if bar.is_multiple_of(9) => 8,
        2 if bar.is_multiple_of(4) => EXIT,
        2 => ENTER,
        _ => 0,
    }
}

fn close(desk: &mut Desk<'_>, bar: usize, prices: &[f64], now: i64) -> Vec<Command> {
    let time = [bar as i64 * MINUTE];
    let flags: Vec<[u64; 1]> = (0..MARKETS).map(|s| [flags(s, bar)]).collect();
    let blocks: Vec<_> = (0..MARKETS)
        .map(|s| {
            let price = &prices[s..=s];
            sixbtc_engine::Block {
                symbol: s,
                time: &time,
                open: price,
                high: price,
                low: price,
                close: price,
                flags: &flags[s],
                values: &[],
            }
        })
        .collect();
    let mut states = vec![
        State {
            words: vec![0; 400]
        };
        MARKETS
    ];
    desk.closed(&mut states, &blocks, now).unwrap()
}

/// Does what a desk says until it says nothing more.
fn serve(
    desk: &mut Desk<'_>,
    exchange: &mut Exchange,
    mut commands: Vec<Command>,
    now: i64,
) -> Snapshot {
    let mut saved = None;
    exchange.now = now;
    for round in 0.. {
        assert!(round < 2_000, "it never rests");
        let mut events = Vec::new();
        for command in std::mem::take(&mut commands) {
            match command {
                Command::Send(batch) => events.push(Event::Answer {
                    nonce: batch.nonce,
                    answer: exchange.take(&batch),
                }),
                Command::Query(cloid) => events.push(Event::Status {
                    cloid,
                    asked: now,
                    found: exchange.status(cloid),
                }),
                Command::Reconcile { since } => {
                    events.push(Event::Reconciled(exchange.reconciled(now, since)));
                }
                Command::Save(snapshot) => saved = Some(*snapshot),
                _ => {}
            }
        }
        for news in std::mem::take(&mut exchange.news) {
            events.push(match news {
                News::Update(cloid, seen) => Event::Update { cloid, seen },
                News::Fill(fill) => Event::Fill(fill),
            });
        }
        if events.is_empty() {
            break;
        }
        for event in events {
            commands.extend(desk.handle(event, now).unwrap());
        }
    }
    saved.unwrap_or_else(|| desk.snapshot(&[]))
}

static LIFE: LazyLock<Life> = LazyLock::new(live);

fn live() -> Life {
    let one = |i: usize| {
        case(plan(), &[at(100.0)])
            .spec(|s| s.symbol = format!("M{i}"))
            .settings(|s| {
                s.fill = FillAt::NextOpen;
                s.round_prices = true;
                s.max_positions = 30;
                s.capital = 100_000.0;
            })
    };
    let cases: &'static [Case] = Box::leak((0..MARKETS).map(one).collect());
    let symbols: Vec<SymbolSetup<'static>> = cases
        .iter()
        .map(|c| SymbolSetup {
            spec: &c.spec,
            warmup: 0,
            funding: None,
            finer: None,
        })
        .collect();
    let mut settings = DeskSettings::default();
    settings.caps.orders_a_minute = 10_000;
    settings.caps.notional_a_day = Decimal::new(1_000_000_000, 0);
    let setup = Setup {
        strategy: "bench",
        kernel: &cases[0].kernel,
        constants: Box::leak(Box::default()),
        run: &cases[0].settings,
        timeframe: Timeframe::M1,
        symbols: Box::leak(symbols.into()),
        rules: Box::leak(Box::new([Rules::hyperliquid(3, 20); MARKETS])),
        settings,
    };
    let mut desk = Desk::new(setup).unwrap();
    let mut exchange = Exchange::new(&[0.1; MARKETS], 0.0, 0.0004, 0.0001);
    let mut prices = vec![100.0f64; MARKETS];
    let mut now = 0;
    let mut saved = None;
    for bar in 0..BARS {
        now = (bar as i64 + 1) * MINUTE;
        let commands = close(&mut desk, bar, &prices, now);
        saved = Some(serve(&mut desk, &mut exchange, commands, now));
        for later in [1_000, 20_000, 40_000] {
            for (s, price) in prices.iter_mut().enumerate() {
                // up and down, each market in its own step
                let up = (bar / 11 + s) % 3 != 0;
                *price = ((*price * if up { 1.002 } else { 0.997 }) * 10.0).round() / 10.0;
                exchange.now = now + later;
                exchange.trade(s, *price);
            }
            let known = prices.iter().map(|p| decimal(*p)).collect();
            let commands = desk.handle(Event::Prices(known), now + later).unwrap();
            serve(&mut desk, &mut exchange, commands, now + later);
        }
    }
    assert!(desk.state().quarantine.is_empty() && !desk.state().stopped());
    let held: usize = (0..MARKETS).map(|s| desk.live().lots(s).count()).sum();
    assert!(held >= 10, "{held}");
    // as after the last close, with all that was heard since
    drop(saved);
    Life {
        setup,
        snapshot: desk.snapshot(&vec![
            State {
                words: vec![0; 400]
            };
            MARKETS
        ]),
        bar: BARS,
        prices,
        now: now + MINUTE,
    }
}

/// A desk as it is when a bar closes: compared with the exchange, prices known.
fn ready() -> Desk<'static> {
    let life = &*LIFE;
    let mut desk = Desk::restore(life.setup, Some(&life.snapshot), &[])
        .unwrap()
        .desk;
    let open = { desk.orders() }.filter(|o| o.alive() && o.oid.is_some());
    let open = open.map(|o| OpenOrder {
        oid: o.oid.unwrap(),
        cloid: Some(o.plan.cloid),
        symbol: o.plan.symbol,
    });
    let seen = Reconciled {
        asked: life.now - 1,
        open: open.collect(),
        positions: desk.state().positions.clone(),
        fills: Vec::new(),
    };
    desk.handle(Event::Reconciled(seen), life.now - 1).unwrap();
    let prices = life.prices.iter().map(|p| decimal(*p)).collect();
    desk.handle(Event::Prices(prices), life.now - 1).unwrap();
    desk
}

fn closed(mut desk: Desk<'static>) -> Vec<Command> {
    let prices: Vec<f64> = LIFE.prices.iter().map(|p| p * 1.01).collect();
    close(&mut desk, LIFE.bar, &prices, LIFE.now)
}

/// What goes to the disk.
fn bytes(commands: &[Command]) -> usize {
    let one = |c: &Command| match c {
        Command::Journal(entry) => journal::encode(entry).unwrap().len(),
        Command::Save(snapshot) => rmp_serde::to_vec(snapshot).unwrap().len(),
        _ => 0,
    };
    commands.iter().map(one).sum()
}

#[divan::bench(sample_count = 200, sample_size = 1)]
fn a_bar_closes(bencher: divan::Bencher<'_, '_>) {
    bencher.with_inputs(ready).bench_values(closed);
}

#[divan::bench(sample_count = 200, sample_size = 1)]
fn its_commands_as_bytes(bencher: divan::Bencher<'_, '_>) {
    bencher
        .with_inputs(|| closed(ready()))
        .bench_refs(|commands| bytes(commands));
}

#[divan::bench(sample_count = 200, sample_size = 1)]
fn prices_change(bencher: divan::Bencher<'_, '_>) {
    bencher.with_inputs(ready).bench_values(|mut desk| {
        let prices = LIFE.prices.iter().map(|p| decimal(*p)).collect();
        desk.handle(Event::Prices(prices), LIFE.now).unwrap()
    });
}

fn main() {
    let state = &LIFE.snapshot.state;
    let commands = closed(ready());
    let stops = { commands.iter() }
        .filter(|c| matches!(c, Command::Send(_)))
        .count();
    println!(
        "{} orders at work, {} remembered, {} fills; a close makes {} commands, {stops} requests, {} bytes for the disk",
        state.orders.len(),
        state.past.len(),
        state.tids.len(),
        commands.len(),
        bytes(&commands),
    );
    let mut took: Vec<f64> = (0..1_000)
        .map(|_| {
            let desk = ready();
            let start = Instant::now();
            divan::black_box(closed(desk));
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    took.sort_by(f64::total_cmp);
    println!(
        "from closed bars of {MARKETS} markets to orders: median {:.0} µs, p99 {:.0} µs",
        took[500], took[990]
    );
    divan::main();
}
