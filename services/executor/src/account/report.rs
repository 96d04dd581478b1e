//! What an account says that it holds.

use super::io::{Held, Output};
use super::run::Account;
use sixbtc_live::order::{Kind, Life, Role};

impl Account<'_> {
    /// Says what is held, when that changed.
    pub(super) fn report(&mut self) {
        let state = self.desk.state();
        let mut held = Vec::new();
        for (market, size) in state.positions.iter().enumerate() {
            if size.is_zero() {
                continue;
            }
            let (mut units, mut paid) = (0.0, 0.0);
            for (_, signed, price) in self.desk.live().lots(market) {
                units += signed;
                paid += signed * price;
            }
            let entry = if units == 0.0 { 0.0 } else { paid / units };
            let standing = |is: &dyn Fn(Role) -> bool| {
                let mut orders = self
                    .desk
                    .orders()
                    .filter(|o| o.plan.symbol == market && o.life == Life::Open && is(o.plan.role));
                orders.next().map(|o| o.plan.kind)
            };
            let stop = standing(&|r| matches!(r, Role::Protect { .. } | Role::Guard { .. }));
            let target = standing(&|r| matches!(r, Role::Take { .. }));
            held.push(Held {
                market,
                size: *size,
                entry: sixbtc_live::money::decimal(entry).unwrap_or_default(),
                stop: stop.map(Kind::price),
                target: target.map(Kind::price),
                leverage: state.leverage.get(market).copied().flatten(),
            });
        }
        if held != self.positions {
            self.positions.clone_from(&held);
            self.output(Output::Positions(held));
        }
    }
}
