//! When the key of an agent is replaced, and by which steps.
//!
//! An agent lives for [`Policy::validity_days`] after its approval and is replaced when fewer than [`Policy::renewal_days`] of them
//! remain. [`plan`] looks at what is in the key file and on the exchange and says what is to be done next; whoever does it plans
//! again afterwards. Every step may be followed by a crash: the plan is made from facts alone, so that a restart goes on where the
//! crash left off, and the old agent stays in use until the new one is approved.

use super::{Address, Entry, Role};
use crate::Millis;

/// Milliseconds of a day.
const DAY: Millis = 86_400_000;

/// How long after its approval an agent may be missing from the exchange's list before that counts: a list can be older than the
/// approval.
pub const GRACE: Millis = 10 * 60 * 1000;

/// How long agents live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Days from approval to expiry.
    pub validity_days: u32,
    /// Fewer days left than this: it is replaced.
    pub renewal_days: u32,
}

impl Default for Policy {
    /// 180 days, replaced when fewer than 30 remain.
    fn default() -> Self {
        Self {
            validity_days: 180,
            renewal_days: 30,
        }
    }
}

impl Policy {
    /// When an agent expires that is approved now.
    pub fn valid_until(&self, now: Millis) -> Millis {
        now.saturating_add(Millis::from(self.validity_days) * DAY)
    }

    /// Whether an agent that expires then is to be replaced now.
    pub fn due(&self, valid_until: Millis, now: Millis) -> bool {
        valid_until.saturating_sub(now) < Millis::from(self.renewal_days) * DAY
    }
}

/// An account with a place for one agent: a subaccount, or the master account itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seat {
    /// The master account.
    pub account: Address,
    /// The subaccount, if it is one.
    pub subaccount: Option<Address>,
}

/// What the key file knows of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agent {
    /// Its address.
    pub address: Address,
    /// Where it trades.
    pub seat: Seat,
    /// When its key was made.
    pub created: Millis,
    /// When it was approved; none: not yet, as far as is known.
    pub approved: Option<Millis>,
    /// When it expires, if that is known.
    pub valid_until: Option<Millis>,
}

impl Agent {
    /// The agents of a key file.
    pub fn of(entries: &[Entry]) -> Vec<Self> {
        entries
            .iter()
            .filter(|e| e.role == Role::Agent)
            .map(|e| Self {
                address: e.address,
                seat: Seat {
                    account: e.account,
                    subaccount: e.subaccount,
                },
                created: e.created,
                approved: e.approved,
                valid_until: e.valid_until,
            })
            .collect()
    }
}

/// An agent as the exchange lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Its address.
    pub address: Address,
    /// When it expires, if it says so.
    pub valid_until: Option<Millis>,
}

/// Why an agent is retired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its time is over.
    Expired,
    /// Another is in its place.
    Replaced,
    /// The exchange does not know it any more.
    Revoked,
}

/// Something to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Make a key for a seat ([`super::Contents::new_agent`]).
    Make(Seat),
    /// Have the exchange approve an agent, signed by the master, until this time.
    Approve {
        /// The agent.
        agent: Address,
        /// Its seat.
        seat: Seat,
        /// When it is to expire.
        valid_until: Millis,
    },
    /// Note that the exchange has approved it ([`super::Contents::approve`]): a crash came between approval and note.
    Confirm {
        /// The agent.
        agent: Address,
        /// When it expires, if the exchange says so.
        valid_until: Option<Millis>,
    },
    /// Take it out of the file and never use it again ([`super::Contents::remove`]).
    Retire {
        /// The agent.
        agent: Address,
        /// Why.
        why: Why,
    },
}

/// What is to be done now, in this order, so that every seat has one agent that stays valid for a while.
///
/// `listed`: the agents that the exchange lists for the master account, or nothing if it was not asked; then nothing is confirmed
/// and nothing counts as revoked. Agents of seats that are not asked for are left alone.
pub fn plan(
    policy: Policy,
    seats: &[Seat],
    agents: &[Agent],
    listed: Option<&[Listed]>,
    now: Millis,
) -> Vec<Step> {
    let mut steps = Vec::new();
    for seat in seats {
        let here = agents.iter().filter(|a| a.seat == *seat);
        seat_plan(policy, *seat, here, listed, now, &mut steps);
    }
    steps
}

fn seat_plan<'a>(
    policy: Policy,
    seat: Seat,
    agents: impl Iterator<Item = &'a Agent>,
    listed: Option<&[Listed]>,
    now: Millis,
    steps: &mut Vec<Step>,
) {
    let mut waiting: Vec<&Agent> = Vec::new();
    let mut usable: Vec<(Millis, &Agent)> = Vec::new();
    let mut gone = Vec::new();
    for agent in agents {
        let on_list = listed.map(|l| l.iter().find(|l| l.address == agent.address));
        let approved = match (agent.approved, on_list) {
            (None, Some(Some(found))) => {
                steps.push(Step::Confirm {
                    agent: agent.address,
                    valid_until: found.valid_until,
                });
                Some((now, found.valid_until))
            }
            (Some(at), Some(None)) if now.saturating_sub(at) >= GRACE => {
                let agent = agent.address;
                gone.push(Step::Retire {
                    agent,
                    why: Why::Revoked,
                });
                continue;
            }
            (at, _) => at.map(|at| (at, agent.valid_until)),
        };
        match approved {
            None => waiting.push(agent),
            Some((at, until)) => {
                let until = until.unwrap_or_else(|| policy.valid_until(at));
                if until > now {
                    usable.push((until, agent));
                } else {
                    let agent = agent.address;
                    gone.push(Step::Retire {
                        agent,
                        why: Why::Expired,
                    });
                }
            }
        }
    }
    // the one that lasts longest is used; of two that last as long, the address decides
    usable.sort_by_key(|(until, a)| (*until, a.address));
    let best = usable.pop();
    waiting.sort_by_key(|a| (a.created, a.address));
    if let Some(next) = waiting.pop() {
        steps.push(Step::Approve {
            agent: next.address,
            seat,
            valid_until: policy.valid_until(now),
        });
    } else if best.is_none_or(|(until, _)| policy.due(until, now)) {
        steps.push(Step::Make(seat));
    }
    let replaced = usable.iter().map(|(_, a)| *a).chain(waiting);
    gone.extend(replaced.map(|a| Step::Retire {
        agent: a.address,
        why: Why::Replaced,
    }));
    steps.extend(gone);
}

/// The name under which an agent is approved until a time: the exchange reads the expiry from the name.
pub fn approval_name(name: &str, valid_until: Millis) -> String {
    format!("{name} valid_until {valid_until}")
}

#[cfg(test)]
#[path = "renewal_tests.rs"]
mod tests;
