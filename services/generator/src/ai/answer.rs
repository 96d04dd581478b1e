//! From an answer to a program that may be trusted, or to what is wrong with it.

use super::Task;
use sbt_driver::{Checked, NoFiles, check};
use sixbtc_abi::{ParamKind, Side as Taken};
use sixbtc_core::model::Side;
use std::collections::HashMap;

/// Longest program that is read, in bytes.
pub const MAX_PROGRAM: usize = 32 << 10;
/// Most combinations of a program's own ranges.
const MAX_POINTS: u128 = 2_000;

/// A program of a model that keeps the contract.
pub struct Written {
    /// The text, in the canonical layout.
    pub text: String,
    /// What the compiler understood.
    pub checked: Checked,
}

/// What is wrong with an answer; its text goes back to the model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct AnswerError(pub String);

/// The program in an answer: between the first fences, or the whole when it begins like a program.
pub fn program_of(answer: &str) -> Result<&str, AnswerError> {
    let text = answer.trim();
    let inner = match text.find("```") {
        Some(at) => {
            let rest = &text[at + 3..];
            // the word after the fence names a language
            let rest = rest.split_once('\n').map_or("", |(_, r)| r);
            rest.split("```").next().unwrap_or("")
        }
        None if text.starts_with("#sbt") => text,
        None => {
            return Err(AnswerError(
                "The answer holds no program. Answer with the program alone, between ```sbt and ```.".into(),
            ));
        }
    };
    let inner = inner.trim();
    if inner.is_empty() {
        return Err(AnswerError(
            "The program between the fences is empty.".into(),
        ));
    }
    if inner.len() > MAX_PROGRAM {
        return Err(AnswerError(format!(
            "The program is longer than {MAX_PROGRAM} bytes. Write a shorter one."
        )));
    }
    Ok(inner)
}

/// Reads an answer and holds it against the language and the contract.
pub fn read(answer: &str, task: &Task) -> Result<Written, AnswerError> {
    let program = program_of(answer)?;
    let mut text = String::with_capacity(program.len() + 8);
    if !program.starts_with("#sbt") {
        text.push_str("#sbt 1\n\n");
    }
    text.push_str(program);
    text.push('\n');
    let checked = check(
        &NoFiles,
        "strategy.sbt",
        &text,
        &HashMap::<String, i64>::new(),
    );
    if !checked.is_ok() {
        return Err(AnswerError(format!(
            "The compiler refuses the program:\n\n{}\nAnswer with the whole repaired program.",
            sbt_diagnostics::plain(&checked.diagnostics, &checked.sources)
        )));
    }
    let broken = contract(&checked, task);
    if broken.is_empty() {
        let text = sbt_syntax::format(&text).unwrap_or(text);
        Ok(Written { text, checked })
    } else {
        Err(AnswerError(format!(
            "The program compiles, but does not do what was asked:\n- {}\nAnswer with the whole repaired program.",
            broken.join("\n- ")
        )))
    }
}

/// Which parts of the contract are broken.
fn contract(checked: &Checked, task: &Task) -> Vec<String> {
    let mut broken = Vec::new();
    let [strategy] = checked.hir.strategies.as_slice() else {
        return vec![format!(
            "it must hold one strategy, not {}",
            checked.hir.strategies.len()
        )];
    };
    if strategy.portfolio.is_some() {
        broken.push("it must be a strategy, not a portfolio".to_owned());
    }
    let clock = strategy.frames.first().map(|f| f.period_ms);
    if clock != Some(task.timeframe.ms()) {
        broken.push(format!("its clock must be `on {}`", task.timeframe));
    }
    if strategy.frames.iter().any(|f| f.symbol.is_some()) {
        broken.push("it must read its own symbol only".to_owned());
    }
    let takes = |side: Taken| strategy.entries.iter().any(|e| e.side == side);
    let wanted = match task.side {
        Side::Long => (true, false),
        Side::Short => (false, true),
        Side::Both => (true, true),
    };
    if (takes(Taken::Long), takes(Taken::Short)) != wanted {
        broken.push(
            match task.side {
                Side::Long => "it must have `enter long` and no `enter short`",
                Side::Short => "it must have `enter short` and no `enter long`",
                Side::Both => "it must have both `enter long` and `enter short`",
            }
            .to_owned(),
        );
    }
    if strategy.entries.iter().any(|e| e.stops.is_empty()) {
        broken.push("every entry must have a `stop`".to_owned());
    }
    if strategy
        .params
        .iter()
        .any(|p| p.kind == ParamKind::Timeframe)
    {
        broken.push("no parameter may be a timeframe".to_owned());
    }
    let points: u128 = strategy
        .params
        .iter()
        .map(|p| p.values.len().max(1) as u128)
        .fold(1, u128::saturating_mul);
    if !(2..=MAX_POINTS).contains(&points) {
        broken.push(format!(
            "its parameters give {points} combinations; give 50 to 200"
        ));
    }
    for name in task
        .combination
        .iter()
        .flat_map(|c| c.main.iter().chain(&c.filters))
    {
        if !mentions(checked, name) {
            broken.push(format!("it must use `{name}`"));
        }
    }
    broken
}

/// Whether the program's text calls a name, outside of comments.
fn mentions(checked: &Checked, name: &str) -> bool {
    let text = checked.sources.text(sbt_diagnostics::FileId(0));
    sbt_grammar::lex(text)
        .iter()
        .any(|t| !t.token.is_trivia() && t.text(text) == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixbtc_market::Timeframe;

    fn task_of(side: Side) -> Task {
        Task {
            timeframe: Timeframe::from_ms(3_600_000).unwrap(),
            side,
            combination: None,
            idea: None,
            turn: 0,
        }
    }

    const GOOD: &str = "Here it is:\n```sbt\n#sbt 1\nstrategy dip \"Buys dips\" {\non 1h\nparam n: bars = 14 in 7..28 step 7\n\
        enter long when rsi(close, n) < 30 { stop 2%\n target 4% }\nsize risk 2%\n limit leverage 3 }\n```\nGood luck!";

    #[test]
    fn a_good_answer_is_read() {
        let w = read(GOOD, &task_of(Side::Long)).unwrap_or_else(|e| panic!("{e}"));
        assert!(w.text.starts_with("#sbt 1\n"));
        assert_eq!(w.checked.hir.strategies[0].name, "dip");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let says = |answer: &str, side| match read(answer, &task_of(side)) {
            Ok(w) => panic!("accepted {}", w.text),
            Err(e) => e.to_string(),
        };
        assert!(says("I cannot help with that.", Side::Long).contains("no program"));
        assert!(says("```\n```", Side::Long).contains("empty"));
        assert!(says(&format!("```\n{}```", "x\n".repeat(20_000)), Side::Long).contains("longer"));
        assert!(says(GOOD, Side::Short).contains("`enter short`"));
        assert!(says(&GOOD.replace("on 1h", "on 4h"), Side::Long).contains("`on 1h`"));
        assert!(says(&GOOD.replace("rsi(close, n)", "rsj(close, n)"), Side::Long).contains("E0"));
        assert!(says(&GOOD.replace("stop 2%", ""), Side::Long).contains("stop"));
        assert!(
            says(&GOOD.replace("7..28 step 7", "2..9000 step 1"), Side::Long)
                .contains("combinations")
        );
        assert!(says("```sbt\n#sbt 1\nuse ../../etc/passwd\n```", Side::Long).contains("refuses"));
    }
}
