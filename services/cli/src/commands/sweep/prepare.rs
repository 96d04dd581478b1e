//! From a file, data and settings to what a sweep needs.

use crate::args::{SearchArg, SweepArgs};
use crate::commands::{backtest, check as checks, program, settings};
use crate::data;
use crate::failure::Failure;
use crate::files::{self, Beside};
use sbt_driver::{Checked, check, compile_split};
use sixbtc_abi::{ParamKind, ParamSpec, Split};
use sixbtc_backtest::BacktestInput;
use sixbtc_engine::RunSettings;
use sixbtc_market::{Bars, Funding, Timeframe, open_funding};
use sixbtc_sweep::Space;
use std::collections::HashMap;

/// Most combinations of timeframes: each is a program of its own.
const MOST_PROGRAMS: usize = 256;

/// Programs by the values of their timeframe parameters.
pub type Programs = Vec<(Vec<f64>, Split)>;

/// A strategy over its market, ready to be swept.
pub struct Prepared {
    /// Name of the strategy.
    pub name: String,
    /// Its title, or empty.
    pub title: String,
    /// The program's text.
    pub source: String,
    /// Hash of the program and all it uses.
    pub hash: String,
    /// The parameters.
    pub params: Vec<ParamSpec>,
    /// The points.
    pub space: Space,
    /// The program for each combination of timeframes, with that combination.
    pub programs: Programs,
    /// The finest clock among them.
    pub clock: Timeframe,
    /// Bars of each symbol.
    pub bars: Vec<Bars>,
    /// Their hashes.
    pub hashes: Vec<String>,
    /// Their price scales.
    pub scales: Vec<f64>,
    /// Finer bars.
    pub intrabar: Vec<Bars>,
    /// Funding of each symbol, or empty.
    pub funding: Vec<Option<Funding>>,
    /// Settings of the runs.
    pub settings: RunSettings,
    /// First time traded.
    pub from: Option<i64>,
    /// Time from which on bars are left out.
    pub to: Option<i64>,
    /// What a user must know of the data.
    pub remarks: Vec<String>,
}

impl Prepared {
    /// Reads, checks, compiles, loads; `None` when the program has errors, which were shown.
    pub fn of(args: &SweepArgs) -> Result<Option<Self>, Failure> {
        let run = &args.run;
        let mut settings = settings::settings(&run.set)?;
        settings.record_levels = false;
        let given = program::pairs(&run.params, "--param", "fast=5..30:5")?;
        let text = files::read_program(&args.file)?;
        let name = text.path.display().to_string();
        let world = Beside::of(&args.file);
        let first = check(&world, &name, &text.text, &HashMap::new());
        checks::show_diagnostics(&first);
        if !first.is_ok() {
            return Ok(None);
        }
        let strategy = program::choose(&first.hir.strategies, run.strategy.as_deref(), &name)?;
        let params = strategy.params.clone();
        let space = space(args, &params, &given)?;
        let Some(programs) = programs(
            &space,
            &params,
            args,
            |timeframes| {
                if timeframes.is_empty() {
                    return None;
                }
                Some(check(&world, &name, &text.text, timeframes))
            },
            &first,
            &name,
        )?
        else {
            return Ok(None);
        };
        let clocks = programs.iter().map(|(_, split)| {
            let ms = split.whole.manifest().frames[0].period_ms;
            Timeframe::from_ms(ms)
                .ok_or_else(|| Failure::defect("the strategy's clock is no timeframe"))
        });
        let clocks = clocks.collect::<Result<Vec<_>, _>>()?;
        let clock = clocks.into_iter().min();
        let clock = clock.ok_or_else(|| Failure::defect("a sweep of no program"))?;
        let series = data::load(&args.data, Some(clock))?;
        let funding = match &run.funding {
            Some(p) => {
                let f = open_funding(p).map_err(data::market)?;
                series.bars.iter().map(|_| Some(f.clone())).collect()
            }
            None => Vec::new(),
        };
        // as in a backtest: equity is not to lie idle for positions that cannot be
        if !run.set.iter().any(|s| s.contains("max_positions")) {
            settings.max_positions = settings.max_positions.min(series.bars.len() as u32);
        }
        let intrabar = backtest::finer(run, &args.data, &series.bars)?;
        let which = &args.data.which;
        Ok(Some(Self {
            name: strategy.name.clone(),
            title: programs[0].1.whole.manifest().title.clone(),
            source: text.text,
            hash: first.hash.clone(),
            params,
            space,
            programs,
            clock,
            hashes: series.bars.iter().map(Bars::hash).collect(),
            scales: series.bars.iter().map(Bars::price_scale).collect(),
            bars: series.bars,
            intrabar,
            funding,
            settings,
            from: which.from.as_deref().map(data::instant).transpose()?,
            to: which.to.as_deref().map(data::instant).transpose()?,
            remarks: series.remarks,
        }))
    }

    /// The run that every point is, but for its parameters.
    pub fn run<'a>(&'a self, split: &'a Split, to: Option<i64>) -> BacktestInput<'a> {
        let mut run = BacktestInput::new(&*split.whole, &[], &self.bars, &self.settings);
        run.source = &self.hash;
        run.compiler = sbt_driver::VERSION;
        run.data_hashes = &self.hashes;
        run.price_scales = &self.scales;
        run.intrabar = &self.intrabar;
        run.funding = &self.funding;
        run.from = self.from;
        run.to = to;
        run
    }

    /// Ends of so many spans of the time that is traded, each three times as long as the one before, the last the whole.
    pub fn spans(&self, count: u32) -> Vec<Option<i64>> {
        let opens = || {
            self.bars
                .iter()
                .flat_map(|b| b.time.first().into_iter().chain(b.time.last()))
        };
        let first = opens()
            .min()
            .copied()
            .unwrap_or(0)
            .max(self.from.unwrap_or(i64::MIN));
        let last = opens()
            .max()
            .copied()
            .unwrap_or(0)
            .min(self.to.unwrap_or(i64::MAX));
        (1..=count)
            .map(|i| {
                if i == count {
                    return self.to;
                }
                Some(first + (last - first).max(0) / 3_i64.pow(count - i))
            })
            .collect()
    }

    /// Names of the parameters that take more than one value.
    pub fn varied(&self) -> Vec<usize> {
        let axes = self.space.axes();
        (0..axes.len())
            .filter(|i| self.space.is_list() || axes[*i].values.len() > 1)
            .collect()
    }
}

fn space(
    args: &SweepArgs,
    params: &[ParamSpec],
    given: &[(String, String)],
) -> Result<Space, Failure> {
    let input = |e: sixbtc_sweep::SpaceError| Failure::input(e.to_string());
    let Some(path) = &args.points else {
        return Space::grid(params, given).map_err(input);
    };
    if !matches!(args.search, None | Some(SearchArg::List)) {
        return Err(Failure::input(
            "`--points` lists the points; it goes with `--search list` only",
        ));
    }
    let text = std::fs::read_to_string(path).map_err(|e| {
        let why = format!("`{}` could not be read: {e}", path.display());
        if e.kind() == std::io::ErrorKind::NotFound {
            Failure::input(why)
        } else {
            Failure::outside(why)
        }
    })?;
    Space::list(params, given, &text)
        .map_err(|e| Failure::input(format!("{}: {e}", path.display())))
}

/// Combinations of timeframes in the space, each once.
fn combinations(space: &Space, timeframes: &[usize]) -> Result<Vec<Vec<f64>>, Failure> {
    let mut all: Vec<Vec<f64>> = Vec::new();
    let too_many = || {
        Failure::input(format!(
            "the sweep has more than {MOST_PROGRAMS} combinations of timeframes, and each is a program of its own; fix some"
        ))
    };
    if space.is_list() {
        for number in 0..space.count() as u64 {
            let point = space.point(number);
            let key: Vec<f64> = timeframes.iter().map(|i| point[*i]).collect();
            if !all.contains(&key) {
                all.push(key);
            }
            if all.len() > MOST_PROGRAMS {
                return Err(too_many());
            }
        }
        return Ok(all);
    }
    all.push(Vec::new());
    for i in timeframes {
        let values = &space.axes()[*i].values;
        if all.len() * values.len() > MOST_PROGRAMS {
            return Err(too_many());
        }
        all = all
            .iter()
            .flat_map(|head| {
                values
                    .iter()
                    .map(move |v| [head.as_slice(), &[*v]].concat())
            })
            .collect();
    }
    Ok(all)
}

/// The program for each combination of timeframes; `None` when one has errors, which were shown.
fn programs(
    space: &Space,
    params: &[ParamSpec],
    args: &SweepArgs,
    check: impl Fn(&HashMap<String, i64>) -> Option<Checked>,
    first: &Checked,
    name: &str,
) -> Result<Option<Programs>, Failure> {
    let is_time = |i: &usize| params[*i].kind == ParamKind::Timeframe;
    let timeframes: Vec<usize> = (0..params.len()).filter(is_time).collect();
    let swept: Vec<u16> = (0..params.len())
        .filter(|i| !is_time(i) && (space.is_list() || space.axes()[*i].values.len() > 1))
        .map(|i| i as u16)
        .collect();
    let mut all = Vec::new();
    for key in combinations(space, &timeframes)? {
        let fixed: HashMap<String, i64> = timeframes
            .iter()
            .zip(&key)
            .map(|(i, v)| (params[*i].name.clone(), *v as i64))
            .collect();
        let own = check(&fixed);
        let checked = own.as_ref().unwrap_or(first);
        if !checked.is_ok() {
            checks::show_diagnostics(checked);
            return Ok(None);
        }
        let strategy =
            program::choose(&checked.hir.strategies, args.run.strategy.as_deref(), name)?;
        let split = compile_split(strategy, &swept, args.run.backend_of_sweep(space.count()))
            .map_err(|e| Failure::input(format!("{name}: {e}")))?;
        all.push((key, split));
    }
    Ok(Some(all))
}
