//! What holds of every source: 100 % of drafts compile, laid out as the formatter does, each on the sides that were asked for;
//! nothing comes twice; seed and recipe give the same bytes; what a program does on a bar does not depend on later bars.
#![allow(dead_code)]

use sixbtc_abi::{Kernel, run_whole};
use sixbtc_core::model::Side;
use sixbtc_generator::{
    Ask, Candidate, Draw, Reason, Recipe, Screen, Seen, Source, SourceError, Tally, examine,
};
use sixbtc_market::{FrameSet, Timeframe};
use std::collections::HashSet;

/// Programs to make: 500 unless `SIXBTC_PROGRAMS` says otherwise.
pub fn programs() -> usize {
    std::env::var("SIXBTC_PROGRAMS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(500)
}

const TIMEFRAMES: [Timeframe; 4] = [Timeframe::M15, Timeframe::M30, Timeframe::H1, Timeframe::H2];

/// What was asked for at a turn.
fn ask(source: &dyn Source, turn: u64) -> Ask<'static> {
    let sides = source.sides();
    Ask {
        timeframe: TIMEFRAMES[turn as usize % TIMEFRAMES.len()],
        side: sides[(turn / 4) as usize % sides.len()],
        regime: None,
        parents: &[],
    }
}

/// Makes programs until so many are accepted, and holds every law against them.
pub fn holds(source: &dyn Source, programs: usize) {
    let started = std::time::Instant::now();
    let mut seen = Seen::default();
    let mut tally = Tally::default();
    let mut accepted: Vec<Candidate> = Vec::with_capacity(programs);
    let mut turn = 0u64;
    while accepted.len() < programs {
        let ask = ask(source, turn);
        let mut draw = Draw::new(7, source.name().as_str(), turn, 0);
        turn += 1;
        assert!(
            turn < 100 * programs as u64,
            "the source gives too little: {tally:?}"
        );
        tally.drawn += 1;
        let draft = match source.draw(&ask, &mut draw) {
            Ok(draft) => draft,
            Err(SourceError::NothingSuits(_)) => {
                tally.refuse(Reason::NothingSuits);
                continue;
            }
            Err(e) => panic!("turn {turn}: {e}"),
        };
        let screen = Screen::over(180.0, ask.timeframe.ms(), 30.0);
        match examine(&draft, &screen).and_then(|c| seen.admit(&c).map(|()| c)) {
            Ok(candidate) => {
                tally.accepted += 1;
                assert_eq!(candidate.recipe.side, ask.side);
                accepted.push(candidate);
            }
            Err(refusal) => {
                // a program that does not compile is a defect of the source, and so is one on the wrong side
                assert!(
                    !matches!(
                        refusal.reason,
                        Reason::DoesNotCompile | Reason::WrongSide | Reason::CannotRun
                    ),
                    "turn {turn}: {} in\n{}",
                    refusal.says,
                    draft
                        .body
                        .text("NAME", &draft.sentence, &draft.recipe.timeframe)
                );
                tally.refuse(refusal.reason);
            }
        }
    }
    let took = started.elapsed();
    eprintln!(
        "{}: {} accepted of {} drawn in {:.1} s ({:.0} accepted a minute); refused {:?}",
        source.name(),
        tally.accepted,
        tally.drawn,
        took.as_secs_f64(),
        60.0 * tally.accepted as f64 / took.as_secs_f64(),
        tally.refused
    );
    let names: HashSet<&str> = accepted.iter().map(|c| c.name.as_str()).collect();
    // eight digits of a hash: two of ten thousand names may meet once in a hundred runs
    assert!(names.len() + 1 >= accepted.len(), "names meet");
    for (at, c) in accepted.iter().enumerate() {
        assert!(c.text.contains(&c.name) && !c.sentence.is_empty());
        if at % 20 == 0 {
            assert_eq!(sbt_syntax::format(&c.text).unwrap(), c.text, "not laid out");
            again(source, c);
        }
        if at % 100 == 0 {
            prefix_invariant(c);
        }
    }
    for side in source.sides() {
        assert!(accepted.iter().any(|c| c.recipe.side == *side), "{side}");
    }
}

/// The recipe, written down and read again, makes the same bytes.
fn again(source: &dyn Source, c: &Candidate) {
    let text = serde_json::to_string(&c.recipe.to_json()).unwrap();
    let recipe = Recipe::read(&serde_json::from_str(&text).unwrap()).unwrap();
    let draft = source.make(&recipe).unwrap();
    let written = sixbtc_generator::write(&draft).unwrap();
    assert_eq!(written.text, c.text);
    assert_eq!(written.name, c.name);
    let (long, short) = (
        c.text.contains("enter long"),
        c.text.contains("enter short"),
    );
    assert_eq!(
        (long, short),
        match c.recipe.side {
            Side::Long => (true, false),
            Side::Short => (false, true),
            Side::Both => (true, true),
        }
    );
}

/// The flags of the first bars are the same whatever follows them.
fn prefix_invariant(c: &Candidate) {
    let strategy = sixbtc_generator::write::check(&c.text).unwrap();
    let normal = sixbtc_generator::normal::of(&strategy).unwrap();
    let program = sbt_opt::schedule(normal.module).unwrap();
    let kernel = sbt_ir::InterpKernel::new(program).unwrap();
    let timeframe = c.recipe.timeframe().unwrap();
    let fixed = sixbtc_generator::fixed::fixed(timeframe).unwrap();
    let params: Vec<f64> = kernel.manifest().params.iter().map(|p| p.default).collect();
    let flags = |bars: &sixbtc_market::Bars| {
        let frames = FrameSet::build(kernel.manifest(), bars, &|_| Some(&fixed.other)).unwrap();
        run_whole(&kernel, &frames.input(), &params)
            .unwrap()
            .1
            .flags
    };
    let cut = 3_000;
    let mut scrambled = fixed.bars.clone();
    for at in cut..scrambled.len() {
        for column in [
            &mut scrambled.open,
            &mut scrambled.high,
            &mut scrambled.low,
            &mut scrambled.close,
        ] {
            column[at] = (column[at] * 2.0 * 1000.0).round() / 1000.0;
        }
    }
    assert_eq!(
        flags(&fixed.bars)[..cut],
        flags(&scrambled)[..cut],
        "{} looks ahead",
        c.name
    );
}
