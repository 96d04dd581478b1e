//! What an account asks the exchange, when, and what it makes of the answers.

use super::bridge;
use super::io::Output;
use super::reads::{Question, Round};
use super::run::{Account, Fault};
use super::settings::Gate;
use super::universe::{Asset, Change, Universe};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sixbtc_exchange::client::ReadError;
use sixbtc_exchange::wire::info::{
    ClearinghouseState, ExchangeStatus, Fill, FrontendOrder, Meta, OrderStatusAnswer, UserFunding,
};
use sixbtc_exchange::wire::number::Out;
use sixbtc_exchange::wire::{InfoRequest, OrderRef};
use sixbtc_live::desk::{Event, Reconciled, Severity};
use sixbtc_live::ident::Cloid;
use std::collections::BTreeMap;

/// Rows of fills that one answer holds.
const FILLS: usize = 2_000;
/// Rows of funding that one answer holds.
const FUNDINGS: usize = 500;
/// Fills are asked for again from so long before what is complete, ms.
const OVERLAP: i64 = 120_000;
/// Pause between questions for the time while the answer matters, ms.
const CLOCK_PAUSE: i64 = 1_000;

impl Account<'_> {
    fn ask(&mut self, question: Question, request: InfoRequest, at: i64) {
        let ticket = self.reads.ask(question, self.given, at);
        self.output(Output::Read { ticket, request });
    }

    pub(super) fn is_clock(&self, ticket: u64) -> bool {
        let asked = self.reads.asked.get(&ticket);
        asked.is_some_and(|a| a.question == Question::Clock)
    }

    /// Asks for the exchange's time, unless that was done just now; ever later while questions for it are under way.
    pub(super) fn ask_clock(&mut self, given: i64) {
        let flying = { self.reads.asked.values() }
            .filter(|a| a.question == Question::Clock)
            .count();
        let pause = CLOCK_PAUSE << flying.saturating_sub(1).min(4);
        let since = |at: i64| given.saturating_sub(at);
        let recent = { self.asked_clock }.is_some_and(|at| (0..pause).contains(&since(at)));
        if !recent {
            self.asked_clock = Some(given);
            self.ask(Question::Clock, InfoRequest::ExchangeStatus, given);
        }
    }

    pub(super) fn clock_answer(
        &mut self,
        ticket: u64,
        answer: Result<Value, ReadError>,
        given: i64,
    ) {
        let Some(asked) = self.reads.asked.remove(&ticket) else {
            return;
        };
        let Some(status) = self.parsed::<ExchangeStatus>(answer) else {
            return;
        };
        let settings = &self.bound.mandate.settings;
        let Some(offset) = self.clock.heard(status.time, asked.given, given) else {
            return;
        };
        let off = offset.abs();
        if off > settings.clock_entries {
            let why = format!("the clock is off by {offset} ms");
            if off > settings.clock_alarm {
                self.alert(Severity::Critical, why.clone());
            }
            self.gates.insert(Gate::Clock, (why, None));
        } else {
            self.gates.remove(&Gate::Clock);
        }
    }

    pub(super) fn ask_status(&mut self, cloid: Cloid, now: i64) {
        let same = |q: &Question| *q == Question::Status(cloid);
        if self.reads.flying(same) {
            return;
        }
        let request = InfoRequest::OrderStatus {
            user: self.bound.mandate.user,
            oid: OrderRef::Cloid(bridge::cloid(cloid)),
        };
        self.ask(Question::Status(cloid), request, now);
    }

    /// Begins a comparison, with fills since a time, unless one is under way.
    pub(super) fn begin_round(&mut self, since: i64, now: i64) {
        if self.reads.round.is_some() {
            return;
        }
        self.looked.round = Some(now);
        self.reads.round = Some(Round {
            asked: now,
            since: since.max(0),
            open: None,
            positions: None,
            fills: Vec::new(),
        });
        let (user, dex) = (self.bound.mandate.user, None);
        let open = InfoRequest::FrontendOpenOrders {
            user,
            dex: dex.clone(),
        };
        self.ask(Question::Open, open, now);
        let state = InfoRequest::ClearinghouseState { user, dex };
        self.ask(Question::State, state, now);
    }

    /// Begins a comparison of the account's own accord.
    pub(super) fn round_now(&mut self, now: i64) {
        let state = self.desk.state();
        if state.seq == 0 {
            // its desk has not begun; it will ask by itself
            return;
        }
        // the exchange's time may be a little less than what was believed when the account began
        let began = state
            .floor
            .saturating_sub(self.bound.mandate.settings.desk.margin);
        let since = began.max(state.complete.saturating_sub(OVERLAP));
        self.begin_round(since, now);
    }

    fn ask_fills(&mut self, since: i64, now: i64) {
        let request = InfoRequest::UserFillsByTime {
            user: self.bound.mandate.user,
            start_time: since,
            end_time: None,
            aggregate_by_time: None,
            reversed: None,
        };
        self.ask(Question::Fills { since }, request, now);
    }

    fn ask_funding(&mut self, since: i64, now: i64) {
        self.looked.funding = Some(now);
        let request = InfoRequest::UserFunding {
            user: self.bound.mandate.user,
            start_time: since,
            end_time: None,
        };
        self.ask(Question::Funding { since }, request, now);
    }

    /// Asks for what is due.
    pub(super) fn timers(&mut self, now: i64) -> Result<(), Fault> {
        let settings = &self.bound.mandate.settings;
        let (clock_every, universe_every, funding_every, blind_every) = (
            settings.clock_every,
            settings.universe_every,
            settings.funding_every,
            settings.blind_every,
        );
        let due = |last: Option<i64>, every: i64| last.is_none_or(|last| now - last >= every);
        if due(self.looked.clock, clock_every) {
            self.looked.clock = Some(now);
            self.ask_clock(self.given);
        }
        if due(self.looked.universe, universe_every)
            && !self.reads.flying(|q| *q == Question::Universe)
        {
            self.looked.universe = Some(now);
            self.ask(Question::Universe, InfoRequest::Meta { dex: None }, now);
        }
        let begun = self.desk.state().seq > 0;
        let funding = |q: &Question| matches!(q, Question::Funding { .. });
        if begun && due(self.looked.funding, funding_every) && !self.reads.flying(funding) {
            let since = self.desk.state().floor.max(self.funded + 1).max(0);
            self.ask_funding(since, now);
        }
        let matters = !self
            .desk
            .state()
            .positions
            .iter()
            .all(rust_decimal::Decimal::is_zero)
            || self.desk.orders().any(sixbtc_live::order::Order::alive);
        if matters && (!self.connected || self.deaf) && due(self.looked.round, blind_every) {
            self.round_now(now);
        }
        // what is to be left needs a price, whoever says it
        let held = self.desk.state().positions.iter().any(|p| !p.is_zero());
        let prices = |q: &Question| *q == Question::Prices;
        if held
            && (!self.connected || self.deaf)
            && due(self.looked.prices, blind_every)
            && !self.reads.flying(prices)
        {
            self.looked.prices = Some(now);
            self.ask(Question::Prices, InfoRequest::AllMids { dex: None }, now);
        }
        if self.looked.again && self.reads.round.is_none() {
            self.looked.again = false;
            self.round_now(now);
        }
        self.regate(now)?;
        self.behind(now)
    }

    /// An answer, or why there is none.
    pub(super) fn read(
        &mut self,
        ticket: u64,
        answer: Result<Value, ReadError>,
        now: i64,
    ) -> Result<(), Fault> {
        let Some(asked) = self.reads.asked.remove(&ticket) else {
            return Ok(());
        };
        // who is to be silent enters nothing either
        if let Err(ReadError::Limited(wait)) = &answer {
            let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
            self.shut_for(Gate::Budget, "requests are limited", wait, now);
        }
        match asked.question {
            Question::Clock => Ok(()),
            Question::Prices => match self.parsed::<BTreeMap<String, Out>>(answer) {
                // as old as the question at most
                Some(mids) => self.priced(mids.into_iter().map(|(c, p)| (c, p.0)), asked.at),
                None => Ok(()),
            },
            Question::Status(cloid) => {
                let Some(status) = self.parsed::<OrderStatusAnswer>(answer) else {
                    return Ok(());
                };
                match bridge::status(&status) {
                    Ok(found) => {
                        let asked = asked.at;
                        let found = found.map(|seen| self.fitting(cloid, seen));
                        let event = Event::Status {
                            cloid,
                            asked,
                            found,
                        };
                        self.tell(event, now)
                    }
                    Err(odd) => {
                        self.odd(&odd);
                        Ok(())
                    }
                }
            }
            Question::Open => {
                let rows = self.parsed::<Vec<FrontendOrder>>(answer);
                let markets = &self.bound.mandate.markets;
                let open = rows.map(|rows| bridge::orders(&rows, markets));
                if let Some(round) = &mut self.reads.round {
                    round.open = open;
                }
                self.went_on(now);
                Ok(())
            }
            Question::State => {
                if let Some(state) = self.parsed::<ClearinghouseState>(answer) {
                    let held = bridge::positions(&state, &self.bound.mandate.markets);
                    let (positions, others) = match held {
                        Ok(held) => held,
                        Err(odd) => {
                            self.odd(&odd);
                            self.reads.abort();
                            return Ok(());
                        }
                    };
                    for (coin, size) in others {
                        let what =
                            format!("the account holds {size} {coin}, which is not traded here");
                        self.alert(Severity::Critical, what);
                    }
                    if let Some(round) = &mut self.reads.round {
                        round.positions = Some(positions);
                    }
                }
                self.went_on(now);
                Ok(())
            }
            Question::Fills { since } => {
                let rows = self.parsed::<Vec<Fill>>(answer);
                self.filled(since, rows, now)
            }
            Question::Funding { since } => {
                let rows = self.parsed::<Vec<UserFunding>>(answer);
                self.funded(since, rows, now)
            }
            Question::Universe => match self.parsed::<Meta>(answer) {
                Some(meta) => self.listed(&meta, now),
                None => Ok(()),
            },
        }
    }

    fn parsed<T: DeserializeOwned>(&mut self, answer: Result<Value, ReadError>) -> Option<T> {
        match answer.map(serde_json::from_value) {
            Ok(Ok(read)) => Some(read),
            Ok(Err(error)) => {
                let what = format!("an answer cannot be read: {error}");
                self.alert(Severity::Warning, what);
                None
            }
            Err(error) => {
                if !error.is_passing() {
                    self.alert(Severity::Warning, error.to_string());
                }
                None
            }
        }
    }

    /// Goes on with a comparison: fills are asked for once positions are there, so that they hold all that made those.
    fn went_on(&mut self, now: i64) {
        let Some(round) = &self.reads.round else {
            return;
        };
        let flying = { &self.reads }.flying(|q| matches!(q, Question::Open | Question::State));
        if flying {
            return;
        }
        if round.open.is_some() && round.positions.is_some() {
            let since = round.since;
            self.ask_fills(since, now);
        } else {
            // half of it is none of it; it is begun again in time
            self.reads.abort();
        }
    }

    fn filled(&mut self, since: i64, rows: Option<Vec<Fill>>, now: i64) -> Result<(), Fault> {
        let Some(rows) = rows else {
            self.reads.abort();
            return Ok(());
        };
        let mut fills = Vec::with_capacity(rows.len());
        for row in &rows {
            if let Some(fill) = self.fill_of(row) {
                fills.push(fill);
            }
        }
        let Some(round) = &mut self.reads.round else {
            return Ok(());
        };
        round.fills.extend(fills);
        if rows.len() >= FILLS {
            let last = rows.iter().map(|r| r.time).max().unwrap_or(since);
            if last > since {
                // from the last time on: that of which the page was cut comes again, and is known
                self.ask_fills(last, now);
                return Ok(());
            }
            let what = format!("more fills at {since} than one answer holds: some cannot be read");
            self.alert(Severity::Critical, what);
        }
        let Some(round) = self.reads.round.take() else {
            return Ok(());
        };
        let (Some(open), Some(positions)) = (round.open, round.positions) else {
            return Ok(());
        };
        let seen = Reconciled {
            asked: round.asked,
            open,
            positions,
            fills: round.fills,
        };
        self.tell(Event::Reconciled(seen), now)
    }

    /// A fill for the desk. Those of markets that are not traded are told to a person.
    pub(super) fn fill_of(&mut self, row: &Fill) -> Option<sixbtc_live::order::Fill> {
        match bridge::fill(row, &self.bound.mandate.markets, self.bound.mandate.user) {
            Ok(Some(fill)) => Some(fill),
            Ok(None) => {
                if row.time >= self.desk.state().floor {
                    let what = format!("something is traded in {}, not by us", row.coin);
                    self.alert(Severity::Critical, what);
                }
                None
            }
            Err(odd) => {
                self.odd(&odd);
                None
            }
        }
    }

    fn funded(
        &mut self,
        since: i64,
        rows: Option<Vec<UserFunding>>,
        now: i64,
    ) -> Result<(), Fault> {
        let Some(mut rows) = rows else {
            return Ok(());
        };
        rows.sort_by_key(|row| row.time);
        let full = rows.len() >= FUNDINGS;
        // a page that is full may be cut within an hour: that hour comes again
        let cut = rows.last().map(|row| row.time).filter(|_| full);
        let mut last = None;
        for row in &rows {
            if cut == Some(row.time) && row.time > since {
                break;
            }
            last = Some(row.time);
            if let Some(event) = bridge::funding(row, &self.bound.mandate.markets) {
                self.tell(event, now)?;
            }
        }
        if let Some(last) = last {
            self.funded = self.funded.max(last);
        }
        if full {
            let since = self.funded + 1;
            self.ask_funding(since, now);
        }
        Ok(())
    }

    /// The list of assets: what is traded may be accepted otherwise than before.
    fn listed(&mut self, meta: &Meta, now: i64) -> Result<(), Fault> {
        let (universe, _) = Universe::read(meta);
        for symbol in 0..self.assets.len() {
            let before = self.assets[symbol].clone();
            let coin = &before.coin;
            let now_there = universe.get(coin).cloned();
            match universe.changed(&before) {
                None => continue,
                Some(Change::Gone) => {
                    let what = format!("{coin} is no longer traded at the exchange");
                    self.alert(Severity::Critical, what);
                }
                Some(Change::Rules) => {
                    let what = format!("the exchange's rules for {coin} have changed");
                    self.alert(Severity::Warning, what);
                }
            }
            let asset = now_there.unwrap_or_else(|| Asset {
                delisted: true,
                ..before.clone()
            });
            // requests name assets by their numbers, which stand in the mandate
            if (asset.number, asset.only_isolated) != (before.number, before.only_isolated) {
                self.renew(format!("the exchange calls {coin} by another number"));
            }
            let (rules, closing) = (asset.rules(), asset.delisted);
            self.assets[symbol] = asset;
            let event = Event::Rules {
                symbol,
                rules,
                closing,
            };
            self.tell(event, now)?;
        }
        Ok(())
    }
}
