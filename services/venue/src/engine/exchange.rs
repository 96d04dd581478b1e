//! The state of the whole exchange, and the few ways in.

use super::access::{Agent, NonceSet};
use super::account::{Account, Class, Leverage};
use super::effect::Effect;
use super::ident::{Asset, Millis, Oid, Tid};
use super::instrument::Instrument;
use super::market::Market;
use super::order::Order;
use super::settings::Settings;
use super::twap::Twap;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sixbtc_exchange::wire::{Address, TxHash};
use std::collections::{BTreeMap, BTreeSet};

/// The market maker's account.
pub const HOUSE: Address = Address(*b"house of sixbtc mmmm");
/// The account that takes over what the book could not liquidate.
pub const BACKSTOP: Address = Address(*b"backstop of sixbtc  ");

/// Money that is in no account, and what came in and went out: the other side of the balance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pots {
    /// Fees taken, for trading, withdrawing and requests.
    pub fees: Decimal,
    /// What rounding of funding left over; of either sign.
    pub funding: Decimal,
    /// Paid in.
    pub deposited: Decimal,
    /// Paid out.
    pub withdrawn: Decimal,
}

/// What is to be looked at before an input is done with. Empty between inputs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Work {
    /// Positions that changed: their reduce-only orders may have lost their reason.
    pub touched: BTreeSet<(Address, Asset)>,
    /// Orders that were filled and have children or siblings.
    pub filled: Vec<Order>,
}

/// Why an input from the operator's side was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// No market of that name.
    #[error("there is no market `{0}`")]
    NoMarket(String),
    /// Listed twice.
    #[error("the market `{0}` exists")]
    MarketExists(String),
    /// A price or size that is not positive, or absurdly small or large.
    #[error("{what} of {coin} must lie between 10^-8 and 10^12, not {value}")]
    Number {
        /// Market.
        coin: String,
        /// Which number.
        what: &'static str,
        /// The number.
        value: Decimal,
    },
    /// Quotes of the house that would trade with each other.
    #[error("the best bid {bid} of the house for {coin} is not below its best ask {ask}")]
    Crossed {
        /// Market.
        coin: String,
        /// Best bid.
        bid: Decimal,
        /// Best ask.
        ask: Decimal,
    },
    /// Money for nobody: the house and the backstop take no deposits.
    #[error("account {0} takes no deposits")]
    NoCustomer(Address),
}

/// A simulated Hyperliquid.
///
/// Nothing in it reads a clock, a disk or chance: every input carries its time, and the same inputs give the same state
/// ([`Exchange::state_hash`]). It can be written and read back with serde between any two inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    pub(super) settings: Settings,
    pub(super) now: Millis,
    pub(super) markets: Vec<Market>,
    pub(super) accounts: BTreeMap<Address, Account>,
    pub(super) subs: BTreeMap<Address, Vec<Address>>,
    pub(super) orders: BTreeMap<Oid, Order>,
    pub(super) agents: BTreeMap<Address, Agent>,
    pub(super) nonces: BTreeMap<Address, NonceSet>,
    pub(super) pots: Pots,
    pub(super) last_oid: Oid,
    pub(super) last_tid: Tid,
    pub(super) last_lid: u64,
    pub(super) last_hash: u64,
    pub(super) last_mark: Millis,
    pub(super) post_only_until: Option<Millis>,
    #[serde(default)]
    pub(super) twaps: BTreeMap<u64, Twap>,
    #[serde(default)]
    pub(super) last_twap: u64,
    /// Order over time whose slice is being worked.
    #[serde(skip)]
    pub(super) twap: Option<u64>,
    /// Hash of the request that is being worked; zero for the system's own doings.
    #[serde(skip)]
    pub(super) hash: TxHash,
    #[serde(skip)]
    pub(super) effects: Vec<Effect>,
    #[serde(skip)]
    pub(super) work: Work,
}

impl Exchange {
    /// An exchange without markets that opens at `now`.
    pub fn new(settings: Settings, now: Millis) -> Self {
        let mut backstop = Account::new(Class::Backstop);
        backstop.cash = settings.backstop_capital;
        let pots = Pots {
            deposited: settings.backstop_capital,
            ..Pots::default()
        };
        Self {
            settings,
            now,
            markets: Vec::new(),
            accounts: BTreeMap::from([(HOUSE, Account::new(Class::House)), (BACKSTOP, backstop)]),
            subs: BTreeMap::new(),
            orders: BTreeMap::new(),
            agents: BTreeMap::new(),
            nonces: BTreeMap::new(),
            pots,
            last_oid: 0,
            last_tid: 0,
            last_lid: 0,
            last_hash: 0,
            last_mark: now,
            post_only_until: None,
            twaps: BTreeMap::new(),
            last_twap: 0,
            twap: None,
            hash: TxHash::ZERO,
            effects: Vec::new(),
            work: Work::default(),
        }
    }

    /// Lists a market that starts at `oracle_px`; its index.
    pub fn list(
        &mut self,
        instrument: Instrument,
        oracle_px: Decimal,
    ) -> Result<Asset, InputError> {
        if self.asset(&instrument.name).is_some() {
            return Err(InputError::MarketExists(instrument.name));
        }
        check_number(&instrument.name, "oracle price", oracle_px)?;
        let mut market = Market::new(instrument, oracle_px);
        market.interest_window.0 = self.now.div_euclid(60_000);
        market.roll_hours(self.now);
        self.markets.push(market);
        Ok(self.markets.len() as Asset - 1)
    }

    /// What the rules are.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Changes the rules from now on.
    pub fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// Time of the last input, ms.
    pub fn now(&self) -> Millis {
        self.now
    }

    /// Markets, by index.
    pub fn markets(&self) -> &[Market] {
        &self.markets
    }

    /// Index of a coin.
    pub fn asset(&self, coin: &str) -> Option<Asset> {
        self.markets
            .iter()
            .position(|market| market.instrument.name == coin)
            .map(|i| i as Asset)
    }

    /// A market by index.
    pub fn market(&self, asset: Asset) -> Option<&Market> {
        self.markets.get(asset as usize)
    }

    /// An account.
    pub fn account(&self, user: Address) -> Option<&Account> {
        self.accounts.get(&user)
    }

    /// All accounts, the house and the backstop too.
    pub fn accounts(&self) -> impl Iterator<Item = (&Address, &Account)> {
        self.accounts.iter()
    }

    /// An order that is not finished.
    pub fn order(&self, oid: Oid) -> Option<&Order> {
        self.orders.get(&oid)
    }

    /// Money outside of accounts.
    pub fn pots(&self) -> Pots {
        self.pots
    }

    /// Money that exists less money that should: zero but for a bug. Fees, rounding and what was paid out count as money.
    pub fn imbalance(&self) -> Decimal {
        let held: Decimal = self.accounts.values().map(Account::raw_total).sum();
        held + self.pots.fees + self.pots.funding + self.pots.withdrawn - self.pots.deposited
    }

    /// Hash over the whole state, as hexadecimal text: equal states have equal hashes.
    pub fn state_hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        // Writing into a hasher cannot fail, and neither can the state's own serialisation (all keys are texts or numbers).
        match serde_json::to_writer(&mut hasher, self) {
            Ok(()) => hasher.finalize().to_hex().to_string(),
            Err(error) => format!("unhashable: {error}"),
        }
    }

    pub(super) fn market_of(&self, asset: Asset) -> &Market {
        &self.markets[asset as usize]
    }

    pub(super) fn market_mut(&mut self, asset: Asset) -> &mut Market {
        &mut self.markets[asset as usize]
    }

    pub(super) fn mark(&self, asset: Asset) -> Decimal {
        self.market_of(asset).mark_px
    }

    pub(super) fn account_mut(&mut self, user: Address) -> &mut Account {
        self.accounts
            .entry(user)
            .or_insert_with(|| Account::new(Class::User))
    }

    /// Leverage that holds for an account in a market, set or not.
    pub(super) fn leverage_of(&self, account: &Account, asset: Asset) -> Leverage {
        let instrument = &self.market_of(asset).instrument;
        account.leverage.get(&asset).copied().unwrap_or(Leverage {
            is_cross: !instrument.only_isolated,
            value: self
                .settings
                .default_leverage
                .clamp(1, instrument.max_leverage),
        })
    }

    pub(super) fn emit(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(super) fn next_tid(&mut self) -> Tid {
        self.last_tid += 1;
        self.last_tid
    }

    /// A hash for a request that is let through: of a counter, since no chain stands behind it.
    pub(super) fn next_hash(&mut self) -> TxHash {
        self.last_hash += 1;
        TxHash(*blake3::hash(&self.last_hash.to_be_bytes()).as_bytes())
    }
}

/// Refuses what is not positive, or too small or large for the arithmetic.
pub(super) fn check_number(
    coin: &str,
    what: &'static str,
    value: Decimal,
) -> Result<(), InputError> {
    if value >= Decimal::new(1, 8) && value < Decimal::from(1_000_000_000_000_i64) {
        return Ok(());
    }
    Err(InputError::Number {
        coin: coin.to_owned(),
        what,
        value,
    })
}
