//! Services as a supervisor sees them: they start, say so, stop when told, and tell what is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A service that is killed when the test ends.
struct Running {
    child: Child,
    said: BufReader<std::process::ChildStderr>,
}

fn start(service: &str, dir: &Path, env: &[(&str, &str)]) -> Running {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sixbtc"))
        .args(["run", service])
        .current_dir(dir)
        .env("NO_COLOR", "1")
        .env(
            format!("SIXBTC_HTTP__PORTS__{}", service.to_uppercase()),
            "0",
        )
        .envs(env.iter().copied())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stderr.take().unwrap());
    Running { child, said }
}

impl Running {
    /// The first line on the console that holds this.
    fn says(&mut self, what: &str) -> String {
        let mut all = String::new();
        loop {
            let mut line = String::new();
            let n = self.said.read_line(&mut line).unwrap();
            assert!(n > 0, "it ended without `{what}`:\n{all}");
            if line.contains(what) {
                return line;
            }
            all.push_str(&line);
        }
    }

    fn terminate(&self) {
        let pid = self.child.id().to_string();
        let killed = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(killed.success());
    }

    fn exit_code(&mut self) -> Option<i32> {
        // its console must not fill up meanwhile
        let mut rest = Vec::new();
        self.said.read_to_end(&mut rest).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let ask = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(ask.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn address(line: &str) -> String {
    line.rsplit("http://").next().unwrap().trim().to_owned()
}

#[test]
fn systemd_is_told_and_term_ends_it_well() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("notify");
    let systemd = UnixDatagram::bind(&socket).unwrap();
    systemd
        .set_read_timeout(Some(Duration::from_mins(2)))
        .unwrap();
    let env = [
        ("NOTIFY_SOCKET", socket.to_str().unwrap()),
        ("WATCHDOG_USEC", "100000"),
    ];
    let mut docs = start("docs", dir.path(), &env);
    let told = |what: &str| {
        let mut buffer = [0; 4096];
        loop {
            let n = systemd.recv(&mut buffer).expect(what);
            let text = String::from_utf8_lossy(&buffer[..n]).into_owned();
            if text.lines().any(|l| l == what) {
                return;
            }
        }
    };
    told("READY=1");
    told("WATCHDOG=1");
    let here = address(&docs.says("answers on"));
    assert!(get(&here, "/").contains("<nav>"));
    assert!(get(&here, "/ready").starts_with("HTTP/1.1 200"));
    assert!(get(&here, "/metrics").contains("sixbtc_ready{service=\"docs\"} 1"));
    docs.terminate();
    told("STOPPING=1");
    assert_eq!(docs.exit_code(), Some(0));
    let log = std::fs::read_to_string(dir.path().join("logs/docs.log")).unwrap();
    assert!(log.lines().last().unwrap().contains("stopped"), "{log}");
}

#[test]
fn the_api_tells_who_is_here() {
    let dir = tempfile::tempdir().unwrap();
    let mut api = start("api", dir.path(), &[]);
    let here = address(&api.says("answers on"));
    api.says("works");
    // its first heartbeat is written beside its first page
    let body = loop {
        let answer = get(&here, "/api/status");
        if answer.contains("\"identity\":\"api@") {
            break answer;
        }
    };
    assert!(body.contains("\"GENERATED\":0"), "{body}");
    assert!(get(&here, "/nothing").starts_with("HTTP/1.1 404"));
    api.terminate();
    assert_eq!(api.exit_code(), Some(0));
}

#[test]
fn a_taken_port_is_said_and_survived() {
    let dir = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut frontend = start(
        "frontend",
        dir.path(),
        &[("SIXBTC_HTTP__PORTS__FRONTEND", &port)],
    );
    let line = frontend.says("is taken by another program");
    assert!(
        line.contains(&port) && line.contains("`http.ports.frontend`"),
        "{line}"
    );
    frontend.terminate();
    assert_eq!(frontend.exit_code(), Some(0));
}

#[test]
fn a_log_that_cannot_be_written_is_said_and_survived() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("logs"), "in the way").unwrap();
    let mut docs = start("docs", dir.path(), &[]);
    let line = docs.says("cannot be written");
    assert!(line.contains("logging.directory"), "{line}");
    docs.says("works");
    docs.terminate();
    assert_eq!(docs.exit_code(), Some(0));
}

#[test]
fn a_store_that_is_away_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    // a port on which nobody listens
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("postgres://sixbtc@127.0.0.1:{port}/sixbtc");
    let mut docs = start(
        "docs",
        dir.path(),
        &[
            ("SIXBTC_DATABASE__URL", &url),
            ("SIXBTC_DATABASE__PASSWORD", "correct-horse"),
            ("SIXBTC_DAEMON__BACKOFF_BASE_MS", "1"),
        ],
    );
    let here = address(&docs.says("answers on"));
    let line = docs.says("the store is not available, waiting for it");
    assert!(!line.contains("correct-horse"), "{line}");
    docs.says("errors=3");
    assert!(get(&here, "/ready").starts_with("HTTP/1.1 503"));
    assert!(get(&here, "/health").starts_with("HTTP/1.1 200"));
    docs.terminate();
    assert_eq!(docs.exit_code(), Some(0));
}

#[test]
fn a_store_that_is_none_ends_it_with_a_message() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("sixbtc.db"),
        "this is no database".repeat(99),
    )
    .unwrap();
    let mut docs = start("docs", dir.path(), &[]);
    docs.says("damaged or no database");
    assert_eq!(docs.exit_code(), Some(3));
}

fn sixbtc(args: &[&str], dir: &Path) -> (Option<i32>, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_sixbtc"))
        .args(args)
        .current_dir(dir)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let text = [out.stdout, out.stderr].concat();
    (
        out.status.code(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

#[test]
fn wrong_use_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let (code, says) = sixbtc(&["run", "genarator"], dir.path());
    assert_eq!(code, Some(2));
    assert!(says.contains("did you mean `generator`?"), "{says}");

    let (code, says) = sixbtc(&["run", "docs", "--set", "http.ports.docz=1"], dir.path());
    assert_eq!(code, Some(2));
    assert!(says.contains("docz"), "{says}");

    let (code, says) = sixbtc(&["service", "install"], dir.path());
    assert_eq!(code, Some(2));
    assert!(says.contains("--supervisor"), "{says}");

    let args = [
        "service",
        "install",
        "--systemd",
        "--user",
        "a\nExecStartPre=/bin/x",
    ];
    let (code, says) = sixbtc(&args, dir.path());
    assert_eq!(code, Some(2), "{says}");
}

#[test]
fn what_is_installed() {
    let dir = tempfile::tempdir().unwrap();
    let (code, says) = sixbtc(&["service", "install", "--systemd", "--print"], dir.path());
    assert_eq!(code, Some(0));
    assert!(says.contains("sixbtc-executor.service"), "{says}");
    assert!(!dir.path().join("systemd").exists());

    std::fs::write(
        dir.path().join("sixbtc.toml"),
        "[logging]\ndirectory = \"protocol\"\n",
    )
    .unwrap();
    let (code, says) = sixbtc(&["service", "install", "--supervisor"], dir.path());
    assert_eq!(code, Some(0), "{says}");
    let conf = std::fs::read_to_string(dir.path().join("supervisor/sixbtc.conf")).unwrap();
    assert!(conf.contains("[group:sixbtc]"));
    assert!(conf.contains("protocol/generator.log"), "{conf}");
    assert!(dir.path().join("protocol").is_dir());

    let (code, says) = sixbtc(&["service", "list"], dir.path());
    assert_eq!(code, Some(0));
    assert_eq!(says.lines().count(), 12, "{says}");
}

/// A collector of traces: tells what it is sent, and takes it.
#[cfg(feature = "otel")]
fn collector() -> (String, std::sync::mpsc::Receiver<Vec<u8>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, sent) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            loop {
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap_or(0) > 0 {}
                let head = head.to_ascii_lowercase();
                let length = head
                    .lines()
                    .find_map(|l| l.strip_prefix("content-length: "));
                let Some(length) = length else { break };
                let mut body = vec![0; length.parse().unwrap()];
                reader.read_exact(&mut body).unwrap();
                sender.send(body).unwrap();
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                reader.get_mut().write_all(answer).unwrap();
            }
        }
    });
    (address, sent)
}

#[cfg(feature = "otel")]
#[test]
fn a_service_hands_its_last_traces_on_when_it_ends() {
    let dir = tempfile::tempdir().unwrap();
    let (endpoint, sent) = collector();
    let mut executor = start(
        "executor",
        dir.path(),
        &[
            ("SIXBTC_TELEMETRY__OTLP_ENDPOINT", &endpoint),
            // only the end sends
            ("SIXBTC_TELEMETRY__DELAY_SECONDS", "300"),
            ("SIXBTC_TELEMETRY__FLUSH_MS", "10000"),
        ],
    );
    let here = address(&executor.says("answers on"));
    while !get(&here, "/metrics").contains("sixbtc_ticks_total{service=\"executor\"}") {}
    executor.terminate();
    assert_eq!(executor.exit_code(), Some(0));
    let body = sent.recv_timeout(Duration::from_mins(1)).unwrap();
    let has = |text: &str| body.windows(text.len()).any(|w| w == text.as_bytes());
    assert!(has("service.name") && has("executor") && has("round"));
}

#[cfg(feature = "otel")]
#[test]
fn a_collector_that_is_away_is_said_once_and_the_end_is_in_time() {
    let dir = tempfile::tempdir().unwrap();
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let mut executor = start(
        "executor",
        dir.path(),
        &[
            ("SIXBTC_TELEMETRY__OTLP_ENDPOINT", &address),
            ("SIXBTC_TELEMETRY__DELAY_SECONDS", "1"),
        ],
    );
    let line = executor.says("traces cannot be handed to");
    assert!(line.contains("refused"), "{line}");
    executor.terminate();
    assert_eq!(executor.exit_code(), Some(0));
    let log = std::fs::read_to_string(dir.path().join("logs/executor.log")).unwrap();
    assert_eq!(log.matches("traces cannot be handed").count(), 1, "{log}");
}

#[cfg(not(feature = "otel"))]
#[test]
fn a_program_without_traces_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let collector = [("SIXBTC_TELEMETRY__OTLP_ENDPOINT", "http://127.0.0.1:4318")];
    let mut docs = start("docs", dir.path(), &collector);
    docs.says("built without `--features otel`");
    docs.says("works");
    docs.terminate();
    assert_eq!(docs.exit_code(), Some(0));
}
