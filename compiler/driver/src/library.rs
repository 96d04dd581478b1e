//! The standard library, parsed item by item and only when a program asks for it.

use sbt_diagnostics::FileId;
use sbt_hir::Library;
use sbt_syntax::ast::Item;
use std::collections::HashMap;
use std::sync::OnceLock;

struct Entry {
    module: &'static str,
    text: &'static str,
    item: OnceLock<Option<Item>>,
}

/// The prelude of the standard library.
pub struct Prelude {
    entries: HashMap<&'static str, Entry>,
    names: Vec<&'static str>,
}

static PRELUDE: OnceLock<Prelude> = OnceLock::new();

/// The prelude; its items are parsed on first use and kept.
pub fn library() -> &'static Prelude {
    PRELUDE.get_or_init(|| {
        let mut entries = HashMap::new();
        let mut names = Vec::new();
        for module in sbt_std::prelude() {
            for cut in items(module.text) {
                names.push(cut.name);
                entries.insert(
                    cut.name,
                    Entry {
                        module: module.path,
                        text: cut.text,
                        item: OnceLock::new(),
                    },
                );
            }
        }
        Prelude { entries, names }
    })
}

/// Names of the prelude in the order of its files.
pub fn library_names() -> &'static [&'static str] {
    &library().names
}

/// Module and source text (with its doc comment) of a prelude item.
pub fn item_text(name: &str) -> Option<(&'static str, &'static str)> {
    library().entries.get(name).map(|e| (e.module, e.text))
}

impl Library for Prelude {
    fn item(&self, name: &str) -> Option<&Item> {
        let entry = self.entries.get(name)?;
        entry
            .item
            .get_or_init(|| {
                let text = format!("#sbt {}\n{}", sbt_std::EDITION, entry.text);
                let (file, _) = sbt_syntax::parse(&text, FileId(u32::MAX));
                file.items.into_iter().next()
            })
            .as_ref()
    }

    fn names(&self) -> Vec<&str> {
        self.names.clone()
    }
}

/// A definition of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut<'t> {
    /// Its name.
    pub name: &'t str,
    /// Its text from the doc comment on.
    pub text: &'t str,
    /// Where that begins, in bytes.
    pub start: usize,
}

/// Cuts a file into its indicators, functions and enums. A cut is sound because laid-out files keep every item's first
/// line at the left margin.
pub(crate) fn items(text: &str) -> Vec<Cut<'_>> {
    let mut out: Vec<(&str, usize, usize)> = Vec::new();
    let mut offset = 0;
    let mut doc: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let name = ["indicator ", "fn ", "enum "]
            .iter()
            .find_map(|k| line.strip_prefix(k))
            .map(|rest| {
                let end = rest
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                &rest[..end]
            });
        let margin = line
            .chars()
            .next()
            .is_some_and(|c| !c.is_whitespace() && c != '}');
        if margin
            && let Some(last) = out.last_mut()
            && last.2 == usize::MAX
        {
            last.2 = offset;
        }
        if let Some(name) = name {
            out.push((name, doc.unwrap_or(offset), usize::MAX));
        }
        doc = if line.starts_with("///") {
            doc.or(Some(offset))
        } else {
            None
        };
        offset += line.len();
    }
    out.into_iter()
        .map(|(name, start, end)| Cut {
            name,
            text: &text[start..end.min(text.len())],
            start,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_of_the_prelude_parses() {
        for name in library_names() {
            assert!(library().item(name).is_some(), "`{name}` does not parse");
        }
    }

    #[test]
    fn cuts_keep_docs_and_bodies() {
        let cut = items(
            "#sbt 1\n\n/// One.\nfn one() -> float = 1\n\n/// Two.\nindicator two() -> float {\n  give 2\n}\n\ntest \"x\" {\n}\n",
        );
        assert_eq!(cut.len(), 2);
        assert!(cut[0].text.starts_with("/// One.") && cut[1].text.trim_end().ends_with('}'));
    }
}
