"""Whatever a field of a venue's message becomes, the drivers take the frame or count it: nothing is raised."""

import asyncio
import copy
import gzip
import json
import re
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

import binance_script
import okx_script

STRANGE = ("XYZ_NEW", "", None, -1, "1e400", 10**30, [], {}, True)
SHARE = 6
"""One of so many is tried: another choice of fields and values for each message."""

Path_ = tuple[str | int, ...]


def leaves(value: object, path: Path_ = ()) -> Iterator[Path_]:
    """Yield where the single values of a message are."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(each, (*path, name))
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from leaves(each, (*path, at))
    else:
        yield path


def spoiled(message: dict[str, Any], dice: Random) -> Iterator[bytes]:
    """Yield the message with one strange value each time, as frames."""
    for path in leaves(message):
        for value in STRANGE:
            if dice.randrange(SHARE):
                continue
            other = copy.deepcopy(message)
            place: Any = other
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value
            yield json.dumps(other).encode()


def messages(folder: Path, venue: str, known: str) -> list[dict[str, Any]]:
    """Return messages of streams, all of an instrument that the script lists."""
    path = folder / "crypto_fixtures" / f"nautilus_{venue}_json.json.gz"
    found = []
    for body in json.loads(gzip.decompress(path.read_bytes())).values():
        if isinstance(body, dict) and body.keys() & {"e", "event", "stream", "arg"}:
            inner = body.get("data") or body.get("event") or body if "arg" not in body else body
            text = re.sub(r'("(?:s|instId)": )"[^"]*"', rf'\1"{known}"', json.dumps(inner))
            if isinstance(inner, dict):
                found.append(json.loads(text))
    return found


def run(step: Coroutine[Any, Any, None]) -> None:
    asyncio.run(step)


def bombard(
    found: list[dict[str, Any]], hearers: list[Callable[[bytes], None]], least: int
) -> None:
    dice, tried = Random(20261120), 0
    for message in found:
        for frame in spoiled(message, dice):
            for hear in hearers:
                hear(frame)
            tried += 1
    assert tried > least


@pytest.mark.parametrize("market", ["spot", "usdm"])
def test_binance_frames(market: str, shared_data: Path) -> None:
    async def step() -> None:
        found = messages(shared_data, "binance", "BTCUSDT")
        async with binance_script.Script(market) as script:
            driver = script.driver
            user = driver._user_events
            script.answer("GET /api/v3/order", 400, {"code": -2013, "msg": "None."})
            script.answer("GET /fapi/v1/order", 400, {"code": -2013, "msg": "None."})
            driver._questions.open = False

            def wrapped(frame: bytes) -> None:
                user.heard_spot(b'{"subscriptionId":0,"event":%s}' % frame)

            hear = wrapped if market == "spot" else user.heard_futures
            bombard(found, [driver._feed.heard, hear], 2000)
            assert driver._feed.malformed > 100
            assert user.unknown > 100

    run(step())


def test_okx_frames(shared_data: Path) -> None:
    async def step() -> None:
        found = messages(shared_data, "okx", "BTC-USDT")
        async with okx_script.Script() as script:
            driver = script.driver
            driver._questions.open = False
            lines = [each._heard for each in driver._lines]
            bombard(found, [driver._feed.heard, *lines], 1000)

    run(step())
