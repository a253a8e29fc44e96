"""The venue put together: its boards, desk, streams and accounts."""

from collections.abc import Callable

from anyvenue.model.commands import AccountCommand
from anyvenue.model.protocols import Broker
from anyvenue.venues.backpack.server.desk import Desk
from anyvenue.venues.backpack.server.holdings import Holdings
from anyvenue.venues.backpack.server.listing import Listing
from anyvenue.venues.backpack.server.terms import BackpackTerms
from anyvenue.venues.backpack.server.topics import make_streams
from anyvenue.venues.backpack.server.users import Users
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.listed import own_instruments
from anyvenue.venues.serving.members import Members, Times

__all__ = ["House"]

Execute = Callable[[AccountCommand], None]


class House:
    """All markets of the venue."""

    def __init__(
        self, broker: Broker, terms: BackpackTerms, times: Times, execute: Execute | None
    ) -> None:
        """Follow what is listed, from now on."""
        self.broker, self.terms, self.times, self.execute = broker, terms, times, execute
        self.listing = Listing(own_instruments(broker.instruments(), "BACKPACK"))
        self.boards = {
            symbol: Board(broker, instrument, symbol, times.shown)
            for symbol, instrument in self.listing.by_symbol.items()
        }
        self.members = Members(broker, times, self.listing.place_of)
        self.holdings = Holdings(broker, self.boards, terms.leverage)
        self.desk = Desk(broker, self.listing, self.boards, terms, times)
        self.streams = make_streams(self.boards, times.now_ms)
        self.users = Users(self.holdings, times.now_ms)

    def board(self, symbol: str) -> Board:
        """Return the board of a symbol; raise Refused."""
        self.listing.get(symbol)
        return self.boards[symbol]
