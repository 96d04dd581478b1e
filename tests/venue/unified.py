"""ccxt against the venue: python unified.py http://127.0.0.1:3001 [--wall]

Markets, prices, candles, balance, orders of every kind with attached stops, edits, cancels, positions, leverage, margin,
transfers, sub-accounts, the dead man's switch, fills, ledger, streams, errors as ccxt's own classes.
"""

from __future__ import annotations

import asyncio
import sys

import ccxt
import ccxt.pro

from stage import ALICE, BOB, COIN, NOBODY, Venue, finish, holds, same, worth

SYMBOL = f"{COIN}/USDC:USDC"


def client(make, url: str, account, **options):
    """A client of this venue: sandbox first, which chooses the network that it signs for, then the addresses."""
    it = make({"walletAddress": account.address, "privateKey": account.key.hex() if account.key.hex().startswith("0x") else "0x" + account.key.hex(), "options": options, "enableRateLimit": False})
    it.set_sandbox_mode(True)
    it.urls["api"] = {"public": url, "private": url, "ws": {"public": "ws" + url[4:] + "/ws"}}
    return it


def raises(what: str, kind, word: str, call) -> None:
    """States that a call is refused with ccxt's own error."""
    try:
        found = call()
    except kind as error:
        holds(f"{what}: {word}", word in str(error), str(error))
        return
    except ccxt.BaseError as error:
        holds(f"{what} is {kind.__name__}", False, repr(error))
    holds(f"{what} is refused", False, found)


class Scenario:
    def __init__(self, url: str):
        self.venue = Venue(url)
        self.venue.begin()
        for account in (ALICE, BOB):
            self.venue.fund(account.address, 10_000)
        self.url = url
        self.it = client(ccxt.hyperliquid, url, ALICE)
        self.it.load_markets()

    def position(self):
        found = [p for p in self.it.fetch_positions() if p["symbol"] == SYMBOL]
        return found[0] if found else None

    def open_ids(self) -> list[str]:
        return sorted(order["id"] for order in self.it.fetch_open_orders(SYMBOL))

    def market(self, side: str, amount: float, **params):
        return self.it.create_order(SYMBOL, "market", side, amount, 100, params)

    def clean(self) -> None:
        self.venue.price("100")
        ids = self.open_ids()
        if ids:
            self.it.cancel_orders(ids, SYMBOL)
        held = self.position()
        if held:
            self.market("sell" if held["side"] == "long" else "buy", held["contracts"], reduceOnly=True)
        same("nothing is left", (self.open_ids(), self.position()), ([], None))

    # ---------------------------------------------------------------------------------------------------------------

    def markets(self) -> None:
        market = self.it.market(SYMBOL)
        same("kind", (market["type"], market["swap"], market["settle"]), ("swap", True, "USDC"))
        worth("step of sizes", market["precision"]["amount"], "0.01")
        same("most leverage", market["limits"]["leverage"]["max"], 20)
        holds("the market from candles", "BTC/USDC:USDC" in self.it.markets, sorted(self.it.markets))
        same("status", self.it.fetch_status()["status"], "ok")
        holds("time", abs(self.it.fetch_time() - self.venue.now()) < 5_000)

    def prices(self) -> None:
        book = self.it.fetch_order_book(SYMBOL)
        same("best bid", book["bids"][0], [99.9, 50.0])
        same("best ask", book["asks"][0], [100.1, 50.0])
        ticker = self.it.fetch_ticker(SYMBOL)
        holds("a ticker", ticker["bid"] == 99.9 and ticker["ask"] == 100.1 or ticker["last"] == 100.0, ticker)
        holds("tickers", SYMBOL in self.it.fetch_tickers([SYMBOL]))
        candles = self.it.fetch_ohlcv("BTC/USDC:USDC", "1h", limit=24)
        holds("candles", len(candles) >= 20, len(candles))
        for _, first, high, low, last, volume in candles:
            holds("their shape", low <= min(first, last) and high >= max(first, last) and volume > 0)
        rate = self.it.fetch_funding_rates([SYMBOL])[SYMBOL]
        holds("a rate of funding", rate["fundingRate"] is not None, rate)
        interest = self.it.fetch_open_interest(SYMBOL)
        worth("open interest", interest["openInterestAmount"], 0)

    def account(self) -> None:
        balance = self.it.fetch_balance()
        worth("balance", balance["USDC"]["total"], 10_000)
        fee = self.it.fetch_trading_fee(SYMBOL)
        worth("taker", fee["taker"], "0.00045")
        worth("maker", fee["maker"], "0.00015")
        same("deposits", [row["amount"] for row in self.it.fetch_deposits("USDC")], [10_000.0])
        same("ledger", len(self.it.fetch_ledger("USDC")), 1)

    def limits(self) -> None:
        order = self.it.create_order(SYMBOL, "limit", "buy", 1, 99)
        same("open", self.open_ids(), [order["id"]])
        seen = self.it.fetch_order(order["id"], SYMBOL)
        same("as it is", (seen["status"], seen["side"], seen["price"], seen["amount"], seen["filled"]), ("open", "buy", 99.0, 1.0, 0.0))
        edited = self.it.edit_order(order["id"], SYMBOL, "limit", "buy", 2, 98)
        changed = self.it.fetch_open_orders(SYMBOL)[0]
        same("edited", (changed["amount"], changed["price"]), (2.0, 98.0))
        holds("another number", changed["id"] != order["id"] or edited["id"] != order["id"], (changed["id"], edited))
        self.it.cancel_order(changed["id"], SYMBOL)
        same("cancelled", self.it.fetch_order(changed["id"], SYMBOL)["status"], "canceled")
        raises("once more", ccxt.OrderNotFound, "never placed", lambda: self.it.cancel_order(changed["id"], SYMBOL))
        name = "0x000000000000000000000000000000aa"
        order = self.it.create_order(SYMBOL, "limit", "buy", 1, 99, {"clientOrderId": name})
        same("by name", self.it.fetch_order(name, SYMBOL, {"clientOrderId": name})["id"], order["id"])
        self.it.cancel_order(None, SYMBOL, {"clientOrderId": name})
        same("gone by name", self.open_ids(), [])
        raises("post only", ccxt.InvalidOrder, "Post only", lambda: self.it.create_order(SYMBOL, "limit", "buy", 1, 101, {"postOnly": True}))
        order = self.it.create_order(SYMBOL, "limit", "buy", 1, 99, {"postOnly": True})
        self.it.cancel_order(order["id"], SYMBOL)
        many = self.it.create_orders([{"symbol": SYMBOL, "type": "limit", "side": "buy", "amount": 1, "price": price} for price in (97, 96, 95)])
        same("three at once", len(many), 3)
        self.it.cancel_orders([order["id"] for order in many], SYMBOL)
        same("and gone", self.open_ids(), [])

    def fills(self) -> None:
        order = self.market("buy", 3)
        seen = self.it.fetch_order(order["id"], SYMBOL)
        same("filled", (seen["status"], seen["filled"]), ("closed", 3.0))
        held = self.position()
        same("held", (held["side"], held["contracts"], held["entryPrice"]), ("long", 3.0, 100.1))
        trade = self.it.fetch_my_trades(SYMBOL)[-1]
        same("the trade", (trade["price"], trade["amount"], trade["side"], trade["takerOrMaker"]), (100.1, 3.0, "buy", "taker"))
        # ccxt approves a builder unasked, and adds his part to a fee that includes it already
        worth("its fee", trade["info"]["fee"], "0.165165")
        worth("the builder's part", trade["info"]["builderFee"], "0.03003")
        raises("reducing what would grow", ccxt.InvalidOrder, "Reduce only", lambda: self.it.create_order(SYMBOL, "limit", "buy", 1, 99, {"reduceOnly": True}))
        self.market("sell", 3, reduceOnly=True)
        same("flat", self.position(), None)
        holds("everybody's trades", len(self.it.fetch_trades(SYMBOL)) >= 2)

    def triggers(self) -> None:
        self.market("buy", 3)
        stop = self.it.create_order(SYMBOL, "market", "sell", 1, 94, {"stopLossPrice": 95, "reduceOnly": True})
        take = self.it.create_order(SYMBOL, "market", "sell", 1, 110, {"takeProfitPrice": 110, "reduceOnly": True})
        resting = self.it.create_order(SYMBOL, "limit", "sell", 1, 93, {"stopLossPrice": 94, "reduceOnly": True})
        same("three wait", self.open_ids(), sorted([stop["id"], take["id"], resting["id"]]))
        self.venue.price("110.5")
        same("the take-profit is done", self.it.fetch_order(take["id"], SYMBOL)["status"], "closed")
        self.venue.price("94.5")
        same("the stop is done", self.it.fetch_order(stop["id"], SYMBOL)["status"], "closed")
        self.venue.price("93.9")
        same("the stop with a limit too", (self.it.fetch_order(resting["id"], SYMBOL)["status"], self.position()), ("closed", None))
        self.clean()
        # an entry with both
        order = self.it.create_order(SYMBOL, "limit", "buy", 2, 99, {"stopLoss": {"triggerPrice": 90, "type": "market", "price": 90}, "takeProfit": {"triggerPrice": 110, "type": "market", "price": 110}})
        holds("the entry rests", order["id"] in self.open_ids())
        self.venue.price("98.5")
        same("filled, both live", (self.position()["contracts"], len(self.open_ids())), (2.0, 2))
        self.venue.price("89.5")
        same("stopped out, the other is gone", (self.position(), self.open_ids()), (None, []))
        self.venue.price("100")
        # both on the position
        self.market("buy", 2)
        self.it.create_order(SYMBOL, "market", "buy", 2, 100, {"grouping": "positionTpsl", "stopLoss": {"triggerPrice": 90, "price": 90}, "takeProfit": {"triggerPrice": 110, "price": 110}})
        same("two of the position", len(self.open_ids()), 2)
        self.venue.price("110.5")
        same("taken", (self.position(), self.open_ids()), (None, []))
        self.clean()

    def margin(self) -> None:
        self.it.set_leverage(5, SYMBOL)
        self.market("buy", 5)
        worth("leverage", self.position()["leverage"], 5)
        raises("too much", ccxt.BaseError, "leverage", lambda: self.it.set_leverage(50, SYMBOL))
        self.clean()
        self.it.set_margin_mode("isolated", SYMBOL, {"leverage": 4})
        self.market("buy", 5)
        held = self.position()
        same("isolated", held["marginMode"], "isolated")
        self.it.add_margin(SYMBOL, 20)
        holds("more margin", self.position()["initialMargin"] > held["initialMargin"] or self.position()["collateral"] > held["collateral"], held)
        self.it.reduce_margin(SYMBOL, 5)
        self.clean()
        self.it.set_margin_mode("cross", SYMBOL, {"leverage": 10})

    def money(self) -> None:
        self.it.transfer("USDC", 50, "swap", "spot")
        self.it.transfer("USDC", 50, "spot", "swap")
        made = self.it.create_sub_account("unified")
        sub = made["response"]["data"]
        self.it.transfer("USDC", 500, "main", sub)
        worth("the sub-account has it", self.it.fetch_balance({"user": sub})["USDC"]["total"], 500)
        order = self.it.create_order(SYMBOL, "limit", "buy", 1, 99, {"vaultAddress": sub})
        same("its order is not the master's", (order["id"] in self.open_ids()), False)
        theirs = self.it.fetch_open_orders(SYMBOL, params={"user": sub})
        same("but its own", [o["id"] for o in theirs], [order["id"]])
        self.it.cancel_order(order["id"], SYMBOL, {"vaultAddress": sub})
        self.it.withdraw("USDC", 20, ALICE.address)
        same("withdrawn", [row["amount"] for row in self.it.fetch_withdrawals("USDC")][:1] != [], True)

    def switch(self) -> None:
        order = self.it.create_order(SYMBOL, "limit", "buy", 1, 99)
        self.it.cancel_all_orders_after(60_000)
        self.venue.step(61_000)
        same("fired", self.open_ids(), [])
        # ccxt has no word of its own for it
        same("state", self.it.fetch_order(order["id"], SYMBOL)["status"], "scheduledCancel")

    def errors(self) -> None:
        buy = lambda amount, price: self.it.create_order(SYMBOL, "limit", "buy", amount, price)
        raises("too small", ccxt.InvalidOrder, "minimum value of $10", lambda: buy(0.05, 99))
        raises("too dear", ccxt.InsufficientFunds, "Insufficient margin", lambda: buy(100_000, 99))
        raises("too far", ccxt.BaseError, "80% away", lambda: buy(5, 5))
        stranger = client(ccxt.hyperliquid, self.url, NOBODY)
        stranger.load_markets()
        raises("nobody", ccxt.BaseError, "does not exist", lambda: stranger.create_order(SYMBOL, "limit", "buy", 1, 99))

    async def streams(self) -> None:
        it = client(ccxt.pro.hyperliquid, self.url, ALICE)
        try:
            await it.load_markets()
            wait = lambda coroutine: asyncio.wait_for(coroutine, 20)
            book = await wait(it.watch_order_book(SYMBOL))
            same("book", (book["bids"][0][0], book["asks"][0][0]), (99.9, 100.1))
            candles = await wait(it.watch_ohlcv("BTC/USDC:USDC", "1h"))
            holds("candle", len(candles) >= 1 and len(candles[0]) == 6, candles)
            orders = asyncio.create_task(it.watch_orders(SYMBOL))
            trades = asyncio.create_task(it.watch_trades(SYMBOL))
            mine = asyncio.create_task(it.watch_my_trades(SYMBOL))
            await asyncio.sleep(1.5)
            placed = await it.create_order(SYMBOL, "market", "buy", 1, 100)
            seen = await wait(orders)
            holds("the order", placed["id"] in [order["id"] for order in seen], seen)
            holds("everybody's trade", len(await wait(trades)) > 0)
            holds("my trade", len(await wait(mine)) > 0)
            ticker = await wait(it.watch_ticker(SYMBOL))
            holds("ticker", ticker["symbol"] == SYMBOL, ticker)
        finally:
            await it.close()
        self.clean()

    def run(self, wall: bool) -> None:
        parts = (self.markets, self.prices, self.account, self.limits, self.fills, self.triggers, self.margin, self.money, self.switch, self.errors)
        if wall:
            # the switch needs a clock that can be moved
            parts = [part for part in parts if part != self.switch]
        for part in parts:
            print(f"  {part.__name__}", flush=True)
            part()
        print("  streams", flush=True)
        asyncio.run(self.streams())
        finish("ccxt")


if __name__ == "__main__":
    Scenario(sys.argv[1].rstrip("/")).run("--wall" in sys.argv)
