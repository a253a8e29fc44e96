"""``anyvenue ctp use-library`` and the counters of ``anyvenue doctor`` as a user meets them."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from anyvenue.app.main import app

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line for an environment with openctp-ctp and openctp-tts in it."""
    for package in ("openctp_ctp", "openctp_tts"):
        folder = tmp_path / f"{package}.libs"
        folder.mkdir()
        for kind in ("trader", "mduser"):
            (folder / f"libthost{kind}api_se-1.so").write_text("")
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho {tmp_path}\n")
    python.chmod(0o755)
    monkeypatch.setenv("NO_COLOR", "1")
    words = ("ctp", "use-library", "--python", str(python))
    return lambda *more: CliRunner().invoke(app, ("--lang", "en", *words, *more))


def test_it_shows_whose_libraries_the_packages_have(run: Run) -> None:
    shown = run("--show")
    assert shown.exit_code == 0
    assert "openctp-tts" in shown.output
    rows = msgspec.json.decode(run("--show", "--json").stdout)
    assert [(row["package"], row["state"]) for row in rows] == [
        ("openctp-ctp", "own"),
        ("openctp-tts", "own"),
    ]


def test_one_thing_is_done_to_one_package(run: Run) -> None:
    assert "give one of --library DIR, --restore and --show" in run().output
    assert "name one by --package" in run("--restore").output
    refused = run("--restore", "--package", "openctp-tts")
    assert refused.exit_code != 0
    assert "there is nothing to restore" in refused.output


def test_a_library_of_ones_own_is_tried_by_the_doctor(tmp_path: Path) -> None:
    path = tmp_path / "mine.so"
    path.write_text("no library")
    words = ("--lang", "zh", "doctor", "--json", "--library", str(path))
    told = msgspec.json.decode(CliRunner().invoke(app, words).stdout)
    assert told["counters"][0]["title"] == "上期技术 CTP"
    assert told["counters"][-1]["state"] == "failed"
    assert "不是动态库" in told["counters"][-1]["found"]
