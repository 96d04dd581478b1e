//! Random programs as text: well typed by construction, mostly nonsense as strategies, rich in what goes wrong.

mod expr;
mod library;
mod orders;
mod top;

use crate::dice::Dice;
use std::fmt::Write as _;

/// A program of these choices.
pub fn program(dice: &mut Dice) -> String {
    let mut maker = Maker {
        dice,
        out: String::from("#sbt 1\n"),
        vars: Vec::new(),
        lengths: Vec::new(),
        own: Vec::new(),
        modes: Vec::new(),
        base: 0,
        named: 0,
        room: Room::default(),
    };
    maker.file();
    maker.out
}

/// Units that generated numbers have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Unit {
    /// Plain.
    #[default]
    Float,
    /// Quote currency a unit.
    Price,
    /// Of the base asset.
    Quantity,
    /// Quote currency.
    Money,
    /// A fraction written as percent.
    Percent,
    /// The dimension variable of an indicator being generated.
    Num,
}

/// Types of generated values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ty {
    Num(Unit),
    Bool,
}

/// Something that can be named.
#[derive(Debug, Clone)]
struct Var {
    /// How it is written; binds like a name.
    text: String,
    ty: Ty,
}

/// An indicator or function of the program.
#[derive(Debug, Clone)]
struct Own {
    name: String,
    /// What each argument is: a series of a unit, a truth, or `None` for a length.
    args: Vec<Option<Ty>>,
    /// Member to read (empty for a plain result) and its type. `Unit::Num` is the unit of the first argument.
    gives: Vec<(String, Ty)>,
}

/// A parameter that counts bars.
#[derive(Debug, Clone)]
struct Length {
    name: String,
    default: u32,
}

/// What may be said where the text now grows.
// Each is a permission of its own, not a state of one machine.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Clone, Copy)]
struct Room {
    /// On the strategy's own clock (not in a block of a coarser one, not in an indicator).
    base: bool,
    /// `position` may be read.
    position: bool,
    /// A session was named with the clock.
    session: bool,
    /// Definitions of the program may be called.
    own: bool,
    /// `on` expressions may be used.
    clocks: bool,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            base: true,
            position: false,
            session: false,
            own: true,
            clocks: true,
        }
    }
}

/// Text with how tightly it binds: 1 or, 2 and, 3 not, 4 comparison, 5 `??`, 6 sum, 7 product, 8 minus, 9 atom; 0 alone.
#[derive(Debug, Clone)]
struct Text(String, u8);

impl Text {
    fn atom(s: impl Into<String>) -> Self {
        Self(s.into(), 9)
    }

    /// In parentheses if it binds weaker than its place asks for.
    fn at(self, level: u8) -> String {
        if self.1 < level {
            format!("({})", self.0)
        } else {
            self.0
        }
    }
}

/// Timeframes of clocks: text and minutes.
const TIMEFRAMES: [(&str, usize); 7] = [
    ("5m", 5),
    ("15m", 15),
    ("30m", 30),
    ("1h", 60),
    ("2h", 120),
    ("4h", 240),
    ("1d", 1440),
];

struct Maker<'d> {
    dice: &'d mut Dice,
    out: String,
    vars: Vec<Var>,
    lengths: Vec<Length>,
    own: Vec<Own>,
    /// Names of parameters of the enum `Mode`.
    modes: Vec<String>,
    /// Index of the strategy's clock in [`TIMEFRAMES`].
    base: usize,
    named: usize,
    room: Room,
}

impl Maker<'_> {
    fn name(&mut self, stem: &str) -> String {
        self.named += 1;
        format!("{stem}{}", self.named)
    }

    /// A line of the strategy's body; now and then with a comment, an empty line or careless spaces, for the formatter.
    fn line(&mut self, depth: usize, text: &str) {
        if self.dice.once_in(15) {
            self.out.push('\n');
        }
        if self.dice.once_in(20) {
            let _ = writeln!(self.out, "{}// note", "  ".repeat(depth));
        }
        let indent = if self.dice.once_in(12) {
            " ".repeat(self.dice.below(7))
        } else {
            "  ".repeat(depth)
        };
        let text = if self.dice.once_in(12) {
            text.replace(" = ", "   =  ").replace(", ", " ,")
        } else {
            text.to_string()
        };
        let tail = if self.dice.once_in(25) {
            "  // why"
        } else {
            ""
        };
        let _ = writeln!(self.out, "{indent}{text}{tail}");
    }

    /// A timeframe coarser than the clock, not too coarse for short data.
    fn coarser(&mut self) -> &'static str {
        let last = (self.base + 4).min(TIMEFRAMES.len() - 1);
        let at = self.base + 1 + self.dice.below(last - self.base);
        TIMEFRAMES[at.min(last)].0
    }

    fn known(&mut self, ty: Ty) -> Option<String> {
        let fit: Vec<usize> = (0..self.vars.len())
            .filter(|v| self.vars[*v].ty == ty)
            .collect();
        // late ones more often, so that values are built on each other
        let late = if self.dice.once_in(2) {
            fit.len().saturating_sub(3)
        } else {
            0
        };
        let at = *fit.get(late + self.dice.below(fit.len() - late.min(fit.len())))?;
        Some(self.vars[at].text.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_choices_same_program() {
        assert_eq!(program(&mut Dice::new(7)), program(&mut Dice::new(7)));
        assert_ne!(program(&mut Dice::new(7)), program(&mut Dice::new(8)));
        let bytes: Vec<u8> = (0..200).collect();
        assert_eq!(
            program(&mut Dice::of(&bytes)),
            program(&mut Dice::of(&bytes))
        );
    }
}
