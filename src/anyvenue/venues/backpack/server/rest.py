"""REST: one request, from its path to the answer's bytes and headers."""

from collections.abc import Mapping
from inspect import isawaitable

import msgspec
from aiohttp import web

from anyvenue.model.errors import AnyvenueError
from anyvenue.venues.backpack.server.asking import Asked, Endpoint, Value
from anyvenue.venues.backpack.server.gate import Gate, Shown
from anyvenue.venues.backpack.server.house import House
from anyvenue.venues.backpack.server.refusals import Refused, malformed, refusal_of
from anyvenue.venues.serving.numbers import encode
from anyvenue.venues.serving.windows import Window

__all__ = ["Rest"]

_MINUTE = 60
_Row = dict[str, Value | None]
# What was signed is the text of a number.
_NUMBERS_AS_SENT = msgspec.json.Decoder(float_hook=str)


class Rest:
    """Answers requests."""

    def __init__(
        self, house: House, gate: Gate, endpoints: Mapping[tuple[str, str], Endpoint]
    ) -> None:
        """Serve `endpoints`, which go by method and path."""
        self._house, self._gate, self._endpoints = house, gate, endpoints
        self._windows: dict[str, Window] = {}

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a request."""
        try:
            return await self._answer(request)
        except Refused as refused:
            headers = {"Retry-After": str(refused.wait)} if refused.wait else {}
            return _reply(encode(refused.body()), refused.status, headers)
        except AnyvenueError as error:
            meant = refusal_of(error)
            return _reply(encode(meant.body()), meant.status)

    async def _answer(self, request: web.Request) -> web.Response:
        self._count(request.remote or "local")
        endpoint = self._endpoints.get((request.method, request.path))
        if endpoint is None:
            raise Refused("RESOURCE_NOT_FOUND", f"No {request.method} {request.path}", 404)
        asked = await _read(request)
        if endpoint.instruction:
            shown = Shown(
                request.headers.get("X-API-Key", ""),
                request.headers.get("X-Signature", ""),
                request.headers.get("X-Timestamp", ""),
                request.headers.get("X-Window", ""),
            )
            signed = asked.batch if asked.batch is not None else asked.parameters
            asked.member = self._gate.admit(
                shown, endpoint.instruction, signed, trades=endpoint.trades
            )
        found = endpoint.handler(asked)
        answer = await found if isawaitable(found) else found
        return _text(answer) if isinstance(answer, str) else _reply(encode(answer), 200)

    def _count(self, address: str) -> None:
        """Count a request; raise Refused 429."""
        most = self._house.terms.requests
        now = int(self._house.times.now_s())
        used = self._windows.setdefault(address, Window()).take(now, _MINUTE, 1)
        if most and used > most:
            wait = _MINUTE - now % _MINUTE
            raise Refused("TOO_MANY_REQUESTS", "Too many requests", 429, wait=wait)


async def _read(request: web.Request) -> Asked:
    if request.method == "GET":
        return Asked(dict(request.query))
    body = await request.read()
    if not body:
        return Asked({})
    try:
        sent = msgspec.convert(_NUMBERS_AS_SENT.decode(body), _Row | list[_Row])
    except msgspec.MsgspecError as error:
        raise malformed(f"Parse error: {error}") from None
    if isinstance(sent, list):
        return Asked({}, [_present(each) for each in sent])
    return Asked(_present(sent))


def _present(sent: Mapping[str, Value | None]) -> dict[str, Value]:
    return {name: value for name, value in sent.items() if value is not None}


def _text(text: str) -> web.Response:
    return web.Response(text=text)


def _reply(body: bytes, status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        body=body, status=status, content_type="application/json", charset="utf-8", headers=headers
    )
