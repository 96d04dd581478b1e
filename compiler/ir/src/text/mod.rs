//! The text form of a module: one line a node, numbers as hexadecimal floats, so that print and parse are exact.
//!
//! ```text
//! name "demo"
//! frame {symbol none period_ms 60000 columns [close]}
//! %0 = const 0x1p0
//! %1 = field close
//! %2 = hist %1, %0 max 1
//! %3: bool = lt %2, %1
//! value {name "v" unit number} %2 lookback %0
//! flag "rises" %3
//! ```
//!
//! A node is `%id[: bool][ @frame] = operation`; without them it is an `f64` on frame 0. A comment runs from `;` to the
//! end of the line. Records are `{field value …}`, lists `[a, b]`, variants `name(value)`. Nodes stand in order of id.

mod codec;
mod manifest;
mod node;
mod number;

pub use codec::ParseError;
pub use number::{hex, parse_number};

use crate::module::{Module, ValueId};
use codec::{Text, Tokens};
use std::fmt;

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "name {}", shown(&self.name))?;
        if !self.title.is_empty() {
            writeln!(f, "title {}", shown(&self.title))?;
        }
        for frame in &self.frames {
            writeln!(f, "frame {}", shown(frame))?;
        }
        if let Some(session) = &self.session {
            writeln!(f, "session {}", shown(session))?;
        }
        for param in &self.params {
            writeln!(f, "param {}", shown(param))?;
        }
        for (at, node) in self.nodes.iter().enumerate() {
            writeln!(f, "{}", node::print(ValueId(at as u32), node))?;
        }
        for (text, id) in &self.requires {
            writeln!(f, "require {} {}", shown(text), shown(id))?;
        }
        for (name, id) in &self.flags {
            writeln!(f, "flag {} {}", shown(name), shown(id))?;
        }
        for (at, (spec, id)) in self.values.iter().enumerate() {
            write!(f, "value {} {}", shown(spec), shown(id))?;
            match self.lookback.get(at) {
                Some(lookback) => writeln!(f, " lookback {}", shown(lookback))?,
                None => writeln!(f)?,
            }
        }
        for (what, ids) in [
            ("position_flag", &self.position_flags),
            ("position_value", &self.position_values),
            ("bracket_value", &self.bracket_values),
            ("scalar", &self.scalars),
        ] {
            for id in ids {
                writeln!(f, "{what} {}", shown(id))?;
            }
        }
        if let Some(id) = self.warmup {
            writeln!(f, "warmup {}", shown(&id))?;
        }
        for plot in &self.plots {
            writeln!(f, "plot {plot}")?;
        }
        for (text, flag) in &self.alerts {
            writeln!(f, "alert {} {flag}", shown(text))?;
        }
        if self.plan != sixbtc_abi::OrderPlan::default() {
            writeln!(f, "plan {}", shown(&self.plan))?;
        }
        Ok(())
    }
}

fn shown<T: Text>(value: &T) -> String {
    let mut out = String::new();
    value.write(&mut out);
    out
}

impl std::str::FromStr for Module {
    type Err = ParseError;

    /// Parses the text form. The module is not verified.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut t = Tokens::new(text)?;
        let mut m = Module::default();
        while let Some(word) = t.peek() {
            if word.starts_with('%') {
                let (id, node) = node::parse(&mut t)?;
                if id.index() != m.nodes.len() {
                    return Err(t.error(format!("node %{} instead of %{}", id.0, m.nodes.len())));
                }
                m.nodes.push(node);
                continue;
            }
            match t.word()?.as_str() {
                "name" => m.name = Text::read(&mut t)?,
                "title" => m.title = Text::read(&mut t)?,
                "frame" => m.frames.push(Text::read(&mut t)?),
                "session" => m.session = Some(Text::read(&mut t)?),
                "param" => m.params.push(Text::read(&mut t)?),
                "require" => m.requires.push((Text::read(&mut t)?, Text::read(&mut t)?)),
                "flag" => m.flags.push((Text::read(&mut t)?, Text::read(&mut t)?)),
                "value" => {
                    m.values.push((Text::read(&mut t)?, Text::read(&mut t)?));
                    if t.peek() == Some("lookback") {
                        t.word()?;
                        m.lookback.push(Text::read(&mut t)?);
                    }
                }
                "position_flag" => m.position_flags.push(Text::read(&mut t)?),
                "position_value" => m.position_values.push(Text::read(&mut t)?),
                "bracket_value" => m.bracket_values.push(Text::read(&mut t)?),
                "scalar" => m.scalars.push(Text::read(&mut t)?),
                "warmup" => m.warmup = Some(Text::read(&mut t)?),
                "plot" => m.plots.push(Text::read(&mut t)?),
                "alert" => m.alerts.push((Text::read(&mut t)?, Text::read(&mut t)?)),
                "plan" => m.plan = Text::read(&mut t)?,
                other => return Err(t.error(format!("`{other}` starts no line"))),
            }
        }
        Ok(m)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::{Rng, Size, random_module};
    use sixbtc_abi::{
        Bracket, Cond, Distance, EntryOrder, EntryPlan, ExitPlan, ExitReason, ExitScope,
        ExitTrigger, Level, Limits, OrderPlan, Phase, SessionSpec, Side, Sizing, TargetLeg,
        TrailLeg, Value,
    };

    #[test]
    fn print_and_parse_are_inverse() {
        for seed in 0..200 {
            let m = random_module(&mut Rng::new(seed), &Size::default());
            let text = m.to_string();
            let back: Module = text
                .parse()
                .unwrap_or_else(|e| panic!("seed {seed}: {e}\n{text}"));
            // NaN constants keep the modules themselves from being equal
            assert_eq!(back.to_string(), text, "seed {seed}");
            assert_eq!(back.roots(), m.roots());
            assert_eq!(back.params, m.params);
        }
    }

    #[test]
    fn a_whole_plan_survives() {
        let cond = Cond {
            phase: Phase::Signal,
            bit: 0,
        };
        let out = Value::Out(Phase::Bracket, 3);
        let plan = OrderPlan {
            entries: vec![EntryPlan {
                side: Side::Short,
                tag: "a \"b\" \\ c\n".into(),
                when: cond,
                order: EntryOrder::Limit {
                    price: out,
                    bars: Value::Const(2.0),
                },
                size: Some(Sizing::TargetVol {
                    target: Value::Scalar(0),
                    vol: out,
                }),
                bracket: Bracket {
                    stops: vec![Level::Percent(Value::Const(0.015)), Level::Price(out)],
                    breakeven: Some(Distance::Risk(Value::Const(1.0))),
                    targets: vec![TargetLeg {
                        level: Level::Risk(out),
                        closing: Some(Value::Const(0.5)),
                    }],
                    trail: Some(TrailLeg {
                        distance: Distance::Price(out),
                        after: None,
                    }),
                    exits: vec![
                        ExitTrigger::When {
                            cond,
                            reason: ExitReason::Session,
                        },
                        ExitTrigger::After(out),
                    ],
                },
            }],
            exits: vec![ExitPlan {
                scope: ExitScope::Side(Side::Long),
                trigger: ExitTrigger::At(out),
            }],
            size: Some(Sizing::Risk(Value::Const(0.01))),
            limits: Limits {
                trades: Some((Value::Const(1.0), 86_400_000)),
                ..Limits::default()
            },
        };
        let session = SessionSpec {
            start_minute: 570,
            end_minute: 960,
            tz: "America/New_York".into(),
        };
        let m = Module {
            plan,
            session: Some(session),
            ..Module::default()
        };
        let back: Module = m.to_string().parse().unwrap();
        assert_eq!(back, m);
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (text, line) in [
            ("name 3", 1),
            ("name \"x\"\n%1 = row", 2),
            ("\n\n%0 = nonsense", 3),
            ("%0 = hist %0", 1),
            ("%0 = field middle", 1),
            ("name \"x", 1),
            ("frame {symbol none}", 1),
        ] {
            let error = text.parse::<Module>().unwrap_err();
            assert_eq!(error.line, line, "{text:?}: {error}");
        }
    }
}
