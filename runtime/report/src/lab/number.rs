//! Numbers that JSON has no words for: `serde(with)` modules for single numbers and columns.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number as it is written: NaN as `null`, infinities as words.
#[derive(Clone, Copy)]
struct Written(f64);

impl Serialize for Written {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        crate::data::value_or_infinity::serialize(&Some(self.0), to)
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(
            crate::data::value_or_infinity::deserialize(from)?.unwrap_or(f64::NAN),
        ))
    }
}

/// Writes a number.
// serde hands a reference to the field, whatever its type.
#[allow(clippy::trivially_copy_pass_by_ref)]
pub fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
    Written(*value).serialize(to)
}

/// Reads a number.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Written::deserialize(from)?.0)
}

/// The same for a column of numbers.
pub mod column {
    use super::{Deserialize, Deserializer, Serializer, Written};

    /// Writes a column.
    pub fn serialize<S: Serializer>(values: &[f64], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(values.iter().map(|v| Written(*v)))
    }

    /// Reads a column.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
        Ok(Vec::<Written>::deserialize(from)?
            .into_iter()
            .map(|w| w.0)
            .collect())
    }
}

/// The same for columns beside one another.
pub mod columns {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Written};

    struct Column<'a>(&'a [f64]);

    impl Serialize for Column<'_> {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            super::column::serialize(self.0, to)
        }
    }

    /// Writes columns.
    pub fn serialize<S: Serializer>(values: &[Vec<f64>], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(values.iter().map(|c| Column(c)))
    }

    /// Reads columns.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Vec<f64>>, D::Error> {
        Ok(Vec::<Vec<Written>>::deserialize(from)?
            .into_iter()
            .map(|column| column.into_iter().map(|w| w.0).collect())
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use crate::lab::{FigureColumn, Part, Sweep, ValidationPage};

    #[test]
    fn what_is_no_number_comes_back() {
        let column = FigureColumn {
            values: vec![1.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.1 + 0.2],
            ..FigureColumn::default()
        };
        let page = ValidationPage {
            plateau: Part::Shown(Sweep {
                figures: vec![column.clone()],
                elapsed_ms: f64::NAN,
                ..Sweep::default()
            }),
            ..ValidationPage::default()
        };
        let text = serde_json::to_string(&page).unwrap();
        let read: ValidationPage = serde_json::from_str(&text).unwrap();
        let sweep = read.plateau.shown().unwrap();
        assert!(sweep.elapsed_ms.is_nan());
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&sweep.figures[0].values), bits(&column.values));
        assert_eq!(read.noise, Part::Absent(String::new()));
    }
}
