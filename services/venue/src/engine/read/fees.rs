//! What an account pays for trading.

use crate::engine::exchange::Exchange;
use crate::engine::fees::{DayVolume, day_of};
use rust_decimal::Decimal;
use serde_json::Value;
use sixbtc_exchange::wire::Address;
use sixbtc_exchange::wire::info::{DailyVolume, FeeSchedule, FeeTiers, UserFees, VipTier};

impl Exchange {
    /// Rates, the table they come from, and the volume of the last days, the running one last.
    pub fn user_fees(&self, user: Address) -> UserFees {
        let today = day_of(self.now);
        let own = self.accounts.get(&user);
        let (cross, add) = self.rates(user);
        let daily = (today - 14..=today).map(|day| {
            let mine = own
                .and_then(|account| account.volumes.days.get(&day))
                .copied()
                .unwrap_or_default();
            let all = self
                .accounts
                .values()
                .filter_map(|account| account.volumes.days.get(&day));
            DailyVolume {
                date: date(day),
                user_cross: mine.cross,
                user_add: mine.add,
                exchange: all.map(|DayVolume { cross, add }| cross + add).sum(),
            }
        });
        let first = self.settings.fees.first();
        let tiers = self.settings.fees.iter().skip(1).map(|row| VipTier {
            ntl_cutoff: row.volume,
            cross: row.taker,
            add: row.maker,
            spot_cross: spot().0,
            spot_add: spot().1,
        });
        UserFees {
            daily_user_vlm: daily.collect(),
            fee_schedule: FeeSchedule {
                cross: first.map_or(Decimal::ZERO, |row| row.taker),
                add: first.map_or(Decimal::ZERO, |row| row.maker),
                spot_cross: spot().0,
                spot_add: spot().1,
                tiers: FeeTiers {
                    vip: tiers.collect(),
                    mm: Vec::new(),
                },
                referral_discount: Decimal::ZERO,
                staking_discount_tiers: Vec::new(),
            },
            user_cross_rate: cross,
            user_add_rate: add,
            user_spot_cross_rate: spot().0,
            user_spot_add_rate: spot().1,
            active_referral_discount: Decimal::ZERO,
            trial: Value::Null,
            fee_trial_escrow: Decimal::ZERO,
            next_trial_available_timestamp: Value::Null,
            staking_link: Value::Null,
            active_staking_discount: Value::Null,
        }
    }
}

/// Rates of spot, which nobody trades here: 0.070 % and 0.040 %.
fn spot() -> (Decimal, Decimal) {
    (Decimal::new(7, 4), Decimal::new(4, 4))
}

/// A day counted from 1970 as `2026-11-23` (Howard Hinnant's `civil_from_days`).
fn date(day: i64) -> String {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let d = doy - (153 * mp + 2) / 5 + 1;
    let m = if mp < 10 { mp + 3 } else { mp - 9 };
    let y = yoe + era * 400 + i64::from(m <= 2);
    format!("{y:04}-{m:02}-{d:02}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn days_have_dates() {
        assert_eq!(super::date(0), "1970-01-01");
        assert_eq!(super::date(19_675), "2023-11-14");
        assert_eq!(super::date(19_782), "2024-02-29");
    }
}
