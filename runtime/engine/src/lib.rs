//! Fills, costs, sizing, portfolio and metrics: what a backtest means.

pub mod curve;
pub mod metrics;
pub mod normal;
pub mod settings;
pub mod trade;

pub use curve::{EquityCurve, EquityPoint, Span};
pub use metrics::{Metric, MetricKind, Metrics, Trials, metrics};
pub use settings::{Ambiguous, EquityMode, FillAt, RunSettings, SettingError};
pub use trade::{Counters, ExitReason, LevelPoint, Side, SkipReason, Skips, Trade};
