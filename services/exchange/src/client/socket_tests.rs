//! A websocket server that misbehaves, on a clock moved by hand.

use super::*;
use crate::client::rest::testing::Hand;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_tungstenite::accept_async;

const SECOND: Duration = Duration::from_secs(1);

struct Room {
    listener: TcpListener,
    hand: Arc<Hand>,
    stop: CancellationToken,
    handle: SocketHandle,
    events: mpsc::Receiver<Event>,
}

async fn room(change: impl FnOnce(&mut SocketSettings)) -> Room {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut settings = SocketSettings::new(&format!("ws://{}", listener.local_addr().unwrap()));
    // The clock is moved by hand: a handshake must not race it.
    settings.connect = Duration::from_hours(1);
    settings.frame = 1 << 16;
    change(&mut settings);
    let hand = Arc::new(Hand::default());
    let stop = CancellationToken::new();
    let (handle, events) = Socket::open(settings, hand.clone(), stop.clone());
    Room {
        listener,
        hand,
        stop,
        handle,
        events,
    }
}

/// The other end of one connection.
struct Peer {
    heard: mpsc::UnboundedReceiver<Value>,
    say: mpsc::UnboundedSender<Message>,
}

impl Peer {
    /// What the client says next.
    async fn hears(&mut self) -> Value {
        self.heard.recv().await.unwrap()
    }

    fn says(&self, text: &str) {
        self.say.send(Message::text(text)).unwrap();
    }
}

impl Room {
    /// Takes the next connection. Pings are answered, if wished.
    async fn accept(&self, answers: bool) -> Peer {
        let (stream, _) = self.listener.accept().await.unwrap();
        let mut socket = accept_async(stream).await.unwrap();
        let (sender, heard) = mpsc::unbounded_channel();
        let (say, mut to_say) = mpsc::unbounded_channel::<Message>();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    message = to_say.recv() => match message {
                        Some(message) => { let _ = socket.send(message).await; }
                        None => return,
                    },
                    message = socket.next() => match message {
                        Some(Ok(Message::Text(text))) => {
                            let value: Value = serde_json::from_str(&text).unwrap();
                            if answers && value["method"] == "ping" {
                                let _ = socket.send(Message::text(r#"{"channel":"pong"}"#)).await;
                            }
                            let _ = sender.send(value);
                        }
                        Some(Ok(_)) => {}
                        _ => return,
                    },
                }
            }
        });
        Peer { heard, say }
    }

    /// The next event, while the clock stands.
    async fn event(&mut self) -> Event {
        self.events.recv().await.unwrap()
    }

    /// The next event, with the clock moving by seconds, none of which is skipped.
    async fn event_in_time(&mut self) -> Event {
        loop {
            if let Ok(event) = self.events.try_recv() {
                return event;
            }
            self.second().await;
        }
    }

    /// Moves the clock by a second, and lets the socket see it.
    async fn second(&self) {
        let armed = self.hand.armed();
        self.hand.advance(SECOND);
        for _ in 0..200 {
            tokio::task::yield_now().await;
            if self.hand.armed() != armed || !self.events.is_empty() {
                break;
            }
        }
    }

    /// The next connection, with the clock moving.
    async fn accept_in_time(&self, answers: bool) -> Peer {
        let accept = self.accept(answers);
        let mut accept = std::pin::pin!(accept);
        loop {
            tokio::select! {
                biased;
                peer = &mut accept => return peer,
                () = self.second() => {}
            }
        }
    }
}

fn trades() -> Subscription {
    Subscription::Trades { coin: "BTC".into() }
}

fn book() -> Subscription {
    Subscription::L2Book {
        coin: "BTC".into(),
        n_sig_figs: None,
        mantissa: None,
        fast: None,
    }
}

const BOOK: &str = r#"{"channel":"l2Book","data":{"coin":"BTC","time":5,"levels":[[],[]]}}"#;

#[tokio::test]
async fn subscriptions_survive_connections() {
    let mut room = room(|_| {}).await;
    room.handle.subscribe(trades());
    room.handle.subscribe(book());
    room.handle.subscribe(book());
    let mut peer = room.accept(true).await;
    assert_eq!(
        peer.hears().await,
        json!({"method": "subscribe", "subscription": {"type": "trades", "coin": "BTC"}})
    );
    assert_eq!(peer.hears().await["subscription"]["type"], "l2Book");
    assert_eq!(room.event().await, Event::Connected { session: 1 });
    room.handle.unsubscribe(trades());
    assert_eq!(peer.hears().await["method"], "unsubscribe");
    peer.says("Websocket connection established.");
    peer.says(BOOK);
    assert!(
        matches!(room.event().await, Event::Frame(frame) if matches!(*frame, Frame::L2Book(_)))
    );
    drop(peer);
    assert!(matches!(room.event().await, Event::Lost { session: 1, .. }));
    // while there is no connection
    room.handle.subscribe(trades());
    let mut peer = room.accept_in_time(true).await;
    assert_eq!(peer.hears().await["subscription"]["type"], "l2Book");
    assert_eq!(peer.hears().await["subscription"]["type"], "trades");
    assert_eq!(room.event().await, Event::Connected { session: 2 });
}

#[tokio::test]
async fn whatever_arrives_is_an_event() {
    let mut room = room(|_| {}).await;
    let peer = room.accept(true).await;
    assert_eq!(room.event().await, Event::Connected { session: 1 });
    for (text, starts) in [
        ("{\"channel\":\"tra", "a frame cannot be read: EOF"),
        ("[1,2]", "a frame cannot be read"),
        (
            r#"{"channel":"trades","data":{"x":1}}"#,
            "a frame of `trades` cannot be read",
        ),
        ("\u{0}\u{ffff}", "a frame cannot be read"),
    ] {
        peer.says(text);
        let Event::Garbage(why) = room.event().await else {
            panic!("garbage")
        };
        assert!(why.starts_with(starts), "{why}");
    }
    peer.say.send(Message::binary(vec![0, 159, 146])).unwrap();
    assert_eq!(
        room.event().await,
        Event::Garbage("3 bytes that are no text".into())
    );
    peer.says(r#"{"channel":"error","data":"Already subscribed: {}"}"#);
    assert!(matches!(room.event().await, Event::Frame(f) if matches!(*f, Frame::Error(_))));
    peer.says(r#"{"channel":"weather","data":[1]}"#);
    assert!(matches!(room.event().await, Event::Frame(f) if f.channel() == "weather"));
    // larger than is believed
    peer.says(&"x".repeat(1 << 17));
    let Event::Lost {
        why: Lost::Broken(why),
        ..
    } = room.event().await
    else {
        panic!("lost")
    };
    assert!(why.contains("too long") || why.contains("too big"), "{why}");
}

#[tokio::test]
async fn whatever_is_no_websocket_is_tried_again_less_and_less_often() {
    let mut room = room(|_| {}).await;
    let mut began = Vec::new();
    while began.len() < 9 {
        let mut stream = loop {
            tokio::select! {
                biased;
                accepted = room.listener.accept() => break accepted.unwrap().0,
                () = room.second() => {}
            }
        };
        began.push(room.hand.elapsed().as_secs());
        let answer = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno";
        stream.write_all(answer).await.unwrap();
        let event = room.event().await;
        let session = began.len() as u64;
        assert!(
            matches!(&event, Event::Lost { session: s, why: Lost::Connect(_) } if *s == session),
            "{event:?}"
        );
    }
    // Half a second doubled to half a minute. Between the clock and a connection lies a real one: seconds may pass.
    let waits: Vec<u64> = began.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (wait, least) in waits.iter().zip([0, 1, 2, 4, 8, 16, 30, 30]) {
        assert!(*wait >= least, "{waits:?}");
    }
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_replaced() {
    let mut room = room(|_| {}).await;
    let mut peer = room.accept(false).await;
    assert_eq!(room.event().await, Event::Connected { session: 1 });
    let lost = room.event_in_time().await;
    assert_eq!(
        lost,
        Event::Lost {
            session: 1,
            why: Lost::Silent
        }
    );
    assert_eq!(room.hand.elapsed(), 31 * SECOND);
    assert_eq!(peer.hears().await, json!({"method": "ping"}));
    room.accept_in_time(true).await;
    assert_eq!(room.event().await, Event::Connected { session: 2 });
}

#[tokio::test]
async fn a_stream_that_says_nothing_is_told_of_and_then_replaced() {
    // An answer to a ping takes real time, of which this clock knows nothing.
    let mut room = room(|settings| settings.pong = Duration::from_hours(9)).await;
    room.handle.subscribe(trades());
    room.handle.subscribe(book());
    let peer = room.accept(true).await;
    assert_eq!(room.event().await, Event::Connected { session: 1 });
    let topic = Topic::of(&book());
    assert_eq!(topic.to_string(), "l2Book BTC");
    assert_eq!(room.event_in_time().await, Event::Stale(topic.clone()));
    assert_eq!(room.hand.elapsed(), 16 * SECOND);
    // it speaks again
    peer.says(BOOK);
    assert!(matches!(room.event().await, Event::Frame(_)));
    assert_eq!(room.event_in_time().await, Event::Stale(topic.clone()));
    assert_eq!(room.hand.elapsed(), 32 * SECOND);
    // and no more: told once, then replaced
    let why = Lost::Stale(topic);
    assert_eq!(room.event_in_time().await, Event::Lost { session: 1, why });
    assert_eq!(room.hand.elapsed(), 62 * SECOND);
}

#[tokio::test]
async fn it_ends_when_told() {
    let mut room = room(|_| {}).await;
    let _peer = room.accept(true).await;
    assert_eq!(room.event().await, Event::Connected { session: 1 });
    room.stop.cancel();
    assert_eq!(room.events.recv().await, None);
}

#[tokio::test]
async fn it_ends_when_nobody_listens() {
    let room = room(|_| {}).await;
    let mut peer = room.accept(true).await;
    drop(room.events);
    // the connection is closed
    assert_eq!(peer.heard.recv().await, None);
    assert!(room.handle.0.is_closed() || room.handle.0.send(Command::Subscribe(book())).is_err());
}
