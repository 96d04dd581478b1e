//! The bars on which every program is tried: made from a fixed seed, the same on every machine.

use sixbtc_market::{Bars, MarketError, SynthOptions, Timeframe, synth};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Bars of one timeframe, made once.
#[derive(Debug, Default)]
pub struct FixedBars {
    made: Mutex<HashMap<Timeframe, Arc<Bars>>>,
}

/// How many bars: four months of half hours, so that hours, weekdays and months all come.
pub const BARS: usize = 6_000;

impl FixedBars {
    /// The bars of a timeframe: calm and wild times, jumps between days, no holes.
    ///
    /// # Errors
    /// Never for a timeframe that a program can have: the options are fixed.
    pub fn of(&self, timeframe: Timeframe) -> Result<Arc<Bars>, MarketError> {
        // a poisoned lock guards nothing that could be half made
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bars) = made.get(&timeframe) {
            return Ok(Arc::clone(bars));
        }
        let bars = Arc::new(synth(&SynthOptions {
            symbol: "FIXED".to_owned(),
            seed: 0x51b7c,
            bars: BARS,
            timeframe,
            open_jump: 0.1,
            overnight_jump: 0.5,
            ..SynthOptions::default()
        })?);
        made.insert(timeframe, Arc::clone(&bars));
        Ok(bars)
    }
}
