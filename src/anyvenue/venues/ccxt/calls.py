"""Calls of an exchange object: what they return, or what went wrong, without secrets and without floats."""

from collections.abc import Callable
from typing import cast

from anyvenue.model.errors import AnyvenueError
from anyvenue.venues.ccxt.errors import Failure, failure_of
from anyvenue.venues.ccxt.library import Exchange, Row, call_of

__all__ = ["CallFailed", "Calls"]


class CallFailed(Exception):
    """A call failed; `failure` is what that means."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.text)
        self.failure = failure


class Calls:
    """Calls one exchange object by the names of ccxt's unified interface."""

    def __init__(self, exchange: Exchange, clean: Callable[[str], str]) -> None:
        """Call `exchange`; `clean` takes secrets out of what it says."""
        self.exchange = exchange
        self._clean = clean

    async def call(self, method: str, *arguments: object) -> object:
        """Return what a call returns; raise CallFailed."""
        try:
            return await call_of(self.exchange, method)(*arguments)
        except AnyvenueError:
            raise
        except (
            Exception
        ) as error:  # ccxt's, aiohttp's, and whatever a reply it did not expect leads to
            raise CallFailed(failure_of(error, self._clean)) from None

    async def row(self, method: str, *arguments: object) -> Row:
        """Return one structure; raise VenueError."""
        return cast(Row, await self.ask(method, *arguments))

    async def rows(self, method: str, *arguments: object) -> list[Row]:
        """Return several structures; raise VenueError."""
        return list(cast(list[Row], await self.ask(method, *arguments) or ()))

    async def ask(self, method: str, *arguments: object) -> object:
        """Return what a question brings; raise VenueError. One that came too late by our clock is asked once more."""
        try:
            return await self.call(method, *arguments)
        except CallFailed as error:
            if not error.failure.clock:
                raise error.failure.error() from None
        await self.synchronise()
        try:
            return await self.call(method, *arguments)
        except CallFailed as error:
            raise error.failure.error() from None

    async def synchronise(self) -> None:
        """Learn how far the exchange's clock is from ours, where it can tell; raise VenueError."""
        if self.exchange.has.get("fetchTime"):
            try:
                await self.call("load_time_difference")
            except CallFailed as error:
                raise error.failure.error() from None
