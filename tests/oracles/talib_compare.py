#!/usr/bin/env python3
"""Compares the standard library with TA-Lib, value by value, on real candles and on series made to go wrong.

    tests/oracles/talib_compare.py [--sixbtc PATH] [--data FILE…] [--only NAME…] [--series NAME…] [--long BARS]

From TA-Lib's first value on, |ours − theirs| ≤ 1e-9 |theirs| + 1e-12 × scale, where `scale` is the size of the terms that
are added inside (the largest price, 100 for an oscillator …): TA-Lib's sliding sums drift by about that over the sample
data, which shows where a value passes through zero.
Whole numbers (candlestick patterns) must be equal. Our first value must not come after TA-Lib's; where it comes before
(the fast line of a MACD) the table says so. The series besides the sample candles are those of `series.py`; what differs
there for a reason that `talib_reasons.py` names is counted apart. Exit code 1 when anything else differs, when a reason
was not needed, or when a function of TA-Lib is compared nowhere.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import series
from oracle_env import arguments, binary, candles, data_files, enter_environment
from talib_functions import FUNCTIONS, Function
from talib_reasons import REASONS

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


def evaluate(sixbtc, expression: str, path):
    """Our values (NaN before the first) and, if it failed, why."""
    import io

    import numpy as np
    import pandas as pd

    done = subprocess.run([sixbtc, "eval", expression, "--data", path], capture_output=True, check=False)
    if done.returncode != 0:
        return np.array([]), (done.stderr or done.stdout).decode().strip().splitlines()[0]
    column = pd.read_csv(io.BytesIO(done.stdout), usecols=[1]).iloc[:, 0]
    if column.dtype == object or str(column.dtype) in ("str", "bool", "boolean"):
        column = column.map({"true": 1.0, "false": 0.0, True: 1.0, False: 0.0})
    return column.to_numpy(dtype=float), ""


def rounding_tie(talib, function: Function, output: int, columns: dict, row: int, ours: float) -> bool:
    """Whether the row is an exact tie that rounding decides: TA-Lib itself says what we say once the same candles are
    written in another currency unit, or each price moved by less than a millionth of a millionth, which changes no pattern."""
    import numpy as np

    def moved(values, seed: int):
        # equal prices stay equal
        return values * (1 + 4e-13 * np.sin(values * (1000.0 + seed)))

    first = max(row - 400, 0)
    columns = {name: columns[name][first : row + 1] for name in ("open", "high", "low", "close", "volume")}
    prices = ("open", "high", "low", "close")
    for unit in (1.0, 1 / 3, 3.0, 7.0, 0.1, 1e5, *range(-16, 0)):
        part = {
            name: np.ascontiguousarray(
                values if name not in prices else moved(values, unit) if unit < 0 else values * unit
            )
            for name, values in columns.items()
        }
        if function.outputs(talib, part)[output][-1] == ours:
            return True
    return False


def compare(talib, function: Function, output: int, theirs, ours, columns, lookback: int) -> tuple[str, str]:
    """Verdict and remark."""
    import numpy as np

    theirs = np.asarray(theirs, dtype=float)
    if len(ours) != len(theirs):
        return "DIFFERENT", f"{len(ours)} rows instead of {len(theirs)}"
    if lookback >= len(theirs):
        return "equal", "no value: too few bars"
    seen = np.flatnonzero(~np.isnan(ours))
    if not len(seen):
        return "DIFFERENT", "no value at all"
    if seen[0] > lookback + function.late:
        return "DIFFERENT", f"first value at {seen[0]}, TA-Lib's at {lookback}"
    first_theirs, lookback = lookback, max(lookback, int(seen[0]))
    left, right = ours[lookback:], theirs[lookback:]
    ties = np.array([], dtype=int)
    same = (left == right) | (np.isnan(left) & np.isnan(right))
    if function.index_of:
        column = columns[function.index_of]
        rows = np.flatnonzero(~same)
        ties = rows[column[left[rows].astype(int)] == column[right[rows].astype(int)]]
        wrong = np.setdiff1d(rows, ties)
    elif function.exact:
        rows = np.flatnonzero(~same)
        if len(rows) <= 1000:
            ties = [w for w in rows if rounding_tie(talib, function, output, columns, lookback + int(w), left[w])]
        wrong = np.setdiff1d(rows, ties)
    else:
        scale = scale_of(function, columns, theirs)
        with np.errstate(invalid="ignore"):
            off = np.where(same, 0.0, np.abs(left - right))
            wrong = np.flatnonzero(~(off <= RELATIVE * np.abs(right) + ABSOLUTE * scale))
            worst = float(np.nanmax(off / np.maximum(np.abs(right), max(scale * 1e-6, 1e-300))))
    early = f"first at {seen[0]}, TA-Lib {first_theirs}" if seen[0] != first_theirs else ""
    if len(wrong):
        row = lookback + int(wrong[0])
        return "DIFFERENT", f"{len(wrong)} rows, first {row}: {ours[row]} instead of {theirs[row]} {early}"
    if len(ties):
        return "equal", f"but {len(ties)} exact ties {early}"
    return "equal", early if function.exact else f"worst {worst:.1e} {early}"


def their_outputs(talib, function: Function, columns: dict):
    """TA-Lib's outputs and the row of each one's first value."""
    import numpy as np
    from talib import abstract

    bars = len(columns["close"])
    outputs = []
    for theirs in function.outputs(talib, columns):
        theirs = np.asarray(theirs)
        if np.issubdtype(theirs.dtype, np.floating):
            present = np.flatnonzero(~np.isnan(theirs))
            first = int(present[0]) if len(present) else bars
        else:
            first = 29 if function.index_of else abstract.Function(function.name).lookback
        outputs.append((theirs, first))
    return outputs


def reason_for(function: Function, expression: str, where: str) -> str | None:
    """The key in `REASONS` of why the two may differ there."""
    for key in (f"{expression} @ {where}", f"{function.name} @ {where}", f"{expression} @ *", f"{function.name} @ *"):
        if key in REASONS:
            return key
    return None


def main() -> int:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", help="TA-Lib names")
    parser.add_argument("--series", nargs="*", help="made series instead of all (none: only the candle files)")
    parser.add_argument("--long", type=int, default=series.LONG, help="bars of the long series")
    parser.add_argument("--quiet", action="store_true", help="only lines of what differs")
    options = parser.parse_args()
    enter_environment()
    import talib

    sixbtc = binary(options.sixbtc)
    functions = [f for f in FUNCTIONS if not options.only or f.name in options.only]
    expressions = list(dict.fromkeys(e for function in functions for e in function.expressions))
    made = list(series.NAMES) if options.series is None else options.series
    total: dict[str, int] = {"equal": 0, "REASON": 0, "DIFFERENT": 0}
    used: set[str] = set()

    def each_series(folder: Path):
        for path in data_files(options.data):
            yield path.name, path, candles(path)
        yield from series.written(folder, made, options.long)

    with tempfile.TemporaryDirectory() as folder:
        for where, path, columns in each_series(Path(folder)):
            counts = dict.fromkeys(total, 0)
            print(f"\n{where}: {len(columns['close'])} bars, TA-Lib {talib.__version__}", flush=True)
            left: dict[str, int] = {}
            for function in functions:
                for expression in function.expressions:
                    left[expression] = left.get(expression, 0) + 1
            with ThreadPoolExecutor(2) as pool:
                # one function at a time is waited for: two million rows of all would not fit
                ours = {}
                ahead = iter(expressions)
                for expression in [e for _, e in zip(range(4), ahead)]:
                    ours[expression] = pool.submit(evaluate, sixbtc, expression, path)
                for function in functions:
                    theirs_all = their_outputs(talib, function, columns)
                    for output, expression in enumerate(function.expressions):
                        theirs, first = theirs_all[output]
                        if expression not in ours:
                            ours[expression] = pool.submit(evaluate, sixbtc, expression, path)
                        values, failure = ours[expression].result()
                        verdict, remark = ("DIFFERENT", failure) if failure else compare(
                            talib, function, output, theirs, values, columns, first
                        )
                        left[expression] -= 1
                        if not left[expression]:
                            del ours[expression]
                        following = next(ahead, None)
                        if following is not None and following not in ours:
                            ours[following] = pool.submit(evaluate, sixbtc, following, path)
                        key = reason_for(function, expression, where)
                        if verdict == "DIFFERENT" and key:
                            verdict = "REASON"
                            used.add(key)
                        counts[verdict] += 1
                        if verdict != "equal" or not options.quiet:
                            print(f"{verdict:9}  {function.name:20} {expression:44} {remark}", flush=True)
            print(f"{where}: {counts['equal']} equal, {counts['REASON']} for a named reason, {counts['DIFFERENT']} different")
            for verdict, count in counts.items():
                total[verdict] += count
    if used:
        print("\nNamed reasons:")
        for key in REASONS:
            if key in used:
                print(f"- {key}: {REASONS[key]}")
    whole = options.only is None and options.series is None and options.data is None
    stale = sorted(set(REASONS) - used) if whole else []
    for key in stale:
        print(f"NOT NEEDED the reason {key}")
    names = {f.name for f in functions}
    missing = sorted(set(talib.get_functions()) - names) if whole else []
    for name in missing:
        print(f"MISSING   {name}: compared nowhere")
    print(f"\n{len(names)} of TA-Lib's {len(talib.get_functions())} functions, {sum(total.values())} outputs compared: "
          f"{total['equal']} equal, {total['REASON']} for a named reason, {total['DIFFERENT']} different")
    return 1 if total["DIFFERENT"] or stale or missing else 0


if __name__ == "__main__":
    sys.exit(main())
