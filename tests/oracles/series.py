"""Series on which indicators go wrong: markets that do not move, jump, have no volume, or have hardly begun."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Iterator

from oracle_env import COLUMNS

SEED = 20260101
LONG = 2_000_000
NAMES = ("constant", "alternating", "spike", "no-volume", "tiny-1", "tiny-2", "tiny-3", "tiny-4", "tiny-5", "short", "long")


def _flat(bars: int) -> dict:
    import numpy as np

    columns = {name: np.full(bars, 100.0) for name in COLUMNS}
    columns["volume"] = np.full(bars, 10.0)
    return columns


def _walk(bars: int, seed: int) -> dict:
    """A random walk in ticks of 0.01 whose bars overlap; never near zero."""
    import numpy as np

    random = np.random.default_rng(seed)
    # pulled back to its beginning, so that two million bars stay among believable prices
    steps = random.normal(0.0, 0.5, bars)
    close = np.empty(bars)
    value = 0.0
    for row, step in enumerate(steps.tolist()):
        value = value * 0.9999 + step
        close[row] = value
    close = np.round(500.0 + close, 2)
    open_ = np.concatenate([close[:1], close[:-1]])
    high = np.round(np.maximum(open_, close) + np.abs(random.normal(0.0, 0.3, bars)), 2)
    low = np.round(np.minimum(open_, close) - np.abs(random.normal(0.0, 0.3, bars)), 2)
    volume = np.round(random.lognormal(3.0, 1.0, bars), 3)
    return {"open": open_, "high": high, "low": low, "close": close, "volume": volume}


def series(name: str, long: int = LONG) -> dict:
    """Columns of a series by its name."""
    import numpy as np

    if name == "constant":
        return _flat(600)
    if name == "alternating":
        columns = _flat(600)
        columns["close"] = 100.0 + np.arange(600) % 2
        columns["open"] = np.concatenate([[100.0], columns["close"][:-1]])
        columns["high"] = np.maximum(columns["open"], columns["close"])
        columns["low"] = np.minimum(columns["open"], columns["close"])
        columns["volume"] = 10.0 + np.arange(600) % 2
        return columns
    if name == "spike":
        columns = _flat(600)
        columns["high"][300] = columns["close"][300] = 1000.0
        columns["open"][301] = columns["high"][301] = 1000.0
        columns["volume"][300] = 1e6
        return columns
    if name == "no-volume":
        return {**_walk(600, SEED + 1), "volume": np.zeros(600)}
    if name.startswith("tiny-"):
        return _walk(int(name.removeprefix("tiny-")), SEED + 2)
    if name == "short":
        return _walk(40, SEED + 3)
    if name == "long":
        return _walk(long, SEED)
    raise ValueError(name)


def written(folder: Path, names: list[str], long: int) -> Iterator[tuple[str, Path, dict]]:
    """The named series as candle files of one-minute bars: name, file and columns."""
    import numpy as np

    for name in names:
        columns = series(name, long)
        bars = len(columns["close"])
        minutes = np.datetime64("2020-01-01T00:00:00") + np.arange(bars) * np.timedelta64(1, "m")
        path = folder / f"{name.upper()}_BARS-1m.csv"  # the digit of a name is no timeframe
        with path.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["timestamp", *COLUMNS])
            times = (f"{time}Z" for time in np.datetime_as_string(minutes, unit="s").tolist())
            writer.writerows(zip(times, *(columns[c].tolist() for c in COLUMNS)))
        yield name, path, {"time": minutes, **columns}
        path.unlink()
