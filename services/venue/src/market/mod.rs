//! A market made from candles.
//!
//! A [`Player`] turns series of bars into what an exchange is fed with ([`crate::engine::Feed`]): pure, deterministic under its
//! seed, one bar at a time, at whatever speed time is let pass. It is a [`Source`](crate::host::Source).
//!
//! [`Mode::Realistic`]: within each bar the price goes from the open to one extreme, then to the other, then to the close – the
//! low comes first in a bar that rises and the high first in one that falls – in small steps with noise that never leaves the
//! bar's range; each step comes with a book of some levels around it, of seeded depth and spread, and a print. An order that
//! is larger than the first level moves through the next ones; the next step fills the book up again.
//!
//! [`Mode::Exact`]: fills are those of a backtest of the same bars, for parity. Of each bar:
//!
//! 1. At its open the book quotes the open, moved by the assumed slippage and rounded against the order, as deep as anybody
//!    likes, and the mark is there; but triggers sleep, so that orders decided on the close before come first.
//!    A limit takes nothing when it is placed, even beyond the quotes: it waits for its turn.
//! 2. After [`PlayerSettings::settle`] they wake: stops beyond the open fill there, and so do limits that rest beyond it, at the
//!    open and as makers.
//! 3. The mark walks to the low and to the high, twice, and stops at each trigger on its way: stops and stop entries fill at
//!    their own level with slippage. That the range is walked again lets a stop fire that was placed for an entry within
//!    the bar: what may have come before the entry counts when it hurts.
//! 4. Targets (reduce-only limits) that the range touches fill at their price: after the stops, so that the worse outcome is
//!    taken when both are touched. Then limits that open a position and that the range trades through by a tick.
//! 5. The range is walked once more for stops of entries of step 4, and their targets fill if the close reached them.
//! 6. The mark walks to the close.
//!
//! Coins have steps 2 to 5 one after the other, in the order in which they are listed, as symbols of one account have in a
//! simulation: [`PlayerSettings::turns`].
//!
//! What cannot be equal, and why:
//!
//! * *Levels on the grid.* Triggers and limits of the exchange have five significant figures; a simulation's stop has all of
//!   its digits. The fill differs by less than a step of that grid, and a bar that only touches the gap between the two fills
//!   one of them.
//! * *Triggers behind the mark.* The exchange refuses a stop that would fire at once; a simulation fills it at the open. Whoever
//!   leaves at market instead, before [`PlayerSettings::settle`], gets the same price. A stop *entry* behind the open is refused
//!   likewise.
//! * *Margin.* The exchange keeps cross or isolated margin with tiers and liquidates at its own level; a simulation knows
//!   isolated margin of one rate.
//! * *Two orders of one account that meet.* A stop that sells takes the account's own buy out of the book (self-trade), where a
//!   simulation lets both live.
//! * *Accounts that meet.* Orders of different accounts in one market trade with each other, at the price of the one that
//!   rests. A simulation is alone: play each strategy at a venue of its own when this matters.
//! * *Reasons.* Where an exit is due on an open that also lies beyond the stop, both fill at one price; which of the two names
//!   it depends on who came first.
//! * *Funding.* Without a series it is 0 here; with one it is paid on the oracle of the hour.

mod candles;
mod exact;
mod instruments;
pub mod mirror;
mod path;
mod player;
mod quotes;
mod series;
mod settings;

#[cfg(test)]
mod tests;

pub use instruments::instrument_of;
pub use player::Player;
pub use series::{CoinSeries, PlayerError};
pub use settings::{AtEnd, Mode, PlayerSettings};
