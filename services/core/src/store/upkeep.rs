//! Leases of singletons, heartbeats, snapshots, control values, versions of the settings.

use super::sql::{Columns, Sql};
use super::{Store, StoreError, until};
use crate::model::{ConfigVersion, Control, Grain, Heartbeat, Lease, Millis, Snapshot};
use sqlx::any::AnyRow;
use std::time::Duration;

/// How a run of a task ended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskEnd {
    /// What went wrong; absent: nothing.
    pub error: Option<String>,
    /// What it did, in figures.
    pub data: serde_json::Value,
}

impl Store {
    /// Takes or renews the right `name` for `owner`; `None` while another has it.
    pub async fn lease(
        &self,
        name: &str,
        owner: &str,
        ttl: Duration,
    ) -> Result<Option<Lease>, StoreError> {
        let now = self.now();
        let end = until(now, ttl);
        let mut tx = self.begin().await?;
        // the token grows with every change of owner; renewing never shortens
        let row = Sql::of(
            "INSERT INTO leases (name, owner, token, until) VALUES ($1, $2, 1, $3) ON CONFLICT (name) DO UPDATE SET \
             token = CASE WHEN leases.owner = excluded.owner AND leases.until > $4 THEN leases.token ELSE leases.token + 1 END, \
             until = CASE WHEN leases.owner = excluded.owner AND leases.until > excluded.until THEN leases.until \
             ELSE excluded.until END, owner = excluded.owner \
             WHERE leases.owner = excluded.owner OR leases.until <= $4 RETURNING owner, token, until",
        )
        .text(name)
        .text(owner)
        .int(end)
        .int(now)
        .first(&mut *tx)
        .await?;
        tx.commit().await?;
        row.map(|row| {
            Ok(Lease {
                name: name.to_owned(),
                owner: row.text("owner")?,
                token: row.int("token")?,
                until: row.int("until")?,
            })
        })
        .transpose()
    }

    /// Gives a right back, so that another need not wait for its end. One that is no longer ours is left alone.
    pub async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        // the row stays: its token must grow on
        Sql::of("UPDATE leases SET until = 0 WHERE name = $1 AND owner = $2 AND token = $3")
            .text(lease.name.as_str())
            .text(lease.owner.as_str())
            .int(lease.token)
            .run(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Rights in force.
    pub async fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        let rows = Sql::of("SELECT * FROM leases WHERE until > $1 ORDER BY name")
            .int(self.now())
            .all(self.reader())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Lease {
                    name: row.text("name")?,
                    owner: row.text("owner")?,
                    token: row.int("token")?,
                    until: row.int("until")?,
                })
            })
            .collect()
    }

    /// Writes a sign of life.
    pub async fn heartbeat(
        &self,
        service: &str,
        identity: &str,
        state: &serde_json::Value,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        Sql::of(
            "INSERT INTO heartbeats (identity, service, at, state) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (identity) DO UPDATE SET at = excluded.at, state = excluded.state",
        )
        .text(identity)
        .text(service)
        .int(self.now())
        .json(state)?
        .run(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The last sign of life of everyone, by service.
    pub async fn heartbeats(&self) -> Result<Vec<Heartbeat>, StoreError> {
        let rows = Sql::of("SELECT * FROM heartbeats ORDER BY service, identity")
            .all(self.reader())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Heartbeat {
                    identity: row.text("identity")?,
                    service: row.text("service")?,
                    at: row.int("at")?,
                    state: row.json("state")?,
                })
            })
            .collect()
    }

    /// Removes signs of life older than `before`; how many.
    pub async fn forget_heartbeats(&self, before: Millis) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let rows = Sql::of("DELETE FROM heartbeats WHERE at < $1")
            .int(before)
            .run(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(rows)
    }

    /// Writes a snapshot; another of the same subject, grain and instant is replaced.
    pub async fn snapshot(&self, snapshot: &Snapshot) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        Sql::of(
            "INSERT INTO snapshots (subject, grain, at, data) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (subject, grain, at) DO UPDATE SET data = excluded.data",
        )
        .text(snapshot.subject.as_str())
        .text(snapshot.grain.as_str())
        .int(snapshot.at)
        .json(&snapshot.data)?
        .run(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Snapshots of a subject from `since` until before `until`, oldest first.
    pub async fn snapshots(
        &self,
        subject: &str,
        grain: Grain,
        since: Millis,
        until: Millis,
    ) -> Result<Vec<Snapshot>, StoreError> {
        let rows = Sql::of(
            "SELECT * FROM snapshots WHERE subject = $1 AND grain = $2 AND at >= $3 AND at < $4 ORDER BY at",
        )
        .text(subject)
        .text(grain.as_str())
        .int(since)
        .int(until)
        .all(self.reader())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Snapshot {
                    subject: row.text("subject")?,
                    grain: row.read("grain", Grain::read)?,
                    at: row.int("at")?,
                    data: row.json("data")?,
                })
            })
            .collect()
    }

    /// Subjects that have snapshots of a grain.
    pub async fn snapshot_subjects(&self, grain: Grain) -> Result<Vec<String>, StoreError> {
        let rows =
            Sql::of("SELECT DISTINCT subject FROM snapshots WHERE grain = $1 ORDER BY subject")
                .text(grain.as_str())
                .all(self.reader())
                .await?;
        rows.iter().map(|row| row.text("subject")).collect()
    }

    /// Removes snapshots of a grain older than `before`; how many.
    pub async fn prune_snapshots(&self, grain: Grain, before: Millis) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let rows = Sql::of("DELETE FROM snapshots WHERE grain = $1 AND at < $2")
            .text(grain.as_str())
            .int(before)
            .run(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(rows)
    }

    /// A control value.
    pub async fn control(&self, key: &str) -> Result<Option<Control>, StoreError> {
        let row = Sql::of("SELECT * FROM control WHERE key = $1")
            .text(key)
            .first(self.reader())
            .await?;
        row.as_ref().map(control).transpose()
    }

    /// Control values whose keys begin with `prefix`.
    pub async fn controls(&self, prefix: &str) -> Result<Vec<Control>, StoreError> {
        let rows = Sql::of("SELECT * FROM control ORDER BY key")
            .all(self.reader())
            .await?;
        let mut all = Vec::new();
        for row in &rows {
            let control = control(row)?;
            if control.key.starts_with(prefix) {
                all.push(control);
            }
        }
        Ok(all)
    }

    /// Writes a control value; the new version. With `expected` – the version that was read, 0 for none – it is refused as a
    /// conflict when somebody else wrote in between.
    pub async fn set_control(
        &self,
        key: &str,
        value: &serde_json::Value,
        expected: Option<i64>,
        by: &str,
    ) -> Result<i64, StoreError> {
        let mut tx = self.begin().await?;
        // the first writer's row is version 1; whoever expected another finds no row returned
        let row = Sql::of(
            "INSERT INTO control (key, value, version, at, by_whom) VALUES ($1, $2, 1, $3, $4) \
             ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = control.version + 1, at = excluded.at, \
             by_whom = excluded.by_whom WHERE $5 < 0 OR control.version = $5 RETURNING version",
        )
        .text(key)
        .json(value)?
        .int(self.now())
        .text(by)
        .int(expected.unwrap_or(-1))
        .first(&mut *tx)
        .await?;
        let version = row.map(|r| r.int("version")).transpose()?;
        let fits = match (version, expected) {
            (None, _) => false,
            (Some(version), Some(expected)) => version == expected + 1,
            (Some(_), None) => true,
        };
        match version {
            Some(version) if fits => {
                tx.commit().await?;
                Ok(version)
            }
            _ => Err(StoreError::Conflict(format!(
                "`{key}` was written by another in between"
            ))),
        }
    }

    /// Keeps a version of the settings; its number. The same settings as the last version's are not kept again.
    pub async fn add_config(
        &self,
        by: &str,
        settings: &serde_json::Value,
        changes: &serde_json::Value,
    ) -> Result<i64, StoreError> {
        let mut tx = self.begin().await?;
        let last = Sql::of("SELECT * FROM config_versions ORDER BY id DESC LIMIT 1")
            .first(&mut *tx)
            .await?;
        if let Some(last) = last.as_ref().map(config).transpose()?
            && last.settings == *settings
        {
            return Ok(last.id);
        }
        let row = Sql::of(
            "INSERT INTO config_versions (at, by_whom, settings, changes) VALUES ($1, $2, $3, $4) RETURNING id",
        )
        .int(self.now())
        .text(by)
        .json(settings)?
        .json(changes)?
        .first(&mut *tx)
        .await?
        .ok_or_else(|| StoreError::Missing("number of the new version".to_owned()))?;
        tx.commit().await?;
        row.int("id")
    }

    /// Versions of the settings, newest first.
    pub async fn configs(&self, limit: u32) -> Result<Vec<ConfigVersion>, StoreError> {
        let rows = Sql::of("SELECT * FROM config_versions ORDER BY id DESC LIMIT $1")
            .int(i64::from(limit))
            .all(self.reader())
            .await?;
        rows.iter().map(config).collect()
    }
}

fn control(row: &AnyRow) -> Result<Control, StoreError> {
    Ok(Control {
        key: row.text("key")?,
        value: row.json("value")?,
        version: row.int("version")?,
        at: row.int("at")?,
        by: row.text("by_whom")?,
    })
}

fn config(row: &AnyRow) -> Result<ConfigVersion, StoreError> {
    Ok(ConfigVersion {
        id: row.int("id")?,
        at: row.int("at")?,
        by: row.text("by_whom")?,
        settings: row.json("settings")?,
        changes: row.json("changes")?,
    })
}
