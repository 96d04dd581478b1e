//! The rules of the house, held against `cargo metadata` and the sources.
//!
//! A rule that is broken on purpose gets an entry in the list beside it, with the reason; a list never holds what is no longer
//! needed, so that it stays true.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "house/source.rs"]
mod source;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use source::{Source, committed, root, rust_sources};
use std::collections::BTreeSet;
use std::path::Path;

/// What each crate of ours may depend on among ours. Tests may reach further: only normal and build dependencies count.
const ARROWS: &[(&str, &[&str])] = &[
    ("sixbtc-abi", &[]),
    // the front end: text to typed program
    ("sbt-grammar", &[]),
    ("tree-sitter-sbt", &[]),
    ("sbt-diagnostics", &[]),
    ("sbt-std", &[]),
    ("sbt-syntax", &["sbt-grammar", "sbt-diagnostics"]),
    ("sbt-hir", &["sbt-syntax", "sbt-diagnostics", "sixbtc-abi"]),
    // the middle and the back end: typed program to kernel
    ("sbt-ir", &["sbt-hir", "sbt-diagnostics", "sixbtc-abi"]),
    ("sbt-opt", &["sbt-ir", "sixbtc-abi"]),
    ("sbt-native", &["sbt-ir", "sixbtc-abi"]),
    ("sbt-cranelift", &["sbt-native", "sbt-ir", "sixbtc-abi"]),
    ("sbt-llvm", &["sbt-native", "sbt-ir", "sixbtc-abi"]),
    (
        "sbt-driver",
        &[
            "sbt-cranelift",
            "sbt-llvm",
            "sbt-opt",
            "sbt-ir",
            "sbt-hir",
            "sbt-syntax",
            "sbt-diagnostics",
            "sbt-std",
            "sixbtc-abi",
        ],
    ),
    // what editors ask for, without any protocol
    (
        "sbt-ide",
        &[
            "sbt-driver",
            "sbt-hir",
            "sbt-syntax",
            "sbt-grammar",
            "sbt-diagnostics",
            "sbt-std",
        ],
    ),
    // the runtime, which knows the compiler by the interface alone
    ("sixbtc-market", &["sixbtc-abi"]),
    ("sixbtc-engine", &["sixbtc-market", "sixbtc-abi"]),
    ("sixbtc-sweep", &["sixbtc-abi"]),
    ("sixbtc-judgement", &["sixbtc-engine", "sixbtc-market"]),
    (
        "sixbtc-backtest",
        &[
            "sixbtc-sweep",
            "sixbtc-engine",
            "sixbtc-market",
            "sixbtc-abi",
        ],
    ),
    (
        "sixbtc-lab",
        &[
            "sixbtc-judgement",
            "sixbtc-sweep",
            "sixbtc-backtest",
            "sixbtc-engine",
            "sixbtc-market",
            "sixbtc-abi",
        ],
    ),
    (
        "sixbtc-live",
        &["sixbtc-engine", "sixbtc-market", "sixbtc-abi"],
    ),
    (
        "sixbtc-report",
        &[
            "sixbtc-lab",
            "sixbtc-judgement",
            "sixbtc-sweep",
            "sixbtc-backtest",
            "sixbtc-engine",
            "sixbtc-market",
            "sixbtc-abi",
        ],
    ),
];

/// Files in which `unsafe` may stand: the kernel's code lives outside what the compiler of Rust can see.
const UNSAFE: &[(&str, &str)] = &[
    (
        "grammar/editors/tree-sitter-sbt/bindings/rust/lib.rs",
        "names the parser that the C compiler made",
    ),
    ("compiler/native/src/kernel.rs", "calls compiled code"),
    (
        "compiler/cranelift/src/code.rs",
        "frees the memory of compiled code",
    ),
    (
        "compiler/llvm/src/code.rs",
        "frees the memory of compiled code",
    ),
    (
        "compiler/llvm/src/emit/address.rs",
        "computes addresses for compiled code, which the library cannot check",
    ),
    (
        "compiler/native/src/routines.rs",
        "routines that compiled code calls with raw pointers",
    ),
    (
        "compiler/native/tests/laws/guard.rs",
        "maps forbidden pages around a kernel's memory",
    ),
];

/// Where disk and clock may be touched. Everything else is pure: same input, same bits.
const DOORS: &[(&str, &str)] = &[
    ("compiler/driver/src/", "the compiler's only door to files"),
    ("runtime/market/src/", "reads, stores and writes candles"),
    (
        "runtime/backtest/src/",
        "writes and reads the files of a run",
    ),
    ("runtime/report/src/", "writes the report's page"),
    ("runtime/sweep/src/", "keeps results as they come"),
    ("runtime/lab/src/", "keeps the trial ledger and the seal"),
    ("services/", "reading, writing and waiting is their work"),
];

/// Files longer than the limit, with the lines they may have and why they are whole.
const LONG: &[(&str, usize, &str)] = &[
    (
        "compiler/syntax/src/ast.rs",
        760,
        "the whole tree, most of it documentation",
    ),
    (
        "runtime/engine/src/engine.rs",
        950,
        "the order of events within a bar, which is one thought",
    ),
    (
        "compiler/native/src/memory.rs",
        830,
        "the layout of the state: its types, most of them documentation, and who asks for which words",
    ),
];

/// Lines a source file may have outside its tests.
const LIMIT: usize = 700;

/// What may stand at the top of the repository.
const ROOMS: &[&str] = &[
    ".ci", "compiler", "docs", "fuzz", "grammar", "runtime", "services", "stdlib", "tests",
];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .unwrap()
}

/// Ours among what a package needs outside its tests.
fn needs(package: &Package) -> impl Iterator<Item = &str> {
    package
        .dependencies
        .iter()
        .filter(|d| d.path.is_some() && d.kind != DependencyKind::Development)
        .map(|d| d.name.as_str())
}

/// Where a package lives, from the root, with `/` between parts.
fn room(package: &Package) -> String {
    let dir = package.manifest_path.parent().unwrap().as_std_path();
    let dir = dir.canonicalize().unwrap();
    let below = dir.strip_prefix(root().canonicalize().unwrap()).unwrap();
    below.to_string_lossy().replace('\\', "/")
}

/// Fails with all the breaches at once.
fn nothing(rule: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{rule}\n  {}", breaches.join("\n  "));
}

/// Lines of a source for which a test holds, as `file:line: text`.
fn lines_where(sources: &[Source], holds: impl Fn(&Source, &str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        for (number, line) in source.code.lines().enumerate() {
            if holds(source, line) {
                found.push(format!("{}:{}: {}", source.path, number + 1, line.trim()));
            }
        }
    }
    found
}

/// Whether a word stands in a line by itself.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let part = |c: char| c.is_alphanumeric() || c == '_';
        !line[..at].ends_with(part) && !line[at + word.len()..].starts_with(part)
    })
}

#[test]
fn arrows_go_one_way() {
    let metadata = metadata();
    let mut breaches = Vec::new();
    for package in metadata.workspace_packages() {
        let (name, room) = (package.name.as_str(), room(package));
        if room.starts_with("services/") || room == "tests" {
            continue;
        }
        let Some((_, allowed)) = ARROWS.iter().find(|(crate_, _)| *crate_ == name) else {
            breaches.push(format!("{name} has no place in ARROWS"));
            continue;
        };
        for dependency in needs(package) {
            if !allowed.contains(&dependency) {
                breaches.push(format!("{name} → {dependency}"));
            }
        }
    }
    nothing("crates depend against the arrows", &breaches);
}

#[test]
fn services_meet_in_the_core_alone() {
    let metadata = metadata();
    let outer: BTreeSet<String> = metadata
        .workspace_packages()
        .into_iter()
        .filter(|p| room(p).starts_with("services/") || room(p) == "tests")
        .map(|p| p.name.to_string())
        .collect();
    assert!(!outer.is_empty());
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        for dependency in needs(package).filter(|d| outer.contains(*d)) {
            let allowed = match dependency {
                // what all services share, and how to ask anybody over HTTP, which knows nothing of what is asked
                "sixbtc-core" | "sixbtc-web" => outer.contains(name),
                // what exchanges say: whoever downloads or trades asks it, and their simulator answers in its words
                "sixbtc-exchange" => [
                    "sixbtc-scheduler",
                    "sixbtc-executor",
                    "sixbtc-venue",
                    "sixbtc",
                ]
                .contains(&name),
                // the simulated exchange: the executor's tests trade there
                "sixbtc-venue" => ["sixbtc-executor", "sixbtc"].contains(&name),
                // the one binary has them all
                _ => name == "sixbtc",
            };
            assert!(allowed, "{name} → {dependency}");
        }
    }
}

#[test]
fn the_interface_depends_on_nothing() {
    let metadata = metadata();
    let abi = metadata
        .workspace_packages()
        .into_iter()
        .find(|p| p.name.as_str() == "sixbtc-abi")
        .unwrap();
    assert!(
        abi.dependencies
            .iter()
            .all(|d| d.kind == DependencyKind::Development)
    );
}

#[test]
fn every_crate_follows_the_lints_of_the_workspace() {
    for package in metadata().workspace_packages() {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        let lints = manifest
            .split_once("\n[lints]\n")
            .map(|(_, rest)| rest.lines().next().unwrap_or("").replace(' ', ""));
        assert_eq!(
            lints.as_deref(),
            Some("workspace=true"),
            "{} sets its own lints",
            package.manifest_path
        );
    }
}

#[test]
fn unsafe_stands_only_where_the_list_says() {
    let sources = rust_sources();
    let listed = |path: &str| UNSAFE.iter().any(|(file, _)| *file == path);
    let found = lines_where(&sources, |source, line| {
        (has_word(line, "unsafe") || line.contains("allow(unsafe_code)")) && !listed(&source.path)
    });
    nothing("unsafe outside the list", &found);
    for (file, _) in UNSAFE {
        let source = sources.iter().find(|s| s.path == *file);
        assert!(
            source.is_some_and(|s| has_word(&s.code, "unsafe")),
            "{file} no longer needs its entry in UNSAFE"
        );
    }
}

#[test]
fn disk_network_and_clock_are_touched_behind_doors() {
    let sources: Vec<Source> = library_sources();
    let found = lines_where(&sources, |source, line| {
        let outside = !DOORS.iter().any(|(door, _)| source.path.starts_with(door));
        let touches = [
            "std::fs",
            "std::net",
            "std::time",
            "std::process",
            "std::env",
        ]
        .iter()
        .any(|module| has_word(line, module))
            || ["Utc::now", "Local::now", "SystemTime", "TcpStream"]
                .iter()
                .any(|name| has_word(line, name))
            || line.trim_start().starts_with("use std::{")
                && ["fs", "net", "time", "process", "env"]
                    .iter()
                    .any(|module| has_word(line, module));
        outside && touches
    });
    nothing("a pure crate touches disk, network or clock", &found);
}

#[test]
fn no_library_code_gives_up() {
    let sources = library_sources();
    let found = lines_where(&sources, |_, line| {
        let gives_up = [".unwrap()", ".unwrap_err()", "todo!(", "unimplemented!("]
            .iter()
            .any(|call| line.contains(call));
        // a parser's own `expect` answers with a result
        let expects = line
            .split(".expect(\"\")")
            .skip(1)
            .any(|rest| !rest.starts_with('?'));
        let allows = line.contains("allow(")
            && ["unwrap_used", "expect_used"]
                .iter()
                .any(|lint| line.contains(lint));
        gives_up || expects || allows
    });
    nothing("code outside tests that ends the program", &found);
}

#[test]
fn files_are_short() {
    let sources = library_sources();
    let mut breaches = Vec::new();
    for source in &sources {
        let lines = source.code.trim_end().lines().count();
        let long = LONG.iter().find(|(file, _, _)| *file == source.path);
        let limit = long.map_or(LIMIT, |(_, lines, _)| *lines);
        if lines > limit {
            breaches.push(format!("{} has {lines} lines of {limit}", source.path));
        }
    }
    for (file, _, _) in LONG {
        if !sources.iter().any(|s| s.path == *file) {
            breaches.push(format!("{file} is gone: drop its entry in LONG"));
        }
    }
    nothing("files that hold more than one idea", &breaches);
}

#[test]
fn no_file_names_a_machine() {
    let places = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
    ];
    let mut found = Vec::new();
    for path in committed() {
        let Ok(text) = std::fs::read_to_string(root().join(&path)) else {
            continue; // not text
        };
        for (number, line) in text.lines().enumerate() {
            if places.iter().any(|place| line.contains(place)) {
                found.push(format!("{path}:{}", number + 1));
            }
        }
    }
    nothing("files that name a place of one machine", &found);
}

#[test]
fn everything_lies_in_a_known_room() {
    let mut strangers = BTreeSet::new();
    for path in committed() {
        if let Some((room, _)) = path.split_once('/')
            && !ROOMS.contains(&room)
        {
            strangers.insert(room.to_owned());
        }
    }
    assert!(strangers.is_empty(), "unknown rooms: {strangers:?}");
}

#[test]
fn links_of_the_documents_resolve() {
    let mut broken = Vec::new();
    for path in committed() {
        if Path::new(&path).extension().is_none_or(|e| e != "md") {
            continue;
        }
        let text = std::fs::read_to_string(root().join(&path)).unwrap();
        let here = root().join(&path).parent().unwrap().to_owned();
        for part in text.split("](").skip(1) {
            let target = part.split([')', ' ', '\n']).next().unwrap_or("");
            let file = target.split('#').next().unwrap_or("");
            if file.is_empty() || file.contains("://") || file.starts_with("mailto:") {
                continue;
            }
            if !here.join(file).exists() {
                broken.push(format!("{path}: {target}"));
            }
        }
    }
    nothing("links to nowhere", &broken);
}

/// Sources of the crates, without tests, benchmarks and examples.
fn library_sources() -> Vec<Source> {
    let mut sources = rust_sources();
    sources.retain(|source| !source.is_test);
    for source in &mut sources {
        source.cut_tests();
    }
    sources
}
