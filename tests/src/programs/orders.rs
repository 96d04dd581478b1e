//! Entries, legs, exits, sizes and limits.

use super::{Maker, Unit};

impl Maker<'_> {
    pub(super) fn orders(&mut self) {
        let risk = self.dice.once_in(2);
        let mut labels: Vec<String> = Vec::new();
        for number in 0..=self.dice.below(3) {
            let long = self.dice.once_in(2);
            self.entry(number, long, risk, &mut labels);
        }
        for _ in 0..self.dice.below(3) {
            let scope = match self.dice.below(4) {
                0 => " long".to_string(),
                1 => " short".into(),
                2 if !labels.is_empty() => format!(" #{}", labels[self.dice.below(labels.len())]),
                _ => String::new(),
            };
            let trigger = self.exit_trigger();
            self.line(1, &format!("exit{scope} {trigger}"));
        }
        let size = if risk {
            format!("risk {}", self.dice.pick(&["1%", "0.5%", "2%"]))
        } else {
            self.size()
        };
        if risk || !self.dice.once_in(10) {
            self.line(1, &format!("size {size}"));
        }
        self.limits();
        if self.dice.once_in(3) {
            let (u, v) = (self.unit(), self.unit());
            let (a, b) = (self.number(u, 1), self.number(v, 1));
            self.line(1, &format!("plot {}, {}", a.0, b.0));
        }
        if self.dice.once_in(5) {
            let c = self.truth(1);
            self.line(1, &format!("alert \"now\" when {}", c.0));
        }
    }

    fn size(&mut self) -> String {
        match self.dice.below(6) {
            0..=2 => format!("{} of equity", self.dice.pick(&["100%", "50%", "20%"])),
            3 => "target vol 20%".into(),
            4 => format!("quantity({})", self.dice.pick(&["1", "0.5", "20"])),
            _ => format!("money({})", self.dice.pick(&["1000", "4_000"])),
        }
    }

    fn entry(&mut self, number: usize, long: bool, risk: bool, labels: &mut Vec<String>) {
        let side = if long { "long" } else { "short" };
        let label = if self.dice.once_in(2) {
            let l = format!("e{number}");
            labels.push(l.clone());
            format!(" #{l}")
        } else {
            String::new()
        };
        let position = self.dice.once_in(6);
        self.room.position = position;
        let when = match self.dice.below(4) {
            0 => self.truth(3),
            1 => self.truth(1),
            _ => self.truth(2),
        };
        // often enough true to trade within short data
        let when = match self.dice.below(4) {
            0 => format!("{} or bar_index mod 11 == {number}", when.at(1)),
            1 => format!(
                "{} and close {} open",
                when.at(2),
                if long { ">" } else { "<" }
            ),
            _ => when.0,
        };
        // `entry` belongs to exits: on the way in there is only `position.entry`
        let when = without_entry(&when);
        self.room.position = false;
        let at = match self.dice.below(6) {
            0 => {
                let p = self.near_price();
                format!(" at limit {p} for {} bars", 1 + self.dice.below(5))
            }
            1 => {
                let p = self.near_price();
                let life = if self.dice.once_in(2) {
                    format!(" for {}", self.length(1))
                } else {
                    String::new()
                };
                format!(" at stop {p}{life}")
            }
            _ => String::new(),
        };
        let own = if !risk && self.dice.once_in(5) {
            format!(" size {}", self.size())
        } else {
            String::new()
        };
        let legs = risk || !self.dice.once_in(3);
        if !legs {
            self.line(1, &format!("enter {side}{label} when {when}{at}{own}"));
            return;
        }
        self.line(1, &format!("enter {side}{label} when {when}{at}{own} {{"));
        let stops = usize::from(risk || self.dice.once_in(2));
        for _ in 0..stops {
            let level = self.stop_level(long);
            self.line(2, &format!("stop {level}"));
        }
        if self.dice.once_in(2) {
            self.targets(long, stops > 0);
        }
        if self.dice.once_in(3) {
            let d = self.distance(stops > 0);
            let after = if self.dice.once_in(2) {
                format!(" after {}", self.distance(stops > 0))
            } else {
                String::new()
            };
            self.line(2, &format!("trail {d}{after}"));
        }
        if stops > 0 && self.dice.once_in(4) {
            let d = self.distance(true);
            self.line(2, &format!("stop to breakeven after {d}"));
        }
        for _ in 0..self.dice.below(3) {
            let trigger = self.exit_trigger();
            self.line(2, &format!("exit {trigger}"));
        }
        self.line(1, "}");
    }

    fn targets(&mut self, long: bool, stopped: bool) {
        let parts = 1 + self.dice.below(2);
        for part in 0..parts {
            let level = match self.dice.below(4) {
                0 if stopped => format!("{}R", 1 + part),
                1 => self.dice.pick(&["1%", "2.5%", "4%"]).to_string(),
                2 => format!(
                    "entry {} {} * atr({})",
                    if long { "+" } else { "-" },
                    self.dice.pick(&["1", "2.5"]),
                    self.length(2)
                ),
                _ => format!("entry * (1 {} 2%)", if long { "+" } else { "-" }),
            };
            let closing = if parts > 1 || self.dice.once_in(4) {
                " closing 50%"
            } else {
                ""
            };
            self.line(2, &format!("target {level}{closing}"));
        }
    }

    fn stop_level(&mut self, long: bool) -> String {
        let sign = if long { "-" } else { "+" };
        match self.dice.below(5) {
            0 => self.dice.pick(&["1%", "0.75%", "3%"]).into(),
            1 => format!(
                "entry {sign} {} * atr({})",
                self.dice.pick(&["1", "2", "0.5"]),
                self.length(2)
            ),
            2 => format!("entry * (1 {sign} 1.5%)"),
            3 if long => format!("lowest(low, {}) - 0.5 * atr(5)", self.length(1)),
            3 => format!("highest(high, {}) + 0.5 * atr(5)", self.length(1)),
            _ => format!("at close {sign} true_range()"),
        }
    }

    fn distance(&mut self, stopped: bool) -> String {
        match self.dice.below(4) {
            0 if stopped => self.dice.pick(&["1R", "0.5R", "2R"]).into(),
            1 => self.dice.pick(&["1%", "0.5%"]).into(),
            2 => format!(
                "({} + price(0.01))",
                format_args!("abs({})", self.number(Unit::Price, 1).0)
            ),
            _ => format!(
                "{} * atr({})",
                self.dice.pick(&["1", "2", "0.7"]),
                self.length(2)
            ),
        }
    }

    fn near_price(&mut self) -> String {
        match self.dice.below(6) {
            0 => format!(
                "close {} 0.3 * atr({})",
                self.dice.pick(&["+", "-"]),
                self.length(2)
            ),
            1 => format!("highest(high, {})", self.length(1)),
            2 => format!("lowest(low, {})", self.length(1)),
            3 => "close * (1 - 0.2%)".into(),
            4 => format!("ema(close, {})", self.length(2)),
            _ => self.dice.pick(&["hl2", "close", "open"]).into(),
        }
    }

    fn exit_trigger(&mut self) -> String {
        match self.dice.below(6) {
            0..=2 => {
                self.room.position = true;
                let deep = 1 + self.dice.below(2);
                let c = self.truth(deep);
                self.room.position = false;
                format!("when {}", c.0)
            }
            3 => format!("after {} bars", 1 + self.dice.below(20)),
            4 if self.room.session => "at session end".into(),
            4 => format!("after {}", self.length(1)),
            _ => {
                self.room.position = true;
                let p = self.number(Unit::Price, 1);
                self.room.position = false;
                format!("at {}", p.at(6))
            }
        }
    }

    fn limits(&mut self) {
        if self.dice.once_in(3) {
            let x = self.dice.pick(&["1", "3", "5"]);
            self.line(1, &format!("limit leverage {x}"));
        }
        if self.dice.once_in(4) {
            let every = if self.dice.once_in(2) {
                format!(" every {}", self.distance(false))
            } else {
                String::new()
            };
            let text = format!("limit pyramid {}{every}", 1 + self.dice.below(4));
            self.line(1, &text);
        }
        if self.dice.once_in(5) {
            let text = format!("limit cooldown {} bars", self.dice.below(6));
            self.line(1, &text);
        }
        if self.dice.once_in(6) {
            let text = format!("limit trades {} per 1d", 1 + self.dice.below(4));
            self.line(1, &text);
        }
    }
}

/// `entry` as a word of its own becomes `position.entry`.
fn without_entry(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("entry") {
        let (before, after) = (&rest[..at], &rest[at + 5..]);
        let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let word = !before.ends_with(|c: char| part(c) || c == '.') && !after.starts_with(part);
        out.push_str(before);
        out.push_str(if word { "position.entry" } else { "entry" });
        rest = after;
    }
    out.push_str(rest);
    out
}
