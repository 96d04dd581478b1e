//! Many programs, and what became of them.

use crate::dice::Dice;
use crate::programs::program;
use crate::properties::{Difference, Reached, Rows, examine};
use crate::shrink::shrink;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How far programs came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Made.
    pub generated: u64,
    /// Without a syntax error.
    pub parsed: u64,
    /// Without any error.
    pub checked: u64,
    /// To kernels of both backends; the others were over a limit of size.
    pub compiled: u64,
    /// Raised a flag on random bars.
    pub signalled: u64,
    /// Traded in their backtest.
    pub traded: u64,
    /// Trades of all of them.
    pub trades: u64,
    /// First errors of programs that did not pass, by code; with one of them in words and its seed.
    pub codes: BTreeMap<&'static str, (u64, String, u64)>,
}

impl Statistics {
    /// Counts a program.
    pub fn add(&mut self, seed: u64, reached: Reached) {
        self.generated += 1;
        self.parsed += u64::from(reached.parsed);
        self.checked += u64::from(reached.checked);
        self.compiled += u64::from(reached.compiled);
        self.signalled += u64::from(reached.signalled);
        self.traded += u64::from(reached.trades > 0);
        self.trades += reached.trades as u64;
        if let Some(code) = reached.code {
            self.codes
                .entry(code)
                .or_insert((0, reached.message, seed))
                .0 += 1;
        }
    }

    /// Adds what another worker counted.
    pub fn merge(&mut self, other: Self) {
        self.generated += other.generated;
        self.parsed += other.parsed;
        self.checked += other.checked;
        self.compiled += other.compiled;
        self.signalled += other.signalled;
        self.traded += other.traded;
        self.trades += other.trades;
        for (code, (n, message, seed)) in other.codes {
            self.codes.entry(code).or_insert((0, message, seed)).0 += n;
        }
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |n: u64| 100.0 * n as f64 / self.generated.max(1) as f64;
        writeln!(f, "generated  {}", self.generated)?;
        let lines = [
            ("parsed", self.parsed),
            ("checked", self.checked),
            ("compiled", self.compiled),
            ("signalled", self.signalled),
            ("traded", self.traded),
        ];
        for (name, n) in lines {
            writeln!(f, "{name:<10} {n} ({:.1} %)", share(n))?;
        }
        writeln!(f, "trades     {}", self.trades)?;
        for (code, (n, message, seed)) in &self.codes {
            writeln!(f, "  {code} {n:>6}  e.g. seed {seed}: {message}")?;
        }
        Ok(())
    }
}

/// A program that broke a law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// Which law and how.
    pub difference: Difference,
    /// Its text.
    pub text: String,
}

impl Failure {
    /// The smallest text found that breaks the same law.
    pub fn smallest(&self, rows: Rows) -> String {
        shrink(
            &self.text,
            |text| matches!(examined(text, self.seed, rows), Err(d) if d.law == self.difference.law),
        )
    }
}

/// Runs a range of seeds.
#[derive(Debug, Clone, Copy)]
pub struct Campaign {
    /// First seed.
    pub first: u64,
    /// Distance of seeds.
    pub step: u64,
    /// How many.
    pub count: u64,
    /// How long each is run.
    pub rows: Rows,
}

impl Campaign {
    /// Runs until the first failure; `go_on` is asked before each program, with what was counted so far.
    pub fn run(&self, mut go_on: impl FnMut(&Statistics) -> bool) -> (Statistics, Option<Failure>) {
        let mut statistics = Statistics::default();
        for k in 0..self.count {
            if !go_on(&statistics) {
                break;
            }
            let seed = self.first + k * self.step;
            let text = program(&mut Dice::new(seed));
            match examined(&text, seed, self.rows) {
                Ok(reached) => statistics.add(seed, reached),
                Err(difference) => {
                    return (
                        statistics,
                        Some(Failure {
                            seed,
                            difference,
                            text,
                        }),
                    );
                }
            }
        }
        (statistics, None)
    }
}

/// All laws for one program; a panic breaks one.
pub fn examined(text: &str, seed: u64, rows: Rows) -> Result<Reached, Difference> {
    catch_unwind(AssertUnwindSafe(|| examine(text, seed, rows))).unwrap_or_else(|cause| {
        let what = cause
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| cause.downcast_ref::<&str>().map(|s| (*s).to_owned()))
            .unwrap_or_default();
        Err(Difference { law: "panic", what })
    })
}
