//! Fixed numbers of bytes that are hexadecimal text on the wire: accounts, our names for orders, hashes.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A text that is not the hexadecimal number it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HexError {
    /// Too short or too long.
    #[error("{what} has {want} hexadecimal digits, not {got}")]
    Length {
        /// What was expected.
        what: &'static str,
        /// Digits it has.
        want: usize,
        /// Digits that stand there.
        got: usize,
    },
    /// Something else than 0–9, a–f, A–F.
    #[error("{what} is hexadecimal, and its digit {at} is none")]
    Digit {
        /// What was expected.
        what: &'static str,
        /// Counted from one, after `0x`.
        at: usize,
    },
}

/// Digits after `0x`, which may be missing.
pub(crate) fn digits(text: &str) -> &str {
    text.strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text)
}

/// Reads up to `2 N` digits, with zeros in front of a shorter number when `short` allows one.
pub(crate) fn from_hex<const N: usize>(
    what: &'static str,
    text: &str,
    short: bool,
) -> Result<[u8; N], HexError> {
    let digits = digits(text).as_bytes();
    let length = HexError::Length {
        what,
        want: 2 * N,
        got: digits.len(),
    };
    if digits.len() > 2 * N || digits.is_empty() || (!short && digits.len() < 2 * N) {
        return Err(length);
    }
    let mut bytes = [0; N];
    let missing = 2 * N - digits.len();
    for (i, digit) in digits.iter().enumerate() {
        let value = char::from(*digit)
            .to_digit(16)
            .ok_or(HexError::Digit { what, at: i + 1 })? as u8;
        let place = missing + i;
        bytes[place / 2] |= if place.is_multiple_of(2) {
            value << 4
        } else {
            value
        };
    }
    Ok(bytes)
}

pub(crate) fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("0x")?;
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

macro_rules! hex_type {
    ($(#[$meta:meta])* $name:ident, $n:literal, $what:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
        pub struct $name(pub [u8; $n]);

        impl $name {
            /// All bytes zero.
            pub const ZERO: Self = Self([0; $n]);

            /// The bytes.
            pub fn as_bytes(&self) -> &[u8; $n] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = HexError;

            fn from_str(text: &str) -> Result<Self, HexError> {
                from_hex($what, text, false).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<'de, str>::deserialize(deserializer)?
                    .parse()
                    .map_err(D::Error::custom)
            }
        }
    };
}

hex_type! {
    /// An account, a subaccount, a vault or an agent: 20 bytes.
    ///
    /// Read with or without `0x`, in any case of letters (clients send the checksummed spelling too); shown as `0x` and
    /// lower case, as the exchange does.
    Address, 20, "an address"
}

/// A key that signs.
pub struct Key(super::Secret);

impl Key {
    /// Of 32 bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, super::BadKey> {
        super::Secret::from_bytes(bytes).map(Self)
    }

    /// Its account.
    pub fn address(&self) -> Address {
        self.0.address()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}
