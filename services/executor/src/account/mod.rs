//! One strategy on one account of the exchange, without clock, disk or socket: [`Input`]s in, [`Output`]s out.
//!
//! * [`universe`] – what the exchange lists, as trading needs it;
//! * [`Mandate`] – what is to be traded, fixed for the life of an account;
//! * [`bridge`] – between the exchange's wire and the desk's words, as pure functions;
//! * [`Account`] – the strategy's kernel fed bar by bar, its desk, what is asked of the exchange and when.
//!
//! Whoever runs an account tells it the time, executes its outputs in order, and starts it again from what is on disk when one
//! of them fails.

pub mod bridge;
pub mod universe;

mod ask;
mod clock;
mod feed;
mod frames;
mod gates;
mod io;
mod mandate;
mod reads;
mod report;
mod run;
mod saved;
mod series;
mod settings;
mod signals;

pub use io::{ClosedBars, Decided, Held, Input, Output, SocketNews};
pub use mandate::{Bound, Mandate, MandateError, Market, Reading};
pub use run::{Account, Start, StartError};
pub use saved::SavedError;
pub use settings::{AccountSettings, Gate};
pub use signals::SignalError;
pub(crate) use signals::{Signals, each_instant};
