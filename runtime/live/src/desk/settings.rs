//! How a desk trades, and its bounds.

use rust_decimal::Decimal;

/// Bounds outside of the strategy: reaching one stops all entries until a person resumes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Caps {
    /// Orders within a minute. Default 60.
    pub orders_a_minute: usize,
    /// Notional of entries within a UTC day, quote currency. Default 1 000 000.
    pub notional_a_day: Decimal,
    /// Orders alive at once. Default 100.
    pub open: usize,
    /// Notional of one symbol's position with the entry that would add to it, quote currency. Default 1 000 000.
    pub position: Decimal,
}

/// How a desk trades. Times in ms, distances as fractions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeskSettings {
    /// How long after its bar's close an entry at market may still be sent. Default 60 s.
    pub entry_window: i64,
    /// How old a price may be that an order is made from. Default 15 s.
    pub price_age: i64,
    /// How far beyond the price an entry at market may fill. Default 1 %.
    pub entry_cap: Decimal,
    /// The same for leaving at market. Default 5 %.
    pub leave_cap: Decimal,
    /// The same for a stop, beyond its trigger. Default 10 %.
    pub stop_cap: Decimal,
    /// How long a request may be under way before the exchange is to refuse it. Default 8 s.
    pub expires: i64,
    /// How long after that an order that is not known there is believed not to be. Default 3 s.
    pub margin: i64,
    /// A stop moves when it gets better by this. Default 0.5 %.
    pub stop_better: Decimal,
    /// And at most every so often. Default 10 s.
    pub stop_every: i64,
    /// A resting entry is placed anew when its size is off by this. Default 2 %.
    pub resize: Decimal,
    /// How long an entry that has filled partly may go on resting. Default 60 s.
    pub partial_rest: i64,
    /// How often a stop may be refused before its lot is left at market. Default 3.
    pub protect_tries: u32,
    /// Wait before something refused is tried again; doubles up to a minute. Default 1 s.
    pub retry: i64,
    /// How often an uncertain order is asked for. Default 1 s.
    pub query_every: i64,
    /// How long the answer to an entry at market is waited for before the part of it that has filled gets a stop of its own.
    /// Default 1 s.
    pub answer: i64,
    /// How often positions, orders and fills are compared with the exchange. Default 30 s.
    pub reconcile_every: i64,
    /// How long a market must have been quiet before a difference counts. Default 5 s.
    pub quiet: i64,
    /// How long numbers of fills and times of fundings are remembered; what is older is known by its time. Default 1 day.
    pub remember: i64,
    /// How long an order that is over is remembered. Default 10 min.
    pub remember_orders: i64,
    /// How long a lot with a stop may stand without one at work before it is told as critical. The desk goes on trying; it is
    /// shorter than this unless the exchange or the way to it is gone. Default 60 s.
    pub unprotected: i64,
    /// How long an order that only rests may try to leave, while the exchange takes no others. Default 5 s.
    pub post_rest: i64,
    /// Bounds outside of the strategy.
    pub caps: Caps,
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self {
            entry_window: 60_000,
            price_age: 15_000,
            entry_cap: Decimal::new(1, 2),
            leave_cap: Decimal::new(5, 2),
            stop_cap: Decimal::new(10, 2),
            expires: 8_000,
            margin: 3_000,
            stop_better: Decimal::new(5, 3),
            stop_every: 10_000,
            resize: Decimal::new(2, 2),
            partial_rest: 60_000,
            protect_tries: 3,
            retry: 1_000,
            query_every: 1_000,
            answer: 1_000,
            reconcile_every: 30_000,
            quiet: 5_000,
            remember: 24 * 3_600_000,
            remember_orders: 600_000,
            unprotected: 60_000,
            post_rest: 5_000,
            caps: Caps {
                orders_a_minute: 60,
                notional_a_day: Decimal::new(1_000_000, 0),
                open: 100,
                position: Decimal::new(1_000_000, 0),
            },
        }
    }
}
