//! Running the strategies of a program on a thread of its own.

use crate::data::{Loaded, Loader, for_strategy};
use crossbeam_channel::{Receiver, Sender, unbounded};
use lsp_server::RequestId;
use sbt_driver::{Backend, compile};
use sbt_hir::Strategy;
use sbt_ide::Analysis;
use sixbtc_backtest::{BacktestInput, BacktestResult, run_backtest};
use sixbtc_engine::RunSettings;
use sixbtc_market::{Bars, Timeframe};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// What a strategy did, for a lens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// The strategy.
    pub strategy: String,
    /// First byte of it.
    pub start: usize,
    /// What is shown.
    pub text: String,
    /// Whether there was a run.
    pub ran: bool,
}

/// A run that is wanted.
pub struct Job {
    /// The document.
    pub uri: String,
    /// Which edit of it, counted by the server.
    pub edit: u64,
    /// The program.
    pub analysis: Arc<Analysis>,
    /// The data to run on; absent when none was found.
    pub data: Option<PathBuf>,
    /// What is wanted.
    pub want: Want,
    /// The request that waits for it.
    pub request: Option<RequestId>,
}

/// What is wanted of a run.
#[derive(Debug, Clone)]
pub enum Want {
    /// Figures of every strategy.
    Figures,
    /// The report of a strategy (the first when it is not named).
    Report(Option<String>),
    /// What a preview shows.
    Preview {
        /// The strategy; the first when it is not named.
        strategy: Option<String>,
        /// First time shown, ms.
        from: Option<i64>,
        /// Times from here on are not shown, ms.
        to: Option<i64>,
    },
}

/// What became of a job.
pub struct Done {
    /// The document.
    pub uri: String,
    /// Which edit of it.
    pub edit: u64,
    /// The data that was run on.
    pub data: Option<PathBuf>,
    /// The request that waits.
    pub request: Option<RequestId>,
    /// What came out.
    pub outcome: Outcome,
}

/// What came out of a job.
pub enum Outcome {
    /// Figures of every strategy.
    Figures(Vec<Figure>),
    /// A report was written.
    Report(PathBuf),
    /// What a preview shows.
    Preview(serde_json::Value),
    /// The program was changed meanwhile.
    Stale,
    /// It could not be run; why, in words.
    Failed(String),
}

/// The newest edit of each document, so that runs of older ones are given up.
pub type Newest = Arc<Mutex<HashMap<String, u64>>>;

/// The thread that runs programs.
pub struct Runs {
    jobs: Sender<Job>,
    /// What was done.
    pub done: Receiver<Done>,
    newest: Newest,
}

impl Runs {
    /// Starts the thread.
    pub fn start() -> std::io::Result<Self> {
        let (jobs, work) = unbounded::<Job>();
        let (out, done) = unbounded();
        let newest = Newest::default();
        let known = newest.clone();
        std::thread::Builder::new()
            .name("runs".into())
            .stack_size(16 * 1024 * 1024)
            .spawn(move || serve(&work, &out, &known))?;
        Ok(Self { jobs, done, newest })
    }

    /// Tells that a document was edited.
    pub fn edited(&self, uri: &str, edit: u64) {
        if let Ok(mut newest) = self.newest.lock() {
            newest.insert(uri.to_owned(), edit);
        }
    }

    /// Asks for a run; false when the thread is gone.
    pub fn ask(&self, job: Job) -> bool {
        self.jobs.send(job).is_ok()
    }
}

fn serve(work: &Receiver<Job>, out: &Sender<Done>, newest: &Newest) {
    let mut loader = Loader::default();
    while let Ok(first) = work.recv() {
        let mut queue = vec![first];
        queue.extend(work.try_iter());
        for i in 0..queue.len() {
            let replaced = |j: &Job| {
                matches!(j.want, Want::Figures)
                    && queue[i + 1..]
                        .iter()
                        .any(|l| l.uri == j.uri && matches!(l.want, Want::Figures))
            };
            let job = &queue[i];
            let stale = || {
                newest
                    .lock()
                    .is_ok_and(|n| n.get(&job.uri).is_some_and(|e| *e != job.edit))
            };
            let outcome = if replaced(job) || stale() {
                Outcome::Stale
            } else {
                catch_unwind(AssertUnwindSafe(|| perform(job, &mut loader, &stale)))
                    .unwrap_or_else(|_| Outcome::Failed("the run broke off; a defect".into()))
            };
            let sent = out.send(Done {
                uri: job.uri.clone(),
                edit: job.edit,
                data: job.data.clone(),
                request: job.request.clone(),
                outcome,
            });
            if sent.is_err() {
                return;
            }
        }
    }
}

fn perform(job: &Job, loader: &mut Loader, stale: &dyn Fn() -> bool) -> Outcome {
    let checked = job.analysis.checked();
    if let Want::Figures = job.want {
        return figures(job, loader, stale);
    }
    if !checked.is_ok() {
        return Outcome::Failed("the program has errors".into());
    }
    let name = match &job.want {
        Want::Report(name) => name,
        Want::Preview { strategy, .. } => strategy,
        Want::Figures => return Outcome::Stale,
    };
    let all = &checked.hir.strategies;
    let found = match name {
        Some(n) => all.iter().find(|s| s.name == *n),
        None => all.first(),
    };
    let Some(strategy) = found else {
        return Outcome::Failed(match name {
            Some(n) => format!("the program has no strategy `{n}`"),
            None => "the program has no strategy".into(),
        });
    };
    let Some(path) = &job.data else {
        return Outcome::Failed(NO_DATA.into());
    };
    let run = loader
        .load(for_strategy(path, strategy.portfolio.is_some()))
        .and_then(|loaded| one(strategy, &checked.hash, loaded, true));
    match (run, &job.want) {
        (Ok((result, bars)), Want::Preview { from, to, .. }) => {
            Outcome::Preview(crate::preview::json(&result, &bars, *from, *to))
        }
        (Ok((result, bars)), _) => {
            let file = crate::cache::report_file(&strategy.name, &result.run.hash);
            match sixbtc_report::write(&result, &bars, &file) {
                Ok(()) => Outcome::Report(file),
                Err(e) => Outcome::Failed(e.to_string()),
            }
        }
        (Err(why), _) => Outcome::Failed(why),
    }
}

/// What to say without data.
pub const NO_DATA: &str =
    "no data: set `sixbtc.data` to a file of candles, or put one into `data/`";

fn figures(job: &Job, loader: &mut Loader, stale: &dyn Fn() -> bool) -> Outcome {
    let checked = job.analysis.checked();
    let ok = checked.is_ok();
    let mut out = Vec::new();
    for (name, start) in job.analysis.strategies() {
        if stale() {
            return Outcome::Stale;
        }
        let strategy = checked.hir.strategies.iter().find(|s| s.name == name);
        let result = match (&job.data, strategy) {
            _ if !ok => Err("not run: the program has errors".to_owned()),
            (_, None) => continue,
            (None, _) => Err(NO_DATA.to_owned()),
            (Some(path), Some(s)) => loader
                .load(for_strategy(path, s.portfolio.is_some()))
                .and_then(|loaded| one(s, &checked.hash, loaded, false))
                .map(|(r, _)| r),
        };
        out.push(Figure {
            strategy: name,
            start,
            ran: result.is_ok(),
            text: match result {
                Ok(r) => summary(&r),
                Err(why) => why,
            },
        });
    }
    Outcome::Figures(out)
}

/// `12 trades · return 3.4 % · Sharpe 0.56 · drawdown 7.8 %`
fn summary(r: &BacktestResult) -> String {
    let m = &r.metrics;
    let percent = |x: f64| {
        if x.is_finite() {
            format!("{:.1} %", x * 100.0)
        } else {
            "–".into()
        }
    };
    let sharpe = if m.sharpe.is_finite() {
        format!("{:.2}", m.sharpe)
    } else {
        "–".into()
    };
    let symbols: Vec<&str> = r.symbols.iter().map(|s| s.symbol.as_str()).collect();
    format!(
        "{} trades · return {} · Sharpe {sharpe} · max drawdown {} · {}",
        r.trades.len(),
        percent(m.total_return),
        percent(m.max_drawdown),
        symbols.join(", ")
    )
}

/// One run with the defaults of all parameters.
fn one(
    strategy: &Strategy,
    source: &str,
    loaded: &Loaded,
    plots: bool,
) -> Result<(BacktestResult, Vec<Bars>), String> {
    let compiled = compile(strategy, Backend::Cranelift).map_err(|e| e.to_string())?;
    let manifest = compiled.manifest();
    let clock = manifest
        .frames
        .first()
        .and_then(|f| Timeframe::from_ms(f.period_ms))
        .ok_or("the strategy's clock is no timeframe")?;
    let chosen = loaded.serving(clock);
    let params: Vec<f64> = manifest.params.iter().map(|p| p.default).collect();
    let mut settings = RunSettings::default();
    settings.max_positions = settings.max_positions.min(chosen.len().max(1) as u32);
    let bars: Vec<Bars> = chosen.iter().map(|i| loaded.bars[*i].clone()).collect();
    let hashes: Vec<String> = chosen.iter().map(|i| loaded.hashes[*i].clone()).collect();
    let scales: Vec<f64> = chosen.iter().map(|i| loaded.scales[*i]).collect();
    let mut input = BacktestInput::new(&*compiled.kernel, &params, &bars, &settings);
    input.source = source;
    input.compiler = sbt_driver::VERSION;
    input.data_hashes = &hashes;
    input.price_scales = &scales;
    input.plots = plots;
    let result = run_backtest(&input).map_err(|e| e.to_string())?;
    Ok((result, bars))
}
