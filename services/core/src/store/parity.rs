//! Live trades beside their twins, each once by its key.

use super::sql::{Columns, Sql};
use super::{Store, StoreError};
use crate::model::{Parity, ParityFilter, ParityState, Side};
use sqlx::any::AnyRow;

impl Store {
    /// Writes pairs as they are known now, and takes out those of keys that are gone, in one transaction.
    pub async fn write_parity(&self, rows: &[Parity], gone: &[String]) -> Result<(), StoreError> {
        if rows.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let now = self.now();
        let mut tx = self.begin().await?;
        for key in gone {
            Sql::of("DELETE FROM parity WHERE key = $1")
                .text(key.as_str())
                .run(&mut *tx)
                .await?;
        }
        for p in rows {
            Sql::of(
                "INSERT INTO parity (key, strategy, subaccount, symbol, side, state, at, entry_bps, exit_bps, live, twin, \
                 updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (key) DO UPDATE SET \
                 state = excluded.state, at = excluded.at, entry_bps = COALESCE(excluded.entry_bps, parity.entry_bps), \
                 exit_bps = COALESCE(excluded.exit_bps, parity.exit_bps), live = excluded.live, twin = excluded.twin, \
                 updated_at = excluded.updated_at",
            )
            .text(p.key.as_str())
            .id(p.strategy)
            .int(p.subaccount)
            .text(p.symbol.as_str())
            .text(p.side.as_str())
            .text(p.state.as_str())
            .int(p.at)
            .opt_real(p.entry_bps.filter(|x| x.is_finite()))
            .opt_real(p.exit_bps.filter(|x| x.is_finite()))
            .opt_json(p.live.as_ref())?
            .opt_json(p.twin.as_ref())?
            .int(now)
            .run(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Pairs, the newest first.
    pub async fn parity(&self, filter: &ParityFilter) -> Result<Vec<Parity>, StoreError> {
        let limit = match filter.limit {
            0 => 1_000,
            n => n,
        };
        let since = filter.since.unwrap_or(i64::MIN);
        let sql = match filter.strategy {
            Some(strategy) => Sql::made(format!(
                "SELECT * FROM parity WHERE strategy = $1 AND at >= $2 ORDER BY at DESC, key DESC LIMIT {limit}"
            ))
            .id(strategy)
            .int(since),
            None => Sql::made(format!(
                "SELECT * FROM parity WHERE at >= $1 ORDER BY at DESC, key DESC LIMIT {limit}"
            ))
            .int(since),
        };
        sql.all(self.reader()).await?.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<Parity, StoreError> {
    Ok(Parity {
        key: row.text("key")?,
        strategy: row.id("strategy")?,
        subaccount: row.int("subaccount")?,
        symbol: row.text("symbol")?,
        side: row.read("side", Side::read)?,
        state: row.read("state", ParityState::read)?,
        at: row.int("at")?,
        entry_bps: row.opt_real("entry_bps")?,
        exit_bps: row.opt_real("exit_bps")?,
        live: row.opt_json("live")?,
        twin: row.opt_json("twin")?,
    })
}
