//! A factory of real processes in a directory of its own.
#![allow(dead_code)]

use sixbtc_core::model::{Coin, Queue, Status};
use sixbtc_core::store::{EventFilter, OpenOptions, Store};
use sixbtc_market::Bars;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The processes, and where they work.
pub struct Farm {
    dir: tempfile::TempDir,
    url: String,
    processes: Vec<(String, Child)>,
    /// The core of each process that has one to itself.
    cores: Vec<Option<usize>>,
    runtime: tokio::runtime::Runtime,
}

/// Numbers while it runs.
pub struct Numbers {
    pub counts: BTreeMap<Status, u64>,
    pub trials: u64,
}

/// What the store tells in the end.
#[derive(Debug)]
pub struct Story {
    pub counts: BTreeMap<Status, u64>,
    pub contradictions: Vec<String>,
    pub stuck: usize,
    pub events: usize,
    pub trials: u64,
    pub runs: u64,
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (status, n) in &self.counts {
            write!(f, "{n} {status}, ")?;
        }
        write!(
            f,
            "{} trials in {} runs, {} stuck, {} contradictions",
            self.trials,
            self.runs,
            self.stuck,
            self.contradictions.len()
        )
    }
}

/// Quick rounds, short leases, gates that let something through: what takes hours in life must happen in a minute.
pub const SETTINGS: &str = r#"
timeframes = ["30m"]
[system]
profile = "demo"
[data_scheduler]
source = "none"
[market]
clock = "replay"
[market.replay]
days = 180
speed = 86400.0
[http]
enabled = false
[daemon]
heartbeat_seconds = 1
backoff_base_ms = 50
backoff_max_seconds = 1
lease_seconds = 5
[pipeline.backpressure]
check_interval = 1
base_cooldown = 1
max_cooldown = 1
[executor]
check_interval_seconds = 1
[monitoring]
check_interval_seconds = 1
[metrics]
collection_interval = 1
[scheduler]
tick_seconds = 1
"#;

/// The sample's candles.
pub fn sample() -> Vec<Bars> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/sample");
    let paths = std::fs::read_dir(sample)
        .unwrap()
        .map(|e| e.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|e| e == "gz"))
        .map(|path| {
            let read = sixbtc_market::open(&path, &sixbtc_market::ImportOptions::default());
            read.unwrap().bars
        })
        .collect()
}

impl Farm {
    /// A directory with settings and the sample's candles; nothing runs yet.
    pub fn new(url: &str) -> Self {
        Self::with(url, SETTINGS, &sample())
    }

    /// A directory with these settings and candles; nothing runs yet.
    pub fn with(url: &str, settings: &str, market: &[Bars]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("sixbtc.toml"), settings).unwrap();
        let candles = sixbtc_market::Store::new(dir.path().join("data"));
        let mut coins = Vec::new();
        for bars in market {
            candles.put(bars, "test").unwrap();
            coins.push(Coin {
                symbol: bars.symbol.clone(),
                max_leverage: 40,
                volume_24h: 1_000_000.into(),
                price: 1.into(),
                active: true,
                coverage_days: Some(730.0),
                listed_at: None,
                updated_at: 0,
                data: serde_json::Value::Null,
            });
        }
        let url = match url.strip_prefix("sqlite://") {
            Some(file) => format!("sqlite://{}", dir.path().join(file).display()),
            None => url.to_owned(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let store = Store::open(&url, OpenOptions::default()).await.unwrap();
            store.upsert_coins(&coins).await.unwrap();
            store.close().await;
        });
        Self {
            dir,
            url,
            processes: Vec::new(),
            cores: Vec::new(),
            runtime,
        }
    }

    /// Its directory.
    pub fn dir(&self) -> PathBuf {
        self.dir.path().to_owned()
    }

    fn spawn(&self, service: &str, number: usize) -> Child {
        let out = self.dir.path().join(format!("{service}-{number}.out"));
        let out = File::options().create(true).append(true).open(out).unwrap();
        let program = env!("CARGO_BIN_EXE_sixbtc");
        let mut command = match self.cores[number] {
            None => Command::new(program),
            Some(core) => {
                let mut pinned = Command::new("taskset");
                pinned.args(["-c", &core.to_string(), program]);
                pinned
            }
        };
        command
            .args(["run", service])
            .current_dir(self.dir.path())
            .env("NO_COLOR", "1")
            .env("SIXBTC_DATABASE__URL", &self.url)
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap()
    }

    /// Starts a service as another process; its number.
    pub fn start(&mut self, service: &str) -> usize {
        self.start_on(service, None)
    }

    /// Starts a service as another process, which sees a single core when one is named.
    pub fn start_on(&mut self, service: &str, core: Option<usize>) -> usize {
        let number = self.processes.len();
        self.cores.truncate(number);
        self.cores.push(core);
        let child = self.spawn(service, number);
        self.processes.push((service.to_owned(), child));
        number
    }

    /// SIGKILL: no handler runs.
    pub fn kill(&mut self, number: usize) {
        let child = &mut self.processes[number].1;
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// The same service again.
    pub fn start_again(&mut self, number: usize) {
        let service = self.processes[number].0.clone();
        self.processes[number].1 = self.spawn(&service, number);
    }

    /// TERM to all; each must end well, soon.
    pub fn stop_all(&mut self) {
        for (_, child) in &self.processes {
            let pid = child.id().to_string();
            assert!(
                Command::new("kill")
                    .args(["-TERM", &pid])
                    .status()
                    .unwrap()
                    .success()
            );
        }
        let until = Instant::now() + Duration::from_mins(2);
        for (number, (service, child)) in self.processes.iter_mut().enumerate() {
            let status = loop {
                if let Some(status) = child.try_wait().unwrap() {
                    break status;
                }
                if Instant::now() > until {
                    let _ = child.kill();
                    panic!(
                        "{service} does not stop:\n{}",
                        said(self.dir.path(), service, number)
                    );
                }
                std::thread::sleep(Duration::from_millis(20));
            };
            // one that was started just now has no handler yet, and has done nothing: TERM ends it as it ends any program
            let barely_begun = status.signal() == Some(15);
            assert!(
                status.success() || barely_begun,
                "{service} ended with {status}:\n{}",
                said(self.dir.path(), service, number)
            );
        }
        self.processes.clear();
    }

    /// The store, at its own time.
    pub fn store(&self) -> Store {
        self.runtime
            .block_on(Store::open(&self.url, OpenOptions::default()))
            .unwrap()
    }

    /// What is to be awaited.
    pub fn block_on<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }

    /// Waits for something to happen; tells what every service said when it does not.
    pub fn wait_until(&mut self, what: &str, limit: Duration, holds: impl Fn(&Numbers) -> bool) {
        let until = Instant::now() + limit;
        let store = self.store();
        loop {
            let numbers = self.runtime.block_on(async {
                Numbers {
                    counts: store.counts().await.unwrap(),
                    trials: store.tally(None).await.unwrap().points,
                }
            });
            if holds(&numbers) {
                break;
            }
            for (number, (service, child)) in self.processes.iter_mut().enumerate() {
                if let Some(status) = child.try_wait().unwrap() {
                    panic!(
                        "{service} ended with {status}:\n{}",
                        said(self.dir.path(), service, number)
                    );
                }
            }
            if Instant::now() > until {
                let all: Vec<String> = self
                    .processes
                    .iter()
                    .enumerate()
                    .map(|(n, (s, _))| format!("--- {s}\n{}\n", said(self.dir.path(), s, n)))
                    .collect();
                panic!(
                    "waited in vain until {what}: {:?}, {} trials\n{}",
                    numbers.counts,
                    numbers.trials,
                    all.concat()
                );
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        self.runtime.block_on(store.close());
    }

    /// Reads the store when everything has stopped and every lease has ended.
    pub fn story(&self) -> Story {
        self.runtime.block_on(async {
            let store = Store::open(&self.url, OpenOptions::default())
                .await
                .unwrap();
            let later = store.now() + 3_600_000;
            let store = store.clock(move || later);
            store.release_expired().await.unwrap();
            // whatever still waits can be claimed: then nothing is stuck
            let mut stuck = 0;
            for (queue, status) in [
                (Queue::Validation, Status::Generated),
                (Queue::Backtest, Status::Validated),
            ] {
                let waiting = store.count(status).await.unwrap();
                let claims = store
                    .claim_many(
                        queue,
                        "the test",
                        Duration::from_mins(1),
                        waiting as u32 + 1,
                    )
                    .await
                    .unwrap();
                stuck += (waiting as usize).saturating_sub(claims.len());
                for claim in &claims {
                    store.hand_back(claim).await.unwrap();
                }
            }
            let tally = store.tally(None).await.unwrap();
            let all = EventFilter {
                limit: 1_000_000,
                ..EventFilter::default()
            };
            let story = Story {
                counts: store.counts().await.unwrap(),
                contradictions: store.contradictions().await.unwrap(),
                stuck,
                events: store.events(&all).await.unwrap().len(),
                trials: tally.points,
                runs: tally.runs,
            };
            store.close().await;
            story
        })
    }
}

/// The last that a process said.
fn said(dir: &Path, service: &str, number: usize) -> String {
    let mut all = String::new();
    for file in [
        dir.join(format!("{service}-{number}.out")),
        dir.join(format!("logs/{service}.log")),
    ] {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let from = lines.len().saturating_sub(25);
        all.push_str(&lines[from..].join("\n"));
        all.push('\n');
    }
    all
}

impl Drop for Farm {
    fn drop(&mut self) {
        for (_, child) in &mut self.processes {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            // what happened stays to be looked at
            let kept = self.dir.path().to_owned();
            println!("kept: {}", kept.display());
            self.dir.disable_cleanup(true);
        }
    }
}
