use super::recipe::check;
use super::*;
use crate::recipe::Space;
use crate::source::Regime;
use crate::sources;
use crate::sources::parts::Condition;
use crate::sources::tests::{ask, drawn, in_the_library, many, pool, remade, side};
use crate::write::write;
use serde_json::json;
use sixbtc_abi::Side as One;
use sixbtc_market::Timeframe;
use std::collections::{BTreeMap, BTreeSet};

fn source() -> Unger {
    Unger::new().unwrap().measured_by(None)
}

#[test]
fn every_part_is_in_the_library_and_compiles() {
    let catalogue = Catalogue::read().unwrap();
    let counts = [
        catalogue.entries.len(),
        catalogue.filters.len(),
        catalogue.exits.len(),
        catalogue.stops.len(),
        catalogue.targets.len(),
        catalogue.trails.len(),
        Mechanism::ALL.len(),
    ];
    assert_eq!(counts, [128, 92, 15, 5, 5, 6, 11]);
    let conditions: Vec<&Condition> = catalogue
        .entries
        .iter()
        .map(|e| &e.condition)
        .chain(&catalogue.filters)
        .chain(&catalogue.exits)
        .collect();
    in_the_library(conditions.iter().copied());
    let own = conditions.iter().filter(|c| c.module.is_none());
    assert_eq!(own.map(|c| &c.id).collect::<Vec<_>>(), ["EXT_10"]);
    for entry in &catalogue.entries {
        if let Some(twin) = &entry.condition.mirror {
            let twin = catalogue.entry(twin).unwrap();
            assert_eq!(twin.condition.mirror.as_ref(), Some(&entry.condition.id));
            assert_ne!(twin.condition.side, entry.condition.side);
            assert_eq!(twin.class, entry.class);
        }
    }
}

#[test]
fn sides_families_and_bytes_hold_for_many() {
    let count = many();
    let source = source();
    let pool = pool(&source, 60);
    let (mut none, mut bred) = (0, 0);
    let mut mechanisms: BTreeMap<u8, u64> = BTreeMap::new();
    let mut filters: BTreeMap<usize, u64> = BTreeMap::new();
    let mut hashes = BTreeSet::new();
    let timeframes: [Timeframe; 4] = ["15m", "30m", "4h", "1d"].map(|t| t.parse().unwrap());
    for turn in 0..count {
        let side = side(&source, turn);
        let regime = [None, Some(Regime::Trend), Some(Regime::Reversal), None][turn as usize % 4];
        let ask = Ask {
            timeframe: timeframes[turn as usize / 3 % 4],
            regime,
            ..ask(
                side,
                if turn % 4 == 3 || turn % 8 == 0 {
                    &pool
                } else {
                    &[]
                },
            )
        };
        let Some((draft, written)) = remade(&source, &ask, turn, ["UngStrat_", "UggStrat_"]) else {
            none += 1;
            continue;
        };
        let parts: Parts = draft.recipe.parts().unwrap();
        check(source.catalogue(), &parts, side, minutes(ask.timeframe)).unwrap();
        let at = |word: &str| written.text.find(&format!("enter {word} when"));
        match side {
            Side::Long => assert!(at("long").is_some() && at("short").is_none()),
            Side::Short => assert!(at("short").is_some() && at("long").is_none()),
            Side::Both => assert!(at("long").unwrap() < at("short").unwrap()),
        }
        for plan in &parts.plans {
            let class = &source.catalogue().entry(&plan.entry.id).unwrap().class;
            assert!(
                source.catalogue().suits(class, regime),
                "{class} in {regime:?}"
            );
            if !draft.recipe.bred {
                *filters.entry(plan.filters.len()).or_default() += 1;
            }
        }
        *mechanisms.entry(parts.mechanism.id()).or_default() += 1;
        bred += u64::from(draft.recipe.bred);
        hashes.insert(written.normal.hash.clone());
    }
    println!(
        "unger: {count} draws, {none} nothing suits, {bred} bred, {} different programs, mechanisms {mechanisms:?}, filters {filters:?}",
        hashes.len()
    );
    assert!(none * 50 < count, "{none} of {count} suit nothing");
    assert_eq!(mechanisms.len(), 11);
    // three eighths of the draws have parents; three in ten of those breed
    let share = bred as f64 / count as f64;
    assert!((0.06..0.15).contains(&share), "{share}");
    let sides: u64 = filters.values().sum();
    let two = filters[&2] as f64 / sides as f64;
    assert!((0.10..0.26).contains(&two), "{filters:?}");
}

fn parts(plans: &serde_json::Value, mechanism: u8) -> serde_json::Value {
    let mut parts = json!({
        "plans": plans,
        "mechanism": mechanism,
        "stop": {"id": "SL_02", "args": [2.0]},
        "leverage": 3.0,
    });
    let it = Mechanism::try_from(mechanism).unwrap();
    if it.uses_target() {
        parts["target"] = json!({"id": "TP_02", "args": [2.5]});
    }
    if it.uses_trail() {
        parts["trail"] = json!({"id": "TS_03", "args": [1.5, 1.5]});
    }
    parts
}

fn made(parts: serde_json::Value, side: Side) -> Result<Draft, SourceError> {
    source().make(&Recipe {
        source: SourceName::Unger,
        bred: false,
        timeframe: "1h".into(),
        side,
        regime: None,
        space: Space::Own,
        parts,
        parents: Vec::new(),
        origin: None,
    })
}

#[test]
fn programs_and_sentences() {
    let plain = json!({
        "plans": [{"entry": {"id": "BRK_03", "args": [20.0]}, "filters": [{"id": "FLT_T07", "args": [25.0]}]}],
        "mechanism": 1,
        "stop": {"id": "SL_01", "args": [2.5]},
        "target": {"id": "TP_01", "args": [4.0]},
        "leverage": 3.0,
    });
    let plain = made(plain, Side::Long).unwrap();
    assert_eq!(
        plain.sentence,
        "Buys when the close breaks the 20-bar high while the ADX is over 25; leaves at 4 %, stops at 2.5 %."
    );
    insta::assert_snapshot!("plain", write(&plain).unwrap().text);
    let plans = json!([
        {"entry": {"id": "CRS_01", "args": [10.0, 50.0]}, "filters": [{"id": "FLT_I01", "args": [20.0]}], "exit": {"id": "EXT_05", "args": [20.0]}},
        {"entry": {"id": "CRS_02", "args": [10.0, 50.0]}, "exit": {"id": "EXT_06", "args": [20.0]}},
    ]);
    for (name, mechanism) in [("five", 5), ("seven", 7), ("eight", 8)] {
        let draft = made(parts(&plans, mechanism), Side::Both).unwrap();
        insta::assert_snapshot!(name, write(&draft).unwrap().text);
    }
}

#[test]
fn what_a_recipe_may_not_say() {
    let wrong = |plans: serde_json::Value, side| {
        let draft = made(parts(&plans, 1), side);
        assert!(matches!(draft, Err(SourceError::Recipe(_))), "{plans}");
    };
    let entry = |id: &str, args: &[f64]| json!({"id": id, "args": args});
    // no such entry, the other side, no side at all, a filter that looks at the same, one of the other side
    wrong(json!([{"entry": entry("TEA_01", &[])}]), Side::Long);
    wrong(json!([{"entry": entry("BRK_02", &[])}]), Side::Long);
    wrong(json!([{"entry": entry("THR_09", &[25.0])}]), Side::Long);
    wrong(
        json!([{"entry": entry("CRS_03", &[20.0]), "filters": [entry("FLT_T01", &[50.0])]}]),
        Side::Long,
    );
    wrong(
        json!([{"entry": entry("BRK_01", &[]), "filters": [entry("FLT_T02", &[50.0])]}]),
        Side::Long,
    );
    // one plan for two sides; an exit condition that the mechanism does not have
    wrong(json!([{"entry": entry("BRK_01", &[])}]), Side::Both);
    wrong(
        json!([{"entry": entry("BRK_01", &[]), "exit": entry("EXT_07", &[])}]),
        Side::Long,
    );
    let number = json!({"plans": [{"entry": entry("BRK_01", &[])}], "mechanism": 12,
        "stop": entry("SL_01", &[2.0]), "leverage": 3.0});
    assert!(matches!(
        made(number, Side::Long),
        Err(SourceError::Recipe(_))
    ));
    let nan = json!({"plans": [{"entry": entry("BRK_01", &[])}], "mechanism": 3,
        "stop": entry("SL_01", &[2.0]), "trail": entry("TS_01", &[1.0]), "leverage": 3.0});
    assert!(matches!(made(nan, Side::Long), Err(SourceError::Recipe(_))));
}

#[test]
fn both_sides_have_filters_of_their_own() {
    let source = source();
    let mut with = [0, 0];
    for turn in 0..300 {
        let draft = drawn(&source, &ask(Side::Both, &[]), turn);
        let parts: Parts = draft.recipe.parts().unwrap();
        for (plan, (side, with)) in parts
            .plans
            .iter()
            .zip([One::Long, One::Short].into_iter().zip(&mut with))
        {
            *with += i32::from(!plan.filters.is_empty());
            let entry = source.catalogue().entry(&plan.entry.id).unwrap();
            if !entry.condition.side.is(side) {
                // it speaks for no side: a filter must
                assert!(
                    plan.filters
                        .iter()
                        .any(|f| { source.catalogue().filter(&f.id).unwrap().side.is(side) })
                );
            }
        }
    }
    assert!(with.iter().all(|n| *n > 150), "{with:?}");
}

#[test]
fn offspring_may_be_parents() {
    sources::tests::offspring_may_be_parents(&source());
}

#[test]
fn the_space_is_large() {
    let catalogue = Catalogue::read().unwrap();
    let (long, short) = (
        extent(&catalogue, One::Long),
        extent(&catalogue, One::Short),
    );
    println!("unger: long {long:?}, short {short:?}");
    println!(
        "recipes: long {:.3e}, short {:.3e}, both about {:.3e}; parts alone: {:.3e}, {:.3e}",
        long.conditions * long.exits,
        short.conditions * short.exits,
        long.conditions * short.conditions * long.exits,
        long.parts,
        short.parts,
    );
    assert!(long.conditions * long.exits > 1e9);
}
