//! Who watches an experiment, and may stop it.

/// Told how far an experiment has come; asked whether it shall go on. Called from several threads.
pub trait Watch: Sync {
    /// A stage of a validation begins.
    fn stage(&self, name: crate::validate::StageName) {
        let _ = name;
    }

    /// A part begins that has so many steps.
    fn begin(&self, what: &str, steps: u64) {
        let _ = (what, steps);
    }

    /// So many steps more are done.
    fn advance(&self, steps: u64) {
        let _ = steps;
    }

    /// Whether to stop soon. What is finished by then is kept.
    fn stopped(&self) -> bool {
        false
    }
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {}
