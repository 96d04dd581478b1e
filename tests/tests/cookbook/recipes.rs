//! The strategies of the cookbook and the runs of them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::blocks::repository;
use sbt_driver::{Backend, Checked, Compiled, NoFiles, compile};
use sixbtc_backtest::{BacktestInput, BacktestResult, run_backtest};
use sixbtc_engine::RunSettings;
use sixbtc_market::{Bars, ImportOptions, SymbolSpec, open_all};
use std::collections::HashMap;
use std::sync::LazyLock;

/// One symbol of the sample data.
pub const BTC: &str = "tests/data/sample/BTCUSD-30m.csv.gz";
/// Another.
pub const ETH: &str = "tests/data/sample/ETHUSD-30m.csv.gz";
/// All four.
pub const ALL: &str = "tests/data/sample";

/// A page of the cookbook.
pub struct Recipe {
    /// Name of program, page and picture.
    pub name: &'static str,
    /// The kind of idea it is.
    pub family: &'static str,
    /// What of the language it shows.
    pub shows: &'static str,
    /// What `--data` names.
    pub data: &'static str,
}

const fn recipe(
    name: &'static str,
    family: &'static str,
    shows: &'static str,
    data: &'static str,
) -> Recipe {
    Recipe {
        name,
        family,
        shows,
        data,
    }
}

/// All of them, in the order of the index.
pub const RECIPES: &[Recipe] = &[
    recipe("ema_cross", "trend", "states as entries, both sides", BTC),
    recipe(
        "supertrend_flip",
        "trend, bidirectional",
        "reversal on one open",
        BTC,
    ),
    recipe(
        "macd_momentum",
        "trend",
        "results taken apart, exits in legs",
        BTC,
    ),
    recipe("ichimoku_cloud", "trend", "indicator with parts", BTC),
    recipe("turtle", "breakout, pyramiding", "`limit pyramid`", BTC),
    recipe("narrow_range", "breakout", "stop orders, `exit after`", BTC),
    recipe(
        "day_range_breakout",
        "breakout, time of day",
        "`forming(1d)`, `limit trades`",
        BTC,
    ),
    recipe(
        "opening_range",
        "breakout, session",
        "`session`, `value_when`",
        ETH,
    ),
    recipe(
        "squeeze_release",
        "volatility",
        "`happened`, `trail … after`",
        BTC,
    ),
    recipe(
        "vol_target_trend",
        "volatility targeting",
        "`size target vol`",
        BTC,
    ),
    recipe("keltner_ride", "channel", "`plot`", BTC),
    recipe(
        "regression_channel",
        "channel, statistical",
        "regression",
        BTC,
    ),
    recipe("ema_pullback", "pullback", "`at limit … for`", BTC),
    recipe(
        "triple_screen",
        "multi-timeframe, pullback",
        "two `on` blocks",
        BTC,
    ),
    recipe("rsi_dip", "mean reversion", "`position.bars`", BTC),
    recipe(
        "bollinger_fade",
        "mean reversion, bidirectional",
        "exits in legs",
        BTC,
    ),
    recipe(
        "ibs_reversal",
        "mean reversion, candlestick",
        "place in the bar",
        BTC,
    ),
    recipe(
        "vwap_fade",
        "mean reversion, time of day",
        "`anchored_vwap`",
        ETH,
    ),
    recipe("zscore_fade", "statistical", "own indicator, `test`", BTC),
    recipe("percentile_momentum", "statistical", "`percent_rank`", BTC),
    recipe(
        "regime_switch",
        "statistical, both ways",
        "`enum`, `latch`, labels",
        BTC,
    ),
    recipe(
        "engulfing_reversal",
        "candlestick",
        "candle conditions",
        BTC,
    ),
    recipe("pin_bar", "candlestick", "swings, target at a level", BTC),
    recipe("volume_climax", "volume", "two partial targets", BTC),
    recipe("obv_trend", "volume", "quantities", BTC),
    recipe(
        "breakeven_runner",
        "partial exit, breakeven",
        "`closing`, `to breakeven`",
        BTC,
    ),
    recipe("chandelier_trail", "trailing", "`trail`, cooldown", BTC),
    recipe("time_stop", "time exit", "`exit after`", BTC),
    recipe(
        "night_hold",
        "time of day",
        "`hour`, a share of equity",
        BTC,
    ),
    recipe("unger_breakout", "catalogue", "`use patterns/unger`", BTC),
    recipe(
        "follow_the_leader",
        "pair filter",
        "`on 4h of BTCUSD`, `??`",
        ALL,
    ),
    recipe("ratio_reversion", "pair, statistical", "`.present`", ALL),
    recipe(
        "weekly_momentum",
        "portfolio",
        "`hold top … rebalance`",
        ALL,
    ),
    recipe(
        "inverse_volatility",
        "portfolio",
        "`universe`, `weight`",
        ALL,
    ),
    recipe(
        "cross_reversal",
        "portfolio, both sides",
        "two `hold`, `cross_zscore`",
        ALL,
    ),
    recipe(
        "dual_momentum",
        "portfolio, pair filter",
        "a weight of 0 as cash",
        ALL,
    ),
    recipe(
        "rank_breakout",
        "portfolio, breakout",
        "`rank`, entries in a portfolio",
        ALL,
    ),
];

/// The bars that a name stands for, in the order in which the command line reads them.
pub fn bars(data: &str) -> &'static [Bars] {
    static READ: LazyLock<HashMap<&'static str, Vec<Bars>>> = LazyLock::new(|| {
        let read = |path: &'static str| {
            let found = open_all(repository(path), &ImportOptions::default()).unwrap();
            (path, found.into_iter().map(|f| f.bars).collect())
        };
        [BTC, ETH, ALL].into_iter().map(read).collect()
    });
    &READ[data]
}

impl Recipe {
    /// A file of it.
    pub fn file(&self, ending: &str) -> std::path::PathBuf {
        repository(&format!("docs/cookbook/{}.{ending}", self.name))
    }

    /// Its program.
    pub fn program(&self) -> String {
        std::fs::read_to_string(self.file("sbt")).unwrap()
    }

    /// Its program, checked.
    pub fn checked(&self) -> Checked {
        let name = format!("docs/cookbook/{}.sbt", self.name);
        sbt_driver::check(&NoFiles, &name, &self.program(), &HashMap::new())
    }

    /// Its only strategy, compiled.
    pub fn compiled(&self, backend: Backend) -> Compiled {
        compile(&self.checked().hir.strategies[0], backend).unwrap()
    }

    /// A run with the defaults of the command line.
    pub fn run(&self, compiled: &Compiled) -> BacktestResult {
        let own = bars(self.data);
        run(compiled, own, own, &[], &RunSettings::default())
    }

    /// The same over the bars that have ended by a moment.
    pub fn run_until(&self, compiled: &Compiled, moment: i64) -> BacktestResult {
        let whole = bars(self.data);
        let cut: Vec<Bars> = whole
            .iter()
            .map(|b| b.between(None, Some(moment - b.timeframe.ms() + 1)))
            .collect();
        run(compiled, &cut, whole, &[], &RunSettings::default())
    }
}

/// A run over bars; `finer` ones tell what came first within a bar. The symbols' rules are known beforehand, from `whole`,
/// not learned from the bars that happen to be there.
pub fn run(
    compiled: &Compiled,
    data: &[Bars],
    whole: &[Bars],
    finer: &[Bars],
    settings: &RunSettings,
) -> BacktestResult {
    let specs: Vec<SymbolSpec> = whole.iter().map(SymbolSpec::of).collect();
    let scales: Vec<f64> = whole.iter().map(Bars::price_scale).collect();
    let settings = RunSettings {
        max_positions: settings.max_positions.min(whole.len() as u32),
        ..settings.clone()
    };
    let manifest = compiled.manifest();
    let params: Vec<f64> = manifest.params.iter().map(|p| p.default).collect();
    let no_hashes = vec![String::new(); whole.len()];
    let input = BacktestInput {
        data_hashes: &no_hashes,
        price_scales: &scales,
        specs: &specs,
        intrabar: finer,
        ..BacktestInput::new(compiled.kernel.as_ref(), &params, data, &settings)
    };
    run_backtest(&input).unwrap()
}
