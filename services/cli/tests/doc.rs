//! `sixbtc doc`: names documented, found, guessed; the card and the grammar for models.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::process::{Command, Output};

fn here(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sixbtc"))
        .args(args)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn names_are_documented_found_and_guessed() {
    let o = here(&["doc", "rsi"]);
    let page = text(&o.stdout);
    assert!(o.status.success(), "{}", text(&o.stderr));
    for part in [
        "rsi(x: num, n: bars = 14) -> float",
        "indicator rsi(",
        "test \"",
        "Warm-up",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    let o = here(&["doc", "unger"]);
    assert!(text(&o.stdout).contains("use patterns/unger"));
    let o = here(&["doc", "bolinger"]);
    assert_eq!(o.status.code(), Some(1));
    assert!(text(&o.stderr).contains("`bollinger`"));
    assert!(o.stdout.is_empty());
    let o = here(&["doc", "--search", "bollinger", "bands"]);
    assert!(text(&o.stdout).starts_with("bollinger "));
    let o = here(&["doc", "--search", "zzzzqqqq"]);
    assert_eq!(o.status.code(), Some(1));
    let o = here(&["doc", "--format", "json", "max"]);
    let v: serde_json::Value = serde_json::from_slice(&o.stdout).unwrap();
    assert_eq!(v["schema"], 1);
    assert_eq!(v["entries"].as_array().unwrap().len(), 2);
    let o = here(&["doc", "--format", "json"]);
    let v: serde_json::Value = serde_json::from_slice(&o.stdout).unwrap();
    assert!(v["families"].as_array().unwrap().len() > 10);
    let o = here(&["doc", "--llm"]);
    assert!(text(&o.stdout).contains("#sbt 1"));
    let o = here(&["doc", "--gbnf"]);
    assert!(text(&o.stdout).contains("root ::= file"));
}
