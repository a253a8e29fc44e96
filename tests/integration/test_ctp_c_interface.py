"""The examples of the flat C interface, compiled and run in every language whose tools are here."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from anyvenue.venues.ctp.library.build import build_libraries
from ctp_doors import Doors, served

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed"),
]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "ctp-c-abi"
SAID = ["login of alice: error 0, trading day 20260504", "order: status a", "order: status 3"]
LINK = ("-L", "libs", "-lthosttraderapi_se", "-Wl,-rpath,libs")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    build_libraries("ctp", "6.7.11", folder / "libs")
    for each in EXAMPLES.iterdir():
        shutil.copy(each, folder)
    return folder


@pytest.fixture
def doors() -> Iterator[Doors]:
    with served() as doors:
        yield doors


def needs(*tools: str) -> None:
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")


def run(folder: Path, *command: str, **environ: str) -> list[str]:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_c(built: Path, doors: Doors) -> None:
    needs("gcc")
    warned = ("-Wall", "-Wextra", "-Werror", "-pthread")
    run(built, "gcc", *warned, "login.c", "-I", "libs", *LINK, "-o", "login_c")
    assert run(built, "./login_c", doors.front) == SAID


def test_rust(built: Path, doors: Doors) -> None:
    needs("rustc")
    link = ("-L", "libs", "-l", "thosttraderapi_se", "-C", "link-arg=-Wl,-rpath,libs")
    run(built, "rustc", "-D", "warnings", "login.rs", *link, "-o", "login_rust")
    assert run(built, "./login_rust", doors.front) == SAID


def test_go(built: Path, doors: Doors) -> None:
    needs("go", "gcc")
    environ = {
        "CGO_ENABLED": "1",
        "CGO_CFLAGS": f"-I{built}/libs",
        "CGO_LDFLAGS": f"-L{built}/libs -lthosttraderapi_se -Wl,-rpath,{built}/libs",
        "GOCACHE": str(built / "go-cache"),
        "GOFLAGS": "-mod=mod",
        "GOTOOLCHAIN": "local",
    }
    run(built, "go", "build", "-o", "login_go", "login.go", **environ)
    assert run(built, "./login_go", doors.front) == SAID


def test_java(built: Path, doors: Doors) -> None:
    needs("javac", "java", "gcc")
    home = Path(shutil.which("javac") or "").resolve().parents[1] / "include"
    if not (home / "jni.h").is_file():
        pytest.skip("jni.h is not installed")
    run(built, "javac", "-h", ".", "Login.java")
    headers = ("-I", "libs", "-I", str(home), "-I", str(home / "linux"))
    command = ("gcc", "-shared", "-fPIC", "-Wall", "-Werror", "login_jni.c")
    run(built, *command, *headers, *LINK, "-o", "liblogin_jni.so")
    assert run(built, "java", "-Djava.library.path=.", "Login", doors.front) == SAID


def test_c_sharp(built: Path, doors: Doors) -> None:
    needs("dotnet")
    said = run(built, "dotnet", "run", "--", doors.front, LD_LIBRARY_PATH=str(built / "libs"))
    assert said == SAID
