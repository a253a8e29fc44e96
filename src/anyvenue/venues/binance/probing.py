"""What the probe is told of Binance: its addresses, its time, and what ``apiRestrictions`` says of a key."""

from collections.abc import Awaitable, Callable

import msgspec
from msgspec.structs import replace

from anyvenue.model.errors import AuthError, VenueRefused
from anyvenue.venues.binance.api import Rest
from anyvenue.venues.binance.config import BinanceConfig
from anyvenue.venues.binance.wire_rest import ServerTime
from anyvenue.venues.probing.asking import Address, Rights, VenueProbe, at_home
from anyvenue.venues.transport.http import Http

__all__ = ["probe_of"]


class _KeyRights(msgspec.Struct, rename="camel"):
    """What a key may do."""

    ip_restrict: bool
    enable_withdrawals: bool = False
    enable_spot_and_margin_trading: bool = False
    enable_futures: bool = False


class _AccountRights(msgspec.Struct, rename="camel"):
    """What an account may do; the key may do less."""

    can_trade: bool


def probe_of(config: BinanceConfig) -> VenueProbe:
    """Return what the probe needs of an account, or of the market where there is no key."""
    spot, places = config.market == "spot", config.places
    stream = "/ws" if spot else "/public/ws"
    sockets = (Address("stream", places.stream + stream), Address("api", places.api))
    return VenueProbe(
        time_url=places.rest + ("/api/v3/time" if spot else "/fapi/v1/time"),
        read_time=_time,
        # Without a key nothing goes over the WebSocket API.
        sockets=sockets if config.api_key else sockets[:1],
        proxy=config.proxy,
        timeout_s=config.timeout_s,
        window_ms=config.receive_window_ms,
        live=config.environment == "live" and not at_home(places.rest),
        rights=_rights_of(config) if config.api_key else None,
    )


def _time(body: bytes) -> int:
    return msgspec.json.decode(body, type=ServerTime).server_time


def _rights_of(config: BinanceConfig) -> Callable[[Http], Awaitable[Rights]]:
    async def ask(http: Http) -> Rights:
        rest = Rest(config, http)
        await rest.synchronise()
        # Keys are described at spot's address only.
        wallet = Rest(replace(config, market="spot"), http)
        wallet.offset = rest.offset
        try:
            found = await wallet.get("/sapi/v1/account/apiRestrictions", _KeyRights)
        except (VenueRefused, AuthError):
            # The test networks have no wallet, and do not know each other's keys.
            return Rights(trades=(await _account(rest, config.market)).can_trade)
        spot = config.market == "spot"
        return Rights(
            trades=found.enable_spot_and_margin_trading if spot else found.enable_futures,
            withdraws=found.enable_withdrawals,
            bound=found.ip_restrict,
        )

    return ask


async def _account(rest: Rest, market: str) -> _AccountRights:
    path = "/api/v3/account" if market == "spot" else "/fapi/v2/account"
    return await rest.get(path, _AccountRights, weight=20)
