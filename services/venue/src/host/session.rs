//! Websockets: what clients say on them, and what waits to be sent (facts §7).

use super::Host;
use super::http::NoAnswer;
use super::subscribe::Refused;
use crate::engine::Millis;
use serde::{Deserialize, Serialize};
use sixbtc_exchange::wire::Ordered;
use sixbtc_exchange::wire::ws::{
    self, ClientFrame, Frame, PostAnswer, PostInfo, PostRequest, PostResponse,
};
use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;

/// A websocket of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SessionId(pub u64);

/// A frame that waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its channel.
    pub channel: Cow<'static, str>,
    /// It.
    pub text: Arc<str>,
}

/// One websocket.
#[derive(Debug)]
pub(super) struct Session {
    pub ip: IpAddr,
    /// When it was opened, ms of the market.
    pub since: Millis,
    /// Topics it follows.
    pub topics: BTreeSet<String>,
    outbox: VecDeque<Outgoing>,
    /// When something was last put into the outbox, by the clock of limits.
    last_sent: Millis,
}

impl Host {
    /// Opens a websocket; refused with the milliseconds to wait, none when it is too many at a time.
    pub fn open(&mut self, now: Millis, ip: IpAddr) -> Result<SessionId, Option<Millis>> {
        self.now = self.now.max(now);
        let limits = self.settings.limits;
        let of_ip = self.sessions.values().filter(|s| s.ip == ip).count();
        if limits.enforced && of_ip >= limits.connections {
            return Err(None);
        }
        let real = self.real();
        self.budgets.open(&limits, real, ip).map_err(Some)?;
        self.last_session += 1;
        let id = SessionId(self.last_session);
        self.sessions.insert(
            id,
            Session {
                ip,
                since: now,
                topics: BTreeSet::new(),
                outbox: VecDeque::new(),
                last_sent: real,
            },
        );
        Ok(id)
    }

    /// Ends a websocket.
    pub fn close(&mut self, session: SessionId) {
        if let Some(ended) = self.sessions.remove(&session) {
            for name in &ended.topics {
                self.unfollow(name, session);
            }
        }
    }

    /// Ends all websockets.
    pub fn close_all(&mut self) {
        self.sessions.clear();
        self.topics.clear();
    }

    /// Whether a websocket stands. The host ends those that are idle or too slow.
    pub fn is_open(&self, session: SessionId) -> bool {
        self.sessions.contains_key(&session)
    }

    /// Websockets that stand, and since when, ms of the market.
    pub fn sessions(&self) -> impl Iterator<Item = (SessionId, Millis)> + '_ {
        self.sessions.iter().map(|(id, s)| (*id, s.since))
    }

    /// Frames that wait on a websocket, oldest first; they are the caller's to send from now on.
    pub fn take_outgoing(&mut self, session: SessionId) -> Vec<Outgoing> {
        self.sessions
            .get_mut(&session)
            .map(|session| session.outbox.drain(..).collect())
            .unwrap_or_default()
    }

    /// The same as texts.
    pub fn outbox(&mut self, session: SessionId) -> Vec<String> {
        self.take_outgoing(session)
            .into_iter()
            .map(|frame| frame.text.to_string())
            .collect()
    }

    /// Websockets with frames that wait.
    pub fn waiting(&self) -> Vec<SessionId> {
        self.sessions
            .iter()
            .filter(|(_, session)| !session.outbox.is_empty())
            .map(|(id, _)| *id)
            .collect()
    }

    /// Takes a message that arrived on a websocket; what it leads to waits in the outbox. Never panics, whatever it says.
    pub fn text(&mut self, now: Millis, session: SessionId, text: &str) {
        self.now = self.now.max(now);
        let Some(ip) = self.sessions.get(&session).map(|session| session.ip) else {
            return;
        };
        let (limits, real) = (self.settings.limits, self.real());
        if self.budgets.message(&limits, real, ip).is_err() {
            let most = limits.messages;
            self.send(
                session,
                &Frame::Error(format!("Cannot send more than {most} messages per minute.")),
            );
            return;
        }
        if text.len() > self.settings.message {
            let head: String = text.chars().take(100).collect();
            self.send(session, &Frame::Error(ws::unparsable(&head)));
            return;
        }
        let Ok(frame) = serde_json::from_str::<ClientFrame<Ordered>>(text) else {
            self.send(session, &Frame::Error(ws::unparsable(text)));
            return;
        };
        match frame {
            ClientFrame::Ping => self.send(session, &Frame::Pong),
            ClientFrame::Subscribe { subscription } => {
                if let Err(refused) = self.subscribe(now, session, &subscription) {
                    self.refuse(session, refused, text);
                }
            }
            ClientFrame::Unsubscribe { subscription } => {
                if let Err(refused) = self.unsubscribe(session, &subscription) {
                    self.refuse(session, refused, text);
                }
            }
            ClientFrame::Post { id, request } => {
                let response = self.post_over(now, ip, id, &request);
                self.send(session, &Frame::Post(PostAnswer { id, response }));
                self.flush(now);
            }
        }
    }

    fn refuse(&mut self, session: SessionId, refused: Refused, text: &str) {
        let says = match refused {
            Refused::Unparsable => ws::unparsable(text),
            Refused::Says(says) => says,
        };
        self.send(session, &Frame::Error(says));
    }

    fn post_over(
        &mut self,
        now: Millis,
        ip: IpAddr,
        id: u64,
        request: &PostRequest<Ordered>,
    ) -> PostResponse {
        let limits = self.settings.limits;
        let waiting = self.sessions.values().filter(|s| s.ip == ip);
        let waiting: usize = waiting
            .map(|s| s.outbox.iter().filter(|f| f.channel == "post").count())
            .sum();
        if limits.enforced && waiting >= limits.posts {
            return PostResponse::Error(ws::too_many_posts(id));
        }
        let answer = match request {
            PostRequest::Info(question) => self.answer(now, ip, question, None).map(|data| {
                let kind = serde_json::to_value(question).unwrap_or_default();
                let kind = kind["type"].as_str().unwrap_or_default().to_owned();
                PostResponse::Info(PostInfo { kind, data })
            }),
            PostRequest::Action(envelope) => {
                // What the request changes is told before its answer, as it happens there.
                self.act(now, ip, envelope).map(PostResponse::Action)
            }
        };
        match answer {
            Ok(response) => response,
            Err(NoAnswer::TooMany(_)) => PostResponse::Error(super::http::TOO_MANY.to_owned()),
            Err(NoAnswer::Unreadable | NoAnswer::Fails) => {
                PostResponse::Error(super::http::UNREADABLE.to_owned())
            }
        }
    }

    /// Puts a frame into an outbox.
    pub(super) fn send(&mut self, session: SessionId, frame: &Frame) {
        let channel = Cow::Owned(frame.channel().to_owned());
        // A frame is a tree of texts and numbers: it always has a JSON form.
        let text: Arc<str> = serde_json::to_string(frame).unwrap_or_default().into();
        self.put(session, Outgoing { channel, text });
    }

    /// Puts a text into an outbox. One that nobody empties ends its websocket.
    pub(super) fn put(&mut self, session: SessionId, frame: Outgoing) {
        let (real, most) = (self.real(), self.settings.outbox);
        let Some(open) = self.sessions.get_mut(&session) else {
            return;
        };
        open.outbox.push_back(frame);
        open.last_sent = real;
        if open.outbox.len() > most {
            self.close(session);
        }
    }

    /// Ends websockets to which nothing was sent for too long.
    pub(super) fn end_idle(&mut self) {
        let (real, idle) = (self.real(), self.settings.idle_ms);
        let ended: Vec<SessionId> = self
            .sessions
            .iter()
            .filter(|(_, session)| real - session.last_sent >= idle)
            .map(|(id, _)| *id)
            .collect();
        for session in ended {
            self.close(session);
        }
    }
}
