//! What people read: programs and their messages, together.
//!
//! Each case is a few lines of a strategy (or a whole file, when it begins with `#sbt` or is marked so).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::format_push_string)]

mod support;

use support::{parse, rendered, repaired};

/// Lines inside of a strategy.
fn strategy(lines: &str) -> String {
    let body: String = lines
        .lines()
        .map(|l| {
            if l.is_empty() {
                "\n".to_owned()
            } else {
                format!("  {l}\n")
            }
        })
        .collect();
    format!("#sbt 1\n\nstrategy s {{\n{body}}}\n")
}

fn show(cases: &[&str], whole: bool) -> String {
    let mut out = String::new();
    for case in cases {
        let text = if whole {
            (*case).to_owned()
        } else {
            strategy(case)
        };
        let (_, found) = parse(&text);
        assert!(!found.is_empty(), "nothing wrong with {case}");
        out.push_str(&format!(
            "════ {}\n{}",
            case.replace('\r', "␍"),
            rendered(&text, &found)
        ));
        for diagnostic in &found {
            let Some(fix) = &diagnostic.fix else { continue };
            let after = repaired(&text, diagnostic).unwrap();
            let left = parse(&after).1;
            assert!(
                left.len() < found.len(),
                "the repair {fix:?} repairs nothing: {left:?}\n{after}"
            );
            let at = after[..fix.span.start as usize]
                .rfind('\n')
                .map_or(0, |p| p + 1);
            let length = fix.span.start as usize + fix.replace.len() - at;
            let end = after[at + length..]
                .find('\n')
                .map_or(after.len(), |p| at + length + p);
            out.push_str(&format!("  {}: {}\n", fix.title, after[at..end].trim()));
        }
        out.push('\n');
    }
    out
}

#[test]
fn files_and_items() {
    insta::assert_snapshot!(show(
        &[
            "",
            "strategy s {\n  on 1h\n}\n",
            "#sbt\n",
            "#sbt one\n",
            "// a comment\n\nuse a/b\n#sbt 1\n",
            "#sbt 1\n#sbt 1\n",
            "#sbt 1 strategy s {\n}\n",
            "#sbt 7\nwhatever { new } means\n",
            "#sbt 1\nstrategy \"SMA cross, v2\" {\n}\n",
            "#sbt 1\nstrategy(\"My script\", overlay=true)\n",
            "#sbt 1\nstratgy s {\n  on 1h\n}\n",
            "#sbt 1\nimport a/b\n",
            "#sbt 1\nparam n: bars = 3\nlet x = 1\nsize 1\n",
            "#sbt 1\nx = 1\n",
            "#sbt 1\nstrategy s\n  on 1h\n",
            "#sbt 1\nstrategy s {\n  on 1h\n",
            "#sbt 1\nstrategy s {\n  fn f() -> num = 1\n}\n",
            "#sbt 1\nenum Bias { up, down, }\n",
            "#sbt 1\nenum Bias { }\n",
            "#sbt 1\nuse \"patterns\"\n",
            "#sbt 1\nfn f(x) -> num = x\n",
            "#sbt 1\nfn f(x: num) = x\n",
            "#sbt 1\nfn f(x: num) -> num {\n  x\n}\n",
            "#sbt 1\nfn (x: num) -> num = x\n",
            "#sbt 1\nindicator f(x: num) -> num {\n  let a = x\n}\n",
            "#sbt 1\nindicator f(x: num) -> num {\n  give x\n  give x\n  let b = x\n}\n",
            "#sbt 1\nindicator f(x: num) -> num {\n  return x\n}\n",
            "#sbt 1\nindicator f(x: num) {\n  give x\n}\n",
            "#sbt 1\ntest t {\n  assert true\n}\n",
            "#sbt 1\ntest \"t\" {\n  given close = 1, 2\n  expect close is [1]\n  assert close is 1\n}\n",
            "#sbt 1\nportfolio p {\n  hold 5 by score\n  universe BTC\n  give 1\n}\n",
        ],
        true
    ));
}

#[test]
fn braces_and_lines() {
    insta::assert_snapshot!(show(
        &[
            "#sbt 1\nstrategy s {\n  on 4h {\n    let a = 1\n  enter long when a\n}\n",
            "#sbt 1\nstrategy s {\n  enter long when a {\n    stop 1%\n}\ntest \"t\" {\n}\n",
            "#sbt 1\nstrategy s {\n  let a = 1\n  }\n  let b = 2\n}\n",
            "#sbt 1\nstrategy s {\n}\n}\n",
            "#sbt 1\nstrategy s {\n  enter long when a { stop 1% } exit long when b\n}\n",
            "#sbt 1\nstrategy s {\n  let a = 1 {\n    let b = 2\n  }\n}\n",
            "#sbt 1\nstrategy s {\n  let a = 1; let b = 2;\n  let c = 3 let d = 4\n}\n",
            "#sbt 1\nstrategy s {\n  {\n    let a = 1\n  }\n}\n",
            "#sbt 1\nstrategy s \"open {\n  let a = \"open\n  on 1h\n}\n",
        ],
        true
    ));
}

#[test]
fn operators() {
    insta::assert_snapshot!(show(
        &[
            "let x = a && b || !c",
            "let x = a&&b",
            "let x = a < b < c",
            "let x = a crosses above b == c",
            "let x = a in 1..2 in 3..4",
            "let x = a = b",
            "let x == 1",
            "require fast = slow",
            "let x = a => b and c <> d",
            "let x = a % 3",
            "let x = a ** 2",
            "let x = close ^ 2",
            "let x = a > b ? 1 : 2",
            "let x = f(a > b ? 1 : 2, 3)",
            "enter long when a crosses over b",
            "let x = a +",
            "let x = * b",
            "let x = a b",
            "let x = not",
        ],
        false
    ));
}

#[test]
fn values() {
    insta::assert_snapshot!(show(
        &[
            "let x = .5",
            "let x = 5.",
            "let x = 1,5",
            "let x = 1_",
            "let x = 1e",
            "let x = 1e999",
            "let x = 99999999999 bars",
            "let x = on 0h: close",
            "let x = 99999999999w",
            "on 15min",
            "on 15 minutes",
            "on 1.5h",
            "on 1M",
            "size risk 1 %",
            "limit leverage 3x",
            "exit after 20candles",
            "exit after n bars",
            "let x = sma(close, 20",
            "let x = (a + b]",
            "let x = a + b)",
            "let x = f(a, b,)",
            "let x = close[1",
            "let x = ta.sma(close, 20)",
            "let x = close.sma(20)",
            "let x = input.int(14)",
            "let x = if a then 1",
            "let x = if a { 1 } else { 2 }",
            "let x = if a then 1 elif b then 2 else 3",
            "let x = 1 + if a then 1 else 2",
            "let x = “SMA”",
            "let x = 'SMA'",
            "let x = a ≥ b",
            "let größe = 1",
            "let x = a\u{A0}+ b",
            "let x = a @ b",
            "let x = sum(i in 0..<n)",
            "let x = a in [1, 2]",
            "let x = a in 1 to 5",
            "let x = a in 1...5",
        ],
        false
    ));
}

#[test]
fn statements() {
    insta::assert_snapshot!(show(
        &[
            "x = 1",
            "x := 1",
            "x := x[1] + 1",
            "x += 1",
            "let x := 1",
            "var x = 0",
            "var float x = 0",
            "float x = 1",
            "lte x = 1",
            "let = 1",
            "let on = 1",
            "let (a) = f(x)",
            "rec x = x[1] + 1",
            "if a {\n  enter long\n}",
            "for i in 0..3 {\n  let x = i\n}",
            "close > open",
            "strategy.entry(\"long\")",
            "plot(close) sma",
            "param n = 20",
            "param n: bars in 5..60",
            "param n: bars = 20 in 5 to 60",
            "param n: bars = 20 in [5, 60]",
            "param n: bars = 20 in 5..60 by 5",
            "require",
            "on 4h of {\n  let a = 1\n}",
            "# a comment",
            "-- a comment",
            "/* a\n * b */",
            "let x = 1 /* one */",
            "give 1",
            "universe { BTC }",
            "buy when a",
            "timeframe 15m",
        ],
        false
    ));
}

#[test]
fn orders() {
    insta::assert_snapshot!(show(
        &[
            "enter when a",
            "enter long",
            "enter long if a",
            "enter long when a at p",
            "enter long when a at market",
            "enter long when a {\n  sl 1%\n  tp 2R\n  size 1\n  let x = 1\n  stop = 1%\n  stop\n  target 2R close 50%\n  trail\n}",
            "enter long when a { stop 1% target 2R }",
            "stop 1%",
            "exit",
            "exit long if a",
            "exit session end",
            "stop to breakeven",
            "size",
            "size 1% equity",
            "limit 3",
            "limit levrage 3",
            "limit trades 1",
            "alert now when a",
            "on 4h {\n  enter long when a\n}",
        ],
        false
    ));
}

/// One broken statement hides nothing of the others, and no name it meant to bind.
#[test]
fn a_broken_statement_hides_nothing() {
    let text = strategy(
        "on 1h\nparam n: bars in 5..60\nlet a = sma(close, n\nlet (b, c) = f(\nrec d = d[1]\nx = 3\non 15min {\n  let e = 1\n}\n\
         enter long #up when a && b {\n  stop 1%\n  sl 2%\n}\nsize risk 1%",
    );
    let (file, found) = parse(&text);
    let codes: Vec<_> = found.iter().map(|d| d.code.0).collect();
    insta::assert_snapshot!(format!("{text}\n{codes:?}\n{}", support::outline(&file)));
}
