//! All points of a sweep, numbered.

use crate::axis::Axis;
use crate::error::{SpaceError, hint};
use crate::evaluate::Evaluate;
use crate::evaluate::{Admitted, EvaluateError};
use sixbtc_abi::ParamSpec;
use std::collections::BTreeMap;

/// Most values of an axis that are spelt out in the identity of a sweep.
const SPELT: usize = 64;

/// The points of a sweep: a grid over axes, or a list.
///
/// Points of a grid are numbered like nested loops, the first parameter outermost: the number is what results, shards and
/// resumed sweeps refer to.
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    axes: Vec<Axis>,
    /// Rows of a list; a grid has none.
    listed: Option<Vec<f64>>,
}

impl Space {
    /// The grid over the values of the source, where `given` does not say otherwise (`name`, `values as typed`; see
    /// [`Axis::given`]).
    ///
    /// # Errors
    /// Unknown or doubled names, values that are not admissible, a strategy without parameters.
    pub fn grid(params: &[ParamSpec], given: &[(String, String)]) -> Result<Self, SpaceError> {
        Self::known(params, given)?;
        let axis = |spec: &ParamSpec| match given.iter().find(|g| g.0 == spec.name) {
            Some((_, text)) => Axis::given(spec, text),
            None => Ok(Axis::of(spec)),
        };
        Ok(Self {
            axes: params.iter().map(axis).collect::<Result<_, _>>()?,
            listed: None,
        })
    }

    /// The points of a CSV text: a header with names of parameters, then a point a line. A parameter without a column has
    /// its value of `given`, or its default. A column `point` is passed over, so that results can be used again.
    ///
    /// # Errors
    /// As of [`Space::grid`], and for lines that do not fit the header; the line is named.
    pub fn list(
        params: &[ParamSpec],
        given: &[(String, String)],
        csv: &str,
    ) -> Result<Self, SpaceError> {
        Self::known(params, given)?;
        let mut lines = csv
            .lines()
            .enumerate()
            .filter(|(_, l)| !l.trim().is_empty());
        let bad = |line: usize, why: String| SpaceError::List {
            line: line + 1,
            why,
        };
        let Some((_, header)) = lines.next() else {
            return Err(bad(
                0,
                "it is empty; the first line names the parameters".into(),
            ));
        };
        let mut columns = Vec::new();
        for name in header.split(',').map(str::trim) {
            let at = params.iter().position(|p| p.name == name);
            if at.is_none() && name != "point" {
                let near = hint(name, params.iter().map(|p| p.name.as_str()));
                return Err(bad(
                    0,
                    format!("the strategy has no parameter `{name}`{near}"),
                ));
            }
            if at.is_some() && columns.contains(&at) {
                return Err(bad(0, format!("parameter `{name}` stands twice")));
            }
            columns.push(at);
        }
        let mut base = Vec::with_capacity(params.len());
        for spec in params {
            base.push(match given.iter().find(|g| g.0 == spec.name) {
                Some((_, text)) => crate::axis::parameter_value(spec, text)?,
                None => spec.default,
            });
        }
        let mut rows = Vec::new();
        for (line, text) in lines {
            let cells: Vec<&str> = text.split(',').collect();
            if cells.len() != columns.len() {
                let (has, wants) = (cells.len(), columns.len());
                return Err(bad(
                    line,
                    format!("{has} values where the header has {wants} names"),
                ));
            }
            let mut point = base.clone();
            for (cell, column) in cells.iter().zip(&columns) {
                let Some((spec, slot)) = column.and_then(|c| params.get(c).zip(point.get_mut(c)))
                else {
                    continue;
                };
                *slot = crate::axis::parameter_value(spec, cell)
                    .map_err(|e| bad(line, e.to_string()))?;
            }
            rows.extend(point);
        }
        if rows.is_empty() {
            return Err(bad(0, "it has a header and no points".into()));
        }
        Ok(Self {
            axes: params.iter().map(Axis::fixed).collect(),
            listed: Some(rows),
        })
    }

    fn known(params: &[ParamSpec], given: &[(String, String)]) -> Result<(), SpaceError> {
        if params.is_empty() {
            return Err(SpaceError::NoParameters);
        }
        for (i, (name, _)) in given.iter().enumerate() {
            if !params.iter().any(|p| p.name == *name) {
                return Err(SpaceError::Unknown {
                    name: name.clone(),
                    hint: hint(name, params.iter().map(|p| p.name.as_str())),
                });
            }
            if given.iter().take(i).any(|g| g.0 == *name) {
                return Err(SpaceError::Twice(name.clone()));
            }
        }
        Ok(())
    }

    /// The axes, in the order of the manifest; those of a list hold the defaults alone.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// Parameters a point has.
    pub fn width(&self) -> usize {
        self.axes.len()
    }

    /// Whether the points come from a list.
    pub fn is_list(&self) -> bool {
        self.listed.is_some()
    }

    /// How many points there are, before any `require`; saturates at the largest u128.
    pub fn count(&self) -> u128 {
        match &self.listed {
            Some(rows) => (rows.len() / self.width().max(1)) as u128,
            None => self
                .axes
                .iter()
                .fold(1, |n: u128, a| n.saturating_mul(a.values.len() as u128)),
        }
    }

    /// The same as a number that points can have.
    ///
    /// # Errors
    /// When there are more than a u64 counts.
    pub fn numbers(&self) -> Result<u64, SpaceError> {
        u64::try_from(self.count()).map_err(|_| SpaceError::Unnumbered)
    }

    /// Writes a point's values into `out`, which is [`Space::width`] long.
    pub fn point_into(&self, number: u64, out: &mut [f64]) {
        if let Some(rows) = &self.listed {
            let start = number as usize * self.width();
            if let Some(row) = rows.get(start..start + self.width()) {
                out.copy_from_slice(row);
            }
            return;
        }
        let mut rest = number;
        for (slot, axis) in out.iter_mut().zip(&self.axes).rev() {
            let n = axis.values.len() as u64;
            *slot = axis
                .values
                .get((rest % n) as usize)
                .copied()
                .unwrap_or(f64::NAN);
            rest /= n;
        }
    }

    /// A point's values.
    pub fn point(&self, number: u64) -> Vec<f64> {
        let mut out = vec![0.0; self.width()];
        self.point_into(number, &mut out);
        out
    }

    /// A point's place on each axis of a grid.
    pub fn places(&self, number: u64) -> Vec<usize> {
        let mut out = vec![0; self.width()];
        let mut rest = number;
        for (slot, axis) in out.iter_mut().zip(&self.axes).rev() {
            let n = axis.values.len() as u64;
            *slot = (rest % n) as usize;
            rest /= n;
        }
        out
    }

    /// The number of the point at a place on each axis of a grid.
    pub fn number_at(&self, places: &[usize]) -> u64 {
        places.iter().zip(&self.axes).fold(0, |n, (place, axis)| {
            n * axis.values.len() as u64 + *place as u64
        })
    }

    /// What makes this space this one, a line for each axis.
    pub(crate) fn identity(&self, into: &mut BTreeMap<String, String>) {
        for axis in &self.axes {
            let key = format!("param {}", axis.name);
            into.insert(
                key,
                self.listed
                    .as_ref()
                    .map_or_else(|| spelt(axis), |_| "listed".into()),
            );
        }
        if let Some(rows) = &self.listed {
            let bytes: Vec<u8> = rows
                .iter()
                .flat_map(|v| v.to_bits().to_le_bytes())
                .collect();
            let hash = blake3::hash(&bytes).to_hex();
            into.insert("points listed".into(), format!("{}, {hash}", self.count()));
        }
    }

    /// Whether a `require` of the program admits a point.
    pub(crate) fn admits(
        &self,
        evaluator: &dyn Evaluate,
        number: u64,
    ) -> Result<Admitted, EvaluateError> {
        evaluator.admits(&self.point(number))
    }
}

fn spelt(axis: &Axis) -> String {
    let bits: Vec<u8> = axis
        .values
        .iter()
        .flat_map(|v| v.to_bits().to_le_bytes())
        .collect();
    let hash = blake3::hash(&bits).to_hex();
    let short = hash.get(..16).unwrap_or_default();
    if axis.values.len() <= SPELT {
        let all: Vec<String> = axis.values.iter().map(|v| axis.show(*v)).collect();
        return format!("{} ({short})", all.join(","));
    }
    let end = |v: Option<&f64>| v.map_or_else(String::new, |v| axis.show(*v));
    let (first, last) = (end(axis.values.first()), end(axis.values.last()));
    format!("{} values, {first} … {last} ({short})", axis.values.len())
}

/// A count as people read it: `1,015`, or `1.2 × 10^15` when it is long.
pub fn count_text(n: u128) -> String {
    if n >= 1_000_000_000_000 {
        let power = n.ilog10();
        let lead = n as f64 / 10_f64.powi(power as i32);
        return if lead < 1.05 {
            format!("10^{power}")
        } else {
            format!("{lead:.1} × 10^{power}")
        };
    }
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + 4);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sixbtc_abi::{ParamKind, Unit};

    fn spec(name: &str, values: &[f64]) -> ParamSpec {
        ParamSpec {
            name: name.into(),
            kind: ParamKind::Number(Unit::Number),
            default: values[0],
            range: (values[0], values[values.len() - 1]),
            values: values.to_vec(),
        }
    }

    fn given(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter()
            .map(|(k, v)| ((*k).into(), (*v).into()))
            .collect()
    }

    #[test]
    fn points_are_numbered_like_nested_loops() {
        let space = Space::grid(
            &[spec("a", &[1.0, 2.0]), spec("b", &[10.0, 20.0, 30.0])],
            &[],
        )
        .unwrap();
        assert_eq!(space.count(), 6);
        let all: Vec<Vec<f64>> = (0..6).map(|n| space.point(n)).collect();
        assert_eq!(all[0], [1.0, 10.0]);
        assert_eq!(all[1], [1.0, 20.0]);
        assert_eq!(all[3], [2.0, 10.0]);
        assert_eq!(all[5], [2.0, 30.0]);
    }

    #[test]
    fn names_are_checked() {
        let params = [spec("fast", &[1.0, 2.0]), spec("slow", &[3.0])];
        let said = |g: &[(&str, &str)]| Space::grid(&params, &given(g)).unwrap_err().to_string();
        assert_eq!(
            said(&[("fsat", "1")]),
            "the strategy has no parameter `fsat`; did you mean `fast`?"
        );
        assert_eq!(
            said(&[("fast", "1"), ("fast", "2")]),
            "parameter `fast` is given twice"
        );
        assert_eq!(Space::grid(&[], &[]), Err(SpaceError::NoParameters));
    }

    #[test]
    fn huge_spaces_are_counted_not_made() {
        let many: Vec<f64> = (0..1000).map(f64::from).collect();
        let params: Vec<ParamSpec> = (0..60).map(|i| spec(&format!("p{i}"), &many)).collect();
        let space = Space::grid(&params, &[]).unwrap();
        assert_eq!(space.count(), u128::MAX);
        assert_eq!(space.numbers(), Err(SpaceError::Unnumbered));
        let four = Space::grid(&params[..4], &[]).unwrap();
        assert_eq!(count_text(four.count()), "10^12");
        assert_eq!(count_text(1_015), "1,015");
        assert_eq!(count_text(1_200_000_000_000_000), "1.2 × 10^15");
    }

    #[test]
    fn a_list_of_points() {
        let params = [spec("a", &[1.0, 2.0]), spec("b", &[10.0, 30.0])];
        let space = Space::list(&params, &given(&[]), "point,b\n7,30\n\n8,12.5\n").unwrap();
        assert_eq!(space.count(), 2);
        assert_eq!(space.point(0), [1.0, 30.0]);
        assert_eq!(space.point(1), [1.0, 12.5]);
        let said = |text: &str| Space::list(&params, &[], text).unwrap_err().to_string();
        assert_eq!(
            said(""),
            "the list of points, line 1: it is empty; the first line names the parameters"
        );
        assert_eq!(
            said("a,c\n"),
            "the list of points, line 1: the strategy has no parameter `c`; there are a, b"
        );
        assert_eq!(
            said("a,b\n1\n"),
            "the list of points, line 2: 1 values where the header has 2 names"
        );
        assert_eq!(
            said("a\n1\n\n9\n"),
            "the list of points, line 4: parameter `a`: 9 is outside its range; allowed: 1 to 2, nearest 2"
        );
        assert_eq!(
            said("a\n"),
            "the list of points, line 1: it has a header and no points"
        );
    }

    proptest! {
        #[test]
        fn a_number_and_its_places_are_one(lengths in proptest::collection::vec(1_usize..7, 1..6), at in 0_u64..100_000) {
            let params: Vec<ParamSpec> = lengths
                .iter()
                .enumerate()
                .map(|(i, n)| spec(&format!("p{i}"), &(0..*n).map(|v| v as f64).collect::<Vec<_>>()))
                .collect();
            let space = Space::grid(&params, &[]).unwrap();
            let number = at % space.numbers().unwrap();
            let places = space.places(number);
            prop_assert_eq!(space.number_at(&places), number);
            let point = space.point(number);
            for (v, p) in point.iter().zip(&places) {
                prop_assert_eq!(*v as usize, *p);
            }
        }
    }
}
