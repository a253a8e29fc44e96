"""Clients in four languages trade over the JSON service, and two of them go through the whole protocol."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ctp_clients import ROOT, client_python, missing

from webctp_programs import served_program

HERE = Path(__file__).parent
EXAMPLES = ROOT / "examples" / "webctp"
REQUESTS = 130

pytestmark = [pytest.mark.clients, pytest.mark.long, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served_program() as found:
        yield found


def run(command: list[str], folder: Path, **environ: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def node() -> list[str]:
    found = shutil.which("node")
    if found is None:
        missing("there is no node here (apt install nodejs, 20 or newer)")
    # Node 20 has WebSocket behind a flag, which later ones still know.
    return [str(found), "--experimental-websocket"]


def toolchain(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"there is no {name} here")
    return found


def assert_traded(said: str) -> None:
    lines = said.splitlines()
    assert lines[0].startswith("logged in, trading day 2")
    assert lines[2].startswith("traded 1 at 3")
    assert lines[-1] == "done"


def test_a_python_client_trades(address: str) -> None:
    python = str(client_python("webctp"))
    command = [python, "python/client.py", address, "python", "secret", "rb2701"]
    assert_traded(run(command, EXAMPLES))


def test_a_javascript_client_trades(address: str) -> None:
    command = [*node(), "javascript/client.mjs", address, "script", "secret", "rb2701"]
    assert_traded(run(command, EXAMPLES))


def test_a_go_client_trades(address: str, tmp_path: Path) -> None:
    command = [toolchain("go"), "run", ".", address, "gopher", "secret", "rb2701"]
    cache = os.environ.get("GOCACHE", str(tmp_path))
    assert_traded(run(command, EXAMPLES / "go", GOCACHE=cache, GOFLAGS="-mod=mod"))


def test_a_java_client_trades(address: str) -> None:
    command = [toolchain("java"), "java/Client.java", address, "duke", "secret", "rb2701"]
    assert_traded(run(command, EXAMPLES))


def walked(said: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(said)
    return found


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_an_independent_client_has_every_request_answered_as_described(
    address: str, language: str
) -> None:
    if language == "python":
        command = [str(client_python("webctp")), str(HERE / "webctp_walk.py"), address]
    else:
        command = [*node(), str(HERE / "webctp_walk.mjs"), address]
    assert walked(run(command, HERE)) == {"asked": REQUESTS, "unanswered": [], "wrong": []}


def test_a_user_name_that_is_too_long_is_refused_and_said(address: str) -> None:
    # Twenty characters do not fit into CTP's UserID.
    command = [*node(), "javascript/client.mjs", address, "x" * 20, "secret", "rb2701"]
    done = subprocess.run(
        command, cwd=EXAMPLES, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1
    assert "-400" in done.stderr
