//! Parametric spaces: which combinations of stop, target, time exit and leverage a strategy is tried with.
//!
//! A [`Space`] is four [`Axes`] and [`Rules`] that drop combinations of their product before anything runs. Every combination
//! has one [`Fate`], so the counts of a [`Census`] add up to the product: nothing is lost in silence.

mod leverage;
mod point;
mod table;

pub use leverage::{LARGEST_SAFE, LeverageContext, LeverageRole, safe_leverage};
pub use point::{
    BREAKEVEN_BUFFER, Point, STRUCTURE_LIMITS, Stop, TYPICAL_ATR, TYPICAL_STRUCTURE, Target,
};
pub use table::{LEVERAGES, TIMEFRAMES, longest_exit};

use serde::{Deserialize, Serialize};
use sixbtc_market::Timeframe;
use table::{Row, row, scaled_row};

/// Which family of values a space holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpaceKind {
    /// Stop and target as fractions of price, by timeframe.
    Percentage,
    /// Around the magnitude and holding time of a block whose target is touched.
    Touch,
    /// Around the holding time of a block judged by closes: no target, a wide stop.
    Close,
    /// Stops and targets measured by ATR, structure, trailing distance or reward for risk.
    Typed,
}

/// How the stop of a typed space is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopForm {
    /// The timeframe's fractions of price.
    Fraction,
    /// ATR × 1.5, 2, 2.5, 3, 4.
    Atr,
    /// Trailing distance 1, 1.5, 2, 2.5, 3 % × activation 0.5, 1, 1.5, 2 %.
    Trailing,
    /// Extreme of the last 5, 10, 15, 20 bars.
    Structure,
}

/// How the target of a typed space is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetForm {
    /// No target.
    None,
    /// The timeframe's fractions of price, none included.
    Fraction,
    /// ATR × 2, 3, 4, 5, 6.
    Atr,
    /// Reward for risk 1.5, 2, 2.5, 3, 4.
    Reward,
}

impl StopForm {
    /// All forms.
    pub const ALL: [Self; 4] = [Self::Fraction, Self::Atr, Self::Trailing, Self::Structure];

    fn values(self, row: &Row) -> Vec<Stop> {
        match self {
            Self::Fraction => fractions(&row.stops),
            Self::Atr => [1.5, 2.0, 2.5, 3.0, 4.0]
                .map(|multiple| Stop::Atr { multiple })
                .to_vec(),
            Self::Trailing => {
                let mut stops = Vec::with_capacity(20);
                for distance in [0.01, 0.015, 0.02, 0.025, 0.03] {
                    for activation in [0.005, 0.01, 0.015, 0.02] {
                        stops.push(Stop::Trailing {
                            distance,
                            activation,
                            breakeven: BREAKEVEN_BUFFER,
                        });
                    }
                }
                stops
            }
            Self::Structure => [5, 10, 15, 20]
                .map(|bars| Stop::Structure { bars })
                .to_vec(),
        }
    }
}

impl TargetForm {
    /// All forms.
    pub const ALL: [Self; 4] = [Self::None, Self::Fraction, Self::Atr, Self::Reward];

    fn values(self, row: &Row) -> Vec<Target> {
        match self {
            Self::None => vec![Target::None],
            Self::Fraction => row.targets.iter().map(|&d| target(d)).collect(),
            Self::Atr => [2.0, 3.0, 4.0, 5.0, 6.0]
                .map(|multiple| Target::Atr { multiple })
                .to_vec(),
            Self::Reward => [1.5, 2.0, 2.5, 3.0, 4.0]
                .map(|ratio| Target::Reward { ratio })
                .to_vec(),
        }
    }
}

fn fractions(distances: &[f64]) -> Vec<Stop> {
    distances
        .iter()
        .map(|&distance| Stop::Fraction { distance })
        .collect()
}

fn target(distance: f64) -> Target {
    if distance > 0.0 {
        Target::Fraction { distance }
    } else {
        Target::None
    }
}

fn exits(bars: &[u32]) -> Vec<Option<u32>> {
    bars.iter().map(|&b| (b > 0).then_some(b)).collect()
}

/// The values whose product a space is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Axes {
    /// Stops.
    pub stops: Vec<Stop>,
    /// Targets.
    pub targets: Vec<Target>,
    /// Bars after which a position is left, `None` for never.
    pub exits: Vec<Option<u32>>,
    /// Leverages, ascending.
    pub leverages: Vec<u32>,
}

/// Which combinations of the product are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Drop what has neither target nor time exit, unless its stop follows the price: only a loss could close it.
    pub closed: bool,
    /// Drop targets known to lie no farther than the stop.
    pub target_above_stop: bool,
    /// Drop leverages above [`safe_leverage`] of the (estimated) stop at this largest leverage of the symbol.
    pub safe_leverage: Option<f64>,
    /// Drop all but the lowest of leverages that are one combination in this context.
    pub leverage: Option<LeverageContext>,
}

impl Rules {
    /// What the original drops: all but duplicates.
    pub const ORIGINAL: Self = Self {
        closed: true,
        target_above_stop: true,
        safe_leverage: Some(20.0),
        leverage: None,
    };
}

/// Why a combination is tried or not: the first rule that drops it, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The same values stand earlier on an axis (holding times that round to the same bars).
    Repeated,
    /// Neither target nor time exit.
    Endless,
    /// The target lies no farther than the stop.
    TargetNotAboveStop,
    /// Liquidation would come too near to the stop.
    UnsafeLeverage,
    /// A lower leverage that is tried sizes every order alike.
    SameLeverage,
    /// It is tried.
    Kept,
}

/// How many combinations have which fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Census {
    /// The whole product.
    pub raw: u64,
    /// [`Fate::Repeated`].
    pub repeated: u64,
    /// [`Fate::Endless`].
    pub endless: u64,
    /// [`Fate::TargetNotAboveStop`].
    pub target_not_above_stop: u64,
    /// [`Fate::UnsafeLeverage`].
    pub unsafe_leverage: u64,
    /// [`Fate::SameLeverage`].
    pub same_leverage: u64,
    /// [`Fate::Kept`].
    pub kept: u64,
}

impl Census {
    /// What the documents of the original count: the product without pairs that have neither target nor time exit.
    pub fn documented(&self) -> u64 {
        self.raw - self.endless
    }

    fn count(&mut self, fate: Fate) {
        self.raw += 1;
        *match fate {
            Fate::Repeated => &mut self.repeated,
            Fate::Endless => &mut self.endless,
            Fate::TargetNotAboveStop => &mut self.target_not_above_stop,
            Fate::UnsafeLeverage => &mut self.unsafe_leverage,
            Fate::SameLeverage => &mut self.same_leverage,
            Fate::Kept => &mut self.kept,
        } += 1;
    }
}

/// What a space cannot be made of.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SpaceError {
    /// The table has no such timeframe.
    #[error(
        "there is no parametric space for {timeframe}: 5m, 15m, 30m, 1h and 2h have one; scale the nearest on purpose or give \
         the axes yourself"
    )]
    Timeframe {
        /// The timeframe asked for.
        timeframe: String,
    },
    /// A number the space is built around makes no sense.
    #[error("`{name}` is {value}, it must be a number above 0{and}")]
    Number {
        /// Its name.
        name: &'static str,
        /// Its value.
        value: f64,
        /// A further bound, in words.
        and: &'static str,
    },
}

/// A product of values with rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Space {
    /// Which family.
    pub kind: SpaceKind,
    /// The values.
    pub axes: Axes,
    /// What is dropped.
    pub rules: Rules,
}

impl Space {
    /// The documented percentage space of a timeframe: 5 stops × 6 targets × 5 time exits × 7 leverages.
    pub fn percentage(timeframe: Timeframe) -> Result<Self, SpaceError> {
        documented(timeframe).map(|row| Self::of_row(&row))
    }

    /// The percentage space of any timeframe: the documented one, or the nearest with distances times the root of the ratio of
    /// lengths (rounded to 0.01 %) and time exits divided by it (rounded to whole bars).
    pub fn percentage_scaled(timeframe: Timeframe) -> Self {
        Self::of_row(&scaled_row(timeframe))
    }

    fn of_row(row: &Row) -> Self {
        Self {
            kind: SpaceKind::Percentage,
            axes: Axes {
                stops: fractions(&row.stops),
                targets: row.targets.iter().map(|&d| target(d)).collect(),
                exits: exits(&row.exits),
                leverages: LEVERAGES.to_vec(),
            },
            rules: Rules::ORIGINAL,
        }
    }

    /// Around a block that expects a move of `magnitude` (a fraction of price) within `holding` bars: target × 0.5, 0.75, 1,
    /// 1.25, 1.5; stop × 1, 1.5, 2, 2.5; time exit × none, 1, 1.5, 2.
    ///
    /// A block of this family wins often and little, so its target may lie under its stop: the rule about targets, which would
    /// leave 2 of 20 pairs, does not apply.
    pub fn touch(magnitude: f64, holding: f64) -> Result<Self, SpaceError> {
        let magnitude = fraction("magnitude", magnitude)?;
        let holding = bars("holding", holding)?;
        Ok(Self {
            kind: SpaceKind::Touch,
            axes: Axes {
                stops: fractions(&[1.0, 1.5, 2.0, 2.5].map(|k| magnitude * k)),
                targets: [0.5, 0.75, 1.0, 1.25, 1.5]
                    .map(|k| target(magnitude * k))
                    .to_vec(),
                exits: [0.0, 1.0, 1.5, 2.0].map(|k| held(holding * k)).to_vec(),
                leverages: LEVERAGES.to_vec(),
            },
            rules: Rules {
                target_above_stop: false,
                ..Rules::ORIGINAL
            },
        })
    }

    /// Around a block judged by the close after `holding` bars: no target; stop = `median_atr` (a fraction of price) × 4, 6, 8,
    /// 10; time exit × 0.5, 0.75, 1, 1.25, 1.5.
    pub fn close(median_atr: f64, holding: f64) -> Result<Self, SpaceError> {
        let median_atr = fraction("median ATR", median_atr)?;
        let holding = bars("holding", holding)?;
        Ok(Self {
            kind: SpaceKind::Close,
            axes: Axes {
                stops: fractions(&[4.0, 6.0, 8.0, 10.0].map(|k| median_atr * k)),
                targets: vec![Target::None],
                exits: [0.5, 0.75, 1.0, 1.25, 1.5]
                    .map(|k| held(holding * k))
                    .to_vec(),
                leverages: LEVERAGES.to_vec(),
            },
            rules: Rules::ORIGINAL,
        })
    }

    /// Stops and targets of the given forms with the timeframe's time exits.
    pub fn typed(
        timeframe: Timeframe,
        stop: StopForm,
        target: TargetForm,
    ) -> Result<Self, SpaceError> {
        let row = documented(timeframe)?;
        Ok(Self {
            kind: SpaceKind::Typed,
            axes: Axes {
                stops: stop.values(&row),
                targets: target.values(&row),
                exits: exits(&row.exits),
                leverages: LEVERAGES.to_vec(),
            },
            rules: Rules::ORIGINAL,
        })
    }

    /// The same space without leverages that are one combination in `context`.
    #[must_use]
    pub fn without_same_leverage(mut self, context: LeverageContext) -> Self {
        self.rules.leverage = Some(context);
        self
    }

    /// Every combination with its fate: stops outermost, then targets, time exits, leverages.
    pub fn judged(&self) -> impl Iterator<Item = (Point, Fate)> + '_ {
        let Axes {
            stops,
            targets,
            exits,
            leverages,
        } = &self.axes;
        stops.iter().enumerate().flat_map(move |(s, stop)| {
            let by_leverage = self.leverages(stop);
            let first_stop = !stops[..s].contains(stop);
            targets.iter().enumerate().flat_map(move |(t, target)| {
                let by_leverage = by_leverage.clone();
                let first_target = first_stop && !targets[..t].contains(target);
                exits.iter().enumerate().flat_map(move |(e, &exit_bars)| {
                    let first = first_target && !exits[..e].contains(&exit_bars);
                    let of_levels = self.levels(first, stop, target, exit_bars);
                    let by_leverage = by_leverage.clone();
                    leverages
                        .iter()
                        .zip(by_leverage)
                        .map(move |(&leverage, of_leverage)| {
                            let point = Point {
                                stop: *stop,
                                target: *target,
                                exit_bars,
                                leverage,
                            };
                            (point, of_levels.unwrap_or(of_leverage))
                        })
                })
            })
        })
    }

    /// The combinations that are tried.
    pub fn points(&self) -> impl Iterator<Item = Point> + '_ {
        self.judged()
            .filter(|(_, fate)| *fate == Fate::Kept)
            .map(|(point, _)| point)
    }

    /// How many combinations have which fate.
    pub fn census(&self) -> Census {
        let mut census = Census::default();
        for (_, fate) in self.judged() {
            census.count(fate);
        }
        census
    }

    /// What drops a combination whatever its leverage.
    fn levels(&self, first: bool, stop: &Stop, target: &Target, exit: Option<u32>) -> Option<Fate> {
        if !first {
            return Some(Fate::Repeated);
        }
        let endless = *target == Target::None && exit.is_none() && !stop.follows();
        if self.rules.closed && endless {
            return Some(Fate::Endless);
        }
        if self.rules.target_above_stop && target.not_above(stop) {
            return Some(Fate::TargetNotAboveStop);
        }
        None
    }

    /// The fate of each leverage at a stop.
    fn leverages(&self, stop: &Stop) -> Vec<Fate> {
        let mut fates: Vec<Fate> = Vec::with_capacity(self.axes.leverages.len());
        let limit = self
            .rules
            .safe_leverage
            .map(|max| safe_leverage(stop.estimate(), max));
        for (i, &leverage) in self.axes.leverages.iter().enumerate() {
            let earlier = &self.axes.leverages[..i];
            let same = |other: &u32| {
                let context = self.rules.leverage.as_ref();
                context.is_some_and(|c| {
                    let range = stop.range().unwrap_or((f64::NAN, f64::NAN));
                    c.same_size(range, *other, leverage)
                })
            };
            let kept = earlier
                .iter()
                .zip(&fates)
                .filter(|(_, f)| **f == Fate::Kept);
            fates.push(if earlier.contains(&leverage) {
                Fate::Repeated
            } else if limit.is_some_and(|limit| leverage > limit) {
                Fate::UnsafeLeverage
            } else if kept.map(|(l, _)| l).any(same) {
                Fate::SameLeverage
            } else {
                Fate::Kept
            });
        }
        fates
    }
}

fn documented(timeframe: Timeframe) -> Result<Row, SpaceError> {
    row(timeframe).ok_or_else(|| SpaceError::Timeframe {
        timeframe: timeframe.to_string(),
    })
}

fn fraction(name: &'static str, value: f64) -> Result<f64, SpaceError> {
    let and = " and under 1: 2 % is 0.02";
    if value > 0.0 && value < 1.0 {
        Ok(value)
    } else {
        Err(SpaceError::Number { name, value, and })
    }
}

fn bars(name: &'static str, value: f64) -> Result<f64, SpaceError> {
    let and = " and at most a million bars";
    if value > 0.0 && value <= 1e6 {
        Ok(value)
    } else {
        Err(SpaceError::Number { name, value, and })
    }
}

/// Whole bars, at least 1; none for 0.
fn held(bars: f64) -> Option<u32> {
    (bars > 0.0).then(|| bars.round().max(1.0) as u32)
}

#[cfg(test)]
mod tests;
