//! The state as somebody sees it who is behind: a copy of the engine that takes every input later.

use crate::engine::{Exchange, Input, Millis};
use std::collections::VecDeque;

/// A copy that follows.
pub(super) struct Past {
    exchange: Exchange,
    /// Inputs it has not taken, with their times at the market and at the venue.
    pending: VecDeque<(Millis, Millis, Input)>,
    /// How far behind it may be asked to be, ms.
    reach: Millis,
}

impl Past {
    /// Begins at a state: what was before it is not remembered.
    pub(super) fn new(exchange: Exchange, reach: Millis) -> Self {
        Self {
            exchange,
            pending: VecDeque::new(),
            reach,
        }
    }

    /// An input was taken when it was `now` at the market and `time` at the venue.
    pub(super) fn push(&mut self, now: Millis, time: Millis, input: Input) {
        self.pending.push_back((now, time, input));
        self.until(now.saturating_sub(self.reach));
    }

    /// The state as it was when it was `at` at the market. It never goes back: asked for less, it stays where it is.
    pub(super) fn until(&mut self, at: Millis) -> &Exchange {
        while self.pending.front().is_some_and(|(now, ..)| *now <= at) {
            if let Some((_, time, input)) = self.pending.pop_front() {
                // It was taken once already.
                let _ = self.exchange.replay(time, &input);
            }
        }
        &self.exchange
    }
}
