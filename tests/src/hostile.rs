//! Texts that nobody means well.

use crate::dice::Dice;
use crate::programs::program;

/// Words and signs of the language, and what belongs to none.
const SNIPPETS: &[&str] = &[
    "\n",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    "=",
    "==",
    " and ",
    " or ",
    "not ",
    "-",
    "..",
    "..<",
    "1",
    "2%",
    "48 bars",
    "3R",
    "4h",
    "\"",
    "#",
    "//",
    "if ",
    " then ",
    " else ",
    "let ",
    "rec ",
    " init ",
    " settle ",
    "on ",
    "on 4h {\n",
    " of ",
    "close",
    "[1]",
    "[-1]",
    "[n]",
    "entry",
    "position",
    ".bars",
    "stop ",
    "target ",
    "trail ",
    "exit ",
    "when ",
    "enter long ",
    "param n: bars = 5 in 1..9\n",
    "size ",
    "risk ",
    "sum(i in 0..9: ",
    "sma(close, ",
    " crosses ",
    "??",
    "1e999",
    "1e-999",
    "99999999999999999999",
    "é",
    "\u{0}",
    "\u{202e}",
    "😀",
    "indicator f(x: num) -> num {\n",
    "give ",
    "fn g(x: num) -> num = ",
    "forming(1d)",
    "session",
    "weekday",
    "0",
    " mod ",
    "/ 0",
    "pow(close, 9)",
    "price",
    "num^-9",
    "true",
    "max 1000000",
];

/// A text with a few places changed: characters dropped, pieces doubled, words put in.
pub fn mutate(dice: &mut Dice, text: &str) -> String {
    let mut out: Vec<char> = text.chars().collect();
    for _ in 0..=dice.below(4) {
        let at = dice.below(out.len() + 1);
        let end = (at + dice.below(12)).min(out.len());
        match dice.below(4) {
            0 => {
                out.drain(at..end);
            }
            1 => {
                let piece: Vec<char> = out[at..end].to_vec();
                let to = dice.below(out.len() + 1);
                out.splice(to..to, piece);
            }
            2 => {
                // one line somewhere else
                let line: Vec<char> = {
                    let start = out[..at]
                        .iter()
                        .rposition(|c| *c == '\n')
                        .map_or(0, |p| p + 1);
                    let stop = out[at..]
                        .iter()
                        .position(|c| *c == '\n')
                        .map_or(out.len(), |p| at + p);
                    out.drain(start..stop).collect()
                };
                let to = dice.below(out.len() + 1);
                out.splice(to..to, line);
            }
            _ => {
                let word: Vec<char> = dice.pick(SNIPPETS).chars().collect();
                out.splice(at..end, word);
            }
        }
    }
    out.into_iter().collect()
}

/// A random program with a few places changed.
pub fn mutant(dice: &mut Dice) -> String {
    let text = program(dice);
    mutate(dice, &text)
}

/// Random characters and words.
pub fn noise(dice: &mut Dice, words: usize) -> String {
    let mut out = String::from(if dice.once_in(4) {
        ""
    } else {
        "#sbt 1\nstrategy s {\n  on 1h\n"
    });
    for _ in 0..words {
        match dice.below(4) {
            0 => out.push(char::from_u32(dice.below(0x250) as u32).unwrap_or('?')),
            _ => out.push_str(dice.pick(SNIPPETS)),
        }
    }
    out
}

/// Programs that ask for as much as they can: by name, each about `size` bytes.
pub fn greedy(size: usize) -> Vec<(&'static str, String)> {
    let strategy = |body: String| {
        format!("#sbt 1\nstrategy s {{\n  on 1h\n{body}  enter long when close > open\n}}\n")
    };
    let lines = |make: &dyn Fn(usize) -> String| {
        let mut body = String::new();
        let mut k = 1;
        while body.len() < size {
            body.push_str(&make(k));
            k += 1;
        }
        body
    };
    let many = |range: std::ops::Range<usize>, make: &dyn Fn(usize) -> String| {
        range.map(make).collect::<Vec<_>>().concat()
    };
    let chain = |seed: &str, make: &dyn Fn(usize) -> String| {
        strategy(format!("  let v0 = {seed}\n{}", lines(make)))
    };
    vec![
        (
            "a chain of sums",
            chain("close", &|k| {
                format!("  let v{k} = v{} + v{}[1]\n", k - 1, k - 1)
            }),
        ),
        (
            "a chain of averages",
            chain("close", &|k| format!("  let v{k} = ema(v{}, 9)\n", k - 1)),
        ),
        (
            "many errors",
            chain("close", &|k| {
                format!("  let v{k} = nothing{k}(v{})\n", k + 1)
            }),
        ),
        (
            "many recurrences",
            strategy(lines(&|k| {
                format!("  rec r{k} = r{k}[1] + close init close\n")
            })),
        ),
        (
            "recurrences of each other",
            strategy(lines(&|k| {
                format!("  rec r{k} = r{}[1] + close init close\n", k + 1)
            })),
        ),
        (
            "many entries",
            strategy(lines(&|k| {
                format!("  enter long #e{k} when close > price({k})\n")
            })),
        ),
        (
            "many clocks",
            strategy(lines(&|k| format!("  let v{k} = on {}h: close\n", k + 1))),
        ),
        (
            "long history",
            strategy(lines(&|k| format!("  let v{k} = close[{}]\n", k * 997))),
        ),
        (
            "definitions that double",
            format!(
                "#sbt 1\nfn f0(x: num) -> num = x + x[1]\n{}strategy s {{\n  on 1h\n  enter long when f60(close) > close\n}}\n",
                many(1..61, &|k| format!(
                    "fn f{k}(x: num) -> num = f{0}(x) + f{0}(x[1])\n",
                    k - 1
                ))
            ),
        ),
        (
            "folds in folds",
            strategy(format!(
                "  let v = {}close[i0]{}\n  plot v\n",
                many(0..8, &|k| format!("sum(i{k} in 0..<100: ")),
                ")".repeat(8)
            )),
        ),
        (
            "a large sweep",
            strategy(format!(
                "{}  require {}\n",
                many(0..40, &|k| format!("  param n{k}: int = 1 in 0..999999\n")),
                (0..40)
                    .map(|k| format!("n{k} != 1"))
                    .collect::<Vec<_>>()
                    .join(" and ")
            )),
        ),
    ]
}
