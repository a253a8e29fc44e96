"""What a venue says of its configuration, and how venues are found."""

import sys
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest
from rich.pretty import pretty_repr

from anyvenue.model.errors import ConfigError
from anyvenue.venues.paper.config import PaperConfig
from anyvenue.venues.paper.driver import PaperDriver
from anyvenue.venues.registry import BUILT_IN, GROUP, find_venue, venue_names
from anyvenue.venues.settings import VenueConfig, about, describe

PROJECT = Path(__file__).resolve().parents[3] / "pyproject.toml"


class MoonConfig(VenueConfig, frozen=True, kw_only=True):
    """A venue of somebody else."""

    api_key: Annotated[str, about("API key", "密钥", secret=True)]
    server: Annotated[Literal["live", "demo"], about("server", "服务器")] = "live"
    depth: Annotated[int, about("levels", advanced=True, ge=1)] = 5
    fast: bool = False
    region: str | None = None


def test_a_description_says_all_that_a_form_needs() -> None:
    key, server, depth, fast, region = describe(MoonConfig)
    assert (key.required, key.secret, key.default, key.form) == (True, True, None, "text")
    assert (server.choices, server.default, server.help("zh")) == (
        ("live", "demo"),
        "live",
        "服务器",
    )
    assert (depth.advanced, depth.form, depth.help("zh")) == (True, "integer", "levels")
    assert (fast.form, fast.help_en) == ("switch", "")
    assert (region.form, region.required) == ("text", False)


def test_a_key_that_no_form_could_ask_for_is_a_mistake_of_the_venue() -> None:
    class Odd(VenueConfig, frozen=True, kw_only=True):
        tables: dict[str, int] = {}

    with pytest.raises(TypeError, match=r"Odd\.tables is a dict"):
        describe(Odd)


@pytest.mark.parametrize("show", [repr, str, pretty_repr, "{}".format])
def test_a_venues_configuration_never_shows_its_secrets(show) -> None:  # type: ignore[no-untyped-def]
    shown = show(MoonConfig(api_key="hunter2-key", server="demo"))
    assert "hunter2" not in shown
    assert "api_key=***" in shown.replace("'", "")
    assert "demo" in shown


def test_bounds_hold_where_a_configuration_is_read() -> None:
    with pytest.raises(msgspec.ValidationError, match="depth"):
        msgspec.convert({"api_key": "k", "depth": 0}, MoonConfig)


def test_every_key_of_every_built_in_venue_is_described_in_both_languages() -> None:
    for name in BUILT_IN:
        venue = find_venue(name)
        assert venue.name == name
        assert venue.title("en").isascii()
        assert not venue.title("zh").isascii()
        for setting in venue.settings:
            assert setting.help_en, setting.name
            assert not setting.help_zh.isascii(), setting.name


def test_the_built_in_venues_are_registered_as_those_of_others_are() -> None:
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    assert project["entry-points"][GROUP] == BUILT_IN


def test_a_venue_makes_its_driver_only_when_asked() -> None:
    driver = find_venue("paper").make_driver(PaperConfig(account="alice", password="p"))
    assert isinstance(driver, PaperDriver)


def test_a_venue_of_another_package_is_found_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "moon_venue.py").write_text(
        "from anyvenue.venues.paper.config import PaperConfig\n"
        "from anyvenue.venues.registry import Venue\n"
        "VENUE = Venue(name='moon', title_en='the moon', title_zh='月球', config=PaperConfig, driver='x:Y')\n",
        encoding="utf-8",
    )
    package = tmp_path / "moon-1.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: moon\nVersion: 1\n")
    (package / "entry_points.txt").write_text(
        f"[{GROUP}]\nmoon = moon_venue:VENUE\nbroken = moon_venue:NOTHING\nodd = moon_venue:PaperConfig\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    try:
        assert venue_names() == [*BUILT_IN, "broken", "moon", "odd"]
        assert find_venue("moon").title("zh") == "月球"
        with pytest.raises(ConfigError, match="venue broken cannot be loaded"):
            find_venue("broken")
        with pytest.raises(ConfigError, match="a Venue is expected"):
            find_venue("odd")
    finally:
        sys.modules.pop("moon_venue", None)


def test_a_venue_that_is_not_there_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match="did you mean paper"):
        find_venue("papr")
    with pytest.raises(ConfigError, match="there are: paper"):
        find_venue("kraken")
