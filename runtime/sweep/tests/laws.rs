//! The laws of results: whatever is killed, however many threads and shards, the file is the same to the byte.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::float_cmp)]

mod support;

use proptest::prelude::*;
use sixbtc_sweep::{
    Evaluate, Objective, RealDisk, Search, Shard, Space, Sweep, SweepError, merge, read_results,
};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use support::{Dying, Rosenbrock, identity, params};

fn objective() -> Vec<Objective> {
    vec![Objective::parse("sharpe").unwrap()]
}

fn searches() -> Vec<Search> {
    vec![
        Search::Grid,
        Search::Random {
            budget: 90,
            seed: 7,
        },
        Search::Sobol { budget: 90 },
        Search::Genetic {
            budget: 90,
            seed: 7,
            population: 16,
        },
        Search::Halving {
            budget: 90,
            seed: 7,
            keep_one_in: 3,
        },
    ]
}

/// Runs a sweep into `out` and yields what it said.
fn run(
    out: &Path,
    search: &Search,
    threads: usize,
    disk: &dyn sixbtc_sweep::Disk,
    shard: Option<Shard>,
) -> Result<sixbtc_sweep::Outcome, SweepError> {
    let space = Space::grid(&params(&[6, 7, 5]), &[]).unwrap();
    let short = Rosenbrock::new(4, 8);
    let whole = Rosenbrock::new(4, 8);
    let spans: [&dyn Evaluate; 2] = [&short, &whole];
    let one: [&dyn Evaluate; 1] = [&whole];
    let objectives = objective();
    let identity = identity("abc");
    let evaluators: &[&dyn Evaluate] = if matches!(search, Search::Halving { .. }) {
        &spans
    } else {
        &one
    };
    let mut sweep = Sweep::new(&space, evaluators, &objectives, &identity);
    sweep.search = search;
    sweep.threads = threads;
    sweep.out = Some(out);
    sweep.disk = disk;
    sweep.shard = shard;
    sweep.run()
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

fn meta(path: &Path) -> Vec<u8> {
    std::fs::read(format!("{}.meta.json", path.display())).unwrap_or_default()
}

/// What a sweep that nothing disturbs writes.
fn undisturbed(dir: &Path, search: &Search, ending: &str) -> (Vec<u8>, Vec<u8>) {
    let out = dir.join(format!("plain.{ending}"));
    let outcome = run(&out, search, 1, &RealDisk, None).unwrap();
    assert!(outcome.finished && !outcome.was_there);
    assert!(
        !dir.join(format!("plain.{ending}.parts")).exists(),
        "parts were left"
    );
    (bytes(&out), meta(&out))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_kill_at_any_moment_changes_nothing(
        which in 0_usize..5,
        kills in proptest::collection::vec(0_u64..90, 1..4),
        threads in 1_usize..5,
        parquet in any::<bool>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let search = searches().swap_remove(which);
        let ending = if parquet { "parquet" } else { "csv" };
        let plain = undisturbed(dir.path(), &search, ending);
        let out = dir.path().join(format!("killed.{ending}"));
        for k in kills {
            let disk = Dying::at(k, ErrorKind::Other);
            // it may just have sufficed
            let _ = run(&out, &search, threads, &disk, None);
        }
        let outcome = run(&out, &search, threads, &RealDisk, None).unwrap();
        prop_assert!(outcome.finished);
        prop_assert_eq!(&(bytes(&out), meta(&out)), &plain);
        // no point lost, none twice
        let mut numbers: Vec<u64> = read_results(&out).unwrap().flat_map(|c| c.unwrap().numbers).collect();
        let rows = numbers.len() as u64;
        prop_assert_eq!(rows, outcome.points);
        numbers.sort_unstable();
        numbers.dedup();
        prop_assert_eq!(numbers.len() as u64, rows);
        let left = [format!("killed.{ending}.parts"), format!("killed.{ending}.unfinished")];
        prop_assert!(left.iter().all(|name| !dir.path().join(name).exists()));
        // once more: it is there already
        let again = run(&out, &search, threads, &RealDisk, None).unwrap();
        prop_assert!(again.was_there);
        prop_assert_eq!(again.evaluated, 0);
        let numbers = |o: &sixbtc_sweep::Outcome| o.best.iter().map(|b| b.number).collect::<Vec<_>>();
        prop_assert_eq!(numbers(&again), numbers(&outcome));
    }

    #[test]
    fn shards_make_the_whole(which in 0_usize..3, of in 1_u32..9, threads in 1_usize..4, parquet in any::<bool>()) {
        let dir = tempfile::tempdir().unwrap();
        let search = searches().swap_remove(which);
        let ending = if parquet { "parquet" } else { "csv" };
        let plain = undisturbed(dir.path(), &search, ending);
        let mut shards: Vec<PathBuf> = Vec::new();
        for index in 1..=of {
            let out = dir.path().join(format!("shard{index}.{ending}"));
            run(&out, &search, threads, &RealDisk, Some(Shard { index, of })).unwrap();
            shards.push(out);
        }
        shards.reverse();
        let out = dir.path().join(format!("merged.{ending}"));
        merge(&RealDisk, &out, &shards).unwrap();
        prop_assert_eq!((bytes(&out), meta(&out)), plain);
    }
}

#[test]
fn shards_that_do_not_fit_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let shard = |name: &str, index, of, search: &Search| {
        let out = dir.path().join(name);
        run(&out, search, 2, &RealDisk, Some(Shard { index, of })).unwrap();
        out
    };
    let one = shard("1.csv", 1, 3, &Search::Grid);
    let two = shard("2.csv", 2, 3, &Search::Grid);
    let three = shard("3.csv", 3, 3, &Search::Grid);
    let again = shard("2b.csv", 2, 3, &Search::Grid);
    let other = shard(
        "o.csv",
        3,
        3,
        &Search::Random {
            budget: 30,
            seed: 1,
        },
    );
    let half = shard("h.csv", 1, 2, &Search::Grid);
    let said = |list: &[&PathBuf]| {
        let list: Vec<PathBuf> = list.iter().map(|p| (*p).clone()).collect();
        merge(&RealDisk, &dir.path().join("out.csv"), &list)
            .map_or_else(|e| e.to_string(), |m| m.points.to_string())
    };
    assert!(said(&[]).contains("no shards"));
    assert!(said(&[&one, &two]).contains("shard 3/3 is missing"));
    assert!(said(&[&one, &two, &three, &again]).contains("shard 2/3 is there twice"));
    assert!(
        said(&[&one, &two, &other]).contains("search: random, seed 1, budget 30 here")
            || said(&[&one, &two, &other]).contains("search: ")
    );
    assert!(said(&[&half, &two]).contains("cut differently"));
    let whole = dir.path().join("w.csv");
    run(&whole, &Search::Grid, 1, &RealDisk, None).unwrap();
    assert!(said(&[&whole]).contains("is no shard"));
    assert_eq!(
        said(&[&three, &one, &two]),
        read_results(&whole).unwrap().points().to_string()
    );
    let many = run(
        &dir.path().join("m.csv"),
        &Search::Grid,
        1,
        &RealDisk,
        Some(Shard {
            index: 1,
            of: 5_000,
        }),
    );
    assert!(
        many.unwrap_err()
            .to_string()
            .contains("5000 shards are more than the 210 points")
    );
    let genetic = searches().swap_remove(3);
    let cut = run(
        &dir.path().join("g.csv"),
        &genetic,
        1,
        &RealDisk,
        Some(Shard { index: 1, of: 2 }),
    );
    assert!(
        cut.unwrap_err()
            .to_string()
            .contains("cannot be cut into shards")
    );
}

#[test]
fn a_full_disk_is_named_and_keeps_what_is_finished() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("r.parquet");
    let plain = undisturbed(dir.path(), &Search::Grid, "parquet");
    let mut named = 0;
    for k in 0..60 {
        match run(
            &out,
            &Search::Grid,
            2,
            &Dying::at(k, ErrorKind::StorageFull),
            None,
        ) {
            Err(e @ SweepError::Full { .. }) => {
                assert!(e.is_outside());
                assert!(e.to_string().starts_with("the disk is full"), "{e}");
                named += 1;
            }
            Err(e) => panic!("operation {k}: {e}"),
            Ok(_) => break,
        }
    }
    assert!(named > 10, "{named}");
    run(&out, &Search::Grid, 2, &RealDisk, None).unwrap();
    assert_eq!(bytes(&out), plain.0);
}

#[test]
fn results_of_another_sweep_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("r.csv");
    let space = Space::grid(&params(&[6, 7]), &[]).unwrap();
    let evaluator = Rosenbrock::new(0, 8);
    let evaluators: [&dyn Evaluate; 1] = [&evaluator];
    let objectives = objective();
    let (mine, mut other) = (identity("abc"), identity("abd"));
    other.set("setting slippage", "0.001");
    let mut sweep = Sweep::new(&space, &evaluators, &objectives, &mine);
    sweep.out = Some(&out);
    // stopped before its first part: the directory says whose it is
    let stop = std::sync::atomic::AtomicBool::new(true);
    sweep.stop = &stop;
    assert!(!sweep.run().unwrap().finished);
    let narrow = Space::grid(&params(&[6, 7]), &[("p0".into(), "1..3".into())]).unwrap();
    for (identity, space, what) in [
        (
            &other,
            &space,
            vec![
                "program: abc there, abd here",
                "setting slippage: 0.0005 there, 0.001 here",
            ],
        ),
        (&mine, &narrow, vec!["param p0: 0,1,2,3,4,5 ("]),
    ] {
        let mut sweep = Sweep::new(space, &evaluators, &objectives, identity);
        sweep.out = Some(&out);
        let said = sweep.run().unwrap_err().to_string();
        assert!(
            said.contains("r.csv.parts holds the results of another sweep"),
            "{said}"
        );
        for part in what {
            assert!(said.contains(part), "{said}");
        }
    }
    // the finished file guards itself too
    let never = std::sync::atomic::AtomicBool::new(false);
    sweep.stop = &never;
    assert!(sweep.run().unwrap().finished);
    let mut sweep = Sweep::new(&space, &evaluators, &objectives, &other);
    sweep.out = Some(&out);
    assert!(
        sweep
            .run()
            .unwrap_err()
            .to_string()
            .contains("r.csv holds the results of another sweep")
    );
}

#[test]
fn results_read_back_as_they_were() {
    let dir = tempfile::tempdir().unwrap();
    for ending in ["csv", "parquet"] {
        let out = dir.path().join(format!("r.{ending}"));
        run(&out, &Search::Grid, 2, &RealDisk, None).unwrap();
        let file = read_results(&out).unwrap();
        assert_eq!(file.params(), ["p0", "p1", "p2"]);
        assert_eq!(file.figures(), ["sharpe", "max_drawdown", "trades"]);
        assert_eq!(file.identity().facts["program"], "abc");
        assert_eq!(file.points() + file.pruned(), 210);
        let space = Space::grid(&params(&[6, 7, 5]), &[]).unwrap();
        let mut rows = 0;
        for chunk in file {
            let chunk = chunk.unwrap();
            for r in 0..chunk.len() {
                let point: Vec<f64> = chunk.params.iter().map(|c| c[r]).collect();
                assert_eq!(point, space.point(chunk.numbers[r]));
                let sum: f64 = point.iter().sum();
                assert_eq!(chunk.figures[2][r], sum);
                let wanted = if sum % 7.0 == 0.0 {
                    f64::NAN
                } else {
                    Rosenbrock::value(&point)
                };
                assert!(
                    chunk.figures[0][r].to_bits() == wanted.to_bits()
                        || wanted.is_nan() && chunk.figures[0][r].is_nan()
                );
                rows += 1;
            }
        }
        assert!(rows > 100);
        // a cut file is refused, not read by half
        let whole = bytes(&out);
        std::fs::write(&out, &whole[..whole.len() / 2]).unwrap();
        let read = read_results(&out).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        if ending == "parquet" {
            assert!(read.is_err());
        }
    }
    assert!(read_results(dir.path().join("none.csv")).is_err());
    assert!(read_results(dir.path().join("none.txt")).is_err());
}

#[cfg(unix)]
#[test]
fn a_directory_that_may_not_be_written_is_an_outside_failure() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let locked = dir.path().join("locked");
    std::fs::create_dir(&locked).unwrap();
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o555)).unwrap();
    let ran = run(&locked.join("r.csv"), &Search::Grid, 1, &RealDisk, None);
    // the superuser may write anywhere
    if let Err(e) = ran {
        assert!(e.is_outside(), "{e}");
    }
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o755)).unwrap();
}
