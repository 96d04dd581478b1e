//! Hyperliquid's perpetuals: `POST /info`.
//!
//! Weights of 1,200 a minute: candles 20 and one for each 60 rows, lists 20 and one for each 20 rows. Only the newest 5,000
//! bars of each length are served.

use crate::decode::{Frame, Row, Wrong, decimal, json, page};
use crate::http::{Http, Patience, Question};
use crate::{Exchange, ExchangeError, Listing, Millis, Pace, WallPace, Want};
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json as make};
use sixbtc_market::{Bar, Bars, Funding, Timeframe};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Where it lives.
pub const ADDRESS: &str = "https://api.hyperliquid.xyz";

/// Weight a minute that we use at most: two thirds of what an address has, since trading needs some.
const WEIGHT: u32 = 800;

/// Bars a page; a page of 5,000 would cost an eighth of the budget at one stroke.
const PAGE: usize = 1000;

/// Bars back from now.
const REACH: u64 = 5000;

/// Funding rows an answer.
const FUNDING_PAGE: u32 = 500;

/// Its smallest order, USD.
const MIN_NOTIONAL: f64 = 10.0;

/// The lengths it has.
const SERVES: &str = "1m 3m 5m 15m 30m 1h 2h 4h 8h 12h 1d 3d 1w";

/// A client.
pub struct Hyperliquid {
    http: Http,
}

impl Hyperliquid {
    /// A client at an address, usually [`ADDRESS`].
    pub fn new(address: &str, patience: Patience) -> Result<Self, ExchangeError> {
        Self::with_pace(address, patience, Arc::new(WallPace::default()))
    }

    /// The same with a clock of its own.
    pub fn with_pace(
        address: &str,
        patience: Patience,
        pace: Arc<dyn Pace>,
    ) -> Result<Self, ExchangeError> {
        let http = Http::new(address, patience, pace, WEIGHT, None)?;
        Ok(Self { http })
    }

    async fn info<T>(
        &self,
        body: Value,
        weight: u32,
        stop: &CancellationToken,
        read: impl Fn(&[u8]) -> Result<T, Wrong> + Send + Sync,
    ) -> Result<T, ExchangeError> {
        let question = Question {
            path: "/info",
            query: Vec::new(),
            body: Some(body),
            weight,
        };
        self.http.ask(&question, stop, read).await
    }
}

impl Hyperliquid {
    /// At most a page of bars.
    async fn piece(&self, want: &Want, stop: &CancellationToken) -> Result<Bars, ExchangeError> {
        let interval = want.timeframe.to_string();
        let frame = Frame {
            coin: &want.coin,
            timeframe: want.timeframe,
            from: want.from,
            to: want.to,
            now: want.now,
            bar_before: true,
        };
        let body = make!({"type": "candleSnapshot", "req": {
            "coin": want.market, "interval": interval, "startTime": want.from, "endTime": want.to - 1,
        }});
        let rows = (want.to - want.from) / want.timeframe.ms();
        let weight = 20 + u32::try_from(rows / 60).unwrap_or(0);
        let bars = self
            .info(body, weight, stop, |body| {
                let Some(rows) = json::<Option<Vec<Candle>>>(body)? else {
                    return Ok(None);
                };
                let rows: Result<Vec<Row>, Wrong> = rows
                    .iter()
                    .map(|c| c.row(&want.market, &interval))
                    .collect();
                page(rows?, frame).map(Some)
            })
            .await?;
        bars.ok_or_else(|| unknown(&want.coin))
    }
}

fn unknown(coin: &str) -> ExchangeError {
    ExchangeError::UnknownMarket {
        exchange: "Hyperliquid",
        coin: coin.to_owned(),
        market: coin.to_owned(),
    }
}

#[async_trait]
impl Exchange for Hyperliquid {
    fn name(&self) -> &'static str {
        "hyperliquid"
    }

    fn market_of(&self, coin: &str) -> String {
        coin.to_owned()
    }

    fn page(&self) -> usize {
        PAGE
    }

    fn reach(&self) -> Option<u64> {
        Some(REACH)
    }

    fn serves(&self, timeframe: Timeframe) -> Result<(), ExchangeError> {
        let name = timeframe.to_string();
        if SERVES.split(' ').any(|known| known == name) {
            return Ok(());
        }
        Err(ExchangeError::NoTimeframe {
            exchange: "Hyperliquid",
            timeframe,
            serves: SERVES,
        })
    }

    async fn time(&self, stop: &CancellationToken) -> Result<Millis, ExchangeError> {
        self.info(make!({"type": "exchangeStatus"}), 2, stop, |body| {
            #[derive(Deserialize)]
            struct Status {
                time: Millis,
            }
            Ok(json::<Status>(body)?.time)
        })
        .await
    }

    async fn candles(&self, want: &Want, stop: &CancellationToken) -> Result<Bars, ExchangeError> {
        self.serves(want.timeframe)?;
        // It has no limit of rows, the end makes the page: so an empty page does not mean that there is nothing behind it.
        let length = PAGE as i64 * want.timeframe.ms();
        let mut piece = want.clone();
        loop {
            piece.to = want.to.min(piece.from + length);
            let bars = self.piece(&piece, stop).await?;
            if !bars.is_empty() || piece.to >= want.to {
                return Ok(bars);
            }
            piece.from = piece.to;
        }
    }

    async fn funding(
        &self,
        coin: &str,
        market: &str,
        from: Millis,
        to: Millis,
        stop: &CancellationToken,
    ) -> Result<Funding, ExchangeError> {
        let body =
            make!({"type": "fundingHistory", "coin": market, "startTime": from, "endTime": to - 1});
        let weight = 20 + FUNDING_PAGE / 20;
        let paid = self
            .info(body, weight, stop, |body| {
                #[derive(Deserialize)]
                #[serde(rename_all = "camelCase")]
                struct Paid {
                    coin: String,
                    funding_rate: String,
                    time: Millis,
                }
                let Some(rows) = json::<Option<Vec<Paid>>>(body)? else {
                    return Ok(None);
                };
                if let Some(other) = rows.iter().find(|r| r.coin != market) {
                    return Err(format!("funding of `{}` was not asked for", other.coin));
                }
                let rows = rows.iter().map(|r| Ok((r.time, decimal(&r.funding_rate)?)));
                let rows: Result<Vec<(Millis, f64)>, Wrong> = rows.collect();
                crate::funding::payments(rows?, from, to).map(Some)
            })
            .await?;
        paid.ok_or_else(|| unknown(coin))
    }

    async fn listings(&self, stop: &CancellationToken) -> Result<Vec<Listing>, ExchangeError> {
        self.info(make!({"type": "metaAndAssetCtxs"}), 20, stop, listings)
            .await
    }
}

/// `t` open, `T` last millisecond, `s` coin, `i` length, then the usual.
#[derive(Deserialize)]
struct Candle {
    t: Millis,
    #[serde(rename = "T")]
    end: Millis,
    s: String,
    i: String,
    o: String,
    h: String,
    l: String,
    c: String,
    v: String,
}

impl Candle {
    fn row(&self, market: &str, interval: &str) -> Result<Row, Wrong> {
        if self.s != market || self.i != interval {
            return Err(format!(
                "bars of `{}` {} were not asked for",
                self.s, self.i
            ));
        }
        Ok(Row {
            bar: Bar {
                time: self.t,
                open: decimal(&self.o)?,
                high: decimal(&self.h)?,
                low: decimal(&self.l)?,
                close: decimal(&self.c)?,
                volume: decimal(&self.v)?,
            },
            ends: self.end,
        })
    }
}

#[derive(Deserialize)]
struct Meta {
    universe: Vec<Asset>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asset {
    name: String,
    sz_decimals: u32,
    max_leverage: f64,
    #[serde(default)]
    is_delisted: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    day_ntl_vlm: String,
    /// Absent for assets that are not traded any more.
    mark_px: Option<String>,
}

fn listings(body: &[u8]) -> Result<Vec<Listing>, Wrong> {
    let (meta, states): (Meta, Vec<State>) = json(body)?;
    if meta.universe.is_empty() || meta.universe.len() != states.len() {
        return Err(format!(
            "{} assets with {} states",
            meta.universe.len(),
            states.len()
        ));
    }
    let pairs = meta.universe.into_iter().zip(states);
    pairs
        .map(|(asset, state)| {
            let price = state.mark_px.as_deref().map(decimal).transpose()?;
            if asset.sz_decimals > 8 {
                return Err(format!(
                    "`{}` has {} digits of size",
                    asset.name, asset.sz_decimals
                ));
            }
            Ok(Listing {
                trading: !asset.is_delisted && price.is_some_and(|p| p > 0.0),
                market: asset.name,
                listed: None,
                max_leverage: Some(asset.max_leverage),
                volume_usd: decimal(&state.day_ntl_vlm)?,
                price: price.unwrap_or(0.0),
                // Prices have five digits, so their step depends on the price.
                tick: None,
                lot: Some(1.0 / 10f64.powi(asset.sz_decimals as i32)),
                min_notional: Some(MIN_NOTIONAL),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delisted_assets_are_not_traded() {
        let body = br#"[{"universe":[
            {"szDecimals":5,"name":"BTC","maxLeverage":40,"marginTableId":56},
            {"szDecimals":1,"name":"MATIC","maxLeverage":20,"isDelisted":true}],"marginTables":[]},
            [{"dayNtlVlm":"1169046.29406","markPx":"14.3161","midPx":null,"funding":"0.0000125"},
             {"dayNtlVlm":"0.0","markPx":"0.2","extra":1}]]"#;
        let found = listings(body).unwrap();
        assert_eq!((found[0].trading, found[1].trading), (true, false));
        assert_eq!(found[0].lot, Some(1e-5));
        assert_eq!(found[0].max_leverage, Some(40.0));
        assert!((found[0].volume_usd - 1_169_046.294_06).abs() < 1e-9);
        assert!(listings(br#"[{"universe":[]},[]]"#).is_err());
        assert!(
            listings(br#"[{"universe":[{"szDecimals":5,"name":"BTC","maxLeverage":40}]},[]]"#)
                .is_err()
        );
    }
}
