//! What stands between the engine and its clients, without sockets, clocks or threads.
//!
//! * [`Host`] – requests with their signatures, limits by IP address, websocket sessions;
//! * [`Source`] – where prices and candles come from;
//! * [`Faults`] – what goes wrong on the way, and [`Net`], the network in front of a host where it does;
//! * [`Local`] – a client's transport straight into a [`Net`], for programs that need no sockets.
//!
//! Everything takes the time of the market, `now`, in milliseconds. The same calls give the same answers, frames and state.

mod fate;
mod http;
mod limits;
mod local;
mod net;
mod past;
mod rows;
mod session;
mod settings;
mod signed;
mod source;
mod stream;
mod subscribe;
mod topic;

#[cfg(test)]
mod tests;

pub use fate::{AnswerFate, Faults, FrameFate, Loss, OpenFate, Post, RequestFate, Sent};
pub use local::{Local, LocalSocket};
pub use net::{Net, Ticket};
pub use session::{Outgoing, SessionId};
pub use settings::{HostSettings, Limits};
pub use source::Source;

use crate::engine::{Exchange, Feed, Input, InputError, Millis, PxSz, Settings};
use limits::Budgets;
use past::Past;
use rust_decimal::Decimal;
use session::Session;
use sixbtc_exchange::wire::exchange::Response;
use sixbtc_exchange::wire::{Action, Side};
use std::collections::BTreeMap;
use topic::Topic;

/// A venue without its sockets.
pub struct Host {
    exchange: Exchange,
    source: Option<Box<dyn Source>>,
    settings: HostSettings,
    budgets: Budgets,
    sessions: BTreeMap<SessionId, Session>,
    last_session: u64,
    /// What is followed, by its text.
    topics: BTreeMap<String, Topic>,
    /// How far the source has been played, ms of the market.
    played: Millis,
    /// By how much the venue's clock is ahead of the market's, ms.
    offset: Millis,
    /// Whether the source stands still.
    frozen: bool,
    /// Last call's time, and the one that minutes are counted by when that is another.
    now: Millis,
    real: Option<Millis>,
    log: Option<Vec<(Millis, Input)>>,
    /// The state of a moment ago, where questions may be answered from it.
    past: Option<Past>,
}

impl Host {
    /// A venue that opens at `now`, with the markets of its source.
    pub fn new(
        rules: Settings,
        settings: HostSettings,
        source: Option<Box<dyn Source>>,
        now: Millis,
    ) -> Result<Self, InputError> {
        let mut exchange = Exchange::new(rules, now);
        for (instrument, px) in source.iter().flat_map(|source| source.listings()) {
            exchange.list(instrument, px)?;
        }
        Ok(Self::over(exchange, settings, source, now - 1))
    }

    /// A venue that goes on where it was: its source is played from behind `played`.
    pub fn restored(
        exchange: Exchange,
        settings: HostSettings,
        mut source: Option<Box<dyn Source>>,
    ) -> Self {
        let played = exchange.now();
        if let Some(source) = &mut source {
            source.skip(played);
        }
        Self::over(exchange, settings, source, played)
    }

    fn over(
        exchange: Exchange,
        settings: HostSettings,
        source: Option<Box<dyn Source>>,
        played: Millis,
    ) -> Self {
        Self {
            now: exchange.now(),
            exchange,
            source,
            settings,
            budgets: Budgets::default(),
            sessions: BTreeMap::new(),
            last_session: 0,
            topics: BTreeMap::new(),
            played,
            offset: 0,
            frozen: false,
            real: None,
            log: None,
            past: None,
        }
    }

    /// Begins to keep inputs for [`Self::take_log`]. Without it nothing is kept.
    pub fn keep_log(&mut self) {
        self.log.get_or_insert_default();
    }

    /// Inputs that were taken since the last call, with their times: what must be durable before any answer or frame made since
    /// then leaves. Played again by [`Exchange::replay`], they give the same state.
    pub fn take_log(&mut self) -> Vec<(Millis, Input)> {
        self.log.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The engine.
    pub fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// The rules of the way in.
    pub fn settings(&self) -> &HostSettings {
        &self.settings
    }

    /// Changes the rules of the way in from now on.
    pub fn set_settings(&mut self, settings: HostSettings) {
        self.settings = settings;
    }

    /// The source, if there is one.
    pub fn source(&self) -> Option<&dyn Source> {
        self.source.as_deref()
    }

    /// Minutes of limits and of idleness are counted by this clock from now on, where the market's runs at another speed.
    pub fn set_real(&mut self, real: Millis) {
        self.real = Some(real);
    }

    /// Sets the venue's clock ahead of the market's, or behind it. The venue's time stands still rather than fall.
    pub fn set_offset(&mut self, offset: Millis) {
        self.offset = offset;
    }

    /// Stops prices, or lets them go on from where they should be by now.
    pub fn freeze(&mut self, frozen: bool) {
        self.frozen = frozen;
    }

    /// From now on the state is remembered for so many milliseconds, for answers that are behind; `None` = no longer.
    pub fn remember(&mut self, reach: Option<Millis>) {
        self.past = reach.map(|reach| Past::new(self.exchange.clone(), reach));
    }

    fn real(&self) -> Millis {
        self.real.unwrap_or(self.now)
    }

    /// The venue's time when it is `now` at the market.
    pub fn time(&self, now: Millis) -> Millis {
        now.saturating_add(self.offset).max(self.exchange.now())
    }

    /// Plays the source and lets time pass until `now`: prices, funding, triggers, liquidations, and the frames that come of
    /// them.
    pub fn step_to(&mut self, now: Millis) {
        self.now = self.now.max(now);
        if !self.frozen && self.played < now {
            while let Some((time, feeds)) = self.source.as_mut().and_then(|s| s.next(now)) {
                self.played = self.played.max(time);
                if let Err(error) = self.input(time, Input::Feed { feeds }) {
                    tracing::warn!(time, %error, "the market's source is not believed");
                }
            }
            self.played = now;
        }
        if self.time(now) > self.exchange.now() {
            // Time alone is never refused.
            let _ = self.input(now, Input::Advance);
        }
        self.flush(now);
        self.end_idle();
    }

    /// Takes an input of the operator: money, markets, rules.
    pub fn operate(&mut self, now: Millis, input: Input) -> Result<(), InputError> {
        self.step_to(now);
        self.input(now, input)?;
        self.flush(now);
        Ok(())
    }

    fn input(&mut self, now: Millis, input: Input) -> Result<Option<Response>, InputError> {
        let time = self.time(now);
        let outcome = self.exchange.replay(time, &input)?;
        if let Some(past) = &mut self.past {
            past.push(now, time, input.clone());
        }
        if let Some(log) = &mut self.log {
            log.push((time, input));
        }
        self.tell(outcome.effects);
        Ok(outcome.response)
    }

    /// Leaves of the house's quotes only so many thousandths of what each order of an action could take, until the house
    /// quotes again.
    pub(super) fn thin(&mut self, now: Millis, action: &Action, thousandths: u32) {
        let Action::Order { orders, .. } = action else {
            return;
        };
        for order in orders {
            let Some(market) = self.exchange.market(order.a) else {
                continue;
            };
            let (coin, decimals) = (
                market.instrument.name.clone(),
                market.instrument.sz_decimals,
            );
            let quotes = |side| market.book.quotes(side);
            let (bids, asks) = (quotes(Side::Buy), quotes(Side::Sell));
            if bids.is_empty() && asks.is_empty() {
                continue;
            }
            let share = Decimal::new(i64::from(thousandths), 3);
            let most = (order.s * share).trunc_with_scale(decimals);
            let (bids, asks) = match order.side() {
                Side::Buy => (bids, first_of(&asks, most, Ord::cmp)),
                Side::Sell => (first_of(&bids, most, |a, b| b.cmp(a)), asks),
            };
            let feed = Feed::Liquidity { coin, bids, asks };
            if let Err(error) = self.input(now, Input::Feed { feeds: vec![feed] }) {
                tracing::warn!(%error, "quotes could not be thinned");
            }
        }
    }
}

/// The best quotes, up to a sum of sizes.
fn first_of(
    quotes: &[PxSz],
    most: Decimal,
    best: impl Fn(&Decimal, &Decimal) -> std::cmp::Ordering,
) -> Vec<PxSz> {
    let mut quotes = quotes.to_vec();
    quotes.sort_by(|a, b| best(&a.0, &b.0));
    let mut left = most;
    for (_, sz) in &mut quotes {
        *sz = (*sz).min(left);
        left -= *sz;
    }
    quotes.retain(|(_, sz)| *sz > Decimal::ZERO);
    quotes
}
