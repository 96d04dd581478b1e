//! The service: workers that claim, judge and hand over.

use crate::judge::{Judged, clock, judge, market_key, retest};
use crate::prepare::{DataError, Prepared, prepare};
use crate::rules::Rules;
use crate::{handover, keeper::Keeper};
use async_trait::async_trait;
use rayon::{ThreadPool, ThreadPoolBuilder};
use sixbtc_core::candles::{Candles, Series};
use sixbtc_core::daemon::{
    Context, Next, Service, ServiceError, ServiceName, Worker, blocking, caught, doing,
};
use sixbtc_core::market_clock::{Replay, judged_until};
use sixbtc_core::model::{Claim, Completion, Millis, Queue, Status};
use sixbtc_core::settings::Settings;
use sixbtc_core::store::{PoolEntry, StoreError};
use sixbtc_core::telemetry::work;
use sixbtc_judgement::pipeline::ledger::Tally;
use sixbtc_lab::Watch;
use sixbtc_market::{SymbolSpec, Timeframe};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tracing::{Instrument, Span};

/// How long a worker waits that found nothing to do.
const IDLE: Duration = Duration::from_secs(1);
/// How long a worker waits for candles to be there, or for the pool to have room.
const WANTING: Duration = Duration::from_secs(5);
/// Markets that are kept ready.
const MARKETS: usize = 8;
/// Milliseconds of a day.
const DAY: f64 = 86_400_000.0;

/// The backtester.
#[derive(Debug, Clone, Copy, Default)]
pub struct Backtester;

impl Backtester {
    /// The service.
    pub fn new() -> Self {
        Self
    }
}

/// What the workers share.
struct Shared {
    candles: Arc<Candles>,
    /// A permit for each judgement that may compute at once.
    permits: Semaphore,
    ready: Mutex<Ready>,
}

/// Markets that were prepared, by what they were prepared from.
#[derive(Default)]
struct Ready {
    known: HashMap<String, (Arc<Prepared>, u64)>,
    turn: u64,
}

#[async_trait]
impl Service for Backtester {
    fn name(&self) -> ServiceName {
        ServiceName::Backtester
    }

    async fn start(&self, cx: &Context) -> Result<Vec<Box<dyn Worker>>, ServiceError> {
        let settings = cx.settings.borrow().clone();
        let threads = &settings.backtesting.threads;
        let (fresh, again) = (threads.validated, threads.retest);
        let count = (fresh + again) as usize;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let data = &settings.directories.data;
        let shared = Arc::new(Shared {
            candles: Arc::new(Candles::new(data)),
            permits: Semaphore::new(cores),
            ready: Mutex::default(),
        });
        let mut workers: Vec<Box<dyn Worker>> = Vec::with_capacity(count);
        for number in 0..count {
            let pool = ThreadPoolBuilder::new()
                // all workers together keep the cores busy, no more
                .num_threads((cores / count.max(1)).max(1))
                .stack_size(16 << 20)
                .thread_name(move |i| format!("judge-{number}-{i}"))
                .build()
                .map_err(|e| ServiceError::Passing(e.to_string()))?;
            workers.push(Box::new(Judge {
                shared: Arc::clone(&shared),
                pool: Arc::new(pool),
                retests_first: number >= fresh as usize,
                who: format!("{}#{number}", cx.identity),
                undelivered: None,
            }));
        }
        Ok(workers)
    }
}

/// One worker.
struct Judge {
    shared: Arc<Shared>,
    pool: Arc<ThreadPool>,
    retests_first: bool,
    who: String,
    /// What was judged, and could not be handed over yet.
    undelivered: Option<(Claim, Box<Completion>, Keeper)>,
}

#[async_trait]
impl Worker for Judge {
    async fn tick(&mut self, cx: &Context) -> Result<Next, ServiceError> {
        if let Some((claim, completion, keeper)) = self.undelivered.take() {
            return self.deliver(cx, claim, completion, keeper).await;
        }
        // a claim is taken when there is a core for it, not before: its lease would run while it waits
        let shared = Arc::clone(&self.shared);
        let permit = tokio::select! {
            permit = shared.permits.acquire() => permit,
            () = cx.stop.cancelled() => return Ok(Next::Now),
        };
        let _permit = permit.map_err(|e| ServiceError::Passing(e.to_string()))?;
        let settings = cx.settings.borrow().clone();
        if !self.has_candles() {
            doing("waits for candles");
            return Ok(Next::After(WANTING));
        }
        let Some(horizon) = self.horizon(cx, &settings).await? else {
            doing("waits for candles");
            return Ok(Next::After(WANTING));
        };
        let lease = Duration::from_secs(settings.daemon.lease_seconds);
        let Some(claim) = self.claim(cx, &settings, lease).await? else {
            doing("waits for strategies");
            return Ok(Next::After(IDLE));
        };
        let name = &claim.strategy.made.name;
        doing(match claim.queue {
            Queue::Retest => format!("retests {name}"),
            _ => format!("judges {name}"),
        });
        let span = work(&claim);
        let keeper = Keeper::start(cx.store.clone(), claim.clone(), lease);
        self.carry_out(cx, claim, &settings, horizon, keeper)
            .instrument(span)
            .await
    }

    async fn stop(&mut self, cx: &Context) {
        if let Some((claim, completion, keeper)) = self.undelivered.take()
            && let Err(e) = self.deliver(cx, claim, completion, keeper).await
        {
            tracing::warn!(
                "a judgement could not be handed over before the end, it will be made again: {e}"
            );
        }
    }
}

impl Judge {
    /// What was claimed, from its judgement to its hand-over.
    async fn carry_out(
        &mut self,
        cx: &Context,
        claim: Claim,
        settings: &Settings,
        horizon: Millis,
        keeper: Keeper,
    ) -> Result<Next, ServiceError> {
        match self.judged(cx, &claim, settings, horizon, &keeper).await {
            Ok(Judged::Done(completion)) => self.deliver(cx, claim, completion, keeper).await,
            Ok(Judged::Stopped) => {
                let lost = keeper.lost();
                keeper.end();
                if lost {
                    tracing::warn!(strategy = %claim.strategy.made.name, attempt = claim.attempt, "the lease was lost: what was judged is discarded");
                } else {
                    cx.store.hand_back(&claim).await?;
                }
                Ok(Next::Now)
            }
            Err(e) => {
                keeper.end();
                // another may try; an error of the store is the one worth telling
                cx.store.hand_back(&claim).await?;
                Err(e)
            }
        }
    }

    /// Whether the candle store has anything at all.
    fn has_candles(&self) -> bool {
        let root = self.shared.candles.store().root();
        std::fs::read_dir(root).is_ok_and(|mut all| all.next().is_some())
    }

    /// Until when bars may be seen: everything that has closed, or what lies before the replay that the strategies will trade
    /// in. `None` while there are no candles to replay.
    async fn horizon(
        &self,
        cx: &Context,
        settings: &Settings,
    ) -> Result<Option<Millis>, ServiceError> {
        let known = judged_until(&cx.store, settings).await?;
        if known.is_some() {
            return Ok(known);
        }
        // it has not begun: it will begin there
        let candles = Arc::clone(&self.shared.candles);
        let span = blocking(move || candles.span()).await?;
        let span = span.map_err(|e| ServiceError::Passing(e.to_string()))?;
        Ok(span.map(|span| Replay::beginning(span, settings)))
    }

    /// The next piece of work.
    async fn claim(
        &self,
        cx: &Context,
        settings: &Settings,
        lease: Duration,
    ) -> Result<Option<Claim>, StoreError> {
        if self.retests_first {
            let interval = settings.backtesting.retest.interval_days * DAY;
            let older = cx.store.now() - interval as Millis;
            let due = cx
                .store
                .claim(Queue::Retest, &self.who, lease, Some(older))
                .await?;
            if due.is_some() {
                return Ok(due);
            }
        }
        cx.store
            .claim(Queue::Backtest, &self.who, lease, None)
            .await
    }

    /// Computes on a thread of its own. An error is of the store or the machine: nothing of the strategy is an error.
    async fn judged(
        &self,
        cx: &Context,
        claim: &Claim,
        settings: &Settings,
        horizon: Millis,
        keeper: &Keeper,
    ) -> Result<Judged, ServiceError> {
        let before = cx
            .store
            .tally(Some(&market_key(&claim.strategy.made.timeframe)))
            .await?;
        let coins = cx.store.coins(false).await?;
        let limits: HashMap<String, f64> = coins
            .into_iter()
            .map(|c| (c.symbol, c.max_leverage as f64))
            .collect();
        let work = Work {
            shared: Arc::clone(&self.shared),
            claim: claim.clone(),
            rules: Rules::of(settings),
            horizon,
            before,
            limits,
            stop: cx.stop.clone(),
            lost: keeper.flag(),
        };
        let pool = Arc::clone(&self.pool);
        // the pool's threads know nothing of where they were called from
        let span = Span::current();
        blocking(move || pool.install(|| span.in_scope(|| work.done()))).await
    }

    /// Hands over; what cannot be handed over just now is kept, with its lease, for the next round.
    async fn deliver(
        &mut self,
        cx: &Context,
        claim: Claim,
        completion: Box<Completion>,
        keeper: Keeper,
    ) -> Result<Next, ServiceError> {
        let capacity = u64::from(cx.settings.borrow().active_pool.max_size);
        let enters = completion.status == Some(Status::Active);
        let result = if enters {
            let into = cx
                .store
                .complete_into_pool(&claim, &self.who, &completion, capacity);
            into.await.map(|entry| match entry {
                PoolEntry::Entered => "entered",
                PoolEntry::EnteredEvicting(_) => "evicting",
                PoolEntry::Full { .. } => "full",
                PoolEntry::Already => "already",
            })
        } else {
            let done = cx.store.complete(&claim, &self.who, &completion).await;
            done.map(|_| match completion.status {
                Some(Status::Retired) => "retired",
                Some(_) => "refused",
                None => "stays",
            })
        };
        match result {
            Ok(outcome) => {
                keeper.end();
                metrics::counter!("sixbtc_judgements_total", "queue" => claim.queue.as_str(), "outcome" => outcome)
                    .increment(1);
                tracing::info!(
                    strategy = %claim.strategy.made.name,
                    attempt = claim.attempt,
                    outcome,
                    reason = completion.reason.as_deref().unwrap_or(""),
                    score = completion.score.unwrap_or(f64::NAN),
                    "judged"
                );
                Ok(Next::Now)
            }
            Err(StoreError::LeaseLost { .. }) => {
                keeper.end();
                tracing::warn!(strategy = %claim.strategy.made.name, attempt = claim.attempt, "the lease was lost: what was judged is discarded");
                Ok(Next::Now)
            }
            Err(e) if e.is_passing() => {
                self.undelivered = Some((claim, completion, keeper));
                Err(e.into())
            }
            Err(e) => {
                keeper.end();
                Err(e.into())
            }
        }
    }
}

/// All that a judgement needs, on its way to another thread.
struct Work {
    shared: Arc<Shared>,
    claim: Claim,
    rules: Rules,
    horizon: Millis,
    before: Tally,
    limits: HashMap<String, f64>,
    stop: tokio_util::sync::CancellationToken,
    lost: Arc<std::sync::atomic::AtomicBool>,
}

impl Watch for Work {
    fn stopped(&self) -> bool {
        self.stop.is_cancelled() || self.lost.load(std::sync::atomic::Ordering::Relaxed)
    }
}

impl Work {
    fn done(&self) -> Judged {
        let strategy = &self.claim.strategy;
        match caught(|| self.compute()) {
            Ok(judged) => judged,
            Err(panicked) => {
                tracing::error!(strategy = %strategy.made.name, "{panicked}");
                Judged::Done(Box::new(match self.claim.queue {
                    Queue::Retest => handover::not_retested(strategy, &panicked, &self.rules),
                    _ => handover::impossible(strategy, &panicked, &self.rules),
                }))
            }
        }
    }

    fn compute(&self) -> Judged {
        let strategy = &self.claim.strategy;
        let again = self.claim.queue == Queue::Retest;
        let prepared = match clock(strategy) {
            Ok(clock) => self.prepared(clock),
            Err(e) => Err(Trouble::Other(e)),
        };
        let prepared = match &prepared {
            Ok(prepared) => Ok(&**prepared),
            Err(Trouble::Data(e)) => Err(e),
            Err(Trouble::Other(e)) => {
                return Judged::Done(Box::new(if again {
                    handover::not_retested(strategy, e, &self.rules)
                } else {
                    handover::impossible(strategy, e, &self.rules)
                }));
            }
        };
        if again {
            retest(strategy, prepared, &self.rules, &self.before, self)
        } else {
            judge(strategy, prepared, &self.rules, &self.before, self)
        }
    }

    /// The market of the strategy's symbols, prepared anew only when bars or rules changed.
    fn prepared(&self, clock: Timeframe) -> Result<Arc<Prepared>, Trouble> {
        let mut series: Vec<(String, Option<Arc<Series>>)> = Vec::new();
        let mut key = format!(
            "{clock} {} {:?} {}",
            clock.floor(self.horizon),
            self.rules.split,
            self.rules.min_symbols
        );
        for symbol in &self.claim.strategy.made.symbols {
            let found = self.shared.candles.find(symbol, clock);
            let found = found.map_err(|e| Trouble::Other(e.to_string()))?;
            key.push(' ');
            key.push_str(symbol);
            key.push(':');
            key.push_str(found.as_ref().map_or("", |s| s.hash()));
            series.push((symbol.clone(), found));
        }
        let lock = || {
            self.shared
                .ready
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        {
            let mut ready = lock();
            ready.turn += 1;
            let turn = ready.turn;
            if let Some((known, used)) = ready.known.get_mut(&key) {
                *used = turn;
                return Ok(Arc::clone(known));
            }
        }
        let spec = |name: &str, tick: f64| {
            let spec = SymbolSpec::new(name, tick);
            match self.limits.get(name) {
                Some(&most) if most >= 1.0 => SymbolSpec {
                    max_leverage: most,
                    ..spec
                },
                _ => spec,
            }
        };
        let made = prepare(&series, clock, Some(self.horizon), &spec, &self.rules)
            .map_err(Trouble::Data)?;
        let made = Arc::new(made);
        let mut ready = lock();
        let turn = ready.turn;
        ready.known.insert(key, (Arc::clone(&made), turn));
        while ready.known.len() > MARKETS {
            let oldest = ready.known.iter().min_by_key(|(_, (_, used))| *used);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            ready.known.remove(&key);
        }
        Ok(made)
    }
}

/// Why there is no market.
enum Trouble {
    Data(DataError),
    Other(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixbtc_core::model::{NewStrategy, Side, SourceName, StrategyType};
    use sixbtc_core::store::{OpenOptions, Store};
    use std::sync::atomic::{AtomicI64, Ordering};
    use uuid::Uuid;

    fn made() -> NewStrategy {
        NewStrategy {
            id: Uuid::from_u128(3),
            name: "Try_MOM_00000003".into(),
            sentence: String::new(),
            source: SourceName::Unger,
            bred: false,
            kind: StrategyType::Momentum,
            side: Side::Long,
            timeframe: "1h".into(),
            symbols: vec!["BTC".into()],
            text: String::new(),
            normal_hash: "n".into(),
            behaviour_hash: "b".into(),
            recipe: serde_json::json!({}),
            parents: Vec::new(),
        }
    }

    #[tokio::test]
    async fn what_comes_after_its_lease_is_discarded() {
        let lease = Duration::from_mins(1);
        let now = Arc::new(AtomicI64::new(1_000));
        let clock = Arc::clone(&now);
        let store = Store::open("sqlite::memory:", OpenOptions::default())
            .await
            .unwrap()
            .clock(move || clock.load(Ordering::SeqCst));
        store.insert(&made(), "test", &[]).await.unwrap();
        let claim = |queue| store.claim(queue, "w", lease, None);
        let first = claim(Queue::Validation).await.unwrap().unwrap();
        let validated = Completion {
            status: Some(Status::Validated),
            ..Completion::default()
        };
        store.complete(&first, "test", &validated).await.unwrap();
        let slow = claim(Queue::Backtest).await.unwrap().unwrap();
        now.fetch_add(61_000, Ordering::SeqCst);
        let other = claim(Queue::Backtest).await.unwrap().unwrap();
        assert!(other.token > slow.token);
        let (_sender, settings) = tokio::sync::watch::channel(Arc::new(Settings::default()));
        let cx = Context {
            store: store.clone(),
            settings,
            stop: tokio_util::sync::CancellationToken::new(),
            identity: "backtester@test".into(),
        };
        let mut judge = Judge {
            shared: Arc::new(Shared {
                candles: Arc::new(Candles::new("none")),
                permits: Semaphore::new(1),
                ready: Mutex::default(),
            }),
            pool: Arc::new(ThreadPoolBuilder::new().num_threads(1).build().unwrap()),
            retests_first: false,
            who: "w".into(),
            undelivered: None,
        };
        let judged = Box::new(Completion {
            status: Some(Status::Failed),
            ..Completion::default()
        });
        let keeper = Keeper::start(store.clone(), slow.clone(), lease);
        let next = judge.deliver(&cx, slow, judged, keeper).await.unwrap();
        assert_eq!(next, Next::Now);
        assert!(judge.undelivered.is_none());
        let row = store.strategy(made().id).await.unwrap().unwrap();
        assert_eq!(row.status, Status::Validated);
        store
            .complete(
                &other,
                "test",
                &Completion {
                    status: Some(Status::Failed),
                    ..Completion::default()
                },
            )
            .await
            .unwrap();
    }
}
