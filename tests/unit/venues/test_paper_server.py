"""The server on loopback: who gets in, what strangers may do, and what a bad client costs the others."""

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

import pytest

from anyvenue.model.enums import DriverState, Side
from anyvenue.model.errors import (
    AccountError,
    AnyvenueError,
    AuthError,
    ConfigError,
    ConnectivityError,
    InsufficientFunds,
    RateLimited,
    VenueRefused,
)
from anyvenue.model.events import Deposited, OrderAccepted, OrderRejected, VenueStateChanged
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.venues.paper.admin import AdminClient
from anyvenue.venues.paper.framing import Frames, framed
from anyvenue.venues.paper.server import ServerTerms
from anyvenue.venues.paper.wire import (
    ChangePassword,
    ClientMessage,
    Fault,
    Hello,
    Login,
    Ping,
    Refused,
    ServerMessage,
    Submit,
    decode_server,
    encode,
)
from served import PATIENCE_S, RB, Box, Served, order, served

ALICE = AccountId("alice")
OPEN = ServerTerms(admin_token="keys")


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


class Stranger:
    """A client that says what a test tells it to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._frames = Frames(1 << 20)
        self._found: list[ServerMessage] = []

    @classmethod
    async def connect(cls, exchange: Served) -> "Stranger":
        return cls(*await asyncio.open_connection("127.0.0.1", exchange.port))

    def say(self, *messages: ClientMessage) -> None:
        self.shout(b"".join(framed(encode(message)) for message in messages))

    def shout(self, data: bytes) -> None:
        self.writer.write(data)

    async def hear(self) -> ServerMessage | None:
        """Return the next message, None at the end."""
        async with asyncio.timeout(PATIENCE_S):
            while not self._found:
                data = await self.reader.read(1 << 16)
                if not data:
                    return None
                self._found += [decode_server(each) for each in self._frames.feed(data)]
        return self._found.pop(0)

    async def end(self) -> list[ServerMessage]:
        """Return all messages up to the end."""
        found = []
        while (message := await self.hear()) is not None:
            found.append(message)
        self.writer.close()
        return found


def test_a_wrong_password_and_an_unknown_account_are_refused_alike() -> None:
    async def main() -> None:
        async with served() as exchange:
            for account, password in (("alice", "wrong"), ("nobody", "secret")):
                driver = exchange.driver(account, password=password)
                with pytest.raises(AuthError, match="or its password is wrong"):
                    await driver.open(Box())
                assert driver.state is DriverState.CLOSED

    run(main())


def test_a_wrong_token_ends_the_connection_with_a_reason() -> None:
    async def main() -> None:
        async with served(terms=ServerTerms(token="let me in")) as exchange:
            with pytest.raises(AuthError, match="the server's token is wrong"):
                await exchange.driver("alice").open(Box())
            driver, _ = await exchange.client("alice", token="let me in")
            assert driver.state is DriverState.READY

    run(main())


def test_guessing_passwords_is_slowed_down() -> None:
    async def main() -> None:
        async with served() as exchange:
            for _ in range(5):
                with pytest.raises(AuthError):
                    await exchange.driver("alice", password="guess").open(Box())
            with pytest.raises(RateLimited, match="too many failed logins"):
                await exchange.driver("alice").open(Box())

    run(main())


def test_a_public_address_needs_a_token() -> None:
    async def main() -> None:
        async with served() as exchange:
            with pytest.raises(ConfigError, match="give the server a token"):
                await exchange.server.start("0.0.0.0", 0)

    run(main())


def test_a_taken_port_is_an_error_that_names_it() -> None:
    async def main() -> None:
        async with served() as exchange, served() as other:
            with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{other.port}"):
                await exchange.server.start("127.0.0.1", other.port)

    run(main())


def test_nobody_listening_is_an_error_that_says_so() -> None:
    async def main() -> None:
        async with served() as exchange:
            driver = exchange.driver("alice", port=1)
            with pytest.raises(ConnectivityError, match="is it started"):
                await driver.open(Box())

    run(main())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "venue.frame"),
        (bytes(4), "venue.frame"),
        (framed(b"\xc1"), "session.malformed"),
        (framed(encode(Ping(1))), "session.no_hello"),
        (framed(encode(Hello(99))), "session.version"),
        (framed(encode(Hello(1))) + framed(b"\x91\x03"), "session.malformed"),
    ],
)
def test_whoever_speaks_nonsense_is_told_and_cut_and_nobody_else_notices(
    data: bytes, code: str
) -> None:
    async def main() -> None:
        async with served() as exchange:
            driver, box = await exchange.client("alice")
            stranger = await Stranger.connect(exchange)
            stranger.shout(data)
            last = (await stranger.end())[-1]
            assert isinstance(last, Fault)
            assert last.code == code
            driver.submit(order("alice", 1, Side.BUY, 3300))
            await box.until(lambda box: box.of(OrderAccepted))

    run(main())


def test_before_a_login_nothing_is_answered_but_a_ping() -> None:
    async def main() -> None:
        async with served(terms=OPEN) as exchange:
            stranger = await Stranger.connect(exchange)
            stranger.say(Hello(1), Submit(1, "1", order("alice", 1, Side.BUY, 3300).request))
            stranger.say(ChangePassword(2, "secret", "mine"))
            await stranger.hear()
            for _ in range(2):
                answer = await stranger.hear()
                assert isinstance(answer, Refused)
                assert answer.code == "venue.auth"
            stranger.writer.close()

    run(main())


def test_who_does_not_log_in_is_not_waited_for() -> None:
    async def main() -> None:
        async with served(terms=ServerTerms(patience_s=0.01)) as exchange:
            stranger = await Stranger.connect(exchange)
            (fault,) = await stranger.end()
            assert isinstance(fault, Fault)
            assert fault.code == "session.silent"

    run(main())


def test_one_client_too_many_is_told_so() -> None:
    async def main() -> None:
        async with served(terms=ServerTerms(most_clients=1)) as exchange:
            await exchange.client("alice")
            with pytest.raises(VenueRefused, match="1 clients are connected"):
                await exchange.driver("bob").open(Box())

    run(main())


def test_an_order_for_another_account_is_refused_on_the_wire() -> None:
    async def main() -> None:
        async with served() as exchange:
            stranger = await Stranger.connect(exchange)
            stranger.say(Hello(1), Login(1, ALICE, "secret", "main"))
            stranger.say(Submit(2, "1", order("bob", 1, Side.BUY, 3300).request))
            refused = [
                each
                for each in [await stranger.hear() for _ in range(5)]
                if isinstance(each, Refused)
            ]
            assert [each.code for each in refused] == ["account"]
            assert exchange.exchange.orders(AccountId("bob")) == []
            stranger.writer.close()

    run(main())


def test_a_bad_order_is_refused_with_the_reason_of_the_exchange() -> None:
    async def main() -> None:
        async with served() as exchange:
            driver, box = await exchange.client("alice")
            driver.submit(order("alice", 1, Side.BUY, "3300.5"))
            driver.submit(order("alice", 2, Side.BUY, "NaN"))
            await box.until(lambda box: len(box.of(OrderRejected)) == 2)
            first, second = box.of(OrderRejected)
            assert (first.order_id, first.code) == (1, "order.off_tick")
            assert (second.order_id, second.code) == (2, "order.invalid")

    run(main())


def test_a_second_login_of_a_session_ends_the_first_one_for_good() -> None:
    async def main() -> None:
        async with served() as exchange:
            first, box = await exchange.client("alice")
            await exchange.client("alice")
            await box.until(lambda _: first.state is DriverState.CLOSED)
            assert "logged in again" in box.of(VenueStateChanged)[-1].reason
            assert exchange.server.clients_of(ALICE) == 1

    run(main())


def test_what_is_not_listed_cannot_be_ordered() -> None:
    async def main() -> None:
        async with served() as exchange:
            driver, box = await exchange.client("alice")
            command = order("alice", 1, Side.BUY, 3300)
            from msgspec.structs import replace

            request = replace(command.request, instrument=InstrumentId("ag2612.SHFE"))
            driver.submit(replace(command, request=request))
            await box.until(lambda box: box.of(OrderRejected))
            assert "there is: rb2701.SHFE" in box.of(OrderRejected)[0].reason

    run(main())


# ---- administration


async def refused(exchange: Served, doing: str, *words: Any) -> AnyvenueError:
    async with AdminClient("127.0.0.1", exchange.port, "keys") as admin:
        with pytest.raises(AnyvenueError) as caught:
            await getattr(admin, doing)(*words)
        return caught.value


def test_an_administrator_opens_accounts_that_can_trade_at_once() -> None:
    async def main() -> None:
        async with served(terms=OPEN, accounts=()) as exchange:
            async with AdminClient("127.0.0.1", exchange.port, "keys") as admin:
                await admin.create("carol", "secret", {"CNY": Decimal("100.5")})
                await admin.deposit("carol", "CNY", Decimal(10))
                await admin.withdraw("carol", "CNY", Decimal("0.25"))
                (line,) = await admin.accounts()
            assert (line.account, line.figures[0].balance) == ("carol", Decimal("110.25"))
            _, box = await exchange.client("carol")
            assert [each.amount for each in box.of(Deposited)] == [Decimal("100.5"), Decimal(10)]

    run(main())


def test_what_an_administrator_cannot_do_is_said_in_the_exchanges_words() -> None:
    async def main() -> None:
        async with served(terms=OPEN) as exchange:
            money = {"CNY": Decimal(1)}
            again = await refused(exchange, "create", "alice", "x", money)
            assert isinstance(again, AccountError)
            assert "exists already" in again.text
            poor = await refused(exchange, "withdraw", "alice", "CNY", Decimal(10**7))
            assert isinstance(poor, InsufficientFunds)
            assert isinstance(await refused(exchange, "reset", "dora", money), AccountError)
            assert (
                "it must be above zero"
                in (await refused(exchange, "create", "dora", "x", {"CNY": Decimal(-1)})).text
            )

    run(main())


def test_a_wrong_administrators_token_opens_nothing() -> None:
    async def main() -> None:
        async with served(terms=OPEN) as exchange:
            with pytest.raises(AuthError, match="administrator's token is wrong"):
                async with AdminClient("127.0.0.1", exchange.port, "guess"):
                    pass

    run(main())


def test_a_changed_password_holds_from_the_next_login() -> None:
    async def main() -> None:
        async with served(terms=OPEN) as exchange:
            async with AdminClient("127.0.0.1", exchange.port, "keys") as admin:
                await admin.set_password("alice", "another")
            with pytest.raises(AuthError):
                await exchange.driver("alice").open(Box())
            await exchange.client("alice", password="another")

    run(main())


def test_a_reset_account_begins_anew_for_its_clients_too() -> None:
    async def main() -> None:
        async with served(terms=OPEN) as exchange:
            driver, box = await exchange.client("alice")
            driver.submit(order("alice", 1, Side.BUY, 3300))
            await box.until(lambda box: box.of(OrderAccepted))
            async with AdminClient("127.0.0.1", exchange.port, "keys") as admin:
                await admin.reset("alice", {"CNY": Decimal(77)})
            await box.until(lambda box: len(box.of(Deposited)) == 2)
            await box.until(lambda _: driver.state is DriverState.READY)
            snapshot = await driver.snapshot(ALICE, (0, 0))
            assert (snapshot.orders, snapshot.positions) == ((), ())
            assert snapshot.balances[0].balance == Decimal(77)
            driver.submit(order("alice", 2, Side.BUY, 1))
            assert RB in [each.id for each in await driver.instruments()]

    run(main())
