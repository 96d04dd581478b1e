//! The book's pages on messages, as files that an editor can open.

use crate::cache;
use include_dir::{Dir, include_dir};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex};

static PAGES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../docs/errors");

static WRITTEN: LazyLock<Mutex<HashMap<String, PathBuf>>> = LazyLock::new(Mutex::default);

/// The file of the page on a code, written when it is missing; looked for once.
pub fn page(code: &str) -> Option<PathBuf> {
    let known = || WRITTEN.lock().ok()?.get(code).cloned();
    if let Some(path) = known() {
        return Some(path);
    }
    let path = write(code)?;
    if let Ok(mut written) = WRITTEN.lock() {
        written.insert(code.to_owned(), path.clone());
    }
    Some(path)
}

fn write(code: &str) -> Option<PathBuf> {
    let name = format!("{code}.md");
    let text = PAGES.get_file(&name)?.contents();
    cache::page_file(&name, text).ok()
}
