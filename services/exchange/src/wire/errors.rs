//! The one table of texts with which the exchange refuses.
//!
//! The venue writes them ([`Refusal`]), the client recognises them ([`Kind::of`]) by their beginning, for the exchange appends
//! ` asset=<n>` to some and changes the tails of others.

use super::{Address, OrderStatus};
use rust_decimal::Decimal;
use std::fmt;

/// A refusal with its figures; shown as the exact text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Price off the tick.
    Tick,
    /// No usable price.
    InvalidPrice,
    /// Size off the lot.
    InvalidSize,
    /// Size nought.
    ZeroSize,
    /// Below the minimum value in dollars.
    MinNotional,
    /// Below the minimum value in a spot's quote token.
    MinNotionalSpot {
        /// Its name.
        token: String,
    },
    /// Not enough margin.
    Margin,
    /// Reduce-only, and would increase (or there is no position).
    ReduceOnly,
    /// Post-only, and would have been filled.
    PostOnly {
        /// Best bid.
        bid: Decimal,
        /// Best ask.
        ask: Decimal,
    },
    /// Ioc, and nothing to fill it.
    IocNoMatch,
    /// The trigger would fire at once, or lies on the wrong side of its limit.
    TriggerPrice,
    /// A market order into an empty book.
    NoLiquidity,
    /// Open interest is at its cap.
    OpenInterestCapped,
    /// Priced beyond the oracle at the cap.
    TooAggressiveAtCap,
    /// Open interest would grow too quickly.
    OpenInterestTooQuick,
    /// Too far from the oracle.
    OracleDistance,
    /// Outside of the fixed band around the reference price.
    PriceBand {
        /// Width of the band in percent.
        percent: u32,
    },
    /// Beyond the margin tier.
    MaxPosition,
    /// Too many open orders.
    TooManyOpenOrders,
    /// Not enough of the token.
    SpotBalance,
    /// Larger than one order may be.
    TooLarge {
        /// Dollars.
        max: Decimal,
    },
    /// Nothing there to cancel.
    NothingToCancel,
    /// Nothing there to replace.
    NothingToModify,
    /// An empty batch.
    EmptyBatch,
    /// Take-profits and stop-losses of a group must be reduce-only.
    TpslNotReduceOnly,
    /// The children of a group do not fit its parent.
    InvalidGroup,
    /// The asset is no asset.
    UnknownAsset,
    /// Nobody with that address, or any wrong byte in what was signed.
    UnknownSigner {
        /// The address that the signature gives.
        address: Address,
    },
    /// The signer may not act for that vault or subaccount.
    NotItsMaster {
        /// The vault or subaccount.
        vault: Address,
    },
    /// An agent asked for what only its master may do.
    AgentMayNot,
    /// The nonce was used.
    DuplicateNonce {
        /// It.
        nonce: u64,
    },
    /// The nonce is below the lowest that is remembered.
    NonceTooLow {
        /// It.
        nonce: u64,
        /// The lowest remembered.
        lowest: u64,
    },
    /// The nonce is further from now than allowed.
    NonceOutsideWindow {
        /// It.
        nonce: u64,
    },
    /// It came after its `expiresAfter`.
    Expired,
    /// The address has used up its requests.
    TooManyRequests {
        /// Used.
        used: u64,
        /// Allowed.
        cap: u64,
        /// Dollars traded.
        volume: Decimal,
    },
    /// The dead man's switch is locked until enough is traded.
    ScheduleCancelVolume {
        /// Dollars required.
        required: Decimal,
        /// Dollars traded.
        traded: Decimal,
    },
    /// The dead man's switch needs more notice.
    ScheduleCancelTooSoon,
    /// The dead man's switch has fired often enough today.
    ScheduleCancelTooOften,
    /// For a while after an upgrade.
    PostOnlyPeriod,
    /// No fee for that builder, or not that much.
    BuilderFee,
    /// Not that much to withdraw.
    WithdrawalBalance,
    /// Not that much to send.
    TransferBalance,
    /// The account has never had money.
    MustDeposit,
    /// Leverage below 1 or above the maximum.
    InvalidLeverage,
    /// Margin cannot change its kind under an open position.
    SwitchMarginMode,
    /// The asset takes isolated margin only.
    IsolatedOnly,
    /// No isolated position there.
    NoIsolatedPosition,
    /// The margin left would be too little.
    IsolatedMargin,
    /// Not traded enough for a subaccount.
    SubAccountVolume {
        /// Dollars required.
        required: Decimal,
    },
    /// Empty or longer than sixteen characters.
    SubAccountName,
    /// Another subaccount has the name.
    SubAccountNameTaken,
    /// As many as there may be.
    TooManySubAccounts,
    /// It is no subaccount of the signer.
    NotASubAccount,
    /// The signed chain is not the one here.
    WrongChain {
        /// As signed.
        chain: String,
    },
    /// No order over time of that number.
    UnknownTwap,
    /// The venue does not do that.
    Unsupported {
        /// The action's type.
        action: String,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = self.kind().prefix();
        match self {
            Self::MinNotionalSpot { token } => write!(f, "{prefix} {token}."),
            Self::PostOnly { bid, ask } => {
                write!(f, "{prefix} {}@{}.", bid.normalize(), ask.normalize())
            }
            Self::PriceBand { percent } => {
                write!(f, "{prefix} {percent}% away from the reference price")
            }
            Self::TooLarge { max } => write!(f, "{prefix}{}.", max.normalize()),
            Self::UnknownSigner { address } => write!(f, "{prefix}{address} does not exist."),
            Self::NotItsMaster { vault } => write!(f, "{prefix} {vault}"),
            Self::DuplicateNonce { nonce } | Self::NonceOutsideWindow { nonce } => {
                write!(f, "{prefix} {nonce}")
            }
            Self::NonceTooLow { nonce, lowest } => {
                write!(f, "{prefix} {nonce} (smallest kept: {lowest})")
            }
            Self::TooManyRequests { used, cap, volume } => write!(
                f,
                "{prefix} ({used} > {cap}) for cumulative volume traded ${}. Place taker orders to free up 1 request per USDC traded.",
                volume.normalize()
            ),
            Self::ScheduleCancelVolume { required, traded } => write!(
                f,
                "{prefix} Required: ${}. Traded: ${}.",
                required.normalize(),
                traded.normalize()
            ),
            Self::SubAccountVolume { required } => {
                write!(f, "{prefix} Required: ${}.", required.normalize())
            }
            Self::WrongChain { chain } => write!(f, "{prefix} {chain}"),
            Self::Unsupported { action } => write!(f, "{prefix} {action}"),
            _ => f.write_str(prefix),
        }
    }
}

impl Refusal {
    /// With the asset, as the exchange writes it behind errors of single orders.
    pub fn for_asset(&self, asset: u32) -> String {
        format!("{self} asset={asset}")
    }
}

/// Makes [`Kind`], its beginnings of text, and which kind a [`Refusal`] is.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $prefix:literal $(| $other:literal)*,)*) => {
        /// What kind of refusal a text is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs)] // each is documented at the refusal of the same name
        pub enum Kind {
            $($(#[$doc])* $kind,)*
            /// A text that is in no table: somebody must look.
            Unknown,
        }

        impl Kind {
            /// Every kind but `Unknown`.
            pub const KNOWN: &[Self] = &[$(Self::$kind),*];

            /// How its text begins.
            pub fn prefix(self) -> &'static str {
                match self {
                    $(Self::$kind => $prefix,)*
                    Self::Unknown => "",
                }
            }

            /// All beginnings that mean it, older spellings included.
            fn prefixes(self) -> &'static [&'static str] {
                match self {
                    $(Self::$kind => &[$prefix $(, $other)*],)*
                    Self::Unknown => &[],
                }
            }
        }

        impl Refusal {
            /// Its kind, which is what [`Kind::of`] makes of its text.
            pub fn kind(&self) -> Kind {
                match self {
                    $(Self::$kind { .. } => Kind::$kind,)*
                }
            }
        }
    };
}

kinds! {
    Tick = "Price must be divisible by tick size.",
    InvalidPrice = "Order has invalid price.",
    InvalidSize = "Order has invalid size.",
    ZeroSize = "Order has zero size.",
    MinNotional = "Order must have minimum value of $10.",
    MinNotionalSpot = "Order must have minimum value of 10",
    Margin = "Insufficient margin to place order.",
    ReduceOnly = "Reduce only order would increase position.",
    PostOnly = "Post only order would have immediately matched, bbo was",
    IocNoMatch = "Order could not immediately match against any resting orders.",
    TriggerPrice = "Invalid TP/SL price.",
    NoLiquidity = "No liquidity available for market order.",
    OpenInterestCapped = "Order would increase open interest while open interest is capped",
    TooAggressiveAtCap = "Order rejected due to price more aggressive than oracle while at open interest cap",
    OpenInterestTooQuick = "Order would increase open interest too quickly",
    OracleDistance = "Order price too far from oracle",
    PriceBand = "Order price cannot be more than",
    MaxPosition = "Order would cause position to exceed margin tier limit at current leverage",
    TooManyOpenOrders = "Too many open orders.",
    SpotBalance = "Insufficient spot balance",
    TooLarge = "Order value too large. Max is $",
    NothingToCancel = "Order was never placed, already canceled, or filled.",
    NothingToModify = "Cannot modify canceled or filled order",
    EmptyBatch = "Batch must not be empty.",
    TpslNotReduceOnly = "TP/SL orders must be reduce only.",
    InvalidGroup = "Invalid TP/SL grouping.",
    UnknownAsset = "Asset does not exist.",
    UnknownSigner = "User or API Wallet " | "L1 error: User or API Wallet ",
    NotItsMaster = "Vault not registered:",
    AgentMayNot = "API wallets cannot perform this action.",
    DuplicateNonce = "Invalid nonce: duplicate nonce",
    NonceTooLow = "Invalid nonce: too low",
    NonceOutsideWindow = "Invalid nonce:",
    Expired = "Action expired",
    TooManyRequests = "Too many cumulative requests sent",
    ScheduleCancelVolume = "Cannot set scheduled cancel time until enough volume traded.",
    ScheduleCancelTooSoon = "Scheduled cancel time too early",
    ScheduleCancelTooOften = "Scheduled cancel triggered too many times today.",
    PostOnlyPeriod = "Only post-only orders allowed immediately after a network upgrade",
    BuilderFee = "Builder fee has not been approved.",
    WithdrawalBalance = "Insufficient balance for withdrawal",
    TransferBalance = "Insufficient balance for token transfer",
    MustDeposit = "Must deposit before performing actions",
    InvalidLeverage = "Invalid leverage value",
    SwitchMarginMode = "Cannot switch leverage type with open position.",
    IsolatedOnly = "Cross margin is not allowed for this asset.",
    NoIsolatedPosition = "No isolated position to update.",
    IsolatedMargin = "Insufficient margin for isolated position",
    SubAccountVolume = "Cannot create sub-accounts until enough volume traded.",
    SubAccountName = "Invalid sub-account name.",
    SubAccountNameTaken = "Sub-account name already taken.",
    TooManySubAccounts = "Too many sub-accounts.",
    NotASubAccount = "Invalid sub-account",
    WrongChain = "Invalid chain:",
    UnknownTwap = "TWAP was never placed, already canceled, or filled.",
    Unsupported = "Unsupported action:",
}

impl Kind {
    /// The kind of a text: the longest beginning that fits.
    pub fn of(text: &str) -> Self {
        let text = text.trim_start();
        let fits = |kind: &Self| {
            let prefixes = kind.prefixes().iter();
            prefixes
                .filter(|p| text.starts_with(**p))
                .map(|p| p.len())
                .max()
        };
        Self::KNOWN
            .iter()
            .filter_map(|kind| Some((fits(kind)?, *kind)))
            .max_by_key(|(length, _)| *length)
            .map_or_else(|| Self::loosely(text), |(_, kind)| kind)
    }

    /// Texts of which we know only what they are about.
    fn loosely(text: &str) -> Self {
        let text = text.to_lowercase();
        if text.contains("nonce") {
            Self::NonceOutsideWindow
        } else if text.contains("expire") {
            Self::Expired
        } else {
            Self::Unknown
        }
    }

    /// The state that an order refused so is shown in.
    pub fn order_status(self) -> OrderStatus {
        match self {
            Self::Tick | Self::InvalidPrice => OrderStatus::TickRejected,
            Self::MinNotional | Self::MinNotionalSpot => OrderStatus::MinTradeNtlRejected,
            Self::Margin => OrderStatus::PerpMarginRejected,
            Self::ReduceOnly => OrderStatus::ReduceOnlyRejected,
            Self::PostOnly => OrderStatus::BadAloPxRejected,
            Self::IocNoMatch => OrderStatus::IocCancelRejected,
            Self::TriggerPrice => OrderStatus::BadTriggerPxRejected,
            Self::NoLiquidity => OrderStatus::MarketOrderNoLiquidityRejected,
            Self::OpenInterestCapped => OrderStatus::PositionIncreaseAtOpenInterestCapRejected,
            Self::TooAggressiveAtCap => OrderStatus::TooAggressiveAtOpenInterestCapRejected,
            Self::OpenInterestTooQuick => OrderStatus::OpenInterestIncreaseRejected,
            Self::OracleDistance | Self::PriceBand => OrderStatus::OracleRejected,
            Self::MaxPosition => OrderStatus::PerpMaxPositionRejected,
            Self::TooManyOpenOrders => OrderStatus::TooManyOpenOrdersRejected,
            Self::SpotBalance => OrderStatus::InsufficientSpotBalanceRejected,
            _ => OrderStatus::Rejected,
        }
    }

    /// Whether the nonce is at fault. The request did nothing, but one with the same nonce may have.
    pub fn is_nonce(self) -> bool {
        matches!(
            self,
            Self::DuplicateNonce | Self::NonceTooLow | Self::NonceOutsideWindow
        )
    }
}

/// The address that a refusal of the signer names. Our agent's own: it is not approved (any more). Any other: what we signed
/// is not what was read.
pub fn signer_in(text: &str) -> Option<Address> {
    if Kind::of(text) != Kind::UnknownSigner {
        return None;
    }
    text.split_whitespace().find_map(|word| word.parse().ok())
}

/// Body of a 422: the request is no request.
pub const UNPARSABLE: &str = "Failed to deserialize the JSON body into the target type";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn texts_with_figures_are_those_of_the_exchange() {
        let address: Address = "0x5e9ee1089755c3435139848e47e6635505d5a13a"
            .parse()
            .unwrap();
        for (refusal, text) in [
            (
                Refusal::PostOnly {
                    bid: d("100.50"),
                    ask: d("101"),
                },
                "Post only order would have immediately matched, bbo was 100.5@101.",
            ),
            (
                Refusal::PriceBand { percent: 80 },
                "Order price cannot be more than 80% away from the reference price",
            ),
            (
                Refusal::MinNotionalSpot {
                    token: "USDC".into(),
                },
                "Order must have minimum value of 10 USDC.",
            ),
            (
                Refusal::TooLarge {
                    max: d("1000000.0"),
                },
                "Order value too large. Max is $1000000.",
            ),
            (
                Refusal::UnknownSigner { address },
                "User or API Wallet 0x5e9ee1089755c3435139848e47e6635505d5a13a does not exist.",
            ),
            (
                Refusal::DuplicateNonce { nonce: 17 },
                "Invalid nonce: duplicate nonce 17",
            ),
            (
                Refusal::TooManyRequests {
                    used: 10_001,
                    cap: 10_000,
                    volume: d("0.0"),
                },
                "Too many cumulative requests sent (10001 > 10000) for cumulative volume traded $0. Place taker orders to free up 1 request per USDC traded.",
            ),
            (
                Refusal::ScheduleCancelVolume {
                    required: d("1000000"),
                    traded: d("12.5"),
                },
                "Cannot set scheduled cancel time until enough volume traded. Required: $1000000. Traded: $12.5.",
            ),
        ] {
            assert_eq!(refusal.to_string(), text);
            assert_eq!(Kind::of(text), refusal.kind());
        }
    }

    #[test]
    fn every_kind_is_recognised_by_its_text_with_and_without_a_tail() {
        for kind in Kind::KNOWN {
            let text = kind.prefix();
            assert_eq!(Kind::of(text), *kind, "{text}");
            assert_eq!(Kind::of(&format!("{text} asset=3")), *kind, "{text}");
        }
        assert_eq!(
            Refusal::Margin.for_asset(3),
            "Insufficient margin to place order. asset=3"
        );
    }

    #[test]
    fn older_and_unknown_texts() {
        let older = "L1 error: User or API Wallet 0x5e9ee1089755c3435139848e47e6635505d5a13a does not exist.";
        assert_eq!(Kind::of(older), Kind::UnknownSigner);
        assert_eq!(
            signer_in(older).unwrap().to_string(),
            "0x5e9ee1089755c3435139848e47e6635505d5a13a"
        );
        assert_eq!(signer_in("Insufficient margin to place order."), None);
        assert_eq!(
            Kind::of("Order price cannot be more than 95% away from the reference price"),
            Kind::PriceBand
        );
        assert_eq!(Kind::of("The nonce is strange"), Kind::NonceOutsideWindow);
        assert_eq!(Kind::of("Request has expired"), Kind::Expired);
        assert_eq!(Kind::of("It rains"), Kind::Unknown);
        assert!(Kind::of("Invalid nonce: whatever").is_nonce());
    }

    proptest! {
        #[test]
        fn any_text_has_a_kind(text in "\\PC{0,80}") {
            let _ = (Kind::of(&text), signer_in(&text));
        }
    }
}
