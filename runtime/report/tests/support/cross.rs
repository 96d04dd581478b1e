//! A strategy without a compiler: the cross of two simple averages, long and short, with a stop, a target and a trailing stop.

use sixbtc_abi::{
    Bracket, Column, Cond, Constants, Distance, EntryOrder, EntryPlan, FrameSpec, Input, Kernel,
    KernelError, Level, Limits, Manifest, OrderPlan, OutputSpec, Outputs, ParamKind, ParamSpec,
    Phase, PositionInputs, Side, Sizing, State, TargetLeg, TrailLeg, Unit, Value,
};
use std::ops::Range;

pub struct Cross(Manifest);

impl Cross {
    pub fn new(title: &str, period_ms: i64) -> Self {
        let entry = |side, tag: &str, bit| EntryPlan {
            side,
            tag: tag.into(),
            when: Cond {
                phase: Phase::Signal,
                bit,
            },
            order: EntryOrder::Market,
            size: None,
            bracket: Bracket {
                stops: vec![Level::Percent(Value::Const(0.02))],
                targets: vec![TargetLeg {
                    level: Level::Percent(Value::Const(0.08)),
                    closing: None,
                }],
                trail: Some(TrailLeg {
                    distance: Distance::Percent(Value::Const(0.025)),
                    after: Some(Distance::Percent(Value::Const(0.015))),
                }),
                ..Bracket::default()
            },
        };
        let param = |name: &str, default| ParamSpec {
            name: name.into(),
            kind: ParamKind::Whole(Unit::Bars),
            default,
            range: (1.0, 1_000.0),
            values: vec![],
        };
        let average = |name: &str| OutputSpec {
            name: name.into(),
            unit: Unit::Price,
        };
        Self(Manifest {
            name: "sma_cross".into(),
            title: title.into(),
            frames: vec![FrameSpec {
                symbol: None,
                period_ms,
                columns: vec![Column::Close],
            }],
            params: vec![param("fast", 24.0), param("slow", 160.0)],
            flags: vec!["over".into(), "under".into()],
            values: vec![average("sma(close, fast)"), average("sma(close, slow)")],
            plots: vec![0, 1],
            plan: OrderPlan {
                entries: vec![
                    entry(Side::Long, "golden cross", 0),
                    entry(Side::Short, "death cross", 1),
                ],
                size: Some(Sizing::Equity(Value::Const(0.9))),
                limits: Limits::default(),
                ..OrderPlan::default()
            },
            history: vec![1_000],
            ..Manifest::default()
        })
    }
}

impl Kernel for Cross {
    fn manifest(&self) -> &Manifest {
        &self.0
    }

    fn bind(&self, params: &[f64]) -> Result<Constants, KernelError> {
        let &[fast, slow] = params else {
            return Err(KernelError::Shape("two parameters".into()));
        };
        Ok(Constants {
            params: params.to_vec(),
            warmup: slow as usize,
            lookback: vec![fast as usize - 1, slow as usize - 1],
            ..Constants::default()
        })
    }

    fn new_state(&self, _: &Constants) -> State {
        State::default()
    }

    fn run(
        &self,
        input: &Input<'_>,
        _: &[usize],
        rows: Range<usize>,
        constants: &Constants,
        _: &mut State,
        out: &mut Outputs,
    ) -> Result<(), KernelError> {
        let close = input.frames[0].columns[0];
        let mean = |param: usize, t: usize| {
            let n = constants.params[param] as usize;
            (t + 1 >= n).then(|| close[t + 1 - n..=t].iter().sum::<f64>() / n as f64)
        };
        for (k, t) in rows.enumerate() {
            let now = (mean(0, t), mean(1, t));
            out.values[0][k] = now.0.unwrap_or(f64::NAN);
            out.values[1][k] = now.1.unwrap_or(f64::NAN);
            let over = |(fast, slow): (Option<f64>, Option<f64>)| Some(fast? > slow?);
            let before = t
                .checked_sub(1)
                .and_then(|b| over((mean(0, b), mean(1, b))));
            out.flags[k] = match (before, over(now)) {
                (Some(false), Some(true)) => 1,
                (Some(true), Some(false)) => 2,
                _ => 0,
            };
        }
        Ok(())
    }

    fn position(
        &self,
        _: (u64, &[f64]),
        _: &PositionInputs,
        _: &Constants,
        _: &mut State,
        _: &mut [f64],
    ) -> Result<u64, KernelError> {
        Ok(0)
    }

    fn bracket(&self, _: &[f64], _: f64, _: &Constants, _: &mut [f64]) -> Result<(), KernelError> {
        Ok(())
    }
}
