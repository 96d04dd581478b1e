//! The trades of a live strategy, as they follow from its deployment and the bars that have closed.
//!
//! The whole stretch since the strategy went live is run again, with the very engine that tested it. That makes a restart
//! trivial – there is no state that could be lost – and leaves one definition of a trade for tests and for trading.

use crate::halts::{Halted, NoRoom};
use crate::program::Program;
use rust_decimal::Decimal;
use sixbtc_abi::{EntryOrder, ExitReason, Side};
use sixbtc_backtest::{BacktestError, BacktestInput, BacktestResult, run_backtest};
use sixbtc_core::live::Deployment;
use sixbtc_core::model::Millis;
use sixbtc_core::venue::amount;
use sixbtc_engine::{RunSettings, Trade};
use sixbtc_market::{Bars, SymbolSpec, Timeframe};
use uuid::Uuid;

/// A part of a position that was closed.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Identity of the order that closes it.
    pub order: Uuid,
    /// Open of the bar of the fill, or its close.
    pub at: Millis,
    /// Price.
    pub price: Decimal,
    /// Units.
    pub size: Decimal,
    /// Fee.
    pub fee: Decimal,
    /// Funding paid, of this part's whole life.
    pub funding: Decimal,
    /// What slippage cost, at entry and exit.
    pub slippage: Decimal,
    /// Result after all costs.
    pub pnl: Decimal,
    /// Why, as a word.
    pub reason: &'static str,
}

/// An entry and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Lot {
    /// Identity of the trade.
    pub position: Uuid,
    /// Identity of the order that opened it.
    pub order: Uuid,
    /// Symbol.
    pub symbol: String,
    /// Long or short.
    pub side: Side,
    /// The `#label` of the entry.
    pub tag: String,
    /// Open of the bar of the fill.
    pub at: Millis,
    /// Price.
    pub price: Decimal,
    /// Units.
    pub size: Decimal,
    /// Fee.
    pub fee: Decimal,
    /// Leverage.
    pub leverage: f64,
    /// First stop.
    pub first_stop: Option<Decimal>,
    /// First target.
    pub first_target: Option<Decimal>,
    /// Stop as it stands.
    pub stop: Option<Decimal>,
    /// Target as it stands.
    pub target: Option<Decimal>,
    /// Bars held so far.
    pub bars: u32,
    /// Close of the last bar, while something is open.
    pub mark: Decimal,
    /// Closed parts, in order.
    pub parts: Vec<Part>,
    /// Units that are open.
    pub open: Decimal,
}

impl Lot {
    /// When the last of it was closed, if nothing is open.
    pub fn closed(&self) -> Option<&Part> {
        if self.open.is_zero() {
            self.parts.last()
        } else {
            None
        }
    }
}

/// All trades of a deployment up to a time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ledger {
    /// In the order of entry.
    pub lots: Vec<Lot>,
    /// End of the last bar that was seen; entries of later bars are unknown.
    pub through: Millis,
    /// Why entries were not taken, counted.
    pub skipped: Vec<(&'static str, u64)>,
}

/// Why there is no ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The run itself.
    #[error(transparent)]
    Backtest(#[from] BacktestError),
    /// Entries cannot be halted.
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    /// What was deployed is not what is at hand.
    #[error("{0}")]
    Deployment(String),
}

/// Runs the strategy from its deployment to `until`. `bars` are those of the deployment's symbols, in that order, all that is
/// stored of them; only those from the anchor on that had closed by `until` are read.
pub fn ledger(
    program: &Program,
    deployment: &Deployment,
    clock: Timeframe,
    bars: &[&Bars],
    until: Millis,
) -> Result<Ledger, LedgerError> {
    let mut ledger = Ledger {
        through: until,
        ..Ledger::default()
    };
    let settings: RunSettings = serde_json::from_value(deployment.run.clone())
        .map_err(|e| LedgerError::Deployment(format!("its settings: {e}")))?;
    let mut data: Vec<Bars> = Vec::new();
    let mut specs: Vec<SymbolSpec> = Vec::new();
    let mut scales: Vec<f64> = Vec::new();
    for (symbol, bars) in deployment.symbols.iter().zip(bars) {
        let rows = bars.rows(Some(deployment.anchor), Some(until - clock.ms() + 1));
        // a symbol without a bar since the beginning trades as if it were not there
        if rows.is_empty() || bars.time[rows.end - 1] < deployment.from {
            continue;
        }
        data.push(bars.slice(rows));
        specs.push(symbol.spec());
        scales.push(symbol.price_scale);
    }
    if data.is_empty() {
        return Ok(ledger);
    }
    let kernel = Halted::new(&*program.kernel, clock.ms(), &deployment.halts)?;
    // the identity of such a run is that of its deployment: hashing all bars anew would take longer than the run
    let hashes: Vec<String> = data.iter().map(|b| format!("{}", b.len())).collect();
    let mut input = BacktestInput::new(&kernel, &program.params, &data, &settings);
    input.source = &program.hash;
    input.compiler = sbt_driver::VERSION;
    input.data_hashes = &hashes;
    input.price_scales = &scales;
    input.specs = &specs;
    input.from = Some(deployment.from);
    let result = run_backtest(&input)?;
    ledger.skipped = result
        .skipped
        .counted()
        .map(|(why, n)| (why.name(), n))
        .collect();
    let orders = &sixbtc_abi::Kernel::manifest(&kernel).plan.entries;
    let limit = |entry: u16| {
        let plan = orders.get(usize::from(entry));
        plan.is_some_and(|e| matches!(e.order, EntryOrder::Limit { .. }))
    };
    let mut by_lot: std::collections::BTreeMap<u32, Vec<&Trade>> =
        std::collections::BTreeMap::new();
    for trade in &result.trades {
        by_lot.entry(trade.lot).or_default().push(trade);
    }
    for trades in by_lot.values() {
        let rate = if limit(trades[0].entry) {
            settings.maker_fee
        } else {
            settings.taker_fee
        };
        if let Some(lot) = lot(deployment, &result, trades, rate) {
            ledger.lots.push(lot);
        }
    }
    ledger
        .lots
        .sort_by(|a, b| (a.at, &a.symbol, &a.tag).cmp(&(b.at, &b.symbol, &b.tag)));
    number(deployment, &mut ledger.lots);
    Ok(ledger)
}

fn lot(
    deployment: &Deployment,
    result: &BacktestResult,
    trades: &[&Trade],
    rate: f64,
) -> Option<Lot> {
    let first = trades[0];
    let symbol = &result.symbols.get(usize::from(first.symbol))?.symbol;
    let levels = result.levels_of(first);
    let level = |at: Option<&sixbtc_engine::LevelPoint>| {
        at.map_or((None, None), |p| (amount(p.stop), amount(p.target)))
    };
    let (first_stop, first_target) = level(levels.first());
    let (stop, target) = level(levels.last());
    let mut lot = Lot {
        position: deployment.strategy,
        order: deployment.strategy,
        symbol: symbol.clone(),
        side: first.side,
        tag: result
            .tags
            .get(usize::from(first.entry))
            .cloned()
            .unwrap_or_default(),
        at: first.entry_time,
        price: amount(first.entry_price)?,
        size: Decimal::ZERO,
        fee: Decimal::ZERO,
        leverage: first.leverage,
        first_stop,
        first_target,
        stop,
        target,
        bars: 0,
        mark: Decimal::ZERO,
        parts: Vec::new(),
        open: Decimal::ZERO,
    };
    for trade in trades {
        let size = amount(trade.size)?;
        let entry_fee = rate * trade.entry_price * trade.size;
        lot.size += size;
        lot.fee += amount(entry_fee)?;
        lot.bars = lot.bars.max(trade.bars);
        if trade.exit_reason == ExitReason::EndOfData {
            lot.open += size;
            lot.mark = amount(trade.exit_price)?;
            continue;
        }
        let length = if trade.exit_at_close {
            result.timeframe.ms()
        } else {
            0
        };
        lot.parts.push(Part {
            order: deployment.strategy,
            at: trade.exit_time + length,
            price: amount(trade.exit_price)?,
            size,
            fee: amount(trade.fees - entry_fee)?,
            funding: amount(trade.funding)?,
            slippage: amount(trade.slippage)?,
            pnl: amount(trade.pnl)?,
            reason: trade.exit_reason.name(),
        });
    }
    Some(lot)
}

/// Gives lots and parts their identities: they say what a thing is, not when it was found, so that every run finds the same.
fn number(deployment: &Deployment, lots: &mut [Lot]) {
    let mut before: Option<(Millis, String, String)> = None;
    let mut twin = 0;
    for lot in lots {
        let this = (lot.at, lot.symbol.clone(), lot.tag.clone());
        twin = if before.as_ref() == Some(&this) {
            twin + 1
        } else {
            0
        };
        let name = format!(
            "{}/{}/{}/{}/{twin}",
            deployment.segment, lot.symbol, lot.at, lot.tag
        );
        lot.position = identity(deployment.strategy, &name, "position");
        lot.order = identity(deployment.strategy, &name, "enter");
        for (i, part) in lot.parts.iter_mut().enumerate() {
            part.order = identity(deployment.strategy, &name, &format!("exit {i}"));
        }
        before = Some(this);
    }
}

/// The identity of an order or a position of a strategy.
pub fn identity(strategy: Uuid, what: &str, role: &str) -> Uuid {
    Uuid::new_v5(&strategy, format!("{what}/{role}").as_bytes())
}
