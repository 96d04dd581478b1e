//! A plan: rules, a seed, and what has happened so far.

use super::rule::{Fault, Rule};
use crate::chance::Chance;
use crate::engine::Millis;
use crate::host::{AnswerFate, Faults, FrameFate, OpenFate, Post, RequestFate, Sent};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Why a text is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// It does not read.
    #[error("this is no plan of faults: {0}")]
    Json(#[from] serde_json::Error),
    /// A rule makes no sense.
    #[error("rule {rule} of the plan: {complaint}")]
    Rule {
        /// Which, from 0.
        rule: usize,
        /// What is wrong.
        complaint: &'static str,
    },
    /// A rule has a member that no rule has.
    #[error("rule {rule} of the plan has a member `{member}`, which no rule has")]
    Member {
        /// Which, from 0.
        rule: usize,
        /// Its name.
        member: String,
    },
}

/// Members that rules have.
const MEMBERS: [&str; 24] = [
    "fault",
    "silence",
    "low",
    "high",
    "status",
    "body",
    "retry_after",
    "text",
    "thousandths",
    "bytes",
    "offset",
    "gap",
    "age",
    "path",
    "action",
    "channel",
    "contains",
    "from",
    "until",
    "every",
    "lasting",
    "chance",
    "skip",
    "times",
];

/// What is known of a rule's past.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Past {
    /// Messages it was about.
    seen: u64,
    /// How often it struck.
    struck: u64,
}

/// Faults of a run: see [`super`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Seed of all its chance.
    #[serde(default)]
    pub seed: u64,
    /// Rules; for each message the first that strikes counts.
    pub rules: Vec<Rule>,
    /// When it began: the time of its first question.
    #[serde(skip)]
    began: Option<Millis>,
    #[serde(skip)]
    past: Vec<Past>,
}

/// What a rule is asked about; the kinds draw apart.
#[derive(Debug, Clone, Copy)]
enum Asked<'a> {
    Request(&'a Post<'a>),
    Answer(&'a Post<'a>),
    Frame(&'a Sent<'a>),
}

impl Asked<'_> {
    fn now(&self) -> Millis {
        match self {
            Self::Request(post) | Self::Answer(post) => post.now,
            Self::Frame(sent) => sent.now,
        }
    }

    /// Chance of a rule for this message, the same whenever it is asked.
    fn chance(&self, seed: u64, rule: usize) -> Chance {
        let (name, number) = match self {
            Self::Request(post) => (format!("request {rule}"), post.number),
            Self::Answer(post) => (format!("answer {rule}"), post.number),
            Self::Frame(sent) => (format!("frame {rule} {}", sent.session), sent.number),
        };
        Chance::of(seed, &name, number.cast_signed())
    }

    fn is_meant(&self, rule: &Rule) -> bool {
        match self {
            Self::Request(post) | Self::Answer(post) => rule.which.request(post.path, post.body),
            Self::Frame(sent) => rule.which.frame(sent.channel, sent.text),
        }
    }
}

impl Plan {
    /// A plan in which everything has yet to happen.
    ///
    /// # Errors
    /// A rule whose numbers make no sense.
    pub fn new(seed: u64, rules: Vec<Rule>) -> Result<Self, PlanError> {
        for (rule, one) in rules.iter().enumerate() {
            if let Some(complaint) = one.complaint() {
                return Err(PlanError::Rule { rule, complaint });
            }
        }
        Ok(Self {
            seed,
            past: vec![Past::default(); rules.len()],
            rules,
            began: None,
        })
    }

    /// Nothing goes wrong.
    pub fn quiet() -> Self {
        Self {
            seed: 0,
            rules: Vec::new(),
            began: None,
            past: Vec::new(),
        }
    }

    /// How often each rule has struck. States (clock, freeze, down) and endings are not counted.
    pub fn struck(&self) -> Vec<u64> {
        self.past.iter().map(|past| past.struck).collect()
    }

    fn since(&mut self, now: Millis) -> Millis {
        now - *self.began.get_or_insert(now)
    }

    /// The first rule of a kind that strikes a message, in its own words.
    fn strike<T>(
        &mut self,
        asked: Asked<'_>,
        fate: impl Fn(&Rule, &mut Chance) -> Option<T>,
    ) -> Option<T> {
        let at = self.since(asked.now());
        for (i, rule) in self.rules.iter().enumerate() {
            let mut chance = asked.chance(self.seed, i);
            let happens = chance.happens(rule.chance);
            let Some(fate) = fate(rule, &mut chance) else {
                continue;
            };
            if rule.when.began(at).is_none() || !asked.is_meant(rule) {
                continue;
            }
            let past = &mut self.past[i];
            past.seen += 1;
            let spent = rule.times.is_some_and(|times| past.struck >= times);
            if past.seen <= rule.skip || spent || !happens {
                continue;
            }
            past.struck += 1;
            return Some(fate);
        }
        None
    }

    /// Rules in force at a time, with the moment at which each began, since the plan began.
    fn in_force(&self, at: Millis) -> impl Iterator<Item = (&Fault, Millis)> {
        self.rules
            .iter()
            .filter_map(move |rule| Some((&rule.fault, rule.when.began(at)?)))
    }
}

impl fmt::Display for Plan {
    /// The JSON that it can be read from.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Plan {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let value: serde_json::Value = serde_json::from_str(text)?;
        let rules = value.get("rules").and_then(serde_json::Value::as_array);
        for (rule, one) in rules.into_iter().flatten().enumerate() {
            let members = one.as_object().into_iter().flatten();
            for (member, _) in members {
                if !MEMBERS.contains(&member.as_str()) {
                    return Err(PlanError::Member {
                        rule,
                        member: member.clone(),
                    });
                }
            }
        }
        let plan: Self = serde_json::from_value(value)?;
        Self::new(plan.seed, plan.rules)
    }
}

/// The words of a proxy.
fn usual(status: u16) -> &'static str {
    match status {
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "<html><head><title>502 Bad Gateway</title></head></html>",
        503 => "Service Unavailable",
        504 => "<html><head><title>504 Gateway Time-out</title></head></html>",
        _ => "error",
    }
}

impl Faults for Plan {
    fn request(&mut self, post: &Post<'_>) -> RequestFate {
        let fate = self.strike(Asked::Request(post), |rule, chance| {
            Some(match &rule.fault {
                Fault::DropRequest { silence } => RequestFate::Drop(silence.loss()),
                Fault::DelayRequest { low, high } => RequestFate::Delay(chance.whole(*low, *high)),
                Fault::DuplicateRequest { low, high } => {
                    RequestFate::Duplicate(chance.whole(*low, *high))
                }
                Fault::Answer {
                    status,
                    body,
                    retry_after,
                } => RequestFate::Answer {
                    status: *status,
                    body: if body.is_empty() {
                        usual(*status).to_owned()
                    } else {
                        body.clone()
                    },
                    retry_after: *retry_after,
                },
                Fault::Refuse { text } => RequestFate::Refuse(text.clone()),
                Fault::StaleRead { low, high } if post.path == "/info" => {
                    RequestFate::Stale(chance.whole(*low, *high))
                }
                Fault::Thin { thousandths } => RequestFate::Thin(*thousandths),
                _ => return None,
            })
        });
        fate.unwrap_or_default()
    }

    fn memory(&self) -> Option<Millis> {
        let reach = |rule: &Rule| match rule.fault {
            Fault::StaleRead { high, .. } => Some(high),
            _ => None,
        };
        self.rules.iter().filter_map(reach).max()
    }

    fn answer(&mut self, post: &Post<'_>) -> AnswerFate {
        let fate = self.strike(Asked::Answer(post), |rule, chance| {
            Some(match &rule.fault {
                Fault::DropAnswer { silence } => AnswerFate::Drop(silence.of_answer()),
                Fault::DelayAnswer { low, high } => AnswerFate::Delay(chance.whole(*low, *high)),
                Fault::Status { status } => AnswerFate::Status(*status),
                Fault::TruncateAnswer { bytes } => AnswerFate::Truncate(*bytes),
                _ => return None,
            })
        });
        fate.unwrap_or_default()
    }

    fn frame(&mut self, sent: &Sent<'_>) -> FrameFate {
        let fate = self.strike(Asked::Frame(sent), |rule, chance| {
            Some(match &rule.fault {
                Fault::DropFrame => FrameFate::Drop,
                Fault::Mute if sent.channel != "pong" => FrameFate::Drop,
                Fault::DelayFrame { low, high } => FrameFate::Delay(chance.whole(*low, *high)),
                Fault::DuplicateFrame { low, high } => {
                    FrameFate::Duplicate(chance.whole(*low, *high))
                }
                Fault::TruncateFrame { bytes } => FrameFate::Truncate(*bytes),
                Fault::SplitFrame { gap } => FrameFate::Split(*gap),
                Fault::OldFills { age }
                    if sent.channel == "userFills"
                        && sent.text.contains(r#""isSnapshot":true"#) =>
                {
                    FrameFate::Aged(*age)
                }
                // one that is certain happens at its time, not with a frame
                Fault::Close if rule.chance < 1.0 => FrameFate::Close,
                _ => return None,
            })
        });
        fate.unwrap_or_default()
    }

    fn open(&mut self, now: Millis) -> OpenFate {
        let at = self.since(now);
        let refused = self.in_force(at).find_map(|(fault, _)| match fault {
            Fault::RefuseOpen { status } => Some(OpenFate::Refuse(*status)),
            _ => None,
        });
        refused.unwrap_or_default()
    }

    fn cut(&mut self, now: Millis, _session: u64, since: Millis) -> bool {
        let at = self.since(now);
        let began = now - at;
        self.rules.iter().any(|rule| {
            let moment = rule
                .when
                .began(at)
                .filter(|_| rule.fault == Fault::Close && rule.chance >= 1.0);
            moment.is_some_and(|moment| since < began + moment)
        })
    }

    fn clock(&mut self, now: Millis) -> Millis {
        let at = self.since(now);
        let offset = self.in_force(at).find_map(|(fault, _)| match fault {
            Fault::Clock { offset } => Some(*offset),
            _ => None,
        });
        offset.unwrap_or(0)
    }

    fn frozen(&mut self, now: Millis) -> bool {
        let at = self.since(now);
        self.in_force(at).any(|(fault, _)| *fault == Fault::Freeze)
    }

    fn down(&mut self, now: Millis) -> bool {
        let at = self.since(now);
        self.in_force(at).any(|(fault, _)| *fault == Fault::Down)
    }
}
