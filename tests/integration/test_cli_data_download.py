"""``anyvenue data download`` and ``data check --against``: a served Binance's past, as a user fetches it."""

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from importlib.util import find_spec
from math import nan
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import backpack_served
import okx_served
from anyvenue.app.main import app
from anyvenue.data.download import Patience
from anyvenue.data.readers import open_source
from anyvenue.data.store import SeriesKey, StoreKind, open_store
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Bar, Trade
from anyvenue.reference.catalog import Catalog
from anyvenue.venues.binance.server.terms import Market
from anyvenue.venues.serving.tape import Printed
from binance_served import PERP, SPOT, Booth, booth
from cli_home import enter_empty_home
from served_thread import Threaded, threaded
from wire_served import Stall

MINUTE = 60_000_000_000
BEGIN = int(datetime(2026, 9, 14, tzinfo=UTC).timestamp()) * 10**9
MINUTES = SeriesKey(SPOT, StoreKind.BAR, "1m")
Call = Callable[..., Result]


def minutes(
    count: int, start: int = BEGIN, name: InstrumentId = SPOT, interval: str = "1m"
) -> list[Bar]:
    """Return as many bars, each a little different."""
    step = {"1m": MINUTE, "1h": 60 * MINUTE}[interval]
    found = []
    for at in range(count):
        begins, price = start + at * step, 95_000.0 + at % 97
        end = begins + step
        found.append(
            Bar(name, end, end, interval, begins, price, price + 2, price - 1, price + 1, 1.5, 2.0)
        )
    return found


@pytest.fixture(scope="module")
def served() -> Iterator[Threaded[Booth]]:
    with threaded(booth()) as found:
        yield found


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: Threaded[Booth]) -> Call:
    """Call the command line in an empty folder, with the addresses of the served exchange."""
    enter_empty_home(tmp_path, monkeypatch)
    served.bars, served.fails = (), lambda _start, _end: False
    served.asked.clear()
    return lambda *words: CliRunner().invoke(
        app, ["data", *words, *served.settings], env={"COLUMNS": "200", "NO_COLOR": "1"}
    )


def stored(store: str, key: SeriesKey = MINUTES) -> list[Bar]:
    with open_store(store, create=False) as opened:
        return [each for each in opened.records(key) if isinstance(each, Bar)]


def download(call: Call, *words: str, store: str = "s.sqlite", day: str = "20260914") -> Result:
    return call(
        "download", "binance", "BTCUSDT", "--from", day, "--to", day, "--store", store, *words
    )


@pytest.mark.parametrize(
    "store",
    [
        "s.sqlite",
        pytest.param(
            "prices",
            marks=pytest.mark.skipif(find_spec("pyarrow") is None, reason="needs pyarrow"),
        ),
    ],
)
def test_a_day_comes_page_by_page_and_a_second_time_nothing(
    call: Call, served: Threaded[Booth], store: str
) -> None:
    served.bars = minutes(1440)
    ended = download(call, "--interval", "1m", store=store)
    assert ended.exit_code == 0, ended.output
    assert "BTC-USDT.BINANCE bar 1m: 1,440 records added" in ended.stdout
    found = stored(store)
    assert len(found) == 1440
    assert [each.ts_recv for each in found] == [each.ts_event for each in served.bars]
    assert {each.trading_day for each in found} == {20260914}
    assert (found[7].high, found[7].volume) == (served.bars[7].high, served.bars[7].volume)
    served.asked.clear()
    again = download(call, store=store)
    assert "0 records added" in again.stdout
    assert served.asked == []
    checked = call("check", "--store", store)
    assert checked.exit_code == 0, checked.output


def test_the_result_for_programs(call: Call, served: Threaded[Booth]) -> None:
    served.bars = minutes(1000)
    ended = download(call, "--json")
    told = json.loads(ended.stdout)
    assert ended.exit_code == 0
    assert (told["instrument"], told["kind"], told["interval"]) == (SPOT, "bar", "1m")
    assert (told["stored"], told["missing_bars"], told["failed"]) == (1000, 440, [])
    assert told["left"][0]["start"] == BEGIN + 1000 * MINUTE


def test_a_hole_of_the_venues_is_named_and_filled_once_the_venue_has_it(
    call: Call, served: Threaded[Booth]
) -> None:
    whole = minutes(1440)
    served.bars = [*whole[:600], *whole[630:]]
    ended = download(call)
    assert ended.exit_code == 0, ended.output
    assert "Still missing: 30 bars" in ended.stdout
    assert "2026-09-14 10:00:00" in ended.stdout
    assert call("check", "--store", "s.sqlite").exit_code == 1
    served.bars = whole
    served.asked.clear()
    assert "30 records added" in download(call).stdout
    # Only the hole was asked for.
    assert served.asked == [(BEGIN + 600 * MINUTE, BEGIN + 630 * MINUTE - 1_000_000)]
    assert [each.ts_start for each in stored("s.sqlite")] == [each.ts_start for each in whole]
    assert call("check", "--store", "s.sqlite").exit_code == 0


def test_a_page_that_never_comes_is_named_and_the_next_run_brings_it(
    call: Call, served: Threaded[Booth], monkeypatch: pytest.MonkeyPatch
) -> None:
    served.bars = minutes(2880)
    at = BEGIN + 1500 * MINUTE
    served.fails = lambda start, end: start <= at < end
    monkeypatch.setattr("anyvenue.app.downloading.PATIENCE", Patience(first_s=0.001))
    words = ["download", "binance", "BTC-USDT.BINANCE", "--from", "20260914", "--to", "20260915"]
    ended = call(*words, "--store", "s.sqlite")
    assert ended.exit_code == 1
    assert "1,880 records added" in ended.stdout
    assert "not fetched: 2026-09-14 16:40:00 to 2026-09-15 09:20:00" in ended.stdout
    assert "run it again to fetch the rest" in ended.stdout
    served.fails = lambda _start, _end: False
    ended = call(*words, "--store", "s.sqlite")
    assert ended.exit_code == 0, ended.output
    assert len(stored("s.sqlite")) == 2880


def test_a_perpetual_is_found_in_its_own_market(call: Call, served: Threaded[Booth]) -> None:
    served.bars = minutes(24, name=PERP, interval="1h")
    words = ["--from", "20260914", "--to", "20260914", "--store", "s.sqlite", "--interval", "60m"]
    ended = call("download", "binance", "BTC-USDT-PERP", *words)
    assert ended.exit_code == 0, ended.output
    assert "BTC-USDT-PERP.BINANCE bar 1h: 24 records added" in ended.stdout
    # The same symbol is spot's; the market is said where the other is meant.
    other = call("download", "binance", "BTCUSDT", *words, "--set", "market=usdm")
    assert "BTC-USDT-PERP.BINANCE bar 1h: 0 records added" in other.stdout


OTHERS: dict[str, tuple[Callable[[], AbstractAsyncContextManager[Stall]], InstrumentId, str]] = {
    "okx": (okx_served.booth, okx_served.PERP, "BTC-USDT-SWAP"),
    "backpack": (backpack_served.booth, backpack_served.PERP, "SOL_USDC_PERP"),
}


@pytest.mark.parametrize("venue", OTHERS)
def test_other_venues_go_the_same_way(call: Call, venue: str) -> None:
    make, name, symbol = OTHERS[venue]
    with threaded(make()) as served:
        served.bars = minutes(144, name=name, interval="1h")
        words = ["--from", "20260914", "--to", "20260919", "--store", "s.sqlite", *served.settings]
        environ = {"COLUMNS": "200", "NO_COLOR": "1"}
        line = ["data", "download", venue, symbol, *words, "--interval", "1h"]
        ended = CliRunner().invoke(app, line, env=environ)
        trades = CliRunner().invoke(
            app, ["data", "download", venue, symbol, *words, "--trades"], env=environ
        )
    assert ended.exit_code == 0, ended.output
    assert f"{name} bar 1h: 144 records added" in ended.stdout
    found = stored("s.sqlite", SeriesKey(name, StoreKind.BAR, "1h"))
    assert [each.close for each in found] == [each.close for each in served.bars]
    assert trades.exit_code == 0, trades.output
    assert f"{name} trade: 0 records added" in trades.stdout


def test_public_trades_come_once(call: Call, served: Threaded[Booth]) -> None:
    trades = [
        Printed(each, 1_789_344_000_000 + each * 7_000, 95_000.5 + each, 0.25, each % 2 == 0)
        for each in range(1, 901)
    ]
    served.do(lambda stall: _tape(stall, trades))
    words = ["--trades", "--store", "s.sqlite", "--from", "2026-09-14T00:10"]
    first = call("download", "binance", "BTCUSDT", *words, "--to", "2026-09-14T01:00")
    assert first.exit_code == 0, first.output
    # Now from before to after it: what is there is not fetched, and nothing is doubled.
    words[-1] = "20260914"
    rest = call("download", "binance", "BTCUSDT", *words, "--to", "2026-09-14T03:00", "--json")
    again = call(
        "download", "binance", "BTCUSDT", *words, "--to", "2026-09-14T03:00", "--json", "--again"
    )
    assert json.loads(again.stdout)["doubled"] == 900
    assert json.loads(again.stdout)["stored"] == 0
    with open_store("s.sqlite", create=False) as opened:
        found = list(opened.records(SeriesKey(SPOT, StoreKind.TRADE)))
    assert len(found) == 900
    assert 0 < json.loads(rest.stdout)["stored"] < 900
    one = found[3]
    assert isinstance(one, Trade)
    assert (one.trade_id, one.price, one.size, one.aggressor) == ("4", 95_004.5, 0.25, "sell")
    assert one.ts_recv == one.ts_event == trades[3].ts_ms * 1_000_000


def _tape(stall: Booth, trades: Sequence[Printed]) -> None:
    house = stall.server.houses[Market.SPOT]
    [board] = [each for each in house.boards.values() if each.symbol == "BTCUSDT"]
    board.tape.trades.clear()
    board.tape.trades.extend(trades)


def test_stored_bars_are_compared_with_the_venues(call: Call, served: Threaded[Booth]) -> None:
    served.bars = minutes(1440)
    download(call)
    good = call("check", "--store", "s.sqlite", "--against", "binance")
    assert good.exit_code == 0, good.output
    assert "1,440 bars compared with binance" in good.stdout
    changed = list(served.bars)
    one = changed.pop(100)
    changed[5] = Bar(SPOT, 0, 0, "1m", changed[5].ts_start, 1.0, 2.0, 0.5, 1.0, 1.0)
    served.bars = changed
    bad = call("check", "--store", "s.sqlite", "--against", "binance", "--json")
    assert bad.exit_code == 1
    told = json.loads(bad.stdout)[0]["against"]
    assert (told["compared"], told["differing"], told["only_stored"]) == (1439, 1, 1)
    assert told["only_stored_times"] == [one.ts_start]
    assert {each["field"] for each in told["differences"]} == {
        "open",
        "high",
        "low",
        "close",
        "volume",
    }
    shown = call("check", "--store", "s.sqlite", "--against", "binance")
    assert "differing 1, only stored 1" in shown.stdout
    assert "2026-09-14 00:05:00" in shown.stdout


def test_bars_whose_figures_cannot_be_are_found(call: Call) -> None:
    bars = minutes(3)
    odd = Bar(SPOT, 0, bars[1].ts_recv, "1m", bars[1].ts_start, 10.0, 9.0, 8.0, 9.5, 1.0)
    silent = Bar(SPOT, 0, bars[2].ts_recv, "1m", bars[2].ts_start, nan, nan, nan, nan, 0.0)
    with open_store("s.sqlite") as opened:
        opened.append([bars[0], odd, silent])
    ended = CliRunner().invoke(app, ["data", "check", "--store", "s.sqlite"])
    assert ended.exit_code == 1
    assert "impossible figures 1" in ended.stdout


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["nowhere", "BTCUSDT", "--from", "20260914"], "there is no venue 'nowhere'"),
        (["binance", "NOTACOIN", "--from", "20260914"], "binance lists no 'NOTACOIN'"),
        (["binance", "BTCUSDT"], "--from is missing"),
        (["binance", "BTCUSDT", "--from", "20270101", "--to", "20260101"], "nothing in between"),
        (["binance", "BTCUSDT", "--from", "20260914", "--interval", "7m"], "-1120"),
        (
            ["binance", "BTCUSDT", "--from", "20260914", "--interval", "1m", "--trades"],
            "choose one",
        ),
        (
            ["binance", "BTCUSDT", "--from", "20260914", "--set", "secret=1"],
            "secret is a secret",
        ),
    ],
)
def test_what_cannot_be_done_is_said(
    call: Call, words: list[str], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anyvenue.app.downloading.PATIENCE", Patience(first_s=0.001))
    ended = call("download", *words, "--store", "s.sqlite")
    assert ended.exit_code == 1
    assert text in ended.stderr


def test_recorded_bars_and_downloaded_ones_are_the_same(
    call: Call, served: Threaded[Booth], shared_data: Path
) -> None:
    """A recorded day, served as a venue's past and downloaded, is the file imported."""
    file = shared_data / "crypto_bars" / "nautilus_btc_perp_1m_2021-12-31_2022-02-01.csv.gz"
    with gzip.open(file, "rt") as lines:
        rows = [line.split(",") for line in lines if line.startswith("2022-01-03")]
    bars = []
    for stamp, *figures in rows:
        begins = int(datetime.fromisoformat(f"{stamp}+00:00").timestamp()) * 10**9
        bars.append(Bar(PERP, 0, 0, "1m", begins, *map(float, figures)))
    served.bars = bars
    words = ["--from", "20220103", "--to", "20220103", "--store", "s.sqlite"]
    ended = call("download", "binance", "BTC-USDT-PERP", *words)
    assert ended.exit_code == 0, ended.output
    header = "datetime,open,high,low,close,volume\n"
    Path("day.csv").write_text(header + "".join(map(",".join, rows)), encoding="utf-8")
    source = open_source(
        Path("day.csv"),
        catalog=Catalog(20260915),
        instrument=PERP,
        profile="plain-bar-start",
        interval="1m",
    )
    imported = {each.ts_start: each for each in source.events() if isinstance(each, Bar)}
    found = stored("s.sqlite", SeriesKey(PERP, StoreKind.BAR, "1m"))
    assert len(found) == len(bars) == 1440
    for one in found:
        other = imported[one.ts_start]
        for name in ("ts_event", "ts_recv", "trading_day", "open", "high", "low", "close"):
            assert getattr(one, name) == getattr(other, name), name


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_what_came_before_ctrl_c_is_kept_and_the_next_run_goes_on(
    call: Call, served: Threaded[Booth]
) -> None:
    served.bars = minutes(5000)
    line = [
        sys.executable, "-m", "anyvenue", "data", "download", "binance", "BTCUSDT", "--from", "20260914",
        "--to", "20260917", "--store", "s.sqlite", *served.settings,
    ]  # fmt: skip
    stop = BEGIN + 2000 * MINUTE
    process: list[subprocess.Popen[str]] = []

    def interrupt(start: int, _end: int) -> bool:
        # The third page: two have come. It fails, so that the program is waiting when it is interrupted.
        if start >= stop:
            process[0].send_signal(signal.SIGINT)
            return True
        return False

    served.fails = interrupt
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ
    ) as started:
        process.append(started)
        _, errors = started.communicate(timeout=90)
    assert started.returncode == 130, errors
    assert "2,000 records are in the store; run it again to go on" in errors
    assert "interrupted" in errors
    assert len(stored("s.sqlite")) == 2000
    served.fails = lambda _start, _end: False
    served.asked.clear()
    ended = call(
        "download", "binance", "BTCUSDT", "--from", "20260914", "--to", "20260917", "--store",
        "s.sqlite",
    )  # fmt: skip
    assert "3,000 records added" in ended.stdout
    assert min(start for start, _ in served.asked) == stop
