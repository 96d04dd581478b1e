//! Comparisons across the symbols of one instant. Equal values are told apart by their place alone, so callers give them in
//! one order, that of the names.

use sixbtc_abi::CrossKind;

/// Compares finite values of members; `out` gets one result a value, in their order.
pub fn compare(kind: CrossKind, values: &[f64], out: &mut Vec<f64>) {
    out.clear();
    match kind {
        CrossKind::Rank => rank(values, out),
        CrossKind::Zscore => zscore(values, out),
        CrossKind::Member => out.resize(values.len(), 1.0),
    }
}

/// Ascending ranks as fractions, equal values share their mean rank: `rank(pct=True)` of pandas.
fn rank(values: &[f64], out: &mut Vec<f64>) {
    let n = values.len();
    let mut order: Vec<usize> = (0..n).collect();
    // adding 0 makes −0 equal to 0
    order.sort_by(|&a, &b| (values[a] + 0.0).total_cmp(&(values[b] + 0.0)));
    out.resize(n, f64::NAN);
    let mut start = 0;
    while start < n {
        let value = values[order[start]];
        let ties = order[start..].partition_point(|&i| values[i] <= value);
        // the mean of the ranks start + 1 … start + ties
        let mean = start as f64 + f64::midpoint(1.0, ties as f64);
        for &i in &order[start..start + ties] {
            out[i] = mean / n as f64;
        }
        start += ties;
    }
}

/// Distance from the mean in sample standard deviations; NaN for fewer than two values or when all are equal.
fn zscore(values: &[f64], out: &mut Vec<f64>) {
    let n = values.len() as f64;
    let mut sum = 0.0;
    for x in values {
        sum += x;
    }
    let mean = sum / n;
    let mut squares = 0.0;
    for x in values {
        squares += (x - mean) * (x - mean);
    }
    let deviation = (squares / (n - 1.0)).sqrt();
    let alike = values.iter().all(|x| (x - values[0]).abs() <= 0.0);
    out.extend(values.iter().map(|x| {
        if alike {
            f64::NAN
        } else {
            (x - mean) / deviation
        }
    }));
}

/// Places of the `n` greatest (or least) of finite scores, the best first, of equal ones the first in place.
pub fn best(scores: &[f64], n: usize, greatest: bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (scores[a] + 0.0, scores[b] + 0.0);
        if greatest {
            b.total_cmp(&a)
        } else {
            a.total_cmp(&b)
        }
    });
    order.truncate(n);
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(kind: CrossKind, values: &[f64]) -> Vec<f64> {
        let mut out = vec![7.0; 3];
        compare(kind, values, &mut out);
        out
    }

    #[test]
    fn ranks_are_those_of_pandas() {
        // pd.Series([3, 1, 4, 1, 5]).rank(pct=True)
        assert_eq!(
            of(CrossKind::Rank, &[3.0, 1.0, 4.0, 1.0, 5.0]),
            [0.6, 0.3, 0.8, 0.3, 1.0]
        );
        assert_eq!(of(CrossKind::Rank, &[-0.0, 0.0]), [0.75, 0.75]);
        assert_eq!(of(CrossKind::Rank, &[8.0]), [1.0]);
        assert!(of(CrossKind::Rank, &[]).is_empty());
    }

    #[test]
    fn zscores_have_the_sample_deviation() {
        assert_eq!(of(CrossKind::Zscore, &[1.0, 3.0, 2.0]), [-1.0, 1.0, 0.0]);
        assert!(
            of(CrossKind::Zscore, &[2.0, 2.0])
                .iter()
                .all(|x| x.is_nan())
        );
        assert!(of(CrossKind::Zscore, &[2.0])[0].is_nan());
        assert!(of(CrossKind::Zscore, &[]).is_empty());
    }

    #[test]
    fn the_best_come_first_and_ties_keep_their_order() {
        let scores = [2.0, 5.0, 2.0, 5.0, 1.0];
        assert_eq!(best(&scores, 3, true), [1, 3, 0]);
        assert_eq!(best(&scores, 2, false), [4, 0]);
        assert_eq!(best(&scores, 9, true).len(), 5);
        assert!(best(&scores, 0, true).is_empty());
    }

    proptest! {
        #[test]
        fn ranks_lie_in_their_range_and_follow_the_values(values in prop::collection::vec(-5i8..5, 1..12)) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let ranks = of(CrossKind::Rank, &values);
            for (i, a) in values.iter().enumerate() {
                prop_assert!(ranks[i] > 0.0 && ranks[i] <= 1.0);
                for (j, b) in values.iter().enumerate() {
                    prop_assert_eq!(a < b, ranks[i] < ranks[j]);
                }
            }
            let mean = ranks.iter().sum::<f64>() / values.len() as f64;
            prop_assert!((mean - (values.len() as f64 + 1.0) / (2.0 * values.len() as f64)).abs() < 1e-12);
        }

        #[test]
        fn zscores_have_mean_zero_and_deviation_one(values in prop::collection::vec(-1e3f64..1e3, 3..12)) {
            let z = of(CrossKind::Zscore, &values);
            let n = z.len() as f64;
            prop_assert!((z.iter().sum::<f64>() / n).abs() < 1e-9);
            prop_assert!((z.iter().map(|x| x * x).sum::<f64>() / (n - 1.0) - 1.0).abs() < 1e-9);
        }
    }
}
