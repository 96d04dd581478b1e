//! What the websocket says. It is a hint: it may come late, twice or not at all, and what is lost is looked up.

use super::bridge;
use super::run::{Account, Fault};
use sixbtc_exchange::wire::ws::{Frame, OrderUpdate, UserEvent};
use sixbtc_exchange::wire::{Address, info};
use sixbtc_live::desk::Event;

impl Account<'_> {
    pub(super) fn frame(&mut self, frame: &Frame, now: i64) -> Result<(), Fault> {
        match frame {
            Frame::AllMids(frame) => {
                let mids = frame.mids.iter().map(|(coin, mid)| (coin.clone(), mid.0));
                // the exchange of a builder may call another coin by the same name
                if frame.dex.as_ref().is_some_and(|dex| !dex.is_empty()) {
                    return Ok(());
                }
                self.priced(mids, now)
            }
            Frame::Bbo(bbo) => {
                let [Some(bid), Some(ask)] = &bbo.bbo else {
                    return Ok(());
                };
                let middle = (bid.px + ask.px) / rust_decimal::Decimal::TWO;
                self.priced([(bbo.coin.clone(), middle)].into_iter(), now)
            }
            Frame::ActiveAssetCtx(ctx) => match ctx.ctx.mid_px {
                Some(mid) => self.priced([(ctx.coin.clone(), mid)].into_iter(), now),
                None => Ok(()),
            },
            Frame::OrderUpdates(updates) => self.updates(updates, now),
            Frame::UserFills(frame) if self.is_ours(frame.user) => self.fills(&frame.fills, now),
            Frame::User(UserEvent::Fills(fills)) => self.fills(fills, now),
            // read in the order of time, so that none is passed over
            Frame::User(UserEvent::Funding(_)) => {
                self.looked.funding = None;
                Ok(())
            }
            Frame::UserFundings(frame) if self.is_ours(frame.user) => {
                self.looked.funding = None;
                Ok(())
            }
            // whatever it took or cancelled is looked up
            Frame::User(UserEvent::Liquidation(_) | UserEvent::NonUserCancel(_)) => {
                self.round_now(now);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn is_ours(&self, user: Address) -> bool {
        user == self.bound.mandate.user
    }

    fn updates(&mut self, updates: &[OrderUpdate], now: i64) -> Result<(), Fault> {
        for update in updates {
            let known = |oid: u64| {
                let mut orders = self.desk.orders().filter(|o| o.oid == Some(oid));
                orders.next().map(|o| o.plan.cloid)
            };
            match bridge::update(update, known) {
                Some((cloid, Ok(seen))) => {
                    let seen = self.fitting(cloid, seen);
                    self.tell(Event::Update { cloid, seen }, now)?;
                }
                Some((cloid, Err(odd))) => {
                    self.odd(&odd);
                    self.ask_status(cloid, now);
                }
                None => {}
            }
        }
        Ok(())
    }

    fn fills(&mut self, rows: &[info::Fill], now: i64) -> Result<(), Fault> {
        for row in rows {
            if let Some(fill) = self.fill_of(row) {
                self.tell(Event::Fill(fill), now)?;
            }
        }
        Ok(())
    }
}
