"""One WebSocket: messages in, answers out; never an exception beyond it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from anyvenue.model.errors import AnyvenueError
from anyvenue.venues.ctp.counter.errors import error_of
from anyvenue.venues.ctp.counter.seam import Answer, Fields
from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.json.audit import is_audited
from anyvenue.venues.ctp.json.envelope import (
    BAD_REQUEST,
    NOT_IMPLEMENTED,
    NOT_LOGGED_IN,
    RETURN_CODES,
    Plain,
    failure,
)
from anyvenue.venues.ctp.json.frames import Shared
from anyvenue.venues.ctp.json.limits import Bucket
from anyvenue.venues.ctp.json.outbox import Outbox
from anyvenue.venues.ctp.json.requests import BadRequest, Request
from anyvenue.venues.ctp.json.tokens import Token

if TYPE_CHECKING:
    from anyvenue.venues.ctp.json.service import JsonDoor

__all__ = ["ClientSession", "Extension"]

Message = Mapping[str, object]
Extension = Callable[["ClientSession", Message], Plain | None]
"""Answers a message that is no request of CTP; None when it has been answered already."""

_INT32 = 1 << 31
_SUBSCRIPTIONS = {
    "SubscribeMarketData": ("quotes", True),
    "UnSubscribeMarketData": ("quotes", False),
    "SubscribeForQuoteRsp": ("for_quotes", True),
    "UnSubscribeForQuoteRsp": ("for_quotes", False),
}
_BUSY = (5002, "CTP:系统忙")


class ClientSession:
    """Serves one client: `td` and `md` say for which of the two paths it came."""

    def __init__(
        self,
        door: "JsonDoor",
        outbox: Outbox,
        address: str,
        token: Token,
        td: bool,
        md: bool,
        lenient: bool = False,
    ) -> None:
        """Answer into `outbox`; `lenient` lets RequestID be left out everywhere."""
        self.door = door
        self.outbox = outbox
        self.address = address
        self.token = token
        self.td = td
        self.md = md
        self.ponged_at: float | None = None
        self._lenient = lenient
        self._bucket = Bucket(door.limits, door.loop.time())

    # ---- terms.Guest

    def tell(self, message: Plain) -> None:
        """Send a message to this client alone."""
        self.outbox.put(self.outbox.coding.frame(message))

    def report(self, message: Shared) -> None:
        """Send a message that others get, too."""
        self.outbox.put(message.frame(self.outbox.coding))

    def quote(self, code: str, quote: Shared) -> None:
        """Send a quote."""
        self.outbox.quote(code, quote)

    # ---- messages

    def hear_text(self, text: str) -> None:
        """Serve a text frame."""
        self._hear(lambda: msgspec.json.decode(text))

    def hear_binary(self, data: bytes) -> None:
        """Serve a binary frame, which is MessagePack for a client that asked for it."""
        if self.outbox.coding.packed:
            self._hear(lambda: msgspec.msgpack.decode(data, strict=True))
        else:
            self.tell(failure("", BAD_REQUEST, 0, "a text frame is expected, was a binary one"))

    def end(self) -> None:
        """Forget the client."""
        self.door.accounts.leave(self)
        self.door.market.leave(self)

    def _hear(self, decode: Callable[[], object]) -> None:
        try:
            message = decode()
        except (msgspec.MsgspecError, RecursionError, ValueError) as error:
            self.tell(failure("", BAD_REQUEST, 0, str(error)))
            return
        name = message.get("MsgType") if isinstance(message, dict) else None
        if not isinstance(message, dict) or not isinstance(name, str):
            detail = "an object with MsgType is expected"
            self.tell(failure("", BAD_REQUEST, _id_of(message), detail))
            return
        if not self._bucket.take(self.door.loop.time()):
            self.tell(failure(_answer_name(name), RETURN_CODES[-3], _id_of(message)))
            return
        try:
            self._serve(name, message)
        except BadRequest as error:
            self.tell(failure(name, BAD_REQUEST, _id_of(message), error.text))
        except AnyvenueError as error:
            self.door.note(f"{self.address}: {name} could not be served: {error.text}")
            self.tell(
                failure(_answer_name(name), (_BUSY[0], f"{_BUSY[1]}:{error.text}"), _id_of(message))
            )

    def _serve(self, name: str, message: Message) -> None:
        extension = self.door.extensions.get(name)
        if extension is not None:
            answer = extension(self, message)
            if answer is not None:
                self.tell(answer)
        elif name == "Pong":
            self.ponged_at = self.door.loop.time()
        elif self.md and (name in _SUBSCRIPTIONS or not self.td):
            self._serve_md(name, message)
        else:
            self._serve_td(name, message)

    # ---- quotes

    def _serve_md(self, name: str, message: Message) -> None:
        if name == "ReqUserLogin":
            self._log_in_md(message)
        elif self not in self.door.market.guests:
            self.tell(failure(name, NOT_LOGGED_IN, _id_of(message)))
        elif name in _SUBSCRIPTIONS:
            kind, begins = _SUBSCRIPTIONS[name]
            boards = getattr(self.door.market, kind)
            codes = self._codes(message)
            (boards.subscribe if begins else boards.unsubscribe)(self, codes)
        elif name == "ReqUserLogout":
            self._log_out(self.door.market.leave, self.door.market.plain, message)
        else:
            self.tell(failure(name, NOT_IMPLEMENTED, _id_of(message)))

    def _log_in_md(self, message: Message) -> None:
        request = self.door.requests.find("ReqUserLogin")
        assert request is not None
        fields = request.parse(message, {})
        self.door.market.log_in(self, fields, self.address)

    def _codes(self, message: Message) -> list[str]:
        codes = message.get("InstrumentID")
        most = self.door.limits.instruments
        if not isinstance(codes, list) or not codes:
            raise BadRequest("InstrumentID: an array of instruments is expected")
        if most and len(codes) > most:
            raise BadRequest(f"InstrumentID: at most {most} instruments at a time")
        for each in codes:
            if not isinstance(each, str) or not 0 < len(each) <= 80 or "\0" in each:
                raise BadRequest("InstrumentID: an instrument is a string of 1 to 80 characters")
        return codes

    # ---- trading

    def _serve_td(self, name: str, message: Message) -> None:
        request = self.door.requests.find(name)
        if request is None:
            self.tell(failure(name, NOT_IMPLEMENTED, _id_of(message)))
            return
        share = self.door.accounts.share_of(self)
        request_id = self._request_id(name, message)
        fields = request.parse(message, share.login_row if share is not None else {})
        if name == "ReqUserLogin":
            self._log_in_td(fields)
        elif share is None:
            self.tell(failure(name, NOT_LOGGED_IN, request_id))
        elif not self.token.may_send(name):
            self._refuse(request, fields, request_id)
        elif name == "ReqUserLogout":
            plain = self.door.accounts.envelope.plain
            self._log_out(self.door.accounts.leave, plain, message)
        else:
            # The line is there before the order is: what is not known to have been asked must not trade.
            if is_audited(name):
                self._note(share.user, name, request_id, fields, "sent")
            code = share.request(self, request, fields, request_id)
            if code and is_audited(name):
                self._note(share.user, name, request_id, fields, code)

    def _log_in_td(self, fields: dict[str, Value]) -> None:
        user, password = str(fields.get("UserID", "")), str(fields.get("Password", ""))
        if not user and self.md:
            # The path for both, and a client that wants quotes alone.
            self.door.market.log_in(self, fields, self.address)
            return
        self._note(user, "ReqUserLogin", 0, {}, "sent")
        if not self.token.may_use(user):
            error = error_of("NO_PRIVILEGE")
            self.tell(self.door.accounts.envelope.plain(Answer("OnRspUserLogin", None, error)))
            return
        self.door.accounts.log_in(self, user, password, self.address)
        if self.md:
            self.door.market.log_in(self, fields, self.address, quiet=True)

    def _log_out(
        self,
        leave: Callable[["ClientSession"], None],
        plain: Callable[[Answer], Plain],
        message: Message,
    ) -> None:
        body = message.get("UserLogout")
        row: Fields = (
            {key: str(body.get(key, "")) for key in ("BrokerID", "UserID")}
            if isinstance(body, dict)
            else {}
        )
        leave(self)
        told = plain(Answer("OnRspUserLogout", row, (0, "CTP:正确")))
        self.tell(_with_id(told, _id_of(message)))

    def _refuse(self, request: Request, fields: Fields, request_id: int) -> None:
        self._note("", request.name, request_id, fields, "refused")
        answer = Answer("On" + request.answer, fields, error_of("NO_PRIVILEGE"), request_id)
        self.tell(self.door.accounts.envelope.plain(answer, request_id))

    def _request_id(self, name: str, message: Message) -> int:
        given = message.get("RequestID", None)
        if given is None and "RequestID" not in message:
            # The login that either project's description prints has none.
            if self._lenient or name == "ReqUserLogin":
                return 0
            raise BadRequest("RequestID: missing; a whole number is expected")
        if type(given) is not int or not -_INT32 <= given < _INT32:
            raise BadRequest("RequestID: a whole number of 32 bits is expected")
        return given

    def _note(
        self, account: str, name: str, request_id: int, fields: Fields, code: int | str
    ) -> None:
        audit = self.door.audit
        if audit is not None:
            audit.note(
                self.door.now(), self.address, self.token.name, account, name, request_id, fields, code
            )  # fmt: skip


def _id_of(message: object) -> int:
    """Return the RequestID of a message that may be anything, 0 where it has no good one."""
    given = message.get("RequestID") if isinstance(message, dict) else None
    return given if type(given) is int and -_INT32 <= given < _INT32 else 0


def _with_id(message: Plain, request_id: int) -> Plain:
    if not request_id:
        return message
    head = {"MsgType": message["MsgType"], "RspInfo": message["RspInfo"], "RequestID": request_id}
    return {**head, **message}


def _answer_name(name: str) -> str:
    return "Rsp" + name[3:] if name.startswith("Req") else name
