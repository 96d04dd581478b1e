//! The program that follows from the parts.
//!
//! Legs of the language end a trade one by one. What must hold together is a condition: the target or the exit condition is
//! kept as a truth value that begins anew with each position and stays once it held, and the position is left when the other
//! holds. A level that such a condition compares with is fixed on the bar of the fill, from the bar that decided, as a leg's is.

use super::catalogue::{Catalogue, Form, Level, Unit};
use super::mechanism::Mechanism;
use super::recipe::{Parts, Plan, checked};
use crate::body::{Body, Entry, Leg, Param, Risk};
use crate::recipe::Recipe;
use crate::source::{Draft, SourceError};
use crate::sources::parts::{ArgType, Argument, capital, minutes, sides, word};
use sixbtc_abi::Side;
use std::collections::BTreeSet;

/// Leverages that the sweep tries.
pub const LEVERAGES: [f64; 3] = [2.0, 3.0, 5.0];

/// The module of stops, targets and trails.
const RISK: &str = "patterns/risk";

/// Makes the draft that a recipe tells of.
pub fn draft(catalogue: &Catalogue, recipe: &Recipe) -> Result<Draft, SourceError> {
    let parts = checked(catalogue, recipe)?;
    let sides = sides(recipe.side);
    let program = Program {
        catalogue,
        parts: &parts,
        bar_minutes: minutes(recipe.timeframe()?),
        two: sides.len() > 1,
    };
    let mut body = if parts.plain(catalogue)? {
        program.plain_body()?
    } else {
        program.own_body()?
    };
    for (plan, &side) in parts.plans.iter().zip(sides) {
        program.side(plan, side, &mut body)?;
    }
    let kind = match parts.plans.first() {
        Some(plan) => catalogue.entry(&plan.entry.id)?.kind,
        None => return Err(SourceError::Recipe("no side".into())),
    };
    Ok(Draft {
        kind,
        sentence: program.sentence(sides)?,
        body,
        recipe: recipe.clone(),
    })
}

struct Program<'p> {
    catalogue: &'p Catalogue,
    parts: &'p Parts,
    bar_minutes: u64,
    two: bool,
}

impl Program<'_> {
    /// With the four parameters that the sweep knows.
    fn plain_body(&self) -> Result<Body, SourceError> {
        let (_, stop) = self.catalogue.stop(&self.parts.stop)?;
        let target = match &self.parts.target {
            Some(chosen) => Some(self.catalogue.target(chosen)?.1 / 100.0),
            None => None,
        };
        let risk = Risk {
            stop: stop / 100.0,
            target,
            hold: None,
            leverage: self.parts.leverage,
        };
        Ok(Body {
            params: risk.params(),
            limits: vec!["leverage lev".into()],
            ..Body::default()
        })
    }

    /// With parameters of its own, each with the values worth trying.
    fn own_body(&self) -> Result<Body, SourceError> {
        let (stop, figure) = self.catalogue.stop(&self.parts.stop)?;
        let mut params = vec![param(&stop.arg, figure)];
        if let Some(chosen) = &self.parts.target {
            let (target, figure) = self.catalogue.target(chosen)?;
            params.push(param(&target.arg, figure));
        }
        if let Some(chosen) = &self.parts.trail {
            let (trail, distance, after) = self.catalogue.trail(chosen)?;
            params.push(param(&trail.distance, distance));
            params.push(param(&trail.after, after));
        }
        let leverage = Argument {
            name: "lev".into(),
            ty: ArgType::Float,
            values: LEVERAGES.to_vec(),
            default: self.parts.leverage,
            range: [1.0, 40.0],
        };
        params.push(param(&leverage, self.parts.leverage));
        Ok(Body {
            params,
            limits: vec!["leverage lev".into()],
            ..Body::default()
        })
    }

    /// Name of a value of a side.
    fn name(&self, what: &str, side: Side) -> String {
        if self.two {
            format!("{}_{what}", word(side))
        } else {
            what.to_owned()
        }
    }

    /// Entry and exits of a side.
    fn side(&self, plan: &Plan, side: Side, body: &mut Body) -> Result<(), SourceError> {
        let parts = self.parts;
        let entry = &self.catalogue.entry(&plan.entry.id)?.condition;
        let mut when = vec![entry.expression(&plan.entry, self.bar_minutes)];
        body.uses.extend(entry.module.clone());
        for chosen in &plan.filters {
            let filter = self.catalogue.filter(&chosen.id)?;
            body.uses.extend(filter.module.clone());
            when.push(filter.expression(chosen, self.bar_minutes));
        }
        let mut legs = vec![Leg::Stop(self.stop(side, &mut body.uses)?)];
        if parts.mechanism.target_leaves()
            && let Some(chosen) = &parts.target
        {
            let (target, _) = self.catalogue.target(chosen)?;
            legs.push(Leg::Target(level(target, side, &mut body.uses)));
        }
        if parts.mechanism.trail_leaves() {
            self.trail_legs(&mut legs)?;
        }
        if let Some(chosen) = &plan.exit {
            let exit = self.catalogue.exit(&chosen.id)?;
            body.uses.extend(exit.module.clone());
            let exit = exit.expression(chosen, self.bar_minutes);
            let leaves = if parts.mechanism.target_arms_exit() {
                let reached = self.reached(side, body)?;
                format!("{reached} and {exit}")
            } else if parts.mechanism.exit_arms_trail() {
                let armed = self.name("armed", side);
                body.statements.push(once(&armed, &exit));
                format!("{armed} and {}", self.trail_hit(body)?)
            } else {
                exit
            };
            legs.push(Leg::Exit(format!("when {leaves}")));
        }
        if parts.plain(self.catalogue)? {
            // the sweep's fourth parameter: not used until it tries times
            legs.push(Leg::Exit("after hold".into()));
        }
        body.entries.push(Entry {
            side,
            when: when.join(" and "),
            at: None,
            legs,
        });
        Ok(())
    }

    fn stop(&self, side: Side, uses: &mut BTreeSet<String>) -> Result<String, SourceError> {
        let (stop, _) = self.catalogue.stop(&self.parts.stop)?;
        Ok(level(stop, side, uses))
    }

    fn trail_legs(&self, legs: &mut Vec<Leg>) -> Result<(), SourceError> {
        let Some(chosen) = &self.parts.trail else {
            return Ok(());
        };
        let (trail, ..) = self.catalogue.trail(chosen)?;
        let (distance, after) = (&trail.distance.name, &trail.after.name);
        if trail.breakeven {
            legs.push(Leg::Stop(format!("to breakeven after {after}")));
        }
        legs.push(Leg::Trail(match trail.unit {
            Unit::Percent => format!("{distance} after {after}"),
            Unit::Atr => format!("{distance} * atr(14) after {after}"),
        }));
        Ok(())
    }

    /// The value that tells whether the close has passed the trail. It is written once, for both sides.
    fn trail_hit(&self, body: &mut Body) -> Result<&'static str, SourceError> {
        const NAME: &str = "trailing";
        if let Some(chosen) = &self.parts.trail
            && body.lets.iter().all(|(name, _)| name != NAME)
        {
            let (trail, ..) = self.catalogue.trail(chosen)?;
            let (distance, after) = (&trail.distance.name, &trail.after.name);
            let position = "position.side, position.bars, position.entry";
            body.uses.insert(RISK.into());
            let value = match trail.unit {
                Unit::Percent => format!(
                    "trail_percent({position}, {distance}, {after}, {})",
                    trail.breakeven
                ),
                Unit::Atr => format!("trail_atr({position}, {distance}, 14, {after})"),
            };
            body.lets.push((NAME.into(), value));
        }
        Ok("trailing.hit")
    }

    /// The value that tells whether the target has been touched since the entry.
    fn reached(&self, side: Side, body: &mut Body) -> Result<String, SourceError> {
        let Some(chosen) = &self.parts.target else {
            return Err(SourceError::Recipe("no target to wait for".into()));
        };
        let (target, _) = self.catalogue.target(chosen)?;
        let figure = &target.arg.name;
        let sign = match side {
            Side::Long => '+',
            Side::Short => '-',
        };
        let goal = if target.form == Form::Percent {
            format!("position.entry * (1 {sign} {figure})")
        } else {
            let distance = match (target.form, target.arg.name.as_str()) {
                (Form::Risk, _) => format!("{figure} * {}", self.stop_distance(side, body)?),
                (_, "tp_atr") => format!("{figure} * atr(14)[1]"),
                (_, "tp_fib") => format!(
                    "position.entry * ({figure} * ((highest(high, 50) - lowest(low, 50)) / close)[1])"
                ),
                _ => String::new(),
            };
            let level = if distance.is_empty() {
                body.uses.insert(RISK.into());
                format!("target_structure({}, {figure})[1]", word(side))
            } else {
                format!("position.entry {sign} {distance}")
            };
            let name = self.name("goal", side);
            body.statements.push(format!(
                "rec {name}: price = if position.bars > 0 then {name}[1] else {level} init close"
            ));
            name
        };
        let touch = match side {
            Side::Long => format!("high >= {goal}"),
            Side::Short => format!("low <= {goal}"),
        };
        let name = self.name("reached", side);
        body.statements.push(once(&name, &touch));
        Ok(name)
    }

    /// Distance from the entry to the stop as it was fixed at the fill, on the bar of the fill.
    fn stop_distance(&self, side: Side, body: &mut Body) -> Result<String, SourceError> {
        let (stop, _) = self.catalogue.stop(&self.parts.stop)?;
        let figure = &stop.arg.name;
        Ok(match stop.arg.name.as_str() {
            "sl" => format!("position.entry * {figure}"),
            "sl_atr" => format!("{figure} * atr(14)[1]"),
            "sl_dev" => {
                format!("position.entry * ({figure} * sample_stdev(returns(close), 20)[1])")
            }
            _ => {
                body.uses.insert(RISK.into());
                let call = stop.call.as_deref().unwrap_or("stop_structure");
                format!("abs(position.entry - {call}({}, {figure})[1])", word(side))
            }
        })
    }

    fn sentence(&self, sides: &[Side]) -> Result<String, SourceError> {
        let mut clauses = Vec::new();
        for (plan, &side) in self.parts.plans.iter().zip(sides) {
            let does = match side {
                Side::Long => "buys",
                Side::Short => "sells short",
            };
            let entry = &self.catalogue.entry(&plan.entry.id)?.condition;
            let filters = plan
                .filters
                .iter()
                .map(|chosen| Ok(self.catalogue.filter(&chosen.id)?.sentence(chosen)))
                .collect::<Result<Vec<_>, SourceError>>()?;
            let filters = if filters.is_empty() {
                String::new()
            } else {
                format!(" while {}", filters.join(" and "))
            };
            clauses.push(format!(
                "{does} when {}{filters}",
                entry.sentence(&plan.entry)
            ));
        }
        let (stop, figure) = self.catalogue.stop(&self.parts.stop)?;
        clauses.push(format!(
            "leaves {}, stops at {}",
            self.leaves()?,
            said(stop, figure)
        ));
        Ok(format!("{}.", capital(&clauses.join("; "))))
    }

    fn leaves(&self) -> Result<String, SourceError> {
        let parts = self.parts;
        let target = match &parts.target {
            Some(chosen) => {
                let (level, figure) = self.catalogue.target(chosen)?;
                said(level, figure)
            }
            None => String::new(),
        };
        let trail = match &parts.trail {
            Some(chosen) => {
                let (trail, distance, after) = self.catalogue.trail(chosen)?;
                let distance = match trail.unit {
                    Unit::Percent => trail.distance.spoken(distance),
                    Unit::Atr => format!("{} average true ranges", trail.distance.spoken(distance)),
                };
                let even = if trail.breakeven {
                    "breakeven and "
                } else {
                    ""
                };
                let after = trail.after.spoken(after);
                format!("{even}a trail of {distance} after {after}")
            }
            None => String::new(),
        };
        let exit = self.exit_says()?;
        Ok(match parts.mechanism {
            Mechanism::Target => format!("at {target}"),
            Mechanism::Exit => format!("when {exit}"),
            Mechanism::Trail => format!("by {trail}"),
            Mechanism::TargetOrExit => format!("at {target} or when {exit}"),
            Mechanism::TargetAndExit => format!("when {exit} once {target} was reached"),
            Mechanism::TargetOrTrail => format!("at {target} or by {trail}"),
            Mechanism::ExitOrTrail => format!("when {exit} or by {trail}"),
            Mechanism::ExitAndTrail => format!("by {trail} once {exit}"),
            Mechanism::Any => format!("at {target}, when {exit} or by {trail}"),
            Mechanism::TargetAndExitOrTrail => {
                format!("when {exit} once {target} was reached, or by {trail}")
            }
            Mechanism::ExitAndTrailOrTarget => format!("by {trail} once {exit}, or at {target}"),
        })
    }

    fn exit_says(&self) -> Result<String, SourceError> {
        let mut said: Vec<String> = Vec::new();
        for chosen in self
            .parts
            .plans
            .iter()
            .filter_map(|plan| plan.exit.as_ref())
        {
            said.push(self.catalogue.exit(&chosen.id)?.sentence(chosen));
        }
        said.dedup();
        Ok(match &said[..] {
            [long, short] => format!("{long} (long) or {short} (short)"),
            _ => said.join(""),
        })
    }
}

/// A truth value that begins anew with each position and stays once the condition held.
fn once(name: &str, condition: &str) -> String {
    format!("rec {name}: bool = {condition} or (position.bars > 0 and {name}[1]) init false")
}

/// What stands in a leg.
fn level(level: &Level, side: Side, uses: &mut BTreeSet<String>) -> String {
    let figure = &level.arg.name;
    match (level.form, &level.call) {
        (Form::Percent, _) | (Form::Level, None) => figure.clone(),
        (Form::Risk, _) => format!("{figure} * 1R"),
        (Form::Level, Some(call)) => {
            uses.insert(RISK.into());
            if level.arg.ty == ArgType::Bars {
                format!("{call}({}, {figure})", word(side))
            } else {
                format!("{call}(entry, {}, {figure})", word(side))
            }
        }
    }
}

fn said(level: &Level, figure: f64) -> String {
    level.says.replace("{}", &level.arg.spoken(figure))
}

/// A parameter whose values are those worth trying, and the one it has.
fn param(argument: &Argument, value: f64) -> Param {
    let mut values = argument.values.clone();
    if !values.contains(&value) {
        values.push(value);
    }
    values.sort_by(f64::total_cmp);
    let set: Vec<String> = values.iter().map(|v| argument.literal(*v)).collect();
    Param::new(
        argument.name.as_str(),
        argument.ty.name(),
        argument.literal(value),
        format!("{{{}}}", set.join(", ")),
    )
}
