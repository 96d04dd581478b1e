"""The official Python SDK against the venue: python sdk.py http://127.0.0.1:3001 [--wall]

Account, market data, every kind of order, groups, cancel, modify, leverage, margin, transfers, sub-accounts, agents, the dead
man's switch, websocket streams, refusals with their texts. The venue must have `/control` and a market of BTC from candles. With
`--wall` parts that move the venue's clock are left out.
"""

from __future__ import annotations

import sys
import threading
import time

import eth_account
from hyperliquid.exchange import Exchange
from hyperliquid.info import Info
from hyperliquid.utils.error import ClientError, ServerError
from hyperliquid.utils.signing import get_timestamp_ms, sign_l1_action
from hyperliquid.utils.types import Cloid

from stage import ALICE, BOB, COIN, NOBODY, Venue, finish, holds, same, until, worth

GTC = {"limit": {"tif": "Gtc"}}
IOC = {"limit": {"tif": "Ioc"}}
ALO = {"limit": {"tif": "Alo"}}


def trigger(px: float, tpsl: str, is_market: bool = True) -> dict:
    return {"trigger": {"triggerPx": px, "isMarket": is_market, "tpsl": tpsl}}


class Trader(Exchange):
    """The SDK's own class; a pause keeps its nonces, which are milliseconds, apart."""

    def _post_action(self, action, signature, nonce):
        answer = super()._post_action(action, signature, nonce)
        time.sleep(0.003)
        return answer

    def send(self, action: dict):
        """Any action, signed as the SDK signs."""
        nonce = get_timestamp_ms()
        signature = sign_l1_action(self.wallet, action, self.vault_address, nonce, self.expires_after, False)
        return self._post_action(action, signature, nonce)


def statuses(answer: dict) -> list:
    """Items of an answer."""
    holds("an answer that is ok", answer.get("status") == "ok", answer)
    return answer["response"]["data"]["statuses"]


def one(answer: dict):
    """The only item of an answer."""
    items = statuses(answer)
    same("items", len(items), 1)
    return items[0]


def resting(answer: dict) -> int:
    """Number of the order that rests."""
    item = one(answer)
    holds("it rests", "resting" in item, item)
    return item["resting"]["oid"]


def filled(answer: dict, size, price) -> int:
    """Number of the order that was filled so."""
    item = one(answer)
    holds("it is filled", "filled" in item, item)
    worth("filled size", item["filled"]["totalSz"], size)
    worth("filled price", item["filled"]["avgPx"], price)
    return item["filled"]["oid"]


def refused(answer: dict, text: str) -> None:
    """The one order is refused with exactly that text, the asset behind it perhaps."""
    item = one(answer)
    holds(f"refused: {text}", "error" in item, item)
    found = item["error"]
    same("text of the refusal", found.split(" asset=")[0], text)


def denied(answer: dict, text: str) -> None:
    """The whole request is refused with that text."""
    same("status", answer.get("status"), "err")
    same("text", answer["response"], text)


class Scenario:
    def __init__(self, url: str):
        self.venue = Venue(url)
        self.venue.begin()
        self.venue.fund(ALICE.address, 10_000)
        self.venue.fund(BOB.address, 10_000)
        self.info = Info(url, skip_ws=True)
        self.alice = Trader(ALICE, url)
        self.bob = Trader(BOB, url)
        self.asset = self.info.name_to_asset(COIN)

    def state(self, address: str = ALICE.address) -> dict:
        return self.info.user_state(address)

    def position(self, address: str = ALICE.address) -> dict | None:
        found = [p["position"] for p in self.state(address)["assetPositions"] if p["position"]["coin"] == COIN]
        return found[0] if found else None

    def open_oids(self, address: str = ALICE.address) -> list[int]:
        return sorted(order["oid"] for order in self.info.open_orders(address))

    def status_of(self, oid: int) -> str:
        answer = self.info.query_order_by_oid(ALICE.address, oid)
        same("the order is known", answer["status"], "order")
        return answer["order"]["status"]

    def clean(self) -> None:
        """No orders, no position, the market at 100."""
        self.venue.price("100")
        for order in self.info.open_orders(ALICE.address):
            self.alice.cancel(order["coin"], order["oid"])
        if self.position():
            self.alice.market_close(COIN)
        same("nothing is left", (self.open_oids(), self.position()), ([], None))

    # ---------------------------------------------------------------------------------------------------------------

    def account(self) -> None:
        state = self.state()
        worth("account value", state["marginSummary"]["accountValue"], 10_000)
        worth("withdrawable", state["withdrawable"], 10_000)
        same("positions", state["assetPositions"], [])
        empty = self.state(NOBODY.address)
        worth("nobody's value", empty["marginSummary"]["accountValue"], 0)
        same("role of an account", self.info.user_role(ALICE.address)["role"], "user")
        same("role of nobody", self.info.user_role(NOBODY.address)["role"], "missing")
        fees = self.info.user_fees(ALICE.address)
        worth("taker rate", fees["userCrossRate"], "0.00045")
        worth("maker rate", fees["userAddRate"], "0.00015")
        limits = self.info.user_rate_limit(ALICE.address)
        holds("requests that are left", limits["nRequestsCap"] >= 10_000, limits)
        ledger = self.info.user_non_funding_ledger_updates(ALICE.address, 0)
        same("the deposit is in the ledger", [row["delta"]["type"] for row in ledger], ["deposit"])
        worth("its amount", ledger[0]["delta"]["usdc"], 10_000)
        same("spot balances", [b["coin"] for b in self.info.spot_user_state(ALICE.address)["balances"] if float(b["total"])], [])
        same("periods of the portfolio", len(self.info.portfolio(ALICE.address)), 8)

    def market_data(self) -> None:
        universe = self.info.meta()["universe"]
        names = [asset["name"] for asset in universe]
        holds("both markets are listed", {"BTC", COIN} <= set(names), names)
        mine = universe[self.asset]
        same("rules", (mine["name"], mine["szDecimals"], mine["maxLeverage"]), (COIN, 2, 20))
        worth("middle price", self.info.all_mids()[COIN], 100)
        book = self.info.l2_snapshot(COIN)
        bids, asks = book["levels"]
        same("levels", (len(bids), len(asks)), (2, 2))
        worth("best bid", bids[0]["px"], "99.9")
        worth("best ask", asks[0]["px"], "100.1")
        worth("its size", asks[0]["sz"], 50)
        meta, contexts = self.info.meta_and_asset_ctxs()
        same("a context for each asset", len(contexts), len(meta["universe"]))
        worth("mark", contexts[self.asset]["markPx"], 100)
        worth("oracle", contexts[self.asset]["oraclePx"], 100)
        now = self.venue.now()
        candles = self.info.candles_snapshot("BTC", "1h", now - 24 * 3_600_000, now)
        holds("a day of candles", 20 <= len(candles) <= 25, len(candles))
        for before, after in zip(candles, candles[1:]):
            holds("times rise by hours", (after["t"] - before["t"]) % 3_600_000 == 0 and after["t"] > before["t"], after)
        for candle in candles:
            low, high = float(candle["l"]), float(candle["h"])
            holds("the range holds open and close", low <= min(float(candle["o"]), float(candle["c"])) and high >= max(float(candle["o"]), float(candle["c"])), candle)
            same("members", sorted(candle), sorted(["t", "T", "s", "i", "o", "c", "h", "l", "v", "n"]))
            same("last millisecond", candle["T"], candle["t"] + 3_599_999)
        same("spot is empty or whole", sorted(self.info.spot_meta())[:2], ["tokens", "universe"])
        same("no other exchanges", self.info.perp_dexs(), [None])
        same("unknown coin", self.venue.info("l2Book", coin="NOTACOIN"), None)
        holds("rates of funding", isinstance(self.info.funding_history("BTC", 0), list))

    def limits(self) -> None:
        oid = resting(self.alice.order(COIN, True, 1, 99.0, GTC))
        rows = self.info.open_orders(ALICE.address)
        same("one open order", [row["oid"] for row in rows], [oid])
        row = rows[0]
        same("its coin and side", (row["coin"], row["side"]), (COIN, "B"))
        same("whole prices keep their .0", (row["limitPx"], row["sz"]), ("99.0", "1.0"))
        front = self.info.frontend_open_orders(ALICE.address)[0]
        same("as the front end sees it", (front["orderType"], front["tif"], front["isTrigger"], front["reduceOnly"]), ("Limit", "Gtc", False, False))
        same("its state", self.status_of(oid), "open")
        same("cancelled", one(self.alice.cancel(COIN, oid)), "success")
        same("its state then", self.status_of(oid), "canceled")
        refused(self.alice.cancel(COIN, oid), "Order was never placed, already canceled, or filled.")
        same("an order of nobody", self.info.query_order_by_oid(ALICE.address, 999_999_999)["status"], "unknownOid")

        filled(self.alice.order(COIN, True, 1, 100.1, IOC), 1, "100.1")
        position = self.position()
        worth("size of the position", position["szi"], 1)
        worth("entry", position["entryPx"], "100.1")
        fill = self.info.user_fills(ALICE.address)[0]
        same("direction", (fill["dir"], fill["side"], fill["crossed"], fill["feeToken"]), ("Open Long", "B", True, "USDC"))
        worth("fee", fill["fee"], "0.045045")
        refused(self.alice.order(COIN, True, 1, 99.0, IOC), "Order could not immediately match against any resting orders.")
        # more than the first level: the second pays
        filled(self.alice.order(COIN, False, 60, 99.8, IOC), 60, "99.88333333")
        worth("turned around", self.position()["szi"], -59)
        same("the fill that turned it", self.info.user_fills(ALICE.address)[1]["dir"], "Long > Short")

        resting(self.alice.order(COIN, True, 1, 99.9, ALO))
        refused(self.alice.order(COIN, True, 1, 100.1, ALO), "Post only order would have immediately matched, bbo was 99.9@100.1.")
        # a Gtc that fills in part rests with the rest
        self.venue.price("100")
        item = one(self.alice.order(COIN, True, 80, 100.1, GTC))
        worth("filled means not done", item["filled"]["totalSz"], 50)
        rest = [row for row in self.info.open_orders(ALICE.address) if row["oid"] == item["filled"]["oid"]]
        worth("the rest rests", rest[0]["sz"], 30)
        worth("what was asked for", rest[0]["origSz"], 80)
        self.clean()

        filled(self.alice.market_open(COIN, False, 2), 2, "99.9")
        filled(self.alice.market_close(COIN), 2, "100.1")
        self.clean()

    def names_and_changes(self) -> None:
        cloid = Cloid.from_int(7)
        oid = resting(self.alice.order(COIN, True, 1, 99.0, GTC, cloid=cloid))
        by_name = self.info.query_order_by_cloid(ALICE.address, cloid)
        same("found by name", by_name["order"]["order"]["oid"], oid)
        same("the name", by_name["order"]["order"]["cloid"], cloid.to_raw())
        new = resting(self.alice.modify_order(oid, COIN, True, 2, 98.0, GTC, cloid=cloid))
        holds("a new number", new != oid, new)
        same("the old one's state", self.status_of(oid), "canceled")
        row = self.info.open_orders(ALICE.address)[0]
        same("changed, with the same name", (row["limitPx"], row["sz"], row["cloid"]), ("98.0", "2.0", cloid.to_raw()))
        newer = resting(self.alice.modify_order(cloid, COIN, True, 3, 97.0, GTC, cloid=cloid))
        same("changed by name", self.open_oids(), [newer])
        order = {"a": self.asset, "b": True, "p": "96", "s": "4", "r": False, "t": {"limit": {"tif": "Gtc"}}, "c": cloid.to_raw()}
        same("a single change", self.alice.send({"type": "modify", "oid": newer, "order": order})["response"], {"type": "default"})
        row = self.info.open_orders(ALICE.address)[0]
        same("changed once more", (row["limitPx"], row["sz"]), ("96.0", "4.0"))
        refused(self.alice.modify_order(oid, COIN, True, 1, 95.0, GTC), "Cannot modify canceled or filled order")
        same("cancelled by name", one(self.alice.cancel_by_cloid(COIN, cloid)), "success")
        refused(self.alice.cancel_by_cloid(COIN, cloid), "Order was never placed, already canceled, or filled.")
        first, second = (
            resting(self.alice.order(COIN, True, 1, px, GTC)) for px in (95.0, 94.0)
        )
        changes = [
            {"oid": oid, "order": {"coin": COIN, "is_buy": True, "sz": 1, "limit_px": px, "order_type": ALO, "reduce_only": False}}
            for oid, px in ((first, 93.0), (second, 92.0))
        ]
        items = statuses(self.alice.bulk_modify_orders_new(changes))
        same("two changes", ["resting" in item for item in items], [True, True])
        cancels = [{"coin": COIN, "oid": oid} for oid in self.open_oids()] + [{"coin": COIN, "oid": 1}]
        items = statuses(self.alice.bulk_cancel(cancels))
        same("three cancellations, each by itself", [item == "success" for item in items], [True, True, False])

    def triggers(self) -> None:
        filled(self.alice.market_open(COIN, True, 10), 10, "100.1")
        stop = resting(self.alice.order(COIN, False, 4, 80.0, trigger(95.0, "sl"), reduce_only=True))
        take = resting(self.alice.order(COIN, False, 3, 100.0, trigger(110.0, "tp"), reduce_only=True))
        limit = resting(self.alice.order(COIN, False, 2, 93.0, trigger(94.0, "sl", False), reduce_only=True))
        level = resting(self.alice.order(COIN, False, 1, 120.0, trigger(119.0, "tp", False), reduce_only=True))
        rows = {row["oid"]: row for row in self.info.frontend_open_orders(ALICE.address)}
        kinds = [rows[oid]["orderType"] for oid in (stop, take, limit, level)]
        same("their kinds", kinds, ["Stop Market", "Take Profit Market", "Stop Limit", "Take Profit Limit"])
        row = rows[stop]
        same("when it fires", (row["isTrigger"], row["triggerPx"], row["triggerCondition"], row["tif"]), (True, "95.0", "Price below 95", None))
        same("when the other fires", rows[take]["triggerCondition"], "Price above 110")
        same("not in the book", len(self.info.l2_snapshot(COIN)["levels"][1]), 2)
        refused(self.alice.order(COIN, False, 1, 100.0, trigger(101.0, "sl"), reduce_only=True), "Invalid TP/SL price.")

        self.venue.price("110.5")
        same("the take-profit has filled", self.status_of(take), "filled")
        worth("what is left", self.position()["szi"], 7)
        fill = self.info.user_fills(ALICE.address)[0]
        same("as a taker of the book", (fill["oid"], fill["crossed"], fill["dir"]), (take, True, "Close Long"))
        self.venue.price("94.5")
        same("the stop has filled", self.status_of(stop), "filled")
        worth("what is left then", self.position()["szi"], 3)
        shown = self.info.query_order_by_oid(ALICE.address, stop)["order"]["order"]
        same("after it fired", (shown["isTrigger"], shown["triggerCondition"], shown["orderType"]), (False, "Triggered", "Stop Market"))
        # the stop limit fires and rests: the book is below its limit
        self.venue.price("94", book="92")
        front = {row["oid"]: row for row in self.info.frontend_open_orders(ALICE.address)}
        same("the stop limit has fired and rests", (front[limit]["isTrigger"], front[limit]["limitPx"]), (False, "93.0"))
        states = [row["status"] for row in self.info.historical_orders(ALICE.address) if row["order"]["oid"] == limit]
        holds("its history, newest first", states[0] in ("triggered", "open") and states[-1] == "open", states)
        self.venue.price("93.5")
        same("it has filled where it rested", self.status_of(limit), "filled")
        self.venue.price("120.5")
        same("the last one fired and filled", self.status_of(level), "filled")
        same("flat", self.position(), None)
        self.clean()

    def groups(self) -> None:
        order = lambda buy, size, px, kind, reduce: {"coin": COIN, "is_buy": buy, "sz": size, "limit_px": px, "order_type": kind, "reduce_only": reduce}
        bracket = lambda px, tif: [
            order(True, 5, px, tif, False),
            order(False, 5, 100.0, trigger(110.0, "tp"), True),
            order(False, 5, 80.0, trigger(90.0, "sl"), True),
        ]
        # a parent that rests: its children wait
        items = statuses(self.alice.bulk_orders(bracket(99.0, GTC), grouping="normalTpsl"))
        holds("the parent rests", "resting" in items[0], items)
        same("the children wait", items[1:], ["waitingForFill", "waitingForFill"])
        rows = self.info.frontend_open_orders(ALICE.address)
        parent = [row for row in rows if row["oid"] == items[0]["resting"]["oid"]][0]
        same("it has them below it", len(parent["children"]), 2)
        self.venue.price("98.5", book="98.5")
        worth("the parent has filled", self.position()["szi"], 5)
        live = [row for row in self.info.frontend_open_orders(ALICE.address) if row["isTrigger"]]
        same("the children live", sorted(row["orderType"] for row in live), ["Stop Market", "Take Profit Market"])
        self.venue.price("110.5")
        same("the take-profit closed it", self.position(), None)
        same("and took the stop along", self.open_oids(), [])
        stop = [row["oid"] for row in live if row["orderType"] == "Stop Market"][0]
        same("by its own word", self.status_of(stop), "siblingFilledCanceled")

        # a parent that fills at once
        self.venue.price("100")
        items = statuses(self.alice.bulk_orders(bracket(100.1, IOC), grouping="normalTpsl"))
        holds("the parent is filled", "filled" in items[0], items)
        holds("the children live at once", all(item == "waitingForTrigger" or "resting" in item for item in items[1:]), items)
        self.venue.price("89.5")
        same("the stop closed it", (self.position(), self.open_oids()), (None, []))
        self.venue.price("100")

        # a parent that is cancelled takes its children along
        items = statuses(self.alice.bulk_orders(bracket(95.0, GTC), grouping="normalTpsl"))
        same("cancelled", one(self.alice.cancel(COIN, items[0]["resting"]["oid"])), "success")
        same("all three are gone", self.open_oids(), [])

        # stops that belong to the position, whatever its size
        filled(self.alice.market_open(COIN, True, 3), 3, "100.1")
        pair = [
            order(False, 0, 100.0, trigger(112.0, "tp"), True),
            order(False, 0, 80.0, trigger(90.0, "sl"), True),
        ]
        items = statuses(self.alice.bulk_orders(pair, grouping="positionTpsl"))
        holds("both wait", all(item == "waitingForTrigger" or "resting" in item for item in items), items)
        rows = self.info.frontend_open_orders(ALICE.address)
        same("bound to the position, without a size", [(row["isPositionTpsl"], row["sz"], row["origSz"]) for row in rows], [(True, "0.0", "0.0")] * 2)
        filled(self.alice.market_open(COIN, True, 2), 2, "100.1")
        self.venue.price("89.5")
        same("the whole position is closed", (self.position(), self.open_oids()), (None, []))
        worth("all five", self.info.user_fills(ALICE.address)[0]["sz"], 5)
        self.venue.price("100")
        filled(self.alice.market_open(COIN, True, 1), 1, "100.1")
        wrong = [order(False, 1, 80.0, trigger(90.0, "sl"), False)]
        answer = self.alice.bulk_orders(wrong, grouping="positionTpsl")
        holds("one that could open a position is refused", "TP/SL orders must be reduce only." in str(answer), answer)
        self.clean()

    def reducing(self) -> None:
        refused(self.alice.order(COIN, False, 1, 100.5, GTC, reduce_only=True), "Reduce only order would increase position.")
        filled(self.alice.market_open(COIN, True, 2), 2, "100.1")
        refused(self.alice.order(COIN, True, 1, 99.0, GTC, reduce_only=True), "Reduce only order would increase position.")
        filled(self.alice.order(COIN, False, 5, 99.9, IOC, reduce_only=True), 2, "99.9")
        same("closed and not turned", self.position(), None)
        filled(self.alice.market_open(COIN, True, 2), 2, "100.1")
        oid = resting(self.alice.order(COIN, False, 2, 105.0, GTC, reduce_only=True))
        filled(self.alice.market_close(COIN), 2, "99.9")
        same("what has nothing to reduce goes", self.status_of(oid), "reduceOnlyCanceled")
        self.clean()

    def leverage(self) -> None:
        same("leverage", self.alice.update_leverage(5, COIN), {"status": "ok", "response": {"type": "default"}})
        filled(self.alice.market_open(COIN, True, 10), 10, "100.1")
        position = self.position()
        same("cross at five", position["leverage"], {"type": "cross", "value": 5})
        worth("margin used", position["marginUsed"], 200)
        worth("most", position["maxLeverage"], 20)
        denied(self.alice.update_leverage(21, COIN), "Invalid leverage value")
        denied(self.alice.update_leverage(5, COIN, is_cross=False), "Cannot switch leverage type with open position.")
        self.clean()
        same("isolated", self.alice.update_leverage(4, COIN, is_cross=False)["status"], "ok")
        filled(self.alice.market_open(COIN, True, 10), 10, "100.1")
        position = self.position()
        same("isolated at four", (position["leverage"]["type"], position["leverage"]["value"]), ("isolated", 4))
        before = float(position["marginUsed"])
        same("margin added", self.alice.update_isolated_margin(20, COIN)["status"], "ok")
        after = self.position()
        worth("twenty more", f"{float(after['marginUsed']) - before:.6f}", "20.000000")
        holds("liquidation is further away", float(after["liquidationPx"]) < float(position["liquidationPx"]), after)
        same("margin taken back", self.alice.update_isolated_margin(-10, COIN)["status"], "ok")
        denied_or = self.alice.update_isolated_margin(-200, COIN)
        same("not more than there is", denied_or["status"], "err")
        self.clean()
        same("cross again", self.alice.update_leverage(20, COIN)["status"], "ok")

    def transfers(self) -> None:
        value = lambda address: float(self.state(address)["marginSummary"]["accountValue"])
        before = value(BOB.address)
        same("sent", self.alice.usd_transfer(100.0, BOB.address), {"status": "ok", "response": {"type": "default"}})
        worth("arrived", f"{value(BOB.address) - before:.6f}", "100.000000")
        answer = self.alice.usd_transfer(10_000_000.0, BOB.address)
        same("not more than there is", answer["status"], "err")
        holds("with a word", answer["response"].startswith("Insufficient balance"), answer)
        same("to spot", self.alice.usd_class_transfer(50.0, False)["status"], "ok")
        balances = self.info.spot_user_state(ALICE.address)["balances"]
        worth("in spot", [b["total"] for b in balances if b["coin"] == "USDC"][0], 50)
        same("and back", self.alice.usd_class_transfer(50.0, True)["status"], "ok")
        same("withdrawn", self.alice.withdraw_from_bridge(10.0, ALICE.address)["status"], "ok")

        created = self.alice.create_sub_account("sub one")
        same("a sub-account", created["response"]["type"], "createSubAccount")
        sub = created["response"]["data"]
        holds("an address", sub.startswith("0x") and len(sub) == 42, sub)
        denied(self.alice.create_sub_account("sub one"), "Sub-account name already taken.")
        same("filled with money", self.alice.sub_account_transfer(sub, True, 1_000_000_000)["status"], "ok")
        worth("of a thousand", self.state(sub)["marginSummary"]["accountValue"], 1000)
        listed = self.info.query_sub_accounts(ALICE.address)
        same("it is listed", [(row["name"], row["subAccountUser"], row["master"]) for row in listed], [("sub one", sub, ALICE.address.lower())])
        same("its role", self.info.user_role(sub)["role"], "subAccount")
        trader = Trader(ALICE, self.venue.url, vault_address=sub)
        filled(trader.market_open(COIN, True, 1), 1, "100.1")
        worth("the sub-account's position", self.position(sub)["szi"], 1)
        same("not the master's", self.position(), None)
        filled(trader.market_close(COIN), 1, "99.9")
        thief = Trader(BOB, self.venue.url, vault_address=sub)
        holds("nobody else may act for it", thief.market_open(COIN, True, 1)["response"].startswith("Vault not registered:"))
        same("money back", self.alice.sub_account_transfer(sub, False, 500_000_000)["status"], "ok")
        kinds = {row["delta"]["type"] for row in self.info.user_non_funding_ledger_updates(ALICE.address, 0)}
        holds("all of it stands in the ledger", {"deposit", "internalTransfer", "accountClassTransfer", "withdraw", "subAccountTransfer"} <= kinds, kinds)

    def agents(self) -> None:
        answer, key = self.alice.approve_agent("bot")
        same("approved", answer["status"], "ok")
        agent = eth_account.Account.from_key(key)
        listed = self.info.extra_agents(ALICE.address)
        same("it is listed", [(row["name"], row["address"]) for row in listed], [("bot", agent.address.lower())])
        holds("until some day", listed[0]["validUntil"] > self.venue.now(), listed)
        role = self.info.user_role(agent.address)
        same("its role", (role["role"], role["data"]["user"]), ("agent", ALICE.address.lower()))
        trader = Trader(agent, self.venue.url, account_address=ALICE.address)
        filled(trader.market_open(COIN, True, 1), 1, "100.1")
        worth("the master's position", self.position()["szi"], 1)
        filled(trader.market_close(COIN), 1, "99.9")
        same("state read with the agent's own address is empty", self.state(agent.address)["assetPositions"], [])
        sent = trader.usd_transfer(1.0, BOB.address)
        same("it moves no money", sent["status"], "err")
        same("nor opens sub-accounts", trader.create_sub_account("agents own")["status"], "err")
        answer, unnamed = self.alice.approve_agent()
        same("one without a name", answer["status"], "ok")
        old = Trader(eth_account.Account.from_key(unnamed), self.venue.url, account_address=ALICE.address)
        oid = resting(old.order(COIN, True, 1, 99.0, GTC))
        same("cancelled by the agent", one(old.cancel(COIN, oid)), "success")
        answer, _ = self.alice.approve_agent()
        same("replaced", answer["status"], "ok")
        denied(old.order(COIN, True, 1, 99.0, GTC), f"User or API Wallet {old.wallet.address.lower()} does not exist.")
        stranger = Trader(NOBODY, self.venue.url)
        denied(stranger.order(COIN, True, 1, 99.0, GTC), f"User or API Wallet {NOBODY.address.lower()} does not exist.")

    def time(self) -> None:
        stop = resting(self.alice.order(COIN, True, 1, 99.0, GTC))
        denied(self.alice.schedule_cancel(self.venue.now() + 1000), "Scheduled cancel time too early")
        same("the switch is set", self.alice.schedule_cancel(self.venue.now() + 60_000)["status"], "ok")
        same("and off again", self.alice.schedule_cancel(None)["status"], "ok")
        self.venue.step(61_000)
        same("it did not fire", self.open_oids(), [stop])
        same("set once more", self.alice.schedule_cancel(self.venue.now() + 10_000)["status"], "ok")
        self.venue.step(11_000)
        same("it fired", self.open_oids(), [])
        same("with its own word", self.status_of(stop), "scheduledCancel")

        self.alice.set_expires_after(self.venue.now() - 1)
        answer = self.alice.order(COIN, True, 1, 99.0, GTC)
        holds("too late", str(answer).find("Action expired") > 0, answer)
        self.alice.set_expires_after(self.venue.now() + 600_000)
        oid = resting(self.alice.order(COIN, True, 1, 99.0, GTC))
        self.alice.set_expires_after(None)
        self.alice.cancel(COIN, oid)

        # the same request twice is one request
        nonce = get_timestamp_ms()
        order = {"a": self.asset, "b": True, "p": "99", "s": "1", "r": False, "t": {"limit": {"tif": "Gtc"}}}
        action = {"type": "order", "orders": [order], "grouping": "na"}
        signature = sign_l1_action(ALICE, action, None, nonce, None, False)
        first = self.alice._post_action(action, signature, nonce)
        oid = resting(first)
        denied(self.alice._post_action(action, signature, nonce), f"Invalid nonce: duplicate nonce {nonce}")
        same("there is one order", self.open_oids(), [oid])
        self.alice.cancel(COIN, oid)
        old = nonce - 3 * 86_400_000
        signature = sign_l1_action(ALICE, action, None, old, None, False)
        holds("a nonce of last week", self.alice._post_action(action, signature, old)["response"].startswith("Invalid nonce"))
        same("a nonce burnt", self.alice.send({"type": "noop"})["status"], "ok")

        # an hour of funding
        filled(self.alice.market_open(COIN, True, 10), 10, "100.1")
        begun = self.venue.now()
        self.venue.step(3_600_000)
        paid = self.info.user_funding_history(ALICE.address, begun)
        rows = [row["delta"] for row in paid if row["delta"]["coin"] == COIN]
        same("one payment", len(rows), 1)
        same("its kind", rows[0]["type"], "funding")
        worth("paid by the long side: ten coins at 100, an eighth of a hundredth of a percent", rows[0]["usdc"], f"{-10 * 100 * float(rows[0]['fundingRate']):.6f}")
        holds("rates are told", len(self.info.funding_history(COIN, begun)) == 1)
        self.clean()

    def refusals(self) -> None:
        buy = lambda size, px, kind=GTC: self.alice.order(COIN, True, size, px, kind)
        refused(buy(1, 99.123456), "Price must be divisible by tick size.")
        refused(buy(1.001, 99.0), "Order has invalid size.")
        refused(buy(0, 99.0), "Order has zero size.")
        refused(buy(0.1, 99.0), "Order must have minimum value of $10.")
        refused(buy(100_000, 99.0), "Insufficient margin to place order.")
        refused(buy(1, 10.0), "Order price cannot be more than 80% away from the reference price")
        refused(buy(10_000_000, 99.0), "Order value too large. Max is $50000000.")
        unknown = {"a": 5_000, "b": True, "p": "99", "s": "1", "r": False, "t": {"limit": {"tif": "Gtc"}}}
        refused(self.alice.send({"type": "order", "orders": [unknown], "grouping": "na"}), "Asset does not exist.")
        answer = self.alice.send({"type": "order", "orders": [], "grouping": "na"})
        holds("an empty batch", "Batch must not be empty." in str(answer), answer)
        try:
            self.alice.send({"type": "timeTravel", "to": 1})
            holds("an action that there is not is refused", False)
        except ClientError as error:
            same("as unreadable", error.status_code, 422)

    def malformed(self) -> None:
        for path, body in [("/info", b"{"), ("/info", b'{"type":"nonsense"}'), ("/info", b'{"type":"openOrders","user":"0x12"}'), ("/exchange", b"[]")]:
            status, _, text = self.venue.raw(path, body)
            same(f"status of {body!r}", status, 422)
            holds("says that it cannot be read", "deserialize" in text.lower(), text)
        status, kind, _ = self.venue.raw("/info", b'{"type":"meta"}')
        holds("answers are JSON", status == 200 and kind.startswith("application/json"), kind)
        try:
            self.info.post("/info", {"type": "nonsense"})
            holds("the SDK raises", False)
        except ClientError as error:
            same("as the SDK sees it", error.status_code, 422)

    def faults(self) -> None:
        self.venue.word("faults", rules=[{"fault": "answer", "status": 429, "path": "/info", "times": 1}, {"fault": "answer", "status": 502, "path": "/exchange", "times": 1}])
        try:
            self.info.all_mids()
            holds("a 429 comes", False)
        except ClientError as error:
            same("of the plan", error.status_code, 429)
        try:
            self.alice.order(COIN, True, 1, 99.0, GTC)
            holds("a 502 comes", False)
        except ServerError as error:
            same("of the plan too", error.status_code, 502)
        same("and nothing was done", self.open_oids(), [])
        self.venue.word("faults", rules=[])

    def streams(self) -> None:
        info = Info(self.venue.url)
        heard: dict[str, list] = {}
        lock = threading.Lock()

        def hear(name):
            def take(message):
                with lock:
                    heard.setdefault(name, []).append(message)

            return take

        def messages(name):
            with lock:
                return list(heard.get(name, []))

        user = ALICE.address
        follow = {
            "allMids": {"type": "allMids"},
            "l2Book": {"type": "l2Book", "coin": COIN},
            "trades": {"type": "trades", "coin": COIN},
            "bbo": {"type": "bbo", "coin": COIN},
            "candle": {"type": "candle", "coin": "BTC", "interval": "1h"},
            "orderUpdates": {"type": "orderUpdates", "user": user},
            "userEvents": {"type": "userEvents", "user": user},
            "userFills": {"type": "userFills", "user": user},
            "userFundings": {"type": "userFundings", "user": user},
            "userNonFundingLedgerUpdates": {"type": "userNonFundingLedgerUpdates", "user": user},
            "webData2": {"type": "webData2", "user": user},
            "activeAssetCtx": {"type": "activeAssetCtx", "coin": COIN},
            "activeAssetData": {"type": "activeAssetData", "user": user, "coin": COIN},
        }
        until("the websocket is open", lambda: info.ws_manager.ws_ready)
        numbers = {name: info.subscribe(subscription, hear(name)) for name, subscription in follow.items()}
        with_snapshot = ["allMids", "l2Book", "bbo", "candle", "userFills", "userFundings", "userNonFundingLedgerUpdates", "webData2", "activeAssetCtx", "activeAssetData"]
        for name in with_snapshot:
            until(f"a first message of {name}", lambda: messages(name))
        snapshot = messages("userFills")[0]["data"]
        same("fills begin with a snapshot", (snapshot["isSnapshot"], snapshot["user"]), (True, user.lower()))
        holds("of all fills", len(snapshot["fills"]) > 10, len(snapshot["fills"]))
        same("orders and events do not", (messages("orderUpdates"), messages("userEvents")), ([], []))
        worth("middle prices", messages("allMids")[0]["data"]["mids"][COIN], 100)
        candle = messages("candle")[0]["data"]
        same("the running candle", (candle["s"], candle["i"]), ("BTC", "1h"))
        same("webData2 has the user", messages("webData2")[0]["data"]["user"], user.lower())

        oid = resting(self.alice.order(COIN, True, 1, 99.0, GTC))
        update = until("the order's update", lambda: messages("orderUpdates"))[0]["data"][0]
        same("it is open", (update["order"]["oid"], update["status"]), (oid, "open"))
        self.alice.cancel(COIN, oid)
        until("its end", lambda: [u for m in messages("orderUpdates") for u in m["data"] if u["order"]["oid"] == oid and u["status"] == "canceled"])
        number = filled(self.alice.market_open(COIN, True, 1), 1, "100.1")
        later = until("a fill after the snapshot", lambda: messages("userFills")[1:])[0]["data"]
        same("without the member", "isSnapshot" in later, False)
        same("the fill", (later["fills"][0]["oid"], later["fills"][0]["px"]), (number, "100.1"))
        event = until("the event", lambda: [m["data"] for m in messages("userEvents") if "fills" in m["data"]])[0]
        same("of the same fill", event["fills"][0]["tid"], later["fills"][0]["tid"])
        trade = until("everybody sees the trade", lambda: [t for m in messages("trades") for t in m["data"] if t["tid"] == later["fills"][0]["tid"]])[0]
        same("with its side and price", (trade["side"], trade["px"], trade["sz"]), ("B", "100.1", "1.0"))
        same("and who bought", trade["users"][0], user.lower())
        before = len(messages("bbo"))
        self.venue.price("101")
        until("the best prices changed", lambda: len(messages("bbo")) > before)
        until("the book as well", lambda: [m for m in messages("l2Book") if m["data"]["levels"][1] and m["data"]["levels"][1][0]["px"] == "101.1"])
        until("and the mark", lambda: [m for m in messages("activeAssetCtx") if float(m["data"]["ctx"]["markPx"]) == 101.0])
        self.venue.step(3_600_000)
        until("a payment of funding", lambda: [m for m in messages("userFundings")[1:] if m["data"]["fundings"]])
        until("the next candle", lambda: [m for m in messages("candle") if m["data"]["t"] > candle["t"]])
        self.alice.usd_transfer(1.0, BOB.address)
        until("the ledger", lambda: messages("userNonFundingLedgerUpdates")[1:])
        info.unsubscribe(follow["bbo"], numbers["bbo"])
        info.disconnect_websocket()
        self.clean()

    def sockets_raw(self) -> None:
        import json

        import websocket

        socket = websocket.create_connection("ws" + self.venue.url[4:] + "/ws", timeout=10)

        def say(message) -> None:
            socket.send(message if isinstance(message, str) else json.dumps(message))

        def next_of(channel: str):
            for _ in range(200):
                frame = json.loads(socket.recv())
                if frame["channel"] == channel:
                    return frame.get("data")
            sys.exit(f"nothing on {channel}")

        say({"method": "ping"})
        same("a ping", next_of("pong"), None)
        book = {"type": "l2Book", "coin": COIN}
        say({"method": "subscribe", "subscription": book})
        acked = next_of("subscriptionResponse")
        same("the acknowledgement is filled in", acked, {"method": "subscribe", "subscription": {**book, "nSigFigs": None, "mantissa": None, "fast": False}})
        say({"method": "subscribe", "subscription": book})
        holds("twice is once", next_of("error").startswith("Already subscribed"))
        say({"method": "unsubscribe", "subscription": book})
        next_of("subscriptionResponse")
        say({"method": "unsubscribe", "subscription": book})
        holds("and off", next_of("error").startswith("Already unsubscribed"))
        for nonsense in ("{", {"method": "subscribe", "subscription": {"type": "weather"}}, {"method": "subscribe", "subscription": {"type": "candle", "coin": "BTC", "interval": "7m"}}):
            say(nonsense)
            holds("nonsense is told", next_of("error").startswith("Error parsing JSON into valid websocket request"))
        say({"method": "post", "id": 5, "request": {"type": "info", "payload": {"type": "l2Book", "coin": COIN}}})
        answer = next_of("post")
        same("a question over the websocket", (answer["id"], answer["response"]["type"], answer["response"]["payload"]["type"]), (5, "info", "l2Book"))
        nonce = get_timestamp_ms()
        order = {"a": self.asset, "b": True, "p": "99", "s": "1", "r": False, "t": {"limit": {"tif": "Gtc"}}}
        action = {"type": "order", "orders": [order], "grouping": "na"}
        payload = {"action": action, "nonce": nonce, "signature": sign_l1_action(ALICE, action, None, nonce, None, False), "vaultAddress": None}
        say({"method": "post", "id": 6, "request": {"type": "action", "payload": payload}})
        answer = next_of("post")
        same("an order over the websocket", (answer["id"], answer["response"]["type"], answer["response"]["payload"]["status"]), (6, "action", "ok"))
        oid = answer["response"]["payload"]["response"]["data"]["statuses"][0]["resting"]["oid"]
        self.alice.cancel(COIN, oid)
        socket.close()

    #: In this order. Those of CLOCK move the venue's clock, which a venue at the wall's time does not allow.
    PARTS = (
        "account market_data limits names_and_changes triggers groups reducing leverage transfers agents time refusals malformed "
        "faults streams sockets_raw"
    ).split()
    CLOCK = {"time", "streams"}

    def run(self, parts) -> None:
        for part in parts:
            print(f"  {part}", flush=True)
            getattr(self, part)()
        finish("Python SDK")


if __name__ == "__main__":
    scenario = Scenario(sys.argv[1].rstrip("/"))
    scenario.run([part for part in scenario.PARTS if part not in scenario.CLOCK or "--wall" not in sys.argv])
