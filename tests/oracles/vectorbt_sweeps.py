#!/usr/bin/env python3
"""The sweeps W3 and W4 in vectorbt: the same answers as ours where the rules agree, and how long each takes.

    cargo bench -p sixbtc-tests --bench sweeps -- --write /tmp/sweeps
    tests/oracles/vectorbt_sweeps.py /tmp/sweeps [--batches 2]

The bench writes the bars, what it measured, and our answers under settings that vectorbt can be given too: one unit, fills
at the next open, 0.045 % fee on each fill, no slippage, nothing rounded. Versions are pinned in `requirements.txt`.

Answers. Each combination must have as many trades and, to 1e-9, the same sum of profits. Known and deliberate differences,
each looked for in the candles before it counts as one:
- *entry bar*: our protective orders rest from the moment of the entry fill, vectorbt looks at them from the next bar on. A
  combination in which a level lies within the entry bar of a trade is explained by that.
- *end of data*: we close what is open at the last close and pay for it, vectorbt values it. The fee is put back.
- Exits by time are timed, not compared: vectorbt places one order a bar, so it cannot enter again at the open at which it
  left. It has no such exit either; here a level is moved to the open of the bar on which the time is up.
- Leverage changes nothing in vectorbt. Its 1,015 columns are simulated all the same, as it does for anyone who asks it to.

Times. vectorbt is measured warm, after a run that compiles, from bars to total return and number of trades; slippage 0.05 %,
all cash in each trade, as users do it. W4 goes in batches of 250 pairs, which is what memory allows.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from oracle_env import candles, enter_environment

FEE = 0.00045
SLIPPAGE = 0.0005
CASH = 1e7
SETTLED = 999
NEVER = 1_000_000
BATCH = 250


def later(decided):
    """Decisions moved to the bar at whose open they fill."""
    import numpy as np

    return np.concatenate([np.zeros_like(decided[:1]), decided[:-1]])


def simulate(bars: dict, entries, exits, **more):
    """A portfolio that fills at the open of the bar after a decision."""
    import vectorbt as vbt

    def column(name):
        return bars[name][:, None]

    return vbt.Portfolio.from_signals(
        column("close"),
        entries=later(entries),
        exits=later(exits),
        price=column("open"),
        open=column("open"),
        high=column("high"),
        low=column("low"),
        fees=FEE,
        freq="1min",
        **more,
    )


def answers(run, bars: dict) -> list[tuple[int, float]]:
    """Trades and profit of each column, what is open at the end closed and paid for."""
    records = run.trades.records
    last = bars["close"][-1]
    found = []
    for column in range(run.wrapper.shape[1]):
        own = records[records["col"] == column]
        still_open = own[own["status"] == 0]
        found.append((len(own), float(own["pnl"].sum() - (still_open["size"] * last * FEE).sum())))
    return found


def brackets(points):
    """Stops, targets and times of points as rows of one column each."""
    import numpy as np

    loss, gain, hold, _ = np.array(points).T
    return loss, np.where(gain < 5, gain, np.nan), hold


def signals(close):
    """RSI(14) < 40 and close > EMA(200), once both have settled."""
    import numpy as np
    import talib

    with np.errstate(invalid="ignore"):
        wanted = (talib.RSI(close, 14) < 40) & (close > talib.EMA(close, 200))
    wanted[:SETTLED] = False
    return wanted


def w3_answers(bars: dict, ours: dict) -> bool:
    """Combinations without a time exit, against ours."""
    import numpy as np

    chosen = [k for k, p in enumerate(ours["points"]) if p[2] == NEVER and p[3] == 1]
    loss, gain, _ = brackets([ours["points"][k] for k in chosen])
    wanted = signals(bars["close"])
    run = simulate(
        bars,
        wanted[:, None],
        np.zeros((1, 1), bool),
        sl_stop=loss[None, :],
        tp_stop=gain[None, :],
        stop_entry_price="fillprice",
        size=1.0,
        init_cash=CASH,
    )
    records = run.trades.records
    counts = {"equal": 0, "entry bar": 0, "unexplained": 0}
    for column, (k, found) in enumerate(zip(chosen, answers(run, bars))):
        if agrees(found, ours, k):
            counts["equal"] += 1
            continue
        own = records[records["col"] == column]
        at, price = own["entry_idx"].to_numpy(), own["entry_price"].to_numpy()
        touched = (bars["low"][at] <= price * (1 - loss[column])) | (bars["high"][at] >= price * (1 + gain[column]))
        rule = "entry bar" if touched.any() else "unexplained"
        counts[rule] += 1
        if rule == "unexplained":
            print(f"  {ours['points'][k]}: vectorbt {found}, ours {ours['trades'][k]}, {ours['total_return'][k] * CASH}")
    print(f"W3: {len(chosen)} combinations without time exit: {counts}")
    return counts["unexplained"] == 0 and counts["equal"] > 0


def agrees(found: tuple[int, float], ours: dict, k: int) -> bool:
    trades, profit = found
    wanted = ours["total_return"][k] * CASH
    # the return is a small number beside the capital it is counted in
    return trades == ours["trades"][k] and abs(profit - wanted) <= 1e-9 * max(abs(wanted), CASH)


def w3_time(bars: dict, points, runs: int) -> float:
    """Seconds for all points, median."""
    import numba
    import numpy as np
    import vectorbt as vbt

    @numba.njit
    def time_is_up(c, holds, opens):
        return c.position_now > 0 and c.i - c.init_i >= holds[c.col]

    @numba.njit
    def stop(c, holds, opens):
        if time_is_up(c, holds, opens):
            distance = 1 - opens[c.i] / c.init_price
            return (distance if distance >= 0 else np.nan), False
        return c.curr_stop, c.curr_trail

    @numba.njit
    def target(c, holds, opens):
        if time_is_up(c, holds, opens):
            distance = opens[c.i] / c.init_price - 1
            return distance if distance >= 0 else np.nan
        return c.curr_stop

    def sweep(points):
        loss, gain, hold = brackets(points)
        args = (hold, bars["open"])
        close = bars["close"]
        wanted = (vbt.RSI.run(close, 14, ewm=True).rsi.to_numpy() < 40) & (
            close > vbt.MA.run(close, 200, ewm=True).ma.to_numpy()
        )
        wanted[:SETTLED] = False
        run = simulate(
            bars,
            wanted[:, None],
            np.zeros((1, 1), bool),
            sl_stop=loss[None, :],
            tp_stop=gain[None, :],
            stop_entry_price="fillprice",
            slippage=SLIPPAGE,
            adjust_sl_func_nb=stop,
            adjust_sl_args=args,
            adjust_tp_func_nb=target,
            adjust_tp_args=args,
        )
        return run.total_return(), run.trades.count()

    sweep(points[:2])
    batches = [points[k : k + BATCH] for k in range(0, len(points), BATCH)]
    return median(runs, lambda: [sweep(batch) for batch in batches])


def crosses(close, pairs, ticks: float):
    """Crosses of averages from whole-tick sums: exact, ties included."""
    import numpy as np

    total = np.concatenate([[0], np.cumsum(np.rint(close * ticks).astype(np.int64))])
    size = len(close)
    entries, exits = np.zeros((size, len(pairs)), bool), np.zeros((size, len(pairs)), bool)
    for column, (fast, slow) in enumerate(pairs):
        fast, slow = int(fast), int(slow)
        mine = (total[slow:] - total[slow - fast : -fast]) * slow
        other = (total[slow:] - total[:-slow]) * fast
        above, below = mine > other, mine < other
        entries[slow:, column] = above[1:] & ~above[:-1]
        exits[slow:, column] = below[1:] & ~below[:-1]
    return entries, exits


def w4_answers(bars: dict, ours: dict) -> bool:
    """A batch of pairs spread over all, against ours."""
    points = ours["points"]
    chosen = list(range(0, len(points), len(points) // BATCH + 1))
    entries, exits = crosses(bars["close"], [points[k] for k in chosen], 100)
    run = simulate(bars, entries, exits, size=1.0, init_cash=CASH)
    differ = [k for k, found in zip(chosen, answers(run, bars)) if not agrees(found, ours, k)]
    print(f"W4: {len(chosen)} pairs: {len(chosen) - len(differ)} equal, {len(differ)} unexplained")
    for k in differ[:5]:
        print(f"  {points[k]}: ours {ours['trades'][k]}, {ours['total_return'][k] * CASH}")
    return not differ


def w4_time(bars: dict, points, batches: int) -> tuple[float, int]:
    """Median seconds of a batch, and pairs in it."""
    import vectorbt as vbt

    def sweep(pairs):
        fast, slow = zip(*((int(f), int(s)) for f, s in pairs))
        # an average of each length once, then one column a pair
        quick = vbt.MA.run(bars["close"], fast, run_unique=True, short_name="quick")
        calm = vbt.MA.run(bars["close"], slow, run_unique=True, short_name="calm")
        entries, exits = quick.ma_crossed_above(calm).to_numpy(), quick.ma_crossed_below(calm).to_numpy()
        run = simulate(bars, entries, exits)
        return run.total_return(), run.trades.count()

    sweep(points[:2])
    step = len(points) // batches
    times = [timed(lambda k=k: sweep(points[k * step : k * step + BATCH])) for k in range(batches)]
    return sorted(times)[len(times) // 2], BATCH


def timed(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median(runs: int, work) -> float:
    return sorted(timed(work) for _ in range(runs))[runs // 2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="what the bench wrote")
    parser.add_argument("--runs", type=int, default=3, help="runs of W3, of which the median counts")
    parser.add_argument("--batches", type=int, default=3, help="batches of 250 pairs of W4, of which the median counts")
    options = parser.parse_args()
    ours = json.loads((options.folder / "ours.json").read_text())
    w3, w4 = candles(options.folder / "w3.csv"), candles(options.folder / "w4.csv")

    good = [w3_answers(w3, ours["w3"]), w4_answers(w4, ours["w4"])]

    seconds = w3_time(w3, ours["w3"]["points"], options.runs)
    rows = [("W3", ours["w3"]["ns"], seconds * 1e9 / len(ours["w3"]["points"]) / len(w3["close"]), 500)]
    seconds, pairs = w4_time(w4, ours["w4"]["points"], options.batches)
    rows.append(("W4", ours["w4"]["ns"], seconds * 1e9 / pairs / len(w4["close"]), 300))
    print(f"\n{'ns a bar and combination':<26}{'vectorbt':>10}{'ours':>10}{'ratio':>8}{'goal':>8}")
    for name, own, theirs, goal in rows:
        if own is None:
            print(f"{name:<26}{theirs:>10.1f}{'not measured':>18}")
        else:
            print(f"{name:<26}{theirs:>10.1f}{own:>10.4f}{theirs / own:>8.0f}{goal:>8}")
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    enter_environment()
    main()
