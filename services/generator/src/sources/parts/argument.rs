//! Arguments of a part: typed values with a list worth trying and a range that a search may move them in.

use crate::draw::Draw;
use crate::literal::number;
use crate::source::SourceError;
use serde::Deserialize;

/// The type of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArgType {
    /// A whole number of bars, at least 1.
    Bars,
    /// A number.
    Float,
    /// A percentage; its value stands as its figure: 3 is 3 %.
    Percent,
}

impl ArgType {
    /// As the language names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bars => "bars",
            Self::Float => "float",
            Self::Percent => "percent",
        }
    }
}

/// An argument of a part.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argument {
    /// Its name, as the definition has it.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: ArgType,
    /// Values worth trying.
    pub values: Vec<f64>,
    /// The one to begin with.
    pub default: f64,
    /// Bounds that a search keeps to, both included.
    pub range: [f64; 2],
}

/// A value as it is kept in recipes: to a millionth, so that reading and writing it never changes it.
pub fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

impl Argument {
    /// The value as a literal of the language.
    pub fn literal(&self, value: f64) -> String {
        match self.ty {
            ArgType::Bars | ArgType::Float => number(rounded(value)),
            ArgType::Percent => format!("{}%", number(rounded(value))),
        }
    }

    /// The value as it is read aloud.
    pub fn spoken(&self, value: f64) -> String {
        match self.ty {
            ArgType::Bars | ArgType::Float => number(rounded(value)),
            ArgType::Percent => format!("{} %", number(rounded(value))),
        }
    }

    /// A value of the list.
    pub fn draw(&self, draw: &mut Draw) -> f64 {
        draw.pick(&self.values).copied().unwrap_or(self.default)
    }

    /// The value moved by up to a fifth of itself, within the range and of the type.
    pub fn nudge(&self, value: f64, draw: &mut Draw) -> f64 {
        let factor = draw.between(0.8, 1.2);
        let moved = match self.ty {
            ArgType::Bars => match (value * (factor - 1.0)).trunc() {
                // a short length moves by a bar at least, or it could never move
                0.0 => value + (factor - 1.0).signum(),
                by => value + by,
            },
            // three digits say enough, and read well
            ArgType::Float | ArgType::Percent => digits(value * factor),
        };
        let [low, high] = self.range;
        rounded(moved.max(low).min(high))
    }

    /// Whether the value is one that the argument may take.
    pub fn check(&self, value: f64) -> Result<(), SourceError> {
        let [low, high] = self.range;
        let whole = self.ty != ArgType::Bars || (value.fract() == 0.0 && value >= 1.0);
        if value.is_finite() && whole && (low..=high).contains(&value) {
            return Ok(());
        }
        let (name, ty) = (&self.name, self.ty.name());
        Err(SourceError::Recipe(format!(
            "`{name}` is {value}; it is to be of type {ty}, from {low} to {high}"
        )))
    }
}

/// Rounded to three significant digits.
fn digits(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    let scale = 10f64.powi(2 - value.abs().log10().floor() as i32);
    rounded((value * scale).round() / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argument(ty: ArgType, range: [f64; 2]) -> Argument {
        Argument {
            name: "n".into(),
            ty,
            values: vec![10.0, 20.0],
            default: 10.0,
            range,
        }
    }

    #[test]
    fn a_nudge_stays_within_type_and_range() {
        let mut draw = Draw::new(1, "test", 0, 0);
        for (ty, range, start) in [
            (ArgType::Bars, [2.0, 40.0], 3.0),
            (ArgType::Float, [-98.0, -2.0], -85.0),
            (ArgType::Percent, [0.5, 30.0], 2.5),
        ] {
            let it = argument(ty, range);
            let mut value = start;
            let mut moved = 0;
            for _ in 0..500 {
                let next = it.nudge(value, &mut draw);
                it.check(next).unwrap();
                let most = (value.abs() * 0.2).max(1.0) + 1e-2 * value.abs();
                assert!((next - value).abs() <= most, "{value} to {next}");
                moved += i32::from(next.to_bits() != value.to_bits());
                value = next;
            }
            // at a bound half of the moves lead beyond it
            assert!(moved > 150, "{moved}");
        }
        assert!(argument(ArgType::Bars, [1.0, 9.0]).check(2.5).is_err());
        assert!(
            argument(ArgType::Float, [1.0, 9.0])
                .check(f64::NAN)
                .is_err()
        );
        assert!(argument(ArgType::Float, [1.0, 9.0]).check(9.1).is_err());
    }

    #[test]
    fn literals_and_speech() {
        assert_eq!(
            argument(ArgType::Percent, [0.0, 9.0]).literal(2.500_000_000_1),
            "2.5%"
        );
        assert_eq!(argument(ArgType::Percent, [0.0, 9.0]).spoken(2.5), "2.5 %");
        assert_eq!(argument(ArgType::Bars, [0.0, 9.0]).literal(14.0), "14");
        assert!((digits(0.061_77) - 0.0618).abs() < 1e-12);
    }
}
