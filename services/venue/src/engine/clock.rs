//! What time alone does: marks, premium samples, funding, the dead man's switch, liquidations.

use super::account::{CurvePoint, push_bounded};
use super::effect::Effect;
use super::exchange::Exchange;
use super::history::{FundingRow, RateRow};
use super::ident::{Asset, HOUR, Millis, Side, to_micro};
use super::mark::Span;
use super::market::Market;
use super::twap::Twap;
use rust_decimal::Decimal;
use sixbtc_exchange::wire::Address;

impl Exchange {
    /// Lets time pass until `now`; backward it does not go.
    pub fn advance(&mut self, now: Millis) -> Vec<Effect> {
        self.pass(now);
        self.take_effects()
    }

    pub(super) fn pass(&mut self, now: Millis) {
        while self.now < now {
            let hour = self.now - self.now.rem_euclid(HOUR) + HOUR;
            // A dead man's switch fires at its own time, however long the step.
            let switch = self
                .accounts
                .values()
                .filter_map(|account| account.schedule.time);
            let switch = switch.filter(|time| *time > self.now).min().unwrap_or(now);
            // So does each slice of an order over time.
            let slice = self.twaps.values().map(Twap::next);
            let slice = slice.filter(|time| *time > self.now).min().unwrap_or(now);
            self.pass_within(now.min(hour).min(switch).min(slice));
            self.send_slices();
            if self.now == hour {
                self.pay_funding();
                self.draw_curves();
                self.liquidate();
            }
        }
    }

    /// Lets time pass inside of an hour.
    fn pass_within(&mut self, now: Millis) {
        let ticks = |every: Millis, from: Millis| {
            if every <= 0 {
                0
            } else {
                now.div_euclid(every) - from.div_euclid(every)
            }
        };
        let samples = ticks(self.settings.premium_every_ms, self.now);
        let marks =
            ticks(self.settings.mark_every_ms, self.now) > 0 || self.settings.mark_every_ms <= 0;
        if samples > 0 {
            for asset in 0..self.markets.len() as Asset {
                let premium = self.premium(asset);
                let premiums = &mut self.market_mut(asset).premiums;
                premiums.sum += premium * Decimal::from(samples);
                premiums.count += samples as u64;
                premiums.last = premium;
            }
        }
        let minute = now.div_euclid(60_000);
        self.now = now;
        for market in &mut self.markets {
            market.roll_hours(now);
            if market.interest_window.0 != minute {
                market.interest_window = (minute, market.open_interest);
            }
        }
        self.fire_schedules();
        if marks {
            self.update_marks(0..self.markets.len() as Asset);
        }
    }

    /// Computes marks anew, and lets them have their effect.
    pub(super) fn update_marks(&mut self, assets: impl IntoIterator<Item = Asset>) {
        let from_oracle = self.settings.mark_from_oracle;
        let elapsed = self.now - self.last_mark;
        if elapsed > 0 {
            self.last_mark = self.now;
            if !from_oracle {
                let span = Span::of(elapsed);
                for market in &mut self.markets {
                    let (mid, book) = (market.book.mid(), market.book_px());
                    market.mark.observe(market.oracle_px, mid, book, &span);
                }
            }
        }
        let mut assets: Vec<Asset> = assets.into_iter().collect();
        assets.sort_unstable();
        assets.dedup();
        for asset in &assets {
            let market = self.market_mut(*asset);
            let mark = if from_oracle {
                market.oracle_px
            } else {
                market
                    .mark
                    .mark(market.oracle_px, market.book_px(), market.elsewhere)
            };
            let mark = market.instrument.round_mark(mark);
            // A price that rounds to nothing is no price.
            if mark > Decimal::ZERO && mark != market.mark_px {
                market.mark_px = mark;
                self.emit(Effect::Prices(*asset));
            }
        }
        for asset in assets {
            self.fire_triggers(asset);
        }
        self.liquidate();
        self.unwind_backstop();
    }

    /// Premium of the impact prices over the oracle (facts §8.5):
    /// (max(impact bid − oracle, 0) − max(oracle − impact ask, 0)) / oracle.
    pub(super) fn premium(&self, asset: Asset) -> Decimal {
        let market = self.market_of(asset);
        let (bid, ask) = self.impact(market);
        let oracle = market.oracle_px;
        let above = bid.map_or(Decimal::ZERO, |bid| (bid - oracle).max(Decimal::ZERO));
        let below = ask.map_or(Decimal::ZERO, |ask| (oracle - ask).max(Decimal::ZERO));
        ((above - below) / oracle).round_dp(10)
    }

    /// Average prices of a market order of the impact notional: a sale's and a purchase's.
    pub(super) fn impact(&self, market: &Market) -> (Option<Decimal>, Option<Decimal>) {
        let size_of = |oid| {
            self.orders
                .get(&oid)
                .map_or(Decimal::ZERO, |order| order.sz)
        };
        let notional = market.instrument.impact_notional;
        (
            market.book.impact(Side::Buy, notional, size_of),
            market.book.impact(Side::Sell, notional, size_of),
        )
    }

    /// Moves an hour's funding: usdc = −szi · oracle · rate. What rounding leaves goes into a pot.
    fn pay_funding(&mut self) {
        let (now, keep) = (self.now, self.settings.keep_rows);
        for asset in 0..self.markets.len() as Asset {
            let market = self.market_mut(asset);
            let premium = market.premiums.average();
            let rate = market.funding_rate();
            market.premiums = super::market::Premiums {
                last: market.premiums.last,
                ..Default::default()
            };
            push_bounded(
                &mut market.rates,
                RateRow {
                    time: now,
                    rate,
                    premium,
                },
                keep,
            );
            let oracle = market.oracle_px;
            let holders: Vec<Address> = self
                .accounts
                .iter()
                .filter(|(_, account)| account.positions.contains_key(&asset))
                .map(|(user, _)| *user)
                .collect();
            for user in holders {
                self.pay_one(user, asset, oracle, rate);
            }
        }
    }

    fn pay_one(&mut self, user: Address, asset: Asset, oracle: Decimal, rate: Decimal) {
        let (now, keep) = (self.now, self.settings.keep_rows);
        let Some(account) = self.accounts.get_mut(&user) else {
            return;
        };
        let Some(position) = account.positions.get_mut(&asset) else {
            return;
        };
        let usdc = to_micro(-position.szi * oracle * rate);
        position.funding.since_open -= usdc;
        position.funding.since_change -= usdc;
        let szi = position.szi;
        match &mut position.isolated {
            Some(raw) => *raw += usdc,
            None => account.cash += usdc,
        }
        *account.funding_all_time.entry(asset).or_default() -= usdc;
        account.realized += usdc;
        let row = FundingRow {
            time: now,
            asset,
            usdc,
            szi,
            rate,
        };
        let customer = account.is_customer();
        if customer {
            push_bounded(&mut account.funding, row, keep);
        }
        self.pots.funding -= usdc;
        if customer {
            self.emit(Effect::Funding { user, row });
            self.emit(Effect::Account(user));
        }
    }

    /// Adds a point an hour to each account's history of value.
    fn draw_curves(&mut self) {
        let (now, keep) = (self.now, self.settings.keep_rows);
        let points: Vec<(Address, CurvePoint)> = self
            .accounts
            .iter()
            .filter(|(_, account)| account.is_customer())
            .map(|(user, account)| (*user, self.curve_point(account, now)))
            .collect();
        for (user, point) in points {
            push_bounded(&mut self.account_mut(user).curve, point, keep);
        }
    }

    /// An account's value, profit and volume now.
    pub(super) fn curve_point(&self, account: &super::account::Account, now: Millis) -> CurvePoint {
        let unrealized: Decimal = account
            .positions
            .iter()
            .map(|(asset, p)| p.unrealized(self.mark(*asset)))
            .sum();
        CurvePoint {
            time: now,
            value: self.summary(account).value,
            pnl: account.realized + unrealized,
            volume: account.volumes.total,
        }
    }
}

/// Rate of an hour from the average premium (facts §8.5): (P + clamp(0.0001 − P, −0.0005, 0.0005)) / 8, at most 4 %.
pub fn funding_rate(premium: Decimal) -> Decimal {
    let edge = Decimal::new(5, 4);
    let interest = (Decimal::new(1, 4) - premium).clamp(-edge, edge);
    let cap = Decimal::new(4, 2);
    ((premium + interest) / Decimal::from(8))
        .clamp(-cap, cap)
        .round_dp(12)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn rates_follow_the_formula() {
        assert_eq!(
            funding_rate(d("0")),
            d("0.0000125"),
            "0.00125 % an hour without a premium"
        );
        assert_eq!(
            funding_rate(d("0.0003")),
            d("0.0000125"),
            "inside of the clamp the interest fills up"
        );
        // 0.001 − 0.0005 = 0.0005; / 8
        assert_eq!(funding_rate(d("0.001")), d("0.0000625"));
        // −0.002 + 0.0005 = −0.0015; / 8
        assert_eq!(funding_rate(d("-0.002")), d("-0.0001875"));
        assert_eq!(funding_rate(d("1")), d("0.04"));
    }
}
