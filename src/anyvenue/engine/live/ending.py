"""The end of a live node: until the venues say so, nothing is over."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from anyvenue.engine.desk import OrderDesk
from anyvenue.engine.live.session import Session
from anyvenue.model.enums import DriverState
from anyvenue.model.errors import AnyvenueError

__all__ = ["nothing_works"]

_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0
_PATIENCE_S = 0.4


async def nothing_works(
    desk: OrderDesk, sessions: Iterable[Session], cancel_all: Callable[[], None]
) -> None:
    """Return once no order works, asking the venues about those that do not end; `cancel_all` asks again."""
    pause = _FIRST_PAUSE_S
    while desk.open_orders():
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_S)
        for session in sessions:
            if session.driver.state is DriverState.READY and pause >= _PATIENCE_S:
                for account in session.accounts:
                    with suppress(AnyvenueError):
                        await session.reconcile(account)
        cancel_all()
