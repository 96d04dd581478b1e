"""Pinned Python environment of the oracles, and the few things all of them need."""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SAMPLE = ROOT / "tests" / "data" / "sample"
VENV = HERE / ".venv"
REQUIREMENTS = HERE / "requirements.txt"
COLUMNS = ("open", "high", "low", "close", "volume")


def enter_environment() -> None:
    """Goes on in the pinned environment, made on first use and again when the pins change."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if Path(sys.prefix).resolve() == VENV.resolve():
        return
    stamp = VENV / "installed"
    pins = REQUIREMENTS.read_text()
    if not stamp.exists() or stamp.read_text() != pins:
        print(f"making {VENV} …", file=sys.stderr)
        venv.create(VENV, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS], check=True)
        stamp.write_text(pins)
    os.execv(python, [str(python), *sys.argv])


def arguments(description: str) -> argparse.ArgumentParser:
    """The options that every comparison has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--sixbtc", type=Path, help="the binary (default: target/release, then target/debug)")
    parser.add_argument("--data", type=Path, nargs="*", help="candle files (default: tests/data/sample)")
    return parser


def binary(chosen: Path | None) -> Path:
    """The program under test."""
    candidates = [chosen] if chosen else [ROOT / "target" / kind / "sixbtc" for kind in ("release", "debug")]
    for path in candidates:
        if path.is_file():
            return path.resolve()
    sys.exit(f"no sixbtc binary at {', '.join(map(str, candidates))}: build it or pass --sixbtc")


def data_files(chosen: list[Path] | None) -> list[Path]:
    """The candle files to compare on."""
    files = chosen or sorted(SAMPLE.glob("*.csv.gz"))
    if not files:
        sys.exit(f"no candles in {SAMPLE}: pass --data")
    return files


def candles(path: Path) -> dict:
    """Columns of a candle file as float64 arrays; `time` as written."""
    import numpy as np

    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    stamp = "timestamp" if "timestamp" in rows[0] else "time"
    columns = {name: np.array([float(row[name]) for row in rows]) for name in COLUMNS}
    return {"time": [row[stamp] for row in rows], **columns}
