"""Where the standard library and TA-Lib differ on purpose, or TA-Lib's own rounding decides: key → reason.

A key is `expression @ series` or `TA-Lib name @ series`; `*` stands for every series.
"""

from __future__ import annotations

STILL = "a relative strength index of a market that never moved is 50 here (neither side is stronger) and 0 in TA-Lib"
TRIMA = "TA-Lib's triangular average carries rounding on from bar to bar, ours does not: in exact arithmetic ours is right to \
1e-11 of the difference and TA-Lib's to 1e-6"
PHASE = "of a market that repeats itself the in-phase and quadrature sums are zero but for rounding, which decides the phase"

DRIFT = "over two million bars TA-Lib's sliding sums carry their rounding on; ours begin anew with each block of bars"
TURN = "where the phase turns, rounding that TA-Lib carries on over two million bars decides on which side of the turn it lies"

REASONS: dict[str, str] = {
    "RSI @ constant": STILL,
    "RSI @ spike": STILL,
    "STOCHRSI @ spike": STILL,
    "VWAP @ no-volume": "without any volume the average price is the typical price of the bar here, 0 in TA-Lib",
    "apo(close, 12, 26, MaType.trima) @ *": TRIMA,
    "ppo(close, 12, 26, MaType.trima) @ *": TRIMA,
    "trima(close, 9) @ long": DRIFT,
    "ma(close, 20, MaType.mama) @ long": TURN,
    "MAMA @ long": TURN,
    "HT_DCPHASE @ long": TURN,
    "HT_PHASOR @ long": TURN,
    "HT_SINE @ long": TURN,
    "HT_DCPHASE @ constant": PHASE,
    "HT_SINE @ constant": PHASE,
    "HT_DCPHASE @ alternating": PHASE,
    "HT_SINE @ alternating": PHASE,
    "HT_DCPHASE @ spike": PHASE,
    "HT_SINE @ spike": PHASE,
}
