//! Trading as a pure machine: events in, commands out.
//!
//! No clock, no disk, no socket: whoever runs it says what time it is, writes what it is told to write and sends what it is
//! told to send, in the order it is told. That is what lets a test run the same code through crashes at every step.

pub mod balance;
pub mod check;
pub mod desk;
pub mod emergency;
mod exact;
pub mod funds;
pub mod gates;
pub mod ident;
pub mod journal;
pub mod money;
pub mod order;
pub mod said;
pub mod stop;
