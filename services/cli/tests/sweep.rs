//! `sixbtc sweep`, as people use it: answers, refusals, kills, shards.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

fn repo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn command(args: &[&str]) -> Command {
    let mut c = Command::new(env!("CARGO_BIN_EXE_sixbtc"));
    c.args(args).current_dir(repo()).env("NO_COLOR", "1");
    // trials of tests are no trials of the sample data
    if args[0] == "sweep" && args[1] != "merge" && !args.contains(&"--ledger") {
        c.arg("--no-ledger");
    }
    c
}

fn sixbtc(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const BTC: &str = "tests/data/sample/BTCUSD-30m.csv.gz";
const SMA: &str = "docs/examples/sma_cross.sbt";

/// A sweep of `sma_cross` over the sample with these arguments besides.
fn sweep<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["sweep", SMA, "--data", BTC], more].concat()
}

fn answer(more: &[&str]) -> Value {
    let o = sixbtc(&sweep(&[more, &["--format", "json"]].concat()));
    assert!(o.status.success(), "{}", text(&o.stderr));
    serde_json::from_slice(&o.stdout).unwrap()
}

fn refusal(more: &[&str]) -> String {
    let o = sixbtc(&sweep(more));
    assert_eq!(o.status.code(), Some(2), "{}", text(&o.stdout));
    text(&o.stderr)
}

#[test]
fn the_best_point_is_what_its_backtest_says() {
    let a = answer(&[
        "--param",
        "fast=5..30:5",
        "--param",
        "slow=50,100,200",
        "--metrics",
        "all",
    ]);
    assert_eq!(a["schema"], 1);
    assert_eq!(a["points"], 18);
    assert_eq!(a["pruned"], 0);
    assert_eq!(a["symbols"], 1);
    assert_eq!(a["finished"], true);
    assert!(a["bars"].as_u64().unwrap() > 5_000);
    assert!(a["elapsed_ms"].as_f64().unwrap() > 0.0);
    assert!(a["ns_per_bar_point"].as_f64().unwrap() > 0.0);
    assert!(["bars", "events", "whole"].contains(&a["path"].as_str().unwrap()));
    let best = a["best"].as_array().unwrap();
    assert_eq!(best.len(), 10);
    let worth = |b: &Value| b["objectives"]["sharpe"].as_f64().unwrap();
    assert!(best.windows(2).all(|w| worth(&w[0]) >= worth(&w[1])));
    for point in [&best[0], &best[9]] {
        let fix = |name: &str| format!("{name}={}", point["params"][name]);
        let (fast, slow) = (fix("fast"), fix("slow"));
        let o = sixbtc(&[
            "backtest", SMA, "--data", BTC, "--param", &fast, "--param", &slow, "--format", "json",
        ]);
        let run: Value = serde_json::from_slice(&o.stdout).unwrap();
        let (alone, swept) = (
            run["metrics"].as_object().unwrap(),
            point["metrics"].as_object().unwrap(),
        );
        assert!(swept.len() > 30);
        for (name, value) in swept {
            assert_eq!(value, &alone[name], "{name}");
        }
    }
}

#[test]
fn people_get_a_table_and_a_line() {
    let o = sixbtc(&sweep(&["--param", "slow=50..100:10", "--top", "3"]));
    assert!(o.status.success(), "{}", text(&o.stderr));
    let shown = text(&o.stdout);
    assert!(shown.contains("profit factor"), "{shown}");
    let last = shown.lines().last().unwrap();
    assert!(last.contains("points (4 excluded by require)"), "{last}");
    assert!(last.contains("best sharpe: "), "{last}");
    assert!(
        text(&o.stderr).contains("points to evaluate, 4 excluded by require"),
        "{}",
        text(&o.stderr)
    );
}

#[test]
fn what_does_not_fit_is_refused_with_what_would() {
    assert!(refusal(&["--param", "fsat=1..3"]).contains("did you mean `fast`?"));
    assert!(refusal(&["--param", "fast=5..90:5"]).contains("allowed: 5 to 60, nearest 60"));
    assert!(refusal(&["--objective", "sharp"]).contains("did you mean `sharpe`?"));
    assert!(refusal(&["--objective", "sharpe +"]).contains("ends where a value should stand"));
    assert!(refusal(&["--metrics", "sharp,trades"]).contains("did you mean `sharpe`?"));
    assert!(
        refusal(&["--param", "fast=60", "--param", "slow=50"]).contains("`require fast < slow`")
    );
    assert!(refusal(&["--budget", "5"]).contains("--search random"));
    assert!(refusal(&["--search", "list"]).contains("--points FILE.csv"));
    assert!(refusal(&["--out", "points.txt"]).contains(".parquet or .csv"));
    assert!(refusal(&["--out", "x.csv", "--shard", "3/2"]).contains("2/5"));
    assert!(
        refusal(&["--out", "x.csv", "--shard", "1/100000"]).contains("more than the 312 points")
    );
    assert!(refusal(&["--shard", "1/2"]).contains("--out"));
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("g.csv");
    let genetic = [
        "--search",
        "genetic",
        "--budget",
        "50",
        "--out",
        out.to_str().unwrap(),
        "--shard",
        "1/2",
    ];
    assert!(refusal(&genetic).contains("cannot be cut into shards"));
    assert!(!repo().join("x.csv.parts").exists() && !out.with_extension("csv.parts").exists());
}

#[test]
fn a_huge_grid_is_refused_and_searched_gladly() {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("wide.sbt");
    let params: Vec<String> = (0..4)
        .map(|i| format!("  param p{i}: int = 1 in 1..1000"))
        .collect();
    let sum = "float(p0 + p1 + p2 + p3)";
    let source = format!(
        "#sbt 1\n\nstrategy wide {{\n  on 1h\n\n{}\n\n  let line = sma(close, 20) * (1 + {sum} / 100000)\n\n  enter long when close crosses above line\n  exit long when close crosses below line\n\n  size 100% of equity\n}}\n",
        params.join("\n")
    );
    std::fs::write(&program, source).unwrap();
    let program = program.to_str().unwrap();
    let o = sixbtc(&["sweep", program, "--data", BTC]);
    assert_eq!(o.status.code(), Some(2), "{}", text(&o.stdout));
    let said = text(&o.stderr);
    assert!(
        said.contains("10^12 points") && said.contains("--search random"),
        "{said}"
    );
    let o = sixbtc(&[
        "sweep", program, "--data", BTC, "--search", "sobol", "--budget", "20", "--format", "json",
    ]);
    assert!(o.status.success(), "{}", text(&o.stderr));
    let a: Value = serde_json::from_slice(&o.stdout).unwrap();
    assert_eq!(
        (a["points"].as_u64(), a["space"].as_str()),
        (Some(20), Some("10^12"))
    );
}

#[test]
fn searches_are_the_same_whatever_the_threads() {
    for search in ["random", "sobol", "genetic", "halving"] {
        let of = |threads: &str| {
            let a = answer(&[
                "--search",
                search,
                "--budget",
                "60",
                "--seed",
                "3",
                "--threads",
                threads,
            ]);
            (a["best"].clone(), a["points"].clone(), a["pruned"].clone())
        };
        let one = of("1");
        assert_eq!(one, of("3"), "{search}");
        let points = if search == "halving" { 7 } else { 60 };
        assert_eq!(one.1, points, "{search}");
    }
}

#[test]
fn several_objectives_have_a_front_and_a_list_has_its_points() {
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("points.csv");
    std::fs::write(&list, "fast,slow\n10,50\n20,100\n30,90\n60,50\n").unwrap();
    let a = answer(&[
        "--points",
        list.to_str().unwrap(),
        "--objective",
        "sharpe - 2*max_drawdown",
        "--objective",
        "-max_drawdown",
    ]);
    assert_eq!(
        (a["points"].as_u64(), a["pruned"].as_u64()),
        (Some(3), Some(1))
    );
    let front = a["pareto"].as_array().unwrap();
    assert!(!front.is_empty());
    let best = &a["best"][0];
    let (m, o) = (&best["metrics"], &best["objectives"]);
    let composed = m["sharpe"].as_f64().unwrap() - 2.0 * m["max_drawdown"].as_f64().unwrap();
    assert_eq!(o["sharpe - 2*max_drawdown"].as_f64().unwrap(), composed);
}

#[test]
fn a_strategy_that_never_trades_gets_a_hint() {
    let o = sixbtc(&sweep(&[
        "--to",
        "2017-10-03",
        "--param",
        "fast=5",
        "--param",
        "slow=50,60",
    ]));
    let shown = text(&o.stdout) + &text(&o.stderr);
    assert!(shown.contains("exists for none of the 2 points"), "{shown}");
}

#[test]
fn timeframes_are_programs_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("tf.sbt");
    let source = "#sbt 1\n\nstrategy clocks {\n  param tf: timeframe = 1h in {1h, 4h}\n  on tf\n\n  param fast: bars = 10 in {10, 20}\n\n  enter long when close crosses above sma(close, fast)\n  exit long when close crosses below sma(close, fast)\n\n  size 100% of equity\n}\n";
    std::fs::write(&program, source).unwrap();
    let program = program.to_str().unwrap();
    let out = dir.path().join("r.csv");
    let args = [
        "sweep",
        program,
        "--data",
        BTC,
        "--format",
        "json",
        "--out",
        out.to_str().unwrap(),
    ];
    let o = sixbtc(&args);
    assert!(o.status.success(), "{}", text(&o.stderr));
    let a: Value = serde_json::from_slice(&o.stdout).unwrap();
    assert_eq!(a["points"], 4);
    for best in a["best"].as_array().unwrap() {
        let tf = if best["params"]["tf"].as_f64() == Some(3_600_000.0) {
            "tf=1h"
        } else {
            "tf=4h"
        };
        let fast = format!("fast={}", best["params"]["fast"]);
        let o = sixbtc(&[
            "backtest", program, "--data", BTC, "--param", tf, "--param", &fast, "--format", "json",
        ]);
        assert!(o.status.success(), "{}", text(&o.stderr));
        let run: Value = serde_json::from_slice(&o.stdout).unwrap();
        assert_eq!(best["metrics"]["sharpe"], run["metrics"]["sharpe"]);
    }
    let rows = std::fs::read_to_string(&out).unwrap();
    assert!(rows.starts_with("point,tf,fast,"), "{rows}");
    assert!(
        rows.contains("\n0,1h,10,") && rows.contains("\n3,4h,20,"),
        "{rows}"
    );
}

#[test]
fn a_report_holds_the_points() {
    let dir = tempfile::tempdir().unwrap();
    let page = dir.path().join("page.html");
    let o = sixbtc(&sweep(&[
        "--report",
        page.to_str().unwrap(),
        "--objective",
        "sharpe - max_drawdown",
        "--objective",
        "trades",
    ]));
    assert!(o.status.success(), "{}", text(&o.stderr));
    assert!(text(&o.stdout).contains("report: "));
    let html = std::fs::read_to_string(&page).unwrap();
    for part in [
        "sharpe - max_drawdown",
        "SMA cross",
        "BTCUSD",
        "param slow: bars",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("src=\"http"), "the page loads nothing");
}

#[test]
fn explain_tells_and_runs_nothing() {
    let o = sixbtc(&sweep(&["--explain"]));
    assert!(o.status.success());
    let shown = text(&o.stdout);
    assert!(shown.contains("312 points before any require"), "{shown}");
    assert!(!shown.contains("best sharpe"));
}

/// Waits until the child has ended, or kills it after a while.
fn end(child: &mut Child, after: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < after {
        if child.try_wait().unwrap().is_some() {
            return;
        }
        std::thread::yield_now();
    }
    let _ = child.kill();
    let _ = child.wait();
}

#[test]
fn twenty_kills_change_no_byte() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    for ending in ["parquet", "csv"] {
        let plain = path(&format!("plain.{ending}"));
        let begun = Instant::now();
        let o = sixbtc(&sweep(&["--out", &plain]));
        assert!(o.status.success(), "{}", text(&o.stderr));
        let whole = begun.elapsed();
        let killed = path(&format!("killed.{ending}"));
        // seeded moments over the length of a run: some fall into reading, some into parts, some into the assembly
        let mut state = 7_u64;
        for _ in 0..10 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let share = (state >> 33) as f64 / (1_u64 << 31) as f64;
            let mut child = command(&sweep(&["--out", &killed, "--threads", "2"]))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            end(&mut child, whole.mul_f64(share * 1.1));
        }
        let o = sixbtc(&sweep(&["--out", &killed]));
        assert!(o.status.success(), "{}", text(&o.stderr));
        assert!(
            std::fs::read(&plain).unwrap() == std::fs::read(&killed).unwrap(),
            "{ending} differs"
        );
        assert!(!Path::new(&format!("{killed}.parts")).exists());
        // another program or setting may not continue there
        let o = sixbtc(&sweep(&["--out", &killed, "--set", "slippage=0.001"]));
        assert_eq!(o.status.code(), Some(2));
        assert!(
            text(&o.stderr).contains("setting slippage: 0.0005 there, 0.001 here"),
            "{}",
            text(&o.stderr)
        );
    }
}

#[test]
fn shards_are_put_together_to_the_byte() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let whole = path("whole.parquet");
    assert!(
        sixbtc(&sweep(&[
            "--out", &whole, "--search", "random", "--budget", "40"
        ]))
        .status
        .success()
    );
    let shards: Vec<String> = (1..=3).map(|i| path(&format!("s{i}.parquet"))).collect();
    for (i, shard) in shards.iter().enumerate() {
        let which = format!("{}/3", i + 1);
        let o = sixbtc(&sweep(&[
            "--out", shard, "--shard", &which, "--search", "random", "--budget", "40",
        ]));
        assert!(o.status.success(), "{}", text(&o.stderr));
    }
    let merged = path("merged.parquet");
    let o = sixbtc(&["sweep", "merge", &merged, &shards[2], &shards[0]]);
    assert_eq!(o.status.code(), Some(2));
    assert!(text(&o.stderr).contains("shard 2/3 is missing"));
    let o = sixbtc(&[
        "sweep", "merge", &merged, &shards[2], &shards[0], &shards[1], "--format", "json",
    ]);
    assert!(o.status.success(), "{}", text(&o.stderr));
    let a: Value = serde_json::from_slice(&o.stdout).unwrap();
    assert_eq!(
        (a["points"].as_u64(), a["shards"].as_u64()),
        (Some(40), Some(3))
    );
    assert!(std::fs::read(&whole).unwrap() == std::fs::read(&merged).unwrap());
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_is_finished() {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("slow.sbt");
    let source = "#sbt 1\n\nstrategy slow {\n  on 1h\n\n  param a: int = 5 in 5..60\n  param b: int = 50 in 50..300\n  param loss: percent = 2% in 1%..5% step 0.05%\n\n  enter long when sma(close, bars(a)) crosses above sma(close, bars(b)) {\n    stop loss\n  }\n\n  size 100% of equity\n}\n";
    std::fs::write(
        &program,
        source
            .replace("bars(a)", "a")
            .replace("bars(b)", "b")
            .replace("int", "bars"),
    )
    .unwrap();
    let out = dir.path().join("r.parquet");
    let args = [
        "sweep",
        program.to_str().unwrap(),
        "--data",
        BTC,
        "--out",
        out.to_str().unwrap(),
    ];
    let child = command(&args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let parts = dir.path().join("r.parquet.parts");
    let there = || {
        std::fs::read_dir(&parts).is_ok_and(|d| {
            d.flatten()
                .any(|e| e.path().extension().is_some_and(|x| x == "part"))
        })
    };
    let begun = Instant::now();
    while !there() && begun.elapsed() < Duration::from_mins(2) {
        std::thread::yield_now();
    }
    assert!(there(), "no part was finished");
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let o = child.wait_with_output().unwrap();
    assert_eq!(o.status.code(), Some(3), "{}", text(&o.stderr));
    let shown = text(&o.stdout);
    assert!(
        shown.contains("the same command goes on from there"),
        "{shown}"
    );
    assert!(!out.exists() && there());
}

#[test]
fn every_point_is_counted_as_a_trial_once() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("trials.jsonl");
    let args = sweep(&[
        "--param",
        "fast=5,10",
        "--param",
        "slow=50,60,70",
        "--ledger",
        ledger.to_str().unwrap(),
    ]);
    for _ in 0..2 {
        let o = sixbtc(&args);
        assert!(o.status.success(), "{}", text(&o.stderr));
    }
    let lines = std::fs::read_to_string(&ledger).unwrap();
    assert_eq!(
        lines.lines().count(),
        1,
        "the same sweep again is no new trial"
    );
    let record: Value = serde_json::from_str(lines.trim()).unwrap();
    assert_eq!(record["points"].as_u64(), Some(6), "{record}");
    let without = [
        args.as_slice(),
        &["--objective", "total_return", "--metrics", "trades"],
    ]
    .concat();
    let o = sixbtc(&without);
    assert!(
        text(&o.stderr).contains("not counted as trials"),
        "{}",
        text(&o.stderr)
    );
}
