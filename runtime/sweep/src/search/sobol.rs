//! The Sobol sequence: points that cover a cube more evenly than chance does.

use super::Gate;
use crate::error::SweepError;
use std::collections::HashSet;

/// Initial direction numbers and primitive polynomials (the coefficients between the highest and the lowest, as bits) of the
/// dimensions after the first, from Joe and Kuo's table `new-joe-kuo-6.21201`: S. Joe and F. Y. Kuo, Constructing Sobol
/// sequences with better two-dimensional projections, SIAM J. Sci. Comput. 30 (2008).
// One short row a dimension reads like the published table.
#[rustfmt::skip]
const TABLE: [(&[u32], u32); 63] = [
    (&[1], 0),
    (&[1, 3], 1),
    (&[1, 3, 1], 1),
    (&[1, 1, 1], 2),
    (&[1, 1, 3, 3], 1),
    (&[1, 3, 5, 13], 4),
    (&[1, 1, 5, 5, 17], 2),
    (&[1, 1, 5, 5, 5], 4),
    (&[1, 1, 7, 11, 19], 7),
    (&[1, 1, 5, 1, 1], 11),
    (&[1, 1, 1, 3, 11], 13),
    (&[1, 3, 5, 5, 31], 14),
    (&[1, 3, 3, 9, 7, 49], 1),
    (&[1, 1, 1, 15, 21, 21], 13),
    (&[1, 3, 1, 13, 27, 49], 16),
    (&[1, 1, 1, 15, 7, 5], 19),
    (&[1, 3, 1, 15, 13, 25], 22),
    (&[1, 1, 5, 5, 19, 61], 25),
    (&[1, 3, 7, 11, 23, 15, 103], 1),
    (&[1, 3, 7, 13, 13, 15, 69], 4),
    (&[1, 1, 3, 13, 7, 35, 63], 7),
    (&[1, 3, 5, 9, 1, 25, 53], 8),
    (&[1, 3, 1, 13, 9, 35, 107], 14),
    (&[1, 3, 1, 5, 27, 61, 31], 19),
    (&[1, 1, 5, 11, 19, 41, 61], 21),
    (&[1, 3, 5, 3, 3, 13, 69], 28),
    (&[1, 1, 7, 13, 1, 19, 1], 31),
    (&[1, 3, 7, 5, 13, 19, 59], 32),
    (&[1, 1, 3, 9, 25, 29, 41], 37),
    (&[1, 3, 5, 13, 23, 1, 55], 41),
    (&[1, 3, 7, 3, 13, 59, 17], 42),
    (&[1, 3, 1, 3, 5, 53, 69], 50),
    (&[1, 1, 5, 5, 23, 33, 13], 55),
    (&[1, 1, 7, 7, 1, 61, 123], 56),
    (&[1, 1, 7, 9, 13, 61, 49], 59),
    (&[1, 3, 3, 5, 3, 55, 33], 62),
    (&[1, 3, 1, 15, 31, 13, 49, 245], 14),
    (&[1, 3, 5, 15, 31, 59, 63, 97], 21),
    (&[1, 3, 1, 11, 11, 11, 77, 249], 22),
    (&[1, 3, 1, 11, 27, 43, 71, 9], 38),
    (&[1, 1, 7, 15, 21, 11, 81, 45], 47),
    (&[1, 3, 7, 3, 25, 31, 65, 79], 49),
    (&[1, 3, 1, 1, 19, 11, 3, 205], 50),
    (&[1, 1, 5, 9, 19, 21, 29, 157], 52),
    (&[1, 3, 7, 11, 1, 33, 89, 185], 56),
    (&[1, 3, 3, 3, 15, 9, 79, 71], 67),
    (&[1, 3, 7, 11, 15, 39, 119, 27], 70),
    (&[1, 1, 3, 1, 11, 31, 97, 225], 84),
    (&[1, 1, 1, 3, 23, 43, 57, 177], 97),
    (&[1, 3, 7, 7, 17, 17, 37, 71], 103),
    (&[1, 3, 1, 5, 27, 63, 123, 213], 115),
    (&[1, 1, 3, 5, 11, 43, 53, 133], 122),
    (&[1, 3, 5, 5, 29, 17, 47, 173, 479], 8),
    (&[1, 3, 3, 11, 3, 1, 109, 9, 69], 13),
    (&[1, 1, 1, 5, 17, 39, 23, 5, 343], 16),
    (&[1, 3, 1, 5, 25, 15, 31, 103, 499], 22),
    (&[1, 1, 1, 11, 11, 17, 63, 105, 183], 25),
    (&[1, 1, 5, 11, 9, 29, 97, 231, 363], 44),
    (&[1, 1, 5, 15, 19, 45, 41, 7, 383], 47),
    (&[1, 3, 7, 7, 31, 19, 83, 137, 221], 52),
    (&[1, 1, 1, 3, 23, 15, 111, 223, 83], 55),
    (&[1, 1, 5, 13, 31, 15, 55, 25, 161], 59),
    (&[1, 1, 3, 13, 25, 47, 39, 87, 257], 62),
];

/// Points that fall on a place already taken, in a row, before the rest is drawn by chance.
const REPEATS: u32 = 100_000;

/// The Sobol sequence in Gray-code order (Antonov and Saleev 1979), unscrambled, beginning with the origin, with 32 bits: the
/// points of `scipy.stats.qmc.Sobol(d, scramble=False, bits=32)`.
#[derive(Debug, Clone)]
pub struct Sobol {
    /// Direction numbers, 32 a dimension.
    directions: Vec<[u32; 32]>,
    at: u64,
    state: Vec<u32>,
}

impl Sobol {
    /// Most dimensions.
    pub const DIMENSIONS: usize = TABLE.len() + 1;

    /// A sequence of so many dimensions; none when there are none or more than [`Sobol::DIMENSIONS`].
    pub fn new(dimensions: usize) -> Option<Self> {
        if !(1..=Self::DIMENSIONS).contains(&dimensions) {
            return None;
        }
        let first = std::array::from_fn(|bit| 1 << (31 - bit));
        let others = TABLE
            .iter()
            .map(|(initial, polynomial)| directions(initial, *polynomial));
        Some(Self {
            directions: std::iter::once(first)
                .chain(others)
                .take(dimensions)
                .collect(),
            at: 0,
            state: vec![0; dimensions],
        })
    }

    /// The next point as fractions of 2^32; none after 2^32 points.
    pub fn next_point(&mut self) -> Option<&[u32]> {
        if self.at > 0 {
            // Gray code: the lowest zero bit of the point before tells which direction turns
            let turned = (self.at - 1).trailing_ones() as usize;
            if turned >= 32 {
                return None;
            }
            for (x, v) in self.state.iter_mut().zip(&self.directions) {
                *x ^= v[turned];
            }
        }
        self.at += 1;
        Some(&self.state)
    }
}

fn directions(initial: &[u32], polynomial: u32) -> [u32; 32] {
    let degree = initial.len();
    let mut v = [0_u32; 32];
    for (i, (slot, m)) in v.iter_mut().zip(initial).enumerate() {
        *slot = m << (31 - i);
    }
    for i in degree..32 {
        let mut next = v[i - degree] ^ (v[i - degree] >> degree);
        for k in 1..degree {
            if (polynomial >> (degree - 1 - k)) & 1 == 1 {
                next ^= v[i - k];
            }
        }
        v[i] = next;
    }
    v
}

/// So many admitted points of a space, each once, and how many the conditions excluded. What the sequence has not reached
/// when it only repeats places is drawn by chance.
pub(super) fn points(mut gate: Gate<'_>, budget: u64) -> Result<(Vec<u64>, u64), SweepError> {
    let axes = gate.space.axes();
    let varied: Vec<usize> = (0..axes.len())
        .filter(|a| axes[*a].values.len() > 1)
        .collect();
    let lengths: Vec<u64> = axes.iter().map(|a| a.values.len() as u64).collect();
    let Some(mut sequence) = Sobol::new(varied.len().max(1)) else {
        return Err(SweepError::Use(format!(
            "{} parameters vary, and the Sobol sequence has {} dimensions; fix some or use `--search random`",
            varied.len(),
            Sobol::DIMENSIONS
        )));
    };
    let mut seen = HashSet::new();
    let mut list = Vec::new();
    let mut places = vec![0; lengths.len()];
    let mut repeats = 0;
    while (list.len() as u64) < budget && repeats < REPEATS && !gate.gives_up() {
        let Some(fractions) = sequence.next_point() else {
            break;
        };
        for (axis, fraction) in varied.iter().zip(fractions) {
            places[*axis] = ((u64::from(*fraction) * lengths[*axis]) >> 32) as usize;
        }
        let number = gate.space.number_at(&places);
        if !seen.insert(number) {
            repeats += 1;
            continue;
        }
        repeats = 0;
        if gate.admits(number)? {
            list.push(number);
        }
    }
    let mut draw = super::random::Draw::new(gate, 0)?;
    while (list.len() as u64) < budget {
        match draw.next_fresh(|number| seen.insert(number))? {
            Some(number) => list.push(number),
            None => break,
        }
    }
    if list.is_empty() {
        return Err(draw.gate.none_left());
    }
    Ok((list, draw.gate.pruned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.qmc.Sobol(64, scramble=False, bits=32).random(4096)` with version 1.17.1: rows, and columns of each.
    const COLUMNS: [usize; 9] = [0, 1, 2, 3, 7, 20, 21, 40, 63];
    const SCIPY: [(usize, [f64; 9]); 6] = [
        (0, [0.0; 9]),
        (1, [0.5; 9]),
        (
            5,
            [
                0.875, 0.875, 0.125, 0.375, 0.375, 0.625, 0.625, 0.375, 0.625,
            ],
        ),
        (
            100,
            [
                0.414_062_5,
                0.257_812_5,
                0.773_437_5,
                0.726_562_5,
                0.476_562_5,
                0.757_812_5,
                0.398_437_5,
                0.710_937_5,
                0.648_437_5,
            ],
        ),
        (
            1023,
            [
                0.000_976_562_5,
                0.752_929_687_5,
                0.612_304_687_5,
                0.145_507_812_5,
                0.618_164_062_5,
                0.866_210_937_5,
                0.018_554_687_5,
                0.631_835_937_5,
                0.040_039_062_5,
            ],
        ),
        (
            4095,
            [
                0.000_244_140_625,
                0.941_162_109_375,
                0.334_228_515_625,
                0.901_611_328_125,
                0.390_869_140_625,
                0.225_830_078_125,
                0.732_177_734_375,
                0.200_927_734_375,
                0.553_466_796_875,
            ],
        ),
    ];

    #[test]
    fn the_points_are_those_of_scipy() {
        let mut sequence = Sobol::new(64).unwrap();
        let mut fold = 0_u64;
        for row in 0..4096 {
            let point = sequence.next_point().unwrap().to_vec();
            for x in &point {
                fold = fold
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(u64::from(*x))
                    .wrapping_add(1_442_695_040_888_963_407);
            }
            if let Some((_, wanted)) = SCIPY.iter().find(|(r, _)| *r == row) {
                let got = COLUMNS.map(|c| (f64::from(point[c]) / 4_294_967_296.0).to_bits());
                assert_eq!(got, wanted.map(f64::to_bits), "row {row}");
            }
        }
        // all 64 × 4096 numbers of SciPy's, folded by the same congruence
        assert_eq!(fold, 0x3f24_6b9d_6c14_0000);
    }

    #[test]
    fn dimensions_are_bounded() {
        assert!(Sobol::new(0).is_none());
        assert!(Sobol::new(65).is_none());
    }
}
