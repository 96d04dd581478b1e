#!/usr/bin/env python3
"""Compares trade by trade with backtesting.py and vectorbt.

    tests/oracles/trades_compare.py [--sixbtc PATH] [--data FILE…] [--verbose]

Two strategies (`strategies/*.sbt`) run in all three engines under settings made equal: one unit, 0.045 % fee on each fill,
no slippage, no rounding, fills at the next open. Times must be equal, prices to 1e-9. A difference counts as explained
only when the rule that explains it is found at work in the candles of that very trade; each rule is a sentence of
docs/semantics. Anything else makes the exit code 1.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from oracle_env import HERE, arguments, binary, candles, data_files, enter_environment

FEE = 0.00045
STOP, TARGET = 0.02, 0.03
BAR = 30 * 60
SETTINGS = {
    "capital": "10000000",
    "taker_fee": str(FEE),
    "maker_fee": str(FEE),
    "slippage": "0",
    "max_positions": "1",
    "touch_fills": "true",
    "min_notional": "0",
    "round_to_lot": "false",
    "round_prices": "false",
    "funding": "false",
    "liquidation": "false",
}

RULES = {
    "exit first": "Exits due fill at the open, before anything that happens within the bar; the other engine lets a stop or "
    "target inside that bar take the trade away from the exit that was due at its open.",
    "entry bar": "Protective orders rest from the moment of the entry fill, the bar of entry included; the other engine "
    "looks at them from the next bar on.",
    "end of data": "At the end of the data open positions are closed at the last close with its fee, marked end_of_data and "
    "reported apart; backtesting.py closes at the last bar's open, vectorbt values the open trade without the exit's fee.",
    "follows": "Follows from a difference explained above: one engine was still in that position and could not enter.",
}


@dataclass
class Trade:
    """A closed trade; bars are row numbers of the candle file."""

    entry: int
    exit: int
    entry_price: float
    exit_price: float
    pnl: float
    reason: str = ""
    rule: str = field(default="", compare=False)


@dataclass
class Case:
    """A strategy in the terms of the other engines: what was decided at each close."""

    name: str
    entries: object
    exits: object
    bracket: bool


def signals(columns: dict) -> list[Case]:
    """Decisions computed without us: exact whole-tick sums for the averages, TA-Lib for the RSI."""
    import numpy as np
    import talib

    ticks = np.rint(columns["close"] * 1e5).astype(np.int64)
    total = np.concatenate([[0], np.cumsum(ticks)])
    size = len(ticks)
    fast, slow = np.zeros(size, np.int64), np.zeros(size, np.int64)
    fast[19:] = (total[20:] - total[:-20]) * 5
    slow[99:] = total[100:] - total[:-100]
    above, below = fast > slow, fast < slow
    # a cross needs the bar before, and both averages exist from row 99 on
    cross_up, cross_down = np.zeros(size, bool), np.zeros(size, bool)
    cross_up[100:] = above[100:] & ~above[99:-1]
    cross_down[100:] = below[100:] & ~below[99:-1]

    rsi = talib.RSI(columns["close"], 14)
    oversold = np.zeros(size, bool)
    with np.errstate(invalid="ignore"):
        oversold[1:] = (rsi[1:] > 30) & (rsi[:-1] <= 30)
        leave = rsi > 70
    # orders stay masked until the RSI has settled: lookback 14, 8 × 14 bars of settling, one more for the cross
    oversold[: 14 + 8 * 14 + 1] = False
    return [Case("sma_cross", cross_up, cross_down, False), Case("rsi_bracket", oversold, leave, True)]


def with_backtesting(columns: dict, case: Case) -> list[Trade]:
    """backtesting.py: market orders at the next open, the bracket given with the order."""
    import pandas as pd
    from backtesting import Backtest, Strategy

    frame = pd.DataFrame(
        {name.capitalize(): columns[name] for name in ("open", "high", "low", "close", "volume")},
        index=pd.to_datetime(columns["time"]),
    )
    opens, last = columns["open"], len(frame) - 1

    class Decide(Strategy):
        def init(self):
            pass

        def next(self):
            now = len(self.data) - 1
            if self.position:
                if case.exits[now]:
                    self.position.close()
            elif case.entries[now] and now < last:
                # levels are measured from the fill, which this engine wants to know beforehand: the next open
                fill = opens[now + 1]
                levels = {"sl": fill * (1 - STOP), "tp": fill * (1 + TARGET)} if case.bracket else {}
                self.buy(size=1, **levels)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run = Backtest(frame, Decide, cash=1e7, commission=FEE, finalize_trades=True).run()
    return [
        Trade(int(t.EntryBar), int(t.ExitBar), float(t.EntryPrice), float(t.ExitPrice), float(t.PnL))
        for t in run["_trades"].sort_values("EntryBar").itertuples()
    ]


def with_vectorbt(columns: dict, case: Case) -> list[Trade]:
    """vectorbt: decisions moved to the next bar and filled at its open."""
    import numpy as np
    import vectorbt as vbt

    def later(decided):
        return np.concatenate([[False], decided[:-1]])

    bracket = {"sl_stop": STOP, "tp_stop": TARGET, "stop_entry_price": "fillprice"} if case.bracket else {}
    run = vbt.Portfolio.from_signals(
        columns["close"],
        entries=later(case.entries),
        exits=later(case.exits),
        price=columns["open"],
        open=columns["open"],
        high=columns["high"],
        low=columns["low"],
        size=1.0,
        fees=FEE,
        init_cash=1e7,
        freq="30min",
        **bracket,
    )
    return [
        Trade(int(t["entry_idx"]), int(t["exit_idx"]), float(t["entry_price"]), float(t["exit_price"]), float(t["pnl"]))
        for t in run.trades.records.to_dict("records")
    ]


def with_sixbtc(sixbtc: Path, path: Path, columns: dict, case: Case) -> list[Trade]:
    """Ours, through the command line."""
    rows = {moment(text): row for row, text in enumerate(columns["time"])}
    with tempfile.TemporaryDirectory() as folder:
        command = [sixbtc, "backtest", HERE / "strategies" / f"{case.name}.sbt", "--data", path, "--out", folder]
        for key, value in SETTINGS.items():
            command += ["--set", f"{key}={value}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"sixbtc backtest {case.name} failed:\n{done.stderr or done.stdout}")
        with (Path(folder) / "trades.csv").open(newline="") as file:
            records = list(csv.DictReader(file))
    trades = [
        Trade(
            rows[moment(r["entry_time"])],
            # a fill at a close carries the time of that close, the end of its bar
            rows[moment(r["exit_time"]) - (BAR if r["exit_reason"] == "end_of_data" else 0)],
            float(r["entry_price"]),
            float(r["exit_price"]),
            float(r["pnl"]),
            r["exit_reason"],
        )
        for r in records
    ]
    return sorted(trades, key=lambda t: t.entry)


def moment(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def near(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1.0)


def touched(columns: dict, trade: Trade, bar: int) -> bool:
    """Whether the bar reaches a protective level of the trade."""
    return (
        columns["low"][bar] <= trade.entry_price * (1 - STOP) or columns["high"][bar] >= trade.entry_price * (1 + TARGET)
    )


def rule_for(columns: dict, case: Case, ours: Trade, theirs: Trade) -> str:
    """The rule that explains different ends of one trade, or nothing."""
    if ours.reason == "end_of_data" and ours.exit == theirs.exit == len(columns["close"]) - 1:
        return "end of data" if near(ours.exit_price, columns["close"][-1]) else ""
    if not case.bracket:
        return ""
    if ours.exit == ours.entry and ours.reason in ("stop", "target") and touched(columns, ours, ours.entry):
        return "entry bar" if theirs.exit > theirs.entry else ""
    due_at_open = ours.reason == "signal" and near(ours.exit_price, columns["open"][ours.exit])
    if due_at_open and theirs.exit == ours.exit and touched(columns, ours, ours.exit):
        return "exit first"
    return ""


def compare(columns: dict, case: Case, ours: list[Trade], theirs: list[Trade]) -> tuple[int, Counter, list[str]]:
    """Equal trades, explained differences by rule, unexplained ones."""
    equal, rules, unexplained = 0, Counter(), []
    by_entry = {t.entry: t for t in theirs}
    partners = {t.entry for t in ours} & set(by_entry)
    for mine in ours:
        other = by_entry.get(mine.entry)
        if other is None:
            continue
        same = (
            mine.exit == other.exit
            and near(mine.entry_price, other.entry_price)
            and near(mine.exit_price, other.exit_price)
            and near(mine.pnl, other.pnl)
        )
        if same:
            equal += 1
            continue
        rule = rule_for(columns, case, mine, other)
        mine.rule = other.rule = rule
        if rule:
            rules[rule] += 1
        else:
            unexplained.append(f"ours {mine}, theirs {other}")
    # a trade without partner is explained by a differing trade of the other engine that covers its decision
    alone = sorted(
        [(t, theirs) for t in ours if t.entry not in partners] + [(t, ours) for t in theirs if t.entry not in partners],
        key=lambda pair: pair[0].entry,
    )
    for trade, others in alone:
        cover = [o for o in others if o.rule and o.entry < trade.entry <= o.exit]
        if cover:
            trade.rule = "follows"
            rules["follows"] += 1
        else:
            unexplained.append(f"only {'theirs' if others is ours else 'ours'}: {trade}")
    return equal, rules, unexplained


def main() -> int:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--verbose", action="store_true", help="print every unexplained trade, not five")
    options = parser.parse_args()
    enter_environment()
    os.environ["TQDM_DISABLE"] = "1"

    sixbtc = binary(options.sixbtc)
    failed = False
    seen: Counter = Counter()
    print(f"{'data':22} {'strategy':12} {'engine':14} {'ours':>6} {'theirs':>6} {'equal':>6}  explained")
    for path in data_files(options.data):
        columns = candles(path)
        for case in signals(columns):
            for engine, run in (("backtesting.py", with_backtesting), ("vectorbt", with_vectorbt)):
                ours, theirs = with_sixbtc(sixbtc, path, columns, case), run(columns, case)
                equal, rules, unexplained = compare(columns, case, ours, theirs)
                seen += rules
                text = ", ".join(f"{name}: {count}" for name, count in sorted(rules.items())) or "–"
                print(f"{path.name:22} {case.name:12} {engine:14} {len(ours):6} {len(theirs):6} {equal:6}  {text}")
                for line in unexplained if options.verbose else unexplained[:5]:
                    print(f"    UNEXPLAINED {line}")
                failed |= bool(unexplained)
    for rule in sorted(seen):
        print(f"\n{rule} ({seen[rule]}): {RULES[rule]}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
