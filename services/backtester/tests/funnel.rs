//! How far generated strategies come on the sample data, with honest gates and with those of a demonstration. Slow: ignored.
//!
//! `STRATEGIES=300 cargo test -p sixbtc-backtester --test funnel -- --ignored --nocapture`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use rayon::prelude::*;
use sixbtc_backtester::{Judged, Rules, judge, prepare};
use sixbtc_core::candles::Series;
use sixbtc_core::model::{NewStrategy, Status, Strategy};
use sixbtc_core::settings::{Profile, Settings, Sources, load};
use sixbtc_generator::{Ask, Draw, PandasTa, Screen, Source, examine};
use sixbtc_judgement::pipeline::ledger::Tally;
use sixbtc_lab::Unwatched;
use sixbtc_market::Timeframe;
use sixbtc_market::import::{ImportOptions, open_all};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

fn strategies(count: usize, symbols: &[String]) -> Vec<Strategy> {
    let source = PandasTa::default();
    let screen = Screen::over(210.0, Timeframe::M30.ms(), 80.0);
    let mut all = Vec::with_capacity(count);
    let mut turn = 0;
    while all.len() < count {
        turn += 1;
        let side = source.sides()[turn as usize % source.sides().len()];
        let ask = Ask {
            timeframe: Timeframe::M30,
            side,
            regime: None,
            parents: &[],
        };
        let mut draw = Draw::new(7, source.name().as_str(), turn, 0);
        let Ok(draft) = source.draw(&ask, &mut draw) else {
            continue;
        };
        let Ok(candidate) = examine(&draft, &screen) else {
            continue;
        };
        let blank = support::row("", symbols.to_vec());
        all.push(Strategy {
            made: NewStrategy {
                id: Uuid::from_u128(u128::from(turn)),
                name: candidate.name,
                timeframe: "30m".into(),
                text: candidate.text,
                recipe: candidate.recipe.to_json(),
                side,
                ..blank.made.clone()
            },
            ..blank
        });
    }
    all
}

#[test]
#[ignore = "minutes"]
fn generated_strategies_on_the_sample_data() {
    let count = std::env::var("STRATEGIES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(300);
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/sample");
    let series: Vec<_> = open_all(sample, &ImportOptions::default())
        .unwrap()
        .into_iter()
        .map(|found| {
            (
                found.bars.symbol.clone(),
                Some(Arc::new(Series::of(found.bars))),
            )
        })
        .collect();
    let symbols: Vec<String> = series.iter().map(|s| s.0.clone()).collect();
    let strategies = strategies(count, &symbols);
    let demo = load(&Sources {
        profile: Some(Profile::Demo),
        ..Sources::default()
    });
    let settings = [
        ("honest", Settings::default()),
        ("demo", demo.unwrap().settings),
    ];
    for (title, settings) in settings {
        let rules = Rules::of(&settings);
        let prepared = prepare(&series, Timeframe::M30, None, &support::spec, &rules).unwrap();
        let start = Instant::now();
        let found: Vec<_> = strategies
            .par_iter()
            .map(
                |s| match judge(s, Ok(&prepared), &rules, &Tally::default(), &Unwatched) {
                    Judged::Done(found) => *found,
                    Judged::Stopped => panic!("stopped"),
                },
            )
            .collect();
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        for one in &found {
            let word = one.reason.clone().unwrap_or_else(|| "qualified".into());
            *reasons.entry(word).or_default() += 1;
        }
        let passed: Vec<_> = found
            .iter()
            .filter(|f| f.status == Some(Status::Active))
            .collect();
        println!(
            "{title}: {} of {count} pass, {:.1} s ({:.0} a minute)",
            passed.len(),
            start.elapsed().as_secs_f64(),
            count as f64 * 60.0 / start.elapsed().as_secs_f64()
        );
        for (reason, n) in &reasons {
            println!("  {n:>4}  {reason}");
        }
        let mut scores: Vec<f64> = found.iter().filter_map(|f| f.score).collect();
        scores.sort_by(f64::total_cmp);
        if let (Some(median), Some(most)) = (scores.get(scores.len() / 2), scores.last()) {
            println!(
                "  scores of {}: median {median:.1}, highest {most:.1}",
                scores.len()
            );
        }
        let rank = |f: &&sixbtc_core::model::Completion| f.score.unwrap_or_default();
        if let Some(best) = passed.iter().max_by(|a, b| rank(a).total_cmp(&rank(b))) {
            println!(
                "  best that passes: score {:.1}, {:?}",
                rank(best),
                best.expected
            );
        }
        assert_eq!(found.len(), count);
    }
}
