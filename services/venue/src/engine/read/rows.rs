//! The engine's rows as the wire shows them: for reads, and for the frames that a server makes of effects.

use crate::engine::exchange::Exchange;
use crate::engine::history::{Delta, Fill, FundingRow, HistoryRow, LedgerRow, Method, Print};
use crate::engine::ident::Asset;
use crate::engine::order::{Order, Place};
use rust_decimal::Decimal;
use sixbtc_exchange::wire::info::{
    self, Direction, FrontendOrder, FundingDelta, HistoricalOrder, LedgerDelta, LedgerUpdate,
    LiquidatedPosition, OpenOrder, OrderType, Trade, UserFunding,
};
use sixbtc_exchange::wire::{Tif, TxHash};

/// What fees are paid in, and the only token.
const USDC: &str = "USDC";

impl Exchange {
    /// Name of a market; empty for one that does not exist.
    pub fn coin(&self, asset: Asset) -> String {
        self.market(asset)
            .map(|market| market.instrument.name.clone())
            .unwrap_or_default()
    }

    /// Row of `openOrders` and `orderUpdates`.
    pub fn open_row(&self, order: &Order) -> OpenOrder {
        OpenOrder {
            coin: self.coin(order.asset),
            side: order.side,
            limit_px: order.px,
            sz: order.listed_sz(),
            oid: order.oid,
            timestamp: order.timestamp,
            orig_sz: order.orig_sz,
            cloid: order.cloid,
            reduce_only: order.reduce_only.then_some(true),
        }
    }

    /// Row of `frontendOpenOrders`, with children that wait.
    pub fn frontend_row(&self, order: &Order) -> FrontendOrder {
        let children = order
            .children
            .iter()
            .filter_map(|oid| self.orders.get(oid))
            .filter(|child| child.place == Place::Child)
            .map(|child| self.frontend_row(child));
        let waiting = order.trigger().filter(|_| !order.fired);
        let trigger_condition = match (waiting, order.fired) {
            (Some(trigger), _) => {
                let way = if trigger.fires_above(order.side) {
                    "above"
                } else {
                    "below"
                };
                format!("Price {way} {}", trigger.px.normalize())
            }
            (None, true) => "Triggered".to_owned(),
            (None, false) => "N/A".to_owned(),
        };
        FrontendOrder {
            coin: self.coin(order.asset),
            side: order.side,
            limit_px: order.px,
            sz: order.listed_sz(),
            oid: order.oid,
            timestamp: order.timestamp,
            trigger_condition,
            is_trigger: waiting.is_some(),
            trigger_px: waiting.map_or(Decimal::ZERO, |trigger| trigger.px),
            children: children.collect(),
            is_position_tpsl: order.is_position_tpsl,
            reduce_only: order.reduce_only,
            order_type: OrderType::from(order.order_type()),
            orig_sz: order.orig_sz,
            // A fired trigger shows as Gtc, whatever it did.
            tif: if order.fired {
                Some(Tif::Gtc)
            } else {
                order.tif()
            },
            cloid: order.cloid,
        }
    }

    /// Row of `historicalOrders`.
    pub fn history_row(&self, row: &HistoryRow) -> HistoricalOrder {
        HistoricalOrder {
            order: self.frontend_row(&row.order),
            status: row.status.clone(),
            status_timestamp: row.time,
        }
    }

    /// Row of `userFills`.
    pub fn fill_row(&self, fill: &Fill) -> info::Fill {
        info::Fill {
            coin: self.coin(fill.asset),
            px: fill.px,
            sz: fill.sz,
            side: fill.side,
            time: fill.time,
            start_position: fill.start_position,
            dir: Direction::from(fill.dir.as_str()),
            closed_pnl: fill.closed_pnl,
            hash: fill.hash,
            oid: fill.oid,
            crossed: fill.crossed,
            fee: fill.fee,
            tid: fill.tid,
            fee_token: USDC.to_owned(),
            twap_id: fill.twap,
            cloid: fill.cloid,
            builder_fee: fill.builder_fee,
            liquidation: fill.liquidation.map(|liquidation| info::FillLiquidation {
                liquidated_user: Some(liquidation.user),
                mark_px: liquidation.mark_px.into(),
                method: match liquidation.method {
                    Method::Market => "market",
                    Method::Backstop => "backstop",
                    Method::Adl => "adl",
                }
                .to_owned(),
            }),
        }
    }

    /// Row of `recentTrades` and `trades`.
    pub fn trade_row(&self, print: &Print) -> Trade {
        Trade {
            coin: self.coin(print.asset),
            side: print.side,
            px: print.px,
            sz: print.sz,
            time: print.time,
            hash: print.hash,
            tid: print.tid,
            users: Some([print.buyer, print.seller]),
        }
    }

    /// Row of `userFunding`.
    pub fn funding_row(&self, row: &FundingRow) -> UserFunding {
        UserFunding {
            time: row.time,
            hash: TxHash::ZERO,
            delta: FundingDelta {
                kind: "funding".to_owned(),
                coin: self.coin(row.asset),
                usdc: row.usdc,
                szi: row.szi,
                funding_rate: row.rate,
                n_samples: None,
            },
        }
    }

    /// Row of `userNonFundingLedgerUpdates`.
    pub fn ledger_row(&self, row: &LedgerRow) -> LedgerUpdate {
        LedgerUpdate {
            time: row.time,
            hash: row.hash,
            delta: self.ledger_delta(&row.delta),
        }
    }

    fn ledger_delta(&self, delta: &Delta) -> LedgerDelta {
        match delta {
            Delta::Deposit { usdc } => LedgerDelta::Deposit {
                usdc: (*usdc).into(),
            },
            Delta::Withdraw { usdc, nonce, fee } => LedgerDelta::Withdraw {
                usdc: (*usdc).into(),
                nonce: *nonce,
                fee: (*fee).into(),
            },
            Delta::InternalTransfer {
                usdc,
                user,
                destination,
                fee,
            } => LedgerDelta::InternalTransfer {
                usdc: (*usdc).into(),
                user: *user,
                destination: *destination,
                fee: (*fee).into(),
            },
            Delta::SubAccountTransfer {
                usdc,
                user,
                destination,
            } => LedgerDelta::SubAccountTransfer {
                usdc: (*usdc).into(),
                user: *user,
                destination: *destination,
            },
            Delta::AccountClassTransfer { usdc, to_perp } => LedgerDelta::AccountClassTransfer {
                usdc: (*usdc).into(),
                to_perp: *to_perp,
            },
            Delta::SpotTransfer {
                amount,
                user,
                destination,
                ..
            } => LedgerDelta::SpotTransfer {
                token: USDC.to_owned(),
                amount: (*amount).into(),
                usdc_value: (*amount).into(),
                user: *user,
                destination: *destination,
                fee: Decimal::ZERO.into(),
            },
            Delta::Send {
                amount,
                user,
                destination,
                source_dex,
                destination_dex,
                ..
            } => LedgerDelta::Send {
                user: *user,
                destination: *destination,
                source_dex: source_dex.clone(),
                destination_dex: destination_dex.clone(),
                token: USDC.to_owned(),
                amount: (*amount).into(),
                usdc_value: (*amount).into(),
                fee: Decimal::ZERO.into(),
            },
            Delta::Liquidation {
                notional,
                account_value,
                is_cross,
                positions,
            } => LedgerDelta::Liquidation {
                liquidated_ntl_pos: (*notional).into(),
                account_value: (*account_value).into(),
                leverage_type: if *is_cross { "Cross" } else { "Isolated" }.to_owned(),
                liquidated_positions: positions
                    .iter()
                    .map(|(asset, szi)| LiquidatedPosition {
                        coin: self.coin(*asset),
                        szi: *szi,
                    })
                    .collect(),
            },
        }
    }
}
