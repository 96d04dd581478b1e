//! The player: bars in, timed feeds out.

use super::series::{CoinSeries, PlayerError, Series, decimal};
use super::settings::{Mode, PlayerSettings};
use super::{candles, exact, path, quotes};
use crate::chance::Chance;
use crate::engine::{Feed, Instrument, Millis};
use crate::host::Source;
use rust_decimal::Decimal;
use sixbtc_exchange::wire::Side;
use sixbtc_exchange::wire::info::Candle;
use sixbtc_market::Bars;
use std::collections::{BTreeSet, VecDeque};

/// Where the playing of a coin stands.
#[derive(Debug, Clone)]
struct Track {
    series: Series,
    /// The next row whose steps are to be made.
    row: usize,
    /// Steps of the row before it that are still to come. One bar's are held at a time.
    ahead: VecDeque<(Millis, Vec<Feed>)>,
}

/// A market made from candles: see [`super`].
#[derive(Debug, Clone)]
pub struct Player {
    settings: PlayerSettings,
    start: Millis,
    tracks: Vec<Track>,
}

impl Player {
    /// A market of some coins, in the order in which they are listed.
    ///
    /// # Errors
    /// Bars that are none: empty, out of order, or with numbers no market has.
    pub fn new(coins: Vec<CoinSeries>, settings: PlayerSettings) -> Result<Self, PlayerError> {
        let mut names = BTreeSet::new();
        for coin in &coins {
            if !names.insert(coin.instrument.name.clone()) {
                return Err(PlayerError::Twice(coin.instrument.name.clone()));
            }
            if coin.bars.is_empty() {
                return Err(PlayerError::NoBars(coin.instrument.name.clone()));
            }
        }
        let first = coins.iter().filter_map(|c| c.bars.time.first()).min();
        let end = coins.iter().filter_map(|c| c.bars.end()).max();
        let (Some(first), Some(end)) = (first.copied(), end) else {
            return Err(PlayerError::NoCoins);
        };
        let start = settings.start.unwrap_or(first + settings.shift);
        let count = coins.len();
        let mut tracks = Vec::with_capacity(count);
        for (i, coin) in coins.into_iter().enumerate() {
            let series = Series::new(coin, &settings, end - first, (i, count))?;
            tracks.push(Track {
                row: series.row_at(start),
                series,
                ahead: VecDeque::new(),
            });
        }
        Ok(Self {
            settings,
            start,
            tracks,
        })
    }

    /// What was chosen.
    pub fn settings(&self) -> &PlayerSettings {
        &self.settings
    }

    /// When playing begins, ms of the market.
    pub fn start(&self) -> Millis {
        self.start
    }

    /// Appends bars of a coin that have come since, for a mirror of a running market. Bars that are there already are passed
    /// over. Without effect on what [`crate::host::Source::next`] has given already.
    ///
    /// # Errors
    /// Bars that do not fit behind the last one; nothing is appended then.
    pub fn extend(&mut self, coin: &str, bars: &Bars) -> Result<(), PlayerError> {
        match self.tracks.iter_mut().find(|t| t.series.name() == coin) {
            Some(track) => track.series.extend(bars),
            None => Err(PlayerError::NoBars(coin.to_owned())),
        }
    }

    /// Price of a coin when playing begins: the last close before, else the first open.
    fn first_price(&self, series: &Series) -> Decimal {
        let row = series.row_at(self.start);
        let before = row.checked_sub(1).and_then(|row| series.whole(row));
        before
            .map(|bar| bar.close)
            .or_else(|| series.whole(row).map(|bar| bar.open))
            .unwrap_or(Decimal::ONE)
    }

    #[cfg(test)]
    pub(super) fn path(&self, row: usize) -> Vec<(Millis, Decimal)> {
        path::prices(&self.tracks[0].series, row, &self.settings)
    }

    #[cfg(test)]
    pub(super) fn first(&self, row: usize) -> Option<super::series::Whole> {
        self.tracks[0].series.whole(row)
    }

    fn time_of_next(&mut self, track: usize) -> Option<Millis> {
        let track = &mut self.tracks[track];
        if let Some((time, _)) = track.ahead.front() {
            return Some(*time);
        }
        track.series.time(track.row)
    }

    /// Makes the steps of the next row of a coin.
    fn unfold(&mut self, track: usize) {
        let track = &mut self.tracks[track];
        let Some(bar) = track.series.whole(track.row) else {
            return;
        };
        let steps = match self.settings.mode {
            Mode::Exact => exact::steps(&track.series, bar, &self.settings),
            Mode::Realistic => realistic(&track.series, track.row, &self.settings),
        };
        let timed = steps.into_iter().map(|(at, feeds)| (bar.time + at, feeds));
        track.ahead.extend(timed);
        track.row += 1;
    }
}

impl Source for Player {
    fn listings(&self) -> Vec<(Instrument, Decimal)> {
        self.tracks
            .iter()
            .map(|track| {
                let instrument = track.series.coin.instrument.clone();
                (instrument, self.first_price(&track.series))
            })
            .collect()
    }

    fn next(&mut self, until: Millis) -> Option<(Millis, Vec<Feed>)> {
        let times: Vec<Option<Millis>> = (0..self.tracks.len())
            .map(|track| self.time_of_next(track))
            .collect();
        let at = times.iter().flatten().copied().min()?;
        if at > until {
            return None;
        }
        // What happens at one time in different markets happens at once; steps of one market at one time stay apart.
        let mut all = Vec::new();
        for (track, time) in times.into_iter().enumerate() {
            if time != Some(at) {
                continue;
            }
            if self.tracks[track].ahead.is_empty() {
                self.unfold(track);
            }
            if let Some((_, feeds)) = self.tracks[track].ahead.pop_front() {
                all.extend(feeds);
            }
        }
        Some((at, all))
    }

    fn skip(&mut self, past: Millis) {
        for track in &mut self.tracks {
            let length = track.series.timeframe().ms();
            // rows that are over by then need not be unfolded
            let over = track.series.row_at(past.saturating_sub(length) + 1);
            if over > track.row {
                track.row = over;
                track.ahead.clear();
            }
        }
        while self.next(past).is_some() {}
    }

    fn candles(
        &self,
        coin: &str,
        interval: &str,
        from: Millis,
        to: Millis,
        now: Millis,
    ) -> Option<Vec<Candle>> {
        let track = self.tracks.iter().find(|t| t.series.name() == coin)?;
        let span = (from, to);
        Some(candles::candles(
            &track.series,
            &self.settings,
            interval,
            span,
            now,
        ))
    }

    fn end(&self) -> Option<Millis> {
        let ends: Option<Vec<Millis>> = self.tracks.iter().map(|t| t.series.end()).collect();
        ends?.into_iter().max()
    }
}

/// The steps of a bar with a book around each.
fn realistic(series: &Series, row: usize, settings: &PlayerSettings) -> Vec<(Millis, Vec<Feed>)> {
    let path = path::prices(series, row, settings);
    let instrument = &series.coin.instrument;
    let coin = || instrument.name.clone();
    let bar = series.bar(row);
    let traded = bar.map_or(0.0, |bar| bar.volume) / path.len().max(1) as f64;
    // the quotes' chance is apart from the path's, which candles ask for alone
    let mut chance = bar.map(|bar| Chance::of(settings.seed ^ QUOTES, series.name(), bar.time));
    let mut before = path.first().map_or(Decimal::ZERO, |(_, px)| *px);
    path.into_iter()
        .filter_map(|(at, px)| {
            let chance = chance.as_mut()?;
            let mut feeds = vec![
                Feed::Oracle { coin: coin(), px },
                Feed::Elsewhere {
                    coin: coin(),
                    px: Some(px),
                },
                quotes::around(instrument, px, settings, chance),
            ];
            if at == 0
                && let Some(bar) = bar
            {
                let rate = series.rate_after(bar.time);
                feeds.push(Feed::Rate { coin: coin(), rate });
            }
            let share = traded * chance.between(0.5, 1.5);
            let sz = decimal(share)
                .unwrap_or_default()
                .round_dp(instrument.sz_decimals);
            let up = if px == before {
                chance.happens(0.5)
            } else {
                px > before
            };
            before = px;
            if sz > Decimal::ZERO {
                feeds.push(Feed::Print {
                    coin: coin(),
                    side: Side::of(up),
                    px,
                    sz,
                });
            }
            Some((at, feeds))
        })
        .collect()
}

/// Sets the chance of quotes apart from that of paths.
const QUOTES: u64 = 0x71_756f_7465_7300;
