//! An exchange on this machine that speaks two protocols and misbehaves as told.

use serde_json::{Value, json};
use sixbtc_market::{Bar, Bars, SynthOptions, Timeframe, synth};
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What goes wrong with one answer of candles.
#[derive(Debug, Clone)]
pub enum Fault {
    /// A status, how long to wait, what is said.
    Status(u16, Option<u64>, &'static str),
    /// More is announced than comes.
    Truncated,
    /// The connection ends without an answer.
    Reset,
    /// No JSON.
    Garbage,
    /// JSON of another shape.
    OtherShape,
    /// A price that is none, in the first row.
    BadPrice,
    /// It never ends.
    Endless,
    /// It never comes.
    Silent,
    /// Rows 3 to 7 are missing.
    Gap,
    /// Every row twice, the first of the two with other values.
    Duplicates,
    /// The last row first.
    Shuffled,
    /// Nothing, though there is something.
    Empty,
}

#[derive(Default)]
pub struct State {
    /// What the exchange knows, by market.
    pub truth: BTreeMap<String, Bars>,
    pub funding: BTreeMap<String, Vec<(i64, &'static str)>>,
    pub faults: VecDeque<Fault>,
    /// Every request: path, and query or body.
    pub asked: Vec<(String, String)>,
    /// The exchange's time of day.
    pub now: i64,
    /// Called with the number of the request for candles.
    pub on_candles: Option<Box<dyn Fn(usize) + Send>>,
    pub used_weight: Option<u32>,
}

#[derive(Clone)]
pub struct Server {
    pub address: String,
    pub state: Arc<Mutex<State>>,
}

impl Server {
    pub async fn start(state: State) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    // a client that goes away is what some tests are about
                    let _ = serve(stream, &shared).await;
                });
            }
        });
        Self { address, state }
    }

    /// First opens of the requests for candles since the last call.
    pub fn starts(&self) -> Vec<i64> {
        let asked = std::mem::take(&mut self.state.lock().unwrap().asked);
        asked
            .iter()
            .filter_map(|(path, rest)| match path.as_str() {
                "/fapi/v1/klines" => Some(query(rest)["startTime"].parse().unwrap()),
                "/info" => {
                    serde_json::from_str::<Value>(rest).unwrap()["req"]["startTime"].as_i64()
                }
                _ => None,
            })
            .collect()
    }
}

/// Candles of a coin that the exchange knows.
pub fn truth(coin: &str, timeframe: Timeframe, start: i64, bars: usize, seed: u64) -> Bars {
    synth(&SynthOptions {
        symbol: coin.to_owned(),
        seed,
        bars,
        timeframe,
        start,
        start_price: 0.012_345,
        tick: 1e-7,
        ..SynthOptions::default()
    })
    .unwrap()
}

async fn serve(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if stream.read(&mut byte).await? == 0 {
                return Ok(());
            }
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let target = head.split(' ').nth(1).unwrap().to_owned();
        let length = head
            .lines()
            .find_map(|l| {
                l.to_lowercase()
                    .strip_prefix("content-length:")
                    .map(|n| n.trim().parse().unwrap())
            })
            .unwrap_or(0);
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let body = String::from_utf8(body).unwrap();
        let (path, rest) = target.split_once('?').unwrap_or((&target, ""));
        let rest = if body.is_empty() {
            rest.to_owned()
        } else {
            body
        };
        let (fault, answer, used) = answer(state, path, &rest);
        let extra = used.map_or(String::new(), |w| format!("X-MBX-USED-WEIGHT-1M: {w}\r\n"));
        match fault {
            Some(Fault::Status(code, wait, says)) => {
                let wait = wait.map_or(String::new(), |s| format!("Retry-After: {s}\r\n"));
                let text = format!(
                    "HTTP/1.1 {code} X\r\n{wait}Content-Length: {}\r\n\r\n{says}",
                    says.len()
                );
                stream.write_all(text.as_bytes()).await?;
            }
            Some(Fault::Truncated) => {
                let half = &answer[..answer.len() / 2];
                let text = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{half}",
                    answer.len()
                );
                stream.write_all(text.as_bytes()).await?;
                return Ok(());
            }
            Some(Fault::Reset) => return Ok(()),
            Some(Fault::Endless) => {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                    .await?;
                loop {
                    stream
                        .write_all(format!("1000\r\n{}\r\n", "[".repeat(4096)).as_bytes())
                        .await?;
                }
            }
            Some(Fault::Silent) => {
                // until the client has had enough
                let mut byte = [0];
                while stream.read(&mut byte).await? > 0 {}
                return Ok(());
            }
            _ => {
                let text = format!(
                    "HTTP/1.1 200 OK\r\n{extra}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{answer}",
                    answer.len()
                );
                stream.write_all(text.as_bytes()).await?;
            }
        }
    }
}

pub fn query(text: &str) -> BTreeMap<String, String> {
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect()
}

fn answer(state: &Mutex<State>, path: &str, rest: &str) -> (Option<Fault>, String, Option<u32>) {
    let mut state = state.lock().unwrap();
    state.asked.push((path.to_owned(), rest.to_owned()));
    let used = state.used_weight;
    let of_candles = path == "/fapi/v1/klines" || rest.contains("candleSnapshot");
    let fault = if of_candles {
        state.faults.pop_front()
    } else {
        None
    };
    if of_candles {
        let count = state.asked.len();
        if let Some(act) = &state.on_candles {
            act(count);
        }
    }
    let text = match path {
        "/fapi/v1/klines" => {
            let q = query(rest);
            let (from, to): (i64, i64) = (q["startTime"].parse().unwrap(), q["endTime"].parse().unwrap());
            let Some(bars) = state.truth.get(&q["symbol"]) else {
                let says = r#"{"code":-1121,"msg":"Invalid symbol."}"#;
                return (Some(Fault::Status(400, None, says)), String::new(), used);
            };
            assert_eq!(q["interval"], bars.timeframe.to_string());
            let limit: usize = q["limit"].parse().unwrap();
            let rows: Vec<Bar> = rows(bars, from, to, state.now).take(limit).collect();
            klines(&faulty(rows, fault.as_ref()), bars.timeframe, fault.as_ref())
        }
        "/fapi/v1/time" => json!({"serverTime": state.now}).to_string(),
        "/fapi/v1/fundingRate" => {
            let q = query(rest);
            let (from, to): (i64, i64) = (q["startTime"].parse().unwrap(), q["endTime"].parse().unwrap());
            let paid = state.funding.get(&q["symbol"]).cloned().unwrap_or_default();
            let rows: Vec<Value> = paid
                .into_iter()
                .filter(|(t, _)| (from..=to).contains(t))
                .take(4)
                .map(|(t, rate)| json!({"symbol": q["symbol"], "fundingTime": t, "fundingRate": rate, "markPrice": "1"}))
                .collect();
            Value::from(rows).to_string()
        }
        "/fapi/v1/exchangeInfo" => json!({"timezone": "UTC", "symbols": [
            {"symbol": "BTCUSDT", "contractType": "PERPETUAL", "quoteAsset": "USDT", "status": "TRADING", "onboardDate": 5,
             "filters": [{"filterType": "PRICE_FILTER", "tickSize": "0.10"}, {"filterType": "LOT_SIZE", "stepSize": "0.001"},
                         {"filterType": "MIN_NOTIONAL", "notional": "100"}]},
            {"symbol": "BTCUSDT_260327", "contractType": "CURRENT_QUARTER", "quoteAsset": "USDT", "status": "TRADING"},
            {"symbol": "OLDUSDT", "contractType": "PERPETUAL", "quoteAsset": "USDT", "status": "SETTLING", "filters": []},
        ]}).to_string(),
        "/fapi/v1/ticker/24hr" => json!([
            {"symbol": "BTCUSDT", "quoteVolume": "123456789.5", "lastPrice": "100000.1", "count": 7},
        ]).to_string(),
        "/info" => hyperliquid(&state, &serde_json::from_str(rest).unwrap(), fault.as_ref()),
        _ => return (Some(Fault::Status(404, None, "no such path")), String::new(), used),
    };
    (fault, text, used)
}

/// Rows that open in `[from, to]`, then the forming one whatever was asked.
fn rows(bars: &Bars, from: i64, to: i64, now: i64) -> impl Iterator<Item = Bar> {
    let asked: Vec<Bar> = (0..bars.len())
        .filter_map(|i| bars.get(i))
        .filter(|b| (from..=to).contains(&b.time) && b.time + bars.timeframe.ms() <= now)
        .collect();
    let time = bars.timeframe.floor(now);
    let forming = Bar {
        time,
        open: 1.0,
        high: 9.0,
        low: 0.5,
        close: 2.0,
        volume: 3.0,
    };
    let reaches = to >= time - bars.timeframe.ms();
    asked.into_iter().chain(reaches.then_some(forming))
}

fn faulty(mut rows: Vec<Bar>, fault: Option<&Fault>) -> Vec<Bar> {
    match fault {
        Some(Fault::Gap) if rows.len() > 10 => drop(rows.drain(3..8)),
        Some(Fault::Shuffled) => rows.reverse(),
        Some(Fault::Empty) => rows.clear(),
        Some(Fault::Duplicates) => {
            let wrong = |b: &Bar| Bar {
                close: b.high,
                volume: b.volume + 1.0,
                ..*b
            };
            rows = rows.iter().flat_map(|b| [wrong(b), *b]).collect();
        }
        _ => {}
    }
    rows
}

fn klines(rows: &[Bar], timeframe: Timeframe, fault: Option<&Fault>) -> String {
    match fault {
        Some(Fault::Garbage) => return "<html>busy</html>".into(),
        Some(Fault::OtherShape) => return r#"{"rows":[]}"#.into(),
        _ => {}
    }
    let mut text = String::from("[");
    for (i, b) in rows.iter().enumerate() {
        let open = match fault {
            Some(Fault::BadPrice) if i == 0 => "NaN".to_owned(),
            _ => b.open.to_string(),
        };
        let comma = if i == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}[{},"{open}","{}","{}","{}","{}",{},"1.0",5,"0.1","0.2","0"]"#,
            b.time,
            b.high,
            b.low,
            b.close,
            b.volume,
            b.time + timeframe.ms() - 1
        )
        .unwrap();
    }
    text.push(']');
    text
}

fn hyperliquid(state: &State, asked: &Value, fault: Option<&Fault>) -> String {
    match asked["type"].as_str().unwrap() {
        "exchangeStatus" => json!({"specialStatuses": null, "time": state.now}).to_string(),
        "metaAndAssetCtxs" => json!([
            {"universe": [{"name": "BTC", "szDecimals": 5, "maxLeverage": 40}], "marginTables": []},
            [{"dayNtlVlm": "5.5", "markPx": "100000.0", "midPx": null}],
        ])
        .to_string(),
        "fundingHistory" => {
            let (from, to) = (
                asked["startTime"].as_i64().unwrap(),
                asked["endTime"].as_i64().unwrap(),
            );
            let coin = asked["coin"].as_str().unwrap();
            let Some(paid) = state.funding.get(coin) else {
                return "null".into();
            };
            let rows: Vec<Value> = paid
                .iter()
                .filter(|(t, _)| (from..=to).contains(t))
                .map(|(t, rate)| json!({"coin": coin, "fundingRate": rate, "premium": "0.0", "time": t}))
                .collect();
            Value::from(rows).to_string()
        }
        "candleSnapshot" => {
            let req = &asked["req"];
            let coin = req["coin"].as_str().unwrap();
            let Some(bars) = state.truth.get(coin) else {
                return "null".into();
            };
            if matches!(fault, Some(Fault::Garbage)) {
                return "[{]".into();
            }
            let length = bars.timeframe.ms();
            // the bar that contains the start is there too, and no more than the newest 5000
            let from = (req["startTime"].as_i64().unwrap() - length).max(state.now - 5000 * length);
            let rows = rows(bars, from, req["endTime"].as_i64().unwrap(), state.now).collect();
            let rows: Vec<Value> = faulty(rows, fault)
                .iter()
                .map(|b| json!({"t": b.time, "T": b.time + length - 1, "s": coin, "i": bars.timeframe.to_string(), "n": 3,
                    "o": b.open.to_string(), "h": b.high.to_string(), "l": b.low.to_string(),
                    "c": b.close.to_string(), "v": b.volume.to_string()}))
                .collect();
            Value::from(rows).to_string()
        }
        other => panic!("{other}"),
    }
}
