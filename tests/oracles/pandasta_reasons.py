"""Where the standard library and pandas-ta differ, and why: key → reason; keys as in `talib_reasons`."""

from __future__ import annotations

EPSILON = "pandas-ta writes 2.2e-16 for an empty range or an unchanged price and divides by it"
NOTHING = "of a market that never moved pandas-ta has no value (0 / 0), and what rests on it begins anew when it moves"
STILL = "of a market that never moved the relative strength index is 50 here, and pandas-ta has no value"
PHASE = "of a market that repeats itself the in-phase and quadrature sums are zero but for rounding, which decides the phase"
JUMP = "the cycle's period rests on rounding before the jump (see the constant market)"
TIE = "the two sides are equal but for rounding"
ROLLING = "pandas' sliding sums carry rounding on, ours and TA-Lib's do not"
MONEY = "a typical price that is unchanged but for rounding carries no money flow here and in TA-Lib; pandas-ta counts it"
RATCHET = "the stop keeps what its first bars, seeded otherwise in pandas-ta, drew it to while the market stays in its range"

REASONS: dict[str, str] = {
    "alma(close, 10) @ *": "pandas-ta-classic turns the weights round, so that the peak stands at old bars; equal to 0.4's where "
    "that need not round the peak's place",
    "supertrend @ *": "pandas-ta tightens only the band in use; ours is TA-Lib's, which tightens both",
    "psar @ *": "pandas-ta moves its extreme before it asks whether the stop was touched; ours is Wilder's order, as TA-Lib",
    "ttm_trend @ *": TIE,
    "tsignals @ *": TIE,
    "hilo @ *": TIE,
    "kvo @ *": TIE,
    "smc @ *": TIE,
    "beta @ *": ROLLING,
    "fisher @ XRPUSD-30m.csv.gz": "pandas-ta takes a range of at least 0.001, which is not little where a coin costs 0.2",
    "marketfi @ XRPUSD-30m.csv.gz": EPSILON,
    "bop @ *": EPSILON,
    "macdfix @ *": "pandas-ta takes the factors 2 / 13 and 2 / 27; Appel's fixed ones are 0.15 and 0.075, as TA-Lib",
    "mfi @ *": MONEY,
    "alphatrend @ *": MONEY,
    "correl @ *": ROLLING,
    **{
        f"{name} @ {where}": PHASE
        for where in ("constant", "alternating", "spike")
        for name in ("ht_dcperiod", "ht_dcphase", "ht_sine", "ht_trendmode")
    },
    "ht_trendline @ alternating": PHASE,
    "ht_trendline @ spike": JUMP,
    "ht_phasor @ spike": JUMP,
    "msw @ constant": PHASE,
    "msw @ spike": PHASE,
    **{
        f"{name} @ {where}": EPSILON
        for where in ("constant", "spike")
        for name in ("bbands", "cdl_doji", "fisher", "rvgi")
    },
    "fisher @ alternating": EPSILON,
    "marketfi @ constant": EPSILON,
    "kama @ spike": EPSILON,
    "adx @ spike": NOTHING,
    "adxr @ spike": NOTHING,
    "vortex @ spike": ROLLING,
    "massi @ spike": EPSILON,
    "brar @ spike": EPSILON,
    "smc @ spike": EPSILON,
    "amat @ spike": TIE,
    "short_run @ spike": TIE,
    "aobv @ spike": TIE,
    "xsignals @ spike": STILL,
    "stochrsi @ spike": STILL,
    "rsx @ spike": "pandas-ta begins anew as long as nothing moved, and then waits for its warm-up again",
    "smi @ spike": NOTHING,
    "tsi @ spike": NOTHING,
    "atrts @ alternating": RATCHET,
}
