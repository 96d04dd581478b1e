//! The harness with services that misbehave.

use super::*;
use crate::settings::Settings;
use crate::store::{OpenOptions, Store};
use async_trait::async_trait;
use futures_util::FutureExt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

/// A round of a worker, by its number from 1 over all its lives, as a function of the test.
type Round = Arc<dyn Fn(usize) -> Result<Next, ServiceError> + Send + Sync>;

struct Scripted {
    name: ServiceName,
    rounds: Arc<AtomicUsize>,
    round: Round,
    /// Told of each round and of each last word.
    says: UnboundedSender<String>,
}

struct ScriptedWorker {
    rounds: Arc<AtomicUsize>,
    round: Round,
    says: UnboundedSender<String>,
}

#[async_trait]
impl Worker for ScriptedWorker {
    async fn tick(&mut self, _cx: &Context) -> Result<Next, ServiceError> {
        let n = self.rounds.fetch_add(1, Ordering::SeqCst) + 1;
        self.says.send(format!("round {n}")).unwrap();
        (self.round)(n)
    }

    async fn stop(&mut self, _cx: &Context) {
        self.says.send("last word".into()).unwrap();
    }
}

#[async_trait]
impl Service for Scripted {
    fn name(&self) -> ServiceName {
        self.name
    }

    async fn start(&self, _cx: &Context) -> Result<Vec<Box<dyn Worker>>, ServiceError> {
        self.says.send("start".into()).unwrap();
        Ok(vec![Box::new(ScriptedWorker {
            rounds: Arc::clone(&self.rounds),
            round: Arc::clone(&self.round),
            says: self.says.clone(),
        })])
    }
}

fn scripted(
    name: ServiceName,
    round: impl Fn(usize) -> Result<Next, ServiceError> + Send + Sync + 'static,
) -> (Box<dyn Service>, UnboundedReceiver<String>) {
    let (says, heard) = unbounded_channel();
    let service = Scripted {
        name,
        rounds: Arc::default(),
        round: Arc::new(round),
        says,
    };
    (Box::new(service), heard)
}

/// Rounds that end at once; the next is due in an hour.
// it has the form of every round
#[allow(clippy::unnecessary_wraps)]
fn calm(_: usize) -> Result<Next, ServiceError> {
    Ok(Next::After(Duration::from_hours(1)))
}

async fn store() -> Result<Store, ServiceError> {
    Ok(Store::open("sqlite::memory:", OpenOptions::default()).await?)
}

fn options() -> Options {
    let mut settings = Settings::default();
    settings.http.enabled = false;
    settings.daemon.backoff_base_ms = 1;
    let open: OpenStore = Arc::new(|| store().boxed());
    Options {
        signals: false,
        ..Options::new(open, watch::channel(Arc::new(settings)).1)
    }
}

async fn until(heard: &mut UnboundedReceiver<String>, what: &str) {
    while heard.recv().await.expect("the service ended before it") != what {}
}

/// A page as `(status, body)`.
async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let ask = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), body.to_owned())
}

#[tokio::test]
async fn a_panic_is_caught_and_the_worker_made_anew() {
    let (service, mut heard) = scripted(ServiceName::Generator, |n| {
        assert!(n > 2, "no luck in round {n}");
        calm(n)
    });
    let (options, stop) = with_stop(options());
    let running = tokio::spawn(run(vec![service], options));
    let mut all = Vec::new();
    while all.last().map(String::as_str) != Some("round 3") {
        all.push(heard.recv().await.unwrap());
    }
    assert_eq!(
        all,
        ["start", "round 1", "start", "round 2", "start", "round 3"]
    );
    stop.cancel();
    until(&mut heard, "last word").await;
    assert_eq!(running.await.unwrap(), Ended::default());
}

fn with_stop(options: Options) -> (Options, tokio_util::sync::CancellationToken) {
    let stop = options.stop.clone();
    (options, stop)
}

#[tokio::test]
async fn an_error_is_waited_out_by_the_same_worker() {
    let (service, mut heard) = scripted(ServiceName::Validator, |n| match n {
        1 | 2 => Err(ServiceError::Passing("the network is gone".into())),
        3 => Ok(Next::Now),
        _ => calm(n),
    });
    let (options, stop) = with_stop(options());
    let running = tokio::spawn(run(vec![service], options));
    until(&mut heard, "round 4").await;
    stop.cancel();
    assert_eq!(heard.recv().await.unwrap(), "last word");
    assert_eq!(running.await.unwrap().code(), 0);
}

#[tokio::test]
async fn what_waiting_does_not_mend_ends_that_service_alone() {
    let (bad, mut of_bad) = scripted(ServiceName::Generator, |_| {
        Err(ServiceError::Fatal("no catalogue".into()))
    });
    let (good, mut of_good) = scripted(ServiceName::Metrics, calm);
    let (options, stop) = with_stop(options());
    let running = tokio::spawn(run(vec![bad, good], options));
    until(&mut of_bad, "last word").await;
    until(&mut of_good, "round 1").await;
    assert!(!running.is_finished());
    stop.cancel();
    let ended = running.await.unwrap();
    assert_eq!(
        ended.fatal,
        [(ServiceName::Generator, "no catalogue".to_owned())]
    );
    assert_eq!(ended.code(), 3);
}

#[tokio::test]
async fn a_worker_that_does_not_stop_is_abandoned() {
    struct Stuck;
    #[async_trait]
    impl Worker for Stuck {
        async fn tick(&mut self, _: &Context) -> Result<Next, ServiceError> {
            doing("counts grains of sand");
            std::future::pending().await
        }
    }
    struct Sandbox;
    #[async_trait]
    impl Service for Sandbox {
        fn name(&self) -> ServiceName {
            ServiceName::Backtester
        }
        async fn start(&self, _: &Context) -> Result<Vec<Box<dyn Worker>>, ServiceError> {
            Ok(vec![Box::new(Stuck)])
        }
    }
    let (mut options, stop) = with_stop(options());
    options.stop_wait = Some(Duration::from_millis(20));
    stop.cancel();
    // asked to stop before it began: nothing is left to abandon
    let ended = run(vec![Box::new(Sandbox)], options.clone()).await;
    assert_eq!(ended, Ended::default());

    let stop = tokio_util::sync::CancellationToken::new();
    options.stop = stop.clone();
    let (told, mut places) = unbounded_channel();
    options.bound = Some(told);
    options.ports.of.insert(ServiceName::Backtester, 0);
    let running = tokio::spawn(run(vec![Box::new(Sandbox)], options));
    let (_, address) = places.recv().await.unwrap();
    while !get(address, "/health").await.1.contains("grains of sand") {}
    stop.cancel();
    let ended = running.await.unwrap();
    assert_eq!(ended.abandoned, [ServiceName::Backtester]);
    assert_eq!(ended.code(), 3);
}

#[tokio::test]
async fn a_store_that_is_not_there_yet_is_waited_for() {
    let tries = Arc::new(AtomicUsize::new(0));
    let (service, mut heard) = scripted(ServiceName::Scheduler, calm);
    let (mut options, stop) = with_stop(options());
    let (told, mut places) = unbounded_channel();
    options.bound = Some(told);
    options.ports.of.insert(ServiceName::Scheduler, 0);
    let (open_now, closed) = watch::channel(false);
    let tried = Arc::clone(&tries);
    options.open = Arc::new(move || {
        let (tried, closed) = (Arc::clone(&tried), closed.clone());
        async move {
            tried.fetch_add(1, Ordering::SeqCst);
            assert_ne!(tried.load(Ordering::SeqCst), 2, "even a panic");
            if *closed.borrow() {
                return store().await;
            }
            Err(ServiceError::Passing("connection refused".into()))
        }
        .boxed()
    });
    let running = tokio::spawn(run(vec![service], options));
    let (_, address) = places.recv().await.unwrap();
    // alive, but not ready
    while !get(address, "/ready")
        .await
        .1
        .contains("connection refused")
    {}
    assert_eq!(get(address, "/ready").await.0, 503);
    assert_eq!(get(address, "/health").await.0, 200);
    open_now.send(true).unwrap();
    until(&mut heard, "round 1").await;
    assert!(tries.load(Ordering::SeqCst) > 2);
    assert_eq!(get(address, "/ready").await.0, 200);
    stop.cancel();
    assert_eq!(running.await.unwrap().code(), 0);
}

#[tokio::test]
async fn a_store_that_waiting_does_not_mend_ends_all() {
    let (service, _heard) = scripted(ServiceName::Scheduler, calm);
    let mut options = options();
    options.open = Arc::new(|| {
        async {
            Err(ServiceError::Fatal(
                "the database is newer than this program".into(),
            ))
        }
        .boxed()
    });
    let ended = run(vec![service], options).await;
    assert_eq!(ended.fatal.len(), 1);
    assert_eq!(ended.code(), 3);
}

#[tokio::test]
async fn a_taken_port_stops_nothing() {
    let taken = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .unwrap();
    let (service, mut heard) = scripted(ServiceName::Api, calm);
    let (mut options, stop) = with_stop(options());
    let port = taken.local_addr().unwrap().port();
    options.ports.of.insert(ServiceName::Api, port);
    let running = tokio::spawn(run(vec![service], options));
    until(&mut heard, "round 1").await;
    stop.cancel();
    assert_eq!(running.await.unwrap().code(), 0);
}

#[tokio::test]
async fn pages_tell_how_it_is() {
    let (service, mut heard) = scripted(ServiceName::Rotator, |n| match n {
        1 => Err(ServiceError::Passing("locked".into())),
        _ => calm(n),
    });
    let (mut options, stop) = with_stop(options());
    let (told, mut places) = unbounded_channel();
    options.bound = Some(told);
    options.ports.of.insert(ServiceName::Rotator, 0);
    let running = tokio::spawn(run(vec![service], options));
    let (name, address) = places.recv().await.unwrap();
    assert_eq!(name, ServiceName::Rotator);
    until(&mut heard, "round 2").await;
    let (code, body) = get(address, "/health").await;
    let state: ServiceState = serde_json::from_str(&body).unwrap();
    assert_eq!(code, 200);
    assert_eq!((state.ticks, state.errors, state.panics), (2, 1, 0));
    assert!(state.identity.starts_with("rotator@"));
    let (_, figures) = get(address, "/metrics").await;
    for line in [
        "sixbtc_ticks_total{service=\"rotator\"}",
        "sixbtc_ready{service=\"rotator\"} 1",
        "sixbtc_tick_seconds_bucket{service=\"rotator\",le=\"0.001\"}",
    ] {
        assert!(figures.contains(line), "{line} is not in\n{figures}");
    }
    assert_eq!(get(address, "/nothing").await.0, 404);
    stop.cancel();
    assert_eq!(running.await.unwrap().code(), 0);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[test]
fn exit_codes() {
    let cut = Ended {
        cut_short: Some(15),
        ..Ended::default()
    };
    assert_eq!(cut.code(), 143);
    assert_eq!(Ended::default().code(), 0);
}
