//! The book's pages on messages, as files that an editor can open.

use crate::cache;
use include_dir::{Dir, include_dir};
use std::path::PathBuf;

static PAGES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../docs/errors");

/// The file of the page on a code, written when it is missing.
pub fn page(code: &str) -> Option<PathBuf> {
    let name = format!("{code}.md");
    let text = PAGES.get_file(&name)?.contents();
    cache::page_file(&name, text).ok()
}
