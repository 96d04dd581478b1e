//! `sixbtc config`, as people use it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;
use std::process::{Command, Output};

fn config(args: &[&str], dir: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sixbtc"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SIXBTC_")) {
        command.env_remove(name);
    }
    command
        .arg("config")
        .args(args)
        .current_dir(dir)
        .env("NO_COLOR", "1")
        .env("SIXBTC_ROTATOR__MIN_POOL_SIZE", "12")
        .env("SIXBTC_AI__API__KEY", "hush")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json(o: &Output) -> serde_json::Value {
    serde_json::from_slice(&o.stdout).unwrap_or_else(|e| panic!("{e}: {}", text(&o.stderr)))
}

#[test]
fn what_is_in_force_and_where_it_comes_from() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("sixbtc.toml"),
        "[active_pool]\nmax_size = 90\n",
    )
    .unwrap();
    let o = config(
        &[
            "show",
            "active_pool",
            "rotator.min_pool_size",
            "--origin",
            "--set",
            "active_pool.min_score=50",
        ],
        dir.path(),
    );
    assert!(o.status.success(), "{}", text(&o.stderr));
    let lines: Vec<String> = text(&o.stdout)
        .lines()
        .map(|l| l.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        lines,
        [
            "active_pool.max_size 90 sixbtc.toml:2:12",
            "active_pool.min_score 50.0 command line: --set active_pool.min_score=50",
            "rotator.min_pool_size 12 environment variable SIXBTC_ROTATOR__MIN_POOL_SIZE",
        ]
    );
    let o = config(&["show", "--format", "json"], dir.path());
    assert!(!text(&o.stdout).contains("hush"));
    let answer = json(&o);
    assert_eq!(answer["schema"], 1);
    assert_eq!(answer["secrets"], serde_json::json!(["ai.api.key"]));
    let of = |key: &str| {
        let list = answer["settings"].as_array().unwrap();
        list.iter().find(|s| s["key"] == key).unwrap().clone()
    };
    assert_eq!(of("active_pool.max_size")["origin"]["line"], 2);
    assert_eq!(
        of("executor.check_interval_seconds")["origin"]["layer"],
        "default"
    );
    let o = config(&["show", "active_pol"], dir.path());
    assert_eq!(o.status.code(), Some(2));
    assert!(
        text(&o.stderr).contains("did you mean `active_pool`?"),
        "{}",
        text(&o.stderr)
    );
}

#[test]
fn what_differs_and_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("mine.toml");
    std::fs::write(&file, "[active_pool]\nmax_size = 90\n").unwrap();
    let o = config(
        &["diff", "--config", "mine.toml", "--format", "json"],
        dir.path(),
    );
    assert_eq!(o.status.code(), Some(1));
    let keys: Vec<_> = json(&o)["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| (d["key"].clone(), d["default"].clone(), d["value"].clone()))
        .collect();
    let expected = [
        ("active_pool.max_size", 150, 90),
        ("rotator.min_pool_size", 30, 12),
    ];
    assert_eq!(
        keys,
        expected.map(|(k, d, v)| (k.into(), d.into(), v.into()))
    );
    let o = config(&["check", "--config", "mine.toml"], dir.path());
    assert!(o.status.success(), "{}", text(&o.stderr));

    std::fs::write(&file, "[active_pool]\nmax_sise = 90\nmin_score = 140\n").unwrap();
    let o = config(&["check", "--config", "mine.toml"], dir.path());
    assert_eq!(o.status.code(), Some(2));
    let said = text(&o.stderr);
    assert!(
        said.contains("mine.toml:2:1: there is no setting `active_pool.max_sise`"),
        "{said}"
    );
    assert!(
        said.contains("mine.toml:3:13: `active_pool.min_score` is 140"),
        "{said}"
    );
    let o = config(
        &["check", "--config", "mine.toml", "--format", "json"],
        dir.path(),
    );
    assert_eq!(o.status.code(), Some(2));
    assert_eq!(json(&o)["problems"].as_array().unwrap().len(), 2);
}

#[test]
fn schema_and_reference_are_printed() {
    let dir = tempfile::tempdir().unwrap();
    let schema = json(&config(&["schema"], dir.path()));
    assert_eq!(
        schema["properties"]["active_pool"]["properties"]["max_size"]["maximum"],
        100_000
    );
    let page = text(&config(&["reference"], dir.path()).stdout);
    assert!(
        page.contains("| `active_pool.max_size` ↻ | `150` |"),
        "{page}"
    );
}
