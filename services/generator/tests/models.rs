//! What holds of every source, held against language models: an invented one writes programs and all kinds of nonsense, and
//! everything goes the whole way from the question to the store's door. Whatever comes out compiles.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod law;
mod model;

use law::{Foreign, Harvest, SEED, programs_or};
use model::Invented;
use sixbtc_core::model::{Side, SourceName};
use sixbtc_generator::ai::{
    Adopted, AiError, Combinator, Dialogue, Finished, Length, Provider, Recorded, Recorder, Task,
    adopt,
};
use sixbtc_generator::{Draw, Source};
use sixbtc_market::Timeframe;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

const TIMEFRAMES: [Timeframe; 4] = [Timeframe::M15, Timeframe::M30, Timeframe::H1, Timeframe::H2];
/// Of so many dialogues one is recorded, and held again from the records.
const RECORDED: u64 = 10;

/// What is asked for at a turn.
fn task(name: SourceName, sides: &[Side], turn: u64) -> Task {
    let mut draw = Draw::new(SEED, "tasks", turn, 0);
    let combinations = Combinator::default();
    Task {
        timeframe: *draw.pick(&TIMEFRAMES).unwrap(),
        side: sides[turn as usize % sides.len()],
        // the service goes through them one by one; here they come from all over the space
        combination: (name == SourceName::AiAssigned)
            .then(|| combinations.get(u128::from(draw.word()) % combinations.count()))
            .flatten(),
        idea: None,
        turn,
    }
}

async fn talk(task: &Task, provider: &dyn Provider) -> Result<Finished, AiError> {
    let mut dialogue = Dialogue::new(task.clone(), Length::default());
    loop {
        if let Some(end) = dialogue.ask(provider).await? {
            return Ok(end);
        }
    }
}

/// Why an answer was sent back, as a word.
fn word(refused: &str) -> &'static str {
    [
        ("holds no program", "no program"),
        ("is empty", "empty"),
        ("is longer than", "too long"),
        ("The compiler refuses", "does not compile"),
        ("does not do what was asked", "contract"),
    ]
    .into_iter()
    .find(|(says, _)| refused.contains(says))
    .map_or("else", |(_, word)| word)
}

/// What the dialogues came to.
#[derive(Default)]
struct Dialogues {
    held: u64,
    without_answer: u64,
    without_program: u64,
    repaired: u64,
    sent_back: BTreeMap<&'static str, u64>,
    slowest: Duration,
    slowest_turn: u64,
}

/// Talks until so many programs were accepted.
fn harvest(name: SourceName, wanted: usize) -> Harvest {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let source = Adopted(name);
    let mut harvest = Harvest::new(name.to_string());
    let mut all = Dialogues::default();
    let answers = Mutex::new(BTreeMap::new());
    let mut turn = 0;
    while harvest.accepted.len() < wanted {
        assert!(
            turn < 100 * wanted as u64,
            "too little: {:?}",
            harvest.tally
        );
        let task = task(name, source.sides(), turn);
        turn += 1;
        all.held += 1;
        let model = Invented::new(SEED, &task, &answers);
        let began = Instant::now();
        let ended = if turn.is_multiple_of(RECORDED) {
            let dir = tempfile::tempdir().unwrap();
            let recorder = Recorder::new(model, dir.path());
            let ended = runtime.block_on(talk(&task, &recorder));
            if let Ok(first) = &ended {
                let again = runtime
                    .block_on(talk(&task, &Recorded::new(dir.path())))
                    .unwrap();
                assert_eq!(first.given, again.given);
                let text = |end: &Finished| end.written.as_ref().map(|w| w.text.clone());
                assert_eq!(text(first), text(&again));
            }
            ended
        } else {
            runtime.block_on(talk(&task, &model))
        };
        if began.elapsed() > all.slowest {
            (all.slowest, all.slowest_turn) = (began.elapsed(), turn - 1);
        }
        let Ok(ended) = ended else {
            all.without_answer += 1;
            continue;
        };
        assert!(ended.given.len() <= 1 + Length::default().repairs as usize);
        for refused in ended.given.iter().filter_map(|g| g.refused.as_deref()) {
            *all.sent_back.entry(word(refused)).or_default() += 1;
        }
        let Some(written) = ended.written else {
            all.without_program += 1;
            continue;
        };
        all.repaired += u64::from(ended.given.len() > 1);
        let questions = ended.given.iter().map(|g| g.request.clone()).collect();
        let draft = adopt(&written, &task, name, "an invented model", questions).unwrap();
        harvest.examine(&draft, task.side, Foreign::No, &turn);
    }
    eprintln!(
        "{name}: {} dialogues, {} without an answer, {} without a program, {} repaired; answers {:?}; sent back {:?}; the slowest \
         dialogue {:.1} s (turn {})",
        all.held,
        all.without_answer,
        all.without_program,
        all.repaired,
        answers.lock().unwrap(),
        all.sent_back,
        all.slowest.as_secs_f64(),
        all.slowest_turn,
    );
    assert_eq!(
        all.held,
        all.without_answer + all.without_program + harvest.tally.drawn
    );
    harvest
}

fn holds(name: SourceName) {
    let wanted = programs_or(100);
    let harvest = harvest(name, wanted);
    harvest.hold(&Adopted(name), wanted);
    let prefix = match name {
        SourceName::AiFree => "AIFStrat_",
        _ => "AIAStrat_",
    };
    assert!(harvest.accepted.iter().all(|c| c.name.starts_with(prefix)));
}

#[test]
fn ai_free_keeps_the_law() {
    holds(SourceName::AiFree);
}

#[test]
fn ai_assigned_keeps_the_law() {
    holds(SourceName::AiAssigned);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    for name in [SourceName::AiFree, SourceName::AiAssigned] {
        assert_eq!(harvest(name, 10).digest(10), harvest(name, 10).digest(10));
    }
}
