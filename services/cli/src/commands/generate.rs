//! `sixbtc generate SOURCE`

use crate::args::{Format, GenerateArgs, SideArg, SourceArg};
use crate::failure::Failure;
use crate::{data, files, output};
use serde::Serialize;
use sixbtc_core::model::{Side, SourceName};
use sixbtc_generator::service::by_name;
use sixbtc_generator::{
    Ask, Candidate, Draw, Recipe, Round, Screen, Seen, Source, SourceError, Tally, write,
};
use sixbtc_market::Timeframe;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Drafts of a turn.
const BATCH: u32 = 8;
/// Drafts for each program wanted before the source is said to give too little.
const PATIENCE: u64 = 400;
/// What a strategy is judged on, for the pre-screen: the documented in-sample days and coins, and their least trades.
const DAYS: f64 = 120.0;
const COINS: usize = 30;
const TRADES: f64 = 120.0;
const TIMEFRAMES: [Timeframe; 4] = [Timeframe::M15, Timeframe::M30, Timeframe::H1, Timeframe::H2];

/// A program for `--format json`.
#[derive(Serialize)]
struct Printed<'a> {
    name: &'a str,
    sentence: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    side: &'a str,
    timeframe: &'a str,
    entry_frequency: f64,
    normal_hash: &'a str,
    behaviour_hash: &'a str,
    recipe: &'a Recipe,
    text: &'a str,
}

/// The answer for `--format json`.
#[derive(Serialize)]
struct Answer<'a> {
    schema: u32,
    source: SourceName,
    seed: u64,
    seconds: f64,
    tally: &'a Tally,
    programs: Vec<Printed<'a>>,
}

/// Makes strategies, or one from its recipe.
pub fn run(args: &GenerateArgs, format: Format) -> Result<u8, Failure> {
    if let Some(path) = &args.recipe {
        return again(path, args.out.as_deref(), format);
    }
    let Some(source) = args.source else {
        return Err(Failure::input("name a source or a recipe"));
    };
    let name = match source {
        SourceArg::PatternGen => SourceName::PatternGen,
        SourceArg::Unger => SourceName::Unger,
        SourceArg::PandasTa => SourceName::PandasTa,
    };
    let source = find(name)?;
    let timeframe = args.timeframe.as_deref().map(data::timeframe).transpose()?;
    let side = args.side.map(|s| match s {
        SideArg::Long => Side::Long,
        SideArg::Short => Side::Short,
        SideArg::Both => Side::Both,
    });
    let made = make(source.as_ref(), args, timeframe, side)?;
    let accepted = &made.programs;
    if let Some(dir) = args.out.as_deref().filter(|_| !args.dry_run) {
        std::fs::create_dir_all(dir)
            .map_err(|e| Failure::outside(format!("`{}` cannot be made: {e}", dir.display())))?;
        for candidate in accepted {
            keep(dir, &candidate.name, &candidate.text, &candidate.recipe)?;
        }
    }
    if format == Format::Json {
        output::json(&Answer {
            schema: 1,
            source: name,
            seed: args.seed,
            seconds: made.seconds,
            tally: &made.tally,
            programs: accepted.iter().map(printed).collect(),
        });
    } else {
        for candidate in accepted {
            if args.out.is_some() || args.dry_run {
                output::out(&format!(
                    "{}  {:>4}  {:5}  {}",
                    candidate.name,
                    candidate.recipe.timeframe,
                    candidate.recipe.side,
                    candidate.sentence
                ));
            } else {
                output::out(&candidate.text);
            }
        }
        output::note(&summary(name, args, &made));
    }
    if accepted.len() < args.count as usize {
        return Err(Failure::input(format!(
            "{name} gave {} of {} programs in {} drafts; widen what is asked for",
            accepted.len(),
            args.count,
            made.tally.drawn
        )));
    }
    Ok(0)
}

/// What was made.
struct Made {
    programs: Vec<Candidate>,
    tally: Tally,
    seconds: f64,
}

fn make(
    source: &dyn Source,
    args: &GenerateArgs,
    timeframe: Option<Timeframe>,
    side: Option<Side>,
) -> Result<Made, Failure> {
    if let Some(side) = side.filter(|s| !source.sides().contains(s)) {
        return Err(Failure::input(format!(
            "{} makes no strategies for {side}",
            source.name()
        )));
    }
    let seen = Mutex::new(Seen::default());
    let mut made = Made {
        programs: Vec::new(),
        tally: Tally::default(),
        seconds: 0.0,
    };
    let wanted = args.count as usize;
    for turn in 0.. {
        if made.programs.len() >= wanted || made.tally.drawn > PATIENCE * u64::from(args.count) {
            break;
        }
        let mut clock = Draw::new(args.seed, &format!("{} clock", source.name()), turn, 0);
        let timeframe = timeframe.unwrap_or_else(|| TIMEFRAMES[clock.below(TIMEFRAMES.len())]);
        let sides = source.sides();
        let side = side.unwrap_or_else(|| sides[turn as usize % sides.len().max(1)]);
        let outcome = Round {
            ask: Ask {
                timeframe,
                side,
                regime: None,
                parents: &[],
            },
            screen: Screen::over(DAYS, timeframe.ms(), TRADES).on_coins(COINS),
            seed: args.seed,
            turn,
            drafts: BATCH,
        }
        .run(source, &seen, || false);
        made.tally.add(&outcome.tally);
        made.seconds += outcome.seconds;
        if let Some(defect) = outcome.defects.first() {
            return Err(Failure::defect(format!(
                "{} wrote a program that does not compile: {defect}",
                source.name()
            )));
        }
        made.programs
            .extend(outcome.made.into_iter().map(|(_, candidate)| candidate));
        if let Some(away) = outcome.away {
            if made.programs.is_empty() {
                return Err(Failure::outside(away.to_string()));
            }
            break;
        }
    }
    made.programs.truncate(wanted);
    Ok(made)
}

fn find(name: SourceName) -> Result<Arc<dyn Source>, Failure> {
    by_name(name)
        .map_err(|e| Failure::defect(e.to_string()))?
        .ok_or_else(|| {
            Failure::input(format!(
                "{name} needs a service: `sixbtc run generator` asks it when the settings switch it on"
            ))
        })
}

/// Makes the program of a recipe.
fn again(path: &Path, out: Option<&Path>, format: Format) -> Result<u8, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::input(format!("`{}` cannot be read: {e}", path.display())))?;
    let wrong = |e: &dyn std::fmt::Display| Failure::input(format!("`{}`: {e}", path.display()));
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|e| wrong(&e))?;
    let recipe = Recipe::read(&value).map_err(|e| wrong(&e))?;
    let source = find(recipe.source)?;
    let draft = source.make(&recipe).map_err(|e| wrong(&e))?;
    let written = write(&draft).map_err(|e| match e {
        SourceError::Wrong(_) => wrong(&e),
        _ => Failure::defect(e.to_string()),
    })?;
    if let Some(dir) = out {
        std::fs::create_dir_all(dir)
            .map_err(|e| Failure::outside(format!("`{}` cannot be made: {e}", dir.display())))?;
        keep(dir, &written.name, &written.text, &recipe)?;
    }
    if format == Format::Json {
        output::json(&serde_json::json!({
            "schema": 1,
            "name": written.name,
            "sentence": draft.sentence,
            "normal_hash": written.normal.hash,
            "recipe": recipe,
            "text": written.text,
        }));
    } else if out.is_some() {
        output::out(&written.name);
    } else {
        output::out(&written.text);
    }
    Ok(0)
}

fn keep(dir: &Path, name: &str, text: &str, recipe: &Recipe) -> Result<(), Failure> {
    files::write_whole(&dir.join(format!("{name}.sbt")), text.as_bytes())?;
    let json = serde_json::to_string_pretty(&recipe.to_json())
        .map_err(|e| Failure::defect(e.to_string()))?;
    files::write_whole(
        &dir.join(format!("{name}.recipe.json")),
        format!("{json}\n").as_bytes(),
    )
}

fn printed(c: &Candidate) -> Printed<'_> {
    Printed {
        name: &c.name,
        sentence: &c.sentence,
        kind: c.kind.as_str(),
        side: c.recipe.side.as_str(),
        timeframe: &c.recipe.timeframe,
        entry_frequency: c.behaviour.frequency(),
        normal_hash: &c.normal_hash,
        behaviour_hash: &c.behaviour.hash,
        recipe: &c.recipe,
        text: &c.text,
    }
}

fn summary(name: SourceName, args: &GenerateArgs, made: &Made) -> String {
    let mut lines = vec![format!(
        "{} programs of {name} from {} drafts (seed {}), {:.1} s: {:.0} a minute",
        made.programs.len(),
        made.tally.drawn,
        args.seed,
        made.seconds,
        60.0 * made.tally.accepted as f64 / made.seconds.max(1e-9)
    )];
    let mut refused: Vec<_> = made.tally.refused.iter().collect();
    refused.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    for (reason, count) in refused {
        lines.push(format!("  refused {count:>6}  {}", words(reason.as_str())));
    }
    lines.join("\n")
}

fn words(reason: &str) -> String {
    reason.replace('_', " ")
}
