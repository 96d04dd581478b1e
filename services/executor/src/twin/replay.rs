//! The strategy once more, beside the account that trades it: over the exchange's own word on the bars, from the first on.
//!
//! What the account said at each bar is held against it. A memory that is damaged, a candle that was corrected after it was
//! decided on and a bar that was skipped all show as a difference, at that bar or the first one that depends on it.

use super::record::{Change, Record};
use crate::account::{Bound, ClosedBars, Decided, SignalError, Signals, each_instant};
use sixbtc_live::check::{self, Difference, Finding, Policy, Tally};
use sixbtc_market::{Bar, Bars};
use std::collections::{BTreeMap, BTreeSet};

/// Instants that are remembered, to be compared again when a candle of theirs was corrected.
const KEPT: i64 = 512;
/// Instants that are replayed at once.
const AT_ONCE: i64 = 1_000;

/// What was said at a bar, and on which numbers.
#[derive(Debug, Clone, PartialEq)]
struct Said {
    signals: check::Signals,
    bar: Bar,
}

/// By time and market.
type Saids = BTreeMap<(i64, usize), Said>;

/// The replay of one account.
pub struct ReplayCheck<'a> {
    bound: &'a Bound<'a>,
    policy: Policy,
    record: Record,
    signals: Signals<'a>,
    /// All instants before it were replayed, ms.
    stepped: i64,
    replayed: Saids,
    heard: Saids,
    /// Memories that are to be compared, until they were.
    memories: BTreeMap<(i64, usize), Vec<u64>>,
    /// The first word of those that differed.
    damaged: BTreeMap<(i64, usize), usize>,
    /// By market: memory before the first bar, and which of its words signals have changed since. The others are those of
    /// positions, which a replay does not have.
    touched: Vec<(Vec<u64>, Vec<bool>)>,
    /// What is to be compared.
    open: BTreeSet<(i64, usize)>,
    /// Bars from here on are to be heard of, ms; none before the account has said from when on.
    since: Option<i64>,
    /// Open of the newest bar that was heard of, ms.
    newest: Option<i64>,
    /// Something was not heard.
    gap: bool,
    /// Bars before the replay's end were corrected: it has to begin anew.
    corrected: bool,
    tally: Tally,
}

impl<'a> ReplayCheck<'a> {
    /// Over `history`, with which the account began.
    ///
    /// # Errors
    /// The kernel or the bars.
    pub fn new(
        bound: &'a Bound<'a>,
        history: &[Bars],
        policy: Policy,
    ) -> Result<Self, SignalError> {
        let mandate = bound.mandate;
        let record = Record::new(history, mandate.timeframe, (mandate.anchor, mandate.from));
        let mut signals = Signals::new(bound)?;
        let touched = (0..mandate.markets.len()).map(|m| {
            let words = signals.memory(m);
            let none = vec![false; words.len()];
            (words, none)
        });
        let mut touched: Vec<_> = touched.collect();
        signals.warm(record.bars(), mandate.from)?;
        for (m, (first, touched)) in touched.iter_mut().enumerate() {
            touch(&signals.memory(m), first, touched);
        }
        Ok(Self {
            touched,
            memories: BTreeMap::new(),
            damaged: BTreeMap::new(),
            stepped: mandate.from,
            bound,
            policy,
            record,
            signals,
            replayed: Saids::new(),
            heard: Saids::new(),
            open: BTreeSet::new(),
            since: None,
            newest: None,
            gap: false,
            corrected: false,
            tally: Tally::default(),
        })
    }

    /// The account decides on all bars that open at or after this time, ms.
    pub fn begins(&mut self, since: i64) {
        self.since = Some(since);
    }

    /// Takes what the account said.
    pub fn hear(&mut self, said: Decided) {
        let key = (said.time, said.market);
        if std::mem::take(&mut self.gap) {
            self.since = Some(said.time + self.bound.mandate.timeframe.ms());
        }
        self.newest = self.newest.max(Some(said.time));
        if let Some(memory) = said.memory.filter(|_| said.time >= self.stepped) {
            self.memories.insert(key, memory);
        }
        let signals = check::Signals::new(said.flags, said.values);
        let bar = said.bar;
        self.heard.insert(key, Said { signals, bar });
        self.open.insert(key);
    }

    /// Some of what the account said did not arrive: nothing is missed before what comes next.
    pub fn lost(&mut self) {
        self.gap = true;
    }

    /// Bars that are needed: of which series, and from when on.
    pub fn wants(&self) -> Option<(usize, i64)> {
        let until = self.newest? + self.bound.mandate.timeframe.ms();
        self.record.behind(until)
    }

    /// Bars as the exchange tells them.
    pub fn bars(&self) -> &[Bars] {
        self.record.bars()
    }

    /// Until when they are known of all series, ms.
    pub fn through(&self) -> i64 {
        self.record.through()
    }

    /// Goes on counting.
    pub fn counted(&mut self, tally: Tally) {
        if tally.understood() {
            self.tally = tally;
        }
    }

    /// What was found so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Takes bars as the exchange tells them now.
    pub fn take(&mut self, told: &ClosedBars) {
        let changes = self.record.take(told);
        let stepped = self.stepped;
        for change in changes.iter().filter(|c| c.time < stepped) {
            self.corrected = true;
            self.reopen(told.series, change);
        }
    }

    /// What was said at a bar that was corrected, and later on, is compared again.
    fn reopen(&mut self, series: usize, change: &Change) {
        let symbol = self.bound.mandate.series().nth(series).unwrap_or("?");
        let (time, before, after) = (change.time, change.before, change.after);
        tracing::warn!(symbol, time, ?before, ?after, "a candle was corrected");
        let later = self.heard.range((time, 0)..).map(|(key, _)| *key);
        self.open.extend(later);
        if before.is_none() {
            // one that was not there when the account passed it
            self.since = self.since.map(|since| since.min(time));
        }
    }

    /// Replays what can be, compares, and tells what differs. `true`: there is more to be replayed.
    ///
    /// # Errors
    /// The kernel or the bars.
    pub fn check(&mut self) -> Result<(Vec<Finding>, bool), SignalError> {
        let period = self.bound.mandate.timeframe.ms();
        if self.corrected {
            self.anew()?;
        }
        let until = self.record.through();
        let end = until.min(self.stepped + AT_ONCE * period);
        self.replay(end)?;
        let findings = self.compare();
        self.forget();
        Ok((findings, self.stepped < until))
    }

    /// From the first bar on, as far as it was.
    fn anew(&mut self) -> Result<(), SignalError> {
        let period = self.bound.mandate.timeframe.ms();
        let stepped = self.stepped;
        let again = (stepped - KEPT * period).max(self.bound.mandate.from);
        self.signals = Signals::new(self.bound)?;
        self.signals.warm(self.record.bars(), again)?;
        self.replayed = Saids::new();
        self.stepped = again;
        self.replay(stepped)?;
        self.corrected = false;
        Ok(())
    }

    fn replay(&mut self, end: i64) -> Result<(), SignalError> {
        if end <= self.stepped {
            return Ok(());
        }
        let from = self.stepped;
        let cut = |b: &Bars| b.between(Some(from), Some(end));
        let new: Vec<Bars> = self.record.bars().iter().map(cut).collect();
        let markets = self.bound.mandate.markets.len();
        let (signals, replayed) = (&mut self.signals, &mut self.replayed);
        let (memories, damaged) = (&mut self.memories, &mut self.damaged);
        let touched = &mut self.touched;
        each_instant(&new, end, |time, bars| {
            signals.step(time, bars)?;
            for (market, bar) in bars.iter().enumerate().take(markets) {
                let said = signals.said(market);
                let said = said.and_then(|out| check::Signals::of(out, 0));
                if let (Some(bar), Some(said)) = (*bar, said) {
                    let key = (time, market);
                    let words = signals.memory(market);
                    let (first, touched) = &mut touched[market];
                    touch(&words, first, touched);
                    let live = memories.remove(&key);
                    let word = live.and_then(|live| differing(&live, &words, touched));
                    damaged.extend(word.map(|word| (key, word)));
                    replayed.insert(key, Said { signals: said, bar });
                }
            }
            Ok(())
        })?;
        self.stepped = end;
        Ok(())
    }

    fn compare(&mut self) -> Vec<Finding> {
        let kernel = &self.bound.mandate.kernel;
        let mut found: Vec<((i64, usize), Vec<Difference>)> = Vec::new();
        let later = self.open.split_off(&(self.stepped, 0));
        for key in std::mem::replace(&mut self.open, later) {
            let Some(live) = self.heard.get(&key) else {
                continue;
            };
            let differences = match self.replayed.get(&key) {
                None => vec![Difference::Unknown],
                Some(replay) => {
                    let mut all = check::candles(&live.bar, &replay.bar);
                    let (live, replay) = (&live.signals, &replay.signals);
                    all.extend(check::compare(kernel.manifest(), live, replay));
                    let word = self.damaged.get(&key);
                    all.extend(word.map(|word| Difference::Memory { word: *word }));
                    all
                }
            };
            found.push((key, differences));
        }
        // an account goes on in order: what it has passed over it will not decide on any more
        if let (Some(since), Some(newest)) = (self.since, self.newest) {
            let passed = since..newest.max(since);
            let all = self.replayed.range((passed.start, 0)..(passed.end, 0));
            let missed = all.filter(|(key, _)| !self.heard.contains_key(key));
            found.extend(missed.map(|(key, _)| (*key, vec![Difference::Missed])));
            let looked = newest.min(self.stepped);
            self.since = Some(since.max(looked));
        }
        let mut told = Vec::new();
        for ((time, market), differences) in found {
            let symbol = &self.bound.mandate.markets[market].symbol;
            told.extend(self.tally.enter(symbol, time, &differences, self.policy));
        }
        told
    }

    /// Forgets what is long past.
    fn forget(&mut self) {
        let period = self.bound.mandate.timeframe.ms();
        let first = (self.stepped - KEPT * period, 0);
        self.replayed = self.replayed.split_off(&first);
        self.heard = self.heard.split_off(&first);
        self.memories = self.memories.split_off(&first);
        self.damaged = self.damaged.split_off(&first);
    }
}

/// Notes the words that are no longer what they were at first.
fn touch(words: &[u64], first: &[u64], touched: &mut [bool]) {
    let all = words.iter().zip(first).zip(touched);
    all.for_each(|((now, first), touched)| *touched |= now != first);
}

/// The first of the words that count which differs.
fn differing(live: &[u64], replay: &[u64], counts: &[bool]) -> Option<usize> {
    if live.len() != replay.len() {
        return Some(live.len().min(replay.len()));
    }
    let all = live.iter().zip(replay).zip(counts);
    let mut differ = all.map(|((a, b), counts)| *counts && a != b);
    differ.position(|differs| differs)
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
