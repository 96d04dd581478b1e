//! What losses are measured from.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

const DAY: i64 = 86_400_000;

/// How old the last reading may be to stand for midnight.
const NEAR: i64 = 3_600_000;

/// The midnight UTC before a time, or the time itself when it is one.
pub(super) fn midnight(now: i64) -> i64 {
    now - now.rem_euclid(DAY)
}

/// The equity of a day's beginning and the highest one, moved along with money that comes and goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchors {
    /// Highest equity, quote currency.
    pub peak: Decimal,
    /// When it stood there, ms.
    pub peak_at: i64,
    /// Equity at the last midnight UTC.
    pub day_start: Decimal,
    /// That midnight, ms.
    pub day_at: i64,
    /// Equity as last read.
    pub last: Decimal,
    /// When, ms.
    pub last_at: i64,
}

impl Anchors {
    /// Everything begins with this equity.
    pub fn new(equity: Decimal, now: i64) -> Self {
        Self {
            peak: equity,
            peak_at: now,
            day_start: equity,
            day_at: midnight(now),
            last: equity,
            last_at: now,
        }
    }

    /// Takes a reading, and what came or went since the last one for another reason than trading.
    pub fn read(&mut self, equity: Decimal, flow: Decimal, now: i64) {
        for anchor in [&mut self.peak, &mut self.day_start, &mut self.last] {
            *anchor = anchor.saturating_add(flow);
        }
        if midnight(now) != self.day_at {
            // what was read just before midnight stands for it; after a longer absence, what is found does
            let near = now - self.last_at <= NEAR && now >= self.last_at;
            self.day_start = if near { self.last } else { equity };
            self.day_at = midnight(now);
        }
        if equity >= self.peak {
            self.peak = equity;
            self.peak_at = now;
        }
        self.last = equity;
        self.last_at = now;
    }

    /// The last reading is the peak.
    pub(super) fn forget_peak(&mut self) {
        self.peak = self.last;
        self.peak_at = self.last_at;
    }

    /// The last reading stands for the day's beginning.
    pub(super) fn forget_day(&mut self) {
        self.day_start = self.last;
    }

    /// Share of the peak that is lost; `None` when there is no peak above 0.
    pub fn drawdown(&self, equity: Decimal) -> Option<Decimal> {
        share(self.peak, equity)
    }

    /// Share of the day's beginning that is lost.
    pub fn lost_today(&self, equity: Decimal) -> Option<Decimal> {
        share(self.day_start, equity)
    }
}

fn share(anchor: Decimal, equity: Decimal) -> Option<Decimal> {
    if anchor <= Decimal::ZERO {
        return None;
    }
    anchor.checked_sub(equity)?.checked_div(anchor)
}
