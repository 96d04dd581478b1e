//! One parameter's values in a sweep, and how they are written.

use crate::error::SpaceError;
use sixbtc_abi::{ParamKind, ParamSpec, Unit};

/// Most values of one parameter.
const MAX_VALUES: f64 = 1_000_000.0;

/// The values that a parameter takes in a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The parameter's name.
    pub name: String,
    /// Its kind.
    pub kind: ParamKind,
    /// Its values in the order of the sweep; one value is a fixed parameter. Never empty.
    pub values: Vec<f64>,
}

impl Axis {
    /// As the source has it: every value of the range or set, or the default alone.
    pub fn of(spec: &ParamSpec) -> Self {
        Self::with(spec, spec.values.clone())
    }

    /// The default alone.
    pub fn fixed(spec: &ParamSpec) -> Self {
        Self::with(spec, Vec::new())
    }

    fn with(spec: &ParamSpec, mut values: Vec<f64>) -> Self {
        if values.is_empty() {
            values.push(spec.default);
        }
        Self {
            name: spec.name.clone(),
            kind: spec.kind.clone(),
            values,
        }
    }

    /// As typed: `5`, `5,10,20`, `5..60:5` (both ends belong), `5..60` (the source's own steps, or steps of 1 of whole
    /// numbers).
    ///
    /// # Errors
    /// When the text cannot be read, a value is not admissible, stands twice, or there is none or over a million.
    pub fn given(spec: &ParamSpec, text: &str) -> Result<Self, SpaceError> {
        let wrong = |why: String| SpaceError::Value {
            name: spec.name.clone(),
            why,
        };
        let values = if let Some((lo, rest)) = text.split_once("..") {
            range(spec, lo, rest)?
        } else {
            let mut values = Vec::new();
            for part in text.split(',') {
                if part.trim().is_empty() {
                    return Err(wrong(format!("`{text}` lacks a value")));
                }
                let v = admissible(spec, value_of(spec, part)?, part)?;
                if values.contains(&v) {
                    return Err(wrong(format!("{} stands twice in `{text}`", part.trim())));
                }
                values.push(v);
            }
            values
        };
        if values.is_empty() {
            return Err(wrong(format!("`{text}` holds no value")));
        }
        Ok(Self::with(spec, values))
    }

    /// A value as it is written in a program, so that it reads back.
    pub fn show(&self, value: f64) -> String {
        show(&self.kind, value)
    }

    /// Whether neighbours on the axis are near each other in meaning, so that steps along it make sense.
    pub fn is_ordered(&self) -> bool {
        !matches!(self.kind, ParamKind::Bool | ParamKind::Choice(_))
    }
}

/// A parameter's value as typed, admissible or refused with the nearest one that is.
///
/// # Errors
/// When it cannot be read or is not admissible.
pub fn parameter_value(spec: &ParamSpec, text: &str) -> Result<f64, SpaceError> {
    admissible(spec, value_of(spec, text)?, text)
}

fn range(spec: &ParamSpec, lo: &str, rest: &str) -> Result<Vec<f64>, SpaceError> {
    let wrong = |why: String| SpaceError::Value {
        name: spec.name.clone(),
        why,
    };
    match &spec.kind {
        ParamKind::Bool => return Err(wrong("write its values: `true,false`".into())),
        ParamKind::Choice(names) => {
            return Err(wrong(format!("write its values: `{}`", names.join(","))));
        }
        _ => {}
    }
    let (hi, step) = match rest.split_once(':') {
        Some((hi, step)) => (hi, Some(step)),
        None => (rest, None),
    };
    let (from, to) = (value_of(spec, lo)?, value_of(spec, hi)?);
    if from > to {
        return Err(wrong(format!(
            "the range {}..{} is empty; the smaller end comes first",
            lo.trim(),
            hi.trim()
        )));
    }
    admissible(spec, from, lo)?;
    admissible(spec, to, hi)?;
    let step = match step {
        Some(text) => value_of(spec, text)?,
        None if !spec.values.is_empty() => {
            let inside = spec
                .values
                .iter()
                .copied()
                .filter(|v| (from..=to).contains(v));
            return Ok(inside.collect());
        }
        None if matches!(spec.kind, ParamKind::Whole(_)) => 1.0,
        None => {
            return Err(wrong(format!(
                "say the step: `{}={}..{}:STEP`",
                spec.name,
                lo.trim(),
                hi.trim()
            )));
        }
    };
    if step <= 0.0 {
        return Err(wrong("a step must be greater than 0".into()));
    }
    let last = ((to - from) / step + 1e-9).floor();
    if last >= MAX_VALUES {
        return Err(wrong(format!(
            "this step makes {last:.0} values; a parameter can have a million at most"
        )));
    }
    // The same decimal rounding as the language's own ranges: 0.2 + 0.1 is to be 0.3, the value a user would type.
    Ok((0..=last as u32)
        .map(|i| ((from + step * f64::from(i)) * 1e10).round() / 1e10)
        .map(|v| snapped(spec, v))
        .collect())
}

/// Reads a value of a parameter's kind, admissible or not.
fn value_of(spec: &ParamSpec, text: &str) -> Result<f64, SpaceError> {
    let text = text.trim();
    let wrong = |what: &str| SpaceError::Value {
        name: spec.name.clone(),
        why: format!("`{text}` is not {what}"),
    };
    let number = |t: &str| {
        let plain = t.trim().replace('_', "");
        plain.parse::<f64>().ok().filter(|v| v.is_finite())
    };
    match &spec.kind {
        ParamKind::Bool => match text {
            "true" => Ok(1.0),
            "false" => Ok(0.0),
            _ => Err(wrong("`true` or `false`")),
        },
        ParamKind::Choice(names) => {
            let member = text.rsplit('.').next().unwrap_or(text);
            names
                .iter()
                .position(|n| n == member)
                .map(|i| i as f64)
                .ok_or_else(|| wrong(&format!("one of {}", names.join(", "))))
        }
        ParamKind::Timeframe => {
            length_ms(text).ok_or_else(|| wrong("a length of time such as 15m or 4h"))
        }
        ParamKind::Number(unit) | ParamKind::Whole(unit) => {
            let v = match (text.strip_suffix('%'), unit) {
                (Some(t), Unit::Percent) => number(t)
                    .map(|v| v / 100.0)
                    .ok_or_else(|| wrong("a percentage"))?,
                (Some(_), _) => return Err(wrong("a number without unit")),
                (None, _) => {
                    number(text.trim_end_matches("bars")).ok_or_else(|| wrong("a number"))?
                }
            };
            if matches!(spec.kind, ParamKind::Whole(_)) && v.fract() != 0.0 {
                return Err(wrong("a whole number"));
            }
            Ok(v)
        }
    }
}

/// The value of the source that was meant: a decimal typed and the same decimal stepped to may differ in the last bit.
fn snapped(spec: &ParamSpec, v: f64) -> f64 {
    spec.values
        .iter()
        .chain([&spec.default])
        .copied()
        .find(|x| (x - v).abs() <= 1e-12 * x.abs().max(1.0))
        .unwrap_or(v)
}

fn admissible(spec: &ParamSpec, v: f64, text: &str) -> Result<f64, SpaceError> {
    let v = snapped(spec, v);
    let (lo, hi) = spec.range;
    // what lies in no order is admissible one by one
    let members = match spec.kind {
        ParamKind::Bool | ParamKind::Choice(_) => spec.values.as_slice(),
        _ => &[],
    };
    let listed = spec.values.contains(&v);
    if listed || (members.is_empty() && v >= lo && v <= hi) {
        return Ok(v);
    }
    let shown = |x: f64| show(&spec.kind, x);
    let why = if members.is_empty() && lo >= hi {
        format!(
            "{} is not admissible, only {}; give the parameter a range in the source to sweep it",
            text.trim(),
            shown(lo)
        )
    } else if members.is_empty() {
        format!(
            "{} is outside its range; allowed: {} to {}, nearest {}",
            text.trim(),
            shown(lo),
            shown(hi),
            shown(if v < lo { lo } else { hi })
        )
    } else {
        let all: Vec<String> = members.iter().map(|x| shown(*x)).collect();
        format!(
            "{} is not one of its values: {}",
            text.trim(),
            all.join(", ")
        )
    };
    Err(SpaceError::Value {
        name: spec.name.clone(),
        why,
    })
}

/// Units of time in ms, longest first.
const LENGTHS: [(&str, i64); 5] = [
    ("w", 604_800_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
];

pub(crate) fn length_ms(text: &str) -> Option<f64> {
    let (unit, ms) = LENGTHS.iter().find(|(unit, _)| text.ends_with(unit))?;
    let count: i64 = text.strip_suffix(unit)?.trim().parse().ok()?;
    let length = count.checked_mul(*ms)?;
    (length > 0).then_some(length as f64)
}

/// A value of a parameter as it is written in a program.
pub(crate) fn show(kind: &ParamKind, value: f64) -> String {
    match kind {
        ParamKind::Bool => (value != 0.0).to_string(),
        ParamKind::Choice(names) => names
            .get(value as usize)
            .cloned()
            .unwrap_or_else(|| value.to_string()),
        ParamKind::Timeframe => LENGTHS
            .iter()
            .find(|(_, ms)| value % *ms as f64 == 0.0)
            .map_or_else(
                || format!("{value}ms"),
                |(unit, ms)| format!("{}{unit}", value / *ms as f64),
            ),
        ParamKind::Number(Unit::Percent) => format!("{}%", (value * 1e12).round() / 1e10),
        ParamKind::Number(_) | ParamKind::Whole(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(kind: ParamKind, default: f64, range: (f64, f64), values: &[f64]) -> ParamSpec {
        ParamSpec {
            name: "k".into(),
            kind,
            default,
            range,
            values: values.to_vec(),
        }
    }

    fn bars() -> ParamSpec {
        let values: Vec<f64> = (1..=12).map(|i| f64::from(i) * 5.0).collect();
        spec(ParamKind::Whole(Unit::Bars), 20.0, (5.0, 60.0), &values)
    }

    fn percent() -> ParamSpec {
        spec(ParamKind::Number(Unit::Percent), 0.02, (0.005, 0.04), &[])
    }

    fn said(spec: &ParamSpec, text: &str) -> String {
        Axis::given(spec, text).unwrap_err().to_string()
    }

    #[test]
    fn ranges_lists_and_single_values() {
        let values = |s: &ParamSpec, t: &str| Axis::given(s, t).unwrap().values;
        assert_eq!(
            values(&bars(), "10..20:2"),
            [10.0, 12.0, 14.0, 16.0, 18.0, 20.0]
        );
        assert_eq!(
            values(&bars(), "10..22"),
            [10.0, 15.0, 20.0],
            "the source's own steps"
        );
        assert_eq!(values(&bars(), "50, 7"), [50.0, 7.0]);
        assert_eq!(values(&bars(), "9 bars"), [9.0]);
        assert_eq!(values(&percent(), "0.5%..4%:0.25%").len(), 15);
        assert_eq!(values(&percent(), "0.5%..1%:0.25%"), [0.005, 0.0075, 0.01]);
        let whole = spec(ParamKind::Whole(Unit::Number), 3.0, (1.0, 9.0), &[]);
        assert_eq!(values(&whole, "2..4"), [2.0, 3.0, 4.0]);
        let tf = spec(
            ParamKind::Timeframe,
            3_600_000.0,
            (3_600_000.0, 14_400_000.0),
            &[3_600_000.0, 14_400_000.0],
        );
        assert_eq!(values(&tf, "60m,4h"), [3_600_000.0, 14_400_000.0]);
        let choice = spec(
            ParamKind::Choice(vec!["a".into(), "b".into()]),
            0.0,
            (0.0, 1.0),
            &[0.0, 1.0],
        );
        assert_eq!(values(&choice, "Mode.b,a"), [1.0, 0.0]);
        let yes = spec(ParamKind::Bool, 1.0, (0.0, 1.0), &[0.0, 1.0]);
        assert_eq!(values(&yes, "true,false"), [1.0, 0.0]);
    }

    #[test]
    fn what_is_refused_says_what_would_be_right() {
        assert_eq!(
            said(&bars(), "10..70:5"),
            "parameter `k`: 70 is outside its range; allowed: 5 to 60, nearest 60"
        );
        assert_eq!(
            said(&percent(), "0.1%"),
            "parameter `k`: 0.1% is outside its range; allowed: 0.5% to 4%, nearest 0.5%"
        );
        assert_eq!(
            said(&percent(), "1%..2%"),
            "parameter `k`: say the step: `k=1%..2%:STEP`"
        );
        assert_eq!(
            said(&bars(), "10.5"),
            "parameter `k`: `10.5` is not a whole number"
        );
        assert_eq!(
            said(&bars(), "20..10:5"),
            "parameter `k`: the range 20..10 is empty; the smaller end comes first"
        );
        assert_eq!(
            said(&bars(), "10..20:0"),
            "parameter `k`: a step must be greater than 0"
        );
        assert_eq!(
            said(&bars(), "10..20:-1"),
            "parameter `k`: a step must be greater than 0"
        );
        assert_eq!(
            said(&bars(), "10,,20"),
            "parameter `k`: `10,,20` lacks a value"
        );
        assert_eq!(
            said(&bars(), "10,20,10"),
            "parameter `k`: 10 stands twice in `10,20,10`"
        );
        assert_eq!(
            said(&bars(), "6..9"),
            "parameter `k`: `6..9` holds no value"
        );
        let tf = spec(
            ParamKind::Timeframe,
            1_800_000.0,
            (1_800_000.0, 14_400_000.0),
            &[1_800_000.0, 14_400_000.0],
        );
        assert_eq!(
            said(&tf, "30m,5h"),
            "parameter `k`: 5h is outside its range; allowed: 30m to 4h, nearest 4h"
        );
        let fixed = spec(ParamKind::Number(Unit::Price), 100.0, (100.0, 100.0), &[]);
        assert_eq!(
            said(&fixed, "120"),
            "parameter `k`: 120 is not admissible, only 100; give the parameter a range in the source to sweep it"
        );
        let choice = spec(
            ParamKind::Choice(vec!["a".into(), "b".into()]),
            0.0,
            (0.0, 1.0),
            &[0.0, 1.0],
        );
        assert_eq!(
            said(&choice, "a..b"),
            "parameter `k`: write its values: `a,b`"
        );
        let fine = spec(ParamKind::Number(Unit::Number), 0.0, (0.0, 1.0), &[]);
        assert_eq!(
            said(&fine, "0..1:0.0000001"),
            "parameter `k`: this step makes 10000000 values; a parameter can have a million at most"
        );
    }

    #[test]
    fn a_decimal_typed_is_the_decimal_of_the_source() {
        let source = spec(
            ParamKind::Number(Unit::Percent),
            0.03,
            (0.01, 0.03),
            &[0.01, 0.1 + 0.2 - 0.28, 0.03],
        );
        let typed = Axis::given(&source, "2%").unwrap().values[0];
        assert_eq!(typed.to_bits(), (0.1_f64 + 0.2 - 0.28).to_bits());
    }

    #[test]
    fn values_are_shown_as_they_are_written() {
        let shown = |s: &ParamSpec, v| Axis::of(s).show(v);
        assert_eq!(shown(&percent(), 0.0225), "2.25%");
        assert_eq!(shown(&bars(), 20.0), "20");
        let tf = spec(ParamKind::Timeframe, 3_600_000.0, (0.0, 0.0), &[]);
        assert_eq!(shown(&tf, 5_400_000.0), "90m");
        assert_eq!(shown(&tf, 604_800_000.0), "1w");
    }
}
