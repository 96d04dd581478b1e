//! `sixbtc fix`

use crate::args::Format;
use crate::failure::Failure;
use crate::files::{self, Beside};
use crate::output;
use sbt_diagnostics::JsonDiagnostic;
use sbt_driver::{Applied, Fixed, fix};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What to do about repairs.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Apply the likeliest reading where there are several.
    pub guesses: bool,
    /// Show what would change, change nothing.
    pub dry_run: bool,
    /// The edition to rewrite for.
    pub edition: Option<u32>,
}

#[derive(Serialize)]
struct Answer {
    schema: u32,
    ok: bool,
    files: Vec<OfFile>,
}

#[derive(Serialize)]
struct OfFile {
    file: String,
    changed: bool,
    repairs: Vec<Repair>,
    guesses_left: usize,
    diagnostics: Vec<JsonDiagnostic>,
}

#[derive(Serialize)]
struct Repair {
    code: &'static str,
    line: usize,
    title: String,
    before: String,
    after: String,
}

impl From<&Applied> for Repair {
    fn from(a: &Applied) -> Self {
        Self {
            code: a.code,
            line: a.line,
            title: a.title.clone(),
            before: a.before.clone(),
            after: a.after.clone(),
        }
    }
}

/// Repairs programs; exit code 1 when an error is left in one of them, or when a dry run would change one.
pub fn run(paths: &[PathBuf], options: Options, format: Format) -> Result<u8, Failure> {
    let known = sbt_grammar::EDITION;
    if let Some(wanted) = options.edition.filter(|e| *e != known) {
        return Err(Failure::input(format!(
            "there is no edition {wanted}: this sixbtc knows edition {known}, and every program is written in it"
        )));
    }
    let mut answer = Answer {
        schema: 1,
        ok: true,
        files: Vec::new(),
    };
    let mut code = 0;
    for path in paths {
        let program = files::read_program(path)?;
        let name = program.path.display().to_string();
        let fixed = fix(&Beside::of(path), &name, &program.text, options.guesses);
        let changed = fixed.text != program.text;
        if path.as_os_str() == "-" {
            output::out(&fixed.text);
        } else if changed && !options.dry_run {
            files::write_whole(path, fixed.text.as_bytes())?;
        }
        answer.ok &= fixed.checked.is_ok();
        if !fixed.checked.is_ok() || (changed && options.dry_run) {
            code = 1;
        }
        if format == Format::Human {
            show(path, &name, &program.text, &fixed, options.dry_run);
        }
        answer.files.push(OfFile {
            file: name,
            changed,
            repairs: fixed.applied.iter().map(Repair::from).collect(),
            guesses_left: fixed.guesses,
            diagnostics: sbt_diagnostics::json(&fixed.checked.diagnostics, &fixed.checked.sources),
        });
    }
    if format == Format::Json {
        output::json(&answer);
    }
    Ok(code)
}

fn show(path: &Path, name: &str, before: &str, fixed: &Fixed, dry_run: bool) {
    for a in &fixed.applied {
        output::note(&format!("{name}:{}: {}: {}", a.line, a.code, a.title));
    }
    if dry_run && fixed.text != before {
        let diff = similar::TextDiff::from_lines(before, &fixed.text);
        output::out(&diff.unified_diff().header(name, name).to_string());
    }
    super::check::show_diagnostics(&fixed.checked);
    let count = fixed.applied.len();
    let done = match (count, dry_run) {
        (0, _) => "nothing to repair".to_string(),
        (1, false) => "1 repair made".to_string(),
        (n, false) => format!("{n} repairs made"),
        (1, true) => "1 repair would be made".to_string(),
        (n, true) => format!("{n} repairs would be made"),
    };
    let more = match fixed.guesses {
        0 => String::new(),
        n => format!(
            "; {n} more with --guess (look at each: they are the likeliest reading, not the only one)"
        ),
    };
    let line = format!("{name}: {done}{more}");
    // with `-` the program itself is what standard output is for
    if path.as_os_str() == "-" {
        output::note(&line);
    } else {
        output::out(&line);
    }
}
