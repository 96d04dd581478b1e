//! Runs one service, or many in one process, until it is told to stop.

use super::backoff::Backoff;
use super::http::{self, Ports};
use super::panics::{caught_async, watch_panics};
use super::state::{Life, Phase};
use super::work::{Done, Seat};
use super::{Context, Service, ServiceError, ServiceName, Worker, notify};
use crate::settings::Settings;
use crate::store::Store;
use futures_util::future::BoxFuture;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// Opens the store. An error other than [`ServiceError::Fatal`] is waited out.
pub type OpenStore = Arc<dyn Fn() -> BoxFuture<'static, Result<Store, ServiceError>> + Send + Sync>;

/// How services are run.
#[derive(Clone)]
pub struct Options {
    /// Opens the store.
    pub open: OpenStore,
    /// The settings; new ones may be sent while the services work.
    pub settings: watch::Receiver<Arc<Settings>>,
    /// Cancelled to stop them, as TERM does.
    pub stop: CancellationToken,
    /// Whether TERM and INT stop them; a second one ends the process at once.
    pub signals: bool,
    /// Where their pages are.
    pub ports: Ports,
    /// Told where each page is, once it is there.
    pub bound: Option<mpsc::UnboundedSender<(ServiceName, SocketAddr)>>,
    /// Waits after errors in a row.
    pub backoff: Backoff,
    /// How long every service may take to stop, where not as its [`Role`](super::Role) says.
    pub stop_wait: Option<Duration>,
    /// How often each service writes down what it is doing.
    pub heartbeat: Duration,
}

impl Options {
    /// As the settings say, with signals heeded.
    pub fn new(open: OpenStore, settings: watch::Receiver<Arc<Settings>>) -> Self {
        let now = Arc::clone(&settings.borrow());
        Self {
            open,
            settings,
            stop: CancellationToken::new(),
            signals: true,
            ports: Ports::of(&now.http),
            bound: None,
            backoff: Backoff {
                first: Duration::from_millis(now.daemon.backoff_base_ms),
                longest: Duration::from_secs(now.daemon.backoff_max_seconds),
            },
            stop_wait: None,
            heartbeat: Duration::from_secs(now.daemon.heartbeat_seconds),
        }
    }
}

/// How services ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ended {
    /// Those that ended because waiting would not mend what was wrong, and what that was.
    pub fatal: Vec<(ServiceName, String)>,
    /// Those with workers that did not stop in time.
    pub abandoned: Vec<ServiceName>,
    /// The second signal, which ended all at once.
    pub cut_short: Option<i32>,
}

impl Ended {
    /// The exit code: 0 after a clean stop, 3 when a service failed or was abandoned, 128 + signal when cut short.
    pub fn code(&self) -> u8 {
        match self.cut_short {
            Some(signal) => u8::try_from(128 + signal).unwrap_or(u8::MAX),
            None if self.fatal.is_empty() && self.abandoned.is_empty() => 0,
            None => 3,
        }
    }
}

/// Runs services until they are stopped or all have ended. What happens is told through `tracing`.
///
/// Never waits for what computes on other threads: who calls this ends the process, or shuts its runtime down in the background.
pub async fn run(services: Vec<Box<dyn Service>>, options: Options) -> Ended {
    watch_panics();
    http::begin_to_count();
    let services: Vec<(Arc<dyn Service>, Arc<Life>)> = services
        .into_iter()
        .map(|s| {
            let life = Life::new(s.name(), identity(s.name()));
            (Arc::from(s), life)
        })
        .collect();
    let lives: Vec<Arc<Life>> = services.iter().map(|(_, life)| Arc::clone(life)).collect();

    // what goes on beside the services ends with them: dropping the set ends its tasks
    let mut beside = JoinSet::new();
    let (cut, mut cut_short) = mpsc::unbounded_channel();
    if options.signals {
        beside.spawn(heed_signals(options.stop.clone(), cut));
    }
    let pages_end = CancellationToken::new();
    let pages = serve_pages(&services, &options, &pages_end);
    beside.spawn(watchdog(lives));

    let working = async {
        let Some(store) = open_with_patience(&services, &options).await? else {
            return Ok(Ended::default());
        };
        let mut tasks = JoinSet::new();
        for (service, life) in services.iter().cloned() {
            let span = span(life.service);
            let cx = Context {
                store: store.clone(),
                settings: options.settings.clone(),
                stop: options.stop.child_token(),
                identity: life.identity.clone(),
            };
            tasks.spawn(live(service, life, cx, options.clone()).instrument(span));
        }
        for (_, life) in &services {
            life.started().await;
        }
        notify::ready();
        let mut ended = Ended::default();
        while let Some(one) = tasks.join_next().await {
            let one = one.map_err(|e| ServiceError::Fatal(e.to_string()))?;
            ended.fatal.extend(one.fatal);
            ended.abandoned.extend(one.abandoned);
        }
        Ok::<_, ServiceError>(ended)
    };
    let ended = tokio::select! {
        done = working => done.unwrap_or_else(|e| {
            tracing::error!("{e}");
            let why = e.to_string();
            Ended {
                fatal: services.iter().map(|(s, _)| (s.name(), why.clone())).collect(),
                ..Ended::default()
            }
        }),
        Some(signal) = cut_short.recv() => {
            tracing::error!("a second signal: ends at once");
            Ended { cut_short: Some(signal), ..Ended::default() }
        }
    };
    pages_end.cancel();
    if ended.cut_short.is_none() {
        pages.join_all().await;
    }
    ended
}

fn serve_pages(
    services: &[(Arc<dyn Service>, Arc<Life>)],
    options: &Options,
    end: &CancellationToken,
) -> JoinSet<()> {
    let mut pages = JoinSet::new();
    for (service, life) in services {
        if let Some(port) = options.ports.of.get(&life.service) {
            let address = SocketAddr::new(options.ports.host, *port);
            pages.spawn(
                http::serve(
                    Arc::clone(life),
                    service.pages(),
                    address,
                    options.bound.clone(),
                    end.clone(),
                )
                .instrument(span(life.service)),
            );
        }
    }
    pages
}

/// By this the log knows which file a line belongs to.
fn span(service: ServiceName) -> tracing::Span {
    tracing::error_span!("service", service = service.as_str())
}

/// The store, as soon as it is there; nothing when the services were stopped meanwhile.
async fn open_with_patience(
    services: &[(Arc<dyn Service>, Arc<Life>)],
    options: &Options,
) -> Result<Option<Store>, ServiceError> {
    let who = services
        .first()
        .map_or("nobody", |(_, life)| life.identity.as_str());
    let mut errors = 0;
    loop {
        let opened = tokio::select! {
            opened = caught_async((options.open)()) => opened,
            () = options.stop.cancelled() => return Ok(None),
        };
        let why = match opened {
            Ok(Ok(store)) => return Ok(Some(store)),
            Ok(Err(ServiceError::Fatal(why))) => return Err(ServiceError::Fatal(why)),
            Ok(Err(e)) => e.to_string(),
            Err(panicked) => panicked.to_string(),
        };
        errors += 1;
        let wait = options.backoff.wait(who, errors);
        tracing::warn!(
            errors,
            wait_s = wait.as_secs_f64(),
            "the store is not available, waiting for it: {why}"
        );
        for (_, life) in services {
            life.enter(Phase::Starting, format!("waits for the store: {why}"));
        }
        notify::still_starting("waits for the store", wait + Duration::from_mins(1));
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = options.stop.cancelled() => return Ok(None),
        }
    }
}

/// One service from its start to its end.
async fn live(service: Arc<dyn Service>, life: Arc<Life>, cx: Context, options: Options) -> Ended {
    let name = life.service;
    tracing::info!(identity = %life.identity, "starts");
    let beats = tokio::spawn(
        beat(Arc::clone(&life), cx.store.clone(), options.heartbeat)
            .instrument(tracing::Span::current()),
    );
    let ended = match start_with_patience(service.as_ref(), &life, &cx, &options.backoff).await {
        Ok(Some(workers)) => employ(&service, workers, &life, &cx, &options).await,
        Ok(None) => Ended::default(),
        Err(why) => Ended {
            fatal: vec![(name, why)],
            ..Ended::default()
        },
    };
    beats.abort();
    let note = if let Some((_, why)) = ended.fatal.first() {
        tracing::error!("{name} ends, since waiting would not mend this: {why}");
        why.clone()
    } else {
        tracing::info!("stopped");
        "stopped".into()
    };
    life.enter(Phase::Ended, note);
    write_down(&life, &cx.store).await;
    ended
}

async fn start_with_patience(
    service: &dyn Service,
    life: &Life,
    cx: &Context,
    backoff: &Backoff,
) -> Result<Option<Vec<Box<dyn Worker>>>, String> {
    let mut errors = 0;
    loop {
        let started = tokio::select! {
            started = caught_async(service.start(cx)) => started,
            () = cx.stop.cancelled() => return Ok(None),
        };
        let why = match started {
            Ok(Ok(workers)) => return Ok(Some(workers)),
            Ok(Err(ServiceError::Fatal(why))) => return Err(why),
            Ok(Err(e)) => e.to_string(),
            Err(panicked) => panicked.to_string(),
        };
        errors += 1;
        let wait = backoff.wait(&cx.identity, errors);
        tracing::warn!(
            errors,
            wait_s = wait.as_secs_f64(),
            "could not start, tries again: {why}"
        );
        life.enter(Phase::Starting, why);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = cx.stop.cancelled() => return Ok(None),
        }
    }
}

/// Lets the workers work until the service is stopped, then waits for them as long as it may take.
async fn employ(
    service: &Arc<dyn Service>,
    workers: Vec<Box<dyn Worker>>,
    life: &Arc<Life>,
    cx: &Context,
    options: &Options,
) -> Ended {
    let name = life.service;
    let mut ended = Ended::default();
    let mut tasks = JoinSet::new();
    let mut seats = std::collections::HashMap::new();
    for (index, worker) in workers.into_iter().enumerate() {
        let doing = life.seat();
        let seat = Seat {
            service: Arc::clone(service),
            index,
            cx: cx.clone(),
            doing: Arc::clone(&doing),
            backoff: options.backoff,
        };
        let span = tracing::error_span!("worker", worker = index);
        let task = tasks.spawn(seat.work(worker).instrument(span));
        seats.insert(task.id(), (index, doing));
    }
    life.enter(Phase::Running, "");
    tracing::info!(workers = tasks.len(), "works");

    let wait = options.stop_wait.unwrap_or(name.role().stop_wait);
    // a tenth is left for the last words, before who asked loses patience
    let patience = wait.mul_f64(0.9);
    let mut deadline = None;
    loop {
        let until = deadline.unwrap_or_else(Instant::now);
        tokio::select! {
            () = cx.stop.cancelled(), if deadline.is_none() => {
                tracing::info!("stops, within {:.1} s", patience.as_secs_f64());
                life.enter(Phase::Stopping, "");
                deadline = Some(Instant::now() + patience);
            }
            () = tokio::time::sleep_until(until), if deadline.is_some() && !tasks.is_empty() => {
                for (index, doing) in seats.values() {
                    tracing::error!(
                        worker = index,
                        "did not stop within {:.1} s and is abandoned; last seen: {}",
                        patience.as_secs_f64(),
                        doing.doing()
                    );
                }
                ended.abandoned.push(name);
                tasks.abort_all();
                // the set is dropped here: what was claimed returns to its queue when the lease ends
                return ended;
            }
            one = tasks.join_next_with_id(), if !tasks.is_empty() => match one {
                Some(Ok((id, done))) => {
                    seats.remove(&id);
                    if let Done::Fatal(why) = done {
                        ended.fatal.push((name, why));
                        cx.stop.cancel();
                    }
                }
                Some(Err(e)) => {
                    seats.remove(&e.id());
                    tracing::error!("a worker was lost: {e}");
                }
                None => {}
            },
            // a service without workers answers its pages until it is stopped
            () = std::future::ready(()), if deadline.is_some() && tasks.is_empty() => return ended,
        }
    }
}

/// Writes down again and again what the service is doing.
async fn beat(life: Arc<Life>, store: Store, every: Duration) {
    let mut clock = tokio::time::interval(every.max(Duration::from_millis(1)));
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        http::fold_counts();
        write_down(&life, &store).await;
    }
}

/// A store that does not answer must not hold up the end.
const PATIENCE: Duration = Duration::from_secs(2);

async fn write_down(life: &Life, store: &Store) {
    let row = match serde_json::to_value(life.state()) {
        Ok(row) => row,
        Err(e) => return tracing::warn!("the heartbeat cannot be written: {e}"),
    };
    let name = life.service.as_str();
    let written = tokio::time::timeout(PATIENCE, store.heartbeat(name, &life.identity, &row));
    match written.await {
        Ok(Ok(())) => {}
        Ok(Err(e)) => tracing::warn!("the heartbeat was not written: {e}"),
        Err(_) => tracing::warn!("the heartbeat was not written: the store does not answer"),
    }
}

/// Tells systemd that the process is alive, as long as no worker is stuck.
async fn watchdog(lives: Vec<Arc<Life>>) {
    let Some(every) = notify::alive_every() else {
        return;
    };
    let mut clock = tokio::time::interval(every);
    loop {
        clock.tick().await;
        let stuck: Vec<&str> = lives
            .iter()
            .filter(|l| !l.state().is_alive())
            .map(|l| l.service.as_str())
            .collect();
        if stuck.is_empty() {
            notify::alive();
        } else {
            tracing::error!("stuck: {}", stuck.join(", "));
        }
    }
}

/// Turns the first TERM or INT into a stop and tells of the second.
async fn heed_signals(stop: CancellationToken, cut: mpsc::UnboundedSender<i32>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (term, int) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    );
    let (mut term, mut int) = match (term, int) {
        (Ok(term), Ok(int)) => (term, int),
        (Err(e), _) | (_, Err(e)) => {
            tracing::error!("signals cannot be heeded, only a kill stops this process: {e}");
            return;
        }
    };
    loop {
        let number = tokio::select! {
            Some(()) = term.recv() => SignalKind::terminate().as_raw_value(),
            Some(()) = int.recv() => SignalKind::interrupt().as_raw_value(),
            else => return,
        };
        if stop.is_cancelled() {
            // who listens may already be gone
            let _ = cut.send(number);
        } else {
            tracing::info!("asked to stop; once more ends at once");
            notify::stopping();
            stop.cancel();
        }
    }
}

/// Who this is in leases and events: `backtester@host:pid:start`.
pub fn identity(service: ServiceName) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .map(|h| h.trim().to_owned())
        .filter(|h| !h.is_empty())
        .unwrap_or_else(|| "localhost".into());
    let start = chrono::Utc::now().timestamp_millis();
    format!("{service}@{host}:{}:{start}", std::process::id())
}
