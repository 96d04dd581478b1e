//! The 32 bytes that must not be seen.

use super::{Address, KeysError, private};
use crate::sign::Key;
use k256::elliptic_curve::rand_core::OsRng;
use std::fmt;
use std::path::Path;
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a key.
const LENGTH: usize = 32;

/// A private key of secp256k1: wiped when dropped, and on the heap so that no move leaves a copy behind.
pub struct Secret(Box<[u8; LENGTH]>);

/// A text that is no private key. What it says is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Too short or too long.
    #[error("a private key has 64 hexadecimal digits, here are {0} characters")]
    Length(usize),
    /// Something else than a hexadecimal digit.
    #[error("a private key has hexadecimal digits alone; character {0} is none")]
    Digit(usize),
    /// Zero, or not below the order of the curve.
    #[error("these digits are no private key: the number is zero or too large")]
    Range,
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Secret {
    /// A new key from the randomness of the operating system.
    pub fn generate() -> Self {
        let key = k256::SecretKey::random(&mut OsRng);
        let mut field = key.to_bytes();
        let mut bytes = Box::new([0; LENGTH]);
        bytes.copy_from_slice(&field);
        <[u8]>::zeroize(&mut field);
        Self(bytes)
    }

    /// Reads 64 hexadecimal digits, with or without `0x`; white space around them is ignored.
    pub fn read(text: &str) -> Result<Self, BadKey> {
        let text = text.trim();
        let digits = text
            .strip_prefix("0x")
            .or_else(|| text.strip_prefix("0X"))
            .unwrap_or(text);
        let count = digits.chars().count();
        if count != 2 * LENGTH {
            return Err(BadKey::Length(count));
        }
        let mut key = Self(Box::new([0; LENGTH]));
        for (i, digit) in digits.chars().enumerate() {
            let value = digit.to_digit(16).ok_or(BadKey::Digit(i + 1))? as u8;
            key.0[i / 2] = key.0[i / 2] << 4 | value;
        }
        key.checked()
    }

    /// The same from a file, which nobody but its owner may read.
    pub fn from_file(path: &Path) -> Result<Self, KeysError> {
        let bytes = private::read(path)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| BadKey::Digit(1))?;
        Ok(Self::read(text)?)
    }

    /// A key from its bytes; the array that was given is the caller's to wipe.
    pub fn from_bytes(bytes: &[u8; LENGTH]) -> Result<Self, BadKey> {
        Self(Box::new(*bytes)).checked()
    }

    fn checked(self) -> Result<Self, BadKey> {
        match Key::from_bytes(&*self.0) {
            Ok(_) => Ok(self),
            Err(_) => Err(BadKey::Range),
        }
    }

    /// The account of this key: the last 20 bytes of the Keccak hash of its public key.
    pub fn address(&self) -> Address {
        // it was checked when it was made: the zero address cannot come about
        Key::from_bytes(&*self.0).map_or(Address::ZERO, |key| key.address())
    }

    /// The bytes, for the signer and for the sealed file.
    pub(crate) fn expose(&self) -> &[u8; LENGTH] {
        &self.0
    }

    /// The digits, for the sealed file.
    pub(super) fn digits(&self) -> Zeroizing<[u8; 2 * LENGTH]> {
        let mut text = Zeroizing::new([0; 2 * LENGTH]);
        for (i, byte) in self.0.iter().enumerate() {
            text[2 * i] = digit(byte >> 4);
            text[2 * i + 1] = digit(byte & 15);
        }
        text
    }
}

fn digit(value: u8) -> u8 {
    if value < 10 {
        b'0' + value
    } else {
        b'a' - 10 + value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const K1: &str = "0123456789012345678901234567890123456789012345678901234567890123";

    #[test]
    fn a_key_is_read_in_every_usual_spelling() {
        let plain = Secret::read(K1).unwrap();
        for text in [
            format!("0x{K1}"),
            format!("  0X{K1}\n"),
            format!("{K1}\r\n"),
        ] {
            assert_eq!(Secret::read(&text).unwrap().expose(), plain.expose());
        }
        // the account of the key of the published signing vectors
        assert_eq!(
            plain.address().to_string(),
            "0x14791697260e4c9a71f18484c9f997b308e59325"
        );
        assert_eq!(std::str::from_utf8(plain.digits().as_ref()).unwrap(), K1);
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_repeated() {
        let refusal = |text: &str| Secret::read(text).unwrap_err();
        assert_eq!(refusal(""), BadKey::Length(0));
        assert_eq!(refusal(&K1[1..]), BadKey::Length(63));
        assert_eq!(refusal(&format!("{}g", &K1[..63])), BadKey::Digit(64));
        assert_eq!(refusal(&"é".repeat(64)), BadKey::Digit(1));
        assert_eq!(refusal(&"0".repeat(64)), BadKey::Range);
        assert_eq!(refusal(&"f".repeat(64)), BadKey::Range);
        assert!(!refusal(&K1[1..]).to_string().contains("2345"));
    }

    #[test]
    fn new_keys_differ_and_show_nothing() {
        let (a, b) = (Secret::generate(), Secret::generate());
        assert_ne!(a.address(), b.address());
        assert_eq!(format!("{a:?} {:#?}", Some(&b)), "… Some(\n    …,\n)");
        assert!(Secret::from_bytes(a.expose()).is_ok());
    }
}
