//! The bars of one symbol, prepared for many runs.

use super::touch::{Extremes, Tables};
use crate::grid::Grid;
use crate::settings::RunSettings;
use sixbtc_market::SymbolSpec;

/// What is made of a symbol's bars once: fill prices at every open, extremes, and first touches as they are found.
pub struct EventTables {
    pub(super) tick: Grid,
    pub(super) lot: Grid,
    /// What buying (0) and selling (1) at a row's open costs, slippage and tick included.
    at_open: [Vec<f64>; 2],
    pub(super) lows: Extremes,
    pub(super) highs: Extremes,
    /// Lowest low and highest high of all rows.
    bottom: f64,
    top: f64,
    pub(super) touches: Tables,
}

impl EventTables {
    /// Prepares columns of equal length over the rows that are traded: first, highest and lowest prices.
    pub fn new([open, high, low]: [&[f64]; 3], spec: &SymbolSpec, settings: &RunSettings) -> Self {
        let tick = if settings.round_prices {
            Grid::new(spec.tick)
        } else {
            Grid::NONE
        };
        let fills = |sign: f64| -> Vec<f64> {
            open.iter()
                .map(|&due| tick.against(due * (1.0 + sign * settings.slippage), sign > 0.0))
                .collect()
        };
        Self {
            at_open: [fills(1.0), fills(-1.0)],
            lows: Extremes::new(low, |a, b| a < b),
            highs: Extremes::new(high, |a, b| a > b),
            bottom: low.iter().copied().fold(f64::INFINITY, f64::min),
            top: high.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            touches: Tables::default(),
            lot: if settings.round_to_lot {
                Grid::new(spec.lot)
            } else {
                Grid::NONE
            },
            tick,
        }
    }
}

/// Bars of a symbol over the rows that are traded, all columns equally long, with what was made of them.
#[derive(Clone, Copy)]
pub struct EventMarket<'a> {
    /// Open times, ms.
    pub time: &'a [i64],
    /// First prices.
    pub open: &'a [f64],
    /// Highest prices.
    pub high: &'a [f64],
    /// Lowest prices.
    pub low: &'a [f64],
    /// Last prices.
    pub close: &'a [f64],
    /// Trading rules.
    pub spec: &'a SymbolSpec,
    /// Made of these columns, these rules and the run's settings.
    pub tables: &'a EventTables,
}

impl EventMarket<'_> {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.close.len()
    }

    /// What an order at a row's open fills at.
    #[inline]
    pub(super) fn fill(&self, row: usize, buying: bool) -> f64 {
        self.tables.at_open[usize::from(!buying)][row]
    }

    /// The most adverse price of all rows for a side, signed.
    pub(super) fn worst(&self, sign: f64) -> f64 {
        if sign > 0.0 {
            self.tables.bottom
        } else {
            -self.tables.top
        }
    }
}
