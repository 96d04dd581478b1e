//! What an operator may choose of a market that is played.

use super::path;
use crate::engine::{Millis, Settings};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// How fills come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// A book with spread, depth and noise.
    Realistic,
    /// The fills of a backtest.
    Exact,
}

/// What happens when the data end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtEnd {
    /// Prices stand still: nothing is fed any more.
    Freeze,
    /// The data begin again, behind themselves: each bar returns a whole number of weeks later.
    Wrap,
}

/// Settings of a [`super::Player`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlayerSettings {
    /// Seed of all chance.
    pub seed: u64,
    /// How fills come about.
    pub mode: Mode,
    /// What happens when the data end.
    pub at_end: AtEnd,
    /// When playing begins, ms of the market; bars before it are history that candles are served from. Absent: with the first
    /// bar of any coin.
    pub start: Option<Millis>,
    /// Added to the times of all bars, ms; a whole number of weeks keeps all grids. With it, old data play now.
    pub shift: Millis,
    /// Realistic: time between two steps, ms. A bar has 4 to 720 of them.
    pub step: Millis,
    /// Realistic: distance of the best bid to the best ask, fraction of the price, on average.
    pub spread: Decimal,
    /// Realistic: price levels a side.
    pub levels: u32,
    /// Realistic: what the first level holds, USDC, on average; each next one a quarter more.
    pub depth: Decimal,
    /// Realistic: how far the path strays from the straight line, as a fraction of the bar's range.
    pub noise: f64,
    /// Exact: slippage that the simulation assumes, a fraction.
    pub slippage: Decimal,
    /// Exact: whether a limit fills when the range only touches it.
    pub touch_fills: bool,
    /// Exact: how long after the open orders have their turn before triggers do, ms; at most an eighth of the bar.
    pub settle: Millis,
}

impl Default for PlayerSettings {
    fn default() -> Self {
        Self {
            seed: 1,
            mode: Mode::Realistic,
            at_end: AtEnd::Freeze,
            start: None,
            shift: 0,
            step: 5000,
            spread: Decimal::new(2, 4),
            levels: 20,
            depth: Decimal::from(20_000),
            noise: 0.15,
            slippage: Decimal::new(5, 4),
            touch_fills: false,
            settle: 15_000,
        }
    }
}

impl PlayerSettings {
    /// Exact, with the default slippage.
    pub fn exact() -> Self {
        Self {
            mode: Mode::Exact,
            ..Self::default()
        }
    }

    /// Rules of a venue that fit: in the mode [`Mode::Exact`] the mark is the oracle at any moment, limits wait for
    /// their turn instead of taking, volume makes fees no cheaper, and every order that reduces may be small.
    pub fn rules(&self, rules: Settings) -> Settings {
        match self.mode {
            Mode::Realistic => rules,
            Mode::Exact => Settings {
                mark_from_oracle: true,
                limits_wait: true,
                mark_every_ms: 0,
                fees: rules.fees.iter().take(1).copied().collect(),
                reduce_only_minimum: crate::engine::ReduceOnlyMinimum::Always,
                ..rules
            },
        }
    }

    /// Exact: when something may happen within a bar of a market of so many coins, ms after its open, rising. Whoever waits for
    /// each of them and lets orders settle trades as a backtest does.
    pub fn turns(&self, length: Millis, coins: usize) -> Vec<Millis> {
        let settle = path::settle(length, self);
        let within =
            |place: usize| (1..=12).map(move |n| path::turn(length, settle, (place, coins), n));
        let mut all = vec![0];
        all.extend((0..coins).flat_map(within));
        all.push(path::slot(length, 14));
        all
    }

    /// The shift that brings `time` of the source next to `to`, at or before it, in whole weeks.
    pub fn shift_to(time: Millis, to: Millis) -> Millis {
        const WEEK: Millis = 7 * 86_400_000;
        (to - time).div_euclid(WEEK) * WEEK
    }
}
