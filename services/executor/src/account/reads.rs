//! Questions on their way, and those that belong together.

use rust_decimal::Decimal;
use sixbtc_live::desk::OpenOrder;
use sixbtc_live::ident::Cloid;
use sixbtc_live::order::Fill;
use std::collections::BTreeMap;

/// What a question is for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Question {
    /// What became of an order.
    Status(Cloid),
    /// Open orders, of a comparison.
    Open,
    /// Positions, of a comparison.
    State,
    /// Fills from a time of the exchange on, of a comparison.
    Fills {
        /// From when on, ms.
        since: i64,
    },
    /// Payments of funding from a time on.
    Funding {
        /// From when on, ms.
        since: i64,
    },
    /// The exchange's clock.
    Clock,
    /// The list of assets.
    Universe,
    /// Prices, while nobody else says them.
    Prices,
}

/// A question on its way.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    pub question: Question,
    /// When it left, by the clock that the account is given.
    pub given: i64,
    /// The same by the exchange's clock, as far as it was known.
    pub at: i64,
}

/// A comparison of all that stands at the exchange with all that is known.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Round {
    /// When it began.
    pub asked: i64,
    /// Fills are wanted from here on.
    pub since: i64,
    pub open: Option<Vec<OpenOrder>>,
    pub positions: Option<Vec<Decimal>>,
    /// Fills, once all of them are there.
    pub fills: Vec<Fill>,
}

/// Questions on their way, by their tickets.
#[derive(Debug, Clone, Default)]
pub(super) struct Reads {
    next: u64,
    pub asked: BTreeMap<u64, Asked>,
    pub round: Option<Round>,
}

impl Reads {
    /// Tickets of one process are none of another's.
    pub fn new(now: i64) -> Self {
        Self {
            next: u64::try_from(now).unwrap_or(0) << 16,
            ..Self::default()
        }
    }

    /// Gives a question a ticket.
    pub fn ask(&mut self, question: Question, given: i64, at: i64) -> u64 {
        self.next += 1;
        let asked = Asked {
            question,
            given,
            at,
        };
        self.asked.insert(self.next, asked);
        self.next
    }

    /// Whether such a question is on its way.
    pub fn flying(&self, is: impl Fn(&Question) -> bool) -> bool {
        self.asked.values().any(|a| is(&a.question))
    }

    /// Gives up what has had no answer for so long; the clock that counts may have been set back.
    pub fn expire(&mut self, given: i64, timeout: i64) {
        let in_time = |a: &Asked| (0..timeout).contains(&given.saturating_sub(a.given));
        self.asked.retain(|_, a| in_time(a));
        let ours =
            |q: &Question| matches!(q, Question::Open | Question::State | Question::Fills { .. });
        if self.round.is_some() && !self.flying(ours) {
            self.round = None;
        }
    }

    /// Ends the comparison; answers to its questions are no longer wanted.
    pub fn abort(&mut self) {
        self.round = None;
        self.asked.retain(|_, a| {
            !matches!(
                a.question,
                Question::Open | Question::State | Question::Fills { .. }
            )
        });
    }
}
