//! What a program may need, and how often it must want to trade.

use sixbtc_market::Timeframe;

/// Thresholds of the gates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Bytes of text. Default 256 KiB.
    pub bytes: usize,
    /// Operations a bar. Default 20,000.
    pub operations: u64,
    /// Bytes of state. Default 16 MiB.
    pub state: usize,
    /// Days of history that the warm-up may take. Default 30: a quarter of the in-sample span.
    pub warm_up_days: f64,
    /// Bars that it may take besides; absent: no further limit.
    pub warm_up_bars: Option<u64>,
    /// Least share of bars on which an entry is asked for. Default 0.1 %.
    pub least_frequency: f64,
    /// Largest share of bars on which an entry is asked for. Default 25 %.
    pub most_frequency: f64,
    /// Least closed trades on the fixed bars. Default 1.
    pub least_trades: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 256 * 1024,
            operations: 20_000,
            state: 16 * 1024 * 1024,
            warm_up_days: 30.0,
            warm_up_bars: None,
            least_frequency: 0.001,
            most_frequency: 0.25,
            least_trades: 1,
        }
    }
}

impl Limits {
    /// Bars that the warm-up may take on a timeframe.
    pub fn warm_up(&self, timeframe: Timeframe) -> u64 {
        let days = (self.warm_up_days * 86_400_000.0 / timeframe.ms() as f64) as u64;
        self.warm_up_bars.map_or(days, |bars| bars.min(days))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_bars() {
        assert_eq!(Limits::default().warm_up(Timeframe::M30), 1_440);
        assert_eq!(Limits::default().warm_up(Timeframe::H2), 360);
    }
}
