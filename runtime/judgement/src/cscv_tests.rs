use super::*;
use crate::draw::Draw;
use crate::made::candidates;
use crate::oracle::CSCV;

fn near(a: f64, b: f64, within: f64) {
    assert!((a - b).abs() <= within, "{a} is not {b}");
}

#[test]
fn as_numpy_has_it() {
    for (count, n, drift, blocks, figures) in CSCV {
        let made = candidates(count, n, drift);
        let ours = cscv(&made, blocks).unwrap();
        let list = [
            ours.pbo,
            ours.logits.mean,
            ours.inside.mean,
            ours.outside.mean,
            ours.degradation.slope,
            ours.degradation.intercept,
            ours.degradation.r_squared,
            ours.probability_of_loss,
            ours.logits.p50,
        ];
        for (a, b) in list.into_iter().zip(figures) {
            near(a, b, 1e-10);
        }
        assert_eq!(
            (ours.periods, ours.dropped),
            (n / blocks * blocks, n % blocks)
        );
        // by any statistic of the rows: the same with Sharpe ratios
        let slow = cscv_by(&made, blocks, 0.0, |rows| {
            crate::sharpe::estimate(rows).map_or(0.0, |e| e.sharpe)
        })
        .unwrap();
        near(slow.pbo, ours.pbo, 0.0);
        near(slow.degradation.slope, ours.degradation.slope, 1e-9);
        assert_eq!(slow.splits.len(), ours.splits.len());
    }
}

#[test]
fn splits_are_symmetric() {
    let ours = cscv(&candidates(5, 80, 0.1), 8).unwrap();
    assert_eq!(ours.splits.len(), 70);
    for split in &ours.splits {
        assert_eq!(split.chosen_on.count_ones(), 4);
        let other = ours
            .splits
            .iter()
            .find(|s| s.chosen_on == 0xff ^ split.chosen_on)
            .unwrap();
        if other.best == split.best {
            assert_eq!((other.inside, other.outside), (split.outside, split.inside));
        }
    }
    assert!(
        ours.splits
            .windows(2)
            .all(|pair| pair[0].chosen_on < pair[1].chosen_on)
    );
}

#[test]
fn luck_is_overfitting_and_an_edge_is_not() {
    let noise = |edge: f64, seed: u64| -> Vec<Vec<f64>> {
        (0..40)
            .map(|k| {
                let mut draw = Draw::new(seed, k);
                let mean = if k == 7 { edge } else { 0.0 };
                (0..600).map(|_| mean + draw.normal()).collect()
            })
            .collect()
    };
    // One market without an edge says little (its luckiest candidate is lucky in many halves); thirty have a PBO around 1/2
    // and slopes below 0 in the mean.
    let luck: Vec<Overfitting> = (0..30)
        .map(|seed| cscv(&noise(0.0, seed), 8).unwrap())
        .collect();
    let mean = |figure: fn(&Overfitting) -> f64| luck.iter().map(figure).sum::<f64>() / 30.0;
    let pbo = mean(|o| o.pbo);
    assert!((0.4..0.65).contains(&pbo), "{pbo}");
    assert!(mean(|o| o.degradation.slope) < -0.3);
    assert!(luck.iter().any(|o| !o.dominance.first_order_holds));
    let edge = cscv(&noise(0.4, 17), 12).unwrap();
    assert_eq!((edge.pbo, edge.probability_of_loss), (0.0, 0.0));
    assert!(
        edge.splits
            .iter()
            .all(|split| split.best == 7 && split.rank == 40.0)
    );
    assert!(edge.dominance.first_order_holds && edge.dominance.second_order_holds);
    let d = &edge.dominance;
    assert_eq!((d.at.len(), d.chosen[100], d.any[100]), (101, 1.0, 1.0));
}

#[test]
fn other_statistics() {
    let made = candidates(6, 120, 0.2);
    let mut cscv = Cscv::new(120, 6).unwrap();
    for candidate in &made {
        cscv.add(candidate).unwrap();
    }
    let mean = cscv.finish(Sums::mean, 0.0).unwrap();
    let slow = cscv_by(&made, 6, 0.0, |rows| {
        rows.iter().sum::<f64>() / rows.len() as f64
    })
    .unwrap();
    assert_eq!(mean.pbo, slow.pbo);
    near(mean.outside.mean, slow.outside.mean, 1e-14);
    let share = cscv.finish(Sums::gain_share, 0.5).unwrap();
    assert!(share.outside.max < 1.0 && share.loss_below == 0.5);
    // a drawdown depends on the order of rows, so it can only be had from the rows
    let fall = |rows: &[f64]| {
        let (mut sum, mut peak, mut deepest) = (0.0, 0.0f64, 0.0f64);
        for r in rows {
            sum += r;
            peak = peak.max(sum);
            deepest = deepest.max(peak - sum);
        }
        sum - deepest
    };
    assert!(cscv_by(&made, 6, 0.0, fall).unwrap().pbo <= 1.0);
}

#[test]
fn candidates_that_do_nothing_are_no_better_than_the_median() {
    let flat = vec![vec![0.0; 40]; 3];
    let ours = cscv(&flat, 4).unwrap();
    assert_eq!((ours.pbo, ours.probability_of_loss), (1.0, 0.0));
    assert!(ours.degradation.slope.is_nan());
    assert_eq!(ours.splits[0].rank, 2.0);
    assert_eq!(Sums::default().gain_share(), 0.5);
}

#[test]
fn any_number_of_threads() {
    let made = candidates(30, 160, 0.05);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| cscv(&made, 8).unwrap())
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn nonsense_is_refused() {
    let made = candidates(3, 40, 0.1);
    for blocks in [0, 3, 22] {
        assert!(cscv(&made, blocks).is_err(), "{blocks}");
    }
    assert!(cscv(&made, 20).is_ok());
    assert!(cscv(&made[..1], 4).is_err());
    assert!(cscv(&[vec![0.0; 7], vec![0.0; 7]], 4).is_err());
    assert!(cscv(&[made[0].clone(), made[1][1..].to_vec()], 4).is_err());
    assert!(cscv_by(&made, 4, 0.0, |_| f64::NAN).is_err());
    let mut cscv = Cscv::new(40, 4).unwrap();
    assert!(cscv.finish(Sums::sharpe, 0.0).is_err());
    assert!(cscv.add(&[f64::NAN; 40]).is_err());
}
