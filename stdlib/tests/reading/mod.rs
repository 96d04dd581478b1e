//! The library's modules as files, and the checker on a file that uses them.

use sbt_diagnostics::{Diagnostic, SourceMap, Span};
use sbt_hir::{Hir, Library, Module, Sources};
use sbt_syntax::ast::{File, Item};
use std::collections::HashMap;

/// The library's modules as they were read, those of the prelude apart.
pub struct Read {
    /// Names and texts.
    pub sources: SourceMap,
    /// Modules that are visible without `use`.
    pub prelude: Vec<File>,
    /// The others.
    pub others: Vec<(&'static sbt_std::Module, File)>,
}

/// Reads every module.
pub fn read() -> Read {
    let mut read = Read {
        sources: SourceMap::default(),
        prelude: Vec::new(),
        others: Vec::new(),
    };
    for module in sbt_std::modules() {
        let id = read
            .sources
            .add(format!("{}.sbt", module.path), module.text);
        let (file, diagnostics) = sbt_syntax::parse(module.text, id);
        assert!(diagnostics.is_empty(), "{}", module.path);
        if sbt_std::PRELUDE.contains(&module.path) {
            read.prelude.push(file);
        } else {
            read.others.push((module, file));
        }
    }
    read
}

/// The prelude as the one file that its users see: its modules name each other's definitions without `use`.
pub fn joined(files: &[File]) -> File {
    let mut all = files[0].clone();
    all.items = files.iter().flat_map(|f| f.items.clone()).collect();
    all
}

/// Positions of the modules that a file uses, and where it says so.
fn uses(file: &File, read: &Read) -> Vec<(usize, Span)> {
    file.items
        .iter()
        .filter_map(|item| match item {
            Item::Use(used) => Some(used),
            _ => None,
        })
        .map(|used| {
            let at = read.others.iter().position(|o| o.0.path == used.path);
            (at.expect("the module exists"), used.span)
        })
        .collect()
}

/// What the checker makes of a file and says about it.
pub fn check(
    main: &File,
    text: &str,
    library: &dyn Library,
    read: &Read,
) -> (Hir, Vec<Diagnostic>) {
    let modules = read
        .others
        .iter()
        .map(|(module, file)| Module {
            path: module.path.to_string(),
            items: file,
            uses: uses(file, read).into_iter().map(|u| u.0).collect(),
        })
        .collect();
    sbt_hir::check(&Sources {
        main,
        uses: uses(main, read),
        modules,
        library,
        timeframes: HashMap::new(),
        text,
    })
}
