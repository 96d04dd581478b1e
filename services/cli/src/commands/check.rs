//! `sixbtc check`

use crate::args::{Format, OptionalData};
use crate::failure::Failure;
use crate::files::{self, Beside};
use crate::output;
use sbt_diagnostics::JsonDiagnostic;
use sbt_driver::{Backend, Checked, check, compile};
use sbt_hir::Strategy;
use serde::Serialize;
use std::collections::HashMap;
use std::path::PathBuf;

#[derive(Serialize)]
struct Answer {
    schema: u32,
    ok: bool,
    diagnostics: Vec<JsonDiagnostic>,
    strategies: Vec<Summary>,
    modules: Vec<UsedModule>,
}

/// A module of the user's that a program uses, with what it is pinned by.
#[derive(Serialize)]
struct UsedModule {
    program: String,
    path: String,
    file: String,
    hash: String,
}

/// What a strategy costs to run.
#[derive(Serialize)]
struct Summary {
    name: String,
    clock_ms: i64,
    parameters: usize,
    points: f64,
    warmup_bars: usize,
    settling: bool,
    ops_per_bar: u64,
    state_bytes: usize,
    nodes: usize,
}

/// Checks programs; exit code 1 when one has an error or an experiment finds a difference.
pub fn run(
    paths: &[PathBuf],
    prefix: bool,
    recursive: bool,
    data: &OptionalData,
    format: Format,
) -> Result<u8, Failure> {
    if (prefix || recursive) && data.data.is_none() {
        return Err(Failure::input(
            "the experiments run on bars: add `--data FILE`",
        ));
    }
    let mut answer = Answer {
        schema: 1,
        ok: true,
        diagnostics: Vec::new(),
        strategies: Vec::new(),
        modules: Vec::new(),
    };
    let mut bad = 0_u8;
    for path in paths {
        let program = files::read_program(path)?;
        let checked = check(
            &Beside::of(path),
            &program.path.display().to_string(),
            &program.text,
            &HashMap::new(),
        );
        answer.ok &= checked.is_ok();
        if format == Format::Json {
            answer.diagnostics.extend(sbt_diagnostics::json(
                &checked.diagnostics,
                &checked.sources,
            ));
        } else {
            show_diagnostics(&checked);
        }
        if !checked.is_ok() {
            bad = 1;
            continue;
        }
        for m in checked.modules.iter().filter(|m| !m.library) {
            if format == Format::Human {
                output::out(&format!(
                    "{}: uses {} ({}, {})",
                    program.path.display(),
                    m.path,
                    m.name,
                    m.hash.get(..16).unwrap_or(&m.hash)
                ));
            }
            answer.modules.push(UsedModule {
                program: program.path.display().to_string(),
                path: m.path.clone(),
                file: m.name.clone(),
                hash: m.hash.clone(),
            });
        }
        for s in &checked.hir.strategies {
            let summary = summary(s)?;
            if format == Format::Human {
                output::out(&line(&program.path.display().to_string(), &summary));
            }
            answer.strategies.push(summary);
            if prefix || recursive {
                let report = super::experiments::run(s, data, prefix, recursive)?;
                answer.ok &= report.ok;
                bad |= u8::from(!report.ok);
                if format == Format::Human {
                    output::out(&report.text);
                }
            }
        }
        if format == Format::Human && checked.hir.strategies.is_empty() {
            output::out(&format!("{}: no problems", program.path.display()));
        }
    }
    if format == Format::Json {
        output::json(&answer);
    }
    Ok(bad)
}

/// Prints the diagnostics of a program, and how many there are.
pub fn show_diagnostics(checked: &Checked) {
    if checked.diagnostics.is_empty() {
        return;
    }
    output::note(&sbt_diagnostics::terminal(
        &checked.diagnostics,
        &checked.sources,
        output::colour_err(),
    ));
    let errors = checked.diagnostics.iter().filter(|d| d.is_error()).count();
    let warnings = checked.diagnostics.len() - errors;
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    output::note(&format!(
        "{}, {}",
        count(errors, "error"),
        count(warnings, "warning")
    ));
}

fn summary(s: &Strategy) -> Result<Summary, Failure> {
    let compiled =
        compile(s, Backend::Cranelift).map_err(|e| Failure::input(format!("{}: {e}", s.name)))?;
    let m = compiled.manifest();
    let defaults: Vec<f64> = m.params.iter().map(|p| p.default).collect();
    let constants = compiled
        .kernel
        .bind(&defaults)
        .map_err(|e| Failure::input(format!("{}: {e}", s.name)))?;
    Ok(Summary {
        name: s.name.clone(),
        clock_ms: m.frames[0].period_ms,
        parameters: m.params.len(),
        points: m
            .params
            .iter()
            .map(|p| p.values.len().max(1) as f64)
            .product(),
        warmup_bars: constants.warmup,
        settling: s.settling,
        ops_per_bar: m.ops_per_bar,
        state_bytes: m.state_bytes,
        nodes: compiled.program.module.nodes.len(),
    })
}

fn line(file: &str, s: &Summary) -> String {
    let clock = sixbtc_market::Timeframe::from_ms(s.clock_ms)
        .map_or_else(|| format!("{} ms", s.clock_ms), |t| t.to_string());
    let memory = if s.settling { "settling" } else { "finite" };
    format!(
        "{file}: {} on {clock}: warm-up {} bars ({memory}), {} operations a bar, {} bytes of state, {} parameters ({} points)",
        output::bold(&s.name),
        s.warmup_bars,
        s.ops_per_bar,
        s.state_bytes,
        s.parameters,
        s.points
    )
}
