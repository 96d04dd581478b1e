//! Every code of this crate has a page: the wrong program yields exactly that code, the right one yields nothing.
//!
//! `UPDATE_PAGES=1 cargo test -p sbt-syntax --test pages` writes the message blocks anew.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use sbt_diagnostics::SourceMap;
use std::path::{Path, PathBuf};
use support::parse;

fn page(code: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/errors")
        .join(format!("{code}.md"))
}

/// The fenced block below a heading: its text, and where it stands.
fn block<'a>(page: &'a str, heading: &str, language: &str) -> Option<(usize, &'a str)> {
    let section = page.find(&format!("\n## {heading}\n"))?;
    let fence = format!("```{language}\n");
    let start = section + page[section..].find(&fence)? + fence.len();
    let end = start + page[start..].find("```")?;
    Some((start, &page[start..end]))
}

#[test]
fn every_code_has_a_page_that_tells_the_truth() {
    for known in sbt_syntax::codes::ALL {
        let code = known.code;
        let path = page(code);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{code} has no page"));
        assert!(
            text.starts_with(&format!("# {code}: {}\n", known.title)),
            "{code}: the heading is not the title"
        );
        let (_, wrong) =
            block(&text, "Wrong", "sbt").unwrap_or_else(|| panic!("{code}: no wrong program"));
        let (at, message) =
            block(&text, "Message", "text").unwrap_or_else(|| panic!("{code}: no message"));
        let (_, right) =
            block(&text, "Right", "sbt").unwrap_or_else(|| panic!("{code}: no right program"));
        assert!(text.contains("\n## Why\n"), "{code}: no reason");

        let (_, found) = parse(wrong);
        let codes: Vec<_> = found.iter().map(|d| d.code.0).collect();
        assert_eq!(codes, [code], "{code}: {found:?}");
        let mut sources = SourceMap::default();
        sources.add("strategy.sbt", wrong);
        let plain = sbt_diagnostics::plain(&found, &sources);
        if std::env::var_os("UPDATE_PAGES").is_some() {
            let new = format!("{}{plain}{}", &text[..at], &text[at + message.len()..]);
            std::fs::write(&path, new).unwrap();
        } else {
            assert_eq!(message, plain, "{code}");
        }
        // What can be repaired by machine is repaired into a correct program.
        if let Some(repaired) = support::repaired(wrong, &found[0]) {
            let left = parse(&repaired).1;
            let allowed = code == "E0013";
            assert!(left.is_empty() || allowed, "{code}: {left:?}\n{repaired}");
        }

        assert_eq!(parse(right).1, [], "{code}");
        assert_eq!(
            sbt_syntax::format(right).unwrap(),
            right,
            "{code}: the right program is not laid out"
        );
    }
}

#[test]
fn every_page_has_its_code() {
    for entry in std::fs::read_dir(page("E0001").parent().unwrap()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if let Some(code) = name.strip_suffix(".md").filter(|c| c.starts_with("E00")) {
            assert!(
                sbt_syntax::codes::title(code).is_some(),
                "{name} explains no code"
            );
        }
    }
}
