//! One test for each thing that goes wrong, on a script.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

#[path = "../exchange/mod.rs"]
mod exchange;
mod fills;
mod odd;
mod outside;
mod refusals;
mod restarts;
mod room;
mod silence;
#[path = "../stage/mod.rs"]
mod stage;
mod stops;
#[path = "../../../engine/tests/support/mod.rs"]
mod support;
mod trails;
mod waiting;
#[path = "../world/mod.rs"]
mod world;

use exchange::{At, News};
use sixbtc_abi::*;
use sixbtc_live::desk::*;
use sixbtc_live::money::{Rules, Tick, float};
use sixbtc_live::order::*;
use stage::*;
use support::*;
use world::*;

const QUIET: u64 = 0;

fn units(n: f64) -> OrderPlan {
    OrderPlan {
        size: Some(Sizing::Units(Value::Const(n))),
        ..plan()
    }
}

/// Rests at 99 for eight bars.
fn resting() -> OrderPlan {
    let mut plan = plan();
    plan.entries[0].order = EntryOrder::Limit {
        price: Value::Const(99.0),
        bars: Value::Const(8.0),
    };
    plan
}

fn orders(batch: &Batch) -> &[Plan] {
    match &batch.work {
        Work::Orders { orders, .. } => orders,
        _ => &[],
    }
}

fn has(batch: &Batch, what: &str) -> bool {
    orders(batch).iter().any(|o| kind(o.role) == what)
}

/// Long above 101 within eight bars.
fn breakout() -> OrderPlan {
    let mut plan = plan();
    plan.entries[0].order = EntryOrder::Stop {
        price: Value::Const(101.0),
        bars: Value::Const(8.0),
    };
    plan
}

/// Requests with such an order meet a fate; all others are heard.
fn on(what: &'static str, fate: Fate) -> Rule {
    Box::new(move |batch, _| {
        if has(batch, what) {
            fate.clone()
        } else {
            Fate::Heard
        }
    })
}

/// A unit bought at 100 by nobody.
fn any_fill(tid: u64) -> Fill {
    Fill {
        tid,
        oid: 5_000,
        cloid: None,
        symbol: 0,
        buys: true,
        size: d("1"),
        price: d("100"),
        fee: d("0"),
        time: 0,
        liquidates: false,
    }
}

/// How often the desk compared itself with the exchange.
fn reconciled(st: &Stage) -> usize {
    let looks = |e: &&Event| matches!(e, Event::Reconciled(_));
    st.world.heard.iter().filter(looks).count()
}

/// How many requests were sent to take orders back.
fn cancels(st: &Stage) -> usize {
    let is = |b: &Batch| matches!(b.work, Work::Cancel(_));
    st.world.sends.iter().filter(|s| is(&s.1)).count()
}
