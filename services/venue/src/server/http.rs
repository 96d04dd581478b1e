//! Requests over HTTP.

use super::ServeError;
use super::control::Control;
use super::socket;
use super::task::Command;
use crate::host::HostSettings;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, State, WebSocketUpgrade};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::stream;
use serde_json::json;
use sixbtc_exchange::client::{HttpAnswer, TransportError};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// How long requests under way are waited for when the server stops.
const LAST_ANSWERS: Duration = Duration::from_secs(3);

/// What handlers need.
#[derive(Clone)]
pub(super) struct Way {
    pub venue: mpsc::Sender<Command>,
    pub message: usize,
    pub stop: CancellationToken,
}

pub(super) fn routes(
    venue: mpsc::Sender<Command>,
    host: &HostSettings,
    control: bool,
    stop: CancellationToken,
) -> Router {
    let way = Way {
        venue,
        message: host.message,
        stop,
    };
    let mut router = Router::new()
        .route("/info", post(info))
        .route("/exchange", post(exchange))
        .route("/ws", get(websocket));
    if control {
        router = router
            .route("/control/state", get(state).post(state))
            .route("/control/{word}", post(word));
    }
    router
        .layer(DefaultBodyLimit::max(host.body))
        .with_state(way)
}

pub(super) async fn run(
    listener: TcpListener,
    routes: Router,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    let stopped = stop.clone();
    let server = axum::serve(listener, service)
        .with_graceful_shutdown(async move { stopped.cancelled().await })
        .into_future();
    let over = async {
        stop.cancelled().await;
        // Connections that clients keep open would hold it for as long as they like.
        tokio::time::sleep(LAST_ANSWERS).await;
    };
    tokio::select! {
        ended = server => ended.map_err(|error| ServeError::Http(error.to_string())),
        () = over => Ok(()),
    }
}

async fn info(
    State(way): State<Way>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    body: Bytes,
) -> Response {
    ask(&way, from, "/info", &body).await
}

async fn exchange(
    State(way): State<Way>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    body: Bytes,
) -> Response {
    ask(&way, from, "/exchange", &body).await
}

async fn ask(way: &Way, from: SocketAddr, path: &'static str, body: &Bytes) -> Response {
    let (reply, answer) = oneshot::channel();
    let command = Command::Post {
        ip: from.ip(),
        path,
        body: body.to_vec(),
        reply,
    };
    if way.venue.send(command).await.is_err() {
        return broken();
    }
    match answer.await {
        Ok(Ok(answer)) => response(answer),
        // A socket that was accepted cannot be refused any more: it breaks, and so it does when the venue ends.
        Ok(Err(
            TransportError::NotConnected(_) | TransportError::TimedOut | TransportError::Broken(_),
        ))
        | Err(_) => broken(),
    }
}

pub(super) fn response(answer: HttpAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    let kind = answer
        .content_type
        .and_then(|kind| HeaderValue::from_str(&kind).ok())
        .unwrap_or(HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CONTENT_TYPE, kind);
    if let Some(wait) = answer.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs()));
    }
    response
}

/// An answer in the middle of which the connection breaks.
fn broken() -> Response {
    let error = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    Response::new(Body::from_stream(stream::once(async move {
        Err::<Bytes, _>(error)
    })))
}

async fn websocket(
    State(way): State<Way>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let (reply, opened) = oneshot::channel();
    let command = Command::Open {
        ip: from.ip(),
        reply,
    };
    if way.venue.send(command).await.is_err() {
        return broken();
    }
    match opened.await {
        Ok(Ok(opened)) => {
            // A little more than what the venue reads, so that it is the venue that refuses.
            let most = way.message.saturating_mul(2).max(1 << 16);
            let ended = socket::Ended::new(way.venue.clone(), opened.session);
            upgrade
                .max_message_size(most)
                .max_frame_size(most)
                .on_upgrade(move |socket| socket::run(socket, opened, ended, way.stop))
        }
        Ok(Err(refused)) => response(refused),
        Err(_) => broken(),
    }
}

async fn state(State(way): State<Way>) -> Response {
    follow(&way, Control::State).await
}

async fn word(State(way): State<Way>, Path(word): Path<String>, body: Bytes) -> Response {
    match Control::read(&word, &body) {
        Some(Ok(control)) => follow(&way, control).await,
        Some(Err(error)) => refused(StatusCode::BAD_REQUEST, &error.to_string()),
        None => {
            let words = Control::WORDS.join(", ");
            refused(
                StatusCode::NOT_FOUND,
                &format!("there is no word `{word}`; there are {words}"),
            )
        }
    }
}

async fn follow(way: &Way, control: Control) -> Response {
    let (reply, answer) = oneshot::channel();
    let command = Command::Control {
        control: Box::new(control),
        reply,
    };
    if way.venue.send(command).await.is_err() {
        return broken();
    }
    match answer.await {
        Ok(Ok(value)) => axum::Json(value).into_response(),
        Ok(Err(error)) => refused(StatusCode::BAD_REQUEST, &error.to_string()),
        Err(_) => broken(),
    }
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, axum::Json(json!({ "error": why }))).into_response()
}
