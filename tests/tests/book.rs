//! The book tells the truth: its programs are checked, its links lead somewhere, its lists are those of the compiler.
//!
//! `UPDATE_PAGES=1 cargo test -p sixbtc-tests --test book` writes the lists anew.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod blocks;

use blocks::{Files, blocks, check, error_codes, is_laid_out, repository, updating};
use sbt_driver::Backend;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Pages of the book, those of the diagnostics included.
fn pages() -> Vec<PathBuf> {
    fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|e| e == "md") {
                out.push(path);
            }
        }
    }
    let mut out = Vec::new();
    walk(&repository("docs"), &mut out);
    out.sort();
    out
}

/// Statements as the body of a strategy that has a clock and an entry.
fn wrapped(fragment: &str) -> String {
    let clock = |l: &str| l.starts_with("on ") && !l.contains(['{', ':']);
    let mut body = String::from("#sbt 1\n\nstrategy fragment {\n");
    if !fragment.lines().any(clock) {
        body.push_str("  on 1h\n\n");
    }
    for line in fragment.lines() {
        let _ = writeln!(body, "  {line}");
    }
    if !fragment.lines().any(|l| l.starts_with("enter ")) {
        body.push_str("  enter long when close > open\n");
    }
    body + "}\n"
}

#[test]
fn every_program_of_the_book_is_checked() {
    let mut wrongs: Vec<String> = Vec::new();
    let mut programs = 0;
    for path in pages() {
        if path.parent().is_some_and(|p| p.ends_with("errors")) {
            continue; // these have a test of their own
        }
        let page = std::fs::read_to_string(&path).unwrap();
        for block in blocks(&page).into_iter().filter(|b| b.language == "sbt") {
            programs += 1;
            let place = format!(
                "{}:{}",
                path.file_name().unwrap().to_string_lossy(),
                block.line
            );
            let fragment = block.has("fragment");
            let text = if fragment {
                wrapped(&block.text)
            } else {
                block.text.clone()
            };
            let checked = check(&text, &Files::default());
            let expected: Vec<&str> = block.attribute("fails").into_iter().collect();
            if error_codes(&checked) != expected {
                wrongs.push(format!(
                    "{place}\n{}",
                    sbt_diagnostics::plain(&checked.diagnostics, &checked.sources)
                ));
            }
            if !fragment && !is_laid_out(&text) {
                wrongs.push(format!("{place} is not laid out"));
            }
        }
    }
    assert!(programs >= 15, "only {programs} programs");
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}

/// Targets of `[text](target)` outside of code.
fn links(page: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut code = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        } else if !code {
            for (at, _) in line.match_indices("](") {
                let rest = &line[at + 2..];
                out.extend(rest.split_once(')').map(|(target, _)| target));
            }
        }
    }
    out
}

/// Anchors of a page's headings as mdBook and GitHub make them.
fn anchors(page: &str) -> Vec<String> {
    page.lines()
        .filter(|l| l.starts_with('#'))
        .map(|l| {
            let kept = l.trim_start_matches('#').trim().to_lowercase();
            let kept = kept
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.collect::<String>().replace(' ', "-")
        })
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrongs: Vec<String> = Vec::new();
    for path in pages() {
        let page = std::fs::read_to_string(&path).unwrap();
        for link in links(&page) {
            if link.contains("://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() {
                path.clone()
            } else {
                path.parent().unwrap().join(file)
            };
            if !target.exists() {
                wrongs.push(format!("{}: {link}", path.display()));
            } else if !anchor.is_empty() {
                let there = std::fs::read_to_string(&target).unwrap();
                if !anchors(&there).iter().any(|a| a == anchor) {
                    wrongs.push(format!("{}: {link} (no such heading)", path.display()));
                }
            }
        }
    }
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}

/// Heading lines of the pages of diagnostics: code and title.
fn diagnostics() -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for path in blocks::files_of(&repository("docs/errors"), "md") {
        let page = std::fs::read_to_string(&path).unwrap();
        if let Some((code, title)) = page
            .lines()
            .next()
            .and_then(|l| l.strip_prefix("# ")?.split_once(": "))
            && path.file_stem().is_some_and(|s| s == code)
        {
            out.push((code.to_string(), title.to_string()));
        }
    }
    out
}

/// What the first digits of a code say about it.
fn group(code: &str) -> &'static str {
    match &code[..3] {
        "E00" => "Syntax",
        "E01" => "Names",
        "E02" => "Types",
        "E03" => "Time: history, recurrences, clocks",
        "E04" => "Units",
        "E05" => "Parameters",
        "E06" => "Orders",
        "E07" => "Size of the program",
        "E08" => "Editions and modules",
        "E09" => "Portfolios and tests",
        _ => "Warnings",
    }
}

fn index_of_diagnostics() -> String {
    let mut out = String::from(
        "# Diagnostics\n\nEvery message of the compiler has a code, and every code a page: a wrong program, the message, the \
         reason, a right program. `sixbtc explain CODE` prints it. Codes that begin with E prevent compilation, those with W \
         are warnings.\n",
    );
    let mut last = "";
    for (code, title) in diagnostics() {
        if group(&code) != last {
            last = group(&code);
            let _ = write!(out, "\n## {last}\n\n");
        }
        let _ = writeln!(out, "- [{code}](errors/{code}.md): {title}");
    }
    out
}

/// The library as a page: each definition with its comment, by module.
fn library() -> String {
    let mut out = String::from(
        "# The library\n\nIndicators and functions that every program can use. They are written in the language itself and \
         inlined like your own. The seed and the settling of each follow the source that its comment names.\n",
    );
    let mut modules: BTreeMap<&str, String> = BTreeMap::new();
    for name in sbt_driver::library_names() {
        let Some((module, text)) = sbt_driver::item_text(name) else {
            continue;
        };
        let mut comment: Vec<&str> = Vec::new();
        let mut head = "";
        for line in text.lines() {
            if let Some(doc) = line.strip_prefix("///") {
                comment.push(doc.trim());
            } else if line.starts_with("indicator ")
                || line.starts_with("fn ")
                || line.starts_with("enum ")
            {
                head = line.trim_end_matches('{').trim();
                break;
            }
        }
        let entry = modules.entry(module).or_default();
        let _ = write!(entry, "\n### {name}\n\n`{head}`\n");
        if !comment.is_empty() {
            let _ = write!(entry, "\n{}\n", comment.join(" "));
        }
    }
    for (module, entries) in modules {
        let _ = write!(out, "\n## {module}\n{entries}");
    }
    out
}

/// Every word and built-in on one page, from the table that editors read.
fn words() -> String {
    let mut out = String::from(
        "# All words\n\nEvery word of the language and every built-in name, each with the way it is written and the page that says more. \
         The indicators are in [The library](../library.md).\n",
    );
    let cell = |text: &str| text.replace('|', "\\|");
    let mut families: Vec<&str> = vec!["statements", "clauses", "operators", "types"];
    let all = || {
        let entries = sbt_driver::docs::entries().iter();
        entries.filter(|e| !e.kind.is_definition())
    };
    for e in all() {
        if !families.contains(&e.family.as_str()) {
            families.push(&e.family);
        }
    }
    for family in families {
        let title = family[..1].to_uppercase() + &family[1..];
        let _ = write!(
            out,
            "\n## {title}\n\n| name | written | does |\n| --- | --- | --- |\n"
        );
        for e in all().filter(|e| e.family == family) {
            let name = match e.page {
                Some(page) => {
                    let page = page
                        .strip_prefix("language/")
                        .map_or_else(|| format!("../{page}"), String::from);
                    format!("[`{}`]({page})", cell(&e.name))
                }
                None => format!("`{}`", cell(&e.name)),
            };
            let _ = writeln!(
                out,
                "| {name} | `{}` | {} |",
                cell(&e.signature),
                cell(&e.text.replace('\n', " "))
            );
        }
    }
    out
}

/// The contents with a line for every diagnostic.
fn summary(old: &str) -> String {
    const LAST: &str = "- [Diagnostics](diagnostics.md)\n";
    let kept = old.split(LAST).next().unwrap();
    let mut out = format!("{kept}{LAST}");
    for (code, _) in diagnostics() {
        let _ = writeln!(out, "  - [{code}](errors/{code}.md)");
    }
    out
}

#[test]
fn generated_pages_are_current() {
    let contents = repository("docs/SUMMARY.md");
    let old = std::fs::read_to_string(&contents).unwrap();
    let wanted = [
        (contents, summary(&old)),
        (repository("docs/diagnostics.md"), index_of_diagnostics()),
        (repository("docs/library.md"), library()),
        (repository("docs/language/words.md"), words()),
        (
            repository("docs/language/card.md"),
            sbt_driver::docs::card(),
        ),
    ];
    for (path, text) in wanted {
        if updating() {
            std::fs::write(&path, text).unwrap();
        } else {
            let have = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(have == text, "{}: run with UPDATE_PAGES=1", path.display());
        }
    }
}

#[test]
fn every_chapter_stands_in_the_contents() {
    let contents = std::fs::read_to_string(repository("docs/SUMMARY.md")).unwrap();
    let docs = repository("docs");
    for path in pages() {
        let name = path
            .strip_prefix(&docs)
            .unwrap()
            .to_string_lossy()
            .replace('\\', "/");
        let chapter = name != "SUMMARY.md" && !name.ends_with("README.md");
        assert!(
            !chapter || contents.contains(&format!("]({name})")),
            "{name} stands in no chapter list"
        );
    }
}

/// Complete programs of the book that are right.
fn programs() -> Vec<(String, String)> {
    let mut out = Vec::new();
    for path in pages() {
        let page = std::fs::read_to_string(&path).unwrap();
        for block in blocks(&page).into_iter().filter(|b| b.language == "sbt") {
            let fails = block.attributes.iter().any(|a| a.starts_with("fails="));
            if !fails && !block.has("fragment") && block.text.starts_with("#sbt") {
                out.push((format!("{}:{}", path.display(), block.line), block.text));
            }
        }
    }
    out
}

#[test]
fn every_reason_is_explained() {
    use sixbtc_engine::ExitReason as Exit;
    let page = std::fs::read_to_string(repository("docs/language/orders.md")).unwrap();
    let skipped = sixbtc_engine::SkipReason::ALL.iter().map(|r| r.name());
    let closed = [
        Exit::Signal,
        Exit::Stop,
        Exit::Trail,
        Exit::Target,
        Exit::Time,
        Exit::Session,
        Exit::Reverse,
        Exit::Liquidation,
        Exit::EndOfData,
        Exit::Rebalance,
    ];
    for name in skipped.chain(closed.iter().map(|r| r.name())) {
        assert!(page.contains(&format!("| `{name}` | ")), "{name}");
    }
}

#[test]
fn tests_in_the_book_hold() {
    let mut held = 0;
    for (place, text) in programs() {
        if !text.contains("\ntest \"") || place.contains("/errors/") {
            continue;
        }
        let checked = check(&text, &Files::default());
        for backend in [Backend::Interpreter, Backend::Cranelift] {
            for outcome in sbt_driver::run_tests(&checked.hir.tests, backend).unwrap() {
                assert!(outcome.failure.is_none(), "{place}: {outcome:?}");
                held += 1;
            }
        }
    }
    assert!(held >= 40, "only {held} tests");
}

#[test]
fn every_word_and_every_built_in_has_an_example() {
    let mut examples = String::new();
    for path in blocks::files_of(&repository("docs/language"), "md") {
        let page = std::fs::read_to_string(&path).unwrap();
        for block in blocks(&page) {
            if block.language == "sbt" && block.attribute("fails").is_none() {
                examples.push_str(&block.text);
            }
        }
    }
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let shown = |name: &str| {
        examples.match_indices(name).any(|(at, _)| {
            let (before, after) = (&examples[..at], &examples[at + name.len()..]);
            let letters = name.chars().all(|c| part(c) || c == '.');
            !letters || !(before.ends_with(part) || after.starts_with(part))
        })
    };
    let missing: Vec<&str> = sbt_driver::docs::entries()
        .iter()
        .filter(|e| !e.kind.is_definition())
        // written `x[1]` and `2R`
        .filter(|e| e.name != "[]" && e.name != "R")
        .map(|e| e.name.as_str())
        .filter(|name| !shown(name))
        .collect();
    assert!(
        missing.is_empty(),
        "no example in docs/language: {missing:?}"
    );
}

#[test]
fn the_published_book_has_a_page_for_every_family_and_a_plot_for_every_indicator() {
    use sbt_driver::docs::{Kind, entries};
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("sources");
    let made = sixbtc_tests::book::write(&repository(""), &out).unwrap();
    let library: Vec<_> = entries()
        .iter()
        .filter(|e| e.kind.is_definition())
        .collect();
    assert_eq!(
        (made.families, made.entries),
        (sbt_std::modules().len(), library.len())
    );
    let callable = |e: &&&sbt_driver::docs::Entry| {
        e.needs_use.is_none() && matches!(e.kind, Kind::Indicator | Kind::Fn)
    };
    let wanted = library.iter().filter(callable).count();
    // what takes a choice from an enum without a default cannot be called as it stands
    assert!(made.plots + 5 >= wanted, "{} plots of {wanted}", made.plots);
    let page = std::fs::read_to_string(out.join("library/average.md")).unwrap();
    assert!(page.contains("## sma\n") && page.contains("<svg") && page.contains("TA-Lib SMA"));
    let contents = std::fs::read_to_string(out.join("SUMMARY.md")).unwrap();
    assert!(contents.contains("  - [average](library/average.md)"));
    sixbtc_tests::book::build(&out).unwrap();
    let html = std::fs::read_to_string(dir.path().join("book/library/average.html")).unwrap();
    assert!(html.contains("<svg") && html.contains("sbt-highlight"));
    assert!(dir.path().join("book/errors/E0301.html").exists());
    // the same book from the same sources
    let again = dir.path().join("again");
    sixbtc_tests::book::write(&repository(""), &again).unwrap();
    assert_eq!(
        page,
        std::fs::read_to_string(again.join("library/average.md")).unwrap()
    );
}
