//! Rounds of the office: money, keys, clock, and one account for each live strategy.

use super::Office;
use super::books::write_positions;
use super::hire::{HireError, Hired, Post, compile, universe};
use super::open::measure;
use super::prepare::Pasts;
use crate::account::{Gate, Held, Input};
use crate::clock::Drift;
use crate::deploy::{Change, funded, heed, next_segment};
use crate::events::{event, not_traded};
use crate::gateway::realised;
use crate::guard::rows;
use crate::moves::{Looked, Mover};
use crate::task::{Ended, Report};
use rust_decimal::Decimal;
use serde_json::json;
use sixbtc_core::alerts::{self, Level};
use sixbtc_core::daemon::ServiceError;
use sixbtc_core::live::{CloseRequest, Deployment, FRESH_KEY, Fresh, close_key, deployment_key};
use sixbtc_core::model::{Millis, Outcome as Result_, Status, Strategy};
use sixbtc_core::settings::Settings;
use sixbtc_core::shared;
use sixbtc_core::store::{Filter, Order};
use sixbtc_live::desk::{Alert, Severity};
use sixbtc_live::gates::{EntryGate, Order as Word};
use sixbtc_live::stop::Stop;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::PoisonError;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How often the venue's clock is asked.
const CLOCK: Duration = Duration::from_secs(30);
/// How often subaccounts and agents are looked after.
const HOUSE: Duration = Duration::from_mins(10);
/// And after something was left to be done.
const SOON: Duration = Duration::from_secs(30);
/// How often trades are held against fills, in market time.
const SYNC: Duration = Duration::from_mins(5);
/// How often the list of assets is read.
const ASSETS: Duration = Duration::from_hours(1);
/// How long after an account ended by itself it is started again.
const AGAIN: Duration = Duration::from_mins(1);
/// How often it is said up to when the market is known, where its time is life's.
const FRESH: Duration = Duration::from_secs(5);
/// How often the log hears that all is well.
const HEARTBEAT: Duration = Duration::from_mins(1);

/// What an account was told last.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Told {
    halt: Option<String>,
    pub(super) clock: Option<String>,
    force: Option<String>,
}

/// One strategy at work.
pub(super) struct Employed {
    pub(super) hired: Hired,
    pub(super) told: Told,
    /// When it began to work.
    pub(super) began: Instant,
    /// Since when its strategy is live, ms.
    pub(super) since: Millis,
    held: Option<Vec<Held>>,
    /// Whether what is held is not in the store yet.
    unwritten: bool,
}

/// Everybody who trades.
#[derive(Default)]
pub struct Staff {
    pub(super) employed: HashMap<Uuid, Employed>,
    past: Pasts,
    /// What was said of a strategy that does not trade, and not before when it is tried again.
    failed: HashMap<Uuid, (String, Instant)>,
    /// Timers.
    strategies: Option<Instant>,
    clock: Option<Instant>,
    house: Option<Instant>,
    assets: Option<Instant>,
    fresh: Option<Instant>,
    heartbeat: Option<Instant>,
    /// When trades were last held against fills.
    synced: Option<Instant>,
    /// What the housekeeper could not do.
    pub(super) left: Vec<String>,
}

/// Whether a timer is due; it is set anew then.
fn due(timer: &mut Option<Instant>, every: Duration) -> bool {
    let due = timer.is_none_or(|at| at.elapsed() >= every);
    if due {
        *timer = Some(Instant::now());
    }
    due
}

impl Staff {
    /// Waits for accounts that were told to stop.
    pub async fn dismissed(self) {
        for (id, one) in self.employed {
            one.hired.stop.cancel();
            match one.hired.thread.await {
                Ok(Ended::Stopped) => {}
                Ok(other) => tracing::warn!(strategy = %id, ?other, "an account ended"),
                Err(e) => tracing::error!(strategy = %id, error = %e, "an account broke"),
            }
        }
    }
}

impl Office {
    /// One round.
    pub(super) async fn round(
        &mut self,
        staff: &mut Staff,
        settings: &Settings,
    ) -> Result<(), ServiceError> {
        self.listen(staff, settings).await?;
        if due(&mut staff.clock, CLOCK)
            && let Err(e) = measure(&self.rest, &self.clock).await
        {
            tracing::warn!(error = %e, "the venue's clock could not be asked");
        }
        if due(&mut staff.assets, ASSETS) {
            match universe(&self.rest).await {
                Ok(universe) => self.universe = universe,
                Err(error) => tracing::warn!(error, "the list of assets could not be read"),
            }
        }
        let every = if staff.left.is_empty() { HOUSE } else { SOON };
        if due(&mut staff.house, every) {
            self.keep_house(staff, settings).await?;
        }
        self.move_money().await?;
        // a market that runs faster than life grows old faster
        let every = if self.speed > 1.0 {
            super::ROUND
        } else {
            FRESH
        };
        if due(&mut staff.fresh, every) {
            self.say_fresh().await?;
        }
        let every = Duration::from_secs(settings.executor.check_interval_seconds);
        if due(&mut staff.strategies, self.wait(every)) {
            self.strategies(staff, settings).await?;
        }
        self.write(staff).await?;
        if settings.hyperliquid.trade_sync.enabled && due(&mut staff.synced, self.wait(SYNC)) {
            self.sync_trades(staff, settings).await?;
        }
        if due(&mut staff.heartbeat, HEARTBEAT) {
            let drift = self.clock.drift();
            tracing::info!(accounts = staff.employed.len(), failed = staff.failed.len(), %drift, "trading");
        }
        metrics::gauge!("executor_live").set(staff.employed.len() as f64);
        Ok(())
    }

    /// Says up to when the market is known of all that trades: whoever judges the age of data has no connection of its own.
    async fn say_fresh(&self) -> Result<(), ServiceError> {
        let Some(known) = self.feed.known() else {
            return Ok(());
        };
        let fresh = Fresh {
            at: known.at(self.clock.now()),
        };
        let told = |_: Option<Fresh>| (Some(fresh), ());
        Ok(shared::update(&self.store, FRESH_KEY, &self.by, told).await?)
    }

    /// So long by the wall.
    pub(super) fn wait(&self, market: Duration) -> Duration {
        let clock = self.market.read().unwrap_or_else(PoisonError::into_inner);
        clock
            .wait(market)
            .max(Duration::from_millis(500))
            .min(market)
    }

    /// Takes what accounts report.
    async fn listen(&mut self, staff: &mut Staff, settings: &Settings) -> Result<(), ServiceError> {
        while let Ok((id, report)) = self.heard.try_recv() {
            match report {
                Report::Alert(alert) => {
                    let name = staff.employed.get(&id).map(|e| e.hired.of.name.clone());
                    self.alert(id, &name.unwrap_or_default(), &alert, settings)
                        .await?;
                }
                Report::Positions(held) => {
                    if let Some(one) = staff.employed.get_mut(&id) {
                        one.held = Some(held);
                        one.unwritten = true;
                    }
                }
                // those go to the replay
                Report::Decided(_) => {}
            }
        }
        Ok(())
    }

    pub(super) async fn alert(
        &self,
        id: Uuid,
        name: &str,
        alert: &Alert,
        settings: &Settings,
    ) -> Result<(), ServiceError> {
        let level = match alert.severity {
            Severity::Info => Level::Info,
            Severity::Warning => Level::Warning,
            Severity::Critical => Level::Critical,
        };
        // the same words of the same strategy are the same trouble
        let mut words: String = alert.what.chars().take(80).collect();
        words.retain(|c| !c.is_ascii_digit());
        let alert = alerts::Alert {
            cause: format!("executor:{id}:{words}"),
            level,
            title: format!("{name} on {}", self.target.network),
            text: alert.what.clone(),
        };
        let repeat = settings.alerts.repeat_minutes;
        alerts::raise(&self.store, alert, repeat, &self.by).await?;
        Ok(())
    }

    /// Brings positions into the store.
    async fn write(&self, staff: &mut Staff) -> Result<(), ServiceError> {
        for one in staff.employed.values_mut().filter(|e| e.unwritten) {
            if let Some(held) = &one.held {
                write_positions(&self.store, &one.hired.of, held, self.clock.now()).await?;
            }
            one.unwritten = false;
        }
        Ok(())
    }

    /// Moves the money that others wish to have moved.
    async fn move_money(&self) -> Result<(), ServiceError> {
        let mover = Mover {
            store: &self.store,
            rest: &self.rest,
            vault: &self.vault,
            clock: &self.clock,
            speed: self.speed,
            master: self.master,
            by: &self.by,
        };
        for (number, user) in self.venue.addresses() {
            match mover.look(number, user).await {
                Ok(Looked::Nothing | Looked::Waits | Looked::Settled) => {}
                Err(e) => tracing::warn!(subaccount = number, error = %e, "money is not moved"),
            }
        }
        Ok(())
    }

    /// One account for each live strategy.
    async fn strategies(
        &mut self,
        staff: &mut Staff,
        settings: &Settings,
    ) -> Result<(), ServiceError> {
        self.reap(staff, settings).await?;
        let filter = Filter {
            status: Some(Status::Live),
            order: Order::Oldest,
            limit: 10_000,
            ..Filter::default()
        };
        let live = self.store.list(&filter).await?;
        let is_live = |id: &Uuid| live.iter().any(|s| s.made.id == *id);
        // whoever is retired leaves
        let leaving: Vec<Uuid> = staff.employed.keys().copied().collect();
        for id in leaving.into_iter().filter(|id| !is_live(id)) {
            self.dismiss(staff, id).await;
        }
        staff.failed.retain(|id, _| is_live(id));
        staff.past.retain(is_live);
        let stops = rows::stops(&self.store.emergencies().await?);
        let clock = self.shut(settings);
        if let Drift::Alarming(_) = self.clock.drift() {
            let alert = Alert {
                severity: Severity::Critical,
                what: format!("no entries: {}", self.clock.drift()),
            };
            self.alert(Uuid::nil(), "the executor", &alert, settings)
                .await?;
        }
        for strategy in &live {
            let id = strategy.made.id;
            let waits = staff
                .failed
                .get(&id)
                .is_some_and(|(_, until)| *until > Instant::now());
            if waits {
                continue;
            }
            match self
                .look_after(staff, strategy, &stops, clock.as_deref(), settings)
                .await
            {
                Ok(()) => {
                    staff.failed.remove(&id);
                }
                Err(Trouble::Service(e)) => return Err(e),
                Err(Trouble::Hire(e)) => self.report(staff, strategy, &e).await?,
            }
        }
        Ok(())
    }

    /// Says once why a strategy does not trade, and when it is tried again.
    async fn report(
        &self,
        staff: &mut Staff,
        strategy: &Strategy,
        error: &HireError,
    ) -> Result<(), ServiceError> {
        let (id, says) = (strategy.made.id, error.to_string());
        let again = Instant::now() + if error.is_passing() { AGAIN / 4 } else { AGAIN };
        let known = staff.failed.insert(id, (says.clone(), again));
        if known.is_some_and(|(before, _)| before == says) {
            return Ok(());
        }
        let event = not_traded(strategy, &says);
        self.store.record(&self.by, &[event]).await?;
        Ok(())
    }

    /// Ends an account and waits for it.
    async fn dismiss(&mut self, staff: &mut Staff, id: Uuid) {
        let Some(one) = staff.employed.remove(&id) else {
            return;
        };
        one.hired.stop.cancel();
        let ended = tokio::time::timeout(super::PATIENCE, one.hired.thread).await;
        tracing::info!(strategy = %id, ?ended, "trades no more");
    }

    /// Looks for accounts that ended by themselves.
    async fn reap(&mut self, staff: &mut Staff, settings: &Settings) -> Result<(), ServiceError> {
        let ended: Vec<Uuid> = staff
            .employed
            .iter()
            .filter(|(_, e)| e.hired.thread.is_finished())
            .map(|(id, _)| *id)
            .collect();
        for id in ended {
            let Some(one) = staff.employed.remove(&id) else {
                continue;
            };
            let why = match one.hired.thread.await {
                Ok(Ended::Stopped) => continue,
                Ok(Ended::Renew(why)) => {
                    tracing::info!(strategy = %id, why, "begins anew");
                    if let Ok(universe) = universe(&self.rest).await {
                        self.universe = universe;
                    }
                    continue;
                }
                Ok(Ended::Account(why)) => why,
                Ok(Ended::Disk(e)) => e.to_string(),
                Err(e) => format!("a defect: {e}"),
            };
            let what = format!("it trades no more for now; its stops rest at the exchange: {why}");
            tracing::error!(strategy = %id, what);
            let alert = Alert {
                severity: Severity::Critical,
                what: what.clone(),
            };
            self.alert(id, &one.hired.of.name, &alert, settings).await?;
            staff.failed.insert(id, (what, Instant::now() + AGAIN));
        }
        Ok(())
    }

    async fn look_after(
        &mut self,
        staff: &mut Staff,
        strategy: &Strategy,
        stops: &[Stop],
        clock: Option<&str>,
        settings: &Settings,
    ) -> Result<(), Trouble> {
        let id = strategy.made.id;
        let none = || HireError::Strategy("it is LIVE without a subaccount".into());
        let trading = strategy.trading.as_ref().ok_or_else(none)?;
        let subaccount = trading.subaccount.ok_or_else(none)?;
        let timeframe = strategy.made.timeframe.parse();
        let timeframe =
            timeframe.map_err(|e| HireError::Strategy(format!("its timeframe: {e}")))?;
        let user = match self.venue.address(subaccount).await {
            Ok(user) => user,
            Err(e) => return Err(HireError::Strategy(e.to_string()).into()),
        };
        let post = Post {
            strategy: strategy.clone(),
            clock: timeframe,
            subaccount,
            user,
        };
        if !staff.employed.contains_key(&id) && !self.knows_past(&mut staff.past, &post).await? {
            return Ok(());
        }
        let key = deployment_key(id, trading.live_since);
        let Some((mut deployment, mut version)) = self.deployment(&post, &key, settings).await?
        else {
            return Ok(());
        };
        let closing = close_key(id, trading.live_since);
        let request = shared::read::<CloseRequest>(&self.store, &closing).await?;
        let request = request.map(|r| r.value);
        let bounds = rows::bounds(settings).map_err(ServiceError::from)?;
        let order = EntryGate::new(stops, subaccount, &id.to_string(), None, bounds).order();
        let now = self.clock.now();
        deployment.processed = deployment.processed.max(timeframe.floor(now));
        let change = heed(&mut deployment, request.as_ref(), &order, now);
        if change == Change::NextSegment {
            self.dismiss(staff, id).await;
            let left = self.balance(subaccount).await?;
            next_segment(&mut deployment, timeframe, left, now)
                .map_err(|e| HireError::Strategy(e.to_string()))?;
            deployment.from = self.first(timeframe);
            deployment.processed = deployment.from;
        }
        if change != Change::None {
            tracing::info!(strategy = %id, ?change, "the deployment changed");
            match shared::write(&self.store, &key, &deployment, version, &self.by).await? {
                Some(new) => version = new,
                None => return Ok(()),
            }
        }
        if deployment.flat {
            self.dismiss(staff, id).await;
            return Ok(());
        }
        let one = match staff.employed.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                self.marked(id, trading.live_since).await?;
                let ready = compile(strategy).await?;
                let hired = self.hire(&post, ready, &deployment, settings).await?;
                tracing::info!(strategy = %id, subaccount, %user, "trades");
                place.insert(Employed {
                    hired,
                    told: Told::default(),
                    began: Instant::now(),
                    since: trading.live_since,
                    held: None,
                    unwritten: false,
                })
            }
        };
        let wanted = Told {
            halt: match order {
                Word::Halt(why) => Some(why),
                Word::Free | Word::Force(_) => None,
            },
            clock: clock.map(str::to_owned),
            force: deployment.closing.as_ref().map(|c| c.reason.clone()),
        };
        one.tell(wanted);
        if deployment.closing.is_some() && self.is_flat(one, &post).await? {
            // the account's last word may not be in the store yet, and it is dismissed before the next round
            write_positions(&self.store, &one.hired.of, &[], self.clock.now()).await?;
            deployment.flat = true;
            shared::write(&self.store, &key, &deployment, version, &self.by).await?;
            self.dismiss(staff, id).await;
        }
        Ok(())
    }

    /// Whether nothing is open at the venue, nothing rests there, and the account knows it.
    async fn is_flat(&self, one: &Employed, post: &Post) -> Result<bool, Trouble> {
        let books = one.held.as_ref();
        if books.is_none_or(|held| held.iter().any(|h| !h.size.is_zero())) {
            // an account that never held anything says nothing: the venue is asked alone then
            if books.is_some() {
                return Ok(false);
            }
        }
        let passing = |e: sixbtc_exchange::client::ReadError| {
            Trouble::Service(ServiceError::Passing(e.to_string()))
        };
        let state = self
            .rest
            .clearinghouse_state(post.user)
            .await
            .map_err(passing)?;
        if state
            .asset_positions
            .iter()
            .any(|p| !p.position.szi.is_zero())
        {
            return Ok(false);
        }
        let open = self.rest.open_orders(post.user).await.map_err(passing)?;
        Ok(open.is_empty())
    }

    async fn balance(&self, subaccount: i64) -> Result<Decimal, Trouble> {
        let listed = self.venue.listed().await.map_err(ServiceError::from)?;
        let found = listed.get(&subaccount);
        Ok(found.map_or(Decimal::ZERO, |s| realised(&s.clearinghouse_state)))
    }

    /// What the strategy's trades follow from: written once, before the first trade. `None`: somebody else writes.
    async fn deployment(
        &self,
        post: &Post,
        key: &str,
        settings: &Settings,
    ) -> Result<Option<(Deployment, i64)>, Trouble> {
        if let Some(found) = shared::read::<Deployment>(&self.store, key).await? {
            let shared::Versioned { value, version } = found;
            return Ok(Some((value, version)));
        }
        let capital = self.balance(post.subaccount).await?;
        let least = rows::min_balance(settings).map_err(ServiceError::from)?;
        funded(post.subaccount, capital, least).map_err(HireError::Strategy)?;
        let ready = compile(&post.strategy).await?;
        let new = self.deploy(post, &ready, settings, capital).await?;
        let data = json!({ "from": new.from, "capital": capital, "symbols": new.symbols.len(), "network": self.target.network });
        let event = event(&post.strategy, "deployed", Result_::Passed, data);
        self.store.record(&self.by, &[event]).await?;
        let version = shared::write(&self.store, key, &new, 0, &self.by).await?;
        Ok(version.map(|v| (new, v)))
    }

    /// Refuses an account whose journal was begun on another disk.
    async fn marked(&self, strategy: Uuid, since: Millis) -> Result<(), Trouble> {
        let key = format!("live/{strategy}/{since}/journal");
        let mine = self.mark.clone();
        let found = shared::update(
            &self.store,
            &key,
            &self.by,
            |known: Option<String>| match known {
                Some(known) => (None, known),
                None => (Some(mine.clone()), mine.clone()),
            },
        )
        .await?;
        if found == self.mark {
            Ok(())
        } else {
            Err(HireError::Elsewhere(found).into())
        }
    }
}

impl Employed {
    /// Tells an account what has changed; what finds no room is told in the next round.
    fn tell(&mut self, wanted: Told) {
        let to = self.hired.to.clone();
        let gate = |gate, shut: &Option<String>| Input::Gate {
            gate,
            shut: shut.clone(),
        };
        if wanted.halt != self.told.halt && to.try_send(gate(Gate::Portfolio, &wanted.halt)).is_ok()
        {
            self.told.halt = wanted.halt;
        }
        if wanted.clock != self.told.clock && to.try_send(gate(Gate::System, &wanted.clock)).is_ok()
        {
            self.told.clock = wanted.clock;
        }
        if let Some(why) = wanted.force
            && self.told.force.as_ref() != Some(&why)
            && to.try_send(closing(why.clone())).is_ok()
        {
            self.told.force = Some(why);
        }
    }
}

/// Everything is closed, for good.
fn closing(why: String) -> Input {
    Input::Stop {
        source: "office".to_owned(),
        why,
        force: true,
    }
}

/// What went wrong with a strategy.
enum Trouble {
    /// It passes, or ends the round.
    Service(ServiceError),
    /// The strategy does not trade.
    Hire(HireError),
}

impl From<HireError> for Trouble {
    fn from(error: HireError) -> Self {
        Self::Hire(error)
    }
}

impl From<ServiceError> for Trouble {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

impl From<sixbtc_core::store::StoreError> for Trouble {
    fn from(error: sixbtc_core::store::StoreError) -> Self {
        Self::Service(error.into())
    }
}
