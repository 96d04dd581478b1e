//! What every built-in name means: the one place in which names that are not written in the language are documented.
//!
//! Editors, `sixbtc doc` and the book read this table; the tests hold it against what the checker knows.

/// What a group of built-ins has in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Prices, volume and calendar of the bar.
    Bar,
    /// Days of the week.
    Weekday,
    /// What is held, and its members.
    Position,
    /// Trading hours.
    Session,
    /// Sides of a trade.
    Side,
    /// Functions of numbers.
    Arithmetic,
    /// Functions of the last `n` bars.
    Window,
    /// Functions across the symbols of a portfolio.
    Across,
    /// Bounded loops.
    Fold,
    /// Units given and taken.
    Conversion,
    /// The unfinished bar of a coarser clock.
    Clock,
    /// Makers of test data.
    Test,
}

impl Family {
    /// All of them, in the order of the book.
    pub const ALL: [Family; 12] = [
        Family::Bar,
        Family::Weekday,
        Family::Position,
        Family::Session,
        Family::Side,
        Family::Arithmetic,
        Family::Window,
        Family::Across,
        Family::Fold,
        Family::Conversion,
        Family::Clock,
        Family::Test,
    ];

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Family::Bar => "values of a bar",
            Family::Weekday => "days",
            Family::Position => "the position",
            Family::Session => "the session",
            Family::Side => "sides",
            Family::Arithmetic => "arithmetic",
            Family::Window => "windows",
            Family::Across => "comparing symbols",
            Family::Fold => "folds",
            Family::Conversion => "units",
            Family::Clock => "the unfinished bar",
            Family::Test => "test data",
        }
    }

    /// The page of the book that says more, from `docs/`.
    pub fn page(self) -> &'static str {
        match self {
            Family::Position => "language/orders.md",
            Family::Session | Family::Clock => "language/clocks.md",
            Family::Window | Family::Fold => "language/history.md",
            Family::Across => "language/portfolios.md",
            Family::Conversion => "language/types.md",
            Family::Test => "language/tests.md",
            Family::Bar | Family::Weekday | Family::Side | Family::Arithmetic => {
                "language/builtins.md"
            }
        }
    }
}

/// A built-in name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin {
    /// Its family.
    pub family: Family,
    /// How it is written and what it gives: `close: price`, `pow(x: num, y: num) -> num`.
    pub signature: &'static str,
    /// What it means, in the manner of the library's comments: the first sentence alone is the summary, and `Formula:`
    /// begins the formula.
    pub text: &'static str,
}

impl Builtin {
    /// The name: `close`, `position.bars`, `pow`.
    pub fn name(&self) -> &'static str {
        self.signature
            .split(['(', ':', ' '])
            .next()
            .unwrap_or(self.signature)
    }

    /// Whether it is written with arguments.
    pub fn is_function(&self) -> bool {
        self.signature.contains('(')
    }
}

const fn of(family: Family, signature: &'static str, text: &'static str) -> Builtin {
    Builtin {
        family,
        signature,
        text,
    }
}

/// Every built-in, by family.
pub const BUILTINS: &[Builtin] = &[
    of(Family::Bar, "open: price", "Price at which the bar opened."),
    of(Family::Bar, "high: price", "Highest price of the bar."),
    of(Family::Bar, "low: price", "Lowest price of the bar."),
    of(
        Family::Bar,
        "close: price",
        "Price at which the bar closed: the newest confirmed price.",
    ),
    of(
        Family::Bar,
        "volume: quantity",
        "Quantity traded during the bar, in units of the base asset.",
    ),
    of(
        Family::Bar,
        "hl2: price",
        "Middle of the bar. Formula: (high + low) / 2.",
    ),
    of(
        Family::Bar,
        "hlc3: price",
        "Typical price of the bar. Formula: (high + low + close) / 3.",
    ),
    of(
        Family::Bar,
        "ohlc4: price",
        "Mean of the bar's four prices. Formula: (open + high + low + close) / 4.",
    ),
    of(Family::Bar, "time: time", "Open time of the bar, UTC."),
    of(
        Family::Bar,
        "hour: int",
        "Hour of the bar's open time, UTC, 0 to 23.",
    ),
    of(
        Family::Bar,
        "minute: int",
        "Minute of the bar's open time, 0 to 59.",
    ),
    of(
        Family::Bar,
        "weekday: Weekday",
        "Day of the week of the bar's open time, UTC: `monday` to `sunday`. Compare it with `==` or ask `weekday in {saturday, sunday}`.",
    ),
    of(
        Family::Bar,
        "day: int",
        "Day of the month of the bar's open time, UTC, 1 to 31.",
    ),
    of(
        Family::Bar,
        "month: int",
        "Month of the bar's open time, UTC, 1 to 12.",
    ),
    of(
        Family::Bar,
        "year: int",
        "Year of the bar's open time, UTC.",
    ),
    of(
        Family::Bar,
        "bar_index: int",
        "Number of the bar since the run began. It depends on where the data begins, so two runs may disagree about it.",
    ),
    of(
        Family::Weekday,
        "monday: Weekday",
        "First day of the week; compared with `weekday`.",
    ),
    of(
        Family::Weekday,
        "tuesday: Weekday",
        "A day of the week; compared with `weekday`.",
    ),
    of(
        Family::Weekday,
        "wednesday: Weekday",
        "A day of the week; compared with `weekday`.",
    ),
    of(
        Family::Weekday,
        "thursday: Weekday",
        "A day of the week; compared with `weekday`.",
    ),
    of(
        Family::Weekday,
        "friday: Weekday",
        "A day of the week; compared with `weekday`.",
    ),
    of(
        Family::Weekday,
        "saturday: Weekday",
        "A day of the week; compared with `weekday`.",
    ),
    of(
        Family::Weekday,
        "sunday: Weekday",
        "Last day of the week; compared with `weekday`.",
    ),
    of(
        Family::Position,
        "position",
        "What is held at the close of the bar. It has parts: `position.bars`, `position.profit`, `position.is_long` and so on.",
    ),
    of(
        Family::Position,
        "position.bars: bars",
        "Bars since the position was opened; 0 without one.",
    ),
    of(
        Family::Position,
        "position.profit: percent",
        "Open profit as a share of the average entry price, positive when the position earns; 0 without one.",
    ),
    of(
        Family::Position,
        "position.entry: price",
        "Average entry price of the position; 0 without one.",
    ),
    of(
        Family::Position,
        "position.size: quantity",
        "Units held; 0 without a position.",
    ),
    of(
        Family::Position,
        "position.side: int",
        "Side held, compared with `long` and `short`; 0 without a position.",
    ),
    of(
        Family::Position,
        "position.equity: money",
        "Equity of the account at the close of the bar.",
    ),
    of(
        Family::Position,
        "position.is_long: bool",
        "Whether a long position is open.",
    ),
    of(
        Family::Position,
        "position.is_short: bool",
        "Whether a short position is open.",
    ),
    of(
        Family::Position,
        "position.is_flat: bool",
        "Whether no position is open.",
    ),
    of(
        Family::Position,
        "entry: price",
        "Fill price of the entry. It exists in the legs of an `enter` and in exits only; elsewhere `position.entry` is the average entry price.",
    ),
    of(
        Family::Session,
        "session",
        "Trading hours of the strategy, named with its clock: `on 15m session \"09:30-16:00\" in \"America/New_York\"`. It has parts: `session.active`, `session.start`, `session.end`.",
    ),
    of(
        Family::Session,
        "session.active: bool",
        "Whether the bar lies within the trading hours.",
    ),
    of(
        Family::Session,
        "session.start: bool",
        "Whether the bar is the first of the trading hours.",
    ),
    of(
        Family::Session,
        "session.end: bool",
        "Whether the bar is the last of the trading hours.",
    ),
    of(
        Family::Side,
        "long: int",
        "The side that earns when the price rises, as `position.side` gives it.",
    ),
    of(
        Family::Side,
        "short: int",
        "The side that earns when the price falls, as `position.side` gives it.",
    ),
    of(
        Family::Arithmetic,
        "abs(x: num) -> num",
        "Size of a number without its sign.",
    ),
    of(
        Family::Arithmetic,
        "sign(x: num) -> int",
        "Sign of a number: -1, 0 or 1.",
    ),
    of(
        Family::Arithmetic,
        "min(a: num, b: num, …) -> num",
        "Smallest of two or more like values.",
    ),
    of(
        Family::Arithmetic,
        "max(a: num, b: num, …) -> num",
        "Largest of two or more like values.",
    ),
    of(
        Family::Arithmetic,
        "floor(x: num) -> num",
        "Largest whole number that is not above `x`. Units: an `int` of a bare number, otherwise those of `x`.",
    ),
    of(
        Family::Arithmetic,
        "ceil(x: num) -> num",
        "Smallest whole number that is not below `x`. Units: an `int` of a bare number, otherwise those of `x`.",
    ),
    of(
        Family::Arithmetic,
        "round(x: num) -> num",
        "Nearest whole number; halves go to the even neighbour. Units: an `int` of a bare number, otherwise those of `x`.",
    ),
    of(
        Family::Arithmetic,
        "trunc(x: num) -> num",
        "Whole part of a number, rounded toward zero. Units: an `int` of a bare number, otherwise those of `x`.",
    ),
    of(
        Family::Arithmetic,
        "sqrt(x: num) -> num",
        "Square root. Units: of a price² a price; of a number without unit a number.",
    ),
    of(
        Family::Arithmetic,
        "pow(x: num, y: float) -> num",
        "Power: `x` to the exponent `y`. A value with a unit takes a whole constant exponent.",
    ),
    of(
        Family::Arithmetic,
        "exp(x: float) -> float",
        "Exponential function of a number without unit.",
    ),
    of(
        Family::Arithmetic,
        "log(x: float) -> float",
        "Natural logarithm of a number without unit; of a ratio of prices it is a log return.",
    ),
    of(
        Family::Arithmetic,
        "log10(x: float) -> float",
        "Logarithm to base 10 of a number without unit.",
    ),
    of(
        Family::Arithmetic,
        "sin(x: float) -> float",
        "Sine of an angle in radians.",
    ),
    of(
        Family::Arithmetic,
        "cos(x: float) -> float",
        "Cosine of an angle in radians.",
    ),
    of(
        Family::Arithmetic,
        "tan(x: float) -> float",
        "Tangent of an angle in radians.",
    ),
    of(
        Family::Arithmetic,
        "asin(x: float) -> float",
        "Arc sine, in radians.",
    ),
    of(
        Family::Arithmetic,
        "acos(x: float) -> float",
        "Arc cosine, in radians.",
    ),
    of(
        Family::Arithmetic,
        "atan(x: float) -> float",
        "Arc tangent, in radians.",
    ),
    of(
        Family::Arithmetic,
        "atan2(y: num, x: num) -> float",
        "Angle of the point (x, y), in radians; both of one unit.",
    ),
    of(
        Family::Arithmetic,
        "fma(a: num, b: num, c: num) -> num",
        "Product and sum in one step, rounded once instead of twice. It is as fast as a product alone, the same on every processor, and what a smoothing recurrence is made of: `fma(e[1], 0.9, x * 0.1)`. Formula: a * b + c. Units: those of `a * b`, which `c` must have too.",
    ),
    of(
        Family::Arithmetic,
        "sinh(x: float) -> float",
        "Hyperbolic sine.",
    ),
    of(
        Family::Arithmetic,
        "cosh(x: float) -> float",
        "Hyperbolic cosine.",
    ),
    of(
        Family::Arithmetic,
        "tanh(x: float) -> float",
        "Hyperbolic tangent: squeezes any number into -1 to 1.",
    ),
    of(
        Family::Arithmetic,
        "is_finite(x: num) -> bool",
        "Whether a value is a number: false for 0 / 0 and for infinities.",
    ),
    of(
        Family::Window,
        "sum_of(x: num, n: bars) -> num",
        "Sum of the last `n` values, this bar's included. It does not drift: the same bars give the same sum wherever the run began.",
    ),
    of(
        Family::Window,
        "mean_of(x: num, n: bars) -> num",
        "Mean of the last `n` values, this bar's included. The library calls it `sma`.",
    ),
    of(
        Family::Window,
        "sqdev_of(x: num, n: bars) -> num^2",
        "Sum of the squared deviations of the last `n` values from their mean. Its `n`-th part is the variance.",
    ),
    of(
        Family::Window,
        "highest(x: num, n: bars) -> num",
        "Largest of the last `n` values, this bar's included; `highest(high, 20)[1]` leaves this bar out.",
    ),
    of(
        Family::Window,
        "lowest(x: num, n: bars) -> num",
        "Smallest of the last `n` values, this bar's included; `lowest(low, 20)[1]` leaves this bar out.",
    ),
    of(
        Family::Window,
        "highest_ago(x: num, n: bars) -> bars",
        "How many bars ago the largest of the last `n` values was.",
    ),
    of(
        Family::Window,
        "lowest_ago(x: num, n: bars) -> bars",
        "How many bars ago the smallest of the last `n` values was.",
    ),
    of(
        Family::Window,
        "kth(x: num, n: bars, k: int) -> num",
        "The `k`-th smallest of the last `n` values, counted from 0.",
    ),
    of(
        Family::Across,
        "rank(x: num) -> float",
        "Rank of a value among the members of a portfolio's universe at the same close, as a fraction: 1 for the greatest, equal values share their mean rank.",
    ),
    of(
        Family::Across,
        "cross_zscore(x: num) -> float",
        "Distance of a value from the mean of the members of a portfolio's universe at the same close, in sample standard deviations. Formula: (x - mean) / deviation.",
    ),
    of(
        Family::Fold,
        "sum(i in a..<b: e) -> num",
        "Sum of an expression over whole numbers: `sum(i in 0..<10: close[i] * (10 - i))`. Bounds are numbers or parameters.",
    ),
    of(
        Family::Fold,
        "max(i in a..<b: e) -> num",
        "Largest value of an expression over whole numbers: `max(i in 0..<10: high[i] - low[i])`. Bounds are numbers or parameters.",
    ),
    of(
        Family::Fold,
        "min(i in a..<b: e) -> num",
        "Smallest value of an expression over whole numbers: `min(i in 0..<10: high[i] - low[i])`. Bounds are numbers or parameters.",
    ),
    of(
        Family::Fold,
        "all(i in a..<b: c) -> bool",
        "Whether a condition holds for each of some whole numbers: `all(i in 0..2: close[i] > close[i + 1])`. Bounds are numbers or parameters.",
    ),
    of(
        Family::Fold,
        "any(i in a..<b: c) -> bool",
        "Whether a condition holds for one of some whole numbers: `any(i in 0..<5: low[i] < mean)`. Bounds are numbers or parameters.",
    ),
    of(
        Family::Fold,
        "count(i in a..<b: c) -> int",
        "For how many whole numbers a condition holds: `count(i in 0..<20: close[i] > open[i])`. Bounds are numbers or parameters.",
    ),
    of(
        Family::Conversion,
        "price(x: float) -> price",
        "Gives a bare number the unit of a price. As a type: quote currency for one unit of the base asset.",
    ),
    of(
        Family::Conversion,
        "percent(x: float) -> percent",
        "Gives a bare number the unit of a share: `percent(0.02)` is `2%`. As a type: a share, of which 2% is 0.02.",
    ),
    of(
        Family::Conversion,
        "quantity(x: float) -> quantity",
        "Gives a bare number the unit of a quantity. As a type: units of the base asset.",
    ),
    of(
        Family::Conversion,
        "money(x: float) -> money",
        "Gives a bare number the unit of money. As a type: quote currency, price × quantity.",
    ),
    of(
        Family::Conversion,
        "bars(x: int) -> bars",
        "Gives a whole number the unit of bars. As a type: a count of bars, which mixes freely with `int`.",
    ),
    of(
        Family::Conversion,
        "float(x: num) -> float",
        "Drops the unit of a value. As a type: a number without unit.",
    ),
    of(
        Family::Conversion,
        "int(x: num) -> int",
        "Rounds toward zero and drops the unit; of a truth value 1 or 0, of an enum member its place in the list. As a type: a whole number.",
    ),
    of(
        Family::Clock,
        "forming(t: timeframe) -> (open: price, high: price, low: price, close: price, volume: quantity)",
        "The unfinished bar of a coarser clock, as far as the strategy's own confirmed bars have shown it: `forming(1d).open`. It never repaints.",
    ),
    of(
        Family::Test,
        "random_bars(n: int) -> bars of a random walk",
        "Makes `n` bars of a fixed random walk with gaps, flat stretches and ties; only after `forall` in a test.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::BUILTIN_FUNCTIONS;
    use crate::scope::BUILTIN_NAMES;
    use std::collections::BTreeSet;

    fn named(holds: impl Fn(&Builtin) -> bool) -> BTreeSet<&'static str> {
        let found: Vec<&str> = BUILTINS
            .iter()
            .filter(|b| holds(b))
            .map(Builtin::name)
            .collect();
        let set: BTreeSet<&str> = found.iter().copied().collect();
        assert_eq!(set.len(), found.len(), "documented twice");
        set
    }

    #[test]
    fn every_name_is_documented_and_every_documented_name_exists() {
        let names = named(|b| !b.is_function() && b.family != Family::Side);
        let names: BTreeSet<&str> = names.into_iter().filter(|n| !n.contains('.')).collect();
        assert_eq!(names, BUILTIN_NAMES.iter().copied().collect());
        let functions = named(|b| b.is_function() && b.family != Family::Fold);
        assert_eq!(functions, BUILTIN_FUNCTIONS.iter().copied().collect());
    }

    #[test]
    fn families_stand_together_and_in_order() {
        let order: Vec<usize> = BUILTINS
            .iter()
            .filter_map(|b| Family::ALL.iter().position(|f| *f == b.family))
            .collect();
        assert_eq!(order.len(), BUILTINS.len());
        assert!(order.is_sorted());
    }

    #[test]
    fn texts_are_sentences() {
        for b in BUILTINS {
            assert!(b.text.ends_with('.'), "{}", b.name());
        }
    }
}
