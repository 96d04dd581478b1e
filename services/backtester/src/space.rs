//! From the space that a recipe names to points of a program's own parameters.

use serde::Deserialize;
use sixbtc_abi::ParamSpec;
use sixbtc_judgement::pipeline::spaces::{
    Rules, Space, SpaceError, Stop, StopForm, Target, TargetForm,
};
use sixbtc_market::Timeframe;

/// A target of 1000 % stands for none.
pub const NO_TARGET: f64 = 10.0;
/// A time exit after so many bars stands for none.
pub const NO_HOLD: f64 = 100_000.0;
/// Points of a program's own ranges that are tried, at most.
pub const MOST_OWN: u64 = 1_015;

/// Which space a recipe names.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Named {
    /// Stops and targets as fractions of price, by timeframe.
    #[default]
    Percentage,
    /// Around a block whose target is touched.
    Touch {
        /// The move it expects, a fraction of price.
        magnitude: f64,
        /// Bars within which.
        #[serde(alias = "holding")]
        hold: f64,
    },
    /// Around a block judged by closes.
    Close {
        /// Median ATR as a fraction of price; absent: measured on the bars.
        #[serde(default, alias = "median_atr")]
        atr: Option<f64>,
        /// Bars after which it is judged.
        #[serde(alias = "holding")]
        hold: f64,
    },
    /// Stops and targets of other forms.
    Typed {
        /// How the stop is measured.
        stop: StopForm,
        /// How the target is measured.
        target: TargetForm,
    },
    /// The program's own ranges.
    Own,
}

/// Why there are no points.
#[derive(Debug, thiserror::Error)]
pub enum PointsError {
    /// The recipe's space cannot be read.
    #[error("the recipe's space cannot be read: {0}")]
    Recipe(String),
    /// The space cannot be made.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// No point lies within the ranges.
    #[error("no point of the space lies within the ranges of the program's parameters")]
    None,
}

impl Named {
    /// What a recipe says; percentage when it says nothing.
    ///
    /// # Errors
    /// [`PointsError::Recipe`].
    pub fn of(recipe: &serde_json::Value) -> Result<Self, PointsError> {
        match recipe.get("space") {
            None | Some(serde_json::Value::Null) => Ok(Self::default()),
            Some(said) => Self::deserialize(said).map_err(|e| PointsError::Recipe(e.to_string())),
        }
    }

    /// Whether the median ATR of the bars is needed.
    pub fn needs_atr(&self) -> bool {
        matches!(self, Self::Close { atr: None, .. })
    }

    /// The points, each once, in the order of the space. Parameters that the space does not know keep their defaults;
    /// what the program has no parameter for is left out. `whole` also takes what the original's rules drop.
    ///
    /// # Errors
    /// [`PointsError`].
    pub fn points(
        &self,
        specs: &[ParamSpec],
        clock: Timeframe,
        median_atr: f64,
        whole: bool,
    ) -> Result<Vec<Vec<f64>>, PointsError> {
        let mut space = match *self {
            Self::Percentage => Space::percentage_scaled(clock),
            Self::Touch { magnitude, hold } => Space::touch(magnitude, hold)?,
            Self::Close { atr, hold } => Space::close(atr.unwrap_or(median_atr), hold)?,
            Self::Typed { stop, target } => Space::typed(clock, stop, target)?,
            Self::Own => return own(specs),
        };
        if whole {
            space.rules = Rules {
                target_above_stop: false,
                safe_leverage: None,
                ..space.rules
            };
        }
        let defaults: Vec<f64> = specs.iter().map(|p| p.default).collect();
        let mut seen = std::collections::HashSet::new();
        let mut points = Vec::new();
        for point in space.points() {
            let mut values = defaults.clone();
            let fits = wanted(&point.stop, &point.target, point.exit_bars, point.leverage)
                .into_iter()
                .all(|(names, value)| put(specs, &mut values, names, value));
            let bits: Vec<u64> = values.iter().map(|v| v.to_bits()).collect();
            if fits && seen.insert(bits) {
                points.push(values);
            }
        }
        if points.is_empty() {
            return Err(PointsError::None);
        }
        Ok(points)
    }
}

type Wanted = (&'static [&'static str], f64);

/// Values of a point with the names that a program may give to each.
fn wanted(stop: &Stop, target: &Target, exit: Option<u32>, leverage: u32) -> Vec<Wanted> {
    let mut all: Vec<Wanted> = Vec::with_capacity(5);
    match *stop {
        Stop::Fraction { distance } => all.push((&["sl"], distance)),
        Stop::Atr { multiple } => all.push((&["sl_atr", "sl"], multiple)),
        Stop::Trailing {
            distance,
            activation,
            ..
        } => {
            all.push((&["trail", "sl"], distance));
            all.push((&["activation", "act"], activation));
        }
        Stop::Structure { bars } => all.push((&["swing", "sl_bars", "sl"], f64::from(bars))),
    }
    match *target {
        Target::None => all.push((&["tp"], NO_TARGET)),
        Target::Fraction { distance } => all.push((&["tp"], distance)),
        Target::Atr { multiple } => all.push((&["tp_atr", "tp"], multiple)),
        Target::Reward { ratio } => all.push((&["rr", "tp"], ratio)),
    }
    all.push((&["hold"], exit.map_or(NO_HOLD, f64::from)));
    all.push((&["lev"], f64::from(leverage)));
    all
}

/// Sets the first parameter of these names; `false` when it does not take the value.
fn put(specs: &[ParamSpec], values: &mut [f64], names: &[&str], value: f64) -> bool {
    let place = names
        .iter()
        .find_map(|name| specs.iter().position(|s| s.name == *name));
    let Some(place) = place else {
        return true;
    };
    let spec = &specs[place];
    let slack = 1e-12 * value.abs().max(1.0);
    if value < spec.range.0 - slack || value > spec.range.1 + slack {
        return false;
    }
    values[place] = value;
    true
}

/// The product of the program's own values; of more than [`MOST_OWN`] as many at equal distances.
fn own(specs: &[ParamSpec]) -> Result<Vec<Vec<f64>>, PointsError> {
    let axes: Vec<Vec<f64>> = specs
        .iter()
        .map(|p| {
            if p.values.is_empty() {
                vec![p.default]
            } else {
                p.values.clone()
            }
        })
        .collect();
    let count = axes
        .iter()
        .try_fold(1_u64, |n, a| n.checked_mul(a.len() as u64))
        .unwrap_or(u64::MAX);
    if count == 0 {
        return Err(PointsError::None);
    }
    let take = count.min(MOST_OWN);
    Ok((0..take)
        .map(|i| {
            let mut number = (u128::from(i) * u128::from(count) / u128::from(take)) as u64;
            let mut point = vec![0.0; axes.len()];
            for (value, axis) in point.iter_mut().zip(&axes).rev() {
                let n = axis.len() as u64;
                *value = axis[(number % n) as usize];
                number /= n;
            }
            point
        })
        .collect())
}

/// Parameters that take more than one value over the points, rising.
pub fn swept(points: &[Vec<f64>]) -> Vec<u16> {
    let Some(first) = points.first() else {
        return Vec::new();
    };
    (0..first.len())
        .filter(|&i| points.iter().any(|p| p[i].to_bits() != first[i].to_bits()))
        .map(|i| i as u16)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use sixbtc_abi::{ParamKind, Unit};

    fn spec(name: &str, default: f64, range: (f64, f64)) -> ParamSpec {
        ParamSpec {
            name: name.into(),
            kind: ParamKind::Number(Unit::Number),
            default,
            range,
            values: Vec::new(),
        }
    }

    fn four() -> Vec<ParamSpec> {
        vec![
            spec("sl", 0.02, (0.005, 0.3)),
            spec("tp", 0.05, (0.005, 10.0)),
            spec("hold", 20.0, (1.0, 100_000.0)),
            spec("lev", 3.0, (1.0, 40.0)),
        ]
    }

    #[test]
    fn the_documented_thousand_and_what_the_rules_leave() {
        let of = |whole| {
            Named::default()
                .points(&four(), Timeframe::M15, 0.0, whole)
                .unwrap()
        };
        assert_eq!((of(true).len(), of(false).len()), (1_015, 657));
        assert_eq!(of(true)[0], vec![0.01, NO_TARGET, 10.0, 1.0]);
        assert!(of(true).iter().any(|p| p[2] == NO_HOLD));
        assert_eq!(swept(&of(true)), vec![0, 1, 2, 3]);
    }

    #[test]
    fn a_program_without_a_parameter_has_fewer_points() {
        let without_leverage = four()[..3].to_vec();
        let points = Named::default()
            .points(&without_leverage, Timeframe::M15, 0.0, true)
            .unwrap();
        assert_eq!(points.len(), 145);
    }

    #[test]
    fn recipes_name_spaces() {
        let of = |v: serde_json::Value| Named::of(&v);
        assert_eq!(of(json!({})).unwrap(), Named::Percentage);
        assert_eq!(
            of(json!({"space": {"kind": "touch", "magnitude": 0.02, "hold": 10}})).unwrap(),
            Named::Touch {
                magnitude: 0.02,
                hold: 10.0
            }
        );
        assert!(
            of(json!({"space": {"kind": "close", "hold": 10}}))
                .unwrap()
                .needs_atr()
        );
        let typed =
            of(json!({"space": {"kind": "typed", "stop": "atr", "target": "reward"}})).unwrap();
        let multiples = [
            spec("sl_atr", 2.0, (0.5, 20.0)),
            spec("rr", 2.0, (0.5, 20.0)),
        ];
        let points = typed.points(&multiples, Timeframe::H1, 0.0, false).unwrap();
        assert_eq!((points.len(), &points[0]), (25, &vec![1.5, 1.5]));
        // fractions of price are no multiples
        assert!(typed.points(&four(), Timeframe::H1, 0.0, false).is_err());
        assert!(of(json!({"space": {"kind": "wide"}})).is_err());
        assert!(of(json!({"space": 3})).is_err());
    }

    #[test]
    fn own_ranges_are_thinned_out_evenly() {
        let mut specs = vec![spec("a", 1.0, (1.0, 100.0)), spec("b", 1.0, (1.0, 100.0))];
        for s in &mut specs {
            s.values = (1..=100).map(f64::from).collect();
        }
        let points = Named::Own
            .points(&specs, Timeframe::H1, 0.0, false)
            .unwrap();
        assert_eq!(points.len() as u64, MOST_OWN);
        specs[0].values = vec![1.0, 2.0];
        specs[1].values.clear();
        let points = Named::Own
            .points(&specs, Timeframe::H1, 0.0, false)
            .unwrap();
        assert_eq!(points, vec![vec![1.0, 1.0], vec![2.0, 1.0]]);
    }
}
