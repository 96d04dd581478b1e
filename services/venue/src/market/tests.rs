//! Markets made from bars: what is told of them, and what fills in them.

use super::*;
use crate::engine::{Exchange, Feed, Instrument, Millis, Request, Settings};
use crate::host::Source;
use proptest::prelude::*;
use rust_decimal::Decimal;
use sixbtc_engine::Grid;
use sixbtc_exchange::wire::exchange::{Done, OrderAnswer, Response};
use sixbtc_exchange::wire::{Action, Address, Grouping, OrderKind, OrderWire, Side, Tif, Tpsl};
use sixbtc_market::{Bar, Bars, Timeframe, resample};
use std::sync::Arc;

const T0: Millis = 1_700_006_400_000;
const H: Millis = 3_600_000;
const ALICE: Address = Address([0xa1; 20]);

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Hourly bars of X: open, high, low, close.
fn bars(rows: &[[f64; 4]]) -> Arc<Bars> {
    let mut bars = Bars::new("X", Timeframe::H1);
    for (i, [open, high, low, close]) in rows.iter().enumerate() {
        bars.push(Bar {
            time: T0 + i as Millis * H,
            open: *open,
            high: *high,
            low: *low,
            close: *close,
            volume: 1000.5 + i as f64,
        });
    }
    Arc::new(bars)
}

/// A coin with prices in cents and sizes in hundredths.
fn coin(rows: &[[f64; 4]]) -> CoinSeries {
    CoinSeries {
        instrument: Instrument::new("X", 2, 20),
        bars: bars(rows),
        tick: 0.01,
        funding: None,
    }
}

fn sample() -> Bars {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/data/sample/BTCUSD-30m.csv.gz"
    );
    let bars = sixbtc_market::open(path, &sixbtc_market::ImportOptions::default())
        .unwrap()
        .bars;
    bars.slice(20_000..21_500)
}

/// A market that is played at an exchange, with one customer.
struct Stage {
    ex: Exchange,
    player: Player,
    nonce: u64,
    now: Millis,
}

impl Stage {
    fn new(coins: Vec<CoinSeries>, settings: PlayerSettings) -> Self {
        let player = Player::new(coins, settings).unwrap();
        let rules = player.settings().rules(Settings::default());
        let mut ex = Exchange::new(rules, player.start() - 1);
        for (instrument, px) in player.listings() {
            ex.list(instrument, px).unwrap();
        }
        ex.deposit(player.start() - 1, ALICE, d("1000000")).unwrap();
        Self {
            ex,
            now: player.start() - 1,
            player,
            nonce: 0,
        }
    }

    fn exact(rows: &[[f64; 4]]) -> Self {
        Self::new(vec![coin(rows)], PlayerSettings::exact())
    }

    fn to(&mut self, now: Millis) {
        while let Some((time, feeds)) = self.player.next(now) {
            assert!(time >= self.now && time <= now);
            self.now = time;
            self.ex.feed(time, &feeds).unwrap();
            let crossed = |market: &crate::engine::Market| !market.book.is_uncrossed();
            let exact = self.player.settings().mode == Mode::Exact;
            assert!(exact || !self.ex.markets().iter().any(crossed));
            assert_eq!(self.ex.imbalance(), Decimal::ZERO);
        }
        self.now = now;
        self.ex.advance(now);
    }

    /// To a bar, just after its open is quoted.
    fn open(&mut self, bar: Millis) {
        self.to(T0 + bar * H);
    }

    fn orders(&mut self, orders: Vec<OrderWire>, grouping: Grouping) -> Vec<OrderAnswer> {
        self.nonce += 1;
        let action = Action::grouped(orders, grouping);
        let request = Request {
            signer: ALICE,
            vault: None,
            nonce: self.now as u64 + self.nonce,
            expires_after: None,
            action: &action,
        };
        match self.ex.apply(self.now, &request).response {
            Response::Ok(Done::Order(done)) => done.statuses,
            other => panic!("{other:?}"),
        }
    }

    fn order(&mut self, order: OrderWire) -> OrderAnswer {
        self.orders(vec![order], Grouping::Na).remove(0)
    }

    /// Price, size and whether it took, of all fills so far.
    fn fills(&self) -> Vec<(Decimal, Decimal, bool)> {
        let fills = self.ex.account(ALICE).unwrap().fills.iter();
        fills.map(|fill| (fill.px, fill.sz, fill.crossed)).collect()
    }

    fn fill(&self, n: usize) -> (Decimal, bool) {
        let (px, _, crossed) = self.fills()[n];
        (px, crossed)
    }
}

fn order(buys: bool, p: &str, s: &str, reduces: bool, kind: OrderKind) -> OrderWire {
    let order = OrderWire::new(0, Side::of(buys), d(p), d(s), kind);
    OrderWire {
        r: reduces,
        ..order
    }
}

fn now(buys: bool, s: &str) -> OrderWire {
    let p = if buys { "150" } else { "60" };
    order(buys, p, s, false, OrderKind::Limit { tif: Tif::Ioc })
}

fn rest(buys: bool, p: &str, reduces: bool) -> OrderWire {
    order(buys, p, "1", reduces, OrderKind::Limit { tif: Tif::Gtc })
}

fn stop(buys: bool, at: &str, reduces: bool) -> OrderWire {
    let kind = OrderKind::Trigger {
        is_market: true,
        trigger_px: d(at),
        tpsl: Tpsl::Sl,
    };
    order(buys, if buys { "150" } else { "60" }, "1", reduces, kind)
}

#[test]
fn an_order_at_market_fills_at_the_open_with_slippage_whatever_its_size() {
    let mut stage = Stage::exact(&[[100.0, 101.0, 99.0, 100.5], [100.37, 103.0, 100.0, 102.0]]);
    stage.open(1);
    stage.order(now(true, "1"));
    stage.order(now(true, "5000"));
    stage.order(now(false, "5001"));
    // 100.37 · 1.0005 = 100.420185, up to 100.43; 100.37 · 0.9995 = 100.319815, down to 100.31
    assert_eq!(stage.fill(0), (d("100.43"), true));
    assert_eq!(stage.fill(1), (d("100.43"), true));
    assert_eq!(stage.fill(2), (d("100.31"), true));
    let market = &stage.ex.markets()[0];
    assert_eq!(
        market.book.mid(),
        Some(d("100.37")),
        "the middle is the open"
    );
}

#[test]
fn stops_fill_at_their_level_or_at_the_open_beyond_it() {
    let rows = [
        [100.0, 101.0, 99.0, 100.0],
        [100.0, 102.0, 97.0, 101.0],
        [101.0, 101.0, 101.0, 101.0],
        [94.0, 96.0, 93.0, 95.0],
    ];
    let mut stage = Stage::exact(&rows);
    stage.open(1);
    stage.orders(
        vec![now(true, "1"), stop(false, "98", true)],
        Grouping::NormalTpsl,
    );
    stage.open(2);
    // 98 · 0.9995 = 97.951, down
    assert_eq!(stage.fill(1), (d("97.95"), true));
    stage.orders(
        vec![now(true, "1"), stop(false, "98", true)],
        Grouping::NormalTpsl,
    );
    stage.to(T0 + 4 * H);
    // 94 · 0.9995 = 93.953
    assert_eq!(stage.fill(3), (d("93.95"), true));
    assert_eq!(stage.fills().len(), 4);
}

#[test]
fn a_stop_below_the_low_does_not_fire() {
    let mut stage = Stage::exact(&[
        [100.0, 101.0, 99.0, 100.0],
        [100.0, 102.0, 97.123_456, 101.0],
    ]);
    stage.open(1);
    // the grid of marks has four decimals here: the low is 97.1235 on it
    stage.orders(
        vec![now(true, "1"), stop(false, "97.123", true)],
        Grouping::NormalTpsl,
    );
    stage.open(2);
    assert_eq!(stage.fills().len(), 1);
}

#[test]
fn the_stop_wins_when_both_are_touched_on_either_side() {
    for buys in [true, false] {
        let (away, toward) = if buys { ("98", "103") } else { ("103", "98") };
        let mut stage = Stage::exact(&[[100.0, 101.0, 99.0, 100.0], [100.0, 104.0, 97.0, 101.0]]);
        stage.open(1);
        stage.orders(
            vec![now(buys, "1"), stop(!buys, away, true)],
            Grouping::NormalTpsl,
        );
        stage.order(rest(!buys, toward, true));
        stage.open(2);
        let expected = if buys { "97.95" } else { "103.06" };
        assert_eq!(stage.fill(1), (d(expected), true), "{buys}");
        assert_eq!(stage.fills().len(), 2, "the target went with the position");
    }
}

#[test]
fn targets_fill_by_touch_as_makers_and_at_a_better_open() {
    let rows = [
        [100.0, 101.0, 99.0, 100.0],
        [100.0, 103.0, 99.5, 101.0],
        [105.0, 106.0, 104.0, 105.0],
    ];
    let mut stage = Stage::exact(&rows);
    stage.open(1);
    stage.order(now(true, "2"));
    stage.order(rest(false, "103", true));
    stage.order(rest(false, "104", true));
    stage.to(T0 + 3 * H);
    assert_eq!(stage.fill(1), (d("103"), false));
    assert_eq!(stage.fill(2), (d("105"), false), "at the open beyond it");
}

#[test]
fn entries_at_a_limit_need_a_tick_through_and_their_stops_see_the_whole_bar() {
    let rows = [
        [100.0, 101.0, 99.0, 100.0],
        [100.0, 101.0, 98.0, 100.0],
        [100.0, 101.0, 97.0, 100.0],
        [96.0, 97.0, 95.0, 96.0],
    ];
    let mut stage = Stage::exact(&rows);
    stage.open(1);
    stage.orders(
        vec![rest(true, "98", false), stop(false, "97.5", true)],
        Grouping::NormalTpsl,
    );
    stage.open(2);
    assert!(stage.fills().is_empty(), "touched is not traded through");
    stage.open(3);
    assert_eq!(stage.fill(0), (d("98"), false));
    // 97.5 · 0.9995 = 97.45125, down
    assert_eq!(stage.fill(1), (d("97.45"), true));
    stage.order(rest(true, "97", false));
    stage.to(T0 + 4 * H);
    // the order came after the open had been quoted, and the bar opened at 96
    let (px, _) = stage.fill(2);
    assert!(px <= d("97"), "{px}");
}

#[test]
fn a_gapped_entry_fills_at_the_open() {
    let rows = [
        [100.0, 101.0, 99.0, 100.0],
        [100.0, 101.0, 99.0, 100.0],
        [95.0, 97.0, 94.0, 96.0],
    ];
    let mut stage = Stage::exact(&rows);
    stage.open(1);
    stage.order(rest(true, "98", false));
    stage.to(T0 + 3 * H);
    assert_eq!(stage.fill(0), (d("95"), false));
}

#[test]
fn stop_entries_fill_at_their_level_and_a_stop_placed_after_them_sees_the_whole_bar() {
    let mut stage = Stage::exact(&[[100.0, 101.0, 99.0, 100.0], [100.0, 103.0, 97.0, 102.0]]);
    stage.open(1);
    stage.order(stop(true, "102", false));
    // the walk to the high comes at 3/16, the next one to the low at 4/16
    stage.to(T0 + H + H / 5);
    // 102 · 1.0005 = 102.051, up
    assert_eq!(stage.fill(0), (d("102.06"), true));
    stage.order(stop(false, "98", true));
    stage.open(2);
    assert_eq!(stage.fill(1), (d("97.95"), true));
}

#[test]
fn funding_is_nothing_without_a_series_and_the_series_with_one() {
    let rows = [[100.0, 100.0, 100.0, 100.0]; 4];
    let mut stage = Stage::exact(&rows);
    stage.open(1);
    stage.order(now(true, "1"));
    stage.open(3);
    let paid = |stage: &Stage| {
        stage
            .ex
            .account(ALICE)
            .unwrap()
            .funding
            .iter()
            .map(|row| row.usdc)
            .collect::<Vec<_>>()
    };
    assert!(
        paid(&stage).iter().all(Decimal::is_zero),
        "{:?}",
        paid(&stage)
    );
    let funding = sixbtc_market::Funding {
        time: vec![T0 + H, T0 + 2 * H, T0 + 3 * H],
        rate: vec![0.001, 0.002, -0.003],
    };
    let coin = CoinSeries {
        funding: Some(Arc::new(funding)),
        ..coin(&rows)
    };
    let mut stage = Stage::new(vec![coin], PlayerSettings::exact());
    stage.open(1);
    stage.order(now(true, "1"));
    stage.open(3);
    assert_eq!(paid(&stage), [d("-0.2"), d("0.3")]);
}

#[test]
fn closed_candles_have_the_sources_numbers_and_longer_ones_those_of_resample() {
    let bars = sample();
    let first = bars.time[0];
    for mode in [Mode::Realistic, Mode::Exact] {
        let settings = PlayerSettings {
            mode,
            start: Some(bars.time[1000]),
            ..PlayerSettings::default()
        };
        let player = Player::new(
            vec![CoinSeries::new("BTC", Arc::new(bars.clone()))],
            settings,
        )
        .unwrap();
        let end = bars.end().unwrap();
        for interval in ["30m", "1h", "2h", "4h", "1d"] {
            let want = resample(&bars, interval.parse().unwrap()).unwrap();
            let got = player.candles("BTC", interval, first, end, end).unwrap();
            // a candle may be running at the end of the data
            let closed: Vec<_> = got
                .iter()
                .filter(|candle| candle.close_time < end)
                .collect();
            assert_eq!(closed.len(), want.len(), "{interval}");
            for (row, candle) in closed.into_iter().enumerate() {
                let float = |x: Decimal| x.to_string().parse::<f64>().unwrap();
                let numbers =
                    [candle.o, candle.h, candle.l, candle.c, candle.v].map(|x| float(x).to_bits());
                let bar = want.get(row).unwrap();
                assert_eq!(candle.t, bar.time);
                assert_eq!(
                    numbers,
                    [bar.open, bar.high, bar.low, bar.close, bar.volume].map(f64::to_bits)
                );
            }
        }
        let months = player.candles("BTC", "1M", first, end, end).unwrap();
        assert!(
            months.len() >= 2
                && months
                    .windows(2)
                    .all(|pair| pair[0].close_time + 1 == pair[1].t)
        );
        assert_eq!(
            player.candles("BTC", "15m", first, end, end),
            Some(Vec::new()),
            "nothing finer is known"
        );
        assert_eq!(player.candles("ETH", "1h", first, end, end), None);
    }
}

#[test]
fn the_running_candle_grows_into_the_closed_one() {
    let bars = sample();
    let open = bars.time[1000];
    let series = CoinSeries::new("BTC", Arc::new(bars.clone()));
    let player = Player::new(vec![series], PlayerSettings::default()).unwrap();
    let at = |now: Millis| {
        player
            .candles("BTC", "30m", open, now, now)
            .unwrap()
            .pop()
            .unwrap()
    };
    let begins = at(open);
    assert_eq!(
        (begins.t, begins.o, begins.h, begins.l),
        (open, begins.c, begins.c, begins.c)
    );
    let mut before = begins;
    for minute in 1..30 {
        let candle = at(open + minute * 60_000);
        assert!(
            candle.t == open
                && candle.o == before.o
                && candle.h >= before.h
                && candle.l <= before.l
                && candle.v > before.v
        );
        before = candle;
    }
    let last = at(open + 1_800_000 - 1);
    let closed = player
        .candles("BTC", "30m", open, open, open + 1_800_000)
        .unwrap();
    assert_eq!(closed.len(), 1);
    assert_eq!(
        (last.o, last.h, last.l, last.c),
        (closed[0].o, closed[0].h, closed[0].l, closed[0].c)
    );
}

#[test]
fn a_day_of_sample_data_plays_in_both_modes_and_twice_the_same() {
    for mode in [Mode::Realistic, Mode::Exact] {
        let play = |until: i64| {
            let mut bars = sample();
            bars = bars.slice(0..48);
            let settings = PlayerSettings {
                mode,
                step: 60_000,
                ..PlayerSettings::default()
            };
            let coins = vec![
                CoinSeries::new("BTC", Arc::new(bars.clone())),
                CoinSeries::new("ETH", Arc::new(bars.clone())),
            ];
            let mut stage = Stage::new(coins, settings);
            let mut now = stage.now;
            while now < bars.end().unwrap() {
                now += until;
                stage.to(now);
            }
            let last = stage.ex.markets()[1].mark_px;
            assert_eq!(
                stage.ex.markets()[0].oracle_px,
                stage.player.first(47).unwrap().close.round_dp(1)
            );
            (
                last,
                stage.ex.markets()[0].book.clone(),
                stage.ex.markets()[0].last_px,
            )
        };
        assert_eq!(play(1_800_000), play(7_000), "however time is let pass");
    }
}

#[test]
fn realistic_books_have_levels_on_the_grid_and_large_orders_move_through_them() {
    let mut stage = Stage::new(
        vec![coin(&[[100.0, 104.0, 98.0, 102.0]; 3])],
        PlayerSettings::default(),
    );
    stage.to(T0 + H / 3);
    let market = &stage.ex.markets()[0];
    for side in [Side::Buy, Side::Sell] {
        let quotes = market.book.quotes(side);
        assert_eq!(quotes.len(), 20);
        for (px, sz) in quotes {
            assert!(
                market.instrument.price_ok(px) && market.instrument.size_ok(sz),
                "{px} {sz}"
            );
        }
    }
    let spread = market.book.best(Side::Sell).unwrap() - market.book.best(Side::Buy).unwrap();
    assert!(spread > Decimal::ZERO && spread < d("0.2"), "{spread}");
    let (bid, ask) = (
        market.book.best(Side::Buy).unwrap(),
        market.book.best(Side::Sell).unwrap(),
    );
    stage.order(now(true, "1"));
    stage.order(now(true, "3000"));
    let fills = stage.fills();
    assert_eq!(fills[0].0, ask);
    assert!(fills.len() > 3, "a large order takes several levels");
    let average: Decimal = fills[1..]
        .iter()
        .map(|(px, sz, _)| px * sz)
        .sum::<Decimal>()
        / d("3000");
    assert!(average > ask && bid < ask);
}

#[test]
fn data_that_end_freeze_or_begin_again() {
    let rows = [[100.0, 101.0, 99.0, 100.5], [100.5, 103.0, 100.0, 102.0]];
    let week = 7 * 24 * H;
    let wrapped = |at_end| PlayerSettings {
        at_end,
        ..PlayerSettings::exact()
    };
    let mut freeze = Player::new(vec![coin(&rows)], wrapped(AtEnd::Freeze)).unwrap();
    assert_eq!(freeze.end(), Some(T0 + 2 * H));
    freeze.skip(T0 + 2 * H);
    assert_eq!(freeze.next(Millis::MAX), None);
    let mut wrap = Player::new(vec![coin(&rows)], wrapped(AtEnd::Wrap)).unwrap();
    assert_eq!(wrap.end(), None);
    wrap.skip(T0 + 2 * H);
    assert_eq!(wrap.next(T0 + week - 1), None);
    let (time, feeds) = wrap.next(T0 + week).unwrap();
    assert_eq!(time, T0 + week);
    assert!(
        feeds
            .iter()
            .any(|feed| matches!(feed, Feed::Around { px, .. } if *px == d("100")))
    );
    let again = wrap
        .candles(
            "X",
            "1h",
            T0 + 50 * week,
            T0 + 50 * week + 5 * H,
            T0 + 60 * week,
        )
        .unwrap();
    assert_eq!(
        again.iter().map(|c| (c.t, c.c)).collect::<Vec<_>>(),
        [(T0 + 50 * week, d("100.5")), (T0 + 50 * week + H, d("102"))]
    );
}

#[test]
fn bars_that_come_later_are_played_and_others_refused() {
    let rows = [
        [100.0, 101.0, 99.0, 100.5],
        [100.5, 103.0, 100.0, 102.0],
        [102.0, 102.0, 101.0, 101.5],
    ];
    let mut player = Player::new(vec![coin(&rows[..1])], PlayerSettings::exact()).unwrap();
    player.skip(T0 + H);
    assert_eq!(player.next(Millis::MAX), None);
    player.extend("X", &bars(&rows)).unwrap();
    assert_eq!(player.next(Millis::MAX).unwrap().0, T0 + H);
    assert!(player.extend("Y", &bars(&rows)).is_err());
    let mut late = Bars::clone(&bars(&rows));
    late.push(Bar {
        time: T0 + 2 * H + 5,
        open: 1.0,
        high: 1.0,
        low: 1.0,
        close: 1.0,
        volume: 0.0,
    });
    assert!(player.extend("X", &late).is_err());
    let refused =
        |rows: &[[f64; 4]]| Player::new(vec![coin(rows)], PlayerSettings::default()).unwrap_err();
    assert!(matches!(refused(&[]), PlayerError::NoBars(_)));
    assert!(matches!(
        refused(&[[1.0, 0.5, 0.5, 1.0]]),
        PlayerError::Shape { .. }
    ));
    assert!(matches!(
        refused(&[[f64::NAN; 4]]),
        PlayerError::Number { .. }
    ));
    assert!(matches!(
        Player::new(vec![], PlayerSettings::default()),
        Err(PlayerError::NoCoins)
    ));
}

#[test]
fn skipping_leaves_what_comes_after() {
    let rows = [[100.0, 101.0, 99.0, 100.5]; 6];
    for mode in [Mode::Realistic, Mode::Exact] {
        let settings = PlayerSettings {
            mode,
            ..PlayerSettings::default()
        };
        for past in [
            T0 - 1,
            T0,
            T0 + H / 2,
            T0 + 3 * H - 1,
            T0 + 3 * H,
            T0 + 4 * H + 7,
        ] {
            let mut walked = Player::new(vec![coin(&rows)], settings.clone()).unwrap();
            while walked.next(past).is_some() {}
            let mut skipped = Player::new(vec![coin(&rows)], settings.clone()).unwrap();
            skipped.skip(past);
            assert_eq!(
                walked.next(Millis::MAX),
                skipped.next(Millis::MAX),
                "{mode:?} {past}"
            );
        }
    }
}

proptest! {
    /// The price a simulation gives, to the digit.
    #[test]
    fn assumed_fills_are_those_of_the_engine(price in 1u32..100_000_000, digits in 0u32..5, buys in any::<bool>(), slippage in 1u32..100) {
        let tick = Decimal::new(1, digits);
        let px = Decimal::new(price.into(), digits);
        let quotes = crate::engine::Assumed { slippage: Decimal::new(slippage.into(), 5), tick, size: Decimal::ONE };
        let float = |x: Decimal| x.to_string().parse::<f64>().unwrap();
        let sign = if buys { 1.0 } else { -1.0 };
        let due = float(px) * (1.0 + sign * float(quotes.slippage));
        let want = Grid::new(float(tick)).against(due, buys);
        let got = quotes.fill(px, Side::of(buys));
        prop_assert_eq!(float(got).to_bits(), want.to_bits(), "{} {}", got, want);
    }

    #[test]
    fn paths_stay_in_their_bars_and_touch_all_four_prices(open in 1u32..2000, a in 0u32..500, b in 0u32..500, close in 0.0f64..1.0, seed in any::<u64>(), step in 1i64..2_000_000) {
        let low = f64::from(open.saturating_sub(a).max(1));
        let high = f64::from(open + b);
        let close = (low + (high - low) * close).round();
        let bar = [f64::from(open), high, low, close];
        let settings = PlayerSettings { seed, step, noise: 1.0, ..PlayerSettings::default() };
        let player = Player::new(vec![coin(&[bar])], settings).unwrap();
        let path = player.path(0);
        let decimal = |x: f64| Decimal::try_from(x).unwrap();
        prop_assert_eq!(path[0], (0, decimal(bar[0])));
        prop_assert_eq!(path[path.len() - 1], (H - 1, decimal(close)));
        prop_assert!(path.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let prices: Vec<Decimal> = path.iter().map(|(_, px)| *px).collect();
        prop_assert_eq!(prices.iter().min().copied(), Some(decimal(low)));
        prop_assert_eq!(prices.iter().max().copied(), Some(decimal(high)));
    }
}
