"""Tables of recorded funding rates."""

from decimal import Decimal
from pathlib import Path

import pytest

from anyvenue.data.funding import load_funding
from anyvenue.model.errors import DataError
from anyvenue.model.ids import InstrumentId

PERPETUAL = InstrumentId("BTC-USDT-PERP.BINANCE")
HOUR = 3_600 * 10**9


def table(folder: Path, text: str) -> Path:
    """Write a table and return its path."""
    path = folder / "funding.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_each_row_is_a_rate_that_is_due_at_its_time(tmp_path: Path) -> None:
    path = table(tmp_path, "time,rate\n2026-01-21 00:00,0.0001\n2026-01-21 08:00:00,-0.00002\n")
    first, second = load_funding(path, PERPETUAL)
    assert (first.rate, second.rate) == (Decimal("0.0001"), Decimal("-0.00002"))
    assert second.ts_due - first.ts_due == first.interval_ns == second.interval_ns == 8 * HOUR
    assert first.instrument == PERPETUAL


def test_the_columns_of_binances_archive_are_known(tmp_path: Path) -> None:
    path = table(
        tmp_path, "calc_time,funding_interval_hours,last_funding_rate\n1768953600000,8,0.00005\n"
    )
    (only,) = load_funding(path, PERPETUAL)
    assert only.ts_due == 1_768_953_600 * 10**9
    assert only.rate == Decimal("0.00005")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("time,price\n", "lacks rate"),
        ("time,rate\nsoon,0.0001\n", "the time was 'soon'"),
        ("time,rate\n2026-01-21 00:00,much\n", "the rate was 'much'"),
        ("time,rate\n2,0.1\n1,0.1\n", "does not come after the one before it"),
        ("time,rate\n1,0.1,3\n", "3 fields"),
    ],
)
def test_a_broken_table_says_where_and_what(tmp_path: Path, text: str, wrong: str) -> None:
    with pytest.raises(DataError, match=wrong):
        load_funding(table(tmp_path, text), PERPETUAL)
