"""What a slow client is sent: every fact, and of the market the latest only."""

import asyncio

import msgspec
import pytest

from anyvenue.venues.paper.framing import Frames, framed
from anyvenue.venues.paper.outbox import Outbox
from anyvenue.venues.paper.wire import CaughtUp, Done, ServerMessage, Told, decode_server, encode


class Pipe(asyncio.WriteTransport):
    """A transport that keeps what is written; a test says how much of it waits."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.waiting = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def messages(self) -> list[ServerMessage]:
        found = [decode_server(each) for each in Frames(1 << 20).feed(self.written)]
        self.written = b""
        return found


def told(number: int) -> Told:
    return Told(1, number, "Deposited", msgspec.Raw(b"\x80"))


def fact(outbox: Outbox, number: int) -> None:
    message = told(number)
    outbox.fact(message, framed(encode(message)))


async def _outbox(cut: list[str]) -> tuple[Outbox, Pipe]:
    pipe = Pipe()
    return Outbox(pipe, asyncio.get_running_loop(), cut.append, 1000), pipe


def test_of_the_ticks_a_client_misses_it_gets_the_latest_of_each_kind() -> None:
    async def main() -> None:
        outbox, pipe = await _outbox([])
        outbox.pause()
        for number in range(5):
            outbox.tick(("rb", "Depth"), framed(encode(Done(number))))
        outbox.tick(("IF", "Depth"), framed(encode(Done(9))))
        outbox.flush()
        assert pipe.messages() == []
        outbox.resume()
        outbox.flush()
        assert [each.id for each in pipe.messages()] == [4, 9]  # type: ignore[union-attr]
        assert outbox.conflated == 4

    asyncio.run(main())


def test_facts_are_never_left_out_and_keep_their_order_while_a_client_catches_up() -> None:
    async def main() -> None:
        outbox, pipe = await _outbox([])
        outbox.pause()
        outbox.catch_up([told(1), told(2)], (1, 2))
        fact(outbox, 3)
        outbox.flush()
        assert pipe.messages() == []
        outbox.resume()
        fact(outbox, 4)
        outbox.flush()
        (*facts,) = pipe.messages()
        assert [each.number for each in facts] == [1, 2, 3, 3, 4]  # type: ignore[union-attr]
        assert isinstance(facts[3], CaughtUp)

    asyncio.run(main())


@pytest.mark.parametrize("waiting", [1000, 1001])
def test_a_client_that_lets_too_much_wait_is_cut(waiting: int) -> None:
    async def main() -> None:
        cut: list[str] = []
        outbox, pipe = await _outbox(cut)
        pipe.waiting = waiting
        outbox.send(Done(1))
        outbox.flush()
        assert bool(cut) is (waiting > 1000)

    asyncio.run(main())
