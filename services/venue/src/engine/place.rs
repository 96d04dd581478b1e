//! New orders, alone and in groups (facts §5.2, §5.7, §5.8).

use super::checks::check_trigger;
use super::exchange::Exchange;
use super::ident::Oid;
use super::matching::{Party, Stop, Taker, Worked};
use super::order::{Group, Kind, NewOrder, Order, Place};
use rust_decimal::Decimal;
use sixbtc_exchange::wire::errors::Refusal;
use sixbtc_exchange::wire::exchange::OrderAnswer;
use sixbtc_exchange::wire::order::Builder;
use sixbtc_exchange::wire::{Address, OrderRef, OrderStatus, Tif};

/// What became of one order at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placed {
    /// It rests, or waits for its trigger.
    Resting(Oid),
    /// Something was filled.
    Filled {
        oid: Oid,
        sz: Decimal,
        notional: Decimal,
    },
}

/// What a request says about all of its orders.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context {
    pub user: Address,
    pub group: Group,
    pub builder: Option<Builder>,
}

impl Exchange {
    /// Works the orders of one request; one answer each, in their order.
    pub(super) fn place_all(
        &mut self,
        ctx: Context,
        orders: &[NewOrder],
    ) -> Result<Vec<OrderAnswer>, Refusal> {
        if orders.is_empty() {
            return Err(Refusal::EmptyBatch);
        }
        if ctx.group != Group::Na {
            check_group(ctx.group, orders)?;
        }
        if ctx.group == Group::NormalTpsl {
            return Ok(self.place_family(ctx, orders));
        }
        let answers = orders.iter().map(|new| {
            let placed = self.place(ctx, new);
            self.settle_up();
            answer(placed, new)
        });
        Ok(answers.collect())
    }

    /// A parent and its children.
    fn place_family(&mut self, ctx: Context, orders: &[NewOrder]) -> Vec<OrderAnswer> {
        let [parent, children @ ..] = orders else {
            return Vec::new();
        };
        let sz = match self.check_all(ctx, parent) {
            Ok(sz) => sz,
            Err(refusal) => {
                self.reject(ctx, parent, &refusal);
                let text = refusal.for_asset(parent.asset);
                return orders
                    .iter()
                    .map(|_| OrderAnswer::Error(text.clone()))
                    .collect();
            }
        };
        // A parent that rests is filled at its own price or a better one: its children are looked at from there.
        let at_once = self.crosses(parent.asset, parent.side, parent.px);
        let reference = if at_once {
            self.mark(parent.asset)
        } else {
            parent.px
        };
        let mut oids: Vec<Result<Oid, Refusal>> = Vec::new();
        for child in children {
            let checked = self
                .check_form(child, ctx.group)
                .and_then(|()| check_trigger(child, reference))
                .and_then(|()| self.check_count(ctx.user, child));
            oids.push(match checked {
                Ok(()) => {
                    let mut order = self.make(ctx, child, child.sz);
                    order.place = Place::Child;
                    let oid = order.oid;
                    self.enlist(order);
                    Ok(oid)
                }
                Err(refusal) => {
                    self.reject(ctx, child, &refusal);
                    Err(refusal)
                }
            });
        }
        let live: Vec<Oid> = oids
            .iter()
            .filter_map(|oid| oid.as_ref().ok().copied())
            .collect();
        let mut order = self.make(ctx, parent, sz);
        order.children.clone_from(&live);
        for oid in &live {
            if let Some(child) = self.orders.get_mut(oid) {
                child.parent = Some(order.oid);
                child.siblings = live.iter().filter(|other| *other != oid).copied().collect();
            }
        }
        // Their first state is written down once they know whom they belong to.
        for oid in &live {
            if let Some(child) = self.orders.get(oid).cloned() {
                self.record(&child, OrderStatus::Open);
            }
        }
        let placed = self.work(order);
        self.settle_up();
        let mut answers = vec![answer(placed, parent)];
        for (oid, child) in oids.into_iter().zip(children) {
            answers.push(match oid.map(|oid| self.orders.get(&oid)) {
                Ok(Some(order)) if order.place == Place::Child => OrderAnswer::WaitingForFill,
                Ok(Some(_)) => OrderAnswer::WaitingForTrigger,
                Ok(None) => match &answers[0] {
                    OrderAnswer::Error(text) => OrderAnswer::Error(text.clone()),
                    // Nothing refused it: it waited, and went with a parent that was filled in part.
                    OrderAnswer::Filled { total_sz, .. } if *total_sz < sz => {
                        OrderAnswer::WaitingForFill
                    }
                    _ => OrderAnswer::Error(Refusal::ReduceOnly.for_asset(child.asset)),
                },
                Err(refusal) => OrderAnswer::Error(refusal.for_asset(child.asset)),
            });
        }
        answers
    }

    /// One order through all checks and into the book.
    pub(super) fn place(&mut self, ctx: Context, new: &NewOrder) -> Result<Placed, Refusal> {
        let checked = self.check_all(ctx, new).and_then(|sz| {
            check_trigger(new, self.mark(new.asset))?;
            Ok(sz)
        });
        match checked {
            Ok(sz) => {
                if ctx.group == Group::PositionTpsl {
                    self.replace_position_tpsl(ctx.user, new);
                }
                let order = self.make(ctx, new, sz);
                self.work(order)
            }
            Err(refusal) => {
                self.reject(ctx, new, &refusal);
                Err(refusal)
            }
        }
    }

    /// All checks but that of the trigger's price; the size that may be worked.
    fn check_all(&self, ctx: Context, new: &NewOrder) -> Result<Decimal, Refusal> {
        self.check_form(new, ctx.group)?;
        if self.post_only_until.is_some_and(|until| self.now < until)
            && new.kind != Kind::Limit(Tif::Alo)
        {
            return Err(Refusal::PostOnlyPeriod);
        }
        if self.settings.unique_cloid
            && let Some(cloid) = new.cloid
            && self.find(ctx.user, OrderRef::Cloid(cloid)).is_some()
        {
            return Err(Refusal::Unsupported {
                action: format!("duplicate cloid {cloid}"),
            });
        }
        if let Some(builder) = ctx.builder {
            let approved = self.builder_fee(ctx.user, builder.b);
            if approved.is_none_or(|most| builder.f > u64::from(most)) {
                return Err(Refusal::BuilderFee);
            }
        }
        self.check_value(ctx.user, new)?;
        self.check_band(new)?;
        self.check_count(ctx.user, new)?;
        let sz = self.check_reduce_only(ctx.user, new)?;
        self.check_post_only(new)?;
        if matches!(new.kind, Kind::Limit(_)) {
            self.check_margin(ctx.user, new, sz)?;
        }
        Ok(sz)
    }

    /// Writes a refused order down, where its refusal has a name among the states.
    fn reject(&mut self, ctx: Context, new: &NewOrder, refusal: &Refusal) {
        let status = refusal.kind().order_status();
        if status == OrderStatus::Rejected || self.market(new.asset).is_none() {
            return;
        }
        let order = self.make(ctx, new, new.sz);
        self.record(&order, status);
    }

    pub(super) fn make(&mut self, ctx: Context, new: &NewOrder, sz: Decimal) -> Order {
        Order {
            oid: self.next_oid(),
            user: ctx.user,
            asset: new.asset,
            side: new.side,
            px: new.px,
            sz,
            orig_sz: sz,
            reduce_only: new.reduce_only,
            kind: new.kind,
            fired: false,
            is_position_tpsl: ctx.group == Group::PositionTpsl,
            cloid: new.cloid,
            timestamp: self.now,
            place: match new.kind {
                Kind::Limit(_) => Place::Incoming,
                Kind::Trigger(_) => Place::Trigger,
            },
            parent: None,
            children: Vec::new(),
            siblings: Vec::new(),
            builder: ctx.builder,
        }
    }

    /// Lets a checked order in: triggers wait, limits take and rest.
    pub(super) fn work(&mut self, order: Order) -> Result<Placed, Refusal> {
        let oid = order.oid;
        let Some(tif) = order.tif() else {
            self.record(&order, OrderStatus::Open);
            self.enlist(order);
            return Ok(Placed::Resting(oid));
        };
        let waits = self.settings.limits_wait && tif == Tif::Gtc;
        let (order, worked) = if waits {
            (order, Worked::NOTHING)
        } else {
            self.take(order)
        };
        let got = Placed::Filled {
            oid,
            sz: worked.filled,
            notional: worked.notional,
        };
        let nothing = worked.filled.is_zero();
        match worked.stop {
            Stop::Filled => {
                self.finish(&order, &OrderStatus::Filled);
                Ok(got)
            }
            Stop::Margin | Stop::Interest if nothing => {
                let refusal = if worked.stop == Stop::Margin {
                    Refusal::Margin
                } else {
                    Refusal::OpenInterestCapped
                };
                self.finish(&order, &refusal.kind().order_status());
                Err(refusal)
            }
            Stop::Margin => {
                self.finish(&order, &OrderStatus::MarginCanceled);
                Ok(got)
            }
            Stop::Interest => {
                self.finish(&order, &OrderStatus::OpenInterestCapCanceled);
                Ok(got)
            }
            Stop::OutOfReach if tif.is_immediate() && nothing => {
                let empty = self
                    .market_of(order.asset)
                    .book
                    .best(order.side.opposite())
                    .is_none();
                let refusal = if empty {
                    Refusal::NoLiquidity
                } else {
                    Refusal::IocNoMatch
                };
                self.finish(&order, &refusal.kind().order_status());
                Err(refusal)
            }
            Stop::OutOfReach if tif.is_immediate() => {
                self.finish(&order, &OrderStatus::Canceled);
                Ok(got)
            }
            Stop::OutOfReach => {
                self.record(&order, OrderStatus::Open);
                self.enlist(Order {
                    place: Place::Book,
                    ..order
                });
                Ok(if nothing { Placed::Resting(oid) } else { got })
            }
        }
    }

    /// Takes what the order can get; the order with what is left of it.
    pub(super) fn take(&mut self, mut order: Order) -> (Order, Worked) {
        let worked = self.work_order(Taker {
            party: Party {
                user: order.user,
                oid: order.oid,
                cloid: order.cloid,
                builder: order.builder,
                crossed: true,
            },
            asset: order.asset,
            side: order.side,
            limit: order.px,
            left: order.sz,
            liquidation: None,
        });
        order.sz -= worked.filled;
        (order, worked)
    }

    /// There is one take-profit and one stop-loss of a position: a new one replaces the old.
    fn replace_position_tpsl(&mut self, user: Address, new: &NewOrder) {
        let Kind::Trigger(trigger) = new.kind else {
            return;
        };
        let Some(account) = self.accounts.get(&user) else {
            return;
        };
        let old: Vec<Oid> = account
            .open
            .iter()
            .filter_map(|oid| self.orders.get(oid))
            .filter(|order| {
                order.asset == new.asset && order.is_position_tpsl && order.place == Place::Trigger
            })
            .filter(|order| order.trigger().is_some_and(|old| old.tpsl == trigger.tpsl))
            .map(|order| order.oid)
            .collect();
        for oid in old {
            self.close(oid, &OrderStatus::Canceled);
        }
    }
}

/// What can be said of a group from the request alone: refused as a whole.
fn check_group(group: Group, orders: &[NewOrder]) -> Result<(), Refusal> {
    let legs = match (group, orders) {
        (Group::NormalTpsl, [parent, children @ ..]) => {
            let fits = |child: &NewOrder| {
                child.asset == parent.asset && child.side == parent.side.opposite()
            };
            if matches!(parent.kind, Kind::Trigger(_)) || !children.iter().all(fits) {
                return Err(Refusal::InvalidGroup);
            }
            children
        }
        _ => orders,
    };
    if legs.iter().any(|leg| matches!(leg.kind, Kind::Limit(_))) {
        return Err(Refusal::InvalidGroup);
    }
    if legs.iter().any(|leg| !leg.reduce_only) {
        return Err(Refusal::TpslNotReduceOnly);
    }
    Ok(())
}

/// As the exchange words it.
pub(super) fn answer(placed: Result<Placed, Refusal>, new: &NewOrder) -> OrderAnswer {
    match placed {
        Ok(Placed::Resting(oid)) => OrderAnswer::Resting {
            oid,
            cloid: new.cloid,
        },
        Ok(Placed::Filled { oid, sz, notional }) => OrderAnswer::Filled {
            total_sz: sz,
            avg_px: average_px(notional, sz),
            oid,
            cloid: new.cloid,
        },
        Err(refusal) => OrderAnswer::Error(refusal.for_asset(new.asset)),
    }
}

/// Average price, to eight decimals.
fn average_px(notional: Decimal, sz: Decimal) -> Decimal {
    notional
        .checked_div(sz)
        .unwrap_or_default()
        .round_dp(8)
        .normalize()
}
