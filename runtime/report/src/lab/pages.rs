//! The three pages, put together and written.

use super::evidence::{Evidence, evidence};
use super::heading::{Heading, heading};
use super::points::{Points, points};
use super::subject::Subject;
use super::walk::{Walk, walk};
use super::{SweepPage, ValidationPage, WalkForwardPage};
use crate::error::ReportError;
use crate::page::{Page, shown_title};
use serde::Serialize;
use std::path::Path;

const STYLES: &[&str] = &[
    include_str!("../../assets/report.css"),
    include_str!("../../assets/lab.css"),
];

const BASE: &str = include_str!("../../assets/base.js");
const FRAME: &str = include_str!("../../assets/frame.js");
const TIME_CHART: &str = include_str!("../../assets/time_chart.js");
const LAB: &str = include_str!("../../assets/lab.js");
const PLOT: &str = include_str!("../../assets/plot.js");
const POINTS: &str = include_str!("../../assets/points.js");
const HEAT: &str = include_str!("../../assets/heat.js");
const PARALLEL: &str = include_str!("../../assets/parallel.js");
const CLOUD: &str = include_str!("../../assets/cloud.js");
const RANKING: &str = include_str!("../../assets/ranking.js");
const SWEEP: &str = include_str!("../../assets/sweep.js");
const WALK: &str = include_str!("../../assets/walk.js");
const WALK_FORWARD: &str = include_str!("../../assets/walk_forward.js");
const GATES: &str = include_str!("../../assets/gates.js");
const EVIDENCE: &str = include_str!("../../assets/evidence.js");
const VALIDATION: &str = include_str!("../../assets/validation.js");

/// What follows every page of the laboratory.
const CLOSING: &str = include_str!("../../assets/closing.html");

#[derive(Serialize)]
struct SweepJson<'a> {
    #[serde(flatten)]
    heading: Heading<'a>,
    sweep: Points<'a>,
}

#[derive(Serialize)]
struct WalkJson<'a> {
    #[serde(flatten)]
    heading: Heading<'a>,
    walk: Walk<'a>,
}

#[derive(Serialize)]
struct ValidationJson<'a> {
    #[serde(flatten)]
    heading: Heading<'a>,
    validation: Evidence<'a>,
}

/// The page of a sweep. The same data gives the same text.
pub fn render_sweep(page: &SweepPage) -> Result<String, ReportError> {
    let json = serde_json::to_string(&SweepJson {
        heading: heading(&page.subject, &[]),
        sweep: points(&page.sweep)?,
    })?;
    let body = [include_str!("../../assets/sweep.html"), CLOSING].concat();
    Ok(Page {
        title: title(&page.subject),
        kind: "sweep",
        eyebrow: "Parameter sweep",
        sections: &[
            ("map", "Map"),
            ("lines", "Parameters"),
            ("cloud", "Trade-offs"),
            ("best", "Best points"),
            ("run", "Run"),
        ],
        promise: "The best of many points is partly the luckiest of them. Judge it on data that the sweep has not seen.",
        body: &body,
        styles: STYLES,
        charts_over_time: false,
        code: &[
            BASE, FRAME, LAB, PLOT, POINTS, HEAT, PARALLEL, CLOUD, RANKING, SWEEP,
        ],
    }
    .with(&json))
}

/// The page of a walk-forward. The same data gives the same text.
pub fn render_walk_forward(page: &WalkForwardPage) -> Result<String, ReportError> {
    let json = serde_json::to_string(&WalkJson {
        heading: heading(&page.subject, &page.walk.metrics),
        walk: walk(&page.walk)?,
    })?;
    let body = [include_str!("../../assets/walk_forward.html"), CLOSING].concat();
    Ok(Page {
        title: title(&page.subject),
        kind: "walk-forward",
        eyebrow: "Walk-forward",
        sections: &[
            ("walk-curve", "Curve"),
            ("walk-windows", "Windows"),
            ("walk-drift", "Parameters"),
            ("figures", "Figures"),
            ("run", "Run"),
        ],
        promise: "A walk-forward is a simulation on past prices. It promises nothing about future ones.",
        body: &body,
        styles: STYLES,
        charts_over_time: true,
        code: &[BASE, FRAME, TIME_CHART, LAB, PLOT, WALK, WALK_FORWARD],
    }
    .with(&json))
}

/// The page of a validation. The same data gives the same text.
pub fn render_validation(page: &ValidationPage) -> Result<String, ReportError> {
    let json = serde_json::to_string(&ValidationJson {
        heading: heading(&page.subject, &page.metrics),
        validation: evidence(page)?,
    })?;
    let body = [include_str!("../../assets/validation.html"), CLOSING].concat();
    Ok(Page {
        title: title(&page.subject),
        kind: "validation",
        eyebrow: "Validation",
        sections: &[
            ("gates", "Gates"),
            ("luck", "Luck"),
            ("robust", "Robustness"),
            ("overfit", "Overfitting"),
            ("walk", "Walk-forward"),
            ("run", "Run"),
        ],
        promise: "Passing every gate makes luck less likely. It promises nothing about future prices.",
        body: &body,
        styles: STYLES,
        charts_over_time: true,
        code: &[
            BASE, FRAME, TIME_CHART, LAB, PLOT, POINTS, HEAT, WALK, GATES, EVIDENCE, VALIDATION,
        ],
    }
    .with(&json))
}

/// Writes the page of a sweep to `path`, whole or not at all; missing directories are made.
pub fn write_sweep(page: &SweepPage, path: &Path) -> Result<(), ReportError> {
    crate::write_page(&render_sweep(page)?, path)
}

/// Writes the page of a walk-forward to `path`, whole or not at all; missing directories are made.
pub fn write_walk_forward(page: &WalkForwardPage, path: &Path) -> Result<(), ReportError> {
    crate::write_page(&render_walk_forward(page)?, path)
}

/// Writes the page of a validation to `path`, whole or not at all; missing directories are made.
pub fn write_validation(page: &ValidationPage, path: &Path) -> Result<(), ReportError> {
    crate::write_page(&render_validation(page)?, path)
}

fn title(subject: &Subject) -> &str {
    shown_title(&subject.title, &subject.strategy)
}
