"""Another library in the place of a package's own, and back."""

import ctypes
import shutil
import sys
from pathlib import Path

import pytest

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.native import swap as swapping
from anyvenue.venues.ctp.native.places import Place, find_places
from anyvenue.venues.ctp.native.swap import restore, swap_in, users_of
from ctp_tiny_library import compile_library

WHEN = "2026-05-04T09:00:00+00:00"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the two libraries at two versions, made once."""
    folder = tmp_path_factory.mktemp("libraries")
    for name, version, said in (
        ("own", "6.7.11", "v6.7.11_own"),
        ("ours", "6.7.11", "v6.7.11_ours"),
        ("older", "6.7.8", "v6.7.8"),
    ):
        (folder / name).mkdir()
        for kind, md in (("trader", False), ("mduser", True)):
            path = folder / name / f"libthost{kind}api_se.so"
            compile_library(path, version=version, said=said, md=md)
    return folder


@pytest.fixture
def place(tmp_path: Path, made: Path) -> Place:
    """Return an environment with openctp-ctp in it, its interpreter a script that says where it looks."""
    libraries = tmp_path / "site-packages" / "openctp_ctp.libs"
    libraries.mkdir(parents=True)
    for kind in ("trader", "mduser"):
        own = made / "own" / f"libthost{kind}api_se.so"
        shutil.copy(own, libraries / f"libthost{kind}api_se-0a1b2c3d.so")
    return only_place(tmp_path)


def only_place(tmp_path: Path) -> Place:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho {tmp_path / 'site-packages'}\n")
    python.chmod(0o755)
    (found,) = find_places(python)
    return found


@pytest.mark.long
def test_libraries_are_swapped_and_put_back(place: Place, made: Path, tmp_path: Path) -> None:
    own = place.trader.read_bytes()
    swap = swap_in(place, made / "ours", WHEN)
    assert (swap.version, swap.when) == ("v6.7.11_ours", WHEN)
    assert place.trader.read_bytes() == (made / "ours" / "libthosttraderapi_se.so").read_bytes()
    state = only_place(tmp_path).state()
    assert state == swap
    assert state.stands(place)
    restore(place)
    assert place.trader.read_bytes() == own
    assert place.state() is None
    assert sorted(each.name for each in place.folder.iterdir()) == [
        place.md.name,
        place.trader.name,
    ]
    with pytest.raises(ConfigError, match="nothing to restore"):
        restore(place)


def test_a_second_swap_keeps_the_first_original(
    place: Place, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = place.trader.read_bytes()
    monkeypatch.setattr(swapping, "_check_fit", lambda own, new: "v6.7.11")
    swap_in(place, made / "ours", WHEN)
    swap_in(place, made / "older", WHEN)
    restore(place)
    assert place.trader.read_bytes() == own


def test_a_package_that_was_installed_anew_keeps_what_it_has(
    place: Place, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swapping, "_check_fit", lambda own, new: "v6.7.11")
    swap = swap_in(place, made / "ours", WHEN)
    for file in (place.trader, place.md):
        file.write_bytes(b"of a newer release")
    assert not swap.stands(place)
    restore(place)
    assert place.trader.read_bytes() == b"of a newer release"
    assert sorted(each.name for each in place.folder.iterdir()) == [
        place.md.name,
        place.trader.name,
    ]


def test_a_library_of_another_version_is_refused_and_nothing_changes(
    place: Place, made: Path
) -> None:
    before = place.trader.read_bytes()
    with pytest.raises(ConfigError, match="its factory is _ZN19CThostFtdcTraderApi19Create"):
        swap_in(place, made / "older", WHEN)
    assert place.trader.read_bytes() == before
    assert place.state() is None


def test_a_swap_that_fails_half_way_is_undone(
    place: Place, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = place.trader.read_bytes()
    monkeypatch.setattr(swapping, "_check_fit", lambda own, new: "v6.7.11")
    replace = swapping._replace

    def fail_for_quotes(file: Path, source: Path) -> None:
        if file == place.md:
            raise OSError("disk full")
        replace(file, source)

    monkeypatch.setattr(swapping, "_replace", fail_for_quotes)
    with pytest.raises(ConfigError, match="cannot be written: disk full"):
        swap_in(place, made / "ours", WHEN)
    assert place.trader.read_bytes() == before


def test_a_library_in_use_is_not_swapped(place: Place, made: Path) -> None:
    if not Path("/proc/self/maps").exists():
        pytest.skip("this system does not tell who has a file mapped")
    loaded = ctypes.CDLL(str(place.md))
    assert loaded is not None
    assert len(users_of(place.md)) == 1
    with pytest.raises(ConfigError, match="is in use by process"):
        swap_in(place, made / "ours", WHEN)


def test_an_environment_without_such_a_package_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has none of openctp-ctpopt"):
        find_places(Path(sys.executable), "openctp-ctpopt")
    with pytest.raises(ConfigError, match="no package 'numpy' whose library can be swapped"):
        find_places(Path(sys.executable), "numpy")
    with pytest.raises(ConfigError, match="no Python interpreter that runs"):
        find_places(tmp_path / "no-python")
