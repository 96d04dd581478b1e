//! What the words of the language mean, in a sentence each: keywords, built-in values and functions, types, parts.

/// A built-in function.
pub(crate) struct Function {
    /// Its name.
    pub name: &'static str,
    /// Its parameters: name and type.
    pub formals: &'static [(&'static str, &'static str)],
    /// What it gives.
    pub returns: &'static str,
    /// What it does.
    pub doc: &'static str,
}

macro_rules! functions {
    ($($name:literal ($($arg:literal : $ty:literal),*) -> $ret:literal $doc:literal;)*) => {
        &[$(Function { name: $name, formals: &[$(($arg, $ty)),*], returns: $ret, doc: $doc }),*]
    };
}

const FUNCTIONS: &[Function] = functions![
    "abs"("x": "num") -> "num" "The size of a value, without its sign.";
    "sign"("x": "num") -> "int" "−1, 0 or 1.";
    "min"("a": "num", "b": "num") -> "num" "The smallest of like values; takes two or more.";
    "max"("a": "num", "b": "num") -> "num" "The largest of like values; takes two or more.";
    "floor"("x": "num") -> "int" "The nearest whole number at or below.";
    "ceil"("x": "num") -> "int" "The nearest whole number at or above.";
    "round"("x": "num") -> "int" "The nearest whole number; halves go to the even neighbour.";
    "trunc"("x": "num") -> "int" "The whole part, toward zero.";
    "sqrt"("x": "num^2") -> "num" "Square root; of a price² a price.";
    "pow"("x": "num", "y": "float") -> "float" "Power; a value with a unit takes a whole constant exponent.";
    "exp"("x": "float") -> "float" "e to the power of a number without unit.";
    "log"("x": "float") -> "float" "Natural logarithm of a number without unit.";
    "log10"("x": "float") -> "float" "Decimal logarithm of a number without unit.";
    "sin"("x": "float") -> "float" "Sine of an angle in radians.";
    "cos"("x": "float") -> "float" "Cosine of an angle in radians.";
    "tan"("x": "float") -> "float" "Tangent of an angle in radians.";
    "asin"("x": "float") -> "float" "Arc sine, in radians.";
    "acos"("x": "float") -> "float" "Arc cosine, in radians.";
    "atan"("x": "float") -> "float" "Arc tangent, in radians.";
    "atan2"("y": "num", "x": "num") -> "float" "Angle of the point (x, y), in radians; both of one unit.";
    "sinh"("x": "float") -> "float" "Hyperbolic sine.";
    "cosh"("x": "float") -> "float" "Hyperbolic cosine.";
    "tanh"("x": "float") -> "float" "Hyperbolic tangent.";
    "is_finite"("x": "num") -> "bool" "Whether it is a number: neither infinite nor 0 / 0.";
    "sum_of"("x": "num", "n": "bars") -> "num" "The sum of the last `n` bars. Formula: x + x[1] + … + x[n − 1].";
    "mean_of"("x": "num", "n": "bars") -> "num" "The mean of the last `n` bars.";
    "sqdev_of"("x": "num", "n": "bars") -> "num^2" "The sum of squared deviations from the mean of the last `n` bars.";
    "highest"("x": "num", "n": "bars") -> "num" "The largest of the last `n` bars, the present one included.";
    "lowest"("x": "num", "n": "bars") -> "num" "The smallest of the last `n` bars, the present one included.";
    "highest_ago"("x": "num", "n": "bars") -> "bars" "How many bars ago the largest of the last `n` bars was.";
    "lowest_ago"("x": "num", "n": "bars") -> "bars" "How many bars ago the smallest of the last `n` bars was.";
    "kth"("x": "num", "n": "bars", "k": "int") -> "num" "The k-th smallest of the last `n` bars, counted from 0.";
    "price"("x": "float") -> "price" "Gives a bare number the unit price.";
    "percent"("x": "float") -> "percent" "Gives a bare number the unit percent; 0.02 is 2%.";
    "quantity"("x": "float") -> "quantity" "Gives a bare number the unit of the base asset.";
    "money"("x": "float") -> "money" "Gives a bare number the unit of the quote currency.";
    "bars"("x": "int") -> "bars" "Makes a count of bars of a whole number.";
    "float"("x": "num") -> "float" "Drops the unit.";
    "int"("x": "num") -> "int" "Rounds toward zero and drops the unit; of a truth value 1 or 0.";
    "forming"("period": "timeframe") -> "(open: price, high: price, low: price, close: price, volume: quantity)"
        "The unfinished bar of a coarser clock, as far as the strategy's own bars have shown it; it never repaints.";
    "random_bars"("n": "int") -> "bars" "Bars of a fixed random walk for a test, after `forall`.";
];

/// A built-in function by its name.
pub(crate) fn function(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|f| f.name == name)
}

/// All built-in functions.
pub(crate) fn functions() -> &'static [Function] {
    FUNCTIONS
}

/// Built-in values: name, type, meaning.
pub(crate) const VALUES: &[(&str, &str, &str)] = &[
    ("open", "price", "The first price of the bar."),
    ("high", "price", "The highest price of the bar."),
    ("low", "price", "The lowest price of the bar."),
    ("close", "price", "The last price of the bar."),
    ("volume", "quantity", "What was traded in the bar, in units of the base asset."),
    ("hl2", "price", "The middle of the bar: (high + low) / 2."),
    ("hlc3", "price", "The typical price: (high + low + close) / 3."),
    ("ohlc4", "price", "The mean of the bar's four prices."),
    ("time", "time", "The open time of the bar."),
    ("hour", "int", "Hour of the bar's open time, UTC, 0 to 23."),
    ("minute", "int", "Minute of the bar's open time, 0 to 59."),
    ("weekday", "Weekday", "Day of the week of the bar's open time: `monday` … `sunday`."),
    ("day", "int", "Day of the month of the bar's open time, 1 to 31."),
    ("month", "int", "Month of the bar's open time, 1 to 12."),
    ("year", "int", "Year of the bar's open time."),
    ("bar_index", "int", "Number of the bar since the run began; depends on where the data begins."),
    ("position", "record", "What is held at the close of the bar."),
    ("session", "record", "The strategy's trading hours."),
    ("entry", "price", "The fill price of an entry; exists in its legs and in exits."),
    ("monday", "Weekday", "A day, compared with `weekday`."),
    ("tuesday", "Weekday", "A day, compared with `weekday`."),
    ("wednesday", "Weekday", "A day, compared with `weekday`."),
    ("thursday", "Weekday", "A day, compared with `weekday`."),
    ("friday", "Weekday", "A day, compared with `weekday`."),
    ("saturday", "Weekday", "A day, compared with `weekday`."),
    ("sunday", "Weekday", "A day, compared with `weekday`."),
];

/// Type and meaning of a built-in value.
pub(crate) fn value_doc(name: &str) -> Option<(&'static str, &'static str)> {
    VALUES
        .iter()
        .find(|v| v.0 == name)
        .map(|v| (v.1, v.2))
}

/// Types: name and meaning.
pub(crate) const TYPES: &[(&str, &str)] = &[
    ("bool", "True or false."),
    ("int", "A whole number."),
    ("float", "A number without unit."),
    ("price", "Quote currency for one unit of the base asset."),
    ("percent", "A share; `2%` is 0.02."),
    ("quantity", "Units of the base asset."),
    ("money", "Quote currency; price × quantity."),
    ("bars", "A count of bars."),
    ("duration", "A span of time, such as `4h`."),
    ("timeframe", "The length of a clock's bars, such as `4h`."),
    ("time", "A moment."),
    ("num", "Any unit, the same one everywhere in a signature."),
    ("num2", "Any unit, independent of `num`."),
];

/// The meaning of a type's name.
pub(crate) fn type_doc(name: &str) -> Option<&'static str> {
    TYPES.iter().find(|t| t.0 == name).map(|t| t.1)
}

/// Parts of built-in values: of what, name, type, meaning.
pub(crate) const PARTS: &[(&str, &str, &str, &str)] = &[
    ("position", "bars", "bars", "Bars since the entry; 0 when flat."),
    ("position", "profit", "percent", "Open profit, as a share of the average entry price."),
    ("position", "entry", "price", "Average entry price."),
    ("position", "size", "quantity", "Units held."),
    ("position", "side", "int", "`long`, `short` or 0."),
    ("position", "equity", "money", "Equity of the account."),
    ("position", "is_long", "bool", "Whether a long position is open."),
    ("position", "is_short", "bool", "Whether a short position is open."),
    ("position", "is_flat", "bool", "Whether nothing is held."),
    ("session", "active", "bool", "Whether the bar lies within the trading hours."),
    ("session", "start", "bool", "Whether it is the first bar of the trading hours."),
    ("session", "end", "bool", "Whether it is the last bar of the trading hours."),
    ("forming", "open", "price", "First price of the unfinished bar."),
    ("forming", "high", "price", "Highest price of the unfinished bar so far."),
    ("forming", "low", "price", "Lowest price of the unfinished bar so far."),
    ("forming", "close", "price", "Last price so far."),
    ("forming", "volume", "quantity", "What was traded so far."),
    ("optional", "present", "bool", "Whether the value is there."),
];

/// Type and meaning of a part.
pub(crate) fn part_doc(of: &str, part: &str) -> Option<(&'static str, &'static str)> {
    PARTS
        .iter()
        .find(|p| p.0 == of && p.1 == part)
        .map(|p| (p.2, p.3))
}

/// Keywords: word and a sentence.
const KEYWORDS: &[(&str, &str)] = &[
    ("use", "Brings the definitions of another file or of a part of the library into this one: `use patterns/unger`."),
    ("enum", "A choice between named members: `enum Bias { with_trend, off }`."),
    ("strategy", "Rules for trading one symbol at a time."),
    ("portfolio", "Rules for holding several symbols; read and formatted, not compiled yet."),
    ("indicator", "A value with memory, or several results; `give` names them."),
    ("fn", "A formula: `fn double(x: num) -> num = 2 * x`."),
    ("test", "Claims about values, run by `sixbtc test`."),
    ("param", "A value fixed for the run that a sweep may vary: `param n: bars = 20 in 5..60 step 5`."),
    ("let", "Names a value; a name keeps its meaning."),
    ("rec", "A value that depends on its own past: `rec e = e[1] + a * (x - e[1]) init x`."),
    ("init", "What a recurrence is before its first step."),
    ("settle", "Further bars until the start-up bias of a recurrence has faded; orders wait for them."),
    ("on", "The strategy's clock (`on 15m`), or values of a coarser one: `on 4h { … }`, `on 1d: …`."),
    ("of", "Another symbol's bars (`on 1h of BTC`), or a share of equity (`size 50% of equity`)."),
    ("in", "Whether a value lies in a range or set; after `param`, the values it may take."),
    ("step", "The distance between the values that a sweep tries."),
    ("session", "Trading hours of the strategy: `on 5m session \"09:30-16:00\" in \"America/New_York\"`."),
    ("require", "A condition on parameters; a sweep skips the points where it is false."),
    ("if", "A choice between two values; both are evaluated on every bar."),
    ("then", "The value when the condition of `if` holds."),
    ("else", "The value when the condition of `if` does not hold."),
    ("and", "True when both sides are; both are always evaluated."),
    ("or", "True when either side is; both are always evaluated."),
    ("not", "True when what follows is false."),
    ("mod", "The remainder of a division, with the sign of the divisor."),
    ("when", "The condition of an order."),
    ("enter", "Opens a position at the next open when the condition holds; its braces hold what protects it."),
    ("exit", "Closes a position: everything, a side, or what a labelled entry opened."),
    ("long", "Buying first: gains when the price rises."),
    ("short", "Selling first: gains when the price falls."),
    ("at", "The price at which an order rests: `at limit p for 3 bars`."),
    ("for", "How many bars a resting order stays."),
    ("limit", "A resting entry order (`at limit p`), or a limit of the strategy: `limit leverage 3`."),
    ("stop", "Closes the entry at a loss: a percentage, or a level such as `entry - 2 * atr(14)`."),
    ("target", "Closes the entry, or a part of it, at a profit: a percentage, a level or a multiple of risk."),
    ("trail", "A stop at a distance from the best price so far."),
    ("after", "How far or how long first: `after 1R`, `after 48 bars`."),
    ("to", "`stop to breakeven` moves the stop to the entry price."),
    ("breakeven", "The entry price."),
    ("closing", "The part of the position that a target closes."),
    ("end", "The last bar of the session."),
    ("size", "How large a position is: `size risk 1%`, `size 100% of equity`, `size money(1000)`."),
    ("risk", "A size such that the stop costs that share of the equity."),
    ("vol", "A size such that the position has that annual volatility."),
    ("equity", "The worth of the account."),
    ("leverage", "Notional over margin; a limit of the strategy."),
    ("pyramid", "How many entries of one side may be open together."),
    ("every", "How far the price must travel between entries; how often a portfolio is rebalanced."),
    ("cooldown", "Bars without entries after an exit."),
    ("trades", "How many entries a period allows."),
    ("per", "The period of a limit: `limit trades 1 per 1d`."),
    ("universe", "The symbols of a portfolio."),
    ("hold", "Which symbols a portfolio holds."),
    ("top", "The first of an order."),
    ("bottom", "The last of an order."),
    ("by", "What symbols are ordered by."),
    ("as", "The side of the positions."),
    ("rebalance", "When a portfolio is brought back to its weights."),
    ("weight", "The share of each symbol."),
    ("plot", "Draws values in the report."),
    ("alert", "Marks the bars on which a condition holds."),
    ("give", "The results of an indicator, in the order of its signature."),
    ("crosses", "True on the bar on which one value passes the other."),
    ("above", "Upward: below or equal on the bar before, above now."),
    ("below", "Downward: above or equal on the bar before, below now."),
    ("given", "Values of a column for a test, one a bar."),
    ("forall", "Runs a test on generated bars."),
    ("assert", "A claim of a test, on every bar on which it has a value."),
    ("is", "Expected values bar by bar; `_` is not looked at."),
    ("true", "Holds."),
    ("false", "Does not hold."),
    ("sum", "Adds up steps: `sum(i in 0..<n: close[i])`."),
    ("all", "Whether every step holds: `all(i in 0..2: close[i] > open[i])`."),
    ("any", "Whether some step holds."),
    ("count", "How many steps hold."),
];

/// The sentence on a keyword.
pub(crate) fn keyword_doc(word: &str) -> Option<&'static str> {
    KEYWORDS.iter().find(|k| k.0 == word).map(|k| k.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sbt_grammar::word;

    #[test]
    fn every_keyword_has_a_sentence() {
        for w in word::RESERVED
            .iter()
            .chain(word::ITEMS)
            .chain(word::STATEMENTS)
            .chain(word::CLAUSES)
            .chain(word::OPERATORS)
            .chain(word::FOLDS.iter().filter(|f| !matches!(**f, "min" | "max")))
        {
            assert!(keyword_doc(w).is_some(), "{w}");
        }
    }

    #[test]
    fn every_built_in_value_of_the_checker_is_explained() {
        let text = "#sbt 1\n\nstrategy s {\n  on 1h\n  plot NAME\n}\n";
        for (name, ..) in VALUES.iter().filter(|v| !matches!(v.0, "position" | "session" | "entry" | "weekday") && v.1 != "Weekday") {
            let text = text.replace("NAME", name);
            let checked = sbt_driver::check(
                &sbt_driver::NoFiles,
                "t",
                &text,
                &std::collections::HashMap::<String, i64>::new(),
            );
            assert!(checked.is_ok(), "{name}: {:?}", checked.diagnostics);
        }
    }
}
