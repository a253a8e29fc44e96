"""What the probe is told of Backpack: its addresses and its time. The venue does not tell what a key may do."""

from collections.abc import Awaitable, Callable

import msgspec

from anyvenue.venues.backpack.api import BackpackRest
from anyvenue.venues.backpack.config import BackpackConfig
from anyvenue.venues.backpack.wire_rest import AccountReply
from anyvenue.venues.probing.asking import Address, Rights, VenueProbe, at_home
from anyvenue.venues.transport.http import Http

__all__ = ["probe_of"]


def probe_of(config: BackpackConfig) -> VenueProbe:
    """Return what the probe needs of an account, or of the market where there is no key."""
    return VenueProbe(
        time_url=f"{config.rest}/api/v1/time",
        read_time=_time,
        sockets=(Address("stream", config.stream),),
        proxy=config.proxy,
        timeout_s=config.timeout_s,
        window_ms=config.receive_window_ms,
        live=not at_home(config.rest),
        rights=_rights_of(config) if config.api_key else None,
    )


def _time(body: bytes) -> int:
    return msgspec.json.decode(body, type=int, strict=False)


def _rights_of(config: BackpackConfig) -> Callable[[Http], Awaitable[Rights]]:
    async def ask(http: Http) -> Rights:
        rest = BackpackRest(config, http)
        await rest.synchronise()
        await rest.get("/api/v1/account", AccountReply)
        return Rights()

    return ask
