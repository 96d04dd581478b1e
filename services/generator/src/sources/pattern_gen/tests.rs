use super::recipe::suits;
use super::*;
use crate::recipe::Space;
use crate::sources::parts::{Chosen, Speaks};
use crate::write::{Written, write};
use sixbtc_abi::Side as One;
use sixbtc_market::Timeframe;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use uuid::Uuid;

fn source() -> PatternGen {
    PatternGen::new().unwrap().measured_by(None)
}

fn ask(side: Side, parents: &[Parent]) -> Ask<'_> {
    Ask {
        timeframe: "30m".parse().unwrap(),
        side,
        regime: None,
        parents,
    }
}

/// Draws until something suits.
fn drawn(source: &PatternGen, ask: &Ask<'_>, turn: u64) -> Draft {
    (0..20)
        .find_map(|attempt| {
            let mut draw = Draw::new(5, "pattern_gen", turn, attempt);
            match source.draw(ask, &mut draw) {
                Ok(draft) => Some(draft),
                Err(SourceError::NothingSuits(_)) => None,
                Err(e) => panic!("{e}"),
            }
        })
        .expect("something suits")
}

fn pool(source: &PatternGen, count: u64) -> Vec<Parent> {
    (0..count)
        .map(|turn| {
            let side = source.sides()[turn as usize % 3];
            Parent {
                id: Uuid::from_u128(u128::from(turn) + 1),
                recipe: drawn(source, &ask(side, &[]), 1_000_000 + turn).recipe,
                score: 40.0 + turn as f64 / 10.0,
                behaviour: String::new(),
            }
        })
        .collect()
}

#[test]
fn every_block_is_in_the_library_and_compiles() {
    let catalogue = Catalogue::read().unwrap();
    assert_eq!(catalogue.blocks().len(), 827);
    assert_eq!(
        catalogue.blocks().iter().filter(|b| b.documented).count(),
        36
    );
    let mut calls = String::new();
    let mut uses = BTreeSet::new();
    for (at, block) in catalogue.blocks().iter().enumerate() {
        let condition = &block.condition;
        let definition = condition.call.clone().unwrap();
        if let Some(module) = &condition.module {
            uses.insert(module.clone());
            let text = sbt_std::module(module).unwrap().text;
            // the definition names the block in its comment
            let head = format!("indicator {definition}(");
            let upto = &text[..text.find(&head).unwrap_or_else(|| panic!("{definition}"))];
            let comment = upto.rsplit("\n\n").next().unwrap();
            let ids = comment.split("Catalogue: ").nth(1).unwrap();
            let ids = ids.replace("\n/// ", " ");
            let mut ids = ids.split(';').next().unwrap().split(", ");
            assert!(
                ids.any(|id| id == condition.id),
                "{definition} does not name {}",
                condition.id
            );
        }
        // the call in full: the defaults of all arguments, and both ends of their ranges
        let values = |of: fn(&crate::sources::parts::Argument) -> f64| {
            let chosen = condition.with(condition.args.iter().map(of).collect());
            condition.expression(&chosen, 30)
        };
        for (n, call) in [
            values(|a| a.default),
            values(|a| a.range[0]),
            values(|a| a.range[1]),
        ]
        .iter()
        .enumerate()
        {
            writeln!(calls, "  let it_{at}_{n} = {call}").unwrap();
        }
        for argument in &condition.args {
            assert!(
                argument.values.contains(&argument.default),
                "{}",
                condition.id
            );
            for value in &argument.values {
                argument.check(*value).unwrap();
            }
        }
        let default = condition.with(condition.args.iter().map(|a| a.default).collect());
        condition.check(&default).unwrap();
        assert!(
            !condition.sentence(&default).contains('{'),
            "{}",
            condition.id
        );
        if let Some(twin) = &condition.mirror {
            let twin = catalogue.block(twin).unwrap();
            assert_eq!(twin.condition.mirror.as_ref(), Some(&condition.id));
            assert_ne!(twin.condition.side, condition.side);
            assert_ne!(condition.side, Speaks::Both);
        }
    }
    let uses: Vec<String> = uses.iter().map(|u| format!("use {u}\n")).collect();
    let uses = uses.concat();
    let text = format!(
        "#sbt 1\n\n{uses}\nstrategy probe {{\n  on 1h\n\n{calls}\n  enter long when close > open\n  size 1\n}}\n"
    );
    crate::write::check(&text).unwrap();
}

#[test]
fn sides_modes_and_bytes_hold_for_many() {
    let count: u64 = std::env::var("SIXBTC_PROGRAMS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(600);
    let source = source();
    let pool = pool(&source, 60);
    let mut modes: BTreeMap<String, u64> = BTreeMap::new();
    let (mut none, mut bred) = (0, 0);
    let mut hashes = BTreeSet::new();
    let timeframes: [Timeframe; 3] = ["15m", "30m", "4h"].map(|t| t.parse().unwrap());
    for turn in 0..count {
        let side = source.sides()[turn as usize % 3];
        let ask = Ask {
            timeframe: timeframes[turn as usize / 3 % 3],
            ..ask(side, if turn % 4 < 2 { &[] } else { &pool })
        };
        let drawn = |_| {
            let mut draw = Draw::new(9, "pattern_gen", turn, 0);
            source.draw(&ask, &mut draw)
        };
        let draft = match drawn(0) {
            Ok(draft) => draft,
            Err(SourceError::NothingSuits(_)) => {
                none += 1;
                continue;
            }
            Err(e) => panic!("turn {turn}: {e}"),
        };
        assert_eq!(draft, drawn(1).unwrap(), "turn {turn}");
        let written = write(&draft).unwrap_or_else(|e| panic!("turn {turn}: {e}"));
        let again =
            Recipe::read(&serde_json::from_str(&draft.recipe.to_json().to_string()).unwrap());
        let again = source.make(&again.unwrap()).unwrap();
        assert_eq!(again, draft, "turn {turn}");
        let parts: Parts = draft.recipe.parts().unwrap();
        for (setup, &side) in parts.setups.iter().zip(sides(side)) {
            suits(source.catalogue(), setup, side).unwrap();
        }
        takes(&written, side);
        *modes.entry(format!("{:?}", parts.mode)).or_default() += 1;
        bred += u64::from(draft.recipe.bred);
        assert_eq!(draft.recipe.bred, parts.mode == super::Mode::Bred);
        let name = if draft.recipe.bred {
            "PGgStrat_"
        } else {
            "PGnStrat_"
        };
        assert!(written.name.starts_with(name), "{}", written.name);
        hashes.insert(written.normal.hash.clone());
    }
    println!(
        "pattern_gen: {count} draws, {none} nothing suits, {bred} bred, {} different programs, {modes:?}",
        hashes.len()
    );
    assert!(none * 50 < count, "{none} of {count} suit nothing");
    // half of the draws have parents; three in ten of those breed
    let share = bred as f64 / count as f64;
    assert!((0.10..0.21).contains(&share), "{share}");
    let fresh = (count - none - bred) as f64;
    assert!(
        (modes["Parametric"] as f64 / fresh - 0.5).abs() < 0.08,
        "{modes:?}"
    );
    assert!(
        (modes["Template"] as f64 / fresh - 0.3).abs() < 0.08,
        "{modes:?}"
    );
}

/// The entries are those of the side, long first.
fn takes(written: &Written, side: Side) {
    let at = |word: &str| written.text.find(&format!("enter {word} when"));
    match side {
        Side::Long => assert!(at("long").is_some() && at("short").is_none()),
        Side::Short => assert!(at("short").is_some() && at("long").is_none()),
        Side::Both => assert!(at("long").unwrap() < at("short").unwrap()),
    }
}

fn recipe(parts: &serde_json::Value, side: Side) -> Recipe {
    Recipe {
        source: SourceName::PatternGen,
        bred: false,
        timeframe: "1h".into(),
        side,
        regime: None,
        space: Space::Percentage,
        parts: parts.clone(),
        parents: Vec::new(),
        origin: None,
    }
}

fn made(setup: &serde_json::Value, hold: u32) -> Result<Draft, SourceError> {
    let parts = serde_json::json!({
        "mode": "template",
        "setups": [setup],
        "exits": {"stop": 0.02, "target": 0.04, "leverage": 3.0, "hold": hold, "horizon": 40},
    });
    source().make(&recipe(&parts, Side::Long))
}

#[test]
fn a_sentence_says_what_the_program_does() {
    let draft = made(
        &serde_json::json!({"blocks": [
            {"id": "RSI_OVERSOLD", "args": [14.0, 30.0]},
            {"id": "VOLUME_SPIKE", "args": [20.0, 2.5]},
        ]}),
        40,
    )
    .unwrap();
    assert_eq!(
        draft.sentence,
        "Buys when the 14-bar RSI is under 30 and the volume is over 2.5 times its 20-bar mean; leaves at 4 % or after 40 \
         bars, stops at 2 %."
    );
    insta::assert_snapshot!(write(&draft).unwrap().text);
    let sequence = made(
        &serde_json::json!({"blocks": [
            {"id": "EMA_CROSS_UP", "args": [12.0, 50.0]},
            {"id": "RSI_OVERSOLD", "args": [14.0, 30.0]},
        ], "within": 5}),
        0,
    )
    .unwrap();
    insta::assert_snapshot!(write(&sequence).unwrap().text);
}

#[test]
fn what_a_recipe_may_not_say() {
    let wrong = |setup: serde_json::Value| {
        assert!(
            matches!(made(&setup, 0), Err(SourceError::Recipe(_))),
            "{setup}"
        );
    };
    let one = |id: &str, args: &[f64]| serde_json::json!({"blocks": [{"id": id, "args": args}]});
    wrong(one("TEA_LEAVES", &[]));
    wrong(one("RSI_OVERBOUGHT", &[14.0, 75.0]));
    wrong(one("VOLUME_SPIKE", &[20.0, 2.5]));
    wrong(one("RSI_OVERSOLD", &[14.5, 30.0]));
    wrong(one("RSI_OVERSOLD", &[14.0]));
    wrong(one("RSI_OVERSOLD", &[14.0, 200.0]));
    wrong(one("EMA_CROSS_UP", &[20.0, 20.0]));
    wrong(serde_json::json!({"blocks": []}));
    wrong(
        serde_json::json!({"blocks": [{"id": "RSI_OVERSOLD", "args": [14.0, 30.0]}], "within": 3}),
    );
}

#[test]
fn the_time_exit_decides_the_space() {
    let catalogue = Catalogue::read().unwrap();
    let mut draw = Draw::new(3, "test", 0, 0);
    let (mut close, mut touch) = (0, 0);
    for _ in 0..200 {
        let parts = super::fresh::parts(&catalogue, [0.5, 0.3, 0.2], &[One::Long], &mut draw);
        let Ok(parts) = parts else { continue };
        match parts.space("1h".parse().unwrap()) {
            Space::Close { hold, median_atr } => {
                close += 1;
                assert!(
                    (hold - f64::from(parts.exits.hold)).abs() < 1e-12
                        && (median_atr - 0.008).abs() < 1e-12
                );
            }
            Space::Touch { magnitude, hold } => {
                touch += 1;
                assert!(
                    parts.exits.hold == 0
                        && (magnitude - parts.exits.target).abs() < 1e-12
                        && hold > 0.0
                );
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(close > 2 * touch && touch > 20, "{close} {touch}");
}

#[test]
fn offspring_may_be_parents() {
    let source = source();
    let mut pool = pool(&source, 40);
    let mut depth: BTreeMap<Uuid, u32> = pool.iter().map(|p| (p.id, 0)).collect();
    let mut deepest = 0;
    for turn in 0..400u64 {
        let draft = drawn(
            &source,
            &ask(source.sides()[turn as usize % 3], &pool),
            turn,
        );
        if !draft.recipe.bred {
            assert!(draft.recipe.parents.is_empty());
            continue;
        }
        let generation = 1 + draft.recipe.parents.iter().map(|p| depth[p]).max().unwrap();
        deepest = deepest.max(generation);
        let id = Uuid::from_u128(u128::from(turn) + 10_000);
        depth.insert(id, generation);
        for parent in &pool {
            // a copy of a parent is no offspring
            if draft.recipe.parents.contains(&parent.id) {
                assert_ne!(parent.recipe.parts, draft.recipe.parts);
            }
        }
        pool.push(Parent {
            id,
            recipe: draft.recipe,
            score: 50.0 + turn as f64 / 20.0,
            behaviour: String::new(),
        });
    }
    assert!(deepest >= 3, "{deepest} generations");
}

#[test]
fn too_few_or_too_weak_parents_are_none() {
    let source = source();
    let pool = pool(&source, 40);
    let fresh = |parents: &[Parent]| {
        (0..60).all(|turn| !drawn(&source, &ask(Side::Long, parents), turn).recipe.bred)
    };
    assert!(fresh(&pool[..29]));
    let weak: Vec<Parent> = pool
        .iter()
        .cloned()
        .map(|p| Parent { score: 39.9, ..p })
        .collect();
    assert!(fresh(&weak));
    let others: Vec<Parent> = pool
        .iter()
        .cloned()
        .map(|mut p| {
            p.recipe.source = SourceName::Unger;
            p
        })
        .collect();
    assert!(fresh(&others));
    assert!(!fresh(&pool));
}

#[test]
fn the_most_novel_of_a_brood_lives() {
    /// Sees a strategy's first block alone.
    struct First;
    impl crate::sources::parts::Measure for First {
        fn behaviour(&self, draft: &Draft) -> Option<crate::Behaviour> {
            let parts: Parts = draft.recipe.parts().ok()?;
            let id: &Chosen = parts.setups[0].blocks.first()?;
            let words = vec![u64::from(id.id.len() as u32 % 3) + 1];
            Some(crate::Behaviour {
                hash: String::new(),
                entries: vec![(One::Long, words)],
                rows: 64,
                warmup: 0,
            })
        }
    }
    let plain = source();
    let pool = pool(&plain, 40);
    let measured = plain.clone().measured_by(Some(std::sync::Arc::new(First)));
    let mean = |source: &PatternGen| {
        let known: Vec<_> = pool
            .iter()
            .filter_map(|p| {
                crate::sources::parts::Measure::behaviour(&First, &source.make(&p.recipe).unwrap())
            })
            .map(crate::sources::parts::Traits::Behaviour)
            .collect();
        let mut sum = 0.0;
        let mut count = 0.0;
        for turn in 0..600 {
            let draft = drawn(source, &ask(Side::Long, &pool), turn);
            if draft.recipe.bred {
                let seen = crate::sources::parts::Measure::behaviour(&First, &draft).unwrap();
                let seen = crate::sources::parts::Traits::Behaviour(seen);
                sum += crate::sources::parts::novelty(&seen, &known, 5);
                count += 1.0;
            }
        }
        sum / count
    };
    assert!(mean(&measured) >= mean(&plain));
}

#[test]
fn the_space_is_large() {
    let catalogue = Catalogue::read().unwrap();
    let long = extent(&catalogue, One::Long).unwrap();
    let short = extent(&catalogue, One::Short).unwrap();
    println!(
        "pattern_gen: long {long:?}, short {short:?}, exits {}",
        Extent::exits()
    );
    println!(
        "recipes: long {:.3e}, short {:.3e}, both {:.3e}",
        long.conditions() * Extent::exits(),
        short.conditions() * Extent::exits(),
        long.conditions() * short.conditions() * Extent::exits()
    );
    assert!(long.parametric > 1_000.0 && long.pairs > 1e6);
}
