"""Steering a node from the same machine: who may, and what a broken caller does."""

import asyncio
import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from anyvenue.model.errors import AnyvenueError, ConfigError, ConnectivityError, StrategyError
from anyvenue.runtime.control import CONTROL_FILE, ControlServer, ask


async def echo(arguments: Mapping[str, Any]) -> object:
    return dict(arguments)


async def refuse(_: Mapping[str, Any]) -> object:
    raise StrategyError("no such strategy", code="strategy.not_here", strategy="x")


def test_what_is_asked_is_answered_and_what_is_refused_keeps_its_code(tmp_path: Path) -> None:
    async def main() -> None:
        server = ControlServer(tmp_path, {"echo": echo, "refuse": refuse})
        await server.start()
        said = await asyncio.to_thread(ask, tmp_path, "echo", {"a": [1, "二"]})
        assert said == {"a": [1, "二"]}
        with pytest.raises(AnyvenueError, match="no such strategy") as caught:
            await asyncio.to_thread(ask, tmp_path, "refuse")
        assert (caught.value.code, caught.value.fields) == ("strategy.not_here", {"strategy": "x"})
        await server.close()
        assert not (tmp_path / CONTROL_FILE).exists()

    asyncio.run(main())


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", b"\xff\xff\xff\xff", b"\x00\x00\x00\x02\xc1\xc1", b"GET / HTTP/1.1\r\n\r\n"],
)
def test_nonsense_is_cut_and_harms_nobody(tmp_path: Path, data: bytes) -> None:
    async def main() -> None:
        server = ControlServer(tmp_path, {"echo": echo})
        await server.start()
        port = json.loads((tmp_path / CONTROL_FILE).read_bytes())["port"]

        def talk() -> bytes:
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                return connection.recv(100)

        assert await asyncio.to_thread(talk) == b""
        assert await asyncio.to_thread(ask, tmp_path, "echo", {"still": "here"}) == {
            "still": "here"
        }
        await server.close()

    asyncio.run(main())


def test_nobody_there_and_a_damaged_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ConnectivityError, match=r"there is no .*control\.json"):
        ask(tmp_path, "status")
    (tmp_path / CONTROL_FILE).write_bytes(b"{}")
    with pytest.raises(ConfigError, match="delete it and start the node again"):
        ask(tmp_path, "status")
    free = socket.socket()
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    gone = {"host": "127.0.0.1", "port": port, "token": "t", "pid": 1}
    (tmp_path / CONTROL_FILE).write_text(json.dumps(gone))
    with pytest.raises(ConnectivityError, match="no node runs on"):
        ask(tmp_path, "status", timeout_s=2.0)
