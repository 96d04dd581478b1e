//! How a service runs.

mod service;

pub use service::{Context, Next, Service, ServiceError, ServiceName, Worker};
