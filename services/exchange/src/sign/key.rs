//! A private key in memory.

use super::{Hash, SignError, Signature, keccak};
use crate::wire::Address;
use k256::ecdsa::SigningKey;
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// A private key. Wiped from memory when dropped, shown nowhere; [`Key::address`] is what may be known of it.
pub struct Key(SigningKey);

impl Key {
    /// Of 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SignError> {
        SigningKey::from_slice(bytes)
            .map(Self)
            .map_err(|_| SignError::Key)
    }

    /// Of 64 hexadecimal digits, `0x` in front or not.
    pub fn from_hex(text: &str) -> Result<Self, SignError> {
        // The error of the digits would tell which of them is wrong; nothing of a key is told.
        let mut bytes =
            crate::wire::from_hex::<32>("a key", text.trim(), false).map_err(|_| SignError::Key)?;
        let key = Self::from_bytes(&bytes);
        bytes.zeroize();
        key
    }

    /// The key itself, to be stored encrypted. Wiped when dropped.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0; 32]);
        let mut field = self.0.to_bytes();
        bytes.copy_from_slice(&field);
        field[..].zeroize();
        bytes
    }

    /// The account that it signs for: the last 20 bytes of the hash of the public key.
    pub fn address(&self) -> Address {
        address_of(self.0.verifying_key())
    }

    /// Signs a hash: deterministic (RFC 6979), with the lower of the two possible `s`.
    pub fn sign(&self, hash: &Hash) -> Result<Signature, SignError> {
        let (signature, recovery) = self
            .0
            .sign_prehash_recoverable(hash)
            .map_err(|_| SignError::Signature)?;
        Ok(Signature {
            r: signature.r().to_bytes().into(),
            s: signature.s().to_bytes().into(),
            v: 27 + recovery.to_byte(),
        })
    }
}

impl Clone for Key {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

pub(super) fn address_of(key: &k256::ecdsa::VerifyingKey) -> Address {
    let point = key.to_encoded_point(false);
    // Without the byte that says "not compressed".
    let hash = keccak(&[point.as_bytes().get(1..).unwrap_or_default()]);
    let mut address = Address::ZERO;
    address.0.copy_from_slice(&hash[12..]);
    address
}
