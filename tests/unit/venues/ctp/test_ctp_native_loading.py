"""Finding, recognising and loading library files; what cannot be loaded says why and what to do."""

import shutil
import struct
from pathlib import Path

import pytest

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.native.catalogue import COUNTERS, find_library, installed_library
from anyvenue.venues.ctp.native.elf import read_library_file
from anyvenue.venues.ctp.native.library import open_library
from anyvenue.venues.ctp.native.probe import probe_library
from anyvenue.venues.ctp.native.session import open_session
from ctp_tiny_library import compile_library


def empty_elf(path: Path, machine: int) -> Path:
    """Write a 64-bit ELF file without sections."""
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    head = struct.pack("<16sHHIQQQIHHHHHH", ident, 3, machine, 1, 0, 0, 0, 0, 64, 0, 0, 64, 0, 0)
    path.write_bytes(head)
    return path


def test_a_file_that_is_no_library_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.so"
    path.write_text("not a library")
    with pytest.raises(ConfigError, match=r"notes\.so is no shared library"):
        open_library(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        open_library(tmp_path / "missing.so")


def test_a_library_for_another_machine_says_so(tmp_path: Path) -> None:
    windows = tmp_path / "thosttraderapi_se.dll"
    windows.write_bytes(b"MZ" + bytes(100))
    with pytest.raises(ConfigError, match="is a library for windows; this is linux"):
        open_library(windows)
    with pytest.raises(ConfigError, match="is a library for linux aarch64"):
        open_library(empty_elf(tmp_path / "lib.so", 183))


def test_a_library_that_is_cut_short_says_so(tmp_path: Path) -> None:
    whole = compile_library(tmp_path / "whole.so").read_bytes()
    half = tmp_path / "half.so"
    half.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ConfigError, match="is cut short"):
        open_library(half)


def test_any_other_library_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="exports none of its factories"):
        open_library(empty_elf(tmp_path / "lib.so", 62))


def test_a_library_is_recognised_makes_objects_and_takes_calls(tmp_path: Path) -> None:
    path = compile_library(tmp_path / "libthosttraderapi_se.so")
    library = open_library(path, "trader")
    assert (library.which, library.version) == ("trader", "v6.7.11_20250101 test")
    assert (library.description.dialect, library.description.version) == ("ctp", "6.7.11")
    session = open_session(library, tmp_path / "flow", lambda _: None, lambda: 0)
    first = session.request("ReqOrderInsert", {}, 1)
    assert session.request("ReqOrderAction", {}, 2) == first + 1
    session.close()


def test_the_wrong_one_of_the_two_libraries_is_refused(tmp_path: Path) -> None:
    path = compile_library(tmp_path / "lib.so", md=True)
    with pytest.raises(ConfigError, match="is a md library; a trader library is needed"):
        open_library(path, "trader")


def test_a_library_with_other_methods_than_its_version_is_refused(tmp_path: Path) -> None:
    path = compile_library(tmp_path / "lib.so", slots=140)
    with pytest.raises(ConfigError, match="has 140 methods, of which the layouts are not known"):
        open_library(path)


def test_a_factory_takes_its_options_by_name_and_refuses_others(tmp_path: Path) -> None:
    library = open_library(compile_library(tmp_path / "lib.so"))
    assert library.create("flow/", {"bIsProductionMode": False})
    with pytest.raises(ConfigError, match="has no parameter bIsUsingUdp"):
        library.create("flow/", {"bIsUsingUdp": True})


def test_what_a_file_exports_is_read_without_loading_it(tmp_path: Path) -> None:
    file = read_library_file(compile_library(tmp_path / "lib.so"))
    assert file.platform.startswith("linux")
    assert file.symbols["_ZTV19CThostFtdcTraderApi"] == 8 * (133 + 2)


def test_a_library_is_tried_in_a_process_of_its_own(tmp_path: Path) -> None:
    good = probe_library(compile_library(tmp_path / "good.so"))
    assert (good.which, good.described, good.problem) == ("trader", "6.7.11", "")
    bad = probe_library(compile_library(tmp_path / "bad.so", said="v6.4.0"))
    assert bad.error is not None
    assert bad.error.fields["version"] == "6.4.0"


def test_a_counters_library_is_found_where_its_package_puts_it(tmp_path: Path) -> None:
    folder = tmp_path / "openctp_ctp.libs"
    folder.mkdir()
    for name in ("libthosttraderapi_se-ad4da959.so", "libthostmduserapi_se-9c6d321f.so"):
        (folder / name).write_bytes(b"")
    search = ["/nowhere", str(tmp_path)]
    assert find_library("ctp", "md", search) == folder / "libthostmduserapi_se-9c6d321f.so"
    assert installed_library(COUNTERS["tts"], "trader", search) is None


def test_a_counter_that_is_not_installed_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"pip install 'anyvenue\[tts\]'"):
        find_library("tts", search=[str(tmp_path)])
    with pytest.raises(ConfigError, match="name the file that your broker gave you"):
        find_library("femas", search=[str(tmp_path)])
    with pytest.raises(ConfigError, match="the counters are ctp, tts"):
        find_library("no-such")


def test_a_folder_stands_for_its_one_library_of_a_kind(tmp_path: Path) -> None:
    trader = compile_library(tmp_path / "libtrader.so")
    shutil.copy(trader, tmp_path / "the_same_again.so")
    (tmp_path / "notes.so").write_text("")
    md = compile_library(tmp_path / "libmd.so", md=True)
    assert find_library(str(tmp_path), "trader") == trader
    assert find_library(str(tmp_path), "md") == md
    compile_library(tmp_path / "other.so", version="6.7.8")
    with pytest.raises(ConfigError, match=r"libtrader\.so, other\.so; name the file"):
        find_library(str(tmp_path), "trader")


def test_every_counter_has_a_name_in_both_languages_and_a_way_to_it() -> None:
    for counter in COUNTERS.values():
        assert counter.title_en
        assert counter.title_zh
        assert bool(counter.package) == bool(counter.install) == bool(counter.trader)
