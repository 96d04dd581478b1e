//! HTTP from a server that misbehaves.

use super::*;
use crate::Network;
use crate::client::{NotSent, Outcome, Ready, Rest, RestSettings, Unknown};
use crate::sign::Key;
use crate::wire::exchange::Response;
use crate::wire::{Action, OrderKind, OrderWire, Tif};
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
        answer: Duration::from_millis(300),
        body: 1_000,
        ..HttpSettings::default()
    }
}

fn order() -> Ready {
    let action = Action::orders(vec![OrderWire {
        a: 0,
        b: true,
        p: Decimal::from(100),
        s: Decimal::ONE,
        r: false,
        t: OrderKind::Limit { tif: Tif::Ioc },
        c: None,
    }]);
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
async fn send(says: Option<&'static str>) -> (Outcome, usize) {
    let (address, executed) = server(says).await;
    let rest = Rest::http(&address, &settings(), RestSettings::default()).unwrap();
    let outcome = rest.exchange(&order()).await;
    (outcome, executed.load(Ordering::SeqCst))
}

#[tokio::test]
async fn an_answer_arrives() {
    let says = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 48\r\n\r\n{\"status\":\"ok\",\"response\":{\"type\":\"default\"}}   ";
    assert_eq!(
        send(Some(says)).await,
        (Outcome::Answered(Response::done()), 1)
    );
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
    assert_eq!(send(None).await, (Outcome::Unknown(Unknown::TimedOut), 1));
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
        let (outcome, executed) = send(Some(says)).await;
        assert!(
            matches!(
                outcome,
                Outcome::Unknown(Unknown::Broken(_) | Unknown::TimedOut)
            ),
            "{says:?}: {outcome:?}"
        );
        assert_eq!(executed, 1, "{says:?}");
    }
    for says in [
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    ] {
        let (outcome, executed) = send(Some(says)).await;
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
        let (outcome, executed) = send(Some(status)).await;
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
        send(Some(says)).await,
        (Outcome::NotSent(NotSent::Limited { wait }), 1)
    );
}

#[test]
fn what_is_no_address_is_refused() {
    for text in ["", "ws://127.0.0.1:1", "exchange", "ftp://x"] {
        assert!(Http::new(text, &settings()).is_err(), "{text}");
    }
}
