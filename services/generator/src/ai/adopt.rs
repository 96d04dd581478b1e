//! A model's program as a draft like any other.

use super::{Task, Written};
use crate::body::{Body, NAMELESS};
use crate::recipe::{Recipe, Space};
use crate::source::{Ask, Draft, Source, SourceError};
use crate::{Draw, pattern};
use sbt_grammar::lex;
use serde::{Deserialize, Serialize};
use sixbtc_core::model::{Side, SourceName};

/// What a recipe keeps: the program itself, for no seed makes it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Parts {
    program: String,
    sentence: String,
    /// Provider and model.
    model: String,
    /// Hashes of the questions, in order.
    questions: Vec<String>,
}

/// A draft of a program that keeps the contract. Its sweep goes over its own ranges.
///
/// # Errors
/// [`SourceError::Wrong`] when the program has no name that could be replaced.
pub fn adopt(
    written: &Written,
    task: &Task,
    source: SourceName,
    model: &str,
    questions: Vec<String>,
) -> Result<Draft, SourceError> {
    let sentence = written
        .checked
        .hir
        .strategies
        .first()
        .map(|s| s.title.clone())
        .filter(|t| !t.trim().is_empty())
        .unwrap_or_else(|| format!("A strategy of {model}."));
    let parts = Parts {
        program: nameless(&written.text)?,
        sentence,
        model: model.to_owned(),
        questions,
    };
    draft(&Recipe {
        source,
        bred: false,
        timeframe: task.timeframe.to_string(),
        side: task.side,
        regime: None,
        space: Space::Own,
        // texts: this cannot fail
        parts: serde_json::to_value(&parts).unwrap_or_default(),
        parents: Vec::new(),
        origin: None,
    })
}

fn draft(recipe: &Recipe) -> Result<Draft, SourceError> {
    let parts: Parts = recipe.parts()?;
    Ok(Draft {
        kind: pattern::kind(&parts.program),
        sentence: parts.sentence,
        body: Body {
            whole: Some(parts.program),
            ..Body::default()
        },
        recipe: recipe.clone(),
    })
}

/// The program with its strategy's name replaced by the one that stands for none.
fn nameless(text: &str) -> Result<String, SourceError> {
    let tokens = lex(text);
    let mut words = tokens.iter().filter(|t| !t.token.is_trivia());
    let name = words
        .find(|t| t.text(text) == "strategy")
        .and_then(|_| words.next())
        .ok_or_else(|| SourceError::Wrong("the program has no strategy".into()))?;
    let (start, end) = (name.start as usize, name.end as usize);
    Ok(format!("{}{NAMELESS}{}", &text[..start], &text[end..]))
}

/// The sources of language models for whoever follows recipes: they draw nothing by themselves, their programs come from a
/// provider.
#[derive(Debug, Clone, Copy)]
pub struct Adopted(pub SourceName);

impl Source for Adopted {
    fn name(&self) -> SourceName {
        self.0
    }

    fn sides(&self) -> &'static [Side] {
        &[Side::Long, Side::Short, Side::Both]
    }

    fn draw(&self, _: &Ask<'_>, _: &mut Draw) -> Result<Draft, SourceError> {
        Err(SourceError::Unavailable(
            "a language model writes in its own time; it is switched on by `generation.strategy_sources`".into(),
        ))
    }

    fn make(&self, recipe: &Recipe) -> Result<Draft, SourceError> {
        draft(recipe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ai::read;
    use crate::write::write;
    use sixbtc_market::Timeframe;

    #[test]
    fn a_models_program_has_a_name_of_ours_and_is_made_again() {
        let task = Task {
            timeframe: Timeframe::from_ms(3_600_000).unwrap(),
            side: Side::Long,
            combination: None,
            idea: None,
            turn: 0,
        };
        let answer = "```sbt\n#sbt 1\n// the strategy of a strategy\nstrategy dip \"Buys \\\"dips\\\".\" {\n on 1h\n param n: bars = 14 in 7..28 step 7\n \
            enter long when rsi(close, n) < 30 { stop 2%\n target 4% }\n size risk 2%\n limit leverage 3 }\n```";
        let answer = answer.replace("\\\"dips\\\"", "dips");
        let written = read(&answer, &task).unwrap_or_else(|e| panic!("{e}"));
        let draft = adopt(&written, &task, SourceName::AiFree, "m", vec!["q".into()]).unwrap();
        let program = write(&draft).unwrap();
        assert!(
            program.name.starts_with("AIFStrat_REV_"),
            "{}",
            program.name
        );
        assert!(
            program
                .text
                .contains(&format!("strategy {} \"Buys dips.\"", program.name))
        );
        let again = Adopted(SourceName::AiFree).make(&draft.recipe).unwrap();
        assert_eq!(write(&again).unwrap().text, program.text);
    }
}
