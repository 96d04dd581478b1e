//! An account: money, positions, leverage, what it has traded, and the rows that reads are made of.

use super::fees::Volumes;
use super::history::{Fill, FundingRow, HistoryRow, LedgerRow};
use super::ident::{Asset, Millis, Oid, Side, to_micro};
use super::position::{Change, Position, initial_margin};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sixbtc_exchange::wire::{Address, Cloid};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What kind of account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Class {
    /// Somebody's own.
    User,
    /// Somebody's sub-account.
    Sub {
        /// Whose.
        master: Address,
    },
    /// The market maker: no margin, no fees, no history.
    House,
    /// Takes over what the book could not liquidate: no margin, no fees.
    Backstop,
}

/// Margin mode and leverage of one market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leverage {
    /// Cross, else isolated.
    pub is_cross: bool,
    /// Whole number from 1.
    pub value: u32,
}

/// The dead man's switch of an account (facts §5.6).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// When everything is cancelled; `None` when not armed.
    pub time: Option<Millis>,
    /// UTC day of the count.
    pub day: i64,
    /// Firings on that day.
    pub fired: u32,
}

/// Requests of an address (facts §9).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// Used so far.
    pub used: u64,
    /// Bought with `reserveRequestWeight`.
    pub bought: u64,
    /// When the last one was let through above the budget.
    pub last_trickle: Option<Millis>,
}

/// A finished order, as `orderStatus` knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// Its last row.
    pub row: HistoryRow,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What it is.
    pub class: Class,
    /// Name of a sub-account.
    pub name: Option<String>,
    /// Money of the cross account ("raw USD"): deposits, less cost of what was bought, plus proceeds of what was sold.
    pub cash: Decimal,
    /// USDC on the spot side.
    pub spot_usdc: Decimal,
    /// Positions by market; flat ones are not kept.
    pub positions: BTreeMap<Asset, Position>,
    /// Leverage that was set.
    pub leverage: BTreeMap<Asset, Leverage>,
    /// Funding paid in a market since ever, USDC; positive = paid.
    pub funding_all_time: BTreeMap<Asset, Decimal>,
    /// Orders that are not finished.
    pub open: BTreeSet<Oid>,
    /// Newest order of each name.
    pub cloids: BTreeMap<Cloid, Oid>,
    /// Finished orders by number, the oldest forgotten first.
    pub finished: BTreeMap<Oid, Finished>,
    /// One row per state of an order, oldest first.
    pub history: VecDeque<HistoryRow>,
    /// Fills, oldest first.
    pub fills: VecDeque<Fill>,
    /// Funding payments, oldest first.
    pub funding: VecDeque<FundingRow>,
    /// Money that moved other than by trading, oldest first.
    pub ledger: VecDeque<LedgerRow>,
    /// What it traded.
    pub volumes: Volumes,
    /// Its budget of requests.
    pub requests: Requests,
    /// Dead man's switch.
    pub schedule: Schedule,
    /// Most a builder may take, in tenths of a basis point.
    pub builders: BTreeMap<Address, u32>,
    /// No second step of a liquidation before this time.
    pub cooldown: BTreeMap<Asset, Millis>,
    /// Realised profit since ever, fees and funding included: what the portfolio's curve is made of.
    pub realized: Decimal,
    /// Equity and profit over time, oldest first.
    pub curve: VecDeque<CurvePoint>,
}

/// A point of the portfolio's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// When.
    pub time: Millis,
    /// Equity of the perpetual side.
    pub value: Decimal,
    /// Profit since ever: equity less deposits.
    pub pnl: Decimal,
    /// Volume since ever.
    pub volume: Decimal,
}

impl Account {
    /// An empty account.
    pub fn new(class: Class) -> Self {
        Self {
            class,
            name: None,
            cash: Decimal::ZERO,
            spot_usdc: Decimal::ZERO,
            positions: BTreeMap::new(),
            leverage: BTreeMap::new(),
            funding_all_time: BTreeMap::new(),
            open: BTreeSet::new(),
            cloids: BTreeMap::new(),
            finished: BTreeMap::new(),
            history: VecDeque::new(),
            fills: VecDeque::new(),
            funding: VecDeque::new(),
            ledger: VecDeque::new(),
            volumes: Volumes::default(),
            requests: Requests::default(),
            schedule: Schedule::default(),
            builders: BTreeMap::new(),
            cooldown: BTreeMap::new(),
            realized: Decimal::ZERO,
            curve: VecDeque::new(),
        }
    }

    /// Whether margin is asked of it, fees are taken and history kept.
    pub fn is_customer(&self) -> bool {
        matches!(self.class, Class::User | Class::Sub { .. })
    }

    /// Signed size in a market.
    pub fn szi(&self, asset: Asset) -> Decimal {
        self.positions.get(&asset).map_or(Decimal::ZERO, |p| p.szi)
    }

    /// All money that is not unrealised: cash, isolated margins, spot.
    pub fn raw_total(&self) -> Decimal {
        self.cash
            + self
                .positions
                .values()
                .filter_map(|p| p.isolated)
                .sum::<Decimal>()
            + self.spot_usdc
    }

    /// What a fill would leave behind: position and cash, with the margin of isolated positions moved.
    pub fn after_fill(
        &self,
        asset: Asset,
        leverage: Leverage,
        side: Side,
        px: Decimal,
        sz: Decimal,
    ) -> (Position, Decimal, Change) {
        let mut position = self.positions.get(&asset).copied().unwrap_or_default();
        let mut cash = self.cash;
        let isolated = self.is_customer()
            && (position.isolated.is_some() || (position.szi.is_zero() && !leverage.is_cross));
        if !isolated {
            let change = position.fill(side, px, sz);
            cash -= side.sign() * px * sz;
            return (position, cash, change);
        }
        let whole = position.preview(side, px, sz);
        if !whole.closed.is_zero() {
            // What is closed takes its share of the position's equity at this price with it.
            let before = position.szi.abs();
            let raw = position.isolated.unwrap_or_default();
            let equity = raw + position.szi * px;
            position.fill(side, px, whole.closed);
            let raw = raw - side.sign() * px * whole.closed;
            if position.szi.is_zero() {
                cash += raw;
                position.isolated = None;
            } else {
                let released = to_micro(equity.max(Decimal::ZERO) * whole.closed / before);
                position.isolated = Some(raw - released);
                cash += released;
            }
        }
        let opened = sz - whole.closed;
        if !opened.is_zero() {
            let margin = initial_margin(px, opened, leverage.value);
            let raw = position.isolated.unwrap_or_default();
            position.fill(side, px, opened);
            position.isolated = Some(raw + margin - side.sign() * px * opened);
            cash -= margin;
        }
        (position, cash, whole)
    }

    /// Puts a position back, or forgets it when flat.
    pub fn set_position(&mut self, asset: Asset, position: Position) {
        if position.szi.is_zero() {
            self.positions.remove(&asset);
            self.cooldown.remove(&asset);
        } else {
            self.positions.insert(asset, position);
        }
    }
}

/// Appends, and forgets the oldest beyond `keep`.
pub fn push_bounded<T>(rows: &mut VecDeque<T>, row: T, keep: usize) {
    rows.push_back(row);
    while rows.len() > keep {
        rows.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn isolated_margin_moves_in_and_out_with_the_position() {
        let mut account = Account::new(Class::User);
        account.cash = d("1000");
        let ten = Leverage {
            is_cross: false,
            value: 10,
        };
        let (p, cash, _) = account.after_fill(0, ten, Side::Buy, d("100"), d("5"));
        assert_eq!(p.isolated, Some(d("-450")), "margin 50 less cost 500");
        assert_eq!(cash, d("950"));
        assert_eq!(p.isolated_equity(d("100")), Some(d("50")));
        account.set_position(0, p);
        account.cash = cash;
        // two fifths closed at 110: equity 100, of which 40 come back
        let (p, cash, change) = account.after_fill(0, ten, Side::Sell, d("110"), d("2"));
        assert_eq!(
            (change.pnl, cash, p.isolated_equity(d("110"))),
            (d("20"), d("990"), Some(d("60")))
        );
        account.set_position(0, p);
        account.cash = cash;
        // flip: the rest is closed (60 come back), 1 short opened with 11 of margin
        let (p, cash, _) = account.after_fill(0, ten, Side::Sell, d("110"), d("4"));
        assert_eq!((p.szi, p.entry_px, cash), (d("-1"), d("110"), d("1039")));
        assert_eq!(p.isolated, Some(d("121")));
    }
}
