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

hex_type! {
    /// Our own name for an order: 16 bytes, `0x` and 32 digits. What makes sending it idempotent.
    Cloid, 16, "a client order id"
}

hex_type! {
    /// Hash of a transaction: 32 bytes. All zero for events of the system, such as funding.
    TxHash, 32, "a hash"
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_is_read_in_any_spelling_and_shown_in_lower_case() {
        let lower = "0x5e9ee1089755c3435139848e47e6635505d5a13a";
        for text in [
            lower,
            "5e9ee1089755c3435139848e47e6635505d5a13a",
            "0x5E9EE1089755c3435139848E47e6635505d5a13A",
            "0X5e9ee1089755c3435139848e47e6635505d5a13a",
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), lower);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_reason() {
        let refusal = |text: &str| text.parse::<Address>().unwrap_err().to_string();
        assert_eq!(
            refusal("0x12"),
            "an address has 40 hexadecimal digits, not 2"
        );
        assert_eq!(refusal(""), "an address has 40 hexadecimal digits, not 0");
        assert_eq!(
            refusal("0x5e9ee1089755c3435139848e47e6635505d5a13g"),
            "an address is hexadecimal, and its digit 40 is none"
        );
    }

    proptest! {
        #[test]
        fn addresses_and_cloids_survive_their_text(a in any::<[u8; 20]>(), c in any::<[u8; 16]>(), h in any::<[u8; 32]>()) {
            prop_assert_eq!(Address(a).to_string().parse(), Ok(Address(a)));
            prop_assert_eq!(Address(a).to_string()[2..].to_uppercase().parse(), Ok(Address(a)));
            prop_assert_eq!(Cloid(c).to_string().parse(), Ok(Cloid(c)));
            let json = serde_json::to_string(&TxHash(h)).unwrap();
            prop_assert_eq!(serde_json::from_str::<TxHash>(&json).unwrap(), TxHash(h));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
            let _ = text.parse::<Address>();
            let _ = text.parse::<Cloid>();
            let _ = from_hex::<32>("a number", &text, true);
        }
    }
}
