//! What a model is told: the language on one page, and the task.

use crate::ai::assigned::Combination;
use sixbtc_core::model::Side;
use sixbtc_market::Timeframe;
use std::fmt::Write;

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// The clock.
    pub timeframe: Timeframe,
    /// Sides that the strategy takes.
    pub side: Side,
    /// Indicators that it must use; absent: the model chooses.
    pub combination: Option<Combination>,
    /// An idea to begin with: a pattern's formula, or words.
    pub idea: Option<String>,
    /// Which of several strategies for the same task: asks for another one.
    pub turn: u64,
}

/// What holds for every task: the card of the language, made of the compiler itself, and the contract.
pub fn system() -> String {
    let mut text = sbt_driver::docs::card();
    text.push_str(CONTRACT);
    text
}

const CONTRACT: &str = "
## What you write

You write one trading strategy as a program in this language. Rules beyond those of the language:

- Answer with the program alone, between ```sbt and ```. No other text counts.
- One `strategy`, no `portfolio`, no files of your own; `use` may name parts of the library only.
- Conditions are states (they hold now), not events kept alive by shifting.
- An entry should hold on roughly 5 to 20 % of the bars, never on less than 0.1 % or more than 25 %.
- Every entry has a stop. `size risk 2%`, and `limit leverage 3` at most.
- Give the indicator lengths, thresholds, stop, target and time exit that are worth trying as `param` with ranges or sets, three \
to five values each, 50 to 200 combinations in all.
- Its title is one plain sentence that says when it buys or sells and when it leaves.
- If the compiler reports problems you are shown them: answer with the whole repaired program.
";

/// The task in words.
pub fn task(task: &Task) -> String {
    let mut text = format!("Write a strategy on {} bars. ", task.timeframe);
    text.push_str(match task.side {
        Side::Long => "It only buys: no `enter short`.",
        Side::Short => "It only sells short: no `enter long`.",
        Side::Both => {
            "It has one `enter long` and one `enter short`, each with a condition of its own."
        }
    });
    if let Some(c) = &task.combination {
        let _ = write!(text, "\nIt must use {}", listed(&c.main));
        if !c.filters.is_empty() {
            let _ = write!(text, ", and {} as a filter", listed(&c.filters));
        }
        text.push_str(". Other indicators are not allowed; values of the bar are.");
        for name in c.main.iter().chain(&c.filters) {
            if let Some(entry) = sbt_driver::docs::entry(name) {
                let _ = write!(text, "\n- `{}`: {}", entry.signature, entry.summary);
                if let Some(module) = &entry.needs_use {
                    let _ = write!(text, " Needs `use {module}`.");
                }
            }
        }
    }
    if let Some(idea) = &task.idea {
        let _ = write!(text, "\nBegin with this idea: {idea}");
    }
    if task.turn > 0 {
        let _ = write!(
            text,
            "\nThis is variant {}: choose another approach than the most obvious ones.",
            task.turn + 1
        );
    }
    text
}

fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
    quoted.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_names_what_it_wants() {
        let t = task(&Task {
            timeframe: Timeframe::from_ms(900_000).unwrap(),
            side: Side::Both,
            combination: Some(Combination {
                main: vec!["rsi".into(), "bollinger".into()],
                filters: vec!["atr".into()],
            }),
            idea: None,
            turn: 2,
        });
        for word in [
            "15m",
            "`enter short`",
            "`rsi` and `bollinger`",
            "`atr` as a filter",
            "variant 3",
            "rsi(x",
        ] {
            assert!(t.contains(word), "{word}: {t}");
        }
        assert!(system().contains("## What you write") && system().contains("crosses above"));
    }
}
