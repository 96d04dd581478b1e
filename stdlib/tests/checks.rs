//! Every module passes the checker, alone with what it uses.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod reading;

use reading::{check, joined, read};
use sbt_hir::NoLibrary;

#[test]
fn the_prelude_passes_the_checker() {
    let read = read();
    let (_, found) = check(&joined(&read.prelude), "", &NoLibrary, &read);
    assert!(
        found.is_empty(),
        "{}",
        sbt_diagnostics::plain(&found, &read.sources)
    );
}

#[test]
fn every_other_module_passes_the_checker() {
    let read = read();
    let prelude = joined(&read.prelude);
    let found: String = read
        .others
        .iter()
        .map(|(module, file)| {
            let (_, found) = check(file, module.text, &prelude, &read);
            sbt_diagnostics::plain(&found, &read.sources)
        })
        .collect();
    assert!(found.is_empty(), "{found}");
}
