use super::fixtures::{STEP, data, mandate};
use super::*;
use crate::account::{Bound, ClosedBars, Signals, each_instant};
use async_trait::async_trait;
use rust_decimal::Decimal;
use sixbtc_core::model::{NewTrade, ParityState, TradeExit};
use sixbtc_core::store::OpenOptions;
use sixbtc_core::venue::amount;
use sixbtc_market::Bars;

/// Nothing takes time.
struct Hurried;

#[async_trait]
impl Pace for Hurried {
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
    async fn pause(&self, _: Duration) {
        tokio::task::yield_now().await;
    }
    fn chance(&self) -> f64 {
        0.5
    }
}

/// The exchange: all bars until a time.
struct Shelf {
    data: Vec<Bars>,
    until: i64,
}

#[async_trait]
impl Brings for Shelf {
    async fn bars(&self, series: usize, from: i64) -> Result<ClosedBars, String> {
        let bars = self.data[series].between(Some(from), Some(self.until));
        Ok(ClosedBars {
            series,
            from,
            through: self.until,
            bars: (0..bars.len()).filter_map(|row| bars.get(row)).collect(),
        })
    }
}

/// What the account says over some bars, its memory hurt after one.
fn said(bound: &Bound<'_>, data: &[Bars], until: i64, hurt: i64) -> Vec<Decided> {
    let from = bound.mandate.from;
    let mut live = Signals::new(bound).unwrap();
    let cut = |from, to| -> Vec<Bars> { data.iter().map(|b| b.between(from, to)).collect() };
    live.warm(&cut(None, Some(from)), from).unwrap();
    let mut all = Vec::new();
    each_instant(&cut(Some(from), Some(until)), until, |time, bars| {
        live.step(time, bars)?;
        for (market, bar) in bars.iter().enumerate() {
            let Some(bar) = *bar else { continue };
            let out = live.said(market).unwrap();
            let flags = out.flags[0] ^ u64::from(time == hurt);
            let values = out.values.iter().map(|v| v[0].to_bits());
            all.push(Decided {
                market,
                time,
                flags,
                values: values.collect(),
                bar,
                memory: Some(live.memory(market)),
            });
        }
        Ok(())
    })
    .unwrap();
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_twin_tells_halts_and_pairs() {
    let data = data();
    let mut mandate = mandate(&data);
    mandate.run.capital = 10_000.0;
    let until = mandate.from + 1_500 * STEP;
    let store = Store::open("sqlite::memory:", OpenOptions::default())
        .await
        .unwrap();
    let strategy = Uuid::from_u128(7);
    let of = Of {
        strategy,
        name: "s".into(),
        desk: "d".into(),
        subaccount: 1,
        symbols: vec!["AAA".into(), "BBB".into()],
        tags: { mandate.kernel.manifest().plan.entries.iter() }
            .map(|e| e.tag.clone())
            .collect(),
    };
    let made = Deployment {
        strategy,
        subaccount: 1,
        segment: 1,
        from: mandate.from,
        live_since: mandate.from,
        capital: Decimal::from(10_000),
        anchor: mandate.anchor,
        symbols: Vec::new(),
        run: serde_json::to_value(&mandate.run).unwrap(),
        halts: Vec::new(),
        processed: mandate.from,
        closing: None,
        flat: false,
    };
    let key = deployment_key(strategy, 5);
    shared::write(&store, &key, &made, 0, "t").await.unwrap();

    // all trades of the simulation but the second were made, and one more
    let cut: Vec<Bars> = { data.iter() }
        .map(|b| b.between(None, Some(until)))
        .collect();
    let stretch = Stretch {
        through: until,
        halts: &[],
        closing: None,
    };
    let twins = simulated(&mandate, &cut, &stretch).unwrap();
    let twins = Twin::all(&twins, "d", &of.tags, STEP);
    let closed: Vec<&Twin> = twins.iter().filter(|t| t.leg.is_some()).collect();
    assert!(closed.len() > 4, "{}", closed.len());
    for (i, twin) in closed.iter().enumerate().filter(|(i, _)| *i != 1) {
        let leg = twin.leg.as_ref().unwrap();
        trade(&store, &of, i, twin, leg.entry_time).await;
    }
    trade(&store, &of, 99, closed[0], mandate.from + 3 * STEP + 1).await;

    let (ear, heard) = ear();
    let (begins, began) = oneshot::channel();
    let (reports, mut told) = mpsc::channel(64);
    let stop = CancellationToken::new();
    let history = { data.iter() }
        .map(|b| b.between(None, Some(mandate.from)))
        .collect();
    let beside = Beside {
        mandate: mandate.clone(),
        history,
        of,
        since: 5,
        policy: Policy::Halt,
        brings: Arc::new(Shelf {
            data: data.clone(),
            until,
        }),
        turn: Arc::default(),
        every: Duration::ZERO,
        simulate: Duration::ZERO,
        clock: VenueClock::shared(Arc::new(move || until)),
        pace: Arc::new(Hurried),
        store: store.clone(),
        by: "t".into(),
        reports,
        stop: stop.clone(),
    };
    let life = tokio::spawn(beside.run(heard, began));
    begins.send(mandate.from).unwrap();
    let bound = mandate.bind(&data).unwrap();
    let words = said(&bound, &data, until, mandate.from + 700 * STEP);
    let count = words.len() as u64;
    let hurt = words.iter().filter(|w| w.time == mandate.from + 700 * STEP);
    let hurt = hurt.count() as u64;
    for word in words {
        ear.hear(word);
    }
    let Some((_, Report::Alert(alert))) = told.recv().await else {
        panic!("nothing was told");
    };
    assert_eq!(alert.severity, Severity::Critical);
    assert!(alert.what.contains("in the replay"), "{}", alert.what);
    let mut stops = Vec::new();
    let mut pairs = Vec::new();
    let mut tally = None;
    for _ in 0..10_000 {
        stops = store.emergencies().await.unwrap();
        pairs = store.parity(&ParityFilter::default()).await.unwrap();
        let kept = shared::read::<Tally>(&store, &replay_key(strategy, 5)).await;
        tally = kept.unwrap().map(|t| t.value);
        let counted = tally.as_ref().is_some_and(|t| t.bars == count);
        if counted && !stops.is_empty() && pairs.len() > closed.len() {
            break;
        }
        tokio::task::yield_now().await;
    }
    stop.cancel();
    life.await.unwrap();
    let tally = tally.unwrap();
    assert_eq!((tally.bars, tally.different), (count, hurt));
    assert_eq!(
        (stops[0].scope.as_str(), stops[0].cause.as_str()),
        ("strategy", "replay")
    );
    let of_state = |state| pairs.iter().filter(|p| p.state == state).count();
    assert_eq!(of_state(ParityState::Paired), closed.len() - 1);
    assert_eq!(
        (
            of_state(ParityState::NoTrade),
            of_state(ParityState::NoTwin)
        ),
        (1, 1)
    );
    let pair = pairs
        .iter()
        .find(|p| p.state == ParityState::Paired)
        .unwrap();
    let (live, twin) = (pair.live.as_ref().unwrap(), pair.twin.as_ref().unwrap());
    assert_eq!(live.pnl, twin.pnl - Decimal::ONE);
}

/// The trade of a twin, as an account would have entered it, a dollar worse.
async fn trade(store: &Store, of: &Of, number: usize, twin: &Twin, entered: i64) {
    let leg = twin.leg.as_ref().unwrap();
    let new = NewTrade {
        strategy: of.strategy,
        strategy_name: of.name.clone(),
        subaccount: 1,
        position_id: format!("d/{number}/0"),
        symbol: twin.symbol.clone(),
        side: twin.side,
        opened_at: entered,
        entry_price: leg.entry_price,
        size: leg.size,
        entry_order: None,
        stop: None,
        target: None,
        leverage: 1,
        entry_fee: amount(0.5).unwrap(),
        why: twin.tag.clone(),
    };
    let exit = TradeExit {
        closed_at: leg.exit_time,
        exit_price: leg.exit_price,
        exit_order: None,
        reason: "signal".into(),
        exit_fee: amount(0.5).unwrap(),
        funding: Decimal::ZERO,
        slippage: Decimal::ZERO,
        pnl: leg.pnl - Decimal::ONE,
    };
    store.upsert_trade(&new, Some(&exit)).await.unwrap();
}
