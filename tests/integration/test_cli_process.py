"""The command line as a process: signals, pipes, folders that may not be written to."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and pipes")
PATIENCE_S = 60
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
    # Were the signal lost, the run would end by itself, and with another exit code.
    with start("run", "grid", "--speed", "20", "--seconds", "20", home=tmp_path) as process:
        wait_for_line(process, " orders, ")
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE_S)
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
    with start(*words, home=tmp_path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        errors = [line for line in process.stderr if not line.startswith("[")]
        assert process.wait(timeout=PATIENCE_S) == 0
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
    assert (done.returncode, done.stderr) == (0, "")


@posix
def test_nothing_is_written_to_the_home_folder(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o555)
    try:
        with start("demo", "--seconds", "0.3", "--json", home=home) as process:
            out, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
        assert '"ok": true' in out
        assert list(home.iterdir()) == []
    finally:
        home.chmod(0o755)


def test_a_terminal_that_cannot_write_chinese_shows_question_marks(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "strategies", "--lang", "zh"],
        capture_output=True,
        env={**environment(tmp_path), "PYTHONIOENCODING": "latin-1"},
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"?" in done.stdout
    assert b"-----" in done.stdout


def test_python_m_anyvenue_is_the_command(tmp_path: Path) -> None:
    with start("--version", home=tmp_path) as process:
        out, _ = process.communicate(timeout=PATIENCE_S)
    assert out == "anyvenue 0.1.0\n"


@posix
def test_a_terminal_shows_the_live_picture_and_then_the_report(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "demo", "--seconds", str(PATIENCE_S)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**environment(tmp_path), "TERM": "xterm", "COLUMNS": "100", "LINES": "40"},
        cwd=tmp_path,
    ) as process:
        os.close(theirs)
        shown = read_all(ours, lambda text: text.count("rb2701.SHFE") > 3, process)
        assert process.wait(timeout=PATIENCE_S) == 130
    assert "Ctrl-C stops it" in shown
    assert shown.rstrip().endswith("open orders: 0")


def read_all(
    descriptor: int, enough: Callable[[str], bool], process: "subprocess.Popen[bytes]"
) -> str:
    """Return what a process shows, and press Ctrl-C once that is enough."""
    shown, stopped = b"", False
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        while True:
            try:
                part = stream.read(65536)
            except OSError:  # Linux's way to say that the other end is closed
                break
            if not part:
                break
            shown += part
            if not stopped and enough(shown.decode(errors="ignore")):
                stopped = True
                process.send_signal(signal.SIGINT)
    return shown.decode()
