//! Files, definitions and declarations.

use super::{Length, Maker, Own, Room, Text, Ty, Unit, Var};
use std::fmt::Write as _;

const UNITS: [(Unit, &str); 5] = [
    (Unit::Float, "float"),
    (Unit::Price, "price"),
    (Unit::Quantity, "quantity"),
    (Unit::Money, "money"),
    (Unit::Percent, "percent"),
];

impl Maker<'_> {
    pub(super) fn file(&mut self) {
        let modes = self.dice.once_in(3);
        if modes {
            self.out.push_str("\nenum Mode { calm, wild, off }\n");
        }
        for _ in 0..self.dice.below(3) {
            if self.dice.once_in(3) {
                self.function();
            } else {
                self.indicator();
            }
        }
        self.base = self.dice.below(5);
        self.out.push_str("\nstrategy random \"Random\" {\n");
        let session = self.head();
        self.room = Room {
            session,
            ..Room::default()
        };
        self.params(modes);
        for _ in 0..=self.dice.below(6) {
            self.declaration();
        }
        self.orders();
        self.out.push_str("}\n");
    }

    fn head(&mut self) -> bool {
        let tf = super::TIMEFRAMES[self.base].0;
        let session = self.dice.once_in(4);
        let hours = ["09:00-17:30", "22:00-06:00", "00:00-24:00"][self.dice.below(3)];
        let zone = ["UTC", "America/New_York", "Europe/Rome"][self.dice.below(3)];
        let tail = if session {
            format!(" session \"{hours}\" in \"{zone}\"")
        } else {
            String::new()
        };
        if self.dice.once_in(5) {
            self.line(1, &format!("param tf: timeframe = {tf} in {{{tf}, 1d}}"));
            self.line(1, &format!("on tf{tail}"));
        } else {
            self.line(1, &format!("on {tf}{tail}"));
        }
        session
    }

    fn params(&mut self, modes: bool) {
        for _ in 0..self.dice.below(5) {
            match self.dice.below(6) {
                0..=2 => {
                    let name = self.name("n");
                    let default = 2 + self.dice.below(8) as u32;
                    let range = match self.dice.below(3) {
                        0 => format!(" in 2..{}", default + 3),
                        1 => format!(" in 2..<{} step 1", default + 2),
                        _ => format!(" in {{2, {default}, 12}}").replace("{2, 2,", "{2,"),
                    };
                    let ty = self.dice.pick(&["bars", "bars", "int"]);
                    self.line(1, &format!("param {name}: {ty} = {default}{range}"));
                    self.lengths.push(Length { name, default });
                }
                3 => {
                    let name = self.name("f");
                    self.line(1, &format!("param {name}: float = 1.5 in 0.5..3 step 0.25"));
                    self.vars.push(Var {
                        text: name,
                        ty: Ty::Num(Unit::Float),
                    });
                }
                4 => {
                    let name = self.name("pc");
                    self.line(
                        1,
                        &format!("param {name}: percent = 1% in 0.5%..4% step 0.5%"),
                    );
                    self.vars.push(Var {
                        text: name,
                        ty: Ty::Num(Unit::Percent),
                    });
                }
                _ if modes => {
                    let name = self.name("mode");
                    self.line(1, &format!("param {name}: Mode = calm in {{calm, wild}}"));
                    self.modes.push(name);
                }
                _ => {
                    let name = self.name("flag");
                    self.line(1, &format!("param {name}: bool = true in {{true, false}}"));
                    self.vars.push(Var {
                        text: name,
                        ty: Ty::Bool,
                    });
                }
            }
        }
        if let [a, b, ..] = self.lengths.as_slice()
            && self.dice.once_in(2)
        {
            let op = match a.default.cmp(&b.default) {
                std::cmp::Ordering::Less => "<",
                std::cmp::Ordering::Equal => "<=",
                std::cmp::Ordering::Greater => ">=",
            };
            let text = format!("require {} {op} {}", a.name, b.name);
            self.line(1, &text);
        }
    }

    fn any_type(&mut self) -> Ty {
        if self.dice.once_in(3) {
            Ty::Bool
        } else {
            Ty::Num(self.unit())
        }
    }

    fn of_type(&mut self, ty: Ty, depth: usize) -> Text {
        match ty {
            Ty::Num(unit) => self.number(unit, depth),
            Ty::Bool => self.truth(depth),
        }
    }

    fn declaration(&mut self) {
        match self.dice.below(12) {
            0..=4 => self.let_(1),
            5 => self.destructured(),
            6..=7 => self.rec(1),
            8 => self.mutual(1),
            9..=10 if self.base + 1 < super::TIMEFRAMES.len() => self.block(),
            _ if self.base + 1 < super::TIMEFRAMES.len() => {
                let name = self.name("bar");
                let tf = self.coarser();
                self.line(1, &format!("let {name} = forming({tf})"));
                for member in ["open", "high", "low", "close"] {
                    self.vars.push(Var {
                        text: format!("{name}.{member}"),
                        ty: Ty::Num(Unit::Price),
                    });
                }
                self.vars.push(Var {
                    text: format!("{name}.volume"),
                    ty: Ty::Num(Unit::Quantity),
                });
            }
            _ => self.let_(1),
        }
    }

    fn let_(&mut self, depth: usize) {
        let ty = self.any_type();
        let deep = 1 + self.dice.below(3);
        let value = self.of_type(ty, deep);
        let name = self.name("v");
        // a literal's own unit is narrower than the one asked for
        let literal = value
            .0
            .starts_with(|c: char| c.is_ascii_digit() || c == '-');
        let stated = match ty {
            Ty::Num(u) if self.dice.once_in(4) || literal => UNITS
                .iter()
                .find(|x| x.0 == u)
                .map_or(String::new(), |x| format!(": {}", x.1)),
            _ => String::new(),
        };
        self.line(depth, &format!("let {name}{stated} = {}", value.0));
        self.vars.push(Var { text: name, ty });
    }

    fn destructured(&mut self) {
        let (a, b, c) = (self.name("a"), self.name("b"), self.name("c"));
        let unit = self.unit();
        let x = self.number(unit, 1).0;
        let n = self.length(2);
        let call = match self.dice.below(3) {
            0 => format!("bollinger({x}, {n}, 2)"),
            1 => format!("macd({x}, 3, 7, {n})"),
            _ => format!("linreg_channel({x}, {n} + 2, 1.5)"),
        };
        self.line(1, &format!("let ({a}, {b}, {c}) = {call}"));
        for text in [a, b, c] {
            self.vars.push(Var {
                text,
                ty: Ty::Num(unit),
            });
        }
    }

    /// One recurrence: its own past stands among the names while the body is made.
    fn rec(&mut self, depth: usize) {
        let name = self.name("r");
        if self.dice.once_in(4) {
            let (on, off) = (self.truth(1), self.truth(1));
            self.line(
                depth,
                &format!("rec {name}: bool = if {} then true else if {} then false else {name}[1] init false", on.0, off.0),
            );
            self.vars.push(Var {
                text: name,
                ty: Ty::Bool,
            });
            return;
        }
        let unit = self.unit();
        let init = self.initial(unit);
        let deep = 1 + self.dice.below(2);
        let x = self.number(unit, deep);
        let body = match self.dice.below(6) {
            0 => format!("{name}[1] + 0.25 * ({} - {name}[1])", x.at(7)),
            1 => format!("max({}, {name}[1] * 0.99)", x.0),
            2 => {
                let c = self.truth(1);
                format!("if {} then {} else {name}[1]", c.0, x.at(1))
            }
            3 => {
                let n = self.length(1);
                format!("({name}[1] + {name}[{n}]) / 2 - 0.1 * {}", x.at(8))
            }
            4 => {
                // the rest of the generator may read its past anywhere
                self.vars.push(Var {
                    text: format!("{name}[1]"),
                    ty: Ty::Num(unit),
                });
                let free = self.rec_body(unit);
                self.vars.pop();
                format!("0.5 * {name}[1] + 0.1 * {}", free.at(8))
            }
            _ => format!("min({name}[1], {name}[2]) * 0.5 + {} * 0.5", x.at(7)),
        };
        let settle = match self.dice.below(4) {
            0 => format!(" settle {}", self.length(1)),
            1 => " settle 12".into(),
            _ => String::new(),
        };
        self.line(depth, &format!("rec {name} = {body} init {init}{settle}"));
        self.vars.push(Var {
            text: name,
            ty: Ty::Num(unit),
        });
    }

    fn rec_body(&mut self, unit: Unit) -> Text {
        let room = self.room;
        self.room.clocks = false;
        let text = self.number(unit, 2);
        self.room = room;
        text
    }

    fn initial(&mut self, unit: Unit) -> String {
        match unit {
            Unit::Price => self.dice.pick(&["close", "sma(close, 4)", "high"]).into(),
            Unit::Quantity => "volume".into(),
            Unit::Money => "volume * close".into(),
            Unit::Percent => "percent(0.01)".into(),
            Unit::Float => self.dice.pick(&["float(0)", "1.5", "close / open"]).into(),
            Unit::Num => "x".into(),
        }
    }

    /// Recurrences of each other.
    fn mutual(&mut self, depth: usize) {
        let (p, q) = (self.name("p"), self.name("q"));
        let x = self.number(Unit::Price, 1);
        let c = self.truth(1);
        let first = format!(
            "rec {p} = if {} then {q}[1] else 0.9 * {p}[1] + 0.1 * {} init close",
            c.0,
            x.at(8)
        );
        let second = match self.dice.below(4) {
            3 => format!("rec {q} = fma({q}[1], 0.9, 0.1 * {p}) init low"),
            0 => format!("rec {q} = max({p}, {q}[1]) * 0.999 init high"),
            1 => format!("rec {q} = ({p}[1] + {q}[2]) / 2 init low"),
            _ => format!("rec {q} = if {p} > {q}[1] then {p} else {q}[1] init sma(close, 3)"),
        };
        self.line(depth, &first);
        self.line(depth, &second);
        for text in [p, q] {
            self.vars.push(Var {
                text,
                ty: Ty::Num(Unit::Price),
            });
        }
    }

    /// Declarations on a coarser clock, of this symbol or another.
    fn block(&mut self) {
        let tf = self.coarser();
        let other = self.dice.once_in(4);
        self.line(
            1,
            &format!("on {tf}{} {{", if other { " of OTHER" } else { "" }),
        );
        let vars = std::mem::take(&mut self.vars);
        let room = self.room;
        self.room = Room {
            base: false,
            position: false,
            session: false,
            clocks: false,
            ..room
        };
        for _ in 0..=self.dice.below(3) {
            match self.dice.below(5) {
                0 => self.rec(2),
                1 => self.mutual(2),
                _ => self.let_(2),
            }
        }
        self.line(1, "}");
        let inner = std::mem::replace(&mut self.vars, vars);
        self.room = room;
        // values of another symbol are a matter of `??`, which needs to know that they are no constants
        if !other {
            self.vars.extend(inner);
        }
    }

    /// An indicator: a series of any unit and a length in, one or several values out.
    fn indicator(&mut self) {
        let name = self.name("mine");
        self.vars = vec![Var {
            text: "x".into(),
            ty: Ty::Num(Unit::Num),
        }];
        self.lengths = vec![Length {
            name: "n".into(),
            default: 5,
        }];
        self.room = Room {
            base: false,
            clocks: false,
            own: false,
            position: false,
            session: false,
        };
        let record = self.dice.once_in(2);
        let value = self.number(Unit::Num, 2);
        let mut body = String::new();
        let mut result = value;
        if self.dice.once_in(2) {
            let next = if self.dice.once_in(2) {
                format!("e[1] + ({} - e[1]) / n", result.at(7))
            } else {
                format!("fma(e[1], 1 - 1 / n, {} / n)", result.at(7))
            };
            let _ = writeln!(body, "  rec e = {next} init x");
            result = Text::atom("e");
        }
        if self.dice.once_in(2) {
            let _ = writeln!(body, "  let w = {}", result.0);
            result = Text(format!("w - {}", self.leaf(Unit::Num).at(7)), 6);
        }
        let truth = self.truth(1);
        let (rets, give) = if record {
            (
                "(line: num, up: bool)".to_string(),
                format!("{}, {}", result.0, truth.0),
            )
        } else {
            ("num".to_string(), result.0)
        };
        if self.dice.once_in(3) {
            self.out.push_str("\n/// Random.");
        }
        let _ = write!(
            self.out,
            "\nindicator {name}(x: num, n: bars = 5) -> {rets} {{\n{body}  give {give}\n}}\n"
        );
        let gives = if record {
            vec![("line".into(), Ty::Num(Unit::Num)), ("up".into(), Ty::Bool)]
        } else {
            vec![(String::new(), Ty::Num(Unit::Num))]
        };
        self.own.push(Own {
            name,
            args: vec![Some(Ty::Num(Unit::Num)), None],
            gives,
        });
        self.vars.clear();
        self.lengths.clear();
    }

    fn function(&mut self) {
        let name = self.name("calc");
        let unit = self.unit();
        let ty = Ty::Num(unit);
        let of = UNITS.iter().find(|u| u.0 == unit).map_or("float", |u| u.1);
        self.vars = vec![
            Var {
                text: "a".into(),
                ty,
            },
            Var {
                text: "b".into(),
                ty,
            },
            Var {
                text: "t".into(),
                ty: Ty::Bool,
            },
        ];
        self.room = Room {
            base: false,
            clocks: false,
            own: false,
            position: false,
            session: false,
        };
        let value = self.number(unit, 2);
        let _ = write!(
            self.out,
            "\nfn {name}(a: {of}, b: {of}, t: bool) -> {of} =\n  {}\n",
            value.0
        );
        self.own.push(Own {
            name,
            args: vec![Some(ty), Some(ty), Some(Ty::Bool)],
            gives: vec![(String::new(), ty)],
        });
        self.vars.clear();
    }
}
