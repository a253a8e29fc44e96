"""Real crypto clients, unchanged, against the simulated exchange in their venue's own words."""

import asyncio
from typing import Any

import pytest
from crypto_walks import LATE_S, moving, stir, walk

from anyvenue.venues.binance.server.terms import BinanceTerms
from binance_served import ETH, ETH_PERP, KEY, PERP, SPOT, booth

pytestmark = [pytest.mark.clients, pytest.mark.long, pytest.mark.timeout(300)]


async def walked(client: str, program: str, *names: str) -> dict[str, Any]:
    """Run a program of a client's environment against an exchange and return what it found, by step."""
    async with booth(terms=BinanceTerms(receive_window_ms=LATE_S * 1000)) as place:
        for instrument, middle in ((SPOT, 95_000), (PERP, 95_000), (ETH, 3000), (ETH_PERP, 3000)):
            place.make_market(instrument, middle)
        async with moving(lambda number: stir(place, number, (SPOT, PERP), PERP)):
            return await walk(client, program, *names, str(place.port), KEY.api_key, KEY.secret)


COMMON = {
    "time": True,
    "trades": True,
    "bars": [True, 6],
    "balance": 1_000_000.0,
    "placed": ["open", "walk-1", 80_000.0, 0.01],
    "edited": ["open", 80_001.0, 0.02],
    "fetched": ["open", 80_001.0, 0.02],
    "open": [True],
    "cancelled": "canceled",
    "cancelled all": 0,
    "bought": ["closed", 0.5, True],
    "my trades": [0.5, "USDT"],
    "history": ["canceled", "closed"],
    "watched ticker": True,
    "watched best": True,
    "watched book": [True, True],
    "watched trades": True,
    "watched bars": True,
    "watched my trades": ["buy", "USDT"],
    "watched balance": True,
    "placed by socket": "open",
    "edited by socket": [80_005.0, 0.02],
    "cancelled by socket": "canceled",
    "unknown order": ["OrderNotFound", -2011],
    "wrong secret": ["AuthenticationError", -1022],
}


def test_ccxt_trades_spot() -> None:
    found = asyncio.run(walked("ccxt", "ccxt_walk.py", "binance"))
    assert {name: found[name] for name in COMMON} == COMMON
    names = ["BTC/USDT", "BTC/USDT:USDT", "ETH/USDT", "ETH/USDT:USDT"]
    assert found["markets"][0] == names
    assert found["watched orders"] == ["BTC/USDT", "buy"]
    kinds = [found[name][0] for name in ("too dear", "taking", "too small")]
    assert kinds == ["InsufficientFunds", "OrderImmediatelyFillable", "BadRequest"]


def test_ccxt_trades_usd_margined_futures() -> None:
    found = asyncio.run(walked("ccxt", "ccxt_walk.py", "binanceusdm"))
    assert {name: found[name] for name in COMMON} == COMMON
    assert found["watched orders"] == ["BTC/USDT:USDT", "buy"]
    # ccxt knows the class of these by the name of the venue's host, which a local address does not have.
    codes = [found[name][1] for name in ("too dear", "taking", "too small")]
    assert codes == [-2019, -5022, -4164]
    assert found["watched positions"] == ["long", True]
    assert found["position"] == ["long", True, True]
    assert (found["leverage"], found["leverage kept"]) == (30, 30)
    assert found["funding rate"] == 0.0001
    assert found["funding rates"] > 0
    assert found["funding paid"]
    assert all(found["funding paid"])  # the holder of a long position pays
    assert (found["stop"], found["stop cancelled"]) == ("open", True)
    assert found["closed"] == 0
    assert (found["isolated"], found["position mode"]) == (True, False)
    assert (found["hedged"], found["one-way"]) == (True, False)
    assert found["both sides"] == [["long", 0.1], ["short", 0.1]]
    assert found["held"][1] == -4068
    assert found["placed together"] == ["open", "open"]
    assert found["cancelled together"] == ["canceled", "canceled"]


def test_python_binance_trades_both() -> None:
    found = asyncio.run(walked("python-binance", "python_binance_walk.py"))
    assert found["symbol"] == ["BTC", "TRADING"]
    assert (found["placed"], found["open"], found["cancelled"]) == ("NEW", [True], "CANCELED")
    assert found["bought for money"] == ["FILLED", True]
    assert found["unknown order"] == -2011
    assert (found["bought"], found["position"], found["leverage"]) == ("FILLED", "0.1", 10)
    assert found["fees"]
    assert found["watched trades"] == "trade"
    assert found["watched depth"] == "depthUpdate"
    assert found["watched user"] == "executionReport"
    assert found["watched futures user"] == "ORDER_TRADE_UPDATE"
