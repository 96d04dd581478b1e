//! Random edits of the book's programs: every question at every place is answered without a panic, and the messages are those
//! of a fresh check.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sbt_diagnostics::FileId;
use sbt_driver::NoFiles;
use sbt_ide::Analysis;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// A small generator, so that a seed names a run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

const PIECES: &[&str] = &[
    "a",
    " ",
    "\n",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ".",
    ",",
    "..",
    "#",
    "\"",
    "//",
    "/",
    "=",
    "é",
    "\u{1F600}",
    "\r\n",
    "\r",
    "\t",
    "1",
    "2%",
    "3R",
    "48 bars",
    "1h",
    "close",
    "ema(",
    "let x = ",
    "rec r = r[1] init 0\n",
    "enter long when ",
    "exit ",
    "param p: bars = 3 in 1..9\n",
    "use mine\n",
    "on 4h {\n",
    "sum(i in 0..3: ",
    "if ",
    " then ",
    " else ",
    "position.",
    "bias == Bias.",
    "strategy s {\n",
    "indicator i(n: bars) -> price {\n",
    "test \"t\" {\n",
    "give ",
    "\u{FEFF}",
    "_",
];

fn programs() -> Vec<String> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples");
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "sbt"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|f| std::fs::read_to_string(f).unwrap())
        .collect()
}

fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn edit(text: &mut String, d: &mut Dice) {
    let len = text.len() + 1;
    let a = boundary(text, d.below(len));
    match d.below(10) {
        0..=5 => text.insert_str(a, PIECES[d.below(PIECES.len())]),
        6 | 7 => {
            let width = d.below(12);
            let b = boundary(text, a + width);
            text.replace_range(a.min(b)..a.max(b), "");
        }
        8 => {
            let width = d.below(200);
            let b = boundary(text, a + width);
            let part = text[a.min(b)..a.max(b)].to_owned();
            let len = text.len() + 1;
            let at = boundary(text, d.below(len));
            text.insert_str(at, &part);
        }
        _ => {
            let width = d.below(300);
            let b = boundary(text, a + width);
            text.replace_range(a.min(b)..a.max(b), PIECES[d.below(PIECES.len())]);
        }
    }
}

/// Asks one thing at a place that may not exist.
fn ask(a: &Analysis, d: &mut Dice) {
    let at = d.below(a.text().len() + 20);
    let end = d.below(a.text().len() + 20);
    match d.below(16) {
        0 => drop(a.hover(at)),
        1 => drop(a.complete(at, &["mine".to_owned()])),
        2 => drop(a.signature(at)),
        3 => drop(a.definition(at)),
        4 => drop(a.highlights(at)),
        5 => drop(a.rename(at, ["fresh", "close", "x", ""][d.below(4)])),
        6 => drop(a.outline()),
        7 => drop(a.highlight(at, end)),
        8 => drop(a.folds()),
        9 => {
            let all = a.selections(at);
            assert!(all.windows(2).all(|w| w[1].0 <= w[0].0 && w[0].1 <= w[1].1));
        }
        10 => {
            let edits = a.format();
            if !edits.is_empty() {
                assert_eq!(
                    sbt_ide::apply(a.text(), &edits),
                    sbt_syntax::format(a.text()).unwrap()
                );
            }
        }
        11 => {
            for x in a.actions(at, end) {
                sbt_ide::apply(a.text(), &x.edits);
            }
        }
        12 => drop(a.hints(at, end)),
        13 => drop((a.format_typed(at, '\n'), a.format_typed(at, '}'))),
        14 => drop((a.incoming(at), a.outgoing(at), a.call_item(at))),
        _ => drop((a.links(), a.exported(at), a.format_range(at, end))),
    }
}

/// Runs edits; a failure names the seed of its stretch and the edit.
fn run(edits: usize, seed: u64) {
    let originals = programs();
    let mut done = 0;
    let mut stretch = 0;
    while done < edits {
        stretch += 1;
        let mut d = Dice((seed + stretch).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut text = originals[d.below(originals.len())].clone();
        let mut memory = sbt_ide::Memory::default();
        // after some edits a text is rubbish; most errors of an editor's user are fresh
        for _ in 0..25 {
            edit(&mut text, &mut d);
            done += 1;
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let a = Analysis::again(&mut memory, &NoFiles, "fuzz", &text);
                let none = std::collections::HashMap::<String, i64>::new();
                if d.below(4) == 0 {
                    let fresh = sbt_driver::check(&NoFiles, "fuzz", &text, &none);
                    assert_eq!(a.diagnostics(), fresh.diagnostics);
                    // what was remembered stands where it stands now, to the byte
                    let mut known = sbt_ide::Memory::default();
                    for before in [&text, &format!("\n{text}")] {
                        sbt_syntax::parse_with(&mut known, before, FileId(0));
                    }
                    let again = sbt_syntax::parse_with(&mut known, &text, FileId(0));
                    assert_eq!(again, sbt_syntax::parse(&text, FileId(0)));
                }
                for _ in 0..4 {
                    ask(&a, &mut d);
                }
            }));
            assert!(
                outcome.is_ok(),
                "stretch {stretch} of seed {seed}, edit {done}:\n{text}"
            );
        }
    }
}

#[test]
fn a_few_thousand_edits() {
    run(3_000, 0);
}

/// `EDITS=1000000 cargo test -p sbt-ide --release --test random_edits -- --ignored`
#[test]
#[ignore = "as long as EDITS says"]
fn as_many_edits_as_asked_for() {
    let number = |name: &str, otherwise: u64| {
        std::env::var(name)
            .ok()
            .and_then(|v| v.parse().ok())
            .unwrap_or(otherwise)
    };
    run(number("EDITS", 100_000) as usize, number("SEED", 1));
}
