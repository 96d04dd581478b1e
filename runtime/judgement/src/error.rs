//! Why a judgement cannot be made.

use thiserror::Error;

/// What is wrong with the numbers or the settings.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JudgementError {
    /// Not enough to say anything.
    #[error("{what}: at least {needed} needed, {got} given")]
    TooFew {
        /// What there is too little of.
        what: &'static str,
        /// How many there must be.
        needed: usize,
        /// How many there are.
        got: usize,
    },
    /// Series that must have one length have two.
    #[error("{what}: {expected} expected, {got} given")]
    Unequal {
        /// What has the wrong length.
        what: &'static str,
        /// Length of the others.
        expected: usize,
        /// Its own.
        got: usize,
    },
    /// A number is missing or infinite.
    #[error("{what}: number {at} is not finite")]
    NotFinite {
        /// Whose number.
        what: &'static str,
        /// Its place, from 0.
        at: usize,
    },
    /// A figure needs numbers that differ.
    #[error("{what}: all numbers are alike")]
    NoSpread {
        /// Whose numbers.
        what: &'static str,
    },
    /// A setting makes no sense.
    #[error("{0}")]
    Setting(&'static str),
}

/// Refuses fewer than `needed`.
pub(crate) fn enough(what: &'static str, needed: usize, got: usize) -> Result<(), JudgementError> {
    if got < needed {
        return Err(JudgementError::TooFew { what, needed, got });
    }
    Ok(())
}

/// Refuses a length other than `expected`.
pub(crate) fn equal(what: &'static str, expected: usize, got: usize) -> Result<(), JudgementError> {
    if got != expected {
        return Err(JudgementError::Unequal {
            what,
            expected,
            got,
        });
    }
    Ok(())
}

/// Refuses numbers that are missing or infinite.
pub(crate) fn finite(what: &'static str, numbers: &[f64]) -> Result<(), JudgementError> {
    match numbers.iter().position(|x| !x.is_finite()) {
        Some(at) => Err(JudgementError::NotFinite { what, at }),
        None => Ok(()),
    }
}

/// Refuses a setting.
pub(crate) fn require(holds: bool, otherwise: &'static str) -> Result<(), JudgementError> {
    if holds {
        Ok(())
    } else {
        Err(JudgementError::Setting(otherwise))
    }
}
