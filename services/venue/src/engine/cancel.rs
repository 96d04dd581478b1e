//! Cancels, replacements and the dead man's switch (facts §5.6, §5.9).

use super::checks::check_trigger;
use super::exchange::Exchange;
use super::fees::day_of;
use super::ident::{Asset, Millis, Oid, Side};
use super::order::{Group, Kind, NewOrder, Order, Place};
use super::place::{Context, Placed};
use sixbtc_exchange::wire::errors::Refusal;
use sixbtc_exchange::wire::{Address, OrderRef, OrderStatus, Tif};

/// Least notice of the dead man's switch, ms.
const NOTICE: Millis = 5000;
/// Most firings of it on a UTC day.
const FIRINGS: u32 = 10;

impl Exchange {
    /// The open order that an account means.
    pub(super) fn find(&self, user: Address, which: OrderRef) -> Option<Oid> {
        let account = self.accounts.get(&user)?;
        let oid = match which {
            OrderRef::Oid(oid) => oid,
            OrderRef::Cloid(cloid) => *account.cloids.get(&cloid)?,
        };
        account.open.contains(&oid).then_some(oid)
    }

    /// Cancels one order of an account.
    pub(super) fn cancel(
        &mut self,
        user: Address,
        asset: Asset,
        which: OrderRef,
    ) -> Result<(), Refusal> {
        let found = self.find(user, which);
        let oid = found
            .filter(|oid| {
                self.orders
                    .get(oid)
                    .is_some_and(|order| order.asset == asset)
            })
            .ok_or(Refusal::NothingToCancel)?;
        self.close(oid, &OrderStatus::Canceled);
        self.settle_up();
        Ok(())
    }

    /// Cancels an order and places another under a new number and the same name.
    ///
    /// What can be said of the new order alone is said before the old one is touched. Unless `always`, the old order must be
    /// open and the new one must rest.
    pub(super) fn modify(
        &mut self,
        user: Address,
        which: OrderRef,
        mut new: NewOrder,
        always: bool,
    ) -> Result<Placed, Refusal> {
        let old = self
            .find(user, which)
            .and_then(|oid| self.orders.get(&oid))
            .cloned();
        let group = match &old {
            Some(old) if old.is_position_tpsl => Group::PositionTpsl,
            _ => Group::Na,
        };
        self.check_form(&new, group)?;
        let Some(old) = old else {
            if !always {
                return Err(Refusal::NothingToModify);
            }
            let placed = self.place(
                Context {
                    user,
                    group,
                    builder: None,
                },
                &new,
            );
            self.settle_up();
            return placed;
        };
        if let Kind::Limit(tif) = new.kind
            && !always
        {
            let takes = tif.is_immediate() || self.crosses(new.asset, new.side, new.px);
            if takes && tif != Tif::Alo {
                let book = &self.market_of(new.asset).book;
                let best = |side| book.best(side).unwrap_or_default();
                return Err(Refusal::PostOnly {
                    bid: best(Side::Buy),
                    ask: best(Side::Sell),
                });
            }
        }
        new.cloid = new.cloid.or(old.cloid);
        self.replace(user, old, &new, group)
    }

    fn replace(
        &mut self,
        user: Address,
        old: Order,
        new: &NewOrder,
        group: Group,
    ) -> Result<Placed, Refusal> {
        self.delist(old.oid);
        self.record(&old, OrderStatus::Canceled);
        let placed = if old.place == Place::Child {
            self.replace_child(user, &old, new)
        } else {
            self.place(
                Context {
                    user,
                    group,
                    builder: old.builder,
                },
                new,
            )
        };
        let heir = match placed {
            Ok(Placed::Resting(oid) | Placed::Filled { oid, .. })
                if self.orders.contains_key(&oid) =>
            {
                Some(oid)
            }
            _ => None,
        };
        self.hand_over(&old, heir);
        if heir.is_none() {
            let filled = matches!(placed, Ok(Placed::Filled { .. }));
            for child in old.children {
                if !filled {
                    self.close(child, &OrderStatus::Canceled);
                }
            }
        }
        self.settle_up();
        placed
    }

    /// A child that waits for its parent is replaced where it waits.
    fn replace_child(
        &mut self,
        user: Address,
        old: &Order,
        new: &NewOrder,
    ) -> Result<Placed, Refusal> {
        let Kind::Trigger(_) = new.kind else {
            return Err(Refusal::InvalidGroup);
        };
        if !new.reduce_only {
            return Err(Refusal::TpslNotReduceOnly);
        }
        let reference = old
            .parent
            .and_then(|oid| self.orders.get(&oid))
            .map_or(self.mark(new.asset), |parent| parent.px);
        check_trigger(new, reference)?;
        let mut order = self.make(
            Context {
                user,
                group: Group::Na,
                builder: old.builder,
            },
            new,
            new.sz,
        );
        order.place = Place::Child;
        order.parent = old.parent;
        let oid = order.oid;
        self.record(&order, OrderStatus::Open);
        self.enlist(order);
        Ok(Placed::Resting(oid))
    }

    /// Parents, children and siblings of the old order are those of the new one.
    fn hand_over(&mut self, old: &Order, heir: Option<Oid>) {
        let rename = |oids: &mut Vec<Oid>| {
            oids.retain(|oid| *oid != old.oid);
            oids.extend(heir);
        };
        if let Some(parent) = old.parent.and_then(|oid| self.orders.get_mut(&oid)) {
            rename(&mut parent.children);
        }
        for sibling in &old.siblings {
            if let Some(sibling) = self.orders.get_mut(sibling) {
                rename(&mut sibling.siblings);
            }
        }
        let Some(heir) = heir else { return };
        for child in &old.children {
            if let Some(child) = self.orders.get_mut(child) {
                child.parent = Some(heir);
            }
        }
        if let Some(order) = self.orders.get_mut(&heir) {
            order.parent = old.parent;
            order.children.clone_from(&old.children);
            order.siblings.clone_from(&old.siblings);
        }
    }

    /// Arms or disarms the dead man's switch.
    pub(super) fn schedule_cancel(
        &mut self,
        user: Address,
        time: Option<Millis>,
    ) -> Result<(), Refusal> {
        let (now, required) = (self.now, self.settings.schedule_cancel_volume);
        let account = self.account_mut(user);
        let Some(time) = time else {
            account.schedule.time = None;
            return Ok(());
        };
        if account.volumes.total < required {
            return Err(Refusal::ScheduleCancelVolume {
                required,
                traded: account.volumes.total,
            });
        }
        if time < now + NOTICE {
            return Err(Refusal::ScheduleCancelTooSoon);
        }
        if account.schedule.day == day_of(now) && account.schedule.fired >= FIRINGS {
            return Err(Refusal::ScheduleCancelTooOften);
        }
        account.schedule.time = Some(time);
        Ok(())
    }

    /// Fires the switches whose time has come.
    pub(super) fn fire_schedules(&mut self) {
        let now = self.now;
        let due: Vec<Address> = self
            .accounts
            .iter()
            .filter(|(_, account)| account.schedule.time.is_some_and(|time| time <= now))
            .map(|(user, _)| *user)
            .collect();
        for user in due {
            let schedule = &mut self.account_mut(user).schedule;
            let day = day_of(now);
            let fired = if schedule.day == day {
                schedule.fired
            } else {
                0
            };
            *schedule = super::account::Schedule {
                time: None,
                day,
                fired: fired + 1,
            };
            self.cancel_all(user, None, &OrderStatus::ScheduledCancel);
        }
    }

    /// Cancels all orders of an account, or those of one market.
    pub(super) fn cancel_all(&mut self, user: Address, asset: Option<Asset>, status: &OrderStatus) {
        self.end_twaps(user, asset);
        let Some(account) = self.accounts.get(&user) else {
            return;
        };
        let oids: Vec<Oid> = account
            .open
            .iter()
            .filter_map(|oid| self.orders.get(oid))
            .filter(|order| asset.is_none_or(|asset| order.asset == asset))
            .map(|order| order.oid)
            .collect();
        for oid in oids {
            // A parent takes its children with it; each gets the state of its own reason.
            if let Some(order) = self.orders.get_mut(&oid) {
                order.children.clear();
            }
            self.close(oid, status);
        }
    }
}
