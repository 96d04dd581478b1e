//! A kernel that yields flags as sets of rows where it can.

use sbt_ir::columnar::Columnar;
use sixbtc_abi::{
    Constants, Input, Kernel, KernelError, LaneState, Manifest, Outputs, PositionInputs, Sets,
    State,
};
use std::ops::Range;

/// A kernel with its signal phase once more, many rows at a time.
pub(crate) struct WithSets {
    kernel: Box<dyn Kernel>,
    columnar: Columnar,
}

impl WithSets {
    pub(crate) fn new(kernel: Box<dyn Kernel>, columnar: Columnar) -> Self {
        Self { kernel, columnar }
    }
}

impl Kernel for WithSets {
    fn manifest(&self) -> &Manifest {
        self.kernel.manifest()
    }

    fn stages(&self) -> &[Box<dyn Kernel>] {
        self.kernel.stages()
    }

    fn bind(&self, params: &[f64]) -> Result<Constants, KernelError> {
        self.kernel.bind(params)
    }

    fn new_state(&self, constants: &Constants) -> State {
        self.kernel.new_state(constants)
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
        self.kernel.run(input, offset, rows, constants, state, out)
    }

    fn run_sets(
        &self,
        input: &Input<'_>,
        rows: Range<usize>,
        constants: &Constants,
        out: &mut Sets,
    ) -> Result<bool, KernelError> {
        self.columnar.run(input, rows, constants, out)?;
        Ok(true)
    }

    fn lanes(&self) -> usize {
        self.kernel.lanes()
    }

    fn new_lane_state(&self, constants: &[&Constants]) -> LaneState {
        self.kernel.new_lane_state(constants)
    }

    fn run_lanes(
        &self,
        input: &Input<'_>,
        offset: &[usize],
        rows: Range<usize>,
        constants: &[&Constants],
        state: &mut LaneState,
        out: &mut [Outputs],
    ) -> Result<(), KernelError> {
        self.kernel
            .run_lanes(input, offset, rows, constants, state, out)
    }

    fn position(
        &self,
        signal: (u64, &[f64]),
        position: &PositionInputs,
        constants: &Constants,
        state: &mut State,
        out: &mut [f64],
    ) -> Result<u64, KernelError> {
        self.kernel
            .position(signal, position, constants, state, out)
    }

    fn bracket(
        &self,
        signal: &[f64],
        entry: f64,
        constants: &Constants,
        out: &mut [f64],
    ) -> Result<(), KernelError> {
        self.kernel.bracket(signal, entry, constants, out)
    }
}
