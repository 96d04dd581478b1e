//! Written by `tests/oracles/judgement_oracle.py`: figures of other programs.
//! arch 8.0.0, scipy 1.17.1, statsmodels 0.15.0, skfolio 1.12.2, numpy 2.4.6.

// Figures as they were printed.
#![allow(
    clippy::unreadable_literal,
    clippy::excessive_precision,
    clippy::type_complexity,
    clippy::doc_markdown
)]

/// Sharpe ratio, skew and kurtosis of eight returns (scipy).
pub const MOMENTS: [f64; 3] = [0.21091154505901036, 0.7664689052015192, 3.0032844027859373];

/// Mean correlation, M² / Σ ρ², variance of Sharpe ratios of `candidates(6, 300, 0.05)` (NumPy).
pub const TIED: [f64; 3] = [
    0.19892079496230844,
    4.956092104405876,
    0.0013517109654820113,
];

/// Seed, rows, AR coefficient; block lengths, stationary and circular (arch).
pub const BLOCKS: [(u64, usize, f64, f64, f64); 5] = [
    (1, 500, 0.5, 8.53853307021991, 9.77418041599336),
    (2, 250, 0.0, 2.152965742131988, 2.4645305487478906),
    (3, 1000, 0.9, 36.14423556339025, 41.374821235615464),
    (4, 30, 0.3, 1.3534305875054313, 1.549291269824791),
    (5, 2000, -0.4, 11.699970821791283, 13.393123237162893),
];

/// Candidates, rows, drift, block; best, t and p-values after Hansen, statistic and p-value after White (NumPy); p-values of arch. All on `resamples(77, rows, block, 400)`.
pub const SPA: [(
    usize,
    usize,
    f64,
    f64,
    usize,
    f64,
    (f64, f64, f64),
    f64,
    f64,
    (f64, f64, f64),
); 4] = [
    (
        12,
        300,
        0.05,
        5.0,
        5,
        (1.8280954144646278),
        (0.3125, 0.3475, 0.365),
        (0.7212914052689938),
        0.4175,
        (0.3775, 0.4025, 0.4175),
    ),
    (
        12,
        300,
        0.1,
        5.0,
        0,
        (2.7449651957966186),
        (0.0275, 0.0275, 0.0325),
        (1.170489692983316),
        0.045,
        (0.045, 0.045, 0.045),
    ),
    (
        40,
        120,
        0.0,
        8.0,
        31,
        (2.1440185322371943),
        (0.2275, 0.2975, 0.31),
        (0.8824539872447653),
        0.3125,
        (0.25, 0.3075, 0.3125),
    ),
    (
        3,
        500,
        -0.02,
        10.0,
        2,
        (0.15433869759476623),
        (0.57, 0.805, 0.805),
        (0.07160353655672673),
        0.805,
        (0.57, 0.805, 0.805),
    ),
];

/// p-values of arch from 20,000 resamples of its own, of `candidates(12, 300, drift)` with drifts 0.02 and 0.05, block 5.
pub const SPA_DRAWN: [[f64; 3]; 2] = [[0.33415, 0.446, 0.446], [0.33345, 0.35895, 0.38295]];

/// Candidates, rows, drift, blocks; PBO, mean logit, mean inside, mean outside, slope, intercept, R², probability of loss, median logit (NumPy).
pub const CSCV: [(usize, usize, f64, usize, [f64; 9]); 3] = [
    (
        7,
        163,
        0.03,
        6,
        [
            0.7,
            -0.25336968139574323,
            0.19180664868402622,
            -0.04524198849929301,
            -0.5853091634097954,
            0.06702420057839092,
            0.2575004902056005,
            0.65,
            0.0,
        ],
    ),
    (
        20,
        400,
        0.0,
        10,
        [
            0.17857142857142858,
            1.6768700519951047,
            0.2044359607266619,
            0.11467349691359524,
            -0.27074426213305847,
            0.17002336025399822,
            0.04619244020847547,
            0.11507936507936507,
            2.2512917986064953,
        ],
    ),
    (
        20,
        400,
        0.15,
        8,
        [
            0.0,
            1.5235260138659208,
            0.4420130283789848,
            0.29893727771680695,
            -0.33492440525916534,
            0.44697822836344103,
            0.0629898383092678,
            0.0,
            1.4469189829363254,
        ],
    ),
];

/// Adjusted p-values (statsmodels, `holm`).
pub const HOLM: [f64; 15] = [
    0.0015,
    1.0,
    0.0056,
    1.0,
    0.0247,
    0.11399999999999999,
    0.2211,
    1.0,
    0.27799999999999997,
    0.27799999999999997,
    0.27799999999999997,
    0.32130000000000003,
    1.0,
    1.0,
    1.0,
];

/// Adjusted p-values (statsmodels, `fdr_bh`).
pub const BH: [f64; 15] = [
    0.0015,
    0.48600000000000004,
    0.003,
    0.5811818181818182,
    0.0095,
    0.035625,
    0.0603,
    0.7148749999999999,
    0.06385714285714286,
    0.06385714285714286,
    0.0645,
    0.07650000000000001,
    0.7532307692307693,
    0.8132142857142857,
    1.0,
];

/// Adjusted p-values (statsmodels, `fdr_by`).
pub const BY: [f64; 15] = [
    0.004977343489843491,
    1.0,
    0.009954686979686982,
    1.0,
    0.03152317543567544,
    0.11821190788378289,
    0.20008920829170831,
    1.0,
    0.21189262285333715,
    0.21189262285333715,
    0.2140257700632701,
    0.253844517982018,
    1.0,
    1.0,
    1.0,
];

/// Hits, observations, exact 95 % interval (scipy).
pub const EXACT: [(usize, usize, f64, f64); 4] = [
    (0, 100, 0.0, 0.03621669264519054),
    (5, 100, 0.016431879181728278, 0.11283491110546288),
    (1, 1, 0.025000000000000022, 1.0),
    (999, 1000, 0.9944410757201502, 0.9999746825125083),
];

/// Rows, groups, tested groups, purge, embargo; paths, folds, training rows of all folds, and the sum of their numbers times that of the fold from 1 (skfolio).
pub const FOLDS: [(
    usize,
    usize,
    usize,
    usize,
    usize,
    usize,
    usize,
    usize,
    usize,
); 4] = [
    (60, 6, 2, 0, 0, 5, 15, 600, 128300),
    (60, 6, 2, 3, 2, 5, 15, 440, 87440),
    (100, 5, 3, 2, 4, 6, 10, 304, 65568),
    (50, 10, 8, 0, 0, 36, 45, 450, 202425),
];

/// Probability that 200 fair coins worth ±1 are 5 behind at some time, by reflection (scipy).
pub const RUIN: f64 = 0.7237710263128071;
