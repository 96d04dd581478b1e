//! A strategy split by its parameters, for sweeps: what many points share is computed once.
//!
//! Every kernel of a split takes the whole parameter point, but what a stage yields depends on [`SplitStage::params`] alone. A
//! stage's value columns become columns [`crate::Column::Cross`] of the kernels after it.

use crate::kernel::Kernel;

/// A kernel whose columns are shared by all points that agree in its parameters.
pub struct SplitStage {
    /// Yields value columns only; reads the columns of earlier stages.
    pub kernel: Box<dyn Kernel>,
    /// Parameters that its columns depend on, rising; a part of the swept ones.
    pub params: Vec<u16>,
    /// For each of its value columns the number of the [`crate::Column::Cross`] it becomes.
    pub columns: Vec<u16>,
}

/// A strategy split for a sweep of some of its parameters.
pub struct Split {
    /// The strategy whole: what a plain run uses. Its `bind` says which points `require` admits.
    pub whole: Box<dyn Kernel>,
    /// Parameters that take more than one value, rising.
    pub swept: Vec<u16>,
    /// Kernels that run first, each after those it reads.
    pub stages: Vec<SplitStage>,
    /// The strategy once more, reading what the stages yield instead of computing it: same flags, values, constants, position
    /// and bracket phases. Absent where nothing can be split (a portfolio).
    pub last: Option<Box<dyn Kernel>>,
    /// Parameters that the flags and values of `last` depend on, rising. Points that agree in these share their signals.
    pub signal: Vec<u16>,
    /// For people: what is computed once, what for each value, what for each point; one line each.
    pub notes: Vec<String>,
}

impl Split {
    /// A strategy that is run whole for each point.
    pub fn whole(kernel: Box<dyn Kernel>, swept: Vec<u16>) -> Self {
        Self {
            whole: kernel,
            stages: Vec::new(),
            last: None,
            signal: swept.clone(),
            swept,
            notes: Vec::new(),
        }
    }
}

impl std::fmt::Debug for Split {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Split")
            .field("name", &self.whole.manifest().name)
            .field("swept", &self.swept)
            .field("stages", &self.stages.len())
            .field("signal", &self.signal)
            .finish_non_exhaustive()
    }
}
