//! `sixbtc up --paper`: the factory beside a simulated exchange, with keys that nobody ever sees.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sixbtc_exchange::keys::testing::leaks_of;
use sixbtc_exchange::keys::{KeyFile, Unlock};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        if entry.path().is_dir() {
            files(&entry.path(), found);
        } else {
            found.push(entry.path());
        }
    }
}

#[test]
fn the_factory_opens_accounts_at_the_simulated_exchange_and_shows_no_key() {
    let dir = tempfile::tempdir().unwrap();
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("hyperliquid.api_url=http://{}", free.local_addr().unwrap());
    drop(free);
    let out = Command::new(env!("CARGO_BIN_EXE_sixbtc"))
        .args(["up", "--paper", "--profile", "demo", "--seconds", "8"])
        .args(["--format", "json", "--set", &url])
        .args([
            "--set",
            "http.enabled=false",
            "--set",
            "logging.level=DEBUG",
        ])
        .arg("--data-dir")
        .arg(dir.path())
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{told}");
    let picture: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert!(picture.is_object());

    // eight subaccounts, each made once, and money to trade with
    let log = std::fs::read_to_string(dir.path().join("logs/executor.log")).unwrap();
    let made = log.matches("a subaccount was made").count();
    assert_eq!(made, 8, "{log}");
    assert!(!log.contains("ERROR"), "{log}");
    assert!(dir.path().join("venue.db").exists());

    let accounts = dir.path().join("accounts");
    let words = accounts.join("paper.passphrase");
    let unlock = Unlock::from_file(&words).unwrap();
    let contents = KeyFile::new(accounts.join("paper.age"))
        .read(&unlock)
        .unwrap();
    assert!(
        contents.entries().len() > 1,
        "a master account and its agents"
    );
    let words = std::fs::read_to_string(&words).unwrap();
    let mut all = Vec::new();
    files(dir.path(), &mut all);
    let mut texts: Vec<(String, Vec<u8>)> = all
        .iter()
        .filter(|path| !path.ends_with("paper.passphrase"))
        .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
        .collect();
    texts.push(("standard output".into(), out.stdout));
    texts.push(("standard error".into(), out.stderr));
    assert!(texts.len() > 10);
    for (what, bytes) in texts {
        assert!(
            leaks_of(&bytes, &contents).is_none(),
            "a key stands in {what}"
        );
        let inside = bytes
            .windows(words.trim().len())
            .any(|w| w == words.trim().as_bytes());
        assert!(!inside, "the passphrase stands in {what}");
    }
}
