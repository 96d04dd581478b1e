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

/// Where an entry waits that follows the price (a stop entry): no exchange lets it bring its stop along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StopEntries {
    /// With the desk, which watches the price it is told and, when that is reached, sends the entry at market together with its
    /// stop. No position without a stop comes to be while no process runs, and none at all. Against a simulation an entry is
    /// later by the time between two prices and the way to the exchange, is missed when the price was reached between two
    /// prices or while no process ran and comes back, and is not made beyond `entry_cap` of its price.
    #[default]
    Watched,
    /// At the exchange, which fires it whether a process runs or not: as a simulation assumes, so it is the form for comparing
    /// with one. What it opens has no stop until a process has heard of it: as long as the process is down, however long that is.
    Resting,
}

/// How a desk trades. Times in ms, distances as fractions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeskSettings {
    /// How long after its bar's close an entry at market may still be sent. Default 60 s.
    pub entry_window: i64,
    /// How old a price may be that an order is made from. Default 15 s.
    pub price_age: i64,
    /// How far beyond the price an entry at market may fill; of a stop entry, beyond the price it waits for. Default 1 %.
    pub entry_cap: Decimal,
    /// Where stop entries wait. Default [`StopEntries::Watched`].
    pub stop_entries: StopEntries,
    /// The same as `entry_cap` for leaving at market. Default 5 %.
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
    /// How often at most entries are taken back while requests are short. Default 10 s.
    pub short_cancel: i64,
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
    /// Whether entries may rest in more symbols than there is room for positions, as they do in a simulation, where the first
    /// that fills takes the room from the others: at an exchange several may fill before those are taken back. Default false.
    pub beyond_room: bool,
    /// Bounds outside of the strategy.
    pub caps: Caps,
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self {
            entry_window: 60_000,
            price_age: 15_000,
            entry_cap: Decimal::new(1, 2),
            stop_entries: StopEntries::default(),
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
            short_cancel: 10_000,
            query_every: 1_000,
            answer: 1_000,
            reconcile_every: 30_000,
            quiet: 5_000,
            remember: 24 * 3_600_000,
            remember_orders: 600_000,
            unprotected: 60_000,
            post_rest: 5_000,
            beyond_room: false,
            caps: Caps {
                orders_a_minute: 60,
                notional_a_day: Decimal::new(1_000_000, 0),
                open: 100,
                position: Decimal::new(1_000_000, 0),
            },
        }
    }
}
