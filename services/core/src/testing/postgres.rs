//! A `PostgreSQL` server for tests: Debian's programs, a temporary data directory, a socket and no port.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::Mutex;

/// Names a server that is there already, and on which databases may be made.
const GIVEN: &str = "SIXBTC_TEST_POSTGRES";

/// A server. It ends with the process that started it, however that ends.
pub struct Postgres {
    url: String,
    own: Option<Own>,
    made: AtomicU32,
    /// Databases are made one at a time: each is a copy of a template that nobody else may be at.
    making: Mutex<()>,
}

struct Own {
    programs: PathBuf,
    directory: PathBuf,
    user: Option<(u32, u32)>,
    // its input is a pipe from us: when it closes, the server is stopped and its directory removed
    guard: Child,
}

impl Postgres {
    /// The server that all tests of this process share.
    pub async fn shared() -> Arc<Self> {
        static SHARED: OnceLock<Arc<Postgres>> = OnceLock::new();
        tokio::task::spawn_blocking(|| {
            SHARED
                .get_or_init(|| match std::env::var(GIVEN) {
                    Ok(url) => Arc::new(Self::of(url, None)),
                    Err(_) => Arc::new(Self::start_own()),
                })
                .clone()
        })
        .await
        .expect("the PostgreSQL server of the tests")
    }

    /// A server that only one test uses, and may stop.
    pub async fn alone() -> Self {
        tokio::task::spawn_blocking(Self::start_own)
            .await
            .expect("a PostgreSQL server")
    }

    fn of(url: String, own: Option<Own>) -> Self {
        Self {
            url,
            own,
            made: AtomicU32::new(0),
            making: Mutex::new(()),
        }
    }

    fn start_own() -> Self {
        let programs = programs();
        let user = user();
        let directory = tempfile::Builder::new()
            .prefix("sixbtc-pg-")
            .tempdir()
            .expect("a temporary directory")
            .keep();
        if let Some((uid, gid)) = user {
            chown(&directory, Some(uid), Some(gid)).expect("the directory for the server's user");
        }
        std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o700))
            .expect("the directory for the server's user alone");
        let data = directory.join("data");
        run(as_user(user, &programs.join("initdb"))
            .args(["--no-sync", "--auth=trust", "--username=postgres"])
            .args(["--no-locale", "--encoding=UTF8", "-D"])
            .arg(&data));
        // stops the server even when this process is killed
        let guard = as_user(user, Path::new("/bin/sh"))
            .args([
                "-c",
                "read _; \"$0/pg_ctl\" -D \"$1/data\" -m immediate stop; cd /; rm -rf \"$1\"",
            ])
            .arg(&programs)
            .arg(&directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let url = format!(
            "postgres://postgres@localhost/postgres?host={}",
            directory.display()
        );
        let own = Own {
            programs,
            directory,
            user,
            guard,
        };
        own.start();
        Self::of(url, Some(own))
    }

    /// Address of a new, empty database.
    pub async fn database(&self) -> String {
        let _making = self.making.lock().await;
        let n = self.made.fetch_add(1, Ordering::SeqCst);
        // a given server may hold what earlier runs left
        let name = format!("sixbtc_test_{}_{n}", std::process::id());
        let mut conn = PgConnection::connect(&self.url)
            .await
            .expect("the server of the tests answers");
        for text in [
            format!("DROP DATABASE IF EXISTS {name}"),
            format!("CREATE DATABASE {name} TEMPLATE template0"),
        ] {
            conn.execute(AssertSqlSafe(text))
                .await
                .expect("a new database");
        }
        let _ = conn.close().await;
        let (before, after) = self.url.split_at(
            self.url[self.url.find("://").expect("an address") + 3..]
                .find('/')
                .map(|i| i + self.url.find("://").expect("an address") + 3)
                .expect("an address with a database"),
        );
        let options = after.find('?').map_or("", |i| &after[i..]);
        format!("{before}/{name}{options}")
    }

    /// Stops the server at once, as a crash would.
    pub fn stop(&self) {
        self.mine().control(&["-m", "immediate", "stop"]);
    }

    /// Starts it again on the same data.
    pub fn start(&self) {
        self.mine().start();
    }

    fn mine(&self) -> &Own {
        self.own.as_ref().expect("a server that the test started")
    }
}

impl Own {
    fn start(&self) {
        let options = format!(
            "-k {} -c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=200",
            self.directory.display()
        );
        let log = self.directory.join("log");
        self.control(&[
            "-w",
            "-t",
            "60",
            "-l",
            log.to_str().expect("a plain path"),
            "-o",
            &options,
            "start",
        ]);
    }

    fn control(&self, args: &[&str]) {
        run(as_user(self.user, &self.programs.join("pg_ctl"))
            .arg("-D")
            .arg(self.directory.join("data"))
            .args(args));
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// Where the server's programs are.
fn programs() -> PathBuf {
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut all: Vec<PathBuf> = debian
        .chain(std::env::split_paths(&path))
        .filter(|p| p.join("initdb").exists() && p.join("pg_ctl").exists())
        .collect();
    all.sort();
    all.pop().unwrap_or_else(|| {
        panic!(
            "PostgreSQL is missing, on which the store is tested too: run 'apt-get install postgresql', or name a server \
             in {GIVEN} (postgres://…) on which databases may be made"
        )
    })
}

/// As whom it runs: it refuses to run as root.
fn user() -> Option<(u32, u32)> {
    let root = std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0);
    if !root {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let id = |name: &str| {
        let line = users.lines().find(|l| l.split(':').next() == Some(name))?;
        let mut parts = line.split(':').skip(2);
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    let user = id("postgres").or_else(|| id("nobody"));
    Some(user.expect(
        "PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody",
    ))
}

fn as_user(user: Option<(u32, u32)>, program: &Path) -> Command {
    let mut command = match user {
        None => Command::new(program),
        Some((uid, gid)) => {
            let mut command = Command::new("setpriv");
            command
                .arg(format!("--reuid={uid}"))
                .arg(format!("--regid={gid}"))
                .arg("--clear-groups")
                .arg("--")
                .arg(program);
            command
        }
    };
    command.current_dir("/").env("LC_ALL", "C");
    command
}

/// Runs to the end; its words are shown when it fails. Files take them, for the server would keep a pipe open.
fn run(command: &mut Command) {
    let says = tempfile::NamedTempFile::new().expect("a temporary file");
    let out = || Stdio::from(says.reopen().expect("a temporary file"));
    let status = command
        .stdin(Stdio::null())
        .stdout(out())
        .stderr(out())
        .status();
    let ok = status.as_ref().is_ok_and(std::process::ExitStatus::success);
    assert!(
        ok,
        "{command:?} did not work ({status:?}): {}",
        std::fs::read_to_string(says.path()).unwrap_or_default()
    );
}
