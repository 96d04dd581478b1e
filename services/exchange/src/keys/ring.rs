//! Keys in use: who signs for which account.

use super::{Address, BadKey, Contents, KeyFile, KeysError, Role, Unlock};
use crate::Millis;
use crate::sign::Key;
use std::collections::BTreeMap;

/// The keys of a process while it runs. Wiped when dropped; `Debug` shows addresses alone.
#[derive(Debug, Default)]
pub struct KeyRing {
    masters: BTreeMap<Address, Key>,
    agents: Vec<Held>,
}

#[derive(Debug)]
struct Held {
    account: Address,
    subaccount: Option<Address>,
    address: Address,
    approved: bool,
    valid_until: Option<Millis>,
    key: Key,
}

impl Held {
    fn trades_for(&self) -> Address {
        self.subaccount.unwrap_or(self.account)
    }
}

/// A key that may sign for an account now.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    /// The key.
    pub key: &'a Key,
    /// Its address: the owner of the nonces.
    pub agent: Address,
    /// What `vaultAddress` of a request has to be: the subaccount, nothing for the master account itself.
    pub vault: Option<Address>,
    /// When the exchange stops accepting it, if that is known.
    pub valid_until: Option<Millis>,
}

/// Why nobody can sign for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoSigner {
    /// The file has no agent for it.
    #[error("there is no agent for {0}: `sixbtc keys new-agent` makes one")]
    Unknown(Address),
    /// It has one that the exchange has not approved, as far as is known.
    #[error("the agent {agent} of {account} is not approved yet")]
    NotApproved {
        /// The account.
        account: Address,
        /// Its agent.
        agent: Address,
    },
    /// All are too old.
    #[error("the agent {agent} of {account} has expired")]
    Expired {
        /// The account.
        account: Address,
        /// The one that was valid longest.
        agent: Address,
    },
}

impl KeyRing {
    /// Opens a key file.
    pub fn open(file: &KeyFile, unlock: &Unlock) -> Result<Self, KeysError> {
        Ok(Self::of(&file.read(unlock)?)?)
    }

    /// The keys of these contents.
    pub fn of(contents: &Contents) -> Result<Self, BadKey> {
        let mut ring = Self::default();
        for e in contents.entries() {
            let key = Key::from_bytes(e.secret.expose()).map_err(|_| BadKey::Range)?;
            match e.role {
                Role::Master => {
                    ring.masters.insert(e.address, key);
                }
                Role::Agent => ring.agents.push(Held {
                    account: e.account,
                    subaccount: e.subaccount,
                    address: e.address,
                    approved: e.approved.is_some(),
                    valid_until: e.valid_until,
                    key,
                }),
            }
        }
        Ok(ring)
    }

    /// The agent that signs for a subaccount or for a master account: the one that stays valid longest. Never the master's own key.
    pub fn signer(&self, account: Address, now: Millis) -> Result<Signer<'_>, NoSigner> {
        let here = || self.agents.iter().filter(|h| h.trades_for() == account);
        // one without a known end outlasts all
        let end = |h: &Held| (h.valid_until.unwrap_or(Millis::MAX), h.address);
        let best = here().filter(|h| h.approved).max_by_key(|h| end(h));
        let Some(best) = best else {
            return Err(match here().next() {
                None => NoSigner::Unknown(account),
                Some(waits) => NoSigner::NotApproved {
                    account,
                    agent: waits.address,
                },
            });
        };
        if best.valid_until.is_some_and(|until| until <= now) {
            return Err(NoSigner::Expired {
                account,
                agent: best.address,
            });
        }
        Ok(Signer {
            key: &best.key,
            agent: best.address,
            vault: best.subaccount,
            valid_until: best.valid_until,
        })
    }

    /// The key of a master account: for approving agents, moving money between its own subaccounts, and nothing else.
    pub fn master(&self, account: Address) -> Option<&Key> {
        self.masters.get(&account)
    }

    /// The accounts that agents trade for, each once.
    pub fn accounts(&self) -> Vec<Address> {
        let mut all: Vec<Address> = self.agents.iter().map(Held::trades_for).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::super::Secret;
    use super::super::contents::AgentOf;
    use super::*;

    fn secret(n: u8) -> Secret {
        Secret::from_bytes(&[n; 32]).unwrap()
    }

    fn of(subaccount: Option<Address>) -> AgentOf {
        AgentOf {
            name: subaccount.map_or("own", |_| "sub").into(),
            account: None,
            subaccount,
        }
    }

    #[test]
    fn agents_sign_and_the_master_does_not() {
        let mut c = Contents::default();
        let master = c.add_master("main", None, secret(1), 0).unwrap().address;
        let sub = Address([7; 20]);
        assert_eq!(
            KeyRing::of(&c).unwrap().signer(master, 5).unwrap_err(),
            NoSigner::Unknown(master)
        );
        let waits = c.new_agent(&of(Some(sub)), 0).unwrap().address;
        let told = KeyRing::of(&c).unwrap().signer(sub, 5).unwrap_err();
        assert_eq!(
            told,
            NoSigner::NotApproved {
                account: sub,
                agent: waits
            }
        );
        let old = c
            .add_agent(&of(Some(sub)), secret(2), Some(10), 0)
            .unwrap()
            .address;
        let new = c
            .add_agent(&of(Some(sub)), secret(3), Some(20), 0)
            .unwrap()
            .address;
        assert_ne!(old, new);
        let own = c.add_agent(&of(None), secret(4), None, 0).unwrap().address;

        let ring = KeyRing::of(&c).unwrap();
        let signer = ring.signer(sub, 19).unwrap();
        assert_eq!((signer.agent, signer.vault), (new, Some(sub)));
        assert_eq!(signer.key.address(), new);
        let told = ring.signer(sub, 20).unwrap_err();
        assert_eq!(
            told,
            NoSigner::Expired {
                account: sub,
                agent: new
            }
        );
        let signer = ring.signer(master, 1 << 50).unwrap();
        assert_eq!((signer.agent, signer.vault), (own, None));
        assert_eq!(ring.master(master).unwrap().address(), master);
        assert!(ring.master(sub).is_none());
        let mut accounts = vec![sub, master];
        accounts.sort_unstable();
        assert_eq!(ring.accounts(), accounts);
        let bytes: Vec<_> = (1..5).map(|n| [n; 32]).collect();
        assert_eq!(
            super::super::testing::leaks(&format!("{ring:?}"), &bytes),
            None
        );
    }
}
