//! From a strategy of the store to a kernel and its parameters.

use sbt_driver::{Backend, NoFiles, check, compile};
use sixbtc_abi::{Kernel, Manifest};
use sixbtc_core::model::Strategy;
use std::collections::HashMap;

/// A strategy ready to run.
pub struct Program {
    /// The kernel.
    pub kernel: Box<dyn Kernel>,
    /// Values of all parameters, in the order of the manifest.
    pub params: Vec<f64>,
    /// Hash of the program and all it uses.
    pub hash: String,
}

/// Why a strategy that passed all tests does not run here.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It is not understood.
    #[error("the program does not check: {0}")]
    Check(String),
    /// It is understood, but cannot be compiled.
    #[error(transparent)]
    Compile(#[from] sbt_driver::CompileError),
    /// It is a file of something else.
    #[error("the program holds {0} strategies, not one")]
    Count(usize),
    /// Its chosen parameters are not those of the program.
    #[error("parameter `{name}`: {why}")]
    Param {
        /// Which.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// Compiles a strategy and makes its parameter point.
pub fn compiled(strategy: &Strategy) -> Result<Program, ProgramError> {
    let name = &strategy.made.name;
    let checked = check(&NoFiles, name, &strategy.made.text, &HashMap::new());
    if let Some(first) = checked.diagnostics.iter().find(|d| d.is_error()) {
        return Err(ProgramError::Check(first.message.clone()));
    }
    let [one] = checked.hir.strategies.as_slice() else {
        return Err(ProgramError::Count(checked.hir.strategies.len()));
    };
    let compiled = compile(one, Backend::Cranelift)?;
    let params = point(compiled.manifest(), strategy.params.as_ref())?;
    Ok(Program {
        params,
        hash: checked.hash,
        kernel: compiled.kernel,
    })
}

/// Parameters by name in the order of the manifest; what the sweep did not choose keeps its default.
fn point(
    manifest: &Manifest,
    chosen: Option<&serde_json::Value>,
) -> Result<Vec<f64>, ProgramError> {
    let wrong = |name: &str, why| ProgramError::Param {
        name: name.into(),
        why,
    };
    let empty = serde_json::Map::new();
    let chosen = match chosen {
        None | Some(serde_json::Value::Null) => &empty,
        Some(serde_json::Value::Object(map)) => map,
        Some(_) => return Err(wrong("*", "the chosen parameters are no record")),
    };
    for name in chosen.keys() {
        if !manifest.params.iter().any(|p| p.name == *name) {
            return Err(wrong(name, "the program has none of that name"));
        }
    }
    let value = |p: &sixbtc_abi::ParamSpec| match chosen.get(&p.name) {
        None => Ok(p.default),
        Some(serde_json::Value::Bool(b)) => Ok(f64::from(u8::from(*b))),
        Some(v) => v.as_f64().ok_or_else(|| wrong(&p.name, "it is no number")),
    };
    manifest.params.iter().map(value).collect()
}
