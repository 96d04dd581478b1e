//! One account as a task: tells it what happens, and does what it wants, in order.
//!
//! The machine decides, this carries out. The order is the whole point: a record is on the disk before the request is sent that it
//! tells of, and when the disk fails nothing is sent any more. Requests are under way beside each other and beside everything else,
//! so that a slow answer holds up nothing. The future may be dropped at any of its waits, as a process may be killed at any
//! instruction: whoever starts it again from what is on disk goes on.

use crate::account::{Account, ClosedBars, Decided, Gate, Held, Input, Output};
use crate::clock::VenueClock;
use crate::disk::DiskError;
use crate::keeper::Keeper;
use async_trait::async_trait;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use futures_util::{FutureExt as _, poll};
use serde_json::Value;
use sixbtc_exchange::client::{NotSent, Outcome, ReadError, Ready, Rest};
use sixbtc_exchange::wire::{Action, InfoRequest};
use sixbtc_exchange::{Millis, Pace};
use sixbtc_live::desk::{Alert, Closed, Severity};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// What decides: an account, or something in its place.
pub trait Decides: Send {
    /// Takes what happened, at an own time, and says what is to be done.
    fn on(&mut self, input: Input, now: Millis) -> Vec<Output>;
}

impl Decides for Account<'_> {
    fn on(&mut self, input: Input, now: Millis) -> Vec<Output> {
        Account::on(self, input, now)
    }
}

/// Signs actions of one account.
pub trait Signs: Send + Sync {
    /// Signs; errors say why nobody can, without secrets.
    fn sign(&self, action: Action, nonce: u64, expires: u64, now: Millis) -> Result<Ready, String>;
}

/// Where an account's results go.
#[async_trait]
pub trait Books: Send + Sync {
    /// Notes a trade that was closed; again under the same number, it is the same trade.
    async fn closed(&self, trade: &Closed) -> Result<(), String>;

    /// Takes a report. Does not wait.
    fn report(&self, report: Report);
}

/// What is told beside trades.
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    /// A person should know.
    Alert(Alert),
    /// What is held.
    Positions(Vec<Held>),
    /// What a strategy said at a bar.
    Decided(Decided),
}

/// Brings bars that an account lacks.
#[async_trait]
pub trait Brings: Send + Sync {
    /// Closed bars of a series from a time on, proved complete.
    async fn bars(&self, series: usize, from: Millis) -> Result<ClosedBars, String>;
}

/// Everything that an account's task touches.
pub struct Ports {
    /// The disk.
    pub keeper: Box<dyn Keeper>,
    /// The exchange.
    pub rest: Arc<Rest>,
    /// The key.
    pub signer: Arc<dyn Signs>,
    /// The store.
    pub books: Arc<dyn Books>,
    /// Candles.
    pub history: Arc<dyn Brings>,
    /// Time at the venue.
    pub clock: VenueClock,
    /// Waiting.
    pub pace: Arc<dyn Pace>,
    /// What happens elsewhere: frames, closed bars, prices, words.
    pub inputs: mpsc::Receiver<Input>,
    /// How often time is told when nothing else happens.
    pub tick: Duration,
    /// Ends it.
    pub stop: CancellationToken,
    /// An answer to a question that took so long is no longer wanted: the account asks again.
    pub answer: Duration,
    /// How long, at the end, answers are waited for that are under way.
    pub patience: Duration,
}

/// How a task ended.
#[derive(Debug)]
pub enum Ended {
    /// It was asked to.
    Stopped,
    /// The disk failed: nothing was sent that is not on it.
    Disk(DiskError),
    /// The account cannot go on.
    Account(String),
    /// It wants to be started anew under a new mandate.
    Renew(String),
}

/// Pause before bars or trades are tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// Something under way that came back.
enum Landed {
    Sent(u64, Outcome),
    Read(u64, Result<Value, ReadError>),
    Bars(usize, Millis, Result<ClosedBars, String>),
    Booked(Result<(), String>),
    Pause(Later),
}

/// What is tried again after a pause.
enum Later {
    Bars(usize, Millis),
    Book,
}

/// Requests that were signed while the disk worked, by their nonces.
type Signed = BTreeMap<u64, Result<Ready, String>>;

/// All records up to the next state that is saved: they wait for the disk together, before anything that they tell of is done.
fn journaled(outputs: &mut VecDeque<Output>) -> Vec<u8> {
    let mut records = Vec::new();
    for output in outputs.iter_mut() {
        match output {
            Output::Journal(more) if records.is_empty() => records = std::mem::take(more),
            Output::Journal(more) => records.append(more),
            Output::Save { .. } => break,
            _ => {}
        }
    }
    records
}

type Flights = FuturesUnordered<BoxFuture<'static, Landed>>;

struct Task<'a> {
    account: &'a mut dyn Decides,
    ports: Ports,
    flights: Flights,
    /// Landed while something else was waited for.
    landed: VecDeque<Landed>,
    /// Trades that are not in the store yet; the first one is under way.
    trades: VecDeque<Arc<Closed>>,
    /// Requests of the account whose answers it waits for.
    asked: usize,
}

/// Runs an account until it is stopped or cannot go on. `first` is what it wanted when it was started.
pub async fn run(account: &mut dyn Decides, first: Vec<Output>, ports: Ports) -> Ended {
    let task = Task {
        account,
        ports,
        flights: FuturesUnordered::new(),
        landed: VecDeque::new(),
        trades: VecDeque::new(),
        asked: 0,
    };
    task.run(first).await
}

impl Task<'_> {
    async fn run(mut self, first: Vec<Output>) -> Ended {
        let stop = self.ports.stop.clone();
        let pace = Arc::clone(&self.ports.pace);
        if let Err(ended) = self.execute(first).await {
            return ended;
        }
        let mut tick = pace.pause(self.ports.tick);
        loop {
            let input = if let Some(landed) = self.landed.pop_front() {
                self.take(landed)
            } else {
                tokio::select! {
                    biased;
                    () = stop.cancelled() => return self.finish().await,
                    Some(landed) = self.flights.next(), if !self.flights.is_empty() => self.take(landed),
                    input = self.ports.inputs.recv() => match input {
                        Some(input) => Some(input),
                        // nobody can say anything any more: as if stopped
                        None => return self.finish().await,
                    },
                    () = &mut tick => {
                        tick = pace.pause(self.ports.tick);
                        Some(Input::Tick)
                    }
                }
            };
            if let Some(input) = input
                && let Err(ended) = self.tell(input).await
            {
                return ended;
            }
        }
    }

    /// What the account hears of something that came back.
    fn take(&mut self, landed: Landed) -> Option<Input> {
        match landed {
            Landed::Sent(nonce, outcome) => {
                self.asked = self.asked.saturating_sub(1);
                Some(Input::Sent { nonce, outcome })
            }
            Landed::Read(ticket, answer) => {
                self.asked = self.asked.saturating_sub(1);
                Some(Input::Read { ticket, answer })
            }
            Landed::Bars(_, _, Ok(bars)) => Some(Input::Closed(bars)),
            Landed::Bars(series, from, Err(why)) => {
                tracing::warn!(series, from, why, "bars that are missing could not be read");
                self.later(Later::Bars(series, from));
                None
            }
            Landed::Booked(Ok(())) => {
                self.trades.pop_front();
                self.book();
                None
            }
            Landed::Booked(Err(why)) => {
                tracing::warn!(why, "a trade is not in the store yet");
                self.later(Later::Book);
                None
            }
            Landed::Pause(Later::Bars(series, from)) => {
                self.bring(series, from);
                None
            }
            Landed::Pause(Later::Book) => {
                self.book();
                None
            }
        }
    }

    fn later(&mut self, what: Later) {
        let pace = Arc::clone(&self.ports.pace);
        let wait = async move {
            pace.pause(AGAIN).await;
            Landed::Pause(what)
        };
        self.flights.push(wait.boxed());
    }

    fn bring(&mut self, series: usize, from: Millis) {
        let history = Arc::clone(&self.ports.history);
        let read = async move {
            let bars = history.bars(series, from).await;
            Landed::Bars(series, from, bars)
        };
        self.flights.push(read.boxed());
    }

    /// Brings the oldest trade into the store.
    fn book(&mut self) {
        let Some(trade) = self.trades.front().cloned() else {
            return;
        };
        let books = Arc::clone(&self.ports.books);
        let write = async move { Landed::Booked(books.closed(&trade).await) };
        self.flights.push(write.boxed());
    }

    /// Tells the account something and does what it wants.
    async fn tell(&mut self, input: Input) -> Result<(), Ended> {
        // own time: the account compares it with the exchange's itself
        let outputs = self.account.on(input, self.ports.clock.own());
        self.execute(outputs).await
    }

    async fn execute(&mut self, outputs: Vec<Output>) -> Result<(), Ended> {
        let mut outputs = VecDeque::from(outputs);
        let mut signed = BTreeMap::new();
        while !outputs.is_empty() {
            let records = journaled(&mut outputs);
            if !records.is_empty() {
                signed.extend(self.write(records, &outputs).await?);
            }
            while let Some(output) = outputs.pop_front() {
                let saved = matches!(output, Output::Save { .. });
                self.carry_out(output, &mut signed).await?;
                if saved {
                    // what is journaled behind a state is not in it
                    break;
                }
            }
        }
        Ok(())
    }

    /// Brings records to the disk. While it works, requests that follow are signed: none leaves before it is done.
    async fn write(
        &mut self,
        records: Vec<u8>,
        outputs: &VecDeque<Output>,
    ) -> Result<Signed, Ended> {
        let Ports {
            keeper,
            signer,
            clock,
            ..
        } = &mut self.ports;
        let mut signed = Signed::new();
        let written = {
            let mut written = keeper.append(records);
            let mut behind = outputs.iter();
            loop {
                match (poll!(&mut written), behind.next()) {
                    (Poll::Ready(written), _) => break written,
                    (Poll::Pending, Some(Output::Save { .. }) | None) => break written.await,
                    (
                        Poll::Pending,
                        Some(Output::Send {
                            nonce,
                            action,
                            expires,
                        }),
                    ) => {
                        let ready = signer.sign(action.clone(), *nonce, *expires, clock.now());
                        signed.insert(*nonce, ready);
                    }
                    _ => {}
                }
            }
        };
        match written {
            Ok(()) => Ok(signed),
            Err(e) => Err(self.failed(e)),
        }
    }

    async fn carry_out(&mut self, output: Output, signed: &mut Signed) -> Result<(), Ended> {
        match output {
            // gathered before
            Output::Journal(_) => {}
            Output::Save { state, .. } => {
                self.booked().await?;
                let saved = self.ports.keeper.save(state).await;
                saved.map_err(|e| self.failed(e))?;
            }
            Output::Send {
                nonce,
                action,
                expires,
            } => {
                let ready = signed.remove(&nonce).unwrap_or_else(|| {
                    let now = self.ports.clock.now();
                    self.ports.signer.sign(action, nonce, expires, now)
                });
                self.send(nonce, ready);
                self.nudge().await;
            }
            Output::Read { ticket, request } => self.read(ticket, request),
            Output::Backfill { series, from } => self.bring(series, from),
            Output::Trade(trade) => {
                self.trades.push_back(Arc::from(trade));
                if self.trades.len() == 1 {
                    self.book();
                }
            }
            Output::Alert(alert) => self.ports.books.report(Report::Alert(alert)),
            Output::Positions(held) => self.ports.books.report(Report::Positions(held)),
            Output::Decided(decided) => self.ports.books.report(Report::Decided(decided)),
            Output::Renew(why) => return Err(Ended::Renew(why)),
            Output::Ended(why) => return Err(Ended::Account(why)),
        }
        Ok(())
    }

    /// Waits until all trades are in the store. A state that knows of a trade must not be what is left when the store does not: the
    /// trade is told again from the journal alone. And a state must not be left out: what the journal says afterwards follows
    /// from the bar that the state knows of. A store that is gone for long ends the account with its lease anyway.
    async fn booked(&mut self) -> Result<(), Ended> {
        for landed in std::mem::take(&mut self.landed) {
            self.take_booking(landed);
        }
        let stop = self.ports.stop.clone();
        while !self.trades.is_empty() {
            let landed = tokio::select! {
                biased;
                Some(landed) = self.flights.next() => landed,
                () = stop.cancelled() => return Err(Ended::Stopped),
            };
            self.take_booking(landed);
        }
        Ok(())
    }

    /// Takes what came back from the store; all else waits for its turn.
    fn take_booking(&mut self, landed: Landed) {
        match landed {
            // neither tells the account anything
            Landed::Booked(_) | Landed::Pause(Later::Book) => {
                self.take(landed);
            }
            other => self.landed.push_back(other),
        }
    }

    fn failed(&self, error: DiskError) -> Ended {
        let what = format!(
            "nothing is sent any more, what rests at the exchange stays: {error}{}",
            if error.is_full() {
                ". Make room on the disk"
            } else {
                ""
            }
        );
        let severity = Severity::Critical;
        let alert = Alert { severity, what };
        self.ports.books.report(Report::Alert(alert));
        Ended::Disk(error)
    }

    fn send(&mut self, nonce: u64, ready: Result<Ready, String>) {
        self.asked += 1;
        match ready {
            Ok(ready) => {
                let rest = Arc::clone(&self.ports.rest);
                let sent = async move { Landed::Sent(nonce, rest.exchange(&ready).await) };
                self.flights.push(sent.boxed());
            }
            Err(why) => {
                let not = NotSent::Unreachable(format!("it was not signed: {why}"));
                self.landed
                    .push_back(Landed::Sent(nonce, Outcome::NotSent(not)));
            }
        }
    }

    fn read(&mut self, ticket: u64, request: InfoRequest) {
        self.asked += 1;
        let rest = Arc::clone(&self.ports.rest);
        let (pace, most) = (Arc::clone(&self.ports.pace), self.ports.answer);
        // what has waited too long for its turn is taken out of the queue, where it would hold up those that are wanted
        let read = async move {
            let answer = tokio::select! {
                biased;
                answer = rest.info(&request) => answer,
                () = pace.pause(most) => Err(ReadError::Failing("there was no answer in time".to_owned())),
            };
            Landed::Read(ticket, answer)
        };
        self.flights.push(read.boxed());
    }

    /// Lets requests leave before the disk is waited for again.
    async fn nudge(&mut self) {
        while let Poll::Ready(Some(landed)) = poll!(self.flights.next()) {
            self.landed.push_back(landed);
        }
    }

    /// Hears the answers that are under way, for a while, and brings trades into the store.
    async fn finish(mut self) -> Ended {
        let pace = Arc::clone(&self.ports.pace);
        let mut end = pace.pause(self.ports.patience);
        let shut = Input::Gate {
            gate: Gate::System,
            shut: Some("the executor stops".into()),
        };
        if let Err(ended) = self.tell(shut).await {
            return ended;
        }
        loop {
            let landed = match self.landed.pop_front() {
                Some(landed) => landed,
                None if self.asked == 0 && self.trades.is_empty() => return Ended::Stopped,
                None => tokio::select! {
                    biased;
                    () = &mut end => return Ended::Stopped,
                    Some(landed) = self.flights.next() => landed,
                },
            };
            // what protects is still sent, what asks is not asked any more
            let answers = matches!(landed, Landed::Sent(..) | Landed::Read(..));
            if let Some(input) = self.take(landed).filter(|_| answers)
                && let Err(ended) = self.tell(input).await
            {
                return ended;
            }
        }
    }
}
