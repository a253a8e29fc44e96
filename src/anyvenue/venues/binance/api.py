"""Signed requests to Binance: by REST, and over its WebSocket API."""

from collections.abc import Callable
from time import time_ns
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from anyvenue.model.errors import ConnectivityError, RateLimited
from anyvenue.venues.binance.config import BinanceConfig
from anyvenue.venues.binance.errors import (
    TOO_MANY_ORDERS,
    WaitTime,
    read_error,
    refusal,
    refused,
)
from anyvenue.venues.binance.signing import make_sign, signed_text
from anyvenue.venues.binance.wire import ApiError, ApiReply, ApiRequest
from anyvenue.venues.binance.wire_rest import ExchangeInfo, ServerTime
from anyvenue.venues.tracking.answers import Answer, Answered
from anyvenue.venues.tracking.calls import Calls
from anyvenue.venues.transport.http import Http, HttpReply
from anyvenue.venues.transport.limits import Limits, Window
from anyvenue.venues.transport.line import Line
from anyvenue.venues.transport.offset import ClockOffset

__all__ = ["ApiCalls", "Rest"]

_T = TypeVar("_T")

_SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86_400}
_LETTERS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_CANCEL_SHARE = 0.05  # of each limit is left for cancels
_ENCODER = msgspec.json.Encoder()
_REPLIES = msgspec.json.Decoder(ApiReply)


class Rest:
    """Questions and commands by REST. Limits are the venue's, counted by its own accounts of them."""

    def __init__(self, config: BinanceConfig, http: Http, now: Callable[[], int] = time_ns) -> None:
        """Ask at the places of `config`; `now` is our clock, int ns UTC."""
        self._config = config
        self._http = http
        self._now = now
        self._root = config.places.rest
        self._prefix = "/api/v3" if config.market == "spot" else "/fapi/v1"
        self._sign = make_sign(config.secret)
        self._headers = {"X-MBX-APIKEY": config.api_key} if config.api_key else {}
        self.offset = ClockOffset(now)
        self.limits = Limits(lambda: self.offset.now_ms() * 1_000_000)

    async def synchronise(self) -> None:
        """Learn how far the venue's clock is from ours; raise VenueError."""
        self.offset.forget()
        sent = self._now()
        told = await self.get(f"{self._prefix}/time", ServerTime, signed=False)
        self.offset.learn(sent, told.server_time, self._now())

    def learn_limits(self, info: ExchangeInfo) -> None:
        """Take the limits that the venue lists."""
        self.limits.windows = [
            Window(each.rate_limit_type, each.limit, _SECONDS[each.interval] * each.interval_num)
            for each in info.rate_limits
            if each.interval in _SECONDS
        ]

    def stamped(self, parameters: dict[str, str]) -> dict[str, str]:
        """Return parameters with what every signed request has."""
        return parameters | {
            "recvWindow": str(self._config.receive_window_ms),
            "timestamp": str(self.offset.now_ms()),
        }

    def signed(self, parameters: dict[str, str]) -> dict[str, str]:
        """Return the parameters of a request of the WebSocket API, stamped and signed."""
        stamped = self.stamped(parameters)
        stamped["apiKey"] = self._config.api_key
        stamped["signature"] = self._sign(signed_text(stamped))
        return stamped

    async def get(
        self,
        path: str,
        kind: type[_T],
        parameters: dict[str, str] | None = None,
        *,
        weight: int = 1,
        signed: bool = True,
        method: str = "GET",
    ) -> _T:
        """Return what is answered as a `kind`; raise ConnectivityError, VenueRefused, AuthError or RateLimited."""
        for again in (False, True):
            answer = await self.ask(method, path, parameters or {}, weight=weight, signed=signed)
            if answer.refused is None or not answer.refused.clock or again:
                break
            await self.synchronise()
        if answer.lost is not None:
            raise answer.lost
        if answer.refused is not None:
            raise refusal(path, read_error(answer.result), answer.status, answer.retry_after)
        try:
            return msgspec.json.decode(answer.result, type=kind, strict=False)
        except msgspec.MsgspecError as error_:
            raise ConnectivityError(f"the answer to {path} cannot be read: {error_}") from None

    async def ask(
        self,
        method: str,
        path: str,
        parameters: dict[str, str],
        *,
        weight: int = 1,
        orders: int = 0,
        signed: bool = True,
        urgent: bool = False,
    ) -> Answer:
        """Make one request and return what became of it."""
        try:
            self.count(weight, orders, urgent=urgent)
        except RateLimited as error:
            wait = float(error.fields["retry_after"])  # type: ignore[arg-type]
            return Answer(429, lost=error, sent=False, retry_after=wait)
        query = urlencode(self.stamped(parameters) if signed else parameters)
        if signed:
            query += "&" + urlencode({"signature": self._sign(query)})
        url = f"{self._root}{path}" + (f"?{query}" if query else "")
        try:
            reply = await self._http.request(method, url, self._headers)
        except ConnectivityError as error:
            return Answer(0, lost=error, sent=bool(error.fields.get("sent", True)))
        self._note(reply)
        if 200 <= reply.status < 300:
            return Answer(reply.status, reply.body)
        said = read_error(reply.body)
        wait = float(reply.headers.get("retry-after", 0) or 0)
        if reply.status in (418, 429):
            self.refused_for_limit(said, wait or 1.0)
        return Answer(reply.status, reply.body, refused(said, reply.status), retry_after=wait)

    def count(self, weight: int, orders: int, *, urgent: bool = False) -> None:
        """Count a request; raise RateLimited where the venue would not take it."""
        kinds = {"REQUEST_WEIGHT": weight, "ORDERS": orders, "RAW_REQUESTS": 1}
        self.limits.take(kinds, 0.0 if urgent else _CANCEL_SHARE)

    def _note(self, reply: HttpReply) -> None:
        for name, kind in _COUNTERS.items():
            for header, value in reply.headers.items():
                if header.startswith(name) and value.isdigit():
                    span = header.removeprefix(name)
                    if span[:-1].isdigit() and span[-1] in _LETTERS:
                        seconds = int(span[:-1]) * _LETTERS[span[-1]]
                        self.limits.told(kind, seconds, int(value))

    def refused_for_limit(self, error: ApiError, seconds: float) -> None:
        """Send no more for so long, or no more orders where those were too many."""
        if error.code == TOO_MANY_ORDERS:
            self.limits.fill("ORDERS")
        else:
            self.limits.ban(seconds)


_COUNTERS = {"x-mbx-used-weight-": "REQUEST_WEIGHT", "x-mbx-order-count-": "ORDERS"}


class ApiCalls(Calls):
    """Requests over one line of the WebSocket API and their answers; `events` gets every frame that answers nothing."""

    def __init__(
        self, rest: Rest, line: Line, timeout_s: float, events: Callable[[bytes], None]
    ) -> None:
        """Sign as `rest` does."""
        super().__init__(line, timeout_s)
        self._rest = rest
        self._events = events

    def call(self, method: str, parameters: dict[str, str], answered: Answered) -> None:
        """Send a signed request; raise NotSent where nothing was sent. `answered` is called once, later."""
        self.send(self._frame_of(method, parameters), answered)

    def _frame_of(self, method: str, parameters: dict[str, str]) -> Callable[[int], bytes]:
        signed = self._rest.signed(parameters)
        return lambda number: _ENCODER.encode(ApiRequest(number, method, signed))

    async def ask(self, method: str, parameters: dict[str, str]) -> bytes:
        """Return the result of a request; raise VenueError."""
        answer = await self.wait(self._frame_of(method, parameters))
        if answer.lost is not None:
            raise ConnectivityError(f"{method} was not answered: {answer.lost.text}")
        if answer.refused is not None:
            raise refusal(method, read_error(answer.result), answer.status, answer.retry_after)
        return answer.result

    def heard(self, frame: bytes) -> None:
        """Take a frame: an answer, or an event."""
        try:
            reply = _REPLIES.decode(frame)
        except msgspec.MsgspecError:
            self._events(frame)
            return
        if isinstance(reply.id, int) and self.awaits(reply.id):
            self.take(reply.id, self._answer(reply))

    def _answer(self, reply: ApiReply) -> Answer:
        if isinstance(reply.error, ApiError):
            error, wait = reply.error, 0.0
            if reply.status in (418, 429):
                wait = self._wait(error)
                self._rest.refused_for_limit(error, wait)
            data = _ENCODER.encode(error)
            return Answer(reply.status, data, refused(error, reply.status), retry_after=wait)
        result = b"null" if reply.result is msgspec.UNSET else bytes(reply.result)
        return Answer(reply.status, result)

    def _wait(self, error: ApiError) -> float:
        if not isinstance(error.data, dict):
            return 1.0
        until = msgspec.convert(error.data, WaitTime, strict=False).retryAfter
        return max((until - self._rest.offset.now_ms()) / 1000, 0.001) if until else 1.0
