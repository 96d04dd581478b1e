//! What is said of a collector that does not take traces: one warning, however long it lasts and however often it comes back.

use std::time::{Duration, Instant};

/// Least time between two warnings.
const QUIET: Duration = Duration::from_mins(30);

/// What is to be said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Say {
    Nothing,
    /// Traces are lost from now on.
    Lost,
    /// They are taken again.
    Back,
}

/// Whether the collector takes traces.
#[derive(Debug, Default)]
pub(super) struct Outage {
    /// Whether the present outage was told.
    told: bool,
    warned: Option<Instant>,
}

impl Outage {
    /// After a request that went well, or did not.
    pub fn judge(&mut self, well: bool, now: Instant) -> Say {
        if well {
            return if std::mem::take(&mut self.told) {
                Say::Back
            } else {
                Say::Nothing
            };
        }
        let lately = self
            .warned
            .is_some_and(|w| now.saturating_duration_since(w) < QUIET);
        if self.told || lately {
            return Say::Nothing;
        }
        self.told = true;
        self.warned = Some(now);
        Say::Lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_once_and_a_flutter_not_at_all() {
        let mut outage = Outage::default();
        let start = Instant::now();
        let mut at = |seconds: u64, well| outage.judge(well, start + Duration::from_secs(seconds));
        assert_eq!(at(0, true), Say::Nothing);
        assert_eq!(at(5, false), Say::Lost);
        assert_eq!(at(10, false), Say::Nothing);
        assert_eq!(at(7200, false), Say::Nothing);
        assert_eq!(at(7205, true), Say::Back);
        assert_eq!(at(7210, true), Say::Nothing);
        assert_eq!(at(7215, false), Say::Lost);
        assert_eq!(at(7220, true), Say::Back);
        assert_eq!(at(7225, false), Say::Nothing);
        assert_eq!(at(7230, true), Say::Nothing);
        assert_eq!(at(9999, false), Say::Lost);
    }
}
