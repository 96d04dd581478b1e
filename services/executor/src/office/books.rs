//! From what an account tells to rows of the store.

use crate::account::Held;
use crate::task::{Books, Report};
use crate::twin::{Ear, pairs::booked};
use async_trait::async_trait;
use serde_json::json;
use sixbtc_abi::Side as Way;
use sixbtc_core::model::{NewTrade, Position, Side, TradeExit};
use sixbtc_core::store::{Store, StoreError};
use sixbtc_core::venue::amount;
use sixbtc_live::desk::Closed;
use std::sync::Mutex;
use std::sync::PoisonError;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Whose books these are.
#[derive(Debug, Clone)]
pub struct Of {
    /// The strategy.
    pub strategy: Uuid,
    /// Its name.
    pub name: String,
    /// Its name on the account.
    pub desk: String,
    /// Its subaccount.
    pub subaccount: i64,
    /// Symbols by the place of their markets.
    pub symbols: Vec<String>,
    /// Labels of the program's entries.
    pub tags: Vec<String>,
}

/// Books of one account in the store.
pub struct StoreBooks {
    store: Store,
    of: Of,
    reports: mpsc::Sender<(Uuid, Report)>,
    /// Who replays what was decided.
    ear: Option<Ear>,
    /// Reports that found no room.
    lost: Mutex<u64>,
}

impl StoreBooks {
    /// Trades go into the store, everything else to whoever reads `reports`.
    pub fn new(store: Store, of: Of, reports: mpsc::Sender<(Uuid, Report)>) -> Self {
        Self {
            store,
            of,
            reports,
            ear: None,
            lost: Mutex::default(),
        }
    }

    /// With who replays what was decided.
    #[must_use]
    pub fn heard_by(mut self, ear: Option<Ear>) -> Self {
        self.ear = ear;
        self
    }
}

fn side(way: Way) -> Side {
    match way {
        Way::Long => Side::Long,
        Way::Short => Side::Short,
    }
}

/// A closed trade as the store has it. Numbers of the books are doubles: they become amounts here.
pub fn row(of: &Of, closed: &Closed) -> Option<(NewTrade, TradeExit)> {
    let t = &closed.trade;
    let symbol = of.symbols.get(usize::from(t.symbol))?;
    let fees = amount(t.fees)?;
    let (size, entry, exit) = (
        amount(t.size)?,
        amount(t.entry_price)?,
        amount(t.exit_price)?,
    );
    let opening = closed.opening;
    let entry_fee = opening.map_or(0.0, |o| o.fee * o.price * t.size);
    let entry_fee = amount(entry_fee)?;
    let new = NewTrade {
        strategy: of.strategy,
        strategy_name: of.name.clone(),
        subaccount: of.subaccount,
        position_id: format!("{}/{}/{}", of.desk, closed.number, closed.part),
        symbol: symbol.clone(),
        side: side(t.side),
        opened_at: t.entry_time,
        entry_price: entry,
        size,
        entry_order: opening.map(|o| o.cloid.to_string()),
        stop: None,
        target: None,
        leverage: (t.leverage.ceil() as i64).max(1),
        entry_fee,
        why: of
            .tags
            .get(usize::from(t.entry))
            .cloned()
            .unwrap_or_default(),
    };
    let exit = TradeExit {
        closed_at: closed.time,
        exit_price: exit,
        exit_order: closed.cloid.map(|c| c.to_string()),
        reason: word(closed).to_owned(),
        exit_fee: fees - entry_fee,
        funding: -amount(t.funding)?,
        slippage: amount(t.slippage)?,
        pnl: amount(t.pnl)?,
    };
    Some((new, exit))
}

fn word(closed: &Closed) -> &'static str {
    use sixbtc_live::order::Why;
    match closed.why {
        Why::Stop => "stop",
        Why::Trail => "trail",
        Why::Target => "target",
        Why::Signal => "signal",
        Why::Time => "time",
        Why::Session => "session",
        Why::Reverse => "reverse",
        Why::Rebalance => "rebalance",
        Why::Liquidation => "liquidation",
        Why::External => "external",
        Why::Forced => "forced",
    }
}

/// Brings the positions of an account into the store.
pub async fn write_positions(
    store: &Store,
    of: &Of,
    held: &[Held],
    now: i64,
) -> Result<(), StoreError> {
    let open = |h: &&Held| !h.size.is_zero();
    let symbol = |h: &Held| of.symbols.get(h.market).cloned();
    let before = store.positions(Some(of.subaccount)).await?;
    for known in &before {
        let stays = held.iter().filter(open).filter_map(symbol);
        if !stays.into_iter().any(|s| s == known.symbol) {
            store.close_position(of.subaccount, &known.symbol).await?;
        }
    }
    for h in held.iter().filter(open) {
        let Some(symbol) = symbol(h) else { continue };
        let known = before.iter().find(|p| p.symbol == symbol);
        let row = Position {
            subaccount: of.subaccount,
            position_id: format!("{}/{symbol}", of.desk),
            symbol,
            strategy: Some(of.strategy),
            side: if h.size.is_sign_negative() {
                Side::Short
            } else {
                Side::Long
            },
            size: h.size.abs(),
            entry_price: h.entry,
            opened_at: known.map_or(now, |p| p.opened_at),
            leverage: i64::from(h.leverage.unwrap_or(1)),
            stop: h.stop,
            target: h.target,
            best_price: None,
            bars_held: known.map_or(0, |p| p.bars_held),
            client_order: None,
            state: json!({}),
            updated_at: 0,
        };
        store.set_position(&row).await?;
    }
    Ok(())
}

#[async_trait]
impl Books for StoreBooks {
    async fn closed(&self, trade: &Closed) -> Result<(), String> {
        let Some((new, exit)) = row(&self.of, trade) else {
            // never: amounts of a trade that was filled are finite
            tracing::error!(number = trade.number, "a trade has no amounts");
            return Ok(());
        };
        let says = |e: StoreError| e.to_string();
        let stored = self.store.upsert_trade(&new, Some(&exit)).await;
        if stored.map_err(says)? {
            metrics::counter!("executor_exits").increment(1);
            tracing::info!(symbol = new.symbol, reason = exit.reason, pnl = %exit.pnl, "closed");
        }
        // whoever dies in between is told the trade again
        let pair = booked(&new, &exit, trade);
        for bps in pair.entry_bps.into_iter().chain(pair.exit_bps) {
            metrics::histogram!("executor_slippage_bps").record(bps);
        }
        self.store.write_parity(&[pair], &[]).await.map_err(says)
    }

    fn report(&self, report: Report) {
        if let Report::Decided(decided) = report {
            metrics::counter!("executor_bars").increment(1);
            if let Some(ear) = &self.ear {
                ear.hear(decided);
            }
            return;
        }
        if let Report::Alert(alert) = &report {
            // in the log, whatever becomes of the store
            tracing::warn!(severity = ?alert.severity, what = alert.what, "alert");
        }
        if self.reports.try_send((self.of.strategy, report)).is_err() {
            let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
            *lost += 1;
            tracing::warn!(lost = *lost, "a report found no room");
        }
    }
}
