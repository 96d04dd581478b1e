//! `sixbtc new NAME`

use crate::args::Template;
use crate::failure::Failure;
use crate::{files, output};
use std::path::Path;

/// Writes a commented strategy that compiles and runs.
pub fn run(name: &str, template: Template) -> Result<u8, Failure> {
    let id = name.trim_end_matches(".sbt");
    let stem = Path::new(id)
        .file_name()
        .and_then(|n| n.to_str())
        .unwrap_or("");
    let valid = stem.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && stem.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && sbt_grammar::word::RESERVED.iter().all(|k| *k != stem);
    if !valid {
        return Err(Failure::input(format!(
            "`{stem}` cannot name a strategy; use letters, digits and `_`, begin with a letter, and avoid words of the language"
        )));
    }
    let path = Path::new(id).with_extension("sbt");
    if path.exists() {
        return Err(Failure::input(format!(
            "`{}` is there already; choose another name or remove it first",
            path.display()
        )));
    }
    let text = match template {
        Template::Cross => include_str!("../../templates/cross.sbt"),
        Template::Reversion => include_str!("../../templates/reversion.sbt"),
        Template::Breakout => include_str!("../../templates/breakout.sbt"),
    };
    files::write_whole(
        &path,
        text.replace("strategy name ", &format!("strategy {stem} "))
            .as_bytes(),
    )?;
    output::out(&format!(
        "wrote {0}\n  check it:    sixbtc check {0}\n  backtest it: sixbtc backtest {0} --data YOUR_CANDLES.csv --out report",
        path.display()
    ));
    Ok(0)
}
