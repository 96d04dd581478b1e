//! How patient an account is.

use sixbtc_live::desk::DeskSettings;

/// Who may keep an account from entering for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gate {
    /// The limits of the portfolio, its emergency stops among them.
    Portfolio,
    /// The state of the machine: clock, disk, data.
    System,
    /// The budget of requests.
    Budget,
    /// The agent's key.
    Agent,
    /// The clock, compared with the exchange's.
    Clock,
}

/// How patient an account is. Times in ms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AccountSettings {
    /// Of its desk.
    pub desk: DeskSettings,
    /// Whether margin is isolated, which the tests assume; else cross, where an asset allows it. Default true.
    pub isolated: bool,
    /// A symbol whose bars are so much behind the others is no longer waited for. At least four bars. Default 2 h.
    pub late: i64,
    /// A question without an answer for so long is asked again. Default 20 s.
    pub read_timeout: i64,
    /// How often open orders, positions and fills are compared while the websocket is lost or a topic of it silent.
    /// Default 5 s.
    pub blind_every: i64,
    /// The longest ordinary time between two inputs: after a longer one, or one that goes back, nothing is decided before the
    /// exchange was asked for its time. A clock that runs faster than life needs more. Default 5 s.
    pub clock_silence: i64,
    /// An answer about the exchange's clock that took longer is not believed; nor one that took longer than
    /// [`DeskSettings::margin`] allows, which has to be larger than what the clock may be off. Default 2 s.
    pub clock_way: i64,
    /// A symbol whose bar is missing for so long is no longer waited for while anything is held. Default 60 s.
    pub late_held: i64,
    /// How often the exchange's clock is read. Default 60 s.
    pub clock_every: i64,
    /// A clock that is off by more lets no entries out. Default 2 s.
    pub clock_entries: i64,
    /// A clock that is off by more is told to a person. Default 10 s.
    pub clock_alarm: i64,
    /// How often the list of assets is read. Default 1 h.
    pub universe_every: i64,
    /// How often payments of funding are read, beside once after each that is announced. Default 10 min.
    pub funding_every: i64,
    /// After a refusal for its budget the account is quiet for so long. Default 10 s.
    pub quiet_after_limit: i64,
}

/// Weight of one comparison, with room for the rows of its fills.
const ROUND_WEIGHT: i64 = 50;
/// Weight a minute that all comparisons together may use, half of what there is for questions.
const ROUNDS: i64 = 390;

impl AccountSettings {
    /// The same for one of several accounts that ask over one address, and share what it may ask: each compares less often, so
    /// that all of them leave as much to other questions as one does.
    #[must_use]
    pub fn among(mut self, accounts: i64) -> Self {
        let fair = accounts
            .max(1)
            .saturating_mul(ROUND_WEIGHT * 60_000 / ROUNDS);
        let several = accounts > 1;
        for every in [&mut self.blind_every, &mut self.desk.reconcile_every] {
            *every = if several { fair.max(*every) } else { *every };
        }
        self
    }

    /// How long an answer is waited for.
    pub fn answer(&self) -> std::time::Duration {
        std::time::Duration::from_millis(self.read_timeout.unsigned_abs())
    }
}

impl Default for AccountSettings {
    fn default() -> Self {
        Self {
            desk: DeskSettings::default(),
            isolated: true,
            late: 2 * 3_600_000,
            read_timeout: 20_000,
            blind_every: 5_000,
            clock_silence: 5_000,
            clock_way: 2_000,
            late_held: 60_000,
            clock_every: 60_000,
            clock_entries: 2_000,
            clock_alarm: 10_000,
            universe_every: 3_600_000,
            funding_every: 600_000,
            quiet_after_limit: 10_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixbtc_exchange::client::RestSettings;
    use sixbtc_exchange::wire::{Address, InfoRequest};

    #[test]
    fn accounts_that_are_blind_together_stay_within_what_they_may_ask() {
        let user = Address([1; 20]);
        let round = [
            InfoRequest::FrontendOpenOrders { user, dex: None },
            InfoRequest::ClearinghouseState { user, dex: None },
            InfoRequest::UserFillsByTime {
                user,
                start_time: 0,
                end_time: None,
                aggregate_by_time: None,
                reversed: None,
            },
        ];
        let weight: u32 = round.iter().map(InfoRequest::weight).sum();
        let budget = i64::from(RestSettings::default().read_weight);
        let alone = AccountSettings::default();
        assert_eq!(alone.among(1), alone);
        for accounts in 1..200 {
            let each = alone.among(accounts);
            for every in [each.blind_every, each.desk.reconcile_every] {
                let minute = 60_000 * i64::from(weight) * accounts / every;
                assert!(minute < budget * 7 / 10, "{accounts}: {minute}");
            }
            assert!(each.blind_every >= alone.blind_every);
        }
    }
}
