"""Vendors' own libraries under the driver, in a process of its own: fronts that are not there, and that say nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from ctp_clients import ENVS, dead_port, missing

from anyvenue.model.enums import DriverState
from anyvenue.model.errors import ConnectivityError
from anyvenue.runtime.processes import HostedDriver, HostOptions

pytestmark = [pytest.mark.clients, pytest.mark.long]

LIBRARIES = {
    "ctp-6.7.11": ("ctp-6.7.11", "thosttraderapi", "thostmduserapi"),
    "ctp-6.5.1": ("ctp-6.5.1", "thosttraderapi", "thostmduserapi"),
    "opt": ("opt-3.7.3", "soptthosttraderapi", "soptthostmduserapi"),
    "tts": ("tts-6.7.2", "thosttraderapi", "thostmduserapi"),
    "mini": ("sources/mini", "thosttraderapi.so", "thostmduserapi.so"),
}


def library(env: str, stem: str) -> Path:
    found = sorted((ENVS / env).rglob(f"lib{stem}*"))
    if not found:
        missing(f"the libraries of {env} are not there")
    return found[0]


class Ignored:
    """An inbox that nobody reads."""

    def post(self, event: object) -> None:
        """Drop it."""


@asynccontextmanager
async def silent_front() -> AsyncIterator[int]:
    """Give the port of a front that takes connections and says nothing."""
    writers: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(
        lambda reader, writer: writers.append(writer), "127.0.0.1", 0
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)


def hosted(name: str, port: int) -> HostedDriver:
    env, trader, md = LIBRARIES[name]
    settings = {
        "user": "1",
        "password": "2",
        "broker": "9999",
        "trade_front": f"127.0.0.1:{port}",
        "market_front": f"127.0.0.1:{port}",
        "library": str(library(env, trader)),
        "md_library": str(library(env, md)),
        "timeout_s": 1.5,
    }
    plain = {"venue": "ctp", "known_as": name, "settings": settings, "account": name}
    return HostedDriver(
        "anyvenue.venues.registry:driver_from", plain, options=HostOptions(silent_beats=60)
    )


async def refusal(name: str, port: int) -> str:
    """Open a driver at a front that does not let it in; return the error's code."""
    driver = hosted(name, port)
    with pytest.raises(ConnectivityError) as caught:
        await driver.open(Ignored())
    assert driver.state is DriverState.CLOSED
    return caught.value.code


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_front_that_does_not_let_us_in_is_told_as_what_it_is(name: str) -> None:
    async def main() -> None:
        async with silent_front() as port:
            assert await refusal(name, port) == "venue.ctp_silent"
        with dead_port() as port:
            assert await refusal(name, port) == "venue.ctp_nobody"

    asyncio.run(main())


def test_counters_whose_libraries_bear_the_same_name_are_tried_at_once() -> None:
    async def main() -> None:
        async with silent_front() as port:
            drivers = [hosted(name, port) for name in LIBRARIES]
            for driver in drivers:
                assert driver.capabilities.complete_snapshots  # its process has begun
            errors = await asyncio.gather(
                *(driver.open(Ignored()) for driver in drivers), return_exceptions=True
            )
            assert {getattr(each, "code", each) for each in errors} == {"venue.ctp_silent"}

    asyncio.run(main())
