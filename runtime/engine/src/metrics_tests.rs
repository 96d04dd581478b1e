use super::*;
use sixbtc_abi::{ExitReason, Side};

const DAY: i64 = 86_400_000;

fn curve(capital: f64, equity: &[f64]) -> EquityCurve {
    let mut curve = EquityCurve::new(capital);
    curve
        .push_held(equity.len(), 0.0, 1.0, 0.0)
        .extend_from_slice(equity);
    curve
}

fn trade(pnl: f64, notional: f64) -> Trade {
    Trade {
        id: 1,
        lot: 1,
        symbol: 0,
        entry: 0,
        side: Side::Long,
        entry_time: 0,
        entry_row: 0,
        entry_price: 1.0,
        exit_time: 0,
        exit_row: 4,
        exit_price: 1.0,
        exit_at_close: false,
        size: notional,
        notional,
        leverage: 1.0,
        fees: 0.0,
        funding: 0.0,
        slippage: 0.0,
        pnl,
        pnl_pct: 100.0 * pnl / notional,
        return_r: pnl / 10.0,
        bars: 4,
        mae_pct: 0.0,
        mfe_pct: 0.0,
        exit_reason: ExitReason::Signal,
        ambiguous: false,
    }
}

fn of(curve: &EquityCurve, trades: &[Trade], trials: Trials) -> Metrics {
    let time: Vec<i64> = (0..curve.len() as i64).map(|i| i * DAY).collect();
    let counters = Counters {
        traded: 2_000.0,
        fees: 3.0,
        ..Counters::default()
    };
    metrics(curve, &time, Timeframe::D1, trades, &counters, trials)
}

fn near(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{a} is not {b}");
}

#[test]
fn figures_of_a_small_curve_by_hand() {
    let m = of(
        &curve(100.0, &[110.0, 99.0, 99.0, 121.0]),
        &[],
        Trials::default(),
    );
    let r = [0.1, -0.1, 0.0, 121.0 / 99.0 - 1.0];
    let mean = r.iter().sum::<f64>() / 4.0;
    let var = r.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 3.0;
    near(m.total_return, 0.21);
    near(m.annual_return, 1.21f64.powf(365.0 / 4.0) - 1.0);
    near(m.annual_volatility, (var * 365.0).sqrt());
    near(m.sharpe, mean / var.sqrt() * 365f64.sqrt());
    near(m.sortino, mean / (0.01f64 / 4.0).sqrt() * 365f64.sqrt());
    near(m.max_drawdown, 0.1);
    near(m.calmar, m.annual_return / 0.1);
    near(m.max_drawdown_bars, 3.0);
    near(m.recovery_bars, 2.0);
    near(m.exposure, 1.0);
    near(
        m.turnover,
        2_000.0 / ((110.0 + 99.0 + 99.0 + 121.0) / 4.0) * 365.0 / 4.0,
    );
    let pop = var * 3.0 / 4.0;
    near(
        m.skew,
        r.iter().map(|x| (x - mean).powi(3)).sum::<f64>() / 4.0 / pop.powf(1.5),
    );
    near(
        m.kurtosis,
        r.iter().map(|x| (x - mean).powi(4)).sum::<f64>() / 4.0 / (pop * pop),
    );
    assert!(m.win_rate.is_nan());
    near(m.trades, 0.0);
}

#[test]
fn drawdown_counts_open_losses_and_never_recovered_ones() {
    let m = of(
        &curve(100.0, &[90.0, 120.0, 60.0, 80.0, 100.0]),
        &[],
        Trials::default(),
    );
    near(m.max_drawdown, 0.5);
    near(m.max_drawdown_bars, 3.0);
    assert!(m.recovery_bars.is_nan());
    near(m.longest_drawdown_bars, 3.0);
}

#[test]
fn flat_runs_equal_the_same_samples_one_by_one() {
    let mut runs = EquityCurve::new(100.0);
    runs.push_flat(3, 100.0);
    runs.push_held(2, 100.0, 1.0, 50.0).extend([101.0, 97.0]);
    runs.push_flat(4, 98.0);
    runs.push_held(1, 98.0, 1.0, 50.0).push(99.5);
    let single = curve(100.0, &runs.equity());
    let (a, b) = (
        of(&runs, &[], Trials::default()),
        of(&single, &[], Trials::default()),
    );
    for (x, y) in a.list().iter().zip(b.list()) {
        if x.name != "exposure" {
            assert!(
                x.value.is_nan() && y.value.is_nan() || (x.value - y.value).abs() < 1e-9,
                "{}",
                x.name
            );
        }
    }
    near(a.exposure, 0.3);
}

#[test]
fn no_spread_has_no_sharpe() {
    let m = of(
        &curve(100.0, &[100.0, 100.0, 100.0]),
        &[],
        Trials::default(),
    );
    assert!(
        m.sharpe.is_nan()
            && m.skew.is_nan()
            && m.probabilistic_sharpe.is_nan()
            && m.calmar.is_nan()
    );
    near(m.max_drawdown, 0.0);
    let empty = of(&EquityCurve::new(100.0), &[], Trials::default());
    near(empty.total_return, 0.0);
    assert!(empty.sharpe.is_nan());
}

#[test]
fn figures_of_trades_by_hand() {
    let trades = [
        trade(10.0, 100.0),
        trade(-5.0, 100.0),
        trade(-5.0, 50.0),
        trade(20.0, 100.0),
    ];
    let m = of(
        &curve(100.0, &[110.0, 105.0, 100.0, 120.0]),
        &trades,
        Trials::default(),
    );
    near(m.win_rate, 0.5);
    near(m.profit_factor, 3.0);
    near(m.expectancy, 5.0);
    near(m.average_win, 15.0);
    near(m.average_loss, 5.0);
    near(m.longest_losing_streak, 2.0);
    near(m.kelly, 0.5 - 0.5 / 3.0);
    near(m.average_r, 0.5);
    near(m.sqn, 2.0 * 5.0 / 150f64.sqrt());
    near(m.average_bars, 4.0);
    near(m.reference_expectancy, 0.5 * 0.15 - 0.5 * 0.075);
    let r = [0.1, -0.05, -0.1, 0.2];
    let mean = r.iter().sum::<f64>() / 4.0;
    let dev = (r.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 4.0).sqrt();
    near(m.reference_sharpe, mean / dev * 365f64.sqrt());
    near(m.reference_drawdown, 10.0 / 110.0);
}

#[test]
fn reference_sharpe_has_its_odd_rules() {
    let losing = [trade(10.0, 100.0), trade(12.0, 100.0), trade(11.0, 100.0)];
    near(
        of(&curve(100.0, &[80.0]), &losing, Trials::default()).reference_sharpe,
        0.0,
    );
    near(
        of(&curve(100.0, &[40.0]), &losing, Trials::default()).reference_sharpe,
        -1.2,
    );
    near(
        of(&curve(100.0, &[140.0]), &losing[..2], Trials::default()).reference_sharpe,
        0.0,
    );
}

#[test]
fn wilson_interval_of_the_textbook() {
    let (low, high) = wilson(8.0, 10.0);
    near(low, 0.490_162_471_536_641_8);
    near(high, 0.943_317_848_545_624_7);
    assert!(wilson(0.0, 0.0).0.is_nan());
    let (low, high) = wilson(0.0, 10.0);
    assert!(low.abs() < 1e-12 && high < 0.31);
}

#[test]
fn deflation_lowers_the_probability() {
    let equity: Vec<f64> = (0..400)
        .map(|i| 100.0 + f64::from(i) * 0.05 + f64::from(i % 7))
        .collect();
    let one = of(&curve(100.0, &equity), &[], Trials::default());
    let many = of(
        &curve(100.0, &equity),
        &[],
        Trials {
            count: 1_000,
            variance: 0.01,
        },
    );
    near(one.deflated_sharpe, one.probabilistic_sharpe);
    assert!(many.deflated_sharpe < one.deflated_sharpe);
    // Bailey and López de Prado's example: 100 trials of variance 1/2 expect a best of about 1.79.
    near(
        (expected_best_sharpe(Trials {
            count: 100,
            variance: 0.5,
        }) * 100.0)
            .round(),
        179.0,
    );
    near(many.trials, 1_000.0);
}

#[test]
fn days_are_utc_days_whatever_the_gaps() {
    let mut c = EquityCurve::new(100.0);
    c.push_flat(2, 100.0);
    c.push_held(3, 100.0, 1.0, 0.0)
        .extend([110.0, 121.0, 121.0]);
    c.push_flat(1, 60.5);
    let h = DAY / 4;
    let time = [0, h, 2 * h, DAY, DAY + h, 5 * DAY];
    let daily = daily_returns(&c, &time);
    assert_eq!(daily.len(), 3);
    near(daily[0], 0.1);
    near(daily[1], 0.1);
    near(daily[2], -0.5);
}

#[test]
fn names_are_unique_and_described() {
    let list = Metrics::NONE.list();
    for m in &list {
        assert_eq!(list.iter().filter(|o| o.name == m.name).count(), 1);
        assert!(m.about.len() > 5 && Metrics::NONE.get(m.name).unwrap().is_nan());
    }
    assert!(Metrics::NONE.get("nonsense").is_none());
}
