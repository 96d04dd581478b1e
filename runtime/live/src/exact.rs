//! How decimal and binary numbers are written where they are read by nobody else: two small integers in place of a text,
//! bytes in place of a list of words. A snapshot is written at every close.

use rust_decimal::Decimal;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserializer, Serialize, Serializer};
use std::fmt;

/// Digits and scale; a text when there are more digits than fit.
#[derive(Clone, Copy)]
struct Exact(Decimal);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match i64::try_from(self.0.mantissa()) {
            // minus nothing has its sign in neither of both
            Ok(digits) if !(digits == 0 && self.0.is_sign_negative()) => {
                (digits, self.0.scale()).serialize(to)
            }
            _ => to.collect_str(&self.0),
        }
    }
}

impl<'de> serde::Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Digits;
        impl<'de> Visitor<'de> for Digits {
            type Value = Exact;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("digits and scale, or a decimal number as text")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Exact, A::Error> {
                let missing = || A::Error::custom("digits and scale are two numbers");
                let digits: i64 = seq.next_element()?.ok_or_else(missing)?;
                let scale: u32 = seq.next_element()?.ok_or_else(missing)?;
                let found = Decimal::try_new(digits, scale).map_err(A::Error::custom)?;
                Ok(Exact(found))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Exact, E> {
                text.parse().map(Exact).map_err(E::custom)
            }
        }
        from.deserialize_any(Digits)
    }
}

pub(crate) fn serialize<S: Serializer>(value: &Decimal, to: S) -> Result<S::Ok, S::Error> {
    Exact(*value).serialize(to)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
    serde::Deserialize::deserialize(from).map(|Exact(value)| value)
}

/// The same for what may be missing.
pub(crate) mod option {
    use super::{Decimal, Deserializer, Exact, Serialize, Serializer};

    #[allow(clippy::ref_option)]
    pub fn serialize<S: Serializer>(value: &Option<Decimal>, to: S) -> Result<S::Ok, S::Error> {
        value.map(Exact).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
        let found: Option<Exact> = serde::Deserialize::deserialize(from)?;
        Ok(found.map(|Exact(value)| value))
    }
}

/// The memory of kernels: each one's words as bytes, little endian.
pub(crate) mod words {
    use super::{Deserializer, Error, Serializer, Visitor, fmt};
    use serde::de::SeqAccess;
    use serde::ser::SerializeSeq;
    use serde::{Deserialize, Serialize};

    struct Bytes(Vec<u8>);

    impl Serialize for Bytes {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            to.serialize_bytes(&self.0)
        }
    }

    impl<'de> Deserialize<'de> for Bytes {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            struct Raw;
            impl<'de> Visitor<'de> for Raw {
                type Value = Bytes;
                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("bytes")
                }
                fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                    Ok(Bytes(bytes.to_vec()))
                }
                fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                    Ok(Bytes(bytes))
                }
                fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Bytes, A::Error> {
                    let mut bytes = Vec::new();
                    while let Some(byte) = seq.next_element()? {
                        bytes.push(byte);
                    }
                    Ok(Bytes(bytes))
                }
            }
            from.deserialize_byte_buf(Raw)
        }
    }

    pub fn serialize<S: Serializer>(all: &[Vec<u64>], to: S) -> Result<S::Ok, S::Error> {
        let mut seq = to.serialize_seq(Some(all.len()))?;
        for words in all {
            let bytes = words.iter().flat_map(|w| w.to_le_bytes()).collect();
            seq.serialize_element(&Bytes(bytes))?;
        }
        seq.end()
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Vec<u64>>, D::Error> {
        let all: Vec<Bytes> = Deserialize::deserialize(from)?;
        let one = |Bytes(bytes): Bytes| {
            let (words, rest) = bytes.as_chunks::<8>();
            if rest.is_empty() {
                Ok(words.iter().map(|w| u64::from_le_bytes(*w)).collect())
            } else {
                Err(D::Error::custom("memory in whole words"))
            }
        };
        all.into_iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct All {
        #[serde(with = "super")]
        one: Decimal,
        #[serde(with = "super::option")]
        perhaps: Option<Decimal>,
        #[serde(with = "super::words")]
        words: Vec<Vec<u64>>,
    }

    fn there_and_back(all: &All) {
        let bytes = rmp_serde::to_vec(all).unwrap();
        let back: All = rmp_serde::from_slice(&bytes).unwrap();
        assert_eq!(&back, all);
        assert_eq!(back.one.serialize(), all.one.serialize(), "scale and sign");
        let text = rmp_serde::to_vec_named(all).unwrap();
        assert_eq!(&rmp_serde::from_slice::<All>(&text).unwrap(), all);
        assert!(rmp_serde::from_slice::<All>(&bytes[..bytes.len() - 1]).is_err());
    }

    proptest! {
        #[test]
        fn nothing_is_lost(low: i128, scale in 0u32..=28, some: bool, words: Vec<Vec<u64>>) {
            let one = Decimal::from_i128_with_scale(low >> 33, scale);
            there_and_back(&All { one, perhaps: some.then_some(one), words });
        }
    }

    #[test]
    fn odd_ones() {
        for text in [
            "0",
            "-0",
            "-0.00",
            "1.0",
            "9223372036854775807",
            "9223372036854775808",
        ] {
            let one: Decimal = text.parse().unwrap();
            there_and_back(&All {
                one,
                perhaps: None,
                words: vec![vec![], vec![u64::MAX]],
            });
        }
    }
}
