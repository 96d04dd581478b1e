//! The pages that every service has: is it alive, is it ready, what does it count.

use super::state::Life;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long until a port that was taken is tried again.
const AGAIN: Duration = Duration::from_secs(30);

/// Seconds of a round: from a look at an empty queue to a long judgement.
const ROUND_SECONDS: [f64; 10] = [0.001, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0];

/// What counts of this process are kept in, and read from.
fn counts() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let built = PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Full("sixbtc_tick_seconds".into()), &ROUND_SECONDS)
                .and_then(PrometheusBuilder::install_recorder);
            match built {
                Ok(handle) => {
                    describe();
                    Some(handle)
                }
                Err(e) => {
                    tracing::warn!("/metrics stays empty: {e}");
                    None
                }
            }
        })
        .as_ref()
}

/// Begins to count; what was counted before is lost.
pub(super) fn begin_to_count() {
    counts();
}

/// Folds what was recorded since: without it the memory of histograms grows until somebody reads them.
pub(super) fn fold_counts() {
    if let Some(handle) = counts() {
        handle.run_upkeep();
    }
}

fn describe() {
    metrics::describe_counter!("sixbtc_ticks_total", "Rounds begun.");
    metrics::describe_counter!(
        "sixbtc_tick_errors_total",
        "Rounds that failed without a panic."
    );
    metrics::describe_counter!("sixbtc_panics_total", "Rounds that ended with a panic.");
    metrics::describe_histogram!("sixbtc_tick_seconds", "How long rounds took, in seconds.");
    metrics::describe_gauge!(
        "sixbtc_tasks",
        "Tasks of the process that have not ended, of all its services."
    );
    metrics::describe_gauge!("sixbtc_ready", "1 while the service works, 0 otherwise.");
    metrics::describe_gauge!(
        "sixbtc_last_tick_age_seconds",
        "Seconds since the youngest round began."
    );
}

/// The pages of a service.
pub(super) fn pages(life: &Arc<Life>, more: Option<Router>) -> Router {
    let (of_health, of_ready, of_metrics) = (Arc::clone(life), Arc::clone(life), Arc::clone(life));
    let own = Router::new()
        .route(
            "/health",
            get(async move || {
                let state = of_health.state();
                (code(state.is_alive()), Json(state))
            }),
        )
        .route(
            "/ready",
            get(async move || {
                let state = of_ready.state();
                (code(state.is_ready()), Json(state))
            }),
        )
        .route("/metrics", get(async move || render(&of_metrics)));
    match more {
        Some(more) => more.merge(own),
        None => own.fallback(async || {
            (
                StatusCode::NOT_FOUND,
                "there are /health, /ready and /metrics\n",
            )
        }),
    }
}

fn code(good: bool) -> StatusCode {
    if good {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

fn render(life: &Life) -> Response {
    let state = life.state();
    let service = life.service.as_str();
    metrics::gauge!("sixbtc_ready", "service" => service).set(if state.is_ready() {
        1.0
    } else {
        0.0
    });
    let ages = state.workers.iter().filter_map(|w| w.last_tick_s);
    if let Some(age) = ages.reduce(f64::min) {
        metrics::gauge!("sixbtc_last_tick_age_seconds", "service" => service).set(age);
    }
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        let tasks = runtime.metrics().num_alive_tasks();
        metrics::gauge!("sixbtc_tasks").set(tasks as f64);
    }
    fold_counts();
    let text = counts().map(PrometheusHandle::render).unwrap_or_default();
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// Answers until `end`. A port that is taken is said, and tried again: the service works meanwhile.
pub(super) async fn serve(
    life: Arc<Life>,
    more: Option<Router>,
    address: SocketAddr,
    bound: Option<tokio::sync::mpsc::UnboundedSender<(super::ServiceName, SocketAddr)>>,
    end: CancellationToken,
) {
    let pages = pages(&life, more);
    let listener = loop {
        match TcpListener::bind(address).await {
            Ok(listener) => break listener,
            Err(e) => tracing::warn!(
                "{}; the service works without its page and tries again every {} s",
                refused(life.service.as_str(), address, &e),
                AGAIN.as_secs()
            ),
        }
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            () = end.cancelled() => return,
        }
    };
    if let Ok(here) = listener.local_addr() {
        tracing::info!("answers on http://{here}");
        if let Some(bound) = bound {
            // who asked may have gone
            let _ = bound.send((life.service, here));
        }
    }
    let until = end.clone();
    let serving =
        axum::serve(listener, pages).with_graceful_shutdown(async move { until.cancelled().await });
    tokio::select! {
        done = serving.into_future() => {
            if let Err(e) = done {
                tracing::warn!("its page ended: {e}");
            }
        }
        // a client that keeps its connection does not hold up the end
        () = async { end.cancelled().await; tokio::time::sleep(Duration::from_millis(200)).await } => {}
    }
}

fn refused(service: &str, address: SocketAddr, e: &std::io::Error) -> String {
    let port = address.port();
    match e.kind() {
        std::io::ErrorKind::AddrInUse => format!(
            "port {port} of {} is taken by another program: set `http.ports.{service}` to a free one",
            address.ip()
        ),
        std::io::ErrorKind::PermissionDenied => format!(
            "port {port} may not be used by this user: set `http.ports.{service}` to one above 1023"
        ),
        _ => format!("port {port} of {} cannot be used: {e}", address.ip()),
    }
}

/// Where a service listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ports {
    /// The address; by default this machine alone.
    pub host: IpAddr,
    /// Ports; a service without one has no page. Port 0 here lets the system choose.
    pub of: std::collections::BTreeMap<super::ServiceName, u16>,
}

impl Ports {
    /// As the settings say. An address that is none is said, and this machine alone is meant.
    pub fn of(http: &crate::settings::Http) -> Self {
        let mut ports = Self::default();
        if !http.enabled {
            return ports;
        }
        match http.host.parse() {
            Ok(host) => ports.host = host,
            Err(_) if http.host == "localhost" => {}
            Err(_) => tracing::warn!(
                "`http.host` is no address: `{}`; services listen on {} alone",
                http.host,
                ports.host
            ),
        }
        for service in super::ServiceName::ALL {
            ports.of.insert(*service, http.ports.of(*service));
        }
        ports
    }
}

impl Default for Ports {
    /// No pages.
    fn default() -> Self {
        Self {
            host: IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
            of: std::collections::BTreeMap::new(),
        }
    }
}
