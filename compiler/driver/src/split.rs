//! From a checked strategy to kernels for a sweep.

use crate::compile::{Backend, CompileError, compile, compile_module_lanes};
use crate::sets::WithSets;
use sbt_hir::Strategy;
use sbt_ir::columnar::Columnar;
use sbt_opt::{ParamSet, simplify, split};
use sixbtc_abi::{Kernel, Split, SplitStage};

/// Points that a kernel runs side by side where the backend can.
const LANES: usize = 8;

/// Compiles a strategy for a sweep of the parameters `swept` (indices into the manifest's).
pub fn compile_split(
    strategy: &Strategy,
    swept: &[u16],
    backend: Backend,
) -> Result<Split, CompileError> {
    let whole = compile(strategy, backend)?.kernel;
    let mut swept = swept.to_vec();
    swept.sort_unstable();
    swept.dedup();
    if strategy.portfolio.is_some() {
        return Ok(Split::whole(whole, swept));
    }
    let failed = |e: String| CompileError::Schedule(e);
    let module = simplify(sbt_ir::lower::strategy(strategy)).map_err(|e| failed(e.to_string()))?;
    let set = ParamSet::of(swept.iter().copied());
    let parts = split(&module, set).map_err(|e| failed(e.to_string()))?;
    // beyond 126 parameters a set only ever claims too much
    let indices = |set: ParamSet| -> Vec<u16> {
        swept.iter().copied().filter(|p| set.contains(*p)).collect()
    };
    let names = |params: &[u16]| -> String {
        let name = |p: &u16| {
            let spec = whole.manifest().params.get(usize::from(*p));
            spec.map_or_else(String::new, |s| format!("`{}`", s.name))
        };
        params.iter().map(name).collect::<Vec<_>>().join(" × ")
    };
    let mut notes = Vec::new();
    let mut stages = Vec::with_capacity(parts.stages.len());
    for stage in parts.stages {
        let params = indices(stage.params);
        let columns = match stage.columns.len() {
            1 => "1 column".to_owned(),
            n => format!("{n} columns"),
        };
        notes.push(if params.is_empty() {
            format!("computed once: {columns}")
        } else {
            format!(
                "computed once for each value of {}: {columns}",
                names(&params)
            )
        });
        // what is needed for several combinations is made for several at once, where the backend can
        let lanes = if params.is_empty() { 1 } else { LANES };
        stages.push(SplitStage {
            kernel: compile_module_lanes(stage.module, backend, lanes)?.kernel,
            params,
            columns: stage.columns,
        });
    }
    let signal = indices(parts.signal);
    notes.push(if signal.is_empty() {
        "computed once: the signals".to_owned()
    } else {
        format!(
            "computed once for each value of {}: the signals",
            names(&signal)
        )
    });
    let rest: Vec<u16> = swept
        .iter()
        .copied()
        .filter(|p| !signal.contains(p))
        .collect();
    if !rest.is_empty() {
        notes.push(format!("{} change orders alone, not signals", names(&rest)));
    }
    let lanes = if signal.is_empty() { 1 } else { LANES };
    let last = compile_module_lanes(parts.last, backend, lanes)?;
    let last: Box<dyn Kernel> = match Columnar::of(&last.program) {
        Some(columnar) => Box::new(WithSets::new(last.kernel, columnar)),
        None => last.kernel,
    };
    Ok(Split {
        last: Some(last),
        whole,
        swept,
        stages,
        signal,
        notes,
    })
}
