//! What systemd is told: started, alive, stopping. Without systemd (no `NOTIFY_SOCKET`) all of it does nothing.

use sd_notify::NotifyState;
use std::time::Duration;

fn tell(states: &[NotifyState<'_>]) {
    if let Err(e) = sd_notify::notify(states) {
        tracing::debug!("systemd was not reached: {e}");
    }
}

/// All services work.
pub(super) fn ready() {
    tell(&[NotifyState::Ready, NotifyState::Status("works")]);
}

/// The start takes longer: the store is not there yet. Asks for as much more time.
pub(super) fn still_starting(why: &str, more: Duration) {
    let micros = u32::try_from(more.as_micros()).unwrap_or(u32::MAX);
    tell(&[
        NotifyState::ExtendTimeoutUsec(micros),
        NotifyState::Status(why),
    ]);
}

/// The services were asked to stop.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// A sign of life.
pub(super) fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// How often systemd wants a sign of life: half of its limit; absent when it wants none.
pub(super) fn alive_every() -> Option<Duration> {
    sd_notify::watchdog_enabled()
        .map(|limit| limit / 2)
        .filter(|d| !d.is_zero())
}
