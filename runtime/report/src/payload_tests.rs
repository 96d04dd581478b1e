use super::*;
use crate::data::EquityCurve;
use proptest::prelude::*;

/// What `assets/base.js` does.
fn read_times(runs: &[Num]) -> Vec<i64> {
    let runs: Vec<f64> = runs.iter().map(|n| n.0).collect();
    let Some(&first) = runs.first() else {
        return Vec::new();
    };
    let mut out = vec![(first * 1e3) as i64];
    for run in runs[1..].chunks(2) {
        for _ in 0..run[1] as usize {
            out.push(out[out.len() - 1] + (run[0] * 1e3) as i64);
        }
    }
    out
}

proptest! {
    #[test]
    fn times_read_back(steps in prop::collection::vec(1i64..5, 0..200)) {
        let mut times = vec![1_506_816_000_000];
        for s in steps {
            times.push(times[times.len() - 1] + s * 60_000);
        }
        prop_assert_eq!(read_times(&run_lengths(&times)), times);
    }

    #[test]
    fn candles_keep_every_tick(ticks in prop::collection::vec((1u32..5_000_000, 0u32..900, 0u32..900, 0u32..900), 1..60), digits in 0i32..9) {
        let scale = 10f64.powi(digits);
        let at = |n: u32| f64::from(n) / scale;
        let market = Market {
            symbol: "X".into(),
            tick: 1.0 / scale,
            time: (0..ticks.len() as i64).collect(),
            open: ticks.iter().map(|t| at(t.0 + t.1)).collect(),
            close: ticks.iter().map(|t| at(t.0 + t.2)).collect(),
            high: ticks.iter().map(|t| at(t.0 + t.1.max(t.2) + t.3)).collect(),
            low: ticks.iter().map(|t| at(t.0)).collect(),
            plots: Vec::new(),
        };
        let packed = candles(&market, 60_000, 1_000);
        prop_assert_eq!(packed.digits, digits);
        let unit = 10f64.powi(packed.digits);
        let mut before = 0.0;
        for row in 0..market.time.len() {
            let o = before + packed.open[row].0;
            let c = o + packed.close[row].0;
            prop_assert_eq!(o / unit, market.open[row]);
            prop_assert_eq!(c / unit, market.close[row]);
            prop_assert_eq!((o.max(c) + packed.high[row].0) / unit, market.high[row]);
            prop_assert_eq!((o.min(c) - packed.low[row].0) / unit, market.low[row]);
            before = c;
        }
    }
}

#[test]
fn ticks_have_digits() {
    for (tick, digits) in [
        (1.0, 0),
        (5.0, 0),
        (0.5, 1),
        (0.1, 1),
        (0.25, 2),
        (1e-5, 5),
        (1e-8, 8),
        (0.0, 8),
    ] {
        assert_eq!(digits_of(tick), digits, "{tick}");
    }
}

#[test]
fn a_few_odd_prices_do_not_set_the_digits() {
    let mut market = Market {
        tick: 1e-8,
        high: vec![5_000.0; 10],
        close: vec![4_367.1; 10],
        ..Market::default()
    };
    market.close[3] = 4_367.123_456_78;
    assert_eq!(price_digits(&market), 1);
    market.tick = 0.001;
    assert_eq!(price_digits(&market), 3);
}

#[test]
fn numbers_are_short() {
    let text = |v: Num| serde_json::to_string(&v).unwrap();
    assert_eq!(text(Num(12.0)), "12");
    assert_eq!(text(Num(-0.0)), "0");
    assert_eq!(text(Num::round(0.1 + 0.2, 6)), "0.3");
    assert_eq!(text(Num(f64::NAN)), "null");
    assert_eq!(text(Num(f64::INFINITY)), "null");
}

#[test]
fn plotted_series_are_differences() {
    let plot = Plot {
        name: "ema".into(),
        is_price: true,
        values: vec![None, Some(100.0), Some(100.26), None, Some(99.999)],
    };
    let packed = serde_json::to_value(line("ema", &plot, 1)).unwrap();
    assert_eq!(packed["decimals"], 2);
    assert_eq!(
        packed["value"],
        serde_json::json!([null, 10_000, 26, null, -26])
    );
}

#[test]
fn broken_columns_are_named() {
    let data = ReportData {
        equity: EquityCurve {
            time: vec![0, 1],
            equity: vec![1.0],
        },
        ..ReportData::default()
    };
    assert!(matches!(
        json(&data),
        Err(ReportError::Columns {
            expected: 2,
            found: 1,
            ..
        })
    ));
    let data = ReportData {
        equity: EquityCurve {
            time: vec![1, 1],
            equity: vec![1.0, 1.0],
        },
        ..ReportData::default()
    };
    assert!(matches!(
        json(&data),
        Err(ReportError::Order { row: 1, .. })
    ));
}
