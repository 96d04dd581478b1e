//! Makes strategies: sources, recipes, deduplication.
//!
//! A [`Source`] thinks of a [`Draft`]: parts of a program and a [`Recipe`] from which the same draft is made again. [`write`]
//! turns it into a program that is laid out, checked and named after its normal form. Everything here but the sources that
//! ask a service is pure: the same seed gives the same bytes.

pub mod ai;
pub mod behaviour;
pub mod body;
pub mod draw;
pub mod examine;
pub mod fixed;
pub mod intervals;
pub mod literal;
pub mod normal;
pub mod pandas_ta;
pub mod pattern;
pub mod recipe;
pub mod round;
pub mod service;
pub mod source;
pub mod sources;
pub mod typed;
pub mod write;

pub use behaviour::Behaviour;
pub use body::{Body, Entry, Leg, Param, Risk};
pub use draw::Draw;
pub use examine::{Candidate, Reason, Refusal, Screen, Seen, Tally, examine};
pub use normal::Normal;
pub use pandas_ta::PandasTa;
pub use recipe::{Origin, Recipe, Space};
pub use round::{Outcome, Round, new_strategy};
pub use service::Generator;
pub use source::{Ask, Draft, Parent, Regime, Source, SourceError};
pub use sources::pattern_gen::PatternGen;
pub use sources::unger::Unger;
pub use write::{Written, name_of, prefix, write};
