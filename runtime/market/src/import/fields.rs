//! Fields of a line of delimited text, and the numbers in them.

/// Powers of ten that are exact in an f64.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// A field without spaces and quotes around it.
pub(super) fn bare(field: &[u8]) -> &[u8] {
    let field = field.trim_ascii();
    field
        .strip_prefix(b"\"")
        .and_then(|f| f.strip_suffix(b"\""))
        .map_or(field, <[u8]>::trim_ascii)
}

/// Fields of a line; a delimiter inside double quotes separates nothing.
pub(super) fn split(line: &[u8], delimiter: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        let end = field_end(line, 0, delimiter);
        rest = line.get(end + 1..);
        Some(&line[..end])
    })
}

/// Index of the delimiter that ends the field beginning at `start`, or the length of the line.
pub(super) fn field_end(line: &[u8], start: usize, delimiter: u8) -> usize {
    let rest = &line[start..];
    let mut from = 0;
    if rest.first() == Some(&b'"') {
        from = memchr::memchr(b'"', &rest[1..]).map_or(0, |close| close + 2);
    }
    memchr::memchr(delimiter, &rest[from..]).map_or(line.len(), |at| start + from + at)
}

/// A plain decimal number at the start of a field and the index behind its delimiter, or `None` when it takes more care:
/// a sign, an exponent, quotes, spaces, or more digits than an f64 holds exactly.
#[inline]
pub(super) fn number(line: &[u8], start: usize, delimiter: u8) -> Option<(f64, usize)> {
    let rest = line.get(start..)?;
    let (mut mantissa, mut index) = (0u64, 0);
    let mut digits = |index: &mut usize| {
        while let Some(digit) = rest
            .get(*index)
            .map(|b| b.wrapping_sub(b'0'))
            .filter(|d| *d < 10)
        {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
            *index += 1;
        }
    };
    digits(&mut index);
    let (mut read, mut decimals) = (index, 0);
    if rest.get(index) == Some(&b'.') {
        index += 1;
        let first = index;
        digits(&mut index);
        decimals = index - first;
        read += decimals;
    }
    let ended = rest.get(index).is_none_or(|&b| b == delimiter);
    // 18 digits cannot overflow the integer, and 2^53 is the last one that is exact as an f64.
    if !ended || read == 0 || read > 18 || mantissa > 1 << 53 {
        return None;
    }
    Some((mantissa as f64 / TENS[decimals], start + index + 1))
}

/// Any other number, correctly rounded too.
pub(super) fn slow_number(field: &[u8], decimal_comma: bool) -> Option<f64> {
    let text = std::str::from_utf8(bare(field)).ok()?;
    // Adding zero turns −0 into 0, so that equal data have equal bits.
    if decimal_comma {
        return text
            .replace(',', ".")
            .parse::<f64>()
            .ok()
            .map(|value| value + 0.0);
    }
    text.parse::<f64>().ok().map(|value| value + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_round_as_the_standard_library_does(text in "[0-9]{0,20}(\\.[0-9]{0,20})?") {
            let line = format!("{text},");
            if let Some((value, next)) = number(line.as_bytes(), 0, b',') {
                prop_assert_eq!(value.to_bits(), text.parse::<f64>().unwrap().to_bits());
                prop_assert_eq!(next, line.len());
            }
        }

        #[test]
        fn shortest_digits_take_the_fast_way(ticks in 1u64..1_000_000_000_000, decimals in 0usize..9) {
            let value = ticks as f64 / TENS[decimals];
            let text = value.to_string();
            prop_assert_eq!(number(text.as_bytes(), 0, b',').map(|(v, _)| v.to_bits()), Some(value.to_bits()));
        }
    }
}
