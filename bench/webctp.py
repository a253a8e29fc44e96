"""Measure the WebSocket JSON door: a server process with a scripted counter, all clients in this process, on loopback.

- shared: 50 clients on the same instruments, messages delivered a second; own: every client has instruments of its own.
- at half load, and 100 clients x 20/s: delay from the server's making of a quote to its arrival here (p50, p95).
- round trip of a query on the trading path, with 200 sockets that only stay connected.
- memory of a socket that does nothing.

The peers' figures are recorded, not of this run: their servers need Windows packages or FastAPI, and are not installed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anyvenue.runtime.loop import run

HERE = Path(__file__).resolve().parent
RECORDED = (
    "recorded for openctp/webctp and homalos-webctp on the same kind of machine: 3,000 to 5,000 messages/s in total, "
    "p95 15 to 1,059 ms at 100 clients x 20/s, a td round trip of 2,008 ms (p95) at 100 sockets"
)
MARK = b'"Turnover":'


class Reader(asyncio.Protocol):
    """A client that counts frames and reads the time out of every 16th quote."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.count = self.bytes = 0
        self.delays: list[float] = []
        self.open = asyncio.get_running_loop().create_future()
        self.answers: asyncio.Queue[bytes] = asyncio.Queue()
        self.queue_answers = True
        self._rest = b""
        self._upgraded = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(
            f"GET {self.path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        at, size = 0, len(data)
        if not self._upgraded:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._rest = data
                return
            assert data.startswith(b"HTTP/1.1 101"), data[:80]
            self._upgraded, at = True, end + 4
            self.open.set_result(None)
        while size - at >= 2:
            length, head = data[at + 1], 2
            if length == 126:
                if size - at < 4:
                    break
                length, head = data[at + 2] << 8 | data[at + 3], 4
            if size - at < head + length:
                break
            self.count += 1
            if self.queue_answers:
                self.answers.put_nowait(data[at + head : at + head + length])
            elif not self.count & 15:
                mark = data.find(MARK, at, at + head + length)
                if mark >= 0:
                    stamp = float(data[mark + 11 : data.index(b",", mark)])
                    self.delays.append((time.monotonic_ns() - stamp) / 1e6)
            at += head + length
        self._rest = data[at:]
        self.bytes += size

    def send(self, message: dict[str, Any]) -> None:
        payload = json.dumps(message).encode()
        size = len(payload)
        head = (
            bytes((0x81, 0x80 | size))
            if size < 126
            else bytes((0x81, 0xFE)) + size.to_bytes(2, "big")
        )
        self.transport.write(head + b"\0\0\0\0" + payload)

    async def until(self, name: str) -> dict[str, Any]:
        while True:
            message = json.loads(await asyncio.wait_for(self.answers.get(), 10))
            if message["MsgType"] == name:
                return message  # type: ignore[no-any-return]


class Server:
    """The server process."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.port = process, port

    def ask(self) -> dict[str, float]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())  # type: ignore[no-any-return]


@contextmanager
def server(*words: str) -> Iterator[Server]:
    command = [sys.executable, str(HERE / "_webctp_server.py"), *words]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield Server(process, int(process.stdout.readline()))
        finally:
            process.kill()


async def connect(port: int, path: str, user: str) -> Reader:
    loop = asyncio.get_running_loop()
    _, reader = await loop.create_connection(lambda: Reader(path), "127.0.0.1", port)
    await reader.open
    if user:
        login = {"UserID": user, "Password": "x"}
        reader.send({"MsgType": "ReqUserLogin", "ReqUserLogin": login, "RequestID": 1})
        await reader.until("RspUserLogin")
    return reader


def quantile(values: list[float], share: float) -> float:
    values = sorted(values) or [float("nan")]
    return values[min(len(values) - 1, int(share * len(values)))]


async def quotes(
    served: Server, clients: int, own: bool, seconds: float, each: int = 1
) -> dict[str, float]:
    readers = [await connect(served.port, "/md/", "u") for _ in range(clients)]
    for number, reader in enumerate(readers):
        names = [f"rb{number if own else 0:03}{n}" for n in range(each)]
        reader.send({"MsgType": "SubscribeMarketData", "InstrumentID": names})
    for reader in readers:
        await reader.until("RspSubMarketData")
        reader.queue_answers = False
    await asyncio.sleep(0.5)
    before, began, count = served.ask(), time.monotonic(), sum(each.count for each in readers)
    size = sum(each.bytes for each in readers)
    for reader in readers:
        reader.delays.clear()
    await asyncio.sleep(seconds)
    took, got = time.monotonic() - began, sum(each.count for each in readers) - count
    after = served.ask()
    delays = [delay for reader in readers for delay in reader.delays]
    return {
        "delivered_per_s": round(got / took),
        "bytes_each": round((sum(each.bytes for each in readers) - size) / max(1, got)),
        "p50_ms": round(quantile(delays, 0.5), 2),
        "p95_ms": round(quantile(delays, 0.95), 2),
        "server_cpu": round((after["cpu"] - before["cpu"]) / took, 2),
        "conflated": after["conflated"] - before["conflated"],
    }


async def round_trip(served: Server, idle: int, count: int) -> dict[str, float]:
    empty = served.ask()["rss"]
    for number in range(idle):
        await connect(served.port, "/td/", f"u{number}")
    full = served.ask()["rss"]
    asking = await connect(served.port, "/td/", "asks")
    took = []
    for number in range(2, count + 2):
        began = time.monotonic_ns()
        asking.send(
            {"MsgType": "ReqQryTradingAccount", "QryTradingAccount": {}, "RequestID": number}
        )
        await asking.until("RspQryTradingAccount")
        took.append((time.monotonic_ns() - began) / 1e6)
    return {
        "p50_ms": round(quantile(took, 0.5), 3),
        "p95_ms": round(quantile(took, 0.95), 3),
        "kB_a_socket": round((full - empty) / idle, 1),
    }


def show(name: str, found: dict[str, float]) -> None:
    print(f"{name:<44}" + "  ".join(f"{key} {value}" for key, value in found.items()), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument(
        "--shared-rate", type=int, default=2_200, help="quotes a second for the 50 clients"
    )
    parser.add_argument("--own-rate", type=int, default=34_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found: dict[str, dict[str, float]] = {}

    def measure(name: str, rate: int, clients: int, own: bool) -> None:
        with server("--rate", str(rate)) as served:
            found[name] = run(quotes(served, clients, own, options.seconds))
        show(name, found[name])

    measure("50 clients, the same instrument", options.shared_rate, 50, False)
    measure("50 clients, the same, half of it", options.shared_rate // 2, 50, False)
    measure("50 clients, each its own", options.own_rate, 50, True)
    measure("50 clients, each its own, half of it", options.own_rate // 2, 50, True)
    measure("100 clients x 20/s", 20, 100, False)
    measure("50 clients, the same, as fast as it goes", 6_000, 50, False)
    with server() as served:
        name = "td round trip with 200 idle sockets"
        found[name] = run(round_trip(served, 200, 500))
    show(name, found[name])
    print(RECORDED)
    if options.json:
        print(json.dumps({"name": "webctp", "ours": found, "peers": RECORDED}))


if __name__ == "__main__":
    main()
