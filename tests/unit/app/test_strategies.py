"""Strategies by name, by file and by class."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from anyvenue.app.strategies import known_strategies, load_strategy, parse_settings
from anyvenue.model.errors import ConfigError, StrategyError
from anyvenue.strategy.base import Strategy

ONE = "from anyvenue import Strategy\nclass One(Strategy):\n    size: int = 1\n"
TWO = ONE + "class Two(Strategy):\n    pass\nclass _Hidden(Strategy):\n    pass\nnumber = 3\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("mine"):
            del sys.modules[name]


def refusal(text: str) -> str:
    with pytest.raises(StrategyError) as caught:
        load_strategy(text)
    return caught.value.text


def test_built_in_strategies_have_names() -> None:
    assert [each.name for each in known_strategies()][:3] == ["basket", "ema_cross", "grid"]
    assert load_strategy("ema_cross").__name__ == "EmaCross"
    assert issubclass(load_strategy("grid"), Strategy)


def test_a_file_with_one_strategy_needs_no_class_name(folder: Path) -> None:
    (folder / "mine_one.py").write_text(ONE)
    assert load_strategy("mine_one.py").__name__ == "One"
    assert load_strategy(str(folder / "mine_one.py") + ":One").__name__ == "One"


def test_a_class_of_a_module_in_the_working_folder_is_found(folder: Path) -> None:
    (folder / "mine_module.py").write_text(TWO)
    assert load_strategy("mine_module:Two").__name__ == "Two"


def test_a_file_may_import_its_neighbours(folder: Path) -> None:
    (folder / "mine_helper.py").write_text("SIZE = 7\n")
    (folder / "mine_user.py").write_text(
        "from mine_helper import SIZE\n" + ONE.replace("= 1", "= SIZE")
    )
    assert load_strategy("mine_user.py").size == 7  # type: ignore[attr-defined]


def test_several_strategies_in_a_file_must_be_told_apart(folder: Path) -> None:
    (folder / "mine_two.py").write_text(TWO)
    assert refusal("mine_two.py") == (
        "mine_two.py has 2 strategies (One, Two); exactly one is expected, or name it: mine_two.py:Class"
    )


def test_what_is_no_strategy_is_refused(folder: Path) -> None:
    (folder / "mine_two.py").write_text(TWO)
    assert "there is no class Three; strategies there: One, Two" in refusal("mine_two.py:Three")
    assert "is a int; a subclass of anyvenue.Strategy is expected" in refusal("mine_two.py:number")
    assert "there is no file mine_nothing.py" in refusal("mine_nothing.py")
    (folder / "mine_empty.py").write_text("")
    assert "has 0 strategies (none)" in refusal("mine_empty.py")


def test_an_unknown_name_is_answered_with_the_nearest_one() -> None:
    assert "there is no strategy 'ema_cros'; did you mean ema_cross?" in refusal("ema_cros")
    assert "known: basket, ema_cross, grid" in refusal("zzz")


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import nothing_of_that_name\n", "ModuleNotFoundError"),
        ("x = 1\nclass (\n", "line 2"),
        ("x = 1\n1 / 0\n", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_file_that_cannot_be_imported_says_why_and_where(
    folder: Path, source: str, what: str
) -> None:
    (folder / "mine_broken.py").write_text(source)
    said = refusal("mine_broken.py")
    assert said.startswith("mine_broken.py cannot be loaded: ")
    assert what in said
    assert "mine_broken.py, line " in said


def test_settings_are_pairs() -> None:
    assert parse_settings(["fast=5", "price-step=a=b"]) == {"fast": "5", "price_step": "a=b"}
    with pytest.raises(ConfigError, match="--set was 'fast'; key=value is expected"):
        parse_settings(["fast"])
