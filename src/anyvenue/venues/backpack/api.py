"""Signed requests to Backpack. Requests a minute are counted by the configuration: the venue publishes no limit."""

from collections.abc import Callable, Mapping, Sequence
from time import time_ns
from urllib.parse import urlencode

import msgspec

from anyvenue.model.errors import VenueError
from anyvenue.venues.backpack.config import BackpackConfig
from anyvenue.venues.backpack.errors import read_error, refusal, refused
from anyvenue.venues.backpack.signing import INSTRUCTIONS, headers, make_sign, subscription
from anyvenue.venues.backpack.wire import Subscribe
from anyvenue.venues.tracking.answers import Answer, Refused
from anyvenue.venues.tracking.rest import Parameters, Request, Rest
from anyvenue.venues.transport.http import Http, HttpReply
from anyvenue.venues.transport.limits import Window

__all__ = ["BackpackRest"]

_ENCODER = msgspec.json.Encoder()
_JSON = {"Content-Type": "application/json; charset=utf-8"}


class BackpackRest(Rest):
    """Asks as one account, or as nobody where there is no key."""

    def __init__(
        self, config: BackpackConfig, http: Http, now: Callable[[], int] = time_ns
    ) -> None:
        """Ask at the places of `config`; raise ConfigError for a secret that is none."""
        super().__init__(http, now, [Window("REQUESTS", config.requests_a_minute, 60)])
        self._config = config
        self._sign = make_sign(config.secret) if config.api_key else _unsigned

    def written(
        self,
        method: str,
        path: str,
        parameters: Parameters | Sequence[Parameters],
        *,
        signed: bool,
    ) -> Request:
        """Return a request: what is asked for is in the query, what is done in the body."""
        shown = dict(_JSON)
        if signed:
            config, at_ms = self._config, self.offset.now_ms()
            instruction = INSTRUCTIONS[method, path]
            shown = headers(
                config.api_key, self._sign, instruction, parameters, at_ms, config.receive_window_ms
            )
        url = f"{self._config.rest}{path}"
        if method != "GET":
            return Request(method, url, shown, _ENCODER.encode(parameters))
        query = urlencode(parameters) if isinstance(parameters, Mapping) else ""
        return Request(method, f"{url}?{query}" if query else url, shown)

    def subscribe(self, streams: list[str]) -> bytes:
        """Return the frame that asks for streams of the account."""
        config = self._config
        shown = subscription(
            config.api_key, self._sign, self.offset.now_ms(), config.receive_window_ms
        )
        return _ENCODER.encode(Subscribe("SUBSCRIBE", streams, shown))

    def refused(self, reply: HttpReply) -> Refused | None:
        """Return what an answer refuses."""
        if 200 <= reply.status < 300:
            return None
        return refused(read_error(reply.body), reply.status)

    def refusal(self, what: str, answer: Answer) -> VenueError:
        """Return the error of a refused question."""
        return refusal(what, read_error(answer.result), answer.status, answer.retry_after)

    async def venue_ms(self) -> int:
        """Return the venue's time."""
        return await self.get("/api/v1/time", int, signed=False)


def _unsigned(_: str) -> str:
    return ""
