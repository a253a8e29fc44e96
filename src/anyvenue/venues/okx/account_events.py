"""What OKX's streams tell of an account, made into events."""

from collections.abc import Callable

import msgspec

from anyvenue.model.enums import MarginMode
from anyvenue.venues.okx.instruments import Listing
from anyvenue.venues.okx.margins import Margins
from anyvenue.venues.okx.pushes import AlgoPush, OrderPush, PositionPush, Push
from anyvenue.venues.okx.told import of_algo_order, of_order
from anyvenue.venues.okx.trading import Trading
from anyvenue.venues.okx.wire import Argument, Frame
from anyvenue.venues.okx.wire_account import PositionRow
from anyvenue.venues.tracking.reports import Reports

__all__ = ["BUSINESS", "PRIVATE", "AccountEvents"]

PRIVATE = [
    Argument("orders", inst_type="ANY"),
    Argument("positions", inst_type="ANY"),
    Argument("balance_and_position"),
]
"""The streams of the path private."""

BUSINESS = [Argument("orders-algo", inst_type="ANY"), Argument("algo-advance", inst_type="ANY")]
"""Those of the path business: conditional orders, trailing stops apart from the others."""

_BY_TRADING = frozenset({"", "snapshot", "filled", "delivered", "exercised", "liquidation"})


class _Moved(msgspec.Struct, rename="camel"):
    event_type: str = ""


class AccountEvents:
    """Takes what streams tell; `moved` is called when money came or went for another reason than trading."""

    def __init__(
        self,
        reports: Reports,
        trading: Trading,
        margins: Margins,
        listing: Listing,
        now: Callable[[], int],
        moved: Callable[[], None],
    ) -> None:
        """Tell of orders through `reports`."""
        self._reports, self._trading, self._margins = reports, trading, margins
        self._listing, self._now, self._moved = listing, now, moved

    def take(self, push: Push | Frame) -> None:
        """Take a message; those of no interest are passed over."""
        if isinstance(push, OrderPush):
            for row in push.data:
                self._reports.hear(of_order(row), self._now())
                if row.req_id:
                    self._trading.heard(row)
        elif isinstance(push, AlgoPush):
            for algo in push.data:
                self._reports.hear(of_algo_order(algo), self._now())
        elif isinstance(push, PositionPush):
            for held in push.data:
                self.held(held)
        elif isinstance(push, Frame) and push.arg is not None:
            self._on_money(push)

    def held(self, row: PositionRow) -> None:
        """Learn of leverage by a position."""
        instrument = self._listing.find(row.inst_type, row.inst_id)
        if instrument is not None and row.lever and row.mgn_mode:
            self._margins.play(instrument)
            self._margins.told(instrument, MarginMode(row.mgn_mode), row.lever)

    def _on_money(self, frame: Frame) -> None:
        if frame.arg is None or frame.arg.channel != "balance_and_position":
            return
        rows = msgspec.json.decode(bytes(frame.data), type=list[_Moved])  # type: ignore[arg-type]
        if any(each.event_type not in _BY_TRADING for each in rows):
            self._moved()
