//! Clocks for tests.

use crate::Pace;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// A clock moved by hand: who waits, waits for that.
#[derive(Default)]
pub(crate) struct Hand {
    elapsed: Mutex<Duration>,
    moved: Notify,
    armed: AtomicU64,
}

impl Hand {
    /// Pauses begun so far.
    pub(crate) fn armed(&self) -> u64 {
        self.armed.load(Ordering::SeqCst)
    }

    pub(crate) fn advance(&self, by: Duration) {
        *self.elapsed.lock().unwrap() += by;
        self.moved.notify_waiters();
    }
}

#[async_trait::async_trait]
impl Pace for Hand {
    fn elapsed(&self) -> Duration {
        *self.elapsed.lock().unwrap()
    }

    async fn pause(&self, how_long: Duration) {
        let until = self.elapsed().saturating_add(how_long);
        self.armed.fetch_add(1, Ordering::SeqCst);
        loop {
            let mut moved = std::pin::pin!(self.moved.notified());
            moved.as_mut().enable();
            if self.elapsed() >= until {
                return;
            }
            moved.await;
        }
    }

    fn chance(&self) -> f64 {
        1.0
    }
}

/// Nobody waits: a pause moves the clock.
#[derive(Default)]
pub(crate) struct Hurried {
    elapsed: Mutex<Duration>,
    pub(crate) pauses: Mutex<Vec<Duration>>,
}

#[async_trait::async_trait]
impl Pace for Hurried {
    fn elapsed(&self) -> Duration {
        *self.elapsed.lock().unwrap()
    }

    async fn pause(&self, how_long: Duration) {
        *self.elapsed.lock().unwrap() += how_long;
        self.pauses.lock().unwrap().push(how_long);
        tokio::task::yield_now().await;
    }

    fn chance(&self) -> f64 {
        0.5
    }
}
