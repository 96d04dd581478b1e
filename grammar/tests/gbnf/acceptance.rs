//! What the parser says to programs drawn from the grammar, and the grammar to programs that people wrote.

use crate::derive::Recogniser;
use crate::read::read;
use crate::sample::{Random, Sampler};
use crate::{committed, repository};
use sbt_diagnostics::FileId;
use sbt_grammar::word;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Programs drawn in every run of the tests.
const FEW: usize = 500;
/// Programs drawn by command.
const MANY: usize = 10_000;
/// Of `FEW` programs at least so many are accepted.
const FLOOR: usize = 478;
/// The same where every second name is a word of the language.
const FLOOR_OF_WORDS: usize = 477;

/// What became of some programs.
#[derive(Default)]
struct Verdict {
    drawn: usize,
    accepted: usize,
    bytes: usize,
    /// By code: how many have it, and the shortest.
    refused: BTreeMap<String, (usize, String)>,
}

/// Words that begin statements and clauses and may still be names.
fn soft_words() -> Vec<&'static str> {
    [word::STATEMENTS, word::CLAUSES, word::FOLDS]
        .concat()
        .into_iter()
        .filter(|w| !word::is_reserved(w))
        .collect()
}

fn judge(count: usize, seed: u64, names: &[&'static str]) -> Verdict {
    // a file without an item is accepted too, but says nothing
    let text = committed().replace("(nl item)*", "(nl item)+");
    assert!(text.contains("(nl item)+"));
    let grammar = read(&text);
    let sampler = Sampler::new(&grammar, names);
    let mut random = Random::new(seed);
    let mut out = Verdict::default();
    for _ in 0..count {
        let text = sampler.draw(&mut random);
        out.drawn += 1;
        out.bytes += text.len();
        let (_, diagnostics) = sbt_syntax::parse(&text, FileId(0));
        let Some(first) = diagnostics.iter().find(|d| d.is_error()) else {
            out.accepted += 1;
            continue;
        };
        let at = first.span().start as usize;
        let from = text[..at.min(text.len())].rfind('\n').map_or(0, |n| n + 1);
        let line = text[from..].lines().next().unwrap_or("").to_string();
        let entry = out
            .refused
            .entry(format!("{} {}", first.code.0, first.message))
            .or_default();
        entry.0 += 1;
        let shown = format!("{line:?}");
        if entry.1.is_empty() || shown.len() < entry.1.len() {
            entry.1 = shown;
        }
    }
    out
}

#[test]
fn programs_of_the_grammar_are_accepted() {
    for (names, floor) in [(Vec::new(), FLOOR), (soft_words(), FLOOR_OF_WORDS)] {
        let v = judge(FEW, 1, &names);
        let causes: Vec<_> = v.refused.iter().collect();
        assert!(
            v.accepted >= floor,
            "only {} of {} accepted: {causes:#?}",
            v.accepted,
            v.drawn
        );
        assert!(v.bytes > 100 * v.drawn, "{} bytes", v.bytes / v.drawn);
    }
}

#[test]
#[ignore = "takes a while; prints the figures of the book's page"]
fn ten_thousand_programs_of_the_grammar() {
    for (what, names) in [
        ("any names", Vec::new()),
        ("every second name a word of the language", soft_words()),
    ] {
        let v = judge(MANY, 2, &names);
        println!(
            "{what}: {} of {} accepted ({:.2} %), {} bytes each",
            v.accepted,
            v.drawn,
            100.0 * v.accepted as f64 / v.drawn as f64,
            v.bytes / v.drawn
        );
        let mut causes: Vec<_> = v.refused.iter().collect();
        causes.sort_by_key(|c| std::cmp::Reverse(c.1.0));
        for (cause, (count, example)) in causes.into_iter().take(25) {
            println!("{count:5}  {cause}\n       {example}");
        }
    }
}

fn files(folder: &Path, ending: &str, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, ending, out);
        } else if path.extension().is_some_and(|e| e == ending) {
            out.push(path);
        }
    }
}

/// The whole programs in a page of the book that are not there to be refused.
fn programs(page: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut block: Option<String> = None;
    for line in page.lines() {
        match &mut block {
            Some(text) if line.starts_with("```") => {
                out.push(std::mem::take(text));
                block = None;
            }
            Some(text) => {
                text.push_str(line);
                text.push('\n');
            }
            None if line == "```sbt" => block = Some(String::new()),
            None => {}
        }
    }
    out.retain(|t| t.starts_with("#sbt"));
    out
}

#[test]
fn what_people_wrote_follows_the_grammar() {
    let recogniser = Recogniser::new(&read(&committed()));
    let mut texts: Vec<(String, String)> = Vec::new();
    for folder in ["docs", "stdlib/sbt", "services/cli/templates"] {
        let mut found = Vec::new();
        files(&repository(folder), "sbt", &mut found);
        assert!(!found.is_empty(), "{folder}");
        for path in found {
            texts.push((
                path.display().to_string(),
                std::fs::read_to_string(&path).unwrap(),
            ));
        }
    }
    let mut pages = Vec::new();
    files(&repository("docs/language"), "md", &mut pages);
    for path in pages {
        let page = std::fs::read_to_string(&path).unwrap();
        for text in programs(&page) {
            // what the parser refuses, the grammar need not derive
            let (_, diagnostics) = sbt_syntax::parse(&text, FileId(0));
            if !diagnostics
                .iter()
                .any(sbt_diagnostics::Diagnostic::is_error)
            {
                texts.push((path.display().to_string(), text));
            }
        }
    }
    let mut wrongs = Vec::new();
    for (name, text) in &texts {
        if let Err(at) = recogniser.derives(text) {
            let line = text[..at].matches('\n').count() + 1;
            let from = text[..at].rfind('\n').map_or(0, |n| n + 1);
            let shown = text[from..].lines().next().unwrap_or("");
            wrongs.push(format!("{name}:{line}: {shown} (at {})", at - from));
        }
    }
    assert!(texts.len() > 20, "only {} programs", texts.len());
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}

#[test]
fn reserved_words_are_no_names() {
    let text = committed();
    let grammar = text.replace("root ::= file", "root ::= ident");
    let recogniser = Recogniser::new(&read(&grammar));
    for word in sbt_grammar::word::RESERVED {
        assert!(recogniser.derives(word).is_err(), "{word}");
        assert!(recogniser.derives(&format!("{word}x")).is_ok(), "{word}x");
        assert!(recogniser.derives(&format!("{word}_")).is_ok(), "{word}_");
    }
    for name in [
        "a", "i", "o", "en", "ent", "size", "stop", "_", "_x", "Bias", "r", "fnn",
    ] {
        assert!(recogniser.derives(name).is_ok(), "{name}");
    }
    assert!(recogniser.derives("1a").is_err() && recogniser.derives("").is_err());
}
