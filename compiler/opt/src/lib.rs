//! Passes over the intermediate representation. Every pass keeps every bit of every output.

pub mod dead;
pub mod delays;
pub mod fold;
pub mod partition;
mod rewrite;
pub mod schedule;
pub mod share;
pub mod split;
pub mod windows;

pub use partition::{ParamSet, ParamSets};
pub use schedule::{ScheduleError, schedule};
pub use split::{SplitError, SplitModule, StageModule, split};

use sbt_ir::{Module, Program, VerifyError, verify};

/// A pass.
pub type Pass = fn(&Module) -> Module;

/// All passes by name, in the order in which a round runs them.
pub const PASSES: [(&str, Pass); 5] = [
    ("fold", fold::fold),
    ("windows", windows::windows),
    ("delays", delays::delays),
    ("share", share::share),
    ("dead", dead::dead),
];

/// Rounds at most: each only removes or simplifies, so that few are ever needed.
const ROUNDS: usize = 4;

/// Why a module could not be optimised.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptimiseError {
    /// The module that came in is not well formed.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// It cannot be scheduled.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
}

/// Runs one pass. In debug builds what it made is verified.
///
/// # Panics
/// In debug builds, when the pass has broken a module that was well formed.
pub fn run_pass((name, pass): (&str, Pass), module: &Module) -> Module {
    let made = pass(module);
    if cfg!(debug_assertions) {
        let verdict = verify(&made);
        assert!(
            verdict.is_ok(),
            "pass `{name}` broke the module: {verdict:?}"
        );
    }
    made
}

/// Verifies, runs all passes until nothing gets smaller, and schedules.
pub fn optimise(module: Module) -> Result<Program, OptimiseError> {
    Ok(schedule(simplify(module)?)?)
}

/// Verifies and runs all passes until nothing gets smaller.
pub fn simplify(module: Module) -> Result<Module, VerifyError> {
    let mut module = module;
    verify(&module)?;
    module = dead::dead(&module);
    for _ in 0..ROUNDS {
        let before = module.clone();
        for pass in PASSES {
            module = run_pass(pass, &module);
        }
        if same_nodes(&before, &module) {
            break;
        }
    }
    Ok(module)
}

/// Whether nothing changed, NaN constants being equal to themselves.
fn same_nodes(a: &Module, b: &Module) -> bool {
    let same = |(x, y): (&sbt_ir::Node, &sbt_ir::Node)| match (x.op, y.op) {
        (sbt_ir::Op::Const(c), sbt_ir::Op::Const(d)) => rewrite::same(c, d),
        _ => x == y,
    };
    a.nodes.len() == b.nodes.len()
        && a.roots() == b.roots()
        && a.nodes.iter().zip(&b.nodes).all(same)
}
