"""A CTP driver that is open at a counter of a test's own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import msgspec

from anyvenue.model.commands import CancelOrder, SubmitOrder
from anyvenue.model.enums import Offset, Side, TimeInForce
from anyvenue.model.events import Event
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.ctp.counter.profile import Profile
from anyvenue.venues.ctp.driver.config import CtpConfig
from anyvenue.venues.ctp.driver.driver import CtpDriver
from ctp_counter_library import CounterLibrary
from ctp_desk import NAMES, PROFILE, CounterDesk

__all__ = ["ALICE", "RB", "Box", "Driving", "cancel", "driving", "order", "run"]

ALICE, RB = AccountId("alice"), InstrumentId("rb2701.SHFE")
CONFIG = CtpConfig(
    user="alice",
    password="secret",
    broker="9999",
    trade_front="tcp://td",
    market_front="tcp://md",
    app_id="program",
    auth_code="code",
    queries_per_second=0.0,
    timeout_s=5.0,
)
_PATIENCE_S = 60.0


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


def order(order_id: int, price: int | None = 3400, lots: int = 1, **changes: Any) -> SubmitOrder:
    """Return an order to buy and open rb2701."""
    given: dict[str, Any] = {
        "account": ALICE,
        "instrument": RB,
        "side": Side.BUY,
        "quantity": Decimal(lots),
        "price": None if price is None else Decimal(price),
        "time_in_force": TimeInForce.DAY,
        "offset": Offset.OPEN,
    }
    return SubmitOrder(OrderId(order_id), OrderRequest(**{**given, **changes}), 0, str(order_id))


def cancel(order_id: int) -> CancelOrder:
    return CancelOrder(OrderId(order_id), ALICE, 0)


class Box:
    """An inbox that a test waits at."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._told = asyncio.Event()

    def post(self, event: Event) -> None:
        self.events.append(event)
        self._told.set()

    def of(self, *kinds: type) -> list[Any]:
        return [each for each in self.events if isinstance(each, kinds)]

    async def until(self, found: Callable[[], object]) -> None:
        """Wait until something is so; the last events say what was, if it is not."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while not found():
                    self._told.clear()
                    # Some conditions are told by no event.
                    with_patience = asyncio.wait_for(self._told.wait(), 0.01)
                    await asyncio.gather(with_patience, return_exceptions=True)
        except TimeoutError:
            raise AssertionError(f"never came; the last were {self.events[-5:]}") from None


class Driving:
    """A counter, the library to it, and a driver."""

    def __init__(
        self,
        profile: Profile = PROFILE,
        dialect: str = "ctp",
        names: tuple[str, ...] = NAMES,
        **config: Any,
    ) -> None:
        self.desk = CounterDesk(profile, names)
        self.desk.enrol("alice", "secret")
        if "rb2701.SHFE" in names:
            self.desk.depth(3499, 3501)
        self.library = CounterLibrary(self.desk.counter, dialect)
        self.config = msgspec.structs.replace(CONFIG, **config)
        self.driver = self.another()
        self.box = Box()

    def another(self) -> CtpDriver:
        return CtpDriver(self.config, sessions=lambda _: self.library)

    def asked(self, name: str) -> list[dict[str, Any]]:
        """Return the fields of every request of a name."""
        return [fields for asked, fields in self.library.asked if asked == name]


@asynccontextmanager
async def driving(profile: Profile = PROFILE, **config: Any) -> AsyncIterator[Driving]:
    """Give an open driver."""
    place = Driving(profile, **config)
    await place.driver.open(place.box)
    try:
        yield place
    finally:
        await place.driver.close()
