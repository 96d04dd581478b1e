use super::super::Must;
use super::*;
use std::path::PathBuf;

struct Case {
    _dir: tempfile::TempDir,
    file: PathBuf,
    watcher: Watcher,
}

fn case(text: &str) -> Case {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("sixbtc.toml");
    std::fs::write(&file, text).unwrap();
    let sources = Sources {
        file: Some((file.clone(), Must::NotExist)),
        ..Sources::default()
    };
    let loaded = super::super::load(&sources).unwrap();
    let watcher = Watcher::new(sources, &loaded);
    Case {
        _dir: dir,
        file,
        watcher,
    }
}

impl Case {
    fn write(&mut self, text: &str) -> Look {
        std::fs::write(&self.file, text).unwrap();
        self.watcher.look()
    }

    fn pool(&self) -> u32 {
        self.watcher.settings().active_pool.max_size
    }
}

fn lines(changes: &[Change]) -> Vec<String> {
    changes.iter().map(ToString::to_string).collect()
}

#[test]
fn safe_keys_are_taken_and_others_wait() {
    let mut case = case("[active_pool]\nmax_size = 100\n");
    assert_eq!(case.watcher.look(), Look::Same);
    assert_eq!(
        case.write("# a comment\n[active_pool]\nmax_size = 100\n"),
        Look::Same
    );
    let text = "[active_pool]\nmax_size = 120\n[validation]\nparallel_threads = 2\n[logging.modules]\nexecutor = \"DEBUG\"\n";
    let Look::Changed { taken, waiting } = case.write(text) else {
        panic!("nothing changed");
    };
    assert_eq!(
        lines(&taken),
        [
            "logging.modules.executor: nothing → \"DEBUG\"",
            "active_pool.max_size: 100 → 120"
        ]
    );
    assert_eq!(lines(&waiting), ["validation.parallel_threads: 6 → 2"]);
    assert_eq!(case.pool(), 120);
    assert_eq!(case.watcher.settings().validation.parallel_threads, 6);
    // what waits is told once
    assert_eq!(case.write(&format!("{text}\n")), Look::Same);
    // an entry can go away, and so can the whole file
    std::fs::remove_file(&case.file).unwrap();
    let Look::Changed { taken, waiting } = case.watcher.look() else {
        panic!("nothing changed");
    };
    assert_eq!(
        lines(&taken),
        [
            "active_pool.max_size: 120 → 150",
            "logging.modules.executor: \"DEBUG\" → nothing"
        ]
    );
    assert!(waiting.is_empty());
}

#[test]
fn a_broken_file_changes_nothing() {
    let mut case = case("[active_pool]\nmax_size = 100\n");
    let Look::Broken(error) = case.write("[active_pool]\nmax_size = 0\nmax = 3\n") else {
        panic!("taken");
    };
    assert_eq!(error.problems.len(), 2);
    assert_eq!(case.watcher.look(), Look::Same);
    assert_eq!(case.pool(), 100);
    assert!(matches!(case.write("\u{0}"), Look::Broken(_)));
    assert_eq!(case.pool(), 100);
    // mended, and as before: nothing to tell
    assert_eq!(case.write("[active_pool]\nmax_size = 100\n"), Look::Same);
    assert!(matches!(
        case.write("[active_pool]\nmax_size = 99\n"),
        Look::Changed { .. }
    ));
}

#[test]
fn what_contradicts_a_key_that_waits_waits_too() {
    let mut case =
        case("[hyperliquid.subaccounts]\ncount = 4\n[rotator]\nmax_live_strategies = 4\n");
    let text = "[hyperliquid.subaccounts]\ncount = 8\n[rotator]\nmax_live_strategies = 8\n";
    let Look::Changed { taken, waiting } = case.write(text) else {
        panic!("nothing changed");
    };
    assert!(taken.is_empty());
    assert_eq!(waiting.len(), 2);
    assert_eq!(case.watcher.settings().rotator.max_live_strategies, 4);
}

#[test]
fn services_see_the_change() {
    let case = case("");
    let (sender, mut receiver) = watch::channel(case.watcher.settings());
    let stop = CancellationToken::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let file = case.file.clone();
        let task = tokio::spawn(watch(
            case.watcher,
            Duration::from_millis(1),
            sender,
            stop.clone(),
        ));
        std::fs::write(&file, "[active_pool]\nmax_size = 77\n").unwrap();
        receiver.changed().await.unwrap();
        assert_eq!(receiver.borrow().active_pool.max_size, 77);
        stop.cancel();
        task.await.unwrap();
    });
}
