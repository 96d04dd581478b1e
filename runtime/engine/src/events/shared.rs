//! Several symbols on one account: their events in one order of time.

use super::EventRun;
use super::signals::Signals;
use crate::engine::EngineError;
use crate::metrics::Metrics;
use crate::orders::Plan;
use sixbtc_abi::Constants;

impl EventRun<'_> {
    /// Runs one point over all markets.
    pub(super) fn shared(
        &self,
        _plan: &Plan,
        _constants: &Constants,
        _signals: &[Signals],
    ) -> Result<Option<Metrics>, EngineError> {
        Ok(None)
    }
}
