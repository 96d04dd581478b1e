//! `given` prices reach the kernels as they are written.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sbt_driver::{Backend, NoFiles, check, run_tests};
use std::collections::HashMap;

#[test]
fn prices_finer_than_a_cent_are_not_rounded() {
    let text = "#sbt 1\n\ntest \"sum\" {\n  given close = [1.004, 1.004, 0.00012345]\n  assert sum_of(close, 2) is [_, 2.008, 1.00412345]\n  assert close is [1.004, 1.004, 0.00012345]\n}\n";
    let checked = check(&NoFiles, "t.sbt", text, &HashMap::<String, i64>::new());
    assert!(checked.diagnostics.is_empty(), "{:?}", checked.diagnostics);
    for backend in [Backend::Interpreter, Backend::Cranelift] {
        for outcome in run_tests(&checked.hir.tests, backend).unwrap() {
            assert!(
                outcome.failure.is_none(),
                "{}: {:?}",
                backend.name(),
                outcome.failure
            );
        }
    }
}
