//! `sixbtc generate`, as people use it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;
use std::process::{Command, Output};

fn sixbtc(args: &[&str], dir: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sixbtc"))
        .args(args)
        .current_dir(dir)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn programs_and_recipes_come_again_to_the_byte() {
    let dir = tempfile::tempdir().unwrap();
    let make = |out: &str| {
        let o = sixbtc(
            &[
                "generate",
                "pandas_ta",
                "-n",
                "6",
                "--seed",
                "5",
                "--out",
                out,
            ],
            dir.path(),
        );
        assert!(o.status.success(), "{}", text(&o.stderr));
        assert!(text(&o.stderr).starts_with("6 programs of pandas_ta from "));
        let mut files: Vec<(String, String)> = std::fs::read_dir(dir.path().join(out))
            .unwrap()
            .map(|e| {
                let path = e.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, std::fs::read_to_string(path).unwrap())
            })
            .collect();
        files.sort();
        files
    };
    let (first, again) = (make("a"), make("b"));
    assert_eq!(first.len(), 12);
    assert_eq!(first, again);
    let programs: Vec<String> = first
        .iter()
        .filter(|f| Path::new(&f.0).extension().is_some_and(|e| e == "sbt"))
        .map(|f| format!("a/{}", f.0))
        .collect();
    let mut check = vec!["fmt", "--check"];
    check.extend(programs.iter().map(String::as_str));
    assert!(sixbtc(&check, dir.path()).status.success());
    check.splice(0..2, ["check"]);
    assert!(sixbtc(&check, dir.path()).status.success());
    let program = &programs[0];
    let recipe = program.replace(".sbt", ".recipe.json");
    let o = sixbtc(&["generate", "--recipe", &recipe], dir.path());
    assert!(o.status.success(), "{}", text(&o.stderr));
    assert_eq!(
        text(&o.stdout),
        std::fs::read_to_string(dir.path().join(program)).unwrap()
    );
}

#[test]
fn a_dry_run_tells_and_json_stands_alone() {
    let dir = tempfile::tempdir().unwrap();
    let o = sixbtc(
        &[
            "generate",
            "pandas_ta",
            "-n",
            "3",
            "--side",
            "both",
            "--timeframe",
            "1h",
            "--dry-run",
            "--out",
            "never",
        ],
        dir.path(),
    );
    assert!(o.status.success(), "{}", text(&o.stderr));
    assert_eq!(text(&o.stdout).lines().count(), 3);
    assert!(
        text(&o.stdout)
            .lines()
            .all(|l| l.contains("  1h  BIDI  Buys when "))
    );
    assert!(!dir.path().join("never").exists());
    let o = sixbtc(
        &["generate", "pandas_ta", "-n", "2", "--format", "json"],
        dir.path(),
    );
    let answer: serde_json::Value = serde_json::from_slice(&o.stdout).unwrap();
    assert_eq!(answer["programs"].as_array().unwrap().len(), 2);
    assert!(answer["tally"]["drawn"].as_u64().unwrap() >= 2);
    assert_eq!(
        answer["programs"][0]["recipe"]["space"]["kind"],
        "percentage"
    );
}

#[test]
fn wrong_recipes_and_clocks_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("r.json"),
        r#"{"source":"pandas_ta","timeframe":"15m","side":"LONG","space":{"kind":"percentage"},
            "parts":{"choices":[{"indicator":"TEA","condition":"slope_up"}]}}"#,
    )
    .unwrap();
    for (args, word) in [
        (vec!["generate", "--recipe", "r.json"], "no indicator `TEA`"),
        (vec!["generate", "--recipe", "none.json"], "cannot be read"),
        (vec!["generate", "pandas_ta", "--timeframe", "soon"], "soon"),
    ] {
        let o = sixbtc(&args, dir.path());
        assert_eq!(o.status.code(), Some(2), "{args:?}");
        assert!(text(&o.stderr).contains(word), "{}", text(&o.stderr));
    }
    assert_eq!(sixbtc(&["generate"], dir.path()).status.code(), Some(2));
}
