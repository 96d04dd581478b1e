//! Leverage, isolated margin, sub-accounts.

use super::account::{Account, Class, Leverage};
use super::effect::Effect;
use super::exchange::Exchange;
use super::ident::Asset;
use super::position::initial_margin;
use rust_decimal::Decimal;
use sixbtc_exchange::wire::Address;
use sixbtc_exchange::wire::errors::Refusal;

/// Most sub-accounts of a master.
const SUB_ACCOUNTS: usize = 50;

/// A position with margin of its own, at the mark.
struct Isolated<'a> {
    account: &'a Account,
    mark: Decimal,
    size: Decimal,
    notional: Decimal,
    equity: Decimal,
}

impl Exchange {
    /// Sets leverage and margin mode of a market.
    pub(super) fn set_leverage(
        &mut self,
        user: Address,
        asset: Asset,
        is_cross: bool,
        value: u32,
    ) -> Result<(), Refusal> {
        let instrument = self.tradable(asset)?;
        if value < 1 || value > instrument.max_leverage {
            return Err(Refusal::InvalidLeverage);
        }
        if is_cross && instrument.only_isolated {
            return Err(Refusal::IsolatedOnly);
        }
        let account = self.accounts.get(&user).ok_or(Refusal::MustDeposit)?;
        let new = Leverage { is_cross, value };
        let mut changed = account.clone();
        if let Some(position) = changed.positions.get_mut(&asset) {
            if position.isolated.is_none() != is_cross {
                return Err(Refusal::SwitchMarginMode);
            }
            let mark = self.mark(asset);
            if let Some(raw) = &mut position.isolated {
                // Less leverage needs more margin, which comes out of the cash.
                let wanted = initial_margin(mark, position.szi.abs(), value);
                let missing = (wanted - (*raw + position.szi * mark)).max(Decimal::ZERO);
                *raw += missing;
                changed.cash -= missing;
            }
            let most = self.market_of(asset).instrument.most_notional(value);
            if most.is_some_and(|most| position.notional(mark) > most) {
                return Err(Refusal::MaxPosition);
            }
        }
        let more = value < self.leverage_of(account, asset).value;
        changed.leverage.insert(asset, new);
        if more && self.free_margin(&changed) < Decimal::ZERO {
            return Err(Refusal::Margin);
        }
        self.accounts.insert(user, changed);
        self.emit(Effect::Account(user));
        Ok(())
    }

    /// The isolated position of an account in a market that is traded.
    fn isolated(&self, user: Address, asset: Asset) -> Result<Isolated<'_>, Refusal> {
        self.tradable(asset)?;
        let mark = self.mark(asset);
        let account = self.accounts.get(&user).ok_or(Refusal::MustDeposit)?;
        let position = account.positions.get(&asset);
        let (position, equity) = position
            .and_then(|position| Some((position, position.isolated_equity(mark)?)))
            .ok_or(Refusal::NoIsolatedPosition)?;
        Ok(Isolated {
            account,
            mark,
            size: position.szi.abs(),
            notional: position.notional(mark),
            equity,
        })
    }

    /// Adds margin to an isolated position, or takes some out: what stays must be the initial margin and a tenth of notional.
    pub(super) fn add_isolated(
        &mut self,
        user: Address,
        asset: Asset,
        amount: Decimal,
    ) -> Result<(), Refusal> {
        let position = self.isolated(user, asset)?;
        let too_much = amount > Decimal::ZERO && amount > self.withdrawable_cash(position.account);
        let leverage = self.leverage_of(position.account, asset).value;
        let stays = initial_margin(position.mark, position.size, leverage)
            .max(position.notional / Decimal::TEN);
        let too_little = amount < Decimal::ZERO && position.equity + amount < stays;
        if too_much || too_little {
            return Err(Refusal::IsolatedMargin);
        }
        let account = self.account_mut(user);
        account.cash -= amount;
        if let Some(raw) = account
            .positions
            .get_mut(&asset)
            .and_then(|p| p.isolated.as_mut())
        {
            *raw += amount;
        }
        self.emit(Effect::Account(user));
        Ok(())
    }

    /// Adds as much margin to an isolated position as `leverage` asks for.
    pub(super) fn top_up_isolated(
        &mut self,
        user: Address,
        asset: Asset,
        leverage: Decimal,
    ) -> Result<(), Refusal> {
        let position = self.isolated(user, asset)?;
        if leverage < Decimal::ONE {
            return Err(Refusal::InvalidLeverage);
        }
        let missing = super::ident::to_micro(position.notional / leverage) - position.equity;
        if missing <= Decimal::ZERO {
            return Ok(());
        }
        self.add_isolated(user, asset, missing)
    }

    /// Cross equity that may leave the cash: not bound, and really cash.
    pub(super) fn withdrawable_cash(&self, account: &Account) -> Decimal {
        self.free_margin(account).max(Decimal::ZERO)
    }

    /// A new sub-account; its address follows from its master and its number.
    pub(super) fn create_sub(&mut self, master: Address, name: &str) -> Result<Address, Refusal> {
        let required = self.settings.sub_account_volume;
        let account = self.accounts.get(&master).ok_or(Refusal::MustDeposit)?;
        if matches!(account.class, Class::Sub { .. }) {
            return Err(Refusal::NotASubAccount);
        }
        if account.volumes.total < required {
            return Err(Refusal::SubAccountVolume { required });
        }
        self.check_sub_name(master, name, None)?;
        let number = self.subs.get(&master).map_or(0, Vec::len);
        if number >= SUB_ACCOUNTS {
            return Err(Refusal::TooManySubAccounts);
        }
        let mut bytes = b"sub-account".to_vec();
        bytes.extend_from_slice(master.as_bytes());
        bytes.extend_from_slice(&(number as u64).to_be_bytes());
        let mut address = Address::ZERO;
        address
            .0
            .copy_from_slice(&blake3::hash(&bytes).as_bytes()[..20]);
        let mut sub = Account::new(Class::Sub { master });
        sub.name = Some(name.to_owned());
        self.accounts.insert(address, sub);
        self.subs.entry(master).or_default().push(address);
        self.emit(Effect::Account(address));
        Ok(address)
    }

    /// Renames a sub-account.
    pub(super) fn rename_sub(
        &mut self,
        master: Address,
        sub: Address,
        name: &str,
    ) -> Result<(), Refusal> {
        self.check_is_sub(master, sub)?;
        self.check_sub_name(master, name, Some(sub))?;
        self.account_mut(sub).name = Some(name.to_owned());
        Ok(())
    }

    /// Refuses what is no sub-account of that master.
    pub(super) fn check_is_sub(&self, master: Address, sub: Address) -> Result<(), Refusal> {
        match self.accounts.get(&sub).map(|account| account.class) {
            Some(Class::Sub { master: whose }) if whose == master => Ok(()),
            _ => Err(Refusal::NotASubAccount),
        }
    }

    fn check_sub_name(
        &self,
        master: Address,
        name: &str,
        but: Option<Address>,
    ) -> Result<(), Refusal> {
        let length = name.trim().chars().count();
        if length == 0 || length > 16 {
            return Err(Refusal::SubAccountName);
        }
        let mut others = self
            .subs
            .get(&master)
            .into_iter()
            .flatten()
            .filter(|sub| Some(**sub) != but);
        if others.any(|sub| {
            self.accounts
                .get(sub)
                .is_some_and(|sub| sub.name.as_deref() == Some(name))
        }) {
            return Err(Refusal::SubAccountNameTaken);
        }
        Ok(())
    }

    /// Sub-accounts of a master, oldest first.
    pub fn subs_of(&self, master: Address) -> &[Address] {
        self.subs.get(&master).map_or(&[], Vec::as_slice)
    }
}
