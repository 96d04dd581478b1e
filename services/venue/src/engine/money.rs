//! Money between accounts and sides (facts §4): always from what is free, always written down on both ends.

use super::exchange::{BACKSTOP, Exchange, HOUSE};
use super::history::Delta;
use rust_decimal::Decimal;
use sixbtc_exchange::wire::Address;
use sixbtc_exchange::wire::errors::Refusal;

/// A side of an account: `""` names the perpetual one, `spot` the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dex {
    Perp,
    Spot,
}

impl Dex {
    fn of(name: &str) -> Result<Self, Refusal> {
        match name {
            "" => Ok(Self::Perp),
            "spot" => Ok(Self::Spot),
            _ => Err(Refusal::TransferBalance),
        }
    }
}

/// The only token here.
fn check_token(token: &str) -> Result<(), Refusal> {
    if token.split(':').next() == Some("USDC") {
        Ok(())
    } else {
        Err(Refusal::TransferBalance)
    }
}

/// An amount that may be sent: positive, in whole micro-dollars.
fn check_amount(amount: Decimal, refusal: Refusal) -> Result<Decimal, Refusal> {
    if amount <= Decimal::ZERO
        || amount > Decimal::from(1_000_000_000_000_i64)
        || amount.normalize().scale() > 6
    {
        return Err(refusal);
    }
    Ok(amount)
}

impl Exchange {
    fn balance(&self, user: Address, side: Dex) -> Decimal {
        let Some(account) = self.accounts.get(&user) else {
            return Decimal::ZERO;
        };
        match side {
            Dex::Perp => self.withdrawable(account),
            Dex::Spot => account.spot_usdc,
        }
    }

    fn change(&mut self, user: Address, side: Dex, amount: Decimal) {
        let account = self.account_mut(user);
        match side {
            Dex::Perp => account.cash += amount,
            Dex::Spot => account.spot_usdc += amount,
        }
    }

    fn move_usdc(
        &mut self,
        from: (Address, Dex),
        to: (Address, Dex),
        amount: Decimal,
    ) -> Result<(), Refusal> {
        let amount = check_amount(amount, Refusal::TransferBalance)?;
        if to.0 == HOUSE || to.0 == BACKSTOP || amount > self.balance(from.0, from.1) {
            return Err(Refusal::TransferBalance);
        }
        self.change(from.0, from.1, -amount);
        self.change(to.0, to.1, amount);
        Ok(())
    }

    /// Writes a row down for the sender, and for the receiver when that is somebody else.
    fn both(&mut self, user: Address, destination: Address, delta: Delta) {
        if user != destination {
            self.ledger(destination, delta.clone());
        }
        self.ledger(user, delta);
    }

    /// Perpetual side to somebody's perpetual side.
    pub(super) fn usd_send(
        &mut self,
        user: Address,
        destination: Address,
        amount: Decimal,
    ) -> Result<(), Refusal> {
        self.move_usdc((user, Dex::Perp), (destination, Dex::Perp), amount)?;
        self.both(
            user,
            destination,
            Delta::InternalTransfer {
                usdc: amount,
                user,
                destination,
                fee: Decimal::ZERO,
            },
        );
        Ok(())
    }

    /// Off the exchange; the fee is taken out of the amount.
    pub(super) fn withdraw(
        &mut self,
        user: Address,
        amount: Decimal,
        nonce: u64,
    ) -> Result<(), Refusal> {
        let amount = check_amount(amount, Refusal::WithdrawalBalance)?;
        let fee = self.settings.withdraw_fee;
        if amount <= fee || amount > self.balance(user, Dex::Perp) {
            return Err(Refusal::WithdrawalBalance);
        }
        self.change(user, Dex::Perp, -amount);
        self.pots.fees += fee;
        self.pots.withdrawn += amount - fee;
        self.ledger(
            user,
            Delta::Withdraw {
                usdc: amount - fee,
                nonce,
                fee,
            },
        );
        Ok(())
    }

    /// Spot side to somebody's spot side.
    pub(super) fn spot_send(
        &mut self,
        user: Address,
        destination: Address,
        token: &str,
        amount: Decimal,
        nonce: u64,
    ) -> Result<(), Refusal> {
        check_token(token)?;
        self.move_usdc((user, Dex::Spot), (destination, Dex::Spot), amount)?;
        self.both(
            user,
            destination,
            Delta::SpotTransfer {
                amount,
                user,
                destination,
                nonce,
            },
        );
        Ok(())
    }

    /// Between the sides of one account.
    pub(super) fn class_transfer(
        &mut self,
        user: Address,
        amount: Decimal,
        to_perp: bool,
    ) -> Result<(), Refusal> {
        let (from, to) = if to_perp {
            (Dex::Spot, Dex::Perp)
        } else {
            (Dex::Perp, Dex::Spot)
        };
        self.move_usdc((user, from), (user, to), amount)?;
        self.ledger(
            user,
            Delta::AccountClassTransfer {
                usdc: amount,
                to_perp,
            },
        );
        Ok(())
    }

    /// Between any sides of any accounts.
    pub(super) fn send_asset(
        &mut self,
        user: Address,
        destination: Address,
        dexes: (&str, &str),
        token: &str,
        amount: Decimal,
        nonce: u64,
    ) -> Result<(), Refusal> {
        check_token(token)?;
        let (from, to) = (Dex::of(dexes.0)?, Dex::of(dexes.1)?);
        self.move_usdc((user, from), (destination, to), amount)?;
        let delta = Delta::Send {
            amount,
            user,
            destination,
            source_dex: dexes.0.to_owned(),
            destination_dex: dexes.1.to_owned(),
            nonce,
        };
        self.both(user, destination, delta);
        Ok(())
    }

    /// Between a master and its sub-account, perpetual sides.
    pub(super) fn sub_transfer(
        &mut self,
        master: Address,
        sub: Address,
        deposit: bool,
        usdc: Decimal,
    ) -> Result<(), Refusal> {
        self.check_is_sub(master, sub)?;
        let (user, destination) = if deposit {
            (master, sub)
        } else {
            (sub, master)
        };
        self.move_usdc((user, Dex::Perp), (destination, Dex::Perp), usdc)?;
        self.both(
            user,
            destination,
            Delta::SubAccountTransfer {
                usdc,
                user,
                destination,
            },
        );
        Ok(())
    }

    /// Between a master and its sub-account, spot sides.
    pub(super) fn sub_spot_transfer(
        &mut self,
        master: Address,
        sub: Address,
        deposit: bool,
        token: &str,
        amount: Decimal,
        nonce: u64,
    ) -> Result<(), Refusal> {
        self.check_is_sub(master, sub)?;
        let (user, destination) = if deposit {
            (master, sub)
        } else {
            (sub, master)
        };
        self.spot_send(user, destination, token, amount, nonce)
    }

    /// Buys requests.
    pub(super) fn reserve_requests(&mut self, user: Address, weight: u64) -> Result<(), Refusal> {
        let price = self.settings.request_price;
        let cost = Decimal::from(weight)
            .checked_mul(price)
            .ok_or(Refusal::TransferBalance)?;
        let cost = super::ident::to_micro(cost);
        if cost > self.balance(user, Dex::Perp) {
            return Err(Refusal::TransferBalance);
        }
        self.change(user, Dex::Perp, -cost);
        self.pots.fees += cost;
        let account = self.account_mut(user);
        account.realized -= cost;
        account.requests.bought = account.requests.bought.saturating_add(weight);
        Ok(())
    }
}
