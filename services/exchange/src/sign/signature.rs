//! The three numbers of a signature, and who made them.

use super::key::address_of;
use super::{Hash, SignError};
use crate::wire::{Address, from_hex, write_hex};
use k256::ecdsa::{RecoveryId, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// A signature: `{"r":"0x…","s":"0x…","v":27}`.
///
/// Written with all 64 digits. Read with fewer too: the official client leaves zeros in front out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Abscissa of the random point.
    #[serde(with = "padded")]
    pub r: [u8; 32],
    /// The proof.
    #[serde(with = "padded")]
    pub s: [u8; 32],
    /// 27 or 28: which of the two keys that fit it was. 0 and 1 are understood too.
    pub v: u8,
}

impl Signature {
    /// Who signed that hash. Any numbers give an address as a rule; that it is the expected one is the proof.
    pub fn recover(&self, hash: &Hash) -> Result<Address, SignError> {
        let v = match self.v {
            v @ 27..=28 => v - 27,
            v @ 0..=1 => v,
            _ => return Err(SignError::Signature),
        };
        let recovery = RecoveryId::from_byte(v).ok_or(SignError::Signature)?;
        let signature = k256::ecdsa::Signature::from_scalars(self.r, self.s)
            .map_err(|_| SignError::Signature)?;
        VerifyingKey::recover_from_prehash(hash, &signature, recovery)
            .map(|key| address_of(&key))
            .map_err(|_| SignError::Signature)
    }
}

/// 32 bytes as hexadecimal text, zeros in front optional when read.
mod padded {
    use super::{Cow, D32, Deserialize, Deserializer, Serializer, from_hex};
    use serde::de::Error as _;

    pub fn serialize<S: Serializer>(bytes: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&D32(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        from_hex("a part of a signature", &text, true).map_err(D::Error::custom)
    }
}

struct D32<'a>(&'a [u8; 32]);

impl fmt::Display for D32<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(self.0, f)
    }
}
