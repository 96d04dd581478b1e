//! What the operator feeds in: prices, the house's quotes, prints, deposits.

use super::account::push_bounded;
use super::assume::Assumed;
use super::book::PxSz;
use super::effect::Effect;
use super::exchange::{BACKSTOP, Exchange, HOUSE, InputError, check_number};
use super::history::{Delta, LedgerRow, Print};
use super::ident::{Asset, Millis, Side, reaches};
use super::matching::{Taker, house};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sixbtc_exchange::wire::{Address, OrderStatus};

/// One thing that the world outside says about a market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Feed {
    /// Price of the underlying.
    Oracle {
        /// Market.
        coin: String,
        /// Price.
        px: Decimal,
    },
    /// Price on other exchanges: their weighted median ([`super::weighted_median`]). `None` = unknown from now on.
    Elsewhere {
        /// Market.
        coin: String,
        /// Price.
        px: Option<Decimal>,
    },
    /// All quotes of the house from now on, in any order. Those that meet orders of users trade with them at once, at the
    /// price of the order that rested. Prices need not be on the tick ([`super::Instrument::on_tick`] puts them there); sizes
    /// are cut to the lot.
    Liquidity {
        /// Market.
        coin: String,
        /// Price and size.
        bids: Vec<PxSz>,
        /// Price and size.
        asks: Vec<PxSz>,
    },
    /// A trade between others, for the last price and the tape.
    Print {
        /// Market.
        coin: String,
        /// Side of the taker.
        side: Side,
        /// Price.
        px: Decimal,
        /// Size.
        sz: Decimal,
    },
    /// The house's quotes as a simulation assumes them, in place of all others. No user's order trades by it, even where the
    /// book is crossed then.
    Around {
        /// Market.
        coin: String,
        /// Price in the middle.
        px: Decimal,
        /// Quotes around it.
        quotes: Assumed,
    },
    /// The oracle walks to a price, and stops at every trigger on its way, with [`Feed::Around`] there and at the end.
    Walk {
        /// Market.
        coin: String,
        /// Where to.
        to: Decimal,
        /// Quotes around each stop.
        quotes: Assumed,
    },
    /// The house takes orders of users that rest.
    Take {
        /// Market.
        coin: String,
        /// Side of the orders that are taken.
        side: Side,
        /// The worst price for the house: sells up to it, buys down to it.
        limit: Decimal,
        /// Price of the fills; each order's own when absent.
        at: Option<Decimal>,
        /// Only those that are reduce-only, or only those that are not.
        reducing: Option<bool>,
    },
    /// Lets trigger orders of a market sleep: none fires, whatever the mark, until they are woken. New ones are still checked
    /// against the mark.
    Sleep {
        /// Market.
        coin: String,
        /// Whether they sleep from now on.
        asleep: bool,
    },
    /// The rate of funding from now on, an hour, in place of the formula's; `None` = the formula's again.
    Rate {
        /// Market.
        coin: String,
        /// Fraction of the notional that longs pay; at most 4 %.
        rate: Option<Decimal>,
    },
}

impl Feed {
    pub(super) fn coin(&self) -> &str {
        match self {
            Self::Oracle { coin, .. }
            | Self::Elsewhere { coin, .. }
            | Self::Liquidity { coin, .. }
            | Self::Print { coin, .. }
            | Self::Around { coin, .. }
            | Self::Walk { coin, .. }
            | Self::Take { coin, .. }
            | Self::Sleep { coin, .. }
            | Self::Rate { coin, .. } => coin,
        }
    }

    /// The same with numbers that the arithmetic holds exactly: prices to eight decimals, sizes to the decimals of the market.
    fn clean(&self, sz_decimals: u32) -> Result<Self, InputError> {
        let coin = self.coin();
        let price = |what, px: Decimal| {
            let px = px.round_dp(8);
            check_number(coin, what, px).map(|()| px)
        };
        let quotes = |quotes: &[PxSz]| -> Result<Vec<PxSz>, InputError> {
            quotes
                .iter()
                .map(|(px, sz)| {
                    check_number(coin, "size of a quote", *sz)?;
                    Ok((
                        price("price of a quote", *px)?,
                        sz.trunc_with_scale(sz_decimals),
                    ))
                })
                .collect()
        };
        let coin = coin.to_owned();
        Ok(match self {
            Self::Oracle { px, .. } => Self::Oracle {
                px: price("oracle price", *px)?,
                coin,
            },
            Self::Elsewhere { px, .. } => Self::Elsewhere {
                px: px.map(|px| price("price elsewhere", px)).transpose()?,
                coin,
            },
            Self::Print { side, px, sz, .. } => {
                check_number(&coin, "size of a print", *sz)?;
                Self::Print {
                    side: *side,
                    px: price("price of a print", *px)?,
                    sz: sz.round_dp(8),
                    coin,
                }
            }
            Self::Liquidity { bids, asks, .. } => {
                let (bids, asks) = (quotes(bids)?, quotes(asks)?);
                let bid = bids.iter().map(|(px, _)| *px).max();
                let ask = asks.iter().map(|(px, _)| *px).min();
                if let (Some(bid), Some(ask)) = (bid, ask)
                    && bid >= ask
                {
                    return Err(InputError::Crossed { coin, bid, ask });
                }
                Self::Liquidity { coin, bids, asks }
            }
            Self::Around { .. }
            | Self::Walk { .. }
            | Self::Take { .. }
            | Self::Sleep { .. }
            | Self::Rate { .. } => self.clean_assumed()?,
        })
    }
}

impl Exchange {
    /// Lets time pass until `now`, then takes in what is fed, then lets the new prices have their effect: marks, triggers,
    /// liquidations; walks come last. All or nothing: when one feed is refused, none is taken.
    pub fn feed(&mut self, now: Millis, feeds: &[Feed]) -> Result<Vec<Effect>, InputError> {
        let mut clean = Vec::with_capacity(feeds.len());
        for feed in feeds {
            let asset = self.asset(feed.coin());
            let asset = asset.ok_or_else(|| InputError::NoMarket(feed.coin().to_owned()))?;
            let decimals = self.market_of(asset).instrument.sz_decimals;
            clean.push((asset, feed.clean(decimals)?));
        }
        self.pass(now);
        for (asset, feed) in &clean {
            let asset = *asset;
            match feed {
                Feed::Oracle { px, .. } => self.market_mut(asset).oracle_px = *px,
                Feed::Elsewhere { px, .. } => self.market_mut(asset).elsewhere = *px,
                Feed::Sleep { asleep, .. } => self.market_mut(asset).asleep = *asleep,
                Feed::Rate { rate, .. } => self.market_mut(asset).imposed_rate = *rate,
                _ => {}
            }
        }
        for (asset, feed) in &clean {
            let asset = *asset;
            match feed {
                Feed::Liquidity { bids, asks, .. } => self.quote_house(asset, bids, asks),
                Feed::Print { side, px, sz, .. } => self.outside_print(asset, *side, *px, *sz),
                Feed::Around { px, quotes, .. } => self.quote_around(asset, *px, quotes, true),
                Feed::Take {
                    side,
                    limit,
                    at,
                    reducing,
                    ..
                } => self.take_resting(asset, *side, *limit, *at, *reducing),
                _ => {}
            }
        }
        self.settle_up();
        self.update_marks(clean.iter().map(|(asset, _)| *asset));
        for (asset, feed) in &clean {
            if let Feed::Walk { to, quotes, .. } = feed {
                self.walk(*asset, *to, quotes);
            }
        }
        Ok(self.take_effects())
    }

    /// Replaces all quotes of the house in one market.
    pub fn set_liquidity(
        &mut self,
        now: Millis,
        coin: &str,
        bids: &[PxSz],
        asks: &[PxSz],
    ) -> Result<Vec<Effect>, InputError> {
        let feed = Feed::Liquidity {
            coin: coin.to_owned(),
            bids: bids.to_vec(),
            asks: asks.to_vec(),
        };
        self.feed(now, &[feed])
    }

    /// Money from nowhere: the faucet, or a bridge. Makes the account when it is new.
    pub fn deposit(
        &mut self,
        now: Millis,
        user: Address,
        usdc: Decimal,
    ) -> Result<Vec<Effect>, InputError> {
        check_number("USDC", "deposit", usdc)?;
        if user == HOUSE || user == BACKSTOP {
            return Err(InputError::NoCustomer(user));
        }
        self.pass(now);
        let usdc = usdc.trunc_with_scale(6);
        self.hash = self.next_hash();
        self.account_mut(user).cash += usdc;
        self.pots.deposited += usdc;
        self.ledger(user, Delta::Deposit { usdc });
        Ok(self.take_effects())
    }

    /// Only post-only orders are taken until that time, as after an upgrade of the network.
    pub fn set_post_only_until(&mut self, until: Option<Millis>) {
        self.post_only_until = until;
    }

    /// Ends trading in a market: its orders are cancelled, and new ones refused. Positions stay and can be settled by their
    /// owners' liquidation only, so an operator closes them first.
    pub fn delist_market(&mut self, now: Millis, coin: &str) -> Result<Vec<Effect>, InputError> {
        let asset = self
            .asset(coin)
            .ok_or_else(|| InputError::NoMarket(coin.to_owned()))?;
        self.pass(now);
        self.market_mut(asset).instrument.delisted = true;
        let users: Vec<Address> = self.accounts.keys().copied().collect();
        for user in users {
            self.cancel_all(user, Some(asset), &OrderStatus::DelistedCanceled);
        }
        self.settle_up();
        Ok(self.take_effects())
    }

    /// Changes the rules of a market that is listed; its name stays.
    pub fn set_instrument(
        &mut self,
        instrument: super::instrument::Instrument,
    ) -> Result<(), InputError> {
        let asset = self
            .asset(&instrument.name)
            .ok_or_else(|| InputError::NoMarket(instrument.name.clone()))?;
        self.market_mut(asset).instrument = instrument;
        Ok(())
    }

    fn quote_house(&mut self, asset: Asset, bids: &[PxSz], asks: &[PxSz]) {
        let bids = self.meet_users(asset, Side::Buy, bids);
        let asks = self.meet_users(asset, Side::Sell, asks);
        self.replace_quotes(asset, &bids, &asks);
    }

    /// Puts quotes of the house that meet nobody in the place of all others.
    pub(super) fn replace_quotes(&mut self, asset: Asset, bids: &[PxSz], asks: &[PxSz]) {
        let book = &mut self.market_mut(asset).book;
        // Old quotes of both sides go before new ones stand, so that the book is never crossed.
        book.quote(Side::Buy, &[]);
        book.quote(Side::Sell, asks);
        book.quote(Side::Buy, bids);
        self.emit(Effect::Book(asset));
    }

    /// Lets quotes of the house take orders of users that they meet; what is left of the quotes.
    fn meet_users(&mut self, asset: Asset, side: Side, quotes: &[PxSz]) -> Vec<PxSz> {
        let mut quotes = quotes.to_vec();
        quotes.sort_by(|a, b| {
            if side == Side::Buy {
                b.0.cmp(&a.0)
            } else {
                a.0.cmp(&b.0)
            }
        });
        for (limit, left) in &mut quotes {
            while *left > Decimal::ZERO {
                let Some((px, oid)) = self.market_of(asset).book.front_user(side.opposite()) else {
                    break;
                };
                if !reaches(side, *limit, px) {
                    break;
                }
                let Some((maker, most)) = self.ready_maker(oid, HOUSE, px, *left) else {
                    continue;
                };
                let sz = most.min(*left);
                let mut party = house();
                party.crossed = true;
                let taker = Taker {
                    party,
                    asset,
                    side,
                    limit: *limit,
                    left: *left,
                    liquidation: None,
                };
                self.trade(&taker, maker, px, sz);
                *left -= sz;
            }
        }
        quotes.retain(|(_, left)| *left > Decimal::ZERO);
        quotes
    }

    fn outside_print(&mut self, asset: Asset, side: Side, px: Decimal, sz: Decimal) {
        let print = Print {
            asset,
            side,
            px,
            sz,
            time: self.now,
            tid: self.next_tid(),
            hash: self.hash,
            buyer: HOUSE,
            seller: HOUSE,
        };
        self.print(print);
    }

    /// Writes down that money moved.
    pub(super) fn ledger(&mut self, user: Address, delta: Delta) {
        let row = LedgerRow {
            time: self.now,
            hash: self.hash,
            delta,
        };
        let keep = self.settings.keep_rows;
        push_bounded(&mut self.account_mut(user).ledger, row.clone(), keep);
        self.emit(Effect::Ledger { user, row });
        self.emit(Effect::Account(user));
    }

    pub(super) fn take_effects(&mut self) -> Vec<Effect> {
        self.hash = sixbtc_exchange::wire::TxHash::ZERO;
        let mut effects = std::mem::take(&mut self.effects);
        // The book of a market need be told once.
        let mut seen = std::collections::BTreeSet::new();
        effects.retain(|effect| match effect {
            Effect::Book(asset) => seen.insert((0, *asset)),
            Effect::Prices(asset) => seen.insert((1, *asset)),
            _ => true,
        });
        let mut told = std::collections::BTreeSet::new();
        effects.retain(|effect| match effect {
            Effect::Account(user) => told.insert(*user),
            _ => true,
        });
        effects
    }
}
