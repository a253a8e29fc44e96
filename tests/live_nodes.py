"""What tests of live nodes share: waiting, and asking a page over HTTP."""

import asyncio
from collections.abc import Callable

from served import PATIENCE_S

__all__ = ["page", "until"]


async def until(holds: Callable[[], object]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0)


async def page(port: int, path: str, method: str = "GET") -> tuple[int, str]:
    """Return status and text of a page on loopback."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    head, _, text = answer.partition("\r\n\r\n")
    return int(head.split()[1]), text
