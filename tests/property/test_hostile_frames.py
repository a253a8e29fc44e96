"""Whatever is thrown at the server's port, it answers clearly, goes on, and its other clients notice nothing.

`ANYVENUE_FRAMES=10000` throws that many frames instead of 2,200.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from anyvenue.model.enums import Side
from anyvenue.model.events import OrderAccepted, OrderCancelled
from anyvenue.model.ids import AccountId
from anyvenue.venues.paper.framing import Frames, framed
from anyvenue.venues.paper.server import ServerTerms
from anyvenue.venues.paper.wire import Fault, Hello, Login, Refused, decode_server, encode
from served import Box, Served, cancel, order, served

ALICE = AccountId("alice")
FRAMES_A_RUN = 20
RUNS = int(os.environ.get("ANYVENUE_FRAMES", "2200")) // FRAMES_A_RUN

_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8)
    | st.sampled_from(["alice", "rb2701.SHFE", "NaN", "1e999999", "buy", "snapshot"])
)
_values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
_request = st.fixed_dictionaries(
    {
        "account": st.sampled_from(["alice", "bob", ""]),
        "instrument": st.sampled_from(["rb2701.SHFE", "nothing", ""]),
        "side": st.sampled_from(["buy", "sell", "both"]),
        "quantity": st.sampled_from(["1", "-1", "0", "NaN", "1e30", "Infinity", "1e-30", "0.5"]),
        "price": st.sampled_from([None, "3300", "-5", "sNaN", "1e-400", "9" * 400]),
        "type": st.sampled_from(["limit", "market", "stop", "stop_limit", "trailing_stop", "x"]),
        "time_in_force": st.sampled_from(["day", "gtc", "gtd", "ioc", "fok"]),
        "expires": st.sampled_from([0, -1, 2**63 - 1, 5]),
        "stop_price": st.sampled_from([None, "3300", "-0"]),
        "trail": st.sampled_from([None, "3", "-3"]),
        "display": st.sampled_from([None, "1", "100", "0"]),
        "reduce_only": st.booleans(),
        "post_only": st.booleans(),
        "covered": st.booleans(),
    }
)
_messages = st.one_of(
    st.builds(lambda tag, rest: [tag, *rest], st.integers(-1, 30), st.lists(_values, max_size=7)),
    st.builds(lambda request: [3, 1, "9", request], _request),
    st.builds(
        lambda kind, body: [6, 1, kind, body], st.sampled_from(["SetLeverage", "x"]), _values
    ),
    st.builds(
        lambda order_id, price: [5, 1, order_id, "9", "1", price],
        st.integers(0, 5),
        st.text(max_size=4),
    ),
)
_frames = st.one_of(
    st.binary(min_size=1, max_size=40).map(framed),
    _messages.map(lambda message: framed(msgspec.msgpack.encode(message))),
    st.binary(max_size=30),
)


async def shout(exchange: Served, frames: list[bytes], log_in: bool) -> None:
    """Throw frames at the server, beginning again whenever it cuts the connection, and read what it says."""
    for at, frame in enumerate(frames):
        reader, writer = await asyncio.open_connection("127.0.0.1", exchange.port)
        hello = framed(encode(Hello(1)))
        login = framed(encode(Login(1, AccountId("bob"), "secret", f"s{at}"))) if log_in else b""
        writer.write(hello + login + frame)
        writer.write_eof()
        said = Frames(1 << 20).feed(await reader.read(-1))
        for message in map(decode_server, said):
            if isinstance(message, Refused | Fault):
                assert message.text
                assert message.code != "error", message
        writer.close()


async def trades(exchange: Served, shouting: Callable[[], Awaitable[None]]) -> None:
    driver, box = await exchange.client("alice")
    await shouting()
    driver.submit(order("alice", 1, Side.BUY, 3000))
    await box.until(lambda box: box.of(OrderAccepted))
    driver.cancel(cancel("alice", 1))
    await box.until(lambda box: box.of(OrderCancelled))
    assert driver.reconnects == 0
    assert isinstance(box, Box)


@settings(max_examples=RUNS * 8 // 11)
@given(st.lists(_frames, min_size=FRAMES_A_RUN, max_size=FRAMES_A_RUN))
def test_strangers_disturb_nobody(frames: list[bytes]) -> None:
    async def main() -> None:
        async with served(terms=ServerTerms(patience_s=60)) as exchange:
            await trades(exchange, lambda: shout(exchange, frames, log_in=False))
            assert len(exchange.server.sessions) <= 1
            assert not [line for line in exchange.notes if "failed" in line]

    asyncio.run(main())


@settings(max_examples=RUNS * 3 // 11)
@given(st.lists(_messages, min_size=FRAMES_A_RUN, max_size=FRAMES_A_RUN))
def test_clients_that_send_nonsense_disturb_nobody(messages: list[object]) -> None:
    frames = [framed(msgspec.msgpack.encode(message)) for message in messages]

    async def main() -> None:
        async with served() as exchange:
            await trades(exchange, lambda: shout(exchange, frames, log_in=True))
            assert not [line for line in exchange.notes if "failed" in line]

    asyncio.run(main())
