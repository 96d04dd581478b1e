//! The eleven services at a glance: in which order they start, when they are restarted, how long they may take to stop.

use super::ServiceName;
use std::time::Duration;

/// When a supervisor starts a service again that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// Only after a failure: a clean exit is final.
    Unexpected,
    /// Whatever the exit code.
    Always,
}

/// What is fixed about a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    /// Which.
    pub service: ServiceName,
    /// What it does, for people.
    pub does: &'static str,
    /// Lower ones start first and stop last.
    pub priority: u16,
    /// When it is started again.
    pub restart: Restart,
    /// How long it may take to stop; who asked it to stop kills it afterwards.
    pub stop_wait: Duration,
    /// It counts as started after this long.
    pub start_after: Duration,
    /// How often a start that fails is tried again.
    pub start_retries: u32,
    /// A round that takes longer than this, or begins later than this after it was due, is taken for stuck.
    pub alive_within: Duration,
    /// Most old log files kept, where fewer than the settings say.
    pub old_logs: u32,
}

const fn role(
    service: ServiceName,
    does: &'static str,
    priority: u16,
    restart: Restart,
    stop_wait: u64,
    alive_within: u64,
) -> Role {
    Role {
        service,
        does,
        priority,
        restart,
        stop_wait: Duration::from_secs(stop_wait),
        start_after: Duration::from_secs(5),
        start_retries: 3,
        alive_within: Duration::from_secs(alive_within),
        old_logs: u32::MAX,
    }
}

/// All services by priority. The monitor watches over money: it counts as started sooner and is tried practically for ever.
pub const ROLES: [Role; 11] = {
    use Restart::{Always, Unexpected};
    use ServiceName as S;
    [
        role(S::Generator, "makes strategies", 100, Unexpected, 30, 300),
        role(S::Validator, "checks them", 200, Unexpected, 10, 300),
        role(S::Backtester, "judges them", 300, Unexpected, 10, 1800),
        role(S::Rotator, "chooses which trade", 400, Unexpected, 10, 300),
        role(S::Executor, "trades", 500, Always, 30, 120),
        Role {
            start_after: Duration::from_secs(2),
            start_retries: 999_999,
            ..role(S::Monitor, "watches and retires", 700, Always, 5, 120)
        },
        role(
            S::Scheduler,
            "runs tasks when they are due",
            800,
            Unexpected,
            10,
            3600,
        ),
        role(S::Metrics, "counts", 850, Always, 10, 120),
        role(S::Api, "answers over HTTP", 900, Always, 10, 120),
        role(S::Frontend, "serves the dashboard", 901, Always, 10, 120),
        Role {
            old_logs: 3,
            ..role(S::Docs, "serves the book", 902, Always, 10, 120)
        },
    ]
};

impl ServiceName {
    /// What is fixed about it.
    pub fn role(self) -> &'static Role {
        // the test below holds the table to the order of the names
        &ROLES[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_has_its_role_and_priorities_rise() {
        for (role, service) in ROLES.iter().zip(ServiceName::ALL) {
            assert_eq!(role.service, *service);
            assert_eq!(service.role().service, *service);
        }
        assert!(ROLES.windows(2).all(|w| w[0].priority < w[1].priority));
    }

    #[test]
    fn stop_waits_are_those_of_the_reference() {
        let waits: Vec<u64> = ROLES.iter().map(|r| r.stop_wait.as_secs()).collect();
        assert_eq!(waits, [30, 10, 10, 10, 30, 5, 10, 10, 10, 10, 10]);
    }
}
