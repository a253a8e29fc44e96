"""How clients come in to a served exchange: encrypted, and not more often than it likes."""

import asyncio
from pathlib import Path

import pytest

from anyvenue.model.enums import Side
from anyvenue.model.errors import ConfigError, ConnectivityError, RateLimited
from anyvenue.model.events import OrderAccepted, OrderCancelled, OrderRejected
from anyvenue.venues.paper.admin import AdminClient
from anyvenue.venues.paper.checks import RequestGuard
from anyvenue.venues.paper.encryption import client_tls, pinned_tls, server_tls
from anyvenue.venues.paper.server import ServerTerms
from served import cancel, order, served

HERE = Path(__file__).parents[2] / "certificates"
CERTIFICATE, KEY = HERE / "loopback.pem", HERE / "loopback.key"


def test_a_client_that_believes_the_certificate_trades_and_others_do_not_get_in() -> None:
    async def main() -> None:
        terms = ServerTerms(admin_token="admin")
        async with served(tls=server_tls(CERTIFICATE, KEY), terms=terms) as exchange:
            driver, box = await exchange.client("alice", tls=True, ca_file=str(CERTIFICATE))
            driver.submit(order("alice", 1, Side.BUY, 3400))
            await box.until(lambda box: box.of(OrderAccepted))
            with pytest.raises(ConnectivityError, match=r"is not believed.*ca_file"):
                await exchange.client("bob", tls=True)
            with pytest.raises(ConnectivityError):
                await exchange.client("bob", timeout_s=0.5)
            pinned = pinned_tls(CERTIFICATE)
            async with AdminClient("127.0.0.1", exchange.port, "admin", tls=pinned) as admin:
                assert [each.account for each in await admin.accounts()] == ["alice", "bob"]

    asyncio.run(main())


def test_files_that_are_no_certificates_are_named(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.pem"
    with pytest.raises(ConfigError, match=r"nothing\.pem.*PEM files that belong to each other"):
        server_tls(nothing, KEY)
    with pytest.raises(ConfigError, match="cannot be used"):
        server_tls(KEY, CERTIFICATE)
    with pytest.raises(ConfigError, match=r"ca_file .*nothing\.pem"):
        client_tls(nothing)


def test_more_orders_than_are_accepted_are_refused_and_cancels_go_on() -> None:
    async def main() -> None:
        terms = ServerTerms(most_requests=2, per_seconds=3600)
        async with served(terms=terms) as exchange:
            driver, box = await exchange.client("alice")
            for number in (1, 2, 3):
                driver.submit(order("alice", number, Side.BUY, 3400))
            await box.until(lambda box: box.of(OrderRejected))
            (refused,) = box.of(OrderRejected)
            assert (refused.order_id, refused.code) == (3, RateLimited.code)
            for number in (1, 2):
                driver.cancel(cancel("alice", number))
            await box.until(lambda box: len(box.of(OrderCancelled)) == 2)
            # Another connection of the account's is the same client; another account is not.
            again, second = await exchange.client("alice", session="again")
            again.submit(order("alice", 4, Side.BUY, 3400))
            await second.until(lambda box: box.of(OrderRejected))
            bob, third = await exchange.client("bob")
            bob.submit(order("bob", 1, Side.BUY, 3400))
            await third.until(lambda box: box.of(OrderAccepted))

    asyncio.run(main())


def test_a_guard_says_when_to_come_again() -> None:
    guard = RequestGuard(2, 1.0)
    guard.check(False, 10.0)
    guard.check(False, 10.4)
    with pytest.raises(RateLimited) as caught:
        guard.check(False, 10.5)
    assert caught.value.fields["retry_after"] == pytest.approx(0.5)
    guard.check(True, 10.5)
    guard.check(False, 11.0)
