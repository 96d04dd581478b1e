//! Random strategies whose parameters reach everything that a sweep may look up instead of simulating.

use sixbtc_tests::Dice;
use std::collections::BTreeSet;

/// Parameters that a program may take; those it names are declared.
const PARAMS: [(&str, &str); 9] = [
    ("quick", "bars = 5 in {3, 5, 8}"),
    ("calm", "bars = 21 in {12, 21, 34}"),
    ("loss", "percent = 2% in {0.5%, 1%, 2%, 8%, 60%}"),
    ("gain", "percent = 3% in {0.4%, 1%, 3%, 9%, 900%}"),
    ("hold", "bars = 9 in {1, 2, 9, 30, 100000}"),
    ("far", "float = 2 in 0.5..3 step 0.5"),
    ("lever", "float = 2 in {1, 2, 5, 10, 40}"),
    ("amount", "percent = 50% in {10%, 50%, 100%, 300%}"),
    ("eager", "bool = true in {true, false}"),
];

/// A strategy of these choices. Some are refused by the checker, which is for the caller to see. A `plain` one has nothing
/// that must be watched from bar to bar: market orders, one stop, one target, exits by signal and time.
pub fn strategy(dice: &mut Dice, plain: bool) -> String {
    let mut body = String::new();
    let mut line = |depth: usize, text: &str| {
        body.push_str(&"  ".repeat(depth));
        body.push_str(text);
        body.push('\n');
    };
    let sides: &[bool] = match dice.below(4) {
        0 | 1 => &[true],
        2 => &[false],
        _ => &[true, false],
    };
    let mut stopped = true;
    for &long in sides {
        for _ in 0..=usize::from(dice.once_in(4)) {
            let legs = legs(dice, long, plain);
            stopped &= legs.iter().any(|leg| leg.starts_with("stop "));
            let side = if long { "long" } else { "short" };
            let route = if plain { "" } else { route(dice, long) };
            let head = format!("enter {side} when {}{route}", condition(dice, long));
            if legs.is_empty() {
                line(1, &head);
                continue;
            }
            line(1, &format!("{head} {{"));
            for leg in legs {
                line(2, &leg);
            }
            line(1, "}");
        }
    }
    for _ in 0..dice.below(3) {
        line(1, exit(dice, sides, plain));
    }
    line(1, size(dice, stopped));
    if dice.once_in(2) {
        line(1, "limit leverage lever");
    }
    for limit in [
        "limit pyramid 3",
        "limit cooldown 4 bars",
        "limit trades 2 per 1d",
    ] {
        if !plain && dice.once_in(8) {
            let every = if limit.contains("pyramid") && dice.once_in(2) {
                " every far * atr(7)"
            } else {
                ""
            };
            line(1, &format!("{limit}{every}"));
        }
    }
    let words: BTreeSet<&str> = body.split(|c: char| !c.is_alphanumeric()).collect();
    let mut params = String::new();
    for (name, rest) in PARAMS {
        if words.contains(&name) {
            params.push_str(&["  param ", name, ": ", rest, "\n"].concat());
        }
    }
    let clock = dice.pick(&["15m", "1h", "4h"]);
    format!("#sbt 1\n\nstrategy swept {{\n  on {clock}\n{params}{body}}}\n")
}

/// When to enter: rare, dense, of parameters or of none.
fn condition(dice: &mut Dice, long: bool) -> String {
    let (below, above, crosses) = if long {
        ("<", ">", "crosses above")
    } else {
        (">", "<", "crosses below")
    };
    let level = if long { 45 } else { 55 };
    match dice.below(8) {
        0 => format!("rsi(close, 14) {below} {level} and close {above} ema(close, 30)"),
        1 => format!("rsi(close, quick) {below} {level} and close {above} ema(close, calm)"),
        2 => format!("sma(close, quick) {crosses} sma(close, calm)"),
        3 => format!("close {above} open"),
        4 => format!("close {below} sma(close, calm) - far * stdev(close, 20)"),
        5 => format!("close {above} open or eager and close {above} sma(close, 40)"),
        6 => format!("close {crosses} sma(close on 1d, 3)"),
        _ => format!("close {above} sma(close, 9) and hour in 6..18"),
    }
}

/// How the order reaches the market.
fn route(dice: &mut Dice, long: bool) -> &'static str {
    match (dice.below(10), long) {
        (0, true) => " at limit close - far * atr(7) for 3 bars",
        (0, false) => " at limit close + far * atr(7) for 3 bars",
        (1, true) => " at stop high for 2 bars",
        (1, false) => " at stop low for 2 bars",
        _ => "",
    }
}

fn legs(dice: &mut Dice, long: bool, plain: bool) -> Vec<String> {
    let away = if long { "-" } else { "+" };
    let mut legs = Vec::new();
    match dice.below(6) {
        0..=2 => legs.push("stop loss".to_owned()),
        3 => legs.push(format!("stop entry {away} far * atr(14)")),
        4 => legs.push("stop 1.5%".to_owned()),
        _ => {}
    }
    let stopped = !legs.is_empty();
    match dice.below(7) {
        0..=2 => legs.push("target gain".to_owned()),
        3 if !plain => legs.extend(["target 1% closing 50%".to_owned(), "target gain".to_owned()]),
        4 if stopped => legs.push("target 2R".to_owned()),
        5 => legs.push("target 2%".to_owned()),
        _ => {}
    }
    if plain {
        // nothing that follows the price
    } else if dice.once_in(6) {
        legs.push("trail loss after gain".to_owned());
    } else if dice.once_in(8) {
        legs.push("trail far * atr(10)".to_owned());
    }
    if !plain && dice.once_in(7) && stopped {
        legs.push("stop to breakeven after 1%".to_owned());
    }
    match dice.below(6) {
        0..=2 => legs.push("exit after hold".to_owned()),
        3 => legs.push("exit after 12 bars".to_owned()),
        4 if dice.once_in(2) => legs.push("exit when close crosses sma(close, calm)".to_owned()),
        _ => {}
    }
    legs
}

fn exit(dice: &mut Dice, sides: &[bool], plain: bool) -> &'static str {
    match (dice.below(6), sides.first()) {
        (0, Some(true)) => "exit long when close crosses below ema(close, quick)",
        (0, _) => "exit short when close crosses above ema(close, quick)",
        (1, _) => "exit when rsi(close, 9) > 80 or rsi(close, 9) < 20",
        (2, _) if !plain => "exit when position.profit > gain",
        (3, _) if !plain => "exit when position.bars > 15 and eager",
        (4, _) => "exit after hold",
        _ => "exit when sma(close, quick) crosses sma(close, calm)",
    }
}

fn size(dice: &mut Dice, stopped: bool) -> &'static str {
    match dice.below(8) {
        0 | 1 => "size 100% of equity",
        2 | 3 if stopped => "size risk 2%",
        4 => "size amount of equity",
        5 => "size 3",
        6 => "size money(2000)",
        7 => "size target vol 30%",
        _ => "size 40% of equity",
    }
}
