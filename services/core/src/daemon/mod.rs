//! How a service runs.
//!
//! A [`Service`] says which workers it has; [`run`] gives each its own task, calls it round after round, catches its panics,
//! waits longer after each error in a row, tells over HTTP and in the store how it is, and stops it in time.

mod backoff;
mod http;
mod notify;
mod overview;
mod panics;
mod role;
mod run;
mod service;
mod state;
#[cfg(test)]
mod tests;
mod work;

pub use backoff::Backoff;
pub use http::Ports;
pub use overview::{Heard, Overview};
pub use panics::{Panicked, caught, watch_panics};
pub use role::{ROLES, Restart, Role};
pub use run::{Ended, OpenStore, Options, identity, run};
pub use service::{Context, Next, Service, ServiceError, ServiceName, Worker};
pub use state::{Phase, ServiceState, WorkerState, blocking, doing};
