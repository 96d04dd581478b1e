//! Mark price (facts §8.4): the median of three prices, of which two come from this book and one from other exchanges.

use super::ident::Millis;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// How long the average of (mid − oracle) remembers, ms.
const BASIS_MEMORY: i64 = 150_000;
/// How long the average of the book's own price remembers, ms; used when another source is missing.
const BOOK_MEMORY: i64 = 30_000;

/// e^(−x) for x ≥ 0: by a series after halving, so that every machine gets the same digits.
pub fn exp_neg(x: Decimal) -> Decimal {
    if x <= Decimal::ZERO {
        return Decimal::ONE;
    }
    if x > Decimal::from(50) {
        return Decimal::ZERO;
    }
    let mut small = x;
    let mut halvings = 0;
    while small > Decimal::new(5, 1) {
        small /= Decimal::TWO;
        halvings += 1;
    }
    let mut term = Decimal::ONE;
    let mut sum = Decimal::ONE;
    for n in 1..=18 {
        term = (-term * small / Decimal::from(n)).round_dp(26);
        sum += term;
    }
    for _ in 0..halvings {
        sum = (sum * sum).round_dp(26);
    }
    sum.round_dp(20)
}

/// An average over time in which old samples fade: numerator ← numerator · e^(−t/memory) + sample · t, and the
/// denominator likewise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fading {
    numerator: Decimal,
    denominator: Decimal,
}

impl Fading {
    /// Adds a sample that held for `t` seconds, in which older ones faded by `fade`.
    fn add(&mut self, sample: Decimal, t: Decimal, fade: Decimal) {
        self.numerator = (self.numerator * fade + sample * t).round_dp(15);
        self.denominator = (self.denominator * fade + t).round_dp(15);
    }

    /// The average; `None` before the first sample.
    pub fn value(&self) -> Option<Decimal> {
        (self.denominator > Decimal::ZERO).then(|| self.numerator / self.denominator)
    }
}

/// Middle of three.
pub fn median(mut prices: [Decimal; 3]) -> Decimal {
    prices.sort_unstable();
    prices[1]
}

/// Median of best bid, best ask and last trade; what there is of them.
pub fn book_price(
    bid: Option<Decimal>,
    ask: Option<Decimal>,
    last: Option<Decimal>,
) -> Option<Decimal> {
    match (bid, ask, last) {
        (Some(bid), Some(ask), Some(last)) => Some(median([bid, ask, last])),
        (Some(bid), Some(ask), None) => Some((bid + ask) / Decimal::TWO),
        (one, other, last) => last.or(one).or(other),
    }
}

/// Weighted median of the perpetual mids of other exchanges; facts: weights 3, 2, 2, 1, 1 in the order of importance.
pub fn weighted_median(mids: &[(Decimal, u32)]) -> Option<Decimal> {
    let mut sorted = mids.to_vec();
    sorted.sort_unstable_by_key(|(px, _)| *px);
    let total: u32 = sorted.iter().map(|(_, weight)| weight).sum();
    let mut seen = 0;
    sorted.into_iter().find_map(|(px, weight)| {
        seen += weight;
        (weight > 0 && 2 * seen >= total).then_some(px)
    })
}

/// A stretch of time, with what fades in it: the same for all markets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    seconds: Decimal,
    basis: Decimal,
    book: Decimal,
}

impl Span {
    /// Of so many milliseconds, at least one.
    pub fn of(elapsed: Millis) -> Self {
        let elapsed = elapsed.max(1);
        let fade = |memory: Millis| exp_neg(Decimal::from(elapsed) / Decimal::from(memory));
        Self {
            // Beyond a day nothing older counts, and the sums stay small.
            seconds: Decimal::new(elapsed.min(super::ident::DAY), 3),
            basis: fade(BASIS_MEMORY),
            book: fade(BOOK_MEMORY),
        }
    }
}

/// What the mark is computed from, and the averages that it needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkState {
    basis: Fading,
    book: Fading,
}

impl MarkState {
    /// Takes in that `mid` and `book` held for a while beside `oracle`.
    pub fn observe(
        &mut self,
        oracle: Decimal,
        mid: Option<Decimal>,
        book: Option<Decimal>,
        span: &Span,
    ) {
        if let Some(mid) = mid {
            self.basis.add(mid - oracle, span.seconds, span.basis);
        }
        if let Some(book) = book {
            self.book.add(book, span.seconds, span.book);
        }
    }

    /// The mark: median of oracle with average basis, the book's price, and the price elsewhere. With only two of them the
    /// average of the book's price stands in; with fewer, the oracle.
    pub fn mark(
        &self,
        oracle: Decimal,
        book: Option<Decimal>,
        elsewhere: Option<Decimal>,
    ) -> Decimal {
        let first = self.basis.value().map(|basis| oracle + basis);
        match (first, book, elsewhere) {
            (Some(a), Some(b), Some(c)) => median([a, b, c]),
            (Some(a), Some(b), None) | (Some(a), None, Some(b)) | (None, Some(a), Some(b)) => {
                match self.book.value() {
                    Some(c) => median([a, b, c]),
                    None => (a + b) / Decimal::TWO,
                }
            }
            (Some(one), None, None) | (None, Some(one), None) | (None, None, Some(one)) => one,
            (None, None, None) => oracle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn exp_is_exact_to_many_digits() {
        let near = |x: &str, want: &str| {
            let diff = (exp_neg(d(x)) - d(want)).abs();
            assert!(diff < d("0.000000000000000001"), "{x}: {}", exp_neg(d(x)));
        };
        near("0", "1");
        near("1", "0.36787944117144232159");
        near("0.02", "0.98019867330675530222");
        near("10", "0.00004539992976248485");
        assert_eq!(exp_neg(d("60")), Decimal::ZERO);
    }

    #[test]
    fn the_average_fades_as_the_formula_says() {
        let mut ema = Fading::default();
        assert_eq!(ema.value(), None);
        let span = Span::of(3000);
        ema.add(d("2"), span.seconds, span.basis);
        assert_eq!(ema.value(), Some(d("2")));
        ema.add(d("1"), span.seconds, span.basis);
        // (6 e + 3) / (3 e + 3) with e = e^(−0.02) = 0.980198673…
        let e = exp_neg(d("0.02"));
        let want = (d("6") * e + d("3")) / (d("3") * e + d("3"));
        assert!((ema.value().unwrap() - want).abs() < d("0.0000000000001"));
    }

    #[test]
    fn the_mark_is_a_median() {
        let mut state = MarkState::default();
        assert_eq!(
            state.mark(d("100"), None, None),
            d("100"),
            "nothing but the oracle"
        );
        state.observe(d("100"), Some(d("101")), Some(d("101")), &Span::of(3000));
        assert_eq!(
            state.mark(d("100"), Some(d("103")), Some(d("102"))),
            d("102")
        );
        assert_eq!(
            state.mark(d("100"), Some(d("103")), None),
            d("101"),
            "oracle + 1, book 103, its average 101"
        );
    }

    #[test]
    fn others_are_weighed() {
        let mids = [
            (d("100"), 3),
            (d("90"), 2),
            (d("110"), 2),
            (d("80"), 1),
            (d("120"), 1),
        ];
        assert_eq!(weighted_median(&mids), Some(d("100")));
        assert_eq!(weighted_median(&[]), None);
    }
}
