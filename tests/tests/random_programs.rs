//! Random programs hold all laws; more of them with `SIXBTC_FUZZ_N`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sixbtc_tests::campaign::Campaign;
use sixbtc_tests::properties::Rows;

#[test]
fn random_programs_hold_all_laws() {
    let count = std::env::var("SIXBTC_FUZZ_N")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(300);
    let rows = Rows::default();
    let campaign = Campaign {
        first: 0,
        step: 1,
        count,
        rows,
    };
    let (statistics, failure) = campaign.run(|_| true);
    if let Some(f) = failure {
        panic!(
            "seed {}: {}\n{}\nsmaller:\n{}",
            f.seed,
            f.difference,
            f.text,
            f.smallest(rows)
        );
    }
    let share = |n: u64| n as f64 / statistics.generated as f64;
    assert!(
        share(statistics.parsed) > 0.999,
        "the generator writes what does not parse\n{statistics}"
    );
    assert!(
        share(statistics.checked) > 0.9,
        "the generator writes what does not check\n{statistics}"
    );
    assert!(share(statistics.compiled) > 0.9, "{statistics}");
    assert!(
        share(statistics.traded) > 0.3,
        "too few programs trade\n{statistics}"
    );
}
