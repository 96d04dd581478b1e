//! Asks language models for strategies, one at a time, within the day's budget.

use super::facts::Facts;
use super::pressure::Pressure;
use super::providers::provider;
use super::{handover, sources, turns, worker};
use crate::ai::{
    self, Adopted, AiError, Budget, Combinator, Dialogue, Finished, Length, Provider, Tariff, Task,
};
use crate::draw::Draw;
use crate::examine::{Refusal, Seen, Tally, examine};
use crate::recipe::Origin;
use crate::round::id_of;
use async_trait::async_trait;
use secrecy::SecretString;
use sixbtc_core::daemon::{Context, Next, ServiceError, Worker, blocking, doing};
use sixbtc_core::model::{NewEvent, Outcome, SourceName, Stage, Status};
use sixbtc_core::settings::Settings;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tracing::Instrument;

/// How long it rests when the day's budget is used up, or a provider refuses.
const REST: Duration = Duration::from_mins(10);

/// The worker.
pub(super) struct Author {
    seen: Arc<Mutex<Seen>>,
    key: Option<SecretString>,
    facts: Facts,
    pressure: Pressure,
}

/// How a dialogue went.
enum Talk {
    Ended(Box<Finished>),
    /// The budget does not allow another question: why.
    Spent(String),
    Stopped,
}

impl Author {
    pub fn new(seen: Arc<Mutex<Seen>>, key: Option<SecretString>) -> Self {
        Self {
            seen,
            key,
            facts: Facts::default(),
            pressure: Pressure::default(),
        }
    }

    /// What is asked for at a turn.
    async fn task(
        &self,
        cx: &Context,
        settings: &Settings,
        name: SourceName,
        turn: u64,
    ) -> Result<Option<Task>, ServiceError> {
        let mut draw = Draw::new(settings.generation.seed, &format!("{name} clock"), turn, 0);
        let sides = sources::sides(&Adopted(name), &settings.generation.strategy_sources);
        let (Some(timeframe), Some(side)) = (
            draw.pick(&settings.timeframes),
            sides.get(turn as usize % sides.len().max(1)),
        ) else {
            return Ok(None);
        };
        let combination = if name == SourceName::AiAssigned {
            let number = turns::change(&cx.store, &cx.identity, |state| {
                state.assigned += 1;
                state.assigned - 1
            })
            .await?;
            let Some(combination) = Combinator::default().get(u128::from(number)) else {
                return Ok(None);
            };
            Some(combination)
        } else {
            None
        };
        Ok(Some(Task {
            timeframe: timeframe.0,
            side: *side,
            combination,
            idea: None,
            turn,
        }))
    }

    /// Asks until there is a program, the rounds are used up or the budget is.
    async fn talk(
        cx: &Context,
        settings: &Settings,
        task: &Task,
        provider: &dyn Provider,
    ) -> Result<Talk, ServiceError> {
        let limit = &settings.ai.daily_limit;
        let budget = Budget {
            calls: if limit.enabled {
                u64::from(limit.max_calls)
            } else {
                u64::MAX
            },
            usd: (limit.enabled && limit.max_usd > 0.0).then_some(limit.max_usd),
        };
        let tariff = Tariff {
            input: settings.ai.api.input_usd_per_million,
            output: settings.ai.api.output_usd_per_million,
        };
        let length = Length {
            repairs: settings.ai.repair_rounds,
            tokens: settings.ai.api.max_tokens,
        };
        let mut dialogue = Dialogue::new(task.clone(), length);
        loop {
            // counted before it is asked, and where all generators see it: one that dies with the question has paid too
            let now = cx.store.now();
            let allowed = turns::change(&cx.store, &cx.identity, |state| {
                state.ai = state.ai.at(now);
                let allowed = state.ai.allows(&budget);
                if allowed.is_ok() {
                    state.ai.asked();
                }
                allowed
            })
            .await?;
            if let Err(why) = allowed {
                return Ok(Talk::Spent(why));
            }
            let ended = tokio::select! {
                ended = dialogue.ask(provider) => ended,
                () = cx.stop.cancelled() => return Ok(Talk::Stopped),
            };
            let ended = ended.map_err(|e| passing(&e))?;
            let last = match &ended {
                Some(finished) => finished.given.last(),
                None => dialogue.given().last(),
            };
            if let Some(given) = last {
                let (input, output) = (given.input_tokens, given.output_tokens);
                turns::change(&cx.store, &cx.identity, |state| {
                    state.ai.answered(input, output, &tariff);
                })
                .await?;
            }
            if let Some(finished) = ended {
                return Ok(Talk::Ended(Box::new(finished)));
            }
        }
    }

    /// Examines what was written and hands it over; what the dialogue was stands in an event.
    async fn take(
        &mut self,
        cx: &Context,
        settings: &Arc<Settings>,
        (name, turn): (SourceName, u64),
        task: &Task,
        model: &str,
        finished: Finished,
    ) -> Result<(), ServiceError> {
        let mut tally = Tally {
            drawn: 1,
            ..Tally::default()
        };
        let dialogue = serde_json::to_value(&finished.given).unwrap_or_default();
        let questions: Vec<String> = finished.given.iter().map(|g| g.request.clone()).collect();
        let draft = finished
            .written
            .map(|written| ai::adopt(&written, task, name, model, questions));
        let mut made = Vec::new();
        let mut says = String::from("no program kept the contract");
        if let Some(draft) = draft {
            let screen = worker::screen(settings, task.timeframe, self.facts.coins.len());
            let seed = settings.generation.seed;
            let seen = Arc::clone(&self.seen);
            let examined = blocking(move || {
                let mut draft = draft.map_err(|e| Refusal::of(&e))?;
                draft.recipe.origin = Some(Origin {
                    seed,
                    turn,
                    attempt: 0,
                });
                let candidate = examine(&draft, &screen)?;
                seen.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .admit(&candidate)
                    .map(|()| candidate)
            })
            .await?;
            match examined {
                Ok(candidate) => {
                    tally.accepted = 1;
                    says = format!("made {}", candidate.name);
                    made.push((id_of(seed, name, turn, 0), candidate));
                }
                Err(refusal) => {
                    tally.refuse(refusal.reason);
                    says = refusal.says;
                }
            }
        } else {
            tally.refuse(crate::examine::Reason::DoesNotCompile);
        }
        handover::hand_over(cx, &made, &self.facts.coins, turn, &mut tally).await?;
        worker::count(name, &tally);
        let event = NewEvent {
            strategy: None,
            name: String::new(),
            stage: Stage::Generation,
            what: "asked".into(),
            outcome: if tally.accepted > 0 {
                Outcome::Passed
            } else {
                Outcome::Refused
            },
            took_ms: None,
            data: serde_json::json!({
                "source": name,
                "model": model,
                "turn": turn,
                "says": says,
                "refused": tally.refused,
                "dialogue": dialogue,
            }),
        };
        cx.store.record(&cx.identity, &[event]).await?;
        Ok(())
    }
}

fn passing(e: &AiError) -> ServiceError {
    ServiceError::Passing(e.to_string())
}

#[async_trait]
impl Worker for Author {
    async fn tick(&mut self, cx: &Context) -> Result<Next, ServiceError> {
        let settings = cx.settings.borrow().clone();
        let check = Duration::from_secs(settings.pipeline.backpressure.check_interval);
        let switches = &settings.generation.strategy_sources;
        let on: Vec<SourceName> = [SourceName::AiFree, SourceName::AiAssigned]
            .into_iter()
            .filter(|s| switches.enabled(*s))
            .collect();
        if on.is_empty() {
            doing("the sources of language models are switched off");
            return Ok(Next::After(check));
        }
        let generated = cx.store.count(Status::Generated).await?;
        let validated = cx.store.count(Status::Validated).await?;
        if let Some(wait) = self
            .pressure
            .judge(generated, validated, &settings.pipeline)
        {
            doing("pauses: strategies wait for their tests");
            return Ok(Next::After(wait));
        }
        self.facts.refresh(&cx.store, &settings).await?;
        if self.facts.coins.is_empty() {
            doing("waits for a list of coins");
            return Ok(Next::After(check));
        }
        let provider = match provider(&settings.ai, self.key.clone()) {
            Ok(provider) => provider,
            Err(e) => {
                doing(e.to_string());
                tracing::warn!("language models cannot be asked: {e}");
                return Ok(Next::After(REST));
            }
        };
        let Some((first, turn)) = turns::take(&cx.store, &cx.identity, &on[..1], None).await?
        else {
            return Ok(Next::After(check));
        };
        let name = if on.len() == 2 {
            let free = Draw::new(settings.generation.seed, "ai ratio", turn, 0)
                .chance(settings.generation.ai_free_ratio);
            on[usize::from(!free)]
        } else {
            first
        };
        let Some(task) = self.task(cx, &settings, name, turn).await? else {
            return Ok(Next::After(check));
        };
        doing(format!("asks {} for {name}, turn {turn}", provider.name()));
        let span = worker::turn_span(name, turn);
        let talk = Self::talk(cx, &settings, &task, provider.as_ref());
        match talk.instrument(span.clone()).await? {
            Talk::Ended(finished) => {
                let model = provider.name();
                self.take(cx, &settings, (name, turn), &task, &model, *finished)
                    .instrument(span)
                    .await?;
                Ok(Next::Now)
            }
            Talk::Spent(why) => {
                doing(why);
                Ok(Next::After(REST))
            }
            Talk::Stopped => Ok(Next::Now),
        }
    }
}
