"""The books of many instruments from one connection: which are whole, and what to send for those that are not."""

import msgspec

from anyvenue.venues.okx.books import BookSync, Outcome
from anyvenue.venues.okx.pushes import BookPush
from anyvenue.venues.okx.wire import Argument, Subscribe

__all__ = ["Books"]

_BROKEN = (Outcome.GAP, Outcome.BAD_CHECKSUM)


class Books:
    """Books by the venue's names, of one channel of changes (books, books-l2-tbt or books50-l2-tbt)."""

    def __init__(self, channel: str = "books") -> None:
        """Begin with none."""
        self.channel = channel
        self.books: dict[str, BookSync] = {}

    def take(self, push: BookPush) -> tuple[BookSync, Outcome, list[bytes]]:
        """Return the book a frame is about, what became of the frame, and the frames to send now.

        Where something is missing these give the channel up and ask for it anew, which brings a snapshot; until then
        changes are passed over, and nothing more is sent. Frames are limited to 480 an hour for each connection.
        """
        name = push.arg.inst_id
        book = self.books.get(name)
        if book is None:
            book = self.books[name] = BookSync()
        outcome = Outcome.WAITING
        for row in push.data:
            outcome = book.take(row, snapshot=push.action == "snapshot")
            if outcome in _BROKEN:
                return book, outcome, self.renew(name)
        return book, outcome, []

    def subscribe(self, names: list[str]) -> bytes:
        """Return the frame that asks for these instruments' books."""
        return self._frame("subscribe", names)

    def renew(self, name: str) -> list[bytes]:
        """Return the frames that bring a snapshot of one book."""
        return [self._frame("unsubscribe", [name]), self._frame("subscribe", [name])]

    def drop(self, name: str) -> bytes:
        """Forget a book, and return the frame that gives it up."""
        self.books.pop(name, None)
        return self._frame("unsubscribe", [name])

    def lose(self) -> None:
        """Give all books up until their next snapshots, as after a broken connection."""
        for book in self.books.values():
            book.lose()

    def _frame(self, op: str, names: list[str]) -> bytes:
        arguments = [Argument(self.channel, inst_id=name) for name in names]
        return msgspec.json.encode(Subscribe(op, arguments))
