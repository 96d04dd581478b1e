//! From an event to the lines on the console and in the files.

use super::file::LogFile;
use super::line::{Fields, Line};
use crate::daemon::ServiceName;
use crate::settings::{LogFormat, Logging};
use std::cell::Cell;
use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// What goes to the console (standard error).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Console {
    /// Nothing, unless the files cannot be written.
    Off,
    /// Text; coloured on a terminal, unless `NO_COLOR` is set.
    Text,
    /// An object in each line.
    Json,
}

/// The layer that writes.
pub(super) struct Lines {
    console: Console,
    colour: bool,
    json: bool,
    directory: PathBuf,
    limit: u64,
    kept: u32,
    /// The service whose file takes the lines of nobody, where the process has one service.
    only: Option<ServiceName>,
    files: Mutex<HashMap<Option<ServiceName>, LogFile>>,
    /// Whether the last line of a file was lost: said once.
    failing: AtomicBool,
}

thread_local! {
    /// Writing a line must not write another: a lock would wait for itself.
    static WRITING: Cell<bool> = const { Cell::new(false) };
}

struct Writing;

impl Writing {
    fn begin() -> Option<Self> {
        (!WRITING.replace(true)).then_some(Self)
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        WRITING.set(false);
    }
}

impl Lines {
    pub fn new(logging: &Logging, services: &[ServiceName], console: Console) -> Self {
        let colour = std::io::stderr().is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        let lines = Self {
            console,
            colour,
            json: logging.format == LogFormat::Json,
            directory: logging.directory.clone(),
            limit: logging.max_bytes,
            kept: logging.backup_count,
            only: match services {
                [one] => Some(*one),
                _ => None,
            },
            files: Mutex::default(),
            failing: AtomicBool::new(false),
        };
        // a place that cannot be written is said at the start, not with the first line of each service
        for service in services {
            let opened = lines.with_file(Some(*service), LogFile::open);
            lines.judge(opened);
        }
        lines
    }

    fn with_file<T>(
        &self,
        service: Option<ServiceName>,
        work: impl FnOnce(&mut LogFile) -> T,
    ) -> T {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        work(files.entry(service).or_insert_with(|| {
            let name = service.map_or("sixbtc", ServiceName::as_str);
            let most = service.map_or(u32::MAX, |s| s.role().old_logs);
            LogFile::new(
                self.directory.join(format!("{name}.log")),
                self.limit,
                self.kept.min(most),
            )
        }))
    }

    /// Says once that files fail, and once that they work again.
    fn judge(&self, done: std::io::Result<()>) {
        match done {
            Ok(()) => {
                if self.failing.swap(false, Ordering::Relaxed) {
                    to_console(&format!(
                        "log files in {} are written again",
                        self.directory.display()
                    ));
                }
            }
            Err(e) => {
                if !self.failing.swap(true, Ordering::Relaxed) {
                    to_console(&format!(
                        "log files in {} cannot be written: {e}. Lines go to the console alone until they can; `logging.directory` names another place",
                        self.directory.display()
                    ));
                }
            }
        }
    }

    fn write(&self, line: &Line) {
        let mut in_file = if self.json {
            line.json()
        } else {
            line.text(false)
        };
        in_file.push('\n');
        let done = self.with_file(line.service, |f| f.write(in_file.as_bytes()));
        let lost = done.is_err();
        self.judge(done);
        match self.console {
            Console::Off if !lost => {}
            Console::Off | Console::Text => to_console(&line.text(self.colour)),
            Console::Json => to_console(&line.json()),
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Some(_writing) = Writing::begin() else {
            return;
        };
        let mut fields = Fields::default();
        if let Some(scope) = context.event_scope(event) {
            for span in scope.from_root() {
                if let Some(of_span) = span.extensions().get::<Fields>() {
                    for (name, value) in &of_span.0 {
                        fields.put(name, value.clone());
                    }
                }
            }
        }
        let service = fields.take("service").and_then(|s| ServiceName::read(&s));
        event.record(&mut fields);
        let work = fields.take("work");
        let target = event.metadata().target();
        self.write(&Line {
            time: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            level: *event.metadata().level(),
            service: service.or_else(|| speaker(target)).or(self.only),
            work,
            target: target.to_owned(),
            message: fields.take("message").unwrap_or_default(),
            fields,
        });
    }
}

fn to_console(line: &str) {
    let mut err = std::io::stderr().lock();
    // nobody is left to be told when the console is closed
    let _ = err.write_all(format!("{line}\n").as_bytes());
}

/// The service whose crate speaks, for tasks that left their span behind.
fn speaker(target: &str) -> Option<ServiceName> {
    let crate_ = target.split("::").next()?;
    ServiceName::read(crate_.strip_prefix("sixbtc_")?)
}

#[cfg(test)]
mod tests {
    use super::super::hide;
    use super::*;
    use std::path::Path;
    use tracing_subscriber::layer::SubscriberExt;

    fn log(dir: &Path, services: &[ServiceName], work: impl FnOnce()) {
        let logging = Logging {
            directory: dir.to_owned(),
            ..Logging::default()
        };
        let lines = Lines::new(&logging, services, Console::Off);
        let subscriber = tracing_subscriber::registry().with(lines);
        tracing::subscriber::with_default(subscriber, work);
    }

    fn read(dir: &Path, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(dir.join(name)).unwrap_or_default();
        // without the time
        text.lines().map(|l| l[25..].to_owned()).collect()
    }

    #[test]
    fn each_service_has_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let both = [ServiceName::Generator, ServiceName::Validator];
        log(dir.path(), &both, || {
            tracing::error_span!("service", service = "generator").in_scope(|| {
                tracing::info!(made = 3, "a batch");
                let work = tracing::error_span!("work", work = "0a1b:2");
                work.in_scope(|| tracing::warn!("slow"));
            });
            tracing::info!(target: "sixbtc_validator::check", "without a span");
            tracing::info!(target: "elsewhere", "of nobody");
        });
        let here = "sixbtc_core::telemetry::lines::tests";
        assert_eq!(
            read(dir.path(), "generator.log"),
            [
                format!("INFO  generator  {here}: a batch made=3"),
                format!("WARN  generator  work=0a1b:2 {here}: slow"),
            ]
        );
        assert_eq!(
            read(dir.path(), "validator.log"),
            ["INFO  validator  sixbtc_validator::check: without a span"]
        );
        assert_eq!(
            read(dir.path(), "sixbtc.log"),
            ["INFO  sixbtc     elsewhere: of nobody"]
        );
    }

    #[test]
    fn one_service_takes_all_lines_and_no_secret() {
        let dir = tempfile::tempdir().unwrap();
        hide("topsecret-token-1");
        log(dir.path(), &[ServiceName::Docs], || {
            tracing::info!(target: "elsewhere", url = "https://x/bottopsecret-token-1/send", "of nobody");
        });
        assert_eq!(
            read(dir.path(), "docs.log"),
            ["INFO  docs       elsewhere: of nobody url=https://x/bot***/send"]
        );
    }

    #[test]
    fn a_directory_that_cannot_be_written_stops_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let blocked = dir.path().join("logs");
        std::fs::write(&blocked, "").unwrap();
        log(&blocked, &[ServiceName::Docs], || {
            tracing::info!("to the console");
            std::fs::remove_file(&blocked).unwrap();
            tracing::info!("to the file again");
        });
        assert_eq!(read(&blocked, "docs.log").len(), 1);
    }

    #[test]
    fn a_value_that_logs_while_it_is_written_does_not_hang() {
        struct Chatty;
        impl std::fmt::Debug for Chatty {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                tracing::info!("from within");
                f.write_str("chatty")
            }
        }
        let dir = tempfile::tempdir().unwrap();
        log(dir.path(), &[ServiceName::Docs], || {
            tracing::info!(who = ?Chatty, "hello");
        });
        let lines = read(dir.path(), "docs.log");
        assert!(lines.len() == 1 && lines[0].ends_with("hello who=chatty"));
    }
}
