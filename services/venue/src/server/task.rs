//! The task that owns a venue.

use super::ServeError;
use super::clock::Clock;
use super::control::{Control, ControlError};
use super::state::State;
use crate::engine::Millis;
use crate::host::{Net, SessionId, Ticket};
use serde_json::Value;
use sixbtc_exchange::client::{HttpAnswer, TransportError};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// What is carried out before the log is written.
const BATCH: usize = 256;
/// Market time that passes in one batch at most, ms: whoever asks meanwhile need not wait for a day of prices.
const STRIDE: Millis = 600_000;

/// Bytes of inputs after which the whole state is written anew.
const LOG: usize = 16 << 20;

/// What the task is asked.
pub(super) enum Command {
    /// A request.
    Post {
        ip: IpAddr,
        path: &'static str,
        body: Vec<u8>,
        reply: oneshot::Sender<Result<HttpAnswer, TransportError>>,
    },
    /// A new websocket.
    Open {
        ip: IpAddr,
        reply: oneshot::Sender<Result<Opened, HttpAnswer>>,
    },
    /// A message on one.
    Text { session: SessionId, text: String },
    /// One was ended by its client.
    Close { session: SessionId },
    /// A word of the operator.
    Control {
        control: Box<Control>,
        reply: oneshot::Sender<Result<Value, ControlError>>,
    },
}

/// A websocket that stands.
pub(super) struct Opened {
    pub session: SessionId,
    /// Frames to send; ends with the websocket.
    pub frames: mpsc::Receiver<String>,
}

/// An answer to the operator that waits for the log.
type Word = (
    oneshot::Sender<Result<Value, ControlError>>,
    Result<Value, ControlError>,
);

pub(super) struct Venue {
    pub(super) net: Net,
    pub(super) clock: Clock,
    state: Option<State>,
    snapshot_every: u64,
    batches: u64,
    bytes: usize,
    now: Millis,
    replies: BTreeMap<Ticket, oneshot::Sender<Result<HttpAnswer, TransportError>>>,
    links: BTreeMap<SessionId, mpsc::Sender<String>>,
    words: Vec<Word>,
}

impl Venue {
    pub fn new(net: Net, clock: Clock, state: Option<State>, snapshot_every: u64) -> Self {
        let now = net.host().exchange().now();
        let mut venue = Self {
            net,
            clock,
            state,
            snapshot_every,
            batches: 0,
            bytes: 0,
            now,
            replies: BTreeMap::new(),
            links: BTreeMap::new(),
            words: Vec::new(),
        };
        venue.mind_speed();
        venue
    }

    /// Clients wait by the wall's time, whatever the market's speed.
    pub(super) fn mind_speed(&mut self) {
        let speed = self.clock.speed().unwrap_or(1.0).max(1.0);
        self.net
            .set_patience((Net::PATIENCE as f64 * speed) as Millis);
    }

    /// Market time of the next batch, on the way to `target`.
    fn next_time(&mut self, target: Millis) -> Millis {
        let latest = self.now.saturating_add(STRIDE);
        self.now = target.clamp(self.now, latest);
        self.clock.hold(latest);
        self.now
    }

    /// Lets the venue come to the clock's time before anybody can ask it anything.
    pub async fn catch_up(&mut self, stop: &CancellationToken) -> Result<(), ServeError> {
        // What passes meanwhile is left to the work itself: a fast market might never be caught up with.
        self.clock.hold(self.now.saturating_add(STRIDE));
        let target = self.clock.now();
        loop {
            let now = self.next_time(target);
            self.turn(now);
            self.commit().await?;
            if now >= target || stop.is_cancelled() {
                return Ok(());
            }
        }
    }

    /// Works until it is stopped, or until the state cannot be written.
    pub async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        tick: Duration,
        stop: CancellationToken,
    ) -> Result<(), ServeError> {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let wait = self.wait(tick);
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                n = commands.recv_many(&mut batch, BATCH) => if n == 0 { break },
                () = tokio::time::sleep(wait) => {}
            }
            let target = self.clock.now();
            let now = self.next_time(target);
            for command in batch.drain(..) {
                self.carry_out(now, command);
            }
            let now = self.now;
            self.turn(now);
            self.commit().await?;
            self.release();
        }
        self.end().await
    }

    /// How long until something happens by itself.
    fn wait(&self, tick: Duration) -> Duration {
        let speed = self.clock.speed().unwrap_or(1.0);
        let due = self.net.next_due().filter(|_| speed > 0.0).map(|due| {
            let ms = due.saturating_sub(self.now).max(0) as f64 / speed;
            Duration::from_secs_f64((ms / 1000.0).min(3600.0))
        });
        // Not at once again: a clock that stands would keep the task busy.
        due.map_or(tick, |due| due.clamp(Duration::from_millis(1), tick))
    }

    fn turn(&mut self, now: Millis) {
        self.net.host_mut().set_real(self.clock.real());
        self.net.run(now);
    }

    fn carry_out(&mut self, now: Millis, command: Command) {
        self.net.host_mut().set_real(self.clock.real());
        match command {
            Command::Post {
                ip,
                path,
                body,
                reply,
            } => {
                let ticket = self.net.post(now, ip, path, body);
                self.replies.insert(ticket, reply);
            }
            Command::Open { ip, reply } => {
                let opened = self.net.open(now, ip).map(|session| {
                    let most = self.net.host().settings().outbox.max(1);
                    let (sender, frames) = mpsc::channel(most);
                    self.links.insert(session, sender);
                    Opened { session, frames }
                });
                // A client that has gone meanwhile: its websocket ends with its first frame.
                if let Err(Ok(opened)) = reply.send(opened) {
                    self.hang_up(opened.session);
                }
            }
            Command::Text { session, text } => self.net.text(now, session, &text),
            Command::Close { session } => self.hang_up(session),
            Command::Control { control, reply } => {
                let result = self.control(now, *control);
                self.words.push((reply, result));
            }
        }
    }

    pub(super) fn hang_up(&mut self, session: SessionId) {
        self.net.hang_up(session);
        self.links.remove(&session);
    }

    /// Moves the market to a time that a step asked for.
    pub(super) fn move_to(&mut self, now: Millis) {
        self.now = self.now.max(now);
    }

    /// Makes durable what happened.
    async fn commit(&mut self) -> Result<(), ServeError> {
        let log = self.net.host_mut().take_log();
        let Some(state) = &self.state else {
            return Ok(());
        };
        if log.is_empty() {
            return Ok(());
        }
        self.bytes += state.append(&log).await?;
        self.batches += 1;
        if self.batches >= self.snapshot_every || self.bytes >= LOG {
            (self.batches, self.bytes) = (0, 0);
            state.snapshot(self.net.host().exchange()).await?;
        }
        Ok(())
    }

    /// Lets answers and frames go.
    fn release(&mut self) {
        for (reply, result) in self.words.drain(..) {
            // Whoever does not wait any more does not need it.
            let _ = reply.send(result);
        }
        for (ticket, result) in self.net.take_done() {
            if let Some(reply) = self.replies.remove(&ticket) {
                let _ = reply.send(result);
            }
        }
        for session in self.net.stirring() {
            let frames = self.net.frames(session);
            let sent = self
                .links
                .get(&session)
                .is_some_and(|link| frames.into_iter().all(|frame| link.try_send(frame).is_ok()));
            // Too slow, gone, or ended by the venue.
            if !sent || !self.net.is_open(session) {
                self.hang_up(session);
            }
        }
    }

    /// Leaves a whole state behind.
    async fn end(mut self) -> Result<(), ServeError> {
        self.commit().await?;
        self.release();
        if let Some(state) = self.state.take() {
            state.snapshot(self.net.host().exchange()).await?;
            state.close().await;
        }
        Ok(())
    }
}
