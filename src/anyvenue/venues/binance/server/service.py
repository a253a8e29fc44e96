"""The server: REST, streams and the WebSocket API of both markets on one port, over any broker."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import web

from anyvenue.model.commands import AccountCommand
from anyvenue.model.ids import InstrumentId
from anyvenue.model.protocols import Broker
from anyvenue.venues.binance.server.api_socket import ApiSocket
from anyvenue.venues.binance.server.asking import Endpoint
from anyvenue.venues.binance.server.batches import Batches
from anyvenue.venues.binance.server.gate import Gate
from anyvenue.venues.binance.server.house import House
from anyvenue.venues.binance.server.listing import Listing
from anyvenue.venues.binance.server.public import Public
from anyvenue.venues.binance.server.rest import Rest
from anyvenue.venues.binance.server.spot import Spot
from anyvenue.venues.binance.server.stream_socket import StreamSocket
from anyvenue.venues.binance.server.terms import BinanceTerms, Market
from anyvenue.venues.binance.server.usdm import Usdm
from anyvenue.venues.binance.server.usdm_account import UsdmAccount
from anyvenue.venues.binance.server.wallet import Wallet
from anyvenue.venues.serving.keys import Keys
from anyvenue.venues.serving.listed import own_instruments
from anyvenue.venues.serving.listening import Listening
from anyvenue.venues.serving.members import Members, Times
from anyvenue.venues.serving.modes import Modes
from anyvenue.venues.serving.records import Place

if TYPE_CHECKING:
    import ssl

__all__ = ["BinanceServer"]

_EXPIRY_S = 5.0
# Clients that tell the markets apart by the host's name keep it as the first part of the path.
_SPOT_HOSTS = ("", "/stream.binance.com")
_USDM_HOSTS = ("/usdm", "/fstream.binance.com")
_CATEGORIES = ("public", "market", "private")
_Endpoints = dict[tuple[str, str], Endpoint]
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BinanceServer:
    """Serves `broker` as Binance; everything happens on the loop's thread.

    Paths are the venue's: ``/api/v3``, ``/ws``, ``/stream`` and ``/ws-api/v3`` of spot; ``/fapi``, ``/public``,
    ``/market``, ``/private`` and ``/ws-fapi/v1`` of USD-M, and all of them below their host's name:
    ``/api.binance.com/api/v3``, ``/stream.binance.com/ws``, ``/fstream.binance.com/market/ws``. For clients
    that know the old stream addresses of USD-M only there are ``/usdm/ws`` and ``/usdm/stream``.
    """

    def __init__(
        self,
        broker: Broker,
        keys: Keys,
        terms: BinanceTerms | None = None,
        *,
        wall: Callable[[], int],
        shown: Callable[[int], int] | None = None,
        execute: Callable[[AccountCommand], None] | None = None,
        modes: Modes | None = None,
    ) -> None:
        """Serve the accounts of `keys`; `wall` is the clients' clock (int ns), `shown` turns the broker's time into it.

        `execute` takes commands about leverage and margin; without it those are refused. Without `modes` accounts are
        one-way.
        """
        self.terms = terms or BinanceTerms()
        self.keys = keys
        times = Times(wall, shown or (lambda ts: ts))
        listed = own_instruments(broker.instruments(), "BINANCE")
        listings = {each: Listing(each, listed) for each in Market}

        def place_of(instrument: InstrumentId) -> Place | None:
            places = (each.place_of(instrument) for each in listings.values())
            return next(filter(None, places), None)

        members = Members(broker, times, place_of, modes)
        self.houses = {
            market: House(listing, broker, members, self.terms, times, execute)
            for market, listing in listings.items()
        }
        self._gates = {market: Gate(house, keys) for market, house in self.houses.items()}
        self._endpoints = {Market.SPOT: self._spot(), Market.USDM: self._usdm()}
        self._listening = Listening()
        self._upkeep: asyncio.Task[None] | None = None

    # ---- its life

    async def start(
        self, host: str = "127.0.0.1", port: int = 0, tls: "ssl.SSLContext | None" = None
    ) -> tuple[str, int]:
        """Listen and return the address; raise ConfigError for one that is taken."""
        at = await self._listening.start(self._application(), host, port, tls)
        for house in self.houses.values():
            house.streams.start(self.terms.flush_s)
        self._upkeep = asyncio.create_task(self._expire())
        return at

    async def close(self) -> None:
        """Cut the clients and listen no more."""
        if self._upkeep is not None:
            self._upkeep.cancel()
            with suppress(asyncio.CancelledError):
                await self._upkeep
        for house in self.houses.values():
            await house.streams.close()
            await house.algos.close()
        await self._listening.close()

    async def _expire(self) -> None:
        house = self.houses[Market.USDM]
        while True:
            await asyncio.sleep(_EXPIRY_S)
            house.listen_keys.expire(house.now_ms())

    # ---- what is answered

    def _spot(self) -> _Endpoints:
        house = self.houses[Market.SPOT]
        return {**Public(house).endpoints(), **Spot(house).endpoints()}

    def _usdm(self) -> _Endpoints:
        house = self.houses[Market.USDM]
        public = Public(house).endpoints()
        return {
            **{(method, f"v1/{path}"): each for (method, path), each in public.items()},
            **Usdm(house).endpoints(),
            **Batches(house).endpoints(),
            **UsdmAccount(house).endpoints(),
        }

    def _application(self) -> web.Application:
        application = web.Application()
        spot, usdm = Market.SPOT, Market.USDM
        rest = {each: self._rest(each, self._endpoints[each]) for each in Market}
        wallet = self._rest(spot, Wallet(self.houses).endpoints())
        routes = application.router
        for host in ("", "/{host}"):
            routes.add_route("*", f"{host}/api/v3/{{path:.+}}", rest[spot].answer)
            routes.add_route("*", f"{host}/api/v1/{{path:.+}}", rest[spot].answer)
            routes.add_route("*", f"{host}/fapi/{{path:.+}}", rest[usdm].answer)
            routes.add_route("*", f"{host}/sapi/{{path:.+}}", wallet.answer)
            routes.add_get(f"{host}/dapi/v1/exchangeInfo", _nothing_listed)
            routes.add_get(f"{host}/ws-api/v3", self._api(spot))
            routes.add_get(f"{host}/ws-fapi/v1", self._api(usdm))
        for host in _SPOT_HOSTS:
            self._add_streams(routes, host, spot, "")
        for host in _USDM_HOSTS:
            self._add_streams(routes, host, usdm, "")
        for host in ("", *_USDM_HOSTS):
            for category in _CATEGORIES:
                self._add_streams(routes, f"{host}/{category}", usdm, category)
        return application

    def _add_streams(
        self, routes: web.UrlDispatcher, prefix: str, market: Market, category: str
    ) -> None:
        for path in ("ws", "stream"):
            handler = self._streams(market, category, combined=path == "stream")
            for ending in ("", "/", "/{names:.+}"):
                routes.add_get(f"{prefix}/{path}{ending}", handler)

    def _rest(self, market: Market, endpoints: _Endpoints) -> Rest:
        return Rest(self.houses[market], self._gates[market], endpoints)

    # ---- sockets

    def _streams(self, market: Market, category: str, *, combined: bool) -> _Handler:
        async def serve(request: web.Request) -> web.StreamResponse:
            socket = await self._listening.open(request)
            client = StreamSocket(self.houses[market], socket, combined=combined, category=category)
            await self._listening.talk(socket, client.serve(_names(request)))
            return socket

        return serve

    def _api(self, market: Market) -> _Handler:
        async def serve(request: web.Request) -> web.StreamResponse:
            socket = await self._listening.open(request)
            client = ApiSocket(
                self.houses[market],
                self._gates[market],
                self._endpoints[market],
                socket,
                request.remote or "local",
            )
            await self._listening.talk(socket, client.serve())
            return socket

        return serve


async def _nothing_listed(_request: web.Request) -> web.Response:
    """Say that no inverse contract is traded here: many clients ask that before anything else."""
    return web.json_response(
        {"timezone": "UTC", "serverTime": 0, "rateLimits": [], "exchangeFilters": [], "symbols": []}
    )


def _names(request: web.Request) -> Sequence[str]:
    """Return the streams that the address names."""
    path = request.match_info.get("names", "")
    query = request.query
    named = [*path.split("/"), *query.get("streams", "").split("/"), query.get("listenKey", "")]
    return [each for each in named if each]
