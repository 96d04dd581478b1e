//! A bar for what takes longer than a second, and Ctrl-C.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

static STOP: AtomicBool = AtomicBool::new(false);
static HANDLER: Once = Once::new();

/// Shows how far a command has come, on stderr, when that is a terminal and the work takes longer than a second. Ctrl-C
/// asks it to stop; a second one ends the program at once.
pub struct Progress {
    shown: Mutex<Shown>,
}

struct Shown {
    bar: ProgressBar,
    since: Instant,
}

impl Progress {
    /// Begins to listen to Ctrl-C.
    pub fn start() -> Self {
        HANDLER.call_once(|| {
            // Without a handler Ctrl-C ends the program at once, which loses what is finished and nothing else.
            let _ = ctrlc::set_handler(|| {
                if STOP.swap(true, Ordering::SeqCst) {
                    std::process::exit(130);
                }
            });
        });
        Self {
            shown: Mutex::new(Shown {
                bar: ProgressBar::hidden(),
                since: Instant::now(),
            }),
        }
    }

    /// A part begins that has so many steps.
    pub fn begin(&self, what: &str, steps: u64) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.bar.finish_and_clear();
        let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::hidden());
        // The template is fixed and correct; were it not, the plain bar would do.
        if let Ok(style) = ProgressStyle::with_template(
            "{msg:24} {wide_bar} {human_pos}/{human_len} {per_sec} {eta} left",
        ) {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        *shown = Shown {
            bar,
            since: Instant::now(),
        };
    }

    /// So many steps more are done.
    pub fn advance(&self, steps: u64) {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.bar.is_hidden()
            && shown.since.elapsed() > Duration::from_secs(1)
            && std::io::stderr().is_terminal()
        {
            shown.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        shown.bar.inc(steps);
    }

    /// Puts a word in front of the bar, such as the best so far.
    pub fn say(&self, what: &str) {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.bar.set_message(what.to_owned());
    }

    /// Takes the bar away before the answer is printed.
    pub fn end(&self) {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.bar.finish_and_clear();
    }

    /// What turns true when Ctrl-C is typed.
    pub fn flag() -> &'static AtomicBool {
        &STOP
    }

    /// Whether Ctrl-C was typed.
    pub fn stopped() -> bool {
        STOP.load(Ordering::SeqCst)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let shown = self.shown.get_mut().unwrap_or_else(PoisonError::into_inner);
        shown.bar.finish_and_clear();
    }
}

impl sixbtc_lab::Watch for Progress {
    fn begin(&self, what: &str, steps: u64) {
        Self::begin(self, what, steps);
    }
    fn advance(&self, steps: u64) {
        Self::advance(self, steps);
    }
    fn stopped(&self) -> bool {
        Self::stopped()
    }
}
