use super::*;
use crate::lab::Axis;

/// A sweep over `sizes`, all points in rising order, the figure being the row's number.
fn full(sizes: &[usize]) -> Sweep {
    let rows: usize = sizes.iter().product();
    let mut places = vec![Vec::new(); sizes.len()];
    for row in 0..rows {
        let mut rest = row;
        for (axis, size) in sizes.iter().enumerate().rev() {
            places[axis].push((rest % size) as u32);
            rest /= size;
        }
    }
    Sweep {
        axes: sizes
            .iter()
            .map(|n| Axis {
                values: (0..*n).map(|v| v.to_string()).collect(),
                ..Axis::default()
            })
            .collect(),
        places,
        figures: vec![FigureColumn {
            values: (0..rows).map(|row| row as f64).collect(),
            ..FigureColumn::default()
        }],
        ..Sweep::default()
    }
}

fn json(sweep: &Sweep) -> serde_json::Value {
    serde_json::to_value(points(sweep).unwrap()).unwrap()
}

#[test]
fn a_full_grid_is_held_whole() {
    let data = json(&full(&[3, 4]));
    assert_eq!(data["layout"], "grid");
    assert!(!data["figures"][0]["whole"].is_null());
    assert!(data["figures"][0]["pairs"].is_null());
    assert_eq!(data["top"][0]["places"], serde_json::json!([2, 3]));
    assert_eq!(data["sample"]["size"], 12);
}

#[test]
fn a_search_in_a_wide_space_brings_its_places() {
    let mut sweep = full(&[20, 20]);
    sweep.axes[0].values = (0..5_000).map(|v| v.to_string()).collect();
    let data = json(&sweep);
    assert_eq!(data["layout"]["rows"].as_array().unwrap().len(), 2);
    assert_eq!(data["axes"][0]["bins"], MOST_BINS);
}

#[test]
fn beyond_a_million_points_cells_remain() {
    let sweep = full(&[130, 100, 100]);
    let data = json(&sweep);
    assert_eq!(data["layout"], "cells");
    assert!(data["figures"][0]["whole"].is_null());
    assert_eq!(data["figures"][0]["pairs"].as_array().unwrap().len(), 3);
    assert!(serde_json::to_string(&data).unwrap().len() < 700_000);
}

#[test]
fn aggregates_are_those_of_the_cell() {
    let figure = FigureColumn {
        values: vec![1.0, f64::NAN, 4.0, 2.0, 9.0],
        ..FigureColumn::default()
    };
    assert_eq!(
        aggregates(&figure, &[0, 1, 2, 3]),
        [Some(4.0), Some(2.0), Some(7.0 / 3.0)]
    );
    assert_eq!(aggregates(&figure, &[]), [None; 3]);
    assert!(aggregates(&figure, &[1])[0].unwrap().is_nan());
    let less = FigureColumn {
        less_is_better: true,
        ..figure
    };
    assert_eq!(aggregates(&less, &[2, 3])[0], Some(2.0));
}

#[test]
fn tables_show_six_digits() {
    for (value, shown) in [
        (1.234_567_89, 1.234_568),
        (0.000_123_456_789, 0.000_123_456_8),
        (-123_456.789, -123_456.8),
        (0.0, 0.0),
    ] {
        assert!(
            (exact(value) - shown).abs() < 1e-12 * value.abs().max(1.0),
            "{value}"
        );
    }
    assert!(exact(f64::INFINITY).is_infinite());
}

#[test]
fn the_sample_holds_the_best() {
    let sweep = full(&[100, 100]);
    let ranked = ranked(&sweep, 10_000);
    assert_eq!(ranked[0], 9_999);
    assert_eq!(ranked.len(), SAMPLE_BEST.max(MOST_TOP));
    let sample = sample(&sweep, 10_000, &ranked, &[0]);
    assert_eq!(sample.size, SAMPLE_BEST + SAMPLE_OTHERS);
}
