//! What holds of every source that joins parts and breeds.

use super::parts::{Argument, Condition};
use crate::draw::Draw;
use crate::recipe::Recipe;
use crate::source::{Ask, Draft, Parent, Source, SourceError};
use crate::write::{Written, write};
use sixbtc_core::model::Side;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use uuid::Uuid;

/// Programs that a law is tried on: `SIXBTC_PROGRAMS`, or 600.
pub fn many() -> u64 {
    let asked = std::env::var("SIXBTC_PROGRAMS").ok();
    asked.and_then(|n| n.parse().ok()).unwrap_or(600)
}

/// An ordinary wish.
pub fn ask(side: Side, parents: &[Parent]) -> Ask<'_> {
    Ask {
        timeframe: "30m".parse().unwrap(),
        side,
        regime: None,
        parents,
    }
}

/// The side of a turn: each in its turn.
pub fn side(source: &dyn Source, turn: u64) -> Side {
    source.sides()[turn as usize % source.sides().len()]
}

/// A draft of a turn, `None` when nothing suits; the same draft whenever it is drawn.
pub fn suiting(source: &dyn Source, ask: &Ask<'_>, turn: u64, attempt: u32) -> Option<Draft> {
    let name = source.name().to_string();
    match source.draw(ask, &mut Draw::new(5, &name, turn, attempt)) {
        Ok(draft) => Some(draft),
        Err(SourceError::NothingSuits(_)) => None,
        Err(e) => panic!("turn {turn}: {e}"),
    }
}

/// Draws until something suits.
pub fn drawn(source: &dyn Source, ask: &Ask<'_>, turn: u64) -> Draft {
    (0..20)
        .find_map(|attempt| suiting(source, ask, turn, attempt))
        .expect("something suits")
}

/// A pool of parents.
pub fn pool(source: &dyn Source, count: u64) -> Vec<Parent> {
    (0..count)
        .map(|turn| Parent {
            id: Uuid::from_u128(u128::from(turn) + 1),
            recipe: drawn(source, &ask(side(source, turn), &[]), 1_000_000 + turn).recipe,
            score: 40.0 + turn as f64 / 10.0,
            behaviour: String::new(),
        })
        .collect()
}

/// What a turn draws and writes; `None` when nothing suits. It is the same when it is drawn again, and when it is made again
/// from its recipe as a store keeps it; its name says whether it was bred.
pub fn remade(
    source: &dyn Source,
    ask: &Ask<'_>,
    turn: u64,
    [fresh, bred]: [&str; 2],
) -> Option<(Draft, Written)> {
    let draft = suiting(source, ask, turn, 0)?;
    assert_eq!(
        Some(&draft),
        suiting(source, ask, turn, 0).as_ref(),
        "turn {turn}"
    );
    let written = write(&draft).unwrap_or_else(|e| panic!("turn {turn}: {e}"));
    let json = serde_json::from_str(&draft.recipe.to_json().to_string()).unwrap();
    let again = source.make(&Recipe::read(&json).unwrap()).unwrap();
    assert_eq!(again, draft, "turn {turn}");
    let name = if draft.recipe.bred { bred } else { fresh };
    assert!(written.name.starts_with(name), "{}", written.name);
    Some((draft, written))
}

/// Offspring has offspring, for generations, and none is a copy of a parent.
pub fn offspring_may_be_parents(source: &dyn Source) {
    let mut pool = pool(source, 40);
    let mut depth: BTreeMap<Uuid, u32> = pool.iter().map(|p| (p.id, 0)).collect();
    let mut deepest = 0;
    for turn in 0..400u64 {
        let recipe = drawn(source, &ask(side(source, turn), &pool), turn).recipe;
        if !recipe.bred {
            assert!(recipe.parents.is_empty());
            continue;
        }
        let generation = 1 + recipe.parents.iter().map(|p| depth[p]).max().unwrap();
        deepest = deepest.max(generation);
        for parent in pool.iter().filter(|p| recipe.parents.contains(&p.id)) {
            assert_ne!(parent.recipe.parts, recipe.parts);
        }
        let id = Uuid::from_u128(u128::from(turn) + 10_000);
        depth.insert(id, generation);
        pool.push(Parent {
            id,
            recipe,
            score: 50.0 + turn as f64 / 20.0,
            behaviour: String::new(),
        });
    }
    assert!(deepest >= 3, "{deepest} generations");
}

/// Conditions are what their table says: the library's definition names them, they can be called with their defaults and with
/// both ends of their ranges, and their sentences are whole.
pub fn in_the_library<'c>(conditions: impl Iterator<Item = &'c Condition>) {
    let mut calls = String::new();
    let mut uses = BTreeSet::new();
    let values: [fn(&Argument) -> f64; 3] = [|a| a.default, |a| a.range[0], |a| a.range[1]];
    for (at, condition) in conditions.enumerate() {
        let id = &condition.id;
        if let Some(module) = &condition.module {
            uses.insert(format!("use {module}\n"));
            named(condition, sbt_std::module(module).unwrap().text);
        }
        let with =
            |of: fn(&Argument) -> f64| condition.with(condition.args.iter().map(of).collect());
        for (n, of) in values.into_iter().enumerate() {
            let call = condition.expression(&with(of), 30);
            writeln!(calls, "  let it_{at}_{n} = {call}").unwrap();
        }
        condition.check(&with(values[0])).unwrap();
        assert!(!condition.sentence(&with(values[0])).contains('{'), "{id}");
        for argument in &condition.args {
            assert!(argument.values.contains(&argument.default), "{id}");
            for value in &argument.values {
                argument.check(*value).unwrap();
            }
        }
    }
    let uses: String = uses.into_iter().collect();
    let text = format!(
        "#sbt 1\n\n{uses}\nstrategy probe {{\n  on 30m\n\n{calls}\n  enter long when close > open\n  size 1\n}}\n"
    );
    crate::write::check(&text).unwrap();
}

/// Whether the comment of a definition names the entry of the catalogue.
fn named(condition: &Condition, text: &str) {
    let call = condition.call.as_ref().unwrap();
    let at = ["indicator", "fn"]
        .iter()
        .find_map(|word| text.find(&format!("\n{word} {call}(")));
    let upto = &text[..at.unwrap_or_else(|| panic!("{call}"))];
    let comment = upto.rsplit("\n\n").next().unwrap();
    let comment = comment.replace("\n/// ", " ");
    let ids = comment.split("Catalogue: ").nth(1);
    let ids = ids.unwrap_or_else(|| panic!("{call}"));
    let mut ids = ids.split([',', '.', ';']);
    assert!(
        ids.any(|id| id.trim() == condition.id),
        "{call} does not name {}",
        condition.id
    );
}
