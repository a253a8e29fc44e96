"""REST: one request, from its path to the answer's bytes."""

from collections.abc import Mapping
from inspect import isawaitable
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from anyvenue.model.errors import AnyvenueError
from anyvenue.venues.okx.server.asking import Asked, Endpoint, Security
from anyvenue.venues.okx.server.done import Done
from anyvenue.venues.okx.server.gate import Gate
from anyvenue.venues.okx.server.house import House
from anyvenue.venues.okx.server.refusals import Refused, missing, refusal_of
from anyvenue.venues.okx.server.whole import whole_rows
from anyvenue.venues.serving.numbers import Row, encode

__all__ = ["Rest"]


class Rest:
    """Answers requests."""

    def __init__(
        self, house: House, gate: Gate, endpoints: Mapping[tuple[str, str], Endpoint]
    ) -> None:
        """Serve `endpoints`, which go by method and path."""
        self._house, self._gate, self._endpoints = house, gate, endpoints

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a request whose path, without its beginning, is `match_info["path"]`."""
        try:
            return _reply(await self._answer(request), 200)
        except Refused as refused:
            return _reply(_error(refused), refused.status)
        except AnyvenueError as error:
            meant = refusal_of(error)
            return _reply(_error(meant), meant.status)

    async def _answer(self, request: web.Request) -> Row:
        path = request.match_info["path"]
        endpoint = self._endpoints.get((request.method, path))
        if endpoint is None:
            raise Refused("404", "Not Found", 404)
        body = (await request.read()).decode("utf-8", "replace")
        asked = _read(request, body)
        self._gate.admit(endpoint, asked, request.headers, request.method, request.raw_path, body)
        self._gate.check_expiry(request.headers.get("expTime", ""))
        signed = endpoint.security is not Security.NONE
        who = asked.member.account if signed else request.remote or "local"
        self._house.limits.use(who, path, endpoint, asked)
        began_us = self._house.times.wall() // 1000
        found = endpoint.handler(asked)
        answer = await found if isawaitable(found) else found
        if isinstance(answer, Done):
            times = {"inTime": str(began_us), "outTime": str(self._house.times.wall() // 1000)}
            return {"code": answer.code, "msg": answer.msg, "data": answer.data, **times}
        rows = whole_rows(answer) if isinstance(answer, list) else answer
        return {"code": "0", "msg": "", "data": rows}


def _read(request: web.Request, body: str) -> Asked:
    """Return the parameters: of the query, or of a body that is an object or a list of objects."""
    if request.method != "POST":
        _, _, query = request.raw_path.partition("?")
        return Asked(dict(parse_qsl(query)))
    try:
        found = msgspec.json.decode(body or "{}", type=dict[str, object] | list[dict[str, object]])
    except msgspec.MsgspecError:
        raise Refused("50002", "JSON syntax error", 400) from None
    if isinstance(found, dict):
        return Asked(found)
    if not found:
        raise missing("args")
    return Asked(found[0] if len(found) == 1 else {}, list(found))


def _error(refused: Refused) -> Row:
    return {"code": refused.code, "msg": refused.text, "data": []}


def _reply(body: Row, status: int) -> web.Response:
    return web.Response(
        body=encode(body), status=status, content_type="application/json", charset="utf-8"
    )
