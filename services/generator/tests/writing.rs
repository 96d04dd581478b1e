//! Drafts become programs.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sixbtc_abi::Side as One;
use sixbtc_core::model::{Side, SourceName, StrategyType};
use sixbtc_generator::{Body, Draft, Recipe, Risk, SourceError, Space, write};

fn draft(when: &str) -> Draft {
    let risk = Risk {
        stop: 0.02,
        target: Some(0.04),
        hold: Some(20),
        leverage: 3.0,
    };
    let mut body = Body::percentage(&risk, [(One::Long, when.to_owned())]);
    if when.contains("rsi_below") {
        body.uses.insert("patterns/blocks".into());
    }
    Draft {
        kind: StrategyType::Momentum,
        sentence: "Buys when the \"RSI\"\n is low.".into(),
        body,
        recipe: Recipe {
            source: SourceName::PatternGen,
            bred: false,
            timeframe: "30m".into(),
            side: Side::Long,
            regime: None,
            space: Space::Percentage,
            parts: serde_json::Value::Null,
            parents: Vec::new(),
            origin: None,
        },
    }
}

#[test]
fn a_program_is_laid_out_and_named_after_what_it_does() {
    let made = write(&draft("rsi_below(14, 30)")).unwrap();
    assert!(made.name.starts_with("PGnStrat_MOM_"), "{}", made.name);
    assert_eq!(made.name.len(), 21);
    assert_eq!(sbt_syntax::format(&made.text).unwrap(), made.text);
    let again = sixbtc_generator::write::check(&made.text).unwrap();
    assert_eq!(
        sixbtc_generator::normal::of(&again).unwrap().hash,
        made.normal.hash
    );
    insta::assert_snapshot!(made.text.replace(&made.name, "NAME"));
}

#[test]
fn words_and_order_do_not_matter_and_meaning_does() {
    let hash = |when: &str| write(&draft(when)).unwrap().normal.hash;
    let first = hash("rsi_below(14, 30)");
    assert_eq!(first, hash("rsi(close, 14) < 30"));
    assert_eq!(first, hash("30 > rsi(close, 7 + 7)"));
    assert_eq!(first, hash("30 > rsi(close, 14) and rsi(close, 14) < 30"));
    assert_ne!(first, hash("rsi(close, 14) <= 30"));
    assert_ne!(first, hash("rsi(close, 15) < 30"));
    let joined = hash("close > open and (rsi(close, 14) < 30 and ema(close, 9) < close)");
    assert_eq!(
        joined,
        hash("(ema(close, 9) < close and close > open) and rsi(close, 14) < 30")
    );
    assert_ne!(joined, hash("ema(close, 9) < close and close > open"));
}

#[test]
fn names_and_defaults_of_parameters_do_not_matter_and_their_roles_do() {
    let base = draft("close > open");
    let hash = |d: &Draft| write(d).unwrap().normal.hash;
    let mut other = base.clone();
    other.body.params[0].default = "3%".into();
    assert_eq!(hash(&base), hash(&other));
    let mut renamed = base.clone();
    renamed.body.params[0].name = "loss".into();
    for leg in &mut renamed.body.entries[0].legs {
        if let sixbtc_generator::Leg::Stop(text) = leg {
            *text = "loss".into();
        }
    }
    assert_eq!(hash(&base), hash(&renamed));
    let mut alike = base.clone();
    alike.body.params[1].range = alike.body.params[0].range.clone();
    let mut swapped = alike.clone();
    swapped.body.params.swap(0, 1);
    assert_eq!(
        hash(&alike),
        hash(&swapped),
        "two parameters of one range change places"
    );
    let mut same = alike.clone();
    same.body.entries[0].legs[1] = sixbtc_generator::Leg::Target("sl".into());
    assert_ne!(hash(&alike), hash(&same), "one parameter twice is not two");
    let mut range = base.clone();
    range.body.params[0].range = "0.1%..20%".into();
    assert_ne!(hash(&base), hash(&range));
}

#[test]
fn what_does_not_compile_says_why() {
    let Err(SourceError::Wrong(why)) = write(&draft("rsi(close, 14) < close")) else {
        panic!("a float is no price");
    };
    assert!(why.contains("E0401"), "{why}");
}
