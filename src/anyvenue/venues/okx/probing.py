"""What the probe is told of OKX: its addresses, its time, and what ``account/config`` says of a key."""

from collections.abc import Awaitable, Callable

import msgspec

from anyvenue.venues.okx.api import OkxRest
from anyvenue.venues.okx.config import OkxConfig
from anyvenue.venues.okx.feed import PRIVATE_PATH, PUBLIC_PATH
from anyvenue.venues.okx.wire_account import AccountConfig
from anyvenue.venues.okx.wire_rest import Reply, ServerTime
from anyvenue.venues.probing.asking import Address, Rights, VenueProbe, at_home
from anyvenue.venues.transport.http import Http

__all__ = ["probe_of"]


def probe_of(config: OkxConfig) -> VenueProbe:
    """Return what the probe needs of an account, or of the market where there is no key."""
    places = config.places
    sockets = (
        Address("stream", places.stream + PUBLIC_PATH),
        Address("api", places.stream + PRIVATE_PATH),
    )
    return VenueProbe(
        time_url=f"{places.rest}/api/v5/public/time",
        read_time=_time,
        sockets=sockets if config.api_key else sockets[:1],
        proxy=config.proxy,
        timeout_s=config.timeout_s,
        window_ms=30_000,
        live=config.environment == "live" and not at_home(places.rest),
        rights=_rights_of(config) if config.api_key else None,
    )


def _time(body: bytes) -> int:
    return int(msgspec.json.decode(body, type=Reply[ServerTime]).data[0].ts)


def _rights_of(config: OkxConfig) -> Callable[[Http], Awaitable[Rights]]:
    async def ask(http: Http) -> Rights:
        rest = OkxRest(config, http)
        await rest.synchronise()
        (account,) = await rest.rows("/api/v5/account/config", AccountConfig)
        rights = account.perm.split(",")
        return Rights(
            trades="trade" in rights, withdraws="withdraw" in rights, bound=bool(account.ip)
        )

    return ask
