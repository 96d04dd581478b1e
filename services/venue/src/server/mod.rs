//! A venue with sockets: HTTP and websockets in front of a [`Host`], its state in SQLite.
//!
//! One task owns the venue and works through what arrives, batch by batch: it carries a batch out, writes the inputs it led to
//! into the log, and only then lets answers and frames go. After a crash the same state is there again, to the hash.
//!
//! [`serve`] starts one and gives the address it listens on; `sixbtc venue` and `sixbtc up --paper` are callers.

mod clock;
mod control;
mod http;
mod socket;
mod state;
mod task;

pub use clock::Clock;
pub use control::ControlError;
pub use state::{Saved, State, StateError};

use crate::engine::{Input, InputError, Millis, Settings as Rules};
use crate::faults::Plan;
use crate::host::{Faults, Host, HostSettings, Net, Source};
use rust_decimal::Decimal;
use sixbtc_exchange::wire::Address;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use task::Venue;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Makes the source of prices, told when the venue opened first: at every start the same, so that the same prices come.
pub type SourceOf = Box<dyn FnOnce(Millis) -> Result<Box<dyn Source>, String> + Send>;

/// Requests and frames that may wait for the venue's task.
const QUEUE: usize = 1024;

/// What a server is started with.
pub struct Settings {
    /// Where it listens; port 0 for any.
    pub address: SocketAddr,
    /// File of the state; without one nothing survives.
    pub state: Option<PathBuf>,
    /// Rules of the venue, when it is new.
    pub rules: Rules,
    /// Rules of the way in.
    pub host: HostSettings,
    /// What time it is at the market.
    pub clock: Clock,
    /// Where prices come from.
    pub source: Option<SourceOf>,
    /// What goes wrong from the start.
    pub faults: Option<Plan>,
    /// Whether `/control/…` is there.
    pub control: bool,
    /// Money that a new venue begins with.
    pub fund: Vec<(Address, Decimal)>,
    /// How often the market moves when nobody asks anything.
    pub tick: Duration,
    /// Batches of inputs after which the whole state is written anew.
    pub snapshot_every: u64,
}

impl Settings {
    /// On any port of this machine, in memory, at the wall's time, without prices.
    pub fn local() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            state: None,
            rules: Rules::default(),
            host: HostSettings::default(),
            clock: Clock::wall(),
            source: None,
            faults: None,
            control: false,
            fund: Vec::new(),
            tick: Duration::from_millis(100),
            snapshot_every: 2000,
        }
    }
}

/// Why a server cannot start, or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Nobody can listen there.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        reason: String,
    },
    /// The state cannot be read or written. Answers that depend on it were not sent.
    #[error(transparent)]
    State(#[from] StateError),
    /// There are no prices.
    #[error("the market cannot be made: {0}")]
    Source(String),
    /// A market, or money at the start, that is none.
    #[error(transparent)]
    Input(#[from] InputError),
    /// HTTP ended.
    #[error("the server failed: {0}")]
    Http(String),
}

/// A server at work.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    venue: JoinHandle<Result<(), ServeError>>,
    http: JoinHandle<Result<(), ServeError>>,
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// As a client's base address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// As a client's websocket address.
    pub fn socket_url(&self) -> String {
        format!("ws://{}/ws", self.address)
    }

    /// Waits for its end: after the stop that it was started with, or because it had to.
    pub async fn ended(self) -> Result<(), ServeError> {
        let failed = |error: tokio::task::JoinError| ServeError::Http(error.to_string());
        let venue = self.venue.await.map_err(failed)?;
        let http = self.http.await.map_err(failed)?;
        venue.and(http)
    }
}

/// Starts a venue on the running tokio: reads its state, lets it catch up with the clock, and listens.
pub async fn serve(settings: Settings, stop: CancellationToken) -> Result<Running, ServeError> {
    let state = match &settings.state {
        Some(file) => Some(State::open(file).await?),
        None => None,
    };
    let saved = match &state {
        Some(state) => state.load().await?,
        None => None,
    };
    let mut clock = settings.clock;
    let (began, resumed) = match saved {
        Some(Saved { exchange, began }) => (began, Some(exchange)),
        None => (clock.start(), None),
    };
    let source = match settings.source {
        Some(source) => Some(source(began).map_err(ServeError::Source)?),
        None => None,
    };
    let is_new = resumed.is_none();
    let mut host = match resumed {
        Some(exchange) => {
            clock.resume(exchange.now());
            Host::restored(exchange, settings.host, source)
        }
        None => Host::new(settings.rules, settings.host, source, began)?,
    };
    if is_new {
        for (user, usdc) in settings.fund {
            host.operate(began, Input::Deposit { user, usdc })?;
        }
        if let Some(state) = &state {
            state.begin(began, host.exchange()).await?;
        }
    }
    host.keep_log();
    list_missing(&mut host)?;

    let mut net = Net::new(host);
    net.set_faults(
        settings
            .faults
            .map(|plan| Box::new(plan) as Box<dyn Faults>),
    );
    let mut venue = Venue::new(net, clock, state, settings.snapshot_every);
    venue.catch_up(&stop).await?;

    let refused = |error: std::io::Error| ServeError::Listen {
        address: settings.address,
        reason: error.to_string(),
    };
    let listener = TcpListener::bind(settings.address).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    let (sender, receiver) = mpsc::channel(QUEUE);
    let routes = http::routes(sender, &settings.host, settings.control, stop.clone());
    let http = tokio::spawn(http::run(listener, routes, stop.clone()));
    let venue = tokio::spawn(async move {
        let result = venue.run(receiver, settings.tick, stop.clone()).await;
        // When the venue had to end, nobody is left to answer.
        stop.cancel();
        result
    });
    Ok(Running {
        address,
        venue,
        http,
    })
}

/// Lists markets that the source has and the venue, from an earlier start, has not.
fn list_missing(host: &mut Host) -> Result<(), ServeError> {
    let listings = host.source().map(Source::listings).unwrap_or_default();
    let now = host.exchange().now();
    for (instrument, oracle_px) in listings {
        if host.exchange().asset(&instrument.name).is_none() {
            host.operate(
                now,
                Input::List {
                    instrument,
                    oracle_px,
                },
            )?;
        }
    }
    Ok(())
}
