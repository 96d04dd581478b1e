//! A process that holds keys shows its memory to nobody.

/// What the system did not grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this process cannot be closed to others: {what}: {why}")]
pub struct HardenError {
    /// What was asked for.
    pub what: &'static str,
    /// What the system said.
    pub why: String,
}

/// Closes this process, for good: no core dump is written when it dies, and (on Linux) other programs of the same user cannot read
/// its memory or its environment, nor attach a debugger. Called before keys are unlocked.
pub fn harden() -> Result<(), HardenError> {
    #[cfg(unix)]
    {
        use nix::sys::resource::{Resource, setrlimit};
        setrlimit(Resource::RLIMIT_CORE, 0, 0).map_err(|e| HardenError {
            what: "no core dumps",
            why: e.desc().to_owned(),
        })?;
    }
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_dumpable(false).map_err(|e| HardenError {
        what: "no readers of its memory",
        why: e.desc().to_owned(),
    })?;
    Ok(())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::harden;
    use nix::sys::prctl::get_dumpable;
    use nix::sys::resource::{Resource, getrlimit};

    #[test]
    fn a_closed_process_leaves_no_image() {
        harden().unwrap();
        assert_eq!(getrlimit(Resource::RLIMIT_CORE), Ok((0, 0)));
        assert_eq!(get_dumpable(), Ok(false));
        // and again: it stays closed
        harden().unwrap();
    }
}
