//! `sixbtc sweep FILE --data D`

mod market;
mod page;
mod prepare;
mod show;
mod trials;

use crate::args::{Format, SearchArg, SweepAction, SweepArgs, SweepCommand};
use crate::failure::Failure;
use crate::output;
use crate::progress::Progress;
use prepare::Prepared;
use serde_json::json;
use sixbtc_engine::Metrics;
use sixbtc_sweep::{
    Estimate, Evaluate, Identity, Objective, RealDisk, Search, Shard, Sweep, SweepError, Watch,
    count_text,
};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Points to evaluate where the search needs a number and none was given.
const BUDGET: u64 = 1_000;

/// Figures of a result where `--metrics` does not name others.
const USUAL: [&str; 13] = [
    "final_equity",
    "total_return",
    "annual_return",
    "annual_volatility",
    "sharpe",
    "sortino",
    "calmar",
    "max_drawdown",
    "trades",
    "win_rate",
    "profit_factor",
    "expectancy",
    "exposure",
];

/// Sweeps, or puts shards together.
pub fn run(command: &SweepCommand, format: Format) -> Result<u8, Failure> {
    match command {
        SweepCommand::Results(SweepAction::Merge { out, shards }) => {
            let merged = sixbtc_sweep::merge(&RealDisk, out, shards).map_err(failure)?;
            if format == Format::Json {
                output::json(&json!({
                    "schema": 1,
                    "out": out,
                    "shards": merged.shards,
                    "points": merged.points,
                    "pruned": merged.pruned,
                }));
            } else {
                output::out(&format!(
                    "{}: {} points of {} shards",
                    out.display(),
                    count_text(u128::from(merged.points)),
                    merged.shards
                ));
            }
            Ok(0)
        }
        SweepCommand::Sweep(args) => sweep(args, format),
    }
}

/// A sweep that failed, with its exit code.
// by value: it stands in `map_err`
#[allow(clippy::needless_pass_by_value)]
pub fn failure(e: SweepError) -> Failure {
    if e.is_outside() {
        Failure::outside(e.to_string())
    } else {
        Failure::input(e.to_string())
    }
}

fn sweep(args: &SweepArgs, format: Format) -> Result<u8, Failure> {
    let objectives = args
        .objective
        .iter()
        .map(|o| Objective::parse(o))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| Failure::input(e.to_string()))?;
    let figures = figures(args.metrics.as_deref(), &objectives)?;
    let shard: Option<Shard> = args
        .shard
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(failure)?;
    let Some(ready) = Prepared::of(args)? else {
        return Ok(1);
    };
    let search = search(args, &ready)?;
    let spans = match search {
        Search::Halving { .. } => ready.spans(3),
        _ => vec![ready.to],
    };
    let markets = spans
        .iter()
        .map(|to| ready.market(&figures, *to))
        .collect::<Result<Vec<_>, _>>()?;
    let evaluators: Vec<&dyn Evaluate> = markets.iter().map(|m| m as &dyn Evaluate).collect();
    let Some(whole) = markets.last() else {
        return Err(Failure::defect("a sweep over no span of the data"));
    };
    let plan = whole.plan();
    if args.explain {
        show::explain(&ready, &search, &plan, whole, format);
        return Ok(0);
    }
    // a report and the ledger of trials need every point: without --out they are kept only until it is written
    let kept = tempfile::TempDir::new();
    let counted = !args.ledger.no_ledger && figures.iter().any(|f| f == trials::SHARPE);
    let lent = match (&args.out, args.report.is_some() || counted, &kept) {
        (None, true, Ok(dir)) => Some(dir.path().join("points.parquet")),
        (None, true, Err(e)) => {
            return Err(Failure::outside(format!("no temporary directory: {e}")));
        }
        _ => None,
    };
    let identity = ready.identity();
    let watcher = Watcher::new(format, &objectives);
    let mut sweep = Sweep::new(&ready.space, &evaluators, &objectives, &identity);
    sweep.search = &search;
    sweep.top = args.top;
    sweep.shard = shard;
    sweep.out = args.out.as_deref().or(lent.as_deref());
    sweep.threads = args.threads;
    sweep.stop = Progress::flag();
    sweep.watch = &watcher;
    let outcome = sweep.run().map_err(failure)?;
    watcher.progress.end();
    let remark = match sweep.out {
        Some(points) if counted && outcome.finished => trials::enter(args, &ready, points)?,
        _ if !args.ledger.no_ledger && outcome.finished => Some(
            "these points are not counted as trials, since their Sharpe ratio is not among the figures (--metrics sharpe,…)".to_owned(),
        ),
        _ => None,
    };
    if let Some(remark) = &remark {
        crate::output::note(remark);
    }
    let answer = show::Answer {
        args,
        ready: &ready,
        search: &search,
        objectives: &objectives,
        figures: &figures,
        market: whole,
        outcome: &outcome,
    };
    if let (Some(report), Some(points), true) = (&args.report, sweep.out, outcome.finished) {
        page::write(&answer, &plan, points, report)?;
    }
    if format == Format::Json {
        output::json(&answer.json());
    } else {
        answer.show();
    }
    // what was asked for is not there: as for anything that stops a command from outside
    Ok(if outcome.finished { 0 } else { 3 })
}

/// The figures of a result, in the order of the metrics.
fn figures(asked: Option<&str>, objectives: &[Objective]) -> Result<Vec<String>, Failure> {
    let all: Vec<&str> = Metrics::NONE.list().iter().map(|m| m.name).collect();
    let listed: Vec<&str> = match asked.map(str::trim) {
        None => USUAL.to_vec(),
        Some("all") => all.clone(),
        Some(list) => list
            .split(',')
            .map(str::trim)
            .filter(|n| !n.is_empty())
            .collect(),
    };
    if let Some(unknown) = listed.iter().find(|n| !all.contains(n)) {
        return Err(Failure::input(format!(
            "`{unknown}` is no figure{}",
            super::program::hint(unknown, all.iter().copied())
        )));
    }
    let names: Vec<String> = all.iter().map(|n| (*n).to_owned()).collect();
    for objective in objectives {
        objective
            .over(&names)
            .map_err(|e| Failure::input(e.to_string()))?;
    }
    let sought = |name: &&str| {
        objectives
            .iter()
            .any(|o| o.figures().iter().any(|f| f == name))
    };
    Ok(all
        .iter()
        .filter(|n| listed.contains(n) || sought(n))
        .map(|n| (*n).to_owned())
        .collect())
}

fn search(args: &SweepArgs, ready: &Prepared) -> Result<Search, Failure> {
    let budget = args.budget.unwrap_or(BUDGET);
    let seed = args.seed;
    let search = match args.search {
        Some(SearchArg::List) if args.points.is_none() => {
            return Err(Failure::input(
                "`--search list` needs the points: `--points FILE.csv`",
            ));
        }
        None | Some(SearchArg::Grid | SearchArg::List) => Search::Grid,
        Some(SearchArg::Random) => Search::Random { budget, seed },
        Some(SearchArg::Sobol) => Search::Sobol { budget },
        Some(SearchArg::Genetic) => Search::Genetic {
            budget,
            seed,
            population: args.population,
        },
        Some(SearchArg::Halving) => Search::Halving {
            budget,
            seed,
            keep_one_in: 3,
        },
    };
    if let (Search::Grid, Some(budget)) = (&search, args.budget)
        && ready.space.count() > u128::from(budget)
    {
        return Err(Failure::input(format!(
            "the space has {} points and the budget is {}; say how to choose among them: --search random, sobol, genetic or halving",
            count_text(ready.space.count()),
            count_text(u128::from(budget))
        )));
    }
    Ok(search)
}

impl Prepared {
    /// What determines the numbers, beside what the sweep itself adds.
    fn identity(&self) -> Identity {
        let mut identity = Identity::default();
        identity.set("program with its modules and the library", &self.hash);
        identity.set("strategy", &self.name);
        identity.set("compiler", sbt_driver::VERSION);
        for (bars, hash) in self.bars.iter().zip(&self.hashes) {
            identity.set(&format!("data {} {}", bars.symbol, bars.timeframe), hash);
        }
        for bars in &self.intrabar {
            identity.set(
                &format!("intrabar {} {}", bars.symbol, bars.timeframe),
                bars.hash(),
            );
        }
        if let Some(funding) = self.funding.iter().flatten().next() {
            let mut hasher = blake3::Hasher::new();
            for (time, rate) in funding.time.iter().zip(&funding.rate) {
                hasher.update(&time.to_le_bytes());
                hasher.update(&rate.to_bits().to_le_bytes());
            }
            identity.set("funding", hasher.finalize().to_hex().to_string());
        }
        for (name, bound) in [("from", self.from), ("to", self.to)] {
            if let Some(t) = bound {
                identity.set(name, sixbtc_market::calendar::iso(t));
            }
        }
        if let Ok(serde_json::Value::Object(settings)) = serde_json::to_value(&self.settings) {
            for (name, value) in settings {
                identity.set(&format!("setting {name}"), value.to_string());
            }
        }
        identity
    }
}

/// Tells on stderr what the sweep will cost and how far it is.
struct Watcher {
    progress: Progress,
    told: AtomicU64,
    best: Mutex<Option<f64>>,
    objective: String,
    human: bool,
}

impl Watcher {
    fn new(format: Format, objectives: &[Objective]) -> Self {
        Self {
            progress: Progress::start(),
            told: AtomicU64::new(0),
            best: Mutex::new(None),
            objective: objectives
                .first()
                .map_or_else(String::new, |o| o.text().to_owned()),
            human: format == Format::Human,
        }
    }
}

impl Watch for Watcher {
    fn planned(&self, estimate: &Estimate) {
        if self.human {
            output::note(&show::estimate(estimate));
        }
    }

    fn progress(&self, p: &sixbtc_sweep::Progress) {
        // batches end on several threads: the furthest counts
        let before = self.told.fetch_max(p.done, Ordering::Relaxed);
        if before == 0 {
            self.progress.begin("sweep", p.total);
        }
        self.progress.advance(p.done.saturating_sub(before));
        if let (Some(best), Ok(mut shown)) = (p.best, self.best.lock())
            && *shown != Some(best)
        {
            *shown = Some(best);
            self.progress
                .say(&format!("best {} {best:.3}", self.objective));
        }
    }
}
