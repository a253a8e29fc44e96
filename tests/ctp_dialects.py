"""FEMAS and TORA: a counter behind the door, and our driver at the other end of it through the pure-Python client."""

import tempfile
import time
from decimal import Decimal

from msgspec.structs import replace

from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.ctp.counter.book import OrderRecord
from anyvenue.venues.ctp.description import describe
from anyvenue.venues.ctp.dialects.spoken import translated
from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.driver.driver import CtpDriver
from anyvenue.venues.ctp.native.seam import LibrarySession, OnCalled
from anyvenue.venues.ctp.python.client import open_door
from ctp_circle import Circle
from ctp_desk import PROFILE, CounterDesk, Other

__all__ = ["DialectCircle", "Femas", "ToraOptions", "ToraStocks"]


class DoorLibraries:
    """Implements the driver's `Sessions` with our own client of the door, speaking the dialect on the way."""

    def __init__(self, trader: str, md: str) -> None:
        self._dialects = {Side.TRADER: trader, Side.MD: md}
        self._folder = tempfile.TemporaryDirectory()

    def trader(self, post: OnCalled) -> LibrarySession:
        return self._open(Side.TRADER, post)

    def md(self, post: OnCalled) -> LibrarySession:
        return self._open(Side.MD, post)

    def close(self) -> None:
        self._folder.cleanup()

    def _open(self, side: Side, post: OnCalled) -> LibrarySession:
        dialect, flow = self._dialects[side], f"{self._folder.name}/{side}"

        def make(posted: OnCalled) -> LibrarySession:
            return open_door(dialect, "", side, posted, time.time_ns, flow)

        return translated(describe(dialect), make, post)


class DialectCircle(Circle):
    """A counter as a dialect has it: no authentication beyond FEMAS's, and confirmed by the door."""

    md_dialect = ""
    traded = "rb2701.SHFE"
    prices = (Decimal(3400), Decimal(3499), Decimal(3501))  # where an order rests, bid, ask
    tick = Decimal(1)
    api = "ctp"

    def __init__(self) -> None:
        super().__init__()
        profile = replace(PROFILE, authentication=False, api=self.api)
        self.desk = CounterDesk(profile, (self.traded,))
        self.instrument = self.desk.instruments[0]
        self.resting_price = self.prices[0]

    def driver(self, **changes: object) -> CtpDriver:
        front = f"tcp://127.0.0.1:{self.port}"
        given = {"trade_front": front, "market_front": front, **changes}
        driver = CtpDriver(
            self.config(**given),
            account=self.account,
            sessions=lambda _: DoorLibraries(self.dialect, self.md_dialect or self.dialect),
        )
        self.drivers.append(driver)
        return driver

    # ---- the market

    def _market(self, bid: float, ask: float, size: float = 9.0) -> None:
        """Show the usual bid and ask, whatever the harness of CTP's own has for its instrument."""
        self._show(self.prices[1], self.prices[2], size)

    def _show(self, bid: Decimal, ask: Decimal, size: float) -> None:
        self.desk.depth(float(bid), float(ask), size, code=self.instrument.symbol)

    async def quote(self) -> None:
        self._show(self.prices[1] - self.tick, self.prices[2] + self.tick, 9.0)

    async def fill(self, order_id: OrderId, quantity: Decimal) -> None:
        price = Decimal(repr(self._record(order_id).fields["LimitPrice"]))
        self._show(price - self.tick, price, float(quantity))
        self._show(self.prices[1], self.prices[2], 9.0)

    def _record(self, order_id: OrderId) -> OrderRecord:
        """Return an order by what our driver signs it with: OrderRef, or the user's own text."""
        names = ("OrderRef", "OrderMemo")
        records = self.desk.counter.book(AccountId("alice")).by_key.values()
        wanted = str(order_id)
        return next(
            r for r in records if wanted in {str(r.fields.get(n, "")).strip() for n in names}
        )

    async def foreign(self, request: OrderRequest) -> None:
        if self._other is None:
            self._other = Other(self.desk, "alice", "secret")
        symbol, _, exchange = self.traded.rpartition(".")
        self._other.insert(
            OrderRef="1",
            InstrumentID=symbol,
            ExchangeID=exchange,
            LimitPrice=float(request.price or 0),
            VolumeTotalOriginal=int(request.quantity),
        )


class Femas(DialectCircle):
    dialect, version = "femas", "3.02"


class ToraStocks(DialectCircle):
    dialect, version, md_dialect = "tora", "4.1.6", "toramd"
    traded = "600000.SSE"
    prices = (Decimal("9.70"), Decimal("9.99"), Decimal("10.01"))
    tick = Decimal("0.01")


class ToraOptions(DialectCircle):
    dialect, version, md_dialect, api = "toraopt", "1.3.4", "toramd", "opt"
    traded = "510050C2609M03000.SSE"
    prices = (Decimal("0.0340"), Decimal("0.0399"), Decimal("0.0401"))
    tick = Decimal("0.0001")
