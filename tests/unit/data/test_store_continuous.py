"""Adjusted continuous series have no jump where they roll, and say where they did."""

from collections.abc import Sequence
from itertools import pairwise
from math import isnan
from pathlib import Path

import pytest

from anyvenue.data.continuous import Roll, load_rolls
from anyvenue.data.profiles import Record
from anyvenue.data.source import MemorySource
from anyvenue.data.store.adjusted import (
    Adjustment,
    RollRule,
    adjusted_series,
    write_roll_table,
)
from anyvenue.data.store.bar_grid import bars_from
from anyvenue.model.errors import ConfigError, DataError
from anyvenue.model.market import Bar
from anyvenue.reference.catalog import Catalog

CATALOG = Catalog(20260915)
SERIES = CATALOG.get("rb.SHFE")
SESSIONS = CATALOG.sessions(SERIES.sessions)
DAY_NS = 86_400 * 10**9
SPANS = []
for SPAN in bars_from(SESSIONS, DAY_NS, SESSIONS.windows(20260901)[0].start):
    if SPAN[2] > 20260918:
        break
    SPANS.append(SPAN)
DAYS = [day for _, _, day in SPANS]
ROLL_1, ROLL_2 = DAYS[5], DAYS[10]


def contract(
    symbol: str, premium: float, interest: Sequence[float], first: int = 0
) -> MemorySource:
    """Return daily bars of a contract: the market's price, 10 higher each day, and the contract's premium."""
    instrument = CATALOG.get(f"{symbol}.SHFE")
    bars = []
    for at, (start, end, day) in enumerate(SPANS):
        if at < first or at - first >= len(interest):
            continue
        price = 3000.0 + 10.0 * at + premium
        held = interest[at - first]
        bars.append(
            Bar(
                instrument.id, end, end, "1d", start, price - 10, price + 5, price - 12, price, held / 10,
                1e6, held, price, day,
            )
        )  # fmt: skip
    return MemorySource(instrument, Record.BAR, lambda: iter(bars), identity=symbol, interval="1d")


def three() -> list[MemorySource]:
    many = len(DAYS)
    interest = [
        [100.0] * 5 + [10.0] * (many - 5),
        [50.0] * 4 + [200.0] * 5 + [20.0] * (many - 9),
        [5.0] * 9 + [300.0] * (many - 9),
    ]
    return [
        contract("rb2610", 0.0, interest[0]),
        contract("rb2701", 40.0, interest[1]),
        contract("rb2705", -25.0, interest[2]),
    ]


def test_the_series_rolls_on_the_day_after_a_later_contract_has_more_open_interest() -> None:
    series = adjusted_series(SERIES, three(), SESSIONS)
    # rb2701 leads from the close of DAYS[4] on, rb2705 from that of DAYS[9].
    assert [(roll.day, roll.contract) for roll in series.rolls] == [
        (DAYS[0], "rb2610"),
        (ROLL_1, "rb2701"),
        (ROLL_2, "rb2705"),
    ]
    assert series.rolls[1].measured == DAYS[4]
    assert (series.rolls[1].old_close, series.rolls[1].new_close) == (3040.0, 3080.0)
    assert isnan(series.rolls[0].old_close)


def test_volume_can_decide_as_well() -> None:
    still = contract("rb2610", 0.0, [100.0] * len(DAYS))
    by_volume = adjusted_series(SERIES, [still, *three()[1:]], SESSIONS, RollRule.VOLUME)
    assert [(roll.day, roll.contract) for roll in by_volume.rolls[1:]] == [
        (ROLL_1, "rb2701"),
        (ROLL_2, "rb2705"),
    ]


def test_an_adjusted_series_has_no_jump_at_its_rolls() -> None:
    bars = list(adjusted_series(SERIES, three(), SESSIONS).bars())
    assert [bar.trading_day for bar in bars] == DAYS
    steps = [later.close - earlier.close for earlier, later in pairwise(bars)]
    assert steps == [10.0] * (len(DAYS) - 1)
    assert [later.open - earlier.close for earlier, later in pairwise(bars)] == (
        [0.0] * (len(DAYS) - 1)
    )
    assert bars[-1].close == 3000.0 + 10.0 * (len(DAYS) - 1) - 25.0
    assert {bar.instrument for bar in bars} == {SERIES.id}


def test_the_newest_prices_are_real_and_moved_ones_have_no_turnover() -> None:
    bars = list(adjusted_series(SERIES, three(), SESSIONS).bars())
    assert isnan(bars[0].turnover)
    assert isnan(bars[0].settlement)
    assert bars[0].volume == 10.0
    assert bars[-1].turnover == 1e6
    assert bars[-1].settlement == bars[-1].close


def test_an_unadjusted_series_keeps_its_jumps() -> None:
    bars = list(adjusted_series(SERIES, three(), SESSIONS, adjustment=Adjustment.NONE).bars())
    steps = {later.trading_day: later.close - earlier.close for earlier, later in pairwise(bars)}
    assert steps[ROLL_1] == 10.0 + 40.0
    assert steps[ROLL_2] == 10.0 - 65.0


def test_a_ratio_keeps_returns() -> None:
    bars = list(adjusted_series(SERIES, three(), SESSIONS, adjustment=Adjustment.RATIO).bars())
    at = DAYS.index(ROLL_1)
    new = three()[1]
    own = [bar for bar in new.events() if isinstance(bar, Bar)]
    assert bars[at].close / bars[at - 1].close == pytest.approx(own[at].close / own[at - 1].close)


def test_a_roll_table_decides_where_one_is_given(tmp_path: Path) -> None:
    table = [Roll(DAYS[2], "rb2610"), Roll(DAYS[7], "rb2705.SHFE")]
    series = adjusted_series(SERIES, three(), SESSIONS, table)
    bars = list(series.bars())
    assert bars[0].trading_day == DAYS[2]
    assert {later.close - earlier.close for earlier, later in pairwise(bars)} == {10.0}
    write_roll_table(tmp_path / "rolls.csv", series.rolls)
    assert load_rolls(tmp_path / "rolls.csv") == (
        Roll(DAYS[2], "rb2610"),
        Roll(DAYS[7], "rb2705"),
    )


def test_a_contract_that_ends_is_left_for_one_that_goes_on() -> None:
    many = len(DAYS)
    first = contract("rb2610", 0.0, [100.0] * 6)
    second = contract("rb2701", 40.0, [1.0] * many)
    series = adjusted_series(SERIES, [first, second], SESSIONS)
    assert [roll.day for roll in series.rolls] == [DAYS[0], DAYS[6]]
    assert [bar.trading_day for bar in series.bars()] == DAYS


def test_a_roll_that_cannot_be_measured_is_refused() -> None:
    first = contract("rb2610", 0.0, [100.0] * 5)
    second = contract("rb2701", 40.0, [100.0] * 5, first=5)
    with pytest.raises(DataError, match="rb2610 and rb2701 have no common trading day before"):
        adjusted_series(SERIES, [first, second], SESSIONS)
    with pytest.raises(DataError, match="the roll table names rb2605, of which there is no data"):
        adjusted_series(SERIES, [first, second], SESSIONS, [Roll(DAYS[0], "rb2605")])


def test_contracts_need_bars_of_one_interval() -> None:
    with pytest.raises(ConfigError, match="bars of one interval; there are no contracts"):
        adjusted_series(SERIES, [], SESSIONS)
