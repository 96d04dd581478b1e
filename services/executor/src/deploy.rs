//! The beginning of a deployment, its segments, its halts and its end: what is decided before any bar is run.

use rust_decimal::Decimal;
use sixbtc_core::candles::Candles;
use sixbtc_core::live::{CloseRequest, Closing, DeployedSymbol, Deployment, Halt};
use sixbtc_core::model::{Coin, Millis, Strategy};
use sixbtc_core::settings::Settings;
use sixbtc_engine::RunSettings;
use sixbtc_live::gates::Order;
use sixbtc_market::{SymbolSpec, Timeframe};

/// History that is read before the first live bar, at most: memories of recurrences fade long before.
const HISTORY_MS: i64 = 366 * 86_400_000;

/// Why a strategy cannot be deployed.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// None of its symbols has candles.
    #[error("none of its {0} symbols has candles")]
    NoCandles(usize),
    /// Its settings cannot be kept.
    #[error("its settings cannot be kept: {0}")]
    Settings(#[from] serde_json::Error),
}

/// What is assumed about money, costs and fills at the market: what the tests assume, with the capital that is there. As in a test,
/// a strategy on few symbols does not leave the part of the others idle.
pub fn run_settings(settings: &Settings, capital: f64, symbols: usize) -> RunSettings {
    let exchange = &settings.hyperliquid;
    RunSettings {
        capital,
        taker_fee: exchange.fee_rate,
        slippage: exchange.slippage,
        max_positions: settings.risk.positions(symbols as u32),
        min_notional: Some(exchange.min_notional),
        ..RunSettings::default()
    }
}

/// Whether a subaccount holds enough to trade; says why not. `least` as [`crate::guard::rows::min_balance`] has it.
pub fn funded(subaccount: i64, capital: Decimal, least: Option<Decimal>) -> Result<(), String> {
    if capital <= Decimal::ZERO {
        return Err(format!("subaccount {subaccount} holds no money"));
    }
    match least.filter(|least| capital < *least) {
        Some(least) => Err(format!(
            "subaccount {subaccount} holds {capital}, from {least} on it trades"
        )),
        None => Ok(()),
    }
}

/// The first bar that opens at or after a time.
fn first_open(clock: Timeframe, time: Millis) -> Millis {
    if clock.opens_at(time) {
        time
    } else {
        clock.next(time)
    }
}

/// Where and when a deployment begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beginning {
    /// Subaccount.
    pub subaccount: i64,
    /// What it holds.
    pub capital: Decimal,
    /// The strategy's clock.
    pub clock: Timeframe,
    /// Market time.
    pub now: Millis,
}

/// A new deployment from the next bar on. Reads candles: call it where blocking is allowed.
pub fn begin(
    strategy: &Strategy,
    beginning: Beginning,
    settings: &Settings,
    candles: &Candles,
    coins: &[Coin],
) -> Result<Deployment, DeployError> {
    let Beginning {
        subaccount,
        capital,
        clock,
        now,
    } = beginning;
    let from = first_open(clock, now);
    let mut symbols = Vec::new();
    let mut anchor = from;
    let wanted = &strategy.made.symbols;
    for symbol in wanted
        .iter()
        .take(settings.trading.top_coins_limit as usize)
    {
        let Ok(series) = candles.series(symbol, clock) else {
            continue;
        };
        let history = series
            .bars
            .rows(Some(from - HISTORY_MS), Some(from - clock.ms() + 1));
        let Some(&first) = series
            .bars
            .time
            .get(history.start)
            .filter(|_| !history.is_empty())
        else {
            continue;
        };
        anchor = anchor.min(first);
        let coin = coins.iter().find(|c| c.symbol == *symbol);
        let leverage = coin.map_or(SymbolSpec::DEFAULT_MAX_LEVERAGE, |c| c.max_leverage as f64);
        symbols.push(DeployedSymbol {
            symbol: symbol.clone(),
            // of what is history now: a digit that a later price shows must not change the past
            price_scale: series.bars.slice(history).price_scale(),
            max_leverage: leverage,
            min_notional: settings.hyperliquid.min_notional,
        });
    }
    if symbols.is_empty() {
        return Err(DeployError::NoCandles(wanted.len()));
    }
    let begun = begun(
        settings,
        strategy,
        (subaccount, capital),
        (anchor, from),
        symbols,
    );
    Ok(begun?)
}

/// The first segment of a strategy, with what the settings assume: bars are read from `anchor` and decided on from `from` on.
pub(crate) fn begun(
    settings: &Settings,
    strategy: &Strategy,
    (subaccount, capital): (i64, Decimal),
    (anchor, from): (Millis, Millis),
    symbols: Vec<DeployedSymbol>,
) -> Result<Deployment, serde_json::Error> {
    let money = capital.try_into().unwrap_or(0.0);
    let run = run_settings(settings, money, symbols.len());
    Ok(Deployment {
        strategy: strategy.made.id,
        subaccount,
        segment: 1,
        from,
        live_since: from,
        capital,
        anchor,
        symbols,
        run: serde_json::to_value(run)?,
        halts: Vec::new(),
        processed: from,
        closing: None,
        flat: false,
    })
}

/// What became of the wishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// A halt began, or ended.
    Halts,
    /// The end was set.
    Closing,
    /// The next segment is due: flat after a forced close, and the stop is lifted.
    NextSegment,
}

/// Brings a deployment in line with what is asked of it. Only bars that were not processed yet are concerned, so that what was
/// traded stays as it is.
pub fn heed(
    deployment: &mut Deployment,
    request: Option<&CloseRequest>,
    order: &Order,
    now: Millis,
) -> Change {
    let forced = matches!(order, Order::Force(_));
    if let Some(closing) = &mut deployment.closing {
        if let Some(request) = request {
            if closing.resumes {
                closing.resumes = false;
                closing.reason.clone_from(&request.reason);
                return Change::Closing;
            }
            return Change::None;
        }
        return if closing.resumes && deployment.flat && !forced {
            Change::NextSegment
        } else {
            Change::None
        };
    }
    let closing = match (request, forced) {
        (Some(request), _) => Some((request.reason.clone(), false)),
        (None, true) => Some(("force_close".to_owned(), true)),
        (None, false) => None,
    };
    if let Some((reason, resumes)) = closing {
        deployment.closing = Some(Closing {
            after: deployment.processed,
            at: now.max(deployment.processed),
            reason,
            resumes,
        });
        return Change::Closing;
    }
    let open = deployment.halts.iter_mut().find(|h| h.until.is_none());
    match (open, order) {
        (None, Order::Halt(why) | Order::Force(why)) => {
            deployment.halts.push(Halt {
                from: deployment.processed,
                until: None,
                why: why.clone(),
            });
            Change::Halts
        }
        (Some(halt), Order::Free) => {
            halt.until = Some(deployment.processed);
            Change::Halts
        }
        _ => Change::None,
    }
}

/// The segment after a forced close: flat, from the next bar on, with what is left.
pub fn next_segment(
    deployment: &mut Deployment,
    clock: Timeframe,
    capital: Decimal,
    now: Millis,
) -> Result<(), DeployError> {
    let from = first_open(clock, now);
    let mut run: RunSettings = serde_json::from_value(deployment.run.clone())?;
    run.capital = capital.try_into().unwrap_or(0.0);
    deployment.run = serde_json::to_value(run)?;
    deployment.segment += 1;
    deployment.from = from;
    deployment.processed = from;
    deployment.capital = capital;
    deployment.halts.clear();
    deployment.closing = None;
    deployment.flat = false;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn deployment() -> Deployment {
        Deployment {
            strategy: uuid::Uuid::from_u128(1),
            subaccount: 2,
            segment: 1,
            from: 0,
            live_since: 0,
            capital: Decimal::from(100),
            anchor: 0,
            symbols: Vec::new(),
            run: serde_json::to_value(RunSettings::default()).unwrap(),
            halts: Vec::new(),
            processed: 900_000,
            closing: None,
            flat: false,
        }
    }

    fn halt() -> Order {
        Order::Halt("system stale_data: test".into())
    }

    #[test]
    fn who_holds_too_little_does_not_begin() {
        let least = Some(Decimal::from(15));
        assert!(funded(1, Decimal::from(15), least).is_ok());
        assert!(funded(1, Decimal::from(14), least).is_err());
        assert!(funded(1, Decimal::from(14), None).is_ok());
        assert!(funded(1, Decimal::ZERO, None).is_err());
    }

    #[test]
    fn a_halt_begins_and_ends_at_bars_that_were_not_processed() {
        let mut d = deployment();
        assert_eq!(heed(&mut d, None, &halt(), 1_000_000), Change::Halts);
        assert_eq!(heed(&mut d, None, &halt(), 1_100_000), Change::None);
        d.processed = 2_700_000;
        assert_eq!(heed(&mut d, None, &Order::Free, 2_800_000), Change::Halts);
        let halt = &d.halts[0];
        assert!(!halt.covers(899_999) && halt.covers(900_000) && halt.covers(1_800_000));
        assert!(!halt.covers(2_700_000));
    }

    #[test]
    fn after_a_forced_close_the_strategy_goes_on_but_not_after_retirement() {
        let mut d = deployment();
        let force = Order::Force("portfolio drawdown: test".into());
        assert_eq!(heed(&mut d, None, &force, 1_000_000), Change::Closing);
        assert_eq!(d.closing.as_ref().unwrap().after, 900_000);
        assert_eq!(heed(&mut d, None, &Order::Free, 1_000_000), Change::None);
        d.flat = true;
        assert_eq!(heed(&mut d, None, &force, 1_000_000), Change::None);
        assert_eq!(
            heed(&mut d, None, &Order::Free, 1_000_000),
            Change::NextSegment
        );
        let request = CloseRequest {
            at: 1,
            reason: "live_degraded".into(),
            data: json!({}),
        };
        assert_eq!(
            heed(&mut d, Some(&request), &Order::Free, 1_000_000),
            Change::Closing
        );
        assert_eq!(
            heed(&mut d, Some(&request), &Order::Free, 1_000_000),
            Change::None
        );
        assert!(!d.closing.as_ref().unwrap().resumes);
        d.closing = None;
        next_segment(&mut d, Timeframe::M15, Decimal::from(80), 1_000_000).unwrap();
        assert_eq!(
            (d.segment, d.from, d.processed, d.live_since),
            (2, 1_800_000, 1_800_000, 0)
        );
    }
}
