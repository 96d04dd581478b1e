//! The budget of an address: requests for what it has traded.

use crate::Millis;
use crate::wire::Action;
use crate::wire::info::UserRateLimit;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Once it is used up, one action in this time.
const TRICKLE: Millis = 10_000;
/// Cancels get so many more, but at most as many again.
const MORE_CANCELS: u64 = 100_000;

/// Requests of one address (each subaccount has its own): 10 000, and one for each dollar ever traded.
///
/// Counted here, and set right by what the exchange says ([`AddressBudget::correct`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressBudget {
    used: u64,
    cap: u64,
    trickled: Option<Millis>,
}

impl Default for AddressBudget {
    fn default() -> Self {
        Self {
            used: 0,
            cap: 10_000,
            trickled: None,
        }
    }
}

impl AddressBudget {
    /// As the exchange says.
    pub fn of(limit: &UserRateLimit) -> Self {
        let mut budget = Self::default();
        budget.correct(limit);
        budget
    }

    /// Takes over what the exchange says. What we count beyond it may be on its way, but the exchange is the truth.
    pub fn correct(&mut self, limit: &UserRateLimit) {
        self.used = limit.n_requests_used;
        self.cap = limit
            .n_requests_cap
            .saturating_add(limit.n_requests_surplus);
    }

    /// Each dollar traded gives one request.
    pub fn traded(&mut self, dollars: Decimal) {
        let requests = dollars.abs().floor().to_u64().unwrap_or(0);
        self.cap = self.cap.saturating_add(requests);
    }

    /// Requests left before the trickle.
    pub fn left(&self) -> u64 {
        self.cap.saturating_sub(self.used)
    }

    /// Takes what an action costs, or says how long it has to wait. An action that expires unseen costs five times that:
    /// [`AddressBudget::expired`].
    pub fn take(&mut self, now: Millis, action: &Action) -> Result<(), Millis> {
        let cost = action.items() as u64;
        let cap = if action.is_cancel() {
            self.cap
                .saturating_mul(2)
                .min(self.cap.saturating_add(MORE_CANCELS))
        } else {
            self.cap
        };
        if self.used.saturating_add(cost) > cap {
            let wait = self
                .trickled
                .map_or(0, |last| last.saturating_add(TRICKLE).saturating_sub(now));
            // A clock that was set back must not hold us up for longer than the rule.
            if (1..=TRICKLE).contains(&wait) {
                return Err(wait);
            }
            self.trickled = Some(now);
        }
        self.used = self.used.saturating_add(cost);
        Ok(())
    }

    /// An action came to the exchange after its end, which costs four times more on top.
    pub fn expired(&mut self, action: &Action) {
        let more = (action.items() as u64).saturating_mul(4);
        self.used = self.used.saturating_add(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::action::Cancel;

    fn limit(used: u64, cap: u64) -> UserRateLimit {
        UserRateLimit {
            cum_vlm: Decimal::ZERO,
            n_requests_used: used,
            n_requests_cap: cap,
            n_requests_surplus: 0,
        }
    }

    fn cancels(n: usize) -> Action {
        Action::cancel(vec![Cancel { a: 0, o: 1 }; n])
    }

    #[test]
    fn used_up_leaves_one_action_in_ten_seconds() {
        let mut budget = AddressBudget::of(&limit(9_999, 10_000));
        assert_eq!(budget.take(0, &Action::Noop), Ok(()));
        assert_eq!(budget.left(), 0);
        assert_eq!(budget.take(1_000, &Action::Noop), Ok(()));
        assert_eq!(budget.take(1_000, &Action::Noop), Err(10_000));
        assert_eq!(budget.take(5_000, &Action::Noop), Err(6_000));
        assert_eq!(budget.take(11_000, &Action::Noop), Ok(()));
        // the clock was set back by a day: no longer than the rule
        assert_eq!(budget.take(-86_400_000, &Action::Noop), Ok(()));
    }

    #[test]
    fn cancels_get_more() {
        let mut budget = AddressBudget::of(&limit(10_000, 10_000));
        assert_eq!(budget.take(0, &cancels(10_000)), Ok(()));
        assert_eq!(budget.take(0, &cancels(1)), Ok(()), "the trickle");
        assert_eq!(budget.take(1, &cancels(1)), Err(9_999));
    }

    #[test]
    fn trading_fills_it_and_expiry_empties_it() {
        let mut budget = AddressBudget::default();
        budget.traded("1234.99".parse().unwrap());
        assert_eq!(budget.left(), 11_234);
        budget.expired(&Action::Noop);
        assert_eq!(budget.left(), 11_230);
        budget.correct(&limit(5, 20_000));
        assert_eq!(budget.left(), 19_995);
        budget.traded(Decimal::MAX);
        assert_eq!(budget.left(), 19_995);
    }
}
