"""``--report``, ``--plot`` and ``anyvenue compare`` at the command line."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from anyvenue.app.main import app
from anyvenue.data.canonical import write_csv
from anyvenue.data.profiles import Record
from anyvenue.reference.catalog import Catalog
from anyvenue.sim.synthetic import synthetic_ticks

Call = Callable[..., Result]
QUICK = ("--set", "fast=20", "--set", "slow=60")


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command line in an empty folder, without a configuration of one's own."""
    monkeypatch.chdir(tmp_path)
    for name in ("ANYVENUE_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))

    def call(*words: str) -> Result:
        return CliRunner().invoke(app, words)

    return call


@pytest.fixture(scope="module")
def ticks(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write the first half hour of a synthetic trading day."""
    catalog = Catalog(20260915)
    instrument = catalog.get("rb2701.SHFE")
    sessions = catalog.sessions(instrument.sessions)
    window = sessions.windows(20260915)[0]
    part = type(window)(window.start, window.start + 1800 * 10**9, window.status, 20260915)
    path = tmp_path_factory.mktemp("ticks") / "rb2701.csv.gz"
    made = synthetic_ticks(instrument, [part], 1, 3500)
    write_csv(path, Record.DEPTH, made)
    return str(path)


def test_a_backtest_writes_its_page_and_says_so(call: Call, ticks: str) -> None:
    done = call("backtest", "ema_cross", "--data", ticks, *QUICK, "--report", "out.html")
    assert done.exit_code == 0, done.output
    assert "report written: out.html" in done.stderr
    page = Path("out.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "fast=20 slow=60" in page


def test_paper_writes_the_page_in_the_language_asked_for(call: Call, ticks: str) -> None:
    words = ("paper", "ema_cross", "--data", ticks, *QUICK, "--speed", "0")
    done = call(*words, "--report", "out.html", "--lang", "zh", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["strategy"] == "EmaCross"
    assert '<html lang="zh-CN">' in Path("out.html").read_text(encoding="utf-8")


def test_a_demo_s_page_says_that_its_prices_are_made_up(call: Call) -> None:
    done = call("demo", "--seconds", "0.5", "--report", "demo.html", "--plot", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["synthetic"] is True
    assert "Synthetic data" in Path("demo.html").read_text(encoding="utf-8")
    compared = call("compare", "demo.html:basket", "demo.html:grid", "--json")
    assert json.loads(compared.stdout)["b"]["account"] == "grid"


def test_a_page_that_cannot_be_written_ends_it_before_it_begins(call: Call, ticks: str) -> None:
    for path in ("nowhere/out.html", "."):
        done = call("backtest", "ema_cross", "--data", ticks, "--report", path)
        assert done.exit_code == 1
        assert done.stdout == ""
        assert "expected a file in a folder that exists" in done.stderr


def test_without_plotly_it_ends_at_once_and_names_the_extra(tmp_path: Path, ticks: str) -> None:
    program = (
        "import sys; sys.modules['plotly'] = sys.modules['plotly.offline'] = None; "
        "from anyvenue.app.main import main; main()"
    )
    words = ["backtest", "ema_cross", "--data", ticks, "--report", "out.html", "--lang", "en"]
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "pip install 'anyvenue[report]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_plot_is_drawn_below_the_figures(call: Call, ticks: str) -> None:
    done = call("backtest", "ema_cross", "--data", ticks, *QUICK, "--plot")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    at = lines.index("backtest · equity in CNY")
    assert "largest drawdown" in lines[at:]
    assert max(map(len, lines[at:])) <= 80


def test_a_plot_is_as_wide_as_the_terminal(
    call: Call, ticks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    done = call("backtest", "ema_cross", "--data", ticks, *QUICK, "--plot", "--lang", "zh")
    lines = done.stdout.splitlines()
    at = lines.index("backtest · CNY 权益")
    assert 45 <= max(map(len, lines[at:])) <= 50


# ---- compare


@pytest.fixture
def saved(call: Call, ticks: str) -> list[str]:
    """Save two results, the second with other parameters."""
    for name, slow in (("a.json", "60"), ("b.json", "120")):
        words = ("backtest", "ema_cross", "--data", ticks, "--set", "fast=20", "--set")
        Path(name).write_text(call(*words, f"slow={slow}", "--json").stdout, encoding="utf-8")
    return ["a.json", "b.json"]


def test_two_results_stand_side_by_side(call: Call, saved: list[str]) -> None:
    shown = call("compare", *saved)
    assert shown.exit_code == 0, shown.output
    assert "B - A" in shown.stdout
    assert "ledger hashes equal: no" in shown.stdout
    found = json.loads(call("compare", *saved, "--json").stdout)
    fees = next(each for each in found["currencies"]["CNY"] if each["name"] == "fees")
    assert float(fees["difference"]) == pytest.approx(float(fees["b"]) - float(fees["a"]))


def test_a_result_equals_itself(call: Call, saved: list[str]) -> None:
    found = json.loads(call("compare", saved[0], saved[0], "--json").stdout)
    assert found["same_audit"] is found["same_ledger"] is True
    for each in found["currencies"]["CNY"]:
        assert each["difference"] is None or float(each["difference"]) == 0


def test_what_is_no_result_is_said_in_one_line(call: Call, saved: list[str]) -> None:
    Path("wrong.json").write_text("{}", encoding="utf-8")
    Path("two.json").write_text(
        json.dumps({"accounts": [json.loads(Path(each).read_text()) for each in saved]})
    )
    for name, expected in (
        ("none.json", "cannot be read"),
        ("wrong.json", "holds no result"),
        ("two.json", "name one of them"),
        ("a.json:other", "has the accounts backtest"),
    ):
        done = call("compare", name, saved[0])
        assert done.exit_code == 1
        assert expected in done.stderr
        assert len(done.stderr.splitlines()) == 1
