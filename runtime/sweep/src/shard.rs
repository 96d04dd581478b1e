//! A sweep cut into pieces for several machines.

use crate::error::SweepError;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// One of so many contiguous stretches of the points, `2/5` on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 1.
    pub index: u32,
    /// Of how many.
    pub of: u32,
}

impl Shard {
    /// The places that belong to it among so many.
    ///
    /// # Errors
    /// When there are more shards than places.
    pub fn places(&self, count: u64) -> Result<Range<u64>, SweepError> {
        if u64::from(self.of) > count {
            return Err(SweepError::Shards(format!(
                "{} shards are more than the {count} points there are; cut into {count} at most",
                self.of
            )));
        }
        let border = |i: u32| (u128::from(count) * u128::from(i) / u128::from(self.of)) as u64;
        Ok(border(self.index - 1)..border(self.index))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = SweepError;

    fn from_str(text: &str) -> Result<Self, SweepError> {
        let parts = text.split_once('/').and_then(|(i, n)| {
            let (index, of) = (i.trim().parse::<u32>().ok()?, n.trim().parse::<u32>().ok()?);
            (index >= 1 && index <= of).then_some(Self { index, of })
        });
        parts.ok_or_else(|| {
            SweepError::Shards(format!(
                "`{text}` is no shard; write the second of five as `2/5`"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts() {
        assert_eq!("2/5".parse::<Shard>().unwrap(), Shard { index: 2, of: 5 });
        for bad in ["0/5", "6/5", "2", "a/b", "", "1/0"] {
            assert!(bad.parse::<Shard>().is_err(), "{bad}");
        }
        let many = Shard { index: 1, of: 7 };
        assert_eq!(
            many.places(3).unwrap_err().to_string(),
            "7 shards are more than the 3 points there are; cut into 3 at most"
        );
    }

    proptest! {
        #[test]
        fn shards_cover_all_places_once(of in 1_u32..50, more in 0_u64..1_000) {
            let count = u64::from(of) + more;
            let mut at = 0;
            for index in 1..=of {
                let places = Shard { index, of }.places(count).unwrap();
                prop_assert_eq!(places.start, at);
                prop_assert!(places.end > places.start);
                at = places.end;
            }
            prop_assert_eq!(at, count);
        }
    }
}
