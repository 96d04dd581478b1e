//! `sixbtc explain CODE`

use crate::failure::Failure;
use crate::output;
use include_dir::{Dir, include_dir};

/// One Markdown page a code.
static PAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../docs/errors");

/// Prints the page of a code, or the list of codes.
pub fn run(code: Option<&str>) -> Result<u8, Failure> {
    let Some(code) = code else {
        let mut lines: Vec<String> = PAGES
            .files()
            .filter_map(|f| f.contents_utf8())
            .filter_map(|t| t.lines().next())
            .map(|l| l.trim_start_matches("# ").to_string())
            .filter(|l| l.starts_with(['E', 'W']))
            .collect();
        lines.sort();
        output::out(&lines.join("\n"));
        return Ok(0);
    };
    let code = code.to_ascii_uppercase();
    match PAGES
        .get_file(format!("{code}.md"))
        .and_then(|f| f.contents_utf8())
    {
        Some(text) => {
            output::out(text);
            Ok(0)
        }
        None => Err(Failure::input(format!(
            "there is no diagnostic `{code}`; `sixbtc explain` lists all of them"
        ))),
    }
}
