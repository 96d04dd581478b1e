//! The reference of the settings is what the code says. Update it with
//! `UPDATE_DOCS=1 cargo test -p sixbtc-core --test settings_page`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sixbtc_core::settings::{json_schema, page};
use std::path::Path;

fn current(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let stands = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stands == text,
        "docs/{name} is not what the code says: UPDATE_DOCS=1 cargo test -p sixbtc-core --test settings_page"
    );
}

#[test]
fn the_page_is_current() {
    current("settings.md", &page());
}

#[test]
fn the_schema_is_current() {
    let text = serde_json::to_string_pretty(&json_schema()).unwrap();
    current("settings.schema.json", &format!("{text}\n"));
}
