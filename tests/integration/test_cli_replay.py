"""``--loop`` and raw captures at the command line."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from anyvenue.app.main import app
from anyvenue.data.canonical import write_csv
from anyvenue.data.profiles import Record
from anyvenue.model.market import Depth
from anyvenue.reference.catalog import Catalog

SECOND = 1_000_000_000
START_MS = 1_700_000_000_000
CATALOG = Catalog(20260915)
RB = CATALOG.get("rb2701.SHFE")
Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command line in an empty folder, without a configuration of one's own."""
    monkeypatch.chdir(tmp_path)
    for name in ("ANYVENUE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    return lambda *words: CliRunner().invoke(app, list(words))


@pytest.fixture
def ticks(tmp_path: Path) -> Path:
    """Return a file of five minutes of a future's first session."""
    start = CATALOG.sessions(RB.sessions).windows(20260915)[0].start
    snapshots = [
        Depth(
            RB.id, ts, ts, (3500.0 + n % 7,), (9.0,), (3501.0 + n % 7,), (9.0,), last=3500.0 + n % 7,
            volume=float(n), trading_day=20260915,
        )
        for n, ts in enumerate(range(start, start + 300 * SECOND, SECOND))
    ]  # fmt: skip
    path = tmp_path / "ticks.csv"
    write_csv(path, Record.DEPTH, iter(snapshots))
    return path


def capture(path: Path, messages: Sequence[dict[str, object]]) -> Path:
    """Write messages a second apart."""
    lines = (
        f"{(START_MS + 1000 * n) * 1_000_000} {json.dumps(message)}\n"
        for n, message in enumerate(messages)
    )
    path.write_text("".join(lines))
    return path


def change(first: int, last: int, price: str) -> dict[str, object]:
    data = {"e": "depthUpdate", "E": START_MS, "s": "BTCUSDT", "U": first, "u": last}
    return {"stream": "btcusdt@depth", "data": {**data, "b": [[price, "1"]], "a": []}}


BOOK = {"lastUpdateId": 10, "bids": [["100.00", "1"]], "asks": [["101.00", "1"]]}


def shorten(ticks: Path) -> None:
    """Leave fifty rows of a recording, so that a slow machine comes to its end in half a second, too."""
    rows = ticks.read_text(encoding="utf-8").splitlines(keepends=True)
    ticks.write_text("".join(rows[:51]), encoding="utf-8")


def test_paper_repeats_the_recorded_days_until_the_time_is_up(call: Call, ticks: Path) -> None:
    shorten(ticks)
    words = (
        "paper",
        "ema_cross",
        "--data",
        str(ticks),
        "--loop",
        "--speed",
        "0",
        "--seconds",
        "0.5",
    )
    done = call(*words, "--json")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert result["summary"]["events"] > 100
    assert result["recount"]["holds"]


def test_the_demo_repeats_recorded_days_when_told(call: Call, ticks: Path) -> None:
    shorten(ticks)
    words = ("demo", "--data", str(ticks), "--loop", "--speed", "0", "--seconds", "0.5")
    done = call(*words, "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["synthetic"] is False
    assert document["events"] > 100


@pytest.mark.parametrize(("lang", "text"), [("en", "--loop repeats"), ("zh", "--loop 循环回放")])
def test_a_loop_of_nothing_recorded_is_refused_with_what_to_do(
    lang: str, text: str, call: Call
) -> None:
    done = call("--lang", lang, "demo", "--loop", "--seconds", "1")
    assert done.exit_code == 1
    assert text in done.stderr


def test_a_capture_is_described_with_its_gaps(call: Call, tmp_path: Path) -> None:
    path = capture(
        tmp_path / "spot.jsonl", [BOOK, change(11, 12, "100.50"), change(15, 16, "100.60")]
    )
    done = call("data", "info", str(path), "--json")
    assert done.exit_code == 0, done.output
    info = json.loads(done.stdout)
    assert (info["profile"], info["instrument"], info["rows"]) == (
        "binance-ws",
        "BTC-USDT.BINANCE",
        2,
    )
    assert any(
        "spot.jsonl, line 3: depth messages are missing: U 15" in each for each in info["warnings"]
    )


def test_two_files_of_a_capture_are_one_run(call: Call, tmp_path: Path) -> None:
    first = capture(tmp_path / "1.jsonl", [BOOK, change(11, 12, "100.50")])
    second = capture(tmp_path / "2.jsonl", [change(13, 14, "100.60"), change(15, 16, "100.70")])
    second.write_text(second.read_text().replace("17000000", "17000001"))
    words = ("backtest", "ema_cross", "--data", str(first), "--data", str(second), "--json")
    done = call(*words, "--instrument", "BTC-USDT-PERP.BINANCE")
    assert done.exit_code == 0, done.output
    # Four states of the book, three of them because the second file goes on where the first ends, and the deposit.
    assert json.loads(done.stdout)["summary"]["events"] == 5


def test_the_layouts_of_captures_are_listed(call: Call) -> None:
    names = [each["name"] for each in json.loads(call("data", "profiles", "--json").stdout)]
    assert {"binance-ws", "binance-ws-quote", "binance-ws-trade"} <= set(names)
