//! What time it is at the market.
//!
//! At a real market it is the time of the wall. A *replay* walks through bars of the past, faster than they once came: what
//! trades sees only bars that had closed by then, and what judges sees only bars from before the replay began. All processes
//! of one store share one replay, whose state lies in the store's `control`.
//!
//! The market of a replay stands still while nobody looks at it: a factory that was stopped for a night goes on at the bar where
//! it was stopped. To that end the state is a *mark*, the market's time at some time of the wall; time flows from there, but
//! for [`Replay::PATIENCE`] at most, and whoever finds the mark older than [`Replay::MARK_EVERY`] sets it anew.

use crate::candles::Candles;
use crate::model::Millis;
use crate::settings::{MarketTime, Settings};
use crate::shared;
use crate::store::{Store, StoreError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Where the state of the replay lies in the store's `control`.
pub const CONTROL_KEY: &str = "market_clock";

/// A walk through the past.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Replay {
    /// Where it began: bars that had closed by then are history for whoever judges.
    pub from: Millis,
    /// Where the data end: the market closes for good and its clock stands still.
    pub until: Millis,
    /// Market time that passes in a unit of wall time: 3600 is an hour a second.
    pub speed: f64,
    /// Market time at the mark.
    pub market: Millis,
    /// Wall time at the mark, ms.
    pub started: Millis,
}

impl Replay {
    /// How long the market goes on without a new mark, ms of wall time.
    pub const PATIENCE: i64 = 30_000;
    /// How old a mark may become while somebody looks, ms of wall time.
    pub const MARK_EVERY: i64 = 2_000;

    /// A replay that begins now. A speed that is no number above 0 counts as 1; an end before the beginning, as the beginning.
    pub fn new(from: Millis, until: Millis, speed: f64, wall: Millis) -> Self {
        Self {
            from,
            until: until.max(from),
            speed: if speed.is_finite() && speed > 0.0 {
                speed
            } else {
                1.0
            },
            market: from,
            started: wall,
        }
    }

    /// Where a replay of these candles begins: the days of the settings before their end, but not before their start.
    pub fn beginning((start, end): (Millis, Millis), settings: &Settings) -> Millis {
        let back = i64::from(settings.market.replay.days) * 86_400_000;
        (end - back).max(start)
    }

    /// Market time at a time of the wall. Never falls while the wall's clock does not, never passes [`Replay::until`].
    pub fn at(&self, wall: Millis) -> Millis {
        let passed = wall.saturating_sub(self.started).clamp(0, Self::PATIENCE);
        let market = self.market as f64 + passed as f64 * self.speed;
        (market as Millis).clamp(self.market, self.until.max(self.market))
    }

    /// The state with a new mark, when one is due: the old one is too old, or the wall's clock went back behind it.
    pub fn marked(&self, wall: Millis) -> Option<Self> {
        let age = wall.saturating_sub(self.started);
        (!(0..Self::MARK_EVERY).contains(&age)).then(|| Self {
            market: self.at(wall),
            started: wall,
            ..*self
        })
    }

    /// The state at another speed from now on; without a jump.
    #[must_use]
    pub fn at_speed(&self, speed: f64, wall: Millis) -> Self {
        Self {
            market: self.at(wall),
            ..Self::new(self.from, self.until, speed, wall)
        }
    }

    /// Whether the data are used up.
    pub fn is_over(&self, wall: Millis) -> bool {
        self.at(wall) >= self.until
    }
}

/// What time it is at the market.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MarketClock {
    /// The wall's time.
    Wall,
    /// A walk through the past.
    Replay(Replay),
}

impl MarketClock {
    /// Market time at a time of the wall.
    pub fn at(&self, wall: Millis) -> Millis {
        match self {
            Self::Wall => wall,
            Self::Replay(replay) => replay.at(wall),
        }
    }

    /// End of what judgement may see: where a replay began; at the real market everything that has closed.
    pub fn judged_until(&self, wall: Millis) -> Millis {
        match self {
            Self::Wall => wall,
            Self::Replay(replay) => replay.from,
        }
    }

    /// How long to wait by the wall until so much market time has passed; a tenth of a second at least, so that no replay
    /// is so fast that it keeps a processor busy with asking.
    pub fn wait(&self, market: Duration) -> Duration {
        match self {
            Self::Wall => market,
            Self::Replay(replay) => {
                let seconds = market.as_secs_f64() / replay.speed;
                Duration::from_secs_f64(seconds.clamp(0.1, market.as_secs_f64().max(0.1)))
            }
        }
    }
}

/// The replay of a store; `None` when none has begun.
///
/// # Errors
/// Of the store, and a state that cannot be read.
pub async fn replay(store: &Store) -> Result<Option<Replay>, StoreError> {
    let found = shared::read::<Replay>(store, CONTROL_KEY).await?;
    Ok(found.map(|f| f.value))
}

/// End of what judgement may see, by the store alone: everything that has closed, or what lies before the replay. `None`: the
/// settings ask for a replay that has not begun; where it will begin is told by the candles, see [`Replay::beginning`].
///
/// # Errors
/// As [`replay`].
pub async fn judged_until(
    store: &Store,
    settings: &Settings,
) -> Result<Option<Millis>, StoreError> {
    match settings.market.clock {
        MarketTime::Wall => Ok(Some(store.now())),
        MarketTime::Replay => Ok(replay(store).await?.map(|replay| replay.from)),
    }
}

impl MarketClock {
    /// The clock that all processes of the store share. A replay that is not there yet begins: `days` before the end of the
    /// candles, at the speed of the settings; one that is there goes on where it stood, at the speed of the settings.
    pub async fn open(
        store: &Store,
        settings: &Settings,
        candles: &Arc<Candles>,
        by: &str,
    ) -> Result<Self, ClockError> {
        if settings.market.clock == MarketTime::Wall {
            return Ok(Self::Wall);
        }
        let (speed, wall) = (settings.market.replay.speed, store.now());
        let first = match replay(store).await? {
            Some(_) => None,
            None => {
                let candles = Arc::clone(candles);
                let span = tokio::task::spawn_blocking(move || candles.span()).await;
                let span = span.map_err(|e| ClockError::Candles(e.to_string()))?;
                let span = span.map_err(|e| ClockError::Candles(e.to_string()))?;
                let span = span.ok_or(ClockError::Empty)?;
                let from = Replay::beginning(span, settings);
                Some(Replay::new(from, span.1, speed, wall))
            }
        };
        let replay = shared::update(store, CONTROL_KEY, by, |found: Option<Replay>| {
            match found.or(first) {
                // it vanished between the two looks: the caller comes again
                None => (None, None),
                Some(old) if found.is_some() && (old.speed - speed).abs() < f64::EPSILON => {
                    (None, Some(old))
                }
                Some(old) if found.is_some() => {
                    let new = old.at_speed(speed, wall);
                    (Some(new), Some(new))
                }
                Some(new) => (Some(new), Some(new)),
            }
        })
        .await?;
        replay.map(Self::Replay).ok_or(ClockError::Empty)
    }

    /// Market time now. In a replay the mark is read from the store, and set anew when it is due.
    pub async fn now(&mut self, store: &Store, by: &str) -> Result<Millis, StoreError> {
        let Self::Replay(mine) = self else {
            return Ok(store.now());
        };
        let wall = store.now();
        let fallback = *mine;
        let replay = shared::update(store, CONTROL_KEY, by, |found: Option<Replay>| {
            let known = found.unwrap_or(fallback);
            match known.marked(wall) {
                Some(new) => (Some(new), new),
                None => (None, known),
            }
        })
        .await?;
        *mine = replay;
        Ok(replay.at(wall))
    }
}

/// Why there is no clock.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The candles cannot be read.
    #[error("a replay needs candles, but they cannot be read: {0}")]
    Candles(String),
    /// There are none.
    #[error("a replay needs candles, but there are none in `directories.data` yet")]
    Empty,
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_replay_runs_faster_and_stops_at_the_end_of_the_data() {
        let r = Replay::new(0, 10 * HOUR, 3_600.0, 1_000);
        assert_eq!(
            (r.at(1_000), r.at(2_000), r.at(2_500)),
            (0, HOUR, HOUR + HOUR / 2)
        );
        assert_eq!((r.at(60_000), r.is_over(60_000)), (10 * HOUR, true));
        let clock = MarketClock::Replay(r);
        assert_eq!(clock.judged_until(5_000), 0);
        assert_eq!(clock.wait(Duration::from_hours(1)), Duration::from_secs(1));
        assert_eq!(
            clock.wait(Duration::from_secs(36)),
            Duration::from_millis(100)
        );
        assert_eq!(
            MarketClock::Wall.wait(Duration::from_secs(9)),
            Duration::from_secs(9)
        );
        assert_eq!(
            (MarketClock::Wall.at(7), MarketClock::Wall.judged_until(7)),
            (7, 7)
        );
    }

    #[test]
    fn the_market_stands_still_while_nobody_looks() {
        let r = Replay::new(0, 1_000 * HOUR, 3_600.0, 0);
        let after_a_night = 8 * HOUR;
        assert_eq!(r.at(after_a_night), 30 * HOUR);
        let marked = r.marked(after_a_night).unwrap();
        assert_eq!((marked.from, marked.at(after_a_night)), (0, 30 * HOUR));
        assert_eq!(marked.at(after_a_night + 1_000), 31 * HOUR);
        assert_eq!(r.marked(1_000), None);
    }

    #[test]
    fn a_wall_clock_that_jumps_back_does_not_turn_the_market_back_or_stop_it() {
        let r = Replay::new(0, 1_000 * HOUR, 3_600.0, 10 * HOUR)
            .marked(10 * HOUR + 5_000)
            .unwrap();
        let before = r.at(10 * HOUR + 6_000);
        let jumped = 9 * HOUR;
        let marked = r.marked(jumped).unwrap();
        assert!(marked.at(jumped) <= before && marked.at(jumped) >= r.market);
        assert_eq!(marked.at(jumped + 1_000), marked.market + HOUR);
    }

    #[test]
    fn another_speed_does_not_make_time_jump() {
        let r = Replay::new(0, 1_000 * HOUR, 3_600.0, 0);
        let faster = r.at_speed(7_200.0, 5_000);
        assert_eq!(faster.at(5_000), r.at(5_000));
        assert_eq!(faster.at(6_000), r.at(5_000) + 2 * HOUR);
        assert_eq!(Replay::new(5, 0, f64::NAN, 0).at(1_000), 5);
    }

    #[tokio::test]
    async fn a_replay_is_shared_and_survives_its_processes() {
        use crate::store::OpenOptions;
        use sixbtc_market::{SynthOptions, Timeframe, synth};
        use std::sync::atomic::{AtomicI64, Ordering};
        let dir = tempfile::tempdir().unwrap();
        let candles = Arc::new(Candles::new(dir.path()));
        let wall = Arc::new(AtomicI64::new(0));
        let reads = Arc::clone(&wall);
        let store = Store::open("sqlite::memory:", OpenOptions::default())
            .await
            .unwrap();
        let store = store.clock(move || reads.load(Ordering::SeqCst));
        let mut settings = Settings::default();
        let open =
            async |settings: &Settings| MarketClock::open(&store, settings, &candles, "test").await;
        assert_eq!(open(&settings).await.unwrap(), MarketClock::Wall);
        assert_eq!(judged_until(&store, &settings).await.unwrap(), Some(0));
        settings.market.clock = MarketTime::Replay;
        settings.market.replay.days = 1;
        settings.market.replay.speed = 3_600.0;
        assert_eq!(judged_until(&store, &settings).await.unwrap(), None);
        assert!(matches!(open(&settings).await, Err(ClockError::Empty)));
        let bars = synth(&SynthOptions {
            bars: 96 * 10,
            timeframe: Timeframe::M15,
            ..SynthOptions::default()
        })
        .unwrap();
        candles.store().put(&bars, "test").unwrap();
        let end = bars.end().unwrap();
        let (mut one, mut two) = (
            open(&settings).await.unwrap(),
            open(&settings).await.unwrap(),
        );
        assert_eq!(one.judged_until(0), end - 24 * HOUR);
        let seen = judged_until(&store, &settings).await.unwrap();
        assert_eq!(seen, Some(end - 24 * HOUR));
        wall.store(5_000, Ordering::SeqCst);
        assert_eq!(one.now(&store, "one").await.unwrap(), end - 19 * HOUR);
        assert_eq!(two.now(&store, "two").await.unwrap(), end - 19 * HOUR);
        // all are killed for a day; the market waited
        wall.store(86_400_000, Ordering::SeqCst);
        let mut three = open(&settings).await.unwrap();
        assert_eq!(three.now(&store, "three").await.unwrap(), end);
        assert_eq!(three.judged_until(86_400_000), end - 24 * HOUR);
    }
}
