//! The order plan made ready for a run: run-fixed numbers resolved, flags gathered into masks.

use serde::{Deserialize, Serialize};
use sixbtc_abi::{
    Cond, Constants, Distance, EntryOrder, ExitReason, ExitScope, ExitTrigger, Level, Manifest,
    Phase, Side, Sizing, Value,
};

/// A plan that does not fit its kernel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A scalar, value, flag or entry that does not exist.
    #[error("the order plan refers to {what} {index}, of which there are {count}")]
    Missing {
        /// What kind of thing.
        what: &'static str,
        /// Its index.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// A condition in the bracket phase, or a value used before the phase that yields it.
    #[error("the order plan uses {what} before it exists")]
    Phase {
        /// What.
        what: &'static str,
    },
}

/// A number of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) enum Number {
    Fixed(f64),
    Signal(u16),
    Position(u16),
    Bracket(u16),
}

/// The outputs that numbers are read from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub signal: &'a [f64],
    pub position: &'a [f64],
    pub bracket: &'a [f64],
}

impl Number {
    /// A number out of reach is NaN, which no order survives; [`Plan::new`] makes sure that it cannot happen.
    #[inline]
    pub fn of(self, seen: Seen<'_>) -> f64 {
        let at = |values: &[f64], i: u16| values.get(usize::from(i)).copied().unwrap_or(f64::NAN);
        match self {
            Self::Fixed(x) => x,
            Self::Signal(i) => at(seen.signal, i),
            Self::Position(i) => at(seen.position, i),
            Self::Bracket(i) => at(seen.bracket, i),
        }
    }
}

/// A distance or level with its number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) enum Measure {
    /// Fraction of a price.
    Percent(Number),
    /// Price units, or an absolute price for a level.
    Price(Number),
    /// Multiple of the initial risk.
    Risk(Number),
}

impl Measure {
    /// Price units, measured from `from`.
    #[inline]
    pub fn distance(self, seen: Seen<'_>, from: f64, risk: f64) -> f64 {
        match self {
            Self::Percent(n) => n.of(seen) * from,
            Self::Price(n) => n.of(seen),
            Self::Risk(n) => n.of(seen) * risk,
        }
    }

    /// With its number resolved as far as it never changes after the entry: bracket values do not.
    pub fn at_entry(self, seen: Seen<'_>) -> Self {
        let hold = |n| {
            if let Number::Bracket(_) = n {
                Number::Fixed(n.of(seen))
            } else {
                n
            }
        };
        match self {
            Self::Percent(n) => Self::Percent(hold(n)),
            Self::Price(n) => Self::Price(hold(n)),
            Self::Risk(n) => Self::Risk(hold(n)),
        }
    }

    pub fn is_fixed(self) -> bool {
        let (Self::Percent(n) | Self::Price(n) | Self::Risk(n)) = self;
        matches!(n, Number::Fixed(_))
    }
}

/// How an entry reaches the market.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Route {
    Market,
    Limit { price: Number, bars: Number },
    Stop { price: Number, bars: Number },
}

/// How large.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Size {
    Risk(Number),
    Equity(Number),
    TargetVol(Number, Number),
    Units(Number),
    Notional(Number),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub side: Side,
    pub when: Cond,
    pub route: Route,
    pub size: Size,
    pub stops: Vec<Measure>,
    pub breakeven: Option<Measure>,
    pub targets: Vec<(Measure, Option<Number>)>,
    pub trail: Option<(Measure, Option<Measure>)>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Trigger {
    When(Cond, ExitReason),
    After(Number),
    At(Number),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Exit {
    pub scope: ExitScope,
    pub trigger: Trigger,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Caps {
    pub leverage: Option<Number>,
    pub pyramid: Option<Number>,
    pub every: Option<Measure>,
    pub cooldown: Option<Number>,
    pub trades: Option<(Number, i64)>,
}

/// The plan of a run.
// Each is a choice of its own, not a state of one machine.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    pub entries: Vec<Entry>,
    /// Exits of the strategy, then those of the brackets as exits of their entry.
    pub exits: Vec<Exit>,
    pub caps: Caps,
    /// Signal flags of entries, by side (long, short).
    pub entry_bits: [u64; 2],
    /// Signal flags of exits.
    pub exit_bits: u64,
    /// Signal flags of entries that share no bit with another entry, by side: their bits can be counted.
    pub countable: [u64; 2],
    /// Whether the position phase must run at every close.
    pub position_phase: bool,
    /// Whether the bracket phase must run at an entry.
    pub bracket_phase: bool,
    /// Whether orders read the signal values of their decision bar.
    pub reads_values: bool,
    /// Whether an exit at a price is re-evaluated at each close.
    pub exits_at_price: bool,
    /// Entries at most in one direction when that is fixed.
    pub fixed_pyramid: Option<usize>,
    pub values: usize,
    pub position_values: usize,
    pub bracket_values: usize,
}

/// Index of a side in the masks.
pub(crate) fn lane(side: Side) -> usize {
    match side {
        Side::Long => 0,
        Side::Short => 1,
    }
}

/// Resolves and checks references.
struct Resolver<'a> {
    manifest: &'a Manifest,
    constants: &'a Constants,
    reads_values: bool,
}

impl Resolver<'_> {
    fn missing(what: &'static str, index: usize, count: usize) -> Result<(), PlanError> {
        if index < count {
            Ok(())
        } else {
            Err(PlanError::Missing { what, index, count })
        }
    }

    /// `after_fill`: whether bracket values exist where the number is used.
    fn number(&mut self, value: Value, after_fill: bool) -> Result<Number, PlanError> {
        Ok(match value {
            Value::Const(x) => Number::Fixed(x),
            Value::Scalar(i) => {
                let count = self.constants.scalars.len();
                Self::missing("scalar", usize::from(i), count)?;
                Number::Fixed(self.constants.scalars[usize::from(i)])
            }
            Value::Out(Phase::Signal, i) => {
                Self::missing("signal value", usize::from(i), self.manifest.values.len())?;
                self.reads_values = true;
                Number::Signal(i)
            }
            Value::Out(Phase::Position, i) => {
                Self::missing(
                    "position value",
                    usize::from(i),
                    self.manifest.position_values,
                )?;
                Number::Position(i)
            }
            Value::Out(Phase::Bracket, i) => {
                if !after_fill {
                    return Err(PlanError::Phase {
                        what: "a bracket value",
                    });
                }
                Self::missing(
                    "bracket value",
                    usize::from(i),
                    self.manifest.bracket_values,
                )?;
                Number::Bracket(i)
            }
        })
    }

    fn level(&mut self, level: Level) -> Result<Measure, PlanError> {
        Ok(match level {
            Level::Percent(v) => Measure::Percent(self.number(v, true)?),
            Level::Price(v) => Measure::Price(self.number(v, true)?),
            Level::Risk(v) => Measure::Risk(self.number(v, true)?),
        })
    }

    fn distance(&mut self, distance: Distance) -> Result<Measure, PlanError> {
        Ok(match distance {
            Distance::Percent(v) => Measure::Percent(self.number(v, true)?),
            Distance::Price(v) => Measure::Price(self.number(v, true)?),
            Distance::Risk(v) => Measure::Risk(self.number(v, true)?),
        })
    }

    fn cond(&self, cond: Cond) -> Result<Cond, PlanError> {
        let count = match cond.phase {
            Phase::Signal => self.manifest.flags.len(),
            Phase::Position => self.manifest.position_flags,
            Phase::Bracket => {
                return Err(PlanError::Phase {
                    what: "a bracket condition",
                });
            }
        };
        Self::missing("flag", usize::from(cond.bit), count.min(64))?;
        Ok(cond)
    }

    fn trigger(&mut self, trigger: ExitTrigger) -> Result<Trigger, PlanError> {
        Ok(match trigger {
            ExitTrigger::When { cond, reason } => Trigger::When(self.cond(cond)?, reason),
            ExitTrigger::After(v) => Trigger::After(self.number(v, true)?),
            ExitTrigger::At(v) => Trigger::At(self.number(v, false)?),
        })
    }

    fn size(&mut self, size: Sizing) -> Result<Size, PlanError> {
        Ok(match size {
            Sizing::Risk(v) => Size::Risk(self.number(v, true)?),
            Sizing::Equity(v) => Size::Equity(self.number(v, true)?),
            Sizing::TargetVol { target, vol } => {
                Size::TargetVol(self.number(target, true)?, self.number(vol, true)?)
            }
            Sizing::Units(v) => Size::Units(self.number(v, true)?),
            Sizing::Notional(v) => Size::Notional(self.number(v, true)?),
        })
    }
}

impl Plan {
    /// The side of an entry: 1 when it buys, −1 when it sells.
    #[inline]
    pub fn sign(&self, entry: u16) -> f64 {
        self.entries[usize::from(entry)].side.sign()
    }

    pub fn new(manifest: &Manifest, constants: &Constants) -> Result<Self, PlanError> {
        let plan = &manifest.plan;
        let mut r = Resolver {
            manifest,
            constants,
            reads_values: false,
        };
        let default_size = match plan.size {
            Some(size) => r.size(size)?,
            None => Size::Equity(Number::Fixed(1.0)),
        };
        let mut exits = Vec::new();
        for exit in &plan.exits {
            if let ExitScope::Entry(i) = exit.scope {
                Resolver::missing("entry", usize::from(i), plan.entries.len())?;
            }
            exits.push(Exit {
                scope: exit.scope,
                trigger: r.trigger(exit.trigger)?,
            });
        }
        let mut entries = Vec::new();
        for (i, entry) in plan.entries.iter().enumerate() {
            let bracket = &entry.bracket;
            let route = match entry.order {
                EntryOrder::Market => Route::Market,
                EntryOrder::Limit { price, bars } => Route::Limit {
                    price: r.number(price, false)?,
                    bars: r.number(bars, false)?,
                },
                EntryOrder::Stop { price, bars } => Route::Stop {
                    price: r.number(price, false)?,
                    bars: r.number(bars, false)?,
                },
            };
            let mut targets = Vec::new();
            for leg in &bracket.targets {
                let closing = leg.closing.map(|v| r.number(v, true)).transpose()?;
                targets.push((r.level(leg.level)?, closing));
            }
            let trail = match bracket.trail {
                None => None,
                Some(leg) => Some((
                    r.distance(leg.distance)?,
                    leg.after.map(|d| r.distance(d)).transpose()?,
                )),
            };
            for &trigger in &bracket.exits {
                exits.push(Exit {
                    scope: ExitScope::Entry(i as u16),
                    trigger: r.trigger(trigger)?,
                });
            }
            entries.push(Entry {
                side: entry.side,
                when: r.cond(entry.when)?,
                route,
                size: entry.size.map_or(Ok(default_size), |s| r.size(s))?,
                stops: bracket
                    .stops
                    .iter()
                    .map(|&s| r.level(s))
                    .collect::<Result<_, _>>()?,
                breakeven: bracket.breakeven.map(|d| r.distance(d)).transpose()?,
                targets,
                trail,
            });
        }
        let limits = &plan.limits;
        let caps = Caps {
            leverage: limits.leverage.map(|v| r.number(v, false)).transpose()?,
            pyramid: limits.pyramid.map(|v| r.number(v, false)).transpose()?,
            every: limits.pyramid_every.map(|d| r.distance(d)).transpose()?,
            cooldown: limits.cooldown.map(|v| r.number(v, false)).transpose()?,
            trades: match limits.trades {
                None => None,
                Some((v, period)) => Some((r.number(v, false)?, period)),
            },
        };
        let (entry_bits, countable) = masks(&entries);
        let exit_bits = exits.iter().fold(0, |bits, exit| match exit.trigger {
            Trigger::When(cond, _) if cond.phase == Phase::Signal => bits | 1 << cond.bit,
            _ => bits,
        });
        let fixed_pyramid = match caps.pyramid {
            None => Some(1),
            Some(Number::Fixed(n)) => Some(whole(n).max(1)),
            Some(_) => None,
        };
        Ok(Self {
            exits_at_price: exits.iter().any(|e| matches!(e.trigger, Trigger::At(_))),
            entries,
            exits,
            caps,
            entry_bits,
            exit_bits,
            countable,
            position_phase: manifest.position_flags > 0 || manifest.position_values > 0,
            bracket_phase: manifest.bracket_values > 0,
            reads_values: r.reads_values || manifest.bracket_values > 0,
            fixed_pyramid,
            values: manifest.values.len(),
            position_values: manifest.position_values,
            bracket_values: manifest.bracket_values,
        })
    }
}

/// All signal bits of entries by side, and those that belong to one entry alone.
fn masks(entries: &[Entry]) -> ([u64; 2], [u64; 2]) {
    let (mut all, mut once, mut twice) = ([0; 2], 0u64, 0u64);
    for entry in entries.iter().filter(|e| e.when.phase == Phase::Signal) {
        let bit = 1u64 << entry.when.bit;
        all[lane(entry.side)] |= bit;
        twice |= once & bit;
        once |= bit;
    }
    (all, [all[0] & !twice, all[1] & !twice])
}

/// A count from a number of the plan: rounded down, 0 for anything that is no count.
pub(crate) fn whole(x: f64) -> usize {
    // `as` saturates and turns NaN into 0.
    x.floor() as usize
}
