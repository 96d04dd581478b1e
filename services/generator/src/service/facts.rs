//! What a generator reads from the store now and then: coins, regimes, parents.

use super::coins::{Rules, largest};
use crate::recipe::Recipe;
use crate::source::Parent;
use sixbtc_core::daemon::ServiceError;
use sixbtc_core::model::{Millis, RegimeRow, Status};
use sixbtc_core::settings::Settings;
use sixbtc_core::store::{Filter, Order, Store};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long facts are good, ms.
const FRESH: Millis = 60_000;
/// Parents at most: the best.
const PARENTS: u32 = 500;

/// The facts.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    read_at: Option<Millis>,
    /// Coins of a strategy, the largest first.
    pub coins: Vec<String>,
    /// Regimes.
    pub regimes: Vec<RegimeRow>,
    /// Strategies of the pool.
    pub parents: Arc<Vec<Parent>>,
}

impl Facts {
    /// Reads them again when they are old.
    pub async fn refresh(
        &mut self,
        store: &Store,
        settings: &Settings,
    ) -> Result<(), ServiceError> {
        let now = store.now();
        let fresh = self
            .read_at
            .is_some_and(|at| (at..at + FRESH).contains(&now) && !self.coins.is_empty());
        if fresh {
            return Ok(());
        }
        self.coins = coins(store, settings).await?;
        self.regimes = store.regimes().await?;
        self.parents = Arc::new(parents(store).await?);
        self.read_at = Some(now);
        Ok(())
    }
}

async fn coins(store: &Store, settings: &Settings) -> Result<Vec<String>, ServiceError> {
    let b = &settings.backtesting;
    let rules = Rules {
        most: settings.trading.top_coins_limit as usize,
        least_days: f64::from(b.is_days + b.oos_days) * b.min_coverage_pct,
        least_volume: settings.trading.min_volume_24h,
    };
    let found = largest(&store.coins(true).await?, rules);
    if !found.is_empty() {
        return Ok(found);
    }
    // without a list of coins: those of which there are candles, the longest first
    let mut bars: BTreeMap<String, i64> = BTreeMap::new();
    for set in store.datasets().await? {
        let longest = bars.entry(set.symbol).or_default();
        *longest = (*longest).max(set.to - set.from);
    }
    let mut names: Vec<(String, i64)> = bars.into_iter().collect();
    names.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    names.truncate(rules.most);
    Ok(names.into_iter().map(|(name, _)| name).collect())
}

async fn parents(store: &Store) -> Result<Vec<Parent>, ServiceError> {
    let mut out = Vec::new();
    for status in [Status::Live, Status::Active] {
        let filter = Filter {
            status: Some(status),
            order: Order::Score,
            limit: PARENTS,
            ..Filter::default()
        };
        for strategy in store.list(&filter).await? {
            // one whose recipe is of another time cannot breed, and harms nobody
            let Ok(recipe) = Recipe::read(&strategy.made.recipe) else {
                continue;
            };
            out.push(Parent {
                id: strategy.made.id,
                recipe,
                score: strategy.score_backtest.unwrap_or(0.0),
                behaviour: strategy.made.behaviour_hash,
            });
        }
    }
    Ok(out)
}
