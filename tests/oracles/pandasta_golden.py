#!/usr/bin/env python3
"""Writes pandas-ta's values for a short stretch of the sample data, so that Rust tests need no Python.

    tests/oracles/pandasta_golden.py

`tests/data/golden/pandasta.csv`, laid out as `talib.csv`: the bars, then a column for each expression of
`pandasta_functions.py` that starts as pandas-ta does, differs nowhere for a named reason, and is not TA-Lib's as well.
Run it again when the pins or the functions change.
"""

from __future__ import annotations

import csv
import logging
import sys
import warnings

from oracle_env import COLUMNS, ROOT, SAMPLE, candles, enter_environment
from pandasta_compare import their_outputs
from pandasta_functions import FUNCTIONS
from pandasta_reasons import REASONS
from talib_functions import FUNCTIONS as TALIB
from talib_golden import BARS, FIRST, SOURCE, cell

TARGET = ROOT / "tests" / "data" / "golden" / "pandasta.csv"


def main() -> int:
    enter_environment()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    import numpy as np
    import pandas as pd
    import pandas_ta
    import pandas_ta_classic

    packages = {"classic": pandas_ta_classic, "openbb": pandas_ta}
    whole = candles(SAMPLE / SOURCE)
    part = {name: column[FIRST : FIRST + BARS] for name, column in whole.items()}
    header = ["timestamp", *COLUMNS]
    columns = [part["time"]] + [[repr(float(value)) for value in part[name]] for name in COLUMNS]
    known = {expression for function in TALIB for expression in function.expressions}
    index = pd.DatetimeIndex(pd.to_datetime(part["time"])).tz_localize(None)
    for function in FUNCTIONS:
        differs = any(key.endswith("@ *") and key.startswith(function.name) for key in REASONS)
        # flags are written over the warm-up, and their ties would be compared as values; the tests count their bars' times from
        # elsewhere, so that days begin on other bars
        if function.name == "vwap" or differs or function.settles or function.exact or function.late > 1:
            continue
        frames = {name: pd.Series(part[name], index=index, name=name) for name in COLUMNS}
        outputs = their_outputs(packages, function, frames)
        for expression, values in zip(function.expressions, outputs, strict=True):
            values = None if values is None else np.asarray(values, dtype=float)
            if values is None or not np.isfinite(values).any() or expression in known:
                continue
            present = np.isfinite(values)
            present[: int(np.flatnonzero(present)[0]) + function.late] = False
            known.add(expression)
            header.append(expression)
            columns.append([cell(float(v), bool(p)) for v, p in zip(values, present)])
    with TARGET.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(zip(*columns, strict=True))
    print(f"{TARGET.relative_to(ROOT)}: {len(header) - 6} expressions, {BARS} bars, {TARGET.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
