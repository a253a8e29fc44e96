"""REST: one request, from its path to the answer's bytes and headers."""

import re
from collections.abc import Mapping
from inspect import isawaitable
from urllib.parse import parse_qsl

from aiohttp import web

from anyvenue.model.errors import AnyvenueError
from anyvenue.venues.binance.server.asking import Asked, Endpoint
from anyvenue.venues.binance.server.gate import Gate, Signed
from anyvenue.venues.binance.server.house import House
from anyvenue.venues.binance.server.refusals import Refused, refusal_of
from anyvenue.venues.serving.numbers import encode

__all__ = ["Rest"]

_SIGNATURE = re.compile(r"(^|&)signature=[^&]*")


class Rest:
    """Answers the requests of one market."""

    def __init__(
        self, house: House, gate: Gate, endpoints: Mapping[tuple[str, str], Endpoint]
    ) -> None:
        """Serve `endpoints`, which go by method and path."""
        self._house, self._gate, self._endpoints = house, gate, endpoints

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a request whose path, without its beginning, is `match_info["path"]`."""
        headers: dict[str, str] = {}
        try:
            return await self._answer(request, headers)
        except Refused as refused:
            if refused.wait:
                headers["Retry-After"] = str(refused.wait)
            return _reply(encode(refused.body()), refused.status, headers)
        except AnyvenueError as error:
            meant = refusal_of(self._house.market, error)
            return _reply(encode(meant.body()), meant.status, headers)

    async def _answer(self, request: web.Request, headers: dict[str, str]) -> web.Response:
        path = request.match_info["path"]
        endpoint = self._endpoints.get((request.method, path))
        if endpoint is None:
            raise Refused(-5000, f"Path {request.path}, Method {request.method} is invalid", 404)
        headers.update(self._house.limits.use(request.remote or "local", endpoint.weight))
        _, _, query = request.raw_path.partition("?")
        body = (await request.read()).decode("utf-8", "replace")
        parameters = dict(parse_qsl(query)) | dict(parse_qsl(body))
        signature = parameters.pop("signature", "")
        asked = Asked(parameters)
        text = _SIGNATURE.sub("", query) + _SIGNATURE.sub("", body)
        name = request.headers.get("X-MBX-APIKEY", "")
        self._gate.admit(endpoint, asked, Signed(name, text.lstrip("&"), signature))
        if endpoint.order:
            headers.update(self._house.limits.order(asked.member.account))
        found = endpoint.handler(asked)
        answer = await found if isawaitable(found) else found
        return _reply(encode(answer), 200, headers)


def _reply(body: bytes, status: int, headers: Mapping[str, str]) -> web.Response:
    return web.Response(
        body=body, status=status, content_type="application/json", charset="utf-8", headers=headers
    )
