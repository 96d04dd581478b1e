//! Nodes that only seed a recurrence.
//!
//! `ema` starts from a simple average: a whole sliding window that nobody looks at once the recurrence runs. Such nodes
//! are evaluated while the recurrence still takes its first value, and never again.

use crate::memory::is_fixed;
use sbt_ir::{Op, Program, ValueId};
use std::collections::HashMap;

/// For each node that nothing reads but the `init` of one recurrence, directly or through other such nodes: that
/// recurrence.
pub fn seeds(program: &Program) -> HashMap<ValueId, ValueId> {
    let module = &program.module;
    let mut pinned = vec![false; module.nodes.len()];
    let mut users: Vec<Vec<ValueId>> = vec![Vec::new(); module.nodes.len()];
    let exported = program.exports.iter().map(|e| e.0);
    for id in module.roots().into_iter().chain(exported) {
        pinned[id.index()] = true;
    }
    // what a fold's body reads is read many times a row, under another node's name: left alone
    for id in program.folds.iter().flat_map(|f| &f.1) {
        module
            .node(*id)
            .op
            .each_operand(|v| pinned[v.index()] = true);
    }
    let lists = || {
        program
            .signal
            .iter()
            .chain([&program.position, &program.bracket])
    };
    for &id in lists().flatten() {
        let op = module.node(id).op;
        op.each_operand(|v| users[v.index()].push(id));
        // read when another frame's row is done
        if let Op::Current(x) = op {
            pinned[x.index()] = true;
        }
    }
    let mut seed_of: HashMap<ValueId, ValueId> = HashMap::new();
    for list in lists() {
        for &id in list.iter().rev() {
            let op = module.node(id).op;
            let memory_of_its_own = matches!(op, Op::Rec { .. } | Op::Prev { .. } | Op::Current(_));
            if pinned[id.index()] || memory_of_its_own || is_fixed(program, id) {
                continue;
            }
            let mut owners = users[id.index()]
                .iter()
                .map(|&user| match module.node(user).op {
                    Op::Rec { init, next, .. } if init == id && next != id => Some(user),
                    _ => seed_of.get(&user).copied(),
                });
            let Some(Some(first)) = owners.next() else {
                continue;
            };
            if owners.all(|owner| owner == Some(first)) {
                seed_of.insert(id, first);
            }
        }
    }
    seed_of
}
