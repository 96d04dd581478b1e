//! From a live strategy of the store to an account that trades it.

use super::Office;
use super::books::{Of, StoreBooks};
use super::past::{PastError, past};
use crate::account::universe::Universe;
use crate::account::{Account, AccountSettings, Mandate, Market, Reading, Start};
use crate::deploy::begun;
use crate::disk::DiskError;
use crate::feed::{Archive, Follower, follow_user};
use crate::keeper::{Files, FilesError, OnThread};
use crate::program::{Program, ProgramError, compiled};
use crate::task::{self, Ended, Ports};
use crate::twin::{self, Beside};
use rust_decimal::Decimal;
use sixbtc_core::live::{DeployedSymbol, Deployment};
use sixbtc_core::model::{Millis, Strategy};
use sixbtc_core::settings::{ReplayCheck, Settings};
use sixbtc_engine::RunSettings;
use sixbtc_exchange::Network;
use sixbtc_exchange::client::SocketSettings;
use sixbtc_exchange::keys::NoSigner;
use sixbtc_exchange::wire::Address;
use sixbtc_live::check::Policy;
use sixbtc_live::desk::Entry;
use sixbtc_market::{Bars, Timeframe};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Bars of history before a strategy's first decision: a few times what it needs, so that memories of recurrences fade.
const HISTORY: (i64, i64) = (600, 4_900);
/// Inputs that may wait for an account.
const QUEUE: usize = 4_096;

/// How long the turn of an account lasts that reads candles for its replay: with what an answer weighs, all together take about
/// a tenth of what the exchange allows.
const TURN: Duration = Duration::from_secs(10);
/// The same on a local venue, which has no such limit.
const TURN_LOCAL: Duration = Duration::from_millis(100);

/// The least time between two simulations of one account.
const SIMULATE: Duration = Duration::from_secs(20);

/// Why a strategy does not trade.
#[derive(Debug, thiserror::Error)]
pub enum HireError {
    /// The program.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// Its parameters.
    #[error(transparent)]
    Kernel(#[from] sixbtc_abi::KernelError),
    /// Its bars.
    #[error(transparent)]
    Past(#[from] PastError),
    /// Its files.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Its key.
    #[error(transparent)]
    Key(#[from] NoSigner),
    /// Anything of the strategy itself.
    #[error("{0}")]
    Strategy(String),
    /// Its journal lies elsewhere.
    #[error(
        "its journal was begun in another directory (mark {0}): start the executor there, or bring the directory here. Without it, orders that are under way are not known"
    )]
    Elsewhere(String),
}

impl HireError {
    /// Whether waiting may mend it.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Past(PastError::History(_)) | Self::Files(FilesError::Lock(_)) => true,
            Self::Disk(e) | Self::Files(FilesError::Disk(e)) | Self::Past(PastError::Disk(e)) => {
                !e.is_damage()
            }
            _ => false,
        }
    }
}

/// Who is to trade, and where.
#[derive(Clone)]
pub struct Post {
    /// The strategy.
    pub strategy: Strategy,
    /// Its clock.
    pub clock: Timeframe,
    /// Number of its subaccount.
    pub subaccount: i64,
    /// Address of that.
    pub user: Address,
}

/// A strategy that is compiled.
pub struct Ready {
    /// Its program.
    pub program: Program,
    /// Bars it reads before its first decision.
    warmup: usize,
}

/// Compiles a strategy, on a thread that may take its time.
pub async fn compile(strategy: &Strategy) -> Result<Ready, HireError> {
    let made = strategy.clone();
    let compiled = tokio::task::spawn_blocking(move || compiled(&made)).await;
    let program = compiled.map_err(|e| HireError::Strategy(e.to_string()))??;
    let warmup = program.kernel.bind(&program.params)?.warmup;
    Ok(Ready { program, warmup })
}

/// Symbols that a strategy reads beside those it trades.
fn read_beside(ready: &Ready, traded: &[String]) -> Vec<String> {
    let kernel = &ready.program.kernel;
    let all = kernel.stages().iter().map(|k| &**k).chain([&**kernel]);
    let mut beside: Vec<String> = Vec::new();
    for frame in all.flat_map(|k| &k.manifest().frames) {
        let Some(name) = &frame.symbol else { continue };
        let known = sixbtc_market::symbol::named(traded.iter().map(String::as_str), name);
        if known.is_none() && !beside.contains(name) {
            beside.push(name.clone());
        }
    }
    beside
}

impl Office {
    /// Directory of an account.
    pub(super) fn directory(&self, user: Address) -> std::path::PathBuf {
        self.directory
            .join(self.target.network.to_string())
            .join(user.to_string())
    }

    /// The first bar that is decided on: the running one. All bars before it are over, so that what the strategy remembers at its
    /// beginning is the same at every start.
    pub(super) fn first(&self, clock: Timeframe) -> Millis {
        clock.floor(self.clock.now() - crate::feed::SETTLE)
    }

    /// The deployment of a strategy: from the next close on, on the venue's own candles.
    pub(super) async fn deploy(
        &self,
        post: &Post,
        ready: &Ready,
        settings: &Settings,
        capital: Decimal,
    ) -> Result<Deployment, HireError> {
        let clock = post.clock;
        let from = self.first(clock);
        let known = self.known(
            post.strategy
                .made
                .symbols
                .iter()
                .take(settings.trading.top_coins_limit as usize),
        );
        let bars = self.past(post, &known, ready).await?;
        let mut symbols = Vec::new();
        let mut anchor = from;
        for ((symbol, coin), bars) in known.iter().zip(&bars) {
            let before = bars.between(None, Some(from));
            let (Some(first), Some(asset)) = (before.time.first(), self.universe.get(coin)) else {
                continue;
            };
            anchor = anchor.min(*first);
            symbols.push(DeployedSymbol {
                symbol: symbol.clone(),
                price_scale: before.price_scale(),
                max_leverage: f64::from(asset.max_leverage),
                min_notional: settings.hyperliquid.min_notional,
            });
        }
        if symbols.is_empty() {
            return Err(HireError::Strategy(format!(
                "none of its {} symbols is traded on {}",
                post.strategy.made.symbols.len(),
                self.target.network
            )));
        }
        symbols.sort_by(|a, b| a.symbol.cmp(&b.symbol));
        let place = (post.subaccount, capital);
        let begun = begun(settings, &post.strategy, place, (anchor, from), symbols);
        begun.map_err(|e| HireError::Strategy(e.to_string()))
    }

    /// Those of some symbols that are traded here, with their coins.
    fn known<'s>(&self, symbols: impl Iterator<Item = &'s String>) -> Vec<(String, String)> {
        symbols
            .filter_map(|symbol| {
                let asset = self.universe.find(symbol).filter(|a| !a.delisted)?;
                Some((symbol.clone(), asset.coin.clone()))
            })
            .collect()
    }

    /// Where a strategy's bars are kept, beside its journal, and how many are read at first.
    fn archive(&self, post: &Post, ready: &Ready) -> Result<(PathBuf, i64), HireError> {
        let directory = self.directory(post.user);
        std::fs::create_dir_all(&directory).map_err(DiskError::of(&directory, "make it"))?;
        let since = post.strategy.trading.as_ref().map_or(0, |t| t.live_since);
        let name = format!("bars-{}-{since}.json", post.strategy.made.id);
        let most = (ready.warmup as i64 * 4).clamp(HISTORY.0, HISTORY.1);
        Ok((directory.join(name), most))
    }

    /// Bars of a strategy's series, kept beside its journal.
    async fn past(
        &self,
        post: &Post,
        coins: &[(String, String)],
        ready: &Ready,
    ) -> Result<Vec<Bars>, HireError> {
        let (path, most) = self.archive(post, ready)?;
        Ok(past(&self.rest, &self.clock, &path, coins, post.clock, most).await?)
    }

    /// Reads the bars that a strategy needs before its first, so that [`Self::past`] finds them.
    pub(super) fn read_past(
        &self,
        post: &Post,
        ready: &Ready,
    ) -> Result<impl Future<Output = Result<(), HireError>> + Send + use<>, HireError> {
        let symbols = &post.strategy.made.symbols;
        let beside = read_beside(ready, symbols);
        let coins = self.known(symbols.iter().chain(&beside));
        let (path, most) = self.archive(post, ready)?;
        let (rest, clock, timeframe) = (Arc::clone(&self.rest), self.clock.clone(), post.clock);
        Ok(async move {
            past(&rest, &clock, &path, &coins, timeframe, most).await?;
            Ok(())
        })
    }

    /// The name of a deployment on its account: part of the name of every order.
    pub(super) fn desk_name(deployment: &Deployment, since: Millis) -> String {
        format!("{}-{since}-{}", deployment.strategy, deployment.segment)
    }

    /// Starts the account of a strategy on a thread of its own. Returns where it hears words, how it is ended, and how it ended.
    pub(super) async fn hire(
        &self,
        post: &Post,
        ready: Ready,
        deployment: &Deployment,
        settings: &Settings,
    ) -> Result<Hired, HireError> {
        let since = post.strategy.trading.as_ref().map_or(0, |t| t.live_since);
        let traded: Vec<String> = deployment
            .symbols
            .iter()
            .map(|s| s.symbol.clone())
            .collect();
        let beside = read_beside(&ready, &traded);
        let mut coins = Vec::new();
        for symbol in traded.iter().chain(&beside) {
            let asset = self.universe.find(symbol).ok_or_else(|| {
                HireError::Strategy(format!(
                    "`{symbol}` is not listed on {}",
                    self.target.network
                ))
            })?;
            coins.push((symbol.clone(), asset.coin.clone()));
        }
        let history = self.past(post, &coins, &ready).await?;
        let run: RunSettings = serde_json::from_value(deployment.run.clone())
            .map_err(|e| HireError::Strategy(format!("its settings: {e}")))?;
        let mut markets = Vec::new();
        for (symbol, (_, coin)) in deployment.symbols.iter().zip(&coins) {
            let asset = self
                .universe
                .get(coin)
                .cloned()
                .unwrap_or_else(|| gone(coin));
            let market = Market::new(
                symbol.symbol.clone(),
                asset,
                symbol.price_scale,
                symbol.min_notional,
            );
            markets.push(market);
        }
        let readings = beside.iter().zip(&history[traded.len()..]);
        let readings = readings.map(|(symbol, bars)| Reading {
            symbol: symbol.clone(),
            price_scale: bars.between(None, Some(deployment.from)).price_scale(),
        });
        let name = Self::desk_name(deployment, since);
        let agent = self.vault.ring().signer(post.user, self.clock.now())?.agent;
        let manifest = ready.program.kernel.manifest();
        let tags = manifest
            .plan
            .entries
            .iter()
            .map(|e| e.tag.clone())
            .collect();
        let of = Of {
            strategy: deployment.strategy,
            name: post.strategy.made.name.clone(),
            desk: name.clone(),
            subaccount: post.subaccount,
            symbols: traded,
            tags,
        };
        let mandate = Mandate {
            name: name.clone(),
            program: ready.program.hash,
            user: post.user,
            agent,
            kernel: Arc::from(ready.program.kernel),
            params: ready.program.params,
            run,
            timeframe: post.clock,
            markets,
            readings: readings.collect(),
            anchor: deployment.anchor,
            from: deployment.from,
            settings: self.patience(settings),
        };
        let directory = self.directory(post.user);
        let who = self.by.clone();
        let (ear, heard) = match policy(settings) {
            Some(policy) => {
                let (ear, heard) = twin::ear();
                (Some(ear), Some((policy, heard)))
            }
            None => (None, None),
        };
        let opened = tokio::task::spawn_blocking({
            let name = name.clone();
            move || Files::open::<Entry>(&directory, &name, &who)
        });
        let (files, found) = opened
            .await
            .map_err(|e| HireError::Strategy(e.to_string()))??;

        let (to, inputs) = mpsc::channel(QUEUE);
        let stop = self.stop.child_token();
        let mut tasks = JoinSet::new();
        let coins: Vec<String> = coins.into_iter().map(|(_, coin)| coin).collect();
        self.feed.follow(Follower {
            coins: coins.clone(),
            timeframe: post.clock,
            to: to.clone(),
        });
        let mut socket = SocketSettings::new(&self.target.socket);
        socket.ping = Duration::from_secs(settings.hyperliquid.websocket.ping_interval);
        socket.pong = Duration::from_secs(settings.hyperliquid.websocket.ping_timeout);
        // ends with the account, or with everything
        follow_user(
            &mut tasks,
            post.user,
            socket,
            Arc::clone(&self.pace),
            to.clone(),
            stop.clone(),
        );
        let archive = Arc::new(Archive {
            rest: Arc::clone(&self.rest),
            clock: self.clock.clone(),
            coins,
            timeframe: post.clock,
        });
        let (begins, began) = oneshot::channel();
        if let Some((policy, heard)) = heard {
            let beside = Beside {
                mandate: mandate.clone(),
                history: history.clone(),
                of: of.clone(),
                since,
                policy,
                brings: Arc::<Archive>::clone(&archive),
                turn: Arc::clone(&self.turn),
                every: match self.target.network {
                    Network::Local => TURN_LOCAL,
                    Network::Testnet | Network::Mainnet => TURN,
                },
                simulate: SIMULATE,
                clock: self.clock.clone(),
                pace: Arc::clone(&self.pace),
                store: self.store.clone(),
                by: self.by.clone(),
                reports: self.reports.clone(),
                stop: stop.clone(),
            };
            let handle = tokio::runtime::Handle::current();
            // it computes for long: on a thread of its own, which nobody waits for
            tokio::task::spawn_blocking(move || handle.block_on(beside.run(heard, began)));
        }
        let ports = Ports {
            keeper: Box::new(OnThread::new(files)),
            rest: Arc::clone(&self.rest),
            signer: self.vault.signer(post.user),
            books: Arc::new(
                StoreBooks::new(self.store.clone(), of.clone(), self.reports.clone()).heard_by(ear),
            ),
            history: archive,
            clock: self.clock.clone(),
            pace: Arc::clone(&self.pace),
            inputs,
            tick: Duration::from_millis(500),
            stop: stop.clone(),
            answer: AccountSettings::default().answer(),
            patience: Duration::from_secs(8),
        };
        let span =
            tracing::error_span!("account", strategy = %of.strategy, subaccount = of.subaccount);
        let handle = tokio::runtime::Handle::current();
        let ends = stop.clone();
        // a thread of its own: nothing that one strategy computes holds up another
        let thread = tokio::task::spawn_blocking(move || {
            let life = trade(mandate, history, found, ports, begins);
            let ended = handle.block_on(tracing::Instrument::instrument(life, span));
            ends.cancel();
            handle.block_on(tasks.join_all());
            ended
        });
        Ok(Hired {
            of,
            to,
            stop,
            thread,
        })
    }

    /// How patient accounts are under these settings.
    fn patience(&self, settings: &Settings) -> AccountSettings {
        let trailing = &settings.risk.trailing;
        let mut patience =
            AccountSettings::default().among(settings.rotator.max_live_strategies.into());
        let share = |v: f64| sixbtc_core::venue::amount(v);
        if let Some(better) = share(trailing.min_adjustment_pct) {
            patience.desk.stop_better = better;
        }
        patience.desk.stop_every = (trailing.update_cooldown_sec * 1000) as i64;
        // a replay's seconds are shorter: what waits for the network waits as long by the wall
        let speed = self.speed.max(1.0);
        let longer = |ms: &mut i64| *ms = (*ms as f64 * speed) as i64;
        for ms in [
            &mut patience.desk.entry_window,
            &mut patience.desk.price_age,
            &mut patience.desk.expires,
            &mut patience.desk.margin,
            &mut patience.desk.retry,
            &mut patience.desk.query_every,
            &mut patience.desk.answer,
            &mut patience.desk.short_cancel,
            &mut patience.desk.reconcile_every,
            &mut patience.desk.quiet,
            &mut patience.read_timeout,
            &mut patience.blind_every,
            &mut patience.clock_silence,
            &mut patience.clock_way,
            &mut patience.late_held,
            &mut patience.clock_every,
            &mut patience.clock_entries,
            &mut patience.clock_alarm,
            &mut patience.funding_every,
            &mut patience.quiet_after_limit,
        ] {
            longer(ms);
        }
        patience
    }
}

/// What follows from a live bar that was decided otherwise than its replay; `None`: nothing is replayed.
fn policy(settings: &Settings) -> Option<Policy> {
    match settings.executor.replay_check {
        ReplayCheck::Off => None,
        ReplayCheck::Alert => Some(Policy::Alert),
        ReplayCheck::Halt => Some(Policy::Halt),
    }
}

/// An asset that is listed no more: positions in it can only be made smaller, which the account finds out itself.
fn gone(coin: &str) -> crate::account::universe::Asset {
    crate::account::universe::Asset {
        number: u32::MAX,
        coin: coin.to_owned(),
        size_decimals: 0,
        max_leverage: 1,
        only_isolated: false,
        delisted: true,
    }
}

/// An account at work.
pub struct Hired {
    /// Whose books.
    pub of: Of,
    /// Where it hears words.
    pub to: mpsc::Sender<crate::account::Input>,
    /// Ends it.
    pub stop: CancellationToken,
    /// How it ended.
    pub thread: tokio::task::JoinHandle<Ended>,
}

async fn trade(
    mandate: Mandate,
    history: Vec<Bars>,
    found: crate::keeper::Found<Entry>,
    ports: Ports,
    begins: oneshot::Sender<Millis>,
) -> Ended {
    let failed = |why: String| Ended::Account(why);
    let bound = match mandate.bind(&history) {
        Ok(bound) => bound,
        Err(e) => return failed(e.to_string()),
    };
    let start = Start {
        history: &history,
        state: found.state.as_deref(),
        journal: &found.records,
    };
    match Account::start(&bound, start, ports.clock.own()) {
        Ok((mut account, first)) => {
            // nobody may be there to hear it
            let _ = begins.send(account.stepped());
            task::run(&mut account, first, ports).await
        }
        Err(e) => failed(e.to_string()),
    }
}

/// The universe as the exchange lists it now.
pub async fn universe(rest: &sixbtc_exchange::client::Rest) -> Result<Universe, String> {
    let meta = rest.meta().await.map_err(|e| e.to_string())?;
    let (universe, odd) = Universe::read(&meta);
    if !odd.is_empty() {
        tracing::warn!(?odd, "assets that are not understood are left out");
    }
    Ok(universe)
}
