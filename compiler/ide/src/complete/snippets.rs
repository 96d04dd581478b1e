//! What statements look like, as templates: `$1` are places to fill in, `$0` is where the cursor ends.

/// Keyword, what it does, template.
pub(crate) type Snippet = (&'static str, &'static str, &'static str);

/// Items of a file.
pub(crate) const ITEMS: &[Snippet] = &[
    (
        "strategy",
        "rules for trading a symbol",
        "strategy ${1:name} \"${2:title}\" {\n  on ${3:1h}\n\n  let fast = ema(close, ${4:20})\n  let slow = ema(close, ${5:50})\n\n  enter long when fast crosses above slow\n  exit long when fast crosses below slow\n\n  size 100% of equity$0\n}",
    ),
    (
        "indicator",
        "a value with memory",
        "indicator ${1:name}(${2:n: bars}) -> ${3:float} {\n  give $0\n}",
    ),
    (
        "fn",
        "a formula",
        "fn ${1:name}(${2:x: num}) -> ${3:num} = $0",
    ),
    (
        "enum",
        "a choice",
        "enum ${1:Name} { ${2:first}, ${3:second} }$0",
    ),
    (
        "test",
        "claims about values",
        "test \"${1:what holds}\" {\n  given close = [${2:1, 2, 3}]\n  assert ${3:close} is [${4:1, 2, 3}]$0\n}",
    ),
    (
        "use",
        "definitions of a module",
        "use ${1:patterns/unger}$0",
    ),
    (
        "portfolio",
        "several symbols",
        "portfolio ${1:name} {\n  on ${2:1d}\n\n  $0\n}",
    ),
];

/// Statements of a strategy.
pub(crate) const STRATEGY: &[Snippet] = &[
    (
        "on",
        "the strategy's clock, or a coarser one",
        "on ${1:1h}$0",
    ),
    (
        "on {",
        "values of a coarser clock",
        "on ${1:4h} {\n  let ${2:name} = $0\n}",
    ),
    (
        "param",
        "a value that a sweep may vary",
        "param ${1:n}: ${2:bars} = ${3:20} in ${4:5..60}$0",
    ),
    ("let", "names a value", "let ${1:name} = $0"),
    (
        "rec",
        "a value that depends on its past",
        "rec ${1:x} = ${1:x}[1] + $2 init ${3:0}$0",
    ),
    (
        "enter long",
        "opens a long position",
        "enter long when ${1:condition} {\n  stop ${2:2%}\n  target ${3:2R}$0\n}",
    ),
    (
        "enter short",
        "opens a short position",
        "enter short when ${1:condition} {\n  stop ${2:2%}\n  target ${3:2R}$0\n}",
    ),
    ("exit long", "closes long positions", "exit long when $0"),
    ("exit short", "closes short positions", "exit short when $0"),
    ("exit when", "closes everything", "exit when $0"),
    ("size", "how large", "size ${1:risk 1%}$0"),
    (
        "limit leverage",
        "notional over margin",
        "limit leverage ${1:3}$0",
    ),
    (
        "limit cooldown",
        "no entry after an exit",
        "limit cooldown ${1:4 bars}$0",
    ),
    (
        "limit pyramid",
        "entries of one side",
        "limit pyramid ${1:3} every ${2:1 * atr(14)}$0",
    ),
    (
        "limit trades",
        "entries a period",
        "limit trades ${1:1} per ${2:1d}$0",
    ),
    ("require", "a condition on parameters", "require $0"),
    ("plot", "draws values", "plot $0"),
    ("alert", "marks bars", "alert \"${1:text}\" when $0"),
];

/// Statements that only a portfolio has.
pub(crate) const PORTFOLIO: &[Snippet] = &[
    (
        "universe",
        "its symbols",
        "universe top ${1:40} by ${2:median(volume * close, 30)}$0",
    ),
    (
        "hold",
        "which symbols it holds",
        "hold top ${1:5} by ${2:score} as long\n  rebalance every ${3:1w}$0",
    ),
];

/// Legs of an entry.
pub(crate) const LEGS: &[Snippet] = &[
    ("stop", "closes at a loss", "stop ${1:2%}$0"),
    (
        "stop to breakeven",
        "moves the stop to the entry",
        "stop to breakeven after ${1:1R}$0",
    ),
    ("target", "closes at a profit", "target ${1:2R}$0"),
    (
        "target closing",
        "closes a part at a profit",
        "target ${1:2R} closing ${2:50%}$0",
    ),
    (
        "trail",
        "follows the best price",
        "trail ${1:3 * atr(14)} after ${2:1R}$0",
    ),
    ("exit when", "closes this entry", "exit when $0"),
    (
        "exit after",
        "closes after some bars",
        "exit after ${1:48 bars}$0",
    ),
    (
        "exit at session end",
        "closes with the session",
        "exit at session end$0",
    ),
];

/// Declarations.
pub(crate) const DECLARATIONS: &[Snippet] = &[
    ("let", "names a value", "let ${1:name} = $0"),
    (
        "rec",
        "a value that depends on its past",
        "rec ${1:x} = ${1:x}[1] + $2 init ${3:0}$0",
    ),
];

/// Statements of a test besides declarations.
pub(crate) const TEST: &[Snippet] = &[
    (
        "given",
        "values of a column",
        "given ${1:close} = [${2:1, 2, 3}]$0",
    ),
    (
        "forall",
        "generated bars",
        "forall random_bars(${1:1000})$0",
    ),
    ("assert", "a claim", "assert $0"),
];

/// Timeframes that people use.
pub(crate) const TIMEFRAMES: &[&str] = &[
    "1m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "1w",
];

/// A template without its places.
pub(crate) fn plain(template: &str) -> String {
    let mut out = String::new();
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '$' => {
                if chars.peek() == Some(&'{') {
                    chars.next();
                    while chars.peek().is_some_and(char::is_ascii_digit) {
                        chars.next();
                    }
                    if chars.peek() == Some(&':') {
                        chars.next();
                    }
                    for d in chars.by_ref() {
                        if d == '}' {
                            break;
                        }
                        out.push(d);
                    }
                } else {
                    while chars.peek().is_some_and(char::is_ascii_digit) {
                        chars.next();
                    }
                }
            }
            other => out.push(other),
        }
    }
    out
}
