//! Applying the repairs that diagnostics carry.

use crate::check::{Checked, check};
use crate::world::World;
use sbt_diagnostics::{Diagnostic, FileId, line_column};
use std::collections::{HashMap, HashSet};

/// Repairs applied at most: a program that needs more is not one to be repaired by machine.
const MOST: usize = 1_000;

/// A repair that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The code of the diagnostic.
    pub code: &'static str,
    /// Line in the text as it was just before this repair, from 1.
    pub line: usize,
    /// What it does, as an imperative sentence.
    pub title: String,
    /// The text that was there.
    pub before: String,
    /// The text that is there now.
    pub after: String,
}

/// A repaired program.
#[derive(Debug, Clone)]
pub struct Fixed {
    /// The text after all repairs.
    pub text: String,
    /// What was done, in order.
    pub applied: Vec<Applied>,
    /// The check of the repaired text.
    pub checked: Checked,
    /// Repairs that were found and left alone because they are guesses.
    pub guesses: usize,
}

/// Applies the repairs of a program's diagnostics, one at a time and checking after each, until none is left. Those that are
/// guesses are applied only with `guesses`. A repair after which its own diagnostic still stands is taken back.
pub fn fix(world: &dyn World, name: &str, text: &str, guesses: bool) -> Fixed {
    let mut text = text.to_string();
    let mut checked = check(world, name, &text, &HashMap::new());
    let mut applied = Vec::new();
    let mut useless: HashSet<(String, &'static str, u32)> = HashSet::new();
    while applied.len() < MOST {
        let candidate = checked.diagnostics.iter().find(|d| {
            usable(d, guesses) && !useless.contains(&(text.clone(), d.code.0, d.span().start))
        });
        let Some((d, repair)) = candidate.and_then(|d| Some((d, d.fix.as_ref()?))) else {
            break;
        };
        let range = repair.span.start as usize..repair.span.end as usize;
        let Some(before) = text.get(range.clone()) else {
            useless.insert((text.clone(), d.code.0, d.span().start));
            continue;
        };
        let mut next = text.clone();
        next.replace_range(range.clone(), &repair.replace);
        let then = check(world, name, &next, &HashMap::new());
        let (code, at) = (d.code.0, d.span().start);
        let stands = then
            .diagnostics
            .iter()
            .any(|e| e.code.0 == code && e.span().start == at && e.message == d.message);
        if stands || next == text {
            useless.insert((text.clone(), code, at));
            continue;
        }
        applied.push(Applied {
            code,
            line: line_column(&text, range.start).line,
            title: repair.title.clone(),
            before: before.to_string(),
            after: repair.replace.clone(),
        });
        text = next;
        checked = then;
    }
    let guesses = checked
        .diagnostics
        .iter()
        .filter(|d| d.fix.as_ref().is_some_and(|f| f.guess))
        .count();
    Fixed {
        text,
        applied,
        checked,
        guesses,
    }
}

fn usable(d: &Diagnostic, guesses: bool) -> bool {
    d.fix
        .as_ref()
        .is_some_and(|f| f.span.file == FileId(0) && (guesses || !f.guess))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NoFiles;

    fn repaired(text: &str, guesses: bool) -> Fixed {
        fix(&NoFiles, "t.sbt", text, guesses)
    }

    const HEAD: &str = "#sbt 1\n\nstrategy s {\n  on 1h\n";
    const TAIL: &str = "  enter long when up\n  exit long when not up\n  size 100% of equity\n}\n";

    #[test]
    fn units_are_given_and_guesses_are_not() {
        let text = format!("{HEAD}  let up = close > 70\n{TAIL}");
        let f = repaired(&text, false);
        assert!(f.checked.is_ok(), "{:?}", f.checked.diagnostics);
        assert!(f.text.contains("close > price(70)"));
        assert_eq!(f.applied.len(), 1);

        let text = format!("{HEAD}  let up = close > smaa(close, 20)\n{TAIL}");
        let f = repaired(&text, false);
        assert_eq!(
            (f.text.as_str(), f.applied.len(), f.guesses),
            (text.as_str(), 0, 1)
        );
        let f = repaired(&text, true);
        assert!(f.checked.is_ok() && f.text.contains("sma(close, 20)"));
    }

    #[test]
    fn several_repairs_leave_nothing_to_do() {
        let text = format!(
            "#sbt 1\n\nuse patterns/unger\n\nstrategy s {{\n  on 1h\n  let a = close + 2%\n  let up = high > a and low > 5\n{TAIL}"
        );
        let f = repaired(&text, false);
        assert!(
            f.checked.diagnostics.is_empty(),
            "{}\n{:?}",
            f.text,
            f.checked.diagnostics
        );
        assert_eq!(f.applied.len(), 3);
        assert!(!f.text.contains("use "));
        let again = repaired(&f.text, false);
        assert_eq!((again.text, again.applied.len()), (f.text, 0));
    }
}
