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
    let done = |args: &[&str]| {
        let o = at(args);
        assert_eq!(o.status.code(), Some(0), "{args:?}: {}", text(&o));
    };
    // what is not there is not made by looking at it
    assert_ne!(at(&["check"]).status.code(), Some(0));
    assert!(!dir.path().join("sixbtc.db").exists());
    done(&["migrate"]);
    done(&["check"]);
    done(&["backup", "copy.db"]);
    // a backup is never written over
    assert_ne!(at(&["backup", "copy.db"]).status.code(), Some(0));
    done(&["restore", "copy.db", "--database", "sqlite://other.db"]);
    done(&["check", "--database", "sqlite://other.db"]);
}

#[test]
fn what_is_no_store_is_told_in_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("sixbtc.db"),
        "not a database at all, but long enough to be read as one",
    )
    .unwrap();
    let o = db(&["check"], dir.path());
    assert_eq!(o.status.code(), Some(3), "{}", text(&o));
    assert!(!text(&o).contains("panicked"), "{}", text(&o));
    assert!(text(&o).contains("sixbtc.db"), "{}", text(&o));
}
