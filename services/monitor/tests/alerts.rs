//! Channels against servers on this machine that answer, refuse, and hang.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use sixbtc_core::alerts::{Alert, CONTROL_KEY, Level, Queue, Waiting, raise};
use sixbtc_core::settings::{Alerts, MailSecurity, SecretName, Secrets};
use sixbtc_core::shared;
use sixbtc_core::store::{OpenOptions, Store};
use sixbtc_monitor::{Channel, ChannelError, Email, Telegram, Webhook, deliver, make_channels};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

fn waiting(title: &str) -> Waiting {
    Waiting {
        number: 3,
        alert: Alert {
            cause: "test".into(),
            level: Level::Critical,
            title: title.into(),
            text: "Something happened.".into(),
        },
        at: 5,
        times: 2,
        deliveries: BTreeMap::new(),
    }
}

type Heard = Arc<Mutex<Vec<(String, String, String)>>>;

#[derive(Clone)]
struct Server {
    status: Arc<AtomicU16>,
    heard: Heard,
}

async fn hear(
    State(s): State<Server>,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let key = headers
        .get("idempotency-key")
        .map_or("", |v| v.to_str().unwrap());
    s.heard.lock().unwrap().push((path, key.to_owned(), body));
    StatusCode::from_u16(s.status.load(Ordering::SeqCst)).unwrap()
}

/// An HTTP server that answers with a status of the test's choice.
async fn server() -> (String, Server) {
    let state = Server {
        status: Arc::new(AtomicU16::new(200)),
        heard: Heard::default(),
    };
    let app = Router::new()
        .route("/{*path}", post(hear))
        .with_state(state.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, state)
}

const PATIENT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_webhook_posts_json_and_keeps_its_address_to_itself() {
    let (address, server) = server().await;
    let url = format!("{address}/hook/s3cret-path");
    let hook = Webhook::new(url.into(), PATIENT).unwrap();
    hook.tell(&waiting("It fell")).await.unwrap();
    let (path, key, body) = server.heard.lock().unwrap()[0].clone();
    assert_eq!((path.as_str(), key.as_str()), ("hook/s3cret-path", "3-5"));
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (
            body["title"].as_str(),
            body["level"].as_str(),
            body["times"].as_u64()
        ),
        (Some("It fell"), Some("critical"), Some(2))
    );
    for (status, passing) in [(500, true), (429, true), (404, false), (302, false)] {
        server.status.store(status, Ordering::SeqCst);
        let error = hook.tell(&waiting("again")).await.unwrap_err();
        assert_eq!(error.passing, passing, "{status}");
        assert!(!error.text.contains("s3cret"), "{}", error.text);
    }
    // nobody listens there any more
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = format!("http://{}/s3cret", listener.local_addr().unwrap());
    drop(listener);
    let error = Webhook::new(gone.into(), PATIENT)
        .unwrap()
        .tell(&waiting("x"))
        .await
        .unwrap_err();
    assert!(
        error.passing && !error.text.contains("s3cret"),
        "{}",
        error.text
    );
    let Err(error) = Webhook::new("s3cret nonsense".to_owned().into(), PATIENT) else {
        panic!("taken");
    };
    assert!(!error.to_string().contains("s3cret"), "{error}");
}

#[tokio::test]
async fn a_server_that_hangs_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let hook = Webhook::new(url.into(), Duration::from_millis(50)).unwrap();
    let error = hook.tell(&waiting("x")).await.unwrap_err();
    assert_eq!(
        (error.text.as_str(), error.passing),
        ("no answer in time", true)
    );
}

#[tokio::test]
async fn a_bot_writes_to_its_chat_and_no_error_shows_the_token() {
    let (address, server) = server().await;
    let bot = Telegram::new(&address, "12:s3cret".to_owned().into(), "-100", PATIENT).unwrap();
    bot.tell(&waiting("It fell")).await.unwrap();
    let (path, _, body) = server.heard.lock().unwrap()[0].clone();
    assert_eq!(path, "bot12:s3cret/sendMessage");
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["chat_id"], "-100");
    assert_eq!(
        body["text"],
        "[CRITICAL] It fell (2 times)\nSomething happened."
    );
    server.status.store(401, Ordering::SeqCst);
    let error = bot.tell(&waiting("x")).await.unwrap_err();
    assert!(
        !error.passing && !error.text.contains("s3cret"),
        "{}",
        error.text
    );
    assert!(Telegram::new(&address, "t".to_owned().into(), "", PATIENT).is_err());
}

/// An SMTP server that takes one mail, or refuses the recipient with `answer`.
async fn mail_server(answer: &'static str) -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let (read, mut write) = socket.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut mail = String::new();
        let mut inside = false;
        write.write_all(b"220 test\r\n").await.unwrap();
        while let Ok(Some(line)) = lines.next_line().await {
            let reply = if inside {
                if line == "." {
                    inside = false;
                    "250 taken\r\n"
                } else {
                    mail.push_str(&line);
                    mail.push('\n');
                    continue;
                }
            } else {
                match line.get(..4).unwrap_or("") {
                    "RCPT" => answer,
                    "DATA" => {
                        inside = true;
                        "354 go\r\n"
                    }
                    "QUIT" => "221 bye\r\n",
                    _ => "250 ok\r\n",
                }
            };
            if write.write_all(reply.as_bytes()).await.is_err() || line.starts_with("QUIT") {
                break;
            }
        }
        mail
    });
    (port, served)
}

fn mail(port: u16) -> sixbtc_core::settings::Email {
    sixbtc_core::settings::Email {
        enabled: true,
        host: "127.0.0.1".into(),
        port,
        security: MailSecurity::None,
        from: "sixbtc <bot@example.org>".into(),
        to: vec!["a@example.org".into(), "b@example.org".into()],
        ..sixbtc_core::settings::Email::default()
    }
}

#[tokio::test]
async fn a_mail_arrives_and_a_refusal_is_final() {
    let (port, served) = mail_server("250 ok\r\n").await;
    let channel = Email::new(&mail(port), None).unwrap();
    channel.tell(&waiting("It fell")).await.unwrap();
    drop(channel);
    let mail_text = served.await.unwrap();
    assert!(
        mail_text.contains("Subject: [sixbtc] It fell"),
        "{mail_text}"
    );
    assert!(mail_text.contains("Something happened."));
    for (answer, passing) in [("550 no such person\r\n", false), ("451 later\r\n", true)] {
        let (port, _served) = mail_server(answer).await;
        let error = Email::new(&mail(port), None)
            .unwrap()
            .tell(&waiting("x"))
            .await
            .unwrap_err();
        assert_eq!(error.passing, passing, "{}", error.text);
    }
    let mut wrong = mail(1);
    wrong.user = "me".into();
    assert!(
        Email::new(&wrong, None).is_err(),
        "a login without a password"
    );
    wrong.to.clear();
    assert!(Email::new(&wrong, None).is_err());
}

#[test]
fn what_is_switched_on_but_cannot_work_says_so() {
    let mut settings = Alerts::default();
    let mut secrets = Secrets::default();
    assert!(make_channels(&settings, &secrets).0.is_empty());
    settings.webhook.enabled = true;
    settings.telegram.enabled = true;
    settings.email.enabled = true;
    let (list, wrong) = make_channels(&settings, &secrets);
    assert_eq!((list.len(), wrong.len()), (0, 3));
    assert!(
        wrong[0].to_string().contains("SIXBTC_ALERTS__WEBHOOK__URL"),
        "{}",
        wrong[0]
    );
    secrets.insert(
        SecretName::WebhookUrl,
        "https://example.org/x".to_owned().into(),
    );
    assert_eq!(make_channels(&settings, &secrets).0.len(), 1);
}

/// A channel that does as it is told.
struct Puppet {
    name: &'static str,
    fails: bool,
    hangs: bool,
    told: Arc<Mutex<Vec<u64>>>,
}

#[async_trait::async_trait]
impl Channel for Puppet {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn tell(&self, alert: &Waiting) -> Result<(), ChannelError> {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        self.told.lock().unwrap().push(alert.number);
        if self.fails {
            return Err(ChannelError {
                text: "away".into(),
                passing: true,
            });
        }
        Ok(())
    }
}

fn puppet(
    name: &'static str,
    fails: bool,
    hangs: bool,
) -> (Arc<dyn Channel>, Arc<Mutex<Vec<u64>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let channel = Puppet {
        name,
        fails,
        hangs,
        told: Arc::clone(&told),
    };
    (Arc::new(channel), told)
}

async fn queue(store: &Store) -> Queue {
    shared::read(store, CONTROL_KEY)
        .await
        .unwrap()
        .unwrap()
        .value
}

#[tokio::test]
async fn a_failing_channel_holds_up_no_other_and_tries_again() {
    let wall = Arc::new(AtomicI64::new(0));
    let reads = Arc::clone(&wall);
    let store = Store::open("sqlite::memory:", OpenOptions::default())
        .await
        .unwrap();
    let store = store.clock(move || reads.load(Ordering::SeqCst));
    for cause in ["a", "b", "a"] {
        let alert = Alert {
            cause: cause.into(),
            ..waiting("x").alert
        };
        raise(&store, alert, 60, "test").await.unwrap();
    }
    let (good, good_told) = puppet("good", false, false);
    let (bad, bad_told) = puppet("bad", true, false);
    let both = vec![good.clone(), bad];
    deliver(&store, &both, "test").await.unwrap();
    deliver(&store, &both, "test").await.unwrap();
    assert_eq!(
        (
            good_told.lock().unwrap().clone(),
            bad_told.lock().unwrap().clone()
        ),
        (vec![1, 2], vec![1, 2])
    );
    wall.store(5_000, Ordering::SeqCst);
    deliver(&store, &both, "test").await.unwrap();
    assert_eq!(bad_told.lock().unwrap().len(), 3);
    assert_eq!(queue(&store).await.waiting.len(), 2);
    // the bad one is switched off
    deliver(&store, &vec![good], "test").await.unwrap();
    assert!(queue(&store).await.waiting.is_empty());
    // one that never answers: what the other told is written down all the same
    let alert = Alert {
        cause: "c".into(),
        ..waiting("x").alert
    };
    raise(&store, alert, 60, "test").await.unwrap();
    let (good, told) = puppet("good", false, false);
    let (hanging, _) = puppet("hanging", false, true);
    let channels = vec![hanging, good];
    let mut round = Box::pin(deliver(&store, &channels, "test"));
    loop {
        let waited = tokio::time::timeout(Duration::from_millis(20), &mut round).await;
        assert!(waited.is_err(), "it waits for the one that hangs");
        let known = queue(&store).await;
        if known.waiting[0]
            .deliveries
            .get("good")
            .is_some_and(|d| d.done)
        {
            break;
        }
    }
    assert_eq!(told.lock().unwrap().len(), 1);
}
