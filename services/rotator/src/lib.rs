//! Chooses which strategies of the pool trade.
//!
//! [`choose`](choose::choose) says who, [`capital`] with how much: both are pure.

pub mod capital;
pub mod choose;
