//! The account itself.

use super::bridge::{self, Odd};
use super::clock::Clock;
use super::feed::{Feed, Trouble};
use super::gates::{OWN, own_stop};
use super::io::{ClosedBars, Decided, Held, Input, Output, SocketNews};
use super::mandate::Bound;
use super::reads::Reads;
use super::saved::{Saved, SavedError};
use super::settings::Gate;
use super::signals::{SignalError, Signals};
use super::universe::Asset;
use rust_decimal::Decimal;
use sixbtc_exchange::client::Outcome;
use sixbtc_live::desk::{Alert, Command, Desk, DeskError, Entry, Event, Seen, Severity, Work};
use sixbtc_live::ident::Cloid;
use sixbtc_live::journal::{self, JournalError};
use sixbtc_live::order::Told;
use sixbtc_market::{Bar, Bars};
use std::collections::{BTreeMap, BTreeSet};

/// Inputs that are kept until the exchange's time is known; what is pushed beyond is looked up anyway.
const WAITING: usize = 4_096;
/// Prices that were said before the time was known are no older, ms.
const FRESH: i64 = 1_000;

/// Why an account does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The strategy's signals.
    #[error(transparent)]
    Signals(#[from] SignalError),
    /// The desk.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// The saved state.
    #[error(transparent)]
    Saved(#[from] SavedError),
}

/// Why an account does not go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error(transparent)]
    Signals(#[from] SignalError),
    #[error(transparent)]
    Desk(#[from] DeskError),
    #[error(transparent)]
    Saved(#[from] SavedError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    NoMarket(#[from] bridge::NoMarket),
}

/// What an account starts from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Start<'s> {
    /// Bars of each series of the mandate, from its anchor on, all that are known: complete up to their ends. The same that
    /// [`Mandate::bind`](super::Mandate::bind) was given, or more at the end.
    pub history: &'s [Bars],
    /// The last [`Output::Save`], if there was one.
    pub state: Option<&'s [u8]>,
    /// What [`sixbtc_live::journal::read`] found in the journal. Its records have the strategy's name of the mandate.
    pub journal: &'s [Entry],
}

/// One strategy on one account of the exchange. See the [module](super).
// each of them is a fact of its own
#[allow(clippy::struct_excessive_bools)]
pub struct Account<'a> {
    pub(super) bound: &'a Bound<'a>,
    pub(super) desk: Desk<'a>,
    pub(super) signals: Signals<'a>,
    pub(super) clock: Clock,
    pub(super) feed: Feed,
    pub(super) reads: Reads,
    /// Why entries are kept back, and until when at most.
    pub(super) gates: BTreeMap<Gate, (String, Option<i64>)>,
    /// What the desk was told of that: of the budget, and of all others.
    pub(super) short: bool,
    pub(super) gated: bool,
    /// The markets' assets as they stand in the exchange's list now.
    pub(super) assets: Vec<Asset>,
    prices: Vec<Option<Decimal>>,
    /// Requests on their way, by nonce.
    works: BTreeMap<u64, Work>,
    pub(super) funded: i64,
    pub(super) connected: bool,
    /// Whether a topic is silent that matters to us.
    pub(super) deaf: bool,
    /// When things were last asked for, by the exchange's clock.
    pub(super) looked: Looked,
    pub(super) positions: Vec<Held>,
    said: BTreeSet<String>,
    renewing: bool,
    ended: bool,
    /// When the exchange's time was last asked for, by the clock that is given.
    pub(super) asked_clock: Option<i64>,
    waiting: Vec<Input>,
    /// Prices that were said meanwhile, and when, by the clock that is given.
    quotes: BTreeMap<String, (Decimal, i64)>,
    /// Whether the history was held against the exchange's time.
    trimmed: bool,
    out: Vec<Output>,
    /// By the clock that is given, at this input.
    pub(super) given: i64,
}

/// When things were last asked for, ms.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Looked {
    pub round: Option<i64>,
    pub clock: Option<i64>,
    pub universe: Option<i64>,
    pub funding: Option<i64>,
    pub prices: Option<i64>,
    /// Bars of series that are behind the others.
    pub bars: Option<i64>,
    /// A comparison is wanted after the one that is under way.
    pub again: bool,
}

impl<'a> Account<'a> {
    /// Starts it, for the first time or again. Its first outputs are questions: it does nothing before it knows the
    /// exchange's time and how things stand there.
    pub fn start(
        bound: &'a Bound<'a>,
        start: Start<'_>,
        now: i64,
    ) -> Result<(Self, Vec<Output>), StartError> {
        let mandate = bound.mandate;
        let mut signals = Signals::new(bound)?;
        let saved = start
            .state
            .map(|bytes| Saved::decode(bytes, mandate))
            .transpose()?;
        let restored = Desk::restore(
            bound.setup(),
            saved.as_ref().map(|s| &s.desk),
            start.journal,
        )?;
        let mut alerts = Vec::new();
        let mut differs = None;
        let history: Vec<Bars> = start
            .history
            .iter()
            .map(|b| b.between(Some(mandate.anchor), None))
            .collect();
        let (stepped, funded) = match &saved {
            None => {
                signals.warm(&history, mandate.from)?;
                (mandate.from, 0)
            }
            Some(saved) => {
                let checked =
                    signals.check(&history, saved.stepped, &restored.states, &saved.stages);
                match checked {
                    Ok(()) => {}
                    Err(SignalError::Memory(what)) => differs = Some(what),
                    Err(other) => return Err(other.into()),
                }
                signals.fill(&history, saved.stepped)?;
                signals.restore(restored.states, &saved.stages)?;
                (saved.stepped, saved.funded)
            }
        };
        for command in restored.commands {
            if let Command::Trade(closed) = command {
                alerts.push(Output::Trade(closed));
            }
        }
        let settings = &mandate.settings;
        let mut feed = Feed::new(
            mandate.timeframe,
            (
                settings.late,
                settings.late_held,
                // so wrong may a measurement of the clock be that took this long
                settings.clock_way / 2,
            ),
            stepped,
            mandate.series_len(),
        );
        let mut account = Self {
            desk: restored.desk,
            signals,
            clock: Clock::new(
                settings.clock_silence,
                settings.clock_way,
                settings.desk.margin,
            ),
            reads: Reads::new(now),
            gates: BTreeMap::new(),
            short: false,
            gated: false,
            assets: mandate.markets.iter().map(|m| m.asset.clone()).collect(),
            prices: vec![None; mandate.markets.len()],
            works: BTreeMap::new(),
            funded,
            connected: false,
            deaf: false,
            looked: Looked::default(),
            positions: Vec::new(),
            said: BTreeSet::new(),
            renewing: false,
            ended: false,
            asked_clock: None,
            waiting: Vec::new(),
            quotes: BTreeMap::new(),
            trimmed: false,
            out: alerts,
            given: now,
            bound,
            feed: feed.clone(),
        };
        for (series, bars) in history.iter().enumerate() {
            let rows = bars.rows(Some(stepped), None);
            let Some(end) = bars.end().filter(|end| *end > stepped) else {
                continue;
            };
            let known = ClosedBars {
                series,
                from: stepped,
                through: end,
                bars: rows.filter_map(|row| bars.get(row)).collect(),
            };
            // nothing is stepped before the exchange's time is known; what is wrong with them shows then
            if let Err(Trouble::Wrong(why)) = feed.take(&known, i64::MAX - 1_000) {
                let what = format!("bars of the history cannot be: {why}");
                account.alert(Severity::Critical, what);
            }
        }
        account.feed = feed;
        if let Some(what) = differs {
            let why = format!("the strategy's memory does not follow from the history: {what}");
            account.waiting.push(own_stop("memory", why.clone()));
            account.alert(Severity::Critical, why);
        }
        account.clock.now(now);
        account.ask_clock(now);
        let out = std::mem::take(&mut account.out);
        Ok((account, out))
    }

    /// Takes what happened, when the clock of whoever runs it says `now`, and says what is to be done.
    pub fn on(&mut self, input: Input, now: i64) -> Vec<Output> {
        if self.ended {
            return Vec::new();
        }
        self.given = now;
        if let Err(fault) = self.take(input, now) {
            self.ended = true;
            self.out.push(Output::Ended(fault.to_string()));
        }
        std::mem::take(&mut self.out)
    }

    /// Whether it has said [`Output::Ended`].
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Whether nothing is under way, uncertain or left to be booked.
    pub fn calm(&self) -> bool {
        self.desk.calm() && self.works.is_empty()
    }

    /// Its desk, to look at.
    pub fn desk(&self) -> &Desk<'a> {
        &self.desk
    }

    /// End of the last bar that was decided on, ms.
    pub fn stepped(&self) -> i64 {
        self.feed.stepped()
    }

    /// Until when a series of bars is known, ms: what comes next begins there.
    pub fn known(&self, series: usize) -> i64 {
        self.feed.through(series)
    }

    /// How far the clock that it is given is behind the exchange's, ms.
    pub fn clock_offset(&self) -> i64 {
        self.clock.offset()
    }

    /// Why entries are kept back at the moment.
    pub fn shut(&self) -> impl Iterator<Item = (Gate, &str)> {
        self.gates
            .iter()
            .map(|(gate, (why, _))| (*gate, why.as_str()))
    }

    fn take(&mut self, input: Input, given: i64) -> Result<(), Fault> {
        let timeout = self.bound.mandate.settings.read_timeout;
        self.reads.expire(given, timeout);
        // the answer that tells the time is taken whatever ours says
        let input = match input {
            Input::Read { ticket, answer } if self.is_clock(ticket) => {
                self.clock_answer(ticket, answer, given);
                Input::Tick
            }
            other => other,
        };
        let Some(now) = self.clock.now(given) else {
            self.ask_clock(given);
            return self.wait(input, given);
        };
        if !self.trimmed {
            self.trimmed = true;
            self.feed.trim(now);
        }
        let quotes = std::mem::take(&mut self.quotes);
        let fresh = |at: i64| (0..=FRESH).contains(&given.saturating_sub(at));
        let quotes = quotes.into_iter().filter(|(_, (_, at))| fresh(*at));
        self.priced(quotes.map(|(coin, (price, _))| (coin, price)), now)?;
        for waited in std::mem::take(&mut self.waiting) {
            self.hear(waited, now)?;
        }
        self.hear(input, now)?;
        self.timers(now)?;
        self.report();
        Ok(())
    }

    /// Takes what cannot wait, and keeps the rest, until the exchange's time is known (again).
    fn wait(&mut self, input: Input, given: i64) -> Result<(), Fault> {
        let prices = match &input {
            Input::Frame(frame) => Self::quoted(frame),
            Input::Prices(prices) => Some(prices.clone()),
            _ => None,
        };
        // prices grow old: of each the last is kept, with its time
        for (coin, price) in prices.iter().flatten() {
            if self.bound.mandate.market_of(coin).is_some() {
                self.quotes.insert(coin.clone(), (*price, given));
            }
        }
        if prices.is_some() {
            return Ok(());
        }
        match input {
            Input::Tick => Ok(()),
            Input::Gate { .. } => self.hear(input, given),
            Input::Stop { .. } | Input::Lift { .. } | Input::Resume => match self.clock.last() {
                // what a person says is on disk at once; a time that is a little old lets nothing live longer
                Some(last) => self.hear(input, last),
                None => {
                    self.waiting.push(input);
                    Ok(())
                }
            },
            input => {
                let pushed = matches!(input, Input::Frame(_) | Input::Closed(_));
                if self.waiting.len() < WAITING || !pushed {
                    self.waiting.push(input);
                } else {
                    self.looked.again = true;
                }
                Ok(())
            }
        }
    }

    pub(super) fn hear(&mut self, input: Input, now: i64) -> Result<(), Fault> {
        match input {
            Input::Closed(closed) => self.closed(&closed, now),
            Input::Frame(frame) => self.frame(&frame, now),
            Input::Prices(prices) => self.priced(prices.into_iter(), now),
            Input::Socket(news) => {
                self.socket(&news);
                Ok(())
            }
            Input::Sent { nonce, outcome } => self.sent(nonce, &outcome, now),
            Input::Read { ticket, answer } => self.read(ticket, answer, now),
            Input::Tick => self.tell(Event::Tick, now),
            Input::Gate { gate, shut } => {
                match shut {
                    Some(why) => self.gates.insert(gate, (why, None)),
                    None => self.gates.remove(&gate),
                };
                Ok(())
            }
            Input::Stop { source, why, force } => {
                self.tell(Event::Stop { source, why, force }, now)
            }
            Input::Lift { source } => self.tell(Event::Lift { source }, now),
            Input::Resume => {
                self.said.clear();
                let stops = self.desk.state().stops.keys();
                let own: Vec<String> = { stops }
                    .filter(|source| source.starts_with(OWN))
                    .cloned()
                    .collect();
                for source in own {
                    self.tell(Event::Lift { source }, now)?;
                }
                self.tell(Event::Resume, now)
            }
            Input::Release(symbol) => {
                let markets = &self.bound.mandate.markets;
                let is = |m: &super::Market| m.symbol == symbol || m.asset.coin == symbol;
                match markets.iter().position(is) {
                    Some(symbol) => self.tell(Event::Release { symbol }, now),
                    None => Ok(()),
                }
            }
            Input::Transferred { id, amount, time } => {
                let amount = sixbtc_live::money::float(amount);
                self.tell(Event::Transferred { id, amount, time }, now)
            }
        }
    }

    /// What is said of an order, in the light of what was asked for: one that is `filled` is over, also when the position
    /// that it was to make smaller was less than its size.
    pub(super) fn fitting(&self, cloid: Cloid, seen: Seen) -> Seen {
        let order = self.desk.state().orders.get(&cloid);
        let told = match (seen.told, order) {
            (Told::Filled(Some(part)), Some(order)) if part < order.plan.size => Told::Ended {
                why: "filled".to_owned(),
                filled: Some(part),
            },
            (Told::Filled(_), _) => Told::Filled(None),
            (told, _) => told,
        };
        Seen { told, ..seen }
    }

    /// Tells the desk, and does what it says.
    pub(super) fn tell(&mut self, event: Event, now: i64) -> Result<(), Fault> {
        let commands = self.desk.handle(event, now)?;
        self.execute(commands, now)
    }

    fn execute(&mut self, commands: Vec<Command>, now: i64) -> Result<(), Fault> {
        for command in commands {
            match command {
                Command::Journal(entry) => {
                    self.out.push(Output::Journal(journal::encode(&entry)?));
                }
                Command::Send(batch) => {
                    let mandate = self.bound.mandate;
                    let isolated = mandate.settings.isolated;
                    let action = bridge::action(&batch, &mandate.markets, isolated)?;
                    self.out.push(Output::Send {
                        nonce: batch.nonce,
                        action,
                        expires: u64::try_from(batch.expires).unwrap_or(0),
                    });
                    self.works.insert(batch.nonce, batch.work);
                }
                Command::Query(cloid) => self.ask_status(cloid, now),
                Command::Reconcile { since } => self.begin_round(since, now),
                Command::Alert(alert) => self.out.push(Output::Alert(alert)),
                Command::Trade(closed) => self.out.push(Output::Trade(closed)),
                Command::Save(snapshot) => {
                    let through = snapshot.state.seq;
                    let saved = Saved::new(
                        self.bound.mandate,
                        *snapshot,
                        self.signals.stage_words(),
                        (self.feed.stepped(), self.funded),
                    );
                    let state = saved.encode()?;
                    self.out.push(Output::Save { state, through });
                }
            }
        }
        Ok(())
    }

    fn closed(&mut self, closed: &ClosedBars, now: i64) -> Result<(), Fault> {
        let name = self.bound.mandate.series().nth(closed.series);
        let name = name.unwrap_or("?").to_owned();
        let series = closed.series;
        match self.feed.take(closed, now) {
            Ok(()) => {}
            Err(Trouble::Early(end)) => {
                let what =
                    format!("a bar of {name} is said to have closed before its end at {end}");
                self.alert(Severity::Warning, what);
            }
            Err(Trouble::Hole(why)) => {
                let what = format!("bars of {name} cannot be, however often they are read: {why}");
                self.alert(Severity::Critical, what.clone());
                self.hear(own_stop("bars", what), now)?;
            }
            Err(Trouble::Missing(from)) => self.out.push(Output::Backfill {
                series: closed.series,
                from,
            }),
            Err(Trouble::Wrong(why)) => {
                let what = format!("bars of {name} are not taken: {why}");
                self.alert(Severity::Critical, what);
                let from = self.feed.through(series);
                if from < i64::MAX {
                    self.out.push(Output::Backfill { series, from });
                }
            }
            Err(Trouble::Late(time)) => {
                let what = format!(
                    "the bar of {name} at {time} came too late: what is traded now differs from a test"
                );
                self.alert(Severity::Warning, what);
            }
        }
        self.steps(now)
    }

    /// Decides on all bars that are known of all symbols.
    fn steps(&mut self, now: i64) -> Result<(), Fault> {
        let held = |s: &Self| s.desk.state().positions.iter().any(|p| !p.is_zero());
        while let Some((time, bars)) = self.feed.next(now, held(self)) {
            self.step(time, &bars, now)?;
        }
        Ok(())
    }

    /// Asks for bars of series that are behind, and goes on without them when it has to.
    pub(super) fn behind(&mut self, now: i64) -> Result<(), Fault> {
        let every = self.bound.mandate.settings.read_timeout;
        let behind = self.feed.behind();
        if behind.is_empty() {
            // counted from when the first of them came
            self.looked.bars = Some(now);
        } else if self.looked.bars.is_none_or(|last| now - last >= every) {
            self.looked.bars = Some(now);
            for (series, from) in behind {
                self.out.push(Output::Backfill { series, from });
            }
        }
        self.steps(now)
    }

    fn step(&mut self, time: i64, bars: &[Option<Bar>], now: i64) -> Result<(), Fault> {
        self.signals.step(time, bars)?;
        let markets = self.bound.mandate.markets.len();
        let turn = (time / self.bound.mandate.timeframe.ms()).rem_euclid(markets as i64) as usize;
        let present: Vec<usize> = (0..markets).filter(|m| bars[*m].is_some()).collect();
        for &market in &present {
            let (Some(said), Some(bar)) = (self.signals.said(market), bars[market]) else {
                continue;
            };
            let flags = said.flags.first().copied().unwrap_or(0);
            let first = |column: &Vec<f64>| column.first().map_or(0, |x| x.to_bits());
            let decided = Decided {
                market,
                time,
                flags,
                values: said.values.iter().map(first).collect(),
                bar,
                memory: (market == turn).then(|| self.signals.memory(market)),
            };
            self.out.push(Output::Decided(decided));
            for (text, flag) in &self.bound.mandate.kernel.manifest().alerts {
                if flags >> flag & 1 == 1 {
                    let symbol = &self.bound.mandate.markets[market].symbol;
                    let what = format!("{symbol}: {text}");
                    let severity = Severity::Info;
                    self.out.push(Output::Alert(Alert { severity, what }));
                }
            }
        }
        if present.is_empty() {
            return Ok(());
        }
        let mut states = std::mem::take(&mut self.signals.states);
        let blocks = self.signals.blocks(present.into_iter());
        let commands = self.desk.closed(&mut states, &blocks, now);
        drop(blocks);
        self.signals.states = states;
        self.execute(commands?, now)
    }

    /// Prices by coin.
    pub(super) fn priced(
        &mut self,
        prices: impl Iterator<Item = (String, Decimal)>,
        now: i64,
    ) -> Result<(), Fault> {
        let mut fresh = vec![None; self.prices.len()];
        for (coin, price) in prices {
            let at = self.bound.mandate.market_of(&coin);
            if let Some(at) = at.filter(|_| bridge::is_price(price)) {
                self.prices[at] = Some(price);
                fresh[at] = Some(price);
            }
        }
        if fresh.iter().all(Option::is_none) {
            return Ok(());
        }
        self.tell(Event::Prices(fresh), now)
    }

    fn socket(&mut self, news: &SocketNews) {
        match news {
            SocketNews::Connected => {
                (self.connected, self.deaf) = (true, false);
                // what was said while nobody listened
                self.looked.again = true;
                self.looked.funding = None;
            }
            SocketNews::Lost(_) => self.connected = false,
            SocketNews::Stale(topic) => {
                let ours = ["orderUpdates", "userFills", "user"];
                self.deaf |= ours.contains(&topic.channel.as_str());
            }
        }
    }

    fn sent(&mut self, nonce: u64, outcome: &Outcome, now: i64) -> Result<(), Fault> {
        let Some(work) = self.works.remove(&nonce) else {
            return Ok(());
        };
        let heard = bridge::heard(&work, outcome, self.bound.mandate.agent);
        let answered = matches!(outcome, Outcome::Answered(_));
        if answered && heard.notices.is_empty() {
            self.gates.remove(&Gate::Agent);
        }
        for notice in heard.notices {
            self.notice(notice, now)?;
        }
        let answer = heard.answer;
        self.tell(Event::Answer { nonce, answer }, now)
    }

    /// Says something once.
    pub(super) fn alert(&mut self, severity: Severity, what: String) {
        if self.said.insert(what.clone()) {
            self.out.push(Output::Alert(Alert { severity, what }));
        }
    }

    pub(super) fn odd(&mut self, odd: &Odd) {
        self.alert(Severity::Warning, odd.to_string());
    }

    pub(super) fn output(&mut self, output: Output) {
        self.out.push(output);
    }

    /// Asks to be started again under other rules, once.
    pub(super) fn renew(&mut self, why: String) {
        if !self.renewing {
            self.renewing = true;
            self.out.push(Output::Renew(why));
        }
    }
}
