"""The command line as a process: signals, pipes, folders that may not be written to."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and pipes")
COMMAND = [sys.executable, "-W", "error", "-m", "anyvenue"]


def environment(home: Path) -> dict[str, str]:
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("ANYVENUE", "LC_", "LANG"))
    }
    return {**kept, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "PYTHONUNBUFFERED": "1"}


def start(*words: str, home: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*COMMAND, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(home),
        cwd=home,
    )


def wait_for_line(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if word in line:
            return
    raise AssertionError(f"the process ended without {word!r}: {process.communicate()[1]}")


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_run_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    process = start("run", "grid", "--speed", "20", home=tmp_path)
    wait_for_line(process, " 6 orders")
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "open orders: 0" in out
    assert "recount of grid holds" in out
    assert "Traceback" not in err


@posix
def test_a_signal_before_the_run_begins_leaves_no_traceback(tmp_path: Path) -> None:
    script = (
        "import os, signal\n"
        "import anyvenue.app.simulation as simulation\n"
        "simulation.prepare.__globals__['feed_of'] = lambda *_: os.kill(os.getpid(), signal.SIGINT)\n"
        "import sys; sys.argv = ['anyvenue', 'backtest', 'grid', '--data', 'x.csv']\n"
        "from anyvenue.app.main import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=environment(tmp_path),
        check=False,
    )
    assert done.returncode == 130
    assert done.stderr == "interrupted\n"


@posix
@pytest.mark.parametrize(
    "words", [("instruments",), ("config", "schema"), ("demo", "--seconds", "5")]
)
def test_a_reader_that_goes_away_ends_it_quietly(tmp_path: Path, words: tuple[str, ...]) -> None:
    process = start(*words, home=tmp_path)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    errors = [line for line in process.stderr if not line.startswith("[")]
    assert process.wait(timeout=20) == 0
    assert errors == []


@posix
def test_a_closed_standard_output_is_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$0" -m anyvenue instruments rb >&-', sys.executable],
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(tmp_path),
        check=False,
    )
    assert "Traceback" not in done.stderr


@posix
def test_nothing_is_written_to_the_home_folder(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o555)
    try:
        process = start("demo", "--seconds", "0.3", "--json", home=home)
        out, _ = process.communicate(timeout=20)
        assert process.returncode == 0
        assert '"ok": true' in out
        assert list(home.iterdir()) == []
    finally:
        home.chmod(0o755)


def test_a_terminal_that_cannot_write_chinese_shows_question_marks(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "strategies", "--lang", "zh"],
        capture_output=True,
        env={**environment(tmp_path), "PYTHONIOENCODING": "ascii"},
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"?" in done.stdout
    assert b"-----" in done.stdout


def test_python_m_anyvenue_is_the_command(tmp_path: Path) -> None:
    process = start("--version", home=tmp_path)
    assert process.communicate(timeout=20)[0] == "anyvenue 0.1.0\n"
