//! Every module passes the checker.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sbt_diagnostics::SourceMap;
use sbt_hir::{Library, Sources};
use sbt_syntax::ast::Item;
use std::collections::HashMap;

/// What a module sees of the library: everything but itself.
struct Others<'a> {
    module: &'static str,
    items: &'a HashMap<String, (&'static str, Item)>,
}

impl Library for Others<'_> {
    fn item(&self, name: &str) -> Option<&Item> {
        let (module, item) = self.items.get(name)?;
        (*module != self.module).then_some(item)
    }
    fn names(&self) -> Vec<&str> {
        self.items.keys().map(String::as_str).collect()
    }
}

#[test]
fn every_module_passes_the_checker() {
    let mut sources = SourceMap::default();
    let mut items = HashMap::new();
    let mut files = Vec::new();
    for module in sbt_std::modules() {
        let id = sources.add(format!("{}.sbt", module.path), module.text);
        let (file, diagnostics) = sbt_syntax::parse(module.text, id);
        assert!(diagnostics.is_empty());
        for item in &file.items {
            let name = match item {
                Item::Indicator(i) => &i.name.name,
                Item::Func(f) => &f.name.name,
                Item::Enum(e) => &e.name.name,
                _ => continue,
            };
            items.insert(name.clone(), (module.path, item.clone()));
        }
        files.push((module, file));
    }
    let mut found = String::new();
    let mut count = 0;
    for (module, file) in &files {
        let (_, diagnostics) = sbt_hir::check(&Sources {
            main: file,
            uses: Vec::new(),
            modules: Vec::new(),
            library: &Others {
                module: module.path,
                items: &items,
            },
            timeframes: HashMap::new(),
            text: module.text,
        });
        count += diagnostics.len();
        found.push_str(&sbt_diagnostics::plain(&diagnostics, &sources));
    }
    assert!(found.is_empty(), "{count} diagnostics\n{found}");
}
