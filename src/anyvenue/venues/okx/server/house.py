"""The exchange put together: its boards, the desk, and the accounts."""

from anyvenue.model.protocols import Broker
from anyvenue.venues.okx.server.asking import Asked
from anyvenue.venues.okx.server.commands import Commands, Execute
from anyvenue.venues.okx.server.desk import Desk
from anyvenue.venues.okx.server.holdings import Holdings
from anyvenue.venues.okx.server.limits import Limits
from anyvenue.venues.okx.server.listing import Listing
from anyvenue.venues.okx.server.terms import OkxTerms
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.listed import own_instruments
from anyvenue.venues.serving.members import Members, Times
from anyvenue.venues.serving.modes import Modes

__all__ = ["House"]


class House:
    """What all parts of the server share."""

    def __init__(
        self,
        broker: Broker,
        terms: OkxTerms,
        times: Times,
        execute: Execute | None,
        modes: Modes | None,
    ) -> None:
        """Follow what is listed, from now on."""
        self.broker, self.terms, self.times = broker, terms, times
        self.listing = Listing(own_instruments(broker.instruments(), "OKX"))
        self.boards = {
            name: Board(broker, instrument, name, times.shown)
            for name, instrument in self.listing.by_name.items()
        }
        self.members = Members(broker, times, self.listing.place_of, modes)
        self.modes = self.members.modes
        self.limits = Limits(terms, times.now_s, self.listing.by_code)
        self.commands = Commands(execute, times, terms.answer_s)
        self.holdings = Holdings(broker, self.listing, self.boards, self.modes)
        self.desk = Desk(
            *(broker, self.listing, self.boards, self.holdings, self.commands),
            *(terms, times, self.modes),
        )

    def board(self, asked: Asked, name: str = "instId") -> Board:
        """Return the board of the instrument that is asked for; raise Refused."""
        text = asked.text(name)
        self.listing.get(text)
        return self.boards[text]

    def boards_of(self, asked: Asked) -> list[tuple[str, Board]]:
        """Return the boards of `instId` or of `instType`, with their types; raise Refused."""
        types = self.listing.types
        if asked.has("instId"):
            board = self.board(asked)
            return [(types[board.symbol], board)]
        kind = self.listing.kind(asked)
        return [(kind, board) for name, board in self.boards.items() if types[name] == kind]

    def now_ms(self) -> int:
        """Return the clients' time in ms."""
        return self.times.now_ms()
