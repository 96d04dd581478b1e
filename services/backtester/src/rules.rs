//! By what a strategy is judged: everything that is asked, in one value.

use sbt_driver::Backend;
use serde::{Deserialize, Serialize};
use sixbtc_core::settings::{Profile as Given, Settings};
use sixbtc_engine::RunSettings;
use sixbtc_judgement::pipeline::gates::GateThresholds;
use sixbtc_judgement::pipeline::score::{RobustnessWeights, ScoreWeights};
use sixbtc_judgement::pipeline::split::SplitSettings;
use sixbtc_judgement::pipeline::tightening::StatisticalThresholds;
use sixbtc_lab::validate::{Limits, StageName};
use sixbtc_lab::{Lengths, WindowPlan};

/// How much is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// All gates at their thresholds.
    #[default]
    Honest,
    /// Looser gates, so that the rest of a strategy's life can be shown on little data. What passes has shown nothing, and
    /// every event, run and reason says so.
    Demo,
}

impl Profile {
    /// As it stands in settings, events and runs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::Demo => "demo",
        }
    }
}

/// All that a judgement depends on beside the strategy, its bars and the trials made before.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// How much is asked.
    pub profile: Profile,
    /// How time is divided.
    pub split: SplitSettings,
    /// Days of bars before the in-sample span, for warm-up and the first refit.
    pub history_days: u32,
    /// Thresholds of the pipeline.
    pub thresholds: GateThresholds,
    /// Thresholds of the statistical gates.
    pub statistics: StatisticalThresholds,
    /// Thresholds of the laboratory's gates.
    pub limits: Limits,
    /// Weights of the score.
    pub score: ScoreWeights,
    /// Weights of the robustness.
    pub robustness: RobustnessWeights,
    /// Windows of the walk forward.
    pub windows: WindowPlan,
    /// Permutations.
    pub permutations: usize,
    /// Noisy markets.
    pub noisy: usize,
    /// Points whose returns are compared.
    pub candidates: usize,
    /// Blocks of the combinatorial cross-validation.
    pub blocks: usize,
    /// Resamples of the reality check.
    pub resamples: usize,
    /// Runs of the Monte Carlo.
    pub monte_carlo: usize,
    /// Cuts of each symbol in the proof that nothing looks ahead.
    pub cuts: usize,
    /// Stages, in the order in which they are asked.
    pub stages: Vec<StageName>,
    /// Whether all combinations of the documents are tried, also those that the original's own rules drop.
    pub whole_space: bool,
    /// Whether parameters are swept; else a program is judged with its defaults.
    pub sweeps: bool,
    /// Go on after a refusal: for studies and benches.
    pub everything: bool,
    /// Fewest symbols with enough bars, where the list is at least as long.
    pub min_symbols: u32,
    /// Money, costs and fills of every run.
    pub runs: RunSettings,
    /// Least divisor of a position's margin, whatever the number of symbols (`risk.fixed_fractional.max_position_size_pct`).
    pub least_positions: u32,
    /// What compiles.
    pub backend: Backend,
}

/// The order of asking: what costs little first, since most fail and every refusal is final. The sealed span is not among
/// them: its bars are not even loaded.
pub const STAGES: [StageName; 14] = [
    StageName::InSample,
    StageName::OutOfSample,
    StageName::Score,
    StageName::Robustness,
    StageName::Sharpe,
    StageName::Costs,
    StageName::Delay,
    StageName::MonteCarlo,
    StageName::Plateau,
    StageName::LookAhead,
    StageName::Permutation,
    StageName::Noise,
    StageName::Overfitting,
    StageName::WalkForward,
];

impl Default for Rules {
    /// What the settings ask by default, with money and costs as the engine has them by default.
    fn default() -> Self {
        Self {
            runs: runs(),
            least_positions: 1,
            ..Self::of(&Settings::default())
        }
    }
}

/// The engine's defaults; nobody looks at levels bar by bar.
fn runs() -> RunSettings {
    RunSettings {
        record_levels: false,
        ..RunSettings::default()
    }
}

impl Rules {
    /// What the settings ask. What has no setting stands here.
    pub fn of(settings: &Settings) -> Self {
        let (b, h) = (&settings.backtesting, &settings.hyperliquid);
        let mut statistics = b.statistics.thresholds();
        if !b.statistics.enforced {
            statistics = never_refusing(statistics);
        }
        let mut stages = STAGES.to_vec();
        let off = [
            (
                StageName::WalkForward,
                b.wfa_validation.enabled && b.wfa_validation.folds > 0,
            ),
            (StageName::Permutation, b.statistics.permutations > 0),
            (StageName::Noise, b.statistics.noisy_markets > 0),
            (StageName::MonteCarlo, b.statistics.monte_carlo > 0),
        ];
        for (stage, on) in off {
            stages.retain(|s| on || *s != stage);
        }
        let rules = Self {
            split: b.split(),
            thresholds: b.gates(settings.active_pool.min_score),
            statistics,
            score: settings.scorer.weights(),
            robustness: b.robustness.weights(),
            windows: WindowPlan {
                lengths: Lengths::Count {
                    windows: b.wfa_validation.folds.max(1),
                    ratio: 3.0,
                },
                ..WindowPlan::default()
            },
            permutations: b.statistics.permutations as usize,
            noisy: b.statistics.noisy_markets as usize,
            candidates: b.statistics.candidates as usize,
            blocks: b.statistics.blocks as usize,
            resamples: b.statistics.resamples as usize,
            monte_carlo: b.statistics.monte_carlo as usize,
            cuts: b.statistics.cuts as usize,
            sweeps: settings.generation.parametric.enabled,
            min_symbols: b.out_of_sample.min_coins,
            stages,
            runs: RunSettings {
                capital: b.initial_capital,
                taker_fee: h.fee_rate,
                slippage: h.slippage,
                min_notional: Some(h.min_notional),
                max_positions: settings.risk.limits.max_open_positions_per_subaccount,
                ..runs()
            },
            least_positions: settings.risk.least_positions(),
            profile: Profile::Honest,
            history_days: 30,
            limits: Limits::default(),
            whole_space: false,
            everything: false,
            backend: if Backend::BUILT_IN.contains(&Backend::Llvm) {
                Backend::Llvm
            } else {
                Backend::Cranelift
            },
        };
        match settings.system.profile {
            Given::Standard => rules,
            // thresholds that have a setting are lowered there, where a user may raise them again
            Given::Demo => rules.demonstrating(),
        }
    }

    /// The same with gates that let much through. Thresholds are lowered, never raised, and fewer markets are drawn.
    #[must_use]
    pub fn demo(mut self) -> Self {
        let t = &mut self.thresholds;
        for span in [&mut t.in_sample, &mut t.out_of_sample] {
            span.min_sharpe = span.min_sharpe.min(0.0);
            span.min_win_rate = span.min_win_rate.min(0.15);
            span.min_expectancy = span.min_expectancy.min(0.0);
            span.max_drawdown = span.max_drawdown.max(0.9);
            span.max_interval = 1.0;
            let table = span.min_trades.table();
            let fewer: Vec<_> = table.map(|(frame, n)| (frame, n / 4)).collect();
            if let Some(fewer) = sixbtc_judgement::pipeline::gates::TradeCounts::new(fewer) {
                span.min_trades = fewer;
            }
        }
        t.max_degradation = t.max_degradation.max(1.0);
        t.min_score = t.min_score.min(12.0);
        t.min_robustness = t.min_robustness.min(0.2);
        self.demonstrating()
    }

    /// Marked as a demonstration; what has no setting asks little.
    fn demonstrating(mut self) -> Self {
        self.profile = Profile::Demo;
        self.statistics = never_refusing(self.statistics);
        let l = &mut self.limits;
        l.min_sharpe_probability = l.min_sharpe_probability.min(0.5);
        l.max_loss = 1.0;
        l.max_drawdown = 1.0;
        l.min_kept_late = -1e9;
        l.min_return_costly = -1.0;
        l.min_kept_noisy = 0.0;
        self.permutations = self.permutations.min(19);
        self.noisy = self.noisy.min(5);
        self.candidates = self.candidates.min(20);
        self.resamples = self.resamples.min(200);
        self.monte_carlo = self.monte_carlo.min(200);
        self.cuts = self.cuts.min(3);
        self.min_symbols = 1;
        // these refuse for want of a figure whatever the threshold, or cost more than a demonstration needs
        let dear = [StageName::Overfitting, StageName::WalkForward];
        self.stages.retain(|s| !dear.contains(s));
        self
    }

    /// What a judgement says of these rules wherever it is written down; empty for honest ones.
    pub fn label(&self) -> &'static str {
        match self.profile {
            Profile::Honest => "",
            Profile::Demo => "demo",
        }
    }
}

/// Statistical gates that let every figure through.
fn never_refusing(thresholds: StatisticalThresholds) -> StatisticalThresholds {
    StatisticalThresholds {
        min_deflated_sharpe: 0.0,
        max_overfitting: 1.0,
        max_permutation_p: 1.0,
        max_spa_p: 1.0,
        min_walk_forward_efficiency: -1e9,
        min_profitable_folds: 0.0,
        min_stressed_expectancy: -1.0,
        max_neighbour_drop: 1e9,
        min_track_record: 0.0,
        stress: thresholds.stress,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_settings_ask_what_is_documented() {
        let rules = Rules::default();
        assert_eq!(rules.thresholds, GateThresholds::default());
        assert_eq!(rules.statistics, StatisticalThresholds::default());
        assert_eq!(rules.split, SplitSettings::default());
        assert_eq!(rules.score, ScoreWeights::default());
        assert_eq!(rules.robustness, RobustnessWeights::default());
        assert_eq!(rules.stages, STAGES);
        let efforts = [
            rules.permutations,
            rules.noisy,
            rules.candidates,
            rules.blocks,
            rules.resamples,
            rules.monte_carlo,
            rules.cuts,
        ];
        assert_eq!(efforts, [100, 50, 100, 12, 1_000, 2_000, 4]);
        assert_eq!(rules.min_symbols, 5);
        assert!(rules.sweeps);
        let mut fewer = Settings::default();
        fewer.backtesting.statistics.noisy_markets = 0;
        fewer.backtesting.statistics.monte_carlo = 0;
        let asked = Rules::of(&fewer).stages;
        assert!(!asked.contains(&StageName::Noise) && !asked.contains(&StageName::MonteCarlo));
        assert_eq!(rules.profile, Profile::Honest);
        let costs = Rules::of(&Settings::default()).runs;
        assert_eq!(costs.taker_fee, rules.runs.taker_fee);
        let mut demo = Settings::default();
        demo.system.profile = Given::Demo;
        assert_eq!(Rules::of(&demo).profile, Profile::Demo);
    }

    #[test]
    fn a_demonstration_never_asks_more() {
        let (honest, demo) = (Rules::default(), Rules::default().demo());
        assert!(demo.thresholds.min_score <= honest.thresholds.min_score);
        assert!(demo.thresholds.check().is_ok());
        assert!(demo.statistics.check().is_ok());
        assert!(demo.permutations <= honest.permutations);
        assert_eq!((honest.label(), demo.label()), ("", "demo"));
    }

    #[test]
    fn the_sealed_span_is_never_asked_for() {
        assert!(!STAGES.contains(&StageName::Sealed));
        for stage in StageName::ALL {
            assert!(stage == StageName::Sealed || STAGES.contains(&stage));
        }
    }
}
