//! The network in front of a host, where things go wrong as a [`Faults`] decides.
//!
//! Sans-IO like the host: whoever drives it says what time it is. Requests are posted for a [`Ticket`]; the answer, or how
//! none came, is there at once or after a later [`Net::run`].

use super::{
    AnswerFate, Faults, FrameFate, Host, Loss, OpenFate, Post, RequestFate, Sent, SessionId, rows,
    signed,
};
use crate::engine::Millis;
use sixbtc_exchange::client::{HttpAnswer, TransportError};
use sixbtc_exchange::wire::exchange::Response;
use sixbtc_exchange::wire::{Envelope, Ordered};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// A request that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(u64);

/// Nothing goes wrong.
struct NoFaults;

impl Faults for NoFaults {}

/// A request as it was sent.
struct Request {
    number: u64,
    ip: IpAddr,
    path: String,
    body: Vec<u8>,
}

impl Request {
    fn post(&self, now: Millis) -> Post<'_> {
        Post {
            now,
            number: self.number,
            ip: self.ip,
            path: &self.path,
            body: &self.body,
        }
    }
}

/// What will happen.
enum Due {
    /// A request arrives; a duplicate has no ticket.
    Arrive(Option<Ticket>, Arc<Request>),
    /// An answer arrives.
    Answer(Ticket, HttpAnswer),
    /// The client gives up.
    GiveUp(Ticket),
    /// A frame arrives.
    Frame(SessionId, Arc<str>),
    /// A message arrives on a websocket.
    Text(SessionId, String),
}

/// A websocket as its client sees it.
struct Link {
    ip: IpAddr,
    since: Millis,
    /// Frames that were handed to the network.
    frames: u64,
    /// Frames that have arrived.
    ready: Vec<String>,
    closed: bool,
}

/// A host behind a network.
pub struct Net {
    host: Host,
    faults: Box<dyn Faults>,
    patience: Millis,
    due: BTreeMap<(Millis, u64), Due>,
    counter: u64,
    posts: u64,
    waiting: BTreeSet<Ticket>,
    done: BTreeMap<Ticket, Result<HttpAnswer, TransportError>>,
    links: BTreeMap<SessionId, Link>,
    down: bool,
    offset: Millis,
}

impl Net {
    /// How long a client waits for an answer, ms, unless it is told otherwise.
    pub const PATIENCE: Millis = 10_000;

    /// A network in which nothing goes wrong.
    pub fn new(host: Host) -> Self {
        Self {
            host,
            faults: Box::new(NoFaults),
            patience: Self::PATIENCE,
            due: BTreeMap::new(),
            counter: 0,
            posts: 0,
            waiting: BTreeSet::new(),
            done: BTreeMap::new(),
            links: BTreeMap::new(),
            down: false,
            offset: 0,
        }
    }

    /// Things go wrong like this from now on; `None` = no more. What is delayed already still comes.
    pub fn set_faults(&mut self, faults: Option<Box<dyn Faults>>) {
        self.faults = faults.unwrap_or_else(|| Box::new(NoFaults));
        self.host.remember(self.faults.memory());
        self.host.set_offset(self.offset);
        self.host.freeze(false);
        self.down = false;
    }

    /// Sets the venue's clock ahead of the market's, or behind it, ms; what faults do to it comes on top.
    pub fn set_offset(&mut self, offset: Millis) {
        self.offset = offset;
    }

    /// Clients wait so long for an answer before they hear that none came, ms.
    pub fn set_patience(&mut self, patience: Millis) {
        self.patience = patience;
    }

    /// The host.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The host, for what does not pass the network.
    pub fn host_mut(&mut self) -> &mut Host {
        &mut self.host
    }

    /// When something delayed happens next: [`Self::run`] should be called then.
    pub fn next_due(&self) -> Option<Millis> {
        self.due.first_key_value().map(|((time, _), _)| *time)
    }

    fn later(&mut self, time: Millis, due: Due) {
        self.counter += 1;
        self.due.insert((time, self.counter), due);
    }

    /// Lets everything happen that happens until `now`, in the order of its time.
    pub fn run(&mut self, now: Millis) {
        while let Some(entry) = self.due.first_entry() {
            let time = entry.key().0;
            if time > now {
                break;
            }
            let due = entry.remove();
            self.pass(time);
            match due {
                Due::Arrive(ticket, request) => self.arrive(time, ticket, &request, None),
                Due::Answer(ticket, answer) => self.finish(ticket, Ok(answer)),
                Due::GiveUp(ticket) => self.finish(ticket, Err(TransportError::TimedOut)),
                Due::Frame(session, text) => {
                    if let Some(link) = self.links.get_mut(&session).filter(|link| !link.closed) {
                        link.ready.push(text.to_string());
                    }
                }
                Due::Text(session, text) => {
                    if !self.down {
                        self.host.text(time, session, &text);
                    }
                }
            }
            self.pump(time);
        }
        self.pass(now);
        self.pump(now);
    }

    /// Time passes at the venue, unless it is down.
    fn pass(&mut self, now: Millis) {
        self.down = self.faults.down(now);
        if self.down {
            self.host.close_all();
            return;
        }
        self.host
            .set_offset(self.offset.saturating_add(self.faults.clock(now)));
        self.host.freeze(self.faults.frozen(now));
        self.host.step_to(now);
        for (session, link) in &self.links {
            if !link.closed && self.faults.cut(now, session.0, link.since) {
                self.host.close(*session);
            }
        }
    }

    /// Sends a request.
    pub fn post(&mut self, now: Millis, ip: IpAddr, path: &str, body: Vec<u8>) -> Ticket {
        self.run(now);
        let number = self.posts;
        self.posts += 1;
        let ticket = Ticket(number);
        self.waiting.insert(ticket);
        let request = Arc::new(Request {
            number,
            ip,
            path: path.to_owned(),
            body,
        });
        if self.down {
            self.lose(ticket, Loss::NotConnected);
            return ticket;
        }
        match self.faults.request(&request.post(now)) {
            RequestFate::Drop(loss) => self.lose(ticket, loss),
            RequestFate::Delay(ms) => {
                self.later(now + ms.max(0), Due::Arrive(Some(ticket), request));
            }
            RequestFate::Duplicate(ms) => {
                self.later(now + ms.max(0), Due::Arrive(None, Arc::clone(&request)));
                self.arrive(now, Some(ticket), &request, None);
            }
            RequestFate::Answer {
                status,
                body,
                retry_after,
            } => {
                let answer = HttpAnswer {
                    retry_after: retry_after.map(Duration::from_secs),
                    ..in_front(status, &body)
                };
                self.finish(ticket, Ok(answer));
            }
            RequestFate::Refuse(text) if path == "/exchange" => {
                let body = serde_json::to_vec(&Response::Err(text)).unwrap_or_default();
                self.finish(ticket, Ok(HttpAnswer::json(200, body)));
            }
            // What is no action cannot be refused as one.
            RequestFate::Deliver | RequestFate::Refuse(_) => {
                self.arrive(now, Some(ticket), &request, None);
            }
            RequestFate::Stale(ms) => self.arrive(now, Some(ticket), &request, Some(ms)),
            RequestFate::Thin(thousandths) => {
                let envelope = serde_json::from_slice::<Envelope<Ordered>>(&request.body);
                if let Some(action) = envelope.ok().and_then(|e| signed::action_of(&e).ok()) {
                    self.host.thin(now, &action, thousandths);
                }
                self.arrive(now, Some(ticket), &request, None);
            }
        }
        if self.waiting.contains(&ticket) {
            self.later(now + self.patience, Due::GiveUp(ticket));
        }
        self.pump(now);
        ticket
    }

    fn arrive(
        &mut self,
        now: Millis,
        ticket: Option<Ticket>,
        request: &Request,
        behind: Option<Millis>,
    ) {
        if self.down {
            // It was under way when the venue went down.
            if let Some(ticket) = ticket {
                self.lose(ticket, Loss::Broken);
            }
            return;
        }
        let mut answer =
            self.host
                .post_behind(now, request.ip, &request.path, &request.body, behind);
        let Some(ticket) = ticket else {
            return;
        };
        match self.faults.answer(&request.post(now)) {
            AnswerFate::Deliver => self.finish(ticket, Ok(answer)),
            AnswerFate::Drop(loss) => self.lose(ticket, loss),
            AnswerFate::Delay(ms) => self.later(now + ms.max(0), Due::Answer(ticket, answer)),
            AnswerFate::Status(status) => self.finish(ticket, Ok(in_front(status, ""))),
            AnswerFate::Truncate(bytes) => {
                answer.body.truncate(bytes);
                self.finish(ticket, Ok(answer));
            }
        }
    }

    fn lose(&mut self, ticket: Ticket, loss: Loss) {
        match loss {
            Loss::NotConnected => {
                let why = "connection refused".to_owned();
                self.finish(ticket, Err(TransportError::NotConnected(why)));
            }
            Loss::Broken => {
                let why = "connection reset".to_owned();
                self.finish(ticket, Err(TransportError::Broken(why)));
            }
            // The client gives up when its patience ends.
            Loss::TimedOut => {}
        }
    }

    fn finish(&mut self, ticket: Ticket, result: Result<HttpAnswer, TransportError>) {
        if self.waiting.remove(&ticket) {
            self.done.insert(ticket, result);
        }
    }

    /// How a request ended; `None` while it has not.
    pub fn take(&mut self, ticket: Ticket) -> Option<Result<HttpAnswer, TransportError>> {
        self.done.remove(&ticket)
    }

    /// The requests that have ended and were not taken, oldest first.
    pub fn take_done(&mut self) -> Vec<(Ticket, Result<HttpAnswer, TransportError>)> {
        std::mem::take(&mut self.done).into_iter().collect()
    }

    /// Nobody waits for the answer any more. The request itself goes on.
    pub fn forget(&mut self, ticket: Ticket) {
        self.waiting.remove(&ticket);
        self.done.remove(&ticket);
    }

    /// Opens a websocket; refused with what the handshake is answered.
    pub fn open(&mut self, now: Millis, ip: IpAddr) -> Result<SessionId, HttpAnswer> {
        self.run(now);
        if self.down {
            return Err(in_front(503, ""));
        }
        if let OpenFate::Refuse(status) = self.faults.open(now) {
            return Err(in_front(status, ""));
        }
        let session = self.host.open(now, ip).map_err(|wait| HttpAnswer {
            retry_after: wait.map(|ms| {
                Duration::from_secs(u64::try_from(ms.div_euclid(1000) + 1).unwrap_or(60))
            }),
            ..in_front(429, super::http::TOO_MANY)
        })?;
        self.links.insert(
            session,
            Link {
                ip,
                since: now,
                frames: 0,
                ready: Vec::new(),
                closed: false,
            },
        );
        Ok(session)
    }

    /// Sends a message on a websocket.
    pub fn text(&mut self, now: Millis, session: SessionId, text: &str) {
        self.run(now);
        let Some(ip) = self.links.get(&session).filter(|l| !l.closed).map(|l| l.ip) else {
            return;
        };
        let number = self.posts;
        self.posts += 1;
        let post = Post {
            now,
            number,
            ip,
            path: "ws",
            body: text.as_bytes(),
        };
        match self.faults.request(&post) {
            RequestFate::Deliver | RequestFate::Stale(_) | RequestFate::Thin(_) => {
                self.host.text(now, session, text);
            }
            RequestFate::Drop(_) | RequestFate::Answer { .. } | RequestFate::Refuse(_) => {}
            RequestFate::Delay(ms) => {
                self.later(now + ms.max(0), Due::Text(session, text.to_owned()));
            }
            RequestFate::Duplicate(ms) => {
                self.host.text(now, session, text);
                self.later(now + ms.max(0), Due::Text(session, text.to_owned()));
            }
        }
        self.pump(now);
    }

    /// Ends a websocket from the client's side.
    pub fn hang_up(&mut self, session: SessionId) {
        self.host.close(session);
        self.links.remove(&session);
    }

    /// Frames that have arrived on a websocket since the last call. Those that arrived before it ended are still there.
    pub fn frames(&mut self, session: SessionId) -> Vec<String> {
        self.links
            .get_mut(&session)
            .map(|link| std::mem::take(&mut link.ready))
            .unwrap_or_default()
    }

    /// Whether a websocket stands, as far as its client knows.
    pub fn is_open(&self, session: SessionId) -> bool {
        self.links.get(&session).is_some_and(|link| !link.closed)
    }

    /// Websockets with frames to take, or that have ended and were not hung up.
    pub fn stirring(&self) -> Vec<SessionId> {
        self.links
            .iter()
            .filter(|(_, link)| link.closed || !link.ready.is_empty())
            .map(|(session, _)| *session)
            .collect()
    }

    /// Moves frames from the host's outboxes onto the network.
    fn pump(&mut self, now: Millis) {
        for session in self.host.waiting() {
            for frame in self.host.take_outgoing(session) {
                let Some(link) = self.links.get_mut(&session).filter(|link| !link.closed) else {
                    break;
                };
                let sent = Sent {
                    now,
                    number: link.frames,
                    session: session.0,
                    since: link.since,
                    channel: &frame.channel,
                    text: &frame.text,
                };
                link.frames += 1;
                match self.faults.frame(&sent) {
                    FrameFate::Deliver => link.ready.push(frame.text.to_string()),
                    FrameFate::Drop => {}
                    FrameFate::Delay(ms) => {
                        self.later(now + ms.max(0), Due::Frame(session, frame.text));
                    }
                    FrameFate::Duplicate(ms) => {
                        link.ready.push(frame.text.to_string());
                        self.later(now + ms.max(0), Due::Frame(session, frame.text));
                    }
                    FrameFate::Truncate(bytes) => {
                        let end = frame.text.floor_char_boundary(bytes.min(frame.text.len()));
                        link.ready.push(frame.text[..end].to_owned());
                    }
                    FrameFate::Split(gap) => {
                        let mut rows = rows::one_by_one(&frame.text).into_iter();
                        link.ready.extend(rows.next());
                        for (time, row) in (1..).map(|n| now + n * gap.max(0)).zip(rows) {
                            self.later(time, Due::Frame(session, row.into()));
                        }
                    }
                    FrameFate::Aged(age) => {
                        let market = self.host.exchange().markets().first();
                        let aged = market.and_then(|market| {
                            let coin = &market.instrument.name;
                            rows::with_old_fills(&frame.text, coin, market.mark_px, now - age)
                        });
                        link.ready
                            .push(aged.unwrap_or_else(|| frame.text.to_string()));
                    }
                    FrameFate::Close => {
                        self.host.close(session);
                        break;
                    }
                }
            }
        }
        for (session, link) in &mut self.links {
            link.closed |= !self.host.is_open(*session);
        }
    }
}

/// What something in front of the venue answers.
fn in_front(status: u16, body: &str) -> HttpAnswer {
    HttpAnswer {
        status,
        content_type: Some("text/plain; charset=utf-8".to_owned()),
        retry_after: None,
        body: body.as_bytes().to_vec(),
    }
}
