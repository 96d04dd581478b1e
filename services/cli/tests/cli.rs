//! The built binary, as people use it: answers, exit codes, files, refusals.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn repo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sixbtc(args: &[&str], dir: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sixbtc"))
        .args(args)
        .current_dir(dir)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

/// Runs in the repository's root.
fn here(args: &[&str]) -> Output {
    sixbtc(args, &repo())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const BTC: &str = "tests/data/sample/BTCUSD-30m.csv.gz";

#[test]
fn backtest_writes_all_reports_and_its_figures_hold() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("report");
    let o = here(&[
        "backtest",
        "docs/examples/sma_cross.sbt",
        "--data",
        BTC,
        "--out",
        out.to_str().unwrap(),
    ]);
    assert!(o.status.success(), "{}", text(&o.stderr));
    assert!(
        text(&o.stdout).contains("first tradable bar: 2017-10-05T04:00:00Z (warm-up 100 bars)")
    );
    let trades = std::fs::read_to_string(out.join("trades.csv")).unwrap();
    assert_eq!(
        trades.lines().next().unwrap(),
        "id,symbol,side,tag,entry_time,entry_price,exit_time,exit_price,size,notional,leverage,fees,funding,slippage,pnl,\
         pnl_pct,return_r,bars,mae_pct,mfe_pct,exit_reason,ambiguous"
    );
    assert_eq!(trades.lines().count(), 113, "112 trades and the header");
    let equity = std::fs::read_to_string(out.join("equity.csv")).unwrap();
    assert_eq!(
        equity.lines().next().unwrap(),
        "time,equity,cash,exposure,drawdown"
    );
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join("report.json")).unwrap()).unwrap();
    // what was won and lost is what the account shows
    let pnl: f64 = trades
        .lines()
        .skip(1)
        .map(|l| l.split(',').nth(14).unwrap().parse::<f64>().unwrap())
        .sum();
    let last = report["metrics"]["final_equity"].as_f64().unwrap();
    assert!((10_000.0 + pnl - last).abs() < 1e-6, "{pnl} {last}");
    assert!(report["run"]["hash"].as_str().unwrap().len() == 64);
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") || page.starts_with("<!DOCTYPE html>"));
    assert!(!page.contains("src=\"http"), "the page loads nothing");
}

#[test]
fn a_run_repeats_to_the_byte_and_on_the_oracle() {
    let dir = tempfile::tempdir().unwrap();
    let run = |name: &str, more: &[&str]| {
        let out = dir.path().join(name);
        let mut args = vec![
            "backtest",
            "docs/examples/donchian.sbt",
            "--data",
            "tests/data/sample/ETHUSD-30m.csv.gz",
        ];
        args.extend(["--to", "2018-01-15", "--out", out.to_str().unwrap()]);
        args.extend(more);
        let o = here(&args);
        assert!(o.status.success(), "{}", text(&o.stderr));
        let file = |f: &str| std::fs::read(out.join(f)).unwrap();
        (file("trades.csv"), file("equity.csv"), file("report.json"))
    };
    let first = run("a", &[]);
    assert!(text(&first.0).lines().count() > 5, "nothing was traded");
    assert_eq!(first, run("b", &[]));
    assert_eq!(
        first,
        run("c", &["--backend", "interpreter"]),
        "interpreter and native code differ"
    );
}

#[test]
fn several_symbols_share_one_account() {
    let o = here(&[
        "backtest",
        "docs/examples/sma_cross.sbt",
        "--data",
        "tests/data/sample",
        "--format",
        "json",
    ]);
    assert!(o.status.success(), "{}", text(&o.stderr));
    let r: serde_json::Value = serde_json::from_slice(&o.stdout).unwrap();
    assert_eq!(r["run"]["data"].as_array().unwrap().len(), 4);
    assert!(r["metrics"]["trades"].as_f64().unwrap() > 300.0);
}

#[test]
fn answers_have_their_exit_codes() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("bad.sbt"),
        "#sbt 1\n\nstrategy b {\n  on 1h\n  enter long when close[-1] > close\n}\n",
    )
    .unwrap();
    let o = sixbtc(&["check", "bad.sbt"], dir.path());
    assert_eq!(o.status.code(), Some(1));
    assert!(text(&o.stderr).contains("E0301"));
    let o = sixbtc(&["check", "--format", "json", "bad.sbt"], dir.path());
    let answer: serde_json::Value = serde_json::from_slice(&o.stdout).unwrap();
    assert_eq!(answer["diagnostics"][0]["code"], "E0301");
    assert_eq!(answer["diagnostics"][0]["fix"]["replace"], "close[1]");
    assert_eq!(
        sixbtc(&["check", "missing.sbt"], dir.path()).status.code(),
        Some(2)
    );
    assert_eq!(sixbtc(&["nonsense"], dir.path()).status.code(), Some(2));
    assert_eq!(sixbtc(&["--help"], dir.path()).status.code(), Some(0));
    assert_eq!(
        sixbtc(&["explain", "E9999"], dir.path()).status.code(),
        Some(2)
    );
}

#[test]
fn wrong_input_is_named_with_the_right_one() {
    let with = |more: &[&str]| {
        let mut args = vec!["backtest", "docs/examples/sma_cross.sbt", "--data", BTC];
        args.extend(more);
        let o = here(&args);
        assert_eq!(o.status.code(), Some(2), "{more:?}: {}", text(&o.stdout));
        text(&o.stderr)
    };
    assert!(with(&["--param", "fsat=10"]).contains("did you mean `fast`?"));
    assert!(with(&["--param", "fast=1000"]).contains("5 to 60"));
    assert!(with(&["--param", "fast=ten"]).contains("not a number"));
    assert!(with(&["--param", "fast"]).contains("has no `=`"));
    assert!(with(&["--param", "fast=60", "--param", "slow=50"]).contains("fast < slow"));
    assert!(with(&["--set", "slipage=0.1"]).contains("did you mean `slippage`?"));
    assert!(with(&["--set", "slippage=-1"]).contains("slippage"));
    assert!(with(&["--from", "yesterday"]).contains("not a day or time"));
    assert!(with(&["--strategy", "other"]).contains("`sma_cross`"));
    let o = here(&["backtest", "docs/examples/rsi_reversion.sbt", "--data", BTC]);
    assert_eq!(o.status.code(), Some(2));
    assert!(
        text(&o.stderr).contains("cannot be made from longer ones"),
        "{}",
        text(&o.stderr)
    );
    let o = here(&[
        "backtest",
        "docs/examples/sma_cross.sbt",
        "--data",
        "nowhere.csv",
    ]);
    assert_eq!(o.status.code(), Some(2));
    assert!(text(&o.stderr).contains("nowhere.csv"));
}

#[test]
fn fmt_changes_what_is_not_canonical_and_only_that() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.sbt");
    std::fs::write(
        &file,
        "#sbt 1\nstrategy a {\non 1h\nenter long when close>open // up\n}\n",
    )
    .unwrap();
    assert_eq!(
        sixbtc(&["fmt", "--check", "a.sbt"], dir.path())
            .status
            .code(),
        Some(1)
    );
    assert_eq!(sixbtc(&["fmt", "a.sbt"], dir.path()).status.code(), Some(0));
    let once = std::fs::read_to_string(&file).unwrap();
    assert!(once.contains("  enter long when close > open // up"));
    assert_eq!(
        sixbtc(&["fmt", "--check", "a.sbt"], dir.path())
            .status
            .code(),
        Some(0)
    );
}

#[test]
fn new_strategies_check_test_and_run() {
    let dir = tempfile::tempdir().unwrap();
    for template in ["cross", "reversion", "breakout"] {
        let name = format!("my_{template}");
        let o = sixbtc(&["new", &name, "--template", template], dir.path());
        assert!(o.status.success(), "{}", text(&o.stderr));
        let file = format!("{name}.sbt");
        for command in [
            &["check", &file][..],
            &["fmt", "--check", &file],
            &["test", &file],
        ] {
            let o = sixbtc(command, dir.path());
            assert!(
                o.status.success(),
                "{command:?}: {}{}",
                text(&o.stdout),
                text(&o.stderr)
            );
        }
        let data = repo().join(BTC);
        let o = sixbtc(
            &["backtest", &file, "--data", data.to_str().unwrap()],
            dir.path(),
        );
        assert!(o.status.success(), "{}", text(&o.stderr));
        assert_eq!(
            sixbtc(&["new", &name], dir.path()).status.code(),
            Some(2),
            "an existing file stays"
        );
    }
    assert_eq!(sixbtc(&["new", "1bad"], dir.path()).status.code(), Some(2));
}

#[test]
fn eval_prints_csv_that_reads_back() {
    let o = here(&[
        "eval",
        "bollinger(close, 20)",
        "--data",
        BTC,
        "--tf",
        "4h",
        "--to",
        "2017-10-10",
    ]);
    assert!(o.status.success(), "{}", text(&o.stderr));
    let out = text(&o.stdout);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0].split(',').count(), 4);
    assert!(lines[0].starts_with("time,"));
    assert_eq!(
        lines[19], "2017-10-04T00:00:00Z,,,",
        "no value before the lookback"
    );
    let row: Vec<f64> = lines[20]
        .split(',')
        .skip(1)
        .map(|v| v.parse().unwrap())
        .collect();
    assert!(row.iter().all(|v| v.is_finite()));
    let oracle = here(&[
        "eval",
        "bollinger(close, 20)",
        "--data",
        BTC,
        "--tf",
        "4h",
        "--to",
        "2017-10-10",
        "--backend",
        "interpreter",
    ]);
    assert_eq!(out, text(&oracle.stdout));
    assert_eq!(
        here(&["eval", "clse", "--data", BTC]).status.code(),
        Some(1)
    );
}

#[test]
fn the_store_takes_lists_verifies_and_gives_back() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    assert!(
        sixbtc(
            &[
                "data", "synth", "--bars", "3000", "--tf", "1m", "--seed", "7", "--out", "S-1m.csv"
            ],
            at
        )
        .status
        .success()
    );
    let o = sixbtc(&["data", "import", "S-1m.csv", "--symbol", "SYN"], at);
    assert!(o.status.success(), "{}", text(&o.stderr));
    assert!(text(&sixbtc(&["data", "list"], at).stdout).contains("SYN"));
    assert!(sixbtc(&["data", "verify"], at).status.success());
    assert!(
        sixbtc(
            &[
                "data", "resample", "--symbol", "SYN", "--tf", "1m", "--to-tf", "1h"
            ],
            at
        )
        .status
        .success()
    );
    assert!(
        sixbtc(
            &[
                "data", "export", "--symbol", "SYN", "--tf", "1m", "--out", "back.csv"
            ],
            at
        )
        .status
        .success()
    );
    let o = sixbtc(&["eval", "close", "--data", "SYN", "--tf", "1m"], at);
    assert_eq!(text(&o.stdout).lines().count(), 3001);
    // a byte changed on disk is noticed
    let file = at.join("data/SYN/1m.parquet");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let o = sixbtc(&["data", "verify"], at);
    assert_ne!(o.status.code(), Some(0), "{}", text(&o.stdout));
}

#[test]
fn experiments_find_nothing_in_causal_programs() {
    let o = here(&[
        "check",
        "docs/examples/donchian.sbt",
        "--prefix",
        "--recursive",
        "--data",
        BTC,
    ]);
    let out = text(&o.stdout);
    assert!(o.status.success(), "{out}");
    assert!(
        out.contains("every decision before the cut is the same to the bit"),
        "{out}"
    );
    assert!(out.contains("settled bars"), "{out}");
}

#[test]
fn runs_compare_side_by_side() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    for (out, fast) in [(&a, "10"), (&b, "20")] {
        let param = format!("fast={fast}");
        let o = here(&[
            "backtest",
            "docs/examples/sma_cross.sbt",
            "--data",
            BTC,
            "--param",
            &param,
            "--out",
            out.to_str().unwrap(),
        ]);
        assert!(o.status.success(), "{}", text(&o.stderr));
    }
    let o = here(&[
        "compare",
        a.to_str().unwrap(),
        b.to_str().unwrap(),
        "--format",
        "json",
    ]);
    let c: serde_json::Value = serde_json::from_slice(&o.stdout).unwrap();
    assert_eq!(c["runs"].as_array().unwrap().len(), 2);
    assert!(
        c["differences"]
            .as_array()
            .unwrap()
            .iter()
            .any(|d| d["name"].as_str().unwrap().contains("fast"))
    );
    let o = here(&["compare", a.to_str().unwrap(), "nowhere"]);
    assert_eq!(o.status.code(), Some(3));
}

#[test]
fn inspect_shows_every_stage() {
    for emit in ["tokens", "ast", "hir", "ir", "clif", "asm"] {
        let o = here(&["inspect", "docs/examples/sma_cross.sbt", "--emit", emit]);
        assert!(o.status.success(), "{emit}: {}", text(&o.stderr));
        assert!(o.stdout.len() > 200, "{emit}");
    }
    let o = here(&["inspect", "docs/examples/sma_cross.sbt", "--emit", "llvm"]);
    if cfg!(feature = "llvm") {
        assert!(text(&o.stdout).contains("define "), "{}", text(&o.stderr));
    } else {
        assert_eq!(o.status.code(), Some(2));
        assert!(text(&o.stderr).contains("--features llvm"));
    }
}

#[test]
fn hostile_sources_are_answered_not_crashed_on() {
    let dir = tempfile::tempdir().unwrap();
    let deep = format!(
        "#sbt 1\nstrategy d {{\n  on 1h\n  let x = {}1{}\n}}\n",
        "(".repeat(5000),
        ")".repeat(5000)
    );
    let long = format!(
        "#sbt 1\nstrategy d {{\n  on 1h\n  let x = 1{}\n}}\n",
        " + 1".repeat(20_000)
    );
    let fold = "#sbt 1\nstrategy d {\n  on 1h\n  let x = sum(i in 0..<100000: sum(j in 0..<100000: close * (i + j)))\n  enter long when x > price(1)\n}\n";
    for (name, bytes) in [
        ("bytes", vec![0xff, 0xfe, 0x00, 0x80, b'{', b'"']),
        ("empty", Vec::new()),
        ("deep", deep.into_bytes()),
        ("long", long.into_bytes()),
        ("fold", fold.as_bytes().to_vec()),
        ("nul", vec![0; 4096]),
    ] {
        let file = dir.path().join(format!("{name}.sbt"));
        std::fs::write(&file, bytes).unwrap();
        let o = sixbtc(&["check", file.to_str().unwrap()], dir.path());
        let code = o.status.code();
        assert!(
            code == Some(1) || code == Some(2),
            "{name}: {code:?} {}",
            text(&o.stderr)
        );
        assert!(
            !text(&o.stderr).contains("panicked"),
            "{name}: {}",
            text(&o.stderr)
        );
    }
}

#[test]
fn every_example_is_backtested() {
    let dir = tempfile::tempdir().unwrap();
    let fine = dir.path().join("SYN-5m.parquet");
    let fine = fine.to_str().unwrap();
    let o = here(&[
        "data", "synth", "--bars", "60000", "--tf", "5m", "--seed", "11", "--out", fine,
    ]);
    assert!(o.status.success(), "{}", text(&o.stderr));
    for (example, data) in [
        ("sma_cross", BTC),
        ("donchian", BTC),
        ("rsi_reversion", fine),
        ("mtf_pullback", fine),
        ("unger_bidirectional", fine),
    ] {
        let file = format!("docs/examples/{example}.sbt");
        let o = here(&["backtest", &file, "--data", data, "--format", "json"]);
        assert!(o.status.success(), "{example}: {}", text(&o.stderr));
        let r: serde_json::Value = serde_json::from_slice(&o.stdout).unwrap();
        assert!(
            r["metrics"]["trades"].as_f64().unwrap() > 0.0,
            "{example} never traded"
        );
    }
}

#[test]
fn fix_applies_what_is_certain_and_names_what_is_a_guess() {
    let dir = tempfile::tempdir().unwrap();
    let wrong = "#sbt 1\n\nuse patterns/unger\n\nstrategy s {\n  on 1h\n\n  let top = close + 2%\n\n  enter long when high > top and smaa(close, 10) > 5\n  exit long when close < sma(close, 20)\n\n  size 100% of equity\n}\n";
    std::fs::write(dir.path().join("s.sbt"), wrong).unwrap();
    let run = |args: &[&str]| sixbtc(args, dir.path());
    let read = || std::fs::read_to_string(dir.path().join("s.sbt")).unwrap();

    let dry = run(&["fix", "--dry-run", "s.sbt"]);
    assert_eq!(dry.status.code(), Some(1));
    assert!(text(&dry.stdout).contains("+  let top = close * (1 + 2%)"));
    assert_eq!(read(), wrong, "a dry run changes nothing");

    let some = run(&["fix", "s.sbt"]);
    assert_eq!(some.status.code(), Some(1), "an error is left");
    assert!(
        text(&some.stdout).contains("1 more with --guess"),
        "{}",
        text(&some.stdout)
    );
    assert!(text(&some.stderr).contains("s.sbt:8: E0402"));

    let all = run(&["fix", "--guess", "s.sbt"]);
    assert_eq!(all.status.code(), Some(0), "{}", text(&all.stderr));
    assert!(read().contains("sma(close, 10) > price(5)") && !read().contains("use "));
    assert!(run(&["check", "s.sbt"]).stderr.is_empty());
    assert!(text(&run(&["fix", "s.sbt"]).stdout).contains("nothing to repair"));

    let edition = run(&["fix", "--edition", "2", "s.sbt"]);
    assert_eq!(edition.status.code(), Some(2));
    assert!(text(&edition.stderr).contains("there is no edition 2"));
}

#[test]
fn modules_lie_next_to_the_program_and_are_pinned_by_their_text() {
    let dir = tempfile::tempdir().unwrap();
    let module = |n: u32| {
        format!("#sbt 1\n\nindicator rising() -> bool {{\n  give close > sma(close, {n})\n}}\n")
    };
    std::fs::create_dir(dir.path().join("filters")).unwrap();
    std::fs::write(dir.path().join("filters/trend.sbt"), module(20)).unwrap();
    let main = "#sbt 1\n\nuse filters/trend\n\nstrategy s {\n  on 4h\n\n  enter long when rising()\n  exit long when not rising()\n\n  size 100% of equity\n}\n";
    std::fs::write(dir.path().join("s.sbt"), main).unwrap();
    let data = repo().join(BTC);
    let data = data.to_str().unwrap();
    let hash = || {
        let o = sixbtc(
            &["--format", "json", "backtest", "s.sbt", "--data", data],
            dir.path(),
        );
        assert!(o.status.success(), "{}", text(&o.stderr));
        let v: serde_json::Value = serde_json::from_slice(&o.stdout).unwrap();
        v["run"]["source"].as_str().unwrap().to_string()
    };
    let check = sixbtc(&["check", "s.sbt"], dir.path());
    assert!(
        text(&check.stdout).contains("uses filters/trend ("),
        "{}",
        text(&check.stdout)
    );
    let first = hash();
    assert_eq!(first, hash());
    std::fs::write(dir.path().join("filters/trend.sbt"), module(21)).unwrap();
    assert_ne!(first, hash(), "another module text is another program");
}

#[test]
fn a_portfolio_runs_over_a_directory_and_writes_what_it_held() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("report");
    let program = "docs/examples/momentum_rank.sbt";
    let o = here(&["check", program]);
    assert!(o.status.success(), "{}", text(&o.stderr));
    let o = here(&[
        "backtest",
        program,
        "--data",
        "tests/data/sample",
        "--param",
        "n=3",
        "--out",
        out.to_str().unwrap(),
    ]);
    assert!(o.status.success(), "{}", text(&o.stderr));
    for file in [
        "report.html",
        "report.json",
        "trades.csv",
        "equity.csv",
        "holdings.csv",
    ] {
        assert!(out.join(file).is_file(), "{file}");
    }
    let holdings = std::fs::read_to_string(out.join("holdings.csv")).unwrap();
    assert_eq!(
        holdings.lines().next().unwrap(),
        "time,symbol,side,weight,score,exposure"
    );
    let trades = std::fs::read_to_string(out.join("trades.csv")).unwrap();
    assert!(trades.contains(",rebalance,"), "{trades}");
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join("report.json")).unwrap()).unwrap();
    let pnl: f64 = trades
        .lines()
        .skip(1)
        .map(|l| l.split(',').nth(14).unwrap().parse::<f64>().unwrap())
        .sum();
    let last = report["metrics"]["final_equity"].as_f64().unwrap();
    assert!((10_000.0 + pnl - last).abs() < 1e-6, "{pnl} {last}");
    let o = here(&["check", program, "--prefix", "--data", BTC]);
    assert_eq!(o.status.code(), Some(2));
    assert!(text(&o.stderr).contains("is a portfolio"));
}
