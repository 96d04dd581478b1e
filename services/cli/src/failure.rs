//! Why a command ended without an answer, and with which exit code.

use std::fmt;

/// A command that could not do its work.
#[derive(Debug)]
pub enum Failure {
    /// Wrong use or wrong input: exit code 2.
    Input(String),
    /// Disk, network, exchange: exit code 3.
    Outside(String),
    /// A defect of ours: exit code 3.
    Defect(String),
}

impl Failure {
    /// Wrong use or wrong input.
    pub fn input(why: impl Into<String>) -> Self {
        Self::Input(why.into())
    }
    /// Something outside failed.
    pub fn outside(why: impl Into<String>) -> Self {
        Self::Outside(why.into())
    }
    /// A defect of ours.
    pub fn defect(why: impl Into<String>) -> Self {
        Self::Defect(why.into())
    }
    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Input(_) => 2,
            Self::Outside(_) | Self::Defect(_) => 3,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(w) | Self::Outside(w) => f.write_str(w),
            Self::Defect(w) => write!(
                f,
                "{w}\nThis is a defect of sixbtc, not of your program; please report it"
            ),
        }
    }
}
