"""The same on recorded data: ticks with their gaps, bars that settle over years, a series that rolls."""

from pathlib import Path

import pytest
from chatty_strategy import Chatty
from parity_runs import assert_equal, both
from test_parity_samples import NETWORKS

from anyvenue.reference.catalog import Catalog

pytestmark = pytest.mark.filterwarnings(
    "ignore::anyvenue.reference.calendar.ProvisionalCalendarWarning"
)

FILES = {
    "a day of ticks": (
        "cn_futures_ticks/CFFEX.IF_tick_20210104.csv.gz",
        20210104,
        {"intervals": ("1m", "5m"), "every": 150},
    ),
    "1m bars of a contract": (
        "cn_futures_bars/tqsdk_SHFE.cu1908_1m.csv.gz",
        20190701,
        {"channels": (), "intervals": ("1m", "5m", "1d"), "every": 60},
    ),
    "daily bars": (
        "cn_futures_bars/tqsdk_SHFE.au1912_1d.csv.gz",
        20190701,
        {"channels": (), "intervals": ("1d",), "every": 3},
    ),
    "5m bars of a series that rolls": (
        "cn_futures_bars/wt_CFFEX.IF.HOT_m5.csv.gz",
        20200101,
        {"channels": (), "intervals": ("5m", "15m"), "every": 300},
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_paper_equals_backtest_on_recorded_data(name: str, shared_data: Path) -> None:
    file, day, listens = FILES[name]
    tested, papered = both(
        lambda: Chatty(seed=1, **listens),
        shared_data / file,
        NETWORKS["all of it"],
        cash=10_000_000,
        catalog=Catalog(day),
    )
    assert_equal(tested, papered)
    assert tested[0].fills
