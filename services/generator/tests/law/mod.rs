//! What holds of every source: 100 % of drafts compile, laid out as the formatter does, each on the sides that were asked for;
//! nothing comes twice; seed and recipe give the same bytes; what a program does on a bar does not depend on later bars.
#![allow(dead_code)]

use sixbtc_abi::{Kernel, run_whole};
use sixbtc_core::model::Side;
use sixbtc_generator::{
    Ask, Candidate, Draft, Draw, Parent, Reason, Recipe, Screen, Seen, Source, SourceError, Tally,
    examine,
};
use sixbtc_market::{FrameSet, Timeframe};
use std::collections::HashSet;
use std::fmt::Display;
use std::time::Instant;

/// Programs to make: 500 unless `SIXBTC_PROGRAMS` says otherwise.
pub fn programs() -> usize {
    programs_or(500)
}

/// Programs to make: so many unless `SIXBTC_PROGRAMS` says otherwise.
pub fn programs_or(default: usize) -> usize {
    std::env::var("SIXBTC_PROGRAMS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(default)
}

/// The seed of all draws.
pub const SEED: u64 = 7;

const TIMEFRAMES: [Timeframe; 4] = [Timeframe::M15, Timeframe::M30, Timeframe::H1, Timeframe::H2];

/// What is asked for at a turn: clocks and sides in a round.
pub fn ask<'p>(
    sides: &[Side],
    timeframes: &[Timeframe],
    turn: u64,
    parents: &'p [Parent],
) -> Ask<'p> {
    let many = timeframes.len();
    Ask {
        timeframe: timeframes[turn as usize % many],
        side: sides[turn as usize / many % sides.len()],
        regime: None,
        parents,
    }
}

/// Makes programs until so many are accepted, and holds every law against them.
pub fn holds(source: &dyn Source, programs: usize) {
    let mut harvest = Harvest::new(source.name().to_string());
    let mut turn = 0u64;
    while harvest.accepted.len() < programs {
        let ask = ask(source.sides(), &TIMEFRAMES, turn, &[]);
        let mut draw = Draw::new(SEED, source.name().as_str(), turn, 0);
        turn += 1;
        assert!(
            turn < 100 * programs as u64,
            "the source gives too little: {:?}",
            harvest.tally
        );
        match source.draw(&ask, &mut draw) {
            Ok(draft) => {
                // what a draw gives follows from seed and turn
                if turn.is_multiple_of(50) {
                    let mut same = Draw::new(SEED, source.name().as_str(), turn - 1, 0);
                    assert_eq!(source.draw(&ask, &mut same), Ok(draft.clone()));
                }
                harvest.examine(&draft, ask.side, Foreign::No, &turn);
            }
            Err(e) => harvest.nothing(&e, &turn),
        }
    }
    harvest.hold(source, programs);
}

/// Whether the text of a program is somebody else's: then it is a refusal when it does not compile, else a defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    No,
    Yes,
}

/// What came of many draws.
pub struct Harvest {
    pub name: String,
    pub tally: Tally,
    pub accepted: Vec<Candidate>,
    seen: Seen,
    started: Instant,
}

impl Harvest {
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            tally: Tally::default(),
            accepted: Vec::new(),
            seen: Seen::default(),
            started: Instant::now(),
        }
    }

    /// Counts a draw that gave no draft.
    pub fn nothing(&mut self, error: &SourceError, at: &dyn Display) {
        self.tally.drawn += 1;
        match error {
            SourceError::NothingSuits(_) => self.tally.refuse(Reason::NothingSuits),
            e => panic!("{at}: {e}"),
        }
    }

    /// Examines a draft; the program, when it is accepted.
    pub fn examine(
        &mut self,
        draft: &Draft,
        asked: Side,
        foreign: Foreign,
        at: &dyn Display,
    ) -> Option<&Candidate> {
        self.tally.drawn += 1;
        let timeframe = draft.recipe.timeframe().unwrap();
        let screen = Screen::over(180.0, timeframe.ms(), 30.0);
        match examine(draft, &screen).and_then(|c| self.seen.admit(&c).map(|()| c)) {
            Ok(candidate) => {
                self.tally.accepted += 1;
                assert_eq!(candidate.recipe.side, asked);
                self.accepted.push(candidate);
                // a long run that is cut short has told something
                if self.accepted.len().is_multiple_of(1_000) {
                    self.tell();
                }
                self.accepted.last()
            }
            Err(refusal) => {
                // a program that does not compile is a defect of the source, and so is one on the wrong side
                let defect = match refusal.reason {
                    Reason::DoesNotCompile | Reason::CannotRun => foreign == Foreign::No,
                    Reason::WrongSide => true,
                    _ => false,
                };
                assert!(
                    !defect,
                    "{} {at}: {} in\n{}",
                    self.name,
                    refusal.says,
                    draft
                        .body
                        .text("NAME", &draft.sentence, &draft.recipe.timeframe)
                );
                self.tally.refuse(refusal.reason);
                None
            }
        }
    }

    /// Says what came of it so far.
    fn tell(&self) {
        let took = self.started.elapsed().as_secs_f64();
        eprintln!(
            "{}: {} accepted of {} drawn in {took:.1} s ({:.0} accepted a minute); refused {:?}",
            self.name,
            self.tally.accepted,
            self.tally.drawn,
            60.0 * self.tally.accepted as f64 / took,
            self.tally.refused
        );
    }

    /// Says what came of it, and holds the laws against all that was accepted.
    pub fn hold(&self, source: &dyn Source, wanted: usize) {
        self.tell();
        if self.accepted.len() < wanted {
            eprintln!("{}: {wanted} were wanted", self.name);
        }
        assert_eq!(self.tally.drawn, self.tally.accepted + self.tally.refused());
        assert_eq!(self.tally.accepted as usize, self.accepted.len());
        let texts: HashSet<&str> = self.accepted.iter().map(|c| c.text.as_str()).collect();
        assert_eq!(texts.len(), self.accepted.len(), "a program came twice");
        let names: HashSet<&str> = self.accepted.iter().map(|c| c.name.as_str()).collect();
        // eight digits of a hash: two of ten thousand names may meet once in a hundred runs
        assert!(names.len() + 1 >= self.accepted.len(), "names meet");
        for (at, c) in self.accepted.iter().enumerate() {
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
            assert!(
                self.accepted.iter().any(|c| c.recipe.side == *side),
                "{side}"
            );
        }
    }

    /// A hash over the first that were accepted, in order: two runs with one seed have the same.
    pub fn digest(&self, first: usize) -> String {
        let mut hasher = blake3::Hasher::new();
        for c in &self.accepted[..first] {
            hasher.update(c.name.as_bytes());
            hasher.update(c.text.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
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
