//! The way in for accounts: one signed request, one answer, and what it changed.

use super::effect::Effect;
use super::exchange::Exchange;
use super::ident::{Asset, Millis};
use super::order::{Group, Kind, NewOrder, Trigger};
use super::place::Context;
use serde_json::json;
use sixbtc_exchange::wire::action::Modify;
use sixbtc_exchange::wire::errors::Refusal;
use sixbtc_exchange::wire::exchange::{CancelAnswer, Done, Response, Statuses, TwapStatus};
use sixbtc_exchange::wire::number::from_micro_usd;
use sixbtc_exchange::wire::{Action, Address, Grouping, OrderKind, OrderRef, OrderWire, Tif};

/// A request whose signature has been checked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Address that the signature gave: an account, or an agent.
    pub signer: Address,
    /// Sub-account that is to act.
    pub vault: Option<Address>,
    /// Nonce.
    pub nonce: u64,
    /// After this time it is void, ms.
    pub expires_after: Option<u64>,
    /// What is asked.
    pub action: &'a Action,
}

/// An answer and its consequences.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// For the one who asked.
    pub response: Response,
    /// For everybody who listens.
    pub effects: Vec<Effect>,
}

/// Class of an action in the queue of a block (facts §5.3): 0 = places nothing that may take, 1 = cancels, 2 = the rest.
pub fn block_class(action: &Action) -> u8 {
    let takes = |order: &OrderWire| !matches!(order.t, OrderKind::Limit { tif: Tif::Alo });
    match action {
        Action::Order { orders, .. } if orders.iter().any(takes) => 2,
        Action::Modify { order, .. } if takes(order) => 2,
        Action::BatchModify { modifies, .. }
            if modifies.iter().any(|modify| takes(&modify.order)) =>
        {
            2
        }
        Action::Cancel { .. } | Action::CancelByCloid { .. } => 1,
        _ => 0,
    }
}

impl Exchange {
    /// Lets time pass until `now`, then does what a request asks.
    pub fn apply(&mut self, now: Millis, request: &Request<'_>) -> Applied {
        self.pass(now);
        let response = match self.admit(request).and_then(|user| self.act(user, request)) {
            Ok(done) => Response::Ok(done),
            Err(refusal) => Response::Err(refusal.to_string()),
        };
        self.settle_up();
        Applied {
            response,
            effects: self.take_effects(),
        }
    }

    /// Does the requests of one block in the order of their classes, first come first served inside of each; the answers stand
    /// in the order of the requests.
    pub fn apply_block(&mut self, now: Millis, requests: &[Request<'_>]) -> Vec<Applied> {
        let mut order: Vec<usize> = (0..requests.len()).collect();
        order.sort_by_key(|i| block_class(requests[*i].action));
        let mut answers: Vec<(usize, Applied)> = order
            .into_iter()
            .map(|i| (i, self.apply(now, &requests[i])))
            .collect();
        answers.sort_by_key(|(i, _)| *i);
        answers.into_iter().map(|(_, applied)| applied).collect()
    }

    /// The account that acts, once signer, nonce, time and budget are in order.
    fn admit(&mut self, request: &Request<'_>) -> Result<Address, Refusal> {
        let action = request.action;
        let principal = self.principal(request.signer, action)?;
        // Money and keys are the signer's own: clients send `vaultAddress: null` with these.
        let vault = request.vault.filter(|_| !action.is_user_signed());
        let user = self.acting(principal, vault)?;
        let now = self.now;
        self.nonces
            .entry(request.signer)
            .or_default()
            .take(request.nonce, now)?;
        self.hash = self.next_hash();
        if request
            .expires_after
            .is_some_and(|end| i64::try_from(end).is_ok_and(|end| end < now))
        {
            let weight = self.settings.expired_weight;
            let requests = &mut self.account_mut(user).requests;
            requests.used = requests.used.saturating_add(weight);
            return Err(Refusal::Expired);
        }
        let free = action.is_user_signed() || matches!(action, Action::ReserveRequestWeight { .. });
        if !free {
            self.spend(user, action.items().max(1) as u64, action.is_cancel())?;
        }
        Ok(user)
    }

    fn act(&mut self, user: Address, request: &Request<'_>) -> Result<Done, Refusal> {
        let done = |()| Done::Default;
        match request.action {
            Action::Order {
                orders,
                grouping,
                builder,
            } => {
                let group = match grouping {
                    Grouping::Na | Grouping::Priority { .. } => Group::Na,
                    Grouping::NormalTpsl => Group::NormalTpsl,
                    Grouping::PositionTpsl => Group::PositionTpsl,
                };
                let orders: Vec<NewOrder> = orders.iter().map(new_order).collect();
                let ctx = Context {
                    user,
                    group,
                    builder: *builder,
                };
                self.place_all(ctx, &orders)
                    .map(|statuses| Done::Order(Statuses { statuses }))
            }
            Action::Cancel { cancels, .. } => {
                let items = cancels
                    .iter()
                    .map(|cancel| (cancel.a, OrderRef::Oid(cancel.o)));
                self.cancel_many(user, items)
            }
            Action::CancelByCloid { cancels, .. } => {
                let items = cancels
                    .iter()
                    .map(|cancel| (cancel.asset, OrderRef::Cloid(cancel.cloid)));
                self.cancel_many(user, items)
            }
            Action::Modify { oid, order, a } => {
                self.modify(user, *oid, new_order(order), *a == Some(true))?;
                Ok(Done::Default)
            }
            Action::BatchModify { modifies, a } => {
                self.modify_many(user, modifies, *a == Some(true))
            }
            Action::ScheduleCancel { time } => self.schedule_cancel(user, *time).map(done),
            Action::UpdateLeverage {
                asset,
                is_cross,
                leverage,
            } => self
                .set_leverage(user, *asset, *is_cross, *leverage)
                .map(done),
            Action::UpdateIsolatedMargin { asset, ntli, .. } => self
                .add_isolated(user, *asset, from_micro_usd(*ntli))
                .map(done),
            Action::TopUpIsolatedOnlyMargin { asset, leverage } => {
                self.top_up_isolated(user, *asset, *leverage).map(done)
            }
            Action::TwapOrder { twap } => Ok(Done::TwapOrder(TwapStatus {
                status: match self.start_twap(user, twap) {
                    Ok(id) => json!({ "running": { "twapId": id } }),
                    Err(why) => json!({ "error": why }),
                },
            })),
            Action::TwapCancel { a, t } => Ok(Done::TwapCancel(TwapStatus {
                status: match self.cancel_twap(user, *a, *t) {
                    Ok(()) => json!("success"),
                    Err(refusal) => json!({ "error": refusal.to_string() }),
                },
            })),
            // ccxt, python and others set these unasked; nothing here depends on them.
            Action::Noop
            | Action::SetReferrer { .. }
            | Action::AgentSetAbstraction { .. }
            | Action::UserSetAbstraction { .. }
            | Action::UserDexAbstraction { .. }
            | Action::AgentEnableDexAbstraction => Ok(Done::Default),
            Action::CreateSubAccount { name } => {
                self.create_sub(user, name).map(Done::CreateSubAccount)
            }
            Action::SubAccountModify {
                sub_account_user,
                name,
            } => self.rename_sub(user, *sub_account_user, name).map(done),
            Action::ApproveAgent {
                agent_address,
                agent_name,
                ..
            } => self
                .approve_agent(user, *agent_address, agent_name.as_deref())
                .map(done),
            Action::ApproveBuilderFee {
                max_fee_rate,
                builder,
                ..
            } => self.approve_builder(user, *builder, max_fee_rate).map(done),
            Action::ReserveRequestWeight { weight } => {
                self.reserve_requests(user, *weight).map(done)
            }
            money => self.act_money(user, request.nonce, money).map(done),
        }
    }

    /// Actions that move money.
    fn act_money(&mut self, user: Address, nonce: u64, action: &Action) -> Result<(), Refusal> {
        match action {
            Action::UsdSend(send) => self.usd_send(user, send.destination, send.amount),
            Action::Withdraw3(send) => self.withdraw(user, send.amount, nonce),
            Action::SpotSend {
                destination,
                token,
                amount,
                ..
            } => self.spot_send(user, *destination, token, *amount, nonce),
            Action::UsdClassTransfer {
                amount, to_perp, ..
            } => {
                let whose = amount.subaccount.unwrap_or(user);
                if whose != user {
                    self.check_is_sub(user, whose)?;
                }
                self.class_transfer(whose, amount.amount, *to_perp)
            }
            Action::SendAsset {
                destination,
                source_dex,
                destination_dex,
                token,
                amount,
                from_sub_account,
                ..
            } => {
                let from = if from_sub_account.is_empty() {
                    user
                } else {
                    let sub = from_sub_account
                        .parse()
                        .map_err(|_| Refusal::NotASubAccount)?;
                    self.check_is_sub(user, sub)?;
                    sub
                };
                self.send_asset(
                    from,
                    *destination,
                    (source_dex, destination_dex),
                    token,
                    *amount,
                    nonce,
                )
            }
            Action::SubAccountTransfer {
                sub_account_user,
                is_deposit,
                usd,
            } => {
                let usd = i64::try_from(*usd).map_err(|_| Refusal::TransferBalance)?;
                self.sub_transfer(user, *sub_account_user, *is_deposit, from_micro_usd(usd))
            }
            Action::SubAccountSpotTransfer {
                sub_account_user,
                is_deposit,
                token,
                amount,
            } => {
                self.sub_spot_transfer(user, *sub_account_user, *is_deposit, token, *amount, nonce)
            }
            other => Err(Refusal::Unsupported {
                action: other.kind().to_owned(),
            }),
        }
    }

    fn cancel_many(
        &mut self,
        user: Address,
        items: impl ExactSizeIterator<Item = (Asset, OrderRef)>,
    ) -> Result<Done, Refusal> {
        if items.len() == 0 {
            return Err(Refusal::EmptyBatch);
        }
        let statuses = items
            .map(|(asset, which)| match self.cancel(user, asset, which) {
                Ok(()) => CancelAnswer::Success,
                Err(refusal) => CancelAnswer::Error(refusal.for_asset(asset)),
            })
            .collect();
        Ok(Done::Cancel(Statuses { statuses }))
    }

    fn modify_many(
        &mut self,
        user: Address,
        modifies: &[Modify],
        always: bool,
    ) -> Result<Done, Refusal> {
        if modifies.is_empty() {
            return Err(Refusal::EmptyBatch);
        }
        let mut statuses = Vec::with_capacity(modifies.len());
        for modify in modifies {
            let new = new_order(&modify.order);
            // The answer names the order; its own name is the old one's when the new one has none.
            let cloid = new.cloid.or_else(|| {
                let oid = self.find(user, modify.oid)?;
                self.order(oid)?.cloid
            });
            let placed = self.modify(user, modify.oid, new.clone(), always);
            statuses.push(super::place::answer(placed, &NewOrder { cloid, ..new }));
        }
        Ok(Done::Order(Statuses { statuses }))
    }
}

fn new_order(wire: &OrderWire) -> NewOrder {
    NewOrder {
        asset: wire.a,
        side: wire.side(),
        px: wire.p,
        sz: wire.s,
        reduce_only: wire.r,
        kind: match wire.t {
            OrderKind::Limit { tif } => Kind::Limit(tif),
            OrderKind::Trigger {
                is_market,
                trigger_px,
                tpsl,
            } => Kind::Trigger(Trigger {
                px: trigger_px,
                is_market,
                tpsl,
            }),
        },
        cloid: wire.c,
    }
}
