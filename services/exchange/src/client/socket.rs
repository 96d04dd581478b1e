//! The websocket.
//!
//! A task of its own connects, subscribes, listens, and begins anew whenever something is wrong. Whoever reads its events
//! must ask by REST after each [`Event::Connected`]: what was sent while there was no connection is gone.

use super::topic::Topic;
use crate::Pace;
use crate::decode::shortened;
use crate::wire::ws::{ClientFrame, Frame, Subscription};
use futures_util::{SinkExt, StreamExt};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};
use tokio_util::sync::CancellationToken;

/// Patience of the websocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketSettings {
    /// Address, such as [`Network::socket_url`](crate::Network::socket_url).
    pub url: String,
    /// Until a connection stands, or a frame has been written.
    pub connect: Duration,
    /// How often we ask whether the other side is there. It drops connections that were silent for 60 s.
    pub ping: Duration,
    /// How long after a ping nothing at all may arrive.
    pub pong: Duration,
    /// How often the clocks are looked at.
    pub tick: Duration,
    /// Bytes of a frame.
    pub frame: usize,
    /// Pause before the first reconnection; each further one is twice as long. A connection that held for
    /// `longest_pause` begins anew.
    pub first_pause: Duration,
    /// The longest such pause.
    pub longest_pause: Duration,
    /// How long a channel may be silent, by name. After that it is [`Event::Stale`], and after three times that the
    /// connection is replaced. Channels on which silence is normal are not in it.
    pub stale: BTreeMap<String, Duration>,
    /// Events that may wait for their reader; then the socket is not read either.
    pub queue: usize,
}

impl SocketSettings {
    /// The usual ones.
    pub fn new(url: &str) -> Self {
        let stale = [
            ("allMids", 15),
            ("l2Book", 15),
            ("activeAssetCtx", 30),
            ("candle", 120),
        ];
        Self {
            url: url.to_owned(),
            connect: Duration::from_secs(5),
            ping: Duration::from_secs(20),
            pong: Duration::from_secs(10),
            tick: Duration::from_secs(1),
            frame: 8 << 20,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
            stale: stale
                .map(|(channel, seconds)| (channel.to_owned(), Duration::from_secs(seconds)))
                .into(),
            queue: 1024,
        }
    }
}

/// What happens on the websocket.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A connection stands, and all subscriptions are asked for. What happened before must be read by REST.
    Connected {
        /// Counts the connections, from 1.
        session: u64,
    },
    /// Something arrived.
    Frame(Box<Frame>),
    /// Something arrived that cannot be read.
    Garbage(String),
    /// A stream has been silent for too long, though the connection stands. Said once, until it speaks again.
    Stale(Topic),
    /// The connection is gone, or none could be made. The next is on its way.
    Lost {
        /// Which.
        session: u64,
        /// Why.
        why: Lost,
    },
}

/// Why a connection is gone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// None could be made.
    #[error("no connection: {0}")]
    Connect(String),
    /// The other side ended it.
    #[error("closed by the exchange")]
    Closed,
    /// It broke, or what came was no websocket.
    #[error("broken: {0}")]
    Broken(String),
    /// Nothing came at all, not even an answer to a ping.
    #[error("silent")]
    Silent,
    /// One stream stayed silent for so long that we ended it.
    #[error("`{0}` is silent")]
    Stale(Topic),
}

enum Command {
    Subscribe(Subscription),
    Unsubscribe(Subscription),
}

/// Changes what a [`Socket`] is subscribed to, whether it is connected or not.
#[derive(Clone)]
pub struct SocketHandle(mpsc::UnboundedSender<Command>);

impl SocketHandle {
    /// Follows something, also over reconnections. Twice the same is once.
    pub fn subscribe(&self, subscription: Subscription) {
        // A socket that has ended needs no subscriptions.
        let _ = self.0.send(Command::Subscribe(subscription));
    }

    /// Follows it no more.
    pub fn unsubscribe(&self, subscription: Subscription) {
        let _ = self.0.send(Command::Unsubscribe(subscription));
    }
}

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Nobody wants to hear any more.
struct Ended;

/// How a connection ended.
enum End {
    Lost(Lost),
    Ended,
}

impl From<Ended> for End {
    fn from(_: Ended) -> Self {
        Self::Ended
    }
}

/// Since when a stream is silent.
struct Clock {
    limit: Duration,
    heard: Duration,
    told: bool,
}

/// One websocket, kept open.
pub struct Socket {
    settings: SocketSettings,
    pace: Arc<dyn Pace>,
    stop: CancellationToken,
    commands: mpsc::UnboundedReceiver<Command>,
    events: mpsc::Sender<Event>,
    subscriptions: Vec<Subscription>,
    session: u64,
}

impl Socket {
    /// Opens one on the running tokio. It ends with `stop`, or when the receiver is dropped.
    pub fn open(
        settings: SocketSettings,
        pace: Arc<dyn Pace>,
        stop: CancellationToken,
    ) -> (SocketHandle, mpsc::Receiver<Event>) {
        let (sender, commands) = mpsc::unbounded_channel();
        let (events, receiver) = mpsc::channel(settings.queue.max(1));
        let socket = Self {
            settings,
            pace,
            stop,
            commands,
            events,
            subscriptions: Vec::new(),
            session: 0,
        };
        tokio::spawn(socket.run());
        (SocketHandle(sender), receiver)
    }

    async fn run(mut self) {
        // The second time it is there already, and that is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut failures = 0;
        loop {
            self.session += 1;
            let began = self.pace.elapsed();
            let why = match self.session().await {
                End::Lost(why) => why,
                End::Ended => return,
            };
            let lived = self.pace.elapsed().saturating_sub(began);
            // An exchange that takes us and throws us out again is not stormed.
            failures = if lived >= self.settings.longest_pause {
                0
            } else {
                failures + 1
            };
            tracing::warn!(url = self.settings.url, session = self.session, %why, "websocket lost");
            let session = self.session;
            if self.emit(Event::Lost { session, why }).await.is_err()
                || self.rest(failures).await.is_err()
            {
                return;
            }
        }
    }

    /// Waits before the next connection.
    async fn rest(&mut self, failures: u32) -> Result<(), Ended> {
        let doubled = self.settings.first_pause.saturating_mul(
            1_u32
                .checked_shl(failures.saturating_sub(1))
                .unwrap_or(u32::MAX),
        );
        let pause = doubled
            .min(self.settings.longest_pause)
            .mul_f64(0.5 + 0.5 * self.pace.chance().clamp(0.0, 1.0));
        let pace = Arc::clone(&self.pace);
        let mut pause = pace.pause(pause);
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return Err(Ended),
                () = self.events.closed() => return Err(Ended),
                Some(command) = self.commands.recv() => {
                    self.note(&command);
                }
                () = &mut pause => return Ok(()),
            }
        }
    }

    /// Notes what is to be followed, and says whether that is new.
    fn note(&mut self, command: &Command) -> bool {
        match command {
            Command::Subscribe(subscription) => {
                let canonical = subscription.canonical();
                let new = !self.subscriptions.contains(&canonical);
                if new {
                    self.subscriptions.push(canonical);
                }
                new
            }
            Command::Unsubscribe(subscription) => {
                let canonical = subscription.canonical();
                let before = self.subscriptions.len();
                self.subscriptions.retain(|s| *s != canonical);
                self.subscriptions.len() < before
            }
        }
    }

    async fn emit(&self, event: Event) -> Result<(), Ended> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Ended),
            sent = self.events.send(event) => sent.map_err(|_| Ended),
        }
    }

    /// One connection, from its beginning to its end.
    async fn session(&mut self) -> End {
        match self.live().await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn connect(&self) -> Result<Stream, End> {
        let config = WebSocketConfig::default()
            .max_message_size(Some(self.settings.frame))
            .max_frame_size(Some(self.settings.frame));
        let failed = |why: String| End::Lost(Lost::Connect(shortened(&why)));
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(End::Ended),
            made = connect_async_with_config(self.settings.url.as_str(), Some(config), true) => {
                made.map(|(stream, _)| stream).map_err(|error| failed(error.to_string()))
            }
            () = self.pace.pause(self.settings.connect) => Err(failed("not in time".into())),
        }
    }

    async fn live(&mut self) -> Result<std::convert::Infallible, End> {
        let mut stream = self.connect().await?;
        let now = self.pace.elapsed();
        let (mut heard, mut pinged) = (now, now);
        let mut clocks = BTreeMap::new();
        while let Ok(command) = self.commands.try_recv() {
            self.note(&command);
        }
        for subscription in self.subscriptions.clone() {
            self.watch(&mut clocks, &subscription);
            self.write(&mut stream, &ClientFrame::Subscribe { subscription })
                .await?;
        }
        let session = self.session;
        self.emit(Event::Connected { session }).await?;
        let pace = Arc::clone(&self.pace);
        let mut tick = pace.pause(self.settings.tick);
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return Err(End::Ended),
                () = self.events.closed() => return Err(End::Ended),
                Some(command) = self.commands.recv() => {
                    if self.note(&command) {
                        self.change(&mut stream, &mut clocks, command).await?;
                    }
                }
                () = &mut tick => {
                    tick = pace.pause(self.settings.tick);
                    let now = self.pace.elapsed();
                    if now.saturating_sub(heard) > self.settings.ping + self.settings.pong {
                        return Err(End::Lost(Lost::Silent));
                    }
                    if now.saturating_sub(pinged) >= self.settings.ping {
                        pinged = now;
                        self.write(&mut stream, &ClientFrame::Ping).await?;
                    }
                    self.look(&mut clocks).await?;
                }
                message = stream.next() => {
                    heard = self.pace.elapsed();
                    self.take(&mut clocks, message).await?;
                }
            }
        }
    }

    async fn change(
        &self,
        stream: &mut Stream,
        clocks: &mut BTreeMap<Topic, Clock>,
        command: Command,
    ) -> Result<(), End> {
        let frame = match command {
            Command::Subscribe(subscription) => {
                let subscription = subscription.canonical();
                self.watch(clocks, &subscription);
                ClientFrame::Subscribe { subscription }
            }
            Command::Unsubscribe(subscription) => {
                let subscription = subscription.canonical();
                clocks.remove(&Topic::of(&subscription));
                ClientFrame::Unsubscribe { subscription }
            }
        };
        self.write(stream, &frame).await
    }

    /// Starts the clock of a stream, if silence on it means something.
    fn watch(&self, clocks: &mut BTreeMap<Topic, Clock>, subscription: &Subscription) {
        if let Some(limit) = self.settings.stale.get(subscription.channel()) {
            let clock = Clock {
                limit: *limit,
                heard: self.pace.elapsed(),
                told: false,
            };
            clocks.insert(Topic::of(subscription), clock);
        }
    }

    /// Looks for streams that have been silent for too long.
    async fn look(&self, clocks: &mut BTreeMap<Topic, Clock>) -> Result<(), End> {
        let now = self.pace.elapsed();
        for (topic, clock) in clocks {
            let silent = now.saturating_sub(clock.heard);
            if silent > clock.limit.saturating_mul(3) {
                return Err(End::Lost(Lost::Stale(topic.clone())));
            }
            if silent > clock.limit && !clock.told {
                clock.told = true;
                self.emit(Event::Stale(topic.clone())).await?;
            }
        }
        Ok(())
    }

    async fn write(&self, stream: &mut Stream, frame: &ClientFrame) -> Result<(), End> {
        let broken = |why: String| End::Lost(Lost::Broken(shortened(&why)));
        let text = serde_json::to_string(frame).map_err(|error| broken(error.to_string()))?;
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(End::Ended),
            sent = stream.send(Message::text(text)) => {
                sent.map_err(|error| broken(error.to_string()))
            }
            // Whoever does not read does not listen.
            () = self.pace.pause(self.settings.connect) => Err(End::Lost(Lost::Silent)),
        }
    }

    async fn take(
        &self,
        clocks: &mut BTreeMap<Topic, Clock>,
        message: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
    ) -> Result<(), End> {
        let text = match message {
            None | Some(Ok(Message::Close(_))) => return Err(End::Lost(Lost::Closed)),
            Some(Err(error)) => {
                return Err(End::Lost(Lost::Broken(shortened(&error.to_string()))));
            }
            // Pings are answered by the library.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => return Ok(()),
            Some(Ok(Message::Binary(bytes))) => {
                let garbage = format!("{} bytes that are no text", bytes.len());
                return Ok(self.emit(Event::Garbage(garbage)).await?);
            }
            Some(Ok(Message::Text(text))) => text,
        };
        let event = match Frame::read(&text) {
            Ok(None | Some(Frame::Pong)) => return Ok(()),
            Ok(Some(frame)) => {
                if let Some(clock) =
                    Topic::of_frame(&frame).and_then(|topic| clocks.get_mut(&topic))
                {
                    clock.heard = self.pace.elapsed();
                    clock.told = false;
                }
                Event::Frame(Box::new(frame))
            }
            Err(error) => Event::Garbage(shortened(&error.to_string())),
        };
        Ok(self.emit(event).await?)
    }
}

#[cfg(test)]
#[path = "socket_tests.rs"]
mod tests;
