//! Where prices and candles come from.

use crate::engine::{Feed, Instrument, Millis};
use rust_decimal::Decimal;
use sixbtc_exchange::wire::info::Candle;

/// A market that is played: timed feeds, and the candles that they amount to.
///
/// Deterministic: the same source gives the same feeds at the same times, however it is asked.
pub trait Source: Send {
    /// Markets there are, with the price each begins at: what a new venue lists, in this order.
    fn listings(&self) -> Vec<(Instrument, Decimal)>;

    /// The next thing that happens, if it happens at `until` or before. Times never fall; each thing is given once.
    fn next(&mut self, until: Millis) -> Option<(Millis, Vec<Feed>)>;

    /// Lets everything up to and at `past` go by unseen: after a restart it has been fed already.
    fn skip(&mut self, past: Millis) {
        while self.next(past).is_some() {}
    }

    /// Candles of an interval (`1m` … `1M`) that overlap `from ..= to`, ascending: closed ones with exactly the source's
    /// numbers, and the running one as far as it has come by `now`, a candle that begins at `now` included. `None` for an
    /// unknown coin.
    fn candles(
        &self,
        coin: &str,
        interval: &str,
        from: Millis,
        to: Millis,
        now: Millis,
    ) -> Option<Vec<Candle>>;

    /// The end of the data, ms, when there is one: nothing comes after it.
    fn end(&self) -> Option<Millis> {
        None
    }
}
