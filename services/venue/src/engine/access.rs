//! Who may act for whom, and how often (facts §2.4, §3, §9): agents, nonces, the budget of requests.

use super::account::Class;
use super::exchange::{BACKSTOP, Exchange, HOUSE};
use super::ident::{DAY, Millis};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sixbtc_exchange::wire::errors::Refusal;
use sixbtc_exchange::wire::{Action, Address};
use std::collections::BTreeSet;

/// Nonces kept of a signer.
const NONCES: usize = 100;

/// A key that may trade for an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// For whom.
    pub master: Address,
    /// Its name; one agent may have none.
    pub name: Option<String>,
    /// Until when.
    pub valid_until: Millis,
}

/// The highest nonces of a signer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NonceSet(BTreeSet<u64>);

impl NonceSet {
    /// Takes a nonce in, or says why not: it must be new, above the smallest kept once a hundred are kept, and between two days
    /// ago and one day ahead.
    pub fn take(&mut self, nonce: u64, now: Millis) -> Result<(), Refusal> {
        let time = i64::try_from(nonce).unwrap_or(i64::MAX);
        if time <= now - 2 * DAY || time >= now + DAY {
            return Err(Refusal::NonceOutsideWindow { nonce });
        }
        if self.0.contains(&nonce) {
            return Err(Refusal::DuplicateNonce { nonce });
        }
        if self.0.len() >= NONCES {
            match self.0.first().copied() {
                Some(lowest) if nonce < lowest => {
                    return Err(Refusal::NonceTooLow { nonce, lowest });
                }
                _ => self.0.pop_first(),
            };
        }
        self.0.insert(nonce);
        Ok(())
    }
}

impl Exchange {
    /// The account that a signer is, or acts for. A key that trades for somebody does so even when money was sent to its own
    /// address; what it signs field by field is for that address.
    pub(super) fn principal(&self, signer: Address, action: &Action) -> Result<Address, Refusal> {
        if let Some(agent) = self.agent(signer)
            && !action.is_user_signed()
        {
            if agents_may_not(action) {
                return Err(Refusal::AgentMayNot);
            }
            return Ok(agent.master);
        }
        if signer != HOUSE && signer != BACKSTOP && self.accounts.contains_key(&signer) {
            return Ok(signer);
        }
        if action.is_user_signed() {
            return Err(Refusal::MustDeposit);
        }
        Err(Refusal::UnknownSigner { address: signer })
    }

    /// The account that acts: the principal, or the sub-account named beside the action.
    pub(super) fn acting(
        &self,
        principal: Address,
        vault: Option<Address>,
    ) -> Result<Address, Refusal> {
        let Some(vault) = vault else {
            return Ok(principal);
        };
        match self.accounts.get(&vault).map(|account| account.class) {
            Some(Class::Sub { master }) if master == principal => Ok(vault),
            _ => Err(Refusal::NotItsMaster { vault }),
        }
    }

    /// Requests an address may make: those it began with, one for each dollar traded, those it bought.
    pub fn request_cap(&self, user: Address) -> u64 {
        let Some(account) = self.accounts.get(&user) else {
            return self.settings.requests_free;
        };
        let earned = u64::try_from(account.volumes.total.trunc().mantissa()).unwrap_or(0);
        self.settings
            .requests_free
            .saturating_add(earned)
            .saturating_add(account.requests.bought)
    }

    /// Takes `weight` off the budget of an address. Above it, one action each ten seconds; cancels have more.
    pub(super) fn spend(
        &mut self,
        user: Address,
        weight: u64,
        cancels: bool,
    ) -> Result<(), Refusal> {
        let cap = self.request_cap(user);
        let limit = if cancels {
            cap.saturating_add(100_000).min(cap.saturating_mul(2))
        } else {
            cap
        };
        let (now, enforced, trickle) = (
            self.now,
            self.settings.budget_enforced,
            self.settings.budget_trickle_ms,
        );
        let account = self.account_mut(user);
        let used = account.requests.used.saturating_add(weight);
        if enforced && used > limit {
            if account
                .requests
                .last_trickle
                .is_some_and(|last| now < last + trickle)
            {
                let volume = account.volumes.total.round_dp(2);
                return Err(Refusal::TooManyRequests {
                    used: account.requests.used,
                    cap,
                    volume,
                });
            }
            account.requests.last_trickle = Some(now);
        }
        account.requests.used = used;
        Ok(())
    }

    /// Lets a key trade. The one that had the name before is dead from now on.
    pub(super) fn approve_agent(
        &mut self,
        master: Address,
        address: Address,
        name: Option<&str>,
    ) -> Result<(), Refusal> {
        let (name, valid_until) = self.agent_name(name);
        // A key that is an account acts for itself, and one of somebody else's must not change hands.
        let taken = self
            .agent(address)
            .is_some_and(|agent| agent.master != master);
        if taken || self.accounts.contains_key(&address) {
            return Err(Refusal::AgentMayNot);
        }
        let subs = self.subs.get(&master).map_or(0, Vec::len);
        let most = self.settings.named_agents + subs * self.settings.named_agents_per_sub_account;
        let now = self.now;
        self.agents.retain(|_, agent| {
            agent.valid_until > now && !(agent.master == master && agent.name == name)
        });
        let named = self
            .agents
            .values()
            .filter(|agent| agent.master == master && agent.name.is_some())
            .count();
        if name.is_some() && named >= most {
            return Err(Refusal::Unsupported {
                action: "approveAgent: too many agents".to_owned(),
            });
        }
        self.agents.insert(
            address,
            Agent {
                master,
                name,
                valid_until,
            },
        );
        Ok(())
    }

    /// Name and end of an agent: a name may carry ` valid_until <ms>`.
    fn agent_name(&self, name: Option<&str>) -> (Option<String>, Millis) {
        let longest = self.now + self.settings.agent_life_ms;
        let name = name.unwrap_or_default().trim();
        let (name, until) = match name.split_once("valid_until") {
            Some((name, until)) => (name.trim(), until.trim().parse().ok()),
            None => (name, None),
        };
        let until = until.map_or(longest, |until: Millis| until.min(longest));
        ((!name.is_empty()).then(|| name.to_owned()), until)
    }

    /// Agents of an account that live.
    pub fn agents_of(&self, master: Address) -> impl Iterator<Item = (&Address, &Agent)> {
        let now = self.now;
        self.agents
            .iter()
            .filter(move |(_, agent)| agent.master == master && agent.valid_until > now)
    }

    /// For whom a key may act now.
    pub fn agent(&self, address: Address) -> Option<&Agent> {
        self.agents
            .get(&address)
            .filter(|agent| agent.valid_until > self.now)
    }

    /// Ends an agent, as when its master replaced it elsewhere.
    pub fn revoke_agent(&mut self, address: Address) -> bool {
        self.agents.remove(&address).is_some()
    }

    /// Lets a builder take up to so much of each fill.
    pub(super) fn approve_builder(
        &mut self,
        user: Address,
        builder: Address,
        rate: &str,
    ) -> Result<(), Refusal> {
        let percent: Decimal = rate
            .trim()
            .strip_suffix('%')
            .and_then(|text| text.trim().parse().ok())
            .ok_or(Refusal::BuilderFee)?;
        // 0.001 % is a tenth of a basis point; no more than 0.1 % on perpetuals.
        let tenths = percent
            .checked_mul(Decimal::ONE_THOUSAND)
            .and_then(|tenths| u32::try_from(tenths.trunc().mantissa()).ok())
            .ok_or(Refusal::BuilderFee)?;
        if tenths > 100 {
            return Err(Refusal::BuilderFee);
        }
        self.account_mut(user).builders.insert(builder, tenths);
        Ok(())
    }
}

/// Agents trade; they move no money and make no accounts or agents.
fn agents_may_not(action: &Action) -> bool {
    matches!(
        action,
        Action::CreateSubAccount { .. }
            | Action::SubAccountModify { .. }
            | Action::SubAccountTransfer { .. }
            | Action::SubAccountSpotTransfer { .. }
            | Action::SetReferrer { .. }
            | Action::ReserveRequestWeight { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_700_000_000_000;

    #[test]
    fn a_nonce_is_used_once_and_lies_near_now() {
        let mut set = NonceSet::default();
        let n = NOW as u64;
        assert_eq!(set.take(n, NOW), Ok(()));
        assert_eq!(set.take(n, NOW), Err(Refusal::DuplicateNonce { nonce: n }));
        assert_eq!(set.take(n - 1, NOW), Ok(()), "out of order is fine");
        let day = DAY as u64;
        for outside in [n - 2 * day, n + day, 0, u64::MAX] {
            assert_eq!(
                set.take(outside, NOW),
                Err(Refusal::NonceOutsideWindow { nonce: outside })
            );
        }
    }

    #[test]
    fn a_full_set_keeps_the_highest_hundred() {
        let mut set = NonceSet::default();
        let n = NOW as u64;
        for i in 0..100 {
            set.take(n + 2 * i, NOW).unwrap();
        }
        assert_eq!(
            set.take(n - 1, NOW),
            Err(Refusal::NonceTooLow {
                nonce: n - 1,
                lowest: n
            })
        );
        assert_eq!(set.take(n + 1, NOW), Ok(()));
        assert_eq!(
            set.take(n, NOW),
            Err(Refusal::NonceTooLow {
                nonce: n,
                lowest: n + 1
            }),
            "the used one fell out"
        );
    }
}
