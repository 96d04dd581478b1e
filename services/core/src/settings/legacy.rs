//! Keys of the original that are not here, and what stands in their place.

/// Old key or section, and what to do instead.
pub(super) const LEGACY: &[(&str, &str)] = &[
    (
        "database.host",
        "the store's address is one key: database.url = \"postgres://USER@HOST:PORT/NAME\"",
    ),
    (
        "database.port",
        "the store's address is one key: database.url = \"postgres://USER@HOST:PORT/NAME\"",
    ),
    (
        "database.database",
        "the store's address is one key: database.url = \"postgres://USER@HOST:PORT/NAME\"",
    ),
    (
        "database.user",
        "the store's address is one key: database.url = \"postgres://USER@HOST:PORT/NAME\"",
    ),
    (
        "logging.file",
        "every service has a file of its own in `logging.directory`",
    ),
    (
        "hyperliquid.agent_wallet.encryption_key",
        "what opens the keys is the secret SIXBTC_KEYS_PASSPHRASE, or the file that `keys.passphrase_file` names",
    ),
    (
        "hyperliquid.testnet",
        "see `hyperliquid.network`: \"local\", \"testnet\" or \"mainnet\"",
    ),
    ("system.execution_mode", "nothing read it; leave it out"),
    ("regime.generation", "nothing read it; leave it out"),
    (
        "hyperliquid.funds.check_interval_hours",
        "see `scheduler.tasks.check_subaccount_funds.interval_hours`",
    ),
    (
        "hyperliquid.balance_reconciliation.ws_silence_threshold_sec",
        "see `hyperliquid.websocket.silence_threshold_sec`",
    ),
    (
        "funding.backfill_days",
        "funding is fetched for the same days as candles: `data_scheduler.download_days`",
    ),
    (
        "ai.daily_limit.reset_hour",
        "a day of the limit is a day of UTC; leave it out",
    ),
    (
        "generation.strategy_sources.unger.min_regime_strength",
        "see `generation.strategy_sources.unger.market_regime.min_strength`",
    ),
    (
        "generation.strategy_sources.pandas_ta.min_regime_strength",
        "see `generation.strategy_sources.pandas_ta.market_regime.min_strength`",
    ),
    (
        "generation.indicator_combinator",
        "nothing read it; leave it out",
    ),
    ("backtesting.batch_size", "nothing read it; leave it out"),
    (
        "backtesting.thresholds.min_total_trades",
        "trades are asked by timeframe: `backtesting.min_trades`",
    ),
    (
        "backtesting.wfa_validation.window_percentages",
        "the walk forward refits in windows of equal length: `backtesting.wfa_validation.folds`",
    ),
    (
        "backtesting.wfa_validation.min_profitable_windows",
        "a share of the refits is asked: `backtesting.statistics.min_profitable_folds`",
    ),
    (
        "backtesting.out_of_sample.recency_weight",
        "combined figures inform only, they always weigh out-of-sample with 60 %; leave it out",
    ),
    (
        "pattern_discovery.helpers",
        "patterns carry their helper functions with them; leave it out",
    ),
    (
        "validation.timeout_seconds",
        "what a strategy may compute is bounded in operations and memory, not in seconds; leave it out",
    ),
    ("trading.pairs_mode", "nothing read it; leave it out"),
    ("trading.require_backtest", "nothing read it; leave it out"),
    (
        "monitoring.snapshot_interval_minutes",
        "see `metrics.collection_interval`",
    ),
    (
        "scheduler.tasks.cleanup_old_events",
        "events are the evidence of every judgement and are never deleted; leave it out",
    ),
    (
        "scheduler.tasks.daily_restart_services.restart_hour",
        "see `scheduler.tasks.daily_restart_services.run_hour`",
    ),
    (
        "scheduler.tasks.daily_restart_services.restart_minute",
        "see `scheduler.tasks.daily_restart_services.run_minute`",
    ),
    (
        "classification",
        "replaced by `scorer`, `rotator` and `monitor`",
    ),
    ("deployment", "replaced by `rotator`"),
    (
        "subaccount_manager",
        "replaced by `rotator` and `hyperliquid.funds`",
    ),
];
