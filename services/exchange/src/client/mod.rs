//! Talking to Hyperliquid, or to a venue that behaves like it.
//!
//! * [`Rest`] – questions, asked as often as it takes; actions, sent once and never again;
//! * [`Outcome`] – what is known of an action that was sent: answered, surely not sent, or unknown;
//! * [`Ready`] – an action that is signed; one that places orders has an end;
//! * [`Nonces`], [`AddressBudget`] – numbers that the caller keeps over restarts;
//! * [`Socket`] – the websocket, as a stream of [`Event`]s that never ends and never panics;
//! * [`Transport`] – what carries requests: HTTP, or a venue in the same process.
//!
//! REST is the truth and the websocket is a hint: frames are lost with a connection, and nobody tells which.

mod address;
mod nonces;
mod outcome;
mod reads;
mod ready;
mod rest;
mod socket;
mod topic;
mod transport;
mod weight;

pub use crate::Network;
pub use address::AddressBudget;
pub use nonces::Nonces;
pub use outcome::{NotSent, Outcome, Unknown};
pub use ready::{Ready, ReadyError};
pub use rest::{ReadError, Rest, RestSettings};
pub use socket::{Event, Lost, Socket, SocketHandle, SocketSettings};
pub use topic::Topic;
pub use transport::{Http, HttpAnswer, HttpSettings, Transport, TransportError};
pub use weight::WeightBudget;
