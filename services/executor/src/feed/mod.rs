//! Candles and prices for all accounts of this process, over one connection.
//!
//! [`Feed`] is the machine: frames in, closed bars out to whoever follows them. [`serve`] runs it over a websocket and REST. A
//! follower that does not keep up misses bars rather than hold up the others: it sees the hole in what comes next, and asks.

mod archive;
mod serve;
mod tape;

pub use archive::{Archive, HistoryError, SETTLE, bar, history};
pub use serve::{FeedHandle, follow_user, serve};
pub use tape::{Closed, Heard, Tape, TapeSettings};

use crate::account::{ClosedBars, Input};
use rust_decimal::Decimal;
use sixbtc_exchange::Millis;
use sixbtc_exchange::client::Event;
use sixbtc_exchange::wire::info::{AllMids, Candle, CandleSpan};
use sixbtc_exchange::wire::ws::{Frame, Subscription};
use sixbtc_market::Timeframe;
use std::collections::BTreeMap;
use tokio::sync::mpsc;

/// A coin on a timeframe.
pub type Key = (String, Timeframe);

/// Somebody who wants bars and prices.
#[derive(Debug, Clone)]
pub struct Follower {
    /// Coins by the place of their series, all on one timeframe.
    pub coins: Vec<String>,
    /// It.
    pub timeframe: Timeframe,
    /// Where bars and prices go.
    pub to: mpsc::Sender<Input>,
}

/// What the feed noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A candle that had closed came again with other numbers.
    Differs(Candle),
}

/// Up to when the market of all that is followed is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// When prices came last; if they never did, when they were first waited for.
    pub priced: Millis,
    /// When the candle is over that is waited for, on the timeframe that is furthest behind its time; a symbol that is no longer
    /// quoted makes nobody blind, so that on each timeframe the furthest one counts.
    pub due: Millis,
}

impl Known {
    /// As one time: a candle that is not over yet is not missing.
    pub fn at(&self, now: Millis) -> Millis {
        self.priced.min(self.due).min(now)
    }
}

/// Candles and prices of all followers.
#[derive(Debug, Default)]
pub struct Feed {
    settings: TapeSettings,
    tapes: BTreeMap<Key, Tape>,
    followers: Vec<Follower>,
    /// When prices came last, by own time.
    priced: Option<Millis>,
    /// Since when somebody follows.
    since: Option<Millis>,
}

impl Feed {
    /// Without followers.
    pub fn new(settings: TapeSettings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    /// Takes a follower; says what has to be subscribed to that was not yet.
    pub fn follow(&mut self, follower: Follower, now: Millis) -> Vec<Subscription> {
        self.since.get_or_insert(now);
        let mut new = Vec::new();
        for coin in &follower.coins {
            let key = (coin.clone(), follower.timeframe);
            if self.tapes.contains_key(&key) {
                continue;
            }
            new.push(Subscription::Candle {
                coin: coin.clone(),
                interval: follower.timeframe.to_string(),
            });
            let tape = Tape::new(coin, follower.timeframe, now, self.settings);
            self.tapes.insert(key, tape);
        }
        self.followers.push(follower);
        new
    }

    /// Forgets followers that are gone; says what nobody follows any more.
    pub fn tidy(&mut self) -> Vec<Subscription> {
        let before = self.followers.len();
        self.followers.retain(|f| !f.to.is_closed());
        if self.followers.len() == before {
            return Vec::new();
        }
        let followers = &self.followers;
        let followed = |(coin, timeframe): &Key| {
            let mut of = followers.iter().filter(|f| f.timeframe == *timeframe);
            of.any(|f| f.coins.contains(coin))
        };
        let gone: Vec<Key> = self
            .tapes
            .keys()
            .filter(|k| !followed(k))
            .cloned()
            .collect();
        for key in &gone {
            self.tapes.remove(key);
        }
        if self.followers.is_empty() {
            self.since = None;
        }
        let ended = |(coin, timeframe): Key| Subscription::Candle {
            coin,
            interval: timeframe.to_string(),
        };
        gone.into_iter().map(ended).collect()
    }

    /// How many follow.
    pub fn followers(&self) -> usize {
        self.followers.len()
    }

    /// Up to when the market is known; `None` while nobody follows it.
    pub fn known(&self) -> Option<Known> {
        let since = self.since?;
        let mut due: BTreeMap<Timeframe, Millis> = BTreeMap::new();
        for ((_, timeframe), tape) in &self.tapes {
            let over = tape.next() + timeframe.ms();
            let furthest = due.entry(*timeframe).or_insert(over);
            *furthest = over.max(*furthest);
        }
        Some(Known {
            priced: self.priced.unwrap_or(since).max(since),
            due: due.into_values().min()?,
        })
    }

    /// Takes what the socket says.
    pub fn event(&mut self, event: &Event, now: Millis) -> Option<Notice> {
        match event {
            Event::Frame(frame) => match &**frame {
                Frame::Candle(candle) => return self.candle(candle),
                Frame::AllMids(mids) if mids.dex.as_deref().unwrap_or("").is_empty() => {
                    self.priced = Some(now);
                    self.prices(&mids.mids);
                }
                _ => {}
            },
            Event::Connected { .. } | Event::Lost { .. } => {
                self.tapes.values_mut().for_each(Tape::lost);
            }
            Event::Stale(topic) => tracing::warn!(%topic, "silent"),
            Event::Garbage(what) => tracing::warn!(what, "a frame cannot be read"),
        }
        None
    }

    fn candle(&mut self, candle: &Candle) -> Option<Notice> {
        let timeframe: Timeframe = candle.i.parse().ok()?;
        let key = (candle.s.clone(), timeframe);
        let tape = self.tapes.get_mut(&key)?;
        let from = tape.next();
        let heard = tape.frame(candle);
        self.spread(&key, from, &heard.closed);
        heard.differs.map(Notice::Differs)
    }

    fn prices(&self, mids: &AllMids) {
        for follower in &self.followers {
            let of = |coin: &String| Some((coin.clone(), mids.get(coin)?.0));
            let prices: Vec<(String, Decimal)> = follower.coins.iter().filter_map(of).collect();
            if !prices.is_empty() {
                // the next ones come soon
                let _ = follower.to.try_send(Input::Prices(prices));
            }
        }
    }

    /// What has to be asked now.
    pub fn wants(&mut self, now: Millis) -> Vec<(Key, CandleSpan)> {
        let tapes = self.tapes.iter_mut();
        let wanted = tapes.filter_map(|(key, tape)| Some((key.clone(), tape.wants(now)?)));
        wanted.collect()
    }

    /// Takes the answer to a question that was asked at a time of the venue.
    pub fn answer(&mut self, key: &Key, rows: Vec<Candle>, asked: Millis) {
        let Some(tape) = self.tapes.get_mut(key) else {
            return;
        };
        let from = tape.next();
        let closed = tape.answer(rows, asked);
        self.spread(key, from, &closed);
    }

    /// Tells followers what closed since `from`.
    fn spread(&self, key: &Key, from: Millis, closed: &[Closed]) {
        let Some(last) = closed.last() else {
            return;
        };
        let through = last.candle.t + key.1.ms();
        let bars: Vec<_> = closed.iter().map(|c| bar(&c.candle)).collect();
        for follower in self.followers.iter().filter(|f| f.timeframe == key.1) {
            let Some(series) = follower.coins.iter().position(|c| *c == key.0) else {
                continue;
            };
            let closed = ClosedBars {
                series,
                from,
                through,
                bars: bars.clone(),
            };
            if follower.to.try_send(Input::Closed(closed)).is_err() {
                tracing::warn!(coin = key.0, "a bar was missed by an account that is slow");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixbtc_exchange::wire::ws::AllMidsFrame;

    const MINUTE: Millis = 60_000;

    #[test]
    fn what_is_known_ages_with_prices_and_with_candles() {
        let mut feed = Feed::new(TapeSettings::default());
        assert_eq!(feed.known(), None);
        let (to, hears) = mpsc::channel(8);
        let follower = Follower {
            coins: vec!["BTC".into(), "OLD".into()],
            timeframe: Timeframe::M1,
            to,
        };
        let t0 = 1_000 * MINUTE;
        feed.follow(follower, t0 + 5);
        // nothing came yet: it is waited for from now on
        assert_eq!(feed.known().unwrap().at(t0 + 9_000), t0 + 5);
        let mids = Frame::AllMids(AllMidsFrame {
            mids: AllMids::new(),
            dex: None,
        });
        feed.event(&Event::Frame(Box::new(mids.clone())), t0 + 8_000);
        assert_eq!(feed.known().unwrap().at(t0 + 9_000), t0 + 8_000);
        assert_eq!(feed.known().unwrap().at(t0 + 7_000), t0 + 7_000);
        // prices go on, but the candle that was over after a minute does not come
        feed.event(&Event::Frame(Box::new(mids)), t0 + 5 * MINUTE);
        assert_eq!(feed.known().unwrap().at(t0 + 5 * MINUTE), t0 + MINUTE);
        // one symbol of the timeframe is enough
        let row = serde_json::json!({ "t": t0 + 2 * MINUTE, "T": t0 + 3 * MINUTE - 1, "s": "BTC", "i": "1m",
            "o": "1", "c": "1", "h": "1", "l": "1", "v": "1", "n": 1 });
        let rows = vec![serde_json::from_value(row).unwrap()];
        feed.answer(&("BTC".into(), Timeframe::M1), rows, t0 + 4 * MINUTE);
        let at = feed.known().unwrap().at(t0 + 5 * MINUTE);
        assert_eq!(at, t0 + 4 * MINUTE);
        drop(hears);
        feed.tidy();
        assert_eq!(feed.known(), None);
    }
}
