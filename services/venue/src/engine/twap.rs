//! Orders over time: a slice each half minute, at most 3 % from the mark; what a slice could not get, later ones catch up with.

use super::exchange::Exchange;
use super::ident::{Asset, Millis, Side};
use super::order::{Group, Kind, NewOrder};
use super::place::{Context, Placed};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sixbtc_exchange::wire::errors::Refusal;
use sixbtc_exchange::wire::{Address, Tif, action};

/// Time between slices, ms.
const EVERY: Millis = 30_000;
/// Slices in a minute.
const A_MINUTE: u32 = 2;
/// A slice is at most so many times the even one.
const MOST: i64 = 3;

/// An order over time that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Twap {
    /// Whose it is.
    pub user: Address,
    /// Market.
    pub asset: Asset,
    /// Buy or sell.
    pub side: Side,
    /// Size of all of it.
    pub sz: Decimal,
    /// May only make a position smaller.
    pub reduce_only: bool,
    /// Whether slices vary in size, by a fifth at most.
    pub random: bool,
    /// Minutes it runs.
    pub minutes: u32,
    /// Since when.
    pub started: Millis,
    /// Slices that were sent.
    pub done: u32,
    /// Size that was filled.
    pub filled: Decimal,
    /// What that cost, USDC.
    pub notional: Decimal,
}

impl Twap {
    fn slices(&self) -> u32 {
        self.minutes * A_MINUTE
    }

    /// When its next slice is sent.
    pub(super) fn next(&self) -> Millis {
        self.started + i64::from(self.done) * EVERY
    }

    /// Size of the next slice, before the lot: what is missing to an even course, by chance a little more or less, and never
    /// much more than an even slice.
    fn slice(&self, id: u64) -> Decimal {
        let (number, slices) = (self.done + 1, Decimal::from(self.slices()));
        let missing = self.sz * Decimal::from(number) / slices - self.filled;
        let wish = if self.random && number < self.slices() {
            let seed = [id.to_be_bytes(), u64::from(number).to_be_bytes()].concat();
            let chance = i64::from(blake3::hash(&seed).as_bytes()[0]);
            // from 0.8 to 1.2
            missing * Decimal::new(800 + 400 * chance / 255, 3)
        } else {
            missing
        };
        let most = Decimal::from(MOST) * self.sz / slices;
        wish.min(most).min(self.sz - self.filled)
    }
}

impl Exchange {
    /// Starts one and sends its first slice; its number, or why not.
    pub(super) fn start_twap(&mut self, user: Address, twap: &action::Twap) -> Result<u64, String> {
        let refused = |refusal: Refusal| refusal.for_asset(twap.a);
        let instrument = self.tradable(twap.a).map_err(refused)?;
        if !(5..=1440).contains(&twap.m) {
            return Err(format!("Invalid TWAP duration: {} min(s)", twap.m));
        }
        if twap.s <= Decimal::ZERO || !instrument.size_ok(twap.s) {
            return Err(refused(Refusal::InvalidSize));
        }
        let new = Twap {
            user,
            asset: twap.a,
            side: Side::of(twap.b),
            sz: twap.s,
            reduce_only: twap.r,
            random: twap.t,
            minutes: twap.m,
            started: self.now,
            done: 0,
            filled: Decimal::ZERO,
            notional: Decimal::ZERO,
        };
        let slice = twap.s / Decimal::from(new.slices());
        let worth = slice.checked_mul(self.mark(twap.a));
        if !twap.r && worth.is_none_or(|worth| worth < self.settings.min_notional) {
            return Err(refused(Refusal::MinNotional));
        }
        self.last_twap += 1;
        let id = self.last_twap;
        self.twaps.insert(id, new);
        self.send_slices();
        Ok(id)
    }

    /// Ends one.
    pub(super) fn cancel_twap(
        &mut self,
        user: Address,
        asset: Asset,
        id: u64,
    ) -> Result<(), Refusal> {
        let its = self.twaps.get(&id);
        if its.is_none_or(|twap| twap.user != user || twap.asset != asset) {
            return Err(Refusal::UnknownTwap);
        }
        self.twaps.remove(&id);
        Ok(())
    }

    /// Ends all of an account, or those in one market.
    pub(super) fn end_twaps(&mut self, user: Address, asset: Option<Asset>) {
        self.twaps
            .retain(|_, twap| twap.user != user || asset.is_some_and(|asset| asset != twap.asset));
    }

    /// Sends the slices whose time has come.
    pub(super) fn send_slices(&mut self) {
        let now = self.now;
        let due = self.twaps.iter().filter(|(_, twap)| twap.next() <= now);
        let due: Vec<u64> = due.map(|(id, _)| *id).collect();
        for id in due {
            self.twap = Some(id);
            self.send_slice(id);
            self.twap = None;
            self.settle_up();
        }
    }

    fn send_slice(&mut self, id: u64) {
        let Some(twap) = self.twaps.get(&id).cloned() else {
            return;
        };
        let (sz, notional) = self.work_slice(id, &twap).unwrap_or_default();
        // Its own fill may have ended it, by a liquidation for instance.
        let Some(twap) = self.twaps.get_mut(&id) else {
            return;
        };
        twap.done += 1;
        twap.filled += sz;
        twap.notional += notional;
        if twap.done >= twap.slices() || twap.filled >= twap.sz {
            self.twaps.remove(&id);
        }
    }

    /// Works one slice; what it got. A slice that is refused gets nothing, and the next one asks for more.
    fn work_slice(&mut self, id: u64, twap: &Twap) -> Option<(Decimal, Decimal)> {
        let instrument = self.tradable(twap.asset).ok()?;
        let far = Decimal::new(3, 2);
        let worst = match twap.side {
            Side::Buy => Decimal::ONE + far,
            Side::Sell => Decimal::ONE - far,
        };
        let px = self.mark(twap.asset).checked_mul(worst)?;
        let new = NewOrder {
            asset: twap.asset,
            side: twap.side,
            px: instrument.on_tick(px, twap.side),
            sz: twap.slice(id).trunc_with_scale(instrument.sz_decimals),
            reduce_only: twap.reduce_only,
            kind: Kind::Limit(Tif::Ioc),
            cloid: None,
        };
        let ctx = Context {
            user: twap.user,
            group: Group::Na,
            builder: None,
        };
        self.check_form(&new, ctx.group).ok()?;
        let sz = self.check_reduce_only(twap.user, &new).ok()?;
        self.check_margin(twap.user, &new, sz).ok()?;
        let order = self.make(ctx, &new, sz);
        match self.work(order).ok()? {
            Placed::Filled { sz, notional, .. } => Some((sz, notional)),
            Placed::Resting(_) => None,
        }
    }

    /// Orders over time of an account, by number, as the old front end shows them.
    pub fn twap_states(&self, user: Address) -> Vec<Value> {
        let its = self.twaps.iter().filter(|(_, twap)| twap.user == user);
        its.map(|(id, twap)| {
            json!([id, {
                "coin": self.coin(twap.asset),
                "user": twap.user,
                "side": twap.side,
                "sz": twap.sz.normalize().to_string(),
                "executedSz": twap.filled.normalize().to_string(),
                "executedNtl": twap.notional.normalize().to_string(),
                "minutes": twap.minutes,
                "reduceOnly": twap.reduce_only,
                "randomize": twap.random,
                "timestamp": twap.started,
            }])
        })
        .collect()
    }
}
