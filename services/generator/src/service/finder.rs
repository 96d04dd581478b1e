//! Keeps the list of patterns fresh, mined from the candles or read from a service.

use super::facts::Facts;
use crate::pattern::{self, MinerOptions, Pattern, PatternService, Patterns, Rules, mine};
use crate::source::SourceError;
use async_trait::async_trait;
use sixbtc_core::daemon::{Context, Next, ServiceError, Worker, blocking, doing};
use sixbtc_core::market_clock::judged_until;
use sixbtc_core::model::{Millis, NewEvent, Outcome, Stage};
use sixbtc_core::settings::{MarketTime, PatternBackend, Settings};
use sixbtc_judgement::pipeline::ledger::TrialRecord;
use sixbtc_market::{Bars, Store as Candles, Timeframe};
use std::sync::Arc;
use std::time::Duration;

/// A day in ms.
const DAY: Millis = 86_400_000;
/// How long it waits for a replay to begin.
const WANTING: Duration = Duration::from_secs(5);

/// The worker.
pub(super) struct Finder {
    patterns: Arc<Patterns>,
    /// What the last list was mined from: hashes of the candles and the end of what may be seen.
    mined: Option<String>,
    facts: Facts,
}

/// What is mined: clock by clock, coin by coin.
struct Mine {
    directory: std::path::PathBuf,
    coins: Vec<String>,
    timeframes: Vec<Timeframe>,
    days: i64,
    until: Option<Millis>,
    held_out: i64,
    options: MinerOptions,
}

impl Finder {
    pub fn new(patterns: Arc<Patterns>) -> Self {
        Self {
            patterns,
            mined: None,
            facts: Facts::default(),
        }
    }

    /// Patterns of what may be seen; `None` when nothing changed since they were mined last.
    async fn mined(
        &mut self,
        cx: &Context,
        settings: &Settings,
        until: Option<Millis>,
    ) -> Result<Option<Vec<Pattern>>, ServiceError> {
        let hashes: Vec<String> = cx
            .store
            .datasets()
            .await?
            .into_iter()
            .filter(|d| self.facts.coins.contains(&d.symbol))
            .map(|d| d.hash)
            .collect();
        let from = format!(
            "{until:?} {} {}",
            self.facts.coins.join(","),
            hashes.join(",")
        );
        if self.mined.as_ref() == Some(&from) {
            return Ok(None);
        }
        let b = &settings.backtesting;
        let work = Mine {
            directory: settings.directories.data.clone(),
            coins: self.facts.coins.clone(),
            timeframes: settings.timeframes.iter().map(|t| t.0).collect(),
            days: i64::from(b.is_days),
            until,
            held_out: i64::from(b.oos_days) + i64::from(b.sealed_days),
            options: MinerOptions {
                ratio: settings.pattern_discovery.stop_ratio,
                ..MinerOptions::default()
            },
        };
        doing(format!("mines patterns from {} coins", work.coins.len()));
        let (found, tried) = blocking(move || work.run()).await?;
        // each was a trial on the market that strategies are judged on, whatever became of it
        let trials: Vec<TrialRecord> = tried
            .iter()
            .map(|(timeframe, points)| {
                let run = blake3::hash(format!("{timeframe} {from}").as_bytes());
                let data = format!("market {timeframe}");
                TrialRecord {
                    points: *points,
                    ..TrialRecord::of(run.to_hex().to_string(), "mined", "mined", data, [])
                }
            })
            .collect();
        cx.store.enter_trials(&cx.identity, &trials).await?;
        let tried: u64 = tried.iter().map(|t| t.1).sum();
        let event = NewEvent {
            strategy: None,
            name: String::new(),
            stage: Stage::Generation,
            what: "mined".into(),
            outcome: Outcome::Noted,
            took_ms: None,
            data: serde_json::json!({ "patterns": found.len(), "tried": tried }),
        };
        cx.store.record(&cx.identity, &[event]).await?;
        self.mined = Some(from);
        Ok(Some(found))
    }
}

impl Mine {
    /// All patterns, and how many conditions × targets were looked at on each clock.
    fn run(&self) -> (Vec<Pattern>, Vec<(Timeframe, u64)>) {
        let candles = Candles::new(&self.directory);
        let (mut found, mut tried) = (Vec::new(), Vec::new());
        for &timeframe in &self.timeframes {
            let bars: Vec<Bars> = self
                .coins
                .iter()
                .filter_map(|coin| self.bars(&candles, coin, timeframe))
                .collect();
            match mine(&bars, &self.options) {
                Ok(mined) => {
                    tried.push((timeframe, mined.tried));
                    found.extend(mined.patterns);
                }
                Err(SourceError::NothingSuits(why)) => {
                    tracing::info!(%timeframe, "no patterns: {why}");
                }
                Err(e) => tracing::warn!(%timeframe, "patterns cannot be mined: {e}"),
            }
        }
        (found, tried)
    }

    /// The in-sample span of a coin: what is judged later must not have been mined.
    fn bars(&self, candles: &Candles, coin: &str, timeframe: Timeframe) -> Option<Bars> {
        let all = candles
            .load_or_resample(coin, timeframe, None, self.until)
            .ok()?
            .bars;
        let end = all.end()? - self.held_out * DAY;
        let bars = all.between(Some(end - self.days * DAY), Some(end));
        (!bars.is_empty()).then_some(bars)
    }
}

#[async_trait]
impl Worker for Finder {
    async fn tick(&mut self, cx: &Context) -> Result<Next, ServiceError> {
        let settings = cx.settings.borrow().clone();
        let asked = &settings.pattern_discovery;
        let pause = Next::After(Duration::from_secs(asked.refresh_seconds));
        if !settings.generation.strategy_sources.pattern.enabled {
            doing("the source `pattern` is switched off");
            return Ok(pause);
        }
        self.facts.refresh(&cx.store, &settings).await?;
        let found = match asked.backend {
            PatternBackend::Miner => {
                let Some(seen) = judged_until(&cx.store, &settings).await? else {
                    doing("waits for the replay to begin: what it will show must not be mined");
                    return Ok(Next::After(WANTING));
                };
                // without a replay the end of the candles is the end, and no new list comes of time alone
                let replayed = settings.market.clock == MarketTime::Replay;
                self.mined(cx, &settings, replayed.then_some(seen)).await?
            }
            PatternBackend::Service => {
                doing("asks the pattern service");
                let passing = |e: &dyn std::fmt::Display| ServiceError::Passing(e.to_string());
                let service = PatternService::new(asked).map_err(|e| passing(&e))?;
                let told = service.patterns().await.map_err(|e| passing(&e))?;
                for why in told.unreadable.iter().take(5) {
                    tracing::warn!("a pattern cannot be read: {why}");
                }
                Some(told.patterns)
            }
        };
        if let Some(found) = found {
            let coins = self.facts.coins.len();
            let chosen = pattern::choose(&found, &Rules::of(asked, coins));
            tracing::info!(found = found.len(), chosen = chosen.len(), "patterns");
            self.patterns.set(chosen);
        }
        doing(format!("{} patterns are in use", self.patterns.len()));
        Ok(pause)
    }
}
