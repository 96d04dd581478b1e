//! A client's way into a venue of the same process.

use super::{Net, SessionId, Ticket};
use crate::engine::Millis;
use async_trait::async_trait;
use sixbtc_exchange::client::{HttpAnswer, Transport, TransportError};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// A [`Transport`] straight into a [`Net`].
///
/// A request is carried out at the clock's time. Without faults its answer is there at once; one that is delayed comes when
/// somebody moves the clock and calls [`Self::pump`].
#[derive(Clone)]
pub struct Local {
    net: Arc<Mutex<Net>>,
    clock: Clock,
    ip: IpAddr,
    moved: Arc<Notify>,
}

impl Local {
    /// Into that network, at the time that the clock says.
    pub fn new(net: Net, clock: impl Fn() -> Millis + Send + Sync + 'static) -> Self {
        Self {
            net: Arc::new(Mutex::new(net)),
            clock: Arc::new(clock),
            ip: Ipv4Addr::LOCALHOST.into(),
            moved: Arc::new(Notify::new()),
        }
    }

    /// Into the same network, from another address.
    #[must_use]
    pub fn with_ip(&self, ip: IpAddr) -> Self {
        Self { ip, ..self.clone() }
    }

    fn net(&self) -> MutexGuard<'_, Net> {
        // A network is whole between any two of its steps, and none of them panics.
        self.net.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the network, at the clock's time.
    pub fn with<R>(&self, work: impl FnOnce(&mut Net, Millis) -> R) -> R {
        let now = (self.clock)();
        let result = work(&mut self.net(), now);
        self.moved.notify_waiters();
        result
    }

    /// Lets everything happen that happens until the clock's time.
    pub fn pump(&self) {
        self.with(Net::run);
    }

    /// Opens a websocket.
    pub fn open(&self) -> Result<LocalSocket, HttpAnswer> {
        let ip = self.ip;
        let session = self.with(|net, now| net.open(now, ip))?;
        Ok(LocalSocket {
            local: self.clone(),
            session,
        })
    }
}

/// A ticket that is given back when nobody waits any more.
struct Waiting<'a>(&'a Local, Ticket);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.net().forget(self.1);
    }
}

#[async_trait]
impl Transport for Local {
    async fn post(&self, path: &str, body: Vec<u8>) -> Result<HttpAnswer, TransportError> {
        let ticket = self.with(|net, now| net.post(now, self.ip, path, body));
        let waiting = Waiting(self, ticket);
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            moved.as_mut().enable();
            let done = self.net().take(waiting.1);
            if let Some(result) = done {
                return result;
            }
            moved.await;
        }
    }
}

/// A websocket of the same process. Ends when it is dropped.
pub struct LocalSocket {
    local: Local,
    session: SessionId,
}

impl LocalSocket {
    /// Which session of the host it is.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// Sends a message.
    pub fn send(&self, text: &str) {
        self.local
            .with(|net, now| net.text(now, self.session, text));
    }

    /// Frames that arrived since the last call, up to the clock's time.
    pub fn frames(&self) -> Vec<String> {
        self.local.with(|net, now| {
            net.run(now);
            net.frames(self.session)
        })
    }

    /// Whether it stands.
    pub fn is_open(&self) -> bool {
        self.local.with(|net, _| net.is_open(self.session))
    }
}

impl Drop for LocalSocket {
    fn drop(&mut self) {
        self.local.with(|net, _| net.hang_up(self.session));
    }
}
