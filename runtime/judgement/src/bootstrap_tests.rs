use super::*;
use crate::made::{resamples, series};
use crate::oracle::BLOCKS;
use crate::sharpe;
use proptest::prelude::*;

#[test]
fn block_lengths_as_arch_chooses_them() {
    for (seed, n, phi, stationary, circular) in BLOCKS {
        let b = block_length(&series(seed, n, phi, 0.0)).unwrap();
        assert!((b.stationary / stationary - 1.0).abs() < 1e-9, "{b:?}");
        assert!((b.circular / circular - 1.0).abs() < 1e-9, "{b:?}");
    }
    assert!(block_length(&[1.0; 100]).is_err());
    assert!(block_length(&[1.0, 2.0]).is_err());
}

#[test]
fn blocks_have_their_length_and_begin_anywhere() {
    let drawn = Resamples::stationary(1_000, 8.0, 500, 1).unwrap();
    let (mut breaks, mut sum) = (0usize, 0usize);
    for i in 0..500 {
        let rows: Vec<usize> = drawn.of(i).collect();
        assert_eq!(rows.len(), 1_000);
        breaks += rows
            .windows(2)
            .filter(|pair| pair[1] != (pair[0] + 1) % 1_000)
            .count();
        sum += rows.iter().sum::<usize>();
    }
    // a new block at each row with probability 1/8, but for the 1/1000 that goes on by chance
    let expected = 499_500.0 / 8.0 * 0.999;
    assert!(
        (breaks as f64 - expected).abs() < 5.0 * (expected * 7.0 / 8.0f64).sqrt(),
        "{breaks}"
    );
    assert!((sum as f64 / 500_000.0 - 499.5).abs() < 5.0 * 288.7 * (15.0f64 / 500_000.0).sqrt());
    assert_eq!(drawn.of(500).count(), 0);
}

#[test]
fn rows_of_others_come_back() {
    let rows = resamples(5, 40, 3.0, 20);
    let drawn = Resamples::of_rows(40, &rows).unwrap();
    for (i, rows) in rows.iter().enumerate() {
        assert_eq!(&drawn.of(i).collect::<Vec<_>>(), rows);
    }
    let x = series(1, 40, 0.5, 3.0);
    for (mean, rows) in drawn.means(&x).unwrap().iter().zip(&rows) {
        let direct = rows.iter().map(|&row| x[row]).sum::<f64>() / 40.0;
        assert!((mean - direct).abs() < 1e-13);
    }
    assert!(Resamples::of_rows(3, &[vec![0, 1]]).is_err());
    assert!(Resamples::of_rows(2, &[vec![0, 2]]).is_err());
    assert!(drawn.means(&x[1..]).is_err());
}

#[test]
fn any_number_of_threads() {
    let on = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(|| Resamples::stationary(300, 5.0, 64, 9).unwrap())
    };
    assert_eq!(on(1), on(3));
    assert_ne!(on(1), Resamples::stationary(300, 5.0, 64, 10).unwrap());
}

#[test]
fn the_interval_of_a_mean_is_as_wide_as_theory_says() {
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    // independent numbers: √(1/12) / √n
    let x = series(8, 2_000, 0.0, 0.1);
    let i = interval(&x, mean, Some(1.0), 4_000, 0.95, 1).unwrap();
    let error = (1.0f64 / 12.0 / 2_000.0).sqrt();
    assert!((i.standard_error / error - 1.0).abs() < 0.07, "{i:?}");
    assert!((i.high - i.low - 2.0 * 1.96 * error).abs() < 0.4 * error);
    assert!((i.estimate - mean(&x)).abs() < 1e-12 && i.share_not_above_zero < 0.01);
    // dependent ones: 1 / (1 − φ) times as wide, which blocks see and single rows do not
    let x = series(9, 4_000, 0.7, 0.0);
    let error = (1.0f64 / 12.0 / 4_000.0).sqrt() / 0.3;
    let blocks = interval(&x, mean, None, 2_000, 0.95, 1).unwrap();
    let rows = interval(&x, mean, Some(1.0), 2_000, 0.95, 1).unwrap();
    assert!(
        (blocks.standard_error / error - 1.0).abs() < 0.15,
        "{blocks:?}"
    );
    assert!(rows.standard_error < 0.6 * error && blocks.mean_block > 10.0);
    // the standard error of a Sharpe ratio, against its formula
    let x = series(10, 3_000, 0.0, 0.02);
    let of = |x: &[f64]| sharpe::estimate(x).map_or(f64::NAN, |e| e.sharpe);
    let i = interval(&x, of, Some(1.0), 2_000, 0.9, 1).unwrap();
    let e = sharpe::estimate(&x).unwrap();
    let formula = (e.spread() / (e.samples - 1.0)).sqrt();
    assert!(
        (i.standard_error / formula - 1.0).abs() < 0.08,
        "{} {formula}",
        i.standard_error
    );
}

#[test]
fn nonsense_is_refused() {
    assert!(Resamples::stationary(1, 5.0, 10, 1).is_err());
    assert!(Resamples::stationary(10, 0.5, 10, 1).is_err());
    assert!(Resamples::stationary(10, f64::NAN, 10, 1).is_err());
    assert!(Resamples::stationary(10, 5.0, 0, 1).is_err());
    let x = series(1, 50, 0.0, 0.0);
    assert!(interval(&x, |_| 0.0, None, 100, 1.0, 1).is_err());
    assert!(interval(&x, |_| f64::NAN, None, 100, 0.9, 1).is_err());
}

proptest! {
    #[test]
    fn resamples_cover_as_many_rows(rows in 2usize..60, block in 1.0f64..100.0, seed in any::<u64>()) {
        let drawn = Resamples::stationary(rows, block, 5, seed).unwrap();
        for i in 0..5 {
            let of_one: Vec<usize> = drawn.of(i).collect();
            prop_assert_eq!(of_one.len(), rows);
            prop_assert!(of_one.iter().all(|row| *row < rows));
        }
    }
}
