//! From a checked strategy to kernels for a sweep.

use crate::compile::{Backend, CompileError, compile};
use sbt_hir::Strategy;
use sixbtc_abi::Split;

/// Compiles a strategy for a sweep of the parameters `swept` (indices into the manifest's).
pub fn compile_split(
    strategy: &Strategy,
    swept: &[u16],
    backend: Backend,
) -> Result<Split, CompileError> {
    let whole = compile(strategy, backend)?;
    let mut swept = swept.to_vec();
    swept.sort_unstable();
    swept.dedup();
    if strategy.portfolio.is_some() {
        return Ok(Split::whole(whole.kernel, swept));
    }
    let last = compile(strategy, backend)?;
    let mut split = Split::whole(whole.kernel, swept);
    split.last = Some(last.kernel);
    Ok(split)
}
