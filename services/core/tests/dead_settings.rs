//! Settings that nothing reads: each would be a promise that is not kept.
//!
//! A key counts as read when some library code outside the settings takes its field: `.field`, in a file that also names the section –
//! its type, or the field that holds it. Names of several words (`max_live_strategies`) are distinct enough by themselves.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Keys that wait for what will read them. A list never holds what is read: then the entry goes.
const WAITING: &[(&str, &str)] = &[
    ("risk.fixed_fractional.risk_per_trade_pct", "the generator"),
    ("risk.trailing.enabled", "trading"),
    ("risk.trailing.breakeven_buffer_pct", "trading"),
    ("go_live.preflight_checks.clear_emergency_stops", "the API"),
    ("funding.fallback_hourly_rate", "the backtester"),
];

/// Fields of a section with the names of their types.
type Sections = BTreeMap<String, Vec<(String, String)>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if path.is_dir() {
            if !["tests", "benches", "target", "examples"].contains(&&*name) {
                files(&path, found);
            }
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// What `section!` declares in a text, and the text without it.
fn declared(text: &str, sections: &mut Sections) -> String {
    let mut rest = String::new();
    let mut pieces = text.split("\nsection! {\n");
    rest.push_str(pieces.next().unwrap_or(""));
    for piece in pieces {
        let (section, after) = piece.split_once("\n}\n").unwrap_or((piece, ""));
        rest.push_str(after);
        let mut name = None;
        for line in section.lines().map(str::trim) {
            if line.starts_with("///") {
                continue;
            }
            if let Some(opened) = line.strip_suffix(" {") {
                name = Some(opened.to_owned());
            } else if let (Some(name), Some((field, of))) = (&name, line.split_once(": ")) {
                let kind = of.split(" =").next().unwrap_or("").to_owned();
                let fields = sections.entry(name.clone()).or_default();
                fields.push((field.to_owned(), kind));
            }
        }
    }
    rest
}

/// Code without comments and without the tests at its end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or("");
    let lines = text.lines();
    lines
        .map(|line| line.split("//").next().unwrap_or(""))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Fields that a file takes (`.field`, but no calls), and all its words.
fn words(code: &str) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let (mut taken, mut all) = (BTreeSet::new(), BTreeSet::new());
    let mut at = 0;
    while let Some(start) = code[at..].find(part).map(|n| at + n) {
        let end = code[start..]
            .find(|c| !part(c))
            .map_or(code.len(), |n| start + n);
        let (before, after) = (code[..start].trim_end(), &code[end..]);
        if before.ends_with('.') && !before.ends_with("..") && !after.starts_with('(') {
            taken.insert(&code[start..end]);
        }
        all.insert(&code[start..end]);
        at = end;
    }
    (taken, all)
}

/// Keys below a section of which no field on the way is dead.
fn dead_keys(
    sections: &Sections,
    dead: &BTreeSet<(String, String)>,
    section: &str,
    path: &str,
    is_dead: bool,
    out: &mut Vec<String>,
) {
    for (field, kind) in &sections[section] {
        let path = format!("{path}{}{field}", if path.is_empty() { "" } else { "." });
        let is_dead = is_dead || dead.contains(&(section.to_owned(), field.clone()));
        if sections.contains_key(kind) {
            dead_keys(sections, dead, kind, &path, is_dead, out);
        } else if is_dead {
            out.push(path);
        }
    }
}

#[test]
fn every_setting_is_read() {
    let mut paths = Vec::new();
    for room in ["services", "runtime", "compiler"] {
        files(&root().join(room), &mut paths);
    }
    let (mut sections, mut codes) = (Sections::new(), Vec::new());
    for path in &paths {
        let text = std::fs::read_to_string(path).unwrap();
        let settings = path.components().any(|c| c.as_os_str() == "settings")
            && path.components().any(|c| c.as_os_str() == "core");
        if !settings {
            codes.push(code(&text));
            continue;
        }
        let rest = declared(&text, &mut sections);
        // beside the declarations stand functions that hand values on; the rest of the settings only checks them
        if path.components().any(|c| c.as_os_str() == "section") {
            codes.push(code(&rest));
        }
    }
    let files: Vec<_> = codes.iter().map(|code| words(code)).collect();
    let holders = |section: &str| -> Vec<&str> {
        let fields = sections.values().flatten();
        fields
            .filter(|(_, kind)| kind == section)
            .map(|(field, _)| field.as_str())
            .collect()
    };
    let mut dead = BTreeSet::new();
    for (section, fields) in &sections {
        let holders = holders(section);
        for (field, _) in fields {
            let read = files.iter().any(|(taken, all)| {
                taken.contains(field.as_str())
                    && (field.contains('_')
                        || all.contains(section.as_str())
                        // what holds all settings is called by that
                        || section == "Settings" && all.contains("settings")
                        || holders.iter().any(|h| taken.contains(h)))
            });
            if !read {
                dead.insert((section.clone(), field.clone()));
            }
        }
    }
    let mut keys = Vec::new();
    dead_keys(&sections, &dead, "Settings", "", false, &mut keys);
    let known = sixbtc_core::settings::Node::root().keys().len();
    let mut all = Vec::new();
    dead_keys(&sections, &BTreeSet::new(), "Settings", "", true, &mut all);
    assert_eq!(all.len(), known, "declarations are not understood");

    let below = |key: &str, of: &str| {
        key.strip_prefix(of)
            .is_some_and(|r| r.is_empty() || r.starts_with('.'))
    };
    let waits = |key: &&String| !WAITING.iter().any(|(of, _)| below(key, of));
    let unread: Vec<&String> = keys.iter().filter(waits).collect();
    assert!(
        unread.is_empty(),
        "settings that nothing reads: read them, or take them away (src/settings/legacy.rs tells users what to do instead): {unread:#?}"
    );
    for (of, what) in WAITING {
        assert!(
            keys.iter().any(|key| below(key, of)),
            "`{of}` is read: it no longer waits for {what}"
        );
    }
}

#[test]
fn a_dead_setting_is_found() {
    let mut sections = Sections::new();
    let text = "x\nsection! {\n    /// What.\n    Ai {\n        /// How.\n        mode: AiMode = AiMode::Cli;\n        rounds: u32 = 3, in 0..=10;\n    }\n}\ny\n";
    assert_eq!(declared(text, &mut sections), "xy\n");
    let fields: Vec<&str> = sections["Ai"].iter().map(|(f, _)| f.as_str()).collect();
    assert_eq!(fields, ["mode", "rounds"]);
    let text = code("a.mode + b\n  .other() // .rounds\n 0..end");
    let (taken, all) = words(&text);
    assert_eq!(taken.into_iter().collect::<Vec<_>>(), ["mode"]);
    assert!(all.contains("other") && !all.contains("rounds"));
}
