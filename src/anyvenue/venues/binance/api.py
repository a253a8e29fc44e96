"""Signed requests to Binance: by REST, and over its WebSocket API."""

from collections.abc import Callable, Mapping, Sequence
from time import time_ns
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from anyvenue.model.errors import ConnectivityError, VenueError
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
from anyvenue.venues.tracking.answers import Answer, Answered, Refused
from anyvenue.venues.tracking.calls import Calls
from anyvenue.venues.tracking.rest import CANCEL_SHARE, Parameters, Request
from anyvenue.venues.tracking.rest import Rest as Base
from anyvenue.venues.transport.http import Http, HttpReply
from anyvenue.venues.transport.limits import Window
from anyvenue.venues.transport.line import Line

__all__ = ["ApiCalls", "Rest"]

_T = TypeVar("_T")

_SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86_400}
_LETTERS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_ENCODER = msgspec.json.Encoder()
_REPLIES = msgspec.json.Decoder(ApiReply)


class Rest(Base):
    """Limits are the venue's, counted by its own accounts of them."""

    def __init__(self, config: BinanceConfig, http: Http, now: Callable[[], int] = time_ns) -> None:
        """Ask at the places of `config`; `now` is our clock, int ns UTC."""
        super().__init__(http, now)
        self._config = config
        self._root = config.places.rest
        self._prefix = "/api/v3" if config.market == "spot" else "/fapi/v1"
        self._sign = make_sign(config.secret)
        self._headers = {"X-MBX-APIKEY": config.api_key} if config.api_key else {}

    # ---- the venue's words

    def written(
        self,
        method: str,
        path: str,
        parameters: Parameters | Sequence[Parameters],
        *,
        signed: bool,
    ) -> Request:
        """Return a request: everything is in the query, and so is the signature."""
        assert isinstance(parameters, Mapping)
        query = urlencode(self.stamped(parameters) if signed else parameters)
        if signed:
            query += "&" + urlencode({"signature": self._sign(query)})
        url = f"{self._root}{path}" + (f"?{query}" if query else "")
        return Request(method, url, self._headers)

    def refused(self, reply: HttpReply) -> Refused | None:
        """Return what an answer refuses."""
        if 200 <= reply.status < 300:
            return None
        return refused(read_error(reply.body), reply.status)

    def refusal(self, what: str, answer: Answer) -> VenueError:
        """Return the error of a refused question."""
        return refusal(what, read_error(answer.result), answer.status, answer.retry_after)

    async def venue_ms(self) -> int:
        """Ask for the venue's time in ms; raise VenueError."""
        return (await self.get(f"{self._prefix}/time", ServerTime, signed=False)).server_time

    # ---- asking

    def learn_limits(self, info: ExchangeInfo) -> None:
        """Take the limits that the venue lists."""
        self.limits.windows = [
            Window(each.rate_limit_type, each.limit, _SECONDS[each.interval] * each.interval_num)
            for each in info.rate_limits
            if each.interval in _SECONDS
        ]

    def stamped(self, parameters: Parameters) -> dict[str, str]:
        """Return parameters with what every signed request has."""
        return {
            **parameters,  # type: ignore[dict-item]  # all are texts
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
        parameters: Parameters | None = None,
        *,
        signed: bool = True,
        method: str = "GET",
        urgent: bool = False,
        kinds: Mapping[str, int] | None = None,
        weight: int = 1,
    ) -> _T:
        """Return what is answered as a `kind`; raise ConnectivityError, VenueRefused, AuthError or RateLimited."""
        return await super().get(
            path,
            kind,
            parameters,
            signed=signed,
            method=method,
            urgent=urgent,
            kinds=kinds or _counted(weight, 0),
        )

    async def act(
        self,
        method: str,
        path: str,
        parameters: Parameters,
        *,
        weight: int,
        orders: int,
        urgent: bool,
    ) -> Answer:
        """Make a request about orders and return what became of it."""
        kinds = _counted(weight, orders)
        return await self.ask(method, path, parameters, urgent=urgent, kinds=kinds)

    def answered(self, reply: HttpReply, counted: dict[str, int]) -> Answer:
        """Return an answer in our words, after taking from it what it says of the limits."""
        self._note(reply)
        wait = float(reply.headers.get("retry-after", 0) or 0)
        if reply.status in (418, 429):
            self.refused_for_limit(read_error(reply.body), wait or 1.0)
        return Answer(reply.status, reply.body, self.refused(reply), retry_after=wait)

    def count(self, weight: int, orders: int, *, urgent: bool = False) -> None:
        """Count a request; raise RateLimited where the venue would not take it."""
        self.limits.take(_counted(weight, orders), 0.0 if urgent else CANCEL_SHARE)

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


def _counted(weight: int, orders: int) -> dict[str, int]:
    return {"REQUEST_WEIGHT": weight, "ORDERS": orders, "RAW_REQUESTS": 1}


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
