use super::recipe::suits;
use super::*;
use crate::recipe::Space;
use crate::sources;
use crate::sources::parts::{Chosen, Speaks};
use crate::sources::tests::{ask, drawn, in_the_library, many, pool, remade, side};
use crate::write::{Written, write};
use sixbtc_abi::Side as One;
use sixbtc_market::Timeframe;
use std::collections::{BTreeMap, BTreeSet};

fn source() -> PatternGen {
    PatternGen::new().unwrap().measured_by(None)
}

#[test]
fn every_block_is_in_the_library_and_compiles() {
    let catalogue = Catalogue::read().unwrap();
    assert_eq!(catalogue.blocks().len(), 827);
    assert_eq!(
        catalogue.blocks().iter().filter(|b| b.documented).count(),
        36
    );
    in_the_library(catalogue.blocks().iter().map(|b| &b.condition));
    for condition in catalogue.blocks().iter().map(|b| &b.condition) {
        if let Some(twin) = &condition.mirror {
            let twin = catalogue.block(twin).unwrap();
            assert_eq!(twin.condition.mirror.as_ref(), Some(&condition.id));
            assert_ne!(twin.condition.side, condition.side);
            assert_ne!(condition.side, Speaks::Both);
        }
    }
}

#[test]
fn sides_modes_and_bytes_hold_for_many() {
    let count = many();
    let source = source();
    let pool = pool(&source, 60);
    let mut modes: BTreeMap<String, u64> = BTreeMap::new();
    let (mut none, mut bred) = (0, 0);
    let mut hashes = BTreeSet::new();
    let timeframes: [Timeframe; 3] = ["15m", "30m", "4h"].map(|t| t.parse().unwrap());
    for turn in 0..count {
        let side = side(&source, turn);
        let ask = Ask {
            timeframe: timeframes[turn as usize / 3 % 3],
            ..ask(side, if turn % 4 < 2 { &[] } else { &pool })
        };
        let Some((draft, written)) = remade(&source, &ask, turn, ["PGnStrat_", "PGgStrat_"]) else {
            none += 1;
            continue;
        };
        let parts: Parts = draft.recipe.parts().unwrap();
        for (setup, &side) in parts.setups.iter().zip(sides(side)) {
            suits(source.catalogue(), setup, side).unwrap();
        }
        takes(&written, side);
        *modes.entry(format!("{:?}", parts.mode)).or_default() += 1;
        bred += u64::from(draft.recipe.bred);
        assert_eq!(draft.recipe.bred, parts.mode == super::Mode::Bred);
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
    sources::tests::offspring_may_be_parents(&source());
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
