"""What a driver's author provides: the driver, and a venue under the test's control."""

import time
from abc import ABC, abstractmethod
from decimal import Decimal

from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest
from anyvenue.model.positions import PositionTerms
from anyvenue.model.protocols import Driver

__all__ = ["DriverHarness"]


class DriverHarness(ABC):
    """One account at one venue, most likely an imitation on the loopback or a recording, and a driver to it.

    What is abstract is needed by every case. The other methods make the venue do something: a case that needs one
    which the harness does not override is skipped, and says so. All of them return when the venue has done it; what
    the driver makes of it may come later.
    """

    account: AccountId
    instrument: Instrument
    """Something that is open for trading and has a price."""

    resting_price: Decimal
    """A limit at which an order to buy stays in the book."""

    @abstractmethod
    async def start(self) -> None:
        """Have the venue ready: the account has money enough for a hundred lots, no orders and no positions."""

    @abstractmethod
    async def stop(self) -> None:
        """Take everything down; called even where `start` failed."""

    @abstractmethod
    def driver(self) -> Driver:
        """Return a driver for the account, not yet open; a second one is for the same account."""

    async def idle(self) -> None:  # noqa: B027 - most venues go on by themselves
        """Let what is under way go on, such as simulated time; called again and again while a case waits."""

    def now(self) -> int:
        """Return the time commands are given at, int ns UTC."""
        return time.time_ns()

    def intruder(self) -> Driver:
        """Return a driver whose credentials are wrong."""
        raise NotImplementedError

    async def quote(self) -> None:
        """Publish a quote of the instrument at which nothing is executed."""
        raise NotImplementedError

    async def fill(self, order_id: OrderId, quantity: Decimal) -> None:
        """Execute this much of a resting order, at its price; ids are those it was submitted under."""
        raise NotImplementedError

    async def end(self, order_id: OrderId) -> None:
        """Cancel a resting order at the venue's own will."""
        raise NotImplementedError

    async def foreign(self, request: OrderRequest) -> None:
        """Let somebody else place an order for the same account, past the driver."""
        raise NotImplementedError

    async def cut(self) -> None:
        """Break the connection and keep it broken; the driver may find that out later."""
        raise NotImplementedError

    async def restore(self) -> None:
        """Let connections be made again."""
        raise NotImplementedError

    async def lose_command(self) -> None:
        """Lose the next command on its way to the venue, after it has left the driver."""
        raise NotImplementedError

    async def lose_report(self) -> None:
        """Lose what the venue says of the next command; the venue does it."""
        raise NotImplementedError

    async def repeat_reports(self) -> None:
        """Say everything twice from now on."""
        raise NotImplementedError

    async def limit_rate(self) -> None:
        """Refuse the next request because there were too many."""
        raise NotImplementedError

    async def garble(self) -> None:
        """Send the driver something that is no message."""
        raise NotImplementedError

    async def skew(self, ns: int) -> None:
        """Have the venue's clock run `ns` ahead."""
        raise NotImplementedError

    async def choose_terms(self) -> PositionTerms:
        """Choose another leverage for something the venue lists, past the driver; return the terms it has now."""
        raise NotImplementedError

    async def settle_day(self) -> None:
        """End the venue's trading day and begin the next."""
        raise NotImplementedError
