"""`import anyvenue`: what it offers, and that it costs nothing."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import anyvenue

PROJECT = Path(__file__).resolve().parents[3] / "pyproject.toml"


@pytest.mark.parametrize("name", anyvenue.__all__)
def test_every_public_name_can_be_used(name: str) -> None:
    assert getattr(anyvenue, name) is not None
    assert name in dir(anyvenue)


def test_functions_are_functions_and_packages_stay_packages() -> None:
    import anyvenue.data
    import anyvenue.strategy

    assert callable(anyvenue.backtest)
    assert callable(anyvenue.paper)
    assert anyvenue.data.__name__ == "anyvenue.data"
    assert anyvenue.indicators.__name__ == "anyvenue.strategy.indicators"


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        anyvenue.nothing  # noqa: B018


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    assert anyvenue.__version__ == project["version"]


def test_importing_loads_nothing_heavy() -> None:
    script = (
        "import sys, anyvenue\n"
        "heavy = {'asyncio', 'socket', 'threading', 'msgspec', 'typer', 'rich', 'anyvenue.engine'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "anyvenue.Side, anyvenue.errors\n"
        "assert not {'asyncio', 'anyvenue.engine'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
