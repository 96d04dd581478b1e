//! What is in a key file, and which changes it takes.

use super::{Address, Entry, Retired, Role, Secret};
use crate::Millis;

/// Longest name: what the exchange allows for an agent.
const LONGEST: usize = 16;

/// All keys of a file, and the agents that were retired.
#[derive(Debug, Default)]
pub struct Contents {
    pub(super) entries: Vec<Entry>,
    pub(super) retired: Vec<Retired>,
}

/// A change that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// A name that is empty, too long or has odd characters.
    #[error("a key's name has 1 to {LONGEST} letters, digits, `-`, `_` or `.`")]
    Name,
    /// The name belongs to another key.
    #[error("there is a key named `{0}` already")]
    NameTaken(String),
    /// The key is there already.
    #[error("the key of {address} is there already, as `{name}`")]
    Taken {
        /// Its address.
        address: Address,
        /// Its name.
        name: String,
    },
    /// An agent comes back that was retired.
    #[error("{0} was retired: an address that once signed is never used again; make a new agent")]
    Retired(Address),
    /// A key of another account than was said.
    #[error("this is the key of {is}, not of {said}")]
    OtherAccount {
        /// Whose it is.
        is: Address,
        /// Whose it should have been.
        said: Address,
    },
    /// The key of an account, called an agent.
    #[error("this is the key of {0} itself, not of an agent: it can withdraw; import it as master")]
    NotAnAgent(Address),
    /// A subaccount that is its own master.
    #[error("{0} is given as the account and as its subaccount")]
    OwnSubaccount(Address),
    /// No such key.
    #[error("there is no key `{}`", short(.0))]
    Unknown(String),
    /// Several keys have the name.
    #[error("several keys are named `{name}`: say which by its address: {addresses}")]
    Ambiguous {
        /// The name.
        name: String,
        /// Their addresses.
        addresses: String,
    },
    /// Nobody said whose agent it is, and the file does not tell.
    #[error("whose agent is it? Give the address of the master account")]
    NoAccount,
}

/// A name as it may be repeated: what is longer than an address may be a key, put there by mistake.
fn short(which: &str) -> &str {
    if which.len() > 42 { "…" } else { which }
}

/// Who an agent trades for, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentOf {
    /// Its name.
    pub name: String,
    /// The master account; none: the one whose key is in the file, if there is exactly one.
    pub account: Option<Address>,
    /// The subaccount; none: the account itself.
    pub subaccount: Option<Address>,
}

impl Contents {
    /// The keys, in the order in which they came.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The agents that were retired.
    pub fn retired(&self) -> &[Retired] {
        &self.retired
    }

    /// The key with this name or address.
    pub fn find(&self, which: &str) -> Result<&Entry, EntryError> {
        let address = which.parse::<Address>().ok();
        let is = |e: &&Entry| e.name == which || Some(e.address) == address;
        let mut found = self.entries.iter().filter(is);
        let first = found.next();
        let first = first.ok_or_else(|| EntryError::Unknown(which.to_owned()))?;
        let others: Vec<&Entry> = found.collect();
        if others.is_empty() {
            return Ok(first);
        }
        let all = std::iter::once(first).chain(others);
        let addresses: Vec<String> = all.map(|e| e.address.to_string()).collect();
        Err(EntryError::Ambiguous {
            name: which.to_owned(),
            addresses: addresses.join(", "),
        })
    }

    /// Takes in the key of an account.
    pub fn add_master(
        &mut self,
        name: &str,
        said: Option<Address>,
        secret: Secret,
        now: Millis,
    ) -> Result<&Entry, EntryError> {
        let address = secret.address();
        if let Some(said) = said.filter(|said| *said != address) {
            return Err(EntryError::OtherAccount { is: address, said });
        }
        self.free(name, address, None)?;
        Ok(self.push(Entry {
            name: name.to_owned(),
            role: Role::Master,
            account: address,
            subaccount: None,
            address,
            created: now,
            approved: None,
            valid_until: None,
            secret,
        }))
    }

    /// Takes in the key of an agent that the exchange has approved already.
    pub fn add_agent(
        &mut self,
        of: &AgentOf,
        secret: Secret,
        valid_until: Option<Millis>,
        now: Millis,
    ) -> Result<&Entry, EntryError> {
        self.agent(of, secret, Some(now), valid_until, now)
    }

    /// Makes the key of a new agent. It signs nothing until the exchange has approved it: [`Self::approve`].
    pub fn new_agent(&mut self, of: &AgentOf, now: Millis) -> Result<&Entry, EntryError> {
        self.agent(of, Secret::generate(), None, None, now)
    }

    fn agent(
        &mut self,
        of: &AgentOf,
        secret: Secret,
        approved: Option<Millis>,
        valid_until: Option<Millis>,
        now: Millis,
    ) -> Result<&Entry, EntryError> {
        let account = of.account.or_else(|| self.only_master());
        let account = account.ok_or(EntryError::NoAccount)?;
        if of.subaccount == Some(account) {
            return Err(EntryError::OwnSubaccount(account));
        }
        let address = secret.address();
        if address == account || of.subaccount == Some(address) {
            return Err(EntryError::NotAnAgent(address));
        }
        self.free(&of.name, address, Some((account, of.subaccount)))?;
        Ok(self.push(Entry {
            name: of.name.clone(),
            role: Role::Agent,
            account,
            subaccount: of.subaccount,
            address,
            created: now,
            approved,
            valid_until,
            secret,
        }))
    }

    /// Notes that the exchange has approved an agent, and until when. Again for one that it has approved anew.
    pub fn approve(
        &mut self,
        address: Address,
        valid_until: Option<Millis>,
        now: Millis,
    ) -> Result<(), EntryError> {
        let entry = self
            .entries
            .iter_mut()
            .find(|e| e.address == address && e.role == Role::Agent)
            .ok_or_else(|| EntryError::Unknown(address.to_string()))?;
        entry.approved.get_or_insert(now);
        entry.valid_until = valid_until;
        Ok(())
    }

    /// Takes a key out, by its name or address; its bytes are wiped. The address of an agent is remembered.
    pub fn remove(&mut self, which: &str, now: Millis) -> Result<Entry, EntryError> {
        let address = self.find(which)?.address;
        let place = self.entries.iter().position(|e| e.address == address);
        let place = place.ok_or_else(|| EntryError::Unknown(which.to_owned()))?;
        let entry = self.entries.remove(place);
        if entry.role == Role::Agent {
            self.retired.push(Retired {
                address,
                name: entry.name.clone(),
                account: entry.account,
                subaccount: entry.subaccount,
                at: now,
            });
        }
        Ok(entry)
    }

    fn only_master(&self) -> Option<Address> {
        let mut masters = self.entries.iter().filter(|e| e.role == Role::Master);
        let only = masters.next()?;
        masters.next().is_none().then_some(only.address)
    }

    fn push(&mut self, entry: Entry) -> &Entry {
        let place = self.entries.len();
        self.entries.push(entry);
        &self.entries[place]
    }

    /// Whether a key may come in under this name. `seat`: account and subaccount of an agent.
    fn free(
        &self,
        name: &str,
        address: Address,
        seat: Option<(Address, Option<Address>)>,
    ) -> Result<(), EntryError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.len() > LONGEST || !name.chars().all(plain) {
            return Err(EntryError::Name);
        }
        if self.retired.iter().any(|r| r.address == address) {
            return Err(EntryError::Retired(address));
        }
        if let Some(there) = self.entries.iter().find(|e| e.address == address) {
            return Err(EntryError::Taken {
                address,
                name: there.name.clone(),
            });
        }
        // an agent and its successor are there together until the exchange has approved the new one
        let other = |e: &&Entry| {
            let same = e.role == Role::Agent && seat == Some((e.account, e.subaccount));
            e.name == name && !same
        };
        if self.entries.iter().any(|e| other(&e)) {
            return Err(EntryError::NameTaken(name.to_owned()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(n: u8) -> Secret {
        Secret::from_bytes(&[n; 32]).unwrap()
    }

    fn of(name: &str, subaccount: Option<u8>) -> AgentOf {
        AgentOf {
            name: name.to_owned(),
            account: None,
            subaccount: subaccount.map(|n| Address([n; 20])),
        }
    }

    fn with_master() -> Contents {
        let mut c = Contents::default();
        c.add_master("main", None, secret(1), 10).unwrap();
        c
    }

    #[test]
    fn an_agent_belongs_to_the_only_master() {
        let mut c = with_master();
        let master = c.find("main").unwrap().address;
        let agent = c.new_agent(&of("bot", Some(7)), 20).unwrap();
        assert_eq!((agent.account, agent.role), (master, Role::Agent));
        assert_eq!(agent.trades_for(), Address([7; 20]));
        assert_eq!((agent.created, agent.approved), (20, None));
        c.add_master("second", None, secret(2), 30).unwrap();
        assert_eq!(
            c.new_agent(&of("other", None), 40).unwrap_err(),
            EntryError::NoAccount
        );
        assert_eq!(
            Contents::default()
                .new_agent(&of("bot", None), 1)
                .unwrap_err(),
            EntryError::NoAccount
        );
    }

    #[test]
    fn a_retired_agent_never_comes_back() {
        let mut c = with_master();
        let address = c
            .add_agent(&of("bot", None), secret(3), None, 20)
            .unwrap()
            .address;
        let gone = c.remove("bot", 30).unwrap();
        assert_eq!(gone.address, address);
        let again = c
            .add_agent(&of("bot2", None), secret(3), None, 40)
            .unwrap_err();
        assert_eq!(again, EntryError::Retired(address));
        let as_master = c.add_master("x", None, secret(3), 40).unwrap_err();
        assert_eq!(as_master, EntryError::Retired(address));
        assert_eq!((c.retired().len(), c.retired()[0].at), (1, 30));
        // a master that is taken out is not an agent: it may come back
        c.remove("main", 50).unwrap();
        c.add_master("main", None, secret(1), 60).unwrap();
        assert_eq!(c.retired().len(), 1);
    }

    #[test]
    fn names_and_addresses_are_there_once() {
        let mut c = with_master();
        let master = c.find("main").unwrap().address;
        let twice = c.add_master("again", None, secret(1), 1).unwrap_err();
        assert!(matches!(twice, EntryError::Taken { address, .. } if address == master));
        let name = c.new_agent(&of("main", None), 1).unwrap_err();
        assert_eq!(name, EntryError::NameTaken("main".into()));
        for bad in ["", "seventeen-letters", "a b", "ü", "a/b"] {
            let refused = c.new_agent(&of(bad, None), 1).unwrap_err();
            assert_eq!(refused, EntryError::Name);
        }
        // a successor has the same name, for the same subaccount alone
        c.new_agent(&of("bot", Some(7)), 1).unwrap();
        c.new_agent(&of("bot", Some(7)), 2).unwrap();
        let elsewhere = c.new_agent(&of("bot", Some(8)), 3).unwrap_err();
        assert_eq!(elsewhere, EntryError::NameTaken("bot".into()));
        assert!(matches!(
            c.remove("bot", 4).unwrap_err(),
            EntryError::Ambiguous { .. }
        ));
        let second = c.entries()[2].address.to_string();
        assert_eq!(c.remove(&second, 4).unwrap().created, 2);
        assert_eq!(
            c.remove("nobody", 4).unwrap_err(),
            EntryError::Unknown("nobody".into())
        );
    }

    #[test]
    fn a_key_is_what_it_is_said_to_be() {
        let mut c = Contents::default();
        let address = secret(1).address();
        let said = Address([9; 20]);
        let other = c.add_master("main", Some(said), secret(1), 1).unwrap_err();
        assert_eq!(other, EntryError::OtherAccount { is: address, said });
        let mut agent = of("bot", None);
        agent.account = Some(address);
        let not = c.add_agent(&agent, secret(1), None, 1).unwrap_err();
        assert_eq!(not, EntryError::NotAnAgent(address));
        agent.subaccount = Some(address);
        let own = c.add_agent(&agent, secret(2), None, 1).unwrap_err();
        assert_eq!(own, EntryError::OwnSubaccount(address));
    }

    #[test]
    fn approval_keeps_its_first_date() {
        let mut c = with_master();
        let agent = c.new_agent(&of("bot", None), 20).unwrap().address;
        c.approve(agent, Some(1000), 30).unwrap();
        c.approve(agent, Some(2000), 40).unwrap();
        let e = c.find("bot").unwrap();
        assert_eq!((e.approved, e.valid_until), (Some(30), Some(2000)));
        let master = c.find("main").unwrap().address;
        assert!(c.approve(master, None, 30).is_err());
    }
}
