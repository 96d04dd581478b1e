//! The standard library, parsed item by item and only when a program asks for it.

use sbt_diagnostics::FileId;
use sbt_hir::Library;
use sbt_syntax::ast::Item;
use std::collections::HashMap;
use std::sync::OnceLock;

struct Entry {
    module: &'static str,
    text: &'static str,
    start: usize,
    item: OnceLock<Option<Item>>,
}

/// Definitions of the standard library: the prelude, or one module outside of it.
pub struct Shelf {
    entries: HashMap<&'static str, Entry>,
    names: Vec<&'static str>,
    uses: Vec<&'static str>,
}

static PRELUDE: OnceLock<Shelf> = OnceLock::new();
static MODULES: OnceLock<HashMap<&'static str, Shelf>> = OnceLock::new();

/// The prelude; its items are parsed on first use and kept.
pub fn library() -> &'static Shelf {
    PRELUDE.get_or_init(|| Shelf::of(sbt_std::prelude()))
}

/// A module of the library that has to be named by `use`; its items are parsed on first use and kept, so that a large module
/// costs a program only what it takes from it.
pub fn library_module(path: &str) -> Option<&'static Shelf> {
    let all = MODULES.get_or_init(|| {
        sbt_std::modules()
            .iter()
            .filter(|m| !sbt_std::PRELUDE.contains(&m.path))
            .map(|m| (m.path, Shelf::of(std::iter::once(m))))
            .collect()
    });
    all.get(path)
}

/// Every module outside of the prelude, each with the positions of those it uses.
pub(crate) fn library_modules() -> Vec<sbt_hir::Module<'static>> {
    let paths: Vec<&'static str> = sbt_std::modules()
        .iter()
        .map(|m| m.path)
        .filter(|path| !sbt_std::PRELUDE.contains(path))
        .collect();
    paths
        .iter()
        .filter_map(|path| library_module(path).map(|shelf| (path, shelf)))
        .map(|(path, shelf)| sbt_hir::Module {
            path: (*path).to_string(),
            items: shelf,
            uses: shelf
                .uses()
                .iter()
                .filter_map(|used| paths.iter().position(|p| p == used))
                .collect(),
        })
        .collect()
}

impl Shelf {
    fn of<'m>(modules: impl Iterator<Item = &'m sbt_std::Module>) -> Self {
        let mut shelf = Self {
            entries: HashMap::new(),
            names: Vec::new(),
            uses: Vec::new(),
        };
        for module in modules {
            for cut in items(module.text) {
                shelf.names.push(cut.name);
                shelf.entries.insert(
                    cut.name,
                    Entry {
                        module: module.path,
                        text: cut.text,
                        start: cut.start,
                        item: OnceLock::new(),
                    },
                );
            }
            shelf.uses.extend(
                module
                    .text
                    .lines()
                    .filter_map(|l| l.strip_prefix("use "))
                    .map(str::trim)
                    .filter(|path| !sbt_std::PRELUDE.contains(path)),
            );
        }
        shelf
    }

    /// Modules that this one uses itself, the prelude's left out.
    pub fn uses(&self) -> &[&'static str] {
        &self.uses
    }

    /// Names in the order of the source.
    pub fn defined(&self) -> &[&'static str] {
        &self.names
    }

    /// Where the text of an item begins in that of its module, in bytes.
    pub fn start(&self, name: &str) -> Option<usize> {
        self.entries.get(name).map(|e| e.start)
    }

    /// Module and source text (with its doc comment) of an item.
    pub fn text(&self, name: &str) -> Option<(&'static str, &'static str)> {
        self.entries.get(name).map(|e| (e.module, e.text))
    }
}

/// Names of the prelude in the order of its files.
pub fn library_names() -> &'static [&'static str] {
    &library().names
}

/// Module and source text (with its doc comment) of a prelude item.
pub fn item_text(name: &str) -> Option<(&'static str, &'static str)> {
    library().text(name)
}

impl Library for Shelf {
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
    fn every_item_of_every_module_parses() {
        for module in sbt_std::modules() {
            let Some(shelf) = library_module(module.path) else {
                continue;
            };
            for name in shelf.defined() {
                assert!(shelf.item(name).is_some(), "`{name}` of {}", module.path);
                let (start, text) = (shelf.start(name).unwrap(), shelf.text(name).unwrap().1);
                assert!(
                    module.text[start..].starts_with(text),
                    "`{name}` of {}",
                    module.path
                );
            }
            for path in shelf.uses() {
                assert!(
                    library_module(path).is_some(),
                    "{} uses {path}",
                    module.path
                );
            }
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
