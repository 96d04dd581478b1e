//! The bars of one symbol, prepared for many runs.

use super::touch::{Extremes, Tables};
use crate::grid::Grid;
use crate::settings::RunSettings;
use sixbtc_market::SymbolSpec;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is made of a symbol's bars once: fill prices at every open, extremes, and first touches as they are found.
pub struct EventTables {
    pub(super) tick: Grid,
    pub(super) lot: Grid,
    /// What buying (0) and selling (1) at a row's open costs, slippage and tick included: bits of prices that were asked for,
    /// 0 where none was.
    at_open: [Vec<AtomicU64>; 2],
    slippage: f64,
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
        let unknown = || open.iter().map(|_| AtomicU64::new(0)).collect();
        let lows = Extremes::new(low, |a, b| a < b);
        let highs = Extremes::new(high, |a, b| a > b);
        Self {
            at_open: [unknown(), unknown()],
            slippage: settings.slippage,
            bottom: lows.all(low, |a, b| a < b).unwrap_or(f64::INFINITY),
            top: highs.all(high, |a, b| a > b).unwrap_or(f64::NEG_INFINITY),
            lows,
            highs,
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
        let tables = self.tables;
        let cell = &tables.at_open[usize::from(!buying)][row];
        match cell.load(Ordering::Relaxed) {
            0 => {
                let sign = if buying { 1.0 } else { -1.0 };
                let due = self.open[row] * (1.0 + sign * tables.slippage);
                let price = tables.tick.against(due, buying);
                cell.store(price.to_bits(), Ordering::Relaxed);
                price
            }
            known => f64::from_bits(known),
        }
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
