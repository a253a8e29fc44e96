"""``anyvenue webctp serve`` as its users start it."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from webctp_rig import Socket, order

CONFIG = """
TdFrontAddress: tcp://127.0.0.1:1
MdFrontAddress: tcp://127.0.0.1:1
BrokerID: "8888"
AuthCode: 0000000000000000
AppID: client_somebody_1.0
Host: 127.0.0.1
Port: 0
Token: letmein
"""
pytestmark = pytest.mark.long
COMMAND = [sys.executable, "-m", "anyvenue", "webctp", "serve"]


@contextmanager
def started(*words: str, killed: bool = False) -> Iterator[dict[str, Any]]:
    """Give what the command says when it is open; end it well, or with kill -9."""
    command = [*COMMAND, *words, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        text = ""
        while not text.endswith("\n}\n"):
            line = process.stdout.readline()
            assert line, "the command ended"
            text += line
        try:
            yield json.loads(text)
        finally:
            (process.kill if killed else process.terminate)()
            process.wait(60)
        assert process.returncode == (-signal.SIGKILL if killed else 0)


def test_a_configuration_of_openctp_webctp_serves_the_simulated_exchange(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG)
    audit = tmp_path / "audit.jsonl"
    words = ["--config", str(file), "--app_type", "dev", "--sim", "--audit", str(audit)]

    async def talk(said: dict[str, Any]) -> None:
        async with aiohttp.ClientSession() as http:
            td = Socket(await http.ws_connect(said["td"] + "?token=letmein"))
            assert (await td.log_in())["RspUserLogin"]["BrokerID"] == "8888"
            body = order(BrokerID="8888", LimitPrice=3000.0)
            await td.send("ReqOrderInsert", 2, InputOrder=body)
            assert (await td.until("RtnOrder"))["Order"]["BrokerID"] == "8888"
            await td.close()

    with started(*words) as said:
        assert not said["real"]
        asyncio.run(talk(said))
    lines = [json.loads(line) for line in audit.read_text().splitlines()]
    assert [(each["MsgType"], each["token"]) for each in lines] == [
        ("ReqUserLogin", "Token"),
        ("ReqOrderInsert", "Token"),
    ]


def test_a_service_killed_with_clients_attached_finds_their_orders_again(tmp_path: Path) -> None:
    words = ["--port", "0", "--state", str(tmp_path / "state"), "--instrument", "rb2701"]
    words += ["--matching", "book"]

    async def insert(http: aiohttp.ClientSession, said: dict[str, Any]) -> dict[str, Any]:
        td = Socket(await http.ws_connect(said["td"]))
        await td.log_in()
        for ref in ("5", "9"):
            body = order(LimitPrice=3000.0, OrderRef=ref)
            await td.send("ReqOrderInsert", 2, InputOrder=body)
            await td.until("RtnOrder")
            row = (await td.until("RtnOrder"))["Order"]
        return row

    async def find(said: dict[str, Any]) -> list[dict[str, Any]]:
        async with aiohttp.ClientSession() as http:
            td = Socket(await http.ws_connect(said["td"]))
            await td.log_in()
            return [each["Order"] for each in await td.ask("ReqQryOrder", 3, QryOrder={})]

    async def lose() -> dict[str, Any]:
        async with aiohttp.ClientSession() as http:
            with started(*words, killed=True) as said:
                return await insert(http, said)

    row = asyncio.run(lose())
    with started(*words) as said:
        found = asyncio.run(find(said))
    assert [each["OrderRef"].strip() for each in found] == ["5", "9"]
    assert found[-1] == row


def test_a_front_without_its_library_ends_with_what_to_install(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG)
    # Without site-packages of counters: the folder that is named has no library.
    words = ["--config", str(file), "--library", str(tmp_path)]
    ended = subprocess.run([*COMMAND, *words], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "library" in ended.stderr


def test_an_open_address_in_a_configuration_needs_a_token(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        CONFIG.replace("127.0.0.1\nPort", "0.0.0.0\nPort").replace("Token: letmein\n", "")
    )
    ended = subprocess.run(
        [*COMMAND, "--config", str(file), "--sim"], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 1
    assert "token" in ended.stderr
