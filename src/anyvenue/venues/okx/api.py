"""Signed requests to OKX: by REST, and over its WebSocket."""

from collections.abc import Callable, Mapping, Sequence
from time import time_ns
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from anyvenue.model.errors import AuthError, ConnectivityError, RateLimited, VenueError
from anyvenue.venues.okx.config import OkxConfig
from anyvenue.venues.okx.errors import ErrorBody, read_error, refusal, refused
from anyvenue.venues.okx.signing import headers, login_sign
from anyvenue.venues.okx.wire import Login, LoginArgument, OpReply, OpRequest
from anyvenue.venues.okx.wire_rest import Reply, ServerTime
from anyvenue.venues.tracking.answers import Answer, Answered, Refused
from anyvenue.venues.tracking.calls import Calls
from anyvenue.venues.tracking.rest import Parameters, Request, Rest
from anyvenue.venues.transport.http import Http, HttpReply
from anyvenue.venues.transport.limits import Window
from anyvenue.venues.transport.line import Line

__all__ = ["BATCH", "ORDER", "TIMED", "Arguments", "OkxCalls", "OkxRest", "login_error"]

_T = TypeVar("_T")

Arguments = dict[str, str | int | bool]

ORDER = "/api/v5/trade/order"
BATCH = "/api/v5/trade/batch-orders"
TIMED = frozenset({ORDER, BATCH, "/api/v5/trade/amend-order"})
"""Those that name the time after which the venue shall not do them any more."""

_TIMED_OPS = frozenset({"order", "batch-orders", "amend-order"})
_SECONDS = 2
_USUAL = (
    20  # what an answer of the venue may be asked for in two seconds, where it is not listed here
)
_LIMITS = {
    ORDER: 60,
    BATCH: 300,
    "/api/v5/trade/amend-order": 60,
    "/api/v5/trade/cancel-order": 60,
    "/api/v5/trade/orders-pending": 60,
    "/api/v5/trade/fills": 60,
    "/api/v5/trade/fills-history": 10,
    "/api/v5/account/balance": 10,
    "/api/v5/account/positions": 10,
    "/api/v5/account/config": 5,
    "/api/v5/account/bills": 5,
    "/api/v5/market/candles": 40,
}
_ENCODER = msgspec.json.Encoder()
_REPLIES = msgspec.json.Decoder(OpReply)


class _Outcome(msgspec.Struct, rename="camel"):
    s_code: str = "0"
    s_msg: str = ""


class _Outcomes(msgspec.Struct):
    code: str = ""
    msg: str = ""
    data: list[_Outcome] = []


class OkxRest(Rest):
    """Asks as one account, or as nobody where there is no key. The venue counts each path on its own."""

    patience_s = 10.0

    def __init__(self, config: OkxConfig, http: Http, now: Callable[[], int] = time_ns) -> None:
        """Ask at the places of `config`."""
        super().__init__(http, now, [Window("ORDERS", 1000, _SECONDS)])
        self._config = config
        self._root = config.places.rest
        self._demo = {"x-simulated-trading": "1"} if config.environment == "demo" else {}
        self._counted: dict[str, int] = {}

    # ---- the venue's words

    def written(
        self,
        method: str,
        path: str,
        parameters: Parameters | Sequence[Parameters],
        *,
        signed: bool,
    ) -> Request:
        """Return a request: what is asked for is in the query, what is done in the body."""
        config, body, target = self._config, b"", path
        if method == "GET":
            query = urlencode(parameters) if isinstance(parameters, Mapping) else ""
            target = f"{path}?{query}" if query else path
        else:
            body = _ENCODER.encode(parameters)
        shown = dict(self._demo)
        if signed:
            at, text = self.offset.now_ms() * 1_000_000, body.decode()
            credentials = config.api_key, config.secret, config.passphrase
            shown |= headers(*credentials, at, method, target, text)
        if method == "POST" and path in TIMED:
            shown["expTime"] = self.deadline()
        return Request(method, self._root + target, shown, body)

    def deadline(self) -> str:
        """Return the time (ms) after which a request that is sent now is not to be done any more."""
        return str(self.offset.now_ms() + self._config.order_window_ms)

    def refused(self, reply: HttpReply) -> Refused | None:
        """Return what an answer refuses: with a code of its own, or that of its only row."""
        body = reply.body
        if reply.status == 200 and body.startswith(b'{"code":"0"') and b'"sCode"' not in body:
            return None
        error = _error_in(body)
        return None if error is None else refused(error.code, error.msg, reply.status)

    def refusal(self, what: str, answer: Answer) -> VenueError:
        """Return the error of a refused question."""
        error = _error_in(answer.result) or ErrorBody("", "")
        return refusal(what, error.code, error.msg, answer.status, answer.retry_after)

    async def venue_ms(self) -> int:
        """Return the venue's time."""
        return int((await self.rows("/api/v5/public/time", ServerTime, signed=False))[0].ts)

    # ---- limits

    def kinds_of(self, method: str, path: str, of: str = "") -> dict[str, int]:
        """Return what a request counts for; orders are counted by instruments (`of`)."""
        kind = f"{method} {path} {of}"
        if kind not in self._counted:
            self._counted[kind] = _LIMITS.get(path, _USUAL)
            self.limits.windows.append(Window(kind, self._counted[kind], _SECONDS))
        return {kind: 1}

    def too_many(self, kinds: dict[str, int], seconds: float) -> None:
        """Take it that the venue takes no more of these for the rest of two seconds."""
        for kind in kinds:
            if kind != "ORDERS":  # which the venue refuses with other words
                self.limits.fill(kind)

    # ---- asking

    async def rows(
        self,
        path: str,
        kind: type[_T],
        parameters: Parameters | None = None,
        *,
        signed: bool = True,
        method: str = "GET",
    ) -> list[_T]:
        """Return the rows of an answer; raise ConnectivityError, VenueRefused, AuthError or RateLimited."""
        found = await self.get(path, Reply[kind], parameters, signed=signed, method=method)  # type: ignore[valid-type]
        return found.data

    def login(self) -> Login:
        """Return what logs a connection in."""
        config, seconds = self._config, str(self.offset.now_ms() // 1000)
        sign = login_sign(config.secret, seconds)
        return Login([LoginArgument(config.api_key, config.passphrase, seconds, sign)])


def _error_in(body: bytes) -> ErrorBody | None:
    """Return why an answer says no, None where it says yes."""
    try:
        found = msgspec.json.decode(body, type=_Outcomes)
    except msgspec.MsgspecError:
        error = read_error(body)
        return None if error.code == "0" else error
    row = next((each for each in found.data if each.s_code != "0"), None)
    if row is not None:
        return ErrorBody(row.s_code, row.s_msg)
    return None if found.code == "0" else ErrorBody(found.code, found.msg)


class OkxCalls(Calls):
    """Requests about orders over a line that is logged in, and their answers."""

    def __init__(self, rest: OkxRest, line: Line, timeout_s: float) -> None:
        """Count and date requests as `rest` does."""
        super().__init__(line, timeout_s)
        self._rest = rest

    def call(self, op: str, rows: list[Arguments], answered: Answered) -> None:
        """Send a request about orders; raise NotSent where nothing was sent."""
        deadline = self._rest.deadline() if op in _TIMED_OPS else ""

        def frame_of(number: int) -> bytes:
            return _ENCODER.encode(OpRequest(str(number), op, rows, deadline))

        self.send(frame_of, answered)

    def heard(self, frame: bytes) -> None:
        """Take an answer; raise msgspec.MsgspecError for what is none."""
        reply = _REPLIES.decode(frame)
        if reply.id.isdigit() and self.awaits(int(reply.id)):
            self.take(int(reply.id), _answer_of(reply))


def _answer_of(reply: OpReply) -> Answer:
    """Return an answer with all its rows; it refuses where one of them does."""
    result = _ENCODER.encode(reply)
    bad = next((each for each in reply.data if each.s_code != "0"), None)
    if bad is None and reply.code == "0":
        return Answer(200, result)
    code, text = (reply.code, reply.msg) if bad is None else (bad.s_code, bad.s_msg)
    said = refused(code, text)
    wait = float(_SECONDS) if said.kind == RateLimited.code else 0.0
    return Answer(200, result, said, retry_after=wait)


def login_error(code: str, text: str) -> VenueError:
    """Return why a login was refused; one that may go well another time is no AuthError."""
    error = refusal("login", code, text)
    return error if isinstance(error, AuthError) else ConnectivityError(error.text)
