//! Every code that the compiler can issue has a page: its wrong program yields exactly that code with exactly that
//! message, its right program is accepted, and no page is left over.
//!
//! `UPDATE_PAGES=1 cargo test -p sixbtc-tests --test error_pages` writes the message blocks anew.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod blocks;

use blocks::{
    Block, Files, blocks, check, error_codes, files_of, is_laid_out, repository, updating,
};
use sbt_driver::{Backend, compile};
use std::collections::{BTreeMap, BTreeSet};

/// Codes of the stage that compiles, whose messages come after a check without errors.
const OF_COMPILATION: [&str; 2] = ["E0701", "E0702"];

fn codes() -> BTreeMap<&'static str, &'static str> {
    let syntax = sbt_syntax::codes::ALL.iter().map(|c| (c.code, c.title));
    let mut out = BTreeMap::new();
    for (code, title) in syntax
        .chain(sbt_hir::CODES.iter().copied())
        .chain(sbt_driver::codes::CODES.iter().copied())
    {
        assert!(out.insert(code, title).is_none(), "{code} is in two tables");
    }
    out
}

/// The program of a section and the modules beside it.
fn program<'b>(all: &'b [Block], section: &str) -> Option<(&'b str, Files)> {
    let of_section = || {
        all.iter()
            .filter(|b| b.section == section && b.language == "sbt")
    };
    let main = of_section().find(|b| b.attributes.is_empty())?;
    let modules = of_section().filter_map(|b| {
        let path = b.attribute("file")?.strip_suffix(".sbt")?;
        Some((path.to_string(), b.text.clone()))
    });
    Some((&main.text, Files(modules.collect())))
}

/// The plain message of a wrong program, and the codes in it.
fn message(code: &str, wrong: &str, files: &Files) -> (String, Vec<String>) {
    let checked = check(wrong, files);
    if OF_COMPILATION.contains(&code) {
        assert!(
            checked.diagnostics.is_empty(),
            "{code}: {:?}",
            checked.diagnostics
        );
        let failure = compile(&checked.hir.strategies[0], Backend::Cranelift)
            .err()
            .map(|e| e.to_string());
        let failure = failure.unwrap_or_else(|| panic!("{code}: compiles"));
        return (format!("{failure}\n"), vec![failure[..5].to_string()]);
    }
    let mut codes: Vec<String> = checked
        .diagnostics
        .iter()
        .map(|d| d.code.0.to_string())
        .collect();
    codes.dedup();
    (
        sbt_diagnostics::plain(&checked.diagnostics, &checked.sources),
        codes,
    )
}

#[test]
fn every_code_has_a_page_that_tells_the_truth() {
    let mut wrongs: Vec<String> = Vec::new();
    for (code, title) in codes() {
        let path = repository("docs/errors").join(format!("{code}.md"));
        let Ok(page) = std::fs::read_to_string(&path) else {
            wrongs.push(format!("{code} has no page"));
            continue;
        };
        if !page.starts_with(&format!("# {code}: {title}\n")) {
            wrongs.push(format!("{code}: the heading is not `# {code}: {title}`"));
        }
        if !page.contains("\n## Why\n\n") {
            wrongs.push(format!("{code}: no reason is given"));
        }
        let all = blocks(&page);
        let (Some((wrong, among)), Some((right, beside))) =
            (program(&all, "Wrong"), program(&all, "Right"))
        else {
            wrongs.push(format!("{code}: a program is missing"));
            continue;
        };
        let Some(golden) = all
            .iter()
            .find(|b| b.section == "Message" && b.language == "text")
        else {
            wrongs.push(format!("{code}: no message"));
            continue;
        };
        let (plain, found) = message(code, wrong, &among);
        if found != [code] {
            wrongs.push(format!(
                "{code}: the wrong program yields {found:?}\n{plain}"
            ));
        } else if updating() {
            let end = golden.start + golden.text.len();
            std::fs::write(
                &path,
                format!("{}{plain}{}", &page[..golden.start], &page[end..]),
            )
            .unwrap();
        } else if golden.text != plain {
            wrongs.push(format!(
                "{code}: the message is\n{plain}not\n{}",
                golden.text
            ));
        }
        let checked = check(right, &beside);
        if !error_codes(&checked).is_empty()
            || code.starts_with('W') && !checked.diagnostics.is_empty()
        {
            wrongs.push(format!(
                "{code}: the right program yields {:?}",
                checked.diagnostics
            ));
        } else if OF_COMPILATION.contains(&code) {
            assert!(
                compile(&checked.hir.strategies[0], Backend::Cranelift).is_ok(),
                "{code}"
            );
        }
        if !is_laid_out(right) {
            wrongs.push(format!("{code}: the right program is not laid out"));
        }
    }
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
}

#[test]
fn every_page_has_its_code() {
    let codes = codes();
    for path in files_of(&repository("docs/errors"), "md") {
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(
            name == "README" || codes.contains_key(name),
            "{name} explains no code"
        );
    }
}

/// Every code that stands in a source file is in a table, and every code of a table stands in a source file. (The syntax
/// stage names its codes by constants.)
#[test]
fn the_sources_issue_the_codes_of_the_tables() {
    let codes = codes();
    let mut seen = BTreeSet::new();
    for stage in ["syntax", "hir", "driver"] {
        for path in files_of(&repository(&format!("compiler/{stage}/src")), "rs") {
            if path.ends_with("codes.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            for (at, _) in text.match_indices('"') {
                let Some(word) = text.get(at + 1..at + 6) else {
                    continue;
                };
                let digits = word.bytes().skip(1).all(|b| b.is_ascii_digit());
                if digits && word.starts_with(['E', 'W']) {
                    assert!(
                        codes.contains_key(word),
                        "{}: {word} is in no table",
                        path.display()
                    );
                    seen.insert(word.to_string());
                }
            }
        }
    }
    let silent: Vec<_> = codes
        .keys()
        .filter(|c| sbt_syntax::codes::title(c).is_none() && !seen.contains(**c))
        .collect();
    assert!(silent.is_empty(), "nothing issues {silent:?}");
}
