//! A round: some candidates of one source at one of its turns.

use crate::draw::Draw;
use crate::examine::{Candidate, Reason, Refusal, Screen, Seen, Tally, examine};
use crate::recipe::Origin;
use crate::source::{Ask, Source, SourceError};
use sixbtc_core::model::{NewStrategy, SourceName};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use uuid::Uuid;

/// Identities of strategies are names within this one (version 5).
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1d_38c4_52a1_4f0e_9c2b_7b65_05b7_c51d);

/// What is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Round<'a> {
    /// What is wanted.
    pub ask: Ask<'a>,
    /// Thresholds of the pre-screen.
    pub screen: Screen,
    /// Seed of the generator.
    pub seed: u64,
    /// Turn of the source.
    pub turn: u64,
    /// Drafts to draw.
    pub drafts: u32,
}

/// What came of a round.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Candidates that passed, with the identity that source, seed, turn and attempt give them.
    pub made: Vec<(Uuid, Candidate)>,
    /// How many drafts came to what.
    pub tally: Tally,
    /// Seconds of work.
    pub seconds: f64,
    /// Set when the source can make nothing just now; the round ended there.
    pub away: Option<SourceError>,
    /// What was refused although no source should draw it: programs that do not compile. For the log.
    pub defects: Vec<String>,
}

/// The identity of a draft: a second try at the same draw finds the first.
pub fn id_of(seed: u64, source: SourceName, turn: u64, attempt: u32) -> Uuid {
    Uuid::new_v5(
        &NAMESPACE,
        format!("{source}/{seed}/{turn}/{attempt}").as_bytes(),
    )
}

impl Round<'_> {
    /// Draws and examines. `seen` is asked, and told of what passes; `stop` is asked before each draft.
    pub fn run(
        &self,
        source: &dyn Source,
        seen: &Mutex<Seen>,
        mut stop: impl FnMut() -> bool,
    ) -> Outcome {
        let started = Instant::now();
        let mut out = Outcome::default();
        for attempt in 0..self.drafts {
            if stop() {
                break;
            }
            let mut draw = Draw::new(self.seed, source.name().as_str(), self.turn, attempt);
            out.tally.drawn += 1;
            let mut draft = match source.draw(&self.ask, &mut draw) {
                Ok(draft) => draft,
                Err(e @ (SourceError::Unavailable(_) | SourceError::UsedUp(_))) => {
                    out.tally.drawn -= 1;
                    out.away = Some(e);
                    break;
                }
                Err(e) => {
                    out.refuse(&Refusal::of(&e));
                    continue;
                }
            };
            draft.recipe.origin = Some(Origin {
                seed: self.seed,
                turn: self.turn,
                attempt,
            });
            let examined = examine(&draft, &self.screen).and_then(|candidate| {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.admit(&candidate).map(|()| candidate)
            });
            match examined {
                Ok(candidate) => {
                    source.accepted(&draft);
                    out.tally.accepted += 1;
                    let id = id_of(self.seed, source.name(), self.turn, attempt);
                    out.made.push((id, candidate));
                }
                Err(refusal) => out.refuse(&refusal),
            }
        }
        out.seconds = started.elapsed().as_secs_f64();
        out
    }
}

impl Outcome {
    fn refuse(&mut self, refusal: &Refusal) {
        self.tally.refuse(refusal.reason);
        if refusal.reason == Reason::DoesNotCompile {
            self.defects.push(refusal.says.clone());
        }
    }
}

/// A candidate as the store takes it.
pub fn new_strategy(id: Uuid, candidate: &Candidate, symbols: Vec<String>) -> NewStrategy {
    NewStrategy {
        id,
        name: candidate.name.clone(),
        sentence: candidate.sentence.clone(),
        source: candidate.recipe.source,
        bred: candidate.recipe.bred,
        kind: candidate.kind,
        side: candidate.recipe.side,
        timeframe: candidate.recipe.timeframe.clone(),
        symbols,
        text: candidate.text.clone(),
        normal_hash: candidate.normal_hash.clone(),
        behaviour_hash: candidate.behaviour.hash.clone(),
        recipe: candidate.recipe.to_json(),
        parents: candidate.recipe.parents.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pandas_ta::PandasTa;
    use sixbtc_core::model::Side;
    use sixbtc_market::Timeframe;

    fn round(turn: u64) -> Outcome {
        let seen = Mutex::new(Seen::default());
        Round {
            ask: Ask {
                timeframe: Timeframe::M15,
                side: Side::Long,
                regime: None,
                parents: &[],
            },
            screen: Screen::over(120.0, Timeframe::M15.ms(), 30.0),
            seed: 1,
            turn,
            drafts: 20,
        }
        .run(&PandasTa::default(), &seen, || false)
    }

    #[test]
    fn a_turn_gives_the_same_again_and_another_turn_does_not() {
        let ids = |o: &Outcome| -> Vec<(Uuid, String)> {
            o.made.iter().map(|(id, c)| (*id, c.text.clone())).collect()
        };
        let (first, again, next) = (round(0), round(0), round(1));
        assert_eq!(ids(&first), ids(&again));
        assert_eq!(first.tally, again.tally);
        assert_eq!(first.tally.drawn, 20);
        assert_eq!(first.tally.accepted + first.tally.refused(), 20);
        assert!(!first.made.is_empty() && ids(&first) != ids(&next));
    }

    #[test]
    fn what_was_seen_is_refused() {
        let first = round(3);
        let mut seen = Seen::default();
        for (_, c) in &first.made {
            seen.note(&c.normal_hash, &c.behaviour.hash);
        }
        assert!(
            first
                .made
                .iter()
                .all(|(_, c)| seen.admit(c).unwrap_err().reason == Reason::SameProgram)
        );
    }
}
