//! That a program is one a code generator can work with.

use crate::error::CompileError;
use sbt_ir::{Program, ValueId};

/// Bits of a word of flags.
const FLAG_LIMIT: usize = 64;

/// That the program is whole: every index in range, and within the limits of the kernel interface.
pub fn check(program: &Program) -> Result<(), CompileError> {
    let module = &program.module;
    let nodes = module.nodes.len();
    let known = |id: ValueId| {
        if id.index() < nodes {
            Ok(())
        } else {
            Err(CompileError::NotScheduled(id))
        }
    };
    if program.stages.len() != nodes {
        return Err(CompileError::NotScheduled(ValueId(
            program.stages.len() as u32
        )));
    }
    for (what, count) in [
        ("signal flags", module.flags.len()),
        ("position flags", module.position_flags.len()),
    ] {
        if count > FLAG_LIMIT {
            return Err(CompileError::TooMany {
                what,
                count: count as u64,
                limit: FLAG_LIMIT as u64,
            });
        }
    }
    let lists = program
        .run
        .iter()
        .chain(program.signal.iter().flatten())
        .chain(&program.position);
    let lists = lists
        .chain(&program.bracket)
        .chain(program.folds.iter().flat_map(|f| f.1.iter().chain([&f.0])));
    lists.copied().chain(module.roots()).try_for_each(known)?;
    for (at, node) in module.nodes.iter().enumerate() {
        let mut operands = Ok(());
        node.op.each_operand(|v| {
            if v.index() >= nodes {
                operands = Err(CompileError::NotScheduled(v));
            }
        });
        operands?;
        if node.frame.0 as usize >= module.frames.len().max(1) {
            return Err(CompileError::NotScheduled(ValueId(at as u32)));
        }
    }
    if program.signal.len() > module.frames.len().max(1) {
        let count = program.signal.len() as u64;
        return Err(CompileError::TooMany {
            what: "frames",
            count,
            limit: module.frames.len() as u64,
        });
    }
    Ok(())
}
