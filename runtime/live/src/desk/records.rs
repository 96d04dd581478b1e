//! What a desk remembers.

use super::Opening;
use crate::ident::{Cloid, Nonces};
use crate::order::{Fill, Life, Order, Plan, Told, Why};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sixbtc_abi::State;
use sixbtc_engine::live::{Filled, Saved};
use sixbtc_market::timeframe::DAY;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Fills are asked for again from so long before what is complete, ms: clocks differ.
pub(super) const OVERLAP: i64 = 120_000;

/// For longer than this no request is on its way, ms, whatever end a wrong clock gave it.
const UNDER_WAY: i64 = 60_000;

/// A record with its number and time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// 1, 2, 3 …
    pub seq: u64,
    /// When it was written, ms.
    pub at: i64,
    /// What.
    pub record: Record,
}

/// Where a closing deal came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// An order of ours.
    Order(Cloid),
    /// A fill that none of our orders had.
    Foreign(u64),
    /// What an earlier deal closed beyond the lots that were there.
    Surplus(u64),
}

/// What a deal closed beyond the lots that were there: of an entry whose fill has not been heard of yet, as a position at the
/// exchange is one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Surplus {
    /// Number of the record it came with.
    pub number: u64,
    /// Of which symbol.
    pub symbol: usize,
    /// Whether it bought.
    pub buys: bool,
    /// Units.
    #[serde(with = "crate::exact")]
    pub size: Decimal,
    /// Σ price × units.
    #[serde(with = "crate::exact")]
    pub paid: Decimal,
    /// Fee.
    #[serde(with = "crate::exact")]
    pub fee: Decimal,
    /// Price it was due at.
    pub due: f64,
    /// When it was traded, ms.
    pub time: i64,
    /// Whether the order had rested.
    pub rests: bool,
    /// Why.
    pub why: Why,
    /// When it was found, ms of the desk's clock.
    pub found: i64,
}

/// A fill as the engine takes it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Deal {
    /// Units.
    pub size: f64,
    /// Price.
    pub price: f64,
    /// Price it was due at.
    pub due: f64,
    /// Fee as a fraction of its notional.
    pub fee: f64,
    /// Open of the bar within which it happened, ms.
    pub bar: i64,
    /// When it happened, ms.
    pub time: i64,
    /// Whether it happened within the bar rather than at its open.
    pub inside: bool,
}

impl From<Deal> for Filled {
    fn from(deal: Deal) -> Self {
        Self {
            size: deal.size,
            price: deal.price,
            due: deal.due,
            fee: deal.fee,
            time: deal.bar,
            inside: deal.inside,
        }
    }
}

/// A fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Record {
    /// The desk begins: what filled before is not its business.
    Began,
    /// All fills before a time have been seen.
    Complete {
        /// The time, ms.
        until: i64,
    },
    /// Orders are about to be sent.
    Planned {
        /// Number of the request.
        nonce: u64,
        /// They.
        plans: Vec<Plan>,
    },
    /// Cancellations are about to be sent.
    Cancelled {
        /// Number of the request.
        nonce: u64,
        /// Of which orders.
        cloids: Vec<Cloid>,
        /// Whether they are to be placed anew.
        replaced: bool,
    },
    /// A leverage is about to be set.
    Leverage {
        /// Number of the request.
        nonce: u64,
    },
    /// A leverage is in force.
    Leveraged {
        /// Of which symbol.
        symbol: usize,
        /// Leverage.
        leverage: u32,
    },
    /// What was said of an order.
    Told {
        /// Which.
        cloid: Cloid,
        /// The exchange's number.
        oid: Option<u64>,
        /// What.
        told: Told,
        /// The exchange's time.
        stamp: i64,
        /// Whether it holds against what ended.
        proof: bool,
    },
    /// A fill.
    Fill(Fill),
    /// Orders that were cut to a position have all the fills that they got.
    Counted {
        /// Which.
        cloids: Vec<Cloid>,
    },
    /// An entry is over and has filled: the engine opens a lot.
    Entered {
        /// The order.
        cloid: Cloid,
        /// What it got.
        deal: Deal,
    },
    /// An entry came to nothing.
    Dropped {
        /// Of which symbol.
        symbol: usize,
        /// Index into the plan's entries.
        entry: u16,
        /// When it was decided.
        decided: i64,
        /// The order, if there was one.
        cloid: Option<Cloid>,
        /// Whether another order may be made for it.
        again: bool,
    },
    /// Lots were closed, or parts of them: all that an order or a foreign fill has done since it was last looked at.
    Left {
        /// By what.
        source: Source,
        /// Of which symbol.
        symbol: usize,
        /// Lots, and what each got.
        parts: Vec<(u32, Deal)>,
        /// Why.
        why: Why,
        /// What no lot was there for.
        rest: Option<Surplus>,
    },
    /// What an order or a foreign fill has done belongs to no lot.
    Booked(Source),
    /// A lot is gone without a deal of its own: too small to be traded, or the exchange and a person say that it is.
    WrittenOff {
        /// Of which symbol.
        symbol: usize,
        /// Which lot.
        lot: u32,
        /// At which price it counts.
        deal: Deal,
        /// Why.
        why: Why,
    },
    /// The units of a symbol are those that the exchange says.
    Rebased {
        /// Of which symbol.
        symbol: usize,
        /// Signed units.
        position: Decimal,
    },
    /// The clock went back: nothing can have happened after this, ms.
    Clock {
        /// What it shows now.
        to: i64,
    },
    /// Lots are to be left at market.
    Leave {
        /// Of which symbol.
        symbol: usize,
        /// Which; all of them when there is none.
        lot: Option<u32>,
        /// Why.
        why: Why,
    },
    /// Funding.
    Funding {
        /// Of which symbol.
        symbol: usize,
        /// Paid when above 0.
        amount: f64,
        /// Of when.
        time: i64,
    },
    /// Money that came or went.
    Moved {
        /// Quote currency.
        amount: f64,
    },
    /// The same, with what tells it from others.
    Transferred {
        /// The exchange's name of it.
        id: String,
        /// Quote currency.
        amount: f64,
        /// When, ms.
        time: i64,
    },
    /// Somebody stops entries.
    Stopped {
        /// Who.
        source: String,
        /// Why.
        why: String,
        /// Whether everything is left as well.
        force: bool,
    },
    /// A bound was reached: no entries until a person has looked.
    Killed {
        /// Which.
        why: String,
    },
    /// Somebody takes back what they stopped.
    Lifted {
        /// Who.
        source: String,
    },
    /// No entries.
    Halt {
        /// Why.
        why: String,
    },
    /// No entries, and everything is left.
    Force {
        /// Why.
        why: String,
    },
    /// Entries again.
    Resume,
    /// No entries of a symbol.
    Quarantine {
        /// Which.
        symbol: usize,
        /// Why.
        why: String,
    },
    /// Entries of a symbol again.
    Release {
        /// Which.
        symbol: usize,
    },
}

/// What a desk remembers beside the engine's part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeskState {
    /// Number of the last record.
    pub seq: u64,
    /// When it was written, ms.
    pub at: i64,
    /// Numbers of requests.
    pub nonces: Nonces,
    /// Orders that were ever planned: part of the next one's name.
    pub planned: u64,
    /// Orders about which something is still to be done or heard, by name.
    pub orders: BTreeMap<Cloid, Order>,
    /// Orders that are over and booked; forgotten after a while.
    pub past: BTreeMap<Cloid, Order>,
    /// Numbers of fills and when they were.
    pub tids: BTreeMap<u64, i64>,
    /// Fills before this are not looked at, but for those of known orders.
    pub floor: i64,
    /// Fills before this have all been seen, and their numbers are forgotten.
    pub forgotten: i64,
    /// All fills before this have been seen.
    pub complete: i64,
    /// Time of the latest fill.
    pub last_fill: i64,
    /// Signed units by fills, one a symbol.
    pub positions: Vec<Decimal>,
    /// Fills that belong to none of our orders and have not been dealt with.
    pub foreign: Vec<Fill>,
    /// What deals closed beyond the lots that were there.
    pub surplus: Vec<Surplus>,
    /// Leverage in force, one a symbol.
    pub leverage: Vec<Option<u32>>,
    /// Why there are no entries.
    pub halted: Option<String>,
    /// Why everything is left.
    pub forced: Option<String>,
    /// Why the desk itself makes no entries: a bound was reached.
    #[serde(default)]
    pub killed: Option<String>,
    /// Who stops entries and why, and whether everything is left as well.
    #[serde(default)]
    pub stops: BTreeMap<String, (String, bool)>,
    /// Transfers that have been booked, and when they were.
    #[serde(default)]
    pub transfers: BTreeMap<String, i64>,
    /// Symbols without entries, and why.
    pub quarantine: BTreeMap<usize, String>,
    /// Times of the fundings that have been booked, a set a symbol.
    pub funded: Vec<BTreeSet<i64>>,
    /// When orders were planned, within the last minute; but for stops of their own.
    pub recent: VecDeque<i64>,
    /// When stops were planned that went out by themselves, within the last minute.
    #[serde(default)]
    pub recent_stops: VecDeque<i64>,
    /// A UTC day and the notional of its entries.
    pub day: (i64, Decimal),
    /// How the open lots were opened, by their numbers.
    #[serde(default)]
    pub openings: BTreeMap<u32, Opening>,
}

impl DeskState {
    pub(super) fn new(symbols: usize) -> Self {
        Self {
            seq: 0,
            at: i64::MIN,
            nonces: Nonces::default(),
            planned: 0,
            orders: BTreeMap::new(),
            past: BTreeMap::new(),
            tids: BTreeMap::new(),
            floor: i64::MIN,
            forgotten: i64::MIN,
            complete: i64::MIN,
            last_fill: 0,
            positions: vec![Decimal::ZERO; symbols],
            foreign: Vec::new(),
            surplus: Vec::new(),
            leverage: vec![None; symbols],
            halted: None,
            forced: None,
            killed: None,
            stops: BTreeMap::new(),
            transfers: BTreeMap::new(),
            quarantine: BTreeMap::new(),
            funded: vec![BTreeSet::new(); symbols],
            recent: VecDeque::new(),
            recent_stops: VecDeque::new(),
            day: (0, Decimal::ZERO),
            openings: BTreeMap::new(),
        }
    }

    pub(super) fn fits(&self, symbols: usize) -> bool {
        [self.positions.len(), self.leverage.len(), self.funded.len()] == [symbols; 3]
            && self.all().all(|o| o.plan.symbol < symbols)
            && self.foreign.iter().all(|f| f.symbol < symbols)
            && self.surplus.iter().all(|s| s.symbol < symbols)
    }

    /// Whether no entries are made.
    pub fn stopped(&self) -> bool {
        self.halted.is_some()
            || self.killed.is_some()
            || self.forced.is_some()
            || !self.stops.is_empty()
    }

    /// Whether everything is left.
    pub fn forcing(&self) -> bool {
        self.forced.is_some() || self.stops.values().any(|s| s.1)
    }

    /// Forgets what is long over. What filled is forgotten only when all fills up to then have been seen, whatever the clock
    /// says.
    pub(super) fn forget(&mut self, now: i64, remember: i64, remember_orders: i64) {
        let old = now.saturating_sub(remember_orders);
        self.past.retain(|_, o| o.changed >= old);
        let old = now.saturating_sub(remember);
        let old = old.min(self.complete.saturating_sub(2 * OVERLAP));
        self.tids.retain(|_, time| *time >= old);
        // its number is forgotten, so its time has to keep it out
        self.forgotten = self.forgotten.max(old);
        self.floor = self.floor.max(old);
        for times in &mut self.funded {
            *times = times.split_off(&self.floor);
        }
        let floor = self.floor;
        self.transfers.retain(|_, time| *time >= floor);
    }

    /// All orders that are remembered.
    pub fn all(&self) -> impl Iterator<Item = &Order> {
        self.orders.values().chain(self.past.values())
    }

    /// An order by its name.
    pub fn order(&self, cloid: &Cloid) -> Option<&Order> {
        self.orders.get(cloid).or_else(|| self.past.get(cloid))
    }

    /// An order by its name, among those about which something is to be done.
    pub(super) fn revive(&mut self, cloid: &Cloid) -> Option<&mut Order> {
        if let Some(order) = self.past.remove(cloid) {
            self.orders.insert(*cloid, order);
        }
        self.orders.get_mut(cloid)
    }

    /// Puts an order away when nothing is left to be done about it.
    pub(super) fn retire(&mut self, cloid: &Cloid) {
        if self.orders.get(cloid).is_some_and(Order::over)
            && let Some(order) = self.orders.remove(cloid)
        {
            self.past.insert(*cloid, order);
        }
    }

    /// An order by the exchange's number.
    pub(super) fn by_oid(&self, oid: u64) -> Option<Cloid> {
        let mut found = self.all().filter(|o| o.oid == Some(oid));
        found.next().map(|o| o.plan.cloid)
    }

    /// The clock went back to a time.
    pub(super) fn back(&mut self, to: i64) {
        for order in self.orders.values_mut().chain(self.past.values_mut()) {
            order.changed = order.changed.min(to);
            order.plan.planned = order.plan.planned.min(to);
            order.plan.expires = order.plan.expires.min(to + UNDER_WAY);
        }
        for time in self.recent.iter_mut().chain(&mut self.recent_stops) {
            *time = (*time).min(to);
        }
        self.floor = self.floor.min(to);
        self.complete = self.complete.min(to);
        self.day.0 = self.day.0.min(to.div_euclid(DAY));
    }

    /// Whether the fate of an order of a symbol is open, as far as records tell.
    pub(super) fn planned_on(&self, symbol: usize) -> impl Iterator<Item = &Order> {
        let planned = self.orders.values().filter(|o| o.life == Life::Planned);
        planned.filter(move |o| o.plan.symbol == symbol)
    }
}

/// All there is to remember, as of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The engine's part.
    pub live: Saved,
    /// The kernel's memory, one a symbol.
    #[serde(with = "crate::exact::words")]
    words: Vec<Vec<u64>>,
    /// The desk's part.
    pub state: DeskState,
}

impl Snapshot {
    pub(super) fn new(live: Saved, states: &[State], state: DeskState) -> Self {
        Self {
            live,
            words: states.iter().map(|s| s.words.clone()).collect(),
            state,
        }
    }

    /// The kernel's memory, one a symbol.
    pub fn states(&self) -> Vec<State> {
        let state = |words: &Vec<u64>| State {
            words: words.clone(),
        };
        self.words.iter().map(state).collect()
    }
}
