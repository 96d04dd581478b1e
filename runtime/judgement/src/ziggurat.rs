//! Normal numbers by layers (Marsaglia and Tsang 2000, with the independent bits of Doornik 2005).
//!
//! The area under the density is cut into 128 layers of equal area. A word chooses a layer and a place in it; where the layer
//! lies under the density whatever its height, 98.8 % of the time, that is the number. Else its height decides, and the last
//! layer goes on without end.

use crate::draw::Draw;
use std::sync::LazyLock;

const LAYERS: usize = 128;
/// Where the last layer goes over into the tail, and the area of a layer, for 128 layers.
const TAIL: f64 = 3.442_619_855_899;
const AREA: f64 = 9.912_563_035_262_17e-3;

struct Layers {
    /// Right ends, falling; the first is that of a rectangle with the area of the last layer and its tail.
    x: [f64; LAYERS + 1],
    /// The density (without its factor) at the right ends.
    y: [f64; LAYERS + 1],
    /// Share of a layer that lies under the density at any height.
    inner: [f64; LAYERS],
}

fn density(x: f64) -> f64 {
    libm::exp(-0.5 * x * x)
}

static LAYERED: LazyLock<Layers> = LazyLock::new(|| {
    let mut x = [0.0; LAYERS + 1];
    x[0] = AREA / density(TAIL);
    x[1] = TAIL;
    for i in 2..LAYERS {
        x[i] = libm::sqrt(-2.0 * libm::log(AREA / x[i - 1] + density(x[i - 1])));
    }
    let y = x.map(density);
    let inner = std::array::from_fn(|i| x[i + 1] / x[i]);
    Layers { x, y, inner }
});

/// The next normal number of a generator.
pub(crate) fn normal(draw: &mut Draw) -> f64 {
    let layers = &*LAYERED;
    loop {
        let word = draw.word();
        let layer = (word & 0x7f) as usize;
        let u = Draw::signed(word);
        if u.abs() < layers.inner[layer] {
            return u * layers.x[layer];
        }
        if layer == 0 {
            return tail(draw, u < 0.0);
        }
        let x = u * layers.x[layer];
        let (low, high) = (layers.y[layer], layers.y[layer + 1]);
        if low + draw.uniform() * (high - low) < density(x) {
            return x;
        }
    }
}

/// Beyond the last layer (Marsaglia 1964).
#[cold]
fn tail(draw: &mut Draw, negative: bool) -> f64 {
    loop {
        let x = libm::log(1.0 - draw.uniform()) / TAIL;
        let y = libm::log(1.0 - draw.uniform());
        if -2.0 * y >= x * x {
            return if negative { x - TAIL } else { TAIL - x };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixbtc_engine::normal::cdf;

    #[test]
    fn layers_have_one_area() {
        let l = &*LAYERED;
        for i in 1..LAYERS {
            let area = l.x[i] * (l.y[i + 1] - l.y[i]);
            assert!((area - AREA).abs() < 1e-10, "layer {i}: {area}");
        }
        assert!(l.x[LAYERS].abs() < 1e-300 && (l.y[LAYERS] - 1.0).abs() < 1e-15);
    }

    #[test]
    fn numbers_are_normal_in_the_middle_and_in_the_tails() {
        let n = 400_000;
        let mut draw = Draw::new(11, 0);
        let mut all: Vec<f64> = (0..n).map(|_| draw.normal()).collect();
        all.sort_by(f64::total_cmp);
        let n = f64::from(n);
        // Kolmogorov and Smirnov: 2.2 / √n is beyond 99.98 %
        let mut widest = 0.0f64;
        for (i, x) in all.iter().enumerate() {
            widest = widest.max((cdf(*x) - (i as f64 + 0.5) / n).abs());
        }
        assert!(widest < 2.2 / n.sqrt(), "{widest}");
        for edge in [3.0, TAIL, 4.0] {
            let expected = n * cdf(-edge);
            let error = 5.0 * expected.sqrt() + 1.0;
            let low = all.iter().filter(|x| **x < -edge).count() as f64;
            let high = all.iter().filter(|x| **x > edge).count() as f64;
            assert!((low - expected).abs() < error && (high - expected).abs() < error);
        }
        let moment = |k: i32| all.iter().map(|x| x.powi(k)).sum::<f64>() / n;
        assert!(moment(3).abs() < 0.02 && (moment(4) - 3.0).abs() < 0.05);
    }
}
