//! Numbers of the wire: decimal text outside, [`Decimal`] inside.
//!
//! Requests must carry the shortest text ([`to_wire`]); answers keep one decimal on whole values ([`out`]) and may carry the
//! tails of the exchange's floats (`13109.4823280000012`), so texts are never compared, only values.

use rust_decimal::Decimal;
use serde::de::{Unexpected, Visitor};
use serde::{Deserializer, Serializer};
use std::fmt;
use std::str::FromStr;

/// Decimals that a price or a size of a request may have.
pub const WIRE_DECIMALS: u32 = 8;

/// A number that cannot be read, or must not be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// More decimals than the exchange takes; it is not rounded silently.
    #[error("{value} has more than {decimals} decimals")]
    TooPrecise {
        /// The number.
        value: Decimal,
        /// Decimals allowed.
        decimals: u32,
    },
    /// Beyond what a whole number of that many decimals can hold.
    #[error("{0} is too large")]
    TooLarge(Decimal),
    /// Text that is no plain decimal number.
    #[error("`{0}` is no decimal number")]
    NoNumber(String),
}

/// The value without zeros at the end, and with one kind of zero.
fn plain(value: Decimal) -> Decimal {
    if value.is_zero() {
        Decimal::ZERO
    } else {
        value.normalize()
    }
}

/// Reads `-12.50`: digits, one point at most, a minus sign perhaps; no exponent. Digits beyond the 28 that a [`Decimal`]
/// holds are rounded off.
pub fn parse(text: &str) -> Result<Decimal, NumberError> {
    let wrong = || NumberError::NoNumber(text.chars().take(40).collect());
    let digits = text.strip_prefix('-').unwrap_or(text);
    // The library's own reading also takes underscores, `+`, `.5` and `5.`, which nobody sends.
    let bytes = digits.as_bytes();
    let ends_are_digits = bytes.first().is_some_and(u8::is_ascii_digit)
        && bytes.last().is_some_and(u8::is_ascii_digit);
    if !ends_are_digits || !bytes.iter().all(|b| b.is_ascii_digit() || *b == b'.') {
        return Err(wrong());
    }
    Decimal::from_str(text)
        .map(|value| {
            if value.is_zero() {
                Decimal::ZERO
            } else {
                value
            }
        })
        .map_err(|_| wrong())
}

/// As a request carries it: no exponent, no zeros at the end, at most eight decimals.
pub fn to_wire(value: Decimal) -> Result<String, NumberError> {
    let value = plain(value);
    if value.scale() > WIRE_DECIMALS {
        return Err(NumberError::TooPrecise {
            value,
            decimals: WIRE_DECIMALS,
        });
    }
    Ok(value.to_string())
}

/// As an answer carries it: like [`to_wire`], but whole values keep `.0`.
pub fn out(value: Decimal) -> String {
    let value = plain(value);
    if value.scale() == 0 {
        format!("{value}.0")
    } else {
        value.to_string()
    }
}

/// The number times `10^decimals`, which must be whole: `1.033` with 8 decimals is 103300000.
pub fn scaled(value: Decimal, decimals: u32) -> Result<i128, NumberError> {
    let value = plain(value);
    if value.scale() > decimals {
        return Err(NumberError::TooPrecise { value, decimals });
    }
    10i128
        .checked_pow(decimals - value.scale())
        .and_then(|factor| value.mantissa().checked_mul(factor))
        .ok_or(NumberError::TooLarge(value))
}

/// Dollars as the whole millionths in which `usd` and `ntli` are sent.
pub fn micro_usd(value: Decimal) -> Result<i64, NumberError> {
    i64::try_from(scaled(value, 6)?).map_err(|_| NumberError::TooLarge(value))
}

/// Millionths of a dollar as dollars.
pub fn from_micro_usd(micro: i64) -> Decimal {
    plain(Decimal::new(micro, 6))
}

/// Takes texts, and bare JSON numbers where an exchange sends those.
struct Number;

impl Visitor<'_> for Number {
    type Value = Decimal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal number as text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Decimal, E> {
        parse(text).map_err(E::custom)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Decimal, E> {
        Ok(Decimal::from(number))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Decimal, E> {
        Ok(Decimal::from(number))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Decimal, E> {
        // The shortest text that means this float, which is what was written.
        parse(&number.to_string())
            .map_err(|_| E::invalid_value(Unexpected::Float(number), &"a number of usual size"))
    }
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    deserializer.deserialize_any(Number)
}

/// For serde's `with`: numbers of requests. Refuses to write what has more than eight decimals.
pub mod as_wire {
    use super::{Decimal, Deserializer, Serializer, read, to_wire};
    use serde::ser::Error as _;

    /// Shortest text.
    pub fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_wire(*value).map_err(S::Error::custom)?)
    }

    /// Text, or a bare number.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        read(deserializer)
    }
}

/// For serde's `with`: numbers of answers.
pub mod as_out {
    use super::{Decimal, Deserializer, Serializer, out, read};

    /// Whole values keep `.0`.
    pub fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&out(*value))
    }

    /// Text, or a bare number.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        read(deserializer)
    }
}

/// A number as answers carry it; for lists and pairs of numbers, to which serde's `with` does not reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Out(pub Decimal);

impl From<Decimal> for Out {
    fn from(value: Decimal) -> Self {
        Self(value)
    }
}

impl serde::Serialize for Out {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        as_out::serialize(&self.0, serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Out {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer).map(Self)
    }
}

/// For serde's `with`: a number of an answer that may be null.
pub mod as_out_option {
    use super::{Decimal, Deserializer, Out, Serializer};
    use serde::{Deserialize, Serialize};

    /// Null for none.
    pub fn serialize<S: Serializer>(
        value: &Option<Decimal>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.map(Out).serialize(serializer)
    }

    /// None for null.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Decimal>, D::Error> {
        Ok(Option::<Out>::deserialize(deserializer)?.map(|out| out.0))
    }
}

/// For serde's `with`: a pair of numbers.
pub mod as_out_pair {
    use super::{Decimal, Deserializer, Out, Serializer};
    use serde::{Deserialize, Serialize};

    /// A list of two.
    pub fn serialize<S: Serializer>(pair: &[Decimal; 2], serializer: S) -> Result<S::Ok, S::Error> {
        pair.map(Out).serialize(serializer)
    }

    /// A list of two.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<[Decimal; 2], D::Error> {
        Ok(<[Out; 2]>::deserialize(deserializer)?.map(|out| out.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn requests_carry_the_shortest_text() {
        for (value, text) in [
            ("100.0", "100"),
            ("0.01470", "0.0147"),
            ("-0.00", "0"),
            ("120000", "120000"),
            ("0.00001231", "0.00001231"),
            ("-20.50", "-20.5"),
        ] {
            assert_eq!(to_wire(d(value)).unwrap(), text);
        }
        let refusal = to_wire(d("0.000012312312")).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "0.000012312312 has more than 8 decimals"
        );
    }

    #[test]
    fn answers_keep_one_decimal() {
        for (value, text) in [
            ("80459", "80459.0"),
            ("0", "0.0"),
            ("-0", "0.0"),
            ("0.50", "0.5"),
            ("-3", "-3.0"),
        ] {
            assert_eq!(out(d(value)), text);
        }
    }

    #[test]
    fn whole_numbers_of_eight_decimals() {
        assert_eq!(
            scaled(d("123123123123"), 8).unwrap(),
            12_312_312_312_300_000_000
        );
        assert_eq!(scaled(d("0.00001231"), 8).unwrap(), 1231);
        assert_eq!(scaled(d("1.033"), 8).unwrap(), 103_300_000);
        assert!(scaled(d("0.000012312312"), 8).is_err());
        assert!(matches!(
            scaled(Decimal::MAX, 20),
            Err(NumberError::TooLarge(_))
        ));
        assert_eq!(micro_usd(d("-20")).unwrap(), -20_000_000);
        assert_eq!(from_micro_usd(-20_000_000), d("-20"));
    }

    #[test]
    fn tails_of_floats_are_read() {
        assert_eq!(
            parse("13109.4823280000012").unwrap(),
            d("13109.4823280000012")
        );
        assert_eq!(parse("-0.0").unwrap().to_string(), "0");
        assert_eq!(
            parse("0.12345678901234567890123456789012345").unwrap(),
            d("0.1234567890123456789012345679")
        );
    }

    #[test]
    fn what_is_no_plain_number_is_refused() {
        for text in [
            "",
            "-",
            "1e5",
            "1_000",
            "+1",
            ".5",
            "5.",
            "1.2.3",
            "NaN",
            "0x10",
            " 1",
            "99999999999999999999999999999999",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn numbers_survive_both_texts(mantissa in any::<i64>(), scale in 0u32..=8) {
            let value = Decimal::new(mantissa, scale);
            prop_assert_eq!(parse(&to_wire(value).unwrap()).unwrap(), value);
            prop_assert_eq!(parse(&out(value)).unwrap(), value);
            let text = to_wire(value).unwrap();
            prop_assert!(!text.contains('e') && (!text.contains('.') || !text.ends_with('0')));
        }

        #[test]
        fn large_and_fine_numbers_survive_answers(lo in any::<u32>(), mid in any::<u32>(), hi in any::<u32>(), minus in any::<bool>(), scale in 0u32..=28) {
            let value = Decimal::from_parts(lo, mid, hi, minus, scale);
            prop_assert_eq!(parse(&out(value)).unwrap(), value);
            let _ = scaled(value, 8);
            let _ = to_wire(value);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[-+0-9._eE]{0,60}|\\PC{0,20}") {
            let _ = parse(&text);
        }
    }
}
