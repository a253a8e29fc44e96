"""The generator of the drop-in libraries: what it writes, what it says without a compiler, what it keeps."""

import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.description import DESCRIBED, describe
from anyvenue.venues.ctp.door.greeting import Side, fingerprint, side_of
from anyvenue.venues.ctp.library.bodies import api_version, library_source
from anyvenue.venues.ctp.library.build import (
    Built,
    build_libraries,
    find_compiler,
    write_sources,
)
from anyvenue.venues.ctp.library.declarations import api_header, layout_checks
from anyvenue.venues.ctp.library.naming import library_stems
from anyvenue.venues.ctp.native.factories import factory_symbol, version_symbol

APIS = [(dialect, version) for dialect, versions in DESCRIBED.items() for version in versions]
NEWEST = [(dialect, versions[-1]) for dialect, versions in DESCRIBED.items()]
needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed")


@pytest.mark.parametrize(("dialect", "version"), NEWEST)
def test_every_method_has_its_place_and_something_to_do(dialect: str, version: str) -> None:
    description = describe(dialect, version)
    for side in library_stems(dialect):
        api = side_of(description, side)
        header, source = api_header(description, api), library_source(description, side)
        declared = header[header.index(f"ANYVENUE_CLASS {api.api_class}") :]
        places = [declared.index(f" {method.name}(") for method in api.api]
        assert places == sorted(places)
        for index, method in enumerate(api.spi):
            assert f"case {index}: spi->{method.name}(" in source
        for index, method in enumerate(api.api):
            if method.name.startswith("Req") and method.name != "RegisterDSProxyUserCert":
                assert f"link_->Request({index}, " in source, method.name
        assert f"{fingerprint(description, side)}u" in source
        assert api_version(description) in source


def test_a_front_address_is_what_a_name_server_is_taken_for() -> None:
    source = library_source(describe("ctp", "6.7.8"), Side.TRADER)
    at = source.index("RegisterNameServer(const char * a0) override")
    assert "link_->RegisterFront(a0)" in source[at : at + 120]


def test_without_a_compiler_the_package_to_install_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match=r"apt install g\+\+"):
        build_libraries("femas", "", tmp_path)
    with pytest.raises(ConfigError, match="looked for icc"):
        find_compiler("icc")


def test_a_compiler_that_fails_is_quoted(tmp_path: Path) -> None:
    compiler = tmp_path / "broken-c++"
    compiler.write_text("#!/bin/sh\necho 'unknown option -std=c++17' >&2\nexit 1\n")
    compiler.chmod(0o755)
    with pytest.raises(ConfigError, match="unknown option -std"):
        build_libraries("femas", "3.02", tmp_path / "out", compiler=str(compiler))


def test_a_library_is_built_once_and_then_copied(tmp_path: Path) -> None:
    compiler = tmp_path / "c++"
    compiler.write_text(
        '#!/bin/sh\necho built >> "$(dirname "$0")/log"\n'
        'while [ "$1" != -o ]; do shift; done\necho library > "$2"\n'
    )
    compiler.chmod(0o755)

    def build(folder: str) -> list[Built]:
        return build_libraries(
            "toramd", "4.1.6", tmp_path / folder, compiler=str(compiler), cache=tmp_path / "cache"
        )

    assert [each.cached for each in build("first")] == [False]
    [again] = build("second")
    assert again.cached
    assert again.path.read_text() == "library\n"
    assert again.path.stat().st_mode & stat.S_IXUSR
    assert "anyvenue_ctp_md_create" not in again.path.read_text()
    assert (tmp_path / "second/anyvenue_ctp.h").is_file()
    assert (tmp_path / "log").read_text() == "built\n"


def test_sources_come_with_a_recipe_for_windows(tmp_path: Path) -> None:
    folders = write_sources("ctp", "6.7.11", tmp_path)
    assert [folder.name for folder in folders] == ["thosttraderapi_se", "thostmduserapi_se"]
    exported = (folders[0] / "thosttraderapi_se.def").read_text()
    assert "?CreateFtdcTraderApi@CThostFtdcTraderApi@@SAPEAV1@PEBD_N@Z" in exported
    assert "?GetApiVersion@CThostFtdcTraderApi@@SAPEBDXZ" in exported
    assert "UNTESTED" in (folders[0] / "build_windows.bat").read_text()
    assert "-o libthosttraderapi_se.so" in (folders[0] / "build.txt").read_text()


def test_an_api_that_is_not_described_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"version 9\.9 of ctp is not described"):
        build_libraries("ctp", "9.9", tmp_path)


@pytest.mark.long
@needs_compiler
@pytest.mark.parametrize(("dialect", "version"), APIS)
def test_every_struct_lies_in_memory_as_the_compiler_lays_it(
    dialect: str, version: str, tmp_path: Path
) -> None:
    source = tmp_path / "layout.cpp"
    source.write_text(layout_checks(describe(dialect, version)))
    done = subprocess.run(
        ["g++", "-std=c++17", "-fsyntax-only", str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[:2_000]


@pytest.mark.long
@needs_compiler
@pytest.mark.parametrize(("dialect", "version"), NEWEST)
def test_a_built_library_exports_what_programs_look_for_and_nothing_else(
    dialect: str, version: str, tmp_path: Path
) -> None:
    description = describe(dialect, version)
    for built in build_libraries(dialect, version, tmp_path):
        api = side_of(description, built.side)
        listed = subprocess.run(
            ["nm", "-D", "--defined-only", str(built.path)],
            capture_output=True,
            text=True,
            check=True,
        )
        names = {line.split()[-1] for line in listed.stdout.splitlines()}
        assert {factory_symbol(api, description), version_symbol(api)} <= names
        rest = names - {factory_symbol(api, description), version_symbol(api)}
        assert all(name.startswith("anyvenue_ctp_") for name in rest)
