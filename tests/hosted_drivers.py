"""Drivers that misbehave on demand, for tests that host them in a process of their own."""

import asyncio
import ctypes
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import DriverState, Side
from anyvenue.model.errors import (
    AuthError,
    ConnectivityError,
    NotSent,
    OutcomeUnknown,
    SubscriptionError,
    VenueRefused,
)
from anyvenue.model.events import CursorMoved, OrderAccepted, OrderCancelled, VenueStateChanged
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, VenueId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Quote, Trade
from anyvenue.model.orders import OrderRequest
from anyvenue.model.protocols import Capabilities, Cursor, Inbox, Snapshot
from anyvenue.venues.paper.config import PaperConfig
from anyvenue.venues.paper.driver import PaperDriver
from builders import rebar

if TYPE_CHECKING:
    from anyvenue.venues.ctp.driver.driver import CtpDriver

__all__ = ["Echo", "ctp", "echo", "from_bytes", "order", "paper"]

RB = InstrumentId("rb2701.SHFE")


def order(number: int, does: str = "") -> SubmitOrder:
    """Return an order that makes `Echo` do something; without a wish it is accepted."""
    request = OrderRequest(AccountId("a"), RB, Side.BUY, Decimal(1), Decimal(3500), tag=does)
    return SubmitOrder(OrderId(number), request, 1)


def echo(**config: object) -> "Echo":
    """Make an `Echo`; `fails` names what goes wrong in making it."""
    if config.get("fails") == "make":
        raise ValueError("no such front")
    if config.get("fails") == "abort":
        os.abort()
    return Echo(**config)


def from_bytes(config: bytes) -> "Echo":
    """Make an `Echo` of the venue that `config` names."""
    return Echo(venue=config.decode())


def paper(**config: object) -> PaperDriver:
    """Make a driver of a served exchange."""
    return PaperDriver(PaperConfig(**config))  # type: ignore[arg-type]


class Echo:
    """Accepts orders; what else it does with one stands in the order's tag."""

    def __init__(
        self,
        venue: str = "echo",
        fails: str = "",
        once: str = "",
        quiet: bool = False,
        flooded: str = "",
    ) -> None:
        self.venue = VenueId(venue)
        self.state = DriverState.CLOSED
        self.capabilities = Capabilities(channels=frozenset({"quotes", "flood"}), depth_levels=5)
        self._fails = fails
        self._once = once
        self._quiet = quiet
        self._flooded = flooded
        self._inbox: Inbox | None = None
        self._heard: list[str] = []
        self._does: dict[str, Callable[[SubmitOrder], object]] = {
            "abort": lambda _: os.abort(),
            "exit": lambda _: sys.exit(7),
            "segfault": lambda _: ctypes.string_at(0),
            "hang": lambda _: time.sleep(3600),
            "hold the lock": lambda _: ctypes.PyDLL(None).sleep(3600),
            "exit quietly": lambda _: os._exit(0),
            "print": self._print,
            "leak": lambda _: self._leak(),
            "not sent": lambda _: _raise(NotSent("no session")),
            "refused": lambda _: _raise(VenueRefused("closed")),
            "unclear": lambda _: _raise(OutcomeUnknown("cut off")),
            "bug": lambda _: 1 // 0,
            "scribble": lambda _: self._scribble(),
            "grandchild": lambda _: self._leave_grandchild(),
            "swallow": lambda _: None,
            "cursor": lambda _: self._post(CursorMoved(AccountId("a"), 5, 20260727, 44, 1, 1)),
        }

    async def open(self, inbox: Inbox) -> None:
        self._inbox = inbox
        if self._fails == "connect":
            raise ConnectivityError("no route to the venue")
        if self._fails == "password":
            raise AuthError("the password is wrong")
        if self._fails == "open":
            os.abort()
        if self._once:  # the path of a file: the second child that opens finds it
            first = not os.path.exists(self._once)
            open(self._once, "w").close()
            if not first:
                raise AuthError("locked out")
        self.state = DriverState.READY
        if not self._quiet:
            self._post(VenueStateChanged(self.venue, self.state, 1, 1, " ".join(self._heard)))

    async def close(self) -> None:
        self.state = DriverState.CLOSED

    async def instruments(self) -> list[Instrument]:
        return [rebar()]

    def subscribe(self, instrument: InstrumentId, channel: str) -> None:
        if channel not in self.capabilities.channels:
            raise SubscriptionError(f"there is no {channel}")
        self._heard.append(f"{instrument}/{channel}")
        if channel == "flood":
            threading.Thread(target=self._flood, args=(instrument,), daemon=True).start()

    async def native(self, name: str, fields: dict[str, object]) -> list[dict[str, object]]:
        if name == "refused":
            raise VenueRefused("refused: [31] 资金不足", venue_code="31", venue_text="资金不足")
        return [{**fields, "name": name, "bytes": b"\x00\xff"}]

    async def history(
        self, instrument: InstrumentId, interval: str, start: int, end: int
    ) -> list[Bar]:
        if interval == "refused":
            raise VenueRefused("too many bars", venue_code="E7")
        if interval == "never":
            await asyncio.Event().wait()
        if interval == "abort":
            os.abort()
        return [Bar(instrument, end, end, interval, start, 1.0, 2.0, 0.5, 1.5, 7.0)]

    def submit(self, command: SubmitOrder) -> None:
        does = command.request.tag
        if does:
            self._does[does](command)
        if does != "swallow":
            self._post(OrderAccepted(command.request.account, command.order_id, 1, 1))

    def cancel(self, command: CancelOrder) -> None:
        if command.ts_event:
            self._post(OrderCancelled(command.account, command.order_id, 1, 1))

    def modify(self, command: ModifyOrder) -> None:
        raise NotSent("no changes here")

    def send(self, command: Command) -> None:
        raise VenueRefused(f"{type(command).__name__} is not known here")

    def resume(
        self, account: AccountId, epoch: int, cursor: Cursor, unanswered: Sequence[OrderId] = ()
    ) -> None:
        orders = "".join(f"?{each}" for each in unanswered)
        self._heard.append(f"{account}@{epoch}:{cursor[0]}/{cursor[1]}{orders}")

    async def snapshot(self, account: AccountId, since: Cursor) -> Snapshot:
        self._post(_trade(1.0))
        asyncio.get_running_loop().call_soon(self._post, _trade(2.0))
        return Snapshot(account=account, ts_as_of=9, trading_day=20260727, cursor=since)

    def _post(self, event: object) -> None:
        assert self._inbox is not None
        self._inbox.post(event)  # type: ignore[arg-type]

    def _print(self, _command: SubmitOrder) -> None:
        print("\x00\x00\x00\x03 to stdout", flush=True)
        os.write(1, b"from a library\n")

    def _leak(self) -> None:
        held = []
        try:
            while True:
                held.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            self._kept = held

    def _scribble(self) -> None:
        """Write into every socket there is, as a library with a stray descriptor might."""
        for fd in range(3, 64):
            try:
                os.write(fd, b"\xff" * 64)
            except OSError:
                continue

    def _leave_grandchild(self) -> None:
        """Die with the pipe still held by somebody else."""
        fds = [int(each) for each in os.listdir("/proc/self/fd")]
        sockets = [fd for fd in fds if fd > 2 and _is_socket(fd)]
        subprocess.Popen(["sleep", "20"], pass_fds=sockets)
        os._exit(9)

    def _flood(self, instrument: InstrumentId) -> None:
        for number in range(200_000):
            price = float(number)
            self._post(Quote(instrument, number, number, price, price + 1, 1.0, 1.0))
        self._post(_trade(3.0))
        open(self._flooded, "w").close()


def _is_socket(fd: int) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{fd}").startswith("socket:")
    except OSError:
        return False


def _trade(price: float) -> Trade:
    return Trade(RB, 1, 1, price, 1.0)


def _raise(error: Exception) -> None:
    raise error


def ctp() -> "CtpDriver":
    """Make a driver at a CTP counter of its own, in this process."""
    from ctp_driving import Driving

    return Driving().driver
