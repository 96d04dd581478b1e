//! The store.

/// A handle on the store; cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {}

/// What the store refused or could not do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {}
