//! What became of a request.

use super::seen::is_size;
use sixbtc_exchange::client::{NotSent, Outcome};
use sixbtc_exchange::wire::Address;
use sixbtc_exchange::wire::errors::{Kind, signer_in};
use sixbtc_exchange::wire::exchange::{CancelAnswer, Done, OrderAnswer, Response};
use sixbtc_live::desk::{Answer, Item, Work};
use sixbtc_live::order::Told;

/// Something beside the answer that concerns more than one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Nothing is taken for so long, ms.
    Wait(i64),
    /// The address has used up its requests.
    Spent(String),
    /// Our agent is not known (any more): revoked, replaced or expired.
    Agent(String),
    /// What we signed was read as somebody else's: a fault of ours.
    Signing(Address),
    /// Only post-only orders are taken for a while.
    PostOnly,
    /// Something that nobody has taught us.
    Odd(String),
}

/// An answer for the desk, and what else it tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// For the desk.
    pub answer: Answer,
    /// For the account.
    pub notices: Vec<Notice>,
}

/// What an outcome means for a request. `agent` is the address of the key that signed it.
pub fn heard(work: &Work, outcome: &Outcome, agent: Address) -> Heard {
    let mut notices = Vec::new();
    let answer = match outcome {
        Outcome::NotSent(why) => {
            if let NotSent::Budget { wait } | NotSent::Limited { wait } = why {
                let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
                notices.push(Notice::Wait(wait));
            }
            Answer::NotSent(why.to_string())
        }
        Outcome::Unknown(why) => Answer::Unknown(why.to_string()),
        Outcome::Answered(Response::Err(text)) => refused(text, agent, &mut notices),
        Outcome::Answered(Response::Ok(done)) => done_of(work, done, agent, &mut notices),
    };
    Heard { answer, notices }
}

/// A refusal of the whole request.
fn refused(text: &str, agent: Address, notices: &mut Vec<Notice>) -> Answer {
    match passing(text, agent, notices) {
        Some(answer) => answer,
        None => Answer::Refused(text.to_owned()),
    }
}

/// Of refusals that have nothing to do with what was asked for: what they mean, and what else. None for all others.
fn passing(text: &str, agent: Address, notices: &mut Vec<Notice>) -> Option<Answer> {
    let not_sent = || Some(Answer::NotSent(text.to_owned()));
    match Kind::of(text) {
        // one with the same nonce may have been executed; and what came again after it had expired may have been there before
        kind if kind.is_nonce() => Some(Answer::Unknown(text.to_owned())),
        Kind::Expired => Some(Answer::Unknown(text.to_owned())),
        Kind::TooManyRequests => {
            notices.push(Notice::Spent(text.to_owned()));
            not_sent()
        }
        // the desk knows what to do meanwhile
        Kind::PostOnlyPeriod => {
            notices.push(Notice::PostOnly);
            None
        }
        Kind::UnknownSigner => {
            notices.push(match signer_in(text) {
                Some(address) if address != agent => Notice::Signing(address),
                _ => Notice::Agent(text.to_owned()),
            });
            not_sent()
        }
        Kind::Unknown => {
            // nobody knows what it means: it is looked up
            notices.push(Notice::Odd(text.to_owned()));
            Some(Answer::Unknown(text.to_owned()))
        }
        _ => None,
    }
}

fn done_of(work: &Work, done: &Done, agent: Address, notices: &mut Vec<Notice>) -> Answer {
    let odd = |what: String, notices: &mut Vec<Notice>| {
        notices.push(Notice::Odd(what.clone()));
        Answer::Unknown(what)
    };
    match (work, done) {
        (Work::Orders { orders, .. }, Done::Order(list)) => {
            let mut items = Vec::with_capacity(list.statuses.len());
            for status in &list.statuses {
                match status {
                    // whoever cannot say what became of one order may not say it of the others either: all are looked up
                    OrderAnswer::Other(value) => return odd(value.to_string(), notices),
                    OrderAnswer::Error(text) => match passing(text, agent, notices) {
                        Some(Answer::NotSent(_)) => items.push(item(None, Told::NotSent)),
                        // of a single order the word is final, even if nobody knows it
                        Some(_) if matches!(Kind::of(text), Kind::Unknown) => {
                            items.push(item(None, Told::Refused(text.clone())));
                        }
                        Some(unknown) => return unknown,
                        None => items.push(item(None, Told::Refused(text.clone()))),
                    },
                    OrderAnswer::Resting { oid, .. } => items.push(item(Some(*oid), Told::Open)),
                    OrderAnswer::Filled { total_sz, .. } if !is_size(*total_sz) => {
                        return odd(format!("filled {total_sz}"), notices);
                    }
                    OrderAnswer::Filled { total_sz, oid, .. } => {
                        items.push(item(Some(*oid), Told::Filled(Some(*total_sz))));
                    }
                    OrderAnswer::WaitingForFill => items.push(item(None, Told::Waiting)),
                    OrderAnswer::WaitingForTrigger => items.push(item(None, Told::Open)),
                }
            }
            // one error stands for all of them, whatever kind it is of
            if let ([one], true) = (items.as_slice(), orders.len() > 1)
                && one.told == Told::NotSent
            {
                items = vec![one.clone(); orders.len()];
            }
            Answer::Items(items)
        }
        (Work::Cancel(_), Done::Cancel(list)) => {
            let one = |status: &CancelAnswer| match status {
                CancelAnswer::Success => item(
                    None,
                    Told::Ended {
                        why: "canceled".to_owned(),
                        filled: None,
                    },
                ),
                // gone already, as a rule: its state tells what became of it
                CancelAnswer::Error(_) | CancelAnswer::Other(_) => item(None, Told::Open),
            };
            Answer::Items(list.statuses.iter().map(one).collect())
        }
        (Work::Leverage { .. }, Done::Default) => Answer::Items(Vec::new()),
        (_, other) => {
            let text = serde_json::to_string(other).unwrap_or_default();
            odd(text, notices)
        }
    }
}

fn item(oid: Option<u64>, told: Told) -> Item {
    Item { oid, told }
}
