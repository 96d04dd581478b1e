//! How steady the parameters are that refits choose.

/// What the refits of a walk forward chose for one parameter.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Stability {
    /// Name of the parameter.
    pub name: String,
    /// Smallest choice.
    pub min: f64,
    /// Largest choice.
    pub max: f64,
    /// Mean of the choices.
    pub mean: f64,
    /// Standard deviation of the choices (n − 1); 0 for one window.
    pub deviation: f64,
    /// Different choices.
    pub distinct: usize,
    /// The most frequent choice, the smallest of equals.
    pub mode: f64,
    /// Windows that chose it / windows.
    pub mode_share: f64,
    /// `1 − mean |step from window to window| / (largest − smallest value that could be chosen)`: 1 when nothing ever
    /// changes, near 2/3 for choices at random, 0 when it jumps from end to end.
    pub steadiness: f64,
}

/// Judges the choices of one parameter, in the order of the windows. `range` are the values that could be chosen.
pub fn stability(name: &str, choices: &[f64], range: (f64, f64)) -> Stability {
    let n = choices.len() as f64;
    let mean = choices.iter().sum::<f64>() / n;
    let spread = choices.iter().map(|c| (c - mean) * (c - mean)).sum::<f64>();
    let mut sorted = choices.to_vec();
    sorted.sort_by(f64::total_cmp);
    let groups: Vec<(f64, usize)> = sorted
        .chunk_by(|a, b| a.to_bits() == b.to_bits())
        .filter_map(|g| Some((*g.first()?, g.len())))
        .collect();
    let (mode, count) = groups
        .iter()
        .copied()
        .reduce(|a, b| if b.1 > a.1 { b } else { a })
        .unwrap_or((f64::NAN, 0));
    let steps: f64 = choices.windows(2).map(|w| (w[1] - w[0]).abs()).sum();
    let width = range.1 - range.0;
    Stability {
        name: name.to_owned(),
        min: sorted.first().copied().unwrap_or(f64::NAN),
        max: sorted.last().copied().unwrap_or(f64::NAN),
        mean,
        deviation: if choices.len() > 1 {
            (spread / (n - 1.0)).sqrt()
        } else {
            0.0
        },
        distinct: groups.len(),
        mode,
        mode_share: count as f64 / n,
        steadiness: if choices.len() > 1 && width > 0.0 {
            1.0 - steps / (n - 1.0) / width
        } else {
            1.0
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::float_cmp)]
    fn choices_are_summed_up() {
        let s = stability("n", &[10.0, 20.0, 10.0, 40.0], (10.0, 50.0));
        assert_eq!((s.min, s.max, s.mean), (10.0, 40.0, 20.0));
        assert_eq!((s.distinct, s.mode, s.mode_share), (3, 10.0, 0.5));
        assert!((s.deviation - 200.0f64.sqrt()).abs() < 1e-12);
        assert!((s.steadiness - (1.0 - 50.0 / 3.0 / 40.0)).abs() < 1e-12);
        let one = stability("n", &[3.0], (1.0, 5.0));
        assert_eq!((one.steadiness, one.deviation, one.mode), (1.0, 0.0, 3.0));
    }
}
