//! A strategy at the market: onto a subaccount, and off it.

use super::sql::{Columns, Sql, to_json};
use super::{Store, StoreError, Tx, audit};
use crate::model::{Figures, NewEvent, Status, SubaccountStatus, Trading};
use rust_decimal::Decimal;
use uuid::Uuid;

impl Store {
    /// Puts an ACTIVE strategy on a free subaccount with `capital` USD: strategy, subaccount and event in one transaction.
    /// Refused while the strategy is being tested, and when the subaccount is taken, paused or stopped.
    pub async fn promote(
        &self,
        strategy: Uuid,
        subaccount: i64,
        capital: Decimal,
        by: &str,
        event: &NewEvent,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut tx = self.begin().await?;
        let row = self.strategy_row(&mut tx, strategy).await?;
        let name = row.text("name")?;
        let status = row.read("status", Status::read)?;
        if status != Status::Active {
            return Err(StoreError::Illegal(format!(
                "{name} is {status}: only an ACTIVE strategy goes LIVE"
            )));
        }
        if row.opt_int("claim_until")?.is_some() {
            return Err(StoreError::Conflict(format!(
                "{name} is being tested just now"
            )));
        }
        let seat = Sql::made(format!(
            "SELECT status, strategy FROM subaccounts WHERE id = $1{}",
            self.for_update()
        ))
        .int(subaccount)
        .first(&mut *tx)
        .await?
        .ok_or_else(|| StoreError::Missing(format!("subaccount {subaccount}")))?;
        if seat.opt_text("strategy")?.is_some() {
            return Err(StoreError::Conflict(format!(
                "subaccount {subaccount} is taken"
            )));
        }
        let seat = seat.read("status", SubaccountStatus::read)?;
        if seat != SubaccountStatus::Active {
            return Err(StoreError::Conflict(format!(
                "subaccount {subaccount} is {seat}"
            )));
        }
        let trading = Trading {
            subaccount: Some(subaccount),
            live_since: now,
            score: None,
            figures: Figures::default(),
            pnl_usd: 0.0,
            updated_at: now,
        };
        Sql::of(
            "UPDATE strategies SET status = 'LIVE', status_at = $2, trading = $3, score_live = NULL, version = version + 1 \
             WHERE id = $1",
        )
        .id(strategy)
        .int(now)
        .json(&trading)?
        .run(&mut *tx)
        .await?;
        Sql::of(
            "UPDATE subaccounts SET strategy = $2, allocated = $3, updated_at = $4 WHERE id = $1",
        )
        .int(subaccount)
        .id(strategy)
        .decimal(capital)
        .int(now)
        .run(&mut *tx)
        .await?;
        audit::write(&mut tx, now, by, event).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Retires a strategy and frees its subaccount, in one transaction. Refused while positions are open there: see
    /// [`Self::retire_closing`]. One that is retired already stays as it is.
    pub async fn retire(
        &self,
        strategy: Uuid,
        reason: &str,
        by: &str,
        event: &NewEvent,
    ) -> Result<(), StoreError> {
        self.leave(strategy, reason, by, event, false).await
    }

    /// [`Self::retire`] although positions are open: then the subaccount becomes CLOSING and keeps the strategy's name until
    /// its last position is gone ([`Self::close_position`] frees it).
    pub async fn retire_closing(
        &self,
        strategy: Uuid,
        reason: &str,
        by: &str,
        event: &NewEvent,
    ) -> Result<(), StoreError> {
        self.leave(strategy, reason, by, event, true).await
    }

    async fn leave(
        &self,
        strategy: Uuid,
        reason: &str,
        by: &str,
        event: &NewEvent,
        closing: bool,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut tx = self.begin().await?;
        let row = self.strategy_row(&mut tx, strategy).await?;
        if row.read("status", Status::read)? == Status::Retired {
            return Ok(());
        }
        let seat = Sql::made(format!(
            "SELECT id FROM subaccounts WHERE strategy = $1{}",
            self.for_update()
        ))
        .id(strategy)
        .first(&mut *tx)
        .await?;
        if let Some(seat) = &seat {
            let id = seat.int("id")?;
            let open = open_positions(&mut tx, id).await?;
            if open > 0 && !closing {
                return Err(StoreError::Illegal(format!(
                    "{} has {open} open positions on subaccount {id}: close them first",
                    row.text("name")?
                )));
            }
            if open > 0 {
                Sql::of("UPDATE subaccounts SET status = 'CLOSING', updated_at = $2 WHERE id = $1")
                    .int(id)
                    .int(now)
                    .run(&mut *tx)
                    .await?;
            } else {
                free(&mut tx, id, now).await?;
            }
        }
        let trading = row
            .opt_json::<Trading>("trading")?
            .map(|t| Trading {
                subaccount: None,
                ..t
            })
            .map(|t| to_json(&t))
            .transpose()?;
        Sql::of(
            "UPDATE strategies SET status = 'RETIRED', reason = $2, status_at = $3, trading = $4, version = version + 1, \
             claim_queue = NULL, claim_by = NULL, claim_since = NULL, claim_until = NULL WHERE id = $1",
        )
        .id(strategy)
        .text(reason)
        .int(now)
        .opt_text(trading)
        .run(&mut *tx)
        .await?;
        audit::write(&mut tx, now, by, event).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Writes what a strategy does at the market.
    pub async fn note_live(&self, strategy: Uuid, trading: &Trading) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let rows = Sql::of(
            "UPDATE strategies SET trading = $2, score_live = $3, version = version + 1 WHERE id = $1 AND status = 'LIVE'",
        )
        .id(strategy)
        .json(trading)?
        .opt_real(trading.score)
        .run(&mut *tx)
        .await?;
        tx.commit().await?;
        if rows == 0 {
            return Err(StoreError::Illegal(format!(
                "strategy {strategy} is not LIVE"
            )));
        }
        Ok(())
    }

    pub(super) async fn strategy_row(
        &self,
        tx: &mut Tx,
        id: Uuid,
    ) -> Result<sqlx::any::AnyRow, StoreError> {
        Sql::made(format!(
            "SELECT * FROM strategies WHERE id = $1{}",
            self.for_update()
        ))
        .id(id)
        .first(&mut **tx)
        .await?
        .ok_or_else(|| StoreError::Missing(format!("strategy {id}")))
    }
}

/// Open positions on a subaccount.
pub(super) async fn open_positions(tx: &mut Tx, subaccount: i64) -> Result<i64, StoreError> {
    Sql::of("SELECT COUNT(*) AS n FROM positions WHERE subaccount = $1")
        .int(subaccount)
        .first(&mut **tx)
        .await?
        .map_or(Ok(0), |r| r.int("n"))
}

/// Frees a subaccount; one that was only closing may trade again.
pub(super) async fn free(tx: &mut Tx, subaccount: i64, now: i64) -> Result<(), StoreError> {
    Sql::of(
        "UPDATE subaccounts SET strategy = NULL, allocated = '0', updated_at = $2, \
         status = CASE WHEN status = 'CLOSING' THEN 'ACTIVE' ELSE status END WHERE id = $1",
    )
    .int(subaccount)
    .int(now)
    .run(&mut **tx)
    .await?;
    Ok(())
}
