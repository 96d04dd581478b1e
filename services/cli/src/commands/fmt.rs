//! `sixbtc fmt`

use crate::failure::Failure;
use crate::{files, output};
use sbt_diagnostics::SourceMap;
use std::path::PathBuf;

/// Formats files in place, or tells which would change.
pub fn run(paths: &[PathBuf], check: bool) -> Result<u8, Failure> {
    let mut answer = 0;
    for path in paths {
        let program = files::read_program(path)?;
        match sbt_syntax::format(&program.text) {
            Ok(text) if path.as_os_str() == "-" => output::out(&text),
            Ok(text) if text == program.text => {}
            Ok(_) if check => {
                output::out(&format!("{} would change", path.display()));
                answer = 1;
            }
            Ok(text) => {
                files::write_whole(path, text.as_bytes())?;
                output::note(&format!("formatted {}", path.display()));
            }
            Err(diagnostics) => {
                let mut sources = SourceMap::default();
                sources.add(path.display().to_string(), program.text);
                output::note(&sbt_diagnostics::terminal(
                    &diagnostics,
                    &sources,
                    output::colour_err(),
                ));
                answer = 1;
            }
        }
    }
    Ok(answer)
}
