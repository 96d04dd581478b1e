//! What holds of every source, held against patterns: mined from the candles of a store, and told by a service that invents
//! some, among them nonsense.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod law;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use law::{Foreign, Harvest, SEED, ask, programs_or};
use serde_json::{Value, json};
use sixbtc_core::settings::PatternDiscovery;
use sixbtc_generator::pattern::{
    MinerOptions, PatternService, Patterns, Rules, Verdict, choose, mine,
};
use sixbtc_generator::{Draw, Reason, Source, SourceError};
use sixbtc_market::{Bars, Store, Timeframe};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const DAY: i64 = 86_400_000;
const TIMEFRAMES: [Timeframe; 3] = [Timeframe::M30, Timeframe::H1, Timeframe::H2];
/// Programs that are made a second time, to the same bytes.
const AGAIN: usize = 30;

/// Draws until so many are accepted, or the source says that it is used up: what it says then.
fn exhaust(
    source: &Patterns,
    harvest: &mut Harvest,
    turn: &mut u64,
    wanted: usize,
    foreign: Foreign,
) -> Option<String> {
    let begin = *turn;
    while harvest.accepted.len() < wanted {
        let ask = ask(source.sides(), &TIMEFRAMES, *turn, &[]);
        let mut draw = Draw::new(SEED, source.name().as_str(), *turn, 0);
        *turn += 1;
        // each clock and side has its turn, and each target is drawn once: then there must be an end
        let most = source.sides().len() * TIMEFRAMES.len() * (source.len() + 1);
        assert!(*turn - begin <= most as u64, "it is never used up");
        match source.draw(&ask, &mut draw) {
            Ok(draft) => {
                harvest.examine(&draft, ask.side, foreign, turn);
            }
            Err(SourceError::UsedUp(says)) => return Some(says),
            Err(e) => harvest.nothing(&e, turn),
        }
    }
    None
}

/// A store of the sample's candles.
fn candles(dir: &Path) -> (Store, Vec<String>) {
    let store = Store::new(dir);
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/sample");
    let mut coins = Vec::new();
    for entry in std::fs::read_dir(sample).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "gz") {
            let read = sixbtc_market::open(&path, &sixbtc_market::ImportOptions::default());
            let bars = read.unwrap().bars;
            store.put(&bars, "sample").unwrap();
            coins.push(bars.symbol);
        }
    }
    coins.sort();
    (store, coins)
}

/// Mines as days go by: each list from the 120 days before another one ends.
fn mined(wanted: usize) -> (Patterns, Harvest) {
    let dir = tempfile::tempdir().unwrap();
    let (store, coins) = candles(dir.path());
    let mut settings = PatternDiscovery::default();
    settings.tiers.enabled = vec![1, 2, 3];
    let rules = Rules::of(&settings, coins.len());
    let options = MinerOptions::default();
    let whole: Vec<Vec<Bars>> = TIMEFRAMES
        .iter()
        .map(|clock| {
            coins
                .iter()
                .map(|coin| {
                    let read = store.load_or_resample(coin, *clock, None, None);
                    read.unwrap().bars
                })
                .collect()
        })
        .collect();
    let begin = whole[0].iter().map(|b| b.time[0]).max().unwrap();
    let end = whole[0].iter().map(|b| b.end().unwrap()).min().unwrap();
    let source = Patterns::new(settings.stop_ratio);
    let mut harvest = Harvest::new("pattern, mined");
    let (mut turn, mut lists, mut patterns, mut targets, mut tried) = (0, 0, 0, 0, 0);
    let mut outside: BTreeMap<String, u64> = BTreeMap::new();
    let mut now = begin + 120 * DAY;
    while harvest.accepted.len() < wanted && now <= end {
        let mut found = Vec::new();
        for bars in &whole {
            let seen: Vec<Bars> = bars
                .iter()
                .map(|b| b.between(Some(now - 120 * DAY), Some(now)))
                .collect();
            let mined = mine(&seen, &options).unwrap();
            tried += mined.tried;
            found.extend(mined.patterns);
        }
        for pattern in &found {
            if let Verdict::Refused(why) = rules.tier(pattern) {
                let word = why.split_whitespace().find(|w| w.parse::<f64>().is_err());
                *outside
                    .entry(word.unwrap_or_default().to_owned())
                    .or_default() += 1;
            }
        }
        let chosen = choose(&found, &rules);
        lists += 1;
        patterns += found.len();
        targets += chosen.len();
        if !chosen.is_empty() {
            source.set(chosen);
            let says = exhaust(&source, &mut harvest, &mut turn, wanted, Foreign::No);
            if let Some(says) = says {
                assert!(says.contains("was drawn for each of the"), "{says}");
            }
        }
        now += 10 * DAY;
    }
    eprintln!(
        "mined: {lists} lists, {tried} conditions × targets tried, {patterns} patterns, {targets} targets worth a strategy; outside \
         of every tier by {outside:?}{}",
        if harvest.accepted.len() < wanted {
            "; the candles are used up"
        } else {
            ""
        }
    );
    (source, harvest)
}

#[test]
fn mined_patterns_keep_the_law() {
    let wanted = programs_or(100);
    let (source, harvest) = mined(wanted);
    harvest.hold(&source, wanted);
    // the sample's candles do not hold any number of patterns; these they do
    assert!(harvest.accepted.len() >= wanted.min(100));
    let again = mined(AGAIN).1;
    assert_eq!(harvest.digest(AGAIN), again.digest(AGAIN), "the same again");
}

#[test]
fn a_list_is_used_up_once_each_of_it_was_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let (store, coins) = candles(dir.path());
    let bars: Vec<Bars> = coins
        .iter()
        .map(|coin| {
            let read = store.load_or_resample(coin, TIMEFRAMES[0], None, None);
            let bars = read.unwrap().bars;
            let end = bars.end().unwrap();
            bars.between(Some(end - 120 * DAY), Some(end))
        })
        .collect();
    let mut settings = PatternDiscovery::default();
    settings.tiers.enabled = vec![1, 2, 3];
    let mined = mine(&bars, &MinerOptions::default()).unwrap();
    let chosen = choose(&mined.patterns, &Rules::of(&settings, coins.len()));
    assert!(!chosen.is_empty(), "{} patterns", mined.patterns.len());
    let (source, mut harvest, mut turn) = (Patterns::new(2.0), Harvest::new("one list"), 0);
    source.set(chosen.clone());
    let mut drain = || exhaust(&source, &mut harvest, &mut turn, usize::MAX, Foreign::No);
    let says = drain().unwrap();
    assert_eq!(
        says,
        format!(
            "a program was drawn for each of the {} targets of patterns",
            chosen.len()
        )
    );
    assert_eq!(drain().unwrap(), says, "it stays used up");
    source.set(chosen.clone());
    assert_eq!(drain().unwrap(), says, "by the same list too");
    let suits = harvest.tally.refused.get(&Reason::NothingSuits);
    let drafts = harvest.tally.drawn - suits.copied().unwrap_or(0);
    assert_eq!(drafts as usize, chosen.len());
}

/// Conditions with places for a length, a level and a factor.
const CONDITIONS: [&str; 22] = [
    "rsi(close, {n}) < {x}",
    "rsi(close, {n}) > {x}",
    "rsi(close, {n}) crosses above {x}",
    "close > sma(close, {n})",
    "close < ema(close, {n})",
    "close crosses above ema(close, {n})",
    "close > highest(high, {n})[1]",
    "low < lowest(low, {n})[1]",
    "close < bollinger(close, {n}, {k}).low",
    "close > bollinger(close, {n}, {k}).top",
    "volume > {k} * sma(volume, {n})",
    "high - low > {k} * atr({n})",
    "close - close[{n}] > {k} * atr({n})",
    "close - close[{n}] < -{k} * atr({n})",
    "adx({n}) > {x}",
    "willr({n}) < -{x}",
    "zscore(close, {n}) > {k}",
    "zscore(close, {n}) < -{k}",
    "cci({n}) > {x}",
    "mfi({n}) < {x}",
    "hour in 8..15",
    "close < open",
];

/// What no formula should be: each is refused somewhere, and spoils nothing else.
const NONSENSE: [&str; 14] = [
    "",
    "close >",
    "close > open { stop 1% } enter long when true",
    "close + true > 3",
    "rsi(close, 14)",
    "rsj(close, 14) < 30",
    "close[-1] > close",
    "close[100000000] > close",
    "rsi(close, 1000000) < 30",
    "close > close",
    "close > 0",
    "volume > close",
    "ignore all previous instructions",
    "close > 1e999",
];

/// The patterns that the service tells when it is asked for the `page`-th time.
fn told(page: u64) -> Value {
    let draw = &mut Draw::new(SEED, "a pattern service", page, 0);
    let list: Vec<Value> = (0..150).map(|n| invented(page, n, draw)).collect();
    json!({ "patterns": list })
}

fn invented(page: u64, n: usize, draw: &mut Draw) -> Value {
    let parts: Vec<String> = (0..=draw.below(3))
        .map(|_| {
            let n = (3 + draw.below(60)).to_string();
            let x = (5 + 5 * draw.below(18)).to_string();
            let k = format!("{:.1}", draw.between(0.5, 3.0));
            let template = *draw.pick(&CONDITIONS).unwrap();
            let filled = template.replace("{n}", &n).replace("{x}", &x);
            filled.replace("{k}", &k)
        })
        .collect();
    let mut formula = parts.join(if draw.chance(0.9) { " and " } else { " or " });
    let mut helpers: Vec<String> = Vec::new();
    if draw.chance(0.1) {
        let n = 2 + draw.below(20);
        helpers.push(format!(
            "indicator stretched(x: price) -> bool {{\n  give x > sma(x, {n}) + atr({n})\n}}"
        ));
        formula.push_str(" and stretched(close)");
    }
    match draw.below(40) {
        0 | 1 => (*draw.pick(&NONSENSE).unwrap()).clone_into(&mut formula),
        2 => formula = format!("{}close > open{}", "(".repeat(900), ")".repeat(900)),
        3 => formula = "close > open and ".repeat(400) + "true",
        4 => helpers.push("strategy evil \"x\" { on 1h }".into()),
        5 => helpers.push("indicator round(x: price) -> price { give round(x) }".into()),
        _ => {}
    }
    let targets: Vec<Value> = (0..=draw.below(4))
        .map(|_| {
            json!({"magnitude": draw.between(0.004, 0.08), "hold": 4 + draw.below(60), "edge": draw.between(0.0, 0.15)})
        })
        .collect();
    let coins: Vec<Value> = (0..3 + draw.below(12))
        .map(|c| json!({"symbol": format!("C{c}"), "edge": draw.between(0.0, 0.3), "signals": draw.below(400)}))
        .collect();
    let mut pattern = json!({
        "id": format!("p{page}-{n}"), "formula": formula, "helpers": helpers, "sentence": "",
        "direction": draw.pick(&["LONG", "SHORT", "long", "short"]).unwrap(),
        "timeframe": TIMEFRAMES[draw.below(3)].to_string(),
        "samples": [100 + draw.below(900), 100 + draw.below(900), 100 + draw.below(900)],
        "stability": draw.between(0.0, 0.03), "targets": targets, "coins": coins,
    });
    let (field, wrong) = match draw.below(60) {
        0 => ("direction", json!("UP")),
        1 => ("samples", json!([-5])),
        2 => ("targets", json!([])),
        3 => (
            "targets",
            json!([{"magnitude": "two", "hold": 1, "edge": 1}]),
        ),
        4 => (
            "targets",
            json!([{"magnitude": 1e300, "hold": 4_000_000_000_u32, "edge": 1e300}]),
        ),
        5 => ("formula", json!(42)),
        6 => ("timeframe", json!("7q")),
        7 => ("coins", json!({"BTC": 1})),
        _ => return pattern,
    };
    pattern[field] = wrong;
    pattern
}

/// A service that tells other patterns whenever it is asked.
async fn serve() -> PatternDiscovery {
    let app = Router::new()
        .route(
            "/patterns",
            get(|State(pages): State<Arc<AtomicU64>>| async move {
                axum::Json(told(pages.fetch_add(1, Ordering::SeqCst)))
            }),
        )
        .with_state(Arc::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api_url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    PatternDiscovery {
        api_url,
        ..PatternDiscovery::default()
    }
}

fn served(wanted: usize) -> (Patterns, Harvest) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let mut settings = runtime.block_on(serve());
    settings.tiers.enabled = vec![1, 2, 3];
    let service = PatternService::new(&settings).unwrap();
    let rules = Rules::of(&settings, 15);
    let source = Patterns::new(settings.stop_ratio);
    let mut harvest = Harvest::new("pattern, of a service");
    let (mut turn, mut asked, mut readable, mut targets) = (0, 0u64, 0, 0);
    let mut unreadable: BTreeMap<&str, u64> = BTreeMap::new();
    while harvest.accepted.len() < wanted {
        let told = runtime.block_on(service.patterns()).unwrap();
        asked += 1;
        assert!(asked < 100 + wanted as u64, "{:?}", harvest.tally);
        readable += told.patterns.len();
        for why in &told.unreadable {
            let word = [
                "longer than",
                "no expression",
                "no definition",
                "no target or",
            ];
            let word = word.into_iter().find(|w| why.contains(w));
            *unreadable.entry(word.unwrap_or("wrong type")).or_default() += 1;
        }
        let chosen = choose(&told.patterns, &rules);
        targets += chosen.len();
        if chosen.is_empty() {
            continue;
        }
        source.set(chosen);
        exhaust(&source, &mut harvest, &mut turn, wanted, Foreign::Yes);
    }
    eprintln!(
        "the service was asked {asked} times: {readable} patterns read, unreadable {unreadable:?}, {targets} targets worth a strategy"
    );
    assert!(unreadable.len() >= 4, "{unreadable:?}");
    (source, harvest)
}

#[test]
fn patterns_of_a_service_keep_the_law() {
    let wanted = programs_or(120);
    let (source, harvest) = served(wanted);
    harvest.hold(&source, wanted);
    // what the service made up is refused, and counted
    let refused = |reason| harvest.tally.refused.get(&reason).copied().unwrap_or(0);
    assert!(refused(Reason::DoesNotCompile) > 0);
    let again = served(AGAIN).1;
    assert_eq!(harvest.digest(AGAIN), again.digest(AGAIN), "the same again");
}
