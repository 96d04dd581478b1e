//! One order's life, from the plan to the last of its fills.
//!
//! What an exchange says arrives late, twice, in any order or not at all. So an order only ever learns: what ended stays
//! ended unless it is proved otherwise, fills are counted by their own numbers, and an order is settled only when it has
//! ended *and* everything that is said to have filled has been seen.

mod plan;
#[cfg(test)]
mod tests;

pub use plan::{Kind, Plan, Role, Why};

use crate::ident::Cloid;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// How an order ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Done {
    /// It surely never reached the exchange.
    NotSent,
    /// The exchange did not take it.
    Refused(String),
    /// All of it filled.
    Filled,
    /// Cancelled, by whomever; a part may have filled before.
    Ended(String),
}

/// Where an order stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Life {
    /// Written down. Whether it was sent is not known from here.
    Planned,
    /// The exchange has it, but it is not at work before another one fills.
    Waiting,
    /// At work.
    Open,
    /// Over.
    Done(Done),
}

/// What the exchange said of an order, or the way to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Told {
    /// It surely never reached the exchange.
    NotSent,
    /// It was refused.
    Refused(String),
    /// It waits for another one.
    Waiting,
    /// It is at work, or was triggered.
    Open,
    /// So much of it filled, at once; all of it without a number.
    #[serde(with = "crate::exact::option")]
    Filled(Option<Decimal>),
    /// It was cancelled; so much had filled, if that was said.
    Ended {
        /// As the exchange calls it.
        why: String,
        /// Units.
        #[serde(with = "crate::exact::option")]
        filled: Option<Decimal>,
    },
}

/// A fill, as the exchange tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// Its number: the same number is the same fill.
    pub tid: u64,
    /// The exchange's number of the order.
    pub oid: u64,
    /// Our name of the order.
    pub cloid: Option<Cloid>,
    /// Index into the desk's symbols.
    pub symbol: usize,
    /// Whether it bought.
    pub buys: bool,
    /// Units, above 0.
    #[serde(with = "crate::exact")]
    pub size: Decimal,
    /// Price.
    #[serde(with = "crate::exact")]
    pub price: Decimal,
    /// Fee in quote currency; below 0 when it was given.
    #[serde(with = "crate::exact")]
    pub fee: Decimal,
    /// When, ms.
    pub time: i64,
    /// Whether the exchange took the position from us.
    pub liquidates: bool,
}

/// An order and what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
// each says something of its own that may hold beside the others
#[allow(clippy::struct_excessive_bools)]
pub struct Order {
    /// As decided.
    pub plan: Plan,
    /// Where it stands.
    pub life: Life,
    /// The exchange's number.
    pub oid: Option<u64>,
    /// Units filled, by fills seen.
    #[serde(with = "crate::exact")]
    pub filled: Decimal,
    /// Σ price × units of them.
    #[serde(with = "crate::exact")]
    pub paid: Decimal,
    /// Σ fees of them.
    #[serde(with = "crate::exact")]
    pub fee: Decimal,
    /// Time of the last of them, ms.
    pub last_fill: i64,
    /// Units that are said to have filled, once it is over and that is known.
    #[serde(with = "crate::exact::option")]
    pub said: Option<Decimal>,
    /// Units that have been handed to the engine.
    #[serde(with = "crate::exact")]
    pub booked: Decimal,
    /// Σ price × units of those.
    #[serde(with = "crate::exact")]
    pub booked_paid: Decimal,
    /// Σ fees of those.
    #[serde(with = "crate::exact")]
    pub booked_fee: Decimal,
    /// Whether it was sent together with the entry it protects, at the levels of the price that was expected.
    pub first: bool,
    /// Whether its cancellation was asked for.
    pub cancelled: bool,
    /// Whether it was cancelled to be placed anew.
    pub replaced: bool,
    /// Of an entry: whether it came to nothing and that has been dealt with.
    pub dropped: bool,
    /// Time of the latest news by the exchange's clock, ms.
    pub stamp: i64,
    /// When it last changed by our clock, ms.
    pub changed: i64,
}

impl Order {
    /// An order that has been written down.
    pub fn new(plan: Plan) -> Self {
        Self {
            life: Life::Planned,
            oid: None,
            filled: Decimal::ZERO,
            paid: Decimal::ZERO,
            fee: Decimal::ZERO,
            last_fill: 0,
            said: None,
            booked: Decimal::ZERO,
            booked_paid: Decimal::ZERO,
            booked_fee: Decimal::ZERO,
            first: matches!(plan.role, Role::Guard { .. }),
            cancelled: false,
            replaced: false,
            dropped: false,
            stamp: 0,
            changed: plan.planned,
            plan,
        }
    }

    /// Units not filled yet.
    pub fn left(&self) -> Decimal {
        (self.plan.size - self.filled).max(Decimal::ZERO)
    }

    /// Whether it may still fill.
    pub fn alive(&self) -> bool {
        !matches!(self.life, Life::Done(_))
    }

    /// Whether it is over and every fill it is said to have had has been seen.
    pub fn settled(&self) -> bool {
        !self.alive() && self.said.is_some_and(|said| self.filled >= said)
    }

    /// Whether it is over and only a look at all fills can say how much of it filled: what may only make a position smaller is
    /// cut to the position when it fills, and called filled all the same.
    pub fn uncounted(&self) -> bool {
        self.plan.reduces && !self.alive() && self.said.is_none()
    }

    /// All fills up to now have been seen: what it has is what it got.
    pub(crate) fn count(&mut self) {
        if self.uncounted() {
            self.said = Some(self.filled);
        }
    }

    /// Whether nothing is left to be done about it.
    pub fn over(&self) -> bool {
        let entry = matches!(self.plan.role, Role::Enter { .. });
        self.settled()
            && self.booked == self.filled
            && (self.dropped || !entry || !self.filled.is_zero())
    }

    /// Average price of its fills.
    pub fn average(&self) -> Option<Decimal> {
        self.paid.checked_div(self.filled)
    }

    /// Whether [`Order::tell`] would change anything.
    pub fn is_news(&self, told: &Told, stamp: i64, proof: bool) -> bool {
        let mut after = self.clone();
        after.tell(told, stamp, proof, self.changed);
        // a time alone is no news
        (after.life, after.said) != (self.life.clone(), self.said)
    }

    /// Takes what was said. `stamp` is the exchange's time of it; `proof` says that it is the answer to a question that was
    /// asked after the last change, so that it holds against what ended.
    pub fn tell(&mut self, told: &Told, stamp: i64, proof: bool, now: i64) {
        let size = self.plan.size;
        let more = |filled: Option<Decimal>, said: Option<Decimal>| match (filled, said) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        let before = self.life.clone();
        match (&before, told) {
            (Life::Done(Done::Filled), Told::Filled(Some(part))) if self.uncounted() => {
                self.said = Some(*part);
            }
            (Life::Done(Done::Filled), _) => {}
            // how much it was cut to stands in the answer, if that was heard
            (Life::Done(Done::Ended(_)), Told::Filled(None))
                if self.plan.reduces && self.said.is_some_and(|s| !s.is_zero()) => {}
            (_, Told::Filled(None)) if self.plan.reduces => {
                self.life = Life::Done(Done::Filled);
                self.said = (self.filled >= size).then_some(size);
            }
            (_, Told::Filled(None)) => {
                self.life = Life::Done(Done::Filled);
                self.said = Some(size);
            }
            (_, Told::Filled(Some(part))) if *part >= size => {
                self.life = Life::Done(Done::Filled);
                self.said = Some(size);
            }
            (Life::Done(_), Told::Filled(part)) => self.said = more(*part, self.said),
            (_, Told::Filled(part)) => match self.plan.kind {
                // the rest of it is gone
                Kind::Now { .. } => {
                    self.life = Life::Done(Done::Ended("partly filled".to_owned()));
                    self.said = *part;
                }
                Kind::Rest { .. } | Kind::Stop { .. } => self.life = Life::Open,
            },
            (Life::Done(Done::Ended(_)), Told::Ended { filled, .. }) if self.plan.reduces => {
                self.said = self.said.or(self.least(*filled));
            }
            (Life::Done(Done::Ended(_)), Told::Ended { filled, .. }) => {
                self.said = more(*filled, self.said);
            }
            (_, Told::Ended { why, filled }) if self.alive() || proof => {
                self.life = Life::Done(Done::Ended(why.clone()));
                self.said = if self.plan.reduces {
                    self.least(*filled)
                } else {
                    filled.map(|f| f.max(self.filled))
                };
            }
            (Life::Done(_), Told::Open) if proof => {
                self.life = Life::Open;
                self.said = None;
            }
            (Life::Done(_), _) => {}
            (_, Told::NotSent) => self.none(Done::NotSent),
            (_, Told::Refused(text)) => self.none(Done::Refused(text.clone())),
            (Life::Planned, Told::Waiting) => self.life = Life::Waiting,
            (Life::Planned | Life::Waiting, Told::Open) => self.life = Life::Open,
            (Life::Open, Told::Waiting) if proof => self.life = Life::Waiting,
            (_, Told::Open | Told::Waiting | Told::Ended { .. }) => {}
        }
        self.stamp = self.stamp.max(stamp);
        if self.life != before {
            self.changed = now;
        }
    }

    /// Of one that was cut: more is said to have filled than did, never less.
    fn least(&self, said: Option<Decimal>) -> Option<Decimal> {
        said.filter(|said| *said <= self.filled)
            .map(|_| self.filled)
    }

    fn none(&mut self, done: Done) {
        self.life = Life::Done(done);
        self.said = Some(self.filled);
    }

    /// Takes a fill that has not been seen before. Units beyond its size: they are nobody's.
    pub fn fill(&mut self, fill: &Fill, now: i64) -> Decimal {
        self.filled += fill.size;
        self.paid += fill.size * fill.price;
        self.fee += fill.fee;
        self.last_fill = self.last_fill.max(fill.time);
        self.oid = Some(fill.oid);
        self.changed = now;
        if self.filled >= self.plan.size {
            self.life = Life::Done(Done::Filled);
            self.said = Some(self.plan.size);
        } else if matches!(self.life, Life::Planned | Life::Waiting) {
            // what fills is at work; an order that fills at once waits for the answer, which says what became of the rest
            if !matches!(self.plan.kind, Kind::Now { .. }) {
                self.life = Life::Open;
            }
        }
        (self.filled - self.plan.size).max(Decimal::ZERO)
    }
}
