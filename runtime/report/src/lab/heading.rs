//! The part of the JSON that all three pages share.

use super::subject::Subject;
use crate::data::{Metric, RunIdentity};
use crate::written::{Figure, Num, facts, seconds, written_figures};
use serde::Serialize;

/// The form of the JSON; goes up when a reader would misread it.
const SCHEMA: u32 = 1;

/// What a page says about the strategy, its data and the conditions.
#[derive(Serialize)]
pub(crate) struct Heading<'a> {
    schema: u32,
    title: &'a str,
    strategy: &'a str,
    source: &'a str,
    symbols: &'a [String],
    timeframe: &'a str,
    /// Seconds a bar.
    step: Num,
    bars: u64,
    /// First time and the time behind the last, seconds.
    span: Option<(Num, Num)>,
    note: &'a str,
    currency: &'a str,
    run: RunIdentity,
    settings: Vec<(&'a str, &'a str)>,
    warnings: &'a [String],
    metrics: Vec<Figure<'a>>,
}

/// The heading of a page with these named figures.
pub(crate) fn heading<'a>(subject: &'a Subject, metrics: &'a [Metric]) -> Heading<'a> {
    let data = &subject.data;
    Heading {
        schema: SCHEMA,
        title: &subject.title,
        strategy: &subject.strategy,
        source: &subject.source,
        symbols: &data.symbols,
        timeframe: &data.timeframe,
        step: seconds(data.timeframe_ms),
        bars: data.bars,
        span: data.span.map(|s| (seconds(s.from), seconds(s.to))),
        note: &data.note,
        currency: &subject.currency,
        run: RunIdentity {
            hash: subject.hash.clone(),
            source: String::new(),
            compiler: subject.compiler.clone(),
            data: data.hash.clone(),
        },
        settings: facts(&subject.settings),
        warnings: &subject.warnings,
        metrics: written_figures(metrics),
    }
}
