//! HTTP from a server that misbehaves.

use super::*;
use crate::Network;
use crate::client::{NotSent, Outcome, Ready, Rest, RestSettings, Unknown};
use crate::sign::Key;
use crate::wire::exchange::Response;
use crate::wire::{Action, OrderWire, Side, Tif};
use rust_decimal::Decimal;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What a server says to every request, after it has read and counted it. None: nothing, for ever.
async fn server(says: Option<&'static str>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let executed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&executed);
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 1 << 16];
            let mut read = 0;
            while !request[..read].ends_with(b"}") {
                let n = stream.read(&mut request[read..]).await.unwrap();
                if n == 0 {
                    break;
                }
                read += n;
            }
            count.fetch_add(1, Ordering::SeqCst);
            match says {
                Some(text) => {
                    let _ = stream.write_all(text.as_bytes()).await;
                    let _ = stream.shutdown().await;
                }
                None => kept.push(stream),
            }
        }
    });
    (address, executed)
}

fn settings() -> HttpSettings {
    HttpSettings {
        answer: Duration::from_secs(30),
        body: 1_000,
        ..HttpSettings::default()
    }
}

fn order() -> Ready {
    let buy = OrderWire::limit(0, Side::Buy, Decimal::from(100), Decimal::ONE, Tif::Ioc);
    let action = Action::orders(vec![buy]);
    Ready::placing(
        &Key::from_bytes(&[7; 32]).unwrap(),
        Network::Local,
        action,
        1,
        None,
        5_000,
    )
    .unwrap()
}

/// Sends one order to such a server; what came of it, and how often it arrived.
async fn send(says: &'static str) -> (Outcome, usize) {
    let (address, executed) = server(Some(says)).await;
    let rest = Rest::http(&address, &settings(), RestSettings::default()).unwrap();
    let outcome = rest.exchange(&order()).await;
    (outcome, executed.load(Ordering::SeqCst))
}

#[tokio::test]
async fn an_answer_arrives() {
    let says = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 48\r\n\r\n{\"status\":\"ok\",\"response\":{\"type\":\"default\"}}   ";
    assert_eq!(send(says).await, (Outcome::Answered(Response::done()), 1));
}

#[tokio::test]
async fn no_connection_is_surely_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let rest = Rest::http(&address, &settings(), RestSettings::default()).unwrap();
    let outcome = rest.exchange(&order()).await;
    assert!(
        matches!(outcome, Outcome::NotSent(NotSent::Unreachable(_))),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn what_was_executed_without_an_answer_is_unknown_and_not_repeated() {
    let (address, executed) = server(None).await;
    let impatient = HttpSettings {
        answer: Duration::from_millis(500),
        ..settings()
    };
    let rest = Rest::http(&address, &impatient, RestSettings::default()).unwrap();
    assert_eq!(
        rest.exchange(&order()).await,
        Outcome::Unknown(Unknown::TimedOut)
    );
    // However late it is read, it is read once at most.
    assert!(executed.load(Ordering::SeqCst) <= 1);
    for says in [
        // the connection ends
        "",
        "HTTP/1.1 200",
        // cut short
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"status\":",
        // announced longer, and longer unannounced, than is believed
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n{}",
        concat!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
            "300\r\n                                                                                                                                                                                                                                                                "
        ),
        // no HTTP
        "\u{16}\u{3}\u{1}garbage\r\n\r\n",
    ] {
        let (outcome, executed) = send(says).await;
        assert!(
            matches!(outcome, Outcome::Unknown(Unknown::Broken(_))),
            "{says:?}: {outcome:?}"
        );
        assert_eq!(executed, 1, "{says:?}");
    }
    for says in [
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    ] {
        let (outcome, executed) = send(says).await;
        assert!(
            matches!(outcome, Outcome::Unknown(Unknown::Unreadable(_))),
            "{says:?}: {outcome:?}"
        );
        assert_eq!(executed, 1);
    }
    for status in [
        "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 502 X\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 504 X\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 307 X\r\nLocation: /exchange\r\nContent-Length: 0\r\n\r\n",
    ] {
        let (outcome, executed) = send(status).await;
        assert!(
            matches!(outcome, Outcome::Unknown(Unknown::Status { .. })),
            "{outcome:?}"
        );
        assert_eq!(executed, 1, "{status}");
    }
}

#[tokio::test]
async fn a_storm_of_429_says_when() {
    let says = "HTTP/1.1 429 X\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n";
    let wait = Duration::from_secs(7);
    assert_eq!(
        send(says).await,
        (Outcome::NotSent(NotSent::Limited { wait }), 1)
    );
}

/// A connection that was used before and breaks after it has taken a request: the place where HTTP clients like to try again.
#[tokio::test]
async fn a_kept_connection_that_breaks_repeats_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let executed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&executed);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 1 << 16];
            // The first request of a connection is answered, the second is taken and its connection cut.
            for answered in [true, false] {
                let mut read = 0;
                while !request[..read].ends_with(b"}") {
                    let n = stream.read(&mut request[read..]).await.unwrap();
                    if n == 0 {
                        return;
                    }
                    read += n;
                }
                count.fetch_add(1, Ordering::SeqCst);
                if answered {
                    let says = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 45\r\n\r\n{\"status\":\"ok\",\"response\":{\"type\":\"default\"}}";
                    stream.write_all(says).await.unwrap();
                }
            }
        }
    });
    let rest = Rest::http(&address, &settings(), RestSettings::default()).unwrap();
    assert_eq!(
        rest.exchange(&order()).await,
        Outcome::Answered(Response::done())
    );
    let outcome = rest.exchange(&order()).await;
    assert!(
        matches!(outcome, Outcome::Unknown(Unknown::Broken(_))),
        "{outcome:?}"
    );
    assert_eq!(executed.load(Ordering::SeqCst), 2);
}

#[test]
fn what_is_no_address_is_refused() {
    for text in ["", "ws://127.0.0.1:1", "exchange", "ftp://x"] {
        assert!(Http::new(text, &settings()).is_err(), "{text}");
    }
}
