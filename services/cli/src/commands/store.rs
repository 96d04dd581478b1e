//! The store for a command that asks it something and ends.

use super::serve::Opening;
use crate::failure::Failure;
use sixbtc_core::store::{OpenOptions, Store, StoreError};
use std::future::Future;

/// Runs what waits for a database, on threads of its own.
pub fn waited<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Failure::outside(format!("threads could not be started: {e}")))?
        .block_on(work)
}

/// Opens the store, asks, and closes it, whatever the answer is.
pub fn with_store<T>(
    opening: &Opening,
    ask: impl AsyncFnOnce(&Store) -> Result<T, StoreError>,
) -> Result<T, Failure> {
    waited(async {
        open_and(opening, opening.options.clone(), ask)
            .await
            .map_err(|e| opening.failure(e))
    })
}

/// The same within a runtime, with other options.
pub async fn open_and<T>(
    opening: &Opening,
    options: OpenOptions,
    ask: impl AsyncFnOnce(&Store) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let store = opening.open(options).await?;
    let answer = ask(&store).await;
    store.close().await;
    answer
}
