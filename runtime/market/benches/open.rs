//! Time to open 2.6 million one-minute bars (goals: CSV 0.6 s, Parquet 60 ms), and of what comes after opening.
//!
//! `cargo bench -p sixbtc-market --bench open`
#![allow(missing_docs, clippy::unwrap_used)]

use divan::Bencher;
use sixbtc_market::export::{Packing, write_parquet};
use sixbtc_market::{
    Bars, FrameSet, ImportOptions, SynthOptions, Timeframe, check, export, open, resample, synth,
};
use std::path::PathBuf;
use std::sync::LazyLock;

static DIRECTORY: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

static BARS: LazyLock<Bars> = LazyLock::new(|| {
    let options = SynthOptions {
        symbol: "SYNTH".into(),
        bars: 2_628_000,
        timeframe: Timeframe::M1,
        persistence: 0.9995,
        ..SynthOptions::default()
    };
    synth(&options).unwrap()
});

fn file(name: &str) -> PathBuf {
    let path = DIRECTORY.path().join(name);
    if !path.exists() {
        if name.contains("small") {
            let mut bytes = Vec::new();
            write_parquet(&BARS, "bench", Packing::Small, &mut bytes).unwrap();
            std::fs::write(&path, bytes).unwrap();
        } else {
            export(&BARS, &path, "bench").unwrap();
        }
    }
    path
}

fn main() {
    divan::main();
    drop(std::fs::remove_dir_all(DIRECTORY.path()));
}

#[divan::bench(args = ["SYNTH-1m.parquet", "SYNTH-1m-small.parquet", "SYNTH-1m.csv", "SYNTH-1m.csv.gz"], sample_count = 7, sample_size = 1)]
fn open_file(bencher: Bencher, name: &str) {
    let path = file(name);
    bencher.bench_local(|| open(&path, &ImportOptions::default()).unwrap());
}

#[divan::bench(sample_count = 7, sample_size = 1)]
fn check_all_rules(bencher: Bencher) {
    let bars = &*BARS;
    bencher.bench_local(|| check::check(bars));
}

#[divan::bench(sample_count = 7, sample_size = 1)]
fn content_hash(bencher: Bencher) {
    let bars = &*BARS;
    bencher.bench_local(|| bars.hash());
}

#[divan::bench(sample_count = 7, sample_size = 1)]
fn price_scale(bencher: Bencher) {
    let bars = &*BARS;
    bencher.bench_local(|| bars.price_scale());
}

#[divan::bench(sample_count = 7, sample_size = 1)]
fn resample_to_hours(bencher: Bencher) {
    let bars = &*BARS;
    bencher.bench_local(|| resample(bars, Timeframe::H1).unwrap());
}

/// The strategy's clock with one column, and with a higher frame.
#[divan::bench(args = ["Close", "Time", "MinuteOfDay", "Weekday", "Month", "InSession", "Close and 1h"], sample_count = 7, sample_size = 1)]
fn frames(bencher: Bencher, name: &str) {
    use sixbtc_abi::{Column, FrameSpec, Manifest, SessionSpec};
    let bars = &*BARS;
    let column = match name {
        "Time" => Column::Time,
        "MinuteOfDay" => Column::MinuteOfDay,
        "Weekday" => Column::Weekday,
        "Month" => Column::Month,
        "InSession" => Column::InSession,
        _ => Column::Close,
    };
    let spec = |period_ms, columns| FrameSpec {
        symbol: None,
        period_ms,
        columns,
    };
    let mut frames = vec![spec(60_000, vec![column])];
    if name.ends_with("1h") {
        frames.push(spec(3_600_000, vec![Column::Close]));
    }
    let session = Some(SessionSpec {
        start_minute: 570,
        end_minute: 960,
        tz: "America/New_York".into(),
    });
    let manifest = Manifest {
        frames,
        session,
        ..Manifest::default()
    };
    bencher.bench_local(|| FrameSet::build(&manifest, bars, &|_| None).unwrap().rows());
}
