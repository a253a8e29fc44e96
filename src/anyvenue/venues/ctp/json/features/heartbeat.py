"""Ping and Pong as messages: sent to everybody, missed only by those who have ever answered."""

from collections.abc import Callable

from anyvenue.venues.ctp.json.features.clients import Client, Message, clock_ms

__all__ = ["Heartbeat"]

_SECOND = 1_000_000_000
_GOING_AWAY = 1001


class Heartbeat:
    """Pings each client when it comes and every `interval_s`; one that has ponged and stops is cut after `timeout_s`.

    A client that never answered does not know the message, and is left to WebSocket's own ping.
    """

    def __init__(self, interval_s: float, timeout_s: float, now: Callable[[], int]) -> None:
        """Ping by the clock `now` (int ns UTC); an interval of 0 never pings."""
        self.interval = int(interval_s * _SECOND)
        self.timeout = int(timeout_s * _SECOND)
        self._now = now
        self._next: dict[Client, int] = {}
        self._heard: dict[Client, int] = {}

    def joined(self, client: Client) -> None:
        """Ping a new client."""
        if self.interval:
            self._ping(client, self._now())

    def left(self, client: Client) -> None:
        """Forget one."""
        self._next.pop(client, None)
        self._heard.pop(client, None)

    def take(self, client: Client, message: Message) -> None:
        """Take a Pong, or answer a client's own Ping."""
        if message["MsgType"] == "Ping":
            stamp = message.get("Timestamp", clock_ms(self._now))
            client.send({"MsgType": "Pong", "Timestamp": stamp})
        self._heard[client] = self._now()

    def look(self) -> list[Client]:
        """Ping those whose time has come, and cut and return those that fell silent."""
        now, silent = self._now(), []
        for client, due in list(self._next.items()):
            heard = self._heard.get(client)
            if heard is not None and self.timeout and now - heard > self.timeout:
                silent.append(client)
                self.left(client)
                client.close(_GOING_AWAY, "no Pong")
            elif now >= due:
                self._ping(client, now)
        return silent

    def _ping(self, client: Client, now: int) -> None:
        self._next[client] = now + self.interval
        client.send({"MsgType": "Ping", "Timestamp": now // 1_000_000})
