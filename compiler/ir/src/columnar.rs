//! Programs without memory, many rows at a time: flags as sets of rows.
//!
//! What is left of a strategy once its averages and oscillators are columns (see the splitting for sweeps) is often a few
//! comparisons. Each operation then goes over a block of rows in the registers of the processor that hold eight numbers, and a
//! truth value is a bit. The operations are those of the other backends on each number alone, so the bits are the same.

use crate::module::{FrameId, Ty, ValueId};
use crate::op::{BinaryOp, CmpOp, Op, UnaryOp};
use crate::program::Program;
use crate::stage::Stage;
use pulp::{Arch, Simd, WithSimd};
use sixbtc_abi::{Constants, Input, KernelError, Sets};
use std::collections::HashMap;
use std::ops::Range;

/// Rows that each operation goes over before the next one's turn.
const BLOCK: usize = 512;
/// Words of a set for a block.
const WORDS: usize = BLOCK / 64;
/// Rows of a word.
type Lot = [f64; 64];

/// A delay: slots of its parts with their bounds.
type Delay = Vec<(usize, u32)>;

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Number {
    /// A column of frame 0, some rows back.
    Column(usize, Delay),
    /// Fixed for the run.
    Slot(usize),
    /// A result.
    Register(usize),
}

/// Where a truth value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Truth {
    Slot(usize),
    Register(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Logic {
    And,
    Or,
    Xor,
}

#[derive(Debug, Clone)]
enum Step {
    Unary(UnaryOp, Number),
    Binary(BinaryOp, Number, Number),
    Select(Truth, Number, Number),
    ToFloat(Truth),
    Cmp(CmpOp, Number, Number),
    Finite(Number),
    Not(Truth),
    Logic(Logic, Truth, Truth),
}

#[derive(Debug, Clone)]
enum Value {
    Number(Number),
    Truth(Truth),
}

/// The signal phase of a program without memory.
#[derive(Debug, Clone)]
pub struct Columnar {
    /// Steps with the register each writes, of numbers or of truth values.
    steps: Vec<(Step, usize)>,
    numbers: usize,
    truths: usize,
    flags: Vec<Truth>,
    values: Vec<Number>,
    columns: usize,
}

struct Maker<'p> {
    program: &'p Program,
    slots: HashMap<ValueId, usize>,
    made: HashMap<(ValueId, Delay), Value>,
    out: Columnar,
}

impl Columnar {
    /// The signal phase of a program, if it has no memory and no operation that goes number by number.
    pub fn of(program: &Program) -> Option<Self> {
        let module = &program.module;
        let mut maker = Maker {
            program,
            slots: program
                .run
                .iter()
                .enumerate()
                .map(|(slot, id)| (*id, slot))
                .collect(),
            made: HashMap::new(),
            out: Self {
                steps: Vec::new(),
                numbers: 0,
                truths: 0,
                flags: Vec::new(),
                values: Vec::new(),
                columns: module.frames.first()?.columns.len(),
            },
        };
        for (_, id) in &module.flags {
            let flag = maker.truth(*id, &[])?;
            maker.out.flags.push(flag);
        }
        for (_, id) in &module.values {
            let value = maker.number(*id, &[])?;
            maker.out.values.push(value);
        }
        Some(maker.out)
    }

    /// Writes flags and values of rows of frame 0, whose columns begin with row 0, into the front of `out`.
    pub fn run(
        &self,
        input: &Input<'_>,
        rows: Range<usize>,
        constants: &Constants,
        out: &mut Sets,
    ) -> Result<(), KernelError> {
        let frame = input
            .frames
            .first()
            .ok_or_else(|| KernelError::Shape("no frame".to_owned()))?;
        let fits = frame.columns.len() == self.columns
            && frame.columns.iter().all(|c| c.len() >= rows.end)
            && rows.start <= rows.end
            && out.flags.len() == self.flags.len()
            && out.values.len() == self.values.len();
        if !fits {
            return Err(KernelError::Shape(
                "columns, rows or sets of another program".to_owned(),
            ));
        }
        let slots = &constants.slots;
        let columns = &frame.columns;
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V4::try_new() {
            let run = Run {
                plan: self,
                columns,
                rows,
                slots,
                out,
                judge: Wide(simd),
            };
            Simd::vectorize(simd, run);
            return Ok(());
        }
        Arch::new().dispatch(Run {
            plan: self,
            columns,
            rows,
            slots,
            out,
            judge: Plain,
        });
        Ok(())
    }
}

impl Maker<'_> {
    fn number(&mut self, id: ValueId, delay: &[(usize, u32)]) -> Option<Number> {
        match self.value(id, delay)? {
            Value::Number(number) => Some(number),
            Value::Truth(_) => None,
        }
    }

    fn truth(&mut self, id: ValueId, delay: &[(usize, u32)]) -> Option<Truth> {
        match self.value(id, delay)? {
            Value::Truth(truth) => Some(truth),
            Value::Number(_) => None,
        }
    }

    /// A node as it was `delay` rows back: `max(t − n, 0)` twice is that of the sum, and what is computed row by row is
    /// delayed by delaying its operands.
    fn value(&mut self, id: ValueId, delay: &[(usize, u32)]) -> Option<Value> {
        let key = (id, delay.to_vec());
        if let Some(known) = self.made.get(&key) {
            return Some(known.clone());
        }
        let node = *self.program.module.nodes.get(id.index())?;
        let value = if self.program.stages.get(id.index())? == &Stage::Run {
            let slot = *self.slots.get(&id)?;
            match node.ty {
                Ty::F64 => Value::Number(Number::Slot(slot)),
                Ty::Bool => Value::Truth(Truth::Slot(slot)),
            }
        } else if node.frame == FrameId(0) {
            self.computed(node.op, delay)?
        } else {
            return None;
        };
        self.made.insert(key, value.clone());
        Some(value)
    }

    fn computed(&mut self, op: Op, delay: &[(usize, u32)]) -> Option<Value> {
        let step = match op {
            Op::Field(column) => {
                let columns = &self.program.module.frames.first()?.columns;
                let at = columns.iter().position(|c| *c == column)?;
                return Some(Value::Number(Number::Column(at, delay.to_vec())));
            }
            Op::Hist { x, n, max } => {
                let mut longer = delay.to_vec();
                longer.push((*self.slots.get(&n)?, max));
                return self.value(x, &longer);
            }
            Op::Unary(UnaryOp::Not, a) => Step::Not(self.truth(a, delay)?),
            Op::Unary(UnaryOp::ToFloat, a) => Step::ToFloat(self.truth(a, delay)?),
            Op::Unary(UnaryOp::IsFinite, a) => Step::Finite(self.number(a, delay)?),
            Op::Unary(op @ (UnaryOp::Neg | UnaryOp::Abs | UnaryOp::Sqrt), a) => {
                Step::Unary(op, self.number(a, delay)?)
            }
            Op::Binary(BinaryOp::And, a, b) => {
                Step::Logic(Logic::And, self.truth(a, delay)?, self.truth(b, delay)?)
            }
            Op::Binary(BinaryOp::Or, a, b) => {
                Step::Logic(Logic::Or, self.truth(a, delay)?, self.truth(b, delay)?)
            }
            Op::Binary(BinaryOp::Xor, a, b) => {
                Step::Logic(Logic::Xor, self.truth(a, delay)?, self.truth(b, delay)?)
            }
            Op::Binary(
                op @ (BinaryOp::Add
                | BinaryOp::Sub
                | BinaryOp::Mul
                | BinaryOp::Div
                | BinaryOp::Min
                | BinaryOp::Max),
                a,
                b,
            ) => Step::Binary(op, self.number(a, delay)?, self.number(b, delay)?),
            Op::Cmp(op, a, b) => Step::Cmp(op, self.number(a, delay)?, self.number(b, delay)?),
            Op::Select(c, a, b) => Step::Select(
                self.truth(c, delay)?,
                self.number(a, delay)?,
                self.number(b, delay)?,
            ),
            _ => return None,
        };
        let out = &mut self.out;
        let number = matches!(
            step,
            Step::Unary(..) | Step::Binary(..) | Step::Select(..) | Step::ToFloat(_)
        );
        let count = if number {
            &mut out.numbers
        } else {
            &mut out.truths
        };
        let register = *count;
        *count += 1;
        out.steps.push((step, register));
        Some(if number {
            Value::Number(Number::Register(register))
        } else {
            Value::Truth(Truth::Register(register))
        })
    }
}

/// Compares 64 pairs of numbers at once.
trait Judge: Copy {
    /// A bit for each pair.
    fn word(self, op: CmpOp, a: &Lot, b: &Lot) -> u64;
}

/// On any processor.
#[derive(Clone, Copy)]
struct Plain;

#[allow(clippy::inline_always, clippy::float_cmp)]
impl Judge for Plain {
    #[inline(always)]
    fn word(self, op: CmpOp, a: &Lot, b: &Lot) -> u64 {
        match op {
            CmpOp::Eq => word(|i| a[i] == b[i]),
            CmpOp::Ne => word(|i| a[i] != b[i]),
            CmpOp::Lt => word(|i| a[i] < b[i]),
            CmpOp::Le => word(|i| a[i] <= b[i]),
            CmpOp::Gt => word(|i| a[i] > b[i]),
            CmpOp::Ge => word(|i| a[i] >= b[i]),
        }
    }
}

/// On processors whose comparisons of eight numbers yield eight bits.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
struct Wide(pulp::x86::V4);

#[cfg(target_arch = "x86_64")]
#[allow(clippy::inline_always)]
impl Judge for Wide {
    #[inline(always)]
    fn word(self, op: CmpOp, a: &Lot, b: &Lot) -> u64 {
        let (a, b) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
        let mut bits = 0;
        for (k, (a, b)) in a.iter().zip(b).enumerate() {
            let (a, b): (pulp::f64x8, pulp::f64x8) = (pulp::cast(*a), pulp::cast(*b));
            let eight = match op {
                CmpOp::Eq => self.0.cmp_eq_f64x8(a, b),
                CmpOp::Ne => self.0.cmp_not_eq_f64x8(a, b),
                CmpOp::Lt => self.0.cmp_lt_f64x8(a, b),
                CmpOp::Le => self.0.cmp_le_f64x8(a, b),
                CmpOp::Gt => self.0.cmp_gt_f64x8(a, b),
                CmpOp::Ge => self.0.cmp_ge_f64x8(a, b),
            };
            bits |= u64::from(eight.0) << (8 * k);
        }
        bits
    }
}

struct Run<'r, J> {
    judge: J,
    plan: &'r Columnar,
    columns: &'r [&'r [f64]],
    rows: Range<usize>,
    slots: &'r [u64],
    out: &'r mut Sets,
}

/// Numbers of a block.
#[derive(Clone, Copy)]
enum Seen<'s> {
    Each(&'s [f64]),
    All(f64),
}

// what the dispatched function calls has to become part of it, or it would be compiled for the oldest processor
#[allow(clippy::inline_always)]
impl<J: Judge> WithSimd for Run<'_, J> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.run();
    }
}

#[allow(clippy::inline_always)]
impl<J: Judge> Run<'_, J> {
    #[inline(always)]
    fn run(self) {
        let plan = self.plan;
        let mut numbers = vec![[0.0; BLOCK]; plan.numbers];
        let mut truths = vec![[0u64; WORDS]; plan.truths];
        let mut early = [Vec::new(), Vec::new()];
        let mut row = self.rows.start;
        while row < self.rows.end {
            let n = BLOCK.min(self.rows.end - row);
            for (step, register) in &plan.steps {
                let (done, rest) = numbers.split_at_mut(match step {
                    Step::Unary(..) | Step::Binary(..) | Step::Select(..) | Step::ToFloat(_) => {
                        *register
                    }
                    _ => plan.numbers,
                });
                let [early_a, early_b] = &mut early;
                macro_rules! see {
                    ($x:expr, $early:expr) => {
                        see($x, row, n, self.columns, self.slots, done, $early)
                    };
                }
                match step {
                    Step::Unary(op, a) => {
                        let a = see!(a, early_a);
                        unary(*op, a, &mut rest[0]);
                    }
                    Step::Binary(op, a, b) => {
                        let (a, b) = (see!(a, early_a), see!(b, early_b));
                        binary(*op, a, b, &mut rest[0]);
                    }
                    Step::Select(c, a, b) => {
                        let (a, b) = (see!(a, early_a), see!(b, early_b));
                        let c = truth(*c, &truths, self.slots);
                        for (i, out) in rest[0].iter_mut().enumerate().take(n) {
                            let yes = c[i / 64] >> (i % 64) & 1 == 1;
                            *out = if yes { at(a, i) } else { at(b, i) };
                        }
                    }
                    Step::ToFloat(c) => {
                        let c = truth(*c, &truths, self.slots);
                        for (i, out) in rest[0].iter_mut().enumerate() {
                            *out = (c[i / 64] >> (i % 64) & 1) as f64;
                        }
                    }
                    Step::Cmp(op, a, b) => {
                        let (a, b) = (see!(a, early_a), see!(b, early_b));
                        compare(self.judge, *op, a, b, n, &mut truths[*register]);
                    }
                    Step::Finite(a) => {
                        let a = see!(a, early_a);
                        for (w, out) in truths[*register].iter_mut().enumerate() {
                            *out = word(|i| 64 * w + i < n && at(a, 64 * w + i).is_finite());
                        }
                    }
                    Step::Not(a) => {
                        let a = truth(*a, &truths, self.slots);
                        truths[*register] = a.map(|word| !word);
                    }
                    Step::Logic(op, a, b) => {
                        let a = truth(*a, &truths, self.slots);
                        let b = truth(*b, &truths, self.slots);
                        for ((out, a), b) in truths[*register].iter_mut().zip(a).zip(b) {
                            *out = match op {
                                Logic::And => a & b,
                                Logic::Or => a | b,
                                Logic::Xor => a ^ b,
                            };
                        }
                    }
                }
            }
            let first = row - self.rows.start;
            let words = n.div_ceil(64);
            for (set, flag) in self.out.flags.iter_mut().zip(&plan.flags) {
                let bits = truth(*flag, &truths, self.slots);
                set.resize(first / 64, 0);
                set.extend_from_slice(&bits[..words]);
                if !n.is_multiple_of(64)
                    && let Some(last) = set.last_mut()
                {
                    *last &= u64::MAX >> (64 - n % 64);
                }
            }
            for (column, value) in self.out.values.iter_mut().zip(&plan.values) {
                let x = see(
                    value,
                    row,
                    n,
                    self.columns,
                    self.slots,
                    &numbers,
                    &mut early[0],
                );
                column.truncate(first);
                let canonical = |x: f64| if x.is_nan() { f64::NAN } else { x };
                column.extend((0..n).map(|i| canonical(at(x, i))));
            }
            row += n;
        }
    }
}

/// The numbers of a block of `n` rows from `row` on. `early` is room for those that reach before row 0.
#[inline(always)]
#[allow(clippy::inline_always)]
fn see<'s>(
    number: &Number,
    row: usize,
    n: usize,
    columns: &[&'s [f64]],
    slots: &[u64],
    registers: &'s [[f64; BLOCK]],
    early: &'s mut Vec<f64>,
) -> Seen<'s> {
    match number {
        Number::Slot(slot) => Seen::All(f64::from_bits(slots[*slot])),
        Number::Register(at) => Seen::Each(&registers[*at][..n]),
        Number::Column(at, delay) => {
            let mut back = 0;
            for &(slot, max) in delay {
                // as a delay is read: rounded toward zero, no number is 0
                back += (f64::from_bits(slots[slot]) as usize).min(max as usize);
            }
            let column = columns[*at];
            if row >= back {
                return Seen::Each(&column[row - back..row - back + n]);
            }
            early.clear();
            early.extend((row..row + n).map(|r| column[r.saturating_sub(back)]));
            Seen::Each(early)
        }
    }
}

#[inline(always)]
#[allow(clippy::inline_always)]
fn at(x: Seen<'_>, i: usize) -> f64 {
    match x {
        Seen::Each(x) => x[i],
        Seen::All(x) => x,
    }
}

#[inline(always)]
#[allow(clippy::inline_always)]
fn truth(t: Truth, registers: &[[u64; WORDS]], slots: &[u64]) -> [u64; WORDS] {
    match t {
        Truth::Register(at) => registers[at],
        Truth::Slot(slot) => [if slots[slot] == 0 { 0 } else { u64::MAX }; WORDS],
    }
}

#[inline(always)]
#[allow(clippy::inline_always)]
fn unary(op: UnaryOp, a: Seen<'_>, out: &mut [f64; BLOCK]) {
    let each = |out: &mut [f64; BLOCK], f: &dyn Fn(f64) -> f64| match a {
        Seen::Each(a) => {
            for (out, &a) in out.iter_mut().zip(a) {
                *out = f(a);
            }
        }
        Seen::All(a) => out.fill(f(a)),
    };
    match op {
        UnaryOp::Neg => each(out, &|x| -x),
        UnaryOp::Abs => each(out, &f64::abs),
        _ => each(out, &f64::sqrt),
    }
}

#[inline(always)]
#[allow(clippy::inline_always)]
fn binary(op: BinaryOp, a: Seen<'_>, b: Seen<'_>, out: &mut [f64; BLOCK]) {
    match op {
        BinaryOp::Add => both(a, b, out, |a, b| a + b),
        BinaryOp::Sub => both(a, b, out, |a, b| a - b),
        BinaryOp::Mul => both(a, b, out, |a, b| a * b),
        BinaryOp::Div => both(a, b, out, |a, b| a / b),
        BinaryOp::Min => both(a, b, out, |a, b| if a < b { a } else { b }),
        _ => both(a, b, out, |a, b| if a > b { a } else { b }),
    }
}

#[inline(always)]
#[allow(clippy::inline_always)]
fn both(a: Seen<'_>, b: Seen<'_>, out: &mut [f64; BLOCK], f: impl Fn(f64, f64) -> f64) {
    match (a, b) {
        (Seen::Each(a), Seen::Each(b)) => {
            for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
                *out = f(a, b);
            }
        }
        (Seen::Each(a), Seen::All(b)) => {
            for (out, &a) in out.iter_mut().zip(a) {
                *out = f(a, b);
            }
        }
        (Seen::All(a), Seen::Each(b)) => {
            for (out, &b) in out.iter_mut().zip(b) {
                *out = f(a, b);
            }
        }
        (Seen::All(a), Seen::All(b)) => out.fill(f(a, b)),
    }
}

#[inline(always)]
#[allow(clippy::inline_always)]
fn compare<J: Judge>(
    judge: J,
    op: CmpOp,
    a: Seen<'_>,
    b: Seen<'_>,
    n: usize,
    out: &mut [u64; WORDS],
) {
    match (a, b) {
        (Seen::Each(a), Seen::Each(b)) => {
            let (a, b) = (a.as_chunks::<64>().0, b.as_chunks::<64>().0);
            for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                *out = judge.word(op, a, b);
            }
        }
        (Seen::Each(a), Seen::All(b)) => {
            for (out, a) in out.iter_mut().zip(a.as_chunks::<64>().0) {
                *out = judge.word(op, a, &[b; 64]);
            }
        }
        (Seen::All(a), Seen::Each(b)) => {
            for (out, b) in out.iter_mut().zip(b.as_chunks::<64>().0) {
                *out = judge.word(op, &[a; 64], b);
            }
        }
        (Seen::All(a), Seen::All(b)) => out.fill(judge.word(op, &[a; 64], &[b; 64])),
    }
    if !n.is_multiple_of(64) {
        // what lies behind the last row is cut off where flags are handed over
        let first = n / 64 * 64;
        let lot = |x: Seen<'_>| -> Lot {
            let mut lot = [0.0; 64];
            for (i, out) in lot.iter_mut().enumerate().take(n - first) {
                *out = at(x, first + i);
            }
            lot
        };
        out[n / 64] = judge.word(op, &lot(a), &lot(b));
    }
}

#[inline(always)]
#[allow(clippy::inline_always)]
fn word(f: impl Fn(usize) -> bool) -> u64 {
    let mut bits = 0;
    for i in 0..64 {
        bits |= u64::from(f(i)) << i;
    }
    bits
}
