//! Evaluation of points by one run each.

use crate::error::LabError;
use crate::subject::{Span, Subject};
use sixbtc_abi::{KernelError, Split};
use sixbtc_backtest::sweep::{Sweep, SweepInput};
use sixbtc_engine::{Metrics, RunSettings};
use sixbtc_sweep::{Admitted, Evaluate, EvaluateError, Points};

/// Evaluates a point by the plain run of it over a span. The figures are [`Metrics`], under their names.
pub struct RunEach<'a> {
    subject: Subject<'a>,
    settings: RunSettings,
    span: Span,
    names: Vec<String>,
}

impl<'a> RunEach<'a> {
    /// Over a span.
    pub fn new(subject: &Subject<'a>, span: Span) -> Self {
        Self {
            subject: *subject,
            settings: RunSettings {
                record_levels: false,
                ..subject.settings.clone()
            },
            span,
            names: names(),
        }
    }
}

/// All figures of a run.
fn names() -> Vec<String> {
    let all = Metrics::NONE.list();
    all.iter().map(|m| m.name.to_owned()).collect()
}

impl Evaluate for RunEach<'_> {
    fn figures(&self) -> &[String] {
        &self.names
    }

    fn admits(&self, point: &[f64]) -> Result<Admitted, EvaluateError> {
        match self.subject.kernel.bind(point) {
            Ok(_) => Ok(Admitted::Yes),
            Err(KernelError::Require { condition }) => Ok(Admitted::No(condition)),
            Err(other) => Err(EvaluateError(other.to_string())),
        }
    }

    fn evaluate(&self, points: Points<'_>, out: &mut [f64]) -> Result<(), EvaluateError> {
        let none = self.subject.kernel.manifest().params.is_empty();
        for (k, row) in out.chunks_exact_mut(self.names.len()).enumerate() {
            // points without parameters take no room, so they cannot be counted
            let point = if none { Some(&[][..]) } else { points.get(k) };
            let Some(point) = point else {
                return Err(EvaluateError("fewer points than room for them".into()));
            };
            let run = self
                .subject
                .run_with(point, self.span, &self.settings)
                .map_err(|e: LabError| EvaluateError(e.to_string()))?;
            for (slot, metric) in row.iter_mut().zip(run.metrics.list()) {
                *slot = metric.value;
            }
        }
        Ok(())
    }

    fn batch(&self) -> usize {
        1
    }
}

/// Evaluates by a sweep over the strategy split by its parameters: what points share is computed once. The figures are
/// bit for bit those of [`ByRuns`]. For subjects whose kernel is the split's whole one.
pub struct BySweep<'a> {
    split: &'a Split,
    names: Vec<String>,
    settings: RunSettings,
}

impl<'a> BySweep<'a> {
    /// By a split strategy.
    pub fn new(split: &'a Split, settings: &RunSettings) -> Self {
        Self {
            split,
            names: names(),
            settings: RunSettings {
                record_levels: false,
                ..settings.clone()
            },
        }
    }
}

impl crate::walk_forward::Evaluators for BySweep<'_> {
    fn over<'s>(
        &'s self,
        subject: &Subject<'s>,
        span: Span,
    ) -> Result<Box<dyn Evaluate + 's>, LabError> {
        let run = subject.input(&[], span, &self.settings);
        let input = SweepInput::new(self.split, run, &self.names);
        Ok(Box::new(Sweep::new(input)?))
    }
}

/// Evaluates by plain runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct ByRuns;

impl crate::walk_forward::Evaluators for ByRuns {
    fn over<'s>(
        &'s self,
        subject: &Subject<'s>,
        span: Span,
    ) -> Result<Box<dyn Evaluate + 's>, LabError> {
        Ok(Box::new(RunEach::new(subject, span)))
    }
}
