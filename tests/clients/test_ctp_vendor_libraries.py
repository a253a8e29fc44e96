"""Vendors' own libraries, loaded without a wrapper: recognised, started, refused, kept waiting, cut off, released."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server, socket
from typing import Any

import msgspec
import pytest
from ctp_clients import ENVS, dead_port, missing

pytestmark = pytest.mark.clients

PROGRAM = Path(__file__).with_name("ctp_vendor_program.py")
PATIENCE_S = 60.0
CONNECTED, DISCONNECTED = "OnFrontConnected", "OnFrontDisconnected"


class Manner(msgspec.Struct, frozen=True):
    """How a vendor's libraries behave: facts that differ, measured."""

    day: str
    refused_login: int
    handshake: bool
    cut: tuple[int, ...]
    second_query: int = 0


# CTP wants a handshake before it says connected, and holds queries back itself.
CTP = Manner("19800100", -1, True, (4097,), -2)
TTS = Manner("", -1, False, (0,), 0)
# These queue a login until there is a connection, and refuse what needs a login. -3 is a reset, -4 an end, -15 unsaid.
MINI = Manner("", 0, False, (-3, -4, -15), -1)
TORA = MINI

LIBRARIES = {
    "ctp-6.7.11 trader": ("ctp-6.7.11", "libthosttraderapi_se*.so", "ctp 6.7.11", CTP),
    "ctp-6.7.11 md": ("ctp-6.7.11", "libthostmduserapi_se*.so", "ctp 6.7.11", CTP),
    "ctp-6.7.8 trader": ("ctp-6.7.8", "libthosttraderapi_se*.so", "ctp 6.7.8", CTP),
    "ctp-6.7.8 md": ("ctp-6.7.8", "libthostmduserapi_se*.so", "ctp 6.7.8", CTP),
    "ctp-6.5.1 trader": ("ctp-6.5.1", "libthosttraderapi_se*.so", "ctp 6.5.1", CTP),
    "ctp-6.5.1 md": ("ctp-6.5.1", "libthostmduserapi_se*.so", "ctp 6.5.1", CTP),
    "opt trader": ("opt-3.7.3", "libsoptthosttraderapi_se*.so", "opt 3.7.3", CTP),
    "opt md": ("opt-3.7.3", "libsoptthostmduserapi_se*.so", "opt 3.7.3", CTP),
    "tts trader": ("tts-6.7.2", "libthosttraderapi_se*.so", "ctp 6.7.2", TTS),
    "tts md": ("tts-6.7.2", "libthostmduserapi_se*.so", "ctp 6.6.9", TTS),
    "mini trader": ("sources/mini", "libthosttraderapi.so", "mini 1.7.7", MINI),
    "mini md": ("sources/mini", "libthostmduserapi.so", "mini 1.7.7", MINI),
    "tora trader": ("sources/tora", "libtraderapi.so", "tora 4.1.6", TORA),
    "toraopt trader": ("sources/tora", "libsptraderapi.so", "toraopt 1.3.4", TORA),
    "tora md": ("sources/tora", "libxmdapi.so", "toramd 4.1.6", TORA),
}
every_library = pytest.mark.parametrize("name", LIBRARIES)


def library(name: str) -> tuple[Path, str, Manner]:
    """Return a vendor's library file, what it is described by, and how it behaves."""
    folder, pattern, described, manner = LIBRARIES[name]
    found = sorted((ENVS / folder).rglob(pattern))
    if not found:
        missing(f"the library {pattern} is not under .clients/{folder}")
    return found[0], described, manner


def run(path: Path, port: int, flow: Path, awaited: str = "", *more: str) -> dict[str, Any]:
    """Run a session in a child process and return what it told."""
    ended = subprocess.run(
        [
            sys.executable,
            str(PROGRAM),
            str(path),
            str(port),
            str(flow / "deep" / "flow"),
            awaited,
            *more,
        ],
        capture_output=True,
        timeout=120,
        check=False,
    )
    lines = ended.stdout.decode(errors="replace").splitlines()
    told = [line.partition("told:")[2] for line in lines if line.startswith("told:")]
    assert told, (ended.returncode, lines, ended.stderr.decode(errors="replace"))
    assert ended.returncode == 0
    return json.loads(told[-1])  # type: ignore[no-any-return]


@contextmanager
def front(cut: bool = False, begun: Path | None = None) -> Iterator[int]:
    """Serve a port that takes connections and says nothing, or ends each a moment after the file `begun` is there."""
    kept: list[socket] = []
    pause = threading.Event()
    server = create_server(("127.0.0.1", 0))

    def accept() -> None:
        try:
            while True:
                connection, _ = server.accept()
                if cut:
                    # TORA's options crash when they are cut off while they still begin.
                    deadline = time.monotonic() + PATIENCE_S
                    while begun and not begun.exists() and time.monotonic() < deadline:
                        pause.wait(0.02)
                    pause.wait(0.3)
                    connection.close()
                else:
                    kept.append(connection)
        except OSError:
            return  # the server was closed

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        # A thread that waits in accept is let go by shutdown, not by close.
        server.shutdown(2)
        server.close()
        thread.join(5)
        for connection in kept:
            connection.close()


def connected(manner: Manner, flow: Path) -> Path | None:
    """Return the file that is there once a library of this manner has said that it is connected."""
    return None if manner.handshake else flow / "deep" / "connected"


@every_library
def test_a_dead_port_makes_no_callback_and_requests_are_not_connected(
    name: str, tmp_path: Path
) -> None:
    path, described, manner = library(name)
    with dead_port() as port:
        told = run(path, port, tmp_path)
    assert told["described"] == described
    assert told["callbacks"] == []
    assert told["login"] == manner.refused_login
    assert told.get("queries", [-1, -1]) == [-1, -1]
    assert told.get("order", -1) == -1
    assert told["day"] == manner.day
    assert (told["released"], told["after_close"], told["late"]) == (True, -1, 0)


@every_library
def test_a_silent_front_is_connected_only_where_no_handshake_is_wanted(
    name: str, tmp_path: Path
) -> None:
    path, _, manner = library(name)
    with front() as port:
        told = run(path, port, tmp_path, "login" if manner.handshake else CONNECTED)
    assert told["callbacks"] == ([] if manner.handshake else [[CONNECTED, 0]])
    assert told["login"] == 0
    if "queries" in told:
        needs_login = manner.second_query == -1
        assert told["queries"] == [-1 if needs_login else 0, manner.second_query]
        assert told["order"] == (-1 if needs_login else 0)
    assert told["released"]


@every_library
def test_a_front_that_hangs_up_is_told_with_the_vendors_reason(name: str, tmp_path: Path) -> None:
    path, _, manner = library(name)
    with front(True, connected(manner, tmp_path)) as port:
        # Not released: TTS's Release crashes now and then when its front hangs up at that moment.
        told = run(path, port, tmp_path, DISCONNECTED, "quit")
    callbacks = told["callbacks"]
    if not manner.handshake:
        assert callbacks.pop(0) == [CONNECTED, 0]
    what, reason = callbacks[0]
    assert what == DISCONNECTED
    assert reason in manner.cut


@pytest.mark.parametrize("name", ["ctp-6.7.11 trader", "opt md", "mini trader", "tora trader"])
def test_a_program_may_end_while_callbacks_come(name: str, tmp_path: Path) -> None:
    path, _, manner = library(name)
    with front(True, connected(manner, tmp_path)) as port:
        told = run(path, port, tmp_path, DISCONNECTED, "leave")
    assert told["left"]


def test_libraries_of_many_counters_live_in_one_process(tmp_path: Path) -> None:
    """CTP's and TTS's have the same names inside: loaded with global symbols they would be mixed up."""
    many = PROGRAM.with_name("ctp_vendor_many.py")
    paths = [str(library(name)[0]) for name in LIBRARIES]
    with front() as port:
        ended = subprocess.run(
            [sys.executable, str(many), str(port), str(tmp_path), *paths],
            capture_output=True,
            timeout=120,
            check=False,
        )
    assert ended.returncode == 0
    told = ended.stdout.decode(errors="replace").rpartition("told:")[2]
    assert json.loads(told) == [True] * len(LIBRARIES)
