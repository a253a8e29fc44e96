"""Features on a service: its sockets as clients, their messages as extensions, pages beside the sockets."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from anyvenue.venues.ctp.json.envelope import Plain
from anyvenue.venues.ctp.json.features.clients import Message
from anyvenue.venues.ctp.json.features.features import FEATURE_REQUESTS, Features

if TYPE_CHECKING:
    from anyvenue.venues.ctp.counter.seam import Fields
    from anyvenue.venues.ctp.json.client_session import ClientSession
    from anyvenue.venues.ctp.json.service import JsonDoor

__all__ = ["attach"]


def attach(door: "JsonDoor", features: Features) -> None:
    """Let `door` answer the messages of `features` and serve its pages."""
    features.count = lambda: _sides(door)
    door.pages = features.page
    door.watchers.append(features)
    for name in FEATURE_REQUESTS:
        door.extensions[name] = _extension(features)


def _extension(features: Features) -> "Callable[[ClientSession, Message], Plain]":
    def answer(session: "ClientSession", message: Message) -> Plain:
        client = _Client(session)
        features.take(client, message)
        return client.said

    return answer


class _Client:
    """One message's sender, as the features see it: what is sent to it is the message's answer."""

    def __init__(self, session: "ClientSession") -> None:
        self._session = session
        self._share = session.door.accounts.share_of(session)
        self.said: Plain = {}

    @property
    def user(self) -> str:
        return self._share.user if self._share is not None else ""

    @property
    def may_trade(self) -> bool:
        return self._session.token.role == "trade"

    def send(self, message: Message) -> None:
        self.said = dict(message)

    def feed(self, message: Message) -> None:
        self._session.hear_text(msgspec.json.encode(message).decode())

    def row(self, callback: str, fields: "Fields") -> Message:
        door = self._session.door
        if callback == "OnRtnDepthMarketData":
            return door.market.envelope.body(callback, fields)
        names = self._share.names if self._share is not None else None
        shown = fields if names is None else names.downwards(fields)
        return door.accounts.envelope.body(callback, shown)


def _sides(door: "JsonDoor") -> dict[str, int]:
    count = {"td": 0, "md": 0, "both": 0}
    for client in door.clients:
        count["both" if client.td and client.md else "td" if client.td else "md"] += 1
    return count
