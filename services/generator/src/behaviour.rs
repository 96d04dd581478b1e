//! What a program does on the fixed data: the bars on which it would enter, and a hash by which two programs that trade alike
//! are found.

use crate::fixed::{self, FIRST, LONGEST_WARM_UP};
use crate::normal::{Normal, Words};
use sbt_ir::InterpKernel;
use sixbtc_abi::{Kernel, Phase, Side, run_whole};
use sixbtc_market::{FrameSet, Timeframe};

/// What a program did.
#[derive(Debug, Clone, PartialEq)]
pub struct Behaviour {
    /// 32 hexadecimal digits: equal for programs whose conditions hold on the same bars and whose orders are otherwise the
    /// same.
    pub hash: String,
    /// By entry: side and the bars on which its condition holds, as bits from [`FIRST`] on.
    pub entries: Vec<(Side, Vec<u64>)>,
    /// Bars judged.
    pub rows: usize,
    /// Bars before orders are allowed, of the fixed data.
    pub warmup: usize,
}

/// Why there is no behaviour.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BehaviourError {
    /// It needs more bars to warm up than there are to judge by.
    #[error("it needs {bars} bars to warm up, more than {LONGEST_WARM_UP}")]
    WarmUp {
        /// So many.
        bars: usize,
    },
    /// It could not be run: a defect, or a program that asks for too much.
    #[error("it cannot be run: {0}")]
    Run(String),
}

impl Behaviour {
    /// Bars on which any entry's condition holds.
    pub fn fired(&self) -> usize {
        let words = self.entries.iter().map(|e| e.1.len()).max().unwrap_or(0);
        (0..words)
            .map(|at| {
                self.entries
                    .iter()
                    .filter_map(|e| e.1.get(at))
                    .fold(0, |all, w| all | w)
                    .count_ones() as usize
            })
            .sum()
    }

    /// The same as a share of the bars judged.
    pub fn frequency(&self) -> f64 {
        self.fired() as f64 / self.rows.max(1) as f64
    }

    /// How differently two programs enter: 0 when on the same bars and sides, 1 when never on the same (Jaccard's distance).
    pub fn distance(&self, other: &Self) -> f64 {
        let (mut both, mut either) = (0u32, 0u32);
        for side in [Side::Long, Side::Short] {
            let (a, b) = (self.side(side), other.side(side));
            for at in 0..a.len().max(b.len()) {
                let x = a.get(at).copied().unwrap_or(0);
                let y = b.get(at).copied().unwrap_or(0);
                both += (x & y).count_ones();
                either += (x | y).count_ones();
            }
        }
        if either == 0 {
            0.0
        } else {
            1.0 - f64::from(both) / f64::from(either)
        }
    }

    /// Bars on which an entry of that side holds.
    pub fn side(&self, side: Side) -> Vec<u64> {
        let mut out: Vec<u64> = Vec::new();
        for (_, bits) in self.entries.iter().filter(|e| e.0 == side) {
            if out.len() < bits.len() {
                out.resize(bits.len(), 0);
            }
            for (word, more) in out.iter_mut().zip(bits) {
                *word |= more;
            }
        }
        out
    }
}

/// Runs a program on the fixed data, its parameters at their defaults.
pub fn of(normal: &Normal, timeframe: Timeframe) -> Result<Behaviour, BehaviourError> {
    let defect = |e: &dyn std::fmt::Display| BehaviourError::Run(e.to_string());
    let program = sbt_opt::schedule(normal.module.clone()).map_err(|e| defect(&e))?;
    let kernel = InterpKernel::new(program).map_err(|e| defect(&e))?;
    let manifest = kernel.manifest();
    if manifest.ops_per_bar > MOST_OPS {
        return Err(BehaviourError::Run(format!(
            "it needs {} operations a bar, more than {MOST_OPS}",
            manifest.ops_per_bar
        )));
    }
    let fixed = fixed::fixed(timeframe).map_err(|e| defect(&e))?;
    let params: Vec<f64> = manifest.params.iter().map(|p| p.default).collect();
    let constants = kernel.bind(&params).map_err(|e| defect(&e))?;
    if constants.warmup > LONGEST_WARM_UP {
        return Err(BehaviourError::WarmUp {
            bars: constants.warmup,
        });
    }
    let other = |_: &str| Some(&fixed.other);
    let frames = FrameSet::build_scaled(manifest, &fixed.bars, &other, Some(fixed.scale))
        .map_err(|e| defect(&e))?;
    let (_, outputs) = run_whole(&kernel, &frames.input(), &params).map_err(|e| defect(&e))?;
    let first = constants.warmup.max(FIRST);
    let bits = |bit: u8| {
        let flags = &outputs.flags[first.min(outputs.flags.len())..];
        let mut words = vec![0u64; flags.len().div_ceil(64)];
        for (at, flags) in flags.iter().enumerate() {
            words[at / 64] |= (flags >> bit & 1) << (at % 64);
        }
        words
    };
    let entries = manifest
        .plan
        .entries
        .iter()
        .filter(|e| e.when.phase == Phase::Signal)
        .map(|e| (e.side, bits(e.when.bit)))
        .collect();
    let hash = normal.but_for_signals(|bit| {
        let mut words = Words::new("signal");
        words.bits(&[first as u64]);
        words.bits(&bits(bit));
        words.done()
    });
    Ok(Behaviour {
        hash: format!("{hash:032x}"),
        entries,
        rows: outputs.flags.len().saturating_sub(first),
        warmup: constants.warmup,
    })
}

/// Operations a bar beyond which a program is refused: a sweep over years of bars must end.
const MOST_OPS: u64 = 100_000;
