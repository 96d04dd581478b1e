//! What the stages share: the chosen parameters and their runs, made when first asked for.

use super::plan::ValidatePlan;
use super::stage::{Stage, StageName};
use super::{Evidence, SpanRun, choice, levels, luck, stress};
use crate::error::LabError;
use crate::fit::{Fit, Fitted};
use crate::subject::{Span, Subject};
use crate::trials::{a_bar, others, sharpes};
use crate::walk_forward::Evaluators;
use crate::watch::Watch;
use sixbtc_backtest::BacktestResult;
use sixbtc_engine::{EquityCurve, RunSettings, Span as Stretch};
use sixbtc_judgement::pipeline::gates::{Examination, Figures, Gate};
use sixbtc_judgement::pipeline::ledger::{Scope, Tally, TrialLedger, TrialRecord};
use sixbtc_judgement::pipeline::tightening::{StatisticalGate, judge_one};
use sixbtc_market::Timeframe;

pub(super) struct Bench<'a> {
    pub subject: Subject<'a>,
    pub plan: &'a ValidatePlan,
    pub fit: &'a dyn Fit,
    pub evaluators: &'a dyn Evaluators,
    pub watch: &'a dyn Watch,
    pub clock: Timeframe,
    pub root_of_year: f64,
    /// Trials made before this validation.
    pub before: TrialLedger,
    /// What this validation tried; the choice that is judged comes first.
    pub made: Vec<TrialRecord>,
    pub evidence: Evidence,
}

impl<'a> Bench<'a> {
    pub fn new(
        subject: &Subject<'a>,
        plan: &'a ValidatePlan,
        fit: &'a dyn Fit,
        evaluators: &'a dyn Evaluators,
        before: &TrialLedger,
        watch: &'a dyn Watch,
    ) -> Result<Self, LabError> {
        Ok(Self {
            subject: *subject,
            plan,
            fit,
            evaluators,
            watch,
            clock: subject.clock()?,
            root_of_year: subject.root_of_year()?,
            before: others(before, subject),
            made: Vec::new(),
            evidence: Evidence::default(),
        })
    }

    pub fn stage(&mut self, name: StageName) -> Result<Stage, LabError> {
        if self.watch.stopped() {
            return Err(LabError::Stopped);
        }
        match name {
            StageName::LookAhead => levels::look_ahead(self),
            StageName::InSample => levels::in_sample(self),
            StageName::OutOfSample => levels::out_of_sample(self),
            StageName::Score => levels::score(self),
            StageName::Robustness => levels::robustness(self),
            StageName::Plateau => choice::plateau(self),
            StageName::Sharpe => luck::sharpe(self),
            StageName::MonteCarlo => stress::monte_carlo(self),
            StageName::Delay => stress::delay(self),
            StageName::Costs => stress::costs(self),
            StageName::Noise => stress::noise(self),
            StageName::Overfitting => choice::overfitting(self),
            StageName::Permutation => luck::permutation(self),
            StageName::WalkForward => levels::walk_forward(self),
            StageName::Sealed => levels::sealed(self),
        }
    }

    /// All trials to allow for: each run counts once, whether it was made before or now.
    pub fn trials(&self) -> Tally {
        let data = Scope::Data(&self.plan.naming.data);
        let mut all = self.before.clone();
        if let Some(choice) = self.made.first() {
            // its identity holds its results, so it cannot contradict a run of the same identity
            let _ = all.enter(choice.clone());
        }
        all.tally(data)
    }

    /// The choice, made in-sample.
    pub fn fitted(&mut self) -> Result<&Fitted, LabError> {
        if self.evidence.fitted.is_none() {
            self.watch.begin("choosing parameters", self.fit.effort());
            let span = self.plan.split.in_sample;
            let evaluator = self.evaluators.over(&self.subject, span)?;
            let fitted = self.fit.fit(&*evaluator, self.watch)?;
            drop(evaluator);
            let sharpes = a_bar(&sharpes(&fitted), self.root_of_year);
            let naming = &self.plan.naming;
            let record = naming.record(&self.subject, span, &fitted.table.points, &sharpes);
            self.made.push(record);
            self.evidence.fitted = Some(fitted);
        }
        self.evidence.fitted.as_ref().ok_or(LabError::Stopped)
    }

    /// The chosen parameters.
    pub fn point(&mut self) -> Result<Vec<f64>, LabError> {
        Ok(self.fitted()?.point().to_vec())
    }

    /// Figures in and out of sample.
    pub fn examination(&mut self) -> Result<Examination, LabError> {
        if let Some(known) = self.evidence.examination {
            return Ok(known);
        }
        let point = self.point()?;
        let spans = self.plan.split;
        let (in_sample, inside) = self.figures(&point, spans.in_sample)?;
        let (out_of_sample, outside) = self.figures(&point, spans.out_of_sample)?;
        let examination = Examination {
            in_sample,
            out_of_sample,
        };
        self.evidence.spans = Some([inside, outside]);
        self.evidence.examination = Some(examination);
        Ok(examination)
    }

    /// Figures of a run over a span.
    pub fn figures(&self, point: &[f64], span: Span) -> Result<(Figures, SpanRun), LabError> {
        let run = self.subject.run_with(point, span, &self.quiet())?;
        let asked = span.bars(self.clock) as f64;
        let rows = |b: &sixbtc_market::Bars| b.rows(Some(span.from), Some(span.to)).len();
        let market = &self.subject.market.bars;
        let bars = market.iter().map(rows).max().unwrap_or(0);
        // the pipeline's rule: a symbol counts when it has four of five bars
        let coins = market
            .iter()
            .filter(|b| rows(b) as f64 >= 0.8 * asked)
            .count();
        let figures = Figures::of(&run.metrics, bars as u64, coins as u32);
        let run = SpanRun {
            hash: run.run.hash,
            span,
            metrics: run.metrics,
        };
        Ok((figures, run))
    }

    /// The chosen parameters over the examined time.
    pub fn run(&mut self) -> Result<&BacktestResult, LabError> {
        if self.evidence.run.is_none() {
            let point = self.point()?;
            let span = self.examined();
            self.evidence.run = Some(self.subject.run(&point, span)?);
        }
        self.evidence.run.as_ref().ok_or(LabError::Stopped)
    }

    /// In-sample and out-of-sample with what lies between: the time that is examined.
    pub fn examined(&self) -> Span {
        Span {
            from: self.plan.split.in_sample.from,
            to: self.plan.split.out_of_sample.to,
        }
    }

    /// A statistical gate by what is known so far, with a further sentence.
    pub fn statistical(&self, gate: StatisticalGate, meaning: &str) -> Gate {
        let mut gate = judge_one(gate, &self.evidence.statistics, &self.plan.statistics);
        if !meaning.is_empty() {
            gate.explanation.push_str(": ");
            gate.explanation.push_str(meaning);
        }
        gate
    }

    /// The subject's settings without what only charts need.
    pub fn quiet(&self) -> RunSettings {
        RunSettings {
            record_levels: false,
            ..self.subject.settings.clone()
        }
    }

    /// What the objective says of a run.
    pub fn worth(&self, run: &BacktestResult) -> f64 {
        self.fit
            .score(&|name| run.metrics.get(name).unwrap_or(f64::NAN))
    }

    /// The subject without finer bars, which belong to prices as they were.
    pub fn coarse(&self) -> Subject<'a> {
        Subject {
            intrabar: &[],
            ..self.subject
        }
    }
}

/// Returns from sample to sample, the first against the capital.
pub(super) fn returns(curve: &EquityCurve) -> Vec<f64> {
    let mut all = Vec::with_capacity(curve.len());
    let mut last = curve.capital();
    let mut push = |equity: f64| {
        all.push(if last > 0.0 { equity / last - 1.0 } else { 0.0 });
        last = equity;
    };
    for stretch in curve.spans() {
        match stretch {
            Stretch::Flat(rows, equity) => (0..rows).for_each(|_| push(equity)),
            Stretch::Held(values) => values.iter().for_each(|&equity| push(equity)),
        }
    }
    all
}
