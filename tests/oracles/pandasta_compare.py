#!/usr/bin/env python3
"""Compares the standard library with pandas-ta, value by value, on real candles and on series made to go wrong.

    tests/oracles/pandasta_compare.py [--sixbtc PATH] [--data FILE…] [--only NAME…] [--series NAME…] [--long BARS]

The bar is that of `talib_compare.py`: 1e-9 relative, 1e-12 of what is added inside. Rows where pandas-ta has no value after its
first (0 / 0) are not compared. Where both start from different values, rows are compared once the start has faded, and the
function says why (`start`). What differs for a reason that `pandasta_reasons.py` names is counted apart. Exit code 1 when
anything else differs, or when an indicator of pandas-ta is compared nowhere and not named.
"""

from __future__ import annotations

import io
import logging
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from pathlib import Path

import series
from oracle_env import COLUMNS, arguments, binary, candles, data_files, enter_environment
from pandasta_functions import FUNCTIONS, NAMED, Function
from pandasta_reasons import REASONS
from talib_compare import ABSOLUTE, RELATIVE, evaluate

LONG = 100_000


def scale_of(function: Function, columns: dict, theirs) -> float:
    """Size of what is added inside, against which rounding counts."""
    import numpy as np

    price = float(np.max(columns["high"]))
    largest = float(np.max(np.abs(theirs[np.isfinite(theirs)]), initial=0.0))
    return {
        "price": price,
        "price2": price * price,
        # pandas' sliding sums of squares leave their rounding under a root, and ratios to a small spread multiply it
        "root": price * 1e3,
        "moment": 1e6,
        "correlation": 1e4,
        "one": 1.0,
        "hundred": 100.0,
        "degrees": 57.3 * price,
        "cycle": 1e4,
        "cycle_degrees": 57.3e4,
        "volume": float(np.sum(columns["volume"])),
        "largest": largest,
    }[function.scale]


def compare(function: Function, theirs, ours, columns: dict) -> tuple[str, str]:
    """Verdict and remark."""
    import numpy as np

    if theirs is None:
        return "equal", "no value: too few bars"
    theirs = np.asarray(theirs, dtype=float)
    if len(ours) != len(theirs):
        return "DIFFERENT", f"{len(ours)} rows instead of {len(theirs)}"
    present = np.flatnonzero(np.isfinite(theirs))
    if not len(present):
        return "equal", "no value: too few bars"
    first = int(present[0])
    seen = np.flatnonzero(~np.isnan(ours))
    if not len(seen):
        late = function.late >= len(theirs) - first
        return ("equal", "no value: too few bars") if late else ("DIFFERENT", "no value at all")
    if seen[0] > first + function.late:
        return "DIFFERENT", f"first value at {seen[0]}, theirs at {first}"
    start = max(first + function.settles, int(seen[0]))
    if start >= len(theirs):
        return "equal", "no value after the start has faded"
    left, right = ours[start:], theirs[start:]
    compared = np.isfinite(right)
    scale = scale_of(function, columns, theirs)
    with np.errstate(invalid="ignore"):
        off = np.abs(left - right)
        tolerance = 0.0 if function.exact else RELATIVE * np.abs(right) + ABSOLUTE * scale
        wrong = np.flatnonzero(compared & ~(off <= tolerance))
        worst = float(np.max(np.where(compared & np.isfinite(off), off, 0.0) / np.maximum(np.abs(np.nan_to_num(right)), 1e-300)
                             * (np.abs(np.nan_to_num(right)) > scale * 1e-6), initial=0.0))
    remark = f"first at {seen[0]}, theirs {first}" if seen[0] != first else ""
    if function.settles:
        remark += f" from row {start}: {function.start}"
    if len(wrong):
        row = start + int(wrong[0])
        return "DIFFERENT", f"{len(wrong)} of {int(compared.sum())} rows, first {row}: {ours[row]} instead of {theirs[row]} {remark}"
    return "equal", f"{int(compared.sum())} rows, worst {worst:.1e} {remark}"


def reason_for(function: Function, expression: str, where: str) -> str | None:
    """The key in `REASONS` of why the two may differ there."""
    for key in (f"{expression} @ {where}", f"{function.name} @ {where}", f"* @ {where}", f"{expression} @ *", f"{function.name} @ *"):
        if key in REASONS:
            return key
    return None


def their_outputs(packages: dict, function: Function, columns: dict) -> list:
    """pandas-ta's series, `None` for each that it declines to compute on so few bars."""
    try:
        with redirect_stdout(io.StringIO()):
            outputs = function.outputs(packages.get(function.package), columns)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        if len(columns["close"]) > 300:
            raise RuntimeError(f"{function.name}: {error}") from error
        return [None] * len(function.expressions)  # it fails on so few bars
    return list(outputs)


def main() -> int:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", help="pandas-ta names")
    parser.add_argument("--series", nargs="*", help="made series instead of all (none: only the candle files)")
    parser.add_argument("--long", type=int, default=LONG, help="bars of the long series")
    parser.add_argument("--quiet", action="store_true", help="only lines of what differs")
    options = parser.parse_args()
    enter_environment()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    import pandas as pd
    import pandas_ta
    import pandas_ta_classic

    packages = {"classic": pandas_ta_classic, "openbb": pandas_ta}
    known = {name for package in packages.values() for names in package.Category.values() for name in names}
    sixbtc = binary(options.sixbtc)
    functions = [f for f in FUNCTIONS if not options.only or f.name in options.only]
    expressions = list(dict.fromkeys(e for function in functions for e in function.expressions))
    made = list(series.NAMES) if options.series is None else options.series
    total = {"equal": 0, "REASON": 0, "DIFFERENT": 0}
    used: set[str] = set()

    def each_series(folder: Path):
        for path in data_files(options.data):
            yield path.name, path, candles(path)
        yield from series.written(folder, made, options.long)

    with tempfile.TemporaryDirectory() as folder:
        for where, path, columns in each_series(Path(folder)):
            counts = dict.fromkeys(total, 0)
            print(f"\n{where}: {len(columns['close'])} bars", flush=True)
            index = pd.DatetimeIndex(pd.to_datetime(columns["time"])).tz_localize(None)
            frames = {name: pd.Series(columns[name], index=index, name=name) for name in COLUMNS}
            with ThreadPoolExecutor(2) as pool:
                ours = dict(zip(expressions, pool.map(lambda e: evaluate(sixbtc, e, path), expressions)))
            for function in functions:
                copies = {name: column.copy() for name, column in frames.items()}
                for expression, theirs in zip(function.expressions, their_outputs(packages, function, copies), strict=True):
                    values, failure = ours[expression]
                    verdict, remark = ("DIFFERENT", failure) if failure else compare(function, theirs, values, columns)
                    key = reason_for(function, expression, where)
                    if verdict == "DIFFERENT" and key:
                        verdict = "REASON"
                        used.add(key)
                    counts[verdict] += 1
                    if verdict != "equal" or not options.quiet:
                        print(f"{verdict:9}  {function.name:16} {expression:44} {remark}", flush=True)
            print(f"{where}: {counts['equal']} equal, {counts['REASON']} for a named reason, {counts['DIFFERENT']} different")
            for verdict, count in counts.items():
                total[verdict] += count
    print("\nNamed reasons:")
    for key in REASONS:
        if key in used:
            print(f"- {key}: {REASONS[key]}")
    whole = options.only is None
    for name, why in NAMED.items() if whole else ():
        print(f"- {name} is not compared: {why}")
    stale = sorted(set(REASONS) - used) if whole and options.series is None and options.data is None else []
    for key in stale:
        print(f"NOT NEEDED the reason {key}")
    missing = sorted(known - {f.name for f in FUNCTIONS} - set(NAMED)) if whole else []
    for name in missing:
        print(f"MISSING   {name}: neither compared nor named")
    names = {f.name for f in functions}
    print(f"\n{len(known)} indicators of pandas-ta: {len(names & known)} compared, {len(set(NAMED) & known)} named; {sum(total.values())} outputs: "
          f"{total['equal']} equal, {total['REASON']} for a named reason, {total['DIFFERENT']} different")
    return 1 if total["DIFFERENT"] or stale or missing else 0


if __name__ == "__main__":
    sys.exit(main())
