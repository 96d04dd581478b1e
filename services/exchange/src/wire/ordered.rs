//! JSON whose objects keep the order of their members.
//!
//! A signature covers the action as msgpack with its members in the order in which they were sent. Who checks it must
//! therefore pack what arrived, members unknown to us included, and not what our own types would make of it.

use serde::de::{DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::fmt;

/// A JSON value. Whole numbers are `U64` when not negative and `I64` otherwise, so that equal numbers are equal values.
#[derive(Debug, Clone, PartialEq)]
pub enum Ordered {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// Whole, not negative.
    U64(u64),
    /// Whole, negative.
    I64(i64),
    /// Any other number.
    F64(f64),
    /// Text.
    String(String),
    /// A list.
    Array(Vec<Ordered>),
    /// Members in the order in which they stood. No name twice: two readers could choose differently.
    Object(Vec<(String, Ordered)>),
}

impl Ordered {
    /// What a value is as JSON, its members in the order in which its type writes them.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(&serde_json::to_vec(value)?)
    }

    /// A member of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(n, _)| n == name).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it is one that is not negative.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::U64(number) => Some(*number),
            _ => None,
        }
    }

    /// Reads a type out of it, for instance an [`Action`](super::Action).
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_value(self.to_value())
    }

    /// As a value of `serde_json`, which forgets the order.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::Bool(*b),
            Self::U64(n) => Value::from(*n),
            Self::I64(n) => Value::from(*n),
            Self::F64(n) => Value::from(*n),
            Self::String(s) => Value::String(s.clone()),
            Self::Array(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(members) => members
                .iter()
                .map(|(name, value)| (name.clone(), value.to_value()))
                .collect(),
        }
    }

    /// As msgpack: the bytes that are signed.
    pub fn to_msgpack(&self) -> Result<Vec<u8>, rmp_serde::encode::Error> {
        rmp_serde::to_vec_named(self)
    }
}

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(b) => serializer.serialize_bool(*b),
            Self::U64(n) => serializer.serialize_u64(*n),
            Self::I64(n) => serializer.serialize_i64(*n),
            Self::F64(n) => serializer.serialize_f64(*n),
            Self::String(s) => serializer.serialize_str(s),
            Self::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Ordered;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> Result<Ordered, E> {
                Ok(Ordered::Null)
            }

            fn visit_none<E>(self) -> Result<Ordered, E> {
                Ok(Ordered::Null)
            }

            fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Ordered, D::Error> {
                Ordered::deserialize(inner)
            }

            fn visit_bool<E>(self, b: bool) -> Result<Ordered, E> {
                Ok(Ordered::Bool(b))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Ordered, E> {
                Ok(Ordered::U64(number))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Ordered, E> {
                Ok(u64::try_from(number).map_or(Ordered::I64(number), Ordered::U64))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Ordered, E> {
                Ok(Ordered::F64(number))
            }

            fn visit_str<E>(self, text: &str) -> Result<Ordered, E> {
                Ok(Ordered::String(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Ordered, E> {
                Ok(Ordered::String(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Ordered, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Ordered::Array(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
                let mut members: Vec<(String, Ordered)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Ordered>()? {
                    members.push((name, value));
                }
                let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
                names.sort_unstable();
                let twice = names.windows(2).find_map(|pair| match pair {
                    [one, other] if one == other => Some(*one),
                    _ => None,
                });
                if let Some(twice) = twice {
                    return Err(A::Error::custom(format_args!("duplicate field `{twice}`")));
                }
                Ok(Ordered::Object(members))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_ordered() -> impl Strategy<Value = Ordered> {
        let leaf = prop_oneof![
            Just(Ordered::Null),
            any::<bool>().prop_map(Ordered::Bool),
            any::<u64>().prop_map(Ordered::U64),
            (i64::MIN..0).prop_map(Ordered::I64),
            any::<f64>()
                .prop_filter("JSON has finite numbers", |n| n.is_finite())
                .prop_map(Ordered::F64),
            "\\PC{0,12}".prop_map(Ordered::String),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Ordered::Array),
                prop::collection::hash_map("[a-z]{0,6}", inner, 0..6)
                    .prop_map(|members| Ordered::Object(members.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn order_and_large_numbers_are_kept() {
        let text = r#"{"z":1,"a":18446744073709551615,"m":{"y":-9223372036854775808,"b":[1.5,null,true,"t"]}}"#;
        let value: Ordered = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), text);
        assert_eq!(value.get("a").unwrap().as_u64(), Some(u64::MAX));
        assert_eq!(value.get("nothing"), None);
    }

    #[test]
    fn a_name_that_stands_twice_is_refused() {
        let twice = serde_json::from_str::<Ordered>(r#"{"a":1,"b":{"c":1,"d":2,"c":3}}"#);
        assert!(
            twice
                .unwrap_err()
                .to_string()
                .contains("duplicate field `c`")
        );
    }

    #[test]
    fn depth_ends_somewhere() {
        let deep = "[".repeat(100_000);
        assert!(serde_json::from_str::<Ordered>(&deep).is_err());
    }

    #[test]
    fn numbers_are_packed_in_their_shortest_form() {
        let pack = |text: &str| {
            serde_json::from_str::<Ordered>(text)
                .unwrap()
                .to_msgpack()
                .unwrap()
        };
        assert_eq!(pack("5"), [5]);
        assert_eq!(pack("200"), [0xcc, 200]);
        assert_eq!(
            pack("100000000000"),
            [0xcf, 0, 0, 0, 0x17, 0x48, 0x76, 0xe8, 0]
        );
        assert_eq!(pack("-20000000"), [0xd2, 0xfe, 0xce, 0xd3, 0x00]);
        assert_eq!(
            pack(r#"{"b":1,"a":null}"#),
            [0x82, 0xa1, b'b', 1, 0xa1, b'a', 0xc0]
        );
    }

    proptest! {
        #[test]
        fn order_and_numbers_survive_their_text(value in any_ordered()) {
            let text = serde_json::to_string(&value).unwrap();
            let back: Ordered = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&back, &value);
            prop_assert_eq!(serde_json::to_string(&back).unwrap(), text);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = serde_json::from_slice::<Ordered>(&bytes);
        }
    }
}
