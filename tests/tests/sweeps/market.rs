//! Data and settings of a random sweep.

use sbt_ir::testing::Rng;
use sixbtc_abi::{Kernel, Manifest};
use sixbtc_backtest::BacktestInput;
use sixbtc_engine::{EquityMode, FillAt, RunSettings};
use sixbtc_market::{Bars, Funding, SymbolSpec, Timeframe, resample};
use sixbtc_tests::data::Market;

/// Everything a run needs but the kernel.
pub struct Stage {
    data: Vec<Bars>,
    others: Vec<Bars>,
    specs: Vec<SymbolSpec>,
    finer: Vec<Bars>,
    funding: Vec<Option<Funding>>,
    hashes: Vec<String>,
    settings: RunSettings,
    from: Option<i64>,
    to: Option<i64>,
}

impl Stage {
    /// One symbol or a few that share an account, with whatever a run may be given. A `plain` one knows no finer bars and no
    /// funding, and fills at the next open.
    pub fn random(rng: &mut Rng, manifest: &Manifest, plain: bool) -> Self {
        let period = manifest.frames.first().map_or(3_600_000, |f| f.period_ms);
        let clock = Timeframe::from_ms(period).expect("a clock");
        let symbols = if rng.once_in(3) { 2 + rng.below(3) } else { 1 };
        let rows = 250 + rng.below(500);
        let quarter = Timeframe::from_ms(period / 5).filter(|q| clock.holds(*q));
        let intrabar = quarter.filter(|_| !plain && rng.once_in(8));
        let (mut data, mut others, mut finer) = (Vec::new(), Vec::new(), Vec::new());
        for s in 0..symbols {
            let length = rows - rng.below(if s == 0 { 1 } else { rows / 2 });
            let market = Market::random(rng, intrabar.unwrap_or(clock), length);
            let mut base = market.base;
            if symbols > 1 {
                base.symbol = format!("BASE{s}");
            }
            if intrabar.is_some() {
                data.push(resample(&base, clock).expect("a coarser clock"));
                finer.push(base);
            } else {
                data.push(base);
            }
            others = vec![market.other];
        }
        let specs = data.iter().map(|bars| rules(rng, bars)).collect();
        let funding = if !plain && rng.once_in(6) {
            data.iter().map(|bars| Some(payments(rng, bars))).collect()
        } else {
            Vec::new()
        };
        let time = &data[0].time;
        let at = |rng: &mut Rng, of: usize| time.get(rng.below(of)).copied();
        Self {
            from: at(rng, 100).filter(|_| rng.once_in(4)),
            to: at(rng, rows).filter(|&t| rng.once_in(6) && t > time[110.min(time.len() - 1)]),
            hashes: vec![String::new(); symbols],
            settings: settings(rng, plain),
            data,
            others,
            specs,
            finer,
            funding,
        }
    }

    /// A run of a kernel on it.
    pub fn run<'a>(&'a self, kernel: &'a dyn Kernel) -> BacktestInput<'a> {
        BacktestInput {
            data_hashes: &self.hashes,
            others: &self.others,
            specs: &self.specs,
            intrabar: &self.finer,
            funding: &self.funding,
            from: self.from,
            to: self.to,
            ..BacktestInput::new(kernel, &[], &self.data, &self.settings)
        }
    }

    /// For the message of a difference.
    pub fn describe(&self) -> String {
        let rows: Vec<usize> = self.data.iter().map(Bars::len).collect();
        format!(
            "rows {rows:?}, from {:?} to {:?}, finer bars {}, funding {}\n{:?}\n{:?}",
            self.from,
            self.to,
            !self.finer.is_empty(),
            !self.funding.is_empty(),
            self.specs,
            self.settings
        )
    }
}

fn rules(rng: &mut Rng, bars: &Bars) -> SymbolSpec {
    let mut spec = SymbolSpec::of(bars);
    spec.lot = rng.pick(&[1e-5, 1e-5, 0.01, 1.0]).unwrap();
    spec.max_leverage = rng.pick(&[20.0, 20.0, 3.0, 50.0]).unwrap();
    if rng.once_in(4) {
        spec.tick = 0.05;
    }
    spec
}

fn payments(rng: &mut Rng, bars: &Bars) -> Funding {
    let (first, last) = (bars.time[0], bars.time[bars.len() - 1]);
    let time: Vec<i64> = (first..last).step_by(8 * 3_600_000).collect();
    Funding {
        rate: time.iter().map(|_| (rng.unit() - 0.4) * 1e-3).collect(),
        time,
    }
}

fn settings(rng: &mut Rng, plain: bool) -> RunSettings {
    let usual = RunSettings::default();
    if rng.once_in(3) {
        return usual;
    }
    RunSettings {
        capital: rng.pick(&[10_000.0, 10_000.0, 500.0, 1e6]).unwrap(),
        slippage: rng.pick(&[0.0005, 0.0, 0.003]).unwrap(),
        fill: if !plain && rng.once_in(5) {
            FillAt::Close
        } else {
            FillAt::NextOpen
        },
        equity_mode: if rng.once_in(3) {
            EquityMode::Realised
        } else {
            EquityMode::Marked
        },
        max_positions: rng.pick(&[10, 1, 1, 2]).unwrap(),
        leverage: rng.pick(&[None, None, Some(3.0), Some(25.0)]).unwrap(),
        touch_fills: rng.once_in(3),
        min_notional: rng.pick(&[None, None, Some(0.0), Some(300.0)]).unwrap(),
        round_to_lot: !rng.once_in(3),
        round_prices: !rng.once_in(3),
        liquidation: !rng.once_in(4),
        funding: !rng.once_in(4),
        ..usual
    }
}
