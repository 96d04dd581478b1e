//! A position and what a fill does to it (facts §8.1): entry weighted on increase, unchanged on decrease, the price of the
//! fill on a flip.

use super::ident::{Side, to_micro};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Funding paid by a position so far, USDC; positive = paid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CumFunding {
    /// Since the position was opened.
    pub since_open: Decimal,
    /// Since its size last changed.
    pub since_change: Decimal,
}

/// A position of one account in one market.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Signed size: positive long, negative short.
    pub szi: Decimal,
    /// Average price of entry.
    pub entry_px: Decimal,
    /// Money of its own, when margin is isolated: margin less cost of what was bought.
    pub isolated: Option<Decimal>,
    /// Funding paid.
    pub funding: CumFunding,
}

/// What a fill did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Signed size before.
    pub start: Decimal,
    /// Signed size after.
    pub end: Decimal,
    /// Size that was closed, unsigned.
    pub closed: Decimal,
    /// Profit of the closed part before fees, exact.
    pub pnl: Decimal,
}

impl Change {
    /// Whether the position is larger than before, or on the other side.
    pub fn increases(&self) -> bool {
        self.end.abs() > self.start.abs()
            || (self.end * self.start).is_sign_negative() && !self.end.is_zero()
    }

    /// The word for it: `Open Long`, `Close Short`, `Long > Short`, …
    pub fn dir(&self, side: Side) -> &'static str {
        let was_long = self.start > Decimal::ZERO;
        let was_short = self.start < Decimal::ZERO;
        match side {
            Side::Buy if was_short && self.end > Decimal::ZERO => "Short > Long",
            Side::Buy if was_short => "Close Short",
            Side::Buy => "Open Long",
            Side::Sell if was_long && self.end < Decimal::ZERO => "Long > Short",
            Side::Sell if was_long => "Close Long",
            Side::Sell => "Open Short",
        }
    }
}

impl Position {
    /// What a fill of `sz` on `side` at `px` would do, without doing it.
    pub fn preview(&self, side: Side, px: Decimal, sz: Decimal) -> Change {
        let start = self.szi;
        let end = start + side.sign() * sz;
        let against = !start.is_zero() && (start > Decimal::ZERO) != (side == Side::Buy);
        let closed = if against {
            sz.min(start.abs())
        } else {
            Decimal::ZERO
        };
        let direction = if start > Decimal::ZERO {
            Decimal::ONE
        } else {
            Decimal::NEGATIVE_ONE
        };
        Change {
            start,
            end,
            closed,
            pnl: (px - self.entry_px) * closed * direction,
        }
    }

    /// Changes size and entry. Money is moved by the account.
    pub fn fill(&mut self, side: Side, px: Decimal, sz: Decimal) -> Change {
        let change = self.preview(side, px, sz);
        if change.end.is_zero() {
            self.entry_px = Decimal::ZERO;
            self.funding = CumFunding::default();
        } else if change.closed.is_zero() {
            // increase
            let before = change.start.abs();
            self.entry_px = (self.entry_px * before + px * sz) / (before + sz);
        } else if change.closed < sz {
            // flip
            self.entry_px = px;
            self.funding = CumFunding::default();
        }
        self.szi = change.end;
        self.funding.since_change = Decimal::ZERO;
        change
    }

    /// |size| · mark.
    pub fn notional(&self, mark: Decimal) -> Decimal {
        self.szi.abs() * mark
    }

    /// (mark − entry) · size.
    pub fn unrealized(&self, mark: Decimal) -> Decimal {
        (mark - self.entry_px) * self.szi
    }

    /// Equity of an isolated position: its money and its worth. `None` for cross.
    pub fn isolated_equity(&self, mark: Decimal) -> Option<Decimal> {
        self.isolated.map(|raw| raw + self.szi * mark)
    }
}

/// Price at which equity meets maintenance: −raw / (szi · (1 − side · rate)), with the money `raw` that stands against the
/// position and the deduction of its tier. `None` when it is not reachable.
pub fn liquidation_px(
    szi: Decimal,
    raw: Decimal,
    rate: Decimal,
    deduction: Decimal,
) -> Option<Decimal> {
    if szi.is_zero() {
        return None;
    }
    let side = if szi > Decimal::ZERO {
        Decimal::ONE
    } else {
        Decimal::NEGATIVE_ONE
    };
    // raw + szi · p = |szi| · p · rate − deduction
    let px = -(raw + deduction) / (szi * (Decimal::ONE - side * rate));
    (px > Decimal::ZERO).then_some(px)
}

/// Margin that goes with `sz` at `px` and `leverage`, to the micro-dollar.
pub fn initial_margin(px: Decimal, sz: Decimal, leverage: u32) -> Decimal {
    to_micro(px * sz / Decimal::from(leverage.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn entry_follows_the_rules() {
        let mut p = Position::default();
        assert_eq!(
            p.fill(Side::Buy, d("100"), d("1")).dir(Side::Buy),
            "Open Long"
        );
        p.fill(Side::Buy, d("110"), d("3"));
        assert_eq!(p.entry_px, d("107.5"), "(100 + 330) / 4");
        let close = p.fill(Side::Sell, d("120"), d("1"));
        assert_eq!(
            (close.pnl, close.dir(Side::Sell), close.increases()),
            (d("12.5"), "Close Long", false)
        );
        assert_eq!((p.szi, p.entry_px), (d("3"), d("107.5")));
        let flip = p.fill(Side::Sell, d("100"), d("5"));
        assert_eq!(
            (flip.pnl, flip.dir(Side::Sell), flip.increases()),
            (d("-22.5"), "Long > Short", true)
        );
        assert_eq!((p.szi, p.entry_px), (d("-2"), d("100")));
        let done = p.fill(Side::Buy, d("90"), d("2"));
        assert_eq!((done.pnl, done.dir(Side::Buy)), (d("20"), "Close Short"));
        assert_eq!((p.szi, p.entry_px), (d("0"), d("0")));
    }

    #[test]
    fn liquidation_price_is_where_equity_meets_maintenance() {
        // long 2 at 100 with 20 of margin: raw = 20 − 200 = −180; rate 1/20
        // −(−180) / (2 · 0.95) = 94.7368421…; there equity = −180 + 189.4737 = 9.4737 = 189.4737 / 20
        let px = liquidation_px(d("2"), d("-180"), d("0.05"), d("0")).unwrap();
        assert_eq!(px.round_dp(7), d("94.7368421"));
        let short = liquidation_px(d("-2"), d("220"), d("0.05"), d("0")).unwrap();
        // 220 / (2 · 1.05)
        assert_eq!(short.round_dp(7), d("104.7619048"));
        assert_eq!(
            liquidation_px(d("1"), d("50"), d("0.05"), d("0")),
            None,
            "a long with more money than cost"
        );
    }
}
