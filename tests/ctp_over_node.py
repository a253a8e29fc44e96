"""A CTP counter over a live node for tests, and a program at it."""

import asyncio
from pathlib import Path
from typing import Any

from anyvenue.engine.live import LiveNode
from anyvenue.engine.live.broker import NodeBroker
from anyvenue.runtime.journal import DiskFiles
from anyvenue.venues.ctp.counter.counter import Counter
from anyvenue.venues.ctp.counter.profile import Profile
from anyvenue.venues.ctp.counter.seam import Answer, Reason, Resume, Topic
from served import PATIENCE_S

__all__ = ["ORDER", "Program", "counter_over"]

ORDER = {
    "Direction": "0",
    "CombOffsetFlag": "0",
    "CombHedgeFlag": "1",
    "VolumeTotalOriginal": 1,
    "OrderPriceType": "2",
    "TimeCondition": "3",
    "VolumeCondition": "1",
    "MinVolume": 1,
    "ContingentCondition": "1",
    "ForceCloseReason": "0",
}


async def counter_over(
    node: LiveNode, account: str, currency: str, folder: Path | None = None
) -> Counter:
    """Return a counter over a node that has started, with one investor."""
    broker = NodeBroker(node, "ctp")
    await broker.open()
    profile = Profile(
        broker_id="9999", currency=currency, queries_per_second=0, settlement_confirmation=False
    )
    files = DiskFiles.locked(folder, "ctp") if folder is not None else None
    counter = Counter(
        broker,
        profile,
        now=node.now,
        files=files,
        execute=broker.execute,
        sessions_of=node.node.sessions_of,
    )
    if counter.context.members.find(account) is None:
        counter.enrol(account, "pw")
    return counter


class Program:
    """A program at the counter's door: it keeps what it is told, and waits for more."""

    def __init__(self, counter: Counter, account: str) -> None:
        """Connect; `log_in` comes in."""
        self.account = account
        self.counter = counter
        self.told: list[Answer] = []
        self.cut_for: Reason | None = None
        self._changed = asyncio.Event()
        self._requests = 0
        self.session = counter.trader(self, "127.0.0.1:5000")

    def answer(self, answer: Answer) -> None:
        self.told.append(answer)
        self._changed.set()

    def cut(self, reason: Reason) -> None:
        self.cut_for = reason

    async def log_in(self, resume: Resume = Resume.RESTART, after: int = 0) -> dict[str, Any]:
        """Log in with the private stream from there, and return the answer."""
        self.session.subscribe(Topic.PRIVATE, resume, after, self.counter.trading_day)
        (answer,) = await self.ask("ReqUserLogin", UserID=self.account, Password="pw")
        assert answer.error is None or answer.error[0] == 0, answer.error
        return dict(answer.fields or {})

    async def ask(self, name: str, **fields: Any) -> list[Answer]:
        """Make a request and return its answers."""
        self._requests += 1
        number = self._requests
        given = {"BrokerID": "9999", "InvestorID": self.account, **fields}
        assert self.session.request(name, given, number) == 0
        await self.until(lambda: [each for each in self._answers(number) if each.is_last])
        return self._answers(number)

    async def rows(self, name: str, **fields: Any) -> list[dict[str, Any]]:
        """Return the rows that a query gives."""
        found = await self.ask(f"ReqQry{name}", **fields)
        assert all(each.error is None for each in found), found
        return [dict(each.fields) for each in found if each.fields is not None]

    def insert(self, **fields: Any) -> None:
        """Insert an order to buy one."""
        given = {"BrokerID": "9999", "InvestorID": self.account, "UserID": self.account}
        assert self.session.request("ReqOrderInsert", {**given, **ORDER, **fields}, 0) == 0

    def cancel(self, **fields: Any) -> None:
        """Take an order back."""
        given = {"BrokerID": "9999", "InvestorID": self.account, "ActionFlag": "0", **fields}
        assert self.session.request("ReqOrderAction", given, 0) == 0

    def private(self) -> list[Answer]:
        """Return the private stream so far."""
        return [each for each in self.told if each.topic is Topic.PRIVATE]

    def statuses(self, ref: str) -> list[str]:
        """Return the statuses of an order, one after the other."""
        rows = [each.fields or {} for each in self.told if each.callback == "OnRtnOrder"]
        return [str(each["OrderStatus"]) for each in rows if str(each["OrderRef"]).strip() == ref]

    async def until(self, holds: Any) -> None:
        """Wait until something was told that makes it so."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    def _answers(self, number: int) -> list[Answer]:
        return [each for each in self.told if each.request_id == number]
