//! Binance's USDT perpetuals: `/fapi/v1`.
//!
//! Weights: klines 5 for up to 1,000 rows, exchangeInfo 1, ticker of all symbols 40; funding has a limit of its own (500 in
//! five minutes), counted here as 24 of 2,400 a minute. The budget is two thirds of the 2,400 a minute that the exchange
//! gives an address, because others behind the same address use it too.

use crate::decode::{Frame, Row, Wrong, decimal, decimal_of, integer_of, json, page};
use crate::http::{Http, Patience, Question, Refusal};
use crate::{Exchange, ExchangeError, Listing, Millis, Pace, WallPace, Want, symbols};
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;
use sixbtc_market::{Bar, Bars, Funding, Timeframe};
use std::collections::HashMap;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Where it lives.
pub const ADDRESS: &str = "https://fapi.binance.com";

/// Weight a minute that we use at most.
const WEIGHT: u32 = 1600;

/// Bars a page: 200 bars a unit of weight.
const PAGE: usize = 1000;

/// Its code for a market that does not exist.
const INVALID_SYMBOL: i64 = -1121;

/// The lengths it has.
const SERVES: &str = "1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w";

/// A client.
pub struct Binance {
    http: Http,
}

impl Binance {
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
        let http = Http::new(
            address,
            patience,
            pace,
            WEIGHT,
            Some("x-mbx-used-weight-1m"),
        )?;
        Ok(Self { http })
    }

    async fn read<T>(
        &self,
        path: &str,
        query: Vec<(&'static str, String)>,
        weight: u32,
        stop: &CancellationToken,
        read: impl Fn(&[u8]) -> Result<T, Wrong> + Send + Sync,
    ) -> Result<T, ExchangeError> {
        let question = Question {
            path,
            query,
            body: None,
            weight,
        };
        self.http.ask(&question, stop, read).await
    }

    /// The same for one market, with the refusal of an unknown one told apart.
    async fn read_of<T>(
        &self,
        (coin, market): (&str, &str),
        question: Question<'_>,
        stop: &CancellationToken,
        read: impl Fn(&[u8]) -> Result<T, Wrong> + Send + Sync,
    ) -> Result<T, ExchangeError> {
        match self.http.ask_or_refusal(&question, stop, read).await? {
            Ok(answer) => Ok(answer),
            Err(refusal) if code(&refusal) == Some(INVALID_SYMBOL) => {
                Err(ExchangeError::UnknownMarket {
                    exchange: "Binance",
                    coin: coin.to_owned(),
                    market: market.to_owned(),
                })
            }
            Err(refusal) => Err(self.http.refused(&refusal)),
        }
    }
}

fn code(refusal: &Refusal) -> Option<i64> {
    let body: Value = serde_json::from_slice(&refusal.body).ok()?;
    body.get("code")?.as_i64()
}

#[async_trait]
impl Exchange for Binance {
    fn name(&self) -> &'static str {
        "binance futures"
    }

    fn market_of(&self, coin: &str) -> String {
        symbols::binance_market(coin)
    }

    fn page(&self) -> usize {
        PAGE
    }

    fn reach(&self) -> Option<u64> {
        None
    }

    fn serves(&self, timeframe: Timeframe) -> Result<(), ExchangeError> {
        let name = timeframe.to_string();
        if SERVES.split(' ').any(|known| known == name) {
            return Ok(());
        }
        Err(ExchangeError::NoTimeframe {
            exchange: "Binance",
            timeframe,
            serves: SERVES,
        })
    }

    async fn time(&self, stop: &CancellationToken) -> Result<Millis, ExchangeError> {
        self.read("/fapi/v1/time", Vec::new(), 1, stop, |body| {
            let answer: Value = json(body)?;
            integer_of(answer.get("serverTime"), "serverTime")
        })
        .await
    }

    async fn candles(&self, want: &Want, stop: &CancellationToken) -> Result<Bars, ExchangeError> {
        self.serves(want.timeframe)?;
        let frame = Frame {
            coin: &want.coin,
            timeframe: want.timeframe,
            from: want.from,
            to: want.to,
            now: want.now,
            bar_before: false,
        };
        let question = Question {
            path: "/fapi/v1/klines",
            query: vec![
                ("symbol", want.market.clone()),
                ("interval", want.timeframe.to_string()),
                ("startTime", want.from.to_string()),
                ("endTime", (want.to - 1).to_string()),
                ("limit", PAGE.to_string()),
            ],
            body: None,
            weight: 5,
        };
        let names = (want.coin.as_str(), want.market.as_str());
        self.read_of(names, question, stop, |body| {
            let rows: Vec<Vec<Value>> = json(body)?;
            let rows: Result<Vec<Row>, Wrong> = rows.iter().map(|row| kline(row)).collect();
            page(rows?, frame)
        })
        .await
    }

    async fn funding(
        &self,
        coin: &str,
        market: &str,
        from: Millis,
        to: Millis,
        stop: &CancellationToken,
    ) -> Result<Funding, ExchangeError> {
        let question = Question {
            path: "/fapi/v1/fundingRate",
            query: vec![
                ("symbol", market.to_owned()),
                ("startTime", from.to_string()),
                ("endTime", (to - 1).to_string()),
                ("limit", PAGE.to_string()),
            ],
            body: None,
            weight: 24,
        };
        self.read_of((coin, market), question, stop, |body| {
            #[derive(Deserialize)]
            #[serde(rename_all = "camelCase")]
            struct Paid {
                symbol: String,
                funding_rate: String,
                funding_time: Millis,
            }
            let rows: Vec<Paid> = json(body)?;
            if let Some(other) = rows.iter().find(|r| r.symbol != market) {
                return Err(format!("funding of `{}` was not asked for", other.symbol));
            }
            let rows = rows
                .iter()
                .map(|r| Ok((r.funding_time, decimal(&r.funding_rate)?)));
            let rows: Result<Vec<(Millis, f64)>, Wrong> = rows.collect();
            crate::funding::payments(rows?, from, to)
        })
        .await
    }

    async fn listings(&self, stop: &CancellationToken) -> Result<Vec<Listing>, ExchangeError> {
        let info = self
            .read("/fapi/v1/exchangeInfo", Vec::new(), 1, stop, |body| {
                let info: Info = json(body)?;
                if info.symbols.is_empty() {
                    return Err("the list of markets is empty".into());
                }
                Ok(info)
            })
            .await?;
        let traded = self
            .read("/fapi/v1/ticker/24hr", Vec::new(), 40, stop, tickers)
            .await?;
        let wrong = |why: Wrong| ExchangeError::Failing {
            host: self.http.host().to_owned(),
            tries: 1,
            last: why,
        };
        info.symbols
            .iter()
            .filter(|s| s.contract_type == "PERPETUAL" && s.quote_asset == "USDT")
            .map(|s| s.listing(traded.get(&s.symbol)).map_err(wrong))
            .collect()
    }
}

/// A row of klines: open time, open, high, low, close, volume, close time, … all prices as text.
fn kline(row: &[Value]) -> Result<Row, Wrong> {
    let price = |at: usize, what| decimal_of(row.get(at), what);
    Ok(Row {
        bar: Bar {
            time: integer_of(row.first(), "open time")?,
            open: price(1, "open")?,
            high: price(2, "high")?,
            low: price(3, "low")?,
            close: price(4, "close")?,
            volume: price(5, "volume")?,
        },
        ends: integer_of(row.get(6), "close time")?,
    })
}

#[derive(Deserialize)]
struct Info {
    symbols: Vec<Perpetual>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Perpetual {
    symbol: String,
    /// Absent in rows of markets that never opened.
    #[serde(default)]
    contract_type: String,
    #[serde(default)]
    quote_asset: String,
    #[serde(default)]
    status: String,
    onboard_date: Option<Millis>,
    #[serde(default)]
    filters: Vec<Value>,
}

impl Perpetual {
    fn listing(&self, traded: Option<&(f64, f64)>) -> Result<Listing, Wrong> {
        let filter = |kind: &str, field: &str| {
            let found = self
                .filters
                .iter()
                .find(|f| f.get("filterType").and_then(Value::as_str) == Some(kind));
            found
                .map(|f| decimal_of(f.get(field), field))
                .transpose()
                .map_err(|why| format!("{}: {why}", self.symbol))
        };
        let &(volume_usd, price) = traded.unwrap_or(&(0.0, 0.0));
        Ok(Listing {
            market: self.symbol.clone(),
            trading: self.status == "TRADING",
            listed: self.onboard_date,
            max_leverage: None,
            volume_usd,
            price,
            tick: filter("PRICE_FILTER", "tickSize")?,
            lot: filter("LOT_SIZE", "stepSize")?,
            min_notional: filter("MIN_NOTIONAL", "notional")?,
        })
    }
}

/// Volume in USDT and last price, by market.
fn tickers(body: &[u8]) -> Result<HashMap<String, (f64, f64)>, Wrong> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Ticker {
        symbol: String,
        quote_volume: String,
        last_price: String,
    }
    let rows: Vec<Ticker> = json(body)?;
    rows.into_iter()
        .map(|t| {
            Ok((
                t.symbol,
                (decimal(&t.quote_volume)?, decimal(&t.last_price)?),
            ))
        })
        .collect()
}
