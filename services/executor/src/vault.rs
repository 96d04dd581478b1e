//! The keys of this process: who signs what, and how agents are replaced in time.

use crate::clock::VenueClock;
use crate::task::Signs;
use rust_decimal::Decimal;
use sixbtc_exchange::client::{Outcome, Ready, Rest};
use sixbtc_exchange::keys::renewal::{Agent, Listed, Policy, Seat, Step, approval_name, plan};
use sixbtc_exchange::keys::{
    AgentOf, BadKey, EntryError, KeyFile, KeyRing, KeysError, Role, Unlock, WorkFactor,
};
use sixbtc_exchange::wire::action::Signed;
use sixbtc_exchange::wire::exchange::{Done, Response};
use sixbtc_exchange::wire::{Action, Address};
use sixbtc_exchange::{Millis, Network};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// What goes wrong with keys. Never holds anything of one.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key file.
    #[error(transparent)]
    File(#[from] KeysError),
    /// What is in it.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// A key in it.
    #[error(transparent)]
    Key(#[from] BadKey),
    /// No key of the master account.
    #[error("the key file has no key of the master account {0}, so that {1}")]
    NoMaster(Address, &'static str),
    /// The exchange, or the way there.
    #[error("{0}")]
    Exchange(String),
    /// The work was cut off.
    #[error("the key file was not read to its end")]
    Cut,
}

/// The key file, opened. Clones share the keys.
#[derive(Clone)]
pub struct Vault {
    file: KeyFile,
    unlock: Unlock,
    work: WorkFactor,
    network: Network,
    ring: Arc<RwLock<Arc<KeyRing>>>,
    /// The last nonce of the master's own key.
    last: Arc<Mutex<u64>>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault")
            .field("file", &self.file.path())
            .finish_non_exhaustive()
    }
}

impl Vault {
    /// Opens a key file. Takes as long as its passphrase costs: not on a thread that others wait for.
    pub fn open(
        file: KeyFile,
        unlock: Unlock,
        work: WorkFactor,
        network: Network,
    ) -> Result<Self, VaultError> {
        let ring = KeyRing::open(&file, &unlock)?;
        Ok(Self {
            file,
            unlock,
            work,
            network,
            ring: Arc::new(RwLock::new(Arc::new(ring))),
            last: Arc::default(),
        })
    }

    /// The keys as they now are.
    pub fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The network it signs for.
    pub fn network(&self) -> Network {
        self.network
    }

    /// The only master account in the file, if there is exactly one.
    pub async fn only_master(&self) -> Result<Option<Address>, VaultError> {
        let vault = self.clone();
        blocking(move || {
            let contents = vault.file.read(&vault.unlock)?;
            let mut masters = contents.entries().iter().filter(|e| e.role == Role::Master);
            let first = masters.next().map(|e| e.address);
            Ok(first.filter(|_| masters.next().is_none()))
        })
        .await
    }

    /// Signs for one account.
    pub fn signer(&self, account: Address) -> Arc<dyn Signs> {
        Arc::new(Seal {
            vault: self.clone(),
            account,
        })
    }

    /// A nonce for the master's key: the time, or above all before. Requests of the master are rare, so that after a restart
    /// the time is above all before.
    pub fn nonce(&self, now: Millis) -> u64 {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = u64::try_from(now).unwrap_or(0).max(last.saturating_add(1));
        *last
    }

    /// Sends something that the master account signs: money between its own subaccounts, and what concerns them and agents. `why`
    /// completes "so that" in the error when there is no key.
    pub(crate) async fn as_master(
        &self,
        rest: &Rest,
        master: Address,
        action: impl FnOnce(u64) -> Action,
        (nonce, expires): (u64, Millis),
        why: &'static str,
    ) -> Result<Outcome, VaultError> {
        let ring = self.ring();
        let key = ring
            .master(master)
            .ok_or(VaultError::NoMaster(master, why))?;
        let expires = u64::try_from(expires).unwrap_or(0);
        let action = action(nonce);
        let ready = Ready::placing(key, self.network, action, nonce, None, expires)
            .map_err(|e| VaultError::Exchange(e.to_string()))?;
        Ok(rest.exchange(&ready).await)
    }

    async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut sixbtc_exchange::keys::Contents) -> Result<T, VaultError>
        + Send
        + 'static,
    ) -> Result<T, VaultError> {
        let vault = self.clone();
        blocking(move || {
            let done = vault.file.edit(&vault.unlock, vault.work, work)?;
            let ring = KeyRing::open(&vault.file, &vault.unlock)?;
            *vault.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
            Ok(done)
        })
        .await
    }

    /// What is to be done so that every seat has an agent that lasts. `listed`: as [`plan`].
    async fn planned(
        &self,
        policy: Policy,
        seats: &[Seat],
        listed: Option<&[Listed]>,
        now: Millis,
    ) -> Result<Vec<Step>, VaultError> {
        let vault = self.clone();
        let agents = blocking(move || {
            let contents = vault.file.read(&vault.unlock)?;
            Ok(Agent::of(contents.entries()))
        })
        .await?;
        Ok(plan(policy, seats, &agents, listed, now))
    }

    /// Does what [`plan`] says, until nothing is left to be done or something has to wait. Returns what could not be done, for
    /// people. Safe to be killed anywhere: the next call goes on.
    pub async fn renew(
        &self,
        rest: &Rest,
        clock: &VenueClock,
        policy: Policy,
        master: Address,
        names: &BTreeMap<Address, String>,
    ) -> Result<Vec<String>, VaultError> {
        let seats: Vec<Seat> = names
            .keys()
            .map(|sub| Seat {
                account: master,
                subaccount: (*sub != master).then_some(*sub),
            })
            .collect();
        // each round does one step a seat; a plan that never ends is not followed for ever
        for _ in 0..4 {
            let listed = rest.extra_agents(master).await;
            let listed = listed.map_err(|e| VaultError::Exchange(e.to_string()))?;
            let listed: Vec<Listed> = listed
                .iter()
                .map(|a| Listed {
                    address: a.address,
                    valid_until: Some(a.valid_until).filter(|t| *t > 0),
                })
                .collect();
            let now = clock.now();
            let steps = self.planned(policy, &seats, Some(&listed), now).await?;
            if steps.is_empty() {
                return Ok(Vec::new());
            }
            let mut left = Vec::new();
            for step in &steps {
                if let Err(e) = self.step(rest, clock, master, names, *step).await {
                    left.push(e.to_string());
                }
            }
            if !left.is_empty() {
                return Ok(left);
            }
        }
        Ok(vec!["agents are not all renewed yet".to_owned()])
    }

    async fn step(
        &self,
        rest: &Rest,
        clock: &VenueClock,
        master: Address,
        names: &BTreeMap<Address, String>,
        step: Step,
    ) -> Result<(), VaultError> {
        let now = clock.now();
        match step {
            Step::Make(seat) => {
                if self.ring().master(master).is_none() {
                    return Err(VaultError::NoMaster(
                        master,
                        "no agent is made: make one with `sixbtc keys new-agent` and approve it on the exchange",
                    ));
                }
                let trades_for = seat.subaccount.unwrap_or(seat.account);
                let name = names.get(&trades_for).cloned().unwrap_or_default();
                let of = AgentOf {
                    name,
                    account: Some(seat.account),
                    subaccount: seat.subaccount,
                };
                self.change(move |c| Ok(c.new_agent(&of, now).map(|_| ())?))
                    .await
            }
            Step::Approve {
                agent,
                seat,
                valid_until,
            } => {
                let trades_for = seat.subaccount.unwrap_or(seat.account);
                let name = names.get(&trades_for).map_or("agent", String::as_str);
                let name = approval_name(name, valid_until);
                let signed = Signed::on(self.network);
                let action = |nonce| Action::ApproveAgent {
                    signed,
                    agent_address: agent,
                    agent_name: Some(name),
                    nonce,
                };
                let why = "its agents cannot be approved here: approve them on the exchange";
                let times = (self.nonce(now), now);
                match self.as_master(rest, master, action, times, why).await? {
                    Outcome::Answered(Response::Ok(Done::Default)) => {
                        self.change(move |c| Ok(c.approve(agent, Some(valid_until), now)?))
                            .await
                    }
                    Outcome::Answered(other) => Err(VaultError::Exchange(format!(
                        "the agent {agent} is not approved: {other:?}"
                    ))),
                    Outcome::NotSent(why) => Err(VaultError::Exchange(why.to_string())),
                    // the exchange's list will tell
                    Outcome::Unknown(why) => Err(VaultError::Exchange(why.to_string())),
                }
            }
            Step::Confirm { agent, valid_until } => {
                self.change(move |c| Ok(c.approve(agent, valid_until, now)?))
                    .await
            }
            Step::Retire { agent, why } => {
                tracing::info!(%agent, ?why, "an agent is retired");
                self.change(move |c| Ok(c.remove(&agent.to_string(), now).map(|_| ())?))
                    .await
            }
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| VaultError::Cut)?
}

/// Signs for one account with the agent that lasts longest.
struct Seal {
    vault: Vault,
    account: Address,
}

impl Signs for Seal {
    fn sign(&self, action: Action, nonce: u64, expires: u64, now: Millis) -> Result<Ready, String> {
        let ring = self.vault.ring();
        let signer = ring.signer(self.account, now).map_err(|e| e.to_string())?;
        Ready::placing(
            signer.key,
            self.vault.network,
            action,
            nonce,
            signer.vault,
            expires,
        )
        .map_err(|e| e.to_string())
    }
}

/// Dollars in millionths, rounded towards nothing; `None` for nothing or for more than there is.
pub(crate) fn micro(amount: Decimal) -> Option<u64> {
    use rust_decimal::prelude::ToPrimitive as _;
    let micro = (amount.abs().checked_mul(Decimal::from(1_000_000))?).trunc();
    micro.to_u64().filter(|m| *m > 0)
}
