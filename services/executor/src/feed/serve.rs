//! The feed over a websocket and REST.

use super::{Feed, Follower, Key, Known, Notice, TapeSettings};
use crate::account::{Input, SocketNews};
use crate::clock::VenueClock;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use sixbtc_exchange::client::{Event, ReadError, Rest, Socket, SocketHandle, SocketSettings};
use sixbtc_exchange::wire::Address;
use sixbtc_exchange::wire::info::Candle;
use sixbtc_exchange::wire::ws::Subscription;
use sixbtc_exchange::{Millis, Pace};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Questions under way at once.
const ASKED: usize = 4;
/// How often the clock is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// Where followers come in.
#[derive(Clone)]
pub struct FeedHandle {
    followers: mpsc::UnboundedSender<Follower>,
    known: watch::Receiver<Option<Known>>,
}

impl FeedHandle {
    /// Bars that close from now on, and prices, until the receiver is dropped.
    pub fn follow(&self, follower: Follower) {
        // a feed that has ended ends with its process
        let _ = self.followers.send(follower);
    }

    /// Up to when the market is known, by the venue's clock; `None` while nobody follows it.
    pub fn known(&self) -> Option<Known> {
        *self.known.borrow()
    }
}

type Asked = BoxFuture<'static, (Key, Millis, Result<Vec<Candle>, ReadError>)>;

/// Runs a feed until it is stopped.
pub fn serve(
    tasks: &mut JoinSet<()>,
    rest: Arc<Rest>,
    socket: SocketSettings,
    tape: TapeSettings,
    clock: VenueClock,
    pace: Arc<dyn Pace>,
    stop: CancellationToken,
) -> FeedHandle {
    let (followers, joining) = mpsc::unbounded_channel();
    let (says, known) = watch::channel(None);
    let (handle, events) = Socket::open(socket, Arc::clone(&pace), stop.clone());
    handle.subscribe(Subscription::AllMids { dex: None });
    let server = Server {
        feed: Feed::new(tape),
        rest,
        clock,
        handle,
        says,
    };
    tasks.spawn(server.run(joining, events, pace, stop));
    FeedHandle { followers, known }
}

struct Server {
    feed: Feed,
    rest: Arc<Rest>,
    clock: VenueClock,
    handle: SocketHandle,
    says: watch::Sender<Option<Known>>,
}

impl Server {
    async fn run(
        mut self,
        mut joining: mpsc::UnboundedReceiver<Follower>,
        mut events: mpsc::Receiver<Event>,
        pace: Arc<dyn Pace>,
        stop: CancellationToken,
    ) {
        let mut asked: FuturesUnordered<Asked> = FuturesUnordered::new();
        let mut look = pace.pause(LOOK);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some(follower) = joining.recv() => {
                    for subscription in self.feed.follow(follower, self.clock.now()) {
                        self.handle.subscribe(subscription);
                    }
                }
                event = events.recv() => match event {
                    Some(event) => self.heard(&event),
                    None => return,
                },
                Some((key, at, answer)) = asked.next(), if !asked.is_empty() => match answer {
                    Ok(rows) => self.feed.answer(&key, rows, at),
                    Err(error) => tracing::warn!(coin = key.0, timeframe = %key.1, %error, "candles could not be read"),
                },
                () = &mut look => {
                    look = pace.pause(LOOK);
                    for ended in self.feed.tidy() {
                        self.handle.unsubscribe(ended);
                    }
                }
            }
            let new = self.feed.known();
            self.says
                .send_if_modified(|known| std::mem::replace(known, new) != new);
            let now = self.clock.now();
            if asked.len() < ASKED {
                for (key, span) in self.feed.wants(now) {
                    let rest = Arc::clone(&self.rest);
                    asked.push(async move { (key, now, rest.candles(span).await) }.boxed());
                }
            }
        }
    }

    fn heard(&mut self, event: &Event) {
        if let Some(Notice::Differs(candle)) = self.feed.event(event, self.clock.now()) {
            tracing::warn!(
                coin = candle.s,
                interval = candle.i,
                open = candle.t,
                "a candle that had closed came with other numbers"
            );
            metrics::counter!("executor_candles_differ").increment(1);
        }
    }
}

/// Follows an account: a websocket of its own, for frames about orders do not name whose they are.
pub fn follow_user(
    tasks: &mut JoinSet<()>,
    user: Address,
    socket: SocketSettings,
    pace: Arc<dyn Pace>,
    to: mpsc::Sender<Input>,
    stop: CancellationToken,
) {
    let (handle, mut events) = Socket::open(socket, pace, stop.clone());
    handle.subscribe(Subscription::OrderUpdates { user });
    handle.subscribe(Subscription::UserEvents { user });
    handle.subscribe(Subscription::UserFills {
        user,
        aggregate_by_time: None,
    });
    tasks.spawn(async move {
        loop {
            let event = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                event = events.recv() => match event {
                    Some(event) => event,
                    None => return,
                },
            };
            let Some(input) = input_of(event) else {
                continue;
            };
            // an account that is busy holds up its own socket and nothing else
            if to.send(input).await.is_err() {
                return;
            }
        }
    });
}

/// What an account hears of its socket.
pub(crate) fn input_of(event: Event) -> Option<Input> {
    Some(match event {
        Event::Frame(frame) => Input::Frame(frame),
        Event::Connected { .. } => Input::Socket(SocketNews::Connected),
        Event::Lost { why, .. } => Input::Socket(SocketNews::Lost(why.to_string())),
        Event::Stale(topic) => Input::Socket(SocketNews::Stale(topic)),
        Event::Garbage(what) => {
            tracing::warn!(what, "a frame cannot be read");
            return None;
        }
    })
}
