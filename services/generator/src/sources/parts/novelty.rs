//! What is new among what is known: by behaviour where there is data to run on, else by parts.

use crate::behaviour::{self, Behaviour};
use crate::source::Draft;
use crate::write::write;

/// What the novelty of a candidate is judged by.
#[derive(Debug, Clone, PartialEq)]
pub enum Traits {
    /// The bars of the fixed data on which it enters.
    Behaviour(Behaviour),
    /// Parts and arguments, each as a word. Alike parts mostly fire alike.
    Parts(Vec<String>),
}

impl Traits {
    /// Distance in 0..=1; 1 between what cannot be compared.
    pub fn distance(&self, other: &Self) -> f64 {
        match (self, other) {
            (Self::Behaviour(a), Self::Behaviour(b)) => a.distance(b),
            (Self::Parts(a), Self::Parts(b)) => {
                let both = a.iter().filter(|p| b.contains(p)).count();
                let either = a.len() + b.len() - both;
                if either == 0 {
                    0.0
                } else {
                    1.0 - both as f64 / either as f64
                }
            }
            _ => 1.0,
        }
    }
}

/// Runs a draft on data; `None` when it cannot be run.
pub trait Measure: Send + Sync {
    /// On which bars it enters.
    fn behaviour(&self, draft: &Draft) -> Option<Behaviour>;
}

/// Runs drafts on the fixed data.
#[derive(Debug, Clone, Copy, Default)]
pub struct FixedData;

impl Measure for FixedData {
    fn behaviour(&self, draft: &Draft) -> Option<Behaviour> {
        let written = write(draft).ok()?;
        behaviour::of(&written.normal, draft.recipe.timeframe().ok()?).ok()
    }
}

/// Mean distance to the `k` nearest of those known: how new something is (Lehman and Stanley 2011). 1 when nothing is known.
pub fn novelty(of: &Traits, known: &[Traits], k: usize) -> f64 {
    let mut distances: Vec<f64> = known.iter().map(|other| of.distance(other)).collect();
    distances.sort_by(f64::total_cmp);
    distances.truncate(k.max(1));
    if distances.is_empty() {
        1.0
    } else {
        distances.iter().sum::<f64>() / distances.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixbtc_abi::Side;

    /// Enters long on every n-th of 1,280 bars.
    fn every(n: usize) -> Traits {
        let words = (0..20)
            .map(|word| {
                (0..64)
                    .filter(|bit| (word * 64 + bit) % n == 0)
                    .fold(0u64, |bits, bit| bits | 1 << bit)
            })
            .collect();
        Traits::Behaviour(Behaviour {
            hash: String::new(),
            entries: vec![(Side::Long, words)],
            rows: 1280,
            warmup: 0,
        })
    }

    #[test]
    fn what_is_unlike_its_nearest_is_new() {
        assert!(every(4).distance(&every(4)) == 0.0);
        assert!((every(2).distance(&every(4)) - 0.5).abs() < 1e-12);
        let known = [every(2), every(4), every(8)];
        let new = novelty(&every(7), &known, 2);
        let old = novelty(&every(4), &known, 2);
        assert!(new > old, "{new} {old}");
        assert!((novelty(&every(4), &[], 2) - 1.0).abs() < 1e-12);
        let parts = |of: &[&str]| Traits::Parts(of.iter().map(|s| (*s).to_owned()).collect());
        assert!((parts(&["a", "b"]).distance(&parts(&["b", "c"])) - 2.0 / 3.0).abs() < 1e-12);
        assert!((parts(&["a"]).distance(&known[0]) - 1.0).abs() < 1e-12);
    }
}
