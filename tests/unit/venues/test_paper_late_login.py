"""The login of a client that has died since comes late, and drives nobody out."""

import asyncio

import pytest

from anyvenue.model.errors import AuthError
from anyvenue.model.ids import AccountId
from anyvenue.venues.paper.connection import Connection, connect
from anyvenue.venues.paper.wire import LoggedIn, Login
from served import Served, served


async def linked(exchange: Served) -> Connection:
    """Return a connection that was greeted and has not logged in."""
    link, _ = await connect(
        "127.0.0.1", exchange.port, "", "test", 5.0, lambda message: None, lambda link: None
    )
    return link


def login(link: Connection) -> Login:
    """Return alice's login over a connection."""
    return Login(link.next_id(), AccountId("alice"), "secret", "main", 0, 0, 0, ())


def test_an_older_connection_does_not_take_the_place_of_a_newer_one() -> None:
    async def main() -> None:
        async with served() as exchange:
            older, newer = await linked(exchange), await linked(exchange)
            welcome = login(newer)
            assert isinstance(await newer.ask(welcome.id, welcome, 5.0), LoggedIn)
            late = login(older)
            with pytest.raises(AuthError, match="newer connection"):
                await older.ask(late.id, late, 5.0)
            assert newer.is_open
            newest = await linked(exchange)
            again = login(newest)
            assert isinstance(await newest.ask(again.id, again, 5.0), LoggedIn)
            older.close()
            newer.close()
            newest.close()

    asyncio.run(main())
