//! Hexadecimal floats.

/// A number as text from which the same bits come back: `0x1.8p1`, `-0x0p0`, `inf`, `nan` (the canonical NaN).
pub fn hex(x: f64) -> String {
    const FRACTION_BITS: u32 = 52;
    let bits = x.to_bits();
    let sign = if x.is_sign_negative() && !x.is_nan() {
        "-"
    } else {
        ""
    };
    if x.is_nan() {
        return "nan".into();
    }
    if x.is_infinite() {
        return format!("{sign}inf");
    }
    let fraction = bits & ((1 << FRACTION_BITS) - 1);
    let exponent = (bits >> FRACTION_BITS & 0x7ff) as i64;
    let (lead, power) = match (exponent, fraction) {
        (0, 0) => (0, 0),
        (0, _) => (0, -1022),
        _ => (1, exponent - 1023),
    };
    let digits = format!("{fraction:013x}");
    let digits = digits.trim_end_matches('0');
    let point = if digits.is_empty() { "" } else { "." };
    format!("{sign}0x{lead}{point}{digits}p{power}")
}

/// Reads what [`hex`] writes, and decimal numbers.
pub fn parse_number(text: &str) -> Option<f64> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let magnitude = match rest.strip_prefix("0x") {
        Some(hexadecimal) => {
            let (mantissa, power) = hexadecimal.split_once('p')?;
            let (lead, digits) = mantissa.split_once('.').unwrap_or((mantissa, ""));
            let lead = u64::from_str_radix(lead, 16).ok().filter(|l| *l <= 1)?;
            let power: i64 = power.parse().ok()?;
            if digits.len() > 13 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                return None;
            }
            let fraction = u64::from_str_radix(&format!("{digits:0<13}"), 16).ok()?;
            let exponent = match (lead, fraction, power) {
                (0, 0, 0) | (0, _, -1022) => 0,
                (1, _, -1022..=1023) => (power + 1023) as u64,
                _ => return None,
            };
            f64::from_bits(exponent << 52 | fraction)
        }
        None if rest == "nan" => return (!negative).then_some(f64::NAN),
        None if rest == "inf" => f64::INFINITY,
        None if rest.starts_with(|c: char| c.is_ascii_digit()) => rest.parse().ok()?,
        None => return None,
    };
    Some(if negative { -magnitude } else { magnitude })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rng;

    #[test]
    fn every_bit_comes_back() {
        let mut rng = Rng::new(1);
        let special = [
            0.0,
            -0.0,
            1.0,
            -1.5,
            f64::MAX,
            f64::MIN_POSITIVE,
            5e-324,
            f64::INFINITY,
            f64::NEG_INFINITY,
            0.1,
        ];
        let random = (0..1000)
            .map(|_| f64::from_bits(rng.bits()))
            .filter(|x| !x.is_nan())
            .collect::<Vec<_>>();
        for x in special.into_iter().chain(random) {
            let text = hex(x);
            assert_eq!(
                parse_number(&text).map(f64::to_bits),
                Some(x.to_bits()),
                "{text}"
            );
        }
        assert!(parse_number(&hex(f64::NAN)).is_some_and(f64::is_nan));
        assert_eq!(hex(3.0), "0x1.8p1");
        assert_eq!(
            parse_number("2.5").map(f64::to_bits),
            Some(2.5f64.to_bits())
        );
        for bad in [
            "", "-", "0x", "0x2p0", "0x1.p", "0x1p2000", "x", "-nan", "0x1.+1p0",
        ] {
            assert!(parse_number(bad).is_none(), "{bad}");
        }
    }
}
