#!/usr/bin/env python3
"""Compares the standard library with TA-Lib, value by value, on real candles.

    tests/oracles/talib_compare.py [--sixbtc PATH] [--data FILE…] [--only NAME…]

From TA-Lib's first value on, |ours − theirs| ≤ 1e-9 |theirs| + 1e-12 × scale, where `scale` is the size of the terms that
are added inside (the largest price, 100 for an oscillator …): TA-Lib's sliding sums drift by about that over the sample
data, which shows where a value passes through zero.
Whole numbers (candlestick patterns) must be equal. Our first value must not come after TA-Lib's; where it comes before
(the fast line of a MACD) the table says so. Exit code 1 when anything differs.
"""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from oracle_env import arguments, binary, candles, data_files, enter_environment
from talib_functions import FUNCTIONS, Function

RELATIVE = 1e-9
ABSOLUTE = 1e-12


def scale_of(function: Function, columns: dict, theirs) -> float:
    import numpy as np

    price = float(np.max(columns["high"]))
    # the centred sums that both sides form cancel to a small rest of values this large
    return {
        "price": price,
        "price2": price * price,
        "root": price,
        "one": 1.0,
        "hundred": 100.0,
        "degrees": 57.3 * price,
        # the sums over a cycle leave about 1e-4 of the price level that goes into them
        "cycle": 1e4,
        "cycle_degrees": 57.3e4,
        "largest": float(np.nanmax(np.abs(theirs))),
    }[function.scale]


def evaluate(sixbtc, expression: str, path) -> tuple[list[float], str]:
    """Our values (NaN before the first) and, if it failed, why."""
    import math

    done = subprocess.run([sixbtc, "eval", expression, "--data", path], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return [], (done.stderr or done.stdout).strip().splitlines()[0]
    lines = done.stdout.splitlines()[1:]
    cells = [line.rsplit(",", 1)[1] for line in lines]
    truth = {"": math.nan, "true": 1.0, "false": 0.0}
    return [truth[cell] if cell in truth else float(cell) for cell in cells], ""


def rounding_tie(talib, function: Function, output: int, columns: dict, row: int, ours: float) -> bool:
    """Whether the row is an exact tie that rounding decides: TA-Lib itself says what we say once the same candles are
    written in another currency unit, which changes no pattern."""
    import numpy as np

    first = max(row - 400, 0)
    for unit in (1.0, 1 / 3, 3.0, 7.0, 0.1, 1e5):
        part = {
            name: np.ascontiguousarray(columns[name][first : row + 1] * (1.0 if name == "volume" else unit))
            for name in ("open", "high", "low", "close", "volume")
        }
        if function.outputs(talib, part)[output][-1] == ours:
            return True
    return False


def compare(talib, function: Function, output: int, expression: str, theirs, ours, columns, lookback: int) -> tuple[str, str]:
    """Verdict and remark."""
    import numpy as np

    theirs = np.asarray(theirs, dtype=float)
    ours = np.asarray(ours, dtype=float)
    if len(ours) != len(theirs):
        return "DIFFERENT", f"{len(ours)} rows instead of {len(theirs)}"
    seen = np.flatnonzero(~np.isnan(ours))
    if not len(seen):
        return "DIFFERENT", "no value at all"
    if seen[0] > lookback + function.late:
        return "DIFFERENT", f"first value at {seen[0]}, TA-Lib's at {lookback}"
    first_theirs, lookback = lookback, max(lookback, int(seen[0]))
    left, right = ours[lookback:], theirs[lookback:]
    if function.exact:
        wrong = np.flatnonzero(left != right)
        ties = [w for w in wrong if rounding_tie(talib, function, output, columns, lookback + int(w), left[w])]
        wrong = np.setdiff1d(wrong, ties)
        worst = 0.0
    else:
        tolerance = RELATIVE * np.abs(right) + ABSOLUTE * scale_of(function, columns, theirs)
        wrong = np.flatnonzero(~(np.abs(left - right) <= tolerance))
        worst = float(np.max(np.abs(left - right) / np.maximum(np.abs(right), scale_of(function, columns, theirs) * 1e-6)))
    early = f"first at {seen[0]}, TA-Lib {first_theirs}" if seen[0] != first_theirs else ""
    if len(wrong):
        row = lookback + int(wrong[0])
        return "DIFFERENT", f"{len(wrong)} rows, first {row}: {ours[row]!r} instead of {theirs[row]!r} {early}"
    if function.exact and len(ties):
        return "equal", f"but {len(ties)} exact ties that rounding decides {early}"
    return "equal", f"worst {worst:.1e} {early}"


def main() -> int:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", help="TA-Lib names")
    options = parser.parse_args()
    enter_environment()
    import numpy as np
    import talib
    from talib import abstract

    sixbtc = binary(options.sixbtc)
    functions = [f for f in FUNCTIONS if not options.only or f.name in options.only]
    counts = {"equal": 0, "DIFFERENT": 0}
    for path in data_files(options.data):
        columns = candles(path)
        print(f"\n{path.name}: {len(columns['time'])} bars, TA-Lib {talib.__version__}")
        expressions = [expression for function in functions for expression in function.expressions]
        with ThreadPoolExecutor(2) as pool:
            results = dict(zip(expressions, pool.map(lambda e: evaluate(sixbtc, e, path), expressions)))
        for function in functions:
            outputs = function.outputs(talib, columns)
            for output, (expression, theirs) in enumerate(zip(function.expressions, outputs, strict=True)):
                if np.issubdtype(np.asarray(theirs).dtype, np.floating):
                    present = np.flatnonzero(~np.isnan(theirs))
                    lookback = int(present[0]) if len(present) else 0
                else:
                    lookback = abstract.Function(function.name).lookback
                ours, failure = results[expression]
                verdict, remark = ("DIFFERENT", failure) if failure else compare(
                    talib, function, output, expression, theirs, ours, columns, lookback
                )
                counts[verdict] += 1
                print(f"{verdict:9}  {function.name:20} {expression:44} {remark}")
    names = len({f.name for f in functions})
    print(f"\n{names} functions of TA-Lib, {sum(counts.values())} outputs compared: "
          f"{counts['equal']} equal, {counts['DIFFERENT']} different")
    return 1 if counts["DIFFERENT"] else 0


if __name__ == "__main__":
    sys.exit(main())
