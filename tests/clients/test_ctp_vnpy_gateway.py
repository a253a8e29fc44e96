"""vn.py's own CTP gateway, unchanged, with our library in its package, at a counter of our own that is killed once."""

import shutil
from pathlib import Path

import pytest
from ctp_clients import ROOT, client_environ, client_python
from ctp_serving import serving, whole_day

from anyvenue.venues.ctp.library.build import build_libraries
from anyvenue.venues.ctp.native.places import Place
from anyvenue.venues.ctp.native.swap import swap_in

pytestmark = pytest.mark.clients

NAME, VERSION = "vnpy-6.7.11", "6.7.11"
STEPS = [
    *("login", "queries", "subscribed", "order", "partial fill", "cancel", "close today"),
    *("refused", "kill", "resumed", "closed"),
]


def swapped_gateway(folder: Path) -> Path:
    """Copy the installed package and put our library into the copy as ``use-library`` does; return the folder."""
    [site] = client_python(NAME).parent.parent.glob("lib/python3*/site-packages")
    shutil.copytree(site / "vnpy_ctp", folder / "vnpy_ctp")
    api = folder / "vnpy_ctp" / "api"
    build_libraries("ctp", VERSION, folder / "ours")
    files = (api / "libthosttraderapi_se.so", api / "libthostmduserapi_se.so")
    swapped = swap_in(Place("vnpy_ctp", api, *files), folder / "ours", "now")
    assert swapped.version == f"v{VERSION}_anyvenue_ctp"
    return folder


def test_the_gateway_does_its_whole_day(tmp_path: Path) -> None:
    environ = {**client_environ(), "PYTHONPATH": str(swapped_gateway(tmp_path)), "LANG": "zh_CN"}
    (tmp_path / ".vntrader").mkdir()  # where vn.py keeps its files when it is there
    kept = ("--state", str(tmp_path / "state"), "--sync", "order")
    with serving("--matching", "book", *kept) as server:
        command = [
            *(str(client_python(NAME)), "-u", str(ROOT / "tests/clients/ctp_vnpy_program.py")),
            *(*server.fronts, "rb2701"),
        ]
        whole_day(server, command, tmp_path, environ, STEPS)
