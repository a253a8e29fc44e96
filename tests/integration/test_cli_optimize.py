"""``anyvenue optimize`` and windows of time at the command line."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from anyvenue.app.main import app
from anyvenue.data.canonical import write_csv
from anyvenue.data.profiles import Record
from anyvenue.reference.catalog import Catalog
from anyvenue.sim.synthetic import synthetic_ticks

pytestmark = pytest.mark.long

DAY = 20260915
Call = Callable[..., Result]
GRID = ("--grid", "fast=10:30:10", "--grid", "slow=20,40", "--where", "fast<slow", "--jobs", "1")
HEADLESS = {"ANYVENUE_LANG": "en", "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command line in an empty folder, without a configuration of one's own."""
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("ANYVENUE_LANG", "en")
    return lambda *words: CliRunner().invoke(app, words)


@pytest.fixture(scope="session")
def ticks(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write two stretches of a synthetic trading day: ten minutes of its night and ten of its morning."""
    catalog = Catalog(DAY)
    instrument = catalog.get("rb2701.SHFE")
    sessions = catalog.sessions(instrument.sessions)
    windows = [
        type(window)(window.start, window.start + 600_000_000_000, window.status, DAY)
        for window in sessions.windows(DAY)[:2]
    ]
    path = tmp_path_factory.mktemp("ticks") / "rb2701.csv.gz"
    write_csv(path, Record.DEPTH, synthetic_ticks(instrument, windows, 1, 3500))
    return str(path)


def document(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_the_best_points_and_a_map_are_shown(call: Call, ticks: str) -> None:
    result = call("optimize", "ema_cross", "--data", ticks, *GRID, "--top", "3")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "EmaCross: 4 points by return, the best 3"
    assert lines[2].split()[:3] == ["fast", "slow", "return"]
    assert "return of fast and slow, ██ is best" in lines
    assert "4 of 4 points, 0 from before, 0 failed" in result.stderr


def test_a_narrow_terminal_is_not_overrun(
    call: Call, ticks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    result = call("optimize", "ema_cross", "--data", ticks, *GRID, "--lang", "zh")
    assert result.exit_code == 0, result.output
    assert max(map(len, result.stdout.splitlines())) <= 60
    assert "热图" not in result.stdout
    assert "fast 与 slow 下的 return" in result.stdout


def test_a_map_too_wide_for_the_screen_has_shades_only(
    call: Call, ticks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    many = (
        "-g",
        "fast=5:15:10",
        "-g",
        "slow=20:110:10",
        "--by",
        "fees",
        "--jobs",
        "1",
        "--top",
        "1",
    )
    result = call("optimize", "ema_cross", "--data", ticks, *many)
    assert result.exit_code == 0, result.output
    map_of_both = result.stdout[result.stdout.index("fees of fast and slow") :]
    assert "██" in map_of_both.splitlines()[4]
    assert "." not in map_of_both
    assert max(map(len, result.stdout.splitlines())) <= 60


def test_json_is_the_document_of_the_library(call: Call, ticks: str) -> None:
    found = document(call("optimize", "ema_cross", "-d", ticks, *GRID, "--by", "fees", "--json"))
    assert found["objective"] == {"name": "fees", "larger": False}
    scores = [point["score"] for point in found["points"]]  # type: ignore[attr-defined]
    assert scores == sorted(scores)
    assert len(scores) == 4


def test_a_second_call_goes_on_where_the_first_ended(call: Call, ticks: str) -> None:
    words = ("optimize", "ema_cross", "--data", ticks, *GRID, "--out", "search")
    assert "0 from before" in call(*words).stderr
    assert "4 from before" in call(*words).stderr
    more = call(*words, "--grid", "fast=39")
    assert "5 of 5 points, 4 from before" in more.stderr


def test_a_changed_strategy_is_run_again(call: Call, ticks: str, tmp_path: Path) -> None:
    own = tmp_path / "own.py"
    source = """
import anyvenue as av

class Own(av.Strategy):
    lots: int = 1

    def on_start(self):
        if self.lots == 3:
            raise ValueError("three is too many")
        self.depth(self.instrument)

    def on_depth(self, depth):
        self.target(depth.instrument, self.lots)
"""
    own.write_text(source, encoding="utf-8")
    words = (
        "optimize",
        "own.py",
        "--data",
        ticks,
        "--grid",
        "lots=1:3",
        "--out",
        "o",
        "--jobs",
        "2",
    )
    first = call(*words)
    assert first.exit_code == 0, first.output
    assert "failed: lots=3: ValueError: three is too many" in first.stderr
    assert "3 from before, 1 failed" in call(*words).stderr
    own.write_text(source + "\n", encoding="utf-8")
    assert "0 from before" in call(*words).stderr


def test_a_walk_forward_shows_each_step_and_the_whole(call: Call, ticks: str) -> None:
    words = (
        "optimize",
        "ema_cross",
        "--data",
        ticks,
        *GRID,
        "--walk-forward",
        "2",
        "--by",
        "profit",
    )
    result = call(*words, "--train-parts", "2")
    assert result.exit_code == 0, result.output
    assert "EmaCross: walk forward in 2 steps by profit" in result.stdout
    assert "Out of sample, 2 tests: profit " in result.stdout
    found = document(call(*words, "--json"))
    assert len(found["walk_forward"]) == 2  # type: ignore[arg-type]
    assert found["out_of_sample"]["tests"] == 2  # type: ignore[index]


def test_when_every_point_fails_the_exit_code_says_so(call: Call, ticks: str) -> None:
    result = call("optimize", "ema_cross", "-d", ticks, "--grid", "fast=50,60", "--jobs", "1")
    assert result.exit_code == 1
    assert "failed: fast=50: " in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--grid", "fast"), "the grid was 'fast'"),
        (("--grid", "fats=1"), "did you mean fast"),
        (("--grid", "fast=1", "--by", "luck"), "the objective was 'luck'"),
        (("--grid", "fast=1", "--where", "fast = 1"), "the condition was"),
        (("--grid", "fast=1", "--heat", "fast"), "--heat was 'fast'"),
        (("--grid", "fast=1", "--from", "now"), "the time was 'now'"),
        (("--grid", "fast=1", "--from", "20261109"), "no record lies from 20261109"),
        (("--grid", "fast=1", "--walk-forward", "9999"), "cannot be split"),
    ],
)
def test_a_mistake_is_one_line(call: Call, ticks: str, words: tuple[str, ...], said: str) -> None:
    result = call("optimize", "ema_cross", "--data", ticks, *words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    chinese = call("optimize", "ema_cross", "--data", ticks, *words, "--lang", "zh")
    assert chinese.stderr.startswith("错误：")


def test_a_backtest_takes_a_window(call: Call, ticks: str) -> None:
    def events(*words: str) -> int:
        found = document(call("backtest", "ema_cross", "--data", ticks, *words, "--json"))
        fills: int = found["summary"]["events"]  # type: ignore[index]
        return fills

    night = events("--to", "2026-09-15T00:00")
    morning = events("--from", "2026-09-15T00:00")
    assert night > 0
    assert morning > 0
    assert events("--from", "20260915", "--to", "20260915") == events()
    assert call("backtest", "ema_cross", "-d", ticks, "--to", "20260914").exit_code == 1


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_and_keeps_what_is_finished(
    tmp_path: Path, ticks: str, number: signal.Signals
) -> None:
    words = ["optimize", "ema_cross", "--data", ticks, "-g", "fast=1:3000", "--set", "slow=5000"]
    process = subprocess.Popen(
        [sys.executable, "-m", "anyvenue", *words, "--out", "search", "--jobs", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=tmp_path,
        env={**os.environ, **HEADLESS, "HOME": str(tmp_path)},
        start_new_session=True,
    )
    with process:
        assert process.stderr is not None
        points = tmp_path / "search" / "points.jsonl"
        while not points.exists() or len(points.read_bytes().splitlines()) < 3:
            assert process.stderr.readline()  # progress: after a second, then every five
        os.killpg(process.pid, number) if number is signal.SIGINT else process.send_signal(number)
        out, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert errors.splitlines()[-1] == "interrupted"
    kept = len(points.read_bytes().splitlines())
    # A point is kept before it is counted, so a signal in between leaves one that the next call finds.
    heads = [f"EmaCross: {n:,} points by return, the best {min(n, 10)}" for n in (kept, kept - 1)]
    assert out.splitlines()[0] in heads
