//! Types and physical units.

use std::fmt;

/// What kind of dimensionless number, or that it has a dimension at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The literal 0: every dimension at once.
    Zero,
    /// A whole number.
    Int,
    /// A count of bars.
    Bars,
    /// A real number; with exponents, a physical quantity.
    Real,
    /// A fraction shown as percent.
    Percent,
    /// A span of time in ms.
    Duration,
    /// A point in time in ms.
    Time,
    /// A multiple of the initial risk (`3R`).
    Risk,
}

/// A unit: a kind, and exponents of price, quantity and up to two dimension variables (`num`, `num2`).
///
/// Money is price × quantity. Exponents are non-zero only for [`Kind::Real`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dim {
    /// Kind.
    pub kind: Kind,
    /// Exponents: price, quantity, `num`, `num2`.
    pub exp: [i8; 4],
}

impl Dim {
    /// A dimensionless kind.
    pub const fn of(kind: Kind) -> Self {
        Self { kind, exp: [0; 4] }
    }
    /// A plain real number.
    pub const FLOAT: Self = Self::of(Kind::Real);
    /// A whole number.
    pub const INT: Self = Self::of(Kind::Int);
    /// A count of bars.
    pub const BARS: Self = Self::of(Kind::Bars);
    /// A fraction shown as percent.
    pub const PERCENT: Self = Self::of(Kind::Percent);
    /// Quote currency a unit.
    pub const PRICE: Self = Self {
        kind: Kind::Real,
        exp: [1, 0, 0, 0],
    };
    /// Units of the base asset.
    pub const QUANTITY: Self = Self {
        kind: Kind::Real,
        exp: [0, 1, 0, 0],
    };
    /// Quote currency.
    pub const MONEY: Self = Self {
        kind: Kind::Real,
        exp: [1, 1, 0, 0],
    };

    /// The dimension variable `num` (0) or `num2` (1), to a power.
    pub fn variable(which: usize, power: i8) -> Self {
        let mut exp = [0; 4];
        exp[2 + which] = power;
        Self {
            kind: Kind::Real,
            exp,
        }
    }

    /// Neither a physical dimension nor percent, time or risk: takes part in plain arithmetic.
    pub fn is_plain(self) -> bool {
        self.exp == [0; 4] && matches!(self.kind, Kind::Zero | Kind::Int | Kind::Bars | Kind::Real)
    }

    /// Has a physical dimension.
    pub fn is_physical(self) -> bool {
        self.exp != [0; 4]
    }

    /// Adds exponents (product) with `sign` +1, subtracts (quotient) with −1.
    #[must_use]
    pub fn combine(self, other: Self, sign: i8) -> Self {
        let mut exp = self.exp;
        for (e, o) in exp.iter_mut().zip(other.exp) {
            *e = e.saturating_add(sign.saturating_mul(o));
        }
        Self {
            kind: Kind::Real,
            exp,
        }
    }

    /// To a whole power.
    #[must_use]
    pub fn power(self, n: i8) -> Self {
        Self {
            kind: Kind::Real,
            exp: self.exp.map(|e| e.saturating_mul(n)),
        }
    }

    /// The square root, if every exponent is even.
    pub fn root(self) -> Option<Self> {
        self.exp.iter().all(|e| e % 2 == 0).then(|| Self {
            kind: Kind::Real,
            exp: self.exp.map(|e| e / 2),
        })
    }

    /// As the runtime knows it.
    pub fn unit(self) -> sixbtc_abi::Unit {
        use sixbtc_abi::Unit;
        match (self.kind, self.exp) {
            (Kind::Percent, _) => Unit::Percent,
            (Kind::Bars, _) => Unit::Bars,
            (Kind::Real, [1, 0, 0, 0]) => Unit::Price,
            (Kind::Real, [0, 1, 0, 0]) => Unit::Quantity,
            (Kind::Real, [1, 1, 0, 0]) => Unit::Money,
            (_, [0, 0, 0, 0]) => Unit::Number,
            _ => Unit::Other,
        }
    }
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_physical() {
            return f.write_str(match self.kind {
                Kind::Zero | Kind::Int => "int",
                Kind::Bars => "bars",
                Kind::Real => "float",
                Kind::Percent => "percent",
                Kind::Duration => "duration",
                Kind::Time => "time",
                Kind::Risk => "risk multiple",
            });
        }
        if *self == Self::MONEY {
            return f.write_str("money");
        }
        let names = ["price", "quantity", "num", "num2"];
        let mut first = true;
        for (e, name) in self.exp.iter().zip(names) {
            if *e == 0 {
                continue;
            }
            if !first {
                f.write_str("·")?;
            }
            first = false;
            f.write_str(name)?;
            if *e != 1 {
                write!(f, "^{e}")?;
            }
        }
        Ok(())
    }
}

/// Index of an enum known to a compilation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnumId(pub u32);

/// The type of a single value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// Truth.
    Bool,
    /// A number with its unit.
    Num(Dim),
    /// A member of an enum, as its index.
    Enum(EnumId),
    /// Already reported; agrees with everything.
    Error,
}

impl Type {
    /// The unit of a number.
    pub fn dim(self) -> Option<Dim> {
        match self {
            Self::Num(d) => Some(d),
            _ => None,
        }
    }
}

/// How fast a value changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rate {
    /// Known at compile time.
    Const,
    /// Fixed for a run: made of parameters.
    Run,
    /// Changes every bar.
    Series,
}
