//! What a portfolio chooses to hold: the best symbols of an instant and their shares of the equity.

use crate::cross::best;
use sixbtc_abi::Side;

/// A symbol that may be held at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Candidate {
    /// Index into the run's symbols.
    pub symbol: usize,
    pub score: f64,
    pub weight: f64,
}

/// A symbol of a holding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Index into the run's symbols.
    pub symbol: u16,
    /// Which `hold` statement chose it; the first, when several did.
    pub hold: u16,
    /// What it was chosen by.
    pub score: f64,
    /// Share of the holding, negative when short; the shares add up to 1 in absolute terms, or less when statements
    /// disagree about a symbol.
    pub weight: f64,
}

/// A decision of a portfolio about all that it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Rebalance {
    /// Open time of the bar on whose close it was taken, ms.
    pub time: i64,
    /// Gross notional as a fraction of equity: a symbol's target is `equity × exposure × weight`.
    pub exposure: f64,
    /// What is held from now on, in the order of symbols.
    pub shares: Vec<Share>,
}

/// A `hold` statement with its numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hold {
    pub top: bool,
    pub count: usize,
    pub side: Side,
}

/// Chooses of one statement's candidates, which come in the order of symbols. Returns the shares, which add up to 1 unless
/// there are none, and how many of those chosen were dropped for a weight that is negative or no finite number.
pub(crate) fn choose(hold: Hold, candidates: &[Candidate]) -> (Vec<(Candidate, f64)>, u64) {
    let known: Vec<Candidate> = candidates
        .iter()
        .copied()
        .filter(|c| c.score.is_finite())
        .collect();
    let scores: Vec<f64> = known.iter().map(|c| c.score).collect();
    let mut dropped = 0;
    let mut chosen = Vec::new();
    for i in best(&scores, hold.count, hold.top) {
        let weight = known[i].weight;
        if weight > 0.0 && weight.is_finite() {
            chosen.push(known[i]);
        } else if weight.abs() > 0.0 || weight.is_nan() {
            // a weight of 0 is a wish: nothing of it
            dropped += 1;
        }
    }
    chosen.sort_by_key(|c| c.symbol);
    // Scaled by the greatest first, so that the sum of finite weights is finite.
    let greatest = chosen.iter().map(|c| c.weight).fold(0.0, f64::max);
    let mut sum = 0.0;
    for c in &chosen {
        sum += c.weight / greatest;
    }
    let shares = chosen
        .into_iter()
        .map(|c| (c, c.weight / greatest / sum))
        .collect();
    (shares, dropped)
}

/// Adds up what the statements chose; each has an equal part of the whole.
pub(crate) fn net(holds: &[Hold], chosen: &[Vec<(Candidate, f64)>]) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    let part = 1.0 / holds.len().max(1) as f64;
    for (k, (hold, list)) in holds.iter().zip(chosen).enumerate() {
        for (candidate, share) in list {
            let weight = hold.side.sign() * share * part;
            let symbol = candidate.symbol as u16;
            match shares.iter_mut().find(|s| s.symbol == symbol) {
                Some(s) => s.weight += weight,
                None => shares.push(Share {
                    symbol,
                    hold: k as u16,
                    score: candidate.score,
                    weight,
                }),
            }
        }
    }
    shares.retain(|s| s.weight.abs() > 0.0);
    shares.sort_by_key(|s| s.symbol);
    shares
}

/// Bars of the trailing returns from which the volatility of a holding is estimated.
pub(crate) const VOLATILITY_BARS: usize = 30;

/// The last closes of all symbols, instant by instant; a symbol without a bar keeps its last close.
#[derive(Debug, Clone, Default)]
pub(crate) struct Closes {
    rows: std::collections::VecDeque<Vec<f64>>,
}

impl Closes {
    /// Appends an instant.
    pub fn push(&mut self, closes: Vec<f64>) {
        if self.rows.len() > VOLATILITY_BARS {
            self.rows.pop_front();
        }
        self.rows.push_back(closes);
    }

    /// The last close of a symbol; NaN before the first.
    pub fn last(&self, symbol: usize) -> f64 {
        let row = self.rows.back();
        row.and_then(|r| r.get(symbol)).copied().unwrap_or(f64::NAN)
    }

    /// Annual volatility of a holding that would have been kept at these shares: the population standard deviation of
    /// `Σ share × return` over the last 30 bars × √(bars a year). It is `√(w′Σw × bars a year)` with the members' covariance
    /// matrix Σ, without making the matrix. NaN while a close is missing.
    pub fn volatility(&self, shares: &[Share], bars_per_year: f64) -> f64 {
        if self.rows.len() <= VOLATILITY_BARS {
            return f64::NAN;
        }
        let mut returns = [0.0; VOLATILITY_BARS];
        for (k, out) in returns.iter_mut().enumerate() {
            let (before, now) = (&self.rows[k], &self.rows[k + 1]);
            for share in shares {
                let s = usize::from(share.symbol);
                *out += share.weight * (now[s] / before[s] - 1.0);
            }
        }
        let n = VOLATILITY_BARS as f64;
        let mut mean = 0.0;
        for r in returns {
            mean += r;
        }
        mean /= n;
        let mut squares = 0.0;
        for r in returns {
            squares += (r - mean) * (r - mean);
        }
        (squares / n * bars_per_year).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn candidates(list: &[(f64, f64)]) -> Vec<Candidate> {
        list.iter()
            .enumerate()
            .map(|(symbol, &(score, weight))| Candidate {
                symbol,
                score,
                weight,
            })
            .collect()
    }

    const TOP2: Hold = Hold {
        top: true,
        count: 2,
        side: Side::Long,
    };

    #[test]
    fn the_best_finite_scores_share_by_weight() {
        let c = candidates(&[(1.0, 1.0), (f64::NAN, 1.0), (3.0, 1.0), (2.0, 3.0)]);
        let (shares, dropped) = choose(TOP2, &c);
        let list: Vec<_> = shares.iter().map(|(c, w)| (c.symbol, *w)).collect();
        assert_eq!((list, dropped), (vec![(2, 0.25), (3, 0.75)], 0));
    }

    #[test]
    fn bad_weights_are_dropped_and_zero_is_a_wish() {
        let c = candidates(&[(5.0, -1.0), (4.0, 2.0), (3.0, 0.0), (2.0, f64::NAN)]);
        let (shares, dropped) = choose(Hold { count: 4, ..TOP2 }, &c);
        assert_eq!((shares.len(), shares[0].1, dropped), (1, 1.0, 2));
        assert!(choose(TOP2, &[]).0.is_empty());
    }

    #[test]
    fn long_and_short_halves_are_netted() {
        let c = candidates(&[(1.0, 1.0), (2.0, 1.0), (3.0, 1.0)]);
        let holds = [
            Hold { count: 1, ..TOP2 },
            Hold {
                top: false,
                count: 1,
                side: Side::Short,
            },
        ];
        let chosen: Vec<_> = holds.iter().map(|h| choose(*h, &c).0).collect();
        let shares = net(&holds, &chosen);
        let list: Vec<_> = shares
            .iter()
            .map(|s| (s.symbol, s.hold, s.weight))
            .collect();
        assert_eq!(list, [(0, 1, -0.5), (2, 0, 0.5)]);
        let all = holds.map(|h| Hold { count: 3, ..h });
        let chosen: Vec<_> = all.iter().map(|h| choose(*h, &c).0).collect();
        assert!(net(&all, &chosen).is_empty());
    }

    #[test]
    fn the_volatility_is_that_of_the_covariance_matrix() {
        let mut closes = Closes::default();
        let mut prices = [100.0, 50.0];
        let mut history = vec![prices];
        closes.push(prices.to_vec());
        for k in 0..40 {
            prices[0] *= 1.0 + 0.01 * f64::from(k % 5 - 2);
            prices[1] *= 1.0 + 0.02 * f64::from(k * 7 % 3 - 1);
            history.push(prices);
            closes.push(prices.to_vec());
        }
        let share = |symbol, weight| Share {
            symbol,
            hold: 0,
            score: 0.0,
            weight,
        };
        let shares = [share(0, 0.75), share(1, -0.25)];
        let returns: Vec<[f64; 2]> = history[history.len() - 31..]
            .windows(2)
            .map(|w| [w[1][0] / w[0][0] - 1.0, w[1][1] / w[0][1] - 1.0])
            .collect();
        let mean = |a: usize| returns.iter().map(|r| r[a]).sum::<f64>() / 30.0;
        let covariance = |a: usize, b: usize| {
            returns
                .iter()
                .map(|r| (r[a] - mean(a)) * (r[b] - mean(b)))
                .sum::<f64>()
                / 30.0
        };
        let weights = [0.75, -0.25];
        let mut variance = 0.0;
        for (a, wa) in weights.iter().enumerate() {
            for (b, wb) in weights.iter().enumerate() {
                variance += wa * wb * covariance(a, b);
            }
        }
        let got = closes.volatility(&shares, 365.0);
        assert!((got / (variance * 365.0).sqrt() - 1.0).abs() < 1e-12);
        assert!(Closes::default().volatility(&shares, 365.0).is_nan());
    }

    proptest! {
        #[test]
        fn shares_add_up_to_one(list in prop::collection::vec((-9i8..9, 1e-6f64..1e6), 1..12), count in 1usize..6) {
            let list: Vec<(f64, f64)> = list.into_iter().map(|(s, w)| (f64::from(s), w)).collect();
            let (shares, _) = choose(Hold { count, ..TOP2 }, &candidates(&list));
            prop_assert_eq!(shares.len(), count.min(list.len()));
            prop_assert!((shares.iter().map(|s| s.1).sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}
