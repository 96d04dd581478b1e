//! What the store says of the factory, at one moment.

use serde::Serialize;
use sixbtc_core::market_clock;
use sixbtc_core::model::{
    Event, FunnelStep, Heartbeat, Millis, Stage, Status, Strategy, Subaccount,
};
use sixbtc_core::store::{EventFilter, Filter, Order, Store, StoreError};
use std::collections::BTreeMap;

/// Strategies listed of the pool.
const OF_THE_POOL: u32 = 5;
/// Events listed.
const EVENTS: usize = 6;
/// Events of a stage that are looked through for turns of fortune.
const LOOKED_AT: u32 = 40;
/// Turns of fortune, and how many of each are listed at most.
const TURNS: &[(Stage, &[&str], usize)] = &[
    (Stage::Deployment, &["promoted"], 4),
    (Stage::Live, &["retired"], 4),
    (Stage::Pool, &["entered", "evicted"], 2),
    (Stage::Emergency, &["stop_triggered", "stopped"], 4),
];

/// The factory at one moment.
#[derive(Debug, Clone, Serialize)]
pub struct Picture {
    /// Layout of this answer.
    pub schema: u32,
    /// The store, without its password.
    pub store: String,
    /// When the picture was taken.
    pub at: Millis,
    /// Time at the market, when it is not that of the wall.
    pub market: Option<Millis>,
    /// Whether the data of a replay are used up.
    pub market_over: bool,
    /// Services and how they are.
    pub services: Vec<Heartbeat>,
    /// Strategies by status.
    pub counts: BTreeMap<Status, u64>,
    /// What each stage and gate let through and refused, in 24 hours.
    pub funnel: Vec<FunnelStep>,
    /// Parameter points ever tried.
    pub trials: u64,
    /// The best of the pool.
    pub pool: Vec<Strategy>,
    /// What trades.
    pub live: Vec<Strategy>,
    /// Its subaccounts.
    pub subaccounts: Vec<Subaccount>,
    /// The last turns of fortune, newest first.
    pub events: Vec<Event>,
}

/// Takes the picture.
pub async fn picture(store: &Store) -> Result<Picture, StoreError> {
    let at = store.now();
    let replay = market_clock::replay(store).await?;
    let list = |status, order, limit| {
        let filter = Filter {
            status: Some(status),
            order,
            limit,
            ..Filter::default()
        };
        async move { store.list(&filter).await }
    };
    let mut events = Vec::new();
    for (stage, what, most) in TURNS {
        let filter = EventFilter {
            stage: Some(*stage),
            limit: LOOKED_AT,
            ..EventFilter::default()
        };
        let found = store.events(&filter).await?;
        let turns = found
            .into_iter()
            .filter(|e| what.contains(&e.event.what.as_str()));
        events.extend(turns.take(*most));
    }
    events.sort_by_key(|e| std::cmp::Reverse(e.id));
    events.truncate(EVENTS);
    Ok(Picture {
        schema: 1,
        store: store.shown().to_owned(),
        at,
        market: replay.map(|r| r.at(at)),
        market_over: replay.is_some_and(|r| r.is_over(at)),
        services: store.heartbeats().await?,
        counts: store.counts().await?,
        funnel: store.funnel(at - 86_400_000).await?,
        trials: store.tally(None).await?.points,
        pool: list(Status::Active, Order::Score, OF_THE_POOL).await?,
        live: list(Status::Live, Order::Score, 100).await?,
        subaccounts: store.subaccounts().await?,
        events,
    })
}
