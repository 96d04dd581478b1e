//! Every point.

use crate::error::SweepError;
use crate::evaluate::{Admitted, Evaluate};
use crate::space::{Space, count_text};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::Mutex;

/// Most points of a grid that are tried one by one.
const GRID_LIMIT: u64 = 1_000_000_000;

/// The number of points of a grid that can be swept: not too many, and one at least is admitted.
pub(super) fn check_grid(space: &Space, evaluator: &dyn Evaluate) -> Result<u64, SweepError> {
    let count = match space.numbers() {
        Ok(n) if n <= GRID_LIMIT => n,
        _ => {
            return Err(SweepError::TooMany {
                points: count_text(space.count()),
                limit: count_text(u128::from(GRID_LIMIT)),
            });
        }
    };
    let conditions = Mutex::new(BTreeSet::new());
    // as a rule the first point that is looked at is admitted; a contradiction costs a look at each
    let found = (0..count)
        .into_par_iter()
        .find_map_any(|n| match space.admits(evaluator, n) {
            Ok(Admitted::Yes) => Some(Ok(())),
            Ok(Admitted::No(condition)) => {
                if let Ok(mut set) = conditions.lock()
                    && set.len() < 8
                {
                    set.insert(condition);
                }
                None
            }
            Err(e) => Some(Err(e)),
        });
    match found {
        Some(Ok(())) => Ok(count),
        Some(Err(e)) => Err(e.into()),
        None => Err(super::no_point(
            count,
            &conditions.into_inner().unwrap_or_default(),
        )),
    }
}
