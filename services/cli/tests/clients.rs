//! The official Python SDK and ccxt trade at the built command, at the wall's time: the scenarios of `tests/venue` but for the
//! parts that move the venue's clock, which the crate of the venue plays.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Ended with the test, however it ends.
struct Venue(Child);

impl Drop for Venue {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/venue")
}

fn start() -> (Venue, String) {
    let child = Command::new(env!("CARGO_BIN_EXE_sixbtc"))
        .args(["venue", "--port", "0", "--coin", "BTC", "--coin", "ETH"])
        .args(["--control", "--no-limits", "--seconds", "600"])
        .stdout(Stdio::piped())
        .spawn();
    let mut venue = Venue(child.unwrap());
    let mut line = String::new();
    let mut out = BufReader::new(venue.0.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let url = line
        .strip_prefix("listening on ")
        .and_then(|rest| rest.split_once(": "));
    let url = url.expect("where it listens").0.to_owned();
    (venue, url)
}

#[test]
fn official_clients_trade_at_the_command() {
    let made = Command::new("python3")
        .arg(scripts().join("environment.py"))
        .output();
    let made = made.expect("python3, which tests/run.sh installs");
    let error = String::from_utf8_lossy(&made.stderr);
    assert!(
        made.status.success(),
        "the clients cannot be installed: {error}"
    );
    let python = String::from_utf8(made.stdout).unwrap();
    for script in ["sdk.py", "unified.py"] {
        let (_venue, url) = start();
        let done = Command::new(python.trim())
            .arg(scripts().join(script))
            .args([&url, "--wall"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        let error = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{script}:\n{said}{error}");
        assert!(said.contains("statements hold"), "{said}");
    }
}
