//! The list of coins.

use super::exchanges::OFFLINE;
use super::{Job, Outcome, TaskError};
use rust_decimal::Decimal;
use serde_json::json;
use sixbtc_core::model::Coin;
use sixbtc_exchange::registry::{Candidate, LeftOut, Rules, choose, choose_here, plan};
use std::collections::BTreeMap;

/// Names in a row of the history: enough to see what happened.
const MOST_NAMES: usize = 50;

/// Renews the list.
pub(super) async fn update(job: &Job<'_>) -> Result<Outcome, TaskError> {
    let exchanges = job.exchanges()?;
    let Some(candles) = exchanges.candles else {
        return Ok(Outcome::Skipped(OFFLINE.to_owned()));
    };
    let data = &job.settings.data_scheduler;
    let rules = Rules {
        top: data.top_pairs_count as usize,
        min_volume_usd: data.min_volume_usd,
        ..Rules::default()
    };
    let stop = &job.cx.stop;
    let here = exchanges.venue.listings(stop).await?;
    let choice = if exchanges.same {
        choose_here(&here, &rules)
    } else {
        choose(&here, &candles.listings(stop).await?, &rules)
    };
    let store = &job.cx.store;
    let known: Vec<(String, bool)> = store
        .coins(false)
        .await?
        .into_iter()
        .map(|coin| (coin.symbol, coin.active))
        .collect();
    let plan = plan(&known, &choice)?;
    let now = job.now();
    let coins: Vec<Coin> = choice.chosen.iter().map(|c| coin(c, now)).collect();
    store.upsert_coins(&coins).await?;
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for why in choice.left_out.values() {
        *reasons.entry(word(*why).to_owned()).or_default() += 1;
    }
    let few = |names: &[String]| names.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>();
    Ok(Outcome::Done(json!({
        "total": coins.len(), "new": plan.added.len(), "back": plan.back.len(), "updated": plan.updated.len(),
        "deactivated": plan.deactivated.len(), "largest": plan.largest, "left_out": reasons,
        // who came and who went, by day: membership at any time of the past can be read from these rows
        "joined": few(&plan.added), "returned": few(&plan.back), "left": few(&plan.deactivated),
    })))
}

fn word(why: LeftOut) -> &'static str {
    match why {
        LeftOut::Delisted => "delisted",
        LeftOut::NotOnBinance => "not_on_binance",
        LeftOut::OtherPrice => "other_price",
        LeftOut::TooSmall => "too_small",
        LeftOut::BeyondTop => "beyond_top",
    }
}

fn coin(candidate: &Candidate, now: i64) -> Coin {
    let decimal = |value: f64| Decimal::try_from(value).unwrap_or_default();
    Coin {
        symbol: candidate.coin.clone(),
        max_leverage: candidate.max_leverage.floor() as i64,
        volume_24h: decimal(candidate.volume_usd),
        price: decimal(candidate.price),
        active: true,
        coverage_days: None,
        listed_at: candidate.listed,
        updated_at: now,
        data: json!({
            "candles_market": candidate.market, "lot": candidate.lot, "min_notional": candidate.min_notional,
        }),
    }
}
