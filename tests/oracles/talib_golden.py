#!/usr/bin/env python3
"""Writes TA-Lib's values for a short stretch of the sample data, so that Rust tests need no Python.

    tests/oracles/talib_golden.py

`tests/data/golden/talib.csv`: the bars, then a column for each expression of `talib_functions.py`; cells before TA-Lib's
first value are empty. Values carry 12 significant digits. Run it again when the pins or the functions change.
"""

from __future__ import annotations

import csv
import sys

from oracle_env import COLUMNS, ROOT, SAMPLE, candles, enter_environment
from talib_functions import FUNCTIONS

SOURCE = "BTCUSD-30m.csv.gz"
FIRST, BARS = 9000, 260
TARGET = ROOT / "tests" / "data" / "golden" / "talib.csv"


def cell(value: float, present: bool) -> str:
    return f"{value:.12g}" if present else ""


def main() -> int:
    enter_environment()
    import numpy as np
    import talib
    from talib import abstract

    whole = candles(SAMPLE / SOURCE)
    part = {name: column[FIRST : FIRST + BARS] for name, column in whole.items()}
    header = ["timestamp", *COLUMNS]
    columns = [part["time"]] + [[repr(float(value)) for value in part[name]] for name in COLUMNS]
    for function in FUNCTIONS:
        if function.index_of:
            continue  # which of two equal extremes it names is no answer
        for expression, values in zip(function.expressions, function.outputs(talib, part), strict=True):
            values = np.asarray(values)
            if np.issubdtype(values.dtype, np.floating):
                present = ~np.isnan(values)
            else:
                present = np.arange(BARS) >= abstract.Function(function.name).lookback + function.late
            if function.exact and not values.any():
                continue  # a pattern that does not occur here proves nothing
            if expression in header:
                continue
            header.append(expression)
            columns.append([cell(float(v), bool(p)) for v, p in zip(values, present)])
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    with TARGET.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(zip(*columns, strict=True))
    print(f"{TARGET.relative_to(ROOT)}: {len(header) - 6} expressions, {BARS} bars, {TARGET.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
