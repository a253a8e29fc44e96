"""``anyvenue ctp``: the counter as a process of its own, and its libraries built from the command line."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ctp_doors import Program

COMMAND = [sys.executable, "-W", "error", "-m", "anyvenue", "--lang", "en", "ctp"]
needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed")


def run(*words: str, code: int = 0) -> str:
    done = subprocess.run(
        [*COMMAND, *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


def test_a_counter_says_where_it_is_open() -> None:
    said = run(
        "serve", "--td-port", "0", "--md-port", "0", "--seconds", "0.1", "--json", "-i", "rb2701"
    )
    found = json.loads(said)
    assert found["broker"] == "9999"
    assert found["instruments"] == ["rb2701"]
    assert found["td"].startswith("tcp://127.0.0.1:")
    assert found["td"] != found["md"]


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--host", "0.0.0.0"), "can be reached from other machines"),
        (("--profile", "anyvenue"), "name a user with --user"),
        (("--profile", "other"), "no CTP profile 'other'"),
        (("--api", "mini"), "expected ctp or opt"),
        (("--md", "tcp://127.0.0.1:1", "--state", "x", "-i", "rb2701"), "cannot keep a --state"),
    ],
)
def test_a_counter_that_cannot_be_says_what_to_do(words: tuple[str, ...], why: str) -> None:
    assert why in run("serve", "--td-port", "0", "--md-port", "0", *words, code=1)


def test_sources_are_written_where_they_are_wanted(tmp_path: Path) -> None:
    run("build-library", "--dialect", "tora", "--source-only", "--out", str(tmp_path))
    assert (tmp_path / "traderapi" / "library.cpp").is_file()
    assert (tmp_path / "traderapi" / "traderapi.def").is_file()


def test_an_unknown_version_names_those_that_are_described(tmp_path: Path) -> None:
    said = run("build-library", "--version", "1.2.3", "--out", str(tmp_path), code=1)
    assert "6.7.10, 6.7.11" in said


@contextmanager
def serving(*words: str) -> Iterator[list[str]]:
    command = [*COMMAND, "serve", "--td-port", "0", "--md-port", "0", "-i", "rb2701", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            line = next(line for line in process.stdout if "trader front" in line)
            yield re.findall(r"tcp://\S+:\d+", line)
        finally:
            process.kill()


@pytest.mark.long
@needs_compiler
def test_a_counter_takes_its_market_from_another_front(tmp_path: Path) -> None:
    run("build-library", "--version", "6.7.11", "--out", str(tmp_path))
    library = tmp_path / "libthostmduserapi_se.so"
    with serving("--date", "20260915") as (_, source):
        market = ("--md", source, "--md-library", str(library), "--hours", "always")
        with serving(*market) as (td, md):
            quotes = Program(library, "md", f"{tmp_path}/md_")
            quotes.start(md)
            quotes.login()
            quotes.names("SubscribeMarketData", ["rb2701"])
            quote = quotes.until("OnRtnDepthMarketData", 2)
            assert quotes.read(quote, "InstrumentID") == "rb2701"
            assert 3150 <= float(quotes.read(quote, "LastPrice")) <= 3850
            quotes.release()
            assert td != md
