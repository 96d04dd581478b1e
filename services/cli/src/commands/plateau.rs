//! The plateau of a grid of results, as the reports mark it.

use sixbtc_judgement::plateau::{Axis, PlateauOptions, plateau};
use sixbtc_report::lab::Plateau;

/// Points beyond this many are not looked at for neighbours.
const MOST_POINTS: usize = 200_000;

/// Judges a grid: for each axis its length and whether its values have an order, for each axis the place of each row, and the
/// worth of each row (more is better, NaN for none). Nothing where there is no grid to speak of.
pub fn mark(axes: &[(usize, bool)], places: &[Vec<u32>], worth: &[f64]) -> Option<Plateau> {
    let axes: Vec<Axis> = axes
        .iter()
        .map(|&(len, ordered)| {
            if ordered {
                Axis::Ordered(len)
            } else {
                Axis::Named(len)
            }
        })
        .collect();
    if axes.is_empty() || !(2..=MOST_POINTS).contains(&worth.len()) {
        return None;
    }
    let rows: Vec<usize> = (0..worth.len()).filter(|r| worth[*r].is_finite()).collect();
    let points: Vec<(Vec<usize>, f64)> = rows
        .iter()
        .map(|&row| {
            let place = places.iter().map(|p| p.get(row).map_or(0, |p| *p as usize));
            (place.collect(), worth[row])
        })
        .collect();
    let options = PlateauOptions::default();
    let found = plateau(&axes, &points, &options).ok()?;
    let least = found.best.value - options.near * found.best.value.abs();
    let near: Vec<usize> = found
        .points
        .iter()
        .filter(|p| p.value >= least)
        .filter_map(|p| rows.get(p.point).copied())
        .collect();
    let percent = options.near * 100.0;
    let advice = match found.recommended {
        Some(p) if p.point != found.best.point => format!(
            " The best surroundings have a median of {:.3}: their middle yields {:.3}.",
            p.median, p.value
        ),
        Some(_) => " The best point has the best surroundings too.".to_owned(),
        None => String::new(),
    };
    Some(Plateau {
        score: found.smoothness,
        about: format!(
            "{} of {} points lie within {percent:.0} % of the best, {} of them joined to it; the neighbours of the best have a median of {:.3} where it has {:.3}. The score is the smoothness of the grid: 1 is a gentle slope, 0 is noise.{advice}",
            near.len(),
            rows.len(),
            found.plateau_size,
            found.best.median,
            found.best.value,
        ),
        rows: near,
    })
}
