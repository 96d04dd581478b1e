//! How fast the built server answers an editor: `cargo bench -p sixbtc-lsp`.
//!
//! A program of 500 lines is generated, opened, and typed into at random places; every time is from the moment a message is
//! written to the moment its answer has been read and parsed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs
)]

#[path = "../tests/client/mod.rs"]
#[allow(dead_code)]
mod client;

use client::Editor;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

/// A valid program with about so many lines.
fn program(lines: usize) -> String {
    let mut text = String::from("#sbt 1\n");
    let mut k = 0;
    while text.lines().count() < lines / 3 {
        k += 1;
        write!(
            text,
            "\n/// Band {k}. Formula: mean + k atr.\nindicator band{k}(x: num, n: bars, k: float = 2) -> (top: num, low: num) {{\n  let m = sma(x, n)\n  let d = k * stdev(x, n)\n  give m + d, m - d\n}}\n"
        )
        .unwrap();
    }
    text.push_str("\nstrategy bench \"Bench\" {\n  on 1h\n\n  param fast: bars = 20 in 5..60\n  param slow: bars = 100 in 50..300\n");
    let mut v = 0;
    while text.lines().count() < lines - 14 {
        v += 1;
        let b = v % k.max(1) + 1;
        match v % 4 {
            0 => writeln!(
                text,
                "  let _v{v} = ema(close, fast) - sma(close, {})",
                10 + v
            ),
            1 => writeln!(text, "  let _v{v} = band{b}(close, slow).top"),
            2 => writeln!(
                text,
                "  let _v{v} = rsi(close, {}) > 50 and close > high[{}]",
                5 + v % 20,
                v % 9 + 1
            ),
            _ => writeln!(
                text,
                "  let _v{v} = highest(high, fast)[1] - {} * atr(14)",
                v % 5 + 1
            ),
        }
        .unwrap();
    }
    text.push_str("\n  enter long when _v4 > 0 and _v2 and close > _v1 {\n    stop 2%\n    target 2R\n    exit after 48 bars\n  }\n  exit long when _v4 < 0\n\n  size risk 1%\n  plot _v1, _v3\n}\n");
    text
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

fn report(what: &str, mut ms: Vec<f64>) {
    ms.sort_by(f64::total_cmp);
    let at = |p: f64| ms[((ms.len() - 1) as f64 * p) as usize];
    println!(
        "{what:<24} n {:>5}   p50 {:>8.2} ms   p99 {:>8.2} ms   max {:>8.2} ms",
        ms.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

fn memory(pid: u32) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/status"))
        .unwrap_or_default()
        .lines()
        .filter(|l| l.starts_with("VmRSS") || l.starts_with("VmHWM"))
        .map(|l| l.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join(", ")
}

fn main() {
    let rounds: usize = std::env::var("ROUNDS")
        .ok()
        .and_then(|r| r.parse().ok())
        .unwrap_or(1_000);
    let dir = tempfile::tempdir().unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/data/sample/BTCUSD-30m.csv.gz")
        .canonicalize()
        .unwrap();
    let options = json!({
        "rootUri": format!("file://{}", dir.path().display()),
        "capabilities": { "textDocument": { "completion": { "completionItem": { "snippetSupport": true } } } },
        "initializationOptions": { "sixbtc": { "data": data } },
    });
    let mut text = program(500);
    println!("{} lines, {} bytes", text.lines().count(), text.len());
    let uri = format!("file://{}/bench.sbt", dir.path().display());
    let mut starts = Vec::new();
    for _ in 0..10 {
        let begin = Instant::now();
        let (mut e, _) = Editor::start(dir.path(), options.clone());
        e.open(&uri, &text);
        let found = e.diagnostics(&uri, 1);
        starts.push(ms(begin));
        let errors: Vec<&Value> = found
            .as_array()
            .unwrap()
            .iter()
            .filter(|d| d["severity"] == 1)
            .collect();
        assert!(
            errors.is_empty(),
            "the program of the bench is not valid: {errors:?}"
        );
        e.quit();
    }
    report("start to first messages", starts);

    let (mut e, _) = Editor::start(dir.path(), options);
    e.open(&uri, &text);
    e.diagnostics(&uri, 1);
    let mut d = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut typed, mut completed, mut hovered) = (Vec::new(), Vec::new(), Vec::new());
    let of = json!({ "textDocument": { "uri": uri } });
    let mut version = 1;
    let mut change = |e: &mut Editor, range: Value, new: &str| -> f64 {
        version += 1;
        let begin = Instant::now();
        e.tell(
            "textDocument/didChange",
            json!({
                "textDocument": { "uri": uri, "version": version },
                "contentChanges": [{ "range": range, "text": new }],
            }),
        );
        e.diagnostics(&uri, version);
        ms(begin)
    };
    let place = |text: &str, at: usize| {
        let before = &text[..at];
        let column = at - before.rfind('\n').map_or(0, |i| i + 1);
        json!({ "line": before.matches('\n').count(), "character": column })
    };
    for round in 0..rounds {
        let at = d.below(text.len() - 8) + 8;
        let new = ["x", "1", " ", "(", "clo", "."][d.below(6)];
        let start = place(&text, at);
        typed.push(change(&mut e, json!({ "start": start, "end": start }), new));
        text.insert_str(at, new);
        let here =
            json!({ "textDocument": { "uri": uri }, "position": place(&text, at + new.len()) });
        if round % 4 == 0 {
            let begin = Instant::now();
            e.ask("textDocument/completion", here.clone());
            completed.push(ms(begin));
            let begin = Instant::now();
            e.ask("textDocument/hover", here);
            hovered.push(ms(begin));
        }
        let end = place(&text, at + new.len());
        typed.push(change(&mut e, json!({ "start": start, "end": end }), ""));
        text.replace_range(at..at + new.len(), "");
    }
    report("keystroke to messages", typed);
    report("completion", completed);
    report("hover", hovered);

    let mut lenses = Vec::new();
    let begin = Instant::now();
    e.ask("textDocument/codeLens", of.clone());
    println!(
        "first lens, with reading {}: {:.2} ms",
        data.file_name().unwrap().to_string_lossy(),
        ms(begin)
    );
    for i in 0..(rounds / 20).max(5) {
        let at = text.find("rsi(close, ").unwrap() + 11;
        let start = place(&text, at);
        let end = place(&text, at + 1);
        let digit = [b"6", b"7", b"8"][i % 3];
        let digit = std::str::from_utf8(digit).unwrap();
        change(&mut e, json!({ "start": start, "end": end }), digit);
        text.replace_range(at..=at, digit);
        let begin = Instant::now();
        let found = e.ask("textDocument/codeLens", of.clone());
        lenses.push(ms(begin));
        let title = found[0]["command"]["title"].as_str().unwrap();
        assert!(title.contains("trades"), "{title}");
    }
    report("code lens, 35,000 bars", lenses);
    let begin = Instant::now();
    e.ask("textDocument/semanticTokens/full", of);
    println!("semantic tokens: {:.2} ms", ms(begin));
    println!("memory: {}", memory(e.pid()));
    e.quit();
}
