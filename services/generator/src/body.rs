//! A program's parts, and how they are written down.

use crate::literal::{number, percent};
use sixbtc_abi::Side;
use std::collections::BTreeSet;
use std::fmt::Write;

/// What the strategy of a program written elsewhere is called until it has its name.
pub const NAMELESS: &str = "nameless_strategy";

/// A program but for header, name, title and clock. Everything is text of the language; nothing needs to be laid out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Body {
    /// A program written elsewhere, in place of all the rest; its strategy is called [`NAMELESS`].
    pub whole: Option<String>,
    /// Modules of the library, such as `patterns/blocks`.
    pub uses: BTreeSet<String>,
    /// Whole items that stand before the strategy (`indicator`, `fn`, `enum`).
    pub items: Vec<String>,
    /// Parameters, in order.
    pub params: Vec<Param>,
    /// Named values, in order: name and expression.
    pub lets: Vec<(String, String)>,
    /// Further statements before the entries: `rec`, `on 4h { … }`, `require`.
    pub statements: Vec<String>,
    /// Entries in order of priority.
    pub entries: Vec<Entry>,
    /// Exits of the strategy as a whole, without the word `exit`: `long when …`.
    pub exits: Vec<String>,
    /// Sizing without the word `size`; `risk 2%` when empty.
    pub size: String,
    /// Limits without the word `limit`: `leverage lev`.
    pub limits: Vec<String>,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: String,
    /// Its default.
    pub default: String,
    /// What follows `in`: `0.5%..30%`, with a step if there is one.
    pub range: String,
}

/// An `enter` statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Which side.
    pub side: Side,
    /// The condition.
    pub when: String,
    /// What follows `at`, such as `stop highest(high, 20)`; an order at the market when absent.
    pub at: Option<String>,
    /// What protects and ends the position.
    pub legs: Vec<Leg>,
}

/// A leg of an entry.
#[derive(Debug, Clone, PartialEq)]
pub enum Leg {
    /// What follows `stop`.
    Stop(String),
    /// What follows `target`.
    Target(String),
    /// What follows `trail`.
    Trail(String),
    /// What follows `exit`: `when …`, `after hold`.
    Exit(String),
}

/// A target that no price reaches: stands for none.
pub const NO_TARGET: f64 = 10.0;
/// A holding time that no data reaches: stands for none.
pub const NO_HOLD: u32 = 100_000;

/// Values of the four parameters that the sweep knows by name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Risk {
    /// Stop, a fraction of price.
    pub stop: f64,
    /// Target, a fraction of price; none when absent.
    pub target: Option<f64>,
    /// Bars after which the position is closed; never when absent.
    pub hold: Option<u32>,
    /// Largest leverage.
    pub leverage: f64,
}

impl Risk {
    /// `sl`: the stop as a fraction of price.
    pub fn sl(&self) -> Param {
        Param::new("sl", "percent", percent(self.stop), "0.1%..50%")
    }

    /// `tp`: the target as a fraction of price.
    pub fn tp(&self) -> Param {
        let target = self.target.unwrap_or(NO_TARGET);
        Param::new("tp", "percent", percent(target), "0.1%..1000%")
    }

    /// `hold`: bars until the time exit.
    pub fn hold(&self) -> Param {
        let bars = self.hold.unwrap_or(NO_HOLD);
        Param::new("hold", "bars", bars.to_string(), "1..100000")
    }

    /// `lev`: the largest leverage.
    pub fn lev(&self) -> Param {
        Param::new("lev", "float", number(self.leverage), "1..40")
    }

    /// All four, in the usual order.
    pub fn params(&self) -> Vec<Param> {
        vec![self.sl(), self.tp(), self.hold(), self.lev()]
    }

    /// The legs that go with them: `stop sl`, `target tp`, `exit after hold`.
    pub fn legs() -> Vec<Leg> {
        vec![
            Leg::Stop("sl".into()),
            Leg::Target("tp".into()),
            Leg::Exit("after hold".into()),
        ]
    }
}

impl Param {
    /// A parameter.
    pub fn new(
        name: impl Into<String>,
        ty: impl Into<String>,
        default: impl Into<String>,
        range: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            ty: ty.into(),
            default: default.into(),
            range: range.into(),
        }
    }
}

impl Body {
    /// A body whose exits are the four parameters of the percentage space, with one entry for each condition.
    pub fn percentage(risk: &Risk, entries: impl IntoIterator<Item = (Side, String)>) -> Self {
        Self {
            params: risk.params(),
            entries: entries
                .into_iter()
                .map(|(side, when)| Entry {
                    side,
                    when,
                    at: None,
                    legs: Risk::legs(),
                })
                .collect(),
            limits: vec!["leverage lev".into()],
            ..Self::default()
        }
    }

    /// The whole program under a name, one statement a line; the formatter lays it out.
    pub fn text(&self, name: &str, title: &str, timeframe: &str) -> String {
        if let Some(whole) = &self.whole {
            return whole.replacen(NAMELESS, name, 1);
        }
        let mut out = format!("#sbt {}\n\n", sbt_std::EDITION);
        for module in &self.uses {
            let _ = writeln!(out, "use {module}");
        }
        out.push('\n');
        for item in &self.items {
            let _ = writeln!(out, "{item}\n");
        }
        let _ = writeln!(out, "strategy {name} \"{}\" {{", plain(title));
        let _ = writeln!(out, "on {timeframe}\n");
        for p in &self.params {
            let range = if p.range.is_empty() {
                String::new()
            } else {
                format!(" in {}", p.range)
            };
            let _ = writeln!(out, "param {}: {} = {}{range}", p.name, p.ty, p.default);
        }
        out.push('\n');
        for (name, value) in &self.lets {
            let _ = writeln!(out, "let {name} = {value}");
        }
        for statement in &self.statements {
            let _ = writeln!(out, "{statement}");
        }
        out.push('\n');
        for entry in &self.entries {
            entry.write(&mut out);
        }
        for exit in &self.exits {
            let _ = writeln!(out, "exit {exit}");
        }
        let size = if self.size.is_empty() {
            "risk 2%"
        } else {
            &self.size
        };
        let _ = writeln!(out, "\nsize {size}");
        for limit in &self.limits {
            let _ = writeln!(out, "limit {limit}");
        }
        out.push_str("}\n");
        out
    }
}

impl Entry {
    fn write(&self, out: &mut String) {
        let side = match self.side {
            Side::Long => "long",
            Side::Short => "short",
        };
        let _ = write!(out, "enter {side} when {}", self.when);
        if let Some(at) = &self.at {
            let _ = write!(out, " at {at}");
        }
        out.push_str(" {\n");
        for leg in &self.legs {
            let (word, text) = match leg {
                Leg::Stop(t) => ("stop", t),
                Leg::Target(t) => ("target", t),
                Leg::Trail(t) => ("trail", t),
                Leg::Exit(t) => ("exit", t),
            };
            let _ = writeln!(out, "{word} {text}");
        }
        out.push_str("}\n");
    }
}

/// A sentence as a title: on one line, without quotes of its own.
pub fn plain(sentence: &str) -> String {
    let mut out = String::with_capacity(sentence.len());
    for word in sentence.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(
            word.chars()
                .filter(|c| !c.is_control())
                .map(|c| if c == '"' { '\'' } else { c }),
        );
    }
    out
}
