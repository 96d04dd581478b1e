//! An exchange in memory: takes requests, keeps orders, fills them, and remembers everything.
#![allow(dead_code)]

use rust_decimal::Decimal;
use sixbtc_engine::Grid;
use sixbtc_live::desk::*;
use sixbtc_live::ident::Cloid;
use sixbtc_live::money::{decimal, float};
use sixbtc_live::order::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, PartialEq)]
pub enum At {
    Waiting(Cloid),
    Open,
    Filled,
    Ended(&'static str),
    Refused(&'static str),
}

#[derive(Debug, Clone)]
pub struct Kept {
    pub plan: Plan,
    pub oid: u64,
    pub at: At,
    pub filled: Decimal,
    pub stamp: i64,
}

pub enum News {
    Update(Cloid, Seen),
    Fill(Fill),
}

/// What the exchange refuses, and by which words.
type Refuses = Box<dyn Fn(&Plan) -> Option<&'static str>>;

pub struct Exchange {
    pub now: i64,
    pub orders: BTreeMap<Cloid, Kept>,
    pub positions: Vec<Decimal>,
    pub prices: Vec<Option<f64>>,
    pub fills: Vec<Fill>,
    pub news: Vec<News>,
    nonces: BTreeSet<u64>,
    ids: u64,
    ticks: Vec<Grid>,
    slippage: f64,
    taker: Decimal,
    maker: Decimal,
    /// How much of an order at market there is to fill, a fraction.
    pub depth: Decimal,
    /// Whether a trigger that is reached already is refused.
    pub strict: bool,
    pub refuse: Option<Refuses>,
    /// Until when it takes nothing but what rests.
    pub post_only_until: i64,
    pub min_notional: Decimal,
}

impl Exchange {
    pub fn new(ticks: &[f64], slippage: f64, taker: f64, maker: f64) -> Self {
        Self {
            now: 0,
            orders: BTreeMap::new(),
            positions: vec![Decimal::ZERO; ticks.len()],
            prices: vec![None; ticks.len()],
            fills: Vec::new(),
            news: Vec::new(),
            nonces: BTreeSet::new(),
            ids: 1000,
            ticks: ticks.iter().map(|t| Grid::new(*t)).collect(),
            slippage,
            taker: decimal(taker).unwrap(),
            maker: decimal(maker).unwrap(),
            depth: Decimal::ONE,
            strict: false,
            refuse: None,
            post_only_until: i64::MIN,
            min_notional: Decimal::ZERO,
        }
    }

    fn id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    pub fn take(&mut self, batch: &Batch) -> Answer {
        if !self.nonces.insert(batch.nonce) {
            return Answer::Refused(format!("Invalid nonce: duplicate nonce {}", batch.nonce));
        }
        if self.now > batch.expires {
            return Answer::NotSent("expired".to_owned());
        }
        match &batch.work {
            Work::Leverage { .. } => Answer::Items(vec![item(None, Told::Open)]),
            Work::Cancel(cancels) => Answer::Items(
                cancels
                    .iter()
                    .map(|(_, cloid)| {
                        let there = self.orders.get(cloid).is_some_and(|o| alive(&o.at));
                        if there {
                            self.end(*cloid, "canceled");
                            let why = "canceled".to_owned();
                            item(None, Told::Ended { why, filled: None })
                        } else {
                            let text = "Order was never placed, already canceled, or filled.";
                            item(None, Told::Refused(text.to_owned()))
                        }
                    })
                    .collect(),
            ),
            Work::Orders { orders, .. }
                if self.now < self.post_only_until && !orders.iter().all(|o| o.post_only) =>
            {
                let text = "Only post-only orders allowed immediately after a network upgrade";
                Answer::Refused(text.to_owned())
            }
            Work::Orders { grouping, orders } => {
                for plan in orders {
                    let oid = self.id();
                    let kept = Kept {
                        plan: plan.clone(),
                        oid,
                        at: At::Open,
                        filled: Decimal::ZERO,
                        stamp: self.now,
                    };
                    let before = self.orders.insert(plan.cloid, kept);
                    assert!(before.is_none(), "an order was taken twice: {plan:?}");
                    assert!(plan.planned <= self.now);
                }
                let first = orders[0].cloid;
                for plan in &orders[1..] {
                    assert_eq!(*grouping, Grouping::Entry);
                    self.orders.get_mut(&plan.cloid).unwrap().at = At::Waiting(first);
                }
                for plan in orders {
                    self.open(plan.cloid);
                }
                let told = orders.iter().map(|p| {
                    let kept = &self.orders[&p.cloid];
                    let (oid, at) = (Some(kept.oid), kept);
                    match &at.at {
                        At::Refused(_) => item(None, Self::told(at)),
                        At::Ended(_) | At::Filled if !at.filled.is_zero() => {
                            item(oid, Told::Filled(Some(at.filled)))
                        }
                        At::Ended(_) => item(None, Told::Refused("not matched".to_owned())),
                        _ => item(oid, Self::told(at)),
                    }
                });
                Answer::Items(told.collect())
            }
        }
    }

    fn told(kept: &Kept) -> Told {
        match &kept.at {
            At::Waiting(_) => Told::Waiting,
            At::Open => Told::Open,
            At::Filled => Told::Filled(None),
            At::Ended(why) => Told::Ended {
                why: (*why).to_owned(),
                filled: Some(kept.filled),
            },
            At::Refused(why) => Told::Refused((*why).to_owned()),
        }
    }

    pub fn status(&self, cloid: Cloid) -> Option<Seen> {
        self.orders.get(&cloid).map(|kept| Seen {
            oid: kept.oid,
            told: Self::told(kept),
            stamp: kept.stamp,
        })
    }

    pub fn reconciled(&self, asked: i64, since: i64) -> Reconciled {
        let open = self.orders.values().filter(|o| alive(&o.at));
        Reconciled {
            asked,
            open: open
                .map(|o| OpenOrder {
                    oid: o.oid,
                    cloid: Some(o.plan.cloid),
                    symbol: o.plan.symbol,
                })
                .collect(),
            positions: self.positions.clone(),
            fills: self
                .fills
                .iter()
                .filter(|f| f.time >= since)
                .cloned()
                .collect(),
        }
    }

    fn set(&mut self, cloid: Cloid, at: At) {
        let now = self.now;
        let kept = self.orders.get_mut(&cloid).unwrap();
        kept.at = at;
        kept.stamp = now;
        let seen = self.status(cloid).unwrap();
        self.news.push(News::Update(cloid, seen));
    }

    fn end(&mut self, cloid: Cloid, why: &'static str) {
        self.set(cloid, At::Ended(why));
        self.orphans(cloid);
    }

    fn orphans(&mut self, cloid: Cloid) {
        let children: Vec<Cloid> = { self.orders.values() }
            .filter(|o| o.at == At::Waiting(cloid))
            .map(|o| o.plan.cloid)
            .collect();
        for child in children {
            self.set(child, At::Ended("canceled"));
        }
    }

    fn open(&mut self, cloid: Cloid) {
        let kept = self.orders[&cloid].clone();
        let (plan, s) = (&kept.plan, kept.plan.symbol);
        if matches!(kept.at, At::Waiting(_)) {
            return;
        }
        if !alive(&kept.at) {
            return;
        }
        if let Some(text) = self.refuse.as_ref().and_then(|refuse| refuse(plan)) {
            self.set(cloid, At::Refused(text));
            return self.orphans(cloid);
        }
        let position = self.positions[s];
        let closes = plan.reduces && plan.size >= position.abs();
        if plan.size * plan.kind.price() < self.min_notional && !closes {
            return self.set(cloid, At::Refused("Order must have minimum value of $10."));
        }
        let reduces = !position.is_zero() && (position.is_sign_positive() != plan.buys);
        if plan.reduces && !reduces {
            return self.set(
                cloid,
                At::Refused("Reduce only order would increase position."),
            );
        }
        match plan.kind {
            Kind::Now { limit } => {
                let Some(price) = self.prices[s] else {
                    return self.set(cloid, At::Refused("no market"));
                };
                let got = decimal(self.price(s, plan.buys, price, true)).unwrap();
                let beyond = if plan.buys { got > limit } else { got < limit };
                if beyond {
                    return self.set(cloid, At::Ended("iocCancelRejected"));
                }
                let lot = Decimal::new(1, 3);
                let size = (plan.size * self.depth / lot).ceil() * lot;
                self.fill(cloid, size.min(plan.size), got, true);
                if self.orders[&cloid].at == At::Open {
                    self.end(cloid, "canceled");
                }
            }
            Kind::Rest { .. } => self.set(cloid, At::Open),
            Kind::Stop { trigger, .. } => {
                let beyond = self.prices[s].and_then(decimal).is_some_and(|p| {
                    if plan.buys {
                        p >= trigger
                    } else {
                        p <= trigger
                    }
                });
                if beyond && self.strict && plan.reduces {
                    return self.set(cloid, At::Refused("Invalid TP/SL price."));
                }
                self.set(cloid, At::Open);
            }
        }
    }

    /// The price a simulation would give.
    pub fn price(&self, s: usize, buys: bool, due: f64, slips: bool) -> f64 {
        let sign = if buys { 1.0 } else { -1.0 };
        let slippage = if slips { self.slippage } else { 0.0 };
        self.ticks[s].against(due * (1.0 + sign * slippage), buys)
    }

    /// Fills so much of an order, if it may.
    pub fn fill(&mut self, cloid: Cloid, size: Decimal, price: Decimal, taker: bool) {
        let kept = self.orders[&cloid].clone();
        assert_eq!(kept.at, At::Open, "{kept:?}");
        let s = kept.plan.symbol;
        let wanted = size.min(kept.plan.size - kept.filled);
        let mut size = wanted;
        if kept.plan.reduces {
            let position = self.positions[s];
            let may = position.is_sign_positive() != kept.plan.buys;
            size = if may {
                size.min(position.abs())
            } else {
                Decimal::ZERO
            };
        }
        if size.is_zero() {
            return self.end(cloid, "reduceOnlyCanceled");
        }
        let tid = self.id();
        let rate = if taker { self.taker } else { self.maker };
        let fill = Fill {
            tid,
            oid: kept.oid,
            cloid: Some(cloid),
            symbol: s,
            buys: kept.plan.buys,
            size,
            price,
            fee: size * price * rate,
            time: self.now,
            liquidates: false,
        };
        self.positions[s] += if fill.buys { size } else { -size };
        self.fills.push(fill.clone());
        self.news.push(News::Fill(fill));
        let now = self.now;
        let kept = self.orders.get_mut(&cloid).unwrap();
        kept.filled += size;
        kept.stamp = now;
        // what was cut to the position is as filled as what was not
        if kept.filled == kept.plan.size || size < wanted {
            self.set(cloid, At::Filled);
            let children: Vec<Cloid> = { self.orders.values() }
                .filter(|o| o.at == At::Waiting(cloid))
                .map(|o| o.plan.cloid)
                .collect();
            for child in children {
                self.orders.get_mut(&child).unwrap().at = At::Open;
                self.open(child);
            }
        }
        self.flat(s);
    }

    /// A reduce-only order that closed all there was ends with it.
    fn flat(&mut self, s: usize) {
        if self.positions[s].is_zero() {
            let stale: Vec<Cloid> = { self.orders.values() }
                .filter(|o| o.plan.symbol == s && o.plan.reduces && o.at == At::Open)
                .map(|o| o.plan.cloid)
                .collect();
            for cloid in stale {
                self.end(cloid, "reduceOnlyCanceled");
            }
        }
    }

    /// A trade of the account that is none of the desk's.
    pub fn foreign(&mut self, s: usize, size: Decimal, price: Decimal, liquidates: bool) {
        let (tid, oid) = (self.id(), self.id());
        let fill = Fill {
            tid,
            oid,
            cloid: None,
            symbol: s,
            buys: size.is_sign_positive(),
            size: size.abs(),
            price,
            fee: Decimal::ZERO,
            time: self.now,
            liquidates,
        };
        self.positions[s] += size;
        self.fills.push(fill.clone());
        self.news.push(News::Fill(fill));
        self.flat(s);
    }

    /// Ends all that is open, as a dead man's switch does.
    pub fn cancel_all(&mut self, why: &'static str) {
        let open: Vec<Cloid> = self.open_orders().map(|o| o.plan.cloid).collect();
        for cloid in open {
            if alive(&self.orders[&cloid].at) {
                self.end(cloid, why);
            }
        }
    }

    /// The market trades at a price: triggers fire, resting orders fill.
    pub fn trade(&mut self, s: usize, price: f64) {
        self.prices[s] = Some(price);
        let at = decimal(price).unwrap();
        let mut hit: Vec<(Decimal, Cloid)> = { self.orders.values() }
            .filter(|o| o.plan.symbol == s && o.at == At::Open)
            .filter_map(|o| {
                let level = o.plan.kind.price();
                let up = match o.plan.kind {
                    Kind::Now { .. } => return None,
                    Kind::Rest { .. } => !o.plan.buys,
                    Kind::Stop { .. } => o.plan.buys,
                };
                let reached = if up { at >= level } else { at <= level };
                reached.then(|| ((at - level).abs(), o.plan.cloid))
            })
            .collect();
        // what was reached first lies farthest behind
        hit.sort();
        for (_, cloid) in hit.into_iter().rev() {
            let kept = self.orders[&cloid].clone();
            if kept.at != At::Open {
                continue;
            }
            let rest = matches!(kept.plan.kind, Kind::Rest { .. });
            let level = float(kept.plan.kind.price());
            let price = if rest {
                level
            } else {
                self.price(s, kept.plan.buys, price, true)
            };
            let lot = Decimal::new(1, 3);
            let left = kept.plan.size - kept.filled;
            let size = if rest {
                (left * self.depth / lot).ceil() * lot
            } else {
                left
            };
            self.fill(cloid, size, decimal(price).unwrap(), !rest);
        }
    }

    pub fn open_orders(&self) -> impl Iterator<Item = &Kept> {
        self.orders.values().filter(|o| alive(&o.at))
    }
}

pub fn alive(at: &At) -> bool {
    matches!(at, At::Open | At::Waiting(_))
}

fn item(oid: Option<u64>, told: Told) -> Item {
    Item { oid, told }
}
