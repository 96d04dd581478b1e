//! Random expressions by unit.

use super::{Maker, Text, Ty, Unit};

const PLAIN: [&str; 9] = ["0.5", "2", "1.25", "0.1", "3", "10", "50", "0", "1_000"];
const MEMBERS: [&str; 5] = ["open", "high", "low", "close", "volume"];
const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

impl Maker<'_> {
    /// The simplest number of a unit.
    pub(super) fn leaf(&mut self, unit: Unit) -> Text {
        if !self.dice.once_in(3)
            && let Some(name) = self.known(Ty::Num(unit))
        {
            return Text::atom(name);
        }
        let position = self.room.position && self.dice.once_in(3);
        Text::atom(match unit {
            Unit::Price if position => self.dice.pick(&["position.entry", "entry"]),
            Unit::Price => self.dice.pick(&[
                "close", "close", "open", "high", "low", "hl2", "hlc3", "ohlc4",
            ]),
            Unit::Quantity if position => "position.size",
            Unit::Quantity => "volume",
            Unit::Money if position => "position.equity",
            Unit::Money => self
                .dice
                .pick(&["(volume * close)", "money(2500)", "(hl2 * volume)"]),
            Unit::Percent if position => "position.profit",
            Unit::Percent => self
                .dice
                .pick(&["2%", "0.5%", "percent(0.01)", "10%", "1.5%"]),
            Unit::Float if position => "position.bars",
            Unit::Float if self.dice.once_in(3) => self.dice.pick(&[
                "hour",
                "minute",
                "day",
                "month",
                "bar_index",
                "year",
                "float(close)",
            ]),
            Unit::Float => return Text::atom(self.dice.pick(&PLAIN)),
            // inside an indicator there is always its own series
            Unit::Num => return Text::atom("x"),
        })
    }

    /// A number.
    pub(super) fn number(&mut self, unit: Unit, depth: usize) -> Text {
        if depth == 0 {
            return self.leaf(unit);
        }
        let d = depth - 1;
        match self.dice.below(27) {
            0..=2 => self.leaf(unit),
            3..=4 => {
                let (a, b) = (self.number(unit, d), self.number(unit, d));
                let op = self.dice.pick(&["+", "-"]);
                Text(format!("{} {op} {}", a.at(6), b.at(7)), 6)
            }
            5..=6 => {
                let (a, f) = (self.number(unit, d), self.number(Unit::Float, d));
                if self.dice.once_in(2) {
                    Text(format!("{} * {}", a.at(7), f.at(8)), 7)
                } else {
                    Text(format!("{} * {}", f.at(7), a.at(8)), 7)
                }
            }
            7 => {
                let (a, f) = (self.number(unit, d), self.number(Unit::Float, d));
                Text(format!("{} / {}", a.at(7), f.at(8)), 7)
            }
            8 => Text(format!("-{}", self.number(unit, d).at(9)), 8),
            9 => Text::atom(format!("abs({})", self.number(unit, d).0)),
            10..=11 => {
                let count = 2 + self.dice.below(2);
                let parts: Vec<String> = (0..count).map(|_| self.number(unit, d).0).collect();
                Text::atom(format!(
                    "{}({})",
                    self.dice.pick(&["min", "max"]),
                    parts.join(", ")
                ))
            }
            12..=13 => {
                let (c, a, b) = (self.truth(d), self.number(unit, d), self.number(unit, d));
                Text(format!("if {} then {} else {}", c.0, a.at(1), b.0), 0)
            }
            14..=15 => self.history(Ty::Num(unit), d),
            16..=19 => self.library_number(unit, d),
            20 => self.fold(unit),
            21 => self.clock(Ty::Num(unit), d),
            22 => self
                .call_own(Ty::Num(unit), d)
                .unwrap_or_else(|| self.leaf(unit)),
            23 => self.optional(Ty::Num(unit), d),
            24 => {
                let (a, f) = (self.number(unit, d).0, self.number(Unit::Float, d).0);
                let c = self.number(unit, d).0;
                let (a, f) = if self.dice.once_in(2) { (a, f) } else { (f, a) };
                Text::atom(format!("fma({a}, {f}, {c})"))
            }
            _ => self.of_unit(unit, d),
        }
    }

    /// What only this unit can be made of.
    fn of_unit(&mut self, unit: Unit, d: usize) -> Text {
        match unit {
            Unit::Float => match self.dice.below(6) {
                0..=1 => {
                    let other = self.unit();
                    let (a, b) = (self.number(other, d), self.number(other, d));
                    Text(format!("{} / {}", a.at(7), b.at(8)), 7)
                }
                2 => {
                    let f = self.dice.pick(&[
                        "tanh", "atan", "exp", "sin", "cos", "floor", "round", "sign", "ceil",
                        "log", "sqrt",
                    ]);
                    Text::atom(format!("{f}({})", self.number(Unit::Float, d).0))
                }
                3 => Text(
                    format!(
                        "{} mod {}",
                        self.number(Unit::Float, d).at(7),
                        self.dice.pick(&["7", "2.5", "3"])
                    ),
                    7,
                ),
                4 => Text::atom(format!("pow({}, 2)", self.number(Unit::Float, d).0)),
                _ => Text::atom(format!("float({})", {
                    let u = self.unit();
                    self.number(u, d).0
                })),
            },
            Unit::Price => match self.dice.below(4) {
                0 => Text(
                    format!(
                        "{} * (1 {} {})",
                        self.number(unit, d).at(7),
                        self.dice.pick(&["+", "-"]),
                        self.leaf(Unit::Percent).at(7)
                    ),
                    7,
                ),
                1 if self.room.base && self.base + 1 < super::TIMEFRAMES.len() => {
                    let member = MEMBERS[self.dice.below(4)];
                    Text::atom(format!("forming({}).{member}", self.coarser()))
                }
                2 => Text(
                    format!(
                        "{} / {}",
                        self.number(Unit::Money, d).at(7),
                        self.number(Unit::Quantity, d).at(8)
                    ),
                    7,
                ),
                _ => Text::atom(format!("price({})", self.number(Unit::Float, d).0)),
            },
            Unit::Quantity => match self.dice.below(2) {
                0 => Text(
                    format!(
                        "{} / {}",
                        self.number(Unit::Money, d).at(7),
                        self.number(Unit::Price, d).at(8)
                    ),
                    7,
                ),
                _ => Text::atom("quantity(0.5)"),
            },
            Unit::Money => Text(
                format!(
                    "{} * {}",
                    self.number(Unit::Price, d).at(7),
                    self.number(Unit::Quantity, d).at(8)
                ),
                7,
            ),
            Unit::Percent => Text::atom(format!("percent({})", self.number(Unit::Float, d).0)),
            Unit::Num => self.leaf(unit),
        }
    }

    /// An earlier value.
    fn history(&mut self, ty: Ty, d: usize) -> Text {
        let base = if self.dice.once_in(3) {
            match ty {
                Ty::Num(unit) => self.number(unit, d).at(9),
                Ty::Bool => self.truth(d).at(9),
            }
        } else {
            self.atom(ty)
        };
        // a literal has no history worth reading, and `2%[1]` is hard to read
        let base = if base.starts_with(|c: char| c.is_ascii_digit()) {
            format!("({base})")
        } else {
            base
        };
        let index = match self.dice.below(6) {
            0 => self.length(1),
            1 => "bar_index mod 5 max 4".into(),
            2 => "min(highest_ago(high, 6), 5) max 5".into(),
            _ => self.dice.below(6).to_string(),
        };
        Text::atom(format!("{base}[{index}]"))
    }

    fn fold(&mut self, unit: Unit) -> Text {
        let x = self.atom(Ty::Num(unit));
        let x = if x.starts_with(|c: char| c.is_ascii_digit()) {
            format!("({x})")
        } else {
            x
        };
        let range = match self.dice.below(3) {
            0 => format!("0..<{}", self.length(1)),
            1 => format!("1..{}", self.length(1)),
            _ => "0..4".into(),
        };
        let op = self.dice.pick(&["sum", "max", "min"]);
        let body = match self.dice.below(5) {
            0 => format!("{x}[i] * (i + 1)"),
            1 => format!("{x}[i] - {x}[i + 1]"),
            2 => format!("if close[i] > open[i] then {x}[i] else -{x}[i]"),
            3 => format!("{x}[i] + max(j in 0..2: {x}[i + j])"),
            _ => format!("{x}[i]"),
        };
        Text::atom(format!("{op}(i in {range}: {body})"))
    }

    fn truth_fold(&mut self) -> Text {
        let op = self.dice.pick(&["all", "any", "count"]);
        let n = self.length(1);
        let (a, b) = (
            self.atom(Ty::Num(Unit::Price)),
            self.atom(Ty::Num(Unit::Price)),
        );
        let fold = format!("{op}(i in 0..<{n}: {a}[i] > {b}[i + 1])");
        if op == "count" {
            Text(format!("{fold} >= 2"), 4)
        } else {
            Text::atom(fold)
        }
    }

    /// A value of a coarser clock.
    fn clock(&mut self, ty: Ty, d: usize) -> Text {
        if !self.room.base || !self.room.clocks || self.base + 1 >= super::TIMEFRAMES.len() {
            return self.small(ty);
        }
        let tf = self.coarser();
        let inner = self.on_other_clock(|m| match ty {
            Ty::Num(unit) => m.number(unit, d),
            Ty::Bool => m.truth(d),
        });
        Text(format!("on {tf}: {}", inner.0), 0)
    }

    /// A value of another symbol, with what to use instead.
    fn optional(&mut self, ty: Ty, d: usize) -> Text {
        if !self.room.base || !self.room.clocks || self.base + 1 >= super::TIMEFRAMES.len() {
            return self.small(ty);
        }
        let tf = if self.dice.once_in(2) {
            super::TIMEFRAMES[self.base].0
        } else {
            self.coarser()
        };
        let inner = self.on_other_clock(|m| match ty {
            Ty::Num(unit) => {
                let n = m.number(unit, d).at(7);
                // a constant has no clock, and so nothing that could be missing
                let series = match unit {
                    Unit::Price => "close",
                    Unit::Quantity => "volume",
                    Unit::Money => "volume * close",
                    Unit::Num => "x",
                    Unit::Float => "close / open",
                    Unit::Percent => "percent(close / open - 1)",
                };
                Text(format!("{n} + {series}"), 6)
            }
            Ty::Bool => Text(format!("({}) or close > open", m.truth(d).0), 1),
        });
        let other = match ty {
            Ty::Num(unit) => self.leaf(unit).at(6),
            Ty::Bool => self.atom(Ty::Bool),
        };
        if ty == Ty::Bool && self.dice.once_in(3) {
            return Text::atom(format!("(on {tf} of OTHER: {}).present", inner.0));
        }
        Text(format!("(on {tf} of OTHER: {}) ?? {other}", inner.0), 5)
    }

    fn on_other_clock(&mut self, make: impl FnOnce(&mut Self) -> Text) -> Text {
        let vars = std::mem::take(&mut self.vars);
        let room = self.room;
        self.room = super::Room {
            base: false,
            position: false,
            session: false,
            clocks: false,
            ..room
        };
        let text = make(self);
        self.vars = vars;
        self.room = room;
        text
    }

    fn small(&mut self, ty: Ty) -> Text {
        match ty {
            Ty::Num(unit) => self.leaf(unit),
            Ty::Bool => Text(
                format!(
                    "{} > {}",
                    self.leaf(Unit::Price).at(5),
                    self.leaf(Unit::Price).at(5)
                ),
                4,
            ),
        }
    }

    /// A call of a definition of the program.
    fn call_own(&mut self, ty: Ty, d: usize) -> Option<Text> {
        if !self.room.own || self.own.is_empty() {
            return None;
        }
        let own = self.own[self.dice.below(self.own.len())].clone();
        let (member, given) = own.gives[self.dice.below(own.gives.len())].clone();
        let unit = match (given, ty) {
            (Ty::Num(Unit::Num), Ty::Num(want)) => want,
            (a, b) if a == b => Unit::Price,
            _ => return None,
        };
        let mut args = Vec::new();
        for a in &own.args {
            args.push(match a {
                None => self.length(1),
                Some(Ty::Num(Unit::Num)) => self.number(unit, d.min(1)).0,
                Some(Ty::Num(u)) => self.number(*u, d.min(1)).0,
                Some(Ty::Bool) => self.truth(d.min(1)).0,
            });
        }
        let dot = if member.is_empty() {
            String::new()
        } else {
            format!(".{member}")
        };
        Some(Text::atom(format!(
            "{}({}){dot}",
            own.name,
            args.join(", ")
        )))
    }

    /// Something true or false.
    pub(super) fn truth(&mut self, depth: usize) -> Text {
        if depth == 0 {
            return match self.known(Ty::Bool) {
                Some(name) if self.dice.once_in(2) => Text::atom(name),
                _ => self.compare(Unit::Price, 0),
            };
        }
        let d = depth - 1;
        match self.dice.below(24) {
            0..=1 => self.truth(0),
            2..=5 => {
                let unit = self.unit();
                self.compare(unit, d)
            }
            6..=7 => {
                let unit = self.unit();
                let (a, b) = (self.number(unit, d), self.number(unit, d));
                let how = self
                    .dice
                    .pick(&["crosses above", "crosses below", "crosses"]);
                Text(format!("{} {how} {}", a.at(5), b.at(5)), 4)
            }
            8 => {
                let (a, b) = (self.truth(d), self.truth(d));
                Text(format!("{} and {}", a.at(2), b.at(3)), 2)
            }
            9..=10 => {
                let (a, b) = (self.truth(d), self.truth(d));
                Text(format!("{} or {}", a.at(1), b.at(2)), 1)
            }
            11 => Text(format!("not {}", self.truth(d).at(5)), 3),
            12..=13 => self.library_truth(d),
            14 => self.truth_fold(),
            15 => self.history(Ty::Bool, d),
            16 => {
                let (c, a, b) = (self.truth(d), self.truth(d), self.truth(d));
                Text(format!("if {} then {} else {}", c.0, a.at(1), b.0), 0)
            }
            17 => self.clock(Ty::Bool, d),
            18 => self.optional(Ty::Bool, d),
            19 => self
                .call_own(Ty::Bool, d)
                .unwrap_or_else(|| self.compare(Unit::Float, d)),
            20 => {
                let x = self.number(Unit::Float, d);
                let dots = self.dice.pick(&["..", "..<"]);
                Text(format!("{} in 0.5{dots}60", x.at(6)), 4)
            }
            21 => self.calendar(),
            22 => {
                let (a, b) = (self.truth(d), self.truth(d));
                Text(
                    format!("{} {} {}", a.at(5), self.dice.pick(&["==", "!="]), b.at(5)),
                    4,
                )
            }
            _ => self.own_state(),
        }
    }

    pub(super) fn compare(&mut self, unit: Unit, d: usize) -> Text {
        let op = self
            .dice
            .pick(&[">", "<", ">=", "<=", ">", "<", "!=", "=="]);
        let (a, b) = (self.number(unit, d), self.number(unit, d));
        Text(format!("{} {op} {}", a.at(5), b.at(5)), 4)
    }

    fn calendar(&mut self) -> Text {
        let day = DAYS[self.dice.below(7)];
        let other = DAYS[self.dice.below(7)];
        match self.dice.below(4) {
            0 => Text(format!("weekday != {day}"), 4),
            1 if day != other => Text(format!("weekday in {{{day}, {other}}}"), 4),
            2 => Text(format!("hour in {}..19", self.dice.below(19)), 4),
            _ => Text("minute < 31".into(), 4),
        }
    }

    /// Session, position and modes where there are any.
    fn own_state(&mut self) -> Text {
        match self.dice.below(4) {
            0 if self.room.session && self.room.base => {
                Text::atom(
                    self.dice
                        .pick(&["session.active", "session.start", "session.end"]),
                )
            }
            1..=2 if self.room.position => match self.dice.below(4) {
                0 => Text(format!("position.bars > {}", self.dice.below(9)), 4),
                1 => Text(
                    format!(
                        "position.profit {} {}",
                        self.dice.pick(&["<", ">"]),
                        self.dice.pick(&["-1%", "0", "2%"])
                    ),
                    4,
                ),
                2 => Text::atom(self.dice.pick(&[
                    "position.is_long",
                    "position.is_short",
                    "position.is_flat",
                ])),
                _ => Text("close < position.entry".into(), 4),
            },
            3 if !self.modes.is_empty() => {
                let mode = self.modes[self.dice.below(self.modes.len())].clone();
                Text(
                    format!(
                        "{mode} {} Mode.{}",
                        self.dice.pick(&["==", "!="]),
                        self.dice.pick(&["calm", "wild", "off"])
                    ),
                    4,
                )
            }
            _ => Text(
                format!(
                    "{} > {}",
                    self.leaf(Unit::Price).at(5),
                    self.leaf(Unit::Price).at(5)
                ),
                4,
            ),
        }
    }
}
