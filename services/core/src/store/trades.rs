//! Live trades, each once by subaccount and position.

use super::sql::{Columns, Sql};
use super::{Store, StoreError, Tx};
use crate::model::{NewTrade, Side, TradeExit, TradeFilter, TradeRow};
use sqlx::any::AnyRow;
use std::fmt::Write;

impl Store {
    /// Stores an opening; `false` when it stands already.
    pub async fn open_trade(&self, trade: &NewTrade) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let new = open(&mut tx, trade).await?;
        tx.commit().await?;
        Ok(new)
    }

    /// Stores a close; `false` when the trade is closed already, which then stays as it is.
    pub async fn close_trade(
        &self,
        subaccount: i64,
        position_id: &str,
        exit: &TradeExit,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let closed = close(&mut tx, subaccount, position_id, exit).await?;
        if !closed {
            let known =
                Sql::of("SELECT 1 AS one FROM trades WHERE subaccount = $1 AND position_id = $2")
                    .int(subaccount)
                    .text(position_id)
                    .first(&mut *tx)
                    .await?;
            if known.is_none() {
                return Err(StoreError::Missing(format!(
                    "trade {position_id} on subaccount {subaccount}"
                )));
            }
        }
        tx.commit().await?;
        Ok(closed)
    }

    /// Stores a trade as the exchange tells it: opening, and close when there is one; `true` when anything was new.
    pub async fn upsert_trade(
        &self,
        trade: &NewTrade,
        exit: Option<&TradeExit>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let mut new = open(&mut tx, trade).await?;
        if let Some(exit) = exit {
            new |= close(&mut tx, trade.subaccount, &trade.position_id, exit).await?;
        }
        tx.commit().await?;
        Ok(new)
    }

    /// Trades, newest first: by the close when asked by it, of a strategy by the opening, else by their number.
    pub async fn trades(&self, filter: &TradeFilter) -> Result<Vec<TradeRow>, StoreError> {
        let mut text = String::from("SELECT * FROM trades WHERE 1 = 1");
        let mut n = 0;
        let mut test = |text: &mut String, test: &str| {
            n += 1;
            let _ = write!(text, " AND {test} ${n}");
        };
        if filter.strategy.is_some() {
            test(&mut text, "strategy =");
        }
        for (column, value) in [
            ("subaccount =", filter.subaccount),
            ("closed_at >=", filter.closed_since),
            ("id <", filter.before),
        ] {
            if value.is_some() {
                test(&mut text, column);
            }
        }
        text.push_str(match filter.open {
            Some(true) => " AND closed_at IS NULL",
            Some(false) => " AND closed_at IS NOT NULL",
            None => "",
        });
        text.push_str(if filter.closed_since.is_some() {
            " ORDER BY closed_at DESC, id DESC"
        } else if filter.strategy.is_some() && filter.before.is_none() {
            " ORDER BY opened_at DESC, id DESC"
        } else {
            " ORDER BY id DESC"
        });
        let limit = if filter.limit == 0 {
            1_000
        } else {
            filter.limit
        };
        let _ = write!(text, " LIMIT {limit}");
        let mut sql = Sql::made(text);
        if let Some(strategy) = filter.strategy {
            sql = sql.id(strategy);
        }
        for value in [filter.subaccount, filter.closed_since, filter.before]
            .into_iter()
            .flatten()
        {
            sql = sql.int(value);
        }
        sql.all(self.reader()).await?.iter().map(read).collect()
    }
}

async fn open(tx: &mut Tx, t: &NewTrade) -> Result<bool, StoreError> {
    if t.side == Side::Both {
        return Err(StoreError::Value("a trade is LONG or SHORT".to_owned()));
    }
    let rows = Sql::of(
        "INSERT INTO trades (subaccount, position_id, strategy, strategy_name, symbol, side, opened_at, entry_price, size, \
         entry_order, stop, target, leverage, entry_fee, why) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
         ON CONFLICT (subaccount, position_id) DO NOTHING",
    )
    .int(t.subaccount)
    .text(t.position_id.as_str())
    .id(t.strategy)
    .text(t.strategy_name.as_str())
    .text(t.symbol.as_str())
    .text(t.side.as_str())
    .int(t.opened_at)
    .decimal(t.entry_price)
    .decimal(t.size)
    .opt_text(t.entry_order.as_deref())
    .opt_decimal(t.stop)
    .opt_decimal(t.target)
    .int(t.leverage)
    .decimal(t.entry_fee)
    .text(t.why.as_str())
    .run(&mut **tx)
    .await?;
    Ok(rows == 1)
}

async fn close(
    tx: &mut Tx,
    subaccount: i64,
    position_id: &str,
    e: &TradeExit,
) -> Result<bool, StoreError> {
    let rows = Sql::of(
        "UPDATE trades SET closed_at = $3, exit_price = $4, exit_order = $5, exit_reason = $6, exit_fee = $7, funding = $8, \
         slippage = $9, pnl = $10 WHERE subaccount = $1 AND position_id = $2 AND closed_at IS NULL",
    )
    .int(subaccount)
    .text(position_id)
    .int(e.closed_at)
    .decimal(e.exit_price)
    .opt_text(e.exit_order.as_deref())
    .text(e.reason.as_str())
    .decimal(e.exit_fee)
    .decimal(e.funding)
    .decimal(e.slippage)
    .decimal(e.pnl)
    .run(&mut **tx)
    .await?;
    Ok(rows == 1)
}

fn read(row: &AnyRow) -> Result<TradeRow, StoreError> {
    let exit = match row.opt_int("closed_at")? {
        None => None,
        Some(closed_at) => Some(TradeExit {
            closed_at,
            exit_price: row.decimal("exit_price")?,
            exit_order: row.opt_text("exit_order")?,
            reason: row.text("exit_reason")?,
            exit_fee: row.decimal("exit_fee")?,
            funding: row.decimal("funding")?,
            slippage: row.decimal("slippage")?,
            pnl: row.decimal("pnl")?,
        }),
    };
    Ok(TradeRow {
        id: row.int("id")?,
        entry: NewTrade {
            strategy: row.id("strategy")?,
            strategy_name: row.text("strategy_name")?,
            subaccount: row.int("subaccount")?,
            position_id: row.text("position_id")?,
            symbol: row.text("symbol")?,
            side: row.read("side", Side::read)?,
            opened_at: row.int("opened_at")?,
            entry_price: row.decimal("entry_price")?,
            size: row.decimal("size")?,
            entry_order: row.opt_text("entry_order")?,
            stop: row.opt_decimal("stop")?,
            target: row.opt_decimal("target")?,
            leverage: row.int("leverage")?,
            entry_fee: row.decimal("entry_fee")?,
            why: row.text("why")?,
        },
        exit,
    })
}
