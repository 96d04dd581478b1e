"""Statistics of judgement by other programs: arch, scipy, statsmodels, skfolio, and plain NumPy after the papers.

Writes the constants that the tests of `runtime/judgement` hold its figures against:

    python tests/oracles/judgement_oracle.py > runtime/judgement/src/oracle.rs && rustfmt runtime/judgement/src/oracle.rs

The series are made by integer arithmetic that both sides do alike, so no data need be kept.
"""

from __future__ import annotations

import itertools
import math

from oracle_env import enter_environment

enter_environment()

import numpy as np  # noqa: E402
from arch.bootstrap import SPA, optimal_block_length  # noqa: E402
from scipy import stats  # noqa: E402
from skfolio.model_selection import CombinatorialPurgedCV  # noqa: E402
from statsmodels.stats.multitest import multipletests  # noqa: E402

WORD = 1 << 64


class Words:
    """Knuth's MMIX generator, of which the upper 53 bits are taken."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def uniform(self) -> float:
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % WORD
        return (self.state >> 11) / 9007199254740992.0

    def below(self, n: int) -> int:
        return int(self.uniform() * n)


def series(seed: int, n: int, phi: float, drift: float) -> np.ndarray:
    """An AR(1) walk of centred uniform numbers around a drift."""
    words, out, last = Words(seed), [], 0.0
    for _ in range(n):
        last = phi * last + (words.uniform() - 0.5)
        out.append(last + drift)
    return np.array(out)


def candidates(count: int, n: int, best_drift: float) -> np.ndarray:
    """Candidates in columns: drifts fall evenly from the best to as far below 0; a shared series ties them together."""
    shared = series(999, n, 0.2, 0.0)
    columns = []
    for k in range(count):
        drift = best_drift * (1.0 - 2.0 * k / (count - 1))
        columns.append(0.5 * shared + series(1000 + k, n, 0.3, drift))
    return np.array(columns).T


def resamples(seed: int, n: int, mean_block: float, count: int) -> np.ndarray:
    """Rows of a stationary bootstrap, a geometric step at a time."""
    words, out = Words(seed), []
    for _ in range(count):
        rows, row = [], 0
        for i in range(n):
            if i == 0 or words.uniform() < 1.0 / mean_block:
                row = words.below(n)
            else:
                row = (row + 1) % n
            rows.append(row)
        out.append(rows)
    return np.array(out)


def hansen(d: np.ndarray, rows: np.ndarray, mean_block: float) -> dict:
    """Hansen (2005), studentised, and White (2000), line by line."""
    n, q = len(d), 1.0 / mean_block
    mean = d.mean(0)
    eps = d - mean
    omega2 = (eps**2).sum(0) / n
    for i in range(1, n):
        kappa = (n - i) / n * (1 - q) ** i + i / n * (1 - q) ** (n - i)
        omega2 += 2 * kappa * (eps[: n - i] * eps[i:]).sum(0) / n
    omega = np.sqrt(omega2)
    t = max(0.0, (math.sqrt(n) * mean / omega).max())
    keep = mean >= -np.sqrt(omega2 / n * 2 * math.log(math.log(n)))
    centres = [np.maximum(mean, 0.0), np.where(keep, mean, 0.0), mean]
    resampled = np.array([d[r].mean(0) for r in rows])
    p = []
    for centre in centres:
        z = math.sqrt(n) * (resampled - centre) / omega
        p.append(float((np.maximum(z.max(1), 0.0) > t).mean()))
    white = math.sqrt(n) * mean.max()
    p_white = float(((math.sqrt(n) * (resampled - mean)).max(1) > white).mean())
    return {"best": int((mean / omega).argmax()), "t": t, "p": p, "white": white, "p_white": p_white, "omega": omega}


class Fixed:
    """A bootstrap for arch that hands out given rows."""

    def __init__(self, data: np.ndarray, rows: np.ndarray) -> None:
        self.data, self.rows = data, rows

    def bootstrap(self, reps: int):
        for r in self.rows[:reps]:
            yield (self.data[r],), {}


def arch_spa(d: np.ndarray, rows: np.ndarray, mean_block: int) -> list[float]:
    """arch's p-values on given rows (its statistics are means, whatever `studentize` says)."""
    spa = SPA(np.zeros(len(d)), -d, block_size=mean_block, reps=len(rows))
    spa.bootstrap = Fixed(d, rows)
    spa.compute()
    return [float(spa.pvalues[k]) for k in ("lower", "consistent", "upper")]


def arch_spa_drawn(d: np.ndarray, mean_block: int, reps: int) -> list[float]:
    spa = SPA(np.zeros(len(d)), -d, block_size=mean_block, reps=reps, seed=1)
    spa.compute()
    return [float(spa.pvalues[k]) for k in ("lower", "consistent", "upper")]


def cscv(m: np.ndarray, blocks: int) -> list[float]:
    """Bailey, Borwein, López de Prado and Zhu (2017), section 3, with Sharpe ratios of the rows themselves."""
    length = len(m) // blocks
    m = m[len(m) - length * blocks :]
    parts = [m[i * length : (i + 1) * length] for i in range(blocks)]
    sharpe = lambda rows: rows.mean(0) / rows.std(0, ddof=1)
    logits, inside, outside = [], [], []
    for half in itertools.combinations(range(blocks), blocks // 2):
        one = sharpe(np.concatenate([parts[i] for i in half]))
        other = sharpe(np.concatenate([parts[i] for i in range(blocks) if i not in half]))
        best = int(one.argmax())
        omega = stats.rankdata(other)[best] / (m.shape[1] + 1)
        logits.append(math.log(omega / (1 - omega)))
        inside.append(one[best])
        outside.append(other[best])
    line = stats.linregress(inside, outside)
    return [
        float(np.mean(np.array(logits) <= 0)),
        float(np.mean(logits)),
        float(np.mean(inside)),
        float(np.mean(outside)),
        float(line.slope),
        float(line.intercept),
        float(line.rvalue**2),
        float(np.mean(np.array(outside) < 0)),
        float(np.median(logits)),
    ]


def folds(rows: int, groups: int, tests: int, purge: int, embargo: int) -> tuple:
    """Paths, folds, training rows of all folds, and a sum that no other choice of rows has by chance."""
    cv = CombinatorialPurgedCV(n_folds=groups, n_test_folds=tests, purged_size=purge, embargo_size=embargo)
    trains = [train for train, _ in cv.split(np.zeros((rows, 2)))]
    weighed = sum((i + 1) * int(train.sum()) for i, train in enumerate(trains))
    return rows, groups, tests, purge, embargo, cv.n_test_paths, len(trains), sum(map(len, trains)), weighed


def const(about: str, name: str, kind: str, value: object) -> None:
    text = repr(value).replace("np.float64", "")
    print(f"/// {about}\npub const {name}: {kind} = {text};\n")


def floats(values) -> list[float]:
    return [float(x) for x in values]


def main() -> None:
    import arch
    import scipy
    import skfolio
    import statsmodels

    print("//! Written by `tests/oracles/judgement_oracle.py`: figures of other programs.")
    print(f"//! arch {arch.__version__}, scipy {scipy.__version__}, statsmodels {statsmodels.__version__}, "
          f"skfolio {skfolio.__version__}, "
          f"numpy {np.__version__}.\n")
    print("// Figures as they were printed.")
    print("#![allow(clippy::unreadable_literal, clippy::excessive_precision, clippy::type_complexity, clippy::doc_markdown)]\n")

    returns = np.array([0.01, -0.02, 0.015, 0.003, -0.007, 0.04, -0.01, 0.0])
    const("Sharpe ratio, skew and kurtosis of eight returns (scipy).", "MOMENTS", "[f64; 3]",
          floats([returns.mean() / returns.std(ddof=1), stats.skew(returns), stats.kurtosis(returns, fisher=False)]))

    tied = candidates(6, 300, 0.05)
    corr = np.corrcoef(tied.T)
    off = corr[~np.eye(6, dtype=bool)]
    const("Mean correlation, M² / Σ ρ², variance of Sharpe ratios of `candidates(6, 300, 0.05)` (NumPy).", "TIED", "[f64; 3]",
          floats([off.mean(), 36 / (np.linalg.eigvalsh(corr) ** 2).sum(), (tied.mean(0) / tied.std(0, ddof=1)).var(ddof=1)]))

    blocks = []
    for seed, n, phi in [(1, 500, 0.5), (2, 250, 0.0), (3, 1000, 0.9), (4, 30, 0.3), (5, 2000, -0.4)]:
        b = optimal_block_length(series(seed, n, phi, 0.0)).iloc[0]
        blocks.append((seed, n, phi, float(b.iloc[0]), float(b.iloc[1])))
    const("Seed, rows, AR coefficient; block lengths, stationary and circular (arch).", "BLOCKS",
          "[(u64, usize, f64, f64, f64); 5]", blocks)

    spa = []
    for count, n, drift, block in [(12, 300, 0.05, 5), (12, 300, 0.1, 5), (40, 120, 0.0, 8), (3, 500, -0.02, 10)]:
        d, rows = candidates(count, n, drift), resamples(77, n, block, 400)
        h = hansen(d, rows, block)
        a = arch_spa(d, rows, block)
        spa.append((count, n, drift, float(block), h["best"], h["t"], tuple(h["p"]), h["white"], h["p_white"], tuple(a)))
    const("Candidates, rows, drift, block; best, t and p-values after Hansen, statistic and p-value after White (NumPy); "
          "p-values of arch. All on `resamples(77, rows, block, 400)`.", "SPA",
          "[(usize, usize, f64, f64, usize, f64, (f64, f64, f64), f64, f64, (f64, f64, f64)); 4]", spa)
    drawn = [arch_spa_drawn(candidates(12, 300, drift), 5, 20000) for drift in (0.02, 0.05)]
    const("p-values of arch from 20,000 resamples of its own, of `candidates(12, 300, drift)` with drifts 0.02 and 0.05, block 5.",
          "SPA_DRAWN", "[[f64; 3]; 2]", drawn)

    over = []
    for count, n, drift, s in [(7, 163, 0.03, 6), (20, 400, 0.0, 10), (20, 400, 0.15, 8)]:
        over.append((count, n, drift, s, cscv(candidates(count, n, drift), s)))
    const("Candidates, rows, drift, blocks; PBO, mean logit, mean inside, mean outside, slope, intercept, R², probability of "
          "loss, median logit (NumPy).", "CSCV", "[(usize, usize, f64, usize, [f64; 9]); 3]", over)

    p = [0.0001, 0.3240, 0.0004, 0.4262, 0.0019, 0.0095, 0.0201, 0.5719, 0.0278, 0.0298, 0.0344, 0.0459, 0.6528, 0.7590, 1.0]
    for name, method in [("HOLM", "holm"), ("BH", "fdr_bh"), ("BY", "fdr_by")]:
        const(f"Adjusted p-values (statsmodels, `{method}`).", name, "[f64; 15]", floats(multipletests(p, method=method)[1]))

    intervals = []
    for hits, n in [(0, 100), (5, 100), (1, 1), (999, 1000)]:
        ci = stats.binomtest(hits, n).proportion_ci(method="exact")
        intervals.append((hits, n, float(ci.low), float(ci.high)))
    const("Hits, observations, exact 95 % interval (scipy).", "EXACT", "[(usize, usize, f64, f64); 4]", intervals)

    cases = [(60, 6, 2, 0, 0), (60, 6, 2, 3, 2), (100, 5, 3, 2, 4), (50, 10, 8, 0, 0)]
    const("Rows, groups, tested groups, purge, embargo; paths, folds, training rows of all folds, and the sum of their numbers "
          "times that of the fold from 1 (skfolio).", "FOLDS",
          "[(usize, usize, usize, usize, usize, usize, usize, usize, usize); 4]", [folds(*case) for case in cases])
    const("Probability that 200 fair coins worth ±1 are 5 behind at some time, by reflection (scipy).", "RUIN", "f64",
          float(2 * stats.binom.sf(102, 200, 0.5)))


main()
