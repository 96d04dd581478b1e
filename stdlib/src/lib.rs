//! The standard library: `.sbt` source by family, embedded in the binary.
//!
//! Nothing here computes: an indicator is text in the language that the compiler inlines like a user's own. A family is one
//! module (`average`, `momentum`, …); those of [`PRELUDE`] are visible without `use`. The library of an edition is pinned by
//! [`content_hash`], which every run records.

/// A module of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Module {
    /// What `use` names, without ending: `average`, `patterns/unger`.
    pub path: &'static str,
    /// Its source text.
    pub text: &'static str,
}

/// The edition of the language that the library is written in.
pub const EDITION: u32 = 1;

/// The pattern blocks as a table for programs that make strategies, in TOML: how to call each, with which values, on which
/// side, and what it may be joined with. The table says of itself, at its top, what its fields mean.
pub const BLOCKS: &str = include_str!("../catalogue/blocks.toml");

/// The parts of A. Unger's manner as such a table: entries, filters, stops, targets, trails, exits and the ways of joining them.
pub const UNGER: &str = include_str!("../catalogue/unger.toml");

macro_rules! library {
    ($($path:literal),* $(,)?) => {
        &[$(Module { path: $path, text: include_str!(concat!("../sbt/", $path, ".sbt")) }),*]
    };
}

static MODULES: &[Module] = library![
    "average",
    "candle_groups",
    "candle_pairs",
    "candle_triples",
    "candles",
    "cycle",
    "logic",
    "momentum",
    "oscillators",
    "patterns/blocks",
    "patterns/blocks_accumulation",
    "patterns/blocks_averages",
    "patterns/blocks_bands",
    "patterns/blocks_breakouts",
    "patterns/blocks_candles",
    "patterns/blocks_combined",
    "patterns/blocks_divergence",
    "patterns/blocks_flow",
    "patterns/blocks_formations",
    "patterns/blocks_gaps",
    "patterns/blocks_levels",
    "patterns/blocks_macd",
    "patterns/blocks_momentum",
    "patterns/blocks_oscillators",
    "patterns/blocks_ranges",
    "patterns/blocks_rates",
    "patterns/blocks_regression",
    "patterns/blocks_ribbons",
    "patterns/blocks_rsi",
    "patterns/blocks_smoothed",
    "patterns/blocks_squeezes",
    "patterns/blocks_stops",
    "patterns/blocks_trend",
    "patterns/blocks_volatility",
    "patterns/blocks_volume",
    "patterns/conditions",
    "patterns/risk",
    "patterns/unger",
    "patterns/unger_breakouts",
    "patterns/unger_candles",
    "patterns/unger_exits",
    "patterns/unger_filters",
    "patterns/unger_flow",
    "patterns/unger_indicators",
    "patterns/unger_levels",
    "patterns/unger_momentum",
    "patterns/unger_trends",
    "setups",
    "smoothing",
    "statistics",
    "trend",
    "volatility",
    "volume",
];

/// Paths of the modules whose definitions are visible without `use`, in the order of [`modules`].
pub const PRELUDE: &[&str] = &[
    "average",
    "candle_groups",
    "candle_pairs",
    "candle_triples",
    "candles",
    "cycle",
    "logic",
    "momentum",
    "oscillators",
    "setups",
    "smoothing",
    "statistics",
    "trend",
    "volatility",
    "volume",
];

/// Indicators with the levels and parameters worth trying, the conditions that suit them, and which of them go together: the
/// table beside `patterns/conditions` that generators of strategies draw from, as TOML.
pub const CONDITIONS: &str = include_str!("../catalogue/conditions.toml");

/// Every module, sorted by path.
pub fn modules() -> &'static [Module] {
    MODULES
}

/// The module of a path as `use` writes it.
pub fn module(path: &str) -> Option<&'static Module> {
    MODULES.iter().find(|module| module.path == path)
}

/// The modules visible without `use`, sorted by path.
pub fn prelude() -> impl Iterator<Item = &'static Module> {
    MODULES
        .iter()
        .filter(|module| PRELUDE.contains(&module.path))
}

/// BLAKE3 of edition, paths and texts: equal hashes mean equal libraries.
pub fn content_hash() -> blake3::Hash {
    // a megabyte of text: hashed once, not at every check
    static HASH: std::sync::OnceLock<blake3::Hash> = std::sync::OnceLock::new();
    *HASH.get_or_init(hash_of_modules)
}

fn hash_of_modules() -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&EDITION.to_le_bytes());
    for module in MODULES {
        // lengths first, so that moving a byte from a path to a text cannot keep the hash
        hasher.update(&(module.path.len() as u64).to_le_bytes());
        hasher.update(module.path.as_bytes());
        hasher.update(&(module.text.len() as u64).to_le_bytes());
        hasher.update(module.text.as_bytes());
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Names defined at top level of a module, with the line that defines them.
    fn definitions(text: &str) -> Vec<(&str, usize)> {
        text.lines()
            .enumerate()
            .filter_map(|(line, source)| {
                let rest = source
                    .strip_prefix("indicator ")
                    .or_else(|| source.strip_prefix("fn "))?;
                Some((rest.split('(').next().unwrap_or(rest), line))
            })
            .collect()
    }

    #[test]
    fn modules_are_sorted_and_named_once() {
        assert!(MODULES.windows(2).all(|pair| pair[0].path < pair[1].path));
        assert!(PRELUDE.iter().all(|path| module(path).is_some()));
        assert_eq!(prelude().count(), PRELUDE.len());
    }

    #[test]
    fn every_module_states_the_edition() {
        for module in modules() {
            assert_eq!(
                module.text.lines().next(),
                Some("#sbt 1"),
                "{}",
                module.path
            );
        }
    }

    #[test]
    fn no_name_is_defined_twice_in_the_prelude() {
        let mut seen = BTreeMap::new();
        for module in prelude() {
            for (name, _) in definitions(module.text) {
                if let Some(other) = seen.insert(name, module.path) {
                    panic!("{name} is defined in {other} and {}", module.path);
                }
            }
        }
    }

    #[test]
    fn every_definition_has_a_doc_comment_and_a_test_that_calls_it() {
        let everything: String = modules().iter().map(|module| module.text).collect();
        let tests: String = everything
            .split("\ntest \"")
            .skip(1)
            .filter_map(|test| test.split("\n}").next())
            .collect();
        for module in modules() {
            let lines: Vec<&str> = module.text.lines().collect();
            for (name, line) in definitions(module.text) {
                assert!(
                    line > 0 && lines[line - 1].starts_with("///"),
                    "{}: {name} has no doc comment",
                    module.path
                );
                assert!(
                    tests.contains(&format!("{name}(")),
                    "{}: {name} has no test",
                    module.path
                );
            }
        }
    }

    #[test]
    fn the_hash_is_stable_within_a_build() {
        assert_eq!(content_hash(), content_hash());
    }
    #[test]
    fn every_module_parses() {
        for module in modules() {
            let (_, diagnostics) = sbt_syntax::parse(module.text, sbt_diagnostics::FileId(0));
            assert!(diagnostics.is_empty(), "{}: {diagnostics:#?}", module.path);
        }
    }
}
