//! Operations and their exact meaning.
//!
//! Notation: `x(t)` is the value of node `x` at row `t` of its frame; row 0 is the first row of the run. Arithmetic is IEEE
//! 754 binary64, one rounding an operation, no contraction: only [`Op::Fma`] is fused, on every backend. NaN payloads are never observable: they are made canonical
//! where a value leaves the kernel or is stored in state.

use crate::module::ValueId;
use sixbtc_abi::Column;

/// One-operand operations on `F64`, except `Not` (`Bool`). Transcendental ones call the `libm` crate on every backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `−x` (flips the sign bit).
    Neg,
    /// Clears the sign bit.
    Abs,
    /// Correctly rounded square root.
    Sqrt,
    /// Toward minus infinity.
    Floor,
    /// Toward plus infinity.
    Ceil,
    /// To nearest, ties to even.
    Round,
    /// Toward zero.
    Trunc,
    /// `+1`, `0` or `−1` by comparison; 0 for NaN.
    Sign,
    /// e^x.
    Exp,
    /// Natural logarithm.
    Log,
    /// Decimal logarithm.
    Log10,
    /// Sine.
    Sin,
    /// Cosine.
    Cos,
    /// Tangent.
    Tan,
    /// Arc sine.
    Asin,
    /// Arc cosine.
    Acos,
    /// Arc tangent.
    Atan,
    /// Hyperbolic sine.
    Sinh,
    /// Hyperbolic cosine.
    Cosh,
    /// Hyperbolic tangent.
    Tanh,
    /// Logical not.
    Not,
    /// `Bool` to 0.0 or 1.0.
    ToFloat,
    /// `Bool`: whether the operand is neither NaN nor infinite.
    IsFinite,
}

/// Two-operand operations; `And`, `Or`, `Xor` on `Bool`, the rest on `F64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `a + b`
    Add,
    /// `a − b`
    Sub,
    /// `a × b`
    Mul,
    /// `a / b`
    Div,
    /// `a − b·floor(a / b)`, in exactly these operations.
    Mod,
    /// `if a < b then a else b`
    Min,
    /// `if a > b then a else b`
    Max,
    /// `libm::pow`
    Pow,
    /// `libm::atan2`
    Atan2,
    /// Strict.
    And,
    /// Strict.
    Or,
    /// Strict.
    Xor,
}

/// Comparisons of `F64`; all false with NaN but `Ne`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CmpOp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// Sliding windows of the last `n` rows (the current one included). Rows before row 0 do not exist.
///
/// Sums are **block-anchored**: with `L = n × period` of the frame, the anchor is `A = floor(time(t) / L) × L`
/// (`floor` toward minus infinity). `prefix` = rows of the window with `time ≥ A`, added in rising order starting from 0.0;
/// `suffix` = the other rows of the window, added in falling order starting from 0.0; the sum is `suffix + prefix`. It
/// depends on the window's rows alone, never on where the run began. (A machine keeps the running prefix and, at each new
/// anchor, recomputes the suffix sums of the last `n` rows: O(1) amortised.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WindowKind {
    /// Block-anchored sum of `x`. With `exact`, of `round(x × scale)`, divided by `scale` at the end, `scale` being the
    /// frame's `price_scale`: whole ticks add without error, so ties stay ties.
    Sum,
    /// As `Sum`, but divided by `n` (the length, even while fewer rows exist) or, with `exact`, by `n × scale` (that
    /// product rounded first), one division.
    Mean,
    /// Sum of squared deviations from the window's mean, never below 0: with `c` = the value of `x` at the first row whose
    /// `time ≥ A` (if that row exists in the run), `d = x − c`, block-anchored `s1 = Σ d`, `s2 = Σ d·d`,
    /// result `max(s2 − s1·s1/n, 0)` with `Max` as in [`BinaryOp::Max`].
    SquaredDeviations,
    /// Largest of `x + 0.0`, NaN left out; −∞ when nothing is left.
    Max,
    /// Smallest of `x + 0.0`, NaN left out; +∞ when nothing is left.
    Min,
    /// Rows back to the most recent row that attains `Max` (0 = this row); 0 when nothing is left.
    MaxAgo,
    /// Rows back to the most recent row that attains `Min`; 0 when nothing is left.
    MinAgo,
    /// The `k`-th smallest (0-based; `k` = second operand, rounded toward zero, clamped to what exists, NaN is 0) of
    /// `x + 0.0`, NaN ordered last.
    Kth,
}

/// Folds over an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FoldKind {
    /// `F64`: from 0.0, `acc + body` in rising index order.
    Sum,
    /// `F64`: from −∞, `Max(acc, body)` as in [`BinaryOp::Max`].
    Max,
    /// `F64`: from +∞, `Min(acc, body)` as in [`BinaryOp::Min`].
    Min,
    /// `Bool`: from true.
    All,
    /// `Bool`: from false.
    Any,
    /// `Bool` body, `F64` result: how many are true.
    Count,
}

/// Inputs of the position phase, as in `sixbtc_abi::PositionInputs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PositionField {
    /// +1, −1, 0.
    Side,
    /// Bars since the entry bar.
    Bars,
    /// Average entry price.
    Entry,
    /// Unrealised profit as a fraction.
    Profit,
    /// Units.
    Size,
    /// Account equity.
    Equity,
}

/// What a node computes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Op {
    /// A number.
    Const(f64),
    /// A truth value.
    Bool(bool),
    /// Parameter by index (`F64`; a `Bool` parameter is compared with 0 by the lowering).
    Param(u16),
    /// A column of the node's frame.
    Field(Column),
    /// Rows since row 0 of the node's frame, as `F64`.
    Row,
    /// One operand.
    Unary(UnaryOp, ValueId),
    /// Two operands.
    Binary(BinaryOp, ValueId, ValueId),
    /// Comparison, `Bool`.
    Cmp(CmpOp, ValueId, ValueId),
    /// `a × b + c` of `F64`, fused: rounded once, as `fusedMultiplyAdd` of IEEE 754.
    Fma(ValueId, ValueId, ValueId),
    /// `if c then a else b`, both evaluated.
    Select(ValueId, ValueId, ValueId),
    /// `x(max(t − n, 0))`. `n` is rounded toward zero and clamped to `0..=max` (NaN is 0).
    Hist {
        /// Delayed value.
        x: ValueId,
        /// Rows back.
        n: ValueId,
        /// Proven upper bound of `n`.
        max: u32,
    },
    /// A recurrence. `init(t)` while `t ≤ start`, `next(t)` afterwards. `start` is fixed for the run, rounded toward zero,
    /// at least 0 (NaN is 0).
    Rec {
        /// First value.
        init: ValueId,
        /// Row of the first value.
        start: ValueId,
        /// Later values; the only place where an operand may have a higher id than the node.
        next: ValueId,
    },
    /// Delayed read of a `Rec` from within its own cycle: `rec(max(t − n, start))`, `1 ≤ n ≤ max` (`n` clamped as in `Hist`,
    /// but to at least 1). While `t ≤ start` of `rec` it is 0 (false); that can be seen only where recurrences with different
    /// starts read each other.
    Prev {
        /// A node whose op is `Rec`.
        rec: ValueId,
        /// Rows back.
        n: ValueId,
        /// Proven upper bound of `n`.
        max: u32,
    },
    /// Sliding window. `n` is fixed for the run, rounded toward zero and clamped to `1..=max` (NaN is 1). The bars of a
    /// frame are at least its period apart, so a block holds at most `n` rows.
    Window {
        /// Which.
        kind: WindowKind,
        /// Values.
        x: ValueId,
        /// Second operand of `Kth`; equal to `x` otherwise.
        k: ValueId,
        /// Length.
        n: ValueId,
        /// Proven upper bound of `n`.
        max: u32,
        /// `x` is a sum or difference of prices: whole ticks of the frame.
        exact: bool,
    },
    /// Fold of `body` for the index `var` (a [`Op::FoldVar`] node, unique to this fold) over the whole numbers `lo..hi`
    /// (`hi` left out), each rounded toward zero, at most `max` of them. `body` may contain no `Rec`, `Prev`, `Window` or
    /// `Current` that depends on `var`; `Hist` may be indexed by it.
    Fold {
        /// Which.
        kind: FoldKind,
        /// Index.
        var: ValueId,
        /// First index; fixed for the run or changing by bar.
        lo: ValueId,
        /// One past the last.
        hi: ValueId,
        /// Proven upper bound of `hi − lo`.
        max: u32,
        /// Folded expression.
        body: ValueId,
    },
    /// The index of a fold.
    FoldVar,
    /// Value of `x`, a node of a coarser or foreign frame, at that frame's last confirmed row as of the end of this row;
    /// 0 or false before the first. The node itself is on frame 0.
    Current(ValueId),
    /// An input of the position phase (frame 0).
    Position(PositionField),
    /// The fill price, in the bracket phase.
    Entry,
}
