//! The sources that the settings ask for, in the fixed order of turns.

use crate::pandas_ta::PandasTa;
use crate::source::{Source, SourceError};
use crate::sources::pattern_gen::PatternGen;
use crate::sources::unger::Unger;
use sixbtc_core::model::{Side, SourceName};
use sixbtc_core::settings::{Generation, StrategySources};
use std::sync::Arc;

/// The sources that need nothing but themselves, whether they are switched on or not, with their settings.
pub fn own(settings: &Generation) -> Result<Vec<Arc<dyn Source>>, SourceError> {
    let all = &settings.strategy_sources;
    let ratios = &all.pandas_ta.indicator_ratios;
    Ok(vec![
        Arc::new(PatternGen::with(&all.pattern_gen)?),
        Arc::new(Unger::with(&all.unger)?),
        Arc::new(PandasTa::new([ratios.single, ratios.double, ratios.triple])),
    ])
}

/// A source of its own by name, with its default settings.
pub fn by_name(name: SourceName) -> Result<Option<Arc<dyn Source>>, SourceError> {
    let all = own(&Generation::default())?;
    Ok(all.into_iter().find(|s| s.name() == name))
}

/// Sides that a source can take and may.
pub fn sides(source: &dyn Source, settings: &StrategySources) -> Vec<Side> {
    let may = settings.directions(source.name());
    source
        .sides()
        .iter()
        .copied()
        .filter(|s| may.contains(s))
        .collect()
}
