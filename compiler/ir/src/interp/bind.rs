//! Everything fixed for the run.

use super::machine::{History, Machine, Outside, Plan};
use super::scalar::{count, is_true};
use crate::module::{Module, Ty, ValueId};
use crate::program::Program;
use crate::stage::Stage;
use sixbtc_abi::{Constants, KernelError, ParamKind, ParamSpec};

/// Checks parameter values against what the source admits: kind, and range. Numbers and whole numbers may take any value
/// in range, whether a sweep would visit it or not; the other kinds one of those listed, or the default.
pub fn check_params(specs: &[ParamSpec], params: &[f64]) -> Result<(), KernelError> {
    let refuse = |name: &str, reason: String| {
        Err(KernelError::Param {
            name: name.to_owned(),
            reason,
        })
    };
    if let Some(missing) = specs.get(params.len()) {
        return refuse(&missing.name, "has no value".into());
    }
    if params.len() > specs.len() {
        return refuse(
            &format!("#{}", specs.len() + 1),
            format!("unknown; the strategy has {} parameters", specs.len()),
        );
    }
    for (spec, &value) in specs.iter().zip(params) {
        let wrong = |reason: String| refuse(&spec.name, reason);
        if !value.is_finite() {
            return wrong(format!("{value} is not a number it can take"));
        }
        let (least, greatest) = spec.range;
        if value < least || value > greatest {
            return wrong(format!("{value} is outside {least}..{greatest}"));
        }
        let whole = value.fract().abs() <= 0.0;
        // adding 0 makes −0 equal to 0
        let one_of = |values: &[f64]| {
            values
                .iter()
                .any(|v| (v + 0.0).total_cmp(&(value + 0.0)).is_eq())
        };
        match &spec.kind {
            ParamKind::Number(_) => {}
            ParamKind::Whole(_) if whole => {}
            ParamKind::Whole(_) => return wrong(format!("{value} is not a whole number")),
            ParamKind::Bool if one_of(&[0.0, 1.0]) => {}
            ParamKind::Bool => return wrong(format!("{value} is neither 0 (false) nor 1 (true)")),
            ParamKind::Choice(names) => {
                if !whole || value < 0.0 || value >= names.len() as f64 {
                    return wrong(format!("{value} is none of its {} choices", names.len()));
                }
            }
            ParamKind::Timeframe if one_of(&[spec.default]) || one_of(&spec.values) => {}
            ParamKind::Timeframe => return wrong(format!("{value} ms is none of its timeframes")),
        }
        let enumerated = matches!(spec.kind, ParamKind::Bool | ParamKind::Choice(_));
        if enumerated
            && !spec.values.is_empty()
            && !one_of(&spec.values)
            && !one_of(&[spec.default])
        {
            return wrong(format!("{value} is not in its list"));
        }
    }
    Ok(())
}

/// By node: the value of those of the run stage, 0 for the others.
pub(super) fn fixed_values(module: &Module, plan: &Plan, params: &[f64]) -> Vec<f64> {
    let outside = Outside {
        params,
        input: None,
        position: None,
        entry: 0.0,
        confirmed: &[],
    };
    let mut fixed = vec![0.0; module.nodes.len()];
    let history = History::new(module);
    for &id in plan
        .order
        .iter()
        .filter(|id| plan.stages[id.index()] == Stage::Run)
    {
        let value = Machine::new(module, plan, &fixed, outside).value(&history, id, 0);
        fixed[id.index()] = value;
    }
    fixed
}

/// The values of [`Program::run`], in that order; truth as 1.0 or 0.0. The parameters are not checked.
pub fn run_values(program: &Program, params: &[f64]) -> Result<Vec<f64>, KernelError> {
    let plan = Plan::new(&program.module).map_err(|e| KernelError::Shape(e.to_string()))?;
    let fixed = fixed_values(&program.module, &plan, params);
    Ok(program.run.iter().map(|id| fixed[id.index()]).collect())
}

/// Evaluates all that is fixed for the run: checks the parameters and every `require`. `slots[i]` is the value of
/// `program.run[i]` as f64 bits, a truth value as the integer 0 or 1; a code generator may append its own.
pub fn bind(program: &Program, params: &[f64]) -> Result<Constants, KernelError> {
    let module = &program.module;
    check_params(&module.params, params)?;
    let plan = Plan::new(module).map_err(|e| KernelError::Shape(e.to_string()))?;
    let fixed = fixed_values(module, &plan, params);
    let of = |id: ValueId| fixed[id.index()];
    for (condition, id) in &module.requires {
        if !is_true(of(*id)) {
            return Err(KernelError::Require {
                condition: condition.clone(),
            });
        }
    }
    let slot = |id: &ValueId| match module.node(*id).ty {
        Ty::F64 => of(*id).to_bits(),
        Ty::Bool => u64::from(is_true(of(*id))),
    };
    let row = |id: ValueId| count(of(id), 0, usize::MAX);
    Ok(Constants {
        params: params.to_vec(),
        slots: program.run.iter().map(slot).collect(),
        scalars: module.scalars.iter().map(|id| of(*id)).collect(),
        warmup: module.warmup.map_or(0, row),
        lookback: module.lookback.iter().map(|id| row(*id)).collect(),
    })
}
