//! The Unger catalogue and its parts of risk against the library: each of their entries is accounted for exactly once, by
//! the doc comment of a definition or the comment of an example, and the page about it says what these say.
//!
//! `UPDATE_PAGES=1 cargo test -p sbt-std --test catalogue_unger` writes the page anew.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod reading;

use reading::{check, joined, read};
use sbt_diagnostics::FileId;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// An entry of the catalogue as its list has it.
struct Listed {
    id: String,
    kind: String,
    class: String,
    name: String,
    sides: BTreeSet<String>,
    lookback: Option<f64>,
}

fn listed() -> Vec<Listed> {
    let text = std::fs::read_to_string(repository("tests/data/catalogues/unger.csv")).unwrap();
    text.lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            assert_eq!(cells.len(), 6, "{line}");
            Listed {
                id: cells[0].into(),
                kind: cells[1].into(),
                class: cells[2].into(),
                name: cells[3].into(),
                sides: cells[4].split_whitespace().map(String::from).collect(),
                lookback: cells[5].parse().ok(),
            }
        })
        .collect()
}

/// Something of ours that stands for entries of the catalogue.
struct Ours {
    /// Its name, or the path of an example.
    name: String,
    /// What to `use` for it; empty for an example.
    module: String,
    /// Entries that it stands for, the one it was made from first.
    ids: Vec<String>,
    /// Sides and classes that it claims to have.
    words: BTreeSet<String>,
    /// What its comment says after the formula.
    note: String,
    /// Bars until it exists and until it has settled, with default arguments.
    warmup: Option<(f64, f64)>,
    /// Whether every argument has a default.
    callable: bool,
}

fn is_id(word: &str) -> bool {
    word.split_once('_').is_some_and(|(family, rest)| {
        !family.is_empty() && rest.ends_with(|c: char| c.is_ascii_digit())
    })
}

/// What stands after `Catalogue:` in a comment, and what it says beyond its first sentence and the formula.
fn claim(comment: &str) -> Option<(Vec<String>, BTreeSet<String>, String)> {
    let (before, rest) = comment.split_once("Catalogue: ")?;
    let (ids, words): (Vec<&str>, Vec<&str>) = rest
        .split('.')
        .next()?
        .split(", ")
        .partition(|word| is_id(word));
    let prose = before.split("Formula: ").next()?;
    let note = prose.split_once(". ").map_or("", |(_, note)| note);
    Some((
        ids.into_iter().map(String::from).collect(),
        words.into_iter().map(String::from).collect(),
        note.trim().to_string(),
    ))
}

/// Definitions of the modules of the catalogue, and those that it lacks.
fn defined() -> (Vec<Ours>, Vec<String>) {
    let mut out = Vec::new();
    let mut added = Vec::new();
    for module in sbt_std::modules() {
        if !module.path.starts_with("patterns/unger") && module.path != "patterns/risk" {
            continue;
        }
        let mut comment = String::new();
        for line in module.text.lines() {
            if let Some(doc) = line.strip_prefix("/// ") {
                comment.push_str(doc);
                comment.push(' ');
                continue;
            }
            if let Some(head) = line
                .strip_prefix("indicator ")
                .or_else(|| line.strip_prefix("fn "))
            {
                let (name, rest) = head.split_once('(').unwrap();
                if comment.contains("which the catalogue lacks") {
                    added.push(name.to_string());
                }
                if let Some((ids, words, note)) = claim(&comment) {
                    let formals = rest.split(')').next().unwrap();
                    out.push(Ours {
                        name: name.into(),
                        module: module.path.into(),
                        ids,
                        words,
                        note,
                        warmup: None,
                        callable: formals.is_empty()
                            || formals.split(", ").all(|f| f.is_empty() || f.contains('=')),
                    });
                }
            }
            comment.clear();
        }
    }
    (out, added)
}

/// Programs that show what the language itself has.
fn examples() -> Vec<Ours> {
    let folder = repository("docs/examples/mechanisms");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    paths.sort();
    paths
        .iter()
        .filter_map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let comment: String = text
                .lines()
                .filter_map(|l| l.strip_prefix("// "))
                .flat_map(|l| [l, " "])
                .collect();
            let (ids, words, _) = claim(&comment)?;
            Some(Ours {
                name: path.file_name()?.to_str()?.to_string(),
                module: String::new(),
                ids,
                words,
                note: "A program, as the language has it.".into(),
                warmup: None,
                callable: false,
            })
        })
        .collect()
}

/// Asks the compiler for the warm-up of every definition that can be called without arguments.
fn measure(ours: &mut [Ours]) {
    let read = read();
    let prelude = joined(&read.prelude);
    let modules: BTreeSet<String> = ours
        .iter()
        .filter(|o| o.callable)
        .map(|o| o.module.clone())
        .collect();
    let mut found: HashMap<String, (f64, f64)> = HashMap::new();
    for module in &modules {
        let mut text = format!("#sbt 1\n\nuse {module}\n\nstrategy probe {{\n  on 1h\n\n");
        for o in ours.iter().filter(|o| o.callable && o.module == *module) {
            let _ = writeln!(text, "  let it_{0} = {0}()", o.name);
        }
        text.push_str("\n  enter long when close > open\n\n  size 1\n}\n");
        let (file, wrong) = sbt_syntax::parse(&text, FileId(0));
        assert!(wrong.is_empty(), "{text}\n{wrong:#?}");
        let (hir, _) = check(&file, &text, &prelude, &read);
        for fact in hir.facts {
            if let (Some(name), Some(warmup)) = (fact.name.strip_prefix("it_"), fact.warmup) {
                found.insert(name.to_string(), warmup);
            }
        }
    }
    for o in ours {
        // rows are counted from 0, bars from 1
        o.warmup = found.get(&o.name).map(|(a, b)| (a + 1.0, b + 1.0));
        assert!(!o.callable || o.warmup.is_some(), "{}", o.name);
    }
}

#[test]
fn every_entry_is_accounted_for_once() {
    let listed = listed();
    assert_eq!(listed.len(), 262);
    let mut ours = defined().0;
    ours.extend(examples());
    let mut seen: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for o in &ours {
        for id in &o.ids {
            seen.entry(id).or_default().push(&o.name);
        }
    }
    let mut wrongs = Vec::new();
    for entry in &listed {
        match seen.remove(entry.id.as_str()) {
            None => wrongs.push(format!("{} is missing", entry.id)),
            Some(names) if names.len() > 1 => {
                wrongs.push(format!("{} is claimed by {names:?}", entry.id));
            }
            Some(_) => {}
        }
    }
    for (id, names) in seen {
        wrongs.push(format!("{id} of {names:?} is not in the catalogue"));
    }
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}

#[test]
fn sides_and_classes_are_those_of_the_catalogue() {
    let listed: HashMap<String, Listed> = listed().into_iter().map(|e| (e.id.clone(), e)).collect();
    for o in defined().0 {
        // the side of an exit is that of the position it closes, which is not that of the condition
        let stands_for: Vec<&Listed> = o
            .ids
            .iter()
            .map(|id| &listed[id])
            .filter(|e| e.kind != "exit" || o.ids.iter().all(|id| listed[id].kind == "exit"))
            .collect();
        let mut words: BTreeSet<String> = BTreeSet::new();
        for entry in stands_for {
            words.extend(entry.sides.iter().cloned());
            if !entry.class.is_empty() {
                words.insert(entry.class.clone());
            }
        }
        assert_eq!(o.words, words, "{}", o.name);
    }
}

/// Counts of a kind: all, taken, merged, of the language. What is left was refused.
fn row(out: &mut String, what: &str, counts: [usize; 4]) {
    let [all, taken, merged, language] = counts;
    let refused = all - taken - merged - language;
    let _ = writeln!(
        out,
        "| {what} | {all} | {taken} | {merged} | {language} | {refused} |"
    );
}

fn page() -> String {
    let listed = listed();
    let (mut ours, added) = defined();
    measure(&mut ours);
    ours.extend(examples());
    let mut by_id: HashMap<&str, (&Ours, bool)> = HashMap::new();
    for o in &ours {
        for (place, id) in o.ids.iter().enumerate() {
            by_id.insert(id, (o, place == 0));
        }
    }
    let mut kinds: Vec<&str> = Vec::new();
    for entry in &listed {
        if !kinds.contains(&entry.kind.as_str()) {
            kinds.push(&entry.kind);
        }
    }
    let count = |kind: Option<&str>| {
        let mut counts = [0; 4];
        for entry in listed.iter().filter(|e| kind.is_none_or(|k| e.kind == k)) {
            let (o, first) = by_id[entry.id.as_str()];
            counts[0] += 1;
            counts[if o.module.is_empty() {
                3
            } else if first {
                1
            } else {
                2
            }] += 1;
        }
        counts
    };
    let mut out = String::from(
        "# The Unger catalogue\n\nThe catalogue of entries, filters and exits in the manner of A. Unger, with its parts of risk, and what became of each \
         entry. A test writes this page from the comments of the library's modules and of the \
         [examples](../examples/mechanisms), and fails when an entry is missing, stands twice, or has another side.\n\n\
         | | entries | taken | merged | language | refused |\n| --- | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for kind in &kinds {
        row(&mut out, kind, count(Some(kind)));
    }
    row(&mut out, "all", count(None));
    let _ = write!(
        out,
        "\nTaken: a definition of the library was made from it. Merged: another entry has the same formula, with these or other \
         lengths, and one definition stands for both. Language: the language itself has it; the program shows how. Added, \
         because the catalogue has one side only: {}.\n\n\
         A division by zero has no value, and a condition on it does not hold.\n\n\
         Bars: how many the catalogue declares, how many there must be until ours exists, and until it has settled, with default \
         arguments; the compiler derives both. The catalogue's figure stands for its longest parameters, and has reserves; ours \
         settles later where an average has no end.\n",
        added
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    );
    for kind in &kinds {
        let title = match *kind {
            "entry" => "Entries",
            "filter" => "Filters",
            "exit" => "Exits",
            "stop loss" => "Stops",
            "take profit" => "Targets",
            "trailing" => "Trails",
            _ => "Exit mechanisms",
        };
        let bars = listed
            .iter()
            .any(|e| e.kind == *kind && by_id[e.id.as_str()].0.warmup.is_some());
        let _ = write!(
            out,
            "\n## {title}\n\n| id | in the catalogue | side | ours | module | "
        );
        out.push_str(if bars {
            "declared | exists | settled | "
        } else {
            ""
        });
        out.push_str("note |\n| --- | --- | --- | --- | --- | ");
        out.push_str(if bars { "---: | ---: | ---: | " } else { "" });
        out.push_str("--- |\n");
        for entry in listed.iter().filter(|e| e.kind == *kind) {
            let (o, first) = by_id[entry.id.as_str()];
            let name = if o.module.is_empty() {
                format!("[{0}](../examples/mechanisms/{0})", o.name)
            } else {
                format!("`{}`", o.name)
            };
            let sides: Vec<String> = entry.sides.iter().map(|s| s.to_lowercase()).collect();
            let merged = if first {
                String::new()
            } else {
                format!("Merged with {}. ", o.ids[0])
            };
            let _ = write!(
                out,
                "| {} | {} | {} | {name} | {} | ",
                entry.id,
                entry.name,
                sides.join(" "),
                o.module.trim_start_matches("patterns/"),
            );
            if bars {
                let figure = |n: Option<f64>| n.map_or(String::new(), |n| n.to_string());
                let _ = write!(
                    out,
                    "{} | {} | {} | ",
                    figure(entry.lookback),
                    figure(o.warmup.map(|w| w.0)),
                    figure(o.warmup.map(|w| w.1))
                );
            }
            let _ = writeln!(
                out,
                "{} |",
                format!("{merged}{}", o.note.replace('|', "\\|")).trim()
            );
        }
    }
    out
}

#[test]
fn the_page_is_current() {
    let path = repository("docs/catalogues/unger.md");
    let page = page();
    if std::env::var_os("UPDATE_PAGES").is_some() {
        std::fs::write(&path, page).unwrap();
        return;
    }
    let have = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(have == page, "{}: run with UPDATE_PAGES=1", path.display());
}
