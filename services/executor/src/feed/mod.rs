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

/// Candles and prices of all followers.
#[derive(Debug, Default)]
pub struct Feed {
    settings: TapeSettings,
    tapes: BTreeMap<Key, Tape>,
    followers: Vec<Follower>,
    /// When prices came last, by own time.
    priced: Option<Millis>,
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

    /// When prices came last, if they ever did.
    pub fn priced(&self) -> Option<Millis> {
        self.priced
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
