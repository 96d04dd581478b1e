//! `sixbtc test`

use crate::args::Format;
use crate::failure::Failure;
use crate::files::{self, Beside};
use crate::output;
use sbt_diagnostics::{Diagnostic, SourceMap};
use sbt_driver::{Backend, Checked, NoFiles, check, run_tests};
use serde::Serialize;
use std::collections::HashMap;
use std::path::PathBuf;

#[derive(Serialize)]
struct Answer {
    schema: u32,
    passed: usize,
    failed: Vec<Failed>,
}

#[derive(Serialize)]
struct Failed {
    file: String,
    line: usize,
    test: String,
    backend: &'static str,
    why: String,
}

/// Runs all tests of the files (and of the library) on every backend.
pub fn run(paths: &[PathBuf], std: bool, format: Format) -> Result<u8, Failure> {
    if paths.is_empty() && !std {
        return Err(Failure::input(
            "name the programs to test, or `--std` for the standard library",
        ));
    }
    let mut answer = Answer {
        schema: 1,
        passed: 0,
        failed: Vec::new(),
    };
    let mut wrong = false;
    if std {
        for m in sbt_std::modules() {
            let name = format!("std/{}.sbt", m.path);
            // a module outside the prelude is a program of its own
            let text = if sbt_std::PRELUDE.contains(&m.path) {
                library_tests(m.text)
            } else {
                m.text.to_string()
            };
            wrong |= !one(&text, &name, &NoFiles, &mut answer)?;
        }
    }
    for path in paths {
        let program = files::read_program(path)?;
        wrong |= !one(
            &program.text,
            &path.display().to_string(),
            &Beside::of(path),
            &mut answer,
        )?;
    }
    if format == Format::Json {
        output::json(&answer);
    } else {
        for f in &answer.failed {
            output::out(&format!(
                "FAILED {}:{} \"{}\" on {}: {}",
                f.file, f.line, f.test, f.backend, f.why
            ));
        }
        output::out(&format!(
            "{} passed, {} failed",
            answer.passed,
            answer.failed.len()
        ));
    }
    Ok(u8::from(wrong || !answer.failed.is_empty()))
}

/// The tests of a library file with everything but them blanked out, so that its own definitions come from the library
/// and lines stay where they are.
fn library_tests(text: &str) -> String {
    let mut keep = false;
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if line.starts_with("test ") {
            keep = true;
        }
        if keep || line.starts_with("#sbt") {
            out.push_str(line);
        } else {
            out.push('\n');
        }
        if line.starts_with('}') {
            keep = false;
        }
    }
    out
}

fn one(
    text: &str,
    name: &str,
    world: &dyn sbt_driver::World,
    answer: &mut Answer,
) -> Result<bool, Failure> {
    let checked: Checked = check(world, name, text, &HashMap::new());
    let errors: Vec<Diagnostic> = checked
        .diagnostics
        .iter()
        .filter(|d| d.is_error())
        .cloned()
        .collect();
    if !errors.is_empty() {
        output::note(&sbt_diagnostics::terminal(
            &errors,
            &checked.sources,
            output::colour_err(),
        ));
        return Ok(false);
    }
    for &backend in Backend::BUILT_IN {
        let outcomes = run_tests(&checked.hir.tests, backend)
            .map_err(|e| Failure::defect(format!("{name}: {e}")))?;
        for o in outcomes {
            match o.failure {
                None => answer.passed += 1,
                Some((span, why)) => answer.failed.push(Failed {
                    file: name.to_string(),
                    line: line(&checked.sources, span),
                    test: o.name,
                    backend: backend.name(),
                    why,
                }),
            }
        }
    }
    Ok(true)
}

fn line(sources: &SourceMap, span: sbt_diagnostics::Span) -> usize {
    sbt_diagnostics::line_column(sources.text(span.file), span.start as usize).line
}
