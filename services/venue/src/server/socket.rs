//! One websocket.

use super::task::{Command, Opened};
use crate::host::SessionId;
use axum::extract::ws::{Message, WebSocket};
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A client that takes no frame for so long is gone.
const PATIENCE: Duration = Duration::from_secs(20);

/// Tells the venue when a websocket is over, also when its handshake was never finished.
pub(super) struct Ended {
    venue: mpsc::Sender<Command>,
    session: SessionId,
}

impl Ended {
    pub fn new(venue: mpsc::Sender<Command>, session: SessionId) -> Self {
        Self { venue, session }
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        let (venue, session) = (self.venue.clone(), self.session);
        let close = Command::Close { session };
        match venue.try_send(close) {
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => {}
            // The venue is busy; without a runtime it is over anyway.
            Err(mpsc::error::TrySendError::Full(close)) => {
                if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                    runtime.spawn(async move {
                        let _ = venue.send(close).await;
                    });
                }
            }
        }
    }
}

pub(super) async fn run(socket: WebSocket, opened: Opened, ended: Ended, stop: CancellationToken) {
    let Opened {
        session,
        mut frames,
    } = opened;
    let (mut outward, mut inward) = socket.split();
    let outgoing = async {
        while let Some(frame) = frames.recv().await {
            let sent = outward.send(Message::text(frame));
            if !matches!(tokio::time::timeout(PATIENCE, sent).await, Ok(Ok(()))) {
                return;
            }
        }
        let _ = tokio::time::timeout(PATIENCE, outward.send(Message::Close(None))).await;
    };
    let incoming = async {
        // What cannot be read as a websocket any more ends it.
        while let Some(Ok(message)) = inward.next().await {
            let text = match message {
                Message::Text(text) => text.to_string(),
                Message::Binary(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                // Pings are answered by the library.
                Message::Ping(_) | Message::Pong(_) => continue,
                Message::Close(_) => return,
            };
            let command = Command::Text { session, text };
            // When the venue is busy, its client waits.
            if ended.venue.send(command).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = outgoing => {}
        () = incoming => {}
        () = stop.cancelled() => {}
    }
}
