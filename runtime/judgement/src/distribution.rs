//! What many numbers look like together.

use crate::error::{JudgementError, enough, finite};
use serde::{Deserialize, Serialize};

/// Summary of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// How many numbers.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Standard deviation (n − 1); 0 for a single number.
    pub deviation: f64,
    /// The smallest.
    pub min: f64,
    /// 1st percentile.
    pub p01: f64,
    /// 5th percentile.
    pub p05: f64,
    /// 25th percentile.
    pub p25: f64,
    /// Median.
    pub p50: f64,
    /// 75th percentile.
    pub p75: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

impl Distribution {
    /// Summarises at least one number; all must be finite.
    pub fn of(numbers: &[f64]) -> Result<Self, JudgementError> {
        enough("numbers to summarise", 1, numbers.len())?;
        finite("numbers to summarise", numbers)?;
        let mut sorted = numbers.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (mean, deviation) = mean_and_deviation(numbers);
        let at = |p| quantile(&sorted, p);
        Ok(Self {
            count: numbers.len(),
            mean,
            deviation,
            min: at(0.0),
            p01: at(0.01),
            p05: at(0.05),
            p25: at(0.25),
            p50: at(0.5),
            p75: at(0.75),
            p95: at(0.95),
            p99: at(0.99),
            max: at(1.0),
        })
    }
}

/// Quantile of sorted numbers by linear interpolation (type 7 of Hyndman and Fan 1996, the default of `NumPy` and R); NaN
/// without numbers. `p` outside 0 to 1 counts as the nearer end.
pub fn quantile(sorted: &[f64], p: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let at = p.clamp(0.0, 1.0) * last as f64;
    let low = (at as usize).min(last);
    let high = (low + 1).min(last);
    sorted[low] + (at - low as f64) * (sorted[high] - sorted[low])
}

/// Median of numbers in any order; NaN without numbers.
pub fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    quantile(&sorted, 0.5)
}

/// Mean and standard deviation (n − 1), in two passes; the deviation of one number is 0, that of alike numbers exactly 0.
pub fn mean_and_deviation(numbers: &[f64]) -> (f64, f64) {
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n;
    let squares: f64 = numbers.iter().map(|x| (x - mean) * (x - mean)).sum();
    // What rounding of the mean leaves of alike numbers is no spread.
    let noise = n * (mean * f64::EPSILON * n) * (mean * f64::EPSILON * n);
    let deviation = if squares > noise && n > 1.0 {
        (squares / (n - 1.0)).sqrt()
    } else {
        0.0
    };
    (mean, deviation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        for (p, x) in [(0.0, 1.0), (0.5, 3.0), (0.95, 7.4), (1.0, 8.0), (2.0, 8.0)] {
            assert!((quantile(&sorted, p) - x).abs() < 1e-12, "{p}");
        }
        assert!(quantile(&[], 0.5).is_nan());
        assert_eq!(median(&[8.0, 1.0, 4.0]), 4.0);
    }

    #[test]
    fn summary_of_a_few_numbers() {
        let d = Distribution::of(&[3.0, 1.0, 2.0, 4.0]).unwrap();
        assert_eq!(
            (d.count, d.mean, d.min, d.p50, d.max),
            (4, 2.5, 1.0, 2.5, 4.0)
        );
        assert!((d.deviation - 1.290_994_448_735_805_6).abs() < 1e-15);
        assert_eq!(mean_and_deviation(&[0.1; 1000]).1, 0.0);
        assert_eq!(Distribution::of(&[7.0]).unwrap().deviation, 0.0);
        assert!(Distribution::of(&[]).is_err());
        assert!(Distribution::of(&[f64::NAN]).is_err());
    }
}
