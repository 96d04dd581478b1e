//! Checking, testing, scoring, the pool.

use super::{SharpeOf, Tf, section};
use sixbtc_judgement::pipeline::gates::{
    GateThresholds, SealedThresholds, SharpeKind, SpanThresholds, TradeCounts,
};
use sixbtc_judgement::pipeline::live::RetirementRules;
use sixbtc_judgement::pipeline::score::{RobustnessWeights, ScoreWeights};
use sixbtc_judgement::pipeline::split::SplitSettings;
use sixbtc_judgement::pipeline::tightening::StatisticalThresholds;
use sixbtc_market::Timeframe;
use std::collections::BTreeMap;

/// The documented timeframes, shortest first.
const TIMEFRAMES: [Timeframe; 4] = [Timeframe::M15, Timeframe::M30, Timeframe::H1, Timeframe::H2];

/// Timeframes that are on without any setting.
pub(in crate::settings) fn default_timeframes() -> Vec<Tf> {
    TIMEFRAMES.into_iter().map(Tf).collect()
}

fn by_timeframe(counts: [u32; 4]) -> BTreeMap<Tf, u32> {
    TIMEFRAMES.into_iter().map(Tf).zip(counts).collect()
}

section! {
    /// Checking.
    Validation {
        /// Workers.
        parallel_threads: u32 = 6, in 1..=256, unit "threads";
        /// Claims that a worker takes at a time.
        batch: u32 = 16, in 1..=1000, unit "strategies", reload true;
        /// Longest warm-up a strategy may need.
        max_warmup_bars: u32 = 2000, in 1..=1_000_000, unit "bars", reload true;
        /// Most memory a strategy may keep from bar to bar, for one symbol.
        max_memory_bytes: u64 = 1_048_576, in 1024..=1_073_741_824, unit "bytes", reload true;
    }
}

section! {
    /// Testing.
    Backtesting {
        /// Capital at the start of a test.
        initial_capital: f64 = 10_000.0, in 1.0..=1e12, unit "USD";
        /// Workers.
        threads: BacktestThreads = BacktestThreads::default();
        /// Testing the pool again.
        retest: Retest = Retest::default();
        /// Days of the in-sample span.
        is_days: u32 = 120, in 1..=36_500, unit "days";
        /// Days of the out-of-sample span, the latest before the sealed one.
        oos_days: u32 = 60, in 1..=36_500, unit "days";
        /// Days of the sealed span, which nothing is selected by.
        sealed_days: u32 = 30, in 0..=36_500, unit "days";
        /// Share of the days that a coin must have.
        min_coverage_pct: f64 = 0.8, in 0.0..=1.0, unit "share";
        /// Least trades.
        min_trades: MinTrades = MinTrades::default();
        /// Widest half-interval of the win rate.
        max_ci: MaxCi = MaxCi::default();
        /// Loss from one span to the other.
        out_of_sample: OutOfSample = OutOfSample::default();
        /// Windows and refits.
        wfa_validation: WfaValidation = WfaValidation::default();
        /// Robustness.
        robustness: Robustness = Robustness::default();
        /// Gates of both spans.
        thresholds: Thresholds = Thresholds::default();
        /// Gates that know how much was tried.
        statistics: Statistics = Statistics::default();
    }
}

section! {
    /// Workers.
    BacktestThreads {
        /// For new strategies.
        validated: u32 = 3, in 0..=256, unit "threads";
        /// For retests first, new strategies else.
        retest: u32 = 1, in 0..=256, unit "threads";
    }
}

section! {
    /// Testing the pool again.
    Retest {
        /// Age of a test at which it is made again.
        interval_days: f64 = 1.0, in 0.001..=365.0, unit "days", reload true;
    }
}

section! {
    /// Least trades, by timeframe.
    MinTrades {
        /// In-sample.
        in_sample: BTreeMap<Tf, u32> = by_timeframe([120, 80, 50, 30]), unit "trades";
        /// Out-of-sample.
        out_of_sample: BTreeMap<Tf, u32> = by_timeframe([60, 40, 25, 15]), unit "trades";
        /// Over the sealed span.
        sealed: BTreeMap<Tf, u32> = by_timeframe([30, 20, 13, 8]), unit "trades";
    }
}

section! {
    /// Widest half of the 95 % interval of the win rate.
    MaxCi {
        /// In-sample.
        in_sample: f64 = 0.1, in 0.0..=1.0, unit "share";
        /// Out-of-sample.
        out_of_sample: f64 = 0.15, in 0.0..=1.0, unit "share";
    }
}

section! {
    /// Loss from one span to the other.
    OutOfSample {
        /// Largest relative loss of Sharpe.
        max_degradation: f64 = 0.5, in 0.0..=10.0, unit "share";
        /// Least coins with enough data.
        min_coins: u32 = 5, in 1..=5000, unit "coins";
    }
}

section! {
    /// Windows and refits.
    WfaValidation {
        /// Whether they are asked.
        enabled: bool = true;
        /// Refits of the walk forward; 0: none.
        folds: u32 = 5, in 0..=100, unit "folds";
    }
}

section! {
    /// Robustness.
    Robustness {
        /// Least robustness.
        min_threshold: f64 = 0.8, in 0.0..=1.0, unit "share";
        /// Weights of its parts.
        weights: RobustnessShares = RobustnessShares::default();
        /// Trades of full marks.
        trade_significance_target: u32 = 150, in 1..=1_000_000, unit "trades";
    }
}

section! {
    /// Weights of the parts of the robustness; they sum to 1.
    RobustnessShares {
        /// Out-of-sample Sharpe / in-sample Sharpe.
        oos_ratio: f64 = 0.5, in 0.0..=1.0, unit "weight";
        /// Number of trades.
        trade_significance: f64 = 0.35, in 0.0..=1.0, unit "weight";
        /// One by the number of indicators.
        simplicity: f64 = 0.15, in 0.0..=1.0, unit "weight";
    }
}

section! {
    /// Gates of both spans.
    Thresholds {
        /// Which Sharpe ratio decides.
        sharpe: SharpeOf = SharpeOf::Equity;
        /// Least Sharpe ratio.
        min_sharpe: f64 = 0.3, in -10.0..=100.0, unit "ratio a year";
        /// Least share of trades that won.
        min_win_rate: f64 = 0.35, in 0.0..=1.0, unit "share";
        /// Least expectancy of a trade.
        min_expectancy: f64 = 0.002, in -1.0..=1.0, unit "share of notional";
        /// Deepest drawdown.
        max_drawdown: f64 = 0.5, in 0.0..=1.0, unit "share";
    }
}

section! {
    /// Gates that know how much was tried. Defaults and reasons: the chapter on the pipeline's judgement.
    Statistics {
        /// Whether they decide; else they inform.
        enforced: bool = true;
        /// Least deflated Sharpe.
        min_deflated_sharpe: f64 = 0.95, in 0.0..=1.0, unit "probability";
        /// Largest probability of backtest overfitting.
        max_overfitting: f64 = 0.2, in 0.0..=1.0, unit "probability";
        /// Largest p of the permutation test, before it is divided by the programs tested.
        max_permutation_p: f64 = 0.05, in 0.0..=1.0, unit "probability";
        /// Permutations; 0: no such test.
        permutations: u32 = 100, in 0..=100_000, unit "permutations";
        /// Noisy markets that a strategy is tried on; 0: no such test.
        noisy_markets: u32 = 50, in 0..=10_000, unit "markets";
        /// Points of the sweep whose returns are compared by the tests of overfitting and of superior predictive ability.
        candidates: u32 = 100, in 2..=10_000, unit "points";
        /// Blocks of the combinatorial cross-validation; an even number.
        blocks: u32 = 12, in 2..=20, unit "blocks";
        /// Resamples of the test for superior predictive ability.
        resamples: u32 = 1000, in 10..=100_000, unit "resamples";
        /// Orders of the trades that are drawn for the distribution of losses and drawdowns; 0: no such test.
        monte_carlo: u32 = 2000, in 0..=1_000_000, unit "runs";
        /// Cuts of each symbol's bars in the proof that nothing looks ahead.
        cuts: u32 = 4, in 1..=100, unit "cuts";
        /// Largest p of the test for superior predictive ability.
        max_spa_p: f64 = 0.05, in 0.0..=1.0, unit "probability";
        /// Least walk-forward efficiency.
        min_walk_forward_efficiency: f64 = 0.5, in -10.0..=10.0, unit "share";
        /// Least share of walk-forward tests with a profit.
        min_profitable_folds: f64 = 0.5, in 0.0..=1.0, unit "share";
        /// Least expectancy of a trade under stressed slippage.
        min_stressed_expectancy: f64 = 0.0, in -1.0..=1.0, unit "share of notional";
        /// By how much slippage is multiplied for that.
        stress: f64 = 2.0, in 1.0..=100.0, unit "times";
        /// Largest loss of the median neighbour of the chosen parameters.
        max_neighbour_drop: f64 = 0.3, in 0.0..=10.0, unit "share";
        /// Least ratio of bars there are to bars that would make the Sharpe ratio significant.
        min_track_record: f64 = 1.0, in 0.0..=100.0, unit "times";
    }
}

section! {
    /// The pool.
    ActivePool {
        /// Places.
        max_size: u32 = 150, in 1..=100_000, unit "strategies", reload true;
        /// Least score to enter, to stay and to go live.
        min_score: f64 = 40.0, in 0.0..=100.0, unit "score", reload true;
    }
}

section! {
    /// The score.
    Scorer {
        /// Weights of its parts.
        weights: ScoreShares = ScoreShares::default();
    }
}

section! {
    /// Weights of the parts of the score; they sum to 1.
    ScoreShares {
        /// Expectancy; full marks at 10 %.
        expectancy: f64 = 0.4, in 0.0..=1.0, unit "weight";
        /// Sharpe ratio; full marks at 3.
        sharpe: f64 = 0.25, in 0.0..=1.0, unit "weight";
        /// Win rate.
        win_rate: f64 = 0.1, in 0.0..=1.0, unit "weight";
        /// Small drawdown; no marks at 30 %.
        drawdown: f64 = 0.15, in 0.0..=1.0, unit "weight";
        /// How little the out-of-sample Sharpe lost.
        recency: f64 = 0.1, in 0.0..=1.0, unit "weight";
    }
}

impl Backtesting {
    /// How data is split into spans.
    pub fn split(&self) -> SplitSettings {
        SplitSettings {
            in_sample_days: self.is_days,
            out_of_sample_days: self.oos_days,
            sealed_days: self.sealed_days,
            min_coverage: self.min_coverage_pct,
            ..SplitSettings::default()
        }
    }

    /// Thresholds of the gates from the in-sample span to the door of a pool that asks for `min_score`.
    pub fn gates(&self, min_score: f64) -> GateThresholds {
        let default = GateThresholds::default();
        let counts = |map: &BTreeMap<Tf, u32>, or: TradeCounts| {
            TradeCounts::new(map.iter().map(|(t, n)| (t.0, *n))).unwrap_or(or)
        };
        let asked = &self.thresholds;
        let span = |default: SpanThresholds, min_trades, max_interval, min_coins| SpanThresholds {
            min_bars: default.min_bars,
            min_coins,
            min_trades: counts(min_trades, default.min_trades),
            min_sharpe: asked.min_sharpe,
            min_win_rate: asked.min_win_rate,
            min_expectancy: asked.min_expectancy,
            max_drawdown: asked.max_drawdown,
            max_interval,
        };
        let inside_coins = default.in_sample.min_coins;
        GateThresholds {
            sharpe: match asked.sharpe {
                SharpeOf::Equity => SharpeKind::Equity,
                SharpeOf::Trade => SharpeKind::Trade,
            },
            in_sample: span(
                default.in_sample,
                &self.min_trades.in_sample,
                self.max_ci.in_sample,
                inside_coins,
            ),
            out_of_sample: span(
                default.out_of_sample,
                &self.min_trades.out_of_sample,
                self.max_ci.out_of_sample,
                self.out_of_sample.min_coins,
            ),
            max_degradation: self.out_of_sample.max_degradation,
            sealed: SealedThresholds {
                min_trades: counts(&self.min_trades.sealed, default.sealed.min_trades),
                min_expectancy: default.sealed.min_expectancy,
                max_drawdown: asked.max_drawdown,
            },
            min_score,
            min_robustness: self.robustness.min_threshold,
        }
    }
}

impl Robustness {
    /// As the judgement reads it.
    pub fn weights(&self) -> RobustnessWeights {
        RobustnessWeights {
            ratio: self.weights.oos_ratio,
            significance: self.weights.trade_significance,
            simplicity: self.weights.simplicity,
            full_trades: f64::from(self.trade_significance_target),
        }
    }
}

impl Statistics {
    /// As the judgement reads it.
    pub fn thresholds(&self) -> StatisticalThresholds {
        StatisticalThresholds {
            min_deflated_sharpe: self.min_deflated_sharpe,
            max_overfitting: self.max_overfitting,
            max_permutation_p: self.max_permutation_p,
            max_spa_p: self.max_spa_p,
            min_walk_forward_efficiency: self.min_walk_forward_efficiency,
            min_profitable_folds: self.min_profitable_folds,
            min_stressed_expectancy: self.min_stressed_expectancy,
            stress: self.stress,
            max_neighbour_drop: self.max_neighbour_drop,
            min_track_record: self.min_track_record,
        }
    }
}

impl Scorer {
    /// As the judgement reads it.
    pub fn weights(&self) -> ScoreWeights {
        ScoreWeights {
            expectancy: self.weights.expectancy,
            sharpe: self.weights.sharpe,
            win_rate: self.weights.win_rate,
            drawdown: self.weights.drawdown,
            recency: self.weights.recency,
            ..ScoreWeights::default()
        }
    }
}

impl super::Monitor {
    /// Rules of retirement as the judgement reads them.
    pub fn rules(&self) -> RetirementRules {
        RetirementRules {
            min_trades: u64::from(
                self.retirement
                    .min_trades
                    .max(self.live_scoring.min_trades_for_frequency),
            ),
            min_days: self.live_scoring.min_days_for_frequency,
            min_score: self.retirement.min_score,
            max_degradation: self.retirement.max_score_degradation,
            max_drawdown: self.retirement.max_drawdown,
            losing_streak: u64::from(self.retirement.max_consecutive_losses),
            max_shortfall: self.retirement.max_trades_degradation,
        }
    }
}
