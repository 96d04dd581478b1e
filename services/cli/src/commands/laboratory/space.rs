//! `--space pipeline`: the pipeline's parametric space for a program's own parameters.

use super::Prepared;
use crate::failure::Failure;
use sixbtc_abi::ParamSpec;
use sixbtc_judgement::pipeline::spaces::{self, Stop, Target};
use sixbtc_sweep::Space;

/// Names that a program may give to each axis of the pipeline's space.
const NAMES: [&[&str]; 4] = [
    &["sl", "stop", "stop_loss"],
    &["tp", "target", "take_profit"],
    &["exit", "exit_after", "max_bars"],
    &["leverage"],
];

/// The points of the space that the program's ranges admit, each once. Parameters that the space says nothing of have the
/// one value of `--param`, or their default.
pub fn pipeline(ready: &Prepared, space: &Space) -> Result<Vec<Vec<f64>>, Failure> {
    let specs = ready.specs();
    let places = NAMES.map(|names| specs.iter().position(|s| names.contains(&s.name.as_str())));
    if places.iter().all(Option::is_none) {
        return Err(Failure::input(
            "`--space pipeline` needs parameters named `sl`, `tp`, `exit` or `leverage`; the strategy has none of them",
        ));
    }
    let base: Vec<f64> = specs
        .iter()
        .zip(space.axes())
        .map(|(spec, axis)| match axis.values.as_slice() {
            [one] => *one,
            _ => spec.default,
        })
        .collect();
    let mut points: Vec<Vec<f64>> = Vec::new();
    for tried in spaces::Space::percentage_scaled(ready.clock).points() {
        let values = [
            match tried.stop {
                Stop::Fraction { distance } => Some(distance),
                _ => None,
            },
            match tried.target {
                Target::Fraction { distance } => Some(distance),
                _ => None,
            },
            tried.exit_bars.map(f64::from),
            Some(f64::from(tried.leverage)),
        ];
        let mut point = base.clone();
        // without a target or time exit the program's parameter would have to be absent: such a point is not of this program
        let fits = places.iter().zip(values).all(|(place, value)| {
            let (Some(place), spec) = (place, place.and_then(|p| specs.get(p))) else {
                return true;
            };
            match (value, spec) {
                (Some(v), Some(spec)) if admitted(spec, v) => {
                    point[*place] = v;
                    true
                }
                _ => false,
            }
        });
        if fits && !points.contains(&point) {
            points.push(point);
        }
    }
    if points.is_empty() {
        return Err(Failure::input(
            "no point of the pipeline's space lies within the ranges of the program's parameters; widen them",
        ));
    }
    Ok(points)
}

fn admitted(spec: &ParamSpec, value: f64) -> bool {
    let slack = 1e-12 * value.abs().max(1.0);
    value >= spec.range.0 - slack && value <= spec.range.1 + slack
}
