//! The fixed data on which programs show how they behave: synthetic bars, the same on every machine and in every version.

use sixbtc_market::{Bars, MarketError, SynthOptions, Timeframe, synth};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Bars a timeframe.
pub const BARS: usize = 4_096;
/// Rows before this one are for warming up: signals are compared from here on, whatever a program's own warm-up, as long as
/// that is shorter.
pub const FIRST: usize = 1_024;
/// A warm-up that leaves too few rows to judge by.
pub const LONGEST_WARM_UP: usize = 3_072;

/// The bars of a timeframe, and what is known of them.
#[derive(Debug)]
pub struct Fixed {
    /// The bars that are traded.
    pub bars: Bars,
    /// Stands for every other symbol that a program reads.
    pub other: Bars,
    /// Ticks a unit of price, of `bars`.
    pub scale: f64,
}

static KNOWN: Mutex<BTreeMap<i64, Arc<Fixed>>> = Mutex::new(BTreeMap::new());

/// The fixed data of a timeframe; made once.
pub fn fixed(timeframe: Timeframe) -> Result<Arc<Fixed>, MarketError> {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known.get(&timeframe.ms()) {
        return Ok(Arc::clone(found));
    }
    let made = Arc::new(make(timeframe)?);
    known.insert(timeframe.ms(), Arc::clone(&made));
    Ok(made)
}

fn make(timeframe: Timeframe) -> Result<Fixed, MarketError> {
    let options = SynthOptions {
        symbol: "FIXED".into(),
        seed: 20_240_229,
        bars: BARS,
        timeframe,
        start_price: 100.0,
        // a middling altcoin; calm and wild spells of some days on the clocks that are traded
        annual_vol: 0.9,
        tick: 0.001,
        persistence: 0.98,
        vol_of_vol: 0.7,
        // small gaps between bars: patterns of candles need them
        open_jump: 0.08,
        overnight_jump: 0.15,
        ..SynthOptions::default()
    };
    let bars = synth(&options)?;
    let other = synth(&SynthOptions {
        symbol: "OTHER".into(),
        seed: options.seed + 1,
        annual_vol: 0.6,
        ..options
    })?;
    let scale = bars.price_scale();
    Ok(Fixed { bars, other, scale })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_are_fixed() {
        let fixed = fixed(Timeframe::M15).unwrap();
        let mut hasher = blake3::Hasher::new();
        for column in [
            &fixed.bars.open,
            &fixed.bars.high,
            &fixed.bars.low,
            &fixed.bars.close,
            &fixed.bars.volume,
        ] {
            for value in column {
                hasher.update(&value.to_le_bytes());
            }
        }
        // a change of this hash changes the identity of every strategy in every store: think of a migration first
        assert_eq!(
            &hasher.finalize().to_hex()[..16],
            "610d0300fae13ad8",
            "the fixed data changed"
        );
        assert_eq!(fixed.bars.len(), BARS);
    }
}
