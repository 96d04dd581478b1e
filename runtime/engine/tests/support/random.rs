//! Random plans, flags and prices.

use super::*;
use sixbtc_abi::*;
use sixbtc_engine::{FillAt, RunSettings};
use sixbtc_market::{Funding, OrderPrices, SymbolSpec};

/// A small generator, so that a case is one number and shrinks with the number of bars.
#[derive(Clone)]
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, n: u64) -> u64 {
        self.roll() % n
    }
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
    pub fn unit(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1u64 << 53) as f64
    }
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

pub fn number(d: &mut Dice, choices: &[f64]) -> Value {
    Value::Const(d.pick(choices))
}

/// Value columns: 0 a price near the close, 1 an average range, 2 a price now and then not a number.
pub const COLUMNS: usize = 3;

pub fn distance(d: &mut Dice) -> Distance {
    match d.below(4) {
        0 => Distance::Percent(number(d, &[0.002, 0.01, 0.03])),
        1 => Distance::Price(number(d, &[0.3, 1.0, 3.0])),
        2 => Distance::Price(Value::Out(Phase::Signal, 1)),
        _ => Distance::Risk(number(d, &[0.5, 1.0, 2.0])),
    }
}

pub fn plan(d: &mut Dice) -> OrderPlan {
    let n = 1 + d.below(4);
    let entries = (0..n)
        .map(|i| {
            let side = d.pick(&[Side::Long, Side::Short]);
            let bars = number(d, &[1.0, 3.0, 8.0]);
            let order = match d.below(5) {
                0 => EntryOrder::Limit {
                    price: Value::Out(Phase::Signal, d.pick(&[0, 0, 2])),
                    bars,
                },
                1 => EntryOrder::Stop {
                    price: Value::Out(Phase::Signal, d.pick(&[0, 0, 2])),
                    bars,
                },
                _ => EntryOrder::Market,
            };
            let mut bracket = Bracket::default();
            if d.chance(70) {
                bracket
                    .stops
                    .push(Level::Percent(number(d, &[0.004, 0.015, 0.04])));
            }
            if d.chance(15) {
                bracket
                    .stops
                    .push(Level::Price(Value::Out(Phase::Signal, 0)));
            }
            if d.chance(60) {
                let closing = d.chance(50).then(|| number(d, &[0.25, 0.5]));
                bracket.targets.push(TargetLeg {
                    level: Level::Percent(number(d, &[0.01, 0.03])),
                    closing,
                });
                if d.chance(50) {
                    bracket.targets.push(TargetLeg {
                        level: Level::Risk(number(d, &[1.0, 3.0])),
                        closing: None,
                    });
                }
            }
            if d.chance(35) {
                let after = d.chance(50).then(|| distance(d));
                bracket.trail = Some(TrailLeg {
                    distance: distance(d),
                    after,
                });
            }
            if d.chance(25) {
                bracket.breakeven = Some(distance(d));
            }
            if d.chance(25) {
                bracket
                    .exits
                    .push(ExitTrigger::After(number(d, &[1.0, 4.0, 20.0])));
            }
            if d.chance(10) {
                bracket
                    .exits
                    .push(ExitTrigger::At(Value::Out(Phase::Signal, d.pick(&[0, 2]))));
            }
            let size = d.chance(20).then(|| Sizing::Risk(number(d, &[0.01, 0.05])));
            // Now and then two entries share a flag.
            let bit = if d.chance(15) { 0 } else { i as u8 };
            EntryPlan {
                side,
                tag: format!("e{i}"),
                when: BIT(bit),
                order,
                size,
                bracket,
            }
        })
        .collect::<Vec<_>>();
    let mut exits = vec![];
    if d.chance(60) {
        let scope = d.pick(&[
            ExitScope::All,
            ExitScope::Side(Side::Long),
            ExitScope::Side(Side::Short),
            ExitScope::Entry(0),
        ]);
        let reason = d.pick(&[ExitReason::Signal, ExitReason::Session]);
        exits.push(ExitPlan {
            scope,
            trigger: ExitTrigger::When {
                cond: BIT(5),
                reason,
            },
        });
    }
    if d.chance(20) {
        exits.push(ExitPlan {
            scope: ExitScope::All,
            trigger: ExitTrigger::After(number(d, &[7.0, 30.0])),
        });
    }
    let size = Some(match d.below(5) {
        0 => Sizing::Equity(number(d, &[0.3, 1.0, 5.0])),
        1 => Sizing::Units(number(d, &[1.0, 20.0])),
        2 => Sizing::Notional(number(d, &[5.0, 1_000.0])),
        3 => Sizing::TargetVol {
            target: Value::Const(0.2),
            vol: Value::Out(Phase::Signal, 1),
        },
        _ => Sizing::Equity(Value::Const(0.9)),
    });
    let limits = Limits {
        leverage: d.chance(50).then(|| number(d, &[2.0, 10.0, 40.0])),
        pyramid: d.chance(30).then(|| number(d, &[2.0, 3.0])),
        pyramid_every: d.chance(50).then(|| distance(d)),
        cooldown: d.chance(25).then(|| number(d, &[1.0, 5.0])),
        trades: d.chance(20).then(|| (number(d, &[1.0, 3.0]), 24 * HOUR)),
    };
    OrderPlan {
        entries,
        exits,
        size,
        limits,
    }
}

pub fn bars(d: &mut Dice, n: usize) -> (Vec<Row>, Vec<Vec<f64>>) {
    let mut price: f64 = 100.0;
    let tick = |x: f64| (x * 10.0).round() / 10.0;
    let density = d.pick(&[3, 15, 40]);
    let mut rows = vec![];
    let mut columns = vec![vec![]; COLUMNS];
    for _ in 0..n {
        let wild = if d.chance(3) { 15.0 } else { 1.0 };
        let step = |d: &mut Dice| (d.unit() - 0.5) * 1.6 * wild;
        let open = tick((price + if d.chance(30) { step(d) } else { 0.0 }).max(5.0));
        let close = tick((open + step(d)).max(5.0));
        let high = tick(open.max(close) + d.unit() * 0.8 * wild);
        let low = tick((open.min(close) - d.unit() * 0.8 * wild).max(1.0));
        let mut flags = 0u64;
        for bit in 0..6 {
            flags |= u64::from(d.chance(density)) << bit;
        }
        rows.push((open, high, low, close, flags));
        columns[0].push(close + (d.unit() - 0.5) * 2.0);
        columns[1].push(0.2 + d.unit());
        columns[2].push(if d.chance(20) { f64::NAN } else { close - 0.7 });
        price = close;
    }
    (rows, columns)
}

pub fn random(seed: u64, n: usize) -> Case {
    let mut d = Dice(seed);
    let plan = plan(&mut d);
    let (rows, values) = bars(&mut d, n);
    let mut c = case(plan, &rows).columns(values);
    c.settings = RunSettings {
        max_positions: d.pick(&[1, 3]),
        touch_fills: d.chance(30),
        fill: d.pick(&[FillAt::NextOpen, FillAt::NextOpen, FillAt::Close]),
        round_prices: d.chance(70),
        round_to_lot: d.chance(70),
        ..RunSettings::default()
    };
    c.spec.max_leverage = d.pick(&[20.0, 50.0]);
    // apart from the other chances, so that a case is what it was
    c.spec.order_prices = of_orders(seed);
    c.warmup = d.pick(&[0, 0, 17]);
    if d.chance(40) {
        let time: Vec<i64> = (0..n as i64)
            .filter(|_| d.chance(60))
            .map(|i| i * HOUR)
            .collect();
        let rate = time.iter().map(|_| (d.unit() - 0.4) * 1e-3).collect();
        c.funding = Some(Funding { time, rate });
    }
    c
}

/// Prices that orders may have, in one case of four: at prices around 100 whole ones, or of a digit more.
fn of_orders(seed: u64) -> Option<OrderPrices> {
    let mut d = Dice(!seed);
    d.chance(25).then(|| OrderPrices {
        figures: d.pick(&[2, 3, 4, 5]),
        decimals: d.pick(&[1, 3]),
    })
}

pub fn portfolio(seed: u64, n: usize) -> Vec<Case> {
    let mut d = Dice(seed);
    let plan = plan(&mut d);
    (0..3u64)
        .map(|i| {
            // every other market is listed at once: its bars open together to the end
            let later = if seed.is_multiple_of(2) {
                0
            } else {
                i as usize * 7
            };
            let (rows, values) = bars(&mut d, n - later.min(n - 1));
            let mut c = case(plan.clone(), &rows).columns(values);
            c.settings = RunSettings {
                max_positions: 2,
                ..RunSettings::default()
            };
            c.spec = SymbolSpec {
                lot: 0.001,
                order_prices: of_orders(seed ^ i),
                ..SymbolSpec::new(format!("S{i}"), 0.1)
            };
            c
        })
        .collect()
}
