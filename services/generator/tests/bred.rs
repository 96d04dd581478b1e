//! What holds of every source, held against offspring: of drawn strategies first, then of offspring themselves.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod law;

use law::{Foreign, Harvest, SEED, ask, programs_or};
use sixbtc_core::model::SourceName;
use sixbtc_core::settings::{Genetic, PatternGenSource, UngerSource};
use sixbtc_generator::{
    Candidate, Draw, PandasTa, Parent, PatternGen, Screen, Seen, Source, Unger, examine,
};
use sixbtc_market::Timeframe;
use std::collections::HashMap;
use uuid::Uuid;

/// Strategies in the pool.
const POOL: usize = 60;
const TIMEFRAMES: [Timeframe; 2] = [Timeframe::M30, Timeframe::H1];

/// Every draw breeds.
fn always() -> Genetic {
    Genetic {
        smart_ratio: 0.0,
        genetic_ratio: 1.0,
        ..Genetic::default()
    }
}

fn parent(candidate: &Candidate, number: usize, draw: &mut Draw) -> Parent {
    Parent {
        id: Uuid::from_u128(number as u128 + 1),
        recipe: candidate.recipe.clone(),
        score: draw.between(40.0, 100.0),
        behaviour: candidate.behaviour.hash.clone(),
    }
}

/// The first strategies of a pool.
fn founders(source: &dyn Source, count: usize, draw: &mut Draw) -> Vec<Parent> {
    let mut seen = Seen::default();
    let mut found = Vec::new();
    for turn in 0u64.. {
        let ask = ask(source.sides(), &TIMEFRAMES, turn, &[]);
        let mut stream = Draw::new(SEED, source.name().as_str(), turn, 0);
        let screen = Screen::over(180.0, ask.timeframe.ms(), 30.0);
        let drawn = source.draw(&ask, &mut stream).ok();
        let made = drawn.and_then(|draft| examine(&draft, &screen).ok());
        if let Some(candidate) = made.filter(|c| seen.admit(c).is_ok()) {
            found.push(parent(&candidate, found.len(), draw));
        }
        if found.len() == count {
            break;
        }
    }
    found
}

/// Breeds, puts what is accepted in the place of the weakest, and breeds from that: lineages grow as deep as they may.
fn holds(fresh: &dyn Source, breeder: &dyn Source, programs: usize) {
    let name = breeder.name();
    let mut scores = Draw::new(SEED, "scores", 0, 0);
    // the pool holds strategies of other sources too: nobody breeds from them
    let mut pool = founders(&PandasTa::default(), 10, &mut scores);
    for stranger in &mut pool {
        stranger.id = Uuid::from_u128(u128::MAX - stranger.id.as_u128());
    }
    let strangers = pool.len();
    pool.extend(founders(fresh, POOL, &mut scores));
    let mut depth: HashMap<Uuid, u64> = pool.iter().map(|p| (p.id, 0)).collect();
    let mut deepest = 0;
    let mut harvest = Harvest::new(format!("{name}, bred"));
    let mut turn = 0u64;
    while harvest.accepted.len() < programs {
        let asked = ask(breeder.sides(), &TIMEFRAMES, turn, &pool);
        let mut draw = Draw::new(SEED, name.as_str(), turn, 1);
        turn += 1;
        assert!(
            turn < 100 * programs as u64,
            "breeding gives too little: {:?}",
            harvest.tally
        );
        let draft = match breeder.draw(&asked, &mut draw) {
            Ok(draft) => draft,
            Err(e) => {
                harvest.nothing(&e, &turn);
                continue;
            }
        };
        assert!(draft.recipe.bred && draft.recipe.source == name);
        assert!(!draft.recipe.parents.is_empty() && draft.recipe.parents.len() <= 2);
        let generation = 1 + draft
            .recipe
            .parents
            .iter()
            .map(|id| {
                assert!(pool[strangers..].iter().any(|p| p.id == *id), "a stranger");
                depth[id]
            })
            .max()
            .unwrap();
        if turn.is_multiple_of(50) {
            let mut same = Draw::new(SEED, name.as_str(), turn - 1, 1);
            assert_eq!(breeder.draw(&asked, &mut same), Ok(draft.clone()));
        }
        let number = POOL + harvest.accepted.len();
        if let Some(candidate) = harvest.examine(&draft, asked.side, Foreign::No, &turn) {
            let child = parent(candidate, number, &mut scores);
            depth.insert(child.id, generation);
            deepest = deepest.max(generation);
            let weakest = (strangers..pool.len())
                .min_by(|a, b| pool[*a].score.total_cmp(&pool[*b].score))
                .unwrap();
            pool[weakest] = child;
        }
    }
    harvest.hold(breeder, programs);
    eprintln!("{name}, bred: lineages of up to {deepest} generations");
    assert!(deepest > 2, "offspring has offspring");
    let prefix = match name {
        SourceName::PatternGen => "PGgStrat_",
        _ => "UggStrat_",
    };
    assert!(harvest.accepted.iter().all(|c| c.name.starts_with(prefix)));
}

#[test]
fn offspring_of_pattern_gen_keeps_the_law() {
    let breeder = PatternGen::with(&PatternGenSource {
        genetic: always(),
        ..PatternGenSource::default()
    });
    holds(
        &PatternGen::new().unwrap(),
        &breeder.unwrap(),
        programs_or(60),
    );
}

#[test]
fn offspring_of_unger_keeps_the_law() {
    let breeder = Unger::with(&UngerSource {
        genetic: always(),
        ..UngerSource::default()
    });
    holds(&Unger::new().unwrap(), &breeder.unwrap(), programs_or(60));
}
