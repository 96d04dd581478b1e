//! Every page in a browser: it becomes ready, and nothing fails or is refused.
//!
//! ```sh
//! cargo test -p sixbtc-report --test browser -- --ignored
//! ```
//!
//! `SIXBTC_BROWSER` names the browser, else `chromium`, `google-chrome` and `chrome` are tried.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "support/lab.rs"]
mod lab;

use sixbtc_report::ReportData;
use sixbtc_report::lab::{
    SweepPage, ValidationPage, WalkForwardPage, render_sweep, render_validation,
    render_walk_forward,
};
use std::process::Command;

fn browser() -> String {
    std::env::var("SIXBTC_BROWSER").unwrap_or_else(|_| {
        ["chromium", "google-chrome", "chrome"]
            .into_iter()
            .find(|name| {
                Command::new(name)
                    .arg("--version")
                    .output()
                    .is_ok_and(|out| out.status.success())
            })
            .expect("a browser")
            .to_owned()
    })
}

#[test]
#[ignore = "needs Chromium"]
fn every_page_becomes_ready() {
    let dir = tempfile::tempdir().unwrap();
    let browser = browser();
    let pages = [
        (
            "backtest-empty",
            sixbtc_report::render(&ReportData::default()),
        ),
        ("sweep", render_sweep(&lab::sweep_page([12, 14, 5, 3]))),
        ("sweep-one", render_sweep(&lab::sweep_page([1, 1, 1, 1]))),
        ("sweep-line", render_sweep(&lab::sweep_page([9, 1, 1, 1]))),
        ("sweep-empty", render_sweep(&SweepPage::default())),
        ("walk", render_walk_forward(&lab::walk_forward_page(12))),
        ("walk-none", render_walk_forward(&lab::walk_forward_page(0))),
        (
            "walk-empty",
            render_walk_forward(&WalkForwardPage::default()),
        ),
        ("validation", render_validation(&lab::validation_page())),
        (
            "validation-empty",
            render_validation(&ValidationPage::default()),
        ),
    ];
    for (name, text) in pages {
        let path = dir.path().join(format!("{name}.html"));
        std::fs::write(&path, text.unwrap()).unwrap();
        let profile = dir.path().join("profile");
        let out = Command::new(&browser)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--enable-logging=stderr",
                "--virtual-time-budget=4000",
                "--dump-dom",
            ])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(format!("file://{}", path.display()))
            .output()
            .unwrap();
        let dom = String::from_utf8_lossy(&out.stdout);
        let log = String::from_utf8_lossy(&out.stderr);
        let said: Vec<_> = log.lines().filter(|l| l.contains("CONSOLE")).collect();
        assert!(said.is_empty(), "{name}: {said:?}");
        let opening = dom.get(..400).unwrap_or(&dom);
        assert!(dom.contains("data-ready=\"wholly\""), "{name}: {opening}");
        println!("{name}: ready");
    }
}
