use super::super::fixtures::{MONTH, STEP, data, mandate};
use super::*;
use sixbtc_market::Timeframe;

/// An account's kernel, which may be hurt, beside its replay.
struct Stand<'a> {
    live: Signals<'a>,
    check: ReplayCheck<'a>,
    data: Vec<Bars>,
    told: Vec<Finding>,
}

impl<'a> Stand<'a> {
    fn new(bound: &'a Bound<'a>, data: &[Bars], policy: Policy) -> Self {
        let from = bound.mandate.from;
        let history: Vec<Bars> = data.iter().map(|b| b.between(None, Some(from))).collect();
        let mut live = Signals::new(bound).unwrap();
        live.warm(&history, from).unwrap();
        let mut check = ReplayCheck::new(bound, &history, policy).unwrap();
        check.begins(from);
        Self {
            live,
            check,
            data: data.to_vec(),
            told: Vec::new(),
        }
    }

    /// Decides on the bars of a stretch, as `seen` lets the account see them; afterwards the exchange is asked.
    fn live(&mut self, span: (i64, i64), seen: impl Fn(i64, usize, Bar) -> Option<Bar>) -> usize {
        self.try_live(span, seen).unwrap()
    }

    fn try_live(
        &mut self,
        (from, until): (i64, i64),
        seen: impl Fn(i64, usize, Bar) -> Option<Bar>,
    ) -> Result<usize, SignalError> {
        let cut = |b: &Bars| b.between(Some(from), Some(until));
        let new: Vec<Bars> = self.data.iter().map(cut).collect();
        let (live, check) = (&mut self.live, &mut self.check);
        each_instant(&new, until, |time, bars| {
            let there = bars.iter().enumerate();
            let bars: Vec<Option<Bar>> =
                { there.map(|(m, b)| b.and_then(|b| seen(time, m, b))) }.collect();
            live.step(time, &bars)?;
            for (market, bar) in bars.iter().enumerate() {
                let Some(bar) = *bar else { continue };
                let said = live.said(market).unwrap();
                check.hear(Decided {
                    market,
                    time,
                    flags: said.flags[0],
                    values: said.values.iter().map(|v| v[0].to_bits()).collect(),
                    bar,
                    memory: Some(live.memory(market)),
                });
            }
            Ok(())
        })?;
        Ok(self.ask(until))
    }

    /// Reads what the exchange has until a time, and replays.
    fn ask(&mut self, until: i64) -> usize {
        let before = self.told.len();
        while let Some((series, from)) = self.check.wants() {
            self.read(series, from, until);
        }
        loop {
            let (told, more) = self.check.check().unwrap();
            self.told.extend(told);
            if !more {
                return self.told.len() - before;
            }
        }
    }

    fn read(&mut self, series: usize, from: i64, until: i64) {
        let bars = self.data[series].between(Some(from), Some(until));
        self.check.take(&ClosedBars {
            series,
            from,
            through: until,
            bars: (0..bars.len()).filter_map(|row| bars.get(row)).collect(),
        });
    }
}

#[allow(clippy::unnecessary_wraps)] // one of several that choose
fn all(_: i64, _: usize, bar: Bar) -> Option<Bar> {
    Some(bar)
}

#[test]
fn a_month_without_a_false_alarm() {
    let data = data();
    let mandate = mandate(&data);
    let bound = mandate.bind(&data).unwrap();
    let mut stand = Stand::new(&bound, &data, Policy::Alert);
    let (mut at, mut length) = (mandate.from, 1);
    let end = mandate.from + MONTH * STEP;
    while at < end {
        let until = (at + length * STEP).min(end);
        stand.live((at, until), all);
        at = until;
        length = length * 7 % 41 + 1;
    }
    assert_eq!(stand.told, []);
    let bars: usize = { data.iter() }
        .map(|b| b.rows(Some(mandate.from), Some(end)).len())
        .sum();
    assert!(bars > 5_600, "{bars}");
    assert_eq!(stand.check.tally().bars, bars as u64);
    assert_eq!(stand.check.through(), end);
    assert!(stand.check.heard.len() <= 2 * KEPT as usize + 2);
}

#[test]
fn a_damaged_memory_is_noticed_at_the_next_bar() {
    let data = data();
    let mandate = mandate(&data);
    let bound = mandate.bind(&data).unwrap();
    let words = Stand::new(&bound, &data, Policy::Halt).live.states[0]
        .words
        .len();
    let (mut noticed, mut hurt) = (0, 0);
    for word in 0..words {
        let mut stand = Stand::new(&bound, &data, Policy::Halt);
        let at = mandate.from + 40 * STEP;
        assert_eq!(stand.live((mandate.from, at), all), 0);
        if !stand.check.touched[0].1[word] {
            continue;
        }
        hurt += 1;
        stand.live.states[0].words[word] ^= 1 << 40;
        match stand.try_live((at, at + 4 * STEP), all) {
            // one that is overwritten before it is read does no harm
            Ok(0) => {}
            Ok(_) => {
                noticed += 1;
                assert!(stand.told[0].halts && stand.told[0].what.starts_with("AAA"));
            }
            // the kernel itself has noticed
            Err(_) => noticed += 1,
        }
    }
    assert!(hurt > 10 && noticed * 10 >= hurt * 8, "{noticed} of {hurt}");
}

#[test]
fn a_candle_that_is_corrected_afterwards_is_told() {
    let data = data();
    let mandate = mandate(&data);
    let bound = mandate.bind(&data).unwrap();
    let mut stand = Stand::new(&bound, &data, Policy::Alert);
    let until = mandate.from + 60 * STEP;
    assert_eq!(stand.live((mandate.from, until), all), 0);
    // the exchange says something else now
    let time = until - 10 * STEP;
    let row = stand.data[1].rows(Some(time), None).start;
    let time = stand.data[1].time[row];
    stand.data[1].close[row] *= 1.003;
    let found = stand.live((until, until + 5 * STEP), all);
    assert!(found > 1, "the bar, and what follows from it: {found}");
    let first = &stand.told[0].what;
    assert!(
        first.starts_with(&format!("BBB, bar {time}: its close was")),
        "{first}"
    );
    assert!(!stand.told[0].halts);
    // also when the account saw other numbers in the first place
    let mut stand = Stand::new(&bound, &data, Policy::Alert);
    let odd = |t: i64, m: usize, bar: Bar| {
        let high = if (t, m) == (time, 1) {
            bar.high + 1.0
        } else {
            bar.high
        };
        Some(Bar { high, ..bar })
    };
    assert_eq!(stand.live((mandate.from, until), odd), 1);
    assert!(
        stand.told[0].what.contains("its high was"),
        "{:?}",
        stand.told
    );
}

#[test]
fn a_bar_that_is_skipped_and_one_too_many_are_told() {
    let data = data();
    let mandate = mandate(&data);
    let bound = mandate.bind(&data).unwrap();
    let until = mandate.from + 60 * STEP;
    let row = data[0].rows(Some(mandate.from + 30 * STEP), None).start;
    let time = data[0].time[row];
    let mut stand = Stand::new(&bound, &data, Policy::Alert);
    let skip = |t: i64, m: usize, bar: Bar| ((t, m) != (time, 0)).then_some(bar);
    assert!(stand.live((mandate.from, until), skip) > 1);
    let missed = format!("AAA, bar {time}: it was never decided on");
    let said = stand.told.iter().filter(|f| f.what == missed);
    assert_eq!(said.count(), 1, "{:?}", stand.told);
    // the first bar of all
    let first = data[0].time[data[0].rows(Some(mandate.from), None).start];
    let mut stand = Stand::new(&bound, &data, Policy::Alert);
    let skip = |t: i64, m: usize, bar: Bar| ((t, m) != (first, 0)).then_some(bar);
    assert!(stand.live((mandate.from, until), skip) > 0);
    // a bar that the exchange does not have
    let mut stand = Stand::new(&bound, &data, Policy::Alert);
    let whole = stand.data[0].clone();
    let mut holed = Bars::new("AAA", Timeframe::M15);
    { 0..whole.len() }
        .filter(|r| *r != row)
        .for_each(|r| holed.push(whole.get(r).unwrap()));
    let from = mandate.from;
    stand.live((from, time), all);
    let bars: Vec<Bars> = data
        .iter()
        .map(|b| b.between(Some(time), Some(time + 1)))
        .collect();
    stand.data = bars;
    stand
        .live
        .step(time, &[stand.data[0].get(0), stand.data[1].get(0)])
        .unwrap();
    let said = stand.live.said(0).unwrap();
    let (flags, values) = (said.flags[0], said.values.iter().map(|v| v[0].to_bits()));
    let decided = Decided {
        market: 0,
        time,
        flags,
        values: values.collect(),
        bar: whole.get(row).unwrap(),
        memory: None,
    };
    stand.check.hear(decided);
    stand.data = vec![holed, data[1].clone()];
    stand.ask(time + STEP);
    let said = stand
        .told
        .iter()
        .any(|f| f.what.contains("the exchange does not have it"));
    assert!(said, "{:?}", stand.told);
}

#[test]
fn what_was_not_heard_is_not_missed() {
    let data = data();
    let mandate = mandate(&data);
    let bound = mandate.bind(&data).unwrap();
    let mut stand = Stand::new(&bound, &data, Policy::Alert);
    let (a, b) = (mandate.from + 20 * STEP, mandate.from + 40 * STEP);
    stand.live((mandate.from, a), all);
    // the account goes on, and nobody hears of it
    let cut: Vec<Bars> = data.iter().map(|s| s.between(Some(a), Some(b))).collect();
    let live = &mut stand.live;
    each_instant(&cut, b, |time, bars| live.step(time, bars)).unwrap();
    stand.check.lost();
    assert_eq!(stand.live((b, b + 40 * STEP), all), 0);
}
