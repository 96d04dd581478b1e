//! What an account writes down between two records of its journal.

use super::mandate::Mandate;
use serde::{Deserialize, Serialize};
use sixbtc_live::desk::Snapshot;

/// The version of the shape below.
const VERSION: u16 = 1;

/// Everything there is to remember.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Saved {
    version: u16,
    mandate: [u8; 32],
    /// The desk's part, with the memory of the kernel.
    pub desk: Snapshot,
    /// Memory of a portfolio's earlier kernels, by kernel and market.
    pub stages: Vec<Vec<Vec<u64>>>,
    /// End of the last bar that was decided on, ms.
    pub stepped: i64,
    /// Payments of funding up to this time have been taken, ms.
    pub funded: i64,
}

/// Why a state that was saved is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SavedError {
    /// It cannot be read.
    #[error("the saved state cannot be read: {0}")]
    Shape(String),
    /// Written by another version of this program.
    #[error("the saved state has version {0}, this program knows {VERSION}")]
    Version(u16),
    /// Of another mandate.
    #[error("the saved state is of another strategy, account, history or set of markets")]
    Other,
}

impl Saved {
    pub fn new(
        mandate: &Mandate,
        desk: Snapshot,
        stages: Vec<Vec<Vec<u64>>>,
        (stepped, funded): (i64, i64),
    ) -> Self {
        Self {
            version: VERSION,
            mandate: mandate.identity(),
            desk,
            stages,
            stepped,
            funded,
        }
    }

    pub fn encode(&self) -> Result<Vec<u8>, SavedError> {
        // numbers that are infinite stand in it: MessagePack has them
        rmp_serde::to_vec(self).map_err(|e| SavedError::Shape(e.to_string()))
    }

    pub fn decode(bytes: &[u8], mandate: &Mandate) -> Result<Self, SavedError> {
        let saved: Self =
            rmp_serde::from_slice(bytes).map_err(|e| SavedError::Shape(e.to_string()))?;
        if saved.version != VERSION {
            return Err(SavedError::Version(saved.version));
        }
        if saved.mandate != mandate.identity() {
            return Err(SavedError::Other);
        }
        Ok(saved)
    }
}
