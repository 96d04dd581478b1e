//! What a sweep asks of the simulation.

/// Parameter points, one after the other in one slice.
#[derive(Debug, Clone, Copy)]
pub struct Points<'a> {
    /// Values, `width` a point.
    pub values: &'a [f64],
    /// Parameters of the program, in the order of `sixbtc_abi::Manifest::params`.
    pub width: usize,
}

impl<'a> Points<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A point.
    pub fn get(&self, at: usize) -> Option<&'a [f64]> {
        self.values.get(at * self.width..(at + 1) * self.width)
    }

    /// All points in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a [f64]> {
        self.values.chunks_exact(self.width.max(1))
    }
}

/// Whether a point belongs to the space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admitted {
    /// It does.
    Yes,
    /// A `require` of the program excludes it; the text of the condition.
    No(String),
}

/// Why points could not be evaluated. The values of the data never cause this.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct EvaluateError(pub String);

/// The simulation of parameter points. What a point yields depends on that point alone: not on the points beside it, nor on
/// the thread, nor on what was evaluated before. Figures are the bits of the plain run of that one point.
pub trait Evaluate: Sync {
    /// Names of the figures that each point yields, in order.
    fn figures(&self) -> &[String];

    /// Whether `require` admits a point. Cheap: no bar is looked at.
    fn admits(&self, point: &[f64]) -> Result<Admitted, EvaluateError>;

    /// Evaluates points and writes `figures().len()` numbers for each into `out`, in order. A figure that does not exist is
    /// NaN. Called from several threads at once.
    fn evaluate(&self, points: Points<'_>, out: &mut [f64]) -> Result<(), EvaluateError>;

    /// Points that are best evaluated in one call: neighbours share work. At least 1.
    fn batch(&self) -> usize {
        256
    }
}
