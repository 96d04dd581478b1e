//! One account with its disk, its clock, its requests and its websocket; and the loop that drives several of them.

use super::{Deposited, Dice, IP, answer, outcome};
use sixbtc_exchange::Network;
use sixbtc_exchange::client::{Ready, Topic};
use sixbtc_exchange::wire::InfoRequest;
use sixbtc_exchange::wire::ws::{ClientFrame, Frame, Subscription};
use sixbtc_executor::account::{
    Account, Bound, ClosedBars, Decided, Held, Input, Output, SocketNews, Start,
};
use sixbtc_live::desk::{Alert, Closed, Entry, Record};
use sixbtc_live::ident::Cloid;
use sixbtc_live::journal;
use sixbtc_live::order::Plan;
use sixbtc_market::Bars;
use sixbtc_venue::host::{Net, SessionId, Ticket};
use std::collections::BTreeMap;

/// What is on disk.
#[derive(Clone)]
pub struct Disk {
    pub journal: Vec<u8>,
    pub state: Option<Vec<u8>>,
}

enum Flight {
    Read(u64, InfoRequest),
    Send(u64, Box<Ready>),
}

/// How a process may fail, in thousandths of an output.
#[derive(Debug, Clone, Copy, Default)]
pub struct Crashes {
    pub crash: u64,
    /// The disk is full.
    pub full: u64,
}

pub struct Seat<'a> {
    pub bound: &'a Bound<'a>,
    pub who: Deposited,
    pub account: Option<Account<'a>>,
    pub disk: Disk,
    pub data: Vec<Bars>,
    flights: BTreeMap<Ticket, Flight>,
    session: Option<SessionId>,
    reopen: i64,
    pinged: i64,
    heard: BTreeMap<String, i64>,
    bars: Vec<(i64, ClosedBars)>,
    /// Until when each series has been sent on its way.
    pub scheduled: Vec<i64>,
    /// By how much its clock is ahead of the world's.
    pub skew: i64,
    pub down_until: i64,
    pub trades: BTreeMap<(u64, u32), Closed>,
    pub plans: BTreeMap<Cloid, Plan>,
    pub records: Vec<Entry>,
    pub alerts: Vec<(i64, Alert)>,
    pub held: Vec<Held>,
    pub outputs: u64,
    /// Of each output: whether it outlives the process.
    pub lasting: Vec<bool>,
    pub crash_at: Option<u64>,
    pub crashes: Crashes,
    pub crashed: u32,
    pub renewed: Vec<String>,
    pub decided: Vec<Decided>,
    pub dice: Dice,
    /// How long a websocket may be silent, ms.
    pub patience: i64,
}

/// The process ended.
pub struct Crash;

impl<'a> Seat<'a> {
    pub fn new(bound: &'a Bound<'a>, who: Deposited, data: Vec<Bars>, seed: u64) -> Self {
        Self {
            disk: Disk {
                journal: journal::header(&bound.mandate.name),
                state: None,
            },
            scheduled: vec![bound.mandate.from; data.len()],
            bound,
            who,
            account: None,
            data,
            flights: BTreeMap::new(),
            session: None,
            reopen: 0,
            pinged: 0,
            heard: BTreeMap::new(),
            bars: Vec::new(),
            skew: 0,
            down_until: 0,
            trades: BTreeMap::new(),
            plans: BTreeMap::new(),
            records: Vec::new(),
            alerts: Vec::new(),
            held: Vec::new(),
            outputs: 0,
            lasting: Vec::new(),
            crash_at: None,
            crashes: Crashes::default(),
            crashed: 0,
            renewed: Vec::new(),
            decided: Vec::new(),
            dice: Dice(seed ^ 0x5ea7),
            patience: 200_000,
        }
    }

    /// Its clock.
    pub fn clock(&self, now: i64) -> i64 {
        now + self.skew
    }

    fn known(&self, now: i64) -> Vec<Bars> {
        let length = self.bound.mandate.timeframe.ms();
        let closed = |b: &Bars| b.between(None, Some(now - length + 1));
        self.data.iter().map(closed).collect()
    }

    /// What is read from a disk.
    pub fn read(&mut self) -> Vec<Entry> {
        let name = &self.bound.mandate.name;
        let read = journal::read::<Entry>(&self.disk.journal, name).unwrap();
        self.disk.journal.truncate(read.good_len);
        read.records
    }

    /// Starts the process.
    pub fn start(&mut self, net: &mut Net, now: i64) {
        let entries = self.read();
        let history = self.known(now);
        let start = Start {
            history: &history,
            state: self.disk.state.as_deref(),
            journal: &entries,
        };
        let (account, outputs) = Account::start(self.bound, start, self.clock(now)).unwrap();
        for (series, scheduled) in self.scheduled.iter_mut().enumerate() {
            *scheduled = account.known(series);
        }
        self.account = Some(account);
        self.session = None;
        self.reopen = now;
        if self.execute(outputs, net, now).is_err() {
            self.crash(net, now);
        }
    }

    /// The process is gone, with all that it had in memory and on its wires.
    pub fn crash(&mut self, net: &mut Net, now: i64) {
        self.crashed += 1;
        self.crash_at = None;
        self.account = None;
        for (ticket, _) in std::mem::take(&mut self.flights) {
            net.forget(ticket);
        }
        if let Some(session) = self.session.take() {
            net.hang_up(session);
        }
        self.bars.clear();
        let down = self.dice.below(20_000) as i64;
        self.down_until = now + down;
    }

    fn execute(&mut self, outputs: Vec<Output>, net: &mut Net, now: i64) -> Result<(), Crash> {
        for output in outputs {
            let at = self.outputs;
            self.outputs += 1;
            let lasts = |o: &Output| {
                matches!(
                    o,
                    Output::Journal(_) | Output::Save { .. } | Output::Send { .. }
                )
            };
            self.lasting.push(lasts(&output));
            let crash = self.dice.mille(self.crashes.crash) || self.crash_at == Some(at);
            let full = self.dice.mille(self.crashes.full);
            if let Output::Journal(bytes) = &output {
                // what was decided is known to the one who judges, whether it got to disk or not
                let header = journal::header("x");
                let whole = [header, bytes.clone()].concat();
                let read = journal::read::<Entry>(&whole, "x").unwrap();
                let entry = read.records.into_iter().next().unwrap();
                if crash || full {
                    // what was being written may be there in part, when the process ends and not when the disk is full
                    let part = self.dice.below(bytes.len() as u64 + 1) as usize;
                    let part = if crash { part } else { 0 };
                    self.disk.journal.extend(&bytes[..part]);
                    if part == bytes.len() {
                        self.note(entry);
                    }
                    return Err(Crash);
                }
                self.disk.journal.extend(bytes);
                self.note(entry);
                continue;
            }
            if crash {
                return Err(Crash);
            }
            match output {
                Output::Journal(_) => unreachable!(),
                Output::Save { state, .. } => {
                    if full {
                        return Err(Crash);
                    }
                    self.disk.state = Some(state);
                    // the process may end between the two
                    if self.dice.chance(70) {
                        self.disk.journal = journal::header(&self.bound.mandate.name);
                    }
                }
                Output::Send {
                    nonce,
                    action,
                    expires,
                } => {
                    let vault = Some(self.who.user);
                    let key = &self.who.agent;
                    let ready =
                        Ready::placing(key, Network::Local, action, nonce, vault, expires).unwrap();
                    let ticket = net.post(now, IP, "/exchange", ready.body().to_vec());
                    self.flights
                        .insert(ticket, Flight::Send(nonce, Box::new(ready)));
                }
                Output::Read { ticket, request } => {
                    let body = serde_json::to_vec(&request).unwrap();
                    let posted = net.post(now, IP, "/info", body);
                    self.flights.insert(posted, Flight::Read(ticket, request));
                }
                Output::Alert(alert) => self.alerts.push((now, alert)),
                Output::Trade(closed) => {
                    let key = (closed.number, closed.part);
                    if let Some(before) = self.trades.insert(key, *closed.clone()) {
                        let same = |c: &Closed| {
                            format!("{:?}", (c.trade.entry_price, c.trade.size, c.time, c.why))
                        };
                        assert_eq!(same(&before), same(&closed), "told again, told the same");
                    }
                }
                Output::Positions(held) => self.held = held,
                Output::Decided(decided) => self.decided.push(decided),
                Output::Backfill { series, from } => {
                    // asked for, and there after a while
                    let length = self.bound.mandate.timeframe.ms();
                    let through = self.bound.mandate.timeframe.floor(now);
                    let bars = self.data[series].between(Some(from), Some(through - length + 1));
                    let closed = ClosedBars {
                        series,
                        from,
                        through,
                        bars: (0..bars.len()).filter_map(|r| bars.get(r)).collect(),
                    };
                    self.bars.push((now + 300, closed));
                }
                Output::Renew(why) => self.renewed.push(why),
                Output::Ended(why) => panic!("the account ended: {why}"),
            }
        }
        Ok(())
    }

    fn note(&mut self, entry: Entry) {
        if let Record::Planned { plans, .. } = &entry.record {
            for plan in plans {
                let before = self.plans.insert(plan.cloid, plan.clone());
                assert!(before.is_none(), "a name was given twice: {plan:?}");
            }
        }
        self.records.push(entry);
    }

    /// Says something to the account, and does what it says.
    pub fn on(&mut self, input: Input, net: &mut Net, now: i64) -> bool {
        let clock = self.clock(now);
        let Some(account) = &mut self.account else {
            return false;
        };
        let outputs = account.on(input, clock);
        if self.execute(outputs, net, now).is_err() {
            self.crash(net, now);
            return false;
        }
        true
    }

    fn open(&mut self, net: &mut Net, now: i64) {
        if self.session.is_some() || now < self.reopen || self.account.is_none() {
            return;
        }
        self.reopen = now + 1_000;
        let Ok(session) = net.open(now, IP) else {
            return;
        };
        let user = self.who.user;
        for subscription in [
            Subscription::AllMids { dex: None },
            Subscription::OrderUpdates { user },
            Subscription::UserEvents { user },
            Subscription::UserFills {
                user,
                aggregate_by_time: None,
            },
            Subscription::UserFundings { user },
        ] {
            let frame: ClientFrame = ClientFrame::Subscribe { subscription };
            net.text(now, session, &serde_json::to_string(&frame).unwrap());
        }
        self.session = Some(session);
        self.heard = BTreeMap::from([("allMids".to_owned(), now), ("pong".to_owned(), now)]);
        self.pinged = now;
        self.on(Input::Socket(SocketNews::Connected), net, now);
    }

    fn hang_up(&mut self, why: &str, net: &mut Net, now: i64) {
        if let Some(session) = self.session.take() {
            net.hang_up(session);
            let news = SocketNews::Lost(why.to_owned());
            self.on(Input::Socket(news), net, now);
        }
    }

    /// All that has arrived by now, one thing after the other. Whether anything had.
    pub fn deliver(&mut self, net: &mut Net, now: i64) -> bool {
        let mut some = false;
        self.open(net, now);
        if let Some(session) = self.session {
            let frames = net.frames(session);
            let open = net.is_open(session);
            for text in frames {
                some = true;
                let Ok(Some(frame)) = Frame::read(&text) else {
                    continue;
                };
                self.heard.insert(frame.channel().to_owned(), now);
                if !self.on(Input::Frame(Box::new(frame)), net, now) {
                    return true;
                }
            }
            if !open {
                self.hang_up("closed", net, now);
                some = true;
            } else if now - self.heard["pong"] > self.patience {
                self.hang_up("silent", net, now);
            } else if now - self.pinged >= 20_000 {
                self.pinged = now;
                net.text(now, session, r#"{"method":"ping"}"#);
                if now - self.heard["allMids"] > 30_000 {
                    let topic = Topic {
                        channel: "userFills".to_owned(),
                        key: self.who.user.to_string(),
                    };
                    self.on(Input::Socket(SocketNews::Stale(topic)), net, now);
                }
            }
        }
        while let Some(at) = self.bars.iter().position(|(at, _)| *at <= now) {
            let (_, closed) = self.bars.remove(at);
            some = true;
            if !self.on(Input::Closed(closed), net, now) {
                return true;
            }
        }
        let tickets: Vec<Ticket> = self.flights.keys().copied().collect();
        for ticket in tickets {
            let Some(result) = net.take(ticket) else {
                continue;
            };
            some = true;
            let Some(flight) = self.flights.remove(&ticket) else {
                return true;
            };
            let input = match flight {
                Flight::Read(ticket, request) => Input::Read {
                    ticket,
                    answer: answer(&request, result),
                },
                Flight::Send(nonce, ready) => Input::Sent {
                    nonce,
                    outcome: outcome(&ready, result),
                },
            };
            if !self.on(input, net, now) {
                return true;
            }
        }
        some
    }

    /// Sends bars that have closed on their way; each takes as long as `delay` says, and none is said to be lost.
    pub fn bars_closed(&mut self, now: i64, delay: &mut dyn FnMut() -> Option<i64>) {
        let through = self.bound.mandate.timeframe.floor(now);
        let length = self.bound.mandate.timeframe.ms();
        for series in 0..self.data.len() {
            let from = self.scheduled[series];
            if through <= from {
                continue;
            }
            let bars = self.data[series].between(Some(from), Some(through - length + 1));
            let closed = ClosedBars {
                series,
                from,
                through,
                bars: (0..bars.len()).filter_map(|r| bars.get(r)).collect(),
            };
            self.scheduled[series] = through;
            if let Some(delay) = delay() {
                self.bars.push((now + delay, closed));
            }
        }
    }

    /// When something is due by itself.
    pub fn next_due(&self) -> Option<i64> {
        self.bars.iter().map(|b| b.0).min()
    }

    /// Whether requests are on their way.
    pub fn busy(&self) -> bool {
        !self.flights.is_empty()
    }
}
