//! Subaccounts, positions, emergency stops.

use super::life::{free, open_positions};
use super::sql::{Columns, Sql};
use super::{Store, StoreError};
use crate::model::{Emergency, Millis, Position, Side, StopAction, Subaccount, SubaccountStatus};
use rust_decimal::Decimal;
use sqlx::any::AnyRow;

impl Store {
    /// All subaccounts, by number.
    pub async fn subaccounts(&self) -> Result<Vec<Subaccount>, StoreError> {
        let rows = Sql::of("SELECT * FROM subaccounts ORDER BY id")
            .all(self.reader())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Subaccount {
                    id: row.int("id")?,
                    status: row.read("status", SubaccountStatus::read)?,
                    strategy: row.opt_id("strategy")?,
                    allocated: row.decimal("allocated")?,
                    balance: row.opt_decimal("balance")?,
                    unrealized: row.opt_decimal("unrealized")?,
                    peak: row.opt_decimal("peak")?,
                    peak_at: row.opt_int("peak_at")?,
                    day_start: row.opt_decimal("day_start")?,
                    day_at: row.opt_int("day_at")?,
                    updated_at: row.int("updated_at")?,
                })
            })
            .collect()
    }

    /// Makes a subaccount, or writes its money and its status. Who sits on it is not touched here but by
    /// [`Self::promote`] and [`Self::retire`], in one transaction with the strategy.
    pub async fn set_subaccount(&self, subaccount: &Subaccount) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        Sql::of(
            "INSERT INTO subaccounts (id, status, allocated, balance, unrealized, peak, peak_at, day_start, day_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO UPDATE SET status = excluded.status, \
             allocated = excluded.allocated, balance = excluded.balance, unrealized = excluded.unrealized, \
             peak = excluded.peak, peak_at = excluded.peak_at, day_start = excluded.day_start, day_at = excluded.day_at, \
             updated_at = excluded.updated_at",
        )
        .int(subaccount.id)
        .text(subaccount.status.as_str())
        .decimal(subaccount.allocated)
        .opt_decimal(subaccount.balance)
        .opt_decimal(subaccount.unrealized)
        .opt_decimal(subaccount.peak)
        .opt_int(subaccount.peak_at)
        .opt_decimal(subaccount.day_start)
        .opt_int(subaccount.day_at)
        .int(self.now())
        .run(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Writes what a subaccount was seen to hold: equity, and the unrealised part of it. Nothing else of the row is touched.
    pub async fn note_equity(
        &self,
        id: i64,
        equity: Decimal,
        unrealized: Decimal,
    ) -> Result<(), StoreError> {
        self.change_subaccount(
            Sql::of("UPDATE subaccounts SET balance = $2, unrealized = $3, updated_at = $4 WHERE id = $1")
                .int(id)
                .decimal(equity)
                .decimal(unrealized)
                .int(self.now()),
            id,
        )
        .await
    }

    /// Writes what losses of a subaccount are measured from: its peak and when that was, the day's beginning and that midnight.
    pub async fn note_anchors(
        &self,
        id: i64,
        (peak, peak_at): (Decimal, Millis),
        (day_start, day_at): (Decimal, Millis),
    ) -> Result<(), StoreError> {
        self.change_subaccount(
            Sql::of(
                "UPDATE subaccounts SET peak = $2, peak_at = $3, day_start = $4, day_at = $5, updated_at = $6 WHERE id = $1",
            )
            .int(id)
            .decimal(peak)
            .int(peak_at)
            .decimal(day_start)
            .int(day_at)
            .int(self.now()),
            id,
        )
        .await
    }

    /// Writes the capital of a subaccount, as deposits, withdrawals and transfers have made it.
    pub async fn allocate(&self, id: i64, allocated: Decimal) -> Result<(), StoreError> {
        self.change_subaccount(
            Sql::of("UPDATE subaccounts SET allocated = $2, updated_at = $3 WHERE id = $1")
                .int(id)
                .decimal(allocated)
                .int(self.now()),
            id,
        )
        .await
    }

    /// Stops a subaccount, or lets it trade again; one that is PAUSED or CLOSING stays so.
    pub async fn stop_subaccount(&self, id: i64, stopped: bool) -> Result<(), StoreError> {
        let (from, to) = if stopped {
            (SubaccountStatus::Active, SubaccountStatus::Stopped)
        } else {
            (SubaccountStatus::Stopped, SubaccountStatus::Active)
        };
        let mut tx = self.begin().await?;
        Sql::of(
            "UPDATE subaccounts SET status = $3, updated_at = $4 WHERE id = $1 AND status = $2",
        )
        .int(id)
        .text(from.as_str())
        .text(to.as_str())
        .int(self.now())
        .run(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    async fn change_subaccount(&self, sql: Sql, id: i64) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        if sql.run(&mut *tx).await? == 0 {
            return Err(StoreError::Missing(format!("subaccount {id}")));
        }
        tx.commit().await?;
        Ok(())
    }

    /// Open positions; of one subaccount, or of all.
    pub async fn positions(&self, subaccount: Option<i64>) -> Result<Vec<Position>, StoreError> {
        let rows = match subaccount {
            Some(id) => {
                Sql::of("SELECT * FROM positions WHERE subaccount = $1 ORDER BY symbol").int(id)
            }
            None => Sql::of("SELECT * FROM positions ORDER BY subaccount, symbol"),
        };
        rows.all(self.reader())
            .await?
            .iter()
            .map(position)
            .collect()
    }

    /// Writes a position as it now stands.
    pub async fn set_position(&self, p: &Position) -> Result<(), StoreError> {
        if p.side == Side::Both {
            return Err(StoreError::Value("a position is LONG or SHORT".to_owned()));
        }
        let mut tx = self.begin().await?;
        Sql::of(
            "INSERT INTO positions (subaccount, symbol, position_id, strategy, side, size, entry_price, opened_at, leverage, \
             stop, target, best_price, bars_held, client_order, state, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
             ON CONFLICT (subaccount, symbol) DO UPDATE SET position_id = excluded.position_id, \
             strategy = excluded.strategy, side = excluded.side, size = excluded.size, \
             entry_price = excluded.entry_price, opened_at = excluded.opened_at, leverage = excluded.leverage, \
             stop = excluded.stop, target = excluded.target, best_price = excluded.best_price, \
             bars_held = excluded.bars_held, client_order = excluded.client_order, state = excluded.state, \
             updated_at = excluded.updated_at",
        )
        .int(p.subaccount)
        .text(p.symbol.as_str())
        .text(p.position_id.as_str())
        .opt_id(p.strategy)
        .text(p.side.as_str())
        .decimal(p.size)
        .decimal(p.entry_price)
        .int(p.opened_at)
        .int(p.leverage)
        .opt_decimal(p.stop)
        .opt_decimal(p.target)
        .opt_decimal(p.best_price)
        .int(p.bars_held)
        .opt_text(p.client_order.as_deref())
        .json(&p.state)?
        .int(self.now())
        .run(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Removes a position that is flat; `false` when there is none. The last one of a CLOSING subaccount frees it.
    pub async fn close_position(&self, subaccount: i64, symbol: &str) -> Result<bool, StoreError> {
        let now = self.now();
        let mut tx = self.begin().await?;
        // the subaccount's row first, as everywhere: no deadlock
        let seat = Sql::made(format!(
            "SELECT status FROM subaccounts WHERE id = $1{}",
            self.for_update()
        ))
        .int(subaccount)
        .first(&mut *tx)
        .await?;
        let rows = Sql::of("DELETE FROM positions WHERE subaccount = $1 AND symbol = $2")
            .int(subaccount)
            .text(symbol)
            .run(&mut *tx)
            .await?;
        if let Some(seat) = seat
            && seat.read("status", SubaccountStatus::read)? == SubaccountStatus::Closing
            && open_positions(&mut tx, subaccount).await? == 0
        {
            free(&mut tx, subaccount, now).await?;
        }
        tx.commit().await?;
        Ok(rows > 0)
    }

    /// Emergency stops in force.
    pub async fn emergencies(&self) -> Result<Vec<Emergency>, StoreError> {
        let rows = Sql::of("SELECT * FROM emergency ORDER BY scope, scope_id, cause")
            .all(self.reader())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Emergency {
                    scope: row.text("scope")?,
                    scope_id: row.text("scope_id")?,
                    cause: row.text("cause")?,
                    action: row.read("action", StopAction::read)?,
                    reason: row.text("reason")?,
                    since: row.int("since")?,
                    cooldown_until: row.opt_int("cooldown_until")?,
                    reset: row.text("reset")?,
                    data: row.json("data")?,
                })
            })
            .collect()
    }

    /// Puts a stop in force; `false` when it is already, which then stays as it is.
    pub async fn set_emergency(&self, e: &Emergency) -> Result<bool, StoreError> {
        let sql = "INSERT INTO emergency (scope, scope_id, cause, action, reason, since, cooldown_until, reset, data) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (scope, scope_id, cause) DO NOTHING";
        self.emergency(sql, e).await
    }

    /// Puts a stop in force in place of one of the same scope, identity and cause.
    pub async fn put_emergency(&self, e: &Emergency) -> Result<(), StoreError> {
        let sql = "INSERT INTO emergency (scope, scope_id, cause, action, reason, since, cooldown_until, reset, data) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (scope, scope_id, cause) DO UPDATE SET \
             action = excluded.action, reason = excluded.reason, since = excluded.since, \
             cooldown_until = excluded.cooldown_until, reset = excluded.reset, data = excluded.data";
        self.emergency(sql, e).await.map(|_| ())
    }

    async fn emergency(&self, sql: &'static str, e: &Emergency) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let rows = Sql::of(sql)
            .text(e.scope.as_str())
            .text(e.scope_id.as_str())
            .text(e.cause.as_str())
            .text(e.action.as_str())
            .text(e.reason.as_str())
            .int(e.since)
            .opt_int(e.cooldown_until)
            .text(e.reset.as_str())
            .json(&e.data)?
            .run(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(rows == 1)
    }

    /// Lifts a stop; `false` when it was not in force.
    pub async fn clear_emergency(
        &self,
        scope: &str,
        scope_id: &str,
        cause: &str,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let rows =
            Sql::of("DELETE FROM emergency WHERE scope = $1 AND scope_id = $2 AND cause = $3")
                .text(scope)
                .text(scope_id)
                .text(cause)
                .run(&mut *tx)
                .await?;
        tx.commit().await?;
        Ok(rows == 1)
    }
}

fn position(row: &AnyRow) -> Result<Position, StoreError> {
    Ok(Position {
        subaccount: row.int("subaccount")?,
        symbol: row.text("symbol")?,
        position_id: row.text("position_id")?,
        strategy: row.opt_id("strategy")?,
        side: row.read("side", Side::read)?,
        size: row.decimal("size")?,
        entry_price: row.decimal("entry_price")?,
        opened_at: row.int("opened_at")?,
        leverage: row.int("leverage")?,
        stop: row.opt_decimal("stop")?,
        target: row.opt_decimal("target")?,
        best_price: row.opt_decimal("best_price")?,
        bars_held: row.int("bars_held")?,
        client_order: row.opt_text("client_order")?,
        state: row.json("state")?,
        updated_at: row.int("updated_at")?,
    })
}
