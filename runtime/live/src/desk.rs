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
mod records;

pub use events::{
    Alert, Answer, Batch, Closed, Command, Event, Grouping, Item, OpenOrder, Reconciled, Seen,
    Severity, Work,
};
pub use records::{Deal, DeskState, Entry, Record, Snapshot, Source};

use crate::ident::Cloid;
use crate::money::Rules;
use crate::order::{Life, Order, Role};
use rust_decimal::Decimal;
use sixbtc_abi::{Constants, Kernel, State};
use sixbtc_engine::live::{Live, SavedError};
use sixbtc_engine::{Block, EngineError, RunSettings, SymbolSetup};
use sixbtc_market::Timeframe;
use std::collections::{BTreeMap, BTreeSet};

/// Bounds outside of the strategy: reaching one stops all entries until a person resumes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Caps {
    /// Orders within a minute. Default 60.
    pub orders_a_minute: usize,
    /// Notional of entries within a UTC day, quote currency. Default 1 000 000.
    pub notional_a_day: Decimal,
    /// Orders alive at once. Default 100.
    pub open: usize,
}

/// How a desk trades. Times in ms, distances as fractions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeskSettings {
    /// How long after its bar's close an entry at market may still be sent. Default 60 s.
    pub entry_window: i64,
    /// How old a price may be that an order is made from. Default 15 s.
    pub price_age: i64,
    /// How far beyond the price an entry at market may fill. Default 1 %.
    pub entry_cap: Decimal,
    /// The same for leaving at market. Default 5 %.
    pub leave_cap: Decimal,
    /// The same for a stop, beyond its trigger. Default 10 %.
    pub stop_cap: Decimal,
    /// How long a request may be under way before the exchange is to refuse it. Default 8 s.
    pub expires: i64,
    /// How long after that an order that is not known there is believed not to be. Default 3 s.
    pub margin: i64,
    /// A stop moves when it gets better by this. Default 0.5 %.
    pub stop_better: Decimal,
    /// And at most every so often. Default 10 s.
    pub stop_every: i64,
    /// A resting entry is placed anew when its size is off by this. Default 2 %.
    pub resize: Decimal,
    /// How long an entry that has filled partly may go on resting. Default 60 s.
    pub partial_rest: i64,
    /// How often a stop may be refused before its lot is left at market. Default 3.
    pub protect_tries: u32,
    /// Wait before something refused is tried again; doubles up to a minute. Default 1 s.
    pub retry: i64,
    /// How often an uncertain order is asked for. Default 1 s.
    pub query_every: i64,
    /// How often positions, orders and fills are compared with the exchange. Default 30 s.
    pub reconcile_every: i64,
    /// How long a market must have been quiet before a difference counts. Default 5 s.
    pub quiet: i64,
    /// How long numbers of fills are remembered. Default 7 days.
    pub remember: i64,
    /// Bounds outside of the strategy.
    pub caps: Caps,
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self {
            entry_window: 60_000,
            price_age: 15_000,
            entry_cap: Decimal::new(1, 2),
            leave_cap: Decimal::new(5, 2),
            stop_cap: Decimal::new(10, 2),
            expires: 8_000,
            margin: 3_000,
            stop_better: Decimal::new(5, 3),
            stop_every: 10_000,
            resize: Decimal::new(2, 2),
            partial_rest: 60_000,
            protect_tries: 3,
            retry: 1_000,
            query_every: 1_000,
            reconcile_every: 30_000,
            quiet: 5_000,
            remember: 7 * 24 * 3_600_000,
            caps: Caps {
                orders_a_minute: 60,
                notional_a_day: Decimal::new(1_000_000, 0),
                open: 100,
            },
        }
    }
}

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
    live: Live<'a>,
    state: DeskState,
    /// Trades closed by records since this was last emptied.
    closed: Vec<Closed>,
    out: Vec<Command>,
    prices: Vec<Option<(Decimal, i64)>>,
    /// Requests whose answer is awaited, by their nonces.
    flying: BTreeMap<u64, Flying>,
    cancelling: BTreeMap<Cloid, i64>,
    asked: BTreeMap<Cloid, i64>,
    reconciled: Option<i64>,
    asked_all: Option<i64>,
    tries: BTreeMap<(usize, Role), Tries>,
    partial: BTreeMap<Cloid, i64>,
    /// Orders that something has been said of that does not fit: to be asked for.
    check: BTreeSet<Cloid>,
    doubt: BTreeSet<usize>,
    short: bool,
    said: BTreeSet<String>,
}

struct Flying {
    work: Work,
    expires: i64,
}

#[derive(Clone, Copy, Default)]
struct Tries {
    count: u32,
    not_before: i64,
}

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
            live,
            state: DeskState::new(symbols),
            closed: Vec::new(),
            out: Vec::new(),
            prices: vec![None; symbols],
            flying: BTreeMap::new(),
            cancelling: BTreeMap::new(),
            asked: BTreeMap::new(),
            reconciled: None,
            asked_all: None,
            tries: BTreeMap::new(),
            partial: BTreeMap::new(),
            check: BTreeSet::new(),
            doubt: BTreeSet::new(),
            short: false,
            said: BTreeSet::new(),
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
        let commands = desk.closed.drain(..).map(Command::Trade).collect();
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
        self.settle(now)?;
        self.live.closed(states, blocks)?;
        if self.state.stopped() {
            self.live.drop_entries();
        }
        self.state.forget(now, self.setup.settings.remember);
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
        self.hear(event, now)?;
        self.step(now)?;
        Ok(std::mem::take(&mut self.out))
    }

    /// Everything there is to remember, as after the last command.
    pub fn snapshot(&self, states: &[State]) -> Snapshot {
        Snapshot::new(self.live.save(), states, self.state.clone())
    }

    /// The orders it knows, by name.
    pub fn orders(&self) -> impl Iterator<Item = &Order> {
        self.state.orders.values()
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
        self.flying.is_empty() && self.state.foreign.is_empty() && { self.state.orders.values() }
            .all(|o| {
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
        self.out.extend(self.closed.drain(..).map(Command::Trade));
        Ok(())
    }

    fn alert(&mut self, severity: Severity, what: String) {
        // said once until the desk is started again
        if self.said.insert(what.clone()) {
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
