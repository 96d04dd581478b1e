//! A transport that misbehaves, and what the client makes of it.

use super::testing::Hurried;
use super::*;
use crate::Network;
use crate::sign::Key;
use crate::wire::exchange::{Done, OrderAnswer};
use crate::wire::info::OrderStatusAnswer;
use crate::wire::{Action, Address, OrderWire, Side, Tif};
use async_trait::async_trait;
use rust_decimal::Decimal;
use std::collections::VecDeque;

/// Answers in order; then `{}`.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Result<HttpAnswer, TransportError>>>,
    asked: Mutex<Vec<(String, String)>>,
}

#[async_trait]
impl Transport for Script {
    async fn post(&self, path: &str, body: Vec<u8>) -> Result<HttpAnswer, TransportError> {
        let body = String::from_utf8(body).unwrap();
        self.asked.lock().unwrap().push((path.to_owned(), body));
        let answer = self.answers.lock().unwrap().pop_front();
        answer.unwrap_or_else(|| Ok(HttpAnswer::json(200, "{}")))
    }
}

struct Room {
    script: Arc<Script>,
    pace: Arc<Hurried>,
    rest: Rest,
}

fn room(answers: Vec<Result<HttpAnswer, TransportError>>) -> Room {
    let script = Arc::new(Script {
        answers: Mutex::new(answers.into()),
        ..Script::default()
    });
    let pace = Arc::new(Hurried::default());
    Room {
        rest: Rest::new(script.clone(), pace.clone(), RestSettings::default()),
        script,
        pace,
    }
}

impl Room {
    fn asked(&self) -> usize {
        self.script.asked.lock().unwrap().len()
    }

    fn pauses(&self) -> Vec<Duration> {
        self.pace.pauses.lock().unwrap().clone()
    }
}

fn status(status: u16) -> HttpAnswer {
    HttpAnswer {
        status,
        content_type: Some("text/html".into()),
        retry_after: None,
        body: b"<html>bad gateway</html>".to_vec(),
    }
}

fn order(reduce_only: bool) -> Ready {
    let buy = OrderWire::limit(0, Side::Buy, Decimal::from(100), Decimal::ONE, Tif::Ioc);
    let action = Action::orders(vec![OrderWire {
        r: reduce_only,
        ..buy
    }]);
    let key = Key::from_bytes(&[7; 32]).unwrap();
    Ready::placing(&key, Network::Local, action, 1, None, 5_000).unwrap()
}

const MIDS: &str = r#"{"BTC":"80459.5"}"#;

#[tokio::test]
async fn a_question_is_asked_until_it_is_answered() {
    let room = room(vec![
        Err(TransportError::NotConnected("refused".into())),
        Err(TransportError::TimedOut),
        Ok(status(502)),
        Ok(HttpAnswer::json(200, r#"{"BTC":"804"#)),
        Ok(HttpAnswer::json(200, MIDS)),
    ]);
    let mids = room.rest.all_mids().await.unwrap();
    assert_eq!(mids["BTC"].0, "80459.5".parse().unwrap());
    assert_eq!(room.asked(), 5);
    let pauses = room.pauses();
    assert_eq!(pauses.len(), 4);
    assert!(pauses.windows(2).all(|p| p[0] < p[1]), "{pauses:?}");
    let (path, body) = room.script.asked.lock().unwrap()[0].clone();
    assert_eq!(
        (path.as_str(), body.as_str()),
        ("/info", r#"{"type":"allMids"}"#)
    );
}

#[tokio::test]
async fn tries_come_to_an_end() {
    let unreachable = room(vec![Err(TransportError::NotConnected("refused".into())); 9]);
    assert_eq!(
        unreachable.rest.meta().await,
        Err(ReadError::Unreachable("refused".into()))
    );
    assert_eq!(unreachable.asked(), 5);
    let html = HttpAnswer {
        status: 200,
        ..status(200)
    };
    let failing = room(vec![Ok(html); 9]);
    assert_eq!(
        failing.rest.meta().await.unwrap_err().to_string(),
        "the exchange does not answer as it should: the answer is text/html, not JSON"
    );
}

#[tokio::test]
async fn refusals_and_other_answers_are_not_asked_again() {
    let refused = room(vec![Ok(HttpAnswer {
        status: 422,
        ..status(422)
    })]);
    assert!(matches!(
        refused.rest.exchange_status().await,
        Err(ReadError::Refused { status: 422, .. })
    ));
    assert_eq!(refused.asked(), 1);
    let other = room(vec![Ok(HttpAnswer::json(200, r#"{"clock":1}"#))]);
    let error = other.rest.exchange_status().await.unwrap_err();
    assert!(matches!(&error, ReadError::Shape { question, .. } if question == "exchangeStatus"));
    assert_eq!(other.asked(), 1);
}

#[tokio::test]
async fn silence_is_kept_for_as_long_as_told() {
    let told = HttpAnswer {
        retry_after: Some(Duration::from_secs(33)),
        ..status(429)
    };
    let room = room(vec![Ok(told.clone()), Ok(HttpAnswer::json(200, MIDS))]);
    room.rest.all_mids().await.unwrap();
    assert_eq!(room.pauses(), [Duration::from_secs(33)]);

    // too long
    let long = HttpAnswer {
        retry_after: Some(Duration::from_hours(1)),
        ..status(429)
    };
    let impatient = self::room(vec![Ok(long)]);
    assert_eq!(
        impatient.rest.all_mids().await,
        Err(ReadError::Limited(Duration::from_hours(1)))
    );
    // a storm of them
    let storm = self::room(vec![Ok(told); 9]);
    assert_eq!(
        storm.rest.all_mids().await,
        Err(ReadError::Limited(Duration::from_secs(33)))
    );
    assert_eq!(storm.asked(), 5);
}

#[tokio::test]
async fn questions_wait_for_the_budget_and_pay_for_rows() {
    let rows: Vec<String> = (0..600)
        .map(|_| {
            r#"{"t":0,"T":1,"s":"B","i":"1m","o":"1","c":"1","h":"1","l":"1","v":"1","n":1}"#
                .to_owned()
        })
        .collect();
    let room = room(vec![Ok(HttpAnswer::json(
        200,
        format!("[{}]", rows.join(",")),
    ))]);
    let span = crate::wire::info::CandleSpan {
        coin: "B".into(),
        interval: "1m".into(),
        start_time: 0,
        end_time: None,
    };
    assert_eq!(room.rest.candles(span).await.unwrap().len(), 600);
    assert_eq!(room.pauses(), []);
    // 390 at once: 20 for the question, 10 for its rows, then 6 roles of 60
    for _ in 0..6 {
        let _ = room.rest.user_role(Address::ZERO).await;
    }
    assert_eq!(room.pauses(), []);
    let _ = room.rest.user_role(Address::ZERO).await;
    let waited: Duration = room.pauses().iter().sum();
    assert!(
        (Duration::from_secs(8)..Duration::from_secs(10)).contains(&waited),
        "{waited:?}"
    );
}

#[tokio::test]
async fn an_action_is_sent_once_and_judged() {
    let ok = r#"{"status":"ok","response":{"type":"order","data":{"statuses":[{"resting":{"oid":7}}]}}}"#;
    for (answer, judged) in [
        (
            Ok(HttpAnswer::json(200, ok)),
            Outcome::Answered(Response::orders(vec![OrderAnswer::Resting {
                oid: 7,
                cloid: None,
            }])),
        ),
        (
            Ok(HttpAnswer::json(200, r#"{"status":"err","response":"no"}"#)),
            Outcome::Answered(Response::refused("no")),
        ),
        (
            Err(TransportError::NotConnected("refused".into())),
            Outcome::NotSent(NotSent::Unreachable("refused".into())),
        ),
        (
            Ok(HttpAnswer {
                retry_after: Some(Duration::from_secs(3)),
                ..status(429)
            }),
            Outcome::NotSent(NotSent::Limited {
                wait: Duration::from_secs(3),
            }),
        ),
        (
            Ok(status(422)),
            Outcome::NotSent(NotSent::Refused {
                status: 422,
                says: "<html>bad gateway</html>".into(),
            }),
        ),
        (
            Err(TransportError::TimedOut),
            Outcome::Unknown(Unknown::TimedOut),
        ),
        (
            Err(TransportError::Broken("reset".into())),
            Outcome::Unknown(Unknown::Broken("reset".into())),
        ),
        (
            Ok(status(502)),
            Outcome::Unknown(Unknown::Status {
                status: 502,
                says: "<html>bad gateway</html>".into(),
            }),
        ),
        (
            Ok(status(408)),
            Outcome::Unknown(Unknown::Status {
                status: 408,
                says: "<html>bad gateway</html>".into(),
            }),
        ),
        (
            Ok(status(302)),
            Outcome::Unknown(Unknown::Status {
                status: 302,
                says: "<html>bad gateway</html>".into(),
            }),
        ),
        (
            Ok(status(200)),
            Outcome::Unknown(Unknown::Unreadable("it is text/html, not JSON".into())),
        ),
    ] {
        let room = room(vec![answer]);
        assert_eq!(room.rest.exchange(&order(false)).await, judged);
        assert_eq!(room.asked(), 1);
        assert_eq!(room.pauses(), []);
    }
    for broken in ["", "null", "{\"status\":\"ok\"", "[]"] {
        let room = room(vec![Ok(HttpAnswer::json(200, broken))]);
        let outcome = room.rest.exchange(&order(false)).await;
        assert!(
            matches!(outcome, Outcome::Unknown(Unknown::Unreadable(_))),
            "{broken}"
        );
        assert_eq!(room.asked(), 1);
    }
}

#[tokio::test]
async fn what_reduces_risk_gets_through_when_nothing_else_does() {
    let room = room(vec![Ok(status(429))]);
    assert!(matches!(
        room.rest.exchange(&order(false)).await,
        Outcome::NotSent(NotSent::Limited { .. })
    ));
    // silent now: nothing is sent
    let wait = Duration::from_secs(10);
    assert_eq!(
        room.rest.exchange(&order(false)).await,
        Outcome::NotSent(NotSent::Limited { wait })
    );
    assert_eq!(room.asked(), 1);
    let _ = room.rest.exchange(&order(true)).await;
    assert_eq!(room.asked(), 2);

    // and when the budget is used up
    let spent = self::room(Vec::new());
    let mut sent = 0;
    while !matches!(
        spent.rest.exchange(&order(false)).await,
        Outcome::NotSent(NotSent::Budget { .. })
    ) {
        sent += 1;
        assert!(sent < 1_000);
    }
    assert_eq!(sent, 150);
    let _ = spent.rest.exchange(&order(true)).await;
    assert_eq!(spent.asked(), 151);
}

#[tokio::test]
async fn an_order_is_looked_up_by_name() {
    let room = room(vec![Ok(HttpAnswer::json(
        200,
        r#"{"status":"unknownOid"}"#,
    ))]);
    let cloid = crate::wire::Cloid([1; 16]);
    let found = room.rest.order_status(Address::ZERO, cloid).await.unwrap();
    assert_eq!(found, OrderStatusAnswer::UnknownOid);
    let (_, body) = room.script.asked.lock().unwrap()[0].clone();
    assert!(
        body.contains(r#""oid":"0x01010101010101010101010101010101""#),
        "{body}"
    );
}

#[test]
fn answers_of_unknown_kind_are_answers() {
    let text = r#"{"status":"ok","response":{"type":"new","data":1}}"#;
    let read: Response = serde_json::from_str(text).unwrap();
    assert!(matches!(read, Response::Ok(Done::Other { .. })));
}

#[tokio::test]
async fn what_became_of_an_order_is_asked_though_others_have_used_up_their_weight() {
    let room = room(vec![]);
    // as many as go out at once
    for _ in 0..19 {
        let _ = room.rest.meta().await;
    }
    assert_eq!(room.pauses(), []);
    let user = Address([1; 20]);
    let status = InfoRequest::OrderStatus {
        user,
        oid: 1_u64.into(),
    };
    for _ in 0..30 {
        let _ = room.rest.info::<Value>(&status).await;
    }
    assert_eq!(room.pauses(), []);
    let _ = room.rest.meta().await;
    assert_eq!(room.pauses().len(), 1);
}
