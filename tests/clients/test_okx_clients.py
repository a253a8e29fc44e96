"""Real clients of OKX, unchanged, against the simulated exchange in OKX's own words."""

import asyncio
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from crypto_walks import LATE_S, moving, stir, walk

from anyvenue.venues.okx.server.terms import OkxTerms
from okx_served import ETH, ETH_PERP, KEY, PERP, SPOT, booth

CERTIFICATES = Path(__file__).parents[1] / "certificates"

pytestmark = [pytest.mark.clients, pytest.mark.long, pytest.mark.timeout(300)]


async def walked(
    client: str,
    program: str,
    *words: str,
    tls: ssl.SSLContext | None = None,
    environ: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Let a user of a client walk through an exchange and return what was found, by step."""
    async with booth(terms=OkxTerms(window_s=LATE_S), tls=tls) as place:
        for instrument, middle in ((SPOT, 95_000), (PERP, 95_000), (ETH, 3000), (ETH_PERP, 3000)):
            place.make_market(instrument, middle)
        async with moving(lambda number: stir(place, number, (SPOT, PERP), PERP)):
            who = (str(place.port), KEY.api_key, KEY.secret, KEY.passphrase)
            return await walk(client, program, *words, *who, environ=environ)


COMMON = {
    "time": True,
    "trades": True,
    "bars": [True, 6],
    "status": "ok",
    "currencies": ["BTC", "ETH", "USDT"],
    "balance": 1_000_000.0,
    "placed": ["walk1", "0"],
    "edited": ["open", 80_001.0, 0.02, True],
    "open": [True],
    "cancelled": "canceled",
    "batch": [2, 2, 0],
    "bought": ["closed", 0.5, True],
    "my trades": [0.5, "USDT"],
    "history": [["closed"], ["canceled"]],
    "watched ticker": True,
    "watched best": True,
    "watched book": [True, True],
    "watched trades": True,
    "watched bars": True,
    "watched balance": True,
    "watched my trades": ["buy", "USDT"],
    "edited by socket": ["open", 80_005.0, 0.02],
    "cancelled by socket": "canceled",
    "too dear by socket": ["InsufficientFunds", 51008],
    "too dear": ["InsufficientFunds", 51008],
    "unknown order": ["OrderNotFound", 51400],
    "not found": ["OrderNotFound", 51603],
    "taking": ["canceled", "31"],
    "wrong secret": ["AuthenticationError", 50113],
    "wrong passphrase": ["AuthenticationError", 50105],
}


def test_ccxt_trades_a_pair() -> None:
    found = asyncio.run(walked("ccxt", "ccxt_okx_walk.py", "BTC/USDT"))
    assert {name: found.get(name) for name in COMMON} == COMMON
    pairs, dated = ["BTC/USDT", "BTC/USDT:USDT", "ETH/USDT", "ETH/USDT:USDT"], "BTC/USD:BTC-301227"
    assert found["markets"][0] == ["BTC/USD:BTC", dated, *pairs]
    assert found["watched orders"] == ["BTC/USDT", "buy"]
    assert found["fee"] == 0.001


def test_ccxt_trades_a_perpetual() -> None:
    found = asyncio.run(walked("ccxt", "ccxt_okx_walk.py", "BTC/USDT:USDT"))
    perpetual = {
        **COMMON,
        "watched orders": ["BTC/USDT:USDT", "buy"],
        "watched positions": ["long", True],
        "position": ["long", True, True],
        "leverage": 10,
        "funding rate": 0.0001,
        "watched rate": 0.0001,
        "marked": True,
        "position mode": False,
        "tiers": 20.0,
        "isolated": ["isolated", 5.0, 1.0],
        "trigger": [[99_000.0, 80_000.0]],
        "triggers left": 0,
        "attached": [51_000.0, "sell", 0.1],
        "closed": 0,
    }
    assert {name: found.get(name) for name in perpetual} == perpetual
    assert found["funding rates"] > 0
    assert found["funding paid"]
    assert all(found["funding paid"])  # the holder of a long position pays


def test_python_okx_trades_both() -> None:
    # Its WebSockets always ask for TLS.
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATES / "loopback.pem", CERTIFICATES / "loopback.key")
    believed = {"SSL_CERT_FILE": str(CERTIFICATES / "loopback.pem")}
    found = asyncio.run(walked("python-okx", "python_okx_walk.py", tls=tls, environ=believed))
    assert found["instrument"] == ["0.01", "live"]
    assert found["placed"] == ["0", "live"]
    assert (found["amended"], found["cancelled"]) == ("90001", "canceled")
    assert found["bought for money"] == ["filled", True]
    assert found["position"] == ["2", "cross"]
    assert (found["leverage"], found["mode"]) == ("7", "net_mode")
    assert found["unknown order"] == "51400"
    assert found["algo"] == ["0", 1]
    assert found["watched book"] == ["snapshot", "update"]
    assert found["watched candle"]
    assert found["watched order"] == ["live", "filled"]
