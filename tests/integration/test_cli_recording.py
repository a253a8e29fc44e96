"""``--record``, ``data compact``, windows of ``paper`` and pages of ``run`` and ``optimize`` at the command line."""

import json
from collections.abc import Callable
from importlib.util import find_spec
from math import sin
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from anyvenue.app.main import app
from anyvenue.data.canonical import write_csv
from anyvenue.data.profiles import Record
from anyvenue.data.store import SeriesKey, StoreKind, open_store
from anyvenue.model.market import Quote
from anyvenue.reference.catalog import Catalog

RB = Catalog(20260915).get("rb2701.SHFE")
START = 1_789_434_000 * 10**9  # 09:00 in China on 2026-09-15
QUICK = ("--set", "fast=20", "--set", "slow=60")
Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command line in an empty folder, without a configuration of one's own."""
    monkeypatch.chdir(tmp_path)
    for name in ("ANYVENUE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    return lambda *words: CliRunner().invoke(app, words)


@pytest.fixture(scope="module")
def quotes(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write half an hour of quotes that go up and down."""
    path = tmp_path_factory.mktemp("quotes") / "rb2701.csv"
    events = [
        Quote(RB.id, ts, ts, price, price + 1, 50.0, 50.0)
        for second in range(1800)
        for ts in [START + second * 10**9]
        for price in [3500.0 + round(20 * sin(second / 95) + 5 * sin(second / 23))]
    ]
    write_csv(path, Record.QUOTE, events)
    return str(path)


def kinds(path: str) -> set[str]:
    return {entry.key.kind.value for entry in open_store(path).list()}


@pytest.mark.parametrize("command", [("backtest",), ("paper", "--speed", "0")])
def test_a_run_records_what_it_consumed(call: Call, quotes: str, command: tuple[str, ...]) -> None:
    name, *more = command
    words = (name, "ema_cross", "--data", quotes, *QUICK, *more)
    done = call(*words, "--record", "run.sqlite", "--json")
    assert done.exit_code == 0, done.output
    assert kinds("run.sqlite") == {"quote", "fill", "mark", "snapshot"}
    rows = {entry.key: entry.rows for entry in open_store("run.sqlite").list()}
    fills = json.loads(done.stdout)["summary"]["fills"]
    assert rows[SeriesKey(RB.id, StoreKind.QUOTE)] == 1800
    assert rows[SeriesKey(RB.id, StoreKind.FILL)] == fills
    assert f"recorded: {sum(rows.values()):,} records into run.sqlite" in done.stderr


def test_a_run_is_not_recorded_twice_into_one_store(call: Call, quotes: str) -> None:
    words = ("backtest", "ema_cross", "--data", quotes, *QUICK, "--record", "run.sqlite")
    assert call(*words).exit_code == 0
    again = call(*words)
    assert again.exit_code == 1
    assert "record into another store" in again.stderr


def test_the_demo_and_run_record_every_account(call: Call) -> None:
    for name, *words in (("demo", "demo"), ("run", "run", "ema_cross")):
        done = call(*words, "--seconds", "0.5", "--speed", "300", "--record", f"{name}.sqlite")
        assert done.exit_code == 0, done.output
    accounts = {
        entry.key.instrument
        for entry in open_store("demo.sqlite").list()
        if entry.key.kind is StoreKind.SNAPSHOT
    }
    assert accounts == {"basket", "grid"}
    assert "snapshot" in kinds("run.sqlite")


def test_paper_takes_a_window_of_time(call: Call, quotes: str) -> None:
    window = ("--from", "2026-09-15T09:10", "--to", "2026-09-15T09:20")
    words = ("--data", quotes, *QUICK, *window, "--json")
    done = call("paper", "ema_cross", *words, "--speed", "0")
    assert done.exit_code == 0, done.output
    papered = json.loads(done.stdout)
    tested = json.loads(call("backtest", "ema_cross", *words).stdout)
    assert 600 <= tested["summary"]["events"] < 1800
    assert papered["ledger_hash"] == tested["ledger_hash"]


def test_run_writes_a_page(call: Call) -> None:
    words = ("run", "ema_cross", "--speed", "100", "--seconds", "0.5")
    done = call(*words, "--report", "run.html", "--plot")
    assert done.exit_code == 0, done.output
    page = Path("run.html").read_text(encoding="utf-8")
    assert "fast=2 slow=5" in page


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_search_writes_its_page_without_any_drawing_library(
    call: Call, quotes: str, lang: str
) -> None:
    grid = ("--grid", "fast=5,10", "--grid", "slow=20,40", "--jobs", "1")
    words = ("optimize", "ema_cross", "--data", quotes, *grid, "--lang", lang)
    done = call(*words, "--report", "search.html")
    assert done.exit_code == 0, done.output
    page = Path("search.html").read_text(encoding="utf-8")
    assert ("fast and slow" if lang == "en" else "fast 与 slow") in page
    assert len(page) < 100_000


def test_a_search_whose_page_cannot_be_written_ends_before_it_begins(
    call: Call, quotes: str
) -> None:
    words = ("optimize", "ema_cross", "--data", quotes, "--grid", "fast=5,10")
    done = call(*words, "--report", "nowhere/out.html")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "expected a file in a folder that exists" in done.stderr


@pytest.mark.skipif(find_spec("pyarrow") is None, reason="Parquet needs pyarrow")
def test_small_files_are_brought_together(call: Call) -> None:
    with open_store("prices") as store:
        for second in range(3):
            ts = START + second
            store.append([Quote(RB.id, ts, ts, 1.0, 2.0, 1.0, 1.0)])
    done = call("data", "compact", "--store", "prices", "--json")
    (line,) = json.loads(done.stdout)
    assert (line["instrument"], line["files_before"], line["files_after"]) == (RB.id, 3, 1)
    said = call("data", "compact", "--store", "prices", "--instrument", "rb2701", "--lang", "zh")
    assert "1 个文件" in said.stdout
    assert open_store("prices").list()[0].rows == 3
