//! The judgement of one strategy: from a row and its market to what is handed over. Pure but for the time each stage took:
//! the same row, bars, rules and trials made before give the same judgement to the bit, on any number of threads.

use crate::choice::{Ranked, Sweeping};
use crate::handover::{self, Took};
use crate::prepare::{DataError, Prepared};
use crate::program::{Program, Tried};
use crate::rules::Rules;
use sbt_driver::VERSION;
use sixbtc_core::model::{Completion, Strategy};
use sixbtc_engine::RunSettings;
use sixbtc_judgement::pipeline::ledger::{Tally, TrialLedger, TrialRecord};
use sixbtc_lab::validate::StageName;
use sixbtc_lab::{
    ByRuns, Evaluators, Fit, LabError, Naming, Subject, ValidatePlan, Validation, Watch, validate,
};
use sixbtc_market::Timeframe;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use tracing::Span;

/// What came of a judgement.
#[derive(Debug, Clone, PartialEq)]
pub enum Judged {
    /// This is to be handed over.
    Done(Box<Completion>),
    /// It was stopped: nothing is to be handed over.
    Stopped,
}

/// The market whose trials are counted together: all that is tried on a timeframe competes for the same pool, whatever its
/// symbols.
pub fn market_key(timeframe: &str) -> String {
    format!("market {timeframe}")
}

/// Judges a strategy that waits for the pool.
pub fn judge(
    strategy: &Strategy,
    prepared: Result<&Prepared, &DataError>,
    rules: &Rules,
    before: &Tally,
    watch: &dyn Watch,
) -> Judged {
    let prepared = match prepared {
        Ok(prepared) => prepared,
        Err(e) => return Judged::Done(Box::new(handover::without_data(strategy, e, rules))),
    };
    let made = &strategy.made;
    let tried = if rules.sweeps {
        Tried::Space(prepared)
    } else {
        Tried::Chosen(None)
    };
    let program = Program::of(made, prepared.clock, tried, rules);
    let program = match program {
        Ok(program) => program,
        Err(e) => return Judged::Done(Box::new(handover::impossible(strategy, &e, rules))),
    };
    let fit = Ranked {
        points: program.points.clone(),
        least_trades: rules.thresholds.in_sample.min_trades.of(prepared.clock),
    };
    let clocked = Clocked::new(watch);
    let settings = settings(rules, prepared);
    let sampled = prepared.split.in_sample;
    let sweeping = Sweeping::new(&program.split, &settings, sampled, program.points.len());
    let asked = Asked {
        strategy,
        prepared,
        program: &program,
        rules,
        before,
        settings: &settings,
    };
    match asked.validate(&fit, &sweeping, rules.stages.clone(), &clocked) {
        Err(LabError::Stopped) => Judged::Stopped,
        Ok(v) if v.interrupted => Judged::Stopped,
        Err(e) => Judged::Done(Box::new(handover::impossible(strategy, &e, rules))),
        Ok(v) => Judged::Done(Box::new(handover::judged(
            &asked.about(),
            &v,
            &clocked.took(),
        ))),
    }
}

/// Tests a member of the pool again: the parameters chosen before over the spans as they now lie, the same gates, the same
/// score. Whatever comes of it, the date of the test moves.
pub fn retest(
    strategy: &Strategy,
    prepared: Result<&Prepared, &DataError>,
    rules: &Rules,
    before: &Tally,
    watch: &dyn Watch,
) -> Judged {
    let prepared = match prepared {
        Ok(prepared) => prepared,
        Err(e) => return Judged::Done(Box::new(handover::not_retested(strategy, e, rules))),
    };
    let tried = Tried::Chosen(strategy.params.as_ref());
    let program = match Program::of(&strategy.made, prepared.clock, tried, rules) {
        Ok(program) => program,
        Err(e) => return Judged::Done(Box::new(handover::not_retested(strategy, &e, rules))),
    };
    let fit = Ranked {
        points: program.points.clone(),
        least_trades: 0,
    };
    let clocked = Clocked::new(watch);
    let settings = settings(rules, prepared);
    let asked = Asked {
        strategy,
        prepared,
        program: &program,
        rules,
        before,
        settings: &settings,
    };
    let stages = vec![
        StageName::InSample,
        StageName::OutOfSample,
        StageName::Score,
    ];
    match asked.validate(&fit, &ByRuns, stages, &clocked) {
        Err(LabError::Stopped) => Judged::Stopped,
        Ok(v) if v.interrupted => Judged::Stopped,
        Err(e) => Judged::Done(Box::new(handover::not_retested(strategy, &e, rules))),
        Ok(v) => Judged::Done(Box::new(handover::retested(
            &asked.about(),
            &v,
            &clocked.took(),
        ))),
    }
}

/// Settings of every run over a market.
fn settings(rules: &Rules, prepared: &Prepared) -> RunSettings {
    let symbols = prepared.market.bars.len() as u32;
    RunSettings {
        record_levels: false,
        max_positions: { rules.runs.max_positions.min(symbols) }.max(rules.least_positions),
        ..rules.runs.clone()
    }
}

struct Asked<'a> {
    strategy: &'a Strategy,
    prepared: &'a Prepared,
    program: &'a Program,
    rules: &'a Rules,
    before: &'a Tally,
    settings: &'a RunSettings,
}

impl<'a> Asked<'a> {
    fn about(&self) -> handover::About<'a> {
        handover::About {
            strategy: self.strategy,
            prepared: self.prepared,
            rules: self.rules,
            specs: &self.program.split.whole.manifest().params,
        }
    }

    fn validate(
        &self,
        fit: &dyn Fit,
        evaluators: &dyn Evaluators,
        stages: Vec<StageName>,
        watch: &dyn Watch,
    ) -> Result<Validation, LabError> {
        let (made, rules, prepared) = (&self.strategy.made, self.rules, self.prepared);
        let subject = Subject {
            source: &self.program.hash,
            compiler: VERSION,
            ..Subject::new(&*self.program.split.whole, &prepared.market, self.settings)
        };
        let naming = Naming {
            lineage: made.parents.first().unwrap_or(&made.id).to_string(),
            data: market_key(&made.timeframe),
        };
        let mut thresholds = rules.thresholds.clone();
        let coins = &mut thresholds.out_of_sample.min_coins;
        *coins = (*coins)
            .min(prepared.asked as u32)
            .min(rules.min_symbols)
            .max(1);
        let mut split = prepared.split;
        // nothing of it is there
        split.sealed = None;
        // so many permutations at least as good, and the gate refuses whatever the others do (Besag and Clifford 1991)
        let most = rules.statistics.max_permutation_p * rules.permutations as f64;
        let hopeless = most.floor() as usize + 1;
        let plan = ValidatePlan {
            // its parents were tested on the same market
            tested: 1 + made.parents.len() as u64,
            seed: seed(self.strategy),
            thresholds,
            statistics: rules.statistics,
            limits: rules.limits.clone(),
            score: rules.score,
            robustness: rules.robustness,
            windows: rules.windows,
            permutations: rules.permutations,
            permutation_stop: (!rules.everything).then_some(hopeless),
            noisy: rules.noisy,
            candidates: rules.candidates,
            blocks: rules.blocks,
            resamples: rules.resamples,
            monte_carlo: rules.monte_carlo,
            cuts: rules.cuts,
            indicators: Some(self.program.indicators),
            everything: rules.everything,
            first_refusal: !rules.everything,
            only: Some(stages),
            ..ValidatePlan::new(split, naming.clone())
        };
        validate(
            &subject,
            &plan,
            fit,
            evaluators,
            &ledger(self.before, &naming.data),
            watch,
        )
    }
}

/// All trials before as one run: the laboratory needs their number and spread alone.
fn ledger(before: &Tally, data: &str) -> TrialLedger {
    let mut ledger = TrialLedger::default();
    if before.points > 0 {
        let mut all = TrialRecord::of("before", "before", "before", data, []);
        all.points = before.points;
        all.sharpe = before.sharpe;
        // a tally of sound records is sound
        let _ = ledger.enter(all);
    }
    ledger
}

/// The seed of all that is drawn for a strategy: of its identity.
fn seed(strategy: &Strategy) -> u64 {
    let hash = blake3::hash(strategy.made.id.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    // a seed is written into plans as a JSON number
    u64::from_le_bytes(first) >> 11
}

/// Notes when each stage began.
pub(crate) struct Clocked<'w> {
    watch: &'w dyn Watch,
    begun: Mutex<Vec<(StageName, Instant)>>,
    /// The work on the claim, and within it the stage that is under way.
    work: Span,
    under_way: Mutex<Option<Span>>,
}

impl<'w> Clocked<'w> {
    fn new(watch: &'w dyn Watch) -> Self {
        Self {
            watch,
            begun: Mutex::default(),
            work: Span::current(),
            under_way: Mutex::default(),
        }
    }

    fn took(&self) -> Took {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = begun.iter().skip(1).map(|b| b.1).chain([Instant::now()]);
        begun
            .iter()
            .zip(ends)
            .map(|((stage, at), end)| (*stage, (end - *at).as_millis() as i64))
            .collect()
    }
}

impl Watch for Clocked<'_> {
    fn stage(&self, name: StageName) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.push((name, Instant::now()));
        let name = name.name();
        let stage = tracing::error_span!(parent: &self.work, "stage", otel.name = name, name);
        let mut under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // the one before ends here
        *under_way = Some(stage);
    }

    fn begin(&self, what: &str, steps: u64) {
        self.watch.begin(what, steps);
    }

    fn advance(&self, steps: u64) {
        self.watch.advance(steps);
    }

    fn stopped(&self) -> bool {
        self.watch.stopped()
    }
}

/// The clock of a row.
///
/// # Errors
/// The text that is none.
pub fn clock(strategy: &Strategy) -> Result<Timeframe, String> {
    let text = &strategy.made.timeframe;
    text.parse()
        .map_err(|_| format!("`{text}` is no timeframe"))
}
