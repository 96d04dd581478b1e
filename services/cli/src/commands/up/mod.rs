//! `sixbtc up`: the whole factory in one process.

mod paper;
pub(super) mod sample;

use super::serve::{Loading, Opening, construct, serve_with};
use super::status::{Look, Picture, page, picture};
use super::store::with_store;
use crate::args::{Format, UpArgs, UpProfile};
use crate::failure::Failure;
use crate::output;
use rust_decimal::Decimal;
use sixbtc_core::daemon::{Service, ServiceName};
use sixbtc_core::model::{Coin, Status};
use sixbtc_core::settings::Profile;
use sixbtc_core::store::{Store, StoreError};
use sixbtc_core::telemetry::Console;
use sixbtc_executor::Executor;
use sixbtc_market::calendar;
use std::fmt::Write as FmtWrite;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Settings of a directory that has none: sample data, and time at the market that runs through its end.
const FRESH: &str = include_str!("fresh.toml");
/// How often the page is drawn anew.
const DRAWN_EVERY: Duration = Duration::from_secs(1);
/// How often a line is printed where there is no terminal.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// Runs until Ctrl-C, or as long as it was told to.
pub fn run(args: &UpArgs, format: Format) -> Result<u8, Failure> {
    super::keys::close()?;
    let dir = &args.data_dir;
    std::fs::create_dir_all(dir)
        .and_then(|()| std::env::set_current_dir(dir))
        .map_err(|e| Failure::outside(format!("{}: {e}", dir.display())))?;
    let fresh = furnish(args.profile)?;
    let mut given = args.settings.clone();
    if args.paper {
        given.set = paper::assignments(&given.set);
    }
    let mut loading = Loading::of(&given)?;
    if args.paper
        && let Some((word, most)) = paper::slower(&loading.loaded.settings)
    {
        given.set.push(word);
        loading = Loading::of(&given)?;
        if format == Format::Human {
            output::note(&format!(
                "the replay goes {most:.0} times as fast as life: faster, orders of one bar would meet the next one"
            ));
        }
    }
    let settings = &loading.loaded.settings;
    let candles = sixbtc_market::Store::new(&settings.directories.data);
    let opening = Opening::of(&loading.loaded);
    if sample::unpack(&candles)? {
        with_store(&opening, list_sample_coins)?;
    }
    if fresh && format == Format::Human {
        output::note(&format!(
            "wrote sixbtc.toml, and the sample data to {}",
            settings.directories.data.display()
        ));
    }
    let demo = settings.system.profile == Profile::Demo;
    let services = ServiceName::ALL
        .iter()
        .map(|name| match name {
            // paper has keys of its own, whatever keys the user has
            ServiceName::Executor if args.paper => {
                Ok(Box::new(Executor::new()) as Box<dyn Service>)
            }
            name => construct(*name, &loading.loaded),
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let terminal = format == Format::Human && std::io::stdout().is_terminal();
    let screen = Arc::new(Mutex::new(Screen::new(terminal, demo)));
    let shown = opening.clone();
    let began = Instant::now();
    let guest = async |loading: &Loading| {
        Ok(if args.paper {
            Some(paper::begin(loading, args.control).await?)
        } else {
            None
        })
    };
    let code = serve_with(services, loading, Console::Off, guest, |options, _| {
        let stop = options.stop.clone();
        if let Some(seconds) = args.seconds {
            let stop = stop.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                stop.cancel();
            });
        }
        if format == Format::Human {
            let screen = Arc::clone(&screen);
            tokio::spawn(async move {
                // a store that cannot be opened is told by the services that need it
                if let Ok(store) = shown.open(shown.options.clone()).await {
                    watch(&store, &screen, began, &stop).await;
                    store.close().await;
                }
            });
        }
    })?;
    let last = with_store(&opening, picture)?;
    if format == Format::Json {
        output::json(&last);
    } else {
        let mut screen = screen.lock().unwrap_or_else(PoisonError::into_inner);
        screen.end(&last, began.elapsed());
    }
    Ok(code)
}

/// Shows the factory until it stops.
async fn watch(store: &Store, screen: &Mutex<Screen>, began: Instant, stop: &CancellationToken) {
    let mut tick = tokio::time::interval(DRAWN_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = tick.tick() => {}
        }
        // a picture that cannot be taken is taken a second later; the log says why
        match picture(store).await {
            Ok(p) => {
                let mut screen = screen.lock().unwrap_or_else(PoisonError::into_inner);
                screen.show(&p, began.elapsed());
            }
            Err(e) => tracing::warn!("the status page: {e}"),
        }
    }
}

/// Writes the settings of a directory that has none. Returns whether it did.
fn furnish(profile: UpProfile) -> Result<bool, Failure> {
    let path = Path::new("sixbtc.toml");
    if path.exists() {
        return Ok(false);
    }
    let mut text = FRESH.to_owned();
    if profile == UpProfile::Demo {
        text.push_str("\n[system]\nprofile = \"demo\" # gates so loose that what passes them proves nothing\n");
    }
    crate::files::write_whole(path, text.as_bytes())?;
    Ok(true)
}

/// The four symbols as coins, so that strategies can be given some.
async fn list_sample_coins(store: &Store) -> Result<(), StoreError> {
    if store.coins(false).await?.is_empty() {
        store.upsert_coins(&sample_coins(store.now())).await?;
    }
    Ok(())
}

fn sample_coins(now: i64) -> Vec<Coin> {
    let n = sample::symbols().count();
    sample::symbols()
        .enumerate()
        .map(|(rank, symbol)| Coin {
            symbol: symbol.to_owned(),
            max_leverage: 40,
            // what it was in those years nobody wrote down: this only keeps their order
            volume_24h: Decimal::from(100_000_000 * (n - rank) as u64),
            price: Decimal::ZERO,
            active: true,
            coverage_days: Some(730.0),
            listed_at: None,
            updated_at: now,
            data: serde_json::json!({"source": "sample"}),
        })
        .collect()
}

/// What is shown while it runs: a page that is drawn anew on a terminal, else a line now and then.
struct Screen {
    terminal: bool,
    demo: bool,
    lines: usize,
    told: Option<Instant>,
}

impl Screen {
    fn new(terminal: bool, demo: bool) -> Self {
        Self {
            terminal,
            demo,
            lines: 0,
            told: None,
        }
    }

    fn show(&mut self, p: &Picture, elapsed: Duration) {
        if self.terminal {
            self.draw(p, elapsed);
        } else if self.told.is_none_or(|t| t.elapsed() >= TOLD_EVERY) {
            self.told = Some(Instant::now());
            output::out(&line(p, elapsed));
        }
    }

    fn draw(&mut self, p: &Picture, elapsed: Duration) {
        let look = Look::of_terminal();
        let text = format!("{}\n{}", self.heading(p, elapsed, look), page(p, look));
        let mut out = std::io::stdout().lock();
        // back to the first line of the page before, each line cleared behind its end, the rest below cleared
        let mut frame = String::new();
        if self.lines > 0 {
            let _ = FmtWrite::write_fmt(&mut frame, format_args!("\u{1b}[{}A\r", self.lines));
        }
        let rows = terminal_rows().saturating_sub(1).max(8);
        let shown: Vec<&str> = text.lines().take(rows).collect();
        for l in &shown {
            frame.push_str(l);
            frame.push_str("\u{1b}[K\n");
        }
        frame.push_str("\u{1b}[J");
        self.lines = shown.len();
        // a terminal that went away is no reason to stop trading
        let _ = out.write_all(frame.as_bytes()).and_then(|()| out.flush());
    }

    fn heading(&self, p: &Picture, elapsed: Duration, look: Look) -> String {
        let s = elapsed.as_secs();
        let mut text = format!("sixbtc up {:02}:{:02}  paper", s / 60, s % 60);
        if self.demo {
            text.push_str("  DEMO GATES: what passes proves nothing");
        }
        if let Some(market) = p.market {
            let time = calendar::iso(market);
            let _ = FmtWrite::write_fmt(
                &mut text,
                format_args!(
                    "  market {}{}",
                    time.get(..16).unwrap_or(&time).replace('T', " "),
                    if p.market_over {
                        " (end of the data)"
                    } else {
                        ""
                    }
                ),
            );
        }
        text.push_str("  Ctrl-C stops");
        if look.colour {
            format!("\u{1b}[1m{text}\u{1b}[0m\n")
        } else {
            format!("{text}\n")
        }
    }

    fn end(&mut self, p: &Picture, elapsed: Duration) {
        if self.terminal {
            self.draw(p, elapsed);
        } else {
            let look = Look::of_terminal();
            output::out(&format!(
                "{}\n{}",
                self.heading(p, elapsed, look),
                page(p, look)
            ));
        }
        output::out(&format!(
            "stopped after {} s; everything is kept in {}",
            elapsed.as_secs(),
            p.store
        ));
    }
}

fn terminal_rows() -> usize {
    crossterm::terminal::size().map_or(40, |(_, rows)| usize::from(rows))
}

fn line(p: &Picture, elapsed: Duration) -> String {
    let n = |s: Status| p.counts.get(&s).copied().unwrap_or(0);
    format!(
        "{:>4} s: {} generated, {} validated, {} active, {} live, {} retired, {} failed; {} trials",
        elapsed.as_secs(),
        n(Status::Generated),
        n(Status::Validated),
        n(Status::Active),
        n(Status::Live),
        n(Status::Retired),
        n(Status::Failed),
        p.trials
    )
}
