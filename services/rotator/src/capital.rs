//! How much capital a strategy is given.

use rust_decimal::{Decimal, RoundingStrategy};

/// Cents: what shares are rounded down to.
const DECIMALS: u32 = 2;

/// What each strategy of a round is given: `total / (active + 1)`, but never more than its part of what is there.
///
/// `active` is how many trade once the round is over. The one that is added leaves a share on the master account, so that the
/// places are never bought with the last cent: fees, top-ups and a latecomer find something there. `free` is what the master
/// account really holds: those who came when few traded were given more, and `free / joining` sees to it that the newcomers
/// share evenly what is left. Rounded down to cents; `None` when that is less than `least`, with which no order could be
/// placed.
pub fn share(
    total: Decimal,
    free: Decimal,
    trading: usize,
    joining: usize,
    least: Decimal,
) -> Option<Decimal> {
    let joining_count = Decimal::from(joining as u64);
    let active = Decimal::from(trading as u64) + joining_count;
    if joining == 0 {
        return None;
    }
    let even = total / (active + Decimal::ONE);
    let there = free.max(Decimal::ZERO) / joining_count;
    let share = even
        .min(there)
        .round_dp_with_strategy(DECIMALS, RoundingStrategy::ToZero);
    (share > Decimal::ZERO && share >= least).then_some(share)
}

/// How many of `joining` can be given at least `least`, fewest places lost: the largest number for which [`share`] is one.
pub fn affordable(
    total: Decimal,
    free: Decimal,
    trading: usize,
    joining: usize,
    least: Decimal,
) -> Option<(usize, Decimal)> {
    (1..=joining)
        .rev()
        .find_map(|n| Some((n, share(total, free, trading, n, least)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_share_stays_on_the_master_account() {
        assert_eq!(share(d("500"), d("500"), 0, 8, d("10")), Some(d("55.55")));
        assert_eq!(share(d("500"), d("500"), 0, 1, d("10")), Some(d("250")));
    }

    #[test]
    fn never_more_than_what_is_there() {
        assert_eq!(share(d("500"), d("125"), 3, 5, d("10")), Some(d("25")));
        assert_eq!(share(d("500"), d("40"), 3, 5, d("10")), None);
        assert_eq!(
            affordable(d("500"), d("40"), 3, 5, d("10")),
            Some((4, d("10")))
        );
        assert_eq!(share(d("500"), d("-3"), 0, 1, d("0")), None);
        assert_eq!(share(d("500"), d("500"), 0, 0, d("0")), None);
        assert_eq!(affordable(d("500"), d("9.99"), 0, 8, d("10")), None);
    }

    proptest! {
        #[test]
        fn what_is_given_is_there(
            total in 0i64..10_000_000, free in -1_000i64..10_000_000, trading in 0usize..12, joining in 1usize..12,
        ) {
            let (total, free) = (Decimal::new(total, 2), Decimal::new(free, 2));
            if let Some(share) = share(total, free, trading, joining, Decimal::ZERO) {
                prop_assert!(share * Decimal::from(joining as u64) <= free);
                prop_assert!(share * Decimal::from((trading + joining + 1) as u64) <= total);
            }
        }
    }
}
