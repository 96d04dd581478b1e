//! What the accounts need beside them: subaccounts, agents that last, and on a local venue the money to begin with.

use super::Office;
use super::open::give_money;
use super::staff::Staff;
use crate::gateway::{name_of, realised};
use rust_decimal::Decimal;
use sixbtc_core::daemon::ServiceError;
use sixbtc_core::settings::Settings;
use sixbtc_core::venue::VenueError;
use sixbtc_exchange::Network;
use sixbtc_exchange::client::Outcome;
use sixbtc_exchange::keys::renewal::Policy;
use sixbtc_exchange::wire::exchange::Response;
use sixbtc_exchange::wire::{Action, Address};
use sixbtc_live::desk::{Alert, Severity};
use std::collections::BTreeMap;
use uuid::Uuid;

impl Office {
    /// Subaccounts that are there, and agents that last.
    pub(super) async fn keep_house(
        &mut self,
        staff: &mut Staff,
        settings: &Settings,
    ) -> Result<(), ServiceError> {
        staff.left.clear();
        if let Err(e) = self.subaccounts(settings).await {
            staff.left.push(e);
        }
        let pattern = &settings.hyperliquid.subaccounts.naming_pattern;
        let addresses = self.venue.addresses().into_iter();
        let names: BTreeMap<Address, String> = addresses
            .map(|(number, user)| (user, name_of(pattern, number)))
            .collect();
        let wallet = &settings.hyperliquid.agent_wallet;
        let policy = Policy {
            validity_days: wallet.validity_days,
            renewal_days: wallet.renewal_days_before_expiry,
        };
        let renewed = self
            .vault
            .renew(&self.rest, &self.clock, policy, self.master, &names)
            .await;
        match renewed {
            Ok(left) => staff.left.extend(left),
            Err(e) => staff.left.push(e.to_string()),
        }
        for what in staff.left.clone() {
            tracing::warn!(what, "left to be done");
            let alert = Alert {
                severity: Severity::Warning,
                what,
            };
            self.alert(Uuid::nil(), "the executor", &alert, settings)
                .await?;
        }
        Ok(())
    }

    /// Makes the subaccounts that are missing.
    async fn subaccounts(&self, settings: &Settings) -> Result<(), String> {
        let says = |e: VenueError| e.to_string();
        let there = self.venue.listed().await.map_err(says)?;
        if self.target.network == Network::Local {
            self.play_money(settings).await?;
        }
        let count = i64::from(settings.hyperliquid.subaccounts.count);
        let pattern = &settings.hyperliquid.subaccounts.naming_pattern;
        let missing: Vec<i64> = (1..=count).filter(|n| !there.contains_key(n)).collect();
        if missing.is_empty() || self.vault.ring().master(self.master).is_none() {
            return Ok(());
        }
        for number in missing {
            let name = name_of(pattern, number);
            let now = self.clock.now();
            let times = (self.vault.nonce(now), now + 10_000);
            let action = |_| Action::CreateSubAccount { name: name.clone() };
            let why = "no subaccount is made";
            let sent = self
                .vault
                .as_master(&self.rest, self.master, action, times, why)
                .await
                .map_err(|e| e.to_string())?;
            match sent {
                Outcome::Answered(Response::Ok(_)) => {
                    tracing::info!(name, "a subaccount was made");
                }
                Outcome::Answered(Response::Err(says)) => {
                    return Err(format!("subaccount {name} is not made: {says}"));
                }
                Outcome::NotSent(why) => return Err(format!("subaccount {name}: {why}")),
                // the list will tell
                Outcome::Unknown(why) => return Err(format!("subaccount {name}: {why}")),
            }
        }
        self.venue.listed().await.map_err(says)?;
        Ok(())
    }

    /// On a local venue the master account gets the capital of the settings, once.
    async fn play_money(&self, settings: &Settings) -> Result<(), String> {
        let state = self.rest.clearinghouse_state(self.master).await;
        let state = state.map_err(|e| e.to_string())?;
        let listed = self.venue.listed().await.map_err(|e| e.to_string())?;
        let elsewhere: Decimal = listed
            .values()
            .map(|s| realised(&s.clearinghouse_state))
            .sum();
        if !(realised(&state) + elsewhere).is_zero() {
            return Ok(());
        }
        let capital = sixbtc_core::venue::amount(settings.trading.total_capital);
        let capital = capital.unwrap_or_default();
        give_money(&self.target.url, self.master, capital).await
    }
}
