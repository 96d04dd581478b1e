//! One strategy on one account of the exchange: turns what should stand there into orders, so that nothing is lost, doubled,
//! forgotten or left without its stop.
//!
//! The rules, in short:
//!
//! * every fact is a [`Record`], written before anything is done about it; the state is what the records make of the last
//!   [`Snapshot`], so a desk that is started again knows what it knew;
//! * what may have been executed is never sent again: it is asked for by its name until the answer is certain;
//! * an order of unknown fate keeps its market from new entries;
//! * entry and stop go out in one request; a stop is replaced by placing the new one, confirming it, then cancelling the old;
//! * fills count once, by their numbers; the exchange's word on positions is compared with their sum, and a difference that
//!   stays puts the market into quarantine. Nothing is ever opened to mend a difference.
//!
//! [`Command`]s are to be executed in order, and each before the next is begun: a record that cannot be written ends the
//! desk, it is started again from what is on disk.

mod apply;
mod book;
mod events;
mod hear;
mod place;
mod protect;
mod records;
mod room;
mod settings;
mod words;

pub use events::{
    Alert, Answer, Batch, Closed, Command, Event, Grouping, Item, OpenOrder, Opening, Reconciled,
    Seen, Severity, Work,
};
pub use records::{Deal, DeskState, Entry, Record, Snapshot, Source, Surplus};
pub use settings::{Caps, DeskSettings, StopEntries};

use crate::ident::Cloid;
use crate::money::{Rules, float};
use crate::order::{Life, Order, Role};
use crate::said::{AGAIN, Said};
use rust_decimal::Decimal;
use sixbtc_abi::{Constants, Kernel, State};
use sixbtc_engine::live::{Live, Purpose, SavedError};
use sixbtc_engine::{Block, EngineError, RunSettings, SymbolSetup};
use sixbtc_market::Timeframe;
use std::collections::{BTreeMap, BTreeSet};

/// What a desk trades, and how.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    /// Name of the strategy on its account: part of the name of every order.
    pub strategy: &'a str,
    /// The compiled strategy.
    pub kernel: &'a dyn Kernel,
    /// Its parameters, bound.
    pub constants: &'a Constants,
    /// Money and costs as a test assumed them.
    pub run: &'a RunSettings,
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// Symbols.
    pub symbols: &'a [SymbolSetup<'a>],
    /// What the exchange accepts, one a symbol.
    pub rules: &'a [Rules],
    /// How to trade.
    pub settings: DeskSettings,
}

/// Why a desk does not start or go on.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum DeskError {
    /// The engine refuses.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The saved state is of something else.
    #[error(transparent)]
    Saved(#[from] SavedError),
    /// Records do not follow the snapshot.
    #[error("record {found} follows {after} in the journal: records are missing")]
    Gap {
        /// Its number.
        found: u64,
        /// The one before.
        after: u64,
    },
    /// What is given does not fit together.
    #[error("{0}")]
    Setup(&'static str),
}

/// What a restart found.
pub struct Restored<'a> {
    /// The desk, as it was.
    pub desk: Desk<'a>,
    /// The kernel's memory, one a symbol; empty when there was no snapshot.
    pub states: Vec<State>,
    /// What may have been left undone: trades to be noted again, under the same numbers.
    pub commands: Vec<Command>,
}

/// A strategy at an exchange.
pub struct Desk<'a> {
    setup: Setup<'a>,
    /// What the exchange accepts, as last told.
    rules: Vec<Rules>,
    /// Symbols of which it only accepts what makes positions smaller.
    closing: Vec<bool>,
    /// Sizes below which the exact one is to be looked at, one a symbol.
    least: Vec<f64>,
    live: Live<'a>,
    state: DeskState,
    /// Trades closed by records since this was last emptied.
    closed: Vec<Closed>,
    out: Vec<Command>,
    prices: Vec<Option<(Decimal, i64)>>,
    /// The latest time it was told.
    now: i64,
    /// Requests whose answer is awaited, by their nonces.
    flying: BTreeMap<u64, Flying>,
    cancelling: BTreeMap<Cloid, Asked>,
    asked: BTreeMap<Cloid, Asked>,
    reconciled: Option<i64>,
    asked_all: Option<i64>,
    tries: BTreeMap<(usize, Role), Tries>,
    /// When a leverage may be asked for again, by symbol.
    levering: BTreeMap<usize, Tries>,
    partial: BTreeMap<Cloid, i64>,
    /// Since when a lot has had no stop at work.
    bare: BTreeMap<(usize, u32), i64>,
    /// Orders that something has been said of that does not fit: to be asked for.
    check: BTreeSet<Cloid>,
    /// Orders that are believed alive and were not among the open ones.
    absent: BTreeSet<Cloid>,
    /// Since when the exchange has told another position of a symbol than the fills come to.
    doubt: BTreeMap<usize, i64>,
    /// Signed units as the exchange last said, one a symbol; `None` when something has changed since.
    venue: Vec<Option<Decimal>>,
    short: bool,
    gate: Option<String>,
    said: Said,
    /// Prices that entries wait for and that were not reached when last looked: the nearest above and below, one a symbol.
    watched: Vec<[Option<Decimal>; 2]>,
    /// When cancellations were last sent.
    cancelled: i64,
    /// Number of the last record and time when the exchange was last compared with what should stand there.
    placed: (u64, i64),
}

struct Flying {
    work: Work,
    expires: i64,
}

/// How something went wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Failure {
    /// It was not sent.
    NotSent,
    /// It was refused.
    Refused,
    /// It was refused, for nothing but what rests is taken.
    PostOnly,
    /// It was taken and ended without being asked to.
    Ended,
}

/// What was asked for, and how often.
#[derive(Clone, Copy, Default)]
struct Asked {
    times: u32,
    last: i64,
}

#[derive(Clone, Copy, Default)]
struct Tries {
    count: u32,
    /// Of those, what the exchange turned away.
    refused: u32,
    not_before: i64,
    last: i64,
    /// Nothing but what rests is taken.
    post_only: bool,
    /// The last try only rested.
    rested: bool,
}

/// Prices are looked at this often, ms.
const LOOK: i64 = 100;

impl<'a> Desk<'a> {
    /// A strategy before its first bar. It asks the exchange how things stand before it sends anything.
    pub fn new(setup: Setup<'a>) -> Result<Self, DeskError> {
        let symbols = setup.symbols.len();
        if setup.rules.len() != symbols {
            return Err(DeskError::Setup("one set of rules for each symbol"));
        }
        if setup.rules.iter().any(|r| r.lot <= Decimal::ZERO) {
            return Err(DeskError::Setup("a lot above 0"));
        }
        let live = Live::new(
            setup.kernel,
            setup.constants,
            setup.run,
            setup.timeframe,
            setup.symbols,
        )?;
        Ok(Self {
            setup,
            rules: setup.rules.to_vec(),
            closing: vec![false; symbols],
            least: { setup.rules.iter() }.map(|r| float(r.lot)).collect(),
            live,
            state: DeskState::new(symbols),
            closed: Vec::new(),
            out: Vec::new(),
            prices: vec![None; symbols],
            now: i64::MIN,
            flying: BTreeMap::new(),
            cancelling: BTreeMap::new(),
            asked: BTreeMap::new(),
            reconciled: None,
            asked_all: None,
            tries: BTreeMap::new(),
            levering: BTreeMap::new(),
            partial: BTreeMap::new(),
            bare: BTreeMap::new(),
            check: BTreeSet::new(),
            absent: BTreeSet::new(),
            doubt: BTreeMap::new(),
            venue: vec![None; symbols],
            short: false,
            gate: None,
            said: Said::default(),
            watched: vec![[None; 2]; symbols],
            cancelled: i64::MIN / 2,
            placed: (0, i64::MIN / 2),
        })
    }

    /// Goes on where the last process ended: from its last snapshot and the journal, whose records up to the snapshot are
    /// passed over.
    pub fn restore(
        setup: Setup<'a>,
        snapshot: Option<&Snapshot>,
        entries: &[Entry],
    ) -> Result<Restored<'a>, DeskError> {
        let mut desk = Self::new(setup)?;
        let mut states = Vec::new();
        if let Some(snapshot) = snapshot {
            desk.live.restore(&snapshot.live)?;
            if !snapshot.state.fits(setup.symbols.len()) {
                return Err(DeskError::Setup("the saved state has other symbols"));
            }
            desk.state = snapshot.state.clone();
            states = snapshot.states();
        }
        for entry in entries {
            if entry.seq <= desk.state.seq {
                continue;
            }
            if entry.seq != desk.state.seq + 1 {
                return Err(DeskError::Gap {
                    found: entry.seq,
                    after: desk.state.seq,
                });
            }
            desk.apply(entry)?;
        }
        let commands = desk
            .closed
            .drain(..)
            .map(Box::new)
            .map(Command::Trade)
            .collect();
        Ok(Restored {
            desk,
            states,
            commands,
        })
    }

    /// Takes bars that have closed, already through the kernel's signal phase, one block a symbol at most.
    ///
    /// # Errors
    /// Rows that do not follow, a kernel that refuses: nothing has been sent, the desk is to be stopped.
    pub fn closed(
        &mut self,
        states: &mut [State],
        blocks: &[Block<'_>],
        now: i64,
    ) -> Result<Vec<Command>, DeskError> {
        let now = self.clock(now)?;
        self.settle(now)?;
        self.live.closed(states, blocks)?;
        if self.state.stopped() {
            self.live.drop_entries();
        }
        self.forget(now);
        let snapshot = self.snapshot(states);
        self.out.push(Command::Save(Box::new(snapshot)));
        self.step(now)?;
        Ok(std::mem::take(&mut self.out))
    }

    /// Takes anything else that happened.
    ///
    /// # Errors
    /// A kernel that refuses: the desk is to be stopped; what rests at the exchange stays.
    pub fn handle(&mut self, event: Event, now: i64) -> Result<Vec<Command>, DeskError> {
        let now = self.clock(now)?;
        // what is told again changes nothing, and prices need not be looked at each time
        let known = matches!(
            event,
            Event::Fill(_) | Event::Fills(_) | Event::Update { .. } | Event::Funding { .. }
        );
        let seen = matches!(event, Event::Prices(_)) && now - self.placed.1 < LOOK;
        let priced = (0..self.prices.len()).all(|s| self.price(s, now).is_some());
        self.hear(event, now)?;
        let idle = self.placed.0 == self.state.seq && self.state.seq > 0;
        if idle && (known || (seen && priced && !self.is_reached())) {
            return Ok(std::mem::take(&mut self.out));
        }
        self.step(now)?;
        self.placed = (self.state.seq, now);
        Ok(std::mem::take(&mut self.out))
    }

    /// The time that counts. It stands still while the clock goes back a little; when it goes back far, it is believed, and
    /// all that was to be done by the old one is done by the new one.
    fn clock(&mut self, now: i64) -> Result<i64, DeskError> {
        let last = self.now.max(self.state.at);
        if now >= last {
            self.now = now;
            return Ok(now);
        }
        let settings = &self.setup.settings;
        if last.saturating_sub(now) <= settings.margin {
            return Ok(last);
        }
        self.now = now;
        self.prices.fill(None);
        self.cancelling.clear();
        self.asked.clear();
        self.asked_all = None;
        (self.placed.1, self.cancelled) = (i64::MIN / 2, i64::MIN / 2);
        self.said.clear();
        for flying in self.flying.values_mut() {
            flying.expires = flying.expires.min(now + settings.expires);
        }
        for tries in self.tries.values_mut().chain(self.levering.values_mut()) {
            (tries.not_before, tries.last) = (tries.not_before.min(now), tries.last.min(now));
        }
        let since = { self.partial.values_mut() }.chain(self.bare.values_mut());
        for since in since.chain(self.doubt.values_mut()) {
            *since = (*since).min(now);
        }
        if now < self.state.at {
            self.write(Record::Clock { to: now }, now)?;
        }
        let what = format!("the clock went back by {} ms", last.saturating_sub(now));
        self.alert(Severity::Warning, what);
        Ok(now)
    }

    /// Forgets what is over.
    fn forget(&mut self, now: i64) {
        let settings = &self.setup.settings;
        self.state
            .forget(now, settings.remember, settings.remember_orders);
        let orders = &self.state.orders;
        self.live.retain_late(|symbol, purpose| {
            let Purpose::Enter { entry, decided } = purpose else {
                return false;
            };
            let role = Role::Enter { entry, decided };
            let same = |o: &Order| o.plan.symbol == symbol && o.plan.role == role;
            orders.values().any(same)
        });
        self.tries.retain(|_, t| now - t.last < AGAIN);
        self.said.forget(now);
        self.check.retain(|c| orders.contains_key(c));
        self.absent.retain(|c| orders.contains_key(c));
    }

    /// Everything there is to remember, as after the last command.
    pub fn snapshot(&self, states: &[State]) -> Snapshot {
        Snapshot::new(self.live.save(), states, self.state.clone())
    }

    /// The orders it knows: first those about which something is to be done, then those that are over and not forgotten yet.
    pub fn orders(&self) -> impl Iterator<Item = &Order> {
        self.state.all()
    }

    /// What it remembers.
    pub fn state(&self) -> &DeskState {
        &self.state
    }

    /// The engine's view of it.
    pub fn live(&self) -> &Live<'a> {
        &self.live
    }

    /// Whether it has compared itself with the exchange since it was started.
    pub fn ready(&self) -> bool {
        self.reconciled.is_some()
    }

    /// Whether nothing is under way, uncertain or left to be booked.
    pub fn calm(&self) -> bool {
        self.flying.is_empty()
            && self.state.foreign.is_empty()
            && self.state.surplus.is_empty()
            && { self.state.orders.values() }.all(|o| {
                if o.alive() {
                    o.life != Life::Planned && o.filled == o.booked
                } else {
                    o.over()
                }
            })
    }

    /// Writes a record and takes it.
    fn write(&mut self, record: Record, now: i64) -> Result<(), DeskError> {
        let entry = Entry {
            seq: self.state.seq + 1,
            at: now,
            record,
        };
        self.apply(&entry)?;
        self.out.push(Command::Journal(Box::new(entry)));
        let closed = self.closed.drain(..).map(Box::new);
        self.out.extend(closed.map(Command::Trade));
        Ok(())
    }

    fn alert(&mut self, severity: Severity, what: String) {
        let now = self.now;
        if let Some(what) = self.said.tell(what, now) {
            self.out.push(Command::Alert(Alert { severity, what }));
        }
    }

    fn quarantine(&mut self, symbol: usize, why: String, now: i64) -> Result<(), DeskError> {
        if self.state.quarantine.contains_key(&symbol) {
            return Ok(());
        }
        let name = &self.setup.symbols[symbol].spec.symbol;
        let what = format!("{name} is in quarantine, no entries until it is released: {why}");
        self.write(Record::Quarantine { symbol, why }, now)?;
        self.alert(Severity::Critical, what);
        Ok(())
    }

    fn step(&mut self, now: i64) -> Result<(), DeskError> {
        if self.state.seq == 0 {
            self.write(Record::Began, now)?;
        }
        self.settle(now)?;
        self.inquire(now);
        if self.reconciled.is_some() {
            self.place(now)?;
        }
        Ok(())
    }
}
