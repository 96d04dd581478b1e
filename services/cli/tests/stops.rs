//! `halt`, `close-all`, `resume` and `stops`, as people use them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn run(args: &[&str], dir: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sixbtc"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SIXBTC_")) {
        command.env_remove(name);
    }
    let command = command.args(args).current_dir(dir);
    command.env("NO_COLOR", "1").output().unwrap()
}

fn text(o: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&o.stdout), text(&o.stderr))
}

#[test]
fn a_person_stops_closes_and_resumes() {
    let dir = tempfile::tempdir().unwrap();
    let at = |args: &[&str]| run(args, dir.path());
    let done = |args: &[&str]| {
        let o = at(args);
        assert_eq!(o.status.code(), Some(0), "{args:?}: {}", text(&o));
        text(&o)
    };
    let stops =
        || -> Value { serde_json::from_str(&done(&["--format", "json", "stops"])).unwrap() };
    done(&["db", "migrate"]);
    assert!(done(&["stops"]).contains("no stop is in force"));
    assert!(done(&["halt", "--reason", "odd"]).contains("halt_entries"));
    done(&["halt", "--subaccount", "3", "--reason", "odder"]);
    // the same stop, but worse
    done(&["close-all", "--yes", "--reason", "enough"]);
    let found = stops();
    let found = found["stops"].as_array().unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(
        (&found[0]["action"], &found[0]["reason"]),
        (&"force_close".into(), &"enough".into())
    );
    assert_eq!(found[1]["scope_id"], "3");
    // closing everything is nothing to be typed by chance
    assert_eq!(at(&["close-all", "--reason", "x"]).status.code(), Some(2));
    assert_eq!(at(&["halt"]).status.code(), Some(2));
    assert_eq!(
        at(&["resume", "--cause", "drawdown"]).status.code(),
        Some(1)
    );
    assert!(done(&["resume"]).contains("lifted: portfolio operator"));
    done(&["resume", "--subaccount", "3"]);
    assert!(done(&["parity"]).contains("no live trade was closed"));
    let pairs: Value = serde_json::from_str(&done(&["--format", "json", "parity"])).unwrap();
    assert_eq!((&pairs["schema"], &pairs["days"]), (&1.into(), &7.into()));
    assert!(stops()["stops"].as_array().unwrap().is_empty());
}

#[test]
fn the_kill_file_needs_no_database() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("sixbtc.db"),
        "not a database, whatever is asked of it, all day",
    )
    .unwrap();
    std::fs::create_dir(dir.path().join("data")).unwrap();
    let set = ["--set", "directories.data=data"];
    let at = |args: &[&str]| run(&[args, &set[..]].concat(), dir.path());
    let o = at(&["halt", "--file", "--reason", "the store is gone"]);
    assert_eq!(o.status.code(), Some(0), "{}", text(&o));
    let written = std::fs::read_to_string(dir.path().join("data/KILL")).unwrap();
    assert_eq!(written, "the store is gone\n");
    assert_eq!(at(&["resume", "--file"]).status.code(), Some(0));
    assert!(!dir.path().join("data/KILL").exists());
    assert_eq!(at(&["resume", "--file"]).status.code(), Some(1));
}
