//! Numbers as the language writes them.

/// A number: the shortest digits that read back to it, without an exponent. What is not finite has no literal and becomes 0.
pub fn number(value: f64) -> String {
    if value.is_finite() {
        // −0 would print its sign
        format!("{}", value + 0.0)
    } else {
        "0".to_owned()
    }
}

/// A fraction as percent: 0.025 is `2.5%`. Rounded to a millionth of a percent, so that 0.07 is not 7.000000000000001 %.
pub fn percent(fraction: f64) -> String {
    format!("{}%", number((fraction * 1e8).round() / 1e6))
}

/// A count of bars as an argument: `14`.
pub fn bars(count: u32) -> String {
    count.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_short() {
        assert_eq!(number(0.1), "0.1");
        assert_eq!(number(-250.0), "-250");
        assert_eq!(number(-0.0), "0");
        assert_eq!(number(f64::NAN), "0");
        assert_eq!(number(1e-7), "0.0000001");
        assert_eq!(percent(0.07), "7%");
        assert_eq!(percent(0.025), "2.5%");
        assert_eq!(percent(10.0), "1000%");
        assert_eq!(bars(14), "14");
    }
}
