//! Permutations and noise on the candles of the repository: real gaps, real ticks, several symbols.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

use sixbtc_judgement::noise::{NoiseOptions, noisy};
use sixbtc_judgement::permutation::{Shuffler, p_value};
use sixbtc_market::{Bars, ImportOptions, Ticks, check, open};

/// 20,000 bars: enough to be real, few enough for a test.
fn sample(name: &str) -> Bars {
    let path = format!(
        "{}/../../tests/data/sample/{name}-30m.csv.gz",
        env!("CARGO_MANIFEST_DIR")
    );
    let bars = open(path, &ImportOptions::default()).unwrap().bars;
    bars.slice(0..20_000)
}

fn returns(bars: &Bars) -> Vec<f64> {
    (0..bars.len())
        .map(|i| (bars.close[i] / bars.open[i]).ln())
        .collect()
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    product(a, b) / (product(a, a) * product(b, b)).sqrt()
}

/// Returns of two markets at the times that both have.
fn together(a: &Bars, b: &Bars) -> f64 {
    let (ra, rb) = (returns(a), returns(b));
    let pairs = b
        .time
        .iter()
        .enumerate()
        .filter_map(|(i, time)| Some((ra[a.time.binary_search(time).ok()?], rb[i])));
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.unzip();
    correlation(&x, &y)
}

#[test]
fn permuted_markets_are_markets_and_still_move_together() {
    let (btc, eth) = (sample("BTCUSD"), sample("ETHUSD"));
    let from = btc.time[1_000];
    let shuffler = Shuffler::of(&[&btc, &eth], Some(from)).unwrap();
    let before = together(&btc, &eth);
    for number in 0..3 {
        let made = shuffler.permutation(7, number);
        for (bars, made) in [&btc, &eth].into_iter().zip(&made) {
            assert_eq!(check::check(made), None);
            assert_eq!(made.time, bars.time);
            assert_eq!(made.close.last(), bars.close.last());
            let kept = bars.rows(None, Some(from)).end;
            assert_eq!(made.slice(0..kept), bars.slice(0..kept));
            assert!(made.exact_price_scale() <= bars.exact_price_scale());
            // the order is gone
            let (here, there) = (returns(bars), returns(made));
            assert!(correlation(&here[kept..], &there[kept..]).abs() < 0.05);
        }
        let after = together(&made[0], &made[1]);
        assert!((after - before).abs() < 0.01, "{before} {after}");
    }
}

#[test]
fn a_market_without_order_does_not_look_special() {
    // Following the last bar's direction: what it earns on other orders of the bars is spread around nothing but drift, so
    // a market that is itself a permutation must not look special.
    let btc = sample("BTCUSD");
    let follow = |bars: &Bars| {
        let r = returns(bars);
        r.windows(2)
            .map(|pair| pair[0].signum() * pair[1])
            .sum::<f64>()
    };
    let chance = Shuffler::of(&[&btc], None)
        .unwrap()
        .permutation(3, 0)
        .remove(0);
    let shuffler = Shuffler::of(&[&chance], None).unwrap();
    let permuted: Vec<f64> = (0..99)
        .map(|number| follow(&shuffler.permutation(4, number)[0]))
        .collect();
    let judged = p_value(follow(&chance), &permuted, 0.95).unwrap();
    assert!(judged.p > 0.01 && judged.z.abs() < 3.5, "{judged:?}");
}

#[test]
fn noisy_markets_are_markets() {
    for name in ["BTCUSD", "XRPUSD"] {
        let bars = sample(name);
        let ticks = Ticks::of(&bars);
        let made = noisy(&bars, ticks, &NoiseOptions::default(), 1).unwrap();
        assert_eq!(check::check(&made), None);
        assert!(made.exact_price_scale() <= bars.exact_price_scale());
        assert!(correlation(&returns(&bars), &returns(&made)) > 0.9);
    }
}
