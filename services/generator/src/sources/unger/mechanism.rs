//! The eleven ways to join target, exit condition and trail.

use serde::{Deserialize, Serialize};

/// Which of target, exit condition and trail end a trade. A stop is always there.
///
/// "And": the first is armed once it held, be it for a moment, and the position is left when the second holds from then on,
/// until it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Mechanism {
    /// Target.
    Target,
    /// Exit condition.
    Exit,
    /// Trail.
    Trail,
    /// Target or exit condition.
    TargetOrExit,
    /// Target and exit condition.
    TargetAndExit,
    /// Target or trail.
    TargetOrTrail,
    /// Exit condition or trail.
    ExitOrTrail,
    /// Exit condition and trail.
    ExitAndTrail,
    /// Any of them.
    Any,
    /// Target and exit condition, or trail.
    TargetAndExitOrTrail,
    /// Exit condition and trail, or target.
    ExitAndTrailOrTarget,
}

impl Mechanism {
    /// All of them, in the catalogue's order.
    pub const ALL: [Self; 11] = [
        Self::Target,
        Self::Exit,
        Self::Trail,
        Self::TargetOrExit,
        Self::TargetAndExit,
        Self::TargetOrTrail,
        Self::ExitOrTrail,
        Self::ExitAndTrail,
        Self::Any,
        Self::TargetAndExitOrTrail,
        Self::ExitAndTrailOrTarget,
    ];

    /// Its number in the catalogue.
    pub fn id(self) -> u8 {
        // in the order of the catalogue, which counts from 1
        self as u8 + 1
    }

    /// The logic, as the catalogue writes it.
    pub fn logic(self) -> &'static str {
        match self {
            Self::Target => "TP",
            Self::Exit => "EC",
            Self::Trail => "TS",
            Self::TargetOrExit => "TP or EC",
            Self::TargetAndExit => "TP and EC",
            Self::TargetOrTrail => "TP or TS",
            Self::ExitOrTrail => "EC or TS",
            Self::ExitAndTrail => "EC and TS",
            Self::Any => "TP or EC or TS",
            Self::TargetAndExitOrTrail => "(TP and EC) or TS",
            Self::ExitAndTrailOrTarget => "(EC and TS) or TP",
        }
    }

    /// Whether it has a target.
    pub fn uses_target(self) -> bool {
        self.logic().contains("TP")
    }

    /// Whether it has an exit condition.
    pub fn uses_exit(self) -> bool {
        self.logic().contains("EC")
    }

    /// Whether it has a trail.
    pub fn uses_trail(self) -> bool {
        self.logic().contains("TS")
    }

    /// Whether the exit condition waits for the target.
    pub fn target_arms_exit(self) -> bool {
        matches!(self, Self::TargetAndExit | Self::TargetAndExitOrTrail)
    }

    /// Whether the trail waits for the exit condition.
    pub fn exit_arms_trail(self) -> bool {
        matches!(self, Self::ExitAndTrail | Self::ExitAndTrailOrTarget)
    }

    /// Whether the target ends a trade by itself.
    pub fn target_leaves(self) -> bool {
        self.uses_target() && !self.target_arms_exit()
    }

    /// Whether the exit condition ends a trade by itself.
    pub fn exit_leaves(self) -> bool {
        self.uses_exit() && !self.target_arms_exit() && !self.exit_arms_trail()
    }

    /// Whether the trail ends a trade by itself.
    pub fn trail_leaves(self) -> bool {
        self.uses_trail() && !self.exit_arms_trail()
    }
}

impl From<Mechanism> for u8 {
    fn from(mechanism: Mechanism) -> Self {
        mechanism.id()
    }
}

impl TryFrom<u8> for Mechanism {
    type Error = String;

    fn try_from(id: u8) -> Result<Self, Self::Error> {
        Self::ALL
            .into_iter()
            .find(|m| m.id() == id)
            .ok_or_else(|| format!("there is no exit mechanism {id}"))
    }
}
