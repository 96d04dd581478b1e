//! One worker: a round of one source at a time.

use super::coins::by_regime;
use super::facts::Facts;
use super::ledger::Ledger;
use super::pressure::Pressure;
use super::{handover, sources, turns};
use crate::draw::Draw;
use crate::examine::{Reason, Screen, Seen, Tally};
use crate::round::{Outcome, Round};
use crate::source::{Ask, Regime, Source, SourceError};
use async_trait::async_trait;
use sixbtc_core::daemon::{Context, Next, ServiceError, Worker, blocking, doing};
use sixbtc_core::model::{Millis, Side, SourceName, Status};
use sixbtc_core::settings::Settings;
use sixbtc_market::Timeframe;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing::Instrument;

/// How long a source that is away is left alone, ms.
const AWAY: Millis = 60_000;
/// How long one that is used up is, ms.
const USED_UP: Millis = 3_600_000;

/// A worker.
pub(super) struct Maker {
    /// Sources that ask a service.
    more: Vec<Arc<dyn Source>>,
    /// Those and the others, as the settings want them.
    sources: Vec<Arc<dyn Source>>,
    /// The settings that `sources` were made with.
    made_with: Option<Arc<Settings>>,
    seen: Arc<Mutex<Seen>>,
    facts: Facts,
    pressure: Pressure,
    ledger: Ledger,
    /// Until when a source is left alone.
    away: BTreeMap<SourceName, Millis>,
}

/// What a turn is for.
struct Turn {
    source: Arc<dyn Source>,
    number: u64,
    timeframe: Timeframe,
    side: Side,
    regime: Option<Regime>,
    coins: Vec<String>,
}

impl Maker {
    pub fn new(more: Vec<Arc<dyn Source>>, seen: Arc<Mutex<Seen>>) -> Self {
        Self {
            more,
            sources: Vec::new(),
            made_with: None,
            seen,
            facts: Facts::default(),
            pressure: Pressure::default(),
            ledger: Ledger::default(),
            away: BTreeMap::new(),
        }
    }

    /// Makes the sources anew when the settings changed.
    fn renew(&mut self, settings: &Arc<Settings>) -> Result<(), ServiceError> {
        if self
            .made_with
            .as_ref()
            .is_some_and(|old| Arc::ptr_eq(old, settings))
        {
            return Ok(());
        }
        let own = sources::own(&settings.generation)
            .map_err(|e| ServiceError::Fatal(format!("the sources of strategies: {e}")))?;
        self.sources = own
            .into_iter()
            .filter(|s| self.more.iter().all(|m| m.name() != s.name()))
            .chain(self.more.iter().cloned())
            .collect();
        self.sources.sort_by_key(|s| s.name());
        self.made_with = Some(Arc::clone(settings));
        Ok(())
    }

    /// Sources that are switched on and there.
    fn ready(&self, settings: &Settings, now: Millis) -> Vec<SourceName> {
        let switches = &settings.generation.strategy_sources;
        self.sources
            .iter()
            .filter(|s| switches.enabled(s.name()))
            .filter(|s| !sources::sides(s.as_ref(), switches).is_empty())
            .map(|s| s.name())
            .filter(|s| self.away.get(s).is_none_or(|until| *until <= now))
            .collect()
    }

    /// What a turn of a source is for; `None` when no coin has a regime that is wanted.
    fn plan(&self, settings: &Settings, name: SourceName, number: u64) -> Option<Turn> {
        let source = self.sources.iter().find(|s| s.name() == name)?;
        let switches = &settings.generation.strategy_sources;
        let sides = sources::sides(source.as_ref(), switches);
        let mut draw = Draw::new(
            settings.generation.seed,
            &format!("{name} clock"),
            number,
            0,
        );
        let timeframe = draw.pick(&settings.timeframes)?.0;
        let round_robin = *sides.get(number as usize % sides.len().max(1))?;
        let regimes = switches.regimes(name);
        let group = if regimes.enabled {
            Some(by_regime(
                &self.facts.coins,
                &self.facts.regimes,
                regimes.min_strength,
                &sides,
                number,
            )?)
        } else {
            None
        };
        let (side, regime, coins) = group.map_or_else(
            || (round_robin, None, self.facts.coins.clone()),
            |g| (g.side, g.regime, g.symbols),
        );
        Some(Turn {
            source: Arc::clone(source),
            number,
            timeframe,
            side,
            regime,
            coins,
        })
    }

    /// Draws and examines, away from the threads that wait.
    async fn draw(
        &self,
        cx: &Context,
        settings: &Arc<Settings>,
        turn: &Turn,
    ) -> Result<Outcome, ServiceError> {
        let (source, number) = (Arc::clone(&turn.source), turn.number);
        let (timeframe, side, regime) = (turn.timeframe, turn.side, turn.regime);
        let screen = screen(settings, timeframe, turn.coins.len());
        let parents = Arc::clone(&self.facts.parents);
        let seen = Arc::clone(&self.seen);
        let settings = Arc::clone(settings);
        let stop = cx.stop.clone();
        blocking(move || {
            Round {
                ask: Ask {
                    timeframe,
                    side,
                    regime,
                    parents: &parents,
                },
                screen,
                seed: settings.generation.seed,
                turn: number,
                drafts: settings.generation.batch.max(1),
            }
            .run(source.as_ref(), &seen, || stop.is_cancelled())
        })
        .await
    }

    /// Writes what was gathered.
    async fn write_down(&mut self, cx: &Context) -> Result<(), ServiceError> {
        let events = self.ledger.take();
        for event in &events {
            tracing::info!(
                source = %event.data["source"].as_str().unwrap_or(""),
                drawn = %event.data["drawn"],
                accepted = %event.data["accepted"],
                refused = %event.data["refused"],
                "strategies drawn"
            );
        }
        if !events.is_empty() {
            cx.store.record(&cx.identity, &events).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Worker for Maker {
    async fn tick(&mut self, cx: &Context) -> Result<Next, ServiceError> {
        let settings = cx.settings.borrow().clone();
        self.renew(&settings)?;
        let every = settings.pipeline.monitoring.log_interval as Millis * 1000;
        if self.ledger.is_due(cx.store.now(), every) {
            self.write_down(cx).await?;
        }
        let generated = cx.store.count(Status::Generated).await?;
        let validated = cx.store.count(Status::Validated).await?;
        if let Some(wait) = self
            .pressure
            .judge(generated, validated, &settings.pipeline)
        {
            doing(format!(
                "pauses: {generated} strategies wait for validation, {validated} for their tests"
            ));
            return Ok(Next::After(wait));
        }
        self.facts.refresh(&cx.store, &settings).await?;
        let check = Duration::from_secs(settings.pipeline.backpressure.check_interval);
        if self.facts.coins.is_empty() {
            doing("waits for a list of coins");
            return Ok(Next::After(check));
        }
        let now = cx.store.now();
        let ready = self.ready(&settings, now);
        let bandit = &settings.generation.bandit;
        let floor = bandit.enabled.then_some(bandit.floor);
        let Some((name, number)) = turns::take(&cx.store, &cx.identity, &ready, floor).await?
        else {
            doing("no source is switched on and there");
            return Ok(Next::After(check));
        };
        let Some(turn) = self.plan(&settings, name, number) else {
            self.away.insert(name, now + AWAY);
            return Ok(Next::Now);
        };
        doing(format!("draws from {name}, turn {number}"));
        let span = turn_span(name, number);
        let mut outcome = self
            .draw(cx, &settings, &turn)
            .instrument(span.clone())
            .await?;
        for defect in &outcome.defects {
            tracing::warn!(source = %name, turn = number, "a program does not compile: {defect}");
        }
        if let Some(away) = &outcome.away {
            tracing::info!(source = %name, "{away}");
            let pause = match away {
                SourceError::UsedUp(_) => USED_UP,
                _ => AWAY,
            };
            self.away.insert(name, now + pause);
        } else if outcome.tally.refused.get(&Reason::NothingSuits) == Some(&outcome.tally.drawn) {
            // nothing at all for this clock and side: asking on and on would keep a core busy for nothing
            self.away.insert(name, now + AWAY);
        }
        handover::hand_over(
            cx,
            &outcome.made,
            &turn.coins,
            turn.number,
            &mut outcome.tally,
        )
        .instrument(span)
        .await?;
        let counts = (outcome.tally.drawn, outcome.tally.accepted);
        if outcome.tally.drawn > 0 {
            let (seconds, half_life) = (outcome.seconds, bandit.half_life);
            turns::change(&cx.store, &cx.identity, |state| {
                state.bandit.note(name, counts, seconds, half_life);
            })
            .await?;
            self.ledger.add(now, name, &outcome.tally, outcome.seconds);
            count(name, &outcome.tally);
        }
        let pause = settings.generation.min_interval_seconds;
        Ok(if pause > 0.0 {
            Next::After(Duration::from_secs_f64(pause))
        } else {
            Next::Now
        })
    }

    async fn stop(&mut self, cx: &Context) {
        if let Err(e) = self.write_down(cx).await {
            tracing::warn!("what was drawn last could not be written down: {e}");
        }
    }
}

/// The pre-screen for a clock and a number of coins.
pub(super) fn screen(settings: &Settings, timeframe: Timeframe, coins: usize) -> Screen {
    let asked = &settings.generation.prescreen;
    if !asked.enabled {
        return Screen::off();
    }
    let b = &settings.backtesting;
    let trades = b
        .gates(settings.active_pool.min_score)
        .in_sample
        .min_trades
        .of(timeframe);
    Screen {
        least_frequency: asked.min_entry_frequency,
        most_frequency: asked.max_entry_frequency,
        ..Screen::over(f64::from(b.is_days), timeframe.ms(), f64::from(trades))
    }
    .on_coins(coins)
}

/// The span of one turn of a source.
pub(super) fn turn_span(source: SourceName, turn: u64) -> tracing::Span {
    tracing::error_span!(
        "turn",
        otel.name = "generation",
        source = source.as_str(),
        turn
    )
}

/// Counts for Prometheus.
pub(super) fn count(source: SourceName, tally: &Tally) {
    let source = source.as_str();
    metrics::counter!("sixbtc_generator_drawn_total", "source" => source).increment(tally.drawn);
    metrics::counter!("sixbtc_generator_accepted_total", "source" => source)
        .increment(tally.accepted);
    for (reason, count) in &tally.refused {
        metrics::counter!("sixbtc_generator_refused_total", "source" => source, "reason" => reason.as_str())
            .increment(*count);
    }
}
