//! `sixbtc db`, as people use it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;
use std::process::{Command, Output};

fn db(args: &[&str], dir: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sixbtc"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SIXBTC_")) {
        command.env_remove(name);
    }
    let command = command.arg("db").args(args).current_dir(dir);
    command.env("NO_COLOR", "1").output().unwrap()
}

fn text(o: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&o.stdout), text(&o.stderr))
}

#[test]
fn a_store_is_made_checked_copied_and_put_back() {
    let dir = tempfile::tempdir().unwrap();
    let at = |args: &[&str]| db(args, dir.path());
    // what is not there is not made by looking at it
    let o = at(&["check"]);
    assert_eq!(o.status.code(), Some(3), "{}", text(&o));
    assert!(!dir.path().join("sixbtc.db").exists());
    let o = at(&["migrate"]);
    assert_eq!(o.status.code(), Some(0), "{}", text(&o));
    assert!(text(&o).contains("of the schema"), "{}", text(&o));
    let o = at(&["check"]);
    assert_eq!(o.status.code(), Some(0), "{}", text(&o));
    assert_eq!(at(&["backup", "copy.db"]).status.code(), Some(0));
    let o = at(&["backup", "copy.db"]);
    assert_eq!(o.status.code(), Some(3));
    assert!(text(&o).contains("never written over"), "{}", text(&o));
    let o = at(&["backup", "--format", "json"]);
    let answer: serde_json::Value = serde_json::from_slice(&o.stdout).unwrap();
    assert!(answer["file"].as_str().unwrap().starts_with("backups/sixbtc-"));
    let o = at(&["restore", "copy.db", "--database", "sqlite://other.db"]);
    assert_eq!(o.status.code(), Some(0), "{}", text(&o));
    let o = at(&["check", "--database", "sqlite://other.db"]);
    assert_eq!(o.status.code(), Some(0), "{}", text(&o));
    let o = at(&["restore", "none.db"]);
    assert_eq!(o.status.code(), Some(3), "{}", text(&o));
    std::fs::write(dir.path().join("junk.db"), "no database").unwrap();
    let o = at(&["check", "--database", "sqlite://junk.db"]);
    assert_eq!(o.status.code(), Some(3), "{}", text(&o));
}
