"""Between the service and its features: a client as the features see it."""

from collections.abc import Mapping
from typing import Protocol

from anyvenue.venues.ctp.counter.seam import Fields

__all__ = ["Client", "Message", "answer"]

Message = Mapping[str, object]
"""A message as it is in JSON, its keys in the order of the envelope."""

_OK = {"ErrorID": 0, "ErrorMsg": "成功"}


class Client(Protocol):
    """The sender of a message; no call waits."""

    @property
    def user(self) -> str:
        """The account that is logged in on the trading side, "" before the login."""
        ...

    @property
    def may_trade(self) -> bool:
        """False for a client whose token only reads."""
        ...

    def send(self, message: Message) -> None:
        """Answer the message that is served; it is encoded by the service."""
        ...

    def feed(self, message: Message) -> None:
        """Take a message as though the client had sent it."""
        ...

    def row(self, callback: str, fields: Fields) -> Message:
        """Return the fields of a callback as this client would be told them."""
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
