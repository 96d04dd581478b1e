//! How many bars an indicator needs with its default arguments.

use super::{Entry, Kind};
use crate::library::{library, library_modules};
use sbt_diagnostics::{Diagnostic, FileId, Span};
use sbt_hir::Sources;
use sbt_syntax::ast;
use serde::Serialize;
use std::collections::HashMap;

/// Bars before a value, counted from 0 at the first bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct WarmUp {
    /// First bar on which it exists.
    pub lookback: u64,
    /// First bar on which it no longer matters where the data began.
    pub settled: u64,
}

/// Warm-up of a definition of the library called with its defaults and, where there is none, with the close. `None` where a
/// length has no default. Checks the call, so it costs more than the entry itself.
pub fn warm_up(entry: &Entry) -> Option<WarmUp> {
    if !matches!(entry.kind, Kind::Indicator | Kind::Fn) {
        return None;
    }
    let mut given = Vec::new();
    for p in entry.parameters.iter().filter(|p| p.default.is_none()) {
        given.push(match p.ty.as_str() {
            "num" | "num2" | "price" => "close",
            "float" => "float(close)",
            "quantity" => "volume",
            "bool" => "close > open",
            _ => return None,
        });
    }
    if given.len() > 1
        && !entry.parameters[..given.len()]
            .iter()
            .all(|p| p.default.is_none())
    {
        return None; // a gap: the defaults do not stand at the end
    }
    let text = format!("{}({})", entry.name, given.join(", "));
    let main = ast::File {
        edition: Some(sbt_std::EDITION),
        items: Vec::new(),
        span: Span::new(FileId(1), 0, 0),
    };
    let modules = library_modules();
    let uses = match &entry.needs_use {
        Some(path) => vec![(
            modules.iter().position(|m| m.path == *path)?,
            Span::new(FileId(1), 0, 0),
        )],
        None => Vec::new(),
    };
    let expr = sbt_syntax::parse_expr(&text, FileId(0)).ok()?;
    let src = Sources {
        main: &main,
        uses,
        modules,
        library: library(),
        timeframes: HashMap::new(),
        text: &text,
    };
    let (found, diagnostics) = sbt_hir::check_expr(&src, &expr, 3_600_000);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    let found = found?;
    let mut out = WarmUp {
        lookback: 0,
        settled: 0,
    };
    for (_, id) in &found.values {
        let node = found.graph.node(*id);
        let rows = |n| found.graph.as_const(n).map(|v| v.max(0.0) as u64);
        out.lookback = out.lookback.max(rows(node.lookback)?);
        out.settled = out.settled.max(rows(node.settled)?);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::{entries, entry};

    #[test]
    fn warm_up_is_that_of_the_call() {
        let of = |name: &str| warm_up(entry(name).unwrap()).map(|w| (w.lookback, w.settled));
        assert_eq!(of("sma"), Some((19, 19)));
        assert_eq!(of("ema"), Some((19, 99)));
        assert_eq!(of("close"), None);
        assert_eq!(of("happened"), None); // its length has no default
        assert!(of("breakout_bar").is_some()); // of a module that needs `use`
    }

    #[test]
    fn most_of_the_library_has_a_warm_up() {
        let all = || entries().iter().filter(|e| e.kind == Kind::Indicator);
        let known = all().filter(|e| warm_up(e).is_some()).count();
        assert!(known * 10 >= all().count() * 8, "{known}");
    }
}
