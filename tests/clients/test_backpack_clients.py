"""Real clients of Backpack, unchanged, against the simulated exchange in Backpack's own words."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from crypto_walks import LATE_S, moving, walk

from anyvenue.model.enums import Side
from anyvenue.model.market import FundingRate
from anyvenue.venues.backpack.server.terms import BackpackTerms
from backpack_served import ETH, ETH_PERP, KEY, OTHER, PERP, SPOT, Booth, booth

_HOUR = 3600 * 10**9

pytestmark = [pytest.mark.clients, pytest.mark.long, pytest.mark.timeout(300)]


def move(place: Booth, number: int) -> None:
    """Trade, let levels come and go, and now and then pay funding."""
    for instrument in (SPOT, PERP):
        place.order(instrument, Side.SELL, "150.04", "0.1")
        place.order(instrument, Side.BUY, "150.04", "0.1", OTHER)
        place.order(instrument, Side.SELL, 156 + number % 7, "0.3")
        place.order(instrument, Side.BUY, 144 - number % 7, "0.2")
        if number % 20 == 0:
            place.order(instrument, Side.SELL, 155, 3)
            place.order(instrument, Side.BUY, 145, 3)
    if number % 10 == 0:
        now = place.clock.now()
        place.post(FundingRate(PERP, now, now, Decimal("0.0001"), _HOUR, now))


async def walked(client: str, program: str, *words: str) -> dict[str, Any]:
    """Let a user of a client walk through an exchange and return what was found, by step."""
    async with booth(terms=BackpackTerms(window_ms=LATE_S * 1000)) as place:
        for instrument, middle in ((SPOT, 150), (PERP, 150), (ETH, 3000), (ETH_PERP, 3000)):
            place.make_market(instrument, middle)
        async with moving(lambda number: move(place, number)):
            return await walk(client, program, *words, str(place.port), KEY.api_key, KEY.secret)


COMMON = {
    "trades": True,
    "bars": [True, 6],
    "status": "ok",
    "currencies": ["ETH", "SOL", "USDC"],
    "balance": 1_000_000.0,
    "placed": ["open", "77", 140.0, 1.0],
    "fetched": ["open", 140.0, 1.0],
    "open": [True],
    "cancelled": "canceled",
    "found again": "canceled",
    "batch": ["open", "open"],
    "cancelled all": [2, 0],
    "bought": ["closed", 0.5, True],
    "my trades": [0.5, "USDC"],
    "history": ["canceled", "closed"],
    "watched ticker": True,
    "watched best": True,
    "watched book": [True, True],
    "watched trades": True,
    "watched bars": True,
    "watched balance": True,
    "unknown order": ["ExchangeNotAvailable", "RESOURCE_NOT_FOUND"],
    "taking": ["InvalidOrder", "INVALID_ORDER"],
    "no bars": ["BadRequest", "INVALID_CLIENT_REQUEST"],
    "wrong secret": ["AuthenticationError", "INVALID_SIGNATURE"],
}


def test_ccxt_trades_a_pair() -> None:
    found = asyncio.run(walked("ccxt", "ccxt_backpack_walk.py", "SOL/USDC"))
    assert {name: found.get(name) for name in COMMON} == COMMON
    names = ["ETH/USDC", "ETH/USDC:USDC", "SOL/USDC", "SOL/USDC:USDC"]
    assert found["markets"][0] == names
    assert found["watched orders"] == ["SOL/USDC", "buy"]
    assert found["too dear"] == ["InsufficientFunds", "INSUFFICIENT_FUNDS"]


def test_ccxt_trades_a_perpetual() -> None:
    found = asyncio.run(walked("ccxt", "ccxt_backpack_walk.py", "SOL/USDC:USDC"))
    assert {name: found.get(name) for name in COMMON} == COMMON
    assert found["watched orders"] == ["SOL/USDC:USDC", "buy"]
    assert found["too dear"] == ["InsufficientFunds", "INSUFFICIENT_MARGIN"]
    assert found["watched positions"] == ["long", True]
    assert found["position"] == ["long", True, True]
    assert found["funding rate"] == 0.0001
    assert found["open interest"] == "SOL/USDC:USDC"
    assert found["funding rates"] > 0
    assert found["funding paid"]
    assert all(found["funding paid"])  # the holder of a long position pays
    assert (found["stop"], found["stop cancelled"]) == (["open", 100.0], True)
    assert found["closed"] == 0


def test_bpx_trades_both() -> None:
    found = asyncio.run(walked("bpx-py", "bpx_walk.py"))
    assert found["markets"] == ["ETH_USDC", "ETH_USDC_PERP", "SOL_USDC", "SOL_USDC_PERP"]
    assert (found["ping"], found["bars"]) == (["pong", "Ok"], True)
    assert (found["balances"], found["depth"][0]) == ("1000000", "155.00")
    assert (found["placed"], found["found"], found["open"]) == (["New", 9], True, 1)
    assert (found["cancelled"], found["cancelled all"]) == ("Cancelled", ["Cancelled"])
    assert (found["bought for money"], found["bought"]) == (["Filled", "0.64"], "Filled")
    assert (found["position"], found["fills"]) == ("0.5", 2)
    assert found["history"] == ["Cancelled", "Filled"]
    assert (found["leverage"], found["equity"]) == ("7", True)
    assert found["refused"] == "RESOURCE_NOT_FOUND"
