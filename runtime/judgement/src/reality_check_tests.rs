use super::*;
use crate::draw::Draw;
use crate::made::{candidates, resamples, series};
use crate::oracle::{SPA, SPA_DRAWN};

fn near(a: f64, b: f64, within: f64) {
    assert!((a - b).abs() <= within, "{a} is not {b}");
}

#[test]
fn the_same_rows_give_the_papers_figures_and_arch_s() {
    for (count, n, drift, block, best, t, p, white, p_white, arch) in SPA {
        let made = candidates(count, n, drift);
        let drawn = Resamples::of_rows(n, &resamples(77, n, block, 400)).unwrap();
        let ours = reality_check(&made, None, &drawn, block, true).unwrap();
        assert_eq!((ours.best, ours.candidates, ours.flat), (best, count, 0));
        near(ours.spa, t, 1e-10);
        near(ours.white, white, 1e-10);
        // counts of 400: equal, not near
        assert_eq!((ours.p_lower, ours.p_consistent, ours.p_upper), p);
        assert_eq!(ours.p_white, p_white);
        // arch does not divide by standard errors
        let plain = reality_check(&made, None, &drawn, block, false).unwrap();
        assert_eq!((plain.p_lower, plain.p_consistent, plain.p_upper), arch);
        assert_eq!(plain.p_upper, plain.p_white);
    }
}

#[test]
fn resamples_of_our_own_agree_with_arch_s() {
    for (drift, arch) in [0.02, 0.05].into_iter().zip(SPA_DRAWN) {
        let drawn = Resamples::stationary(300, 5.0, 20_000, 3).unwrap();
        let ours = reality_check(&candidates(12, 300, drift), None, &drawn, 5.0, false).unwrap();
        // five standard errors of the difference of two shares of 20,000
        for (a, b) in [ours.p_lower, ours.p_consistent, ours.p_upper]
            .into_iter()
            .zip(arch)
        {
            near(a, b, 5.0 * (2.0 * b * (1.0 - b) / 20_000.0f64).sqrt());
        }
    }
}

#[test]
fn the_kernel_is_the_variance_of_the_resamples() {
    let x = series(3, 400, 0.6, 0.0);
    let drawn = Resamples::stationary(400, 7.0, 40_000, 5).unwrap();
    let check = RealityCheck::new(&drawn, 7.0, true).unwrap();
    let mean = x.iter().sum::<f64>() / 400.0;
    let omega = check.omega(&x, mean);
    let (_, deviation) = crate::distribution::mean_and_deviation(&drawn.means(&x).unwrap());
    near(
        deviation * 400f64.sqrt() / omega,
        1.0,
        5.0 / 80_000f64.sqrt(),
    );
}

#[test]
fn pieces_merge_to_the_whole_on_any_number_of_threads() {
    let made = candidates(50, 200, 0.05);
    let drawn = Resamples::stationary(200, 4.0, 300, 1).unwrap();
    let mut one = RealityCheck::new(&drawn, 4.0, true).unwrap();
    for candidate in &made {
        one.add(candidate).unwrap();
    }
    let streamed = one.finish().unwrap();
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let whole = pool.install(|| reality_check(&made, None, &drawn, 4.0, true).unwrap());
        assert_eq!(whole, streamed);
    }
}

#[test]
fn a_benchmark_is_subtracted_and_flat_candidates_take_no_part() {
    let mut made = candidates(5, 100, 0.2);
    let benchmark = made[2].clone();
    let drawn = Resamples::stationary(100, 3.0, 200, 1).unwrap();
    let against = reality_check(&made, Some(&benchmark), &drawn, 3.0, true).unwrap();
    assert_eq!((against.flat, against.best), (1, 0));
    for candidate in &mut made {
        for (advantage, of_benchmark) in candidate.iter_mut().zip(&benchmark) {
            *advantage -= of_benchmark;
        }
    }
    assert_eq!(
        reality_check(&made, None, &drawn, 3.0, true).unwrap(),
        against
    );
    let flat = vec![vec![0.001; 100]; 3];
    assert!(reality_check(&flat, None, &drawn, 3.0, true).is_err());
    assert!(reality_check(&made[..0], None, &drawn, 3.0, true).is_err());
    assert!(reality_check(&[vec![0.1; 99]], None, &drawn, 3.0, true).is_err());
    assert!(reality_check(&made, Some(&benchmark[1..]), &drawn, 3.0, true).is_err());
}

#[test]
fn nothing_better_than_the_benchmark_is_no_evidence() {
    let made: Vec<Vec<f64>> = (0..4).map(|k| series(k, 100, 0.0, -0.3)).collect();
    let drawn = Resamples::stationary(100, 2.0, 200, 1).unwrap();
    let none = reality_check(&made, None, &drawn, 2.0, true).unwrap();
    assert_eq!(
        (none.spa, none.p_lower, none.p_consistent, none.p_upper),
        (0.0, 1.0, 1.0, 1.0)
    );
    assert!(none.best_mean < 0.0);
}

#[test]
fn bad_candidates_hide_a_good_one_from_white_but_not_from_hansen() {
    let noise = |stream, mean: f64, spread: f64| -> Vec<f64> {
        let mut draw = Draw::new(21, stream);
        (0..500).map(|_| mean + spread * draw.normal()).collect()
    };
    let mut made = vec![noise(0, 0.15, 1.0)];
    made.extend((1..200).map(|k| noise(k, -2.0, 8.0)));
    let drawn = Resamples::stationary(500, 1.0, 1_000, 1).unwrap();
    let check = reality_check(&made, None, &drawn, 1.0, true).unwrap();
    assert_eq!(check.best, 0);
    assert!(check.p_white > 0.9, "{check:?}");
    assert!(
        check.p_lower < 0.05 && check.p_consistent < 0.05,
        "{check:?}"
    );
}

#[test]
fn luck_alone_is_found_as_often_as_it_should_be() {
    // 200 markets without an edge, 10 candidates each: p ≤ 0.1 in about 20 of them
    let drawn = Resamples::stationary(100, 1.0, 300, 1).unwrap();
    let mut alarms = 0;
    for trial in 0..200 {
        let made: Vec<Vec<f64>> = (0..10)
            .map(|k| {
                let mut draw = Draw::new(31, trial * 10 + k);
                (0..100).map(|_| draw.normal()).collect()
            })
            .collect();
        let check = reality_check(&made, None, &drawn, 1.0, true).unwrap();
        alarms += usize::from(check.p_consistent <= 0.1);
    }
    // standard deviation 4.2; the bootstrap of 100 rows is a little liberal
    assert!((8..=40).contains(&alarms), "{alarms}");
}

/// `cargo test -p sixbtc-judgement -- --ignored --nocapture how_long`
#[test]
#[ignore = "a measurement"]
#[allow(clippy::print_stdout)]
fn how_long_1000_candidates_take() {
    let made = candidates(1_000, 2_000, 0.05);
    let begin = std::time::Instant::now();
    let drawn = Resamples::stationary(2_000, 10.0, 1_000, 1).unwrap();
    let check = reality_check(&made, None, &drawn, 10.0, true).unwrap();
    println!("{:?} p {}", begin.elapsed(), check.p_consistent);
    let begin = std::time::Instant::now();
    let cscv = crate::cscv::cscv(&made, 16).unwrap();
    println!("cscv {:?} pbo {}", begin.elapsed(), cscv.pbo);
}
