//! What the websocket says. It is a hint: it may come late, twice or not at all, and what is lost is looked up.

use super::bridge;
use super::run::{Account, Fault};
use rust_decimal::Decimal;
use sixbtc_exchange::wire::ws::{Frame, OrderUpdate, UserEvent};
use sixbtc_exchange::wire::{Address, info};
use sixbtc_live::desk::Event;

impl Account<'_> {
    /// The prices of a frame that says nothing else.
    pub(super) fn quoted(frame: &Frame) -> Option<Vec<(String, Decimal)>> {
        Some(match frame {
            // the exchange of a builder may call another coin by the same name
            Frame::AllMids(frame) if frame.dex.as_ref().is_some_and(|dex| !dex.is_empty()) => {
                Vec::new()
            }
            Frame::AllMids(frame) => {
                let mids = frame.mids.iter();
                mids.map(|(coin, mid)| (coin.clone(), mid.0)).collect()
            }
            Frame::Bbo(bbo) => match &bbo.bbo {
                [Some(bid), Some(ask)] if [bid, ask].iter().all(|l| bridge::is_price(l.px)) => {
                    vec![(bbo.coin.clone(), (bid.px + ask.px) / Decimal::TWO)]
                }
                _ => Vec::new(),
            },
            Frame::ActiveAssetCtx(ctx) => {
                let mid = ctx.ctx.mid_px.map(|mid| (ctx.coin.clone(), mid));
                mid.into_iter().collect()
            }
            _ => return None,
        })
    }

    pub(super) fn frame(&mut self, frame: &Frame, now: i64) -> Result<(), Fault> {
        if let Some(prices) = Self::quoted(frame) {
            return self.priced(prices.into_iter(), now);
        }
        match frame {
            Frame::OrderUpdates(updates) => self.updates(updates, now),
            // old ones among them may have been forgotten: what was missed is looked up
            Frame::UserFills(frame) if self.is_ours(frame.user) && frame.is_snapshot() => {
                self.looked.again = true;
                Ok(())
            }
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
        let fills: Vec<_> = rows.iter().filter_map(|row| self.fill_of(row)).collect();
        if fills.is_empty() {
            return Ok(());
        }
        self.tell(Event::Fills(fills), now)
    }
}
