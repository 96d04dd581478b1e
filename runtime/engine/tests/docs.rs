//! `docs/metrics.md` is what the code says. Update it with `UPDATE_DOCS=1 cargo test -p sixbtc-engine --test docs`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sixbtc_engine::{MetricKind, Metrics, SkipReason};
use std::fmt::Write;
use std::path::Path;

fn page() -> String {
    let mut page = String::from(
        "# Figures of a run\n\n\
         All figures come from the equity curve, sampled at the close of every base bar, and from the closed trades. Returns are \
         simple returns between neighbouring samples, the first against the capital; a year has 365 days; the risk-free rate is 0. \
         Money is in quote currency, fractions are fractions (`0.12` is 12 %). A figure that does not exist (no trades, no losses, \
         no spread) is `null`.\n\n\
         | name in `report.json` | kind | meaning, formula, source |\n|---|---|---|\n",
    );
    for m in Metrics::NONE.list() {
        let kind = match m.kind {
            MetricKind::Fraction => "fraction",
            MetricKind::Ratio => "number",
            MetricKind::Money => "money",
            MetricKind::Count => "count",
            MetricKind::Bars => "bars",
        };
        writeln!(
            page,
            "| `{}` | {kind} | {} |",
            m.name,
            m.about.replace('|', "\\|")
        )
        .unwrap();
    }
    page.push_str("\n## Entries not taken\n\nEvery entry that a strategy asked for and did not get is counted by reason.\n\n");
    for reason in SkipReason::ALL {
        writeln!(page, "- `{}`", reason.name()).unwrap();
    }
    page
}

#[test]
fn the_page_of_figures_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), page());
}
