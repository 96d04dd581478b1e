//! The kernels of a portfolio as one: the last, which decides, with those that run before it.

use sixbtc_abi::{
    Constants, Input, Kernel, KernelError, Manifest, Outputs, PortfolioPlan, PositionInputs, State,
};
use std::ops::Range;

/// A portfolio's last kernel, which knows its stages.
pub(crate) struct Staged {
    stages: Vec<Box<dyn Kernel>>,
    last: Box<dyn Kernel>,
    manifest: Manifest,
}

impl Staged {
    /// The manifest is the last kernel's with the work of all stages and the plan of the portfolio.
    pub(crate) fn new(
        stages: Vec<Box<dyn Kernel>>,
        last: Box<dyn Kernel>,
        plan: PortfolioPlan,
    ) -> Self {
        let mut manifest = last.manifest().clone();
        for stage in &stages {
            manifest.ops_per_bar += stage.manifest().ops_per_bar;
            manifest.state_bytes += stage.manifest().state_bytes;
        }
        manifest.portfolio = Some(plan);
        Self {
            stages,
            last,
            manifest,
        }
    }
}

impl Kernel for Staged {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn stages(&self) -> &[Box<dyn Kernel>] {
        &self.stages
    }

    fn bind(&self, params: &[f64]) -> Result<Constants, KernelError> {
        self.last.bind(params)
    }

    fn new_state(&self, constants: &Constants) -> State {
        self.last.new_state(constants)
    }

    fn run(
        &self,
        input: &Input<'_>,
        offset: &[usize],
        rows: Range<usize>,
        constants: &Constants,
        state: &mut State,
        out: &mut Outputs,
    ) -> Result<(), KernelError> {
        self.last.run(input, offset, rows, constants, state, out)
    }

    fn position(
        &self,
        signal: (u64, &[f64]),
        position: &PositionInputs,
        constants: &Constants,
        state: &mut State,
        out: &mut [f64],
    ) -> Result<u64, KernelError> {
        self.last.position(signal, position, constants, state, out)
    }

    fn bracket(
        &self,
        signal: &[f64],
        entry: f64,
        constants: &Constants,
        out: &mut [f64],
    ) -> Result<(), KernelError> {
        self.last.bracket(signal, entry, constants, out)
    }
}
