//! Rounds of the executor: for each live strategy deployment, ledger, steps, account, store – in that order, each of them the
//! same again when it is done again.

use crate::deploy::{Beginning, Change, begin, funded, heed, next_segment};
use crate::events::{event, not_traded};
use crate::guard::rows;
use crate::ledger::{Ledger, LedgerError, Lot, Part, identity, ledger};
use crate::program::{Program, compiled};
use crate::steps::{Step, Steps, steps};
use async_trait::async_trait;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::json;
use sixbtc_abi::Side as Way;
use sixbtc_core::candles::{Candles, Series};
use sixbtc_core::daemon::{Context, Next, ServiceError, Worker};
use sixbtc_core::live::{CloseRequest, Deployment, close_key, deployment_key, kill_file};
use sixbtc_core::model::{
    Coin, Millis, NewTrade, Outcome, Position, Side, Status, Strategy, TradeExit, TradeFilter,
    TradeRow,
};
use sixbtc_core::settings::Settings;
use sixbtc_core::shared;
use sixbtc_core::store::{Filter, Order, Store};
use sixbtc_core::venue::{
    DECIMALS, Desk, Direction, Fill, ModelFill, NewOrder, Placed, Venue, VenueError,
};
use sixbtc_live::gates::{Bounds, EntryGate};
use sixbtc_live::stop::Stop;
use sixbtc_market::{Bars, Timeframe};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tracing::Instrument;
use uuid::Uuid;

/// The right that only one executor has.
pub const LEASE: &str = "executor";

/// A symbol whose data ended so long before the others' is left behind rather than waited for.
const LATE_MS: i64 = 2 * 3_600_000;

/// What is needed of the world in one round.
struct Round<'a> {
    store: &'a Store,
    settings: &'a Settings,
    by: &'a str,
    now: Millis,
    stops: Vec<Stop>,
    /// What stands in the kill file, if there is one.
    kill: Option<String>,
    bounds: Bounds,
    coins: Vec<Coin>,
}

/// Trades, one round after the other.
#[derive(Default)]
pub struct Trader {
    desk: Option<Desk>,
    programs: HashMap<Uuid, Arc<Program>>,
    /// What was said of a strategy that does not run, so that it is said once.
    failed: HashMap<Uuid, String>,
}

#[async_trait]
impl Worker for Trader {
    async fn tick(&mut self, cx: &Context) -> Result<Next, ServiceError> {
        let settings = cx.settings.borrow().clone();
        let wait = self.pace(&settings);
        let ttl = wait.max(Duration::from_secs(30)) * 2;
        if cx.store.lease(LEASE, &cx.identity, ttl).await?.is_none() {
            return Ok(Next::After(wait.min(Duration::from_secs(15))));
        }
        self.round(&cx.store, &settings, &cx.identity)
            .instrument(tracing::error_span!("round"))
            .await?;
        Ok(Next::After(self.pace(&settings)))
    }

    async fn stop(&mut self, cx: &Context) {
        shared::give_back(&cx.store, LEASE, &cx.identity).await;
    }
}

impl Trader {
    fn pace(&self, settings: &Settings) -> Duration {
        let interval = Duration::from_secs(settings.executor.check_interval_seconds);
        self.desk.as_ref().map_or(interval, |d| {
            d.clock
                .wait(interval)
                .max(Duration::from_millis(500))
                .min(interval)
        })
    }

    /// One round over all live strategies. The caller holds the lease. A strategy that fails does not keep the others from
    /// trading; the first error of the store or the venue is returned at the end.
    pub async fn round(
        &mut self,
        store: &Store,
        settings: &Settings,
        by: &str,
    ) -> Result<(), ServiceError> {
        if self.desk.is_none() {
            self.desk = Some(Desk::open(store, settings, by).await?);
        }
        let Some(desk) = &mut self.desk else {
            return Ok(());
        };
        let now = desk.now(store).await?;
        let (candles, venue) = (Arc::clone(&desk.candles), Arc::clone(&desk.venue));
        let filter = Filter {
            status: Some(Status::Live),
            order: Order::Oldest,
            limit: 10_000,
            ..Filter::default()
        };
        let live = store.list(&filter).await?;
        let round = Round {
            store,
            settings,
            by,
            now,
            stops: rows::stops(&store.emergencies().await?),
            kill: kill_file(&settings.directories.data),
            bounds: rows::bounds(settings)?,
            coins: store.coins(false).await?,
        };
        self.programs
            .retain(|id, _| live.iter().any(|s| s.made.id == *id));
        self.failed
            .retain(|id, _| live.iter().any(|s| s.made.id == *id));
        let mut first = None;
        for strategy in &live {
            let id = strategy.made.id;
            let span = tracing::error_span!("trade", strategy = %id);
            let traded = self.trade(&round, strategy, &candles, &venue);
            match traded.instrument(span).await {
                Ok(()) => {
                    self.failed.remove(&id);
                }
                Err(Trouble::Service(e)) => {
                    tracing::warn!(strategy = %id, error = %e, "not traded this round");
                    first.get_or_insert(e);
                }
                Err(Trouble::Strategy(says)) => self.report(&round, strategy, says).await?,
            }
        }
        metrics::gauge!("executor_live").set(live.len() as f64);
        first.map_or(Ok(()), Err)
    }

    /// Says once that a strategy does not run.
    async fn report(
        &mut self,
        round: &Round<'_>,
        strategy: &Strategy,
        says: String,
    ) -> Result<(), ServiceError> {
        let id = strategy.made.id;
        if self.failed.get(&id) == Some(&says) {
            return Ok(());
        }
        let event = not_traded(strategy, &says);
        round.store.record(round.by, &[event]).await?;
        self.failed.insert(id, says);
        Ok(())
    }

    async fn trade(
        &mut self,
        round: &Round<'_>,
        strategy: &Strategy,
        candles: &Arc<Candles>,
        venue: &Arc<dyn Venue>,
    ) -> Result<(), Trouble> {
        let id = strategy.made.id;
        let Some(trading) = &strategy.trading else {
            return Err(Trouble::Strategy("it is LIVE without a subaccount".into()));
        };
        let Some(subaccount) = trading.subaccount else {
            return Err(Trouble::Strategy("it is LIVE without a subaccount".into()));
        };
        let clock: Timeframe = strategy
            .made
            .timeframe
            .parse()
            .map_err(|e| Trouble::Strategy(format!("its timeframe: {e}")))?;
        let key = deployment_key(id, trading.live_since);
        let (mut deployment, mut version) =
            match shared::read::<Deployment>(round.store, &key).await? {
                Some(found) => (found.value, found.version),
                None => {
                    let new = deploy(round, strategy, subaccount, clock, candles, venue).await?;
                    match shared::write(round.store, &key, &new, 0, round.by).await? {
                        Some(version) => (new, version),
                        // another executor was faster: it trades
                        None => return Ok(()),
                    }
                }
            };
        let request =
            shared::read::<CloseRequest>(round.store, &close_key(id, trading.live_since)).await?;
        let request = request.map(|r| r.value);
        let name = id.to_string();
        let (kill, bounds) = (round.kill.clone(), round.bounds);
        let gate = EntryGate::new(&round.stops, subaccount, &name, kill, bounds);
        let change = heed(&mut deployment, request.as_ref(), &gate.order(), round.now);
        if change == Change::NextSegment {
            let left = balance(venue, subaccount).await?;
            next_segment(&mut deployment, clock, left, round.now)
                .map_err(|e| Trouble::Strategy(e.to_string()))?;
        }
        if change != Change::None {
            tracing::info!(strategy = %id, ?change, "the deployment changed");
            match shared::write(round.store, &key, &deployment, version, round.by).await? {
                Some(new) => version = new,
                None => return Ok(()),
            }
        }
        if deployment.flat {
            return Ok(());
        }
        let before = deployment.clone();
        self.follow(round, strategy, clock, &mut deployment, candles, venue)
            .await?;
        if deployment != before {
            shared::write(round.store, &key, &deployment, version, round.by).await?;
        }
        Ok(())
    }

    /// Makes account and store hold what follows from the bars that have closed.
    async fn follow(
        &mut self,
        round: &Round<'_>,
        strategy: &Strategy,
        clock: Timeframe,
        deployment: &mut Deployment,
        candles: &Arc<Candles>,
        venue: &Arc<dyn Venue>,
    ) -> Result<(), Trouble> {
        let id = strategy.made.id;
        let until = deployment.closing.as_ref().map_or(round.now, |c| c.after);
        let loaded = load(candles, deployment, clock).await?;
        let through = known_through(&loaded, clock, until);
        if through <= deployment.processed && deployment.closing.is_none() {
            return Ok(());
        }
        let program = if let Some(program) = self.programs.get(&id) {
            Arc::clone(program)
        } else {
            let made = strategy.clone();
            let program = blocking(move || compiled(&made))
                .await?
                .map_err(|e| Trouble::Strategy(e.to_string()))?;
            let program = Arc::new(program);
            self.programs.insert(id, Arc::clone(&program));
            program
        };
        let (run, through) = (deployment.clone(), through.max(deployment.from));
        let found: Result<Ledger, LedgerError> = blocking(move || {
            let bars: Vec<&Bars> = loaded.iter().map(|s| &s.bars).collect();
            ledger(&program, &run, clock, &bars, through)
        })
        .await?;
        let ledger = found.map_err(|e| Trouble::Strategy(e.to_string()))?;
        let filter = TradeFilter {
            strategy: Some(id),
            subaccount: Some(deployment.subaccount),
            limit: 100_000,
            ..TradeFilter::default()
        };
        let mut rows = round.store.trades(&filter).await?;
        rows.retain(|r| r.entry.opened_at >= deployment.from || r.exit.is_none());
        let run = deployment.clone();
        let Steps { steps, missed } = steps(&ledger, &run, &rows);
        if !missed.is_empty() {
            tracing::debug!(strategy = %id, missed = missed.len(), "trades of late candles are not made");
        }
        let desk = Hands {
            round,
            strategy,
            deployment: &run,
            clock,
            venue: &**venue,
        };
        let mut waits = false;
        for step in steps {
            match step {
                Step::Enter(lot) => desk.enter(lot).await?,
                Step::Exit { lot, part, last } => desk.exit(lot, part, last).await?,
                Step::Close { row, reason } => waits |= !desk.close(row, reason).await?,
            }
        }
        // also when nothing was to be done: the last round may have died before it came here
        desk.positions(&ledger).await?;
        deployment.processed = through.max(deployment.processed);
        if deployment.closing.is_some() && !waits {
            deployment.flat = venue.positions(deployment.subaccount).await?.is_empty();
        }
        Ok(())
    }
}

/// What went wrong with a strategy.
enum Trouble {
    /// It passes.
    Service(ServiceError),
    /// The strategy itself.
    Strategy(String),
}

impl<E: Into<ServiceError>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Service(error.into())
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ServiceError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| ServiceError::Passing(e.to_string()))
}

async fn balance(venue: &Arc<dyn Venue>, subaccount: i64) -> Result<Decimal, VenueError> {
    let all = venue.subaccounts().await?;
    let found = all.iter().find(|b| b.subaccount == subaccount);
    Ok(found.map_or(Decimal::ZERO, |b| b.balance))
}

async fn deploy(
    round: &Round<'_>,
    strategy: &Strategy,
    subaccount: i64,
    clock: Timeframe,
    candles: &Arc<Candles>,
    venue: &Arc<dyn Venue>,
) -> Result<Deployment, Trouble> {
    let capital = balance(venue, subaccount).await?;
    funded(subaccount, capital, round.bounds.min_balance).map_err(Trouble::Strategy)?;
    let beginning = Beginning {
        subaccount,
        capital,
        clock,
        now: round.now,
    };
    let (made, settings) = (strategy.clone(), round.settings.clone());
    let (candles, coins) = (Arc::clone(candles), round.coins.clone());
    let new = blocking(move || begin(&made, beginning, &settings, &candles, &coins))
        .await?
        .map_err(|e| Trouble::Strategy(e.to_string()))?;
    let data = json!({ "from": new.from, "capital": capital, "symbols": new.symbols.len() });
    let event = event(strategy, "deployed", Outcome::Passed, data);
    round.store.record(round.by, &[event]).await?;
    Ok(new)
}

/// Bars of the deployment's symbols, with how far each is known.
async fn load(
    candles: &Arc<Candles>,
    deployment: &Deployment,
    clock: Timeframe,
) -> Result<Vec<Arc<Series>>, Trouble> {
    let candles = Arc::clone(candles);
    let symbols: Vec<String> = deployment
        .symbols
        .iter()
        .map(|s| s.symbol.clone())
        .collect();
    let loaded: Result<Vec<_>, _> = blocking(move || {
        let one = |symbol: &String| candles.series(symbol, clock);
        symbols.iter().map(one).collect()
    })
    .await?;
    loaded.map_err(|e| Trouble::Service(ServiceError::Passing(e.to_string())))
}

/// End of the last bar that is known of all symbols but those whose data ended long ago.
fn known_through(loaded: &[Arc<Series>], clock: Timeframe, until: Millis) -> Millis {
    let newest = loaded.iter().map(|s| s.end).max().unwrap_or(0);
    let late = newest.min(until) - LATE_MS.max(4 * clock.ms());
    let ends = loaded.iter().map(|s| s.end).filter(|end| *end >= late);
    clock.floor(ends.min().unwrap_or(newest).min(until))
}

/// Carries steps out: account first, store second. Whoever dies in between finds the same order filled the next time.
struct Hands<'a> {
    round: &'a Round<'a>,
    strategy: &'a Strategy,
    deployment: &'a Deployment,
    clock: Timeframe,
    venue: &'a dyn Venue,
}

fn entry_direction(side: Way) -> Direction {
    match side {
        Way::Long => Direction::Buy,
        Way::Short => Direction::Sell,
    }
}

impl Hands<'_> {
    fn order(&self, client: Uuid, symbol: &str, direction: Direction, size: Decimal) -> NewOrder {
        NewOrder {
            client,
            subaccount: self.deployment.subaccount,
            symbol: symbol.to_owned(),
            direction,
            size,
            reduce_only: false,
            at: self.round.now,
            clock: self.clock,
            model: None,
        }
    }

    async fn enter(&self, lot: &Lot) -> Result<(), Trouble> {
        let mut order = self.order(lot.order, &lot.symbol, entry_direction(lot.side), lot.size);
        order.at = lot.at;
        order.model = Some(ModelFill {
            at: lot.at,
            price: lot.price,
            fee: lot.fee,
            funding: Decimal::ZERO,
        });
        let Placed::Filled(fill) = self.venue.place(&order).await? else {
            return Ok(());
        };
        let trade = NewTrade {
            strategy: self.strategy.made.id,
            strategy_name: self.strategy.made.name.clone(),
            subaccount: self.deployment.subaccount,
            position_id: lot.position.to_string(),
            symbol: lot.symbol.clone(),
            side: match lot.side {
                Way::Long => Side::Long,
                Way::Short => Side::Short,
            },
            opened_at: fill.at,
            entry_price: fill.price,
            size: fill.size,
            entry_order: Some(lot.order.to_string()),
            stop: lot.first_stop,
            target: lot.first_target,
            leverage: lot.leverage.ceil().to_i64().unwrap_or(1).max(1),
            entry_fee: fill.fee,
            why: lot.tag.clone(),
        };
        if self.round.store.open_trade(&trade).await? {
            metrics::counter!("executor_entries").increment(1);
            tracing::info!(strategy = %trade.strategy, symbol = trade.symbol, side = %trade.side, price = %trade.entry_price, size = %trade.size, "entered");
        }
        Ok(())
    }

    async fn exit(&self, lot: &Lot, part: &Part, last: bool) -> Result<(), Trouble> {
        let direction = entry_direction(lot.side).opposite();
        let mut order = self.order(part.order, &lot.symbol, direction, part.size);
        order.at = part.at;
        order.reduce_only = true;
        order.model = Some(ModelFill {
            at: part.at,
            price: part.price,
            fee: part.fee,
            funding: part.funding,
        });
        match self.venue.place(&order).await {
            Ok(_) => {}
            // closed by a stop of the account, or by hand: the trade ends in the store too
            Err(VenueError::Refused(why)) => {
                tracing::warn!(symbol = lot.symbol, why, "an exit found nothing to close");
            }
            Err(e) => return Err(e.into()),
        }
        if !last {
            return Ok(());
        }
        let sum = |of: fn(&Part) -> Decimal| lot.parts.iter().map(of).sum::<Decimal>();
        let size = sum(|p| p.size);
        let paid: Decimal = lot.parts.iter().map(|p| p.price * p.size).sum();
        let exit = TradeExit {
            closed_at: part.at,
            exit_price: if size.is_zero() {
                part.price
            } else {
                (paid / size).round_dp(DECIMALS)
            },
            exit_order: Some(part.order.to_string()),
            reason: part.reason.to_owned(),
            exit_fee: sum(|p| p.fee),
            funding: -sum(|p| p.funding),
            slippage: sum(|p| p.slippage),
            pnl: sum(|p| p.pnl),
        };
        self.closed(&lot.position.to_string(), &lot.symbol, &exit)
            .await
    }

    /// Closes a trade at market; `false` while the order waits for the next open.
    async fn close(&self, row: &TradeRow, reason: &str) -> Result<bool, Trouble> {
        let entry = &row.entry;
        let direction = match entry.side {
            Side::Short => Direction::Buy,
            _ => Direction::Sell,
        };
        let client = identity(entry.strategy, &entry.position_id, "close");
        let mut order = self.order(client, &entry.symbol, direction, entry.size);
        order.reduce_only = true;
        if let Some(closing) = &self.deployment.closing {
            order.at = closing.at;
        }
        let fill: Option<Fill> = match self.venue.place(&order).await {
            Ok(Placed::Waiting) => return Ok(false),
            Ok(Placed::Filled(fill)) => Some(fill),
            Err(VenueError::Refused(_)) => None,
            Err(e) => return Err(e.into()),
        };
        let exit = match fill {
            Some(fill) => {
                let sign = direction.opposite().sign();
                let gained = (fill.price - entry.entry_price) * fill.size * sign;
                TradeExit {
                    closed_at: fill.at,
                    exit_price: fill.price,
                    exit_order: Some(client.to_string()),
                    reason: reason.to_owned(),
                    exit_fee: fill.fee,
                    funding: -fill.funding,
                    slippage: Decimal::ZERO,
                    pnl: (gained - entry.entry_fee - fill.fee - fill.funding).round_dp(DECIMALS),
                }
            }
            // nothing is open at the venue: somebody closed it there
            None => TradeExit {
                closed_at: self.round.now,
                exit_price: entry.entry_price,
                exit_order: None,
                reason: "external".into(),
                exit_fee: Decimal::ZERO,
                funding: Decimal::ZERO,
                slippage: Decimal::ZERO,
                pnl: -entry.entry_fee,
            },
        };
        self.closed(&entry.position_id, &entry.symbol, &exit)
            .await?;
        Ok(true)
    }

    async fn closed(&self, position: &str, symbol: &str, exit: &TradeExit) -> Result<(), Trouble> {
        let store = self.round.store;
        let subaccount = self.deployment.subaccount;
        if store.close_trade(subaccount, position, exit).await? {
            metrics::counter!("executor_exits").increment(1);
            tracing::info!(strategy = %self.strategy.made.id, symbol, reason = exit.reason, pnl = %exit.pnl, "closed");
        }
        Ok(())
    }

    /// Writes positions as the venue has them, with what the ledger knows of their protection.
    async fn positions(&self, ledger: &Ledger) -> Result<(), Trouble> {
        let (store, subaccount) = (self.round.store, self.deployment.subaccount);
        let open = self.venue.positions(subaccount).await?;
        for known in store.positions(Some(subaccount)).await? {
            if !open.iter().any(|p| p.symbol == known.symbol) {
                store.close_position(subaccount, &known.symbol).await?;
            }
        }
        for position in open {
            let of_symbol = |lot: &&Lot| lot.symbol == position.symbol && !lot.open.is_zero();
            let lot = ledger.lots.iter().rev().find(of_symbol);
            let row = Position {
                subaccount,
                symbol: position.symbol.clone(),
                position_id: lot.map_or_else(String::new, |l| l.position.to_string()),
                strategy: Some(self.strategy.made.id),
                side: if position.size.is_sign_negative() {
                    Side::Short
                } else {
                    Side::Long
                },
                size: position.size.abs(),
                entry_price: position.entry,
                opened_at: lot.map_or(self.round.now, |l| l.at),
                leverage: lot.map_or(1, |l| l.leverage.ceil().to_i64().unwrap_or(1)),
                stop: lot.and_then(|l| l.stop),
                target: lot.and_then(|l| l.target),
                best_price: None,
                bars_held: lot.map_or(0, |l| i64::from(l.bars)),
                client_order: lot.map(|l| l.order.to_string()),
                state: json!({}),
                updated_at: 0,
            };
            store.set_position(&row).await?;
        }
        Ok(())
    }
}
