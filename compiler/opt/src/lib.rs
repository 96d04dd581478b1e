//! Passes over the intermediate representation. Every pass keeps every bit of every output.

pub mod schedule;

pub use schedule::{ScheduleError, schedule};
