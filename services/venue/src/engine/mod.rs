//! The exchange itself: pure and deterministic. Inputs carry their time; outputs are values.
//!
//! * [`Exchange::apply`] – a request of an account, its signature checked by whoever calls;
//! * [`Exchange::advance`] – time passes: marks, funding, dead man's switches, liquidations;
//! * [`Exchange::feed`], [`Exchange::set_liquidity`], [`Exchange::deposit`] – what the operator brings: prices, the house's
//!   quotes, money;
//! * [`Exchange::replay`] – any of these as a value, for a log that a restart reads again;
//! * [`Effect`] – what an input changed, for streams;
//!
//! Money is conserved to the last digit: what accounts hold, the fees taken and what rounding of funding left over is what was
//! paid in ([`Exchange::imbalance`] is zero). Positions of a market sum to zero, the house's included.

mod access;
mod account;
mod admin;
mod apply;
mod assume;
mod book;
mod cancel;
mod checks;
mod clock;
mod effect;
mod exchange;
mod feed;
mod fees;
mod history;
mod ident;
mod input;
mod instrument;
mod lifecycle;
mod liquidation;
mod margin;
mod mark;
mod market;
mod matching;
mod money;
mod order;
mod place;
mod position;
mod read;
mod settings;
mod trigger;
mod twap;

#[cfg(test)]
mod tests;

pub use access::{Agent, NonceSet};
pub use account::{Account, Class, CurvePoint, Finished, Leverage, Requests, Schedule};
pub use apply::{Applied, Request, block_class};
pub use assume::Assumed;
pub use book::{Book, Maker, PxSz};
pub use clock::funding_rate;
pub use effect::Effect;
pub use exchange::{BACKSTOP, Exchange, HOUSE, InputError, Pots};
pub use feed::Feed;
pub use fees::{DayVolume, Volumes};
pub use history::{
    Delta, Fill, FillLiquidation, FundingRow, HistoryRow, LedgerRow, Method, Print, RateRow,
};
pub use ident::{Asset, DAY, HOUR, Millis};
pub use input::{Input, Outcome};
pub use instrument::{Instrument, MarginTier, margin_table};
pub use margin::Summary;
pub use mark::{MarkState, weighted_median};
pub use market::{HourSlice, Market, Premiums};
pub use order::{Kind, Order, Place, Trigger};
pub use position::{CumFunding, Position};
pub use settings::{FeeTier, ReduceOnlyMinimum, Settings, TakenPart};
pub use twap::Twap;
