//! The laboratory's pages as a whole: their data, that nothing a strategy says can act on them, and that they stay small.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/lab.rs"]
mod lab;
#[path = "support/page.rs"]
mod page;

use page::{data_of, nonce, skeleton};
use serde_json::Value;
use sixbtc_report::ReportError;
use sixbtc_report::data::MetricKind;
use sixbtc_report::lab::{
    Axis, FigureColumn, Part, Sweep, SweepPage, ValidationPage, WalkForwardPage, render_sweep,
    render_validation, render_walk_forward, write_sweep,
};

const HOSTILE: &str =
    "</script></title><script>alert(1)</script><img src=x onerror=alert(2)>{{code}}\u{2028}'\"&";

/// A page with four points and one figure of each state: fine, undefined, infinite.
fn small() -> SweepPage {
    SweepPage {
        subject: lab::subject("Dip"),
        sweep: Sweep {
            axes: vec![
                Axis {
                    name: "fast".into(),
                    unit: "bars".into(),
                    values: vec!["5".into(), "10".into()],
                },
                Axis {
                    name: "slow".into(),
                    unit: "bars".into(),
                    values: vec!["20".into(), "40".into(), "80".into()],
                },
            ],
            places: vec![vec![0, 0, 1, 1], vec![0, 2, 1, 2]],
            figures: vec![FigureColumn {
                name: "profit_factor".into(),
                kind: MetricKind::Ratio,
                values: vec![1.25, f64::NAN, f64::INFINITY, 0.8],
                ..FigureColumn::default()
            }],
            chosen: Some(0),
            space: 6,
            pruned: 2,
            undefined: 1,
            ..Sweep::default()
        },
    }
}

#[test]
fn skeleton_and_data_of_a_sweep() {
    let text = render_sweep(&small()).unwrap();
    insta::assert_snapshot!(skeleton(&text).replace(&nonce(&text), "[nonce]"));
    assert_eq!(text, render_sweep(&small()).unwrap());
}

#[test]
fn data_of_a_walk_forward() {
    let mut input = lab::walk_forward_page(2);
    input.walk.stitched.time.truncate(3);
    input.walk.stitched.equity.truncate(3);
    input.walk.fixed = None;
    let text = render_walk_forward(&input).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&data_of(&text)["walk"]).unwrap());
}

#[test]
fn data_of_a_validation() {
    let mut input = lab::validation_page();
    for part in [&mut input.drawdown, &mut input.noise] {
        if let Part::Shown(part) = part {
            part.values.truncate(3);
        }
    }
    if let Part::Shown(all) = &mut input.permutations {
        all[0].values.truncate(3);
    }
    if let Part::Shown(all) = &mut input.monte_carlo {
        let fan = &mut all[0];
        fan.at.truncate(2);
        fan.real.truncate(2);
        fan.bands.iter_mut().for_each(|band| band.truncate(2));
    }
    if let Part::Shown(found) = &mut input.overfitting {
        found.logits.truncate(2);
        found.in_sample.truncate(2);
        found.out_of_sample.truncate(2);
    }
    if let Part::Shown(curve) = &mut input.curve {
        curve.time.truncate(2);
        curve.equity.truncate(2);
    }
    input.walk_forward = Part::Absent("The walk-forward was not asked for.".into());
    input.plateau = Part::Absent(String::new());
    let text = render_validation(&input).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&data_of(&text)["validation"]).unwrap());
}

/// Every text of `value` that is not one of our own words becomes the hostile one.
fn poison(value: &mut Value) {
    const OURS: &[&str] = &[
        "ratio",
        "fraction",
        "money",
        "count",
        "bars",
        "pass",
        "fail",
        "reported",
        "incomplete",
        "not_run",
        "in_sample",
        "purged",
        "out_of_sample",
        "sealed",
        "inf",
        "-inf",
    ];
    match value {
        Value::String(text) if !OURS.contains(&text.as_str()) => *text = HOSTILE.into(),
        Value::Array(list) => list.iter_mut().for_each(poison),
        Value::Object(map) => map.values_mut().for_each(poison),
        _ => {}
    }
}

fn poisoned<T: serde::Serialize + serde::de::DeserializeOwned>(page: &T) -> T {
    let mut value = serde_json::to_value(page).unwrap();
    poison(&mut value);
    serde_json::from_value(value).unwrap()
}

#[test]
fn hostile_text_stays_text() {
    let pages = [
        (render_sweep(&poisoned(&lab::sweep_page([4, 5, 2, 2]))), 2),
        (
            render_walk_forward(&poisoned(&lab::walk_forward_page(3))),
            3,
        ),
        (render_validation(&poisoned(&lab::validation_page())), 3),
    ];
    for (text, scripts) in pages {
        let text = text.unwrap();
        let bare = skeleton(&text);
        assert!(!bare.contains("<img") && !bare.contains("alert(1)</script>"));
        assert_eq!(bare.matches("<script").count(), scripts);
        assert_eq!(bare.matches("</script>").count(), scripts);
        assert_eq!(text.matches("const D = JSON.parse").count(), 1);
        assert!(bare.contains("default-src 'none'"));
        assert!(!bare.contains("src=\"") && !bare.contains("<link") && !bare.contains("@import"));
        assert_eq!(data_of(&text)["title"], HOSTILE);
    }
}

#[test]
fn nothing_one_point_and_no_values_are_pages_too() {
    render_sweep(&SweepPage::default()).unwrap();
    render_walk_forward(&WalkForwardPage::default()).unwrap();
    render_validation(&ValidationPage::default()).unwrap();
    render_walk_forward(&lab::walk_forward_page(0)).unwrap();
    render_sweep(&lab::sweep_page([1, 1, 1, 1])).unwrap();
    let mut page = small();
    page.sweep.figures[0].values.fill(f64::NAN);
    page.sweep.chosen = None;
    let data = data_of(&render_sweep(&page).unwrap());
    assert_eq!(data["sweep"]["figures"][0]["range"], Value::Null);
    assert_eq!(data["sweep"]["top"], Value::Array(vec![]));
}

#[test]
fn a_hundred_thousand_points_are_a_small_page() {
    let mut page = lab::sweep_page([40, 50, 10, 5]);
    // Twice as many figures as fit whole.
    for n in 0..8 {
        let mut figure = page.sweep.figures[n % 6].clone();
        figure.name = format!("more_{n}");
        page.sweep.figures.push(figure);
    }
    assert!(page.sweep.places[0].len() > 85_000);
    let text = render_sweep(&page).unwrap();
    assert!(text.len() < 3_000_000, "{}", text.len());
    let data = data_of(&text);
    let figures = data["sweep"]["figures"].as_array().unwrap();
    assert!(
        figures
            .iter()
            .all(|f| !f["whole"].is_null() || !f["pairs"].is_null())
    );
    assert!(!figures[0]["whole"].is_null());
}

#[test]
fn wrong_places_and_columns_are_named() {
    let mut page = small();
    page.sweep.places[1][2] = 3;
    assert!(matches!(
        render_sweep(&page),
        Err(ReportError::Place { ref what, place: 3, size: 3 }) if what == "slow"
    ));
    let mut page = small();
    page.sweep.figures[0].values.pop();
    assert!(matches!(
        render_sweep(&page),
        Err(ReportError::Columns {
            expected: 4,
            found: 3,
            ..
        })
    ));
    let mut page = small();
    page.sweep.top = vec![4];
    assert!(matches!(
        render_sweep(&page),
        Err(ReportError::Place { place: 4, .. })
    ));
    let mut page = lab::walk_forward_page(2);
    page.walk.windows[1].params.pop();
    assert!(matches!(
        render_walk_forward(&page),
        Err(ReportError::Columns { .. })
    ));
}

#[test]
fn a_page_is_written_where_there_was_no_directory() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("out/sweep.html");
    write_sweep(&small(), &path).unwrap();
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .ends_with("</html>\n")
    );
}
