use super::*;
use proptest::prelude::*;

fn record(run: &str, lineage: &str, data: &str, sharpes: &[f64]) -> TrialRecord {
    TrialRecord::of(run, lineage, "program", data, sharpes.iter().copied())
}

#[test]
fn repeating_a_run_does_not_count_twice() {
    let mut ledger = TrialLedger::default();
    let first = record("r1", "a", "d", &[0.01, 0.03, f64::NAN]);
    assert_eq!(ledger.enter(first.clone()).unwrap(), Entered::New);
    assert_eq!(ledger.enter(first).unwrap(), Entered::Known);
    let tally = ledger.tally(Scope::All);
    assert_eq!((tally.runs, tally.points, tally.sharpe.count()), (1, 3, 2));
    let trials = tally.trials(1_000);
    assert_eq!(trials.count, 3);
    assert!((trials.variance - 0.000_2).abs() < 1e-15);
}

#[test]
fn another_result_under_one_identity_is_a_conflict() {
    let mut ledger = TrialLedger::default();
    ledger.enter(record("r1", "a", "d", &[0.01])).unwrap();
    let other = record("r1", "a", "d", &[0.02]);
    let error = ledger.enter(other.clone()).unwrap_err();
    assert!(matches!(error, LedgerError::Conflict { ref run } if run == "r1"));
    let mut second = TrialLedger::default();
    second.enter(other).unwrap();
    second.enter(record("r2", "a", "d", &[0.02])).unwrap();
    let before = ledger.clone();
    assert!(ledger.merge(second).is_err());
    assert_eq!(ledger, before);
}

#[test]
fn scopes_count_what_they_name() {
    let mut ledger = TrialLedger::default();
    for (run, lineage, data, points) in [
        ("1", "a", "x", 2),
        ("2", "a", "y", 3),
        ("3", "b", "x", 5),
        ("4", "b", "y", 7),
    ] {
        ledger
            .enter(record(run, lineage, data, &vec![0.01; points]))
            .unwrap();
    }
    let points = |scope| ledger.tally(scope).points;
    assert_eq!(points(Scope::All), 17);
    assert_eq!(points(Scope::Lineage("a")), 5);
    assert_eq!(points(Scope::Data("x")), 7);
    let both = Scope::Both {
        lineage: "b",
        data: "y",
    };
    assert_eq!(points(both), 7);
    assert_eq!(points(Scope::Lineage("c")), 0);
}

#[test]
fn nothing_tried_is_one_trial_and_one_tried_deflates_by_chance() {
    let tally = TrialLedger::default().tally(Scope::All);
    let trials = tally.trials(2_500);
    assert_eq!((trials.count, trials.variance), (1, 0.000_4));
    let mut ledger = TrialLedger::default();
    // fifty points of which none has a Sharpe ratio still count
    ledger
        .enter(record("1", "a", "x", &[f64::NAN; 50]))
        .unwrap();
    let trials = ledger.tally(Scope::All).trials(2_500);
    assert_eq!((trials.count, trials.variance), (50, 0.000_4));
}

#[test]
fn broken_records_are_refused_by_field() {
    let good = record("r", "a", "d", &[0.01, 0.02]);
    assert!(good.check().is_ok());
    for (bad, field) in [
        (
            TrialRecord {
                format: 2,
                ..good.clone()
            },
            "format",
        ),
        (
            TrialRecord {
                lineage: String::new(),
                ..good.clone()
            },
            "lineage",
        ),
        (
            TrialRecord {
                points: 1,
                ..good.clone()
            },
            "points",
        ),
    ] {
        let error = bad.check().unwrap_err();
        assert!(matches!(error, LedgerError::Record { field: f, .. } if f == field));
    }
}

#[test]
fn a_file_is_read_back_to_the_bit() {
    let mut ledger = TrialLedger::default();
    let mut file = String::new();
    for (run, sharpe) in [("b", 0.1 / 3.0), ("a", -1e-9)] {
        let record = record(run, "l", "d", &[sharpe, sharpe * 7.0]);
        file.push_str(&lines::encode(&record).unwrap());
        ledger.enter(record).unwrap();
    }
    let (back, read) = TrialLedger::decode(&file).unwrap();
    assert_eq!(back, ledger);
    assert!(!read.torn);
    // a writer died in the middle of the third line
    let (back, read) = TrialLedger::decode(&format!("{file}{{\"format\":1,\"ru")).unwrap();
    assert_eq!((back, read.torn, read.whole), (ledger, true, file.len()));
    let broken = file.replacen("\"points\":2", "\"points\":1", 1);
    assert!(TrialLedger::decode(&broken).is_err());
}

fn ledger(runs: &[u8]) -> TrialLedger {
    let mut ledger = TrialLedger::default();
    for &run in runs {
        let sharpes: Vec<f64> = (0..=run % 5)
            .map(|k| f64::from(run) * 0.001 + f64::from(k) * 0.01)
            .collect();
        let lineage = format!("l{}", run % 3);
        ledger
            .enter(record(&format!("r{run}"), &lineage, "d", &sharpes))
            .unwrap();
    }
    ledger
}

proptest! {
    /// To the bit: a ledger is a set, and its tally walks it in one order.
    #[test]
    fn merging_ledgers_is_associative_commutative_and_idempotent(
        a in prop::collection::vec(0u8..30, 0..12),
        b in prop::collection::vec(0u8..30, 0..12),
        c in prop::collection::vec(0u8..30, 0..12),
    ) {
        let merged = |parts: &[&[u8]]| {
            let mut all = TrialLedger::default();
            for part in parts {
                all.merge(ledger(part)).unwrap();
            }
            all
        };
        let left = merged(&[&a, &b, &c]);
        let mut right = ledger(&a);
        right.merge(merged(&[&c, &b])).unwrap();
        prop_assert_eq!(&left, &right);
        prop_assert_eq!(left.tally(Scope::All), right.tally(Scope::All));
        right.merge(left.clone()).unwrap();
        prop_assert_eq!(&left, &right);
        let whole: Vec<u8> = a.iter().chain(&b).chain(&c).copied().collect();
        prop_assert_eq!(&left, &ledger(&whole));
    }

    #[test]
    fn more_runs_never_mean_fewer_trials(a in prop::collection::vec(0u8..30, 0..12), more in 0u8..30) {
        let mut ledger = ledger(&a);
        let before = ledger.tally(Scope::All).trials(100).count;
        let sharpes = [0.01];
        let extra = record(&format!("x{more}"), "l0", "d", &sharpes);
        ledger.enter(extra).unwrap();
        prop_assert!(ledger.tally(Scope::All).trials(100).count >= before);
    }
}
