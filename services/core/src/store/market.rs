//! Coins, candle files, regimes.

use super::sql::{Columns, Sql};
use super::{Store, StoreError};
use crate::model::{Coin, CoinsUpdated, Dataset, RegimeRow};

impl Store {
    /// Writes the list of coins: those given are active, all others drop out but stay as rows. Coverage, the listing date and
    /// further data are kept where the new row has none.
    pub async fn upsert_coins(&self, coins: &[Coin]) -> Result<CoinsUpdated, StoreError> {
        let now = self.now();
        let mut done = CoinsUpdated {
            total: coins.len() as u64,
            ..CoinsUpdated::default()
        };
        let mut tx = self.begin().await?;
        let before = Sql::of("SELECT symbol, active FROM coins ORDER BY symbol")
            .all(&mut *tx)
            .await?;
        let mut known = std::collections::BTreeMap::new();
        for row in before {
            known.insert(row.text("symbol")?, row.bool("active")?);
        }
        let mut sorted: Vec<&Coin> = coins.iter().collect();
        sorted.sort_by(|a, b| a.symbol.cmp(&b.symbol));
        for coin in sorted {
            if known.remove(&coin.symbol).is_some() {
                done.updated += 1;
            } else {
                done.new += 1;
            }
            Sql::of(
                "INSERT INTO coins (symbol, max_leverage, volume_24h, price, active, coverage_days, listed_at, updated_at, data) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (symbol) DO UPDATE SET \
                 max_leverage = excluded.max_leverage, volume_24h = excluded.volume_24h, price = excluded.price, \
                 active = excluded.active, coverage_days = COALESCE(excluded.coverage_days, coins.coverage_days), \
                 listed_at = COALESCE(excluded.listed_at, coins.listed_at), updated_at = excluded.updated_at, \
                 data = CASE WHEN excluded.data = 'null' THEN coins.data ELSE excluded.data END",
            )
            .text(coin.symbol.as_str())
            .int(coin.max_leverage)
            .decimal(coin.volume_24h)
            .decimal(coin.price)
            .bool(coin.active)
            .opt_real(coin.coverage_days)
            .opt_int(coin.listed_at)
            .int(now)
            .json(&coin.data)?
            .run(&mut *tx)
            .await?;
        }
        for (symbol, active) in known {
            if active {
                Sql::of("UPDATE coins SET active = 0, updated_at = $2 WHERE symbol = $1")
                    .text(symbol)
                    .int(now)
                    .run(&mut *tx)
                    .await?;
                done.deactivated += 1;
            }
        }
        tx.commit().await?;
        Ok(done)
    }

    /// Coins, by symbol; the active ones alone, or all that ever were.
    pub async fn coins(&self, active_only: bool) -> Result<Vec<Coin>, StoreError> {
        let text = if active_only {
            "SELECT * FROM coins WHERE active = 1 ORDER BY symbol"
        } else {
            "SELECT * FROM coins ORDER BY symbol"
        };
        let rows = Sql::of(text).all(self.reader()).await?;
        rows.iter()
            .map(|row| {
                Ok(Coin {
                    symbol: row.text("symbol")?,
                    max_leverage: row.int("max_leverage")?,
                    volume_24h: row.decimal("volume_24h")?,
                    price: row.decimal("price")?,
                    active: row.bool("active")?,
                    coverage_days: row.opt_real("coverage_days")?,
                    listed_at: row.opt_int("listed_at")?,
                    updated_at: row.int("updated_at")?,
                    data: row.json("data")?,
                })
            })
            .collect()
    }

    /// Writes how many days of candles there are of a coin.
    pub async fn set_coverage(&self, symbol: &str, days: f64) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        Sql::of("UPDATE coins SET coverage_days = $2, updated_at = $3 WHERE symbol = $1")
            .text(symbol)
            .real(days)
            .int(self.now())
            .run(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Writes what candle files hold.
    pub async fn set_datasets(&self, datasets: &[Dataset]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for d in datasets {
            Sql::of(
                "INSERT INTO datasets (symbol, timeframe, source, from_ms, to_ms, bars, hash, complete, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (symbol, timeframe, source) DO UPDATE SET \
                 from_ms = excluded.from_ms, to_ms = excluded.to_ms, bars = excluded.bars, hash = excluded.hash, \
                 complete = excluded.complete, updated_at = excluded.updated_at",
            )
            .text(d.symbol.as_str())
            .text(d.timeframe.as_str())
            .text(d.source.as_str())
            .int(d.from)
            .int(d.to)
            .int(d.bars)
            .text(d.hash.as_str())
            .bool(d.complete)
            .int(self.now())
            .run(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// All candle files.
    pub async fn datasets(&self) -> Result<Vec<Dataset>, StoreError> {
        let rows = Sql::of("SELECT * FROM datasets ORDER BY symbol, timeframe, source")
            .all(self.reader())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Dataset {
                    symbol: row.text("symbol")?,
                    timeframe: row.text("timeframe")?,
                    source: row.text("source")?,
                    from: row.int("from_ms")?,
                    to: row.int("to_ms")?,
                    bars: row.int("bars")?,
                    hash: row.text("hash")?,
                    complete: row.bool("complete")?,
                    updated_at: row.int("updated_at")?,
                })
            })
            .collect()
    }

    /// Writes the latest regimes.
    pub async fn set_regimes(&self, regimes: &[RegimeRow]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for r in regimes {
            Sql::of(
                "INSERT INTO regimes (symbol, regime, direction, strength, days, at, data) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (symbol) DO UPDATE SET regime = excluded.regime, \
                 direction = excluded.direction, strength = excluded.strength, days = excluded.days, at = excluded.at, \
                 data = excluded.data",
            )
            .text(r.symbol.as_str())
            .text(r.regime.as_str())
            .text(r.direction.as_str())
            .real(r.strength)
            .int(r.days)
            .int(r.at)
            .json(&r.data)?
            .run(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The latest regimes, by symbol.
    pub async fn regimes(&self) -> Result<Vec<RegimeRow>, StoreError> {
        let rows = Sql::of("SELECT * FROM regimes ORDER BY symbol")
            .all(self.reader())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(RegimeRow {
                    symbol: row.text("symbol")?,
                    regime: row.text("regime")?,
                    direction: row.text("direction")?,
                    strength: row.real("strength")?,
                    days: row.int("days")?,
                    at: row.int("at")?,
                    data: row.json("data")?,
                })
            })
            .collect()
    }
}
