//! All services under a real supervisord, as operators use it. Needs `supervisord` and `supervisorctl`: `tests/run.sh` installs
//! them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sixbtc_core::daemon::ROLES;
use sixbtc_core::testing::Test;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// More than a machine under load needs for what takes seconds.
const LONG: Duration = Duration::from_mins(3);

struct Supervisor {
    directory: tempfile::TempDir,
    daemon: Child,
    /// The server lives as long as this does.
    _database: Option<(tokio::runtime::Runtime, Test)>,
}

impl Supervisor {
    /// Eleven services over `PostgreSQL` in an empty directory, none of which listens on a port that another test may want.
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let given = std::env::var("SIXBTC_TEST_SUPERVISOR_DATABASE").ok();
        let database = given.is_none().then(|| {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let test = runtime.block_on(Test::postgres());
            (runtime, test)
        });
        let url = given
            .or_else(|| Some(database.as_ref()?.1.url.clone()))
            .unwrap();
        let settings = format!("[http]\nenabled = false\n[database]\nurl = \"{url}\"\n");
        std::fs::write(directory.path().join("sixbtc.toml"), settings).unwrap();
        let installed = Command::new(env!("CARGO_BIN_EXE_sixbtc"))
            .args(["service", "install", "--supervisor"])
            .current_dir(directory.path())
            .output()
            .unwrap();
        assert!(
            installed.status.success(),
            "{}",
            String::from_utf8_lossy(&installed.stderr)
        );
        let daemon = Command::new("supervisord")
            .args(["--nodaemon", "-c"])
            .arg(configuration(directory.path()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("supervisord is not installed: apt-get install supervisor");
        Self {
            directory,
            daemon,
            _database: database,
        }
    }

    fn ctl(&self, words: &[&str]) -> String {
        let out = Command::new("supervisorctl")
            .arg("-c")
            .arg(configuration(self.directory.path()))
            .args(words)
            .output()
            .unwrap();
        let text = [out.stdout, out.stderr].concat();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Each service's state and process.
    fn status(&self) -> BTreeMap<String, (String, Option<u32>)> {
        let text = self.ctl(&["status"]);
        text.lines()
            .filter_map(|line| {
                let mut words = line.split_whitespace();
                let name = words.next()?.strip_prefix("sixbtc:")?.to_owned();
                let state = words.next()?.to_owned();
                let pid = line
                    .split_once("pid ")
                    .and_then(|(_, rest)| rest.split(',').next()?.parse().ok());
                Some((name, (state, pid)))
            })
            .collect()
    }

    /// Asks until all eleven are in this state.
    fn all_are(&self, state: &str) -> BTreeMap<String, (String, Option<u32>)> {
        let since = Instant::now();
        loop {
            let now = self.status();
            if now.len() == ROLES.len() && now.values().all(|(s, _)| s == state) {
                return now;
            }
            let fatal = now.values().any(|(s, _)| s == "FATAL");
            assert!(
                !fatal && since.elapsed() < LONG,
                "not all are {state}:\n{}\n{}\n{}",
                self.ctl(&["status"]),
                self.log(),
                self.last_words()
            );
        }
    }

    fn log(&self) -> String {
        let path = self.directory.path().join("supervisor/supervisord.log");
        std::fs::read_to_string(path).unwrap_or_default()
    }

    fn last_words(&self) -> String {
        ROLES
            .iter()
            .map(|role| {
                let name = format!("logs/{}.log", role.service);
                let text =
                    std::fs::read_to_string(self.directory.path().join(name)).unwrap_or_default();
                let lines: Vec<&str> = text.lines().rev().take(3).collect();
                lines.join("\n")
            })
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.ctl(&["shutdown"]);
        let _ = self.daemon.wait();
    }
}

fn configuration(directory: &Path) -> PathBuf {
    directory.join("supervisor/supervisord.conf")
}

/// Services in the order in which the supervisor did this to them.
fn order(log: &str, done: &str) -> Vec<String> {
    log.lines()
        .filter_map(|line| line.split_once(done))
        .filter_map(|(_, rest)| {
            Some(
                rest.trim_start_matches(": '")
                    .split(['\'', ' '])
                    .next()?
                    .to_owned(),
            )
        })
        .collect()
}

#[test]
fn operators_start_stop_restart_and_read_all_services() {
    let supervisor = Supervisor::start();
    let first = supervisor.all_are("RUNNING");

    // by priority
    let spawned = order(&supervisor.log(), "spawned");
    let expected: Vec<&str> = ROLES.iter().map(|r| r.service.as_str()).collect();
    assert_eq!(spawned[..ROLES.len()], expected);

    // one alone: the others, the executor above all, do not notice
    assert!(
        supervisor
            .ctl(&["restart", "sixbtc:generator"])
            .contains("started")
    );
    let second = supervisor.all_are("RUNNING");
    for (name, now) in &second {
        assert_eq!(first[name] == *now, name != "generator", "{name}");
    }
    assert!(
        supervisor
            .ctl(&["stop", "sixbtc:executor"])
            .contains("stopped")
    );
    assert_eq!(supervisor.status()["executor"].0, "STOPPED");
    assert!(
        supervisor
            .ctl(&["start", "sixbtc:executor"])
            .contains("started")
    );

    // its own log is what is read
    let tail = supervisor.ctl(&["tail", "-10000", "sixbtc:monitor"]);
    assert!(tail.contains("INFO  monitor"), "{tail}");

    // killed: made anew
    let victim = supervisor.all_are("RUNNING")["backtester"].1.unwrap();
    let killed = Command::new("kill")
        .args(["-KILL", &victim.to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let since = Instant::now();
    loop {
        let (state, pid) = &supervisor.status()["backtester"];
        if state == "RUNNING" && *pid != Some(victim) {
            break;
        }
        assert!(since.elapsed() < LONG, "{}", supervisor.log());
    }

    // all at once, in less than their stop waits: who takes longer is killed, and the supervisor says so
    supervisor.ctl(&["restart", "sixbtc:*"]);
    supervisor.all_are("RUNNING");
    let since = Instant::now();
    supervisor.ctl(&["stop", "sixbtc:*"]);
    let took = since.elapsed();
    supervisor.all_are("STOPPED");
    assert!(
        !supervisor.log().contains("SIGKILL; waiting"),
        "{}",
        supervisor.log()
    );
    assert!(
        !supervisor.log().contains("with SIGKILL"),
        "{}",
        supervisor.log()
    );
    let longest: Duration = ROLES.iter().map(|r| r.stop_wait).max().unwrap();
    assert!(took < longest * 2, "{took:?}");
    for role in &ROLES {
        let name = format!("logs/{}.log", role.service);
        let log = std::fs::read_to_string(supervisor.directory.path().join(name)).unwrap();
        let last = log.lines().last().unwrap_or_default();
        assert!(last.contains("stopped"), "{}: {last}", role.service);
    }
}
