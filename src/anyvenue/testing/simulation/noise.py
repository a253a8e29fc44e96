"""An inbox that hears some things twice and some in another order, as venues with several streams tell them."""

import asyncio
from collections import deque
from random import Random
from typing import get_args

from anyvenue.model.events import (
    CursorMoved,
    Event,
    OrderEvent,
    OrderFilled,
    OrderModified,
    OrderSubmitted,
)
from anyvenue.model.protocols import Inbox

__all__ = ["NoisyInbox"]

_ORDER_EVENTS = tuple(each for each in get_args(OrderEvent) if each is not OrderSubmitted)
# Lots are kept first in, first out, and terms are the last word: these may come twice, but not in another order.
_IN_ORDER = (OrderFilled, OrderModified)


class NoisyInbox:
    """Stands between a driver and its inbox; while `level` is above 0, reports are repeated or change places.

    `level` is the share of reports that this happens to. A cursor never overtakes what it stands for.
    """

    def __init__(self, inbox: Inbox, draw: Random) -> None:
        """Pass everything on."""
        self.level = 0.0
        self._inbox = inbox
        self._draw = draw
        self._cursor: CursorMoved | None = None
        self._held: list[Event] = []
        self._past: deque[Event] = deque(maxlen=6)

    def post(self, event: Event) -> None:
        """Take an event."""
        if not self.level and not self._held:
            self._inbox.post(event)
        elif isinstance(event, CursorMoved):
            self._cursor = event
        elif isinstance(event, _ORDER_EVENTS):
            self._order_event(event)
        else:
            held, self._held = self._held, []
            for each in held:
                self._inbox.post(each)
            self._pass([event])

    def _order_event(self, event: Event) -> None:
        if self._held:
            held, self._held = self._held, []
            self._inbox.post(event)
            self._pass(held)
        elif not isinstance(event, _IN_ORDER) and self._draw.random() < self.level:
            self._held = [event]
            asyncio.get_running_loop().call_soon(self._let_go)
            return
        else:
            self._pass([event])
        if not isinstance(event, OrderModified):
            self._past.append(event)
        if self._past and self._draw.random() < self.level:
            self._inbox.post(self._draw.choice(self._past))

    def _let_go(self) -> None:
        held, self._held = self._held, []
        if held:
            self._pass(held)

    def _pass(self, events: list[Event]) -> None:
        cursor, self._cursor = self._cursor, None
        if cursor is not None:
            self._inbox.post(cursor)
        for event in events:
            self._inbox.post(event)
