"""Plain ccxt at the small servers that our driver of ccxt exchanges is tested with: no fakes of our own taste.

The driver over them and over our Binance server: tests/conformance/test_ccxt_driver_conforms.py.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from crypto_walks import walk

import alpaca_served
import bitfinex_served
import htx_served
from exchange_desk import DeskServer
from hosted_ccxt import CCXT, require_ccxt

pytestmark = [pytest.mark.clients, pytest.mark.long, pytest.mark.timeout(300)]

VENUES: list[tuple[str, str, str, Any, Callable[[], DeskServer]]] = [
    ("bitfinex", "BTC/USDT", "", bitfinex_served, bitfinex_served.Bitfinex),
    (
        "bitfinex",
        "BTC/USDT:USDT",
        "",
        bitfinex_served,
        lambda: bitfinex_served.Bitfinex(futures=True),
    ),
    ("htx", "BTC/USDT", "spot", htx_served, htx_served.HtxSpot),
    ("htx", "BTC/USDT:USDT", "swap", htx_served, htx_served.HtxContracts),
    ("alpaca", "BTC/USD", "", alpaca_served, alpaca_served.Alpaca),
]

FOUND = {
    "book": [94_990.0, 95_000.0],
    "trades": True,
    "bars": True,
    "watched book": [94_990.0, 95_000.0],
    "watched trades": True,
    "balance": 1_000_000.0,
    "placed": True,
    "open": ["123456789012"],
    "watched orders": True,
    "fetched": ["open", 90_000.0, 2.0],
    "cancelled": 0,
    "watched fills": [1.0, 95_000.0],
    "fills": [1.0, 95_000.0, "buy"],
}
# Alpaca's own codes are other classes of ccxt.
ERRORS = {"alpaca": ("InvalidOrder", "PermissionDenied")}


@pytest.mark.parametrize(
    ("name", "symbol", "kind", "served", "make"),
    VENUES,
    ids=[f"{each[0]}-{each[1]}" for each in VENUES],
)
def test_plain_ccxt_trades(
    name: str, symbol: str, kind: str, served: Any, make: Callable[[], DeskServer]
) -> None:
    async def run() -> dict[str, Any]:
        server = make()
        async with server.served():
            words = (name, str(server.port), symbol, served.KEY, served.SECRET, kind)
            return await walk("ccxt", "ccxt_venue_walk.py", *words)

    found = asyncio.run(run())
    assert found["markets"] == [symbol]
    assert {step: found[step] for step in FOUND} == FOUND
    unknown, secret = ERRORS.get(name, ("OrderNotFound", "AuthenticationError"))
    assert (found["unknown order"][0], found["wrong secret"][0]) == (unknown, secret)


def test_nothing_that_signs_a_request_is_logged_or_repeated() -> None:
    require_ccxt()
    [packages] = CCXT.glob("lib/python3*/site-packages")
    program = Path(__file__).with_name("ccxt_silence.py")
    said = subprocess.run(
        [sys.executable, str(program), str(packages)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    assert "error: ExchangeNotAvailable" in said
    assert "still heard" in said
    assert "hunter2" not in said
    assert "Signature=***" in said
