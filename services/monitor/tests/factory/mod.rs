//! A store, candles, a market clock that the test turns by hand, and a pool to begin with.

use sixbtc_core::market_clock::{CONTROL_KEY, Replay};
use sixbtc_core::model::{
    Completion, Figures, NewStrategy, Queue, Side, SourceName, Status, Strategy, StrategyType,
    TradeFilter, TradeRow,
};
use sixbtc_core::settings::{MarketTime, Settings};
use sixbtc_core::store::{OpenOptions, Store};
use sixbtc_market::{Bar, Bars, SynthOptions, Timeframe, synth};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use uuid::Uuid;

/// A half-hour of the market is a second of the wall.
pub const SPEED: f64 = 1_800.0;

pub struct Factory {
    pub store: Store,
    pub settings: Settings,
    pub wall: Arc<AtomicI64>,
    _dir: tempfile::TempDir,
}

const PROGRAM: &str = "#sbt 1
strategy NAME \"Trades against the move.\" {
  on 30m
  param sl: percent = 2% in 0.5%..30%
  param hold: bars = 6 in 1..100000
  enter long when rsi(close, 14) < 42 {
    stop sl
    target 3%
    exit after hold
  }
  enter short when rsi(close, 14) > 58 {
    stop sl
    exit after hold
  }
  size risk 2%
  limit leverage 3
}
";

/// Buys whatever falls: on falling bars it loses every time.
pub const LOSER: &str = "#sbt 1
strategy NAME \"Buys what falls.\" {
  on 30m
  param hold: bars = 2 in 1..100000
  enter long when close < close[1] {
    stop 20%
    exit after hold
  }
  size 50% of equity
}
";

impl Factory {
    /// Two symbols over 60 days, the last 30 of which are replayed.
    pub async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let candles = sixbtc_market::Store::new(dir.path());
        for (seed, symbol) in [(1, "AAA"), (2, "BBB")] {
            let bars = synth(&SynthOptions {
                symbol: symbol.into(),
                seed,
                bars: 48 * 60,
                timeframe: Timeframe::M30,
                ..SynthOptions::default()
            });
            candles.put(&bars.unwrap(), "test").unwrap();
        }
        candles.put(&falling(), "test").unwrap();
        let mut settings = Settings::default();
        settings.directories.data = dir.path().to_owned();
        settings.market.clock = MarketTime::Replay;
        settings.market.replay.days = 30;
        settings.market.replay.speed = SPEED;
        settings.rotator.min_pool_size = 4;
        settings.trading.total_capital = 90_000.0;
        let wall = Arc::new(AtomicI64::new(1_000_000));
        let reads = Arc::clone(&wall);
        // a file: one in memory would be gone with the connection of a round that is killed
        let url = format!("sqlite://{}", dir.path().join("test.db").display());
        let store = Store::open(&url, OpenOptions::default())
            .await
            .unwrap()
            .clock(move || reads.load(Ordering::SeqCst));
        Self {
            store,
            settings,
            wall,
            _dir: dir,
        }
    }

    /// Lets the wall's clock run.
    pub fn pass(&self, seconds: i64) {
        self.wall.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    /// Market time, as the store has it.
    pub async fn market(&self) -> i64 {
        let replay = sixbtc_core::shared::read::<Replay>(&self.store, CONTROL_KEY)
            .await
            .unwrap()
            .unwrap();
        replay.value.at(self.store.now())
    }

    /// A strategy that went all the way into the pool.
    pub async fn pooled(&self, n: u128, text: &str, symbols: &[&str], trades: u64) -> Uuid {
        let kinds = StrategyType::ALL;
        let sides = Side::ALL;
        let kind = kinds[n as usize % kinds.len()];
        let name = format!("Test_{kind}_{n:08x}");
        let made = NewStrategy {
            id: Uuid::from_u128(n),
            name: name.clone(),
            sentence: "A test.".into(),
            source: SourceName::PatternGen,
            bred: false,
            kind,
            side: sides[n as usize % sides.len()],
            timeframe: "30m".into(),
            symbols: symbols.iter().map(|s| (*s).to_owned()).collect(),
            text: text.replace("NAME", &name),
            normal_hash: format!("n{n}"),
            behaviour_hash: format!("b{n}"),
            recipe: serde_json::json!({}),
            parents: Vec::new(),
        };
        let lease = Duration::from_mins(1);
        self.store.insert(&made, "test", &[]).await.unwrap();
        let claim = self
            .store
            .claim(Queue::Validation, "test", lease, None)
            .await
            .unwrap()
            .unwrap();
        let valid = Completion {
            status: Some(Status::Validated),
            ..Completion::default()
        };
        self.store.complete(&claim, "test", &valid).await.unwrap();
        let claim = self
            .store
            .claim(Queue::Backtest, "test", lease, None)
            .await
            .unwrap()
            .unwrap();
        let active = Completion {
            status: Some(Status::Active),
            score: Some(40.0 + n as f64),
            params: Some(serde_json::json!({ "hold": 4 })),
            expected: Some(Figures {
                trades,
                win_rate: 0.5,
                expectancy: 0.004,
                sharpe: 1.0,
                max_drawdown: 0.2,
                total_return: 0.2,
                days: 60.0,
            }),
            tested: true,
            ..Completion::default()
        };
        self.store
            .complete_into_pool(&claim, "test", &active, 150)
            .await
            .unwrap();
        made.id
    }

    /// A pool of ordinary strategies.
    pub async fn pool(&self, n: u128) {
        for i in 1..=n {
            self.pooled(i, PROGRAM, &["AAA", "BBB"], 0).await;
        }
    }

    pub async fn strategy(&self, id: Uuid) -> Strategy {
        self.store.strategy(id).await.unwrap().unwrap()
    }

    /// All trades, in the order of their position.
    pub async fn trades(&self) -> Vec<TradeRow> {
        let filter = TradeFilter {
            limit: 100_000,
            ..TradeFilter::default()
        };
        let mut rows = self.store.trades(&filter).await.unwrap();
        rows.sort_by(|a, b| a.entry.position_id.cmp(&b.entry.position_id));
        for row in &mut rows {
            row.id = 0;
        }
        rows
    }
}

fn falling() -> Bars {
    let end = synth(&SynthOptions {
        bars: 48 * 60,
        timeframe: Timeframe::M30,
        ..SynthOptions::default()
    })
    .unwrap();
    let mut bars = Bars::new("FALL", Timeframe::M30);
    for (i, &time) in end.time.iter().enumerate() {
        let open = 100_000.0 - 20.0 * i as f64;
        bars.push(Bar {
            time,
            open,
            high: open + 1.0,
            low: open - 21.0,
            close: open - 20.0,
            volume: 1.0,
        });
    }
    bars
}
