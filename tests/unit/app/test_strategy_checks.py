"""A configuration's strategies are checked before anything is started."""

from pathlib import Path

import pytest

from anyvenue.app.settings import read_settings
from anyvenue.app.strategy_checks import check_strategies
from anyvenue.model.errors import AnyvenueError

GOOD = """
[accounts.class]
venue = "paper"
account = "alice"
[strategies.cross]
strategy = "ema_cross"
account = "class"
instruments = ["rb2701"]
parameters = { fast = 5, slow = 20 }
"""


def checked(folder: Path, text: str) -> list[str]:
    file = folder / "anyvenue.toml"
    file.write_text(text, encoding="utf-8")
    return check_strategies(read_settings(file, {}))


def test_what_can_be_started_is_named(tmp_path: Path) -> None:
    assert checked(tmp_path, GOOD) == ["cross"]


@pytest.mark.parametrize(
    ("right", "wrong", "what"),
    [
        ('"ema_cross"', '"ema_crows"', "did you mean ema_cross?"),
        ('account = "class"', 'account = "clas"', "did you mean class?"),
        ("fast = 5", "fats = 5", "no parameter 'fats'"),
        ("slow = 20", 'slow = "many"', "int is expected"),
        ('"rb2701"', '"rb27011"', "rb27011"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, right: str, wrong: str, what: str) -> None:
    with pytest.raises(AnyvenueError, match=what.replace("?", r"\?")):
        checked(tmp_path, GOOD.replace(right, wrong))


@pytest.mark.parametrize(
    ("right", "wrong", "what"),
    [
        ('instruments = ["rb2701"]', "", "cross.instruments is missing"),
        ("[strategies.cross]", '[strategies.cross]\nschedule = "night"', "schedule is wrong"),
        ("[strategies.cross]", "[strategies.cross]\nrestart = 3", "did you mean restarts"),
        ("[strategies.cross]", '[strategies.cross]\nhost = "moon"', "host is wrong"),
        ("[strategies.cross]", "[strategies.cross]\npatience_s = 0", "patience_s is wrong"),
        ("[accounts.class]", '[venues.paper]\nhost = "moon"\n[accounts.class]', "host is wrong"),
        ("[accounts.class]", '[node]\nwebhook = "http://x"\n[accounts.class]', "node.webhook"),
    ],
)
def test_a_key_that_is_wrong_has_its_line(
    tmp_path: Path, right: str, wrong: str, what: str
) -> None:
    with pytest.raises(AnyvenueError, match=rf"line \d+: .*{what}"):
        checked(tmp_path, GOOD.replace(right, wrong))
