"""Our Python classes beside the real packages: the same names, fields and values, and the same programs run on both."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ctp_clients import ROOT, client_environ, client_python, installed
from ctp_serving import serving, whole_day

pytestmark = pytest.mark.clients

NAMES = [*installed("requirements-ctp.txt"), "tts-6.7.2"]
if os.environ.get("ANYVENUE_ALL_CTP"):
    NAMES += installed("requirements-ctp-all.txt")

PACKAGES = {"ctp": "openctp_ctp", "tts": "openctp_tts", "opt": "openctp_ctpopt"}
FACTORIES = {"CreateFtdcTraderApi", "CreateFtdcMdApi"}
# Descriptions taken from a wheel know a few codes more than the wheel's modules say.
MORE = {"THOST_TERT_NONE", "THOST_FTDC_EPF_RCAMS", "THOST_FTDC_EPF_RULE"}
MORE |= {"THOST_FTDC_TPID_NewBESMarginAlgo"}


def surface(python: Path, package: str, modules: list[str], environ: dict[str, str]) -> Any:
    done = subprocess.run(
        [str(python), str(ROOT / "tests/clients/ctp_surface.py"), package, *modules],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", NAMES)
def test_the_surface_is_the_real_packages(name: str) -> None:
    dialect, version = name.split("-")
    prefix = "sopt" if dialect == "opt" else ""
    modules = [f"{prefix}thosttraderapi", f"{prefix}thostmduserapi"]
    real = surface(client_python(name), PACKAGES[dialect], modules, client_environ())
    environ = {**os.environ, "ANYVENUE_CTP_VERSION": "" if dialect == "opt" else version}
    ours = surface(Path(sys.executable), "anyvenue.ctp", modules, environ)
    for module in modules:
        theirs, mine = real[module], ours[module]
        for kind, methods in theirs["classes"].items():
            # SWIG's factories take whatever comes.
            told = {
                n: mine["classes"][kind][n] if n in FACTORIES else p for n, p in methods.items()
            }
            assert mine["classes"][kind] == told
        constants = {k: v for k, v in mine["constants"].items() if k not in MORE}
        assert constants == {k: v for k, v in theirs["constants"].items() if k not in MORE}
        assert mine["constants"].items() >= theirs["constants"].items()
        assert mine["structs"].keys() == theirs["structs"].keys()
        for struct, fields in theirs["structs"].items():
            # In the quotes' module a char that nobody has set reads as a NUL, and a piece of a statement as text.
            told = {k: "" if v == "\0" else v for k, v in fields.items()}
            if struct == "CThostFtdcSettlementInfoField":
                told["Content"] = "bytes b''"
            assert list(mine["structs"][struct].items()) == list(told.items()), struct


@pytest.mark.parametrize(
    ("package", "version"),
    [("openctp_ctp", ""), ("openctp_ctp", "6.5.1"), ("openctp_tts", ""), ("openctp_ctpopt", "")],
)
def test_a_program_of_the_real_clients_does_its_whole_day_unchanged(
    package: str, version: str, tmp_path: Path
) -> None:
    kept = ("--state", str(tmp_path / "state"), "--sync", "order")
    with serving("--matching", "book", *kept) as server:
        command = [
            *(sys.executable, "-u", "-m", "anyvenue", "ctp", "run", "--front", server.fronts[0]),
            *("--md-front", server.fronts[1], *(["--version", version] if version else [])),
            *(str(ROOT / "tests/clients/ctp_program.py"), package),
            *("tcp://180.168.146.187:10201", "tcp://180.168.146.187:10211"),
            *(str(tmp_path / "flow"), "rb2701", "SHFE", "3500", "3"),
        ]
        whole_day(server, command, tmp_path)


def test_a_program_may_end_while_quotes_are_coming(tmp_path: Path) -> None:
    flood = ("--profile", "anyvenue", "--user", "alice", "--speed", "2000")
    with serving(*flood) as server:
        for _ in range(8):
            done = subprocess.run(
                [
                    *(sys.executable, "-m", "anyvenue", "ctp", "run", "--front", server.fronts[1]),
                    *(str(ROOT / "tests/clients/ctp_leaver.py"), "tcp://180.168.146.187:10211"),
                    *(str(tmp_path / "flow"), "rb2701"),
                ],
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert (done.returncode, done.stdout) == (0, "leaves\n"), done.stderr
            assert "Traceback" not in done.stderr
