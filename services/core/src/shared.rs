//! Small values that several processes read and change: the store's `control` with types and optimistic locking.

use crate::store::{Store, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value with the version it had when it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// Its version; 0 before it exists.
    pub version: i64,
}

fn damaged(key: &str, why: &serde_json::Error) -> StoreError {
    StoreError::Row {
        column: format!("control `{key}`"),
        why: why.to_string(),
    }
}

/// Reads a value; `None` when there is none.
pub async fn read<T: DeserializeOwned>(
    store: &Store,
    key: &str,
) -> Result<Option<Versioned<T>>, StoreError> {
    let Some(found) = store.control(key).await? else {
        return Ok(None);
    };
    let value = serde_json::from_value(found.value).map_err(|e| damaged(key, &e))?;
    Ok(Some(Versioned {
        value,
        version: found.version,
    }))
}

/// Writes a value over the version that was read (0: it must not exist yet). `None` when somebody else wrote meanwhile, else
/// the new version.
pub async fn write<T: Serialize>(
    store: &Store,
    key: &str,
    value: &T,
    version: i64,
    by: &str,
) -> Result<Option<i64>, StoreError> {
    let value = serde_json::to_value(value).map_err(|e| damaged(key, &e))?;
    match store.set_control(key, &value, Some(version), by).await {
        Ok(version) => Ok(Some(version)),
        Err(StoreError::Conflict(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// How often a change is tried anew when others are faster.
const TURNS: u32 = 100;

/// Changes a value: `change` gets what is there and says what shall be, and what to answer; `None` leaves it as it is. It is
/// called again when somebody else wrote meanwhile.
pub async fn update<T, A>(
    store: &Store,
    key: &str,
    by: &str,
    mut change: impl FnMut(Option<T>) -> (Option<T>, A),
) -> Result<A, StoreError>
where
    T: Serialize + DeserializeOwned,
{
    for _ in 0..TURNS {
        let found = read::<T>(store, key).await?;
        let version = found.as_ref().map_or(0, |f| f.version);
        let (new, answer) = change(found.map(|f| f.value));
        let Some(new) = new else {
            return Ok(answer);
        };
        if write(store, key, &new, version, by).await?.is_some() {
            return Ok(answer);
        }
    }
    Err(StoreError::Locked(format!("`{key}` changes all the time")))
}

/// Gives back a right of [`Store::lease`] at the end of a service, so that another instance need not wait for its end. What
/// fails here ends by itself with the lease.
pub async fn give_back(store: &Store, name: &str, owner: &str) {
    let Ok(leases) = store.leases().await else {
        return;
    };
    for lease in leases {
        if lease.name == name && lease.owner == owner {
            let _ = store.release_lease(&lease).await;
        }
    }
}
