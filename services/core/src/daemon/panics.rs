//! Panics of workers: caught, with the place where they happened.

use futures_util::FutureExt;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Once;

/// A panic that was caught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panicked {
    /// What it said.
    pub message: String,
    /// File and line, where it could be told: not for panics that came over from another thread.
    pub place: Option<String>,
}

impl std::fmt::Display for Panicked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.place {
            Some(place) => write!(f, "panic at {place}: {}", self.message),
            None => write!(f, "panic: {}", self.message),
        }
    }
}

thread_local! {
    /// Whether this thread runs something whose panics are caught and reported by who catches them.
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Makes the place of panics known, and sends panics that nobody catches to the log. Doing so twice does nothing.
pub fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !CATCHING.with(Cell::get) {
                tracing::error!("a panic that nothing catches: {info}");
                before(info);
                return;
            }
            let place = info
                .location()
                .map(|l| format!("{}:{}", l.file(), l.line()));
            // a panic while the place is borrowed cannot be: nothing runs meanwhile
            PLACE.with(|p| *p.borrow_mut() = place);
        }));
    });
}

/// Runs something; a panic in it becomes an error.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    let outer = CATCHING.replace(true);
    let done = std::panic::catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(outer);
    done.map_err(|payload| panicked(payload.as_ref()))
}

/// Awaits something; a panic in it becomes an error.
pub async fn caught_async<T>(work: impl Future<Output = T>) -> Result<T, Panicked> {
    // the mark is of the thread, so that it is set around each poll alone
    let mut work = Box::pin(AssertUnwindSafe(work).catch_unwind());
    std::future::poll_fn(move |context| {
        let outer = CATCHING.replace(true);
        let polled = Pin::new(&mut work).poll(context);
        CATCHING.set(outer);
        polled.map_err(|payload| panicked(payload.as_ref()))
    })
    .await
}

fn panicked(payload: &(dyn Any + Send)) -> Panicked {
    let message = payload
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it left no message".into());
    Panicked {
        message,
        place: PLACE.take(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_and_place_are_kept() {
        watch_panics();
        let p = caught(|| -> () { panic!("at {}", 5) }).unwrap_err();
        assert_eq!(p.message, "at 5");
        assert!(p.place.unwrap().contains("panics.rs:"));
        assert_eq!(caught(|| 7), Ok(7));
    }

    #[tokio::test]
    async fn a_future_that_panics_after_waiting() {
        watch_panics();
        let p = caught_async(async {
            tokio::task::yield_now().await;
            std::panic::panic_any(5u8);
        })
        .await
        .unwrap_err();
        assert_eq!(p.message, "it left no message");
    }
}
