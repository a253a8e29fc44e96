"""Requests by REST: counted, answered in our words, asked again once where our clock was wrong."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from anyvenue.model.errors import AnyvenueError, ConnectivityError, RateLimited, VenueError
from anyvenue.venues.tracking.answers import Answer, Refused
from anyvenue.venues.transport.http import Http, HttpReply
from anyvenue.venues.transport.limits import Limits, Window
from anyvenue.venues.transport.offset import ClockOffset

__all__ = ["CANCEL_SHARE", "Parameters", "Request", "Rest"]

_T = TypeVar("_T")
CANCEL_SHARE = 0.05
"""How much of each limit is left for cancels."""

Parameters = Mapping[str, str | int | bool]


class Request(msgspec.Struct, frozen=True):
    """What goes out."""

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Rest(ABC):
    """Questions and commands by REST; `offset` is the venue's clock, `limits` count what is asked."""

    patience_s = 0.0
    """How long a question may wait for its turn where the venue takes no more for now."""

    def __init__(self, http: Http, now: Callable[[], int], windows: Sequence[Window] = ()) -> None:
        """Ask through `http`; `now` is our clock, int ns UTC."""
        self._http, self._now = http, now
        self.offset = ClockOffset(now)
        self.limits = Limits(lambda: self.offset.now_ms() * 1_000_000, list(windows))

    # ---- the venue's words

    @abstractmethod
    def written(
        self,
        method: str,
        path: str,
        parameters: Parameters | Sequence[Parameters],
        *,
        signed: bool,
    ) -> Request:
        """Return a request as it goes out, at the venue's time now."""

    @abstractmethod
    def refused(self, reply: HttpReply) -> Refused | None:
        """Return what an answer refuses, None where it says yes."""

    @abstractmethod
    def refusal(self, what: str, answer: Answer) -> VenueError:
        """Return the error of a refused question."""

    @abstractmethod
    async def venue_ms(self) -> int:
        """Ask for the venue's time in ms; raise VenueError."""

    def kinds_of(self, method: str, path: str) -> dict[str, int]:
        """Return what a request counts for."""
        return {"REQUESTS": 1}

    def too_many(self, kinds: dict[str, int], seconds: float) -> None:
        """Take it that the venue takes no more for so long: of these kinds, or of any."""
        self.limits.ban(seconds)

    # ---- asking

    async def synchronise(self) -> None:
        """Learn how far the venue's clock is from ours; raise VenueError."""
        self.offset.forget()
        sent = self._now()
        told = await self.venue_ms()
        self.offset.learn(sent, told, self._now())

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
    ) -> _T:
        """Return what is answered as a `kind`; raise ConnectivityError, VenueRefused, AuthError or RateLimited."""
        for again in (False, True):
            answer = await self._asked(
                method, path, parameters or {}, signed=signed, urgent=urgent, kinds=kinds
            )
            if answer.refused is None or not answer.refused.clock or again:
                break
            await self.synchronise()
        if answer.lost is not None:
            raise answer.lost
        if answer.refused is not None:
            raise self.refusal(path, answer)
        try:
            return msgspec.json.decode(answer.result, type=kind, strict=False)
        except msgspec.MsgspecError as error:
            raise ConnectivityError(f"the answer to {path} cannot be read: {error}") from None

    async def _asked(
        self,
        method: str,
        path: str,
        parameters: Parameters,
        *,
        signed: bool,
        urgent: bool,
        kinds: Mapping[str, int] | None,
    ) -> Answer:
        """Return the answer to a question, which waits for its turn where too many were asked."""
        patience = self.patience_s
        while True:
            answer = await self.ask(
                method, path, parameters, signed=signed, urgent=urgent, kinds=kinds
            )
            wait = max(answer.retry_after, 0.05)
            patience -= wait
            if not _is_limit(answer) or patience < 0:
                return answer
            await asyncio.sleep(wait)

    async def ask(
        self,
        method: str,
        path: str,
        parameters: Parameters | Sequence[Parameters],
        *,
        signed: bool = True,
        urgent: bool = False,
        kinds: Mapping[str, int] | None = None,
    ) -> Answer:
        """Make one request, worth so much of each kind of the limits, and return what became of it."""
        counted = dict(kinds) if kinds is not None else self.kinds_of(method, path)
        try:
            self.limits.take(counted, 0.0 if urgent else CANCEL_SHARE)
        except RateLimited as error:
            wait = float(error.fields["retry_after"])  # type: ignore[arg-type]
            return Answer(429, lost=error, sent=False, retry_after=wait)
        try:
            out = self.written(method, path, parameters, signed=signed)
            reply = await self._http.request(out.method, out.url, out.headers, out.body)
        except AnyvenueError as error:
            return Answer(0, lost=error, sent=bool(error.fields.get("sent", True)))
        return self.answered(reply, counted)

    def answered(self, reply: HttpReply, counted: dict[str, int]) -> Answer:
        """Return an answer in our words, after taking from it what it says of the limits."""
        refused = self.refused(reply)
        wait = float(reply.headers.get("retry-after", 0) or 0)
        if reply.status == 429:
            wait = wait or 1.0
            self.too_many(counted, wait)
        return Answer(reply.status, reply.body, refused, retry_after=wait)


def _is_limit(answer: Answer) -> bool:
    if answer.refused is not None:
        return answer.refused.kind == RateLimited.code
    return isinstance(answer.lost, RateLimited)
