"""Public trades of the past: asked for by the hour, on by their numbers where an hour has many, and none twice."""

import asyncio
from typing import Any

import pytest

from anyvenue.model.enums import Side
from anyvenue.model.errors import ConnectivityError
from anyvenue.model.ids import InstrumentId
from binance_script import NOW, Script

SPOT = InstrumentId("BTC-USDT.BINANCE")
PERP = InstrumentId("BTC-USDT-PERP.BINANCE")
HOUR_MS = 3_600_000
BEGIN_MS = NOW // 1_000_000 // HOUR_MS * HOUR_MS


class Tape:
    """All trades of a venue, answered as it does."""

    def __init__(self, times_ms: list[int]) -> None:
        self.times = times_ms

    def answer(self, asked: dict[str, str]) -> tuple[int, Any]:
        limit = int(asked["limit"])
        if "fromId" in asked:
            numbers = range(int(asked["fromId"]), len(self.times))
        else:
            assert int(asked["endTime"]) - int(asked["startTime"]) < HOUR_MS
            start, end = int(asked["startTime"]), int(asked["endTime"])
            numbers = [at for at, ts in enumerate(self.times) if start <= ts <= end]  # type: ignore[assignment]
        rows = [
            {"a": at, "p": "95000.10", "q": "0.5", "f": at, "l": at, "T": self.times[at], "m": at % 2 == 0}
            for at in numbers
        ]  # fmt: skip
        return 200, rows[:limit]


def fetched(
    market: str, path: str, tape: Tape, start_ms: int, end_ms: int
) -> tuple[list[Any], Script]:
    async def run() -> tuple[list[Any], Script]:
        script = Script(market, api_key="", secret="")
        script.answer(f"GET {path}", tape.answer)
        async with script:
            name = SPOT if market == "spot" else PERP
            found = await script.driver.past_trades(name, start_ms * 1_000_000, end_ms * 1_000_000)
        return found, script

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("market", "path"), [("spot", "/api/v3/aggTrades"), ("usdm", "/fapi/v1/aggTrades")]
)
def test_a_busy_hour_is_read_on_by_numbers(market: str, path: str) -> None:
    times = [BEGIN_MS + each * 2_000 for each in range(3_700)]  # 1,800 an hour
    found, script = fetched(market, path, Tape(times), BEGIN_MS, BEGIN_MS + 2 * HOUR_MS)
    assert [each.trade_id for each in found] == [str(each) for each in range(3_600)]
    assert script.count(f"GET {path}") == 4
    assert found[0].aggressor is Side.SELL
    assert found[1].aggressor is Side.BUY
    assert found[1].ts_event == times[1] * 1_000_000


def test_quiet_hours_are_asked_for_one_by_one() -> None:
    times = [BEGIN_MS + 10, BEGIN_MS + 5 * HOUR_MS]
    path = "/api/v3/aggTrades"
    found, script = fetched("spot", path, Tape(times), BEGIN_MS, BEGIN_MS + 6 * HOUR_MS)
    assert [each.trade_id for each in found] == ["0", "1"]
    assert script.count(f"GET {path}") == 6


def test_only_what_lies_between_is_told() -> None:
    times = [BEGIN_MS + each for each in range(10)]
    found, _ = fetched("spot", "/api/v3/aggTrades", Tape(times), BEGIN_MS + 3, BEGIN_MS + 6)
    assert [each.trade_id for each in found] == ["3", "4", "5"]


def test_an_hour_that_is_exactly_full_has_nothing_after_it() -> None:
    times = [BEGIN_MS + each for each in range(1_000)]
    found, _ = fetched("spot", "/api/v3/aggTrades", Tape(times), BEGIN_MS, BEGIN_MS + HOUR_MS)
    assert len(found) == 1_000


def test_a_page_that_fails_is_an_error_and_never_a_short_list() -> None:
    async def run() -> None:
        script = Script("spot", api_key="", secret="")
        full = Tape([BEGIN_MS + each for each in range(1_500)]).answer
        answers = [full, ConnectivityError("gone")]
        script.answer("GET /api/v3/aggTrades", *answers)
        async with script:
            with pytest.raises(ConnectivityError):
                await script.driver.past_trades(
                    SPOT, BEGIN_MS * 1_000_000, (BEGIN_MS + HOUR_MS) * 1_000_000
                )

    asyncio.run(run())
