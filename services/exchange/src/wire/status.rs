//! What became of an order, in the exchange's names.

use super::names::open_names;

open_names! {
    /// State of an order as `orderStatus`, `historicalOrders` and `orderUpdates` name it.
    OrderStatus {
        /// Rests, or waits for its trigger.
        Open = "open",
        /// Done in full.
        Filled = "filled",
        /// By its owner, or as the rest of an Ioc.
        Canceled = "canceled",
        /// Its trigger has fired; what became of the order follows in a row of its own.
        Triggered = "triggered",
        /// Refused without a closer name.
        Rejected = "rejected",
        /// The margin did not suffice any more when it was to be filled.
        MarginCanceled = "marginCanceled",
        /// A vault's user took money out.
        VaultWithdrawalCanceled = "vaultWithdrawalCanceled",
        /// Open interest reached its cap.
        OpenInterestCapCanceled = "openInterestCapCanceled",
        /// It would have met an order of the same account.
        SelfTradeCanceled = "selfTradeCanceled",
        /// The position that it would reduce is gone.
        ReduceOnlyCanceled = "reduceOnlyCanceled",
        /// The other of a take-profit and stop-loss pair was filled.
        SiblingFilledCanceled = "siblingFilledCanceled",
        /// The coin is no longer traded.
        DelistedCanceled = "delistedCanceled",
        /// The account was liquidated.
        LiquidatedCanceled = "liquidatedCanceled",
        /// The dead man's switch fired.
        ScheduledCancel = "scheduledCancel",
        /// By the exchange, without a reason.
        InternalCancel = "internalCancel",
        /// The outcome that was traded is settled.
        OutcomeSettledCanceled = "outcomeSettledCanceled",
        /// Price off the tick.
        TickRejected = "tickRejected",
        /// Below the minimum value.
        MinTradeNtlRejected = "minTradeNtlRejected",
        /// Not enough margin.
        PerpMarginRejected = "perpMarginRejected",
        /// Reduce-only, and would increase.
        ReduceOnlyRejected = "reduceOnlyRejected",
        /// Post-only, and would have been filled at once.
        BadAloPxRejected = "badAloPxRejected",
        /// Ioc, and nothing to fill it.
        IocCancelRejected = "iocCancelRejected",
        /// The trigger would fire at once.
        BadTriggerPxRejected = "badTriggerPxRejected",
        /// A market order into an empty book.
        MarketOrderNoLiquidityRejected = "marketOrderNoLiquidityRejected",
        /// Would add to a position while open interest is capped.
        PositionIncreaseAtOpenInterestCapRejected = "positionIncreaseAtOpenInterestCapRejected",
        /// Would turn a position while open interest is capped.
        PositionFlipAtOpenInterestCapRejected = "positionFlipAtOpenInterestCapRejected",
        /// Priced beyond the oracle while open interest is capped.
        TooAggressiveAtOpenInterestCapRejected = "tooAggressiveAtOpenInterestCapRejected",
        /// Open interest would grow too quickly.
        OpenInterestIncreaseRejected = "openInterestIncreaseRejected",
        /// Too far from the oracle.
        OracleRejected = "oracleRejected",
        /// Beyond the margin tier at this leverage.
        PerpMaxPositionRejected = "perpMaxPositionRejected",
        /// Too many open orders.
        TooManyOpenOrdersRejected = "tooManyOpenOrdersRejected",
        /// Not enough of the token.
        InsufficientSpotBalanceRejected = "insufficientSpotBalanceRejected",
    }
}

/// What a state means for who waits for the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// It may still be filled.
    Live,
    /// Done in full.
    Filled,
    /// Over; a part may have been filled before.
    Canceled,
    /// Never came to life.
    Rejected,
    /// A name that nobody has taught us: a person must look, and until then it counts as live.
    Unknown,
}

impl OrderStatus {
    /// What the state means.
    pub fn stage(&self) -> Stage {
        match self {
            Self::Open | Self::Triggered => Stage::Live,
            Self::Filled => Stage::Filled,
            Self::ScheduledCancel | Self::InternalCancel => Stage::Canceled,
            Self::Rejected => Stage::Rejected,
            // Names that the exchange may add later follow the endings of those we know.
            Self::Other(name) if name.ends_with("Rejected") => Stage::Rejected,
            Self::Other(name) if name.ends_with("Canceled") => Stage::Canceled,
            Self::Other(_) => Stage::Unknown,
            known if known.as_str().ends_with("Rejected") => Stage::Rejected,
            _ => Stage::Canceled,
        }
    }

    /// Whether nothing more can happen to the order.
    pub fn is_over(&self) -> bool {
        matches!(
            self.stage(),
            Stage::Filled | Stage::Canceled | Stage::Rejected
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_and_written() {
        for status in OrderStatus::KNOWN {
            let json = serde_json::to_string(status).unwrap();
            assert_eq!(&serde_json::from_str::<OrderStatus>(&json).unwrap(), status);
            assert_ne!(status.stage(), Stage::Unknown, "{status}");
        }
        assert_eq!(OrderStatus::KNOWN.len(), 32);
    }

    #[test]
    fn stages_follow_the_names() {
        let stage = |name: &str| OrderStatus::from(name).stage();
        assert_eq!(stage("open"), Stage::Live);
        assert_eq!(stage("triggered"), Stage::Live);
        assert_eq!(stage("filled"), Stage::Filled);
        assert_eq!(stage("scheduledCancel"), Stage::Canceled);
        assert_eq!(stage("siblingFilledCanceled"), Stage::Canceled);
        assert_eq!(stage("perpMarginRejected"), Stage::Rejected);
        assert_eq!(stage("somethingNewRejected"), Stage::Rejected);
        assert_eq!(stage("somethingNewCanceled"), Stage::Canceled);
        assert_eq!(stage("transmogrified"), Stage::Unknown);
        assert!(!OrderStatus::from("transmogrified").is_over());
    }
}
