//! Candles, coins, regimes, and the clock of everything that is done now and then.

use super::{CandleSource, MarketTime, Tf, section};
use sixbtc_market::Timeframe;

section! {
    /// Which kind of market a coin has.
    Regime {
        /// Whether regimes are detected and their candles fetched.
        enabled: bool = true, reload true;
        /// Bars they are read from.
        timeframe: Tf = Tf(Timeframe::D1);
        /// Days that are looked at.
        window_days: u32 = 90, in 10..=3650, unit "days", reload true;
        /// When breakouts and reversals both earn, a market is a trend from breakouts that earn this share more: 0.6 is 1.6
        /// times as much.
        trend_threshold: f64 = 0.6, in 0.0..=10.0, unit "share more", reload true;
        /// The other way round, it reverts from reversals that earn this share more than breakouts.
        reversal_threshold: f64 = 0.6, in 0.0..=10.0, unit "share more", reload true;
        /// What is weaker is mixed.
        min_strength: f64 = 0.5, in 0.0..=1.0, unit "share", reload true;
        /// Cost of a round trip charged to both tests.
        round_trip_cost: f64 = 0.0019, in 0.0..=0.1, unit "share of notional", reload true;
    }
}

section! {
    /// Coins and candles, kept fresh by the clock.
    DataScheduler {
        /// Whether they are.
        enabled: bool = true, reload true;
        /// Where candles come from.
        source: CandleSource = CandleSource::Binance;
        /// Base address of the source; empty: its public one.
        api_url: String = String::new();
        /// Where the coins that can be traded, and their largest leverage, are asked.
        venue_url: String = "https://api.hyperliquid.xyz".into();
        /// Coins kept, the largest by volume.
        top_pairs_count: u32 = 200, in 1..=5000, unit "coins", reload true;
        /// Least volume of a coin in 24 hours.
        min_volume_usd: f64 = 0.0, in 0.0..=1e15, unit "USD", reload true;
        /// Days of candles that are kept; 0: what the spans of a judgement need, and a fifth more for warm-up.
        download_days: u32 = 0, in 0..=36_500, unit "days", reload true;
        /// Hours (UTC) at which the list of coins is renewed.
        update_pairs_hours: Vec<u32> = vec![1, 13], each 0..=23, unit "hour UTC", reload true;
        /// Minute of that.
        update_pairs_minute: u32 = 45, in 0..=59, unit "minute", reload true;
        /// Hours (UTC) at which candles are fetched; regimes half an hour later.
        download_data_hours: Vec<u32> = vec![2, 14], each 0..=23, unit "hour UTC", reload true;
        /// Minute of that.
        download_data_minute: u32 = 0, in 0..=59, unit "minute", reload true;
        /// Requests a minute; what the source allows is never exceeded.
        requests_per_minute: u32 = 600, in 1..=100_000, unit "1/min", reload true;
        /// Downloads at a time.
        parallel: u32 = 4, in 1..=64, unit "downloads", reload true;
    }
}

section! {
    /// What the time at the market is.
    Market {
        /// The wall's clock, or a replay of historic bars.
        clock: MarketTime = MarketTime::Wall;
        /// The replay.
        replay: Replay = Replay::default();
    }
}

section! {
    /// A walk through historic bars, faster than life.
    Replay {
        /// Days before the end of the data at which it starts. Judgement sees only bars before that.
        days: u32 = 30, in 1..=3650, unit "days";
        /// How much faster than life.
        speed: f64 = 1440.0, in 0.001..=10_000_000.0, unit "market seconds a second", reload true;
    }
}

section! {
    /// Maintenance.
    Scheduler {
        /// Time between looks at the clock.
        tick_seconds: u64 = 60, in 1..=3600, unit "s", reload true;
        /// Days that the history of runs is kept.
        history_days: u32 = 90, in 1..=36_500, unit "days", reload true;
        /// The tasks.
        tasks: Tasks = Tasks::default();
    }
}

section! {
    /// The tasks.
    Tasks {
        /// Restart the services that may be restarted, never executor and monitor. Nothing needs it, so it is off.
        daily_restart_services: Daily = Daily { enabled: false, ..Daily::at(1, 0) };
        /// Renew the keys that trade for subaccounts before they expire.
        renew_agent_wallets: Daily = Daily::at(1, 10);
        /// Top up subaccounts that run low.
        check_subaccount_funds: Daily = Daily::at(1, 15);
        /// Delete scratch files.
        cleanup_tmp_dir: DailyHours = DailyHours::at(1, 20);
        /// Refuse strategies that wait for too long. They keep their events and trials.
        cleanup_stale_strategies: DailyDays = DailyDays { max_age_days: 1, ..DailyDays::at(1, 30) };
        /// Delete the text and runs of refused strategies. Hashes, events and trials stay.
        cleanup_old_failed: DailyDays = DailyDays::at(1, 35);
        /// Delete the text and runs of retired strategies. Hashes, events, trades and trials stay.
        cleanup_old_retired: DailyDays = DailyDays::at(1, 40);
        /// Write a backup of the store to `directories.backups`, and delete those that it wrote and that are too old.
        backup_store: DailyDays = DailyDays::at(1, 5);
        /// Delete runs of tasks that are older than `scheduler.history_days`. The last run of each task stays.
        prune_history: Daily = Daily::at(1, 50);
        /// Release claims whose lease has ended.
        release_claims: EveryMinutes = EveryMinutes::of(1);
        /// Read coins and candles' catalogue anew.
        refresh_caches: EveryMinutes = EveryMinutes::of(240);
        /// Read balances from the venue.
        sync_balances: EveryMinutes = EveryMinutes::of(5);
        /// A message that sums up the day.
        daily_report: Daily = Daily::at(6, 0);
    }
}

section! {
    /// A task of a time of the day.
    Daily {
        /// Switch.
        enabled: bool = true, reload true;
        /// Hours between runs.
        interval_hours: u32 = 24, in 1..=8760, unit "h", reload true;
        /// Hour of the first run of a day.
        run_hour: u32 = 1, in 0..=23, unit "hour UTC", reload true;
        /// Minute of it.
        run_minute: u32 = 0, in 0..=59, unit "minute", reload true;
    }
}

section! {
    /// A task of a time of the day, with an age in hours.
    DailyHours {
        /// Switch.
        enabled: bool = true, reload true;
        /// Hours between runs.
        interval_hours: u32 = 24, in 1..=8760, unit "h", reload true;
        /// Hour of the first run of a day.
        run_hour: u32 = 1, in 0..=23, unit "hour UTC", reload true;
        /// Minute of it.
        run_minute: u32 = 0, in 0..=59, unit "minute", reload true;
        /// Age from which things are deleted.
        max_age_hours: u32 = 24, in 1..=87_600, unit "h", reload true;
    }
}

section! {
    /// A task of a time of the day, with an age in days.
    DailyDays {
        /// Switch.
        enabled: bool = true, reload true;
        /// Hours between runs.
        interval_hours: u32 = 24, in 1..=8760, unit "h", reload true;
        /// Hour of the first run of a day.
        run_hour: u32 = 1, in 0..=23, unit "hour UTC", reload true;
        /// Minute of it.
        run_minute: u32 = 0, in 0..=59, unit "minute", reload true;
        /// Age from which things are taken away.
        max_age_days: u32 = 7, in 1..=36_500, unit "days", reload true;
    }
}

section! {
    /// A task that runs again and again.
    EveryMinutes {
        /// Switch.
        enabled: bool = true, reload true;
        /// Minutes between runs.
        interval_minutes: u32 = 5, in 1..=10_080, unit "min", reload true;
    }
}

impl Daily {
    fn at(run_hour: u32, run_minute: u32) -> Self {
        Self {
            run_hour,
            run_minute,
            ..Self::default()
        }
    }
}

impl DailyHours {
    fn at(run_hour: u32, run_minute: u32) -> Self {
        Self {
            run_hour,
            run_minute,
            ..Self::default()
        }
    }
}

impl DailyDays {
    fn at(run_hour: u32, run_minute: u32) -> Self {
        Self {
            run_hour,
            run_minute,
            ..Self::default()
        }
    }
}

impl EveryMinutes {
    fn of(interval_minutes: u32) -> Self {
        Self {
            interval_minutes,
            ..Self::default()
        }
    }
}
