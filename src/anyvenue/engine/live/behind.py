"""Accounts that are behind: what happened at the venue only a comparison with it can put into the books."""

from collections.abc import Callable
from typing import get_args

from anyvenue.engine.desk import OrderDesk
from anyvenue.engine.live.chronicle import Chronicle
from anyvenue.model.events import AccountEvent, Event, OrderEvent, OrderFilled, OrderSubmitted
from anyvenue.model.ids import AccountId

__all__ = ["Behind"]

_MOVES_BOOKS = (OrderFilled, *get_args(AccountEvent))


class Behind:
    """Leaves events about orders that somebody else has placed to the next comparison, and holds back what must wait.

    Lots are kept first in, first out: a fill that was left out must be booked before those that come after it.
    """

    def __init__(
        self,
        desk: OrderDesk,
        chronicle: Chronicle,
        look_again: Callable[[AccountId], None],
        deliver: Callable[[Event], None],
    ) -> None:
        """Have accounts compared with `look_again`, which calls `caught_up` in the end."""
        self._desk = desk
        self._chronicle = chronicle
        self._look_again = look_again
        self._deliver = deliver
        self._held: dict[AccountId, list[Event]] = {}

    def keeps(self, event: Event) -> bool:
        """Tell whether an event is not for the books now: what it says is in the next snapshot."""
        if isinstance(event, OrderEvent) and self._is_strange(event):
            self._held.setdefault(event.account, [])
            self._chronicle.fall_behind(event.account)
            self._look_again(event.account)
            return True
        return bool(self._held) and self._waits(event)

    def caught_up(self, account: AccountId) -> None:
        """Go on: the account was compared with the venue, and what was left to that is in the books."""
        orders = self._desk.account(account).orders
        for event in self._held.pop(account, ()):
            # The snapshot had the rest.
            if isinstance(event, OrderFilled) and not orders.knows_trade(
                event.order_id, event.fill.trade_id
            ):
                self._deliver(event)
        self._chronicle.catch_up(account)

    def _is_strange(self, event: OrderEvent) -> bool:
        if isinstance(event, OrderSubmitted):
            return False
        return event.order_id not in self._desk.account(event.account).orders

    def _waits(self, event: Event) -> bool:
        account = getattr(event, "account", None)
        held = self._held.get(account) if account is not None else None
        if held is None or not isinstance(event, _MOVES_BOOKS):
            return False
        held.append(event)
        return True
