//! Bars and our answers for `tests/oracles/vectorbt_sweeps.py`.

use crate::data;
use crate::money::{Figures, TAKER};
use crate::ours::{self, Workload};
use crate::w4;
use sixbtc_engine::RunSettings;
use sixbtc_market::{Bars, export};
use std::fmt::Write;
use std::path::Path;

/// What vectorbt can be told to assume too: fills at the next open, one fee, nothing rounded; with one unit a trade.
fn like_vectorbt() -> RunSettings {
    RunSettings {
        capital: 1e7,
        record_levels: false,
        ..RunSettings::like_backtesting_py(TAKER)
    }
}

/// Writes `NAME.csv` for both sweeps, and `ours.json`: measured nanoseconds, points, and for each its trades and return.
pub fn write(dir: &Path, measured: &[(&str, f64)]) {
    std::fs::create_dir_all(dir).unwrap();
    let (fast, slow) = w4::lengths(1);
    let one_unit = |text: &str, size: &str| {
        let unit = text.replace(size, "size 1");
        assert_ne!(unit, text);
        unit
    };
    let sweeps = [
        (
            "w3",
            one_unit(ours::W3, "size risk 2%"),
            ours::brackets(),
            data::quarters(1, data::QUARTERS).remove(0),
        ),
        (
            "w4",
            one_unit(ours::W4, "size 100% of equity"),
            ours::pairs(&fast, &slow),
            data::minutes(data::MINUTES),
        ),
    ];
    let mut json = String::from("{");
    for (i, (name, text, points, bars)) in sweeps.into_iter().enumerate() {
        export_bars(&bars, &dir.join(format!("{name}.csv")));
        let workload = Workload::new(&text, points, vec![bars], like_vectorbt());
        let answers = workload.run();
        let figure = |name: &str| {
            let at = Figures::NAMES.iter().position(|n| *n == name).unwrap();
            let column: Vec<String> = answers
                .chunks_exact(Figures::NAMES.len())
                .map(|row| row[at].to_string())
                .collect();
            column.join(",")
        };
        let ns = measured
            .iter()
            .find(|m| m.0 == name)
            .map_or_else(|| "null".to_owned(), |m| m.1.to_string());
        let points: Vec<String> = workload
            .points
            .chunks_exact(workload.width)
            .map(|p| format!("{p:?}"))
            .collect();
        write!(
            json,
            "{}\"{name}\":{{\"ns\":{ns},\"points\":[{}],\"trades\":[{}],\"total_return\":[{}]}}",
            if i > 0 { "," } else { "" },
            points.join(","),
            figure("trades"),
            figure("total_return"),
        )
        .unwrap();
    }
    json.push('}');
    std::fs::write(dir.join("ours.json"), json).unwrap();
}

fn export_bars(bars: &Bars, path: &Path) {
    export(bars, path, "bench").unwrap();
}
