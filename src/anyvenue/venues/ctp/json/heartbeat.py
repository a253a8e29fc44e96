"""homalos-webctp's heartbeat: a Ping at once and every so often, and Pongs for those who know them."""

import asyncio
from typing import TYPE_CHECKING

from anyvenue.venues.ctp.json.envelope import Plain
from anyvenue.venues.ctp.json.frames import Shared

if TYPE_CHECKING:
    from anyvenue.venues.ctp.json.client_session import ClientSession
    from anyvenue.venues.ctp.json.service import JsonDoor

__all__ = ["Heartbeat"]

_UNANSWERED = 1008


class Heartbeat:
    """Pings all clients. Who never answered one does not know it, and is not cut for that."""

    def __init__(self, door: "JsonDoor") -> None:
        """Belong to a service."""
        self._door = door
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Begin to beat; repeated calls do nothing."""
        if self._door.terms.heartbeat_s and self._timer is None:
            self._timer = self._door.loop.call_later(self._door.terms.heartbeat_s, self._beat)

    def greet(self, client: "ClientSession") -> None:
        """Send the first one."""
        if self._door.terms.heartbeat_s:
            client.tell(self._ping())

    def end(self) -> None:
        """Beat no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ping(self) -> Plain:
        return {"MsgType": "Ping", "Timestamp": self._door.now() // 1_000_000}

    def _beat(self) -> None:
        door = self._door
        self._timer = door.loop.call_later(door.terms.heartbeat_s, self._beat)
        over = door.loop.time() - door.terms.heartbeat_timeout_s
        ping = Shared(self._ping())
        for client in list(door.clients):
            if client.ponged_at is not None and client.ponged_at < over:
                door.note(f"{client.address} was cut: it answers no Ping any more")
                client.outbox.end(_UNANSWERED, "no Pong")
            else:
                client.report(ping)
