//! From a file and `--param`s to a compiled strategy and a parameter point.

use crate::args::RunArgs;
use crate::failure::Failure;
use crate::files::{self, Beside};
use sbt_driver::{Compiled, check, compile};
use sbt_hir::Strategy;
use sixbtc_abi::{Manifest, ParamKind, ParamSpec};
use std::collections::HashMap;
use std::path::Path;

/// A strategy ready to run.
pub struct Ready {
    /// The kernel.
    pub compiled: Compiled,
    /// Values of all parameters, in the order of the manifest.
    pub params: Vec<f64>,
    /// Hash of the program and all it uses.
    pub hash: String,
}

/// Reads, checks and compiles; `None` when the program has errors, which were shown.
pub fn ready(path: &Path, run: &RunArgs) -> Result<Option<Ready>, Failure> {
    let program = files::read_program(path)?;
    let given = pairs(&run.params, "--param", "fast=10")?;
    let name = program.path.display().to_string();
    let world = Beside::of(path);
    let mut checked = check(&world, &name, &program.text, &HashMap::new());
    let mut timeframes = HashMap::new();
    if checked.is_ok() {
        let s = choose(&checked.hir.strategies, run.strategy.as_deref(), &name)?;
        for p in s.params.iter().filter(|p| p.kind == ParamKind::Timeframe) {
            if let Some((_, text)) = given.iter().find(|g| g.0 == p.name) {
                timeframes.insert(p.name.clone(), value(p, text)? as i64);
            }
        }
        if !timeframes.is_empty() {
            checked = check(&world, &name, &program.text, &timeframes);
        }
    }
    super::check::show_diagnostics(&checked);
    if !checked.is_ok() {
        return Ok(None);
    }
    let s = choose(&checked.hir.strategies, run.strategy.as_deref(), &name)?;
    let compiled = compile(s, run.backend()).map_err(|e| Failure::input(format!("{name}: {e}")))?;
    let params = point(compiled.manifest(), &given)?;
    Ok(Some(Ready {
        compiled,
        params,
        hash: checked.hash,
    }))
}

/// The strategy asked for, or the only one.
pub(super) fn choose<'s>(
    all: &'s [Strategy],
    wanted: Option<&str>,
    file: &str,
) -> Result<&'s Strategy, Failure> {
    let names = || {
        all.iter()
            .map(|s| format!("`{}`", s.name))
            .collect::<Vec<_>>()
            .join(", ")
    };
    match (wanted, all) {
        (_, []) => Err(Failure::input(format!(
            "`{file}` holds no strategy; begin one with `strategy name {{`"
        ))),
        (None, [one]) => Ok(one),
        (None, _) => Err(Failure::input(format!(
            "`{file}` holds several strategies; choose one with --strategy: {}",
            names()
        ))),
        (Some(w), _) => all.iter().find(|s| s.name == w).ok_or_else(|| {
            Failure::input(format!(
                "`{file}` has no strategy `{w}`; it has {}",
                names()
            ))
        }),
    }
}

/// `name=value` pairs.
pub fn pairs(
    list: &[String],
    option: &str,
    example: &str,
) -> Result<Vec<(String, String)>, Failure> {
    let mut out: Vec<(String, String)> = Vec::new();
    for item in list {
        let Some((k, v)) = item.split_once('=') else {
            return Err(Failure::input(format!(
                "`{option} {item}` has no `=`; write `{option} {example}`"
            )));
        };
        if out.iter().any(|o| o.0 == k.trim()) {
            return Err(Failure::input(format!(
                "`{option} {}` is given twice",
                k.trim()
            )));
        }
        out.push((k.trim().to_string(), v.trim().to_string()));
    }
    Ok(out)
}

/// The nearest of some names, as a hint.
pub fn hint<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> String {
    let mut all: Vec<&str> = names.collect();
    all.sort_unstable();
    let near = all
        .iter()
        .min_by_key(|n| strsim::damerau_levenshtein(n, name))
        .copied();
    match near {
        Some(n) if strsim::damerau_levenshtein(n, name) <= n.len().max(name.len()) / 2 => {
            format!("; did you mean `{n}`?")
        }
        _ if all.is_empty() => "; there are none".into(),
        _ => format!("; there are {}", all.join(", ")),
    }
}

fn point(m: &Manifest, given: &[(String, String)]) -> Result<Vec<f64>, Failure> {
    for (name, _) in given {
        if !m.params.iter().any(|p| p.name == *name) {
            return Err(Failure::input(format!(
                "the strategy has no parameter `{name}`{}",
                hint(name, m.params.iter().map(|p| p.name.as_str()))
            )));
        }
    }
    m.params
        .iter()
        .map(|p| match given.iter().find(|g| g.0 == p.name) {
            Some((_, text)) => value(p, text),
            None => Ok(p.default),
        })
        .collect()
}

/// A parameter's value as typed.
pub(super) fn value(p: &ParamSpec, text: &str) -> Result<f64, Failure> {
    sixbtc_sweep::parameter_value(p, text).map_err(|e| Failure::input(e.to_string()))
}
