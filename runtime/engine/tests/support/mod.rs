//! A scripted kernel and a short way to run an order plan over hand-written bars.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

pub mod oracle;
pub mod random;
pub mod twin;

use sixbtc_abi::*;
use sixbtc_engine::{Block, Engine, EngineError, Outcome, RunSettings, SymbolSetup};
use sixbtc_market::{Bars, Funding, SymbolSpec, Timeframe};
use std::ops::Range;

pub const BIT: fn(u8) -> Cond = |bit| Cond {
    phase: Phase::Signal,
    bit,
};

pub type PositionFn = fn(u64, &[f64], &PositionInputs, &mut [f64]) -> u64;
pub type BracketFn = fn(&[f64], f64, &mut [f64]);

/// A kernel whose signal outputs are supplied from outside.
pub struct Script {
    pub manifest: Manifest,
    pub position: PositionFn,
    pub bracket: BracketFn,
}

impl Script {
    pub fn new(plan: OrderPlan) -> Self {
        Self {
            manifest: Manifest {
                flags: (0..64).map(|i| format!("f{i}")).collect(),
                plan,
                ..Manifest::default()
            },
            position: |_, _, _, _| 0,
            bracket: |_, _, _| {},
        }
    }

    pub fn values(mut self, n: usize) -> Self {
        self.manifest.values = (0..n)
            .map(|i| OutputSpec {
                name: format!("v{i}"),
                unit: Unit::Price,
            })
            .collect();
        self
    }
}

impl Kernel for Script {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }
    fn bind(&self, params: &[f64]) -> Result<Constants, KernelError> {
        Ok(Constants {
            params: params.to_vec(),
            ..Constants::default()
        })
    }
    fn new_state(&self, _: &Constants) -> State {
        State::default()
    }
    fn run(
        &self,
        _: &Input<'_>,
        _: &[usize],
        _: Range<usize>,
        _: &Constants,
        _: &mut State,
        _: &mut Outputs,
    ) -> Result<(), KernelError> {
        Ok(())
    }
    fn position(
        &self,
        signal: (u64, &[f64]),
        position: &PositionInputs,
        _: &Constants,
        _: &mut State,
        out: &mut [f64],
    ) -> Result<u64, KernelError> {
        Ok((self.position)(signal.0, signal.1, position, out))
    }
    fn bracket(
        &self,
        signal: &[f64],
        entry: f64,
        _: &Constants,
        out: &mut [f64],
    ) -> Result<(), KernelError> {
        (self.bracket)(signal, entry, out);
        Ok(())
    }
}

/// `enter SIDE when bit` at market, without legs.
pub fn entry(side: Side, bit: u8) -> EntryPlan {
    EntryPlan {
        side,
        tag: format!("{side:?}"),
        when: BIT(bit),
        order: EntryOrder::Market,
        size: None,
        bracket: Bracket::default(),
    }
}

pub fn exit_when(bit: u8) -> ExitPlan {
    ExitPlan {
        scope: ExitScope::All,
        trigger: ExitTrigger::When {
            cond: BIT(bit),
            reason: ExitReason::Signal,
        },
    }
}

pub fn target(level: Level, closing: Option<f64>) -> TargetLeg {
    TargetLeg {
        level,
        closing: closing.map(Value::Const),
    }
}

/// Flag 0 enters long, flag 1 exits, flag 2 enters short.
pub fn simple() -> OrderPlan {
    OrderPlan {
        entries: vec![entry(Side::Long, 0), entry(Side::Short, 2)],
        exits: vec![exit_when(1)],
        size: Some(Sizing::Units(Value::Const(1.0))),
        ..OrderPlan::default()
    }
}

/// [`simple`] with this bracket on both sides.
pub fn with(bracket: &Bracket) -> OrderPlan {
    let mut plan = simple();
    for entry in &mut plan.entries {
        entry.bracket = bracket.clone();
    }
    plan
}

pub const ENTER: u64 = 1;
pub const EXIT: u64 = 2;
pub const SHORT: u64 = 4;

/// Costs nothing, rounds nothing, one position, so that fills can be computed in the head.
pub fn free() -> RunSettings {
    RunSettings {
        taker_fee: 0.0,
        maker_fee: 0.0,
        slippage: 0.0,
        max_positions: 1,
        min_notional: Some(0.0),
        round_to_lot: false,
        round_prices: false,
        ..RunSettings::default()
    }
}

/// `(open, high, low, close, flags)` a bar, one-hour bars from time 0.
pub type Row = (f64, f64, f64, f64, u64);

pub struct Case {
    pub kernel: Script,
    pub settings: RunSettings,
    pub spec: SymbolSpec,
    pub rows: Vec<Row>,
    pub values: Vec<Vec<f64>>,
    pub funding: Option<Funding>,
    pub finer: Option<Bars>,
    pub warmup: usize,
    pub scalars: Vec<f64>,
}

pub const HOUR: i64 = 3_600_000;

pub fn case(plan: OrderPlan, rows: &[Row]) -> Case {
    Case {
        kernel: Script::new(plan),
        settings: free(),
        spec: SymbolSpec {
            lot: 0.001,
            ..SymbolSpec::new("X", 0.1)
        },
        rows: rows.to_vec(),
        values: Vec::new(),
        funding: None,
        finer: None,
        warmup: 0,
        scalars: Vec::new(),
    }
}

impl Case {
    pub fn settings(mut self, change: impl FnOnce(&mut RunSettings)) -> Self {
        change(&mut self.settings);
        self
    }
    pub fn spec(mut self, change: impl FnOnce(&mut SymbolSpec)) -> Self {
        change(&mut self.spec);
        self
    }
    /// Signal value columns.
    pub fn columns(mut self, values: Vec<Vec<f64>>) -> Self {
        self.kernel = self.kernel.values(values.len());
        self.values = values;
        self
    }
    pub fn kernel(mut self, change: impl FnOnce(&mut Script)) -> Self {
        change(&mut self.kernel);
        self
    }

    /// Runs in blocks of `cut` rows, skipping quiet bars or not.
    pub fn run_as(&self, cut: usize, skipping: bool) -> Result<Outcome, EngineError> {
        let constants = Constants {
            scalars: self.scalars.clone(),
            ..Constants::default()
        };
        let setup = SymbolSetup {
            spec: &self.spec,
            warmup: self.warmup,
            funding: self.funding.as_ref(),
            finer: self.finer.as_ref(),
        };
        let mut engine = Engine::new(
            &self.kernel,
            &constants,
            &self.settings,
            Timeframe::H1,
            &[setup],
        )?;
        if !skipping {
            engine = engine.without_skipping();
        }
        let columns: Columns = columns(&self.rows);
        let mut states = vec![State::default()];
        let mut start = 0;
        while start < self.rows.len() {
            let rows = start..(start + cut).min(self.rows.len());
            let values: Vec<Vec<f64>> = self
                .values
                .iter()
                .map(|v| v[rows.clone()].to_vec())
                .collect();
            engine.advance(&mut states, &[columns.block(0, rows.clone(), &values)])?;
            start = rows.end;
        }
        Ok(engine.finish())
    }

    pub fn run(&self) -> Outcome {
        let outcome = self.run_as(usize::MAX / 2, true).unwrap();
        // Whatever a test is about, the straightforward path and any cut must agree with it.
        same(&outcome, &self.run_as(usize::MAX / 2, false).unwrap());
        same(&outcome, &self.run_as(1, true).unwrap());
        outcome
    }
}

pub struct Columns {
    pub time: Vec<i64>,
    pub open: Vec<f64>,
    pub high: Vec<f64>,
    pub low: Vec<f64>,
    pub close: Vec<f64>,
    pub flags: Vec<u64>,
}

pub fn columns(rows: &[Row]) -> Columns {
    Columns {
        time: (0..rows.len() as i64).map(|i| i * HOUR).collect(),
        open: rows.iter().map(|r| r.0).collect(),
        high: rows.iter().map(|r| r.1).collect(),
        low: rows.iter().map(|r| r.2).collect(),
        close: rows.iter().map(|r| r.3).collect(),
        flags: rows.iter().map(|r| r.4).collect(),
    }
}

impl Columns {
    pub fn block<'a>(
        &'a self,
        symbol: usize,
        rows: Range<usize>,
        values: &'a [Vec<f64>],
    ) -> Block<'a> {
        Block {
            symbol,
            time: &self.time[rows.clone()],
            open: &self.open[rows.clone()],
            high: &self.high[rows.clone()],
            low: &self.low[rows.clone()],
            close: &self.close[rows.clone()],
            flags: &self.flags[rows],
            values,
        }
    }
}

/// Equal bit for bit, NaN included.
#[track_caller]
pub fn same(a: &Outcome, b: &Outcome) {
    let bits = |x: &[f64]| x.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(format!("{:?}", a.trades), format!("{:?}", b.trades));
    assert_eq!(bits(&a.curve.equity()), bits(&b.curve.equity()));
    assert_eq!(format!("{:?}", a.levels), format!("{:?}", b.levels));
    assert_eq!(a.skipped, b.skipped);
    assert_eq!(format!("{:?}", a.counters), format!("{:?}", b.counters));
    assert_eq!(a.clock, b.clock);
}

/// A quiet bar at a price.
pub fn at(price: f64) -> Row {
    (price, price, price, price, 0)
}

/// The same bar with flags.
pub fn flag(row: Row, flags: u64) -> Row {
    (row.0, row.1, row.2, row.3, flags)
}
