//! What keeps an account from entering: gates that open by themselves, and stops of its own that a person lifts.

use super::bridge::Notice;
use super::io::Input;
use super::run::{Account, Fault};
use super::settings::Gate;
use sixbtc_live::desk::{Event, Severity};

/// What the account itself stops has a source that begins like this; a person lifts it.
pub(super) const OWN: &str = "account/";
/// An agent that was not known may be known again after so long, ms.
const AGENT_PAUSE: i64 = 60_000;

impl Account<'_> {
    pub(super) fn notice(&mut self, notice: Notice, now: i64) -> Result<(), Fault> {
        let quiet = self.bound.mandate.settings.quiet_after_limit;
        match notice {
            Notice::Wait(wait) => self.shut_for(Gate::Budget, "requests are limited", wait, now),
            Notice::Spent(text) => {
                self.shut_for(Gate::Budget, &text, quiet, now);
                let what = "the account has used up its requests: only what closes is sent";
                self.alert(Severity::Critical, what.to_owned());
            }
            Notice::Agent(text) => {
                // nothing else may be sent that would tell when it is approved again
                self.shut_for(Gate::Agent, &text, AGENT_PAUSE, now);
                let what = format!("the key that signs is not approved any more: {text}");
                self.alert(Severity::Critical, what);
            }
            Notice::Signing(address) => {
                let why = format!("what is signed is read as somebody else's: {address}");
                self.alert(Severity::Critical, why.clone());
                self.hear(own_stop("signing", why), now)?;
            }
            Notice::PostOnly => {
                let what = "the exchange takes post-only orders alone, as after an upgrade";
                self.alert(Severity::Warning, what.to_owned());
            }
            Notice::Odd(text) => {
                let what = format!("the exchange says what nobody has taught us: {text}");
                self.alert(Severity::Warning, what);
            }
        }
        Ok(())
    }

    pub(super) fn shut_for(&mut self, gate: Gate, why: &str, ms: i64, now: i64) {
        let until = (ms < i64::MAX).then(|| now.saturating_add(ms));
        self.gates.insert(gate, (why.to_owned(), until));
    }

    /// Opens gates whose time is over, and tells the desk whether all are open.
    pub(super) fn regate(&mut self, now: i64) -> Result<(), Fault> {
        self.gates
            .retain(|_, (_, until)| until.is_none_or(|until| now < until));
        let short = self.gates.contains_key(&Gate::Budget);
        if short != self.short {
            self.short = short;
            self.tell(Event::Short(short), now)?;
        }
        let mut whys = self.gates.iter().filter(|(gate, _)| **gate != Gate::Budget);
        let why = whys.next().map(|(_, (why, _))| why.clone());
        // what it is matters to nobody but whoever reads it: the first reason that was given stays
        if why.is_some() != self.gated {
            self.gated = why.is_some();
            self.tell(Event::Gate(why), now)?;
        }
        Ok(())
    }
}

/// A stop of the account's own, until a person has looked.
pub(super) fn own_stop(of: &str, why: String) -> Input {
    Input::Stop {
        source: format!("{OWN}{of}"),
        why,
        force: false,
    }
}
