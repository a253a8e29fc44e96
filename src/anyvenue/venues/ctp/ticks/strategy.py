"""What a tick strategy is: structs as they come, orders at once."""

from collections.abc import Sequence

from anyvenue.venues.ctp.ticks.desk import Desk
from anyvenue.venues.ctp.ticks.structs import DepthMarketData, Order, Trade

__all__ = ["TickStrategy"]


class TickStrategy:
    """Base of tick strategies: name `instruments`, override what is of interest, trade at `desk`.

    Everything is called on one thread, in the order in which it came. When `on_order` and `on_trade` are called, `desk`
    has the report's positions and money already. An exception ends the run.
    """

    instruments: Sequence[str] = ()
    desk: Desk

    def on_start(self) -> None:
        """Be told, once, that the account is loaded and orders may be sent."""

    def on_day(self, trading_day: str) -> None:
        """Be told that the account is loaded again after a reconnect; `trading_day` may be a new one."""

    def on_tick(self, tick: DepthMarketData) -> None:
        """Take a snapshot of one of the `instruments`."""

    def on_order(self, order: Order) -> None:
        """Take a report of an order of the account, whoever sent it."""

    def on_trade(self, trade: Trade) -> None:
        """Take a trade of the account; the report of its order came before it."""

    def on_error(self, callback: str, error_id: int, text: str, order_ref: str) -> None:
        """Be told what was refused: ``OnRspOrderInsert``, ``OnRspOrderAction``, ``OnErrRtnOrderAction``.

        Also a step of the login, which ends the run.
        """

    def on_disconnected(self, reason: int) -> None:
        """Be told that the trader connection was lost; it comes back by itself, and with it `on_day`."""

    def on_stop(self) -> None:
        """Be told that the run ends."""
