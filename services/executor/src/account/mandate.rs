//! What an account is to trade, fixed for its life: a change is a new mandate and a new start from what is on disk.

use super::settings::AccountSettings;
use super::universe::Asset;
use sixbtc_abi::{Constants, Kernel, KernelError};
use sixbtc_engine::{RunSettings, SymbolSetup};
use sixbtc_exchange::wire::Address;
use sixbtc_live::desk::Setup;
use sixbtc_live::money::{Rules, Tick};
use sixbtc_market::symbol::named;
use sixbtc_market::{Bars, OrderPrices, SymbolSpec, Timeframe};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A market that is traded.
#[derive(Debug, Clone, PartialEq)]
pub struct Market {
    /// Name of the symbol, as the strategy and the candles have it.
    pub symbol: String,
    /// The exchange's asset.
    pub asset: Asset,
    /// Rules of trading as the engine takes them.
    pub spec: SymbolSpec,
    /// The same as the exchange takes them.
    pub rules: Rules,
    /// Ticks a unit of price, a power of ten: fixed when the strategy was deployed, for a digit that a later price shows must
    /// not change the past.
    pub price_scale: f64,
}

impl Market {
    /// A market by its asset. `min_notional` in quote currency.
    pub fn new(
        symbol: impl Into<String>,
        asset: Asset,
        price_scale: f64,
        min_notional: f64,
    ) -> Self {
        let symbol = symbol.into();
        let rules = asset.rules();
        let spec = SymbolSpec {
            lot: sixbtc_live::money::float(rules.lot),
            max_leverage: f64::from(asset.max_leverage),
            min_notional,
            order_prices: match rules.tick {
                Tick::Figures { figures, decimals } => Some(OrderPrices { figures, decimals }),
                Tick::Step(_) => None,
            },
            ..SymbolSpec::new(symbol.clone(), 1.0 / price_scale)
        };
        Self {
            symbol,
            asset,
            spec,
            rules,
            price_scale,
        }
    }
}

/// A symbol that is read and not traded.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Its name.
    pub symbol: String,
    /// Ticks a unit of price.
    pub price_scale: f64,
}

/// What an account is to trade.
#[derive(Clone)]
pub struct Mandate {
    /// Name of the strategy on this account: part of the name of every order. Never used for another strategy here, nor for
    /// the same one deployed again.
    pub name: String,
    /// Hash of the program, its library and compiler: a state of another program is not taken.
    pub program: String,
    /// The account that holds the positions.
    pub user: Address,
    /// Address of the key that signs, to tell whose a refusal is.
    pub agent: Address,
    /// The compiled strategy.
    pub kernel: Arc<dyn Kernel>,
    /// Its parameters, in the order of the manifest.
    pub params: Vec<f64>,
    /// Money and costs as the tests assumed them; `capital` is what the account held at the beginning.
    pub run: RunSettings,
    /// Length of a bar.
    pub timeframe: Timeframe,
    /// What is traded. A portfolio sorts them by name.
    pub markets: Vec<Market>,
    /// What is read beside.
    pub readings: Vec<Reading>,
    /// Open of the first bar of the history, ms: the kernel's memory begins here.
    pub anchor: i64,
    /// Open of the first bar that may be decided on, ms.
    pub from: i64,
    /// Patience.
    pub settings: AccountSettings,
}

/// Why an account cannot trade that.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MandateError {
    /// Nothing to trade.
    #[error("there is no market to trade")]
    NoMarkets,
    /// Something stands there twice.
    #[error("`{0}` stands there twice")]
    Twice(String),
    /// It holds shares of a portfolio, which needs orders of another kind.
    #[error(
        "a portfolio that holds shares of its symbols and rebalances them can be tested, not traded: its orders would need \
         another kind of desk; a strategy of entries and exits can be traded"
    )]
    Holds,
    /// The program reads a symbol that is not given.
    #[error("the program reads `{0}`, which is not among the series")]
    Missing(String),
    /// A period or a scale that there is not.
    #[error("{0}")]
    Wrong(String),
    /// The kernel refuses its parameters.
    #[error(transparent)]
    Kernel(#[from] KernelError),
}

impl Mandate {
    /// How many series of bars it needs: those of the markets, then those of the readings.
    pub fn series_len(&self) -> usize {
        self.markets.len() + self.readings.len()
    }

    /// Symbols of the series of bars it needs, all on [`Mandate::timeframe`]: those of the markets first. What is given by
    /// [`Input::Closed`](super::Input::Closed) names them by their place.
    pub fn series(&self) -> impl Iterator<Item = &str> + Clone {
        let traded = self.markets.iter().map(|m| m.symbol.as_str());
        traded.chain(self.readings.iter().map(|r| r.symbol.as_str()))
    }

    /// Ticks a unit of price of a series.
    pub(super) fn scale(&self, series: usize) -> f64 {
        let beyond = || self.readings.get(series - self.markets.len());
        match self.markets.get(series) {
            Some(market) => market.price_scale,
            None => beyond().map_or(1.0, |r| r.price_scale),
        }
    }

    /// The series that a program means by a name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        named(self.series(), name)
    }

    /// The market of a coin of the exchange.
    pub fn market_of(&self, coin: &str) -> Option<usize> {
        self.markets.iter().position(|m| m.asset.coin == coin)
    }

    /// What makes a saved state one of this mandate.
    pub(super) fn identity(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        // lengths keep neighbours apart
        let mut piece = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        piece(b"sixbtc-mandate-1");
        piece(self.name.as_bytes());
        piece(self.program.as_bytes());
        piece(self.user.as_bytes());
        piece(&self.timeframe.ms().to_le_bytes());
        piece(&self.anchor.to_le_bytes());
        piece(&self.from.to_le_bytes());
        for value in &self.params {
            piece(&value.to_bits().to_le_bytes());
        }
        for (i, symbol) in self.series().enumerate() {
            piece(symbol.as_bytes());
            piece(&self.scale(i).to_bits().to_le_bytes());
        }
        for market in &self.markets {
            piece(market.asset.coin.as_bytes());
        }
        *hasher.finalize().as_bytes()
    }

    /// Checks it and makes it ready. `history` are the bars of each of its series from [`Mandate::anchor`] on; only those
    /// before [`Mandate::from`] are looked at, which must be the same whenever the account is started.
    pub fn bind(&self, history: &[Bars]) -> Result<Bound<'_>, MandateError> {
        self.check()?;
        if history.len() != self.series_len() {
            return Err(MandateError::Wrong(format!(
                "{} series of bars for {}",
                history.len(),
                self.series_len()
            )));
        }
        if let Some(other) = history.iter().find(|b| b.timeframe != self.timeframe) {
            return Err(MandateError::Wrong(format!(
                "bars of {} for a clock of {}",
                other.timeframe, self.timeframe
            )));
        }
        let constants = self.kernel.bind(&self.params)?;
        let setups = self.markets.iter().zip(history).map(|(market, bars)| {
            let before = bars.rows(Some(self.anchor), Some(self.from)).len();
            SymbolSetup {
                spec: &market.spec,
                warmup: constants.warmup.saturating_sub(before),
                funding: None,
                finer: None,
            }
        });
        Ok(Bound {
            setups: setups.collect(),
            rules: self.markets.iter().map(|m| m.rules).collect(),
            mandate: self,
            constants,
        })
    }

    fn check(&self) -> Result<(), MandateError> {
        if self.markets.is_empty() {
            return Err(MandateError::NoMarkets);
        }
        let mut seen = BTreeSet::new();
        let coins = self.markets.iter().map(|m| m.asset.coin.as_str());
        for name in self.series() {
            if !seen.insert(("symbol", name)) {
                return Err(MandateError::Twice(name.to_owned()));
            }
        }
        for coin in coins {
            if !seen.insert(("coin", coin)) {
                return Err(MandateError::Twice(coin.to_owned()));
            }
        }
        for i in 0..self.series_len() {
            let scale = self.scale(i);
            if !(scale.is_finite() && scale > 0.0) {
                return Err(MandateError::Wrong(format!("a price scale of {scale}")));
            }
        }
        let kernels = self.kernel.stages().iter().map(AsRef::as_ref);
        for kernel in kernels.chain([&*self.kernel]) {
            let manifest = kernel.manifest();
            let Some(clock) = manifest.frames.first() else {
                return Err(MandateError::Wrong("it reads no series".into()));
            };
            if clock.period_ms != self.timeframe.ms() {
                return Err(MandateError::Wrong(format!(
                    "the program's clock is {} ms long, the mandate's {}",
                    clock.period_ms, self.timeframe
                )));
            }
            for frame in &manifest.frames {
                let period = Timeframe::from_ms(frame.period_ms);
                if !period.is_some_and(|p| p == self.timeframe || p.holds(self.timeframe)) {
                    let why = format!("it reads bars of {} ms", frame.period_ms);
                    return Err(MandateError::Wrong(why));
                }
                if let Some(name) = &frame.symbol
                    && self.find(name).is_none()
                {
                    return Err(MandateError::Missing(name.clone()));
                }
            }
        }
        if let Some(plan) = &self.kernel.manifest().portfolio {
            if !plan.holds.is_empty() {
                return Err(MandateError::Holds);
            }
            if plan.stages.len() != self.kernel.stages().len() {
                return Err(MandateError::Wrong("a portfolio without its stages".into()));
            }
            if !self.markets.is_sorted_by(|a, b| a.symbol < b.symbol) {
                let why = "the markets of a portfolio stand in the order of their names";
                return Err(MandateError::Wrong(why.into()));
            }
        }
        Ok(())
    }
}

/// A mandate made ready. Outlives the [`Account`](super::Account) that trades it.
pub struct Bound<'m> {
    /// The mandate.
    pub mandate: &'m Mandate,
    pub(super) constants: Constants,
    pub(super) setups: Vec<SymbolSetup<'m>>,
    pub(super) rules: Vec<Rules>,
}

impl<'m> Bound<'m> {
    /// As its desk takes it.
    pub(super) fn setup<'a>(&'a self) -> Setup<'a>
    where
        'm: 'a,
    {
        Setup {
            strategy: &self.mandate.name,
            kernel: &*self.mandate.kernel,
            constants: &self.constants,
            run: &self.mandate.run,
            timeframe: self.mandate.timeframe,
            symbols: &self.setups,
            rules: &self.rules,
            settings: self.mandate.settings.desk,
        }
    }
}
