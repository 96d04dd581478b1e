//! Providers against a server of our own that answers well, badly, late, endlessly, and not at all.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::stream;
use secrecy::SecretString;
use serde_json::{Value, json};
use sixbtc_core::model::Side;
use sixbtc_generator::ai::{
    AiError, Answer, Anthropic, Constrain, Dialogue, Finished, Length, Message, OpenAi, Provider,
    Recorded, Recorder, Request, Role, Task,
};
use sixbtc_market::Timeframe;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const GOOD: &str = "```sbt\n#sbt 1\nstrategy dip \"Buys when momentum is low.\" {\n  on 1h\n  param n: bars = 14 in 7..28 step 7\n  \
    enter long when rsi(close, n) < 30 {\n    stop 2%\n    target 4%\n  }\n  size risk 2%\n  limit leverage 3\n}\n```";

/// What the server does with the next question.
#[derive(Clone)]
enum Act {
    Say(String),
    Status(u16),
    Raw(&'static str),
    Endless,
    Hang,
}

#[derive(Default)]
struct Shared {
    acts: VecDeque<Act>,
    asked: Vec<(HeaderMap, Value)>,
}

type Server = Arc<Mutex<Shared>>;

async fn serve(acts: Vec<Act>) -> (String, Server) {
    let shared: Server = Arc::new(Mutex::new(Shared {
        acts: acts.into(),
        asked: Vec::new(),
    }));
    let app = Router::new()
        .route("/v1/chat/completions", post(openai))
        .route("/v1/messages", post(anthropic))
        .with_state(shared.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (base, shared)
}

async fn openai(State(s): State<Server>, headers: HeaderMap, body: Bytes) -> Response {
    act(&s, headers, &body, |text| {
        json!({"choices": [{"message": {"role": "assistant", "content": text}}],
               "usage": {"prompt_tokens": 1000, "completion_tokens": 200}})
    })
    .await
}

async fn anthropic(State(s): State<Server>, headers: HeaderMap, body: Bytes) -> Response {
    act(&s, headers, &body, |text| {
        json!({"content": [{"type": "thinking", "thinking": "…"}, {"type": "text", "text": text}],
               "usage": {"input_tokens": 900, "cache_read_input_tokens": 100, "output_tokens": 200}})
    })
    .await
}

async fn act(
    s: &Server,
    headers: HeaderMap,
    body: &[u8],
    shape: impl Fn(&str) -> Value,
) -> Response {
    let act = {
        let mut s = s.lock().unwrap();
        s.asked
            .push((headers, serde_json::from_slice(body).unwrap()));
        s.acts.pop_front().unwrap_or(Act::Status(500))
    };
    match act {
        Act::Say(text) => axum::Json(shape(&text)).into_response(),
        Act::Status(code) => (
            StatusCode::from_u16(code).unwrap(),
            [("retry-after", "7")],
            "no\n\nway",
        )
            .into_response(),
        Act::Raw(text) => text.into_response(),
        Act::Endless => {
            let piece = Bytes::from(vec![b' '; 1 << 16]);
            let endless =
                stream::repeat_with(move || Ok::<_, std::convert::Infallible>(piece.clone()));
            Body::from_stream(endless).into_response()
        }
        Act::Hang => std::future::pending().await,
    }
}

fn client(base: &str, constrain: Constrain) -> OpenAi {
    let key = Some(SecretString::from("sk-very-secret".to_owned()));
    OpenAi::new(
        base,
        "some-model",
        key,
        constrain,
        Duration::from_millis(400),
    )
    .unwrap()
}

fn task() -> Task {
    Task {
        timeframe: Timeframe::from_ms(3_600_000).unwrap(),
        side: Side::Long,
        combination: None,
        idea: None,
        turn: 0,
    }
}

fn request() -> Request {
    Request {
        system: "s".into(),
        messages: vec![Message {
            role: Role::User,
            text: "q".into(),
        }],
        max_tokens: 100,
    }
}

async fn talk(provider: &dyn Provider) -> Result<Finished, AiError> {
    let mut dialogue = Dialogue::new(task(), Length::default());
    loop {
        if let Some(end) = dialogue.ask(provider).await? {
            return Ok(end);
        }
    }
}

#[tokio::test]
async fn a_program_is_repaired_by_the_diagnostics() {
    let bad = GOOD.replace("rsi(close, n)", "rsi(close, m)");
    let (base, server) = serve(vec![
        Act::Say("Sure! Which indicator do you like?".into()),
        Act::Say(bad),
        Act::Say(GOOD.into()),
    ])
    .await;
    let end = talk(&client(&base, Constrain::Off)).await.unwrap();
    let written = end.written.unwrap();
    assert!(written.text.contains("rsi(close, n) < 30"));
    assert_eq!(end.given.len(), 3);
    assert!(end.given[1].refused.as_ref().unwrap().contains("E01"));
    let asked = &server.lock().unwrap().asked;
    assert_eq!(asked[0].0["authorization"], "Bearer sk-very-secret");
    let last = asked[2].1["messages"].as_array().unwrap();
    assert_eq!(last.len(), 6, "card, task, and two rounds");
    assert!(last[5]["content"].as_str().unwrap().contains("`m`"));
}

#[tokio::test]
async fn three_repairs_are_all_there_are() {
    let (base, server) = serve(vec![Act::Say("nonsense".into()); 9]).await;
    let end = talk(&client(&base, Constrain::Off)).await.unwrap();
    assert!(end.written.is_none());
    assert_eq!(end.given.len(), 4);
    assert_eq!(server.lock().unwrap().asked.len(), 4);
}

#[tokio::test]
async fn anthropic_is_spoken_too() {
    let (base, server) = serve(vec![Act::Say(GOOD.into())]).await;
    let key = SecretString::from("sk-ant-secret".to_owned());
    let provider = Anthropic::new(&base, "some-model", key, Duration::from_secs(5)).unwrap();
    let end = talk(&provider).await.unwrap();
    assert!(end.written.is_some());
    assert_eq!(
        (end.given[0].input_tokens, end.given[0].output_tokens),
        (1000, 200)
    );
    let (headers, body) = server.lock().unwrap().asked[0].clone();
    assert_eq!(headers["x-api-key"], "sk-ant-secret");
    assert_eq!(headers["anthropic-version"], "2023-06-01");
    assert!(
        body["system"][0]["text"]
            .as_str()
            .unwrap()
            .contains("The language on one page")
    );
    assert!(!provider.name().contains("secret"));
}

#[tokio::test]
async fn an_endpoint_is_kept_to_the_grammar() {
    let object = json!({"program": GOOD}).to_string();
    let (base, server) = serve(vec![Act::Say(GOOD.into()), Act::Say(object)]).await;
    assert!(
        talk(&client(&base, Constrain::Gbnf))
            .await
            .unwrap()
            .written
            .is_some()
    );
    assert!(
        talk(&client(&base, Constrain::Schema))
            .await
            .unwrap()
            .written
            .is_some()
    );
    let asked = &server.lock().unwrap().asked;
    assert!(asked[0].1["grammar"].as_str().unwrap().contains("root ::="));
    assert_eq!(asked[1].1["response_format"]["type"], "json_schema");
}

#[tokio::test]
async fn what_a_bad_provider_does_is_told_plainly() {
    let acts = vec![
        Act::Status(429),
        Act::Status(503),
        Act::Status(401),
        Act::Raw("<html>sign in</html>"),
        Act::Raw("{\"choices\": []}"),
        Act::Endless,
        Act::Hang,
    ];
    let (base, _) = serve(acts).await;
    let c = client(&base, Constrain::Off);
    let mut errors = Vec::new();
    for _ in 0..7 {
        errors.push(c.ask(&request()).await.unwrap_err());
    }
    assert!(matches!(
        errors[0],
        AiError::Busy {
            status: 429,
            retry_after: Some(7)
        }
    ));
    assert!(matches!(errors[1], AiError::Busy { status: 503, .. }));
    assert_eq!(
        errors[2].to_string(),
        "the AI provider refuses (401): no way"
    );
    assert!(!errors[2].passes());
    assert!(errors[3].to_string().contains("no JSON"), "{}", errors[3]);
    assert!(
        errors[4].to_string().contains("no message"),
        "{}",
        errors[4]
    );
    // an endless answer ends at the largest size, or at the longest time
    assert!(matches!(
        errors[5],
        AiError::Garbage(_) | AiError::Unreachable(_)
    ));
    assert!(errors[6].to_string().contains("in time"), "{}", errors[6]);
    assert!(
        errors
            .iter()
            .all(|e| !format!("{e:?}{e}").contains("secret"))
    );
}

#[tokio::test]
async fn nobody_listens() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let e = client(&base, Constrain::Off)
        .ask(&request())
        .await
        .unwrap_err();
    assert!(e.to_string().contains("no connection") && e.passes(), "{e}");
}

/// Answers what it is given, in order.
struct Scripted(Mutex<VecDeque<&'static str>>);

#[async_trait::async_trait]
impl Provider for Scripted {
    fn name(&self) -> String {
        "scripted".into()
    }

    async fn ask(&self, _: &Request) -> Result<Answer, AiError> {
        let text = self.0.lock().unwrap().pop_front();
        Ok(Answer {
            text: text
                .ok_or_else(|| AiError::Garbage("the script is over".into()))?
                .into(),
            input_tokens: 1,
            output_tokens: 1,
        })
    }
}

#[tokio::test]
async fn recorded_answers_make_the_same_dialogue() {
    let dir = tempfile::tempdir().unwrap();
    let script = Scripted(Mutex::new(["not yet", GOOD].into()));
    let first = talk(&Recorder::new(script, dir.path())).await.unwrap();
    let again = talk(&Recorded::new(dir.path())).await.unwrap();
    assert_eq!(first.given, again.given);
    assert_eq!(first.written.unwrap().text, again.written.unwrap().text);
    let other = Request {
        max_tokens: 5,
        ..request()
    };
    let missing = Recorded::new(dir.path()).ask(&other).await.unwrap_err();
    assert!(matches!(missing, AiError::NotRecorded(_)));
}
