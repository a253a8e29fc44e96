"""Between the service and its features: a client as the features see it."""

from collections.abc import Callable, Mapping
from typing import Protocol

__all__ = ["Client", "Message", "answer", "clock_ms"]

Message = Mapping[str, object]
"""A message as it is in JSON, its keys in the order of the envelope."""

_OK = {"ErrorID": 0, "ErrorMsg": "成功"}


class Client(Protocol):
    """One socket; no call waits."""

    @property
    def side(self) -> str:
        """``td``, ``md`` or ``both``."""
        ...

    @property
    def user(self) -> str:
        """The account that is logged in on the trading side, "" before the login."""
        ...

    @property
    def may_trade(self) -> bool:
        """False for a client whose token only reads."""
        ...

    def send(self, message: Message) -> None:
        """Send a message; it is encoded by the service."""
        ...

    def feed(self, message: Message) -> None:
        """Take a message as though the client had sent it."""
        ...

    def close(self, code: int, reason: str) -> None:
        """End the connection by a WebSocket close code."""
        ...


def answer(
    request: Message,
    body: Message | None = None,
    *,
    error: tuple[int, str] | None = None,
    kind: str = "",
) -> dict[str, object]:
    """Return the answer to a request of a feature, in the envelope's order, with its RequestID where it has one."""
    name = kind or f"Rsp{request['MsgType']}"
    info = dict(_OK) if error is None else {"ErrorID": error[0], "ErrorMsg": error[1]}
    made: dict[str, object] = {"MsgType": name, "RspInfo": info}
    number = request.get("RequestID")
    if type(number) is int and number:
        made["RequestID"] = number
    made["IsLast"] = True
    return made | dict(body or {})


def clock_ms(now: Callable[[], int]) -> int:
    """Return a clock's time (int ns UTC) as the protocol's Timestamp: milliseconds."""
    return now() // 1_000_000
