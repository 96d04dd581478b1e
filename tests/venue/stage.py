"""What both scenarios need: a market that is moved by hand, and statements that count themselves."""

from __future__ import annotations

import json
import sys
import time
from decimal import Decimal
from urllib import request

import eth_account

#: The market that the scenarios move themselves; the others are played from candles.
COIN = "TEST"

#: Keys of accounts; nobody else's.
ALICE = eth_account.Account.from_key("0x" + "a1" * 32)
BOB = eth_account.Account.from_key("0x" + "b0" * 32)
NOBODY = eth_account.Account.from_key("0x" + "0f" * 32)

_held = 0


def holds(what: str, is_so: object, found: object = None) -> None:
    """States something. A statement that does not hold ends the scenario."""
    global _held
    if not is_so:
        sys.exit(f"DOES NOT HOLD: {what}\n  found: {found!r}")
    _held += 1


def same(what: str, found: object, expected: object) -> None:
    """States that two things are equal."""
    holds(f"{what}: expected {expected!r}", found == expected, found)


def worth(what: str, found: object, expected: object) -> None:
    """States that two numbers are equal, whatever their spelling."""
    same(what, Decimal(str(found)), Decimal(str(expected)))


def finish(name: str) -> None:
    """Says how much held."""
    print(f"{name}: {_held} statements hold")


def until(what: str, probe, seconds: float = 15.0):
    """Waits until a probe gives something, and gives that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = probe()
        if found:
            holds(what, True)
            return found
        time.sleep(0.02)
    sys.exit(f"DID NOT COME within {seconds} s: {what}")


class Venue:
    """A venue under test, from the operator's side."""

    def __init__(self, url: str):
        self.url = url

    def word(self, word: str, **members):
        """Says a word to `/control`."""
        return self._post(f"/control/{word}", members)

    def raw(self, path: str, body: bytes) -> tuple[int, str, str]:
        """Status, content type and text of an answer to any bytes."""
        asked = request.Request(self.url + path, data=body, headers={"Content-Type": "application/json"})
        try:
            with request.urlopen(asked, timeout=30) as answer:
                return answer.status, answer.headers.get("Content-Type", ""), answer.read().decode()
        except request.HTTPError as error:
            return error.code, error.headers.get("Content-Type", ""), error.read().decode()

    def _post(self, path: str, members) -> object:
        status, _, text = self.raw(path, json.dumps(members).encode())
        if status != 200:
            sys.exit(f"{path} {members}: {status} {text}")
        return json.loads(text)

    def info(self, kind: str, **members):
        """Asks a question as it stands on the wire."""
        return self._post("/info", {"type": kind, **members})

    def now(self) -> int:
        """The venue's clock, ms."""
        return self.info("exchangeStatus")["time"]

    def fund(self, address: str, usdc: int) -> None:
        """Money from the faucet."""
        self.word("faucet", user=address, usdc=str(usdc))

    def begin(self) -> None:
        """The hand-moved market, at 100."""
        self.word("rules", mark_from_oracle=True)
        self.word("list", name=COIN, sz_decimals=2, max_leverage=20, oracle_px="100")
        self.price("100")

    def price(self, px: str, book: str | None = None) -> None:
        """Moves the mark, then the book: half a tenth of a percent on each side, a second level behind."""
        mid = Decimal(book or px)
        step = mid / 1000
        level = lambda away, size: [f"{(mid + away).quantize(Decimal('0.01')).normalize():f}", size]
        feeds = [
            {"Oracle": {"coin": COIN, "px": px}},
            {
                "Liquidity": {
                    "coin": COIN,
                    "bids": [level(-step, "50"), level(-2 * step, "5000")],
                    "asks": [level(step, "50"), level(2 * step, "5000")],
                }
            },
        ]
        self.word("feed", feeds=feeds)

    def step(self, ms: int) -> None:
        """Lets time pass."""
        self.word("step", ms=ms)
