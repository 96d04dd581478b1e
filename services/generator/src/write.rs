//! The one place where a draft becomes a program with a name.

use crate::normal::{self, Normal};
use crate::source::{Draft, SourceError};
use sbt_diagnostics::Diagnostic;
use sbt_driver::NoFiles;
use sixbtc_core::model::{SourceName, StrategyType};
use std::collections::HashMap;

/// A program, checked and named.
#[derive(Debug, Clone)]
pub struct Written {
    /// `Prefix_TYPE_8hex`.
    pub name: String,
    /// The program, laid out.
    pub text: String,
    /// The checked strategy.
    pub strategy: sbt_hir::Strategy,
    /// Its normal form.
    pub normal: Normal,
}

/// How names of a source's strategies begin.
pub fn prefix(source: SourceName, bred: bool) -> &'static str {
    match (source, bred) {
        (SourceName::Pattern, _) => "PatStrat",
        (SourceName::PatternGen, false) => "PGnStrat",
        (SourceName::PatternGen, true) => "PGgStrat",
        (SourceName::Unger, false) => "UngStrat",
        (SourceName::Unger, true) => "UggStrat",
        (SourceName::PandasTa, _) => "PtaStrat",
        (SourceName::AiFree, _) => "AIFStrat",
        (SourceName::AiAssigned, _) => "AIAStrat",
    }
}

/// `Prefix_TYPE_8hex`.
pub fn name_of(source: SourceName, bred: bool, kind: StrategyType, normal_hash: &str) -> String {
    let hex = normal_hash.get(..8).unwrap_or("00000000");
    format!("{}_{kind}_{hex}", prefix(source, bred))
}

/// Writes, lays out, checks and names a program. The name is made of the program's normal form, so that the same program has
/// the same name wherever and whenever it is made.
pub fn write(draft: &Draft) -> Result<Written, SourceError> {
    let recipe = &draft.recipe;
    let name_for = |hash: &str| name_of(recipe.source, recipe.bred, draft.kind, hash);
    // as long as the name will be, so that the layout stays
    let nameless = name_for("");
    let raw = draft
        .body
        .text(&nameless, &draft.sentence, &recipe.timeframe);
    let text = sbt_syntax::format(&raw).map_err(|d| wrong(&raw, &d))?;
    let strategy = check(&text)?;
    let normal = normal::of(&strategy).map_err(SourceError::Wrong)?;
    let name = name_for(&normal.hash);
    let text = text.replacen(&nameless, &name, 1);
    Ok(Written {
        name,
        text,
        strategy,
        normal,
    })
}

/// Checks a program of one strategy without files.
pub fn check(text: &str) -> Result<sbt_hir::Strategy, SourceError> {
    let none: HashMap<String, i64> = HashMap::new();
    let mut checked = sbt_driver::check(&NoFiles, "strategy.sbt", text, &none);
    if !checked.is_ok() {
        return Err(wrong(text, &checked.diagnostics));
    }
    match checked.hir.strategies.pop() {
        Some(strategy) if checked.hir.strategies.is_empty() => Ok(strategy),
        Some(_) => Err(SourceError::Wrong("more than one strategy".into())),
        None => Err(SourceError::Wrong("no strategy".into())),
    }
}

/// The errors of a text, each with its line.
fn wrong(text: &str, diagnostics: &[Diagnostic]) -> SourceError {
    let errors: Vec<String> = diagnostics
        .iter()
        .filter(|d| d.is_error())
        .take(5)
        .map(|d| {
            let at = d.span().start as usize;
            let line = sbt_diagnostics::line_column(text, at.min(text.len())).line;
            let source = text.lines().nth(line.saturating_sub(1)).unwrap_or("");
            format!("{} at `{}`: {}", d.code.0, source.trim(), d.message)
        })
        .collect();
    SourceError::Wrong(errors.join("; "))
}
