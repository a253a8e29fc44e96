"""Real CTP clients: where they are, and a copy of one with our library in the place of the vendor's."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket

import pytest

from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.library.build import build_libraries

ROOT = Path(__file__).resolve().parents[2]
ENVS = ROOT / ".clients"


def missing(why: str) -> None:
    """Skip, or fail where clients are required."""
    if os.environ.get("ANYVENUE_REQUIRE_CLIENTS"):
        pytest.fail(why)
    pytest.skip(f"{why}; sh scripts/client-envs.sh PYTHON makes it")


def client_python(name: str) -> Path:
    """Return the interpreter of a client's environment."""
    python = ENVS / name / "bin" / "python"
    if not (ENVS / name / ".installed").is_file():
        missing(f"the client {name} is not installed under .clients")
    return python


@contextmanager
def dead_port() -> Iterator[int]:
    """Give a port of this machine that nobody listens on, and that nobody else gets meanwhile."""
    with socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def installed(requirements: str) -> list[str]:
    """Return the names of the openctp clients of a requirements file."""
    lines = Path(__file__).with_name(requirements).read_text().splitlines()
    return [line.split()[0] for line in lines if " openctp-ctp" in line and line[0] != "#"]


def client_environ() -> dict[str, str]:
    """Return an environment in which the CTP wrappers can be imported: they need the GB18030 locale."""
    environ = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    if (ENVS / "locale" / "zh_CN.GB18030").is_dir():
        return {**environ, "LOCPATH": str(ENVS / "locale")}
    listed = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout
    if "zh_cn.gb18030" not in listed.lower():
        missing("the locale zh_CN.GB18030 is not there (apt install locales)")
    return environ


def swapped(name: str, dialect: str, version: str, folder: Path) -> Path:
    """Copy a client's package into `folder`, with our libraries instead of the vendor's; return the folder."""
    python = client_python(name)
    [site] = python.parent.parent.glob("lib/python3*/site-packages")
    built = {each.side: each.path for each in build_libraries(dialect, version, folder / "ours")}
    for package in site.glob("openctp_*"):
        if not package.name.endswith(".dist-info"):
            shutil.copytree(package, folder / package.name)
    [libraries] = folder.glob("openctp_*.libs")
    for side, word in ((Side.TRADER, "trader"), (Side.MD, "mduser")):
        [vendors] = libraries.glob(f"*{word}*.so")
        vendors.unlink()
        shutil.copyfile(built[side], vendors)
    return folder
