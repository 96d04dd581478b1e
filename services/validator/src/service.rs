//! The service: workers that claim a batch, examine it and hand it over.

use crate::completion::completion;
use crate::examine::examine;
use crate::fixed::FixedBars;
use crate::limits::Limits;
use async_trait::async_trait;
use sixbtc_core::daemon::{
    Context, Next, Service, ServiceError, ServiceName, Worker, blocking, doing,
};
use sixbtc_core::model::{Claim, Completion, Queue, Status};
use sixbtc_core::settings::Settings;
use sixbtc_core::store::Done;
use sixbtc_core::telemetry::work;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How long a worker waits that found nothing to do.
const IDLE: Duration = Duration::from_millis(500);
/// How long it waits while enough are validated.
const FULL: Duration = Duration::from_secs(2);
/// Stack of the thread that reads a text: what nests deepest is refused by the parser long before.
const STACK: usize = 16 << 20;

/// The validator.
#[derive(Debug, Clone, Copy, Default)]
pub struct Validator;

impl Validator {
    /// The service.
    pub fn new() -> Self {
        Self
    }
}

impl Limits {
    /// What the settings allow.
    pub fn of(settings: &Settings) -> Self {
        let v = &settings.validation;
        Self {
            state: usize::try_from(v.max_memory_bytes).unwrap_or(usize::MAX),
            warm_up_bars: Some(u64::from(v.max_warmup_bars)),
            ..Self::default()
        }
    }
}

#[async_trait]
impl Service for Validator {
    fn name(&self) -> ServiceName {
        ServiceName::Validator
    }

    async fn start(&self, cx: &Context) -> Result<Vec<Box<dyn Worker>>, ServiceError> {
        let count = cx.settings.borrow().validation.parallel_threads;
        let fixed = Arc::new(FixedBars::default());
        Ok((0..count)
            .map(|number| {
                Box::new(Examiner {
                    fixed: Arc::clone(&fixed),
                    who: format!("{}#{number}", cx.identity),
                    undelivered: Vec::new(),
                }) as Box<dyn Worker>
            })
            .collect())
    }
}

/// One worker.
struct Examiner {
    fixed: Arc<FixedBars>,
    who: String,
    /// What was examined, and could not be handed over yet.
    undelivered: Vec<(Claim, Completion)>,
}

#[async_trait]
impl Worker for Examiner {
    async fn tick(&mut self, cx: &Context) -> Result<Next, ServiceError> {
        if !self.undelivered.is_empty() {
            return self.deliver(cx).await;
        }
        let settings = cx.settings.borrow().clone();
        let most = u64::from(settings.pipeline.queue_limits.validated);
        let waiting = cx.store.count(Status::Validated).await?;
        if waiting >= most {
            doing("waits: enough are validated");
            return Ok(Next::After(FULL));
        }
        let room = u32::try_from(most - waiting).unwrap_or(u32::MAX);
        let batch = settings.validation.batch.min(room);
        let lease = Duration::from_secs(settings.daemon.lease_seconds);
        let claims = cx
            .store
            .claim_many(Queue::Validation, &self.who, lease, batch)
            .await?;
        if claims.is_empty() {
            doing("waits for strategies");
            return Ok(Next::After(IDLE));
        }
        doing(format!("examines {} strategies", claims.len()));
        let (limits, fixed, stop) = (
            Limits::of(&settings),
            Arc::clone(&self.fixed),
            cx.stop.clone(),
        );
        let (done, left) = blocking(move || on_a_thread(claims, &limits, &fixed, &stop)).await?;
        for claim in &left {
            cx.store.hand_back(claim).await?;
        }
        self.undelivered = done;
        self.deliver(cx).await
    }

    async fn stop(&mut self, cx: &Context) {
        if !self.undelivered.is_empty()
            && let Err(e) = self.deliver(cx).await
        {
            tracing::warn!(
                "examinations could not be handed over before the end, they will be made again: {e}"
            );
        }
    }
}

impl Examiner {
    async fn deliver(&mut self, cx: &Context) -> Result<Next, ServiceError> {
        if self.undelivered.is_empty() {
            return Ok(Next::Now);
        }
        match cx.store.complete_many(&self.who, &self.undelivered).await {
            Err(e) if e.is_passing() => return Err(e.into()),
            Err(e) => {
                self.undelivered.clear();
                return Err(e.into());
            }
            Ok(results) => {
                for ((claim, completion), done) in self.undelivered.drain(..).zip(results) {
                    let outcome = match (done, completion.status) {
                        (Done::Lost, _) => "lost",
                        (_, Some(Status::Validated)) => "validated",
                        _ => "refused",
                    };
                    metrics::counter!("sixbtc_validations_total", "outcome" => outcome)
                        .increment(1);
                    let strategy = &claim.strategy.made.name;
                    if done == Done::Lost {
                        tracing::warn!(%strategy, attempt = claim.attempt, "the lease was lost: what was found is discarded");
                    } else {
                        tracing::debug!(%strategy, outcome, "examined");
                    }
                }
            }
        }
        Ok(Next::Now)
    }
}

type Batch = (Vec<(Claim, Completion)>, Vec<Claim>);

/// Examines a batch on a thread with room to nest; what a stop left undone comes back as claims.
fn on_a_thread(
    claims: Vec<Claim>,
    limits: &Limits,
    fixed: &FixedBars,
    stop: &CancellationToken,
) -> Batch {
    let fallback = claims.clone();
    let caller = tracing::Span::current();
    let examined = std::thread::scope(|scope| {
        let examine_all = || {
            let _caller = caller.enter();
            let (mut done, mut left) = (Vec::with_capacity(claims.len()), Vec::new());
            for claim in claims {
                if stop.is_cancelled() {
                    left.push(claim);
                    continue;
                }
                let start = Instant::now();
                let examined =
                    work(&claim).in_scope(|| examine(&claim.strategy.made, limits, fixed));
                let took = i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX);
                let completion = completion(&claim.strategy, &examined, took);
                done.push((claim, completion));
            }
            (done, left)
        };
        let thread = std::thread::Builder::new()
            .name("examine".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, examine_all);
        thread.ok().and_then(|t| t.join().ok())
    });
    // no thread could be made: the machine is short of something, another round will show
    examined.unwrap_or((Vec::new(), fallback))
}
