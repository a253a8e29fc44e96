"""A CTP counter over a simulated exchange, the CTP driver at its other end, and troubles at a case's wish."""

import asyncio
import time
from decimal import Decimal

from msgspec.structs import replace

from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.testing.conformance import DriverHarness
from anyvenue.venues.ctp.driver.config import CtpConfig
from anyvenue.venues.ctp.driver.driver import CtpDriver
from ctp_counter_library import CounterLibrary, CounterTrader
from ctp_desk import PROFILE, SECOND, CounterDesk, Other

__all__ = ["CtpHarness"]

_MS = 1_000_000


class CtpHarness(DriverHarness):
    """The counter is asked directly; time goes on as the cases wait."""

    account = AccountId("mine")  # what the node calls the counter's "alice"
    resting_price = Decimal(3400)
    dialect, version = "ctp", ""
    confirms = False  # whether the door confirms for those that cannot

    def __init__(self) -> None:
        # Some have no request for it: their counters want no confirmation, and no authentication.
        profile = replace(
            PROFILE,
            settlement_confirmation=self.dialect not in ("mini", "femas") or self.confirms,
            authentication=self.dialect != "femas",
        )
        self.desk = CounterDesk(profile)
        self.instrument = self.desk.instruments[0]
        self.library = CounterLibrary(self.desk.counter, self.dialect, self.version)
        self._other: Other | None = None

    def config(self, **changes: object) -> CtpConfig:
        """Return the settings of a driver."""
        given: dict[str, object] = {
            "user": "alice",
            "password": "secret",
            "broker": "9999",
            "trade_front": "tcp://td",
            "market_front": "tcp://md",
            "app_id": "program",
            "auth_code": "code",
            "queries_per_second": 0.0,
            "timeout_s": 5.0,
        }
        return CtpConfig(**{**given, **changes})  # type: ignore[arg-type]

    async def start(self) -> None:
        self.desk.enrol("alice", "secret")
        self._market(3499, 3501)

    async def stop(self) -> None:
        """There is nothing to take down."""

    def driver(self, **changes: object) -> CtpDriver:
        return CtpDriver(
            self.config(**changes), account=self.account, sessions=lambda _: self.library
        )

    def intruder(self) -> CtpDriver:
        return self.driver(password="wrong")

    def now(self) -> int:
        return time.time_ns()

    async def idle(self) -> None:
        broker = self.desk.broker
        broker.now += _MS
        broker.arrive()
        self.desk.counter.run_due(broker.now)

    def _market(self, bid: float, ask: float, size: float = 9.0) -> None:
        self.desk.depth(bid, ask, size)

    async def quote(self) -> None:
        self._market(3498, 3502)

    async def fill(self, order_id: OrderId, quantity: Decimal) -> None:
        record = self._record(order_id)
        price = record.fields["LimitPrice"]
        assert isinstance(price, float)
        self._market(price - 1, price, float(quantity))
        self._market(3499, 3501)

    def _record(self, order_id: OrderId):  # type: ignore[no-untyped-def]
        book = self.desk.counter.book(AccountId("alice"))
        records = list(book.by_key.values())
        return next(r for r in records if str(r.fields["OrderRef"]).strip() == str(order_id))

    async def end(self, order_id: OrderId) -> None:
        broker = self.desk.broker
        broker.cancel(AccountId("alice"), self._record(order_id).order_id)

    async def foreign(self, request: OrderRequest) -> None:
        if self._other is None:
            self._other = Other(self.desk, "alice", "secret")
        self._other.insert(
            OrderRef="1",
            LimitPrice=float(request.price or 0),
            VolumeTotalOriginal=int(request.quantity),
        )

    async def cut(self) -> None:
        self.library.cut()
        await asyncio.sleep(0)  # the library has told it

    async def restore(self) -> None:
        self.library.restore()

    async def lose_command(self) -> None:
        self.library.swallow = "command"

    async def lose_report(self) -> None:
        self.library.swallow = "report"

    async def repeat_reports(self) -> None:
        self.library.twice = True

    async def limit_rate(self) -> None:
        self.library.codes.append(-3)

    async def garble(self) -> None:
        for session in self.library.sessions:
            if isinstance(session, CounterTrader):
                session.post("OnRtnOrder", b"no order")

    async def skew(self, ns: int) -> None:
        self.desk.broker.pass_time(self.desk.broker.now + ns)
        self._market(3499, 3501)

    async def settle_day(self) -> None:
        broker = self.desk.broker
        broker.pass_time(max(broker.now, broker.exchange.days.due) + SECOND)
        self._market(3499, 3501)
