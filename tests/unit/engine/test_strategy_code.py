"""The code of a strategy is kept as it was run, and what in it cannot be repeated is found."""

import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from anyvenue.app.strategies import load_strategy
from anyvenue.engine.live.strategy_code import class_of, code_of
from anyvenue.engine.live.tape_entries import CodeSeen
from anyvenue.engine.replaying.ambient import ambient_reads
from anyvenue.model.errors import StrategyError

CODE = """
from anyvenue.strategy.base import Strategy

class Kept(Strategy):
    size: int = 3
"""
AMBIENT = """
import os
import random
import time as t
from datetime import datetime, timezone
from random import Random, gauss

own = Random(7)

class Whim:
    def on_quote(self, quote):
        if t.monotonic() > 5 and random.random() > 0.5:
            self.seen = datetime.now(timezone.utc)
        own.random()
        gauss(0, 1)
        self.day = datetime.fromtimestamp(0)
        return os.environ["X"], open("x")
"""


def test_the_code_as_it_was_is_run_whatever_the_file_says_now(tmp_path: Path) -> None:
    file = tmp_path / "kept_strategy.py"
    file.write_text(CODE, encoding="utf-8")
    code = code_of(load_strategy(str(file)))
    file.write_text(CODE.replace("3", "4"), encoding="utf-8")
    assert class_of(code)().size == 3  # type: ignore[attr-defined]
    file.unlink()
    module = sys.modules["kept_strategy"]
    assert class_of(code)().size == 3  # type: ignore[attr-defined]
    assert sys.modules["kept_strategy"] is module


def test_a_strategy_of_ours_is_known_by_its_version() -> None:
    kind = load_strategy("grid")
    code = code_of(kind)
    assert code.text == ""
    assert class_of(code) is kind
    with pytest.raises(StrategyError, match="no strategy Nobody any more"):
        class_of(replace(code, name="Nobody"))


def test_code_that_cannot_be_run_here_is_named() -> None:
    code = CodeSeen("Kept", "kept", "/somewhere/kept.py", "import not_installed_here\n" + CODE)
    with pytest.raises(StrategyError, match=r"/somewhere/kept\.py cannot be run here"):
        class_of(code)


def test_what_reads_the_world_outside_is_found_with_file_and_line() -> None:
    found = ambient_reads(CodeSeen("Whim", "whim", "whim.py", AMBIENT))
    assert sorted(found) == [
        "whim.py:12 random.random",
        "whim.py:12 time.monotonic",
        "whim.py:13 datetime.datetime.now",
        "whim.py:15 random.gauss",
        "whim.py:17 open",
        "whim.py:17 os.environ",
    ]
    assert ambient_reads(CodeSeen("Kept", "kept", "kept.py", CODE)) == []
    assert ambient_reads(CodeSeen("Kept", "kept", "kept.py", "not python")) == []
