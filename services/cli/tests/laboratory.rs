//! `walkforward` and `validate` as people use them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn repo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

const BTC: &str = "tests/data/sample/BTCUSD-30m.csv.gz";
const CROSS: &str = "docs/examples/sma_cross.sbt";

fn sixbtc(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sixbtc"))
        .args(args)
        .current_dir(repo())
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_walk_forward_fits_tests_and_counts() {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, page) = (dir.path().join("t.jsonl"), dir.path().join("walk.html"));
    let args = [
        "walkforward",
        CROSS,
        "--data",
        BTC,
        "--windows",
        "4",
        "--param",
        "fast=10,30",
        "--param",
        "slow=100..300:100",
        "--ledger",
        ledger.to_str().unwrap(),
        "--report",
        page.to_str().unwrap(),
        "--format",
        "json",
    ];
    let o = sixbtc(&args);
    assert!(o.status.success(), "{}", text(&o.stderr));
    let v: Value = serde_json::from_slice(&o.stdout).unwrap();
    assert_eq!(v["schema"], 1);
    assert_eq!(v["trials"], 24);
    assert_eq!(v["windows"].as_array().unwrap().len(), 4);
    let equity = v["equity"]["equity"].as_array().unwrap();
    assert_eq!(equity.last().unwrap(), &v["metrics"]["final_equity"]);
    assert!(std::fs::read_to_string(&page).unwrap().contains("<html"));
    // the same command again is the same bits and no further trial
    let again = sixbtc(&args);
    assert_eq!(again.stdout, o.stdout);
    assert_eq!(std::fs::read_to_string(&ledger).unwrap().lines().count(), 1);
}

#[test]
fn a_validation_refuses_with_exit_code_1_and_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, page) = (dir.path().join("t.jsonl"), dir.path().join("v.html"));
    let args = |more: &[&'static str]| -> Vec<String> {
        let mut all: Vec<String> = [
            "validate",
            CROSS,
            "--data",
            BTC,
            "--param",
            "fast=10,30",
            "--param",
            "slow=100..300:100",
            "--permutations",
            "30",
            "--noisy",
            "5",
            "--windows",
            "3",
        ]
        .map(String::from)
        .to_vec();
        all.extend(more.iter().map(|s| (*s).to_owned()));
        all
    };
    let run = |more: &[&'static str], files: bool| {
        let mut all = args(more);
        if files {
            for (k, v) in [("--ledger", &ledger), ("--report", &page)] {
                all.extend([k.to_owned(), v.to_str().unwrap().to_owned()]);
            }
        } else {
            all.push("--no-ledger".into());
        }
        sixbtc(&all.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let o = run(&["--all", "--format", "json"], true);
    assert_eq!(o.status.code(), Some(1), "{}", text(&o.stderr));
    let v: Value = serde_json::from_slice(&o.stdout).unwrap();
    assert_eq!((&v["schema"], &v["verdict"]), (&1.into(), &"fail".into()));
    let stages = v["stages"].as_array().unwrap();
    assert_eq!(stages.len(), 15);
    let gate = &stages[1]["gates"][2];
    assert_eq!(gate["name"], "in_sample.trades");
    assert!(gate["explanation"].as_str().unwrap().contains("is asked"));
    assert!(std::fs::read_to_string(&page).unwrap().contains("<html"));
    assert_eq!(std::fs::read_to_string(&ledger).unwrap().lines().count(), 2);
    // trials of the walk forward and of the same program count once, however often it is run
    let again = run(&["--all", "--format", "json"], true);
    assert_eq!(again.stdout, o.stdout);
    let human = run(&[], false);
    assert_eq!(human.status.code(), Some(1));
    let said = text(&human.stdout);
    assert!(said.contains("does not pass"), "{said}");
    assert!(said.contains("stages were not run"), "{said}");
}

#[test]
fn wrong_use_is_told() {
    for (more, says) in [
        (vec!["--objective", "sharp"], "did you mean `sharpe`"),
        (vec!["--train", "10d"], "--test"),
        (vec!["--train", "10y", "--test", "1d"], "is no length"),
        (vec!["--param", "fats=1"], "did you mean `fast`"),
        (vec!["--windows", "0"], "at least 1"),
        (vec!["--space", "pipeline"], "named `sl`"),
    ] {
        let mut args = vec!["walkforward", CROSS, "--data", BTC, "--no-ledger"];
        args.extend(more);
        let o = sixbtc(&args);
        assert_eq!(o.status.code(), Some(2), "{args:?}");
        assert!(
            text(&o.stderr).contains(says),
            "{args:?}: {}",
            text(&o.stderr)
        );
    }
}
