//! The language on one page, for the prompt of a model or the wall above a desk.
//!
//! Everything that can change is generated: statements and operators from the words, the library and the built-ins from
//! their entries, titles from the codes, programs from the examples. What is prose here is held by tests.

use super::{Entry, Kind, entries};
use std::fmt::Write;

/// Programs shown in full.
const EXAMPLES: [(&str, &str); 4] = [
    (
        "sma_cross",
        include_str!("../../../../docs/examples/sma_cross.sbt"),
    ),
    (
        "rsi_reversion",
        include_str!("../../../../docs/examples/rsi_reversion.sbt"),
    ),
    (
        "donchian",
        include_str!("../../../../docs/examples/donchian.sbt"),
    ),
    (
        "mtf_pullback",
        include_str!("../../../../docs/examples/mtf_pullback.sbt"),
    ),
];

/// Slips with their code, a wrong line and its repair, as statements of a strategy on `1h`.
#[rustfmt::skip] // a line a slip is a table that can be read
const MISTAKES: &[(&str, &str, &str)] = &[
    ("E0401", "enter long when close > 70", "enter long when close > price(70)"),
    ("E0402", "let top = close + 2%", "let top = close * (1 + 2%)"),
    ("E0605", "enter long when close > open { stop 2 * atr(14) }", "enter long when close > open { stop entry - 2 * atr(14) }"),
    ("E0603", "size risk 1%", "enter long when close > open { stop 2% }\nsize risk 1%"),
    ("E0609", "enter long when close > open { target 2R }", "enter long when close > open { stop 1%\n target 2R }"),
    ("E0611", "let gain = close - entry", "let gain = close - position.entry"),
    ("E0104", "let x = close\nlet x = open", "let x = close\nlet y = open + x"),
    ("E0013", "total := total + 1", "rec total = total[1] + 1 init 0"),
    ("E0311", "rec e = e + (close - e) / 20 init close", "rec e = e[1] + (close - e[1]) / 20 init close"),
    ("E0301", "let next = close[-1]", "let last = close[1]"),
    ("E0203", "let n = if close > open then 10 else 20\nlet m = sma(close, n)", "param n: bars = 10 in 5..20\nlet m = sma(close, n)"),
    ("E0302", "let ago = highest_ago(high, 50)\nlet x = low[ago]", "let ago = highest_ago(high, 50)\nlet x = low[ago max 50]"),
    ("E0204", "enter long when rsi(close, 14)", "enter long when rsi(close, 14) > 50"),
    ("E0010", "enter long when 30 < rsi(close, 14) < 70", "enter long when rsi(close, 14) in 30..70"),
    ("E0012", "enter long when close > open && volume > volume[1]", "enter long when close > open and volume > volume[1]"),
    ("E0014", "let x = close > open ? close : open", "let x = if close > open then close else open"),
    ("E0022", "let long = sma(close, 20)", "let slow = sma(close, 20)"),
    ("E0105", "let high = highest(high, 20)", "let top = highest(high, 20)"),
    ("E0340", "let fine = on 5m: close", "let coarse = on 4h: close"),
    ("E0342", "let f = ema(close, 20)\non 4h {\n let up = f > f[1]\n}", "on 4h {\n let f = ema(close, 20)\n let up = f > f[1]\n}"),
    ("E0210", "enter long when (on 1h of BTC: close) > close", "enter long when ((on 1h of BTC: close) ?? close) > close"),
    ("E0102", "let b = bbands(close, 20)", "let b = bollinger(close, 20)"),
];

/// Bytes that the card should not exceed: some six thousand tokens.
const GOAL: usize = 24 * 1024;

/// The card as Markdown.
pub fn card() -> String {
    // a thousand names would leave no room: of the modules that need `use`, as many are named as fit
    let written = |named| {
        let mut out = String::from(
            "# The language on one page\n\nWhat a model or a person needs to write a strategy. `sixbtc doc --llm` prints this page, `sixbtc doc NAME` says all about a \
             name, `sixbtc check FILE` reports every mistake with its code and the repair.\n",
        );
        rules(&mut out);
        words(&mut out);
        built_ins(&mut out);
        library(&mut out, named);
        examples(&mut out);
        mistakes(&mut out);
        out
    };
    (0..=3)
        .rev()
        .map(written)
        .find(|card| card.len() <= GOAL)
        .unwrap_or_else(|| written(0))
}

fn rules(out: &mut String) {
    out.push_str(
        "
## Rules

- A file begins with the line `#sbt 1`. A statement ends at the end of its line; it goes on around operators and inside brackets. `//` begins a comment.
- Only words: `and`, `or`, `not`, `mod`, `crosses above`. No assignment, no `var`, no `while`, no strings, arrays or `na`. A name is given once.
- A strategy has one clock (`on 15m`) and decides at the close of each of its bars; orders fill at the next bar's open or at resting levels. `x[1]` is one bar ago; nothing reads the future.
- Every expression is evaluated on every bar; `if c then a else b` chooses between two values. The one memory is `rec`, the one loop a fold such as `sum(i in 0..<n: …)`.
- Warm-up is inferred: orders wait until everything they depend on has settled. Lengths of windows are numbers or parameters, never values of a bar.
- Inside `on 4h { … }` every name means that clock's own confirmed bars, and names of the strategy's clock are not visible there; outside, its names have the value of the last confirmed bar. A value of another symbol may be missing: `x ?? y`.
- A condition is a state: `enter long when c` buys once while flat or short, and an entry of the other side reverses. An `exit` names `long`, `short`, a `#label`, or nothing for all.

## Types and units

`bool`, `int`, `float`, `price`, `percent` (`2%` is 0.02), `quantity`, `money`, `bars` (`48 bars`), `duration` (`4h`), `time`, enums; `2R` is a multiple of the risk, in orders only.

- price ± price is a price; price × number or percent is a price; price / price is a float; price × quantity is money. A bare literal does not compare with a price: `price(70)`. The literal `0` has every unit.
- Convert with `price(x)`, `percent(x)`, `quantity(x)`, `money(x)`, `bars(x)`; `float(x)` drops a unit.
- `stop 1.5%` and `target 3%` are measured from the fill; a price there is the level itself: `stop entry - 2 * atr(14)`. `trail` takes a distance: `trail 3 * atr(14)`.
- `size risk 1%` needs a stop; `2R` needs a stop.
- A range `a..b` holds both ends, `a..<b` leaves the last out. `x in 30..70`, `weekday in {monday, friday}`.
",
    );
}

fn words(out: &mut String) {
    out.push_str("\n## Statements\n\n");
    let of = |kind: Kind| entries().iter().filter(move |e| e.kind == kind);
    for e in of(Kind::Statement) {
        let _ = writeln!(out, "- `{}`: {}", e.signature, lower_first(&e.summary));
    }
    out.push_str("\nOperators, from the loosest to the tightest: `or`; `and`; `not`; comparisons, `crosses`, `in` (not chained); `??`; `+ -`; `* / mod`; `-x`; `x[n] x.part f(x)`.\n");
}

fn built_ins(out: &mut String) {
    out.push_str("\n## Built-in names\n\n");
    for family in sbt_hir::reference::Family::ALL {
        let all: Vec<&Entry> = entries()
            .iter()
            .filter(|e| e.family == family.title() && !e.kind.is_definition())
            .collect();
        let names: Vec<String> = all.iter().map(|e| plain(e)).collect();
        let _ = writeln!(out, "- {}: {}", family.title(), names.join(", "));
    }
}

/// `close` price, `kth(x, n, k)`, `sum(i in a..<b: e)`
fn plain(e: &Entry) -> String {
    let written = e.signature.split(" -> ").next().unwrap_or("");
    match e.kind {
        Kind::Value => match e.returns.first() {
            Some(r) if r.ty != "Weekday" || e.name == "weekday" => format!("`{}` {}", e.name, r.ty),
            _ => format!("`{}`", e.name),
        },
        Kind::Function if !written.contains('…') => format!("`{}`", e.short()),
        _ => format!("`{written}`"),
    }
}

/// The library; of each module that needs `use`, `named` definitions are named and the others counted.
fn library(out: &mut String, named: usize) {
    let mut modules: Vec<(&str, Vec<&Entry>)> = Vec::new();
    out.push_str(
        "\n## Library\n\n`x` is any series, `n` a length; `=` gives the default, `→` the type where it is not that of `x` or a plain number, or the parts of the result.\n",
    );
    for module in sbt_std::modules() {
        let all: Vec<&Entry> = entries()
            .iter()
            .filter(|e| e.kind.is_definition() && e.family == module.path)
            .collect();
        let Some(first) = all.first() else { continue };
        if let Some(path) = &first.needs_use {
            modules.push((path.as_str(), all));
            continue;
        }
        // the type of conditions is said once
        let (conditions, values): (Vec<&Entry>, Vec<&Entry>) = all
            .iter()
            .copied()
            .partition(|e| matches!(e.returns.as_slice(), [one] if one.ty == "bool"));
        let list = |of: &[&Entry]| of.iter().map(|e| compact(e)).collect::<Vec<_>>().join(", ");
        let mut parts = Vec::new();
        if !values.is_empty() {
            parts.push(list(&values));
        }
        if !conditions.is_empty() {
            parts.push(format!("conditions: {}", list(&conditions)));
        }
        let _ = writeln!(out, "\n{}: {}", module.path, parts.join("; "));
    }
    if modules.is_empty() {
        return;
    }
    out.push_str("\nAfter `use PATH` (`sixbtc doc --search WORDS` finds more):\n\n");
    if named == 0 {
        let counted: Vec<String> = modules
            .iter()
            .map(|(path, all)| format!("`{path}` ({})", all.len()))
            .collect();
        let _ = writeln!(out, "{}", counted.join(", "));
        return;
    }
    for (path, all) in modules {
        let names: Vec<&str> = all.iter().take(named).map(|e| e.name.as_str()).collect();
        let more = all.len() - names.len();
        let _ = match more {
            0 => writeln!(out, "- `{path}`: {}", names.join(", ")),
            n => writeln!(out, "- `{path}`: {} and {n} more", names.join(", ")),
        };
    }
}

/// `bollinger(x, n=20, k=2) → mid top low`
fn compact(e: &Entry) -> String {
    let parameters: Vec<String> = e
        .parameters
        .iter()
        .map(|p| match &p.default {
            Some(d) => format!("{}={d}", p.name),
            None => p.name.clone(),
        })
        .collect();
    let mut out = format!("{}({})", e.name, parameters.join(", "));
    match e.returns.as_slice() {
        [one] if matches!(one.ty.as_str(), "num" | "float" | "bool") => {}
        [one] => {
            let _ = write!(out, " → {}", one.ty);
        }
        [] => {}
        many => {
            let names: Vec<&str> = many.iter().filter_map(|r| r.name.as_deref()).collect();
            let _ = write!(out, " → {}", names.join("/"));
        }
    }
    out
}

fn examples(out: &mut String) {
    out.push_str("\n## Programs\n");
    for (_, text) in EXAMPLES {
        let _ = write!(out, "\n```sbt\n{}\n```\n", text.trim_end());
    }
}

fn mistakes(out: &mut String) {
    out.push_str("\n## Frequent mistakes\n\n| code | wrong | right |\n| --- | --- | --- |\n");
    for (code, wrong, right) in MISTAKES {
        let cell = |t: &str| format!("`{}`", t.replace('\n', "` `").replace('|', "\\|"));
        let _ = writeln!(
            out,
            "| {code} {} | {} | {} |",
            title(code).unwrap_or_default(),
            cell(wrong),
            cell(right)
        );
    }
}

/// The title of a code, of whatever stage.
fn title(code: &str) -> Option<&'static str> {
    sbt_syntax::codes::title(code).or_else(|| {
        sbt_hir::CODES
            .iter()
            .chain(crate::codes::CODES)
            .find(|c| c.0 == code)
            .map(|c| c.1)
    })
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|c| c.to_lowercase().collect::<String>() + chars.as_str())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NoFiles, check};
    use std::collections::HashMap;

    fn codes(text: &str) -> Vec<&'static str> {
        let checked = check(&NoFiles, "card", text, &HashMap::new());
        let errors = checked.diagnostics.iter().filter(|d| d.is_error());
        let mut found: Vec<&str> = errors.map(|d| d.code.0).collect();
        found.dedup();
        found
    }

    /// Statements as the body of a strategy.
    fn strategy(body: &str) -> String {
        let entry = if body.contains("enter ") {
            ""
        } else {
            "enter long when close > open\n"
        };
        let body = body
            .replace("{ stop", "{\nstop")
            .replace("{ target", "{\ntarget")
            .replace(" }", "\n}");
        format!("#sbt 1\n\nstrategy s {{\non 1h\n{body}\n{entry}}}\n")
    }

    #[test]
    fn every_program_of_the_card_is_right() {
        for (name, text) in EXAMPLES {
            assert_eq!(codes(text), Vec::<&str>::new(), "{name}");
        }
    }

    #[test]
    fn every_mistake_has_its_code_and_every_repair_is_right() {
        let mut wrongs = Vec::new();
        for (code, wrong, right) in MISTAKES {
            let (found, left) = (codes(&strategy(wrong)), codes(&strategy(right)));
            if found != [*code] || !left.is_empty() || title(code).is_none() {
                wrongs.push(format!("{code}: {found:?}, repaired {left:?}"));
            }
        }
        assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
    }

    #[test]
    fn the_card_fits_into_a_prompt() {
        let card = card();
        assert!(card.len() < 30 * 1024, "{} bytes", card.len());
        for name in ["`rec ", "rsi(x, n=14)", "position.bars", "E0401"] {
            assert!(card.contains(name), "{name}");
        }
    }
}
