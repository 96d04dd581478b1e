"""TA-Lib's time for the eight indicators of W5, nanoseconds a bar, best of 15 runs.

cargo bench -p sixbtc-tests --bench indicators -- --write /tmp/bars.csv
python3 tests/oracles/talib_speed.py /tmp/bars.csv
cargo bench -p sixbtc-tests --bench indicators
"""

import sys
import time

import numpy as np
import talib

_, o, h, l, c, _ = np.ascontiguousarray(np.loadtxt(sys.argv[1], delimiter=",", skiprows=1).T)
WORK = {
    "SMA": lambda: talib.SMA(c, 30),
    "EMA": lambda: talib.EMA(c, 30),
    "RSI": lambda: talib.RSI(c, 14),
    "ATR": lambda: talib.ATR(h, l, c, 14),
    "BBANDS": lambda: talib.BBANDS(c, 20, 2, 2),
    "MACD": lambda: talib.MACD(c, 12, 26, 9),
    "ADX": lambda: talib.ADX(h, l, c, 14),
    "STOCH": lambda: talib.STOCH(h, l, c, 5, 3, 0, 3, 0),
}
for name, work in WORK.items():
    best = float("inf")
    for _ in range(15):
        began = time.perf_counter_ns()
        work()
        best = min(best, time.perf_counter_ns() - began)
    print(f"{name:8} {best / len(c):6.2f} ns a bar")
