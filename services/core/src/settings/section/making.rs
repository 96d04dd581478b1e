//! Making strategies: sources, patterns, language models, the flow between the services.

use super::{AiMode, AiProtocol, PatternBackend, section};
use crate::model::{Side, SourceName};
use std::collections::BTreeMap;
use std::path::PathBuf;

section! {
    /// Making strategies.
    Generation {
        /// Pause between rounds.
        min_interval_seconds: f64 = 0.0, in 0.0..=86_400.0, unit "s", reload true;
        /// Workers of a generator.
        parallel_threads: u32 = 1, in 1..=256, unit "threads";
        /// Strategies drawn in a round.
        batch: u32 = 8, in 1..=1000, unit "strategies", reload true;
        /// From it, source and turn follow every draw: the same seed makes the same strategies.
        seed: u64 = 0, in 0..=9_007_199_254_740_991_i64;
        /// Parameters.
        parametric: Parametric = Parametric::default();
        /// Who gets the next turn.
        bandit: Bandit = Bandit::default();
        /// What is not worth a sweep.
        prescreen: Prescreen = Prescreen::default();
        /// The sources.
        strategy_sources: StrategySources = StrategySources::default();
        /// Share of `ai_free` when both sources of language models run.
        ai_free_ratio: f64 = 0.7, in 0.0..=1.0, unit "share", reload true;
    }
}

section! {
    /// Parameters.
    Parametric {
        /// Whether the backtester sweeps them; else it takes the program's defaults.
        enabled: bool = true, reload true;
    }
}

section! {
    /// Who gets the next turn: turns go to sources by what they yield for a second of computing.
    Bandit {
        /// Whether they do; else sources take turns.
        enabled: bool = true, reload true;
        /// Least share of turns of every enabled source.
        floor: f64 = 0.1, in 0.0..=0.5, unit "share", reload true;
        /// Turns after which an outcome counts half.
        half_life: f64 = 2000.0, in 1.0..=1e9, unit "turns", reload true;
    }
}

section! {
    /// What is not worth a sweep.
    Prescreen {
        /// Whether it is asked.
        enabled: bool = true, reload true;
        /// Least share of bars with an entry.
        min_entry_frequency: f64 = 0.001, in 0.0..=1.0, unit "share of bars", reload true;
        /// Largest share of bars with an entry.
        max_entry_frequency: f64 = 0.25, in 0.0..=1.0, unit "share of bars", reload true;
    }
}

section! {
    /// The sources.
    StrategySources {
        /// Patterns of a service, or mined from the candles.
        pattern: PatternSource = PatternSource::default();
        /// Building blocks.
        pattern_gen: PatternGenSource = PatternGenSource::default();
        /// Coherent parts.
        unger: UngerSource = UngerSource::default();
        /// Indicators and conditions.
        pandas_ta: PandasTaSource = PandasTaSource::default();
        /// A language model, free to choose.
        ai_free: AiSource = AiSource::default();
        /// A language model, given indicators.
        ai_assigned: AiSource = AiSource::default();
    }
}

impl StrategySources {
    /// Whether a source is switched on.
    pub fn enabled(&self, source: SourceName) -> bool {
        match source {
            SourceName::Pattern => self.pattern.enabled,
            SourceName::PatternGen => self.pattern_gen.enabled,
            SourceName::Unger => self.unger.enabled,
            SourceName::PandasTa => self.pandas_ta.enabled,
            SourceName::AiFree => self.ai_free.enabled,
            SourceName::AiAssigned => self.ai_assigned.enabled,
        }
    }

    /// Directions a source may emit.
    pub fn directions(&self, source: SourceName) -> &[Side] {
        match source {
            SourceName::Pattern => &self.pattern.supported_directions,
            SourceName::PatternGen => &self.pattern_gen.supported_directions,
            SourceName::Unger => &self.unger.supported_directions,
            SourceName::PandasTa => &self.pandas_ta.supported_directions,
            SourceName::AiFree => &self.ai_free.supported_directions,
            SourceName::AiAssigned => &self.ai_assigned.supported_directions,
        }
    }

    /// How a source uses regimes.
    pub fn regimes(&self, source: SourceName) -> &MarketRegime {
        match source {
            SourceName::Pattern => &self.pattern.market_regime,
            SourceName::PatternGen => &self.pattern_gen.market_regime,
            SourceName::Unger => &self.unger.market_regime,
            SourceName::PandasTa => &self.pandas_ta.market_regime,
            SourceName::AiFree => &self.ai_free.market_regime,
            SourceName::AiAssigned => &self.ai_assigned.market_regime,
        }
    }

    /// How a source breeds, if it can.
    pub fn genetic(&self, source: SourceName) -> Option<&Genetic> {
        match source {
            SourceName::PatternGen => Some(&self.pattern_gen.genetic),
            SourceName::Unger => Some(&self.unger.genetic),
            _ => None,
        }
    }
}

section! {
    /// Use of regimes.
    MarketRegime {
        /// Whether coins and direction are chosen from regimes.
        enabled: bool = false, reload true;
        /// Least strength of a coin's regime.
        min_strength: f64 = 0.5, in 0.0..=1.0, unit "share", reload true;
    }
}

section! {
    /// Breeding from the pool.
    Genetic {
        /// Switch.
        enabled: bool = true, reload true;
        /// Least score of a parent.
        min_pool_score: f64 = 40.0, in 0.0..=100.0, unit "score", reload true;
        /// Parents needed.
        min_pool_size: u32 = 30, in 2..=100_000, unit "strategies", reload true;
        /// Share of fresh candidates; the rest is bred.
        smart_ratio: f64 = 0.7, in 0.0..=1.0, unit "share", reload true;
        /// Share of offspring.
        genetic_ratio: f64 = 0.3, in 0.0..=1.0, unit "share", reload true;
        /// Candidates of a tournament.
        tournament_size: u32 = 3, in 1..=100, unit "strategies", reload true;
        /// Chance of a mutation.
        mutation_rate: f64 = 0.2, in 0.0..=1.0, unit "chance", reload true;
        /// Chance of a crossover.
        crossover_rate: f64 = 0.8, in 0.0..=1.0, unit "chance", reload true;
    }
}

section! {
    /// Patterns of a service, or mined from the candles.
    PatternSource {
        /// Switch.
        enabled: bool = false, reload true;
        /// Use of regimes.
        market_regime: MarketRegime = MarketRegime::default();
        /// Directions it may emit.
        supported_directions: Vec<Side> = vec![Side::Long, Side::Short], reload true;
    }
}

section! {
    /// Building blocks.
    PatternGenSource {
        /// Switch.
        enabled: bool = true, reload true;
        /// Use of regimes.
        market_regime: MarketRegime = MarketRegime::default();
        /// Directions it may emit.
        supported_directions: Vec<Side> = vec![Side::Long, Side::Short, Side::Both], reload true;
        /// Share of candidates of a single block.
        parametric_ratio: f64 = 0.5, in 0.0..=1.0, unit "share", reload true;
        /// Share of candidates of two or three blocks.
        template_ratio: f64 = 0.3, in 0.0..=1.0, unit "share", reload true;
        /// Share of sequential, two-period and volatility-regime candidates.
        innovative_ratio: f64 = 0.2, in 0.0..=1.0, unit "share", reload true;
        /// Breeding.
        genetic: Genetic = Genetic::default();
    }
}

section! {
    /// Coherent parts.
    UngerSource {
        /// Switch.
        enabled: bool = true, reload true;
        /// Use of regimes.
        market_regime: MarketRegime = MarketRegime::default();
        /// Directions it may emit.
        supported_directions: Vec<Side> = vec![Side::Long, Side::Short, Side::Both], reload true;
        /// Breeding.
        genetic: Genetic = Genetic::default();
    }
}

section! {
    /// Indicators and conditions.
    PandasTaSource {
        /// Switch.
        enabled: bool = true, reload true;
        /// Use of regimes.
        market_regime: MarketRegime = MarketRegime::default();
        /// Directions it may emit.
        supported_directions: Vec<Side> = vec![Side::Long, Side::Short, Side::Both], reload true;
        /// How many indicators.
        indicator_ratios: IndicatorRatios = IndicatorRatios::default();
    }
}

section! {
    /// How many indicators a strategy has.
    IndicatorRatios {
        /// Share with one.
        single: f64 = 0.3, in 0.0..=1.0, unit "share", reload true;
        /// Share with two.
        double: f64 = 0.5, in 0.0..=1.0, unit "share", reload true;
        /// Share with three.
        triple: f64 = 0.2, in 0.0..=1.0, unit "share", reload true;
    }
}

section! {
    /// A language model.
    AiSource {
        /// Switch.
        enabled: bool = false, reload true;
        /// Use of regimes.
        market_regime: MarketRegime = MarketRegime::default();
        /// Directions it may emit.
        supported_directions: Vec<Side> = vec![Side::Long, Side::Short], reload true;
    }
}

section! {
    /// Patterns.
    PatternDiscovery {
        /// Who finds them.
        backend: PatternBackend = PatternBackend::Miner;
        /// Address of the pattern service.
        api_url: String = "http://localhost:8001".into();
        /// How long an answer of it is waited for.
        timeout_seconds: u64 = 30, in 1..=600, unit "s", reload true;
        /// Tiers of quality.
        tiers: Tiers = Tiers::default();
        /// Coins of a pattern.
        coin_selection: CoinSelection = CoinSelection::default();
        /// Several targets.
        multi_target: MultiTarget = MultiTarget::default();
        /// Time after which the list of patterns is read anew.
        refresh_seconds: u64 = 300, in 1..=86_400, unit "s", reload true;
        /// Stop as a multiple of the target.
        stop_ratio: f64 = 2.0, in 0.1..=100.0, unit "targets", reload true;
    }
}

section! {
    /// Tiers of patterns: 1 is the best.
    Tiers {
        /// Tiers in use.
        enabled: Vec<u32> = vec![1, 2], each 1..=3, unit "tier", reload true;
        /// Weight of each tier.
        weights: BTreeMap<String, f64> = tiers([("1", 1.0), ("2", 0.7), ("3", 0.4)]), reload true;
        /// Stricter least edge of a tier.
        min_edge_override: BTreeMap<String, f64> = tiers([("2", 0.04), ("3", 0.03)]), reload true;
    }
}

fn tiers<const N: usize>(of: [(&str, f64); N]) -> BTreeMap<String, f64> {
    of.into_iter().map(|(t, v)| (t.to_owned(), v)).collect()
}

section! {
    /// Coins of a pattern.
    CoinSelection {
        /// Least edge.
        min_edge: f64 = 0.1, in 0.0..=1.0, unit "share", reload true;
        /// Least signals.
        min_signals: u32 = 50, in 0..=1_000_000, unit "signals", reload true;
    }
}

section! {
    /// Several targets of a pattern.
    MultiTarget {
        /// Whether each validated target becomes a strategy.
        enabled: bool = true, reload true;
        /// Least edge of a further target.
        min_edge_for_expansion: f64 = 0.05, in 0.0..=1.0, unit "share", reload true;
        /// Most targets of a pattern.
        max_targets_per_pattern: u32 = 5, in 1..=100, unit "targets", reload true;
    }
}

section! {
    /// Language models. The key of an endpoint is the secret `SIXBTC_AI__API__KEY`.
    Ai {
        /// How the model is reached. The tool of `cli` must be installed, `api` needs the secret of the endpoint; while neither is
        /// there the sources of language models rest, and say so.
        mode: AiMode = AiMode::Cli;
        /// By a command line tool.
        cli: AiCli = AiCli::default();
        /// Over HTTP.
        api: AiApi = AiApi::default();
        /// File of recorded prompts and answers.
        recorded: PathBuf = PathBuf::new();
        /// What a day may cost.
        daily_limit: DailyLimit = DailyLimit::default();
        /// Questions after the first in which a program is repaired by the compiler's diagnostics; 0: none.
        repair_rounds: u32 = 3, in 0..=10, unit "rounds", reload true;
    }
}

section! {
    /// A command line tool.
    AiCli {
        /// The command with its arguments. It reads the question on its standard input, writes the answer to its standard output
        /// and ends; no shell is between.
        model: String = "claude -p".into();
        /// Longest time of an answer.
        timeout: u64 = 300, in 1..=3600, unit "s", reload true;
    }
}

section! {
    /// An endpoint.
    AiApi {
        /// Which protocol it speaks.
        protocol: AiProtocol = AiProtocol::Anthropic;
        /// Its base address; empty: the public one of the protocol's maker.
        base_url: String = String::new();
        /// Name of the model.
        model: String = "claude-sonnet-4-20250514".into(), reload true;
        /// Longest time of an answer.
        timeout: u64 = 120, in 1..=3600, unit "s", reload true;
        /// Longest answer.
        max_tokens: u32 = 8192, in 16..=1_000_000, unit "tokens", reload true;
        /// Price of a million tokens read.
        input_usd_per_million: f64 = 3.0, in 0.0..=100_000.0, unit "USD", reload true;
        /// Price of a million tokens written.
        output_usd_per_million: f64 = 15.0, in 0.0..=100_000.0, unit "USD", reload true;
        /// Whether the endpoint takes a grammar (GBNF) that bounds the answer.
        grammar: bool = false, reload true;
    }
}

section! {
    /// What a day (UTC) may cost.
    DailyLimit {
        /// Whether there is a limit.
        enabled: bool = true, reload true;
        /// Most calls.
        max_calls: u32 = 500, in 0..=1_000_000, unit "calls", reload true;
        /// Most money; 0: no limit but the calls.
        max_usd: f64 = 0.0, in 0.0..=1e9, unit "USD", reload true;
    }
}

section! {
    /// The flow between the services.
    Pipeline {
        /// Most strategies that wait.
        queue_limits: QueueLimits = QueueLimits::default();
        /// When generation pauses.
        validated_backpressure: ValidatedBackpressure = ValidatedBackpressure::default();
        /// How long.
        backpressure: Backpressure = Backpressure::default();
        /// Lines of status.
        monitoring: PipelineMonitoring = PipelineMonitoring::default();
    }
}

section! {
    /// Most strategies that wait.
    QueueLimits {
        /// For validation.
        generated: u32 = 100, in 1..=10_000_000, unit "strategies", reload true;
        /// For their tests.
        validated: u32 = 100, in 1..=10_000_000, unit "strategies", reload true;
    }
}

section! {
    /// When generation pauses, by the number of validated strategies.
    ValidatedBackpressure {
        /// It goes on below.
        low_threshold: u32 = 20, in 0..=10_000_000, unit "strategies", reload true;
        /// It pauses above.
        high_threshold: u32 = 50, in 1..=10_000_000, unit "strategies", reload true;
    }
}

section! {
    /// How long a pause is.
    Backpressure {
        /// Time between looks.
        check_interval: u64 = 10, in 1..=3600, unit "s", reload true;
        /// Shortest pause.
        base_cooldown: u64 = 30, in 0..=86_400, unit "s", reload true;
        /// Longest pause.
        max_cooldown: u64 = 120, in 0..=86_400, unit "s", reload true;
        /// What each strategy over the limit adds.
        cooldown_increment: u64 = 2, in 0..=3600, unit "s", reload true;
    }
}

section! {
    /// Lines of status in the log.
    PipelineMonitoring {
        /// Time between them.
        log_interval: u64 = 30, in 1..=86_400, unit "s", reload true;
    }
}
